//! What the app may do, and by which addresses and versions it asks (docs/platforms/shopify.md 1.1, 1.2 and 1.4).

use serde_json::{Value, json};

use super::Bench;
use super::rest::body;

/// Scopes as `access_scopes.json` and as the installation tell them.
fn told(bench: &mut Bench) -> (Vec<String>, Vec<String>) {
    let names = |list: &Value| -> Vec<String> {
        let handles = list.as_array().unwrap().iter();
        handles
            .map(|one| one["handle"].as_str().unwrap().to_owned())
            .collect()
    };
    let listed = bench.rest("GET", "/admin/oauth/access_scopes.json", Value::Null);
    let installed = bench.graphql(
        "{ currentAppInstallation { accessScopes { handle } } }",
        json!({}),
    );
    let installed = &installed["data"]["currentAppInstallation"]["accessScopes"];
    (names(&body(&listed)["access_scopes"]), names(installed))
}

fn token_scope(bench: &mut Bench) -> String {
    let grant = json!({ "client_id": "oversell-client-id", "client_secret": "hush", "grant_type": "client_credentials" });
    let (_, answer) = bench.post("/admin/oauth/access_token", grant.to_string());
    body(&answer)["scope"].as_str().unwrap().to_owned()
}

#[test]
fn all_that_tells_of_scopes_tells_the_same_and_an_install_gets_what_it_asks_for() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let (listed, installed) = told(&mut bench);
    assert_eq!(listed, installed);
    assert_eq!(token_scope(&mut bench), listed.join(","));
    for served in ["write_returns", "write_customers", "write_products"] {
        assert!(listed.iter().any(|scope| scope == served), "{served}");
    }
    let install = "/admin/oauth/authorize?client_id=oversell-client-id&redirect_uri=https://app.example/cb&scope=read_orders,write_inventory,read_themes";
    assert_eq!(
        bench.rest("GET", install, Value::Null).status().as_u16(),
        302
    );
    let (listed, installed) = told(&mut bench);
    assert_eq!(listed, ["read_orders", "write_inventory"]);
    assert_eq!(listed, installed);
    assert_eq!(token_scope(&mut bench), "read_orders,write_inventory");
    // By these calls are let through.
    let denied = bench.graphql(
        "{ shop { name } them: products(first: 1) { nodes { id } } }",
        json!({}),
    );
    let error = &denied["errors"][0];
    assert_eq!(
        error["message"],
        "Access denied for products field. Required access: `read_products` access scope."
    );
    assert_eq!(error["extensions"]["code"], "ACCESS_DENIED");
    assert_eq!(
        error["extensions"]["requiredAccess"],
        "`read_products` access scope."
    );
    let allowed = bench.graphql(
        "{ orders(first: 1) { nodes { id } } inventoryItems(first: 1) { nodes { id } } }",
        json!({}),
    );
    assert_eq!(allowed["errors"], Value::Null, "{allowed}");
    let written = bench.graphql(
        "mutation { orderClose(input: { id: \"gid://shopify/Order/5001000000001\" }) { userErrors { message } } }",
        json!({}),
    );
    assert_eq!(written["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    let rest = bench.rest("GET", "products.json", Value::Null);
    assert_eq!(
        (rest.status().as_u16(), body(&rest)),
        (
            403,
            json!({ "errors": "[API] This action requires merchant approval for read_products scope." })
        )
    );
    assert_eq!(bench.rest("GET", "orders.json", Value::Null).status(), 200);
}

#[test]
fn a_path_without_a_version_is_served_by_the_oldest_and_unstable_by_its_own_name() {
    let mut bench = Bench::ideal();
    let served = |bench: &mut Bench, method: &str, path: &str, asked: Value| {
        let answer = bench.rest(method, path, asked);
        let version = answer.headers()["x-shopify-api-version"].to_str().unwrap();
        (answer.status().as_u16(), version.to_owned())
    };
    let query = || json!({ "query": "{ shop { name } }" });
    let oldest = (200, "2026-01".to_owned());
    assert_eq!(
        served(&mut bench, "GET", "/admin/orders.json?limit=3", Value::Null),
        oldest
    );
    assert_eq!(
        served(&mut bench, "GET", "/admin/shop.json", Value::Null),
        oldest
    );
    assert_eq!(
        served(&mut bench, "POST", "/admin/api/graphql.json", query()),
        oldest
    );
    let unstable = "/admin/api/unstable/graphql.json";
    assert_eq!(
        served(&mut bench, "POST", unstable, query()),
        (200, "unstable".to_owned())
    );
}
