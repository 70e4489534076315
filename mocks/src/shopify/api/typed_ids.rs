//! Ids of another type than the one an argument is for (docs/platforms/shopify.md 2.4).
//!
//! A text that is no gid at all is refused by the scalar ([`super::graphql::scalars`]). A gid of another type is refused
//! by the field that loads the object: its value is `null` beside `Invalid id: <the gid>`, `RESOURCE_NOT_FOUND`, and
//! nothing is changed. A gid of the right type with a number that nobody has, 0 included, is left to the field, which
//! answers `null` or an error of its own.

use super::graphql::errors::FieldError;
use super::graphql::fields::Field;
use super::graphql::plan::{PlanField, Variables};
use crate::shopify::json::Json;
use crate::shopify::model::ids::Gid;

/// What arguments and members of inputs of these names identify, wherever they stand.
const BY_NAME: [(&str, &str); 22] = [
    ("customerId", "Customer"),
    ("destinationLocationId", "Location"),
    ("fulfillmentId", "Fulfillment"),
    ("fulfillmentLineItemId", "FulfillmentLineItem"),
    ("fulfillmentOrderId", "FulfillmentOrder"),
    ("fulfillmentOrderIds", "FulfillmentOrder"),
    ("holdIds", "FulfillmentHold"),
    ("inventoryItemId", "InventoryItem"),
    ("inventoryItemIds", "InventoryItem"),
    ("inventoryLevelId", "InventoryLevel"),
    ("lineItemId", "LineItem"),
    ("locationId", "Location"),
    ("locationIds", "Location"),
    ("newLocationId", "Location"),
    ("orderId", "Order"),
    ("parentId", "OrderTransaction"),
    ("parentTransactionId", "OrderTransaction"),
    ("productId", "Product"),
    ("returnId", "Return"),
    ("returnLineItemId", "ReturnLineItem"),
    (
        "reverseFulfillmentOrderLineItemId",
        "ReverseFulfillmentOrderLineItem",
    ),
    ("variantId", "ProductVariant"),
];

/// What `id` identifies as an argument of a root field; `None` where any type will do.
fn of_root(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::BulkOperation | Field::BulkOperationCancel => "BulkOperation",
        Field::Customer => "Customer",
        Field::Fulfillment | Field::FulfillmentCancel => "Fulfillment",
        Field::FulfillmentOrder
        | Field::FulfillmentOrderCancel
        | Field::FulfillmentOrderClose
        | Field::FulfillmentOrderHold
        | Field::FulfillmentOrderMove
        | Field::FulfillmentOrderOpen
        | Field::FulfillmentOrderReleaseHold
        | Field::FulfillmentOrderReportProgress => "FulfillmentOrder",
        Field::InventoryItem | Field::InventoryItemUpdate => "InventoryItem",
        Field::InventoryLevel => "InventoryLevel",
        Field::Job => "Job",
        Field::Location | Field::LocationEdit => "Location",
        Field::MetafieldDefinition | Field::MetafieldDefinitionDelete => "MetafieldDefinition",
        Field::Order | Field::OrderCreateManualPayment => "Order",
        Field::Product => "Product",
        Field::Return | Field::ReturnCancel | Field::ReturnClose | Field::ReturnReopen => "Return",
        Field::ProductVariant => "ProductVariant",
        Field::WebhookSubscription
        | Field::WebhookSubscriptionDelete
        | Field::WebhookSubscriptionUpdate
        | Field::EventBridgeWebhookSubscriptionUpdate
        | Field::PubSubWebhookSubscriptionUpdate => "WebhookSubscription",
        _ => return None,
    })
}

/// What `id` identifies inside a member of an input, or inside an argument of this name.
fn of_member(field: Field, member: &str) -> Option<&'static str> {
    match (field, member) {
        (_, "fulfillmentOrderLineItems") => Some("FulfillmentOrderLineItem"),
        (Field::ProductSet | Field::ProductVariantsBulkUpdate, "variants") => {
            Some("ProductVariant")
        }
        (Field::ProductSet | Field::ProductUpdate, "identifier" | "input" | "product") => {
            Some("Product")
        }
        _ => None,
    }
}

/// The refusal of a root field that is given an id of another type.
pub(crate) fn refusal(field: &PlanField, variables: &Variables<'_>) -> Option<FieldError> {
    field.arguments.iter().find_map(|(name, value)| {
        let expected = match &**name {
            "id" => of_root(field.field),
            name => by_name(name),
        };
        let given = value.resolve(variables)?;
        of_value(field.field, &given, name, expected)
    })
}

fn by_name(name: &str) -> Option<&'static str> {
    let found = BY_NAME.iter().find(|(known, _)| *known == name);
    found.map(|(_, kind)| *kind)
}

/// The first id of another type in a value that stands under `name`.
fn of_value(
    field: Field,
    value: &Json<'_>,
    name: &str,
    expected: Option<&'static str>,
) -> Option<FieldError> {
    match value {
        Json::Text(text) => {
            let gid = Gid::parse(text)?;
            (gid.name != expected?).then(|| FieldError::other_type(text))
        }
        Json::List(elements) => {
            let mut elements = elements.iter();
            elements.find_map(|it| of_value(field, it, name, expected))
        }
        Json::Object(members) => members.iter().find_map(|(member, value)| {
            let expected = match &**member {
                "id" => of_member(field, name),
                member => by_name(member),
            };
            of_value(field, value, member, expected)
        }),
        _ => None,
    }
}
