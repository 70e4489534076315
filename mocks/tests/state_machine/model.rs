//! The reference: what a platform may do by the terms in force, kept without any of its code.

use channel_mocks::core::{Cause, Fact, LimitUse, Micros, OrderRef};

/// What a profile promises.
#[derive(Clone, Debug)]
pub struct Terms {
    /// A write is live within this, if it becomes live.
    pub write_bound: Micros,
    /// Whether every accepted write becomes live: none is stuck, and none is dropped because a newer one came first.
    pub all_writes_live: bool,
    /// Whether a write waits for those before it.
    pub in_order: bool,
    /// A read shows a quantity that was displayed within this.
    pub read_lag: Micros,
    /// An order is in lists within this.
    pub list_bound: Micros,
    /// The bucket of writes: size, refill in a second, and the price of a write.
    pub bucket: (f64, f64, f64),
    /// Calls that are refused although the bucket holds enough.
    pub refuses_early: bool,
}

/// An accepted write.
#[derive(Debug)]
struct Write {
    listing: u32,
    units: i64,
    received_at: Micros,
    deadline: Micros,
    must_live: bool,
    is_live: bool,
}

/// What the reference knows.
pub struct Model {
    terms: Terms,
    /// By listing, what was displayed since when.
    displayed: Vec<Vec<(Micros, i64)>>,
    writes: Vec<Write>,
    /// By listing, when the latest write that waits its turn is live at the latest.
    turn: Vec<Micros>,
    /// Orders, and when lists show them at the latest.
    orders: Vec<(OrderRef, Micros)>,
    level: f64,
    as_of: Micros,
}

impl Model {
    pub fn new(listings: usize, opening: i64, terms: Terms) -> Model {
        Model {
            displayed: vec![vec![(Micros::ZERO, opening)]; listings],
            writes: Vec::new(),
            turn: vec![Micros::ZERO; listings],
            orders: Vec::new(),
            level: terms.bucket.0,
            as_of: Micros::ZERO,
            terms,
        }
    }

    fn refill(&mut self, now: Micros) {
        let (size, rate, _) = self.terms.bucket;
        let gained = rate * now.since(self.as_of).as_secs_f64();
        self.level = (self.level + gained).min(size);
        self.as_of = now;
    }

    /// Terms that hold for no time at all change nothing: the level meets the new size when time passes or a write comes.
    pub fn change_terms(&mut self, now: Micros, terms: Terms) {
        if now > self.as_of {
            self.refill(now);
        }
        self.terms = terms;
    }

    pub fn refuses_early(&self) -> bool {
        self.terms.refuses_early
    }

    pub fn displayed(&self, listing: u32) -> i64 {
        self.displayed[listing as usize].last().unwrap().1
    }

    pub fn sold(&mut self, now: Micros, order: OrderRef) {
        self.orders.push((order, now + self.terms.list_bound));
    }

    /// Orders that every list shows at `now`.
    pub fn listed_by(&self, now: Micros) -> Vec<OrderRef> {
        let listed = self.orders.iter().filter(|(_, at)| *at <= now);
        listed.map(|(order, _)| *order).collect()
    }

    /// Notes a write that is about to be sent; its place.
    pub fn write(&mut self, now: Micros, listing: u32, units: i64) -> usize {
        let mut deadline = now + self.terms.write_bound;
        if self.terms.in_order {
            deadline = deadline.max(self.turn[listing as usize]);
        }
        self.writes.push(Write {
            listing,
            units,
            received_at: now,
            deadline,
            must_live: self.terms.all_writes_live,
            is_live: false,
        });
        self.writes.len() - 1
    }

    /// Notes whether a write was let in, and holds that against the bucket.
    pub fn answered(&mut self, now: Micros, noted: usize, is_served: bool) {
        self.refill(now);
        let price = self.terms.bucket.2;
        if is_served {
            assert!(
                self.level >= price - 1e-6,
                "let in at {} of {price}",
                self.level
            );
            self.level -= price;
            let write = &self.writes[noted];
            let turn = &mut self.turn[write.listing as usize];
            *turn = (*turn).max(write.deadline);
        } else {
            let is_empty = self.level < price + 1e-6;
            assert!(
                is_empty || self.terms.refuses_early,
                "refused at {}",
                self.level
            );
            let write = self.writes.remove(noted);
            assert!(!write.is_live, "a refused write became live");
        }
    }

    pub fn check_bucket(&self, limit: &LimitUse) {
        let (size, rate, _) = self.terms.bucket;
        assert_eq!((limit.capacity, limit.rate_per_second), (size, rate));
    }

    pub fn check_displayed(&self, listing: u32, displayed: i64) {
        assert_eq!(displayed, self.displayed(listing), "facts and shop differ");
        assert!(displayed >= 0, "{displayed} units on sale");
    }

    pub fn read(&self, now: Micros, listing: u32, shown: i64) {
        let past = &self.displayed[listing as usize];
        let from = Micros(now.0.saturating_sub(self.terms.read_lag.0));
        // A value counts from when it began until the next one began; of several at one instant only the last was seen.
        let was_shown = past.iter().enumerate().any(|(place, (_, units))| {
            let end = past.get(place + 1).map_or(Micros::MAX, |next| next.0);
            *units == shown && end > from
        });
        assert!(
            was_shown,
            "{shown} was not displayed since {from}: {past:?}"
        );
    }

    pub fn hear(&mut self, now: Micros, fact: &Fact) {
        let Fact::Displayed {
            listing,
            from,
            to,
            cause,
        } = fact
        else {
            return;
        };
        assert_eq!(*from, self.displayed(listing.0), "facts do not join");
        assert!(*to >= 0, "{to} units on sale");
        self.displayed[listing.0 as usize].push((now, *to));
        if let Cause::Write { received_at, .. } = cause {
            let write = self.writes.iter_mut().find(|write| {
                let is_it = write.listing == listing.0 && write.received_at == *received_at;
                is_it && !write.is_live && write.units == *to
            });
            let write = write.unwrap_or_else(|| panic!("nobody wrote {to} at {received_at}"));
            assert!(now <= write.deadline, "live at {now}: {write:?}");
            write.is_live = true;
        }
    }

    pub fn finish(&self, now: Micros) {
        for write in &self.writes {
            let is_late = write.must_live && !write.is_live && write.deadline <= now;
            assert!(!is_late, "never live: {write:?}");
        }
    }
}
