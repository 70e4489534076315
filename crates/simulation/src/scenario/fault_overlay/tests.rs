//! Every table is one that the emulator takes, and says what the fault says.

use channel_mocks::core::{Epoch, ListingSeed, LocationSeed, Seed, Shop, Storefront};
use channel_mocks::{amazon, custom, shopify, tiktok_shop, warehouse};

use super::*;

fn fault(text: &str) -> Fault {
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

const WINDOW: (Micros, Micros) = (Micros::from_secs(60), Micros::from_secs(600));
const PLATFORMS: [Platform; 4] = Platform::ALL;

fn shop() -> Shop {
    Shop {
        name: "shop".to_string(),
        seed: Seed(3),
        epoch: Epoch { unix_micros: 0 },
        currency: "EUR".to_string(),
        listings: vec![ListingSeed {
            sku: "MUG".to_string(),
            title: "Mug".to_string(),
            price_cents: 500,
        }],
        locations: vec![LocationSeed {
            code: "main".to_string(),
            country: "DE".to_string(),
        }],
    }
}

fn open(platform: Platform, name: &str) -> Box<dyn Storefront> {
    let none = Table::new();
    match platform {
        Platform::Shopify => {
            let profile = profile::read(shopify::text(name).unwrap(), &none).unwrap();
            Box::new(shopify::Shopify::new(shop(), profile, Default::default()))
        }
        Platform::Amazon => {
            let profile = profile::read(amazon::profile::text(name).unwrap(), &none).unwrap();
            Box::new(amazon::Amazon::new(shop(), profile, Default::default()))
        }
        Platform::TiktokShop => {
            let profile = tiktok_shop::Profile::with_overrides(name, &none).unwrap();
            Box::new(tiktok_shop::TiktokShop::new(
                shop(),
                profile,
                Default::default(),
            ))
        }
        Platform::Custom => {
            let profile = custom::Profile::with_overrides(name, &none).unwrap();
            Box::new(custom::Custom::new(shop(), profile, Default::default()))
        }
    }
}

/// A fault of each kind that works by values.
const FAULTS: &[&str] = &[
    "kind = \"limits_cut\"\nfactor = 0.1",
    "kind = \"limits_cut\"\nfactor = 0.0",
    "kind = \"writes_late\"\ndelay = { p50 = \"1min\", p99 = \"5min\" }",
    "kind = \"writes_unordered\"\ndelay = { uniform = [\"0s\", \"5min\"] }",
    "kind = \"writes_stuck\"\nprobability = 0.3",
    "kind = \"reads_stale\"\ndelay = { fixed = \"30s\" }",
    "kind = \"feed_late\"\ndelay = { fixed = \"30min\" }",
    "kind = \"batch_fails_in_part\"\nprobability = 0.25",
    "kind = \"orders_held\"\ndelay = { fixed = \"6h\" }",
    "kind = \"restock_on_cancel\"\nrestocks = false",
    "kind = \"signal_lost\"\nprobability = 0.5",
    "kind = \"signal_late\"\ndelay = { fixed = \"10min\" }",
    "kind = \"signal_duplicated\"\ndelay = { fixed = \"10s\" }",
    "kind = \"signal_reordered\"\ndelay = { fixed = \"10s\" }",
    "kind = \"signal_burst\"",
    "kind = \"outage\"",
    "kind = \"wrong_signature\"\nprobability = 0.2",
    "kind = \"queue_redelivery\"",
];

#[test]
fn every_table_is_taken_by_its_emulator_on_every_profile() {
    let mut laid = 0;
    for platform in PLATFORMS {
        let owner = ProfileOwner::Channel(platform);
        for name in profiles::names(owner) {
            let base = profile_of(owner, name, &Table::new());
            let mut shop = open(platform, name);
            for text in FAULTS {
                let Ok(table) = overlay(&fault(text), WINDOW, owner, &base) else {
                    continue;
                };
                let table = table.unwrap_or_else(|| panic!("{text} lays nothing over {name}"));
                assert!(!table.is_empty(), "{text} on {name}");
                shop.lay_over(Micros::ZERO, &table)
                    .unwrap_or_else(|error| panic!("{text} on {name}: {error}"));
                laid += 1;
            }
        }
    }
    // All but what a platform does not have: five on Shopify, one on Amazon, one on TikTok Shop, two on a custom channel.
    let names = |platform| profiles::names(ProfileOwner::Channel(platform)).len();
    let [shopify, amazon, tiktok_shop, custom] = PLATFORMS.map(names);
    let all = FAULTS.len();
    assert_eq!(
        laid,
        shopify * (all - 5) + amazon * (all - 1) + tiktok_shop * (all - 1) + custom * (all - 2)
    );
}

#[test]
fn what_a_platform_does_not_have_is_refused_with_the_reason() {
    let reason = |platform, text: &str| {
        let owner = ProfileOwner::Channel(platform);
        overlay(&fault(text), WINDOW, owner, &Table::new()).unwrap_err()
    };
    let held = "kind = \"orders_held\"\ndelay = { exponential = \"1h\" }";
    assert!(reason(Platform::Shopify, held).contains("paid at checkout"));
    assert!(reason(Platform::TiktokShop, held).contains("max"));
    let rows = "kind = \"batch_fails_in_part\"";
    assert!(reason(Platform::Shopify, rows).contains("all rows"));
    assert!(reason(Platform::Custom, rows).contains("one quantity a call"));
    assert!(reason(Platform::Custom, "kind = \"token_expired\"").contains("access_revoked"));
    let late = "kind = \"writes_late\"\ndelay = { fixed = \"1s\" }\nprobability = 0.5";
    for platform in PLATFORMS {
        assert!(reason(platform, late).contains("leave `probability` out"));
    }
    // A queue's signals are a share of them; webhooks are counted off on their way.
    let lost = "kind = \"signal_lost\"\nevery = 8";
    assert!(
        reason(Platform::Amazon, lost).contains("write `probability = 0.125` instead of `every`")
    );
    for platform in [Platform::Shopify, Platform::TiktokShop] {
        assert!(
            overlay(
                &fault(lost),
                WINDOW,
                ProfileOwner::Channel(platform),
                &Table::new()
            )
            .is_ok()
        );
    }
}

#[test]
fn limits_shrink_by_the_factor_and_pending_shares_make_room() {
    let owner = ProfileOwner::Channel(Platform::Amazon);
    let base = profile_of(owner, "amazon-default", &Table::new());
    let cut = overlay(
        &fault("kind = \"limits_cut\"\nfactor = 0.25"),
        WINDOW,
        owner,
        &base,
    );
    let cut = cut.unwrap().unwrap();
    assert_eq!(
        cut["limits"]["patch_listings_item"]["rate"].as_float(),
        Some(1.25)
    );
    assert_eq!(
        cut["limits"]["patch_listings_item"]["burst"].as_float(),
        Some(1.25)
    );
    assert_eq!(
        cut["limits"]["application"]["put"]["rate"].as_float(),
        Some(25.0)
    );
    assert!(cut["limits"].get("rate_limit_header").is_none());

    let held = fault("kind = \"orders_held\"\ndelay = { fixed = \"9h\" }\nprobability = 0.2");
    let held = overlay(&held, WINDOW, owner, &base).unwrap().unwrap();
    let parts = held["orders"]["pending"].as_array().unwrap();
    let shares: Vec<f64> = parts
        .iter()
        .map(|it| it["share"].as_float().unwrap())
        .collect();
    assert_eq!(parts[0]["hold"]["fixed"].as_str(), Some("9h"));
    assert_eq!(shares.len(), 4);
    assert!((shares[0] - 0.2).abs() < 1e-9 && (shares[1] - 0.76).abs() < 1e-9);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);

    let owner = ProfileOwner::Warehouse;
    let base = profile_of(owner, "warehouse-default", &Table::new());
    let none = fault("kind = \"limits_cut\"\nfactor = 0.0");
    let cut = overlay(&none, WINDOW, owner, &base).unwrap().unwrap();
    let text = warehouse::text("warehouse-default").unwrap();
    assert!(profile::read::<warehouse::Profile>(text, &cut).is_ok());
}
