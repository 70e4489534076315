//! What a list of orders selects: the window, the two-minute rule, and the filters (docs/platforms/amazon.md 4.2 to 4.4).

use crate::amazon::api::Call;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::instants::{end_of_shown, unix_micros};
use crate::amazon::model::orders::{Status, View};
use crate::amazon::shop::Settings;
use crate::core::OrderRef;

/// By which time a window selects.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// When an order was placed.
    Created,
    /// When it last changed.
    Updated,
}

/// What a list query selects. It fits a page token, so that the next page means the same window.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) axis: Axis,
    /// Unix microseconds, both ends inclusive.
    pub(crate) after: i64,
    pub(crate) before: i64,
    /// One bit for each status.
    pub(crate) statuses: u8,
    pub(crate) merchant: bool,
    pub(crate) amazon: bool,
    /// False when the marketplaces asked for do not include this one.
    pub(crate) here: bool,
    pub(crate) page: usize,
    /// The one order that is asked for. No page comes after that, so that page tokens need not hold it.
    pub(crate) only: Option<OrderRef>,
}

/// Names of the four window parameters, which differ by version.
pub(crate) struct Names {
    pub(crate) created_after: &'static str,
    pub(crate) created_before: &'static str,
    pub(crate) updated_after: &'static str,
    pub(crate) updated_before: &'static str,
    pub(crate) page: &'static str,
    /// Microseconds of the smallest part of an instant that answers show.
    pub(crate) shown: i64,
}

pub(crate) const V0: Names = Names {
    created_after: "CreatedAfter",
    created_before: "CreatedBefore",
    updated_after: "LastUpdatedAfter",
    updated_before: "LastUpdatedBefore",
    page: "MaxResultsPerPage",
    shown: 1_000_000,
};

pub(crate) const V2026: Names = Names {
    created_after: "createdAfter",
    created_before: "createdBefore",
    updated_after: "lastUpdatedAfter",
    updated_before: "lastUpdatedBefore",
    page: "maxResultsPerPage",
    shown: 1_000,
};

/// What Amazon says of a window that it does not take, and of a body that is no confirmation of a shipment.
pub(crate) const NOT_VALID: &str =
    "The input you have submitted is not valid. Please check your input and try again.";

const ALL_STATUSES: u8 = (1 << Status::ALL.len()) - 1;

impl Selection {
    /// As a page token holds it.
    pub(crate) fn pack(self) -> [u64; 3] {
        let bit = |flag: bool, place: u32| u64::from(flag) << place;
        let rest = u64::from(self.statuses)
            | bit(self.axis == Axis::Created, 8)
            | bit(self.merchant, 9)
            | bit(self.amazon, 10)
            | bit(self.here, 11)
            | (self.page as u64) << 16;
        [self.after as u64, self.before as u64, rest]
    }

    /// The same, read back.
    pub(crate) fn unpack([after, before, rest]: [u64; 3]) -> Selection {
        let bit = |place: u32| rest >> place & 1 == 1;
        Selection {
            axis: if bit(8) { Axis::Created } else { Axis::Updated },
            after: after as i64,
            before: before as i64,
            statuses: rest as u8,
            merchant: bit(9),
            amazon: bit(10),
            here: bit(11),
            page: ((rest >> 16) as usize).clamp(1, 100),
            only: None,
        }
    }

    /// Whether it takes an order as it is seen.
    pub(crate) fn takes(&self, view: &View<'_>) -> bool {
        let fulfilled = if view.order.fulfilled_by_amazon {
            self.amazon
        } else {
            self.merchant
        };
        let named = self.only.is_none_or(|only| only == view.number);
        named && fulfilled && self.statuses >> (view.change.status as u8) & 1 == 1
    }
}

/// The refusal of starts that cannot be read: both versions name them alike (amzn/selling-partner-api-models 1437).
fn unreadable(updated: bool, created: bool) -> Reply {
    let wrong = [("lastUpdatedAfter", updated), ("createdAfter", created)];
    let names: Vec<_> = wrong
        .iter()
        .filter_map(|(name, wrong)| wrong.then_some(*name))
        .collect();
    Reply::detailed(format!(
        "Invalid date-time field(s) [{}].",
        names.join(", ")
    ))
}

/// Reads the window of a list call.
pub(crate) fn window(
    settings: &Settings,
    call: &Call<'_>,
    names: &Names,
) -> Result<(Axis, i64, i64), Reply> {
    let query = call.query;
    let created = query.instant(names.created_after);
    let updated = query.instant(names.updated_after);
    let (created, updated) = match (created, updated) {
        (Ok(created), Ok(updated)) => (created, updated),
        (created, updated) => return Err(unreadable(updated.is_err(), created.is_err())),
    };
    let (axis, after, before_name, other_before) = match (created, updated) {
        (Some(after), None) => (
            Axis::Created,
            after,
            names.created_before,
            names.updated_before,
        ),
        (None, Some(after)) => (
            Axis::Updated,
            after,
            names.updated_before,
            names.created_before,
        ),
        _ => {
            return Err(Reply::invalid_input(format!(
                "Exactly one of {} and {} must be provided.",
                names.created_after, names.updated_after
            )));
        }
    };
    if query.get(other_before).is_some() {
        return Err(Reply::invalid_input(format!(
            "{other_before} cannot be combined with the other parameters."
        )));
    }
    let latest = unix_micros(settings.epoch, call.now)
        - settings.profile.orders.list_excludes_last.0.min(1 << 53) as i64;
    let before = match query.instant(before_name)? {
        None => latest,
        Some(before) if before > latest => {
            // Amazon does not say that the end is too close to now (amzn/selling-partner-api-models 974).
            return Err(Reply::invalid_input(NOT_VALID));
        }
        Some(before) if before < after => {
            return Err(Reply::invalid_input(format!(
                "{before_name} must be equal to or after the start of the window."
            )));
        }
        // An order at the end of the window is in it. Its time is shown without its last digits, which a client that
        // passes it back cannot know; what is too close to now stays out all the same.
        Some(before) => end_of_shown(before, names.shown).min(latest),
    };
    Ok((axis, after, before))
}

/// The mask of named states; `others` are names of states that do not occur here.
pub(crate) fn statuses<'q>(
    names: impl Iterator<Item = &'q str>,
    name_of: fn(Status) -> &'static str,
    others: &[&str],
) -> Result<u8, Reply> {
    let mut mask = None;
    for name in names {
        let bit = match Status::ALL.iter().find(|&&status| name_of(status) == name) {
            Some(&status) => 1 << status as u8,
            None if others.contains(&name) => 0,
            None => {
                return Err(Reply::invalid_input(format!(
                    "Invalid order status: {name}."
                )));
            }
        };
        mask = Some(mask.unwrap_or(0) | bit);
    }
    Ok(mask.unwrap_or(ALL_STATUSES))
}

/// Whether orders fulfilled by the merchant and by Amazon are asked for.
pub(crate) fn parties<'q>(
    names: impl Iterator<Item = &'q str>,
    merchant: &str,
    amazon: &str,
) -> Result<(bool, bool), Reply> {
    let (mut by_merchant, mut by_amazon) = (false, false);
    for name in names {
        if name == merchant {
            by_merchant = true;
        } else if name == amazon {
            by_amazon = true;
        } else {
            return Err(Reply::invalid_input(format!(
                "Invalid fulfillment channel: {name}."
            )));
        }
    }
    Ok(if by_merchant || by_amazon {
        (by_merchant, by_amazon)
    } else {
        (true, true)
    })
}
