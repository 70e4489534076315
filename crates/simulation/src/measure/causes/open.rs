//! Oversold units of one listing whose count has not been put right yet.
//!
//! A write is looked at by those alone that it can have put right: what has let a unit through stays missed as long as its event is
//! among those that the listing keeps as used, however many writes come meanwhile. Units with the same event share one look.

use std::collections::BTreeMap;
use std::ops::Range;

/// Places of cases among all.
type Places = Vec<usize>;

/// The open ones of a listing.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenCases {
    /// By an event that is used: as long as it is, the count misses it.
    held: BTreeMap<u64, Places>,
    /// By any other event, each of which has to be looked at.
    loose: BTreeMap<u64, Places>,
    /// Those whose count misses no event, each with what will tell of it.
    others: Vec<(Option<u64>, usize)>,
}

impl OpenCases {
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.loose.is_empty() && self.others.is_empty()
    }

    /// Another case whose count does not contain an event; `is_used`: whether that is among those that are used. Others of an
    /// event that is used again need not be looked at one by one any more.
    pub fn add(&mut self, case: usize, event: u64, is_used: bool) {
        if !is_used {
            return self.loose.entry(event).or_default().push(case);
        }
        let loose = self.loose.remove(&event);
        let held = self.held.entry(event).or_default();
        held.extend(loose.into_iter().flatten());
        held.push(case);
    }

    /// Another case, of something that is no event. `news`: the event that will tell of it.
    pub fn add_other(&mut self, case: usize, news: Option<u64>) {
        self.others.push((news, case));
    }

    /// An event is used no more.
    pub fn let_go(&mut self, event: u64) {
        if let Some(cases) = self.held.remove(&event) {
            self.loose.entry(event).or_default().extend(cases);
        }
    }

    /// No event says any more that its units are still missed.
    pub fn let_all_go(&mut self) {
        for (event, cases) in std::mem::take(&mut self.held) {
            self.loose.entry(event).or_default().extend(cases);
        }
    }

    /// Takes out those whose event is missed no more, of which it is asked together with their places up to event `until`, and
    /// all of no event if `others` says so.
    pub fn settle(
        &mut self,
        until: u64,
        mut is_missed: impl FnMut(u64, &[usize]) -> bool,
        others: bool,
    ) -> Places {
        let mut settled = Places::new();
        let is_settled = |event: &u64, cases: &mut Places| !is_missed(*event, cases);
        for (_, mut cases) in self.loose.extract_if(..=until, is_settled) {
            settled.append(&mut cases);
        }
        if others {
            settled.extend(self.others.drain(..).map(|(_, case)| case));
        }
        settled
    }

    /// Those that learn of an event of a span, with that event.
    pub fn within(&self, span: Range<u64>) -> impl Iterator<Item = (u64, usize)> {
        let held = self.held.range(span.clone());
        let loose = self.loose.range(span.clone());
        let of_events = held.chain(loose);
        let of_events =
            of_events.flat_map(|(event, cases)| cases.iter().map(|case| (*event, *case)));
        let others = self.others.iter();
        let others = others.filter_map(|(news, case)| Some(((*news)?, *case)));
        of_events.chain(others.filter(move |(news, _)| span.contains(news)))
    }
}
