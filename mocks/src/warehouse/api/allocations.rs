//! Orders that come in, releases and cancellations.

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::integers::Whole;
use crate::warehouse::model::catalogue::Catalogue;
use crate::warehouse::model::ids::AllocationIndex;
use crate::warehouse::model::json;
use crate::warehouse::model::orders::{Answer, LONGEST_ID, OrderBook, State};
use crate::warehouse::shop::WarehouseState;
use crate::warehouse::shop::allocations::{Asked, NewLine, NewOrder};

use super::errors::ApiError;
use super::query::decode;
use super::{Call, Reply};

/// Most orders in a request.
const MOST_ALLOCATIONS: usize = 100;
/// Most lines in an order.
const MOST_LINES: usize = 100;
/// Most units in a line.
const MOST_UNITS: u32 = 1_000_000;
/// Most ids in a release.
const MOST_RELEASES: usize = 1_000;

#[derive(Deserialize)]
struct AllocationsBody<'body> {
    #[serde(borrow)]
    allocations: Vec<OrderBody<'body>>,
}

#[derive(Deserialize)]
struct OrderBody<'body> {
    #[serde(borrow)]
    channel: Cow<'body, str>,
    #[serde(borrow)]
    order_id: Cow<'body, str>,
    #[serde(default)]
    hold: bool,
    #[serde(borrow, default)]
    ship_to: ShipToBody<'body>,
    #[serde(borrow)]
    lines: Vec<LineBody<'body>>,
}

/// Where an order goes. Its country must be a text and is not looked at: the routes go by postal code.
#[derive(Deserialize, Default)]
struct ShipToBody<'body> {
    #[serde(borrow, default)]
    postal_code: Cow<'body, str>,
    #[serde(rename = "country", borrow, default)]
    _country: Cow<'body, str>,
}

#[derive(Deserialize)]
struct LineBody<'body> {
    #[serde(borrow)]
    line_id: Cow<'body, str>,
    #[serde(borrow)]
    sku: Cow<'body, str>,
    units: Whole,
    #[serde(borrow, default)]
    location: Option<Text<'body>>,
}

/// A text that stays borrowed inside options and lists too, where serde would copy a bare `Cow`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'body>(#[serde(borrow)] Cow<'body, str>);

#[derive(Deserialize)]
struct ReleasesBody<'body> {
    #[serde(borrow)]
    allocations: Vec<Text<'body>>,
}

#[derive(Deserialize)]
struct ReductionBody<'body> {
    #[serde(borrow)]
    lines: Vec<WantedBody<'body>>,
}

#[derive(Deserialize)]
struct WantedBody<'body> {
    #[serde(borrow)]
    line_id: Cow<'body, str>,
    units: Whole,
}

/// Reads a body: what is no JSON cannot be understood (400), and JSON of another shape is well-formed with values that make
/// no sense (422), as in the documented responses BadRequest and Unprocessable.
fn read<'body, T: Deserialize<'body>>(body: &'body [u8]) -> Result<T, ApiError> {
    crate::core::json::read(body).map_err(|error| {
        let message = format!("the body is not as described: {error}");
        match crate::core::json::is_misshapen(body, &error) {
            true => ApiError::unprocessable(message),
            false => ApiError::bad_request(message),
        }
    })
}

/// `POST /v1/allocations`. Either the whole request is refused before anything took effect, or each entry is decided on
/// its own.
pub(super) fn create(shop: &mut WarehouseState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: AllocationsBody<'_> = read(call.body)?;
    check(&shop.catalogue, &request)?;
    let mut out = Vec::with_capacity(16 + 192 * request.allocations.len());
    out.extend_from_slice(b"{\"results\":");
    let mut lines = Vec::new();
    json::array(&mut out, &request.allocations, |out, order| {
        lines.clear();
        let wanted = order.lines.iter();
        lines.extend(wanted.map(|line| new_line(&shop.catalogue, line)));
        let order = NewOrder {
            channel: shop
                .catalogue
                .channel_number(&order.channel)
                .expect("channels have been checked"),
            order_id: &order.order_id,
            postal_code: &order.ship_to.postal_code,
            hold: order.hold,
            lines: &lines,
        };
        let (allocation, new) = shop.allocate(call.now, &order);
        write_result(shop, out, allocation, !new);
    });
    out.push(b'}');
    Ok(Reply::Body(out))
}

