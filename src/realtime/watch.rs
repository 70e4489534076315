//! Whether an engine under test is still there: a process of the driver's own, or somebody who listens at an address.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::clock::real_now;
use super::engine_child::EngineChild;

/// Pause between two attempts to connect to an engine elsewhere.
const CONNECT_EVERY: Duration = Duration::from_secs(1);
/// Longest wait for one connection; an engine that is slow to accept is not gone.
const CONNECT_WITHIN: Duration = Duration::from_millis(250);

/// An engine that is watched.
#[derive(Debug)]
pub enum Watched {
    /// Started by the driver.
    Process(EngineChild),
    /// Running already.
    Remote(RemoteEngine),
}

impl Watched {
    /// Why the engine is gone, if it is.
    pub async fn gone(&mut self) -> Option<String> {
        match self {
            Watched::Process(process) => process.gone(),
            Watched::Remote(remote) => remote.gone().await,
        }
    }
}

/// An engine at an address. It is gone when connections have been refused there for longer than the patience: one that is
/// restarted sooner is still the same engine.
#[derive(Debug)]
pub struct RemoteEngine {
    url: http::Uri,
    patience: Duration,
    asked_at: Option<Instant>,
    refused_since: Option<Instant>,
}

impl RemoteEngine {
    /// An engine that listens at `url`.
    pub fn new(url: http::Uri, patience: Duration) -> RemoteEngine {
        RemoteEngine {
            url,
            patience,
            asked_at: None,
            refused_since: None,
        }
    }

    async fn gone(&mut self) -> Option<String> {
        let now = real_now();
        if self.asked_at.is_some_and(|at| now < at + CONNECT_EVERY) {
            return None;
        }
        self.asked_at = Some(now);
        if !self.refuses().await {
            self.refused_since = None;
            return None;
        }
        let since = *self.refused_since.get_or_insert(now);
        (now.saturating_duration_since(since) >= self.patience).then(|| {
            let patience = self.patience.as_secs_f64();
            format!("nobody has listened at {} for {patience} s", self.url)
        })
    }

    /// Whether nobody listens. Everything but a refusal may be an engine that is busy.
    async fn refuses(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        let host = host.trim_matches(['[', ']']);
        let connect = TcpStream::connect((host, self.url.port_u16().unwrap_or(80)));
        match tokio::time::timeout(CONNECT_WITHIN, connect).await {
            Ok(Err(error)) => error.kind() == ErrorKind::ConnectionRefused,
            Ok(Ok(_)) | Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_is_gone_when_nobody_has_listened_for_its_patience() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: http::Uri = format!("http://{}/connect", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let mut listening = RemoteEngine::new(url.clone(), Duration::ZERO);
        assert_eq!(listening.gone().await, None);
        drop(listener);
        let mut impatient = RemoteEngine::new(url.clone(), Duration::ZERO);
        let why = impatient.gone().await.unwrap();
        assert!(
            why.starts_with("nobody has listened at http://127.0.0.1:"),
            "{why}"
        );
        let mut patient = RemoteEngine::new(url, Duration::from_secs(3_600));
        assert_eq!(patient.gone().await, None, "it may be starting again");
        assert!(patient.refused_since.is_some());
    }
}
