//! Which row is which: lines that messages name, orders whose fields stand on their first row alone, and numbers that are none any more.

use std::path::Path;

use oversell_kernel::Zone;

use super::*;

const MAP: &str = "order=No, time=Placed, sku=Art, quantity=Qty, channel=Shop";

fn mapped() -> ImportOptions {
    ImportOptions {
        map: Some(ColumnMap::parse(MAP).unwrap()),
        ..ImportOptions::default()
    }
}

/// The id, SKU and channel of every row of the log.
fn who(imported: &Imported) -> Vec<[String; 3]> {
    let rows = rows(imported);
    let at = |name: &str| rows[0].iter().position(|it| it == name).unwrap();
    let places = ["order_id", "sku", "channel"].map(at);
    let rows = rows.iter().skip(1);
    rows.map(|row| places.map(|at| row[at].clone())).collect()
}

/// Rows that leave channel or time out are those of the order of their id that was read last, wherever it stands.
#[test]
fn what_stands_on_the_first_row_alone_holds_for_the_others() {
    let wanted = [["8", "C", "amazon"], ["7", "A", "web"], ["7", "B", "web"]];
    let file =
        "No;Placed;Shop;Art;Qty\n7;2026-11-01 10:00;web;A;1\n8;2026-11-01 09:00;amazon;C;1\n";
    for rest in ["7;2026-11-01 10:00;;B;2\n", "7;;;B;2\n", "7;;web;B;2\n"] {
        let imported = read_with(format!("{file}{rest}").as_bytes(), &mapped()).unwrap();
        assert_eq!(who(&imported), wanted, "{rest}");
    }
    let own = "timestamp,order_id,sku,quantity,channel\n2026-11-01T10:00,7,A,1,web\n2026-11-01T09:00,8,C,1,amazon\n";
    for rest in ["2026-11-01T10:00,7,B,2,\n", ",7,B,2,\n"] {
        let imported = read(format!("{own}{rest}").as_bytes()).unwrap();
        assert_eq!(who(&imported), wanted, "{rest}");
    }
    // At another time, or on another channel, it is another order of the same id.
    for rest in ["2026-11-01T11:00,7,B,2,\n", ",7,B,2,amazon\n"] {
        let imported = read(format!("{own}{rest}").as_bytes());
        let apart = match &imported {
            Ok(imported) => imported.summary().orders == 3,
            Err(error) => error.to_string().contains("has no time"),
        };
        assert!(apart, "{rest}");
    }
}

/// Lines are counted whatever ends them, and those without anything as well.
#[test]
fn the_line_that_is_named_is_the_line_that_is_wrong() {
    let texts = [
        ("a,b\n", "plain", 3),
        ("a,b\r\n", "of Windows", 3),
        ("a,b\r", "of old Macs", 3),
        ("a,b\n\n\n", "with lines without anything", 7),
        ("a,b\r\n\r\n", "with lines of Windows without anything", 5),
    ];
    for (end, what, wanted) in texts {
        let end = &end[3..];
        let header = "timestamp,order_id,sku,quantity";
        let good = "2026-11-01T10:00,1,A,1";
        let wrong = "2026-11-01T10:01,2,A,x";
        for last in ["", end] {
            let text = format!("{header}{end}{good}{end}{wrong}{last}");
            let said = complaint(&text, &ImportOptions::default());
            let place = format!("orders.csv:{wanted}: column `quantity`");
            assert!(said.contains(&place), "{what}: {said}");
        }
    }
    // The row after one that goes on over three lines.
    let text = "timestamp,order_id,sku,quantity,note\n2026-11-01T10:00,1,A,1,\"one\r\ntwo\nthree\"\n2026-11-01T10:01,2,A,x,\n";
    let said = complaint(text, &ImportOptions::default());
    assert!(said.contains("orders.csv:5: column `quantity`"), "{said}");
}

/// A column is named as the file names it.
#[test]
fn a_missing_time_is_told_of_the_files_own_column() {
    let said = complaint("No;Placed;Shop;Art;Qty\n7;;web;A;1\n", &mapped());
    assert!(said.contains("column `No` has no time"), "{said}");
}

#[test]
fn codes_that_a_spreadsheet_has_rounded_are_no_skus() {
    let text = "timestamp,order_id,sku,quantity\n2026-11-01T10:01,4,1.23E+11,1\n2026-11-01T10:02,5,12E+3-XL,2\n";
    let said = complaint(text, &ImportOptions::default());
    assert!(
        said.contains("is a rounded number, not a SKU: `1.23E+11`"),
        "{said}"
    );
    assert!(!said.contains("12E+3-XL"), "{said}");
}

