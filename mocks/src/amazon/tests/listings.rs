//! Listings: the entries of the attribute that carries quantities, and what a search finds.

use serde_json::json;

use super::*;

const BASE: &str = "/listings/2021-08-01/items/A1SIMSELLER";

fn channels(bench: &mut Bench, sku: &str) -> (Value, Value) {
    let path =
        format!("{BASE}/{sku}?marketplaceIds={US}&includedData=attributes,fulfillmentAvailability");
    let body = bench.get(&path);
    (
        body["attributes"]["fulfillment_availability"].clone(),
        body["fulfillmentAvailability"].clone(),
    )
}

fn patches(bench: &mut Bench, sku: &str, patches: &Value) -> Value {
    let body = json!({"productType": "PRODUCT", "patches": patches}).to_string();
    let path = format!("{BASE}/{sku}?marketplaceIds={US}");
    let (status, answer) = bench.call("PATCH", &path, &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn change(op: &str, entry: Value) -> Value {
    json!({"op": op, "path": "/attributes/fulfillment_availability", "value": [entry]})
}

fn merchant(units: i64) -> Value {
    json!({"fulfillment_channel_code": "DEFAULT", "quantity": units})
}

fn amazon() -> Value {
    json!({"fulfillment_channel_code": "AMAZON_NA"})
}

#[test]
fn a_deletion_is_about_the_channel_that_it_names() {
    let mut bench = Bench::new(ideal());
    bench.open_with(6);
    let answer = patches(&mut bench, "SKU-1", &json!([change("delete", amazon())]));
    assert_eq!(answer["status"], "ACCEPTED");
    assert_eq!(bench.displayed(), 6, "nothing of the merchant's is deleted");
    let nameless = json!([change("delete", json!({"quantity": 6}))]);
    let answer = patches(&mut bench, "SKU-1", &nameless);
    assert_eq!(answer["status"], "INVALID");
    patches(
        &mut bench,
        "SKU-1",
        &json!([change(
            "delete",
            json!({"fulfillment_channel_code": "DEFAULT"})
        )]),
    );
    assert_eq!(bench.displayed(), 0);
    assert_eq!(
        channels(&mut bench, "SKU-1"),
        (Value::Null, json!([])),
        "no entry is left, and not one of 0 units"
    );
    patches(&mut bench, "SKU-1", &json!([change("merge", merchant(4))]));
    let whole = json!([{"op": "delete", "path": "/attributes/fulfillment_availability"}]);
    patches(&mut bench, "SKU-1", &whole);
    assert_eq!(channels(&mut bench, "SKU-1").0, Value::Null);
}

#[test]
fn patches_of_a_request_work_in_any_order() {
    for reversed in [false, true] {
        let mut bench = Bench::new(ideal());
        bench.amazon.set_fba_stock(LISTING, 3);
        let sku = "SKU-1-FBA";
        patches(&mut bench, sku, &json!([change("replace", merchant(4))]));
        assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (0, 4));
        let mut both = vec![
            change("add", amazon()),
            change("delete", json!({"fulfillment_channel_code": "DEFAULT"})),
        ];
        if reversed {
            both.reverse();
        }
        patches(&mut bench, sku, &json!(both));
        assert_eq!(
            (bench.amazon.fba_units(LISTING), bench.displayed()),
            (3, 0),
            "reversed: {reversed}"
        );
        let (submitted, live) = channels(&mut bench, sku);
        assert_eq!(submitted[0]["fulfillment_channel_code"], "AMAZON_NA");
        assert_eq!(submitted[1], Value::Null);
        assert_eq!(live, json!([{"fulfillmentChannelCode": "AMAZON_NA"}]));
    }
}

#[test]
fn writing_one_channel_leaves_the_other_where_it_is() {
    let mut bench = Bench::new(ideal());
    bench.amazon.set_fba_stock(LISTING, 3);
    let sku = "SKU-1-FBA";
    patches(&mut bench, sku, &json!([change("replace", merchant(21))]));
    let names = |entries: &Value| -> Vec<String> {
        let entries = entries.as_array().unwrap().iter();
        entries
            .map(|entry| entry["fulfillment_channel_code"].as_str().unwrap().into())
            .collect()
    };
    let (submitted, _) = channels(&mut bench, sku);
    assert_eq!(names(&submitted), ["DEFAULT", "AMAZON_NA"]);
    patches(&mut bench, sku, &json!([change("replace", amazon())]));
    let (submitted, live) = channels(&mut bench, sku);
    assert_eq!(names(&submitted), ["DEFAULT", "AMAZON_NA"]);
    assert_eq!(submitted[0]["quantity"], 21);
    assert_eq!(live, json!([{"fulfillmentChannelCode": "AMAZON_NA"}]));
    assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (3, 0));
    patches(&mut bench, sku, &json!([change("delete", amazon())]));
    assert_eq!(
        (bench.amazon.fba_units(LISTING), bench.displayed()),
        (0, 21),
        "the entry that is left fulfils"
    );
    let put =
        json!({"productType": "PRODUCT", "attributes": {"fulfillment_availability": [amazon()]}});
    let path = format!("{BASE}/{sku}?marketplaceIds={US}");
    bench.call("PUT", &path, &put.to_string());
    let (submitted, _) = channels(&mut bench, sku);
    assert_eq!(
        names(&submitted),
        ["AMAZON_NA"],
        "a PUT replaces all entries"
    );
    bench.call("DELETE", &path, "");
    assert_eq!((bench.amazon.fba_units(LISTING), bench.displayed()), (0, 0));
    assert_eq!(channels(&mut bench, sku).0, Value::Null);
}

