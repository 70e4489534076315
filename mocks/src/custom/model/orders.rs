//! The orders, and the log of their changes that lists are read from.

use crate::core::{Micros, Party, Telling};

/// Where an order stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Unpaid, or held: it must not be shipped yet.
    Pending,
    /// To be shipped.
    Open,
    /// All that was not taken out of it has left.
    Fulfilled,
    /// Cancelled, wholly.
    Cancelled,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Open => "open",
            Status::Fulfilled => "fulfilled",
            Status::Cancelled => "cancelled",
        }
    }
}

/// Units of one listing.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) listing: u32,
    pub(crate) units: u32,
    /// Of these taken out of the order, or cancelled with it.
    pub(crate) cancelled: u32,
    /// Of the cancelled ones put back on sale.
    pub(crate) restocked: u32,
    pub(crate) fulfilled: u32,
    /// Of the fulfilled ones sent back.
    pub(crate) returned: u32,
}

impl Line {
    pub(crate) fn of(listing: u32, units: u32) -> Line {
        Line {
            listing,
            units,
            cancelled: 0,
            restocked: 0,
            fulfilled: 0,
            returned: 0,
        }
    }

    /// Units that are still to leave.
    pub(crate) fn open(&self) -> u32 {
        self.units - self.cancelled - self.fulfilled
    }
}

/// A parcel that has left.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) tracking_number: Box<str>,
    pub(crate) carrier: Box<str>,
    pub(crate) at: Micros,
    /// Positions of lines, with units.
    pub(crate) lines: Box<[(u32, u32)]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
    /// When it became one that may be shipped; `Micros::MAX` until then.
    pub(crate) open_since: Micros,
    first_line: u32,
    lines: u32,
    /// Its latest change in the log.
    change: u32,
    pub(crate) postal_code: u32,
    pub(crate) country: [u8; 2],
    pub(crate) status: Status,
    pub(crate) is_unpaid: bool,
    pub(crate) cancelled_by: Option<Party>,
    /// Units taken out of it while the rest went on.
    pub(crate) removed_units: u32,
    pub(crate) parcels: Vec<Parcel>,
}

/// What a new order is made of.
pub(crate) struct NewOrder {
    pub(crate) postal_code: u32,
    pub(crate) country: [u8; 2],
    pub(crate) status: Status,
    pub(crate) is_unpaid: bool,
    /// When the list shows it.
    pub(crate) visible_at: Micros,
}

/// "There is none" among dense numbers.
const NONE: u32 = u32::MAX;

/// A change of an order, in order of time.
#[derive(Copy, Clone, Debug)]
struct Change {
    at: Micros,
    visible_at: Micros,
    order: u32,
    /// The order's next change; `NONE` for none.
    next: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Orders {
    all: Vec<Order>,
    lines: Vec<Line>,
    log: Vec<Change>,
    /// What the body that is being written tells of orders.
    pub(crate) telling: Telling,
}

/// A page of the list.
pub(crate) struct Page {
    pub(crate) orders: Vec<u32>,
    /// Where the next page goes on; `None` on the last.
    pub(crate) next: Option<u64>,
}

impl Orders {
    pub(crate) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    pub(crate) fn get(&self, order: u32) -> Option<&Order> {
        self.all.get(order as usize)
    }

    /// An order that is known to exist.
    pub(crate) fn order(&self, order: u32) -> &Order {
        &self.all[order as usize]
    }

    pub(crate) fn order_mut(&mut self, order: u32) -> &mut Order {
        &mut self.all[order as usize]
    }

    pub(crate) fn lines(&self, order: u32) -> &[Line] {
        let record = self.order(order);
        let first = record.first_line as usize;
        &self.lines[first..first + record.lines as usize]
    }

    pub(crate) fn line_mut(&mut self, order: u32, line: usize) -> &mut Line {
        let first = self.order(order).first_line as usize;
        &mut self.lines[first + line]
    }

    /// Units of an order that are still to leave.
    pub(crate) fn open_units(&self, order: u32) -> u32 {
        self.lines(order).iter().map(Line::open).sum()
    }

    /// How many changes of orders there have been.
    pub(crate) fn changes(&self) -> u64 {
        self.log.len() as u64
    }

    /// Enters an order.
    pub(crate) fn push(
        &mut self,
        now: Micros,
        lines: impl Iterator<Item = Line>,
        new: NewOrder,
    ) -> u32 {
        let order = self.len();
        let first_line = self.lines.len();
        self.lines.extend(lines);
        self.all.push(Order {
            created_at: now,
            updated_at: now,
            open_since: match new.status {
                Status::Open => now,
                _ => Micros::MAX,
            },
            first_line: first_line as u32,
            lines: (self.lines.len() - first_line) as u32,
            change: NONE,
            postal_code: new.postal_code,
            country: new.country,
            status: new.status,
            is_unpaid: new.is_unpaid,
            cancelled_by: None,
            removed_units: 0,
            parcels: Vec::new(),
        });
        self.changed(now, order, new.visible_at);
        order
    }

