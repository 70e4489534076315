//! Every answer of the Amazon emulator against Amazon's own published models, and every notification against its schema.
//!
//! The models (Apache-2.0) are no part of this crate; where they are absent, the tests say so and pass.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use channel_mocks::amazon::{Amazon, Credentials, Profile, coverage};
use channel_mocks::core::{
    Basket, BasketLine, CheckoutOutcome, Coverage, Distribution, Epoch, Input, ListingIndex,
    ListingSeed, Machine, Micros, OrderRef, Output, RequestId, Response, Seed, Shop, Storefront,
};
use serde_json::{Value, json};

const US: &str = "ATVPDKIKX0DER";
const LISTING: &str = "/listings/2021-08-01/items/A1SIMSELLER/SKU-1";
const FEEDS: &str = "/feeds/2021-06-30/feeds";
const REPORTS: &str = "/reports/2021-06-30/reports";
const OUTBOUND: &str = "/fba/outbound/2020-07-01/fulfillmentOrders";

fn load(path: PathBuf) -> Value {
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("a model is JSON")
}

/// Makes a schema strict: members it does not name are refused, so that no misspelt name passes. Ids of parts are
/// removed, since they are no addresses.
fn tighten(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("$id").is_some_and(Value::is_string) {
                members.remove("$id");
            }
            let closed = members.get("properties").is_some_and(Value::is_object)
                && !members.contains_key("allOf")
                && !matches!(members.get("additionalProperties"), Some(Value::Object(_)));
            if closed {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(tighten);
        }
        Value::Array(items) => items.iter_mut().for_each(tighten),
        _ => {}
    }
}

fn complaints(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .should_validate_formats(false)
        .build(schema)
        .expect("a schema");
    validator
        .iter_errors(instance)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}

/// One operation of a model.
struct Operation {
    method: String,
    path: Vec<String>,
    name: String,
    responses: Value,
    definitions: Value,
}

impl Operation {
    fn fits(&self, method: &str, path: &str) -> bool {
        let asked: Vec<&str> = path.split('/').collect();
        let same = |(asked, part): (&&str, &String)| part.starts_with('{') || asked == part;
        self.method == method
            && asked.len() == self.path.len()
            && asked.iter().zip(&self.path).all(same)
    }

    fn text(&self) -> String {
        format!("{} {}", self.method, self.path.join("/"))
    }
}

/// Amazon's models and schemas, and what has been checked against them.
struct Contract {
    folder: PathBuf,
    operations: Vec<Operation>,
    /// Method and path of the model, and whether the answer was a success.
    seen: RefCell<BTreeSet<(String, bool)>>,
}

impl Contract {
    fn read() -> Option<Contract> {
        let folder =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/contracts/amazon");
        if !folder.is_dir() {
            eprintln!("skipped: Amazon's models are not at {}", folder.display());
            return None;
        }
        let mut operations = Vec::new();
        let models = std::fs::read_dir(folder.join("models")).expect("a folder of models");
        for model in models {
            let mut model = load(model.expect("a file").path());
            let mut definitions = model["definitions"].take();
            tighten(&mut definitions);
            for (path, methods) in model["paths"].as_object().expect("paths") {
                for (method, operation) in methods.as_object().expect("methods") {
                    let Some(name) = operation["operationId"].as_str() else {
                        continue;
                    };
                    operations.push(Operation {
                        method: method.to_uppercase(),
                        path: path.split('/').map(str::to_owned).collect(),
                        name: name.to_owned(),
                        responses: operation["responses"].clone(),
                        definitions: definitions.clone(),
                    });
                }
            }
        }
        Some(Contract {
            folder,
            operations,
            seen: RefCell::default(),
        })
    }

