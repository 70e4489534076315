//! A real order log replays: plain and packed alike, under every strategy, with every unit accounted for; and a broken one
//! is refused by file and line.
//!
//! The whole log of the "Online Retail" data set is not replayed here: it is measured by hand.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::common::{Played, over_seeds, play_with, scenario};
use flate2::Compression;
use flate2::write::GzEncoder;
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::sim::Setup;

const HEADER: &str = "timestamp,order_id,sku,quantity,unit_price,country,kind\n";

/// Forty orders of six SKUs in ten hours, one every quarter of an hour, with a return and a write-off.
fn log() -> String {
    let mut text = HEADER.to_string();
    for order in 0..40 {
        let (hour, minute) = (8 + order / 4, order % 4 * 15);
        for line in 0..=order % 3 {
            let (sku, quantity) = ((order + line) % 6, 1 + line);
            text.push_str(&format!(
                "2011-12-05T{hour:02}:{minute:02},{},SKU{sku},{quantity},{}.95,United Kingdom,sale\n",
                580_000 + order,
                2 + sku
            ));
        }
        if order == 20 {
            text.push_str(&format!(
                "2011-12-05T{hour:02}:{minute:02},C590000,SKU1,-2,3.95,United Kingdom,cancel\n"
            ));
            text.push_str(&format!(
                "2011-12-05T{hour:02}:{minute:02},590001,SKU2,-1,0,United Kingdom,adjust\n"
            ));
        }
    }
    text
}

fn written(place: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = place.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// One run of each strategy, in their order.
fn replayed(orders: &Path) -> Vec<Played> {
    let scenario = scenario("retail-replay");
    let orders = orders.into();
    over_seeds(Strategy::ALL.len(), |number| {
        let setup = Setup {
            orders: Some(&orders),
            ..Setup::new(&scenario, 1, Strategy::ALL[number as usize - 1])
        };
        play_with(&setup, engine::build, |_, _| {})
    })
}

#[track_caller]
fn sound(runs: &[Played]) {
    for run in runs {
        let (name, sums, total) = (
            run.measured.subject.name(),
            run.outcome.conservation,
            run.total(),
        );
        assert_eq!(
            run.outcome.buyers_hash, runs[0].outcome.buyers_hash,
            "{name}"
        );
        assert_eq!(total.offered_units, runs[0].total().offered_units, "{name}");
        assert_eq!(
            sums.accepted,
            sums.shipped + sums.cancelled + sums.open,
            "{name}"
        );
        assert_eq!(sums.accepted, total.accepted_units as i64, "{name}");
        let stock = sums.warehouse;
        let came = stock.opening + stock.received + stock.returned + stock.recount_gains;
        assert_eq!(
            came,
            stock.on_hand + stock.shipped + stock.damaged + stock.recount_losses,
            "{name}"
        );
        assert!(total.accepted_units > 0, "{name}");
    }
}

#[test]
fn a_small_log_replays_plain_and_packed() {
    let place = tempfile::tempdir().unwrap();
    let plain = replayed(&written(place.path(), "orders.csv", log().as_bytes()));
    sound(&plain);
    assert_eq!(plain[0].total().offered_orders, 40);
    // Lines of one, two and three units: 14 orders of one line, 13 of two and 13 of three.
    assert_eq!(
        plain[0].total().offered_units,
        14 + 13 * (1 + 2) + 13 * (1 + 2 + 3)
    );
    assert!(
        plain[0].outcome.conservation.warehouse.damaged > 0,
        "the write-off happened"
    );
    let gzip = replayed(&written(place.path(), "orders.csv.gz", &packed(&log())));
    for (one, other) in plain.iter().zip(&gzip) {
        assert_eq!(one.outcome.trace_hash, other.outcome.trace_hash);
    }
}

#[test]
fn a_real_day_replays() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online_retail_day.csv.gz");
    if !path.is_file() {
        let missing = format!(
            "{} is not here, so no real log can be replayed",
            path.display()
        );
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{missing}, and a CI job does not skip"
        );
        eprintln!("SKIPPED: {missing}");
        return;
    }
    let runs = replayed(&path);
    sound(&runs);
    let total = runs[0].total();
    assert!(
        (100..=126).contains(&total.offered_orders),
        "126 orders, some of them in the same minute or cut: {}",
        total.offered_orders
    );
    // Whoever looks once in four hours oversells the day; a quota cannot, but the log's write-offs come on top.
    assert!(runs[0].total().oversold_units > runs[3].total().oversold_units);
}

#[test]
fn a_broken_log_is_refused_by_file_and_line() {
    let place = tempfile::tempdir().unwrap();
    let good = "2011-12-05T08:38,580538,A1,4,1.79,United Kingdom,sale\n";
    for (name, text, line, says) in [
        (
            "quantity.csv",
            format!(
                "{HEADER}{good}{good}2011-12-05T08:39,580539,A1,four,1.79,United Kingdom,sale\n"
            ),
            4,
            "`quantity`",
        ),
        (
            "time.csv",
            format!("{HEADER}{good}yesterday,580539,A1,4,1.79,United Kingdom,sale\n"),
            3,
            "`timestamp`",
        ),
        (
            "kind.csv",
            format!("{HEADER}2011-12-05T08:39,580539,A1,4,1.79,United Kingdom,gift\n"),
            2,
            "`kind`",
        ),
        (
            "header.csv",
            "timestamp,order_id,quantity,unit_price,country,kind\n".to_string(),
            1,
            "`sku`",
        ),
    ] {
        let path = written(place.path(), name, text.as_bytes());
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args([
                "--scenario",
                "retail-replay",
                "--strategies",
                "mirror",
                "--orders",
            ])
            .arg(&path)
            .arg("--out")
            .arg(place.path().join("run"))
            .assert()
            .code(2);
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        // Long paths are folded at the width of the report.
        let unfolded: String = said
            .split_whitespace()
            .filter(|word| *word != "│")
            .collect();
        assert!(unfolded.contains(&format!("{name}:{line}:")), "{said}");
        assert!(said.contains(says), "{said}");
        assert!(!place.path().join("run").exists(), "nothing is written");
    }
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args([
            "--scenario",
            "retail-replay",
            "--strategies",
            "mirror",
            "--orders",
            "no-such-log.csv",
        ])
        .assert()
        .code(2);
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(said.contains("no-such-log.csv"), "{said}");
}
