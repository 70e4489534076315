//! Batches, labels, corrections, tracking.

use super::*;

const HOUR: Micros = Micros::from_secs(3_600);

fn package_of(order: OrderRef, number: u64) -> String {
    (1_150_000_000_000_000_000 + u64::from(order.0) * 1_000 + number).to_string()
}

#[test]
fn a_batch_names_the_packages_it_could_not_ship() {
    let mut world = World::ideal("[orders]\npackages_up_front = true");
    let orders = [world.buy(&[(0, 1)]), world.buy(&[(0, 1)])];
    let package = |id: &str| {
        format!(
            r#"{{"id":"{id}","self_shipment":{{"tracking_number":"T","shipping_provider_id":"{PROVIDER}"}}}}"#
        )
    };
    let (first, second) = (package_of(orders[0], 1), package_of(orders[1], 1));
    let path = "/fulfillment/202309/packages/ship";
    let body = format!(r#"{{"packages":[{},{}]}}"#, package(&first), package("17"));
    let answer = world.post(path, "", &body);
    let errors = answer.data()["errors"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (&errors[0]["code"], &errors[0]["detail"]["package_id"]),
        (&21_008_111.into(), &"17".into())
    );
    assert_eq!(world.order_status(orders[0]), "AWAITING_COLLECTION");
    let body = format!(r#"{{"packages":[{},{{}}]}}"#, package(&second));
    assert_eq!(world.post(path, "", &body).code(), 36_009_004);
    assert_eq!(
        world.order_status(orders[1]),
        "AWAITING_SHIPMENT",
        "a malformed batch ships nothing"
    );
    let body = format!(r#"{{"packages":[{}]}}"#, package(&second));
    assert_eq!(*world.post(path, "", &body).data(), serde_json::json!({}));
    assert_eq!(world.post(path, "", "{}").code(), 36_009_004);
}

#[test]
fn labels_are_bought_in_both_body_shapes() {
    let mut world = World::ideal("");
    let orders = [world.buy(&[(0, 1)]), world.buy(&[(0, 2)])];
    let ids = orders.map(|order| world.shop.native_order_id(order));
    let old = world.post(
        "/fulfillment/202309/packages",
        "",
        &format!(r#"{{"order_id":"{}"}}"#, ids[0]),
    );
    assert_eq!(old.data()["order_line_item_ids"][0], "577000000000000000");
    assert_eq!(world.order_status(orders[0]), "AWAITING_COLLECTION");

    let path = "/fulfillment/202512/packages";
    let typed = |kind: &str, rest: &str| {
        format!(r#"{{"ship_type":"{kind}","order_id":"{}"{rest}}}"#, ids[1])
    };
    let line = r#","order_line_item":[{"order_line_id":"577000000001000001"}]"#;
    assert_eq!(world.post(path, "", &typed("2", "")).code(), 36_009_004);
    assert_eq!(world.post(path, "", &typed("3", "")).code(), 21_011_005);
    let part = world.post(path, "", &typed("2", line));
    assert!(part.data().get("order_id").is_none());
    assert_eq!(world.order_status(orders[1]), "PARTIALLY_SHIPPING");
    world.post(path, "", &typed("1", "")).data();
    assert_eq!(world.order_status(orders[1]), "AWAITING_COLLECTION");

    let package = part.data()["package_id"].as_str().unwrap().to_string();
    let path = format!("/fulfillment/202309/packages/{package}/shipping_documents");
    let document = world.get(&path, "document_type=SHIPPING_LABEL");
    let detail = world.get(&format!("/fulfillment/202309/packages/{package}"), "");
    assert_eq!(
        document.data()["tracking_number"],
        detail.data()["tracking_number"]
    );
    assert_eq!(world.get(&path, "").code(), 36_009_004);
    let path = format!("/fulfillment/202309/packages/{package}/shipping_info/update");
    let body = format!(r#"{{"tracking_number":"T9","shipping_provider_id":"{PROVIDER}"}}"#);
    assert_eq!(
        world.post(&path, "", &body).code(),
        21_011_003,
        "the platform's own label stays"
    );
}

#[test]
fn shipping_info_is_corrected_for_three_days() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 1)]);
    let id = world.shop.native_order_id(order);
    let of_order = format!("/fulfillment/202309/orders/{id}/shipping_info/update");
    let flat = |text: &str, provider: &str| {
        format!(r#"{{"tracking_number":"{text}","shipping_provider_id":"{provider}"}}"#)
    };
    assert_eq!(
        world.post(&of_order, "", &flat("T2", PROVIDER)).code(),
        21_011_003,
        "not shipped yet"
    );
    world.ship(order).data();
    world
        .post(&of_order, "", &flat("T2", "6610000000000000002"))
        .data();
    let shown = world.get("/order/202507/orders", &format!("ids={id}"));
    let shown = &shown.data()["orders"][0];
    assert_eq!(
        (&shown["tracking_number"], &shown["shipping_provider"]),
        (&"T2".into(), &"Evri".into())
    );
    assert_eq!(
        world.post(&of_order, "", &flat("T3", "1")).code(),
        11_007_021
    );
    let of_package = format!(
        "/fulfillment/202610/packages/{}/shipping_info/update",
        package_of(order, 1)
    );
    let nested = format!(r#"{{"shipping_info_list":[{}]}}"#, flat("T4", PROVIDER));
    world.now = Micros(72 * HOUR.0);
    world.post(&of_package, "", &nested).data();
    world.now += Micros(1);
    assert_eq!(world.post(&of_package, "", &nested).code(), 21_011_003);
    let path = format!(
        "/fulfillment/202309/packages/{}/shipping_documents",
        package_of(order, 1)
    );
    let answer = world.get(&path, "document_type=SHIPPING_LABEL");
    assert_eq!(answer.code(), 21_011_004);
}

#[test]
fn tracking_follows_the_carrier() {
    let mut world = World::ideal(
        "[orders]\ncarrier_scans = true\ncollection = { fixed = \"1h\" }\ntransit = { fixed = \"2h\" }",
    );
    let order = world.buy(&[(0, 1)]);
    let id = world.shop.native_order_id(order);
    let path = format!("/fulfillment/202309/orders/{id}/tracking");
    let tracking = |world: &mut World| {
        let answer = world.get(&path, "");
        answer.data()["tracking"].as_array().unwrap().clone()
    };
    assert!(tracking(&mut world).is_empty());
    world.ship(order).data();
    world.run_for(HOUR);
    let events = tracking(&mut world);
    assert_eq!(events.len(), 2);
    assert_eq!(
        events[0]["update_time_millis"],
        (EPOCH_SECONDS + 3_600) * 1_000
    );
}

/// Region, warehouses and the way to ship follow from where the goods are, unless a market is named.
#[test]
fn a_market_decides_how_orders_are_shipped() {
    let warehouse = |world: &mut World| {
        let answer = world.get("/logistics/202309/warehouses", "");
        let first = &answer.data()["warehouses"][0];
        let text = |value: &Value| value.as_str().unwrap().to_string();
        (
            text(&first["address"]["region_code"]),
            text(&first["sub_type"]),
        )
    };
    let shop = |world: &mut World| {
        let answer = world.get("/authorization/202309/shops", "");
        let shop = &answer.data()["shops"][0];
        format!("{} {}", shop["region"], shop["seller_type"])
    };
    let mut home = World::ideal("");
    assert_eq!(shop(&mut home), "\"GB\" \"LOCAL\"");
    let domestic = ("GB".to_string(), "DOMESTIC_WAREHOUSE".to_string());
    assert_eq!(warehouse(&mut home), domestic);

    let mut abroad = World::ideal("region = \"BR\"");
    assert_eq!(shop(&mut abroad), "\"BR\" \"CROSS_BORDER\"");
    assert_eq!(warehouse(&mut abroad).1, "CB_DIRECT_SHIPPING_WAREHOUSE");
    let order = abroad.buy(&[(0, 1)]);
    abroad.now = Micros::from_secs(3_600);
    assert_eq!(abroad.ship(order).code(), 21_011_006);
    let id = format!("57646000000000000{}", order.0 + 1);
    let detail = abroad.get("/order/202507/orders", &format!("ids={id}"));
    let package = detail.data()["orders"][0]["packages"][0]["id"].clone();
    let path = format!(
        "/fulfillment/202309/packages/{}/ship",
        package.as_str().unwrap()
    );
    let body = format!(
        r#"{{"self_shipment":{{"tracking_number":"BR1","shipping_provider_id":"{PROVIDER}"}}}}"#
    );
    abroad.post(&path, "", &body).data();
}

/// What happens to the rest of an order changes no package that has left.
#[test]
fn a_package_tells_its_own_last_change() {
    let mut world = World::ideal(
        "[orders]\ncarrier_scans = true\ncollection = { fixed = \"1h\" }\ntransit = { fixed = \"2h\" }\ncompletion = { fixed = \"24h\" }",
    );
    let order = world.buy(&[(0, 2)]);
    let id = world.shop.native_order_id(order);
    let ship = |world: &mut World, unit: u32| {
        let body = format!(
            r#"{{"tracking_number":"T{unit}","shipping_provider_id":"{PROVIDER}","order_line_item_ids":["57700000000000000{unit}"]}}"#
        );
        let path = format!("/fulfillment/202309/orders/{id}/packages");
        world.post(&path, "", &body).data();
    };
    // Seconds from the opening at which both packages last changed, newest first, as search tells it too.
    let updated = |world: &mut World| -> Vec<i64> {
        let path = "/fulfillment/202309/packages/search";
        let answer = world.post(path, "page_size=10", "{}");
        let packages = answer.data()["packages"].as_array().unwrap().clone();
        let mut times = Vec::new();
        for package in packages {
            let at = package["update_time"].as_i64().unwrap();
            let id = package["id"].as_str().unwrap();
            let detail = world.get(&format!("/fulfillment/202309/packages/{id}"), "");
            assert_eq!(detail.data()["update_time"], at);
            let window = format!(r#"{{"update_time_ge":{at},"update_time_lt":{}}}"#, at + 1);
            let within = world.post(path, "page_size=10", &window);
            let rows = within.data()["packages"].as_array().unwrap().clone();
            assert!(rows.iter().any(|row| row["id"] == id), "{window}");
            times.push(at - EPOCH_SECONDS);
        }
        times
    };
    world.run_until(Micros::from_secs(60));
    ship(&mut world, 0);
    world.run_until(Micros::from_secs(120));
    ship(&mut world, 1);
    assert_eq!(updated(&mut world), [120, 60], "the first left earlier");
    world.run_until(Micros::from_secs(300));
    let path = format!(
        "/fulfillment/202309/packages/{}/shipping_info/update",
        package_of(order, 1)
    );
    let body = format!(r#"{{"tracking_number":"T9","shipping_provider_id":"{PROVIDER}"}}"#);
    world.post(&path, "", &body).data();
    assert_eq!(updated(&mut world), [120, 300], "corrected");
    let collected = 120 + 3_600;
    world.run_until(Micros::from_secs(collected as u64));
    assert_eq!(updated(&mut world), [collected; 2], "the carrier has both");
    let delivered = collected + 7_200;
    world.run_until(Micros::from_secs(delivered as u64 + 86_400));
    assert_eq!(world.order_status(order), "COMPLETED");
    assert_eq!(
        updated(&mut world),
        [delivered; 2],
        "COMPLETED since it was delivered"
    );
}
