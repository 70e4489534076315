//! Changes of fulfillment orders: move, hold, release, report of progress, open; close and cancel, which belong to
//! fulfilment services and are refused for a merchant's own locations (sheet section 7).

use crate::shopify::api::errors::{FieldError, UserError};
use crate::shopify::api::execute::Call;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::json::{Json, write_bool, write_optional_text, write_text};
use crate::shopify::machine::Shopify;
use crate::shopify::api::queries::reader::{Reader, null};
use crate::shopify::signals::Subject;
use crate::shopify::model::state::{FulfillmentOrder, FulfillmentOrderLine, Hold, Progress, Span};
use crate::shopify::model::subscriptions::Topic;
use crate::core::Micros;

/// Holds that one app may have on a fulfillment order.
const HOLDS_MAX: usize = 10;

/// What a mutation shows of its outcome.
#[derive(Default)]
struct Outcome {
    /// `fulfillmentOrder`, or `movedFulfillmentOrder`.
    main: Option<u32>,
    /// `originalFulfillmentOrder`.
    original: Option<u32>,
    /// `remainingFulfillmentOrder`.
    remaining: Option<u32>,
    hold: Option<u32>,
    errors: Vec<UserError>,
}

impl Outcome {
    fn refused(error: UserError) -> Outcome {
        Outcome {
            errors: vec![error],
            ..Outcome::default()
        }
    }

    fn changed(fulfillment_order: u32) -> Outcome {
        Outcome {
            main: Some(fulfillment_order),
            ..Outcome::default()
        }
    }
}

impl Shopify {
    /// Executes a change of a fulfillment order and appends the payload.
    pub(crate) fn change_fulfillment_order(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("id", call.variables)
            .unwrap_or_default();
        Gid::parse(&gid)
            .filter(|gid| gid.name == "FulfillmentOrder")
            .ok_or_else(FieldError::invalid_id)?;
        let found = ids::FULFILLMENT_ORDER
            .find(&gid, self.state.fulfillment_orders.len())
            .filter(|at| {
                let order = self.state.fulfillment_orders[*at as usize].order;
                self.state.orders[order as usize].routed_at <= call.now
            });
        let outcome = match (found, field.field) {
            (Some(at), Field::FulfillmentOrderMove) => self.move_to_location(call, field, at),
            (Some(at), Field::FulfillmentOrderHold) => self.hold(call, field, at),
            (Some(at), Field::FulfillmentOrderReleaseHold) => self.release(call, field, at),
            (Some(at), Field::FulfillmentOrderReportProgress) => self.report_progress(call, at),
            (Some(at), Field::FulfillmentOrderOpen) => self.mark_as_open(call, at),
            // Only the app of a fulfilment service closes or cancels, and only what was requested of it.
            (Some(_), Field::FulfillmentOrderClose) => Outcome::refused(UserError::plain(
                ["id"],
                "The fulfillment order's assigned fulfillment service must be of api type",
            )),
            (Some(_), _) => Outcome::refused(UserError::plain(
                ["id"],
                "Fulfillment order is not in cancelable request state and can't be canceled.",
            )),
            (None, Field::FulfillmentOrderHold | Field::FulfillmentOrderReportProgress) => {
                Outcome::refused(UserError::coded(
                    ["id"],
                    "The fulfillment order could not be found.",
                    "FULFILLMENT_ORDER_NOT_FOUND",
                ))
            }
            (None, Field::FulfillmentOrderReleaseHold) => Outcome::refused(UserError::coded(
                ["id"],
                "The fulfillment order wasn't found.",
                "FULFILLMENT_ORDER_NOT_FOUND",
            )),
            (None, _) => Outcome::refused(UserError::plain(
                ["id"],
                "Fulfillment order does not exist.",
            )),
        };
        let reader = self.reader(call);
        Ok(reader.object(field.selection(), out, |part, out| {
            let shown = match part.field {
                Field::UserErrors => return reader.user_errors(part, &outcome.errors, out),
                Field::FulfillmentHold => {
                    return match outcome.hold {
                        Some(hold) => reader.hold(part.selection(), hold, out),
                        None => {
                            null(out);
                            0
                        }
                    };
                }
                Field::FulfillmentOrder | Field::MovedFulfillmentOrder => outcome.main,
                Field::OriginalFulfillmentOrder => outcome.original,
                Field::RemainingFulfillmentOrder => outcome.remaining,
                Field::ReplacementFulfillmentOrder => None,
                _ => {
                    reader.unserved(part, out);
                    return 0;
                }
            };
            match shown {
                Some(at) => reader.fulfillment_order(part.selection(), at, out),
                None => {
                    null(out);
                    0
                }
            }
        }))
    }

