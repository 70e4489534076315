//! Codes of user errors against the schema: a payload tells no code that its type lacks in the version asked for.

use super::graphql::fields::Field;
use super::graphql::plan::PlanField;
use super::graphql::schema::ServedSchema;
use super::graphql::schema::model::TypeKind;
use crate::shopify::json::Json;

/// The codes that a mutation's payload tells and the schema of the version does not have there.
pub(super) fn unknown(version: &str, field: &PlanField, payload: &[u8]) -> Vec<String> {
    let schema = &ServedSchema::of(version).schema;
    let mutation = schema.mutation.map(|id| schema.get(id));
    let payload_type = mutation
        .and_then(|it| it.field(field.field.name()))
        .map(|it| schema.get(it.ty.inner()));
    let Ok(payload) = serde_json::from_slice::<Json>(payload) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for part in &field.selection().fields {
        let errors = payload_type.and_then(|it| it.field(part.field.name()));
        let code = errors.and_then(|it| schema.get(it.ty.inner()).field(Field::Code.name()));
        let codes = code.map(|it| schema.get(it.ty.inner()));
        let Some(codes) = codes.filter(|it| it.kind == TypeKind::Enum) else {
            continue;
        };
        let told = payload.get(&part.response_key).map_or(&[][..], Json::list);
        let shown = part.selection().fields.iter();
        let shown = shown.filter(|it| it.field == Field::Code);
        for key in shown.map(|it| &it.response_key) {
            let texts = told
                .iter()
                .filter_map(|error| error.get(key).and_then(Json::text));
            let unknown = texts.filter(|code| !codes.values.iter().any(|it| it.name == *code));
            found.extend(unknown.map(|code| format!("{}.{code}", codes.name)));
        }
    }
    found
}