#[test]
fn put_and_patch_know_the_same_attributes() {
    let mut bench = Bench::new(ideal());
    let path = format!("{BASE}/SKU-1?marketplaceIds={US}");
    for (name, is_one) in [
        ("other_product_image_locator_1", true),
        ("variation_theme", true),
        ("batteries_required", true),
        ("fulfilment_availability", false),
        ("itemName", false),
        ("quantity", false),
    ] {
        let value = json!([{"value": "x"}]);
        let patched =
            json!([{"op": "replace", "path": format!("/attributes/{name}"), "value": value}]);
        let patched = patches(&mut bench, "SKU-1", &patched);
        let mut put = json!({"productType": "PRODUCT", "attributes": {}});
        put["attributes"][name] = value;
        let (_, put) = bench.call("PUT", &path, &put.to_string());
        let expected = if is_one { "ACCEPTED" } else { "INVALID" };
        assert_eq!(
            (&patched["status"], &put["status"]),
            (&expected.into(), &expected.into()),
            "{name}"
        );
        assert_eq!(patched["issues"], put["issues"]);
    }
    let wrong = json!({"productType": "PRODUCT", "requirements": "ALL", "attributes": {}});
    assert_eq!(bench.call("PUT", &path, &wrong.to_string()).0, 400);
    let data = format!("{path}&includedData=offers");
    let body = json!({"productType": "PRODUCT", "patches": [change("merge", merchant(1))]});
    assert_eq!(bench.call("PATCH", &data, &body.to_string()).0, 400);
}

#[test]
fn an_entry_without_a_channel_is_told_as_amazon_tells_it() {
    let mut bench = Bench::new(ideal());
    let answer = patches(
        &mut bench,
        "SKU-1",
        &json!([change("replace", json!({"quantity": 2}))]),
    );
    assert_eq!(answer["issues"][0]["code"], "99022");
    assert_eq!(
        answer["issues"][0]["message"],
        "The field 'fulfillment_channel_code' for the attribute 'fulfillment_availability' does not have enough values. The required minimum is '1' value(s)."
    );
}

#[test]
fn what_is_not_there_is_told_in_the_words_of_listings() {
    let mut bench = Bench::new(ideal());
    let (status, answer) = bench.call("GET", &format!("{BASE}/NO-1?marketplaceIds={US}"), "");
    let error = &answer["errors"][0];
    assert_eq!((status, &error["code"]), (404, &"NOT_FOUND".into()));
    assert_eq!(
        error["message"],
        format!("SKU 'NO-1' not found in marketplace {US}")
    );
    for (method, ids) in [
        ("GET", "MOON"),
        ("PUT", "ATVPDKIKX0DER,A2EUQ1WTGCTBG2"),
        ("DELETE", "ATVPDKIKX0DER,A2EUQ1WTGCTBG2"),
    ] {
        let (status, answer) =
            bench.call(method, &format!("{BASE}/SKU-1?marketplaceIds={ids}"), "");
        assert_eq!(status, 400);
        assert_eq!(
            answer["errors"][0]["message"], "Invalid 'marketplaceIds' provided.",
            "{method}"
        );
    }
}

