//! Arguments, literals and variables.

use serde_json::json;

use super::*;

#[test]
fn arguments_are_accepted_required_and_given_once() {
    check(&[
        (
            "{ shop(x: 1) { name } }",
            &[(
                "Field 'shop' doesn't accept argument 'x'",
                "argumentNotAccepted",
            )],
        ),
        (
            "{ my: order(nr: \"1\") { id } }",
            &[
                (
                    "Field 'order' is missing required arguments: id",
                    "missingRequiredArguments",
                ),
                (
                    "Field 'my' doesn't accept argument 'nr'",
                    "argumentNotAccepted",
                ),
            ],
        ),
        (
            "mutation { orderCancel { job { id } } }",
            &[(
                "Field 'orderCancel' is missing required arguments: orderId, reason, restock",
                "missingRequiredArguments",
            )],
        ),
        (
            "{ order(id: \"gid://shopify/Order/1\", id: \"gid://shopify/Order/2\") { id } }",
            &[(
                "There can be only one argument named \"id\"",
                "argumentNotUnique",
            )],
        ),
        (
            "{ productVariantByIdentifier(identifier: {id: \"gid://shopify/Order/1\", id: \"gid://shopify/Order/2\", sku: 3}) { id } }",
            &[
                (
                    "There can be only one input field named \"id\"",
                    "inputFieldNotUnique",
                ),
                (
                    "OneOf Input Object 'ProductVariantIdentifierInput' must specify exactly one key.",
                    "invalidOneOfInputObject",
                ),
                (
                    "InputObject 'ProductVariantIdentifierInput' doesn't accept argument 'sku'",
                    "argumentNotAccepted",
                ),
            ],
        ),
        (
            "mutation { inventorySetQuantities(input: {name: \"available\", quantities: [{locationId: \"gid://shopify/Location/1\", quantity: 1}]}) { userErrors { code } } }",
            &[
                (
                    "Argument 'reason' on InputObject 'InventorySetQuantitiesInput' is required. Expected type String!",
                    "missingRequiredInputObjectAttribute",
                ),
                (
                    "Argument 'inventoryItemId' on InputObject 'InventoryQuantityInput' is required. Expected type ID!",
                    "missingRequiredInputObjectAttribute",
                ),
            ],
        ),
    ]);
    assert_eq!(
        errors(
            "mutation M { inventorySetQuantities(input: {name: \"available\", reason: \"r\", quantities: [{inventoryItemId: \"gid://shopify/InventoryItem/1\", locationId: \"gid://shopify/Location/1\", quantity: 1}, {inventoryItemId: \"gid://shopify/InventoryItem/1\", locationId: \"gid://shopify/Location/1\"}]}) { userErrors { code } } }"
        )[0]["path"],
        json!([
            "mutation M",
            "inventorySetQuantities",
            "input",
            "quantities",
            1,
            "quantity"
        ])
    );
}

