//! What the platform checks of an inventory write before it changes anything (docs/platforms/shopify.md 4.4).

use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::schema::{KEYED, UNSTOCKED};
use crate::shopify::json::Json;
use crate::shopify::model::ids;
use crate::shopify::model::state::State;
use crate::shopify::model::stock::OTHER_STATES;

const REASONS: &str = "correction, cycle_count_available, damaged, movement_canceled, movement_created, \
                       movement_received, movement_updated, other, promotion, quality_control, received, \
                       reservation_created, reservation_deleted, reservation_updated, restock, safety_stock, \
                       shrinkage";
const ADJUSTABLE: &str = "available, damaged, incoming, quality_control, reserved, safety_stock";

/// A row of the input, read.
pub(super) struct Row {
    pub listing: u32,
    pub location: u16,
    /// The new quantity, or the delta.
    pub value: i64,
    pub ledger_document: Option<String>,
}

/// What is being written.
pub(super) struct Shape {
    pub list: &'static str,
    pub value: &'static str,
    pub row_type: &'static str,
    pub is_delta: bool,
    pub bound: i64,
    /// The state written where the input does not name it.
    pub name: Option<&'static str>,
    /// Why too small a quantity is refused.
    pub too_low: Refusal,
    /// Whether a row may name the item and location of another one.
    pub takes_pairs_twice: bool,
    /// Whether versions without `changeFromQuantity` want each row to be compared, or none.
    pub wants_comparison: bool,
    /// Why a location is refused that does not stock the item.
    pub not_stocked: &'static str,
}

/// Reads and checks every row before anything is changed.
pub(super) fn check(
    state: &State,
    version: &str,
    shape: &Shape,
    input: &Json<'_>,
    name: &str,
    given: &[Json<'_>],
) -> Result<Vec<Row>, Vec<UserError>> {
    if shape.wants_comparison
        && version < KEYED
        && let Some(refusal) = comparison_refusal(input, given)
    {
        return Err(vec![refusal]);
    }
    if shape.is_delta {
        if let Some(message) = name_refusal(name) {
            return Err(vec![UserError::coded(
                ["input", "name"],
                message,
                "INVALID_QUANTITY_NAME",
            )]);
        }
    } else if let Some((message, code)) = set_name_refusal(name) {
        return Err(vec![UserError::coded(["input", "name"], message, code)]);
    }
    if let Some(error) = reason_refusal(input) {
        return Err(vec![error]);
    }
    let mut errors = Vec::from_iter(reference_refusal(input));
    let mut rows: Vec<Row> = Vec::with_capacity(given.len());
    for (index, row) in given.iter().enumerate() {
        let text = |member: &str| row.get(member).and_then(Json::text).unwrap_or("");
        let mut refuse = |member, message: &'static str, code| {
            errors.push(UserError::row(shape.list, index, &[member], message, code));
        };
        let value = row.get(shape.value).and_then(Json::int).unwrap_or(0);
        if let Some((message, code)) = value_refusal(shape, name, value) {
            refuse(shape.value, message, code);
        }
        let ledger_document = row.given("ledgerDocumentUri").and_then(Json::text);
        if shape.is_delta
            && let Some((message, code)) = ledger_refusal(name, ledger_document)
        {
            refuse("ledgerDocumentUri", message, code);
        }
        let listing = item_named(state, text("inventoryItemId"));
        if let Err((message, code)) = listing {
            refuse("inventoryItemId", message, code);
        }
        let location = location_named(state, text("locationId"));
        let place = place_refusal(
            state,
            stocks_by_writing(version),
            shape.not_stocked,
            listing,
            location,
        );
        if let Some((message, code)) = place {
            refuse("locationId", message, code);
        }
        if let (Ok(listing), Ok(location)) = (listing, location) {
            rows.push(Row {
                listing,
                location,
                value,
                ledger_document: ledger_document.map(str::to_owned),
            });
        }
    }
    if errors.is_empty()
        && rows
            .windows(2)
            .any(|two| two[0].ledger_document != two[1].ledger_document)
    {
        errors.push(UserError::coded(
            ["input", shape.list],
            "All changes must have the same ledger document URI or, in the case of adjusting available, no ledger document URI.",
            "MAX_ONE_LEDGER_DOCUMENT",
        ));
    }
    if errors.is_empty() && !shape.takes_pairs_twice {
        // Rows and given rows now correspond one to one.
        check_pairs(shape, &rows, &mut errors);
    }
    if errors.is_empty() {
        // Only the schema of versions before 2026-04 knows the two older members.
        let ignores_compare = ignores_comparison(input);
        for (index, (row, given)) in rows.iter().zip(given).enumerate() {
            let level = state.stock.level(row.listing, row.location);
            let is_stale = |member: &str| {
                let expected = given.get(member).and_then(Json::int);
                expected.is_some_and(|expected| level.quantity(name) != Some(expected))
            };
            if is_stale("changeFromQuantity") {
                let (message, code) = STALE;
                let steps = &["changeFromQuantity"];
                errors.push(UserError::row(shape.list, index, steps, message, code));
            } else if !ignores_compare && is_stale("compareQuantity") {
                errors.push(UserError::row(
                    shape.list,
                    index,
                    &["compareQuantity"],
                    "The compareQuantity argument no longer matches the persisted quantity.",
                    "COMPARE_QUANTITY_STALE",
                ));
            }
        }
    }
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(errors)
    }
}

