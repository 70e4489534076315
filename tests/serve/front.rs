//! The front door: one address for all systems, told apart by host name, and a proxy that leads nowhere else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::own_shops::scenario_file;
use super::served::{Answer, Served, raw};

fn open() -> (tempfile::TempDir, Served) {
    let (directory, path) = scenario_file();
    let env = directory.path().join("engine.env");
    let served = Served::start(&[
        "--scenario",
        path.to_str().unwrap(),
        "--orders",
        "4",
        "--front",
        "0",
        "--env",
        env.to_str().unwrap(),
    ]);
    (directory, served)
}

/// A request to the door by its absolute address, as a proxy gets it.
pub fn by_proxy(
    served: &Served,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let host = url.split('/').nth(2).unwrap();
    let mut text = format!(
        "{method} {url} HTTP/1.1\r\nHost: {host}\r\nProxy-Connection: keep-alive\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    raw(
        &served.address("front"),
        format!("{text}\r\n{body}").as_bytes(),
    )
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| panic!("{}\n{}", answer.head, String::from_utf8_lossy(&answer.body)))
}

fn shop_of(answer: &Answer) -> Value {
    json_of(answer)["shop"]["myshopify_domain"].clone()
}

fn channel<'a>(served: &'a Served, name: &str) -> &'a Value {
    let all = served.urls["channels"].as_array().unwrap();
    all.iter().find(|it| it["name"] == name).unwrap()
}

