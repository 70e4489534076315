//! The front door: one address for all systems, which tells them apart by host name, as programs do that have the
//! platforms' hosts built in. The same address is a forward proxy for these hosts and for no other: nothing is ever
//! passed on to the world outside.

mod answer;
mod begun;
pub mod hosts;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::http::{Authority, Bounds, accept_each, connection, tunnel_of};
use super::service::Shared;
use super::tls::{self, Acceptor};
use answer::{FrontAnswer, unknown};
use begun::{Beginning, Begun};
use hosts::Behind;

/// How long what a refused client still sends is read: a connection that is closed with bytes unread is reset, and the refusal
/// would be lost on its way. A second is more than the way takes to anybody who is served (assumed).
const LINGER: Duration = Duration::from_secs(1);
/// How much of it: as much as the longest head that is read elsewhere.
const LINGER_BYTES: u64 = 64 << 10;

/// The port of HTTPS.
const HTTPS: u16 = 443;

/// What the door leads to.
pub(super) struct Front {
    pub shared: Arc<Shared>,
    pub tls: Option<Acceptor>,
    pub bounds: Bounds,
}

impl Front {
    /// Accepts connections until `stop` turns true.
    pub async fn serve(self, listener: TcpListener, stop: watch::Receiver<bool>) {
        let front = Arc::new(self);
        let bounds = front.bounds;
        accept_each(listener, bounds, stop, move |stream, stop| {
            let front = front.clone();
            async move {
                // What fails is the client's own connection.
                let _ = front.meet(Begun::new(stream), stop).await;
            }
        })
        .await;
    }

    /// Serves a connection from its beginning: a tunnel, a TLS handshake, or requests.
    async fn meet(&self, mut stream: Begun, stop: watch::Receiver<bool>) -> io::Result<()> {
        match self.within(stream.beginning()).await? {
            None => Ok(()),
            Some(Beginning::Tunnel) => self.tunnel(stream, stop).await,
            Some(Beginning::Tls) => self.shake(stream, Vec::new(), stop).await,
            Some(Beginning::Other) => {
                self.requests(stream.rewound(), Vec::new(), stop, false)
                    .await;
                Ok(())
            }
        }
    }

    /// Leads a tunnel to what it asks for, if that is served here.
    async fn tunnel(&self, mut stream: Begun, stop: watch::Receiver<bool>) -> io::Result<()> {
        let head = self
            .within(stream.take_head(self.bounds.head_bytes))
            .await?;
        let Some(head) = head else {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return refuse(stream, status, "the request line and headers are too long").await;
        };
        let (host, port) = match tunnel_of(&head, &self.bounds) {
            Ok(target) => target,
            Err((status, why)) => return refuse(stream, status, why).await,
        };
        let Some(session) = self.shared.session() else {
            let why = "the systems are being opened; try again";
            return refuse(stream, StatusCode::SERVICE_UNAVAILABLE, why).await;
        };
        if hosts::behind(&session, &host) == Behind::Nothing {
            let why = unknown(&session, &format!("{host}:{port}"));
            return refuse(stream, StatusCode::FORBIDDEN, &why).await;
        }
        drop(session);
        if port == HTTPS && self.tls.is_none() {
            let why =
                "https is not spoken here: start the service with --tls, or ask for http addresses";
            return refuse(stream, StatusCode::FORBIDDEN, why).await;
        }
        stream
            .tell(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            .await?;
        match self.within(stream.beginning()).await? {
            None => Ok(()),
            Some(Beginning::Tls) => self.shake(stream, vec![host], stop).await,
            // A tunnel within the tunnel is refused where requests are.
            Some(Beginning::Tunnel | Beginning::Other) => {
                self.requests(stream.rewound(), vec![host], stop, false)
                    .await;
                Ok(())
            }
        }
    }

    /// Ends the TLS of a client, and serves what is inside.
    async fn shake(
        &self,
        stream: Begun,
        mut reached: Vec<String>,
        stop: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let Some(acceptor) = &self.tls else {
            return Ok(());
        };
        let stream = self.within(acceptor.accept(stream.rewound())).await?;
        if let Some(name) = tls::server_name(&stream) {
            let name = Authority::of(&name).name();
            if !reached.contains(&name) {
                reached.push(name);
            }
        }
        self.requests(stream, reached, stop, true).await;
        Ok(())
    }

    async fn requests(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        reached: Vec<String>,
        stop: watch::Receiver<bool>,
        secure: bool,
    ) {
        let shared = self.shared.clone();
        let answer = Arc::new(FrontAnswer { shared, reached });
        connection(stream, answer, self.bounds, stop, secure).await;
    }

    /// What comes of waiting for a client, as long as it may take for a head.
    async fn within<T>(&self, waiting: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        tokio::time::timeout(self.bounds.head_timeout, waiting)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Refuses a tunnel with a sentence.
async fn refuse(stream: Begun, status: StatusCode, why: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        why.len() + 1
    );
    let text = format!("{head}{why}\n");
    let mut stream = stream.rewound();
    let linger = async {
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(LINGER_BYTES), &mut tokio::io::sink()).await
    };
    // A client that has seen the refusal hangs up; one that goes on sending is cut off.
    let _ = tokio::time::timeout(LINGER, linger).await;
    Ok(())
}
