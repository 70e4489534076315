//! What a confirmation of a shipment may say, for a new package and for one that is known.

use serde_json::json;

use super::*;

const UNKNOWN_ITEM: &str = "OrderItemId is invalid, please obtain the value through the getOrderItems API or Manage Orders page";
const NO_NUMBER: &str = "PackageReferenceId: is invalid, must be a positive numeric value.";
const NO_DATE: &str = "shipDate is not a valid ISO 8601 date-time.";

/// A shop with one order of five units, and a confirmation of three of them in package 22.
struct Parcel {
    bench: Bench,
    id: String,
    item: String,
    whole: Value,
}

impl Parcel {
    fn new() -> Parcel {
        let mut bench = Bench::new(ideal());
        bench.open_with(9);
        let order = bench.order(5);
        let id = bench.amazon.native_order_id(order);
        let items = bench.get(&format!("/orders/v0/orders/{id}/orderItems"));
        let item = items["payload"]["OrderItems"][0]["OrderItemId"].clone();
        let whole = json!({"marketplaceId": US, "packageDetail": {
            "packageReferenceId": "22", "carrierCode": "UPS", "trackingNumber": "1ZA",
            "shipDate": "2026-11-23T12:00:00Z",
            "orderItems": [{"orderItemId": item, "quantity": 3}],
        }});
        Parcel {
            bench,
            id,
            item: item.as_str().unwrap().to_owned(),
            whole,
        }
    }

    fn send(&mut self, body: &Value) -> (u16, String) {
        let path = format!("/orders/v0/orders/{}/shipmentConfirmation", self.id);
        let (status, answer) = self.bench.call("POST", &path, &body.to_string());
        let message = answer["errors"][0]["message"].as_str().unwrap_or("");
        (status, message.to_owned())
    }

    fn with(&mut self, name: &str, value: Value) -> (u16, String) {
        let mut body = self.whole.clone();
        body["packageDetail"][name] = value;
        self.send(&body)
    }

    /// Whether all packages are what they were, and what the last one is.
    fn packages(&mut self) -> Value {
        let path = format!(
            "/orders/2026-01-01/orders/{}?includedData=PACKAGES",
            self.id
        );
        self.bench.get(&path)["order"]["packages"].clone()
    }
}

fn refused(message: &str) -> (u16, String) {
    (400, message.to_owned())
}

#[test]
fn a_known_package_takes_no_other_items() {
    let mut parcel = Parcel::new();
    let item = parcel.item.clone();
    for is_known in [false, true] {
        let before = parcel.packages();
        for (items, message) in [
            (
                json!([{"orderItemId": "7", "quantity": 3}]),
                UNKNOWN_ITEM.to_owned(),
            ),
            (json!([]), "orderItems must not be empty.".to_owned()),
            (
                json!([{"orderItemId": item, "quantity": 0}]),
                format!("Invalid quantity 0 of orderItemId {item}."),
            ),
            (
                json!([{"orderItemId": item, "quantity": 6}]),
                format!("Invalid quantity 6 of orderItemId {item}."),
            ),
        ] {
            assert_eq!(
                parcel.with("orderItems", items),
                refused(&message),
                "{is_known}"
            );
        }
        assert_eq!(parcel.packages(), before, "nothing was edited");
        assert_eq!(parcel.with("trackingNumber", "1ZA".into()).0, 204);
    }
    for other in [2, 4] {
        let items = json!([{"orderItemId": item, "quantity": other}]);
        let message = format!("Invalid quantity {other} of orderItemId {item}.");
        assert_eq!(parcel.with("orderItems", items), refused(&message));
    }
    let parts = json!([{"orderItemId": item, "quantity": 1}, {"orderItemId": item, "quantity": 2}]);
    assert_eq!(
        parcel.with("orderItems", parts).0,
        204,
        "the same three units"
    );
    assert_eq!(parcel.with("trackingNumber", "1ZB".into()).0, 204);
    let packages = parcel.packages();
    assert_eq!(packages.as_array().unwrap().len(), 1);
    assert_eq!(packages[0]["trackingNumber"], "1ZB");
    assert_eq!(packages[0]["packageItems"][0]["quantity"], 3);
}