/// One host, however it is written: with the port that its scheme means, with the dot of a whole name, in capitals.
#[test]
fn a_host_is_the_same_with_its_usual_port_and_with_its_last_dot() {
    let (_directory, served) = open();
    let token = channel(&served, "web")["access_token"].as_str().unwrap();
    let path = "/admin/api/2026-07/shop.json";
    let asked = |address: &str, host: &str| {
        let text = format!(
            "GET {address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Shopify-Access-Token: {token}\r\n\r\n"
        );
        raw(&served.address("front"), text.as_bytes()).status
    };
    let name = "demo.myshopify.com";
    for (address, host) in [
        (format!("http://{name}:80{path}"), name.to_string()),
        (format!("http://{name}{path}"), format!("{name}.:80")),
        (
            format!("https://Demo.MyShopify.com:443{path}"),
            name.to_string(),
        ),
        (path.to_string(), format!("{name}.")),
    ] {
        assert_eq!(asked(&address, &host), 200, "{address} {host}");
    }
    for (address, host) in [
        (format!("http://{name}:443{path}"), name),
        (format!("http://{name}{path}"), "demo-2.myshopify.com"),
    ] {
        assert_eq!(asked(&address, host), 400, "{address} {host}");
    }
    for target in ["demo.myshopify.com.:80", "DEMO.myshopify.com:80"] {
        let text = format!(
            "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\nGET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(&served.address("front"), text.as_bytes());
        assert_eq!(answer.status, 200, "{target}: {}", answer.head);
    }
}

#[test]
fn hosts_lead_to_their_shops_and_credentials_part_those_that_share_one() {
    let (_directory, served) = open();
    let token = |name: &str| {
        channel(&served, name)["access_token"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let shop = |host: &str, token: &str| {
        let url = format!("http://{host}/admin/api/2026-07/shop.json");
        by_proxy(
            &served,
            "GET",
            &url,
            &[("X-Shopify-Access-Token", token)],
            "",
        )
    };
    let (web, outlet) = (token("web"), token("outlet"));
    assert_eq!(
        shop_of(&shop("demo.myshopify.com", &web)),
        "demo.myshopify.com"
    );
    assert_eq!(
        shop_of(&shop("Demo-2.myshopify.com:80", &outlet)),
        "demo-2.myshopify.com"
    );
    assert_eq!(shop("demo-2.myshopify.com", &web).status, 401);
    // Pages follow each other at the host they were asked from.
    let url = "http://demo-2.myshopify.com/admin/api/2026-07/orders.json?status=any&limit=2";
    let page = by_proxy(
        &served,
        "GET",
        url,
        &[("X-Shopify-Access-Token", &outlet)],
        "",
    );
    assert!(
        page.head
            .contains("Link: <http://demo-2.myshopify.com/admin/"),
        "{}",
        page.head
    );

    // Two sellers under Amazon's hosts: client, token, document and queue say whose a call is.
    for name in ["amazon ca", "amazon"] {
        let own = channel(&served, name);
        let login = json!({"grant_type": "refresh_token", "refresh_token": own["refresh_token"],
            "client_id": own["lwa_client_id"], "client_secret": own["lwa_client_secret"]});
        let headers = [("Content-Type", "application/json")];
        let url = "http://api.amazon.com/auth/o2/token";
        let answer = json_of(&by_proxy(
            &served,
            "POST",
            url,
            &headers,
            &login.to_string(),
        ));
        let access = answer["access_token"].as_str().unwrap().to_string();
        let headers = [
            ("x-amz-access-token", access.as_str()),
            ("Content-Type", "application/json"),
        ];
        let host = "http://sellingpartnerapi-na.amazon.com";
        let url = format!("{host}/sellers/v1/marketplaceParticipations");
        let place = json_of(&by_proxy(&served, "GET", &url, &headers, ""));
        assert_eq!(
            place["payload"][0]["marketplace"]["id"], own["marketplace_id"],
            "{name}"
        );
        let url = format!("{host}/feeds/2021-06-30/documents");
        let body = r#"{"contentType": "text/plain"}"#;
        let document = json_of(&by_proxy(&served, "POST", &url, &headers, body));
        let place = document["url"].as_str().unwrap();
        assert!(
            place.starts_with(&format!("{host}/documents/")),
            "{document}"
        );
        let put = by_proxy(
            &served,
            "PUT",
            place,
            &[("Content-Type", "text/plain")],
            "x",
        );
        assert_eq!(put.status, 200, "{name}: {}", put.head);
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=AKIA{}/20261118/us-east-1/sqs/aws4_request, Signature=0",
            own["seller_id"].as_str().unwrap()
        );
        let headers = [
            ("Authorization", signed.as_str()),
            ("X-Amz-Target", "AmazonSQS.CreateQueue"),
            ("Content-Type", "application/x-amz-json-1.0"),
        ];
        let url = "http://sqs.us-east-1.amazonaws.com/";
        let queue = json_of(&by_proxy(
            &served,
            "POST",
            url,
            &headers,
            r#"{"QueueName": "q"}"#,
        ));
        let account = if name == "amazon" {
            "111122223333"
        } else {
            "111122223334"
        };
        assert_eq!(queue["QueueUrl"], format!("{}{account}/q", url), "{name}");
    }
    for name in ["tiktok two", "tiktok"] {
        let own = channel(&served, name);
        let text = |key: &str| own[key].as_str().unwrap();
        let url = format!(
            "http://auth.tiktok-shops.com/api/v2/token/refresh?app_key={}&app_secret={}&refresh_token={}&grant_type=refresh_token",
            text("app_key"),
            text("app_secret"),
            text("refresh_token")
        );
        let answer = json_of(&by_proxy(&served, "GET", &url, &[], ""));
        assert_eq!(answer["code"], 0, "{name}: {answer}");
    }
    let url = "http://warehouse.oversell.test/v1/stock?limit=1";
    let bearer = format!(
        "Bearer {}",
        served.urls["warehouse"]["token"].as_str().unwrap()
    );
    assert_eq!(
        by_proxy(&served, "GET", url, &[("Authorization", &bearer)], "").status,
        200
    );
}

#[test]
fn nothing_is_passed_on_and_a_malformed_tunnel_costs_its_own_connection() {
    let (directory, served) = open();
    let door = served.address("front");
    let connect = |target: &str, more: &str| {
        raw(
            &door,
            format!("CONNECT {target} HTTP/1.1\r\n{more}\r\n").as_bytes(),
        )
    };
    let says = |answer: &Answer| String::from_utf8_lossy(&answer.body).into_owned();
    // Connections that were begun and left alone take nothing from others.
    let mut begun = Vec::new();
    for beginning in [
        "",
        "CONN",
        "CONNECT demo.myshopify.com:80 HTTP/1.1\r\n",
        "\u{16}",
    ] {
        let mut stream = TcpStream::connect(&door).unwrap();
        stream.write_all(beginning.as_bytes()).unwrap();
        begun.push(stream);
    }
    for outside in [
        "example.com:443",
        "other-shop.myshopify.com:443",
        "127.0.0.1:22",
        "[::1]:80",
    ] {
        let refused = connect(outside, &format!("Host: {outside}\r\n"));
        assert_eq!(refused.status, 403, "{outside}: {}", refused.head);
        let said = says(&refused);
        assert!(
            said.contains(outside) && said.contains("nothing is passed on"),
            "{said}"
        );
        assert!(said.contains("demo-2.myshopify.com"), "{said}");
    }
    let plain_only = connect("demo.myshopify.com:443", "");
    assert!(
        plain_only.status == 403 && says(&plain_only).contains("--tls"),
        "{}",
        plain_only.head
    );
    for (target, more) in [
        ("demo.myshopify.com", ""),
        ("demo.myshopify.com:", ""),
        ("demo.myshopify.com:0", ""),
        ("demo.myshopify.com:99999", ""),
        ("demo.myshopify.com:+80", ""),
        ("/admin", ""),
        ("http://demo.myshopify.com:80", ""),
        ("demo.myshopify.com:80", "Host: api.amazon.com:80\r\n"),
        (
            "demo.myshopify.com:80",
            "Host: demo.myshopify.com\r\nHost: demo.myshopify.com\r\n",
        ),
        ("demo.myshopify.com:80", "Content-Length: 5\r\n"),
        ("demo.myshopify.com:80", "Transfer-Encoding: chunked\r\n"),
        ("demo.myshopify.com:80", "X : 1\r\n"),
    ] {
        let refused = connect(target, more);
        assert_eq!(refused.status, 400, "{target} {more:?}: {}", refused.head);
    }
    let long = format!("X: {}\r\n", "x".repeat(80_000));
    assert_eq!(connect("demo.myshopify.com:80", &long).status, 431);

    // A tunnel leads to the host it was asked for and to no other, and not to a further tunnel.
    let within = |host: &str, line: &str| {
        let mut stream = TcpStream::connect(&door).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
            .write_all(
                b"CONNECT demo.myshopify.com:80 HTTP/1.1\r\nHost: demo.myshopify.com:80\r\n\r\n",
            )
            .unwrap();
        let mut established = [0; 39];
        stream.read_exact(&mut established).unwrap();
        assert_eq!(&established, b"HTTP/1.1 200 Connection Established\r\n\r\n");
        let text = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        // The last bytes may be followed by a reset.
        let _ = stream.read_to_string(&mut answer);
        answer.split(' ').nth(1).unwrap_or("").to_string()
    };
    let path = "GET /admin/api/2026-07/shop.json";
    assert_eq!(within("demo.myshopify.com", path), "401", "no token");
    assert_eq!(within("demo-2.myshopify.com", path), "421");
    assert_eq!(within("example.com:443", "CONNECT example.com:443"), "400");
    let elsewhere = by_proxy(&served, "GET", "http://example.com/", &[], "");
    assert!(
        elsewhere.status == 403 && says(&elsewhere).contains("example.com"),
        "{}",
        elsewhere.head
    );
    for stream in &mut begun {
        stream.write_all(b"x").unwrap();
    }

    // The file for an engine's environment has every shop, the second ones with their number.
    let env = std::fs::read_to_string(directory.path().join("engine.env")).unwrap();
    for line in [
        format!("HTTPS_PROXY='http://{door}'"),
        "SHOPIFY_SHOP='demo.myshopify.com'".to_string(),
        "SHOPIFY_SHOP_2='demo-2.myshopify.com'".to_string(),
        "SP_API_REFRESH_TOKEN='Atzr|sim-refresh'".to_string(),
        "SP_API_MARKETPLACE_ID_2='A2EUQ1WTGCTBG2'".to_string(),
        "TIKTOK_SHOP_CIPHER_2='ROW_demoCipher01-2'".to_string(),
    ] {
        assert!(env.lines().any(|it| it == line), "{line}\n{env}");
    }
}

/// The example for containers names every host that shops without a scenario are served at.
#[test]
fn the_containers_of_the_example_know_every_host() {
    let served = Served::start(&["--front", "0"]);
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/docker/compose.yaml");
    let example = std::fs::read_to_string(path).unwrap();
    let hosts = served.urls["front"]["hosts"].as_array().unwrap();
    assert!(hosts.len() > 6, "{hosts:?}");
    for host in hosts {
        let line = format!("- {}", host.as_str().unwrap());
        assert!(example.lines().any(|it| it.trim() == line), "{line}");
    }
}
