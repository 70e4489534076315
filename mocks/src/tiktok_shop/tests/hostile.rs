//! Whatever arrives is answered; nothing panics.

use super::*;
use proptest::prelude::*;

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        "/[ -~]{0,40}",
        Just("/order/202309/orders".to_string()),
        Just("/order/202309/orders/search".to_string()),
        Just("/product/202502/products/search".to_string()),
        Just("/product/202309/inventory/search".to_string()),
        Just("/return_refund/202602/cancellations".to_string()),
        Just("/return_refund/202602/cancellations/search".to_string()),
        Just("/fulfillment/202309/packages/search".to_string()),
        "[0-9]{1,20}".prop_map(|id| format!("/product/202309/products/{id}/inventory/update")),
        "[0-9]{1,20}".prop_map(|id| format!("/fulfillment/202610/orders/{id}/packages")),
        "[0-9]{1,20}".prop_map(|id| format!("/fulfillment/202309/packages/{id}/ship")),
        "[0-9]{1,20}".prop_map(|id| format!("/return_refund/202309/returns/{id}/approve")),
        Just("/return_refund/202602/returns".to_string()),
        Just("/return_refund/202602/returns/search".to_string()),
        Just("/fulfillment/202309/packages/ship".to_string()),
        Just("/fulfillment/202512/packages".to_string()),
        Just("/order/202406/orders/external_orders".to_string()),
        Just("/product/202309/products/deactivate".to_string()),
        Just("/product/202608/inventory/operation/settings".to_string()),
        Just("/event/202309/webhooks".to_string()),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![
        Just("\"576460000000000001\"".to_string()),
        Just(format!("\"{SKU_0}\"")),
        any::<i64>().prop_map(|n| n.to_string()),
        Just("null".to_string()),
        Just("[]".to_string()),
    ];
    let key = prop::sample::select(vec![
        "order_id",
        "orders",
        "packages",
        "product_ids",
        "ship_type",
        "return_type",
        "return_reason",
        "decision",
        "skus",
        "sku_ids",
        "create_time_ge",
        "update_time_lt",
        "order_status",
        "cancel_reason",
        "tracking_number",
        "shipping_provider_id",
        "event_type",
        "address",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        prop::collection::vec((key, id), 0..4).prop_map(|pairs| {
            let pairs: Vec<String> = pairs
                .into_iter()
                .map(|(key, value)| format!("\"{key}\":{value}"))
                .collect();
            format!("{{{}}}", pairs.join(",")).into_bytes()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn arbitrary_requests_are_answered(
        path in path(),
        query in "[ -~]{0,40}",
        header in prop::collection::vec(any::<u8>(), 0..20),
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH]),
        body in body(),
        sign in any::<bool>(),
        page_size in prop::option::of(0u32..200),
    ) {
        let mut world = World::ideal("");
        world.buy(&[(0, 1)]);
        let mut request = Request::new(body.clone());
        *request.method_mut() = method;
        let page = page_size.map_or(String::new(), |size| format!("page_size={size}&"));
        let query = format!("app_key=6demo0key&timestamp={EPOCH_SECONDS}&shop_cipher=ROW_demoCipher01&{page}{query}");
        let Ok(uri) = format!("{path}?{query}").parse::<http::Uri>() else { return Ok(()) };
        let signature = world.signer.request(uri.path(), uri.query().unwrap_or(""), &body);
        let signed = format!("{}?{}&sign={signature}", uri.path(), uri.query().unwrap_or(""));
        *request.uri_mut() = if sign { signed.parse().unwrap() } else { uri };
        if let Ok(value) = http::HeaderValue::from_bytes(&header) {
            request.headers_mut().insert("content-type", value);
        }
        if sign {
            request.headers_mut().insert("x-tts-access-token", "ROW_tokA".parse().unwrap());
            request.headers_mut().remove("content-type");
        }
        let answer = world.send(request);
        prop_assert!(answer.body["code"].is_u64(), "{}", answer.body);
    }

    #[test]
    fn foreign_deliveries_and_orders_are_passed_over(id in any::<u64>(), order in any::<u32>()) {
        let mut world = World::ideal("");
        world.shop.handle(world.now, Input::Delivered { delivery: DeliveryId(id), outcome: DeliveryOutcome::Failed });
        let order = OrderRef(order);
        prop_assert_ne!(world.shop.pay(world.now, order), crate::core::ActOutcome::Done);
        prop_assert_ne!(world.shop.return_units(world.now, order, 3, 1, true), crate::core::ActOutcome::Done);
        prop_assert!(world.drain().is_none());
        prop_assert_eq!(world.shop.order_ref(&id.to_string()), None);
    }
}
