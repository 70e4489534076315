//! What was read, as our own order log and as a summary.

use std::cmp::Ordering;

use channel_mocks::core::random::hash_text;
use channel_mocks::core::{Epoch, Micros};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::dates::Precision;
use super::orders::{Imported, Order};
use super::summary::{ChannelOrders, Summary};
use crate::world::log_format::Kind;

/// Seconds of a day.
const DAY: u64 = 86_400;

impl Order {
    /// When it was placed, in Unix seconds. Where only the day is known, a hash of its id says when on that day.
    fn placed(&self) -> i64 {
        match self.stamp {
            Some((_, Precision::Day)) => self.unix_secs + (hash_text(&self.id) % DAY) as i64,
            _ => self.unix_secs,
        }
    }

    /// The same as our log writes it: to the minute or to the second, in UTC whatever zone it is read in.
    fn placed_text(&self) -> String {
        let text = instant(self.placed());
        match self.stamp {
            Some((_, Precision::Minute)) => format!("{}Z", &text[..16]),
            _ => text,
        }
    }
}

/// `2026-11-20T13:05:11Z`.
fn instant(unix_secs: i64) -> String {
    Epoch::from_unix_secs(unix_secs).seconds_utc(Micros::ZERO)
}

impl Imported {
    /// Positions of the lines in the order of our log: by the minute, by instant and by id, an order's lines as they stood.
    fn sorted(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = (0..self.lines.len() as u32).collect();
        let order_of = |position: &u32| {
            let number = self.lines[*position as usize].order;
            (number, &self.orders[number as usize])
        };
        positions.sort_by(|one, other| {
            let ((one_number, one), (other_number, other)) = (order_of(one), order_of(other));
            if one_number == other_number {
                return Ordering::Equal;
            }
            let by_time = one.placed().cmp(&other.placed());
            by_time
                .then_with(|| one.id.cmp(&other.id))
                .then_with(|| one.channel.cmp(&other.channel))
                .then_with(|| one_number.cmp(&other_number))
        });
        positions
    }

    /// Our own log (docs/order-log.md), sorted by time. Columns that nothing is known of are left out.
    pub fn to_log(&self) -> Vec<u8> {
        let has_price = self.lines.iter().any(|line| line.price_cents.is_some());
        let has_kind = self.lines.iter().any(|line| line.kind != Kind::Sale);
        let orders = || {
            self.lines
                .iter()
                .map(|line| &self.orders[line.order as usize])
        };
        let has_country = orders().any(|order| order.country > 0);
        let has_channel = orders().any(|order| order.channel.is_some());
        let mut out = csv::Writer::from_writer(Vec::with_capacity(64 + self.lines.len() * 64));
        let mut header = vec!["timestamp", "order_id", "sku", "quantity"];
        let optional = [
            (has_price, "unit_price"),
            (has_country, "country"),
            (has_kind, "kind"),
            (has_channel, "channel"),
        ];
        header.extend(
            optional
                .iter()
                .filter(|(has, _)| *has)
                .map(|(_, name)| name),
        );
        let mut failed = out.write_record(&header).is_err();
        let mut stamp = (u32::MAX, String::new());
        for position in self.sorted() {
            let line = &self.lines[position as usize];
            let order = &self.orders[line.order as usize];
            if stamp.0 != line.order {
                stamp = (line.order, order.placed_text());
            }
            let sign = match line.kind {
                Kind::Sale | Kind::Found => "",
                Kind::Cancel | Kind::Damage => "-",
            };
            let quantity = format!("{sign}{}", line.units);
            let mut field = |text: &str| failed |= out.write_field(text).is_err();
            field(&stamp.1);
            field(&order.id);
            field(&self.skus[line.sku as usize]);
            field(&quantity);
            if has_price {
                let price = line.price_cents;
                let price = price.map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
                field(price.as_deref().unwrap_or(""));
            }
            if has_country {
                let country = order.country.checked_sub(1);
                field(country.map_or("", |it| &self.countries[it as usize]));
            }
            if has_kind {
                field(match line.kind {
                    Kind::Sale => "sale",
                    Kind::Cancel => "cancel",
                    Kind::Damage | Kind::Found => "adjust",
                });
            }
            if has_channel {
                field(order.channel.map_or("", |it| &self.channels[it as usize]));
            }
            failed |= out.write_record(None::<&[u8]>).is_err();
        }
        debug_assert!(!failed, "a text in memory can be written");
        out.into_inner().unwrap_or_default()
    }

    /// The SKUs that are ordered.
    pub fn skus(&self) -> impl Iterator<Item = &str> {
        let mut sold = vec![false; self.skus.len()];
        for line in self.lines.iter().filter(|line| line.kind == Kind::Sale) {
            sold[line.sku as usize] = true;
        }
        let skus = self.skus.iter().zip(sold);
        skus.filter(|(_, sold)| *sold).map(|(sku, _)| &**sku)
    }

    /// What was understood.
    pub fn summary(&self) -> Summary {
        let mut seen = vec![false; self.orders.len()];
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        let mut channels: IndexMap<Option<u32>, u64, FxBuildHasher> = IndexMap::default();
        let (mut lines, mut units, mut orders) = (0, 0, 0);
        for line in self.lines.iter().filter(|line| line.kind == Kind::Sale) {
            lines += 1;
            units += u64::from(line.units);
            if std::mem::replace(&mut seen[line.order as usize], true) {
                continue;
            }
            orders += 1;
            let order = &self.orders[line.order as usize];
            let at = order.placed();
            (first, last) = (first.min(at), last.max(at));
            *channels.entry(order.channel).or_default() += 1;
        }
        let name = |channel: Option<u32>| {
            let name = channel.map(|it| self.channels[it as usize].to_string());
            name.unwrap_or_default()
        };
        let channels = channels.into_iter();
        Summary {
            files: self.files.clone(),
            orders,
            lines,
            units,
            skus: self.skus().count() as u64,
            first: (orders > 0).then(|| instant(first)),
            last: (orders > 0).then(|| instant(last)),
            span_s: if orders > 0 { last.abs_diff(first) } else { 0 },
            channels: channels
                .map(|(channel, orders)| ChannelOrders {
                    channel: name(channel),
                    orders,
                })
                .collect(),
        }
    }
}
