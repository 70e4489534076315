//! Calls about orders that are filtered or refused.

use super::*;

#[test]
fn get_orders_filters_by_the_sellers_id_by_the_buyer_and_by_payment() {
    let mut profile = ideal();
    profile.authorization.restricted_operations_need_token = false;
    let mut bench = Bench::new(profile);
    bench.open_with(9);
    let orders: Vec<OrderRef> = (0..3).map(|_| bench.order(1)).collect();
    bench.pass(3_600);
    bench.log_in();
    let base = format!("/orders/v0/orders?MarketplaceIds={US}&CreatedAfter=2026-11-23T00:00:00Z");
    let second = bench.amazon.native_order_id(orders[1]).to_string();
    let ids = |body: Value| -> Vec<String> {
        let orders = body["payload"]["Orders"].as_array().unwrap().clone();
        orders
            .iter()
            .map(|order| order["AmazonOrderId"].as_str().unwrap().to_owned())
            .collect()
    };
    for (filter, expected) in [
        (format!("SellerOrderId={second}"), vec![second.clone()]),
        ("SellerOrderId=own-7".to_owned(), vec![]),
        (
            "BuyerEmail=buyer-2%40marketplace.example".to_owned(),
            vec![second.clone()],
        ),
        ("BuyerEmail=nobody%40marketplace.example".to_owned(), vec![]),
        ("PaymentMethods=COD,CVS".to_owned(), vec![]),
        ("IsISPU=true".to_owned(), vec![]),
    ] {
        assert_eq!(
            ids(bench.get(&format!("{base}&{filter}"))),
            expected,
            "{filter}"
        );
    }
    for filter in [
        "PaymentMethods=Other,COD",
        "IsISPU=False",
        "ElectronicInvoiceStatuses=NotRequired",
    ] {
        assert_eq!(
            ids(bench.get(&format!("{base}&{filter}"))).len(),
            3,
            "{filter}"
        );
    }
    for filter in [
        "PaymentMethods=Shells".to_owned(),
        format!("SellerOrderId={second}&OrderStatuses=Unshipped"),
        format!("SellerOrderId={second}&BuyerEmail=buyer-2%40marketplace.example"),
    ] {
        assert_eq!(
            bench.call("GET", &format!("{base}&{filter}"), "").0,
            400,
            "{filter}"
        );
    }
}

#[test]
fn a_confirmation_is_refused_in_the_words_of_orders() {
    let mut bench = Bench::new(ideal());
    bench.open_with(9);
    let order = bench.order(1);
    let id = bench.amazon.native_order_id(order).to_string();
    let path = format!("/orders/v0/orders/{id}/shipmentConfirmation");
    let whole = serde_json::json!({"marketplaceId": US, "packageDetail": {
        "packageReferenceId": "1", "carrierCode": "UPS", "trackingNumber": "1Z",
        "shipDate": "2026-11-23T12:00:00Z", "orderItems": [{"orderItemId": "7", "quantity": 1}],
    }});
    let with = |name: &str, value: Value| {
        let mut body = whole.clone();
        body["packageDetail"][name] = value;
        body.to_string()
    };
    for (body, message) in [
        (
            whole.to_string(),
            "OrderItemId is invalid, please obtain the value through the getOrderItems API or Manage Orders page",
        ),
        (
            with("packageReferenceId", 1.into()),
            "The input you have submitted is not valid. Please check the fields with invalid type [packageDetail.packageReferenceId].",
        ),
        (
            with("carrierCode", Value::Null),
            "The input you have submitted is not valid. Please check your input and try again.",
        ),
        (
            with("packageReferenceId", "-4".into()),
            "PackageReferenceId: is invalid, must be a positive numeric value.",
        ),
        (
            "[".to_owned(),
            "The input you have submitted is not valid. Please check your input and try again.",
        ),
    ] {
        let (status, answer) = bench.call("POST", &path, &body);
        assert_eq!(
            (status, &answer["errors"][0]["message"]),
            (400, &message.into()),
            "{body}"
        );
    }
    assert_eq!(bench.confirm(order, "1", 1).0, 204);
    let (_, answer) = bench.confirm(order, "2", 1);
    let error = &answer["errors"][0];
    assert_eq!(error["code"], "InvalidInput");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("errorMetric=PackageToUpdateNotFound")
    );
}

#[test]
fn filters_of_get_orders_have_the_values_that_the_model_lists() {
    let mut bench = Bench::new(ideal());
    bench.open_with(9);
    let order = bench.order(1);
    bench.pass(600);
    let id = bench.amazon.native_order_id(order);
    let base = format!("/orders/v0/orders?MarketplaceIds={US}");
    let window = format!("{base}&CreatedAfter=2026-11-23T00:00:00Z");
    for (filter, found) in [
        ("EasyShipShipmentStatuses=PickedUp,Lost".to_owned(), 0),
        (
            "ElectronicInvoiceStatuses=NotRequired,Errored".to_owned(),
            1,
        ),
        ("ElectronicInvoiceStatuses=Processing".to_owned(), 0),
        ("LatestDeliveryDateAfter=2026-11-23T00:00:00Z".to_owned(), 1),
        (format!("AmazonOrderIds={id}"), 1),
    ] {
        let body = bench.get(&format!("{window}&{filter}"));
        let orders = body["payload"]["Orders"].as_array().unwrap();
        assert_eq!(orders.len(), found, "{filter}");
    }
    for wrong in [
        "EasyShipShipmentStatuses=PickedUp,Thrown",
        "ElectronicInvoiceStatuses=Torn",
        "IsISPU=maybe",
        "EarliestDeliveryDateBefore=soon",
        "LatestDeliveryDateAfter=2026-11-23T00:00:00%2B99:99",
        "AmazonOrderIds=12-34",
        "OrderStatuses=Cancelled",
        "FulfillmentChannels=FBA",
        "LastUpdatedBefore=2026-11-23T09:00:00Z",
    ] {
        let (status, answer) = bench.call("GET", &format!("{window}&{wrong}"), "");
        assert_eq!(status, 400, "{wrong}: {answer}");
    }
    let items = format!("/orders/v0/orders/{id}/orderItems");
    assert!(bench.get(&items)["payload"]["NextToken"].is_null());
    let listed = bench.get(&format!("{window}&MaxResultsPerPage=1"));
    assert!(listed["payload"]["NextToken"].is_null());
    for token in ["x", "AAAA"] {
        let (status, answer) = bench.call("GET", &format!("{items}?NextToken={token}"), "");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert_eq!(status, 400);
        assert!(
            message.starts_with("We could not decode your NextToken."),
            "{message}"
        );
    }
}
