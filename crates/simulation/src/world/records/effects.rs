//! Which call changed a count. A platform says of a change when the write was received; the calls that it received then are
//! known, and where there are several, their addresses name the SKU.

use std::collections::{BTreeMap, VecDeque};

use channel_mocks::core::Micros;

/// Writes of a system that are remembered: those that a platform may still apply. The oldest go first.
const MOST_WRITES: usize = 20_000;

#[derive(Clone, Debug)]
struct Write {
    arrived_at: Micros,
    number: u64,
    path: String,
}

/// Writes that may still change something.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    systems: BTreeMap<u16, VecDeque<Write>>,
}

impl Effects {
    /// A system has received a write.
    pub fn arrived(&mut self, at: Micros, system: u16, number: u64, path: &str) {
        let writes = self.systems.entry(system).or_default();
        if writes.len() == MOST_WRITES {
            writes.pop_front();
        }
        writes.push_back(Write {
            arrived_at: at,
            number,
            path: path.to_string(),
        });
    }

    /// The number of the write that was received at a time and speaks of a SKU. `present`: the call that is being handled.
    pub fn writer(
        &self,
        system: u16,
        received_at: Micros,
        sku: &str,
        present: Option<u64>,
    ) -> Option<u64> {
        let writes = self.systems.get(&system)?;
        let from = writes.partition_point(|it| it.arrived_at < received_at);
        let same = || {
            let later = writes.iter().skip(from);
            later.take_while(|it| it.arrived_at == received_at)
        };
        if same().count() < 2 {
            return same().next().map(|it| it.number);
        }
        let named = same().find(|it| names(&it.path, sku));
        let handled = || same().find(|it| Some(it.number) == present);
        let found = named.or_else(handled).or_else(|| same().last());
        found.map(|it| it.number)
    }
}

/// Whether a SKU is a part of a path.
fn names(path: &str, sku: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.split('/')
        .any(|part| part == sku || percent_encoding::percent_decode_str(part).eq(sku.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_writes_received_at_once_the_address_tells() {
        let mut effects = Effects::default();
        let second = Micros::from_secs;
        effects.arrived(second(1), 0, 10, "/items/S/MUG");
        effects.arrived(second(2), 0, 11, "/items/S/MUG%20RED?x=1");
        effects.arrived(second(2), 0, 12, "/items/S/MUG");
        effects.arrived(second(2), 0, 13, "/graphql.json");
        let writer = |at, sku, present| effects.writer(0, second(at), sku, present);
        assert_eq!(writer(1, "CUP", None), Some(10), "there is no other");
        assert_eq!(writer(2, "MUG RED", Some(12)), Some(11));
        assert_eq!(writer(2, "MUG", None), Some(12));
        assert_eq!(writer(2, "CUP", Some(13)), Some(13));
        assert_eq!(writer(3, "MUG", None), None);
        assert_eq!(effects.writer(1, second(2), "MUG", None), None);
    }
}
