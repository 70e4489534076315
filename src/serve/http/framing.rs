//! Follows a connection from request to request, so that every head is judged ([`super::head`]) before hyper sees it.
//!
//! Bytes are handed on unchanged and never across the end of a request, so that this and hyper agree on where the next one
//! begins. A head that is refused is replaced by one that says so, after which the connection ends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Bounds;
use super::head::{self, Length, REFUSED, Refusal};

/// Longest line of a chunk's size, or of a trailer.
const LINE: usize = 1_024;
/// Trailers of a body.
const TRAILERS: u32 = 32;
/// Bytes read at once.
const READ: usize = 16 << 10;

/// Where in a request a connection is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Place {
    /// In a head, of which so many bytes hold no empty line.
    Head { searched: usize },
    /// In a body of known length.
    Bytes { left: u64 },
    /// Before the line with a chunk's size.
    Size,
    /// In a chunk.
    Chunk { left: u64 },
    /// Before the line end that follows a chunk.
    ChunkEnd,
    /// After the last chunk.
    Trailers { left: u32 },
    /// A head was refused: nothing follows.
    Over,
}

/// A stream whose requests are judged.
pub(super) struct Judged<S> {
    stream: S,
    bounds: Bounds,
    place: Place,
    /// Read and not judged yet.
    input: BytesMut,
    /// Judged and not handed on yet.
    passed: BytesMut,
}

impl<S> Judged<S> {
    pub fn new(stream: S, bounds: Bounds) -> Judged<S> {
        Judged {
            stream,
            bounds,
            place: Place::Head { searched: 0 },
            input: BytesMut::new(),
            passed: BytesMut::new(),
        }
    }

    /// Passes on what can be; false when more must be read first.
    fn judge(&mut self) -> io::Result<bool> {
        match self.place {
            Place::Over => Ok(false),
            Place::Head { searched } => Ok(self.judge_head(searched)),
            Place::Bytes { left } => {
                let left = self.pass(left);
                self.place = match left {
                    0 => Place::Head { searched: 0 },
                    left => Place::Bytes { left },
                };
                Ok(left == 0 || !self.passed.is_empty())
            }
            Place::Chunk { left } => {
                let left = self.pass(left);
                self.place = match left {
                    0 => Place::ChunkEnd,
                    left => Place::Chunk { left },
                };
                Ok(left == 0 || !self.passed.is_empty())
            }
            Place::Size | Place::ChunkEnd | Place::Trailers { .. } => self.judge_line(),
        }
    }

    /// Passes up to `left` bytes on; how many are left then.
    fn pass(&mut self, left: u64) -> u64 {
        let count = self
            .input
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        self.passed.extend_from_slice(&self.input[..count]);
        self.input.advance(count);
        left - count as u64
    }

    fn judge_head(&mut self, searched: usize) -> bool {
        if searched == 0 {
            // Empty lines before a request are a courtesy to old clients.
            while self.input.starts_with(b"\r\n") {
                self.input.advance(2);
            }
            if self.input.is_empty() || self.input.as_ref() == b"\r" {
                return false;
            }
        }
        let from = searched.saturating_sub(3);
        let end = self.input[from..]
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .map(|position| from + position + 4);
        let judged = match end {
            Some(end) if end > self.bounds.head_bytes => Err(Refusal::TooLarge),
            None if self.input.len() > self.bounds.head_bytes => Err(Refusal::TooLarge),
            Some(end) => head::judge(&self.input[..end], &self.bounds).map(|it| Some((end, it))),
            None if searched == 0 => head::may_begin(&self.input, &self.bounds).map(|()| None),
            None => Ok(None),
        };
        match judged {
            Ok(None) => {
                self.place = Place::Head {
                    searched: self.input.len(),
                };
                false
            }
            Ok(Some((end, length))) => {
                self.pass(end as u64);
                self.place = match length {
                    Length::Bytes(0) => Place::Head { searched: 0 },
                    Length::Bytes(left) => Place::Bytes { left },
                    Length::Chunked => Place::Size,
                };
                true
            }
            Err(refusal) => {
                let number = refusal.number();
                let text = format!(
                    "GET / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n{REFUSED}: {number}\r\n\r\n"
                );
                self.passed.extend_from_slice(text.as_bytes());
                self.input.clear();
                self.place = Place::Over;
                true
            }
        }
    }

