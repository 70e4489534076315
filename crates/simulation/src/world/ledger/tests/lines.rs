//! What entries look like as lines of a file. Readers rely on these names and this order.

use channel_mocks::core::{CallKind, CallOutcome};

use super::*;

const ORDER: OrderRef = OrderRef(3);

fn line(entry: &Entry) -> String {
    let name = |text: &str| vec![text.to_string()];
    let names = EntryNames {
        channels: name("web"),
        skus: name("MUG"),
        locations: name("east"),
    };
    let at = Micros::from_millis(1_500);
    let line = EntryLine {
        at,
        entry,
        names: &names,
    };
    let text = serde_json::to_string(&line).unwrap();
    let members = text.strip_prefix(r#"{"at_s":1.5,"#).unwrap();
    members.replace('"', "'")
}

#[test]
fn entries_are_flat_objects_with_names() {
    let (channel, sku, order) = (SHOP, SKU, ORDER);
    let at = Micros::from_secs(1);
    for (entry, expected) in [
        (
            Entry::Offered {
                channel,
                sku,
                units: 2,
                sellable: 5,
                displayed_age: Micros::from_millis(250),
                count_error_units: 1,
                first_line: true,
            },
            "'kind':'offered','channel':'web','sku':'MUG','units':2,'sellable':5,'age_s':0.25}",
        ),
        (
            Entry::Accepted {
                channel,
                sku,
                order,
                units: 2,
                oversold_units: 1,
                displayed: 5,
                sellable: 1,
                shared_after: 1 - 2,
                own_units: false,
                price_cents: 100,
                first_line: true,
                first_oversold_line: true,
            },
            "'kind':'accepted','channel':'web','sku':'MUG','order':3,'units':2,'oversold_units':1,'from':5,'sellable':1}",
        ),
        (
            Entry::Refused {
                channel,
                sku,
                units: 2,
                in_stock: true,
                sellable: 3,
                price_cents: 100,
            },
            "'kind':'refused','channel':'web','sku':'MUG','units':2,'in_stock':true,'sellable':3}",
        ),
        (
            Entry::Displayed {
                channel,
                sku,
                from: 1,
                to: -2,
                sellable: 3,
                cause: Cause::Cancelled(order),
            },
            "'kind':'displayed','channel':'web','sku':'MUG','from':1,'to':-2,'sellable':3,'cause':'cancelled'}",
        ),
        (
            Entry::Ingested {
                channel,
                order,
                duplicate: false,
                age: at,
            },
            "'kind':'ingested','channel':'web','order':3,'duplicate':false,'age_s':1.0}",
        ),
        (
            Entry::Cancelled {
                channel,
                order,
                units: 2,
                by: Party::Seller,
            },
            "'kind':'cancelled','channel':'web','order':3,'units':2,'by':'seller'}",
        ),
        (
            Entry::Short {
                channel,
                order,
                units: 2,
                first_of_order: true,
            },
            "'kind':'short','channel':'web','order':3,'units':2}",
        ),
        (
            Entry::Allocated {
                channel,
                units: 2,
                wrong_warehouse: true,
                split: false,
            },
            "'kind':'allocated','channel':'web','units':2}",
        ),
        (
            Entry::Shipped {
                channel,
                sku,
                order: Some(order),
                units: 2,
                location: 0,
                beyond_order_units: 1,
                never_ordered_units: 0,
            },
            "'kind':'shipped','channel':'web','sku':'MUG','order':3,'units':2,'location':'east'}",
        ),
        (
            Entry::Shipped {
                channel,
                sku,
                order: None,
                units: 2,
                location: 9,
                beyond_order_units: 1,
                never_ordered_units: 0,
            },
            "'kind':'shipped','channel':'web','sku':'MUG','units':2}",
        ),
        (
            Entry::FulfillmentConfirmed {
                channel,
                order,
                units: 2,
                late: true,
            },
            "'kind':'fulfillment_confirmed','channel':'web','order':3,'units':2,'late':true}",
        ),
        (
            Entry::OrderUnknown { channel },
            "'kind':'order_unknown','channel':'web'}",
        ),
        (Entry::SoldOut { sku }, "'kind':'sold_out','sku':'MUG'}"),
        (
            Entry::Stock { sku, delta: -4 },
            "'kind':'stock','sku':'MUG','units':-4}",
        ),
        (
            Entry::OrderMade {
                channel,
                order,
                units: 5,
                claimed_units: 2,
            },
            "'kind':'order_made','channel':'web','order':3,'units':5,'claimed_units':2}",
        ),
        (
            Entry::RestockedGone {
                channel,
                sku,
                units: 2,
            },
            "'kind':'restocked_gone','channel':'web','sku':'MUG','units':2}",
        ),
        (
            Entry::ReadStale { channel, sku },
            "'kind':'read_stale','channel':'web','sku':'MUG'}",
        ),
        (
            Entry::SkuClosed {
                sku,
                supplied_units: 7,
                sellable: -1,
                overshown_units: 2,
            },
            "'kind':'sku_closed','sku':'MUG','units':7,'sellable':-1,'overshown_units':2}",
        ),
        (
            Entry::ChannelClosed {
                channel,
                lost_orders: 2,
                first_lost: Some((at, order)),
                unshipped_orders: 1,
                unconfirmed_fulfillments: 1,
                unsynced_listings: 1,
            },
            "'kind':'channel_closed','channel':'web','units':2}",
        ),
        (
            Entry::Call {
                target: CallTarget::Warehouse,
                kind: CallKind::Write,
                outcome: CallOutcome::Throttled,
            },
            "'kind':'call','target':'warehouse','call':'write','outcome':'throttled'}",
        ),
    ] {
        assert_eq!(line(&entry), expected);
    }
}
