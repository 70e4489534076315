//! Guarantees over the ledger. Each has a file with the rule by which it is broken, and a place in [`Evidence`]; the verdict
//! follows from the finding by one rule for all (`Finding::verdict`).

mod bad_count_contained;
mod converged;
mod every_order_ingested;
mod exposure_margin;
mod finding;
mod followed;
mod no_oversell;
mod participation;
mod rate_limits_respected;
mod shipped;
mod timeline;
mod within_budget;

use channel_mocks::core::Micros;

pub use finding::TOLERATED_SHARE;
pub use participation::TookPart;

use super::assumptions::{Assumption, Assumptions, Hypothesis};
use super::figures::{FaultFigures, RunFacts};
use super::subject::Subject;
use super::verdict::{BadCountSeen, CounterExample, Guarantee, Verdict};
use crate::engine::config::Strategy;
use crate::world::ChannelIndex;
use crate::world::ledger::Entry;
use bad_count_contained::BadCountContained;
use converged::Converged;
use every_order_ingested::EveryOrderIngested;
use exposure_margin::ExposureMargin;
use finding::Rests;
use followed::{AcknowledgedWebhooksSurvive, NoPayloadDropped};
use no_oversell::NoOversell;
use participation::Signs;
use rate_limits_respected::RateLimitsRespected;
use shipped::{ShippedFromTheRightPlace, ShippedInTime};
use timeline::Timelines;
use within_budget::WithinBudget;

/// What the ledger says for and against every guarantee.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Before it nobody is judged: what served shops are seeded with is no engine's doing.
    from: Micros,
    signs: Signs,
    assumptions: Assumptions,
    timelines: Timelines,
    /// Orders accepted; without one there is nothing to ingest or to agree on.
    accepted_orders: u64,
    no_oversell: NoOversell,
    every_order_ingested: EveryOrderIngested,
    converged: Converged,
    rate_limits_respected: RateLimitsRespected,
    shipped_from_the_right_place: ShippedFromTheRightPlace,
    shipped_in_time: ShippedInTime,
    exposure_margin: ExposureMargin,
    acknowledged_webhooks_survive: AcknowledgedWebhooksSurvive,
    no_payload_dropped: NoPayloadDropped,
    within_budget: WithinBudget,
    bad_count_contained: BadCountContained,
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
            assumptions: Assumptions::default(),
            timelines: Timelines::default(),
            accepted_orders: 0,
            no_oversell: NoOversell::default(),
            every_order_ingested: EveryOrderIngested::default(),
            converged: Converged::default(),
            rate_limits_respected: RateLimitsRespected::default(),
            shipped_from_the_right_place: ShippedFromTheRightPlace::default(),
            shipped_in_time: ShippedInTime::default(),
            exposure_margin: ExposureMargin::default(),
            acknowledged_webhooks_survive: AcknowledgedWebhooksSurvive::default(),
            no_payload_dropped: NoPayloadDropped::default(),
            within_budget: WithinBudget::default(),
            bad_count_contained: BadCountContained::default(),
        }
    }

    /// Takes an entry of the ledger. `names` are the channels'.
    pub fn record(&mut self, at: Micros, entry: &Entry, names: &[String]) {
        if at < self.from {
            if matches!(entry, Entry::Bounds { .. } | Entry::OpenedBeyond { .. }) {
                self.assumptions.record(at, entry);
            }
            return;
        }
        let place = Place { at, names };
        if let Entry::Accepted { first_line, .. } = entry {
            self.accepted_orders += u64::from(*first_line);
        }
        self.signs.record(entry);
        let (assumptions, timelines) = (&self.assumptions, &self.timelines);
        self.no_oversell
            .record(place, entry, assumptions, timelines);
        self.every_order_ingested.record(place, entry, assumptions);
        self.converged.record(place, entry, assumptions);
        self.rate_limits_respected.record(place, entry);
        self.shipped_from_the_right_place.record(place, entry);
        self.shipped_in_time.record(place, entry);
        self.exposure_margin
            .record(place, entry, assumptions, timelines);
        self.acknowledged_webhooks_survive.record(place, entry);
        self.no_payload_dropped.record(place, entry);
        self.within_budget.record(place, entry, assumptions);
        self.bad_count_contained.record(place, entry, timelines);
        self.timelines.record(at, entry);
        // Last, because what counts is what had been broken before.
        self.assumptions.record(at, entry);
    }

    /// What the contender took part in.
    pub fn took_part(&self, subject: &Subject) -> TookPart {
        self.signs.took_part(subject)
    }

    /// The verdicts, in the order of reports, and what they rest on. Conservation of units has been checked before: a run that
    /// breaks it has no figures at all.
    pub fn judge(mut self, subject: &Subject, facts: &RunFacts, names: &[String]) -> Judged {
        let took_part = self.took_part(subject);
        let sold = self.accepted_orders;
        self.assumptions.take_facts(facts);
        let assumptions = &self.assumptions;
        let journal = assumptions.first_of(&[Hypothesis::H7]);
        let bad_counts = self.bad_count_contained.seen(names);
        let mut findings = vec![
            self.no_oversell.finding(journal),
            self.every_order_ingested.finding(sold),
            self.converged.finding(sold, took_part, facts),
            self.rate_limits_respected.finding(),
            self.shipped_from_the_right_place.finding(),
            self.shipped_in_time.finding(),
            self.exposure_margin.finding(
                sold,
                !subject.shares_quotas() && !subject.displays_whole_stock(),
            ),
            self.acknowledged_webhooks_survive.finding(facts),
            self.no_payload_dropped.finding(),
            self.bad_count_contained.finding(),
        ];
        let mut share = None;
        if let Some(budget) = subject.budget() {
            // Beside the promise that it stands in for.
            share = (budget > 0.0).then(|| self.within_budget.share(budget, facts));
            findings.insert(1, self.within_budget.finding(facts, journal));
        }
        let mut guarantees: Vec<Guarantee> = findings
            .into_iter()
            .map(|finding| finding.guarantee(subject, took_part, assumptions, names, &facts.rerun))
            .map(|guarantee| unless_faults_fired(guarantee, subject, facts))
            .collect();
        if let Some(share) = share {
            guarantees.insert(2, share);
        }
        Judged {
            guarantees,
            assumptions: assumptions.documents(names),
            bad_counts,
        }
    }
}

/// What the evidence of a run comes to.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Verdicts, in the order of reports.
    pub guarantees: Vec<Guarantee>,
    /// What became of the assumptions they rest on.
    pub assumptions: Vec<Assumption>,
    /// Counts that somebody got wrong.
    pub bad_counts: Vec<BadCountSeen>,
}

/// A run whose planned faults never fired proves nothing: what held did so without them. What was violated stays so.
/// The host of informed escrow never fails, so that faults of an engine are none of its own.
fn unless_faults_fired(guarantee: Guarantee, subject: &Subject, facts: &RunFacts) -> Guarantee {
    let never: Vec<String> = facts
        .faults
        .iter()
        .filter(|fault| fault.injected == 0)
        .filter(|fault| !(subject.is(Strategy::InformedEscrow) && fault.is_of_the_engine()))
        .map(FaultFigures::name)
        .collect();
    if never.is_empty() || guarantee.verdict != Verdict::Holds {
        return guarantee;
    }
    Guarantee {
        verdict: Verdict::Unknown,
        caveat: Some(format!("never fired: {}", never.join(", "))),
        ..guarantee
    }
}
