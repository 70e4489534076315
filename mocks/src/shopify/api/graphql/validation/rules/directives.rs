//! Directives: that they exist, stand where they may, and only once at each place.

use super::arguments::{self, Owner};
use crate::shopify::api::graphql::syntax::ast::{Directive, OperationKind};
use crate::shopify::api::graphql::validation::context::{Checked, Context, repeated};

/// A place of directives: its name in the schema.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(&'static str);

impl Place {
    pub(crate) const FIELD: Place = Place("FIELD");
    pub(crate) const FRAGMENT_DEFINITION: Place = Place("FRAGMENT_DEFINITION");
    pub(crate) const FRAGMENT_SPREAD: Place = Place("FRAGMENT_SPREAD");
    pub(crate) const INLINE_FRAGMENT: Place = Place("INLINE_FRAGMENT");
    pub(crate) const VARIABLE_DEFINITION: Place = Place("VARIABLE_DEFINITION");

    /// The place before an operation's selections.
    pub(crate) fn of_operation(kind: OperationKind) -> Place {
        Place(match kind {
            OperationKind::Query => "QUERY",
            OperationKind::Mutation => "MUTATION",
            OperationKind::Subscription => "SUBSCRIPTION",
        })
    }
}

/// A place's name in messages.
fn spoken(place: &str) -> String {
    match place {
        "QUERY" => "queries".to_owned(),
        other => other.to_ascii_lowercase().replace('_', " ") + "s",
    }
}

/// `UniqueDirectivesPerLocation`.
pub(crate) fn unique<'t>(context: &mut Context<'_, 't>, all: &[Directive<'t>]) -> Checked {
    context.steps.take(all.len())?;
    if all.len() < 2 {
        return Ok(());
    }
    for (name, places) in repeated(all.iter().map(|it| (it.name, it.at))) {
        // Each repetition is an error of its own, told together with the first.
        for again in &places[1..] {
            context.error(
                format!("The directive \"{name}\" can only be used once at this location."),
                vec![places[0], *again],
                vec![
                    ("code", "directiveNotUniqueForLocation".into()),
                    ("directiveName", name.to_owned()),
                ],
            )?;
        }
    }
    Ok(())
}

/// `DirectivesAreDefined`, `DirectivesAreInValidLocations`, and the rules of their arguments.
pub(crate) fn check<'c, 't>(
    context: &mut Context<'c, 't>,
    all: &'c [Directive<'t>],
    place: Place,
) -> Checked {
    let schema = context.schema;
    for directive in all {
        context.steps.take(1)?;
        let name = directive.name;
        let Some(definition) = schema.directive(name) else {
            context.error(
                format!("Directive @{name} is not defined"),
                vec![directive.at],
                vec![
                    ("code", "undefinedDirective".into()),
                    ("directiveName", name.to_owned()),
                ],
            )?;
            continue;
        };
        if !definition.locations.contains(&place.0) {
            let target = spoken(place.0);
            let allowed: Vec<String> = definition.locations.iter().map(|it| spoken(it)).collect();
            context.error(
                format!(
                    "'@{name}' can't be applied to {target} (allowed: {})",
                    allowed.join(", ")
                ),
                vec![directive.at],
                vec![
                    ("code", "directiveCannotBeApplied".into()),
                    ("targetName", target),
                    ("name", name.to_owned()),
                ],
            )?;
        }
        arguments::check(
            context,
            Owner::Directive(directive, definition),
            &directive.arguments,
        )?;
    }
    Ok(())
}
