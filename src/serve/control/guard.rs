//! Who may call the control API: programs on this machine, and no page that a browser has open.

use channel_mocks::core::Request;
use http::StatusCode;
use http::header::{HOST, ORIGIN};

use super::Refusal;
use crate::serve::http::Authority;

/// Refuses what a browser sends for another page, and names that lead here by trickery (DNS rebinding).
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    let host = header(HOST.as_str()).unwrap_or("");
    if let Some(origin) = header(ORIGIN.as_str())
        && origin != format!("http://{host}")
    {
        return Err(refused(format!(
            "requests of the page {origin} are not served"
        )));
    }
    if let Some(site) = header("sec-fetch-site")
        && !matches!(site, "none" | "same-origin")
    {
        return Err(refused(
            "requests of other pages are not served".to_string(),
        ));
    }
    let name = Authority::of(host).name();
    let name = name.trim_matches(['[', ']']);
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    if !(host.is_empty() || is_address || name == "localhost") {
        return Err(refused(format!(
            "call it by its address or as localhost, not as {name}"
        )));
    }
    Ok(())
}

fn refused(message: String) -> Refusal {
    Refusal {
        status: StatusCode::FORBIDDEN,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&str, &str)]) -> bool {
        let mut request = http::Request::get("/_oversell/time");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(Vec::new()).unwrap()).is_ok()
    }

    #[test]
    fn programs_may_and_pages_may_not() {
        assert!(allowed(&[]));
        for host in [
            "127.0.0.1:4017",
            "localhost:4017",
            "LocalHost.:4017",
            "[::1]:4017",
            "[::1]",
        ] {
            assert!(allowed(&[("host", host)]), "{host}");
        }
        assert!(allowed(&[
            ("host", "localhost:1"),
            ("origin", "http://localhost:1")
        ]));
        assert!(!allowed(&[
            ("host", "localhost:1"),
            ("origin", "http://localhost:2")
        ]));
        assert!(!allowed(&[("host", "localhost:1"), ("origin", "null")]));
        assert!(!allowed(&[
            ("host", "localhost:1"),
            ("sec-fetch-site", "cross-site")
        ]));
        assert!(!allowed(&[("host", "shop.example:4017")]));
    }
}
