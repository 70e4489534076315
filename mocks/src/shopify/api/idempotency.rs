//! `@idempotent(key:)` (docs/platforms/shopify.md 4.3): a repeated call has its effect once, and a key fits one input only.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::call::Call;
use super::graphql::errors::FieldError;
use super::graphql::plan::PlanField;
use super::graphql::schema::MODERN;
use crate::core::Micros;
use crate::core::random::{hash_bytes, mix};
use crate::shopify::json::Json;
use crate::shopify::model::adjustment::Adjustment;

/// How long a key is remembered.
const KEY_LIFETIME: Micros = Micros::from_secs(24 * 3_600);

/// Keys that are remembered at most, the newest. A shop that writes at its limit without a pause has as many within hours;
/// whoever sends a call again does so within minutes.
const MOST_KEYS: usize = 250_000;

/// The message for a key that came with another input before.
pub(crate) const MISMATCH: &str =
    "The same idempotency key cannot be used with different operation parameters.";

/// What a call did: enough to show it again when the same key comes again.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// An inventory write.
    Adjustment(Arc<Adjustment>),
    /// A level activated: listing and location.
    Level(u32, u16),
    /// A refund booked.
    Refund(u32),
    /// A location activated or deactivated: the input names it.
    Location,
}

/// What a key says about a call.
pub(crate) enum Gate {
    /// It is new, or has no key; the call goes on, and is remembered under its key if it succeeds.
    New(Option<Ticket>),
    /// The call was made before and did this.
    Repeated(Effect),
    /// The key was used for another input.
    Mismatch,
}

/// A new key, to be kept with what the call does.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Ticket {
    key: u64,
    digest: u64,
}

struct Remembered {
    digest: u64,
    effect: Effect,
}

/// Keys seen in the last 24 hours.
#[derive(Default)]
pub(crate) struct IdempotencyStore {
    keys: IndexMap<u64, Remembered, FxBuildHasher>,
    by_age: VecDeque<(Micros, u64)>,
}

impl IdempotencyStore {
    fn forget_old(&mut self, now: Micros) {
        while let Some((end, key)) = self.by_age.front().copied() {
            if end > now && self.by_age.len() <= MOST_KEYS {
                break;
            }
            self.by_age.pop_front();
            self.keys.swap_remove(&key);
        }
    }

    /// Looks a key up for a mutation and a digest of its input.
    pub(crate) fn gate(&mut self, now: Micros, key: &str, mutation: u64, digest: u64) -> Gate {
        self.forget_old(now);
        let key = mix(hash_bytes(key.as_bytes()), mutation);
        match self.keys.get(&key) {
            None => Gate::New(Some(Ticket { key, digest })),
            Some(known) if known.digest == digest => Gate::Repeated(known.effect.clone()),
            Some(_) => Gate::Mismatch,
        }
    }

    /// Looks up the key of a mutation whose whole list of arguments is its input.
    ///
    /// # Errors
    /// The platform's errors for a missing or blank key.
    pub(crate) fn gate_call(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
    ) -> Result<Gate, FieldError> {
        let Some(key) = key_of(call, field)? else {
            return Ok(Gate::New(None));
        };
        let digest = field.arguments.iter().fold(0u64, |digest, (name, value)| {
            let given = value.resolve(call.variables);
            let given = given.as_deref().unwrap_or(&Json::Null);
            digest.wrapping_add(mix(hash_bytes(name.as_bytes()), given.digest()))
        });
        Ok(self.gate(call.now, &key, field.field as u64, digest))
    }

    /// Keeps what a call with a new key did. Refused calls are not kept: they leave their key unused.
    pub(crate) fn keep(&mut self, now: Micros, ticket: Option<Ticket>, effect: Effect) {
        let Some(ticket) = ticket else {
            return;
        };
        self.by_age.push_back((now + KEY_LIFETIME, ticket.key));
        let digest = ticket.digest;
        self.keys.insert(ticket.key, Remembered { digest, effect });
    }
}

/// The key of a mutation that must have one from [`MODERN`] on, and may have one before.
///
/// # Errors
/// The platform's errors for a missing or blank key.
pub(crate) fn key_of(call: &Call<'_>, field: &PlanField) -> Result<Option<String>, FieldError> {
    let key = field
        .idempotency_key
        .as_ref()
        .and_then(|key| key.resolve(call.variables));
    let Some(key) = key.as_deref().and_then(Json::text) else {
        if call.version < MODERN {
            return Ok(None);
        }
        return Err(FieldError::new(
            "The @idempotent directive is required for this mutation but was not provided.",
            "BAD_REQUEST",
        ));
    };
    if key.trim().is_empty() {
        return Err(FieldError::new(
            "The idempotency key can't be blank.",
            "BAD_REQUEST",
        ));
    }
    Ok(Some(key.to_owned()))
}
