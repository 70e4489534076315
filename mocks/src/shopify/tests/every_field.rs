//! Every field of the schema is served: a query over all of them answers without a field that no writer knows (which
//! stops a test) and without `null` where the schema forbids it.

use serde_json::{Value, json};

use super::Bench;
use crate::shopify::api::graphql::schema::ServedSchema;
use crate::shopify::api::graphql::schema::model::TypeKind;

/// A selection of every field of a type, with objects down to a depth.
fn everything(served: &ServedSchema, type_name: &str, depth: usize) -> String {
    let mut text = String::from("__typename ");
    let schema = &served.schema;
    let Some(definition) = schema.named(type_name) else {
        return text;
    };
    match definition.kind {
        TypeKind::Object => {
            for field in definition.fields.iter().filter(|it| it.is_simulated) {
                let inner = schema.get(field.ty.inner());
                let name = field.name;
                let arguments = match name {
                    "quantities" => "(names: [\"available\", \"on_hand\", \"incoming\"])",
                    "inventoryLevel" if type_name == "Location" => {
                        "(inventoryItemId: \"gid://shopify/InventoryItem/3001000000001\")"
                    }
                    "metafield" => "(namespace: \"custom\", key: \"shelf\")",
                    "inventoryLevel" => "(locationId: \"gid://shopify/Location/1101000000001\")",
                    // A job's query is the whole schema again.
                    "query" if type_name == "Job" => continue,
                    _ if field.arguments.iter().any(|it| it.name == "first") => "(first: 1)",
                    _ => "",
                };
                if inner.kind.is_leaf() {
                    text += &format!("{name}{arguments} ");
                } else if depth > 0 {
                    let below = everything(served, inner.name, depth - 1);
                    text += &format!("{name}{arguments} {{ {below} }} ");
                }
            }
        }
        TypeKind::Union => {
            for member in &definition.possible {
                let member = schema.get(*member).name;
                text += &format!(
                    "... on {member} {{ {} }} ",
                    everything(served, member, depth)
                );
            }
        }
        _ => {}
    }
    text
}

/// Finds `null` where the schema does not allow it.
fn check(served: &ServedSchema, value: &Value, path: &str) {
    let Value::Object(members) = value else {
        if let Value::Array(elements) = value {
            elements
                .iter()
                .for_each(|element| check(served, element, path));
        }
        return;
    };
    let Some(type_name) = members.get("__typename").and_then(Value::as_str) else {
        return;
    };
    for (name, member) in members {
        let object = served.schema.named(type_name);
        if let Some(field) = object.and_then(|object| object.field(name)) {
            assert!(
                !(field.ty.is_non_null() && member.is_null()),
                "{path}.{name} of {type_name} is null"
            );
        }
        check(served, member, &format!("{path}.{name}"));
    }
}

