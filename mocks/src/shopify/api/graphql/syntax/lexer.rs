//! Tokens of a GraphQL text, with line and column.

use super::strings;
use crate::shopify::api::graphql::plan::Location;

/// What a token is; the platform's name of each is what its messages say.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Int,
    Float,
    Text,
    BlockText,
    Bang,
    Dollar,
    Ampersand,
    OpenParenthesis,
    CloseParenthesis,
    Ellipsis,
    Colon,
    Equals,
    At,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    Pipe,
    CloseBrace,
    Invalid,
    End,
}

/// A token and where it stands.
#[derive(Copy, Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// As it is written; texts without their quotes.
    pub(super) text: &'t str,
    pub(super) at: Location,
}

impl Token<'_> {
    /// The platform's name of it.
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Name => match self.text {
                "query" => "QUERY",
                "mutation" => "MUTATION",
                "subscription" => "SUBSCRIPTION",
                "fragment" => "FRAGMENT",
                "on" => "ON",
                "true" => "TRUE_LITERAL",
                "false" => "FALSE_LITERAL",
                "null" => "NULL_LITERAL",
                "type" => "TYPE_LITERAL",
                "schema" => "SCHEMA",
                "scalar" => "SCALAR",
                "interface" => "INTERFACE",
                "union" => "UNION",
                "enum" => "ENUM",
                "input" => "INPUT",
                "directive" => "DIRECTIVE",
                "extend" => "EXTEND",
                "implements" => "IMPLEMENTS",
                "repeatable" => "REPEATABLE",
                _ => "IDENTIFIER",
            },
            Kind::Int => "INT",
            Kind::Float => "FLOAT",
            Kind::Text | Kind::BlockText => "STRING",
            Kind::Bang => "BANG",
            Kind::Dollar => "VAR_SIGN",
            Kind::Ampersand => "AMP",
            Kind::OpenParenthesis => "LPAREN",
            Kind::CloseParenthesis => "RPAREN",
            Kind::Ellipsis => "ELLIPSIS",
            Kind::Colon => "COLON",
            Kind::Equals => "EQUALS",
            Kind::At => "DIR_SIGN",
            Kind::OpenBracket => "LBRACKET",
            Kind::CloseBracket => "RBRACKET",
            Kind::OpenBrace => "LCURLY",
            Kind::Pipe => "PIPE",
            Kind::CloseBrace => "RCURLY",
            Kind::Invalid => "invalid token",
            Kind::End => "end of file",
        }
    }
}

/// Reads tokens one after the other.
pub(super) struct Lexer<'t> {
    text: &'t str,
    position: usize,
    line: u32,
    line_start: usize,
    /// Bytes of this line that continue a character: columns count characters.
    continuations: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        let mut lexer = Lexer {
            text,
            position: 0,
            line: 1,
            line_start: 0,
            continuations: 0,
        };
        if text.starts_with('\u{feff}') {
            lexer.step_over(3);
        }
        lexer
    }

    fn location(&self) -> Location {
        Location {
            line: self.line,
            column: (self.position - self.line_start - self.continuations + 1) as u32,
        }
    }

    /// Moves on, counting lines and columns.
    fn step_over(&mut self, bytes: usize) {
        let end = (self.position + bytes).min(self.text.len());
        for (offset, byte) in self.text.as_bytes()[self.position..end].iter().enumerate() {
            if *byte == b'\n' {
                self.line += 1;
                self.line_start = self.position + offset + 1;
                self.continuations = 0;
            } else if byte & 0xC0 == 0x80 {
                self.continuations += 1;
            }
        }
        self.position = end;
    }

    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.position..]
    }

    fn skip_ignored(&mut self) {
        loop {
            let rest = self.rest();
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',');
            let length = rest.iter().take_while(|byte| blank(byte)).count();
            let length = match rest.get(length) {
                Some(b'#') => rest[length..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(rest.len(), |end| length + end),
                _ if length == 0 => return,
                _ => length,
            };
            self.step_over(length);
        }
    }

    /// The next token; [`Kind::End`] for ever after the last.
    pub(super) fn next(&mut self) -> Token<'t> {
        self.skip_ignored();
        let at = self.location();
        let rest = self.rest();
        let (kind, length) = match rest.first() {
            None => (Kind::End, 0),
            Some(byte) => match byte {
                b'!' => (Kind::Bang, 1),
                b'$' => (Kind::Dollar, 1),
                b'&' => (Kind::Ampersand, 1),
                b'(' => (Kind::OpenParenthesis, 1),
                b')' => (Kind::CloseParenthesis, 1),
                b':' => (Kind::Colon, 1),
                b'=' => (Kind::Equals, 1),
                b'@' => (Kind::At, 1),
                b'[' => (Kind::OpenBracket, 1),
                b']' => (Kind::CloseBracket, 1),
                b'{' => (Kind::OpenBrace, 1),
                b'|' => (Kind::Pipe, 1),
                b'}' => (Kind::CloseBrace, 1),
                b'.' if rest.starts_with(b"...") => (Kind::Ellipsis, 3),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => (Kind::Name, name_length(rest)),
                b'-' | b'0'..=b'9' => number(rest),
                b'"' => return self.quoted(at),
                _ => {
                    let character = self.text[self.position..].chars().next();
                    (Kind::Invalid, character.map_or(1, char::len_utf8))
                }
            },
        };
        let text = &self.text[self.position..self.position + length];
        self.step_over(length);
        Token { kind, text, at }
    }

    fn quoted(&mut self, at: Location) -> Token<'t> {
        let rest = &self.text[self.position..];
        let (kind, quotes, length) = match rest.strip_prefix("\"\"\"") {
            Some(inside) => (Kind::BlockText, 3, block_length(inside)),
            None => (Kind::Text, 1, text_length(&rest.as_bytes()[1..])),
        };
        let Some(length) = length else {
            // What is opened and never closed is wrong from its quote on.
            self.step_over(rest.len());
            let text = &rest[..1];
            let kind = Kind::Invalid;
            return Token { kind, text, at };
        };
        let text = &rest[quotes..quotes + length];
        self.step_over(length + 2 * quotes);
        let is_right = kind == Kind::BlockText || strings::short(text).is_some();
        let kind = if is_right { kind } else { Kind::Invalid };
        Token { kind, text, at }
    }
}

