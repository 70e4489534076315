use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::table::{ALIASES, FIGURES};
use super::*;
use crate::measure::statistics::Sample;
use crate::measure::{Estimate, Figures, Spread};
use crate::scenario::Scenario;
use crate::scenario::model::ThresholdLevel;

fn parsed(text: &str) -> Threshold {
    Threshold::parse(text, ThresholdLevel::Fail).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn refused(text: &str) -> ThresholdError {
    match Threshold::parse(text, ThresholdLevel::Fail) {
        Ok(threshold) => panic!("{text} was read as {threshold}"),
        Err(error) => error,
    }
}

/// Figures whose every number is another one.
fn numbered() -> Figures {
    let mut next = 0;
    fn fill(value: &mut Value, key: &str, next: &mut u64) {
        match value {
            Value::Object(members) => members
                .iter_mut()
                .for_each(|(key, member)| fill(member, key, next)),
            Value::String(_) => {}
            number => {
                *next += 1;
                *number = match (key, number.is_f64() || number.is_null()) {
                    ("accepted_above_pool_units" | "lost_against_pool_units", _) | (_, false) => {
                        Value::from(*next)
                    }
                    _ => Value::from(*next as f64 + 0.5),
                };
            }
        }
    }
    let mut value = serde_json::to_value(Figures::default()).unwrap();
    fill(&mut value, "", &mut next);
    serde_json::from_value(value).unwrap()
}

/// A figure that is added to [`Figures`] and not to the table fails here.
#[test]
fn the_table_has_every_number_of_the_figures_and_reads_it() {
    fn add(path: &str, value: &Value, found: &mut BTreeMap<String, f64>) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let path = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    };
                    add(&path, member, found);
                }
            }
            Value::Number(number) => {
                found.insert(path.to_string(), number.as_f64().unwrap());
            }
            other => assert_eq!(path, "displayed_counts", "{other}"),
        }
    }
    let figures = numbered();
    let mut written = BTreeMap::new();
    add("", &serde_json::to_value(&figures).unwrap(), &mut written);
    assert!(written.len() > 60);
    let own = FigurePath::all().filter(|path| path.part != Part::Share);
    let read: BTreeMap<String, f64> = own
        .map(|path| (path.name(), path.value(&figures).unwrap()))
        .collect();
    assert_eq!(read, written);
    for path in FigurePath::all().filter(|path| path.part == Part::Share) {
        let whole = Figure::named(path.figure.whole.unwrap().name).unwrap();
        let of = |figure: &'static Figure| figure.value(Part::Value, &figures).unwrap();
        assert_eq!(
            path.value(&figures),
            Some(of(path.figure) / of(whole)),
            "{path}"
        );
        assert_eq!(path.value(&Figures::default()), None, "a share of nothing");
    }
    let names: BTreeSet<&str> = FIGURES
        .iter()
        .map(|it| it.name)
        .chain(ALIASES.iter().map(|it| it.0))
        .collect();
    assert_eq!(
        names.len(),
        FIGURES.len() + ALIASES.len(),
        "a name that means two figures"
    );
    assert!(
        ALIASES
            .iter()
            .all(|(_, figure)| Figure::named(figure).is_some())
    );
}

#[test]
fn a_threshold_says_what_where_and_in_which_unit() {
    let threshold = parsed(" staleness_s{channel=amazon, contender = escrow}.p99 < 5min ");
    let path = &threshold.path;
    assert_eq!(
        (path.name().as_str(), path.unit()),
        ("staleness_s.p99", Unit::Seconds)
    );
    assert_eq!(path.channel.as_deref(), Some("amazon"));
    assert_eq!(path.contender.as_deref(), Some("escrow"));
    assert_eq!(
        (threshold.comparison, threshold.limit.value()),
        (Comparison::Less, 300.0)
    );
    assert_eq!(
        threshold.written,
        "staleness_s{channel=amazon, contender = escrow}.p99 < 5min"
    );
    assert_eq!(
        threshold.to_string(),
        "staleness_s{channel=amazon,contender=escrow}.p99 < 5min"
    );
    // Labels may also stand at the end, in quotes, and friendly names anywhere.
    let same = parsed("staleness.p99{contender='escrow',channel=\"amazon\"}<300s");
    assert_eq!((&same.path, &same.limit), (path, &threshold.limit));
    let share = parsed("lost_sales.share{channel=\"my < shop, two\"} <= 1.5 %");
    assert_eq!(
        (share.path.name().as_str(), share.limit.value()),
        ("net_undersell_units.share", 0.015)
    );
    assert_eq!(share.path.channel.as_deref(), Some("my < shop, two"));
    assert_eq!(
        parsed("accepted_above_pool_units >= -3").limit.value(),
        -3.0
    );
    assert_eq!(
        parsed("cost < 2_500 EUR").limit,
        Quantity::Money(2_500.0, Some("EUR".to_string()))
    );
    assert_eq!(parsed("convergence < never").limit.value(), f64::INFINITY);
    assert_eq!(parsed("orders_per_simulated_s > 30/min").limit.value(), 0.5);
}