/// A message and its code.
pub(super) type Refusal = (&'static str, &'static str);

/// Why a write is refused that says to change from another quantity than there is.
pub(super) const STALE: Refusal = (
    "The changeFromQuantity argument no longer matches the persisted quantity.",
    "CHANGE_FROM_QUANTITY_STALE",
);

/// Why a location is refused that is not there.
const NO_LOCATION: Refusal = (
    "The specified location could not be found.",
    "INVALID_LOCATION",
);

/// What most writes say of a location that does not stock the item.
pub(super) const NOT_STOCKED: &str = "The inventory item is not stocked at the location.";

/// Why a quantity below zero is refused where there can be none.
pub(super) const NEGATIVE: Refusal = (
    "The quantity can't be negative.",
    "INVALID_QUANTITY_NEGATIVE",
);

/// Whether the input asks for no comparison by the older name.
fn ignores_comparison(input: &Json<'_>) -> bool {
    let ignores = input.get("ignoreCompareQuantity").and_then(Json::bool);
    ignores.unwrap_or(false)
}

/// Why rows are refused of which one is neither compared nor asked not to be.
fn comparison_refusal(input: &Json<'_>, given: &[Json<'_>]) -> Option<UserError> {
    let is_compared = |row: &Json<'_>| row.given("compareQuantity").is_some();
    let is_whole = ignores_comparison(input) || given.iter().all(is_compared);
    (!is_whole).then(|| {
        UserError::coded(
            ["input", "ignoreCompareQuantity"],
            "The compareQuantity argument must be given to each quantity or ignored using ignoreCompareQuantity.",
            "COMPARE_QUANTITY_REQUIRED",
        )
    })
}

/// What is wrong with a quantity that is written to the state of this name.
pub(super) fn value_refusal(shape: &Shape, name: &str, value: i64) -> Option<Refusal> {
    if value > shape.bound {
        Some(too_high(shape.is_delta))
    } else if value < -shape.bound {
        Some(shape.too_low)
    } else {
        (name == "on_hand" && value < 0).then_some(NEGATIVE)
    }
}

/// What is wrong with the name of a state that is to be set.
pub(super) fn set_name_refusal(name: &str) -> Option<Refusal> {
    let is_set = matches!(name, "available" | "on_hand");
    (!is_set).then_some((
        "The quantity name must be either 'available' or 'on_hand'.",
        "INVALID_NAME",
    ))
}

/// Why an item and a location are refused that other rows name as well.
pub(super) const NOT_UNIQUE: Refusal = (
    "The combination of inventoryItemId and locationId must be unique.",
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
);

/// Why too large a quantity is refused: units to add or move, or units to set.
pub(super) fn too_high(is_delta: bool) -> Refusal {
    let message = if is_delta {
        "The quantity can't be higher than 2,000,000,000."
    } else {
        "The quantity can't be higher than 1,000,000,000."
    };
    (message, "INVALID_QUANTITY_TOO_HIGH")
}

/// The inventory item of a gid.
pub(super) fn item_named(state: &State, gid: &str) -> Result<u32, Refusal> {
    let refusal = (
        "The specified inventory item could not be found.",
        "INVALID_INVENTORY_ITEM",
    );
    state.find_listing(ids::INVENTORY_ITEM, gid).ok_or(refusal)
}

/// The location of a gid.
pub(super) fn location_named(state: &State, gid: &str) -> Result<u16, Refusal> {
    state.location(gid).ok_or(NO_LOCATION)
}

