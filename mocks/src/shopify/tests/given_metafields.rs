//! Metafields that the inputs of products, variants, orders and customers carry with them.

use serde_json::{Value, json};

use super::Bench;

const SHELF: &str =
    "metafields(first: 5) { nodes { id namespace key type value ownerType } } own: id";

/// The payload of a mutation of one input, under the name `it`.
fn run(bench: &mut Bench, call: (&str, &str, &str), input: Value) -> Value {
    let (name, argument, payload) = call;
    let (argument, kind) = argument.split_once(": ").unwrap();
    let text = format!(
        "mutation($input: {kind}) {{ it: {name}({argument}: $input) {{ {payload} userErrors {{ field message }} }} }}"
    );
    let answer = bench.graphql(&text, json!({ "input": input }));
    match &answer["errors"] {
        Value::Null => answer["data"]["it"].clone(),
        errors => errors[0].clone(),
    }
}

fn values(nodes: &Value) -> Vec<(&str, &str)> {
    let nodes = nodes["metafields"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|one| (one["key"].as_str().unwrap(), one["value"].as_str().unwrap()))
        .collect()
}

#[test]
fn products_keep_what_their_inputs_give_them_and_change_it_by_id() {
    let mut bench = Bench::ideal();
    let product = format!("product {{ {SHELF} }}");
    let create = ("productCreate", "product: ProductCreateInput!", &*product);
    let glaze = json!({ "namespace": "care", "key": "glaze", "type": "single_line_text_field", "value": "matte" });
    let unsaid = json!({ "namespace": "care", "key": "oven", "type": "boolean", "value": "" });
    let made = run(
        &mut bench,
        create,
        json!({ "title": "Bowl", "metafields": [glaze, unsaid] }),
    );
    assert_eq!(made["userErrors"], json!([]));
    assert_eq!(values(&made["product"]), [("glaze", "matte")]);
    assert_eq!(
        made["product"]["metafields"]["nodes"][0]["ownerType"],
        "PRODUCT"
    );

    let update = ("productUpdate", "product: ProductUpdateInput!", &*product);
    let id = &made["product"]["own"];
    let shelf = &made["product"]["metafields"]["nodes"][0]["id"];
    let changed = run(
        &mut bench,
        update,
        json!({ "id": id, "metafields": [{ "id": shelf, "value": "gloss" }] }),
    );
    assert_eq!(values(&changed["product"]), [("glaze", "gloss")]);
    let set = ("productSet", "input: ProductSetInput!", &*product);
    let more = run(
        &mut bench,
        set,
        json!({ "id": id, "metafields": [{ "namespace": "care", "key": "litres", "type": "number_integer", "value": "3" }] }),
    );
    assert_eq!(
        values(&more["product"]),
        [("glaze", "gloss"), ("litres", "3")]
    );
}

#[test]
fn what_is_wrong_with_a_metafield_refuses_the_whole_input() {
    let mut bench = Bench::ideal();
    let create = (
        "productCreate",
        "product: ProductCreateInput!",
        "product { id }",
    );
    let many =
        json!({ "namespace": "care", "key": "litres", "type": "number_integer", "value": "many" });
    let refused = run(
        &mut bench,
        create,
        json!({ "title": "Bowl", "metafields": [many] }),
    );
    assert_eq!(
        (&refused["product"], &refused["userErrors"]),
        (
            &Value::Null,
            &json!([{ "field": ["metafields", "0", "value"], "message": "Value must be an integer." }])
        )
    );
    let set = ("productSet", "input: ProductSetInput!", "product { id }");
    let refused = run(
        &mut bench,
        set,
        json!({ "title": "Bowl", "metafields": [many] }),
    );
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!(["input", "metafields", "0", "value"])
    );
    let nameless = json!({ "namespace": "care", "type": "boolean", "value": "true" });
    let refused = run(
        &mut bench,
        create,
        json!({ "title": "Bowl", "metafields": [nameless] }),
    );
    assert_eq!(refused["message"], "key can't be blank");
    let unknown = json!({ "id": "gid://shopify/Metafield/1", "value": "true" });
    let refused = run(
        &mut bench,
        create,
        json!({ "title": "Bowl", "metafields": [unknown] }),
    );
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!(["metafields", "0", "id"])
    );
}

#[test]
fn variants_orders_and_customers_keep_theirs() {
    let mut bench = Bench::ideal();
    let row = |key: &str| json!([{ "namespace": "care", "key": key, "type": "single_line_text_field", "value": "yes" }]);
    let text = format!(
        "mutation($variants: [ProductVariantsBulkInput!]!) {{ it: productVariantsBulkUpdate(productId: \"gid://shopify/Product/2001000000002\", variants: $variants) {{ productVariants {{ {SHELF} }} userErrors {{ field code }} }} }}"
    );
    let mut update = |metafields: Value| {
        let variant =
            json!({ "id": "gid://shopify/ProductVariant/4001000000002", "metafields": metafields });
        bench.graphql(&text, json!({ "variants": [variant] }))["data"]["it"].clone()
    };
    let updated = update(row("oven"));
    assert_eq!(values(&updated["productVariants"][0]), [("oven", "yes")]);
    let refused =
        update(json!([{ "namespace": "care", "key": "cup", "type": "integral", "value": "1" }]));
    assert_eq!(
        refused["userErrors"],
        json!([{ "field": ["variants", "0", "metafields", "0", "type"], "code": "INVALID_INPUT" }])
    );

    let order = format!("order {{ {SHELF} }}");
    let create = ("orderCreate", "order: OrderCreateOrderInput!", &*order);
    let line = json!([{ "title": "Wrapping", "quantity": 1, "priceSet": { "shopMoney": { "amount": "2.00", "currencyCode": "EUR" } } }]);
    let made = run(
        &mut bench,
        create,
        json!({ "lineItems": line, "metafields": row("gift") }),
    );
    assert_eq!(values(&made["order"]), [("gift", "yes")]);
    let update = ("orderUpdate", "input: OrderInput!", &*order);
    let changed = run(
        &mut bench,
        update,
        json!({ "id": made["order"]["own"], "metafields": row("card") }),
    );
    assert_eq!(
        values(&changed["order"]),
        [("gift", "yes"), ("card", "yes")]
    );
    let refused = run(
        &mut bench,
        create,
        json!({ "lineItems": line, "metafields": [{ "namespace": "x", "key": "gift", "type": "boolean", "value": "true" }] }),
    );
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!(["order", "metafields", "0", "namespace"])
    );

    let customer = format!("customer {{ {SHELF} }}");
    let create = ("customerCreate", "input: CustomerInput!", &*customer);
    let made = run(
        &mut bench,
        create,
        json!({ "firstName": "Ida", "metafields": row("club") }),
    );
    assert_eq!(values(&made["customer"]), [("club", "yes")]);
}
