//! The price of a query (docs/platforms/shopify.md 2.2 and 2.3).

use super::plan::{Children, PlanField, Selection, Shape, Variables};

/// What a `Count` at the root costs.
pub(crate) const COUNT: u64 = 10;
/// What a query costs at most where the profile sets no bound: a hundredfold of what any plan of the platform allows.
pub(crate) const COST_MAX: f64 = 100_000.0;
/// The largest page.
pub(crate) const PAGE_SIZE_MAX: i64 = 250;

/// A page size that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageSizeError {
    /// `first` or `last`.
    pub(crate) argument: &'static str,
    /// What was asked for.
    pub(crate) asked: i64,
}

/// How many times a connection's child counts: `max(1, floor(2 ln n))`.
pub(crate) fn sizing(size: i64) -> u64 {
    if size < 2 {
        1
    } else {
        (2.0 * libm::log(size as f64)).max(1.0) as u64
    }
}

/// The size that a connection or a list asks for, if it asks for one.
fn page_size(field: &PlanField, variables: &Variables<'_>) -> Result<Option<i64>, PageSizeError> {
    for argument in ["first", "last"] {
        if let Some(asked) = field.int_argument(argument, variables) {
            return if (0..=PAGE_SIZE_MAX).contains(&asked) {
                Ok(Some(asked))
            } else {
                Err(PageSizeError { argument, asked })
            };
        }
    }
    Ok(None)
}

/// The size that a connection in bounds asks for; 0 where it names none.
pub(crate) fn size_of(field: &PlanField, variables: &Variables<'_>) -> i64 {
    page_size(field, variables).ok().flatten().unwrap_or(0)
}

/// The price of the fields below a field.
fn children(field: &PlanField, variables: &Variables<'_>) -> Result<u64, PageSizeError> {
    match &field.children {
        Children::None => Ok(0),
        Children::Object(selection) => self::selection(selection, variables),
        Children::Abstract(kinds) => kinds.iter().try_fold(0, |dearest: u64, (_, selection)| {
            Ok(dearest.max(self::selection(selection, variables)?))
        }),
    }
}

fn selection(selection: &Selection, variables: &Variables<'_>) -> Result<u64, PageSizeError> {
    let mut sum = 0u64;
    for field in &selection.fields {
        if field.shape != Shape::Leaf && field.wanted(variables) {
            sum = sum.saturating_add(requested(field, variables)?);
        }
    }
    Ok(sum)
}

/// The price of a field, before it is executed.
pub(crate) fn requested(
    field: &PlanField,
    variables: &Variables<'_>,
) -> Result<u64, PageSizeError> {
    Ok(match field.shape {
        Shape::Leaf => 0,
        Shape::Sought => 1,
        Shape::Object => children(field, variables)?.saturating_add(1),
        Shape::List => {
            page_size(field, variables)?;
            children(field, variables)?.saturating_add(1)
        }
        Shape::Transparent => children(field, variables)?,
        Shape::Count => COUNT,
        Shape::Connection => {
            let children = children(field, variables)?;
            // One that names no size is refused when it is executed and costs its base.
            let times = page_size(field, variables)?.map_or(0, sizing);
            children.saturating_mul(times).saturating_add(2)
        }
        Shape::Nodes => {
            let ids = field
                .argument("ids", variables)
                .map_or(0, |ids| ids.list().len());
            let each = children(field, variables)?.saturating_add(1);
            each.saturating_mul(sizing(ids as i64))
        }
    })
}

/// The price of a whole operation. `mutation` prices a root field of mutations before its payload is looked at.
pub(crate) fn of_operation(
    root: &Selection,
    mutation: Option<&dyn Fn(&PlanField) -> u64>,
    variables: &Variables<'_>,
) -> Result<u64, PageSizeError> {
    let mut sum = 0u64;
    for field in root.fields.iter().filter(|field| field.wanted(variables)) {
        let Some(mutation) = mutation else {
            sum = sum.saturating_add(requested(field, variables)?);
            continue;
        };
        sum = sum.saturating_add(mutation(field));
        for payload in &field.selection().fields {
            // The payload's first level and its user errors are free.
            if payload.wanted(variables) && payload.shape != Shape::Leaf {
                sum = sum.saturating_add(children(payload, variables)?);
            }
        }
    }
    Ok(sum.max(1))
}

/// The actual price of a connection whose nodes cost `nodes_sum` in all.
pub(crate) fn actual_connection(size: i64, nodes_sum: u64) -> u64 {
    2 + actual_nodes(size, nodes_sum)
}

/// The actual price of so many objects by their ids, which cost `nodes_sum` in all: a connection's without its own two points.
pub(crate) fn actual_nodes(size: i64, nodes_sum: u64) -> u64 {
    let size = size.max(1) as u64;
    (sizing(size as i64) * nodes_sum).div_ceil(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizing_matches_the_published_table() {
        for (size, expected) in [
            (1, 1),
            (2, 1),
            (3, 2),
            (5, 3),
            (8, 4),
            (10, 4),
            (20, 5),
            (25, 6),
            (50, 7),
            (75, 8),
            (100, 9),
            (150, 10),
            (200, 10),
            (250, 11),
        ] {
            assert_eq!(sizing(size), expected, "{size}");
        }
    }
}
