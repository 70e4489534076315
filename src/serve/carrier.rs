//! Carries the acts of the stage to the tasks of the systems, and by-hand acts of the control API as well.

use std::sync::Arc;

use channel_mocks::core::{ActOutcome, Basket, CheckoutOutcome, Micros, OrderRef};
use channel_mocks::warehouse::Warehouse;

use super::faults::SessionFaults;
use super::ledger_task::{LedgerHandle, LedgerInput};
use super::session::{Session, Shop};
use super::system_task::SystemHandle;
use crate::realtime::clock::PlatformClock;
use crate::realtime::pacing::{Carrier, InFlight, StageSender, SystemClosed};
use crate::stage::{Act, OrderReturn, ShopAct, ship_from_amazon};
use crate::world::{ChannelIndex, FOR_OTHERS, SkuIndex};

/// Posts acts from the stage's thread.
pub struct ActCarrier {
    /// The channels, in the scenario's order.
    pub shops: Vec<SystemHandle<Shop>>,
    /// The merchant's own system.
    pub warehouse: SystemHandle<Warehouse>,
    /// What goes wrong.
    pub faults: Arc<SessionFaults>,
    /// The ledger.
    pub ledger: LedgerHandle,
    /// Platform time.
    pub clock: Arc<PlatformClock>,
    /// Where outcomes go.
    pub stage: StageSender,
    /// Runs what takes two systems one after the other.
    pub runtime: tokio::runtime::Handle,
}

fn note(arrival: Option<&InFlight>, now: Micros) {
    if let Some(arrival) = arrival {
        arrival.note(now);
    }
}

impl Carrier for ActCarrier {
    fn carry(&self, act: Act, arrival: Option<InFlight>) -> Result<(), SystemClosed> {
        let shop = |channel: ChannelIndex| {
            let shop = self.shops.get(usize::from(channel.0));
            shop.ok_or(SystemClosed)
        };
        match act {
            Act::Checkout { channel, basket } => {
                let stage = self.stage.clone();
                shop(channel)?.post(move |shop, now| {
                    note(arrival.as_ref(), now);
                    let (outcome, input) = check_out(shop, now, channel, basket);
                    if let (
                        CheckoutOutcome::Accepted { order, .. },
                        LedgerInput::Checkout { basket, .. },
                    ) = (outcome, &input)
                    {
                        let lines = basket.lines.clone();
                        stage.accepted(now, channel, order, basket.buyer, lines);
                    }
                    vec![input]
                })
            }
            Act::Shop { channel, act } => {
                let stage = self.stage.clone();
                shop(channel)?.post(move |shop, now| {
                    note(arrival.as_ref(), now);
                    stage.done(channel, act, act.perform(shop, now));
                    Vec::new()
                })
            }
            Act::Warehouse(act) => {
                let again = match self.faults.is_set() {
                    true => self.faults.receipt(self.clock.now(), &act),
                    false => None,
                };
                self.warehouse.post(move |warehouse, now| {
                    note(arrival.as_ref(), now);
                    act.perform(warehouse, now);
                    Vec::new()
                })?;
                let Some(again) = again else { return Ok(()) };
                self.warehouse.post(move |warehouse, now| {
                    again.perform(warehouse, now);
                    vec![LedgerInput::BadCount {
                        channel: None,
                        sku: SkuIndex(again.item.0),
                        units: again.units.into(),
                    }]
                })
            }
            Act::ShipFromAmazon {
                channel,
                order,
                location,
                lines,
            } => {
                let (shop, warehouse) = (shop(channel)?.clone(), self.warehouse.clone());
                self.runtime.spawn(async move {
                    let order_id = match order {
                        None => Ok(FOR_OTHERS.to_string()),
                        Some(order) => {
                            let id = move |shop: &mut Shop, _| shop.native_order_id(order);
                            shop.act(id).await
                        }
                    };
                    // A service that ends ships nothing.
                    let Ok(order_id) = order_id else { return };
                    let shipped = warehouse.act(move |warehouse, now| {
                        ship_from_amazon(warehouse, now, channel, &order_id, location, &lines);
                    });
                    let _ = shipped.await;
                });
                Ok(())
            }
            Act::SupportRead { channel } => {
                let read = vec![LedgerInput::SupportRead { channel }];
                self.ledger.post(self.clock.now(), read)
            }
            Act::Hours { channel, is_open } => {
                let hours = vec![LedgerInput::Hours { channel, is_open }];
                self.ledger.post(self.clock.now(), hours)
            }
        }
    }
}

/// A buyer presses "buy": the platform's decision, and what the ledger is told before the platform's own facts.
fn check_out(
    shop: &mut Shop,
    now: Micros,
    channel: ChannelIndex,
    basket: Basket,
) -> (CheckoutOutcome, LedgerInput) {
    let outcome = shop.checkout(now, &basket);
    let native_id = match outcome {
        CheckoutOutcome::Accepted { order, .. } => Some(shop.native_order_id(order)),
        CheckoutOutcome::Refused { .. } => None,
    };
    let input = LedgerInput::Checkout {
        channel,
        basket,
        outcome,
        native_id,
    };
    (outcome, input)
}

// Acts by hand, which wait for what they come to. No stage follows them.
impl Session {
    /// Somebody presses "buy".
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn check_out(
        &self,
        channel: ChannelIndex,
        basket: Basket,
    ) -> Result<CheckoutOutcome, SystemClosed> {
        let shop = &self.channels[usize::from(channel.0)].handle;
        shop.act_and_record(move |shop, now| {
            let (outcome, input) = check_out(shop, now, channel, basket);
            (outcome, vec![input])
        })
        .await
    }

    /// An act on an order or a listing.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn shop_act(
        &self,
        channel: ChannelIndex,
        act: ShopAct,
    ) -> Result<ActOutcome, SystemClosed> {
        let shop = &self.channels[usize::from(channel.0)].handle;
        shop.act(move |shop, now| act.perform(shop, now)).await
    }

    /// A whole order comes back; units that are `restockable` reach the shelf. Gives what each line came to.
    ///
    /// # Errors
    /// [`SystemClosed`].
    pub async fn return_order(
        &self,
        channel: ChannelIndex,
        order: OrderRef,
        restockable: bool,
    ) -> Result<Vec<ActOutcome>, SystemClosed> {
        let lines = self
            .ledger
            .read(move |ledger, _| ledger.order_lines(channel, order).to_vec())
            .await
            .ok_or(SystemClosed)?;
        let mut outcomes = Vec::with_capacity(lines.len());
        let mut of = OrderReturn::new(order, lines, restockable, self.habits, self.returns_to);
        while let Some(act) = of.next_act() {
            let outcome = self.shop_act(channel, act).await?;
            if let Some(shelved) = of.booked(outcome) {
                let shelved = move |it: &mut Warehouse, now| shelved.perform(it, now);
                self.warehouse.act(shelved).await?;
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
}
