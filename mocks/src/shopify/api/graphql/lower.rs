//! From a validated document to a plan: fragments are spread, fields merged, constant conditions decided and names
//! replaced by numbers, so that execution only writes.

use std::borrow::Cow;

use apollo_compiler::ast::{self, DirectiveList, Type};
use apollo_compiler::executable::{self, ExecutableDocument, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node};

use super::fields::Field;
use super::plan::{
    Children, Conditions, Kind, Location, Operation, Plan, PlanField, Selection, Shape, Value,
    VariableDefinition,
};
use super::schema::ServedSchema;
use crate::shopify::json::Json;

/// Selections visited while lowering one document, at most: fragments can spread exponentially.
const VISITS_MAX: usize = 100_000;

/// The document spreads to more fields than is reasonable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooComplex;

/// Lowers every operation of the document.
///
/// # Errors
/// [`TooComplex`] when fragments multiply beyond a fixed bound.
pub(crate) fn document(
    served: &ServedSchema,
    document: Valid<ExecutableDocument>,
) -> Result<Plan, TooComplex> {
    let mut operations = Vec::with_capacity(document.operations.len());
    let mut visits = 0;
    for operation in document.operations.iter() {
        let mut lowering = Lowering {
            served,
            document: &document,
            variables: &operation.variables,
            visits,
        };
        let root = lowering.selection(
            &operation.selection_set.ty,
            &[(&operation.selection_set, Vec::new())],
        )?;
        visits = lowering.visits;
        operations.push(Operation {
            name: operation.name.as_ref().map(|name| name.as_str().into()),
            is_mutation: operation.is_mutation(),
            variables: operation
                .variables
                .iter()
                .map(|definition| VariableDefinition {
                    name: definition.name.as_str().into(),
                    kind: served.input_type(&definition.ty),
                    type_text: definition.ty.to_string().into(),
                    default: definition.default_value.as_deref().map(constant),
                    location: location(&document, definition),
                })
                .collect(),
            introspects: root
                .fields
                .iter()
                .any(|field| matches!(field.field, Field::SchemaMeta | Field::TypeMeta)),
            root,
        });
    }
    let introspects = operations.iter().any(|operation| operation.introspects);
    Ok(Plan {
        operations,
        document: introspects.then_some(document),
    })
}

fn location<T>(document: &ExecutableDocument, node: &Node<T>) -> Location {
    node.line_column_range(&document.sources)
        .map_or(Location::default(), |range| Location {
            line: range.start.line as u32,
            column: range.start.column as u32,
        })
}

/// A value without variables.
fn constant(value: &ast::Value) -> Json<'static> {
    match value {
        ast::Value::Null | ast::Value::Variable(_) => Json::Null,
        ast::Value::Enum(name) => Json::Text(Cow::Owned(name.to_string())),
        ast::Value::String(text) => Json::Text(Cow::Owned(text.clone())),
        ast::Value::Boolean(value) => Json::Bool(*value),
        ast::Value::Int(value) => value.as_str().parse().map_or_else(
            |_| Json::Float(value.as_str().parse().unwrap_or(f64::MAX)),
            Json::Int,
        ),
        ast::Value::Float(value) => Json::Float(value.as_str().parse().unwrap_or(f64::MAX)),
        ast::Value::List(elements) => Json::List(elements.iter().map(|e| constant(e)).collect()),
        ast::Value::Object(members) => Json::Object(
            members
                .iter()
                .map(|(key, value)| (Cow::Owned(key.to_string()), constant(value)))
                .collect(),
        ),
    }
}

type Group = Vec<(u16, bool)>;

/// A field of one response key, met once or more.
struct Collected<'d> {
    key: Name,
    nodes: Vec<(&'d Node<executable::Field>, Group)>,
}

struct Lowering<'d> {
    served: &'d ServedSchema,
    document: &'d ExecutableDocument,
    variables: &'d [Node<ast::VariableDefinition>],
    visits: usize,
}

impl<'d> Lowering<'d> {
    fn variable(&self, name: &str) -> Option<u16> {
        let position = self
            .variables
            .iter()
            .position(|definition| definition.name == name)?;
        u16::try_from(position).ok()
    }

    fn value(&self, value: &ast::Value) -> Value {
        fn has_variable(value: &ast::Value) -> bool {
            match value {
                ast::Value::Variable(_) => true,
                ast::Value::List(elements) => elements.iter().any(|e| has_variable(e)),
                ast::Value::Object(members) => members.iter().any(|(_, v)| has_variable(v)),
                _ => false,
            }
        }
        match value {
            ast::Value::Variable(name) => self
                .variable(name)
                .map_or(Value::Constant(Json::Null), Value::Variable),
            ast::Value::List(elements) if has_variable(value) => {
                Value::List(elements.iter().map(|e| self.value(e)).collect())
            }
            ast::Value::Object(members) if has_variable(value) => Value::Object(
                members
                    .iter()
                    .map(|(key, v)| (key.to_string(), self.value(v)))
                    .collect(),
            ),
            _ => Value::Constant(constant(value)),
        }
    }

