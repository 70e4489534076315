//! Reading a channel's order feed by polling: passes, watermarks, and up to when the engine provably knows everything.

use crate::config::CLOCK_SKEW;
use crate::planted::planted;
use oversell_kernel::Micros;

/// One reading of the feed from a watermark to its end, over as many pages as it takes.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Pass {
    since: Micros,
    /// When its first page was asked for.
    sent_at: Micros,
    cursor: Option<String>,
    page_under_way: bool,
    /// It told of an order of which not even the id could be read: the feed must be read from here again.
    is_one_unknown: bool,
}

/// The polling state of one channel.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct OrderFeed {
    every: Micros,
    /// The feed is behind by up to so much (v of docs/theory.md A5, H2).
    visibility_lag: Micros,
    due: Micros,
    pass: Option<Pass>,
    complete_to: Micros,
    read_once: bool,
}

impl OrderFeed {
    /// A feed that is first due at zero.
    pub fn new(every: Micros, visibility_lag: Micros) -> OrderFeed {
        OrderFeed {
            every,
            visibility_lag,
            due: Micros::ZERO,
            pass: None,
            complete_to: Micros::ZERO,
            read_once: false,
        }
    }

    /// When the next page should be asked for; `None` while one is under way.
    pub fn due(&self) -> Option<Micros> {
        match &self.pass {
            Some(pass) if pass.page_under_way => None,
            Some(_) => Some(Micros::ZERO),
            None => Some(self.due),
        }
    }

    /// Asks for the next pass no later than this.
    pub fn hasten(&mut self, at: Micros) {
        self.due = self.due.min(at);
    }

    /// The next page to ask for: watermark, in the platform's time, and cursor. Begins a pass if none is running. What the
    /// engine knows to be complete is by its own clock, so the watermark lies earlier by what the clocks may differ.
    pub fn next_page(&mut self, now: Micros) -> (Micros, Option<String>) {
        let pass = self.pass.get_or_insert(Pass {
            since: self.complete_to,
            sent_at: now,
            cursor: None,
            page_under_way: false,
            is_one_unknown: false,
        });
        pass.page_under_way = true;
        (pass.since.since(CLOCK_SKEW), pass.cursor.clone())
    }

    /// The page was read. Returns the instant up to which every order is known, if that ended a pass.
    pub fn page_read(&mut self, now: Micros, next: Option<String>) -> Option<Micros> {
        let pass = self.pass.as_mut()?;
        pass.page_under_way = false;
        if next.is_some() && !planted!(FirstPageTakenForAll) {
            pass.cursor = next;
            return None;
        }
        let is_one_unknown = pass.is_one_unknown;
        // A poll sent at t answers with everything up to t - v (H2).
        let behind = if planted!(CursorWithoutOverlap) {
            Micros::ZERO
        } else {
            self.visibility_lag
        };
        if !is_one_unknown {
            self.complete_to = self.complete_to.max(pass.sent_at.since(behind));
        }
        self.due = (pass.sent_at + self.every).max(now);
        self.pass = None;
        self.read_once = true;
        (!is_one_unknown).then_some(self.complete_to)
    }

    /// The page that is being read tells of an order that cannot be asked for by its id: the next pass begins where this one did.
    pub fn order_unknown(&mut self) {
        if let Some(pass) = self.pass.as_mut() {
            pass.is_one_unknown = true;
        }
    }

    /// The page could not be read; it will be asked for again.
    pub fn page_failed(&mut self) {
        if let Some(pass) = self.pass.as_mut() {
            pass.page_under_way = false;
        }
    }

    /// v: how far the feed may be behind.
    pub fn visibility_lag(&self) -> Micros {
        self.visibility_lag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_proves_what_lies_before_its_start_less_the_lag() {
        let mut feed = OrderFeed::new(Micros::from_secs(60), Micros::from_secs(10));
        assert_eq!(feed.due(), Some(Micros::ZERO));
        assert_eq!(feed.next_page(Micros::from_secs(100)), (Micros::ZERO, None));
        assert_eq!(feed.due(), None);
        assert_eq!(
            feed.page_read(Micros::from_secs(101), Some("next".into())),
            None
        );
        assert_eq!(
            feed.next_page(Micros::from_secs(102)),
            (Micros::ZERO, Some("next".into()))
        );
        feed.page_failed();
        assert_eq!(
            feed.next_page(Micros::from_secs(103)).1.as_deref(),
            Some("next")
        );
        assert_eq!(
            feed.page_read(Micros::from_secs(104), None),
            Some(Micros::from_secs(90))
        );
        assert_eq!(feed.due(), Some(Micros::from_secs(160)));
        feed.hasten(Micros::from_secs(120));
        assert_eq!(
            feed.next_page(Micros::from_secs(120)),
            (Micros::from_secs(55), None),
            "passes overlap by the lag and what clocks may differ"
        );
        feed.order_unknown();
        assert_eq!(feed.page_read(Micros::from_secs(121), None), None);
        assert_eq!(
            feed.next_page(Micros::from_secs(400)).0,
            Micros::from_secs(55),
            "an order that cannot be asked for is looked for again"
        );
    }
}
