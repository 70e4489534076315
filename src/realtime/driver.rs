//! Drives one engine through a scenario in real time: tells it where everything is, lets the buyers come at their times,
//! and waits until nothing is open any more or the time to settle is over.

use std::future::Future;
use std::time::Duration;

use channel_mocks::core::Micros;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::http_client::{self, SendError};
use super::watch::Watched;

/// Platform time between two looks, as in virtual time ...
const LOOK_EVERY: Micros = Micros::from_secs(10);
/// ... but no more often, in real time, than this ...
const LEAST_PAUSE: Duration = Duration::from_millis(20);
/// ... and no less often than this, because somebody may be watching.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// Pause before an engine that did not answer is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// How far a session of the served systems is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// Platform time.
    pub now: Micros,
    /// Checkouts of the scenario's buyers so far.
    pub checkouts: u64,
    /// Platform time at which the last buyer may come; `None` when none were let in.
    pub demand_until: Option<Micros>,
    /// Whether the last one has come.
    pub demand_is_over: bool,
    /// Whether nothing is open any more, and nobody has anything left to do by hand.
    pub rests: bool,
}

/// Systems that are served, as the driver sees them.
pub trait PlayedService {
    /// Lets the scenario's buyers come, from now on.
    fn begin_demand(&self) -> impl Future<Output = ()>;
    /// How far the present session is; `None` between two.
    fn status(&self) -> impl Future<Output = Option<SessionStatus>>;
    /// Platform seconds in a real second; `None` between two sessions.
    fn speed(&self) -> Option<f64>;
}

/// How a driven session came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing was open any more after the last buyer.
    Rested,
    /// The time to settle was over.
    Deadline,
    /// The engine is gone.
    EngineGone(String),
    /// The session was ended by others: somebody reset it through the control API.
    Ended,
}

/// Why an engine has not taken the connection document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It answered with this status.
    #[error("it answered {0} instead of 2xx")]
    Answered(u16),
    /// Somebody took the connection and gave no answer of HTTP.
    #[error("it took the connection and gave no answer within {} s{}", within.as_secs_f64(), last(why))]
    Silent {
        /// The patience.
        within: Duration,
        /// What came of the last request that ended.
        why: Option<String>,
    },
    /// Nobody was reached.
    #[error("{0}")]
    Unreached(String),
}

impl Refusal {
    /// Whether somebody was there.
    pub fn is_of_somebody(&self) -> bool {
        !matches!(self, Refusal::Unreached(_))
    }
}

/// What came last, where anything did.
fn last(why: &Option<String>) -> String {
    why.as_ref()
        .map_or_else(String::new, |why| format!("; last: {why}"))
}

/// Hands an engine that runs already the connection document: a POST that it has to answer with 2xx. Nobody listening
/// yet is waited for, within the patience.
///
/// # Errors
/// Says what the engine answered, or why it could not be reached.
pub async fn introduce(url: &http::Uri, document: &str, patience: Duration) -> Result<(), Refusal> {
    // A request that is not answered is under way until the patience is over: what was said of others before is no news then.
    let (mut nobody, mut somebody) = (None, None);
    let mut is_taken = false;
    let tries = async {
        loop {
            let mut request = http::Request::new(document.as_bytes().to_vec());
            *request.method_mut() = http::Method::POST;
            *request.uri_mut() = url.clone();
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
            let sent = match http_client::connect(url).await {
                Ok(stream) => {
                    is_taken = true;
                    http_client::send_on(stream, request).await
                }
                Err(error) => Err(error),
            };
            match sent {
                Ok(status) if (200..300).contains(&status) => return Ok(()),
                Ok(status) => return Err(Refusal::Answered(status)),
                Err(SendError::Unreached(why)) => nobody = Some(why),
                // It may listen before it can answer, so that it is asked again as well.
                Err(SendError::Unanswered(why)) => somebody = Some(why),
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    };
    match tokio::time::timeout(patience, tries).await {
        Ok(outcome) => outcome,
        Err(_) => Err(match is_taken {
            true => Refusal::Silent {
                within: patience,
                why: somebody,
            },
            false => Refusal::Unreached(format!(
                "no answer within {} s, since nobody was there{}",
                patience.as_secs_f64(),
                last(&nobody)
            )),
        }),
    }
}

/// Lets the buyers come and waits for the end, which is reached early when the engine is gone; `show` gets each status.
pub async fn play(
    service: &impl PlayedService,
    settle: Micros,
    engine: &mut Watched,
    mut show: impl FnMut(&SessionStatus),
) -> End {
    service.begin_demand().await;
    // What is on its way from one system to the next is nobody's open item for a moment: only two looks in a row that find
    // nothing mean that there is nothing.
    let mut rested_before = false;
    loop {
        let Some(status) = service.status().await else {
            return End::Ended;
        };
        show(&status);
        if let Some(why) = engine.gone().await {
            return End::EngineGone(why);
        }
        let rests = status.demand_is_over && status.rests;
        if rests && rested_before {
            return End::Rested;
        }
        rested_before = rests;
        let Some(until) = status.demand_until else {
            // A session after a reset, in which nobody was let in.
            return End::Ended;
        };
        if status.now >= until + settle {
            return End::Deadline;
        }
        let speed = service.speed().unwrap_or(1.0);
        let pause = Duration::from_secs_f64(LOOK_EVERY.as_secs_f64() / speed);
        tokio::time::sleep(pause.clamp(LEAST_PAUSE, LONGEST_PAUSE)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Answers one request with a status, and gives what was asked.
    async fn answers_once(listener: tokio::net::TcpListener, status: &str) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4_096];
        let mut count = 0;
        while !bytes[..count].ends_with(b"}") {
            count += stream.read(&mut bytes[count..]).await.unwrap();
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    #[tokio::test]
    async fn an_engine_is_told_where_everything_is() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/connect", listener.local_addr().unwrap());
        let url: http::Uri = url.parse().unwrap();
        let asked = tokio::spawn(answers_once(listener, "204 No Content"));
        introduce(&url, "{\"a\":1}", Duration::from_secs(5))
            .await
            .unwrap();
        let text = asked.await.unwrap();
        assert!(text.starts_with("POST /connect HTTP/1.1\r\n"), "{text}");
        assert!(
            text.contains("Content-Type: application/json\r\n"),
            "{text}"
        );
        assert!(text.ends_with("{\"a\":1}"), "{text}");
    }

    #[tokio::test]
    async fn an_engine_that_refuses_or_is_not_there_is_reported() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: http::Uri = format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let asked = tokio::spawn(answers_once(listener, "503 Service Unavailable"));
        let refused = introduce(&url, "{}", Duration::from_secs(5))
            .await
            .unwrap_err();
        assert_eq!(refused, Refusal::Answered(503));
        asked.await.unwrap();
        let nobody = introduce(&url, "{}", Duration::from_millis(150))
            .await
            .unwrap_err();
        assert!(nobody.to_string().contains("no answer within"), "{nobody}");
    }
}
