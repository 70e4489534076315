//! Reads a scenario by name or path, with everything it extends.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::builtin;
use super::check::{Findings, check};
use super::error::{Problem, ScenarioError, SourceFile, nearest};
use super::file::text_of;
use super::model::Scenario;
use super::old_names;
use super::schema;
use super::sound::Sound;
use super::tree::{Content, Node, lay_over};
use super::validate::{validate, validate_rest};

/// The version of the format that this reads.
pub const VERSION: u32 = 1;

/// The longest chain of files that extend one another.
const CHAIN_MAX: usize = 16;

/// A scenario and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario, complete and checked.
    pub scenario: Scenario,
    /// The files it was made of: the one asked for first, then what it extends.
    pub files: Vec<SourceFile>,
    tree: Node,
}

impl Loaded {
    /// Whether one of its files uses this name of a strategy.
    pub fn uses_name(&self, name: &str) -> bool {
        let mut trees = self.files.iter().map(|file| Node::parse(0, &file.text));
        trees.any(|tree| tree.is_ok_and(|tree| old_names::uses(&tree, name)))
    }

    /// A problem with a part of the text at a path of keys and positions, like `threshold.0.check`. `span` are bytes of
    /// `text`, which is the value; where the file writes it otherwise than it reads, the whole value is underlined.
    pub fn problem(
        &self,
        path: &str,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        let node = self.tree.nearest(path);
        let file = &self.files[node.file];
        let whole = match node.span.is_empty() {
            true => node.key_span.clone(),
            false => node.span.clone(),
        };
        // Inside the quotes of a text of one line.
        let from = whole.start + 1;
        let inside = file.text.get(from..whole.end.saturating_sub(1));
        let exact = match inside == Some(text) && !span.is_empty() {
            true => from + span.start..from + span.end,
            false => whole,
        };
        Problem::at(file, exact, message, label)
    }
}

/// Where a scenario's text is.
#[derive(Clone, Debug, PartialEq)]
enum Origin {
    BuiltIn(&'static str),
    File(PathBuf),
}

impl Scenario {
    /// Reads a built-in scenario by its name, or a file by its path.
    ///
    /// # Errors
    /// Everything that is wrong with it at once, as far as one thing does not hide another: keys, kinds of values and what values mean
    /// together; alone what cannot be judged without a part that is misshapen, and everything without syntax, has to wait.
    pub fn load(name_or_path: &str) -> Result<Loaded, ScenarioError> {
        let place = match builtin::ALL.iter().find(|(name, _)| *name == name_or_path) {
            Some((name, _)) => Origin::BuiltIn(name),
            None => Origin::File(PathBuf::from(name_or_path)),
        };
        let mut files = Vec::new();
        let failed = |problems| ScenarioError {
            name: name_or_path.to_string(),
            problems,
        };
        let tree = read_chain(place, &mut files).map_err(failed)?;
        let scenario = interpret(&tree, &files).map_err(failed)?;
        Ok(Loaded {
            scenario,
            files,
            tree,
        })
    }

    /// Reads a scenario from text; `extends` may name built-in scenarios, and files relative to the working directory.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn parse(name: &str, text: &str) -> Result<Loaded, ScenarioError> {
        let mut files = Vec::new();
        let failed = |problems| ScenarioError {
            name: name.to_string(),
            problems,
        };
        let place = Origin::File(PathBuf::from(name));
        let tree = read_text(place, text.into(), Vec::new(), &mut files).map_err(failed)?;
        let scenario = interpret(&tree, &files).map_err(failed)?;
        Ok(Loaded {
            scenario,
            files,
            tree,
        })
    }
}

fn read_chain(place: Origin, files: &mut Vec<SourceFile>) -> Result<Node, Vec<Problem>> {
    let text: Arc<str> = match &place {
        Origin::BuiltIn(name) => builtin::text(name).unwrap_or_default().into(),
        Origin::File(path) => text_of(path)
            .map_err(|error| vec![not_found(path, &error)])?
            .into(),
    };
    read_text(place, text, Vec::new(), files)
}

