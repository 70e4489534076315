//! From method and path to an operation of the table.

use http::Method;

use super::{OPERATIONS, Operation};
use crate::core::paths::parameter;

/// Where a request leads.
#[derive(Copy, Clone)]
pub(crate) enum Route<'path> {
    /// To an operation; with the still percent-encoded segment in braces, or an empty text.
    Found(&'static Operation, &'path str),
    /// The path is served with this other method only.
    WrongMethod(&'static str),
    /// Nowhere.
    Unknown,
}

/// Finds the operation of a method and path.
pub(crate) fn route<'path>(method: &Method, path: &'path str) -> Route<'path> {
    for operation in OPERATIONS {
        if let Some(parameter) = parameter(operation.template, path) {
            return if *method == operation.method {
                Route::Found(operation, parameter)
            } else {
                Route::WrongMethod(operation.method.as_str())
            };
        }
    }
    Route::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and parameter of what is found, or the method of the path, or nothing.
    fn found(method: &Method, path: &str) -> Result<(&'static str, String), &'static str> {
        match route(method, path) {
            Route::Found(operation, parameter) => Ok((operation.name, parameter.to_string())),
            Route::WrongMethod(allowed) => Err(allowed),
            Route::Unknown => Err(""),
        }
    }

    #[test]
    fn finds_operations_and_parameters() {
        let text = str::to_string;
        assert_eq!(
            found(&Method::GET, "/v1/stock"),
            Ok(("listStock", text("")))
        );
        assert_eq!(
            found(&Method::GET, "/v1/stock/A%20B"),
            Ok(("getStock", text("A%20B")))
        );
        assert_eq!(
            found(&Method::POST, "/v1/allocations/A-00000001/cancel"),
            Ok(("cancelAllocation", text("A-00000001")))
        );
        assert_eq!(found(&Method::DELETE, "/v1/allocations"), Err("POST"));
        for path in [
            "",
            "/",
            "/v1/stock/",
            "/v1/stock/a/b",
            "/v1/allocations//cancel",
            "/v1/allocations/cancel",
            "/v2/stock",
        ] {
            assert_eq!(found(&Method::POST, path), Err(""), "{path}");
        }
    }

    #[test]
    fn every_operation_is_in_the_openapi_description() {
        let description = include_str!("../../../../docs/warehouse-openapi.yaml");
        assert!(description.starts_with("openapi: 3.1"));
        for Operation {
            method,
            template,
            name,
            ..
        } in OPERATIONS
        {
            let (_, rest) = description
                .split_once(&format!("\n  {template}:\n"))
                .unwrap_or_else(|| panic!("{template} is not described"));
            let section = rest.split("\n  /").next().unwrap_or(rest);
            let method = method.as_str().to_lowercase();
            assert!(
                section.contains(&format!("    {method}:\n")),
                "{method} {template} is not described"
            );
            assert!(
                section.contains(&format!("operationId: {name}\n")),
                "{template} is described under another name"
            );
        }
        let described = description
            .lines()
            .filter(|line| line.starts_with("  /"))
            .count();
        assert_eq!(described, OPERATIONS.len(), "nothing unserved is described");
    }
}
