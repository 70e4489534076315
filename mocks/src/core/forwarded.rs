//! What a driver says of how a request came in.

use super::machine::Request;

/// The scheme that the client spoke, where a driver that ends TLS itself says so in `X-Forwarded-Proto`: absolute links in
/// answers begin with it.
pub(crate) fn scheme(request: &Request) -> Option<&'static str> {
    let given = request.headers().get("x-forwarded-proto")?.to_str().ok()?;
    let first = given.split(',').next()?.trim();
    ["https", "http"]
        .into_iter()
        .find(|known| first.eq_ignore_ascii_case(known))
}
