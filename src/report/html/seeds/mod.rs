//! The page of many seeds: means with their intervals as pictures, made from `replications.json` alone.

mod causes;
mod figures;
mod intervals;

use serde::Serialize;

use super::section::{Block, Cell, Section, Table, Tone};
use super::verdict::{Tile, class_of};
use super::{Page, PageError, STYLE, gates, rendered};
use crate::experiment::replications::{ContenderSummary, GuaranteeCounts};
use crate::experiment::thresholds::Outcome;
use crate::measure::Verdict;
use crate::report::findings::{guarantee_words, names_of};
use crate::report::number::{counted, percent};
use crate::report::replications::{
    SeedsFiles, bound_text, budget_share, budget_verdict, estimate_text, verdict,
};

/// What the page's head shows.
#[derive(Serialize)]
struct Head<'a> {
    scenario: &'a str,
    title: &'a str,
    seeds: String,
    time: &'a str,
    rerun: &'a str,
}

/// The page of many seeds, as HTML.
///
/// # Errors
/// When a template is wrong.
pub fn seeds_page(files: &SeedsFiles) -> Result<String, PageError> {
    let document = &files.document;
    let frame = &document.frame;
    let head = Head {
        scenario: &frame.scenario,
        title: &frame.title,
        seeds: format!("{} ({})", frame.seeds, document.runs),
        time: "virtual",
        rerun: &frame.rerun,
    };
    let mut sections = vec![intervals::section(document), intervals::trade_off(document)];
    sections.extend(intervals::differences(document));
    sections.extend(causes::section(document));
    sections.extend(thresholds(files));
    sections.extend(comparison(files));
    sections.push(figures::channels(document));
    sections.extend(scenario(files));
    let page = Page {
        document: &head,
        version: &files.program_version,
        verdict: verdict(document),
        time_note: format!(
            "Simulated in virtual time, {}: means of a run \u{b1} half the width of their 95 % interval (Student\u{2019}s t). \
             All contenders meet the same buyers on a seed.",
            counted(document.runs, "seed")
        ),
        tiles: document
            .summaries
            .iter()
            .enumerate()
            .map(|(position, it)| tile(position, it, &frame.currency))
            .collect(),
        guarantees: guarantees(files),
        promises: promises(files),
        // They have sections of their own.
        gates: Vec::new(),
        figures: figures::table(document),
        sections,
        style: STYLE,
        script: "",
        playback: String::new(),
    };
    rendered(&page)
}

fn tile(position: usize, it: &ContenderSummary, currency: &str) -> Tile {
    let text = |path: &str, scale: f64| {
        let found = it.figures.get(path);
        found.map_or("-".to_string(), |it| estimate_text(it, scale))
    };
    let most = it.figures.get("oversold_units").and_then(|it| it.most);
    let seconds = |path: &str| match text(path, 1.0).as_str() {
        "-" => "-".to_string(),
        value => format!("{value} s"),
    };
    let pair = |name: &str, value: String| (name.to_string(), value);
    Tile {
        name: it.contender.clone(),
        class: class_of(position),
        number: text("oversold_units", 1.0),
        what: format!(
            "oversold units a run, of {} sold",
            text("accepted_units", 1.0)
        ),
        tone: match most {
            Some(most) if most > 0.0 => Tone::Bad,
            _ => Tone::Good,
        },
        pairs: vec![
            pair("lost sales", text("net_undersell_units", 1.0)),
            pair("age of counts, p99", seconds("staleness_s.p99")),
            pair("orders ingested, p99", seconds("ingestion_s.p99")),
            pair("calls per order", text("calls_per_order", 1.0)),
            pair("cost", format!("{} {currency}", text("cost", 1.0))),
        ],
    }
}

/// What was promised and how often it was kept.
fn promises(files: &SeedsFiles) -> String {
    let summaries = files.document.summaries.iter();
    let promised: u64 = summaries
        .flat_map(|it| &it.guarantees)
        .filter(|it| it.was_promised_and_tried())
        .count() as u64;
    let broken = files.document.broken_promises().count() as u64;
    match (promised, broken) {
        (0, _) => "No promise was put to the test.".to_string(),
        (all, 0) => format!(
            "{} kept, each on every seed that put it to the test. What was never broken has an upper bound all the same: it is \
             the exact 95 % bound of Clopper and Pearson.",
            counted(all, "promise")
        ),
        (all, broken) => format!("{broken} of {} were broken.", counted(all, "promise")),
    }
}

