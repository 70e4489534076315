//! Exports written in their shapes and read back, whatever the separator, line ends, encoding, quotes and order of rows; and
//! files that are none.

use std::io::Write;
use std::path::PathBuf;

use channel_mocks::core::{Epoch, Micros};
use proptest::prelude::*;

use super::*;

mod rows;
mod undecided;

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read_with(bytes: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    let file = file(bytes);
    let given = OrderFile {
        channel: None,
        path: file.path().to_path_buf(),
    };
    import(&[given], options)
}

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    read_with(bytes, &ImportOptions::default())
}

/// The error without the folder of the temporary file.
fn complaint(text: &str, options: &ImportOptions) -> String {
    let file = file(text.as_bytes());
    let path = file.path().to_path_buf();
    let given = OrderFile {
        channel: None,
        path: path.clone(),
    };
    let error = import(&[given], options).unwrap_err();
    format!("{error}\nhelp: {}", error.help).replace(&path.display().to_string(), "orders.csv")
}

fn rows(imported: &Imported) -> Vec<Vec<String>> {
    let log = imported.to_log();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(log.as_slice());
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_string).collect());
    rows.collect()
}

/// One line: SKU, units, cents.
type MadeLine = (String, u32, u32);

/// How a file is written.
#[derive(Clone, Debug)]
struct Manner {
    separator: u8,
    crlf: bool,
    latin: bool,
    bom: bool,
    quote_all: bool,
    shuffled: u64,
}

fn manners() -> impl Strategy<Value = Manner> {
    let separators = prop::sample::select(vec![b',', b';', b'\t', b'|']);
    (separators, any::<[bool; 4]>(), any::<u64>()).prop_map(
        |(separator, [crlf, latin, bom, quote_all], shuffled)| Manner {
            separator,
            crlf,
            latin,
            bom: bom && !latin,
            quote_all,
            shuffled,
        },
    )
}

fn made_orders() -> impl Strategy<Value = Vec<(i64, Vec<MadeLine>)>> {
    let sku = "[A-Zäé0-9][A-Zäé0-9 \",;|'-]{0,8}[A-Zäé0-9]";
    let line = (sku, 1u32..500, 0u32..1_000_000);
    let order = (
        1_700_000_000i64..1_800_000_000,
        prop::collection::vec(line, 1..4),
    );
    prop::collection::vec(order, 1..30)
}

/// Instants as Shopify writes them, five hours behind.
fn local(secs: i64) -> String {
    let text = Epoch::from_unix_secs(secs - 18_000).seconds_utc(Micros::ZERO);
    text.replace('T', " ").replace('Z', " -0500")
}

fn written(header: &[&str], orders: Vec<Vec<Vec<String>>>, manner: &Manner) -> Vec<u8> {
    let mut out = csv::WriterBuilder::new()
        .delimiter(manner.separator)
        .terminator(if manner.crlf {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        })
        .quote_style(if manner.quote_all {
            csv::QuoteStyle::Always
        } else {
            csv::QuoteStyle::Necessary
        })
        .from_writer(Vec::new());
    out.write_record(header).unwrap();
    let mut orders: Vec<(u64, Vec<Vec<String>>)> = (0u64..)
        .zip(orders)
        .map(|(number, rows)| ((number + 1).wrapping_mul(manner.shuffled | 1), rows))
        .collect();
    orders.sort_by_key(|(key, _)| *key);
    for row in orders.iter().flat_map(|(_, rows)| rows) {
        out.write_record(row).unwrap();
    }
    let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
    let mut bytes = match manner.bom {
        true => vec![0xef, 0xbb, 0xbf],
        false => Vec::new(),
    };
    match manner.latin {
        true => bytes.extend(text.chars().map(|it| u32::from(it) as u8)),
        false => bytes.extend(text.bytes()),
    }
    bytes
}

