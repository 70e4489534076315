//! Spells in which no signal leaves.

use serde::{Deserialize, Serialize};

use oversell_kernel::Micros;

/// A spell in which no signal leaves.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stall {
    /// First instant.
    pub from: Micros,
    /// First instant after it: what was held back leaves now.
    pub until: Micros,
}

impl Stall {
    /// The time at which what would leave `at` leaves. The spells are looked at in the order given.
    pub fn after(stalls: &[Stall], mut at: Micros) -> Micros {
        for stall in stalls {
            if stall.from <= at && at < stall.until {
                at = stall.until;
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_into_a_spell_leaves_at_its_end() {
        let spell = |from, until| Stall {
            from: Micros(from),
            until: Micros(until),
        };
        let stalls = [spell(10, 20), spell(20, 25)];
        let leaves = |at| Stall::after(&stalls, Micros(at)).0;
        assert_eq!([9, 10, 19, 25].map(leaves), [9, 25, 25, 25]);
    }
}