/// Whether a write to a location that does not stock the item makes it stock the item: the error left these mutations with
/// 2026-10 (docs/platforms/shopify.md 4.4); that the write then stocks the item there is assumed.
pub(super) fn stocks_by_writing(version: &str) -> bool {
    version >= UNSTOCKED
}

/// What is wrong with the location of a write: there is none, or it does not stock the item, and the write does not make it.
pub(super) fn place_refusal(
    state: &State,
    stocks_by_writing: bool,
    not_stocked: &'static str,
    listing: Result<u32, Refusal>,
    location: Result<u16, Refusal>,
) -> Option<Refusal> {
    let (level, is_in_use) = match (listing, location) {
        (_, Err(refusal)) => return Some(refusal),
        (Err(_), _) => return None,
        (Ok(listing), Ok(location)) => (
            state.stock.level(listing, location),
            state.locations[usize::from(location)].is_active(),
        ),
    };
    // That a location which is not active stocks nothing, and is then as good as none, is assumed.
    if level.is_active || (stocks_by_writing && is_in_use) {
        return None;
    }
    Some(match stocks_by_writing {
        true => NO_LOCATION,
        false => (not_stocked, "ITEM_NOT_STOCKED_AT_LOCATION"),
    })
}

/// What is wrong with a location that is to stock an item which is new: there is none, or it is not active.
pub(super) fn new_place_refusal(state: &State, location: Result<u16, Refusal>) -> Option<Refusal> {
    match location {
        Ok(at) if state.locations[usize::from(at)].is_active() => None,
        Ok(_) => Some(NO_LOCATION),
        Err(refusal) => Some(refusal),
    }
}

/// What is wrong with the name of a state that is to be adjusted: the message.
pub(super) fn name_refusal(name: &str) -> Option<String> {
    let is_known = name == "available" || OTHER_STATES.contains(&name);
    (!is_known)
        .then(|| format!("The specified quantity name is invalid. Valid values are: {ADJUSTABLE}."))
}

/// What is wrong with the reason of a write.
pub(super) fn reason_refusal(input: &Json<'_>) -> Option<UserError> {
    let reason = input.get("reason").and_then(Json::text).unwrap_or("");
    let is_known = REASONS.split(", ").any(|known| known == reason);
    (!is_known).then(|| {
        let message = format!("The specified reason is invalid. Valid values are: {REASONS}.");
        UserError::coded(["input", "reason"], message, "INVALID_REASON")
    })
}

/// What is wrong with the document that a write refers to.
pub(super) fn reference_refusal(input: &Json<'_>) -> Option<UserError> {
    let document = input.given("referenceDocumentUri").and_then(Json::text)?;
    (!is_uri(document)).then(|| {
        UserError::coded(
            ["input", "referenceDocumentUri"],
            "The specified reference document is invalid.",
            "INVALID_REFERENCE_DOCUMENT",
        )
    })
}

/// What is wrong with the ledger document of a state that is adjusted: message and code.
pub(super) fn ledger_refusal(name: &str, document: Option<&str>) -> Option<Refusal> {
    match document {
        Some(_) if name == "available" => Some((
            "A ledger document URI is not allowed when adjusting available.",
            "INVALID_AVAILABLE_DOCUMENT",
        )),
        None if name != "available" => Some((
            "A ledger document URI is required except when adjusting available.",
            "INVALID_QUANTITY_DOCUMENT",
        )),
        Some(document) if document.starts_with("gid://shopify/") => Some((
            "Internal (gid://shopify/) ledger documents are not allowed to be adjusted via API.",
            "INTERNAL_LEDGER_DOCUMENT",
        )),
        Some(document) if !is_uri(document) => Some((
            "The specified ledger document is invalid.",
            "INVALID_LEDGER_DOCUMENT",
        )),
        _ => None,
    }
}

/// Whether a text has the form of a URI: a scheme, a colon and something after it, without blanks.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    is_scheme && !rest.is_empty() && !rest.contains(char::is_whitespace)
}

fn check_pairs(shape: &Shape, rows: &[Row], errors: &mut Vec<UserError>) {
    let mut pairs: Vec<(u32, u16, usize)> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| (row.listing, row.location, index))
        .collect();
    pairs.sort_unstable();
    let mut repeated: Vec<usize> = pairs
        .windows(2)
        .filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))
        .flat_map(|pair| [pair[0].2, pair[1].2])
        .collect();
    repeated.sort_unstable();
    repeated.dedup();
    for index in repeated {
        let (message, code) = NOT_UNIQUE;
        errors.push(UserError::row(
            shape.list,
            index,
            &["locationId"],
            message,
            code,
        ));
    }
}
