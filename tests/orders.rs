//! Exports that people hold are replayed by the command: each kind from a small file of its documented columns (`tests/data`;
//! contents are invented, and what would be people's names and addresses is empty), with stock, and back through our own log.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// The program in a folder of `tests/data`: exit code, what it printed and what it told.
fn simulate(folder: &str, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .current_dir(data(folder))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Replays under `mirror` and gives the document, with what was told.
fn replayed(folder: &str, arguments: &[&str]) -> (Value, String) {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let mut all = vec![
        "--scenario",
        "evening",
        "--strategies",
        "mirror",
        "--format",
        "json",
        "--no-report",
        "--out",
    ];
    all.push(out.to_str().unwrap());
    all.extend(arguments);
    let (code, printed, told) = simulate(folder, &all);
    assert!(code == 0 || code == 99, "{code}: {told}");
    (serde_json::from_str(&printed).unwrap(), told)
}

fn figure(document: &Value, path: &str) -> u64 {
    let found = document.pointer(&format!("/strategies/0/{path}"));
    found
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("{path}"))
}

/// Kind by kind: folder, what is given, and the orders and units that are there.
const KINDS: [(&str, &[&str], u64, u64); 12] = [
    ("shopify", &["--orders", "orders_export.csv"], 20, 39),
    ("amazon", &["--orders", "all-orders.txt"], 16, 25),
    ("amazon", &["--orders", "unshipped-orders.txt"], 9, 18),
    ("tiktok", &["--orders", "order-sku-list.csv"], 13, 17),
    (
        "woocommerce",
        &["--orders", "web=one-row-per-item.csv"],
        9,
        27,
    ),
    (
        "woocommerce",
        &["--orders", "web=advanced-order-export.csv"],
        9,
        9,
    ),
    (
        "etsy",
        &["--orders", "tiktok=EtsySoldOrderItems2026-11.csv"],
        7,
        20,
    ),
    ("online-retail", &["--orders", "online_retail.csv"], 8, 47),
    (
        "online-retail",
        &["--orders", "online_retail_II.csv"],
        8,
        47,
    ),
    (
        "olist",
        &[
            "--orders",
            "olist_order_items_dataset.csv",
            "--orders",
            "olist_orders_dataset.csv",
        ],
        9,
        13,
    ),
    (
        "mapped",
        &[
            "--orders",
            "auftraege.csv",
            "--orders-map",
            "order=Auftrag, time=Bestellt am, sku=Artikel-Nr., quantity=Menge, price=Einzelpreis, channel=Kanal",
        ],
        12,
        12,
    ),
    (
        "",
        &[
            "--orders",
            "shopify/orders_export.csv",
            "--orders",
            "amazon/all-orders.txt",
            "--orders",
            "tiktok/order-sku-list.csv",
        ],
        49,
        81,
    ),
];

#[test]
fn every_kind_of_export_replays() {
    for (folder, arguments, orders, units) in KINDS {
        let (document, told) = replayed(folder, arguments);
        assert_eq!(
            figure(&document, "figures/offered_orders"),
            orders,
            "{arguments:?}: {told}"
        );
        assert_eq!(
            figure(&document, "figures/offered_units"),
            units,
            "{arguments:?}: {told}"
        );
        assert!(told.contains("read as "), "{told}");
    }
}

#[test]
fn what_was_understood_is_shown() {
    let mut shown = String::new();
    for (folder, arguments, ..) in KINDS {
        let files: Vec<&str> = arguments
            .iter()
            .filter(|it| **it != "--orders")
            .copied()
            .collect();
        let mut all = vec!["import", "--scenario", "evening"];
        all.extend(files);
        let (code, printed, told) = simulate(folder, &all);
        assert_eq!((code, told.as_str()), (0, ""), "{arguments:?}");
        assert!(
            printed.lines().all(|line| line.chars().count() <= 80),
            "{printed}"
        );
        shown.push_str(&format!("$ simulate {}\n{printed}\n", all.join(" ")));
    }
    insta::assert_snapshot!("what_was_understood_is_shown", shown);
}

