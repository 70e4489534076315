//! Answers of the warehouse.

use http::StatusCode;
use serde::Deserialize;

use super::{
    AllocatedLine, AllocationOf, AllocationResult, AllocationStatus, Change, ChangeKind, Event,
    Location, StockLevel, Tracking, WarehouseClient,
};
use crate::canonical::{ChannelIndex, LineKey};
use crate::connectors::encoding::{DecimalId, Text};
use crate::connectors::exchange;
use crate::machine::Response;

type Read = Result<(), serde_json::Error>;

/// `A-00000017`
#[derive(Copy, Clone)]
struct AllocationId(u64);

impl<'de> Deserialize<'de> for AllocationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let digits = text.strip_prefix("A-").and_then(DecimalId::parse);
        digits
            .map(|id| AllocationId(id.0))
            .ok_or_else(|| serde::de::Error::custom("not an allocation id"))
    }
}

#[derive(Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    error: ErrorWire<'a>,
}

#[derive(Deserialize)]
struct ErrorWire<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

#[derive(Deserialize)]
struct Locations<'a> {
    #[serde(borrow)]
    locations: Vec<LocationWire<'a>>,
}

#[derive(Deserialize)]
struct LocationWire<'a> {
    id: String,
    #[serde(borrow)]
    country: Option<Text<'a>>,
    #[serde(borrow, default)]
    channels: Vec<Text<'a>>,
    #[serde(borrow)]
    fulfilled_by: Option<Text<'a>>,
    #[serde(borrow, default)]
    postal_prefixes: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Stock<'a> {
    #[serde(borrow)]
    stock: Vec<StockRow<'a>>,
    next: Option<String>,
    cursor: u64,
}

#[derive(Deserialize)]
struct StockRow<'a> {
    #[serde(borrow)]
    sku: Text<'a>,
    #[serde(borrow)]
    location: Text<'a>,
    on_hand: i64,
    allocated: i64,
    available: i64,
    version: u64,
}

#[derive(Deserialize)]
struct Changes<'a> {
    #[serde(borrow)]
    changes: Vec<ChangeRow<'a>>,
    next: u64,
    more: bool,
}

#[derive(Deserialize)]
struct ChangeRow<'a> {
    seq: u64,
    #[serde(borrow)]
    at: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    sku: Text<'a>,
    #[serde(borrow)]
    location: Text<'a>,
    units: i64,
    on_hand: i64,
    available: i64,
    allocation: Option<AllocationId>,
    #[serde(borrow)]
    channel: Option<Text<'a>>,
    #[serde(borrow)]
    order_id: Option<Text<'a>>,
    line_id: Option<DecimalId>,
    tracking: Option<TrackingWire>,
    #[serde(borrow)]
    reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct TrackingWire {
    carrier: String,
    number: String,
}

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Vec<ResultRow<'a>>,
}

#[derive(Deserialize)]
struct ResultRow<'a> {
    #[serde(borrow)]
    channel: Text<'a>,
    #[serde(borrow)]
    order_id: Text<'a>,
    allocation: Option<AllocationId>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(default)]
    duplicate: bool,
    #[serde(borrow, default)]
    lines: Vec<LineRow<'a>>,
}

#[derive(Deserialize)]
struct LineRow<'a> {
    line_id: DecimalId,
    #[serde(borrow)]
    location: Option<Text<'a>>,
    units: u32,
    short: u32,
}

#[derive(Deserialize)]
struct Releases {
    released: Vec<AllocationId>,
    unknown: Vec<AllocationId>,
}

#[derive(Deserialize)]
struct Cancellation {
    cancelled: bool,
}

#[derive(Deserialize)]
struct Reduction {
    reduced: bool,
}

/// What a refusal means.
pub(super) fn refused(response: &Response) -> Event {
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        return Event::Throttled {
            wait: exchange::retry_after(response),
        };
    }
    let reason = match serde_json::from_slice::<ErrorBody<'_>>(response.body()) {
        Ok(body) => format!("{}: {}", &*body.error.code, &*body.error.message),
        Err(_) => format!(
            "HTTP {}: {}",
            response.status().as_u16(),
            exchange::excerpt(response.body())
        ),
    };
    // Who is not let in now may be later, and what was asked for is an order of somebody's.
    let is_locked_out = matches!(
        response.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::REQUEST_TIMEOUT
    );
    Event::Failed {
        retry: is_locked_out || response.status().is_server_error(),
        reason,
    }
}

pub(super) fn releases_read(body: &[u8], events: &mut Vec<Event>) -> Read {
    let releases: Releases = serde_json::from_slice(body)?;
    let released = releases
        .released
        .iter()
        .map(|id| Event::Released { allocation: id.0 });
    events.extend(released);
    let unknown = releases
        .unknown
        .iter()
        .map(|id| Event::UnknownAllocation { allocation: id.0 });
    events.extend(unknown);
    Ok(())
}

pub(super) fn cancel_read(allocation: u64, body: &[u8], events: &mut Vec<Event>) -> Read {
    let cancelled = serde_json::from_slice::<Cancellation>(body)?.cancelled;
    events.push(Event::Cancelled {
        allocation,
        cancelled,
    });
    Ok(())
}

pub(super) fn reduction_read(allocation: u64, body: &[u8], events: &mut Vec<Event>) -> Read {
    let reduced = serde_json::from_slice::<Reduction>(body)?.reduced;
    events.push(Event::Reduced {
        allocation,
        reduced,
    });
    Ok(())
}

