//! Built-in scenarios and what is said about broken ones.

use super::*;

mod rules;

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
    Diagnostic::new(error)
        .problems(error.problems.clone())
        .to_string()
}

/// A small correct scenario that the tests below break in one place each.
const GOOD: &str = r#"version = 1
name = "good"
title = "Good"
start = "2026-11-18T12:00:00Z"
opening = "1min"
duration = "10min"
settle = "5min"

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-ideal"
share = 0.6

[[channel]]
name = "market"
platform = "amazon"
profile = "amazon-ideal"
share = 0.4

[warehouse]
profile = "warehouse-ideal"
[[warehouse.location]]
code = "main"
share = 1.0

[catalogue]
skus = 10

[stock]
units = 5

[demand]
[[demand.phase]]
shape = "constant"
lasts = "10min"
rate = "1/s"
"#;

/// What is said about the good scenario with one text replaced.
fn broken(good: &str, bad: &str) -> ScenarioError {
    assert!(GOOD.contains(good), "`{good}` stands in the good scenario");
    Scenario::parse("good.toml", &GOOD.replacen(good, bad, 1))
        .expect_err("the broken scenario is refused")
}

/// The messages alone.
fn messages(good: &str, bad: &str) -> Vec<String> {
    broken(good, bad)
        .problems
        .iter()
        .map(|problem| problem.message.clone())
        .collect()
}

#[test]
fn the_good_scenario_is_good() {
    let loaded = Scenario::parse("good.toml", GOOD).unwrap();
    assert_eq!(loaded.scenario.channels.len(), 2);
    assert_eq!(loaded.files.len(), 1);
}

#[test]
fn a_misspelt_key_is_underlined_and_named() {
    insta::assert_snapshot!(rendered(&broken("share = 0.6", "shre = 0.6")));
}

#[test]
fn an_unknown_profile_is_underlined_and_named() {
    insta::assert_snapshot!(rendered(&broken("\"amazon-ideal\"", "\"amazon-idea\"")));
}

#[test]
fn shares_say_what_they_add_to() {
    insta::assert_snapshot!(rendered(&broken("share = 0.4", "share = 0.3")));
}

#[test]
fn a_duration_without_a_unit_is_explained() {
    insta::assert_snapshot!(rendered(&broken("\"5min\"", "\"300\"")));
}

/// What only the types know is told with its place too.
#[test]
fn values_deep_inside_are_underlined() {
    for (good, bad, message, at) in [
        (
            "share = 0.4",
            "share = 0.4\nknown_limits = { get_order = \"fast\" }",
            "`get_order`: this is string \"fast\", and a table is wanted",
            "\"fast\"",
        ),
        (
            "share = 0.4",
            "share = 0.4\nknown_limits = { get_order = { burst = [], rate = 1.0 } }",
            "`burst`: this is an array, and a number is wanted",
            "[]",
        ),
        (
            "[demand]\n",
            "[[fault]]\nkind = \"refused\"\nstatus = 99999\n[demand]\n",
            "`status`: this is integer `99999`, and a whole number from 0 to 65535 is wanted",
            "99999",
        ),
        (
            "[demand]\n",
            "[strategy.escrow]\nbudget = \"plenty\"\n[demand]\n",
            "`budget`: `plenty` is no budget: write \"0\", or per cent of the units sold up to 10%, such as \"0.01%\"",
            "\"plenty\"",
        ),
    ] {
        let error = broken(good, bad);
        let [problem] = error.problems.as_slice() else {
            panic!("{bad}: {}", rendered(&error));
        };
        assert_eq!(problem.message, message);
        let file = problem.file.as_ref().unwrap();
        let span = problem.span.clone().unwrap();
        assert_eq!(&file.text[span], at, "{bad}");
    }
}

#[test]
fn several_problems_are_told_at_once() {
    let text = GOOD
        .replacen("units = 5", "units = -5", 1)
        .replacen("\"1/s\"", "\"1/fortnight\"", 1)
        .replacen("\"constant\"", "\"constnt\"", 1)
        .replacen("opening = \"1min\"\n", "", 1)
        .replacen("platform = \"amazon\"", "platform = \"amazn\"", 1);
    let error = Scenario::parse("good.toml", &text).unwrap_err();
    let messages: Vec<&str> = error
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "`amazn` is no value of `platform`",
            "`units` cannot be negative",
            "`constnt` is no shape of a `phase`",
            "this scenario has no `opening`",
        ],
        "the rate of a phase without a shape cannot be judged"
    );
}

