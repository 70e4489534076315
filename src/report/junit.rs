//! JUnit XML, as CI servers read it: a suite for each run, a case for each guarantee and threshold of each contender, and one
//! for its comparison with a baseline.
//!
//! No time stands in it, so that the same runs give the same bytes. A case fails where a promise or a threshold was broken,
//! and is skipped where nothing is judged, or where what was violated had not been promised, or only warns.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::RunFiles;
use super::comparison_junit::against_the_baseline;
use super::findings::{guarantee_words, violation, why_unknown};
use super::json::{Document, StrategyDocument, TimeKind};
use super::thresholds::measured;
use crate::experiment::thresholds::{Judgement, Outcome};
use crate::measure::{Extent, Guarantee, Verdict};
use crate::scenario::text::shown;

/// The runs as one report.
pub fn junit(runs: &[RunFiles]) -> String {
    let mut report = Report::new("simulate");
    for (run, title) in runs.iter().zip(RunFiles::titles(runs)) {
        report.add_test_suite(suite(run, &title));
    }
    // Writing to memory fails for nothing, and names cannot hold what XML does not know: the library leaves it out.
    report.to_string().unwrap_or_default()
}

fn suite(run: &RunFiles, title: &str) -> TestSuite {
    let document = &run.document;
    let mut suite = TestSuite::new(shown(title));
    let time = match document.time {
        TimeKind::Virtual => "virtual",
        TimeKind::Real => "real",
    };
    for (name, value) in [
        ("scenario", document.scenario.as_str()),
        ("seed", &document.seed.to_string()),
        ("time", time),
        ("rerun", &document.rerun),
    ] {
        suite.add_property((name, shown(value).as_str()));
    }
    for contender in &document.strategies {
        suite.add_test_cases(measurement(document, contender));
        for guarantee in &contender.guarantees {
            suite.add_test_case(case(contender, guarantee));
        }
    }
    for judgement in &document.thresholds {
        suite.add_test_case(threshold(judgement, &document.currency));
    }
    suite.add_test_cases(against_the_baseline(document.comparison.as_ref()));
    suite
}

/// Whether a run in real time measured anything.
fn measurement(document: &Document, contender: &StrategyDocument) -> Option<TestCase> {
    contender.real_time.as_ref()?;
    let mut refused = document.refused_measurements();
    let refused = refused.find(|(name, _)| *name == contender.strategy);
    let status = match refused {
        None => TestCaseStatus::success(),
        Some((_, reason)) => said(NonSuccessKind::Error, "not_a_measurement", reason),
    };
    Some(named("the driver was in time", contender, status))
}

fn case(contender: &StrategyDocument, guarantee: &Guarantee) -> TestCase {
    let status = judged(&contender.strategy, guarantee);
    named(&guarantee_words(&guarantee.name), contender, status)
}

fn judged(strategy: &str, guarantee: &Guarantee) -> TestCaseStatus {
    match (guarantee.verdict, guarantee.promised) {
        (Verdict::Holds, _) => TestCaseStatus::success(),
        (Verdict::Violated, true) => {
            let sentence = violation(strategy, guarantee);
            let mut status = said(NonSuccessKind::Failure, "promise_broken", &sentence);
            status.set_description(described(&sentence, guarantee));
            status
        }
        (Verdict::Violated, false) => {
            let why = match guarantee.extent.as_ref().is_some_and(Extent::is_outside) {
                true => "outside its assumptions",
                false => "not promised",
            };
            let sentence = violation(strategy, guarantee);
            skipped(&format!("{why}. {sentence}"))
        }
        (Verdict::Unknown, _) => skipped(&format!("unknown: {}", why_unknown(guarantee))),
        (Verdict::NotJudged, _) => {
            skipped("not judged: the contender takes no part in what it is about")
        }
    }
}

pub(super) fn threshold(judgement: &Judgement, currency: &str) -> TestCase {
    let is = format!("{}: {}", judgement.check, measured(judgement, currency));
    let status = match judgement.outcome {
        Outcome::Holds => TestCaseStatus::success(),
        Outcome::Fails => said(NonSuccessKind::Failure, "threshold_broken", &is),
        Outcome::Warns => skipped(&format!("warns. {is}")),
        Outcome::Unknown => skipped(&format!("unknown. {is}")),
        Outcome::NotJudged => skipped(&format!("{}: the contender did not run", judgement.check)),
    };
    of_contender(&judgement.check, &judgement.contender, status)
}

fn named(name: &str, contender: &StrategyDocument, status: TestCaseStatus) -> TestCase {
    of_contender(name, &contender.strategy, status)
}

pub(super) fn of_contender(name: &str, contender: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(shown(name), status);
    case.set_classname(shown(contender));
    case
}

pub(super) fn said(kind: NonSuccessKind, about: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(about);
    status.set_message(shown(message));
    status
}

pub(super) fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(shown(message));
    status
}

/// The violation, what happened before it, and how to see it again.
fn described(sentence: &str, guarantee: &Guarantee) -> String {
    let mut lines = vec![shown(sentence)];
    let example = guarantee.counter_example.iter();
    for moment in example.flat_map(|it| &it.timeline) {
        let line = format!("  {:.3} s {}: {}", moment.at_s, moment.place, moment.what);
        lines.push(shown(&line));
    }
    if let Some(rerun) = &guarantee.rerun {
        lines.push(format!("again with:\n  {}", shown(rerun)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(verdict: Verdict, excused: u64, caveat: Option<&str>) -> String {
        message_of("no_oversell", verdict, excused, caveat)
    }

    fn message_of(name: &str, verdict: Verdict, excused: u64, caveat: Option<&str>) -> String {
        let guarantee = Guarantee {
            name: name.to_string(),
            verdict,
            promised: false,
            extent: Some(Extent {
                broken: 3,
                of: 40,
                what: "units sold".to_string(),
                share: 0.075,
                tolerated_share: 0.0,
                excused,
                informed_escrow_share: None,
            }),
            counter_example: None,
            rerun: None,
            caveat: caveat.map(str::to_string),
        };
        match judged("escrow", &guarantee) {
            TestCaseStatus::Skipped { message, .. } => message.unwrap().to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn why_a_case_is_skipped_is_said() {
        let outside = Some("outside its assumptions: H6 on web, 9 units added to a count by hand");
        let excused = message(Verdict::Violated, 3, outside);
        assert!(
            excused.starts_with("outside its assumptions. escrow: no oversell violated by 3 of 40"),
            "{excused}"
        );
        let blamed = message(Verdict::Violated, 2, outside);
        assert!(blamed.starts_with("not promised. escrow: "), "{blamed}");
        let never = Some("never fired: refused at web");
        assert_eq!(
            message(Verdict::Unknown, 0, never),
            "unknown: never fired: refused at web"
        );
        let untried = message(Verdict::Unknown, 0, None);
        assert_eq!(untried, "unknown: nothing in the run could have broken it");
        // Three units were oversold: that they are within the budget one seed cannot tell, but something did try it.
        let share = message_of("budget_kept", Verdict::Unknown, 0, None);
        assert_eq!(
            share,
            "unknown: it is about a mean over many days, which one seed leaves open"
        );
    }
}
