//! One HTTP/1.1 request on a connection of its own.

use bytes::Bytes;
use channel_mocks::core::Request;
use http::Uri;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why a request has no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It was sent to nobody: the address is none, or nobody listens there.
    #[error("{0}")]
    Unreached(String),
    /// Somebody took the connection, and what came back is no answer of HTTP.
    #[error("{0}")]
    Unanswered(String),
}

/// Sends a request to the absolute address in its URI, on a connection of its own, and gives the status of the answer.
///
/// # Errors
/// When it is no `http:` address, nobody listens there, or no answer comes; says why.
pub async fn send(request: Request) -> Result<u16, SendError> {
    let stream = connect(request.uri()).await?;
    send_on(stream, request).await
}

fn unreached(error: &dyn std::fmt::Display) -> SendError {
    SendError::Unreached(error.to_string())
}

/// Connects to whoever listens at the absolute address of a URI.
///
/// # Errors
/// [`SendError::Unreached`].
pub async fn connect(uri: &Uri) -> Result<TcpStream, SendError> {
    if uri.scheme_str() != Some("http") {
        return Err(unreached(&format!("{uri} is no http: address")));
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let connected = TcpStream::connect((host, port)).await;
    connected.map_err(|error| unreached(&error))
}

/// Sends a request on a connection that is its own, and gives the status of the answer.
///
/// # Errors
/// When no answer comes; says why.
pub async fn send_on(stream: TcpStream, request: Request) -> Result<u16, SendError> {
    let unanswered = |error: &dyn std::fmt::Display| SendError::Unanswered(error.to_string());
    let uri = request.uri().clone();
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| unanswered(&error))?;
    let driving = tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    if !parts.headers.contains_key(http::header::HOST) {
        let authority = uri.authority().map_or("", |it| it.as_str()).parse();
        let authority = authority.map_err(|_| unreached(&format!("{uri} has no host")))?;
        parts.headers.insert(http::header::HOST, authority);
    }
    let path = uri.path_and_query().map_or("/", |it| it.as_str()).parse();
    parts.uri = path.map_err(|_| unreached(&format!("{uri} has no path")))?;
    let request = http::Request::from_parts(parts, Full::new(Bytes::from(body)));
    let response = sender.send_request(request).await;
    let response = response.map_err(|error| unanswered(&error))?;
    let status = response.status().as_u16();
    // The receiver's answer is read to its end, as platforms do, but not kept.
    let _ = http_body_util::Limited::new(response.into_body(), 1 << 20)
        .collect()
        .await;
    driving.abort();
    Ok(status)
}
