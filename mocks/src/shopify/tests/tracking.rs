//! Where shipments of carriers that the platform knows can be followed (docs/platforms/shopify.md 7).

use serde_json::{Value, json};

use super::Bench;
use super::webhooks::CREATE;

const SHIPMENT: &str = "gid://shopify/Fulfillment/9001000000001";

/// A shop whose first order has shipped with tracking.
fn shipped(tracking: &Value) -> (Bench, Value) {
    let mut bench = Bench::ideal();
    let input = json!({"uri": "http://hook.test/x"});
    let subscribed = bench.graphql(
        CREATE,
        json!({"topic": "FULFILLMENTS_CREATE", "input": input}),
    );
    assert_eq!(
        subscribed["data"]["webhookSubscriptionCreate"]["userErrors"],
        json!([])
    );
    bench.checkout(&[(0, 2)]);
    let ship = "mutation($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { trackingInfo { company number url } } userErrors { message } } }";
    let order = json!([{"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/9701000000001"}]);
    let fulfillment = json!({"lineItemsByFulfillmentOrder": order, "trackingInfo": tracking});
    let answer = bench.graphql(ship, json!({ "fulfillment": fulfillment }));
    let shown = answer["data"]["fulfillmentCreate"]["fulfillment"]["trackingInfo"].clone();
    assert!(shown.is_array(), "{answer}");
    bench.run_until(bench.now);
    bench.drain();
    (bench, shown)
}

#[test]
fn a_known_carrier_has_an_address_in_answers_webhooks_and_rest() {
    let (mut bench, shown) = shipped(&json!({"company": "USPS", "numbers": ["94001", "94002"]}));
    let address = |number: &str| {
        format!("https://tools.usps.com/go/TrackConfirmAction_input?qtc_tLabels1={number}")
    };
    assert_eq!(
        shown,
        json!([{"company": "USPS", "number": "94001", "url": address("94001")},
               {"company": "USPS", "number": "94002", "url": address("94002")}])
    );
    let (_, _, told) = bench.deliveries.last().expect("a webhook");
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    assert_eq!(told["tracking_url"], address("94001"), "{told}");
    assert_eq!(told["tracking_urls"][1], address("94002"));

    let change = json!({"fulfillment": {"tracking_info": {"company": "FedEx", "number": "7712"}}});
    let path = "fulfillments/9001000000001/update_tracking.json";
    let answer = bench.rest("POST", path, change);
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    let address = "https://www.fedex.com/fedextrack/?trknbr=7712";
    assert_eq!(answer["fulfillment"]["tracking_url"], address, "{answer}");
    let read = format!("{{ fulfillment(id: \"{SHIPMENT}\") {{ trackingInfo {{ url }} }} }}");
    let read = bench.graphql(&read, json!({}));
    assert_eq!(
        read["data"]["fulfillment"]["trackingInfo"][0]["url"],
        address
    );
}

#[test]
fn an_address_that_is_given_stays_and_an_unknown_carrier_has_none() {
    let own = "https://parcels.example/1Z7";
    let (_, shown) = shipped(&json!({"company": "UPS", "number": "1Z7", "url": own}));
    assert_eq!(shown[0]["url"], own);
    let (_, shown) = shipped(&json!({"company": "Courier of the house", "number": "7"}));
    assert_eq!(shown[0]["url"], Value::Null);
}

#[test]
fn an_order_that_is_made_as_shipped_has_the_address_too() {
    let mut bench = Bench::ideal();
    let price = json!({"shopMoney": {"amount": "3", "currencyCode": "EUR"}});
    let order = json!({
        "lineItems": [{"title": "Lid", "quantity": 1, "priceSet": price}],
        "fulfillment": {"locationId": "gid://shopify/Location/1101000000001", "trackingCompany": "Royal Mail", "trackingNumber": "RM5"},
    });
    let make = "mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { fulfillments(first: 1) { trackingInfo { url } } } userErrors { message } } }";
    let answer = bench.graphql(make, json!({ "order": order }));
    assert_eq!(
        answer["data"]["orderCreate"]["order"]["fulfillments"][0]["trackingInfo"][0]["url"],
        "https://www.royalmail.com/portal/rm/track?trackNumber=RM5",
        "{answer}"
    );
}
