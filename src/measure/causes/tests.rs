//! Stories made by hand: each has one oversold unit with a cause that is known, and times that are.

use channel_mocks::core::{CallOutcome, WriteRoom};

use super::*;
use crate::world::ledger::{Letter, Strike};

const WEB: ChannelIndex = ChannelIndex(0);
const AMAZON: ChannelIndex = ChannelIndex(1);
const SKU: SkuIndex = SkuIndex(0);

/// A time in seconds.
fn s(seconds: f64) -> Micros {
    Micros((seconds * 1e6).round() as u64)
}

/// One SKU, told in the order of time.
struct Story {
    tracer: Tracer,
    sellable: i64,
    shown: [i64; 3],
}

impl Story {
    fn new(scenario: &str, whole_stock: bool, stock: i64, shown: [i64; 3]) -> Story {
        let scenario = Scenario::load(scenario).unwrap().scenario;
        Story::of(&scenario, whole_stock, stock, shown)
    }

    fn of(scenario: &Scenario, whole_stock: bool, stock: i64, shown: [i64; 3]) -> Story {
        Story {
            tracer: Tracer::new(scenario, whole_stock, Vec::new()),
            sellable: stock,
            shown,
        }
    }

    /// A SKU of `evening`, whose opening takes ten seconds here, with these faults and events besides.
    fn with(more: &str, stock: i64, shown: [i64; 3]) -> Story {
        let text = format!(
            "extends = \"evening\"\nname = \"story\"\ntitle = \"A story\"\nopening = \"10s\"\n{more}"
        );
        let scenario = Scenario::parse("story.toml", &text).unwrap().scenario;
        Story::of(&scenario, true, stock, shown)
    }

    /// A count is wrong by one unit; of the warehouse where no channel is named.
    fn miscounts(&mut self, at: f64, channel: Option<ChannelIndex>) {
        let wrong = Entry::BadCount {
            channel,
            sku: SKU,
            units: 1,
        };
        self.tracer.record(s(at), &wrong);
    }

    /// What is said of each unit, in the order of time.
    fn found(self) -> Vec<(CauseLabel, Option<String>)> {
        let chains = self.tracer.finish().chains.into_iter();
        chains.map(|chain| (chain.label, chain.fault)).collect()
    }

    /// Every channel shows the one unit that there is.
    fn one_unit() -> Story {
        Story::new("flash-sale-10min", true, 1, [1, 1, 1])
    }

    fn step(&mut self, at: f64, step: Trail) {
        self.tracer.trail(s(at), &step);
    }

    fn moved(&mut self, at: f64, units: i64, by: Mover) {
        self.sellable += units;
        let sellable = self.sellable;
        self.step(
            at,
            Trail::Moved {
                sku: SKU,
                units,
                sellable,
                by,
            },
        );
    }

    fn shows(&mut self, at: f64, channel: ChannelIndex, to: i64, cause: Cause) {
        let shown = &mut self.shown[usize::from(channel.0)];
        let from = std::mem::replace(shown, to);
        let entry = Entry::Displayed {
            channel,
            sku: SKU,
            from,
            to,
            sellable: self.sellable,
            cause,
        };
        self.tracer.record(s(at), &entry);
    }

    fn sells(&mut self, at: f64, channel: ChannelIndex, order: u32) {
        let (before, displayed) = (self.sellable, self.shown[usize::from(channel.0)]);
        let order = OrderRef(order);
        self.moved(at, -1, Mover::Sale(channel, order));
        let entry = Entry::Accepted {
            channel,
            sku: SKU,
            order,
            units: 1,
            oversold_units: u32::from(before <= 0),
            displayed,
            sellable: before,
            shared_after: self.sellable,
            price_cents: 1_000,
            first_line: true,
            first_oversold_line: before <= 0,
        };
        self.tracer.record(s(at), &entry);
        self.shows(at, channel, displayed - 1, Cause::Checkout(order));
    }

    /// The engine hears at `known` of what happened at `happened`; the message left at `left`.
    fn hears(&mut self, by: Mover, happened: f64, left: f64, known: f64) {
        let letter = Letter {
            left_at: Some(s(left)),
            strike: None,
        };
        self.step(
            known,
            Trail::Heard {
                sku: SKU,
                by,
                happened_at: s(happened),
                known_at: s(known),
                letter,
            },
        );
    }