    /// Notes that an order has changed, and when the list shows it.
    pub(crate) fn changed(&mut self, now: Micros, order: u32, visible_at: Micros) {
        let place = self.log.len() as u32;
        self.log.push(Change {
            at: now,
            visible_at,
            order,
            next: NONE,
        });
        let record = &mut self.all[order as usize];
        record.updated_at = now;
        let before = std::mem::replace(&mut record.change, place);
        if let Some(before) = self.log.get_mut(before as usize) {
            before.next = place;
        }
    }

    /// Whether the list shows an order at this change: it can be seen, and none after it.
    fn stands_at(&self, now: Micros, place: usize) -> bool {
        if self.log[place].visible_at > now {
            return false;
        }
        let mut next = self.log[place].next;
        while let Some(later) = self.log.get(next as usize) {
            if later.visible_at <= now {
                return false;
            }
            next = later.next;
        }
        true
    }

    /// Orders that changed at `since` or later, as far as the list knows, in the order of their last changes. An order that
    /// changes while somebody pages moves to the end, so that it is seen again and none is missed.
    pub(crate) fn page(&self, now: Micros, since: Micros, from: u64, rows: usize) -> Page {
        let first = self.log.partition_point(|change| change.at < since);
        let first = first.max(usize::try_from(from).unwrap_or(usize::MAX));
        let standing = (first..self.log.len()).filter(|place| self.stands_at(now, *place));
        let mut places: Vec<usize> = standing.take(rows + 1).collect();
        let next = match places.len() > rows {
            true => places.pop().map(|place| place as u64),
            false => None,
        };
        Page {
            orders: places.iter().map(|place| self.log[*place].order).collect(),
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn new(visible_at: Micros) -> NewOrder {
        NewOrder {
            postal_code: 10_115,
            country: *b"DE",
            status: Status::Open,
            is_unpaid: false,
            visible_at,
        }
    }

    proptest! {
        /// Whatever is bought and changed while somebody pages: what could be seen at the first page is among the pages, and a
        /// pass that begins later than a change by the longest lag holds it.
        #[test]
        fn paging_is_complete(
            before in prop::collection::vec((0u64..9, prop::option::of(0u32..12)), 0..40),
            between in prop::collection::vec((0u64..9, prop::option::of(0u32..12)), 0..12),
            rows in 1usize..5,
            since in 0u64..40,
        ) {
            const LONGEST: u64 = 9;
            let mut orders = Orders::default();
            let mut now = 0;
            let step = |orders: &mut Orders, now: u64, (lag, changed): (u64, Option<u32>)| {
                let visible_at = Micros(now + lag);
                match changed.filter(|order| *order < orders.len()) {
                    Some(order) => orders.changed(Micros(now), order, visible_at),
                    None => drop(orders.push(Micros(now), [Line::of(0, 1)].into_iter(), new(visible_at))),
                }
            };
            for act in before {
                now += 1;
                step(&mut orders, now, act);
            }
            let due: Vec<u32> = (0..orders.len())
                .filter(|order| {
                    let updated_at = orders.order(*order).updated_at.0;
                    updated_at >= since && updated_at + LONGEST <= now
                })
                .collect();
            let (mut seen, mut from, mut between) = (Vec::new(), 0, between.into_iter());
            loop {
                let page = orders.page(Micros(now), Micros(since), from, rows);
                prop_assert!(page.orders.len() <= rows);
                seen.extend(page.orders);
                let Some(next) = page.next else { break };
                prop_assert!(next > from || from == 0);
                from = next;
                if let Some(act) = between.next() {
                    now += 1;
                    step(&mut orders, now, act);
                }
            }
            for order in due {
                prop_assert!(seen.contains(&order), "{order} is not among {seen:?}");
            }
        }
    }

    #[test]
    fn an_order_stays_listed_as_it_was_until_its_change_is_seen() {
        let mut orders = Orders::default();
        orders.push(Micros(1), [Line::of(0, 1)].into_iter(), new(Micros(1)));
        orders.changed(Micros(5), 0, Micros(9));
        let listed = |now, since| orders.page(Micros(now), Micros(since), 0, 10).orders;
        assert_eq!((listed(6, 0), listed(6, 2)), (vec![0], vec![]));
        assert_eq!((listed(9, 0), listed(9, 2)), (vec![0], vec![0]));
    }
}
