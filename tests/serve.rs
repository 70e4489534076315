//! `simulate serve` as its users meet it: a process, real sockets, real time.

#[path = "common/hang_up.rs"]
mod hang_up;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use channel_mocks::tiktok_shop::Signer;
use oversell::realtime::clock::calendar_unix_micros;
use serde_json::{Value, json};

use hang_up::hang_ups_are_ignored;

/// A served process; ended when dropped.
struct Served {
    child: Child,
    urls: Value,
    directory: tempfile::TempDir,
}

impl Served {
    fn start(arguments: &[&str]) -> Served {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["serve", "--format", "json", "--out"])
            .arg(directory.path().join("run"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let urls = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Served {
            child,
            urls,
            directory,
        }
    }

    fn address(&self, system: &str) -> String {
        let url = self.urls[system]["url"].as_str().unwrap();
        url.strip_prefix("http://").unwrap().to_string()
    }

    fn ledger(&self) -> PathBuf {
        self.directory.path().join("run").join("ledger.jsonl")
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = exchange(
            &self.address("control"),
            method,
            &format!("/_oversell/{path}"),
            &[],
            body.as_bytes(),
        );
        let value = serde_json::from_slice(&answer.body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&answer.body).into_owned()));
        (answer.status, value)
    }

    /// What the life wrote beside its ledger: the first one's at `.`, a later one's at `life-2`, and so on.
    fn figures(&self, life: &str) -> Value {
        let path = self.directory.path().join("run").join(life);
        let text = std::fs::read_to_string(path.join("figures.json")).unwrap();
        assert!(path.join("manifest.json").exists(), "it is complete");
        assert!(path.join("series/engine.csv").exists());
        assert!(path.join("histograms/engine.staleness.hdr").exists());
        serde_json::from_str(&text).unwrap()
    }

    fn terminate(&mut self) -> (ExitStatus, Vec<Value>) {
        self.ended_by("-TERM")
    }

    /// Sends a signal, and waits for the end.
    fn ended_by(&mut self, signal: &str) -> (ExitStatus, Vec<Value>) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let status = self.child.wait().unwrap();
        let ledger = std::fs::read_to_string(self.ledger()).unwrap();
        let lines = ledger
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (status, lines.collect())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// One request on a connection of its own.
fn exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    raw(address, &[head.as_bytes(), body].concat())
}

fn raw(address: &str, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // A server that refuses early may have closed its side.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
    let (head, body) = match end {
        Some(end) => (
            String::from_utf8_lossy(&answer[..end]).into_owned(),
            answer[end + 4..].to_vec(),
        ),
        None => (String::new(), Vec::new()),
    };
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    Answer { status, head, body }
}

