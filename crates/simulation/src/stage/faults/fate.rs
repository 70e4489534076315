//! What becomes of a message.

use channel_mocks::core::{Machine, Micros, Refusal, Request};
use http::HeaderValue;

/// Whether a message of a call gets through.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It does.
    Arrives,
    /// It gets lost, and nobody says so.
    Lost,
    /// The connection breaks, and the engine learns that.
    Reset,
    /// The engine gets this answer, and the request never reaches the platform. No reply ends so.
    Refused(Refusal),
}

/// What becomes of a request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct RequestFate {
    /// Whether it gets through.
    pub passage: Passage,
    /// How much longer it is on its way.
    pub delay: Micros,
    /// How long after it a copy arrives, whose answer the engine gets instead.
    pub again_after: Option<Micros>,
    /// The fault that strikes it; the first in the file of several.
    pub by: Option<u16>,
}

impl RequestFate {
    /// Nothing goes wrong.
    pub const FINE: RequestFate = RequestFate {
        passage: Passage::Arrives,
        delay: Micros::ZERO,
        again_after: None,
        by: None,
    };

    /// Whether the request arrives, and once.
    pub fn is_plain(&self) -> bool {
        self.passage == Passage::Arrives && self.again_after.is_none()
    }
}

/// What becomes of a reply.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct ReplyFate {
    /// Whether its body is another than the system wrote.
    pub is_altered: bool,
    /// Whether it gets through.
    pub passage: Passage,
    /// How much longer it is on its way.
    pub delay: Micros,
    /// The fault that strikes it; the first in the file of several.
    pub by: Option<u16>,
}

impl ReplyFate {
    /// Nothing goes wrong.
    pub const FINE: ReplyFate = ReplyFate {
        is_altered: false,
        passage: Passage::Arrives,
        delay: Micros::ZERO,
        by: None,
    };
}

/// Whether a signal gets through.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SignalPassage {
    /// It does.
    Arrives,
    /// It does not, and the platform believes that it did.
    Lost,
    /// It does not, and the platform finds out when its patience is over.
    Failed,
}

/// What becomes of a signal.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SignalFate {
    /// Whether it gets through.
    pub passage: SignalPassage,
    /// When the platform lets go of it.
    pub leaves_at: Micros,
    /// How long after it a copy arrives, of which the platform knows nothing.
    pub again_after: Option<Micros>,
    /// The fault that strikes it; the first in the file of several.
    pub by: Option<u16>,
    /// The fault that the copy comes of.
    pub(super) again_by: Option<u16>,
    /// Whether its body is another than the platform had signed.
    pub is_altered: bool,
    /// Whether its signature is to be wrong.
    pub is_spoilt: bool,
}

impl SignalFate {
    /// Nothing goes wrong with a signal of this moment.
    pub const fn fine(now: Micros) -> SignalFate {
        SignalFate {
            passage: SignalPassage::Arrives,
            leaves_at: now,
            again_after: None,
            by: None,
            again_by: None,
            is_altered: false,
            is_spoilt: false,
        }
    }

    /// The copy of a webhook, which shows that it is one when it arrives.
    pub fn copy_of(&self, webhook: &Request) -> Request {
        let mut copy = webhook.clone();
        let by = self.again_by.into_iter().collect();
        copy.extensions_mut().insert(Struck(by));
        copy
    }

    /// Gives an altered webhook the signature that its platform would have given it, and spoils that of one that is to have
    /// a wrong one.
    pub fn seal<M: Machine + ?Sized>(&self, platform: &M, webhook: &mut Request) {
        if self.is_altered {
            platform.sign(webhook);
        }
        if self.is_spoilt
            && let Some(name) = platform.signature_header()
            && let Some(signature) = webhook.headers_mut().get_mut(name)
        {
            let mut text = signature.as_bytes().to_vec();
            if let Some(first) = text.first_mut() {
                *first = if *first == b'0' { b'1' } else { b'0' };
            }
            if let Ok(spoilt) = HeaderValue::from_bytes(&text) {
                *signature = spoilt;
            }
        }
    }
}

/// The faults that struck a message, on the message itself: an extension, which is no part of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Struck(pub Vec<u16>);