    /// Checks an answer's headers and body.
    fn check(&self, method: &str, path: &str, response: &Response) {
        let path = path.split('?').next().unwrap_or(path);
        let mut fitting = self.operations.iter();
        let operation = fitting
            .find(|operation| operation.fits(method, path))
            .unwrap_or_else(|| panic!("no model has {method} {path}"));
        let status = response.status().as_u16();
        let asked = format!("{method} {path}: {status}");
        let mut seen = self.seen.borrow_mut();
        seen.insert((operation.text(), status < 300));
        let headers = response.headers();
        assert!(headers.contains_key("x-amzn-requestid"), "{asked}");
        assert!(!headers.contains_key("retry-after"), "{asked}");
        let limit = headers.contains_key("x-amzn-ratelimit-limit");
        assert_eq!(limit, matches!(status, 200..=204 | 400 | 404), "{asked}");
        if status == 204 {
            assert!(response.body().is_empty(), "{asked}: 204 has no body");
            return;
        }
        assert_eq!(headers["content-type"], "application/json", "{asked}");
        let body: Value = serde_json::from_slice(response.body()).expect("a body is JSON");
        if status < 300 {
            assert_eq!(body.get("errors"), None, "{asked}: no errors in a success");
        }
        let mut schema = operation.responses[status.to_string()]["schema"].clone();
        if schema.is_null() && status < 300 {
            // Nothing is promised: an empty object is JSON to the clients that insist on it.
            assert_eq!(body, json!({}), "{asked}");
            return;
        }
        assert!(schema.is_object(), "{asked}: the model has no such status");
        tighten(&mut schema);
        let document = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "definitions": operation.definitions,
            "allOf": [schema],
        });
        let wrong = complaints(&document, &body);
        assert!(wrong.is_empty(), "{asked}\n{body:#}\n{wrong:#?}");
    }

    fn check_document(&self, schema: &str, document: &Value) {
        let mut schema = load(self.folder.join("schemas").join(schema));
        tighten(&mut schema);
        // The address these schemas give of their draft lacks its last character in some.
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        let wrong = complaints(&schema, document);
        assert!(wrong.is_empty(), "{document:#}\n{wrong:#?}");
    }
}

struct Bench<'c> {
    contract: &'c Contract,
    amazon: Amazon,
    now: Micros,
    token: String,
    requests: u64,
    answers: Vec<(RequestId, Response)>,
}

fn profile() -> Profile {
    Profile::named("amazon-ideal").expect("a built-in profile")
}

