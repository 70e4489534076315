//! The HTTP layer alone, with small bounds: whatever a client sends, or does not send, or does not read, costs its own
//! connection and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::{Request, Response};
use oversell::serve::http::{Answer, Bounds, FileBody, serve};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Long enough for anything that is not stuck.
const LONG: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_millis(300);
/// More than the two ends of a connection buffer.
const LARGE: usize = 96 << 20;

/// So much of a file.
const FILE: u64 = 3_000_001;

/// Answers with a file's beginning, with the length of the body, with many bytes, or not at all.
struct Echo;

impl Answer for Echo {
    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path();
        assert_ne!(path, "/panic", "an answer that fails");
        if path == "/large" {
            return Response::new(vec![0; LARGE]);
        }
        if path == "/file" {
            let mut response = Response::new(Vec::new());
            response.extensions_mut().insert(FileBody {
                path: std::env::current_exe().unwrap(),
                length: FILE,
            });
            return response;
        }
        let text = format!("{path} {}", request.body().len());
        Response::new(text.into_bytes())
    }
}

fn bounds() -> Bounds {
    Bounds {
        connections: 16,
        body_bytes: 1_000,
        head_bytes: 8_192,
        headers: 10,
        head_timeout: PATIENCE,
        body_timeout: PATIENCE,
        write_timeout: PATIENCE,
    }
}

/// A served `Echo`; it ends with the value.
struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

async fn server(bounds: Bounds) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, None, Arc::new(Echo), bounds, stopped));
    Server { address, stop }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a connection of their own, and reads until the server closes it.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that refuses early may have closed its side.
        let _ = stream.write_all(bytes).await;
        read(&mut stream).await
    }

    async fn is_well(&self) {
        let answer = self
            .exchange(b"GET /well HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await;
        assert!(answer.ends_with("\r\n\r\n/well 0"), "{answer}");
    }
}

/// Everything until the end, or until the connection breaks.
async fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(LONG, reading)
        .await
        .expect("the connection is closed");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_nothing_or_slowly_is_let_go_of() {
    let server = server(bounds()).await;
    for start in ["", "GET / HTTP/1.1\r\nHo"] {
        let answer = server.exchange(start.as_bytes()).await;
        assert!(matches!(status(&answer), "none" | "408"), "{answer}");
    }
    // A byte now and then does not help.
    let mut slow = server.connect().await;
    let trickle = async {
        for byte in b"GET / HTTP/1.1\r\nX-Slow: "
            .iter()
            .chain([b'a'; 400].iter())
        {
            if slow.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server is still listening");
    };
    tokio::time::timeout(LONG, trickle).await.unwrap();
    let body = server
        .exchange(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1")
        .await;
    assert_eq!(status(&body), "408", "{body}");
    let chunks = server
        .exchange(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12")
        .await;
    assert_eq!(status(&chunks), "408", "{chunks}");
    server.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_let_go_of() {
    let server = server(Bounds {
        connections: 2,
        ..bounds()
    })
    .await;
    let mut deaf = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream
            .write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        deaf.push(stream);
    }
    // Every place is taken until the server gives up on them.
    tokio::time::timeout(LONG, server.is_well())
        .await
        .expect("a place is free again");
    // One of them, whichever it gave up on first: the other may begin to read in time.
    let (first, second) = deaf.split_at_mut(1);
    let (first, second) = tokio::join!(read(&mut first[0]), read(&mut second[0]));
    let shorter = first.len().min(second.len());
    assert!(shorter < LARGE, "an answer was cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_wait_for_their_turn() {
    let server = server(bounds()).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(server.connect().await);
    }
    tokio::time::timeout(LONG, server.is_well())
        .await
        .expect("idle ones make room");
    drop(idle);
    // A service that ends does not wait for those that hold every place.
    for _ in 0..16 {
        server.connect().await;
    }
    server.stop.send(true).unwrap();
    let gone = async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, gone)
        .await
        .expect("nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused() {
    let server = server(bounds()).await;
    let exact = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n{}",
        "a".repeat(1_000)
    );
    let answer = server.exchange(exact.as_bytes()).await;
    assert!(answer.ends_with("\r\n\r\n/ 1000"), "{answer}");
    for length in ["1001", "99999999999"] {
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        let answer = server.exchange(head.as_bytes()).await;
        assert_eq!(status(&answer), "413", "{length}: {answer}");
    }
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        "a".repeat(1_001)
    );
    assert_eq!(status(&server.exchange(chunked.as_bytes()).await), "413");
    let long = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "a".repeat(10_000)
    );
    assert_eq!(status(&server.exchange(long.as_bytes()).await), "431");
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(10_000));
    assert!(matches!(
        status(&server.exchange(path.as_bytes()).await),
        "414" | "431"
    ));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(20));
    assert_eq!(status(&server.exchange(many.as_bytes()).await), "431");
    server.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_be_read_in_two_ways_is_refused() {
    let server = server(bounds()).await;
    for head in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        "GET http://elsewhere.example/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n",
    ] {
        let answer = server.exchange(head.as_bytes()).await;
        assert!(
            matches!(status(&answer), "none" | "400" | "505" | "408"),
            "{head:?}: {answer}"
        );
    }
    for (head, body) in [
        ("GET / HTTP/1.0", "/ 0"),
        ("OPTIONS * HTTP/1.1", "* 0"),
        ("GET http://x/a?b HTTP/1.1", "/a 0"),
        ("DELETE /%zz/%00 HTTP/1.1", "/%zz/%00 0"),
    ] {
        let text = format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = server.exchange(text.as_bytes()).await;
        assert!(
            answer.ends_with(&format!("\r\n\r\n{body}")),
            "{head}: {answer}"
        );
    }
    server.is_well().await;
}

