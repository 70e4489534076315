//! A rush of many SKUs at once (docs/theory.md A9.4): every sale of a last unit that several channels show needs a zero on each
//! of the others, and a channel takes so many zeros a second and no more. So units are shared on a channel only while those
//! zeros would still leave in time if what is shared there sold so many times faster than it does.

use super::super::super::super::canonical::{ChannelIndex, SkuIndex};

/// A SKU with so many units left, or fewer, can be sold out by one order.
pub(super) const LAST_UNITS: i64 = 3;

/// What is shared on each channel, in sales a second that need a zero there.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct RushCap {
    /// How many times faster it may sell.
    factor: f64,
    channels: usize,
    /// By channel.
    shared: Vec<f64>,
    /// What a SKU adds to it, by SKU then channel.
    of: Vec<f32>,
}

impl RushCap {
    pub(super) fn new(factor: f64, channels: usize, skus: usize) -> RushCap {
        RushCap {
            factor,
            channels,
            shared: vec![0.0; channels],
            of: vec![0.0; channels * skus],
        }
    }

    fn at(&self, channel: ChannelIndex, sku: SkuIndex) -> usize {
        sku.0 as usize * self.channels + usize::from(channel.0)
    }

    /// Whether a channel that takes so many zeros a second may share a SKU that sells so many units a second elsewhere.
    pub(super) fn admits(
        &self,
        channel: ChannelIndex,
        sku: SkuIndex,
        elsewhere: f64,
        zeros_per_second: f64,
    ) -> bool {
        let others =
            self.shared[usize::from(channel.0)] - f64::from(self.of[self.at(channel, sku)]);
        (others + elsewhere) * self.factor <= zeros_per_second
    }

    /// A SKU is shared on a channel from now on, and needs so many zeros a second there; none when it is not.
    pub(super) fn shares(&mut self, channel: ChannelIndex, sku: SkuIndex, zeros: f64) {
        let at = self.at(channel, sku);
        let before = std::mem::replace(&mut self.of[at], zeros as f32);
        let shared = &mut self.shared[usize::from(channel.0)];
        *shared = (*shared + f64::from(self.of[at]) - f64::from(before)).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_shares_what_its_zeros_can_follow() {
        let (channel, other) = (ChannelIndex(1), ChannelIndex(0));
        let mut cap = RushCap::new(10.0, 2, 4);
        // Two zeros a second, ten times the rate: a fifth of a sale a second.
        assert!(cap.admits(channel, SkuIndex(0), 0.15, 2.0));
        cap.shares(channel, SkuIndex(0), 0.15);
        assert!(
            cap.admits(channel, SkuIndex(0), 0.15, 2.0),
            "it is counted once"
        );
        assert!(!cap.admits(channel, SkuIndex(1), 0.15, 2.0));
        assert!(
            cap.admits(other, SkuIndex(1), 0.15, 2.0),
            "each channel has its own"
        );
        cap.shares(channel, SkuIndex(0), 0.0);
        assert!(cap.admits(channel, SkuIndex(1), 0.15, 2.0));
        assert!(cap.admits(channel, SkuIndex(1), 1e9, f64::INFINITY));
    }
}