#[test]
fn literals_are_of_their_types() {
    let wrong = |field: &str, argument: &str, value: &str, ty: &str| {
        format!(
            "Argument '{argument}' on Field '{field}' has an invalid value ({value}). Expected type '{ty}'."
        )
    };
    for (text, message) in [
        (
            "{ orders(first: \"x\") { nodes { id } } }",
            wrong("orders", "first", "\"x\"", "Int"),
        ),
        (
            "{ orders(first: 2147483648) { nodes { id } } }",
            wrong("orders", "first", "2147483648", "Int"),
        ),
        (
            "{ orders(first: 1.5) { nodes { id } } }",
            wrong("orders", "first", "1.5", "Int"),
        ),
        (
            "{ orders(first: 1, reverse: 1) { nodes { id } } }",
            wrong("orders", "reverse", "1", "Boolean"),
        ),
        (
            "{ orders(first: 1, query: WORD) { nodes { id } } }",
            wrong("orders", "query", "WORD", "String"),
        ),
        (
            "{ orders(first: 1, sortKey: UP) { nodes { id } } }",
            wrong("orders", "sortKey", "UP", "OrderSortKeys"),
        ),
        (
            "{ orders(first: 1, sortKey: \"ID\") { nodes { id } } }",
            wrong("orders", "sortKey", "\"ID\"", "OrderSortKeys"),
        ),
        (
            "{ order(id: null) { id } }",
            wrong("order", "id", "null", "ID!"),
        ),
        (
            "{ o: order(id: 1.5) { id } }",
            wrong("o", "id", "1.5", "ID!"),
        ),
        (
            "{ nodes(ids: [\"gid://shopify/Order/1\", null]) { id } }",
            wrong(
                "nodes",
                "ids",
                "[\"gid://shopify/Order/1\", null]",
                "[ID!]!",
            ),
        ),
        (
            "{ nodes(ids: [[\"gid://shopify/Order/1\"]]) { id } }",
            wrong("nodes", "ids", "[[\"gid://shopify/Order/1\"]]", "[ID!]!"),
        ),
    ] {
        assert_eq!(
            told(text),
            [(message, "argumentLiteralsIncompatible".to_owned())],
            "{text}"
        );
    }
    for right in [
        "{ order(id: \"gid://shopify/Order/5\") { id } }",
        "{ nodes(ids: \"gid://shopify/Order/1\") { id } }",
        "{ nodes(ids: []) { id } }",
        "{ orders(first: 1, after: null, sortKey: ID) { nodes { id } } }",
        "mutation { refundCreate(input: {orderId: \"gid://shopify/Order/1\", transactions: [{amount: 5, gateway: \"g\", kind: REFUND, orderId: \"gid://shopify/Order/1\"}]}) { userErrors { message } } }",
    ] {
        assert!(plan(ServedSchema::built_in(), right).is_ok(), "{right}");
    }
}

#[test]
fn an_argument_of_another_type_is_told_as_recorded() {
    let text = "mutation NullUpdateWebhookInput {\n  webhookSubscriptionUpdate(id: \"gid://shopify/WebhookSubscription/1\", webhookSubscription: null) { userErrors { message } }\n}";
    let body = plan(ServedSchema::built_in(), text).unwrap_err();
    assert_eq!(
        String::from_utf8(body.to_vec()).unwrap(),
        r#"{"errors":[{"message":"Argument 'webhookSubscription' on Field 'webhookSubscriptionUpdate' has an invalid value (null). Expected type 'WebhookSubscriptionInput!'.","locations":[{"line":2,"column":3}],"path":["mutation NullUpdateWebhookInput","webhookSubscriptionUpdate","webhookSubscription"],"extensions":{"code":"argumentLiteralsIncompatible","typeName":"Field","argumentName":"webhookSubscription"}}]}"#
    );
}

