//! Orders of other channels, shipped from Amazon's pool.

use super::*;

const ORDERS: &str = "/fba/outbound/2020-07-01/fulfillmentOrders";
const POOL: ListingIndex = ListingIndex(1);

fn body(id: &str, sku: &str, units: u32, more: &str) -> String {
    format!(
        r#"{{"marketplaceId":"{US}","sellerFulfillmentOrderId":"{id}","displayableOrderId":"{id}","displayableOrderDate":"2026-11-23T10:00:00Z","displayableOrderComment":"Thanks","shippingSpeedCategory":"Standard","destinationAddress":{{"name":"A","addressLine1":"1 Street","postalCode":"48110","countryCode":"US"}},"items":[{{"sellerSku":"{sku}","sellerFulfillmentOrderItemId":"1","quantity":{units}}}]{more}}}"#
    )
}

fn bench() -> Bench {
    let mut profile = ideal();
    profile.fba.outbound_planning = fixed(600);
    profile.authorization.token_lifetime = Micros::from_secs(30 * 86_400);
    let mut bench = Bench::new(profile);
    bench.amazon.set_fba_stock(POOL, 5);
    bench
}

impl Bench {
    fn outbound(&mut self, id: &str, units: u32, more: &str) {
        let (status, made) = self.call("POST", ORDERS, &body(id, "SKU-2-FBA", units, more));
        assert_eq!((status, made), (200, serde_json::json!({})));
    }

    fn outbound_status(&mut self, id: &str) -> String {
        let order = self.get(&format!("{ORDERS}/{id}"));
        let status = &order["payload"]["fulfillmentOrder"]["fulfillmentOrderStatus"];
        status.as_str().unwrap().to_owned()
    }
}

