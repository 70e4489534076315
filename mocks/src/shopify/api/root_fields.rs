//! The root fields of GraphQL: one table names every query and mutation, finds its handler, and tells how long it takes,
//! what it costs and how far it is served (docs/platforms/shopify.md 2.2, 2.3 and 10).

use super::answer::Class;
use super::call::Call;
use super::graphql::errors::FieldError;
use super::graphql::fields::Field;
use super::graphql::plan::{Kind, PlanField, Variables};
use super::idempotency::IdempotencyStore;
use super::mutations::{
    activation, annotations, bulk, customers, fulfillment, fulfillment_changes,
    fulfillment_order_parts, fulfillment_orders, inventory, inventory_items, inventory_moves,
    locations, metafield_definitions, metafields, order_create, orders, payments, product_create,
    product_price, product_set, product_update, products, refunds, returns, variants_update,
    webhooks,
};
use super::queries::reader::Reader;
use crate::core::Coverage;
use crate::core::Coverage::{Full as FULL, Partial};
use crate::shopify::model::ids;
use crate::shopify::profile::GraphqlLimits;
use crate::shopify::shop::Store;

/// Reads from the state and appends the value.
type Query = fn(&Reader<'_>, &PlanField, &mut Vec<u8>) -> Result<u64, FieldError>;

/// Changes the store and appends the payload.
type Mutation = fn(&mut Store, &Call<'_>, &PlanField, &mut Vec<u8>) -> Result<u64, FieldError>;

/// A mutation that must have the `@idempotent` directive.
type IdempotentMutation = fn(
    &mut Store,
    &mut IdempotencyStore,
    &Call<'_>,
    &PlanField,
    &mut Vec<u8>,
) -> Result<u64, FieldError>;

/// What serves a root field. All return the actual price of what they wrote.
#[derive(Copy, Clone)]
pub(crate) enum Handler {
    Query(Query),
    Mutation(Mutation),
    IdempotentMutation(IdempotentMutation),
}

/// What a root field costs, beside the selection of a mutation's payload.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    /// What its selection costs.
    Selection,
    /// Always the same, in points.
    Fixed(u64),
    /// What every mutation costs, and something for every row of the input where the profile says so.
    InventoryRows,
    /// What every mutation costs, and something for every variant, file and metafield of the input.
    ProductRows,
    /// What the profile says of updates of tracking.
    TrackingUpdate,
}

/// What a mutation costs before its payload is looked at.
pub(crate) const MUTATION_POINTS: u64 = 10;
/// What is served where tracking is written.
const SIX_CARRIERS: Coverage = Partial(
    "tracking addresses are made for six carriers; others, and numbers without a carrier, have none",
);
/// What is served where subscriptions are written.
const WEBHOOKS: Coverage =
    Partial("filter is kept and not applied; format XML is taken, and JSON is delivered");
const MUTATION: Price = Price::Fixed(MUTATION_POINTS);
/// A manual override of the platform's (measured).
const REFUND: Price = Price::Fixed(20);

/// One root field.
pub(crate) struct RootField {
    pub(crate) field: Field,
    /// How long it takes.
    pub(crate) class: Class,
    pub(crate) price: Price,
    /// How far it is served.
    pub(crate) coverage: Coverage,
    pub(crate) handler: Handler,
}

impl RootField {
    /// Whether it is a query; else it is a mutation.
    pub(crate) fn is_query(&self) -> bool {
        matches!(self.handler, Handler::Query(_))
    }
}

macro_rules! root_fields {
    ($($field:ident, $class:expr, $price:expr, $coverage:expr, $handler:expr;)*) => {
        /// Every root field, queries before mutations, each by name.
        pub(crate) const ROOT_FIELDS: &[RootField] = &[$(RootField {
            field: Field::$field,
            class: $class,
            price: $price,
            coverage: $coverage,
            handler: $handler,
        },)*];
    };
}

root_fields! {
    AssignedFulfillmentOrders, Class::List, Price::Selection, Partial("answers as to an app without a fulfilment service"), Handler::Query(|_, _, _| Reader::assigned_fulfillment_orders());
    BulkOperation, Class::Read, Price::Selection, Partial("no mutations in bulk"), Handler::Query(|r, f, o| r.one(f, Kind::BulkOperation, o));
    BulkOperations, Class::List, Price::Selection, Partial("no mutations in bulk"), Handler::Query(|r, f, o| r.bulk_operations(f, o));
    CurrentAppInstallation, Class::Read, Price::Selection, FULL, Handler::Query(|r, f, o| Ok(1 + r.app_installation(f.selection(), o)));
    CurrentBulkOperation, Class::Read, Price::Selection, Partial("no mutations in bulk"), Handler::Query(|r, f, o| Ok(r.current_bulk_operation(f, o)));
    Customer, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::Customer, o));
    Fulfillment, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::Fulfillment, o));
    FulfillmentOrder, Class::Read, Price::Selection, Partial("no requests to fulfilment services"), Handler::Query(|r, f, o| r.one(f, Kind::FulfillmentOrder, o));
    FulfillmentOrders, Class::List, Price::Selection, Partial("sorted by id only; searches id, status, assigned_location_id"), Handler::Query(|r, f, o| Ok(r.all_fulfillment_orders(f, o)));
    InventoryItem, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::InventoryItem, o));
    InventoryItems, Class::List, Price::Selection, Partial("searches id, sku"), Handler::Query(|r, f, o| Ok(r.listings(f, ids::INVENTORY_ITEM, o, |s, at, o| r.inventory_item(s, at, o))));
    InventoryLevel, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::InventoryLevel, o));
    Job, Class::Read, Price::Selection, Partial("the jobs of orderCancel and of changed metafield definitions"), Handler::Query(|r, f, o| r.job_by_id(f, o));
    Location, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.location_by_id(f, o));
    LocationByIdentifier, Class::Read, Price::Selection, Partial("by id, not by metafield"), Handler::Query(|r, f, o| r.location_by_identifier(f, o));
    Locations, Class::List, Price::Selection, Partial("sorted by name or id; searches id, name, active and the address"), Handler::Query(|r, f, o| Ok(r.locations(f, o)));
    LocationsAvailableForDeliveryProfilesConnection, Class::List, Price::Selection, Partial("the active locations"), Handler::Query(|r, f, o| Ok(r.locations(f, o)));
    LocationsCount, Class::Read, Price::Selection, Partial("searches id, name, active and the address"), Handler::Query(|r, f, o| Ok(r.locations_count(f, o)));
    ManualHoldsFulfillmentOrders, Class::List, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| Ok(r.held_fulfillment_orders(f, o)));
    MetafieldDefinition, Class::Read, Price::Selection, Partial("no access, capabilities or constraints"), Handler::Query(|r, f, o| r.definition_by_id(f, o));
    MetafieldDefinitions, Class::List, Price::Selection, Partial("no access, capabilities or constraints; relevance sorts by id"), Handler::Query(|r, f, o| Ok(r.metafield_definitions(f, o)));
    Node, Class::Read, Price::Selection, Partial("the object types of the schema file, but for adjustment groups and destinations"), Handler::Query(|r, f, o| r.node_by_id(f, o));
    Nodes, Class::Read, Price::Selection, Partial("the object types of the schema file, but for adjustment groups and destinations"), Handler::Query(|r, f, o| r.nodes_by_ids(f, o));
    Order, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::Order, o));
    Orders, Class::List, Price::Selection, Partial("fields beyond the schema file are neutral; relevance sorts by id, destinations by city; documented searches that are not simulated restrict nothing and are counted"), Handler::Query(|r, f, o| Ok(r.orders(f, o)));
    OrdersCount, Class::Read, Price::Selection, Partial("the searches of orders"), Handler::Query(|r, f, o| Ok(r.orders_count(f, o)));
    Product, Class::Read, Price::Selection, Partial("one variant a product"), Handler::Query(|r, f, o| r.one(f, Kind::Product, o));
    ProductByHandle, Class::Read, Price::Selection, Partial("one variant a product"), Handler::Query(|r, f, o| Ok(r.product_by_handle(f, o)));
    ProductByIdentifier, Class::Read, Price::Selection, Partial("by id and handle, not by metafield"), Handler::Query(|r, f, o| r.product_by_identifier(f, o));
    ProductVariant, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::ProductVariant, o));
    ProductVariantByIdentifier, Class::Read, Price::Selection, Partial("by id, not by metafield"), Handler::Query(|r, f, o| r.variant_by_identifier(f, o));
    ProductVariants, Class::List, Price::Selection, Partial("popularity and relevance sort by id; searches id, sku, title, product_id, handle, barcode, product_type, tag, vendor, status"), Handler::Query(|r, f, o| Ok(r.listings(f, ids::VARIANT, o, |s, at, o| r.variant(s, at, o))));
    Products, Class::List, Price::Selection, Partial("relevance sorts by id; searches id, sku, title, product_id, handle, barcode, product_type, tag, vendor, status"), Handler::Query(|r, f, o| Ok(r.listings(f, ids::PRODUCT, o, |s, at, o| r.product(s, at, o))));
    ProductVariantsCount, Class::Read, Price::Selection, Partial("searches id, sku, title, product_id, handle, barcode, product_type, tag, vendor, status"), Handler::Query(|r, f, o| Ok(r.listings_count(f, ids::VARIANT, o)));
    ProductsCount, Class::Read, Price::Selection, Partial("searches id, sku, title, product_id, handle, barcode, product_type, tag, vendor, status"), Handler::Query(|r, f, o| Ok(r.listings_count(f, ids::PRODUCT, o)));
    Return, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| r.one(f, Kind::Return, o));
    Shop, Class::Read, Price::Selection, Partial("fields beyond the schema file are neutral"), Handler::Query(|r, f, o| Ok(1 + r.shop(f.selection(), o)));
    WebhookSubscription, Class::Read, Price::Selection, FULL, Handler::Query(|r, f, o| r.one(f, Kind::WebhookSubscription, o));
    WebhookSubscriptions, Class::List, Price::Selection, Partial("searches id, topic, format, uri and times"), Handler::Query(|r, f, o| r.webhook_subscriptions(f, o));
    WebhookSubscriptionsCount, Class::Read, Price::Selection, Partial("searches id, topic, format, uri and times"), Handler::Query(|r, f, o| r.webhook_subscriptions_count(f, o));

    BulkOperationCancel, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(bulk::cancel);
    BulkOperationRunQuery, Class::OrderWrite, MUTATION, Partial("lists that are not simulated yield nothing; lines always grouped"), Handler::Mutation(bulk::run_query);
    CustomerCreate, Class::OrderWrite, MUTATION, Partial("names, e-mail, phone, note, language, tags and metafields are kept"), Handler::Mutation(customers::create);
    CustomerDelete, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(customers::delete);
    EventBridgeWebhookSubscriptionCreate, Class::SubscriptionWrite, MUTATION, Partial("nothing is delivered to event buses"), Handler::Mutation(webhooks::create_event_bridge);
    EventBridgeWebhookSubscriptionUpdate, Class::SubscriptionWrite, MUTATION, Partial("nothing is delivered to event buses"), Handler::Mutation(webhooks::update_event_bridge);
    FulfillmentCancel, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_changes::cancel);
    FulfillmentCreate, Class::OrderWrite, MUTATION, SIX_CARRIERS, Handler::Mutation(fulfillment::create);
    FulfillmentCreateV2, Class::OrderWrite, MUTATION, SIX_CARRIERS, Handler::Mutation(fulfillment::create);
    FulfillmentEventCreate, Class::OrderWrite, MUTATION, Partial("where it happened is taken and not kept"), Handler::Mutation(fulfillment_changes::create_event);
    FulfillmentOrderCancel, Class::OrderWrite, MUTATION, Partial("no requests to fulfilment services"), Handler::Mutation(fulfillment_orders::cancel);
    FulfillmentOrderClose, Class::OrderWrite, MUTATION, Partial("refused as for locations without a fulfilment service"), Handler::Mutation(fulfillment_orders::close);
    FulfillmentOrderHold, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_orders::hold);
    FulfillmentOrderMerge, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_order_parts::merge);
    FulfillmentOrderMove, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_orders::move_to);
    FulfillmentOrderOpen, Class::OrderWrite, MUTATION, Partial("after reported progress; nothing is ever scheduled"), Handler::Mutation(fulfillment_orders::open);
    FulfillmentOrderReleaseHold, Class::OrderWrite, MUTATION, Partial("not by externalId"), Handler::Mutation(fulfillment_orders::release_hold);
    FulfillmentOrderReportProgress, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_orders::report_progress);
    FulfillmentOrderSplit, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_order_parts::split);
    FulfillmentOrdersSetFulfillmentDeadline, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(fulfillment_changes::set_deadline);
    FulfillmentTrackingInfoUpdate, Class::OrderWrite, Price::TrackingUpdate, SIX_CARRIERS, Handler::Mutation(fulfillment::update_tracking);
    FulfillmentTrackingInfoUpdateV2, Class::OrderWrite, Price::TrackingUpdate, SIX_CARRIERS, Handler::Mutation(fulfillment::update_tracking);
    InventoryActivate, Class::InventoryWrite, MUTATION, FULL, Handler::IdempotentMutation(activation::activate);
    InventoryAdjustQuantities, Class::InventoryWrite, Price::InventoryRows, FULL, Handler::IdempotentMutation(inventory::adjust);
    InventoryBulkToggleActivation, Class::InventoryWrite, MUTATION, FULL, Handler::Mutation(activation::toggle);
    InventoryDeactivate, Class::InventoryWrite, MUTATION, FULL, Handler::Mutation(activation::deactivate);
    InventoryItemUpdate, Class::InventoryWrite, MUTATION, Partial("items of the catalogue are always tracked; codes by country and packages are taken and not kept; no inventory_items/update"), Handler::Mutation(inventory_items::update);
    InventoryMoveQuantities, Class::InventoryWrite, Price::InventoryRows, FULL, Handler::IdempotentMutation(inventory_moves::move_units);
    InventorySetOnHandQuantities, Class::InventoryWrite, Price::InventoryRows, FULL, Handler::IdempotentMutation(inventory::set_on_hand);
    InventorySetQuantities, Class::InventoryWrite, Price::InventoryRows, FULL, Handler::IdempotentMutation(inventory::set);
    LocationActivate, Class::OrderWrite, MUTATION, Partial("no limit by plan, no webhook"), Handler::IdempotentMutation(locations::activate);
    LocationAdd, Class::OrderWrite, MUTATION, Partial("what a location stocks is sold online whether or not it fulfils online orders; no webhook"), Handler::Mutation(locations::add);
    LocationDeactivate, Class::OrderWrite, MUTATION, Partial("no purchase orders, retail subscriptions or transfers in the way; no webhook"), Handler::IdempotentMutation(locations::deactivate);
    LocationDelete, Class::OrderWrite, MUTATION, Partial("no retail subscriptions in the way; no webhook"), Handler::Mutation(locations::delete);
    LocationEdit, Class::OrderWrite, MUTATION, Partial("no fulfilment services; no webhook"), Handler::Mutation(locations::edit);
    MetafieldDefinitionCreate, Class::OrderWrite, MUTATION, Partial("access, capabilities and constraints are taken and not kept; of the rules min, max and choices"), Handler::Mutation(metafield_definitions::create);
    MetafieldDefinitionDelete, Class::OrderWrite, MUTATION, Partial("no standard definitions"), Handler::Mutation(metafield_definitions::delete);
    MetafieldDefinitionUpdate, Class::OrderWrite, MUTATION, Partial("access, capabilities and constraints are taken and not kept; of the rules min, max and choices"), Handler::Mutation(metafield_definitions::update);
    MetafieldsDelete, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(metafields::delete);
    MetafieldsSet, Class::OrderWrite, MUTATION, Partial("of products, variants, orders, customers, locations, the shop and the installation; of the rules min, max and choices"), Handler::Mutation(metafields::set);
    OrderCancel, Class::OrderWrite, MUTATION, Partial("store credit is paid back as money"), Handler::Mutation(orders::cancel);
    OrderCapture, Class::OrderWrite, REFUND, Partial("no gateway that captures one authorization several times"), Handler::Mutation(payments::capture);
    OrderClose, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(annotations::close_order);
    OrderCreate, Class::OrderWrite, MUTATION, Partial("no companies, gift cards or receipts; a partly fulfilled or restocked order is made unfulfilled; one rate between two currencies"), Handler::Mutation(order_create::create);
    OrderCreateManualPayment, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(payments::pay_by_hand);
    OrderCustomerRemove, Class::OrderWrite, MUTATION, Partial("no companies"), Handler::Mutation(customers::remove);
    OrderCustomerSet, Class::OrderWrite, MUTATION, Partial("no companies"), Handler::Mutation(customers::set);
    OrderDelete, Class::OrderWrite, MUTATION, Partial("of orders that apps made; what else the platform refuses to delete is not known"), Handler::Mutation(orders::delete);
    OrderMarkAsPaid, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(payments::mark_as_paid);
    OrderOpen, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(annotations::open_order);
    OrderUpdate, Class::OrderWrite, MUTATION, Partial("localized fields are taken and not kept"), Handler::Mutation(annotations::update_order);
    ProductCreate, Class::OrderWrite, Price::ProductRows, Partial("one variant with the option Title / Default Title; category, collections, media and selling plans are taken and not kept"), Handler::Mutation(product_create::create);
    ProductDelete, Class::OrderWrite, MUTATION, Partial("the operation of a deletion that is not synchronous is not shown; no inventory_items/delete"), Handler::Mutation(products::delete);
    ProductSet, Class::InventoryWrite, Price::ProductRows, Partial("no second variant, no other option; collections, files and tax codes are taken and not kept; without synchronous it is done at once, and the operation is not shown"), Handler::Mutation(product_set::set);
    ProductUpdate, Class::OrderWrite, Price::ProductRows, Partial("category, collections, media and selling plans are taken and not kept"), Handler::Mutation(product_update::update);
    ProductVariantsBulkUpdate, Class::InventoryWrite, Price::ProductRows, Partial("no other option values; media, components, tax codes and unit prices are taken and not kept; no location stops to stock a variant by an adjustment"), Handler::Mutation(variants_update::update);
    PubSubWebhookSubscriptionCreate, Class::SubscriptionWrite, MUTATION, Partial("nothing is delivered to message queues"), Handler::Mutation(webhooks::create_pub_sub);
    PubSubWebhookSubscriptionUpdate, Class::SubscriptionWrite, MUTATION, Partial("nothing is delivered to message queues"), Handler::Mutation(webhooks::update_pub_sub);
    RefundCreate, Class::OrderWrite, REFUND, Partial("no duty or store credit refunds; refundShippingLines stay empty"), Handler::IdempotentMutation(refunds::create);
    RemoveFromReturn, Class::OrderWrite, MUTATION, Partial("no exchanges"), Handler::Mutation(returns::remove);
    ReturnApproveRequest, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(returns::approve);
    ReturnCancel, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(returns::cancel);
    ReturnClose, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(returns::close);
    ReturnCreate, Class::OrderWrite, MUTATION, Partial("no exchanges and no fees"), Handler::Mutation(returns::create);
    ReturnDeclineRequest, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(returns::decline);
    ReturnProcess, Class::OrderWrite, MUTATION, Partial("no exchanges, and no money: it goes back by refundCreate"), Handler::Mutation(returns::process);
    ReturnReopen, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(returns::reopen);
    ReturnRequest, Class::OrderWrite, MUTATION, Partial("no fees"), Handler::Mutation(returns::request);
    ReverseFulfillmentOrderDispose, Class::OrderWrite, MUTATION, Partial("no third parties"), Handler::Mutation(returns::dispose);
    TagsAdd, Class::OrderWrite, MUTATION, Partial("of orders, products and customers"), Handler::Mutation(annotations::add_tags);
    TagsRemove, Class::OrderWrite, MUTATION, Partial("of orders, products and customers"), Handler::Mutation(annotations::remove_tags);
    TransactionVoid, Class::OrderWrite, MUTATION, FULL, Handler::Mutation(payments::void);
    WebhookSubscriptionCreate, Class::SubscriptionWrite, MUTATION, WEBHOOKS, Handler::Mutation(webhooks::create);
    WebhookSubscriptionDelete, Class::SubscriptionWrite, MUTATION, FULL, Handler::Mutation(webhooks::delete);
    WebhookSubscriptionUpdate, Class::SubscriptionWrite, MUTATION, WEBHOOKS, Handler::Mutation(webhooks::update);
}

