//! What is told of the seller's items and of their prices.

use serde_json::json;

use super::*;

const CATALOG: &str = "/catalog/2022-04-01/items";
const PRICING: &str = "/products/pricing/v0";

fn asin(bench: &mut Bench, sku: &str) -> String {
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/{sku}?marketplaceIds={US}");
    let item = bench.get(&path);
    item["summaries"][0]["asin"].as_str().unwrap().to_owned()
}

#[test]
fn items_are_found_by_what_the_shop_knows_of_them() {
    let mut bench = Bench::new(ideal());
    let second = asin(&mut bench, "SKU-2");
    let item = bench.get(&format!("{CATALOG}/{second}?marketplaceIds={US}"));
    assert_eq!(
        item,
        json!({"asin": second, "summaries": [
            {"marketplaceId": US, "itemClassification": "BASE_PRODUCT", "itemName": "Mug 2"},
        ]})
    );
    let all = "attributes,classifications,dimensions,identifiers,images,productTypes,relationships,salesRanks,summaries,vendorDetails";
    let item = bench.get(&format!(
        "{CATALOG}/{second}?marketplaceIds={US}&includedData={all}"
    ));
    assert_eq!(item.as_object().unwrap().len(), 1 + 9);
    assert_eq!(item["attributes"]["item_name"][0]["value"], "Mug 2");
    assert_eq!(item["images"], json!([{"marketplaceId": US, "images": []}]));
    let base = format!("{CATALOG}?marketplaceIds={US}");
    for (query, expected) in [
        (
            format!("identifiersType=ASIN&identifiers={second},B0SIM00099,B000000000"),
            1,
        ),
        (
            "identifiersType=SKU&sellerId=A1SIMSELLER&identifiers=SKU-4,SKU-1,NO-1".to_owned(),
            2,
        ),
        (
            "identifiersType=SKU&sellerId=A9OTHER&identifiers=SKU-4".to_owned(),
            0,
        ),
        (
            "identifiersType=EAN&identifiers=4006381333931".to_owned(),
            0,
        ),
        ("keywords=MUG".to_owned(), 5),
        ("keywords=mug,3".to_owned(), 1),
        ("keywords=lamp".to_owned(), 0),
        ("keywords=mug&brandNames=Acme".to_owned(), 0),
    ] {
        let found = bench.get(&format!("{base}&{query}"));
        assert_eq!(found["numberOfResults"], expected, "{query}");
        assert_eq!(
            found["items"].as_array().unwrap().len(),
            expected,
            "{query}"
        );
    }
    for (wrong, status) in [
        (base.clone(), 400),
        (
            format!("{base}&keywords=mug&identifiersType=ASIN&identifiers={second}"),
            400,
        ),
        (format!("{base}&identifiers={second}"), 400),
        (
            format!("{base}&identifiersType=FNSKU&identifiers={second}"),
            400,
        ),
        (format!("{base}&identifiersType=SKU&identifiers=SKU-1"), 400),
        (
            format!("{base}&identifiersType=ASIN&identifiers={second}&brandNames=Acme"),
            400,
        ),
        (format!("{base}&keywords={}", ["a"; 21].join(",")), 400),
        (format!("{base}&keywords=mug&pageSize=21"), 400),
        (format!("{base}&keywords=mug&includedData=price"), 400),
        (format!("{CATALOG}?keywords=mug"), 400),
        (format!("{base},A2EUQ1WTGCTBG2&keywords=mug"), 400),
        (format!("{CATALOG}/B0SIM00099?marketplaceIds={US}"), 404),
        (
            format!("{CATALOG}/{second}?marketplaceIds=A2EUQ1WTGCTBG2"),
            404,
        ),
        (
            format!("{CATALOG}/{second}?marketplaceIds=A1PA6795UKMFR9"),
            403,
        ),
    ] {
        let (answered, answer) = bench.call("GET", &wrong, "");
        assert_eq!(answered, status, "{wrong}: {answer}");
    }
}

