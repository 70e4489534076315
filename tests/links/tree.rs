//! The files of the repository, and what in them leads nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::markdown::{Flow, Page, flow, page, sections};

/// What is checked: texts by their path from the root, and every other file's path.
#[derive(Default)]
pub struct Tree {
    pub texts: BTreeMap<String, String>,
    pub files: BTreeSet<String>,
}

/// A path with its `.` and `..` taken out; `None` when it leads out of the repository.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

impl Tree {
    /// Reads the repository under `root`, without what is hidden, built or installed.
    pub fn read(root: &Path) -> Tree {
        let mut tree = Tree::default();
        tree.visit(root, "");
        tree
    }

    fn visit(&mut self, folder: &Path, prefix: &str) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with('.') || matches!(name.as_str(), "target" | "node_modules" | "out") {
                continue;
            }
            let path = format!("{prefix}{name}");
            if entry.file_type().unwrap().is_dir() {
                self.visit(&entry.path(), &format!("{path}/"));
            } else if [".md", ".rs", ".toml", ".py"]
                .iter()
                .any(|end| name.ends_with(end))
            {
                self.texts
                    .insert(path, fs::read_to_string(entry.path()).unwrap());
            } else {
                self.files.insert(path);
            }
        }
    }

    fn exists(&self, path: &str) -> bool {
        let within = format!("{path}/");
        let mut all = self.texts.keys().chain(&self.files);
        all.any(|it| it == path || it.starts_with(&within))
    }

    /// Everything that leads nowhere, with its place.
    pub fn faults(&self) -> Vec<String> {
        let pages: BTreeMap<&str, Page> = (self.texts.iter())
            .filter(|(path, _)| path.ends_with(".md"))
            .map(|(path, text)| (path.as_str(), page(text)))
            .collect();
        let mut faults = Vec::new();
        for (path, text) in &self.texts {
            if path.ends_with(".md") {
                self.check_links(path, text, &pages, &mut faults);
            }
            // The texts of this test are there to be refused.
            if !path.starts_with("tests/links/") {
                let flow = flow(path, text);
                self.check_citations(path, &flow, &pages, &mut faults);
                check_leftovers(path, &flow, &mut faults);
            }
        }
        faults
    }

    fn check_links(
        &self,
        path: &str,
        text: &str,
        pages: &BTreeMap<&str, Page>,
        faults: &mut Vec<String>,
    ) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut fenced = false;
        for (number, line) in text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            // Every second part between backticks is code.
            let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
            let inline = prose.match_indices("](").map(|(at, _)| &prose[at + 2..]);
            let defined = prose
                .strip_prefix('[')
                .and_then(|it| it.split_once("]: "))
                .map(|(_, target)| target);
            for target in inline.chain(defined).filter(|_| !fenced) {
                let target = target
                    .split([')', ' '])
                    .next()
                    .unwrap_or(target)
                    .trim_matches(['<', '>']);
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                if file.contains(':') {
                    continue;
                }
                let leads_to = if file.is_empty() {
                    Some(path.to_owned())
                } else {
                    resolve(folder, file)
                };
                let known = leads_to.filter(|it| self.exists(it));
                let entered = known.as_deref().and_then(|it| pages.get(it));
                let missing =
                    !anchor.is_empty() && entered.is_some_and(|it| !it.anchors.contains(anchor));
                if known.is_none() || missing {
                    faults.push(format!(
                        "{path}:{}: the link {target} leads nowhere",
                        number + 1
                    ));
                }
            }
        }
    }

    fn check_citations(
        &self,
        path: &str,
        flow: &Flow,
        pages: &BTreeMap<&str, Page>,
        faults: &mut Vec<String>,
    ) {
        for (at, _) in flow.text.match_indices("docs/") {
            let joins = |it: char| it.is_alphanumeric() || matches!(it, '/' | '.' | '_' | '-');
            // A path that goes on to the left is another one, and links are checked as links.
            if flow.text[..at].ends_with(joins)
                || ["](", "]: "].iter().any(|it| flow.text[..at].ends_with(it))
            {
                continue;
            }
            let rest = &flow.text[at..];
            let cited = &rest[..rest.find(|it| !joins(it)).unwrap_or(rest.len())];
            let name = cited.trim_end_matches(['.', '/', '-']);
            let here = format!("{path}:{}", flow.lines[at]);
            if cited.ends_with('/') {
                continue; // A folder, or a pattern such as `docs/*.md`.
            }
            if !self.exists(name) {
                faults.push(format!("{here}: there is no {name}"));
            }
            let Some(page) = pages.get(name) else {
                continue;
            };
            let after = &rest[name.len()..];
            if let Some(anchor) = after.strip_prefix('#') {
                let end = anchor
                    .find(|it| !joins(it) || it == '/' || it == '.')
                    .unwrap_or(anchor.len());
                if !page.anchors.contains(&anchor[..end]) {
                    faults.push(format!("{here}: {name} has no anchor {}", &anchor[..end]));
                }
            }
            for label in sections(after) {
                if !page.labels.contains(label) {
                    faults.push(format!("{here}: {name} has no section {label}"));
                }
            }
        }
    }
}

/// Citations of notes that are not in the repository.
fn check_leftovers(path: &str, flow: &Flow, faults: &mut Vec<String>) {
    let lower = flow.text.to_ascii_lowercase();
    let notes = lower.match_indices("domain.md").map(|(at, _)| at);
    let sheets = lower.match_indices("sheet").map(|(at, _)| at).filter(|at| {
        let rest = lower[at + 5..]
            .trim_start_matches('s')
            .trim_start_matches([',', ' ', '\n']);
        let rest = rest
            .strip_prefix("section")
            .map_or(rest, |it| it.trim_start_matches(['s', ' ']));
        let word = !lower[..*at].ends_with(|it: char| it.is_alphanumeric());
        word && (rest.starts_with(|it: char| it.is_ascii_digit())
            || lower[..*at].ends_with("fact "))
    });
    for at in notes.chain(sheets) {
        faults.push(format!(
            "{path}:{}: cites what nobody can open",
            flow.lines[at]
        ));
    }
}
