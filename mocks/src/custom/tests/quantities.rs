//! Products, and writes of their quantities.

use super::*;
use crate::core::Cause;

#[test]
fn the_catalogue_pages_through_every_product_once() {
    let mut world = World::ideal("");
    let (mut skus, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/v1/products?limit=3&cursor={cursor}"));
        assert_eq!(page.status, 200);
        let rows = page.body["products"].as_array().unwrap();
        skus.extend(
            rows.iter()
                .map(|row| row["sku"].as_str().unwrap().to_string()),
        );
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = next.to_string(),
            None => break,
        }
    }
    let own: Vec<String> = world
        .shop
        .shop
        .seed
        .listings
        .iter()
        .map(|it| it.sku.clone())
        .collect();
    assert_eq!(skus, own);
    let named = world.get("/v1/products?skus=SKU-3&skus=NONE&skus=CUP%2F%22L%22%2C%202%20%25");
    let rows = named.body["products"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["sku"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["SKU-3", "CUP/\"L\", 2 %"]);
    assert_eq!(named.body["next_cursor"], Value::Null);
    for wrong in [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=%2B5",
        "limit=05",
        "cursor=77",
        "skus=SKU-3&limit=0",
        "skus=SKU-3&cursor=garbage",
    ] {
        assert_eq!(
            world.get(&format!("/v1/products?{wrong}")).code(),
            "bad_request"
        );
    }
}

#[test]
fn a_write_is_live_after_its_delay_and_overwrites_what_was_sold_meanwhile() {
    let mut world = World::ideal("[inventory]\nwrite_to_live = { fixed = \"20s\" }");
    let written = world.put("SKU-0", 7, "");
    assert_eq!(
        (written.status, &written.body["status"]),
        (202, &json!("accepted"))
    );
    assert_eq!(world.displayed(0), 10);
    world.run_for(Micros::from_secs(5));
    world.buy(&[(0, 2)]);
    world.run_for(Micros::from_secs(15));
    assert_eq!(world.displayed(0), 7);
    let causes = world.facts.iter().filter_map(|fact| match fact {
        Fact::Displayed {
            from,
            to,
            cause: Cause::Write { received_at, .. },
            ..
        } => Some((*from, *to, *received_at)),
        _ => None,
    });
    assert_eq!(causes.collect::<Vec<_>>(), [(8, 7, Micros::ZERO)]);
}

#[test]
fn writes_of_one_sku_keep_their_order_unless_the_profile_lets_them_overtake() {
    let last = |in_order: bool| {
        let over = format!(
            "[inventory]\nwrite_to_live = {{ uniform = [\"1s\", \"60s\"] }}\nwrites_in_order = {in_order}"
        );
        let mut world = World::ideal(&over);
        let mut overtaken = false;
        for quantity in 1..=40 {
            world.put("SKU-2", quantity, "");
            world.run_for(Micros::from_secs(2));
            overtaken |= world.displayed(2) > quantity;
        }
        world.run_for(Micros::from_secs(60));
        assert!(!overtaken);
        world.displayed(2)
    };
    assert_eq!(last(true), 40);
    assert!(last(false) < 40, "an older write came last");
}

#[test]
fn a_quantity_is_set_only_if_it_is_still_of_the_version_named() {
    let mut world = World::ideal("");
    let read = world.get("/v1/products/SKU-0/quantity");
    let etag = read.header("etag").to_string();
    assert_eq!(
        (read.body["quantity"].as_i64(), etag.as_str()),
        (Some(10), "\"1\"")
    );
    world.buy(&[(0, 1)]);
    let stale = world.put("SKU-0", 3, &etag);
    assert_eq!(
        (stale.status, stale.code(), world.displayed(0)),
        (412, "stale", 9)
    );
    for good in ["\"2\"", "\"0\", \"3\"", "*"] {
        let version = world.get("/v1/products/SKU-0/quantity").body["version"].clone();
        let set = world.put("SKU-0", version.as_str().unwrap().parse().unwrap(), good);
        assert_eq!(
            (set.status, set.body["status"].as_str()),
            (200, Some("applied")),
            "{good}"
        );
    }
    for (wrong, status) in [("5", 400), ("W/\"5\"", 412), ("\"4\", \"6\"", 412)] {
        assert_eq!(world.put("SKU-0", 1, wrong).status, status, "{wrong}");
    }
    let mut heedless = World::ideal("[inventory]\ncompare_and_set = false");
    assert_eq!(heedless.put("SKU-0", 3, "\"99\"").status, 200);
    assert_eq!(heedless.displayed(0), 3);
}

