//! `FieldsWillMerge`: fields of one response key, met at one place, must be one field.
//!
//! Equality of name and arguments is transitive, so every field is compared with the first of its key and not with every
//! other: the work is linear in the fields that meet. Sets of fields that were judged are not judged again, however many
//! spreads lead to them.

use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::{FieldDef, Schema, TypeId, TypeKind, TypeRef};
use crate::shopify::api::graphql::syntax::ast::{Field, OperationKind, Selection};
use crate::shopify::api::graphql::validation::context::{Context, Stop};
use crate::shopify::api::graphql::validation::error::ValidationError;
use crate::shopify::api::graphql::validation::steps::TooComplex;
use crate::shopify::api::graphql::{Map, Set};

/// Places that one conflict tells, at most.
const PLACES_MAX: usize = 50;

/// A field where it is met: of which type it is asked.
#[derive(Copy, Clone)]
struct Met<'c, 't> {
    field: &'c Field<'t>,
    parent: TypeId,
    definition: &'c FieldDef,
}

/// What fields of one key differ in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Difference {
    Field,
    Argument,
    ReturnType,
}

type Conflicts<'t> = Map<(Difference, &'t str), (Vec<Location>, Vec<String>)>;

/// Finds the conflicts of a document whose fragments end, and leaves them in the context by the place they belong to. What no
/// operation spreads is not looked at: it is an error already.
pub(crate) fn find<'c, 't>(context: &mut Context<'c, 't>, depth_max: usize) -> Result<(), Stop> {
    let document = context.document;
    let mut merging = Merging {
        context,
        depth: 0,
        depth_max,
        judged_fields: Set::default(),
        judged_sets: Set::default(),
        conflicts: Conflicts::default(),
    };
    for operation in document.operations() {
        let root = match operation.kind {
            OperationKind::Query => Some(merging.context.schema.query),
            OperationKind::Mutation => merging.context.schema.mutation,
            OperationKind::Subscription => None,
        };
        if let Some(root) = root {
            merging.below(&operation.selections, root, operation.at)?;
        }
    }
    Ok(())
}

struct Merging<'a, 'c, 't> {
    context: &'a mut Context<'c, 't>,
    depth: usize,
    depth_max: usize,
    /// Fields whose selections were judged by themselves.
    judged_fields: Set<Location>,
    /// Sets of fields that were judged together: whether only by their types, and where they stand.
    judged_sets: Set<(bool, Vec<Location>)>,
    /// Of the place that is judged now.
    conflicts: Conflicts<'t>,
}

