//! Receives webhooks. Each that its platform has signed is answered by the engine, after what it told is on disk; of the
//! others nothing is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use tokio::sync::{mpsc, oneshot};

use super::gate::{Gate, Refused};
use super::run::Arrival;
use crate::engine::{ChannelIndex, Request, Response};
use crate::serve::http::{Answer, Bounds};

/// Webhooks are small and short; a platform that asks more of the listener is none.
pub const BOUNDS: Bounds = Bounds {
    connections: 256,
    body_bytes: 1 << 20,
    head_bytes: 16 << 10,
    headers: 64,
    head_timeout: std::time::Duration::from_secs(75),
    body_timeout: std::time::Duration::from_secs(30),
    write_timeout: std::time::Duration::from_secs(30),
};

/// Answers webhooks: `/0` is the address of the first channel, `/1` that of the second.
pub struct Webhooks {
    /// Who may pass.
    pub gate: Gate,
    /// Deliveries that did not pass.
    pub refused: Arc<AtomicU64>,
    /// The way to the engine.
    pub arrivals: mpsc::Sender<Arrival>,
}

fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// The channel of a callback address.
fn channel_of(path: &str, channels: u16) -> Option<ChannelIndex> {
    let first = path.strip_prefix('/')?.split('/').next()?;
    // Only the plain number is the address.
    if first.is_empty() || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let index = first.parse().ok().filter(|index| *index < channels)?;
    Some(ChannelIndex(index))
}

impl Answer for Webhooks {
    async fn answer(&self, request: Request) -> Response {
        let Some(channel) = channel_of(request.uri().path(), self.gate.channels()) else {
            return bare(StatusCode::NOT_FOUND);
        };
        if let Err(refused) = self.gate.admit(channel, &request) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return match refused {
                Refused::NotSigned => bare(StatusCode::UNAUTHORIZED),
                Refused::TooMuch => {
                    let mut response = bare(StatusCode::TOO_MANY_REQUESTS);
                    let second = HeaderValue::from_static("1");
                    response.headers_mut().insert(RETRY_AFTER, second);
                    response
                }
            };
        }
        let (reply, answer) = oneshot::channel();
        let arrival = Arrival::Delivery {
            channel,
            request,
            reply,
        };
        if self.arrivals.send(arrival).await.is_err() {
            return bare(StatusCode::SERVICE_UNAVAILABLE);
        }
        // An engine that ends without an answer has not kept it: the platform shall send it again.
        answer
            .await
            .unwrap_or_else(|_| bare(StatusCode::SERVICE_UNAVAILABLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callback_addresses_lead_to_their_channel_and_nothing_else_does() {
        assert_eq!(channel_of("/0", 2), Some(ChannelIndex(0)));
        assert_eq!(channel_of("/1/", 2), Some(ChannelIndex(1)));
        for path in ["/2", "/", "", "/+1", "/one", "1", "/-0", "/99999999"] {
            assert_eq!(channel_of(path, 2), None, "{path}");
        }
    }
}
