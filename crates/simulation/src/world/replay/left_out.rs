//! Orders of a log that a replay does not reach, because the scenario ends before them.

use channel_mocks::core::Micros;
use channel_mocks::core::random::hash_text;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::log::OrderLog;
use super::{Kind, OrderSource, WorldError};
use crate::world::log_format::MINUTE;

/// Orders that come too late for a replay.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Orders.
    pub orders: u64,
    /// Their units, before caps.
    pub units: u64,
}

/// Counts the orders of a log, sorted by time, whose minute begins after `duration` when the log runs `time_compression` times
/// faster (docs/order-log.md). Memory: the ids of one minute's orders.
///
/// # Errors
/// When the log cannot be read or a line cannot be used.
pub fn later_than(
    source: &OrderSource,
    time_compression: f64,
    duration: Micros,
) -> Result<LeftOut, WorldError> {
    let mut log = OrderLog::open(source)?;
    let (mut zero, mut minute, mut last) = (None, i64::MIN, None);
    let mut ids: IndexSet<u64, FxBuildHasher> = IndexSet::default();
    let mut found = LeftOut::default();
    while log.advance()? {
        let line = log.line()?;
        let starts = line.unix_micros.div_euclid(MINUTE) * MINUTE;
        let after = starts.saturating_sub(*zero.get_or_insert(starts));
        let after = (after as f64 / time_compression.max(1e-6) + 0.5) as u64;
        if line.kind != Kind::Sale || after <= duration.0 {
            continue;
        }
        if starts != minute {
            ids.clear();
            minute = starts;
        }
        let id = hash_text(line.order_id);
        // Lines of one id in one minute, or one after the other, are one order.
        if ids.insert(id) && last != Some(id) {
            found.orders += 1;
        }
        last = Some(id);
        found.units += line.units;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_after_the_end_are_counted_with_their_units() {
        let log = "timestamp,order_id,sku,quantity\n\
                   2026-11-02T08:00:30,a,MUG,1\n\
                   2026-11-02T09:00,b,MUG,2\n\
                   2026-11-02T09:01,c,MUG,3\n\
                   2026-11-02T09:01,d,MUG,4\n\
                   2026-11-02T09:01,c,CUP,5\n\
                   2026-11-02T09:02,e,CUP,-6\n\
                   2026-11-02T10:30,f,CUP,7\n";
        let source = OrderSource::imported("log.csv", log.as_bytes().to_vec());
        let counted = |faster, minutes: u64| {
            let duration = Micros::from_secs(minutes * 60);
            let found = later_than(&source, faster, duration).unwrap();
            (found.orders, found.units)
        };
        assert_eq!(counted(1.0, 60), (3, 19));
        assert_eq!(counted(1.0, 150), (0, 0));
        assert_eq!(counted(2.0, 60), (1, 7));
        assert_eq!(counted(2.5, 60), (0, 0));
    }
}
