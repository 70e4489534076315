//! `--strategies`: built-in strategies by name, and variants of them with settings of their own, such as
//! `escrow:budget=0.01%` or `mirror:buffer=2:sweep_every=0s`.

use super::{Exit, Failure};
use crate::engine::config::{Strategy, StrategySettings};
use crate::experiment::Contender;
use crate::scenario::{Diagnostic, Scenario, ScenarioError};

/// What was asked for: a strategy, and what is set otherwise than in the scenario.
#[derive(Clone, Debug, PartialEq)]
struct Wanted<'a> {
    text: &'a str,
    strategy: Strategy,
    settings: Vec<(&'a str, &'a str)>,
}

impl<'a> Wanted<'a> {
    fn read(text: &'a str) -> Result<Wanted<'a>, Failure> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or(text).trim();
        let strategy = Strategy::named(name).ok_or_else(|| {
            let names = Strategy::ALL.map(Strategy::name);
            Failure::usage(
                format!("there is no strategy `{name}`"),
                crate::scenario::error::suggestion(name, &names),
            )
        })?;
        let setting = |part: &'a str| {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                Failure::usage(
                    format!("`{part}` in `{text}` sets nothing"),
                    format!("write {name}:KEY=VALUE, such as escrow:budget=0.01%"),
                )
            })?;
            Ok::<_, Failure>((key.trim(), value.trim()))
        };
        Ok(Wanted {
            text,
            strategy,
            settings: parts.map(setting).collect::<Result<_, _>>()?,
        })
    }

    fn contender(&self, scenario_name: &str) -> Result<Contender, Failure> {
        if self.settings.is_empty() {
            return Ok(Contender::from(self.strategy));
        }
        // Numbers, booleans and quoted texts are taken as they are; what is none of these, or should have been a text, is a
        // text.
        let read = |as_texts| {
            let text = self.toml(as_texts);
            let settings = settings_of(self.text, scenario_name, &text)?;
            Ok::<_, ScenarioError>((settings, self.keys(&text)))
        };
        let (settings, keys) = read(false)
            .or_else(|error| read(true).map_err(|_| error))
            .map_err(|error| Failure::new(Exit::Usage, Diagnostic::from(error)))?;
        let text = match self.text.split_once(':') {
            Some((_, settings)) => format!("{}:{settings}", self.strategy.name()),
            None => self.text.to_string(),
        };
        Ok(Contender::variant_over(
            &text,
            self.strategy,
            keys,
            settings,
        ))
    }

    /// What stands in the strategy's own table of such a text.
    fn keys(&self, text: &str) -> toml::Table {
        let table = toml::from_str::<toml::Table>(text).unwrap_or_default();
        let own = table
            .get("strategy")
            .and_then(|all| all.get(self.strategy.name()));
        own.and_then(toml::Value::as_table)
            .cloned()
            .unwrap_or_default()
    }

    fn toml(&self, as_texts: bool) -> String {
        let mut text = format!("[strategy.{}]\n", self.strategy.name());
        for (key, value) in &self.settings {
            let is_value = toml::from_str::<toml::Table>(&format!("it = {value}")).is_ok();
            let value = match is_value && !as_texts {
                true => (*value).to_string(),
                false => toml::Value::String((*value).to_string()).to_string(),
            };
            text.push_str(&format!("{key} = {value}\n"));
        }
        text
    }
}

/// The settings of a scenario with these on top, checked like any scenario's; what is wrong is told of `variant`.
fn settings_of(
    variant: &str,
    scenario_name: &str,
    text: &str,
) -> Result<StrategySettings, ScenarioError> {
    let base = toml::Value::String(scenario_name.to_string());
    let text = format!("extends = {base}\nname = \"variant\"\n{text}");
    let loaded = Scenario::parse(variant, &text)?;
    Ok(loaded.scenario.strategy)
}

/// The names as they were meant: a comma inside braces, as in `mirror:buffer={ web = 1, amazon = 2 }`, parts no names.
fn joined(named: &[String]) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for piece in named {
        match whole.last_mut() {
            Some(last) if last.matches('{').count() > last.matches('}').count() => {
                last.push(',');
                last.push_str(piece);
            }
            _ => whole.push(piece.clone()),
        }
    }
    whole
}

