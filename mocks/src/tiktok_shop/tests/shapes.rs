//! Whole answers, byte for byte where the field names are the point.

use super::*;

#[test]
fn an_order_in_detail() {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(1), 5);
    let order = world.buy(&[(0, 2), (1, 1)]);
    world.now = Micros::from_secs(3_600);
    world.ship(order).data();
    let answer = world.get("/order/202507/orders", "ids=576460000000000001");
    insta::assert_json_snapshot!(answer.data());
}

#[test]
fn a_partial_failure() {
    let mut world = World::ideal("");
    let answer = world.post(
        &format!("/product/202309/products/{PRODUCT}/inventory/update"),
        "",
        &format!(
            r#"{{"skus":[{{"id":"{SKU_0}","inventory":[{{"warehouse_id":"7000000000000000009","quantity":1}}]}}]}}"#
        ),
    );
    insta::assert_snapshot!(
        answer.data().to_string(),
        @r#"{"errors":[{"code":12052990,"detail":{"extra_errors":[{"code":12052097,"message":"The warehouse does not exist","warehouse_id":"7000000000000000009"}],"sku_id":"1729000000000000001"},"message":"Check failed"}]}"#
    );
}

#[test]
fn a_throttled_call() {
    let mut world = World::ideal("[limits]\nlight_read = { rate_per_second = 0.5, burst = 1.0 }");
    world.get("/logistics/202309/warehouses", "").data();
    let answer = world.get("/logistics/202309/warehouses", "");
    assert_eq!((answer.status, answer.retry_after), (429, Some(2)));
    let request_id = answer.body["request_id"].as_str().unwrap();
    assert_eq!(request_id.len(), 34);
    assert!(request_id.starts_with("20260101000000"), "{request_id}");
    assert!(answer.body["data"].is_null());
}
