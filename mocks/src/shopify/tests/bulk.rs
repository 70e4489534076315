//! Bulk operations from the query to the file.

use serde_json::{Value, json};

use super::rest::body;
use super::webhooks::CREATE;
use super::{Bench, ideal};
use crate::core::{ListingIndex, Micros, Request, Storefront};

const RUN: &str = "mutation($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id status } userErrors { field message code } } }";

fn bench() -> Bench {
    let mut bench = Bench::new(ideal("[delay]\nbulk_operation = { fixed = \"30s\" }"));
    for listing in 0..3 {
        bench.shop.open_with(ListingIndex(listing), 10);
    }
    bench
}

fn run(bench: &mut Bench, query: &str) -> Value {
    let answer = bench.graphql(RUN, json!({ "query": query }));
    answer["data"]["bulkOperationRunQuery"].clone()
}

fn read(bench: &mut Bench, id: &str) -> Value {
    let query = json!({"query": format!("{{ bulkOperation(id: \"{id}\") {{ status url objectCount rootObjectCount fileSize completedAt errorCode }} }}")});
    let answer = bench.rest("POST", "/admin/api/2026-07/graphql.json", query);
    body(&answer)["data"]["bulkOperation"].clone()
}

#[test]
fn a_query_ends_in_a_file_of_parents_and_children_and_a_webhook() {
    let mut bench = bench();
    let hook = json!({"topic": "BULK_OPERATIONS_FINISH", "input": {"uri": "http://127.0.0.1:9/h"}});
    bench.graphql(CREATE, hook);
    // More lines than a page of an ordinary query shows.
    for _ in 0..12 {
        bench.checkout(&[(1, 1)]);
        if bench.displayed(1) == 0 {
            bench.shop.edit_count(bench.now, ListingIndex(1), 10);
        }
    }
    bench.checkout(&[(0, 2), (2, 1)]);
    let started = run(
        &mut bench,
        "{ orders { edges { node { id name lineItems { edges { node { id sku quantity } } } } } } }",
    );
    assert_eq!(started["userErrors"], json!([]), "{started}");
    assert_eq!(started["bulkOperation"]["status"], "CREATED");
    let id = started["bulkOperation"]["id"].as_str().unwrap().to_owned();
    bench.now += Micros::from_secs(1);
    assert_eq!(read(&mut bench, &id)["status"], "RUNNING");
    bench.run_until(bench.now + Micros::from_secs(29));
    let done = read(&mut bench, &id);
    assert_eq!(
        (
            done["status"].clone(),
            done["objectCount"].clone(),
            done["rootObjectCount"].clone()
        ),
        (json!("COMPLETED"), json!("27"), json!("13"))
    );
    let url = done["url"].as_str().unwrap();
    let path = url
        .strip_prefix("http://127.0.0.1:8080")
        .expect("the caller's own host");
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = path.parse().unwrap();
    let (_, file) = bench.send(request);
    assert_eq!(file.headers()["content-type"], "application/jsonl");
    assert_eq!(done["fileSize"], file.body().len().to_string());
    let lines: Vec<Value> = String::from_utf8(file.body().clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 27);
    let last = lines
        .iter()
        .filter(|line| line["__parentId"] == "gid://shopify/Order/5001000000013");
    let children: Vec<&Value> = last.collect();
    assert_eq!(
        (
            children.len(),
            children[0]["sku"].clone(),
            children[0]["quantity"].clone()
        ),
        (2, json!("TEE-RED-M"), json!(2))
    );
    assert!(lines.iter().all(|line| line.get("lineItems").is_none()));
    let (_, _, delivery) = bench
        .deliveries
        .iter()
        .find(|(_, _, r)| r.headers()["x-shopify-topic"] == "bulk_operations/finish")
        .expect("a webhook");
    let sent: Value = serde_json::from_slice(delivery.body()).unwrap();
    assert_eq!(
        (
            sent["admin_graphql_api_id"].clone(),
            sent["status"].clone(),
            sent["type"].clone()
        ),
        (json!(id), json!("completed"), json!("query"))
    );
    bench.now += Micros::from_secs(7 * 86_400);
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = path.parse().unwrap();
    assert_eq!(
        bench.send(request).1.status(),
        404,
        "results are kept for seven days"
    );
}

