use super::*;

/// The main way through the API, under production limits and with every delay fixed.
#[test]
fn from_token_to_recovery_after_throttling() {
    let mut profile = Profile::named("amazon-default").unwrap();
    profile.latency = ideal().latency;
    profile.orders.list_lag = fixed(30);
    profile.orders.pending.clear();
    profile.inventory.write_to_live = fixed(60);
    profile.inventory.stuck_share = 0.0;
    profile.notifications.delay = fixed(5);
    profile.notifications.drop_share = 0.0;
    profile.notifications.duplicate_share = 0.0;
    profile.faults = ideal().faults;
    let mut bench = Bench::new(profile);
    bench.open_with(10);
    bench.subscribe("ORDER_CHANGE");
    let order = bench.order(2);
    let id = bench.amazon.native_order_id(order);
    assert_eq!(bench.amazon.order_ref(&id), Some(order));
    bench.order(1);
    bench.pass(5);
    let bodies = bench.empty_queue("q1");
    assert_eq!(bodies.len(), 2);
    let change = &bodies[0]["Payload"]["OrderChangeNotification"];
    assert_eq!(change["AmazonOrderId"], id.as_str());
    bench.pass(115);
    let search = "/orders/2026-01-01/orders?createdAfter=2026-11-23T00:00:00Z&maxResultsPerPage=1&includedData=FULFILLMENT";
    let page = bench.get(search);
    assert_eq!(page["orders"][0]["orderId"], id.as_str());
    let token = page["pagination"]["nextToken"].as_str().unwrap();
    let page = bench.get(&format!("{search}&paginationToken={token}"));
    assert_eq!(page["orders"].as_array().unwrap().len(), 1);
    assert!(page["pagination"].is_null());
    assert_eq!(bench.set(6)["status"], "ACCEPTED");
    assert_eq!(bench.displayed(), 7);
    bench.pass(60);
    assert_eq!(bench.displayed(), 6);
    let item = format!(
        "/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}&includedData=fulfillmentAvailability"
    );
    assert_eq!(
        bench.get(&item)["fulfillmentAvailability"][0]["quantity"],
        6
    );
    assert_eq!(bench.confirm(order, "1", 2).0, 204);
    // Two searches are gone, and 60 s gave 0.336 of a token back: 18 more pass, the 19th does not.
    for _ in 0..18 {
        bench.get(search);
    }
    let refused = bench.response("GET", search, "");
    assert_eq!(refused.status(), 429);
    assert_eq!(read(&refused)["errors"][0]["code"], "QuotaExceeded");
    assert!(refused.headers().get("x-amzn-ratelimit-limit").is_none());
    assert!(refused.headers().get("retry-after").is_none());
    let wait = Micros(((1.0 - 60.0 * 0.0056) / 0.0056 * 1e6_f64).ceil() as u64);
    let due = bench.now + wait;
    bench.run_until(Micros(due.0 - 1));
    assert_eq!(bench.response("GET", search, "").status(), 429);
    bench.run_until(due);
    let served = bench.response("GET", search, "");
    assert_eq!(served.status(), 200);
    assert_eq!(served.headers()["x-amzn-ratelimit-limit"], "0.0056");
    let used = bench.amazon.limits();
    let used = used
        .iter()
        .find(|limit| limit.name == "searchOrders")
        .unwrap();
    assert_eq!(used.used, 21.0);
    let throttled = bench.facts.iter().filter(|fact| {
        matches!(
            fact,
            Fact::Call {
                operation: "searchOrders",
                outcome: crate::core::CallOutcome::Throttled,
                ..
            }
        )
    });
    assert_eq!(throttled.count(), 2);
}

