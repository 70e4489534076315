//! Shopify: orders of each kind, a shipment, a refund, a hold, a bulk operation and a subscription. GraphQL operations are
//! made from the schema file itself, each with what it must have and with everything it may have.

use std::sync::OnceLock;

use channel_mocks::core::{
    CheckoutOutcome, Coverage, Input, ListingIndex, Machine, Micros, OrderRef, Request, RequestId,
    Response, Storefront, profile,
};
use channel_mocks::shopify::{Credentials, Shopify, coverage, text};
use serde_json::{Map, Value, json};

use super::schema::{self, Schema};
use super::{OPENED, Plain, Seeds, basket, shop};

const GRAPHQL: &str = "/admin/api/2026-07/graphql.json";
const ITEM: u64 = 3_001_000_000_001;
const LOCATION: u64 = 1_101_000_000_001;
const OTHER_LOCATION: u64 = 1_101_000_000_002;

/// The emulator and what to ask it.
pub struct Subject {
    machine: Shopify,
    seeds: &'static Seeds,
}

impl Subject {
    pub fn open() -> Subject {
        static SEEDS: OnceLock<Seeds> = OnceLock::new();
        static NONE: Seeds = Seeds::new();
        let profile = profile::read(text("shopify-ideal").unwrap(), &toml::Table::new()).unwrap();
        let machine = Shopify::new(shop("shopify"), profile, Credentials::default());
        let mut subject = Subject {
            machine,
            seeds: &NONE,
        };
        subject.seeds = SEEDS.get_or_init(|| all_seeds(&subject.schema()));
        subject.furnish();
        subject
    }

    fn schema(&mut self) -> Schema {
        let mut now = Micros::ZERO;
        let answer = self.answered(&mut now, schema::QUERY, &json!({}));
        Schema::read(&serde_json::from_str(&answer).unwrap())
    }

    fn furnish(&mut self) {
        for listing in 0..5 {
            self.machine.open_with(ListingIndex(listing), 50);
        }
        let mut now = Micros::from_secs(10);
        for buyer in 0..6 {
            let outcome = self
                .machine
                .checkout(now, &basket(buyer, &[(0, 2), (1, 1)]));
            assert!(
                matches!(outcome, CheckoutOutcome::Accepted { .. }),
                "{outcome:?}"
            );
        }
        // 0 stays open; 1 and 2 ship; 3 is held; the buyer cancels 4, the seller 5.
        for order in 1..3 {
            self.post(&mut now, "mutation($id: ID!) { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: $id }], trackingInfo: { company: \"UPS\", number: \"1\" } }) { userErrors { message } } }",
                &json!({"id": gid_at("FulfillmentOrder", order)}));
        }
        self.post(&mut now, "mutation($id: ID!) { fulfillmentOrderHold(id: $id, fulfillmentHold: { reason: OTHER }) { userErrors { message } } }",
            &json!({"id": gid_at("FulfillmentOrder", 3)}));
        self.post(&mut now, "mutation($order: ID!, $line: ID!) { returnCreate(returnInput: { orderId: $order, returnLineItems: [{ fulfillmentLineItemId: $line, quantity: 1 }] }) { userErrors { message } } }",
            &json!({"order": gid_at("Order", 2), "line": gid_at("FulfillmentLineItem", 2)}));
        self.machine.cancel_by_buyer(now, OrderRef(4));
        self.machine.cancel_by_seller(now, OrderRef(5));
        self.machine.return_units(now, OrderRef(1), 0, 1, true);
        for uri in [
            "http://127.0.0.1:9/hook",
            "pubsub://project:topic",
            "arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/580111/x",
        ] {
            self.post(&mut now, "mutation($uri: String!) { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: { uri: $uri }) { userErrors { message } } }",
                &json!({ "uri": uri }));
        }
        self.post(&mut now, "mutation { metafieldDefinitionCreate(definition: { name: \"Shelf\", namespace: \"custom\", key: \"shelf\", ownerType: PRODUCT, type: \"single_line_text_field\" }) { userErrors { message } } }", &json!({}));
        self.post(&mut now, "mutation($id: ID!) { metafieldsSet(metafields: [{ ownerId: $id, namespace: \"custom\", key: \"shelf\", value: \"B7\" }]) { userErrors { message } } }", &json!({"id": gid_at("Product", 0)}));
        self.post(&mut now, "mutation { bulkOperationRunQuery(query: \"{ orders { edges { node { id } } } }\", groupObjects: true) { userErrors { message } } }", &json!({}));
        self.machine.handle(OPENED, Input::Wake);
        while self.machine.poll_output().is_some() {}
    }

