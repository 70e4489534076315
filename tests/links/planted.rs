//! The checker sees what is planted, and nothing else.

use super::tree::Tree;

/// A page with sections, and one more text.
fn planted(path: &str, text: &str) -> Vec<String> {
    let theory = "# Theory\n## A. Models\n### A5. Proof\n#### H2 The feed's lag\n## B. `Metrics`\n## B. `Metrics`\n\
                  ```\n## Z no heading\n```\n| V1a | x |\n## 4. Stock\n### 4.3 Errors\n";
    let texts = [("docs/theory.md", theory), (path, text)];
    let tree = Tree {
        texts: texts
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into(),
        files: ["docs/api.yaml".to_owned()].into(),
    };
    tree.faults()
}

#[test]
fn sound_links_are_accepted() {
    for text in [
        "[a](docs/theory.md) [b](docs/theory.md#a5-proof) [c](#here)\n# Here",
        "[a](docs/theory.md#b-metrics-1) [b](docs/theory.md#h2-the-feeds-lag) ![c](docs/api.yaml)",
        "[a](https://example.com/x#y) `[code](nowhere.md)` [d](docs/)\n```\n[fenced](nowhere.md)\n```",
        "[key]: docs/theory.md#4-stock",
    ] {
        assert_eq!(planted("README.md", text), [""; 0], "{text}");
    }
    assert_eq!(
        planted("docs/more.md", "[a](theory.md) [b](../docs/theory.md)"),
        [""; 0]
    );
}

#[test]
fn broken_links_are_found() {
    for text in [
        "[a](nowhere.md)",
        "text\n[a](docs/theory.md#nowhere)",
        "[a](docs/theory.md#z-no-heading)",
        "[a](docs/theory.md#b-metrics-2)",
        "[a](#nowhere)",
        "[a](../outside.md)",
        "[key]: docs/nowhere.md",
    ] {
        assert_eq!(planted("README.md", text).len(), 1, "{text}");
    }
    assert_eq!(planted("docs/more.md", "[a](docs/theory.md)").len(), 1);
}

#[test]
fn sound_citations_are_accepted() {
    for text in [
        "//! Why (docs/theory.md A5, H2 and B): 9 times.",
        "/// Why (docs/theory.md 4.3 and\n    /// 4), 7 or docs/theory.md B's ages.",
        "let x = 1; // docs/theory.md A5 V1a, E-CAS\n// 99",
        "// In docs/api.yaml, docs/*.md, docs/theory.md#a5-proof, docs/theory.md 4 fact 12 and 4.3.",
        "// A spreadsheet 4 times; see docs/theory.md.",
    ] {
        assert_eq!(planted("src/lib.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn broken_citations_are_found() {
    for text in [
        "//! Why (docs/nowhere.md).",
        "/// Why (docs/theory.md A6).",
        "/// Why (docs/theory.md A5,\n/// H3).",
        "/// Why (docs/theory.md\n/// 4.4).",
        "/// Why (docs/theory.md 4.3 to 4.9).",
        "// docs/theory.md Z",
        "// docs/theory.md#nowhere",
        "// (sheet 4.3)",
        "// (sheet\n// sections 4 and 5)",
        "// the fact sheet",
        "// domain.md A5",
    ] {
        assert_eq!(planted("src/lib.rs", text).len(), 1, "{text}");
    }
    assert_eq!(
        planted(
            "profile.toml",
            "[a]\nb = 1 # docs/theory.md A5\nc = 2   # docs/theory.md A4"
        )
        .len(),
        1
    );
    assert_eq!(planted("x.py", "# docs/theory.md\n# A4").len(), 1);
}
