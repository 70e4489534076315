//! Comparisons as JUnit XML: a suite for each contender, a case for each guarantee and figure that was judged, and one for each
//! threshold.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::comparison_words::{difference, tally, values, verdicts, why};
use super::thresholds::measured;
use crate::experiment::compare::{Change, Comparison, ContenderChange};
use crate::experiment::thresholds::Outcome;
use crate::scenario::text::printable;

/// One or several comparisons as JUnit XML.
pub fn comparison_junit(comparisons: &[Comparison]) -> String {
    let mut report = Report::new("simulate compare");
    for comparison in comparisons {
        let (scenario, after) = (&comparison.scenario, &comparison.after);
        for contender in &comparison.contenders {
            let name = format!("{scenario}: {} ({after})", contender.contender);
            let mut suite = TestSuite::new(printable(&name).into_owned());
            suite.add_test_cases(cases(comparison, contender));
            report.add_test_suite(suite);
        }
        if !comparison.thresholds.is_empty() {
            let name = format!("{scenario}: thresholds ({after})");
            let mut suite = TestSuite::new(printable(&name).into_owned());
            suite.add_test_cases(thresholds(comparison));
            report.add_test_suite(suite);
        }
    }
    // Writing to a text fails for names that XML cannot hold alone, and those are written out above.
    report.to_string().unwrap_or_default()
}

fn case(name: &str, failure: Option<String>) -> TestCase {
    let status = match failure {
        None => TestCaseStatus::success(),
        Some(message) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(printable(&message).into_owned());
            status
        }
    };
    TestCase::new(printable(name).into_owned(), status)
}

/// A case for each contender of runs that were compared with a baseline.
pub(super) fn against_the_baseline(
    comparison: Option<&Comparison>,
) -> impl Iterator<Item = TestCase> {
    let contenders = comparison.into_iter().flat_map(|it| {
        let own = it.contenders.iter();
        own.map(move |contender| (it, contender))
    });
    contenders.map(|(comparison, contender)| {
        let name = format!("as before or better, against {}", comparison.before);
        whole(&name, comparison, contender)
    })
}

/// What became of all that was compared of a contender.
fn whole(name: &str, comparison: &Comparison, contender: &ContenderChange) -> TestCase {
    let seeds = comparison.seeds.len();
    let reason = contender
        .causes
        .as_ref()
        .and_then(|it| why(it, seeds))
        .unwrap_or_default();
    let mut whole = case(
        name,
        contender.change.fails().then(|| {
            format!(
                "{}: {}. {reason}",
                contender.change.name(),
                tally(contender)
            )
            .trim_end()
            .to_string()
        }),
    );
    whole.set_classname(printable(&contender.contender).into_owned());
    whole
}

fn cases(comparison: &Comparison, contender: &ContenderChange) -> Vec<TestCase> {
    let mut cases = vec![whole("as before or better", comparison, contender)];
    for it in &contender.guarantees {
        let (before, after) = verdicts(it, comparison.seeds.len());
        cases.push(case(
            &it.guarantee,
            (it.change == Change::Regressed).then(|| format!("{after}, before {before}")),
        ));
    }
    for it in contender
        .figures
        .iter()
        .filter(|it| it.change != Change::Changed)
    {
        let failure = (it.change == Change::Regressed).then(|| {
            let (before, after) = values(it, comparison.seeds.len(), &comparison.currency);
            format!(
                "{}, before {}: {}",
                after,
                before,
                difference(it, &comparison.currency)
            )
        });
        cases.push(case(&it.figure, failure));
    }
    cases
}

fn thresholds(comparison: &Comparison) -> Vec<TestCase> {
    let all = comparison.thresholds.iter();
    all.map(|it| {
        let name = format!("{}: {}", it.contender, it.check);
        let is = measured(it, &comparison.currency);
        match it.outcome {
            Outcome::Fails => case(&name, Some(is)),
            Outcome::Unknown | Outcome::NotJudged => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(is);
                TestCase::new(printable(&name).into_owned(), status)
            }
            Outcome::Holds | Outcome::Warns => case(&name, None),
        }
    })
    .collect()
}