#[test]
fn a_search_of_the_catalogue_goes_on_page_by_page() {
    let mut bench = Bench::new(ideal());
    let base = format!("{CATALOG}?marketplaceIds={US}&keywords=mug&pageSize=2");
    let (mut names, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = bench.get(&format!("{base}{token}"));
        pages += 1;
        for item in page["items"].as_array().unwrap() {
            names.push(
                item["summaries"][0]["itemName"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        let Some(next) = page["pagination"]["nextToken"].as_str() else {
            break;
        };
        token = format!("&pageToken={next}");
        let other = format!("{CATALOG}?marketplaceIds={US}&keywords=mug,2{token}");
        assert_eq!(bench.call("GET", &other, "").0, 400);
    }
    assert_eq!((pages, names.len()), (3, 5));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn prices_are_those_of_the_sellers_offers() {
    let mut bench = Bench::new(ideal());
    bench.open_with(3);
    bench.amazon.set_fba_stock(LISTING, 2);
    let (first, second) = (asin(&mut bench, "SKU-1"), asin(&mut bench, "SKU-2"));
    let money = |amount: f64| json!({"CurrencyCode": "USD", "Amount": amount});
    let price = |kind: &str, names: &str, more: &str| {
        format!("{PRICING}/{kind}?MarketplaceId={US}&{names}{more}")
    };
    let asins = format!("ItemType=Asin&Asins={first},{second},B0SIM00099");
    let body = bench.get(&price("price", &asins, ""));
    let payload = body["payload"].as_array().unwrap();
    assert_eq!(payload.len(), 3);
    let offers = payload[0]["Product"]["Offers"].as_array().unwrap();
    let sold: Vec<_> = offers
        .iter()
        .map(|offer| {
            (
                offer["SellerSKU"].clone(),
                offer["FulfillmentChannel"].clone(),
            )
        })
        .collect();
    assert_eq!(
        sold,
        [
            ("SKU-1".into(), "Merchant".into()),
            ("SKU-1-FBA".into(), "Amazon".into())
        ]
    );
    assert_eq!(offers[0]["BuyingPrice"]["LandedPrice"], money(19.99));
    assert_eq!(offers[0]["BuyingPrice"]["Shipping"], money(0.0));
    assert_eq!(
        payload[1]["Product"]["Offers"],
        json!([]),
        "nothing can be bought"
    );
    assert_eq!(
        payload[2],
        json!({"status": "ClientError", "ASIN": "B0SIM00099"})
    );
    let skus = "ItemType=Sku&Skus=SKU-1-FBA";
    let body = bench.get(&price("competitivePrice", skus, ""));
    let product = &body["payload"][0]["Product"];
    assert_eq!(
        product["Identifiers"]["SKUIdentifier"]["SellerSKU"],
        "SKU-1-FBA"
    );
    assert_eq!(product["Identifiers"]["MarketplaceASIN"]["ASIN"], first);
    let competition = &product["CompetitivePricing"];
    assert_eq!(
        competition["CompetitivePrices"][0]["Price"]["ListingPrice"],
        money(19.99)
    );
    assert_eq!(competition["NumberOfOfferListings"][0]["Count"], 1);
    for (path, name, value, count) in [
        (format!("items/{first}"), "ASIN", first.as_str(), 2),
        ("listings/SKU-1".to_owned(), "SKU", "SKU-1", 1),
        (format!("items/{second}"), "ASIN", second.as_str(), 0),
    ] {
        let path = format!("{PRICING}/{path}/offers?MarketplaceId={US}&ItemCondition=New");
        let payload = bench.get(&path)["payload"].clone();
        assert_eq!(payload[name], value);
        assert_eq!(payload["Summary"]["TotalOfferCount"], count, "{path}");
        let offers = payload["Offers"].as_array().unwrap();
        assert_eq!(offers.len(), count);
        assert_eq!(
            payload["Summary"]["BuyBoxPrices"].as_array().unwrap().len(),
            count.min(1)
        );
        let status = if count == 0 {
            "NoBuyableOffers"
        } else {
            "Success"
        };
        assert_eq!(payload["status"], status);
        let used = path.replace("=New", "=Used");
        assert_eq!(bench.get(&used)["payload"]["Summary"]["TotalOfferCount"], 0);
    }
    // A buyer takes the last units of the merchant's: the offer is gone.
    bench.order(3);
    let body = bench.get(&price("price", &format!("ItemType=Asin&Asins={first}"), ""));
    let offers = body["payload"][0]["Product"]["Offers"].as_array().unwrap();
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0]["FulfillmentChannel"], "Amazon");
    for wrong in [
        format!("{PRICING}/price?ItemType=Asin&Asins={first}"),
        price("price", "ItemType=Isbn&Asins=x", ""),
        price("price", "ItemType=Asin", ""),
        price("price", &asins, "&ItemCondition=Broken"),
        price("price", &asins, "&OfferType=B2G"),
        price("competitivePrice", &asins, "&CustomerType=B2B"),
        price(
            "price",
            &format!("ItemType=Sku&Skus={}", ["S"; 21].join(",")),
            "",
        ),
        format!("{PRICING}/items/{first}/offers?MarketplaceId={US}"),
        format!("{PRICING}/items/B0SIM00099/offers?MarketplaceId={US}&ItemCondition=New"),
        format!("{PRICING}/items/{first}/offers?MarketplaceId=A2EUQ1WTGCTBG2&ItemCondition=New"),
    ] {
        let (status, answer) = bench.call("GET", &wrong, "");
        assert_eq!(status, 400, "{wrong}: {answer}");
    }
}

#[test]
fn prices_and_items_are_read_as_often_as_amazon_lets_them() {
    let mut profile = Profile::named("amazon-default").unwrap();
    profile.faults.server_error_share = 0.0;
    let mut bench = Bench::new(profile);
    let pricing = format!("MarketplaceId={US}&ItemType=Sku&Skus=SKU-1");
    let offers = format!("MarketplaceId={US}&ItemCondition=New");
    for (path, burst) in [
        (format!("{CATALOG}?marketplaceIds={US}&keywords=mug"), 2),
        (format!("{CATALOG}/B0SIM00001?marketplaceIds={US}"), 2),
        (format!("{PRICING}/price?{pricing}"), 1),
        (format!("{PRICING}/competitivePrice?{pricing}"), 1),
        (format!("{PRICING}/listings/SKU-1/offers?{offers}"), 2),
        (format!("{PRICING}/items/B0SIM00001/offers?{offers}"), 1),
    ] {
        for _ in 0..burst {
            assert_eq!(bench.call("GET", &path, "").0, 200, "{path}");
        }
        assert_eq!(bench.call("GET", &path, "").0, 429, "{path}");
    }
}