impl WarehouseClient {
    pub(super) fn locations_read(&mut self, body: &[u8], events: &mut Vec<Event>) -> Read {
        let wire: Locations<'_> = exchange::read_json(body)?;
        self.locations = wire
            .locations
            .iter()
            .map(|it| (it.id.clone(), ()))
            .collect();
        let everywhere = || (0..).map(ChannelIndex).take(self.channels.len()).collect();
        let locations = wire.locations.into_iter().map(|location| Location {
            country: location
                .country
                .and_then(|country| country.as_bytes().try_into().ok()),
            channels: if location.channels.iter().any(|name| &**name == "*") {
                everywhere()
            } else {
                let known = location
                    .channels
                    .iter()
                    .filter_map(|name| self.channel(name));
                known.map(|(channel, _)| channel).collect()
            },
            is_the_merchants: location.fulfilled_by.is_none_or(|by| &*by != "amazon"),
            postal_prefixes: location
                .postal_prefixes
                .iter()
                .filter_map(|prefix| prefix.parse().ok().filter(|digit| *digit <= 9))
                .collect(),
            id: location.id,
        });
        events.push(Event::LocationsRead(locations.collect()));
        Ok(())
    }

    pub(super) fn stock_read(&self, body: &[u8], events: &mut Vec<Event>) -> Read {
        let wire: Stock<'_> = exchange::read_json(body)?;
        events.reserve(wire.stock.len() + 1);
        for row in &wire.stock {
            events.push(
                match (self.skus.index(&row.sku), self.location(&row.location)) {
                    (Some(sku), Some(location)) => Event::StockLevel(StockLevel {
                        sku,
                        location,
                        on_hand: row.on_hand,
                        allocated: row.allocated,
                        available: row.available,
                        version: row.version,
                    }),
                    _ => unknown_place(&row.sku, &row.location),
                },
            );
        }
        events.push(Event::StockRead {
            next: wire.next,
            cursor: wire.cursor,
        });
        Ok(())
    }

    pub(super) fn changes_read(&self, body: &[u8], events: &mut Vec<Event>) -> Read {
        let wire: Changes<'_> = exchange::read_json(body)?;
        events.reserve(wire.changes.len() + 1);
        for row in wire.changes {
            events.push(self.change(row));
        }
        events.push(Event::ChangesRead {
            next: wire.next,
            more: wire.more,
        });
        Ok(())
    }

    fn change(&self, row: ChangeRow<'_>) -> Event {
        let (Some(sku), Some(location)) = (self.skus.index(&row.sku), self.location(&row.location))
        else {
            return unknown_place(&row.sku, &row.location);
        };
        let (Some(kind), Some(at)) = (
            ChangeKind::parse(&row.kind),
            self.epoch.parse_rfc3339(&row.at),
        ) else {
            let reason = format!("change {} of kind {} at {}", row.seq, &*row.kind, &*row.at);
            return Event::Quarantined { reason };
        };
        let allocation = self.allocation_of(&row);
        let belongs_to_order = matches!(
            kind,
            ChangeKind::Allocated | ChangeKind::Deallocated | ChangeKind::Shipped
        );
        if belongs_to_order && allocation.is_none() {
            let reason = format!("change {} belongs to no order of ours", row.seq);
            return Event::Quarantined { reason };
        }
        Event::Changed(Change {
            sequence: row.seq,
            at,
            kind,
            sku,
            location,
            units: row.units,
            on_hand: row.on_hand,
            available: row.available,
            allocation,
            is_missing: row.reason.as_deref() == Some("missing"),
            tracking: row.tracking.map(|tracking| Tracking {
                carrier: tracking.carrier,
                number: tracking.number,
            }),
        })
    }

    fn allocation_of(&self, row: &ChangeRow<'_>) -> Option<AllocationOf> {
        let (channel, platform) = self.channel(row.channel.as_deref()?)?;
        Some(AllocationOf {
            allocation: row.allocation?.0,
            channel,
            order: (platform.describe().read_order_id)(row.order_id.as_deref()?)?,
            line: LineKey(row.line_id?.0),
        })
    }

    pub(super) fn allocations_read(&self, body: &[u8], events: &mut Vec<Event>) -> Read {
        let wire: Results<'_> = exchange::read_json(body)?;
        for row in &wire.results {
            events.push(self.allocation_result(row));
        }
        Ok(())
    }

    fn allocation_result(&self, row: &ResultRow<'_>) -> Event {
        let channel = self.channel(&row.channel);
        let order =
            channel.and_then(|(_, platform)| (platform.describe().read_order_id)(&row.order_id));
        let status = match &*row.status {
            "allocated" => Some(AllocationStatus::Allocated),
            "short" => Some(AllocationStatus::Short),
            "invalid" => Some(AllocationStatus::Invalid),
            "cancelled" => Some(AllocationStatus::Cancelled),
            _ => None,
        };
        let (Some((channel, _)), Some(order), Some(status)) = (channel, order, status) else {
            let reason = format!(
                "allocation {} {} with status {}",
                &*row.channel, &*row.order_id, &*row.status
            );
            return Event::Quarantined { reason };
        };
        let lines = row.lines.iter().map(|line| AllocatedLine {
            line: LineKey(line.line_id.0),
            location: line.location.as_deref().and_then(|id| self.location(id)),
            units: line.units,
            short: line.short,
        });
        Event::Allocated(AllocationResult {
            channel,
            order,
            allocation: row.allocation.map(|id| id.0),
            status,
            duplicate: row.duplicate,
            lines: lines.collect(),
        })
    }
}

fn unknown_place(sku: &str, location: &str) -> Event {
    Event::Quarantined {
        reason: format!("unknown SKU {sku} or location {location}"),
    }
}
