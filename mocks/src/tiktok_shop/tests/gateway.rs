//! The gateway's checks, in their order.

use super::*;

const SEARCH: &str = "/order/202309/orders/search";

fn refused(world: &mut World, path: &str, query: &str) -> (u16, u64, String) {
    let answer = world.get(path, query);
    assert!(answer.body["data"].is_null());
    (answer.status, answer.code(), answer.message().to_string())
}

#[test]
fn paths_versions_and_methods() {
    let mut world = World::ideal("");
    assert_eq!(
        refused(&mut world, "/nothing/202309/here", "").1,
        36_009_009
    );
    assert_eq!(
        refused(&mut world, "/order/202412/orders", "").1,
        36_009_014
    );
    let (status, code, _) = refused(&mut world, SEARCH, "");
    assert_eq!((status, code), (405, 36_009_010));
}

#[test]
fn each_check_answers_with_its_code_and_keyword() {
    let mut world = World::ideal("");
    world.now = Micros::from_secs(1_000);
    let path = "/order/202309/orders";
    let base = format!("timestamp={}&shop_cipher=ROW_demoCipher01", world.seconds());
    let cases = [
        // Everything is wrong; the first check in order answers.
        ("timestamp=1".to_string(), 400, 36_009_004, "app_key"),
        (
            "app_key=6demo0key&sign=x&timestamp=1".to_string(),
            400,
            36_009_004,
            "timestamp",
        ),
        (
            format!(
                "app_key=6demo0key&sign=x&timestamp={}",
                world.seconds() + 31
            ),
            400,
            36_009_004,
            "timestamp",
        ),
        (
            format!("app_key=6demo0key&{base}"),
            400,
            36_009_004,
            "signature",
        ),
        (
            format!("app_key=6demo0key&sign=abc&{base}"),
            401,
            106_001,
            "The 'sign' query parameter is invalid",
        ),
    ];
    for (query, status, code, keyword) in cases {
        let answer = world.unsigned(&format!("{path}?{query}"));
        assert_eq!((answer.status, answer.code()), (status, code), "{query}");
        assert!(answer.message().contains(keyword), "{}", answer.message());
    }
    let edge = world.seconds();
    world.now += Micros::from_secs(300);
    let mut request = world.signed(Method::GET, path, "ids=576460000000000001", "");
    let query = format!("app_key=6demo0key&timestamp={edge}&shop_cipher=ROW_demoCipher01&ids=1");
    let sign = world.signer.request(path, &query, b"");
    *request.uri_mut() = format!("{path}?{query}&sign={sign}").parse().unwrap();
    assert_eq!(
        world.send(request.clone()).code(),
        21_008_111,
        "300 s old is in time"
    );
    world.now += Micros::from_secs(1);
    assert_eq!(
        world.send(request).message(),
        "Invalid timestamp. The value of the 'timestamp' query parameter must not be earlier than 5 minutes before the \
         current time."
    );
}

#[test]
fn token_cipher_and_scope() {
    let mut world = World::ideal("");
    world.token = "other".to_string();
    let answer = world.get("/order/202309/orders", "ids=1");
    assert_eq!((answer.status, answer.code()), (400, 36_009_004));
    let text = "Invalid credentials. The 'x-tts-access-token' header is invalid.";
    assert_eq!(answer.message(), text);
    world.token = "ROW_tokA".to_string();
    let path = "/authorization/202309/shops";
    let unexpected = world.get(path, "shop_cipher=ROW_demoCipher01");
    let text = "Unexpected identifier. The 'shop_cipher' query parameter is not required for this request.";
    assert_eq!(unexpected.message(), text);
    // An empty one is none, where it is not wanted and where it is.
    assert_eq!(world.get(path, "shop_cipher=").code(), 0);
    let query = format!("app_key=6demo0key&timestamp={}", world.seconds());
    let without = |world: &World, extra: &str| {
        let path = "/logistics/202309/warehouses";
        let query = format!("{query}{extra}");
        let sign = world.signer.request(path, &query, b"");
        let mut request = world.signed(Method::GET, path, "", "");
        *request.uri_mut() = format!("{path}?{query}&sign={sign}").parse().unwrap();
        request
    };
    let request = without(&world, "");
    assert_eq!(world.send(request).code(), 106_013);
    let request = without(&world, "&shop_cipher=");
    assert_eq!(world.send(request).code(), 106_013);
    let request = without(&world, "&shop_cipher=ROW_other");
    assert_eq!(world.send(request).code(), 101_000);
    let request = without(&world, "&shop_cipher=ROW_demoCipher01&shop_id=1");
    assert!(world.send(request).message().contains("shop_id"));

    let mut narrow = World::ideal("[gateway]\ngranted_scopes = [\"seller.order.info\"]");
    let answer = narrow.get("/logistics/202309/warehouses", "");
    assert_eq!((answer.status, answer.code()), (401, 105_005));
}

