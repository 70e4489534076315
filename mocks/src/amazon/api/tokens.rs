//! The tokens of this shop.

use std::collections::VecDeque;

use super::restricted::Resource;
use crate::core::random::mix;
use crate::core::{Micros, hexadecimal};

/// Whom a token speaks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The seller.
    Seller,
    /// Nobody: grantless calls to the Notifications API.
    Notifications,
    /// The seller, for the resources of the n-th restricted data token.
    Restricted(u32),
    /// Nobody, for nothing that there is here.
    Other,
    /// Nobody any more: the seller has taken the access away.
    Revoked,
}

/// Tokens that are remembered; older ones are unknown then. Two hundred a second for a whole life are fewer.
const REMEMBERED: usize = 1_000_000;

/// Restricted data tokens whose resources are remembered.
const RESTRICTIONS_REMEMBERED: usize = 20_000;

/// One token.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) issued_at: Micros,
    pub(crate) expires_at: Micros,
    pub(crate) grant: Grant,
}

impl Issued {
    /// When its life ends where tokens live for `lifetime`: never later than it was issued for.
    pub(crate) fn ends_at(&self, lifetime: Micros) -> Micros {
        self.expires_at.min(self.issued_at + lifetime)
    }
}

/// The tokens issued so far.
#[derive(Debug)]
pub(crate) struct Tokens {
    key: u64,
    /// Whether the seller has taken the access away.
    pub(crate) is_revoked: bool,
    /// The newest ones.
    issued: VecDeque<Issued>,
    /// How many came before them.
    forgotten: u64,
    /// What the newest restricted data tokens open.
    restrictions: VecDeque<Vec<Resource>>,
    /// How many came before them.
    restrictions_forgotten: u32,
    /// Consents whose codes have not been exchanged.
    codes: VecDeque<Consent>,
    /// How many consents there were.
    consents: u64,
}

/// A seller's consent that waits for its code to be exchanged.
#[derive(Debug)]
struct Consent {
    code: String,
    ends_at: Micros,
    /// Where the browser was sent back to.
    address: String,
}

/// What came of a code that somebody brings.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exchanged {
    /// It was good, and is not again.
    Good,
    /// It is unknown, used up or too old.
    Bad,
    /// It was sent to another address than the one that is named with it.
    OtherAddress,
}

/// Codes of consents that are remembered.
const CODES_REMEMBERED: usize = 1_000;

const TOKEN_PREFIX: &str = "Atza|";
const RESTRICTED_PREFIX: &str = "Atz.sprdt|";

impl Tokens {
    /// No token yet; `key` makes the texts of this shop's tokens.
    pub(crate) fn new(key: u64) -> Tokens {
        Tokens {
            key,
            is_revoked: false,
            issued: VecDeque::new(),
            forgotten: 0,
            restrictions: VecDeque::new(),
            restrictions_forgotten: 0,
            codes: VecDeque::new(),
            consents: 0,
        }
    }

    /// Remembers what a restricted data token opens, up to a number of them; its number.
    pub(super) fn restrict(&mut self, resources: Vec<Resource>) -> u32 {
        self.restrictions.push_back(resources);
        if self.restrictions.len() > RESTRICTIONS_REMEMBERED {
            self.restrictions.pop_front();
            self.restrictions_forgotten += 1;
        }
        self.restrictions_forgotten + self.restrictions.len() as u32 - 1
    }

    /// What the n-th restricted data token opens, if that is remembered.
    pub(super) fn restriction(&self, number: u32) -> Option<&[Resource]> {
        let place = number.checked_sub(self.restrictions_forgotten)?;
        self.restrictions.get(place as usize).map(Vec::as_slice)
    }

    /// Voids every token that speaks for the seller.
    pub(crate) fn revoke(&mut self) {
        self.is_revoked = true;
        self.codes.clear();
        for token in &mut self.issued {
            if matches!(token.grant, Grant::Seller | Grant::Restricted(_)) {
                token.grant = Grant::Revoked;
            }
        }
    }

    /// The code that the next consent hands out.
    pub(super) fn next_code(&self) -> String {
        let mut digits = [0u8; 16];
        let number = self.consents + 1;
        hexadecimal::write(&mut digits, mix(self.key ^ 0xc0de, number));
        let code = digits.into_iter().map(char::from);
        "AN".chars().chain(code).collect()
    }

    /// The seller has consented, and [`Tokens::next_code`] is good until an instant for whoever comes back with it from an
    /// address.
    pub(super) fn consented(&mut self, code: String, ends_at: Micros, address: &str) {
        self.consents += 1;
        self.is_revoked = false;
        self.codes.push_back(Consent {
            code,
            ends_at,
            address: address.to_owned(),
        });
        if self.codes.len() > CODES_REMEMBERED {
            self.codes.pop_front();
        }
    }

