//! Reports from synthetic figures.

use std::collections::BTreeMap;

use super::*;
use crate::measure::assumptions::{BoundSeen, FirstBreach};
use crate::measure::causes::{CauseLabel, CauseRow, Causes, DelayParts};
use crate::measure::money::Cost;
use crate::measure::real_time::CallTimes;
use crate::measure::throughput::LimitUtilisation;
use crate::measure::{
    Assumption, AssumptionState, ChannelPrediction, CounterExample, Extent, Figures, Gap,
    Guarantee, Moment, Prediction, RealTimeFigures, ReferenceFigures, Spread, TookPart, Verdict,
};
use crate::report::json::Phases;

fn figures(accepted_units: u64, oversold_units: u64) -> Figures {
    Figures {
        offered_units: 50_000,
        offered_orders: 45_000,
        accepted_units,
        accepted_orders: accepted_units - 100,
        oversold_units,
        oversold_orders: oversold_units,
        oversold_rate: Some(oversold_units as f64 / (accepted_units - 100) as f64),
        accepted_above_pool_units: Some(accepted_units as i64 - 41_250),
        lost_against_pool_units: Some(41_250 - accepted_units as i64 + oversold_units as i64),
        unfillable_units: oversold_units,
        rejected_in_stock_units: 7,
        net_undersell_units: 3,
        seller_cancel_rate: Some(oversold_units as f64 / (accepted_units - 100) as f64),
        staleness_s: Spread {
            count: 45_000,
            mean: Some(21.0),
            p50: Some(12.34),
            p95: Some(90.5),
            p99: Some(245.0),
            max: Some(9_000.0),
        },
        convergence_s: (oversold_units == 0).then_some(0.35),
        calls_per_order: Some(0.012),
        throttled_share: Some(0.004),
        orders_per_simulated_s: 12.5,
        cost: 1_234.5,
        cost_split: Cost {
            oversold: 1_000.0,
            lost_sales: 234.5,
            ..Cost::default()
        },
        ..Figures::default()
    }
}

fn guarantee(name: &str, verdict: Verdict) -> Guarantee {
    let violated = verdict == Verdict::Violated;
    Guarantee {
        name: name.to_string(),
        verdict,
        promised: false,
        extent: (verdict != Verdict::NotJudged).then(|| Extent {
            broken: if violated { 29 } else { 0 },
            of: 1_510,
            what: "units sold".to_string(),
            share: if violated { 29.0 / 1_510.0 } else { 0.0 },
            tolerated_share: 0.001,
            excused: 0,
            informed_escrow_share: Some(0.0),
        }),
        counter_example: violated.then(|| CounterExample {
            at_s: 12.3456,
            channel: "market".to_string(),
            sku: Some(1),
            displayed: Some(3),
            sellable: Some(0),
            what: "sold 1 of SKU 1 with 0 left, while showing 3".to_string(),
            timeline: vec![Moment {
                at_s: 11.5,
                place: "shop".to_string(),
                what: "sold 1 with 1 left".to_string(),
            }],
        }),
        rerun: violated.then(|| "simulate --scenario flash-sale --seed 7".to_string()),
        caveat: None,
    }
}

fn broken_assumption() -> Assumption {
    Assumption {
        name: "H3".to_string(),
        about: "a write is live within the lifetime that the engine believes, or never".to_string(),
        state: AssumptionState::Broken,
        times_broken: 2,
        first: Some(FirstBreach {
            at_s: 12.3,
            place: "market".to_string(),
            what: "214 s instead of 120 s".to_string(),
        }),
        bounds: vec![BoundSeen {
            channel: "market".to_string(),
            bound: "write_lifetime".to_string(),
            believed_s: Some(120.0),
            largest_s: Some(214.0),
            from: "each_write".to_string(),
        }],
        note: None,
    }
}

/// Mostly in flight on one channel, where the platform takes most of the time.
fn causes(units: u64) -> Causes {
    let row = |channel: &str, label, units, engine_s, apply_s| CauseRow {
        channel: channel.to_string(),
        label,
        units,
        delays: DelayParts {
            engine_s,
            apply_s,
            ..DelayParts::default()
        },
    };
    Causes {
        units,
        rows: vec![
            row("market", CauseLabel::InFlight, units - 43, 38.0, 62.0),
            row("market", CauseLabel::Resurrection, 23, 0.0, 0.0),
            row("shop", CauseLabel::InFlight, 14, 9.0, 1.0),
            row("shop", CauseLabel::PlatformRestock, 6, 1.0, 0.0),
        ],
        worst_skus: Vec::new(),
    }
}

