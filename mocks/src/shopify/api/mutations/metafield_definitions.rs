//! `metafieldDefinitionCreate`, `metafieldDefinitionUpdate` and `metafieldDefinitionDelete`
//! (docs/platforms/shopify.md 3.7).

use super::metafields::name_problem;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::{Json, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::metafield_types::{TYPES, are_bounds_crossed, is_type};
use crate::shopify::model::metafields::{Definition, Metafields, namespace_kept};
use crate::shopify::shop::Store;

/// The most letters of a name, and of a description.
const NAME_MAX: usize = 255;
const DESCRIPTION_MAX: usize = 100;

fn at(
    part: &'static str,
    message: impl Into<std::borrow::Cow<'static, str>>,
    code: &'static str,
) -> UserError {
    UserError::coded(["definition", part], message, code)
}

/// The rules that an input gives: names and values.
fn rules(input: &Json<'_>) -> Option<Vec<(String, String)>> {
    let given = input.given("validations")?.list();
    let text = |rule: &Json<'_>, name: &str| -> String {
        let value = rule.given(name).and_then(Json::text);
        value.unwrap_or_default().to_owned()
    };
    let rules = given.iter().map(|it| (text(it, "name"), text(it, "value")));
    Some(rules.collect())
}

/// What is wrong with a name, a description and rules, as far as an input gives them.
fn given_errors(input: &Json<'_>) -> Vec<UserError> {
    let text = |name: &str| input.given(name).and_then(Json::text);
    let mut errors = Vec::new();
    if let Some(name) = text("name") {
        if name.trim().is_empty() {
            errors.push(at("name", "Name can't be blank", "BLANK"));
        } else if name.chars().count() > NAME_MAX {
            let message = format!("Name is too long (maximum is {NAME_MAX} characters)");
            errors.push(at("name", message, "TOO_LONG"));
        }
    }
    if text("description").is_some_and(|it| it.chars().count() > DESCRIPTION_MAX) {
        let message = format!("Description is too long (maximum is {DESCRIPTION_MAX} characters)");
        errors.push(at("description", message, "TOO_LONG"));
    }
    if rules(input).is_some_and(|rules| are_bounds_crossed(&rules)) {
        let message = "Validations contains a minimum that is greater than its maximum.";
        errors.push(at("validations", message, "INVALID_OPTION"));
    }
    errors
}

/// The type of an owner, as the platform's messages say it: `PRODUCTVARIANT` is a `ProductVariant`.
fn spoken(owner_type: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    match owner_type {
        "PRODUCTVARIANT" => "ProductVariant".to_owned(),
        other => other.split('_').map(word).collect(),
    }
}

/// The place behind the last that people see first.
fn next_place(kept: &Metafields, owner_type: &str) -> u32 {
    let living = kept.definitions.iter().filter(|it| !it.is_deleted);
    let pinned = living.filter(|it| it.owner_type == owner_type);
    1 + pinned.map(|it| it.pinned).max().unwrap_or(0)
}

/// The most definitions of a type of owner that people see first.
const PINNED_MAX: usize = 20;

/// Why no further definition of a type of owner is pinned (the code published, the words assumed).
fn pin_refusal(kept: &Metafields, owner_type: &str) -> Option<UserError> {
    let pinned = kept
        .definitions
        .iter()
        .filter(|it| !it.is_deleted && it.pinned > 0 && it.owner_type == owner_type);
    (pinned.count() >= PINNED_MAX).then(|| {
        let message = format!("Limit of {PINNED_MAX} pinned definitions.");
        UserError::coded(["definition"], message, "PINNED_LIMIT_REACHED")
    })
}

