//! What reports say.

use super::bulk::REPORTS;
use super::*;

#[test]
fn reports_have_the_documented_columns_and_pending_orders() {
    let mut profile = ideal();
    profile.orders.pending = vec![crate::amazon::profile::PendingShare {
        share: 1.0,
        hold: fixed(3_600),
    }];
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    bench.amazon.set_fba_stock(ListingIndex(1), 6);
    bench.order(2);
    bench.pass(600);
    let orders = bench.report(
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
        r#","dataStartTime":"2026-11-23T00:00:00Z""#,
    );
    let listings = bench.report("GET_MERCHANT_LISTINGS_ALL_DATA", "");
    let open = bench.report("GET_FLAT_FILE_OPEN_LISTINGS_DATA", "");
    let fba = bench.report("GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", "");
    bench.pass(600);
    let mut file = |id: &str| -> Vec<Vec<String>> {
        let report = bench.get(&format!("{REPORTS}/{id}"));
        let text = bench.download("reports", &report["reportDocumentId"]);
        let rows: Vec<Vec<String>> = text
            .lines()
            .map(|line| line.split('\t').map(str::to_owned).collect())
            .collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
        rows
    };
    let value = |rows: &[Vec<String>], row: usize, name: &str| {
        let place = rows[0].iter().position(|known| known == name);
        rows[row][place.unwrap_or_else(|| panic!("no column {name}"))].clone()
    };
    let rows = file(&orders);
    assert_eq!(rows[0].len(), 31);
    for (name, expected) in [
        ("order-status", "Pending"),
        ("item-status", "Unshipped"),
        ("quantity", "2"),
        ("purchase-date", "2026-11-23T10:00:00+00:00"),
        ("item-price", ""),
        ("ship-city", ""),
        ("price-designation", ""),
    ] {
        assert_eq!(value(&rows, 1, name), expected, "{name}");
    }
    let rows = file(&listings);
    assert_eq!(rows[0].len(), 29);
    for (name, expected) in [
        ("open-date", "2026-11-23 02:00:00 PST"),
        ("item-is-marketplace", "y"),
        ("asin1", "B0SIM00000"),
        ("asin2", ""),
        ("product-id", "B0SIM00000"),
        ("fulfillment-channel", "DEFAULT"),
        ("status", "Active"),
    ] {
        assert_eq!(value(&rows, 1, name), expected, "{name}");
    }
    assert_eq!(file(&open)[0].len(), 23);
    let rows = file(&fba);
    assert_eq!(value(&rows, 1, "afn-inbound-shipped-quantity"), "0");
    assert_eq!(value(&rows, 1, "afn-total-quantity"), "6");
}

#[test]
fn a_deleted_listing_is_not_active_when_its_order_is_cancelled() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let order = bench.order(2);
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    bench.call("DELETE", &path, "");
    bench.amazon.cancel_by_buyer(bench.now, order);
    let request = bench.report("GET_MERCHANT_LISTINGS_ALL_DATA", "");
    bench.pass(600);
    let report = bench.get(&format!("{REPORTS}/{request}"));
    let text = bench.download("reports", &report["reportDocumentId"]);
    let row = text.lines().find(|row| row.contains("\tSKU-1\t")).unwrap();
    assert!(row.ends_with("\tInactive"), "{row}");
}
