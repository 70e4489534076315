//! Metafields and their definitions as GraphQL objects (docs/platforms/shopify.md 3.7).

use super::reader::{Reader, null, null_object};
use super::sorting::{SortBy, SortValue, sorted_by};
use crate::core::random::mix;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{Kind, PlanField, Selection};
use crate::shopify::api::mutations::metafield_definitions::identified;
use crate::shopify::json::{Json, write_bool, write_int, write_optional_text, write_text};
use crate::shopify::model::ids;
use crate::shopify::model::metafield_types::{category, is_bare};
use crate::shopify::model::metafields::{Metafield, Owner, namespace_kept};

/// What the numbers of jobs that look at metafields begin with: jobs that cancel orders have those below.
pub(super) const VALIDATION_JOBS: u64 = 1 << 40;

impl Reader<'_> {
    /// Appends the metafield of an owner that `namespace` and `key` name.
    pub(crate) fn metafield_of(&self, field: &PlanField, owner: Owner, out: &mut Vec<u8>) -> u64 {
        let text = |name| field.text_argument(name, self.variables);
        let namespace = text("namespace");
        let namespace = namespace_kept(namespace.as_deref().unwrap_or("$app"));
        let key = text("key").unwrap_or_default();
        match self.state.metafields.find(owner, &namespace, &key) {
            Some(at) => 1 + self.metafield(field.selection(), at, out),
            None => null_object(out),
        }
    }

    /// Appends the connection of an owner's metafields.
    pub(crate) fn metafields_of(&self, field: &PlanField, owner: Owner, out: &mut Vec<u8>) -> u64 {
        let kept = &self.state.metafields;
        let namespace = field.text_argument("namespace", self.variables);
        let namespace = namespace.as_deref().map(namespace_kept);
        let keys = field.argument("keys", self.variables);
        let keys = keys.as_deref().filter(|keys| **keys != Json::Null);
        let is_wanted = |one: &Metafield| {
            let named = format!("{}.{}", one.namespace, one.key);
            // A key may stand alone beside a namespace, or carry its own.
            let is_key = |key: &Json<'_>| {
                let key = key.text();
                key == Some(&named) || (namespace.is_some() && key == Some(&one.key))
            };
            namespace.as_ref().is_none_or(|it| *it == one.namespace)
                && keys.is_none_or(|keys| keys.list().iter().any(is_key))
        };
        let found: Vec<u32> = kept
            .of(owner)
            .filter(|at| is_wanted(&kept.all[*at as usize]))
            .collect();
        self.metafield_list(field, &found, out)
    }

    fn metafield_list(&self, field: &PlanField, found: &[u32], out: &mut Vec<u8>) -> u64 {
        self.connection_by_id(
            field,
            (ids::METAFIELD, found),
            |selection, at, out| self.metafield(selection, at, out),
            out,
        )
    }

    /// Appends a metafield's fields.
    pub(crate) fn metafield(&self, selection: &Selection, at: u32, out: &mut Vec<u8>) -> u64 {
        let kept = &self.state.metafields;
        let one = &kept.all[at as usize];
        let definition = kept.definition(one.owner.type_name(), &one.namespace, &one.key);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::METAFIELD.write_gid(u64::from(at), out),
                Field::LegacyResourceId => ids::METAFIELD.write_quoted(u64::from(at), out),
                Field::Namespace => write_text(&one.namespace, out),
                Field::Key => write_text(&one.key, out),
                Field::Type => write_text(&one.kind, out),
                Field::Value => write_text(&one.value, out),
                Field::JsonValue => {
                    let bare = is_bare(&one.kind)
                        .then(|| crate::core::json::read::<Json<'_>>(one.value.as_bytes()).ok());
                    match bare.flatten() {
                        Some(value) => value.write(out),
                        None => write_text(&one.value, out),
                    }
                }
                Field::CompareDigest => write_text(&one.digest(), out),
                Field::OwnerType => write_text(one.owner.type_name(), out),
                Field::CreatedAt => self.time(one.created_at, out),
                Field::UpdatedAt => self.time(one.updated_at, out),
                Field::Owner => {
                    let mut gid = Vec::new();
                    one.owner.write_gid(&mut gid);
                    let gid = String::from_utf8_lossy(&gid);
                    return 1 + self.node_of_payload(field, gid.trim_matches('"'), out);
                }
                Field::Definition => {
                    return match definition {
                        Some(at) => 1 + self.metafield_definition(field.selection(), at, out),
                        None => null_object(out),
                    };
                }
                Field::Description => {
                    let words = definition.map(|at| &kept.definitions[at as usize].description);
                    write_optional_text(words.and_then(Option::as_deref), out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends a definition's fields.
    pub(crate) fn metafield_definition(
        &self,
        selection: &Selection,
        at: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let kept = &self.state.metafields;
        let one = &kept.definitions[at as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::METAFIELD_DEFINITION.write_gid(u64::from(at), out),
                Field::Name => write_text(&one.name, out),
                Field::Namespace => write_text(&one.namespace, out),
                Field::Key => write_text(&one.key, out),
                Field::Description => write_optional_text(one.description.as_deref(), out),
                Field::OwnerType => write_text(&one.owner_type, out),
                Field::Type => {
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::Name => write_text(&one.kind, out),
                            Field::Category => write_text(category(&one.kind), out),
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                Field::Validations => {
                    return self.list(field, &one.validations, out, |selection, rule, out| {
                        self.object(selection, out, |part, out| {
                            match part.field {
                                Field::Name => write_text(&rule.0, out),
                                Field::Value => write_text(&rule.1, out),
                                _ => self.unserved(part, out),
                            }
                            0
                        })
                    });
                }
                Field::PinnedPosition if one.pinned == 0 => null(out),
                Field::PinnedPosition => write_int(one.pinned, out),
                Field::UseAsCollectionCondition => write_bool(false, out),
                Field::MetafieldsCount => {
                    let asked = field.text_argument("validationStatus", self.variables);
                    let (all, broken) = (kept.defined_by(at).count(), kept.invalid(at));
                    let count = match asked.as_deref() {
                        Some("VALID") => all - broken,
                        Some("INVALID") => broken,
                        _ => all,
                    };
                    write_int(count as u64, out);
                }
                Field::ValidationStatus => {
                    let is_fine = kept.is_valid(self.now, at);
                    write_text(if is_fine { "ALL_VALID" } else { "SOME_INVALID" }, out);
                }
                Field::Metafields => {
                    let found: Vec<u32> = kept.defined_by(at).collect();
                    return self.metafield_list(field, &found, out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the definition that `metafieldDefinition` names, by its id or by what it is about.
    pub(crate) fn definition_by_id(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        if field.text_argument("id", self.variables).is_some() {
            return self.one(field, Kind::MetafieldDefinition, out);
        }
        let by = field.argument("identifier", self.variables);
        let found = by.and_then(|by| identified(&self.state.metafields, &by));
        Ok(match found {
            Some(at) => 1 + self.metafield_definition(field.selection(), at, out),
            None => null_object(out),
        })
    }

    /// Appends the root connection of definitions of a type of owner.
    pub(crate) fn metafield_definitions(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let text = |name| field.text_argument(name, self.variables);
        let (owner_type, key) = (text("ownerType"), text("key"));
        let namespace = text("namespace").map(|it| namespace_kept(&it));
        let pinned = text("pinnedStatus");
        let search = self.search(field);
        let kept = &self.state.metafields.definitions;
        let found: Vec<u32> = (0..kept.len() as u32)
            .filter(|at| {
                let one = &kept[*at as usize];
                !one.is_deleted
                    && owner_type.as_ref().is_none_or(|it| **it == one.owner_type)
                    && namespace.as_ref().is_none_or(|it| *it == one.namespace)
                    && key.as_ref().is_none_or(|it| **it == one.key)
                    && match pinned.as_deref() {
                        Some("PINNED") => one.pinned > 0,
                        Some("UNPINNED") => one.pinned == 0,
                        _ => true,
                    }
                    && search.holds(|term| {
                        Some(match term.key.as_str() {
                            "key" => one.key == term.value,
                            "namespace" => one.namespace == term.value,
                            "type" => one.kind == term.value,
                            "owner_type" => one.owner_type.eq_ignore_ascii_case(&term.value),
                            "" => one.name.eq_ignore_ascii_case(&term.value),
                            _ => return None,
                        })
                    })
            })
            .collect();
        let write = |selection: &Selection, at: u32, out: &mut Vec<u8>| {
            self.metafield_definition(selection, at, out)
        };
        let all = (ids::METAFIELD_DEFINITION, &found[..]);
        let sort_key = text("sortKey");
        let by = sorted_by(field.field, sort_key.as_deref());
        if by == SortBy::Id {
            return self.connection_by_id(field, all, write, out);
        }
        let value = |at: u32| match by {
            SortBy::Text => SortValue::text(Some(&kept[at as usize].name)),
            _ => SortValue::Number(i64::from(kept[at as usize].pinned)),
        };
        self.connection_by_value(field, all, value, write, out)
    }

    /// Appends a job that looks at metafields. What is read beside it is there once it is done.
    pub(crate) fn validation_job(&self, field: &PlanField, at: u32, out: &mut Vec<u8>) -> u64 {
        let is_done = self.state.metafields.jobs[at as usize] <= self.now;
        let number = VALIDATION_JOBS + u64::from(at);
        self.job_object(
            field,
            (mix(self.state.shop.seed.0, 3), number),
            is_done,
            out,
        )
    }
}