#[test]
fn all_fields_of_all_types_are_served() {
    let served = ServedSchema::built_in();
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2), (1, 1)]);
    let order = bench.checkout(&[(0, 1)]);
    let shipped = bench.graphql(
        "mutation { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: \"gid://shopify/FulfillmentOrder/9701000000001\" }], trackingInfo: { company: \"DHL\", number: \"1\" } }) { userErrors { message } } }",
        json!({}),
    );
    assert_eq!(
        shipped["data"]["fulfillmentCreate"]["userErrors"],
        json!([])
    );
    let reported = bench.graphql(
        "mutation { fulfillmentEventCreate(fulfillmentEvent: { fulfillmentId: \"gid://shopify/Fulfillment/9001000000001\", status: IN_TRANSIT }) { userErrors { message } } }",
        json!({}),
    );
    assert_eq!(
        reported["data"]["fulfillmentEventCreate"]["userErrors"],
        json!([])
    );
    for (mutation, made) in [
        (
            "returnCreate(returnInput: { orderId: \"gid://shopify/Order/5001000000001\", returnLineItems: [{ fulfillmentLineItemId: \"gid://shopify/FulfillmentLineItem/17401000000001\", quantity: 1 }] })",
            "return",
        ),
        ("customerCreate(input: { lastName: \"Verne\" })", "customer"),
        (
            "orderCreate(order: { email: \"a@example.com\", shippingAddress: { city: \"Lyon\" }, lineItems: [{ title: \"Box\", quantity: 1, taxLines: [{ title: \"VAT\", rate: \"0.2\" }], properties: [{ name: \"a\", value: \"b\" }] }], shippingLines: [{ title: \"Post\", priceSet: { shopMoney: { amount: \"1\", currencyCode: EUR } } }], transactions: [{ amountSet: { shopMoney: { amount: \"1\", currencyCode: EUR } } }] })",
            "order",
        ),
    ] {
        let query =
            format!("mutation {{ it: {mutation} {{ {made} {{ id }} userErrors {{ message }} }} }}");
        let answer = bench.graphql(&query, json!({}));
        assert_eq!(answer["data"]["it"]["userErrors"], json!([]), "{answer}");
    }
    use crate::core::Storefront;
    assert_eq!(
        bench.shop.cancel_by_buyer(bench.now, order),
        crate::core::ActOutcome::Done
    );
    for uri in [
        "https://example.com/hook",
        "pubsub://project:topic",
        "arn:aws:events:eu-west-1::event-source/aws.partner/shopify.com/580111/x",
    ] {
        let made = bench.graphql(
            "mutation($uri: String!) { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: $uri }) { userErrors { message } } }",
            json!({ "uri": uri }),
        );
        assert_eq!(
            made["data"]["webhookSubscriptionCreate"]["userErrors"],
            json!([])
        );
    }
    let described = bench.graphql(
        "mutation($owner: ID!) { metafieldDefinitionCreate(definition: { name: \"Shelf\", namespace: \"custom\", key: \"shelf\", ownerType: PRODUCT, type: \"number_integer\", validations: [{ name: \"max\", value: \"40\" }], pin: true }) { userErrors { message } } metafieldsSet(metafields: [{ ownerId: $owner, namespace: \"custom\", key: \"shelf\", value: \"7\" }]) { userErrors { message } } }",
        json!({ "owner": "gid://shopify/Product/2001000000001" }),
    );
    for part in ["metafieldDefinitionCreate", "metafieldsSet"] {
        assert_eq!(described["data"][part]["userErrors"], json!([]));
    }
    for (type_name, gid) in [
        ("Order", "Order/5001000000001"),
        ("Order", "Order/5001000000002"),
        ("Order", "Order/5001000000003"),
        ("LineItem", "LineItem/6001000000001"),
        ("LineItem", "LineItem/6001000000004"),
        ("OrderTransaction", "OrderTransaction/1426000000001"),
        ("Customer", "Customer/7001000000003"),
        ("Customer", "Customer/7004000000001"),
        ("Return", "Return/15265000000001"),
        ("ReturnLineItem", "ReturnLineItem/23191000000001"),
        (
            "ReverseFulfillmentOrder",
            "ReverseFulfillmentOrder/14864000000001",
        ),
        (
            "ReverseFulfillmentOrderLineItem",
            "ReverseFulfillmentOrderLineItem/22405000000001",
        ),
        ("FulfillmentOrder", "FulfillmentOrder/9701000000001"),
        (
            "FulfillmentOrderLineItem",
            "FulfillmentOrderLineItem/19701000000001",
        ),
        ("Fulfillment", "Fulfillment/9001000000001"),
        ("FulfillmentEvent", "FulfillmentEvent/35871000000001"),
        ("FulfillmentLineItem", "FulfillmentLineItem/17401000000001"),
        ("Refund", "Refund/1201000000001"),
        ("InventoryItem", "InventoryItem/3001000000001"),
        (
            "InventoryLevel",
            "InventoryLevel/110012006578?inventory_item_id=3001000000001",
        ),
        (
            "InventoryQuantity",
            "InventoryQuantity/110012006578?inventory_item_id=3001000000001&name=on_hand",
        ),
        ("Product", "Product/2001000000001"),
        ("ProductVariant", "ProductVariant/4001000000001"),
        ("Location", "Location/1101000000002"),
        ("Metafield", "Metafield/43001000000001"),
        ("MetafieldDefinition", "MetafieldDefinition/203001000001"),
        ("Shop", "Shop/580111"),
        ("WebhookSubscription", "WebhookSubscription/1701000000001"),
        ("WebhookSubscription", "WebhookSubscription/1701000000002"),
        ("WebhookSubscription", "WebhookSubscription/1701000000003"),
    ] {
        let below = everything(served, type_name, 3);
        let query = format!(
            "{{ node(id: \"gid://shopify/{gid}\") {{ __typename ... on {type_name} {{ {below} }} }} }}"
        );
        let answer = bench.graphql(&query, json!({}));
        assert_eq!(
            answer["data"]["node"]["__typename"], type_name,
            "{gid}: {answer:.300}"
        );
        check(served, &answer["data"], gid);
    }
}

/// A selection of every field of a type that nothing stands behind, with what the schema says must be given.
fn beyond(served: &ServedSchema, type_name: &str, depth: usize) -> String {
    let schema = &served.schema;
    let mut text = String::from("__typename ");
    let fields = schema.named(type_name).map_or(&[][..], |it| &it.fields);
    for field in fields.iter().filter(|it| !it.is_simulated || depth == 0) {
        let inner = schema.get(field.ty.inner());
        let given: Vec<String> = field
            .arguments
            .iter()
            .filter(|it| it.is_required() || it.name == "first")
            .filter_map(|it| {
                let value = match schema.get(it.ty.inner()).name {
                    "Int" => "1",
                    "String" => "\"x\"",
                    "ID" => "\"gid://shopify/Location/7\"",
                    _ => return None,
                };
                Some(format!("{}: {value}", it.name))
            })
            .collect();
        if field.arguments.iter().filter(|it| it.is_required()).count() > given.len() {
            continue;
        }
        let arguments = match given.is_empty() {
            true => String::new(),
            false => format!("({})", given.join(", ")),
        };
        let alias = format!("{}_{depth}", field.name);
        match inner.kind {
            TypeKind::Scalar | TypeKind::Enum => {
                text += &format!("{alias}: {}{arguments} ", field.name);
            }
            TypeKind::Object if depth > 0 => {
                let below = beyond(served, inner.name, depth - 1);
                text += &format!("{alias}: {}{arguments} {{ {below} }} ", field.name);
            }
            TypeKind::Interface | TypeKind::Union => {
                text += &format!("{alias}: {}{arguments} {{ __typename }} ", field.name);
            }
            _ => {}
        }
    }
    text
}

