//! Reading orders through both versions of the API: windows, the two-minute rule, paging, filters, reads by id (sheet
//! sections 4.2 to 4.4).

use crate::core::{Micros, OrderRef};

use super::super::errors::Reply;
use super::super::ids;
use super::super::json;
use super::super::machine::{Amazon, Call};
use super::super::paging::PageToken;
use super::super::query::unix_micros;
use super::v0::Printer;
use super::v2026::Included;
use super::{Status, View};

/// By which time a window selects.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Axis {
    Created,
    Updated,
}

/// What a list query selects. It fits a page token, so that the next page means the same window.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Selection {
    axis: Axis,
    /// Unix microseconds, both ends inclusive.
    after: i64,
    before: i64,
    /// One bit for each status.
    statuses: u8,
    merchant: bool,
    amazon: bool,
    /// False when the marketplaces asked for do not include this one.
    here: bool,
    page: usize,
}

/// Names of the four window parameters, which differ by version.
struct Names {
    created_after: &'static str,
    created_before: &'static str,
    updated_after: &'static str,
    updated_before: &'static str,
    page: &'static str,
}

const V0: Names = Names {
    created_after: "CreatedAfter",
    created_before: "CreatedBefore",
    updated_after: "LastUpdatedAfter",
    updated_before: "LastUpdatedBefore",
    page: "MaxResultsPerPage",
};

const V2026: Names = Names {
    created_after: "createdAfter",
    created_before: "createdBefore",
    updated_after: "lastUpdatedAfter",
    updated_before: "lastUpdatedBefore",
    page: "maxResultsPerPage",
};

const ALL_STATUSES: u8 = (1 << Status::ALL.len()) - 1;

impl Selection {
    fn pack(self) -> [u64; 3] {
        let bit = |flag: bool, place: u32| u64::from(flag) << place;
        let rest = u64::from(self.statuses)
            | bit(self.axis == Axis::Created, 8)
            | bit(self.merchant, 9)
            | bit(self.amazon, 10)
            | bit(self.here, 11)
            | (self.page as u64) << 16;
        [self.after as u64, self.before as u64, rest]
    }

    fn unpack([after, before, rest]: [u64; 3]) -> Selection {
        let bit = |place: u32| rest >> place & 1 == 1;
        Selection {
            axis: if bit(8) { Axis::Created } else { Axis::Updated },
            after: after as i64,
            before: before as i64,
            statuses: rest as u8,
            merchant: bit(9),
            amazon: bit(10),
            here: bit(11),
            page: ((rest >> 16) as usize).clamp(1, 100),
        }
    }

    fn takes(&self, view: &View<'_>) -> bool {
        let fulfilled = if view.order.fulfilled_by_amazon {
            self.amazon
        } else {
            self.merchant
        };
        fulfilled && self.statuses >> (view.change.status as u8) & 1 == 1
    }
}

impl Amazon {
    /// Reads the window of a list call.
    fn window(&self, call: &Call<'_>, names: &Names) -> Result<(Axis, i64, i64), Reply> {
        let query = call.query;
        let created = query.instant(names.created_after)?;
        let updated = query.instant(names.updated_after)?;
        let (axis, after, before_name, other_before) = match (created, updated) {
            (Some(after), None) => (
                Axis::Created,
                after,
                names.created_before,
                names.updated_before,
            ),
            (None, Some(after)) => (
                Axis::Updated,
                after,
                names.updated_before,
                names.created_before,
            ),
            _ => {
                return Err(Reply::invalid_input(format!(
                    "Exactly one of {} and {} must be provided.",
                    names.created_after, names.updated_after
                )));
            }
        };
        if query.get(other_before).is_some() {
            return Err(Reply::invalid_input(format!(
                "{other_before} cannot be combined with the other parameters."
            )));
        }
        let latest = unix_micros(self.epoch, call.now)
            - self.profile.orders.list_excludes_last.0.min(1 << 53) as i64;
        let before = match query.instant(before_name)? {
            None => latest,
            Some(before) if before > latest => {
                return Err(Reply::invalid_input(format!(
                    "{before_name} must be at least {} before the time of the request.",
                    self.profile.orders.list_excludes_last
                )));
            }
            Some(before) if before < after => {
                return Err(Reply::invalid_input(format!(
                    "{before_name} must be equal to or after the start of the window."
                )));
            }
            Some(before) => before,
        };
        Ok((axis, after, before))
    }

