//! The schema from its file and from what every GraphQL schema has.

use super::model::{
    DirectiveDef, EnumValueDef, FieldDef, InputDef, Schema, TypeDef, TypeId, TypeKind, TypeRef,
};
use crate::shopify::api::graphql::Map;
use crate::shopify::api::graphql::syntax::ast::{Directive, Type, Value};
use crate::shopify::api::graphql::syntax::{
    DefinitionKind, FieldDefinition, InputDefinition, TypeDefinition, type_definitions,
};

/// Scalars, directives and types of introspection, which every GraphQL schema has.
const BUILT_IN: &str = include_str!("../../../../../schema/built-in.graphql");

/// The type of the fields that queries begin with.
pub(crate) const QUERY_ROOT: &str = "QueryRoot";

/// The reason that a deprecation without one has.
const REASON_DEFAULT: &str = "No longer supported";

/// Builds the schema of a file's text, and of what texts have beyond it.
///
/// # Panics
/// The texts are part of the program: where one is no valid schema, the program is wrong, and a test says so.
pub(super) fn schema(text: &'static str, beyond: &[&'static str]) -> Schema {
    let read = |text| type_definitions(text).expect("the schema file follows the grammar");
    let mut definitions = read(BUILT_IN);
    definitions.extend(read(text));
    let mut names: Map<&'static str, TypeId> = Map::default();
    let mut add = |definition: &TypeDefinition<'static>| {
        let id = TypeId(u16::try_from(names.len()).expect("fewer types"));
        names.insert(definition.name, id).is_none()
    };
    for definition in &definitions {
        let is_new = type_kind(definition.kind).is_none() || add(definition);
        assert!(is_new, "{} is defined twice", definition.name);
    }
    let simulated = definitions.len();
    // What the second text has of a type that is there already is added to it.
    let mut extensions = Vec::new();
    for definition in beyond.iter().flat_map(|text| read(*text)) {
        if definitions.iter().any(|it| it.name == definition.name) {
            extensions.push(definition);
        } else {
            if type_kind(definition.kind).is_some() {
                add(&definition);
            }
            definitions.push(definition);
        }
    }
    let mut types = Vec::with_capacity(names.len());
    let mut directives = Vec::new();
    for (position, definition) in definitions.into_iter().enumerate() {
        let inputs = definition
            .inputs
            .iter()
            .map(|it| input(&names, it))
            .collect();
        let Some(kind) = type_kind(definition.kind) else {
            if definition.kind == DefinitionKind::Directive {
                directives.push(DirectiveDef {
                    name: definition.name,
                    description: definition.description,
                    arguments: inputs,
                    locations: definition.names,
                });
            }
            continue;
        };
        let linked: Vec<TypeId> = definition.names.iter().map(|it| id(&names, it)).collect();
        let mut built = TypeDef {
            name: definition.name,
            description: definition.description,
            kind,
            fields: Vec::new(),
            field_positions: Map::default(),
            inputs,
            is_one_of: definition.directives.iter().any(|it| it.name == "oneOf"),
            values: Vec::new(),
            interfaces: Vec::new(),
            possible: Vec::new(),
        };
        match kind {
            TypeKind::Union => built.possible = linked,
            _ => built.interfaces = linked,
        }
        if kind == TypeKind::Object {
            built.possible = vec![id(&names, built.name)];
        }
        for field in definition.fields {
            add_field(&mut built, &names, field, position < simulated);
        }
        types.push(built);
    }
    for extension in extensions {
        let id = id(&names, extension.name);
        extend(&mut types[usize::from(id.0)], &names, extension);
    }
    link_interfaces(&mut types);
    let meta = |name, ty: &str, is_required: bool, arguments| {
        let named = TypeRef::Named(id(&names, ty));
        FieldDef {
            name,
            description: None,
            arguments,
            ty: if is_required {
                TypeRef::NonNull(Box::new(named))
            } else {
                named
            },
            deprecation: None,
            is_simulated: true,
        }
    };
    let name_argument = InputDef {
        name: "name",
        description: None,
        ty: TypeRef::NonNull(Box::new(TypeRef::Named(id(&names, "String")))),
        default: None,
        deprecation: None,
    };
    Schema {
        types,
        directives,
        query: id(&names, QUERY_ROOT),
        mutation: names.get("Mutation").copied(),
        root_meta: vec![
            meta("__schema", "__Schema", true, Vec::new()),
            meta("__type", "__Type", false, vec![name_argument]),
        ],
        typename: meta("__typename", "String", true, Vec::new()),
        positions: names,
    }
}

