//! `simulate import`: what is understood of order and stock exports.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::orders::{ReadingArguments, span, too_late};
use super::{Exit, Failure, Streams, put};
use crate::experiment::shell_word;
use crate::report::counted;
use crate::scenario::Scenario;
use crate::scenario::text::{printable, wrapped};
use crate::world::import::stock::StockSummary;
use crate::world::import::{FileSummary, Imported, Summary};

/// Rows of the log that are shown.
const FIRST: usize = 5;
/// Characters of a cell that are shown.
const LONGEST_CELL: usize = 24;

/// What to read.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Order exports; a channel's name before one says whose orders they are.
    #[arg(value_name = "[CHANNEL=]FILE", required = true)]
    files: Vec<String>,
    /// The scenario that is to replay them, a built-in one or a file: its channels are looked up, as a replay does.
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// Write the orders here, as a log of our own that --orders reads. An existing file is never touched.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    reading: ReadingArguments,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For machines.
    Json,
}

/// What is printed for machines.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    orders: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    stock: Option<&'a StockSummary>,
    /// SKUs that are ordered and not in the stock file.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_stock: Option<u64>,
    /// The log's first rows, its header before them.
    first_rows: Vec<Vec<String>>,
}

/// Reads the files, writes the log if it is wanted, and shows what was understood.
pub fn import(arguments: &ImportArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    let scenario = match &arguments.scenario {
        None => None,
        Some(name) => {
            let loaded = Scenario::load(name).map_err(|error| Failure::new(Exit::Usage, error))?;
            Some(loaded.scenario)
        }
    };
    let prepared = arguments
        .reading
        .prepare(&arguments.files, scenario.as_ref(), streams)?;
    if let Some(scenario) = &scenario
        && let Some(line) = too_late(&prepared, scenario)?
    {
        streams.tell(&line);
    }
    let imported: Imported = match prepared.imported {
        Some(imported) => imported,
        // A log of our own that a replay reads as it stands.
        None => arguments
            .reading
            .imported(&arguments.files, scenario.as_ref(), streams)?,
    };
    let summary = imported.summary();
    let log = imported.to_log();
    if let Some(path) = &arguments.out {
        if let Some(file) = summary.files.iter().find(|it| lacks_its_shop(it)) {
            let FileSummary { file, kind, .. } = file;
            return Err(Failure::usage(
                format!(
                    "{file}, read as {kind}, is all of one shop, and a log that does not name it goes to all channels"
                ),
                format!(
                    "name its channel: simulate import {} --out {}",
                    shell_word(&format!("NAME={file}")),
                    shell_word(&path.display().to_string())
                ),
            ));
        }
        let written = std::fs::File::create_new(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, &log));
        written.map_err(|error| {
            Failure::usage(
                format!("--out {}: {error}", path.display()),
                "give the path of a new file",
            )
        })?;
    }
    let mut first = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(log.as_slice());
    let first_rows: Vec<Vec<String>> = first
        .records()
        .take(FIRST + 1)
        .filter_map(Result::ok)
        .map(|row| row.iter().map(str::to_string).collect())
        .collect();
    let stock = prepared.source.stock().map(|it| &it.summary);
    let text = match arguments.format {
        Format::Json => {
            let shown = Shown {
                orders: &summary,
                without_stock: stock.map(|_| prepared.without_stock),
                stock,
                first_rows,
            };
            let text = serde_json::to_string_pretty(&shown);
            text.map_err(|error| Failure::unexpected(&error))? + "\n"
        }
        Format::Table => {
            let mut lines = Vec::new();
            for file in &summary.files {
                push_file(&mut lines, file);
            }
            push_whole(&mut lines, &summary);
            if let Some(stock) = stock {
                push_stock(&mut lines, stock, prepared.without_stock);
            }
            if let Some(path) = &arguments.out {
                lines.push(format!("written to {}", path.display()));
            }
            let mut text = String::new();
            for line in lines {
                let line = printable(&line).into_owned();
                for line in wrapped(&line, streams.layout.columns, 20) {
                    text.push_str(line.trim_end());
                    text.push('\n');
                }
            }
            text.push_str("\nfirst rows, as a log of our own\n");
            text.push_str(&table(&first_rows, streams.layout.columns));
            text
        }
    };
    put(streams, &text)?;
    Ok(Exit::Pass)
}

/// A fact under its name.
fn fact(lines: &mut Vec<String>, name: &str, value: impl AsRef<str>) {
    lines.push(format!("  {name:<16}  {}", value.as_ref()));
}

