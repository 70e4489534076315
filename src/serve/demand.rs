//! What one buyer does to the served systems, waiting for what they say. The scenario's buyers wait for nobody: see
//! [`super::pacer`].

use channel_mocks::core::{Basket, CheckoutOutcome, OrderRef};
use channel_mocks::warehouse::ItemIndex;

use super::ledger_task::LedgerInput;
use super::session::{Session, Shop};
use super::system_task::{SystemClosed, SystemHandle};
use crate::world::ChannelIndex;

/// A buyer presses "buy".
///
/// # Errors
/// [`Gone`].
pub async fn checkout(
    house: &Session,
    channel: ChannelIndex,
    basket: Basket,
) -> Result<CheckoutOutcome, SystemClosed> {
    let mail: &SystemHandle<Shop> = &house.channels[usize::from(channel.0)].mail;
    mail.act(move |shop: &mut Shop, now| {
        let outcome = shop.checkout(now, &basket);
        let native_id = match outcome {
            CheckoutOutcome::Accepted(order) => Some(shop.native_order_id(order)),
            CheckoutOutcome::Refused { .. } => None,
        };
        let note = LedgerInput::Checkout {
            channel,
            basket,
            outcome,
            native_id,
        };
        (outcome, vec![note])
    })
    .await
}

/// A buyer sends a whole order back: the platform books the return line by line, and units that can be sold again reach
/// the shelf. Gives what each line came to.
///
/// # Errors
/// [`Gone`].
pub async fn give_back(
    house: &Session,
    channel: ChannelIndex,
    order: OrderRef,
    restockable: bool,
) -> Result<Vec<channel_mocks::core::ActOutcome>, SystemClosed> {
    let lines = house
        .books
        .read(move |ledger, _| ledger.order_lines(channel, order).to_vec())
        .await
        .ok_or(SystemClosed)?;
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