/// Positions in the table by the number of the field; `u8::MAX` where a field is no root field.
static POSITIONS: [u8; Field::COUNT] = {
    let mut positions = [u8::MAX; Field::COUNT];
    let mut at = 0;
    while at < ROOT_FIELDS.len() {
        positions[ROOT_FIELDS[at].field as usize] = at as u8;
        at += 1;
    }
    positions
};

/// The row of a root field; none for `__typename` and introspection.
pub(crate) fn find(field: Field) -> Option<&'static RootField> {
    ROOT_FIELDS.get(usize::from(POSITIONS[field as usize]))
}

/// Appends the value of a query's root field.
///
/// # Errors
/// Those of the field's handler.
pub(crate) fn read(
    reader: &Reader<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    match find(field.field).map(|row| row.handler) {
        Some(Handler::Query(query)) => query(reader, field, out),
        _ => {
            reader.unserved(field, out);
            Ok(0)
        }
    }
}

/// Executes a mutation's root field and appends its payload.
///
/// # Errors
/// Those of the field's handler.
pub(crate) fn write(
    store: &mut Store,
    keys: &mut IdempotencyStore,
    call: &Call<'_>,
    field: &PlanField,
    out: &mut Vec<u8>,
) -> Result<u64, FieldError> {
    match find(field.field).map(|row| row.handler) {
        Some(Handler::Mutation(mutation)) => mutation(store, call, field, out),
        Some(Handler::IdempotentMutation(mutation)) => mutation(store, keys, call, field, out),
        _ => {
            call.reader(&store.state).unserved(field, out);
            Ok(0)
        }
    }
}

