//! An engine that dies again and again, and what the ledger and the tables say afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use channel_mocks::core::Seed;
use serde_json::Value;

use super::place::{Place, rows};

/// Ends without warning in a run: kills from outside, and deaths between a commit and the sending of what it allows.
const KILLS: usize = 20;
/// Of them, how many kills from outside come before each death of the other kind.
const KILLS_BEFORE_A_DEATH: usize = 3;
/// Platform seconds until the last buyer has come, opening included.
const SALE_S: u64 = 13 * 60;

/// Sums a number over the ledger's lines of a kind, by SKU.
fn units_by_sku(ledger: &[Value], kind: &str, key: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"] == kind) {
        let sku = line["sku"].as_str().unwrap().to_string();
        *sums.entry(sku).or_default() += line[key].as_i64().unwrap();
    }
    sums
}

/// Everything that an engine had been told when it started.
fn inputs_of(told: &Value) -> u64 {
    told["replayed_inputs"].as_u64().unwrap() + told["compacted_inputs"].as_u64().unwrap()
}

/// Lets the engine die again and again during the sale: most often by a kill at a drawn moment of platform time, and every
/// fourth time by itself, when it has committed something and sent nothing of it.
fn die_during_the_sale(place: &Place) {
    let mut stream = Seed(20).stream("process", "kills", 0);
    let mut moments: Vec<u64> = (0..KILLS).map(|_| stream.below(SALE_S)).collect();
    moments.sort_unstable();
    let mut replayed_before = 0;
    let mut died_unsent = false;
    let mut mid_work = 0;
    for (kill, moment) in moments.into_iter().enumerate() {
        let by_itself = kill % (KILLS_BEFORE_A_DEATH + 1) == KILLS_BEFORE_A_DEATH;
        let commits = (1 + stream.below(150)).to_string();
        let mut engine = match by_itself {
            true => place.engine_with(&["--die-before-sending", &commits]),
            false => place.engine(),
        };
        let told = engine
            .first_line()
            .unwrap_or_else(|said| panic!("start {kill}: {said}"));
        // What was on the disk stays there, and what had been let go is known to be unknown.
        let replayed = inputs_of(&told);
        let unknown = told["unknown_calls"].as_u64().unwrap();
        assert!(replayed >= replayed_before, "start {kill}");
        assert!(unknown > 0 || !died_unsent, "start {kill}");
        replayed_before = replayed;
        mid_work += usize::from(unknown > 0);
        if !by_itself {
            place.wait_for(moment as f64);
            engine.signal("-KILL");
        }
        let status = engine.0.wait().unwrap();
        assert_eq!(status.code(), None, "start {kill}: {status}");
        died_unsent = by_itself;
    }
    assert!(replayed_before > 0);
    // All but the first start, and those that followed a death within moments of another.
    assert!(mid_work >= KILLS / 2, "{mid_work}");
}

