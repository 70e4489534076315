//! Engines of the user's own: the Python example beside the built-in strategies, engines that break the protocol, what
//! docs/engine-protocol.md says, and the Rust example.

mod documentation;

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};

const MIRROR: &str = "python3 examples/mirror_engine.py";

/// Whether there is a program to run engines with. A CI job must have it.
fn has(program: &str) -> bool {
    let found = std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{program} is missing, and a CI job does not skip"
        );
        eprintln!("skipped: there is no {program}");
    }
    found
}

fn python() -> bool {
    has("python3")
}

/// It polls, so that its counts are older than those of an engine that is told; else it is one.
#[test]
fn the_mirror_in_node_hands_every_order_over_and_oversells() {
    if !has("node") {
        return;
    }
    for (scenario, at_least) in [("last-unit", 2), ("flash-sale-10min", 300)] {
        let hashes: Vec<Value> = (0..2)
            .map(|_| {
                let place = tempfile::tempdir().unwrap();
                let arguments = [
                    "--scenario",
                    scenario,
                    "--strategies",
                    "",
                    "--format",
                    "json",
                    "--engine-command",
                    "node examples/mirror_engine.js",
                ];
                let (code, out, err) = simulate(&arguments, place.path());
                assert_eq!((code, err.as_str()), (0, ""), "it promises nothing");
                let document: Value = serde_json::from_str(&out).unwrap();
                let own = column(&document, "mirror_engine");
                let oversold = own["figures"]["oversold_units"].as_u64().unwrap();
                assert!(oversold >= at_least, "{scenario}: {oversold}");
                for kept in ["every_order_ingested", "converged", "rate_limits_respected"] {
                    assert_eq!(
                        guarantee(own, kept)["verdict"],
                        "holds",
                        "{scenario}: {kept}"
                    );
                }
                own["trace_hash"].clone()
            })
            .collect();
        assert_eq!(
            hashes[0], hashes[1],
            "{scenario}: a deterministic engine is one run"
        );
    }
}

fn simulate(arguments: &[&str], place: &Path) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .arg("--out")
        .arg(place.join("run"))
        .timeout(Duration::from_secs(300))
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn column<'a>(document: &'a Value, name: &str) -> &'a Value {
    let columns = document["strategies"].as_array().unwrap();
    let found = columns.iter().find(|column| column["strategy"] == name);
    found.unwrap_or_else(|| panic!("no column {name}"))
}

fn guarantee<'a>(column: &'a Value, name: &str) -> &'a Value {
    let all = column["guarantees"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap()
}

#[test]
fn the_python_mirror_oversells_beside_escrow() {
    if !python() {
        return;
    }
    for (scenario, at_least) in [("last-unit", 1), ("flash-sale-10min", 100)] {
        let mut hashes = Vec::new();
        for _ in 0..2 {
            let place = tempfile::tempdir().unwrap();
            let arguments = [
                "--scenario",
                scenario,
                "--strategies",
                "escrow",
                "--format",
                "json",
                "--engine-command",
                MIRROR,
            ];
            let (code, out, err) = simulate(&arguments, place.path());
            assert_eq!((code, err.as_str()), (0, ""), "it promises nothing");
            let document: Value = serde_json::from_str(&out).unwrap();
            let (escrow, own) = (
                column(&document, "escrow"),
                column(&document, "mirror_engine"),
            );
            assert_eq!(escrow["figures"]["oversold_units"], 0);
            let oversold = own["figures"]["oversold_units"].as_u64().unwrap();
            assert!(oversold >= at_least, "{scenario}: {oversold}");
            assert_eq!(
                own["figures"]["lost_orders"], 0,
                "every order gets to the warehouse"
            );
            assert_eq!(guarantee(own, "every_order_ingested")["verdict"], "holds");
            assert_eq!(guarantee(own, "no_oversell")["verdict"], "violated");
            assert_eq!(guarantee(own, "no_oversell")["promised"], false);
            assert_eq!(own["buyers_hash"], escrow["buyers_hash"], "the same buyers");
            assert!(
                own["prediction"].is_null(),
                "theory speaks of the built-in mirror"
            );
            let throttled = own["figures"]["throttled_share"].as_f64().unwrap();
            assert!(
                throttled < 0.01,
                "{scenario}: it keeps to the limits: {throttled}"
            );
            assert!(place.path().join("run/series/mirror_engine.csv").is_file());
            let manifest = std::fs::read(place.path().join("run/manifest.json")).unwrap();
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            assert_eq!(manifest["strategies"], json!(["escrow", "mirror_engine"]));
            hashes.push((own["trace_hash"].clone(), own["events"].clone()));
        }
        assert_eq!(
            hashes[0], hashes[1],
            "{scenario}: a deterministic engine is one run"
        );
    }
}

