//! Bugs that are planted into the engine, or into how its process keeps its journal, and the small hostile shops in which each
//! is caught (docs/planted-bugs.md). The sound engine holds in the same shops on the same seeds: otherwise a catch would say
//! nothing.
//!
//! `COUNT=1 cargo test --test product planted:: -- --nocapture` prints the table of the page.

mod listener;
mod shops;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{Played, over_seeds, parsed, play_with};
use channel_mocks::core::{Distribution, Seed};
use listener::Listener;
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::planted::{self, PlantedBug};
use oversell::engine::{self, Engine, Micros};
use oversell::measure::Verdict;
use oversell::sim::Setup;
use oversell::sim::host::{
    self, CrashPlan, Frequency, HostFault, JournalKeeping, Moment, Plan, Window,
};
use shops::Shop;

/// What is planted.
#[derive(Copy, Clone, Debug, PartialEq)]
enum Bug {
    Engine(PlantedBug),
    /// The same, and its process crashes.
    Crashed(PlantedBug),
    /// In a process that crashes.
    Process(JournalKeeping),
    /// In an engine that learns of orders from webhooks alone; its process crashes by the scenario.
    Listener,
}

impl Bug {
    fn name(self) -> &'static str {
        match self {
            Bug::Engine(bug) | Bug::Crashed(bug) => bug.name(),
            Bug::Process(JournalKeeping::AfterSending) => "write-ahead-log-left-out",
            Bug::Process(_) => "webhooks-not-journaled",
            Bug::Listener => "webhooks-not-journaled-by-a-listener",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Bug::Engine(bug) | Bug::Crashed(bug) => bug.sentence(),
            Bug::Process(JournalKeeping::AfterSending) => {
                "What comes of an input is sent before the input is written down."
            }
            Bug::Process(_) => "Webhooks are acknowledged and not written down.",
            Bug::Listener => "The same in an engine that learns of orders from webhooks alone.",
        }
    }
}

/// As what a bug is to be caught.
#[derive(Copy, Clone, Debug, PartialEq)]
enum Violation {
    OversoldUnits,
    OffTheBooks,
    LostOrders,
    OrdersTwice,
    Divergence,
    RateLimits,
    LostWebhooks,
    DroppedPayloads,
    SpreadCounts,
    LowMargin,
}

impl Violation {
    fn name(self) -> &'static str {
        match self {
            Violation::OversoldUnits => "oversold units",
            Violation::OffTheBooks => "units off the books",
            Violation::LostOrders => "lost orders",
            Violation::OrdersTwice => "orders applied twice",
            Violation::Divergence => "divergence",
            Violation::RateLimits => "rate limits",
            Violation::LostWebhooks => "lost webhooks",
            Violation::DroppedPayloads => "dropped payloads",
            Violation::SpreadCounts => "a bad count spread",
            Violation::LowMargin => "exposure beyond the stock",
        }
    }

    fn is_in(self, run: &Played) -> bool {
        let violates = |guarantee| run.verdict(guarantee).0 == Verdict::Violated;
        match self {
            Violation::OversoldUnits => violates("no_oversell"),
            Violation::OffTheBooks => violates("oversold_within_budget"),
            Violation::LostOrders => {
                violates("every_order_ingested") && run.total().lost_orders > 0
            }
            Violation::OrdersTwice => {
                violates("every_order_ingested") && run.total().lost_orders == 0
            }
            Violation::Divergence => violates("converged"),
            Violation::LostWebhooks => violates("acknowledged_webhooks_survive"),
            Violation::DroppedPayloads => violates("no_payload_dropped"),
            Violation::SpreadCounts => violates("bad_count_contained"),
            Violation::LowMargin => violates("exposure_margin"),
            // Whoever is not told a limit finds it by being refused; going on like that is another matter.
            Violation::RateLimits => {
                let refused = run.total().throttled_share.unwrap_or(0.0);
                violates("rate_limits_respected") && refused > MOST_REFUSED
            }
        }
    }
}

