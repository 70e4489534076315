//! A lowered GraphQL document: what is left to do once a query's text has been parsed and validated.

use std::borrow::Cow;

use super::fields::Field;
use super::schema::InputType;
use crate::shopify::json::Json;

/// Line and column in the query text, from 1.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Location {
    /// Line.
    pub(crate) line: u32,
    /// Column.
    pub(crate) column: u32,
}

/// Concrete types that an interface or union field of the schema can turn out to be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    App,
    AppInstallation,
    BulkOperation,
    Customer,
    Fulfillment,
    FulfillmentEvent,
    FulfillmentHold,
    FulfillmentLineItem,
    FulfillmentOrder,
    FulfillmentOrderLineItem,
    InventoryItem,
    InventoryLevel,
    InventoryQuantity,
    LineItem,
    Location,
    MailingAddress,
    Metafield,
    MetafieldDefinition,
    Order,
    OrderTransaction,
    Product,
    ProductOption,
    ProductOptionValue,
    ProductVariant,
    Refund,
    Return,
    ReturnLineItem,
    ReverseFulfillmentOrder,
    ReverseFulfillmentOrderLineItem,
    Shop,
    WebhookSubscription,
    WebhookHttpEndpoint,
    WebhookEventBridgeEndpoint,
    WebhookPubSubEndpoint,
}

impl Kind {
    /// The kind by its type's name; `None` for types that no abstract field returns here.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        Some(match name {
            "App" => Kind::App,
            "AppInstallation" => Kind::AppInstallation,
            "BulkOperation" => Kind::BulkOperation,
            "Customer" => Kind::Customer,
            "FulfillmentEvent" => Kind::FulfillmentEvent,
            "FulfillmentHold" => Kind::FulfillmentHold,
            "MailingAddress" => Kind::MailingAddress,
            "Metafield" => Kind::Metafield,
            "MetafieldDefinition" => Kind::MetafieldDefinition,
            "OrderTransaction" => Kind::OrderTransaction,
            "Fulfillment" => Kind::Fulfillment,
            "FulfillmentLineItem" => Kind::FulfillmentLineItem,
            "FulfillmentOrder" => Kind::FulfillmentOrder,
            "FulfillmentOrderLineItem" => Kind::FulfillmentOrderLineItem,
            "InventoryItem" => Kind::InventoryItem,
            "InventoryLevel" => Kind::InventoryLevel,
            "InventoryQuantity" => Kind::InventoryQuantity,
            "LineItem" => Kind::LineItem,
            "Location" => Kind::Location,
            "Order" => Kind::Order,
            "Product" => Kind::Product,
            "ProductOption" => Kind::ProductOption,
            "ProductOptionValue" => Kind::ProductOptionValue,
            "ProductVariant" => Kind::ProductVariant,
            "Refund" => Kind::Refund,
            "Return" => Kind::Return,
            "ReturnLineItem" => Kind::ReturnLineItem,
            "ReverseFulfillmentOrder" => Kind::ReverseFulfillmentOrder,
            "ReverseFulfillmentOrderLineItem" => Kind::ReverseFulfillmentOrderLineItem,
            "Shop" => Kind::Shop,
            "WebhookSubscription" => Kind::WebhookSubscription,
            "WebhookHttpEndpoint" => Kind::WebhookHttpEndpoint,
            "WebhookEventBridgeEndpoint" => Kind::WebhookEventBridgeEndpoint,
            "WebhookPubSubEndpoint" => Kind::WebhookPubSubEndpoint,
            _ => return None,
        })
    }
}

/// How a field is priced (docs/platforms/shopify.md 2.2).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Scalars, enums and `__typename`: nothing.
    Leaf,
    /// A scalar that must be looked for: 1.
    Sought,
    /// An object: 1 and its children.
    Object,
    /// A list of objects without own sizing: 1 and its children once.
    List,
    /// Money, page information, addresses and edges: their children only.
    Transparent,
    /// A `Count` at the root: 10.
    Count,
    /// A connection, sized by `first` or `last`.
    Connection,
    /// `nodes(ids:)`, sized by the number of ids.
    Nodes,
}

/// An argument's value in the document.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Written out in the text.
    Constant(Json<'static>),
    /// A variable, by its position in the operation.
    Variable(u16),
    /// A list with variables inside.
    List(Vec<Value>),
    /// An object with variables inside.
    Object(Vec<(String, Value)>),
}

/// The variables of one request, by position; `None` is a variable that was not given.
pub(crate) type Variables<'a> = [Option<Json<'a>>];

impl Value {
    /// The value under these variables; `None` when it is a variable that was not given.
    pub(crate) fn resolve<'a>(&'a self, variables: &'a Variables<'a>) -> Option<Cow<'a, Json<'a>>> {
        match self {
            Value::Constant(json) => Some(Cow::Borrowed(json)),
            Value::Variable(position) => variables
                .get(usize::from(*position))?
                .as_ref()
                .map(Cow::Borrowed),
            Value::List(elements) => Some(Cow::Owned(Json::List(
                elements
                    .iter()
                    .map(|e| e.resolve(variables).map_or(Json::Null, Cow::into_owned))
                    .collect(),
            ))),
            Value::Object(members) => Some(Cow::Owned(Json::Object(
                members
                    .iter()
                    .filter_map(|(key, value)| {
                        Some((
                            Cow::Borrowed(key.as_str()),
                            value.resolve(variables)?.into_owned(),
                        ))
                    })
                    .collect(),
            ))),
        }
    }
}

/// `@include` and `@skip` conditions: any of the groups must hold wholly; no group means always.
pub(crate) type Conditions = Vec<Vec<(u16, bool)>>;

