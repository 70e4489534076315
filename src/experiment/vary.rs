//! Keys of a scenario with one value after the other: what sweeps and searches for capacity change.

mod channels;

use std::fmt::Write;

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::Contender;
use crate::engine::config::Strategy;
use crate::scenario::rate::Rate;
use crate::scenario::{Scenario, ScenarioError, rival_of};
use channels::{repeat_channels, scale, scale_channel};

/// What can be varied, in words: the one place that says it.
pub const KEYS: &str = "a key of scenario files, written with points (strategy.mirror.buffer, channel.web.profile, catalogue.skus; \
    docs/scenarios.md); demand.scale, a factor on all rates of demand; demand.scale.web, one on those of the channel `web` alone; \
    or channels, how many there are: the scenario's own, then copies of them with buyers of their own";

/// The factor on all rates of demand, which is no key of scenario files.
pub const DEMAND_SCALE: &str = "demand.scale";

/// How many channels there are, which is no key of scenario files either: those of the scenario one after the other, again and
/// again, each with buyers of its own.
pub const CHANNELS: &str = "channels";

/// Whether a key is a factor on rates of demand: on all of them, or on those of one channel, as `demand.scale.amazon` is.
pub fn is_factor(key: &str) -> bool {
    key == DEMAND_SCALE || scaled_channel(key).is_some()
}

/// The channel whose demand alone a key scales.
fn scaled_channel(key: &str) -> Option<&str> {
    key.strip_prefix(DEMAND_SCALE)?.strip_prefix('.')
}

/// Values that one key can have at most.
const MOST_VALUES: usize = 10_000;

/// Channels that there can be at most.
pub const MOST_CHANNELS: usize = 1_000;

/// Bytes of the longest text.
const LONGEST: usize = 20_000;

/// A key and its values, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vary {
    /// `strategy.mirror.buffer`, `channel.amazon.profile`, `demand.scale`.
    pub key: String,
    /// As they would stand in a scenario file, texts without quotes.
    pub values: Vec<String>,
}

/// One key with one value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Why settings cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VaryError {
    /// There is no such key, or nothing like it.
    #[error("{key}: {why}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// It would change nothing, or not what it seems to.
    #[error("{key}: {why}")]
    Useless {
        /// The key.
        key: String,
        /// Why.
        why: String,
        /// The way out.
        help: &'static str,
    },
    /// The scenario with the settings is none.
    #[error("with {settings}: {}", causes(error))]
    Scenario {
        /// The settings.
        settings: String,
        /// What is wrong.
        error: Box<ScenarioError>,
    },
}

/// What is wrong with a scenario, without places in a text that nobody has seen.
fn causes(error: &ScenarioError) -> String {
    let problems: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

/// `strategy.mirror.buffer=5, demand.scale=2`.
pub fn words(settings: &[Setting]) -> String {
    let mut text = String::new();
    for (position, Setting { key, value }) in settings.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{key}={value}");
    }
    text
}

/// A number and what stands behind it: `5`, `2.5/s`, `60s`.
fn apart(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || "+-.".contains(letter)));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number = number.parse::<f64>().ok().filter(|it| it.is_finite())?;
    Some((number, unit))
}

/// What a value comes to in a scenario, so that two ways of writing one thing are told apart from two things.
fn meaning(text: &str) -> String {
    match literal(text) {
        // A float without decimals is written as the whole number that it is.
        Value::Float(number) => number.to_string(),
        Value::String(text) => match (Micros::parse(&text), Rate::parse(&text), apart(&text)) {
            (Ok(time), ..) => time.to_string(),
            (_, Ok(rate), _) => format!("{}/s", rate.per_second),
            (.., Some((number, unit))) => format!("{number}{unit}"),
            _ => text,
        },
        other => other.to_string(),
    }
}

/// The first two values that mean the same.
fn twice(values: &[String]) -> Option<(&str, &str)> {
    let mut known = std::collections::BTreeMap::new();
    values.iter().find_map(|value| {
        let first = known.insert(meaning(value), value.as_str());
        first.map(|first| (first, value.as_str()))
    })
}