impl Bench<'_> {
    fn new(contract: &Contract, profile: Profile) -> Bench<'_> {
        let listing = |number| ListingSeed {
            sku: format!("SKU-{number}"),
            title: format!("Mug {number}"),
            price_cents: 1_999,
        };
        let shop = Shop {
            name: "amazon".to_owned(),
            seed: Seed(1),
            epoch: Epoch {
                unix_micros: Epoch::parse_unix_micros("2026-11-23T10:00:00Z").expect("an instant"),
            },
            currency: "USD".to_owned(),
            listings: (1..=3).map(listing).collect(),
            locations: Vec::new(),
        };
        let mut bench = Bench {
            contract,
            amazon: Amazon::new(shop, profile, Credentials::default()),
            now: Micros::ZERO,
            token: String::new(),
            requests: 0,
            answers: Vec::new(),
        };
        bench.amazon.open_with(ListingIndex(0), 50);
        bench.amazon.set_fba_stock(ListingIndex(1), 5);
        bench.amazon.set_public_address("http://localhost:1");
        bench.log_in();
        bench
    }

    fn log_in(&mut self) {
        let body = "grant_type=refresh_token&refresh_token=Atzr|sim-refresh&client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
        let answer = self.send("POST", "/auth/o2/token", "", body);
        let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
        self.token = answer["access_token"].as_str().expect("a token").to_owned();
    }

    fn drain(&mut self) {
        while let Some(output) = self.amazon.poll_output() {
            if let Output::Response { id, response, .. } = output {
                self.answers.push((id, response));
            }
        }
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.now + Micros::from_secs(seconds);
        while let Some(timer) = self.amazon.poll_timeout().filter(|timer| timer.at <= until) {
            self.now = self.now.max(timer.at);
            self.amazon.handle(self.now, Input::Wake);
            self.drain();
        }
        self.now = until;
    }

    fn send(&mut self, method: &str, path: &str, action: &str, body: &str) -> Response {
        self.requests += 1;
        let id = RequestId(self.requests);
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json; charset=UTF-8");
        if !self.token.is_empty() {
            request = request.header("x-amz-access-token", self.token.as_str());
        }
        if !action.is_empty() {
            request = request.header("x-amz-target", format!("AmazonSQS.{action}"));
        }
        let input = Input::Request {
            id,
            sent_at: self.now,
            request: request.body(body.as_bytes().to_vec()).expect("a request"),
        };
        self.amazon.handle(self.now, input);
        self.drain();
        let place = self.answers.iter().position(|(known, _)| *known == id);
        self.answers.remove(place.expect("answered at once")).1
    }

    /// A call whose answer must be as the model has it, and must have this status.
    fn call(&mut self, method: &str, path: &str, body: &str, status: u16) -> Value {
        let response = self.send(method, path, "", body);
        self.contract.check(method, path, &response);
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(response.status(), status, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    fn get(&mut self, path: &str) -> Value {
        self.call("GET", path, "", 200)
    }

    fn order(&mut self, units: u32) -> (OrderRef, String) {
        let lines = vec![BasketLine {
            listing: ListingIndex(0),
            units,
        }];
        let basket = Basket {
            buyer: 1,
            lines,
            country: "US",
            postal_code: 48_110,
        };
        let outcome = self.amazon.checkout(self.now, &basket);
        self.drain();
        let CheckoutOutcome::Accepted { order, .. } = outcome else {
            panic!("{outcome:?}");
        };
        (order, self.amazon.native_order_id(order))
    }

    fn confirm(&mut self, id: &str, reference: &str, units: u32, status: u16) {
        let items = self.get(&format!("/orders/v0/orders/{id}/orderItems"));
        let item = items["payload"]["OrderItems"][0]["OrderItemId"].clone();
        let body = json!({"marketplaceId": US, "packageDetail": {
            "packageReferenceId": reference, "carrierCode": "UPS", "shippingMethod": "Ground",
            "trackingNumber": "1Z", "shipDate": "2026-11-23T12:00:00Z",
            "orderItems": [{"orderItemId": item, "quantity": units}]}});
        let path = format!("/orders/v0/orders/{id}/shipmentConfirmation");
        self.call("POST", &path, &body.to_string(), status);
    }

    /// Ids of a new destination and of a new subscription.
    fn subscribe(&mut self, kind: &str) -> (String, String) {
        let resource = if kind.starts_with("LISTINGS_ITEM") {
            json!({"eventBridge": {"accountId": "111122223333", "region": "us-east-1"}})
        } else {
            json!({"sqs": {"arn": format!("arn:aws:sqs:us-east-1:111122223333:{kind}")}})
        };
        let body = json!({"name": kind, "resourceSpecification": resource}).to_string();
        let made = self.call("POST", "/notifications/v1/destinations", &body, 200);
        self.call("POST", "/notifications/v1/destinations", &body, 409);
        let destination = made["payload"]["destinationId"].as_str().expect("an id");
        let body = json!({"payloadVersion": "1.0", "destinationId": destination}).to_string();
        let path = format!("/notifications/v1/subscriptions/{kind}");
        let subscribed = self.call("POST", &path, &body, 200);
        self.call("POST", &path, &body, 409);
        let subscription = &subscribed["payload"]["subscriptionId"];
        let subscription = subscription.as_str().expect("an id").to_owned();
        (destination.to_owned(), subscription)
    }

    fn received(&mut self, queue: &str) -> Vec<Value> {
        let url = format!("http://x/1/{queue}");
        let body = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 9_999})
            .to_string();
        let mut bodies = Vec::new();
        loop {
            let answer = self.send("POST", "/", "ReceiveMessage", &body);
            let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
            let Some(messages) = answer["Messages"].as_array() else {
                return bodies;
            };
            for message in messages {
                let text = message["Body"].as_str().expect("a body");
                bodies.push(serde_json::from_str(text).expect("a notification is JSON"));
            }
        }
    }

    /// The same reads with a restricted data token for one path.
    fn get_restricted(&mut self, resource: &str, path: &str) -> Value {
        let body = json!({"restrictedResources": [{"method": "GET", "path": resource,
            "dataElements": ["buyerInfo", "shippingAddress"]}]});
        let tokens = "/tokens/2021-03-01/restrictedDataToken";
        let made = self.call("POST", tokens, &body.to_string(), 200);
        let token = made["restrictedDataToken"].as_str().expect("a token");
        let seller = std::mem::replace(&mut self.token, token.to_owned());
        let answer = self.get(path);
        self.token = seller;
        answer
    }

    /// A request to an address of the store of documents.
    fn store(&mut self, method: &str, document: &Value, body: &str) -> Vec<u8> {
        let url = document["url"].as_str().expect("an address");
        let path = url.strip_prefix("http://localhost:1").expect("our host");
        let response = self.send(method, path, "", body);
        assert_eq!(response.status(), 200);
        response.into_body()
    }
}

