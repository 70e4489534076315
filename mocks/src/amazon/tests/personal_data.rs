//! What orders tell of addresses and persons, and to whom.

use serde_json::json;

use super::*;
use crate::core::ActOutcome;

/// An order of each kind of fulfilment, open and cancelled: what both versions tell of where it goes and to whom.
#[test]
fn an_address_is_told_of_orders_that_may_ship_and_what_is_personal_to_tokens_alone() {
    let mut bench = Bench::new(ideal());
    bench.open_with(9);
    let open = bench.order(1);
    let gone = bench.order(1);
    assert_eq!(
        bench.amazon.cancel_by_seller(bench.now, gone),
        ActOutcome::Done
    );
    bench.open_with(0);
    bench.amazon.set_fba_stock(LISTING, 2);
    let by_amazon = bench.order(1);
    let seller = bench.token.clone();
    for (order, has_address, is_mine) in [
        (open, true, true),
        (gone, false, true),
        (by_amazon, true, false),
    ] {
        let id = bench.amazon.native_order_id(order);
        let path = format!("/orders/v0/orders/{id}");
        let plain = bench.get(&path)["payload"].clone();
        let expected = json!({"City": "Exampletown", "PostalCode": "48110", "CountryCode": "US"});
        let expected = if has_address { expected } else { Value::Null };
        assert_eq!(plain["ShippingAddress"], expected, "{id}");
        for name in ["EarliestShipDate", "LatestShipDate"] {
            assert_eq!(plain[name].is_string(), is_mine, "{id} {name}");
        }
        let resources: Vec<Value> = [(path.as_str(), true), (&format!("{path}/address"), false)]
            .into_iter()
            .map(|(path, with_elements)| {
                let mut resource = json!({"method": "GET", "path": path});
                if with_elements {
                    resource["dataElements"] = json!(["shippingAddress", "buyerInfo"]);
                }
                resource
            })
            .collect();
        let body = json!({"restrictedResources": resources}).to_string();
        let (_, made) = bench.call("POST", "/tokens/2021-03-01/restrictedDataToken", &body);
        bench.token = made["restrictedDataToken"].as_str().unwrap().to_owned();
        let personal = bench.get(&path)["payload"]["ShippingAddress"].clone();
        let alone = bench.get(&format!("{path}/address"))["payload"]["ShippingAddress"].clone();
        assert_eq!(personal, alone);
        assert_eq!(personal["AddressLine1"].is_string(), has_address);
        assert_eq!(
            personal["Phone"].is_string(),
            has_address && is_mine,
            "{id}"
        );
        bench.token = seller.clone();
        let newer = format!("/orders/2026-01-01/orders/{id}?includedData=BUYER,RECIPIENT");
        let newer = bench.get(&newer)["order"].clone();
        let address = &newer["recipient"]["deliveryAddress"];
        for (theirs, ours) in [
            ("name", "Name"),
            ("addressLine1", "AddressLine1"),
            ("city", "City"),
            ("postalCode", "PostalCode"),
            ("countryCode", "CountryCode"),
            ("phone", "Phone"),
        ] {
            assert_eq!(address[theirs], personal[ours], "{id} {theirs}");
        }
        assert_eq!(
            newer["buyer"]["buyerName"],
            format!("Buyer {}", order.0 + 1)
        );
        assert_eq!(newer["buyer"]["buyerEmail"].is_string(), is_mine, "{id}");
        let bare = bench.get(&format!("/orders/2026-01-01/orders/{id}"));
        assert!(bare["order"]["buyer"].is_null() && bare["order"]["recipient"].is_null());
    }
}

#[test]
fn a_restricted_token_for_orders_says_which_data_it_is_for() {
    let mut bench = Bench::new(ideal());
    bench.open_with(2);
    let order = bench.order(1);
    let id = bench.amazon.native_order_id(order);
    let orders = "/orders/v0/orders";
    for (path, needed) in [
        (orders.to_owned(), true),
        (format!("{orders}/{id}"), true),
        (format!("{orders}/{{orderId}}/orderItems"), true),
        (format!("{orders}/{id}/address"), false),
        (format!("{orders}/{{orderId}}/buyerInfo"), false),
        (format!("{orders}/{id}/orderItems/buyerInfo"), false),
    ] {
        for elements in [None, Some(json!([])), Some(json!(["buyerInfo"]))] {
            let mut resource = json!({"method": "GET", "path": path});
            let is_named = elements.as_ref().is_some_and(|it| it != &json!([]));
            if let Some(elements) = elements {
                resource["dataElements"] = elements;
            }
            let body = json!({"restrictedResources": [resource]}).to_string();
            let (status, answer) =
                bench.call("POST", "/tokens/2021-03-01/restrictedDataToken", &body);
            let expected = if needed && !is_named { 400 } else { 200 };
            assert_eq!(status, expected, "{body}: {answer}");
            if status == 400 {
                assert_eq!(answer["errors"][0]["details"], "dataElements: required.");
            }
        }
    }
}
