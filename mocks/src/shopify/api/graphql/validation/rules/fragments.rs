//! Fragments: that they exist, are used, end, and can apply where they are spread.

use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::TypeId;
use crate::shopify::api::graphql::syntax::ast::{Document, Fragment, Selection};
use crate::shopify::api::graphql::validation::context::{Checked, Context, Stop, repeated};
use crate::shopify::api::graphql::validation::error::PathStep;
use crate::shopify::api::graphql::validation::steps::{Steps, TooComplex};
use crate::shopify::api::graphql::{Map, Set};

/// `FragmentTypesExist`, `FragmentsAreOnCompositeTypes`: the type that a fragment is on, or an error.
pub(crate) fn condition(
    context: &mut Context<'_, '_>,
    name: &str,
    at: Location,
) -> Result<Option<TypeId>, Stop> {
    let Some(id) = context.schema.id(name) else {
        context.error(
            format!("No such type {name}, so it can't be a fragment condition"),
            vec![at],
            vec![
                ("code", "undefinedType".into()),
                ("typeName", name.to_owned()),
            ],
        )?;
        return Ok(None);
    };
    if !context.schema.get(id).kind.is_composite() {
        context.error(
            format!("Invalid fragment on type {name} (must be Union, Interface or Object)"),
            vec![at],
            vec![
                ("code", "fragmentOnNonCompositeType".into()),
                ("typeName", name.to_owned()),
            ],
        )?;
        return Ok(None);
    }
    Ok(Some(id))
}

/// `FragmentSpreadsArePossible`, of one place; `name` is empty for an inline fragment.
pub(crate) fn possible<'t>(
    context: &mut Context<'_, 't>,
    parent: TypeId,
    child: TypeId,
    name: &str,
    at: Location,
    path: Vec<PathStep<'t>>,
) -> Checked {
    let schema = context.schema;
    context.steps.take(schema.get(parent).possible.len())?;
    if schema.overlap(parent, child) {
        return Ok(());
    }
    let (parent, child) = (schema.get(parent).name, schema.get(child).name);
    let shown = match name {
        "" => String::new(),
        name => format!(" {name}"),
    };
    context.error_at(
        format!("Fragment{shown} on {child} can't be spread inside {parent}"),
        vec![at],
        path,
        vec![
            ("code", "cannotSpreadFragment".into()),
            ("typeName", child.to_owned()),
            (
                "fragmentName",
                match name {
                    "" => "unknown".to_owned(),
                    name => name.to_owned(),
                },
            ),
            ("parentName", parent.to_owned()),
        ],
    )
}

/// `FragmentSpreadsArePossible`, of fragments with names, once all are known.
pub(crate) fn spreads_possible(context: &mut Context<'_, '_>) -> Checked {
    let spreads = std::mem::take(&mut context.spreads);
    for spread in &spreads {
        let fragment = context.fragments.get(spread.name);
        let condition = fragment.and_then(|it| context.schema.id(it.condition));
        let Some(condition) = condition else {
            continue;
        };
        if context.schema.get(condition).kind.is_composite() {
            let path = spread.path.clone();
            possible(
                context,
                spread.parent,
                condition,
                spread.name,
                spread.at,
                path,
            )?;
        }
    }
    context.spreads = spreads;
    Ok(())
}

/// `FragmentsAreUsed`.
pub(crate) fn used(context: &mut Context<'_, '_>) -> Checked {
    let spreads = std::mem::take(&mut context.spreads);
    let mut used: Set<&str> = Default::default();
    let error = |name: &str, is_used: bool| {
        let (first, second) = if is_used {
            ("used", "defined")
        } else {
            ("defined", "used")
        };
        let message = format!("Fragment {name} was {first}, but not {second}");
        let extensions = vec![
            ("code", "useAndDefineFragment".into()),
            ("fragmentName", name.to_owned()),
        ];
        (message, extensions)
    };
    for spread in &spreads {
        context.steps.take(1)?;
        used.insert(spread.name);
        if !context.fragments.contains_key(spread.name) {
            let (message, extensions) = error(spread.name, true);
            context.error_at(message, vec![spread.at], spread.path.clone(), extensions)?;
        }
    }
    for fragment in context.document.fragments() {
        context.steps.take(1)?;
        if !used.contains(fragment.name) {
            let (message, extensions) = error(fragment.name, false);
            let path = vec![PathStep::Fragment(fragment.name)];
            context.error_at(message, vec![fragment.at], path, extensions)?;
        }
    }
    Ok(())
}

/// `FragmentsAreFinite`.
pub(crate) fn finite<'t>(context: &mut Context<'_, 't>, endless: &[&Fragment<'t>]) -> Checked {
    for fragment in endless {
        let name = fragment.name;
        context.error_at(
            format!("Fragment {name} contains an infinite loop"),
            vec![fragment.at],
            vec![PathStep::Fragment(name)],
            vec![
                ("code", "infiniteLoop".into()),
                ("fragmentName", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}

/// `FragmentNamesAreUnique`.
pub(crate) fn names(context: &mut Context<'_, '_>) -> Checked {
    let all = context.document.fragments().map(|it| (it.name, it.at));
    for (name, places) in repeated(all) {
        context.error(
            format!("Fragment name \"{name}\" must be unique"),
            places,
            vec![
                ("code", "fragmentNotUnique".into()),
                ("fragmentName", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}

/// The fragments that spread themselves, directly or through others, and those that cannot be told apart from them because
/// they spread one: what is left when every fragment whose spreads are all resolved has been taken out.
///
/// # Errors
/// [`TooComplex`] when no steps are left.
pub(crate) fn endless<'c, 't>(
    document: &'c Document<'t>,
    steps: &mut Steps,
) -> Result<Vec<&'c Fragment<'t>>, TooComplex> {
    let mut positions: Map<&str, usize> = Map::default();
    let fragments: Vec<&Fragment<'_>> = document.fragments().collect();
    for (position, fragment) in fragments.iter().enumerate() {
        positions.entry(fragment.name).or_insert(position);
    }
    let mut spread_by: Vec<Vec<usize>> = vec![Vec::new(); fragments.len()];
    let mut unresolved = vec![0usize; fragments.len()];
    for (position, fragment) in fragments.iter().enumerate() {
        let mut stack: Vec<&Selection<'_>> = fragment.selections.iter().collect();
        while let Some(selection) = stack.pop() {
            steps.take(1)?;
            match selection {
                Selection::Field(field) => stack.extend(&field.selections),
                Selection::Inline(inline) => stack.extend(&inline.selections),
                Selection::Spread(spread) => {
                    if let Some(target) = positions.get(spread.name) {
                        spread_by[*target].push(position);
                        unresolved[position] += 1;
                    }
                }
            }
        }
    }
    let mut resolved: Vec<usize> = (0..fragments.len())
        .filter(|position| unresolved[*position] == 0)
        .collect();
    while let Some(position) = resolved.pop() {
        for by in std::mem::take(&mut spread_by[position]) {
            steps.take(1)?;
            unresolved[by] -= 1;
            if unresolved[by] == 0 {
                resolved.push(by);
            }
        }
    }
    let left = fragments.into_iter().zip(unresolved);
    Ok(left
        .filter(|(_, open)| *open > 0)
        .map(|(it, _)| it)
        .collect())
}