#[test]
fn tokens_expire_and_refreshes_rotate() {
    let mut world = World::ideal("[token]\naccess_lifetime = \"1h\"");
    world.now = Micros::from_secs(3_600);
    let expired = world.get("/logistics/202309/warehouses", "");
    assert_eq!((expired.status, expired.code()), (401, 105_002));
    assert!(expired.message().starts_with("Expired credentials."));
    let refresh = |token: &str| {
        format!(
            "/api/v2/token/refresh?app_key=6demo0key&app_secret=0123456789abcdef&refresh_token={token}&grant_type=authorized_code"
        )
    };
    let answer = world.unsigned(&refresh("ROW_refA"));
    world.token = answer.data()["access_token"].as_str().unwrap().to_string();
    let next = answer.data()["refresh_token"].as_str().unwrap().to_string();
    assert_eq!(world.get("/logistics/202309/warehouses", "").code(), 0);
    assert_eq!(world.unsigned(&refresh("ROW_refA")).code(), 36_004_005);
    assert_eq!(world.unsigned(&refresh(&next)).code(), 0);

    let mut kept = World::ideal(
        "[token]\nrotate_refresh_token = false\nexpired_status = 200\naccess_lifetime = \"1h\"",
    );
    kept.now = Micros::from_secs(3_600);
    assert_eq!(kept.get("/logistics/202309/warehouses", "").status, 200);
    for _ in 0..2 {
        let answer = kept.unsigned(&refresh("ROW_refA"));
        assert_eq!(answer.data()["refresh_token"], "ROW_refA");
    }
}

#[test]
fn an_empty_object_signed_as_nothing_is_a_switch() {
    for (lenient, code) in [(false, 106_001), (true, 0)] {
        let mut world = World::ideal(&format!(
            "[gateway]\naccept_unsigned_empty_object = {lenient}"
        ));
        let mut request = world.signed(Method::POST, SEARCH, "page_size=1", "");
        *request.body_mut() = b"{}".to_vec();
        assert_eq!(world.send(request).code(), code);
        let signed = world.signed(Method::POST, SEARCH, "page_size=1", "{}");
        assert_eq!(world.send(signed).code(), 0);
    }
}

#[test]
fn faults_come_as_the_profile_says() {
    let mut world = World::ideal("[faults]\nunavailable = 1.0");
    let answer = world.get("/logistics/202309/warehouses", "");
    assert_eq!((answer.status, answer.body), (503, Value::Null));

    for (share, displayed) in [("0.0", 10), ("1.0", 3)] {
        let mut world = World::ideal(&format!(
            "[faults]\nupstream_timeout = 1.0\nupstream_timeout_takes_effect = {share}"
        ));
        let answer = world.set_stock(SKU_0, 3);
        assert_eq!((answer.status, answer.code()), (504, 36_009_007));
        assert_eq!(answer.at, Micros::from_secs(10));
        assert_eq!(world.displayed(0), displayed);
    }
}

#[test]
fn throttles_as_http_200_and_without_retry_after() {
    let mut world = World::ideal(
        "[limits]\nhttp_200_share = 1.0\nlight_read = { rate_per_second = 0.0, burst = 1.0 }",
    );
    assert_eq!(world.get("/logistics/202309/warehouses", "").code(), 0);
    let answer = world.get("/logistics/202309/warehouses", "");
    assert_eq!(
        (answer.status, answer.code(), answer.retry_after),
        (200, 36_009_002, None)
    );
}
