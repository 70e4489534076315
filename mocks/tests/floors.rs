//! The floors of an emulator: `model` below `shop` below `api` and `signals`, side by side, below `machine`. Whoever stands
//! lower knows nothing of what stands higher.
//!
//! Every path that starts at `crate`, `super` or `self` is resolved to the floor it leads to, wherever it stands: in a
//! `use`, in code, in a test. Comments and texts do not count. A platform without a `model` folder is passed over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PLATFORMS: [&str; 4] = ["shopify", "amazon", "tiktok_shop", "warehouse"];

/// How high a part of a platform stands. What is none of the floors is settings and text that all of them may use, and that
/// uses none of them.
fn height(part: &str) -> u8 {
    match part {
        "model" => 1,
        "shop" => 2,
        "api" | "signals" => 3,
        "machine" => 4,
        _ => 0,
    }
}

/// Whether a part may import another.
fn may_import(from: &str, to: &str) -> bool {
    from == to || height(to) == 0 || height(to) < height(from)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Path,
    /// Any other character that is not white space.
    Mark(char),
}

/// Where a text that began before `at` ends: behind its closing quotation mark.
fn end_of_text(text: &[char], mut at: usize, is_raw: bool, hashes: usize) -> usize {
    while at < text.len() {
        if text[at] == '\\' && !is_raw {
            at += 2;
            continue;
        }
        let closes = text[at] == '"'
            && text[at + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes;
        at += 1;
        if closes {
            return at + hashes;
        }
    }
    at
}

/// Splits Rust source into words and marks, without comments, texts, characters and lifetimes.
fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let (mut at, mut found) = (0, Vec::new());
    while at < text.len() {
        let c = text[at];
        let next = text.get(at + 1).copied();
        if c.is_alphabetic() || c == '_' {
            let start = at;
            while at < text.len() && (text[at].is_alphanumeric() || text[at] == '_') {
                at += 1;
            }
            let word: String = text[start..at].iter().collect();
            let hashes = text[at..].iter().take_while(|c| **c == '#').count();
            let opens = text.get(at + hashes) == Some(&'"');
            match word.as_str() {
                "r" | "br" if opens => at = end_of_text(&text, at + hashes + 1, true, hashes),
                "b" if opens && hashes == 0 => at = end_of_text(&text, at + 1, false, 0),
                _ => found.push(Token::Word(word)),
            }
        } else if c == '/' && next == Some('/') {
            while at < text.len() && text[at] != '\n' {
                at += 1;
            }
        } else if c == '"' {
            at = end_of_text(&text, at + 1, false, 0);
        } else if c == '\'' {
            // A character ends with a quotation mark soon, a lifetime does not.
            at = match (next, text.get(at + 2)) {
                (Some('\\'), _) => {
                    let rest = &text[at + 3..];
                    let end = rest.iter().position(|c| *c == '\'');
                    at + 3 + end.map_or(rest.len(), |end| end + 1)
                }
                (Some(_), Some('\'')) => at + 3,
                _ => at + 1,
            };
        } else if c == ':' && next == Some(':') {
            found.push(Token::Path);
            at += 2;
        } else {
            if !c.is_whitespace() {
                found.push(Token::Mark(c));
            }
            at += 1;
        }
    }
    found
}

/// Reads what follows a `::`: a name, a star, or a tree in braces, which is many paths. Returns where it ends.
fn read_tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    paths: &mut Vec<Vec<String>>,
) -> usize {
    match tokens.get(at) {
        Some(Token::Mark('{')) => {
            at += 1;
            while at < tokens.len() && tokens[at] != Token::Mark('}') {
                let start = at;
                at = read_tree(tokens, at, prefix, paths);
                // `as name` and commas between the branches.
                while at < tokens.len() && !matches!(tokens[at], Token::Mark(',' | '}')) {
                    at += 1;
                }
                if tokens.get(at) == Some(&Token::Mark(',')) {
                    at += 1;
                }
                assert!(at > start, "a tree of imports is read on");
            }
            at + 1
        }
        Some(Token::Word(word)) => {
            let mut path = prefix.to_vec();
            match word.as_str() {
                "super" => drop(path.pop()),
                "self" => {}
                _ => path.push(word.clone()),
            }
            if tokens.get(at + 1) == Some(&Token::Path) {
                read_tree(tokens, at + 2, &path, paths)
            } else {
                paths.push(path);
                at + 1
            }
        }
        Some(Token::Mark('*')) => {
            paths.push(prefix.to_vec());
            at + 1
        }
        _ => at + 1,
    }
}