/// Reads one text and, below it, what it extends. `above` are the places that led here.
fn read_text(
    place: Origin,
    text: Arc<str>,
    mut above: Vec<Origin>,
    files: &mut Vec<SourceFile>,
) -> Result<Node, Vec<Problem>> {
    let file = SourceFile {
        name: match &place {
            Origin::BuiltIn(name) => (*name).to_string(),
            Origin::File(path) => path.display().to_string(),
        },
        text: Arc::clone(&text),
    };
    let number = files.len();
    files.push(file.clone());
    let mut tree = Node::parse(number, &text).map_err(|problems| {
        problems
            .into_iter()
            .map(|(message, span)| Problem::at(&file, span, message, "here"))
            .collect::<Vec<_>>()
    })?;
    old_names::rename(&mut tree);
    let Some(extends) = take_key(&mut tree, "extends") else {
        return Ok(tree);
    };
    let complain = |message: String, help: Option<String>| {
        let mut problem = Problem::at(&file, extends.span.clone(), message, "extends this");
        problem.help = help;
        vec![problem]
    };
    let Some(base) = extends.text() else {
        return Err(complain(
            "`extends` must be a text: a built-in scenario's name, or the path of a .toml file"
                .to_string(),
            None,
        ));
    };
    let base_place = if base.ends_with(".toml") {
        let folder = match &place {
            Origin::File(path) => path.parent().unwrap_or(Path::new("")).to_path_buf(),
            Origin::BuiltIn(_) => PathBuf::new(),
        };
        Origin::File(normal(&folder.join(base)))
    } else {
        match builtin::ALL.iter().find(|(name, _)| *name == base) {
            Some((name, _)) => Origin::BuiltIn(name),
            None => {
                let near = nearest(base, builtin::names());
                return Err(complain(
                    format!("there is no built-in scenario `{base}` to extend"),
                    Some(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "a path must end in .toml".to_string(),
                    }),
                ));
            }
        }
    };
    above.push(match place {
        Origin::File(path) => Origin::File(normal(&path)),
        built_in => built_in,
    });
    if above.contains(&base_place) {
        return Err(complain(
            format!("`{base}` extends, in the end, itself"),
            Some("one of the files must stand alone".to_string()),
        ));
    }
    if above.len() >= CHAIN_MAX {
        return Err(complain(
            format!("more than {CHAIN_MAX} scenarios extend one another"),
            None,
        ));
    }
    let base_text: Arc<str> = match &base_place {
        Origin::BuiltIn(name) => builtin::text(name).unwrap_or_default().into(),
        Origin::File(path) => match text_of(path) {
            Ok(text) => text.into(),
            Err(error) => {
                return Err(complain(
                    format!("{} cannot be read: {error}", path.display()),
                    Some("the path is relative to this file".to_string()),
                ));
            }
        },
    };
    let mut below = read_text(base_place, base_text, above, files)?;
    let own = tree.get("name").and_then(Node::text);
    if own.is_none() || own == below.get("name").and_then(Node::text) {
        return Err(complain(
            "a variant needs a `name` of its own".to_string(),
            Some("add `name = \"...\"`, so that reports can tell it from its base".to_string()),
        ));
    }
    lay_over(&mut below, tree);
    Ok(below)
}

fn take_key(tree: &mut Node, key: &str) -> Option<Node> {
    match &mut tree.content {
        super::tree::Content::Table(entries) => entries.shift_remove(key),
        _ => None,
    }
}

/// The path without `.` and resolvable `..`, so that one file has one path.
fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn not_found(path: &Path, error: &std::io::Error) -> Problem {
    let name = path.display().to_string();
    let problem = Problem::placeless(format!(
        "there is no built-in scenario `{name}`, and no such file can be read: {error}"
    ));
    let names: Vec<&str> = builtin::names()
        .filter(|name| !name.contains('/'))
        .collect();
    problem.help(match nearest(&name, builtin::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("built-in scenarios: {}", names.join(", ")),
    })
}

/// A replay's tree with the `[demand]` that it leaves out, as its buyers come from the orders; `None` for every other tree.
fn replays_without_demand(tree: &Node) -> Option<Node> {
    let replay = tree.get("replay")?;
    if tree.get("demand").is_some() {
        return None;
    }
    let mut tree = tree.clone();
    let demand = Node {
        content: Content::Table(Default::default()),
        ..replay.clone()
    };
    if let Content::Table(entries) = &mut tree.content {
        entries.insert("demand".to_string(), demand);
    }
    Some(tree)
}

/// Turns a tree into a checked scenario.
fn interpret(tree: &Node, files: &[SourceFile]) -> Result<Scenario, Vec<Problem>> {
    let mut findings = Findings {
        files,
        problems: Vec::new(),
    };
    if let Some(version) = tree.get("version")
        && let Content::Leaf(toml::Value::Integer(number)) = version.content
        && number != i64::from(VERSION)
    {
        findings
            .value(
                version,
                format!("version {number} of the scenario format is not known"),
                "unknown version",
            )
            .advise(format!("this program reads version {VERSION}"));
        return Err(findings.problems);
    }
    let with_demand = replays_without_demand(tree);
    let tree = with_demand.as_ref().unwrap_or(tree);
    let root = schema::of_types();
    check(root, root, "", tree, &mut findings);
    if !findings.problems.is_empty() {
        judge_the_rest(tree, &mut findings);
        return Err(findings.problems);
    }
    let Some(scenario) = findings.typed::<Scenario>(tree) else {
        return Err(findings.problems);
    };
    validate(&scenario, tree, &mut findings);
    if findings.problems.is_empty() {
        Ok(scenario)
    } else {
        Err(findings.problems)
    }
}

/// Adds what is wrong with the meaning of what has the right shape, where that cannot follow from the parts that have not.
fn judge_the_rest(tree: &Node, findings: &mut Findings<'_>) {
    let Some(sound) = Sound::of(schema::of_types(), tree, findings.files) else {
        return;
    };
    let mut meant = Findings {
        files: findings.files,
        problems: Vec::new(),
    };
    if let Some(scenario) = meant.typed::<Scenario>(&sound.tree) {
        validate_rest(&scenario, &sound, &mut meant);
        findings.problems.append(&mut meant.problems);
    }
}