/// The bound on heads holds to the byte, however the bytes come and whatever follows them.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_may_be_as_long_as_the_bound_and_no_longer() {
    let server = server(bounds()).await;
    let head = |length: usize| {
        let start = "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ";
        let filler = "a".repeat(length - start.len() - 4);
        format!("{start}{filler}\r\n\r\n")
    };
    let longest = bounds().head_bytes;
    let answer = server.exchange(head(longest).as_bytes()).await;
    assert!(answer.ends_with("\r\n\r\n/b 0"), "{answer}");
    let answer = server.exchange(head(longest + 1).as_bytes()).await;
    assert_eq!(status(&answer), "431", "{answer}");
    // A refused head comes after the answers to the requests before it, and nothing is served after it.
    let three = format!(
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n{}GET /c HTTP/1.1\r\nHost: x\r\n\r\n",
        head(longest + 1)
    );
    let answer = server.exchange(three.as_bytes()).await;
    let (first, second) = (answer.find("/a 0"), answer.find(" 431 "));
    assert!(first.is_some() && first < second, "{answer}");
    assert!(!answer.contains("/c 0"), "{answer}");
    server.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_a_row_are_answered_in_order_and_a_failed_answer_stays_alone() {
    let server = server(bounds()).await;
    let answer = server
        .exchange(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let (first, second) = (answer.find("/a 2"), answer.find("/b 0"));
    assert!(first.is_some() && first < second, "{answer}");
    let failed = server
        .exchange(b"GET /panic HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    assert_eq!(status(&failed), "none");
    server.is_well().await;
}

/// A file is read while it is sent: nothing of it is in memory but a few pieces, and a client gets exactly what was promised.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_as_far_as_was_said() {
    let server = server(bounds()).await;
    let mut stream = server.connect().await;
    let request = b"GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    assert!(head.contains("content-length: 3000001"), "{head}");
    let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(answer[end + 4..] == file[..FILE as usize]);
    server.is_well().await;
}

#[test]
fn no_bytes_bring_it_down() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(server(bounds()));
    let word = prop_oneof![
        3 => prop::sample::select(vec![
            "GET ", "POST ", "/", " HTTP/1.1", " HTTP/1.0", "\r\n", "\n", "\r\n\r\n", "Host: x", "Content-Length: ",
            "Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: upgrade\r\nUpgrade: h2c", "0", "5", ": ",
            "Connection: close", "\t", "\0", "99999999999999999999",
        ]).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    let bytes = prop::collection::vec(word, 0..30).prop_map(|words| words.concat());
    let config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(bytes in bytes)| {
        let answer = runtime.block_on(async {
            let mut stream = server.connect().await;
            let _ = stream.write_all(&bytes).await;
            // Whoever is done sending need not be waited for.
            let _ = stream.shutdown().await;
            read(&mut stream).await
        });
        prop_assert!(answer.is_empty() || answer.starts_with("HTTP/1."), "{answer}");
    });
    runtime.block_on(server.is_well());
}