/// The modules and items that a file's paths lead to, from the crate's root. `module` is the file's own.
fn targets(source: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(source);
    let mut here = module.to_vec();
    // For every open brace, whether it opens a module.
    let mut braces: Vec<bool> = Vec::new();
    let (mut at, mut paths) = (0, Vec::new());
    while at < tokens.len() {
        let is_word = |at: usize, wanted: &str| matches!(tokens.get(at), Some(Token::Word(word)) if word == wanted);
        let follows_path = at > 0 && tokens[at - 1] == Token::Path;
        let starts = !follows_path && tokens.get(at + 1) == Some(&Token::Path);
        if is_word(at, "mod")
            && let (Some(Token::Word(name)), Some(Token::Mark('{'))) =
                (tokens.get(at + 1), tokens.get(at + 2))
        {
            here.push(name.clone());
            braces.push(true);
            at += 3;
        } else if starts && is_word(at, "crate") {
            at = read_tree(&tokens, at + 2, &[], &mut paths);
        } else if starts && (is_word(at, "super") || is_word(at, "self")) {
            at = read_tree(&tokens, at, &here, &mut paths);
        } else {
            match tokens[at] {
                Token::Mark('{') => braces.push(false),
                Token::Mark('}') if braces.pop() == Some(true) => drop(here.pop()),
                _ => {}
            }
            at += 1;
        }
    }
    paths
}

/// Paths of a file of one platform that lead to a floor which it may not know. `parts` are the modules at the platform's
/// root: other names there belong to the root itself, and the root stands on top.
fn breaches(
    source: &str,
    module: &[String],
    platform: &str,
    parts: &BTreeSet<String>,
) -> Vec<String> {
    let Some(from) = module.get(1) else {
        return Vec::new();
    };
    targets(source, module)
        .into_iter()
        .filter(|path| path.first().is_some_and(|first| first == platform))
        .filter(|path| {
            let to = path.get(1).filter(|name| parts.contains(*name));
            to.is_none_or(|to| !may_import(from, to))
        })
        .map(|path| {
            format!(
                "`{}` may not import `{}`",
                module.join("::"),
                path.join("::")
            )
        })
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The module of a file below `src`.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

#[test]
fn no_floor_knows_a_higher_one() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut read) = (Vec::new(), 0);
    for platform in PLATFORMS {
        if !src.join(platform).join("model").is_dir() {
            continue;
        }
        let mut files = Vec::new();
        sources(&src.join(platform), &mut files);
        let modules: Vec<Vec<String>> = files
            .iter()
            .map(|file| module_of(file.strip_prefix(&src).unwrap()))
            .collect();
        let parts = modules.iter().filter_map(|module| module.get(1).cloned());
        let parts: BTreeSet<String> = parts.collect();
        for (file, module) in files.iter().zip(&modules) {
            // Tests of the whole emulator stand beside the floors, and see them all.
            if module.get(1).is_some_and(|part| part == "tests") {
                continue;
            }
            let source = std::fs::read_to_string(file).unwrap();
            found.extend(breaches(&source, module, platform, &parts));
            read += 1;
        }
    }
    assert!(read > 0, "no platform has floors");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn sees_every_way_to_write_an_import() {
    let parts = ["api", "machine", "model", "profile", "shop", "signals"];
    let parts: BTreeSet<String> = parts.into_iter().map(str::to_owned).collect();
    let found = |module: &str, source: &str| {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        breaches(source, &module, "shopify", &parts).len()
    };
    for allowed in [
        "use crate::shopify::model::orders::Order;",
        "use crate::shopify::{model::{ids, state::State}, profile::Profile};",
        "use super::super::shop::Store;",
        "use super::coverage::{self, Coverage as Served};",
        "use crate::core::{Micros, Shop};",
        "use crate::amazon::machine::Amazon;",
        "// use crate::shopify::machine::Shopify;",
        "const TEXT: &[u8] = b\"crate::shopify::machine::Shopify\"; fn f<'a>(c: &'a char) { let q = '\"'; }",
        "const TEXT: &str = r#\"\"crate::shopify::signals::Signals\"\"#;",
        "mod tests { use super::*; use super::super::orders; }",
        "mod tests { fn f() { if true { } } } use super::orders;",
    ] {
        assert_eq!(found("shopify::api::rest", allowed), 0, "{allowed}");
    }
    for refused in [
        "use crate::shopify::machine::Shopify;",
        "use crate::{core::Micros, shopify::{model::ids, signals::Signals}};",
        "use super::super::signals;",
        "fn f() { let found = super::super::machine::find(); }",
        "mod tests { mod inner { use super::super::super::super::machine; } }",
        "use crate::shopify::Shopify;",
        "use super::super::*;",
    ] {
        assert_eq!(found("shopify::api::rest", refused), 1, "{refused}");
    }
    let upwards = "use crate::shopify::shop::Store;";
    assert_eq!(found("shopify::model::orders", upwards), 1);
    assert_eq!(found("shopify::profile", "use super::model::ids;"), 1);
    assert_eq!(found("shopify", upwards), 0);
}
