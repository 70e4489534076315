//! Reads other TOML files than scenarios with the same care: every problem at once, with line, value and the way out.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::{Findings, check};
use super::error::{Problem, SourceFile};
use super::tree::Node;

/// A value read from a file's text, which remembers where everything stood.
#[derive(Debug)]
pub struct Typed<T> {
    /// The value.
    pub value: T,
    tree: Node,
    file: SourceFile,
}

impl<T: DeserializeOwned> Typed<T> {
    /// Reads `text`, which is the content of the file `name`; `what` is what such a file is called in messages, and `schema`
    /// says what it may hold.
    ///
    /// # Errors
    /// Syntax first, then every wrong key and value.
    pub fn read(
        what: &str,
        name: &str,
        text: &str,
        schema: &Value,
    ) -> Result<Typed<T>, Vec<Problem>> {
        let file = SourceFile {
            name: name.to_string(),
            text: Arc::from(text),
        };
        let tree = Node::parse(0, text).map_err(|problems| {
            problems
                .into_iter()
                .map(|(message, span)| Problem::at(&file, span, message, "here"))
                .collect::<Vec<_>>()
        })?;
        let mut findings = Findings {
            files: std::slice::from_ref(&file),
            problems: Vec::new(),
        };
        check(schema, schema, what, &tree, &mut findings);
        if !findings.problems.is_empty() {
            return Err(findings.problems);
        }
        match findings.typed(&tree) {
            Some(value) => Ok(Typed { value, tree, file }),
            None => Err(findings.problems),
        }
    }
}

impl<T> Typed<T> {
    /// A problem with the value at a path of keys and positions, like `channel.0.url`, or with the nearest thing around
    /// it that stands in the file.
    pub fn problem(&self, path: &str, message: impl Into<String>, help: &str) -> Problem {
        let node = self.tree.nearest(path);
        let span = if node.span.is_empty() {
            node.key_span.clone()
        } else {
            node.span.clone()
        };
        Problem::at(&self.file, span, message, "here").help(help)
    }
}
