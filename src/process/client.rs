//! The engine's calls over HTTP/1.1: pooled connections, a limit on calls under way per target, a limit on their time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::clock::real_now;
use super::config::{ConfigError, EngineFile};
use super::run::Arrival;
use crate::engine::{CallError, CallId, ChannelIndex, Request, Response, Target};
use crate::scenario::Problem;

/// Calls of one target under way at the same time; more wait. An engine has no more under way by itself (`MAX_CALLS_UNDER_WAY`
/// of its links); only calls of a former run of the process that are not answered yet come on top.
const CALLS_PER_TARGET: usize = 64;
/// Largest answer that is read.
const LARGEST_ANSWER: usize = 64 << 20;
/// Connections without a call are closed after this, before servers do.
const IDLE: Duration = Duration::from_secs(30);
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// The header that names an action of the queue's protocol.
const QUEUE_ACTION: &str = "x-amz-target";

/// Where calls go.
struct Place {
    api: Authority,
    /// Of the notification queue, when it is elsewhere.
    queue: Option<Authority>,
    turns: Arc<Semaphore>,
}

/// Makes the engine's calls.
pub struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    channels: Vec<Place>,
    warehouse: Place,
    patience: Duration,
    answers: mpsc::Sender<Arrival>,
}

fn authority(name: &str, url: &str) -> Result<Authority, ConfigError> {
    let found = url.parse::<Uri>().ok();
    found
        .and_then(|uri| uri.authority().cloned())
        .ok_or_else(|| ConfigError {
            name: name.to_string(),
            problems: vec![Problem::placeless(format!("\"{url}\" is not an address"))],
        })
}

impl Caller {
    /// A client for everything a configuration names. Answers are sent to `answers`.
    ///
    /// # Errors
    /// When an address is none; a checked configuration has none such.
    pub fn new(file: &EngineFile, answers: mpsc::Sender<Arrival>) -> Result<Caller, ConfigError> {
        let place = |url: &str, queue: Option<&str>| -> Result<Place, ConfigError> {
            Ok(Place {
                api: authority("the configuration", url)?,
                queue: queue
                    .map(|url| authority("the configuration", url))
                    .transpose()?,
                turns: Arc::new(Semaphore::new(CALLS_PER_TARGET)),
            })
        };
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        Ok(Caller {
            client: Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .pool_timer(TokioTimer::new())
                .build(connector),
            channels: file
                .channel
                .iter()
                .map(|channel| place(&channel.url, channel.queue_url.as_deref()))
                .collect::<Result<_, _>>()?,
            warehouse: place(&file.warehouse.url, None)?,
            patience: file.patience(),
            answers,
        })
    }

    fn place(&self, target: Target) -> &Place {
        match target {
            Target::Channel(ChannelIndex(index)) => &self.channels[usize::from(index)],
            Target::Warehouse => &self.warehouse,
        }
    }

    /// Starts a call that the engine made at `made_at`; its end arrives by itself. It is given up within the patience from
    /// then, and not begun at all when that has passed: engines rely on a call being carried soon or never (docs/theory.md A5,
    /// H3), however long a disk or other calls held it up.
    pub fn call(&self, call: CallId, target: Target, request: Request, made_at: Instant) {
        let place = self.place(target);
        let queue = place.queue.as_ref();
        let authority = match queue.filter(|_| request.headers().contains_key(QUEUE_ACTION)) {
            Some(queue) => queue.clone(),
            None => place.api.clone(),
        };
        let (client, turns) = (self.client.clone(), place.turns.clone());
        let (until, answers) = (made_at + self.patience, self.answers.clone());
        tokio::spawn(async move {
            let made = tokio::time::timeout_at(until, async {
                let _turn = turns.acquire_owned().await;
                if real_now() >= until {
                    return Err(CallError::TimedOut);
                }
                exchange(&client, authority, request).await
            });
            let result = made.await.unwrap_or(Err(CallError::TimedOut));
            // The engine may have ended; nobody waits for the answer then.
            let _ = answers
                .send(Arrival::Answer {
                    call,
                    target,
                    result,
                })
                .await;
        });
    }

    /// Makes a call to the warehouse outside of the engine.
    ///
    /// # Errors
    /// As for calls of the engine.
    pub async fn ask_warehouse(&self, request: Request) -> Result<Response, CallError> {
        let made = exchange(&self.client, self.warehouse.api.clone(), request);
        tokio::time::timeout(self.patience, made)
            .await
            .unwrap_or(Err(CallError::TimedOut))
    }
}

async fn exchange(
    client: &Client<HttpConnector, Full<Bytes>>,
    authority: Authority,
    request: Request,
) -> Result<Response, CallError> {
    let (mut parts, body) = request.into_parts();
    let mut uri = parts.uri.into_parts();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(authority);
    uri.path_and_query
        .get_or_insert(PathAndQuery::from_static("/"));
    parts.uri = Uri::from_parts(uri).map_err(|_| CallError::ConnectionLost)?;
    let request = http::Request::from_parts(parts, Full::new(Bytes::from(body)));
    let response = client
        .request(request)
        .await
        .map_err(|_| CallError::ConnectionLost)?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, LARGEST_ANSWER)
        .collect()
        .await
        .map_err(|_| CallError::ConnectionLost)?;
    Ok(Response::from_parts(parts, Vec::from(body.to_bytes())))
}
