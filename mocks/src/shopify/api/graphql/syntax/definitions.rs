//! Type definitions: the schema file's whole content, and what a request may not contain.

use super::ast::{Directive, Type, Value};
use super::lexer::Kind;
use super::parser::{Limits, Parser, SyntaxError};

type Parsed<T> = Result<T, SyntaxError>;

/// A type or a directive as a schema file defines it.
#[derive(Debug)]
pub(crate) struct TypeDefinition<'t> {
    pub(crate) kind: DefinitionKind,
    pub(crate) name: &'t str,
    pub(crate) description: Option<String>,
    /// Interfaces that it implements, members of a union, or locations of a directive.
    pub(crate) names: Vec<&'t str>,
    /// Fields of objects and interfaces; values of enums, which have no type.
    pub(crate) fields: Vec<FieldDefinition<'t>>,
    /// Fields of an input object, arguments of a directive.
    pub(crate) inputs: Vec<InputDefinition<'t>>,
    /// What is said about it.
    pub(crate) directives: Vec<Directive<'t>>,
}

/// What is defined.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum DefinitionKind {
    Schema,
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
    Directive,
}

/// A field, or a value of an enum.
#[derive(Debug)]
pub(crate) struct FieldDefinition<'t> {
    pub(crate) name: &'t str,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Vec<InputDefinition<'t>>,
    pub(crate) ty: Option<Type<'t>>,
    pub(crate) directives: Vec<Directive<'t>>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct InputDefinition<'t> {
    pub(crate) name: &'t str,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type<'t>,
    pub(crate) default: Option<Value<'t>>,
    pub(crate) directives: Vec<Directive<'t>>,
}

/// Reads a schema file.
///
/// # Errors
/// The first place at which it stops following the grammar.
pub(crate) fn type_definitions(text: &str) -> Parsed<Vec<TypeDefinition<'_>>> {
    let limits = Limits {
        tokens_max: usize::MAX,
        depth_max: 16,
        selections_max: 0,
    };
    let mut parser = Parser::new(text, limits)?;
    let mut definitions = Vec::new();
    while !parser.is(Kind::End) {
        definitions.push(parser.type_definition()?);
    }
    Ok(definitions)
}

impl<'t> Parser<'t> {
    /// One definition; an extension reads like what it extends.
    pub(super) fn type_definition(&mut self) -> Parsed<TypeDefinition<'t>> {
        let description = self.description()?;
        if description.is_none() && self.is_keyword("extend") {
            self.advance()?;
        }
        let kind = match self.token.text {
            _ if !self.is(Kind::Name) => return Err(self.unexpected(None)),
            "schema" => DefinitionKind::Schema,
            "scalar" => DefinitionKind::Scalar,
            "type" => DefinitionKind::Object,
            "interface" => DefinitionKind::Interface,
            "union" => DefinitionKind::Union,
            "enum" => DefinitionKind::Enum,
            "input" => DefinitionKind::Input,
            "directive" => DefinitionKind::Directive,
            _ => return Err(self.unexpected(None)),
        };
        self.advance()?;
        let mut definition = TypeDefinition {
            kind,
            name: "",
            description,
            names: Vec::new(),
            fields: Vec::new(),
            inputs: Vec::new(),
            directives: Vec::new(),
        };
        match kind {
            DefinitionKind::Schema => {}
            DefinitionKind::Directive => {
                self.expect(Kind::At)?;
                definition.name = self.name()?;
                return self.directive_definition(definition);
            }
            _ => definition.name = self.name()?,
        }
        if self.is_keyword("implements") {
            self.advance()?;
            definition.names = self.separated_names(Kind::Ampersand)?;
        }
        definition.directives = self.directives()?;
        match kind {
            DefinitionKind::Union => {
                if self.take(Kind::Equals)? {
                    definition.names = self.separated_names(Kind::Pipe)?;
                }
            }
            DefinitionKind::Input => definition.inputs = self.inputs(Kind::OpenBrace)?,
            DefinitionKind::Scalar | DefinitionKind::Directive => {}
            _ => definition.fields = self.field_definitions(kind)?,
        }
        Ok(definition)
    }

    fn directive_definition(
        &mut self,
        mut definition: TypeDefinition<'t>,
    ) -> Parsed<TypeDefinition<'t>> {
        definition.inputs = self.inputs(Kind::OpenParenthesis)?;
        if self.is_keyword("repeatable") {
            self.advance()?;
        }
        if !self.is_keyword("on") {
            return Err(self.unexpected(Some("ON")));
        }
        self.advance()?;
        definition.names = self.separated_names(Kind::Pipe)?;
        Ok(definition)
    }

    fn separated_names(&mut self, separator: Kind) -> Parsed<Vec<&'t str>> {
        self.take(separator)?;
        let mut names = vec![self.name()?];
        while self.take(separator)? {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn field_definitions(&mut self, kind: DefinitionKind) -> Parsed<Vec<FieldDefinition<'t>>> {
        let mut fields = Vec::new();
        if !self.take(Kind::OpenBrace)? {
            return Ok(fields);
        }
        while !self.take(Kind::CloseBrace)? {
            let description = self.description()?;
            let name = self.name()?;
            let mut arguments = Vec::new();
            let mut ty = None;
            if kind != DefinitionKind::Enum {
                arguments = self.inputs(Kind::OpenParenthesis)?;
                self.expect(Kind::Colon)?;
                ty = Some(self.ty()?);
            }
            fields.push(FieldDefinition {
                name,
                description,
                arguments,
                ty,
                directives: self.directives()?,
            });
        }
        Ok(fields)
    }

    /// Input values between parentheses or braces, if they stand here.
    fn inputs(&mut self, opening: Kind) -> Parsed<Vec<InputDefinition<'t>>> {
        let closing = match opening {
            Kind::OpenBrace => Kind::CloseBrace,
            _ => Kind::CloseParenthesis,
        };
        let mut inputs = Vec::new();
        if !self.take(opening)? {
            return Ok(inputs);
        }
        while !self.take(closing)? {
            let description = self.description()?;
            let name = self.name()?;
            self.expect(Kind::Colon)?;
            let ty = self.ty()?;
            let default = match self.take(Kind::Equals)? {
                true => Some(self.value()?),
                false => None,
            };
            inputs.push(InputDefinition {
                name,
                description,
                ty,
                default,
                directives: self.directives()?,
            });
        }
        Ok(inputs)
    }
}
