//! Orders, their lines, refunds and transactions as GraphQL objects (docs/platforms/shopify.md 3.1).

use super::reader::{Reader, empty_list, null, null_object};
use crate::core::{Micros, OrderRef};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_bool, write_int, write_optional_text, write_text, write_texts};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::refunds::RestockType;
use crate::shopify::model::{address, customer, ids};

impl Reader<'_> {
    /// Appends an order's fields.
    pub(crate) fn order(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let order = &state.orders[position as usize];
        let id = u64::from(position);
        self.object(selection, out, |field, out| {
            let shows_lines = field.field == Field::LineItems;
            let shows_state = matches!(
                field.field,
                Field::CancelledAt | Field::CancelReason | Field::Cancellation
            );
            if shows_lines || shows_state {
                state.telling.note_order(
                    OrderRef(position),
                    shows_lines,
                    order.removed_units,
                    order.is_cancelled(),
                );
            }
            match field.field {
                Field::Id => ids::ORDER.write_gid(id, out),
                Field::LegacyResourceId => ids::ORDER.write_quoted(id, out),
                Field::Name => {
                    out.extend_from_slice(b"\"#");
                    write_int(1_001 + id, out);
                    out.push(b'"');
                }
                Field::Number => write_int(1_001 + id, out),
                Field::CreatedAt | Field::ProcessedAt => self.time(order.created_at, out),
                Field::UpdatedAt => self.time(order.updated_at, out),
                Field::CancelledAt => self.time(order.cancelled_at, out),
                Field::ClosedAt => self.time(order.closed_at, out),
                Field::Closed => write_bool(order.closed_at != Micros::MAX, out),
                Field::CancelReason => {
                    write_optional_text(order.cancel_reason.map(|reason| reason.graphql()), out);
                }
                Field::Cancellation => {
                    if !order.is_cancelled() {
                        return null_object(out);
                    }
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::StaffNote => write_optional_text(
                                state.staff_notes.get(&position).map(String::as_str),
                                out,
                            ),
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                Field::Confirmed | Field::FullyPaid => write_bool(true, out),
                Field::ConfirmationNumber => {
                    out.extend_from_slice(b"\"C");
                    write_int(100_000_001 + id, out);
                    out.push(b'"');
                }
                Field::DisplayFinancialStatus => write_text(order.financial_status().0, out),
                Field::DisplayFulfillmentStatus => {
                    write_text(state.display_fulfillment_status(position), out);
                }
                Field::ReturnStatus => {
                    write_text(
                        if order.returned_units > 0 {
                            "RETURNED"
                        } else {
                            "NO_RETURN"
                        },
                        out,
                    );
                }
                Field::Unpaid | Field::Edited | Field::Test | Field::TaxesIncluded => {
                    write_bool(false, out);
                }
                Field::Fulfillable => {
                    write_bool(
                        !order.is_cancelled()
                            && order.fulfilled_units < order.units - order.removed_units,
                        out,
                    );
                }
                Field::RequiresShipping => write_bool(true, out),
                Field::SourceName => write_text("web", out),
                Field::SourceIdentifier | Field::Phone => null(out),
                Field::Note => {
                    let notes = state.order_notes.get(&position);
                    write_optional_text(notes.and_then(|it| it.note.as_deref()), out);
                }
                Field::PoNumber => {
                    let notes = state.order_notes.get(&position);
                    write_optional_text(notes.and_then(|it| it.po_number.as_deref()), out);
                }
                Field::Tags => write_texts(state.tags_of(Tagged::Order(position)), out),
                Field::DiscountCodes => empty_list(out),
                Field::PaymentGatewayNames => out.extend_from_slice(b"[\"shopify_payments\"]"),
                Field::CurrencyCode | Field::PresentmentCurrencyCode => {
                    write_text(&state.shop.currency, out);
                }
                Field::SubtotalLineItemsQuantity => write_int(order.units, out),
                Field::CurrentSubtotalLineItemsQuantity => {
                    let lines = &state.lines[order.lines.range()];
                    write_int(
                        lines.iter().map(|line| line.current_quantity).sum::<u32>(),
                        out,
                    );
                }
                Field::TotalPriceSet | Field::SubtotalPriceSet | Field::TotalReceivedSet => {
                    return self.money_bag(field, order.total_cents, out);
                }
                Field::CurrentTotalPriceSet
                | Field::CurrentSubtotalPriceSet
                | Field::NetPaymentSet => {
                    return self.money_bag(field, order.total_cents - order.refunded_cents, out);
                }
                Field::TotalRefundedSet => {
                    return self.money_bag(field, order.refunded_cents, out);
                }
                Field::TotalTaxSet
                | Field::CurrentTotalTaxSet
                | Field::CurrentTotalDiscountsSet
                | Field::TotalRefundedShippingSet
                | Field::TotalShippingPriceSet
                | Field::TotalOutstandingSet
                | Field::TotalDiscountsSet => return self.money_bag(field, 0, out),
                Field::Metafield => return self.metafield_of(field, Owner::Order(position), out),
                Field::Metafields => return self.metafields_of(field, Owner::Order(position), out),
                Field::Email => customer::write_email(order.buyer, out),
                Field::Customer => return 1 + self.customer(field.selection(), position, out),
                Field::ShippingAddress | Field::BillingAddress => {
                    return 1 + self.address(field.selection(), position, out);
                }
                Field::LineItems => {
                    return self.connection(
                        field,
                        order.lines.len as usize,
                        |index| order.lines.start + index as u32,
                        |line| Self::id_cursor(ids::LINE_ITEM, u64::from(line)),
                        |selection, line, out| self.line_item(selection, line, out),
                        out,
                    );
                }
                Field::FulfillmentOrders => {
                    let all: Vec<u32> = if order.routed_at <= self.now {
                        state.fulfillment_orders_of(position).collect()
                    } else {
                        Vec::new()
                    };
                    return self.connection(
                        field,
                        all.len(),
                        |index| all[index],
                        |at| Self::id_cursor(ids::FULFILLMENT_ORDER, u64::from(at)),
                        |selection, at, out| self.fulfillment_order(selection, at, out),
                        out,
                    );
                }
                Field::ShippingLines => {
                    return self.connection(
                        field,
                        1,
                        |_| position,
                        |at| Self::id_cursor(ids::SHIPPING_LINE, u64::from(at)),
                        |selection, at, out| self.shipping_line(selection, at, out),
                        out,
                    );
                }
                Field::Returns => {
                    // Returns are booked by the staff as refunds; the Returns API has no objects here.
                    return self.connection(
                        field,
                        0,
                        |_| position,
                        |at| Self::id_cursor(ids::ORDER, u64::from(at)),
                        |_, _, _| 0,
                        out,
                    );
                }
                Field::Fulfillments => {
                    let shown = state
                        .fulfillments_of(order)
                        .into_iter()
                        .take(self.first(field));
                    return self.list(field, shown, out, |selection, at, out| {
                        self.fulfillment(selection, at, out)
                    });
                }
                Field::FulfillmentsCount => {
                    return self.count(field, u64::from(order.fulfillments), "EXACT", out);
                }
                Field::Refunds => {
                    let shown = state.refunds_of(order).into_iter().take(self.first(field));
                    return self.list(field, shown, out, |selection, at, out| {
                        self.refund(selection, at, out)
                    });
                }
                Field::Transactions => {
                    let transactions = std::iter::once((position, None))
                        .chain(
                            state
                                .refunds_of(order)
                                .into_iter()
                                .map(|at| (position, Some(at))),
                        )
                        .take(self.first(field));
                    return self.list(
                        field,
                        transactions,
                        out,
                        |selection, (order, refund), out| {
                            self.transaction(selection, order, refund, out)
                        },
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends a line item's fields.
    pub(crate) fn line_item(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let line = &state.lines[position as usize];
        let listing = &state.shop.listings[line.listing as usize];
        let waiting = line.fulfillable();
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::LINE_ITEM.write_gid(u64::from(position), out),
                Field::Sku => write_text(&listing.sku, out),
                Field::Title | Field::Name => write_text(&listing.title, out),
                Field::VariantTitle => null(out),
                Field::Vendor => write_text(&state.shop.name, out),
                Field::Quantity => write_int(line.quantity, out),
                Field::CurrentQuantity => write_int(line.current_quantity, out),
                Field::UnfulfilledQuantity => write_int(waiting, out),
                // What is on hold may not be shipped yet.
                Field::FulfillableQuantity => {
                    write_int(waiting.saturating_sub(state.held(position)), out);
                }
                Field::RefundableQuantity => write_int(line.current_quantity, out),
                Field::NonFulfillableQuantity => {
                    write_int(line.quantity - line.current_quantity, out)
                }
                Field::RequiresShipping | Field::Restockable | Field::Taxable => {
                    write_bool(true, out);
                }
                Field::TaxLines => empty_list(out),
                Field::Variant => return 1 + self.variant(field.selection(), line.listing, out),
                Field::Product => return 1 + self.product(field.selection(), line.listing, out),
                Field::OriginalUnitPriceSet | Field::DiscountedUnitPriceSet => {
                    return self.money_bag(field, line.price_cents, out);
                }
                Field::OriginalTotalSet | Field::DiscountedTotalSet => {
                    return self.money_bag(field, line.price_cents * i64::from(line.quantity), out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    fn shipping_line(&self, selection: &Selection, order: u32, out: &mut Vec<u8>) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::SHIPPING_LINE.write_gid(u64::from(order), out),
                Field::Title | Field::Code => write_text("Standard", out),
                Field::Source => write_text("shopify", out),
                Field::IsRemoved => write_bool(false, out),
                Field::OriginalPriceSet => return self.money_bag(field, 0, out),
                Field::TaxLines => empty_list(out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends a transaction's fields: the sale of an order, or the payment of a refund.
    pub(crate) fn transaction(
        &self,
        selection: &Selection,
        order: u32,
        refund: Option<u32>,
        out: &mut Vec<u8>,
    ) -> u64 {
        let record = &self.state.orders[order as usize];
        let (at, cents) = match refund {
            Some(refund) => {
                let refund = &self.state.refunds[refund as usize];
                (refund.created_at, refund.amount_cents)
            }
            None => (record.created_at, record.total_cents),
        };
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => match refund {
                    Some(refund) => ids::REFUND_TRANSACTION.write_gid(u64::from(refund), out),
                    None => ids::SALE_TRANSACTION.write_gid(u64::from(order), out),
                },
                Field::Kind => write_text(if refund.is_some() { "REFUND" } else { "SALE" }, out),
                Field::Status => write_text("SUCCESS", out),
                Field::Gateway => write_text("shopify_payments", out),
                Field::AmountSet => return self.money_bag(field, cents, out),
                Field::CreatedAt | Field::ProcessedAt => self.time(at, out),
                Field::Test => write_bool(false, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends a refund's fields.
    pub(crate) fn refund(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let refund = &self.state.refunds[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::REFUND.write_gid(u64::from(position), out),
                Field::LegacyResourceId => ids::REFUND.write_quoted(u64::from(position), out),
                Field::CreatedAt | Field::UpdatedAt => self.time(refund.created_at, out),
                Field::Note => {
                    let note = self.state.refund_notes.get(&position);
                    write_optional_text(note.map(String::as_str), out);
                }
                Field::Order => return 1 + self.order(field.selection(), refund.order, out),
                Field::TotalRefundedSet => return self.money_bag(field, refund.amount_cents, out),
                Field::RefundLineItems => {
                    return self.connection(
                        field,
                        refund.lines.len as usize,
                        |index| refund.lines.start + index as u32,
                        |at| Self::id_cursor(ids::REFUND_LINE, u64::from(at)),
                        |selection, at, out| self.refund_line(selection, at, out),
                        out,
                    );
                }
                Field::Transactions => {
                    return self.connection(
                        field,
                        1,
                        |_| position,
                        |at| Self::id_cursor(ids::REFUND_TRANSACTION, u64::from(at)),
                        |selection, at, out| {
                            self.transaction(selection, refund.order, Some(at), out)
                        },
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    fn refund_line(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let refunded = &self.state.refund_lines[position as usize];
        let line = &self.state.lines[refunded.line as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::REFUND_LINE.write_gid(u64::from(position), out),
                Field::LineItem => {
                    return 1 + self.line_item(field.selection(), refunded.line, out);
                }
                Field::Location => {
                    if refunded.restock == RestockType::NoRestock {
                        return null_object(out);
                    }
                    return 1 + self.location(field.selection(), refunded.location, out);
                }
                Field::Quantity => write_int(refunded.quantity, out),
                Field::RestockType => write_text(refunded.restock.words().0, out),
                Field::Restocked => write_bool(refunded.restock != RestockType::NoRestock, out),
                Field::SubtotalSet => {
                    let cents = line.price_cents * i64::from(refunded.quantity);
                    return self.money_bag(field, cents, out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of an order's customer.
    pub(super) fn customer(&self, selection: &Selection, order: u32, out: &mut Vec<u8>) -> u64 {
        let buyer = self.state.orders[order as usize].buyer;
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::CUSTOMER.write_gid(u64::from(order), out),
                Field::LegacyResourceId => ids::CUSTOMER.write_quoted(u64::from(order), out),
                Field::Metafield => return self.metafield_of(field, Owner::Customer(order), out),
                Field::Metafields => return self.metafields_of(field, Owner::Customer(order), out),
                Field::Email => customer::write_email(buyer, out),
                Field::FirstName => write_text(customer::FIRST_NAME, out),
                Field::LastName => customer::write_last_name(buyer, out),
                Field::DisplayName => customer::write_name(buyer, out),
                Field::Tags => write_texts(self.state.tags_of(Tagged::Customer(order)), out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of an order's address.
    pub(super) fn address(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let order = &self.state.orders[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::ADDRESS.write_gid(u64::from(position), out),
                Field::FirstName => write_text(customer::FIRST_NAME, out),
                Field::LastName => customer::write_last_name(order.buyer, out),
                Field::Name => customer::write_name(order.buyer, out),
                Field::Address1 => write_text(address::STREET, out),
                Field::City => write_text(address::CITY, out),
                Field::Zip => address::write_zip(order.postal_code, out),
                Field::Country => write_text(address::country_name(order.country), out),
                Field::CountryCodeV2 => write_text(address::country_code(order.country), out),
                Field::Address2
                | Field::Company
                | Field::Phone
                | Field::Province
                | Field::ProvinceCode => {
                    null(out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
