//! Calls of every operation, in success and in error.

use channel_mocks::core::Storefront;
use serde_json::{Value, json};

use super::bench::Bench;
use super::{FEEDS, LISTING, OUTBOUND, REPORTS, US, quantity};

pub fn orders(bench: &mut Bench<'_>) {
    let all = "includedData=BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT";
    let (_, partly) = bench.order(3);
    let (asked, requested) = bench.order(1);
    let (gone, cancelled) = bench.order(1);
    bench.order(1);
    let by_id = |id: &str| format!("/orders/2026-01-01/orders/{id}?{all}");
    bench.get(&by_id(&partly));
    bench.pass(3_600);
    bench.amazon.cancel_by_buyer(bench.now, asked);
    bench.amazon.cancel_by_seller(bench.now, gone);
    bench.confirm(&partly, "1", 1, 204);
    bench.confirm(&partly, "x", 1, 400);
    bench.confirm(&cancelled, "1", 1, 400);
    for id in [&partly, &requested, &cancelled] {
        bench.get(&format!("/orders/v0/orders/{id}"));
        bench.get(&by_id(id));
    }
    bench.confirm(&partly, "2", 2, 204);
    bench.get(&by_id(&partly));
    let here = format!("/orders/v0/orders?MarketplaceIds={US}");
    let page = bench.get(&format!(
        "{here}&CreatedAfter=2026-11-01T00:00:00Z&MaxResultsPerPage=2"
    ));
    let next = page["payload"]["NextToken"].as_str().expect("more orders");
    let last = bench.get(&format!("{here}&NextToken={next}"));
    assert_eq!(last["payload"].get("NextToken"), None, "omitted at the end");
    let search = format!("/orders/2026-01-01/orders?createdAfter=2026-11-01T00:00:00Z&{all}");
    let page = bench.get(&format!("{search}&maxResultsPerPage=2"));
    let next = page["pagination"]["nextToken"].as_str().expect("more");
    bench.get(&format!("{search}&paginationToken={next}"));
    bench.call("GET", "/orders/v0/orders", "", 400);
    bench.call("GET", "/orders/2026-01-01/orders", "", 400);
    let unknown = "902-0000000-0000000";
    for path in [
        format!("v0/orders/{unknown}"),
        format!("2026-01-01/orders/{unknown}"),
        format!("v0/orders/{unknown}/orderItems"),
    ] {
        bench.call("GET", &format!("/orders/{path}"), "", 404);
    }
    for part in ["address", "buyerInfo", "orderItems/buyerInfo"] {
        let path = format!("/orders/v0/orders/{partly}/{part}");
        bench.call("GET", &path, "", 403);
        bench.get_restricted(&path, &path);
    }
    let path = format!("/orders/v0/orders/{partly}");
    let open = bench.get_restricted("/orders/v0/orders/{orderId}", &path);
    assert_eq!(open["payload"]["BuyerInfo"]["BuyerName"], "Buyer 1");
    bench.call("POST", "/tokens/2021-03-01/restrictedDataToken", "{}", 400);
}

