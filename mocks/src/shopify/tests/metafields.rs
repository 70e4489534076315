//! Metafields and their definitions (docs/platforms/shopify.md 3.7).

use serde_json::{Value, json};

use super::Bench;

const SET: &str = "mutation($rows: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $rows) { metafields { namespace key type value compareDigest jsonValue ownerType owner { ... on Product { title } } } userErrors { field code message elementIndex } } }";
const MUG: &str = "gid://shopify/Product/2001000000002";

fn refusal(bench: &mut Bench, rows: Value) -> Value {
    let answer = bench.graphql(SET, json!({ "rows": rows }));
    let payload = &answer["data"]["metafieldsSet"];
    assert_eq!(payload["metafields"], json!([]), "{answer}");
    payload["userErrors"].clone()
}

#[test]
fn metafields_are_set_read_compared_and_deleted() {
    let mut bench = Bench::ideal();
    let row = json!({ "ownerId": MUG, "namespace": "warehouse", "key": "shelf", "type": "number_integer", "value": "12" });
    let made = bench.graphql(SET, json!({ "rows": [row] }));
    let one = &made["data"]["metafieldsSet"]["metafields"][0];
    assert_eq!(
        (&one["jsonValue"], &one["ownerType"], &one["owner"]["title"]),
        (&json!(12), &json!("PRODUCT"), &json!("MUG title")),
        "{made}"
    );
    assert_eq!(made["extensions"]["cost"]["requestedQueryCost"], 11);
    let digest = one["compareDigest"].as_str().unwrap().to_owned();
    assert_eq!(digest.len(), 64);

    // Only who knows the present value writes over it.
    let newer = |expected: Value| json!([{ "ownerId": MUG, "namespace": "warehouse", "key": "shelf", "type": "number_integer", "value": "13", "compareDigest": expected }]);
    let stale = refusal(&mut bench, newer(json!(null)));
    assert_eq!(
        (&stale[0]["code"], &stale[0]["field"]),
        (&json!("STALE_OBJECT"), &json!(["metafields", "0"]))
    );
    let fresh = bench.graphql(SET, json!({ "rows": newer(json!(digest)) }));
    assert_eq!(fresh["data"]["metafieldsSet"]["userErrors"], json!([]));
    assert_eq!(
        refusal(&mut bench, newer(json!(digest)))[0]["code"],
        "STALE_OBJECT"
    );

    // All or none, and every row that is wrong is named.
    let rows = json!([
        { "ownerId": MUG, "namespace": "warehouse", "key": "aisle", "type": "single_line_text_field", "value": "north" },
        { "ownerId": "gid://shopify/Product/2001000000999", "namespace": "warehouse", "key": "aisle", "type": "boolean", "value": "true" },
        { "ownerId": MUG, "namespace": "warehouse", "key": "aisle", "type": "corridor", "value": "1" },
        { "ownerId": MUG, "namespace": "warehouse", "key": "aisle", "value": "1" },
        { "ownerId": MUG, "namespace": "warehouse", "key": "aisle", "type": "boolean", "value": "maybe" },
        { "ownerId": MUG, "namespace": "w", "key": "aisle", "type": "boolean", "value": "true" },
    ]);
    let errors = refusal(&mut bench, rows);
    let told: Vec<(String, &str)> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["field"].to_string(), it["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "[\"metafields\",\"1\",\"ownerId\"]".to_owned(),
                "INVALID_VALUE"
            ),
            ("[\"metafields\",\"2\",\"type\"]".to_owned(), "INVALID_TYPE"),
            ("[\"metafields\",\"3\",\"type\"]".to_owned(), "BLANK"),
            (
                "[\"metafields\",\"4\",\"value\"]".to_owned(),
                "INVALID_VALUE"
            ),
            (
                "[\"metafields\",\"5\",\"namespace\"]".to_owned(),
                "TOO_SHORT"
            ),
        ]
    );
    assert_eq!(errors[0]["message"], "Owner does not exist.");
    let many: Vec<Value> = (0..26).map(|at| json!({ "ownerId": MUG, "namespace": "warehouse", "key": format!("k{at}"), "type": "boolean", "value": "true" })).collect();
    assert_eq!(
        refusal(&mut bench, json!(many))[0]["code"],
        "LESS_THAN_OR_EQUAL_TO"
    );

    let read = "query($id: ID!) { product(id: $id) { metafield(namespace: \"warehouse\", key: \"shelf\") { value } own: metafield(key: \"shelf\") { value } metafields(first: 10, namespace: \"warehouse\") { nodes { key } } } }";
    let found = bench.graphql(read, json!({ "id": MUG }));
    assert_eq!(
        found["data"]["product"],
        json!({ "metafield": { "value": "13" }, "own": null, "metafields": { "nodes": [{ "key": "shelf" }] } })
    );
    let deleted = bench.graphql(
        "mutation($rows: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $rows) { deletedMetafields { ownerId key } userErrors { message } } }",
        json!({ "rows": [{ "ownerId": MUG, "namespace": "warehouse", "key": "shelf" }, { "ownerId": MUG, "namespace": "warehouse", "key": "aisle" }] }),
    );
    assert_eq!(
        deleted["data"]["metafieldsDelete"]["deletedMetafields"],
        json!([{ "ownerId": MUG, "key": "shelf" }, null])
    );
    let gone = bench.graphql(read, json!({ "id": MUG }));
    assert_eq!(gone["data"]["product"]["metafield"], Value::Null);
}

