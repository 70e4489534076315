//! How packages are told, and what becomes of them when their order is cancelled.

use std::collections::BTreeSet;

use super::*;

fn names(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn shown(world: &mut World, order: OrderRef) -> Value {
    let id = world.shop.native_order_id(order);
    let answer = world.get("/order/202507/orders", &format!("ids={id}"));
    answer.data()["orders"][0].clone()
}

#[test]
fn detail_and_search_name_id_and_status_differently() {
    let mut world = World::ideal("");
    world.shop.open_with(ListingIndex(1), 5);
    let order = world.buy(&[(0, 1), (1, 2)]);
    world.ship(order).data();
    let found = world.post("/fulfillment/202309/packages/search", "page_size=1", "");
    let row = &found.data()["packages"][0];
    let both = [
        "create_time",
        "order_line_item_ids",
        "orders",
        "shipping_provider_id",
        "shipping_provider_name",
        "tracking_number",
        "update_time",
    ];
    let with = |more: &[&'static str]| both.iter().chain(more).copied().collect::<BTreeSet<_>>();
    assert_eq!(names(row), with(&["id", "status"]));
    let id = row["id"].as_str().unwrap();
    let detail = world.get(&format!("/fulfillment/202309/packages/{id}"), "");
    let detail = detail.data();
    assert_eq!(
        names(detail),
        with(&[
            "delivery_option_id",
            "delivery_option_name",
            "has_multi_skus",
            "note_tag",
            "package_id",
            "package_status",
            "package_sub_status",
            "shipping_type",
            "split_and_combine_tag",
            "warehouse_id",
        ])
    );
    assert_eq!(detail["package_id"], row["id"]);
    assert_eq!(
        (&detail["package_status"], &row["status"]),
        (&"PROCESSING".into(), &"PROCESSING".into())
    );
    assert_eq!(detail["package_sub_status"], "RTS");
    assert_eq!(detail["has_multi_skus"], true);
    assert_eq!(detail["split_and_combine_tag"], "DEFAULT");
    for name in both {
        assert_eq!(detail[name], row[name], "{name}");
    }
}

#[test]
fn a_part_of_an_order_is_a_split_package() {
    let mut world = World::ideal("");
    let order = world.buy(&[(0, 3)]);
    let id = world.shop.native_order_id(order);
    let part = format!(
        r#"{{"tracking_number":"T1","shipping_provider_id":"{PROVIDER}","order_line_item_ids":["577000000000000002"]}}"#
    );
    let path = format!("/fulfillment/202309/orders/{id}/packages");
    let first = world.post(&path, "", &part);
    let package = first.data()["package_id"].as_str().unwrap().to_string();
    let detail = world.get(&format!("/fulfillment/202309/packages/{package}"), "");
    assert_eq!(detail.data()["split_and_combine_tag"], "SPLIT");
    assert_eq!(detail.data()["has_multi_skus"], false);
    assert_eq!(
        detail.data()["order_line_item_ids"],
        serde_json::json!(["577000000000000002"])
    );
}

#[test]
fn a_package_made_up_front_outlives_its_order() {
    let up_front = "[orders]\nhold = \"1h\"\npackages_up_front = true";
    let mut world = World::ideal(up_front);
    let order = world.buy(&[(0, 2)]);
    assert_eq!(shown(&mut world, order).get("packages"), None, "on hold");
    world.run_for(Micros::from_secs(3_600));
    let before = shown(&mut world, order);
    let package = before["packages"][0]["id"].as_str().unwrap().to_string();
    let path = format!("/fulfillment/202309/packages/{package}");
    assert_eq!(world.get(&path, "").data()["package_status"], "TO_FULFILL");
    world.shop.cancel_by_seller(world.now, order);
    world.drain();
    let after = shown(&mut world, order);
    assert_eq!(after["status"], "CANCELLED");
    assert_eq!(after["packages"], before["packages"]);
    for line in after["line_items"].as_array().unwrap() {
        assert_eq!(line["package_id"], package.as_str());
        assert_eq!(line["package_status"], "CANCELLED");
    }
    let detail = world.get(&path, "");
    assert_eq!(detail.data()["package_status"], "CANCELLED");
    assert_eq!(detail.data()["package_sub_status"], "CANCELLED");

    // One that never waited to be shipped never had a package.
    let mut world = World::ideal(up_front);
    let order = world.buy(&[(0, 2)]);
    assert_ne!(world.get(&path, "").code(), 0, "none is made on hold");
    world.shop.cancel_by_buyer(world.now, order);
    world.drain();
    let after = shown(&mut world, order);
    assert_eq!(
        (after["status"].as_str(), after.get("packages")),
        (Some("CANCELLED"), None)
    );
    assert_ne!(world.get(&path, "").code(), 0);
}