/// Part of the calls that may be refused while a limit that nobody told is found.
const MOST_REFUSED: f64 = 0.05;

/// A bug, the shop that shows it, and within how many seeds.
struct Case {
    bug: Bug,
    shop: Shop,
    strategy: Strategy,
    caught_as: Violation,
    seeds: usize,
    /// Whether the engine has a budget on top of what the shop says.
    has_budget: bool,
}

impl Case {
    fn text(&self) -> String {
        let budget = match self.has_budget {
            true => "[strategy.escrow]\nloan_price = 0.5\n",
            false => "",
        };
        self.shop.text() + budget
    }

    /// The first columns of its row on the page.
    fn row(&self) -> String {
        let with = match self.has_budget {
            true => ", with a budget",
            false => "",
        };
        format!(
            "| `{}` | {} | {}{with} |",
            self.bug.name(),
            self.bug.sentence(),
            self.caught_as.name()
        )
    }

    /// Whether both are played in the same shop, by the same kind of engine.
    fn is_like(&self, other: &Case) -> bool {
        let kind = |case: &Case| {
            let kind = std::mem::discriminant(&case.bug);
            (case.shop, kind, case.has_budget)
        };
        kind(self) == kind(other)
    }
}

/// The same with a budget.
fn lent(bug: PlantedBug, shop: Shop, caught_as: Violation, seeds: usize) -> Case {
    Case {
        has_budget: true,
        ..case(bug, shop, caught_as, seeds)
    }
}

fn case(bug: PlantedBug, shop: Shop, caught_as: Violation, seeds: usize) -> Case {
    let strategy = Strategy::Escrow;
    Case {
        bug: Bug::Engine(bug),
        shop,
        strategy,
        caught_as,
        seeds,
        has_budget: false,
    }
}

