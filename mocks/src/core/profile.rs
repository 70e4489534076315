//! Profiles: limits and latencies as dated, sourced data, overridable key by key.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::values;

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

/// The text of a profile as a table; each text is parsed once in a process.
///
/// # Errors
/// The TOML error's message.
pub fn parsed(text: &str) -> Result<toml::Table, String> {
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
    values::read(toml::Value::Table(table))
}

/// Lets a profile come into force in place of the present one. `laid_over` then has the one that the shop was opened with,
/// unless that is in force again.
pub(crate) fn put_in_force<P: PartialEq>(
    profile: P,
    in_force: &mut P,
    laid_over: &mut Option<Box<P>>,
) {
    let before = std::mem::replace(in_force, profile);
    let base = laid_over.take().unwrap_or(Box::new(before));
    *laid_over = (*base != *in_force).then_some(base);
}

/// A profile with values laid over it for a while; an empty table gives the profile itself.
///
/// `fixed` are the keys that a shop is built on when it opens, and `check` says what types cannot.
///
/// # Errors
/// Names the key that the profile does not have, that cannot change, or whose value does not fit.
pub fn laid_over<P>(
    base: &P,
    overrides: &toml::Table,
    fixed: &[&str],
    check: impl Fn(&P) -> Result<(), String>,
) -> Result<P, String>
where
    P: Clone + Serialize + DeserializeOwned,
{
    refuse_fixed(overrides, fixed)?;
    if overrides.is_empty() {
        return Ok(base.clone());
    }
    let mut table = toml::Table::try_from(base).map_err(|error| error.to_string())?;
    merge(&mut table, overrides);
    let profile = values::read(toml::Value::Table(table))?;
    check(&profile)?;
    Ok(profile)
}

/// Refuses overrides of keys that a shop is built on when it opens, since they cannot change while it runs.
///
/// # Errors
/// Names the first such key among the overrides; a key is written with dots, such as `queue.account`, and covers all
/// beneath it.
fn refuse_fixed(overrides: &toml::Table, fixed: &[&str]) -> Result<(), String> {
    for key in fixed {
        let mut parts = key.split('.');
        let first = parts.next().and_then(|part| overrides.get(part));
        if parts
            .try_fold(first, |value, part| Some(value?.get(part)))
            .flatten()
            .is_some()
        {
            return Err(format!(
                "{key} is what the shop was opened with, and cannot change while it runs; set it in the channel's overrides"
            ));
        }
    }
    Ok(())
}

/// Checks that shares are shares.
///
/// # Errors
/// Names the first key whose value is not within 0 and 1.
pub fn check_shares(shares: &[(&str, f64)]) -> Result<(), String> {
    match shares
        .iter()
        .find(|(_, share)| !(0.0..=1.0).contains(share))
    {
        Some((key, share)) => Err(format!("{key} is {share}, but a share is 0 to 1")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shop_is_built_on_and_shares_beyond_one_are_refused_by_name() {
        let fixed = ["region", "queue.account"];
        let refused = |over: &str| refuse_fixed(&over.parse().unwrap(), &fixed);
        assert_eq!(refused("[queue]\nretention = \"1h\""), Ok(()));
        assert!(
            refused("[queue]\naccount = \"1\"")
                .unwrap_err()
                .contains("queue.account")
        );
        assert!(refused("region = \"US\"").unwrap_err().contains("region"));
        assert_eq!(check_shares(&[("a", 0.0), ("b", 1.0)]), Ok(()));
        assert!(
            check_shares(&[("a", 0.0), ("b.c", f64::NAN)])
                .unwrap_err()
                .contains("b.c")
        );
        assert!(check_shares(&[("a", -0.1)]).is_err());
    }

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
