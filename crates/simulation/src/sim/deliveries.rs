//! Webhooks on their way to the engine, and their answers.
//!
//! The platform's patience counts from the moment it lets go of the webhook, through both ways and the engine's own time.
//! The engine gets a webhook even when the platform has given up on it meanwhile; its answer is then nobody's.

use channel_mocks::core::{DeliveryId, Micros, Request, Tells};

use slab::Slab;

use super::event::SystemIndex;

/// One webhook that the engine has not answered.
#[derive(Clone, Debug)]
pub(super) struct UnderWay {
    key: u64,
    /// Who sent it.
    pub system: SystemIndex,
    /// The platform's number of this attempt.
    pub delivery: DeliveryId,
    /// Its number on the link.
    pub number: u64,
    /// Until when the platform waits.
    pub deadline: Micros,
    /// What it tells; nothing before it has arrived.
    pub tells: Option<Tells>,
}

/// All webhooks that the engine has not answered. Each has a key that is never used again.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    under_way: Slab<UnderWay>,
    count: u64,
    /// Path of each channel's callback address.
    callback_paths: Vec<String>,
}

/// Host of the engine's callback addresses: a name that can never be registered.
const CALLBACK_HOST: &str = "engine.invalid";

/// Bytes that a channel's name keeps in its callback address.
const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn callback_path(channel: &str) -> String {
    let name = percent_encoding::utf8_percent_encode(channel, KEPT);
    format!("/webhooks/{name}")
}

/// Where platforms deliver a channel's webhooks.
pub fn callback_url(channel: &str) -> String {
    format!("https://{CALLBACK_HOST}{}", callback_path(channel))
}

impl Deliveries {
    pub fn new<'a>(channels: impl Iterator<Item = &'a str>) -> Deliveries {
        Deliveries {
            callback_paths: channels.map(callback_path).collect(),
            ..Deliveries::default()
        }
    }

    /// The channel whose callback address a request goes to; `None` when it goes nowhere.
    pub fn channel_of(&self, request: &Request) -> Option<u16> {
        let uri = request.uri();
        if uri.host() != Some(CALLBACK_HOST) {
            return None;
        }
        let path = uri.path();
        let position = self.callback_paths.iter().position(|known| known == path);
        position.and_then(|position| u16::try_from(position).ok())
    }

    /// Notes a webhook and gives its key.
    pub fn insert(
        &mut self,
        system: SystemIndex,
        delivery: DeliveryId,
        number: u64,
        deadline: Micros,
    ) -> u64 {
        let slot = self.under_way.insert(UnderWay {
            key: 0,
            system,
            delivery,
            number,
            deadline,
            tells: None,
        });
        let key = self.count << 32 | slot as u64;
        self.count += 1;
        if let Some(entry) = self.under_way.get_mut(slot) {
            entry.key = key;
        }
        key
    }

    /// A key under which nothing is noted: the engine's answer to what it has is nobody's.
    pub fn key_of_nothing(&mut self) -> u64 {
        let key = self.count << 32 | u64::from(u32::MAX);
        self.count += 1;
        key
    }

    /// The webhook of a key, while the engine has not answered it.
    pub fn get(&mut self, key: u64) -> Option<&mut UnderWay> {
        let entry = self.under_way.get_mut(key as u32 as usize)?;
        (entry.key == key).then_some(entry)
    }

    /// Forgets a webhook; `None` when it was answered or given up before.
    pub fn remove(&mut self, key: u64) -> Option<UnderWay> {
        self.get(key)?;
        self.under_way.try_remove(key as u32 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_back_to_their_channels() {
        let deliveries = Deliveries::new(["shop-us", "Läden & mehr"].into_iter());
        let to = |uri: &str| {
            deliveries.channel_of(&http::Request::builder().uri(uri).body(Vec::new()).unwrap())
        };
        assert_eq!(to(&callback_url("shop-us")), Some(0));
        assert_eq!(to(&callback_url("Läden & mehr")), Some(1));
        assert_eq!(to("https://engine.invalid/webhooks/shop-eu"), None);
        assert_eq!(to("https://elsewhere.invalid/webhooks/shop-us"), None);
    }

    #[test]
    fn a_key_is_never_used_again() {
        let mut deliveries = Deliveries::new([].into_iter());
        let insert = |deliveries: &mut Deliveries| {
            deliveries.insert(SystemIndex(0), DeliveryId(1), 0, Micros(5))
        };
        let first = insert(&mut deliveries);
        assert!(deliveries.remove(first).is_some());
        let second = insert(&mut deliveries);
        assert_ne!(first, second, "though the slot is the same");
        assert!(deliveries.remove(first).is_none());
        assert!(deliveries.get(second).is_some());
    }
}
