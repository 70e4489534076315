//! What a person reads in the tables.

use std::time::Duration;

use super::place::{Place, rows};

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
