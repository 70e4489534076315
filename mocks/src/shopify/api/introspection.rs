//! Introspection: `__schema` and `__type`, by which client tools load the schema.

use super::call::Call;
use super::graphql::fields::Field;
use super::graphql::plan::{Children, PlanField, Selection, Variables};
use super::graphql::schema::ServedSchema;
use super::graphql::schema::model::{
    DirectiveDef, EnumValueDef, FieldDef, InputDef, Schema, TypeDef, TypeId, TypeKind, TypeRef,
};
use crate::shopify::json::{write_bool, write_optional_text, write_texts};

/// Lists of fields, inputs or types inside one another: the schema is a graph, so every level multiplies the answer.
const LISTS_MAX: usize = 2;

/// Values that one answer writes; the query that client tools send needs some 100,000.
const VALUES_MAX: usize = 600_000;

/// The answers of `__schema` and `__type`, in the order in which the operation asks for them.
///
/// # Errors
/// Why the operation asks for too much.
pub(crate) fn answers(call: &Call<'_>) -> Result<Vec<Vec<u8>>, String> {
    let wanted = call.operation.root.fields.iter().filter(|field| {
        matches!(field.field, Field::SchemaMeta | Field::TypeMeta) && field.wanted(call.variables)
    });
    let mut values_left = VALUES_MAX;
    let mut answers = Vec::new();
    for field in wanted {
        if deepest_lists(field.selection()) > LISTS_MAX {
            return Err("Maximum introspection depth exceeded".to_owned());
        }
        let mut writer = Writer {
            schema: &ServedSchema::of(call.version).schema,
            variables: call.variables,
            values_left,
            out: Vec::new(),
        };
        let written = match field.field {
            Field::SchemaMeta => writer.object(Node::Schema, field.selection()),
            _ => {
                let name = field.text_argument("name", call.variables);
                let found = name.and_then(|name| writer.schema.named(&name));
                writer.optional(found.map(Node::Type), field)
            }
        };
        written.map_err(|TooLong| {
            format!("This introspection is too large: it has more than {VALUES_MAX} values.")
        })?;
        values_left = writer.values_left;
        answers.push(writer.out);
    }
    Ok(answers)
}

fn deepest_lists(selection: &Selection) -> usize {
    let below = selection.fields.iter().map(|field| {
        let is_list = matches!(
            field.field,
            Field::Fields | Field::InputFields | Field::Interfaces | Field::PossibleTypes
        );
        usize::from(is_list) + deepest_lists(field.selection())
    });
    below.max().unwrap_or(0)
}

/// The answer has more values than are written.
struct TooLong;

type Written = Result<(), TooLong>;

