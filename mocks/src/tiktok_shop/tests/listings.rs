//! Products off and on sale, restocking settings, references and prices of orders, shops.

use super::*;
use crate::core::Cause;

#[test]
fn a_deactivated_product_is_not_displayed_and_keeps_its_stock() {
    let mut world = World::ideal("");
    world.subscribe("PRODUCT_STATUS_CHANGE");
    world.now = Micros::from_secs(50);
    let held = world.buy(&[(0, 2)]);
    let change = |world: &mut World, verdict: &str, ids: &str| {
        let path = format!("/product/202309/products/{verdict}");
        world.post(&path, "", &format!(r#"{{"product_ids":[{ids}]}}"#))
    };
    let ids = format!(r#""{PRODUCT}","17""#);
    let answer = change(&mut world, "deactivate", &ids);
    let errors = &answer.data()["errors"];
    assert_eq!(
        (
            &errors[0]["code"],
            &errors[0]["detail"]["product_id"],
            &errors[0]["detail"]["extra_errors"][0]["code"]
        ),
        (&12_052_990.into(), &"17".into(), &12_052_048.into())
    );
    assert_eq!(world.displayed(0), 0);
    let fact = Fact::Displayed {
        listing: ListingIndex(0),
        from: 8,
        to: 0,
        cause: Cause::Edit,
    };
    assert!(world.facts.contains(&fact));
    assert!(matches!(
        world.try_buy(&[(0, 1)]),
        CheckoutOutcome::Refused { displayed: 0, .. }
    ));
    let stock = world.post(
        "/product/202309/inventory/search",
        "",
        &format!(r#"{{"sku_ids":["{SKU_0}"]}}"#),
    );
    assert_eq!(
        stock.data()["inventory"][0]["skus"][0]["total_available_quantity"],
        8
    );
    assert!(world.set_stock(SKU_0, 5).data().get("errors").is_none());
    assert_eq!(
        world.shop.cancel_by_seller(world.now, held),
        crate::core::ActOutcome::Done
    );
    world.drain();
    assert_eq!(world.displayed(0), 0);

    let found = |world: &mut World, status: &str| {
        let body = format!(r#"{{"status":"{status}"}}"#);
        let answer = world.post("/product/202502/products/search", "page_size=10", &body);
        let data = answer.data();
        assert_eq!(
            data["total_count"],
            data["products"].as_array().unwrap().len()
        );
        data["products"].clone()
    };
    let off = found(&mut world, "SELLER_DEACTIVATED");
    assert_eq!(off[0]["id"], PRODUCT);
    assert_eq!(off[0]["update_time"], EPOCH_SECONDS + 50);
    assert_eq!(found(&mut world, "ACTIVATE").as_array().unwrap().len(), 1);

    for _ in 0..2 {
        let answer = change(&mut world, "activate", &format!(r#""{PRODUCT}""#));
        assert_eq!(*answer.data(), serde_json::json!({}));
    }
    assert_eq!(world.displayed(0), 7, "five written, two given back");
    let told = world.receive(DeliveryOutcome::Answered(200));
    assert_eq!(told.len(), 2, "no news where nothing changes");
    assert_eq!(told[0]["type"], 5);
    assert!(told[0]["data"]["product_id"].is_u64());
    assert_eq!(change(&mut world, "activate", "").code(), 36_009_004);
    let detail = world.get(&format!("/product/202509/products/{PRODUCT}"), "");
    assert_eq!(detail.data()["status"], "ACTIVATE");
}

#[test]
fn restocking_is_a_setting_of_each_sku() {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(1), 10);
    let path = "/product/202608/inventory/operation/settings";
    let body = |sku: &str| {
        format!(
            r#"{{"seller_id":"1","sku_ids":["{sku}","17"],"stock_operation_setting":{{"enable_auto_restock":false}}}}"#
        )
    };
    let answer = world.post(path, "", &body(SKU_0));
    let stock = &answer.data()["stock_operation"];
    assert_eq!(stock["success_sku_ids"], serde_json::json!([SKU_0]));
    assert_eq!(stock["failed_sku_ids"], serde_json::json!(["17"]));
    let order = world.buy(&[(0, 2), (1, 2)]);
    world.shop.cancel_by_seller(world.now, order);
    world.drain();
    assert_eq!((world.displayed(0), world.displayed(1)), (8, 10));
    assert_eq!(world.post(path, "", "{}").code(), 36_009_004);
}

#[test]
fn orders_keep_references_to_other_systems() {
    let mut world = World::ideal("");
    let orders = [world.buy(&[(0, 1)]), world.buy(&[(0, 1)])];
    let ids = orders.map(|order| world.shop.native_order_id(order));
    let add = |world: &mut World, order: &str, external: &str, line: &str| {
        let body = format!(
            r#"{{"orders":[{{"id":"{order}","external_order":{{"id":"{external}","platform":"SHOPIFY","line_items":[{{"id":"a","origin_id":"{line}"}}]}}}}]}}"#
        );
        let answer = world.post("/order/202406/orders/external_orders", "", &body);
        answer.data()["errors"][0]["code"]
            .as_str()
            .map(str::to_string)
    };
    let lines = ["577000000000000000", "577000000001000000"];
    assert_eq!(add(&mut world, &ids[0], "A1", lines[0]), None);
    assert_eq!(
        add(&mut world, &ids[1], "A1", lines[1]).as_deref(),
        Some("21012001"),
        "one order for each reference"
    );
    assert_eq!(
        add(&mut world, &ids[1], "A2", lines[0]).as_deref(),
        Some("21008111"),
        "another order's line"
    );
    assert_eq!(add(&mut world, &ids[0], "A3", lines[0]), None);
    let search = |world: &mut World, external: &str| {
        let answer = world.post(
            "/order/202406/orders/external_order_search",
            &format!("platform=SHOPIFY&external_order_id={external}"),
            "",
        );
        answer.data()["orders"].clone()
    };
    assert_eq!(search(&mut world, "A3")[0]["id"], ids[0].as_str());
    assert_eq!(search(&mut world, "A1"), serde_json::json!([]), "replaced");
    assert_eq!(add(&mut world, &ids[1], "A1", lines[1]), None);
    let of_order = world.get(
        &format!("/order/202406/orders/{}/external_orders", ids[0]),
        "platform=SHOPIFY",
    );
    let external = &of_order.data()["external_orders"][0];
    assert_eq!(external["id"], "A3");
    assert_eq!(external["line_items"][0]["origin_id"], lines[0]);
    let unknown = world.post(
        "/order/202406/orders/external_order_search",
        "platform=EBAY&external_order_id=1",
        "",
    );
    assert_eq!(unknown.code(), 36_009_004);
}

#[test]
fn price_detail_adds_up() {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(1), 10);
    let order = world.buy(&[(0, 2), (1, 1)]);
    let id = world.shop.native_order_id(order);
    let answer = world.get(&format!("/order/202407/orders/{id}/price_detail"), "");
    assert_eq!(answer.data()["payment"], "30.01");
    let lines = answer.data()["line_items"].as_array().unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["total"], "10.01");
}

#[test]
fn active_shops_need_no_cipher() {
    let mut world = World::ideal("");
    let path = "/seller/202309/shops";
    let query = format!("app_key=6demo0key&timestamp={}", world.seconds());
    let sign = world.signer.request(path, &query, b"");
    let mut request = world.signed(Method::GET, path, "", "");
    *request.uri_mut() = format!("{path}?{query}&sign={sign}").parse().unwrap();
    let answer = world.send(request);
    assert_eq!(answer.data()["shops"][0]["id"], "7490000000000000001");
    assert_eq!(answer.data()["shops"][0]["region"], "GB");
}
