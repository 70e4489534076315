//! What buyers, the merchant and the staff do.

use std::sync::atomic::Ordering;

use channel_mocks::core::{ActOutcome, Basket, BasketLine, CheckoutOutcome, OrderRef};
use channel_mocks::warehouse::ItemIndex;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Control, Outcome, Refusal, json};
use crate::scenario::error::suggestion;
use crate::serve::session::{ServedChannel, Session};
use crate::stage::{ShopAct, WarehouseAct, WarehouseActKind};
use crate::world::ChannelIndex;

/// Most lines of a basket.
const MOST_LINES: usize = 100;
/// Most units of a line.
const MOST_UNITS: u32 = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkout {
    channel: String,
    lines: Vec<Line>,
    #[serde(default = "default_country")]
    country: String,
    #[serde(default = "default_postal_code")]
    postal_code: u32,
    buyer: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    sku: String,
    #[serde(default = "one")]
    units: u32,
}

fn default_country() -> String {
    "US".to_string()
}

fn default_postal_code() -> u32 {
    10_001
}

fn one() -> u32 {
    1
}

#[derive(Copy, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Buyer,
    Seller,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    channel: String,
    order_id: String,
    by: By,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pay {
    channel: String,
    order_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Return {
    channel: String,
    order_id: String,
    /// Whether the units can be sold again and go back on the shelf.
    #[serde(default)]
    restock: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    channel: String,
    sku: String,
    units: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stock {
    sku: String,
    location: Option<String>,
    receive: Option<u32>,
    damage: Option<u32>,
    recount: Option<u32>,
}

#[derive(Serialize)]
struct Done {
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl From<ActOutcome> for Done {
    fn from(outcome: ActOutcome) -> Done {
        match outcome {
            ActOutcome::Done => Done {
                done: true,
                reason: None,
            },
            ActOutcome::Refused(reason) => Done {
                done: false,
                reason: Some(reason),
            },
        }
    }
}

/// Countries are static texts in baskets; these are the ones there are.
fn country(code: &str) -> Result<&'static str, Refusal> {
    crate::scenario::countries::code(code).ok_or_else(|| {
        Refusal::bad(format!(
            "`country` is {code:?}, which is no country's code of ISO 3166-1; write one, like \"US\""
        ))
    })
}

fn channel<'a>(
    session: &'a Session,
    name: &str,
) -> Result<(ChannelIndex, &'a ServedChannel), Refusal> {
    session.channel(name).ok_or_else(|| {
        let known: Vec<&str> = session.channels.iter().map(|it| it.name.as_str()).collect();
        Refusal::bad(format!(
            "there is no channel {name:?}; {}",
            suggestion(name, &known)
        ))
    })
}

fn no_sku(session: &Session, sku: &str) -> Refusal {
    let first = session.skus.first().map_or("", String::as_str);
    let last = session.skus.last().map_or("", String::as_str);
    Refusal::bad(format!(
        "there is no SKU {sku:?}; there are {first} to {last}"
    ))
}

async fn order(channel: &ServedChannel, order_id: &str) -> Result<OrderRef, Refusal> {
    let id = order_id.to_string();
    let found = channel
        .handle
        .act(move |shop, _| shop.order_ref(&id))
        .await?;
    found.ok_or_else(|| Refusal::bad(format!("{} has no order {order_id:?}", channel.name)))
}

impl Control {
    pub(super) async fn checkout(&self, wanted: Checkout) -> Outcome {
        let session = self.session()?;
        let (index, channel) = channel(&session, &wanted.channel)?;
        if !(1..=MOST_LINES).contains(&wanted.lines.len()) {
            return Err(Refusal::bad(format!(
                "`lines` must hold 1 to {MOST_LINES} lines"
            )));
        }
        let mut lines: Vec<BasketLine> = Vec::with_capacity(wanted.lines.len());
        for line in &wanted.lines {
            let listing = session
                .listing(&line.sku)
                .ok_or_else(|| no_sku(&session, &line.sku))?;
            if !(1..=MOST_UNITS).contains(&line.units) {
                return Err(Refusal::bad(format!(
                    "`units` is {}; 1 to {MOST_UNITS}",
                    line.units
                )));
            }
            if lines.iter().any(|other| other.listing == listing) {
                return Err(Refusal::bad(format!("{} stands on two lines", line.sku)));
            }
            lines.push(BasketLine {
                listing,
                units: line.units,
            });
        }
        let basket = Basket {
            buyer: wanted
                .buyer
                .unwrap_or_else(|| self.buyers.fetch_add(1, Ordering::Relaxed)),
            lines,
            country: country(&wanted.country)?,
            postal_code: wanted.postal_code,
        };
        match session.check_out(index, basket).await? {
            CheckoutOutcome::Accepted { order, .. } => {
                let id = channel
                    .handle
                    .act(move |shop, _| shop.native_order_id(order))
                    .await?;
                json(&json!({"accepted": true, "order_id": id, "order": order.0}))
            }
            CheckoutOutcome::Refused { listing, displayed } => {
                let sku = &session.skus[listing.0 as usize];
                json(&json!({"accepted": false, "sku": sku, "displayed": displayed}))
            }
        }
    }

    pub(super) async fn cancel(&self, wanted: Cancel) -> Outcome {
        let session = self.session()?;
        let (index, channel) = channel(&session, &wanted.channel)?;
        let order = order(channel, &wanted.order_id).await?;
        let act = match wanted.by {
            By::Buyer => ShopAct::CancelByBuyer(order),
            By::Seller => ShopAct::CancelBySeller(order),
        };
        json(&Done::from(session.shop_act(index, act).await?))
    }

    pub(super) async fn pay(&self, wanted: Pay) -> Outcome {
        let session = self.session()?;
        let (_, channel) = channel(&session, &wanted.channel)?;
        let order = order(channel, &wanted.order_id).await?;
        let outcome = channel
            .handle
            .act(move |shop, now| shop.pay(now, order))
            .await?;
        json(&Done::from(outcome))
    }

    pub(super) async fn return_order(&self, wanted: Return) -> Outcome {
        let session = self.session()?;
        let (index, channel) = channel(&session, &wanted.channel)?;
        let order = order(channel, &wanted.order_id).await?;
        let outcomes = session.return_order(index, order, wanted.restock).await?;
        let refused = outcomes
            .into_iter()
            .find(|outcome| *outcome != ActOutcome::Done);
        json(&Done::from(refused.unwrap_or(ActOutcome::Done)))
    }

    pub(super) async fn count(&self, wanted: Count) -> Outcome {
        let session = self.session()?;
        let (index, _) = channel(&session, &wanted.channel)?;
        let listing = session
            .listing(&wanted.sku)
            .ok_or_else(|| no_sku(&session, &wanted.sku))?;
        if !(0..=i64::from(MOST_UNITS)).contains(&wanted.units) {
            return Err(Refusal::bad(format!(
                "`units` is {}; 0 to {MOST_UNITS}",
                wanted.units
            )));
        }
        let units = wanted.units;
        let act = ShopAct::EditCount { listing, units };
        json(&Done::from(session.shop_act(index, act).await?))
    }

    pub(super) async fn stock(&self, wanted: Stock) -> Outcome {
        let session = self.session()?;
        let listing = session
            .listing(&wanted.sku)
            .ok_or_else(|| no_sku(&session, &wanted.sku))?;
        let location = match &wanted.location {
            None => session.returns_to,
            Some(code) => session.location(code).ok_or_else(|| {
                let known: Vec<&str> = session.locations.iter().map(String::as_str).collect();
                Refusal::bad(format!(
                    "there is no location {code:?}; {}",
                    suggestion(code, &known)
                ))
            })?,
        };
        let item = ItemIndex(listing.0);
        let named = [
            (WarehouseActKind::Receive, wanted.receive),
            (WarehouseActKind::Damage, wanted.damage),
            (WarehouseActKind::Recount, wanted.recount),
        ];
        let named = named.map(|(kind, units)| Some((kind, units?)));
        let mut named = named.into_iter().flatten();
        let (Some((kind, units)), None) = (named.next(), named.next()) else {
            return Err(Refusal::bad(
                "say exactly one of `receive`, `damage`, `recount`",
            ));
        };
        if units > MOST_UNITS {
            return Err(Refusal::bad(format!(
                "at most {MOST_UNITS} units at a time"
            )));
        }
        let act = WarehouseAct {
            item,
            location,
            kind,
            units,
        };
        let on_hand = session
            .warehouse
            .act(move |warehouse, now| {
                act.perform(warehouse, now);
                warehouse.on_hand(item, location)
            })
            .await?;
        json(&json!({"on_hand": on_hand}))
    }
}
