//! The machine by itself: windows, rates, draws of its own, and what is counted.

use channel_mocks::core::{CallKind, Called, Micros, Seed, Tells, Told};

use super::*;
use crate::scenario::model::Fault;

const READ: Called = Called {
    operation: "getOrders",
    kind: CallKind::Read,
};
const WRITE: Called = Called {
    operation: "setQuantity",
    kind: CallKind::Write,
};

fn faults(texts: &[&str]) -> Faults {
    let faults: Vec<Fault> = texts
        .iter()
        .map(|text| toml::from_str(text).unwrap())
        .collect();
    let mut faults = Faults::new(&faults, &["us", "eu"], Seed(11));
    faults.begin(Micros::from_secs(100), Micros::from_secs(1_000));
    faults
}

fn ask(faults: &mut Faults, at_s: u64, place: u16, number: u64, called: Called) -> RequestFate {
    faults.request(Micros::from_secs(at_s), place, number, &mut || called)
}

fn counts(faults: &Faults) -> Vec<(u64, u64, u64)> {
    let counts = faults.counts();
    counts
        .map(|(_, it)| (it.eligible, it.injected, it.noticed))
        .collect()
}

#[test]
fn a_window_counts_from_the_opening_and_ends_with_the_last_buyer() {
    let window = "kind = \"request_lost\"\nfrom = \"10s\"\nfor = \"20s\"";
    let mut machine = faults(&[
        window,
        "kind = \"reply_lost\"",
        "kind = \"reset\"\nfor = \"1h\"",
    ]);
    let mut lost = |at, number| ask(&mut machine, at, 0, number, READ).passage;
    assert_eq!(lost(99, 1), Passage::Arrives);
    assert_eq!(lost(109, 2), Passage::Reset);
    assert_eq!(lost(110, 3), Passage::Lost);
    assert_eq!(lost(129, 4), Passage::Lost);
    assert_eq!(lost(130, 5), Passage::Reset);
    assert_eq!(
        lost(999, 6),
        Passage::Reset,
        "the hour is cut at the last buyer"
    );
    assert_eq!(lost(1_000, 7), Passage::Arrives);
    let mut response = http::Response::new(Vec::new());
    let mut reply = |at_s, number| {
        machine
            .reply(Micros::from_secs(at_s), 0, number, &mut response)
            .passage
    };
    assert_eq!(
        reply(999, 1),
        Passage::Lost,
        "by the moment at which the reply leaves"
    );
    assert_eq!(reply(1_000, 7), Passage::Arrives);
}

#[test]
fn first_every_and_probability_say_how_often() {
    let mut machine = faults(&[
        "kind = \"request_lost\"\nchannel = \"us\"\nfirst = 2",
        "kind = \"request_lost\"\nchannel = \"eu\"\nevery = 3",
        "kind = \"request_lost\"\nchannel = \"warehouse\"\nprobability = 0.25",
    ]);
    let mut struck = |place: u16, count: u64| -> Vec<u64> {
        let lost =
            |number: &u64| ask(&mut machine, 200, place, *number, READ).passage == Passage::Lost;
        (1..=count).filter(lost).collect()
    };
    assert_eq!(struck(0, 9), [1, 2]);
    assert_eq!(struck(1, 9), [3, 6, 9]);
    let share = struck(2, 4_000).len();
    assert!((900..1_100).contains(&share), "{share}");
    assert_eq!(counts(&machine)[0], (9, 2, 0));
    assert_eq!(counts(&machine)[1], (9, 3, 0));
    assert_eq!(counts(&machine)[2], (4_000, share as u64, 0));
}

#[test]
fn a_fault_that_is_added_before_another_moves_none_of_its_strikes() {
    let late = "kind = \"latency\"\nprobability = 0.5\ndelay = { exponential = \"3s\" }";
    let other =
        "kind = \"latency\"\nchannel = \"eu\"\nprobability = 0.5\ndelay = { fixed = \"0s\" }";
    let delays = |texts: &[&str]| -> Vec<Micros> {
        let mut machine = faults(texts);
        (0..200)
            .map(|number| ask(&mut machine, 200, (number % 2) as u16, number, READ).delay)
            .collect()
    };
    let alone = delays(&[late]);
    assert_eq!(delays(&[other, late]), alone);
    let of_us: Vec<Micros> = alone.iter().copied().step_by(2).collect();
    let mut machine = faults(&[late]);
    let only_us: Vec<Micros> = (0..100)
        .map(|number| ask(&mut machine, 200, 0, number, READ).delay)
        .collect();
    assert_eq!(
        only_us, of_us,
        "calls of one system move no draw of another"
    );
    assert_ne!(
        delays(&[late, late])[..],
        alone[..],
        "the second of a kind draws for itself"
    );
}

