//! Order and stock exports that people hold, read as order logs (docs/order-log.md).

mod columns;
pub mod dates;
pub mod error;
mod file_dates;
mod file_prices;
mod finish;
pub mod map;
mod orders;
mod own;
mod prepare;
mod shapes;
pub mod stock;
pub mod summary;
mod table;
mod unknown;
mod values;

use std::path::PathBuf;

pub use dates::DateOrder;
pub use error::ImportError;
pub use map::ColumnMap;
pub use orders::{Imported, import};
pub use prepare::{Prepared, prepare};
pub use stock::{MissingStock, OpeningStock};
pub use summary::{ChannelOrders, FileSummary, Summary};

use oversell_kernel::Zone;

use crate::scenario::model::Platform;

/// A file of orders, and the channel it is said to belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFile {
    /// The channel's name; by the file's kind when left out.
    pub channel: Option<String>,
    /// The file.
    pub path: PathBuf,
}

/// How files are read.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Columns of files that are not known.
    pub map: Option<ColumnMap>,
    /// The order of day and month, where dates leave it open.
    pub dates: Option<DateOrder>,
    /// The time zone of times without an offset; UTC when left out.
    pub zone: Option<Zone>,
    /// The channels of the scenario; without them no channel is looked up.
    pub channels: Option<Vec<ChannelName>>,
}

impl ImportOptions {
    /// The name of the zone of times without an offset.
    fn zone_name(&self) -> String {
        let name = self.zone.as_ref().map_or("UTC", Zone::name);
        name.to_string()
    }
}

/// A channel of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelName {
    /// Its name.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
}

#[cfg(test)]
mod tests;
