//! HTTP/1.1 in front of a machine: bounded connections, headers, bodies and waiting times, so that a slow or hostile client
//! costs its own connection and nothing else.
//!
//! Header names are written in title case: real platforms' clients look for `Link` and `X-Shopify-Shop-Api-Call-Limit`
//! spelled so. Hosts are never looked at.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use channel_mocks::core::{Request, Response};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

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

/// Answers whole requests.
pub trait Answer: Send + Sync + 'static {
    /// Answers one.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send;
}

/// Accepts connections until `stop` turns true; connections that are open then finish the request they are at.
pub async fn serve<A: Answer>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    answer: Arc<A>,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
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
        let (answer, tls, stop) = (answer.clone(), tls.clone(), stop.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, answer, bounds, stop, false).await,
                Some(acceptor) => {
                    let shaken = tokio::time::timeout(bounds.head_timeout, acceptor.accept(stream));
                    if let Ok(Ok(stream)) = shaken.await {
                        connection(stream, answer, bounds, stop, true).await;
                    }
                }
            }
            drop(place);
        });
    }
}

/// Waits until the service is to end, or is gone already.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection<A: Answer>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    answer: Arc<A>,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
    secure: bool,
) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let answer = answer.clone();
        async move { Ok::<_, Infallible>(exchange(request, &*answer, bounds, secure).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .title_case_headers(true)
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_timeout)
        .max_buf_size(bounds.head_bytes)
        .max_headers(bounds.headers)
        .serve_connection(TokioIo::new(Impatient::new(stream, bounds)), service);
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

/// A connection that breaks when its client takes nothing of what is written for too long.
struct Impatient<S> {
    stream: S,
    patience: Duration,
    /// Runs while the client takes nothing.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Impatient<S> {
    fn new(stream: S, bounds: Bounds) -> Impatient<S> {
        Impatient {
            stream,
            patience: bounds.write_timeout,
            deadline: None,
        }
    }

    /// The outcome of a write, or an error when there has been none for too long.
    fn limit<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.deadline = None;
            return outcome;
        }
        let patience = self.patience;
        let new = || Box::pin(tokio::time::sleep(patience));
        let deadline = self.deadline.get_or_insert_with(new);
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.limit(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.limit(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.limit(context, outcome)
    }
}

async fn exchange<A: Answer>(
    request: http::Request<Incoming>,
    answer: &A,
    bounds: Bounds,
    secure: bool,
) -> http::Response<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    let length = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > bounds.body_bytes) {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    }
    let body = Limited::new(body, bounds.body_bytes).collect();
    let body = match tokio::time::timeout(bounds.body_timeout, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
        }
        Ok(Err(_)) => return refused(StatusCode::BAD_REQUEST, "the body broke off"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "the body took too long"),
    };
    if secure {
        // Links that a platform writes lead back to it by the scheme the client came with.
        let https = HeaderValue::from_static("https");
        parts.headers.insert("x-forwarded-proto", https);
    }
    let request = Request::from_parts(parts, Vec::from(body));
    let response = answer.answer(request).await;
    response.map(|body| Full::new(Bytes::from(body)))
}

/// What the transport itself refuses; no platform is asked.
fn refused(status: StatusCode, why: &str) -> http::Response<Full<Bytes>> {
    let body = format!("{{\"error\":\"{why}\"}}");
    let mut response = http::Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
