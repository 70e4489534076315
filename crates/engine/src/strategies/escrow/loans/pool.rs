//! Which channels share a SKU's units, and how many each of them may show (docs/theory.md A9, the rule).
//!
//! Channels where few sales elsewhere are to be expected while a listing is taken back all show the same units, less a line;
//! below the line the last units are divided as escrow does.

use super::super::super::poisson::line;

/// A channel joins when no more sales are to be expected on the others while both are taken back.
const LARGEST_LOAD: f64 = 1.0;
/// An overwrite-only channel joins, and is lowered without going dark, when it sells no more itself while news of it is under
/// way.
pub(super) const LARGEST_OWN_LOAD: f64 = 0.5;

/// What the rule reads of one listing.
#[derive(Copy, Clone, Debug)]
pub(super) struct Listing {
    /// Units a second that it sells.
    pub rate: f64,
    /// Seconds from a sale to its being known.
    pub ingest: f64,
    /// Seconds from a decision to its being seen by buyers.
    pub publish: f64,
    /// Units that it is believed to display once what is under way is through.
    pub displayed: i64,
    /// Units that buyers may still see of it.
    pub still_shown: i64,
    /// Units that count on it when it shares none.
    pub exposure: i64,
    /// Its part of the stock if units are divided.
    pub quota: i64,
    pub is_cas: bool,
    /// Whether it may show units at all.
    pub is_eligible: bool,
}

impl Listing {
    /// Its own sales while one of them becomes known and its count is written.
    pub(super) fn own_load(&self) -> f64 {
        self.rate * (self.ingest + self.publish)
    }
}

/// One listing's part of a plan.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Whether it shares units with others.
    pub is_member: bool,
    /// Units that it leaves unshown.
    pub line: i64,
    /// Units that it should show.
    pub target: i64,
}

/// Rates and delays of members, summed.
#[derive(Copy, Clone, Debug, Default)]
struct Sums {
    rate: f64,
    ingest: f64,
    publish: f64,
}

impl Sums {
    fn of(members: impl Iterator<Item = Listing>) -> Sums {
        members.fold(Sums::default(), |sums, it| sums.with(&it))
    }

    fn with(self, it: &Listing) -> Sums {
        Sums {
            rate: self.rate + it.rate,
            ingest: self.ingest + it.rate * it.ingest,
            publish: self.publish + it.rate * it.publish,
        }
    }

    /// Sales on the members while both a sale here is taken from them and one there from here.
    fn load(&self, it: &Listing) -> f64 {
        self.ingest + self.publish + self.rate * (it.ingest + it.publish)
    }

    /// Sales on the members other than this one before this one's count is down.
    fn directed_load(&self, it: &Listing) -> f64 {
        let others = (self.ingest - it.rate * it.ingest).max(0.0);
        others + (self.rate - it.rate).max(0.0) * it.publish
    }
}

/// The channels that may share units by their loads alone, whatever the price: by place, the anchor among them. Empty if
/// there would be fewer than two.
pub(super) fn candidates(listings: &[Listing], anchor: usize) -> Vec<usize> {
    let first = &listings[anchor];
    let is_slow = |it: &Listing| it.is_cas || it.own_load() <= LARGEST_OWN_LOAD;
    if !first.is_eligible || !is_slow(first) {
        return Vec::new();
    }
    let mut rest: Vec<usize> = (0..listings.len())
        .filter(|at| *at != anchor && listings[*at].is_eligible)
        .collect();
    let delay = |at: &usize| listings[*at].ingest + listings[*at].publish;
    rest.sort_by(|a, b| delay(a).total_cmp(&delay(b)).then(a.cmp(b)));
    let mut members = vec![anchor];
    let mut sums = Sums::default().with(first);
    for at in rest {
        let it = &listings[at];
        if it.is_cas || (is_slow(it) && sums.load(it) <= LARGEST_LOAD) {
            members.push(at);
            sums = sums.with(it);
        }
    }
    if members.len() < 2 {
        members.clear();
    }
    members
}

/// Unseen sales on the other members before each member's count is down, in their order.
pub(super) fn directed_loads(listings: &[Listing], members: &[usize]) -> Vec<f64> {
    let sums = Sums::of(members.iter().map(|at| listings[*at]));
    let loads = members.iter().map(|at| sums.directed_load(&listings[*at]));
    loads.collect()
}

