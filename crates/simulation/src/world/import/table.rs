//! A file of rows under a header, whatever separates its fields: `,` `;` tab or `|`, with or without a byte order mark, plain
//! or gzip, UTF-8 or Windows-1252. Memory: one row and the decoder's buffers.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::read::MultiGzDecoder;

use super::error::{ImportError, excerpt};
use crate::world::log_format::{Allowed, BUFFER, LONGEST_LINE};

/// Bytes at the start of a file that tell what it is.
const HEAD: u64 = 64 << 10;
/// Most rows that are read.
const MOST_ROWS: u64 = 20_000_000;
/// Most columns of a header.
const MOST_COLUMNS: usize = 2_000;

/// What a spreadsheet program writes when it is not asked for CSV.
const SAVE_AS_CSV: &str = "open it in a spreadsheet program and save its sheet as \"CSV UTF-8\" (in Google Sheets: File, \
     Download, Comma-separated values), or export CSV in the first place; look that order numbers do not turn into 5.8E+17";

/// A name without what exports spell differently: case, blanks, `-`, `_`, and everything else that is no letter or digit.
pub fn normal(name: &str) -> String {
    name.chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// An open file behind its header.
pub struct Table {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    /// The header's names as they stand there.
    pub header: Vec<String>,
    normal_header: Vec<String>,
    /// Whether a field, read or not, is not UTF-8 and is taken for Windows-1252.
    pub latin: bool,
    record: csv::ByteRecord,
    allowed: Arc<AtomicUsize>,
    rows: u64,
    lines_before: u64,
}

/// A file whose header is known and whose rows are not read yet.
pub struct Opened {
    path: PathBuf,
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    separator: u8,
    /// The header's names as they stand there.
    pub header: Vec<String>,
    /// Lines that stand before the header.
    lines_before: u64,
}

impl Opened {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// When it cannot be read, or is no table of text.
    pub fn open(path: &Path) -> Result<Opened, ImportError> {
        let unreadable = |error: std::io::Error| ImportError::unreadable(path, &error);
        // Before it is opened: to open a pipe is to wait for whoever writes into it.
        let kind = fs::metadata(path).map_err(unreadable)?.file_type();
        if !kind.is_file() && !kind.is_dir() {
            return Err(ImportError::new(
                format!(
                    "{} is a pipe or a device, which can be read once, and files of orders and stock are read several times",
                    path.display()
                ),
                "write it into a file first, and give that",
            ));
        }
        let file = File::open(path).map_err(unreadable)?;
        let mut file = BufReader::with_capacity(BUFFER, file);
        let zipped = file
            .fill_buf()
            .map_err(unreadable)?
            .starts_with(&[0x1f, 0x8b]);
        let mut rest: Box<dyn Read + Send> = if zipped {
            Box::new(LineEnds::of(MultiGzDecoder::new(file)))
        } else {
            Box::new(LineEnds::of(file))
        };
        let mut head = Vec::new();
        let read = rest.by_ref().take(HEAD).read_to_end(&mut head);
        read.map_err(unreadable)?;
        Opened::from_parts(path, head, rest)
    }

    /// The same from the first bytes and the others, whose lines all end in `\n`.
    fn from_parts(
        path: &Path,
        mut head: Vec<u8>,
        rest: Box<dyn Read + Send>,
    ) -> Result<Opened, ImportError> {
        let refused = |what: &str, help: &str| {
            Err(ImportError::new(format!("{} {what}", path.display()), help))
        };
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            let workbook = [&b"xl/"[..], b"[Content_Types].xml"];
            let workbook = workbook
                .iter()
                .any(|it| head.windows(it.len()).any(|at| at == *it));
            let open_document = head
                .windows(OPEN_DOCUMENT.len())
                .any(|at| at == OPEN_DOCUMENT);
            if open_document {
                return refused(
                    "is an OpenDocument spreadsheet (ods), not text",
                    SAVE_AS_CSV,
                );
            }
            return match workbook || path.extension().is_some_and(|it| it == "xlsx") {
                true => refused("is an Excel workbook (xlsx), not text", SAVE_AS_CSV),
                false => refused(
                    "is a zip archive",
                    "unpack it and give the CSV file that is in it",
                ),
            };
        }
        if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return refused("is an old Excel workbook (xls), not text", SAVE_AS_CSV);
        }
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || is_wide(&head) {
            return refused(
                "is UTF-16 text",
                "save it as \"CSV UTF-8\", or: iconv -f UTF-16 -t UTF-8 FILE > FILE.csv",
            );
        }
        if head.starts_with(&[0xef, 0xbb, 0xbf]) {
            head.drain(..3);
        }
        let trimmed = head.trim_ascii_start();
        if trimmed.is_empty() {
            return refused(
                "is empty",
                "give a file with a header and a row for every line of an order",
            );
        }
        if matches!(trimmed[0], b'{' | b'[' | b'<') || trimmed.starts_with(b"%PDF") {
            return refused(
                "is no table: it begins like JSON, HTML or PDF",
                "give the CSV or tab-separated export; a page that asks to sign in is saved by mistake now and then",
            );
        }
        if head.contains(&0) {
            return refused(
                "is no text",
                "give a CSV or tab-separated file, plain or gzip",
            );
        }
        let blank = head.len() - trimmed.len();
        let mut dropped: Vec<u8> = head.drain(..blank).collect();
        let mut separator = None;
        // A line that tells Excel the separator.
        if head.len() > 5 && head[..4].eq_ignore_ascii_case(b"sep=") {
            separator = Some(head[4]);
            let end = head.iter().position(|it| *it == b'\n');
            dropped.extend(head.drain(..end.map_or(head.len(), |it| it + 1)));
        }
        let separator = separator
            .filter(|it| SEPARATORS.contains(it))
            .unwrap_or_else(|| sniffed(&head));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(head.as_slice());
        let mut record = csv::ByteRecord::new();
        let read = reader.read_byte_record(&mut record);
        if !matches!(read, Ok(true)) || ends_in_header(&head, &reader) {
            return refused(
                "has a header longer than 65536 bytes",
                "is this a file of orders, and is it whole?",
            );
        }
        if record.len() > MOST_COLUMNS {
            return refused("has more than 2000 columns", "is this a file of orders?");
        }
        let mut latin = false;
        let header = record
            .iter()
            .map(|field| decoded(field, &mut latin).trim().to_string())
            .collect();
        Ok(Opened {
            path: path.to_path_buf(),
            head,
            rest,
            separator,
            header,
            lines_before: dropped.iter().filter(|it| **it == b'\n').count() as u64,
        })
    }

    /// What separates fields.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// Whether there is a column of this name, however it is spelt.
    pub fn has(&self, name: &str) -> bool {
        let name = normal(name);
        self.header.iter().any(|it| normal(it) == name)
    }

    /// The header as text, for messages.
    pub fn header_text(&self) -> String {
        let separator = match self.separator {
            b'\t' => ", ".to_string(),
            other => char::from(other).to_string(),
        };
        let text: String = self.header.join(&separator);
        match text.chars().count() > 300 {
            true => text.chars().take(297).chain("...".chars()).collect(),
            false => text,
        }
    }

    /// Goes on to the rows. Reports of platforms that separate by tabs know no quotes: a `"` is an inch.
    pub fn rows(self, quoting: bool) -> Result<Table, ImportError> {
        let allowed = Arc::new(AtomicUsize::new(LONGEST_LINE + BUFFER));
        let bytes: Box<dyn Read + Send> = Box::new(Allowed {
            source: Box::new(Cursor::new(self.head).chain(self.rest)),
            left: allowed.clone(),
        });
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .quoting(quoting)
            .delimiter(self.separator)
            .buffer_capacity(BUFFER)
            .from_reader(bytes);
        let mut table = Table {
            normal_header: self.header.iter().map(|it| normal(it)).collect(),
            path: self.path,
            reader,
            header: self.header,
            latin: false,
            record: csv::ByteRecord::new(),
            allowed,
            rows: 0,
            lines_before: self.lines_before,
        };
        table.advance()?;
        table.rows = 0;
        Ok(table)
    }
}

