//! Keys of a scenario with one value after the other: what sweeps and searches for capacity change.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::engine::config::Strategy;
use crate::scenario::model::{Channel, DemandPhase};
use crate::scenario::{Scenario, ScenarioError};

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
const MOST_CHANNELS: usize = 1_000;

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
    /// The scenario with the settings is none.
    #[error("with {settings}")]
    Scenario {
        /// The settings.
        settings: String,
        /// What is wrong.
        error: Box<ScenarioError>,
    },
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
        if let Some(twice) = (1..values.len()).find(|at| values[..*at].contains(&values[*at])) {
            return Err(format!("{key} has the value {} twice", values[twice]));
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

    /// The strategy whose own setting it is, if it is one's: other strategies do not know it.
    pub fn strategy_of(key: &str) -> Option<&str> {
        key.strip_prefix("strategy.")?.split('.').next()
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
    let read = |root: &Value| {
        let text = toml::to_string(root).unwrap_or_default();
        Scenario::parse(&scenario.name, &text).map(|it| it.scenario)
    };
    let changed = match count {
        None => read(&root),
        // What is repeated has to be a scenario itself.
        Some(count) => read(&root).and_then(|mut changed| {
            repeat_channels(&mut changed, count);
            Value::try_from(&changed).map_or(Ok(changed), |root| read(&root))
        }),
    };
    changed.map_err(|error| VaryError::Scenario {
        settings: words(settings),
        error: Box::new(error),
    })
}

/// Makes it so many channels: the scenario's own in their order, then copies of them, `web-2` of `web`. A copy sells from the same
/// stock to buyers of its own, who come as often as the original's, and the whole demand grows or shrinks with the channels.
fn repeat_channels(scenario: &mut Scenario, count: usize) {
    let own = std::mem::take(&mut scenario.channels);
    let place = |at: usize| (at % own.len(), at / own.len());
    let repeated = |shares: &[f64]| -> (Vec<f64>, f64) {
        let shares = (0..count).map(|at| shares[place(at).0]);
        let whole: f64 = shares.clone().sum();
        (shares.map(|it| it / whole).collect(), whole)
    };
    let shares: Vec<f64> = own.iter().map(|it| it.share).collect();
    let (shares, whole) = repeated(&shares);
    let name_of = |name: &str, round: usize| match round {
        0 => name.to_string(),
        round => format!("{name}-{}", round + 1),
    };
    let channels = shares.iter().enumerate().map(|(at, &share)| {
        let (original, round) = place(at);
        let original = &own[original];
        Channel {
            name: name_of(&original.name, round),
            share,
            expected_share: original.expected_share.map(|it| it / whole),
            ..original.clone()
        }
    });
    scenario.channels = channels.collect();
    for location in &mut scenario.warehouse.locations {
        let open: Vec<String> = std::mem::take(&mut location.channels);
        let all = (0..count).map(|at| (&own[place(at).0].name, place(at).1));
        let all = all.filter(|(name, _)| open.contains(name));
        location.channels = all.map(|(name, round)| name_of(name, round)).collect();
    }
    for phase in &mut scenario.demand.phases {
        let whole = match phase {
            DemandPhase::Constant {
                shares: Some(shares),
                ..
            } => {
                let (own, whole) = repeated(shares);
                *shares = own;
                whole
            }
            _ => whole,
        };
        scale(phase, whole);
    }
}

/// Scales the demand of one channel; that of the others stays as it is. All rates grow by what the whole grows, and shares
/// follow.
fn scale_channel(scenario: &mut Scenario, at: usize, factor: f64) {
    let grow = |shares: &mut [f64]| {
        shares[at] *= factor;
        let whole: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|it| *it /= whole);
        whole
    };
    let mut shares: Vec<f64> = scenario.channels.iter().map(|it| it.share).collect();
    let whole = grow(&mut shares);
    for (channel, share) in scenario.channels.iter_mut().zip(shares) {
        channel.share = share;
    }
    for phase in &mut scenario.demand.phases {
        let own = match phase {
            DemandPhase::Constant { shares, .. } => shares.as_deref_mut(),
            _ => None,
        };
        let whole = own.map_or(whole, grow);
        scale(phase, whole);
    }
}

