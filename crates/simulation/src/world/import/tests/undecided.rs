//! What nothing in a file decides: zones of times, names that are there twice, thousands or fractions; and what files hold.

use super::*;

#[test]
fn times_without_an_offset_are_those_of_the_zone() {
    let text = "order,at,sku,qty\n1,2026-07-01 12:00:00,A,1\n2,2026-12-01 12:00:00,A,1\n\
                3,2026-12-01 12:00:00 +0100,A,1\n4,12/24/2026 1:00 AM,A,1\n";
    let read = |zone: Option<&str>| {
        let options = ImportOptions {
            map: Some(ColumnMap::parse("order=order, time=at, sku=sku, quantity=qty").unwrap()),
            zone: zone.map(|name| Zone::named(name).unwrap()),
            ..ImportOptions::default()
        };
        let imported = read_with(text.as_bytes(), &options).unwrap();
        let stamps: Vec<String> = rows(&imported)[1..]
            .iter()
            .map(|row| format!("{} {}", row[1], row[0]))
            .collect();
        (imported.summary().files[0].zone.clone(), stamps)
    };
    let (zone, stamps) = read(None);
    assert_eq!(zone.as_deref(), Some("UTC"));
    let utc = [
        "1 2026-07-01T12:00:00Z",
        "3 2026-12-01T11:00:00Z",
        "2 2026-12-01T12:00:00Z",
        "4 2026-12-24T01:00Z",
    ];
    assert_eq!(stamps, utc);
    let (zone, stamps) = read(Some("America/New_York"));
    assert_eq!(zone.as_deref(), Some("America/New_York"));
    let new_york = [
        "1 2026-07-01T16:00:00Z",
        "3 2026-12-01T11:00:00Z",
        "2 2026-12-01T17:00:00Z",
        "4 2026-12-24T06:00Z",
    ];
    assert_eq!(stamps, new_york);
}

/// A log of our own goes by the zone as well.
#[test]
fn a_log_of_our_own_is_read_in_the_zone() {
    let log =
        file(b"timestamp,order_id,sku,quantity\n2026-07-01T12:00,1,A,1\n2026-07-01T12:00Z,2,A,1\n");
    let read = |zone: Option<&str>| {
        let given = OrderFile {
            channel: None,
            path: log.path().to_path_buf(),
        };
        let options = ImportOptions {
            zone: zone.map(|name| Zone::named(name).unwrap()),
            ..ImportOptions::default()
        };
        prepare(&[given], &options, None).unwrap()
    };
    assert_eq!(read(None).span_s, 0);
    let new_york = read(Some("America/New_York"));
    assert_eq!(new_york.span_s, 4 * 3_600);
    let summary = new_york.imported.unwrap().summary();
    assert_eq!(summary.last.as_deref(), Some("2026-07-01T16:00:00Z"));
}

