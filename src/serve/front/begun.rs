//! A connection of which the beginning has been looked at: what was read is read again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes read at once.
const READ: usize = 4 << 10;

/// How a connection begins.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With a handshake of TLS.
    Tls,
    /// With a request for a tunnel.
    Tunnel,
    /// With something else: a request, most likely.
    Other,
}

/// The first byte of a TLS connection: a record of a handshake.
const HANDSHAKE: u8 = 0x16;
/// How a request for a tunnel begins.
const CONNECT: &[u8] = b"CONNECT ";

/// A connection and what has been read of it ahead.
#[derive(Debug)]
pub(super) struct Begun {
    stream: TcpStream,
    ahead: BytesMut,
}

impl Begun {
    pub fn new(stream: TcpStream) -> Begun {
        Begun {
            stream,
            ahead: BytesMut::new(),
        }
    }

    /// Looks at how it begins, or goes on; `None` when it ends first.
    pub async fn beginning(&mut self) -> io::Result<Option<Beginning>> {
        loop {
            let seen = self.ahead.len().min(CONNECT.len());
            match self.ahead.first() {
                Some(&HANDSHAKE) => return Ok(Some(Beginning::Tls)),
                Some(_) if self.ahead[..seen] != CONNECT[..seen] => {
                    return Ok(Some(Beginning::Other));
                }
                Some(_) if seen == CONNECT.len() => return Ok(Some(Beginning::Tunnel)),
                _ => {}
            }
            if self.read_more().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Takes a head, its empty line included; `None` when it is longer than `most` bytes or the connection ends first.
    pub async fn take_head(&mut self, most: usize) -> io::Result<Option<BytesMut>> {
        let mut searched = 0usize;
        loop {
            let from = searched.saturating_sub(3);
            let end = self.ahead[from..]
                .windows(4)
                .position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end.map(|position| from + position + 4) {
                return Ok((end <= most).then(|| self.ahead.split_to(end)));
            }
            searched = self.ahead.len();
            if searched > most || self.read_more().await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn read_more(&mut self) -> io::Result<usize> {
        self.ahead.reserve(READ);
        self.stream.read_buf(&mut self.ahead).await
    }
}

impl AsyncRead for Begun {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead[..count]);
        self.ahead.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Begun {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