#[test]
fn an_engine_that_is_killed_twenty_times_oversells_nothing_and_loses_no_order() {
    let mut place = Place::serve(&["--scenario", "sale.toml", "--speed", "30"]);
    // The journal is compacted many times meanwhile.
    let config = std::fs::read_to_string(place.path("engine.toml")).unwrap();
    assert!(config.contains("compact_after = 20000"), "{config}");
    let often = config.replace("compact_after = 20000", "compact_after = 200");
    std::fs::write(place.path("engine.toml"), often).unwrap();
    die_during_the_sale(&place);
    let mut engine = place.engine();
    let told = engine
        .first_line()
        .unwrap_or_else(|said| panic!("last start: {said}"));
    assert!(inputs_of(&told) > 500, "{told}");
    // Until everybody has bought or changed his mind, and nothing is open. Only an engine that loses something, or hangs,
    // gets to the end of this.
    let settled = SALE_S as f64;
    let mut rests = 0;
    let mut snapshot = Value::Null;
    for _ in 0..1_200 {
        std::thread::sleep(Duration::from_millis(100));
        snapshot = place.snapshot();
        let open = snapshot["open"].as_object().unwrap();
        let rests_now =
            snapshot["at_s"].as_f64().unwrap() > settled && open.values().all(|it| it == 0);
        rests = if rests_now { rests + 1 } else { 0 };
        if rests == 2 {
            break;
        }
    }
    assert_eq!(rests, 2, "still open: {}", snapshot["open"]);
    assert_eq!(engine.interrupted(), Some(0));
    let ledger = place.ledger();

    // The ledger judges.
    let accepted = units_by_sku(&ledger, "accepted", "units");
    assert!(accepted.values().sum::<i64>() > 500, "{accepted:?}");
    let oversold = units_by_sku(&ledger, "accepted", "oversold_units");
    assert_eq!(oversold.values().sum::<i64>(), 0);
    let figures = std::fs::read_to_string(place.path("run/figures.json")).unwrap();
    let figures: Value = serde_json::from_str(&figures).unwrap();
    let judged = &figures["strategies"][0];
    assert_eq!(judged["figures"]["oversold_units"], 0);
    let verdicts: BTreeMap<&str, &str> = judged["guarantees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["name"].as_str().unwrap(),
                it["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    // Whatever escrow promises, and what nobody may break. Limits refuse a call now and then in any run: it promises nothing
    // of them.
    for name in ["no_oversell", "every_order_ingested", "converged"] {
        assert_eq!(verdicts[name], "holds", "{judged}");
    }
    for nothing in [
        "lost_orders",
        "unshipped_orders",
        "unconfirmed_fulfillments",
        "late_fulfillments",
        "shipped_beyond_order_units",
    ] {
        assert_eq!(judged["figures"][nothing], 0, "{nothing}");
    }

    // Every order is in the tables, once, with all its units.
    let database = place.database();
    let mut ingested = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"] == "accepted") {
        let channel = line["channel"].as_str().unwrap().to_string();
        let orders: &mut std::collections::BTreeSet<u64> = ingested.entry(channel).or_default();
        orders.insert(line["order"].as_u64().unwrap());
    }
    let counted: Vec<(String, i64)> = rows(
        &database,
        "SELECT channel, count(*) FROM orders GROUP BY channel ORDER BY channel",
    );
    let expected: Vec<(String, i64)> = ingested
        .iter()
        .map(|(channel, orders)| (channel.clone(), orders.len() as i64))
        .collect();
    assert_eq!(counted, expected);
    let counted: BTreeMap<String, i64> = rows(
        &database,
        "SELECT sku, sum(units) FROM order_lines GROUP BY sku ORDER BY sku",
    )
    .into_iter()
    .collect();
    assert_eq!(counted, accepted);

    // No more was ever granted than there was: the shared stock, and what cancelled orders brought back.
    let cancelled = {
        let of_order = ledger
            .iter()
            .filter(|line| line["kind"] == "cancelled")
            .map(|line| (line["channel"].clone(), line["order"].clone()))
            .collect::<Vec<_>>();
        let mut units = BTreeMap::<String, i64>::new();
        for line in ledger.iter().filter(|line| line["kind"] == "accepted") {
            if of_order.contains(&(line["channel"].clone(), line["order"].clone())) {
                *units
                    .entry(line["sku"].as_str().unwrap().to_string())
                    .or_default() += line["units"].as_i64().unwrap();
            }
        }
        units
    };
    let stock: BTreeMap<String, i64> = {
        let mut first = BTreeMap::new();
        for line in ledger.iter().filter(|line| line["kind"] == "displayed") {
            let sku = line["sku"].as_str().unwrap().to_string();
            first
                .entry(sku)
                .or_insert_with(|| line["sellable"].as_i64().unwrap());
        }
        first
    };
    let granted = rows::<i64>(
        &database,
        "SELECT sku, sum(CASE kind WHEN 'returned' THEN -units ELSE units END) FROM grants GROUP BY sku",
    );
    assert!(!granted.is_empty());
    for (sku, units) in granted {
        let most = stock.get(&sku).unwrap_or(&0) + cancelled.get(&sku).unwrap_or(&0);
        assert!(units <= most, "{sku}: {units} granted of {most}");
    }
    let number = |query: &str| -> i64 { database.query_row(query, [], |row| row.get(0)).unwrap() };
    let (left, all) = (
        number("SELECT count(*) FROM journal"),
        number("SELECT max(seq) FROM (SELECT seq FROM journal UNION SELECT seq FROM snapshot)"),
    );
    assert!(all > 1_000, "{all}");
    assert!(left < all / 2, "{left} of {all} are left");
}
