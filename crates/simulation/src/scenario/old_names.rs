//! Names that strategies had once, in files: they are read as those of today.

use super::tree::{Content, Node};
use crate::engine::config::Strategy;

/// Gives the strategies of a file the names of today: in `strategies` and as keys of `strategy`. A key stays as it is where
/// the file has both, which is then no key that is known.
pub fn rename(tree: &mut Node) {
    let Content::Table(entries) = &mut tree.content else {
        return;
    };
    for (old, strategy) in Strategy::OLD_NAMES {
        let today = strategy.name();
        if let Some(Content::Array(names)) = entries.get_mut("strategies").map(|it| &mut it.content)
        {
            for name in names {
                if name.text() == Some(old) {
                    name.content = Content::Leaf(toml::Value::String(today.to_string()));
                }
            }
        }
        if let Some(Content::Table(tables)) = entries.get_mut("strategy").map(|it| &mut it.content)
            && !tables.contains_key(today)
            && let Some(settings) = tables.shift_remove(old)
        {
            tables.insert(today.to_string(), settings);
        }
    }
}

/// Whether a text names a strategy: alone, with settings (`NAME:KEY=VALUE`), or as a label (`{contender=NAME}`).
pub fn mentions(text: &str, name: &str) -> bool {
    let plain = text.replace(['"', '\'', ' '], "");
    let label = format!("contender={name}");
    let ends = |at: usize| matches!(plain[at..].chars().next(), Some(',' | '}'));
    let mut labels = plain.match_indices(&label);
    plain
        .split(',')
        .any(|part| part == name || part.starts_with(&format!("{name}:")))
        || labels.any(|(at, _)| ends(at + label.len()))
        || plain.starts_with(&format!("strategy.{name}."))
}

/// Whether a file uses a name of a strategy.
pub fn uses(tree: &Node, name: &str) -> bool {
    let is_it = |node: &Node| node.text() == Some(name);
    let named = tree.get("strategies").and_then(Node::array);
    let checks = tree.get("threshold").and_then(Node::array);
    let mut checks = checks
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("check")?.text());
    named.is_some_and(|it| it.iter().any(is_it))
        || tree
            .get("strategy")
            .is_some_and(|it| it.get(name).is_some())
        || checks.any(|check| mentions(check, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn a_file_with_an_old_name_is_read_as_one_with_the_new() {
        let read = |name: &str| {
            let text = format!(
                "extends = \"evening\"\nname = \"mine\"\nstrategies = [\"escrow\", \"{name}\"]\n\
                 [strategy.{name}]\nreserve = 0.25\n[[threshold]]\ncheck = \"oversold{{contender={name}}} == 0\"\n"
            );
            Scenario::parse("mine.toml", &text).unwrap()
        };
        let (old, new) = (read("oracle"), read("informed-escrow"));
        assert_eq!(old.scenario.strategy.informed_escrow.reserve, 0.25);
        assert_eq!(old.scenario.strategies, new.scenario.strategies);
        assert_eq!(
            old.scenario.expanded(),
            new.scenario
                .expanded()
                .replace("contender=informed-escrow", "contender=oracle")
        );
        assert!(old.uses_name("oracle") && !new.uses_name("oracle"));
    }

    #[test]
    fn both_names_at_once_are_refused() {
        let text = "extends = \"evening\"\nname = \"mine\"\n[strategy.oracle]\n[strategy.informed-escrow]\n";
        let error = Scenario::parse("mine.toml", text).unwrap_err();
        let told = format!("{:?}", error.problems);
        assert!(told.contains("oracle"), "{told}");
    }

    #[test]
    fn texts_that_name_a_strategy() {
        let named = |text: &str| mentions(text, "oracle");
        for text in [
            "oracle",
            "mirror,oracle",
            "oracle:reserve=0.1",
            "oversold{channel=web, contender='oracle'} == 0",
            "cost{contender=oracle}",
            "strategy.oracle.reserve=0,0.1",
        ] {
            assert!(named(text), "{text}");
        }
        for text in [
            "escrow",
            "oracles",
            "cost{contender=oracle-of-mine} < 5",
            "my oracle",
        ] {
            assert!(!named(text), "{text}");
        }
    }
}