#[test]
fn what_is_not_simulated_is_neutral_and_counted() {
    let served = ServedSchema::built_in();
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 2)]);
    let query = "{ orders(first: 1) { nodes { app { name } customAttributes { key } currentTaxLines { title } events(first: 3) { nodes { id } pageInfo { hasNextPage endCursor } } refundDiscrepancySet { shopMoney { amount currencyCode } } merchantEditable clientIp } } }";
    let answer = bench.graphql(query, json!({}));
    assert_eq!(
        answer["data"]["orders"]["nodes"][0],
        json!({
            "app": null,
            "customAttributes": [],
            "currentTaxLines": [],
            "events": { "nodes": [], "pageInfo": { "hasNextPage": false, "endCursor": null } },
            "refundDiscrepancySet": { "shopMoney": { "amount": "0.0", "currencyCode": "EUR" } },
            "merchantEditable": false,
            "clientIp": null,
        }),
        "{answer}"
    );
    bench.graphql(query, json!({}));
    let unknown = bench.graphql(
        "mutation { orderEditBegin(id: \"x\") { calculatedOrder { id } } }",
        json!({}),
    );
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "undefinedField");
    let taken = bench.graphql(
        "mutation { productSet(input: { title: \"Season\", productOptions: [{ name: \"Size\" }], variants: [{ optionValues: [] }] }) { product { id } userErrors { message } } }",
        json!({}),
    );
    assert_eq!(
        taken["data"]["productSet"],
        json!({ "product": null, "userErrors": [
            { "message": "Not simulated: a product keeps its one variant and its option Title / Default Title." },
            { "message": "You need to add option values for Title" },
        ] }),
        "{taken}"
    );
    use crate::core::Storefront;
    let asked = bench.shop.not_simulated();
    let count = |name: &str| asked.iter().find(|it| it.0 == name).map(|it| it.1);
    assert_eq!(count("Order.app"), Some(2));
    assert_eq!(count("Order.events"), Some(2));
    assert_eq!(count("Mutation.orderEditBegin"), Some(1));
    assert_eq!(count("Mutation.productSet"), Some(1));
    assert_eq!(count("Order.id"), None);
    // Every field that is beyond, of every type that a gid can name, is answered as its type allows.
    for (type_name, gid) in [
        ("Order", "Order/5001000000001"),
        ("LineItem", "LineItem/6001000000001"),
        ("FulfillmentOrder", "FulfillmentOrder/9701000000001"),
        ("InventoryItem", "InventoryItem/3001000000001"),
        ("Product", "Product/2001000000001"),
        ("ProductVariant", "ProductVariant/4001000000001"),
        ("Location", "Location/1101000000002"),
        ("Shop", "Shop/580111"),
    ] {
        let below = beyond(served, type_name, 1);
        let query = format!(
            "{{ node(id: \"gid://shopify/{gid}\") {{ ... on {type_name} {{ {below} }} }} }}"
        );
        let answer = bench.graphql(&query, json!({}));
        let Some(node) = answer["data"]["node"].as_object() else {
            panic!("{type_name}: {answer:.600}");
        };
        for (alias, value) in node.iter().filter(|(alias, _)| alias.ends_with("_1")) {
            let field = served.schema.named(type_name).unwrap();
            let field = field.field(alias.trim_end_matches("_1")).unwrap();
            let kind = served.schema.get(field.ty.inner()).kind;
            let is_abstract = matches!(kind, TypeKind::Interface | TypeKind::Union);
            assert!(
                !field.ty.is_non_null() || !value.is_null() || is_abstract,
                "{type_name}.{} is null",
                field.name
            );
        }
    }
}

#[test]
fn introspection_is_answered_beside_other_fields() {
    let mut bench = Bench::ideal();
    let answer = bench.graphql(
        "query($n: String!) { __typename shop { name } __type(name: $n) { kind fields { name } } __schema { queryType { name } } }",
        json!({"n": "Count"}),
    );
    assert_eq!(answer["data"]["__typename"], "QueryRoot");
    assert_eq!(answer["data"]["shop"]["name"], "demo");
    assert_eq!(answer["data"]["__type"]["fields"][0]["name"], "count");
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "QueryRoot");
}