/// The contenders that were named, each once, in the order in which reports show strategies; those of the scenario when none
/// was. Empty names, as from an unset variable of a script, are none.
pub fn contenders(
    named: Option<&[String]>,
    scenario: &Scenario,
    scenario_name: &str,
) -> Result<Vec<Contender>, Failure> {
    let Some(named) = named else {
        let all = Strategy::ALL.into_iter();
        let wanted = all.filter(|it| scenario.strategies.contains(it));
        return Ok(wanted.map(Contender::from).collect());
    };
    let mut wanted = Vec::new();
    let named = joined(named);
    for text in named.iter().map(|it| it.trim()).filter(|it| !it.is_empty()) {
        let it = Wanted::read(text)?;
        let is_there =
            |other: &Wanted<'_>| (other.strategy, &other.settings) == (it.strategy, &it.settings);
        if !wanted.iter().any(is_there) {
            wanted.push(it);
        }
    }
    let place = |it: &Wanted<'_>| Strategy::ALL.iter().position(|s| *s == it.strategy);
    wanted.sort_by_key(place);
    let contenders = wanted.iter().map(|it| it.contender(scenario_name));
    contenders.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(named: &[&str]) -> Vec<String> {
        let named: Vec<String> = named.iter().map(|it| it.to_string()).collect();
        let scenario = Scenario::load("evening").unwrap().scenario;
        let found = contenders(Some(&named), &scenario, "evening").unwrap();
        found.iter().map(|it| it.name().to_string()).collect()
    }

    #[test]
    fn variants_stand_beside_their_strategy() {
        let variant = "escrow:budget=0.01%";
        assert_eq!(
            names(&[
                variant,
                "",
                "mirror:buffer=2:sweep_every=0s",
                "mirror",
                variant
            ]),
            ["mirror:buffer=2:sweep_every=0s", "mirror", variant]
        );
    }

    #[test]
    fn an_old_name_is_taken_for_todays() {
        assert_eq!(
            names(&["oracle", "informed-escrow", "oracle:reserve=0.1"]),
            ["informed-escrow", "informed-escrow:reserve=0.1"]
        );
    }

    #[test]
    fn a_variant_plays_with_settings_of_its_own() {
        let scenario = Scenario::load("evening").unwrap().scenario;
        let named = ["escrow:budget=0.01%:reserve=0.2".to_string()];
        let found = contenders(Some(&named), &scenario, "evening").unwrap();
        let own = found[0].scenario(&scenario).strategy.escrow.clone();
        assert_eq!((own.budget.share(), own.reserve), (1e-4, 0.2));
        assert!(scenario.strategy.escrow.budget.is_none());
    }

    #[test]
    fn a_comma_inside_braces_parts_no_names() {
        let scenario = Scenario::load("evening").unwrap().scenario;
        let text = "mirror:buffer={ dynamic = \"95%\" },mirror:buffer={ web = 1, amazon = 2 }:sweep=read_back";
        let named: Vec<String> = text.split(',').map(str::to_string).collect();
        let found = contenders(Some(&named), &scenario, "evening").unwrap();
        let own = |at: usize| found[at].scenario(&scenario).strategy.mirror.clone();
        assert!((own(0).buffer.confidence().unwrap().risk() - 0.05).abs() < 1e-12);
        let units = ["web", "amazon", "tiktok"].map(|name| own(1).buffer.standing_units(name));
        assert_eq!((units, own(1).sweep.is_usual()), ([1, 2, 0], false));
    }

    #[test]
    fn what_cannot_be_set_is_refused_with_the_way_out() {
        let scenario = Scenario::load("evening").unwrap().scenario;
        for (named, said) in [
            ("escrou:budget=1%", "did you mean `escrow`?"),
            ("escrow:budget", "escrow:budget=0.01%"),
            ("escrow:buget=1%", "budget"),
            ("escrow:budget=70%", "0.01%"),
            ("escrow:reserve=7", "0 to 1"),
            ("escrow:rush_factor=0", "1 to 1000"),
            ("mirror:buffer={ amazn = 2 }", "did you mean `amazon`?"),
            ("mirror:buffer={ dynamic = \"7%\" }", "50%"),
            ("mirror:buffer=lots", "{ amazon = 2 }"),
        ] {
            let failure = contenders(Some(&[named.to_string()]), &scenario, "evening");
            let text = format!("{:?}", failure.unwrap_err());
            assert!(text.contains(said), "{named}: {text}");
        }
    }
}
