//! One story for each label that no planned fault is behind.

use super::*;

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