fn push_file(lines: &mut Vec<String>, file: &FileSummary) {
    lines.push(file.file.clone());
    let mut kind = format!(
        "{}, separated by {}, {}",
        file.kind, file.separator, file.encoding
    );
    if let Some(dates) = file.dates {
        kind.push_str(&format!(", dates {dates}"));
    }
    fact(lines, "read as", kind);
    if let Some(channel) = &file.channel {
        fact(lines, "channel", channel);
    } else if lacks_its_shop(file) {
        let text = format!("all of one shop, which is to be named: NAME={}", file.file);
        fact(lines, "channel", text);
    }
    fact(
        lines,
        "rows",
        format!(
            "{}: {} of {}, {}",
            counted(file.rows, "row"),
            counted(file.lines, "line"),
            counted(file.orders, "order"),
            counted(file.units, "unit"),
        ),
    );
    for skipped in &file.skipped {
        fact(
            lines,
            "left out",
            format!("{} {}", skipped.rows, skipped.why.words()),
        );
    }
    if let Some(zone) = &file.zone {
        let way = match zone.as_str() {
            "UTC" => "have no offset: read as UTC (--orders-zone for another)".to_string(),
            zone => format!("without an offset are read in {zone}"),
        };
        fact(lines, "times", way);
    }
    if file.days_only {
        fact(
            lines,
            "times of day",
            "are not in the file: a hash of the order's id says when on its day",
        );
    }
}

/// Whether all of a file is of one shop, and nobody has said of which.
fn lacks_its_shop(file: &FileSummary) -> bool {
    file.is_of_one_shop && file.channel.is_none()
}

fn push_whole(lines: &mut Vec<String>, summary: &Summary) {
    lines.push("together".to_string());
    fact(
        lines,
        "orders",
        format!(
            "{} with {}, {} of {}",
            counted(summary.orders, "order"),
            counted(summary.lines, "line"),
            counted(summary.units, "unit"),
            counted(summary.skus, "SKU"),
        ),
    );
    if let (Some(first), Some(last)) = (&summary.first, &summary.last) {
        fact(
            lines,
            "time",
            format!("{first} to {last}, {}", span(summary.span_s)),
        );
    }
    let unnamed = match summary.files.iter().any(lacks_its_shop) {
        true => "not known yet",
        false => "by the scenario's shares",
    };
    for channel in &summary.channels {
        let name = match channel.channel.as_str() {
            "" => unnamed,
            name => name,
        };
        fact(
            lines,
            "channel",
            format!("{name}: {}", counted(channel.orders, "order")),
        );
    }
}

fn push_stock(lines: &mut Vec<String>, stock: &StockSummary, without: u64) {
    lines.push(stock.file.clone());
    fact(lines, "read as", stock.kind);
    fact(
        lines,
        "stock",
        format!(
            "{} of {}",
            counted(stock.units, "unit"),
            counted(stock.skus, "SKU")
        ),
    );
    if !stock.locations.is_empty() {
        fact(lines, "locations", stock.locations.join(", "));
    }
    for (rows, what) in [
        (stock.without_sku, "without a SKU"),
        (
            stock.without_quantity,
            "not stocked there, or stocked by the platform",
        ),
        (stock.below_zero, "below zero, taken as zero"),
        (stock.repeated, "of a SKU that was there already: added up"),
    ] {
        if rows > 0 {
            fact(lines, "rows", format!("{rows} {what}"));
        }
    }
    if without > 0 {
        fact(
            lines,
            "missing",
            format!("{} of the orders", counted(without, "SKU")),
        );
    }
}

/// Rows under a header, without what is least missed where the page has no room for all of them.
fn table(rows: &[Vec<String>], columns: usize) -> String {
    let Some(header) = rows.first() else {
        return String::new();
    };
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let width = cells.map(|it| it.chars().count()).max();
        width.unwrap_or(0).min(LONGEST_CELL)
    };
    let mut shown: Vec<(usize, usize)> = (0..header.len()).map(|at| (at, width(at))).collect();
    let mut left_out = Vec::new();
    for least in ["country", "unit_price", "kind"] {
        if shown.iter().map(|(_, width)| width + 2).sum::<usize>() <= columns {
            break;
        }
        let before = shown.len();
        shown.retain(|(at, _)| header[*at] != least);
        if shown.len() < before {
            left_out.push(least);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, width) in &shown {
            let cell = row.get(*at).map_or("", String::as_str);
            let cell: String = printable(cell).chars().take(*width).collect();
            line.push_str(&format!("  {cell:<width$}"));
        }
        let line: String = line.chars().take(columns).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if !left_out.is_empty() {
        text.push_str(&format!(
            "  ({} left out: no room)\n",
            left_out.join(" and ")
        ));
    }
    text
}