#[test]
fn a_price_of_zero_is_zero_with_either_mark() {
    let header =
        "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country\n";
    let row = |price: &str| {
        format!(
            "{header}536366;85123A;free;2;13.12.2010 08:27;{price};;United Kingdom\n536367;85123A;sold;1;13.12.2010 08:28;2,55;;United Kingdom\n"
        )
    };
    for price in ["0", "0.0", "0,00", "0.00", "-11062.06"] {
        let imported = read(row(price).as_bytes()).unwrap();
        assert_eq!(imported.summary().units, 1, "{price}");
    }
}

/// What is written is read the same, in whatever zone it is read.
#[test]
fn our_own_log_is_in_utc() {
    let berlin = ImportOptions {
        zone: Some(Zone::named("Europe/Berlin").unwrap()),
        ..ImportOptions::default()
    };
    let text =
        "timestamp,order_id,sku,quantity\n2026-10-25T02:30,1,A,1\n2026-10-25T02:30:30,2,A,1\n";
    let first = read_with(text.as_bytes(), &berlin).unwrap().to_log();
    let text = String::from_utf8_lossy(&first);
    assert!(text.contains("2026-10-25T00:30Z,1,A,1"), "{text}");
    assert_eq!(read_with(&first, &berlin).unwrap().to_log(), first);
    assert_eq!(read(&first).unwrap().to_log(), first);
}

/// A log that tells less or more than a minute or a second is brought into that form before it is replayed, as exports are.
#[test]
fn a_log_is_read_as_it_stands_only_where_that_changes_nothing() {
    for (rows, stands) in [
        ("2026-11-01T10:00,1,A,1\n2026-11-01T10:01:07Z,2,A,1\n", true),
        ("2026-11-01,1,A,1\n2026-11-02,2,A,2\n", false),
        ("2026-11-01T10:00:50.900Z,1,A,5\n", false),
        ("2026-11-02T10:00,1,A,1\n2026-11-01T10:00,2,A,1\n", false),
    ] {
        let file = file(format!("timestamp,order_id,sku,quantity\n{rows}").as_bytes());
        let given = OrderFile {
            channel: None,
            path: file.path().to_path_buf(),
        };
        let prepared = prepare(&[given], &ImportOptions::default(), None).unwrap();
        assert_eq!(prepared.imported.is_none(), stands, "{rows}");
    }
}

#[test]
fn text_of_two_bytes_a_letter_is_told_what_it_is() {
    let text = "timestamp,order_id,sku,quantity\n2026-11-01T10:00,1,A,1\n";
    let low_first: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    let high_first: Vec<u8> = text.bytes().flat_map(|byte| [0, byte]).collect();
    for bytes in [low_first, high_first] {
        let error = read(&bytes).unwrap_err();
        assert!(error.help.contains("iconv -f UTF-16"), "{error}");
    }
    let error = read(b"some\0bytes that are\0\0no text at all").unwrap_err();
    assert!(error.to_string().contains("is no text"), "{error}");
}

/// A pipe can be read once, and to open one is to wait for whoever writes.
#[cfg(unix)]
#[test]
fn a_pipe_is_refused_before_it_is_opened() {
    let place = tempfile::tempdir().unwrap();
    let pipe = place.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let given = OrderFile {
        channel: None,
        path: pipe.clone(),
    };
    let error = prepare(&[given], &ImportOptions::default(), None).unwrap_err();
    assert!(
        error.to_string().contains("is a pipe or a device"),
        "{error}"
    );
    let error = OpeningStock::read(Path::new(&pipe), None).unwrap_err();
    assert!(
        error.to_string().contains("is a pipe or a device"),
        "{error}"
    );
}

#[test]
fn no_sku_opens_with_more_than_platforms_take() {
    let text = |rows: usize| {
        format!(
            "sku,quantity\nTEE,1000\n{}",
            "MUG,1000000000\n".repeat(rows)
        )
    };
    let read = |rows| OpeningStock::read(file(text(rows).as_bytes()).path(), None);
    assert_eq!(read(1).unwrap().summary.units, 1_000_001_000);
    let error = read(3).unwrap_err().to_string();
    assert!(
        error.contains("SKU `MUG` have 3000000000 units in all"),
        "{error}"
    );
}
