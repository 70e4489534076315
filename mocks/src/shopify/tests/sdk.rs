//! What client libraries send, in their own shapes (client facts, section 1).

use serde_json::{Value, json};

use super::Bench;
use super::rest::body;
use crate::core::Request;

/// The list and the writes of a library that writes every value into the text.
#[test]
fn webhook_registration_with_inline_values() {
    let mut bench = Bench::ideal();
    let list = "query shopifyApiReadWebhookSubscriptions {
  webhookSubscriptions(
    first: 250,
    after: null,
  ) {
    edges { node { id topic includeFields metafieldNamespaces endpoint { __typename
      ... on WebhookHttpEndpoint { callbackUrl }
      ... on WebhookEventBridgeEndpoint { arn }
      ... on WebhookPubSubEndpoint { pubSubProject pubSubTopic } } } }
    pageInfo { endCursor hasNextPage } } }";
    let call = |bench: &mut Bench, query: &str| -> Value {
        let answer = bench.rest(
            "POST",
            "/admin/api/2026-07/graphql.json",
            json!({ "query": query }),
        );
        let answer = body(&answer);
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    };
    assert_eq!(
        call(&mut bench, list)["webhookSubscriptions"]["edges"],
        json!([])
    );
    for (mutation, argument) in [
        (
            "webhookSubscriptionCreate",
            "callbackUrl: \"http://127.0.0.1:9/h\",",
        ),
        (
            "eventBridgeWebhookSubscriptionCreate",
            "arn: \"arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/580111/x\",",
        ),
        (
            "pubSubWebhookSubscriptionCreate",
            "pubSubProject: \"project\", pubSubTopic: \"topic\",",
        ),
    ] {
        let query = format!(
            "mutation webhookSubscription {{ {mutation}( topic: ORDERS_UPDATED, webhookSubscription: {{ {argument} includeFields: [\"id\"], }} ) {{ userErrors {{ field message }} }} }}"
        );
        assert_eq!(call(&mut bench, &query)[mutation]["userErrors"], json!([]));
    }
    let listed = call(&mut bench, list);
    let endpoints: Vec<Value> = listed["webhookSubscriptions"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["endpoint"].clone())
        .collect();
    assert_eq!(
        endpoints[0],
        json!({"__typename": "WebhookHttpEndpoint", "callbackUrl": "http://127.0.0.1:9/h"})
    );
    assert_eq!(endpoints[1]["__typename"], "WebhookEventBridgeEndpoint");
    assert_eq!(
        endpoints[2],
        json!({"__typename": "WebhookPubSubEndpoint", "pubSubProject": "project", "pubSubTopic": "topic"})
    );
    let update = "mutation webhookSubscription { pubSubWebhookSubscriptionUpdate( id: \"gid://shopify/WebhookSubscription/1701000000003\", webhookSubscription: { pubSubProject: \"other\", pubSubTopic: \"topic\", } ) { userErrors { field message } webhookSubscription { uri } } }";
    assert_eq!(
        call(&mut bench, update)["pubSubWebhookSubscriptionUpdate"]["webhookSubscription"]["uri"],
        "pubsub://other:topic"
    );
    let delete = "mutation webhookSubscription { webhookSubscriptionDelete( id: \"gid://shopify/WebhookSubscription/1701000000001\" ) { userErrors { field message } deletedWebhookSubscriptionId } }";
    assert_eq!(
        call(&mut bench, delete)["webhookSubscriptionDelete"]["userErrors"],
        json!([])
    );
}

#[test]
fn an_odd_host_is_no_matter_and_every_error_is_json() {
    let mut bench = Bench::ideal();
    for host in [
        "127.0.0.1:1",
        "demo.localhost:3000",
        "other.myshopify.com",
        "%%%",
    ] {
        let mut request = Request::new(br#"{"query":"{ shop { name } }"}"#.to_vec());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = "/admin/api/2026-07/graphql.json".parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("host", host.parse().unwrap());
        headers.insert("x-shopify-access-token", "shpat_oversell".parse().unwrap());
        let (_, answer) = bench.send(request);
        assert_eq!(body(&answer)["data"]["shop"]["name"], "demo");
    }
    for (method, path) in [
        ("GET", "/"),
        ("GET", "orders/7.json"),
        ("POST", "webhooks.json"),
        ("DELETE", "nothing.json"),
    ] {
        let answer = bench.rest(method, path, Value::Null);
        assert_eq!(
            answer.headers()["content-type"],
            "application/json; charset=utf-8"
        );
        assert!(!body(&answer)["errors"].is_null());
    }
}

/// The query that graphql-js builds for clients that want the whole schema.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind } types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[test]
fn the_standard_introspection_query_is_answered_whole() {
    let mut bench = Bench::ideal();
    let answer = bench.graphql(INTROSPECTION, json!({}));
    assert!(answer.get("errors").is_none(), "{answer:.300}");
    let schema = &answer["data"]["__schema"];
    assert_eq!(schema["mutationType"]["name"], "Mutation");
    let types = schema["types"].as_array().unwrap();
    let find = |name: &str| types.iter().find(|t| t["name"] == name).expect(name);
    assert_eq!(find("ProductIdentifierInput")["isOneOf"], true);
    assert_eq!(find("ProductUpdateInput")["isOneOf"], false);
    let orders = find("QueryRoot")["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "orders")
        .unwrap()
        .clone();
    assert_eq!(orders["type"]["ofType"]["name"], "OrderConnection");
    assert!(
        orders["args"]
            .as_array()
            .unwrap()
            .iter()
            .any(|a| a["name"] == "sortKey" && a["defaultValue"] == "PROCESSED_AT")
    );
    assert_eq!(
        find("WebhookSubscriptionEndpoint")["possibleTypes"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert!(
        find("Node")["possibleTypes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["name"] == "BulkOperation")
    );
    assert!(
        schema["directives"]
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["name"] == "idempotent")
    );
    let deprecated = find("Mutation")["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "fulfillmentCreateV2")
        .unwrap()
        .clone();
    assert_eq!(deprecated["isDeprecated"], true);
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 1);
}
