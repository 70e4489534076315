//! From method and path to an operation (docs/platforms/shopify.md 1.2).

use http::Method;

use super::endpoints::{self, Endpoint};

/// What a request asks for.
pub(crate) enum Route<'a> {
    /// GraphQL in this version.
    Graphql {
        /// The version of the path.
        version: &'a str,
    },
    /// The REST Admin API in this version.
    Rest {
        /// The version of the path.
        version: &'a str,
        /// What follows the version, `.json` included.
        path: &'a str,
    },
    /// Something outside the versioned API.
    Endpoint {
        /// Its row.
        endpoint: &'static Endpoint,
        /// What stands in the path for `{key}`.
        key: &'a str,
    },
    /// Nothing that is served.
    Unknown,
}

/// What follows `/admin/` in a path that names no version, which the oldest accessible one serves: "If you don't specify a
/// version, then we default to the oldest supported stable version" (SD/docs/api/usage/versioning).
fn without_version(path: &str) -> Option<&str> {
    if path == "/admin/api/graphql.json" {
        return Some("graphql.json");
    }
    let path = path.strip_prefix("/admin/")?;
    let is_other = path.starts_with("api/") || path.starts_with("oauth/");
    (!is_other && path.ends_with(".json")).then_some(path)
}

/// Finds the route.
pub(crate) fn route<'a>(method: &Method, path: &'a str) -> Route<'a> {
    if let Some(path) = without_version(path) {
        return match (path, method) {
            ("graphql.json", &Method::POST) => Route::Graphql { version: "" },
            ("graphql.json", _) => Route::Unknown,
            _ => Route::Rest { version: "", path },
        };
    }
    let versioned = path.strip_prefix("/admin/api/");
    match versioned.and_then(|rest| rest.split_once('/')) {
        Some((version, "graphql.json")) if method == Method::POST => Route::Graphql { version },
        Some((_, "graphql.json")) => Route::Unknown,
        Some((version, path)) => Route::Rest { version, path },
        None => endpoints::find(method, path).map_or(Route::Unknown, |(endpoint, key)| {
            Route::Endpoint { endpoint, key }
        }),
    }
}

/// The version without a date, which is ahead of all others.
pub(crate) const UNSTABLE: &str = "unstable";

/// The accessible version that serves a requested one: itself, or the oldest for anything older and for none at all; `None` for what is
/// no version, or is not out yet.
pub(crate) fn served_version<'a>(
    accessible: &'a [String],
    latest: &'a str,
    asked: &str,
) -> Option<&'a str> {
    if asked == UNSTABLE {
        return Some(latest);
    }
    if asked.is_empty() {
        return accessible.first().map(String::as_str);
    }
    let bytes = asked.as_bytes();
    let is_version = bytes.len() == 7
        && bytes[4] == b'-'
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| at == 4 || byte.is_ascii_digit());
    if !is_version {
        return None;
    }
    match accessible.iter().find(|version| *version == asked) {
        Some(version) => Some(version),
        None => accessible
            .first()
            .filter(|oldest| asked < oldest.as_str())
            .map(String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_and_versions() {
        assert!(matches!(
            route(&Method::POST, "/admin/api/2026-07/graphql.json"),
            Route::Graphql { version: "2026-07" }
        ));
        assert!(matches!(
            route(&Method::GET, "/admin/api/2026-07/graphql.json"),
            Route::Unknown
        ));
        assert!(matches!(
            route(&Method::GET, "/admin/api/2026-07/orders/1.json"),
            Route::Rest {
                version: "2026-07",
                path: "orders/1.json"
            }
        ));
        assert!(matches!(
            route(&Method::GET, "/bulk_operations/x.jsonl"),
            Route::Endpoint { key: "x.jsonl", .. }
        ));
        assert!(matches!(
            route(&Method::GET, "/admin/orders/7.json"),
            Route::Rest {
                version: "",
                path: "orders/7.json"
            }
        ));
        for path in ["/admin/api/graphql.json", "/admin/graphql.json"] {
            assert!(matches!(
                route(&Method::POST, path),
                Route::Graphql { version: "" }
            ));
        }
        for unknown in [
            "/admin/api/api_versions.json",
            "/admin/oauth/other.json",
            "/admin/orders",
        ] {
            assert!(matches!(route(&Method::GET, unknown), Route::Unknown));
        }
        let accessible = ["2026-04".to_string(), "2026-07".to_string()];
        assert_eq!(
            served_version(&accessible, "2026-07", "2025-01"),
            Some("2026-04")
        );
        assert_eq!(
            served_version(&accessible, "2026-07", "2026-07"),
            Some("2026-07")
        );
        assert_eq!(
            served_version(&accessible, "2026-07", "unstable"),
            Some("2026-07")
        );
        assert_eq!(served_version(&accessible, "2026-07", ""), Some("2026-04"));
        assert_eq!(served_version(&accessible, "2026-07", "2030-01"), None);
        assert_eq!(served_version(&accessible, "2026-07", "latest!"), None);
    }
}