    fn post(&mut self, now: &mut Micros, query: &str, variables: &Value) {
        let text = self.answered(now, query, variables);
        assert!(text.contains("\"userErrors\":[]"), "{query}: {text}");
    }

    fn answered(&mut self, now: &mut Micros, query: &str, variables: &Value) -> String {
        use super::Subject as _;
        let body = json!({"query": query, "variables": variables});
        let plain = self.signed(&Plain::json("POST", GRAPHQL, &body), *now);
        let request = plain.into_request().unwrap();
        let response = self.answer(now, RequestId(1_000_000), request);
        String::from_utf8_lossy(response.body()).into_owned()
    }
}

fn all_seeds(schema: &Schema) -> Seeds {
    let mut seeds = Seeds::new();
    let served = coverage().into_iter();
    for served in served.filter(|served| served.coverage != Coverage::NotServed) {
        let name = served.name;
        if let Some(path) = served.path.strip_prefix("/admin/api/{version}/") {
            let method = name.split(' ').next().unwrap();
            for (query, body) in rest_shapes(name) {
                let (first, second) = (rest_id(path), second_id(path));
                let path = path.replacen("{id}", &first.to_string(), 1);
                let path = path.replace("{id}", &second.to_string());
                let path = format!("/admin/api/2026-07/{path}{query}");
                seeds.push((name, Plain::json(method, path, &body)));
            }
        } else if served.path.starts_with("graphql ") && name != "introspection" {
            let root = if served.path.ends_with("query") {
                "QueryRoot"
            } else {
                "Mutation"
            };
            let mut fields = schema.list(root, "fields").iter();
            let field = fields.find(|field| field["name"] == name);
            let field = field.unwrap_or_else(|| panic!("{root} has no field {name}"));
            for all in [false, true] {
                let body = operation(schema, root, name, field, all);
                seeds.push((name, Plain::json("POST", GRAPHQL, &body)));
            }
        } else {
            let shapes = other_shapes(name, served.path);
            seeds.extend(shapes.into_iter().map(|plain| (name, plain)));
        }
    }
    for (query, variables) in WRITTEN {
        let variables: Value = serde_json::from_str(variables).unwrap();
        let body = json!({"query": query, "variables": variables});
        seeds.push(("written", Plain::json("POST", GRAPHQL, &body)));
    }
    seeds
}

/// Valid requests of what is neither a REST operation nor a root field.
fn other_shapes(name: &str, path: &str) -> Vec<Plain> {
    match name {
        "introspection" => {
            let query = "query($n: String!) { __type(name: $n) { kind fields { name args { name type { name } } } } __schema { types { name kind } } }";
            let body = json!({"query": query, "variables": {"n": "Order"}});
            vec![Plain::json("POST", GRAPHQL, &body)]
        }
        "POST access_token" => {
            let grant = json!({"client_id": "oversell-client-id", "client_secret": "hush", "grant_type": "client_credentials"});
            let mut form = Plain::bare("POST", path);
            form.body = b"client_id=oversell-client-id&client_secret=hush&code=x&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange".to_vec();
            vec![Plain::json("POST", path, &grant), form]
        }
        "GET authorize" => {
            let asked = "client_id=oversell-client-id&scope=read_orders&state=s1&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1";
            vec![Plain::bare("GET", format!("{path}?{asked}"))]
        }
        "GET access_scopes.json" => vec![Plain::bare("GET", path)],
        "GET bulk_operations/{key}" => {
            vec![Plain::bare(
                "GET",
                path.replace("{key}", "1901000000001.jsonl"),
            )]
        }
        other => panic!("{other} has no seed"),
    }
}

