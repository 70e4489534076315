//! The scenario's buyers, and what befalls the stock, played in platform time against the served systems.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use channel_mocks::core::{Basket, CheckoutOutcome, ListingIndex, LocationIndex, Micros, OrderRef};
use channel_mocks::warehouse::{ItemIndex, Warehouse};

use super::books::Note;
use super::house::{House, Shop};
use super::system::{Gone, Mail};
use crate::world::{BuyerAct, ChannelIndex, SkuIndex, What, World};

/// An act of a buyer that is still to come: when, in which order they were drawn, where, on which order, and whether the
/// units of a return can be sold again (`None` for a cancellation).
type Later = Reverse<(Micros, u64, u16, OrderRef, Option<bool>)>;

/// Plays everything the world has in store; the scenario's zero is platform time `zero`.
pub async fn play(house: Arc<House>, mut world: World, zero: Micros) {
    let mut later: BinaryHeap<Later> = BinaryHeap::new();
    let mut next = world.next_happening();
    let mut drawn = 0;
    loop {
        let happening_at = next.as_ref().map(|happening| zero + happening.at);
        let later_at = later.peek().map(|Reverse((at, ..))| *at);
        let done = match (happening_at, later_at) {
            (None, None) => return,
            (Some(at), other) if other.is_none_or(|other| at <= other) => {
                house.clock.sleep_until(at).await;
                let Some(happening) = next.take() else { return };
                next = world.next_happening();
                match happening.what {
                    What::Checkout { channel, basket } => {
                        let buyer = basket.buyer;
                        match checkout(&house, channel, basket).await {
                            Ok(CheckoutOutcome::Accepted(order)) => {
                                let now = house.clock.now().since(zero);
                                if let Some(follow_up) = world.follow_up(buyer, now) {
                                    let restockable = match follow_up.act {
                                        BuyerAct::Cancel => None,
                                        BuyerAct::Return { restockable } => Some(restockable),
                                    };
                                    drawn += 1;
                                    let at = zero + follow_up.at;
                                    later.push(Reverse((at, drawn, channel.0, order, restockable)));
                                }
                                Ok(())
                            }
                            Ok(CheckoutOutcome::Refused { .. }) => Ok(()),
                            Err(gone) => Err(gone),
                        }
                    }
                    other => befall(&house, other).await,
                }
            }
            _ => {
                let Some(Reverse((at, _, channel, order, restockable))) = later.pop() else {
                    return;
                };
                house.clock.sleep_until(at).await;
                follow_up(&house, ChannelIndex(channel), order, restockable).await
            }
        };
        if done.is_err() {
            return;
        }
    }
}

/// A buyer presses "buy".
///
/// # Errors
/// [`Gone`].
pub async fn checkout(
    house: &House,
    channel: ChannelIndex,
    basket: Basket,
) -> Result<CheckoutOutcome, Gone> {
    let mail: &Mail<Shop> = &house.channels[usize::from(channel.0)].mail;
    mail.act(move |shop: &mut Shop, now| {
        let outcome = shop.checkout(now, &basket);
        let native_id = match outcome {
            CheckoutOutcome::Accepted(order) => Some(shop.native_order_id(order)),
            CheckoutOutcome::Refused { .. } => None,
        };
        let note = Note::Checkout {
            channel,
            basket,
            outcome,
            native_id,
        };
        (outcome, vec![note])
    })
    .await
}

async fn befall(house: &House, what: What) -> Result<(), Gone> {
    let place = |sku: SkuIndex, location: u16| (ItemIndex(sku.0), LocationIndex(location));
    let warehouse: &Mail<Warehouse> = &house.warehouse;
    match what {
        What::Checkout { .. } => Ok(()),
        What::Receive {
            sku,
            location,
            units,
        } => {
            let (item, location) = place(sku, location);
            warehouse
                .act(move |it, now| (it.receive(now, item, location, units), Vec::new()))
                .await
                .map(drop)
        }
        What::Damage {
            sku,
            location,
            units,
        } => {
            let (item, location) = place(sku, location);
            warehouse
                .act(move |it, now| (it.damage(now, item, location, units), Vec::new()))
                .await
                .map(drop)
        }
        What::Recount {
            sku,
            location,
            counted,
        } => {
            let (item, location) = place(sku, location);
            warehouse
                .act(move |it, now| (it.recount(now, item, location, counted), Vec::new()))
                .await
                .map(drop)
        }
        What::Return {
            sku,
            location,
            units,
        } => {
            let (item, location) = place(sku, location);
            warehouse
                .act(move |it, now| (it.return_units(now, item, location, units), Vec::new()))
                .await
                .map(drop)
        }
        What::Edit {
            channel,
            sku,
            units,
        } => {
            let listing = ListingIndex(sku.0);
            house.channels[usize::from(channel.0)]
                .mail
                .act(move |shop, now| (shop.edit_count(now, listing, i64::from(units)), Vec::new()))
                .await
                .map(drop)
        }
    }
}

async fn follow_up(
    house: &House,
    channel: ChannelIndex,
    order: OrderRef,
    restockable: Option<bool>,
) -> Result<(), Gone> {
    match restockable {
        None => {
            let mail = &house.channels[usize::from(channel.0)].mail;
            mail.act(move |shop, now| (shop.cancel_by_buyer(now, order), Vec::new()))
                .await
                .map(drop)
        }
        Some(restockable) => give_back(house, channel, order, restockable)
            .await
            .map(drop),
    }
}

/// A buyer sends a whole order back: the platform books the return line by line, and units that can be sold again reach
/// the shelf. Gives what each line came to.
///
/// # Errors
/// [`Gone`].
pub async fn give_back(
    house: &House,
    channel: ChannelIndex,
    order: OrderRef,
    restockable: bool,
) -> Result<Vec<channel_mocks::core::ActOutcome>, Gone> {
    let lines = house
        .books
        .read(move |ledger, _| ledger.order_lines(channel, order).to_vec())
        .await
        .ok_or(Gone)?;
    let mut outcomes = Vec::with_capacity(lines.len());
    for (line, (sku, units)) in lines.into_iter().enumerate() {
        let mail = &house.channels[usize::from(channel.0)].mail;
        let outcome = mail
            .act(move |shop, now| {
                (
                    shop.return_units(now, order, line, units, false),
                    Vec::new(),
                )
            })
            .await?;
        if restockable && outcome == channel_mocks::core::ActOutcome::Done {
            let (item, location) = (ItemIndex(sku.0), house.returns_to);
            house
                .warehouse
                .act(move |it, now| (it.return_units(now, item, location, units), Vec::new()))
                .await?;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
