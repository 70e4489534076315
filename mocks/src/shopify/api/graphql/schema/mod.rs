//! The schema file, parsed once, and its input types in a form that is quick to check variables against.

pub(crate) mod build;
pub(crate) mod model;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use super::syntax::ast::Type;
use model::{Schema, TypeKind, TypeRef};

/// The schema's text.
pub(crate) const SDL: &str = include_str!("../../../../../schema/shopify.graphql");

/// What the platform's types have beyond that.
const BEYOND: &str = include_str!("../../../../../schema/shopify-not-simulated.graphql");

/// What only some versions have, each file named after them.
const FROM_2026_01: &str = include_str!("../../../../../schema/shopify-from-2026-01.graphql");
const FROM_2026_04: &str = include_str!("../../../../../schema/shopify-from-2026-04.graphql");
const FROM_2026_07: &str = include_str!("../../../../../schema/shopify-from-2026-07.graphql");
const BEFORE_2026_04: &str = include_str!("../../../../../schema/shopify-before-2026-04.graphql");
const BEFORE_2026_10: &str = include_str!("../../../../../schema/shopify-before-2026-10.graphql");
const FROM_2026_10: &str = include_str!("../../../../../schema/shopify-from-2026-10.graphql");

/// The first version that knows `@idempotent` and `changeFromQuantity` (docs/platforms/shopify.md 4.2 and 4.3).
pub(crate) const KEYED: &str = "2026-01";

/// The first version in which inventory writes must have `@idempotent` and `changeFromQuantity`
/// (docs/platforms/shopify.md 4.2 and 4.3).
pub(crate) const MODERN: &str = "2026-04";

/// The first version in which variants can be made unpublished (docs/platforms/shopify.md 4.8).
const UNPUBLISHED: &str = "2026-07";

/// The first version in which a write to a location that does not stock the item makes it stock the item, and in which an
/// order of which nothing is to be shipped says so (docs/platforms/shopify.md 3.1 and 4.4).
pub(crate) const UNSTOCKED: &str = "2026-10";

/// The schemas that differ, oldest first: the first version of each, and what it has beyond the first file.
const ERAS: [(&str, &[&str]); 5] = [
    ("", &[BEYOND, BEFORE_2026_04, BEFORE_2026_10]),
    (
        KEYED,
        &[BEYOND, FROM_2026_01, BEFORE_2026_04, BEFORE_2026_10],
    ),
    (
        MODERN,
        &[BEYOND, FROM_2026_01, FROM_2026_04, BEFORE_2026_10],
    ),
    (
        UNPUBLISHED,
        &[
            BEYOND,
            FROM_2026_01,
            FROM_2026_04,
            FROM_2026_07,
            BEFORE_2026_10,
        ],
    ),
    (
        UNSTOCKED,
        &[
            BEYOND,
            FROM_2026_01,
            FROM_2026_04,
            FROM_2026_07,
            FROM_2026_10,
        ],
    ),
];

/// How many schemas there are.
pub(crate) const ERAS_LEN: usize = ERAS.len();

/// Which of the schemas is that of a version, counted from the oldest.
pub(crate) fn era(version: &str) -> usize {
    let found = ERAS.iter().rposition(|(first, _)| *first <= version);
    found.unwrap_or(0)
}

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
    /// Whether exactly one of them is given.
    pub(crate) is_one_of: bool,
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
    /// For validation, lowering and introspection.
    pub(crate) schema: Schema,
    /// Input objects.
    pub(crate) inputs: Vec<InputObject>,
    /// Enums.
    pub(crate) enums: Vec<InputEnum>,
}

impl ServedSchema {
    /// The newest schema, for what is alike in all of them.
    pub(crate) fn built_in() -> &'static ServedSchema {
        ServedSchema::of_era(ERAS_LEN - 1)
    }

    /// The schema of a version.
    pub(crate) fn of(version: &str) -> &'static ServedSchema {
        ServedSchema::of_era(era(version))
    }

    /// One of the schemas, parsed once in a process: it takes milliseconds, as long as a small run.
    pub(crate) fn of_era(era: usize) -> &'static ServedSchema {
        static SERVED: [OnceLock<ServedSchema>; ERAS_LEN] = [const { OnceLock::new() }; ERAS_LEN];
        SERVED[era].get_or_init(|| ServedSchema::parsed(ERAS[era].1))
    }

    fn parsed(beyond: &[&'static str]) -> ServedSchema {
        let mut served = ServedSchema {
            schema: build::schema(SDL, beyond),
            inputs: Vec::new(),
            enums: Vec::new(),
        };
        for definition in &served.schema.types {
            match definition.kind {
                TypeKind::InputObject => served.inputs.push(InputObject {
                    name: definition.name.into(),
                    fields: Vec::new(),
                    is_one_of: definition.is_one_of,
                }),
                TypeKind::Enum => served.enums.push(InputEnum {
                    name: definition.name.into(),
                    values: definition.values.iter().map(|it| it.name.into()).collect(),
                }),
                _ => {}
            }
        }
        for position in 0..served.inputs.len() {
            let Some(definition) = served.schema.named(&served.inputs[position].name) else {
                continue;
            };
            let fields = definition.inputs.iter().map(|field| InputField {
                name: field.name.into(),
                kind: served.input_type(&field.ty),
                is_required: field.is_required(),
            });
            let fields = fields.collect();
            served.inputs[position].fields = fields;
        }
        served
    }

    /// The checkable form of a type that a request names.
    pub(crate) fn variable_type(&self, ty: &Type<'_>) -> InputType {
        // A validated document names no other types.
        self.schema
            .resolve(ty)
            .map_or(InputType::Text { name: "String" }, |ty| {
                self.input_type(&ty)
            })
    }

    /// The checkable form of a type.
    pub(crate) fn input_type(&self, ty: &TypeRef) -> InputType {
        match ty {
            TypeRef::NonNull(inner) => InputType::NonNull(Box::new(self.input_type(inner))),
            TypeRef::List(inner) => InputType::List(Box::new(self.input_type(inner))),
            TypeRef::Named(id) => self.named(self.schema.get(*id).name),
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
            "Decimal" => InputType::Text { name: "Decimal" },
            "Money" => InputType::Text { name: "Money" },
            "JSON" => InputType::Text { name: "JSON" },
            _ => InputType::Text { name: "String" },
        }
    }
}
