//! The tables for people: what the engine's records say, with every platform's own ids side by side.

use channel_mocks::core::Epoch;
use rusqlite::Connection;

use crate::engine::canonical::{Order, OrderState, SkuIndex};
use crate::engine::config::{EngineConfig, Platform};
use crate::engine::journal::{Record, Shown, ShownBy};
use crate::engine::{ChannelIndex, Micros};

/// Names for what the records number.
pub struct Names {
    epoch: Epoch,
    channels: Vec<(String, Platform)>,
    skus: Vec<String>,
}

fn state_name(state: OrderState) -> &'static str {
    match state {
        OrderState::Held => "held",
        OrderState::Open => "open",
        OrderState::Shipped => "shipped",
        OrderState::Cancelled => "cancelled",
    }
}

fn source_name(source: ShownBy) -> &'static str {
    match source {
        ShownBy::Read => "read",
        ShownBy::Signal => "signal",
        ShownBy::Write => "write",
        ShownBy::PendingWrite => "pending write",
    }
}

impl Names {
    /// Those of a configuration.
    pub fn new(config: &EngineConfig) -> Names {
        Names {
            epoch: Epoch {
                unix_micros: config.epoch_unix_micros,
            },
            channels: config
                .channels
                .iter()
                .map(|channel| (channel.name.clone(), channel.platform))
                .collect(),
            skus: config.skus.clone(),
        }
    }

    fn instant(&self, at: Micros) -> String {
        self.epoch.millis_utc(channel_mocks::core::Micros(at.0))
    }

    fn channel(&self, channel: ChannelIndex) -> &str {
        &self.channels[usize::from(channel.0)].0
    }

    fn sku(&self, sku: SkuIndex) -> &str {
        &self.skus[sku.0 as usize]
    }

