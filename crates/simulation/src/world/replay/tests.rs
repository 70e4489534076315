//! Logs of every kind of trouble.

use std::io::Write;

use super::*;
use crate::world::World;
use crate::world::tests::scenario;

/// Writes a log to a temporary file, zipped if asked.
fn log_file(text: &str, zipped: bool) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    if zipped {
        let mut encoder = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap();
    } else {
        file.write_all(text.as_bytes()).unwrap();
    }
    file
}

const HEADER: &str = "timestamp,order_id,sku,quantity,unit_price,country,kind\n";

fn replay(settings: &str, lines: &str) -> Result<World, WorldError> {
    let file = log_file(&format!("{HEADER}{lines}"), false);
    World::new(
        &scenario(&format!("[replay]\n{settings}")),
        Seed(1),
        Some(&file.path().into()),
    )
}

fn external_events(mut world: World) -> Vec<ExternalEvent> {
    std::iter::from_fn(|| world.next_external_event()).collect()
}

/// The error's text without the name of the temporary file.
fn complaint(lines: &str) -> String {
    let error = replay("", lines).unwrap_err().to_string();
    match error.split_once(':') {
        Some((_, rest)) => rest.to_string(),
        None => error,
    }
}

const SMALL: &str = "\
2011-12-05T08:38,1,A,2,1.50,United Kingdom,sale
2011-12-05T08:38,2,B,1,3.00,EIRE,sale
2011-12-05T08:38,1,B,3,3.00,United Kingdom,sale
2011-12-05T08:38,1,A,4,1.50,United Kingdom,sale
2011-12-05T08:40,C1,A,-1,1.50,United Kingdom,cancel
2011-12-05T08:40,9,B,-5,0.00,United Kingdom,adjust
2011-12-05T08:40,10,Z,-5,0.00,United Kingdom,adjust
2011-12-05T08:41,3,A,100,1.75,Unspecified,sale
";

