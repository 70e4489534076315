//! What a new definition of metafields does to those that are there, and what keeps one from being pinned or deleted.

use serde_json::{Value, json};

use super::Bench;

fn run(bench: &mut Bench, mutation: &str) -> Value {
    let answer = bench.graphql(&format!("mutation {{ it: {mutation} }}"), json!({}));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

fn define(bench: &mut Bench, members: &str) -> Value {
    run(
        bench,
        &format!(
            "metafieldDefinitionCreate(definition: {{ name: \"Of mugs\", ownerType: PRODUCT, {members} }}) {{ createdDefinition {{ id pinnedPosition }} userErrors {{ code }} }}"
        ),
    )
}

fn keep(bench: &mut Bench, product: u8, namespace: &str, key: &str, value: &str) {
    let kept = run(
        bench,
        &format!(
            "metafieldsSet(metafields: [{{ ownerId: \"gid://shopify/Product/200100000000{product}\", namespace: \"{namespace}\", key: \"{key}\", type: \"single_line_text_field\", value: \"{value}\" }}]) {{ userErrors {{ message }} }}"
        ),
    );
    assert_eq!(kept["userErrors"], json!([]));
}

#[test]
fn metafields_that_fit_a_new_definition_take_its_type() {
    let mut bench = Bench::ideal();
    keep(&mut bench, 1, "clay", "litres", "3");
    keep(&mut bench, 2, "clay", "litres", "plenty");
    define(
        &mut bench,
        "namespace: \"clay\", key: \"litres\", type: \"number_integer\"",
    );
    let read = bench.graphql(
        "{ products(first: 2) { nodes { metafield(namespace: \"clay\", key: \"litres\") { type } } } }",
        json!({}),
    );
    let nodes = &read["data"]["products"]["nodes"];
    assert_eq!(nodes[0]["metafield"]["type"], "number_integer");
    assert_eq!(nodes[1]["metafield"]["type"], "single_line_text_field");
}

#[test]
fn twenty_definitions_of_a_type_of_owner_are_pinned() {
    let mut bench = Bench::ideal();
    for number in 1..=20 {
        let made = define(
            &mut bench,
            &format!("namespace: \"clay\", key: \"part{number}\", type: \"boolean\", pin: true"),
        );
        assert_eq!(made["createdDefinition"]["pinnedPosition"], number);
    }
    let refused = define(
        &mut bench,
        "namespace: \"clay\", key: \"part21\", type: \"boolean\", pin: true",
    );
    assert_eq!(
        refused["userErrors"],
        json!([{ "code": "PINNED_LIMIT_REACHED" }])
    );
    define(
        &mut bench,
        "namespace: \"clay\", key: \"part21\", type: \"boolean\"",
    );
    let pinned = run(
        &mut bench,
        "metafieldDefinitionUpdate(definition: { ownerType: PRODUCT, namespace: \"clay\", key: \"part21\", pin: true }) { userErrors { code } }",
    );
    assert_eq!(
        pinned["userErrors"],
        json!([{ "code": "PINNED_LIMIT_REACHED" }])
    );
}

#[test]
fn references_and_reserved_namespaces_go_with_their_metafields_alone() {
    let mut bench = Bench::ideal();
    for (members, code) in [
        (
            "namespace: \"clay\", key: \"lid\", type: \"product_reference\"",
            "REFERENCE_TYPE_DELETION_ERROR",
        ),
        (
            "namespace: \"clay\", key: \"lids\", type: \"list.product_reference\"",
            "REFERENCE_TYPE_DELETION_ERROR",
        ),
        (
            "namespace: \"clay\", key: \"number\", type: \"id\"",
            "ID_TYPE_DELETION_ERROR",
        ),
        (
            "namespace: \"$app\", key: \"glaze\", type: \"single_line_text_field\"",
            "RESERVED_NAMESPACE_ORPHANED_METAFIELDS",
        ),
    ] {
        let made = define(&mut bench, members);
        keep_of_app(&mut bench, members);
        let id = &made["createdDefinition"]["id"];
        let delete = |with: &str| {
            format!(
                "metafieldDefinitionDelete(id: {id}{with}) {{ deletedDefinitionId userErrors {{ code }} }}"
            )
        };
        let refused = run(&mut bench, &delete(""));
        assert_eq!(
            refused,
            json!({ "deletedDefinitionId": null, "userErrors": [{ "code": code }] })
        );
        let done = run(&mut bench, &delete(", deleteAllAssociatedMetafields: true"));
        assert_eq!(&done["deletedDefinitionId"], id);
    }
    let free = define(
        &mut bench,
        "namespace: \"clay\", key: \"glaze\", type: \"boolean\"",
    );
    let id = &free["createdDefinition"]["id"];
    let done = run(
        &mut bench,
        &format!("metafieldDefinitionDelete(id: {id}) {{ deletedDefinitionId }}"),
    );
    assert_eq!(&done["deletedDefinitionId"], id);
}

/// A value where the definition is of the app's own namespace.
fn keep_of_app(bench: &mut Bench, members: &str) {
    if members.contains("$app") {
        keep(bench, 1, "$app", "glaze", "matte");
    }
}