#[test]
fn definitions_give_the_type_and_the_rules() {
    let mut bench = Bench::ideal();
    let create = "mutation($it: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $it) { createdDefinition { id pinnedPosition type { name category } validations { name value } } userErrors { field code message } } }";
    let shelf = json!({ "name": "Shelf", "namespace": "warehouse", "key": "shelf", "ownerType": "PRODUCT", "type": "single_line_text_field", "validations": [{ "name": "max", "value": "6" }], "pin": true });
    let made = bench.graphql(create, json!({ "it": shelf }));
    let definition = &made["data"]["metafieldDefinitionCreate"]["createdDefinition"];
    assert_eq!(
        (
            &definition["pinnedPosition"],
            &definition["type"]["category"]
        ),
        (&json!(1), &json!("TEXT")),
        "{made}"
    );
    assert_eq!(made["extensions"]["cost"]["requestedQueryCost"], 12);
    let id = definition["id"].as_str().unwrap().to_owned();
    let twice = bench.graphql(create, json!({ "it": shelf }));
    let error = &twice["data"]["metafieldDefinitionCreate"]["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["message"]),
        (
            &json!("TAKEN"),
            &json!("Key is in use for Product metafields on the 'warehouse' namespace.")
        )
    );

    let row = |value: &str| json!([{ "ownerId": MUG, "namespace": "warehouse", "key": "shelf", "value": value }]);
    let long = refusal(&mut bench, row("upper north"));
    assert_eq!(long[0]["message"], "Value has a maximum length of 6.");
    let fits = bench.graphql(SET, json!({ "rows": row("north") }));
    assert_eq!(
        fits["data"]["metafieldsSet"]["metafields"][0]["type"],
        "single_line_text_field"
    );
    let other = json!([{ "ownerId": MUG, "namespace": "warehouse", "key": "shelf", "type": "boolean", "value": "true" }]);
    assert_eq!(refusal(&mut bench, other)[0]["code"], "INVALID_TYPE");

    // Rules that no value keeps are refused, of a new definition and of one that is there.
    let bounds = json!([{ "name": "min", "value": "5" }, { "name": "max", "value": "4" }]);
    let mut narrow = shelf.clone();
    narrow["key"] = json!("narrow");
    narrow["validations"] = bounds.clone();
    let refused = bench.graphql(create, json!({ "it": narrow }));
    let refused = &refused["data"]["metafieldDefinitionCreate"];
    assert_eq!(refused["createdDefinition"], Value::Null);
    assert_eq!(
        (
            &refused["userErrors"][0]["code"],
            &refused["userErrors"][0]["field"]
        ),
        (
            &json!("INVALID_OPTION"),
            &json!(["definition", "validations"])
        )
    );
    let kept = "mutation($it: MetafieldDefinitionUpdateInput!) { metafieldDefinitionUpdate(definition: $it) { updatedDefinition { name } validationJob { id } userErrors { code } } }";
    let narrow = json!({ "namespace": "warehouse", "key": "shelf", "ownerType": "PRODUCT", "validations": bounds });
    let refused = bench.graphql(kept, json!({ "it": narrow }));
    assert_eq!(
        refused["data"]["metafieldDefinitionUpdate"],
        json!({ "updatedDefinition": null, "validationJob": null, "userErrors": [{ "code": "INVALID_OPTION" }] })
    );

    // Other rules are for new values; a job looks at those that there are.
    let update = "mutation($it: MetafieldDefinitionUpdateInput!) { metafieldDefinitionUpdate(definition: $it) { updatedDefinition { name validationStatus metafieldsCount(validationStatus: INVALID) } validationJob { id done } userErrors { code } } }";
    let named = json!({ "namespace": "warehouse", "key": "shelf", "ownerType": "PRODUCT", "name": "Place" });
    let renamed = bench.graphql(update, json!({ "it": named }));
    assert_eq!(
        renamed["data"]["metafieldDefinitionUpdate"],
        json!({ "updatedDefinition": { "name": "Place", "validationStatus": "ALL_VALID", "metafieldsCount": 0 }, "validationJob": null, "userErrors": [] })
    );
    let tighter = json!({ "namespace": "warehouse", "key": "shelf", "ownerType": "PRODUCT", "validations": [{ "name": "max", "value": "2" }] });
    let changed = bench.graphql(update, json!({ "it": tighter }));
    let payload = &changed["data"]["metafieldDefinitionUpdate"];
    assert_eq!(
        payload["updatedDefinition"],
        json!({ "name": "Place", "validationStatus": "ALL_VALID", "metafieldsCount": 1 })
    );
    assert_eq!(payload["validationJob"]["done"], false);
    let job = payload["validationJob"]["id"].clone();
    let ask = "query($id: ID!) { job(id: $id) { done query { shop { name } } } }";
    bench.run_until(bench.now + crate::core::Micros::from_secs(3_600));
    let done = bench.graphql(ask, json!({ "id": job }));
    assert_eq!(
        done["data"]["job"],
        json!({ "done": true, "query": { "shop": { "name": "demo" } } })
    );

    let looked_at = bench.graphql(
        "query($id: ID!) { metafieldDefinition(id: $id) { validationStatus } }",
        json!({ "id": id }),
    );
    assert_eq!(
        looked_at["data"]["metafieldDefinition"]["validationStatus"],
        "SOME_INVALID"
    );

    let delete = "mutation($id: ID!) { metafieldDefinitionDelete(id: $id, deleteAllAssociatedMetafields: true) { deletedDefinitionId deletedDefinition { key } userErrors { code } } }";
    let deleted = bench.graphql(delete, json!({ "id": id }));
    assert_eq!(
        deleted["data"]["metafieldDefinitionDelete"],
        json!({ "deletedDefinitionId": id, "deletedDefinition": { "key": "shelf" }, "userErrors": [] })
    );
    let again = bench.graphql(delete, json!({ "id": id }));
    assert_eq!(
        again["data"]["metafieldDefinitionDelete"]["userErrors"],
        json!([{ "code": "NOT_FOUND" }])
    );
    let read = bench.graphql(
        "query($id: ID!) { product(id: $id) { metafield(namespace: \"warehouse\", key: \"shelf\") { id } } metafieldDefinitions(first: 5, ownerType: PRODUCT) { nodes { key } } metafieldDefinition(identifier: { ownerType: PRODUCT, namespace: \"warehouse\", key: \"shelf\" }) { id } }",
        json!({ "id": MUG }),
    );
    assert_eq!(
        read["data"],
        json!({ "product": { "metafield": null }, "metafieldDefinitions": { "nodes": [] }, "metafieldDefinition": null })
    );
}

