//! From a validated document to a plan: fragments are spread, fields merged, constant conditions decided and names
//! replaced by numbers, so that execution only writes.

use crate::shopify::api::graphql::{Map, Set};
use std::borrow::Cow;

use super::fields::Field;
use super::plan::{
    Children, Conditions, Kind, Neutral, Operation, Plan, PlanField, Selection, Shape, Value,
    VariableDefinition,
};
use super::schema::ServedSchema;
use super::schema::build::QUERY_ROOT;
use super::schema::model::{TypeId, TypeKind, TypeRef};
use super::syntax::ast::{self, Document};
use super::validation::{Bounds, Steps, TooComplex};
use crate::shopify::json::Json;

/// Lowers every operation of the document.
///
/// # Errors
/// [`TooComplex`] when fragments multiply beyond the bounds.
pub(crate) fn document(
    served: &ServedSchema,
    document: &Document<'_>,
    bounds: &Bounds,
    steps: &mut Steps,
) -> Result<Plan, TooComplex> {
    let fragments = document.fragments().map(|it| (it.name, it)).collect();
    let mut lowering = Lowering {
        served,
        fragments,
        variables: Map::default(),
        steps,
        not_simulated: Set::default(),
        is_beyond: false,
        fields_left: bounds.planned_fields_max,
        depth_left: bounds.planned_depth_max,
    };
    let mut operations = Vec::new();
    for operation in document.operations() {
        operations.push(lowering.operation(operation)?);
    }
    let fields = bounds.planned_fields_max - lowering.fields_left;
    Ok(Plan { operations, fields })
}