/// What an archive names that is a spreadsheet of OpenOffice or LibreOffice.
const OPEN_DOCUMENT: &[u8] = b"application/vnd.oasis.opendocument";

/// Bytes at the start of a file by which text of two bytes a letter is known.
const WIDE_HEAD: usize = 64;

/// Whether text has two bytes a letter, as UTF-16 has, without a mark at its start that says so: of the first letters, which are a
/// header's, nine in ten have a zero at the same one of their two places, and not as many at the other.
fn is_wide(head: &[u8]) -> bool {
    let (pairs, _) = head[..head.len().min(WIDE_HEAD)].as_chunks::<2>();
    let zeros = |place: usize| pairs.iter().filter(|it| it[place] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    pairs.len() >= 4 && first != second && first.max(second) * 10 >= pairs.len() * 9
}

/// Lets every line end in `\n`, as do those of a file whose lines end in `\r\n` or, as on old Macs, in `\r`, and the last where
/// nothing ends it: so lines can be counted.
struct LineEnds<R> {
    source: R,
    /// The last byte given, before it was changed.
    last: u8,
    ended: bool,
}

impl<R: Read> LineEnds<R> {
    fn of(source: R) -> LineEnds<R> {
        LineEnds {
            source,
            last: b'\n',
            ended: false,
        }
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = match self.ended {
                true => 0,
                false => self.source.read(buffer)?,
            };
            if count == 0 {
                let has_end = std::mem::replace(&mut self.ended, true) || self.last == b'\n';
                if has_end || self.last == b'\r' {
                    return Ok(0);
                }
                self.last = b'\n';
                buffer[0] = b'\n';
                return Ok(1);
            }
            let mut kept = 0;
            for at in 0..count {
                let byte = buffer[at];
                let is_second = byte == b'\n' && self.last == b'\r';
                self.last = byte;
                if !is_second {
                    buffer[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            // A lone `\n` behind a `\r` leaves nothing, which would be taken for the end.
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

/// Whether the header goes on where the head of the file ends.
fn ends_in_header(head: &[u8], reader: &csv::Reader<&[u8]>) -> bool {
    head.len() as u64 >= HEAD && reader.position().byte() >= head.len() as u64
}

/// What fields may be separated by, the most usual first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The separator that stands most often in the first line, outside of quotes.
fn sniffed(head: &[u8]) -> u8 {
    let mut counts = [0usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => {
                if let Some(at) = SEPARATORS.iter().position(|it| it == byte) {
                    counts[at] += 1;
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let at = counts.iter().position(|it| *it == most).unwrap_or(0);
    SEPARATORS[at]
}

/// Bytes as text: UTF-8, or else Windows-1252, which is Latin-1 with a few signs more.
fn decoded<'a>(bytes: &'a [u8], latin: &mut bool) -> Cow<'a, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    *latin = true;
    const SIGNS: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}',
        '\u{2021}', '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}',
        '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}',
        '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}',
        '\u{178}',
    ];
    let characters = bytes.iter().map(|byte| match byte {
        0x80..=0x9f => SIGNS[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    });
    Cow::Owned(characters.collect())
}

impl Table {
    /// The place of the first of these columns that is there.
    pub fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let name = normal(name);
            self.normal_header.iter().position(|it| *it == name)
        })
    }

    /// Checks that the header names none of these columns again.
    ///
    /// # Errors
    /// The name that is there twice: nothing tells which of the two counts.
    pub fn check_once(&self, columns: &[usize]) -> Result<(), ImportError> {
        for at in columns {
            let name = &self.normal_header[*at];
            let again = self
                .normal_header
                .iter()
                .enumerate()
                .position(|(place, it)| place != *at && it == name);
            if let Some(again) = again {
                let (one, two) = (again.min(*at), again.max(*at));
                return Err(ImportError::new(
                    format!(
                        "{}: the header has `{}` twice, as columns {} and {}, and nothing tells which of them counts",
                        self.path.display(),
                        self.header[*at],
                        one + 1,
                        two + 1
                    ),
                    "take one of them out of the file, or give it another name",
                ));
            }
        }
        Ok(())
    }

    /// Goes on to the next row; false at the end.
    ///
    /// # Errors
    /// When the file cannot be read on, a row is too long or there are too many.
    pub fn advance(&mut self) -> Result<bool, ImportError> {
        self.allowed.store(LONGEST_LINE + BUFFER, Ordering::Relaxed);
        let line = self.reader.position().line() + self.lines_before;
        let too_long = |path: &Path| {
            ImportError::new(
                format!(
                    "{}:{line}: this row is longer than {LONGEST_LINE} bytes",
                    path.display()
                ),
                "look for a quote that is opened there and not closed; is this a file of orders, and is it whole?",
            )
        };
        match self.reader.read_byte_record(&mut self.record) {
            Ok(_) if self.record.as_slice().len() > LONGEST_LINE => Err(too_long(&self.path)),
            Ok(true) if self.rows >= MOST_ROWS => Err(ImportError::new(
                format!("{} has more than {MOST_ROWS} rows", self.path.display()),
                "replay a part of it: export a shorter time",
            )),
            Ok(more) => {
                self.rows += u64::from(more);
                self.latin = self.latin || std::str::from_utf8(self.record.as_slice()).is_err();
                Ok(more)
            }
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(source) if source.kind() == std::io::ErrorKind::FileTooLarge => {
                    Err(too_long(&self.path))
                }
                csv::ErrorKind::Io(source) => Err(ImportError::unreadable(&self.path, &source)),
                other => {
                    let error = std::io::Error::other(format!("{other:?}"));
                    Err(ImportError::unreadable(&self.path, &error))
                }
            },
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line on which the present row begins, from 1, the header included. The reader tells where it began to look for the row,
    /// before lines without anything, and where it stands now: behind the row's end, or at that of the file where a quote is open.
    pub fn line(&self) -> u64 {
        let fields = self.record.as_slice();
        let own = fields.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let behind = self.reader.position().line().saturating_sub(own);
        let looked = self.record.position().map_or(0, csv::Position::line);
        behind.max(looked) + self.lines_before
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether no field of the present row holds anything.
    pub fn is_blank(&self) -> bool {
        self.record
            .iter()
            .all(|field| field.trim_ascii().is_empty())
    }

    /// The first field of the present row that the header has no name for and that holds something, with its column's number.
    pub fn beyond_header(&self) -> Option<(usize, String)> {
        let beyond = self.record.iter().enumerate().skip(self.header.len());
        let mut filled = beyond.filter(|(_, field)| !field.trim_ascii().is_empty());
        let (at, field) = filled.next()?;
        Some((at + 1, String::from_utf8_lossy(field).into_owned()))
    }

    /// A field of the present row without what surrounds it; empty where there is no such column.
    pub fn text(&mut self, column: Option<usize>) -> Cow<'_, str> {
        let bytes = column.and_then(|it| self.record.get(it)).unwrap_or(b"");
        let bare = |text: &str| {
            let text = text.trim();
            let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            inner.unwrap_or(text).trim().to_string()
        };
        match decoded(bytes, &mut self.latin) {
            Cow::Borrowed(text) => {
                let text = text.trim();
                let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                Cow::Borrowed(inner.unwrap_or(text).trim())
            }
            Cow::Owned(text) => Cow::Owned(bare(&text)),
        }
    }

    /// The name of a column, for messages.
    pub fn name_of(&self, column: Option<usize>) -> &str {
        column
            .and_then(|it| self.header.get(it))
            .map_or("", String::as_str)
    }

    /// The beginning of a field, for messages.
    pub fn excerpt(&mut self, column: Option<usize>) -> String {
        excerpt(&self.text(column))
    }
}