#[test]
fn an_engine_may_stand_alone_under_a_name_and_with_a_promise() {
    if !python() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let arguments = [
        "--scenario",
        "last-unit",
        "--strategies",
        "",
        "--engine-command",
        MIRROR,
        "--engine-name",
        "ours",
        "--promise",
        "no-oversell",
    ];
    let (code, out, err) = simulate(&arguments, place.path());
    assert_eq!(code, 99, "{err}");
    assert!(out.contains("ours sold 3 units and oversold 2"), "{out}");
    assert!(out.contains("trace ours"), "{out}");
    let again = "simulate --scenario last-unit --seed 1 --strategies '' --engine-command \
                 'python3 examples/mirror_engine.py' --engine-name ours --promise no-oversell";
    assert!(out.contains(again), "{out}");
    // The command that the report gives does give the same report.
    let words = shlex::split(again).unwrap();
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let other = tempfile::tempdir().unwrap();
    let (code, repeated, _) = simulate(&words, other.path());
    assert_eq!(code, 99);
    let trace = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("trace ours"));
        line.unwrap().to_string()
    };
    assert_eq!(trace(&out), trace(&repeated));
}

/// With one seed and with several, which are played in another way.
#[test]
fn all_engines_that_fail_are_told() {
    if !python() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let greeting = "import sys\nsys.stdin.readline()\n";
    for (name, text) in [
        ("chatty.py", "print('Good morning')"),
        ("shy.py", "sys.exit(7)"),
    ] {
        std::fs::write(place.path().join(name), format!("{greeting}{text}\n")).unwrap();
    }
    let command = |name: &str| format!("python3 {}", place.path().join(name).display());
    let (chatty, shy) = (command("chatty.py"), command("shy.py"));
    for seeds in ["1", "3"] {
        let arguments = [
            "--scenario",
            "last-unit",
            "--strategies",
            "",
            "--seeds",
            seeds,
            "--engine-command",
            &shy,
            "--engine-command",
            MIRROR,
            "--engine-command",
            &chatty,
        ];
        let place = tempfile::tempdir().unwrap();
        let (code, _, err) = simulate(&arguments, place.path());
        assert_eq!(code, 65, "{err}");
        for (name, what) in [("shy", "exit status: 7"), ("chatty", "Good morning")] {
            let failed = format!("error: {name}: the engine failed");
            assert_eq!(
                err.matches(&failed).count(),
                1,
                "{seeds} seeds, {name}: {err}"
            );
            assert!(err.contains(what), "{seeds} seeds: {err}");
        }
        assert!(!err.contains("error: mirror_engine"), "{err}");
    }
    let missing = [
        "--scenario",
        "last-unit",
        "--strategies",
        "",
        "--engine-command",
        "no-such-program-anywhere",
        "--engine-command",
        &chatty,
    ];
    let (code, _, err) = simulate(&missing, place.path());
    assert_eq!(code, 2, "{err}");
    assert!(
        err.contains("cannot be started") && err.contains("Good morning"),
        "{err}"
    );
}

/// Runs an engine of a few lines of Python against the last unit. `step` is what it does with the line of a step, with
/// `n` counting steps from 1.
fn misbehave(step: &str) -> (i32, String) {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("bad_engine.py");
    let script = format!(
        "import sys, json, os, time\n\
         def say(text):\n    print(text, flush=True)\n\
         json.loads(sys.stdin.readline())\nsay('{{\"protocol\":1}}')\n\
         print('debug: greeted', file=sys.stderr, flush=True)\nn = 0\n\
         for line in sys.stdin:\n    n += 1\n    now = json.loads(line)['now']\n    {step}\n"
    );
    std::fs::write(&file, script).unwrap();
    let command = format!("python3 {}", file.display());
    let arguments = [
        "--scenario",
        "last-unit",
        "--strategies",
        "",
        "--engine-command",
        &command,
        "--engine-patience",
        "5000ms",
    ];
    let (code, out, err) = simulate(&arguments, place.path());
    assert_eq!(out, "", "there is no report");
    let kept = std::fs::read_dir(place.path().join("run")).unwrap();
    let kept: Vec<_> = kept.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["engines"], "and of the run what the engine said");
    let again =
        format!("--engine-command '{command}' --engine-name bad_engine --engine-patience 5s");
    assert!(err.contains(&again), "how to see it again is in: {err}");
    let failed = "bad_engine: the engine failed at";
    assert!(err.contains(failed), "{failed} is not in: {err}");
    (code, err)
}

