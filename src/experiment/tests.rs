//! Experiments over small scenarios.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::engine;
use crate::engine::{Input, Output};
use crate::measure::{Books, Promise, Verdict};
use crate::sim::RunPhase;

fn experiment(contenders: Vec<Contender>) -> Experiment {
    let scenario = Scenario::load("last-unit").unwrap().scenario;
    Experiment {
        contenders,
        ..Experiment::new(scenario)
    }
}

fn own(name: &str) -> Contender {
    Contender::own(name, |config| engine::build(config))
}

#[test]
fn results_are_in_order_and_the_same_every_time() {
    let strategies = [
        Strategy::Escrow,
        Strategy::InformedEscrow,
        Strategy::Spreadsheet,
    ];
    let experiment = Experiment {
        seeds: vec![3, 1, 2],
        ..experiment(strategies.map(Contender::from).to_vec())
    };
    let (results, again) = (experiment.run().unwrap(), experiment.run().unwrap());
    let order: Vec<(u64, &str)> = results.runs.iter().map(|it| (it.seed, it.name())).collect();
    let names = ["escrow", "informed-escrow", "spreadsheet"];
    let expected: Vec<(u64, &str)> = [3, 1, 2]
        .into_iter()
        .flat_map(|seed| names.map(|name| (seed, name)))
        .collect();
    assert_eq!(order, expected);
    for (one, other) in results.runs.iter().zip(&again.runs) {
        assert_eq!(one.trace_hash(), other.trace_hash());
        assert_eq!(one.figures(), other.figures());
    }
    for seed in [1, 2, 3] {
        let runs = results.of_seed(seed);
        assert_eq!(runs.len(), 3);
        let buyers = |run: &RunResult| run.measured.facts.buyers_hash;
        assert!(runs.iter().all(|run| buyers(run) == buyers(&runs[0])));
        // Compared with the pool of its own seed, whichever of the runs replayed it.
        let references = References::of(&experiment.scenario, seed, None).unwrap();
        assert!(references.bound_units >= references.pool());
        for run in runs {
            let figures = run.figures();
            assert_eq!(run.references.as_ref(), Some(&references));
            assert_eq!(
                figures.accepted_above_pool_units,
                Some(figures.accepted_units as i64 - references.pool() as i64)
            );
            assert_eq!(
                figures.lost_against_pool_units.unwrap()
                    + figures.accepted_above_pool_units.unwrap(),
                figures.oversold_units as i64
            );
        }
    }
    assert!(results.of_seed(4).is_empty() && results.rerun(4).is_empty());
    assert_ne!(
        results.runs[0].trace_hash(),
        results.runs[3].trace_hash(),
        "another seed is another run"
    );
}

#[test]
fn an_engine_of_ones_own_is_one_more_column() {
    let contender = own("mine")
        .displaying_quotas()
        .promising(&[Promise::Converged]);
    let experiment = experiment(vec![Strategy::Mirror.into(), contender]);
    let results = experiment.run().unwrap();
    let subject = &results.runs[1].measured.subject;
    assert!(!subject.displays_whole_stock() && subject.promises(Promise::Converged));
    assert_eq!(results.runs[1].name(), "mine");
    assert!(
        results.rerun(1).contains("the program that brings mine"),
        "no command holds it: {}",
        results.rerun(1)
    );
}

/// An engine that leaves everything to others.
struct Idle;

impl engine::Engine for Idle {
    fn handle(&mut self, _: engine::Micros, _: Input) {}

    fn poll_output(&mut self) -> Option<Output> {
        None
    }

    fn poll_timeout(&self) -> Option<engine::Micros> {
        None
    }
}

#[test]
fn who_hands_the_warehouse_no_order_is_not_judged_for_orders() {
    let idle = |name: &str| Contender::own(name, |_| Box::new(Idle));
    let contenders = vec![
        idle("found-out"),
        idle("said-so").with_books(Books::Own),
        idle("judged").with_books(Books::Warehouse),
        idle("promised").promising(&[Promise::EveryOrderIngested]),
    ];
    let shown = Scenario {
        opening_display: crate::scenario::model::OpeningDisplay::Stock,
        ..Scenario::load("last-unit").unwrap().scenario
    };
    let experiment = Experiment {
        contenders,
        ..Experiment::new(shown)
    };
    let results = experiment.run().unwrap();
    for run in &results.runs {
        assert!(run.figures().lost_orders > 0, "{} took none in", run.name());
        let named = |name: &str| {
            let found = run.measured.guarantees.iter().find(|it| it.name == name);
            found.unwrap()
        };
        let expected = match run.name() {
            "found-out" | "said-so" => Verdict::NotJudged,
            _ => Verdict::Violated,
        };
        let ingested = named("every_order_ingested");
        assert_eq!(ingested.verdict, expected, "{}", run.name());
        assert_eq!(ingested.promised, run.name() == "promised");
        assert_ne!(named("no_oversell").verdict, Verdict::NotJudged);
    }
}

#[test]
fn strategies_keep_their_own_promises() {
    let mirror = Contender::from(Strategy::Mirror)
        .displaying_quotas()
        .promising(&Promise::ALL);
    assert!(mirror.subject().is(Strategy::Mirror));
    assert!(!mirror.subject().promises(Promise::NoOversell));
}

