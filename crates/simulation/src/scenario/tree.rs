//! Scenario files as trees that remember where every value stands, and how a variant is laid over its base.

use std::ops::Range;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of a delay: a table with any of them is one value.
pub const DELAY_KEYS: [&str; 6] = ["fixed", "uniform", "exponential", "p50", "p99", "max"];

/// Keys of one table, in no meaningful order.
pub type Entries = IndexMap<String, Node, FxBuildHasher>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Which of the files it is from, by position.
    pub file: usize,
    /// Bytes of the value in that file.
    pub span: Range<usize>,
    /// Bytes of its key; of the value where there is no key.
    pub key_span: Range<usize>,
    /// What it is.
    pub content: Content,
}

/// What stands at a place.
#[derive(Clone, Debug)]
pub enum Content {
    /// A table.
    Table(Entries),
    /// An array, of tables or of values.
    Array(Vec<Node>),
    /// Anything else.
    Leaf(toml::Value),
}

impl Node {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Every syntax error, with its place.
    pub fn parse(file: usize, text: &str) -> Result<Node, Vec<(String, Range<usize>)>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors
                .into_iter()
                .map(|error| {
                    let end = text.len();
                    let span = error.span().unwrap_or(end..end);
                    (error.message().to_string(), span)
                })
                .collect());
        }
        let mut problems = Vec::new();
        let content = Content::Table(entries(file, table.get_ref(), &mut problems));
        if problems.is_empty() {
            Ok(Node {
                file,
                span: 0..0,
                key_span: 0..0,
                content,
            })
        } else {
            Err(problems)
        }
    }

    /// The entries of a table.
    pub fn table(&self) -> Option<&Entries> {
        match &self.content {
            Content::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn array(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Leaf(toml::Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A table's entry.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.table()?.get(key)
    }

    /// The value at a path of keys and positions, like `channel.0.share`, or the nearest thing around it that exists.
    pub fn nearest(&self, path: &str) -> &Node {
        let mut node = self;
        for step in path.split('.') {
            let next = match &node.content {
                Content::Table(entries) => entries.get(step),
                Content::Array(elements) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| elements.get(index)),
                Content::Leaf(_) => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// The value without places.
    pub fn to_value(&self) -> toml::Value {
        match &self.content {
            Content::Table(entries) => toml::Value::Table(
                entries
                    .iter()
                    .map(|(key, node)| (key.clone(), node.to_value()))
                    .collect(),
            ),
            Content::Array(elements) => {
                toml::Value::Array(elements.iter().map(Node::to_value).collect())
            }
            Content::Leaf(value) => value.clone(),
        }
    }

    /// What kind of thing it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Table(_) => "a table",
            Content::Array(_) => "an array",
            Content::Leaf(toml::Value::String(_)) => "a text",
            Content::Leaf(toml::Value::Integer(_)) => "a whole number",
            Content::Leaf(toml::Value::Float(_)) => "a number",
            Content::Leaf(toml::Value::Boolean(_)) => "true or false",
            Content::Leaf(_) => "a date",
        }
    }

    fn is_delay(&self) -> bool {
        self.table()
            .is_some_and(|entries| entries.keys().any(|key| DELAY_KEYS.contains(&key.as_str())))
    }
}

fn entries(
    file: usize,
    table: &DeTable<'_>,
    problems: &mut Vec<(String, Range<usize>)>,
) -> Entries {
    // The parser sorts keys by name; the file's own order makes better messages.
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs
        .into_iter()
        .map(|(key, value)| {
            let node = node(file, value, key.span(), problems);
            (key.get_ref().to_string(), node)
        })
        .collect()
}

fn node(
    file: usize,
    value: &Spanned<DeValue<'_>>,
    key_span: Range<usize>,
    problems: &mut Vec<(String, Range<usize>)>,
) -> Node {
    let span = value.span();
    let content = match value.get_ref() {
        DeValue::Table(table) => Content::Table(entries(file, table, problems)),
        DeValue::Array(array) => Content::Array(
            array
                .iter()
                .map(|element| node(file, element, element.span(), problems))
                .collect(),
        ),
        DeValue::String(text) => Content::Leaf(toml::Value::String(text.to_string())),
        DeValue::Boolean(value) => Content::Leaf(toml::Value::Boolean(*value)),
        DeValue::Datetime(value) => Content::Leaf(toml::Value::Datetime(*value)),
        DeValue::Integer(value) => {
            let number = i64::from_str_radix(value.as_str(), value.radix()).unwrap_or_else(|_| {
                problems.push(("this number is too large".to_string(), span.clone()));
                0
            });
            Content::Leaf(toml::Value::Integer(number))
        }
        DeValue::Float(value) => {
            let number = value.as_str().parse().unwrap_or_else(|_| {
                problems.push(("this is not a number".to_string(), span.clone()));
                0.0
            });
            Content::Leaf(toml::Value::Float(number))
        }
    };
    Node {
        file,
        span,
        key_span,
        content,
    }
}

/// The other key of a pair of which a scenario has one: who says the one takes the other away.
pub fn rival_of(path: &str) -> Option<&'static str> {
    match path {
        "stock.units" => Some("cover"),
        "stock.cover" => Some("units"),
        _ => None,
    }
}

/// Lays a variant over its base:
///
/// - tables are merged key by key;
/// - channels are matched by `name` and locations by `code`, then merged key by key; new ones come last;
/// - everything else, delays and other arrays included, replaces what is below;
/// - `stock.units` takes the place of `stock.cover` and the other way round.
pub fn lay_over(base: &mut Node, over: Node) {
    lay("", base, over);
}

fn lay(path: &str, base: &mut Node, over: Node) {
    let mergeable = base.table().is_some() && over.table().is_some() && !over.is_delay();
    let matched_by = match path {
        "channel" => Some("name"),
        "warehouse.location" => Some("code"),
        _ => None,
    };
    match (&mut base.content, over.content) {
        (Content::Table(below), Content::Table(above)) if mergeable => {
            for key in above.keys() {
                let rival = rival_of(&format!("{path}.{key}"));
                if let Some(rival) = rival.filter(|rival| !above.contains_key(*rival)) {
                    below.shift_remove(rival);
                }
            }
            for (key, node) in above {
                match below.get_mut(&key) {
                    Some(under) => {
                        let path = if path.is_empty() {
                            key
                        } else {
                            format!("{path}.{key}")
                        };
                        lay(&path, under, node);
                    }
                    None => {
                        below.insert(key, node);
                    }
                }
            }
            // Errors about the table as a whole point at the variant, which is where the reader is.
            base.file = over.file;
            base.span = over.span;
            base.key_span = over.key_span;
        }
        (Content::Array(below), Content::Array(above)) if matched_by.is_some() => {
            let key = matched_by.unwrap_or_default();
            for node in above {
                let same = below.iter_mut().find(|under| {
                    let name = |node: &Node| node.get(key).and_then(Node::text).map(String::from);
                    name(under).is_some() && name(under) == name(&node)
                });
                match same {
                    Some(under) => lay("element", under, node),
                    None => below.push(node),
                }
            }
            base.file = over.file;
            base.span = over.span;
            base.key_span = over.key_span;
        }
        (below, above) => {
            *below = above;
            base.file = over.file;
            base.span = over.span;
            base.key_span = over.key_span;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(base: &str, over: &str) -> toml::Value {
        let mut base = Node::parse(0, base).unwrap();
        lay_over(&mut base, Node::parse(1, over).unwrap());
        base.to_value()
    }

    fn value(text: &str) -> toml::Value {
        toml::Value::Table(text.parse().unwrap())
    }

    #[test]
    fn tables_merge_and_named_elements_meet() {
        let base = r#"
            title = "base"
            stock = { units = 5, hot_units = 2 }
            channel = [{ name = "a", share = 0.5, network = { request = { p50 = "1s", p99 = "2s" }, patience = "9s" } }]
            demand.phase = [{ lasts = "1h" }, { lasts = "2h" }]
        "#;
        let over = r#"
            stock = { cover = 1.5 }
            channel = [{ name = "b", share = 0.5 }, { name = "a", network = { request = { fixed = "0s" } } }]
            demand.phase = [{ lasts = "3h" }]
        "#;
        assert_eq!(
            laid(base, over),
            value(
                r#"
            title = "base"
            stock = { cover = 1.5, hot_units = 2 }
            channel = [
                { name = "a", share = 0.5, network = { request = { fixed = "0s" }, patience = "9s" } },
                { name = "b", share = 0.5 },
            ]
            demand.phase = [{ lasts = "3h" }]
        "#
            )
        );
    }

    #[test]
    fn numbers_keep_their_value_and_places_their_text() {
        let text = "a = 0x1F\nb = 1_000\nc = inf\n[d]\ne = [1, 2.5]";
        let node = Node::parse(0, text).unwrap();
        assert_eq!(node.to_value(), value(text));
        assert_eq!(&text[node.nearest("d.e.1").span.clone()], "2.5");
        assert_eq!(&text[node.nearest("d.x").key_span.clone()], "d");
        assert!(Node::parse(0, "a = 99999999999999999999").is_err());
        assert_eq!(Node::parse(0, "a = \nb = 3 4\n").unwrap_err().len(), 2);
    }
}
