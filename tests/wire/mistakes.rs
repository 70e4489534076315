//! What does not go together on the command line, and what is said about it.

use super::setting::{SHOP, said, scenario, simulate};

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), SHOP);
    let refused = |more: &[&str], wanted: &[&str]| {
        let out = place.path().join("run").display().to_string();
        let arguments = [&["--scenario", &file, "--out", &out], more].concat();
        let output = simulate(&arguments);
        let text = said(&output)
            .split_whitespace()
            // The bar beside the further lines of a long message.
            .filter(|word| *word != "│")
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(output.status.code(), Some(2), "{more:?}: {text}");
        for part in wanted {
            assert!(text.contains(part), "{more:?}: {text}");
        }
        assert!(!place.path().join("run/manifest.json").exists());
    };
    refused(&["--engine", "builtin"], &["--wire"]);
    refused(&["--speed", "60"], &["--wire"]);
    let crash = simulate(&["--scenario", "engine-crash", "--wire"]);
    assert_eq!(crash.status.code(), Some(2));
    assert!(
        said(&crash).contains("`crash` strikes the engine itself"),
        "{}",
        said(&crash)
    );
    refused(&["--wire", "--speed", "0"], &["0.1 to"]);
    refused(&["--wire", "--lag-limit", "50"], &["50"]);
    refused(
        &["--wire", "--engine", "bultin"],
        &["bultin", "--engine builtin"],
    );
    refused(
        &["--wire", "--engine", "https://127.0.0.1:1/"],
        &["http: address"],
    );
    refused(
        &["--wire", "--engine", "http://192.0.2.1:8080/"],
        &["not on this machine", "127.0.0.1"],
    );
    refused(&["--wire", "--speed", "-1"], &["0.1 to"]);
    refused(
        &["--wire", "--strategies", "informed-escrow"],
        &["virtual time only", "--strategies"],
    );
    refused(
        &[
            "--wire",
            "--engine",
            "http://127.0.0.1:1/",
            "--strategies",
            "escrow",
        ],
        &["--engine builtin"],
    );
    refused(
        &["--wire", "--engine-command", "true"],
        &["every --engine-command needs an --engine URL"],
    );
    refused(&["--wire", "--orders", "x.csv"], &["--orders"]);
    refused(&["--wire", "--engine-name", "mine"], &["--engine URL"]);
    refused(
        &[
            "--wire",
            "--engine",
            "http://127.0.0.1:1/",
            "--engine-patience",
            "200ms",
        ],
        &["no answer within", "docs/wire.md"],
    );
}
