//! Reports: requests that wait, are begun, and leave a file (docs/platforms/amazon.md 4.4, 5.4 and 9).

use crate::core::{Epoch, Micros};

use super::jobs::{Job, Jobs, Kind};
use super::json;

/// Types of reports that can be requested.
pub(crate) const TYPES: &[&str] = &[
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
    "GET_MERCHANT_LISTINGS_ALL_DATA",
    "GET_FLAT_FILE_OPEN_LISTINGS_DATA",
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
];

/// Types of reports of orders, which are the first ones.
pub(crate) const ORDERS: std::ops::Range<usize> = 0..2;

/// The longest window of a report of orders, in microseconds (docs/platforms/amazon.md 5.7).
const LONGEST_WINDOW: i64 = 30 * 86_400 * 1_000_000;

/// What the file of a report of orders over a longer window says (amzn/selling-partner-api-models 2591).
pub(crate) const WINDOW_EXCEEDED: &str =
    "Date range exceeded. Report can be requested only upto 30 days";

/// One report.
#[derive(Debug)]
pub(crate) struct Report {
    /// How far it is.
    pub(crate) job: Job,
    /// Unix microseconds, both ends inclusive.
    pub(crate) data_start: i64,
    /// The end of the same window.
    pub(crate) data_end: i64,
    /// Made when the report was begun, shown when it is done; absent when there is no data.
    pub(crate) made: Option<u32>,
}

impl Report {
    /// Whether it is about more than a report of its type can be.
    pub(crate) fn is_too_wide(&self) -> bool {
        ORDERS.contains(&self.job.kind)
            && self.data_end.saturating_sub(self.data_start) > LONGEST_WINDOW
    }
}

impl AsRef<Job> for Report {
    fn as_ref(&self) -> &Job {
        &self.job
    }
}

impl Kind for Report {
    const TYPES: &'static [&'static str] = TYPES;
    const NOUN: &'static str = "report";
    const ID: &'static str = "reportId";
    const TYPE: &'static str = "reportType";
    const LISTED_TYPES: &'static str = "reportTypes";
    const LIST: &'static str = "reports";
    const RESULT: &'static str = "reportDocumentId";
    const KEY: u64 = 0x7e90;

    fn write_own(&self, out: &mut Vec<u8>) {
        for (name, at) in [
            (r#","dataStartTime":""#, self.data_start),
            (r#","dataEndTime":""#, self.data_end),
        ] {
            json::raw(out, name);
            // Instants before the run began have no place on its clock, but a text like any other.
            Epoch { unix_micros: at }.write_millis_utc(Micros::ZERO, out);
            out.push(b'"');
        }
    }
}

/// All reports, in the order of request.
pub(crate) type Reports = Jobs<Report>;
