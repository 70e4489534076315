//! Faults that somebody sets by hand while a scenario is played: read and checked as those of its file are.

use std::sync::{Arc, OnceLock};

use channel_mocks::core::Micros;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check::{Findings, check};
use super::error::{Problem, SourceFile};
use super::model::{Fault, FaultKind, FaultPlace, Scenario};
use super::schema;
use super::tree::Node;
use super::validate::validate_faults;

/// What is read, as a scenario's file has it.
#[derive(Deserialize)]
struct Tables {
    fault: Vec<Fault>,
}

/// How long a fault lasts that says nothing of it: nobody waits for that.
pub const FOR_EVER: Micros = Micros::from_secs(10 * 365 * 86_400);

/// The heading of each table when they are written as TOML.
const HEADING: &str = "[[fault]]";

impl Scenario {
    /// Reads `{"fault": [...]}`, whose elements are what `[[fault]]` tables hold. They may name what this scenario has, and
    /// begin at any time: no last buyer bounds them.
    ///
    /// # Errors
    /// All that is wrong, one problem each: which fault, what, and the way out.
    pub fn read_faults(&self, tables: &Value) -> Result<Vec<Fault>, Vec<String>> {
        let text = toml::Table::try_from(tables)
            .and_then(|table| toml::to_string(&table))
            .map_err(|error| {
                vec![format!(
                    "the body is no {{\"fault\": [...]}} of texts, numbers and truth values, without null: {error}"
                )]
            })?;
        let file = SourceFile {
            name: "the body".to_string(),
            text: Arc::from(text.as_str()),
        };
        let said = |problems: Vec<Problem>| -> Vec<String> {
            problems.iter().map(|it| sentence(it, &text)).collect()
        };
        let tree = Node::parse(0, &text).map_err(|problems| {
            let messages = problems.into_iter().map(|(message, _)| message);
            messages.collect::<Vec<_>>()
        })?;
        let mut findings = Findings {
            files: std::slice::from_ref(&file),
            problems: Vec::new(),
        };
        let root = of_systems();
        let of_body = json!({
            "properties": {"fault": root["properties"]["fault"]},
            "required": ["fault"],
        });
        check(root, &of_body, "body", &tree, &mut findings);
        if !findings.problems.is_empty() {
            return Err(said(findings.problems));
        }
        let Some(read) = findings.typed::<Tables>(&tree) else {
            return Err(said(findings.problems));
        };
        let scenario = Scenario {
            faults: read.fault,
            duration: FOR_EVER,
            ..self.clone()
        };
        validate_faults(&scenario, &tree, &mut findings);
        if findings.problems.is_empty() {
            Ok(scenario.faults)
        } else {
            Err(said(findings.problems))
        }
    }
}

/// The schema of the types without the kinds of faults that strike the engine itself: nobody sets them by hand, and nobody is to
/// be offered them.
fn of_systems() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut root = schema::of_types().clone();
        let of_the_engine = |kind: &Value| {
            let mut all = FaultKind::ALL.iter().map(|it| it.describe());
            all.any(|it| it.place == FaultPlace::Engine && kind["const"] == it.name)
        };
        if let Some(kinds) = root["$defs"]["FaultKind"]["oneOf"].as_array_mut() {
            kinds.retain(|kind| !of_the_engine(kind));
        }
        root
    })
}

/// A problem in a sentence: the number of the fault in the body, what is wrong, and the way out.
fn sentence(problem: &Problem, text: &str) -> String {
    let before = problem.span.as_ref().and_then(|span| {
        let end = (span.start + HEADING.len()).min(text.len());
        text.get(..end)
    });
    let number = before.map_or(0, |before| before.matches(HEADING).count());
    let place = match number {
        0 => String::new(),
        number => format!("fault {number}: "),
    };
    match &problem.help {
        Some(help) => format!("{place}{}; {help}", problem.message),
        None => format!("{place}{}", problem.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tables: Value) -> Result<Vec<Fault>, String> {
        let scenario = Scenario::load("storefronts").unwrap().scenario;
        scenario.read_faults(&tables).map_err(|all| all.join("\n"))
    }

    #[test]
    fn what_is_right_is_what_a_file_would_say() {
        let written = json!({"fault": [
            {"kind": "refused", "channel": "warehouse", "status": 429, "retry_after": "7s", "from": "400d"},
            {"kind": "latency", "delay": {"fixed": "2s"}, "direction": "reply", "first": 3},
        ]});
        let of_file = "[[fault]]\nkind = \"refused\"\nchannel = \"warehouse\"\nstatus = 429\nretry_after = \"7s\"\n\
                       from = \"400d\"\n[[fault]]\nkind = \"latency\"\ndelay = { fixed = \"2s\" }\ndirection = \"reply\"\nfirst = 3";
        let expected: Tables = toml::from_str(of_file).unwrap();
        assert_eq!(read(written), Ok(expected.fault));
        assert_eq!(read(json!({"fault": []})), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_fault_and_the_way_out() {
        let fine = json!({"kind": "reset"});
        for (wrong, parts) in [
            (
                json!({"kind": "reply_lst"}),
                ["`reply_lst`", "did you mean `reply_lost`?"],
            ),
            (
                json!({"kind": "reset", "chanel": "amazon"}),
                ["`chanel`", "did you mean `channel`?"],
            ),
            (
                json!({"kind": "reset", "channel": "amazn"}),
                ["`amazn`", "did you mean `amazon`?"],
            ),
            (
                json!({"kind": "reset", "channel": "amazon", "operation": "patchListingItem"}),
                [
                    "`amazon` serves no operation `patchListingItem`",
                    "did you mean `patchListingsItem`?",
                ],
            ),
            (
                json!({"kind": "refused"}),
                ["`refused` needs `status`", "add it"],
            ),
            (
                json!({"kind": "reset", "probability": 1.5}),
                ["`probability` is 1.5", "up to 1"],
            ),
            (
                json!({"kind": "latency", "delay": 2}),
                ["`delay` must be a delay", "fixed"],
            ),
        ] {
            let said = read(json!({"fault": [fine, wrong]})).unwrap_err();
            assert!(said.starts_with("fault 2: "), "{said}");
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
        for (body, part) in [
            (json!({}), "no `fault`"),
            (json!([1]), "no {\"fault\": [...]}"),
            (json!({"fault": [{"kind": null}]}), "without null"),
            (json!({"fault": [], "faults": 1}), "`faults`"),
        ] {
            let said = read(body).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }
}
