//! Reading the change feed.

use crate::core::Micros;
use crate::warehouse::model::changes::{ChangeFeed, ChangeKind, ChangesQuery};

use super::errors::ApiError;
use super::query::Query;
use super::{Call, Reply};

/// Most changes in an answer.
const CHANGES_LIMIT: u32 = 1_000;
/// Changes in an answer unless asked otherwise.
const CHANGES_DEFAULT: u32 = 500;
/// The longest long poll, in milliseconds.
const LONGEST_WAIT_MILLIS: u32 = 20_000;

/// `GET /v1/changes`.
pub(super) fn list(feed: &ChangeFeed, call: &Call<'_>) -> Result<Reply, ApiError> {
    read(call.query, feed.end()).map(Reply::Changes)
}

/// Reads the parameters; `end` is the feed's last position.
///
/// # Errors
/// 400 for values that make no sense; a cursor beyond the feed's end is one.
fn read(query: Query<'_>, end: u32) -> Result<ChangesQuery, ApiError> {
    let mut kinds = ChangeKind::EVERY;
    if let Some(names) = query.get("kinds")? {
        kinds = 0;
        for name in names.split(',').map(str::trim) {
            let kind = ChangeKind::named(name).ok_or_else(|| {
                ApiError::bad_request(
                    "kinds is a comma-separated list of received, damaged, recounted, returned, allocated, \
                     deallocated and shipped",
                )
            })?;
            kinds |= kind.bit();
        }
    }
    Ok(ChangesQuery {
        after: query.number("after", 0, 0, end)?,
        limit: query.number("limit", CHANGES_DEFAULT, 1, CHANGES_LIMIT)?,
        wait: Micros::from_millis(u64::from(query.number(
            "wait_ms",
            0,
            0,
            LONGEST_WAIT_MILLIS,
        )?)),
        kinds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feed_queries_have_defaults_and_refuse_nonsense() {
        let read = |text| super::read(Query(Some(text)), 9);
        assert_eq!(
            read(""),
            Ok(ChangesQuery {
                after: 0,
                limit: 500,
                wait: Micros::ZERO,
                kinds: ChangeKind::EVERY
            })
        );
        assert_eq!(
            read("after=9&limit=1000&wait_ms=20000&kinds=received,%20shipped"),
            Ok(ChangesQuery {
                after: 9,
                limit: 1_000,
                wait: Micros::from_secs(20),
                kinds: ChangeKind::Received.bit() | ChangeKind::Shipped.bit()
            })
        );
        for text in [
            "after=10",
            "after=-1",
            "limit=0",
            "limit=1001",
            "wait_ms=20001",
            "kinds=",
            "kinds=sold",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
