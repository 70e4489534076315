//! Whose database it is, what is wrong with a configuration, and who is waited for.

use std::io::{BufRead, BufReader};

use rusqlite::Connection;

use super::place::{Place, said, simulate};

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
    own.pragma_update(None, "user_version", 5).unwrap();

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

    // A journal from which this build concludes something else.
    let trace = "UPDATE meta SET value = 'f00d' WHERE key = 'trace'";
    assert_eq!(own.execute(trace, []), Ok(1));
    drop(own);
    let text = place.refused("engine.toml");
    assert!(text.contains("another build of the engine"), "{text}");
}

#[test]
fn a_journal_that_lost_entries_is_corrupted() {
    let place = Place::serve(&["--orders", "3"]);
    let config = std::fs::read_to_string(place.path("engine.toml")).unwrap();
    let mut first = place.engine();
    first.first_line().unwrap();
    // Only an engine that hangs gets to the end of this.
    for _ in 0..600 {
        let entries = "SELECT count(*) FROM journal";
        let count: rusqlite::Result<i64> =
            place.database().query_row(entries, [], |row| row.get(0));
        if count.is_ok_and(|it| it > 4) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(first.interrupted(), Some(0));
    let own = Connection::open(place.path("engine.db")).unwrap();
    own.pragma_update(None, "wal_checkpoint", "TRUNCATE")
        .unwrap();
    let last: i64 = own
        .query_row("SELECT max(seq) FROM journal", [], |row| row.get(0))
        .unwrap();
    assert!(last > 4, "{last} entries");
    drop(own);
    for (name, lost, wanted) in [
        (
            "beginning",
            "seq = 1".to_string(),
            "goes on with entry 2 where entry 1 belongs".to_string(),
        ),
        (
            "middle",
            "seq IN (3, 4)".to_string(),
            "goes on with entry 5 where entry 3 belongs".to_string(),
        ),
        (
            "end",
            format!("seq > {}", last - 2),
            format!("ends with entry {}, and {last} were written", last - 2),
        ),
    ] {
        let database = format!("{name}.db");
        std::fs::copy(place.path("engine.db"), place.path(&database)).unwrap();
        let copy = Connection::open(place.path(&database)).unwrap();
        copy.execute(&format!("DELETE FROM journal WHERE {lost}"), [])
            .unwrap();
        drop(copy);
        let file = format!("{name}.toml");
        std::fs::write(place.path(&file), config.replace("engine.db", &database)).unwrap();
        let text = place.refused(&file);
        let corrupted = format!("{database} is corrupted");
        for part in [corrupted.as_str(), &wanted, "restore a copy"] {
            assert!(text.contains(part), "{name}: {part}: {text}");
        }
    }
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
    refused(
        "\"escrow\"",
        "\"informed-escrow\"",
        &["informed-escrow", "escrow"],
    );
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
