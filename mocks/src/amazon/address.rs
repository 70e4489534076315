//! Where clients reach this machine, for the addresses that answers carry.

use crate::core::Request;

use super::machine::Amazon;

/// Some clients send a wrong `Host`: one that expects `https://` cuts eight characters from an address that begins with
/// `http://`, so that the first character of the host is missing.
const CUT_HOSTS: [(&str, &str); 2] = [("27.0.0.1", "127.0.0.1"), ("ocalhost", "localhost")];

impl Amazon {
    /// Names the scheme and host under which clients reach this machine, such as `http://127.0.0.1:8080`: addresses of
    /// queues and documents begin with it. Without it, they follow each request's `Host`.
    pub fn set_public_address(&mut self, address: &str) {
        self.public_address = Some(address.trim_end_matches('/').to_owned());
    }

    /// Scheme and host for the addresses in an answer: those that were named, else the host by which the caller reached
    /// us, else `usual`, the platform's own, when the caller named that or none.
    pub(super) fn own_address(&self, request: &Request, usual: &str) -> String {
        if let Some(address) = &self.public_address {
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
        let scheme = request.uri().scheme_str().unwrap_or("http");
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
}