impl Vary {
    /// Reads `KEY=0..50..5` (from, to, step), with one unit behind each number where there is one, or `KEY=VALUE,VALUE`.
    ///
    /// # Errors
    /// A sentence with what is wrong.
    pub fn parse(text: &str) -> Result<Vary, String> {
        let (key, values) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no values: write KEY=0..50..5 or KEY=1,2,5"))?;
        let (key, values) = (Vary::key(key)?, values.trim());
        let values = match values.contains("..") {
            true => range(values)?,
            false => {
                let values = values.split(',').map(str::trim);
                values
                    .filter(|it| !it.is_empty())
                    .map(str::to_string)
                    .collect()
            }
        };
        if values.is_empty() {
            return Err(format!("{key} has no value"));
        }
        if values.len() > MOST_VALUES {
            return Err(format!("{key} has more than {MOST_VALUES} values"));
        }
        if let Some((first, twice)) = twice(&values) {
            let as_what = match first == twice {
                true => String::new(),
                false => format!(", as {first} too"),
            };
            return Err(format!("{key} has the value {twice} twice{as_what}"));
        }
        Ok(Vary { key, values })
    }

    /// Reads the name of a key.
    ///
    /// # Errors
    /// A sentence, when it can be none.
    pub fn key(text: &str) -> Result<String, String> {
        let key = text.trim();
        let parts = key.split('.');
        let usable = |part: &str| {
            let mut letters = part.chars();
            !part.is_empty() && letters.all(|it| it.is_ascii_alphanumeric() || "_-".contains(it))
        };
        match key.len() <= LONGEST && parts.clone().all(usable) {
            true => Ok(of_today(key)),
            false => Err(format!(
                "`{}` is no key: write its tables and itself with points, like strategy.mirror.buffer",
                crate::scenario::text::shown(key)
            )),
        }
    }

    /// Why varying a key would change nothing, if so.
    fn no_use(key: &str, scenario: &Scenario) -> Option<&'static str> {
        match key.split('.').next().unwrap_or(key) {
            "name" | "title" | "description" | "version" | "extends" => {
                Some("it says what a scenario is called or made of, and no run depends on it")
            }
            "strategies" => Some("who runs is said with --strategies"),
            "threshold" => Some("what has to hold is the same for all values"),
            _ if key == "catalogue.skus" && scenario.replay.is_some() => {
                Some("the SKUs are those of the orders that are replayed")
            }
            _ => None,
        }
    }

    /// Refuses a key that cannot be varied for these contenders.
    ///
    /// # Errors
    /// When it is a setting of strategies that do not run, or that set it by their names; or says how many channels there are,
    /// and one of them speaks of channels by name.
    pub fn check(key: &str, contenders: &[Contender]) -> Result<(), VaryError> {
        let useless = |why: String, help| {
            let key = key.to_string();
            Err(VaryError::Useless { key, why, help })
        };
        let by_channel = contenders.iter().find(|it| it.names_channels());
        match by_channel {
            Some(contender) if key == CHANNELS => useless(
                format!(
                    "`{}` holds units back by the names of channels, and copies have other names",
                    contender.name()
                ),
                "say it under [strategy.mirror] of the scenario, where it holds of copies too",
            ),
            _ if !contenders.iter().any(|it| knows(it.name(), key)) => useless(
                "nobody who runs goes by it".to_string(),
                "name a strategy with --strategies that has this setting, and does not set it by its name",
            ),
            _ => Ok(()),
        }
    }

    /// The strategy whose own setting it is, if it is one's: other strategies do not know it.
    pub fn strategy_of(key: &str) -> Option<&str> {
        key.strip_prefix("strategy.")?.split('.').next()
    }
}