#[test]
fn orders_and_stock_play_the_shop_that_there_was() {
    let given = [
        "--orders",
        "orders_export.csv",
        "--stock",
        "inventory_export.csv",
    ];
    let (document, told) = replayed("shopify", &given);
    assert_eq!(figure(&document, "figures/offered_orders"), 20);
    assert_eq!(
        told,
        "orders_export.csv: read as Shopify orders, on web: 20 orders, 39 units; rows left out: 1 without a SKU, 1 cancelled, 1 of test orders, 2 of draft orders\n\
         inventory_export.csv: read as Shopify inventory: 22 units of 6 SKUs\n\
         evening: its buyers are those of the orders, 34.04 times faster: 34 hours in 1h\n\
         evening: 100 % of the orders are on web, where engines are told to expect 50 %; `expected_share` of its channels says otherwise\n"
    );
    let rerun = document.pointer("/rerun").and_then(Value::as_str).unwrap();
    assert!(
        rerun.contains("--orders orders_export.csv --stock inventory_export.csv"),
        "{rerun}"
    );
    // Each channel sells what its file sold.
    let channels = document
        .pointer("/strategies/0/channels")
        .and_then(Value::as_object)
        .unwrap();
    let offered = |name: &str| channels[name]["offered_orders"].as_u64().unwrap();
    assert_eq!(
        (offered("web"), offered("amazon"), offered("tiktok")),
        (20, 0, 0)
    );
    // Amazon's listings lack nothing that Amazon sold; Shopify's inventory does not have what is sold by a map.
    let (code, _, told) = simulate(
        "",
        &[
            "--scenario",
            "evening",
            "--orders",
            "amazon/all-orders.txt",
            "--stock",
            "stock/stock.csv",
        ],
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(told.trim_end(), @r#"
error: 4 SKUs of the orders are not in stock/stock.csv: `MUG-BLUE`, `MUG-RED`, `TEE-M`, `POSTER`
 │
 ╰ help: --stock-missing none lets them open without a unit, --stock-missing scenario with what the scenario's [stock] gives them; or add them to the file
"#);
    let (document, _) = replayed(
        "amazon",
        &["--orders", "all-orders.txt", "--stock", "all-listings.txt"],
    );
    assert_eq!(figure(&document, "figures/offered_orders"), 16);
}

#[test]
fn our_own_log_replays_as_the_exports_did() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("orders.csv");
    let log = log.to_str().unwrap();
    for (folder, arguments, ..) in [KINDS[0], KINDS[6], KINDS[10], KINDS[11]] {
        let _ = std::fs::remove_file(log);
        let files: Vec<&str> = arguments
            .iter()
            .filter(|it| **it != "--orders")
            .copied()
            .collect();
        let mut all = vec![
            "import",
            "--scenario",
            "evening",
            "--format",
            "json",
            "--out",
            log,
        ];
        all.extend(files);
        let (code, printed, told) = simulate(folder, &all);
        assert_eq!(code, 0, "{told}");
        let summary: Value = serde_json::from_str(&printed).unwrap();
        let (exported, _) = replayed(folder, arguments);
        assert_eq!(
            summary["orders"].as_u64(),
            Some(figure(&exported, "figures/offered_orders"))
        );
        let (own, _) = replayed(folder, &["--orders", log]);
        let hash = |document: &Value| {
            document
                .pointer("/strategies/0/trace_hash")
                .cloned()
                .unwrap()
        };
        assert_eq!(hash(&own), hash(&exported), "{arguments:?}");
    }
}

/// A file that is all of one shop is written as a log when somebody has said which, and never as one that goes to all channels.
#[test]
fn the_orders_of_one_shop_stay_its_own() {
    let place = tempfile::tempdir().unwrap();
    let etsy = place.path().join("sold.csv");
    let text = "Sale Date,Item Name,Quantity,Price,Order ID,SKU\n11/20/26,Mug,1,14.00,871,MUG\n";
    std::fs::write(&etsy, text).unwrap();
    let (etsy, log) = (etsy.display().to_string(), place.path().join("log.csv"));
    let out = log.display().to_string();
    let (code, printed, _) = simulate("etsy", &["import", &etsy]);
    assert!(
        code == 0 && printed.contains("not known yet: 1 order"),
        "{printed}"
    );
    let (code, _, told) = simulate("etsy", &["import", &etsy, "--out", &out]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("simulate import NAME="), "{told}");
    assert!(!log.exists());
    let named = format!("shop-a={etsy}");
    let (code, _, told) = simulate("etsy", &["import", &named, "--out", &out]);
    assert_eq!(code, 0, "{told}");
    assert!(std::fs::read_to_string(log).unwrap().contains(",shop-a\n"));
}

#[test]
fn wrong_commands_are_answered_with_the_way_out() {
    let mut said = String::new();
    for (folder, arguments) in [
        (
            "shopify",
            &["--scenario", "evening", "--orders", "inventory_export.csv"][..],
        ),
        (
            "shopify",
            &["--scenario", "evening", "--orders", "wbe=orders_export.csv"],
        ),
        (
            "shopify",
            &["--scenario", "evening", "--stock", "inventory_export.csv"],
        ),
        (
            "shopify",
            &["--scenario", "evening", "--orders-dates", "day-first"],
        ),
        (
            "shopify",
            &["--scenario", "evening", "--orders-zone", "Europe/Berlin"],
        ),
        (
            "shopify",
            &[
                "--scenario",
                "evening",
                "--orders-map",
                "order=A,time=B,sku=C,quantity=D",
            ],
        ),
        (
            "shopify",
            &[
                "--scenario",
                "channel-launch",
                "--orders",
                "orders_export.csv",
            ],
        ),
        (
            "etsy",
            &[
                "--scenario",
                "evening",
                "--orders",
                "EtsySoldOrderItems2026-11.csv",
            ],
        ),
        (
            "mapped",
            &["--scenario", "evening", "--orders", "auftraege.csv"],
        ),
        (
            "mapped",
            &[
                "--scenario",
                "evening",
                "--orders",
                "auftraege.csv",
                "--orders-map",
                "order=Auftrag, time=Datum, sku=Artikel-Nr., quantity=Menge",
            ],
        ),
        ("olist", &["import", "olist_order_items_dataset.csv"]),
        ("", &["import", "no-such-file.csv"]),
    ] {
        let (code, printed, told) = simulate(folder, arguments);
        assert_eq!((code, printed.as_str()), (2, ""), "{arguments:?}");
        said.push_str(&format!("$ simulate {}\n{told}\n", arguments.join(" ")));
    }
    insta::assert_snapshot!("wrong_commands_are_answered_with_the_way_out", said);
}