/// What does not hang on a misshapen part is told with it; what may follow from its absence is not.
#[test]
fn what_values_mean_is_told_beside_what_is_misshapen() {
    let text = GOOD
        .replacen("name = \"good\"", "name = \"go od\"", 1)
        .replacen("share = 0.4", "share = 0.3", 1)
        .replacen("units = 5", "units = 5\ncuver = 2", 1)
        .replacen("profile = \"warehouse-ideal\"", "profile = \"barn\"", 1)
        + "\n[[fault]]\nkind = \"outage\"\nchannel = \"web\"\nfor = 7\n";
    let error = Scenario::parse("good.toml", &text).unwrap_err();
    let told = rendered(&error);
    for wanted in ["cuver", "`for`", "go od", "barn", "0.9"] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    assert_eq!(error.problems.len(), 5, "{told}");
    // Without a wrong share nothing is known of their sum.
    let text = GOOD.replacen("share = 0.4", "share = \"the rest\"", 1);
    let error = Scenario::parse("good.toml", &text).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{}", rendered(&error));
}

#[test]
fn syntax_is_told_with_its_place() {
    let error = broken("skus = 10", "skus = ten");
    assert_eq!(error.problems.len(), 1);
    let span = error.problems[0].span.clone().unwrap();
    let text = GOOD.replacen("skus = 10", "skus = ten", 1);
    assert_eq!(
        text[..span.start].lines().count(),
        text[..text.find("skus = ten").unwrap() + 7].lines().count()
    );
}

#[test]
fn variants_find_their_base_and_never_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    write("base.toml", GOOD);
    let variant = write(
        "variants/more.toml",
        "extends = \"../base.toml\"\nname = \"more\"\n[stock]\ncover = 2.0\n",
    );
    let loaded = Scenario::load(&variant).unwrap();
    assert_eq!(loaded.scenario.stock.cover, Some(2.0));
    assert_eq!(loaded.scenario.stock.units, None);
    assert_eq!(loaded.files.len(), 2);

    let nameless = write("nameless.toml", "extends = \"base.toml\"\n");
    let first = |path: &str| {
        Scenario::load(path).unwrap_err().problems[0]
            .message
            .clone()
    };
    assert!(first(&nameless).contains("a `name` of its own"));
    let ring = write("a.toml", "extends = \"./b.toml\"\nname = \"a\"\n");
    write("b.toml", "extends = \"a.toml\"\nname = \"b\"\n");
    assert!(first(&ring).contains("itself"));
    let lost = write("lost.toml", "extends = \"gone.toml\"\nname = \"lost\"\n");
    assert!(first(&lost).contains("cannot be read"));
    let unknown = write(
        "unknown.toml",
        "extends = \"flash-sal\"\nname = \"unknown\"\n",
    );
    let error = Scenario::load(&unknown).unwrap_err();
    assert_eq!(
        error.problems[0].help.as_deref(),
        Some("did you mean `flash-sale`?")
    );

    // A problem in the base is shown in the base's own text.
    write("base.toml", &GOOD.replacen("share = 0.6", "share = 0.7", 1));
    let error = Scenario::load(&variant).unwrap_err();
    assert!(
        rendered(&error).contains("base.toml"),
        "{}",
        rendered(&error)
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let error = Scenario::load("flashsale").unwrap_err();
    assert_eq!(
        error.problems[0].help.as_deref(),
        Some("did you mean `flash-sale`?")
    );
    let error = Scenario::load("nothing-like-it").unwrap_err();
    assert!(
        error.problems[0]
            .help
            .as_deref()
            .unwrap()
            .contains("steady-day")
    );
}

#[test]
fn the_flash_sale_has_the_size_it_promises() {
    for (name, low, high) in [
        ("flash-sale", 49_000, 51_000),
        ("flash-sale-10min", 1_850, 2_150),
    ] {
        let scenario = Scenario::load(name).unwrap().scenario;
        let attempts: f64 = scenario
            .demand
            .phases
            .iter()
            .map(|phase| match phase {
                model::DemandPhase::Constant { lasts, rate, .. } => {
                    lasts.as_secs_f64() * rate.per_second
                }
                _ => 0.0,
            })
            .sum();
        assert!(
            (f64::from(low)..f64::from(high)).contains(&attempts),
            "{name}: {attempts}"
        );
    }
}

/// Buyers come from phases or from orders: one of the two tables is there.
#[test]
fn a_replay_needs_no_demand() {
    let loaded = Scenario::load("retail-replay").unwrap();
    assert!(loaded.scenario.demand.phases.is_empty());
    let expanded = loaded.scenario.expanded();
    assert!(Scenario::parse("again.toml", &expanded).is_ok());
    let start = expanded.find("\n[demand]").unwrap();
    let end = start + 1 + expanded[start + 1..].find("\n[").unwrap();
    let without = format!("{}{}", &expanded[..start], &expanded[end..]);
    assert!(Scenario::parse("again.toml", &without).is_ok());
    let start = without.find("\n[replay]").unwrap();
    let rest = &without[start + 1..];
    let end = rest.find("\n[").map_or(without.len(), |at| start + 1 + at);
    let neither = format!("{}{}", &without[..start], &without[end..]);
    let error = Scenario::parse("again.toml", &neither).unwrap_err();
    assert!(rendered(&error).contains("demand"), "{error}");
}