fn run(strategy: &str, accepted: u64, oversold: u64) -> StrategyDocument {
    let figures = figures(accepted, oversold);
    let verdict = if oversold > 0 {
        Verdict::Violated
    } else {
        Verdict::Holds
    };
    StrategyDocument {
        strategy: strategy.to_string(),
        trace_hash: "00c0ffee00c0ffee".to_string(),
        buyers_hash: "0123456789abcdef".to_string(),
        events: 1_000,
        simulated_s: 7_200.0,
        wall_s: 0.8,
        orders_per_wall_s: 50_000.0,
        channels: BTreeMap::from([("shop".to_string(), figures.clone())]),
        figures,
        guarantees: vec![
            guarantee("no_oversell", verdict),
            guarantee("shipped_from_the_right_place", Verdict::Unknown),
            guarantee("shipped_in_time", Verdict::NotJudged),
        ],
        assumptions: vec![broken_assumption()],
        bad_counts: Vec::new(),
        faults: Vec::new(),
        causes: (strategy == "mirror" && oversold > 43).then(|| causes(oversold)),
        phases: Phases {
            opening_until_s: 1_800.0,
            disturb_until_s: 5_400.0,
            settle_deadline_s: Some(48_600.0),
        },
        took_part: TookPart::default(),
        prediction: (strategy == "mirror").then_some(Prediction {
            oversold_units: 198.7,
            measured_units: oversold,
            ratio: Some(oversold as f64 / 198.7),
            gap: Gap {
                restocked_units: 9.0,
                ..Gap::default()
            },
            reason: Some("platforms put units back (+9 units)".to_string()),
            resurrected_units: 9,
            stock_outs: 5,
            mean_ingest_s: 15.2,
            mean_publish_s: 36.6,
            channels: vec![ChannelPrediction {
                channel: "shop".to_string(),
                oversold_units: 198.7,
                measured_units: oversold,
                mean_ingest_s: 15.2,
                mean_publish_s: 36.6,
                mean_shut_after_s: Some(51.0),
            }],
        }),
        limits: vec![LimitUtilisation {
            system: "shop".to_string(),
            limit: "graphql".to_string(),
            utilisation: 0.25,
            busy_utilisation: Some(0.5),
            peak_utilisation: Some(1.25),
            saturated_minutes: Some(3),
        }],
        warehouse_calls: 12,
        real_time: None,
    }
}

fn document(strategies: Vec<StrategyDocument>) -> Document {
    Document {
        schema_version: SCHEMA_VERSION,
        scenario: "flash-sale".to_string(),
        title: "A thousand units, three channels, two minutes".to_string(),
        currency: "USD".to_string(),
        seed: 7,
        time: TimeKind::Virtual,
        speed: None,
        simulated_s: 7_200.0,
        wall_s: 2.5,
        rerun: "simulate --scenario flash-sale --seed 7".to_string(),
        run_directory: None,
        fault_windows: Vec::new(),
        thresholds: Vec::new(),
        comparison: None,
        references: Some(ReferenceFigures {
            bound_units: 41_262,
            pool_units: 41_250,
            partition_floor_units: 40_877,
        }),
        strategies,
    }
}

const COLOURED: Layout = Layout {
    style: Style::Colour,
    ..Layout::PIPE
};

fn all_five() -> Document {
    document(vec![
        run("spreadsheet", 48_000, 12_345),
        run("trigger", 43_000, 1_900),
        run("mirror", 41_431, 212),
        run("escrow", 41_210, 0),
        run("informed-escrow", 41_219, 0),
    ])
}

#[test]
fn five_strategies_fit_the_terminal() {
    let text = table(&all_five(), Layout::PIPE);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!text.contains('\u{1b}'));
    insta::assert_snapshot!(text);
}