fn graphql(served: &Served, query: &str) -> Value {
    let token = served.urls["shopify"]["access_token"].as_str().unwrap();
    let body = json!({"query": query}).to_string();
    let headers = [
        ("X-Shopify-Access-Token", token),
        ("Content-Type", "application/json"),
    ];
    let answer = exchange(
        &served.address("shopify"),
        "POST",
        "/admin/api/2026-07/graphql.json",
        &headers,
        body.as_bytes(),
    );
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert!(
        answer.head.contains("\r\nContent-Type: application/json"),
        "{}",
        answer.head
    );
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn orders_are_seeded_sold_and_written_down() {
    let mut served = Served::start(&["--orders", "12"]);
    let orders = graphql(
        &served,
        "{ orders(first: 50) { nodes { name displayFulfillmentStatus } } }",
    );
    let nodes = orders["data"]["orders"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 12);
    let shipped = nodes
        .iter()
        .filter(|it| it["displayFulfillmentStatus"] == "FULFILLED")
        .count();
    assert_eq!(shipped, 4, "a third is shipped: {nodes:?}");

    let line = json!({"sku": "SKU-00007", "units": 3});
    let (status, sold) = served.control(
        "POST",
        "checkout",
        &json!({"channel": "tiktok_shop", "lines": [line]}),
    );
    assert_eq!((status, &sold["accepted"]), (200, &json!(true)), "{sold}");
    let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
    let shown = snapshot["displayed"]["tiktok_shop"]["SKU-00007"]
        .as_i64()
        .unwrap();
    let (_, refused) = served.control(
        "POST",
        "checkout",
        &json!({"channel": "tiktok_shop", "lines": [{"sku": "SKU-00007", "units": shown + 1}]}),
    );
    assert_eq!(
        refused,
        json!({"accepted": false, "sku": "SKU-00007", "displayed": shown})
    );
    let cancel = json!({"channel": "tiktok_shop", "order_id": sold["order_id"], "by": "seller"});
    assert_eq!(
        served.control("POST", "cancel", &cancel).1,
        json!({"done": true})
    );
    let stock = json!({"sku": "SKU-00007", "location": "west", "receive": 5});
    let before = snapshot["on_hand"]["west"]["SKU-00007"].as_i64().unwrap();
    assert_eq!(
        served.control("POST", "stock", &stock).1,
        json!({"on_hand": before + 5})
    );

    let (status, lines) = served.terminate();
    assert!(status.success());
    let document = served.figures(".");
    assert_eq!(
        (&document["time"], &document["speed"]),
        (&json!("real"), &json!(1.0))
    );
    let run = &document["strategies"][0];
    assert_eq!(
        (&run["strategy"], &run["trace_hash"]),
        (&json!("engine"), &json!(""))
    );
    let tiktok = &run["channels"]["tiktok_shop"];
    assert_eq!(tiktok["accepted_orders"], 13);
    assert_eq!(tiktok["accepted_units"], 12 + 3);
    assert_eq!(
        tiktok["offered_units"].as_i64().unwrap(),
        12 + 3 + shown + 1
    );
    assert_eq!(tiktok["cancelled_by_seller"], 1);
    assert_eq!(run["figures"]["oversold_units"], 0);
    let lost = |name: &str| run["channels"][name]["lost_orders"].as_u64().unwrap();
    assert_eq!(
        ["shopify", "amazon", "tiktok_shop"].map(lost),
        [8, 4, 8],
        "nobody took in what had not been shipped before; every other order on Amazon is Amazon's: {run}"
    );
    for guarantee in run["guarantees"].as_array().unwrap() {
        let limits = guarantee["name"] == "rate_limits_respected";
        // This test itself has called, once.
        let verdict = if limits { "holds" } else { "not_judged" };
        assert_eq!(guarantee["verdict"], verdict, "no engine came: {guarantee}");
    }
    assert_eq!(run["figures"]["calls"], 1, "what seeding needs is nobody's");
    for limit in run["limits"].as_array().unwrap() {
        let used = limit["utilisation"].as_f64().unwrap();
        assert!(used == 0.0 || limit["system"] == "shopify", "{limit}");
    }
    let kinds = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!(kinds("accepted"), 3 * 12 + 1);
    assert_eq!(kinds("cancelled"), 1);
    assert_eq!(kinds("stock"), 1);
    assert_eq!(kinds("channel_closed"), 3, "the books were closed");
}

#[test]
fn time_jumps_faults_come_and_a_reset_begins_anew() {
    let mut served = Served::start(&[]);
    let at = |value: &Value| value["at_s"].as_f64().unwrap();
    let (_, before) = served.control("GET", "time", &Value::Null);
    let (_, after) = served.control("POST", "time", &json!({"advance": "10min"}));
    assert!(at(&after) >= at(&before) + 600.0);

    let (status, _) = served.control(
        "POST",
        "faults",
        &json!({"system": "warehouse", "refuse": 1.0}),
    );
    assert_eq!(status, 200);
    let warehouse = served.address("warehouse");
    let token = format!(
        "Bearer {}",
        served.urls["warehouse"]["token"].as_str().unwrap()
    );
    let headers = [("Authorization", token.as_str())];
    assert_eq!(
        exchange(&warehouse, "GET", "/v1/locations", &headers, b"").status,
        503
    );
    let (status, error) = served.control("POST", "faults", &json!({"system": "warehuose"}));
    assert_eq!(status, 400);
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("did you mean `warehouse`?"),
        "{error}"
    );

    let (status, answer) = served.control("POST", "reset", &json!({"skus": 3, "units": 7}));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        exchange(&warehouse, "GET", "/v1/locations", &headers, b"").status,
        200
    );
    let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
    assert_eq!(
        snapshot["displayed"]["amazon"],
        json!({"SKU-00001": 7, "SKU-00002": 7, "SKU-00003": 7})
    );
    served.control(
        "POST",
        "checkout",
        &json!({"channel": "shopify", "lines": [{"sku": "SKU-00001", "units": 2}]}),
    );
    assert!(served.terminate().0.success());
    let sold =
        |life: &str| served.figures(life)["strategies"][0]["figures"]["accepted_units"].clone();
    assert_eq!(
        (sold("."), sold("life-2")),
        (json!(0), json!(2)),
        "each life has its own"
    );
}

