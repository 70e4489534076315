//! What faults do to systems beside their messages: at a time, by an act on the machine of a platform or of the warehouse.

use channel_mocks::core::{ListingIndex, LocationIndex, Micros, Storefront};
use channel_mocks::warehouse::{ItemIndex, Warehouse};

/// An act of a fault, for the driver to carry to a system.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultAct {
    /// The position of the fault that wants it; of the first one, where several do.
    pub fault: usize,
    /// The system: a channel, or the warehouse after them.
    pub place: u16,
    /// What is to be done.
    pub kind: FaultActKind,
}

/// What faults do to systems.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultActKind {
    /// Values are laid over the profile, in place of those before.
    LayOver(toml::Table),
    /// Access tokens end.
    EndTokens,
    /// The app loses its access.
    RevokeAccess,
    /// The merchant lets the app in again.
    GrantAccess,
    /// The platform drops the subscriptions.
    DropSubscriptions,
    /// Somebody multiplies the counts of these SKUs.
    Multiply {
        /// Their numbers.
        skus: std::ops::Range<u32>,
        /// By this.
        factor: f64,
        /// Where, in a warehouse.
        location: LocationIndex,
    },
    /// Somebody takes so many units off a count.
    TakeBack {
        /// The SKU's number.
        sku: u32,
        /// Units that are too many; too few when negative.
        units: i64,
        /// Where, in a warehouse.
        location: LocationIndex,
    },
    /// Another app writes the counts of these SKUs as it saw them before.
    WriteAsSeen {
        /// Their numbers.
        skus: std::ops::Range<u32>,
        /// What it saw, by SKU; empty when it looks for the first time.
        seen: Vec<i64>,
    },
}

/// What an act came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultDone {
    /// Things that it could have changed.
    pub eligible: u64,
    /// Things that it changed.
    pub injected: u64,
    /// By how much counts have become wrong, by SKU.
    pub wrong: Vec<(u32, i64)>,
    /// The counts seen, where the act looks at them.
    pub seen: Vec<i64>,
}

impl FaultDone {
    fn once(times: u64) -> FaultDone {
        FaultDone {
            eligible: times,
            injected: times,
            ..FaultDone::default()
        }
    }
}

impl FaultAct {
    /// Carries it out on a platform. `miscounts` hears of every count that becomes wrong by so many units, or right again
    /// (the other sign), before it does.
    pub fn perform(
        &self,
        shop: &mut (impl Storefront + ?Sized),
        now: Micros,
        miscounts: &mut dyn FnMut(u32, i64),
    ) -> FaultDone {
        let mut done = FaultDone::default();
        match &self.kind {
            FaultActKind::LayOver(values) => {
                // Values that do not fit have been refused with the scenario.
                let _ = shop.lay_over(now, values);
            }
            FaultActKind::EndTokens => {
                shop.end_tokens(now);
                return FaultDone::once(1);
            }
            FaultActKind::RevokeAccess => shop.revoke_access(now),
            FaultActKind::GrantAccess => shop.grant_anew(now),
            FaultActKind::DropSubscriptions => {
                return FaultDone::once(shop.drop_subscriptions(now).into());
            }
            FaultActKind::Multiply { skus, factor, .. } => {
                for sku in skus.clone() {
                    let shown = shop.displayed(ListingIndex(sku));
                    let wrong = multiplied(shown, *factor);
                    done.eligible += 1;
                    if wrong != shown {
                        miscounts(sku, wrong - shown);
                        shop.edit_count(now, ListingIndex(sku), wrong);
                        done.injected += 1;
                        done.wrong.push((sku, wrong - shown));
                    }
                }
            }
            FaultActKind::TakeBack { sku, units, .. } => {
                let shown = shop.displayed(ListingIndex(*sku));
                let right = (shown - units).max(0);
                miscounts(*sku, right - shown);
                shop.edit_count(now, ListingIndex(*sku), right);
            }
            FaultActKind::WriteAsSeen { skus, seen } => {
                let numbers = skus.clone().map(ListingIndex);
                done.seen = numbers.map(|sku| shop.displayed(sku)).collect();
                for ((sku, shown), before) in skus.clone().zip(&done.seen).zip(seen) {
                    done.eligible += 1;
                    if before != shown {
                        shop.edit_count(now, ListingIndex(sku), *before);
                        done.injected += 1;
                        done.wrong.push((sku, before - shown));
                    }
                }
            }
        }
        done
    }

    /// The same on the warehouse, which has no tokens and no subscriptions to lose.
    pub fn perform_on_warehouse(
        &self,
        warehouse: &mut Warehouse,
        now: Micros,
        miscounts: &mut dyn FnMut(u32, i64),
    ) -> FaultDone {
        let mut done = FaultDone::default();
        let mut recount = |warehouse: &mut Warehouse, sku, location, counted: i64| {
            let counted = u32::try_from(counted.max(0)).unwrap_or(u32::MAX);
            let there = warehouse.on_hand(ItemIndex(sku), location);
            miscounts(sku, i64::from(counted) - there);
            warehouse.recount(now, ItemIndex(sku), location, counted)
        };
        match &self.kind {
            FaultActKind::LayOver(values) => {
                let _ = warehouse.lay_over(now, values);
            }
            FaultActKind::Multiply {
                skus,
                factor,
                location,
            } => {
                for sku in skus.clone() {
                    let there = warehouse.on_hand(ItemIndex(sku), *location);
                    let wrong = multiplied(there, *factor);
                    done.eligible += 1;
                    if wrong != there {
                        let gained = recount(warehouse, sku, *location, wrong);
                        done.injected += 1;
                        done.wrong.push((sku, gained));
                    }
                }
            }
            FaultActKind::TakeBack {
                sku,
                units,
                location,
            } => {
                let there = warehouse.on_hand(ItemIndex(*sku), *location);
                recount(warehouse, *sku, *location, there - units);
            }
            FaultActKind::EndTokens
            | FaultActKind::RevokeAccess
            | FaultActKind::GrantAccess
            | FaultActKind::DropSubscriptions
            | FaultActKind::WriteAsSeen { .. } => {}
        }
        done
    }
}

/// The most units that a wrong count shows: what the warehouse can hold of an item is the bound of all systems.
const MOST_UNITS: f64 = 2_147_483_647.0;

fn multiplied(units: i64, factor: f64) -> i64 {
    libm::round(units as f64 * factor).clamp(0.0, MOST_UNITS) as i64
}
