//! Follows the clock of emulators: `GET` at the configuration's `clock.url`, which is answered when the clock has been set,
//! or after a while (docs/serve.md, the clock).

use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use tokio::sync::watch;

use crate::realtime::clock::Calendar;

/// How long the first answer may take: an engine starts without one too.
const FIRST_WITHIN: Duration = Duration::from_secs(2);
/// How long an answer that is held back may take.
const WITHIN: Duration = Duration::from_secs(30);
/// Pause before a clock that did not answer is asked again. The last line goes on meanwhile.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// Largest answer that is read.
const LARGEST_ANSWER: usize = 64 << 10;

/// What is told.
#[derive(Debug, Deserialize)]
struct Told {
    speed: f64,
    real_unix_micros: i64,
    platform_unix_micros: i64,
    version: u64,
}

/// A clock elsewhere.
#[derive(Clone)]
pub struct ClockSource {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    version: Option<u64>,
}

impl ClockSource {
    /// The clock at an address.
    pub fn new(url: &str) -> ClockSource {
        ClockSource {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: url.to_string(),
            version: None,
        }
    }

    /// How it runs now; `None` when it does not answer soon.
    pub async fn first(&mut self) -> Option<Calendar> {
        self.ask(FIRST_WITHIN).await
    }

    /// Tells every change, until nobody listens any more.
    pub async fn follow(mut self, calendars: watch::Sender<Option<Calendar>>) {
        loop {
            let asked = tokio::select! {
                asked = self.ask(WITHIN) => asked,
                () = calendars.closed() => return,
            };
            match asked {
                Some(calendar) => {
                    calendars.send_replace(Some(calendar));
                }
                None => tokio::time::sleep(ASK_AGAIN).await,
            }
        }
    }

    async fn ask(&mut self, within: Duration) -> Option<Calendar> {
        let asked = tokio::time::timeout(within, self.exchange()).await.ok()?;
        let Told {
            speed,
            real_unix_micros,
            platform_unix_micros,
            version,
        } = asked?;
        // A clock that stands still or runs back is none.
        if !super::config::speed_fits(speed) {
            return None;
        }
        self.version = Some(version);
        Some(Calendar {
            speed,
            real: real_unix_micros,
            platform: platform_unix_micros,
        })
    }

    async fn exchange(&self) -> Option<Told> {
        let uri: Uri = match self.version {
            Some(version) => format!("{}?since={version}", self.url).parse().ok()?,
            None => self.url.parse().ok()?,
        };
        let response = self.client.get(uri).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let body = Limited::new(response.into_body(), LARGEST_ANSWER);
        let body = body.collect().await.ok()?.to_bytes();
        serde_json::from_slice(&body).ok()
    }
}
