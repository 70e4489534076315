//! From method and path to an operation of the table.

use http::Method;

use super::{OPERATIONS, Operation};
use crate::core::paths::parameter;

/// Where a request leads.
#[derive(Copy, Clone)]
pub(crate) enum Route<'path> {
    /// To an operation; with the still percent-encoded segment in braces, or an empty text.
    Found(&'static Operation, &'path str),
    /// The path is served with [other methods](allowed).
    WrongMethod,
    /// Nowhere.
    Unknown,
}

/// Finds the operation of a method and path.
pub(crate) fn route<'path>(method: &Method, path: &'path str) -> Route<'path> {
    let mut is_known = false;
    for operation in OPERATIONS {
        let Some(parameter) = parameter(operation.template, path) else {
            continue;
        };
        if *method == operation.method {
            return Route::Found(operation, parameter);
        }
        is_known = true;
    }
    match is_known {
        true => Route::WrongMethod,
        false => Route::Unknown,
    }
}

/// The methods that a path is served with, as `Allow` lists them (RFC 9110 10.2.1).
pub(crate) fn allowed(path: &str) -> String {
    let operations = OPERATIONS.iter();
    let served = operations.filter(|it| parameter(it.template, path).is_some());
    let methods: Vec<&str> = served.map(|it| it.method.as_str()).collect();
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_segments_lead_to_operations() {
        let found = |method: Method, path: &str| match route(&method, path) {
            Route::Found(operation, parameter) => Ok((operation.name, parameter.to_string())),
            Route::WrongMethod => Err("other"),
            Route::Unknown => Err(""),
        };
        let at = |name: &'static str, parameter: &str| Ok((name, parameter.to_string()));
        assert_eq!(found(Method::GET, "/v1/products"), at("listProducts", ""));
        assert_eq!(
            found(Method::PUT, "/v1/products/A%2FB/quantity"),
            at("setQuantity", "A%2FB")
        );
        assert_eq!(found(Method::GET, "/v1/orders/7"), at("getOrder", "7"));
        assert_eq!(
            found(Method::POST, "/v1/orders/7/cancel"),
            at("cancelOrder", "7")
        );
        assert_eq!(found(Method::DELETE, "/v1/orders/7/cancel"), Err("other"));
        assert_eq!(allowed("/v1/orders/7/cancel"), "POST");
        assert_eq!(allowed("/v1/products/A/quantity"), "PUT, GET");
        for unknown in [
            "/",
            "/v1/orders/",
            "/v1/orders/7/8",
            "/v1/products/A/B/quantity",
            "/v2/orders",
        ] {
            assert_eq!(found(Method::GET, unknown), Err(""), "{unknown}");
        }
    }
}
