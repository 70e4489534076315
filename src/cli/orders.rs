//! `--orders` and what belongs to it: the orders and the stock that a merchant has.

use std::path::{Path, PathBuf};

use channel_mocks::core::Micros;
use clap::{Args, ValueEnum};
use oversell_kernel::Zone;

use super::{Exit, Failure, Streams};
use crate::report::counted;
use crate::scenario::model::Channel;
use crate::scenario::{Diagnostic, Scenario, compression_to_fit, lasting_s};
use crate::world::import::{
    ChannelName, ChannelOrders, ColumnMap, DateOrder, ImportError, ImportOptions, Imported,
    MissingStock, OpeningStock, OrderFile, Prepared, Summary, import, prepare,
};
use crate::world::{OrderSource, later_than};

/// What is given of a merchant's own data.
#[derive(Clone, Debug, Default, Args)]
pub struct OrdersArguments {
    /// Replay these orders: an export of Shopify, Amazon, TikTok Shop, WooCommerce or Etsy, or a log of our own; CSV or
    /// tab-separated, plain or gzip. It may be given several times; a channel's name before it says whose orders they are.
    #[arg(long, value_name = "[CHANNEL=]FILE")]
    orders: Vec<String>,
    /// How files are read.
    #[command(flatten)]
    pub reading: ReadingArguments,
}

/// How orders and stock are read.
#[derive(Clone, Debug, Default, Args)]
pub struct ReadingArguments {
    /// Which columns hold what, in files of orders that are not known: 'order=No., time=Placed at, sku=Article, quantity=Qty',
    /// and, where there are such, price=, country= and channel=.
    #[arg(long, value_name = "KEY=COLUMN,...", value_parser = ColumnMap::parse)]
    orders_map: Option<ColumnMap>,
    /// The order of day and month in dates like 12/1/2010, where no date of the file tells.
    #[arg(long, value_enum)]
    orders_dates: Option<Dates>,
    /// The time zone of times that are written without one, such as Europe/Berlin; UTC when left out.
    #[arg(long, value_name = "ZONE", value_parser = Zone::named)]
    orders_zone: Option<Zone>,
    /// What there is of each SKU when the orders begin: Shopify's inventory export, Amazon's listings reports, or CSV with the
    /// columns sku and quantity.
    #[arg(long, value_name = "FILE")]
    stock: Option<PathBuf>,
    /// What SKUs open with that are ordered and not in the stock file.
    #[arg(long, value_enum, requires = "stock")]
    stock_missing: Option<Missing>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Dates {
    /// 31/12/2010.
    DayFirst,
    /// 12/31/2010.
    MonthFirst,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Missing {
    /// No unit.
    None,
    /// What the scenario's [stock] gives.
    Scenario,
}

/// What is wrong with files, as a command fails with it.
fn failure(error: ImportError, streams: &Streams) -> Failure {
    let lines = error
        .problems
        .iter()
        .flat_map(|it| match streams.page.width {
            Some(width) => crate::scenario::text::wrapped(it, width, 2),
            None => vec![it.clone()],
        });
    let details = lines.collect::<Vec<_>>().join("\n");
    Failure {
        details,
        ..Failure::new(
            Exit::Usage,
            Diagnostic::new(&error.message).help(error.help),
        )
    }
}

impl ReadingArguments {
    /// How files are read, for the channels of a scenario or for none.
    fn options(&self, scenario: Option<&Scenario>) -> ImportOptions {
        let channels = scenario.map(|it| it.channels.iter());
        ImportOptions {
            map: self.orders_map.clone(),
            dates: self.orders_dates.map(|it| match it {
                Dates::DayFirst => DateOrder::DayFirst,
                Dates::MonthFirst => DateOrder::MonthFirst,
            }),
            zone: self.orders_zone.clone(),
            channels: channels.map(|channels| {
                let named = channels.map(|it| ChannelName {
                    name: it.name.clone(),
                    platform: it.platform,
                });
                named.collect()
            }),
        }
    }

    /// Reads files of orders, and the stock.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn prepare(
        &self,
        files: &[String],
        scenario: Option<&Scenario>,
        streams: &Streams,
    ) -> Result<Prepared, Failure> {
        let missing = self.stock_missing.map(|it| match it {
            Missing::None => MissingStock::None,
            Missing::Scenario => MissingStock::Scenario,
        });
        let stock = self.stock.as_deref().map(|path| (path, missing));
        let files: Vec<OrderFile> = files.iter().map(|it| order_file(it)).collect();
        prepare(&files, &self.options(scenario), stock).map_err(|error| failure(error, streams))
    }

    /// Reads files of orders into memory, whatever they are.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn imported(
        &self,
        files: &[String],
        scenario: Option<&Scenario>,
        streams: &Streams,
    ) -> Result<Imported, Failure> {
        let files: Vec<OrderFile> = files.iter().map(|it| order_file(it)).collect();
        import(&files, &self.options(scenario)).map_err(|error| failure(error, streams))
    }

