//! What requests name: units by line items and by SKUs, entries of lists, and members of objects by their names.

use serde_json::json;

use super::*;

const CANCEL: &str = "/return_refund/202602/cancellations";
const RETURN: &str = "/return_refund/202602/returns";

/// The id of a unit of the first order.
fn line(unit: u32) -> String {
    (577_000_000_000_000_000_u64 + u64::from(unit)).to_string()
}

/// A shop with an order of three units of one SKU and two of another; shipped where units are asked back.
fn with_order(path: &str) -> (World, String) {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(1), 10);
    let order = world.buy(&[(0, 3), (1, 2)]);
    if path == RETURN {
        world.ship(order).data();
    }
    let id = world.shop.native_order_id(order);
    (world, id)
}

/// Asks for units to be cancelled or returned.
fn ask(world: &mut World, path: &str, id: &str, named: Value) -> Answer {
    let mut body = json!({"order_id": id, "cancel_reason": "x", "return_reason": "x", "return_type": "REFUND"});
    for (name, value) in named.as_object().unwrap() {
        body[name] = value.clone();
    }
    world.post(path, "", &body.to_string())
}

/// How many units a cancellation or return of the first order holds.
fn units(world: &mut World, path: &str) -> usize {
    let answer = world.post(&format!("{path}/search"), "page_size=10", "");
    let (rows, lines) = match path {
        CANCEL => ("cancellations", "cancel_line_items"),
        _ => ("return_orders", "return_line_items"),
    };
    let rows = answer.data()[rows].as_array().unwrap().iter();
    rows.map(|row| row[lines].as_array().unwrap().len()).sum()
}

#[test]
fn units_named_twice_are_refused_and_never_merged() {
    for (path, refused) in [(CANCEL, 25_001_004), (RETURN, 25_002_003)] {
        let (mut world, id) = with_order(path);
        for named in [
            json!({"order_line_item_ids": [line(0), line(1), line(0)]}),
            json!({"order_line_list": [{"order_line_item_id": line(4)}, {"order_line_item_id": line(4)}]}),
            // Three units, of which one is named by its line.
            json!({"skus": [{"sku_id": SKU_0, "quantity": 3}], "order_line_item_ids": [line(2)]}),
            json!({"skus": [{"sku_id": SKU_0, "quantity": 2}, {"sku_id": SKU_0, "quantity": 2}]}),
            json!({"skus": [{"sku_id": SKU_1}, {"sku_id": SKU_1}]}),
            json!({"skus": [{"sku_id": SKU_1, "quantity": 0}]}),
            json!({"skus": [{"sku_id": SKU_1, "quantity": -1}]}),
            json!({"skus": [{"sku_id": SKU_1, "quantity": 3}]}),
            json!({"skus": [{"sku_id": "17", "quantity": 1}]}),
            json!({"order_line_item_ids": [line(5)]}),
            json!({"order_line_item_ids": [format!("+{}", line(0))]}),
        ] {
            let answer = ask(&mut world, path, &id, named.clone());
            assert_eq!((answer.status, answer.code()), (200, refused), "{named}");
        }
        assert_eq!(units(&mut world, path), 0);
    }
}

#[test]
fn rows_of_a_sku_take_units_of_their_own() {
    for path in [CANCEL, RETURN] {
        let (mut world, id) = with_order(path);
        let named = json!({
            "skus": [{"sku_id": SKU_0, "quantity": 1}, {"sku_id": SKU_0, "quantity": 1}],
            "order_line_item_ids": [line(0), line(3)],
        });
        ask(&mut world, path, &id, named).data();
        assert_eq!(units(&mut world, path), 4, "{path}");
        ask(&mut world, path, &id, json!({"skus": [{"sku_id": SKU_1}]})).data();
        assert_eq!(units(&mut world, path), 5, "what is left of the SKU");
    }
}

#[test]
fn both_lists_of_line_items_are_not_mixed_and_rows_have_ids() {
    for path in [CANCEL, RETURN] {
        let (mut world, id) = with_order(path);
        for named in [
            json!({"order_line_item_ids": [line(0)], "order_line_list": [{"order_line_item_id": line(1)}]}),
            json!({"order_line_list": [{}]}),
            json!({"skus": [{"quantity": 1}]}),
        ] {
            let answer = ask(&mut world, path, &id, named.clone());
            assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{named}");
        }
        let named = json!({"order_line_item_ids": [], "order_line_list": [{"order_line_item_id": line(1)}]});
        ask(&mut world, path, &id, named).data();
        assert_eq!(units(&mut world, path), 1);
    }
}

