//! Fields, fragments, directives, operations and what merges.

use serde_json::json;

use super::*;

#[test]
fn fields_exist_and_have_selections_where_they_need_them() {
    check(&[
        (
            "{ shop { nme } }",
            &[("Field 'nme' doesn't exist on type 'Shop'", "undefinedField")],
        ),
        (
            "{ shop { a b: c { d } } }",
            &[
                ("Field 'a' doesn't exist on type 'Shop'", "undefinedField"),
                ("Field 'c' doesn't exist on type 'Shop'", "undefinedField"),
            ],
        ),
        (
            "{ shop }",
            &[(
                "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
                "selectionMismatch",
            )],
        ),
        (
            "{ shop { name { length ...f } currencyCode { x } } } fragment f on Shop { id }",
            &[
                (
                    "Selections can't be made on scalars (field 'name' returns String but has selections [\"length\", \"f\"])",
                    "selectionMismatch",
                ),
                (
                    "Selections can't be made on enums (field 'currencyCode' returns CurrencyCode but has selections [\"x\"])",
                    "selectionMismatch",
                ),
                (
                    "Fragment f was defined, but not used",
                    "useAndDefineFragment",
                ),
            ],
        ),
        (
            "{ webhookSubscriptions(first: 1) { nodes { endpoint { callbackUrl } } } }",
            &[(
                "Selections can't be made directly on unions (see selections on WebhookSubscriptionEndpoint)",
                "selectionMismatch",
            )],
        ),
        (
            "{ shop { __schema { types { name } } } }",
            &[(
                "Field '__schema' doesn't exist on type 'Shop'",
                "undefinedField",
            )],
        ),
    ]);
}

#[test]
fn fragments_exist_are_used_end_and_can_apply() {
    check(&[
        (
            "{ shop { ...f } }",
            &[(
                "Fragment f was used, but not defined",
                "useAndDefineFragment",
            )],
        ),
        (
            "{ shop { ...f ... on Nope { id } ... on Money { id } } } fragment f on Shp { name }",
            &[
                (
                    "No such type Nope, so it can't be a fragment condition",
                    "undefinedType",
                ),
                (
                    "Invalid fragment on type Money (must be Union, Interface or Object)",
                    "fragmentOnNonCompositeType",
                ),
                (
                    "No such type Shp, so it can't be a fragment condition",
                    "undefinedType",
                ),
            ],
        ),
        (
            "{ shop { ...f ... on Order { id } } } fragment f on Order { id }",
            &[
                (
                    "Fragment on Order can't be spread inside Shop",
                    "cannotSpreadFragment",
                ),
                (
                    "Fragment f on Order can't be spread inside Shop",
                    "cannotSpreadFragment",
                ),
            ],
        ),
        (
            "{ shop { ...a } } fragment a on Shop { ...b } fragment b on Shop { plan { displayName } ...a }",
            &[
                ("Fragment a contains an infinite loop", "infiniteLoop"),
                ("Fragment b contains an infinite loop", "infiniteLoop"),
            ],
        ),
        (
            "{ productVariant(id: \"gid://shopify/Order/1\") { ...v } } fragment v on ProductVariant { product { variants(first: 1) { nodes { ...v } } } }",
            &[("Fragment v contains an infinite loop", "infiniteLoop")],
        ),
        (
            "{ shop { ...f } } fragment f on Shop { name } fragment f on Shop { id }",
            &[("Fragment name \"f\" must be unique", "fragmentNotUnique")],
        ),
    ]);
    assert_eq!(
        errors("query Q { shop { ...gone } }")[0],
        json!({"message": "Fragment gone was used, but not defined", "locations": [{"line": 1, "column": 18}],
            "path": ["query Q", "shop", "... gone"], "extensions": {"code": "useAndDefineFragment", "fragmentName": "gone"}})
    );
}

#[test]
fn directives_exist_stand_where_they_may_and_only_once() {
    check(&[
        (
            "{ shop @nope { name } }",
            &[("Directive @nope is not defined", "undefinedDirective")],
        ),
        (
            "query @idempotent(key: \"k\") { shop @deprecated { name } }",
            &[
                (
                    "'@idempotent' can't be applied to queries (allowed: fields)",
                    "directiveCannotBeApplied",
                ),
                (
                    "'@deprecated' can't be applied to fields (allowed: field definitions, argument definitions, input field definitions, enum values)",
                    "directiveCannotBeApplied",
                ),
            ],
        ),
        (
            "{ shop @include { name @skip(if: 3) @skip(if: true, x: 1) } }",
            &[
                (
                    "Directive 'include' is missing required arguments: if",
                    "missingRequiredArguments",
                ),
                (
                    "The directive \"skip\" can only be used once at this location.",
                    "directiveNotUniqueForLocation",
                ),
                (
                    "Argument 'if' on Directive 'skip' has an invalid value (3). Expected type 'Boolean!'.",
                    "argumentLiteralsIncompatible",
                ),
                (
                    "Directive 'skip' doesn't accept argument 'x'",
                    "argumentNotAccepted",
                ),
            ],
        ),
        (
            "query Q($a: Int @nope) { orders(first: $a) { nodes { ...f @nope } } } fragment f on Order @include(if: true) { id }",
            &[
                ("Directive @nope is not defined", "undefinedDirective"),
                ("Directive @nope is not defined", "undefinedDirective"),
                (
                    "'@include' can't be applied to fragment definitions (allowed: fields, fragment spreads, inline fragments)",
                    "directiveCannotBeApplied",
                ),
            ],
        ),
    ]);
    // As recorded: a bare directive.
    assert_eq!(
        errors(
            "mutation M {\n  inventorySetQuantities(input: {name: \"available\", reason: \"r\", quantities: []}) @idempotent { userErrors { code } } }"
        )[0],
        json!({"message": "Directive 'idempotent' is missing required arguments: key", "locations": [{"line": 2, "column": 83}],
            "path": ["mutation M", "inventorySetQuantities"],
            "extensions": {"code": "missingRequiredArguments", "className": "Directive", "name": "idempotent", "arguments": "key"}})
    );
}

