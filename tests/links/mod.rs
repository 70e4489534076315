//! Whatever points into the documentation leads somewhere: relative links of Markdown pages, and citations in comments,
//! such as `docs/NAME.md 4.3 and 4.4` or `docs/NAME.md A5, H2`.
//!
//! A citation's sections are the words after the page that look like section labels: a letter with a number (`A5`, `V1a`,
//! `B`) or numbers (`4`, `4.3`). A page has the labels its headings begin with, and those in the first cell of table rows.

mod markdown;
mod planted;
mod tree;

use std::path::Path;

use tree::Tree;

#[test]
fn every_link_and_citation_leads_somewhere() {
    let tree = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    let pages = tree.texts.keys().filter(|it| it.ends_with(".md")).count();
    assert!(
        pages > 10 && tree.texts.len() > 100,
        "{pages} pages of {} texts",
        tree.texts.len()
    );
    let faults = tree.faults();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