#[test]
fn whoever_has_metafields_shows_them() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 1)]);
    for owner in [
        "Shop/580111",
        "Location/1101000000001",
        "ProductVariant/4001000000002",
        "Order/5001000000001",
        "Customer/7001000000001",
        "AppInstallation/580111",
    ] {
        let gid = format!("gid://shopify/{owner}");
        let row = json!([{ "ownerId": gid, "namespace": "custom", "key": "mark", "type": "color", "value": "#00ff7f" }]);
        let set = bench.graphql(SET, json!({ "rows": row }));
        assert_eq!(
            set["data"]["metafieldsSet"]["userErrors"],
            json!([]),
            "{owner}"
        );
        let of = owner.split('/').next().unwrap();
        let query = format!(
            "query($id: ID!) {{ node(id: $id) {{ ... on {of} {{ id metafield(namespace: \"custom\", key: \"mark\") {{ value owner {{ ... on Node {{ id }} }} }} metafields(first: 2) {{ edges {{ node {{ key }} }} }} }} }} }}"
        );
        let read = bench.graphql(&query, json!({ "id": gid }));
        assert_eq!(
            read["data"]["node"],
            json!({
                "id": gid,
                "metafield": { "value": "#00ff7f", "owner": { "id": gid } },
                "metafields": { "edges": [{ "node": { "key": "mark" } }] },
            }),
            "{read}"
        );
    }
}