#[test]
fn an_engine_that_breaks_the_protocol_ends_the_run() {
    if !python() {
        return;
    }
    let call = r#"{"kind":"call","call":1,"target":"web","method":"GET","url":"/"}"#;
    let cases = [
        ("say('Hello!')".to_string(), "it sent: Hello!"),
        ("say('{\"outputs\":[],\"wakeAt\":5}')".to_string(), "`wakeAt`"),
        ("time.sleep(60)".to_string(), "within 5 s"),
        ("sys.exit(3)".to_string(), "exit status: 3"),
        ("raise ValueError('no such SKU')".to_string(), "ValueError: no such SKU"),
        ("os.close(1); time.sleep(60)".to_string(), "closed its standard output"),
        (
            format!("say('{{\"outputs\":[{call},{call}],\"wake_at\":null}}')"),
            "call 1 is under way already",
        ),
        (
            "say('{\"outputs\":[{\"kind\":\"delivery_answer\",\"delivery\":5,\"status\":200}],\"wake_at\":null}')"
                .to_string(),
            "delivery 5 is not waiting",
        ),
        (
            "say('{\"outputs\":[],\"wake_at\":%d}' % (now + 1000000 if n == 1 else now - 1))".to_string(),
            "wake_at 999999 has passed",
        ),
        (
            format!("say('{{\"outputs\":[' + ','.join(['{call}'] * 10001) + '],\"wake_at\":null}}')"),
            "has 10001 outputs",
        ),
        (
            "say('{\"outputs\":[]}\\n{\"outputs\":[]}')".to_string(),
            "more than one line for one",
        ),
        (
            "say('{\"outputs\":[]}\\n{\"outp')".to_string(),
            "more than one line for one",
        ),
        (
            "print('x' * 20_000_000, flush=True)".to_string(),
            "more than 16777216 bytes",
        ),
    ];
    for (step, words) in cases {
        let (code, err) = misbehave(&step);
        assert_eq!(code, 65, "{step}: {err}");
        for words in [
            words,
            "s of simulated time: in step",
            "expected: ",
            "debug: greeted",
        ] {
            assert!(err.contains(words), "{words} is not in: {err}");
        }
        assert!(err.len() < 6_000, "{step}: what it sent is shown in part");
    }
}

#[test]
fn an_engine_that_never_lets_time_pass_ends_the_run() {
    if !python() {
        return;
    }
    for (wake_at, words) in [
        ("now", "woken at once for more than 10000 times"),
        ("(now + 1)", "woken more than 10000 times within one second"),
    ] {
        let step = format!("say('{{\"outputs\":[],\"wake_at\":%d}}' % {wake_at})");
        let (code, err) = misbehave(&step);
        assert_eq!(code, 65, "{err}");
        for part in [words, "in step ", "expected: a wake_at", "debug: greeted"] {
            assert!(err.contains(part), "{part} is not in: {err}");
        }
    }
}

