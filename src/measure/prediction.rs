//! What theory says that a mirror had to oversell, from measured delays and the demand that really came (domain.md A2, A4).
//!
//! When a SKU sells out, a listing goes on selling until a write shows it empty. The write that does so is the one that
//! contains the last sale: a sale on channel j is known after a_j, and channel i shows it b_i later. What is asked for on
//! channel i within a_j + b_i after the stock-out is therefore accepted without a unit behind it, in the part p_j of cases
//! in which the last sale was on j. Hence, per stock-out,
//!
//! * absolute writes, which also erase the listing's own decrements: sum over i, j of p_j D_i(a_j + b_i), less the 1/k of
//!   A4's boundary; with a constant rate this is Lam * sum p_j (a_j + b_j) - 1/k;
//! * delta writes, which do not: the same over j other than i, which is Lam * sum p_j (1 - p_j)(a_j + b_j);
//! * with a buffer of B units (A3): what exceeds B.
//!
//! D_i(t) are the units that buyers asked for on channel i in the time t after the stock-out: the buyers' own doing, the
//! same for every strategy. Counting them, rather than multiplying a rate, needs no window for the rate, follows demand
//! that rises or dies away, and caps the figure by the demand that was left. a_j is the mean ingestion delay of channel
//! j's orders, b_i the mean time from knowing of a change to showing it on i, publish queue included; p_j is the SKU's mix
//! of units asked for. Means over the whole run stand for the moment of the stock-out: where a limit bites just then, the
//! prediction is too low, and that difference is worth seeing.

use channel_mocks::core::Micros;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::config::{MirrorSettings, MirrorWrite};

/// Bins of time since a stock-out: bin n ends at 10 ms * 1.1^n; the last one at about 8 days.
const BINS: usize = 190;
const FIRST_BIN_S: f64 = 0.01;
const RATIO: f64 = 1.1;

/// Prediction and measurement side by side.
#[derive(Copy, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// Units that theory says were oversold, over all stock-outs.
    pub oversold_units: f64,
    /// Units that were.
    pub measured_units: u64,
    /// Units that a platform put back on sale by itself, for cancelled orders, while nothing was left to sell. Each can be
    /// sold once more; the closed forms know nothing of them, so that the measurement may exceed the prediction by as
    /// many.
    pub resurrected_units: u64,
    /// How many times a SKU sold out.
    pub stock_outs: u64,
    /// Mean ingestion delay over all orders, seconds.
    pub mean_ingest_s: f64,
    /// Mean time from knowing of a change to showing it, over all channels, seconds.
    pub mean_publish_s: f64,
}

/// Units asked for after the stock-outs of one SKU, per channel and time since.
#[derive(Clone, Debug)]
struct SoldOut {
    stock_outs: u64,
    last_at: Micros,
    /// `[channel][bin]`
    demand: Vec<[u32; BINS]>,
}

/// Collects demand after stock-outs. Memory is bounded by the number of SKUs that sell out.
#[derive(Clone, Debug)]
pub struct StockOuts {
    channels: usize,
    skus: Vec<Option<Box<SoldOut>>>,
}

impl StockOuts {
    /// For a number of channels.
    pub fn new(channels: usize) -> StockOuts {
        StockOuts {
            channels,
            skus: Vec::new(),
        }
    }

    /// A SKU's last unit has gone.
    pub fn sold_out(&mut self, at: Micros, sku: usize) {
        if self.skus.len() <= sku {
            self.skus.resize_with(sku + 1, || None);
        }
        let record = self.skus[sku].get_or_insert_with(|| {
            Box::new(SoldOut {
                stock_outs: 0,
                last_at: at,
                demand: vec![[0; BINS]; self.channels],
            })
        });
        record.stock_outs += 1;
        record.last_at = at;
    }

    /// A buyer asked for units; `sellable` before it.
    pub fn offered(&mut self, at: Micros, channel: usize, sku: usize, units: u32, sellable: i64) {
        if sellable <= 0
            && let Some(Some(record)) = self.skus.get_mut(sku)
            && let Some(bins) = record.demand.get_mut(channel)
        {
            let bin = bin_of(at.since(record.last_at).as_secs_f64());
            bins[bin] = bins[bin].saturating_add(units);
        }
    }