fn cases() -> Vec<Case> {
    use PlantedBug::*;
    use Violation::*;
    let process = |keeping, shop, caught_as, seeds| Case {
        bug: Bug::Process(keeping),
        shop,
        strategy: Strategy::Escrow,
        caught_as,
        seeds,
        has_budget: false,
    };
    let mut all = vec![
        case(FenceLeftOut, Shop::Overwrite, OversoldUnits, 20),
        case(CancelsToPool, Shop::Overwrite, OversoldUnits, 20),
        case(WriteLifetimeLeftOut, Shop::Damaged, OversoldUnits, 20),
        process(
            JournalKeeping::AfterSending,
            Shop::Restocked,
            OversoldUnits,
            20,
        ),
        case(FenceCancelRuleLeftOut, Shop::Fenced, OversoldUnits, 8),
        case(BlindRetryOfRaise, Shop::Restocked, OversoldUnits, 20),
        case(DuplicatedRaise, Shop::Restocked, OversoldUnits, 20),
        case(BlindDeltaOnCas, Shop::Compare, OversoldUnits, 20),
        case(CreditOnSend, Shop::Compare, OversoldUnits, 20),
        case(GrantWithoutKey, Shop::Compare, OversoldUnits, 20),
        case(DedupeLeftOutNowAndThen, Shop::Compare, OversoldUnits, 20),
        case(FirstReadingTakenForSettled, Shop::Busy, LowMargin, 10),
        case(FirstReadingTakenForSettled, Shop::Busy, OversoldUnits, 10),
        case(RetryAfterIgnored, Shop::Throttled, RateLimits, 10),
        case(CursorWithoutOverlap, Shop::Unheard, LostOrders, 10),
        case(FirstPageTakenForAll, Shop::Unheard, LostOrders, 10),
        case(PollingLeftOut, Shop::Unheard, LostOrders, 10),
        case(ReconciliationLeftOut, Shop::Edited, Divergence, 5),
        case(TokenRefreshLeftOut, Shop::ShortTokens, LostOrders, 5),
        case(QuotasRoundedUp, Shop::Receipts, OversoldUnits, 20),
        case(EchoTakenForNews, Shop::Restocked, OversoldUnits, 20),
        case(AcceptedTakenForApplied, Shop::Damaged, OversoldUnits, 20),
        case(StaleReadingAccepted, Shop::Restocked, OversoldUnits, 20),
        case(
            LostRaiseTakenForNeverTaken,
            Shop::Restocked,
            OversoldUnits,
            20,
        ),
        case(StaleRevocationCredited, Shop::Compare, OversoldUnits, 20),
        case(ReceiptCountedTwice, Shop::Receipts, OversoldUnits, 20),
        case(LoanTakenForStock, Shop::Lent, OffTheBooks, 20),
        case(ReturnCountedTwice, Shop::Returns, OversoldUnits, 20),
        case(UnreadablePassedOver, Shop::Drifting, DroppedPayloads, 5),
        case(QuarantineGivesUp, Shop::Drifting, DroppedPayloads, 5),
        case(JumpGuardLeftOut, Shop::Miscounted, SpreadCounts, 5),
        // What is on display beyond the stock is seen before anybody buys it.
        case(QuotasRoundedUp, Shop::Receipts, LowMargin, 20),
        case(OrderHandedOverTwice, Shop::ShortTokens, OrdersTwice, 5),
        case(UnitsShippedTwice, Shop::ShortTokens, OrdersTwice, 5),
        Case {
            strategy: Strategy::Mirror,
            ..case(
                UnansweredWriteTakenForLive,
                Shop::Unanswered,
                Divergence,
                10,
            )
        },
        process(
            JournalKeeping::WithoutDeliveries,
            Shop::Compare,
            OversoldUnits,
            20,
        ),
        Case {
            bug: Bug::Listener,
            shop: Shop::Crashing,
            strategy: Strategy::Escrow,
            caught_as: LostWebhooks,
            seeds: 5,
            has_budget: false,
        },
    ];
    all.extend(cases_with_a_budget());
    all
}

/// Bugs of the loans themselves, and others with loans on.
fn cases_with_a_budget() -> Vec<Case> {
    use PlantedBug::*;
    use Violation::*;
    vec![
        case(LoanNotBooked, Shop::Lent, OffTheBooks, 20),
        lent(OlderCountForgotten, Shop::Restocked, OffTheBooks, 20),
        Case {
            bug: Bug::Crashed(LoansForgottenInACrash),
            ..case(LoansForgottenInACrash, Shop::Lent, OffTheBooks, 20)
        },
        lent(FenceLeftOut, Shop::Overwrite, OffTheBooks, 20),
        lent(CancelsToPool, Shop::Overwrite, OffTheBooks, 20),
        lent(DuplicatedRaise, Shop::Restocked, OffTheBooks, 80),
        lent(DedupeLeftOutNowAndThen, Shop::Compare, OffTheBooks, 20),
        lent(CursorWithoutOverlap, Shop::Unheard, LostOrders, 10),
        lent(FirstPageTakenForAll, Shop::Unheard, LostOrders, 10),
        lent(PollingLeftOut, Shop::Unheard, LostOrders, 10),
        lent(ReconciliationLeftOut, Shop::Edited, Divergence, 5),
        lent(EchoTakenForNews, Shop::Restocked, OffTheBooks, 20),
        lent(ReceiptCountedTwice, Shop::Receipts, OffTheBooks, 20),
        lent(ReturnCountedTwice, Shop::Returns, OffTheBooks, 20),
    ]
}

/// A run's process dies now and then, if its journal is the subject.
fn crashes(journal: JournalKeeping) -> Plan {
    let crash = CrashPlan {
        window: Window::ALWAYS,
        frequency: Frequency::Probability(0.01),
        moments: Moment::ALL.to_vec(),
        restart_after: Distribution::exponential(Micros::from_secs(20))
            .bounded(Micros::from_secs(120)),
    };
    Plan {
        journal,
        ..Plan::of([HostFault::Crash(crash)])
    }
}

