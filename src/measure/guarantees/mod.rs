//! Guarantees over the ledger. Each has a file with the rule by which it is broken, and a place in [`Evidence`]; the verdict
//! follows from the finding by one rule for all (`Finding::verdict`).

mod converged;
mod every_order_ingested;
mod finding;
mod no_oversell;
mod participation;
mod rate_limits_respected;
mod shipped;

use channel_mocks::core::Micros;

pub use finding::TOLERATED_SHARE;
pub use participation::TookPart;

use super::figures::RunFacts;
use super::subject::Subject;
use super::verdict::{CounterExample, Guarantee};
use crate::world::ChannelIndex;
use crate::world::ledger::Entry;
use converged::Converged;
use every_order_ingested::EveryOrderIngested;
use no_oversell::NoOversell;
use participation::Signs;
use rate_limits_respected::RateLimitsRespected;
use shipped::{ShippedFromTheRightPlace, ShippedInTime};

/// What the ledger says for and against every guarantee.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Before it nobody is judged: what served shops are seeded with is no engine's doing.
    from: Micros,
    signs: Signs,
    /// Orders accepted; without one there is nothing to ingest or to agree on.
    accepted_orders: u64,
    no_oversell: NoOversell,
    every_order_ingested: EveryOrderIngested,
    converged: Converged,
    rate_limits_respected: RateLimitsRespected,
    shipped_from_the_right_place: ShippedFromTheRightPlace,
    shipped_in_time: ShippedInTime,
}

/// When and where something happened, for counter-examples.
#[derive(Copy, Clone, Debug)]
struct Place<'a> {
    at: Micros,
    names: &'a [String],
}

impl Place<'_> {
    fn example(&self, channel: ChannelIndex, what: String) -> CounterExample {
        CounterExample {
            at_s: self.at.as_secs_f64(),
            channel: self.name(channel),
            what,
            ..CounterExample::default()
        }
    }

    fn name(&self, channel: ChannelIndex) -> String {
        let name = self.names.get(usize::from(channel.0));
        name.cloned().unwrap_or_default()
    }
}

impl Evidence {
    /// Nothing yet; what happens before `from` is not judged.
    pub fn new(from: Micros) -> Evidence {
        Evidence {
            from,
            signs: Signs::default(),
            accepted_orders: 0,
            no_oversell: NoOversell::default(),
            every_order_ingested: EveryOrderIngested::default(),
            converged: Converged::default(),
            rate_limits_respected: RateLimitsRespected::default(),
            shipped_from_the_right_place: ShippedFromTheRightPlace::default(),
            shipped_in_time: ShippedInTime::default(),
        }
    }

    /// Takes an entry of the ledger. `names` are the channels'.
    pub fn record(&mut self, at: Micros, entry: &Entry, names: &[String]) {
        if at < self.from {
            return;
        }
        let place = Place { at, names };
        if let Entry::Accepted { first_line, .. } = entry {
            self.accepted_orders += u64::from(*first_line);
        }
        self.signs.record(entry);
        self.no_oversell.record(place, entry);
        self.every_order_ingested.record(place, entry);
        self.converged.record(place, entry);
        self.rate_limits_respected.record(place, entry);
        self.shipped_from_the_right_place.record(place, entry);
        self.shipped_in_time.record(place, entry);
    }

    /// What the contender took part in.
    pub fn took_part(&self, subject: &Subject) -> TookPart {
        self.signs.took_part(subject)
    }

    /// The verdicts, in the order of reports. Conservation of units has been checked before: a run that breaks it has no
    /// figures at all.
    pub fn guarantees(self, subject: &Subject, facts: &RunFacts) -> Vec<Guarantee> {
        let took_part = self.took_part(subject);
        let sold = self.accepted_orders;
        [
            self.no_oversell.finding(),
            self.every_order_ingested.finding(sold),
            self.converged.finding(sold, took_part, facts),
            self.rate_limits_respected.finding(),
            self.shipped_from_the_right_place.finding(),
            self.shipped_in_time.finding(),
        ]
        .map(|finding| finding.guarantee(subject, took_part, &facts.rerun))
        .into()
    }
}