/// GraphQL as engines write it, with what the generated operations lack: aliases, fragments, literals, pages backwards.
const WRITTEN: &[(&str, &str)] = &[
    (
        "query O($n: Int!, $c: String, $q: String) { orders(first: $n, after: $c, query: $q, sortKey: UPDATED_AT, reverse: true) { pageInfo { hasNextPage endCursor } edges { cursor node { ...O } } } } fragment O on Order { id name lineItems(first: 3) { nodes { id sku quantity } } }",
        r#"{"n": 2, "c": null, "q": "updated_at:>='2026-11-01T00:00:00Z' AND (status:open OR -financial_status:paid) name:'#1001'"}"#,
    ),
    (
        "{ a: productVariants(last: 2, query: \"sku:SKU-1 OR title:Mug*\") { nodes { sku } } b: productVariants(first: 1) { edges { cursor } } inventoryItems(first: 5) { nodes { inventoryLevels(first: 5) { nodes { quantities(names: [\"available\", \"on_hand\"]) { name quantity } } } } } }",
        "{}",
    ),
    (
        "mutation S($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { id changes { name delta } } userErrors { code field message } } }",
        r#"{"key": "k1", "input": {"name": "available", "reason": "correction", "referenceDocumentUri": "gid://x/1", "quantities": [{"inventoryItemId": "gid://shopify/InventoryItem/3001000000001", "locationId": "gid://shopify/Location/1101000000001", "quantity": 9, "changeFromQuantity": 46}]}}"#,
    ),
    (
        "query N($id: ID!, $with: Boolean!) { node(id: $id) { __typename ... on Order @include(if: $with) { id displayFulfillmentStatus } ... on Node @skip(if: $with) { id } } }",
        r#"{"id": "gid://shopify/Order/5001000000001", "with": true}"#,
    ),
];

/// An operation of one root field, as a request's body.
fn operation(schema: &Schema, root: &str, name: &str, field: &Value, all: bool) -> Value {
    let mut variables = Map::new();
    let (mut declared, mut passed) = (Vec::new(), Vec::new());
    for argument in field["args"].as_array().into_iter().flatten() {
        let (called, ty) = (schema::text(&argument["name"]), &argument["type"]);
        let paging = matches!(called, "last" | "before" | "after" | "savedSearchId");
        if paging || !(all || schema::is_non_null(ty) || called == "first") {
            continue;
        }
        declared.push(format!("${called}: {}", schema::written(ty)));
        passed.push(format!("{called}: ${called}"));
        variables.insert(called.to_owned(), value(schema, name, argument, all, 4));
    }
    let is_sync = root == "Mutation" && (name.starts_with("inventory") || name == "refundCreate");
    let directive = if is_sync {
        " @idempotent(key: \"key-1\")"
    } else {
        ""
    };
    let list = |opening: &str, items: &[String]| match items {
        [] => String::new(),
        items => format!("{opening}{})", items.join(", ")),
    };
    let kind = if root == "QueryRoot" {
        "query"
    } else {
        "mutation"
    };
    let below = selection(
        schema,
        schema::inner(&field["type"]),
        if all { 2 } else { 1 },
    );
    let query = format!(
        "{kind} Q{} {{ {name}{}{directive} {below} }}",
        list("(", &declared),
        list("(", &passed)
    );
    json!({"query": query, "variables": variables})
}

/// A selection of the fields of a type that need no arguments, down to a depth.
fn selection(schema: &Schema, type_name: &str, depth: usize) -> String {
    if schema.is_leaf(type_name) {
        return String::new();
    }
    if schema.kind(type_name) != "OBJECT" {
        return "{ __typename }".to_owned();
    }
    let mut text = String::from("{ __typename");
    for field in schema.list(type_name, "fields") {
        let arguments = field["args"].as_array().map_or(&[][..], Vec::as_slice);
        let passed = if arguments.iter().any(|it| it["name"] == "first") {
            "(first: 2)"
        } else if arguments.iter().any(schema::is_required) {
            continue;
        } else {
            ""
        };
        let inner = schema::inner(&field["type"]);
        if schema.is_leaf(inner) || depth > 0 {
            let below = selection(schema, inner, depth.saturating_sub(1));
            text += &format!(" {}{passed} {below}", schema::text(&field["name"]));
        }
    }
    text + " }"
}

