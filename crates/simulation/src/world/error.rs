//! Why a world cannot be made.

use std::path::PathBuf;

use thiserror::Error;

use crate::scenario::Diagnostic;

/// Why a world cannot be made from a scenario and an order log.
#[derive(Debug, Error)]
pub enum WorldError {
    /// A replay without a log.
    #[error("this scenario replays an order log, and none was given")]
    OrdersMissing,
    /// A log without a replay.
    #[error("an order log was given ({}), but this scenario draws its buyers", path.display())]
    OrdersUnused {
        /// The log.
        path: PathBuf,
    },
    /// The log cannot be opened or read.
    #[error("{} cannot be read: {source}", path.display())]
    OrdersUnreadable {
        /// The log.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A line of the log is not as it must be.
    #[error("{}:{line}: column `{column}` {problem}: `{text}`", path.display())]
    OrderLine {
        /// The log.
        path: PathBuf,
        /// The line, from 1, the header included.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What stands there.
        text: String,
    },
    /// The log is so large in one place that it cannot be a log of orders.
    #[error("{}:{line}: {problem}", path.display())]
    OrdersTooMuch {
        /// The log.
        path: PathBuf,
        /// The line, from 1, the header included.
        line: u64,
        /// What is too large, with its bound.
        problem: String,
    },
    /// The log's header lacks a column.
    #[error("{}:1: the header has no column `{column}`; it reads `{header}`", path.display())]
    OrderHeader {
        /// The log.
        path: PathBuf,
        /// What is missing.
        column: &'static str,
        /// The header.
        header: String,
    },
    /// A history in which nothing has happened.
    #[error("{} has no line below its header", path.display())]
    HistoryEmpty {
        /// The log.
        path: PathBuf,
    },
    /// A history of other SKUs.
    #[error(
        "{} tells nothing of this catalogue: what counts of it, 28 days at most, sells {}, and the catalogue has SKUs like `{own}`",
        path.display(),
        sku.as_ref().map_or("nothing".to_string(), |sku| format!("`{sku}`"))
    )]
    HistoryOfOthers {
        /// The log.
        path: PathBuf,
        /// A SKU that it sells, if it sells any.
        sku: Option<String>,
        /// One of the catalogue.
        own: String,
    },
    /// No sale in the log, or no SKU in the catalogue.
    #[error("there is nothing to sell: the catalogue or the order log is empty")]
    NothingToSell,
    /// A scripted happening names what does not exist.
    #[error("a happening names {what} `{name}`, which does not exist")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A scripted happening is about a SKU that the channel does not list.
    #[error("a happening is about SKU {rank} ({sku}) on {channel}, which does not list it")]
    NotListed {
        /// The channel's name.
        channel: String,
        /// The SKU's code.
        sku: String,
        /// Its place in the catalogue, from 1.
        rank: u32,
    },
    /// The start is no calendar instant.
    #[error("`{text}` is no calendar instant; write one like \"2026-11-27T08:00:00Z\"")]
    Start {
        /// What stands there.
        text: String,
    },
}

impl WorldError {
    /// The way out, where there is one to name.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            WorldError::OrdersMissing => Some(
                "name one with `--orders FILE`: CSV, plain or gzip; docs/order-log.md has the columns",
            ),
            WorldError::OrdersUnused { .. } => Some(
                "leave `--orders` out, or run a scenario with a [replay] table, such as retail-replay",
            ),
            WorldError::OrdersUnreadable { .. } => Some(
                "give the path of a CSV file, plain or gzip, of `--orders`, `--history` or `history` in the scenario; a relative \
                 one counts from where the command runs",
            ),
            WorldError::HistoryOfOthers { .. } | WorldError::HistoryEmpty { .. } => Some(
                "give `--history`, or `history` in the scenario, an order log of the same shop; `sku` must hold the catalogue's \
                 codes. Or leave it out: the engine then begins with the catalogue's mean",
            ),
            WorldError::OrderLine { .. } => Some("docs/order-log.md says what each column holds"),
            WorldError::OrdersTooMuch { .. } => Some(
                "a log has a short line for every line of an order, and a minute of a busy shop has thousands of them; is \
                 this file one, and is it whole?",
            ),
            WorldError::OrderHeader { .. } => {
                Some("docs/order-log.md says which columns a log needs")
            }
            WorldError::NotListed { .. } => Some(
                "name another SKU or channel, or list it there: a share of `assortment` is drawn anew for each seed, and `only` \
                 and `without` name SKUs for all of them",
            ),
            _ => None,
        }
    }
}

impl From<WorldError> for Diagnostic {
    fn from(error: WorldError) -> Diagnostic {
        Diagnostic {
            help: error.help().map(str::to_string),
            ..Diagnostic::new(&error)
        }
    }
}