#[test]
fn what_is_no_quantity_of_a_product_is_refused_and_changes_nothing() {
    let mut world = World::ideal("[inventory]\nmax_quantity = 50");
    assert_eq!(world.put("SKU-99", 1, "").code(), "not_found");
    for wrong in [-1, 51, i64::MAX] {
        assert_eq!(world.put("SKU-0", wrong, "").code(), "unprocessable");
    }
    for body in [
        json!({}),
        json!({"quantity": "7"}),
        json!({"quantity": 1.5}),
        json!("7"),
        json!([7]),
        json!({"quantity": [7]}),
    ] {
        let request = world.request(Method::PUT, "/v1/products/SKU-0/quantity", &body);
        assert_eq!(world.send(request).code(), "unprocessable", "{body}");
    }
    // A number without a fraction is whole, however it is written.
    let request = world.request(
        Method::PUT,
        "/v1/products/SKU-0/quantity",
        &json!({"quantity": 12.0}),
    );
    assert_eq!(world.send(request).status, 200);
    assert_eq!(world.displayed(0), 12);
    world.put("SKU-0", 10, "");
    let mut request = world.request(Method::PUT, "/v1/products/SKU-0/quantity", &Value::Null);
    *request.body_mut() = b"{\"quantity\":".to_vec();
    assert_eq!(world.send(request).code(), "bad_request");
    assert_eq!(world.displayed(0), 10);
    let other = world.request(Method::DELETE, "/v1/products/SKU-0/quantity", &Value::Null);
    let other = world.send(other);
    assert_eq!((other.status, other.header("allow")), (405, "PUT, GET"));
}

#[test]
fn reads_that_lag_show_count_and_version_of_then() {
    let mut world = World::ideal("[inventory]\nread_lag = { fixed = \"30s\" }");
    world.run_for(Micros::from_secs(60));
    world.put("SKU-0", 4, "");
    world.run_for(Micros::from_secs(10));
    let read = |world: &mut World| {
        let body = world.get("/v1/products/SKU-0/quantity").body;
        (
            body["quantity"].as_i64().unwrap(),
            body["version"].as_str().unwrap().to_string(),
        )
    };
    assert_eq!(read(&mut world), (10, "1".to_string()));
    world.run_for(Micros::from_secs(30));
    assert_eq!(read(&mut world), (4, "2".to_string()));
    assert_eq!(world.shop.fault_counts().lagged_read.injected, 1);
    let stale = Fact::ReadStale {
        listing: ListingIndex(0),
    };
    let told = world.facts.iter().filter(|it| **it == stale).count();
    assert_eq!(told, 1, "each of these reads, and no other");
}

#[test]
fn named_products_come_once_and_page_by_page() {
    let mut world = World::ideal("");
    let mut page = |query: &str| {
        let answer = world.get(&format!("/v1/products?{query}"));
        assert_eq!(answer.status, 200, "{query}");
        let rows = answer.body["products"].as_array().unwrap().iter();
        let skus: Vec<String> = rows.map(|it| it["sku"].as_str().unwrap().into()).collect();
        (skus, answer.body["next_cursor"].as_str().map(String::from))
    };
    let named = "skus=SKU-5&skus=SKU-2&skus=NONE&skus=SKU-5&skus=SKU-3";
    assert_eq!(page(named).0, ["SKU-5", "SKU-2", "SKU-3"]);
    let (first, next) = page(&format!("{named}&limit=2"));
    assert_eq!(first, ["SKU-5", "SKU-2"]);
    let (rest, end) = page(&format!("{named}&limit=2&cursor={}", next.unwrap()));
    assert_eq!((rest, end), (vec!["SKU-3".to_string()], None));
}