fn build(config: EngineConfig, bug: Bug, is_planted: bool, seed: u64) -> Box<dyn Engine> {
    match bug {
        Bug::Engine(bug) if is_planted => planted::build(config, bug),
        Bug::Engine(_) => engine::build(config),
        Bug::Listener => {
            let deaf = planted::build(config, PlantedBug::PollingLeftOut);
            Box::new(Listener::new(deaf, is_planted))
        }
        Bug::Crashed(bug) => {
            let engine = match is_planted {
                true => planted::build(config, bug),
                false => engine::build(config),
            };
            let hosted = host::wrap(&crashes(JournalKeeping::WriteAhead), engine, Seed(seed));
            hosted.unwrap().engine
        }
        Bug::Process(keeping) => {
            let keeping = if is_planted {
                keeping
            } else {
                JournalKeeping::WriteAhead
            };
            let hosted = host::wrap(&crashes(keeping), engine::build(config), Seed(seed));
            hosted.unwrap().engine
        }
    }
}

/// What a run with a bug came to.
enum Caught {
    AsItShould,
    Not,
    /// The engine's own assertions were first.
    ByTheEngine,
    /// It was caught on another seed before.
    NotPlayed,
}

/// Whether every seed is played, for the figures of the page; else a bug that is caught is played no more.
fn counts_all() -> bool {
    std::env::var_os("COUNT").is_some()
}

/// How often a bug is caught as it should be, and how often the engine itself falls over it.
fn catches(case: &Case) -> (usize, usize) {
    let scenario = parsed(&case.text());
    let is_caught = AtomicBool::new(false);
    let caught = over_seeds(case.seeds, |seed| {
        if is_caught.load(Ordering::Relaxed) && !counts_all() {
            return Caught::NotPlayed;
        }
        let setup = Setup::new(&scenario, seed, case.strategy);
        let play = || {
            play_with(
                &setup,
                |config| build(config, case.bug, true, seed),
                |_, _| {},
            )
        };
        let played = catch_unwind(AssertUnwindSafe(play));
        if std::env::var("SHOW").is_ok()
            && let Ok(run) = &played
        {
            let total = run.total();
            println!(
                "{seed}: {} accepted, {} oversold, {} lost, {:?} throttled, {:?}, {:?}",
                total.accepted_units,
                total.oversold_units,
                total.lost_orders,
                total.throttled_share,
                run.outcome.open,
                run.measured
                    .guarantees
                    .iter()
                    .map(|it| it.verdict)
                    .collect::<Vec<_>>()
            );
        }
        match played {
            Ok(run) if case.caught_as.is_in(&run) => {
                is_caught.store(true, Ordering::Relaxed);
                Caught::AsItShould
            }
            Ok(_) => Caught::Not,
            Err(_) => Caught::ByTheEngine,
        }
    });
    let count = |wanted: fn(&Caught) -> bool| caught.iter().filter(|it| wanted(it)).count();
    (
        count(|it| matches!(it, Caught::AsItShould)),
        count(|it| matches!(it, Caught::ByTheEngine)),
    )
}

