//! Set-up steps: the shop's authorization, its warehouses, webhooks, and the carriers it may ship with
//! (docs/platforms/tiktok_shop.md 1.3, 6.1 and 7).

use http::Method;
use oversell_kernel::json;
use serde::Deserialize;

use super::TiktokShopConnector;
use super::fulfillment::Provider;
use super::requests::Call;
use super::wire::{Answer, answer, refused};
use crate::connectors::encoding::{DecimalId, Text};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

pub(super) const STEPS: u8 = 6;
/// The last steps subscribe to webhooks; an engine that only polls leaves them out.
pub(super) const WEBHOOK_STEPS: u8 = 2;

/// Whether a step changes something.
pub(super) fn is_write(step: u8) -> bool {
    step >= STEPS - WEBHOOK_STEPS
}

#[derive(Deserialize)]
struct ShopsData<'a> {
    #[serde(borrow)]
    shops: Vec<Shop<'a>>,
}

#[derive(Deserialize)]
struct Shop<'a> {
    #[serde(borrow)]
    cipher: Text<'a>,
}

#[derive(Deserialize)]
struct WarehousesData<'a> {
    #[serde(borrow)]
    warehouses: Vec<Warehouse<'a>>,
}

#[derive(Deserialize)]
struct Warehouse<'a> {
    id: DecimalId,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    effect_status: Option<Text<'a>>,
    #[serde(default)]
    is_default: bool,
}

#[derive(Deserialize)]
struct DeliveryOptionsData {
    delivery_options: Vec<DeliveryOption>,
}

#[derive(Deserialize)]
struct DeliveryOption {
    id: DecimalId,
}

#[derive(Deserialize)]
struct ProvidersData<'a> {
    #[serde(borrow)]
    shipping_providers: Vec<ProviderWire<'a>>,
}

#[derive(Deserialize)]
struct ProviderWire<'a> {
    id: DecimalId,
    #[serde(borrow)]
    name: Text<'a>,
}

/// Webhooks and other writes answer with nothing of interest.
#[derive(Deserialize)]
struct Nothing {}

impl TiktokShopConnector {
    pub(super) fn set_up_request(&self, now: Micros, step: u8) -> Request {
        match step {
            // The list of shops belongs to no shop and must not carry a cipher.
            0 => self.signed(
                now,
                Method::GET,
                Call::to("/authorization/202309/shops"),
                None,
            ),
            1 => self.get(now, Call::to("/logistics/202309/warehouses")),
            2 => {
                let warehouse = self.warehouses.first().copied().unwrap_or(0);
                let path = "/logistics/202309/warehouses/";
                self.get(now, Call::about(path, warehouse, "/delivery_options"))
            }
            3 => {
                let option = self.delivery_option.unwrap_or(0);
                let path = "/logistics/202309/delivery_options/";
                self.get(now, Call::about(path, option, "/shipping_providers"))
            }
            4 => self.subscribe(now, "ORDER_STATUS_CHANGE"),
            5 => self.subscribe(now, "CANCELLATION_STATUS_CHANGE"),
            _ => exchange::no_request(),
        }
    }

    fn subscribe(&self, now: Micros, event_type: &str) -> Request {
        let mut body = b"{\"address\":".to_vec();
        json::string(&mut body, &self.callback_url);
        body.extend_from_slice(b",\"event_type\":");
        json::string(&mut body, event_type);
        body.push(b'}');
        self.send(now, Method::PUT, Call::to("/event/202309/webhooks"), body)
    }

    pub(super) fn set_up_read(&mut self, step: u8, response: &Response, events: &mut Vec<Event>) {
        match step {
            0 => set_up_data(response, events, |data: ShopsData<'_>| {
                if data
                    .shops
                    .iter()
                    .any(|shop| *shop.cipher == *self.shop_cipher)
                {
                    Ok(())
                } else {
                    Err("the grant does not cover the configured shop")
                }
            }),
            1 => set_up_data(response, events, |data: WarehousesData<'_>| {
                self.warehouses = sales_warehouses(data.warehouses);
                if self.warehouses.is_empty() {
                    Err("the shop has no sales warehouse")
                } else {
                    Ok(())
                }
            }),
            2 => set_up_data(response, events, |data: DeliveryOptionsData| {
                self.delivery_option = data.delivery_options.first().map(|option| option.id.0);
                self.delivery_option
                    .map(|_| ())
                    .ok_or("the warehouse has no delivery option")
            }),
            3 => set_up_data(response, events, |data: ProvidersData<'_>| {
                self.providers = data
                    .shipping_providers
                    .into_iter()
                    .map(|provider| Provider {
                        id: provider.id.0,
                        name: provider.name.0.into_owned(),
                    })
                    .collect();
                if self.providers.is_empty() {
                    Err("no carrier may be used")
                } else {
                    Ok(())
                }
            }),
            4 | 5 => set_up_data(response, events, |_: Nothing| Ok(())),
            _ => events.push(exchange::unsupported()),
        }
    }
}

/// Gives the data to `take`, and pushes whether the step is done.
fn set_up_data<'a, D: Deserialize<'a>>(
    response: &'a Response,
    events: &mut Vec<Event>,
    take: impl FnOnce(D) -> Result<(), &'static str>,
) {
    match answer::<D>(response, events) {
        Answer::Data(data) => events.push(match take(data) {
            Ok(()) => Event::Done,
            Err(reason) => Event::Failed {
                retry: false,
                reason: reason.to_owned(),
            },
        }),
        Answer::Refused(refusal) => events.push(refused(&refusal)),
        Answer::Settled => {}
        Answer::Unreadable(error) => events.push(exchange::unreadable(&error, response.body())),
    }
}

/// The warehouses that are sold from, the default one first.
fn sales_warehouses(mut all: Vec<Warehouse<'_>>) -> Vec<u64> {
    all.retain(|warehouse| {
        warehouse
            .kind
            .as_deref()
            .is_none_or(|kind| kind == "SALES_WAREHOUSE")
            && warehouse.effect_status.as_deref() != Some("DISABLED")
    });
    all.sort_by_key(|warehouse| !warehouse.is_default);
    all.iter().map(|warehouse| warehouse.id.0).collect()
}
