//! Merchant-fulfilled quantities: what was submitted, what is live, and the way from one to the other
//! (docs/platforms/amazon.md 5).

use crate::core::{Micros, PastValues};

use super::catalogue::SkuIndex;

/// One SKU's quantities.
#[derive(Clone, Debug, Default)]
pub(crate) struct SkuState {
    /// What buyers can buy.
    pub(crate) live: i64,
    /// What was last submitted, possibly not live yet or never; `None` when the attribute is absent.
    pub(crate) submitted: Option<i64>,
    /// Handling time last submitted, in days; `None` is Amazon's default.
    pub(crate) lead_time_days: Option<u16>,
    /// Whether the entry of Amazon's channel was deleted, which an FBA offer has from the beginning.
    pub(crate) amazon_deleted: bool,
    /// When anything of it last changed.
    pub(crate) updated_at: Micros,
    /// Units sold, less units put back, since the beginning.
    sold: i64,
    /// The newest submission that has become live, as a count of all submissions.
    newest_live: u64,
}

/// A write on its way to being live.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Write {
    /// Of which SKU.
    pub(crate) sku: SkuIndex,
    /// Its place among all submissions, from 1.
    sequence: u64,
    quantity: i64,
    /// When the call left its sender.
    pub(crate) sent_at: Micros,
    /// When it was accepted.
    pub(crate) received_at: Micros,
    sold_at_submission: i64,
}

/// Quantities of all SKUs.
#[derive(Debug)]
pub(crate) struct Inventory {
    states: Vec<SkuState>,
    writes: Vec<Write>,
    free_writes: Vec<u32>,
    writes_made: u64,
    /// Live quantities as they were, by SKU.
    pub(crate) past: PastValues<i64>,
}

static ABSENT: SkuState = SkuState {
    live: 0,
    submitted: None,
    lead_time_days: None,
    amazon_deleted: false,
    updated_at: Micros::ZERO,
    sold: 0,
    newest_live: 0,
};

impl Inventory {
    /// All listings at 0 units.
    pub(crate) fn new(listings: usize) -> Inventory {
        let opening = SkuState {
            submitted: Some(0),
            ..SkuState::default()
        };
        Inventory {
            states: vec![opening; listings],
            writes: Vec::new(),
            free_writes: Vec::new(),
            writes_made: 0,
            past: PastValues::default(),
        }
    }

    /// A SKU's quantities; an FBA offer that was never turned into a merchant's has none.
    pub(crate) fn state(&self, sku: SkuIndex) -> &SkuState {
        self.states.get(sku.0 as usize).unwrap_or(&ABSENT)
    }

    fn state_mut(&mut self, sku: SkuIndex) -> &mut SkuState {
        let index = sku.0 as usize;
        if index >= self.states.len() {
            self.states.resize(index + 1, SkuState::default());
        }
        &mut self.states[index]
    }

    /// Live units of a SKU.
    pub(crate) fn live(&self, sku: SkuIndex) -> i64 {
        self.state(sku).live
    }

    /// Live units of a SKU as the read under way shows them.
    pub(crate) fn shown(&self, sku: SkuIndex) -> i64 {
        *self.past.shown(sku.0, &self.state(sku).live)
    }

    /// Notes the live quantity that is about to change.
    fn note_past(&mut self, sku: SkuIndex, now: Micros) {
        if self.past.is_kept() {
            let live = self.live(sku);
            self.past.tick(now);
            self.past.ends(sku.0, live);
        }
    }

    /// Adds sold (negative) or returned units to the live quantity.
    pub(crate) fn add(&mut self, sku: SkuIndex, units: i64, now: Micros) {
        self.note_past(sku, now);
        let state = self.state_mut(sku);
        state.live += units;
        state.sold -= units;
        state.updated_at = now;
    }

    /// Notes what was submitted of a SKU's channel `DEFAULT`.
    pub(crate) fn enter(&mut self, now: Micros, sku: SkuIndex, submission: Submission) {
        let state = self.state_mut(sku);
        state.updated_at = now;
        if let LeadTime::Set(days) = submission.lead_time {
            state.lead_time_days = days;
        }
        if submission.quantity.is_some() {
            state.submitted = submission.quantity;
        }
    }

    /// Forgets what was submitted of a SKU's channel `DEFAULT`.
    pub(crate) fn delete_entry(&mut self, now: Micros, sku: SkuIndex) {
        let state = self.state_mut(sku);
        state.updated_at = now;
        state.lead_time_days = None;
        state.submitted = None;
    }

    /// Notes whether a SKU has the entry of Amazon's channel.
    pub(crate) fn enter_amazon(&mut self, now: Micros, sku: SkuIndex, there: bool) {
        let state = self.state_mut(sku);
        state.updated_at = now;
        state.amazon_deleted = !there;
    }

    /// A write of a quantity on its way to being live, and how many there were before.
    pub(crate) fn write(
        &mut self,
        now: Micros,
        sent_at: Micros,
        sku: SkuIndex,
        quantity: i64,
    ) -> (u64, Write) {
        let sold_at_submission = self.state(sku).sold;
        let before = self.writes_made;
        self.writes_made += 1;
        let write = Write {
            sku,
            sequence: self.writes_made,
            quantity,
            sent_at,
            received_at: now,
            sold_at_submission,
        };
        (before, write)
    }

    /// Keeps a write until it becomes live; the place it has until then.
    pub(crate) fn keep(&mut self, write: Write) -> u32 {
        match self.free_writes.pop() {
            Some(slot) => {
                self.writes[slot as usize] = write;
                slot
            }
            None => {
                self.writes.push(write);
                self.writes.len() as u32 - 1
            }
        }
    }

    /// Takes a kept write out; each place is good for one call.
    pub(crate) fn release(&mut self, slot: u32) -> Write {
        self.free_writes.push(slot);
        self.writes[slot as usize]
    }

    /// Whether a write comes through after a newer submission of the same SKU has.
    pub(crate) fn is_stale(&self, write: &Write) -> bool {
        write.sequence < self.state(write.sku).newest_live
    }

    /// Makes a write live, less the units sold since its submission where `reconcile` says so; tells whether the live
    /// quantity changed.
    pub(crate) fn make_live(&mut self, at: Micros, write: &Write, reconcile: bool) -> bool {
        self.note_past(write.sku, at);
        let state = self.state_mut(write.sku);
        let before = state.live;
        let sold_since = if reconcile {
            state.sold - write.sold_at_submission
        } else {
            0
        };
        state.newest_live = state.newest_live.max(write.sequence);
        state.live = (write.quantity - sold_since).max(0);
        state.updated_at = at;
        state.live != before
    }

    /// Sets both quantities at once.
    pub(crate) fn set(&mut self, sku: SkuIndex, units: i64, now: Micros) {
        self.note_past(sku, now);
        let state = self.state_mut(sku);
        state.live = units;
        state.submitted = Some(units);
        state.updated_at = now;
    }
}

/// What a submission does to a SKU's `fulfillment_availability` of the channel `DEFAULT`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    /// The quantity, absolute; `None` when the submission leaves it alone.
    pub(crate) quantity: Option<i64>,
    /// The handling time, and whether its absence resets it (`replace`) or leaves it alone (`merge`).
    pub(crate) lead_time: LeadTime,
}

/// What a submission does to the handling time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeadTime {
    /// Leaves it.
    Keep,
    /// Sets or resets it.
    Set(Option<u16>),
}
