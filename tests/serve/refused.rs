//! What is refused leaves everything as it was, and says the way out in the words of whoever asked.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::served::{Served, exchange};

/// Runs `serve` to its end, which it comes to by itself when it cannot serve.
fn refused(place: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["serve", "--out"])
        .arg(place.join("run"))
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8(stderr).unwrap();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!place.join("run").exists(), "nothing is left: {told}");
    (status.code(), told)
}

fn names(place: &Path) -> Vec<String> {
    let all = std::fs::read_dir(place).unwrap();
    let all = all.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

#[test]
fn what_cannot_be_served_is_told_with_its_way_out() {
    let place = tempfile::tempdir().unwrap();
    let (code, told) = refused(place.path(), &["--port", "65531"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("no room for 6 consecutive ports from 65531") && told.contains("65530"),
        "{told}"
    );
    for (calls, parts) in [
        ("/dev/null", ["--calls /dev/null", "is there already"]),
        (
            "/proc/self/fd.jsonl",
            ["/proc/self/fd.jsonl", "--calls FILE"],
        ),
    ] {
        let (code, told) = refused(place.path(), &["--calls", calls]);
        assert_eq!(code, Some(2), "{told}");
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
    assert!(names(place.path()).is_empty(), "{:?}", names(place.path()));
}

#[test]
fn a_refused_reset_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let calls = place.path().join("friday.jsonl");
    let mut served = Served::start(&["--calls", calls.to_str().unwrap()]);
    let run = served.ledger().parent().unwrap().to_path_buf();
    let before = (names(&run), names(place.path()));
    // More orders than there are units for.
    let too_many = json!({"skus": 2, "units": 3, "orders": 70});
    for _ in 0..2 {
        let (status, told) = served.control("POST", "reset", &too_many);
        assert_eq!(status, 400, "{told}");
        assert!(told["error"].as_str().unwrap().contains("could be seeded"));
        assert_eq!((names(&run), names(place.path())), before);
    }
    // A file of somebody else's is in the way, and stays.
    let there = place.path().join("friday-2.jsonl");
    std::fs::write(&there, "kept").unwrap();
    let (status, told) = served.control("POST", "reset", &json!({}));
    let told = told["error"].as_str().unwrap();
    assert!(
        status == 400 && told.contains(there.to_str().unwrap()),
        "{told}"
    );
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "kept");
    std::fs::remove_file(&there).unwrap();
    let (status, told) = served.control("POST", "reset", &json!({"units": 3}));
    assert_eq!(status, 200, "{told}");
    assert!(served.terminate().0.success());
    served.figures("life-2");
}

#[test]
fn control_calls_are_refused_in_the_words_of_json() {
    let served = Served::start(&[]);
    let line = json!([{"sku": "SKU-00002"}]);
    for (path, body, parts) in [
        (
            "checkout",
            json!(["amazon", line]),
            ["the body is an array", "an object"],
        ),
        (
            "checkout",
            json!({"channel": "amazon", "lines": [{"sku": "SKU-00002", "units": "two"}]}),
            ["`lines.0.units`", "a whole number"],
        ),
        (
            "checkout",
            json!({"channel": "amazon", "lines": line, "country": "XX"}),
            ["`country` is \"XX\"", "ISO 3166-1"],
        ),
        (
            "cancel",
            json!({"channel": "amazon", "order_id": "1", "by": "nobody"}),
            ["`by`: `nobody` is unknown", "`buyer`"],
        ),
        (
            "cancel",
            json!({"channel": "amazon", "order_id": "1", "by": 7}),
            ["`by`", "a text is wanted"],
        ),
        (
            "stock",
            json!({"sku": 7, "receive": 1}),
            ["`sku`", "a text is wanted"],
        ),
        ("reset", json!({"skus": 0}), ["`skus` is 0", "1 to 100000"]),
        (
            "time",
            json!({"advance": 5}),
            ["`advance`", "a text is wanted"],
        ),
        (
            "faults",
            json!({"fault": [{"kind": "crash"}]}),
            ["fault 1: `crash` strikes the engine itself", "leave it out"],
        ),
    ] {
        let (status, told) = served.control("POST", path, &body);
        let told = told["error"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{body}: {told}");
        assert!(
            parts.iter().all(|part| told.contains(part)),
            "{body}: {told}"
        );
        let of_types = ["u32", "u64", "struct", "sequence", "variant"];
        assert!(!of_types.iter().any(|it| told.contains(it)), "{told}");
    }
    for query in ["limit=0", "since=2&since=4"] {
        let (status, told) = served.control("GET", &format!("calls?{query}"), &Value::Null);
        assert_eq!(status, 400, "{query}: {told}");
    }
}

#[test]
fn paths_are_the_same_with_letters_encoded_and_every_port_tells_the_clock() {
    let served = Served::start(&[]);
    let token = format!(
        "Bearer {}",
        served.urls["warehouse"]["token"].as_str().unwrap()
    );
    let headers = [("Authorization", token.as_str())];
    let warehouse = served.address("warehouse");
    for path in ["/v1/locations", "/%761/loc%61tions"] {
        let answer = exchange(&warehouse, "GET", path, &headers, b"");
        assert_eq!(answer.status, 200, "{path}");
    }
    let amazon = served.address("amazon");
    for path in ["/auth/o2/token", "/%61uth/o2/tok%65n"] {
        let answer = exchange(&amazon, "POST", path, &[], b"grant_type=nothing");
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(told["error"], "invalid_client", "{path}: {told}");
    }
    let clock = |system: &str| {
        let answer = exchange(&served.address(system), "GET", "/_oversell/clock", &[], b"");
        assert_eq!(answer.status, 200, "{system}");
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        told["version"].as_u64().unwrap()
    };
    let all = [
        "shopify",
        "amazon",
        "sqs",
        "tiktok_shop",
        "warehouse",
        "control",
    ];
    assert_eq!(all.map(clock), [0; 6]);
}
