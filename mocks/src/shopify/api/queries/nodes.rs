//! Objects by their gids (docs/platforms/shopify.md 6).

use super::reader::{Reader, null_object};
use crate::shopify::api::graphql::cost;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::api::graphql::plan::{Kind, PlanField};
use crate::shopify::model::customers::CustomerRef;
use crate::shopify::model::ids::{self, Gid, IdSpace};
use crate::shopify::model::payments::Transaction;
use crate::shopify::model::stock::Level;
use crate::shopify::model::subscriptions::APP_ID;

/// An object that `node` can return.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Node {
    At(Kind, u32),
    Level(u32, u16),
    /// A quantity of a level, by the name of its state.
    Quantity(u32, u16, &'static str),
    Transaction(Transaction),
    Customer(CustomerRef),
}

impl Reader<'_> {
    /// Appends the object that the `id` argument names.
    pub(crate) fn one(
        &self,
        field: &PlanField,
        kind: Kind,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("id", self.variables)
            .unwrap_or_default();
        let node = self.find(&gid).ok_or_else(FieldError::invalid_id)?;
        let is_kind = match node {
            Some(Node::At(found, _)) => found == kind,
            Some(Node::Level(..)) => kind == Kind::InventoryLevel,
            Some(Node::Quantity(..)) => kind == Kind::InventoryQuantity,
            Some(Node::Transaction(..)) => kind == Kind::OrderTransaction,
            Some(Node::Customer(..)) => kind == Kind::Customer,
            None => true,
        };
        if is_kind {
            Ok(self.node(field, node, out))
        } else {
            Err(FieldError::other_type(&gid))
        }
    }

    /// The object of a gid: `None` when the text is no gid, `Some(None)` when there is no such object.
    fn find(&self, gid: &str) -> Option<Option<Node>> {
        let parsed = Gid::parse(gid)?;
        let state = self.state;
        let listings = state.shop.listings.len();
        let (kind, space, len): (Kind, IdSpace, usize) = match parsed.name {
            "InventoryQuantity" => {
                let found = ids::find_quantity(gid, listings, state.locations.len());
                let found = found.filter(|(level, _)| self.has_level(*level));
                return Some(found.and_then(|((listing, location), name)| {
                    Some(Node::Quantity(listing, location, Level::state_named(name)?))
                }));
            }
            "InventoryLevel" => {
                let level = ids::find_level(gid, listings, state.locations.len());
                let level = level.filter(|level| self.has_level(*level));
                return Some(level.map(|(listing, location)| Node::Level(listing, location)));
            }
            "OrderTransaction" => {
                let found = state.find_transaction(parsed.number()?);
                let found = found.filter(|(order, _)| self.is_in_window(*order));
                return Some(found.map(|(_, transaction)| Node::Transaction(transaction)));
            }
            "App" | "AppInstallation" => {
                let kind = match parsed.name {
                    "App" => Kind::App,
                    _ => Kind::AppInstallation,
                };
                let is_own = parsed.number()? == APP_ID;
                return Some(is_own.then_some(Node::At(kind, 0)));
            }
            "Customer" => {
                let found = state.customer_numbered(parsed.number()?);
                let found = found.filter(|one| match one {
                    CustomerRef::OfOrder(order) => self.is_in_window(*order),
                    CustomerRef::Own(_) => true,
                });
                return Some(found.map(Node::Customer));
            }
            "Metafield" => (Kind::Metafield, ids::METAFIELD, state.metafields.all.len()),
            "MetafieldDefinition" => (
                Kind::MetafieldDefinition,
                ids::METAFIELD_DEFINITION,
                state.metafields.definitions.len(),
            ),
            "MailingAddress" => (Kind::MailingAddress, ids::ADDRESS, state.orders.len()),
            "FulfillmentHold" => (
                Kind::FulfillmentHold,
                ids::FULFILLMENT_HOLD,
                state.holds.len(),
            ),
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
            "FulfillmentEvent" => (
                Kind::FulfillmentEvent,
                ids::FULFILLMENT_EVENT,
                state.fulfillment_events.len(),
            ),
            "FulfillmentLineItem" => (
                Kind::FulfillmentLineItem,
                ids::FULFILLMENT_LINE,
                state.fulfillment_lines.len(),
            ),
            "Refund" => (Kind::Refund, ids::REFUND, state.refunds.len()),
            "Return" => (Kind::Return, ids::RETURN, state.returns.len()),
            "ReturnLineItem" => (
                Kind::ReturnLineItem,
                ids::RETURN_LINE,
                state.return_lines.len(),
            ),
            "ReverseFulfillmentOrder" => (
                Kind::ReverseFulfillmentOrder,
                ids::REVERSE_FULFILLMENT_ORDER,
                state.returns.len(),
            ),
            "ReverseFulfillmentOrderLineItem" => (
                Kind::ReverseFulfillmentOrderLineItem,
                ids::REVERSE_LINE,
                state.return_lines.len(),
            ),
            "InventoryItem" => (Kind::InventoryItem, ids::INVENTORY_ITEM, listings),
            "ProductVariant" => (Kind::ProductVariant, ids::VARIANT, listings),
            "Product" => (Kind::Product, ids::PRODUCT, listings),
            "ProductOption" => (Kind::ProductOption, ids::PRODUCT_OPTION, listings),
            "ProductOptionValue" => (
                Kind::ProductOptionValue,
                ids::PRODUCT_OPTION_VALUE,
                listings,
            ),
            "Location" => (Kind::Location, ids::LOCATION, state.locations.len()),
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
            Kind::Order => self.is_in_window(*position),
            Kind::MailingAddress => {
                let made = state.made(*position);
                let has_address = made.is_none_or(|made| made.shipping_address.is_some());
                self.is_in_window(*position) && has_address
            }
            Kind::FulfillmentOrder => self.is_routed(*position),
            Kind::FulfillmentOrderLineItem => {
                self.is_routed(state.fulfillment_order_lines[*position as usize].fulfillment_order)
            }
            Kind::InventoryItem
            | Kind::ProductVariant
            | Kind::Product
            | Kind::ProductOption
            | Kind::ProductOptionValue => state.is_listed(*position),
            Kind::Metafield => !state.metafields.all[*position as usize].is_deleted,
            Kind::MetafieldDefinition => {
                !state.metafields.definitions[*position as usize].is_deleted
            }
            Kind::Location => !state.locations[*position as usize].is_deleted,
            Kind::ReverseFulfillmentOrder => state.is_approved_return(*position),
            Kind::ReverseFulfillmentOrderLineItem => {
                state.is_approved_return(state.return_lines[*position as usize].of)
            }
            Kind::WebhookSubscription => state.subscriptions[*position as usize].is_alive,
            _ => true,
        });
        Some(position.map(|position| Node::At(kind, position)))
    }

    /// Whether there is a level: its location is not gone, and stocks the item or once did.
    fn has_level(&self, (listing, location): (u32, u16)) -> bool {
        !self.state.locations[usize::from(location)].is_deleted
            && self.state.stock.level(listing, location).was_stocked
    }

    /// Whether an order is one of those that the app may see.
    fn is_in_window(&self, order: u32) -> bool {
        let order = &self.state.orders[order as usize];
        order.created_at >= self.window_start && !order.is_deleted
    }

    pub(crate) fn is_routed(&self, fulfillment_order: u32) -> bool {
        self.state.is_routed(fulfillment_order, self.now)
    }

    fn node(&self, field: &PlanField, node: Option<Node>, out: &mut Vec<u8>) -> u64 {
        let (kind, at) = match node {
            None => return null_object(out),
            Some(Node::Level(listing, location)) => {
                let selection = field.selection_for(Kind::InventoryLevel);
                return 1 + self.inventory_level(selection, (listing, location), out);
            }
            Some(Node::Customer(one)) => {
                let selection = field.selection_for(Kind::Customer);
                return 1 + self.customer(selection, one, out);
            }
            Some(Node::Quantity(listing, location, name)) => {
                let selection = field.selection_for(Kind::InventoryQuantity);
                return 1 + self.quantity_named(selection, (listing, location), name, out);
            }
            Some(Node::Transaction(transaction)) => {
                let selection = field.selection_for(Kind::OrderTransaction);
                return 1 + self.transaction(selection, transaction, out);
            }
            Some(Node::At(kind, at)) => (kind, at),
        };
        let selection = field.selection_for(kind);
        1 + match kind {
            Kind::App => self.app(selection, out),
            Kind::AppInstallation => self.app_installation(selection, out),
            Kind::BulkOperation => self.bulk_operation(selection, at, out),
            Kind::FulfillmentHold => self.hold(selection, at, out),
            Kind::Metafield => self.metafield(selection, at, out),
            Kind::MetafieldDefinition => self.metafield_definition(selection, at, out),
            Kind::MailingAddress => match self.state.made(at) {
                Some(made) => {
                    let given = made.shipping_address.as_ref();
                    return self.postal_address(selection, at, given, out);
                }
                None => self.address(selection, at, out),
            },
            Kind::Order => self.order(selection, at, out),
            Kind::LineItem => self.line_item(selection, at, out),
            Kind::FulfillmentOrder => self.fulfillment_order(selection, at, out),
            Kind::FulfillmentOrderLineItem => self.fulfillment_order_line(selection, at, out),
            Kind::Fulfillment => self.fulfillment(selection, at, out),
            Kind::FulfillmentEvent => self.fulfillment_event(selection, at, out),
            Kind::FulfillmentLineItem => self.fulfillment_line(selection, at, out),
            Kind::Refund => self.refund(selection, at, out),
            Kind::Return => self.return_object(selection, at, out),
            Kind::ReturnLineItem => self.return_line(selection, at, out),
            Kind::ReverseFulfillmentOrder => self.reverse_fulfillment_order(selection, at, out),
            Kind::ReverseFulfillmentOrderLineItem => self.reverse_line(selection, at, out),
            Kind::InventoryItem => self.inventory_item(selection, at, out),
            Kind::ProductVariant => self.variant(selection, at, out),
            Kind::Product => self.product(selection, at, out),
            Kind::ProductOption => self.product_option(selection, at, out),
            Kind::ProductOptionValue => self.product_option_value(selection, at, out),
            Kind::Location => self.location(selection, at as u16, out),
            Kind::Shop => self.shop(selection, out),
            Kind::WebhookSubscription => self.webhook_subscription(selection, at, out),
            Kind::Customer
            | Kind::InventoryLevel
            | Kind::InventoryQuantity
            | Kind::OrderTransaction
            | Kind::WebhookHttpEndpoint
            | Kind::WebhookEventBridgeEndpoint
            | Kind::WebhookPubSubEndpoint => null_object(out),
        }
    }

    /// Appends the object of a gid in a mutation's payload, where it costs only what is below it.
    pub(crate) fn node_of_payload(&self, field: &PlanField, gid: &str, out: &mut Vec<u8>) -> u64 {
        self.node(field, self.find(gid).flatten(), out)
            .saturating_sub(1)
    }

    /// Appends the object that `node` names.
    pub(crate) fn node_by_id(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("id", self.variables)
            .unwrap_or_default();
        let node = self.find(&gid).ok_or_else(FieldError::invalid_id)?;
        Ok(self.node(field, node, out))
    }

    /// Appends the objects that `nodes` names.
    pub(crate) fn nodes_by_ids(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
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
        Ok(cost::actual_nodes(found.len() as i64, sum))
    }

    /// Appends the product that `productByIdentifier` names.
    pub(crate) fn product_by_identifier(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let identifier = field.argument("identifier", self.variables);
        let by = |name: &str| {
            let given = identifier.as_deref()?.given(name)?;
            given.text().map(str::to_owned)
        };
        match (by("id"), by("handle")) {
            (Some(gid), None) => {
                let node = self.find(&gid).ok_or_else(FieldError::invalid_id)?;
                match node {
                    Some(Node::At(Kind::Product, _)) | None => Ok(self.node(field, node, out)),
                    Some(_) => Err(FieldError::other_type(&gid)),
                }
            }
            (None, Some(handle)) => Ok(self.product_of(field, &handle, out)),
            // Products have no metafields by which they could be found.
            _ => Ok(null_object(out)),
        }
    }

    /// Appends the product that `productByHandle` names.
    pub(crate) fn product_by_handle(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let handle = field.text_argument("handle", self.variables);
        self.product_of(field, &handle.unwrap_or_default(), out)
    }

    /// Appends the product of a handle.
    fn product_of(&self, field: &PlanField, handle: &str, out: &mut Vec<u8>) -> u64 {
        match self.state.find_handle(handle) {
            Some(at) => 1 + self.product(field.selection(), at, out),
            None => null_object(out),
        }
    }

    /// Appends the variant that `productVariantByIdentifier` names.
    pub(crate) fn variant_by_identifier(
        &self,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let identifier = field.argument("identifier", self.variables);
        let gid = identifier.as_deref().and_then(|by| by.get("id")?.text());
        let gid =
            gid.ok_or_else(|| FieldError::new("identifier must name an id", "BAD_REQUEST"))?;
        let node = self.find(gid).ok_or_else(FieldError::invalid_id)?;
        match node {
            Some(Node::At(Kind::ProductVariant, _)) | None => Ok(self.node(field, node, out)),
            Some(_) => Err(FieldError::other_type(gid)),
        }
    }
}
