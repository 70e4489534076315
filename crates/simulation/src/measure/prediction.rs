//! What theory says that a mirror had to oversell, from measured delays and the demand that really came (docs/theory.md A2, A4).
//!
//! When a SKU sells out, a listing goes on selling until a write shows it empty. The write that does so is the one that
//! contains the last sale: a sale on channel j is known after a_j, and channel i shows it b_i later. The last sale was on j in
//! the part p_j of cases, so that channel i stays on sale for c_i = sum over j of p_j (a_j + b_i) in the mean, and what is
//! asked for meanwhile is accepted without a unit behind it. Hence, per stock-out,
//!
//! * absolute writes, which also erase the listing's own decrements: sum over i of D_i(c_i), less the 1/k of A4's boundary;
//!   with a constant rate this is Lam * sum p_j (a_j + b_j) - 1/k. Never less than with deltas, to which absolute writes come
//!   down when hardly anything is sold within a delay;
//! * delta writes, which do not: the same with j other than i in c_i, which is Lam * sum p_j (1 - p_j)(a_j + b_j). A listing
//!   that shuts by deltas never shows more than the stock S that there was, so that of D_i(a_j + b_i), what is asked for in a
//!   whole delay, at most S counts (A2), and of D_i(c_i) the same part;
//! * with a buffer of B units (A3): what exceeds B.
//!
//! D_i(t) are the units that buyers asked for on channel i in the time t after the stock-out, and a_j, b_i and p_j those of
//! the SKU that sold out, in the minutes around it: see [`super::stock_outs`]. With one write in flight per listing, b_i
//! includes the wait for it.
//!
//! Where several writes of a listing are on their way at once and a later one overtakes an earlier one, b_i is the time to
//! the first of them to be live, and shorter than a single write takes. No write follows the one that shuts the listing:
//! it takes its full time, and absolute writes let go of just before it raise the count meanwhile. The means do not
//! know that, so that the prediction is too low on such a platform, by the positive parts of `shut_by_write_units` and
//! `ran_out_units`.
//!
//! Theory assumes that every listing is on sale at the stock-out, stays so until the write that contains the last sale,
//! and never comes back. Where it does not, [`Gap`] says how many units each departure was worth; its parts add up to the
//! difference between measurement and prediction.

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

use super::stock_outs::{ShutBy, StockOut, StockOuts};
use crate::engine::config::{MirrorSettings, MirrorWrite};
use crate::world::ledger::Entry;

/// Differences up to this part of the prediction need no explanation.
const TOLERANCE: f64 = 0.15;

/// Prediction and measurement side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Prediction {
    /// Units that theory says were oversold, over all stock-outs.
    pub oversold_units: f64,
    /// Units that were.
    pub measured_units: u64,
    /// Measured to predicted; `None` when nothing was predicted.
    pub ratio: Option<f64>,
    /// Why the two differ: units by reason, measured minus predicted.
    pub gap: Gap,
    /// The largest reason, in words, when the two differ by more than 15 %; with it those at least half as large.
    pub reason: Option<String>,
    /// Units that a platform put back on sale by itself, for cancelled orders, while nothing was left to sell. Each can be
    /// sold once more; the closed forms know nothing of them.
    pub resurrected_units: u64,
    /// How many times a SKU sold out.
    pub stock_outs: u64,
    /// Mean time from an order to the engine's knowing of it, around the stock-outs, weighted by demand, seconds.
    pub mean_ingest_s: f64,
    /// Mean time from knowing of a change to showing it, around the stock-outs, weighted by demand, seconds.
    pub mean_publish_s: f64,
    /// By channel, in the scenario's order.
    pub channels: Vec<ChannelPrediction>,
}

/// The part of one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct ChannelPrediction {
    /// Which.
    pub channel: String,
    /// Units that theory says were oversold here.
    pub oversold_units: f64,
    /// Units that were.
    pub measured_units: u64,
    /// a of its orders: mean time to the engine's knowing, weighted by demand, seconds.
    pub mean_ingest_s: f64,
    /// b of its listings: mean time from the engine's knowing to showing, weighted by demand, seconds.
    pub mean_publish_s: f64,
    /// Mean time from a stock-out to the first moment when the listing showed nothing, over those that ever did; `None`
    /// when none did.
    pub mean_shut_after_s: Option<f64>,
}

