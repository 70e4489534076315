//! Stories in which a planned fault is behind a unit, and those in which it only looks so.

use super::*;

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
        fault: 0,
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

/// Somebody sets the counts of several products at once: all are announced, and then each is set.
#[test]
fn several_counts_that_are_set_by_mistake_at_once_are_all_mistakes() {
    let mut story = Story::with(RECORDS, 0, [0, 0, 0]);
    for sku in [SKU, SkuIndex(5), SkuIndex(6)] {
        let wrong = Entry::BadCount {
            channel: Some(AMAZON),
            sku,
            units: 1,
        };
        story.tracer.record(s(300.0), &wrong);
    }
    story.shows(300.0, AMAZON, 1, Cause::Edit);
    story.sells(305.0, AMAZON, 1);
    let named = Some("bad_count at amazon".to_string());
    assert_eq!(story.found(), [(BadCount, named)]);

    // What was announced at another time says nothing of an edit.
    let mut story = Story::with(RECORDS, 0, [0, 0, 0]);
    story.miscounts(299.0, Some(AMAZON));
    story.miscounts(299.5, None);
    story.shows(300.0, AMAZON, 1, Cause::Edit);
    story.sells(305.0, AMAZON, 1);
    assert_eq!(story.found(), [(ForeignWrite, None)]);
}

/// Who is gone, or busy for long, does not ask for news: without that it had been told in time, and had written.
#[test]
fn news_that_nobody_asked_for_while_the_engine_was_gone_or_busy() {
    let slow = "[[fault]]\nkind = \"slow_engine\"\ndelay = { fixed = \"2h\" }\n";
    let crash = "[[fault]]\nkind = \"crash\"\nrestart_after = \"1h\"\nfirst = 1\n";
    let by_slowness = (Fault, Some("slow_engine".to_string()));
    for (fault, from, expected) in [
        (crash, 90.0, (EngineDown, None)),
        (slow, 90.0, by_slowness),
        // Until the sale it had done as well as it could.
        (crash, 150.5, (InFlight, None)),
        (slow, 150.5, (InFlight, None)),
    ] {
        let mut story = Story::with(fault, 1, [1, 1, 1]);
        story.sells(100.0, WEB, 1);
        story.sells(150.0, AMAZON, 2);
        story.hears_of_order(WEB, 1, [100.0, 205.0, 206.0]);
        story.writes(AMAZON, 0, [207.0, 207.2, 207.5]);
        let down = Trail::EngineDown {
            fault: 0,
            from: s(from),
            until: s(204.0),
        };
        story.step(300.0, down);
        assert_eq!(story.found(), [expected], "{fault}");
    }
}