/// The rows of our own log that such orders are.
fn expected(orders: &[(i64, Vec<MadeLine>)], id: impl Fn(usize) -> String) -> Vec<Vec<String>> {
    let mut sorted: Vec<(i64, String, &Vec<MadeLine>)> = (0..)
        .zip(orders)
        .map(|(number, (at, lines))| (*at, id(number), lines))
        .collect();
    sorted.sort();
    let lines = sorted.iter().flat_map(|(at, id, lines)| {
        lines.iter().map(move |(sku, units, cents)| {
            vec![
                Epoch::from_unix_secs(*at).seconds_utc(Micros::ZERO),
                id.clone(),
                sku.clone(),
                units.to_string(),
                format!("{}.{:02}", cents / 100, cents % 100),
            ]
        })
    });
    lines.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Shopify: the order's own fields on its first row alone.
    #[test]
    fn a_shopify_export_comes_back(orders in made_orders(), manner in manners()) {
        let header = ["Name", "Email", "Created at", "Lineitem quantity", "Lineitem price", "Lineitem sku", "Cancelled at",
            "Payment Method", "Source"];
        let id = |number: usize| format!("#{}", 1_000 + number);
        let made = orders.iter().enumerate().map(|(number, (at, lines))| {
            let rows = lines.iter().enumerate().map(|(line, (sku, units, cents))| {
                let first = |text: &str| if line == 0 { text.to_string() } else { String::new() };
                vec![id(number), String::new(), first(&local(*at)), format!("{units}.0"),
                    format!("{}.{:02}", cents / 100, cents % 100), sku.clone(), String::new(), first("Card"), first("web")]
            });
            rows.collect()
        });
        let bytes = written(&header, made.collect(), &manner);
        let imported = read(&bytes).unwrap();
        prop_assert_eq!(imported.files[0].kind, "Shopify orders");
        let (rows, expected) = (rows(&imported), expected(&orders, id));
        let mut of_line: Vec<Vec<String>> = rows[1..].to_vec();
        for row in &mut of_line {
            let channel = row.pop();
            prop_assert_eq!(channel.as_deref(), Some("shopify"));
        }
        prop_assert_eq!(of_line, expected);
    }

    /// Columns of anybody's, by a map, in any order.
    #[test]
    fn mapped_columns_come_back(orders in made_orders(), manner in manners()) {
        let header = ["Preis", "No.", "When, exactly", "Code", "Pieces"];
        let id = |number: usize| format!("N{}", 9_000 - number);
        let made = orders.iter().enumerate().map(|(number, (at, lines))| {
            let rows = lines.iter().map(|(sku, units, cents)| {
                vec![format!("{},{:02} EUR", cents / 100, cents % 100), id(number), local(*at), sku.clone(), units.to_string()]
            });
            rows.collect()
        });
        let bytes = written(&header, made.collect(), &manner);
        let map = ColumnMap::parse("price=Preis, order=No., time=When, exactly, sku=Code, quantity=Pieces").unwrap();
        let imported = read_with(&bytes, &ImportOptions { map: Some(map), ..ImportOptions::default() }).unwrap();
        prop_assert_eq!(&rows(&imported)[1..], expected(&orders, id));
    }

    /// What was written as our own log is read from it again as it was.
    #[test]
    fn our_own_log_comes_back(orders in made_orders(), manner in manners()) {
        let header = ["order_id", "sku", "quantity", "timestamp", "unit_price"];
        let id = |number: usize| format!("{number:05}");
        let made = orders.iter().enumerate().map(|(number, (at, lines))| {
            let at = Epoch::from_unix_secs(*at).seconds_utc(Micros::ZERO);
            let rows = lines.iter().map(|(sku, units, cents)| {
                vec![id(number), sku.clone(), units.to_string(), at.clone(), format!("{}.{:02}", cents / 100, cents % 100)]
            });
            rows.collect()
        });
        let log = read(&written(&header, made.collect(), &manner)).unwrap().to_log();
        prop_assert_eq!(&read(&log).unwrap().to_log(), &log);
        prop_assert_eq!(&rows(&read(&log).unwrap())[1..], expected(&orders, id));
    }

    /// Neither orders nor stock panic or hang on any bytes, also behind a header that is known.
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
        header in prop::sample::select(vec![
            "", "Name,Lineitem quantity,Lineitem sku,Created at\n", "timestamp;order_id;sku;quantity\n", "sku,quantity\n",
            "amazon-order-id\tpurchase-date\tsku\tquantity\n", "Order ID,Order Status,Seller SKU,Quantity,Created Time\n",
            "\u{1f}\u{8b}", "PK\u{3}\u{4}", "sep=;\n", "StockCode,Quantity,InvoiceDate,Country,Invoice\n",
        ]),
        texts in "[-0-9A-Za-z,;\t\"\n/: ]{0,600}",
        plain: bool,
    ) {
        let mut whole: Vec<u8> = header.bytes().collect();
        match plain {
            true => whole.extend(texts.bytes()),
            false => whole.extend(bytes),
        }
        let place = file(&whole);
        let given = OrderFile { channel: None, path: place.path().to_path_buf() };
        let _ = import(std::slice::from_ref(&given), &ImportOptions::default());
        let _ = prepare(&[given], &ImportOptions::default(), None);
        let _ = OpeningStock::read(place.path(), None);
    }
}

