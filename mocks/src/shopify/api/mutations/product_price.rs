//! What the input of a product costs beyond the mutation itself (docs/platforms/shopify.md 4.8).

use crate::shopify::api::graphql::plan::{PlanField, Variables};
use crate::shopify::json::Json;

/// What the variants, files and metafields of a product's input cost, in whole points: of `productSet` as the schema says, of the other
/// writes of products the variants and the metafields as recorded.
pub(crate) fn points(field: &PlanField, variables: &Variables<'_>) -> u64 {
    (tenths(field, variables) + 5) / 10
}

/// The same in tenths of a point.
fn tenths(field: &PlanField, variables: &Variables<'_>) -> u64 {
    let len = |of: Option<&Json<'_>>| of.map_or(0, |it| it.list().len() as u64);
    let input = field.argument("input", variables);
    let input = input.or_else(|| field.argument("product", variables));
    let of_product = input.as_deref().map_or(0, |input| {
        19 * len(input.get("files")) + 4 * len(input.get("metafields"))
    });
    let own = field.argument("variants", variables);
    let own = own.as_deref();
    let rows = own.or_else(|| input.as_deref()?.get("variants"));
    let rows = rows.map_or(&[][..], Json::list).iter();
    let of_variants = rows.map(|row| {
        let file = 6 * u64::from(row.given("file").is_some());
        2 + file + 4 * len(row.get("metafields"))
    });
    of_product + of_variants.sum::<u64>()
}