fn scale(phase: &mut DemandPhase, factor: f64) {
    let rates = match phase {
        DemandPhase::Constant { rate, .. } => [Some(rate), None],
        DemandPhase::Ramp { from, to, .. } => [Some(from), Some(to)],
        DemandPhase::Decay { peak, base, .. } => [Some(peak), Some(base)],
        DemandPhase::Day { mean, .. } => [Some(mean), None],
    };
    for rate in rates.into_iter().flatten() {
        rate.per_second *= factor;
    }
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
                let help = match known.is_empty() {
                    true => format!("it is one of 0 to {}", list.len().saturating_sub(1)),
                    false => format!("it is one of {}", known.join(", ")),
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
mod tests {
    use super::*;
    use crate::engine::config::Buffer;
    use crate::scenario::model::Rate;

    fn setting(key: &str, value: &str) -> Setting {
        Setting {
            key: key.to_string(),
            value: value.to_string(),
        }
    }

    #[test]
    fn values_are_read_as_ranges_and_lists() {
        for (text, key, values) in [
            (
                "strategy.mirror.buffer=0..10..5",
                "strategy.mirror.buffer",
                vec!["0", "5", "10"],
            ),
            (
                "demand.scale = 0.1..0.3..0.1",
                "demand.scale",
                vec!["0.1", "0.2", "0.3"],
            ),
            ("settle=10s..35s..10s", "settle", vec!["10s", "20s", "30s"]),
            (
                "channel.web.profile=a, b",
                "channel.web.profile",
                vec!["a", "b"],
            ),
        ] {
            let vary = Vary::parse(text).unwrap();
            assert_eq!(
                (vary.key.as_str(), vary.values),
                (key, values.iter().map(|it| it.to_string()).collect())
            );
        }
        for (text, said) in [
            ("settle", "no values"),
            ("settle=", "no value"),
            ("settle=5..1..1", "no range"),
            ("settle=1..5", "no range"),
            ("settle=1s..5min..1s", "more than one unit"),
            ("settle=0..1..0.00001", "more than 10000"),
            ("settle=1,1", "twice"),
            ("set tle=1", "no key"),
            ("=1", "no key"),
        ] {
            let error = Vary::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_setting_changes_its_key_and_nothing_else() {
        let scenario = Scenario::load("flash-sale-10min").unwrap().scenario;
        let settings = [
            setting("strategy.mirror.buffer", "7"),
            setting("settle", "90min"),
            setting(DEMAND_SCALE, "2.5"),
        ];
        let changed = applied(&scenario, &settings).unwrap();
        assert_eq!(changed.strategy.mirror.buffer, Buffer::Units(7));
        let mut again = changed.clone();
        again.strategy.mirror.buffer = scenario.strategy.mirror.buffer.clone();
        again.settle = scenario.settle;
        again.demand = scenario.demand.clone();
        assert_eq!(again.compact(), scenario.compact());
        let rates = |it: &Scenario| match &it.demand.phases[0] {
            DemandPhase::Constant { rate, .. } | DemandPhase::Day { mean: rate, .. } => {
                rate.per_second
            }
            DemandPhase::Ramp { to, .. } => to.per_second,
            DemandPhase::Decay { peak, .. } => peak.per_second,
        };
        assert!((rates(&changed) / rates(&scenario) - 2.5).abs() < 1e-12);
    }

    /// One channel's buyers come more often, and those of the others as often as before, in phases with shares of their own
    /// too.
    #[test]
    fn the_demand_of_one_channel_grows_alone() {
        let mut scenario = Scenario::load("flash-sale-10min").unwrap().scenario;
        scenario.demand.phases.truncate(1);
        let lasts = scenario.demand.phases[0].lasts_and_shares().0;
        let own = DemandPhase::Constant {
            lasts,
            rate: Rate { per_second: 6.0 },
            hot: false,
            shares: Some(vec![0.5, 0.25, 0.25]),
        };
        scenario.demand.phases.push(own);
        let name = scenario.channels[1].name.clone();
        let key = format!("{DEMAND_SCALE}.{name}");
        let changed = applied(&scenario, &[setting(&key, "3")]).unwrap();
        let rate = |it: &DemandPhase| match it {
            DemandPhase::Constant { rate, .. } | DemandPhase::Day { mean: rate, .. } => {
                rate.per_second
            }
            DemandPhase::Ramp { to, .. } => to.per_second,
            DemandPhase::Decay { peak, .. } => peak.per_second,
        };
        let of = |it: &Scenario, phase: usize, channel: usize| {
            let phase = &it.demand.phases[phase];
            let shares = phase.lasts_and_shares().1.map(<[f64]>::to_vec);
            let share = shares.map_or(it.channels[channel].share, |own| own[channel]);
            rate(phase) * share
        };
        for phase in 0..2 {
            for (channel, factor) in [(0, 1.0), (1, 3.0), (2, 1.0)] {
                let (before, after) = (of(&scenario, phase, channel), of(&changed, phase, channel));
                assert!(
                    before > 0.0 && (after / before - factor).abs() < 1e-9,
                    "{phase} {channel}: {before} {after}"
                );
            }
        }
        let sum: f64 = changed.channels.iter().map(|it| it.share).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    /// Copies of channels bring buyers of their own, sell from where their original does, and leave the buyers of the others as
    /// they were; fewer channels take theirs with them.
    #[test]
    fn channels_are_repeated_with_buyers_of_their_own() {
        let mut scenario = Scenario::load("flash-sale-10min").unwrap().scenario;
        let names: Vec<String> = scenario.channels.iter().map(|it| it.name.clone()).collect();
        scenario.warehouse.locations[0].channels = vec![names[1].clone()];
        let lasts = scenario.demand.phases[0].lasts_and_shares().0;
        let own = DemandPhase::Constant {
            lasts,
            rate: Rate { per_second: 6.0 },
            hot: false,
            shares: Some(vec![0.5, 0.25, 0.25]),
        };
        scenario.demand.phases = vec![own.clone(), own];
        if let DemandPhase::Constant { shares, .. } = &mut scenario.demand.phases[1] {
            *shares = None;
        }
        let rates = |it: &Scenario| -> Vec<Vec<f64>> {
            let of = |phase: &DemandPhase| {
                let DemandPhase::Constant { rate, shares, .. } = phase else {
                    panic!("{phase:?}");
                };
                let all = it.channels.iter().map(|it| it.share);
                let shares = shares.clone().unwrap_or(all.collect());
                shares.iter().map(|it| it * rate.per_second).collect()
            };
            it.demand.phases.iter().map(of).collect()
        };
        let before = rates(&scenario);
        for count in [1, 3, 5] {
            let changed = applied(&scenario, &[setting(CHANNELS, &count.to_string())]).unwrap();
            let named: Vec<&str> = changed.channels.iter().map(|it| it.name.as_str()).collect();
            let (fourth, fifth) = (format!("{}-2", names[0]), format!("{}-2", names[1]));
            let all = [&names[0], &names[1], &names[2], &fourth, &fifth];
            assert_eq!(named, all[..count]);
            for (own, before) in rates(&changed).iter().zip(&before) {
                for (at, rate) in own.iter().enumerate() {
                    assert!((rate / before[at % 3] - 1.0).abs() < 1e-9, "{count} {at}");
                }
            }
            let open = &changed.warehouse.locations[0].channels;
            assert_eq!(open.len(), [0, 1, 2][count / 2], "{open:?}");
        }
        // What is said of a channel holds of its copies.
        let profile = setting(&format!("channel.{}.poll_orders_every", names[0]), "7min");
        let changed = applied(&scenario, &[setting(CHANNELS, "4"), profile]).unwrap();
        let polled = changed.channels[3].poll_orders_every;
        assert_eq!(polled, channel_mocks::core::Micros::from_secs(420));
        for (count, said) in [
            ("0", "1 to 1000"),
            ("1.5", "1 to 1000"),
            ("many", "1 to 1000"),
        ] {
            let error = applied(&scenario, &[setting(CHANNELS, count)]).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn a_key_that_leads_nowhere_is_told() {
        let scenario = Scenario::load("last-unit").unwrap().scenario;
        for (key, value, said) in [
            ("channel.ebay.share", "0.5", "web, amazon, tiktok"),
            ("settle.long", "5", "nothing below"),
            ("strategy.mirror.bufer", "5", "buffer"),
            (
                "strategy.mirror.buffer",
                "many",
                "strategy.mirror.buffer=many",
            ),
            (DEMAND_SCALE, "2", "no demand"),
            (DEMAND_SCALE, "0", "above 0"),
            ("demand.scale.web", "-1", "above 0"),
        ] {
            let error = applied(&scenario, &[setting(key, value)]).unwrap_err();
            let text = match &error {
                VaryError::Scenario { error: inner, .. } => format!("{error} {inner:?}"),
                VaryError::Key { .. } => error.to_string(),
            };
            assert!(text.contains(said), "{key}: {text}");
        }
    }
}