    /// The first of these options that was given.
    fn given(&self) -> Option<&'static str> {
        let options = [
            ("--stock", self.stock.is_some()),
            ("--orders-map", self.orders_map.is_some()),
            ("--orders-dates", self.orders_dates.is_some()),
            ("--orders-zone", self.orders_zone.is_some()),
        ];
        options
            .into_iter()
            .find_map(|(option, is_given)| is_given.then_some(option))
    }

    /// The same options as they stand in a command.
    fn push_command(&self, text: &mut String) {
        let quoted = |text: &str| shlex::try_quote(text).unwrap_or_default().into_owned();
        if let Some(map) = &self.orders_map {
            text.push_str(&format!(" --orders-map {}", quoted(&map.text())));
        }
        if let Some(dates) = self.orders_dates.and_then(|it| it.to_possible_value()) {
            text.push_str(&format!(" --orders-dates {}", dates.get_name()));
        }
        if let Some(zone) = &self.orders_zone {
            text.push_str(&format!(" --orders-zone {}", quoted(zone.name())));
        }
        if let Some(stock) = &self.stock {
            text.push_str(&format!(
                " --stock {}",
                quoted(&stock.display().to_string())
            ));
        }
        if let Some(missing) = self.stock_missing.and_then(|it| it.to_possible_value()) {
            text.push_str(&format!(" --stock-missing {}", missing.get_name()));
        }
    }
}

/// `[CHANNEL=]FILE`; a file whose name has a `=` in it is one as it stands.
fn order_file(text: &str) -> OrderFile {
    match text.split_once('=') {
        Some((channel, path)) if !channel.is_empty() && !Path::new(text).exists() => OrderFile {
            channel: Some(channel.to_string()),
            path: path.into(),
        },
        _ => OrderFile {
            channel: None,
            path: text.into(),
        },
    }
}

impl OrdersArguments {
    /// Reads what was given, and gives the scenario that replays it; a scenario that draws its buyers has those of the orders
    /// instead. Tells what files were taken for.
    ///
    /// # Errors
    /// All that is wrong with the files.
    pub fn read(
        &self,
        scenario: Scenario,
        streams: &mut Streams,
    ) -> Result<(Scenario, Option<OrderSource>), Failure> {
        if self.orders.is_empty() {
            return match self.reading.given() {
                Some(option) => Err(Failure::usage(
                    format!("{option} is about orders, and none are given"),
                    "give them too: --orders orders_export.csv",
                )),
                None => Ok((scenario, None)),
            };
        }
        let prepared = self
            .reading
            .prepare(&self.orders, Some(&scenario), streams)?;
        if let Some(imported) = &prepared.imported {
            for line in told(&imported.summary()) {
                streams.tell(&line);
            }
        }
        if let Some(stock) = prepared.source.stock() {
            let (summary, without) = (&stock.summary, prepared.without_stock);
            let missing = match without {
                0 => String::new(),
                1 => "; a SKU of the orders is not in it".to_string(),
                more => format!("; {more} SKUs of the orders are not in it"),
            };
            streams.tell(&format!(
                "{}: read as {}: {} of {}{missing}",
                summary.file,
                summary.kind,
                counted(summary.units, "unit"),
                counted(summary.skus, "SKU"),
            ));
        }
        let drawn = scenario.replay.is_none();
        let (name, duration) = (scenario.name.clone(), scenario.duration);
        let mut scenario = scenario
            .replaying(Micros::from_secs(prepared.span_s))
            .map_err(|channel| {
                Failure::usage(
                    format!("{name} cannot replay orders: its channel `{channel}` has opening hours, and orders come at any hour"),
                    "take a scenario without opens_at and closes_at, such as evening",
                )
            })?;
        if let Some(replay) = &mut scenario.replay {
            let hash = prepared.source.content_hash().map_err(|error| {
                let path = prepared.source.path().display();
                Failure::usage(
                    format!("{path} cannot be read: {error}"),
                    "orders are read more than once: give a file, not a pipe",
                )
            })?;
            let stock = prepared.source.stock().map(OpeningStock::content_hash);
            let saved = replay.orders_hash.is_some();
            if saved && (replay.orders_hash.as_ref() != Some(&hash) || replay.stock_hash != stock) {
                streams.tell(&format!(
                    "{name}: these are not the orders and the stock that it was saved with"
                ));
            }
            (replay.orders_hash, replay.stock_hash) = (Some(hash), stock);
        }
        if let (true, Some(replay)) = (drawn, &scenario.replay) {
            let faster = match replay.time_compression {
                1.0 => String::new(),
                factor => format!(
                    ", {factor} times faster: {} in {duration}",
                    span(prepared.span_s)
                ),
            };
            streams.tell(&format!(
                "{name}: its buyers are those of the orders{faster}"
            ));
        }
        if let Some(line) = prepared
            .imported
            .as_ref()
            .and_then(|it| unexpected_channel(&it.summary(), &scenario))
        {
            streams.tell(&line);
        }
        if let Some(line) = too_late(&prepared, &scenario)? {
            streams.tell(&line);
        }
        let mut arguments = Vec::new();
        for file in &self.orders {
            arguments.push(shlex::try_quote(file).unwrap_or_default().into_owned());
        }
        let mut arguments = arguments.join(" --orders ");
        self.reading.push_command(&mut arguments);
        Ok((scenario, Some(prepared.source.given_as(arguments))))
    }
}

