//! Webhooks on their way to real receivers.

use std::net::IpAddr;
use std::time::Duration;

use channel_mocks::core::{DeliveryOutcome, Request};
use tokio::sync::Semaphore;

use crate::realtime::http_client::send;

/// Webhooks on their way at the same time; more wait for their turn, within their own patience.
const AT_ONCE: usize = 256;
/// No receiver needs less than this, however fast platform time runs.
const LEAST_PATIENCE: Duration = Duration::from_millis(250);

/// Carries webhooks over HTTP/1.1, one connection each.
#[derive(Debug)]
pub struct WebhookSender {
    /// Whether receivers beyond this machine are served.
    beyond_loopback: bool,
    turns: Semaphore,
}

impl WebhookSender {
    /// Reaches receivers on this machine, or everywhere.
    pub fn new(beyond_loopback: bool) -> WebhookSender {
        WebhookSender {
            beyond_loopback,
            turns: Semaphore::new(AT_ONCE),
        }
    }

    /// Delivers a webhook to the absolute address in its URI. Addresses that are not `http:`, or not on this machine
    /// where they must be, fail like receivers that are down.
    pub async fn deliver(&self, request: Request, patience: Duration) -> DeliveryOutcome {
        let attempt = async {
            let _turn = self.turns.acquire().await.ok()?;
            if !self.beyond_loopback && !is_loopback(request.uri().host()?) {
                return None;
            }
            send(request).await.ok()
        };
        match tokio::time::timeout(patience.max(LEAST_PATIENCE), attempt).await {
            Ok(Some(status)) => DeliveryOutcome::Answered(status),
            Ok(None) | Err(_) => DeliveryOutcome::Failed,
        }
    }
}

/// Whether a host, as an address has it, is this machine alone.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn webhook(uri: String) -> Request {
        http::Request::post(uri)
            .header("x-topic", "t")
            .body(b"{}".to_vec())
            .unwrap()
    }

    #[tokio::test]
    async fn a_receiver_gets_the_webhook_and_its_status_comes_back() {
        let receiver = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = receiver.local_addr().unwrap();
        let received = tokio::spawn(async move {
            let (mut stream, _) = receiver.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let mut count = 0;
            while !bytes[..count].ends_with(b"{}") {
                count += stream.read(&mut bytes[count..]).await.unwrap();
            }
            stream
                .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                .await
                .unwrap();
            String::from_utf8(bytes[..count].to_vec()).unwrap()
        });
        let sender = WebhookSender::new(false);
        let outcome = sender
            .deliver(
                webhook(format!("http://{address}/hook?a=1")),
                Duration::from_secs(5),
            )
            .await;
        assert_eq!(outcome, DeliveryOutcome::Answered(202));
        let text = received.await.unwrap();
        assert!(text.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{text}");
        assert!(text.contains(&format!("Host: {address}\r\n")), "{text}");
        assert!(text.contains("X-Topic: t\r\n"), "{text}");
    }

    #[tokio::test]
    async fn nothing_leaves_this_machine_and_nothing_waits_for_ever() {
        let sender = WebhookSender::new(false);
        for uri in [
            "http://shop.example/hook",
            "https://127.0.0.1:1/hook",
            "http://127.0.0.1:1/",
        ] {
            let outcome = sender
                .deliver(webhook(uri.to_string()), Duration::ZERO)
                .await;
            assert_eq!(outcome, DeliveryOutcome::Failed, "{uri}");
        }
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", silent.local_addr().unwrap());
        let outcome = sender.deliver(webhook(uri), Duration::ZERO).await;
        assert_eq!(outcome, DeliveryOutcome::Failed);
    }
}
