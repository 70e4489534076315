//! The Reports API v2021-06-30 (docs/platforms/amazon.md 4.4, 5.4 and 9).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Call;
use super::jobs::{check_marketplaces, taken_in, waiting};
use super::reply::{INVALID_BODY, Reply};
use crate::amazon::model::instants::{read_instant, unix_micros};
use crate::amazon::model::jobs::Job;
use crate::amazon::model::reports::{Report, TYPES};
use crate::amazon::shop::State;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateReport<'a> {
    #[serde(borrow)]
    report_type: Cow<'a, str>,
    #[serde(borrow)]
    marketplace_ids: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    data_start_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data_end_time: Option<Cow<'a, str>>,
    /// Options that the types of reports here do not have; the model wants texts by name.
    #[serde(default, rename = "reportOptions")]
    _options: Option<BTreeMap<String, String>>,
}

fn instant(name: &str, text: Option<&str>, default: i64) -> Result<i64, Reply> {
    text.map_or(Ok(default), |text| {
        read_instant(text).ok_or_else(|| {
            Reply::invalid_input(format!("{name} is not a valid ISO 8601 date-time."))
        })
    })
}

/// `POST /reports/2021-06-30/reports`.
pub(crate) fn create(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let request: CreateReport<'_> = Reply::body_of(call.body, INVALID_BODY)?;
    let kind = TYPES
        .iter()
        .position(|known| *known == request.report_type)
        .ok_or_else(|| {
            Reply::invalid_input(format!("Invalid reportType: {}.", request.report_type))
        })?;
    check_marketplaces(&shop.settings, &request.marketplace_ids, INVALID_BODY)?;
    let now = unix_micros(shop.settings.epoch, call.now);
    let data_end = instant("dataEndTime", request.data_end_time.as_deref(), now)?;
    let data_start = instant("dataStartTime", request.data_start_time.as_deref(), now)?;
    if data_start > data_end {
        return Err(Reply::invalid_input("dataStartTime is after dataEndTime"));
    }
    if data_end > now {
        return Err(Reply::invalid_input(
            "dataEndTime must not be after the current date and time.",
        ));
    }
    let number = shop.request_report(
        call.now,
        Report {
            job: Job::new(call.now, kind, &request.marketplace_ids),
            data_start,
            data_end,
            made: None,
        },
    );
    Ok(taken_in::<Report>(number))
}

/// `DELETE /reports/2021-06-30/reports/{reportId}`: only while it waits.
pub(crate) fn cancel(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let number = waiting(&shop.reports, call)?;
    shop.cancel_report(call.now, number);
    Ok(Reply::ok(b"{}".to_vec()))
}