impl<'c, 't> Merging<'_, 'c, 't> {
    /// Judges what is selected at one place, whose conflicts then belong to `owner`.
    fn below(
        &mut self,
        selections: &'c [Selection<'t>],
        parent: TypeId,
        owner: Location,
    ) -> Result<(), TooComplex> {
        if !self.judged_fields.insert(owner) {
            return Ok(());
        }
        let outer = std::mem::take(&mut self.conflicts);
        let mut met = Vec::new();
        let mut spread = Set::default();
        self.collect(selections, parent, &mut spread, &mut met)?;
        self.set(met, false)?;
        let found = std::mem::replace(&mut self.conflicts, outer);
        if !found.is_empty() {
            // Different fields are of different types more often than not: that is told once.
            let is_told = |(difference, key): &(Difference, &'t str)| {
                *difference != Difference::ReturnType
                    || !found.contains_key(&(Difference::Field, *key))
            };
            let told: Vec<bool> = found.keys().map(is_told).collect();
            let errors = found.into_iter().zip(told).filter(|(_, is_told)| *is_told);
            let mut errors: Vec<_> = errors.map(|(conflict, _)| conflict).collect();
            errors.sort_by_key(|((difference, _), _)| *difference);
            let errors = errors.into_iter().map(|(key, told)| error(key, told));
            self.context.conflicts.insert(owner, errors.collect());
        }
        Ok(())
    }

    fn enter(&mut self) -> Result<(), TooComplex> {
        self.depth += 1;
        if self.depth > self.depth_max {
            return Err(TooComplex);
        }
        Ok(())
    }

    /// Gathers the fields that are met, through fragments; each named fragment once.
    fn collect(
        &mut self,
        selections: &'c [Selection<'t>],
        parent: TypeId,
        spread: &mut Set<&'t str>,
        met: &mut Vec<Met<'c, 't>>,
    ) -> Result<(), TooComplex> {
        self.enter()?;
        let schema = self.context.schema;
        self.context.steps.take(selections.len())?;
        for selection in selections {
            let (condition, inner) = match selection {
                Selection::Field(field) => {
                    // A field that is not there is another rule's error.
                    if let Some(definition) = schema.field(parent, field.name) {
                        met.push(Met {
                            field,
                            parent,
                            definition,
                        });
                    }
                    continue;
                }
                Selection::Inline(inline) => (inline.condition, &inline.selections),
                Selection::Spread(one) => match self.context.fragments.get(one.name) {
                    Some(fragment) if spread.insert(one.name) => {
                        (Some(fragment.condition), &fragment.selections)
                    }
                    _ => continue,
                },
            };
            let condition = match condition {
                Some(name) => schema.id(name),
                None => Some(parent),
            };
            if let Some(condition) = condition {
                self.collect(inner, condition, spread, met)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Judges fields that are met together; `only_types` where no object can have two of them.
    fn set(&mut self, met: Vec<Met<'c, 't>>, only_types: bool) -> Result<(), TooComplex> {
        self.enter()?;
        self.context.steps.take(met.len())?;
        let mut groups: Map<&'t str, Vec<Met<'c, 't>>> = Map::default();
        for one in met {
            groups
                .entry(one.field.response_key())
                .or_default()
                .push(one);
        }
        for (key, group) in groups {
            match group[..] {
                [one] if !only_types => {
                    let inner = one.definition.ty.inner();
                    self.below(&one.field.selections, inner, one.field.at)?;
                }
                [] | [_] => {}
                _ => self.group(key, &group, only_types)?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn group(
        &mut self,
        key: &'t str,
        group: &[Met<'c, 't>],
        only_types: bool,
    ) -> Result<(), TooComplex> {
        let schema = self.context.schema;
        self.context.steps.take(group.len())?;
        let is_same = |a: &Met<'_, '_>, b: &Met<'_, '_>| {
            same_shape(schema, &a.definition.ty, &b.definition.ty)
        };
        let text = |one: &Met<'_, '_>| format!("`{}`", schema.text(&one.definition.ty));
        self.compare((Difference::ReturnType, key), group, is_same, text)?;
        if only_types {
            return self.children(group, true);
        }
        let is_object = |one: &Met<'_, '_>| schema.get(one.parent).kind == TypeKind::Object;
        if !group.iter().all(is_object) || group.iter().all(|it| it.parent == group[0].parent) {
            self.same_field(key, group)?;
            return self.children(group, false);
        }
        // Fields of different objects never meet in one value: only their types must agree.
        let mut objects: Map<TypeId, Vec<Met<'c, 't>>> = Map::default();
        for one in group {
            objects.entry(one.parent).or_default().push(*one);
        }
        for together in objects.values() {
            self.same_field(key, together)?;
            self.children(together, false)?;
        }
        self.children(group, true)
    }

    fn same_field(&mut self, key: &'t str, group: &[Met<'c, 't>]) -> Result<(), TooComplex> {
        let first = group[0].field.arguments.len();
        for one in group {
            self.context
                .steps
                .take(1 + first * one.field.arguments.len())?;
        }
        let by_name = |a: &Met<'_, '_>, b: &Met<'_, '_>| a.field.name == b.field.name;
        let name = |one: &Met<'_, '_>| one.field.name.to_owned();
        self.compare((Difference::Field, key), group, by_name, name)?;
        let by_arguments = |a: &Met<'_, '_>, b: &Met<'_, '_>| same_arguments(a.field, b.field);
        let arguments = |one: &Met<'_, '_>| written_arguments(one.field);
        self.compare((Difference::Argument, key), group, by_arguments, arguments)
    }

    /// Compares every field with the first; where one differs, all are told: the first, those that differ, and the others.
    fn compare(
        &mut self,
        difference: (Difference, &'t str),
        group: &[Met<'c, 't>],
        is_same: impl Fn(&Met<'_, '_>, &Met<'_, '_>) -> bool,
        text: impl Fn(&Met<'_, '_>) -> String,
    ) -> Result<(), TooComplex> {
        let Some((first, others)) = group.split_first() else {
            return Ok(());
        };
        let same: Vec<bool> = others.iter().map(|other| is_same(first, other)).collect();
        if !same.contains(&false) {
            return Ok(());
        }
        let (places, texts) = self.conflicts.entry(difference).or_default();
        let of = |wanted: bool| {
            let pairs = others.iter().zip(&same);
            pairs
                .filter(move |(_, is)| **is == wanted)
                .map(|(it, _)| it)
        };
        for one in std::iter::once(first).chain(of(false)).chain(of(true)) {
            if places.len() >= PLACES_MAX {
                break;
            }
            if !places.contains(&one.field.at) {
                places.push(one.field.at);
                texts.push(text(one));
            }
        }
        Ok(())
    }

    /// Judges together what is selected of fields that merge.
    fn children(&mut self, group: &[Met<'c, 't>], only_types: bool) -> Result<(), TooComplex> {
        let mut met = Vec::new();
        let mut spread = Set::default();
        for one in group {
            let inner = one.definition.ty.inner();
            self.collect(&one.field.selections, inner, &mut spread, &mut met)?;
        }
        if met.is_empty() {
            return Ok(());
        }
        let mut places: Vec<Location> = met.iter().map(|one| one.field.at).collect();
        places.sort_unstable();
        places.dedup();
        if self.judged_sets.insert((only_types, places)) {
            self.set(met, only_types)?;
        }
        Ok(())
    }
}

/// Whether values of the two types look alike: lists, nulls and leaves at the same places.
fn same_shape(schema: &Schema, one: &TypeRef, other: &TypeRef) -> bool {
    match (one, other) {
        (TypeRef::NonNull(one), TypeRef::NonNull(other))
        | (TypeRef::List(one), TypeRef::List(other)) => same_shape(schema, one, other),
        (TypeRef::Named(one), TypeRef::Named(other)) => {
            let is_leaf = |id: &TypeId| schema.get(*id).kind.is_leaf();
            one == other || !(is_leaf(one) || is_leaf(other))
        }
        _ => false,
    }
}

fn same_arguments(one: &Field<'_>, other: &Field<'_>) -> bool {
    one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|argument| {
            let found = other.arguments.iter().find(|it| it.name == argument.name);
            found.is_some_and(|found| found.value == argument.value)
        })
}

fn written_arguments(field: &Field<'_>) -> String {
    let written: Vec<String> = field
        .arguments
        .iter()
        .map(|it| {
            let value = serde_json::Value::from(it.value.to_string());
            format!("{}:{value}", it.name)
        })
        .collect();
    format!("{{{}}}", written.join(","))
}

fn error<'t>(
    (difference, key): (Difference, &'t str),
    (locations, texts): (Vec<Location>, Vec<String>),
) -> ValidationError<'t> {
    let kind = match difference {
        Difference::Field => "a field",
        Difference::Argument => "an argument",
        Difference::ReturnType => "a return_type",
    };
    let conflicts = texts.join(" or ");
    ValidationError {
        message: format!("Field '{key}' has {kind} conflict: {conflicts}?"),
        locations,
        path: Vec::new(),
        extensions: vec![
            ("code", "fieldConflict".into()),
            ("fieldName", key.to_owned()),
            ("conflicts", conflicts),
        ],
    }
}
