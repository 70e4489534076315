//! Filters that have none of their values, and page tokens of other lists.

use super::*;

#[test]
fn a_filter_has_one_of_its_values() {
    let mut world = World::ideal("");
    let statuses =
        "ALL,DRAFT,PENDING,FAILED,ACTIVATE,SELLER_DEACTIVATED,PLATFORM_DEACTIVATED,FREEZE,DELETED";
    for (path, wrong, right, text) in [
        (
            "/order/202309/orders/search",
            r#"{"shipping_type":"FOO"}"#,
            &[r#"{"shipping_type":"TIKTOK"}"#, r#"{"shipping_type":""}"#][..],
            "ShippingType is invalid, allowed values: TIKTOK,SELLER,TIKTOK_DIGITAL.",
        ),
        (
            "/product/202502/products/search",
            r#"{"status":"activate"}"#,
            &[r#"{"status":"FREEZE"}"#, r#"{"status":""}"#],
            &format!("Status is invalid, allowed values: {statuses}."),
        ),
        (
            "/fulfillment/202309/packages/search",
            r#"{"package_status":"SHIPPED"}"#,
            &[
                r#"{"package_status":"CANCELLED"}"#,
                r#"{"package_status":""}"#,
            ],
            "PackageStatus is invalid, allowed values: TO_FULFILL,PROCESSING,FULFILLING,COMPLETED,CANCELLED.",
        ),
        (
            "/return_refund/202309/cancellations/search",
            r#"{"cancel_status":["CANCELLATION_REQUEST_PENDING","FOO"]}"#,
            &[
                r#"{"cancel_status":["CANCELLATION_REQUEST_COMPLETE"]}"#,
                r#"{"cancel_status":[]}"#,
            ],
            "CancelStatus is invalid, allowed values: CANCELLATION_REQUEST_PENDING,CANCELLATION_REQUEST_SUCCESS,CANCELLATION_REQUEST_COMPLETE,CANCELLATION_REQUEST_CANCEL.",
        ),
    ] {
        let answer = world.post(path, "page_size=5", wrong);
        assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{wrong}");
        assert_eq!(answer.message(), text);
        for body in right {
            world.post(path, "page_size=5", body).data();
        }
    }
}

#[test]
fn values_are_held_against_their_lists_wherever_they_are_named() {
    let mut world = World::ideal("[orders]\npackages_up_front = true");
    let order = world.buy(&[(0, 1)]);
    let id = world.shop.native_order_id(order);
    let shown = world.get("/order/202507/orders", &format!("ids={id}"));
    let package = shown.data()["orders"][0]["packages"][0]["id"].clone();
    let ship = format!(
        "/fulfillment/202309/packages/{}/ship",
        package.as_str().unwrap()
    );
    let returns = "/return_refund/202602/returns";
    let search = format!("{returns}/search");
    let create = format!(r#"{{"order_id":"{id}","return_reason":"x","return_type":"EXCHANGE"}}"#);
    let service = format!(r#"{{"order_id":"{id}","shipping_service_id":"9"}}"#);
    for (path, query, body, text) in [
        (
            search.as_str(),
            "page_size=5",
            r#"{"return_types":["REFUND","LOAN"]}"#,
            "ReturnTypes is invalid",
        ),
        (
            search.as_str(),
            "page_size=5",
            r#"{"return_status":["DONE"]}"#,
            "ReturnStatus is invalid",
        ),
        (
            search.as_str(),
            "page_size=5&sort_field=price",
            "{}",
            "SortField is invalid",
        ),
        (
            "/return_refund/202602/cancellations/search",
            "sort_order=asc",
            "{}",
            "SortOrder is invalid",
        ),
        (
            "/return_refund/202602/cancellations/search",
            "",
            r#"{"cancel_types":["SELLER_CANCEL"]}"#,
            "CancelTypes is invalid",
        ),
        (
            "/order/202309/orders/search",
            "page_size=5&sort_order=UP",
            "{}",
            "SortOrder is invalid",
        ),
        (
            "/fulfillment/202309/packages/search",
            "page_size=5&sort_field=id",
            "{}",
            "SortField is invalid",
        ),
        (returns, "", create.as_str(), "ReturnType is invalid"),
        (
            ship.as_str(),
            "",
            r#"{"handover_method":"PIGEON"}"#,
            "HandoverMethod is invalid",
        ),
        (
            "/fulfillment/202309/packages",
            "",
            service.as_str(),
            "ShippingServiceId is invalid",
        ),
    ] {
        let answer = world.post(path, query, body);
        assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{body}");
        assert!(answer.message().starts_with(text), "{}", answer.message());
    }
    for query in [
        "sort_field=order_pay_time&sort_order=ASC",
        "sort_field=&sort_order=",
    ] {
        let query = format!("page_size=5&{query}");
        world
            .post("/fulfillment/202309/packages/search", &query, "{}")
            .data();
    }
    world
        .post(
            &search,
            "",
            r#"{"return_status":["EXCHANGE_REQUEST_PENDING"]}"#,
        )
        .data();
    assert_eq!(world.order_status(order), "AWAITING_SHIPMENT");
}

#[test]
fn a_page_token_is_good_in_its_own_list_only() {
    let mut world = World::ideal("[orders]\ncancel_auto_approve = \"24h\"");
    for _ in 0..2 {
        let shipped = world.buy(&[(0, 1)]);
        world.ship(shipped).data();
        let asked =
            world
                .shop
                .request_return(world.now, shipped, &[], super::super::ReturnType::Refund);
        asked.unwrap();
        let waiting = world.buy(&[(0, 1)]);
        world.shop.cancel_by_buyer(world.now, waiting);
        world.drain();
    }
    let lists = [
        "/order/202309/orders/search",
        "/product/202502/products/search",
        "/fulfillment/202309/packages/search",
        "/return_refund/202602/cancellations/search",
        "/return_refund/202602/returns/search",
    ];
    for own in lists {
        let answer = world.post(own, "page_size=1", "{}");
        let token = answer.data()["next_page_token"].as_str().unwrap();
        assert_ne!(token, "", "{own}");
        let query = format!("page_size=1&page_token={}", token.replace('+', "%2B"));
        for list in lists {
            let answer = world.post(list, &query, "{}");
            if list == own {
                answer.data();
            } else if !(lists[..2].contains(&own) && lists[..2].contains(&list)) {
                // Tokens of orders and products are not told apart.
                assert_eq!((answer.status, answer.code()), (400, 36_009_004), "{list}");
                assert_eq!(answer.message(), "Invalid parameter: page_token");
            }
        }
    }
}
