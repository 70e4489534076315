//! `OneOfInputObjectsAreValid`: of some input objects exactly one member is given, and it is not null.

use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::TypeDef;
use crate::shopify::api::graphql::syntax::ast::{Argument, Value};
use crate::shopify::api::graphql::validation::context::{Checked, Context};
use crate::shopify::api::graphql::validation::error::PathStep;

/// Checks an input object that is written out.
pub(super) fn check<'c, 't>(
    context: &mut Context<'c, 't>,
    ty: &TypeDef,
    members: &'c [Argument<'t>],
    at: Location,
) -> Checked {
    if !ty.is_one_of {
        return Ok(());
    }
    let name = ty.name;
    let mut path = context.path.clone();
    let (message, place) = match members {
        [member] => {
            path.push(PathStep::Name(member.name));
            match &member.value {
                Value::Null => {
                    let message = format!("Argument '{name}.{}' must be non-null.", member.name);
                    (message, member.at)
                }
                Value::Variable(variable, _) if may_be_null(context, variable) => {
                    let message = format!(
                        "Variable '{variable}' must be non-nullable to be used for OneOf Input Object '{name}'."
                    );
                    (message, at)
                }
                _ => return Ok(()),
            }
        }
        _ => {
            let message = format!("OneOf Input Object '{name}' must specify exactly one key.");
            (message, at)
        }
    };
    context.error_at(
        message,
        vec![place],
        path,
        vec![
            ("code", "invalidOneOfInputObject".into()),
            ("inputObjectType", name.to_owned()),
        ],
    )
}

/// Whether the operation that is being read declares a variable without an exclamation mark.
fn may_be_null(context: &Context<'_, '_>, variable: &str) -> bool {
    let scope = context.scopes.last();
    scope.is_some_and(|scope| scope.may_be_null(variable))
}
