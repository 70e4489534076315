//! The schema file, parsed once, and its input types in a form that is quick to check variables against.

use std::sync::LazyLock;

use apollo_compiler::ast::Type;
use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::{ExtendedType, Implementers};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

/// The schema's text.
pub(crate) const SDL: &str = include_str!("../../../../schema/shopify.graphql");

/// A type of an input position.
#[derive(Clone, Debug)]
pub(crate) enum InputType {
    /// `null` is not allowed.
    NonNull(Box<InputType>),
    /// A list.
    List(Box<InputType>),
    /// `Int`.
    Int,
    /// `Float`.
    Float,
    /// `Boolean`.
    Boolean,
    /// `String`, `ID` and the custom scalars, which all travel as text; `true` also takes whole numbers (`ID`).
    Text {
        /// The scalar's name.
        name: &'static str,
    },
    /// An enum, by its position in [`ServedSchema::enums`].
    Enum(usize),
    /// An input object, by its position in [`ServedSchema::inputs`].
    Object(usize),
}

/// A field of an input object.
#[derive(Debug)]
pub(crate) struct InputField {
    /// Its name.
    pub(crate) name: Box<str>,
    /// Its type.
    pub(crate) kind: InputType,
    /// Whether it must be there: non-null without a default.
    pub(crate) is_required: bool,
}

/// An input object.
#[derive(Debug)]
pub(crate) struct InputObject {
    /// Its name.
    pub(crate) name: Box<str>,
    /// Its fields.
    pub(crate) fields: Vec<InputField>,
}

/// An enum.
#[derive(Debug)]
pub(crate) struct InputEnum {
    /// Its name.
    pub(crate) name: Box<str>,
    /// Its values.
    pub(crate) values: Vec<Box<str>>,
}

/// The schema in every form that is needed.
pub(crate) struct ServedSchema {
    /// For parsing, validation and introspection.
    pub(crate) schema: Valid<Schema>,
    /// For introspection.
    pub(crate) implementers: HashMap<Name, Implementers>,
    /// Input objects.
    pub(crate) inputs: Vec<InputObject>,
    /// Enums.
    pub(crate) enums: Vec<InputEnum>,
}

impl ServedSchema {
    /// The built-in schema file, parsed once in a process: it takes milliseconds, as long as a small run.
    pub(crate) fn built_in() -> &'static ServedSchema {
        static BUILT_IN: LazyLock<ServedSchema> = LazyLock::new(ServedSchema::parsed);
        &BUILT_IN
    }

    fn parsed() -> ServedSchema {
        let schema = Schema::parse_and_validate(SDL, "shopify.graphql")
            .expect("the built-in schema is valid; a test parses it");
        let implementers = schema.implementers_map();
        let mut served = ServedSchema {
            inputs: Vec::new(),
            enums: Vec::new(),
            implementers,
            schema,
        };
        for (name, definition) in &served.schema.types {
            match definition {
                ExtendedType::InputObject(_) => served.inputs.push(InputObject {
                    name: name.as_str().into(),
                    fields: Vec::new(),
                }),
                ExtendedType::Enum(definition) => served.enums.push(InputEnum {
                    name: name.as_str().into(),
                    values: definition
                        .values
                        .keys()
                        .map(|v| v.as_str().into())
                        .collect(),
                }),
                _ => {}
            }
        }
        for position in 0..served.inputs.len() {
            let Some(definition) = served
                .schema
                .get_input_object(&served.inputs[position].name)
            else {
                continue;
            };
            let fields = definition
                .fields
                .values()
                .map(|field| InputField {
                    name: field.name.as_str().into(),
                    kind: served.input_type(&field.ty),
                    is_required: field.ty.is_non_null() && field.default_value.is_none(),
                })
                .collect();
            served.inputs[position].fields = fields;
        }
        served
    }

    /// The checkable form of a type.
    pub(crate) fn input_type(&self, ty: &Type) -> InputType {
        match ty {
            Type::NonNullNamed(name) => InputType::NonNull(Box::new(self.named(name))),
            Type::NonNullList(inner) => {
                InputType::NonNull(Box::new(InputType::List(Box::new(self.input_type(inner)))))
            }
            Type::Named(name) => self.named(name),
            Type::List(inner) => InputType::List(Box::new(self.input_type(inner))),
        }
    }

    fn named(&self, name: &str) -> InputType {
        if let Some(position) = self.inputs.iter().position(|input| &*input.name == name) {
            return InputType::Object(position);
        }
        if let Some(position) = self.enums.iter().position(|listed| &*listed.name == name) {
            return InputType::Enum(position);
        }
        match name {
            "Int" => InputType::Int,
            "Float" => InputType::Float,
            "Boolean" => InputType::Boolean,
            "ID" => InputType::Text { name: "ID" },
            "URL" => InputType::Text { name: "URL" },
            "DateTime" => InputType::Text { name: "DateTime" },
            _ => InputType::Text { name: "String" },
        }
    }
}