#[test]
fn items_are_told_apart_and_a_date_is_told_in_utc() {
    let mut bench = bench();
    let twice = body("O-1", "SKU-2-FBA", 1, "").replace(
        r#""items":["#,
        r#""items":[{"sellerSku":"SKU-2-FBA","sellerFulfillmentOrderItemId":"1","quantity":1},"#,
    );
    assert_eq!(bench.call("POST", ORDERS, &twice).0, 400);
    let apart = twice.replacen(r#"ItemId":"1""#, r#"ItemId":"2""#, 1);
    let dated = |date: &str| apart.replace("2026-11-23T10:00:00Z", date);
    for date in ["2026-11-23", "2026-11-23T10:00:00", "0000-01-01T00:00:00Z"] {
        let (status, answer) = bench.call("POST", ORDERS, &dated(date));
        assert_eq!(status, 400, "{date}");
        assert_eq!(
            answer["errors"][0]["message"],
            "displayableOrderDate is not a valid ISO 8601 date-time."
        );
    }
    let elsewhere = apart.replace(US, "A2EUQ1WTGCTBG2");
    assert_eq!(bench.call("POST", ORDERS, &elsewhere).0, 400);
    let zoned = dated("2026-11-23T02:00:00+02:00");
    assert_eq!(bench.call("POST", ORDERS, &zoned).0, 200);
    let order = bench.get(&format!("{ORDERS}/O-1"))["payload"].clone();
    assert_eq!(
        order["fulfillmentOrder"]["displayableOrderDate"],
        "2026-11-23T00:00:00Z"
    );
}

#[test]
fn units_are_held_shipped_and_gone() {
    let mut bench = bench();
    bench.outbound("O-1", 3, "");
    assert_eq!(bench.amazon.fba_units(POOL), 2, "held at once");
    assert_eq!(bench.outbound_status("O-1"), "Received");
    bench.pass(600);
    assert_eq!(bench.outbound_status("O-1"), "Processing");
    let cancel = format!("{ORDERS}/O-1/cancel");
    assert_eq!(bench.call("PUT", &cancel, "").0, 400, "too late");
    bench.pass(3_600);
    let order = bench.get(&format!("{ORDERS}/O-1"))["payload"].clone();
    assert_eq!(
        order["fulfillmentOrder"]["fulfillmentOrderStatus"],
        "Complete"
    );
    assert_eq!(
        order["fulfillmentShipments"][0]["fulfillmentShipmentItem"][0]["quantity"],
        3
    );
    assert_eq!(bench.amazon.fba_units(POOL), 2);
    let gone = Fact::FbaShippedForOthers {
        listing: POOL,
        units: 3,
    };
    assert_eq!(bench.facts.iter().filter(|fact| **fact == gone).count(), 1);
    let summary = bench.get(&format!("/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId={US}&marketplaceIds={US}&details=true"));
    let item = &summary["payload"]["inventorySummaries"][0];
    assert_eq!(item["totalQuantity"], 2);
    assert_eq!(
        item["inventoryDetails"]["reservedQuantity"]["totalReservedQuantity"],
        0
    );
}

#[test]
fn a_cancel_gives_the_units_back() {
    let mut bench = bench();
    bench.outbound("O-1", 3, "");
    assert_eq!(
        bench.call("PUT", &format!("{ORDERS}/O-1/cancel"), "").0,
        200
    );
    assert_eq!(bench.outbound_status("O-1"), "Cancelled");
    assert_eq!(bench.amazon.fba_units(POOL), 5);
    bench.pass(10_000);
    assert_eq!(bench.amazon.fba_units(POOL), 5, "nothing ships any more");
    assert_eq!(
        bench.call("PUT", &format!("{ORDERS}/O-2/cancel"), "").0,
        404
    );
}

#[test]
fn policies_decide_when_units_are_missing() {
    let mut bench = bench();
    bench.outbound("all", 7, r#","fulfillmentPolicy":"FillAll""#);
    bench.outbound("kill", 1, r#","fulfillmentPolicy":"FillOrKill""#);
    bench.outbound("some", 1, r#","fulfillmentPolicy":"FillAllAvailable""#);
    assert_eq!(bench.amazon.fba_units(POOL), 0);
    bench.pass(600);
    assert_eq!(bench.outbound_status("kill"), "Unfulfillable");
    assert_eq!(bench.outbound_status("some"), "Unfulfillable");
    assert_eq!(bench.outbound_status("all"), "Planning");
    bench.pass(86_400);
    assert_eq!(bench.outbound_status("all"), "Processing");
    bench.pass(3_600);
    assert_eq!(bench.outbound_status("all"), "CompletePartialled");
    let order = bench.get(&format!("{ORDERS}/all"));
    assert_eq!(
        order["payload"]["fulfillmentOrderItems"][0]["unfulfillableQuantity"],
        2
    );
    bench.amazon.set_fba_stock(POOL, 4);
    bench.outbound("held", 4, r#","fulfillmentAction":"Hold""#);
    assert_eq!(bench.amazon.fba_units(POOL), 0);
    bench.pass(14 * 86_400);
    assert_eq!(bench.outbound_status("held"), "Cancelled");
    assert_eq!(bench.amazon.fba_units(POOL), 4);
}

#[test]
fn bad_orders_are_refused_and_lists_begin_where_asked() {
    let mut bench = bench();
    bench.outbound("O-1", 1, "");
    for (id, sku, units, more) in [
        ("O-1", "SKU-2-FBA", 1, ""),
        ("O-2", "SKU-2", 1, ""),
        ("O-2", "SKU-2-FBA", 0, ""),
        ("O-2", "SKU-2-FBA", 251, ""),
        ("O-2", "SKU-2-FBA", 1, r#","fulfillmentPolicy":"FillSome""#),
        ("", "SKU-2-FBA", 1, ""),
    ] {
        let request = body(id, sku, units, more);
        assert_eq!(bench.call("POST", ORDERS, &request).0, 400, "{request}");
    }
    bench.pass(100);
    bench.outbound("O-2", 1, "");
    let ids = |bench: &mut Bench, query: &str| -> Vec<Value> {
        let list = bench.get(&format!("{ORDERS}{query}"));
        let orders = list["payload"]["fulfillmentOrders"].as_array().unwrap();
        orders
            .iter()
            .map(|order| order["sellerFulfillmentOrderId"].clone())
            .collect()
    };
    assert_eq!(ids(&mut bench, ""), ["O-1", "O-2"]);
    assert_eq!(
        ids(&mut bench, "?queryStartDate=2026-11-23T10:01:00Z"),
        ["O-2"]
    );
}

#[test]
fn texts_of_an_order_are_as_long_as_the_model_has_them() {
    let mut bench = bench();
    let whole: Value = serde_json::from_str(&body("O-9", "SKU-2-FBA", 1, "")).unwrap();
    // Characters count, not bytes.
    let long = |length: usize| "é".repeat(length);
    for (place, most) in [
        ("/displayableOrderId", 40),
        ("/displayableOrderComment", 750),
        ("/items/0/sellerFulfillmentOrderItemId", 50),
        ("/items/0/giftMessage", 512),
        ("/items/0/displayableComment", 250),
    ] {
        for (length, expected) in [(most, 200), (most + 1, 400)] {
            let mut order = whole.clone();
            let name = format!("O-{most}-{}", place.len());
            order["sellerFulfillmentOrderId"] = name.into();
            let (parent, member) = place.rsplit_once('/').unwrap();
            order.pointer_mut(parent).unwrap()[member] = long(length).into();
            let (status, answer) = bench.call("POST", ORDERS, &order.to_string());
            assert_eq!(status, expected, "{place} of {length}: {answer}");
            if expected == 400 {
                let member = place.rsplit('/').next().unwrap();
                assert_eq!(
                    answer["errors"][0]["message"],
                    format!("{member} must have at most {most} characters.")
                );
            }
        }
    }
    let mut listed = whole.clone();
    listed["destinationAddress"] = serde_json::json!(["A", "1 Street", "48110", "US"]);
    assert_eq!(bench.call("POST", ORDERS, &listed.to_string()).0, 400);
    let mut listed = whole.clone();
    listed["items"] = serde_json::json!([["SKU-2-FBA", "1", 1]]);
    assert_eq!(bench.call("POST", ORDERS, &listed.to_string()).0, 400);
}
