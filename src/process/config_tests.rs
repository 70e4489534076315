//! Configuration files: what they may say, and what is said about those that may not.

use super::config::{ChannelSection, EngineFile};
use crate::engine::Micros;
use crate::engine::config::Platform;

const GOOD: &str = r#"
strategy = "escrow"
database = "engine.db"

[warehouse]
url = "http://127.0.0.1:7005"
token = "warehouse-token"

[[channel]]
name = "web"
platform = "shopify"
url = "http://127.0.0.1:7001"
shop = "demo.myshopify.com"
api_key = "key"
api_secret = "hush"

[[channel]]
name = "amazon"
platform = "amazon"
url = "http://127.0.0.1:7002/"
lwa_client_id = "id"
lwa_client_secret = "secret"
refresh_token = "refresh"
seller_id = "seller"
marketplace_id = "ATVPDKIKX0DER"
"#;

/// Everything a person would be shown.
fn refusal(text: &str) -> String {
    let error = EngineFile::parse("engine.toml", text).expect_err("it should be refused");
    crate::scenario::Diagnostic::from(error).to_string()
}

#[test]
fn a_file_gives_the_engine_its_configuration() {
    let file = EngineFile::parse("engine.toml", GOOD).unwrap();
    let config = file.engine_config(5, "http://127.0.0.1:9000", vec!["A".to_string()]);
    assert_eq!(config.epoch_unix_micros, 5);
    assert_eq!(config.channels[1].callback_url, "http://127.0.0.1:9000/1");
    assert_eq!(config.channels[0].demand_share, 0.5);
    let credentials: Vec<_> = config.channels[0].credentials.iter().collect();
    assert_eq!(
        credentials,
        [
            ("api_key", "key"),
            ("api_secret", "hush"),
            ("shop", "demo.myshopify.com"),
        ]
    );
    // A write of Shopify's is live when it is received, so its lifetime is the way there: the timeout.
    assert_eq!(
        config.channels[0].bounds.write_lifetime,
        Micros::from_secs(30)
    );
    assert_eq!(
        config.channels[1].bounds.write_lifetime,
        Micros::from_secs(3_630)
    );
}

#[test]
fn a_written_file_reads_as_what_it_was_written_from() {
    let mut file = EngineFile::parse("engine.toml", GOOD).unwrap();
    file.clock.speed = 60.0;
    file.clock.real = Some("2026-11-24T09:00:00.000Z".to_string());
    file.clock.platform = Some("2026-11-24T10:00:00.000Z".to_string());
    file.channel[0].bounds.write_lifetime = Some(Micros::MAX);
    let mut tiktok = ChannelSection::new("tiktok", Platform::TiktokShop, "http://[::1]:80");
    tiktok.app_key = Some("k".to_string());
    tiktok.app_secret = Some("s".to_string());
    tiktok.refresh_token = Some("r".to_string());
    tiktok.shop_cipher = Some("c".to_string());
    file.channel.push(tiktok);
    let text = file.to_toml().unwrap();
    let again = EngineFile::parse("engine.toml", &text).unwrap();
    assert_eq!(again.to_toml().unwrap(), text);
    assert_eq!(
        again.calendar().platform - again.calendar().real,
        3_600_000_000
    );
    assert_eq!(
        again.channel[0].bounds.write_lifetime,
        Some(Micros::MAX),
        "without end"
    );
}

#[test]
fn every_mistake_names_its_line_its_value_and_the_way_out() {
    let cases = [
        (
            "strategy = \"escrow\"",
            "strategy = \"escro\"",
            "did you mean `escrow`?",
        ),
        (
            "strategy = \"escrow\"",
            "strategy = \"informed-escrow\"",
            "one of spreadsheet",
        ),
        ("strategy = \"escrow\"", "", "has no `strategy`"),
        (
            "database = \"engine.db\"",
            "databse = \"x\"",
            "did you mean `database`?",
        ),
        ("database = \"engine.db\"", "database = \"\"", "give a file"),
        (
            "database = \"engine.db\"",
            "database = \"e.db\"\nlisten = \"localhost\"",
            "127.0.0.1:0",
        ),
        (
            "database = \"engine.db\"",
            "database = \"e.db\"\ntimeout = \"30\"",
            "write \"30s\" for seconds",
        ),
        (
            "database = \"engine.db\"",
            "database = \"e.db\"\ntimeout = \"0s\"",
            "thirty seconds",
        ),
        (
            "database = \"engine.db\"",
            "database = \"e.db\"\nskus = []",
            "leave the key out",
        ),
        (
            "database = \"engine.db\"",
            "database = \"e.db\"\nskus = [\"A\", \"A\"]",
            "named twice",
        ),
        (
            "[warehouse]",
            "[clock]\nspeed = 60\n[warehouse]",
            "simulate serve",
        ),
        (
            "[warehouse]",
            "[clock]\nspeed = 0.001\n[warehouse]",
            "0.1 to",
        ),
        (
            "[warehouse]",
            "[clock]\nreal = \"noon\"\nplatform = \"noon\"\n[warehouse]",
            "RFC 3339",
        ),
        (
            "[warehouse]",
            "[clock]\nreal = \"2026-11-24T09:00:00Z\"\n[warehouse]",
            "belong together",
        ),
        ("http://127.0.0.1:7005", "127.0.0.1:7005", "scheme and host"),
        (
            "http://127.0.0.1:7005",
            "https://127.0.0.1:7005",
            "ends TLS",
        ),
        (
            "http://127.0.0.1:7005",
            "http://127.0.0.1:7005/v1",
            "has a path",
        ),
        ("name = \"amazon\"", "name = \"web\"", "a name of its own"),
        (
            "name = \"amazon\"",
            "name = \"amazon\"\ndemand_share = 2",
            "0 to 1",
        ),
        (
            "name = \"amazon\"",
            "name = \"amazon\"\nknown_limits.get_ordr = {burst = 1, rate = 1}",
            "get_order",
        ),
        (
            "name = \"amazon\"",
            "name = \"amazon\"\nknown_limits.get_order = {burst = 0, rate = 1}",
            "more than zero",
        ),
        ("api_secret = \"hush\"", "", "has no `api_secret`"),
        ("api_secret = \"hush\"", "api_secret = \"\"", "is empty"),
        (
            "api_secret = \"hush\"",
            "api_secret = \"hush\"\napp_key = \"x\"",
            "another platform",
        ),
        ("platform = \"amazon\"", "platform = \"ebay\"", "shopify"),
    ];
    for (old, new, wanted) in cases {
        let text = GOOD.replacen(old, new, 1);
        assert_ne!(text, GOOD, "{old}");
        let shown = refusal(&text);
        assert!(shown.contains(wanted), "{new}: {shown}");
        assert!(shown.contains("engine.toml"), "{new}: {shown}");
        assert!(
            shown.contains("help") || shown.contains("write "),
            "{new}: {shown}"
        );
    }
}