/// Whether a contender's run can depend on a key: built-in strategies do not know the settings of others, and a variant keeps to
/// what its name sets.
pub(super) fn knows(contender: &str, key: &str) -> bool {
    let mut parts = contender.split(':');
    let is_own = |part: &str| part.split('=').next().map(str::trim) == key.split('.').nth(2);
    match (
        Vary::strategy_of(key),
        parts.next().and_then(Strategy::named),
    ) {
        (Some(named), Some(own)) => named == own.name() && !parts.any(is_own),
        _ => true,
    }
}

/// Keys of a channel that say how it is sold through, not to whom.
const CHOSEN_OF_CHANNELS: [&str; 7] = [
    "profile",
    "override",
    "known_limits",
    "poll_orders_every",
    "expected_share",
    "believed",
    "network",
];

/// Whether a key is chosen against the same buyers, stock and mishaps: a setting of engines, or a plan, limit or way of a channel.
/// Any other changes what there is to win, so that what comes of two of its values is not better or worse.
pub fn is_choice(key: &str) -> bool {
    let parts: Vec<&str> = key.split('.').collect();
    match parts[..] {
        ["strategy", ..] => true,
        ["channel", _, of_channel, ..] => CHOSEN_OF_CHANNELS.contains(&of_channel),
        _ => false,
    }
}

/// The key with the name of today where it has a strategy's old one.
fn of_today(key: &str) -> String {
    let mut olds = Strategy::OLD_NAMES.iter();
    let today = olds.find_map(|(old, strategy)| {
        let rest = key.strip_prefix(&format!("strategy.{old}."))?;
        Some(format!("strategy.{}.{rest}", strategy.name()))
    });
    today.unwrap_or_else(|| key.to_string())
}

fn range(text: &str) -> Result<Vec<String>, String> {
    let wrong =
        || format!("`{text}` is no range: write from, to and step, like 0..50..5 or 10s..60s..10s");
    let parts: Vec<&str> = text.split("..").map(str::trim).collect();
    let [from, to, step] = parts[..] else {
        return Err(wrong());
    };
    let ((from, unit), (to, other), (step, third)) = (
        apart(from).ok_or_else(wrong)?,
        apart(to).ok_or_else(wrong)?,
        apart(step).ok_or_else(wrong)?,
    );
    if unit != other || unit != third {
        return Err(format!("`{text}` has more than one unit"));
    }
    if step <= 0.0 || to < from {
        return Err(wrong());
    }
    let steps = ((to - from) / step + 1e-9).floor();
    if steps >= MOST_VALUES as f64 {
        return Err(format!("`{text}` has more than {MOST_VALUES} values"));
    }
    let values = (0..=steps as u64).map(|it| {
        // What stands in a scenario has no rounding errors in its last digits.
        let value = ((from + it as f64 * step) * 1e9).round() / 1e9;
        format!("{value}{unit}")
    });
    Ok(values.collect())
}