/// Something that introspection describes.
#[derive(Copy, Clone)]
enum Node<'s> {
    Schema,
    Type(&'s TypeDef),
    /// A list, or a type with an exclamation mark.
    Wrapped(&'s TypeRef),
    Field(&'s FieldDef),
    Input(&'s InputDef),
    EnumValue(&'s EnumValueDef),
    Directive(&'s DirectiveDef),
}

struct Writer<'s, 'c> {
    schema: &'s Schema,
    variables: &'c Variables<'c>,
    values_left: usize,
    out: Vec<u8>,
}

impl<'s> Writer<'s, '_> {
    fn count(&mut self) -> Written {
        self.values_left = self.values_left.checked_sub(1).ok_or(TooLong)?;
        Ok(())
    }

    fn object(&mut self, node: Node<'s>, selection: &Selection) -> Written {
        self.out.push(b'{');
        let mut is_first = true;
        for field in &selection.fields {
            if !field.wanted(self.variables) {
                continue;
            }
            self.count()?;
            if !is_first {
                self.out.push(b',');
            }
            is_first = false;
            self.out.extend_from_slice(&field.key);
            // The key of `__typename` brings its value with it.
            if field.field != Field::Typename {
                self.value(node, field)?;
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn optional(&mut self, node: Option<Node<'s>>, field: &PlanField) -> Written {
        match node {
            Some(node) => self.object(node, field.selection()),
            None => self.null(),
        }
    }

    fn list(&mut self, nodes: impl Iterator<Item = Node<'s>>, field: &PlanField) -> Written {
        debug_assert!(
            matches!(field.children, Children::Object(_)),
            "a list of objects"
        );
        self.out.push(b'[');
        for (index, node) in nodes.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.count()?;
            self.object(node, field.selection())?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn null(&mut self) -> Written {
        self.text(None)
    }

    fn text(&mut self, text: Option<&str>) -> Written {
        write_optional_text(text, &mut self.out);
        Ok(())
    }

    fn flag(&mut self, value: bool) -> Written {
        write_bool(value, &mut self.out);
        Ok(())
    }

    /// Whether what is deprecated is wanted as well.
    fn includes(&self, field: &PlanField, deprecation: Option<&String>) -> bool {
        deprecation.is_none() || field.flag("includeDeprecated", self.variables)
    }

    fn value(&mut self, node: Node<'s>, field: &PlanField) -> Written {
        match node {
            Node::Schema => self.of_schema(field),
            Node::Type(definition) => self.of_type(definition, field),
            Node::Wrapped(ty) => match (field.field, ty) {
                (Field::Kind, TypeRef::List(_)) => self.text(Some("LIST")),
                (Field::Kind, _) => self.text(Some("NON_NULL")),
                (Field::OfType, TypeRef::List(inner) | TypeRef::NonNull(inner)) => {
                    self.object(self.node(inner), field.selection())
                }
                (Field::IsOneOf, _) => self.flag(false),
                _ => self.null(),
            },
            Node::Field(definition) => {
                let described = (definition.name, &definition.description);
                match field.field {
                    Field::Args => self.inputs(&definition.arguments, field),
                    Field::Type => self.object(self.node(&definition.ty), field.selection()),
                    _ => self.named(described, definition.deprecation.as_ref(), field),
                }
            }
            Node::Input(definition) => match field.field {
                Field::Type => self.object(self.node(&definition.ty), field.selection()),
                Field::DefaultValue => self.text(definition.default.as_deref()),
                _ => {
                    let described = (definition.name, &definition.description);
                    self.named(described, definition.deprecation.as_ref(), field)
                }
            },
            Node::EnumValue(definition) => {
                let described = (definition.name, &definition.description);
                self.named(described, definition.deprecation.as_ref(), field)
            }
            Node::Directive(definition) => match field.field {
                Field::Args => self.inputs(&definition.arguments, field),
                Field::IsRepeatable => self.flag(false),
                Field::Locations => {
                    write_texts(&definition.locations, &mut self.out);
                    Ok(())
                }
                _ => self.named((definition.name, &definition.description), None, field),
            },
        }
    }

    /// What everything with a name has.
    fn named(
        &mut self,
        (name, description): (&str, &Option<String>),
        deprecation: Option<&String>,
        field: &PlanField,
    ) -> Written {
        match field.field {
            Field::Name => self.text(Some(name)),
            Field::Description => self.text(description.as_deref()),
            Field::IsDeprecated => self.flag(deprecation.is_some()),
            Field::DeprecationReason => self.text(deprecation.map(String::as_str)),
            _ => self.null(),
        }
    }

    fn node(&self, ty: &'s TypeRef) -> Node<'s> {
        match ty {
            TypeRef::Named(id) => Node::Type(self.schema.get(*id)),
            wrapped => Node::Wrapped(wrapped),
        }
    }

    fn inputs(&mut self, inputs: &'s [InputDef], field: &PlanField) -> Written {
        let includes = |it: &&InputDef| self.includes(field, it.deprecation.as_ref());
        let wanted: Vec<Node<'s>> = inputs.iter().filter(includes).map(Node::Input).collect();
        self.list(wanted.into_iter(), field)
    }

    fn types(&mut self, ids: &'s [TypeId], field: &PlanField) -> Written {
        let schema = self.schema;
        self.list(ids.iter().map(|id| Node::Type(schema.get(*id))), field)
    }

    fn of_schema(&mut self, field: &PlanField) -> Written {
        let schema = self.schema;
        let root = |id: TypeId| Node::Type(schema.get(id));
        match field.field {
            Field::Types => self.list(schema.types.iter().map(Node::Type), field),
            Field::Directives => self.list(schema.directives.iter().map(Node::Directive), field),
            Field::QueryType => self.object(root(schema.query), field.selection()),
            Field::MutationType => self.optional(schema.mutation.map(root), field),
            // The schema file has no subscriptions and no description.
            _ => self.null(),
        }
    }

    fn of_type(&mut self, definition: &'s TypeDef, field: &PlanField) -> Written {
        let kind = definition.kind;
        let has_fields = matches!(kind, TypeKind::Object | TypeKind::Interface);
        match field.field {
            Field::Kind => self.text(Some(kind.name())),
            Field::Name => self.text(Some(definition.name)),
            Field::Description => self.text(definition.description.as_deref()),
            Field::Fields if has_fields => {
                let includes = |it: &&FieldDef| self.includes(field, it.deprecation.as_ref());
                let all = definition.fields.iter();
                let wanted: Vec<Node<'s>> = all.filter(includes).map(Node::Field).collect();
                self.list(wanted.into_iter(), field)
            }
            Field::Interfaces if has_fields => self.types(&definition.interfaces, field),
            Field::PossibleTypes if matches!(kind, TypeKind::Interface | TypeKind::Union) => {
                self.types(&definition.possible, field)
            }
            Field::EnumValues if kind == TypeKind::Enum => {
                let includes = |it: &&EnumValueDef| self.includes(field, it.deprecation.as_ref());
                let all = definition.values.iter();
                let wanted: Vec<Node<'s>> = all.filter(includes).map(Node::EnumValue).collect();
                self.list(wanted.into_iter(), field)
            }
            Field::IsOneOf => self.flag(definition.is_one_of),
            Field::InputFields if kind == TypeKind::InputObject => {
                self.inputs(&definition.inputs, field)
            }
            // No scalar of the schema names a specification, and only lists and the like are of another type.
            _ => self.null(),
        }
    }
}
