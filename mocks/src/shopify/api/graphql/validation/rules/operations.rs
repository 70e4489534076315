//! Operations: their names, their roots, and that a request defines nothing.

use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::TypeId;
use crate::shopify::api::graphql::syntax::ast::{Operation, OperationKind};
use crate::shopify::api::graphql::validation::context::{Checked, Context, Stop, repeated};

/// `MutationRootExists`, `SubscriptionRootExists`: the type at which the operation begins. The schema has no subscriptions, so
/// how many fields one may have never comes up.
pub(crate) fn root<'t>(
    context: &mut Context<'_, 't>,
    operation: &Operation<'t>,
) -> Result<Option<TypeId>, Stop> {
    let (root, word, code) = match operation.kind {
        OperationKind::Query => return Ok(Some(context.schema.query)),
        OperationKind::Mutation => (
            context.schema.mutation,
            "mutations",
            "missingMutationConfiguration",
        ),
        OperationKind::Subscription => (None, "subscriptions", "missingSubscriptionConfiguration"),
    };
    if root.is_none() {
        let message = format!("Schema is not configured for {word}");
        context.error(message, vec![operation.at], vec![("code", code.into())])?;
    }
    Ok(root)
}

/// `OperationNamesAreValid`.
pub(crate) fn names(context: &mut Context<'_, '_>) -> Checked {
    let document = context.document;
    let unnamed: Vec<Location> = document
        .operations()
        .filter(|operation| operation.name.is_none())
        .map(|operation| operation.at)
        .collect();
    if !unnamed.is_empty() && document.operations().count() > 1 {
        let message = "Operation name is required when multiple operations are present";
        let extensions = vec![("code", "uniquelyNamedOperations".into())];
        context.error(message.to_owned(), unnamed, extensions)?;
    }
    let named = document
        .operations()
        .filter_map(|operation| Some((operation.name?, operation.at)));
    for (name, places) in repeated(named) {
        context.error(
            format!("Operation name \"{name}\" must be unique"),
            places,
            vec![
                ("code", "uniquelyNamedOperations".into()),
                ("operationName", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}

/// `NoDefinitionsArePresent`.
pub(crate) fn no_type_definitions(context: &mut Context<'_, '_>) -> Checked {
    let places = context.document.type_definitions.clone();
    if places.is_empty() {
        return Ok(());
    }
    let message = "Query cannot contain schema definitions".to_owned();
    let extensions = vec![("code", "queryContainsSchemaDefinitions".into())];
    context.error(message, places, extensions)
}
