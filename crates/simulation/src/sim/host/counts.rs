//! How often each fault could strike, struck, and was noticed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use channel_mocks::core::Micros;

use crate::stage::faults::Counts;

/// The counts of one fault, kept by the host that makes it happen.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Rc<Cell<Counts>>, Rc<RefCell<Vec<(Micros, Micros)>>>);

impl Tally {
    fn change(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.0.get();
        change(&mut counts);
        self.0.set(counts);
    }

    /// One more chance; gives their number.
    pub fn eligible(&self) -> u64 {
        self.change(|it| it.eligible += 1);
        self.0.get().eligible
    }

    pub fn injected(&self) {
        self.change(|it| it.injected += 1);
    }

    /// The engine does nothing from one time until another.
    pub fn is_down(&self, from: Micros, until: Micros) {
        self.1.borrow_mut().push((from, until));
    }

    pub fn noticed(&self) {
        self.change(|it| it.noticed += 1);
    }
}

/// The counts of all faults of a host; they go on counting while the engine runs.
#[derive(Clone, Debug, Default)]
pub struct FaultCounts(pub(super) Vec<(usize, Tally)>);

impl FaultCounts {
    /// When the engine did nothing for a fault, by its number and then in the order of time.
    pub fn down(&self) -> Vec<(u16, Micros, Micros)> {
        let tallies = self.0.iter();
        let spans = tallies.flat_map(|(number, tally)| {
            let number = u16::try_from(*number).unwrap_or(u16::MAX);
            let spans = tally.1.borrow().clone();
            spans
                .into_iter()
                .map(move |(from, until)| (number, from, until))
        });
        spans.collect()
    }

    /// The counts so far, by the faults' numbers in the plan.
    pub fn fault_counts(&self) -> Vec<(usize, Counts)> {
        let tallies = self.0.iter();
        tallies
            .map(|(number, tally)| (*number, tally.0.get()))
            .collect()
    }
}
