//! Where a replay's orders and opening stock come from.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use oversell_kernel::hexadecimal;
use sha2::{Digest, Sha256};

use super::import::OpeningStock;

/// Orders for a replay: an order log of our own in a file, read as it is needed, or one that exports were turned into; and
/// what there is of each SKU at the start, where a stock export says so. Copies share both.
#[derive(Clone, Debug)]
pub struct OrderSource {
    path: PathBuf,
    log: Option<Arc<[u8]>>,
    stock: Option<Arc<OpeningStock>>,
    arguments: String,
}

impl OrderSource {
    /// A log in a file.
    pub fn file(path: impl Into<PathBuf>) -> OrderSource {
        let path = path.into();
        OrderSource {
            arguments: path.display().to_string(),
            path,
            log: None,
            stock: None,
        }
    }

    /// A log in memory, made from what `path` and perhaps other files hold.
    pub fn imported(path: impl Into<PathBuf>, log: Vec<u8>) -> OrderSource {
        OrderSource {
            log: Some(log.into()),
            ..OrderSource::file(path)
        }
    }

    /// The same with opening stock.
    #[must_use]
    pub fn with_stock(mut self, stock: OpeningStock) -> OrderSource {
        self.stock = Some(Arc::new(stock));
        self
    }

    /// The same with what stands behind `--orders` in the command that gives it: the file's name, unless something else
    /// is said.
    #[must_use]
    pub fn given_as(mut self, arguments: String) -> OrderSource {
        self.arguments = arguments;
        self
    }

    /// The file, or the first of them.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands behind `--orders` in a command.
    pub fn arguments(&self) -> &str {
        &self.arguments
    }

    /// What there is of each SKU at the start.
    pub fn stock(&self) -> Option<&OpeningStock> {
        self.stock.as_deref()
    }

    /// What the log holds: the first 16 digits of its SHA-256, unpacked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn content_hash(&self) -> std::io::Result<String> {
        let mut hasher = ContentHash::default();
        std::io::copy(&mut self.bytes()?, &mut hasher)?;
        Ok(hasher.text())
    }

    /// The log from its beginning, unpacked. Plain and gzip are told apart by content.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bytes(&self) -> std::io::Result<Box<dyn Read + Send>> {
        if let Some(log) = &self.log {
            return Ok(Box::new(Cursor::new(log.clone())));
        }
        let mut file = BufReader::with_capacity(1 << 16, File::open(&self.path)?);
        let zipped = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok(if zipped {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        })
    }
}

/// The digest of what is written to it.
#[derive(Debug, Default)]
pub struct ContentHash(Sha256);

impl ContentHash {
    /// Its first 16 hexadecimal digits.
    pub fn text(self) -> String {
        let digits = hexadecimal::digest(&self.0.finalize().into());
        digits[..16]
            .iter()
            .map(|digit| char::from(*digit))
            .collect()
    }
}

impl Write for ContentHash {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<P: Into<PathBuf>> From<P> for OrderSource {
    fn from(path: P) -> OrderSource {
        OrderSource::file(path)
    }
}
