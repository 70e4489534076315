//! The schemas of the versions, against what the platform publishes of them.

use super::{ERAS, ERAS_LEN, ServedSchema, era};

/// The codes of user errors that the platform publishes, by version.
const PUBLISHED: &str = include_str!("../../../../../schema/shopify-error-codes.txt");

/// The versions that the codes are of, oldest first.
const VERSIONS: [&str; 5] = ["2025-10", "2026-01", "2026-04", "2026-07", "2026-10"];

/// The published codes of an enum in a version.
fn published(version: &str, name: &str) -> Vec<&'static str> {
    let lines = PUBLISHED.lines().map(|line| line.split(' '));
    let mut found = lines.filter_map(|mut words| {
        let since = words.next()?;
        (since <= version && words.next()? == name).then_some(words)
    });
    found.next_back().map_or(Vec::new(), Iterator::collect)
}

#[test]
fn every_code_of_a_user_error_is_one_that_the_platform_publishes_for_the_version() {
    let mut compared = 0;
    for version in VERSIONS {
        let served = ServedSchema::of(version);
        let enums = served.schema.types.iter();
        for definition in enums.filter(|it| it.name.ends_with("ErrorCode")) {
            let codes = published(version, definition.name);
            // Enums that nothing is simulated of are taken from one version for all, and some came with a later one.
            if codes.is_empty() {
                continue;
            }
            compared += 1;
            for value in &definition.values {
                assert!(
                    codes.contains(&value.name),
                    "{version} has no {}.{}",
                    definition.name,
                    value.name
                );
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn each_version_has_the_schema_of_its_time() {
    let eras: Vec<usize> = VERSIONS.iter().map(|version| era(version)).collect();
    assert_eq!(eras, [0, 1, 2, 3, 4]);
    assert_eq!((era("2019-04"), era("unstable")), (0, ERAS_LEN - 1));
    assert!(ERAS.is_sorted_by_key(|(first, _)| *first));
    let has = |version: &str, ty: &str, member: &str| {
        let served = ServedSchema::of(version);
        let ty = served.schema.named(ty).unwrap();
        ty.input(member).is_some() || ty.values.iter().any(|it| it.name == member)
    };
    let known = |ty: &str, member: &str| VERSIONS.map(|version| has(version, ty, member));
    let row = "InventoryQuantityInput";
    assert_eq!(
        known(row, "compareQuantity"),
        [true, true, false, false, false]
    );
    assert_eq!(
        known(row, "changeFromQuantity"),
        [false, true, true, true, true]
    );
    assert_eq!(
        known("OrderDisplayFulfillmentStatus", "FULFILLMENT_NOT_REQUIRED"),
        [false, false, false, false, true]
    );
    let codes = "InventoryAdjustQuantitiesUserErrorCode";
    assert_eq!(
        known(codes, "ITEM_NOT_STOCKED_AT_LOCATION"),
        [true, true, true, true, false]
    );
    let row = "ProductVariantsBulkInput";
    assert_eq!(
        known(row, "quantityAdjustments"),
        [false, true, true, true, true]
    );
    assert_eq!(known(row, "published"), [false, false, false, true, true]);
    let identified = VERSIONS.map(|it| {
        let served = ServedSchema::of(it);
        let schema = &served.schema;
        let mutation = schema.mutation.map(|id| schema.get(id));
        let update = mutation.and_then(|it| it.field("productUpdate"));
        let arguments = update.map_or(&[][..], |it| &it.arguments);
        arguments.iter().any(|it| it.name == "identifier")
    });
    assert_eq!(identified, [false, false, true, true, true]);
    let keyed = VERSIONS.map(|it| {
        ServedSchema::of(it)
            .schema
            .directive("idempotent")
            .is_some()
    });
    assert_eq!(keyed, [false, true, true, true, true]);
}

#[test]
fn an_enum_has_each_value_once() {
    for era in 0..ERAS_LEN {
        for definition in &ServedSchema::of_era(era).schema.types {
            let mut values: Vec<&str> = definition.values.iter().map(|it| it.name).collect();
            let all = values.len();
            values.sort_unstable();
            values.dedup();
            assert_eq!(values.len(), all, "{}", definition.name);
        }
    }
}

#[test]
fn the_types_that_served_ones_lead_to_are_whole() {
    let schema = &ServedSchema::built_in().schema;
    for (ty, fields) in [
        ("Collection", &["ruleSet"][..]),
        ("Company", &["contacts", "contactRoles", "locations"]),
        ("MediaImage", &["fileErrors", "mediaErrors", "preview"]),
        ("MetafieldDefinition", &["capabilities"]),
        (
            "Metaobject",
            &["capabilities", "definition", "field", "fields"],
        ),
        ("OrderRiskSummary", &["assessments"]),
        ("OrderTransaction", &["shopifyPaymentsSet"]),
        ("PaymentTerms", &["paymentSchedules"]),
        ("Product", &["productCategory", "standardizedProductType"]),
        ("ProductDeletePayload", &["productDeleteOperation"]),
        ("ProductOption", &["linkedMetafield"]),
        ("ProductOptionValue", &["swatch"]),
        (
            "ReverseDelivery",
            &["deliverable", "reverseDeliveryLineItems"],
        ),
        ("SuggestedRefund", &["shipping", "suggestedTransactions"]),
    ] {
        let definition = schema.named(ty).unwrap_or_else(|| panic!("no {ty}"));
        for field in fields {
            assert!(definition.field(field).is_some(), "{ty}.{field}");
        }
    }
    let file = schema.named("File").expect("an interface of files");
    for object in ["GenericFile", "MediaImage", "Model3d", "Video"] {
        let object = schema.id(object).expect("a kind of file");
        assert!(file.possible.contains(&object));
    }
    let query = schema.get(schema.query);
    let definitions = query.field("metafieldDefinitions").expect("a list");
    for argument in ["constraintStatus", "constraintSubtype"] {
        let mut known = definitions.arguments.iter();
        assert!(known.any(|it| it.name == argument), "{argument}");
    }
    for (ty, member) in [
        ("ProductSetInput", "id"),
        ("MetafieldDefinitionInput", "useAsCollectionCondition"),
        ("MetafieldDefinitionUpdateInput", "useAsCollectionCondition"),
    ] {
        let definition = schema.named(ty).unwrap_or_else(|| panic!("no {ty}"));
        assert!(definition.input(member).is_some(), "{ty}.{member}");
    }
}
