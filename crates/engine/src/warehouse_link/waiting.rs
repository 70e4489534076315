//! Orders whose units are not there as far as is known, each until some come free or its patience ends.

use std::collections::{BTreeMap, BTreeSet};

use super::AllocationWanted;
use crate::canonical::SkuIndex;
use oversell_kernel::Micros;

/// Orders put aside, by the SKU they wait for and in the order in which they came.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Waiting {
    numbers: u64,
    orders: BTreeMap<(SkuIndex, u64), AllocationWanted>,
    ends: BTreeSet<(Micros, SkuIndex, u64)>,
}

impl Waiting {
    /// Puts an order aside until units of the SKU come free.
    pub(super) fn put(&mut self, sku: SkuIndex, wanted: AllocationWanted) {
        self.numbers += 1;
        self.ends.insert((wanted.patient_until, sku, self.numbers));
        self.orders.insert((sku, self.numbers), wanted);
    }

    /// Takes out as many orders as so many units of the SKU could serve.
    pub(super) fn take_for(&mut self, sku: SkuIndex, units: i64) -> Vec<AllocationWanted> {
        let mut taken = Vec::new();
        for _ in 0..units {
            let next = self.orders.range((sku, 0)..=(sku, u64::MAX)).next();
            let Some((&(_, number), &wanted)) = next else {
                break;
            };
            self.orders.remove(&(sku, number));
            self.ends.remove(&(wanted.patient_until, sku, number));
            taken.push(wanted);
        }
        taken
    }

    /// Takes out the orders whose patience has ended.
    pub(super) fn take_due(&mut self, now: Micros) -> Vec<AllocationWanted> {
        let mut taken = Vec::new();
        while self.next_due() <= now
            && let Some((_, sku, number)) = self.ends.pop_first()
        {
            taken.extend(self.orders.remove(&(sku, number)));
        }
        taken
    }

    /// When the first patience ends; [`Micros::MAX`] when nobody waits.
    pub(super) fn next_due(&self) -> Micros {
        self.ends.first().map_or(Micros::MAX, |(until, ..)| *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{ChannelIndex, OrderKey};

    fn order(key: u64, until: u64) -> AllocationWanted {
        AllocationWanted {
            channel: ChannelIndex(0),
            order: OrderKey(key),
            hold: false,
            patient_until: Micros(until),
        }
    }

    #[test]
    fn freed_units_serve_those_who_came_first_and_of_their_sku() {
        let mut waiting = Waiting::default();
        let (shirt, hat) = (SkuIndex(1), SkuIndex(2));
        for (sku, key) in [(shirt, 10), (hat, 11), (shirt, 12), (shirt, 13)] {
            waiting.put(sku, order(key, 100 - key));
        }
        assert_eq!(waiting.take_for(shirt, 2), [order(10, 90), order(12, 88)]);
        assert_eq!(waiting.take_for(shirt, 5), [order(13, 87)]);
        assert_eq!(waiting.take_for(shirt, 1), []);
        assert_eq!(waiting.next_due(), Micros(89));
        assert_eq!(waiting.take_for(hat, 1), [order(11, 89)]);
        assert_eq!(waiting.next_due(), Micros::MAX);
    }

    #[test]
    fn patience_ends_in_its_own_order() {
        let mut waiting = Waiting::default();
        waiting.put(SkuIndex(1), order(1, 50));
        waiting.put(SkuIndex(2), order(2, 40));
        assert_eq!(waiting.take_due(Micros(39)), []);
        assert_eq!(waiting.take_due(Micros(40)), [order(2, 40)]);
        assert_eq!(waiting.take_due(Micros(60)), [order(1, 50)]);
        assert_eq!(waiting.take_for(SkuIndex(1), 9), []);
    }
}