/// A figure is the double next to a quotient; what is written in decimal digits has to come to the same one.
#[test]
fn a_value_exactly_on_its_limit_keeps_to_it_in_every_unit() {
    let is_on = |written: &str, value: f64| {
        for (sign, holds) in [
            ("<=", true),
            (">=", true),
            ("==", true),
            ("<", false),
            (">", false),
        ] {
            let check = written.replace('?', sign);
            let outcome = parsed(&check).judged("mirror", Some(value)).outcome;
            assert_eq!(outcome == Outcome::Holds, holds, "{check} of {value}");
        }
    };
    is_on("oversold_units.share ? 11.2%", 154.0 / 1_375.0);
    is_on("orders_per_simulated_s ? 6.72/min", 154.0 / 1_375.0);
    for thousandths in 1..=1_000_u32 {
        let share = f64::from(thousandths) / 1_000.0;
        let percent = f64::from(thousandths) / 10.0;
        is_on(&format!("oversold_units.share ? {percent}%"), share);
        let number = f64::from(thousandths) / 100.0;
        for (unit, seconds) in [("s", 1.0), ("min", 60.0), ("h", 3_600.0), ("d", 86_400.0)] {
            let rate = f64::from(thousandths) / (100.0 * seconds);
            is_on(&format!("orders_per_simulated_s ? {number}/{unit}"), rate);
        }
        is_on(&format!("staleness_s.p99 ? {number}s"), number);
        is_on(&format!("staleness_s.p99 ? {thousandths}ms"), share);
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_way_out() {
    for (text, wrong, message, help) in [
        (
            "oversold_unit == 0",
            "oversold_unit",
            "no figure `oversold_unit`",
            "did you mean `oversold_units`?",
        ),
        (
            "stalenes.p99 < 5min",
            "stalenes.p99",
            "no figure",
            "`staleness.p99`",
        ),
        (
            "staleness_s < 5min",
            "staleness_s",
            "spread over many samples",
            "`staleness_s.p99`",
        ),
        (
            "staleness_s.p98 < 5min",
            "staleness_s.p98",
            "has no `p98`",
            "p9",
        ),
        (
            "oversold_rate.share < 1%",
            "oversold_rate.share",
            "has no `share`",
            "a number by itself",
        ),
        (
            "staleness_s{chanel=amazon}.p99 < 5min",
            "chanel",
            "no label `chanel`",
            "did you mean `channel`?",
        ),
        (
            "staleness_s{channel=a,channel=b}.p99 < 5min",
            "channel",
            "there twice",
            "",
        ),
        (
            "staleness_s{channel}.p99 < 5min",
            "channel",
            "is no label",
            "channel=amazon",
        ),
        (
            "staleness_s{contender=mirror:buffer=2}.p99 < 5min",
            "mirror:buffer=2",
            "needs quotes",
            "contender=\"mirror:buffer=2\"",
        ),
        (
            "staleness_s{channel=a",
            "{channel=a",
            "have no end",
            "{channel=",
        ),
        ("staleness_s.p99 < 5", "5", "no limit", "like 5min"),
        ("staleness_s.p99 < 5 %", "5 %", "no limit", "it is a time"),
        (
            "lost_sales.share < 0.01",
            "0.01",
            "no limit",
            "per cent, like 1%",
        ),
        ("oversold_units < 5 s", "5 s", "no limit", "counts units"),
        ("oversold_units < inf", "inf", "no limit", "plain number"),
        ("cost < 5 dollars", "5 dollars", "no limit", "money"),
        ("oversold_units <", "<", "no limit here", "plain number"),
        (
            "oversold_units = 0",
            "=",
            "`=` is no comparison",
            "did you mean `==`?",
        ),
        (
            "oversold_units != 0",
            "!=",
            "no comparison",
            "one of < <= > >= ==",
        ),
        (
            "oversold_units",
            "oversold_units",
            "no comparison in it",
            "oversold_units == 0",
        ),
        ("< 5", "", "no figure here", "docs/thresholds.md"),
        ("", "", "no figure here", "docs/thresholds.md"),
    ] {
        let error = refused(text);
        assert_eq!(&text[error.span.clone()], wrong, "{text}: {error:?}");
        assert!(error.message.contains(message), "{text}: {error:?}");
        assert!(error.help.unwrap_or_default().contains(help), "{text}");
    }
    assert!(refused(&"x".repeat(5_000)).message.contains("at most"));
}

#[test]
fn names_are_those_of_the_run() {
    let known = Known {
        contenders: vec!["mirror", "escrow"],
        others: vec!["trigger"],
        channels: vec!["amazon", "web shop"],
        currency: "USD",
    };
    for text in [
        "oversold == 0",
        "oversold{channel='web shop',contender=trigger} == 0",
        "cost < 5 USD",
    ] {
        assert_eq!(parsed(text).check(&known), Ok(()), "{text}");
    }
    for (text, wrong, help) in [
        (
            "oversold{channel=amazn} == 0",
            "amazn",
            "did you mean `amazon`?",
        ),
        (
            "oversold{contender=escrw} == 0",
            "escrw",
            "did you mean `escrow`?",
        ),
        ("cost < 5 EUR", "EUR", ""),
    ] {
        let error = parsed(text).check(&known).unwrap_err();
        assert_eq!(&text[error.span], wrong, "{text}");
        assert!(error.help.unwrap_or_default().contains(help), "{text}");
    }
}

fn any_threshold() -> impl Strategy<Value = String> {
    let paths: Vec<FigurePath> = FigurePath::all().collect();
    let label = || {
        proptest::option::of("[a-z]{1,9}|[ -~&&[^\"']]{1,12}|[a-z']{1,8}|[a-z\"]{1,8}|[à-ü]{1,5}")
    };
    let parts = (
        proptest::sample::select(paths),
        label(),
        label(),
        proptest::sample::select(Comparison::ALL.to_vec()),
        any::<u32>(),
        0_u32..1_000,
    );
    parts.prop_filter_map(
        "labels with blanks at their ends are read without them",
        |it| {
            let (path, channel, contender, comparison, whole, thousandths) = it;
            let kept = |label: &Option<String>| {
                label
                    .as_deref()
                    .is_none_or(|it| it == it.trim() && !it.is_empty())
            };
            if !kept(&channel) || !kept(&contender) {
                return None;
            }
            let number = format!("{whole}.{thousandths:03}");
            let limit = match path.unit() {
                Unit::Seconds => format!("{number}s"),
                Unit::Share => format!("{number}%"),
                Unit::Money => format!("{number} USD"),
                Unit::PerSecond => format!("{number}/min"),
                _ => format!("-{number}"),
            };
            let path = FigurePath {
                channel,
                contender,
                ..path
            };
            Some(format!("{path} {} {limit}", comparison.sign()))
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_out_reads_back(text in any_threshold()) {
        let threshold = parsed(&text);
        let again = parsed(&threshold.to_string());
        prop_assert_eq!(
            (&again.path, again.comparison, &again.limit),
            (&threshold.path, threshold.comparison, &threshold.limit)
        );
        prop_assert_eq!(again.to_string(), threshold.to_string());
    }

    #[test]
    fn nothing_that_is_written_panics(text in "\\PC{0,60}") {
        let _ = Threshold::parse(&text, ThresholdLevel::Warn);
    }

    #[test]
    fn nothing_like_a_threshold_panics(
        text in "(staleness_s|oversold|cost|x)?[{}.=, \"'a-c<>!%]{0,12}(p99|share)?( ?(<|<=|==|=) ?)?[0-9._%a-z/ é-]{0,6}"
    ) {
        let known = Known { contenders: vec!["a"], others: vec![], channels: vec!["b"], currency: "USD" };
        match Threshold::parse(&text, ThresholdLevel::Fail) {
            Ok(threshold) => { let _ = threshold.check(&known).map_err(|error| text[error.span].len()); }
            Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error),
        }
    }
}

fn outcome(check: &str, level: ThresholdLevel, value: Option<f64>) -> (Outcome, Option<f64>) {
    let threshold = Threshold::parse(check, level).unwrap();
    let judged = threshold.judged("mirror", value);
    (judged.outcome, judged.beyond)
}

#[test]
fn a_run_keeps_or_breaks_a_threshold_by_so_much() {
    use Outcome::{Fails, Holds, Unknown, Warns};
    use ThresholdLevel::{Fail, Warn};
    assert_eq!(
        outcome("oversold_units == 0", Fail, Some(0.0)),
        (Holds, None)
    );
    assert_eq!(
        outcome("oversold_units == 0", Fail, Some(3.0)),
        (Fails, Some(3.0))
    );
    assert_eq!(
        outcome("oversold_units == 0", Warn, Some(3.0)),
        (Warns, Some(3.0))
    );
    assert_eq!(
        outcome("staleness_s.p99 < 5min", Fail, Some(300.0)),
        (Fails, Some(0.0))
    );
    assert_eq!(
        outcome("staleness_s.p99 <= 5min", Fail, Some(300.0)),
        (Holds, None)
    );
    assert_eq!(
        outcome("useful_write_share > 50%", Fail, Some(0.25)),
        (Fails, Some(0.25))
    );
    // Without a sample nothing is known, at either level; what never came breaks every limit but `never`'s.
    assert_eq!(
        outcome("propagation_s.p99 < 5min", Fail, None),
        (Unknown, None)
    );
    assert_eq!(outcome("convergence_s < 5min", Fail, None), (Fails, None));
    assert_eq!(outcome("convergence_s < never", Fail, None), (Fails, None));
    assert_eq!(
        outcome("convergence_s < never", Fail, Some(9e9)),
        (Holds, None)
    );
}

#[test]
fn every_contender_but_the_informed_one_is_judged_on_its_channel() {
    let figures = |oversold_units| Figures {
        oversold_units,
        staleness_s: Spread {
            count: 1,
            p99: Some(2.0),
            ..Spread::default()
        },
        ..Figures::default()
    };
    let (total, own) = (
        figures(7),
        BTreeMap::from([("amazon".to_string(), figures(2))]),
    );
    let run = |contender| RunFigures {
        contender,
        total: &total,
        channels: &own,
    };
    let runs = [run("mirror"), run("escrow"), run("informed-escrow")];
    let thresholds = [
        parsed("oversold == 0"),
        parsed("oversold{channel=amazon,contender=oracle} <= 2"),
        parsed("oversold{contender=trigger} == 0"),
    ];
    let judged = judge(&thresholds, &runs);
    let short: Vec<(&str, Outcome, Option<f64>)> = judged
        .iter()
        .map(|it| (it.contender.as_str(), it.outcome, it.value))
        .collect();
    assert_eq!(
        short,
        [
            ("mirror", Outcome::Fails, Some(7.0)),
            ("escrow", Outcome::Fails, Some(7.0)),
            ("informed-escrow", Outcome::Holds, Some(2.0)),
            ("trigger", Outcome::NotJudged, None),
        ]
    );
}

fn over(check: &str, values: &[f64], seeds: u64) -> Outcome {
    let estimate: Estimate = values.iter().copied().collect::<Sample>().estimate();
    parsed(check)
        .judged_over("mirror", &estimate, seeds)
        .outcome
}

#[test]
fn seeds_break_a_threshold_when_their_whole_interval_does() {
    use Outcome::{Fails, Holds, Unknown, Warns};
    // The mean is 10, and the interval 10 +- 2.07.
    let values = [9.0, 11.0, 8.0, 12.0, 10.0];
    let cases = [
        ("oversold_units < 13", Holds),
        ("oversold_units < 11", Warns),
        ("oversold_units < 9", Warns),
        ("oversold_units < 7", Fails),
        ("oversold_units > 7", Holds),
        ("oversold_units > 9", Warns),
        ("oversold_units > 13", Fails),
        ("oversold_units == 10", Fails),
    ];
    for (check, expected) in cases {
        assert_eq!(over(check, &values, 5), expected, "{check}");
    }
    // One seed of many that oversells breaks "none", whatever the mean.
    assert_eq!(over("oversold_units == 0", &[0.0; 20], 20), Holds);
    let mut once = [0.0; 20];
    once[7] = 1.0;
    assert_eq!(over("oversold_units == 0", &once, 20), Fails);
    // One seed alone has no interval, and is judged as it is.
    assert_eq!(over("oversold_units < 4", &[5.0], 1), Fails);
    assert_eq!(over("propagation_s.p99 < 5s", &[], 3), Unknown);
    // Two of three seeds converged, and the third never did.
    assert_eq!(over("convergence_s < 1h", &[1.0, 1.0], 2), Holds);
    assert_eq!(over("convergence_s < 1h", &[1.0, 1.0], 3), Fails);
    assert_eq!(over("convergence_s < never", &[1.0, 1.0], 3), Fails);
    let lax = Threshold::parse("oversold_units < 7", ThresholdLevel::Warn).unwrap();
    let estimate = values.into_iter().collect::<Sample>().estimate();
    let judged = lax.judged_over("mirror", &estimate, 5);
    assert_eq!(
        (judged.outcome, judged.beyond, judged.seeds),
        (Warns, Some(3.0), Some(5))
    );
}

#[test]
fn a_scenarios_thresholds_are_underlined_where_they_are_wrong() {
    let text = "extends = \"flash-sale-10min\"\nname = \"gated\"\n\n[[threshold]]\ncheck = 'oversold{channel=amazn} == 0'\n\n[[threshold]]\ncheck = \"lost_sales.share \\u003C 1%\"\nlevel = \"warn\"\n\n[[threshold]]\ncheck = \"stalenes.p99 \\u003C 1s\"\n";
    let loaded = Scenario::parse("gated.toml", text).unwrap();
    let known = Known {
        contenders: vec!["escrow"],
        others: Vec::new(),
        channels: loaded
            .scenario
            .channels
            .iter()
            .map(|it| it.name.as_str())
            .collect(),
        currency: &loaded.scenario.currency,
    };
    let error = of_scenario(&loaded, &known).unwrap_err();
    let places: Vec<&str> = error
        .problems
        .iter()
        .map(|it| &text[it.span.clone().unwrap()])
        .collect();
    assert_eq!(
        places,
        ["amazn", "\"stalenes.p99 \\u003C 1s\""],
        "an escape is underlined whole"
    );
    let expanded = Scenario::parse("gated.toml", &loaded.scenario.expanded()).unwrap();
    assert_eq!(expanded.scenario.thresholds, loaded.scenario.thresholds);
    assert_eq!(expanded.scenario.thresholds[1].level, ThresholdLevel::Warn);
    let unknown = Scenario::parse("x.toml", &text.replace("level", "levl")).unwrap_err();
    assert_eq!(
        unknown.problems[0].help.as_deref(),
        Some("did you mean `level`?")
    );
}

/// The page that people read must say what the code does.
#[test]
fn the_page_has_a_row_for_every_figure_and_alias() {
    let page = include_str!("../../../docs/thresholds.md");
    let mut rows = BTreeSet::new();
    for it in FIGURES {
        let aliases: Vec<String> = ALIASES
            .iter()
            .filter(|(_, figure)| *figure == it.name)
            .map(|(alias, _)| format!(" or `{alias}`"))
            .collect();
        let parts = match (it.parts(), it.whole) {
            ([Part::Value], _) => "-".to_string(),
            (_, Some(whole)) => format!("`.share` of `{}`", whole.name),
            (parts, None) => parts
                .iter()
                .map(|part| format!("`.{}`", part.name()))
                .collect::<Vec<_>>()
                .join(" "),
        };
        rows.insert(format!(
            "| `{}`{} | {} | {} | {} | {} |",
            it.name,
            aliases.concat(),
            it.says,
            it.unit.name(),
            it.better.name(),
            parts
        ));
    }
    let on_page: BTreeSet<String> = page
        .lines()
        .filter(|it| it.starts_with("| `") && it.matches(" | ").count() == 4)
        .map(str::to_string)
        .collect();
    let missing: Vec<&String> = rows.difference(&on_page).collect();
    let left_over: Vec<&String> = on_page.difference(&rows).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "docs/thresholds.md lacks\n{missing:#?}\nand has too much\n{left_over:#?}"
    );
    for unit in Unit::ALL {
        assert!(
            page.contains(&format!("| {} | `{}` |", unit.name(), unit.example())),
            "{unit:?}"
        );
    }
}
