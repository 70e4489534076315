//! What an engine carries: sentences and a table of the values tried (docs/capacity.md).

use serde::Serialize;

use super::columns::{Cell, Column, Columns, cell};
use super::number::{count, decimal, percent};
use super::paragraph::push_wrapped;
use super::replications::estimate_text;
use super::style::{Layout, Tone};
use super::thresholds::measured;
use crate::experiment::capacity::{
    Bound, Carried, Ended, Found, LimitMeans, Limiting, Probe, Refused, short,
};
use crate::scenario::text::printable;

/// The column of the fullest limit.
const LIMIT: usize = 4;

/// Bounds that are told.
const MOST_BOUNDS: usize = 3;

/// Channels whose orders are told.
const MOST_CHANNELS: usize = 6;

/// A value of the key as it can be given again: whole ones, such as numbers of channels, without decimals, others with as many as
/// tell them from their neighbours.
fn value(number: f64) -> String {
    match number.fract() == 0.0 && number < 1e15 {
        true => count(number as u64),
        false => short(number),
    }
}

/// What was found, `capacity.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapacityDocument {
    /// Version of this format: 1.
    pub schema_version: u32,
    /// The scenario.
    pub scenario: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// The seeds of every value.
    pub seeds: String,
    /// What has to hold.
    pub thresholds: Vec<String>,
    /// The command that repeats the search.
    pub rerun: String,
    /// By contender.
    pub found: Vec<Found>,
}

impl CapacityDocument {
    /// Of searches on one scenario and the same seeds, and the command that repeats them.
    pub fn new(
        scenario: (&str, &str),
        seeds: String,
        thresholds: Vec<String>,
        rerun: String,
        found: Vec<Found>,
    ) -> CapacityDocument {
        let (scenario, currency) = scenario;
        CapacityDocument {
            schema_version: 1,
            scenario: scenario.to_string(),
            currency: currency.to_string(),
            seeds,
            thresholds,
            rerun,
            found,
        }
    }

    /// As indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// As text for people.
    pub fn table(&self, layout: Layout) -> String {
        let mut out = String::new();
        let heading = format!(
            "{}: how far {} can grow (seeds {}) while {}",
            self.scenario,
            self.keys(),
            self.seeds,
            self.thresholds.join(", ")
        );
        push_wrapped(&mut out, &heading, 0, layout, Tone::Strong);
        for found in &self.found {
            out.push('\n');
            self.push(&mut out, found, layout);
        }
        out.push_str(&format!("again with:\n  {}\n", printable(&self.rerun)));
        out
    }

    /// Whether the growth of any contender was ended by the harness, which was late.
    pub fn is_refused(&self) -> bool {
        let mut found = self.found.iter();
        found.any(|it| it.refused_because().is_some())
    }

    /// The keys that grow, each once: `demand.scale.web or demand.scale.amazon`.
    fn keys(&self) -> String {
        let mut keys: Vec<&str> = self.found.iter().map(|it| it.key.as_str()).collect();
        keys.dedup();
        keys.sort_unstable();
        keys.dedup();
        keys.join(" or ")
    }

