//! Fields: that they exist, and that they have selections where they need them and nowhere else.

use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::{FieldDef, TypeId, TypeKind};
use crate::shopify::api::graphql::syntax::ast::{Field, Selection};
use crate::shopify::api::graphql::validation::context::{Context, Stop};

/// `FieldsAreDefinedOnType`: the field's definition, or an error. `owner` is where what selects it stands.
pub(crate) fn defined<'c, 't>(
    context: &mut Context<'c, 't>,
    parent: TypeId,
    field: &Field<'t>,
    owner: Location,
) -> Result<Option<&'c FieldDef>, Stop> {
    let schema = context.schema;
    let found = schema.field(parent, field.name);
    if found.is_some() {
        return Ok(found);
    }
    let parent = schema.get(parent);
    let name = parent.name.to_owned();
    if parent.kind == TypeKind::Union {
        context.error(
            format!("Selections can't be made directly on unions (see selections on {name})"),
            vec![owner],
            vec![("code", "selectionMismatch".into()), ("nodeName", name)],
        )?;
    } else {
        context.error(
            format!("Field '{}' doesn't exist on type '{name}'", field.name),
            vec![field.at],
            vec![
                ("code", "undefinedField".into()),
                ("typeName", name),
                ("fieldName", field.name.to_owned()),
            ],
        )?;
    }
    Ok(None)
}

/// `FieldsHaveAppropriateSelections`: whether what stands below the field can be looked at.
pub(crate) fn selections_fit<'t>(
    context: &mut Context<'_, 't>,
    field: &Field<'t>,
    ty: TypeId,
) -> Result<bool, Stop> {
    let definition = context.schema.get(ty);
    let (name, returned) = (field.name, definition.name);
    let message = if definition.kind.is_leaf() && !field.selections.is_empty() {
        let kind = match definition.kind {
            TypeKind::Enum => "enums",
            _ => "scalars",
        };
        let listed: Vec<String> = field.selections.iter().take(20).map(shown).collect();
        format!(
            "Selections can't be made on {kind} (field '{name}' returns {returned} but has selections [{}])",
            listed.join(", ")
        )
    } else if definition.kind.is_composite() && field.selections.is_empty() {
        format!(
            "Field must have selections (field '{name}' returns {returned} but has no selections. Did you mean '{name} {{ ... }}'?)"
        )
    } else {
        return Ok(true);
    };
    context.error(
        message,
        vec![field.at],
        vec![
            ("code", "selectionMismatch".into()),
            ("nodeName", format!("field '{name}'")),
            ("typeName", returned.to_owned()),
        ],
    )?;
    Ok(false)
}

fn shown(selection: &Selection<'_>) -> String {
    match selection {
        Selection::Field(field) => format!("\"{}\"", field.name),
        Selection::Spread(spread) => format!("\"{}\"", spread.name),
        Selection::Inline(inline) => match inline.condition {
            Some(condition) => format!("\"... on {condition} {{ ... }}\""),
            None => "\"... { ... }\"".to_owned(),
        },
    }
}
