//! Names of contenders as heads of columns: in two lines where they are long, and never two alike.

use super::columns::{Cell, cell};
use super::style::Tone;

/// A longer line is cut, columns.
const LONGEST_LINE: usize = 15;

/// Longer names stand in two lines, columns.
const LONGEST_NAME: usize = 11;

/// Stands for what was cut out.
const CUT: &str = "..";

/// Letters of a line's beginning that stay where its end has to tell it apart.
const BEGINNING: usize = 4;

/// A head in two lines, the upper one empty where one is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub above: String,
    pub name: String,
}

impl Head {
    /// A longer name is parted behind its first colon, or a hyphen.
    fn new(name: &str, cut: impl Fn(&str) -> String) -> Head {
        let parted = name.find([':', '-']).map(|at| name.split_at(at + 1));
        match parted.filter(|_| name.chars().count() > LONGEST_NAME) {
            Some((above, below)) => Head {
                above: cut(above),
                name: cut(below),
            },
            None => Head {
                above: String::new(),
                name: cut(name),
            },
        }
    }
}

/// The heads of names that differ. They are cut at their end, or in the middle where their end tells them apart; what cannot
/// be told apart so has its place among all, from 1. Names stand in full below the table.
pub(super) fn heads(names: &[&str]) -> Vec<Head> {
    let mut heads: Vec<Head> = names.iter().map(|it| Head::new(it, without_end)).collect();
    for place in alike(&heads) {
        heads[place] = Head::new(names[place], without_middle);
    }
    for place in alike(&heads) {
        let number = format!("{CUT}{}", place + 1);
        let name = &mut heads[place].name;
        let kept = LONGEST_LINE - number.len();
        *name = name.chars().take(kept).chain(number.chars()).collect();
    }
    heads
}

/// The rows of a table that say what its columns are: what stands before the first of them, and the heads.
pub(super) fn head_rows(label: Head, heads: &[Head]) -> Vec<(String, Vec<Cell>)> {
    let row = |label: String, line: fn(&Head) -> &str| {
        let cells = heads.iter().map(|it| Cell {
            tone: Tone::Strong,
            ..cell(line(it))
        });
        (label, cells.collect())
    };
    let is_one_line = heads.iter().chain([&label]).all(|it| it.above.is_empty());
    let above = (!is_one_line).then(|| row(label.above, |it| &it.above));
    above
        .into_iter()
        .chain([row(label.name, |it| &it.name)])
        .collect()
}

/// The places of heads that others have as well.
fn alike(heads: &[Head]) -> Vec<usize> {
    let has_twin = |place: &usize| heads.iter().filter(|it| **it == heads[*place]).count() > 1;
    (0..heads.len()).filter(has_twin).collect()
}

fn without_end(line: &str) -> String {
    if line.chars().count() <= LONGEST_LINE {
        return line.to_string();
    }
    let start: String = line.chars().take(LONGEST_LINE - CUT.len()).collect();
    format!("{start}{CUT}")
}

fn without_middle(line: &str) -> String {
    let letters = line.chars().count();
    if letters <= LONGEST_LINE {
        return line.to_string();
    }
    let start: String = line.chars().take(BEGINNING).collect();
    let end = LONGEST_LINE - BEGINNING - CUT.len();
    let end: String = line.chars().skip(letters - end).collect();
    format!("{start}{CUT}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_that_differ_stay_apart() {
        let shown = |names: &[&str]| -> Vec<String> {
            let heads = heads(names).into_iter();
            heads
                .map(|it| format!("{}|{}", it.above, it.name))
                .collect()
        };
        assert_eq!(
            shown(&["mirror", "escrow:budget=0.01%", "escrow:budget=0.1%"]),
            ["|mirror", "escrow:|budget=0.01%", "escrow:|budget=0.1%"]
        );
        assert_eq!(
            shown(&[
                "mirror:buffer=2:sweep_every=0s",
                "mirror:buffer=2:sweep_every=60s"
            ]),
            ["mirror:|buff.._every=0s", "mirror:|buff..every=60s"]
        );
        assert_eq!(
            shown(&[
                "mirror:buffer=2:sweep_every=0s",
                "informed-escrow",
                "trigger"
            ]),
            ["mirror:|buffer=2:swee..", "informed-|escrow", "|trigger"]
        );
        let long = |letter: char| format!("our_engine_before_{letter}_the_great_change");
        let (one, other) = (long('a'), long('b'));
        assert_eq!(
            shown(&[&one, "escrow", &other]),
            ["|our_..at_cha..1", "|escrow", "|our_..at_cha..3"]
        );
    }
}
