//! From method and path to operation.

use http::Method;

use crate::core::{CallKind, Coverage, Served};

/// What a call asks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    ListLocations,
    ListStock,
    GetStock,
    ListChanges,
    CreateAllocations,
    ReleaseAllocations,
    CancelAllocation,
}

impl Operation {
    /// The operation's id in the OpenAPI description.
    pub fn name(self) -> &'static str {
        match self {
            Operation::ListLocations => "listLocations",
            Operation::ListStock => "listStock",
            Operation::GetStock => "getStock",
            Operation::ListChanges => "listChanges",
            Operation::CreateAllocations => "createAllocations",
            Operation::ReleaseAllocations => "releaseAllocations",
            Operation::CancelAllocation => "cancelAllocation",
        }
    }

    /// Whether it reads or writes.
    pub fn kind(self) -> CallKind {
        match self {
            Operation::ListLocations
            | Operation::ListStock
            | Operation::GetStock
            | Operation::ListChanges => CallKind::Read,
            Operation::CreateAllocations
            | Operation::ReleaseAllocations
            | Operation::CancelAllocation => CallKind::Write,
        }
    }
}

/// One operation: its method, its path template and how far it is served. A template has at most one segment in braces.
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    pub(super) operation: Operation,
    served: Served,
}

/// Makes a row from `Operation "METHOD" "template"`; whatever has a row is served in full.
macro_rules! row {
    ($operation:ident $name:literal $method:literal $template:literal) => {
        Row {
            method: $method,
            template: $template,
            operation: Operation::$operation,
            served: Served {
                name: $name,
                path: concat!($method, " ", $template),
                coverage: Coverage::Full,
            },
        }
    };
}

/// Every path that is served. No two templates match the same path.
pub(super) static ROUTES: [Row; 7] = [
    row!(ListChanges "listChanges" "GET" "/v1/changes"),
    row!(CreateAllocations "createAllocations" "POST" "/v1/allocations"),
    row!(CancelAllocation "cancelAllocation" "POST" "/v1/allocations/{id}/cancel"),
    row!(ReleaseAllocations "releaseAllocations" "POST" "/v1/releases"),
    row!(ListStock "listStock" "GET" "/v1/stock"),
    row!(GetStock "getStock" "GET" "/v1/stock/{sku}"),
    row!(ListLocations "listLocations" "GET" "/v1/locations"),
];

/// What is served, operation by operation: the routing table itself. The interface is our own, so there is nothing that
/// is not served.
pub fn coverage() -> Vec<Served> {
    ROUTES.iter().map(|row| row.served).collect()
}

/// Where a request leads.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Route<'path> {
    /// To an operation; with the still percent-encoded segment in braces, or an empty text.
    Found(Operation, &'path str),
    /// The path is served with this other method only.
    WrongMethod(&'static str),
    /// Nowhere.
    Unknown,
}

/// Finds the operation of a method and path.
pub(super) fn route<'path>(method: &Method, path: &'path str) -> Route<'path> {
    for row in &ROUTES {
        if let Some(parameter) = matches(row.template, path) {
            return if method.as_str() == row.method {
                Route::Found(row.operation, parameter)
            } else {
                Route::WrongMethod(row.method)
            };
        }
    }
    Route::Unknown
}

fn matches<'path>(template: &str, path: &'path str) -> Option<&'path str> {
    let Some((before, rest)) = template.split_once('{') else {
        return (template == path).then_some("");
    };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let parameter = path.strip_prefix(before)?.strip_suffix(after)?;
    (!parameter.is_empty() && !parameter.contains('/')).then_some(parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_operations_and_parameters() {
        assert_eq!(
            route(&Method::GET, "/v1/stock"),
            Route::Found(Operation::ListStock, "")
        );
        assert_eq!(
            route(&Method::GET, "/v1/stock/A%20B"),
            Route::Found(Operation::GetStock, "A%20B")
        );
        assert_eq!(
            route(&Method::POST, "/v1/allocations/A-00000001/cancel"),
            Route::Found(Operation::CancelAllocation, "A-00000001")
        );
        assert_eq!(
            route(&Method::DELETE, "/v1/allocations"),
            Route::WrongMethod("POST")
        );
        for path in [
            "",
            "/",
            "/v1/stock/",
            "/v1/stock/a/b",
            "/v1/allocations//cancel",
            "/v1/allocations/cancel",
            "/v2/stock",
        ] {
            assert_eq!(route(&Method::POST, path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn every_route_is_in_the_openapi_description() {
        let description = include_str!("../../../docs/warehouse-openapi.yaml");
        assert!(description.starts_with("openapi: 3.1"));
        for Row {
            method,
            template,
            operation,
            served,
        } in &ROUTES
        {
            assert_eq!(served.name, operation.name());
            let (_, rest) = description
                .split_once(&format!("\n  {template}:\n"))
                .unwrap_or_else(|| panic!("{template} is not described"));
            let section = rest.split("\n  /").next().unwrap_or(rest);
            assert!(
                section.contains(&format!("    {}:\n", method.to_lowercase())),
                "{method} {template} is not described"
            );
            assert!(
                section.contains(&format!("operationId: {}\n", operation.name())),
                "{template} is described under another name"
            );
        }
        let described = description
            .lines()
            .filter(|line| line.starts_with("  /"))
            .count();
        assert_eq!(described, ROUTES.len(), "nothing unserved is described");
    }
}
