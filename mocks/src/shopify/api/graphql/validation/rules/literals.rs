//! Whether a value that is written out is one of its type.

use crate::shopify::api::graphql::scalars;
use crate::shopify::api::graphql::schema::model::{Schema, TypeId, TypeKind, TypeRef};
use crate::shopify::api::graphql::syntax::ast::{Argument, Value};
use crate::shopify::api::graphql::validation::steps::{Steps, TooComplex};

/// A value that is none of its type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// What a scalar or an enum says of it; other types say nothing.
    pub(crate) explanation: Option<String>,
    /// Whether the scalar looked at the text itself: its word is then the whole message.
    pub(crate) is_of_scalar: bool,
}

impl Mismatch {
    fn explained(explanation: String) -> Mismatch {
        Mismatch {
            explanation: Some(explanation),
            is_of_scalar: false,
        }
    }
}

const UNEXPLAINED: Mismatch = Mismatch {
    explanation: None,
    is_of_scalar: false,
};

/// The first thing that does not fit. Variables inside fit: their types are judged by themselves.
///
/// # Errors
/// [`TooComplex`] when no steps are left.
pub(crate) fn mismatch(
    schema: &Schema,
    value: &Value<'_>,
    ty: &TypeRef,
    steps: &mut Steps,
) -> Result<Option<Mismatch>, TooComplex> {
    steps.take(1)?;
    match (ty, value) {
        (TypeRef::NonNull(_), Value::Null) => Ok(Some(UNEXPLAINED)),
        (TypeRef::NonNull(inner), value) => mismatch(schema, value, inner, steps),
        (_, Value::Null | Value::Variable(..)) => Ok(None),
        (TypeRef::List(inner), Value::List(elements)) => {
            for element in elements {
                let found = mismatch(schema, element, inner, steps)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        }
        // A single value stands for a list of one.
        (TypeRef::List(inner), single) => mismatch(schema, single, inner, steps),
        (TypeRef::Named(id), value) => named(schema, *id, value, steps),
    }
}

fn named(
    schema: &Schema,
    id: TypeId,
    value: &Value<'_>,
    steps: &mut Steps,
) -> Result<Option<Mismatch>, TooComplex> {
    let definition = schema.get(id);
    match definition.kind {
        TypeKind::Scalar if is_scalar(definition.name, value) => {
            let refusal = match value {
                Value::Text(text) => scalars::refusal(definition.name, text),
                Value::Int(digits) => scalars::refusal(definition.name, digits),
                _ => None,
            };
            Ok(refusal.map(|explanation| Mismatch {
                explanation: Some(explanation),
                is_of_scalar: true,
            }))
        }
        TypeKind::Scalar => {
            let explanation = format!("Could not coerce value {value} to {}", definition.name);
            Ok(Some(Mismatch::explained(explanation)))
        }
        TypeKind::Enum => {
            let Value::Enum(name) = value else {
                return Ok(Some(UNEXPLAINED));
            };
            steps.take(definition.values.len())?;
            if definition.values.iter().any(|it| it.name == *name) {
                return Ok(None);
            }
            let values: Vec<&str> = definition.values.iter().map(|it| it.name).collect();
            let values = values.join(", ");
            let explanation = format!("Expected \"{name}\" to be one of: {values}");
            Ok(Some(Mismatch::explained(explanation)))
        }
        TypeKind::InputObject => match value {
            Value::Object(members, _) => object(schema, id, members, steps),
            _ => Ok(Some(UNEXPLAINED)),
        },
        TypeKind::Object | TypeKind::Interface | TypeKind::Union => Ok(Some(UNEXPLAINED)),
    }
}

/// Other custom scalars take any value: what is wrong with one is told by the field that reads it.
fn is_scalar(name: &str, value: &Value<'_>) -> bool {
    match name {
        "Int" => matches!(value, Value::Int(text) if text.parse::<i32>().is_ok()),
        "Float" => match value {
            Value::Int(text) | Value::Float(text) => text.parse::<f64>().is_ok_and(f64::is_finite),
            _ => false,
        },
        "String" => matches!(value, Value::Text(_)),
        "Boolean" => matches!(value, Value::Bool(_)),
        "ID" => matches!(value, Value::Text(_) | Value::Int(_)),
        "Decimal" => match value {
            Value::Text(text) => scalars::is_decimal(text),
            value => matches!(value, Value::Int(_) | Value::Float(_)),
        },
        _ => true,
    }
}

fn object(
    schema: &Schema,
    id: TypeId,
    members: &[Argument<'_>],
    steps: &mut Steps,
) -> Result<Option<Mismatch>, TooComplex> {
    let definition = schema.get(id);
    for required in definition.inputs.iter().filter(|it| it.is_required()) {
        steps.take(members.len())?;
        if !members.iter().any(|member| member.name == required.name) {
            return Ok(Some(UNEXPLAINED));
        }
    }
    for member in members {
        let Some(input) = definition.input(member.name) else {
            return Ok(Some(UNEXPLAINED));
        };
        let found = mismatch(schema, &member.value, &input.ty, steps)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
