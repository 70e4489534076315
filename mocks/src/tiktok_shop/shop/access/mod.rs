//! Who may call: the app's credentials and the tokens it has been granted (docs/platforms/tiktok_shop.md 1.2).

pub(crate) mod query;
pub(crate) mod signature;

use std::cell::Cell;

use crate::core::{FaultCount, Micros, Stream};
use crate::tiktok_shop::profile::TokenProfile;

use signature::Signer;

/// What an app and its shop know of each other. The default values are open, so that tests may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The app's key; `6demo0key`.
    pub app_key: String,
    /// The app's secret, which signs requests and deliveries; `0123456789abcdef`.
    pub app_secret: String,
    /// A single-use code for `token/get`; `ROW_demoAuthCode01`.
    pub auth_code: String,
    /// An access token issued at simulated zero; `ROW_tokA`.
    pub access_token: String,
    /// The refresh token issued with it; `ROW_refA`.
    pub refresh_token: String,
    /// Names the shop in calls; `ROW_demoCipher01`.
    pub shop_cipher: String,
    /// The shop's id, as deliveries carry it; 7490000000000000001.
    pub shop_id: u64,
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            app_key: "6demo0key".to_string(),
            app_secret: "0123456789abcdef".to_string(),
            auth_code: "ROW_demoAuthCode01".to_string(),
            access_token: "ROW_tokA".to_string(),
            refresh_token: "ROW_refA".to_string(),
            shop_cipher: "ROW_demoCipher01".to_string(),
            shop_id: 7_490_000_000_000_000_001,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) issued_at: Micros,
    pub(crate) expires_at: Micros,
}

impl Token {
    /// When its life ends where tokens of its kind live for `lifetime`: never later than it was issued for.
    pub(crate) fn ends_at(&self, lifetime: Micros) -> Micros {
        self.expires_at.min(self.issued_at + lifetime)
    }
}

/// How many tokens of a kind are remembered; older ones are unknown rather than expired.
const REMEMBERED_TOKENS: usize = 32;

/// Why no token is handed out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoToken {
    /// The authorization code is wrong, used or expired.
    AuthCode,
    /// The refresh token is not known.
    NoAuthorization,
    /// The refresh token has expired.
    RefreshExpired,
}

#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) credentials: Credentials,
    pub(crate) signer: Signer,
    auth_code_used: bool,
    auth_code_expires_at: Micros,
    access: Vec<Token>,
    refresh: Vec<Token>,
    issued: u64,
    token_key: u64,
    /// Calls with tokens whose lives were cut, and those of them that were refused for it.
    pub(crate) early_expiry: Cell<FaultCount>,
}

impl Access {
    pub(crate) fn new(credentials: Credentials, profile: &TokenProfile, token_key: u64) -> Access {
        let mut access = Access {
            signer: Signer::new(&credentials.app_key, &credentials.app_secret),
            access: Vec::new(),
            refresh: Vec::new(),
            auth_code_used: false,
            auth_code_expires_at: Micros::ZERO,
            issued: 0,
            token_key,
            early_expiry: Cell::default(),
            credentials,
        };
        access.grant_anew(Micros::ZERO, profile);
        access
    }

    /// The seller authorizes the app: the configured code and tokens are valid from now, older tokens end.
    pub(crate) fn grant_anew(&mut self, now: Micros, profile: &TokenProfile) {
        self.access.clear();
        self.access.push(Token {
            text: self.credentials.access_token.clone(),
            issued_at: now,
            expires_at: now + profile.access_lifetime,
        });
        self.refresh.clear();
        self.refresh.push(Token {
            text: self.credentials.refresh_token.clone(),
            issued_at: now,
            expires_at: now + profile.refresh_lifetime,
        });
        self.auth_code_used = false;
        self.auth_code_expires_at = now + profile.auth_code_lifetime;
    }

    /// The seller takes the app's access away: no token and no code is known any more.
    pub(crate) fn revoke(&mut self) {
        self.access.clear();
        self.refresh.clear();
        self.auth_code_used = true;
    }

    /// Ends every access token.
    pub(crate) fn end_tokens(&mut self, now: Micros) {
        for token in &mut self.access {
            token.expires_at = token.expires_at.min(now);
        }
    }

    /// Ends for good what has outlived the lifetimes that were in force until now.
    pub(crate) fn end_outlived(&mut self, now: Micros, profile: &TokenProfile) {
        let end = |tokens: &mut Vec<Token>, lifetime| {
            for token in tokens {
                let end = token.ends_at(lifetime);
                if end <= now {
                    token.expires_at = end;
                }
            }
        };
        end(&mut self.access, profile.access_lifetime);
        end(&mut self.refresh, profile.refresh_lifetime);
    }

    /// The access token with this text, expired or not.
    pub(crate) fn access_token(&self, text: &[u8]) -> Option<&Token> {
        let mut newest_first = self.access.iter().rev();
        newest_first.find(|token| token.text.as_bytes() == text)
    }

    /// Whether a refresh token was given out here.
    pub(crate) fn knows_refresh_token(&self, text: &str) -> bool {
        self.refresh.iter().any(|token| token.text == text)
    }

    /// The newest access token and the newest refresh token.
    pub(crate) fn newest(&self) -> Option<(&Token, &Token)> {
        Some((self.access.last()?, self.refresh.last()?))
    }

    /// Exchanges the authorization code for tokens.
    pub(crate) fn exchange_code(
        &mut self,
        now: Micros,
        profile: &TokenProfile,
        code: Option<&str>,
    ) -> Result<(), NoToken> {
        if self.auth_code_used
            || code != Some(&self.credentials.auth_code)
            || now >= self.auth_code_expires_at
        {
            return Err(NoToken::AuthCode);
        }
        self.auth_code_used = true;
        let text = self.new_text("ref");
        let expires_at = now + profile.refresh_lifetime;
        remember(&mut self.refresh, text, now, expires_at);
        self.issue_access(now, profile);
        Ok(())
    }

    /// Exchanges a refresh token for a new access token.
    pub(crate) fn refresh(
        &mut self,
        now: Micros,
        profile: &TokenProfile,
        text: &str,
    ) -> Result<(), NoToken> {
        let position = self
            .refresh
            .iter()
            .position(|token| token.text == text)
            .ok_or(NoToken::NoAuthorization)?;
        if now >= self.refresh[position].ends_at(profile.refresh_lifetime) {
            return Err(NoToken::RefreshExpired);
        }
        let kept = self.refresh.remove(position);
        if profile.rotate_refresh_token {
            // The seller's grant does not grow by a rotation: the new token ends when the old one would have.
            let text = self.new_text("ref");
            remember(&mut self.refresh, text, kept.issued_at, kept.expires_at);
        } else {
            self.refresh.push(kept);
        }
        self.issue_access(now, profile);
        Ok(())
    }

    fn issue_access(&mut self, now: Micros, profile: &TokenProfile) {
        let text = self.new_text("tok");
        remember(&mut self.access, text, now, now + profile.access_lifetime);
    }

    fn new_text(&mut self, kind: &str) -> String {
        self.issued += 1;
        let mut stream = Stream::new(self.token_key, self.issued);
        format!(
            "ROW_{kind}{:016x}{:016x}",
            stream.next_u64(),
            stream.next_u64()
        )
    }
}

fn remember(tokens: &mut Vec<Token>, text: String, issued_at: Micros, expires_at: Micros) {
    if tokens.len() == REMEMBERED_TOKENS {
        tokens.remove(0);
    }
    tokens.push(Token {
        text,
        issued_at,
        expires_at,
    });
}
