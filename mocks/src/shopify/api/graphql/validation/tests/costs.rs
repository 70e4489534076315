//! Bounds, and that steps grow in line with documents.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const UNBOUNDED: Bounds = Bounds {
    bytes_max: usize::MAX,
    syntax: syntax::Limits {
        tokens_max: usize::MAX,
        depth_max: 64,
        selections_max: usize::MAX,
    },
    planned_fields_max: usize::MAX,
    planned_depth_max: 100,
    steps_max: u64::MAX,
};

/// Steps that a document takes when nothing bounds them, and how it ends.
fn steps(text: &str) -> (u64, Result<Plan, Vec<u8>>) {
    let mut steps = Steps::up_to(u64::MAX);
    let outcome = compile(ServedSchema::built_in(), text, &UNBOUNDED, &mut steps);
    (steps.taken(), outcome)
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// What a shape is called, and the document of a size.
type DocumentShape = (&'static str, fn(usize) -> String);

/// Shapes of documents by their size; all are valid, so every rule and the lowering see all of them.
fn shapes() -> Vec<DocumentShape> {
    vec![
        ("aliases", |n| {
            format!("{{ {} }}", many(n, |i| format!("a{i}: shop {{ name }} ")))
        }),
        ("repeated fields", |n| {
            format!("{{ {} }}", "shop { name plan { displayName } } ".repeat(n))
        }),
        ("repeated leaves", |n| {
            format!("{{ shop {{ {} }} }}", "name ".repeat(n))
        }),
        ("repeated arguments", |n| {
            format!(
                "{{ {} }}",
                "order(id: \"gid://shopify/Order/1\") { id } ".repeat(n)
            )
        }),
        ("inline fragments", |n| {
            format!("{{ shop {{ {} }} }}", "... on Shop { name } ".repeat(n))
        }),
        ("one fragment spread often", |n| {
            format!(
                "{{ shop {{ {} }} }} fragment f on Shop {{ name plan {{ displayName }} }}",
                "...f ".repeat(n)
            )
        }),
        ("many fragments", |n| {
            let spreads = many(n, |i| format!("...f{i} "));
            let fragments = many(n, |i| {
                format!("fragment f{i} on Shop {{ a{i}: name name }} ")
            });
            format!("{{ shop {{ {spreads} }} }} {fragments}")
        }),
        ("a long list", |n| {
            format!(
                "{{ nodes(ids: [{}]) {{ id }} }}",
                "\"gid://shopify/Order/1\" ".repeat(n)
            )
        }),
        ("a list of objects", |n| {
            let rows = "{inventoryItemId: $i, locationId: $i, quantity: 1} ".repeat(n);
            format!(
                "mutation($i: ID!) {{ inventorySetQuantities(input: {{name: \"available\", reason: \"r\", quantities: [{rows}]}}) {{ userErrors {{ code }} }} }}"
            )
        }),
        ("many variables", |n| {
            let declared = many(n, |i| format!("$v{i}: ID! "));
            let used = many(n, |i| format!("$v{i} "));
            format!("query({declared}) {{ nodes(ids: [{used}]) {{ id }} }}")
        }),
        ("many conditions", |n| {
            let declared = many(n, |i| format!("$v{i}: Boolean! "));
            let used = many(n, |i| format!("name @include(if: $v{i}) "));
            format!("query({declared}) {{ shop {{ {used} }} }}")
        }),
        ("many operations", |n| {
            many(n, |i| format!("query q{i} {{ shop {{ name }} }} "))
        }),
    ]
}

#[test]
fn steps_grow_in_line_with_every_shape_of_document() {
    for (name, shape) in shapes() {
        let mut taken = Vec::new();
        for count in [1_000, 2_000, 4_000] {
            let (steps, outcome) = steps(&shape(count));
            assert!(
                outcome.is_ok(),
                "{name}: {:?}",
                outcome.map_err(String::from_utf8)
            );
            taken.push(steps);
        }
        assert!(taken[0] > 1_000, "{name}: nothing is counted: {taken:?}");
        // Twice the document, twice the steps, and hardly more.
        assert!(taken[1] <= taken[0] * 21 / 10, "{name}: {taken:?}");
        assert!(taken[2] <= taken[1] * 21 / 10, "{name}: {taken:?}");
    }
}

#[test]
fn a_hundred_thousand_aliases_take_a_few_steps_each() {
    let text = format!(
        "{{ {} }}",
        many(100_000, |i| format!("a{i}: shop {{ name }} "))
    );
    let (taken, outcome) = steps(&text);
    assert_eq!(outcome.unwrap().operations[0].root.fields.len(), 100_000);
    assert!(taken < 30 * 100_000, "{taken}");
    // A shop does not even look at them.
    assert!(told(&text)[0].0.contains("too large to execute"));
}

#[test]
fn fragments_that_multiply_by_spreading_each_other_take_steps_by_their_number() {
    let bomb = |levels: usize| {
        let fragments = many(levels, |i| {
            format!(
                "fragment f{i} on Shop {{ ...f{} ...f{} name }} ",
                i + 1,
                i + 1
            )
        });
        format!("{{ shop {{ ...f0 }} }} {fragments} fragment f{levels} on Shop {{ name id }}")
    };
    let (short, (long, outcome)) = (steps(&bomb(20)).0, steps(&bomb(40)));
    assert_eq!(
        outcome.unwrap().operations[0].root.fields[0]
            .selection()
            .fields
            .len(),
        2
    );
    assert!(long <= short * 21 / 10, "{short} {long}");
}

#[test]
fn fragments_that_multiply_fields_are_refused_within_the_steps() {
    // A plan has each field of each path: what doubles at every level is too large, and refusing it is bounded work.
    let fragments = many(20, |i| {
        let next = format!(
            "product {{ variants(first: 1) {{ nodes {{ ...f{} }} }} }}",
            i + 1
        );
        format!("fragment f{i} on ProductVariant {{ a: {next} b: {next} }} ")
    });
    let text = format!(
        "{{ productVariant(id: \"gid://shopify/ProductVariant/1\") {{ ...f0 }} }} {fragments} fragment f20 on ProductVariant {{ id }}"
    );
    let mut steps = Steps::up_to(Bounds::SERVED.steps_max);
    let refused =
        compile(ServedSchema::built_in(), &text, &Bounds::SERVED, &mut steps).unwrap_err();
    assert!(
        String::from_utf8(refused)
            .unwrap()
            .contains("Query is too complex")
    );
    assert!(steps.taken() < 200_000, "{}", steps.taken());
}

#[test]
fn fragments_nested_too_deep_are_refused_and_not_followed() {
    let chain = many(5_000, |i| {
        format!("fragment f{i} on Shop {{ ...f{} }} ", i + 1)
    });
    let text = format!("{{ shop {{ ...f0 }} }} {chain} fragment f5000 on Shop {{ name }}");
    assert!(told(&text)[0].0.contains("too large") || told(&text)[0].0.contains("too complex"));
    let (_, outcome) = steps(&text);
    assert!(
        String::from_utf8(outcome.unwrap_err())
            .unwrap()
            .contains("too complex")
    );
}

#[test]
fn bounds_are_judged_in_order_and_name_themselves() {
    for (text, what) in [
        (
            format!("{{ shop {{ name }} }} # {}", "x".repeat(300_000)),
            "262144 bytes",
        ),
        (
            format!("{{ nodes(ids: [{}]) {{ id }} }}", "1 ".repeat(70_000)),
            "65000 tokens",
        ),
        ("{ shop ".repeat(70), "64 nested levels"),
        (
            format!("{{ {} }}", "a ".repeat(5_001)),
            "5000 fields and fragments",
        ),
    ] {
        let told = told(&text);
        assert!(told[0].0.contains(what), "{told:?}");
        assert_eq!(told[0].1, "BAD_REQUEST");
    }
}

/// Pieces that documents are made of, right and wrong.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "=",
    "!",
    "$",
    "@",
    "...",
    "|",
    "&",
    ",",
    "#\n",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "shop",
    "name",
    "order",
    "orders",
    "nodes",
    "node",
    "id",
    "ids",
    "first",
    "edges",
    "Shop",
    "Order",
    "Node",
    "QueryRoot",
    "ID",
    "Int",
    "f",
    "g",
    "a",
    "$v",
    "@include(if: $v)",
    "@skip(if: true)",
    "@idempotent(key: \"k\")",
    "\"x\"",
    "\"\"\"x\"\"\"",
    "\"",
    "1",
    "-1",
    "1.5",
    "99999999999",
    "null",
    "true",
    "{ shop { name } }",
    "{ ...f }",
    "fragment f on Shop { name ...g }",
    "fragment g on Shop { ...f }",
    "query Q($v: Boolean!) {",
    "type",
    "\u{e9}",
    "... on Order { id }",
    "__typename",
    "__schema { types { name } }",
    "orders(first: 3) { nodes { id",
    "a: shop { name }",
    "\\u{1F600}",
];

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, cases: 400, ..Default::default() })]

    #[test]
    fn any_document_is_answered_within_its_steps(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..120), repeat in 1..40usize) {
        let text = pieces.join(" ").repeat(repeat);
        let bounds = &Bounds::SERVED;
        let mut steps = Steps::up_to(bounds.steps_max);
        if let Err(body) = compile(ServedSchema::built_in(), &text, bounds, &mut steps) {
            let answer: Value = serde_json::from_slice(&body).unwrap();
            prop_assert!(!answer["errors"].as_array().unwrap().is_empty());
        }
        // The last step may be a long one, never longer than the document.
        prop_assert!(steps.taken() <= bounds.steps_max + text.len() as u64);
    }
}
