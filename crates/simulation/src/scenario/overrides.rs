//! Overrides of profiles, checked against the profile they are laid over: its keys, and the kinds of its values.

use channel_mocks::core::Micros;

use super::check::{Findings, check_delay, unknown_key};
use super::profiles::{self, ProfileOwner};
use super::tree::{Content, DELAY_KEYS, Node};

/// What an owner is called in messages.
pub fn owner_name(owner: ProfileOwner) -> String {
    match owner {
        ProfileOwner::Channel(platform) => format!("{} channel", platform.describe().title),
        ProfileOwner::Warehouse => "warehouse".to_string(),
    }
}

/// Checks an override against the text of the profile called `name`: first key by key, which finds every problem and
/// its place, and then as a whole, by the emulator's own reading.
pub fn check(
    node: &Node,
    owner: ProfileOwner,
    name: &str,
    text: &str,
    findings: &mut Findings<'_>,
) {
    match text.parse::<toml::Table>() {
        Ok(base) => {
            let before = findings.problems.len();
            check_table(node, &base, findings);
            if findings.problems.len() == before
                && let toml::Value::Table(overrides) = node.to_value()
                && let Err(message) = profiles::read(owner, name, &overrides)
            {
                findings.key(node, message, format!("laid over `{name}`"));
            }
        }
        Err(error) => {
            findings.value(
                node,
                format!(
                    "the built-in profile `{name}` cannot be read: {}",
                    error.message()
                ),
                "overrides nothing",
            );
        }
    }
}

fn check_table(node: &Node, base: &toml::Table, findings: &mut Findings<'_>) {
    let Some(entries) = node.table() else {
        findings.value(
            node,
            "an override must be a table",
            format!("this is {}", node.kind()),
        );
        return;
    };
    let known: Vec<&str> = base.keys().map(String::as_str).collect();
    for (key, value) in entries {
        match base.get(key) {
            None => unknown_key(key, value, &known, findings),
            Some(below) => check_value(key, value, below, findings),
        }
    }
}

fn check_value(key: &str, node: &Node, below: &toml::Value, findings: &mut Findings<'_>) {
    use toml::Value;
    match below {
        Value::Table(table) if table.keys().any(|key| DELAY_KEYS.contains(&key.as_str())) => {
            check_delay(key, node, findings);
        }
        Value::Table(table) => check_table(node, table, findings),
        Value::String(text) if Micros::parse(text).is_ok() => {
            match node.text().map(Micros::parse) {
                Some(Ok(_)) => {}
                Some(Err(message)) => {
                    findings.value(node, message, "not a duration");
                }
                None => refuse(key, node, "a duration with its unit, in quotes", findings),
            }
        }
        Value::String(_) if node.text().is_none() => {
            refuse(key, node, "a text in quotes", findings)
        }
        Value::Boolean(_) if !matches!(node.content, Content::Leaf(Value::Boolean(_))) => {
            refuse(key, node, "true or false", findings);
        }
        Value::Integer(_) | Value::Float(_) => match node.content {
            // A whole number in the profile may stand for a rate, so numbers of both kinds pass here.
            Content::Leaf(Value::Integer(_) | Value::Float(_)) => {}
            _ => refuse(key, node, "a number", findings),
        },
        Value::Array(_) if node.array().is_none() => refuse(key, node, "an array", findings),
        _ => {}
    }
}

fn refuse(key: &str, node: &Node, expected: &str, findings: &mut Findings<'_>) {
    findings.value(
        node,
        format!("`{key}` must be {expected}"),
        format!("this is {}", node.kind()),
    );
}
