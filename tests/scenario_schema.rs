//! The schema of scenario files, as editors get it: it takes what we ship and what the documentation shows, and no misspelt key.

use oversell::scenario::schema;
use serde_json::Value;

/// Scenario files that we ship, with their names.
fn shipped() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["scenarios", "scenarios/theory"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path.display().to_string(), text));
            }
        }
    }
    files
}

/// Scenarios and variants that the documentation shows: blocks of TOML that say what they extend or which version they
/// are of. Other blocks are credentials and configurations of the engine.
fn documented() -> Vec<(String, String)> {
    let pages = std::fs::read_dir("docs").unwrap();
    let pages = pages.map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for page in pages.chain(["README.md".into()]) {
        let Ok(text) = std::fs::read_to_string(&page) else {
            continue;
        };
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let says = |key: &str| block.lines().any(|line| line.starts_with(key));
            if says("extends = ") || says("version = ") {
                found.push((page.display().to_string(), block.to_string()));
            }
        }
    }
    found
}

#[test]
fn accepts_what_we_ship_and_what_the_documentation_shows() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mistakes = |text: &str| -> Vec<String> {
        let value: Value = toml::from_str(text).unwrap();
        let errors = validator.iter_errors(&value);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    };
    let (shipped, documented) = (shipped(), documented());
    assert!(shipped.len() >= 24 && documented.len() >= 5);
    for (name, text) in shipped.iter().chain(&documented) {
        assert_eq!(mistakes(text), Vec::<String>::new(), "{name}\n{text}");
    }
    for (wrong, told) in [
        (
            "extends = \"flash-sale\"\nname = \"x\"\nsetle = \"1h\"",
            "setle",
        ),
        ("extends = \"flash-sale\"", "name"),
        ("name = \"x\"\nversion = 1", "catalogue"),
        (
            "extends = \"flash-sale\"\nname = \"x\"\n[[channel]]\nshare = 0.5",
            "name",
        ),
        (
            "extends = \"flash-sale\"\nname = \"x\"\n[cancellations]\ndelay = { fixd = \"1s\" }",
            "delay",
        ),
    ] {
        let mistakes = mistakes(wrong).join("; ");
        assert!(mistakes.contains(told), "{told}: {mistakes}");
    }
}