/// Measured minus predicted units, by reason. The parts add up to the whole difference.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Gap {
    /// Sold on listings that had been shut, from units that the platform had put back on sale for a cancelled order.
    pub restocked_units: f64,
    /// Sold on listings that had been shut, after a write had raised them again: a stale count, or units of cancelled
    /// orders that the engine put back on sale.
    pub raised_again_units: f64,
    /// Asked for on listings that a write shut (or nothing did) beyond what the mean delays say; negative when the write
    /// came sooner.
    pub shut_by_write_units: f64,
    /// The same on listings that came to zero by their own sales: negative when they ran out before the write that theory
    /// waits for.
    pub ran_out_units: f64,
    /// Asked for while a listing was on sale, and refused: more than it showed, or together with something sold out.
    /// Never positive.
    pub refused_units: f64,
    /// The rest: the closed form's boundary, the buffer, orders for more than the last units, stock-outs that theory has
    /// no demand for.
    pub other_units: f64,
}

impl Gap {
    fn parts(&self) -> [(f64, &'static str); 6] {
        [
            (
                self.restocked_units,
                "platforms put units of cancelled orders back on sale after the listing had been shut",
            ),
            (
                self.raised_again_units,
                "writes raised listings again that had been shut: stale counts, or units of cancelled orders",
            ),
            (
                self.shut_by_write_units,
                if self.shut_by_write_units > 0.0 {
                    "the writes that shut the listings came later than the mean delays say, as when no later write \
                     overtakes the last"
                } else {
                    "the writes that shut the listings came sooner than the mean delays say"
                },
            ),
            (
                self.ran_out_units,
                if self.ran_out_units > 0.0 {
                    "listings stayed on sale longer than the mean delays say, on counts that late writes had raised"
                } else {
                    "listings ran out by their own sales before the write that theory waits for"
                },
            ),
            (
                self.refused_units,
                "baskets were refused on listings still on sale: too large, or with something else sold out",
            ),
            (
                self.other_units,
                "the closed form's boundary and orders for more than the last units",
            ),
        ]
    }

    /// The largest part in the direction of the whole difference, in words with its units, and those at least half as
    /// large.
    fn reason(&self) -> Option<String> {
        let mut parts = self.parts();
        let whole: f64 = parts.iter().map(|(units, _)| units).sum();
        parts.sort_by(|(one, _), (other, _)| (other * whole).total_cmp(&(one * whole)));
        let largest = parts[0].0;
        let reasons: Vec<String> = parts
            .into_iter()
            .filter(|(units, _)| units * whole > 0.0 && units / largest >= 0.5)
            .map(|(units, what)| {
                let sign = if units > 0.0 { '+' } else { '-' };
                format!("{what} ({sign}{:.0} units)", units.abs())
            })
            .collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// Collects what the prediction needs while the run goes on. A stock-out is reckoned up as soon as it is over, so that
/// memory does not grow with their number.
#[derive(Clone, Debug)]
pub struct Theory {
    write: MirrorWrite,
    buffer: f64,
    collected: StockOuts,
    stock_outs: u64,
    oversold_units: f64,
    gap: Gap,
    channels: Vec<Sums>,
}

/// Sums of one channel over stock-outs.
#[derive(Copy, Clone, Debug, Default)]
struct Sums {
    oversold_units: f64,
    /// Weight of the delays: units asked for in a second at the stock-out.
    rate: f64,
    ingest: f64,
    publish: f64,
    shut_after_s: f64,
    shut: u64,
}

impl Theory {
    /// For a number of channels and a mirror of these settings.
    pub fn new(channels: usize, settings: &MirrorSettings) -> Theory {
        Theory {
            write: settings.write,
            buffer: f64::from(settings.buffer.most_standing_units()),
            collected: StockOuts::new(channels, settings.write == MirrorWrite::Absolute),
            stock_outs: 0,
            oversold_units: 0.0,
            gap: Gap::default(),
            channels: vec![Sums::default(); channels],
        }
    }

    /// Takes an entry of the ledger.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        if let Some(stock_out) = self.collected.record(at, entry) {
            self.reckon(&stock_out);
        }
    }

    /// The prediction, beside the units oversold by channel. Ends the stock-outs that still last.
    pub fn predict(&mut self, measured: &[(&str, u64)]) -> Prediction {
        for stock_out in self.collected.finish() {
            self.reckon(&stock_out);
        }
        let measured_units = measured.iter().map(|(_, units)| units).sum::<u64>();
        let difference = measured_units as f64 - self.oversold_units;
        let mut gap = self.gap;
        let explained: f64 = gap.parts().iter().map(|(units, _)| units).sum();
        gap.other_units += difference - explained;
        let tells = difference.abs() > TOLERANCE * self.oversold_units && difference.abs() >= 1.0;
        let rate: f64 = self.channels.iter().map(|sums| sums.rate).sum();
        let mean = |sum: f64, rate: f64| if rate > 0.0 { sum / rate } else { 0.0 };
        Prediction {
            oversold_units: self.oversold_units,
            measured_units,
            ratio: (self.oversold_units > 0.0).then(|| measured_units as f64 / self.oversold_units),
            gap,
            reason: tells.then(|| gap.reason()).flatten(),
            resurrected_units: 0,
            stock_outs: self.stock_outs,
            mean_ingest_s: mean(self.channels.iter().map(|sums| sums.ingest).sum(), rate),
            mean_publish_s: mean(self.channels.iter().map(|sums| sums.publish).sum(), rate),
            channels: measured
                .iter()
                .zip(&self.channels)
                .map(|(&(name, measured_units), sums)| ChannelPrediction {
                    channel: name.to_string(),
                    oversold_units: sums.oversold_units,
                    measured_units,
                    mean_ingest_s: mean(sums.ingest, sums.rate),
                    mean_publish_s: mean(sums.publish, sums.rate),
                    mean_shut_after_s: (sums.shut > 0)
                        .then(|| sums.shut_after_s / sums.shut as f64),
                })
                .collect(),
        }
    }

    /// Applies the closed forms to one stock-out, and compares with what became of its listings.
    fn reckon(&mut self, stock_out: &StockOut) {
        self.stock_outs += 1;
        let listings = &stock_out.listings;
        let units_with = |write: MirrorWrite| -> Vec<f64> {
            let own_too = write == MirrorWrite::Absolute;
            listings
                .iter()
                .enumerate()
                .map(|(channel, listing)| {
                    let sources = listings.iter().enumerate();
                    let sources = sources.filter(|&(source, _)| own_too || source != channel);
                    let (mut on_sale_s, mut whole, mut capped) = (0.0, 0.0, 0.0);
                    for (_, source) in sources {
                        let delay_s = source.ingest_s + listing.publish_s;
                        let asked = listing.demand_within(delay_s);
                        on_sale_s += source.part * delay_s;
                        whole += source.part * asked;
                        capped += source.part * asked.min(listing.stock);
                    }
                    let units = listing.demand_within(on_sale_s);
                    if own_too || whole == 0.0 {
                        units
                    } else {
                        units * capped / whole
                    }
                })
                .collect()
        };
        let by_channel = units_with(self.write);
        let raw: f64 = by_channel.iter().sum();
        let closed_form = match self.write {
            MirrorWrite::Delta => raw,
            MirrorWrite::Absolute => {
                let delta: f64 = units_with(MirrorWrite::Delta).iter().sum();
                (raw - 1.0 / listings.len() as f64).max(delta)
            }
        };
        let predicted = (closed_form - self.buffer).max(0.0);
        self.oversold_units += predicted;
        let scale = if raw > 0.0 { predicted / raw } else { 0.0 };
        for ((sums, listing), &units) in self.channels.iter_mut().zip(listings).zip(&by_channel) {
            sums.oversold_units += units * scale;
            sums.rate += listing.rate;
            sums.ingest += listing.rate * listing.ingest_s;
            sums.publish += listing.rate * listing.publish_s;
            if let Some(seconds) = listing.shut_after_s(stock_out.at) {
                sums.shut_after_s += seconds;
                sums.shut += 1;
            }
            let beyond = f64::from(listing.asked_until_shut) - units;
            match listing.shut_by {
                ShutBy::OwnSales => self.gap.ran_out_units += beyond,
                ShutBy::Write | ShutBy::Nobody => self.gap.shut_by_write_units += beyond,
            }
            self.gap.refused_units -=
                f64::from(listing.asked_until_shut) - f64::from(listing.oversold_until_shut);
            self.gap.restocked_units += f64::from(listing.oversold_restocked);
            self.gap.raised_again_units +=
                f64::from(listing.oversold_later) - f64::from(listing.oversold_restocked);
        }
        self.gap.other_units += raw - predicted;
    }
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::{Cause, OrderRef};

    use super::super::tests::offered;
    use super::*;
    use crate::engine::config::Buffer;
    use crate::world::{ChannelIndex, SkuIndex};

    const SKU: SkuIndex = SkuIndex(0);

    /// Channels with a = 5 s and b = 15 s of which each is asked for one unit a second from 0 s on; all sold out at 100 s.
    fn steady(channels: u16, settings: &MirrorSettings, asked_until_s: u64) -> Theory {
        let mut theory = Theory::new(usize::from(channels), settings);
        for half_second in 0..asked_until_s * 2 {
            let at = Micros::from_millis(half_second * 500);
            if half_second == 200 {
                theory.record(at, &Entry::SoldOut { sku: SKU });
            }
            for channel in (0..channels).map(ChannelIndex) {
                if half_second % 2 == 1 {
                    let sellable = if half_second < 200 { 9 } else { 0 };
                    theory.record(at, &offered(channel, 1, 0, sellable));
                } else if half_second > 40 {
                    let known_at = at.since(Micros::from_secs(15));
                    theory.record(
                        at,
                        &Entry::Learned {
                            channel,
                            sku: SKU,
                            accepted_at: at.since(Micros::from_secs(5)),
                            known_at: at,
                        },
                    );
                    theory.record(
                        at,
                        &Entry::Propagated {
                            channel,
                            sku: SKU,
                            own_sale: channels == 1,
                            happened_at: known_at.since(Micros::from_secs(5)),
                            known_at,
                            sent_at: known_at,
                            oldest_of_write: true,
                        },
                    );
                }
            }
        }
        theory
    }

    fn predicted(channels: u16, write: MirrorWrite, buffer: u32) -> f64 {
        let settings = MirrorSettings {
            write,
            buffer: Buffer::Units(buffer),
            ..MirrorSettings::default()
        };
        let measured = vec![("shop", 0); usize::from(channels)];
        steady(channels, &settings, 1_000)
            .predict(&measured)
            .oversold_units
    }

    #[test]
    fn agrees_with_the_closed_forms() {
        // V6b: three channels, L = 20 s, one unit a second each: 3 * 20 - 1/3. V1c, delta: 40. V6: 19, delta none.
        let absolute = predicted(3, MirrorWrite::Absolute, 0);
        assert!((absolute - 59.67).abs() < 1.5, "{absolute}");
        let delta = predicted(3, MirrorWrite::Delta, 0);
        assert!((delta - 40.0).abs() < 1.0, "{delta}");
        let buffered = predicted(3, MirrorWrite::Delta, 30);
        assert!((buffered - 10.0).abs() < 1.0, "{buffered}");
        let alone = predicted(1, MirrorWrite::Absolute, 0);
        assert!((alone - 19.0).abs() < 0.5, "{alone}");
        assert_eq!(predicted(1, MirrorWrite::Delta, 0), 0.0);
    }

    #[test]
    fn is_capped_by_the_demand_that_came() {
        let mut theory = steady(3, &MirrorSettings::default(), 105);
        let prediction = theory.predict(&[("shop", 10), ("market", 0), ("stall", 4)]);
        // Five units on each within 5 s, and none after: all of them are asked for while the listings are on sale.
        assert!((prediction.oversold_units - 15.0).abs() < 0.01);
        assert_eq!(prediction.stock_outs, 1);
        // Delays lose less than a part in a million in their 32-bit sums.
        assert!((prediction.mean_ingest_s - 5.0).abs() < 1e-5);
        assert!((prediction.mean_publish_s - 15.0).abs() < 1e-5);
        assert_eq!(prediction.reason, None, "14 of 15");
    }

    /// V3: of 20 units, each of three listings can show no more, so that of the 40 units that are asked for on it within 40 s
    /// at most 20 count: 3 * 2/3 * 20 = 40, and not 80.
    #[test]
    fn deltas_are_capped_by_the_stock_that_there_was() {
        let delta = MirrorSettings {
            write: MirrorWrite::Delta,
            ..MirrorSettings::default()
        };
        let predicted = |sold: u32| {
            let mut theory = steady(3, &delta, 20);
            for channel in (0..3).map(ChannelIndex) {
                for own_sale in [false; 400] {
                    let propagated = Entry::Propagated {
                        channel,
                        sku: SKU,
                        own_sale,
                        happened_at: Micros::ZERO,
                        known_at: Micros::ZERO,
                        sent_at: Micros::ZERO,
                        oldest_of_write: true,
                    };
                    theory.record(Micros::from_secs(40), &propagated);
                }
            }
            let sale = Entry::Accepted {
                channel: ChannelIndex(0),
                order: OrderRef(0),
                sku: SKU,
                units: sold,
                oversold_units: 0,
                displayed: 20,
                sellable: i64::from(sold),
                shared_after: 0,
                own_units: false,
                price_cents: 100,
                first_line: true,
                first_oversold_line: false,
            };
            theory.record(Micros::from_secs(40), &sale);
            theory.record(Micros::from_secs(40), &Entry::SoldOut { sku: SKU });
            for second in 40..200 {
                for channel in (0..3).map(ChannelIndex) {
                    let at = Micros::from_millis(second * 1_000 + 500);
                    theory.record(at, &offered(channel, 1, 0, 0));
                }
            }
            theory.predict(&[("shop", 0); 3]).oversold_units
        };
        let small = predicted(20);
        assert!((small - 40.0).abs() < 1.0, "{small}");
        let deep = predicted(1_000);
        assert!((deep - 80.0).abs() < 2.0, "{deep}");
    }

    #[test]
    fn writes_of_other_skus_and_news_after_the_end_do_not_count() {
        let mut theory = steady(1, &MirrorSettings::default(), 110);
        let (channel, at) = (ChannelIndex(0), Micros::from_secs(5_000));
        for (sku, at) in [(SkuIndex(1), Micros::from_secs(100)), (SKU, at)] {
            theory.record(
                at,
                &Entry::Propagated {
                    channel,
                    sku,
                    own_sale: false,
                    happened_at: Micros::ZERO,
                    known_at: Micros::ZERO,
                    sent_at: Micros::ZERO,
                    oldest_of_write: true,
                },
            );
            theory.record(
                at,
                &Entry::Learned {
                    channel,
                    sku,
                    accepted_at: Micros::ZERO,
                    known_at: at,
                },
            );
        }
        let prediction = theory.predict(&[("shop", 9)]);
        // Delays lose less than a part in a million in their 32-bit sums.
        assert!((prediction.mean_ingest_s - 5.0).abs() < 1e-5);
        assert!((prediction.mean_publish_s - 15.0).abs() < 1e-5);
    }

    #[test]
    fn names_what_theory_does_not_know() {
        let mut theory = steady(1, &MirrorSettings::default(), 105);
        let channel = ChannelIndex(0);
        let show = |theory: &mut Theory, at: u64, from: i64, to: i64, cause: Cause| {
            let displayed = Entry::Displayed {
                channel,
                sku: SKU,
                from,
                to,
                cause,
                sellable: -5,
            };
            theory.record(Micros::from_secs(at), &displayed);
        };
        let sell = |theory: &mut Theory, at: u64| {
            let accepted = Entry::Accepted {
                channel,
                order: OrderRef(0),
                sku: SKU,
                units: 2,
                oversold_units: 2,
                displayed: 2,
                sellable: -5,
                shared_after: -5 - 2,
                own_units: false,
                price_cents: 100,
                first_line: true,
                first_oversold_line: true,
            };
            theory.record(Micros::from_secs(at), &accepted);
        };
        let write = Cause::Write {
            sent_at: Micros::ZERO,
            received_at: Micros::ZERO,
        };
        sell(&mut theory, 106);
        show(&mut theory, 107, 4, 0, write);
        show(&mut theory, 108, 0, 2, Cause::Cancelled(OrderRef(0)));
        sell(&mut theory, 109);
        sell(&mut theory, 110);
        show(&mut theory, 111, 0, 2, write);
        sell(&mut theory, 112);
        let prediction = theory.predict(&[("shop", 8)]);
        // Five units were asked for before the end, less 1: 4 predicted. Two of the five were sold, four to restocked
        // units, two after a late write.
        assert!((prediction.oversold_units - 4.0).abs() < 1e-9);
        assert_eq!(prediction.ratio, Some(2.0));
        let gap = prediction.gap;
        assert_eq!((gap.restocked_units, gap.raised_again_units), (4.0, 2.0));
        assert_eq!(gap.refused_units, -3.0);
        assert!(
            (gap.other_units - 1.0).abs() < 1e-9,
            "the boundary: {gap:?}"
        );
        let whole: f64 = gap.parts().iter().map(|(units, _)| units).sum();
        assert!((whole - 4.0).abs() < 1e-9);
        assert!(
            prediction
                .reason
                .unwrap()
                .starts_with("platforms put units")
        );
        assert_eq!(prediction.channels[0].mean_shut_after_s, Some(7.0));
    }
}
