//! Oversold units of one listing whose count has not been put right yet.
//!
//! A write is looked at by those alone that it can have put right: what has let a unit through stays missed as long as its event is
//! among those that the listing keeps as used, however many writes come meanwhile.

use std::collections::BTreeMap;

/// An oversold unit whose event a count does not contain yet.
#[derive(Copy, Clone, Debug)]
pub(super) struct Open {
    /// Its place among all.
    pub case: usize,
    /// What the count does not contain, if that is an event.
    pub event: Option<u64>,
}

/// The open ones of a listing.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenCases {
    /// By an event that is used: as long as it is, the count misses it.
    held: BTreeMap<u64, Vec<usize>>,
    /// All others, each of which has to be looked at.
    loose: Vec<Open>,
}

impl OpenCases {
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.loose.is_empty()
    }

    /// Another one; `is_used`: whether its event is among those that are used.
    pub fn add(&mut self, open: Open, is_used: bool) {
        match open.event.filter(|_| is_used) {
            Some(event) => self.held.entry(event).or_default().push(open.case),
            None => self.loose.push(open),
        }
    }

    /// An event is used no more.
    pub fn let_go(&mut self, event: u64) {
        if self.held.is_empty() {
            return;
        }
        let cases = self.held.remove(&event).into_iter().flatten();
        let event = Some(event);
        self.loose.extend(cases.map(|case| Open { case, event }));
    }

    /// No event says any more that its units are still missed.
    pub fn let_all_go(&mut self) {
        for (event, cases) in std::mem::take(&mut self.held) {
            let event = Some(event);
            let cases = cases.into_iter();
            self.loose.extend(cases.map(|case| Open { case, event }));
        }
    }

    /// Those that have to be looked at, in the order in which they were oversold.
    pub fn take_loose(&mut self) -> Vec<Open> {
        let mut loose = std::mem::take(&mut self.loose);
        loose.sort_unstable_by_key(|it| it.case);
        loose
    }

    /// Those whose events are used.
    pub fn held(&self) -> impl Iterator<Item = usize> {
        self.held.values().flatten().copied()
    }
}
