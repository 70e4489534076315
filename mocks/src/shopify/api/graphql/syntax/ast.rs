//! What a GraphQL text says, borrowed from it.

use std::borrow::Cow;
use std::fmt;

use crate::shopify::api::graphql::plan::Location;

/// A document that can be executed.
#[derive(Debug, Default)]
pub(crate) struct Document<'t> {
    /// Operations and fragments, as they stand in the text.
    pub(crate) definitions: Vec<Definition<'t>>,
    /// Where types are defined, which a request may not do.
    pub(crate) type_definitions: Vec<Location>,
}

/// An operation or a fragment.
#[derive(Debug)]
pub(crate) enum Definition<'t> {
    Operation(Operation<'t>),
    Fragment(Fragment<'t>),
}

impl<'t> Document<'t> {
    /// The operations.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation<'t>> {
        self.definitions.iter().filter_map(|it| match it {
            Definition::Operation(operation) => Some(operation),
            Definition::Fragment(_) => None,
        })
    }

    /// The fragments.
    pub(crate) fn fragments(&self) -> impl Iterator<Item = &Fragment<'t>> {
        self.definitions.iter().filter_map(|it| match it {
            Definition::Operation(_) => None,
            Definition::Fragment(fragment) => Some(fragment),
        })
    }
}

/// Which root an operation begins at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

impl OperationKind {
    /// The keyword.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        }
    }
}

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation<'t> {
    pub(crate) kind: OperationKind,
    pub(crate) name: Option<&'t str>,
    pub(crate) variables: Vec<VariableDefinition<'t>>,
    pub(crate) directives: Vec<Directive<'t>>,
    pub(crate) selections: Vec<Selection<'t>>,
    pub(crate) at: Location,
}

/// A variable that an operation declares.
#[derive(Debug)]
pub(crate) struct VariableDefinition<'t> {
    pub(crate) name: &'t str,
    pub(crate) ty: Type<'t>,
    pub(crate) default: Option<Value<'t>>,
    pub(crate) directives: Vec<Directive<'t>>,
    pub(crate) at: Location,
}

/// A fragment with a name.
#[derive(Debug)]
pub(crate) struct Fragment<'t> {
    pub(crate) name: &'t str,
    pub(crate) condition: &'t str,
    pub(crate) directives: Vec<Directive<'t>>,
    pub(crate) selections: Vec<Selection<'t>>,
    pub(crate) at: Location,
}

/// What stands between braces.
#[derive(Debug)]
pub(crate) enum Selection<'t> {
    Field(Field<'t>),
    Spread(Spread<'t>),
    Inline(Inline<'t>),
}

impl<'t> Selection<'t> {
    /// Its directives.
    pub(crate) fn directives(&self) -> &[Directive<'t>] {
        match self {
            Selection::Field(field) => &field.directives,
            Selection::Spread(spread) => &spread.directives,
            Selection::Inline(inline) => &inline.directives,
        }
    }
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field<'t> {
    pub(crate) alias: Option<&'t str>,
    pub(crate) name: &'t str,
    pub(crate) arguments: Vec<Argument<'t>>,
    pub(crate) directives: Vec<Directive<'t>>,
    pub(crate) selections: Vec<Selection<'t>>,
    pub(crate) at: Location,
}

impl<'t> Field<'t> {
    /// The alias, or the name.
    pub(crate) fn response_key(&self) -> &'t str {
        self.alias.unwrap_or(self.name)
    }
}

/// `...name`.
#[derive(Debug)]
pub(crate) struct Spread<'t> {
    pub(crate) name: &'t str,
    pub(crate) directives: Vec<Directive<'t>>,
    pub(crate) at: Location,
}

/// `... on Type { }`.
#[derive(Debug)]
pub(crate) struct Inline<'t> {
    pub(crate) condition: Option<&'t str>,
    pub(crate) directives: Vec<Directive<'t>>,
    pub(crate) selections: Vec<Selection<'t>>,
    pub(crate) at: Location,
}

/// `@name(arguments)`.
#[derive(Debug)]
pub(crate) struct Directive<'t> {
    pub(crate) name: &'t str,
    pub(crate) arguments: Vec<Argument<'t>>,
    pub(crate) at: Location,
}

impl<'t> Directive<'t> {
    /// An argument's value.
    pub(crate) fn argument(&self, name: &str) -> Option<&Value<'t>> {
        let found = self.arguments.iter().find(|it| it.name == name);
        found.map(|argument| &argument.value)
    }
}

/// `name: value`, of a field, a directive or an input object.
#[derive(Debug)]
pub(crate) struct Argument<'t> {
    pub(crate) name: &'t str,
    pub(crate) value: Value<'t>,
    pub(crate) at: Location,
}

/// A value as it is written.
#[derive(Debug)]
pub(crate) enum Value<'t> {
    Null,
    Bool(bool),
    Int(&'t str),
    Float(&'t str),
    Text(Cow<'t, str>),
    Enum(&'t str),
    Variable(&'t str, Location),
    List(Vec<Value<'t>>),
    Object(Vec<Argument<'t>>, Location),
}

/// A type as it is written.
#[derive(Debug)]
pub(crate) enum Type<'t> {
    Named(&'t str),
    List(Box<Type<'t>>),
    NonNull(Box<Type<'t>>),
}

impl<'t> Type<'t> {
    /// The name inside lists and exclamation marks.
    pub(crate) fn name(&self) -> &'t str {
        match self {
            Type::Named(name) => name,
            Type::List(inner) | Type::NonNull(inner) => inner.name(),
        }
    }
}

impl fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Named(name) => f.write_str(name),
            Type::List(inner) => write!(f, "[{inner}]"),
            Type::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(text) | Value::Float(text) | Value::Enum(text) => f.write_str(text),
            Value::Text(text) => {
                let mut quoted = Vec::with_capacity(text.len() + 2);
                crate::shopify::json::write_text(text, &mut quoted);
                f.write_str(&String::from_utf8_lossy(&quoted))
            }
            Value::Variable(name, _) => write!(f, "${name}"),
            Value::List(elements) => {
                f.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    let separator = if index > 0 { ", " } else { "" };
                    write!(f, "{separator}{element}")?;
                }
                f.write_str("]")
            }
            Value::Object(members, _) => {
                f.write_str("{")?;
                for (index, member) in members.iter().enumerate() {
                    let separator = if index > 0 { ", " } else { "" };
                    write!(f, "{separator}{}: {}", member.name, member.value)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Whether two values say the same, texts by their content, members of objects in their order.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b))
            | (Value::Float(a), Value::Float(b))
            | (Value::Enum(a), Value::Enum(b))
            | (Value::Variable(a, _), Value::Variable(b, _)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Object(a, _), Value::Object(b, _)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| a.name == b.name && a.value == b.value)
            }
            _ => false,
        }
    }
}
