//! Who may import whom: the arrows between the modules of the house, checked on the source text.
//!
//! Every path that starts at `crate`, `oversell`, `channel_mocks`, `super` or `self` is resolved to the module it leads to,
//! wherever it stands: in a `use`, in code, in a test. Comments and texts do not count.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a top module may mention beside itself: whole modules, or only a part of one (`engine::config`).
const ARROWS: &[(&str, &[&str])] = &[
    ("engine", &[]),
    // The strategies' settings are written in the engine's unit of time.
    (
        "scenario",
        &["engine::config", "engine::clock", "channel_mocks"],
    ),
    (
        "world",
        &[
            "scenario",
            "channel_mocks",
            "engine::config",
            "engine::clock",
        ],
    ),
    (
        "sim",
        &["stage", "scenario", "world", "engine", "channel_mocks"],
    ),
    (
        "stage",
        &[
            "world",
            "scenario",
            "channel_mocks",
            "engine::config",
            "engine::clock",
        ],
    ),
    (
        "realtime",
        &["stage", "world", "scenario", "engine", "channel_mocks"],
    ),
    (
        "serve",
        &[
            "realtime",
            "stage",
            "world",
            "scenario",
            "engine",
            "channel_mocks",
        ],
    ),
    (
        "process",
        &["serve", "realtime", "scenario", "engine", "channel_mocks"],
    ),
    (
        "measure",
        &["world", "scenario", "channel_mocks::core", "engine::config"],
    ),
    (
        "experiment",
        &[
            "sim",
            "wire",
            "measure",
            "scenario",
            "world",
            "engine",
            "channel_mocks",
        ],
    ),
    (
        "report",
        &[
            "measure",
            "experiment",
            "scenario",
            "channel_mocks::core",
            "engine::config",
        ],
    ),
    (
        "cli",
        &[
            "scenario",
            "world",
            "engine",
            "stage",
            "sim",
            "realtime",
            "serve",
            "process",
            "measure",
            "experiment",
            "report",
            "channel_mocks",
        ],
    ),
    // The command under its other name.
    ("bin", &[]),
];

/// A path in the source that leads where it may not.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    line: usize,
    from: String,
    to: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: `{}` may not import `{}`",
            self.line, self.from, self.to
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Path,
    /// Any other character that is not white space.
    Mark(char),
}