fn new_line<'a>(catalogue: &Catalogue, line: &'a LineBody<'_>) -> NewLine<'a> {
    NewLine {
        line_id: &line.line_id,
        item: catalogue.item(&line.sku),
        units: line.units.units(),
        asked: match &line.location {
            None => Asked::Anywhere,
            Some(Text(code)) => catalogue.location(code).map_or(Asked::Unknown, Asked::At),
        },
    }
}

fn check(catalogue: &Catalogue, request: &AllocationsBody<'_>) -> Result<(), ApiError> {
    if !(1..=MOST_ALLOCATIONS).contains(&request.allocations.len()) {
        return Err(ApiError::unprocessable(format!(
            "allocations must hold 1 to {MOST_ALLOCATIONS} orders"
        )));
    }
    for (position, order) in request.allocations.iter().enumerate() {
        let refuse = |what: &str| {
            Err(ApiError::unprocessable(format!(
                "allocations[{position}].{what}"
            )))
        };
        if catalogue.channel_number(&order.channel).is_none() {
            return refuse(&format!("channel: {} is not known here", order.channel));
        }
        if !is_id(&order.order_id) {
            return refuse("order_id must have 1 to 255 characters");
        }
        if !(1..=MOST_LINES).contains(&order.lines.len()) {
            return refuse("lines must hold 1 to 100 lines");
        }
        for (place, line) in order.lines.iter().enumerate() {
            if !is_id(&line.line_id) {
                return refuse("lines: each line_id must have 1 to 255 characters");
            }
            // Reductions and the feed of changes name a line by its id alone.
            if order.lines[..place]
                .iter()
                .any(|it| it.line_id == line.line_id)
            {
                return refuse(&format!(
                    "lines: two lines have the line_id {}",
                    line.line_id
                ));
            }
            if !(1..=i64::from(MOST_UNITS)).contains(&line.units.0) {
                return refuse("lines: units must be 1 to 1000000");
            }
        }
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    // No text has more characters than bytes.
    !text.is_empty() && (text.len() <= LONGEST_ID || text.chars().count() <= LONGEST_ID)
}

/// What became of an order: the first answer, until nothing is left of what was reserved.
fn status(shop: &WarehouseState, allocation: AllocationIndex) -> &'static str {
    match (shop.book.answer(allocation), shop.book.state(allocation)) {
        (Answer::Invalid, _) => "invalid",
        (_, State::Cancelled) => "cancelled",
        (Answer::Short, _) => "short",
        (Answer::Allocated, _) => "allocated",
    }
}

/// Writes the first answer to an order, less what was given back since; `duplicate` tells whether it is given again.
fn write_result(
    shop: &WarehouseState,
    out: &mut Vec<u8>,
    allocation: AllocationIndex,
    duplicate: bool,
) {
    out.extend_from_slice(b"{\"channel\":");
    json::text(out, shop.catalogue.channel(shop.book.channel(allocation)));
    out.extend_from_slice(b",\"order_id\":");
    json::text(out, shop.book.order_id(allocation));
    out.extend_from_slice(b",\"allocation\":\"");
    allocation.write(out);
    out.extend_from_slice(b"\",\"status\":\"");
    out.extend_from_slice(status(shop, allocation).as_bytes());
    out.extend_from_slice(b"\",\"duplicate\":");
    json::boolean(out, duplicate);
    out.extend_from_slice(b",\"lines\":");
    json::array(out, shop.book.line_range(allocation), |out, index| {
        let line = shop.book.line(index);
        out.extend_from_slice(b"{\"line_id\":");
        json::text(out, line.line_id);
        out.extend_from_slice(b",\"location\":");
        match line.location {
            Some(location) => json::text(out, shop.catalogue.location_code(location)),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"units\":");
        json::integer(out, line.units);
        out.extend_from_slice(b",\"short\":");
        json::integer(
            out,
            if line.location.is_some() {
                0
            } else {
                line.units
            },
        );
        out.push(b'}');
    });
    out.push(b'}');
}

