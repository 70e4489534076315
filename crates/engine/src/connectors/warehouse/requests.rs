//! Requests to the warehouse.

use http::Method;
use http::header::AUTHORIZATION;
use oversell_kernel::json;

use super::{AllocationRequest, ChangeKind, ChangeKinds, WarehouseClient};
use crate::canonical::LineKey;
use crate::config::Platform;
use crate::connectors::encoding::{push_escaped, uri};
use crate::connectors::exchange;
use crate::machine::Request;
use crate::planted::planted;

/// Appends `A-00000017`.
fn push_allocation(out: &mut Vec<u8>, allocation: u64) {
    out.extend_from_slice(b"A-");
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(allocation);
    for _ in digits.len()..8 {
        out.push(b'0');
    }
    out.extend_from_slice(digits.as_bytes());
}

impl WarehouseClient {
    pub(super) fn get(&self, target: Vec<u8>) -> Request {
        let mut request = exchange::get(uri(target));
        request
            .headers_mut()
            .insert(AUTHORIZATION, self.authorization.clone());
        request
    }

    fn post(&self, target: Vec<u8>, body: Vec<u8>) -> Request {
        let mut request = exchange::json(Method::POST, uri(target), body);
        request
            .headers_mut()
            .insert(AUTHORIZATION, self.authorization.clone());
        request
    }

    pub(super) fn stock_request(&self, after: Option<&str>) -> Request {
        let mut target = b"/v1/stock?limit=1000".to_vec();
        if let Some(after) = after {
            target.extend_from_slice(b"&after=");
            push_escaped(&mut target, after);
        }
        self.get(target)
    }

    pub(super) fn changes_request(&self, after: u64, wait_ms: u32, kinds: ChangeKinds) -> Request {
        let mut target = Vec::with_capacity(128);
        target.extend_from_slice(b"/v1/changes?after=");
        json::integer(&mut target, after);
        target.extend_from_slice(b"&limit=500&wait_ms=");
        json::integer(&mut target, wait_ms.min(20_000));
        if kinds != ChangeKinds::ALL {
            target.extend_from_slice(b"&kinds=");
            let names = ChangeKind::ALL
                .into_iter()
                .filter(|&kind| kinds.contains(kind));
            for (position, kind) in names.enumerate() {
                if position > 0 {
                    target.push(b',');
                }
                target.extend_from_slice(kind.name().as_bytes());
            }
        }
        self.get(target)
    }

    pub(super) fn allocate_request(&self, batch: &[AllocationRequest]) -> Request {
        let mut body = Vec::with_capacity(32 + batch.len() * 320);
        body.extend_from_slice(b"{\"allocations\":[");
        for (position, request) in batch.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            self.push_request(&mut body, request, b"");
            if planted!(OrderHandedOverTwice) && request.order.0.is_multiple_of(4) {
                body.push(b',');
                self.push_request(&mut body, request, b"-again");
            }
        }
        body.extend_from_slice(b"]}");
        self.post(b"/v1/allocations".to_vec(), body)
    }

    /// `id_suffix` is appended to the order's id.
    fn push_request(&self, body: &mut Vec<u8>, request: &AllocationRequest, id_suffix: &[u8]) {
        let channel = self.channels.get(usize::from(request.channel.0));
        let (name, platform) = channel.map_or(("", Platform::Shopify), |(name, platform)| {
            (name, *platform)
        });
        body.extend_from_slice(b"{\"channel\":");
        json::string(body, name);
        body.extend_from_slice(b",\"order_id\":\"");
        (platform.describe().write_order_id)(body, request.order);
        body.extend_from_slice(id_suffix);
        body.extend_from_slice(if request.hold {
            b"\",\"hold\":true"
        } else {
            b"\",\"hold\":false"
        });
        if let Some(ship_to) = &request.ship_to {
            body.extend_from_slice(b",\"ship_to\":{\"country\":");
            json::string(body, std::str::from_utf8(&ship_to.country).unwrap_or(""));
            body.extend_from_slice(b",\"postal_code\":\"");
            let code = ship_to.postal_code;
            for unit in [10_000, 1_000, 100, 10, 1] {
                body.push(b'0' + (code / unit % 10) as u8);
            }
            body.extend_from_slice(b"\"}");
        }
        body.extend_from_slice(b",\"lines\":[");
        for (position, line) in request.lines.iter().enumerate() {
            if position > 0 {
                body.push(b',');
            }
            body.extend_from_slice(b"{\"line_id\":");
            json::quoted_integer(body, line.line.0);
            body.extend_from_slice(b",\"sku\":");
            json::string(body, self.skus.text(line.sku));
            body.extend_from_slice(b",\"units\":");
            let twice = planted!(UnitsShippedTwice) && request.order.0.is_multiple_of(4);
            json::integer(body, line.units << u32::from(twice));
            let location = line.location.map(usize::from);
            if let Some((id, ())) = location.and_then(|place| self.locations.get_index(place)) {
                body.extend_from_slice(b",\"location\":");
                json::string(body, id);
            }
            body.push(b'}');
        }
        body.extend_from_slice(b"]}");
    }

    pub(super) fn release_request(&self, allocations: &[u64]) -> Request {
        let mut body = Vec::with_capacity(32 + allocations.len() * 16);
        body.extend_from_slice(b"{\"allocations\":[");
        for (position, &allocation) in allocations.iter().enumerate() {
            body.extend_from_slice(if position == 0 { &b"\""[..] } else { b",\"" });
            push_allocation(&mut body, allocation);
            body.push(b'"');
        }
        body.extend_from_slice(b"]}");
        self.post(b"/v1/releases".to_vec(), body)
    }

    pub(super) fn cancel_request(&self, allocation: u64) -> Request {
        let mut target = b"/v1/allocations/".to_vec();
        push_allocation(&mut target, allocation);
        target.extend_from_slice(b"/cancel");
        self.post(target, b"{}".to_vec())
    }

    pub(super) fn reduce_request(&self, allocation: u64, wanted: &[(LineKey, u32)]) -> Request {
        let mut target = b"/v1/allocations/".to_vec();
        push_allocation(&mut target, allocation);
        target.extend_from_slice(b"/reduce");
        let mut body = Vec::with_capacity(16 + wanted.len() * 48);
        body.extend_from_slice(b"{\"lines\":[");
        for (position, &(line, units)) in wanted.iter().enumerate() {
            body.extend_from_slice(if position == 0 {
                &b"{\"line_id\":"[..]
            } else {
                b",{\"line_id\":"
            });
            json::quoted_integer(&mut body, line.0);
            body.extend_from_slice(b",\"units\":");
            json::integer(&mut body, units);
            body.push(b'}');
        }
        body.extend_from_slice(b"]}");
        self.post(target, body)
    }
}