/// A value of an input position: `owner` is the root field or the input type that it belongs to.
fn value(schema: &Schema, owner: &str, place: &Value, all: bool, depth: usize) -> Value {
    let name = schema::text(&place["name"]);
    let one = match schema::inner(&place["type"]) {
        "Int" => json!(match name {
            "changeFromQuantity" => 46,
            "quantity" => 1,
            _ => 2,
        }),
        "Float" => json!(1.5),
        "Boolean" => json!(true),
        "ID" => json!(gid(owner, name)),
        "Money" | "Decimal" => json!("1.00"),
        "DateTime" => json!("2026-11-23T10:00:00Z"),
        "URL" => json!("https://example.com/hook"),
        "ARN" => json!("arn:aws:events:us-east-1::event-source/aws.partner/shopify.com/580111/x"),
        inner => match schema.kind(inner) {
            "ENUM" => schema.list(inner, "enumValues")[0]["name"].clone(),
            "INPUT_OBJECT" if depth > 0 => {
                let fields = schema.list(inner, "inputFields").iter();
                let fields = fields.filter(|field| all || schema::is_non_null(&field["type"]));
                let value = |field| value(schema, inner, field, all, depth - 1);
                fields
                    .map(|field| (schema::text(&field["name"]).to_owned(), value(field)))
                    .collect()
            }
            _ => json!(match (owner, name) {
                ("bulkOperationRunQuery", "query") =>
                    "{ orders { edges { node { id lineItems { edges { node { id sku } } } } } } }",
                (_, "query") => "id:>0",
                (_, "name") => "available",
                (_, "reason") => "correction",
                (_, "uri") => "https://example.com/hook",
                (_, "countryCode") => "US",
                _ => "gid://text/1",
            }),
        },
    };
    wrapped(&place["type"], one)
}

fn wrapped(ty: &Value, one: Value) -> Value {
    match schema::text(&ty["kind"]) {
        "LIST" => json!([wrapped(&ty["ofType"], one)]),
        "NON_NULL" => wrapped(&ty["ofType"], one),
        _ => one,
    }
}

/// The gid that fits an input position, of something that the shop has.
fn gid(owner: &str, name: &str) -> String {
    let kind = match (owner, name) {
        ("inventoryLevel" | "inventoryDeactivate", _) => {
            return format!("gid://shopify/InventoryLevel/110012006578?inventory_item_id={ITEM}");
        }
        (_, "newLocationId" | "destinationLocationId") => {
            return format!("gid://shopify/Location/{OTHER_LOCATION}");
        }
        (_, name) if name.ends_with("ocationId") || name.ends_with("ocationIds") => "Location",
        ("FulfillmentOrderLineItemInput", _) => "FulfillmentOrderLineItem",
        (_, "inventoryItemId") => "InventoryItem",
        (_, "lineItemId") => "LineItem",
        (_, "orderId") => "Order",
        (_, "fulfillmentId") => "Fulfillment",
        (_, "holdIds") => "FulfillmentHold",
        (_, "fulfillmentOrderId") => "FulfillmentOrder",
        (_, "parentId" | "parentTransactionId") => "OrderTransaction",
        (_, "customerId") => "Customer",
        (owner, "id") if owner.starts_with("CustomerDelete") => "Customer",
        (_, "ownerId") => "Product",
        ("metafieldDefinition" | "metafieldDefinitionDelete", _) => "MetafieldDefinition",
        (_, "fulfillmentLineItemId") => "FulfillmentLineItem",
        (_, "returnLineItemId") => "ReturnLineItem",
        ("ReturnProcessReturnLineItemInput", _) => "ReturnLineItem",
        (_, "reverseFulfillmentOrderLineItemId") => "ReverseFulfillmentOrderLineItem",
        (_, "returnId") => "Return",
        (owner, "id") if owner.starts_with("return") || owner.starts_with("Return") => "Return",
        ("ProductVariantIdentifierInput", _) => "ProductVariant",
        ("ProductIdentifierInput", _) => "Product",
        ("customer", _) => "Customer",
        (owner, _) if owner.contains("ebhookSubscription") => "WebhookSubscription",
        (owner, _) if owner.starts_with("bulkOperation") => "BulkOperation",
        (owner, _) if owner.starts_with("fulfillmentOrder") => "FulfillmentOrder",
        ("fulfillment", _) => "Fulfillment",
        ("inventoryItem" | "inventoryItemUpdate", _) => "InventoryItem",
        (_, "productId") => "Product",
        (_, "variantId") => "ProductVariant",
        ("job", _) => "Job",
        ("location" | "locationEdit" | "LocationIdentifierInput", _) => "Location",
        ("product", _) => "Product",
        ("productVariant", _) => "ProductVariant",
        _ => "Order",
    };
    gid_at(kind, 0)
}