#[test]
fn operations_have_names_and_roots_and_define_nothing() {
    check(&[
        (
            "query A { shop { id } } query A { shop { id } } { shop { id } }",
            &[
                (
                    "Operation name is required when multiple operations are present",
                    "uniquelyNamedOperations",
                ),
                (
                    "Operation name \"A\" must be unique",
                    "uniquelyNamedOperations",
                ),
            ],
        ),
        (
            "subscription { orders { id } }",
            &[(
                "Schema is not configured for subscriptions",
                "missingSubscriptionConfiguration",
            )],
        ),
        (
            "{ shop { id } } type Query { a: Int } extend schema { query: Shop }",
            &[(
                "Query cannot contain schema definitions",
                "queryContainsSchemaDefinitions",
            )],
        ),
    ]);
}

#[test]
fn fields_of_one_key_are_one_field() {
    check(&[
        (
            "{ shop { a: name a: id } }",
            &[(
                "Field 'a' has a field conflict: name or id?",
                "fieldConflict",
            )],
        ),
        (
            "{ shop { a: name a: email a: name } }",
            &[(
                "Field 'a' has a field conflict: name or email or name?",
                "fieldConflict",
            )],
        ),
        (
            "{ o: order(id: \"gid://shopify/Order/1\") { id } o: order(id: \"gid://shopify/Order/2\") { id } }",
            &[(
                "Field 'o' has an argument conflict: {id:\"\\\"gid://shopify/Order/1\\\"\"} or {id:\"\\\"gid://shopify/Order/2\\\"\"}?",
                "fieldConflict",
            )],
        ),
        (
            "{ shop { plan { x: displayName } ...f } } fragment f on Shop { plan { x: publicDisplayName } }",
            &[(
                "Field 'x' has a field conflict: displayName or publicDisplayName?",
                "fieldConflict",
            )],
        ),
        // Two objects never share a value, so only the types must agree.
        (
            "{ node(id: \"gid://shopify/Order/1\") { ... on Order { a: number b: name } ... on Shop { a: name b: email } } }",
            &[(
                "Field 'a' has a return_type conflict: `Int!` or `String!`?",
                "fieldConflict",
            )],
        ),
        (
            "{ node(id: \"gid://shopify/Order/1\") { ... on Order { p: customer { x: id } } ... on Shop { p: plan { x: shopifyPlus } } } }",
            &[
                (
                    "Field 'p' has a return_type conflict: `Customer` or `ShopPlan!`?",
                    "fieldConflict",
                ),
                (
                    "Field 'x' has a return_type conflict: `ID!` or `Boolean!`?",
                    "fieldConflict",
                ),
            ],
        ),
    ]);
    for right in [
        "{ shop { name name } shop { name plan { displayName } } ...f } fragment f on QueryRoot { shop { plan { shopifyPlus } } }",
        "{ node(id: \"gid://shopify/Order/1\") { ... on Order { a: name } ... on Shop { a: email } } }",
        "query($i: ID!) { order(id: $i) { id } order(id: $i) { name } }",
    ] {
        assert!(plan(ServedSchema::built_in(), right).is_ok(), "{right}");
    }
    assert_eq!(
        errors("{ shop { a: name\n a: email } }")[0],
        json!({"message": "Field 'a' has a field conflict: name or email?", "locations": [{"line": 1, "column": 10}, {"line": 2, "column": 2}],
            "path": [], "extensions": {"code": "fieldConflict", "fieldName": "a", "conflicts": "name or email"}})
    );
}

#[test]
fn an_undefined_field_and_a_broken_text_are_told_like_the_platform_does() {
    assert_eq!(
        errors("query Q {\n  shop { shopAddres }\n}"),
        json!([{"message": "Field 'shopAddres' doesn't exist on type 'Shop'", "locations": [{"line": 2, "column": 10}],
            "path": ["query Q", "shop", "shopAddres"],
            "extensions": {"code": "undefinedField", "typeName": "Shop", "fieldName": "shopAddres"}}])
    );
    assert_eq!(
        errors("{"),
        json!([{"message": "syntax error, unexpected end of file at [1, 1]", "locations": [{"line": 1, "column": 1}],
            "extensions": {"code": "PARSE_ERROR"}}])
    );
}

#[test]
fn no_more_errors_are_told_than_anybody_reads() {
    let fields: String = (0..900).map(|number| format!("x{number} ")).collect();
    assert_eq!(told(&format!("{{ shop {{ {fields} }} }}")).len(), 100);
}
