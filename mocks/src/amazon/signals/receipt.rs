//! What a receiver gets, and what it names it by afterwards (docs/platforms/amazon.md 6.4).

use super::Notification;
use crate::core::random::mix;
use crate::core::{Micros, hexadecimal};

/// Names one receive of one message.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(super) slot: u32,
    pub(super) number: u64,
    pub(super) receives: u32,
}

impl Receipt {
    /// The handle's text: 48 hexadecimal digits.
    pub(crate) fn text(self, key: u64) -> [u8; 48] {
        let check = mix(
            mix(key, self.number),
            u64::from(self.slot) << 32 | u64::from(self.receives),
        );
        let mut text = [0; 48];
        hexadecimal::write(&mut text[..8], u64::from(self.slot));
        hexadecimal::write(&mut text[8..24], self.number);
        hexadecimal::write(&mut text[24..32], u64::from(self.receives));
        hexadecimal::write(&mut text[32..], check);
        text
    }

    /// Reads a handle back; `None` when it is none of ours.
    pub(crate) fn read(text: &str, key: u64) -> Option<Receipt> {
        if text.len() != 48 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let receipt = Receipt {
            slot: u32::from_str_radix(&text[..8], 16).ok()?,
            number: u64::from_str_radix(&text[8..24], 16).ok()?,
            receives: u32::from_str_radix(&text[24..32], 16).ok()?,
        };
        (receipt.text(key) == text.as_bytes()).then_some(receipt)
    }
}

/// A message handed to a receiver.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// What it says.
    pub(crate) notification: Notification,
    /// Its number in the queue.
    pub(crate) number: u64,
    /// When it arrived.
    pub(crate) arrived_at: Micros,
    /// When it was received for the first time.
    pub(crate) first_received_at: Micros,
    /// How often it has been received, this time included.
    pub(crate) receives: u32,
    /// What to name it by afterwards.
    pub(crate) receipt: Receipt,
}