#[test]
fn lines_of_an_order_meet_and_equal_skus_merge() {
    let world = replay("", SMALL).unwrap();
    let codes: Vec<&str> = world
        .catalogue
        .skus
        .iter()
        .map(|sku| sku.code.as_str())
        .collect();
    assert_eq!(codes, ["A", "B"], "Z is never sold");
    // 6 units at 1.50 and 100 at 1.75.
    assert_eq!(world.catalogue.skus[0].price_cents, 174);
    assert_eq!(world.catalogue.skus[0].units(), 159, "cover 1.5 of 106");
    let ends_at = world.demand_ends_at();
    let found = external_events(world);
    assert_eq!(found.len(), 3);
    assert_eq!(found.last().unwrap().at, ends_at);
    let of = |listing: u32, units: u32| BasketLine {
        listing: ListingIndex(listing),
        units,
    };
    for event in &found {
        let ExternalEventKind::Checkout { basket, .. } = &event.kind else {
            panic!("corrections are off");
        };
        let minute = event.at.since(Micros::from_secs(300)).whole_secs() / 60;
        match (basket.lines.len(), minute) {
            (2, 0) => {
                assert_eq!(basket.lines, [of(0, 6), of(1, 3)]);
                assert_eq!(basket.country, "GB");
            }
            (1, 0) => assert_eq!((basket.lines[0], basket.country), (of(1, 1), "IE")),
            (1, 3) => assert_eq!((basket.lines[0], basket.country), (of(0, 100), "US")),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn caps_compression_and_corrections() {
    let world = replay(
        "quantity_cap = 5\nlines_cap = 1\ntime_compression = 60.0\ncorrections = true",
        SMALL,
    )
    .unwrap();
    // Order 1 keeps its first line only, so B is wanted once.
    let codes: Vec<&str> = world
        .catalogue
        .skus
        .iter()
        .map(|sku| sku.code.as_str())
        .collect();
    assert_eq!(codes, ["A", "B"]);
    assert_eq!(world.catalogue.skus[0].units(), 15, "cover 1.5 of 5 + 5");
    let found = external_events(world);
    assert!(found.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert!(found.iter().all(|h| h.at <= Micros::from_secs(304)));
    let corrections: Vec<&ExternalEventKind> = found
        .iter()
        .map(|h| &h.kind)
        .filter(|what| !matches!(what, ExternalEventKind::Checkout { .. }))
        .collect();
    assert_eq!(corrections.len(), 2);
    assert!(corrections.contains(&&ExternalEventKind::Return {
        sku: SkuIndex(0),
        location: 0,
        units: 1
    }));
    assert!(corrections.contains(&&ExternalEventKind::Damage {
        sku: SkuIndex(1),
        location: 0,
        units: 5
    }));
}

#[test]
fn plain_and_zipped_logs_read_alike() {
    let text = format!("{HEADER}{SMALL}");
    let read = |zipped| {
        let file = log_file(&text, zipped);
        let world = World::new(&scenario("[replay]"), Seed(1), Some(&file.path().into())).unwrap();
        external_events(world)
    };
    assert_eq!(read(false), read(true));
}

#[test]
fn an_order_may_cross_a_minute_and_seconds_are_kept() {
    let found = external_events(
        replay(
            "",
            "2011-12-05T08:38:59,1,A,1,1,GB,sale\n2011-12-05T08:39:00,1,B,1,1,GB,sale\n\
             2011-12-05T08:39:30,2,B,1,1,GB,sale\n",
        )
        .unwrap(),
    );
    let at: Vec<u64> = found.iter().map(|h| h.at.whole_secs()).collect();
    assert_eq!(at, [359, 390]);
    assert!(
        matches!(&found[0].kind, ExternalEventKind::Checkout { basket, .. } if basket.lines.len() == 2)
    );
}

#[test]
fn orders_beyond_the_duration_are_left_out_with_their_skus() {
    let world = replay(
        "",
        "2011-12-05T08:00,1,A,1,1,GB,sale\n2011-12-05T09:30,2,B,1,1,GB,sale\n",
    )
    .unwrap();
    assert_eq!(world.catalogue.skus.len(), 1);
    assert_eq!(external_events(world).len(), 1);
}

#[test]
fn a_log_may_name_the_channel_and_leave_columns_out() {
    let file = log_file(
        "order_id,channel,sku,quantity,timestamp\n1,market,A,1,2011-12-05T08:00\n2,web,A,2,2011-12-05T08:00\n",
        false,
    );
    let world = World::new(&scenario("[replay]"), Seed(1), Some(&file.path().into())).unwrap();
    assert!((1_000..=8_000).contains(&world.catalogue.skus[0].price_cents));
    for event in external_events(world) {
        let ExternalEventKind::Checkout { channel, basket } = event.kind else {
            panic!("only sales");
        };
        assert_eq!(u32::from(channel.0) + basket.lines[0].units, 2);
    }
}

/// Every channel has ids of its own, and an order's channel may stand on its first line alone.
#[test]
fn one_id_on_two_channels_is_two_orders() {
    let file = log_file(
        "order_id,channel,sku,quantity,timestamp\n\
         7,web,A,2,2011-12-05T08:00\n7,market,A,3,2011-12-05T08:00\n7,,B,1,2011-12-05T08:00\n7,web,B,5,2011-12-05T08:00\n",
        false,
    );
    let world = World::new(&scenario("[replay]"), Seed(1), Some(&file.path().into())).unwrap();
    let mut orders: Vec<(u16, Vec<u32>)> = external_events(world)
        .into_iter()
        .map(|event| match event.kind {
            ExternalEventKind::Checkout { channel, basket } => {
                let units = basket.lines.iter().map(|line| line.units);
                (channel.0, units.collect())
            }
            other => panic!("only sales: {other:?}"),
        })
        .collect();
    orders.sort_unstable();
    assert_eq!(orders, [(0, vec![2, 5]), (1, vec![3, 1])]);
}

#[test]
fn bad_lines_are_named() {
    let good = "2011-12-05T08:38,1,A,2,1.50,United Kingdom,sale\n";
    let after = |line: &str| complaint(&format!("{good}{line}"));
    insta::assert_snapshot!(after("2011-12-05T08:38,1,A,two,1.50,,sale\n"), @"3: column `quantity` is not a whole number: `two`");
    insta::assert_snapshot!(after("5 Dec 2011,1,A,2,1.50,,sale\n"), @"3: column `timestamp` is not an instant like 2011-12-05T08:38 or 2011-12-05T08:38:07Z: `5 Dec 2011`");
    insta::assert_snapshot!(after("2011-12-05T08:37,1,A,2,1.50,,sale\n"), @"3: column `timestamp` is earlier than the line before; a log is sorted by time: `2011-12-05T08:37`");
    insta::assert_snapshot!(after("2011-12-05T08:38,1,A,-2,1.50,,sale\n"), @"3: column `quantity` of a sale must be positive: `-2`");
    insta::assert_snapshot!(after("2011-12-05T08:38,1,A,0,1.50,,sale\n"), @"3: column `quantity` must not be zero: `0`");
    insta::assert_snapshot!(after("2011-12-05T08:38,1,A,2,free,,sale\n"), @"3: column `unit_price` is not a price of zero or more: `free`");
    insta::assert_snapshot!(after("2011-12-05T08:38,1,A,2,1.50,,gift\n"), @"3: column `kind` is not one of sale, cancel, adjust: `gift`");
    insta::assert_snapshot!(after("2011-12-05T08:38,1\n"), @"3: column `sku` is missing from this line: ``");
    assert!(matches!(replay("", ""), Err(WorldError::NothingToSell)));
}

#[test]
fn a_header_without_a_needed_column_and_a_missing_file_are_named() {
    let file = log_file("time,order,sku,quantity\n", false);
    let error = World::new(&scenario("[replay]"), Seed(1), Some(&file.path().into())).unwrap_err();
    assert!(error.to_string().contains("no column `timestamp`"));
    let gone = World::new(&scenario("[replay]"), Seed(1), Some(&"/no/such/log".into()));
    assert!(matches!(gone, Err(WorldError::OrdersUnreadable { .. })));
}

#[test]
fn channels_follow_the_shares_and_keep_to_the_order_id() {
    let lines: String = (0..4_000)
        .map(|n| format!("2011-12-05T08:{:02},{n},A,1,1.00,GB,sale\n", n / 100))
        .collect();
    let found = external_events(replay("", &lines).unwrap());
    assert_eq!(found.len(), 4_000);
    let web = found
        .iter()
        .filter(|h| matches!(h.kind, ExternalEventKind::Checkout { channel, .. } if channel.0 == 0))
        .count();
    let error = (0.7 * 0.3 / 4_000.0f64).sqrt();
    assert!((web as f64 / 4_000.0 - 0.7).abs() < 4.0 * error);
    // Orders within a minute are spread over it, not bunched at its start.
    let late = found
        .iter()
        .filter(|h| h.at.whole_secs() % 60 >= 30)
        .count();
    assert!((late as f64 / 4_000.0 - 0.5).abs() < 4.0 * (0.25 / 4_000.0f64).sqrt());
}

/// Neither an endless line nor an archive that unpacks to one gets into memory, nor does an open quote, nor an order
/// without an end.
#[test]
fn what_is_too_large_for_a_log_is_refused_with_its_line() {
    let refused = |text: &str, zipped: bool| {
        let file = log_file(text, zipped);
        let scenario = scenario("[replay]\n");
        let error = World::new(&scenario, Seed(1), Some(&file.path().into())).unwrap_err();
        error
            .to_string()
            .rsplit_once(".tmp")
            .map_or(error.to_string(), |(_, said)| said.to_string())
    };
    let good = "2011-12-05T08:38,1,A,2,1.50,United Kingdom,sale\n";
    let endless = "a".repeat(40 << 20);
    for zipped in [false, true] {
        let said = refused(&endless, zipped);
        assert!(
            said.ends_with(":1: this line is longer than 65536 bytes"),
            "{said}"
        );
        let said = refused(&format!("{HEADER}{good}{endless}\n"), zipped);
        assert!(
            said.ends_with(":3: this line is longer than 65536 bytes"),
            "{said}"
        );
    }
    let open_quote = format!(
        "{HEADER}{good}2011-12-05T08:39,\"1,A\n{}",
        good.repeat(4_000)
    );
    let said = refused(&open_quote, false);
    assert!(
        said.ends_with(":3: this line is longer than 65536 bytes"),
        "{said}"
    );
    let named = format!(
        "{HEADER}2011-12-05T08:38,{},A,2,1.50,,sale\n",
        "9".repeat(256)
    );
    let said = refused(&named, false);
    assert!(
        said.contains("column `order_id` is longer than 255 bytes"),
        "{said}"
    );
    let lines = format!("{HEADER}{}", good.repeat(100_001));
    let said = refused(&lines, true);
    assert!(
        said.ends_with(":100002: this order has more than 100000 lines"),
        "{said}"
    );
}

/// Orders of a SKU are near each other within this.
const GAP: Micros = Micros::from_secs(600);

/// Of a log of forty days the last 28 count, sales of the catalogue's SKUs alone; a log of another shop is refused.
#[test]
fn units_of_a_line_and_of_an_order_have_a_bound() {
    let line = "2011-12-05T08:38,1,A,1000000001,1,US,sale\n";
    assert!(complaint(line).starts_with("2: column `quantity` is more than 1000000000 units"));
    let least = format!("2011-12-05T08:38,1,A,{},1,US,cancel\n", i64::MIN);
    assert!(complaint(&least).contains("is more than 1000000000 units"));
    let order = "2011-12-05T08:38,1,A,1000000000,1,US,sale\n2011-12-05T08:38,1,B,1,1,US,sale\n";
    let told = complaint(order);
    assert_eq!(told, "3: this order has more than 1000000000 units");
}

#[test]
fn a_history_tells_what_was_sold_in_four_weeks() {
    let world = World::new(&scenario(""), Seed(1), None).unwrap();
    let own = |sku: usize| world.catalogue.skus[sku].code.clone();
    let (first, second) = (own(0), own(1));
    let text = format!(
        "timestamp,order_id,sku,quantity\n2026-10-01T00:00,1,{first},50\n2026-10-20T00:00,2,{first},3\n\
         2026-10-21T00:00,3,{second},-1\n2026-10-21T00:00,4,ELSE,9\n2026-11-10T00:00,5,{second},2\n"
    );
    let sold = sold_before(log_file(&text, true).path(), &world.catalogue, GAP).unwrap();
    assert_eq!((sold.units[0], sold.units[1]), (3, 2));
    assert_eq!(sold.span, Micros::from_secs(28 * 86_400));
    assert_eq!(sold.units.len(), world.catalogue.skus.len());

    let others = "timestamp,order_id,sku,quantity\n2026-10-01T00:00,1,ELSE,5\n";
    let error = sold_before(log_file(others, false).path(), &world.catalogue, GAP).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("`ELSE`") && said.contains(&first), "{said}");
}

/// Pairs of orders of the same SKU count if they lie near each other; lines of one order are no pair, and a log that knows the minute
/// alone tells of none.
#[test]
fn a_history_tells_how_near_orders_lie() {
    let world = World::new(&scenario(""), Seed(1), None).unwrap();
    let own = |sku: usize| world.catalogue.skus[sku].code.clone();
    let (first, second) = (own(0), own(1));
    let text = format!(
        "timestamp,order_id,sku,quantity\n2026-11-01T00:00:05,1,{first},1\n2026-11-01T00:00:05,1,{first},2\n\
         2026-11-01T00:01:00,2,{second},1\n2026-11-01T00:01:07,3,{first},1\n2026-11-01T00:10:04,4,{first},1\n\
         2026-11-03T00:00:00,5,{second},1\n"
    );
    let sold = sold_before(log_file(&text, true).path(), &world.catalogue, GAP).unwrap();
    let seconds: Vec<u64> = sold.gaps.iter().map(|gap| gap.whole_secs()).collect();
    assert_eq!(seconds, [62, 537, 599]);
    // Three orders of the first, two of the second.
    assert_eq!(sold.pairs, 4);

    let by_the_minute = text
        .replace(":05,", ",")
        .replace(":07,", ",")
        .replace(":04,", ",");
    let by_the_minute = by_the_minute
        .replace(":00:00,", ":00,")
        .replace(":01:00,", ":01,");
    let sold = sold_before(log_file(&by_the_minute, true).path(), &world.catalogue, GAP).unwrap();
    assert_eq!((sold.gaps.len(), sold.units[0]), (0, 5));
}