#[test]
fn a_search_takes_every_filter_or_refuses_it() {
    let mut bench = Bench::new(ideal());
    bench.amazon.set_fba_stock(ListingIndex(1), 3);
    let base = format!("{BASE}?marketplaceIds={US}&includedData=summaries");
    let all = bench.get(&base);
    assert_eq!(all["numberOfResults"], 6);
    let amazon = bench.get(&format!("{base}&identifiersType=SKU&identifiers=SKU-2-FBA"));
    let fnsku = amazon["items"][0]["summaries"][0]["fnSku"]
        .as_str()
        .unwrap();
    for (filter, expected) in [
        (
            format!("identifiersType=FNSKU&identifiers={fnsku},X00NONE"),
            1,
        ),
        ("identifiersType=SKU&identifiers=SKU-3,SKU-3".to_owned(), 1),
        ("createdAfter=2026-11-23T10:00:00Z".to_owned(), 6),
        ("createdAfter=2026-11-23T10:00:01Z".to_owned(), 0),
        ("createdBefore=2026-11-23T09:59:59Z".to_owned(), 0),
        ("variationParentSku=SKU-1".to_owned(), 0),
        ("packageHierarchySku=SKU-1".to_owned(), 0),
        ("withIssueSeverity=ERROR,WARNING".to_owned(), 0),
    ] {
        let found = bench.get(&format!("{base}&{filter}"));
        assert_eq!(found["numberOfResults"], expected, "{filter}");
    }
    for filter in [
        "identifiersType=SKU",
        "identifiers=SKU-1",
        "identifiersType=BOGUS",
        "identifiersType=BOGUS&identifiers=SKU-1",
        "identifiersType=SKU&identifiers=SKU-1&variationParentSku=SKU-2",
        "variationParentSku=SKU-1&packageHierarchySku=SKU-2",
        "withIssueSeverity=BOGUS",
        "createdAfter=soon",
    ] {
        assert_eq!(
            bench.call("GET", &format!("{base}&{filter}"), "").0,
            400,
            "{filter}"
        );
    }
}

#[test]
fn a_page_token_goes_with_its_own_search_only() {
    let mut bench = Bench::new(ideal());
    let base = format!("{BASE}?marketplaceIds={US}&pageSize=2");
    let search = format!("{base}&lastUpdatedAfter=2026-01-01T00:00:00Z");
    let first = bench.get(&search);
    let token = first["pagination"]["nextToken"].as_str().unwrap();
    let next = bench.get(&format!("{search}&pageToken={token}"));
    assert_eq!(next["items"].as_array().unwrap().len(), 2);
    for other in [
        base.clone(),
        format!("{base}&lastUpdatedAfter=2026-01-01T00:00:01Z"),
        format!("{search}&withStatus=BUYABLE"),
        format!("{search}&sortOrder=ASC"),
    ] {
        let (status, answer) = bench.call("GET", &format!("{other}&pageToken={token}"), "");
        let error = &answer["errors"][0];
        assert_eq!(
            (status, &error["code"]),
            (400, &"InvalidInput".into()),
            "{other}"
        );
        assert_eq!(
            error["message"],
            "Search parameters do not match the provided 'pageToken'."
        );
    }
}

#[test]
fn inventory_summaries_are_of_one_marketplace() {
    let mut bench = Bench::new(ideal());
    bench.amazon.set_fba_stock(LISTING, 3);
    let path = |id: &str, ids: &str, more: &str| {
        format!(
            "/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId={id}&marketplaceIds={ids}{more}"
        )
    };
    bench.get(&path(US, US, "&details=false"));
    bench.get(&path(US, US, "&details=True"));
    let two = format!("{US},A2EUQ1WTGCTBG2");
    for wrong in [
        path("MOON", US, ""),
        path("A2EUQ1WTGCTBG2", US, ""),
        path(US, &two, ""),
        path(US, US, "&details=yes"),
        path(US, US, "&details=1"),
        path("", US, ""),
    ] {
        let (status, answer) = bench.call("GET", &wrong, "");
        assert_eq!(status, 400, "{wrong}");
        assert_eq!(
            answer["errors"][0]["message"],
            "Invalid request, please check your input."
        );
    }
    let (_, answer) = bench.call("GET", &path(US, US, "&nextToken=x"), "");
    assert_eq!(
        answer["errors"][0]["message"],
        "Next token is invalid or expired"
    );
}

