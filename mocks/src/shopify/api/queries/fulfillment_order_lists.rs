//! Root connections of fulfillment orders.

use super::reader::Reader;
use super::search::id_holds;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::model::ids;

impl Reader<'_> {
    /// Appends `fulfillmentOrders`.
    pub(crate) fn all_fulfillment_orders(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let with_closed = field.flag("includeClosed", self.variables);
        self.fulfillment_orders(field, out, |status| with_closed || status != "CLOSED")
    }

    /// Appends `manualHoldsFulfillmentOrders`.
    pub(crate) fn held_fulfillment_orders(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        self.fulfillment_orders(field, out, |status| status == "ON_HOLD")
    }

    /// Refuses `assignedFulfillmentOrders`: fulfillment orders are assigned to apps of fulfilment services only, and
    /// this app is none.
    pub(crate) fn assigned_fulfillment_orders() -> Result<u64, FieldError> {
        Err(FieldError::new(
            "[\"The api_client is not associated with any fulfillment service.\"]",
            "",
        ))
    }

    /// Appends a root connection of the fulfillment orders whose state is wanted, by id.
    fn fulfillment_orders(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> u64 {
        let search = self.search(field);
        let found: Vec<u32> = (0..self.state.fulfillment_orders.len() as u32)
            .filter(|at| {
                let record = &self.state.fulfillment_orders[*at as usize];
                let status = self.state.fulfillment_order_status(record);
                self.is_routed(*at)
                    && is_wanted(status)
                    && search.holds(|term| {
                        Some(match term.key.as_str() {
                            "id" => id_holds(term, ids::FULFILLMENT_ORDER, u64::from(*at)),
                            "status" => status.eq_ignore_ascii_case(&term.value),
                            "assigned_location_id" => {
                                id_holds(term, ids::LOCATION, u64::from(record.location))
                            }
                            _ => return None,
                        })
                    })
            })
            .collect();
        self.connection_by_id(
            field,
            (ids::FULFILLMENT_ORDER, &found),
            |selection, at, out| self.fulfillment_order(selection, at, out),
            out,
        )
    }
}
