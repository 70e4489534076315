//! Webhooks, and a receiver of them on this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};

use super::served::{Served, graphql};

/// A receiver that answers every webhook with 200 and hands over its text, head and body.
pub struct Hook {
    pub url: String,
    pub received: Receiver<String>,
}

impl Hook {
    pub fn open() -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, received) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = vec![0; 1 << 18];
                let mut count = 0;
                while !is_whole(&bytes[..count]) {
                    let read = stream.read(&mut bytes[count..]).unwrap();
                    assert!(read > 0, "it broke off");
                    count += read;
                }
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer).unwrap();
                // The test may have ended.
                let _ = sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
            }
        });
        Hook { url, received }
    }

    /// Subscribes to new orders of the Shopify shop.
    pub fn subscribe(&self, served: &Served) {
        let created = graphql(
            served,
            &format!(
                "mutation {{ webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {{uri: \"{}\"}}) {{ userErrors {{ message }} }} }}",
                self.url
            ),
        );
        let errors = &created["data"]["webhookSubscriptionCreate"]["userErrors"];
        assert_eq!(errors, &json!([]), "{created}");
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let head_bytes = head.len() + 4;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().unwrap())
    });
    bytes.len() >= head_bytes + length.unwrap_or(0)
}

/// A buyer takes a unit from the Shopify shop.
pub fn buy(served: &Served) -> Value {
    let line = json!({"sku": "SKU-00001"});
    let basket = json!({"channel": "shopify", "lines": [line]});
    let (status, sold) = served.control("POST", "checkout", &basket);
    assert_eq!(status, 200, "{sold}");
    sold
}

#[test]
fn a_webhook_reaches_a_receiver_on_this_machine() {
    let hook = Hook::open();
    let served = Served::start(&["--speed", "20"]);
    hook.subscribe(&served);
    buy(&served);
    let text = hook.received.recv().unwrap();
    assert!(text.starts_with("POST /hook HTTP/1.1"), "{text}");
    assert!(text.contains("X-Shopify-Hmac-Sha256: "), "{text}");
}
