//! The address under which a caller reached the emulator: absolute links in answers start with it, so that clients that
//! follow them as they stand come back to the same port (client facts: `next_page()` fetches the `Link` unchanged).

use crate::core::{Request, forwarded};

/// Scheme of the emulator's own address.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub enum Scheme {
    /// `http`, the emulators' usual transport.
    #[default]
    Http,
    /// `https`, behind a driver that speaks TLS itself.
    Https,
}

impl Scheme {
    fn text(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// Where a request came in. Nothing is routed by it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Origin<'a> {
    request: &'a Request,
    scheme: Scheme,
}

impl<'a> Origin<'a> {
    /// The origin of a request that reached a driver of this scheme.
    pub(crate) fn of(request: &'a Request, scheme: Scheme) -> Origin<'a> {
        Origin { request, scheme }
    }

    /// `scheme://host` as the caller wrote it; a request without a usable `Host` is taken to have reached `domain`.
    pub(crate) fn text(&self, domain: &str) -> String {
        let header = |name: &str| self.request.headers().get(name)?.to_str().ok();
        let scheme = forwarded::scheme(self.request).unwrap_or(self.scheme.text());
        let authority = self.request.uri().authority().map(|given| given.as_str());
        let host = header("host")
            .or(authority)
            .filter(|host| is_plain(host))
            .unwrap_or(domain);
        format!("{scheme}://{host}")
    }
}

/// Whether a host can stand in a link: names, addresses and ports, nothing that would break out of it.
fn is_plain(host: &str) -> bool {
    !host.is_empty()
        && host.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_host_and_the_forwarded_scheme() {
        let mut request = Request::new(Vec::new());
        let text = |request: &Request, scheme| Origin::of(request, scheme).text("demo.example");
        assert_eq!(text(&request, Scheme::Http), "http://demo.example");
        let headers = request.headers_mut();
        headers.insert("host", "127.0.0.1:8080".parse().unwrap());
        assert_eq!(text(&request, Scheme::Http), "http://127.0.0.1:8080");
        assert_eq!(text(&request, Scheme::Https), "https://127.0.0.1:8080");
        let headers = request.headers_mut();
        headers.insert("x-forwarded-proto", "https, http".parse().unwrap());
        assert_eq!(text(&request, Scheme::Http), "https://127.0.0.1:8080");
        let headers = request.headers_mut();
        headers.insert("host", "a>; rel=\"x".parse().unwrap());
        assert_eq!(text(&request, Scheme::Http), "https://demo.example");
    }
}