#[test]
fn tokens_expire_and_bad_ones_are_told_apart() {
    let mut bench = Bench::new(ideal());
    let path = "/sellers/v1/marketplaceParticipations";
    assert_eq!(bench.get(path)["payload"][0]["marketplace"]["id"], US);
    let good = std::mem::replace(&mut bench.token, "Atza|nonsense".to_owned());
    let details = |bench: &mut Bench, path: &str| {
        let (status, body) = bench.call("GET", path, "");
        assert_eq!(status, 403);
        assert_eq!(body["errors"][0]["code"], "Unauthorized");
        body["errors"][0]["details"].as_str().unwrap().to_owned()
    };
    assert!(details(&mut bench, path).contains("malformed"));
    bench.token = good;
    assert_eq!(details(&mut bench, "/no/such/path"), "");
    bench.pass(3_599);
    bench.get(path);
    bench.pass(1);
    assert_eq!(
        details(&mut bench, path),
        "The access token you provided has expired."
    );
    let missing = http::Request::builder().uri(path).body(Vec::new()).unwrap();
    let id = bench.send(missing);
    let (_, response) = bench.take(id).unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.headers()["x-amzn-errortype"],
        "AccessDeniedException"
    );
    assert!(
        read(&response)["errors"][0]["details"]
            .as_str()
            .unwrap()
            .contains("missing")
    );
}

#[test]
fn participations_tell_what_is_usual_in_the_marketplace() {
    for (id, name, country, told) in [
        (
            "A2EUQ1WTGCTBG2",
            "Amazon.ca",
            "CA",
            ["CAD", "en_CA", "www.amazon.ca"],
        ),
        (
            "A2Q3Y263D00KWC",
            "Amazon.com.br",
            "BR",
            ["BRL", "pt_BR", "www.amazon.com.br"],
        ),
        (
            "A1VC38T7YXB528",
            "Amazon.co.jp",
            "JP",
            ["JPY", "ja_JP", "www.amazon.co.jp"],
        ),
        ("A0OWN", "Own.test", "US", ["USD", "en_US", "www.own.test"]),
    ] {
        let mut profile = ideal();
        profile.marketplace.id = id.to_owned();
        profile.marketplace.name = name.to_owned();
        profile.marketplace.country = country.to_owned();
        let mut bench = Bench::new(profile);
        let read = bench.get("/sellers/v1/marketplaceParticipations");
        let marketplace = &read["payload"][0]["marketplace"];
        let members = ["defaultCurrencyCode", "defaultLanguageCode", "domainName"];
        assert_eq!(
            members.map(|member| marketplace[member].as_str().unwrap()),
            told
        );
    }
}

#[test]
fn the_token_endpoint_speaks_oauth() {
    let mut bench = Bench::new(ideal());
    let client =
        "client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    for (body, status, error) in [
        ("", 400, "invalid_request"),
        (
            &format!("grant_type=refresh_token&{client}"),
            400,
            "invalid_request",
        ),
        (
            &format!("grant_type=refresh_token&refresh_token=x&{client}"),
            400,
            "invalid_grant",
        ),
        (
            "grant_type=refresh_token&client_id=x&client_secret=y",
            401,
            "invalid_client",
        ),
        (
            &format!("grant_type=password&{client}"),
            400,
            "unsupported_grant_type",
        ),
        (
            &format!("grant_type=client_credentials&scope=x&{client}"),
            400,
            "invalid_scope",
        ),
    ] {
        let (got, answer) = bench.call("POST", "/auth/o2/token", body);
        assert_eq!(
            (got, answer["error"].as_str()),
            (status, Some(error)),
            "{body}"
        );
        assert!(answer["request_id"].is_string());
        assert!(answer["error_index"].is_string());
    }
    let grantless = format!(
        "grant_type=client_credentials&scope=sellingpartnerapi%3A%3Anotifications&{client}"
    );
    let (_, answer) = bench.call("POST", "/auth/o2/token", &grantless);
    assert_eq!(answer["expires_in"], 3_600);
    bench.token = answer["access_token"].as_str().unwrap().to_owned();
    bench.get("/notifications/v1/destinations");
    assert_eq!(
        bench
            .call("GET", "/sellers/v1/marketplaceParticipations", "")
            .0,
        403
    );
    let mut strict = ideal();
    strict.authorization.strict_grantless = true;
    strict.authorization.product_listing_role = false;
    let mut bench = Bench::new(strict);
    assert_eq!(
        bench.call("GET", "/notifications/v1/destinations", "").0,
        403
    );
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    bench.get(&path);
    assert_eq!(
        bench.call("PATCH", &path, "{}").0,
        403,
        "the role is missing"
    );
}

