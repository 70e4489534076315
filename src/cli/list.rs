//! `simulate list`: what there is to run.

use std::fmt::Write;

use super::{Exit, Failure, Streams, put};
use crate::engine::config::Strategy;
use crate::scenario::text::wrapped;
use crate::scenario::{Scenario, builtin};

/// Prints the built-in scenarios with their titles, and the strategies.
pub fn list(streams: &mut Streams) -> Result<Exit, Failure> {
    let width = builtin::names().map(str::len).max().unwrap_or(0);
    let columns = streams.layout.columns;
    let push_row = |text: &mut String, name: &str, about: &str| {
        let line = format!("  {name:<width$}  {about}");
        for line in wrapped(&line, columns, width + 4) {
            let _ = writeln!(text, "{line}");
        }
    };
    let mut text = format!("scenarios ({} --scenario NAME):\n", streams.program);
    for name in builtin::names() {
        let loaded =
            Scenario::load(name).map_err(|error| Failure::new(Exit::HarnessWrong, error))?;
        push_row(&mut text, name, &loaded.scenario.title);
    }
    text.push_str("strategies (--strategies NAME,NAME):\n");
    for strategy in Strategy::ALL {
        push_row(&mut text, strategy.name(), strategy.describe().summary);
    }
    put(streams, &text)?;
    Ok(Exit::Pass)
}
