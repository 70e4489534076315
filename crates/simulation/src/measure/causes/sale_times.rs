//! When orders were sold, so that the change of a SKU that a sale was is found without a search.

use channel_mocks::core::{Micros, OrderRef};

use crate::world::ChannelIndex;

/// By channel and order; `Micros::MAX` for an order of no units of the merchant's.
#[derive(Clone, Debug)]
pub(super) struct SaleTimes(Vec<Vec<Micros>>);

impl SaleTimes {
    pub fn new(channels: usize) -> SaleTimes {
        SaleTimes(vec![Vec::new(); channels])
    }

    /// Lines of an order are sold at one time.
    pub fn note(&mut self, channel: ChannelIndex, order: OrderRef, at: Micros) {
        let Some(of_channel) = self.0.get_mut(usize::from(channel.0)) else {
            return;
        };
        let place = order.0 as usize;
        if of_channel.len() <= place {
            of_channel.resize(place + 1, Micros::MAX);
        }
        of_channel[place] = at;
    }

    pub fn of(&self, channel: ChannelIndex, order: OrderRef) -> Option<Micros> {
        let of_channel = self.0.get(usize::from(channel.0))?;
        let at = *of_channel.get(order.0 as usize)?;
        (at < Micros::MAX).then_some(at)
    }
}
