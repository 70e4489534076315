//! HTTP/1.1 in front of a machine: bounded connections, headers, bodies and waiting times, so that a slow or hostile client
//! costs its own connection and nothing else.
//!
//! Header names are written in title case: real platforms' clients look for `Link` and `X-Shopify-Shop-Api-Call-Limit`
//! spelled so. Which host is named decides nothing.

mod authority;
mod body;
mod framing;
mod head;
mod stream;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel_mocks::core::{Request, Response, paths};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

pub(super) use authority::Authority;
pub use body::FileBody;
use body::Outgoing;
use framing::Judged;
pub(super) use head::tunnel_of;
use head::{REFUSED, Refusal};
use stream::Impatient;

use super::tls::Acceptor;

/// Room for hyper beside the largest head, of which it gets no more than was judged.
const SLACK: usize = 16 << 10;

/// What a client may use up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Connections open at the same time, per listener; more wait to be accepted.
    pub connections: usize,
    /// Bytes of a request's body. Feeds and bulk uploads are the largest.
    pub body_bytes: usize,
    /// Bytes of a request's line and headers.
    pub head_bytes: usize,
    /// Header fields of a request.
    pub headers: usize,
    /// How long a connection may take for the next request's head, idle time included.
    pub head_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long a client may take none of an answer that waits for it.
    pub write_timeout: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            connections: 2_048,
            body_bytes: 16 << 20,
            head_bytes: 64 << 10,
            headers: 128,
            head_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
        }
    }
}

/// Put into a response's extensions: the connection is closed instead, and the client gets nothing.
#[derive(Copy, Clone, Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub struct HangUp;

impl HangUp {
    /// A response that is none.
    pub fn response() -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(HangUp);
        response
    }
}

/// Answers whole requests.
pub trait Answer: Send + Sync + 'static {
    /// Answers one.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send;
}

/// Accepts connections until `stop` turns true; connections that are open then finish the request they are at.
pub async fn serve<A: Answer>(
    listener: TcpListener,
    tls: Option<Acceptor>,
    answer: Arc<A>,
    bounds: Bounds,
    stop: watch::Receiver<bool>,
) {
    accept_each(listener, bounds, stop, move |stream, stop| {
        let (answer, tls) = (answer.clone(), tls.clone());
        async move {
            match tls {
                None => connection(stream, answer, bounds, stop, false).await,
                Some(acceptor) => {
                    let shaken = tokio::time::timeout(bounds.head_timeout, acceptor.accept(stream));
                    if let Ok(Ok(stream)) = shaken.await {
                        connection(stream, answer, bounds, stop, true).await;
                    }
                }
            }
        }
    })
    .await;
}

/// Accepts connections until `stop` turns true, as many at a time as may be open, and lets a task take each.
pub(super) async fn accept_each<T: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
    take: impl Fn(TcpStream, watch::Receiver<bool>) -> T,
) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = stopped(&mut stop) => return,
        };
        let Ok(place) = place else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(_) => {
                // Out of file handles, most likely: others must close before more can open.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Small answers must not wait for an acknowledgement; a socket that refuses works all the same.
        let _ = stream.set_nodelay(true);
        let taken = take(stream, stop.clone());
        tokio::spawn(async move {
            taken.await;
            drop(place);
        });
    }
}

/// Waits until the service is to end, or is gone already.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves the requests of a connection.
pub(super) async fn connection<A: Answer>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    answer: Arc<A>,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
    secure: bool,
) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let answer = answer.clone();
        async move { exchange(request, &*answer, bounds, secure).await }
    });
    let stream = Judged::new(Impatient::new(stream, bounds), bounds);
    let connection = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_timeout)
        .max_buf_size(bounds.head_bytes + SLACK)
        .max_headers(bounds.headers.max(8))
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // Errors are the client's: a broken head, a hang-up. Hyper has answered what can be answered.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(Duration::from_secs(2), connection).await;
        }
    }
}

async fn exchange<A: Answer>(
    request: http::Request<Incoming>,
    answer: &A,
    bounds: Bounds,
    secure: bool,
) -> Result<http::Response<Outgoing>, HangUp> {
    let request = match whole(request, bounds, secure).await {
        Ok(request) => request,
        Err((status, why)) => return Ok(refused(status, why)),
    };
    let response = answer.answer(request).await;
    let extensions = response.extensions();
    if let Some(hang_up) = extensions.get::<HangUp>() {
        return Err(*hang_up);
    }
    Ok(match extensions.get::<FileBody>() {
        Some(file) => {
            let body = Outgoing::file(file.clone());
            response.map(|_| body)
        }
        None => response.map(|body| Outgoing::whole(Bytes::from(body))),
    })
}

/// A request with its whole body, or the status with which the transport itself refuses it, and why.
async fn whole(
    request: http::Request<Incoming>,
    bounds: Bounds,
    secure: bool,
) -> Result<Request, (StatusCode, &'static str)> {
    if let Some(number) = request.headers().get(REFUSED) {
        let refusal = Refusal::numbered(number.as_bytes());
        return Err((refusal.status(), refusal.why()));
    }
    let (mut parts, body) = request.into_parts();
    if let Some(plain) = paths::normalised(&parts.uri) {
        parts.uri = plain;
    }
    if parts.method == Method::HEAD {
        // It is answered as a GET would be; the body is left out on the way to the client.
        parts.method = Method::GET;
    }
    let length = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > bounds.body_bytes) {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
    }
    let body = Limited::new(body, bounds.body_bytes).collect();
    let body = match tokio::time::timeout(bounds.body_timeout, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
        }
        Ok(Err(_)) => return Err((StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => return Err((StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    };
    if secure {
        // Links that a platform writes lead back to it by the scheme the client came with.
        let https = HeaderValue::from_static("https");
        parts.headers.insert("x-forwarded-proto", https);
    }
    Ok(Request::from_parts(parts, Vec::from(body)))
}

/// What the transport itself refuses; no platform is asked.
fn refused(status: StatusCode, why: &str) -> http::Response<Outgoing> {
    let body = format!("{{\"error\":\"{why}\"}}");
    let mut response = http::Response::new(Outgoing::whole(Bytes::from(body)));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