#[test]
fn a_write_is_about_a_marketplace_in_which_the_seller_sells() {
    let (canada, mexico) = ("A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8");
    let patched =
        json!({"productType": "PRODUCT", "patches": [change("replace", merchant(9))]}).to_string();
    let put = json!({"productType": "PRODUCT", "attributes": {"fulfillment_availability": [merchant(9)]}})
        .to_string();
    for (method, body, ids) in [
        ("PATCH", &patched, canada.to_owned()),
        ("PATCH", &patched, format!("{US},{mexico}")),
        ("PUT", &put, mexico.to_owned()),
        ("DELETE", &String::new(), canada.to_owned()),
    ] {
        let mut bench = Bench::new(ideal());
        bench.open_with(6);
        for more in ["", "&mode=VALIDATION_PREVIEW"] {
            let path = format!("{BASE}/SKU-1?marketplaceIds={ids}{more}");
            let (status, answer) = bench.call(method, &path, body);
            assert_eq!(status, 400, "{method} {ids}: {answer}");
            let error = &answer["errors"][0];
            assert_eq!(
                (error["code"].as_str(), error["message"].as_str()),
                (
                    Some("InvalidInput"),
                    Some("Invalid 'sellerId' and 'marketplaceId' combination provided.")
                )
            );
        }
        assert_eq!(bench.displayed(), 6, "{method} {ids}");
        let path = format!("{BASE}/SKU-1?marketplaceIds={US}");
        assert_eq!(bench.call(method, &path, body).0, 200, "{method}");
        let expected = if method == "DELETE" { 0 } else { 9 };
        assert_eq!(bench.displayed(), expected, "{method}");
    }
}

#[test]
fn an_entry_is_of_the_marketplace_of_its_submission() {
    let mut bench = Bench::new(ideal());
    bench.open_with(6);
    let of = |units: i64, id: &str| json!({"fulfillment_channel_code": "DEFAULT", "quantity": units, "marketplace_id": id});
    let path = format!("{BASE}/SKU-1?marketplaceIds={US}");
    let name = |id: &str| json!([{"value": "Mug", "marketplace_id": id}]);
    let foreign = "A2EUQ1WTGCTBG2";
    for op in ["add", "replace", "merge", "delete"] {
        let answer = patches(&mut bench, "SKU-1", &json!([change(op, of(3, foreign))]));
        assert_eq!(answer["status"], "INVALID", "{op}: {answer}");
        let issue = &answer["issues"][0];
        assert_eq!(
            issue["message"],
            "'A2EUQ1WTGCTBG2' is not a valid value of 'marketplace_id'."
        );
        assert_eq!(issue["attributeNames"], json!(["fulfillment_availability"]));
    }
    let title = json!([{"op": "replace", "path": "/attributes/item_name", "value": name(foreign)}]);
    let answer = patches(&mut bench, "SKU-1", &title);
    assert_eq!(answer["issues"][0]["attributeNames"], json!(["item_name"]));
    for (attributes, expected) in [
        (
            json!({"fulfillment_availability": [of(4, foreign)]}),
            "INVALID",
        ),
        (
            json!({"item_name": name(foreign), "fulfillment_availability": [of(4, US)]}),
            "INVALID",
        ),
        (
            json!({"item_name": name(US), "fulfillment_availability": [of(5, US)]}),
            "ACCEPTED",
        ),
    ] {
        let body = json!({"productType": "PRODUCT", "attributes": attributes}).to_string();
        let (_, answer) = bench.call("PUT", &path, &body);
        assert_eq!(answer["status"], expected, "{body}");
        let displayed = if expected == "INVALID" { 6 } else { 5 };
        assert_eq!(bench.displayed(), displayed);
    }
    patches(&mut bench, "SKU-1", &json!([change("merge", of(8, US))]));
    assert_eq!(bench.displayed(), 8);
}

#[test]
fn an_integer_is_one_however_it_is_written() {
    let mut bench = Bench::new(ideal());
    for (units, expected) in [
        ("1000.0", Some(1_000)),
        ("2e1", Some(20)),
        ("7.5", None),
        ("-0.5", None),
    ] {
        let before = bench.displayed();
        let entry = format!(
            r#"{{"fulfillment_channel_code":"DEFAULT","quantity":{units},"lead_time_to_ship_max_days":2.0}}"#
        );
        let answer = bench.patch("SKU-1", "replace", &entry);
        let status = if expected.is_some() {
            "ACCEPTED"
        } else {
            "INVALID"
        };
        assert_eq!(answer["status"], status, "{units}: {answer}");
        assert_eq!(bench.displayed(), expected.unwrap_or(before), "{units}");
    }
    let listed = json!([[
        "replace",
        "/attributes/fulfillment_availability",
        [merchant(3)]
    ]]);
    let entries = json!([{"op": "replace", "path": "/attributes/fulfillment_availability", "value": [["DEFAULT", null, 3]]}]);
    for patches in [listed, entries] {
        let body = json!({"productType": "PRODUCT", "patches": patches}).to_string();
        let path = format!("{BASE}/SKU-1?marketplaceIds={US}");
        assert_eq!(bench.call("PATCH", &path, &body).0, 400, "{body}");
    }
    assert_eq!(bench.displayed(), 20);
}