#[test]
fn a_consent_grants_a_code_for_its_life_and_a_refused_one_grants_nothing() {
    let mut bench = Bench::new(ideal());
    bench.amazon.revoke_access(bench.now);
    let client =
        "client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    let refresh = format!("grant_type=refresh_token&refresh_token=Atzr%7Csim-refresh&{client}");
    let consent = |bench: &mut Bench, application: &str, address: &str| {
        let path = format!(
            "/apps/authorize/consent?application_id={application}&redirect_uri={address}&state=s1"
        );
        bench.response("GET", &path, "")
    };
    let own = "amzn1.sp.solution.sim";
    let back = "http%3A%2F%2Fapp.test%2Fback";
    for (application, address) in [(own, "back"), (own, "ftp%3A%2F%2Fapp.test"), ("x", back)] {
        let refused = consent(&mut bench, application, address);
        assert_eq!(refused.status(), 400, "{application} {address}");
        let after = bench.call("POST", "/auth/o2/token", &refresh);
        assert_eq!(after.0, 400, "{application} {address}");
    }
    let exchange = |bench: &mut Bench| {
        let sent = consent(bench, own, back);
        assert_eq!(sent.status(), 302);
        let location = sent.headers()["location"].to_str().unwrap();
        let start =
            "http://app.test/back?state=s1&selling_partner_id=A1SIMSELLER&spapi_oauth_code=";
        let code = location.strip_prefix(start).unwrap();
        format!("grant_type=authorization_code&code={code}&{client}")
    };
    let first = exchange(&mut bench);
    bench.pass(299);
    assert_eq!(bench.call("POST", "/auth/o2/token", &first).0, 200);
    let again = bench.call("POST", "/auth/o2/token", &first);
    assert_eq!((again.0, &again.1["error"]), (400, &"invalid_grant".into()));
    let named = exchange(&mut bench);
    let elsewhere = format!("{named}&redirect_uri=http%3A%2F%2Fapp.test%2Fother");
    let (status, refused) = bench.call("POST", "/auth/o2/token", &elsewhere);
    assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
    let same = format!("{named}&redirect_uri={back}");
    assert_eq!(bench.call("POST", "/auth/o2/token", &same).0, 200);
    let late = exchange(&mut bench);
    bench.pass(300);
    assert_eq!(bench.call("POST", "/auth/o2/token", &late).0, 400);
    assert_eq!(bench.call("POST", "/auth/o2/token", &refresh).0, 200);
}