const SHOPIFY: &str = "Name,Created at,Lineitem quantity,Lineitem sku,Lineitem price\n";

#[test]
fn all_problems_are_listed_at_once_and_bounded() {
    let good = "#1,2026-11-01 03:09:58 -0500,1,A,1.00\n";
    let wrong = "#2,yesterday,1,A,1.00\n#3,2026-11-01,two,A,1.00\n#4,2026-11-01,1.5,A,free\n,2026-11-01,1,A,1\n5.77E+17,2026-11-01,1,A,1\n";
    let said = complaint(
        &format!("{SHOPIFY}{good}{wrong}"),
        &ImportOptions::default(),
    );
    insta::assert_snapshot!(said.trim_end(), @r#"
orders.csv (read as Shopify orders) cannot be used: 5 problems
orders.csv:3: column `Created at` is no date that can be read: `yesterday`
orders.csv:4: column `Lineitem quantity` is not a whole number of units: `two`
orders.csv:5: column `Lineitem quantity` is no whole number: units are not divided: `1.5`
orders.csv:6: column `Name` is empty: ``
orders.csv:7: column `Name` is a rounded number, not an order's id: `5.77E+17`
help: dates are read like 2026-11-01 03:09:58 -0500, 12/1/2010 8:26 or 1 Dec 2010 08:26; mend those in the file; mend the values in the file, or take their rows out; a spreadsheet program has rounded long numbers, of which several may look alike now: export the file anew and do not save it there
"#);
    let many = format!("{SHOPIFY}{}", "#3,2026-11-01,two,A,1.00\n".repeat(1_000));
    let said = complaint(&many, &ImportOptions::default());
    assert!(
        said.starts_with("orders.csv (read as Shopify orders) cannot be used: 1000 problems\n"),
        "{said}"
    );
    assert!(said.contains("\nand 980 more\n"), "{said}");
    assert_eq!(said.lines().count(), 1 + 20 + 1 + 1);
}

/// A thousands separator out of quotes and a quote that is not closed take other fields and rows with them.
#[test]
fn fields_in_the_wrong_columns_are_refused() {
    let head = "timestamp,order_id,sku,quantity\n";
    let said = complaint(
        &format!("{head}2026-11-01T10:00:00Z,1,A,1,200\n2026-11-01T10:01:00Z,2,A,1,,\n"),
        &ImportOptions::default(),
    );
    let expected = "orders.csv:2: column `5` is one that the header has no name for: `200`";
    assert!(
        said.contains(expected) && said.contains("1 problem\n"),
        "{said}"
    );
    for row in [
        "2026-11-01T10:01:00Z,2,\"B,1\n2026-11-01T10:02:00Z,3,C,1\n",
        "2026-11-01T10:01:00Z,\"2,B,1\n2026-11-01T10:02:00Z,3,C,1\n",
        "2026-11-01T10:01:00Z,2,\"B\r\nC\",1\n",
    ] {
        let said = complaint(&format!("{head}{row}"), &ImportOptions::default());
        let expected = "goes on over the end of a line";
        assert!(said.contains(expected) && said.contains(":2: "), "{said}");
    }
}

#[test]
fn day_and_month_are_decided_by_the_data_or_asked() {
    let etsy = "Sale Date,Item Name,Quantity,Price,Order ID,SKU\n";
    let first = |bytes: &str, options: &ImportOptions| {
        rows(&read_with(bytes.as_bytes(), options).unwrap())[1][0][..10].to_string()
    };
    let open = format!("{etsy}12/1/2010,Mug,1,1,7,A\n");
    let any = ImportOptions::default();
    insta::assert_snapshot!(complaint(&open, &any), @r#"
orders.csv:2: column `Sale Date`: is `12/1/2010` day 12 of month 1, or day 1 of month 12? No date of the file has a number above 12 that would tell
help: say it: --orders-dates day-first or --orders-dates month-first
"#);
    let either = format!("{etsy}5/5/2010,Mug,1,1,6,A\n12/1/2010,Mug,1,1,7,A\n");
    assert!(
        complaint(&either, &any).starts_with("orders.csv:3: column `Sale Date`: is `12/1/2010`")
    );
    for (dates, day) in [
        (DateOrder::DayFirst, "2010-01-12"),
        (DateOrder::MonthFirst, "2010-12-01"),
    ] {
        let options = ImportOptions {
            dates: Some(dates),
            ..ImportOptions::default()
        };
        assert_eq!(first(&open, &options), day);
    }
    assert_eq!(
        first(&format!("{open}12/13/2010,Mug,1,1,8,A\n"), &any),
        "2010-12-01"
    );
    assert_eq!(
        first(&format!("{open}13/12/2010,Mug,1,1,8,A\n"), &any),
        "2010-01-12"
    );
    assert_eq!(
        first(&format!("{etsy}5/5/2010,Mug,1,1,8,A\n"), &any),
        "2010-05-05",
        "either reading"
    );
    let both = format!("{etsy}12/13/2010,Mug,1,1,8,A\n13/12/2010,Mug,1,1,9,A\n");
    insta::assert_snapshot!(complaint(&both, &any), @r#"
orders.csv (read as Etsy sold order items) cannot be used: 2 problems
orders.csv:3: column `Sale Date` puts day and month in another order than other rows do: `13/12/2010`
orders.csv:2: column `Sale Date` puts day and month in another order than other rows do: `12/13/2010`
help: say with --orders-dates which one is right, and mend the others
"#);
    let options = ImportOptions {
        dates: Some(DateOrder::DayFirst),
        ..ImportOptions::default()
    };
    insta::assert_snapshot!(complaint(&both, &options), @r#"
orders.csv (read as Etsy sold order items) cannot be used: 1 problem
orders.csv:2: column `Sale Date` has no such month when the day stands first: `12/13`
help: look at --orders-dates, or mend the dates
"#);
}

#[test]
fn files_that_are_no_orders_are_named_with_the_way_out() {
    let any = ImportOptions::default();
    let mut said = String::new();
    for text in [
        "PK\u{3}\u{4}...[Content_Types].xml...xl/workbook.xml",
        "PK\u{3}\u{4}...orders.csv",
        "",
        "{\"orders\": []}",
        "<!DOCTYPE html>",
        "Reference,Placed at,Article,Pieces\n1,2026-11-01,A,1\n",
        "timestamp,order_id,quantity\n",
        "Sale Date,Order ID,Full Name,Number of Items,SKU\n",
        "Handle,Title,SKU,HS Code,COO,Main\n",
        SHOPIFY,
        "Name,Created at,Lineitem quantity,Lineitem sku,Payment Method\n#1,2026-11-01,1,A,bogus\n#2,2026-11-01,1,,Card\n",
        "\"order_id\",\"order_item_id\",\"product_id\",\"shipping_limit_date\",\"price\"\n\"a\",\"1\",\"p\",\"2017-09-19\",\"1\"\n",
    ] {
        said.push_str(&complaint(text, &any));
        said.push_str("\n\n");
    }
    let utf_16: Vec<u8> = std::iter::once(0xfeffu16)
        .chain("Name".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(
        read(&utf_16)
            .unwrap_err()
            .message
            .ends_with("is UTF-16 text")
    );
    insta::assert_snapshot!(said.trim_end(), @r#"
orders.csv is an Excel workbook (xlsx), not text
help: open it in a spreadsheet program and save its sheet as "CSV UTF-8" (in Google Sheets: File, Download, Comma-separated values), or export CSV in the first place; look that order numbers do not turn into 5.8E+17

orders.csv is a zip archive
help: unpack it and give the CSV file that is in it

orders.csv is empty
help: give a file with a header and a row for every line of an order

orders.csv is no table: it begins like JSON, HTML or PDF
help: give the CSV or tab-separated export; a page that asks to sign in is saved by mistake now and then

orders.csv is no table: it begins like JSON, HTML or PDF
help: give the CSV or tab-separated export; a page that asks to sign in is saved by mistake now and then

orders.csv:1: no export that is known has this header: `Reference,Placed at,Article,Pieces`
help: say which columns hold what, as: --orders-map 'order=..., time=Placed at, sku=Article, quantity=...'; or export orders from Shopify, Amazon, TikTok Shop, WooCommerce or Etsy with a row for each line

orders.csv:1: the header has no column `sku`; it reads `timestamp,order_id,quantity`
help: docs/order-log.md says which columns a log needs; or name yours: --orders-map 'order=..., time=..., sku=..., quantity=...'

orders.csv: these are Etsy's sold orders, which name no item
help: download "Order Items" instead of "Orders" (Shop Manager, Settings, Options, Download Data)

orders.csv: these are a Shopify inventory, not orders
help: give it as --stock; orders are exported under Orders, Export

there is no order to replay in these files
orders.csv, read as Shopify orders: 0 rows
help: export a time with orders; docs/order-log.md says which rows are left out

there is no order to replay in these files
orders.csv, read as Shopify orders: 2 rows (1 without a SKU, 1 of test orders)
help: export a time with orders; docs/order-log.md says which rows are left out

Olist's order items do not tell when they were ordered
help: give olist_orders_dataset.csv too: --orders olist_order_items_dataset.csv --orders olist_orders_dataset.csv
"#);
}

fn channel(name: &str, platform: Platform) -> ChannelName {
    ChannelName {
        name: name.to_string(),
        platform,
    }
}

#[test]
fn a_file_belongs_to_the_channel_of_its_platform_or_the_one_that_is_named() {
    let shop = file(format!("{SHOPIFY}#1,2026-11-01,1,A,1\n").as_bytes());
    let woo = file(b"order_id,date,status,item_sku,item_quantity\n1,2026-11-01,completed,A,1\n");
    let of = |files: &[(Option<&str>, PathBuf)], channels: Vec<ChannelName>| {
        let files: Vec<OrderFile> = files
            .iter()
            .map(|(channel, path)| OrderFile {
                channel: channel.map(str::to_string),
                path: path.clone(),
            })
            .collect();
        let options = ImportOptions {
            channels: Some(channels),
            ..ImportOptions::default()
        };
        import(&files, &options).map(|it| {
            rows(&it)[1..]
                .iter()
                .map(|row| row.last().unwrap().clone())
                .collect::<Vec<_>>()
        })
    };
    let (shop, woo) = (shop.path().to_path_buf(), woo.path().to_path_buf());
    let [web, other, market] = [
        channel("web", Platform::Shopify),
        channel("other", Platform::Shopify),
        channel("market", Platform::Amazon),
    ];
    assert_eq!(
        of(&[(None, shop.clone())], vec![market.clone(), web.clone()]).unwrap(),
        ["web"]
    );
    // The same number in two shops is two orders, and a month that overlaps the next is counted once.
    let both = [
        (Some("web"), shop.clone()),
        (Some("other"), shop.clone()),
        (Some("web"), shop.clone()),
    ];
    let mut found = of(&both, vec![web.clone(), other.clone()]).unwrap();
    found.sort();
    assert_eq!(found, ["other", "web"]);
    for (files, channels, said) in [
        (
            vec![(None, shop.clone())],
            vec![market.clone()],
            "belongs to a Shopify channel, and the scenario has none",
        ),
        (
            vec![(None, shop.clone())],
            vec![web.clone(), other.clone()],
            "may belong to any of 2 Shopify channels",
        ),
        (
            vec![(Some("webb"), shop.clone())],
            vec![web.clone()],
            "the scenario has no channel `webb`",
        ),
        (
            vec![(None, woo.clone())],
            vec![web.clone(), market.clone()],
            "is all of one shop",
        ),
    ] {
        let error = of(&files, channels).unwrap_err();
        assert!(error.message.contains(said), "{error}");
        assert!(
            error.help.contains("web") || error.help.contains("market"),
            "{}",
            error.help
        );
    }
    assert_eq!(
        of(&[(None, woo.clone())], vec![market.clone()]).unwrap(),
        ["market"],
        "the only one there is"
    );
    assert_eq!(
        of(&[(Some("web"), woo)], vec![web, market]).unwrap(),
        ["web"]
    );
}

#[test]
fn stock_is_read_by_location_or_divided_by_the_shares() {
    let scenario = crate::world::tests::scenario("[replay]\n");
    let codes: Vec<&str> = scenario
        .warehouse
        .locations
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    let read = |text: &str, missing| OpeningStock::read(file(text.as_bytes()).path(), missing);
    let text: String = codes
        .iter()
        .zip(3..)
        .map(|(code, units)| format!("A,{},{units}\n", code.to_uppercase()))
        .collect();
    let stock = read(
        &format!(
            "SKU;Location;Quantity\n{}B;{};not stocked\n",
            text.replace(',', ";"),
            codes[0]
        ),
        None,
    )
    .unwrap();
    let each: Vec<u32> = (3..).take(codes.len()).collect();
    assert_eq!(stock.units_of(&scenario, "A"), Some(each.clone()));
    assert_eq!(stock.units_of(&scenario, "B"), Some(vec![0; codes.len()]));
    let elsewhere = read(
        "sku,quantity,location\nA,5,Moon\nA,4.0,Mars\nA,-7,Mars\n",
        None,
    )
    .unwrap();
    assert_eq!(
        elsewhere
            .units_of(&scenario, "A")
            .unwrap()
            .iter()
            .sum::<u32>(),
        9
    );
    assert_eq!(
        (elsewhere.summary.below_zero, elsewhere.summary.repeated),
        (1, 1)
    );
    let error = elsewhere.covers(["A", "B", "C"].into_iter()).unwrap_err();
    assert!(
        error.message.starts_with("2 SKUs of the orders are not in"),
        "{error}"
    );
    assert!(error.message.ends_with(": `B`, `C`") && error.help.contains("--stock-missing none"));
    let empty = read("sku,quantity\nA,5\n", Some(MissingStock::None)).unwrap();
    assert_eq!(empty.covers(["B"].into_iter()), Ok(1));
    assert_eq!(empty.units_of(&scenario, "B"), Some(vec![0; codes.len()]));
    let given = read("sku,quantity\nA,5\n", Some(MissingStock::Scenario)).unwrap();
    assert_eq!(
        given.units_of(&scenario, "B"),
        None,
        "what the scenario gives"
    );
    let wrong = read("sku,quantity\nA,five\nB,1.5\nC,99999999999\n", None).unwrap_err();
    assert_eq!(wrong.problems.len(), 3);
}
