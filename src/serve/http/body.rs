//! Bodies of answers: whole in memory, or read from a file while they are sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// Bytes of a file that are read at once ...
const PIECE: usize = 64 << 10;
/// ... and pieces that wait for a client who is slower than the disk.
const PIECES: usize = 4;

/// The beginning of a file as the body of an answer, put into a response's extensions: its own body is then left out.
#[derive(Clone, Debug)]
pub struct FileBody {
    /// The file; it must not become shorter.
    pub path: PathBuf,
    /// Bytes of it that are sent.
    pub length: u64,
}

/// A body on its way out.
pub(super) enum Outgoing {
    Whole(Full<Bytes>),
    File {
        pieces: mpsc::Receiver<io::Result<Bytes>>,
        left: u64,
    },
}

impl Outgoing {
    pub fn whole(body: Bytes) -> Outgoing {
        Outgoing::Whole(Full::new(body))
    }

    /// Reads a file on a thread of its own, no further ahead than a few pieces.
    pub fn file(file: FileBody) -> Outgoing {
        let (pieces, taken) = mpsc::channel(PIECES);
        let left = file.length;
        tokio::task::spawn_blocking(move || {
            // A client that has hung up needs no more.
            if let Err(error) = read(&file, &pieces) {
                let _ = pieces.blocking_send(Err(error));
            }
        });
        Outgoing::File {
            pieces: taken,
            left,
        }
    }
}

fn read(file: &FileBody, pieces: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut source = File::open(&file.path)?.take(file.length);
    let mut left = file.length;
    while left > 0 {
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        source.read_exact(&mut piece)?;
        left -= piece.len() as u64;
        if pieces.blocking_send(Ok(piece.into())).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Outgoing::Whole(whole) => {
                let frame = ready!(Pin::new(whole).poll_frame(context));
                Poll::Ready(frame.map(|it| it.map_err(|never| match never {})))
            }
            Outgoing::File { pieces, left } => {
                let piece = ready!(pieces.poll_recv(context));
                Poll::Ready(piece.map(|piece| {
                    piece.map(|piece| {
                        *left = left.saturating_sub(piece.len() as u64);
                        Frame::data(piece)
                    })
                }))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Outgoing::Whole(whole) => whole.is_end_stream(),
            Outgoing::File { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Whole(whole) => whole.size_hint(),
            Outgoing::File { left, .. } => SizeHint::with_exact(*left),
        }
    }
}
