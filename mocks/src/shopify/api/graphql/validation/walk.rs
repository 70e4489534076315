//! The walk through a document, which calls each rule where and in the order in which the platform's engine does.

use super::context::{Checked, Context, SpreadUse};
use super::error::PathStep;
use super::rules::arguments::{self, Owner};
use super::rules::directives::{self, Place};
use super::rules::variables::{self, Scope};
use super::rules::{fields, fragments, merging, operations};
use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::TypeId;
use crate::shopify::api::graphql::syntax::ast::{
    Definition, Field, Fragment, Inline, Operation, Selection, Spread,
};

/// Applies all rules.
pub(super) fn document(context: &mut Context<'_, '_>, depth_max: usize) -> Checked {
    let document = context.document;
    let endless = fragments::endless(document, context.steps)?;
    if endless.is_empty() {
        merging::find(context, depth_max)?;
    }
    for definition in &document.definitions {
        match definition {
            Definition::Operation(one) => operation(context, one)?,
            Definition::Fragment(one) => fragment(context, one)?,
        }
    }
    variables::finish(context)?;
    fragments::spreads_possible(context)?;
    fragments::used(context)?;
    fragments::finite(context, &endless)?;
    fragments::names(context)?;
    operations::names(context)?;
    operations::no_type_definitions(context)
}

fn operation<'c, 't>(context: &mut Context<'c, 't>, operation: &'c Operation<'t>) -> Checked {
    context.path = vec![PathStep::Operation(operation.kind, operation.name)];
    context.scopes.push(Scope::of_operation(operation));
    directives::unique(context, &operation.directives)?;
    conflicts(context, operation.at)?;
    variables::names(context, operation)?;
    if let Some(root) = operations::root(context, operation)? {
        for variable in &operation.variables {
            directives::unique(context, &variable.directives)?;
            variables::definition(context, variable)?;
            directives::check(context, &variable.directives, Place::VARIABLE_DEFINITION)?;
        }
        let place = Place::of_operation(operation.kind);
        directives::check(context, &operation.directives, place)?;
        selections(context, &operation.selections, root, operation.at)?;
    }
    context.path.clear();
    Ok(())
}

fn fragment<'c, 't>(context: &mut Context<'c, 't>, fragment: &'c Fragment<'t>) -> Checked {
    context.path = vec![PathStep::Fragment(fragment.name)];
    context.scopes.push(Scope::of_fragment(fragment.name));
    directives::unique(context, &fragment.directives)?;
    if let Some(parent) = fragments::condition(context, fragment.condition, fragment.at)? {
        directives::check(context, &fragment.directives, Place::FRAGMENT_DEFINITION)?;
        selections(context, &fragment.selections, parent, fragment.at)?;
    }
    context.path.clear();
    Ok(())
}

/// Tells the conflicts of fields that meet below a field or an operation.
fn conflicts(context: &mut Context<'_, '_>, owner: Location) -> Checked {
    for error in context.conflicts.swap_remove(&owner).unwrap_or_default() {
        context.add(error)?;
    }
    Ok(())
}

fn selections<'c, 't>(
    context: &mut Context<'c, 't>,
    selections: &'c [Selection<'t>],
    parent: TypeId,
    owner: Location,
) -> Checked {
    for selection in selections {
        context.steps.take(1)?;
        match selection {
            Selection::Field(one) => {
                context.path.push(PathStep::Name(one.response_key()));
                field(context, one, parent, owner)?;
            }
            Selection::Spread(one) => {
                context.path.push(PathStep::Spread(one.name));
                spread(context, one, parent)?;
            }
            Selection::Inline(one) => {
                context.path.push(PathStep::Inline(one.condition));
                inline(context, one, parent)?;
            }
        }
        context.path.pop();
    }
    Ok(())
}

fn field<'c, 't>(
    context: &mut Context<'c, 't>,
    field: &'c Field<'t>,
    parent: TypeId,
    owner: Location,
) -> Checked {
    directives::unique(context, &field.directives)?;
    let Some(definition) = fields::defined(context, parent, field, owner)? else {
        return Ok(());
    };
    conflicts(context, field.at)?;
    let ty = definition.ty.inner();
    if !fields::selections_fit(context, field, ty)? {
        return Ok(());
    }
    arguments::check(context, Owner::Field(field, definition), &field.arguments)?;
    directives::check(context, &field.directives, Place::FIELD)?;
    selections(context, &field.selections, ty, field.at)
}

fn spread<'c, 't>(
    context: &mut Context<'c, 't>,
    spread: &'c Spread<'t>,
    parent: TypeId,
) -> Checked {
    directives::unique(context, &spread.directives)?;
    let path = context.path.clone();
    context.spreads.push(SpreadUse {
        name: spread.name,
        at: spread.at,
        parent,
        path,
    });
    if let Some(scope) = context.scopes.last_mut() {
        scope.spreads.push(spread.name);
    }
    directives::check(context, &spread.directives, Place::FRAGMENT_SPREAD)
}

fn inline<'c, 't>(
    context: &mut Context<'c, 't>,
    inline: &'c Inline<'t>,
    parent: TypeId,
) -> Checked {
    directives::unique(context, &inline.directives)?;
    let mut child = parent;
    if let Some(name) = inline.condition {
        let Some(condition) = fragments::condition(context, name, inline.at)? else {
            return Ok(());
        };
        child = condition;
        let path = context.path.clone();
        fragments::possible(context, parent, child, "", inline.at, path)?;
    }
    directives::check(context, &inline.directives, Place::INLINE_FRAGMENT)?;
    selections(context, &inline.selections, child, inline.at)
}
