//! Who may import whom, where the compiler does not see it: between the modules of a crate, and between the floors of each
//! emulator. (Engines, emulators and the simulation are crates, so between them the compiler does.) docs/architecture.md has both
//! tables.
//!
//! Every path that starts at `crate`, `oversell`, `oversell_simulation`, `super` or `self` is resolved to the module it leads to, wherever it
//! stands: in a `use`, in code, in a macro's arguments, in a test.

mod reader;

use std::path::{Path, PathBuf};

use reader::paths;

/// Where the modules are that have a row in [`ARROWS`].
const SOURCES: [&str; 2] = ["crates/simulation/src", "src"];

/// What each top module of [`SOURCES`] may import beside itself, from the bottom up. Other crates are not listed.
const ARROWS: &[(&str, &[&str])] = &[
    ("scenario", &["engine::config"]),
    ("world", &["scenario"]),
    ("stage", &["world", "scenario", "engine::config"]),
    ("sim", &["stage", "world", "scenario", "engine"]),
    ("realtime", &["stage", "world", "scenario", "engine"]),
    (
        "serve",
        &["realtime", "stage", "world", "scenario", "engine"],
    ),
    ("process", &["serve", "realtime", "scenario", "engine"]),
    ("measure", &["world", "scenario", "engine::config"]),
    (
        "experiment",
        &[
            "sim", "process", "serve", "realtime", "stage", "measure", "world", "scenario",
            "engine",
        ],
    ),
    ("report", &["experiment", "measure", "scenario"]),
    (
        "cli",
        &[
            "report",
            "experiment",
            "measure",
            "process",
            "serve",
            "realtime",
            "sim",
            "stage",
            "world",
            "scenario",
            "engine",
        ],
    ),
];

/// The floors of an emulator, from the bottom up; those of one row do not see each other, but that `api` may speak to
/// `signals`. What is on no floor (profile, JSON text) is below all.
const FLOORS: [(&str, &[&str]); 5] = [
    ("model", &[]),
    ("shop", &["model"]),
    ("signals", &["shop", "model"]),
    ("api", &["signals", "shop", "model"]),
    ("machine", &["api", "signals", "shop", "model"]),
];

const PLATFORMS: [&str; 5] = ["shopify", "amazon", "tiktok_shop", "custom", "warehouse"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The module that a file holds: `["world", "ledger"]` for `world/ledger/mod.rs`.
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

fn leads_into(path: &[String], part: &str) -> bool {
    let mut names = part.split("::").zip(path);
    names.all(|(name, word)| name == word) && part.split("::").count() <= path.len()
}

/// The paths of a file that lead into a part of `arrows` that its own part may not import.
fn breaches(source: &str, module: &[String], arrows: &[(&str, &[&str])]) -> Vec<String> {
    let Some((own, allowed)) = arrows.iter().find(|(name, _)| leads_into(module, name)) else {
        return Vec::new();
    };
    // A part of a module may be allowed alone, so that `engine` is judged although it has no row.
    let judged = |path: &[String]| {
        path.first()
            .is_some_and(|top| top == "engine" || arrows.iter().any(|(name, _)| name == top))
    };
    paths(source, module)
        .into_iter()
        .filter(|path| judged(path) && !leads_into(path, own))
        .filter(|path| !allowed.iter().any(|part| leads_into(path, part)))
        .map(|path| path.join("::"))
        .collect()
}

#[test]
fn every_import_follows_the_arrows() {
    let mut wrong = Vec::new();
    for folder in SOURCES {
        let source = root().join(folder);
        let (mut files, mut seen) = (Vec::new(), 0);
        rust_files(&source, &mut files);
        for file in files {
            let inside = file.strip_prefix(&source).unwrap();
            let (text, module) = (std::fs::read_to_string(&file).unwrap(), module_of(inside));
            seen += paths(&text, &module).len();
            for breach in breaches(&text, &module, ARROWS) {
                wrong.push(format!("{folder}/{} imports {breach}", inside.display()));
            }
        }
        assert!(
            seen > 500,
            "only {seen} paths were found in {folder}: the reader is broken"
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_arrows_and_they_make_no_circle() {
    let folders = SOURCES.map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    for entry in folders.into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let known = matches!(name.as_str(), "lib" | "main" | "bin")
            || ARROWS.iter().any(|(module, _)| *module == name);
        assert!(
            known,
            "`{name}` has no entry in ARROWS: say what it may import"
        );
    }
    for (position, (name, allowed)) in ARROWS.iter().enumerate() {
        let below = &ARROWS[..position];
        for part in allowed.iter().filter(|part| !part.starts_with("engine")) {
            assert!(
                below.iter().any(|(other, _)| other == part),
                "{name} imports {part}, which is not below it"
            );
        }
    }
}

#[test]
fn every_floor_of_an_emulator_knows_only_those_below_it() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for platform in PLATFORMS {
        let source = root().join("mocks/src").join(platform);
        let mut files = Vec::new();
        rust_files(&source, &mut files);
        for file in files {
            let inside = file.strip_prefix(&source).unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            let mut module = vec![platform.to_string()];
            module.extend(module_of(inside));
            for path in paths(&text, &module) {
                seen += 1;
                let (Some(to), true) = (path.get(1), path[0] == platform) else {
                    continue;
                };
                let from = module.get(1).map_or("", String::as_str);
                let floor = FLOORS.iter().find(|(name, _)| name == to);
                let sees = FLOORS.iter().find(|(name, _)| *name == from);
                let may = match (sees, floor) {
                    (_, None) => true,
                    (Some((_, below)), Some((to, _))) => from == *to || below.contains(to),
                    // The module itself puts the floors together; what lies under all of them knows none.
                    (None, Some(_)) => matches!(from, "" | "tests"),
                };
                if !may {
                    wrong.push(format!(
                        "mocks/src/{platform}/{} imports {}",
                        inside.display(),
                        path.join("::")
                    ));
                }
            }
        }
    }
    assert!(
        seen > 500,
        "only {seen} paths were found: the reader is broken"
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn planted_breaches_are_found_in_every_form() {
    let planted = "
        use crate::world::ledger::Entry;
        use crate::{engine::connectors, sim::{self, heap::EventHeap}, serve};
        use super::super::measure::Figures;
        fn f() -> crate::report::Html { println!(\"{}\", oversell::cli::run()) }
        mod tests { use super::super::super::realtime::clock; use super::*; }
        // crate::process::run
        const TEXT: &str = \"crate::process::run\";
    ";
    let module = module_of(Path::new("scenario/model.rs"));
    assert_eq!(
        breaches(planted, &module, ARROWS),
        [
            "world::ledger::Entry",
            "engine::connectors",
            "sim",
            "sim::heap::EventHeap",
            "serve",
            "measure::Figures",
            "report::Html",
            "cli::run",
            "realtime::clock",
        ]
    );
    let allowed =
        "use crate::engine::config::Strategy; use super::rate::Rate; use crate::scenario::read;";
    assert_eq!(breaches(allowed, &module, ARROWS), Vec::<String>::new());
}