fn gid_at(kind: &str, position: u64) -> String {
    let base: u64 = match kind {
        "Order" => 5_001_000_000_001,
        "LineItem" => 6_001_000_000_001,
        "FulfillmentOrder" => 9_701_000_000_001,
        "FulfillmentOrderLineItem" => 19_701_000_000_001,
        "Fulfillment" => 9_001_000_000_001,
        "FulfillmentHold" => 1_801_000_000_001,
        "OrderTransaction" => 1_401_000_000_001,
        "Customer" => 7_001_000_000_001,
        "FulfillmentLineItem" => 17_401_000_000_001,
        "Return" => 15_265_000_000_001,
        "ReturnLineItem" => 23_191_000_000_001,
        "ReverseFulfillmentOrderLineItem" => 22_405_000_000_001,
        "InventoryItem" => ITEM,
        "Location" => LOCATION,
        "Product" => 2_001_000_000_001,
        "ProductVariant" => 4_001_000_000_001,
        "MetafieldDefinition" => 203_001_000_001,
        "WebhookSubscription" => 1_701_000_000_001,
        "BulkOperation" => 1_901_000_000_001,
        _ => 1,
    };
    format!("gid://shopify/{kind}/{}", base + position)
}

fn rest_id(path: &str) -> u64 {
    match path.split('/').next().unwrap_or("") {
        "orders" => 5_001_000_000_001,
        "fulfillments" => 9_001_000_000_001,
        "fulfillment_orders" => 9_701_000_000_001,
        "products" => 2_001_000_000_001,
        "variants" => 4_001_000_000_001,
        "inventory_items" => ITEM,
        "locations" => LOCATION,
        "webhooks" => 1_701_000_000_001,
        _ => 1,
    }
}

/// The second number of a path that has two.
fn second_id(path: &str) -> u64 {
    match path.split('/').nth(2).unwrap_or("") {
        "fulfillments" => 9_001_000_000_001,
        "refunds" => 1_201_000_000_001,
        _ => 1_401_000_000_001,
    }
}