/// The answer of a field that nothing stands behind: `null` where the schema allows it, else the least that its type
/// allows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Neutral {
    /// `null`.
    Null,
    /// A list without elements.
    EmptyList,
    /// Something written as it stands.
    Written(&'static str),
    /// A value of an enum, or a text.
    Text(&'static str),
    /// An id of a type: a gid with the number 0.
    Id(&'static str),
    /// The shop's currency.
    Currency,
    /// A time: when the shop was opened.
    Time,
    /// An object of such values.
    Object,
}

/// One field to execute.
#[derive(Debug)]
pub(crate) struct PlanField {
    /// `"responseKey":` ready to be written; for `__typename` the value as well.
    pub(crate) key: Box<[u8]>,
    /// The alias, or the name.
    pub(crate) response_key: Box<str>,
    /// Which field.
    pub(crate) field: Field,
    /// When it is wanted.
    pub(crate) conditions: Conditions,
    /// Arguments as written, by name.
    pub(crate) arguments: Box<[(Box<str>, Value)]>,
    /// What is wanted of its value.
    pub(crate) children: Children,
    /// How it is priced.
    pub(crate) shape: Shape,
    /// Whether the schema forbids `null`.
    pub(crate) is_required: bool,
    /// What is answered where nothing stands behind it.
    pub(crate) neutral: Neutral,
    /// The key of its `@idempotent` directive.
    pub(crate) idempotency_key: Option<Value>,
    /// Where it stands in the text.
    pub(crate) location: Location,
}

impl PlanField {
    /// Whether the field is wanted under these variables.
    pub(crate) fn wanted(&self, variables: &Variables<'_>) -> bool {
        self.conditions.is_empty()
            || self.conditions.iter().any(|group| {
                group.iter().all(|(position, wanted)| {
                    let value = variables
                        .get(usize::from(*position))
                        .and_then(Option::as_ref);
                    value == Some(&Json::Bool(*wanted))
                })
            })
    }

    /// The argument's value; `None` when it is absent (which is not `null`).
    pub(crate) fn argument<'a>(
        &'a self,
        name: &str,
        variables: &'a Variables<'a>,
    ) -> Option<Cow<'a, Json<'a>>> {
        let (_, value) = self.arguments.iter().find(|(key, _)| &**key == name)?;
        value.resolve(variables)
    }

    /// The argument as a text; `None` when absent, `null` or something else.
    pub(crate) fn text_argument<'a>(
        &'a self,
        name: &str,
        variables: &'a Variables<'a>,
    ) -> Option<Cow<'a, str>> {
        match self.argument(name, variables)? {
            Cow::Borrowed(json) => json.text().map(Cow::Borrowed),
            Cow::Owned(Json::Text(text)) => Some(text),
            Cow::Owned(_) => None,
        }
    }

    /// The argument as a whole number.
    pub(crate) fn int_argument(&self, name: &str, variables: &Variables<'_>) -> Option<i64> {
        self.argument(name, variables)?.int()
    }

    /// The argument as a truth value; absent is false.
    pub(crate) fn flag(&self, name: &str, variables: &Variables<'_>) -> bool {
        self.argument(name, variables)
            .and_then(|json| json.bool())
            .unwrap_or(false)
    }

    /// The selection of an object field, or of an abstract one that can only be of one type here; empty for others.
    pub(crate) fn selection(&self) -> &Selection {
        match &self.children {
            Children::Object(selection) => selection,
            Children::Abstract(kinds) if kinds.len() == 1 => &kinds[0].1,
            _ => &EMPTY,
        }
    }

    /// The selection for a concrete kind of an abstract field.
    pub(crate) fn selection_for(&self, kind: Kind) -> &Selection {
        match &self.children {
            Children::Abstract(kinds) => kinds
                .iter()
                .find(|(candidate, _)| *candidate == kind)
                .map_or(&EMPTY, |(_, selection)| selection),
            Children::Object(selection) => selection,
            Children::None => &EMPTY,
        }
    }
}

static EMPTY: Selection = Selection { fields: Vec::new() };

/// What is wanted below a field.
#[derive(Debug)]
pub(crate) enum Children {
    /// Nothing: the field is a leaf.
    None,
    /// Fields of the one type it can be.
    Object(Selection),
    /// Fields by the type it turns out to be.
    Abstract(Vec<(Kind, Selection)>),
}

/// Fields in response order.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The fields.
    pub(crate) fields: Vec<PlanField>,
}

/// A variable that an operation declares.
#[derive(Debug)]
pub(crate) struct VariableDefinition {
    /// Its name, without `$`.
    pub(crate) name: Box<str>,
    /// Its type.
    pub(crate) kind: InputType,
    /// Its type as GraphQL text, for messages.
    pub(crate) type_text: Box<str>,
    /// Its default.
    pub(crate) default: Option<Json<'static>>,
    /// Where it is declared.
    pub(crate) location: Location,
}

/// One operation of a document.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name.
    pub(crate) name: Option<Box<str>>,
    /// Whether it is a mutation (else a query).
    pub(crate) is_mutation: bool,
    /// Its variables, by position.
    pub(crate) variables: Vec<VariableDefinition>,
    /// The root fields.
    pub(crate) root: Selection,
    /// Fields that it asks for and nothing stands behind, as `Type.field`, each once.
    pub(crate) not_simulated: Vec<Box<str>>,
}

/// A document ready to be executed many times.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Its operations.
    pub(crate) operations: Vec<Operation>,
    /// Fields of all operations together, at every depth: what the plan weighs.
    pub(crate) fields: usize,
}