fn quantity(units: i64) -> Value {
    json!({"productType": "PRODUCT", "patches": [{"op": "replace", "path": "/attributes/fulfillment_availability",
        "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": units, "lead_time_to_ship_max_days": 2}]}]})
}

fn orders(bench: &mut Bench<'_>) {
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

fn listings(bench: &mut Bench<'_>) {
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

fn amazons_stock(bench: &mut Bench<'_>) {
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

fn feeds_and_reports(bench: &mut Bench<'_>) {
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
    bench.call("GET", &format!("{documents}/x"), "", 404);
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
    bench.call("GET", &format!("{documents}/x"), "", 404);
}

fn notifications(bench: &mut Bench<'_>, destination: &str, subscription: &str) {
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
    bench.call("DELETE", &destination, "", 409);
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

/// Everything that is served, in success and in error.
#[test]
fn every_answer_is_as_the_models_have_it() {
    let Some(contract) = Contract::read() else {
        return;
    };
    let held = r#"{"share": 1.0, "hold": {"fixed": "30min"}}"#;
    let mut profile = profile();
    profile.orders.pending = vec![serde_json::from_str(held).expect("a hold")];
    profile.authorization.token_lifetime = Micros::from_secs(30 * 86_400);
    profile.fba.outbound_planning = Distribution::fixed(Micros::from_secs(600));
    profile.feeds.queue = Distribution::fixed(Micros::from_secs(1));
    profile.reports.queue = Distribution::fixed(Micros::from_secs(1));
    let mut bench = Bench::new(&contract, profile);
    let kinds = [
        ("ORDER_CHANGE", "OrderChangeNotification"),
        (
            "FEED_PROCESSING_FINISHED",
            "FeedProcessingFinishedNotification",
        ),
        (
            "REPORT_PROCESSING_FINISHED",
            "ReportProcessingFinishedNotification",
        ),
        (
            "LISTINGS_ITEM_MFN_QUANTITY_CHANGE",
            "ListingsItemMfnQuantityChange",
        ),
    ];
    let ids = kinds.map(|(kind, _)| bench.subscribe(kind));
    orders(&mut bench);
    listings(&mut bench);
    amazons_stock(&mut bench);
    feeds_and_reports(&mut bench);
    for (kind, schema) in kinds {
        let bus = kind.starts_with("LISTINGS_ITEM");
        let received = bench.received(if bus { "eventbridge" } else { kind });
        assert!(!received.is_empty(), "{kind}");
        for mut notification in received {
            if bus {
                notification = notification["detail"].take();
            }
            contract.check_document(&format!("notifications/{schema}.json"), &notification);
        }
    }
    notifications(&mut bench, &ids[0].0, &ids[0].1);

    let seen = contract.seen.borrow();
    for served in coverage() {
        let mut modelled = contract.operations.iter();
        if served.coverage == Coverage::NotServed
            || !modelled.any(|operation| operation.text() == served.path)
        {
            continue;
        }
        for (success, what) in [(true, "succeed"), (false, "fail")] {
            let place = (served.path.to_owned(), success);
            assert!(
                seen.contains(&place),
                "{} was never seen to {what}",
                served.path
            );
        }
    }
}

#[test]
fn throttled_and_failed_calls_are_as_the_models_have_them() {
    let Some(contract) = Contract::read() else {
        return;
    };
    let mut slow = profile();
    slow.limits.get_feed.burst = 0.0;
    slow.limits.get_feed.rate = 0.0;
    let mut bench = Bench::new(&contract, slow);
    bench.call("GET", &format!("{FEEDS}/1"), "", 429);
    let mut broken = profile();
    broken.faults.server_error_share = 1.0;
    let mut bench = Bench::new(&contract, broken);
    bench.call("GET", &format!("{FEEDS}/1"), "", 500);
    bench.call("GET", "/orders/v0/orders", "", 500);
}

/// Pairs of Amazon's static sandbox that do not apply here, by operation and status (all where it is empty), with the
/// reason.
const NOT_APPLICABLE: &[(&str, &str, &str)] = &[
    ("getOrders", "200", "a date stands for a scripted answer"),
    ("getOrder", "", "an id stands for a scripted answer"),
    (
        "getOrderBuyerInfo",
        "",
        "an id stands for a scripted answer",
    ),
    ("getOrderAddress", "", "an id stands for a scripted answer"),
    ("getOrderItems", "", "an id stands for a scripted answer"),
    (
        "getOrderItemsBuyerInfo",
        "",
        "an id stands for a scripted answer",
    ),
    (
        "confirmShipment",
        "",
        "order and item ids are the sandbox's own",
    ),
    (
        "searchOrders",
        "200",
        "marketplaces of other regions, scripted orders",
    ),
    ("getOrder2026", "", "an id stands for a scripted answer"),
    (
        "getListingsItem",
        "",
        "no parameters, or a SKU that stands for an error",
    ),
    ("putListingsItem", "", "neither parameters nor body"),
    ("patchListingsItem", "", "neither parameters nor body"),
    (
        "deleteListingsItem",
        "",
        "no parameters, or a SKU that stands for an error",
    ),
    (
        "searchListingsItems",
        "",
        "a seller and SKUs of the sandbox's own",
    ),
    ("createFeed", "202", "marketplaces of two regions"),
    ("getFeed", "", "an id stands for a scripted answer"),
    ("cancelFeed", "", "an id stands for a scripted answer"),
    ("getFeedDocument", "", "an id stands for a scripted answer"),
    ("createReport", "202", "marketplaces of two regions"),
    ("getReport", "", "an id stands for a scripted answer"),
    ("cancelReport", "", "an id stands for a scripted answer"),
    (
        "getReportDocument",
        "",
        "an id stands for a scripted answer",
    ),
    (
        "createSubscription",
        "200",
        "no body; the contract's own test makes one",
    ),
    (
        "deleteSubscriptionById",
        "200",
        "would end the subscription that other pairs read",
    ),
    (
        "deleteDestination",
        "200",
        "would end the destination that other pairs read",
    ),
];

/// The request of a pair: path with query, and body. What the pair leaves open is filled in.
fn replayed(operation: &Operation, parameters: &Value, ids: &(String, String)) -> (String, String) {
    let value = |name: &str| match &parameters[name]["value"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(texts.join(","))
        }
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let part = |part: &String| {
        let name = part.trim_matches(['{', '}']);
        if !part.starts_with('{') {
            return part.clone();
        }
        value(name).unwrap_or_else(|| match name {
            "notificationType" => "ORDER_CHANGE".to_owned(),
            "subscriptionId" => ids.1.clone(),
            "destinationId" => ids.0.clone(),
            _ => "A1SIMSELLER".to_owned(),
        })
    };
    let path: Vec<String> = operation.path.iter().map(part).collect();
    let in_path = |name: &String| operation.path.contains(&format!("{{{name}}}"));
    let names = parameters.as_object().into_iter().flatten();
    let query: Vec<String> = names
        .filter(|(name, _)| *name != "body" && !in_path(name))
        .filter_map(|(name, _)| Some(format!("{name}={}", value(name)?)))
        .collect();
    let body = match operation.name.as_str() {
        "createDestination" => {
            json!({"name": "SQSDestination", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:us-east-2:444455556666:queue1"}}})
        }
        _ => parameters["body"]["value"].clone(),
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    (format!("{}?{}", path.join("/"), query.join("&")), body)
}

/// Amazon's own sandbox answers, where they are more than a script: ours have the same status and the same members.
#[test]
fn static_sandbox_pairs_hold() {
    let Some(contract) = Contract::read() else {
        return;
    };
    let mut bench = Bench::new(&contract, profile());
    let ids = bench.subscribe("ORDER_CHANGE");
    let served = coverage();
    let mut count = 0;
    for operation in &contract.operations {
        let Some(ours) = served.iter().find(|served| {
            served.coverage != Coverage::NotServed && served.path == operation.text()
        }) else {
            continue;
        };
        for (status, response) in operation.responses.as_object().expect("responses") {
            let excused = NOT_APPLICABLE
                .iter()
                .any(|(name, of, _)| *name == ours.name && (of.is_empty() || of == status));
            let pairs = response["x-amzn-api-sandbox"]["static"].as_array();
            for pair in pairs.into_iter().flatten().filter(|_| !excused) {
                let (path, body) = replayed(operation, &pair["request"]["parameters"], &ids);
                let expected: u16 = status.parse().expect("a status");
                let answer = bench.call(&operation.method, &path, &body, expected);
                let members = pair["response"].as_object().into_iter().flatten();
                for (name, _) in members.filter(|(name, _)| *name != "nextToken") {
                    assert!(answer.get(name).is_some(), "{path}: no {name} in {answer}");
                }
                count += 1;
            }
        }
    }
    assert!(count >= 10, "only {count} pairs were replayed");
}
