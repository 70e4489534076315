//! Values that programs stumble over.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::seeds::Plain;

/// Texts.
pub const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "null",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "-9223372036854775809",
    "NaN",
    "gid://shopify/Order/99999999999999999999",
    "gid://shopify/ProductVariant/1",
    "gid://shopify//",
    "gid://shopify/InventoryItem/-1",
    "SKU-1",
    "SKU-99999",
    "2026-13-45T99:99:99Z",
    "2026-11-20T00:00:00Z",
    "0001-01-01T00:00:00+99:99",
    "%",
    "%zz",
    "%00%ff",
    "../../../etc/passwd",
    "\u{202e}\u{1f600}e\u{301}\u{fffd}",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "eyJhbGciOiJub25lIn0.e30.",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "{",
    "[[[[[[[[[[[[[[[[[[[[[[",
    "{ orders(first: 99999999999) { nodes { id } } }",
    "query q($a: [[[Int!]!]!]!) { __schema { types { fields { type { ofType { ofType { name } } } } } } }",
    "fragment f on Order { ...f } { orders(first: 1) { nodes { ...f } } }",
    "name:* AND (id:>0 OR NOT status:open))) created_at:>=x",
    "Action=SendMessage&Attribute.1.Name=&&&=",
];

/// JSON values.
pub fn values() -> Vec<Value> {
    let mut all = vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(0.1),
        json!([]),
        json!({}),
        json!([null]),
        json!([[], [[]]]),
        json!({"": {"": ""}}),
        json!({"amount": "-1", "quantity": -1, "units": 4_294_967_296_u64}),
        json!("x".repeat(70_000)),
        json!(vec![0; 3_000]),
        (0..100).fold(Value::Null, |inner, _| json!([inner])),
        (0..100).fold(Value::Null, |inner, _| json!({"a": inner})),
    ];
    all.extend(TEXTS.iter().map(|text| json!(text)));
    all
}

/// Bytes that are put into bodies.
pub const BYTES: &[&[u8]] = &[
    b"\0",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"}",
    b"{",
    b",",
    b"&",
    b"=",
    b"%",
    b"\r\n\r\n",
    b"99999999999999999999",
    b"-",
    b"{\"a\":",
];

/// A request of anything at all.
pub fn request() -> impl Strategy<Value = Plain> {
    let method = prop_oneof![
        Just("GET".to_string()),
        Just("POST".to_string()),
        Just("PUT".to_string()),
        "[A-Z]{1,12}"
    ];
    let path = prop_oneof![
        "/[ -~]{0,60}",
        "(/[a-z0-9._-]{0,12}){1,7}",
        Just("*".to_string())
    ];
    let header = ("[a-zA-Z-]{1,20}", prop::collection::vec(any::<u8>(), 0..40));
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..400),
        "\\PC{0,200}".prop_map(String::into_bytes),
        Just(vec![b'['; 20_000]),
    ];
    (method, path, prop::collection::vec(header, 0..6), body).prop_map(
        |(method, path, headers, body)| Plain {
            method,
            path,
            headers,
            body,
        },
    )
}
