//! Files as people hand them in and get them: never read without end, and for their owner's eyes where secrets stand in
//! them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a file that a person writes: more is something else.
pub const MOST_BYTES: u64 = 8 << 20;

/// The text of a file that a person wrote.
///
/// # Errors
/// When it cannot be read, is no text, or is longer than [`MOST_BYTES`].
pub fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("it has more than {} MB", MOST_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!("it is not UTF-8 text, from byte {at} on");
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// A new file that its owner alone can read and write: for what holds credentials.
///
/// # Errors
/// When it exists, or cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_or_has_no_end_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, b"ab\xff").unwrap();
        let error = text_of(&path).unwrap_err().to_string();
        assert!(error.contains("byte 2"), "{error}");
        let endless = text_of(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(endless.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    #[cfg(unix)]
    fn a_private_file_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("secret");
        let file = create_private(&path).unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(create_private(&path).is_err(), "it is there already");
    }
}