/// What a mutation's root field costs before its payload is looked at.
pub(crate) fn points(field: &PlanField, variables: &Variables<'_>, limits: &GraphqlLimits) -> u64 {
    match find(field.field).map(|row| row.price) {
        None | Some(Price::Selection) => 0,
        Some(Price::Fixed(points)) => points,
        Some(Price::TrackingUpdate) => limits.tracking_update_points,
        Some(Price::ProductRows) => MUTATION_POINTS + product_price::points(field, variables),
        Some(Price::InventoryRows) => {
            let per_row = limits.points_per_inventory_row;
            if per_row > 0.0 {
                MUTATION_POINTS + (rows(field, variables) as f64 * per_row + 0.5) as u64
            } else {
                MUTATION_POINTS
            }
        }
    }
}

/// How many rows the input of an inventory write has; 0 for other root fields.
pub(crate) fn rows(field: &PlanField, variables: &Variables<'_>) -> usize {
    if find(field.field).is_none_or(|row| row.price != Price::InventoryRows) {
        return 0;
    }
    let Some(input) = field.argument("input", variables) else {
        return 0;
    };
    ["quantities", "setQuantities", "changes"]
        .into_iter()
        .find_map(|name| input.get(name))
        .map_or(0, |rows| rows.list().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::api::graphql::schema::ServedSchema;
    use crate::shopify::api::graphql::schema::build::QUERY_ROOT;

    #[test]
    fn every_row_is_a_root_field_of_the_schema_and_takes_the_time_of_its_type() {
        let served = ServedSchema::built_in();
        for row in ROOT_FIELDS {
            let name = row.field.name();
            assert_eq!(find(row.field).map(|found| found.field), Some(row.field));
            let root = if row.is_query() {
                QUERY_ROOT
            } else {
                "Mutation"
            };
            let field = served.schema.named(root).unwrap().field(name);
            let field = field.unwrap_or_else(|| panic!("{root} has no {name}"));
            let inner = served.schema.get(field.ty.inner()).name;
            let is_connection = inner.ends_with("Connection");
            assert_eq!(row.class == Class::List, is_connection, "{name}");
            let is_read = matches!(row.class, Class::Read | Class::List);
            assert_eq!(is_read, row.is_query(), "{name}");
            assert_eq!(row.price == Price::Selection, row.is_query(), "{name}");
        }
    }
}
