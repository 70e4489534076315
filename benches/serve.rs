//! Requests a second of the served emulators, beside a bare hyper server that answers the same bytes, in one run.
//!
//! Both servers run in this process on a runtime of their own kind of threads; the load comes from plain blocking sockets,
//! each sending its next request when the last answer has come (a closed loop: this measures what a server can do, not
//! what clients wait). Rounds alternate between the two, so that a busy machine hurts both. Emulators have no latency and
//! no limits here (`-ideal` profiles); every request is authenticated, routed, executed, and noted in the ledger.
//!
//! `cargo bench --bench serve`. Numbers depend on the machine and mean something only beside each other.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use oversell::engine::config::Strategy;
use oversell::realtime::timing::{SessionRecorder, Timings, Untimed};
use oversell::scenario::Scenario;
use oversell::serve::http::Bounds;
use oversell::serve::service::{Listening, Service};
use oversell::serve::session::{DemandStart, ServePlan};
use oversell::stage::opening::Access;
use oversell::world::ledger::{Entry, Recorder};

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

struct Forgets;

impl Recorder for Forgets {
    fn record(&mut self, _: channel_mocks::core::Micros, _: &Entry) {}
}

impl SessionRecorder for Forgets {
    fn timings(&self) -> Arc<dyn Timings> {
        Arc::new(Untimed)
    }
}

/// One request of a kind, as bytes, and whom to send it to.
struct Subject {
    name: &'static str,
    address: SocketAddr,
    request: Vec<u8>,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let service = runtime.block_on(start());
    let addresses = &service.addresses;
    let query = r#"{"query":"{ shop { name } }"}"#;
    let token = token(addresses.channels[1]);
    let subjects = [
        Subject {
            name: "shopify: { shop { name } }",
            address: addresses.channels[0],
            request: format!(
                "POST /admin/api/2026-07/graphql.json HTTP/1.1\r\nHost: x\r\nX-Shopify-Access-Token: shpat_oversell\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{query}",
                query.len()
            )
            .into_bytes(),
        },
        Subject {
            name: "amazon: getListingsItem",
            address: addresses.channels[1],
            request: format!(
                "GET /listings/2021-08-01/items/A1SIMSELLER/SKU-00001?marketplaceIds=ATVPDKIKX0DER\
                 &includedData=fulfillmentAvailability HTTP/1.1\r\nHost: x\r\nx-amz-access-token: {token}\r\n\r\n"
            )
            .into_bytes(),
        },
        Subject {
            name: "warehouse: locations",
            address: addresses.warehouse,
            request: b"GET /v1/locations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer warehouse-token\r\n\r\n".to_vec(),
        },
    ];
    println!(
        "{CONNECTIONS} connections, {ROUNDS} rounds of {} s each, alternating",
        ROUND.as_secs()
    );
    for subject in &subjects {
        let (head, body) = answer(subject.address, &subject.request);
        assert!(head.starts_with("HTTP/1.1 200"), "{}: {head}", subject.name);
        let bare = runtime.block_on(bare(body.clone()));
        let (mut served, mut bare_served) = (0.0, 0.0);
        for _ in 0..ROUNDS {
            served += load(subject.address, &subject.request) / ROUNDS as f64;
            bare_served += load(bare, &subject.request) / ROUNDS as f64;
        }
        println!(
            "{:<28} {served:>9.0}/s   bare hyper with the same {} bytes {bare_served:>9.0}/s   ratio {:.2}",
            subject.name,
            body.len(),
            served / bare_served
        );
    }
    runtime.block_on(service.stop());
}

async fn start() -> Service<Forgets> {
    let mut scenario = Scenario::load("storefronts").unwrap().scenario;
    for (channel, profile) in
        scenario
            .channels
            .iter_mut()
            .zip(["shopify-ideal", "amazon-ideal", "tiktok-ideal"])
    {
        channel.profile = profile.to_string();
    }
    scenario.warehouse.profile = "warehouse-ideal".to_string();
    let plan = ServePlan {
        scenario,
        seed: 1,
        access: Access::default(),
        orders: 0,
        speed: 1.0,
        demand: DemandStart::Nobody,
        displays: Strategy::Trigger,
        ledger: std::env::temp_dir(),
    };
    let listening = Listening {
        address: [127, 0, 0, 1].into(),
        first_port: 0,
        front: None,
        tls: None,
        bounds: Bounds::default(),
        beyond_loopback: false,
    };
    Service::start(
        plan,
        listening,
        Box::new(|_, _, _| Ok(Forgets)),
        Box::new(|_, _| {}),
    )
    .await
    .unwrap()
}

/// Hyper and nothing else: reads each request to its end and answers with fixed bytes.
async fn bare(body: Vec<u8>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = Bytes::from(body);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = stream.set_nodelay(true);
            let body = body.clone();
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let body = body.clone();
                async move {
                    let _ = request.into_body().collect().await;
                    Ok::<_, Infallible>(http::Response::new(Full::new(body)))
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    address
}

fn token(address: SocketAddr) -> String {
    let form = "grant_type=refresh_token&refresh_token=Atzr%7Csim-refresh\
                &client_id=amzn1.application-oa2-client.sim&client_secret=amzn1.oa2-cs.v1.sim-secret";
    let request = format!(
        "POST /auth/o2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let (_, body) = answer(address, request.as_bytes());
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    body["access_token"].as_str().unwrap().to_string()
}

fn answer(address: SocketAddr, request: &[u8]) -> (String, Vec<u8>) {
    let mut client = Client::new(address);
    client.send(request);
    let (head, body) = client.last.split_at(client.body_from);
    (String::from_utf8_lossy(head).into_owned(), body.to_vec())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how much a server carries is the subject here"
)]
fn load(address: SocketAddr, request: &[u8]) -> f64 {
    let (over, answered) = (AtomicBool::new(false), Arc::new(AtomicU64::new(0)));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut client = Client::new(address);
                while !over.load(Ordering::Relaxed) {
                    client.send(request);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(ROUND);
        over.store(true, Ordering::Relaxed);
    });
    answered.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

/// A keep-alive connection that reads answers by their length.
struct Client {
    stream: TcpStream,
    last: Vec<u8>,
    body_from: usize,
}

impl Client {
    fn new(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Client {
            stream,
            last: Vec::with_capacity(1 << 14),
            body_from: 0,
        }
    }

    fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).unwrap();
        self.last.clear();
        let mut chunk = [0; 1 << 13];
        loop {
            let count = self.stream.read(&mut chunk).unwrap();
            assert!(count > 0, "the server hung up");
            self.last.extend_from_slice(&chunk[..count]);
            let Some(end) = self.last.windows(4).position(|it| it == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.last[..end]).unwrap();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().unwrap())
            });
            self.body_from = end + 4;
            if self.last.len() >= self.body_from + length.unwrap_or(0) {
                return;
            }
        }
    }
}