#[test]
fn what_cannot_be_run_is_said_before_anything_runs() {
    let empty = experiment(Vec::new()).run();
    assert!(matches!(empty, Err(ExperimentError::Empty)));
    let no_seed = Experiment {
        seeds: Vec::new(),
        ..experiment(vec![Strategy::Escrow.into()])
    };
    assert!(matches!(no_seed.run(), Err(ExperimentError::Empty)));
    for contenders in [
        vec![Strategy::Escrow.into(), Strategy::Escrow.into()],
        vec![own("mine"), own("mine")],
        vec![own("mirror")],
        vec![own("../mine")],
    ] {
        let refused = experiment(contenders).run();
        assert!(matches!(refused, Err(ExperimentError::Contender(_))));
    }
    let address = EngineAddress::new("http://127.0.0.1:1/", EngineCommand::TIMEOUT).unwrap();
    let elsewhere = experiment(vec![Contender::address("elsewhere", address)]).run();
    assert!(matches!(elsewhere, Err(ExperimentError::Misplaced { .. })));
    let real = |contenders| Experiment {
        time: Time::Real {
            speed: 1.0,
            lag_limit: None,
            front: None,
            directory: "nowhere".into(),
        },
        ..experiment(contenders)
    };
    for contender in [own("mine"), Strategy::InformedEscrow.into()] {
        let misplaced = real(vec![contender]).run();
        assert!(matches!(misplaced, Err(ExperimentError::Misplaced { .. })));
    }
}

#[test]
fn progress_is_told_of_every_run_up_to_its_end() {
    let experiment = Experiment {
        seeds: vec![1, 2],
        ..experiment(vec![Strategy::Escrow.into(), own("mine")])
    };
    let ended = Mutex::new(Vec::new());
    let show = |run: &RunProgress| {
        if run.progress.phase == RunPhase::Over {
            ended
                .lock()
                .unwrap()
                .push((run.seed, run.contender.to_string()));
        }
    };
    experiment
        .run_watched(&show, &Cancellation::default())
        .unwrap();
    let mut ended = ended.into_inner().unwrap();
    ended.sort();
    let run = |seed, name: &str| (seed, name.to_string());
    assert_eq!(
        ended,
        [
            run(1, "escrow"),
            run(1, "mine"),
            run(2, "escrow"),
            run(2, "mine")
        ]
    );
}

#[test]
fn a_cancelled_experiment_ends_soon() {
    let scenario = Scenario::load("flash-sale").unwrap().scenario;
    let experiment = Experiment {
        contenders: vec![Strategy::Mirror.into()],
        seeds: (1..=50).collect(),
        ..Experiment::new(scenario)
    };
    let (cancellation, reports) = (Cancellation::default(), AtomicUsize::new(0));
    let other = cancellation.clone();
    let show = |run: &RunProgress| {
        reports.fetch_add(1, Ordering::Relaxed);
        if run.progress.phase == RunPhase::Demand {
            other.cancel();
        }
    };
    let cancelled = experiment.run_watched(&show, &cancellation);
    assert!(matches!(cancelled, Err(ExperimentError::Cancelled)));
    assert!(cancellation.is_cancelled());
    // An opening, a phase, and some reports until each thread's run notices.
    let threads = rayon::current_num_threads();
    assert!(reports.into_inner() <= 20 * threads, "it went on");
}

#[test]
fn a_run_says_how_to_repeat_it() {
    let timeout = std::time::Duration::from_secs(3);
    let command = EngineCommand::new("python3 my engine.py", timeout).unwrap();
    let engine = Contender::command("mine", command)
        .with_books(Books::Own)
        .displaying_quotas()
        .promising(&[Promise::NoOversell, Promise::Converged]);
    let experiment = Experiment {
        orders: Some("orders.csv".into()),
        ..experiment(vec![
            Strategy::Mirror.into(),
            Strategy::Escrow.into(),
            engine,
        ])
    };
    assert_eq!(
        experiment.rerun(7),
        "simulate --scenario last-unit --seed 7 --strategies mirror,escrow --orders orders.csv \
         --engine-command 'python3 my engine.py' --engine-name mine --engine-patience 3s \
         --engine-displays quota --engine-books own --promise no-oversell,converged"
    );
    assert_eq!(
        experiment.rerun_of(&experiment.contenders[0], 8),
        "simulate --scenario last-unit --seed 8 --strategies mirror --orders orders.csv"
    );
    let address = EngineAddress::new("http://localhost:8080/connect", EngineCommand::TIMEOUT);
    let real = Experiment {
        time: Time::Real {
            speed: 60.0,
            lag_limit: Some(Micros::from_millis(20)),
            front: None,
            directory: "out".into(),
        },
        orders: None,
        contenders: vec![
            Strategy::Mirror.into(),
            Contender::address("engine", address.unwrap()),
        ],
        ..experiment
    };
    assert_eq!(
        real.rerun(1),
        "simulate --scenario last-unit --seed 1 --wire --speed 60 --lag-limit 20ms --engine builtin \
         --strategies mirror --engine http://localhost:8080/connect --engine-name engine"
    );
}
