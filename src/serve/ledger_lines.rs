//! The ledger as JSON lines: every judged entry but calls, which are counted elsewhere and would be most of the file.

use std::io::Write;

use channel_mocks::core::{Cause, Micros, Party};
use serde::Serialize;

use crate::world::ledger::{Entry, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

/// Writes entries as lines: `at_s`, `kind`, and the entry's own members; SKUs, channels and locations by name, orders by
/// number in their channel.
pub struct LedgerLines<W> {
    out: W,
    channels: Vec<String>,
    skus: Vec<String>,
    locations: Vec<String>,
    failure: Option<std::io::Error>,
}

#[derive(Serialize, Default)]
struct Line<'a> {
    at_s: f64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oversold_units: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sellable: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_stock: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_s: Option<f64>,
}

impl<W: Write> LedgerLines<W> {
    /// Lines of a shop with these channels, SKUs and locations.
    pub fn new(
        out: W,
        channels: Vec<String>,
        skus: Vec<String>,
        locations: Vec<String>,
    ) -> LedgerLines<W> {
        LedgerLines {
            out,
            channels,
            skus,
            locations,
            failure: None,
        }
    }

    fn channel(&self, channel: ChannelIndex) -> Option<&str> {
        self.channels
            .get(usize::from(channel.0))
            .map(String::as_str)
    }

    fn sku(&self, sku: SkuIndex) -> Option<&str> {
        self.skus.get(sku.0 as usize).map(String::as_str)
    }

    fn location(&self, location: u16) -> Option<&str> {
        self.locations
            .get(usize::from(location))
            .map(String::as_str)
    }

    /// The line of an entry; `None` for those that are not written.
    fn line(&self, at: Micros, entry: &Entry) -> Option<Line<'_>> {
        let mut line = Line {
            at_s: at.as_secs_f64(),
            ..Line::default()
        };
        let about = |line: &mut Line<'_>, kind| line.kind = kind;
        match *entry {
            Entry::Offered {
                channel,
                sku,
                units,
                sellable,
                displayed_age,
                ..
            } => {
                about(&mut line, "offered");
                line.channel = self.channel(channel);
                line.sku = self.sku(sku);
                line.units = Some(units.into());
                line.sellable = Some(sellable);
                line.age_s = Some(displayed_age.as_secs_f64());
            }
            Entry::Accepted {
                channel,
                order,
                sku,
                units,
                oversold_units,
                displayed,
                sellable,
                ..
            } => {
                about(&mut line, "accepted");
                line.channel = self.channel(channel);
                line.order = Some(order.0);
                line.sku = self.sku(sku);
                line.units = Some(units.into());
                line.oversold_units = Some(oversold_units);
                line.from = Some(displayed);
                line.sellable = Some(sellable);
            }
            Entry::Refused {
                channel,
                sku,
                units,
                in_stock,
                ..
            } => {
                about(&mut line, "refused");
                line.channel = self.channel(channel);
                line.sku = self.sku(sku);
                line.units = Some(units.into());
                line.in_stock = Some(in_stock);
            }
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause,
                sellable,
            } => {
                about(&mut line, "displayed");
                line.channel = self.channel(channel);
                line.sku = self.sku(sku);
                line.from = Some(from);
                line.to = Some(to);
                line.sellable = Some(sellable);
                line.cause = Some(match cause {
                    Cause::Checkout(_) => "checkout",
                    Cause::Cancelled(_) => "cancelled",
                    Cause::Returned(_) => "returned",
                    Cause::Write { .. } => "write",
                    Cause::Edit => "edit",
                });
            }
            Entry::Ingested {
                channel,
                order,
                accepted_at,
                duplicate,
            } => {
                about(&mut line, "ingested");
                line.channel = self.channel(channel);
                line.order = Some(order.0);
                line.duplicate = Some(duplicate);
                line.age_s = Some(at.since(accepted_at).as_secs_f64());
            }
            Entry::Cancelled {
                channel,
                order,
                by,
                units,
            } => {
                about(&mut line, "cancelled");
                line.channel = self.channel(channel);
                line.order = Some(order.0);
                line.units = Some(units.into());
                line.by = Some(match by {
                    Party::Buyer => "buyer",
                    Party::Seller => "seller",
                    Party::Platform => "platform",
                });
            }
            Entry::Short {
                channel,
                order,
                units,
                ..
            } => {
                about(&mut line, "short");
                line.channel = self.channel(channel);
                line.order = Some(order.0);
                line.units = Some(units.into());
            }
            Entry::Allocated { channel, units, .. } => {
                about(&mut line, "allocated");
                line.channel = self.channel(channel);
                line.units = Some(units.into());
            }
            Entry::Shipped {
                channel,
                order,
                sku,
                location,
                units,
                ..
            } => {
                about(&mut line, "shipped");
                line.channel = self.channel(channel);
                line.order = order.map(|order| order.0);
                line.sku = self.sku(sku);
                line.location = self.location(location);
                line.units = Some(units.into());
            }
            Entry::FulfillmentConfirmed {
                channel,
                order,
                units,
                late,
            } => {
                about(&mut line, "fulfillment_confirmed");
                line.channel = self.channel(channel);
                line.order = Some(order.0);
                line.units = Some(units.into());
                line.late = Some(late);
            }
            Entry::OrderUnknown { channel } => {
                about(&mut line, "order_unknown");
                line.channel = self.channel(channel);
            }
            Entry::SoldOut { sku } => {
                about(&mut line, "sold_out");
                line.sku = self.sku(sku);
            }
            Entry::Stock { sku, delta } => {
                about(&mut line, "stock");
                line.sku = self.sku(sku);
                line.units = Some(delta);
            }
            Entry::RestockedGone {
                channel,
                sku,
                units,
            } => {
                about(&mut line, "restocked_gone");
                line.channel = self.channel(channel);
                line.sku = self.sku(sku);
                line.units = Some(units.into());
            }
            Entry::SkuClosed {
                sku,
                supplied_units,
                sellable,
            } => {
                about(&mut line, "sku_closed");
                line.sku = self.sku(sku);
                line.units = Some(supplied_units);
                line.sellable = Some(sellable);
            }
            Entry::ChannelClosed {
                channel,
                lost_orders,
                ..
            } => {
                about(&mut line, "channel_closed");
                line.channel = self.channel(channel);
                line.units = Some(i64::try_from(lost_orders).unwrap_or(i64::MAX));
            }
            Entry::SupportRead { channel, age } => {
                about(&mut line, "support_read");
                line.channel = self.channel(channel);
                line.age_s = Some(age.as_secs_f64());
            }
            Entry::Propagated { .. } | Entry::Learned { .. } | Entry::Call { .. } => return None,
        }
        Some(line)
    }
}