#[test]
fn every_planted_bug_is_caught_as_the_right_violation() {
    let page = include_str!("../../docs/planted-bugs.md");
    let only = std::env::var("PLANTED").unwrap_or_default();
    let (mut missed, mut undocumented) = (Vec::new(), Vec::new());
    for case in cases() {
        let row = case.row();
        if !row.contains(&only) {
            continue;
        }
        let (caught, fallen) = catches(&case);
        let seeds = match counts_all() {
            true => format!("{caught} of {}", case.seeds),
            false => format!("within {}", case.seeds),
        };
        println!(
            "{row} {seeds} |{}",
            match fallen {
                0 => String::new(),
                fallen => format!(" (and {fallen} times the engine stopped itself)"),
            }
        );
        if caught == 0 {
            missed.push(row.clone());
        }
        if !page.contains(&row) {
            undocumented.push(row);
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
    assert!(
        undocumented.is_empty(),
        "docs/planted-bugs.md lacks {undocumented:#?}"
    );
}

#[test]
fn every_bug_of_the_engine_has_a_case() {
    for bug in PlantedBug::ALL {
        let is_of = |case: &Case| [Bug::Engine(*bug), Bug::Crashed(*bug)].contains(&case.bug);
        let has_case = cases().iter().any(is_of);
        assert!(has_case, "{}", bug.name());
    }
}

/// Without a bug nothing is violated there, so that a catch is one.
#[test]
fn the_sound_engine_holds_in_the_same_shops() {
    let only = std::env::var("PLANTED").unwrap_or_default();
    let mut all_broken = Vec::new();
    let all = cases();
    for (at, case) in all.iter().enumerate() {
        let is_wanted = format!("{:?}", case.shop).contains(&only);
        if !is_wanted || all[..at].iter().any(|before| before.is_like(case)) {
            continue;
        }
        let cases: Vec<&Case> = all.iter().filter(|other| other.is_like(case)).collect();
        let seeds = cases.iter().map(|it| it.seeds).max().unwrap();
        let scenario = parsed(&case.text());
        let broken = over_seeds(seeds, |seed| {
            let setup = Setup::new(&scenario, seed, case.strategy);
            let run = play_with(
                &setup,
                |config| build(config, case.bug, false, seed),
                |_, _| {},
            );
            let violations = cases.iter().map(|it| it.caught_as);
            violations
                .filter(|it| it.is_in(&run))
                .map(Violation::name)
                .next()
        });
        let broken: Vec<_> = (1..).zip(broken).filter(|(_, it)| it.is_some()).collect();
        println!(
            "sound in {:?}, budget {}: {broken:?}",
            case.shop, case.has_budget
        );
        all_broken.extend((!broken.is_empty()).then_some((case.shop, broken)));
    }
    assert!(all_broken.is_empty(), "of the sound engine: {all_broken:?}");
}

/// Crashes at any moment, lost calls, cancellations and a rush: no more of a SKU is oversold than stood on the books of the
/// engine that was built anew (docs/theory.md A9.2), and the stock is lent all the same.
#[test]
fn what_is_lent_stays_on_the_books_through_crashes() {
    let scenario = parsed(&Shop::Lent.text());
    let runs = over_seeds(16, |seed| {
        let setup = Setup::new(&scenario, seed, Strategy::Escrow);
        let bug = Bug::Process(JournalKeeping::WriteAhead);
        let run = play_with(&setup, |config| build(config, bug, false, seed), |_, _| {});
        let lent = run.outcome.lent.clone().expect("it says what it lent");
        let example = run
            .measured
            .guarantees
            .iter()
            .find(|it| it.name == "oversold_within_budget")
            .and_then(|it| it.counter_example.clone());
        let broken = Violation::OffTheBooks.is_in(&run).then_some(example);
        let total = run.total();
        (lent.iter().sum::<i64>(), total.oversold_units, broken)
    });
    println!("lent, oversold, broken: {runs:?}");
    assert!(
        runs.iter().all(|(_, _, broken)| broken.is_none()),
        "{runs:?}"
    );
    // A crash in the midst of the opening may leave a channel unread for long: nothing is lent then. What is lent is closed
    // after a crash, so that not every run sells it twice.
    let lending = runs.iter().filter(|(lent, ..)| *lent > 0);
    let overselling = runs.iter().filter(|(_, oversold, _)| *oversold > 0);
    assert!(
        lending.count() >= 12 && overselling.count() >= 4,
        "{runs:?}"
    );
}