/// `POST /v1/releases`. Ids of what is cancelled are unknown; to release twice is no error.
pub(super) fn release(shop: &mut WarehouseState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: ReleasesBody<'_> = read(call.body)?;
    if !(1..=MOST_RELEASES).contains(&request.allocations.len()) {
        return Err(ApiError::unprocessable(format!(
            "allocations must hold 1 to {MOST_RELEASES} ids"
        )));
    }
    let (mut released, mut unknown) = (Vec::new(), Vec::new());
    for Text(id) in &request.allocations {
        match known_allocation(&shop.book, id) {
            Some(allocation) if shop.release(call.now, allocation) => released.push(id),
            _ => unknown.push(id),
        }
    }
    let mut out = Vec::with_capacity(32 + 16 * request.allocations.len());
    out.extend_from_slice(b"{\"released\":");
    json::array(&mut out, released, |out, id| json::text(out, id));
    out.extend_from_slice(b",\"unknown\":");
    json::array(&mut out, unknown, |out, id| json::text(out, id));
    out.push(b'}');
    Ok(Reply::Body(out))
}

fn known_allocation(book: &OrderBook, id: &str) -> Option<AllocationIndex> {
    AllocationIndex::parse(id).filter(|&allocation| book.contains(allocation))
}

/// `POST /v1/allocations/{id}/cancel`. To cancel twice is no error.
pub(super) fn cancel(shop: &mut WarehouseState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let id = decode(call.parameter, "the id")?;
    let allocation = known_allocation(&shop.book, &id)
        .ok_or_else(|| ApiError::not_found(format!("there is no allocation {id}")))?;
    let cancelled = shop.cancel(call.now, allocation);
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(b"{\"allocation\":");
    json::text(&mut out, &id);
    out.extend_from_slice(b",\"cancelled\":");
    json::boolean(&mut out, cancelled);
    out.push(b'}');
    Ok(Reply::Body(out))
}

/// `POST /v1/allocations/{id}/reduce`. It names what is still wanted, so that to ask twice takes nothing twice. An order
/// that has left is not reduced, and says so.
pub(super) fn reduce(shop: &mut WarehouseState, call: &Call<'_>) -> Result<Reply, ApiError> {
    let id = decode(call.parameter, "the id")?;
    let request: ReductionBody<'_> = read(call.body)?;
    let allocation = known_allocation(&shop.book, &id)
        .ok_or_else(|| ApiError::not_found(format!("there is no allocation {id}")))?;
    if !(1..=MOST_LINES).contains(&request.lines.len()) {
        return Err(ApiError::unprocessable("lines must hold 1 to 100 lines"));
    }
    for wanted in &request.lines {
        if wanted.units.0 < 0 {
            return Err(ApiError::unprocessable("lines: units must be 0 or more"));
        }
        let mut lines = shop.book.line_range(allocation);
        if !lines.any(|index| shop.book.line(index).line_id == wanted.line_id) {
            let line_id = &wanted.line_id;
            let message = format!("lines: allocation {id} has no line {line_id}");
            return Err(ApiError::unprocessable(message));
        }
    }
    let mut reduced = true;
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(b"{\"allocation\":");
    json::text(&mut out, &id);
    out.extend_from_slice(b",\"lines\":");
    json::array(&mut out, &request.lines, |out, wanted| {
        // More than a line can have leaves it as it is.
        let units = wanted.units.units();
        let given_back = shop.reduce(call.now, allocation, &wanted.line_id, units);
        reduced &= given_back.is_some();
        out.extend_from_slice(b"{\"line_id\":");
        json::text(out, &wanted.line_id);
        out.extend_from_slice(b",\"cancelled\":");
        json::integer(out, given_back.unwrap_or(0));
        out.push(b'}');
    });
    out.extend_from_slice(b",\"reduced\":");
    json::boolean(&mut out, reduced);
    out.push(b'}');
    Ok(Reply::Body(out))
}