fn name_length(rest: &[u8]) -> usize {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    rest.iter().take_while(is_name).count()
}

fn digits(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A number; what only begins like one is invalid up to where it stops being one.
fn number(rest: &[u8]) -> (Kind, usize) {
    let sign = usize::from(rest[0] == b'-');
    let whole = digits(&rest[sign..]);
    let mut end = sign + whole;
    if whole == 0 || (whole > 1 && rest[sign] == b'0') {
        return (Kind::Invalid, end);
    }
    let mut kind = Kind::Int;
    if rest.get(end) == Some(&b'.') {
        let fraction = digits(&rest[end + 1..]);
        end += 1 + fraction;
        if fraction == 0 {
            return (Kind::Invalid, end);
        }
        kind = Kind::Float;
    }
    if matches!(rest.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(&rest[end + 1 + sign..]);
        if exponent == 0 {
            return (Kind::Invalid, end + 1 + sign);
        }
        end += 1 + sign + exponent;
        kind = Kind::Float;
    }
    let tail = name_length(&rest[end..]);
    if tail > 0 || rest.get(end) == Some(&b'.') {
        return (Kind::Invalid, end + tail.max(1));
    }
    (kind, end)
}

/// How long a text is up to its closing quote; `None` when its line ends before.
fn text_length(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = inside.get(at) {
        match byte {
            b'"' => return Some(at),
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// How long a block text is up to its three closing quotes.
fn block_length(inside: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let found = from + inside[from..].find("\"\"\"")?;
        if !inside[..found].ends_with('\\') {
            return Some(found);
        }
        from = found + 3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| Some(lexer.next()))
            .take_while(|token| token.kind != Kind::End)
            .map(|token| (token.kind, token.text))
            .collect()
    }

    #[test]
    fn numbers_are_told_from_what_only_begins_like_one() {
        for (text, kind) in [
            ("0", Kind::Int),
            ("-17", Kind::Int),
            ("1.5", Kind::Float),
            ("-1.5e+10", Kind::Float),
            ("2E5", Kind::Float),
            ("01", Kind::Invalid),
            ("-", Kind::Invalid),
            ("1.", Kind::Invalid),
            ("1e", Kind::Invalid),
            ("1a", Kind::Invalid),
            ("1.5.2", Kind::Invalid),
        ] {
            assert_eq!(kinds(text)[0].0, kind, "{text}");
        }
    }

    #[test]
    fn places_count_lines_and_characters() {
        let mut lexer = Lexer::new("{ # é\n  a(b: \"é\", c: 1)\n}");
        let places: Vec<(u32, u32)> = std::iter::from_fn(|| Some(lexer.next()))
            .take_while(|token| token.kind != Kind::End)
            .map(|token| (token.at.line, token.at.column))
            .collect();
        let second: Vec<u32> = [3, 4, 5, 6, 8, 13, 14, 16, 17].into();
        assert_eq!(places[0], (1, 1));
        let found: Vec<u32> = places[1..10].iter().map(|place| place.1).collect();
        assert_eq!(found, second);
        assert_eq!(places.last(), Some(&(3, 1)));
    }

    #[test]
    fn texts_end_at_their_quote_or_not_at_all() {
        assert_eq!(kinds(r#""a\"b""#), [(Kind::Text, r#"a\"b"#)]);
        assert_eq!(
            kinds("\"\"\"a \"b\" \\\"\"\" \n\"\"\""),
            [(Kind::BlockText, "a \"b\" \\\"\"\" \n")]
        );
        for wrong in ["\"open", "\"line\n\"", "\"\"\"open", r#""\q""#, r#""\"#] {
            assert_eq!(kinds(wrong)[0].0, Kind::Invalid, "{wrong}");
        }
    }
}
