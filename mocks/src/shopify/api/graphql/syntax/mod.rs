//! GraphQL texts: tokens, documents and type definitions, each with its place in the text.
//!
//! The grammar is written out here because a parser's own error messages are not those of the platform, whose clients are to
//! be tested with them (docs/platforms/shopify.md 2.4); and because every bound must hold before work is done.

pub(crate) mod ast;
mod definitions;
mod lexer;
mod parser;
mod strings;

pub(crate) use definitions::{
    DefinitionKind, FieldDefinition, InputDefinition, TypeDefinition, type_definitions,
};
pub(crate) use parser::{Limits, SyntaxError, document};
