//! How an order looks in search and detail (docs/platforms/tiktok_shop.md 4.4). Both answer with the same object.

use crate::core::{Epoch, Micros, OrderRef, Shop};
use crate::tiktok_shop::model::cancellations::{Cancellations, role};
use crate::tiktok_shop::model::carriers::PROVIDERS;
use crate::tiktok_shop::model::catalogue::Catalogue;
use crate::tiktok_shop::model::ids;
use crate::tiktok_shop::model::json::{boolean, comma, id, money, number, raw, string};
use crate::tiktok_shop::model::orders::{CANCELLED_UNIT, Order, Orders, Status};
use crate::tiktok_shop::profile::OrdersProfile;
use crate::tiktok_shop::shop::ShopState;

/// What reading orders and their packages needs of a shop.
pub(super) struct OrderView<'a> {
    pub(super) seed: &'a Shop,
    pub(super) profile: &'a OrdersProfile,
    pub(super) catalogue: &'a Catalogue,
    pub(super) orders: &'a Orders,
    pub(super) cancellations: &'a Cancellations,
}

impl<'a> OrderView<'a> {
    pub(super) fn of(shop: &'a ShopState) -> OrderView<'a> {
        OrderView {
            seed: &shop.seed,
            profile: &shop.profile.orders,
            catalogue: &shop.catalogue,
            orders: &shop.orders,
            cancellations: &shop.cancellations,
        }
    }

    /// Whether the buyer has asked to cancel and nobody has decided yet.
    pub(super) fn is_cancel_pending(&self, order: &Order) -> bool {
        self.cancellations.pending_of(order).is_some()
    }
}

/// Appends a name and a time in Unix seconds.
fn time(out: &mut Vec<u8>, name: &str, epoch: Epoch, at: Micros) {
    raw(out, name);
    number(out, epoch.unix_secs(at));
}

/// Appends a postal code in five digits.
fn postal_code(out: &mut Vec<u8>, code: u32) {
    for place in [10_000, 1_000, 100, 10] {
        if code < place {
            out.push(b'0');
        }
    }
    number(out, code);
}

impl OrderView<'_> {
    /// Appends one order in the status that the reader may see.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        number_of_order: u32,
        status: Status,
        updated_at: Micros,
    ) {
        let order = self.orders.order(number_of_order);
        let is_cancelled = status == Status::Cancelled;
        self.orders.telling.note_order(
            OrderRef(number_of_order),
            true,
            order.cancelled_units,
            is_cancelled,
        );
        let epoch = self.seed.epoch;
        comma(out);
        raw(out, "{\"id\":");
        id(out, ids::order_id(number_of_order));
        raw(out, ",\"status\":\"");
        raw(out, status.name());
        raw(out, "\",\"order_type\":\"NORMAL\",\"is_on_hold_order\":");
        boolean(out, order.is_on_hold_order);
        time(out, ",\"create_time\":", epoch, order.created_at);
        let paid = order.paid_at != Micros::MAX;
        if paid {
            time(out, ",\"paid_time\":", epoch, order.paid_at);
        }
        time(out, ",\"update_time\":", epoch, updated_at);
        raw(out, ",\"user_id\":");
        id(out, ids::buyer_id(order.buyer));
        raw(
            out,
            ",\"fulfillment_type\":\"FULFILLMENT_BY_SELLER\",\"shipping_type\":\"SELLER\",\"delivery_type\":\"HOME_DELIVERY\",\"delivery_option_id\":",
        );
        id(out, ids::DELIVERY_OPTION);
        raw(
            out,
            ",\"delivery_option_name\":\"Standard Shipping\",\"commerce_platform\":\"TIKTOK_SHOP\"",
        );
        let lines = self.orders.lines(order);
        if let Some(first) = lines.first() {
            raw(out, ",\"warehouse_id\":");
            id(out, ids::warehouse_id(usize::from(first.location)));
        }
        self.write_packages(out, number_of_order, order, status);
        if paid {
            raw(out, ",\"payment_method_name\":\"Credit/debit card\"");
            let orders = self.profile;
            let promised = order.paid_at + orders.dispatch_sla;
            time(out, ",\"rts_sla_time\":", epoch, promised);
            time(
                out,
                ",\"tts_sla_time\":",
                epoch,
                promised + Micros::from_secs(86_400),
            );
            if orders.auto_cancel_after > Micros::ZERO {
                let due = order.paid_at + orders.auto_cancel_after;
                time(out, ",\"shipping_due_time\":", epoch, due);
                time(out, ",\"cancel_order_sla_time\":", epoch, due);
                time(
                    out,
                    ",\"collection_due_time\":",
                    epoch,
                    due + Micros::from_secs(86_400),
                );
            }
        }
        if status.is_shipped()
            && let Some(last) = self.orders.package(order, order.packages)
        {
            time(out, ",\"rts_time\":", epoch, last.shipped_at);
        }
        if let Some(pending) = self.cancellations.pending_of(order) {
            let at = self.cancellations.all[pending as usize].created_at;
            time(out, ",\"request_cancel_time\":", epoch, at);
        }
        if is_cancelled && let Some(done) = self.cancellations.done_of(order) {
            raw(out, ",\"cancellation_initiator\":\"");
            raw(out, role(done.by));
            raw(out, "\",\"cancel_reason\":");
            string(out, &done.reason);
            time(out, ",\"cancel_time\":", epoch, done.updated_at);
        }
        raw(out, ",\"is_cod\":false,\"is_buyer_request_cancel\":");
        boolean(out, self.is_cancel_pending(order));
        raw(
            out,
            ",\"is_sample_order\":false,\"is_replacement_order\":false,\"is_exchange_order\":false,\"seller_note\":\"\",\"buyer_message\":\"\",\"buyer_email\":\"anon",
        );
        number(out, order.buyer);
        raw(
            out,
            "@scs.example\",\"has_updated_recipient_address\":false",
        );
        self.write_tracking(out, order);
        self.write_payment(out, order);
        self.write_address(out, order, status);
        self.write_lines(out, number_of_order, order, status);
        out.push(b'}');
    }

    /// Whether the package that open units would leave in is shown already: from when they wait to be shipped. It stays, and
    /// reads CANCELLED, when the order is cancelled then; for one that is cancelled before, none was made (assumed).
    pub(super) fn shows_open_package(&self, order: &Order, status: Status) -> bool {
        self.profile.shows_packages_up_front()
            && order.open_units() > 0
            && match status {
                Status::Unpaid | Status::OnHold => false,
                Status::Cancelled => order.has_waited,
                _ => true,
            }
    }

    /// Appends what cancellations and returns tell of the SKU of a line: fewer members than a line of an order has
    /// (recorded).
    pub(super) fn write_asked_sku(&self, out: &mut Vec<u8>, listing: u32) {
        let seed = &self.seed.listings[listing as usize];
        raw(out, ",\"sku_id\":");
        id(out, self.catalogue.sku_id(listing));
        raw(out, ",\"sku_name\":");
        string(out, &seed.title);
        raw(out, ",\"seller_sku\":");
        string(out, &seed.sku);
        raw(out, ",\"product_name\":");
        string(out, self.catalogue.product_name(self.seed, listing));
        raw(
            out,
            ",\"product_image\":{\"height\":200,\"url\":\"https://images.example/sku.jpeg\",\"width\":200}",
        );
    }

    fn write_packages(
        &self,
        out: &mut Vec<u8>,
        number_of_order: u32,
        order: &Order,
        status: Status,
    ) {
        let open = self.shows_open_package(order, status);
        if order.packages == 0 && !open {
            return;
        }
        raw(out, ",\"packages\":[");
        for package in 1..=order.packages.saturating_add(u8::from(open)) {
            comma(out);
            raw(out, "{\"id\":");
            id(out, ids::package_id(number_of_order, package));
            out.push(b'}');
        }
        out.push(b']');
    }

    fn write_tracking(&self, out: &mut Vec<u8>, order: &Order) {
        match self.orders.package(order, 1) {
            None => raw(
                out,
                ",\"tracking_number\":\"\",\"shipping_provider\":\"\",\"shipping_provider_id\":\"\"",
            ),
            Some(package) => {
                raw(out, ",\"tracking_number\":");
                string(out, &package.tracking_number);
                raw(out, ",\"shipping_provider\":");
                let provider = usize::from(package.provider);
                string(out, PROVIDERS[provider]);
                raw(out, ",\"shipping_provider_id\":");
                id(out, ids::shipping_provider_id(provider));
            }
        }
    }

    fn write_payment(&self, out: &mut Vec<u8>, order: &Order) {
        let total: u64 = self
            .orders
            .lines(order)
            .iter()
            .map(|line| {
                self.seed.listings[line.listing as usize]
                    .price_cents
                    .saturating_mul(u64::from(line.units))
            })
            .fold(0, u64::saturating_add);
        raw(out, ",\"payment\":{\"currency\":");
        string(out, &self.seed.currency);
        for name in [
            ",\"sub_total\":",
            ",\"total_amount\":",
            ",\"original_total_product_price\":",
        ] {
            raw(out, name);
            money(out, total);
        }
        raw(
            out,
            ",\"shipping_fee\":\"0\",\"original_shipping_fee\":\"0\",\"shipping_fee_seller_discount\":\"0\",\"shipping_fee_platform_discount\":\"0\",\"seller_discount\":\"0\",\"platform_discount\":\"0\",\"tax\":\"0\"}",
        );
    }

    /// The address is empty before the hold has ended (docs/platforms/tiktok_shop.md 4.2), and names and numbers are masked
    /// after it.
    fn write_address(&self, out: &mut Vec<u8>, order: &Order, status: Status) {
        if matches!(status, Status::Unpaid | Status::OnHold) {
            return raw(out, ",\"recipient_address\":{}");
        }
        let country = std::str::from_utf8(&order.country).unwrap_or("");
        raw(
            out,
            ",\"recipient_address\":{\"name\":\"A** B**\",\"first_name\":\"A**\",\"last_name\":\"B**\",\"phone_number\":\"(+00)*******00\",\"region_code\":",
        );
        string(out, country);
        raw(out, ",\"postal_code\":\"");
        postal_code(out, order.postal_code);
        raw(
            out,
            "\",\"address_line1\":\"1 Test Road\",\"address_line2\":\"\",\"address_line3\":\"\",\"address_line4\":\"\",\"address_detail\":\"1 Test Road\",\"full_address\":\"1 Test Road, ",
        );
        postal_code(out, order.postal_code);
        raw(
            out,
            "\",\"district_info\":[{\"address_level\":\"L0\",\"address_level_name\":\"country\",\"address_name\":",
        );
        string(out, country);
        raw(out, "}]}");
    }

    fn write_lines(&self, out: &mut Vec<u8>, number_of_order: u32, order: &Order, status: Status) {
        raw(out, ",\"line_items\":[");
        let packages = self.orders.units(order);
        let open_package = order.packages.saturating_add(1);
        let shows_open = self.shows_open_package(order, status);
        let mut unit = 0;
        for line in self.orders.lines(order) {
            let fragment = self.catalogue.line_fragment(line.listing);
            for _ in 0..line.units {
                let package = packages[unit];
                comma(out);
                raw(out, "{\"id\":");
                id(out, ids::line_id(number_of_order, unit as u32));
                out.push(b',');
                out.extend_from_slice(fragment);
                raw(out, ",\"display_status\":\"");
                let cancelled = package == CANCELLED_UNIT;
                let status = if cancelled { Status::Cancelled } else { status };
                raw(out, line_status(status, package != 0));
                out.push(b'"');
                if !cancelled && (package != 0 || shows_open) {
                    raw(out, ",\"package_id\":");
                    let shown = if package != 0 { package } else { open_package };
                    id(out, ids::package_id(number_of_order, shown));
                    raw(out, ",\"package_status\":\"");
                    raw(out, package_status(status, package != 0));
                    out.push(b'"');
                }
                if package != 0 && !cancelled {
                    self.write_parcel(out, order, package);
                }
                if status == Status::Cancelled
                    && let Some(done) = self.cancellations.done_of_unit(order, unit as u32)
                {
                    raw(out, ",\"cancel_user\":\"");
                    raw(out, role(done.by));
                    raw(out, "\",\"cancel_reason\":");
                    string(out, &done.reason);
                }
                raw(out, ",\"is_gift\":false,\"sku_type\":\"NORMAL\"}");
                unit += 1;
            }
        }
        out.push(b']');
    }

    /// Appends what a line item says of the parcel it left in.
    fn write_parcel(&self, out: &mut Vec<u8>, order: &Order, number_of_package: u8) {
        let Some(package) = self.orders.package(order, number_of_package) else {
            return;
        };
        let provider = usize::from(package.provider);
        raw(out, ",\"tracking_number\":");
        string(out, &package.tracking_number);
        raw(out, ",\"shipping_provider_id\":");
        id(out, ids::shipping_provider_id(provider));
        raw(out, ",\"shipping_provider_name\":");
        string(out, PROVIDERS[provider]);
        time(out, ",\"rts_time\":", self.seed.epoch, package.shipped_at);
    }
}

/// Lines know neither ON_HOLD nor PARTIALLY_SHIPPING (docs/platforms/tiktok_shop.md 4.2).
fn line_status(status: Status, shipped: bool) -> &'static str {
    match status {
        Status::OnHold => Status::AwaitingShipment.name(),
        Status::PartiallyShipping if shipped => Status::AwaitingCollection.name(),
        Status::PartiallyShipping => Status::AwaitingShipment.name(),
        status => status.name(),
    }
}

/// Every status of a package.
pub(super) const PACKAGE_STATUSES: [&str; 5] = [
    "TO_FULFILL",
    "PROCESSING",
    "FULFILLING",
    "COMPLETED",
    "CANCELLED",
];

/// Status of a package, for a unit that has left or not (docs/platforms/tiktok_shop.md 4.2).
pub(super) fn package_status(status: Status, shipped: bool) -> &'static str {
    match status {
        Status::Cancelled => "CANCELLED",
        _ if !shipped => "TO_FULFILL",
        Status::InTransit => "FULFILLING",
        Status::Delivered | Status::Completed => "COMPLETED",
        _ => "PROCESSING",
    }
}
