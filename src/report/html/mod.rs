//! The HTML page of a run, and that of many seeds: one file that needs nothing else, made from the run directory alone (docs/report.md).

mod causes;
mod chart;
mod configuration;
mod contenders;
mod gates;
mod history;
mod over_time;
mod picture;
mod player;
mod section;
mod seeds;
mod traffic;
mod verdict;

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use serde::Serialize;

use super::json::{Document, TimeKind};
use super::number::{decimal, duration};
use super::run_files::{RunFiles, RunFilesError};
use super::verdict_line;
use crate::experiment::file_name;
use crate::measure::series::Playback;
use chart::Figure;
pub(super) use chart::WIDE;
pub(super) use chart::svg::{escaped, width_of};
use history::History;
use section::{Block, Section, Table};
pub use seeds::seeds_page;

/// Most bytes of a page.
pub const MOST_BYTES: usize = 1_500_000;

const TEMPLATES: [(&str, &str); 4] = [
    ("page.html", include_str!("templates/page.html")),
    ("blocks.html", include_str!("templates/blocks.html")),
    ("playback.html", include_str!("templates/playback.html")),
    ("chart.html", include_str!("templates/chart.html")),
];
const SCRIPT: &str = include_str!("templates/page.js");
pub(super) const STYLE: &str = include_str!("templates/style.css");

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file of the run cannot be read.
    #[error(transparent)]
    Files(#[from] RunFilesError),
    /// A template is wrong, which is a defect of the program.
    #[error("the page's template is wrong: {0:#}")]
    Template(#[from] minijinja::Error),
}

/// What the templates are given.
#[derive(Serialize)]
struct Page<'a, D> {
    /// What is shown of it: scenario, title, seed or seeds, time and command.
    document: &'a D,
    version: &'a str,
    verdict: String,
    time_note: String,
    tiles: Vec<verdict::Tile>,
    guarantees: Table,
    promises: String,
    /// What else fails the command, below the guarantees.
    gates: Vec<Block>,
    figures: Table,
    sections: Vec<Section>,
    style: &'a str,
    script: &'a str,
    /// What the script plays, as JSON; empty without anything.
    playback: String,
}

/// The page of a run, as HTML.
///
/// # Errors
/// When a file of the run cannot be read.
pub fn page(run: &RunFiles) -> Result<String, PageError> {
    let document = &run.document;
    let order = order(document);
    let playbacks = playbacks(run, &order)?;
    let histories = histories(run, &order, &playbacks);
    let names = playbacks
        .iter()
        .map(|(position, _)| document.strategies[*position].strategy.clone());
    let sections = vec![
        picture::section(document, &histories, names.collect()),
        causes::section(document, &order),
        contenders::trade_off(document),
        over_time::staleness(run, &order),
        over_time::orders(run, &order),
        traffic::limits(run, &order),
        traffic::signals(run, &order),
        causes::stories(document, &order),
        configuration::one_order(run),
        contenders::money(document),
        configuration::section(run),
    ];
    let page = Page {
        document,
        version: &run.manifest.program_version,
        verdict: verdict_line(document),
        time_note: time_note(document),
        tiles: verdict::tiles(document),
        guarantees: verdict::guarantees(document),
        promises: verdict::promises(document),
        gates: gates::blocks(document),
        figures: contenders::figures(document),
        sections,
        style: STYLE,
        script: SCRIPT,
        playback: match playbacks.is_empty() {
            true => String::new(),
            false => player::data(document, &playbacks),
        },
    };
    rendered(&page)
}

/// The picture of the foremost contender's worst SKU; `None` where no SKU had any trouble.
///
/// # Errors
/// When a file of the run cannot be read.
pub(super) fn picture(run: &RunFiles) -> Result<Option<Figure>, PageError> {
    let order = order(&run.document);
    let histories = histories(run, &order, &playbacks(run, &order)?);
    Ok(picture::alone(&run.document, &histories))
}

fn rendered(page: &impl Serialize) -> Result<String, PageError> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    let context = minijinja::Value::from(Serde(page));
    Ok(environment.get_template("page.html")?.render(context)?)
}

/// Which time it was, in words.
fn time_note(document: &Document) -> String {
    match document.time {
        TimeKind::Virtual => format!(
            "Simulated in virtual time: {} in {}. The same scenario, seed and version give the same figures on any machine.",
            duration(document.simulated_s),
            duration(document.wall_s)
        ),
        TimeKind::Real => format!(
            "Run in real time over sockets, at {} times the clock\u{2019}s pace: a measurement of programs on one machine, never twice the same, \
             and not to be set beside figures of virtual time.",
            decimal(document.speed)
        ),
    }
}

/// The contenders' positions in the document, the foremost first.
fn order(document: &Document) -> Vec<usize> {
    let first = verdict::foremost(document);
    let mut order: Vec<usize> = (0..document.strategies.len()).collect();
    order.sort_by_key(|position| (*position != first, *position));
    order
}

fn playbacks(run: &RunFiles, order: &[usize]) -> Result<Vec<(usize, Playback)>, PageError> {
    let mut found = Vec::new();
    for position in order {
        let name = &run.contenders[*position].name;
        let playback: Option<Playback> = run.json(&format!("playback/{}.json", file_name(name)))?;
        let playback = playback.filter(|it| !it.frames.is_empty());
        found.extend(playback.map(|playback| (*position, playback)));
    }
    Ok(found)
}

/// The worst SKU of each contender. The others show the foremost contender's where they had trouble with it.
fn histories(
    run: &RunFiles,
    order: &[usize],
    playbacks: &[(usize, Playback)],
) -> Vec<(usize, History)> {
    let mut found: Vec<(usize, History)> = Vec::new();
    for position in order {
        let files = &run.contenders[*position];
        let sku = found.first().map(|(_, history)| history.sku);
        let playback = playbacks.iter().find(|(own, _)| own == position);
        let played = playback
            .filter(|(_, it)| sku.is_none_or(|sku| sku == it.sku))
            .map(|(_, it)| History::played(*position, &files.name, it));
        let rows = files.skus.as_deref().unwrap_or_default();
        let history = played.or_else(|| History::bucketed(*position, &files.name, rows, sku));
        found.extend(history.map(|history| (*position, history)));
    }
    found
}
