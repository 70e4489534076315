//! `metafieldsSet` and `metafieldsDelete` (docs/platforms/shopify.md 3.7).

use std::borrow::Cow;

use crate::core::Micros;
use crate::shopify::api::call::Call;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::{Json, write_text};
use crate::shopify::model::metafield_types::{TYPES, is_type, rule_problem, value_problem};
use crate::shopify::model::metafields::{Metafield, Metafields, Owner, is_foreign, namespace_kept};
use crate::shopify::model::state::State;
use crate::shopify::shop::Store;

/// Metafields that one call may set.
const ROWS_MAX: usize = 25;
/// The fewest and the most letters of a namespace, and of a key.
const NAMESPACE_LETTERS: (usize, usize) = (3, 255);
const KEY_LETTERS: (usize, usize) = (2, 64);

/// Why an app may not touch a namespace of another one.
const FOREIGN: &str =
    "Access to this namespace and key on Metafields for this resource type is not allowed.";

/// What is wrong with a part of an input: which part, the words, the code.
pub(super) type Problem = (&'static str, Cow<'static, str>, &'static str);

/// What is wrong with a name: too short, too long, or with letters that names do not have.
pub(super) fn name_problem(part: &'static str, name: &str) -> Option<Problem> {
    let (label, (least, most)) = match part {
        "namespace" => ("Namespace", NAMESPACE_LETTERS),
        _ => ("Key", KEY_LETTERS),
    };
    let letters = name.chars().count();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let problem = if letters < least {
        (
            format!("{label} is too short (minimum is {least} characters)"),
            "TOO_SHORT",
        )
    } else if letters > most {
        (
            format!("{label} is too long (maximum is {most} characters)"),
            "TOO_LONG",
        )
    } else if !name.chars().all(is_plain) {
        let message =
            format!("{label} may only contain letters, numbers, underscores, and hyphens.");
        (message, "INVALID")
    } else {
        return None;
    };
    Some((part, problem.0.into(), problem.1))
}

/// What a row of an input comes to: the metafield, or what is wrong with the row or with a part of it.
pub(super) fn read_row(
    state: &State,
    owner: Owner,
    row: &Json<'_>,
    now: Micros,
) -> Result<Metafield, Problem> {
    let text = |name: &str| row.given(name).and_then(Json::text);
    let kept = &state.metafields;
    let namespace = namespace_kept(text("namespace").unwrap_or("$app"));
    let key = text("key").unwrap_or("");
    if is_foreign(&namespace) {
        return Err(("", FOREIGN.into(), "APP_NOT_AUTHORIZED"));
    }
    for (part, name) in [("namespace", namespace.as_str()), ("key", key)] {
        if let Some(problem) = name_problem(part, name) {
            return Err(problem);
        }
    }
    let definition = kept.definition(owner.type_name(), &namespace, key);
    let definition = definition.map(|at| &kept.definitions[at as usize]);
    let kind = match (text("type"), definition) {
        (Some(given), Some(of)) if given != of.kind => {
            let message = format!(
                "Type '{given}' must be consistent with the definition's type: '{}'.",
                of.kind
            );
            return Err(("type", message.into(), "INVALID_TYPE"));
        }
        (Some(given), _) => given,
        (None, Some(of)) => &of.kind,
        (None, None) => return Err(("type", "Type can't be blank".into(), "BLANK")),
    };
    if !is_type(kind) {
        let message = format!("Type must be one of the following: {TYPES}.");
        return Err(("type", message.into(), "INVALID_TYPE"));
    }
    let value = text("value").unwrap_or("");
    if value.is_empty() {
        return Err(("value", "Value can't be blank".into(), "BLANK"));
    }
    if let Some(message) = value_problem(kind, value) {
        return Err(("value", message, "INVALID_VALUE"));
    }
    if let Some(gid) = state.missing_reference(kind, value) {
        let message = format!("Value references non-existent resource {gid}.");
        return Err(("value", message.into(), "INVALID_VALUE"));
    }
    let rules = definition.map_or(&[][..], |of| &of.validations);
    let mut broken = rules.iter();
    let broken = broken.find_map(|(rule, bound)| rule_problem(kind, value, (rule, bound)));
    if let Some(message) = broken {
        return Err(("value", message.into(), "INVALID_VALUE"));
    }
    Ok(Metafield {
        owner,
        namespace,
        key: key.to_owned(),
        kind: kind.to_owned(),
        value: value.to_owned(),
        created_at: now,
        updated_at: now,
        is_deleted: false,
    })
}

/// Whether a row says which value it replaces, and another one is there.
fn is_stale(kept: &Metafields, one: &Metafield, row: &Json<'_>) -> bool {
    let Some(expected) = row.get("compareDigest") else {
        return false;
    };
    let present = kept.find(one.owner, &one.namespace, &one.key);
    let present = present.map(|at| kept.all[at as usize].digest());
    present.as_deref() != expected.text()
}

/// Sets metafields, all or none, and appends the payload.
pub(crate) fn set(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let rows = field.argument("metafields", call.variables);
    let rows = rows.as_deref().map_or(&[][..], Json::list);
    let mut errors = Vec::new();
    let mut made = Vec::with_capacity(rows.len());
    if rows.len() > ROWS_MAX {
        errors.push(UserError::coded(
            ["metafields"],
            format!("Exceeded the maximum metafields input limit of {ROWS_MAX}."),
            "LESS_THAN_OR_EQUAL_TO",
        ));
    } else {
        for (index, row) in rows.iter().enumerate() {
            let gid = row.given("ownerId").and_then(Json::text).unwrap_or("");
            let read = match store.state.metafield_owner(gid) {
                Some(owner) => read_row(&store.state, owner, row, call.now),
                None => Err(("ownerId", "Owner does not exist.".into(), "INVALID_VALUE")),
            };
            let at_row = |part: &'static str, message: Cow<'static, str>, code| {
                let steps = [part];
                let steps = if part.is_empty() { &[] } else { &steps[..] };
                UserError::coded(["metafields"], message, code).at_row(index, steps)
            };
            match read {
                Ok(one) if is_stale(&store.state.metafields, &one, row) => errors.push(at_row(
                    "",
                    "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.".into(),
                    "STALE_OBJECT",
                )),
                Ok(one) => made.push(one),
                Err((part, message, code)) => errors.push(at_row(part, message, code)),
            }
        }
    }
    let mut written = Vec::new();
    if errors.is_empty() {
        let kept = &mut store.state.metafields;
        written.extend(made.into_iter().map(|one| kept.set(one)));
    }
    let reader = call.reader(&store.state);
    let shown = [(Field::Metafields, Some(()))];
    Ok(
        reader.payload(field.selection(), &errors, shown, out, |part, (), out| {
            let price = reader.list(part, &written, out, |selection, at, out| {
                reader.metafield(selection, *at, out)
            });
            // The first level of a payload is free.
            price.saturating_sub(written.len().max(1) as u64)
        }),
    )
}

/// Deletes metafields and appends the payload: what was not there is `null` in it.
pub(crate) fn delete(
    store: &mut Store,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    let rows = field.argument("metafields", call.variables);
    let rows = rows.as_deref().map_or(&[][..], Json::list);
    let text = |row: &Json<'_>, name: &str| -> String {
        let given = row.given(name).and_then(Json::text);
        given.unwrap_or_default().to_owned()
    };
    let is_refused = |row: &Json<'_>| is_foreign(&namespace_kept(&text(row, "namespace")));
    let error = rows.iter().any(is_refused);
    let error = error.then(|| UserError::plain(["metafields"], FOREIGN));
    let rows = if error.is_some() { &[] } else { rows };
    let mut deleted: Vec<Option<[String; 3]>> = Vec::with_capacity(rows.len());
    for row in rows {
        let gid = text(row, "ownerId");
        let (namespace, key) = (namespace_kept(&text(row, "namespace")), text(row, "key"));
        let owner = store.state.metafield_owner(&gid);
        let was_there = owner.is_some_and(|it| store.state.metafields.delete(it, &namespace, &key));
        deleted.push(was_there.then_some([gid, namespace, key]));
    }
    let reader = call.reader(&store.state);
    let shown = [(Field::DeletedMetafields, Some(()))];
    Ok(reader.payload(
        field.selection(),
        error.as_slice(),
        shown,
        out,
        |part, (), out| {
            out.push(b'[');
            for (index, one) in deleted.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                let Some([owner, namespace, key]) = one else {
                    out.extend_from_slice(b"null");
                    continue;
                };
                reader.object(part.selection(), out, |member, out| {
                    match member.field {
                        Field::OwnerId => write_text(owner, out),
                        Field::Namespace => write_text(namespace, out),
                        Field::Key => write_text(key, out),
                        _ => reader.unserved(member, out),
                    }
                    0
                });
            }
            out.push(b']');
            0
        },
    ))
}