    /// Adds the directives' conditions to a group; `None` when a constant condition excludes the selection.
    fn conditions(&self, directives: &DirectiveList, group: &Group) -> Option<Group> {
        let mut group = group.clone();
        for (name, wanted) in [("include", true), ("skip", false)] {
            let condition = directives
                .get(name)
                .and_then(|directive| directive.specified_argument_by_name("if"));
            match condition.map(|value| &**value) {
                Some(ast::Value::Boolean(value)) if *value != wanted => return None,
                Some(ast::Value::Variable(variable)) => {
                    let term = (self.variable(variable)?, wanted);
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
    fn applies(&self, condition: Option<&Name>, concrete: &Name) -> bool {
        condition.is_none_or(|condition| {
            condition == concrete || self.served.schema.is_subtype(condition, concrete)
        })
    }

    fn collect(
        &mut self,
        concrete: &Name,
        selections: &'d SelectionSet,
        group: &Group,
        collected: &mut Vec<Collected<'d>>,
    ) -> Result<(), TooComplex> {
        for selection in &selections.selections {
            self.visits += 1;
            if self.visits > VISITS_MAX {
                return Err(TooComplex);
            }
            let Some(group) = self.conditions(selection.directives(), group) else {
                continue;
            };
            match selection {
                executable::Selection::Field(field) => {
                    let key = field.response_key();
                    match collected.iter_mut().find(|other| other.key == *key) {
                        Some(other) => other.nodes.push((field, group)),
                        None => collected.push(Collected {
                            key: key.clone(),
                            nodes: vec![(field, group)],
                        }),
                    }
                }
                executable::Selection::InlineFragment(fragment) => {
                    if self.applies(fragment.type_condition.as_ref(), concrete) {
                        self.collect(concrete, &fragment.selection_set, &group, collected)?;
                    }
                }
                executable::Selection::FragmentSpread(spread) => {
                    let document: &'d ExecutableDocument = self.document;
                    let Some(fragment) = document.fragments.get(&spread.fragment_name) else {
                        continue;
                    };
                    if self.applies(Some(fragment.type_condition()), concrete) {
                        self.collect(concrete, &fragment.selection_set, &group, collected)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn selection(
        &mut self,
        concrete: &Name,
        sets: &[(&'d SelectionSet, Group)],
    ) -> Result<Selection, TooComplex> {
        let mut collected = Vec::new();
        for (set, group) in sets {
            self.collect(concrete, set, group, &mut collected)?;
        }
        let mut fields = Vec::with_capacity(collected.len());
        for Collected { key, nodes } in collected {
            let Some((node, _)) = nodes.first() else {
                continue;
            };
            let Some(field) = Field::named(&node.name) else {
                continue;
            };
            let is_always = nodes.iter().any(|(_, group)| group.is_empty());
            let conditions: Conditions = if is_always {
                Vec::new()
            } else {
                let mut conditions = Conditions::new();
                for (_, group) in &nodes {
                    if !conditions.contains(group) {
                        conditions.push(group.clone());
                    }
                }
                conditions
            };
            // Below a merged field, each occurrence contributes its children under its own conditions only.
            let is_uniform = nodes.windows(2).all(|pair| pair[0].1 == pair[1].1);
            let sets: Vec<(&'d SelectionSet, Group)> = nodes
                .iter()
                .map(|(node, group)| {
                    (
                        &node.selection_set,
                        if is_uniform {
                            Vec::new()
                        } else {
                            group.clone()
                        },
                    )
                })
                .collect();
            let (node, _) = nodes[0];
            let (children, shape) = self.children(concrete, node, &sets)?;
            let mut key_bytes = Vec::with_capacity(key.len() + 3);
            crate::shopify::json::write_text(&key, &mut key_bytes);
            key_bytes.push(b':');
            if field == Field::Typename {
                crate::shopify::json::write_text(concrete, &mut key_bytes);
            }
            fields.push(PlanField {
                key: key_bytes.into(),
                response_key: key.as_str().into(),
                field,
                conditions,
                arguments: node
                    .arguments
                    .iter()
                    .map(|argument| (argument.name.as_str().into(), self.value(&argument.value)))
                    .collect(),
                children,
                shape,
                is_required: node.definition.ty.is_non_null(),
                idempotency_key: node
                    .directives
                    .get("idempotent")
                    .and_then(|directive| directive.specified_argument_by_name("key"))
                    .map(|value| self.value(value)),
                location: location(self.document, node),
            });
        }
        Ok(Selection { fields })
    }

    fn children(
        &mut self,
        parent: &Name,
        node: &'d Node<executable::Field>,
        sets: &[(&'d SelectionSet, Group)],
    ) -> Result<(Children, Shape), TooComplex> {
        let served = self.served;
        let ty = &node.definition.ty;
        let name = ty.inner_named_type();
        let shape = shape(parent, &node.name, ty);
        Ok(match served.schema.types.get(name) {
            // Introspection answers itself; lowering its selections would only cost time.
            _ if name.starts_with("__") => (Children::None, Shape::Leaf),
            Some(ExtendedType::Object(_)) => (Children::Object(self.selection(name, sets)?), shape),
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                let mut kinds = Vec::new();
                for (candidate, definition) in &served.schema.types {
                    if matches!(definition, ExtendedType::Object(_))
                        && served.schema.is_subtype(name, candidate)
                        && let Some(kind) = Kind::named(candidate)
                    {
                        kinds.push((kind, self.selection(candidate, sets)?));
                    }
                }
                (Children::Abstract(kinds), shape)
            }
            _ => (Children::None, Shape::Leaf),
        })
    }
}

/// How a field of an object type is priced.
fn shape(parent: &str, field: &str, ty: &Type) -> Shape {
    let name = ty.inner_named_type().as_str();
    if parent == "Query" && field == "nodes" {
        return Shape::Nodes;
    }
    match name {
        "MoneyBag" | "MoneyV2" | "PageInfo" | "LocationAddress" => Shape::Transparent,
        "Count" => Shape::Count,
        _ if name.ends_with("Connection") => Shape::Connection,
        _ if name.ends_with("Edge") => Shape::Transparent,
        _ if ty.is_list() => Shape::List,
        _ => Shape::Object,
    }
}