    fn push(&self, out: &mut String, found: &Found, layout: Layout) {
        let beyond = match (found.refused_because(), found.is_open_beyond()) {
            (Some(_), _) => Beyond::NotMeasured,
            (None, true) => Beyond::Open,
            (None, false) => Beyond::Broken,
        };
        let (found_low, found_high) = ((found.ended, found.carries), (found.beyond, beyond));
        let verdict = verdict(&found.key, found_low, found_high);
        let verdict = format!(
            "{} {}",
            found.contender,
            with_refused(verdict, found.refused.as_ref(), found.beyond)
        );
        push_wrapped(out, &verdict, 0, layout, Tone::Strong);
        let mut say = |text: String| push_wrapped(out, &text, 4, layout, Tone::Neutral);
        if let Some(carried) = found
            .probes
            .iter()
            .find(|it| Some(it.value) == found.carries)
        {
            say(format!("  orders there: {}", orders(carried)));
        }
        let refused = found.refused_because();
        if let Some(why) = refused {
            say(format!(
                "  limiting resource: this machine. {} is no measurement, and says nothing of the engine: {why}",
                value(found.beyond.unwrap_or_default())
            ));
        }
        let is_measured = refused.is_none();
        if let Some(threshold) = found.threshold.as_ref().filter(|_| is_measured) {
            let found = measured(threshold, &self.currency);
            let how = match threshold.outcome {
                crate::experiment::thresholds::Outcome::Fails => "broken",
                _ => "open",
            };
            say(format!(
                "  limiting threshold: {} is {how}: {found}",
                threshold.check
            ));
        }
        if let Some(limiting) = found.limiting.as_ref().filter(|_| is_measured) {
            // Whether anything limits where it is open is what more seeds have to tell.
            let said = match found.is_open_beyond() {
                true => most_used(limiting).map(|it| format!("  used most where it is open: {it}")),
                false => Some(format!("  limiting resource: {}", resource(limiting))),
            };
            said.into_iter().for_each(&mut say);
        }
        let bounds = found.bounds.iter().take(MOST_BOUNDS);
        let bounds: Vec<String> = bounds.map(bound).collect();
        if found.probes.iter().any(|it| !it.limits.is_empty()) {
            say(match bounds.is_empty() {
                true => "  utilisation law: no limit is used more as it grows".to_string(),
                false => format!("  utilisation law: {}", bounds.join("; ")),
            });
        }
        if let Some((worse, better)) = found.not_monotone {
            say(format!(
                "  NOT monotone: {} is not carried and {} is, so that there may be more brackets",
                value(worse),
                value(better)
            ));
        }
        push_probes(out, &found.key, found, layout);
    }
}

/// What became of the first value that is not carried surely.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Beyond {
    /// A threshold is broken.
    Broken,
    /// The seeds do not say: growth has not been seen to fail.
    Open,
    /// The harness was late.
    NotMeasured,
}

/// How a search ended, after the contender's name.
fn verdict(
    key: &str,
    (ended, carries): (Ended, Option<f64>),
    (high, beyond): (Option<f64>, Beyond),
) -> String {
    let high_text = value(high.unwrap_or_default());
    match (ended, carries, beyond) {
        (Ended::CarriesTheMost, Some(low), _) => {
            format!("carries {key}={}, the most that was tried.", value(low))
        }
        (Ended::Bracketed, Some(low), Beyond::Broken) => {
            format!("carries {key}={} and not {high_text}.", value(low))
        }
        (Ended::Bracketed, Some(low), Beyond::Open) => format!(
            "carries {key}={}; whether it carries {high_text} is open on these seeds.",
            value(low)
        ),
        (Ended::Bracketed, Some(low), Beyond::NotMeasured) => format!(
            "carries {key}={}; {high_text} could not be measured.",
            value(low)
        ),
        (_, _, Beyond::Open) => format!(
            "carries none of what was tried for sure; whether it carries {key}={high_text} is open on these seeds."
        ),
        (_, _, Beyond::NotMeasured) => {
            format!("carries none of what was measured; {key}={high_text} could not be measured.")
        }
        (_, _, Beyond::Broken) => {
            format!("carries none of what was tried, down to {key}={high_text}.")
        }
    }
}

/// The same with what the scenario cannot have next to the last value that was tried: `beyond` where nothing is carried, else the
/// largest.
fn with_refused(verdict: String, refused: Option<&Refused>, beyond: Option<f64>) -> String {
    let Some(Refused { value, why }) = refused else {
        return verdict;
    };
    let which = match beyond.is_some_and(|beyond| *value < beyond) {
        true => "smaller",
        false => "larger",
    };
    let verdict = verdict.trim_end_matches('.');
    format!("{verdict}; {which} values are refused: {why}.")
}