#[test]
fn what_breaks_outside_of_its_assumptions_is_said_and_fails_nothing() {
    let outside = |promised| {
        let mut broken = guarantee("no_oversell", Verdict::Violated);
        broken.promised = promised;
        broken.extent.as_mut().unwrap().excused = if promised { 28 } else { 29 };
        let caveat = "outside its assumptions: H3 on market, 214 s instead of 120 s";
        broken.caveat = Some(caveat.to_string());
        let mut escrow = run("escrow", 1_510, 29);
        escrow.guarantees[0] = broken;
        document(vec![escrow, run("mirror", 41_431, 0)])
    };
    let wholly = outside(false);
    assert_eq!(wholly.broken_promises().count(), 0);
    let text = table(&wholly, Layout::PIPE.unbounded());
    assert!(
        text.contains("escrow: no oversell violated by 29 of 1,510 units sold"),
        "{text}"
    );
    assert!(
        text.contains("; 29 of them outside its assumptions)"),
        "{text}"
    );
    assert!(
        text.contains("; outside its assumptions: H3 on market, 214 s instead of 120 s."),
        "{text}"
    );
    assert_eq!(outside(true).broken_promises().count(), 1);
}

#[test]
fn guarantees_about_faults_have_a_row_where_something_tried_them() {
    let rows = |verdict| {
        let mut tried = run("escrow", 41_210, 0);
        let names = ["exposure_margin", "acknowledged_webhooks_survive"];
        let more = names.map(|name| guarantee(name, verdict));
        tried.guarantees.extend(more);
        let text = table(&document(vec![tried]), Layout::PIPE);
        let heads = ["exposure margin  ", "webhooks survive  "];
        heads.map(|head| text.lines().any(|line| line.starts_with(head)))
    };
    assert_eq!(rows(Verdict::Unknown), [false, false]);
    assert_eq!(rows(Verdict::Holds), [false, true]);
    assert_eq!(rows(Verdict::Violated), [true, true]);
}

/// The lines in which the names of contenders stand, each with its first word.
fn heads(text: &str) -> Vec<&str> {
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("   ")
            && lines
                .clone()
                .next()
                .is_some_and(|next| next.starts_with("units asked"))
        {
            found.push(line.trim());
        }
    }
    found
}

#[test]
fn contenders_that_do_not_fit_stand_in_blocks_below() {
    let names: Vec<String> = (1..=12).map(|at| format!("engine-number-{at}")).collect();
    let many = document(names.iter().map(|name| run(name, 41_210, 1)).collect());
    let text = table(&many, Layout::PIPE);
    assert!(heads(&text).len() >= 3, "{text}");
    let rows = |wanted: &str| text.lines().filter(|line| line.starts_with(wanted)).count();
    assert_eq!(rows("oversold units"), heads(&text).len());
    assert_eq!(rows("no oversell"), heads(&text).len());
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let wide = table(&many, Layout::PIPE.unbounded());
    let [head] = heads(&wide)[..] else {
        panic!("one block: {wide}");
    };
    assert_eq!(head.split_whitespace().count(), 12, "{head}");
    let terminal = Layout {
        columns: 132,
        ..Layout::PIPE
    };
    assert_eq!(heads(&table(&all_five(), Layout::PIPE)).len(), 1);
    let between = heads(&table(&many, terminal)).len();
    assert!(between > 1 && between < heads(&text).len(), "{between}");
}

#[test]
fn what_a_run_took_is_broken_at_the_edge_of_a_narrow_page() {
    let narrow = Layout {
        columns: 40,
        ..Layout::PIPE
    };
    let text = table(&all_five(), narrow);
    let at = text.find("\nseed 7, ").unwrap();
    let lines: Vec<&str> = text[at + 1..].lines().collect();
    let (command, took) = lines.split_last().unwrap();
    assert!(
        took.len() > 1 && took.iter().all(|line| line.chars().count() <= 40),
        "{took:?}"
    );
    assert!(took.join(" ").ends_with("again   with:"), "{took:?}");
    assert_eq!(*command, "  simulate --scenario flash-sale --seed 7");
}