#[test]
fn a_value_refers_to_what_is_there() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(0, 1)]);
    let row = |kind: &str, value: &str| json!([{ "ownerId": MUG, "namespace": "links", "key": "other", "type": kind, "value": value }]);
    let gone = "gid://shopify/Product/2001000000777";
    let there = "gid://shopify/Product/2001000000003";
    let refused = |gid: &str| {
        json!([{ "field": ["metafields", "0", "value"], "code": "INVALID_VALUE", "elementIndex": null,
                 "message": format!("Value references non-existent resource {gid}.") }])
    };
    assert_eq!(
        refusal(&mut bench, row("product_reference", gone)),
        refused(gone)
    );
    let variant = "gid://shopify/ProductVariant/1";
    assert_eq!(
        refusal(&mut bench, row("variant_reference", variant)),
        refused(variant)
    );
    let listed = json!([there, gone]).to_string();
    assert_eq!(
        refusal(&mut bench, row("list.product_reference", &listed)),
        refused(gone)
    );
    let order = "gid://shopify/Order/5001000000002";
    assert_eq!(
        refusal(&mut bench, row("order_reference", order)),
        refused(order)
    );
    for (kind, value) in [
        ("product_reference", there.to_owned()),
        ("list.product_reference", json!([there]).to_string()),
        (
            "order_reference",
            "gid://shopify/Order/5001000000001".to_owned(),
        ),
        (
            "variant_reference",
            "gid://shopify/ProductVariant/4001000000001".to_owned(),
        ),
        // Collections are not simulated: whether there is one is not known.
        (
            "collection_reference",
            "gid://shopify/Collection/5".to_owned(),
        ),
    ] {
        let rows = json!([{ "ownerId": MUG, "namespace": "links", "key": kind.replace('.', "_"), "type": kind, "value": value }]);
        let answer = bench.graphql(SET, json!({ "rows": rows }));
        assert_eq!(
            answer["data"]["metafieldsSet"]["userErrors"],
            json!([]),
            "{answer}"
        );
    }
}

#[test]
fn what_another_app_keeps_is_its_own() {
    let mut bench = Bench::ideal();
    let message =
        "Access to this namespace and key on Metafields for this resource type is not allowed.";
    for namespace in ["app--1--foo", "app--90"] {
        let rows = json!([{ "ownerId": MUG, "namespace": namespace, "key": "shelf", "type": "boolean", "value": "true" }]);
        assert_eq!(
            refusal(&mut bench, rows),
            json!([{ "field": ["metafields", "0"], "message": message, "code": "APP_NOT_AUTHORIZED", "elementIndex": null }])
        );
        let delete = "mutation($rows: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $rows) { deletedMetafields { key } userErrors { field message } } }";
        let rows = json!([{ "ownerId": MUG, "namespace": namespace, "key": "shelf" }]);
        let answer = bench.graphql(delete, json!({ "rows": rows }));
        assert_eq!(
            answer["data"]["metafieldsDelete"],
            json!({ "deletedMetafields": [], "userErrors": [{ "field": ["metafields"], "message": message }] })
        );
    }
}