    /// Exchanges a code. Who names the address that it was sent to must name the same (RFC 6749 4.1.3); Amazon's clients may
    /// leave it out.
    pub(super) fn take_code(
        &mut self,
        now: Micros,
        code: &str,
        address: Option<&str>,
    ) -> Exchanged {
        let Some(place) = self.codes.iter().position(|it| it.code == code) else {
            return Exchanged::Bad;
        };
        if address.is_some_and(|named| named != self.codes[place].address) {
            return Exchanged::OtherAddress;
        }
        match self.codes.remove(place) {
            Some(consent) if now < consent.ends_at => Exchanged::Good,
            _ => Exchanged::Bad,
        }
    }

    /// Ends every token.
    pub(crate) fn end_all(&mut self, now: Micros) {
        for token in &mut self.issued {
            token.expires_at = token.expires_at.min(now);
        }
    }

    /// Ends for good what has outlived the lifetime that was in force until now.
    pub(crate) fn end_outlived(&mut self, now: Micros, lifetime: Micros) {
        for token in &mut self.issued {
            let end = token.ends_at(lifetime);
            if end <= now {
                token.expires_at = end;
            }
        }
    }

    /// Issues a token that lives for `lifetime`.
    pub(crate) fn issue(&mut self, now: Micros, lifetime: Micros, grant: Grant) -> String {
        let serial = self.forgotten + self.issued.len() as u64;
        self.issued.push_back(Issued {
            issued_at: now,
            expires_at: now + lifetime,
            grant,
        });
        if self.issued.len() > REMEMBERED {
            self.issued.pop_front();
            self.forgotten += 1;
        }
        let prefix = match grant {
            Grant::Restricted(_) => RESTRICTED_PREFIX,
            _ => TOKEN_PREFIX,
        };
        let mut text = [0u8; 32];
        hexadecimal::write(&mut text[..16], serial);
        hexadecimal::write(&mut text[16..], mix(self.key, serial));
        text.into_iter()
            .fold(prefix.to_owned(), |mut token, digit| {
                token.push(char::from(digit));
                token
            })
    }

    /// A token, if it was issued here and is remembered.
    pub(crate) fn find(&self, token: &[u8]) -> Option<Issued> {
        let digits = token
            .strip_prefix(TOKEN_PREFIX.as_bytes())
            .or_else(|| token.strip_prefix(RESTRICTED_PREFIX.as_bytes()))?;
        let digits = std::str::from_utf8(digits).ok()?;
        if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let (serial, check) = digits.split_at(16);
        let serial = u64::from_str_radix(serial, 16).ok()?;
        let check = u64::from_str_radix(check, 16).ok()?;
        if check != mix(self.key, serial) {
            return None;
        }
        let place = serial.checked_sub(self.forgotten)?;
        self.issued.get(usize::try_from(place).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_and_until_its_end() {
        let mut tokens = Tokens::new(7);
        let (soon, end) = (Micros::from_secs(299), Micros::from_secs(300));
        let codes = [(); 3].map(|()| {
            let code = tokens.next_code();
            tokens.consented(code.clone(), end, "https://a.test/");
            code
        });
        let mut take = |now, code: usize| tokens.take_code(now, &codes[code], None);
        assert_eq!(take(soon, 0), Exchanged::Good);
        assert_eq!(take(soon, 0), Exchanged::Bad, "once");
        assert_eq!(take(end, 1), Exchanged::Bad, "too late");
        tokens.revoke();
        let gone = tokens.take_code(soon, &codes[2], None);
        assert_eq!(gone, Exchanged::Bad, "the seller has gone");
    }

    #[test]
    fn a_code_goes_to_the_address_that_it_was_sent_to() {
        let mut tokens = Tokens::new(3);
        let (now, end) = (Micros::from_secs(1), Micros::from_secs(9));
        let code = tokens.next_code();
        tokens.consented(code.clone(), end, "https://a.test/back?x=1");
        for other in ["", "https://a.test/back", "https://A.test/back?x=1"] {
            let taken = tokens.take_code(now, &code, Some(other));
            assert_eq!(taken, Exchanged::OtherAddress, "{other}");
        }
        let taken = tokens.take_code(now, &code, Some("https://a.test/back?x=1"));
        assert_eq!(taken, Exchanged::Good);
    }

    #[test]
    fn tokens_are_found_and_forgeries_are_not() {
        let mut tokens = Tokens::new(7);
        let first = tokens.issue(Micros(1), Micros(4), Grant::Seller);
        let second = tokens.issue(Micros(2), Micros(7), Grant::Notifications);
        let found = |text: &str| {
            tokens
                .find(text.as_bytes())
                .map(|it| (it.expires_at, it.grant))
        };
        assert_eq!(found(&first), Some((Micros(5), Grant::Seller)));
        assert_eq!(found(&second), Some((Micros(9), Grant::Notifications)));
        let forged = format!("{TOKEN_PREFIX}{:016x}{:016x}", 1, 1);
        for text in ["", "Atza|", "Bearer x", forged.as_str()] {
            assert_eq!(tokens.find(text.as_bytes()), None, "{text}");
        }
    }
}