/// What each channel should show of `units` that are left, at a price of so many oversold units a saved sale; `None` when no
/// units are shared, so that plain escrow decides. `anchor` keeps what rounding leaves and is never left out.
pub(super) fn plan(
    listings: &[Listing],
    anchor: usize,
    units: i64,
    price: f64,
) -> Option<Vec<Place>> {
    let mut members = candidates(listings, anchor);
    loop {
        if members.len() < 2 {
            return None;
        }
        let outside: i64 = (0..listings.len())
            .filter(|at| !members.contains(at))
            .map(|at| listings[at].exposure.max(0))
            .sum();
        let shared = units - outside;
        let loads = directed_loads(listings, &members);
        let lines: Option<Vec<i64>> = loads.iter().map(|load| line(*load, price)).collect();
        let lines = lines?;
        let stays = |index: usize| {
            let at = members[index];
            at == anchor || shared - lines[index] > listings[at].quota
        };
        if (0..members.len()).all(stays) {
            let mut places: Vec<Place> = listings
                .iter()
                .map(|it| Place {
                    is_member: false,
                    line: 0,
                    target: it.quota,
                })
                .collect();
            for (index, at) in members.iter().enumerate() {
                let above = (shared - lines[index]).max(listings[*at].quota);
                places[*at] = Place {
                    is_member: true,
                    line: lines[index],
                    target: above.min(shared).max(0),
                };
            }
            return Some(places);
        }
        let staying: Vec<usize> = (0..members.len())
            .filter(|index| stays(*index))
            .map(|index| members[index])
            .collect();
        members = staying;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(rate: f64, ingest: f64, publish: f64, is_cas: bool, quota: i64) -> Listing {
        Listing {
            rate,
            ingest,
            publish,
            displayed: 0,
            still_shown: 0,
            exposure: 0,
            quota,
            is_cas,
            is_eligible: true,
        }
    }

    /// docs/theory.md A9, X5: two channels, one unit, 0.005 units a second each, five seconds in all.
    #[test]
    fn the_last_unit_is_shared_when_the_price_allows_it() {
        let two = [
            listing(0.005, 2.0, 3.0, true, 1),
            listing(0.005, 2.0, 3.0, false, 0),
        ];
        assert_eq!(plan(&two, 0, 1, 0.0246), None);
        let shared = plan(&two, 0, 1, 0.0248).unwrap();
        assert!(shared.iter().all(|it| it.is_member && it.target == 1));
        assert_eq!(plan(&two, 0, 1, 0.0), None, "no budget, no sharing");
        assert_eq!(plan(&two[..1], 0, 1, 0.5), None, "one channel alone");
    }

    /// Thirty units at 0.1 a second each: all but one are shown by both; at the line they are divided.
    #[test]
    fn above_the_line_all_units_are_shown_and_below_it_divided() {
        let two = |quota| {
            [
                listing(0.1, 2.0, 3.0, true, quota),
                listing(0.1, 2.0, 3.0, false, quota),
            ]
        };
        let places = plan(&two(15), 0, 30, 0.1).unwrap();
        assert_eq!((places[0].target, places[1].target), (29, 29));
        let places = plan(&two(2), 0, 5, 0.1).unwrap();
        assert_eq!((places[1].target, places[1].line), (4, 1));
        assert_eq!(plan(&two(1), 0, 2, 0.1), None, "nothing above the quota");
    }

    /// A channel that sells faster than it can be taken back keeps its own quota, and its units are not shared.
    #[test]
    fn a_fast_slow_channel_stays_outside() {
        let mut three = [
            listing(0.005, 2.5, 0.7, true, 6),
            listing(0.005, 3.5, 1.1, false, 2),
            listing(0.01, 13.7, 96.8, false, 2),
        ];
        three[2].exposure = 2;
        let places = plan(&three, 0, 10, 0.5).unwrap();
        assert!(places[0].is_member && places[1].is_member && !places[2].is_member);
        assert_eq!(places.map_targets(), [8, 8, 2]);
    }

    trait Targets {
        fn map_targets(&self) -> Vec<i64>;
    }
    impl Targets for Vec<Place> {
        fn map_targets(&self) -> Vec<i64> {
            self.iter().map(|it| it.target).collect()
        }
    }
}