/// The terminal is closed: everything is written down, as on SIGTERM.
#[test]
fn a_hang_up_ends_it_in_order() {
    if hang_ups_are_ignored() {
        return;
    }
    let mut served = Served::start(&["--orders", "3"]);
    let (status, ledger) = served.ended_by("-HUP");
    assert!(status.success(), "{status}");
    let closed = ledger
        .iter()
        .filter(|line| line["kind"] == "channel_closed");
    assert_eq!(closed.count(), 3, "the books were closed");
    served.figures(".");
}

/// Clients outside sign with their own clock, which no jump and no pace of the platforms' changes; tokens live by it too.
#[test]
fn signatures_and_tokens_of_clients_are_judged_by_their_own_clock() {
    let mut served = Served::start(&["--speed", "600"]);
    let shop = served.urls["tiktok_shop"].clone();
    let text = |key: &str| shop[key].as_str().unwrap();
    let signer = Signer::new(text("app_key"), text("app_secret"));
    let asked = |at: u64| {
        let path = "/authorization/202309/shops";
        let query = format!("app_key={}&timestamp={at}", text("app_key"));
        let sign = signer.request(path, &query, b"");
        let headers = [("x-tts-access-token", text("access_token"))];
        let url = format!("{path}?{query}&sign={sign}");
        let answer = exchange(&served.address("tiktok_shop"), "GET", &url, &headers, b"");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        body["code"].as_i64().unwrap()
    };
    let real = || calendar_unix_micros() as u64 / 1_000_000;
    let amazon = served.address("amazon");
    let grant = "grant_type=refresh_token&refresh_token=Atzr|sim-refresh\
                 &client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = exchange(&amazon, "POST", "/auth/o2/token", &form, grant.as_bytes());
    let granted: Value = serde_json::from_slice(&answer.body).unwrap();
    let token = granted["access_token"].as_str().unwrap();
    let sells = || {
        let headers = [("x-amz-access-token", token)];
        let path = "/sellers/v1/marketplaceParticipations";
        exchange(&amazon, "GET", path, &headers, b"").status
    };
    assert_eq!((asked(real()), sells()), (0, 200));
    served.control("POST", "time", &json!({"advance": "30d"}));
    assert_eq!(
        (asked(real()), sells()),
        (0, 200),
        "an ordinary client is not locked out by a jump"
    );
    // An engine that follows the platforms' clock, as it is told, is right too; a stamp that fits neither clock is not.
    let (_, clock) = {
        let warehouse = served.address("warehouse");
        let answer = exchange(&warehouse, "GET", "/_oversell/clock", &[], b"");
        let clock: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, clock)
    };
    let platform = clock["platform_unix_micros"].as_u64().unwrap() / 1_000_000;
    assert!(platform > real() + 29 * 86_400, "{clock}");
    assert_eq!(asked(platform), 0);
    assert_ne!(asked(real() + 86_400), 0);
    assert_ne!(asked(real() - 3_600), 0);
    assert!(served.terminate().0.success());
}

#[test]
fn what_amazon_ships_for_other_channels_leaves_its_warehouse() {
    let mut served = Served::start(&[]);
    let amazon = served.address("amazon");
    let own = |name: &str| served.urls["amazon"][name].as_str().unwrap().to_string();
    let login = json!({"grant_type": "refresh_token", "refresh_token": own("refresh_token"),
        "client_id": own("lwa_client_id"), "client_secret": own("lwa_client_secret")});
    let login = login.to_string();
    let answer = exchange(&amazon, "POST", "/auth/o2/token", &[], login.as_bytes());
    let tokens: Value = serde_json::from_slice(&answer.body).unwrap();
    let headers = [(
        "x-amz-access-token",
        tokens["access_token"].as_str().unwrap(),
    )];
    let order = json!({"sellerFulfillmentOrderId": "O-1", "displayableOrderId": "O-1",
        "displayableOrderDate": "2026-11-23T10:00:00Z", "displayableOrderComment": "Thanks",
        "shippingSpeedCategory": "Standard", "destinationAddress": {"name": "A", "addressLine1": "1 Street",
        "postalCode": "48110", "countryCode": "US"},
        "items": [{"sellerSku": "SKU-00001-FBA", "sellerFulfillmentOrderItemId": "1", "quantity": 2}]});
    let made = exchange(
        &amazon,
        "POST",
        "/fba/outbound/2020-07-01/fulfillmentOrders",
        &headers,
        order.to_string().as_bytes(),
    );
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.body));
    let at_amazon = |served: &Served| {
        let (_, snapshot) = served.control("GET", "snapshot", &Value::Null);
        snapshot["on_hand"]["fba"]["SKU-00001"].as_i64().unwrap()
    };
    assert_eq!(at_amazon(&served), 20);
    for _ in 0..5 {
        let (status, _) = served.control("POST", "time", &json!({"advance": "24h"}));
        assert_eq!(status, 200);
    }
    // What is due happens when the system's task comes to it.
    let mut looks = 0;
    while at_amazon(&served) != 18 && looks < 400 {
        looks += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(at_amazon(&served), 18);
    // Units that do not add up would end it with 70.
    assert!(served.terminate().0.success());
}

