//! Where clients reach the shop, for the addresses that answers carry.

use crate::amazon::shop::Settings;
use crate::core::{Request, forwarded};

/// Some clients send a wrong `Host`: one that expects `https://` cuts eight characters from an address that begins with
/// `http://`, so that the first character of the host is missing.
const CUT_HOSTS: [(&str, &str); 2] = [("27.0.0.1", "127.0.0.1"), ("ocalhost", "localhost")];

/// Scheme and host for the addresses in an answer: those that were named, else the host by which the caller reached
/// us, else `usual`, the platform's own, when the caller named that or none.
pub(crate) fn own_address(settings: &Settings, request: &Request, usual: &str) -> String {
    if let Some(address) = &settings.public_address {
        return address.clone();
    }
    let host = request
        .headers()
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| {
            request
                .uri()
                .authority()
                .map(|authority| authority.as_str())
        })
        .filter(|host| !host.is_empty());
    let scheme = forwarded::scheme(request)
        .or(request.uri().scheme_str())
        .unwrap_or("http");
    let Some(host) = host else {
        return format!("{scheme}://{usual}");
    };
    let name = host.split(':').next().unwrap_or(host);
    if name.ends_with(".amazonaws.com") {
        return format!("{scheme}://{usual}");
    }
    for (cut, whole) in CUT_HOSTS {
        if name == cut {
            return format!("{scheme}://{whole}{}", &host[cut.len()..]);
        }
    }
    format!("{scheme}://{host}")
}