pub fn listings(bench: &mut Bench<'_>) {
    let all = "includedData=summaries,attributes,issues,offers,fulfillmentAvailability,relationships,productTypes";
    let seller = "/listings/2021-08-01/items/A1SIMSELLER";
    let item = format!("{LISTING}?marketplaceIds={US}");
    bench.call("PATCH", &item, &quantity(9).to_string(), 200);
    bench.get(&format!("{item}&{all}"));
    bench.get(&format!("{seller}/SKU-2-FBA?marketplaceIds={US}&{all}"));
    let bad = bench.call("PATCH", &item, &quantity(-1).to_string(), 200);
    assert_eq!(bad["status"], "INVALID");
    let preview = format!("{item}&mode=VALIDATION_PREVIEW&includedData=issues,identifiers");
    let valid = bench.call("PATCH", &preview, &quantity(1).to_string(), 200);
    assert_eq!(valid["status"], "VALID");
    let put = json!({"productType": "PRODUCT", "attributes": {"fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 4}]}});
    bench.call("PUT", &item, &put.to_string(), 200);
    bench.call("PUT", &item, "{}", 400);
    bench.call("PATCH", &item, "{", 400);
    bench.call("GET", LISTING, "", 400);
    bench.call("DELETE", LISTING, "", 400);
    let search = format!("{seller}?marketplaceIds={US}&pageSize=1&{all}");
    let page = bench.get(&search);
    let next = page["pagination"]["nextToken"].as_str().expect("more");
    bench.get(&format!("{search}&pageToken={next}"));
    bench.call("GET", seller, "", 400);
    bench.call(
        "GET",
        &format!("{seller}/none?marketplaceIds={US}"),
        "",
        404,
    );
    bench.call("DELETE", &item, "", 200);
    bench.get("/sellers/v1/marketplaceParticipations");
}

pub fn amazons_stock(bench: &mut Bench<'_>) {
    let summaries = "/fba/inventory/v1/summaries";
    let here = format!("granularityType=Marketplace&granularityId={US}&marketplaceIds={US}");
    bench.get(&format!("{summaries}?{here}&details=true"));
    bench.get(&format!("{summaries}?{here}"));
    bench.call("GET", summaries, "", 400);
    let order = |id: &str, units: u32| {
        json!({"sellerFulfillmentOrderId": id, "displayableOrderId": id, "displayableOrderDate": "2026-11-23T10:00:00Z",
            "displayableOrderComment": "Thanks", "shippingSpeedCategory": "Standard",
            "destinationAddress": {"name": "A", "addressLine1": "1 Street", "postalCode": "48110", "countryCode": "US"},
            "items": [{"sellerSku": "SKU-2-FBA", "sellerFulfillmentOrderItemId": "1", "quantity": units}]})
        .to_string()
    };
    bench.call("POST", OUTBOUND, &order("O-1", 2), 200);
    bench.call("POST", OUTBOUND, &order("O-2", 9), 200);
    bench.call("POST", OUTBOUND, "{}", 400);
    bench.get(&format!("{OUTBOUND}/O-1"));
    bench.call("PUT", &format!("{OUTBOUND}/O-2/cancel"), "", 200);
    bench.pass(7_200);
    let shipped = bench.get(&format!("{OUTBOUND}/O-1"))["payload"].clone();
    assert_eq!(
        shipped["fulfillmentOrder"]["fulfillmentOrderStatus"],
        "Complete"
    );
    bench.get(&format!("{OUTBOUND}/O-2"));
    bench.get(OUTBOUND);
    bench.call("GET", &format!("{OUTBOUND}?nextToken=x"), "", 400);
    bench.call("GET", &format!("{OUTBOUND}/O-3"), "", 404);
    bench.call("PUT", &format!("{OUTBOUND}/O-1/cancel"), "", 400);
}

/// Makes a feed or report and one to be cancelled, and reads them; returns the finished one.
fn job(bench: &mut Bench<'_>, jobs: &str, names: [&str; 2], create: &Value) -> Value {
    let [id_name, types_name] = names;
    let made = bench.call("POST", jobs, &create.to_string(), 202);
    bench.call("POST", jobs, "{}", 400);
    let path = format!("{jobs}/{}", made[id_name].as_str().expect("an id"));
    bench.get(&path);
    bench.pass(1);
    let done = bench.get(&path);
    assert_eq!(done["processingStatus"], "DONE");
    bench.call("DELETE", &path, "", 400);
    let second = bench.call("POST", jobs, &create.to_string(), 202);
    let second = format!("{jobs}/{}", second[id_name].as_str().expect("an id"));
    bench.call("DELETE", &second, "", 200);
    let kind = create
        .get("feedType")
        .or(create.get("reportType"))
        .and_then(Value::as_str);
    let list = format!("{jobs}?{types_name}={}&pageSize=1", kind.expect("a type"));
    assert!(bench.get(&list)["nextToken"].is_string());
    bench.call("GET", jobs, "", 400);
    bench.call("GET", &format!("{jobs}/1"), "", 404);
    done
}

pub fn feeds_and_reports(bench: &mut Bench<'_>) {
    let documents = "/feeds/2021-06-30/documents";
    let kind = r#"{"contentType":"application/json; charset=UTF-8"}"#;
    let made = bench.call("POST", documents, kind, 201);
    bench.call("POST", documents, "{}", 400);
    let message = |number: u32, units: i64| {
        let mut message = quantity(units);
        message["messageId"] = json!(number);
        message["sku"] = json!("SKU-1");
        message["operationType"] = json!("PATCH");
        message
    };
    let feed = json!({"header": {"sellerId": "A1SIMSELLER", "version": "2.0", "issueLocale": "en_US"},
        "messages": [message(1, 3), message(2, -3)]});
    bench.store("PUT", &made, &feed.to_string());
    let create = json!({"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": [US], "inputFeedDocumentId": made["feedDocumentId"]});
    let done = job(bench, FEEDS, ["feedId", "feedTypes"], &create);
    let result = done["resultFeedDocumentId"].as_str().expect("a result");
    let found = bench.get(&format!("{documents}/{result}"));
    bench.call("GET", &format!("{documents}/x"), "", 400);
    let report = bench.store("GET", &found, "");
    let report: Value = serde_json::from_slice(&report).expect("a report is JSON");
    assert_eq!(report["summary"]["messagesAccepted"], 1);
    let schema = "feeds/listings-feed-processing-report-schema-v2.json";
    bench.contract.check_document(schema, &report);

    let create = json!({"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [US]});
    let done = job(bench, REPORTS, ["reportId", "reportTypes"], &create);
    let result = done["reportDocumentId"].as_str().expect("a result");
    let documents = "/reports/2021-06-30/documents";
    bench.get(&format!("{documents}/{result}"));
    bench.call("GET", &format!("{documents}/x"), "", 400);
}

pub fn notifications(bench: &mut Bench<'_>, destination: &str, subscription: &str) {
    let subscriptions = "/notifications/v1/subscriptions";
    let destinations = "/notifications/v1/destinations";
    bench.get(&format!("{subscriptions}?notificationTypes=ORDER_CHANGE"));
    bench.get(&format!("{subscriptions}/ORDER_CHANGE"));
    bench.call(
        "GET",
        &format!("{subscriptions}/ANY_OFFER_CHANGED"),
        "",
        404,
    );
    bench.call("GET", &format!("{subscriptions}/NONE"), "", 400);
    bench.call("GET", subscriptions, "", 400);
    bench.call("POST", &format!("{subscriptions}/ORDER_CHANGE"), "", 400);
    bench.call("POST", destinations, "", 400);
    bench.get(destinations);
    let path = format!("{subscriptions}/ORDER_CHANGE/{subscription}");
    let destination = format!("{destinations}/{destination}");
    bench.get(&path);
    bench.call("DELETE", &destination, "", 403);
    bench.call("DELETE", &path, "", 200);
    bench.call("DELETE", &path, "", 404);
    bench.call("GET", &path, "", 404);
    bench.get(&destination);
    bench.call("DELETE", &destination, "", 200);
    bench.call("GET", &destination, "", 404);
    let token = std::mem::take(&mut bench.token);
    bench.call("GET", "/sellers/v1/marketplaceParticipations", "", 403);
    bench.call("GET", destinations, "", 403);
    bench.token = token;
}
