//! From method and path to operation. Hosts are never looked at.

use std::borrow::Cow;
use std::sync::LazyLock;

use http::Method;

use super::operations::{Handler, OPERATIONS, OperationIndex};
use super::query::decode;

/// The most parts that a path of the table has.
const MOST_PARTS: usize = 7;

/// An operation and the variable parts of its path, decoded.
#[derive(Debug)]
pub(crate) struct Route<'a> {
    /// The operation.
    pub(crate) operation: OperationIndex,
    /// The first variable part, empty if there is none.
    pub(crate) first: Cow<'a, str>,
    /// The second variable part, empty if there is none.
    pub(crate) second: Cow<'a, str>,
}

/// The method and the path of a row; `None` stands for a variable part.
struct Pattern {
    method: &'static Method,
    parts: Vec<Option<&'static str>>,
    operation: OperationIndex,
}

/// The table's paths by their number of parts.
static PATTERNS: LazyLock<Vec<Vec<Pattern>>> = LazyLock::new(|| {
    let mut patterns: Vec<Vec<Pattern>> = (0..=MOST_PARTS).map(|_| Vec::new()).collect();
    for (operation, row) in OperationIndex::all().zip(OPERATIONS) {
        if !matches!(row.handler, Handler::Api(_)) {
            continue;
        }
        let parts: Vec<_> = row.path[1..]
            .split('/')
            .map(|part| (!part.starts_with('{')).then_some(part))
            .collect();
        patterns[parts.len()].push(Pattern {
            method: &row.method,
            parts,
            operation,
        });
    }
    patterns
});

/// Finds the operation of an API path.
pub(crate) fn route<'a>(method: &Method, path: &'a str) -> Route<'a> {
    let mut buffer = [""; MOST_PARTS];
    let mut count = 0;
    for part in path.trim_matches('/').split('/') {
        if count == MOST_PARTS {
            return none();
        }
        buffer[count] = part;
        count += 1;
    }
    let parts = &mut buffer[..count];
    // One client writes to the address of the older version, which reads alike.
    if let ["listings", version @ "2020-09-01", "items", _, _] = parts {
        *version = "2021-08-01";
    }
    // Login with Amazon takes a capital too, and its own pages have used it.
    if let ["auth", name @ "O2", "token"] = parts {
        *name = "o2";
    }
    let fits = |pattern: &&Pattern| {
        pattern.method == method
            && pattern
                .parts
                .iter()
                .zip(parts.iter())
                .all(|(wanted, part)| wanted.is_none_or(|wanted| wanted == *part))
    };
    let Some(pattern) = PATTERNS[count].iter().find(fits) else {
        return none();
    };
    let mut variable = pattern
        .parts
        .iter()
        .zip(parts.iter())
        .filter(|(wanted, _)| wanted.is_none())
        .map(|(_, part)| decode(part));
    Route {
        operation: pattern.operation,
        first: variable.next().unwrap_or_default(),
        second: variable.next().unwrap_or_default(),
    }
}

fn none() -> Route<'static> {
    Route {
        operation: OperationIndex::unknown(),
        first: Cow::Borrowed(""),
        second: Cow::Borrowed(""),
    }
}

/// Finds the operation of a queue call from the text after `AmazonSQS.` in its `X-Amz-Target`.
pub(crate) fn queue_action(action: &str) -> OperationIndex {
    OperationIndex::all()
        .find(|operation| {
            let row = operation.row();
            matches!(row.handler, Handler::Queue(_)) && row.name == action
        })
        .unwrap_or(OperationIndex::unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_operations() {
        let find = |method: &str, path| {
            let method = http::Method::from_bytes(method.as_bytes()).unwrap();
            let route = route(&method, path);
            (
                route.operation.row().name,
                route.first.into_owned(),
                route.second.into_owned(),
            )
        };
        assert_eq!(
            find("PATCH", "/listings/2021-08-01/items/A1/SKU%2F1%20x"),
            ("patchListingsItem", "A1".into(), "SKU/1 x".into())
        );
        assert_eq!(
            find("PATCH", "/listings/2020-09-01/items/A1/x").0,
            "patchListingsItem"
        );
        assert_eq!(
            find("GET", "/orders/v0/orders/902-1/orderItems"),
            ("getOrderItems", "902-1".into(), String::new())
        );
        assert_eq!(find("POST", "/auth/O2/token").0, "token");
        for path in [
            "/",
            "/orders/v1/orders",
            "/a/b/c/d/e/f/g/h/i",
            "/orders/v0/orders/x/y",
        ] {
            assert_eq!(find("GET", path).0, "unknown", "{path}");
        }
        assert_eq!(find("DELETE", "/orders/v0/orders").0, "unknown");
        assert_eq!(queue_action("ReceiveMessage").row().name, "ReceiveMessage");
        assert_eq!(queue_action("getOrders").row().name, "unknown");
    }
}