#[test]
fn what_cannot_run_in_bulk_is_refused() {
    let mut bench = bench();
    for (query, part) in [
        ("{ shop { name } }", "at least one connection"),
        (
            "{ orders { nope } }",
            "Field 'nope' doesn't exist on type 'OrderConnection'",
        ),
        ("mutation { tagsAdd { id } }", "Only `query` operations"),
        (
            "{ products { nodes { id } } }",
            "Invalid connection fields: 'products'.",
        ),
        ("{ nodes(ids: []) { id } }", "top level `nodes`"),
        (
            "{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } } }",
            "within a list field",
        ),
        (
            "{ mystery { edges { node { title parts { edges { node { id } } } } } } }",
            "without 'id': mystery.",
        ),
        (
            "{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
            "'id'",
        ),
        (
            "{ products { edges { node { id variants { edges { node { id inventoryItem { id inventoryLevels { edges { node { id } } } } } } } } } } }",
            "nesting depth",
        ),
        (
            "{ orders { edges { node { id } } } products { edges { node { id } } } }",
            "one top level field",
        ),
    ] {
        let refused = run(&mut bench, query);
        let message = refused["userErrors"][0]["message"]
            .as_str()
            .unwrap_or("none");
        assert!(message.contains(part), "{query}: {message}");
        assert!(refused["bulkOperation"].is_null());
    }
    for _ in 0..5 {
        assert_eq!(
            run(
                &mut bench,
                "{ inventoryItems { edges { node { id sku } } } }"
            )["userErrors"],
            json!([])
        );
    }
    let sixth = run(&mut bench, "{ inventoryItems { edges { node { id } } } }");
    assert_eq!(sixth["userErrors"][0]["code"], "LIMIT_REACHED");
    let newest = bench.graphql(
        "{ currentBulkOperation { id status } bulkOperations(first: 9) { nodes { id } } }",
        json!({}),
    );
    let listed = newest["data"]["bulkOperations"]["nodes"].as_array();
    assert_eq!(listed.map(Vec::len), Some(5));
    assert_eq!(
        newest["data"]["bulkOperations"]["nodes"][0]["id"],
        newest["data"]["currentBulkOperation"]["id"]
    );
    let pages = |bench: &mut Bench, sort: &str| {
        let page = bench.graphql(
            &format!("{{ bulkOperations(first: 2, {sort}) {{ nodes {{ id }} pageInfo {{ endCursor }} }} }}"),
            json!({}),
        );
        let page = &page["data"]["bulkOperations"];
        let rest = bench.graphql(
            &format!("query($after: String) {{ bulkOperations(first: 9, after: $after, {sort}) {{ nodes {{ id }} }} }}"),
            json!({ "after": page["pageInfo"]["endCursor"] }),
        );
        let rest = &rest["data"]["bulkOperations"]["nodes"];
        let both = [&page["nodes"], rest].map(|nodes| nodes.as_array().unwrap().clone());
        both.concat()
    };
    let mut oldest = pages(&mut bench, "reverse: true, sortKey: CREATED_AT");
    let by_end = pages(&mut bench, "sortKey: COMPLETED_AT");
    oldest.reverse();
    assert_eq!(Some(&oldest), listed);
    assert_eq!(by_end, oldest);
    let id = newest["data"]["currentBulkOperation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let cancel = format!(
        "mutation {{ bulkOperationCancel(id: \"{id}\") {{ bulkOperation {{ status }} userErrors {{ message }} }} }}"
    );
    assert_eq!(
        bench.graphql(&cancel, json!({}))["data"]["bulkOperationCancel"]["bulkOperation"]["status"],
        "CANCELING"
    );
    bench.run_until(bench.now + Micros::from_secs(30));
    let canceled = read(&mut bench, &id);
    assert_eq!(
        (canceled["status"].clone(), canceled["url"].clone()),
        (json!("CANCELED"), json!(null))
    );
}

#[test]
fn a_list_that_is_not_simulated_is_exported_empty() {
    let mut bench = bench();
    let accepted = run(
        &mut bench,
        "{ draftOrders { edges { node { id invoiceUrl } } } }",
    );
    assert_eq!(accepted["userErrors"], json!([]), "{accepted}");
    let id = accepted["bulkOperation"]["id"].as_str().unwrap().to_owned();
    bench.run_until(bench.now + Micros::from_secs(31));
    let done = read(&mut bench, &id);
    assert_eq!(
        (&done["status"], &done["objectCount"], &done["url"]),
        (&json!("COMPLETED"), &json!("0"), &Value::Null)
    );
    let misspelt = run(&mut bench, "{ draftOrder { edges { node { id } } } }");
    assert_eq!(misspelt["userErrors"][0]["code"], "INVALID");
}
