//! Pages of the feed of orders.

use oversell_kernel::Micros;

use super::Event;
use super::encoding::UnreadableOrder;

/// Reads a page order by order, each by `read`, which gives the time of the order's latest change where it can be told; what
/// could not be read is quarantined. The last event tells of the page, and of the cursor of the `next`.
pub(crate) fn page_read<O>(
    page: impl IntoIterator<Item = Result<O, UnreadableOrder>>,
    next: Option<String>,
    events: &mut Vec<Event>,
    mut read: impl FnMut(&O, &mut Vec<Event>) -> Option<Micros>,
) {
    let (mut orders, mut latest_change) = (0, None);
    for order in page {
        orders += 1;
        match order {
            Ok(order) => latest_change = latest_change.max(read(&order, events)),
            Err(unreadable) => unreadable.push(events),
        }
    }
    events.push(Event::FeedRead {
        orders,
        next,
        latest_change,
    });
}