impl Schema {
    /// The type that a text names; `None` when there is no such type.
    pub(crate) fn resolve(&self, ty: &Type<'_>) -> Option<TypeRef> {
        Some(match ty {
            Type::Named(name) => TypeRef::Named(self.id(name)?),
            Type::List(inner) => TypeRef::List(Box::new(self.resolve(inner)?)),
            Type::NonNull(inner) => TypeRef::NonNull(Box::new(self.resolve(inner)?)),
        })
    }
}

/// Adds a field to an object or an interface, or a value to an enum. Of a field that is there already the arguments are
/// added that it lacks.
fn add_field(
    built: &mut TypeDef,
    names: &Map<&'static str, TypeId>,
    field: FieldDefinition<'static>,
    is_simulated: bool,
) {
    let deprecation = deprecation(&field.directives);
    let Some(ty) = &field.ty else {
        built.values.push(EnumValueDef {
            name: field.name,
            description: field.description,
            deprecation,
        });
        return;
    };
    let arguments = field.arguments.iter().map(|it| input(names, it));
    if let Some(position) = built.field_positions.get(field.name) {
        assert!(!is_simulated, "{} has {} twice", built.name, field.name);
        let found = &mut built.fields[usize::from(*position)];
        found.arguments.extend(arguments);
        return;
    }
    let position = built.fields.len() as u16;
    built.field_positions.insert(field.name, position);
    built.fields.push(FieldDef {
        name: field.name,
        description: field.description,
        arguments: arguments.collect(),
        ty: type_ref(names, ty),
        deprecation,
        is_simulated,
    });
}

/// Adds to a type what the platform has beyond the first file.
fn extend(
    built: &mut TypeDef,
    names: &Map<&'static str, TypeId>,
    extension: TypeDefinition<'static>,
) {
    let linked = extension.names.iter().map(|it| id(names, it));
    match built.kind {
        TypeKind::Union => built.possible.extend(linked),
        _ => built.interfaces.extend(linked),
    }
    let inputs = extension.inputs.iter().map(|it| input(names, it));
    built.inputs.extend(inputs);
    for field in extension.fields {
        add_field(built, names, field, false);
    }
}

/// Tells every interface which objects implement it.
fn link_interfaces(types: &mut [TypeDef]) {
    for position in 0..types.len() {
        if types[position].kind == TypeKind::Object {
            for interface in types[position].interfaces.clone() {
                let object = TypeId(position as u16);
                types[usize::from(interface.0)].possible.push(object);
            }
        }
    }
}

fn type_kind(kind: DefinitionKind) -> Option<TypeKind> {
    Some(match kind {
        DefinitionKind::Scalar => TypeKind::Scalar,
        DefinitionKind::Object => TypeKind::Object,
        DefinitionKind::Interface => TypeKind::Interface,
        DefinitionKind::Union => TypeKind::Union,
        DefinitionKind::Enum => TypeKind::Enum,
        DefinitionKind::Input => TypeKind::InputObject,
        DefinitionKind::Schema | DefinitionKind::Directive => return None,
    })
}

fn id(names: &Map<&'static str, TypeId>, name: &str) -> TypeId {
    let found = names.get(name);
    *found.unwrap_or_else(|| panic!("the schema file has no type {name}"))
}

fn type_ref(names: &Map<&'static str, TypeId>, ty: &Type<'_>) -> TypeRef {
    match ty {
        Type::Named(name) => TypeRef::Named(id(names, name)),
        Type::List(inner) => TypeRef::List(Box::new(type_ref(names, inner))),
        Type::NonNull(inner) => TypeRef::NonNull(Box::new(type_ref(names, inner))),
    }
}

fn input(names: &Map<&'static str, TypeId>, it: &InputDefinition<'static>) -> InputDef {
    InputDef {
        name: it.name,
        description: it.description.clone(),
        ty: type_ref(names, &it.ty),
        default: it.default.as_ref().map(ToString::to_string),
        deprecation: deprecation(&it.directives),
    }
}

/// Why something is deprecated, if it is.
fn deprecation(directives: &[Directive<'_>]) -> Option<String> {
    let found = directives.iter().find(|it| it.name == "deprecated")?;
    Some(match found.argument("reason") {
        Some(Value::Text(reason)) => reason.to_string(),
        _ => REASON_DEFAULT.to_owned(),
    })
}
