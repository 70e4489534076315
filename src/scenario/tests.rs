//! Built-in scenarios and what is said about broken ones.

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::*;

#[test]
fn every_built_in_scenario_reads_and_survives_its_own_expansion() {
    for name in builtin::names() {
        let loaded = Scenario::load(name).unwrap_or_else(|error| panic!("{}", rendered(&error)));
        assert_eq!(loaded.scenario.name, name);
        let expanded = loaded.scenario.expanded();
        let again =
            Scenario::parse(name, &expanded).unwrap_or_else(|error| panic!("{}", rendered(&error)));
        assert_eq!(again.scenario.expanded(), expanded, "{name}");
    }
}

fn rendered(error: &ScenarioError) -> String {
    let mut out = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .render_report(&mut out, error)
        .unwrap();
    out.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