/// Queries and bodies of valid requests of a REST operation.
fn rest_shapes(name: &str) -> Vec<(String, Value)> {
    let query = |queries: &[&str]| {
        queries
            .iter()
            .map(|query| ((*query).to_owned(), Value::Null))
            .collect()
    };
    let body = |body: Value| vec![(String::new(), body)];
    match name {
        "GET orders.json" => query(&[
            "?status=any&limit=2&fields=id,name,line_items",
            "?updated_at_min=2026-11-01T00%3A00%3A00Z&fulfillment_status=unshipped&financial_status=paid&order=updated_at%20asc",
            "?ids=5001000000001,5001000000002&since_id=1",
            "?limit=250&page_info=eyJsYXN0X2lkIjoxfQ",
        ]),
        "GET orders/count.json" => query(&["?status=any&created_at_max=2036-01-01"]),
        "POST orders/{id}/cancel.json" => {
            body(json!({"reason": "inventory", "email": false, "restock": true}))
        }
        "POST orders/{id}/refunds.json" => body(
            json!({"refund": {"note": "n", "notify": false, "refund_line_items": [
            {"line_item_id": 6_001_000_000_001_u64, "quantity": 1, "restock_type": "cancel", "location_id": LOCATION}],
            "transactions": [{"parent_id": 1_401_000_000_001_u64, "amount": "1.00", "kind": "refund", "gateway": "bogus"}]}}),
        ),
        "POST orders/{id}/refunds/calculate.json" => {
            body(json!({"refund": {"shipping": {"full_refund": true},
            "refund_line_items": [{"line_item_id": 6_001_000_000_001_u64, "quantity": 1, "restock_type": "no_restock"}]}}))
        }
        "POST fulfillment_orders/{id}/hold.json" => body(
            json!({"fulfillment_hold": {"reason": "other", "reason_notes": "n",
                "fulfillment_order_line_items": [{"id": 19_701_000_000_001_u64, "quantity": 1}]}}),
        ),
        "POST fulfillment_orders/{id}/release_hold.json" => body(json!({})),
        "POST fulfillment_orders/{id}/move.json" => body(
            json!({"fulfillment_order": {"new_location_id": OTHER_LOCATION,
                "fulfillment_order_line_items": [{"id": 19_701_000_000_001_u64, "quantity": 1}]}}),
        ),
        "PUT inventory_items/{id}.json" => {
            body(json!({"inventory_item": {"id": ITEM, "sku": "SKU-1", "tracked": true}}))
        }
        "DELETE inventory_levels.json" => {
            query(&["?inventory_item_id=3001000000001&location_id=1101000000002"])
        }
        "POST fulfillments.json" => body(json!({"fulfillment": {"notify_customer": false,
            "tracking_info": {"company": "UPS", "number": "1Z", "url": "https://example.com"},
            "line_items_by_fulfillment_order": [{"fulfillment_order_id": 9_701_000_000_001_u64,
                "fulfillment_order_line_items": [{"id": 19_701_000_000_001_u64, "quantity": 1}]}]}})),
        "POST fulfillments/{id}/update_tracking.json" => {
            body(json!({"fulfillment": {"notify_customer": false,
            "tracking_info": {"company": "DHL", "number": "2"}}}))
        }
        "POST fulfillments/{id}/cancel.json" => body(json!({})),
        "GET products.json" => query(&["?limit=2", "?ids=2001000000001&since_id=5"]),
        "GET inventory_levels.json" => query(&[
            "?location_ids=1101000000001&limit=2",
            "?inventory_item_ids=3001000000001,3001000000002",
        ]),
        "GET inventory_items.json" => query(&["?ids=3001000000001,3001000000002&limit=1"]),
        "POST inventory_levels/set.json" => {
            body(json!({"location_id": LOCATION, "inventory_item_id": ITEM, "available": 7}))
        }
        "POST inventory_levels/adjust.json" => body(
            json!({"location_id": LOCATION, "inventory_item_id": ITEM, "available_adjustment": -3}),
        ),
        "POST inventory_levels/connect.json" => body(
            json!({"location_id": OTHER_LOCATION, "inventory_item_id": ITEM, "relocate_if_necessary": true}),
        ),
        "POST webhooks.json" => body(
            json!({"webhook": {"topic": "orders/paid", "address": "https://example.com/a", "format": "json", "fields": ["id"]}}),
        ),
        "PUT webhooks/{id}.json" => body(
            json!({"webhook": {"id": 1_701_000_000_001_u64, "address": "https://example.com/b"}}),
        ),
        "GET webhooks.json" => query(&["?topic=orders/create&limit=1", "?since_id=1"]),
        _ if name.starts_with("GET ") || name.starts_with("DELETE ") => body(Value::Null),
        other => panic!("{other} has no seed"),
    }
}

impl super::Subject for Subject {
    fn valid(&self) -> Vec<Plain> {
        super::requests(self.seeds)
    }

    fn served(&self) -> Vec<(&'static str, usize)> {
        super::counts(&coverage(), self.seeds)
    }

    fn signed(&self, plain: &Plain, _now: Micros) -> Plain {
        let mut plain = plain.clone();
        if !plain.path.ends_with("access_token") {
            plain.set_header("x-shopify-access-token", b"shpat_oversell");
        }
        plain
    }

    fn answer(&mut self, now: &mut Micros, id: RequestId, request: Request) -> Response {
        crate::answer(&mut self.machine, now, id, request)
    }
}