#[test]
fn a_single_unit_is_singular_and_an_escape_is_shown() {
    let mut one = document(vec![run("escrow", 1_097, 0), run("mirror", 1_100, 3)]);
    one.strategies[0].figures.accepted_units = 1;
    one.title = "red \u{1b}[31m title".to_string();
    let text = table(&one, Layout::PIPE);
    assert!(
        text.contains("escrow sold 1 unit and oversold none"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("\\u{1b}[31m"), "{text}");
}

#[test]
fn a_late_driver_is_told_before_any_figure() {
    let spread = Spread {
        count: 12_345,
        mean: Some(0.061),
        p50: Some(0.06),
        p95: Some(0.07),
        p99: Some(0.08),
        max: Some(0.09),
    };
    let late = RealTimeFigures {
        is_measurement: false,
        refused_because: Some("1 in 100 arrivals was 80.0 ms late or more".to_string()),
        lag_limit_real_s: 0.05,
        arrival_lag_real_s: spread,
        propagation_from_set_time_s: spread,
        calls: vec![CallTimes {
            system: "a-shop-with-a-long-name".to_string(),
            kind: "write".to_string(),
            total_real_s: spread,
            overhead_real_s: spread,
        }],
        ..RealTimeFigures::default()
    };
    let mut document = document(vec![run("mirror", 41_431, 212), run("escrow", 41_210, 0)]);
    document.time = TimeKind::Real;
    document.speed = Some(60.0);
    document.strategies[1].real_time = Some(late);
    let text = table(&document, Layout::PIPE);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let told = text.find("NOT A MEASUREMENT: escrow (").unwrap();
    assert!(told < text.find("units sold").unwrap());
    let lines: Vec<&str> = text.lines().collect();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&text).contains("not to be set beside results of virtual time"));
    let has = |wanted: &str| lines.iter().any(|line| words(line) == wanted);
    assert!(
        has("arrivals late, real time 12,345 60.000 ms 80.000 ms 90.000 ms"),
        "{text}"
    );
    assert!(
        has("arrivals late, simulated time 12,345 3.6 s 4.8 s 5.4 s"),
        "{text}"
    );
}

#[test]
fn colour_changes_no_letter() {
    let coloured = table(&all_five(), COLOURED);
    assert!(coloured.contains("\u{1b}[31;1m"));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, table(&all_five(), Layout::PIPE));
}

#[test]
fn the_answer_comes_first() {
    assert_eq!(
        verdict_line(&document(vec![
            run("mirror", 41_431, 212),
            run("escrow", 41_210, 0)
        ])),
        "escrow sold 41,210 units and oversold none; mirror sold 41,431 and oversold 212 (0.51 %)."
    );
}

#[test]
fn csv_has_a_row_for_each_figure_of_each_channel() {
    let document = document(vec![run("mirror", 1_100, 3), run("escrow", 1_097, 0)]);
    let text = csv([("first", &document)]);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let value = |cells: [&str; 3]| {
        let found = rows
            .iter()
            .find(|row| (0..3).all(|at| row[at + 4] == *cells[at]));
        found.map(|row| row[8].to_string())
    };
    assert_eq!(value(["mirror", "", "oversold_units"]).unwrap(), "3");
    assert_eq!(value(["escrow", "shop", "accepted_units"]).unwrap(), "1097");
    assert_eq!(
        value(["mirror", "", "convergence_s"]).unwrap(),
        "",
        "it never converged"
    );
    assert_eq!(
        value(["escrow", "", "cost_split.lost_sales"]).unwrap(),
        "234.5"
    );
    assert_eq!(
        rows.len() % 4,
        0,
        "two strategies, each with one channel and the sum"
    );
}

#[test]
fn json_has_the_documented_shape() {
    let document = document(vec![run("escrow", 41_210, 0)]);
    let read: Document = serde_json::from_str(&document.to_json()).unwrap();
    assert_eq!(read, document);
    insta::assert_snapshot!(document.to_json());
}

#[test]
fn the_schema_knows_every_field_of_the_output() {
    let schema: serde_json::Value = serde_json::from_str(&output_schema()).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&document(vec![run("mirror", 41_431, 212)]).to_json()).unwrap();
    let known = |path: &str, value: &serde_json::Value| {
        let properties = schema.pointer(path).unwrap().as_object().unwrap();
        for key in value.as_object().unwrap().keys() {
            assert!(properties.contains_key(key), "{path}: {key}");
        }
    };
    known("/properties", &json);
    known("/$defs/StrategyDocument/properties", &json["strategies"][0]);
    known(
        "/$defs/Figures/properties",
        &json["strategies"][0]["figures"],
    );
    known(
        "/$defs/Guarantee/properties",
        &json["strategies"][0]["guarantees"][0],
    );
}