#[test]
fn variables_are_declared_used_and_fit() {
    check(&[
        (
            "query Q($a: Int, $b: Nothing, $c: Shop, $a: Int) { shop { name } }",
            &[
                (
                    "There can only be one variable named \"a\"",
                    "variableNotUnique",
                ),
                (
                    "Nothing isn't a defined input type (on $b)",
                    "variableRequiresValidType",
                ),
                (
                    "Shop isn't a valid input type (on $c)",
                    "variableRequiresValidType",
                ),
                (
                    "Variable $a is declared by Q but not used",
                    "variableNotUsed",
                ),
                (
                    "Variable $b is declared by Q but not used",
                    "variableNotUsed",
                ),
                (
                    "Variable $c is declared by Q but not used",
                    "variableNotUsed",
                ),
            ],
        ),
        (
            "{ order(id: $id) { ...f } } fragment f on Order { lineItems(first: $n) { nodes { id } } }",
            &[
                (
                    "Variable $id is used by anonymous query but not declared",
                    "variableNotDefined",
                ),
                (
                    "Variable $n is used by f but not declared",
                    "variableNotDefined",
                ),
            ],
        ),
        (
            "query($n: Int = \"x\", $s: OrderSortKeys = UP, $l: [ID!]! = null) { orders(first: $n, sortKey: $s) { nodes { id } } nodes(ids: $l) { id } }",
            &[
                (
                    "Could not coerce value \"x\" to Int",
                    "defaultValueInvalidType",
                ),
                (
                    "Expected \"UP\" to be one of: CREATED_AT, CURRENT_TOTAL_PRICE, CUSTOMER_NAME, DESTINATION, FINANCIAL_STATUS, FULFILLMENT_STATUS, ID, ORDER_NUMBER, PO_NUMBER, PROCESSED_AT, RELEVANCE, TOTAL_ITEMS_QUANTITY, TOTAL_PRICE, UPDATED_AT",
                    "defaultValueInvalidType",
                ),
                (
                    "Default value for $l doesn't match type [ID!]!",
                    "defaultValueInvalidType",
                ),
            ],
        ),
        (
            "query($a: String!, $b: ID, $c: [ID!]!) { a: order(id: $a) { id } b: order(id: $b) { id } c: order(id: $c) { id } }",
            &[
                (
                    "Type mismatch on variable $a and argument id (String! / ID!)",
                    "variableMismatch",
                ),
                (
                    "Nullability mismatch on variable $b and argument id (ID / ID!)",
                    "variableMismatch",
                ),
                (
                    "List dimension mismatch on variable $c and argument id ([ID!]! / ID!)",
                    "variableMismatch",
                ),
            ],
        ),
        (
            "query($id: ID) { nodes(ids: [$id]) { id } }",
            &[(
                "Nullability mismatch on variable $id and argument ids ([ID]! / [ID!]!)",
                "variableMismatch",
            )],
        ),
        // Fragments are judged with the variables of every operation that reaches them, wherever they stand.
        (
            "fragment f on QueryRoot { order(id: $id) { id } } query Q($id: Int!) { ...g } fragment g on QueryRoot { ...f }",
            &[(
                "Type mismatch on variable $id and argument id (Int! / ID!)",
                "variableMismatch",
            )],
        ),
        (
            "mutation($q: Int) { inventorySetQuantities(input: {name: \"available\", reason: \"r\", quantities: {inventoryItemId: \"gid://shopify/InventoryItem/1\", locationId: \"gid://shopify/Location/1\", quantity: $q}}) { userErrors { code } } }",
            &[(
                "Nullability mismatch on variable $q and argument quantity (Int / Int!)",
                "variableMismatch",
            )],
        ),
    ]);
    for right in [
        "query($id: ID!) { order(id: $id) { id } nodes(ids: [$id]) { id } }",
        "query($id: ID = \"gid://shopify/Order/1\") { order(id: $id) { id } }",
        "query($b: Boolean) { orders(first: 1, reverse: $b) { nodes { id } } }",
        "mutation($g: Boolean) { bulkOperationRunQuery(query: \"x\", groupObjects: $g) { userErrors { message } } }",
        "query($w: Boolean!) { ...f } fragment f on QueryRoot { shop @include(if: $w) { name } }",
    ] {
        assert!(plan(ServedSchema::built_in(), right).is_ok(), "{right}");
    }
}

#[test]
fn of_a_one_of_exactly_one_member_is_given_and_never_null() {
    const CODE: &str = "invalidOneOfInputObject";
    check(&[
        (
            "{ locationByIdentifier(identifier: {}) { id } }",
            &[(
                "OneOf Input Object 'LocationIdentifierInput' must specify exactly one key.",
                CODE,
            )],
        ),
        (
            "query($handle: String) { productByIdentifier(identifier: {handle: $handle}) { id } }",
            &[(
                "Variable 'handle' must be non-nullable to be used for OneOf Input Object 'ProductIdentifierInput'.",
                CODE,
            )],
        ),
        (
            "{ productByIdentifier(identifier: {handle: null}) { id } }",
            &[(
                "Argument 'ProductIdentifierInput.handle' must be non-null.",
                CODE,
            )],
        ),
    ]);
    let accepted =
        "query($handle: String!) { productByIdentifier(identifier: {handle: $handle}) { id } }";
    assert!(plan(ServedSchema::built_in(), accepted).is_ok());
    let error = errors("query Q {\n  productByIdentifier(identifier: {handle: null}) { id } }");
    assert_eq!(
        (&error[0]["locations"], &error[0]["path"]),
        (
            &serde_json::json!([{ "line": 2, "column": 36 }]),
            &serde_json::json!(["query Q", "productByIdentifier", "identifier", "handle"])
        )
    );
}
