//! A contender's name as a part of file names (docs/output.md): what file systems and stores of artefacts refuse is written
//! otherwise, what is too long for them is cut, and no two names become the same.

use std::borrow::Cow;
use std::fmt::Write;

use oversell_kernel::hexadecimal;
use sha2::{Digest, Sha256};

/// Most bytes of a name as a part of file names, of which file systems take 255 with endings and what stands before.
const MOST_BYTES: usize = 160;
/// Digits of the digest that stands for what was cut.
const DIGITS: usize = 32;

/// A contender's name as it stands in the names of files and directories. ASCII letters, digits and `-_.=` stay, a colon
/// becomes `+`, and every other byte `~` with its two hexadecimal digits, as does a dot at the beginning or the end. What is
/// longer than 160 bytes then is cut, and ends in `~~` and 32 digits of the SHA-256 of the name.
pub fn file_name(name: &str) -> Cow<'_, str> {
    let last = name.len().saturating_sub(1);
    let stays = |(place, byte): (usize, u8)| match byte {
        b'.' => place != 0 && place != last,
        _ => byte.is_ascii_alphanumeric() || b"-_=".contains(&byte),
    };
    if name.len() <= MOST_BYTES && name.bytes().enumerate().all(stays) {
        return Cow::Borrowed(name);
    }
    let mut written = String::new();
    for (place, byte) in name.bytes().enumerate() {
        match byte {
            b':' => written.push('+'),
            _ if stays((place, byte)) => written.push(char::from(byte)),
            _ => {
                // Into memory, which cannot fail.
                let _ = write!(written, "~{byte:02x}");
            }
        }
    }
    if written.len() > MOST_BYTES {
        written.truncate(MOST_BYTES - DIGITS - 2);
        let digest = hexadecimal::digest(&Sha256::digest(name.as_bytes()).into());
        written.push_str("~~");
        written.extend(digest[..DIGITS].iter().map(|digit| char::from(*digit)));
    }
    Cow::Owned(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn variants_can_be_read_and_plain_names_stay() {
        for (name, file) in [
            ("mirror", "mirror"),
            ("my-engine_2.old", "my-engine_2.old"),
            ("escrow:budget=0.01%", "escrow+budget=0.01~25"),
            (
                "mirror:buffer=2:sweep_every=0s",
                "mirror+buffer=2+sweep_every=0s",
            ),
            ("a/../b\\", "a~2f..~2fb~5c"),
            ("..", "~2e~2e"),
            ("ä+~", "~c3~a4~2b~7e"),
        ] {
            assert_eq!(file_name(name), file);
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let variant = |last: &str| {
            format!(
                "mirror:buffer={{ {} }}:sweep={last}",
                "amazon = 2, ".repeat(30)
            )
        };
        let (one, two) = (variant("1h"), variant("2h"));
        let (own, other) = (file_name(&one), file_name(&two));
        assert_eq!((own.len(), other.len()), (MOST_BYTES, MOST_BYTES));
        assert_ne!(own, other);
        assert!(own.starts_with("mirror+buffer=") && own.contains("~~"));
        let plain = "x".repeat(300);
        assert_eq!(file_name(&plain).len(), MOST_BYTES);
        let fits = "x".repeat(MOST_BYTES);
        assert_eq!(file_name(&fits), fits);
    }

    /// The name that a file is of.
    fn read_back(file: &str) -> String {
        let mut bytes = Vec::new();
        let mut letters = file.bytes();
        while let Some(letter) = letters.next() {
            bytes.push(match letter {
                b'+' => b':',
                b'~' => {
                    let digits = [letters.next().unwrap(), letters.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                letter => letter,
            });
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn every_name_can_be_read_back_from_its_file(name in "[a-c.:%+~/ä=\"0]{0,12}|.{0,12}") {
            let file = file_name(&name);
            prop_assert!(file.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.=+~".contains(&it)));
            prop_assert_eq!(read_back(&file), name);
        }
    }
}
