//! Quotas, units that were lent, and what a long run keeps.

use super::*;

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

/// What was wrong before a cancelled unit came back on sale is wrong afterwards, and for the same reason: the platform has put back what
/// there is.
#[test]
fn a_cancellation_leaves_what_is_too_much_as_it_was() {
    for tells_first in [true, false] {
        let mut story = Story::new("flash-sale-10min", false, 2, [2, 0, 0]);
        story.sells(80.0, WEB, 1);
        story.hears_of_order(WEB, 1, [80.0, 81.0, 82.0]);
        // Two units on display, where one is left.
        story.writes(AMAZON, 1, [91.0, 91.5, 93.0]);
        let back = Mover::Cancellation(WEB, OrderRef(1));
        if tells_first {
            story.moved(95.0, 1, back);
        }
        story.shows(95.0, WEB, 2, Cause::Cancelled(OrderRef(1)));
        if !tells_first {
            story.moved(95.0, 1, back);
        }
        story.sells(100.0, WEB, 2);
        story.sells(101.0, WEB, 3);
        story.sells(104.0, AMAZON, 4);
        let chain = story.comes_to(&[EngineBooks], [0.0, 0.0, 11.0, 0.0, 0.0, 0.0, 0.0]);
        let happened = chain.links.iter().find(|it| it.step == Step::Happened);
        assert_eq!(
            (happened.unwrap().at_s, &*happened.unwrap().place),
            (93.0, "amazon")
        );
    }
}

/// Where quotas are shown, a unit too many is sold where its buyer happens to be. The chain says where it came from.
#[test]
fn what_made_the_sum_too_high_is_told_where_it_was() {
    let video = ChannelIndex(2);
    for (cause, label) in [
        (Cause::Cancelled(OrderRef(9)), PlatformRestock),
        (Cause::Edit, ForeignWrite),
        (
            Cause::Write {
                sent_at: s(98.0),
                received_at: s(99.0),
            },
            EngineBooks,
        ),
    ] {
        let mut story = Story::new("flash-sale-10min", false, 1, [1, 0, 0]);
        story.writes(WEB, 1, [89.0, 89.0, 90.0]);
        story.shows(100.0, video, 1, cause);
        story.sells(105.0, video, 1);
        story.sells(110.0, WEB, 2);
        let place = story.tracer.names[2].clone();
        let chain = story.comes_to(&[label], [0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0]);
        assert_ne!(chain.channel, place);
        let happened = chain.links.iter().find(|it| it.step == Step::Happened);
        assert_eq!(happened.unwrap().place, place);
    }
}

/// The engine had been shown a count of TikTok's that was no more, and gave the units away twice.
#[test]
fn what_an_engine_made_of_an_old_count_is_the_faults() {
    let fault = "[[fault]]\nkind = \"reads_stale\"\nchannel = \"tiktok\"\ndelay = { fixed = \"5min\" }\nfrom = \"40s\"\nfor = \"60s\"\n";
    let text = format!(
        "extends = \"evening\"\nname = \"story\"\ntitle = \"A story\"\nopening = \"10s\"\n{fault}"
    );
    let scenario = Scenario::parse("story.toml", &text).unwrap().scenario;
    let named = Some("reads_stale at tiktok".to_string());
    for (read_at, of, expected) in [
        (Some(90.0), SKU, (Fault, named)),
        (Some(20.0), SKU, (EngineBooks, None)),
        (Some(90.0), SkuIndex(1), (EngineBooks, None)),
        (None, SKU, (EngineBooks, None)),
    ] {
        let mut story = Story::of(&scenario, false, 1, [1, 0, 0]);
        story.writes(WEB, 1, [15.0, 15.0, 16.0]);
        if let Some(at) = read_at {
            let read = Entry::ReadStale {
                channel: ChannelIndex(2),
                sku: of,
            };
            story.tracer.record(s(at), &read);
        }
        story.writes(AMAZON, 1, [91.0, 91.5, 93.0]);
        story.sells(100.0, WEB, 1);
        story.sells(104.0, AMAZON, 2);
        assert_eq!(story.found(), [expected], "{read_at:?}");
    }

    // It had heard of a sale too late, and had put a unit on sale that an old count said was there.
    let mut story = Story::of(&scenario, false, 1, [1, 0, 0]);
    let read = Entry::ReadStale {
        channel: ChannelIndex(2),
        sku: SKU,
    };
    story.tracer.record(s(90.0), &read);
    story.sells(100.0, WEB, 1);
    story.writes(AMAZON, 1, [99.0, 100.5, 101.0]);
    story.sells(105.0, AMAZON, 2);
    let named = Some("reads_stale at tiktok".to_string());
    assert_eq!(story.found(), [(InFlight, named)]);
}