    /// The engine is told in a shape that a fault has altered.
    fn hears_of_altered_order(&mut self, channel: ChannelIndex, order: u32, times: [f64; 3]) {
        let strike = Strike {
            fault: 0,
            late_by: Micros::ZERO,
        };
        let letter = Letter {
            left_at: Some(s(times[1])),
            strike: Some(strike),
        };
        self.step(
            times[2],
            Trail::Heard {
                sku: SKU,
                by: Mover::Sale(channel, OrderRef(order)),
                happened_at: s(times[0]),
                known_at: s(times[2]),
                letter,
            },
        );
    }

    fn hears_again(&mut self, channel: ChannelIndex, order: u32, happened: f64, known: f64) {
        self.step(
            known,
            Trail::HeardAgain {
                sku: SKU,
                by: Mover::Sale(channel, OrderRef(order)),
                happened_at: s(happened),
                known_at: s(known),
                letter: Letter::default(),
            },
        );
    }

    fn hears_of_order(&mut self, channel: ChannelIndex, order: u32, times: [f64; 3]) {
        let by = Mover::Sale(channel, OrderRef(order));
        self.hears(by, times[0], times[1], times[2]);
    }

    fn writes(&mut self, channel: ChannelIndex, to: i64, [sent, received, live]: [f64; 3]) {
        let cause = Cause::Write {
            sent_at: s(sent),
            received_at: s(received),
        };
        self.shows(live, channel, to, cause);
    }

    /// A call that writes is answered at `at`; the next one would have to wait so long.
    fn called(&mut self, at: f64, sent: f64, outcome: CallOutcome, wait: f64) {
        self.step(
            at,
            Trail::WriteCalled {
                channel: AMAZON,
                sent_at: s(sent),
                outcome,
                room: WriteRoom {
                    wait: s(wait),
                    per_second: 50.0,
                },
            },
        );
    }

    /// Exactly these units, by label in the order of time, and the parts of the last one's delay.
    #[track_caller]
    fn comes_to(self, labels: &[CauseLabel], parts: [f64; 7]) -> Chain {
        let traced = self.tracer.finish();
        let found: Vec<CauseLabel> = traced.chains.iter().map(|it| it.label).collect();
        assert_eq!(found, labels, "{:#?}", traced.chains);
        assert_eq!(traced.causes.units, labels.len() as u64);
        let of_rows: u64 = traced.causes.rows.iter().map(|it| it.units).sum();
        assert_eq!(of_rows, labels.len() as u64);
        let last = traced.chains.last().unwrap().clone();
        let seen = last.delays.parts();
        for (seen, expected) in seen.iter().zip(parts) {
            assert!((seen - expected).abs() < 1e-6, "{:?}", last.delays);
        }
        assert!(last.links.is_sorted_by(|one, two| one.at_s <= two.at_s));
        last
    }
}

use CauseLabel::*;

#[test]
fn news_under_way_with_a_stop_at_every_station() {
    let mut story = Story::one_unit();
    story.sells(100.0, WEB, 1);
    story.hears_of_order(WEB, 1, [100.0, 103.0, 104.0]);
    // Another SKU's write first, after which the limit has no room for a second.
    story.called(107.0, 106.0, CallOutcome::Served, 1.0);
    story.sells(115.0, AMAZON, 2);
    story.called(110.5, 110.0, CallOutcome::Served, 0.0);
    story.writes(AMAZON, 0, [110.0, 110.5, 120.0]);
    let chain = story.comes_to(&[InFlight], [3.0, 1.0, 2.0, 3.0, 1.0, 0.5, 4.5]);
    assert_eq!((chain.unit, chain.units, chain.sku), (1, 1, 1));
    assert_eq!((chain.displayed, chain.sellable), (1, 0));
    let steps: Vec<Step> = chain.links.iter().map(|it| it.step).collect();
    use Step::*;
    assert_eq!(
        steps,
        [
            Displayed, Happened, Told, Received, Sent, Arrived, Oversold, Live
        ]
    );
    let sent = &chain.links[4].what;
    assert!(
        sent.contains("meanwhile it sent 0.2/s of 50/s allowed, for 3.0 s"),
        "{sent}"
    );
    assert!(chain.links[7].what.ends_with("too late"));
}

