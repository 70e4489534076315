//! Refusals in Amazon's own words, as public clients and their issues quote them, and what is taken in silence.

use serde_json::{Value, json};

use super::{Bench, US, ideal};
use crate::core::{Micros, Storefront};

fn error(answer: &(u16, Value)) -> (u16, &str, &str, &str) {
    let error = &answer.1["errors"][0];
    let text = |name: &str| error[name].as_str().unwrap_or("");
    (answer.0, text("code"), text("message"), text("details"))
}

const DESTINATIONS: &str = "/notifications/v1/destinations";
const SUBSCRIPTIONS: &str = "/notifications/v1/subscriptions";

#[test]
fn destinations_and_subscriptions_conflict_in_amazons_words() {
    let mut bench = Bench::new(ideal());
    bench.subscribe("ORDER_CHANGE");
    let listed = bench.get(DESTINATIONS);
    let id = listed["payload"][0]["destinationId"].as_str().unwrap();
    let application = super::Credentials::default().application_id;

    let again = json!({"name": "n", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-1:111122223333:q1"}}});
    let answer = bench.call("POST", DESTINATIONS, &again.to_string());
    let details = format!(
        "A destination with arn arn:aws:sqs:us-east-1:111122223333:q1 already exists for the application {application}"
    );
    assert_eq!(
        error(&answer),
        (
            409,
            "Conflict",
            "The requested resource conflict with a resource in the server.",
            details.as_str()
        )
    );

    let subscription = json!({"payloadVersion": "1.0", "destinationId": id}).to_string();
    let answer = bench.call(
        "POST",
        &format!("{SUBSCRIPTIONS}/ORDER_CHANGE"),
        &subscription,
    );
    assert_eq!(
        error(&answer),
        (
            409,
            "StateConflict",
            "The resource specified conflicts with the current state.",
            "Subscription already exist for notification type ORDER_CHANGE"
        )
    );

    let nowhere = json!({"payloadVersion": "1.0", "destinationId": "nowhere"}).to_string();
    let answer = bench.call(
        "POST",
        &format!("{SUBSCRIPTIONS}/ANY_OFFER_CHANGED"),
        &nowhere,
    );
    let details = format!("No destination with id nowhere for applicationId {application}");
    assert_eq!((answer.0, error(&answer).3), (400, details.as_str()));

    let answer = bench.call("DELETE", &format!("{DESTINATIONS}/{id}"), "");
    assert_eq!(
        error(&answer),
        (
            403,
            "Unauthorized",
            "The requested action is forbidden.",
            "Destination has subscriptions"
        )
    );
}

#[test]
fn lists_of_jobs_take_a_token_alone_or_types() {
    let mut bench = Bench::new(ideal());
    for (path, kind) in [
        ("/reports/2021-06-30/reports", "reportTypes"),
        ("/feeds/2021-06-30/feeds", "feedTypes"),
    ] {
        let answer = bench.call("GET", &format!("{path}?pageSize=5"), "");
        let details = format!("{kind};");
        assert_eq!(
            error(&answer),
            (
                400,
                "InvalidInput",
                "One or more required parameters missing",
                details.as_str()
            )
        );
        let both = format!("{path}?nextToken=x&{kind}=A&pageSize=10&createdSince=2026-11-20");
        let details = format!("createdSince;pageSize;{kind};");
        let answer = bench.call("GET", &both, "");
        assert_eq!(
            error(&answer),
            (
                400,
                "InvalidInput",
                "NextToken cannot be specified with other input parameters",
                details.as_str()
            )
        );
    }
}

#[test]
fn windows_of_orders_are_read_strictly() {
    let mut profile = ideal();
    profile.orders.list_excludes_last = Micros::from_secs(120);
    let mut bench = Bench::new(profile);
    let v0 = format!("/orders/v0/orders?MarketplaceIds={US}");
    let v2026 = "/orders/2026-01-01/orders?".to_owned();
    for (list, updated, created, before) in [
        (&v0, "LastUpdatedAfter", "CreatedAfter", "LastUpdatedBefore"),
        (
            &v2026,
            "lastUpdatedAfter",
            "createdAfter",
            "lastUpdatedBefore",
        ),
    ] {
        // The plus of an offset must be encoded; in plain it is a blank.
        let plain = bench.call(
            "GET",
            &format!("{list}&{updated}=2026-11-22T09:30:00+02:00"),
            "",
        );
        assert_eq!(
            error(&plain),
            (
                400,
                "InvalidInput",
                "This is an invalid input",
                "Invalid date-time field(s) [lastUpdatedAfter]."
            )
        );
        let encoded = format!("{list}&{updated}=2026-11-22T09:30:00%2B02:00");
        assert_eq!(bench.call("GET", &encoded, "").0, 200);
        let both = bench.call("GET", &format!("{list}&{updated}=soon&{created}=late"), "");
        assert_eq!(
            error(&both).3,
            "Invalid date-time field(s) [lastUpdatedAfter, createdAfter]."
        );
        let close = format!("{list}&{updated}=2026-11-22T09:30:00Z&{before}=2026-11-23T09:59:30Z");
        assert_eq!(
            error(&bench.call("GET", &close, "")).2,
            "The input you have submitted is not valid. Please check your input and try again."
        );
    }
    let token = bench.call("GET", &format!("{v0}&NextToken=abc%2Fdef"), "");
    assert_eq!(
        error(&token).2,
        "We could not decode your NextToken. Possible reasons include: a transmission error, improper quoting or a truncation problem."
    );
}

#[test]
fn what_is_no_order_id_is_bad_and_what_no_order_has_is_not_found() {
    let mut bench = Bench::new(ideal());
    for tail in ["", "/orderItems"] {
        let of = |id: &str| format!("/orders/v0/orders/{id}{tail}");
        assert_eq!(bench.call("GET", &of("12-34"), "").0, 400);
        assert_eq!(bench.call("GET", &of("902-000000X-0000000"), "").0, 400);
        assert_eq!(bench.call("GET", &of("111-1234567-7654321"), "").0, 404);
    }
    let of = |id: &str| format!("/orders/2026-01-01/orders/{id}");
    assert_eq!(bench.call("GET", &of("12-34"), "").0, 400);
    assert_eq!(bench.call("GET", &of("111-1234567-7654321"), "").0, 404);
    let ship = "/orders/v0/orders/12-34/shipmentConfirmation";
    assert_eq!(bench.call("POST", ship, "{}").0, 400);
}

#[test]
fn arrays_stand_for_no_objects() {
    let mut bench = Bench::new(ideal());
    bench.open_with(4);
    let order = bench.order(1);
    let id = bench.amazon.native_order_id(order);
    let items = bench.get(&format!("/orders/v0/orders/{id}/orderItems"));
    let item = &items["payload"]["OrderItems"][0]["OrderItemId"];
    let resource = json!({"method": "GET", "path": "/orders/v0/orders"});
    let entry = json!({"fulfillment_channel_code": "DEFAULT", "quantity": 9});
    let patch =
        json!({"op": "replace", "path": "/attributes/fulfillment_availability", "value": [entry]});
    let package = |items: Value| {
        json!({"marketplaceId": US, "packageDetail": {"packageReferenceId": "1", "carrierCode": "UPS", "shippingMethod": "Ground",
            "trackingNumber": "1Z", "shipDate": "2026-11-23T12:00:00Z", "orderItems": items}})
    };
    let token = "/tokens/2021-03-01/restrictedDataToken";
    let listing = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let confirm = format!("/orders/v0/orders/{id}/shipmentConfirmation");
    for (method, path, body) in [
        ("POST", token, json!([[resource]])),
        (
            "POST",
            token,
            json!({"restrictedResources": [["GET", "/orders/v0/orders", null]]}),
        ),
        ("PATCH", &listing, json!(["PRODUCT", [patch]])),
        (
            "PUT",
            &listing,
            json!(["PRODUCT", "LISTING", {"fulfillment_availability": [entry]}]),
        ),
        (
            "POST",
            &confirm,
            json!([US, package(json!([]))["packageDetail"]]),
        ),
        ("POST", &confirm, package(json!([[item, 1]]))),
    ] {
        let (status, answer) = bench.call(method, path, &body.to_string());
        assert_eq!(status, 400, "{body}: {answer}");
    }
    assert_eq!(bench.displayed(), 3);
    // The same by names.
    let named = package(json!([{"orderItemId": item, "quantity": 1}]));
    let (status, answer) = bench.call("POST", &confirm, &named.to_string());
    assert_eq!(status, 204, "{answer}");
}

#[test]
fn restricted_tokens_are_for_restricted_paths() {
    let mut bench = Bench::new(ideal());
    let path = "/tokens/2021-03-01/restrictedDataToken";
    let mut ask = |resource: Value| {
        let body = json!({"restrictedResources": resource}).to_string();
        bench.call("POST", path, &body)
    };
    for open in [
        "/orders/v0/orders",
        "/orders/v0/orders/{orderId}/address",
        "/orders/v0/orders/111-1234567-7654321/buyerInfo",
        "/reports/2021-06-30/documents/{reportDocumentId}",
    ] {
        assert_eq!(
            ask(json!([{"method": "GET", "path": open, "dataElements": ["buyerInfo"]}])).0,
            200,
            "{open}"
        );
    }
    for (method, shut) in [
        ("GET", "/orders/2026-01-01/orders"),
        ("POST", "/orders/v0/orders"),
        ("GET", "/orders/v0/orders/1/address/more"),
        ("GET", "/listings/2021-08-01/items/A1SIMSELLER/SKU-1"),
    ] {
        let answer = ask(json!([
            {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]},
            {"method": method, "path": shut, "dataElements": ["buyerInfo"]},
        ]));
        assert_eq!(
            error(&answer),
            (
                400,
                "InvalidInput",
                "Application do not have access to some or all requested resource",
                ""
            ),
            "{shut}"
        );
    }
    assert_eq!(
        error(&ask(json!([]))).2,
        "Empty target resource arguement found"
    );
}

#[test]
fn summaries_reach_back_eighteen_months_and_name_fifty_skus() {
    let mut bench = Bench::new(ideal());
    let list = format!(
        "/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId={US}&marketplaceIds={US}"
    );
    let since = |day: &str| format!("{list}&startDateTime={day}T00:00:00Z");
    assert_eq!(bench.call("GET", &since("2025-06-01"), "").0, 200);
    assert_eq!(bench.call("GET", &since("2025-05-01"), "").0, 400);
    let bad = bench.call("GET", &format!("{list}&startDateTime=yesterday"), "");
    assert_eq!(
        error(&bad).3,
        "Query parameter [startDateTime] value is not a valid ISO date-time object."
    );
    let named = |count: usize| {
        let skus: Vec<_> = (0..count).map(|number| format!("S{number}")).collect();
        format!("{list}&sellerSkus={}", skus.join(","))
    };
    assert_eq!(bench.call("GET", &named(50), "").0, 200);
    assert_eq!(bench.call("GET", &named(51), "").0, 400);
}

#[test]
fn patches_are_refused_invalid_or_taken_in_silence() {
    let mut bench = Bench::new(ideal());
    bench.open_with(5);
    let item =
        |sku: &str| format!("/listings/2021-08-01/items/A1SIMSELLER/{sku}?marketplaceIds={US}");
    let mut patch = |sku: &str, patches: Value| {
        let body = json!({"productType": "PRODUCT", "patches": patches}).to_string();
        bench.call("PATCH", &item(sku), &body)
    };
    let units = json!([{"fulfillment_channel_code": "DEFAULT", "quantity": 9}]);
    let to = |path: &str| json!([{"op": "replace", "path": path, "value": units}]);

    // An attribute that no product type has.
    let (status, answer) = patch("SKU-1", to("/attributes/fulfillmentAvailability"));
    assert_eq!((status, answer["status"].as_str()), (200, Some("INVALID")));
    assert_eq!(
        answer["issues"],
        json!([{
            "code": "90000900", "message": "The attributes are invalid.", "severity": "ERROR",
            "categories": [], "attributeNames": ["fulfillmentAvailability"]
        }])
    );
    // Paths into an attribute, paths of another kind, and a value that is missing.
    let missing = json!([
        {"op": "delete", "path": "/attributes/list_price"},
        {"op": "replace", "path": "/attributes/fulfillment_availability"},
    ]);
    for (patches, index) in [
        (to("/attributes/fulfillment_availability/0/quantity"), 0),
        (to("fulfillment_availability"), 0),
        (missing, 1),
    ] {
        let message = format!("Invalid path provided in patch at index of {index}.");
        assert_eq!(
            error(&patch("SKU-1", patches)),
            (400, "InvalidInput", message.as_str(), "")
        );
    }
    // One patch where a list is wanted.
    let one =
        json!({"op": "replace", "path": "/attributes/fulfillment_availability", "value": units});
    assert_eq!(
        error(&patch("SKU-1", one)),
        (
            400,
            "InvalidInput",
            "Request has missing or invalid parameters and cannot be parsed.",
            ""
        )
    );
    // A SKU that nobody has set up: the beginning of a listing that is never finished.
    let (status, answer) = patch("NO-SUCH", to("/attributes/fulfillment_availability"));
    assert_eq!((status, answer["status"].as_str()), (200, Some("ACCEPTED")));
    assert_eq!(answer["issues"], json!([]));
    bench.pass(60);
    assert_eq!(bench.displayed(), 5);
    assert_eq!(bench.call("GET", &item("NO-SUCH"), "").0, 404);
}

#[test]
fn what_is_no_job_id_is_bad_and_what_no_job_has_is_not_found() {
    let mut bench = Bench::new(ideal());
    for path in ["/feeds/2021-06-30/feeds", "/reports/2021-06-30/reports"] {
        for method in ["GET", "DELETE"] {
            let bad = bench.call(method, &format!("{path}/no-number"), "");
            assert_eq!(bad.0, 400, "{method} {path}");
            assert!(error(&bad).3.ends_with("Id [no-number]."), "{}", bad.1);
            assert_eq!(bench.call(method, &format!("{path}/987654321"), "").0, 404);
        }
    }
}

#[test]
fn a_list_names_fifty_orders() {
    let mut bench = Bench::new(ideal());
    let named = |count: usize| {
        let ids = vec!["902-0000001-0000001"; count].join(",");
        format!("/orders/v0/orders?MarketplaceIds={US}&AmazonOrderIds={ids}")
    };
    assert_eq!(bench.call("GET", &named(50), "").0, 200);
    assert_eq!(bench.call("GET", &named(51), "").0, 400);
}

#[test]
fn a_body_is_json() {
    let mut bench = Bench::new(ideal());
    let mut status = |content_type: &str| {
        let request = http::Request::builder()
            .method("POST")
            .uri(DESTINATIONS)
            .header("x-amz-access-token", &bench.token)
            .header("content-type", content_type)
            .body(b"{}".to_vec())
            .unwrap();
        let id = bench.send(request);
        bench.take(id).unwrap().1.status().as_u16()
    };
    assert_eq!(status("text/plain"), 415);
    assert_eq!(status("application/json; charset=utf-8"), 400);
}