/// An engine of a few lines that calls once, with another end each.
#[test]
fn what_an_engine_does_when_the_run_is_over_is_told() {
    if !python() {
        return;
    }
    let call = r#"{"kind": "call", "call": 1, "target": "warehouse", "method": "GET", "url": "/v1/stock"}"#;
    for (begin, end, code, wanted) in [
        ("", "", 0, ""),
        (
            "",
            "sys.exit(7)",
            0,
            "engine answered every step, and its process then ended with exit status: 7",
        ),
        (
            "",
            "print('bye')",
            65,
            "which was the last, it sent more than one line for one: \"bye\"",
        ),
        (
            "",
            "print('by', end='')",
            65,
            "which was the last, it sent more than one line for one: \"by\"",
        ),
        // It is one line ahead from before the greeting on: each answer is taken for that of the line before.
        (
            "say('{\"protocol\": 1}'); n = 1",
            "",
            65,
            "more than one line for one",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.py");
        let script = format!(
            "import sys\ndef say(text):\n    print(text, flush=True)\nn = 0\n{begin}\nfor line in sys.stdin:\n    n += 1\n    \
             say('{{\"protocol\": 1}}' if n == 1 else '{{\"outputs\": [%s]}}' % ('{call}' if n == 2 else ''))\n{end}\n"
        );
        std::fs::write(&path, script).unwrap();
        let command = format!("python3 {}", path.display());
        let arguments = [
            "--scenario",
            "last-unit",
            "--strategies",
            "",
            "--engine-command",
            &command,
        ];
        let (found, _, err) = simulate(&arguments, place.path());
        assert_eq!(found, code, "{begin}{end}: {err}");
        assert!(err.contains(wanted), "{begin}{end}: {err}");
        assert!(
            !err.contains("wrote on standard error is in"),
            "it wrote nothing there: {err}"
        );
    }
}

#[test]
fn what_an_engine_says_is_kept_and_one_that_does_nothing_has_failed() {
    if !python() {
        return;
    }
    let idle = "import json,sys\n\
        print('awake', file=sys.stderr, flush=True)\n\
        for n, line in enumerate(sys.stdin):\n    \
            print('{\"protocol\": 1}' if n == 0 else '{\"outputs\": []}', flush=True)\n";
    for (script, wanted) in [
        (idle.to_string(), "it made no call at all"),
        (
            idle.replace(
                "for n, line",
                "raise ValueError('no such SKU')\nfor n, line",
            ),
            "ValueError",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.py");
        std::fs::write(&path, script).unwrap();
        let command = format!("python3 {}", path.display());
        let arguments = [
            "--scenario",
            "last-unit",
            "--strategies",
            "",
            "--engine-command",
            &command,
        ];
        let (code, _, err) = simulate(&arguments, place.path());
        assert_eq!(code, 65, "{err}");
        assert!(err.contains(wanted), "{err}");
        let kept = place.path().join("run/engines/engine/engine.stderr");
        let kept = std::fs::read_to_string(kept).unwrap();
        assert!(kept.starts_with("awake\n"), "{kept}");
        assert_eq!(
            kept.contains("ValueError"),
            wanted == "ValueError",
            "{kept}"
        );
    }
}

#[test]
fn a_command_line_that_cannot_be_meant_is_refused() {
    for (arguments, words) in [
        (
            vec!["--engine-command", "/nowhere/engine"],
            "cannot be started",
        ),
        (vec!["--engine-command", "   "], "is not a command"),
        (
            vec!["--engine-command", "python3 'open"],
            "is not a command",
        ),
        (
            vec!["--engine-command", "true", "--engine-name", "mirror"],
            "another column called",
        ),
        (
            vec!["--engine-command", "true", "--engine-name", "../x"],
            "cannot be called",
        ),
        (
            vec!["--engine-command", "true", "--engine-command", "true"],
            "another column called",
        ),
        (vec!["--engine-name", "ours"], "more --engine-name"),
        (vec!["--promise", "no-oversell"], "without --engine-command"),
        (vec!["--engine-patience", "3s"], "--engine-patience without"),
        (
            vec!["--engine-displays", "stock"],
            "--engine-displays without",
        ),
        (vec!["--engine-books", "auto"], "--engine-books without"),
        (
            vec!["--engine-command", "true", "--promise", "no-bugs"],
            "it can be no-oversell",
        ),
        (
            vec![
                "--engine-command",
                "true",
                "--engine-books",
                "own",
                "--promise",
                "every-order-ingested",
            ],
            "with --engine-books own",
        ),
        (
            vec!["--engine-command", "true", "--engine-patience", "10"],
            "no unit",
        ),
        (
            vec!["--engine-command", "true", "--engine-patience", "0s"],
            "longer than nothing",
        ),
    ] {
        let place = tempfile::tempdir().unwrap();
        let mut all = vec!["--scenario", "last-unit", "--strategies", ""];
        all.extend(&arguments);
        let (code, out, err) = simulate(&all, place.path());
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{words} is not in: {err}");
    }
}

#[test]
fn an_engine_in_rust_runs_like_a_built_in_one() {
    let run = crate::own_engine::play("last-unit").unwrap();
    let measured = &run.measured;
    assert_eq!(measured.total.offered_units, 3);
    assert_eq!(
        measured.total.accepted_units,
        1,
        "{}",
        crate::own_engine::figures(&run)
    );
    assert_eq!(measured.total.oversold_units, 0);
    let amazon = &measured
        .channels
        .iter()
        .find(|(name, _)| name == "amazon")
        .unwrap()
        .1;
    assert_eq!(amazon.accepted_units, 1);
    assert_eq!(
        measured.total.rejected_in_stock_units, 1,
        "the web shop showed nothing"
    );
    let again = crate::own_engine::play("last-unit").unwrap();
    assert_eq!(run.trace_hash(), again.trace_hash());
    assert!(
        crate::own_engine::figures(&run).starts_with("amazon-alone: 3 units asked for, 1 sold")
    );
}