    fn status_of(&self, at: u32) -> &'static str {
        let record = &self.state.fulfillment_orders[at as usize];
        self.state.fulfillment_order_status(record)
    }

    /// The units named by line and quantity, or all that remain when none are named.
    fn units_named(&self, at: u32, rows: &[Json<'_>]) -> Result<Vec<(u32, u32)>, UserError> {
        let state = &self.state;
        let lines = state.fulfillment_orders[at as usize].lines.range();
        if rows.is_empty() {
            return Ok(lines
                .map(|line| (line as u32, state.fulfillment_order_lines[line].remaining))
                .filter(|(_, remaining)| *remaining > 0)
                .collect());
        }
        let mut units: Vec<(u32, u32)> = Vec::with_capacity(rows.len());
        for row in rows {
            let gid = row.get("id").and_then(Json::text).unwrap_or("");
            let refuse = |message, code| {
                Err(UserError::coded(
                    ["fulfillmentOrderLineItems"],
                    message,
                    code,
                ))
            };
            let Some(line) = ids::FULFILLMENT_ORDER_LINE
                .find(gid, state.fulfillment_order_lines.len())
                .filter(|line| lines.contains(&(*line as usize)))
            else {
                return refuse(
                    "Fulfillment order line item does not exist.",
                    "INVALID_LINE_ITEM_QUANTITY",
                );
            };
            let quantity = row.get("quantity").and_then(Json::int).unwrap_or(0);
            if quantity <= 0 {
                return refuse(
                    "The fulfillment order line item quantity must be greater than 0.",
                    "GREATER_THAN_ZERO",
                );
            }
            if quantity > i64::from(state.fulfillment_order_lines[line as usize].remaining) {
                return refuse(
                    "The fulfillment order line item quantity is invalid.",
                    "INVALID_LINE_ITEM_QUANTITY",
                );
            }
            if units.iter().any(|(other, _)| *other == line) {
                return refuse(
                    "The fulfillment order line items are not unique.",
                    "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS",
                );
            }
            units.push((line, quantity as u32));
        }
        Ok(units)
    }

    /// Makes a fulfillment order of units taken from another of the same order.
    fn split_off(&mut self, now: Micros, from: u32, units: &[(u32, u32)], location: u16) -> u32 {
        let order = self.state.fulfillment_orders[from as usize].order;
        let made = self.state.fulfillment_orders.len() as u32;
        let start = self.state.fulfillment_order_lines.len() as u32;
        for &(at, quantity) in units {
            let assigned = &mut self.state.fulfillment_order_lines[at as usize];
            debug_assert!(quantity > 0 && quantity <= assigned.remaining);
            assigned.remaining -= quantity;
            assigned.total -= quantity;
            let line = assigned.line;
            self.state
                .fulfillment_order_lines
                .push(FulfillmentOrderLine {
                    fulfillment_order: made,
                    line,
                    total: quantity,
                    remaining: quantity,
                });
        }
        self.state.fulfillment_orders.push(FulfillmentOrder {
            order,
            location,
            lines: Span {
                start,
                len: units.len() as u32,
            },
            updated_at: now,
            progress: Progress::None,
        });
        self.state.fulfillment_orders[from as usize].updated_at = now;
        self.state
            .later_fulfillment_orders
            .entry(order)
            .or_default()
            .push(made);
        made
    }

    /// Moves what is committed for units from one location to another: what can be bought in all stays the same, so the
    /// ledger hears nothing, and both levels raise their webhook.
    fn move_commitment(&mut self, now: Micros, units: &[(u32, u32)], from: u16, to: u16) {
        let event = self.signals.new_event();
        for &(at, quantity) in units {
            let line = self.state.fulfillment_order_lines[at as usize].line;
            let listing = self.state.lines[line as usize].listing;
            let quantity = i64::from(quantity);
            self.state.level_mut(listing, from).committed -= quantity;
            self.state.level_mut(listing, to).committed += quantity;
            self.state.change_available(now, listing, from, quantity);
            self.state.change_available(now, listing, to, -quantity);
            for location in [from, to] {
                let subject = Subject::Level(listing, location);
                self.raise(now, event, Topic::InventoryLevelsUpdate, subject);
            }
        }
    }

    fn order_changed(&mut self, now: Micros, fulfillment_order: u32) {
        let record = &mut self.state.fulfillment_orders[fulfillment_order as usize];
        record.updated_at = now;
        let order = record.order;
        let event = self.signals.new_event();
        self.touch(now, order);
        self.raise(now, event, Topic::OrdersUpdated, Subject::Order(order));
    }

    fn move_to_location(&mut self, call: &Call<'_>, field: &PlanField, at: u32) -> Outcome {
        let gid = field
            .text_argument("newLocationId", call.variables)
            .unwrap_or_default();
        let Some(to) = ids::LOCATION.find(&gid, self.state.shop.locations.len()) else {
            let error = UserError::plain(["newLocationId"], "Location not found.");
            return Outcome::refused(error);
        };
        let to = to as u16;
        let record = self.state.fulfillment_orders[at as usize].clone();
        if record.progress == Progress::Reported {
            return Outcome::refused(UserError::coded(
                ["id"],
                "Cannot move a fulfillment order that has progress reported.",
                "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS",
            ));
        }
        if self.status_of(at) == "CLOSED" || record.location == to {
            return Outcome::refused(UserError::plain(["id"], "Cannot change location."));
        }
        let rows = field
            .argument("fulfillmentOrderLineItems", call.variables)
            .unwrap_or_default();
        let units = match self.units_named(at, rows.list()) {
            Ok(units) => units,
            // This mutation's errors have no such codes.
            Err(error) => return Outcome::refused(UserError { code: "", ..error }),
        };
        let is_stocked = units.iter().all(|(line, _)| {
            let line = self.state.fulfillment_order_lines[*line as usize].line;
            let listing = self.state.lines[line as usize].listing;
            self.state.level(listing, to).is_active
        });
        if !is_stocked {
            return Outcome::refused(UserError::plain(["id"], "Cannot change location."));
        }
        self.move_commitment(call.now, &units, record.location, to);
        let is_whole = record.lines.range().all(|line| {
            let assigned = &self.state.fulfillment_order_lines[line];
            let moved = units
                .iter()
                .find(|(at, _)| *at as usize == line)
                .map_or(0, |(_, quantity)| *quantity);
            assigned.remaining == moved && assigned.total == moved
        });
        let outcome = if is_whole {
            self.state.fulfillment_orders[at as usize].location = to;
            Outcome {
                original: Some(at),
                ..Outcome::changed(at)
            }
        } else {
            let made = self.split_off(call.now, at, &units, to);
            Outcome {
                original: Some(at),
                remaining: (self.status_of(at) != "CLOSED").then_some(at),
                ..Outcome::changed(made)
            }
        };
        self.order_changed(call.now, at);
        outcome
    }

    fn hold(&mut self, call: &Call<'_>, field: &PlanField, at: u32) -> Outcome {
        let input = field
            .argument("fulfillmentHold", call.variables)
            .unwrap_or_default();
        let text = |name: &str| input.given(name).and_then(Json::text);
        let handle = text("handle").unwrap_or("");
        let living = |hold: &&Hold| hold.is_alive && hold.fulfillment_order == at;
        let living: Vec<&Hold> = self.state.holds.iter().filter(living).collect();
        let error = if self.status_of(at) == "CLOSED" {
            Some((
                "The fulfillment order is not in a splittable state.",
                "FULFILLMENT_ORDER_NOT_SPLITTABLE",
            ))
        } else if living.len() >= HOLDS_MAX {
            Some((
                "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. An app can only have up to 10 holds on a single fulfillment order at any one time.",
                "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED",
            ))
        } else if living.iter().any(|hold| hold.handle == handle) {
            Some((
                "The handle provided for the fulfillment hold is already in use by this app for another hold on this fulfillment order.",
                "DUPLICATE_FULFILLMENT_HOLD_HANDLE",
            ))
        } else {
            None
        };
        if let Some((message, code)) = error {
            return Outcome::refused(UserError::coded(["fulfillmentHold"], message, code));
        }
        let rows = input
            .get("fulfillmentOrderLineItems")
            .map_or(&[][..], Json::list);
        let units = match self.units_named(at, rows) {
            Ok(units) => units,
            Err(error) => return Outcome::refused(error),
        };
        // What is not to be held goes on in a fulfillment order of its own.
        let record = self.state.fulfillment_orders[at as usize].clone();
        let rest: Vec<(u32, u32)> = record
            .lines
            .range()
            .filter_map(|line| {
                let held = units
                    .iter()
                    .find(|(at, _)| *at as usize == line)
                    .map_or(0, |(_, quantity)| *quantity);
                let rest = self.state.fulfillment_order_lines[line].remaining - held;
                (rest > 0).then_some((line as u32, rest))
            })
            .collect();
        let remaining =
            (!rest.is_empty()).then(|| self.split_off(call.now, at, &rest, record.location));
        let hold = self.state.holds.len() as u32;
        self.state.holds.push(Hold {
            fulfillment_order: at,
            reason: text("reason").unwrap_or("OTHER").to_owned(),
            notes: text("reasonNotes").map(str::to_owned),
            handle: handle.to_owned(),
            is_alive: true,
        });
        self.state.fulfillment_orders[at as usize].progress = Progress::OnHold;
        self.order_changed(call.now, at);
        Outcome {
            remaining,
            hold: Some(hold),
            ..Outcome::changed(at)
        }
    }

    fn release(&mut self, call: &Call<'_>, field: &PlanField, at: u32) -> Outcome {
        let given = field.argument("holdIds", call.variables);
        let wanted: Option<Vec<u32>> = match given.as_deref() {
            None | Some(Json::Null) => None,
            Some(list) => Some(
                list.list()
                    .iter()
                    .filter_map(|gid| {
                        ids::FULFILLMENT_HOLD.find(gid.text()?, self.state.holds.len())
                    })
                    .collect(),
            ),
        };
        let mut is_held = false;
        for (position, hold) in self.state.holds.iter_mut().enumerate() {
            if hold.fulfillment_order != at || !hold.is_alive {
                continue;
            }
            let is_wanted = wanted
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&(position as u32)));
            hold.is_alive = !is_wanted;
            is_held |= hold.is_alive;
        }
        let record = &mut self.state.fulfillment_orders[at as usize];
        if record.progress == Progress::OnHold && !is_held {
            record.progress = Progress::None;
            self.order_changed(call.now, at);
        }
        Outcome::changed(at)
    }

    fn report_progress(&mut self, call: &Call<'_>, at: u32) -> Outcome {
        if !matches!(self.status_of(at), "OPEN" | "IN_PROGRESS") {
            return Outcome::refused(UserError::coded(
                ["id"],
                "The fulfillment order's status is invalid.",
                "FULFILLMENT_ORDER_STATUS_INVALID",
            ));
        }
        self.state.fulfillment_orders[at as usize].progress = Progress::Reported;
        self.order_changed(call.now, at);
        Outcome::changed(at)
    }

    fn mark_as_open(&mut self, call: &Call<'_>, at: u32) -> Outcome {
        let record = &mut self.state.fulfillment_orders[at as usize];
        if record.progress != Progress::Reported {
            return Outcome::refused(UserError::plain(
                ["id"],
                "The fulfillment order can't be marked as open in its present state.",
            ));
        }
        record.progress = Progress::None;
        self.order_changed(call.now, at);
        Outcome::changed(at)
    }
}

impl Reader<'_> {
    /// Appends a hold's fields.
    pub fn hold(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let hold = &self.state.holds[position as usize];
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::FULFILLMENT_HOLD.write_gid(u64::from(position), out),
                Field::Reason => write_text(&hold.reason, out),
                Field::DisplayReason => write_text(display_reason(&hold.reason), out),
                Field::ReasonNotes => write_optional_text(hold.notes.as_deref(), out),
                Field::Handle => write_text(&hold.handle, out),
                Field::HeldByRequestingApp => write_bool(true, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }
}

fn display_reason(reason: &str) -> &'static str {
    match reason {
        "AWAITING_PAYMENT" => "Awaiting payment",
        "AWAITING_RETURN_ITEMS" => "Awaiting return items",
        "HIGH_RISK_OF_FRAUD" => "High risk of fraud",
        "INCORRECT_ADDRESS" => "Incorrect address",
        "INVENTORY_OUT_OF_STOCK" => "Inventory out of stock",
        "ONLINE_STORE_POST_PURCHASE_CROSS_SELL" => "Online store post-purchase upsell",
        "UNKNOWN_DELIVERY_DATE" => "Unknown delivery date",
        _ => "Other",
    }
}
