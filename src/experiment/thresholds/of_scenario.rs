//! Thresholds from where people write them: scenario files and command lines.

use std::sync::Arc;

use super::threshold::{Known, Threshold, ThresholdError};
use crate::scenario::model::ThresholdLevel;
use crate::scenario::{Loaded, Problem, ScenarioError, SourceFile};

/// The thresholds of a scenario file.
///
/// # Errors
/// All that are wrong, each underlined in its file.
pub fn of_scenario(loaded: &Loaded, known: &Known<'_>) -> Result<Vec<Threshold>, ScenarioError> {
    let mut thresholds = Vec::new();
    let mut problems = Vec::new();
    for (index, written) in loaded.scenario.thresholds.iter().enumerate() {
        match read(&written.check, written.level, known) {
            Ok(threshold) => thresholds.push(threshold),
            Err(error) => {
                let path = format!("threshold.{index}.check");
                let span = error.span.clone();
                let mut problem =
                    loaded.problem(&path, &written.check, span, error.message, "here");
                problem.help = error.help;
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() {
        return Ok(thresholds);
    }
    Err(ScenarioError {
        name: loaded.scenario.name.clone(),
        problems,
    })
}

/// One threshold of a command line; `option` names it in what is told.
///
/// # Errors
/// What is wrong, underlined in the text itself.
pub fn of_option(
    option: &str,
    text: &str,
    level: ThresholdLevel,
    known: &Known<'_>,
) -> Result<Threshold, Box<Problem>> {
    read(text, level, known).map_err(|error| {
        let file = SourceFile {
            name: option.to_string(),
            text: Arc::from(text),
        };
        let mut problem = Problem::at(&file, error.span, error.message, "here");
        problem.help = error.help;
        Box::new(problem)
    })
}

fn read(text: &str, level: ThresholdLevel, known: &Known<'_>) -> Result<Threshold, ThresholdError> {
    let threshold = Threshold::parse(text, level)?;
    threshold.check(known)?;
    Ok(threshold)
}