#[test]
fn a_webhook_reaches_a_receiver_on_this_machine() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let callback = format!("http://{}/hook", receiver.local_addr().unwrap());
    let served = Served::start(&["--speed", "20"]);
    let created = graphql(
        &served,
        &format!(
            "mutation {{ webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {{uri: \"{callback}\"}}) {{ userErrors {{ message }} }} }}"
        ),
    );
    assert_eq!(
        created["data"]["webhookSubscriptionCreate"]["userErrors"],
        json!([]),
        "{created}"
    );
    let line = json!({"sku": "SKU-00001"});
    served.control(
        "POST",
        "checkout",
        &json!({"channel": "shopify", "lines": [line]}),
    );
    let (mut stream, _) = receiver.accept().unwrap();
    let mut bytes = vec![0; 1 << 16];
    let mut count = 0;
    while !bytes[..count].windows(4).any(|it| it == b"\r\n\r\n") {
        count += stream.read(&mut bytes[count..]).unwrap();
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    let text = String::from_utf8_lossy(&bytes[..count]);
    assert!(text.starts_with("POST /hook HTTP/1.1"), "{text}");
    assert!(text.contains("X-Shopify-Hmac-Sha256: "), "{text}");
}

#[test]
fn hostile_clients_cost_themselves_and_nobody_else() {
    let mut served = Served::start(&[]);
    let shopify = served.address("shopify");
    // Half-open and slow connections that never finish.
    let mut idle: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(&shopify).unwrap())
        .collect();
    for stream in &mut idle[..50] {
        stream.write_all(b"POST /admin/api/2026-07/graphql.json HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").unwrap();
    }
    let large = raw(
        &shopify,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    );
    assert_eq!(large.status, 413);
    let long = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "a".repeat(200_000)
    );
    assert_eq!(raw(&shopify, long.as_bytes()).status, 431);
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(500)
    );
    assert_eq!(raw(&shopify, many.as_bytes()).status, 431);
    assert_eq!(raw(&shopify, b"\x00\xff nonsense\r\n\r\n").status, 400);
    let token = served.urls["shopify"]["access_token"].as_str().unwrap();
    let headers = [
        ("X-Shopify-Access-Token", token),
        ("Content-Type", "application/json"),
    ];
    for body in [
        "",
        "{",
        "null",
        "{\"query\": 5}",
        "{\"query\": \"{{{{\"}",
        "{\"query\": \"{ orders(first: ) }\"}",
    ] {
        let answer = exchange(
            &shopify,
            "POST",
            "/admin/api/2026-07/graphql.json",
            &headers,
            body.as_bytes(),
        );
        assert!(
            (200..500).contains(&answer.status),
            "{body}: {}",
            answer.head
        );
    }
    for system in ["amazon", "sqs", "tiktok_shop", "warehouse", "control"] {
        for body in [&b"\xff\xfe{"[..], b"[[[[", b"{\"a\":"] {
            let answer = exchange(
                &served.address(system),
                "POST",
                "/v1/allocations?a=%zz&&=",
                &[],
                body,
            );
            assert!(
                (400..500).contains(&answer.status),
                "{system}: {}",
                answer.head
            );
        }
    }
    // Everybody else is served all the while.
    assert!(graphql(&served, "{ shop { name } }")["data"]["shop"]["name"].is_string());
    assert!(served.terminate().0.success());
}

#[test]
fn pages_of_a_browser_and_other_machines_are_kept_out() {
    let served = Served::start(&[]);
    let control = served.address("control");
    let page = [("Origin", "https://shop.example")];
    assert_eq!(
        exchange(&control, "POST", "/_oversell/reset", &page, b"{}").status,
        403
    );
    let refused = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(["serve", "--listen", "0.0.0.0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--beyond-loopback"), "{said}");
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
            .arg("serve")
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, said) = run(&["--scenario", "flash-sal"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("flash-sale"), "{said}");
    let (code, said) = run(&["--speed", "0"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("0.1 to"), "{said}");
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("keys.toml");
    std::fs::write(&config, "[shopify]\ntokn = \"x\"\n").unwrap();
    let (code, said) = run(&["--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("keys.toml") && said.contains("tokn"),
        "{said}"
    );
}