    fn judge_line(&mut self) -> io::Result<bool> {
        let malformed = || io::Error::from(io::ErrorKind::InvalidData);
        let Some(end) = self.input.iter().position(|byte| *byte == b'\n') else {
            return match self.input.len() > LINE {
                true => Err(malformed()),
                false => Ok(false),
            };
        };
        let line = self.input[..end]
            .strip_suffix(b"\r")
            .ok_or_else(malformed)?;
        let is_plain = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if line.len() > LINE || !line.iter().all(is_plain) {
            return Err(malformed());
        }
        self.place = match self.place {
            Place::Size => match chunk_size(line).ok_or_else(malformed)? {
                0 => Place::Trailers { left: TRAILERS },
                left => Place::Chunk { left },
            },
            Place::ChunkEnd if line.is_empty() => Place::Size,
            Place::Trailers { .. } if line.is_empty() => Place::Head { searched: 0 },
            Place::Trailers { left } if left > 0 => Place::Trailers { left: left - 1 },
            _ => return Err(malformed()),
        };
        self.pass(end as u64 + 1);
        Ok(true)
    }
}

/// The size in a chunk's line, whose extensions nobody reads.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    if size.is_empty() || size.len() > 15 || !size.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()
}

impl<S: AsyncRead + Unpin> AsyncRead for Judged<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if !this.passed.is_empty() {
                let count = this.passed.len().min(buffer.remaining());
                buffer.put_slice(&this.passed[..count]);
                this.passed.advance(count);
                return Poll::Ready(Ok(()));
            }
            if !this.input.is_empty() && this.judge()? {
                continue;
            }
            let mut bytes = [0; READ];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut read))?;
            if this.place == Place::Over {
                // What still comes is read and dropped, or the client would not see the answer. To hyper nothing comes, not
                // even an end: it would leave the answer out then, and closes the connection by itself after it.
                match read.filled() {
                    [] => return Poll::Pending,
                    _ => continue,
                }
            }
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.input.extend_from_slice(read.filled());
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Judged<S> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;

    /// What hyper would be given of these bytes, read in pieces of a size.
    async fn passed(bytes: &[u8], piece: usize) -> io::Result<Vec<u8>> {
        let (mut near, far) = tokio::io::duplex(piece);
        let sent = bytes.to_vec();
        tokio::spawn(async move {
            // The reader may have ended.
            let _ = tokio::io::AsyncWriteExt::write_all(&mut near, &sent).await;
        });
        let mut out = Vec::new();
        let mut judged = Judged::new(far, Bounds::default());
        // After a refusal nothing comes any more.
        let read = judged.read_to_end(&mut out);
        if let Ok(read) = tokio::time::timeout(Duration::from_millis(500), read).await {
            read?;
        }
        Ok(out)
    }

    #[tokio::test]
    async fn requests_in_a_row_pass_unchanged_however_they_are_cut() {
        let bytes = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\
             POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
             5;x=y\r\nab\r\nc\r\n0\r\nT: 1\r\n\r\n\
             GET /c HTTP/1.1\r\nHost: x\r\n\r\n";
        for piece in [1, 2, 7, 1_000] {
            let out = passed(bytes.as_bytes(), piece).await.unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), bytes, "{piece}");
        }
    }

    #[tokio::test]
    async fn nothing_follows_a_refused_head_and_no_body_hides_one() {
        let smuggled = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok\
             POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n\
             0\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n";
        for piece in [1, 1_000] {
            let out = passed(smuggled.as_bytes(), piece).await.unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(out.contains("\r\n\r\nokGET / HTTP/1.1\r\n"), "{out}");
            assert!(out.contains(REFUSED) && !out.contains("/b"), "{out}");
            assert!(!out.contains("/c"), "{out}");
        }
    }

    #[tokio::test]
    async fn a_chunk_that_others_could_read_differently_breaks_the_connection() {
        for chunks in [
            "0x5\r\nabcde\r\n",
            "5\nabcde\r\n",
            "-1\r\n",
            "5\r\nabcdeX\r\n",
        ] {
            let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
            let broken = passed(format!("{head}{chunks}0\r\n\r\n").as_bytes(), 64).await;
            assert!(broken.is_err(), "{chunks:?}");
        }
    }
}