/// Why a definition is not deleted without its metafields: the platform's own words for the codes. Ids and references lose their meaning
/// without it, and nothing is left behind in a namespace of an app (assumed: the place, and that the last needs metafields).
fn orphan_refusal(kept: &Metafields, position: u32, path: &'static str) -> Option<UserError> {
    let of = &kept.definitions[position as usize];
    let (what, code) = if of.kind == "id" {
        ("an id type metafield definition", "ID_TYPE_DELETION_ERROR")
    } else if of.kind.ends_with("_reference") {
        let what = "a reference type metafield definition";
        (what, "REFERENCE_TYPE_DELETION_ERROR")
    } else if of.namespace.starts_with("app--") && kept.defined_by(position).next().is_some() {
        let what = "a definition in a reserved namespace";
        (what, "RESERVED_NAMESPACE_ORPHANED_METAFIELDS")
    } else {
        return None;
    };
    let message = format!("Deleting {what} requires deletion of its associated metafields.");
    Some(UserError::coded([path], message, code))
}

/// Makes a definition and appends the payload. The metafields that are there and fit it take its type.
pub(crate) fn create(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("definition", call.variables);
    let input = input.unwrap_or_default();
    let text = |name: &str| input.given(name).and_then(Json::text);
    let namespace = namespace_kept(text("namespace").unwrap_or("$app"));
    let (key, owner_type) = (text("key").unwrap_or(""), text("ownerType").unwrap_or(""));
    let kind = text("type").unwrap_or("");
    let mut errors = given_errors(&input);
    for (part, name) in [("namespace", namespace.as_str()), ("key", key)] {
        let problem = name_problem(part, name);
        errors.extend(problem.map(|(part, message, code)| {
            at(
                part,
                message,
                if code == "INVALID" {
                    "INVALID_CHARACTER"
                } else {
                    code
                },
            )
        }));
    }
    if !is_type(kind) {
        let message = format!("Type must be one of the following: {TYPES}.");
        errors.push(at("type", message, "INCLUSION"));
    }
    let kept = &mut store.state.metafields;
    if kept.definition(owner_type, &namespace, key).is_some() {
        let owner = spoken(owner_type);
        let message =
            format!("Key is in use for {owner} metafields on the '{namespace}' namespace.");
        errors.push(at("key", message, "TAKEN"));
    }
    let is_pinned = input.given("pin").and_then(Json::bool) == Some(true);
    if is_pinned {
        errors.extend(pin_refusal(kept, owner_type));
    }
    let made = errors.is_empty().then(|| {
        let pinned = if is_pinned {
            next_place(kept, owner_type)
        } else {
            0
        };
        kept.definitions.push(Definition {
            owner_type: owner_type.to_owned(),
            namespace,
            key: key.to_owned(),
            name: text("name").unwrap_or("").to_owned(),
            description: text("description").map(str::to_owned),
            kind: kind.to_owned(),
            validations: rules(&input).unwrap_or_default(),
            pinned,
            checked_at: call.now,
            was_valid: true,
            is_deleted: false,
        });
        let position = kept.definitions.len() as u32 - 1;
        kept.take_type(position);
        position
    });
    let reader = call.reader(&store.state);
    let shown = [(Field::CreatedDefinition, made)];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |part, at, out| {
            reader.metafield_definition(part.selection(), at, out)
        }),
    )
}

