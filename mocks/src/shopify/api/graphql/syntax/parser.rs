//! Documents from tokens. Errors are worded as the platform's parser words them (docs/platforms/shopify.md 2.4).

use super::ast::{
    Argument, Definition, Directive, Document, Field, Fragment, Inline, Operation, OperationKind,
    Selection, Spread, Type, Value, VariableDefinition,
};
use super::lexer::{Kind, Lexer, Token};
use super::strings;
use crate::shopify::api::graphql::plan::Location;

/// How much of a text is read; what has more is refused before anything else is done with it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Limits {
    /// Tokens.
    pub(crate) tokens_max: usize,
    /// Braces and brackets inside one another.
    pub(crate) depth_max: usize,
    /// Fields, spreads and inline fragments.
    pub(crate) selections_max: usize,
}

/// Why a text is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    /// It does not follow the grammar.
    Unexpected { message: String, at: Location },
    /// It is larger than a limit: what of, and the limit.
    TooLarge(&'static str, usize),
}

type Parsed<T> = Result<T, SyntaxError>;

/// Reads a document that can be executed.
///
/// # Errors
/// The first place at which the text stops following the grammar, or the first limit that it exceeds.
pub(crate) fn document<'t>(text: &'t str, limits: Limits) -> Parsed<Document<'t>> {
    let mut parser = Parser::new(text, limits)?;
    let mut document = Document::default();
    loop {
        let token = parser.token;
        match token.kind {
            Kind::OpenBrace => {
                let operation = parser.operation(OperationKind::Query, token.at)?;
                document.definitions.push(Definition::Operation(operation));
            }
            Kind::Name => match token.text {
                "query" | "mutation" | "subscription" => {
                    parser.advance()?;
                    let kind = match token.text {
                        "query" => OperationKind::Query,
                        "mutation" => OperationKind::Mutation,
                        _ => OperationKind::Subscription,
                    };
                    let operation = parser.operation(kind, token.at)?;
                    document.definitions.push(Definition::Operation(operation));
                }
                "fragment" => {
                    parser.advance()?;
                    let fragment = parser.fragment(token.at)?;
                    document.definitions.push(Definition::Fragment(fragment));
                }
                _ => {
                    parser.type_definition()?;
                    document.type_definitions.push(token.at);
                }
            },
            Kind::Text | Kind::BlockText => {
                parser.type_definition()?;
                document.type_definitions.push(token.at);
            }
            _ => return Err(parser.unexpected(None)),
        }
        if parser.token.kind == Kind::End {
            return Ok(document);
        }
    }
}

