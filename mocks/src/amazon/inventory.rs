//! Merchant-fulfilled quantities: what was submitted, what is live, and the way from one to the other (sheet section 5).

use crate::core::{Cause, Fact, Micros, Stream};

use super::catalogue::SkuIndex;
use super::machine::{Amazon, Due};

/// One SKU's quantities.
#[derive(Clone, Debug, Default)]
pub struct SkuState {
    /// What buyers can buy.
    pub live: i64,
    /// What was last submitted, possibly not live yet or never; `None` when the attribute is absent.
    pub submitted: Option<i64>,
    /// Handling time last submitted, in days; `None` is Amazon's default.
    pub lead_time_days: Option<u16>,
    /// When anything of it last changed.
    pub updated_at: Micros,
    /// Units sold, less units put back, since the beginning.
    sold: i64,
    /// The newest submission that has become live, as a count of all submissions.
    newest_live: u64,
}

/// A write on its way to being live.
#[derive(Copy, Clone, Debug)]
struct Write {
    sku: SkuIndex,
    /// Its place among all submissions, from 1.
    sequence: u64,
    quantity: i64,
    sent_at: Micros,
    received_at: Micros,
    sold_at_submission: i64,
}

/// Quantities of all SKUs.
#[derive(Debug)]
pub struct Inventory {
    states: Vec<SkuState>,
    writes: Vec<Write>,
    free_writes: Vec<u32>,
    writes_made: u64,
}

static ABSENT: SkuState = SkuState {
    live: 0,
    submitted: None,
    lead_time_days: None,
    updated_at: Micros::ZERO,
    sold: 0,
    newest_live: 0,
};

impl Inventory {
    /// All listings at 0 units.
    pub fn new(listings: usize) -> Inventory {
        let opening = SkuState {
            submitted: Some(0),
            ..SkuState::default()
        };
        Inventory {
            states: vec![opening; listings],
            writes: Vec::new(),
            free_writes: Vec::new(),
            writes_made: 0,
        }
    }

    /// A SKU's quantities; an FBA offer that was never turned into a merchant's has none.
    pub fn state(&self, sku: SkuIndex) -> &SkuState {
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
    pub fn live(&self, sku: SkuIndex) -> i64 {
        self.state(sku).live
    }

    /// Adds sold (negative) or returned units to the live quantity.
    pub fn add(&mut self, sku: SkuIndex, units: i64, now: Micros) {
        let state = self.state_mut(sku);
        state.live += units;
        state.sold -= units;
        state.updated_at = now;
    }

    /// Sets both quantities at once.
    pub fn set(&mut self, sku: SkuIndex, units: i64, now: Micros) {
        let state = self.state_mut(sku);
        state.live = units;
        state.submitted = Some(units);
        state.updated_at = now;
    }
}

/// What a submission does to a SKU's `fulfillment_availability` of the channel `DEFAULT`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The quantity, absolute; `None` when the submission leaves it alone.
    pub quantity: Option<i64>,
    /// The handling time, and whether its absence resets it (`replace`) or leaves it alone (`merge`).
    pub lead_time: LeadTime,
}

/// What a submission does to the handling time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum LeadTime {
    /// Leaves it.
    Keep,
    /// Sets or resets it.
    Set(Option<u16>),
}

impl Amazon {
    /// Accepts a submission. Its quantity becomes live after a drawn delay, or never.
    pub(super) fn submit(
        &mut self,
        now: Micros,
        sent_at: Micros,
        sku: SkuIndex,
        submission: Submission,
    ) {
        let state = self.inventory.state_mut(sku);
        state.updated_at = now;
        if let LeadTime::Set(days) = submission.lead_time {
            state.lead_time_days = days;
        }
        let Some(quantity) = submission.quantity else {
            return;
        };
        state.submitted = Some(quantity);
        let sold_at_submission = state.sold;
        let write = Write {
            sku,
            sequence: self.inventory.writes_made + 1,
            quantity,
            sent_at,
            received_at: now,
            sold_at_submission,
        };
        let mut stream = Stream::new(self.draws.write_to_live, self.inventory.writes_made);
        self.inventory.writes_made += 1;
        if stream.chance(self.profile.inventory.stuck_share) {
            return;
        }
        let delay = self.profile.inventory.write_to_live.draw(&mut stream);
        if delay == Micros::ZERO {
            self.make_live(now, write);
            return;
        }
        let slot = match self.inventory.free_writes.pop() {
            Some(slot) => {
                self.inventory.writes[slot as usize] = write;
                slot
            }
            None => {
                self.inventory.writes.push(write);
                self.inventory.writes.len() as u32 - 1
            }
        };
        self.after(now + delay, Due::WriteLive(slot));
    }

    pub(super) fn write_live(&mut self, at: Micros, slot: u32) {
        let write = self.inventory.writes[slot as usize];
        self.inventory.free_writes.push(slot);
        self.make_live(at, write);
    }

    /// Writes apply in the order in which they become live, and overwrite: a sale made in between is forgotten, unless
    /// the profile reconciles it (sheet section 5.2). One that comes through after a newer submission of the same SKU is
    /// dropped, unless the profile lets stale writes apply.
    fn make_live(&mut self, at: Micros, write: Write) {
        let stale = write.sequence < self.inventory.state(write.sku).newest_live;
        if stale && !self.profile.inventory.stale_writes_apply {
            return;
        }
        let reconcile = self.profile.inventory.reconcile_decrements;
        let listing = self.catalogue.listing(write.sku);
        let from = self.merchant_units(listing);
        let state = self.inventory.state_mut(write.sku);
        let before = state.live;
        let sold_since = if reconcile {
            state.sold - write.sold_at_submission
        } else {
            0
        };
        state.newest_live = state.newest_live.max(write.sequence);
        state.live = (write.quantity - sold_since).max(0);
        state.updated_at = at;
        let changed = state.live != before;
        let to = self.merchant_units(listing);
        self.fact(Fact::Displayed {
            listing,
            from,
            to,
            cause: Cause::Write {
                sent_at: write.sent_at,
                received_at: write.received_at,
            },
        });
        if changed {
            self.signal_quantity(at, write.sku);
        }
    }
}
