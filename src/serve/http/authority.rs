//! Whom a request is for: a host, with a port or without. One rule of when two of them are the same, for `Host`, for addresses
//! in request lines, for tunnels, for TLS, and for whoever looks a name up.

/// A host and its port as somebody wrote them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::serve) struct Authority<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `host`, `host:` or `host:port`. What is no port is part of the host, and then of none that there is.
    pub fn of(text: &'a str) -> Authority<'a> {
        let whole = Authority {
            host: text,
            port: None,
        };
        let Some((host, port)) = text.rsplit_once(':') else {
            return whole;
        };
        if port.is_empty() {
            return Authority { host, port: None };
        }
        let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
        match port.parse().ok().filter(|_| is_plain) {
            Some(port) => Authority {
                host,
                port: Some(port),
            },
            None => whole,
        }
    }

    /// The host's name in lower case, without the dot that ends a name that is complete (RFC 1034 3.1).
    pub fn name(&self) -> String {
        let name = self.host.strip_suffix('.').unwrap_or(self.host);
        name.to_ascii_lowercase()
    }

    /// The port, where one is named.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether both are the same where one that names no port means `usual` (RFC 9110 4.2.3).
    pub fn is_same(&self, other: &Authority<'_>, usual: Option<u16>) -> bool {
        self.name() == other.name() && self.port.or(usual) == other.port.or(usual)
    }
}

/// The port that addresses of a scheme mean when they name none.
pub(super) fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_capitals_and_a_last_dot_are_no_part_of_a_name() {
        for (text, name, port) in [
            ("Demo.MyShopify.com:443", "demo.myshopify.com", Some(443)),
            ("api.amazon.com.:8443", "api.amazon.com", Some(8443)),
            ("api.amazon.com.", "api.amazon.com", None),
            ("[::1]:80", "[::1]", Some(80)),
            ("[::1]", "[::1]", None),
            ("a.test:", "a.test", None),
            ("a.test:99999", "a.test:99999", None),
            ("a.test:+80", "a.test:+80", None),
        ] {
            let read = Authority::of(text);
            assert_eq!((read.name().as_str(), read.port()), (name, port), "{text}");
        }
    }

    #[test]
    fn one_that_names_no_port_means_the_usual_one() {
        let same = |one, other, scheme| {
            Authority::of(one).is_same(&Authority::of(other), usual_port(scheme))
        };
        for (one, other, scheme) in [
            ("shop.test:80", "Shop.test", "http"),
            ("shop.test", "shop.test.:80", "http"),
            ("shop.test:443", "shop.test:", "https"),
            ("shop.test:0080", "shop.test", "http"),
            ("shop.test:9", "shop.test:9", "other"),
        ] {
            assert!(same(one, other, scheme), "{one} {other}");
        }
        for (one, other, scheme) in [
            ("shop.test:443", "shop.test", "http"),
            ("shop.test:80", "shop.test", "https"),
            ("shop.test:80", "shop.test", "other"),
            ("shop.test", "other.test", "http"),
        ] {
            assert!(!same(one, other, scheme), "{one} {other}");
        }
    }
}