#[test]
fn operations_and_purposes_are_asked_for_only_where_a_fault_goes_by_them() {
    let mut machine = faults(&["kind = \"request_lost\"\nchannel = \"us\""]);
    let mut never = || -> Called { panic!("nobody needs to know") };
    machine.request(Micros::from_secs(200), 0, 1, &mut never);
    machine.request(Micros::from_secs(200), 1, 1, &mut never);
    let mut machine = faults(&[
        "kind = \"request_lost\"\noperation = \"getOrders\"",
        "kind = \"refused\"\nstatus = 429\ncalls = \"write\"\nretry_after = \"2s\"",
    ]);
    assert_eq!(ask(&mut machine, 200, 0, 1, READ).passage, Passage::Lost);
    let refused = ask(&mut machine, 200, 0, 2, WRITE).passage;
    assert!(matches!(refused, Passage::Refused(_)), "{refused:?}");
    machine.ended(0, 1);
    machine.ended(0, 1);
    machine.ended(0, 2);
    assert_eq!(counts(&machine), [(1, 1, 1), (1, 1, 1)]);
}

#[test]
fn signals_are_late_in_order_and_what_never_came_is_noticed_by_reading() {
    let mut machine = faults(&[
        "kind = \"signal_late\"\nchannel = \"us\"\ndelay = { uniform = [\"1s\", \"9s\"] }",
        "kind = \"signal_lost\"\nchannel = \"eu\"",
    ]);
    let mut leaves = Vec::new();
    for second in 200..220 {
        let mut webhook = http::Request::new(b"{}".to_vec());
        let fate = machine.signal(Micros::from_secs(second), 0, &mut webhook);
        leaves.push(fate.leaves_at);
        machine.heard(&mut webhook);
        assert!(
            webhook.extensions().is_empty(),
            "nothing of it reaches the engine"
        );
    }
    assert!(leaves.is_sorted());
    let mut webhook = http::Request::new(b"{}".to_vec());
    let fate = machine.signal(Micros::from_secs(300), 1, &mut webhook);
    assert_eq!(fate.passage, SignalPassage::Lost);
    assert_eq!(counts(&machine), [(20, 20, 20), (1, 1, 0)]);
    machine.read(
        0,
        &Tells(vec![Told::Sale(channel_mocks::core::OrderRef(1))]),
    );
    machine.read(
        1,
        &Tells(vec![Told::Stock {
            sku: 0,
            until: Micros(1),
        }]),
    );
    assert_eq!(counts(&machine)[1].2, 0);
    machine.read(
        1,
        &Tells(vec![Told::Sale(channel_mocks::core::OrderRef(1))]),
    );
    assert_eq!(counts(&machine)[1].2, 1);
}

#[test]
fn a_sunset_begins_with_some_calls_and_ends_with_all() {
    let mut machine = faults(&["kind = \"version_sunset\"\nchannel = \"us\"\nfor = \"200s\""]);
    let mut refused = |from: u64, until: u64| {
        let calls = from..until;
        let count =
            calls.filter(|at| ask(&mut machine, *at, 0, *at, READ).passage != Passage::Arrives);
        count.count()
    };
    let (early, late, after) = (refused(100, 200), refused(200, 300), refused(300, 400));
    assert!((25..75).contains(&early), "{early}");
    assert_eq!((late, after), (100, 0));
}

#[test]
fn faults_that_are_added_or_taken_back_leave_the_others_and_what_was_counted() {
    let added: Fault = toml::from_str("kind = \"request_lost\"\nfrom = \"5s\"").unwrap();
    let mut machine = faults(&["kind = \"reset\"\nchannel = \"us\"\nfirst = 2"]);
    assert_eq!(ask(&mut machine, 100, 0, 1, READ).passage, Passage::Reset);
    let at = Micros::from_secs(200);
    machine.add(std::slice::from_ref(&added), at, at, Micros::from_secs(900));
    let passages = |machine: &mut Faults, at_s| {
        let mut ask = |place| ask(machine, at_s, place, at_s * 10 + u64::from(place), READ).passage;
        [ask(0), ask(1)]
    };
    assert_eq!(
        passages(&mut machine, 204),
        [Passage::Reset, Passage::Arrives]
    );
    assert_eq!(passages(&mut machine, 205), [Passage::Lost, Passage::Lost]);
    machine.heal(Micros::from_secs(300));
    let fine = [Passage::Arrives, Passage::Arrives];
    assert_eq!(passages(&mut machine, 300), fine);
    let at = Micros::from_secs(400);
    machine.add(&[added], at, at, Micros::MAX);
    assert_eq!(passages(&mut machine, 404), fine, "what is healed stays so");
    assert_eq!(passages(&mut machine, 405), [Passage::Lost, Passage::Lost]);
    let struck: Vec<(u64, u64)> = counts(&machine).iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(struck, [(3, 2), (2, 2), (2, 2)]);
}
