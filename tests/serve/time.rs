//! Platform time, and the clocks of clients.

use channel_mocks::tiktok_shop::Signer;
use oversell::realtime::clock::calendar_unix_micros;
use serde_json::{Value, json};

use super::served::{Served, exchange};

#[test]
fn time_jumps_ahead() {
    let mut served = Served::start(&[]);
    let at = |value: &Value| value["at_s"].as_f64().unwrap();
    let (_, before) = served.control("GET", "time", &Value::Null);
    let (_, after) = served.control("POST", "time", &json!({"advance": "10min"}));
    assert!(at(&after) >= at(&before) + 600.0);
    assert!(served.terminate().0.success());
}

#[test]
fn no_jump_leads_farther_than_a_thousand_years() {
    let mut served = Served::start(&["--orders", "2"]);
    let at = |value: &Value| value["at_s"].as_f64().unwrap();
    let (_, before) = served.control("GET", "time", &Value::Null);
    for by in ["88888888d", "never", "365251d"] {
        let wanted = json!({"advance": by, "speed": 50.0});
        let (status, told) = served.control("POST", "time", &wanted);
        assert_eq!(status, 400, "{told}");
        assert!(
            told["error"].as_str().unwrap().contains("365250d"),
            "{told}"
        );
    }
    let (_, after) = served.control("GET", "time", &Value::Null);
    assert!(at(&after) < at(&before) + 600.0, "{after}");
    assert_eq!(after["speed"], 1.0, "what is refused changes nothing");
    let jump = json!({"advance": "200000d"});
    let statuses = [(); 2].map(|()| served.control("POST", "time", &jump).0);
    assert_eq!(statuses, [200, 400], "nor does the sum of two");
    for channel in ["shopify", "amazon", "tiktok_shop"] {
        let wanted = json!({"channel": channel, "lines": [{"sku": "SKU-00004"}]});
        assert_eq!(
            served.control("POST", "checkout", &wanted).0,
            200,
            "{channel}"
        );
    }
    assert!(served.terminate().0.success());
}

/// Clients outside sign with their own clock, which no jump and no pace of the platforms' changes; tokens live by it too.
#[test]
fn signatures_and_tokens_of_clients_are_judged_by_their_own_clock() {
    let mut served = Served::start(&["--speed", "600"]);
    let shop = served.urls["tiktok_shop"].clone();
    let text = |key: &str| shop[key].as_str().unwrap();
    let signer = Signer::new(text("app_key"), text("app_secret"));
    let asked = |at: u64| {
        let path = "/authorization/202309/shops";
        let query = format!("app_key={}&timestamp={at}", text("app_key"));
        let sign = signer.request(path, &query, b"");
        let headers = [("x-tts-access-token", text("access_token"))];
        let url = format!("{path}?{query}&sign={sign}");
        let answer = exchange(&served.address("tiktok_shop"), "GET", &url, &headers, b"");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        body["code"].as_i64().unwrap()
    };
    let real = || calendar_unix_micros() as u64 / 1_000_000;
    let amazon = served.address("amazon");
    let grant = "grant_type=refresh_token&refresh_token=Atzr|sim-refresh\
                 &client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = exchange(&amazon, "POST", "/auth/o2/token", &form, grant.as_bytes());
    let granted: Value = serde_json::from_slice(&answer.body).unwrap();
    let token = granted["access_token"].as_str().unwrap();
    let sells = || {
        let headers = [("x-amz-access-token", token)];
        let path = "/sellers/v1/marketplaceParticipations";
        exchange(&amazon, "GET", path, &headers, b"").status
    };
    assert_eq!((asked(real()), sells()), (0, 200));
    served.control("POST", "time", &json!({"advance": "30d"}));
    assert_eq!(
        (asked(real()), sells()),
        (0, 200),
        "an ordinary client is not locked out by a jump"
    );
    // An engine that follows the platforms' clock, as it is told, is right too; a stamp that fits neither clock is not.
    let (_, clock) = {
        let warehouse = served.address("warehouse");
        let answer = exchange(&warehouse, "GET", "/_oversell/clock", &[], b"");
        let clock: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, clock)
    };
    let platform = clock["platform_unix_micros"].as_u64().unwrap() / 1_000_000;
    assert!(platform > real() + 29 * 86_400, "{clock}");
    assert_eq!(asked(platform), 0);
    assert_ne!(asked(real() + 86_400), 0);
    assert_ne!(asked(real() - 3_600), 0);
    assert!(served.terminate().0.success());
}