/// A row for each guarantee that somebody was judged on.
fn guarantees(files: &SeedsFiles) -> Table {
    let summaries = &files.document.summaries;
    let judged = summaries.iter().flat_map(|it| &it.guarantees);
    let judged = judged.filter(|it| it.is_judged());
    let names = names_of(judged.map(|it| it.name.as_str()));
    let head = std::iter::once("guarantee".to_string());
    let rows = names.iter().map(|name| {
        let cells = summaries.iter().map(|summary| {
            let found = summary.guarantees.iter().find(|it| it.name == *name);
            found.map_or_else(|| Cell::toned("-", Tone::Quiet), guarantee)
        });
        let first = Cell::plain(guarantee_words(name));
        std::iter::once(first).chain(cells).collect()
    });
    Table {
        caption: "On how many seeds each guarantee held, and between which shares of all seeds break it (95 %)"
            .to_string(),
        head: head
            .chain(summaries.iter().map(|it| it.contender.clone()))
            .collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

fn guarantee(counts: &GuaranteeCounts) -> Cell {
    if let Some(over_seeds) = &counts.over_seeds {
        return Cell {
            text: budget_verdict(over_seeds.verdict).to_string(),
            below: budget_share(over_seeds),
            tone: match (over_seeds.verdict, counts.promised) {
                (Verdict::Holds, _) => Tone::Good,
                (Verdict::Violated, true) => Tone::Bad,
                (Verdict::Violated, false) => Tone::Fair,
                (Verdict::Unknown | Verdict::NotJudged, _) => Tone::Quiet,
            },
        };
    }
    let tries = counts.tries();
    if tries == 0 {
        return Cell::toned("not put to the test", Tone::Quiet);
    }
    let first = match counts.first_broken_seed {
        Some(seed) => format!(", first on seed {seed}"),
        None => String::new(),
    };
    let promise = if counts.promised { "promised; " } else { "" };
    Cell {
        text: format!("{} of {tries}", counts.held),
        below: format!("{promise}{}{first}", bound_text(counts)),
        tone: match (counts.broken, counts.breaks_a_promise()) {
            (0, _) => Tone::Good,
            (_, true) => Tone::Bad,
            (_, false) => Tone::Fair,
        },
    }
}

fn thresholds(files: &SeedsFiles) -> Option<Section> {
    let document = &files.document;
    if document.judgements.is_empty() {
        return None;
    }
    let mut section = Section::new(
        "thresholds",
        "Thresholds",
        "Thresholds, judged on the interval",
    );
    let held = document
        .judgements
        .iter()
        .filter(|it| it.outcome == Outcome::Holds);
    section.sentence = format!(
        "{} of {} surely kept; one whose limit lies within the interval warns, since more seeds would tell.",
        held.count(),
        counted(document.judgements.len() as u64, "threshold")
    );
    section.blocks.push(Block::Table {
        table: gates::thresholds(&document.judgements, &document.frame.currency),
    });
    Some(section)
}

/// What the seeds say beside earlier ones.
fn comparison(files: &SeedsFiles) -> Option<Section> {
    let comparison = files.document.comparison.as_ref()?;
    let mut section = Section::new(
        "comparison",
        "Before and now",
        "Beside earlier runs on the same seeds",
    );
    section.blocks.push(gates::comparison(comparison));
    Some(section)
}

fn scenario(files: &SeedsFiles) -> Option<Section> {
    let text = files.scenario.clone()?;
    let mut section = Section::new("configuration", "Configuration", "What was played");
    section.blocks.push(Block::Code {
        heading: "The scenario with every value written out".to_string(),
        text,
        is_open: false,
    });
    Some(section)
}

/// A share of all, as a part of a sentence.
pub(super) fn of_all(part: u64, all: u64) -> String {
    percent((all > 0).then(|| part as f64 / all as f64))
}
