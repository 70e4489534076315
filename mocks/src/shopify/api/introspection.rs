//! Introspection: `__schema` and `__type`.

use std::borrow::Cow;

use super::call::Call;
use super::graphql::plan::Plan;
use super::graphql::schema::ServedSchema;
use crate::shopify::json::Json;

/// The answers of `__schema` and `__type`, if the operation asks for them.
pub(crate) fn answers(
    plan: &Plan,
    call: &Call<'_>,
) -> Result<Option<apollo_compiler::response::JsonMap>, String> {
    let Some(document) = plan
        .document
        .as_ref()
        .filter(|_| call.operation.introspects)
    else {
        return Ok(None);
    };
    let operation = document
        .operations
        .get(call.operation.name.as_deref())
        .map_err(|error| error.message().to_string())?;
    apollo_compiler::introspection::check_max_depth(document, operation)
        .map_err(|error| error.message().to_string())?;
    let mut text = Vec::new();
    let given = call
        .operation
        .variables
        .iter()
        .zip(call.variables)
        .filter_map(|(definition, value)| Some((Cow::Borrowed(&*definition.name), value.clone()?)))
        .collect();
    Json::Object(given).write(&mut text);
    let values = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let served = ServedSchema::built_in();
    let schema = &served.schema;
    let values = apollo_compiler::request::coerce_variable_values(schema, operation, &values)
        .map_err(|error| error.message().to_string())?;
    let implementers = &served.implementers;
    apollo_compiler::introspection::partial_execute(
        schema,
        implementers,
        document,
        operation,
        &values,
    )
    .map(|response| response.data)
    .map_err(|error| error.message().to_string())
}
