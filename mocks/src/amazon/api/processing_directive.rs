//! What a subscription says of how to process its notifications, as the model of the Notifications API has it
//! (docs/platforms/amazon.md 6.3).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::reply::Reply;
use crate::amazon::signals::ORDER_CHANGE;
use crate::core::json;

/// Characters of an expression that filters.
const LONGEST_EXPRESSION: usize = 256;
/// Changes of orders that a filter can name.
const ORDER_CHANGE_TYPES: [&str; 3] = [
    "BuyerRequestedChange",
    "DeliveryTipChange",
    "OrderStatusChange",
];
/// Periods over which changes of offers can be gathered.
const PERIODS: [&str; 2] = ["FiveMinutes", "TenMinutes"];

/// The directive of a subscription that is in order.
#[derive(Debug)]
pub(crate) struct Directive {
    /// The text as it was sent.
    pub(crate) text: Option<Box<str>>,
    /// Whether the status changes of orders pass.
    pub(crate) status_changes: bool,
    /// Whether buyers' requests pass.
    pub(crate) buyer_requests: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(borrow, default)]
    event_filter: Option<&'a RawValue>,
    #[serde(borrow, default)]
    filter_expression: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventFilter<'a> {
    #[serde(borrow, default)]
    event_filter_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    order_change_types: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    marketplace_ids: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    aggregation_settings: Option<AggregationSettings<'a>>,
    #[serde(borrow, default)]
    tracking_identifier: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregationSettings<'a> {
    #[serde(borrow)]
    aggregation_time_period: Cow<'a, str>,
}

impl EventFilter<'_> {
    /// Whether a notification of this type can be filtered so: each type has members of its own.
    fn fits(&self, kind: &str) -> bool {
        let by_order = self.order_change_types.is_some();
        let by_offer = self.marketplace_ids.is_some() || self.aggregation_settings.is_some();
        let by_shipment = self.tracking_identifier.is_some();
        let has_only_its_own = match kind {
            ORDER_CHANGE => !by_offer && !by_shipment,
            "ANY_OFFER_CHANGED" => !by_order && !by_shipment,
            "SHIPMENT_TRACKING_MILESTONE_CHANGED" => !by_order && !by_offer,
            _ => false,
        };
        has_only_its_own
            && self.event_filter_type.as_deref() == Some(kind)
            && self
                .order_change_types
                .iter()
                .flatten()
                .all(|name| ORDER_CHANGE_TYPES.contains(&name.as_ref()))
            && self
                .aggregation_settings
                .iter()
                .all(|settings| PERIODS.contains(&settings.aggregation_time_period.as_ref()))
    }
}

impl Directive {
    /// Reads what a subscription of this type says.
    ///
    /// # Errors
    /// 400 for what is no directive, for a filter that notifications of this type do not have, for two filters, and for
    /// an expression that is too long or empty. What an expression says is not looked at.
    pub(crate) fn read(sent: Option<&RawValue>, kind: &str) -> Result<Directive, Reply> {
        let Some(text) = sent else {
            return Ok(Directive {
                text: None,
                status_changes: true,
                buyer_requests: true,
            });
        };
        let sent: Sent<'_> = json::read_text(text.get()).map_err(|_| Reply::unparsable(""))?;
        let filter = match sent.event_filter {
            None => EventFilter::default(),
            // jlevers/selling-partner-api 885.
            Some(filter) if is_empty(filter) => {
                return Err(Reply::unparsable(
                    "Processing Directive eventFilter must not be empty",
                ));
            }
            Some(filter) => json::read_text::<EventFilter<'_>>(filter.get())
                .ok()
                .filter(|read| read.fits(kind))
                .ok_or_else(|| refused(filter, kind))?,
        };
        if let Some(expression) = &sent.filter_expression {
            if sent.event_filter.is_some() {
                return Err(Reply::unparsable(
                    "Processing Directive must not have both eventFilter and filterExpression",
                ));
            }
            if !(1..=LONGEST_EXPRESSION).contains(&expression.chars().count()) {
                return Err(Reply::unparsable(&format!(
                    "Processing Directive filterExpression must have 1 to {LONGEST_EXPRESSION} characters"
                )));
            }
        }
        let passes = |name: &str| {
            filter
                .order_change_types
                .as_ref()
                .is_none_or(|types| types.iter().any(|known| known == name))
        };
        Ok(Directive {
            text: Some(text.get().into()),
            status_changes: passes("OrderStatusChange"),
            buyer_requests: passes("BuyerRequestedChange"),
        })
    }
}

fn is_empty(filter: &RawValue) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(filter.get())
        .is_ok_and(|members| members.is_empty())
}

/// The refusal of a filter (amzn/selling-partner-api-models 4135).
fn refused(filter: &RawValue, kind: &str) -> Reply {
    Reply::unparsable(&format!(
        "EventFilter Payload {} failed to validate for notification type {kind}",
        filter.get()
    ))
}
