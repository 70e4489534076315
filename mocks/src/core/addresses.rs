//! Addresses that webhooks are sent to.

use http::Uri;

/// Reads an absolute http or https address with a host and, where it names one, a port that exists: 1 to 65535 (RFC 3986,
/// 3.2.3; RFC 6335, 6), of which `http::Uri` takes any digits. A fragment is for the reader of a page and not sent (RFC 9110,
/// 4.2.5), so that an address with one is none.
pub(crate) fn web_address(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?.as_str();
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    let after_host = place.strip_prefix(uri.host()?)?;
    let has_port = match after_host.strip_prefix(':') {
        None => after_host.is_empty(),
        Some(port) => super::integers::digits::<u16>(port).is_some_and(|port| port > 0),
    };
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_web && has_port && !text.contains('#') && !uri.host()?.is_empty()).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port_that_exists() {
        for text in [
            "http://127.0.0.1:9000/hook",
            "https://shop.example",
            "https://shop.example:443/h?x=1",
            "http://[::1]:8080/",
            "http://localhost:65535",
        ] {
            assert!(web_address(text).is_some(), "{text}");
        }
        for text in [
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:/",
            "https://shop.example/h?x=1#part",
            "ftp://shop.example/",
            "/hook",
            "shop.example",
            "",
        ] {
            assert!(web_address(text).is_none(), "{text}");
        }
    }
}
