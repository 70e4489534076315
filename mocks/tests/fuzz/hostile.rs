//! What somebody sends who means harm, or whose program is badly broken: the same attacks on every valid request, and what
//! GraphQL makes possible beside them.

use serde_json::{Value, json};

use super::seeds::Plain;

/// Numbers at the edges of what machines count in.
fn numbers() -> Vec<Value> {
    vec![
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(i32::MAX),
        json!(i64::from(i32::MIN)),
        json!(u32::MAX),
        json!(-1),
        json!(1e308),
        json!(0.5),
        json!(9_007_199_254_740_993_u64),
    ]
}

/// Texts in the places of ids, dates, cursors and names.
const TEXTS: &[&str] = &[
    "",
    "\0",
    "-9223372036854775809",
    "99999999999999999999999999999999",
    "gid://shopify/Order/18446744073709551615",
    "gid://shopify/InventoryLevel/18446744073709551615?inventory_item_id=18446744073709551615",
    "9999-12-31T23:59:59.999999999+99:99",
    "-0001-00-00T00:00:00Z",
    "AAAAAAAAAAAAAAAA////////++++++++==",
    "\u{10ffff}\u{202e}\u{0}\u{7f}\"\\",
];

/// Bodies that are no JSON, or more of it than anybody needs.
pub fn bodies() -> Vec<Vec<u8>> {
    let deep = |opening: &str| opening.repeat(200_000).into_bytes();
    let mut all = vec![
        deep("["),
        deep("{\"a\":"),
        deep("[{\"query\":"),
        format!("{{\"query\":{}", "[".repeat(100_000)).into_bytes(),
        format!("{{\"variables\":{}{}}}", "[".repeat(120), "]".repeat(120)).into_bytes(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"query\":\"caf\xe9\",\"name\":\"M\xfcller\"}".to_vec(),
        b"{\"query\":\"\\ud800\"}".to_vec(),
        b"{\"query\":\"\\udc00\\ud800\"}".to_vec(),
        b"{\"query\":\"\\u12\"}".to_vec(),
        b"{\"a\":1e99999,\"b\":-1e99999}".to_vec(),
        b"{\"a\":1,\"a\":2,\"query\":\"{a}\",\"query\":\"{b}\"}".to_vec(),
        b"grant_type=%&client_id=%f&client_secret=%zz&=&&&a=b=c".to_vec(),
        vec![0; 1 << 20],
        vec![b'"'; 1 << 20],
    ];
    all.push(format!("{{\"a\":{}}}", "9".repeat(1 << 20)).into_bytes());
    all
}

/// Every request that differs from a valid one in one value: of its JSON body, of its query.
pub fn variants(plain: &Plain) -> Vec<Plain> {
    let mut all = Vec::new();
    if let Ok(body) = serde_json::from_slice::<Value>(&plain.body) {
        let mut places = Vec::new();
        walk(&body, &mut String::new(), &mut places);
        for place in places {
            let old = body.pointer(&place).cloned().unwrap_or(Value::Null);
            let mut others: Vec<Value> = TEXTS.iter().map(|text| json!(text)).collect();
            others.extend(numbers());
            others.extend([
                Value::Null,
                json!([]),
                json!({}),
                json!([old.clone(), old.clone()]),
            ]);
            if let Value::Array(items) = &old {
                let item = items.first().cloned().unwrap_or(Value::Null);
                others.push(Value::Array(vec![item; 300]));
            }
            for other in others {
                let mut body = body.clone();
                if let Some(found) = body.pointer_mut(&place) {
                    *found = other;
                }
                let mut plain = plain.clone();
                plain.body = body.to_string().into_bytes();
                all.push(plain);
            }
        }
    }
    let (path, query) = plain.path.split_once('?').unwrap_or((&plain.path, ""));
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    for (position, pair) in pairs.iter().enumerate() {
        let name = pair.split('=').next().unwrap_or("");
        for value in [
            "",
            "%",
            "%f",
            "%zz",
            "%00",
            "%ff%fe",
            "-1",
            "0",
            "99999999999999999999",
            "1e9",
            "a,b,,%2C",
            "%F0%9F%98%80",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ] {
            let mut pairs: Vec<String> = pairs.iter().map(ToString::to_string).collect();
            pairs[position] = format!("{name}={value}");
            let mut plain = plain.clone();
            plain.path = format!("{path}?{}", pairs.join("&"));
            all.push(plain);
        }
        let mut repeated = plain.clone();
        repeated.path = format!("{path}?{query}{}", format!("&{pair}").repeat(2_000));
        all.push(repeated);
    }
    all
}

fn walk(value: &Value, path: &mut String, places: &mut Vec<String>) {
    places.push(path.clone());
    let length = path.len();
    let mut below = |name: &str, inner: &Value| {
        path.push('/');
        path.push_str(&name.replace('~', "~0").replace('/', "~1"));
        walk(inner, path, places);
        path.truncate(length);
    };
    match value {
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate().take(2) {
                below(&position.to_string(), item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                below(name, member);
            }
        }
        _ => {}
    }
}

/// GraphQL documents that cost whoever reads them carelessly.
pub fn documents() -> Vec<String> {
    let nested = |opening: &str, closing: &str, depth: usize| {
        format!("{}{}", opening.repeat(depth), closing.repeat(depth))
    };
    let aliases = |count: usize, field: &str| {
        let fields: String = (0..count)
            .map(|number| format!("a{number}: {field} "))
            .collect();
        format!("{{ {fields} }}")
    };
    // Each fragment spreads the next one twice: unfolded, there are more fields than atoms.
    let doubling: String = (0..60)
        .map(|number| {
            format!(
                "fragment f{number} on Order {{ ...f{} ...f{} }} ",
                number + 1,
                number + 1
            )
        })
        .collect();
    vec![
        nested("{ a ", "}", 100_000),
        nested("{ node(id: \"x\") ", "}", 500),
        format!("{{ orders(first: 1) {{ nodes {{ lineItems(first: 1) {{ nodes {{ {} }} }} }} }} }}", nested("variant { product { variants(first: 1) { nodes { ", "} } } }", 200)),
        format!("{{ a(b: {}) }}", nested("[", "]", 100_000)),
        format!("{{ a(b: {}1{}) }}", "{c: ".repeat(50_000), "}".repeat(50_000)),
        format!("query($a: {}Int{}) {{ shop {{ name }} }}", "[".repeat(50_000), "]".repeat(50_000)),
        aliases(5_000, "shop { name }"),
        aliases(200, "orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } }"),
        aliases(20_000, "__typename"),
        aliases(5_000, "nothing(x: \"x\")"),
        aliases(2_000, "orders(first: \"x\") { nodes { id } }"),
        format!("{{ orders(first: 1) {{ nodes {{ ...f0 }} }} }} {doubling} fragment f60 on Order {{ id }}"),
        "{ orders(first: 1) { nodes { ...a } } } fragment a on Order { ...b } fragment b on Order { ...a }".to_owned(),
        "fragment a on Order { ...a } query { orders(first: 1) { nodes { ...a } } }".to_owned(),
        format!("{{ shop {{ name {} }} }}", "@include(if: true) ".repeat(10_000)),
        format!("{{ shop {{ name {} }} }}", "@skip(if: false) @x ".repeat(5_000)),
        format!("query({}) {{ shop {{ name }} }}", (0..20_000).map(|number| format!("$v{number}: Int ")).collect::<String>()),
        format!("{{ __schema {{ types {{ fields {{ type {} name }} }} }} }}", nested("{ ofType ", "}", 400)),
        format!("{{ __schema {{ types {{ {} name }} }} }}", nested("fields { type { ", "} }", 30)),
        format!("{{ __type(name: \"Order\") {{ {} }} }}", nested("possibleTypes { interfaces { ", "name } }", 10)),
        "{ orders(first: 99999999999999999999) { nodes { id } } }".to_owned(),
        "{ orders(first: -1) { nodes { id } } }".to_owned(),
        "{ orders(first: 2147483648) { nodes { id } } }".to_owned(),
        "{ orders(first: 1.5) { nodes { id } } }".to_owned(),
        "{ orders(first: 1, last: 1, after: \"AAAA\", before: \"%%%\") { nodes { id } } }".to_owned(),
        "{ order(id: \"\\uD800\") { id } }".to_owned(),
        "{ order(id: \"\\u{110000}\") { id } }".to_owned(),
        "{ order(id: \"\\u12\") { id } }".to_owned(),
        "{ order(id: \"\\q\") { id } }".to_owned(),
        "{ order(id: \"\"\"\n\\\"\"\" \u{0} \"\"\") { id } }".to_owned(),
        "{ order(id: \"unterminated) { id } }".to_owned(),
        format!("{{ orders(first: 1, query: \"{}\") {{ nodes {{ id }} }} }}", "(".repeat(50_000)),
        format!("{{ orders(first: 1, query: \"{}\") {{ nodes {{ id }} }} }}", "NOT ".repeat(50_000)),
        format!("{{ orders(first: 1, query: \"{}\") {{ nodes {{ id }} }} }}", "id:1 OR ".repeat(20_000)),
        format!("# {}\n{{ shop {{ name }} }}", "x".repeat(1 << 20)),
        format!("{{ shop {{ name }} }}{}", " query q { shop { name } }".repeat(5_000)),
        "subscription { orders { id } }".to_owned(),
        "type Query { a: Int } { a }".to_owned(),
        "extend schema { query: Shop } { shop { name } }".to_owned(),
        "\u{feff}{ shop { name } }".to_owned(),
        format!("mutation {{ {} }}", (0..300).map(|number| format!("a{number}: webhookSubscriptionDelete(id: \"gid://shopify/WebhookSubscription/{number}\") {{ userErrors {{ message }} }} ")).collect::<String>()),
        format!("mutation {{ bulkOperationRunQuery(query: {}) {{ userErrors {{ message }} }} }}", Value::from(nested("{ orders { edges { node { id } } } ", "}", 2_000))),
    ]
}