fn restricted_token(bench: &mut Bench, resource: &str) -> String {
    let path = "/tokens/2021-03-01/restrictedDataToken";
    let body = format!(r#"{{"restrictedResources":[{resource}]}}"#);
    let (status, made) = bench.call("POST", path, &body);
    assert_eq!((status, made["expiresIn"].as_u64()), (200, Some(3_600)));
    made["restrictedDataToken"].as_str().unwrap().to_owned()
}

#[test]
fn personal_data_open_to_restricted_tokens_of_their_resource_only() {
    let mut bench = Bench::new(ideal());
    bench.open_with(2);
    let (order, other) = (bench.order(1), bench.order(1));
    let id = bench.amazon.native_order_id(order);
    let other = bench.amazon.native_order_id(other);
    let path = "/tokens/2021-03-01/restrictedDataToken";
    for bad in [
        "",
        r#"{"method":"","path":"/orders/v0/orders"}"#,
        r#"{"method":"GET","path":"/orders/v0/orders","dataElements":["name"]}"#,
    ] {
        let body = format!(r#"{{"restrictedResources":[{bad}]}}"#);
        assert_eq!(bench.call("POST", path, &body).0, 400, "{bad}");
    }
    let address = format!("/orders/v0/orders/{id}/address");
    let seen = bench.get(&format!("/orders/v0/orders/{id}"))["payload"].clone();
    assert_eq!(seen["ShippingAddress"]["PostalCode"], "48110");
    assert_eq!(seen["ShippingAddress"]["Name"], Value::Null);
    assert_eq!(seen["BuyerInfo"], Value::Null);
    assert_eq!(bench.call("GET", &address, "").0, 403, "a seller's token");
    let seller = bench.token.clone();

    let resource = format!(
        r#"{{"method":"GET","path":"/orders/v0/orders/{id}","dataElements":["buyerInfo"]}}"#
    );
    bench.token = restricted_token(&mut bench, &resource);
    let seen = bench.get(&format!("/orders/v0/orders/{id}"))["payload"].clone();
    assert_eq!(seen["BuyerInfo"]["BuyerName"], "Buyer 1");
    assert_eq!(seen["ShippingAddress"]["Name"], Value::Null);
    for closed in [&format!("/orders/v0/orders/{other}"), &address] {
        assert_eq!(bench.call("GET", closed, "").0, 403, "{closed}");
    }

    bench.token = seller;
    let resource = r#"{"method":"GET","path":"/orders/v0/orders/{orderId}/address"}"#;
    bench.token = restricted_token(&mut bench, resource);
    for id in [id, other] {
        let seen = bench.get(&format!("/orders/v0/orders/{id}/address"));
        assert!(seen["payload"]["ShippingAddress"]["AddressLine1"].is_string());
    }
    bench.pass(3_600);
    assert_eq!(
        bench.call("GET", &address, "").1["errors"][0]["details"],
        "The access token you provided has expired."
    );
}

#[test]
fn a_throttled_answer_tells_nothing_but_that() {
    let mut profile = Profile::named("amazon-default").unwrap();
    profile.faults.server_error_share = 0.0;
    let mut bench = Bench::new(profile);
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let mut last = bench.response("GET", &path, "");
    assert_eq!(last.headers()["x-amzn-ratelimit-limit"], "5.0");
    assert_eq!(last.headers()["content-type"], "application/json");
    while last.status() == 200 {
        last = bench.response("GET", &path, "");
    }
    assert_eq!(last.status(), 429);
    assert_eq!(
        last.body(),
        br#"{"errors":[{"code":"QuotaExceeded","message":"You exceeded your application's quota for the requested resource.","details":""}]}"#
    );
    assert_eq!(
        last.headers()["x-amzn-errortype"],
        "TooManyRequestsException"
    );
    assert!(last.headers().contains_key("x-amzn-requestid"));
    for absent in ["retry-after", "x-amzn-ratelimit-limit"] {
        assert!(!last.headers().contains_key(absent), "{absent}");
    }
}

#[test]
fn bad_input_has_its_own_code_in_listings_and_odd_input_is_tolerated() {
    let mut bench = Bench::new(ideal());
    let path = "/listings/2021-08-01/items/A1SIMSELLER/SKU-1";
    assert_eq!(
        bench.call("GET", path, "").1["errors"][0]["code"],
        "BAD_REQUEST"
    );
    assert_eq!(
        bench.call("GET", "/orders/v0/orders", "").1["errors"][0]["code"],
        "InvalidInput"
    );
    let repeated = format!(
        "{path}?marketplaceIds={US}&marketplaceIds={US}&MarketplaceId={US}&includedData=summaries%2Cattributes&includedData=issues"
    );
    assert_eq!(bench.get(&repeated)["issues"], serde_json::json!([]));
    let raw = "grant_type=refresh_token&refresh_token=Atzr|sim-refresh&client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret&more=1";
    assert_eq!(bench.call("POST", "/auth/o2/token", raw).0, 200);
    let scope = "grant_type=client_credentials&scope=sellingpartnerapi::notifications&client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    assert_eq!(bench.call("POST", "/auth/o2/token", scope).0, 200);
    let old = format!("/listings/2020-09-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let body = r#"{"productType":"P","MarketplaceIds":["x"],"patches":[{"op":"replace","path":"/attributes/fulfillment_availability","value":[{"fulfillment_channel_code":"DEFAULT","quantity":3}]}]}"#;
    assert_eq!(bench.call("PATCH", &old, body).1["status"], "ACCEPTED");
    assert_eq!(bench.displayed(), 3);
    assert_eq!(bench.call("DELETE", &old, "").1["status"], "ACCEPTED");
    assert_eq!(bench.displayed(), 0);
}

#[test]
fn server_errors_take_no_effect() {
    let mut profile = ideal();
    profile.faults.server_error_share = 1.0;
    let mut bench = Bench::new(profile);
    bench.open_with(5);
    let path = format!("/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds={US}");
    let body = r#"{"productType":"PRODUCT","patches":[{"op":"merge","path":"/attributes/fulfillment_availability","value":[{"fulfillment_channel_code":"DEFAULT","quantity":9}]}]}"#;
    assert_eq!(bench.call("PATCH", &path, body).0, 500);
    assert_eq!(bench.displayed(), 5);
}
