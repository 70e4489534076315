//! Fulfillment orders and fulfillments as GraphQL objects (docs/platforms/shopify.md 7), and where orders ship to.

use super::reader::{Reader, null, null_object};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_bool, write_int, write_optional_text, write_text};
use crate::shopify::model::fulfillment::supported_actions;
use crate::shopify::model::ids;
use crate::shopify::model::order_texts::write_unix_micros;
use crate::shopify::model::span::NONE;
use crate::shopify::model::{address, customer};

impl Reader<'_> {
    /// Appends a fulfillment order's fields.
    pub(crate) fn fulfillment_order(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let state = self.state;
        let record = &state.fulfillment_orders[position as usize];
        let order = &state.orders[record.order as usize];
        let status = state.fulfillment_order_status(record);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT_ORDER.write_gid(u64::from(position), out),
                Field::Status => write_text(status, out),
                Field::RequestStatus => write_text("UNSUBMITTED", out),
                Field::CreatedAt => self.time(order.routed_at, out),
                Field::FulfillAt => self.time(order.created_at, out),
                Field::UpdatedAt => self.time(state.fulfillment_order_updated_at(position), out),
                Field::FulfillBy => match state.deadlines.get(&position) {
                    Some(deadline) => write_unix_micros(*deadline, out),
                    None => null(out),
                },
                Field::Order => return 1 + self.order(field.selection(), record.order, out),
                Field::OrderId => ids::ORDER.write_gid(u64::from(record.order), out),
                Field::OrderName => state.write_order_name(record.order, out),
                Field::OrderProcessedAt => match state.made(record.order) {
                    Some(made) => write_unix_micros(made.processed_unix_micros, out),
                    None => self.time(order.created_at, out),
                },
                Field::AssignedLocation => {
                    let location = &state.shop.locations[usize::from(record.location)];
                    let at = &state.locations[usize::from(record.location)].address;
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::Name => write_text(&location.code, out),
                            Field::CountryCode => {
                                write_text(address::country_code(&location.country), out);
                            }
                            Field::Address1 => write_optional_text(at.address1.as_deref(), out),
                            Field::City => write_optional_text(at.city.as_deref(), out),
                            Field::Zip => write_optional_text(at.zip.as_deref(), out),
                            Field::Location => {
                                return 1 + self.location(part.selection(), record.location, out);
                            }
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                Field::Destination => {
                    if let Some(made) = state.made(record.order) {
                        return self.made_destination(field, position, made, out);
                    }
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::Id => {
                                ids::FULFILLMENT_ORDER_DESTINATION
                                    .write_gid(u64::from(position), out);
                            }
                            Field::FirstName => write_text(customer::FIRST_NAME, out),
                            Field::LastName => customer::write_last_name(order.buyer, out),
                            Field::Email => customer::write_email(order.buyer, out),
                            Field::Address1 => write_text(address::STREET, out),
                            Field::City => write_text(address::CITY, out),
                            Field::Zip => address::write_zip(order.postal_code, out),
                            Field::CountryCode => {
                                write_text(address::country_code(order.country), out);
                            }
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                Field::SupportedActions => {
                    let actions = supported_actions(record, status, state.remaining(record));
                    return self.list(field, actions, out, |selection, action: &&str, out| {
                        self.object(selection, out, |part, out| {
                            match part.field {
                                Field::Action => write_text(action, out),
                                Field::ExternalUrl => null(out),
                                _ => self.unserved(part, out),
                            }
                            0
                        })
                    });
                }
                Field::FulfillmentHolds => {
                    let holds = state
                        .holds
                        .iter()
                        .enumerate()
                        .filter(|(_, hold)| hold.is_alive && hold.fulfillment_order == position)
                        .map(|(at, _)| at as u32);
                    return self.list(field, holds, out, |selection, hold, out| {
                        self.hold(selection, hold, out)
                    });
                }
                Field::LineItems => {
                    let shown: Vec<u32> = record
                        .lines()
                        .filter(|at| !state.fulfillment_order_lines[*at].is_moved_away)
                        .map(|at| at as u32)
                        .collect();
                    return self.connection_by_id(
                        field,
                        (ids::FULFILLMENT_ORDER_LINE, &shown),
                        |selection, at, out| self.fulfillment_order_line(selection, at, out),
                        out,
                    );
                }
                Field::Fulfillments => {
                    let booked: Vec<u32> = state
                        .fulfillments_of(order)
                        .into_iter()
                        .filter(|at| {
                            let lines = state.fulfillments[*at as usize].lines.range();
                            state.fulfillment_lines[lines]
                                .iter()
                                .any(|line| line.fulfillment_order == position)
                        })
                        .collect();
                    return self.connection_by_id(
                        field,
                        (ids::FULFILLMENT, &booked),
                        |selection, at, out| self.fulfillment(selection, at, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of a fulfillment order's line.
    pub(crate) fn fulfillment_order_line(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let state = self.state;
        let record = &state.fulfillment_order_lines[position as usize];
        let made = state.made_lines.get(&record.line);
        let texts = state.texts_of_line(record.line);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT_ORDER_LINE.write_gid(u64::from(position), out),
                Field::TotalQuantity => write_int(record.total, out),
                Field::RemainingQuantity => write_int(record.shown_remaining(), out),
                Field::LineItem => return 1 + self.line_item(field.selection(), record.line, out),
                Field::InventoryItemId => match state.shown_listing_of(record.line) {
                    Some(listing) => ids::INVENTORY_ITEM.write_gid(u64::from(listing), out),
                    None => null(out),
                },
                Field::Sku => {
                    let own = made.and_then(|made| made.sku.as_deref());
                    write_optional_text(own.or(texts.map(|texts| texts.sku)), out);
                }
                Field::ProductTitle => {
                    let own = made.map(|made| made.title.as_str());
                    let title = own.or(texts.map(|texts| texts.title));
                    write_text(title.unwrap_or(""), out);
                }
                Field::VariantTitle => {
                    let own = made.and_then(|made| made.variant_title.as_deref());
                    write_optional_text(own, out);
                }
                Field::Variant => {
                    return match state.shown_listing_of(record.line) {
                        Some(listing) => 1 + self.variant(field.selection(), listing, out),
                        None => null_object(out),
                    };
                }
                Field::RequiresShipping => {
                    write_bool(made.is_none_or(|made| made.requires_shipping), out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends a fulfillment's fields.
    pub(crate) fn fulfillment(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let state = self.state;
        let record = &state.fulfillments[position as usize];
        let id = u64::from(position);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT.write_gid(id, out),
                Field::LegacyResourceId => ids::FULFILLMENT.write_quoted(id, out),
                Field::Name => state.write_fulfillment_name(position, out),
                Field::Status => write_text(record.status().0, out),
                Field::DisplayStatus => write_text(self.display_status(position), out),
                Field::CreatedAt => self.time(record.created_at, out),
                Field::UpdatedAt => self.time(record.updated_at, out),
                Field::DeliveredAt => self.reported(position, "DELIVERED", out),
                Field::InTransitAt => self.reported(position, "IN_TRANSIT", out),
                Field::EstimatedDeliveryAt => self.estimated_delivery(position, out),
                Field::Events => return self.fulfillment_events(field, position, out),
                Field::RequiresShipping => write_bool(true, out),
                Field::TotalQuantity => {
                    let lines = &state.fulfillment_lines[record.lines.range()];
                    write_int(lines.iter().map(|line| line.quantity).sum::<u32>(), out);
                }
                Field::TrackingInfo => {
                    let tracking = &record.tracking;
                    let rows = tracking.numbers.len().max(tracking.urls.len());
                    // Tracking that names only a carrier is one entry, too.
                    let rows = rows.max(usize::from(tracking.company.is_some()));
                    let rows = (0..rows).take(self.first(field));
                    return self.list(field, rows, out, |selection, row, out| {
                        self.object(selection, out, |part, out| {
                            let text = match part.field {
                                Field::Company => tracking.company.as_ref(),
                                Field::Number => tracking.numbers.get(row),
                                Field::Url => tracking.urls.get(row),
                                _ => {
                                    self.unserved(part, out);
                                    return 0;
                                }
                            };
                            write_optional_text(text.map(String::as_str), out);
                            0
                        })
                    });
                }
                Field::Location => {
                    return 1 + self.location(field.selection(), record.location, out);
                }
                Field::Order => return 1 + self.order(field.selection(), record.order, out),
                Field::FulfillmentLineItems => {
                    let shown: Vec<u32> = record
                        .lines
                        .range()
                        .filter(|at| state.fulfillment_lines[*at].shown > 0)
                        .map(|at| at as u32)
                        .collect();
                    return self.connection_by_id(
                        field,
                        (ids::FULFILLMENT_LINE, &shown),
                        |selection, at, out| self.fulfillment_line(selection, at, out),
                        out,
                    );
                }
                Field::FulfillmentOrders => {
                    let mut booked: Vec<u32> = state.fulfillment_lines[record.lines.range()]
                        .iter()
                        .map(|line| line.fulfillment_order)
                        .filter(|at| *at != NONE)
                        .collect();
                    booked.sort_unstable();
                    booked.dedup();
                    return self.connection_by_id(
                        field,
                        (ids::FULFILLMENT_ORDER, &booked),
                        |selection, at, out| self.fulfillment_order(selection, at, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of a fulfillment's line.
    pub(crate) fn fulfillment_line(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let record = &self.state.fulfillment_lines[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT_LINE.write_gid(u64::from(position), out),
                Field::Quantity => write_int(record.shown, out),
                Field::LineItem => return 1 + self.line_item(field.selection(), record.line, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