/// A value without variables.
fn constant(value: &ast::Value<'_>) -> Json<'static> {
    let text = |text: &str| Json::Text(Cow::Owned(text.to_owned()));
    let float = |text: &str| Json::Float(text.parse().unwrap_or(f64::MAX));
    match value {
        ast::Value::Null | ast::Value::Variable(..) => Json::Null,
        ast::Value::Enum(name) => text(name),
        ast::Value::Text(content) => text(content),
        ast::Value::Bool(value) => Json::Bool(*value),
        ast::Value::Int(digits) => digits.parse().map_or_else(|_| float(digits), Json::Int),
        ast::Value::Float(digits) => float(digits),
        ast::Value::List(elements) => Json::List(elements.iter().map(constant).collect()),
        ast::Value::Object(members, _) => Json::Object(
            members
                .iter()
                .map(|member| (Cow::Owned(member.name.to_owned()), constant(&member.value)))
                .collect(),
        ),
    }
}

type Group = Vec<(u16, bool)>;

/// Where a field of one response key is met, and under which conditions.
type Occurrences<'d, 't> = Vec<(&'d ast::Field<'t>, Group)>;

/// What is gathered at one place.
#[derive(Default)]
struct Collected<'d, 't> {
    fields: Map<&'t str, Occurrences<'d, 't>>,
    /// Fragments that were spread under the same conditions: spread again they add nothing.
    spread: Set<(&'t str, Group)>,
}

struct Lowering<'d, 't> {
    served: &'d ServedSchema,
    fragments: Map<&'t str, &'d ast::Fragment<'t>>,
    variables: Map<&'t str, u16>,
    steps: &'d mut Steps,
    /// Of the operation that is being lowered.
    not_simulated: Set<Box<str>>,
    /// Whether what is being lowered stands inside a field that nothing stands behind.
    is_beyond: bool,
    fields_left: usize,
    depth_left: usize,
}

impl<'d, 't> Lowering<'d, 't> {
    fn operation(&mut self, operation: &'d ast::Operation<'t>) -> Result<Operation, TooComplex> {
        let served = self.served;
        let is_mutation = operation.kind == ast::OperationKind::Mutation;
        let root = match served.schema.mutation {
            Some(mutation) if is_mutation => mutation,
            _ => served.schema.query,
        };
        self.variables = operation
            .variables
            .iter()
            .enumerate()
            .filter_map(|(position, variable)| Some((variable.name, u16::try_from(position).ok()?)))
            .collect();
        let root = self.selection(root, &[(&operation.selections, Group::new())])?;
        let variables = operation.variables.iter();
        Ok(Operation {
            name: operation.name.map(Into::into),
            is_mutation,
            variables: variables
                .map(|definition| VariableDefinition {
                    name: definition.name.into(),
                    kind: served.variable_type(&definition.ty),
                    type_text: definition.ty.to_string().into(),
                    default: definition.default.as_ref().map(constant),
                    location: definition.at,
                })
                .collect(),
            root,
            not_simulated: std::mem::take(&mut self.not_simulated)
                .into_iter()
                .collect(),
        })
    }

    fn value(&self, value: &ast::Value<'_>) -> Value {
        fn has_variable(value: &ast::Value<'_>) -> bool {
            match value {
                ast::Value::Variable(..) => true,
                ast::Value::List(elements) => elements.iter().any(has_variable),
                ast::Value::Object(members, _) => members.iter().any(|it| has_variable(&it.value)),
                _ => false,
            }
        }
        match value {
            ast::Value::Variable(name, _) => self
                .variables
                .get(name)
                .map_or(Value::Constant(Json::Null), |it| Value::Variable(*it)),
            ast::Value::List(elements) if has_variable(value) => {
                Value::List(elements.iter().map(|e| self.value(e)).collect())
            }
            ast::Value::Object(members, _) if has_variable(value) => Value::Object(
                members
                    .iter()
                    .map(|member| (member.name.to_owned(), self.value(&member.value)))
                    .collect(),
            ),
            _ => Value::Constant(constant(value)),
        }
    }

    /// Adds the directives' conditions to a group; `None` when a constant condition excludes the selection.
    fn conditions(&self, directives: &[ast::Directive<'_>], group: &Group) -> Option<Group> {
        let mut group = group.clone();
        for (name, wanted) in [("include", true), ("skip", false)] {
            let directive = directives.iter().find(|it| it.name == name);
            match directive.and_then(|it| it.argument("if")) {
                Some(ast::Value::Bool(value)) if *value != wanted => return None,
                Some(ast::Value::Variable(variable, _)) => {
                    let term = (*self.variables.get(variable)?, wanted);
                    if !group.contains(&term) {
                        group.push(term);
                    }
                }
                _ => {}
            }
        }
        Some(group)
    }

    /// Whether a fragment on `condition` applies to the concrete type.
    fn applies(&self, condition: Option<&str>, concrete: TypeId) -> bool {
        let schema = &self.served.schema;
        condition.is_none_or(|name| {
            let id = schema.id(name);
            id.is_some_and(|condition| schema.includes(condition, concrete))
        })
    }

    fn collect(
        &mut self,
        concrete: TypeId,
        selections: &'d [ast::Selection<'t>],
        group: &Group,
        collected: &mut Collected<'d, 't>,
    ) -> Result<(), TooComplex> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(TooComplex)?;
        for selection in selections {
            self.steps.take(1 + group.len())?;
            let Some(group) = self.conditions(selection.directives(), group) else {
                continue;
            };
            match selection {
                ast::Selection::Field(field) => {
                    let occurrences = collected.fields.entry(field.response_key());
                    occurrences.or_default().push((field, group));
                }
                ast::Selection::Inline(inline) => {
                    if self.applies(inline.condition, concrete) {
                        self.collect(concrete, &inline.selections, &group, collected)?;
                    }
                }
                ast::Selection::Spread(spread) => {
                    let Some(fragment) = self.fragments.get(spread.name).copied() else {
                        continue;
                    };
                    if self.applies(Some(fragment.condition), concrete)
                        && collected.spread.insert((spread.name, group.clone()))
                    {
                        self.collect(concrete, &fragment.selections, &group, collected)?;
                    }
                }
            }
        }
        self.depth_left += 1;
        Ok(())
    }

    fn selection(
        &mut self,
        concrete: TypeId,
        sets: &[(&'d [ast::Selection<'t>], Group)],
    ) -> Result<Selection, TooComplex> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(TooComplex)?;
        let mut collected = Collected::default();
        for (set, group) in sets {
            self.collect(concrete, set, group, &mut collected)?;
        }
        let mut fields = Vec::with_capacity(collected.fields.len());
        for (key, occurrences) in collected.fields {
            fields.extend(self.field(concrete, key, &occurrences)?);
        }
        self.depth_left += 1;
        Ok(Selection { fields })
    }

    fn field(
        &mut self,
        concrete: TypeId,
        key: &str,
        occurrences: &[(&'d ast::Field<'t>, Group)],
    ) -> Result<Option<PlanField>, TooComplex> {
        let served = self.served;
        let Some((node, _)) = occurrences.first() else {
            return Ok(None);
        };
        let definition = served.schema.field(concrete, node.name);
        let Some(definition) = definition else {
            return Ok(None);
        };
        // Every field that queries and mutations begin with has a handler.
        let is_root = Some(concrete) == served.schema.mutation || concrete == served.schema.query;
        let named = Field::named(node.name).filter(|_| definition.is_simulated || is_root);
        let is_beyond = named.is_none();
        // What stands inside something that is not simulated need not be told.
        let was_beyond = self.is_beyond;
        if is_beyond && !was_beyond {
            let name = format!("{}.{}", served.schema.get(concrete).name, node.name);
            self.not_simulated.insert(name.into());
        }
        self.is_beyond |= is_beyond;
        let field = named.unwrap_or(Field::NotSimulated);
        self.fields_left = self.fields_left.checked_sub(1).ok_or(TooComplex)?;
        // Below a merged field, each occurrence contributes its children under its own conditions only.
        let is_uniform = occurrences.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let sets: Vec<(&'d [ast::Selection<'t>], Group)> = occurrences
            .iter()
            .map(|(node, group)| {
                let group = if is_uniform {
                    Group::new()
                } else {
                    group.clone()
                };
                (&node.selections[..], group)
            })
            .collect();
        let (children, shape) = self.children(concrete, node.name, &definition.ty, &sets)?;
        self.is_beyond = was_beyond;
        let mut key_bytes = Vec::with_capacity(key.len() + 3);
        crate::shopify::json::write_text(key, &mut key_bytes);
        key_bytes.push(b':');
        if field == Field::Typename {
            crate::shopify::json::write_text(served.schema.get(concrete).name, &mut key_bytes);
        }
        let idempotent = node.directives.iter().find(|it| it.name == "idempotent");
        Ok(Some(PlanField {
            key: key_bytes.into(),
            response_key: key.into(),
            field,
            conditions: any_of(occurrences),
            arguments: node
                .arguments
                .iter()
                .map(|argument| (argument.name.into(), self.value(&argument.value)))
                .collect(),
            children,
            shape,
            is_required: definition.ty.is_non_null(),
            neutral: neutral(served, concrete, &definition.ty),
            idempotency_key: idempotent
                .and_then(|directive| directive.argument("key"))
                .map(|value| self.value(value)),
            location: node.at,
        }))
    }

    fn children(
        &mut self,
        parent: TypeId,
        field: &str,
        ty: &TypeRef,
        sets: &[(&'d [ast::Selection<'t>], Group)],
    ) -> Result<(Children, Shape), TooComplex> {
        let schema = &self.served.schema;
        let inner = ty.inner();
        let definition = schema.get(inner);
        Ok(match definition.kind {
            TypeKind::Object => {
                // What introspection answers costs nothing.
                let shape = match definition.name.starts_with("__") {
                    true => Shape::Leaf,
                    false => shape(schema.get(parent).name, field, definition.name, ty),
                };
                (Children::Object(self.selection(inner, sets)?), shape)
            }
            TypeKind::Interface | TypeKind::Union => {
                let mut possible = definition.possible.clone();
                possible.sort_unstable();
                let mut kinds = Vec::new();
                for candidate in possible {
                    if let Some(kind) = Kind::named(schema.get(candidate).name) {
                        kinds.push((kind, self.selection(candidate, sets)?));
                    }
                }
                let shape = shape(schema.get(parent).name, field, definition.name, ty);
                (Children::Abstract(kinds), shape)
            }
            // Recorded of selections that have it: they cost one point more.
            _ if field == "hasUnfulfilledOrders" => (Children::None, Shape::Sought),
            _ => (Children::None, Shape::Leaf),
        })
    }
}

