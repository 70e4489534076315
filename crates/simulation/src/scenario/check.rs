//! Checks a scenario tree against the schema of the types: keys, kinds of values, units. Every problem is found, with
//! its place, where the deserializer would stop at the first.

use channel_mocks::core::{Distribution, Micros, values};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Problem, SourceFile, suggestion};
use super::rate::Rate;
use super::schema::{present, resolve};
use super::text::has_hidden;
use super::tree::{Content, Node};
use crate::engine::config::Confidence;

/// Collects problems with places.
#[derive(Debug)]
pub struct Findings<'a> {
    /// The files that took part.
    pub files: &'a [SourceFile],
    /// What was found.
    pub problems: Vec<Problem>,
}

impl Findings<'_> {
    /// Notes a problem at a value.
    pub fn value(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Problem {
        let span = if node.span.is_empty() {
            node.key_span.clone()
        } else {
            node.span.clone()
        };
        self.push(node.file, span, message, label)
    }

    /// Reads a type from a checked tree. What the type alone refuses is noted where it stands, or at the nearest thing around it
    /// that stands in a file.
    pub fn typed<T: DeserializeOwned>(&mut self, tree: &Node) -> Option<T> {
        let error = match values::read_placed(tree.to_value()) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let message = format!("`{}`: {}", error.key(), error.in_words());
        self.value(tree.nearest(&error.path()), message, "cannot be read");
        None
    }

    /// Notes a problem at a key.
    pub fn key(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Problem {
        self.push(node.file, node.key_span.clone(), message, label)
    }

    fn push(
        &mut self,
        file: usize,
        span: std::ops::Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Problem {
        let problem = Problem::at(&self.files[file], span, message, label);
        self.problems.push(problem);
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }
}

impl Problem {
    /// Adds a way out.
    pub fn advise(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// Checks `node`, named `name` in messages, against `schema`.
pub fn check(root: &Value, schema: &Value, name: &str, node: &Node, findings: &mut Findings<'_>) {
    let (reference, schema) = resolve(root, present(schema));
    match reference {
        Some("Duration") => {
            return check_text(name, node, findings, "a duration", "\"90s\"", |text| {
                Micros::parse(text).map(drop)
            });
        }
        Some("Rate") => {
            return check_text(name, node, findings, "a rate", "\"5/s\"", |text| {
                Rate::parse(text).map(drop)
            });
        }
        Some("Distribution") => return check_delay(name, node, findings),
        Some("Buffer") => return check_buffer(name, node, findings),
        _ => {}
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        return check_choice(root, choices, name, node, findings);
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let Some(entries) = node.table() else {
            findings.value(
                node,
                format!("`{name}` must be a table"),
                format!("this is {}", node.kind()),
            );
            return;
        };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        for (key, value) in entries {
            match properties.get(key) {
                Some(schema) => check(root, schema, key, value, findings),
                None => unknown_key(key, value, &known, findings),
            }
        }
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            if !entries.contains_key(key) {
                let about = properties[key]
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or("this key is required")
                    .to_string();
                let of = if name.is_empty() {
                    "this scenario".to_string()
                } else {
                    format!("this `{name}`")
                };
                findings
                    .key(
                        node,
                        format!("{of} has no `{key}`"),
                        format!("`{key}` is missing here"),
                    )
                    .advise(format!("add `{key}`: {about}"));
            }
        }
        return;
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        // No type: anything goes (overrides, which are checked against their profile).
        _ => return,
    };
    check_kind(root, schema, kinds[0], name, node, findings);
}

fn check_kind(
    root: &Value,
    schema: &Value,
    kind: &str,
    name: &str,
    node: &Node,
    findings: &mut Findings<'_>,
) {
    let mut refuse = |expected: &str| {
        findings.value(
            node,
            format!("`{name}` must be {expected}"),
            format!("this is {}", node.kind()),
        );
    };
    match (kind, &node.content) {
        ("array", Content::Array(elements)) => {
            let tuple = schema.get("prefixItems").and_then(Value::as_array);
            if let Some(tuple) = tuple {
                if tuple.len() != elements.len() {
                    return refuse(&format!("an array of {}", tuple.len()));
                }
                for (element, schema) in elements.iter().zip(tuple) {
                    check(root, schema, name, element, findings);
                }
            } else if let Some(items) = schema.get("items") {
                for element in elements {
                    check(root, items, name, element, findings);
                }
            }
        }
        ("array", _) => refuse("an array"),
        ("integer", Content::Leaf(toml::Value::Integer(number))) => {
            // Platforms count in signed numbers of 32 bits, so that no count of anything is larger.
            let highest = match schema.get("format").and_then(Value::as_str) {
                Some("uint32") => i64::from(i32::MAX),
                _ => i64::MAX,
            };
            if *number < 0 {
                findings
                    .value(
                        node,
                        format!("`{name}` cannot be negative"),
                        "less than zero",
                    )
                    .advise(format!("write a whole number from 0 to {highest}"));
            } else if *number > highest {
                findings
                    .value(
                        node,
                        format!("`{name}` is {number}, which is too large"),
                        format!("at most {highest}"),
                    )
                    .advise(format!("write a whole number from 0 to {highest}"));
            }
        }
        ("integer", _) => refuse("a whole number"),
        ("number", Content::Leaf(toml::Value::Float(number))) if number.is_finite() => {}
        ("number", Content::Leaf(toml::Value::Float(_))) => {
            findings.value(
                node,
                format!("`{name}` must be a finite number"),
                "not finite",
            );
        }
        ("number", Content::Leaf(toml::Value::Integer(_))) => {}
        ("number", _) => refuse("a number"),
        ("boolean", Content::Leaf(toml::Value::Boolean(_))) => {}
        ("boolean", _) => refuse("true or false"),
        ("string", Content::Leaf(toml::Value::String(text))) => {
            check_letters(name, text, node, findings);
        }
        ("string", Content::Leaf(toml::Value::Datetime(_))) => {
            findings
                .value(node, format!("`{name}` must be a text"), "a bare date")
                .advise("put it in quotes");
        }
        ("string", _) => refuse("a text in quotes"),
        _ => {}
    }
}

/// Characters of the longest text, which is a description.
const LONGEST_TEXT: usize = 20_000;

/// Texts go into reports, tables and file names: nothing in them may be more than seen.
fn check_letters(name: &str, text: &str, node: &Node, findings: &mut Findings<'_>) {
    if has_hidden(text) {
        findings
            .value(
                node,
                format!("`{name}` holds a character that cannot be seen"),
                "an escape or control character",
            )
            .advise("write it with visible characters, blanks and line breaks only");
    } else if text.chars().count() > LONGEST_TEXT {
        findings
            .value(
                node,
                format!("`{name}` has {} characters", text.chars().count()),
                "too long",
            )
            .advise(format!("at most {LONGEST_TEXT}"));
    }
}

/// Notes a key that does not exist.
pub fn unknown_key(key: &str, node: &Node, known: &[&str], findings: &mut Findings<'_>) {
    findings
        .key(node, format!("there is no key `{key}` here"), "unknown key")
        .advise(suggestion(key, known));
}

fn check_text(
    name: &str,
    node: &Node,
    findings: &mut Findings<'_>,
    what: &str,
    example: &str,
    parse: impl Fn(&str) -> Result<(), String>,
) {
    match node.text() {
        Some(text) => {
            if let Err(message) = parse(text) {
                findings.value(node, message, format!("not {what}"));
            }
        }
        None => {
            findings
                .value(
                    node,
                    format!("`{name}` must be {what} with its unit"),
                    format!("this is {}", node.kind()),
                )
                .advise(format!("write it in quotes, like {example}"));
        }
    }
}

/// Checks what is held back: units, units by channel, or a confidence.
fn check_buffer(name: &str, node: &Node, findings: &mut Findings<'_>) {
    const HELP: &str = "write units from 0 to 2147483647, as in 2, units by channel, as in { amazon = 2 }, or { dynamic = \"99%\" }";
    let is_units = |node: &Node| match node.content {
        Content::Leaf(toml::Value::Integer(units)) => (0..=i64::from(i32::MAX)).contains(&units),
        _ => false,
    };
    let Some(entries) = node.table() else {
        if !is_units(node) {
            findings
                .value(
                    node,
                    format!("`{name}` must say what is held back"),
                    format!("this is {}", node.kind()),
                )
                .advise(HELP);
        }
        return;
    };
    let is_dynamic = |key: &str, value: &Node| key == "dynamic" && value.text().is_some();
    for (key, value) in entries {
        if is_dynamic(key, value) {
            let parsed = value.text().unwrap_or_default().parse::<Confidence>();
            if let Err(message) = parsed {
                findings.value(value, message, "no confidence");
            } else if entries.len() > 1 {
                findings
                    .value(
                        node,
                        "what is held back is worked out for every channel",
                        "too much",
                    )
                    .advise("leave the channels out, or `dynamic`");
            }
        } else if !is_units(value) {
            findings
                .value(
                    value,
                    format!("`{key}` must be the units that are held back there"),
                    format!("this is {}", value.kind()),
                )
                .advise(HELP);
        }
    }
}

/// Checks a delay, in a scenario or in an override.
pub fn check_delay(name: &str, node: &Node, findings: &mut Findings<'_>) {
    const HELP: &str = "{ fixed = \"2s\" }, { uniform = [\"2s\", \"8s\"] }, { exponential = \"5s\" } or { p50 = \"1s\", p99 = \"7s\" }, \
                        each optionally with max";
    let Some(entries) = node.table() else {
        findings
            .value(
                node,
                format!("`{name}` must be a delay"),
                format!("this is {}", node.kind()),
            )
            .advise(format!("a delay is one of {HELP}"));
        return;
    };
    for (key, value) in entries {
        if !super::tree::DELAY_KEYS.contains(&key.as_str()) {
            return unknown_key(key, value, &super::tree::DELAY_KEYS, findings);
        }
    }
    if let Err(error) = values::read::<Distribution>(node.to_value()) {
        findings
            .value(node, format!("`{name}`: {error}"), "not a delay")
            .advise(format!("a delay is one of {HELP}"));
    }
}

/// A value out of a list of words, or a table told apart by the word in its tag.
fn check_choice(
    root: &Value,
    choices: &[Value],
    name: &str,
    node: &Node,
    findings: &mut Findings<'_>,
) {
    let words: Vec<&str> = choices
        .iter()
        .filter_map(|choice| choice.get("const").and_then(Value::as_str))
        .collect();
    if !words.is_empty() {
        match node.text() {
            Some(text) if words.contains(&text) => {}
            Some(text) => findings
                .value(
                    node,
                    format!("`{text}` is no value of `{name}`"),
                    "unknown value",
                )
                .advise(suggestion(text, &words)),
            None => findings
                .value(
                    node,
                    format!("`{name}` must be a text in quotes"),
                    format!("this is {}", node.kind()),
                )
                .advise(format!("one of {}", words.join(", "))),
        }
        return;
    }
    let tag_of = |choice: &'_ Value| -> Option<(String, String)> {
        let properties = choice.get("properties")?.as_object()?;
        properties.iter().find_map(|(key, schema)| {
            let word = schema.get("const")?.as_str()?;
            Some((key.clone(), word.to_string()))
        })
    };
    let tags: Vec<(String, String)> = choices.iter().filter_map(tag_of).collect();
    let Some((tag, _)) = tags.first() else {
        return;
    };
    let words: Vec<&str> = tags.iter().map(|(_, word)| word.as_str()).collect();
    let chosen = node.get(tag);
    match (chosen, chosen.and_then(Node::text)) {
        (Some(_), Some(text)) if words.contains(&text) => {
            for (choice, word) in choices.iter().zip(&words) {
                if *word == text {
                    check(root, choice, name, node, findings);
                }
            }
        }
        (Some(at), Some(text)) => findings
            .value(
                at,
                format!("`{text}` is no {tag} of a `{name}`"),
                "unknown value",
            )
            .advise(suggestion(text, &words)),
        (Some(at), None) => findings
            .value(
                at,
                format!("`{tag}` must be a text in quotes"),
                format!("this is {}", at.kind()),
            )
            .advise(format!("one of {}", words.join(", "))),
        (None, _) => findings
            .value(
                node,
                format!("this `{name}` has no `{tag}`"),
                format!("`{tag}` is missing here"),
            )
            .advise(format!("one of {}", words.join(", "))),
    }
}
