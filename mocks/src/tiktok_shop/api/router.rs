//! From method and path to an operation of the table (docs/platforms/tiktok_shop.md 11). The version is a path segment, and
//! each operation has its own list of live versions.

use http::Method;

use super::errors::{self, ApiError};
use super::{OPERATIONS, Operation};

/// Where a request goes.
#[derive(Copy, Clone)]
pub(crate) struct Route<'a> {
    pub(crate) operation: &'static Operation,
    /// The dated version, such as 202309; 0 for token calls.
    pub(crate) version: u32,
    /// The id in the path; empty where there is none.
    pub(crate) id: &'a str,
}

/// The version segment of the two token calls, which are not dated.
const TOKEN_VERSION: &str = "v2";

/// Finds the operation, or says as the gateway does what is wrong: the path, then the version, then the method.
///
/// A template without an id hides those with one: `packages/search` is never taken for the package called "search". The
/// table lists such templates first.
pub(crate) fn route<'a>(method: &Method, path: &'a str) -> Result<Route<'a>, ApiError> {
    let mut segments = [""; 6];
    let mut count = 0;
    for segment in path.strip_prefix('/').unwrap_or("").split('/') {
        if count == segments.len() || segment.is_empty() {
            return Err(errors::PATH);
        }
        segments[count] = segment;
        count += 1;
    }
    if count < 3 {
        return Err(errors::PATH);
    }
    let version: u32 = match segments[1] {
        TOKEN_VERSION => 0,
        text if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().map_err(|_| errors::PATH)?
        }
        _ => return Err(errors::PATH),
    };
    let mut template = None;
    let mut version_is_live = false;
    for operation in OPERATIONS {
        if operation.group != segments[0] {
            continue;
        }
        let Some(id) = matched(operation.segments, &segments[2..count]) else {
            continue;
        };
        if *template.get_or_insert(operation.segments) != operation.segments {
            continue;
        }
        if operation.versions.contains(&version) {
            if operation.method == *method {
                return Ok(Route {
                    operation,
                    version,
                    id,
                });
            }
            version_is_live = true;
        }
    }
    Err(match (template, version_is_live) {
        (None, _) => errors::PATH,
        (Some(_), false) => errors::VERSION,
        (Some(_), true) => errors::METHOD,
    })
}

/// Holds a path's segments against a template; a segment in braces takes anything, and is answered.
fn matched<'a>(template: &[&str], path: &[&'a str]) -> Option<&'a str> {
    if template.len() != path.len() {
        return None;
    }
    let mut id = "";
    for (wanted, found) in template.iter().zip(path) {
        if wanted.starts_with('{') {
            id = found;
        } else if wanted != found {
            return None;
        }
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(method: &Method, path: &str) -> Result<&'static str, ApiError> {
        route(method, path).map(|found| found.operation.served.name)
    }

    #[test]
    fn routes_by_path_version_and_method() {
        let found = route(&Method::GET, "/order/202507/orders").unwrap();
        assert_eq!((found.operation.name, found.version), ("orders", 202507));
        let update = route(
            &Method::POST,
            "/product/202309/products/17/inventory/update",
        )
        .unwrap();
        assert_eq!(
            (update.operation.name, update.id),
            ("inventory/update", "17")
        );
        assert_eq!(
            reached(&Method::DELETE, "/event/202309/webhooks"),
            Ok("WebhooksDelete")
        );
        let token = route(&Method::GET, "/api/v2/token/refresh").unwrap();
        assert_eq!((token.operation.name, token.version), ("token/refresh", 0));
    }

    #[test]
    fn says_what_is_wrong() {
        for path in [
            "",
            "/",
            "//",
            "/order",
            "/order/v1/orders",
            "/order/202309/nothing",
            "/a/b/c/d/e/f/g/h",
        ] {
            assert_eq!(reached(&Method::GET, path), Err(errors::PATH), "{path}");
        }
        for path in ["/order/202412/orders", "/order/v2/orders"] {
            assert_eq!(reached(&Method::GET, path), Err(errors::VERSION), "{path}");
        }
        assert_eq!(
            reached(&Method::POST, "/order/202309/orders"),
            Err(errors::METHOD)
        );
        assert_eq!(
            reached(&Method::POST, "/api/v2/token/get"),
            Err(errors::METHOD)
        );
        assert_eq!(
            reached(&Method::GET, "/fulfillment/202309/packages/search"),
            Err(errors::METHOD),
            "`search` is no package"
        );
    }

    #[test]
    fn every_operation_is_reached_by_its_own_path_in_each_version() {
        for operation in OPERATIONS {
            for version in operation.versions {
                let version = match version {
                    0 => TOKEN_VERSION.to_string(),
                    dated => dated.to_string(),
                };
                let rest: Vec<&str> = operation
                    .segments
                    .iter()
                    .map(|segment| {
                        if segment.starts_with('{') {
                            "17"
                        } else {
                            segment
                        }
                    })
                    .collect();
                let path = format!("/{}/{version}/{}", operation.group, rest.join("/"));
                let found = route(&operation.method, &path).map(|found| found.operation.name);
                assert_eq!(found, Ok(operation.name), "{} {path}", operation.method);
            }
        }
    }

    #[test]
    fn the_ledger_tells_operations_apart() {
        let mut names: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OPERATIONS.len());
    }
}