/// How far the part of the orders on a channel may lie from what engines are told to expect there, before it is told.
const UNEXPECTED: f64 = 0.25;

/// The channel on which most more is sold than engines are told to expect, if that is far more: quotas that are divided by it begin
/// in the wrong places. Orders that name no channel go by the shares.
fn unexpected_channel(summary: &Summary, scenario: &Scenario) -> Option<String> {
    let named = |channel: &Channel| {
        let is_it = |it: &&ChannelOrders| {
            it.channel == channel.name || it.channel == channel.platform.name()
        };
        let orders = summary.channels.iter().filter(is_it);
        orders.map(|it| it.orders).sum::<u64>()
    };
    let elsewhere = summary.channels.iter().filter(|it| it.channel.is_empty());
    let by_share: u64 = elsewhere.map(|it| it.orders).sum();
    let all = scenario.channels.iter().map(named).sum::<u64>() + by_share;
    let (channel, real, expected) = scenario
        .channels
        .iter()
        .map(|channel| {
            let orders = named(channel) as f64 + by_share as f64 * channel.share;
            let expected = channel.expected_share.unwrap_or(channel.share);
            (channel, orders / all as f64, expected)
        })
        .max_by(|one, other| (one.1 - one.2).total_cmp(&(other.1 - other.2)))?;
    (real - expected >= UNEXPECTED).then(|| {
        format!(
            "{}: {} % of the orders are on {}, where engines are told to expect {} %; `expected_share` of its channels says otherwise",
            scenario.name,
            (real * 100.0).round(),
            channel.name,
            (expected * 100.0).round(),
        )
    })
}

/// Which orders a scenario's replay does not reach, and what would let it; nothing where it reaches them all.
pub(super) fn too_late(
    prepared: &Prepared,
    scenario: &Scenario,
) -> Result<Option<String>, Failure> {
    let Some(replay) = &scenario.replay else {
        return Ok(None);
    };
    let (span, duration) = (Micros::from_secs(prepared.span_s), scenario.duration);
    if replay.time_compression >= compression_to_fit(span, duration) {
        return Ok(None);
    }
    let late = later_than(&prepared.source, replay.time_compression, duration)
        .map_err(|error| Failure::usage(error, "mend that line of the order log"))?;
    let (is, are_left_out) = match late.orders {
        0 => return Ok(None),
        1 => ("is", "is left out"),
        _ => ("are", "are left out"),
    };
    Ok(Some(format!(
        "{}: {} ({}) {is} later than duration = {duration} and {are_left_out}; give `duration = \"{}h\"`, or \
         `time_compression = {}` under [replay]",
        scenario.name,
        counted(late.orders, "order"),
        counted(late.units, "unit"),
        (lasting_s(span, replay.time_compression) / 3_600.0).ceil(),
        compression_to_fit(span, duration),
    )))
}

/// A time in days, hours or minutes.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..3_600 => counted(seconds.div_ceil(60), "minute"),
        3_600..172_800 => counted((seconds + 1_800) / 3_600, "hour"),
        _ => counted((seconds + 43_200) / 86_400, "day"),
    }
}

/// What each file was taken for, a line each.
pub(super) fn told(summary: &Summary) -> Vec<String> {
    let files = summary.files.iter().map(|file| {
        let skipped = file
            .skipped
            .iter()
            .map(|it| format!("{} {}", it.rows, it.why.words()));
        let skipped: Vec<String> = skipped.collect();
        let channel = file.channel.as_ref().map(|it| format!(", on {it}"));
        let mut text = format!(
            "{}: read as {}{}: {}, {}",
            file.file,
            file.kind,
            channel.unwrap_or_default(),
            counted(file.orders, "order"),
            counted(file.units, "unit"),
        );
        match file.zone.as_deref() {
            Some("UTC") => text.push_str(
                "; its times have no offset and are read as UTC (--orders-zone Europe/Berlin for another zone)",
            ),
            Some(zone) => text.push_str(&format!("; times without an offset are read in {zone}")),
            None => {}
        }
        if !skipped.is_empty() {
            text.push_str(&format!("; rows left out: {}", skipped.join(", ")));
        }
        text
    });
    files.collect()
}