fn not_found(path: &[&'static str]) -> UserError {
    UserError::coded(path.iter().copied(), "Definition not found.", "NOT_FOUND")
}

/// Changes a definition and appends the payload. Where its rules change, a job looks at the values that there are.
pub(crate) fn update(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let input = field.argument("definition", call.variables);
    let input = input.unwrap_or_default();
    let text = |name: &str| input.given(name).and_then(Json::text);
    let namespace = namespace_kept(text("namespace").unwrap_or("$app"));
    let (key, owner_type) = (text("key").unwrap_or(""), text("ownerType").unwrap_or(""));
    let kept = &mut store.state.metafields;
    let found = kept.definition(owner_type, &namespace, key);
    let mut errors = given_errors(&input);
    if found.is_none() {
        errors = vec![not_found(&["definition"])];
    }
    let is_pinned = found.is_some_and(|at| kept.definitions[at as usize].pinned > 0);
    if errors.is_empty() && !is_pinned && input.given("pin").and_then(Json::bool) == Some(true) {
        errors.extend(pin_refusal(kept, owner_type));
    }
    let changed = found.filter(|_| errors.is_empty());
    let mut job = None;
    if let Some(position) = changed {
        let place = next_place(kept, owner_type);
        let was_valid = kept.is_valid(call.now, position);
        let definition = &mut kept.definitions[position as usize];
        if let Some(name) = text("name") {
            name.clone_into(&mut definition.name);
        }
        if let Some(description) = input.get("description") {
            definition.description = description.text().map(str::to_owned);
        }
        match input.given("pin").and_then(Json::bool) {
            Some(true) if definition.pinned == 0 => definition.pinned = place,
            Some(false) => definition.pinned = 0,
            _ => {}
        }
        if let Some(rules) = rules(&input) {
            definition.validations = rules;
            definition.was_valid = was_valid;
            job = Some(store.start_validation(call.now, position));
        }
    }
    let reader = call.reader(&store.state);
    let shown = [
        (Field::UpdatedDefinition, changed),
        (Field::ValidationJob, job),
    ];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |part, at, out| {
            if part.field == Field::ValidationJob {
                return reader.validation_job(part, at, out);
            }
            reader.metafield_definition(part.selection(), at, out)
        }),
    )
}

/// Deletes a definition, with its metafields where that is asked for, and appends the payload.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let kept = &mut store.state.metafields;
    let (found, path) = match field.text_argument("id", call.variables) {
        Some(gid) => {
            let found = ids::METAFIELD_DEFINITION.find(&gid, kept.definitions.len());
            (
                found.filter(|at| !kept.definitions[*at as usize].is_deleted),
                "id",
            )
        }
        None => {
            let by = field.argument("identifier", call.variables);
            (by.and_then(|by| identified(kept, &by)), "identifier")
        }
    };
    let with_values = field.flag("deleteAllAssociatedMetafields", call.variables);
    let error = match found {
        None => Some(not_found(&[path])),
        Some(position) if !with_values => orphan_refusal(kept, position, path),
        Some(_) => None,
    };
    let found = found.filter(|_| error.is_none());
    if let Some(position) = found {
        if with_values {
            let about: Vec<u32> = kept.defined_by(position).collect();
            for at in about {
                let one = kept.all[at as usize].clone();
                kept.delete(one.owner, &one.namespace, &one.key);
            }
        }
        kept.definitions[position as usize].is_deleted = true;
    }
    let reader = call.reader(&store.state);
    let shown = [
        (Field::DeletedDefinitionId, found),
        (Field::DeletedDefinition, found),
    ];
    Ok(reader.payload(
        field.selection(),
        error.as_slice(),
        shown,
        out,
        |part, at, out| {
            if part.field == Field::DeletedDefinitionId {
                ids::METAFIELD_DEFINITION.write_gid(u64::from(at), out);
                return 0;
            }
            let gone = &store.state.metafields.definitions[at as usize];
            reader.object(part.selection(), out, |member, out| {
                match member.field {
                    Field::OwnerType => write_text(&gone.owner_type, out),
                    Field::Namespace => write_text(&gone.namespace, out),
                    Field::Key => write_text(&gone.key, out),
                    _ => reader.unserved(member, out),
                }
                0
            })
        },
    ))
}

/// The definition that an identifier names: a type of owner, a namespace and a key.
pub(crate) fn identified(kept: &Metafields, by: &Json<'_>) -> Option<u32> {
    let text = |name: &str| by.given(name).and_then(Json::text);
    let namespace = namespace_kept(text("namespace").unwrap_or("$app"));
    kept.definition(text("ownerType")?, &namespace, text("key")?)
}