    /// Brings the tables up to a record.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn write(
        &self,
        connection: &Connection,
        now: Micros,
        record: Record<'_>,
    ) -> Result<(), rusqlite::Error> {
        let at = self.instant(now);
        // A column of the order's row that is set once.
        let set = |column: &str, channel: ChannelIndex, native_id: &str, value: &str| {
            connection
                .prepare_cached(&format!(
                    "UPDATE orders SET {column} = ?3 WHERE channel = ?1 AND native_order_id = ?2"
                ))?
                .execute((self.channel(channel), native_id, value))
                .map(|_| ())
        };
        match record {
            Record::OrderKnown {
                channel,
                native_id,
                order,
                line_ids,
            } => self.order_known(connection, &at, channel, native_id, order, line_ids),
            Record::OrderChanged {
                channel,
                native_id,
                state,
                at: changed_at,
            } => {
                set("changed_at", channel, native_id, &self.instant(changed_at))?;
                set("state", channel, native_id, state_name(state))
            }
            Record::Allocated {
                channel,
                native_id,
                allocation,
                short_units,
            } => connection
                .prepare_cached(
                    "UPDATE orders SET allocation = ?3, short_units = ?4 WHERE channel = ?1 AND native_order_id = ?2",
                )?
                .execute((
                    self.channel(channel),
                    native_id,
                    format!("A-{allocation:08}"),
                    short_units,
                ))
                .map(|_| ()),
            Record::LineReserved {
                channel,
                native_id,
                line_id,
                location,
            } => connection
                .prepare_cached(
                    "UPDATE order_lines SET reserved_at = ?4
                     WHERE channel = ?1 AND native_order_id = ?2 AND native_line_id = ?3",
                )?
                .execute((self.channel(channel), native_id, line_id, location))
                .map(|_| ()),
            Record::LineReduced {
                channel,
                native_id,
                line_id,
                current_units,
            } => connection
                .prepare_cached(
                    "UPDATE order_lines SET current_units = ?4
                     WHERE channel = ?1 AND native_order_id = ?2 AND native_line_id = ?3",
                )?
                .execute((self.channel(channel), native_id, line_id, current_units))
                .map(|_| ()),
            Record::Deallocated {
                channel,
                native_id,
                line_id,
                units,
            } => connection
                .prepare_cached(
                    "UPDATE order_lines SET unreserved_units = unreserved_units + ?4
                     WHERE channel = ?1 AND native_order_id = ?2 AND native_line_id = ?3",
                )?
                .execute((self.channel(channel), native_id, line_id, units))
                .map(|_| ()),
            Record::ParcelLeft {
                channel,
                native_id,
                line_id,
                sku,
                location,
                parcel,
            } => connection
                .prepare_cached(
                    "INSERT INTO fulfilments (channel, native_order_id, native_line_id, sku, location, units, carrier,
                     tracking_number, shipped_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute((
                    self.channel(channel),
                    native_id,
                    line_id,
                    self.sku(sku),
                    location,
                    parcel.units,
                    &parcel.carrier,
                    &parcel.tracking_number,
                    self.instant(parcel.shipped_at),
                ))
                .map(|_| ()),
            Record::ShipmentConfirmed { channel, native_id } => {
                set("shipment_confirmed_at", channel, native_id, &at)
            }
            Record::ShipmentGivenUp { channel, native_id } => {
                set("shipment_given_up_at", channel, native_id, &at)
            }
            Record::CancelWanted { channel, native_id } => {
                set("cancel_wanted_at", channel, native_id, &at)
            }
            Record::StockAt {
                sku,
                location,
                available,
            } => connection
                .prepare_cached(
                    "INSERT INTO stock (sku, location, available, changed_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (sku, location) DO UPDATE SET available = ?3, changed_at = ?4",
                )?
                .execute((self.sku(sku), location, available, &at))
                .map(|_| ()),
            Record::ListingFound {
                channel,
                sku,
                native_id,
            } => {
                let (name, platform) = &self.channels[usize::from(channel.0)];
                connection
                    .prepare_cached(
                        "INSERT INTO listings (channel, sku, platform, native_listing_id) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (channel, sku) DO UPDATE SET native_listing_id = ?4",
                    )?
                    .execute((name, self.sku(sku), platform.name(), native_id))
                    .map(|_| ())
            }
            Record::ListingShows {
                channel,
                sku,
                shown,
                source,
            } => {
                let (set, units) = match shown {
                    Shown::Units(units) => ("displayed = ?3", units),
                    // Of what is not known, more is not known either.
                    Shown::More(units) => ("displayed = displayed + ?3", units),
                };
                connection
                    .prepare_cached(&format!(
                        "UPDATE listings SET {set}, known_at = ?4, known_by = ?5 WHERE channel = ?1 AND sku = ?2"
                    ))?
                    .execute((self.channel(channel), self.sku(sku), units, &at, source_name(source)))
                    .map(|_| ())
            }
            Record::ListingRead {
                channel,
                sku,
                displayed,
            } => self.grant(connection, &at, channel, sku, "opening", displayed),
            Record::Granted {
                channel,
                sku,
                units,
            } => self.grant(connection, &at, channel, sku, "granted", units),
            Record::ForeignWrite {
                channel,
                sku,
                units,
            } => self.grant(connection, &at, channel, sku, "foreign", units),
            Record::Returned {
                channel,
                sku,
                units,
            } => self.grant(connection, &at, channel, sku, "returned", units),
            Record::DrainBegun { channel, sku } => {
                self.grant(connection, &at, channel, sku, "drain", 0)
            }
            Record::Lent {
                channel,
                sku,
                units,
                outstanding,
                price,
                shared_by,
            } => {
                let names: Vec<&str> = shared_by.iter().map(|it| self.channel(*it)).collect();
                let row = (
                    &at,
                    self.channel(channel),
                    self.sku(sku),
                    units,
                    outstanding,
                    price,
                    names.join(" "),
                );
                connection
                    .prepare_cached(
                        "INSERT INTO loans (at, channel, sku, units, outstanding, price, shared_by)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )?
                    .execute(row)
                    .map(|_| ())
            }
            Record::LoanPrice {
                price,
                burstiness,
                charged,
                oversold,
                sold,
            } => connection
                .prepare_cached(
                    "INSERT INTO loan_prices (at, price, burstiness, charged, oversold, sold)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute((
                    &at,
                    price,
                    burstiness,
                    charged,
                    i64::try_from(oversold).unwrap_or(i64::MAX),
                    i64::try_from(sold).unwrap_or(i64::MAX),
                ))
                .map(|_| ()),
            Record::Quarantined { channel, reason } => connection
                .prepare_cached("INSERT INTO quarantine (at, channel, reason) VALUES (?1, ?2, ?3)")?
                .execute((&at, self.channel(channel), reason))
                .map(|_| ()),
        }
    }

    fn order_known(
        &self,
        connection: &Connection,
        at: &str,
        channel: ChannelIndex,
        native_id: &str,
        order: &Order,
        line_ids: &[String],
    ) -> Result<(), rusqlite::Error> {
        let (name, platform) = &self.channels[usize::from(channel.0)];
        let ship_to = order.ship_to.as_ref();
        connection
            .prepare_cached(
                "INSERT INTO orders (channel, native_order_id, platform, state, created_at, known_at, changed_at, country,
                 postal_code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                name,
                native_id,
                platform.name(),
                state_name(order.state),
                self.instant(order.created_at),
                at,
                self.instant(order.updated_at),
                ship_to.map(|to| String::from_utf8_lossy(&to.country).into_owned()),
                ship_to.map(|to| format!("{:05}", to.postal_code)),
            ))?;
        // A platform that names two lines of an order alike must not stop the engine: their units are told together.
        let mut insert = connection.prepare_cached(
            "INSERT INTO order_lines (channel, native_order_id, native_line_id, sku, units, current_units)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (channel, native_order_id, native_line_id)
             DO UPDATE SET units = units + ?5, current_units = current_units + ?6",
        )?;
        // The platform has counted its display down by itself when it took the order.
        let mut sell = connection.prepare_cached(
            "UPDATE listings SET displayed = max(displayed - ?3, 0), known_at = ?4, known_by = 'order'
             WHERE channel = ?1 AND sku = ?2 AND known_at < ?5",
        )?;
        let created_at = self.instant(order.created_at);
        for (line, line_id) in order.lines.iter().zip(line_ids) {
            let sku = self.sku(line.sku);
            insert.execute((
                name,
                native_id,
                line_id,
                sku,
                line.units,
                line.current_units,
            ))?;
            sell.execute((name, sku, line.units, at, &created_at))?;
        }
        Ok(())
    }

    fn grant(
        &self,
        connection: &Connection,
        at: &str,
        channel: ChannelIndex,
        sku: SkuIndex,
        kind: &str,
        units: i64,
    ) -> Result<(), rusqlite::Error> {
        connection
            .prepare_cached(
                "INSERT INTO grants (at, channel, sku, kind, units) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((at, self.channel(channel), self.sku(sku), kind, units))
            .map(|_| ())
    }
}
