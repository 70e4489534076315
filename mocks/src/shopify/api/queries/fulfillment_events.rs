//! What carriers report of fulfillments, as GraphQL objects (docs/platforms/shopify.md 7).

use super::reader::{Reader, null};
use crate::core::{Epoch, Micros};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::json::{write_optional_text, write_text};
use crate::shopify::model::ids;

/// Appends an instant in microseconds since 1970, or `null`.
fn write_unix_micros(at: Option<i64>, out: &mut Vec<u8>) {
    let Some(at) = at.and_then(|at| u64::try_from(at).ok()) else {
        return null(out);
    };
    out.push(b'"');
    Epoch { unix_micros: 0 }.write_seconds_utc(Micros(at), out);
    out.push(b'"');
}

impl Reader<'_> {
    /// What the staff see of a fulfillment: its newest event, if it was not cancelled.
    pub(super) fn display_status(&self, fulfillment: u32) -> &str {
        let record = &self.state.fulfillments[fulfillment as usize];
        let newest = self
            .state
            .fulfillment_events
            .get(record.last_event as usize);
        match newest {
            _ if record.is_cancelled => "CANCELED",
            Some(event) => &event.status,
            None => "FULFILLED",
        }
    }

    /// Appends when the newest event of a kind happened.
    pub(super) fn reported(&self, fulfillment: u32, status: &str, out: &mut Vec<u8>) {
        let events = self.state.events_of(fulfillment);
        let mut events = events
            .into_iter()
            .map(|at| &self.state.fulfillment_events[at as usize]);
        let found = events.find(|event| event.status == status);
        write_unix_micros(found.map(|event| event.happened_unix_micros), out);
    }

    /// Appends when the parcel is expected to arrive, by the newest event that says so.
    pub(super) fn estimated_delivery(&self, fulfillment: u32, out: &mut Vec<u8>) {
        let events = self.state.events_of(fulfillment);
        let found = events
            .into_iter()
            .find_map(|at| self.state.fulfillment_events[at as usize].estimated_unix_micros);
        write_unix_micros(found, out);
    }

    /// Appends the connection of a fulfillment's events.
    pub(super) fn fulfillment_events(
        &self,
        field: &PlanField,
        fulfillment: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let key = field.text_argument("sortKey", self.variables);
        let by_id = key.is_some_and(|key| key == "ID");
        let cursor = |at: u32| {
            let mut cursor = Self::id_cursor(ids::FULFILLMENT_EVENT, u64::from(at));
            if !by_id {
                let event = &self.state.fulfillment_events[at as usize];
                cursor.last_value = event.happened_unix_micros.div_euclid(1_000);
            }
            cursor
        };
        let mut found = self.state.events_of(fulfillment);
        found.sort_by_key(|at| cursor(*at));
        self.connection(
            field,
            found.len(),
            |index| found[index],
            cursor,
            |selection, at, out| self.fulfillment_event(selection, at, out),
            out,
        )
    }

    /// Appends the fields of a fulfillment's event.
    pub(crate) fn fulfillment_event(
        &self,
        selection: &Selection,
        position: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        let event = &self.state.fulfillment_events[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT_EVENT.write_gid(u64::from(position), out),
                Field::Status => write_text(&event.status, out),
                Field::Message => write_optional_text(event.message.as_deref(), out),
                Field::HappenedAt => write_unix_micros(Some(event.happened_unix_micros), out),
                Field::EstimatedDeliveryAt => write_unix_micros(event.estimated_unix_micros, out),
                Field::CreatedAt => self.time(event.created_at, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