impl<W: Write> Recorder for LedgerLines<W> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        let Some(line) = self.line(at, entry) else {
            return;
        };
        let mut text = match serde_json::to_vec(&line) {
            Ok(text) => text,
            Err(error) => {
                self.failure.get_or_insert(error.into());
                return;
            }
        };
        text.push(b'\n');
        if let Err(error) = self.out.write_all(&text) {
            self.failure.get_or_insert(error);
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.out.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel_mocks::core::OrderRef;

    #[test]
    fn an_entry_is_a_line_with_names() {
        let mut out = Vec::new();
        let name = |text: &str| vec![text.to_string()];
        let mut lines = LedgerLines::new(&mut out, name("web"), name("MUG"), name("east"));
        let accepted = Entry::Accepted {
            channel: ChannelIndex(0),
            order: OrderRef(3),
            sku: SkuIndex(0),
            units: 2,
            oversold_units: 1,
            displayed: 5,
            sellable: 1,
            price_cents: 100,
            first_line: true,
        };
        lines.record(Micros::from_millis(1_500), &accepted);
        lines.record(Micros::from_secs(2), &Entry::SoldOut { sku: SkuIndex(0) });
        let shipped = Entry::Shipped {
            channel: ChannelIndex(0),
            order: Some(OrderRef(3)),
            sku: SkuIndex(0),
            location: 0,
            units: 2,
            beyond_order_units: 0,
        };
        lines.record(Micros::from_secs(3), &shipped);
        lines.flush().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"at_s\":1.5,\"kind\":\"accepted\",\"channel\":\"web\",\"sku\":\"MUG\",\"order\":3,\"units\":2,\
             \"oversold_units\":1,\"from\":5,\"sellable\":1}\n\
             {\"at_s\":2.0,\"kind\":\"sold_out\",\"sku\":\"MUG\"}\n\
             {\"at_s\":3.0,\"kind\":\"shipped\",\"channel\":\"web\",\"sku\":\"MUG\",\"order\":3,\"units\":2,\
             \"location\":\"east\"}\n"
        );
    }
}
