//! Types as validation, lowering and introspection ask for them: dense numbers inside, names at the border.

use crate::shopify::api::graphql::Map;

/// A type, by its position in the schema.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub(crate) u16);

/// A type as a field or an input has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TypeRef {
    Named(TypeId),
    List(Box<TypeRef>),
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// The type inside lists and exclamation marks.
    pub(crate) fn inner(&self) -> TypeId {
        match self {
            TypeRef::Named(id) => *id,
            TypeRef::List(inner) | TypeRef::NonNull(inner) => inner.inner(),
        }
    }

    /// Whether `null` is forbidden.
    pub(crate) fn is_non_null(&self) -> bool {
        matches!(self, TypeRef::NonNull(_))
    }

    /// The type without its exclamation mark.
    pub(crate) fn nullable(&self) -> &TypeRef {
        match self {
            TypeRef::NonNull(inner) => inner,
            other => other,
        }
    }

    /// Whether it is a list, with or without an exclamation mark.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.nullable(), TypeRef::List(_))
    }
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct InputDef {
    pub(crate) name: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) ty: TypeRef,
    /// Its default as GraphQL text.
    pub(crate) default: Option<String>,
    /// Why it is deprecated, if it is.
    pub(crate) deprecation: Option<String>,
}

impl InputDef {
    /// Whether it must be given: non-null without a default.
    pub(crate) fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

/// A field of an object or an interface.
#[derive(Debug)]
pub(crate) struct FieldDef {
    pub(crate) name: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Vec<InputDef>,
    pub(crate) ty: TypeRef,
    /// Why it is deprecated, if it is.
    pub(crate) deprecation: Option<String>,
    /// Whether something stands behind it; else it is answered with a neutral value.
    pub(crate) is_simulated: bool,
}

/// A value of an enum.
#[derive(Debug)]
pub(crate) struct EnumValueDef {
    pub(crate) name: &'static str,
    pub(crate) description: Option<String>,
    /// Why it is deprecated, if it is.
    pub(crate) deprecation: Option<String>,
}

/// What kind of type it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

impl TypeKind {
    /// The kind's name in introspection.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TypeKind::Scalar => "SCALAR",
            TypeKind::Object => "OBJECT",
            TypeKind::Interface => "INTERFACE",
            TypeKind::Union => "UNION",
            TypeKind::Enum => "ENUM",
            TypeKind::InputObject => "INPUT_OBJECT",
        }
    }

    /// Whether its values have no fields of their own.
    pub(crate) fn is_leaf(self) -> bool {
        matches!(self, TypeKind::Scalar | TypeKind::Enum)
    }

    /// Whether fields can be selected of it.
    pub(crate) fn is_composite(self) -> bool {
        matches!(
            self,
            TypeKind::Object | TypeKind::Interface | TypeKind::Union
        )
    }

    /// Whether a variable may have it.
    pub(crate) fn is_input(self) -> bool {
        self.is_leaf() || self == TypeKind::InputObject
    }
}

/// A type.
#[derive(Debug)]
pub(crate) struct TypeDef {
    pub(crate) name: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) kind: TypeKind,
    /// Of objects and interfaces.
    pub(crate) fields: Vec<FieldDef>,
    pub(super) field_positions: Map<&'static str, u16>,
    /// Of input objects.
    pub(crate) inputs: Vec<InputDef>,
    /// Whether exactly one member of an input object is given (`@oneOf`).
    pub(crate) is_one_of: bool,
    /// Of enums.
    pub(crate) values: Vec<EnumValueDef>,
    /// That an object or an interface implements.
    pub(crate) interfaces: Vec<TypeId>,
    /// The objects that a value of it can be, as a union lists them or as they stand in the schema.
    pub(crate) possible: Vec<TypeId>,
}

impl TypeDef {
    /// A field of an object or an interface.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldDef> {
        let position = self.field_positions.get(name)?;
        self.fields.get(usize::from(*position))
    }

    /// A field of an input object.
    pub(crate) fn input(&self, name: &str) -> Option<&InputDef> {
        self.inputs.iter().find(|input| input.name == name)
    }
}

/// A directive.
#[derive(Debug)]
pub(crate) struct DirectiveDef {
    pub(crate) name: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Vec<InputDef>,
    pub(crate) locations: Vec<&'static str>,
}

/// All types and directives.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) types: Vec<TypeDef>,
    pub(super) positions: Map<&'static str, TypeId>,
    pub(crate) directives: Vec<DirectiveDef>,
    pub(crate) query: TypeId,
    pub(crate) mutation: Option<TypeId>,
    /// The fields that every query has beyond the schema file's: `__schema` and `__type`.
    pub(super) root_meta: Vec<FieldDef>,
    /// `__typename`, which every object, interface and union has.
    pub(super) typename: FieldDef,
}

impl Schema {
    /// The type of a number.
    pub(crate) fn get(&self, id: TypeId) -> &TypeDef {
        &self.types[usize::from(id.0)]
    }

    /// The number of a name.
    pub(crate) fn id(&self, name: &str) -> Option<TypeId> {
        self.positions.get(name).copied()
    }

    /// The type of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&TypeDef> {
        self.id(name).map(|id| self.get(id))
    }

    /// A field that can be selected of a type, those of introspection included.
    pub(crate) fn field(&self, parent: TypeId, name: &str) -> Option<&FieldDef> {
        let definition = self.get(parent);
        if name == self.typename.name {
            return definition.kind.is_composite().then_some(&self.typename);
        }
        if parent == self.query
            && let Some(meta) = self.root_meta.iter().find(|meta| meta.name == name)
        {
            return Some(meta);
        }
        definition.field(name)
    }

    /// A directive.
    pub(crate) fn directive(&self, name: &str) -> Option<&DirectiveDef> {
        self.directives.iter().find(|it| it.name == name)
    }

    /// Whether a value of the object can stand where the type is asked for.
    pub(crate) fn includes(&self, asked: TypeId, object: TypeId) -> bool {
        asked == object || self.get(asked).possible.contains(&object)
    }

    /// Whether some object can be of both types.
    pub(crate) fn overlap(&self, one: TypeId, other: TypeId) -> bool {
        let possible = &self.get(one).possible;
        possible.iter().any(|object| self.includes(other, *object))
    }

    /// The type as GraphQL text.
    pub(crate) fn text(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Named(id) => self.get(*id).name.to_owned(),
            TypeRef::List(inner) => format!("[{}]", self.text(inner)),
            TypeRef::NonNull(inner) => format!("{}!", self.text(inner)),
        }
    }
}
