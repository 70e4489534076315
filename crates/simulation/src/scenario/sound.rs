//! What is left of a scenario when its misshapen parts are taken out, so that what the rest means together can be told in one breath
//! with them.

use serde_json::Value;

use super::check::{Findings, check};
use super::error::SourceFile;
use super::schema::{present, resolve};
use super::tree::{Content, Entries, Node};

/// Lists to which nothing refers, so that they are as good without one of their elements.
const LOOSE: [&str; 3] = ["fault", "happening", "threshold"];

/// A tree of the right shape.
pub struct Sound {
    /// What is left.
    pub tree: Node,
    /// Paths of the tables from which something was taken out: what is wrong with them may follow from that.
    pub touched: Vec<String>,
}

impl Sound {
    /// Takes out what has the wrong shape; nothing where the rest does not stand without it.
    pub fn of(root: &Value, tree: &Node, files: &[SourceFile]) -> Option<Sound> {
        let mut touched = Vec::new();
        let mut shape = Shape {
            root,
            files,
            touched: &mut touched,
        };
        let tree = shape.sound(root, "", tree)?;
        Some(Sound { tree, touched })
    }
}

struct Shape<'a> {
    root: &'a Value,
    files: &'a [SourceFile],
    touched: &'a mut Vec<String>,
}

impl Shape<'_> {
    fn is_right(&self, schema: &Value, node: &Node) -> bool {
        let mut findings = Findings {
            files: self.files,
            problems: Vec::new(),
        };
        check(self.root, schema, "", node, &mut findings);
        findings.problems.is_empty()
    }

    fn sound(&mut self, schema: &Value, path: &str, node: &Node) -> Option<Node> {
        if self.is_right(schema, node) {
            return Some(node.clone());
        }
        let (_, schema) = resolve(self.root, present(schema));
        let content = match (&node.content, schema.get("properties"), schema.get("items")) {
            _ if schema.get("oneOf").is_some() => return None,
            (Content::Table(entries), Some(properties), _) => {
                Content::Table(self.table(schema, properties, path, entries)?)
            }
            (Content::Array(elements), _, Some(items)) => {
                let mut sound = Vec::with_capacity(elements.len());
                for (place, element) in elements.iter().enumerate() {
                    match self.sound(items, &joined(path, &place.to_string()), element) {
                        Some(element) => sound.push(element),
                        None if LOOSE.contains(&path) => {}
                        None => return None,
                    }
                }
                Content::Array(sound)
            }
            _ => return None,
        };
        Some(Node {
            content,
            ..node.clone()
        })
    }

    fn table(
        &mut self,
        schema: &Value,
        properties: &Value,
        path: &str,
        entries: &Entries,
    ) -> Option<Entries> {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |key: &str| required.is_some_and(|it| it.iter().any(|it| it == key));
        let mut sound = entries.clone();
        for (key, value) in entries {
            let kept = match properties.get(key) {
                Some(schema) => self.sound(schema, &joined(path, key), value),
                None => None,
            };
            match kept {
                Some(value) => {
                    sound.insert(key.clone(), value);
                }
                None if is_required(key) => return None,
                None => {
                    sound.shift_remove(key);
                    self.touched.push(path.to_string());
                }
            }
        }
        let mut required = required.into_iter().flatten().filter_map(Value::as_str);
        required.all(|key| sound.contains_key(key)).then_some(sound)
    }
}

fn joined(path: &str, step: &str) -> String {
    match path {
        "" => step.to_string(),
        path => format!("{path}.{step}"),
    }
}
