//! What a run in real time tells an engine elsewhere, and what becomes of it: figures, or none that are a measurement.

use serde_json::Value;

use super::setting::{SHOP, said, scenario, simulate, tiny_engine};

#[test]
fn an_engine_elsewhere_is_told_where_everything_is_and_judged() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOP);
    let (url, engine) = tiny_engine();
    let out = place.path().join("run");
    let out_text = out.display().to_string();
    let output = simulate(&[
        "--scenario",
        &file,
        "--seed",
        "5",
        "--wire",
        "--speed",
        "10",
        "--engine",
        &url,
        "--engine-name",
        "tiny",
        "--format",
        "json",
        "--lag-limit",
        "2s",
        "--out",
        &out_text,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let warning = "warning: tiny never called web: look whether it works at all\n";
    assert_eq!(said(&output), warning, "nothing else where nobody watches");
    let (told, _listening) = engine.join().unwrap();
    assert_eq!(told["channels"][0]["name"], "web");
    assert_eq!(told["clock"]["speed"], 10.0);
    assert_eq!(
        told["control"],
        Value::Null,
        "it is no business of an engine"
    );

    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let written = std::fs::read(out.join("figures.json")).unwrap();
    let mut printed = document.clone();
    let written_to = printed.as_object_mut().unwrap().remove("run_directory");
    assert_eq!(written_to, Some(Value::from(out_text)));
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written, printed);
    assert_eq!(document["time"], "real");
    assert_eq!(document["speed"], 10.0);
    let run = &document["strategies"][0];
    assert_eq!(run["strategy"], "tiny");
    assert_eq!(run["warehouse_calls"], 1);
    let figures = &run["figures"];
    assert_eq!(figures["accepted_orders"], figures["offered_orders"]);
    assert_eq!(
        figures["lost_orders"], figures["accepted_orders"],
        "it took none in"
    );
    assert!(figures["support_read_age_s"]["count"].as_u64().unwrap() > 5);

    let real = &run["real_time"];
    assert_eq!(real["is_measurement"], true);
    assert_eq!(
        real["arrival_lag_real_s"]["count"],
        figures["offered_orders"]
    );
    assert_eq!(real["calls"][0]["system"], "warehouse");
    assert_eq!(real["calls"][0]["kind"], "read");
    let (total, overhead) = (
        &real["calls"][0]["total_real_s"],
        &real["calls"][0]["overhead_real_s"],
    );
    assert!(total["max"].as_f64() > overhead["max"].as_f64());

    // The same buyers as in virtual time: the same seed makes the same draws.
    let virtually = simulate(&[
        "--scenario",
        &file,
        "--seed",
        "5",
        "--format",
        "json",
        "--out",
        &place.path().join("virtual").display().to_string(),
    ]);
    let virtually: Value = serde_json::from_slice(&virtually.stdout).unwrap();
    let buyers = |document: &Value| document["strategies"][0]["buyers_hash"].clone();
    assert_eq!(buyers(&document), buyers(&virtually));
    let offered = |document: &Value| document["strategies"][0]["figures"]["offered_units"].clone();
    assert_eq!(offered(&document), offered(&virtually));

    for file in [
        "manifest.json",
        "scenario.toml",
        "series/tiny.csv",
        "engines/tiny/ledger.jsonl",
        "histograms/tiny.arrival_lag.hdr",
        "histograms/tiny.call_overhead.warehouse.read.hdr",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
}

#[test]
fn a_driver_that_was_late_measures_nothing_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOP);
    let (url, engine) = tiny_engine();
    let out = place.path().join("run");
    // No machine is as punctual as that.
    let output = simulate(&[
        "--scenario",
        &file,
        "--wire",
        "--speed",
        "20",
        "--engine",
        &url,
        "--lag-limit",
        "1us",
        "--out",
        &out.display().to_string(),
    ]);
    let _listening = engine.join().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert!(
        said(&output).contains("engine: not a measurement: 1 in 100 arrivals"),
        "{}",
        said(&output)
    );
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("NOT A MEASUREMENT"), "{shown}");
    let figures = std::fs::read_to_string(out.join("figures.json")).unwrap();
    let figures: Value = serde_json::from_str(&figures).unwrap();
    let real = &figures["strategies"][0]["real_time"];
    assert_eq!(
        real["is_measurement"], false,
        "the figures are written all the same"
    );
}