    fn statuses<'q>(
        names: impl Iterator<Item = &'q str>,
        name_of: fn(Status) -> &'static str,
        others: &[&str],
    ) -> Result<u8, Reply> {
        let mut mask = None;
        for name in names {
            let bit = match Status::ALL.iter().find(|&&status| name_of(status) == name) {
                Some(&status) => 1 << status as u8,
                None if others.contains(&name) => 0,
                None => {
                    return Err(Reply::invalid_input(format!(
                        "Invalid order status: {name}."
                    )));
                }
            };
            mask = Some(mask.unwrap_or(0) | bit);
        }
        Ok(mask.unwrap_or(ALL_STATUSES))
    }

    fn parties<'q>(
        names: impl Iterator<Item = &'q str>,
        merchant: &str,
        amazon: &str,
    ) -> Result<(bool, bool), Reply> {
        let (mut by_merchant, mut by_amazon) = (false, false);
        for name in names {
            if name == merchant {
                by_merchant = true;
            } else if name == amazon {
                by_amazon = true;
            } else {
                return Err(Reply::invalid_input(format!(
                    "Invalid fulfillment channel: {name}."
                )));
            }
        }
        Ok(if by_merchant || by_amazon {
            (by_merchant, by_amazon)
        } else {
            (true, true)
        })
    }

    /// Writes one page of orders through `print`, separated by commas, and returns where the next page starts, if
    /// there is one.
    fn page(
        &self,
        selection: &Selection,
        start: Option<u64>,
        out: &mut Vec<u8>,
        print: impl Fn(&mut Vec<u8>, &View<'_>),
    ) -> Option<u64> {
        if !selection.here {
            return None;
        }
        let from = self.epoch.at_unix_micros(selection.after);
        let start = start.map(|start| start.min(u64::from(u32::MAX)) as u32);
        let mut written = 0;
        let mut position = match selection.axis {
            Axis::Updated => start.unwrap_or_else(|| self.orders.first_change_from(from)),
            Axis::Created => start.unwrap_or_else(|| self.orders.first_order_from(from)),
        };
        loop {
            let (number, time) = match selection.axis {
                Axis::Updated => {
                    let change = self.orders.change(position)?;
                    (change.listed.then_some(position), change.at)
                }
                Axis::Created => {
                    let order = OrderRef(position);
                    (self.orders.listed(order), self.orders.get(order)?.placed_at)
                }
            };
            if unix_micros(self.epoch, time) > selection.before {
                return None;
            }
            if let Some(view) = number.and_then(|number| self.orders.view(number))
                && selection.takes(&view)
            {
                if written == selection.page {
                    return Some(u64::from(position));
                }
                if written > 0 {
                    out.push(b',');
                }
                print(out, &view);
                written += 1;
            }
            position += 1;
        }
    }

    /// `GET /orders/v0/orders`.
    pub(in crate::amazon) fn get_orders(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        self.orders.refresh_index(call.now);
        let query = call.query;
        let here = self.covers_marketplace(query.list("MarketplaceIds"), true)?;
        let key = self.draws.ids ^ 0x6e70;
        let (selection, start) = if let Some(text) = query.get("NextToken") {
            // With a token, all other filters are ignored.
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("NextToken is invalid."))?;
            (Selection::unpack(token.fields), Some(token.next))
        } else {
            let statuses = Amazon::statuses(
                query.list("OrderStatuses"),
                Status::name_v0,
                &["PendingAvailability", "Unfulfillable", "InvoiceUnconfirmed"],
            )?;
            let (merchant, amazon) =
                Amazon::parties(query.list("FulfillmentChannels"), "MFN", "AFN")?;
            let page = query.bounded(V0.page, 1, 100, 100)?;
            let by_ids = query.get("AmazonOrderIds").is_some()
                && query.get(V0.created_after).is_none()
                && query.get(V0.updated_after).is_none();
            let (axis, after, before) = if by_ids {
                (Axis::Created, i64::MIN, i64::MAX)
            } else {
                self.window(call, &V0)?
            };
            let selection = Selection {
                axis,
                after,
                before,
                statuses,
                merchant,
                amazon,
                here,
                page,
            };
            (selection, None)
        };
        let printer = Printer {
            access: call.access,
            ..self.printer()
        };
        let mut out = Vec::with_capacity(1_024);
        json::raw(&mut out, r#"{"payload":{"Orders":["#);
        let next = if start.is_none() && query.get("AmazonOrderIds").is_some() {
            let mut first = true;
            let known = query
                .list("AmazonOrderIds")
                .take(50)
                .filter_map(ids::parse_order);
            for order in known.map(OrderRef) {
                let listed = self.orders.listed(order);
                if let Some(view) = listed.and_then(|change| self.orders.view(change))
                    && selection.here
                    && selection.takes(&view)
                {
                    json::comma(&mut out, &mut first);
                    printer.order_v0(&mut out, &view);
                }
            }
            None
        } else {
            self.page(&selection, start, &mut out, |out, view| {
                printer.order_v0(out, view)
            })
        };
        out.push(b']');
        if let Some(next) = next {
            json::raw(&mut out, r#","NextToken":"#);
            json::string(&mut out, &self.page_token(call.now, next, &selection, key));
        }
        if selection.before != i64::MAX {
            json::raw(
                &mut out,
                match selection.axis {
                    Axis::Created => r#","CreatedBefore":""#,
                    Axis::Updated => r#","LastUpdatedBefore":""#,
                },
            );
            let before = self.epoch.at_unix_micros(selection.before);
            self.epoch.write_seconds_utc(before, &mut out);
            out.push(b'"');
        }
        json::raw(&mut out, "}}");
        Ok(Reply::ok(out))
    }

    fn page_token(&self, now: Micros, next: u64, selection: &Selection, key: u64) -> String {
        let token = PageToken {
            made_at: now,
            next,
            fields: selection.pack(),
        };
        token.text(key)
    }

    /// `GET /orders/2026-01-01/orders`.
    pub(in crate::amazon) fn search_orders(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        self.orders.refresh_index(call.now);
        let query = call.query;
        let here = self.covers_marketplace(query.list("marketplaceIds"), false)?;
        let included = Included::read(query)
            .map_err(|name| Reply::invalid_input(format!("Invalid includedData: {name}.")))?;
        let statuses = Amazon::statuses(
            query.list("fulfillmentStatuses"),
            Status::name_2026,
            &["PENDING_AVAILABILITY", "UNFULFILLABLE"],
        )?;
        let (merchant, amazon) = Amazon::parties(query.list("fulfilledBy"), "MERCHANT", "AMAZON")?;
        let page = query.bounded(V2026.page, 1, 100, 100)?;
        let (axis, after, before) = self.window(call, &V2026)?;
        let key = self.draws.ids ^ 0x2026;
        let mut selection = Selection {
            axis,
            after,
            before,
            statuses,
            merchant,
            amazon,
            here,
            page,
        };
        let mut start = None;
        if let Some(text) = query.get("paginationToken") {
            let token = PageToken::read(text, key)
                .filter(|token| call.now <= token.made_at + self.profile.orders.page_token_lifetime)
                .ok_or_else(|| {
                    Reply::invalid_input("paginationToken is invalid or has expired.")
                })?;
            let first = Selection::unpack(token.fields);
            // The window's default end moves with the clock; the token keeps the one of the first page. All else but
            // the page size must be repeated.
            selection.before = first.before;
            let same = Selection { page, ..first } == selection;
            if !same {
                return Err(Reply::invalid_input(
                    "paginationToken must be used with the parameters of the first request.",
                ));
            }
            start = Some(token.next);
        }
        let printer = self.printer();
        let mut out = Vec::with_capacity(1_024);
        json::raw(&mut out, r#"{"orders":["#);
        let next = self.page(&selection, start, &mut out, |out, view| {
            printer.order_2026(out, view, included);
        });
        out.push(b']');
        if let Some(next) = next {
            json::raw(&mut out, r#","pagination":{"nextToken":"#);
            json::string(&mut out, &self.page_token(call.now, next, &selection, key));
            out.push(b'}');
        }
        json::raw(
            &mut out,
            match selection.axis {
                Axis::Created => r#","createdBefore":""#,
                Axis::Updated => r#","lastUpdatedBefore":""#,
            },
        );
        let before = self.epoch.at_unix_micros(selection.before);
        self.epoch.write_millis_utc(before, &mut out);
        json::raw(&mut out, r#""}"#);
        Ok(Reply::ok(out))
    }

    /// The order a path names, as reads by id show it now.
    pub(super) fn by_id(&self, call: &Call<'_>) -> Option<View<'_>> {
        let order = OrderRef(ids::parse_order(call.first)?);
        self.orders.view(self.visible_by_id(call.now, order)?)
    }

    /// `GET /orders/v0/orders/{orderId}`.
    pub(in crate::amazon) fn get_order(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let Some(view) = self.by_id(call) else {
            return if self.profile.orders.unknown_order_is_empty {
                Ok(Reply::ok(br#"{"payload":{}}"#.to_vec()))
            } else {
                Err(Reply::not_found("The requested order does not exist."))
            };
        };
        let mut out = Vec::with_capacity(1_024);
        json::raw(&mut out, r#"{"payload":"#);
        let printer = Printer {
            access: call.access,
            ..self.printer()
        };
        printer.order_v0(&mut out, &view);
        out.push(b'}');
        Ok(Reply::ok(out))
    }

    /// `GET /orders/v0/orders/{orderId}/orderItems`.
    pub(in crate::amazon) fn get_order_items(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let view = self
            .by_id(call)
            .ok_or_else(|| Reply::not_found("The requested order does not exist."))?;
        let printer = self.printer();
        let mut out = Vec::with_capacity(512);
        json::raw(&mut out, r#"{"payload":{"AmazonOrderId":""#);
        ids::write_order(&mut out, view.number.0);
        json::raw(&mut out, r#"","OrderItems":["#);
        for position in 0..view.lines.len() {
            if position > 0 {
                out.push(b',');
            }
            printer.item_v0(&mut out, &view, position);
        }
        json::raw(&mut out, "]}}");
        Ok(Reply::ok(out))
    }

    /// `GET /orders/2026-01-01/orders/{orderId}`.
    pub(in crate::amazon) fn get_order_2026(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let included = Included::read(call.query)
            .map_err(|name| Reply::invalid_input(format!("Invalid includedData: {name}.")))?;
        let view = self
            .by_id(call)
            .ok_or_else(|| Reply::not_found("The requested order does not exist."))?;
        let mut out = Vec::with_capacity(1_024);
        json::raw(&mut out, r#"{"order":"#);
        self.printer().order_2026(&mut out, &view, included);
        out.push(b'}');
        Ok(Reply::ok(out))
    }
}