#[test]
fn what_nothing_in_a_file_decides_is_asked_for() {
    let map = ColumnMap::parse("order=order, time=at, sku=sku, quantity=qty").unwrap();
    let options = ImportOptions {
        map: Some(map),
        ..ImportOptions::default()
    };
    let twice = "order,at,sku,qty,SKU\n1,2026-11-20 13:00,A,1,B\n";
    let told = complaint(twice, &options);
    assert!(
        told.starts_with("orders.csv: the header has `sku` twice, as columns 3 and 5"),
        "{told}"
    );
    // A column that is not used may stand there as often as it likes.
    let unused = "order,at,sku,qty,note,note\n1,2026-11-20 13:00,A,1,x,y\n";
    assert_eq!(
        read_with(unused.as_bytes(), &options).unwrap().lines.len(),
        1
    );
    let thousands = complaint("order,at,sku,qty\n1,2026-11-20 13:00,A,1.000\n", &options);
    assert!(thousands.contains("may be thousands"), "{thousands}");

    let mut long = "order,at,sku,qty\n".to_string();
    long.push_str(&"1,2026-11-20 13:00,A,1\n".repeat(100_000));
    assert!(read_with(long.as_bytes(), &options).is_ok());
    long.push_str("1,2026-11-20 13:00,A,1\n");
    let told = complaint(&long, &options);
    assert!(
        told.starts_with("orders.csv:100002: order `1` has more than 100000 lines"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn what_can_be_read_once_is_no_file() {
    let error = import(
        &[OrderFile {
            channel: None,
            path: "/dev/null".into(),
        }],
        &ImportOptions::default(),
    );
    let error = error.unwrap_err();
    assert!(error.message.starts_with("/dev/null is a pipe or a device"));
    assert!(error.help.contains("into a file"));
}

/// The rows' order in a stock file says nothing, what is in them does.
#[test]
fn what_files_hold_has_a_hash() {
    let hashes = |orders: &str, stock: &str| {
        let (orders, stock) = (file(orders.as_bytes()), file(stock.as_bytes()));
        let given = OrderFile {
            channel: None,
            path: orders.path().to_path_buf(),
        };
        let stock = Some((stock.path(), None));
        let source = prepare(&[given], &ImportOptions::default(), stock)
            .unwrap()
            .source;
        let of_stock = source.stock().unwrap().content_hash();
        (source.content_hash().unwrap(), of_stock)
    };
    let orders = "timestamp,order_id,sku,quantity\n2026-11-20T13:00,1,A,1\n";
    let one = hashes(orders, "sku,quantity\nA,3\nB,4\n");
    assert_eq!(one, hashes(orders, "sku,quantity\nB,4\nA,3\n"));
    let other = hashes(&orders.replace(",A,1", ",A,2"), "sku,quantity\nA,3\nB,5\n");
    assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
    assert_eq!((one.0.len(), one.1.len()), (16, 16));
}

/// What the mark in `2.495` is, the other prices of the column tell.
#[test]
fn a_price_is_what_its_column_makes_of_it() {
    let map = "order=order, time=at, sku=sku, quantity=qty, price=price";
    let options = ImportOptions {
        map: Some(ColumnMap::parse(map).unwrap()),
        ..ImportOptions::default()
    };
    let file = |prices: &[&str]| {
        let rows = prices
            .iter()
            .enumerate()
            .map(|(place, price)| format!("{place};2026-11-20 13:00;A;1;{price}\n"));
        format!("order;at;sku;qty;price\n{}", rows.collect::<String>())
    };
    let cents = |prices: &[&str]| -> Vec<u64> {
        let imported = read_with(file(prices).as_bytes(), &options).unwrap();
        let lines = imported.lines.iter();
        lines.map(|line| line.price_cents.unwrap()).collect()
    };
    assert_eq!(cents(&["2.495", "7,10"]), [249_500, 710]);
    assert_eq!(cents(&["2.495", "7.10"]), [250, 710]);
    assert_eq!(cents(&["2,495", "0.5", "12"]), [249_500, 50, 1_200]);
    assert_eq!(cents(&["1.000.000", "2,495"]), [100_000_000, 250]);
    for (undecided, why) in [
        (&["2.495", "12"][..], "no other price of the file tells"),
        (
            &["7,10", "7.10", "2,495"],
            "other prices of the file tell different things",
        ),
    ] {
        let told = complaint(&file(undecided), &options);
        let says = format!("column `price` may be thousands or a fraction, and {why}");
        assert!(told.contains(&says), "{told}");
    }
    // In our own log a dot is the decimal mark, in whatever order its lines stand.
    let own = "timestamp,order_id,sku,quantity,unit_price\n2026-11-20T13:00,2,A,1,2.495\n2026-11-20T12:00,1,A,1,7\n";
    let lines = read(own.as_bytes()).unwrap().lines;
    assert_eq!(lines.iter().map(|it| it.price_cents).max(), Some(Some(700)));
    assert_eq!(lines.iter().map(|it| it.price_cents).min(), Some(Some(250)));
}

/// A thousand million units are a mistake in the file, of a line as of an order, whoever reads it.
#[test]
fn too_many_units_are_refused_wherever_they_are_read() {
    let header = "timestamp,order_id,sku,quantity\n";
    let one = format!("{header}2026-11-20T13:00,1,A,1000000001\n");
    let several = format!(
        "{header}2026-11-20T13:00,1,A,600000000\n2026-11-20T13:00,1,B,400000001\n2026-11-20T13:00,2,A,1\n"
    );
    for (text, line, says) in [
        (&one, 2, "is more than 1000000000 units"),
        (&several, 3, "beyond 1000000000 units"),
    ] {
        let told = complaint(text, &ImportOptions::default());
        assert!(
            told.contains(&format!("\norders.csv:{line}: column `quantity` "))
                && told.contains(says),
            "{told}"
        );
    }
    let file = file(one.as_bytes());
    let given = OrderFile {
        channel: None,
        path: file.path().to_path_buf(),
    };
    let told = prepare(&[given], &ImportOptions::default(), None).unwrap_err();
    assert!(
        told.to_string().contains("is more than 1000000000 units"),
        "{told}"
    );
}
