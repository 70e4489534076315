//! `simulate engine` as its users meet it: a process beside `simulate serve`, killed without warning, with tables that a
//! person can query.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use channel_mocks::core::Seed;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// Ends without warning in a run: kills from outside, and deaths between a commit and the sending of what it allows.
const KILLS: usize = 20;
/// Of them, how many kills from outside come before each death of the other kind.
const KILLS_BEFORE_A_DEATH: usize = 3;
/// Platform seconds until the last buyer has come, opening included.
const SALE_S: u64 = 13 * 60;

/// A sale of ten minutes after three minutes of opening, at half a minute a second, with platforms that let orders go within
/// minutes and a warehouse that picks soon, so that every order can be seen to its end. Buyers change their mind before
/// anything is picked: a platform sells units of a cancelled order again at once, before any engine can know that they had
/// left (H8 of docs/theory.md A5).
const SALE: &str = r#"
extends = "flash-sale-10min"
name = "kill-sale"
title = "The small flash sale, quickly opened"
description = "For an engine that is killed again and again."
opening = "3min"

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-plus"
share = 0.5

[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-default"
share = 0.3
[channel.override.orders]
pending = [{ share = 1.0, hold = { uniform = ["1min", "3min"] } }]

[[channel]]
name = "tiktok"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.2
[channel.override.orders]
hold = "2min"
unpaid_share = 0.0

[stock]
fba_units = 0

[warehouse.override.fulfillment]
pick_and_ship = { p50 = "8min", p99 = "12min", max = "15min" }

[cancellations]
share = 0.02
delay = { p50 = "1min", p99 = "2min", max = "3min" }
"#;

/// Open shops from whose orders Amazon ships none itself: what it ships is none of the merchant's.
const SHOPS: &str = r#"
extends = "storefronts"
name = "shops"
title = "Three open shops without buyers and without units at Amazon's"
description = "For whoever looks into the engine's tables."

[stock]
units = 1000
fba_units = 0
"#;

/// A process that is ended with its test.
struct Process(Child);

impl Process {
    fn start(arguments: &[&str], place: &Path) -> Process {
        Process(
            Command::new(env!("CARGO_BIN_EXE_simulate"))
                .args(arguments)
                .current_dir(place)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    /// Waits for the first line on standard output; with everything on standard error when there is none.
    fn first_line(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        let out = self.0.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        serde_json::from_str(&line).map_err(|_| {
            let mut said = String::new();
            self.0
                .stderr
                .as_mut()
                .unwrap()
                .read_to_string(&mut said)
                .unwrap();
            said
        })
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    fn interrupted(mut self) -> Option<i32> {
        self.signal("-INT");
        self.0.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A served scenario in a folder of its own, with a configuration for an engine.
struct Place {
    folder: tempfile::TempDir,
    served: Option<Process>,
    control: String,
}

impl Place {
    fn serve(arguments: &[&str]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sale.toml"), SALE).unwrap();
        std::fs::write(folder.path().join("shops.toml"), SHOPS).unwrap();
        let own = [
            "serve",
            "--engine-config",
            "engine.toml",
            "--out",
            "run",
            "--format",
            "json",
        ];
        let mut served = Process::start(&[&own, arguments].concat(), folder.path());
        let urls = served.first_line().unwrap();
        let control = urls["control"]["url"].as_str().unwrap();
        Place {
            control: control.strip_prefix("http://").unwrap().to_string(),
            served: Some(served),
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn engine(&self) -> Process {
        self.engine_with(&[])
    }

    fn engine_with(&self, arguments: &[&str]) -> Process {
        let own = ["engine", "--config", "engine.toml", "--format", "json"];
        Process::start(&[&own, arguments].concat(), self.folder.path())
    }

    /// Platform time.
    fn at_s(&self) -> f64 {
        self.asked("time")["at_s"].as_f64().unwrap()
    }

    /// Waits until platform time is `at_s`.
    fn wait_for(&self, at_s: f64) {
        while self.at_s() < at_s {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// An engine that is expected to end by itself.
    fn refused(&self, config: &str) -> String {
        let output = simulate(&["engine", "--config", config], self.folder.path());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        said(&output)
    }

    fn snapshot(&self) -> Value {
        self.asked("snapshot")
    }

    /// What the control API answers.
    fn asked(&self, what: &str) -> Value {
        let mut stream = TcpStream::connect(&self.control).unwrap();
        let request = format!(
            "GET /_oversell/{what} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.control
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    fn database(&self) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(self.path("engine.db"), flags).unwrap()
    }

    /// Ends the service and gives its ledger's lines.
    fn ledger(&mut self) -> Vec<Value> {
        let served = self.served.take().unwrap();
        assert_eq!(served.interrupted(), Some(0));
        let ledger = std::fs::read_to_string(self.path("run/ledger.jsonl")).unwrap();
        ledger
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A command that is expected to end by itself, and within minutes on any machine.
fn simulate(arguments: &[&str], place: &Path) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(arguments)
        .current_dir(place)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..1_200 {
        if process.try_wait().unwrap().is_some() {
            return process.wait_with_output().unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    process.kill().unwrap();
    let output = process.wait_with_output().unwrap();
    panic!("{arguments:?} did not end: {}", said(&output));
}

/// What stands on standard error, as one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).replace('│', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Sums a number over the ledger's lines of a kind, by SKU.
fn units_by_sku(ledger: &[Value], kind: &str, key: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"] == kind) {
        let sku = line["sku"].as_str().unwrap().to_string();
        *sums.entry(sku).or_default() += line[key].as_i64().unwrap();
    }
    sums
}

fn rows<T: rusqlite::types::FromSql>(database: &Connection, query: &str) -> Vec<(String, T)> {
    let mut statement = database.prepare(query).unwrap();
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
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
        let replayed = told["replayed_inputs"].as_u64().unwrap();
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
    die_during_the_sale(&place);
    let mut engine = place.engine();
    let told = engine
        .first_line()
        .unwrap_or_else(|said| panic!("last start: {said}"));
    assert!(told["replayed_inputs"].as_u64().unwrap() > 500, "{told}");
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
    for name in [
        "no_oversell",
        "every_order_ingested",
        "converged",
        "units_conserved",
    ] {
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
    let entries: i64 = database
        .query_row("SELECT count(*) FROM journal", [], |row| row.get(0))
        .unwrap();
    assert!(entries > 1_000, "{entries}");
}

/// What a person in support asks, over orders that were there before the engine.
#[test]
fn the_tables_tell_where_orders_are_what_ships_from_where_and_what_is_listed() {
    let place = Place::serve(&["--orders", "6", "--scenario", "shops.toml"]);
    let mut engine = place.engine();
    engine.first_line().unwrap();
    let count = |query: &str| -> i64 {
        place
            .database()
            .query_row(query, [], |row| row.get(0))
            .unwrap()
    };
    // The oldest third was shipped before, the rest is to be reserved. Only an engine that hangs gets to the end of this.
    let reserved = "SELECT count(*) FROM order_status WHERE status = 'reserved'";
    let known = "SELECT count(*) FROM listings WHERE displayed IS NOT NULL";
    for _ in 0..600 {
        if (count(reserved), count(known)) == (12, 150) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!((count(reserved), count(known)), (12, 150));
    assert_eq!(engine.interrupted(), Some(0));

    let database = place.database();
    let by_status = rows::<i64>(
        &database,
        "SELECT channel || ' ' || status, count(*) FROM order_status GROUP BY 1 ORDER BY 1",
    );
    let expected = ["amazon", "shopify", "tiktok_shop"].map(|channel| {
        [
            (format!("{channel} reserved"), 4),
            (format!("{channel} shipped by others"), 2),
        ]
    });
    assert_eq!(by_status, expected.concat());
    // Nothing that is reserved is without a place, and no id is without its platform's form.
    assert_eq!(
        count("SELECT count(*) FROM line_status WHERE status = 'reserved' AND location IS NULL"),
        0
    );
    assert_eq!(
        count(
            "SELECT count(*) FROM orders WHERE (platform = 'amazon') <> (native_order_id GLOB '???-???????-???????')"
        ),
        0
    );
    assert_eq!(
        count("SELECT count(*) FROM listings WHERE native_listing_id = ''"),
        0
    );
    // The journal reads like one.
    let (at, sender): (String, String) = database
        .query_row(
            "SELECT at, sender FROM journal_entries WHERE message LIKE 'HTTP/1.1 200%' LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
    assert!(
        ["amazon", "shopify", "tiktok_shop", "warehouse"].contains(&sender.as_str()),
        "{sender}"
    );
}

#[test]
fn a_database_is_only_used_by_the_engine_it_belongs_to() {
    let place = Place::serve(&["--orders", "3"]);
    let config = std::fs::read_to_string(place.path("engine.toml")).unwrap();
    let with = |name: &str, from: &str, to: &str| {
        assert!(config.contains(from), "{config}");
        std::fs::write(place.path(name), config.replace(from, to)).unwrap();
    };

    let mut first = place.engine();
    first.first_line().unwrap();
    // Credentials stand in the one, and tokens in the other.
    for secret in ["engine.toml", "engine.db", "engine.db-wal"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.path(secret))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let text = place.refused("engine.toml");
    assert!(
        text.contains("belongs to an engine that is running"),
        "{text}"
    );
    assert_eq!(first.interrupted(), Some(0));

    with("other.toml", "\"escrow\"", "\"mirror\"");
    let text = place.refused("other.toml");
    assert!(
        text.contains("`strategy` was \"escrow\" and is \"mirror\""),
        "{text}"
    );
    assert!(text.contains("set it back"), "{text}");

    std::fs::write(
        place.path("notes.db"),
        "not a database, but long enough to be one",
    )
    .unwrap();
    with("foreign.toml", "engine.db", "notes.db");
    let text = place.refused("foreign.toml");
    assert!(text.contains("not an engine's database"), "{text}");
    let kept = std::fs::read_to_string(place.path("notes.db")).unwrap();
    assert!(kept.starts_with("not a database"), "{kept}");

    let other = Connection::open(place.path("theirs.db")).unwrap();
    other.execute_batch("CREATE TABLE t (a)").unwrap();
    with("theirs.toml", "engine.db", "theirs.db");
    let text = place.refused("theirs.toml");
    assert!(text.contains("not an engine's database"), "{text}");

    let own = Connection::open(place.path("engine.db")).unwrap();
    own.pragma_update(None, "user_version", 99).unwrap();
    let text = place.refused("engine.toml");
    assert!(text.contains("version 99"), "{text}");
    own.pragma_update(None, "user_version", 1).unwrap();

    // A database is called corrupted when it is: cut off, or overwritten behind its first page.
    own.pragma_update(None, "wal_checkpoint", "TRUNCATE")
        .unwrap();
    let whole = std::fs::read(place.path("engine.db")).unwrap();
    let mut overwritten = whole.clone();
    overwritten[4_096..].fill(0xA5);
    for (name, bytes) in [
        ("cut", &whole[..whole.len() / 2]),
        ("over", &overwritten[..]),
    ] {
        std::fs::write(place.path(&format!("{name}.db")), bytes).unwrap();
        with(&format!("{name}.toml"), "engine.db", &format!("{name}.db"));
        let text = place.refused(&format!("{name}.toml"));
        assert!(text.contains(&format!("{name}.db is corrupted")), "{text}");
        assert!(text.contains("restore a copy of the file"), "{text}");
    }

    // A journal that says something else than this build concludes from it.
    let forgotten = own.execute("DELETE FROM journal WHERE kind = 'start'", []);
    assert_eq!(forgotten, Ok(1));
    drop(own);
    let text = place.refused("engine.toml");
    assert!(text.contains("another build of the engine"), "{text}");
}

#[test]
fn what_is_wrong_with_a_configuration_is_said_with_its_place() {
    let place = Place::serve(&[]);
    let config = std::fs::read_to_string(place.path("engine.toml")).unwrap();
    let refused = |from: &str, to: &str, wanted: &[&str]| {
        assert!(config.contains(from), "{config}");
        std::fs::write(place.path("bad.toml"), config.replacen(from, to, 1)).unwrap();
        let text = place.refused("bad.toml");
        for part in wanted {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!place.path("engine.db").exists());
    };
    refused(
        "strategy =",
        "stratgy =",
        &["bad.toml", "stratgy", "strategy"],
    );
    refused("\"escrow\"", "\"oracle\"", &["oracle", "escrow"]);
    refused("http://", "https://", &["https is not spoken"]);
    refused("api_secret", "app_secret", &["app_secret", "api_secret"]);
    let text = place.refused("missing.toml");
    assert!(text.contains("missing.toml"), "{text}");

    // A file that is there already is never written over.
    let output = simulate(
        &["serve", "--engine-config", "engine.toml", "--out", "run2"],
        place.folder.path(),
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("--engine-config engine.toml"),
        "{}",
        said(&output)
    );
    assert_eq!(
        std::fs::read_to_string(place.path("engine.toml")).unwrap(),
        config
    );
}

#[test]
fn a_warehouse_that_does_not_answer_is_waited_for() {
    let mut place = Place::serve(&[]);
    // Nobody listens any more where the configuration says.
    place.ledger();
    let mut engine = place.engine();
    let mut said = String::new();
    BufReader::new(engine.0.stderr.as_mut().unwrap())
        .read_line(&mut said)
        .unwrap();
    assert!(
        said.starts_with("waiting for the warehouse at http://127.0.0.1:"),
        "{said}"
    );
    assert!(said.trim_end().ends_with("it does not answer"), "{said}");
    assert_eq!(engine.interrupted(), Some(105));
}