#[test]
fn arrays_stand_for_no_objects() {
    let (mut world, id) = with_order(CANCEL);
    let update = format!("/product/202309/products/{PRODUCT}/inventory/update");
    let stock = json!([[WAREHOUSE_0, 5]]);
    for (path, body) in [
        (CANCEL, json!([id, "x"])),
        (
            CANCEL,
            json!({"order_id": id, "cancel_reason": "x", "skus": [[SKU_0, 1]]}),
        ),
        (
            CANCEL,
            json!({"order_id": id, "cancel_reason": "x", "order_line_list": [[line(0)]]}),
        ),
        (&update, json!([[{"id": SKU_0, "inventory": []}]])),
        (&update, json!({"skus": [[SKU_0, []]]})),
        (
            &update,
            json!({"skus": [{"id": SKU_0, "inventory": stock}]}),
        ),
        ("/order/202309/orders/search", json!(["AWAITING_SHIPMENT"])),
        (
            "/fulfillment/202309/packages/ship",
            json!({"packages": [["1"]]}),
        ),
    ] {
        let answer = world.post(path, "page_size=5", &body.to_string());
        assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{body}");
    }
    assert_eq!((units(&mut world, CANCEL), world.displayed(0)), (0, 7));
}

#[test]
fn null_says_as_much_as_a_list_that_is_left_out() {
    for path in [CANCEL, RETURN] {
        let (mut world, id) = with_order(path);
        let named = json!({"skus": null, "order_line_item_ids": null, "order_line_list": null});
        ask(&mut world, path, &id, named).data();
        assert_eq!(units(&mut world, path), 5, "the whole order");
    }
    let (mut world, _) = with_order(CANCEL);
    for (path, body, rows) in [
        (
            "/order/202309/orders/search",
            json!({"warehouse_ids": null}),
            "orders",
        ),
        ("/order/202309/orders/search", Value::Null, "orders"),
        (
            "/product/202309/inventory/search",
            json!({"sku_ids": [SKU_0], "product_ids": null}),
            "inventory",
        ),
    ] {
        let answer = world.post(path, "page_size=5", &body.to_string());
        assert_eq!(answer.data()[rows].as_array().unwrap().len(), 1, "{body}");
    }
}

#[test]
fn a_shipment_has_one_tracking_number_and_drops_none() {
    let (mut world, id) = with_order(CANCEL);
    let path = format!("/fulfillment/202610/orders/{id}/packages");
    let info = |number: &str| json!({"tracking_number": number, "shipping_provider_id": PROVIDER});
    for (infos, lines) in [
        (json!([]), json!([{"order_line_id": line(0)}])),
        (
            json!([info("T1"), info("T2")]),
            json!([{"order_line_id": line(0)}]),
        ),
        (json!([info("T1")]), json!([{"order_line_id": line(0)}, {}])),
        (json!([info(" ")]), json!([{"order_line_id": line(0)}])),
    ] {
        let body = json!({"shipping_info_list": infos, "order_line_list": lines});
        let answer = world.post(&path, "", &body.to_string());
        assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{body}");
    }
    assert_eq!(world.order_status(OrderRef(0)), "AWAITING_SHIPMENT");
    let body = json!({"shipping_info_list": [info("T1")], "order_line_list": [{"order_line_id": line(0)}]});
    world.post(&path, "", &body.to_string()).data();
}

#[test]
fn integers_are_plain_digits() {
    let (mut world, id) = with_order(CANCEL);
    for (path, query) in [
        ("/order/202309/orders/search", "page_size=%2B5"),
        ("/order/202309/orders/search", "page_size=05"),
        ("/order/202309/orders/search", "page_size=5.0"),
        ("/return_refund/202602/returns/search", "page_size=%2B5"),
    ] {
        let answer = world.post(path, query, "{}");
        assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{query}");
    }
    let prices = |id: &str| format!("/order/202407/orders/{id}/price_detail");
    world.get(&prices(&id), "").data();
    for other in [format!("0{id}"), format!("%2B{id}")] {
        assert_ne!(world.get(&prices(&other), "").code(), 0, "{other}");
    }
    let mut request = world.signed(Method::GET, "/logistics/202309/warehouses", "", "");
    let query = format!(
        "app_key=6demo0key&timestamp=%2B{}&shop_cipher=ROW_demoCipher01",
        world.seconds()
    );
    let sign = world
        .signer
        .request("/logistics/202309/warehouses", &query, b"");
    *request.uri_mut() =
        format!("http://127.0.0.1:9/logistics/202309/warehouses?{query}&sign={sign}")
            .parse()
            .unwrap();
    let answer = world.send(request);
    assert_eq!(answer.status, 400);
    assert!(
        answer.message().contains("timestamp"),
        "{}",
        answer.message()
    );
}

#[test]
fn webhooks_go_to_ports_that_exist() {
    let mut world = World::ideal("");
    for (address, code) in [
        ("http://127.0.0.1:65535/hook", 0),
        ("http://127.0.0.1:65536/hook", 36_009_004),
        ("http://127.0.0.1:99999/hook", 36_009_004),
        ("http://127.0.0.1:0/hook", 36_009_004),
        ("http:///hook", 36_009_004),
    ] {
        let body = json!({"address": address, "event_type": "ORDER_STATUS_CHANGE"}).to_string();
        let request = world.signed(Method::PUT, "/event/202309/webhooks", "", &body);
        assert_eq!(world.send(request).code(), code, "{address}");
    }
}