/// Splits Rust source into words and marks, each with its line; comments, texts, characters and lifetimes are dropped.
fn tokens(source: &str) -> Vec<(usize, Token)> {
    let text: Vec<char> = source.chars().collect();
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while at < text.len() {
        let c = text[at];
        let next = text.get(at + 1).copied();
        let start = at;
        if c.is_alphabetic() || c == '_' {
            while at < text.len() && (text[at].is_alphanumeric() || text[at] == '_') {
                at += 1;
            }
            let word: String = text[start..at].iter().collect();
            let opens_text = matches!(text.get(at), Some('"' | '#'))
                && matches!(word.as_str(), "r" | "b" | "br" | "c" | "cr");
            if opens_text && word.ends_with('r') {
                at = end_of_raw_text(&text, at);
            } else if opens_text && text[at] == '"' {
                at = end_of_text(&text, at);
            } else {
                found.push((line, Token::Word(word)));
            }
        } else if c == '/' && next == Some('/') {
            while at < text.len() && text[at] != '\n' {
                at += 1;
            }
        } else if c == '/' && next == Some('*') {
            let mut depth = 0;
            loop {
                match (text.get(at), text.get(at + 1)) {
                    (Some('/'), Some('*')) => (depth, at) = (depth + 1, at + 2),
                    (Some('*'), Some('/')) => (depth, at) = (depth - 1, at + 2),
                    (Some(_), _) => at += 1,
                    (None, _) => break,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if c == '"' {
            at = end_of_text(&text, at);
        } else if c == '\'' {
            // A character ends with a quote two places on, or follows a backslash; anything else is a lifetime.
            at = match (next, text.get(at + 2)) {
                (Some('\\'), _) => {
                    let from = at + 3;
                    from + text[from.min(text.len())..]
                        .iter()
                        .position(|&c| c == '\'')
                        .unwrap_or(0)
                        + 1
                }
                (Some(_), Some('\'')) => at + 3,
                _ => at + 1,
            };
        } else if c == ':' && next == Some(':') {
            at += 2;
            found.push((line, Token::Path));
        } else {
            at += 1;
            if !c.is_whitespace() {
                found.push((line, Token::Mark(c)));
            }
        }
        at = at.min(text.len());
        line += text[start..at].iter().filter(|&&c| c == '\n').count();
    }
    found
}

fn end_of_text(text: &[char], mut at: usize) -> usize {
    at += 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn end_of_raw_text(text: &[char], mut at: usize) -> usize {
    let hashes = text[at..].iter().take_while(|&&c| c == '#').count();
    at += hashes + 1;
    while at < text.len() {
        let closes =
            text[at] == '"' && text[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes;
        at += 1;
        if closes {
            return at + hashes;
        }
    }
    at
}

/// All paths in a file of the module `module` that start at a root of ours, resolved: `["channel_mocks", "core"]`,
/// `["world", "ledger"]`. With the line where each starts.
fn mentions(source: &str, module: &[String]) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    // Inline modules that are open, with the depth of braces at which each closes.
    let (mut inline, mut depth): (Vec<(String, usize)>, usize) = (Vec::new(), 0);
    for (index, (line, token)) in tokens.iter().enumerate() {
        match token {
            Token::Mark('{') => {
                depth += 1;
                if let [(_, Token::Word(keyword)), (_, Token::Word(name))] =
                    &tokens[index.saturating_sub(2)..index]
                    && keyword == "mod"
                {
                    inline.push((name.clone(), depth));
                }
            }
            Token::Mark('}') => {
                if inline.last().is_some_and(|(_, opened)| *opened == depth) {
                    inline.pop();
                }
                depth = depth.saturating_sub(1);
            }
            Token::Word(word) => {
                let continues = index > 0 && tokens[index - 1].1 == Token::Path;
                let leads = tokens.get(index + 1).map(|(_, token)| token) == Some(&Token::Path);
                let mut here: Vec<String> = module.to_vec();
                here.extend(inline.iter().map(|(name, _)| name.clone()));
                let base = match word.as_str() {
                    _ if continues => continue,
                    "crate" if leads => Vec::new(),
                    "oversell" if leads => Vec::new(),
                    "channel_mocks" => vec!["channel_mocks".to_string()],
                    "self" if leads => here,
                    "super" if leads => {
                        here.pop();
                        here
                    }
                    _ => continue,
                };
                if leads {
                    follow(&tokens, index + 2, base, *line, &mut found);
                } else {
                    found.push((*line, base));
                }
            }
            _ => {}
        }
    }
    found
}

/// Follows a path from the token after a `::`; gives the token after the path's end.
fn follow(
    tokens: &[(usize, Token)],
    mut at: usize,
    mut path: Vec<String>,
    line: usize,
    found: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    loop {
        match tokens.get(at).map(|(_, token)| token) {
            Some(Token::Word(word)) => {
                match word.as_str() {
                    "super" => {
                        path.pop();
                    }
                    "self" => {}
                    _ => path.push(word.clone()),
                }
                at += 1;
                if tokens.get(at).map(|(_, token)| token) == Some(&Token::Path) {
                    at += 1;
                } else {
                    found.push((line, path));
                    return at;
                }
            }
            Some(Token::Mark('{')) => {
                at += 1;
                while let Some((line, token)) = tokens.get(at) {
                    match token {
                        Token::Mark('}') => return at + 1,
                        Token::Word(_) | Token::Mark('{' | '*') => {
                            at = follow(tokens, at, path.clone(), *line, found);
                        }
                        _ => at += 1,
                    }
                }
                return at;
            }
            _ => {
                found.push((line, path));
                return at + 1;
            }
        }
    }
}

/// The paths of one file that lead where its top module may not.
fn breaches(source: &str, module: &[String]) -> Vec<Breach> {
    let Some((from, allowed)) = module
        .first()
        .and_then(|top| ARROWS.iter().find(|(name, _)| name == top))
    else {
        return Vec::new();
    };
    let leads_into = |path: &[String], part: &str| {
        part.split("::")
            .enumerate()
            .all(|(n, name)| path.get(n).is_some_and(|word| word == name))
    };
    mentions(source, module)
        .into_iter()
        .filter(|(_, path)| {
            let ours = path.first().is_some_and(|top| {
                top == "channel_mocks" || ARROWS.iter().any(|(name, _)| name == top)
            });
            ours && !leads_into(path, from) && !allowed.iter().any(|part| leads_into(path, part))
        })
        .map(|(line, path)| Breach {
            line,
            from: (*from).to_string(),
            to: path.join("::"),
        })
        .collect()
}

/// The module that a file under `src/` holds: `["engine", "connectors"]` for `engine/connectors/mod.rs`.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module
        .last()
        .is_some_and(|name| matches!(name.as_str(), "mod" | "lib" | "main"))
    {
        module.pop();
    }
    module
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn every_import_follows_the_arrows() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut wrong, mut seen) = (Vec::new(), Vec::new(), 0);
    rust_files(&source, &mut files);
    for file in files {
        let inside = file.strip_prefix(&source).unwrap();
        let (text, module) = (std::fs::read_to_string(&file).unwrap(), module_of(inside));
        seen += mentions(&text, &module).len();
        for breach in breaches(&text, &module) {
            wrong.push(format!("src/{}: {breach}", inside.display()));
        }
    }
    assert!(
        seen > 50,
        "only {seen} paths were found: the reader is broken"
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_top_module_has_its_arrows() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let holds_code = || {
            let mut files = Vec::new();
            rust_files(&path, &mut files);
            !files.is_empty()
        };
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let exempt = matches!(name.as_str(), "lib" | "main") || (path.is_dir() && !holds_code());
        assert!(
            exempt || ARROWS.iter().any(|(module, _)| *module == name),
            "`{name}` has no entry in ARROWS: say what it may import"
        );
    }
}

#[test]
fn the_emulators_know_nothing_of_oversell() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mocks");
    let manifest: toml::Table = std::fs::read_to_string(root.join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let depends = manifest
            .get(section)
            .and_then(|table| table.get("oversell"))
            .is_some();
        assert!(!depends, "mocks/Cargo.toml has oversell in [{section}]");
    }
    let (mut files, mut wrong) = (Vec::new(), Vec::new());
    rust_files(&root.join("src"), &mut files);
    assert!(files.len() > 10);
    for file in files {
        for (line, token) in tokens(&std::fs::read_to_string(&file).unwrap()) {
            if token == Token::Word("oversell".to_string()) {
                wrong.push(format!("{}:{line}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these name oversell: {wrong:?}");
}

mod the_reader {
    use super::*;

    fn module(path: &str) -> Vec<String> {
        module_of(Path::new(path))
    }

    fn targets(source: &str, file: &str) -> Vec<String> {
        breaches(source, &module(file))
            .into_iter()
            .map(|breach| breach.to)
            .collect()
    }

    #[test]
    fn finds_planted_breaches_in_every_form() {
        let planted = "
            use crate::world::ledger::Entry;
            use crate::{engine::clock, sim::{self, heap::EventHeap}, serve};
            pub(crate) use channel_mocks::core::Micros as Time;
            use super::super::super::measure::Figures;
            fn f() -> crate::report::Html { oversell::cli::run() }
            mod tests { use super::super::super::super::scenario::Scenario; use super::*; }
        ";
        assert_eq!(
            targets(planted, "engine/strategies/escrow.rs"),
            [
                "world::ledger::Entry",
                "sim",
                "sim::heap::EventHeap",
                "serve",
                "channel_mocks::core::Micros",
                "measure::Figures",
                "report::Html",
                "cli::run",
                "scenario::Scenario",
            ]
        );
    }

    #[test]
    fn parts_of_a_module_can_be_allowed_alone() {
        let source = "use crate::engine::config::Strategy;\nuse crate::engine::machine::Engine;";
        let found = breaches(source, &module("scenario/model.rs"));
        assert_eq!(
            found,
            [Breach {
                line: 2,
                from: "scenario".to_string(),
                to: "engine::machine::Engine".to_string()
            }]
        );
    }

    #[test]
    fn leaves_comments_texts_characters_and_lifetimes_alone() {
        let harmless = r##"
            //! See crate::world.
            /* crate::sim /* crate::wire */ crate::report */
            const A: &str = "crate::world \" crate::sim";
            const B: &str = r#"crate::world "quoted" crate::sim"#;
            const C: &[u8] = b"crate::world";
            const D: [char; 3] = ['"', '\'', '\u{22}'];
            fn f<'a>(x: &'a str) -> &'a str { x }
            use crate::engine::clock::Micros;
            use std::collections::BTreeMap;
        "##;
        assert_eq!(targets(harmless, "engine/mod.rs"), Vec::<String>::new());
        let after = format!("{harmless}\nuse crate::world;");
        assert_eq!(targets(&after, "engine/mod.rs"), ["world"]);
    }

    #[test]
    fn files_hold_the_modules_their_paths_say() {
        assert_eq!(module("engine/connectors/mod.rs"), ["engine", "connectors"]);
        assert_eq!(module("sim/heap.rs"), ["sim", "heap"]);
        assert_eq!(module("lib.rs"), Vec::<String>::new());
    }
}