#[test]
fn a_ship_date_has_a_time_and_an_offset_and_is_told_as_an_instant() {
    let mut parcel = Parcel::new();
    for date in [
        "2026-12-06",
        "2026-12-06T10:00:00",
        "0000-01-01T00:00:00Z",
        "2026-12-06 10:00:00Z",
        "02/21/2022",
    ] {
        assert_eq!(
            parcel.with("shipDate", date.into()),
            refused(NO_DATE),
            "{date}"
        );
    }
    for (date, told) in [
        ("2026-11-22T10:00:00+05:30", "2026-11-22T04:30:00.000Z"),
        ("2026-11-22T10:00:00.25-0800", "2026-11-22T18:00:00.250Z"),
        ("2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.000Z"),
    ] {
        assert_eq!(parcel.with("shipDate", date.into()).0, 204, "{date}");
        assert_eq!(parcel.packages()[0]["shipTime"], told);
    }
}

#[test]
fn marketplace_carrier_and_number_of_a_package_are_checked() {
    let mut parcel = Parcel::new();
    for number in ["+22", " 22", "0", "-1", "", "22a", "99999999999999999999"] {
        let answer = parcel.with("packageReferenceId", number.into());
        assert_eq!(answer, refused(NO_NUMBER), "{number}");
    }
    for carrier in ["", "  "] {
        let answer = parcel.with("carrierCode", carrier.into());
        assert_eq!(answer, refused("carrierCode is required."));
    }
    let mut body = parcel.whole.clone();
    for (marketplace, status) in [("A2EUQ1WTGCTBG2", 400), ("A1PA6795UKMFR9", 403)] {
        body["marketplaceId"] = marketplace.into();
        let (refusal, message) = parcel.send(&body);
        assert_eq!(refusal, status, "{message}");
        if status == 400 {
            assert_eq!(message, "Invalid marketplace id: A2EUQ1WTGCTBG2.");
        }
    }
    assert_eq!(parcel.packages(), json!([]), "nothing was shipped");
}

#[test]
fn every_member_of_a_confirmation_is_of_the_type_that_the_model_has() {
    let mut parcel = Parcel::new();
    let item = parcel.item.clone();
    let items = |entry: Value| json!([entry]);
    for (name, value) in [
        (
            "orderItems",
            items(json!({"orderItemId": 7, "quantity": 3})),
        ),
        (
            "orderItems",
            items(json!({"orderItemId": item, "quantity": "3"})),
        ),
        (
            "orderItems",
            items(json!({"orderItemId": item, "quantity": 2.5})),
        ),
        (
            "orderItems",
            items(json!({"orderItemId": item, "quantity": -3})),
        ),
        ("orderItems", items(json!([item, 3]))),
        ("orderItems", json!({"orderItemId": item, "quantity": 3})),
        (
            "orderItems",
            items(json!({"orderItemId": item, "quantity": 3, "transparencyCodes": "AZ:1"})),
        ),
        (
            "orderItems",
            items(json!({"orderItemId": item, "quantity": 3, "transparencyCodes": [1]})),
        ),
        ("shipFromSupplySourceId", json!(5)),
        ("shippingMethod", json!(["Ground"])),
    ] {
        let (status, message) = parcel.with(name, value.clone());
        assert_eq!(status, 400, "{name}: {value}");
        assert!(
            message.starts_with("The input you have submitted is not valid. Please check "),
            "{message}"
        );
    }
    for (member, value) in [
        ("codCollectionMethod", json!("Shells")),
        ("codCollectionMethod", json!(1)),
    ] {
        let mut body = parcel.whole.clone();
        body[member] = value;
        assert_eq!(parcel.send(&body).0, 400, "{body}");
    }
    let detail = parcel.whole["packageDetail"].clone();
    let listed = json!({"marketplaceId": US, "packageDetail": [
        detail["packageReferenceId"], detail["carrierCode"], null, null,
        detail["trackingNumber"], detail["shipDate"], detail["orderItems"],
    ]});
    assert_eq!(parcel.send(&listed).0, 400);
    let whole = json!([US, detail]);
    assert_eq!(parcel.send(&whole).0, 400);
    assert_eq!(parcel.packages(), json!([]));
    // What the model has is taken, and an integer however it is written.
    let mut body = parcel.whole.clone();
    body["codCollectionMethod"] = json!("DirectPayment");
    let detail = &mut body["packageDetail"];
    detail["shipFromSupplySourceId"] = json!("ss-east");
    detail["orderItems"] =
        json!([{"orderItemId": item, "quantity": 3.0, "transparencyCodes": ["AZ:1"]}]);
    assert_eq!(parcel.send(&body).0, 204);
    assert_eq!(parcel.packages()[0]["packageItems"][0]["quantity"], 3);
}
