//! A connection of which the beginning has been looked at: what was read is read again.

use std::io::{self, Cursor};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Chain, Join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

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

/// A connection from its first byte that nobody has taken on.
pub(super) type Rewound = Join<Chain<Cursor<Bytes>, OwnedReadHalf>, OwnedWriteHalf>;

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

    /// Writes to the client.
    pub async fn tell(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The connection, with what was looked at and not taken.
    pub fn rewound(self) -> Rewound {
        let (read, write) = self.stream.into_split();
        let ahead = Cursor::new(self.ahead.freeze());
        tokio::io::join(ahead.chain(read), write)
    }

    async fn read_more(&mut self) -> io::Result<usize> {
        self.ahead.reserve(READ);
        self.stream.read_buf(&mut self.ahead).await
    }
}