    /// The prediction. `mix(sku)[j]` are units asked for per channel over the run; delays are in seconds per channel.
    pub fn predict(
        &self,
        settings: &MirrorSettings,
        mix: impl Fn(usize) -> Vec<u64>,
        ingest_s: &[f64],
        publish_s: &[f64],
    ) -> (f64, u64) {
        let (mut predicted, mut stock_outs) = (0.0, 0);
        for (sku, record) in self.skus.iter().enumerate() {
            let Some(record) = record else { continue };
            stock_outs += record.stock_outs;
            let mix = mix(sku);
            let all: u64 = mix.iter().sum();
            if all == 0 {
                continue;
            }
            let mut units = 0.0;
            for (channel, bins) in record.demand.iter().enumerate() {
                for (source, &sold) in mix.iter().enumerate() {
                    if settings.write == MirrorWrite::Absolute || source != channel {
                        let part = sold as f64 / all as f64;
                        units += part * demand_within(bins, ingest_s[source] + publish_s[channel]);
                    }
                }
            }
            let boundary = match settings.write {
                MirrorWrite::Absolute => 1.0 / self.channels as f64,
                MirrorWrite::Delta => 0.0,
            } + f64::from(settings.buffer);
            predicted += (units - boundary * record.stock_outs as f64).max(0.0);
        }
        (predicted, stock_outs)
    }
}

fn bin_of(seconds: f64) -> usize {
    if seconds <= FIRST_BIN_S {
        0
    } else {
        let bin = libm::ceil(libm::log(seconds / FIRST_BIN_S) / libm::log(RATIO));
        (bin as usize).min(BINS - 1)
    }
}

/// Units asked for within `seconds`, taking them as evenly spread inside a bin.
fn demand_within(bins: &[u32; BINS], seconds: f64) -> f64 {
    let (mut sum, mut from, mut until) = (0.0, 0.0, FIRST_BIN_S);
    for &units in bins {
        if seconds >= until {
            sum += f64::from(units);
        } else {
            return sum + f64::from(units) * ((seconds - from) / (until - from)).max(0.0);
        }
        from = until;
        until *= RATIO;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit a second on each of `channels` channels, for 1000 s after a stock-out at 100 s.
    fn steady(channels: usize) -> StockOuts {
        let mut stock_outs = StockOuts::new(channels);
        stock_outs.sold_out(Micros::from_secs(100), 0);
        for second in 0..1_000u64 {
            for channel in 0..channels {
                let at = Micros::from_millis(100_500 + second * 1_000);
                stock_outs.offered(at, channel, 0, 1, 0);
            }
        }
        stock_outs
    }

    #[test]
    fn agrees_with_the_closed_forms() {
        // V6b: three channels, L = 20 s, one unit a second each: 3 * 20 - 1/3. V1c, delta: 40.
        let stock_outs = steady(3);
        let predict = |write, buffer| {
            let settings = MirrorSettings {
                write,
                buffer,
                ..MirrorSettings::default()
            };
            stock_outs
                .predict(&settings, |_| vec![500; 3], &[5.0; 3], &[15.0; 3])
                .0
        };
        let absolute = predict(MirrorWrite::Absolute, 0);
        assert!((absolute - 59.67).abs() < 1.5, "{absolute}");
        let delta = predict(MirrorWrite::Delta, 0);
        assert!((delta - 40.0).abs() < 1.0, "{delta}");
        let buffered = predict(MirrorWrite::Delta, 30);
        assert!((buffered - 10.0).abs() < 1.0, "{buffered}");
    }

    #[test]
    fn is_capped_by_the_demand_that_came() {
        let mut stock_outs = StockOuts::new(2);
        stock_outs.sold_out(Micros::ZERO, 3);
        stock_outs.offered(Micros::from_secs(1), 0, 3, 2, 0);
        stock_outs.offered(Micros::from_secs(2), 1, 3, 1, 5);
        let (units, times) = stock_outs.predict(
            &MirrorSettings::default(),
            |_| vec![1, 1],
            &[100.0; 2],
            &[100.0; 2],
        );
        assert_eq!(
            (units, times),
            (1.5, 1),
            "two units, less 1/2; the third had stock"
        );
    }
}