/// A scenario with settings laid over it.
///
/// # Errors
/// When a key leads nowhere, or the scenario with these values is none.
pub fn applied(scenario: &Scenario, settings: &[Setting]) -> Result<Scenario, VaryError> {
    let mut scaled = scenario.clone();
    let wrong = |key: &str, why: &str| VaryError::Key {
        key: key.to_string(),
        why: why.to_string(),
    };
    for Setting { key, .. } in settings {
        if let Some(why) = Vary::no_use(key, scenario) {
            return Err(VaryError::Useless {
                key: key.clone(),
                why: why.to_string(),
                help: "vary what a run depends on (docs/capacity.md)",
            });
        }
    }
    for setting in settings.iter().filter(|it| is_factor(&it.key)) {
        let factor = setting.value.parse::<f64>().ok();
        let factor = factor.filter(|it| it.is_finite() && *it > 0.0);
        let factor = factor
            .ok_or_else(|| wrong(&setting.key, "it is a factor on rates of demand, above 0"))?;
        if scaled.demand.phases.is_empty() {
            return Err(wrong(
                &setting.key,
                "the scenario has no demand with a rate",
            ));
        }
        let Some(name) = scaled_channel(&setting.key) else {
            let phases = scaled.demand.phases.iter_mut();
            phases.for_each(|it| scale(it, factor));
            continue;
        };
        let at = scaled.channels.iter().position(|it| it.name == name);
        let at = at.ok_or_else(|| {
            let known = scaled.channels.iter().map(|it| it.name.as_str());
            let known: Vec<&str> = known.collect();
            wrong(
                &setting.key,
                &format!(
                    "there is no channel `{name}`; it is one of {}",
                    known.join(", ")
                ),
            )
        })?;
        scale_channel(&mut scaled, at, factor);
    }
    let others: Vec<&Setting> = settings.iter().filter(|it| !is_factor(&it.key)).collect();
    if others.is_empty() {
        return Ok(scaled);
    }
    // After all that speaks of channels by their names, which the copies of a channel share with it.
    let count = others.iter().find(|it| it.key == CHANNELS);
    let count = count.map(|setting| {
        let count = setting.value.parse::<usize>().ok();
        let count = count.filter(|it| (1..=MOST_CHANNELS).contains(it));
        count.ok_or_else(|| {
            let why = format!("it is a number of channels, 1 to {MOST_CHANNELS}");
            wrong(&setting.key, &why)
        })
    });
    let count = count.transpose()?;
    let mut root =
        Value::try_from(&scaled).map_err(|error| wrong(&others[0].key, &error.to_string()))?;
    for setting in others.iter().filter(|it| it.key != CHANNELS) {
        let value = literal(&setting.value);
        set(&mut root, &setting.key, value).map_err(|why| wrong(&setting.key, &why))?;
    }
    let failed = |error| VaryError::Scenario {
        settings: words(settings),
        error: Box::new(error),
    };
    let read = |root: &Value| {
        let text = toml::to_string(root).unwrap_or_default();
        Scenario::parse(&scenario.name, &text).map(|it| it.scenario)
    };
    let changed = match count {
        None => read(&root),
        // What is repeated has to be a scenario itself.
        Some(count) => {
            let mut changed = match read(&root) {
                Ok(changed) => changed,
                Err(error) => return Err(failed(error)),
            };
            repeat_channels(&mut changed, count).map_err(|why| wrong(CHANNELS, &why))?;
            Value::try_from(&changed).map_or(Ok(changed), |root| read(&root))
        }
    };
    changed.map_err(failed)
}

/// A value as a scenario file has it; what is no number, truth value or list is a text.
fn literal(text: &str) -> Value {
    let read = format!("v = {text}").parse::<Table>().ok();
    read.and_then(|mut table| table.remove("v"))
        .unwrap_or_else(|| Value::String(text.to_string()))
}

fn set(root: &mut Value, key: &str, value: Value) -> Result<(), String> {
    let mut place = root;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        place = match place {
            Value::Table(table) if is_last => {
                if let Some(rival) = rival_of(key) {
                    table.remove(rival);
                }
                table.insert(part.to_string(), value);
                return Ok(());
            }
            Value::Table(table) => table
                .entry(part)
                .or_insert_with(|| Value::Table(Table::new())),
            Value::Array(list) => {
                let by_name = |it: &Value| {
                    let named = ["name", "code"]
                        .iter()
                        .filter_map(|key| it.get(*key)?.as_str());
                    named.into_iter().any(|name| name == part)
                };
                let known: Vec<&str> = list
                    .iter()
                    .filter_map(|it| it.get("name").or(it.get("code"))?.as_str())
                    .collect();
                let help = match (known.is_empty(), list.len()) {
                    (true, 0) => "the list is empty".to_string(),
                    (true, length) => format!("it is one of 0 to {}", length - 1),
                    (false, _) => format!("it is one of {}", known.join(", ")),
                };
                let at = list.iter().position(by_name).or_else(|| part.parse().ok());
                let at = at.filter(|at| *at < list.len());
                let at = at.ok_or_else(|| format!("there is no `{part}`; {help}"))?;
                if is_last {
                    list[at] = value;
                    return Ok(());
                }
                &mut list[at]
            }
            _ => return Err(format!("there is nothing below the value before `{part}`")),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
