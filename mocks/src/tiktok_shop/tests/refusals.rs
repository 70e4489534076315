//! Every code of docs/platforms/tiktok_shop.md that the shop can be brought to answer, each provoked once, and the envelope
//! around it.

use super::*;

/// Checks that a refusal has its status and code, and nothing but the four members of the envelope.
fn refused(answer: &Answer, status: u16, code: u64) {
    assert_eq!(
        (answer.status, answer.code()),
        (status, code),
        "{}",
        answer.body
    );
    let members: Vec<&str> = answer
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(members, ["code", "data", "message", "request_id"]);
    assert!(answer.body["data"].is_null());
    assert!(!answer.message().is_empty());
    assert_eq!(answer.body["request_id"].as_str().unwrap().len(), 34);
}

#[test]
fn the_gateway_refuses_content_types_and_inactive_shops() {
    let mut world = World::ideal("");
    let path = "/product/202309/inventory/search";
    let mut request = world.signed(Method::POST, path, "", r#"{"sku_ids":["1"]}"#);
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", form);
    refused(&world.send(request), 400, 36_009_022);

    let mut world = World::ideal("[gateway]\nshop_inactive = true");
    refused(
        &world.get("/logistics/202309/warehouses", ""),
        401,
        36_009_043,
    );
    world.get("/authorization/202309/shops", "").data();
    let shops = world.get("/seller/202309/shops", "");
    assert_eq!(shops.data()["shops"], serde_json::json!([]));
}

#[test]
fn token_calls_fail_with_http_200() {
    let mut world = World::ideal("[token]\nrefresh_lifetime = \"1h\"");
    world.now = Micros::from_secs(3_600);
    let call = |world: &mut World, what: &str, secret: &str| {
        world.unsigned(&format!(
            "/api/v2/token/{what}&app_key=6demo0key&app_secret={secret}"
        ))
    };
    let secret = "0123456789abcdef";
    let expired = call(&mut world, "refresh?refresh_token=ROW_refA", secret);
    refused(&expired, 200, 36_004_001);
    let unknown = call(&mut world, "refresh?refresh_token=x", secret);
    refused(&unknown, 200, 36_004_005);
    let code = call(
        &mut world,
        "get?auth_code=x&grant_type=authorized_code",
        secret,
    );
    refused(&code, 200, 36_004_004);
    let grant = "get?auth_code=ROW_demoAuthCode01&grant_type=authorization_code";
    refused(&call(&mut world, grant, secret), 200, 36_009_004);
    let app = call(&mut world, "refresh?refresh_token=ROW_refA", "other");
    refused(&app, 200, 36_009_004);
}

#[test]
fn calls_that_name_too_many_are_refused() {
    let mut world = World::ideal("");
    let many = |count: usize| vec![r#""1""#; count].join(",");
    let inventory = "/product/202309/inventory/search";
    let products = "/product/202502/products/search";
    for (path, query, body, code) in [
        (
            inventory,
            "",
            format!(r#"{{"sku_ids":[{}]}}"#, many(601)),
            12_019_015,
        ),
        (
            inventory,
            "",
            format!(r#"{{"product_ids":[{}]}}"#, many(101)),
            12_019_015,
        ),
        (
            products,
            "page_size=1",
            format!(r#"{{"seller_skus":[{}]}}"#, many(11)),
            12_019_027,
        ),
        (
            products,
            "page_size=1",
            format!(r#"{{"sku_ids":[{}]}}"#, many(11)),
            12_019_087,
        ),
        (
            "/product/202608/inventory/operation/settings",
            "",
            format!(
                r#"{{"seller_id":"1","sku_ids":[{}],"stock_operation_setting":{{"enable_auto_restock":true}}}}"#,
                many(501)
            ),
            12_019_015,
        ),
    ] {
        refused(&world.post(path, query, &body), 200, code);
    }
}

#[test]
fn orders_refuse_what_their_status_forbids() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 2)]);
    let id = world.shop.native_order_id(order);
    let ship = format!("/fulfillment/202309/orders/{id}/packages");
    let body = |rest: &str| {
        format!(r#"{{"tracking_number":"T","shipping_provider_id":"{PROVIDER}"{rest}}}"#)
    };
    let foreign = body(r#","order_line_item_ids":["577000000009000000"]"#);
    refused(&world.post(&ship, "", &foreign), 200, 21_011_002);
    refused(
        &world.post(
            &ship,
            "",
            r#"{"tracking_number":"T","shipping_provider_id":"1"}"#,
        ),
        200,
        11_007_021,
    );
    let cancel = "/return_refund/202602/cancellations";
    let part = r#","order_line_list":[{"order_line_item_id":"577000000009000000"}]"#;
    let request = |rest: &str| format!(r#"{{"order_id":"{id}","cancel_reason":"x"{rest}}}"#);
    refused(&world.post(cancel, "", &request(part)), 200, 25_001_004);
    let foreign = r#"{"order_id":"576460000000000099","cancel_reason":"x"}"#;
    refused(&world.post(cancel, "", foreign), 200, 21_008_111);
    world.post(&ship, "", &body("")).data();
    refused(&world.post(&ship, "", &body("")), 200, 21_011_001);
    refused(&world.post(cancel, "", &request("")), 200, 25_001_001);
    let approve = "/return_refund/202309/cancellations/4030000000000000001/approve";
    refused(&world.post(approve, "", "{}"), 200, 25_001_003);
    let detail = world.get("/order/202507/orders", "ids=1");
    refused(&detail, 200, 21_008_111);
}
