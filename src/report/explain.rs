//! One oversold unit after the other, told in words from a run directory.

use serde::Serialize;

use super::json::{Document, SCHEMA_VERSION, StrategyDocument};
use super::number::{count, counted, duration, percent};
use super::paragraph::push_wrapped;
use super::style::{Layout, Tone};
use super::why::{part_of, sentence};
use crate::measure::causes::{CauseLabel, Causes, Chain, Step};

/// What is told of a contender's oversold units.
#[derive(Debug, Serialize)]
pub struct Explanation<'a> {
    /// Version of the format.
    pub schema_version: u32,
    /// The scenario's name.
    pub scenario: &'a str,
    /// The root seed.
    pub seed: u64,
    /// Whose units.
    pub strategy: &'a str,
    /// All its causes, in sum.
    pub causes: &'a Causes,
    /// The units that were asked for, in the order in which they are told.
    pub chains: Vec<&'a Chain>,
    /// Other contenders that oversold, with how many units.
    #[serde(skip)]
    others: Vec<(&'a str, u64)>,
    /// Chains that would be told too if there were fewer.
    #[serde(skip)]
    more: Vec<&'a Chain>,
}

impl<'a> Explanation<'a> {
    /// Of one contender of a run, with the chains that were asked for and those that are left out for their number.
    pub fn new(
        document: &'a Document,
        run: &'a StrategyDocument,
        causes: &'a Causes,
        (chains, more): (Vec<&'a Chain>, Vec<&'a Chain>),
    ) -> Explanation<'a> {
        let others = document.strategies.iter().filter_map(|other| {
            let units = other.causes.as_ref()?.units;
            (units > 0 && other.strategy != run.strategy).then_some((&*other.strategy, units))
        });
        Explanation {
            schema_version: SCHEMA_VERSION,
            scenario: &document.scenario,
            seed: document.seed,
            strategy: &run.strategy,
            causes,
            chains,
            others: others.collect(),
            more,
        }
    }

    /// For machines.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are no text can fail to be written; there is none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// For people.
    pub fn text(&self, layout: Layout) -> String {
        let mut out = String::new();
        let heading = format!(
            "{}, seed {}: why {} oversold",
            self.scenario, self.seed, self.strategy
        );
        push_wrapped(&mut out, &heading, 0, layout, Tone::Strong);
        if self.causes.units == 0 {
            out.push_str("It oversold none, so that there is nothing to explain.\n");
        } else {
            let mut sentence = sentence(self.causes);
            sentence[..1].make_ascii_uppercase();
            push_wrapped(&mut out, &sentence, 2, layout, Tone::Neutral);
        }
        for chain in &self.chains {
            out.push('\n');
            push_chain(&mut out, chain, self.causes.units, layout);
        }
        if let Some(next) = self.more.first() {
            let units = self.more.iter().map(|chain| chain.units).sum();
            let left = format!(
                "{} more of this SKU; the next with --unit {}.",
                counted(units, "oversold unit"),
                next.unit
            );
            out.push('\n');
            push_wrapped(&mut out, &left, 2, layout, Tone::Dim);
        }
        if !self.others.is_empty() {
            let names = self
                .others
                .iter()
                .map(|(name, units)| format!("{name} ({})", count(*units)));
            let names: Vec<String> = names.collect();
            let line = format!(
                "Others that oversold: {}; see them with --strategy NAME.",
                names.join(", ")
            );
            out.push('\n');
            push_wrapped(&mut out, &line, 2, layout, Tone::Dim);
        }
        out
    }
}

/// The units of a chain, as they are counted: `unit 7`, or `units 7 to 9`.
fn numbered(chain: &Chain) -> String {
    match chain.units {
        0 | 1 => format!("unit {}", chain.unit),
        more => format!("units {} to {}", chain.unit, chain.unit + more - 1),
    }
}

/// What a label means, in a sentence of its own.
fn meaning(label: CauseLabel) -> &'static str {
    match label {
        CauseLabel::InFlight => {
            "The count did not show a sale elsewhere yet: its news, or the write that brought it, was under way."
        }
        CauseLabel::Resurrection => {
            "A write put back on sale what this listing itself had sold: the engine had not heard of that sale when it sent it."
        }
        CauseLabel::StaleWrite => {
            "A write with older knowledge replaced a count that was nearer to the truth."
        }
        CauseLabel::ThrottledWrite => {
            "The write that would have brought the news was refused by a rate limit."
        }
        CauseLabel::EngineDown => "The engine was down when the news, or the write, was due.",
        CauseLabel::PlatformRestock => {
            "The platform itself put units back on sale that were gone, as of a cancelled order."
        }
        CauseLabel::BadCount => "Records said more than there was, or somebody counted wrong.",
        CauseLabel::OpeningCount => "The count was too high from the beginning.",
        CauseLabel::EngineBooks => {
            "A write showed more than all that the engine had been told accounts for: its own books were too high."
        }
        CauseLabel::Lent => {
            "The unit was lent: shown on several channels on purpose, on a budget, and sold on another before it was taken back."
        }
        CauseLabel::LostStock => "Units were lost or damaged, and the count did not show that yet.",
        CauseLabel::ForeignWrite => "Somebody else than the engine set the count.",
        CauseLabel::Fault => {
            "A planned fault struck the news or the write; without it the unit had not been sold."
        }
        CauseLabel::Unknown => "Nothing explains it, which is a defect of this program.",
    }
}

/// The columns of `    2006.872 s  amazon    `.
const TIME_COLUMNS: usize = 12;

fn push_chain(out: &mut String, chain: &Chain, all: u64, layout: Layout) {
    let units = match chain.units {
        1 => "1 unit".to_string(),
        more => format!("{} units", count(more)),
    };
    let fault = chain.fault.as_ref();
    let heading = format!(
        "{} of {}: {units} of SKU {} on {} at {:.3} s: {}{}",
        numbered(chain),
        count(all),
        chain.sku_name(),
        chain.channel,
        chain.at_s,
        chain.label.name(),
        fault.map(|it| format!(" ({it})")).unwrap_or_default()
    );
    push_wrapped(out, &heading, 2, layout, Tone::Strong);
    let text = format!("  {}", meaning(chain.label));
    push_wrapped(out, &text, 2, layout, Tone::Neutral);
    let places = chain.links.iter().map(|it| it.place.chars().count());
    let widest = places.max().unwrap_or(0);
    for link in &chain.links {
        let time = format!("{:.3} s", link.at_s);
        let line = format!(
            "  {time:>TIME_COLUMNS$}  {:<widest$}  {}",
            link.place, link.what
        );
        let tone = match link.step {
            Step::Oversold => Tone::Bad,
            Step::Displayed | Step::Happened => Tone::Neutral,
            _ if link.at_s > chain.at_s => Tone::Dim,
            _ => Tone::Neutral,
        };
        push_wrapped(out, &line, 2 + TIME_COLUMNS + 2 + widest + 2, layout, tone);
    }
    let total = chain.delays.total_s();
    if total <= 0.0 {
        return;
    }
    let spent = chain
        .delays
        .parts()
        .into_iter()
        .enumerate()
        .filter(|(_, seconds)| *seconds > 0.0);
    let spent = spent.map(|(part, seconds)| {
        format!(
            "{} {} ({})",
            duration(seconds),
            part_of(part, &chain.channel),
            percent(seconds / total)
        )
    });
    let spent: Vec<String> = spent.collect();
    let line = format!(
        "  where the {} until the sale went: {}.",
        duration(total),
        spent.join(", ")
    );
    push_wrapped(out, &line, 2, layout, Tone::Neutral);
}
