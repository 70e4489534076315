//! How old data is: displayed counts, propagation of changes, ingestion of orders, what support agents see.
//!
//! Staleness is sampled at every line a buyer asks for: the age of the count, zero while it is not wrong.

use channel_mocks::core::Micros;

use super::histogram::Durations;
use super::share_of;
use crate::world::ledger::counters;

counters! {
    /// Ages of one channel, or of all when merged.
    #[derive(Clone, Debug, Default)]
    pub struct Staleness {
        /// Age of the counts that buyers saw.
        pub displayed: Durations,
        /// From a change to the first count that contains it.
        pub propagation: Durations,
        /// From the engine's knowing of a write's oldest change to its letting go of the write.
        pub publish_wait: Durations,
        /// From an order's acceptance to its receipt in the merchant's own system.
        pub ingestion: Durations,
        /// Age of the oldest order that a support agent could not see.
        pub support: Durations,
        /// Orders handed over more than once.
        pub duplicates: u64,
        /// Orders handed over that no channel accepted.
        pub unknown_orders: u64,
        /// Lines offered with a count that was wrong.
        pub inconsistent_lines: u64,
        /// Lines offered.
        pub lines: u64,
        /// Sum of counts too high, over the lines offered.
        pub over_units: u64,
        /// Sum of counts too low.
        pub under_units: u64,
    }
}

impl Staleness {
    /// Counts a line a buyer asked for.
    pub fn offered(&mut self, age: Micros, error_units: i64) {
        self.displayed.record(age);
        self.lines += 1;
        let wrong = age > Micros::ZERO || error_units > 0;
        self.inconsistent_lines += u64::from(wrong);
        if error_units > 0 {
            self.over_units += error_units.unsigned_abs();
        } else {
            self.under_units += error_units.unsigned_abs();
        }
    }

    /// Mean of the counts' errors too high, and too low, per line offered; nothing when none was.
    pub fn count_error(&self) -> (Option<f64>, Option<f64>) {
        (
            share_of(self.over_units, self.lines),
            share_of(self.under_units, self.lines),
        )
    }
}
