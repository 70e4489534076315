//! The main flow from end to end.

use super::*;
use crate::core::{CallOutcome, Cause};

#[test]
fn authenticate_hear_read_write_ship_and_be_throttled() {
    let mut world = World::ideal("[limits]\nwrite = { rate_per_second = 0.25, burst = 4.0 }");
    world.now = Micros::from_secs(60);

    // Authenticate: a code once, absolute expiry times.
    let login = "/api/v2/token/get?app_key=6demo0key&app_secret=0123456789abcdef&auth_code=ROW_demoAuthCode01&grant_type=authorized_code";
    let answer = world.unsigned(login);
    let tokens = answer.data();
    assert_eq!(
        tokens["access_token_expire_in"],
        world.seconds() + 7 * 86_400
    );
    world.token = tokens["access_token"].as_str().unwrap().to_string();
    assert_eq!(world.unsigned(login).code(), 36_004_004);
    let shops = world.get("/authorization/202309/shops", "");
    assert_eq!(shops.data()["shops"][0]["cipher"], "ROW_demoCipher01");

    // Register, sell, hear.
    world.subscribe("ORDER_STATUS_CHANGE");
    let order = world.buy(&[(0, 2)]);
    assert_eq!(
        world.facts.last(),
        Some(&Fact::Displayed {
            listing: ListingIndex(0),
            from: 10,
            to: 8,
            cause: Cause::Checkout(order)
        })
    );
    let bodies = world.receive(DeliveryOutcome::Answered(200));
    let order_id = world.shop.native_order_id(order);
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["type"], 1);
    assert_eq!(bodies[0]["data"]["order_id"], order_id.as_str());
    assert_eq!(bodies[0]["data"]["order_status"], "AWAITING_SHIPMENT");

    // Read by detail: one line item for each unit.
    let detail = world.get("/order/202309/orders", &format!("ids={order_id}"));
    let lines = detail.data()["orders"][0]["line_items"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["seller_sku"], "SKU-000");
    assert_ne!(lines[0]["id"], lines[1]["id"]);

    // Read by search, page by page.
    for _ in 0..4 {
        world.buy(&[(0, 1)]);
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = world.post(
            "/order/202309/orders/search",
            &format!("page_size=2&sort_field=update_time&sort_order=ASC&page_token={token}"),
            "",
        );
        let data = page.data();
        assert_eq!(data["total_count"], 5);
        seen.extend(
            data["orders"]
                .as_array()
                .unwrap()
                .iter()
                .map(|order| order["id"].as_str().unwrap().to_string()),
        );
        token = data["next_page_token"]
            .as_str()
            .unwrap()
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        if token.is_empty() {
            break;
        }
    }
    let expected: Vec<String> = (0..5)
        .map(|n| world.shop.native_order_id(OrderRef(n)))
        .collect();
    assert_eq!(seen, expected);

    // Write stock and read it back.
    assert_eq!(world.displayed(0), 4);
    assert_eq!(*world.set_stock(SKU_0, 40).data(), serde_json::json!({}));
    let stock = world.post(
        "/product/202309/inventory/search",
        "",
        &format!(r#"{{"sku_ids":["{SKU_0}"]}}"#),
    );
    let sku = &stock.data()["inventory"][0]["skus"][0];
    assert_eq!(sku["total_available_quantity"], 40);
    assert_eq!(sku["total_committed_quantity"], 6);

    // Confirm the shipment.
    let shipped = world.ship(order);
    assert_eq!(
        shipped.data()["order_line_item_ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert!(world.facts.contains(&Fact::FulfillmentConfirmed {
        order,
        units: 2,
        complete: true,
        late: false
    }));
    assert_eq!(world.order_status(order), "AWAITING_COLLECTION");

    // Throttled after four writes; let in again after exactly four seconds.
    assert_eq!(world.set_stock(SKU_0, 41).code(), 0);
    let throttled = world.set_stock(SKU_0, 42);
    assert_eq!(
        (throttled.status, throttled.code(), throttled.retry_after),
        (429, 36_009_002, Some(4))
    );
    assert!(matches!(
        world.facts.last(),
        Some(Fact::Call {
            operation: "inventory/update",
            outcome: CallOutcome::Throttled,
            ..
        })
    ));
    world.now += Micros(3_999_999);
    assert_eq!(world.set_stock(SKU_0, 42).code(), 36_009_002);
    world.now += Micros(1);
    assert_eq!(world.set_stock(SKU_0, 42).code(), 0);
    assert_eq!(world.displayed(0), 42);
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let run = || {
        let mut world = World::open("tiktok-default", "", 2);
        world.subscribe("ORDER_STATUS_CHANGE");
        for _ in 0..5 {
            world.buy(&[(0, 1)]);
            world.run_for(Micros::from_secs(1_000));
        }
        let search = world.post("/order/202309/orders/search", "page_size=50", "");
        (
            search.at,
            search.body.to_string(),
            format!("{:?}", world.facts),
            world.deliveries.len(),
        )
    };
    assert_eq!(run(), run());
}

#[test]
fn a_new_grant_makes_used_up_credentials_good_again() {
    let mut world = World::ideal("");
    world.now = Micros::from_secs(3_600);
    let login = "/api/v2/token/get?app_key=6demo0key&app_secret=0123456789abcdef&auth_code=ROW_demoAuthCode01&grant_type=authorized_code";
    let refresh = "/api/v2/token/refresh?app_key=6demo0key&app_secret=0123456789abcdef&refresh_token=ROW_refA&grant_type=refresh_token";
    assert_eq!(
        world.unsigned(login).code(),
        36_004_004,
        "codes live half an hour"
    );
    assert_eq!(world.unsigned(refresh).code(), 0);
    assert_eq!(
        world.unsigned(refresh).code(),
        36_004_005,
        "refresh tokens rotate"
    );

    world.shop.grant_anew(world.now);
    assert_eq!(world.unsigned(refresh).code(), 0);
    let answer = world.unsigned(login);
    assert_eq!(answer.code(), 0);
    assert_eq!(
        answer.data()["access_token_expire_in"],
        world.seconds() + 7 * 86_400
    );
    assert_eq!(world.unsigned(login).code(), 36_004_004, "still only once");
}
