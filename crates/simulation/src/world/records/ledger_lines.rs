//! The ledger as JSON lines: every judged entry but calls, which are counted elsewhere and would be most of the file.

use std::io::Write;

use channel_mocks::core::Micros;

use super::RecordNames;
use crate::world::ledger::{Entry, EntryLine, EntryNames, Recorder};

/// Writes entries as lines: `at_s`, `kind`, and the entry's own members; SKUs, channels and locations by name, orders by
/// number in their channel.
pub struct LedgerLines<W> {
    out: W,
    names: EntryNames,
    failure: Option<std::io::Error>,
}

impl<W: Write> LedgerLines<W> {
    /// Lines of a shop with these names.
    pub fn new(out: W, names: RecordNames) -> LedgerLines<W> {
        let RecordNames {
            channels,
            skus,
            locations,
        } = names;
        LedgerLines {
            out,
            names: EntryNames {
                channels,
                skus,
                locations,
            },
            failure: None,
        }
    }

    /// What was written to, after everything that is still on its way there.
    ///
    /// # Errors
    /// The first failure so far.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Recorder for LedgerLines<W> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        if matches!(
            entry,
            Entry::Propagated { .. }
                | Entry::Learned { .. }
                | Entry::Call { .. }
                | Entry::Bounds { .. }
        ) {
            return;
        }
        let line = EntryLine {
            at,
            entry,
            names: &self.names,
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
        let flushed = match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.out.flush(),
        };
        flushed.inspect_err(|error| {
            // Whoever asks again hears the same.
            self.failure = Some(std::io::Error::new(error.kind(), error.to_string()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{ChannelIndex, SkuIndex};
    use channel_mocks::core::OrderRef;

    #[test]
    fn an_entry_is_a_line_with_names() {
        let mut out = Vec::new();
        let name = |text: &str| vec![text.to_string()];
        let names = RecordNames {
            channels: name("web"),
            skus: name("MUG"),
            locations: name("east"),
        };
        let mut lines = LedgerLines::new(&mut out, names);
        let accepted = Entry::Accepted {
            channel: ChannelIndex(0),
            order: OrderRef(3),
            sku: SkuIndex(0),
            units: 2,
            oversold_units: 1,
            displayed: 5,
            sellable: 1,
            shared_after: 1 - 2,
            own_units: false,
            price_cents: 100,
            first_line: true,
            first_oversold_line: true,
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
            never_ordered_units: 0,
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