/// `12.3/s (web 6.1, amazon 3.7)`, accepted while buyers came; of many channels the first ones, and between what the others lie.
fn orders(probe: &Probe) -> String {
    let rate = |figures: &crate::experiment::replications::Estimates| {
        figures
            .get("orders_per_simulated_s")
            .and_then(|it| it.mean)
            .unwrap_or_default()
    };
    let all: Vec<(&String, f64)> = probe
        .summary
        .channels
        .iter()
        .map(|(name, figures)| (name, rate(figures)))
        .collect();
    // One more takes no more room than the words that stand for it.
    let told = match all.len() <= MOST_CHANNELS + 1 {
        true => all.len(),
        false => MOST_CHANNELS,
    };
    let (told, others) = all.split_at(told);
    let mut channels: Vec<String> = told
        .iter()
        .map(|(name, rate)| format!("{name} {}", decimal(*rate)))
        .collect();
    if !others.is_empty() {
        let rates = || others.iter().map(|(_, rate)| *rate);
        channels.push(format!(
            "{} others {} to {}",
            others.len(),
            decimal(rates().fold(f64::INFINITY, f64::min)),
            decimal(rates().fold(0.0, f64::max))
        ));
    }
    format!(
        "{}/s ({})",
        decimal(rate(&probe.summary.figures)),
        channels.join(", ")
    )
}

fn named(it: &LimitMeans) -> String {
    format!("{} of {}", it.limit, it.system)
}

fn most_used(limiting: &Limiting) -> Option<String> {
    let it = match limiting {
        Limiting::Limit(it) | Limiting::LimitInPeaks(it) => it,
        Limiting::Engine { most_used } => most_used.as_ref()?,
    };
    let used = percent(it.busy);
    Some(format!("{}, {used} used while buyers came", named(it)))
}

fn resource(limiting: &Limiting) -> String {
    match limiting {
        Limiting::Limit(it) => {
            format!("{}, {} used while buyers came", named(it), percent(it.busy))
        }
        Limiting::LimitInPeaks(it) => format!(
            "{} in the busiest minute ({} used; {} over all minutes)",
            named(it),
            percent(it.peak),
            percent(it.busy)
        ),
        Limiting::Engine {
            most_used: Some(it),
        } => format!(
            "no limit fills up with it (most used of those that do not stay full at every value: {}, {}): it is the engine itself, \
             or delays that no limit makes",
            named(it),
            percent(it.busy)
        ),
        Limiting::Engine { most_used: None } => {
            "the engine itself, delays, or a limit: how far those are used is not counted in real time"
                .to_string()
        }
    }
}

fn bound(it: &Bound) -> String {
    format!(
        "{} of {} is full at {}",
        it.limit,
        it.system,
        decimal(it.value)
    )
}