#[test]
fn news_that_never_came() {
    let mut story = Story::one_unit();
    story.sells(100.0, WEB, 1);
    story.sells(140.0, AMAZON, 2);
    let chain = story.comes_to(&[InFlight], [40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let told = chain.links.iter().find(|it| it.step == Step::Received);
    assert_eq!(told.unwrap().what, "the engine was never told");
}

#[test]
fn a_write_that_has_not_heard_of_the_listings_own_sale() {
    let mut story = Story::one_unit();
    story.sells(100.0, WEB, 1);
    story.writes(WEB, 1, [99.0, 101.0, 101.0]);
    story.sells(105.0, WEB, 2);
    story.hears_of_order(WEB, 1, [100.0, 109.0, 110.0]);
    story.writes(WEB, 0, [112.0, 113.0, 114.0]);
    let chain = story.comes_to(&[Resurrection], [5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let raised = &chain.links[1].what;
    assert!(raised.starts_with("a write set it from 0 to 1 while 0 could be sold"));
}

#[test]
fn an_older_count_after_a_newer_one() {
    let mut story = Story::one_unit();
    story.sells(100.0, WEB, 1);
    story.hears_of_order(WEB, 1, [100.0, 100.5, 101.0]);
    story.writes(AMAZON, 0, [102.0, 102.5, 103.0]);
    story.writes(AMAZON, 1, [104.0, 104.5, 105.0]);
    story.sells(107.0, AMAZON, 2);
    story.writes(AMAZON, 0, [110.0, 110.5, 111.0]);
    let chain = story.comes_to(&[StaleWrite], [0.5, 0.5, 6.0, 0.0, 0.0, 0.0, 0.0]);
    let raised = chain
        .links
        .iter()
        .find(|it| it.step == Step::Displayed)
        .unwrap();
    assert!(
        raised
            .what
            .contains("3.0 s after the engine had heard better"),
        "{}",
        raised.what
    );
}

#[test]
fn a_platform_puts_a_cancelled_orders_unit_back() {
    let mut story = Story::one_unit();
    story.sells(100.0, WEB, 1);
    story.sells(100.5, AMAZON, 2);
    story.hears_of_order(WEB, 1, [100.0, 100.6, 101.0]);
    story.hears_of_order(AMAZON, 2, [100.5, 100.6, 101.0]);
    story.writes(AMAZON, 0, [102.0, 102.0, 103.0]);
    let back = Mover::Cancellation(AMAZON, OrderRef(2));
    story.moved(200.0, 1, back);
    story.shows(200.0, AMAZON, 1, Cause::Cancelled(OrderRef(2)));
    story.hears(back, 200.0, 205.0, 206.0);
    story.sells(210.0, AMAZON, 3);
    story.comes_to(
        &[InFlight, PlatformRestock],
        [5.0, 1.0, 4.0, 0.0, 0.0, 0.0, 0.0],
    );
}

#[test]
fn units_that_are_on_sale_again_a_moment_before_they_are_back_are_no_restock() {
    let mut story = Story::one_unit();
    story.sells(100.0, AMAZON, 1);
    story.hears_of_order(AMAZON, 1, [100.0, 100.5, 101.0]);
    story.writes(WEB, 0, [102.0, 102.0, 102.0]);
    story.shows(200.0, AMAZON, 1, Cause::Cancelled(OrderRef(1)));
    let back = Mover::Cancellation(AMAZON, OrderRef(1));
    story.moved(200.0, 1, back);
    story.hears(back, 200.0, 200.5, 201.0);
    story.writes(WEB, 1, [202.0, 202.0, 202.0]);
    story.sells(210.0, WEB, 2);
    story.sells(211.0, AMAZON, 3);
    story.comes_to(&[InFlight], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_unit_that_broke() {
    let mut story = Story::one_unit();
    story.moved(100.0, -1, Mover::Stock);
    story.hears(Mover::Stock, 100.0, 104.0, 105.0);
    story.sells(110.0, AMAZON, 1);
    story.comes_to(&[LostStock], [4.0, 1.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn records_that_say_more_than_there_is() {
    let mut story = Story::new("flash-sale-10min", true, 0, [0, 0, 0]);
    let miscounted = Entry::BadCount {
        channel: None,
        sku: SKU,
        units: 1,
    };
    story.tracer.record(s(100.0), &miscounted);
    story.hears(Mover::Stock, 100.0, 100.5, 101.0);
    story.writes(AMAZON, 1, [102.0, 102.5, 103.0]);
    story.sells(105.0, AMAZON, 1);
    story.comes_to(&[BadCount], [0.5, 0.5, 4.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn somebody_else_sets_a_count_on_purpose_or_by_mistake() {
    for is_mistake in [false, true] {
        let mut story = Story::new("flash-sale-10min", true, 0, [0, 0, 0]);
        if is_mistake {
            let miscounted = Entry::BadCount {
                channel: Some(AMAZON),
                sku: SKU,
                units: 1,
            };
            story.tracer.record(s(100.0), &miscounted);
        }
        story.shows(100.0, AMAZON, 1, Cause::Edit);
        story.sells(107.0, AMAZON, 1);
        let label = if is_mistake { BadCount } else { ForeignWrite };
        // Nobody tells of it: the engine could have looked.
        story.comes_to(&[label], [0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

#[test]
fn a_count_that_was_too_high_from_the_beginning_is_no_bad_record() {
    let mut story = Story::new("flash-sale-10min", true, 0, [0, 1, 0]);
    story.sells(107.0, AMAZON, 1);
    story.comes_to(&[OpeningCount], [0.0, 0.0, 107.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_write_that_shows_more_than_the_engine_was_ever_told() {
    let mut story = Story::new("flash-sale-10min", true, 0, [0, 0, 0]);
    story.writes(AMAZON, 1, [102.0, 102.5, 103.0]);
    story.sells(105.0, AMAZON, 1);
    story.comes_to(&[EngineBooks], [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
}

const RECORDS: &str = "[[fault]]\nkind = \"bad_count\"\nchannel = \"warehouse\"\nlocation = \"main\"\nfactor = 10.0\nsku = 1\n\
    from = \"90s\"\nfor = \"60s\"\n[[fault]]\nkind = \"receipt_twice\"\nchannel = \"warehouse\"\nfrom = \"200s\"\nfor = \"60s\"\n\
    [[fault]]\nkind = \"bad_count\"\nchannel = \"amazon\"\nfactor = 10.0\nsku = 1\nfrom = \"290s\"\nfor = \"60s\"\n\
    [[fault]]\nkind = \"bad_count\"\nchannel = \"warehouse\"\nlocation = \"main\"\nfactor = 10.0\nsku = 2\nfrom = \"390s\"\n";

#[test]
fn a_wrong_count_names_the_fault_that_made_it() {
    let cases = [
        (100.0, None, Some("bad_count at warehouse")),
        (230.0, None, Some("receipt_twice at warehouse")),
        (300.0, Some(AMAZON), Some("bad_count at amazon")),
        // The only fault of that time is of another product.
        (400.0, None, None),
    ];
    for (at, channel, fault) in cases {
        let mut story = Story::with(RECORDS, 0, [0, 0, 0]);
        story.miscounts(at, channel);
        if channel.is_some() {
            story.shows(at, AMAZON, 1, Cause::Edit);
        } else {
            story.hears(Mover::Stock, at, at + 0.5, at + 1.0);
            story.writes(AMAZON, 1, [at + 2.0, at + 2.5, at + 3.0]);
        }
        story.sells(at + 5.0, AMAZON, 1);
        assert_eq!(story.found(), [(BadCount, fault.map(str::to_string))]);
    }
}

const WRITER: &str = "[[happening]]\nkind = \"edit\"\nat = \"110s\"\nchannel = \"amazon\"\nsku = 1\nunits = 1\n\
    [[fault]]\nkind = \"foreign_writer\"\nchannel = \"amazon\"\nsku = 1\ndelay = { fixed = \"20s\" }\nfrom = \"90s\"\nfor = \"60s\"\n";

#[test]
fn a_count_that_another_app_has_set_names_the_fault_and_one_that_a_person_has_set_does_not() {
    let app = Some("foreign_writer at amazon".to_string());
    let cases = [
        (100.0, AMAZON, app.clone()),
        (120.0, AMAZON, None),
        (100.0, WEB, None),
        (200.0, AMAZON, None),
    ];
    for (at, channel, fault) in cases {
        let mut story = Story::with(WRITER, 0, [0, 0, 0]);
        story.shows(at, channel, 1, Cause::Edit);
        story.sells(at + 5.0, channel, 1);
        assert_eq!(story.found(), [(ForeignWrite, fault)], "{at}");
    }

    // The engine takes one unit off what the app has put there, by a change of so many units: the rest is the app's.
    let mut story = Story::with(WRITER, 2, [2, 2, 0]);
    story.sells(99.0, WEB, 1);
    story.shows(100.0, AMAZON, 5, Cause::Edit);
    story.hears_of_order(WEB, 1, [99.0, 101.0, 102.0]);
    story.writes(AMAZON, 4, [103.0, 103.5, 104.0]);
    for order in 2..=5 {
        story.sells(110.0 + f64::from(order), AMAZON, order);
    }
    assert_eq!(story.found(), vec![(ForeignWrite, app); 3]);
}

const TWO: &str = "[[fault]]\nkind = \"second_engine\"\nfrom = \"90s\"\nfor = \"60s\"\n";

#[test]
fn what_one_of_two_engines_did_not_know_names_the_second_one() {
    let second = Some("second_engine".to_string());
    for (start, fault) in [(100.0, second.clone()), (300.0, None)] {
        // A unit that one engine had heard of is put back.
        let mut story = Story::with(TWO, 1, [1, 1, 1]);
        story.sells(start, WEB, 1);
        story.hears_of_order(WEB, 1, [start, start + 0.5, start + 1.0]);
        story.writes(AMAZON, 0, [start + 2.0, start + 2.5, start + 3.0]);
        story.writes(AMAZON, 1, [start + 4.0, start + 4.5, start + 5.0]);
        story.sells(start + 7.0, AMAZON, 2);
        assert_eq!(story.found(), [(StaleWrite, fault.clone())]);

        // One of the two has been told in time, and nothing came of it.
        let mut story = Story::with(TWO, 1, [1, 1, 1]);
        story.sells(start, WEB, 1);
        story.hears_of_order(WEB, 1, [start, start + 0.5, start + 1.0]);
        story.sells(start + 30.0, AMAZON, 2);
        assert_eq!(story.found(), [(InFlight, fault)]);
    }
    // Neither had been told.
    let mut story = Story::with(TWO, 1, [1, 1, 1]);
    story.sells(100.0, WEB, 1);
    story.sells(110.0, AMAZON, 2);
    story.hears_of_order(WEB, 1, [100.0, 111.0, 112.0]);
    assert_eq!(story.found(), [(InFlight, None)]);
}

#[test]
fn units_that_come_back_by_a_fault_name_it_and_those_that_do_anyway_do_not() {
    let fault = "[[fault]]\nkind = \"restock_on_cancel\"\nchannel = \"tiktok\"\nrestocks = true\nfrom = \"90s\"\n";
    for (usually, named) in [(false, Some("restock_on_cancel at tiktok")), (true, None)] {
        let text = format!(
            "extends = \"evening\"\nname = \"story\"\ntitle = \"A story\"\nopening = \"10s\"\n{fault}"
        );
        let mut scenario = Scenario::parse("story.toml", &text).unwrap().scenario;
        let inventory = toml::Table::from_iter([("auto_restock".to_string(), usually.into())]);
        let overrides = &mut scenario.channels[2].overrides;
        overrides.insert("inventory".to_string(), inventory.into());
        let mut story = Story::of(&scenario, true, 0, [0, 0, 0]);
        let tiktok = ChannelIndex(2);
        story.shows(200.0, tiktok, 1, Cause::Cancelled(OrderRef(9)));
        story.sells(210.0, tiktok, 1);
        assert_eq!(
            story.found(),
            [(PlatformRestock, named.map(str::to_string))]
        );
    }
}

/// The news of the sale comes at 101 s in a shape that a fault has altered.
#[test]
fn news_that_the_engine_could_not_read_is_the_faults_and_news_that_it_read_is_its_own() {
    let altered = |clear: Option<f64>, sent: f64| {
        let mut story = Story::new("tiktok-schema-drift", true, 1, [1, 1, 1]);
        story.sells(100.0, WEB, 1);
        story.hears_of_altered_order(WEB, 1, [100.0, 100.5, 101.0]);
        if let Some(clear) = clear.filter(|clear| *clear < 105.0) {
            story.hears_again(WEB, 1, 100.0, clear);
        }
        story.sells(105.0, AMAZON, 2);
        if let Some(clear) = clear.filter(|clear| *clear > 105.0) {
            story.hears_again(WEB, 1, 100.0, clear);
        }
        story.writes(AMAZON, 0, [sent, sent + 0.2, sent + 0.5]);
        story
    };
    let parts = [0.5, 0.5, 4.0, 0.0, 0.0, 0.0, 0.0];
    // It writes as soon as it is told in words that it knows.
    let chain = altered(Some(120.0), 120.5).comes_to(&[Fault], parts);
    assert_eq!(chain.fault.as_deref(), Some("field_added at tiktok"));
    // It writes before that: so it had understood, and was slow.
    altered(Some(130.0), 120.5).comes_to(&[InFlight], parts);
    // It was told clearly two seconds after, and then took its time.
    altered(Some(103.0), 120.5).comes_to(&[InFlight], parts);

    // What it could not read it did not know when it put the unit back.
    for (clear, label) in [(110.0, Fault), (101.5, StaleWrite)] {
        let mut story = Story::new("tiktok-schema-drift", true, 1, [1, 1, 1]);
        story.sells(100.0, WEB, 1);
        story.hears_of_altered_order(WEB, 1, [100.0, 100.5, 101.0]);
        if clear < 102.0 {
            story.hears_again(WEB, 1, 100.0, clear);
        }
        story.writes(WEB, 1, [102.0, 103.0, 103.0]);
        story.sells(105.0, WEB, 2);
        if clear > 102.0 {
            story.hears_again(WEB, 1, 100.0, clear);
        }
        let traced = story.tracer.finish();
        let found: Vec<CauseLabel> = traced.chains.iter().map(|it| it.label).collect();
        assert_eq!(found, [label]);
    }
}

#[test]
fn a_sale_of_which_nobody_told_because_the_subscriptions_were_gone() {
    // News had come within 2 s, and comes with the next reading, 20 s after the sale.
    let told = |is_gone: bool, is_back: bool, sold_at: f64| {
        let mut story = Story::new("webhook-outage", true, 5, [5, 5, 5]);
        for order in 1..=4 {
            let at = f64::from(order) * 10.0;
            story.sells(at, WEB, order);
            story.hears_of_order(WEB, order, [at, at + 2.0, at + 2.5]);
        }
        story.writes(AMAZON, 1, [45.0, 45.1, 45.2]);
        if is_gone {
            let gone = Trail::Unsubscribed {
                channel: WEB,
                fault: 0,
            };
            story.step(50.0, gone);
        }
        if is_back {
            story.step(90.0, Trail::Subscribed { channel: WEB });
        }
        story.sells(100.0, WEB, 5);
        story.sells(sold_at, AMAZON, 6);
        story.hears_of_order(WEB, 5, [100.0, 120.0, 120.5]);
        story.writes(AMAZON, 0, [121.0, 121.2, 121.5]);
        let traced = story.tracer.finish();
        let found = traced.chains.iter().map(|it| (it.label, it.fault.clone()));
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{:#?}", traced.chains);
        found[0].clone()
    };
    let (label, fault) = told(true, false, 110.0);
    assert_eq!(label, Fault);
    assert!(
        fault.unwrap().starts_with("signal_lost"),
        "the first fault of the file"
    );
    assert_eq!(told(false, false, 110.0), (InFlight, None));
    assert_eq!(told(true, true, 110.0), (InFlight, None));
    // With its subscriptions it would have been told 2 s after the sale: too late as well.
    assert_eq!(told(true, false, 102.5), (InFlight, None));
}

/// The write goes out at 110 s instead of 102 s, as the sale on Amazon at 105 s shows.
fn held_up(scenario: &str, by: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::new(scenario, true, 1, [1, 1, 1]);
    story.sells(100.0, WEB, 1);
    story.hears_of_order(WEB, 1, [100.0, 100.5, 101.0]);
    by(&mut story);
    story.sells(105.0, AMAZON, 2);
    story.writes(AMAZON, 0, [110.0, 110.2, 110.5]);
    story
}

#[test]
fn a_limit_refuses_the_write_that_would_have_come_in_time() {
    let mut story = Story::new("flash-sale-10min", true, 1, [1, 1, 1]);
    story.sells(100.0, WEB, 1);
    story.hears_of_order(WEB, 1, [100.0, 100.5, 101.0]);
    story.called(102.1, 102.0, CallOutcome::Throttled, 7.9);
    story.sells(105.0, AMAZON, 2);
    story.called(110.2, 110.0, CallOutcome::Served, 0.0);
    story.writes(AMAZON, 0, [110.0, 110.2, 110.5]);
    let chain = story.comes_to(&[ThrottledWrite], [0.5, 0.5, 1.0, 0.1, 2.9, 0.0, 0.0]);
    let refused = chain.links.iter().find(|it| it.step == Step::Refused);
    assert_eq!(refused.unwrap().at_s, 102.1);
}

#[test]
fn a_dead_engine_and_a_fault_that_strikes_the_write() {
    let parts = [0.5, 0.5, 4.0, 0.0, 0.0, 0.0, 0.0];
    let mut story = held_up("engine-crash", |_| {});
    let down = Trail::EngineDown {
        from: s(101.5),
        until: s(110.0),
    };
    story.step(200.0, down);
    let chain = story.comes_to(&[EngineDown], parts);
    assert_eq!(chain.fault, None);

    let lost = Trail::WriteStruck {
        channel: AMAZON,
        sent_at: s(102.0),
        strike: Strike {
            fault: 0,
            late_by: Micros::MAX,
        },
    };
    let story = held_up("webhook-outage", |story| story.step(102.0, lost));
    let chain = story.comes_to(&[Fault], parts);
    let scenario = Scenario::load("webhook-outage").unwrap().scenario;
    let kind = scenario.faults[0].kind.describe().name;
    assert!(chain.fault.unwrap().starts_with(kind));

    // Nobody lets the engine in, neither to read nor to write.
    let scenario = Scenario::load("token-expiry").unwrap().scenario;
    let revoked = |it: &&crate::scenario::model::Fault| {
        it.kind == crate::scenario::model::FaultKind::AccessRevoked
    };
    let fault = scenario.faults.iter().find(revoked).unwrap();
    assert_eq!(
        (fault.channel.as_deref(), &*scenario.channels[1].name),
        (Some("amazon"), "amazon")
    );
    let from = (scenario.opening + fault.from).as_secs_f64();
    for (is_inside, label) in [(true, Fault), (false, InFlight)] {
        let at = if is_inside { from } else { from - 1_000.0 };
        let mut story = Story::new("token-expiry", true, 1, [1, 1, 1]);
        story.sells(at + 100.0, WEB, 1);
        story.hears_of_order(WEB, 1, [at + 100.0, at + 100.5, at + 101.0]);
        story.sells(at + 105.0, AMAZON, 2);
        story.writes(AMAZON, 0, [at + 850.0, at + 850.0, at + 850.0]);
        story.comes_to(&[label], parts);
    }

    // Neither: it was just slow.
    held_up("engine-crash", |_| {}).comes_to(&[InFlight], parts);
}

#[test]
fn quotas_that_are_too_high_in_sum() {
    // The raise on Amazon counts on the web shop's unit, of whose sale the engine has not heard.
    let mut story = Story::new("flash-sale-10min", false, 1, [1, 0, 0]);
    story.sells(100.0, WEB, 1);
    story.writes(AMAZON, 1, [99.0, 100.5, 101.0]);
    story.sells(105.0, AMAZON, 2);
    story.comes_to(&[InFlight], [5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);

    // The web shop's own quota is put back although it was used up.
    let mut story = Story::new("flash-sale-10min", false, 1, [1, 0, 0]);
    story.sells(100.0, WEB, 1);
    story.writes(WEB, 1, [99.0, 100.5, 101.0]);
    story.sells(105.0, WEB, 2);
    story.comes_to(&[Resurrection], [5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// One unit on both channels on purpose. It is sold on the web shop; the engine hears of that after three seconds, and Amazon's
/// buyer comes before the zero. Without a budget nobody may show it twice: the books are wrong.
#[test]
fn a_unit_that_was_lent_is_sold_twice() {
    let story = |lends: bool| {
        let mut story = Story::new("flash-sale-10min", false, 1, [1, 0, 0]);
        if lends {
            story.tracer = story.tracer.lending();
        }
        story.writes(WEB, 1, [89.0, 89.0, 90.0]);
        story.writes(AMAZON, 1, [91.0, 91.5, 93.0]);
        story.sells(100.0, WEB, 1);
        story.hears_of_order(WEB, 1, [100.0, 102.0, 103.0]);
        story.sells(104.0, AMAZON, 2);
        story
    };
    story(true).comes_to(&[Lent], [2.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    let chain = story(true).tracer.finish().chains.remove(0);
    let happened = chain.links.iter().find(|it| it.step == Step::Happened);
    let happened = happened.unwrap();
    assert_eq!(
        (happened.at_s, happened.what.as_str()),
        (100.0, "sold 1 unit of those that were lent")
    );
    story(false).comes_to(&[EngineBooks], [0.0, 0.0, 11.0, 0.0, 0.0, 0.0, 0.0]);

    // What stood there from the beginning, and was left there, is lent too.
    let mut story = Story::new("flash-sale-10min", false, 1, [1, 1, 0]);
    story.tracer = story.tracer.lending();
    story.sells(100.0, WEB, 1);
    story.sells(101.5, AMAZON, 2);
    story.comes_to(&[Lent], [1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// What is over takes no room: cases whose counts were put right are counted, and forgotten.
#[test]
fn a_long_run_keeps_only_what_may_still_change() {
    let mut story = Story::new("flash-sale-10min", true, 1, [1, 1, 1]);
    let rounds = 12_000_u32;
    for round in 0..rounds {
        let at = f64::from(round) * 10.0 + 100.0;
        story.sells(at, WEB, 2 * round);
        story.sells(at + 1.0, AMAZON, 2 * round + 1);
        story.hears_of_order(WEB, 2 * round, [at, at + 1.0, at + 2.0]);
        story.hears_of_order(AMAZON, 2 * round + 1, [at + 1.0, at + 1.0, at + 2.0]);
        story.writes(WEB, 0, [at + 2.0, at + 2.0, at + 3.0]);
        story.writes(AMAZON, 0, [at + 2.0, at + 2.0, at + 3.0]);
        story.moved(at + 4.0, 2, Mover::Stock);
        story.hears(Mover::Stock, at + 4.0, at + 4.0, at + 5.0);
        story.writes(WEB, 1, [at + 5.0, at + 5.0, at + 6.0]);
        story.writes(AMAZON, 1, [at + 5.0, at + 5.0, at + 6.0]);
        assert!(story.tracer.cases.len() <= 2);
    }
    let listings = story.tracer.known(SKU).unwrap().listings.iter();
    assert!(
        listings
            .clone()
            .all(|it| it.lots.len() <= 4_096 && it.open.is_empty())
    );
    let of_sku = story.tracer.known(SKU).unwrap();
    assert!(of_sku.events.end() - of_sku.events.first() <= 16_384);
    let traced = story.tracer.finish();
    assert_eq!(traced.causes.units, u64::from(rounds));
    assert_eq!(traced.causes.rows.len(), 1);
    assert_eq!(traced.causes.rows[0].label, InFlight);
    assert_eq!(traced.chains.len(), 10_000);
}