/// Reads token after token, one ahead.
pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    limits: Limits,
    pub(super) token: Token<'t>,
    /// Where the token before stands: the end of the text is told there.
    before: Location,
    tokens: usize,
    depth: usize,
    selections: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, limits: Limits) -> Parsed<Parser<'t>> {
        let mut lexer = Lexer::new(text);
        let token = lexer.next();
        Ok(Parser {
            lexer,
            limits,
            token,
            before: Location { line: 1, column: 1 },
            tokens: 1,
            depth: 0,
            selections: 0,
        })
    }

    /// The error of the current token; `expected` where only one kind could stand here.
    pub(super) fn unexpected(&self, expected: Option<&str>) -> SyntaxError {
        let token = &self.token;
        let mut message = format!("syntax error, unexpected {}", token.name());
        let mut at = token.at;
        if token.kind == Kind::End {
            at = self.before;
        } else {
            let shown: String = token.text.chars().take(80).collect();
            message += &format!(" ({})", serde_json::Value::from(shown));
        }
        if let Some(expected) = expected {
            message += &format!(", expecting {expected}");
        }
        message += &format!(" at [{}, {}]", at.line, at.column);
        SyntaxError::Unexpected { message, at }
    }

    /// Takes the current token and reads the next.
    pub(super) fn advance(&mut self) -> Parsed<Token<'t>> {
        let token = self.token;
        self.before = token.at;
        self.tokens += 1;
        if self.tokens > self.limits.tokens_max {
            return Err(SyntaxError::TooLarge("tokens", self.limits.tokens_max));
        }
        self.token = self.lexer.next();
        Ok(token)
    }

    pub(super) fn is(&self, kind: Kind) -> bool {
        self.token.kind == kind
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.token.kind == Kind::Name && self.token.text == keyword
    }

    /// Takes the current token if it is of the kind.
    pub(super) fn take(&mut self, kind: Kind) -> Parsed<bool> {
        let is = self.is(kind);
        if is {
            self.advance()?;
        }
        Ok(is)
    }

    pub(super) fn expect(&mut self, kind: Kind) -> Parsed<Token<'t>> {
        if self.is(kind) {
            return self.advance();
        }
        let expected = Token {
            kind,
            text: "",
            at: Location::default(),
        };
        Err(self.unexpected(Some(expected.name())))
    }

    pub(super) fn name(&mut self) -> Parsed<&'t str> {
        if self.is(Kind::Name) {
            return Ok(self.advance()?.text);
        }
        Err(self.unexpected(None))
    }

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > self.limits.depth_max {
            return Err(SyntaxError::TooLarge(
                "nested levels",
                self.limits.depth_max,
            ));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn operation(&mut self, kind: OperationKind, at: Location) -> Parsed<Operation<'t>> {
        let name = match self.token.kind {
            Kind::Name => Some(self.name()?),
            _ => None,
        };
        let mut variables = Vec::new();
        if self.take(Kind::OpenParenthesis)? {
            loop {
                variables.push(self.variable_definition()?);
                if self.take(Kind::CloseParenthesis)? {
                    break;
                }
            }
        }
        Ok(Operation {
            kind,
            name,
            variables,
            directives: self.directives()?,
            selections: self.selections()?,
            at,
        })
    }

    fn variable_definition(&mut self) -> Parsed<VariableDefinition<'t>> {
        let at = self.expect(Kind::Dollar)?.at;
        let name = self.name()?;
        self.expect(Kind::Colon)?;
        let ty = self.ty()?;
        let default = match self.take(Kind::Equals)? {
            true => Some(self.value()?),
            false => None,
        };
        Ok(VariableDefinition {
            name,
            ty,
            default,
            directives: self.directives()?,
            at,
        })
    }

    fn fragment(&mut self, at: Location) -> Parsed<Fragment<'t>> {
        if self.is_keyword("on") {
            return Err(self.unexpected(None));
        }
        let name = self.name()?;
        if !self.is_keyword("on") {
            return Err(self.unexpected(Some("ON")));
        }
        self.advance()?;
        Ok(Fragment {
            name,
            condition: self.name()?,
            directives: self.directives()?,
            selections: self.selections()?,
            at,
        })
    }

    /// What stands between braces, at least one selection.
    fn selections(&mut self) -> Parsed<Vec<Selection<'t>>> {
        self.expect(Kind::OpenBrace)?;
        self.enter()?;
        let mut selections = Vec::new();
        loop {
            self.selections += 1;
            if self.selections > self.limits.selections_max {
                let most = self.limits.selections_max;
                return Err(SyntaxError::TooLarge("fields and fragments", most));
            }
            let at = self.token.at;
            selections.push(match self.take(Kind::Ellipsis)? {
                true => self.spread(at)?,
                false => Selection::Field(self.field(at)?),
            });
            if self.take(Kind::CloseBrace)? {
                self.leave();
                return Ok(selections);
            }
        }
    }

    fn spread(&mut self, at: Location) -> Parsed<Selection<'t>> {
        let is_inline = match self.token.kind {
            Kind::Name => self.token.text == "on",
            kind => matches!(kind, Kind::At | Kind::OpenBrace),
        };
        if !is_inline {
            return Ok(Selection::Spread(Spread {
                name: self.name()?,
                directives: self.directives()?,
                at,
            }));
        }
        let condition = match self.is_keyword("on") {
            true => {
                self.advance()?;
                Some(self.name()?)
            }
            false => None,
        };
        Ok(Selection::Inline(Inline {
            condition,
            directives: self.directives()?,
            selections: self.selections()?,
            at,
        }))
    }

    fn field(&mut self, at: Location) -> Parsed<Field<'t>> {
        let mut name = self.name()?;
        let mut alias = None;
        if self.take(Kind::Colon)? {
            alias = Some(name);
            name = self.name()?;
        }
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = match self.is(Kind::OpenBrace) {
            true => self.selections()?,
            false => Vec::new(),
        };
        Ok(Field {
            alias,
            name,
            arguments,
            directives,
            selections,
            at,
        })
    }

    /// Arguments between parentheses, if there are any.
    fn arguments(&mut self) -> Parsed<Vec<Argument<'t>>> {
        let mut arguments = Vec::new();
        if self.take(Kind::OpenParenthesis)? {
            loop {
                arguments.push(self.argument()?);
                if self.take(Kind::CloseParenthesis)? {
                    break;
                }
            }
        }
        Ok(arguments)
    }

    fn argument(&mut self) -> Parsed<Argument<'t>> {
        let at = self.token.at;
        let name = self.name()?;
        self.expect(Kind::Colon)?;
        Ok(Argument {
            name,
            value: self.value()?,
            at,
        })
    }

    pub(super) fn directives(&mut self) -> Parsed<Vec<Directive<'t>>> {
        let mut directives = Vec::new();
        while self.is(Kind::At) {
            let at = self.advance()?.at;
            directives.push(Directive {
                name: self.name()?,
                arguments: self.arguments()?,
                at,
            });
        }
        Ok(directives)
    }

    pub(super) fn ty(&mut self) -> Parsed<Type<'t>> {
        let inner = match self.take(Kind::OpenBracket)? {
            true => {
                self.enter()?;
                let inner = self.ty()?;
                self.expect(Kind::CloseBracket)?;
                self.leave();
                Type::List(Box::new(inner))
            }
            false => Type::Named(self.name()?),
        };
        Ok(match self.take(Kind::Bang)? {
            true => Type::NonNull(Box::new(inner)),
            false => inner,
        })
    }

    pub(super) fn value(&mut self) -> Parsed<Value<'t>> {
        let token = self.token;
        match token.kind {
            Kind::Int | Kind::Float | Kind::Text | Kind::BlockText | Kind::Name => {
                self.advance()?;
                Ok(match (token.kind, token.text) {
                    (Kind::Int, text) => Value::Int(text),
                    (Kind::Float, text) => Value::Float(text),
                    (Kind::BlockText, text) => Value::Text(strings::long(text).into()),
                    // The lexer tells texts with wrong escapes from right ones.
                    (Kind::Text, text) => Value::Text(strings::short(text).unwrap_or_default()),
                    (_, "null") => Value::Null,
                    (_, "true") => Value::Bool(true),
                    (_, "false") => Value::Bool(false),
                    (_, name) => Value::Enum(name),
                })
            }
            Kind::Dollar => {
                self.advance()?;
                Ok(Value::Variable(self.name()?, token.at))
            }
            Kind::OpenBracket => {
                self.advance()?;
                self.enter()?;
                let mut elements = Vec::new();
                while !self.take(Kind::CloseBracket)? {
                    elements.push(self.value()?);
                }
                self.leave();
                Ok(Value::List(elements))
            }
            Kind::OpenBrace => {
                self.advance()?;
                self.enter()?;
                let mut members = Vec::new();
                while !self.take(Kind::CloseBrace)? {
                    members.push(self.argument()?);
                }
                self.leave();
                Ok(Value::Object(members, token.at))
            }
            _ => Err(self.unexpected(None)),
        }
    }

    /// The content of a text that stands here, if one does.
    pub(super) fn description(&mut self) -> Parsed<Option<String>> {
        Ok(match self.token.kind {
            Kind::Text => strings::short(self.advance()?.text).map(Into::into),
            Kind::BlockText => Some(strings::long(self.advance()?.text)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        tokens_max: 100,
        depth_max: 5,
        selections_max: 10,
    };

    fn error(text: &str) -> String {
        match document(text, LIMITS).expect_err(text) {
            SyntaxError::Unexpected { message, at } => {
                assert!(message.ends_with(&format!(" at [{}, {}]", at.line, at.column)));
                message
            }
            SyntaxError::TooLarge(what, most) => format!("{what} {most}"),
        }
    }

    #[test]
    fn errors_read_like_the_platforms() {
        // Seen of the platform: a colon behind a parenthesis (its dollar eaten by a shell), a pair of empty parentheses.
        for (text, message) in [
            (
                "mutation (: CustomerInput!) { x }",
                "syntax error, unexpected COLON (\":\"), expecting VAR_SIGN at [1, 11]",
            ),
            (
                "{ publicApiVersions() { handle } }",
                "syntax error, unexpected RPAREN (\")\") at [1, 21]",
            ),
            ("", "syntax error, unexpected end of file at [1, 1]"),
            (" { ", "syntax error, unexpected end of file at [1, 2]"),
            (
                "{ shop { } }",
                "syntax error, unexpected RCURLY (\"}\") at [1, 10]",
            ),
            (
                "{ shop }\nshop",
                "syntax error, unexpected IDENTIFIER (\"shop\") at [2, 1]",
            ),
            (
                "query Q ($a: Int) shop",
                "syntax error, unexpected IDENTIFIER (\"shop\"), expecting LCURLY at [1, 19]",
            ),
            (
                "{ pe-ople }",
                "syntax error, unexpected invalid token (\"-\") at [1, 5]",
            ),
            (
                "fragment f Shop { name }",
                "syntax error, unexpected IDENTIFIER (\"Shop\"), expecting ON at [1, 12]",
            ),
        ] {
            assert_eq!(error(text), message, "{text}");
        }
    }

    #[test]
    fn limits_are_kept_before_anything_is_built() {
        assert_eq!(error(&"{ a ".repeat(6)), "nested levels 5");
        assert_eq!(
            error(&format!("{{ a(b: {}", "[".repeat(9))),
            "nested levels 5"
        );
        assert_eq!(
            error(&format!("query($a: {}", "[".repeat(9))),
            "nested levels 5"
        );
        assert_eq!(
            error(&format!("{{ {} }}", "a ".repeat(11))),
            "fields and fragments 10"
        );
        assert_eq!(
            error(&format!("{{ a(b: [{}", "1 ".repeat(101))),
            "tokens 100"
        );
        assert!(document(&format!("{{ {} }}", "a ".repeat(10)), LIMITS).is_ok());
    }

    #[test]
    fn everything_a_document_can_say_is_read() {
        let text = "query Q($a: [ID!]! = [\"x\"] @d) @d { b: c(d: {e: $a, f: [1, 1.5, X, null, true]}) @skip(if: false) { ...g ... on H { i } ... @d { j } } } fragment g on H @d { i }";
        let read = document(text, LIMITS).unwrap();
        let operation = read.operations().next().unwrap();
        assert_eq!(operation.name, Some("Q"));
        assert_eq!(operation.variables[0].ty.to_string(), "[ID!]!");
        let Selection::Field(field) = &operation.selections[0] else {
            panic!("a field");
        };
        assert_eq!((field.response_key(), field.name), ("b", "c"));
        assert_eq!(
            field.arguments[0].value.to_string(),
            "{e: $a, f: [1, 1.5, X, null, true]}"
        );
        assert_eq!(field.selections.len(), 3);
        assert_eq!(read.fragments().next().unwrap().condition, "H");
    }
}