#[test]
fn an_existing_run_is_never_touched() {
    let place = tempfile::tempdir().unwrap();
    let wanted = place.path().join("out/flash-sale-7");
    let document = document(Vec::new());
    let mut paths = Vec::new();
    for _ in 0..3 {
        let directory = RunDirectory::claim(&wanted).unwrap();
        directory
            .write(&document, &[], "version = 1\n", None)
            .unwrap();
        paths.push(directory.path().to_path_buf());
    }
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["flash-sale-7", "flash-sale-7-2", "flash-sale-7-3"]);
    let manifest = std::fs::read_to_string(paths[0].join("manifest.json")).unwrap();
    assert!(manifest.contains("\"figures.json\""));
}

#[test]
fn names_of_scenarios_make_names_of_directories() {
    let path = run_directory::default_path("theory/v1a", 3);
    assert_eq!(path, std::path::Path::new("reports/out/theory-v1a-3"));
    let path = run_directory::default_path("../up", 3);
    assert_eq!(path, std::path::Path::new("reports/out/-up-3"));
}

#[test]
fn what_was_served_fits_the_terminal_and_names_what_broke() {
    let text = served_table(&run("engine", 41_431, 212), Layout::PIPE);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    insta::assert_snapshot!(text);
}

/// A budget is set beside the same run without one: sales that existed, and all costs at the scenario's prices.
#[test]
fn the_money_says_what_a_budget_is_worth() {
    let mut plain = run("escrow", 20_000, 0);
    plain.figures.cost = 150_000.0;
    plain.figures.cost_split.lost_sales = 149_990.0;
    let mut budget = run("escrow:budget=0.01%", 29_703, 3);
    budget.figures.cost = 1_100.0;
    budget.figures.cost_split.lost_sales = 1_000.0;
    budget.guarantees[0] = guarantee("oversold_within_budget", Verdict::Holds);
    budget.guarantees.push(Guarantee {
        caveat: Some("30 oversold where the budget allows 2.9 in the mean".to_string()),
        ..guarantee("budget_kept", Verdict::Unknown)
    });
    let text = |runs: Vec<StrategyDocument>| table(&document(runs), Layout::PIPE.unbounded());
    let said = "escrow:budget=0.01%: 0.0101 % oversold (3 units) buys 9,700 sales: +148,900 USD against escrow \
                (lost sales cost 148,990 less, everything else 90 more).";
    let both = text(vec![
        run("mirror", 30_000, 9),
        plain.clone(),
        budget.clone(),
    ]);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&both).contains(&words(said)), "{both}");
    // One seed is no judge of a share, and the sentence below the table says so.
    for part in [
        "Oversold within what was lent:",
        "one seed leaves open; many (--seeds 20) judge it.",
        "escrow:budget=0.01%: 30 oversold where the budget allows 2.9 in the mean.",
    ] {
        assert!(words(&both).contains(part), "{both}");
    }
    assert!(!text(vec![plain.clone()]).contains("leaves open"));
    for alone in [
        vec![plain.clone()],
        vec![run("mirror", 30_000, 9), budget.clone()],
    ] {
        assert!(!text(alone).contains("against escrow"));
    }
    // Dearer than without: oversold, and nothing more sold.
    budget.figures.accepted_units = 20_003;
    budget.figures.cost = 150_100.0;
    let worse = text(vec![plain, budget]);
    assert!(
        words(&worse).contains("buys no sale: -100 USD against escrow"),
        "{worse}"
    );
}

/// Contenders and references stand in one picture, by units lost against the pool.
#[test]
fn the_frontier_has_a_point_for_each_contender_and_reference() {
    let mut all = all_five();
    let places = |document: &Document| -> Vec<(String, i64, u64)> {
        let points = frontier::points(document).into_iter();
        let place = |it: frontier::Point| (it.name, it.lost_units, it.oversold_units);
        points.map(place).collect()
    };
    let found = places(&all);
    let point = |name: &str, lost, oversold| (name.to_string(), lost, oversold);
    assert_eq!(found.len(), 7);
    assert_eq!(found[2], point("mirror", 31, 212));
    assert_eq!(
        found[5..],
        [point("pool", 0, 0), point("partition floor", 373, 0)]
    );
    // Where nobody replayed the buyers there is nothing but what caution cost.
    all.references = None;
    all.strategies[2].figures.lost_against_pool_units = None;
    assert_eq!(places(&all)[2..3], [point("mirror", 3, 212)]);
    assert_eq!(places(&all).len(), 5);
}