fn push_probes(out: &mut String, key: &str, found: &Found, layout: Layout) {
    let strong = |text: &str| Cell {
        tone: Tone::Strong,
        ..cell(text)
    };
    let header = [
        "  value",
        "orders/s",
        "oversold",
        "p99 age (s)",
        "  fullest limit",
        "carried",
    ];
    let mut rows = vec![header.map(strong)];
    rows[0][0] = strong(&format!("  {}", key.rsplit('.').next().unwrap_or(key)));
    for probe in &found.probes {
        let figure = |path: &str| {
            let found = probe.summary.figures.get(path);
            cell(found.map_or_else(|| "-".to_string(), |it| estimate_text(it, 1.0)))
        };
        let fullest = probe
            .limits
            .iter()
            .max_by(|one, other| one.busy.total_cmp(&other.busy));
        let fullest = fullest.map(|it| format!("{} {}", named(it), percent(it.busy)));
        let (word, tone) = match probe.carried {
            Carried::Open if probe.refused_because.is_some() => ("not measured", Tone::Neutral),
            Carried::Yes => ("yes", Tone::Good),
            Carried::Open => ("open", Tone::Neutral),
            Carried::Unasked => ("no samples", Tone::Neutral),
            Carried::No => ("no", Tone::Bad),
        };
        rows.push([
            cell(format!("  {}", value(probe.value))),
            figure("orders_per_simulated_s"),
            figure("oversold_units"),
            figure("staleness_s.p99"),
            cell(format!("  {}", fullest.unwrap_or_else(|| "-".to_string()))),
            Cell { tone, ..cell(word) },
        ]);
    }
    let width = |at: usize| {
        let widest = rows.iter().map(|row| row[at].text.chars().count()).max();
        widest.unwrap_or(0) + 2
    };
    let whole: usize = (0..header.len()).map(width).sum();
    let is_narrow = whole > layout.columns;
    let shown = (0..header.len()).filter(|at| !(is_narrow && *at == LIMIT));
    let shown: Vec<usize> = shown.collect();
    let mut columns = Columns::new(shown.iter().map(|&at| {
        let width = u16::try_from(width(at)).unwrap_or(u16::MAX);
        match at {
            0..LIMIT => Column::right(width),
            LIMIT => Column::left(width),
            // What stands before it ends at its edge.
            _ => Column {
                blanks_before: if is_narrow { 2 } else { 0 },
                ..Column::left(width)
            },
        }
    }));
    for row in &rows {
        columns.row(shown.iter().map(|&at| row[at].clone()));
    }
    let text = columns.text(layout.style);
    for (place, (line, row)) in text.lines().zip(&rows).enumerate() {
        out.push_str(line);
        out.push('\n');
        // Where there is no room beside the figures it stands below them.
        if is_narrow && place > 0 && row[LIMIT].text.trim() != "-" {
            let limit = format!("      fullest limit: {}", row[LIMIT].text.trim());
            push_wrapped(out, &limit, 8, layout, Tone::Dim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_that_was_not_seen_to_fail_is_open_and_no_end() {
        let between = (Ended::Bracketed, Some(6.0));
        let told = |beyond| verdict("channels", between, (Some(7.0), beyond));
        assert_eq!(told(Beyond::Broken), "carries channels=6 and not 7.");
        assert_eq!(
            told(Beyond::Open),
            "carries channels=6; whether it carries 7 is open on these seeds."
        );
        assert_eq!(
            told(Beyond::NotMeasured),
            "carries channels=6; 7 could not be measured."
        );
        let none = (Ended::CarriesNone, None);
        let told = |beyond| verdict("channels", none, (Some(0.25), beyond));
        assert_eq!(
            told(Beyond::Broken),
            "carries none of what was tried, down to channels=0.25."
        );
        assert!(
            told(Beyond::Open)
                .ends_with("whether it carries channels=0.25 is open on these seeds.")
        );
        assert_eq!(
            told(Beyond::NotMeasured),
            "carries none of what was measured; channels=0.25 could not be measured."
        );
        let most = verdict(
            "channels",
            (Ended::CarriesTheMost, Some(8.0)),
            (None, Beyond::Broken),
        );
        assert_eq!(most, "carries channels=8, the most that was tried.");
        let refused = Refused {
            value: 4.0,
            why: "with channels=4: too few".to_string(),
        };
        let told = |beyond| with_refused("carries it.".to_string(), Some(&refused), beyond);
        assert_eq!(
            told(Some(5.0)),
            "carries it; smaller values are refused: with channels=4: too few."
        );
        assert!(told(None).contains("; larger values are refused"));
    }

    #[test]
    fn values_are_told_as_they_can_be_given_again() {
        assert_eq!(value(0.00048828125), "0.00048828125");
        assert_eq!(value(0.000244140625), "0.000244140625");
        assert_eq!(value(1.68179), "1.68179");
        assert_eq!(value(1_024.0), "1,024");
        assert_eq!(value(1e300), "1e300");
    }
}
