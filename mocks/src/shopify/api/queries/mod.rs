//! The root fields of queries.

pub(crate) mod catalogue;
pub(crate) mod fulfillment;
mod inventory;
pub(crate) mod order_search;
mod orders;
pub(crate) mod paging;
pub(crate) mod reader;
pub mod search;

use self::catalogue::id_holds;
use super::errors::FieldError;
use super::graphql::fields::Field;
use super::graphql::plan::{Kind, PlanField};
use crate::shopify::model::ids::{self, Gid, IdSpace};
use crate::shopify::json::write_bool;
use self::reader::{Reader, null_object};
use crate::core::random::mix;

/// An object that `node` can return.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Node {
    At(Kind, u32),
    Level(u32, u16),
}

impl Reader<'_> {
    /// Appends the value of a query's root field.
    pub fn root(&self, field: &PlanField, out: &mut Vec<u8>) -> Result<u64, FieldError> {
        let state = self.state;
        Ok(match field.field {
            Field::Shop => 1 + self.shop(field.selection(), out),
            Field::Orders => self.orders(field, out),
            Field::OrdersCount => self.orders_count(field, out),
            Field::Locations => self.locations(field, out),
            Field::Products => {
                self.listings(field, ids::PRODUCT, out, |selection, listing, out| {
                    self.product(selection, listing, out)
                })
            }
            Field::ProductVariants => {
                self.listings(field, ids::VARIANT, out, |selection, listing, out| {
                    self.variant(selection, listing, out)
                })
            }
            Field::InventoryItems => self.listings(
                field,
                ids::INVENTORY_ITEM,
                out,
                |selection, listing, out| self.inventory_item(selection, listing, out),
            ),
            Field::WebhookSubscriptions => self.webhook_subscriptions(field, out),
            Field::WebhookSubscriptionsCount => {
                let living = state.subscriptions.iter();
                let living = living.filter(|subscription| subscription.is_alive).count();
                self.count(field, living as u64, "EXACT", out)
            }
            Field::BulkOperation => self.one(field, Kind::BulkOperation, out)?,
            Field::BulkOperations => self.bulk_operations(field, out),
            Field::CurrentBulkOperation => self.current_bulk_operation(field, out),
            Field::FulfillmentOrders => {
                let with_closed = field.flag("includeClosed", self.variables);
                self.fulfillment_orders(field, out, |status| with_closed || status != "CLOSED")
            }
            Field::ManualHoldsFulfillmentOrders => {
                self.fulfillment_orders(field, out, |status| status == "ON_HOLD")
            }
            // Fulfillment orders are assigned to apps of fulfilment services only, and this app is none.
            Field::AssignedFulfillmentOrders => {
                return Err(FieldError::new(
                    "[\"The api_client is not associated with any fulfillment service.\"]",
                    "",
                ));
            }
            Field::ProductVariantByIdentifier => {
                let identifier = field.argument("identifier", self.variables);
                let gid = identifier.as_deref().and_then(|by| by.get("id")?.text());
                let gid = gid
                    .ok_or_else(|| FieldError::new("identifier must name an id", "BAD_REQUEST"))?;
                let node = self.find(gid).ok_or_else(FieldError::invalid_id)?;
                match node {
                    Some(Node::At(Kind::ProductVariant, _)) | None => self.node(field, node, out),
                    Some(_) => return Err(FieldError::invalid_id()),
                }
            }
            Field::Order => self.one(field, Kind::Order, out)?,
            Field::Fulfillment => self.one(field, Kind::Fulfillment, out)?,
            Field::FulfillmentOrder => self.one(field, Kind::FulfillmentOrder, out)?,
            Field::InventoryItem => self.one(field, Kind::InventoryItem, out)?,
            Field::InventoryLevel => self.one(field, Kind::InventoryLevel, out)?,
            Field::Product => self.one(field, Kind::Product, out)?,
            Field::ProductVariant => self.one(field, Kind::ProductVariant, out)?,
            Field::WebhookSubscription => self.one(field, Kind::WebhookSubscription, out)?,
            // Without an id, the location is the shop's first.
            Field::Location if field.text_argument("id", self.variables).is_none() => {
                if state.shop.locations.is_empty() {
                    null_object(out)
                } else {
                    1 + self.location(field.selection(), 0, out)
                }
            }
            Field::Location => self.one(field, Kind::Location, out)?,
            Field::Job => {
                let gid = field
                    .text_argument("id", self.variables)
                    .unwrap_or_default();
                let gid = Gid::parse(&gid).filter(|gid| gid.name == "Job");
                let gid = gid.ok_or_else(FieldError::invalid_id)?;
                match ids::uuid_number(gid.key).filter(|at| *at < state.jobs.len() as u64) {
                    Some(position) => 1 + self.job(field, position as u32, out),
                    None => null_object(out),
                }
            }
            Field::Node => {
                let gid = field
                    .text_argument("id", self.variables)
                    .unwrap_or_default();
                let node = self.find(&gid).ok_or_else(FieldError::invalid_id)?;
                self.node(field, node, out)
            }
            Field::Nodes => {
                let ids = field.argument("ids", self.variables);
                let ids = ids.as_deref().map_or(&[][..], |ids| ids.list());
                let mut found = Vec::with_capacity(ids.len());
                for gid in ids {
                    found.push(
                        self.find(gid.text().unwrap_or(""))
                            .ok_or_else(FieldError::invalid_id)?,
                    );
                }
                out.push(b'[');
                let mut sum = 0;
                for (index, node) in found.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    sum += self.node(field, *node, out);
                }
                out.push(b']');
                crate::shopify::api::graphql::cost::actual_connection(found.len() as i64, sum)
            }
            _ => {
                self.unserved(field, out);
                0
            }
        })
    }

    /// Appends the object that the `id` argument names.
    fn one(&self, field: &PlanField, kind: Kind, out: &mut Vec<u8>) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("id", self.variables)
            .unwrap_or_default();
        let node = self.find(&gid).ok_or_else(FieldError::invalid_id)?;
        let is_kind = match node {
            Some(Node::At(found, _)) => found == kind,
            Some(Node::Level(..)) => kind == Kind::InventoryLevel,
            None => true,
        };
        if is_kind {
            Ok(self.node(field, node, out))
        } else {
            Err(FieldError::invalid_id())
        }
    }

    /// The object of a gid: `None` when the text is no gid, `Some(None)` when there is no such object.
    fn find(&self, gid: &str) -> Option<Option<Node>> {
        let parsed = Gid::parse(gid)?;
        let state = self.state;
        let listings = state.shop.listings.len();
        let (kind, space, len): (Kind, IdSpace, usize) = match parsed.name {
            "InventoryLevel" => {
                let level = ids::find_level(gid, listings, state.shop.locations.len());
                return Some(level.map(|(listing, location)| Node::Level(listing, location)));
            }
            "Order" => (Kind::Order, ids::ORDER, state.orders.len()),
            "LineItem" => (Kind::LineItem, ids::LINE_ITEM, state.lines.len()),
            "FulfillmentOrder" => (
                Kind::FulfillmentOrder,
                ids::FULFILLMENT_ORDER,
                state.fulfillment_orders.len(),
            ),
            "FulfillmentOrderLineItem" => (
                Kind::FulfillmentOrderLineItem,
                ids::FULFILLMENT_ORDER_LINE,
                state.fulfillment_order_lines.len(),
            ),
            "Fulfillment" => (
                Kind::Fulfillment,
                ids::FULFILLMENT,
                state.fulfillments.len(),
            ),
            "FulfillmentLineItem" => (
                Kind::FulfillmentLineItem,
                ids::FULFILLMENT_LINE,
                state.fulfillment_lines.len(),
            ),
            "Refund" => (Kind::Refund, ids::REFUND, state.refunds.len()),
            "InventoryItem" => (Kind::InventoryItem, ids::INVENTORY_ITEM, listings),
            "ProductVariant" => (Kind::ProductVariant, ids::VARIANT, listings),
            "Product" => (Kind::Product, ids::PRODUCT, listings),
            "Location" => (Kind::Location, ids::LOCATION, state.shop.locations.len()),
            "Shop" => (Kind::Shop, ids::SHOP, 1),
            "BulkOperation" => (
                Kind::BulkOperation,
                ids::BULK_OPERATION,
                state.bulk_operations.len(),
            ),
            "WebhookSubscription" => (
                Kind::WebhookSubscription,
                ids::SUBSCRIPTION,
                state.subscriptions.len(),
            ),
            _ => return Some(None),
        };
        let number = parsed.number()?;
        let position = space.position(number, len).filter(|position| match kind {
            Kind::Order => state.orders[*position as usize].created_at >= self.window_start,
            Kind::FulfillmentOrder => self.is_routed(*position),
            Kind::FulfillmentOrderLineItem => {
                self.is_routed(state.fulfillment_order_lines[*position as usize].fulfillment_order)
            }
            Kind::WebhookSubscription => state.subscriptions[*position as usize].is_alive,
            _ => true,
        });
        Some(position.map(|position| Node::At(kind, position)))
    }

    fn is_routed(&self, fulfillment_order: u32) -> bool {
        let order = self.state.fulfillment_orders[fulfillment_order as usize].order;
        self.state.orders[order as usize].routed_at <= self.now
    }

    fn node(&self, field: &PlanField, node: Option<Node>, out: &mut Vec<u8>) -> u64 {
        let (kind, at) = match node {
            None => return null_object(out),
            Some(Node::Level(listing, location)) => {
                let selection = field.selection_for(Kind::InventoryLevel);
                return 1 + self.inventory_level(selection, (listing, location), out);
            }
            Some(Node::At(kind, at)) => (kind, at),
        };
        let selection = field.selection_for(kind);
        1 + match kind {
            Kind::BulkOperation => self.bulk_operation(selection, at, out),
            Kind::Order => self.order(selection, at, out),
            Kind::LineItem => self.line_item(selection, at, out),
            Kind::FulfillmentOrder => self.fulfillment_order(selection, at, out),
            Kind::FulfillmentOrderLineItem => self.fulfillment_order_line(selection, at, out),
            Kind::Fulfillment => self.fulfillment(selection, at, out),
            Kind::FulfillmentLineItem => self.fulfillment_line(selection, at, out),
            Kind::Refund => self.refund(selection, at, out),
            Kind::InventoryItem => self.inventory_item(selection, at, out),
            Kind::ProductVariant => self.variant(selection, at, out),
            Kind::Product => self.product(selection, at, out),
            Kind::Location => self.location(selection, at as u16, out),
            Kind::Shop => self.shop(selection, out),
            Kind::WebhookSubscription => self.webhook_subscription(selection, at, out),
            Kind::InventoryLevel
            | Kind::WebhookHttpEndpoint
            | Kind::WebhookEventBridgeEndpoint
            | Kind::WebhookPubSubEndpoint => null_object(out),
        }
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
                    && search.holds(|term| match term.key.as_str() {
                        "id" => id_holds(term, ids::FULFILLMENT_ORDER, u64::from(*at)),
                        "status" => status.eq_ignore_ascii_case(&term.value),
                        "assigned_location_id" => {
                            id_holds(term, ids::LOCATION, u64::from(record.location))
                        }
                        _ => true,
                    })
            })
            .collect();
        self.connection(
            field,
            found.len(),
            |index| found[index],
            |at| Self::id_cursor(ids::FULFILLMENT_ORDER, u64::from(at)),
            |selection, at, out| self.fulfillment_order(selection, at, out),
            out,
        )
    }

    /// Appends a job's fields.
    pub fn job(&self, field: &PlanField, position: u32, out: &mut Vec<u8>) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Id => {
                    out.extend_from_slice(b"\"gid://shopify/Job/");
                    ids::write_uuid(mix(self.state.shop.seed.0, 2), u64::from(position), out);
                    out.push(b'"');
                }
                Field::Done => write_bool(self.state.jobs[position as usize].is_done, out),
                _ => self.unserved(part, out),
            }
            0
        })
    }
}