/// The conditions of all occurrences, each once; none when one occurrence has none.
fn any_of(occurrences: &[(&ast::Field<'_>, Group)]) -> Conditions {
    if occurrences.iter().any(|(_, group)| group.is_empty()) {
        return Conditions::new();
    }
    let groups = occurrences.iter().map(|(_, group)| group.clone());
    let distinct: Set<Group> = groups.collect();
    distinct.into_iter().collect()
}

/// What is answered for a field of a type that nothing stands behind.
fn neutral(served: &ServedSchema, parent: TypeId, ty: &TypeRef) -> Neutral {
    let schema = &served.schema;
    if !ty.is_non_null() {
        return Neutral::Null;
    }
    if ty.is_list() {
        return Neutral::EmptyList;
    }
    let definition = schema.get(ty.inner());
    match (definition.kind, definition.name) {
        (TypeKind::Object, _) => Neutral::Object,
        (TypeKind::Enum, "CurrencyCode") => Neutral::Currency,
        // What nothing is known of is called so, where the platform has a word for it.
        (TypeKind::Enum, _) => {
            let value = |name: &str| definition.values.iter().find(|it| it.name == name);
            let words = ["NONE", "UNKNOWN", "NOT_APPLICABLE", "OTHER"];
            let named = words.into_iter().find_map(value);
            named
                .or(definition.values.first())
                .map_or(Neutral::Null, |value| Neutral::Text(value.name))
        }
        (TypeKind::Scalar, "ID") => Neutral::Id(schema.get(parent).name),
        (TypeKind::Scalar, "Boolean") => Neutral::Written("false"),
        (TypeKind::Scalar, "Int") => Neutral::Written("0"),
        (TypeKind::Scalar, "Float" | "JSON") => Neutral::Written(match definition.name {
            "JSON" => "{}",
            _ => "0.0",
        }),
        (TypeKind::Scalar, "Decimal" | "Money") => Neutral::Text("0.0"),
        (TypeKind::Scalar, "BigInt" | "UnsignedInt64") => Neutral::Text("0"),
        (TypeKind::Scalar, "DateTime") => Neutral::Time,
        (TypeKind::Scalar, "Date") => Neutral::Text("1970-01-01"),
        (TypeKind::Scalar, _) => Neutral::Text(""),
        // Which of its types an abstract value would be is not known.
        _ => Neutral::Null,
    }
}

/// How a field of an object type is priced.
fn shape(parent: &str, field: &str, type_name: &str, ty: &TypeRef) -> Shape {
    if parent == QUERY_ROOT && field == "nodes" {
        return Shape::Nodes;
    }
    if parent == "WebhookSubscription" && matches!(field, "endpoint" | "apiVersion") {
        return Shape::Transparent;
    }
    match type_name {
        "InventoryItemMeasurement"
        | "LocationAddress"
        | "MoneyBag"
        | "MoneyV2"
        | "PageInfo"
        | "Weight" => Shape::Transparent,
        // Below an object, a count is an object like others.
        "Count" if parent == QUERY_ROOT => Shape::Count,
        _ if type_name.ends_with("Connection") => Shape::Connection,
        _ if type_name.ends_with("Edge") => Shape::Transparent,
        _ if ty.is_list() => Shape::List,
        _ => Shape::Object,
    }
}
