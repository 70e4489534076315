//! Orders, their lines, refunds and transactions as GraphQL objects (docs/platforms/shopify.md 3.1).

use super::reader::{Reader, empty_list, null, null_object};
use crate::core::{Micros, OrderRef};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::api::graphql::schema::UNSTOCKED;
use crate::shopify::json::{
    write_bool, write_cents, write_int, write_optional_text, write_text, write_texts,
};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::made::Financial;
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::order_texts::write_unix_micros;
use crate::shopify::model::payments::{GATEWAY, Transaction};
use crate::shopify::model::span::NONE;
use crate::shopify::model::{address, customer, ids};

impl Reader<'_> {
    /// Appends an order's fields.
    pub(crate) fn order(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let order = &state.orders[position as usize];
        let made = state.made(position);
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
                Field::Name => state.write_order_name(position, out),
                Field::Number => write_int(1_001 + id, out),
                Field::CreatedAt => self.time(order.created_at, out),
                Field::ProcessedAt => match made {
                    Some(made) => write_unix_micros(made.processed_unix_micros, out),
                    None => self.time(order.created_at, out),
                },
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
                Field::Confirmed => write_bool(true, out),
                Field::FullyPaid => write_bool(
                    state.outstanding_cents(position) == 0
                        && state.capturable_cents(position) == 0
                        && state.financial_status(position) != Some(Financial::Voided),
                    out,
                ),
                Field::CanMarkAsPaid => write_bool(state.can_be_marked_as_paid(position), out),
                Field::Capturable => write_bool(state.capturable_cents(position) > 0, out),
                Field::ConfirmationNumber => {
                    out.extend_from_slice(b"\"C");
                    write_int(100_000_001 + id, out);
                    out.push(b'"');
                }
                Field::DisplayFinancialStatus => {
                    let status = state.financial_status(position);
                    write_optional_text(status.map(|status| status.words().0), out);
                }
                Field::DisplayFulfillmentStatus => {
                    let needs_nothing = self.version >= UNSTOCKED && order.needs_no_shipping();
                    write_text(
                        match needs_nothing {
                            true => "FULFILLMENT_NOT_REQUIRED",
                            false => state.display_fulfillment_status(position),
                        },
                        out,
                    );
                }
                Field::ReturnStatus => write_text(state.return_status(position), out),
                Field::Unpaid => write_bool(
                    state.received_cents(position) == 0 && order.total_cents > 0,
                    out,
                ),
                Field::Edited => write_bool(false, out),
                Field::Test => write_bool(made.is_some_and(|made| made.is_test), out),
                Field::TaxesIncluded => {
                    write_bool(made.is_some_and(|made| made.are_taxes_included), out);
                }
                Field::Fulfillable => {
                    write_bool(
                        !order.is_cancelled()
                            && order.fulfilled_units < order.units - order.removed_units,
                        out,
                    );
                }
                Field::RequiresShipping => {
                    let own = |line: usize| state.made_lines.get(&(line as u32));
                    let ships = |line| own(line).is_none_or(|line| line.requires_shipping);
                    write_bool(made.is_none() || order.lines.range().any(ships), out);
                }
                Field::SourceName => match made {
                    Some(made) => write_optional_text(made.source_name.as_deref(), out),
                    None => write_text("web", out),
                },
                Field::SourceIdentifier => {
                    let given = made.and_then(|made| made.source_identifier.as_deref());
                    write_optional_text(given, out);
                }
                Field::Phone => {
                    let given = match made {
                        Some(made) => made.phone.as_deref(),
                        None => state
                            .changes_of(position)
                            .and_then(|it| it.phone.as_deref()),
                    };
                    write_optional_text(given, out);
                }
                Field::CustomAttributes => {
                    let changes = state.changes_of(position);
                    let own = match made {
                        Some(made) => Some(&made.custom_attributes),
                        None => changes.map(|it| &it.custom_attributes),
                    };
                    return self.attributes(field, own.map_or(&[][..], |own| own), out);
                }
                Field::Note => {
                    let notes = state.order_notes.get(&position);
                    write_optional_text(notes.and_then(|it| it.note.as_deref()), out);
                }
                Field::PoNumber => {
                    let notes = state.order_notes.get(&position);
                    write_optional_text(notes.and_then(|it| it.po_number.as_deref()), out);
                }
                Field::Tags => write_texts(state.tags_of(Tagged::Order(position)), out),
                Field::DiscountCodes => {
                    let code = made.and_then(|made| made.discount_code.as_deref());
                    write_texts(code.as_slice(), out);
                }
                Field::PaymentGatewayNames => match made {
                    Some(made) => write_texts(&state.gateways_of(made), out),
                    None => write_texts(&[GATEWAY], out),
                },
                Field::CurrencyCode => write_text(state.currencies(position).0, out),
                Field::PresentmentCurrencyCode => write_text(state.currencies(position).1, out),
                Field::SubtotalLineItemsQuantity => write_int(order.units, out),
                Field::CurrentSubtotalLineItemsQuantity => {
                    let lines = &state.lines[order.lines.range()];
                    write_int(
                        lines.iter().map(|line| line.current_quantity).sum::<u32>(),
                        out,
                    );
                }
                Field::TotalCapturable => {
                    out.push(b'"');
                    write_cents(state.capturable_cents(position), out);
                    out.push(b'"');
                }
                Field::TotalPrice
                | Field::SubtotalPrice
                | Field::TotalReceived
                | Field::TotalRefunded
                | Field::TotalShippingPrice
                | Field::TotalTax
                | Field::TotalDiscounts
                | Field::NetPayment => {
                    out.push(b'"');
                    write_cents(self.sum_of(field.field, position), out);
                    out.push(b'"');
                }
                Field::TotalPriceSet
                | Field::CurrentShippingPriceSet
                | Field::OriginalTotalPriceSet
                | Field::SubtotalPriceSet
                | Field::TotalReceivedSet
                | Field::TotalCapturableSet
                | Field::CurrentTotalPriceSet
                | Field::CurrentSubtotalPriceSet
                | Field::NetPaymentSet
                | Field::TotalRefundedSet
                | Field::TotalTaxSet
                | Field::CurrentTotalTaxSet
                | Field::CurrentTotalDiscountsSet
                | Field::TotalRefundedShippingSet
                | Field::TotalShippingPriceSet
                | Field::TotalOutstandingSet
                | Field::TotalDiscountsSet => {
                    let cents = self.sum_of(field.field, position);
                    return self.order_money(field, position, cents, out);
                }
                Field::Metafield => return self.metafield_of(field, Owner::Order(position), out),
                Field::Metafields => return self.metafields_of(field, Owner::Order(position), out),
                Field::Email => state.write_order_email(position, out),
                Field::Customer => {
                    return match state.customer_of(position) {
                        Some(one) => 1 + self.customer(field.selection(), one, out),
                        None => null_object(out),
                    };
                }
                Field::ShippingAddress | Field::BillingAddress => {
                    if let Some(made) = made {
                        let given = match field.field {
                            Field::ShippingAddress => &made.shipping_address,
                            _ => &made.billing_address,
                        };
                        let given = given.as_ref();
                        return self.postal_address(field.selection(), position, given, out);
                    }
                    let changes = state.changes_of(position);
                    let changed = changes.and_then(|it| it.shipping_address.as_ref());
                    if field.field == Field::ShippingAddress && changed.is_some() {
                        return self.postal_address(field.selection(), position, changed, out);
                    }
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
                    return self.connection_by_id(
                        field,
                        (ids::FULFILLMENT_ORDER, &all),
                        |selection, at, out| self.fulfillment_order(selection, at, out),
                        out,
                    );
                }
                Field::ShippingLines if made.is_some() => {
                    return self.made_shipping_lines(field, position, out);
                }
                Field::ShippingLines => {
                    return self.connection_by_id(
                        field,
                        (ids::SHIPPING_LINE, &[position]),
                        |selection, at, out| self.shipping_line(selection, at, out),
                        out,
                    );
                }
                Field::Returns => return self.returns_of(field, position, out),
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
                Field::TransactionsCount => {
                    let all = state.transactions_of(position).len();
                    return self.count(field, all as u64, "EXACT", out);
                }
                Field::DiscountCode => {
                    let code = made.and_then(|made| made.discount_code.as_deref());
                    write_optional_text(code, out);
                }
                Field::BillingAddressMatchesShippingAddress => {
                    let changes = state.changes_of(position);
                    write_bool(
                        match made {
                            Some(made) => made.billing_address == made.shipping_address,
                            None => changes.is_none_or(|it| it.shipping_address.is_none()),
                        },
                        out,
                    );
                }
                Field::Refundable => write_bool(state.net_received_cents(position) > 0, out),
                Field::Transactions => {
                    let transactions = state.transactions_of(position).into_iter();
                    let transactions = transactions.take(self.first(field));
                    return self.list(field, transactions, out, |selection, one, out| {
                        self.transaction(selection, one, out)
                    });
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
        let texts = state.texts_of_line(position);
        let made = state.made_lines.get(&position);
        // Only an order that an app made can have currencies of its own.
        let order = made.map_or(NONE, |_| state.order_of_line(position));
        let waiting = line.fulfillable();
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::LINE_ITEM.write_gid(u64::from(position), out),
                Field::Sku => {
                    let own = made.and_then(|made| made.sku.as_deref());
                    write_optional_text(own.or(texts.map(|texts| texts.sku)), out);
                }
                Field::Title | Field::Name => {
                    let own = made.map(|made| made.title.as_str());
                    let title = own.or(texts.map(|texts| texts.title));
                    write_text(title.unwrap_or(""), out);
                }
                Field::VariantTitle => {
                    let own = made.and_then(|made| made.variant_title.as_deref());
                    write_optional_text(own, out);
                }
                Field::Vendor => {
                    let own = made.and_then(|made| made.vendor.as_deref());
                    let shop = texts.map(|texts| texts.vendor);
                    write_optional_text(own.or(shop), out);
                }
                Field::CustomAttributes => {
                    let own = made.map_or(&[][..], |made| &made.properties);
                    return self.attributes(field, own, out);
                }
                Field::Quantity => write_int(line.quantity, out),
                Field::CurrentQuantity => write_int(line.current_quantity, out),
                Field::UnfulfilledQuantity => write_int(waiting, out),
                // What is on hold may not be shipped yet.
                Field::FulfillableQuantity => {
                    write_int(waiting.saturating_sub(state.held(position)), out);
                }
                Field::RefundableQuantity => {
                    let order = state.order_of_line(position);
                    write_int(state.refundable(order, position), out);
                }
                Field::NonFulfillableQuantity => {
                    write_int(line.quantity - line.current_quantity, out)
                }
                Field::RequiresShipping => {
                    write_bool(made.is_none_or(|made| made.requires_shipping), out);
                }
                Field::Restockable => write_bool(!self.state.is_line_delisted(position), out),
                Field::Taxable => write_bool(made.is_none_or(|made| made.is_taxable), out),
                Field::IsGiftCard => write_bool(made.is_some_and(|made| made.is_gift_card), out),
                Field::TaxLines => match made {
                    Some(made) => return self.tax_lines(field, order, &made.tax_lines, out),
                    None => empty_list(out),
                },
                Field::Variant => {
                    return match state.shown_listing_of(position) {
                        Some(listing) => 1 + self.variant(field.selection(), listing, out),
                        None => null_object(out),
                    };
                }
                Field::Product => {
                    return match state.shown_listing_of(position) {
                        Some(listing) => 1 + self.product(field.selection(), listing, out),
                        None => null_object(out),
                    };
                }
                Field::OriginalUnitPriceSet | Field::DiscountedUnitPriceSet => {
                    return self.order_money(field, order, line.price_cents, out);
                }
                Field::OriginalTotalSet | Field::DiscountedTotalSet => {
                    let cents = line.price_cents * i64::from(line.quantity);
                    return self.order_money(field, order, cents, out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// A sum of an order in cents, by the field that shows it.
    pub(super) fn sum_of(&self, field: Field, position: u32) -> i64 {
        let state = self.state;
        let order = &state.orders[position as usize];
        let made = state.made(position);
        match field {
            Field::TotalPrice | Field::TotalPriceSet | Field::OriginalTotalPriceSet => {
                order.total_cents
            }
            Field::CurrentShippingPriceSet => state.current_shipping_cents(position),
            Field::CurrentTotalPriceSet => state.current_total_cents(position),
            Field::SubtotalPrice | Field::SubtotalPriceSet => {
                made.map_or(order.total_cents, |made| made.subtotal_cents)
            }
            Field::CurrentSubtotalPriceSet => state.current_subtotal_cents(position),
            Field::TotalReceived | Field::TotalReceivedSet => state.received_cents(position),
            Field::NetPayment | Field::NetPaymentSet => state.net_received_cents(position),
            Field::TotalRefunded | Field::TotalRefundedSet => order.refunded_cents,
            Field::TotalCapturableSet => state.capturable_cents(position),
            Field::TotalOutstandingSet => state.outstanding_cents(position),
            Field::TotalTax | Field::TotalTaxSet => made.map_or(0, |made| made.tax_cents),
            Field::CurrentTotalTaxSet => state.current_tax_cents(position),
            Field::TotalDiscounts | Field::TotalDiscountsSet => {
                made.map_or(0, |made| made.discount_cents)
            }
            Field::CurrentTotalDiscountsSet => state.current_discount_cents(position),
            Field::TotalRefundedShippingSet => state.refunded_shipping_cents(position),
            Field::TotalShippingPrice | Field::TotalShippingPriceSet => {
                made.map_or(0, |made| made.shipping_cents)
            }
            _ => 0,
        }
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
                Field::TotalRefundedSet => {
                    return self.order_money(field, refund.order, refund.amount_cents, out);
                }
                Field::OrderAdjustments => {
                    return self.connection(
                        field,
                        usize::from(refund.discrepancy_cents != 0),
                        |_| position,
                        |at| Self::id_cursor(ids::ORDER_ADJUSTMENT, u64::from(at)),
                        |selection, at, out| self.order_adjustment(selection, at, out),
                        out,
                    );
                }
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
                        usize::from(self.state.moves_money(refund)),
                        |_| position,
                        |at| Self::id_cursor(ids::REFUND_TRANSACTION, u64::from(at)),
                        |selection, at, out| {
                            self.transaction(selection, Transaction::Refund(at), out)
                        },
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends what a refund paid back beyond or below what its lines cost.
    fn order_adjustment(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let refund = &self.state.refunds[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::ORDER_ADJUSTMENT.write_gid(u64::from(position), out),
                Field::Reason => write_text(refund.discrepancy.words().0, out),
                Field::AmountSet => {
                    return self.order_money(field, refund.order, refund.discrepancy_cents, out);
                }
                Field::TaxAmountSet => return self.order_money(field, refund.order, 0, out),
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
                    if !refunded.is_restocked {
                        return null_object(out);
                    }
                    return 1 + self.location(field.selection(), refunded.location, out);
                }
                Field::Quantity => write_int(refunded.quantity, out),
                Field::RestockType => write_text(refunded.restock.words().0, out),
                Field::Restocked => write_bool(refunded.is_restocked, out),
                Field::SubtotalSet => {
                    let cents = line.price_cents * i64::from(refunded.quantity);
                    let order = self.state.order_of_line(refunded.line);
                    return self.order_money(field, order, cents, out);
                }
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
