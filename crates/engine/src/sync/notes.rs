//! What the engine writes down for whoever reads its journal: nothing here decides anything.

use super::SyncEngine;
use crate::canonical::{ChannelIndex, Line, OrderKey, SkuIndex};
use crate::connectors::Change;
use crate::connectors::warehouse::AllocatedLine;
use crate::journal::{Record, Shown, ShownBy};
use crate::link::{News, WriteNews};
use crate::warehouse_link::WarehouseNews;
use oversell_kernel::Micros;

impl SyncEngine {
    /// How the platform names an order, if anybody reads the journal.
    pub(super) fn noted(&self, channel: ChannelIndex, order: OrderKey) -> Option<String> {
        let link = &self.links[channel];
        self.journal
            .keeps()
            .then(|| link.connector.order_text(order))
    }

    /// Writes down where stock has become more or less.
    pub(super) fn note_stock(&mut self, now: Micros) {
        for (sku, location, available) in self.warehouse.take_touched_stock() {
            self.journal.append(
                now,
                Record::StockAt {
                    sku,
                    location: self.warehouse.location_code(location),
                    available,
                },
            );
        }
    }

    /// Writes down what a channel's link tells.
    pub(super) fn note_news(&mut self, now: Micros, channel: ChannelIndex, news: &News) {
        match news {
            News::ShipmentConfirmed(order) => {
                let native_id = &self.links[channel].connector.order_text(*order);
                let record = Record::ShipmentConfirmed { channel, native_id };
                self.journal.append(now, record);
            }
            News::ShipmentGivenUp(order) => {
                let native_id = &self.links[channel].connector.order_text(*order);
                let record = Record::ShipmentGivenUp { channel, native_id };
                self.journal.append(now, record);
            }
            News::Quarantined(reason) => {
                let record = Record::Quarantined { channel, reason };
                self.journal.append(now, record);
            }
            _ => self.note_listing(now, channel, news),
        }
    }

    /// Writes down what the warehouse does for orders.
    pub(super) fn note_warehouse_news(&mut self, now: Micros, news: &WarehouseNews) {
        match news {
            WarehouseNews::StockKnown | WarehouseNews::StockChanged { .. } => {}
            WarehouseNews::Allocated {
                channel,
                order,
                allocation,
                short_units,
                lines,
            } => {
                let native_id = self.links[*channel].connector.order_text(*order);
                let record = Record::Allocated {
                    channel: *channel,
                    native_id: &native_id,
                    allocation: *allocation,
                    short_units: *short_units,
                };
                self.journal.append(now, record);
                self.note_reserved(now, *channel, &native_id, lines);
            }
            WarehouseNews::Deallocated {
                channel,
                order,
                line,
                units,
                ..
            } => {
                let connector = &self.links[*channel].connector;
                let record = Record::Deallocated {
                    channel: *channel,
                    native_id: &connector.order_text(*order),
                    line_id: &connector.line_text(*line),
                    units: *units,
                };
                self.journal.append(now, record);
            }
            WarehouseNews::Shipped {
                channel,
                order,
                line,
                sku,
                location,
                parcel,
            } => {
                let connector = &self.links[*channel].connector;
                let record = Record::ParcelLeft {
                    channel: *channel,
                    native_id: &connector.order_text(*order),
                    line_id: &connector.line_text(*line),
                    sku: *sku,
                    location: self.warehouse.location_code(*location),
                    parcel,
                };
                self.journal.append(now, record);
            }
        }
    }

    /// Writes down which units were taken out of an order.
    pub(super) fn note_reduced(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        order: OrderKey,
        removed: &[Line],
    ) {
        let Some(native_id) = self.noted(channel, order) else {
            return;
        };
        for line in removed {
            let line_id = self.links[channel].connector.line_text(line.id);
            self.journal.append(
                now,
                Record::LineReduced {
                    channel,
                    native_id: &native_id,
                    line_id: &line_id,
                    current_units: line.current_units,
                },
            );
        }
    }

    /// Writes down where an order's units are set aside.
    fn note_reserved(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        native_id: &str,
        lines: &[AllocatedLine],
    ) {
        for line in lines {
            let line_id = self.links[channel].connector.line_text(line.line);
            let location = line.location.map(|it| self.warehouse.location_code(it));
            self.journal.append(
                now,
                Record::LineReserved {
                    channel,
                    native_id,
                    line_id: &line_id,
                    location,
                },
            );
        }
    }

    /// Writes down what a channel lists.
    fn note_listing(&mut self, now: Micros, channel: ChannelIndex, news: &News) {
        let (sku, shown, source) = match news {
            News::Ready => {
                let connector = &self.links[channel].connector;
                for sku in (0..self.config.skus.len() as u32).map(SkuIndex) {
                    if connector.knows(sku) {
                        let native_id = &connector.listing_text(sku);
                        self.journal.append(
                            now,
                            Record::ListingFound {
                                channel,
                                sku,
                                native_id,
                            },
                        );
                    }
                }
                return;
            }
            News::Read { sku, displayed, .. } => (*sku, Shown::Units(*displayed), ShownBy::Read),
            News::Signalled { sku, displayed } => (*sku, Shown::Units(*displayed), ShownBy::Signal),
            News::Written { write, outcome, .. } => {
                let source = match outcome {
                    WriteNews::Live => ShownBy::Write,
                    WriteNews::Accepted => ShownBy::PendingWrite,
                    WriteNews::Stale
                    | WriteNews::Refused
                    | WriteNews::Rejected
                    | WriteNews::Unknown => return,
                };
                let shown = match write.change {
                    Change::Set(units) | Change::CompareAndSet { to: units, .. } => {
                        Shown::Units(units)
                    }
                    Change::Adjust(units) => Shown::More(units),
                };
                (write.sku, shown, source)
            }
            _ => return,
        };
        self.journal.append(
            now,
            Record::ListingShows {
                channel,
                sku,
                shown,
                source,
            },
        );
    }
}
