//! Profiles: limits and latencies as dated, sourced data, overridable key by key.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;

/// Lays `over` on top of `base`: tables are merged key by key, but a delay table (an inline table with any of the keys of
/// a [`super::Distribution`]) replaces the one below it as a whole.
pub fn merge(base: &mut toml::Table, over: &toml::Table) {
    const DELAY_KEYS: [&str; 6] = ["fixed", "uniform", "exponential", "p50", "p99", "max"];
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above))
                if !above.keys().any(|key| DELAY_KEYS.contains(&key.as_str())) =>
            {
                merge(below, above);
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Texts that are kept parsed: a search over small runs would spend much of its time on reading the same few profiles.
const MOST_PARSED: usize = 64;

static PARSED: Mutex<BTreeMap<Box<str>, toml::Table>> = Mutex::new(BTreeMap::new());

/// The text as a table, parsed once in a process.
fn parsed(text: &str) -> Result<toml::Table, String> {
    let known = || PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(table) = known().get(text) {
        return Ok(table.clone());
    }
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let mut known = known();
    if known.len() < MOST_PARSED {
        known.insert(text.into(), table.clone());
    }
    Ok(table)
}

/// Reads a profile from its text with overrides laid on top.
///
/// # Errors
/// The TOML error's message, which names the key; built-in profiles without overrides always read.
pub fn read<P: DeserializeOwned>(text: &str, overrides: &toml::Table) -> Result<P, String> {
    let mut table = parsed(text)?;
    merge(&mut table, overrides);
    P::deserialize(toml::Value::Table(table)).map_err(|error| error.message().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_reach_single_keys_and_replace_whole_delays() {
        let mut base: toml::Table = "[latency]\nread = { p50 = \"1s\", p99 = \"2s\" }\nwrite = { fixed = \"1s\" }\n[plan]\nrate = 2\nburst = 4".parse().unwrap();
        let over: toml::Table = "[latency]\nread = { fixed = \"0s\" }\n[plan]\nrate = 9"
            .parse()
            .unwrap();
        merge(&mut base, &over);
        let expected: toml::Table = "[latency]\nread = { fixed = \"0s\" }\nwrite = { fixed = \"1s\" }\n[plan]\nrate = 9\nburst = 4".parse().unwrap();
        assert_eq!(base, expected);
    }
}
