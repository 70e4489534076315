//! JUnit XML of many seeds: a suite for each directory, a case for each guarantee and threshold of each contender, with their
//! exact bounds and intervals, and one for its comparison with a baseline.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::table::{bound_text, budget_text};
use super::{SeedsFiles, estimate_text};
use crate::experiment::replications::{BudgetOverSeeds, GuaranteeCounts};
use crate::measure::Verdict;
use crate::report::comparison_junit::against_the_baseline;
use crate::report::findings::guarantee_words;
use crate::report::junit::{of_contender, said, skipped, threshold};
use crate::scenario::text::shown;

/// Figures that every suite says of every contender.
const FIGURES: [&str; 5] = [
    "oversold_units",
    "net_undersell_units",
    "staleness_s.p99",
    "ingestion_s.p99",
    "calls_per_order",
];

/// Directories of many seeds as one report. No time stands in it, so that the same seeds give the same bytes.
pub fn junit(all: &[SeedsFiles]) -> String {
    let mut report = Report::new("simulate");
    for (files, title) in all.iter().zip(SeedsFiles::titles(all)) {
        report.add_test_suite(suite(files, &title));
    }
    // Writing to memory fails for nothing, and names cannot hold what XML does not know: the library leaves it out.
    report.to_string().unwrap_or_default()
}

fn suite(files: &SeedsFiles, title: &str) -> TestSuite {
    let document = &files.document;
    let frame = &document.frame;
    let mut suite = TestSuite::new(shown(title));
    for (name, value) in [
        ("scenario", frame.scenario.as_str()),
        ("seeds", &frame.seeds),
        ("time", "virtual"),
        ("rerun", &frame.rerun),
    ] {
        suite.add_property((name, shown(value).as_str()));
    }
    for summary in &document.summaries {
        for path in FIGURES {
            let Some(estimate) = summary.figures.get(path) else {
                continue;
            };
            let name = shown(&format!("{}.{path}", summary.contender));
            suite.add_property((name.as_str(), estimate_text(estimate, 1.0).as_str()));
        }
    }
    for summary in &document.summaries {
        for guarantee in &summary.guarantees {
            suite.add_test_case(case(&summary.contender, guarantee));
        }
    }
    for judgement in &document.judgements {
        suite.add_test_case(threshold(judgement, &frame.currency));
    }
    suite.add_test_cases(against_the_baseline(document.comparison.as_ref()));
    suite
}

/// A budget's share, which all seeds judge together.
fn budget(contender: &str, counts: &GuaranteeCounts, over_seeds: &BudgetOverSeeds) -> TestCase {
    let text = budget_text(over_seeds);
    let status = match over_seeds.verdict {
        Verdict::Violated if counts.promised => {
            said(NonSuccessKind::Failure, "promise_broken", &text)
        }
        Verdict::Violated => skipped(&format!("not promised. {text}")),
        Verdict::Holds => TestCaseStatus::success(),
        Verdict::Unknown | Verdict::NotJudged => skipped(&text),
    };
    let mut case = of_contender(&guarantee_words(&counts.name), contender, status);
    case.set_system_out(text);
    case
}

fn case(contender: &str, counts: &GuaranteeCounts) -> TestCase {
    if let Some(over_seeds) = &counts.over_seeds {
        return budget(contender, counts, over_seeds);
    }
    let tries = counts.tries();
    let held = format!(
        "held on {} of {tries} seeds, {}",
        counts.held,
        bound_text(counts)
    );
    let first = match counts.first_broken_seed {
        Some(seed) => format!("{held}; first broken on seed {seed}"),
        None => held.clone(),
    };
    let status = match (tries, counts.broken, counts.breaks_a_promise()) {
        (0, _, _) if counts.unknown > 0 => {
            skipped("unknown: nothing in the runs could have broken it")
        }
        (0, _, _) => skipped("not judged: the contender takes no part in what it is about"),
        (_, 0, _) => TestCaseStatus::success(),
        (_, _, true) => {
            let mut status = said(NonSuccessKind::Failure, "promise_broken", &first);
            let again = counts.rerun.as_deref().unwrap_or_default();
            status.set_description(format!(
                "{}\nagain with:\n  {}",
                shown(&first),
                shown(again)
            ));
            status
        }
        (_, broken, false) if broken == counts.outside => {
            skipped(&format!("outside its assumptions. {first}"))
        }
        (_, _, false) => skipped(&format!("not promised. {first}")),
    };
    let mut case = of_contender(&guarantee_words(&counts.name), contender, status);
    if tries > 0 {
        case.set_system_out(held);
    }
    case
}
