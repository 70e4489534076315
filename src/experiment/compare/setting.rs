//! What a run was about: the scenario with every value written out, as far as it bears on what happens.

use std::collections::BTreeMap;

use oversell_kernel::hexadecimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::scenario::Scenario;

/// What a scenario file says and no run depends on: words for people, who plays by default, and what is asked of figures.
const WITHOUT_EFFECT: [&str; 5] = ["name", "title", "description", "strategies", "threshold"];

/// What stands in place of a value that is not there.
const NOTHING: &str = "nothing";

/// What a channel says of the engine rather than of the platform.
const OF_THE_ENGINE: [&str; 4] = [
    "expected_share",
    "poll_orders_every",
    "known_limits",
    "believed",
];

/// A scenario's single values by their paths, limits and delays of profiles included. How the engines are set stands apart: it
/// is a part of what is compared, as their code is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    leaves: BTreeMap<String, String>,
    engine: BTreeMap<String, String>,
}

/// Whether a value says how an engine is set.
fn is_of_the_engine(path: &str) -> bool {
    let mut keys = path.split('.');
    match keys.next() {
        Some("strategy") => true,
        // A name may have dots in it.
        Some("channel") => {
            keys.skip(1).any(|key| OF_THE_ENGINE.contains(&key)) && !path.contains(".override.")
        }
        _ => false,
    }
}

impl Setting {
    /// Reads the text of an expanded scenario ([`Scenario::expanded`]).
    ///
    /// # Errors
    /// When it is no TOML.
    pub fn parse(expanded: &str) -> Result<Setting, String> {
        let table: toml::Table = expanded
            .parse()
            .map_err(|error: toml::de::Error| error.message().to_string())?;
        let value = serde_json::to_value(table).map_err(|error| error.to_string())?;
        Ok(Setting::of_value(&value))
    }

    /// That of a scenario.
    pub fn of(scenario: &Scenario) -> Setting {
        Setting::parse(&scenario.expanded()).unwrap_or_default()
    }

    /// That of an expanded scenario as JSON.
    pub fn of_value(value: &Value) -> Setting {
        let mut setting = Setting::default();
        let members = value.as_object().into_iter().flatten();
        for (key, value) in members.filter(|(key, _)| !WITHOUT_EFFECT.contains(&key.as_str())) {
            setting.add(key.clone(), value);
        }
        setting
    }

    fn add(&mut self, path: String, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    self.add(format!("{path}.{key}"), member);
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    // Channels and locations are known by their names, wherever they stand.
                    let name = ["name", "code"]
                        .iter()
                        .find_map(|key| element.get(key)?.as_str());
                    let place = name.map_or_else(|| index.to_string(), str::to_string);
                    self.add(format!("{path}.{place}"), element);
                }
            }
            leaf => {
                let values = match is_of_the_engine(&path) {
                    true => &mut self.engine,
                    false => &mut self.leaves,
                };
                values.insert(path, leaf.to_string());
            }
        }
    }

    /// SHA-256 over all values but the engines', 64 hexadecimal digits: two scenarios have the same when an engine meets the same in
    /// them.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, value) in &self.leaves {
            hasher.update(format!("{path} = {value}\n"));
        }
        let digits = hexadecimal::digest(&hasher.finalize().into());
        digits.iter().map(|digit| char::from(*digit)).collect()
    }

    /// The values in which another differs, a line each: `settle: "2h" and "7min"`.
    pub fn differences(&self, other: &Setting) -> Vec<String> {
        differing(&self.leaves, &other.leaves)
    }

    /// How engines are set otherwise.
    pub fn engine_differences(&self, other: &Setting) -> Vec<String> {
        differing(&self.engine, &other.engine)
    }
}

fn differing(own: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let of_other = other.keys().filter(|path| !own.contains_key(*path));
    let paths = own.keys().chain(of_other);
    let value = |values: &BTreeMap<String, String>, path: &String| {
        let value = values.get(path);
        value.map_or(NOTHING.to_string(), String::clone)
    };
    paths
        .filter(|path| own.get(*path) != other.get(*path))
        .map(|path| format!("{path}: {} and {}", value(own, path), value(other, path)))
        .collect()
}
