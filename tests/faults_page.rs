//! `docs/faults.md` says what the reader of scenario files does.

use oversell::scenario::model::{FaultKind, FaultValue};

/// The page that people read must say what the reader of files does.
#[test]
fn the_page_of_faults_has_a_row_for_every_kind() {
    let page = include_str!("../docs/faults.md");
    let keys = |values: &[FaultValue]| {
        let joiner = |value: &FaultValue| match value {
            FaultValue::Offset => "` or `",
            _ => "`, `",
        };
        let texts = values
            .iter()
            .map(|it| format!("`{}`", it.keys().join(joiner(it))));
        match values {
            [] => "-".to_string(),
            _ => texts.collect::<Vec<_>>().join(", "),
        }
    };
    for kind in FaultKind::ALL {
        let it = kind.describe();
        let row = format!(
            "| `{}` | {} | {} | {} | {} | {} |",
            it.name,
            it.summary,
            keys(it.needs),
            keys(it.takes),
            it.rate.text(),
            it.counts
        );
        assert!(page.contains(&row), "docs/faults.md lacks the row\n{row}");
    }
    let is_kind = |line: &&str| line.starts_with("| `") && line.matches(" | ").count() == 5;
    let rows = page.lines().filter(is_kind);
    assert_eq!(
        rows.count(),
        FaultKind::ALL.len(),
        "rows of kinds that are no more"
    );
}
