//! `orders` and `ordersCount`: filters, sort keys and pages over the lagging index (docs/platforms/shopify.md 6).

use super::paging::{Cursor, PageArguments};
use super::reader::Reader;
use super::search::{Comparison, Condition, SearchQuery, Term, number_holds, text_holds};
use super::sorting::{SortBy, SortValue, sorted_by};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::made::Financial;
use crate::shopify::model::payments::GATEWAY;
use crate::shopify::model::search_index::Entry;
use crate::shopify::model::{address, ids};

/// The first and the last of a row of seconds since 1970.
type Seconds = (i64, i64);

/// A filter term with its value read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate {
    Updated(Seconds),
    Created(Seconds),
    Processed(Seconds),
    Id(Comparison, u64),
    Ids(Vec<u64>),
    Status(&'static str),
    Financial(Financial),
    Unpaid,
    Test(bool),
    Fulfillment(&'static [u8]),
    /// A text, by which of an order's texts it is looked for in.
    Text(OrderText, String),
    /// A text that stands without a key: it is looked for in several.
    AnyText(String),
    NotTagged(String),
    /// A number of an order's, with the number of its decimal places.
    Number(OrderNumber, Term),
    FulfilledFrom(u64),
    Customer(u64),
    Return(String),
    /// A key that is not searched by here, or a value that stands for any.
    Unknown,
    /// A value that no order has.
    Never,
}

/// The texts of an order that are searched, all by one rule ([`text_holds`]).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderText {
    Name,
    Sku,
    Tag,
    Email,
    SourceName,
    SourceIdentifier,
    Gateway,
    ConfirmationNumber,
    DiscountCode,
    PoNumber,
}

/// The numbers of an order that are searched.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderNumber {
    CurrentTotal,
    Units,
}

/// The keys that orders are searched by.
pub(super) const SERVED_KEYS: &[&str] = &[
    "confirmation_number",
    "created_at",
    "current_total_price",
    "customer_id",
    "discount_code",
    "email",
    "financial_status",
    "fulfillment_location_id",
    "fulfillment_status",
    "gateway",
    "id",
    "name",
    "po_number",
    "processed_at",
    "return_status",
    "sku",
    "source_identifier",
    "source_name",
    "status",
    "subtotal_line_items_quantity",
    "tag",
    "tag_not",
    "test",
    "updated_at",
];

impl Predicate {
    fn of(term: &Term) -> Predicate {
        let value = term.value.as_str();
        let of_time = |predicate: fn(Seconds) -> Predicate| {
            term.seconds().map_or(Predicate::Never, predicate)
        };
        let of_text = |text: OrderText| Predicate::Text(text, value.to_owned());
        match term.key.as_str() {
            "updated_at" => of_time(Predicate::Updated),
            "created_at" => of_time(Predicate::Created),
            "processed_at" => of_time(Predicate::Processed),
            "id" => term.number(ids::ORDER).map_or(Predicate::Never, |number| {
                Predicate::Id(term.comparison, number)
            }),
            "customer_id" => term
                .number(ids::CUSTOMER)
                .map_or(Predicate::Never, Predicate::Customer),
            "status" => match value.to_ascii_lowercase().as_str() {
                "open" => Predicate::Status("open"),
                "closed" => Predicate::Status("closed"),
                "cancelled" => Predicate::Status("cancelled"),
                "not_closed" => Predicate::Status("not_closed"),
                _ => Predicate::Unknown,
            },
            "financial_status" => match value.to_ascii_lowercase().as_str() {
                "any" => Predicate::Unknown,
                "unpaid" => Predicate::Unpaid,
                word => Financial::named(word).map_or(Predicate::Never, Predicate::Financial),
            },
            "fulfillment_status" => match value.to_ascii_lowercase().as_str() {
                "unfulfilled" => Predicate::Fulfillment(&[0, 1]),
                "unshipped" => Predicate::Fulfillment(&[0]),
                "partial" => Predicate::Fulfillment(&[1]),
                "shipped" | "fulfilled" => Predicate::Fulfillment(&[2]),
                "any" => Predicate::Unknown,
                _ => Predicate::Never,
            },
            "" => Predicate::AnyText(value.to_owned()),
            "name" => of_text(OrderText::Name),
            "sku" => of_text(OrderText::Sku),
            "tag" => of_text(OrderText::Tag),
            "tag_not" => Predicate::NotTagged(value.to_owned()),
            "email" => of_text(OrderText::Email),
            "source_name" => of_text(OrderText::SourceName),
            "source_identifier" => of_text(OrderText::SourceIdentifier),
            "gateway" => of_text(OrderText::Gateway),
            "confirmation_number" => of_text(OrderText::ConfirmationNumber),
            "discount_code" => of_text(OrderText::DiscountCode),
            "po_number" => of_text(OrderText::PoNumber),
            "current_total_price" => Predicate::Number(OrderNumber::CurrentTotal, term.clone()),
            "subtotal_line_items_quantity" => Predicate::Number(OrderNumber::Units, term.clone()),
            "fulfillment_location_id" => term
                .number(ids::LOCATION)
                .map_or(Predicate::Never, Predicate::FulfilledFrom),
            "return_status" => Predicate::Return(value.to_uppercase()),
            "test" => match value {
                "true" => Predicate::Test(true),
                "false" => Predicate::Test(false),
                _ => Predicate::Unknown,
            },
            _ => Predicate::Unknown,
        }
    }
}

/// A search of orders, its values read.
pub(crate) struct OrderSearch(Condition<Predicate>);

impl OrderSearch {
    /// A search as it was parsed.
    pub(crate) fn of(search: &SearchQuery) -> OrderSearch {
        OrderSearch(search.condition.map(&Predicate::of))
    }

    /// A search whose terms all hold, among the orders of these numbers if any are given.
    pub(crate) fn of_terms(terms: &[Term], numbers: Option<Vec<u64>>) -> OrderSearch {
        let predicates = terms.iter().map(Predicate::of);
        let predicates = predicates.chain(numbers.map(Predicate::Ids));
        OrderSearch(Condition::All(predicates.map(Condition::Term).collect()))
    }

    fn holds(&self, reader: &Reader<'_>, order: u32, entry: &Entry) -> bool {
        let state = reader.state;
        let record = &state.orders[order as usize];
        let epoch = state.shop.epoch;
        let first_second = epoch.unix_micros.div_euclid(1_000_000);
        let is_in = |(first, last): Seconds, at: i64| first <= at && at <= last;
        let holds = |predicate: &Predicate| {
            Some(match predicate {
                Predicate::Updated(asked) => {
                    is_in(*asked, first_second + entry.updated_secs as i64)
                }
                Predicate::Created(asked) => is_in(*asked, epoch.unix_secs(record.created_at)),
                Predicate::Processed(asked) => {
                    let processed = state.processed_unix_micros(order);
                    is_in(*asked, processed.div_euclid(1_000_000))
                }
                Predicate::Id(comparison, number) => {
                    comparison.holds(&ids::ORDER.number(u64::from(order)), number)
                }
                Predicate::Ids(numbers) => numbers.contains(&ids::ORDER.number(u64::from(order))),
                Predicate::Status("open") => !entry.is_cancelled && !entry.is_closed,
                Predicate::Status("closed") => entry.is_closed,
                Predicate::Status("not_closed") => !entry.is_closed,
                Predicate::Status(_) => entry.is_cancelled,
                Predicate::Financial(wanted) => entry.financial == Some(*wanted),
                Predicate::Unpaid => matches!(
                    entry.financial,
                    Some(Financial::Authorized | Financial::PartiallyPaid)
                ),
                Predicate::Test(wanted) => {
                    state.made(order).is_some_and(|made| made.is_test) == *wanted
                }
                Predicate::Fulfillment(wanted) => wanted.contains(&entry.fulfillment),
                Predicate::Text(text, wanted) => self.has_text(reader, order, *text, wanted),
                Predicate::AnyText(wanted) => [
                    OrderText::Name,
                    OrderText::Email,
                    OrderText::Sku,
                    OrderText::Tag,
                ]
                .into_iter()
                .any(|text| self.has_text(reader, order, text, wanted)),
                Predicate::NotTagged(tag) => !self.has_text(reader, order, OrderText::Tag, tag),
                Predicate::Number(OrderNumber::CurrentTotal, term) => {
                    number_holds(term, state.current_total_cents(order), 2)
                }
                Predicate::Number(OrderNumber::Units, term) => {
                    number_holds(term, i64::from(record.units), 0)
                }
                Predicate::FulfilledFrom(number) => {
                    let mut shipments = state.fulfillments_of(record).into_iter();
                    shipments.any(|at| {
                        let shipment = &state.fulfillments[at as usize];
                        let location = ids::LOCATION.number(u64::from(shipment.location));
                        !shipment.is_cancelled && location == *number
                    })
                }
                Predicate::Customer(number) => {
                    let wanted = state.customer_numbered(*number);
                    wanted.is_some() && state.customer_of(order) == wanted
                }
                Predicate::Return(wanted) => state.return_status(order) == wanted,
                Predicate::Never => false,
                Predicate::Unknown => return None,
            })
        };
        record.created_at >= reader.window_start && !record.is_deleted && self.0.holds(holds)
    }

    /// Whether an order has a text that is wanted, or one that begins so where a `*` ends it.
    fn has_text(&self, reader: &Reader<'_>, order: u32, text: OrderText, wanted: &str) -> bool {
        let state = reader.state;
        let made = state.made(order);
        let is_wanted = |own: &str| text_holds(own, wanted);
        let is_there = |own: Option<&str>| own.is_some_and(is_wanted);
        match text {
            OrderText::Name => {
                let wanted = wanted.trim_start_matches('#');
                match made.and_then(|made| made.name.as_deref()) {
                    Some(own) => text_holds(own.trim_start_matches('#'), wanted),
                    None => text_holds(&(1_001 + u64::from(order)).to_string(), wanted),
                }
            }
            OrderText::Sku => {
                let mut lines = state.orders[order as usize].lines.range();
                lines.any(|line| {
                    let made = state.made_lines.get(&(line as u32));
                    let own = made.and_then(|made| made.sku.as_deref());
                    let texts = state.texts_of_line(line as u32);
                    is_there(own.or(texts.map(|texts| texts.sku)))
                })
            }
            OrderText::Tag => {
                let mut tags = state.tags_of(Tagged::Order(order)).iter();
                tags.any(|own| is_wanted(own))
            }
            OrderText::Email => {
                let mut own = Vec::new();
                state.write_order_email(order, &mut own);
                // Written as JSON; an order without one has `null`.
                is_there(
                    serde_json::from_slice::<Option<String>>(&own)
                        .ok()
                        .flatten()
                        .as_deref(),
                )
            }
            OrderText::SourceName => match made {
                Some(made) => is_there(made.source_name.as_deref()),
                None => is_wanted("web"),
            },
            OrderText::SourceIdentifier => {
                is_there(made.and_then(|made| made.source_identifier.as_deref()))
            }
            OrderText::Gateway => match made {
                Some(made) => state.gateways_of(made).into_iter().any(is_wanted),
                None => is_wanted(GATEWAY),
            },
            OrderText::ConfirmationNumber => {
                is_wanted(&format!("C{}", 100_000_001 + u64::from(order)))
            }
            OrderText::DiscountCode => {
                is_there(made.and_then(|made| made.discount_code.as_deref()))
            }
            OrderText::PoNumber => {
                let notes = state.order_notes.get(&order);
                is_there(notes.and_then(|notes| notes.po_number.as_deref()))
            }
        }
    }

    /// The first and the last second that every order found lies between, for starting and ending scans early.
    fn bounds(&self, seconds: impl Fn(&Predicate) -> Option<Seconds>) -> Seconds {
        let required = self.0.required().into_iter().filter_map(seconds);
        required.fold((i64::MIN, i64::MAX), |(least, greatest), (first, last)| {
            (least.max(first), greatest.min(last))
        })
    }
}

/// What a list of orders is sorted by.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderSort {
    /// The last change that the index knows.
    Updated,
    /// The time of birth.
    Date,
    /// The time at which it was processed: that of its birth, unless an app said another.
    Processed,
    /// The id, which follows birth.
    Id,
}

/// A page of orders, and whether there are more before and after it.
pub(crate) type OrderPage = (Vec<u32>, (bool, bool));

impl Reader<'_> {
    /// Appends the root connection of orders.
    pub(crate) fn orders(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let search = OrderSearch::of(&self.search(field));
        let page = self.page_arguments(field);
        let sort_key = field.text_argument("sortKey", self.variables);
        let by = sorted_by(field.field, sort_key.as_deref());
        if matches!(by, SortBy::Number | SortBy::Text) {
            let holds = |order: &u32| {
                let entry = self.state.index.entry(*order);
                entry.is_some_and(|entry| search.holds(self, *order, entry))
            };
            let found: Vec<u32> = (0..self.state.index.len()).filter(holds).collect();
            let key = sort_key.as_deref().unwrap_or("");
            return self.connection_by_value(
                field,
                (ids::ORDER, &found),
                |order| self.order_sort_value(order, key),
                |selection, order, out| self.order(selection, order, out),
                out,
            );
        }
        let sort = match sort_key.as_deref() {
            Some("UPDATED_AT") => OrderSort::Updated,
            None | Some("PROCESSED_AT") => OrderSort::Processed,
            Some("CREATED_AT") => OrderSort::Date,
            Some(_) => OrderSort::Id,
        };
        let (found, more) = self.find_orders(&search, &page, sort);
        self.page(
            field,
            found.len(),
            |index| found[index],
            more,
            |order| self.order_cursor(sort, order),
            |selection, order, out| self.order(selection, order, out),
            out,
        )
    }

    /// What an order is sorted by that is neither a time nor its number.
    fn order_sort_value(&self, order: u32, sort_key: &str) -> SortValue {
        let state = self.state;
        let record = &state.orders[order as usize];
        let number = |field| SortValue::Number(self.sum_of(field, order));
        match sort_key {
            "CURRENT_TOTAL_PRICE" => number(Field::CurrentTotalPriceSet),
            "TOTAL_PRICE" => SortValue::Number(record.total_cents),
            "TOTAL_ITEMS_QUANTITY" => SortValue::Number(i64::from(record.units)),
            "ORDER_NUMBER" => SortValue::Number(i64::from(order)),
            "CUSTOMER_NAME" => {
                let one = state.customer_of(order);
                SortValue::text(one.map(|one| self.customer_sort_name(one)).as_deref())
            }
            "DESTINATION" => SortValue::text(self.destination_city(order)),
            "FINANCIAL_STATUS" => {
                let status = state.financial_status(order);
                SortValue::text(status.map(|status| status.words().0))
            }
            "FULFILLMENT_STATUS" => SortValue::text(Some(state.display_fulfillment_status(order))),
            _ => {
                let notes = state.order_notes.get(&order);
                SortValue::text(notes.and_then(|it| it.po_number.as_deref()))
            }
        }
    }

    /// The city that an order ships to, by which destinations are sorted (assumed).
    fn destination_city(&self, order: u32) -> Option<&str> {
        match self.state.made(order) {
            Some(made) => made.shipping_address.as_ref()?.city.as_deref(),
            None => {
                let changes = self.state.changes_of(order);
                match changes.and_then(|it| it.shipping_address.as_ref()) {
                    Some(changed) => changed.city.as_deref(),
                    None => Some(address::CITY),
                }
            }
        }
    }

    /// Where an order stands in a sorted list.
    pub(crate) fn order_cursor(&self, sort: OrderSort, order: u32) -> Cursor {
        let last_id = ids::ORDER.number(u64::from(order));
        let epoch = self.state.shop.epoch;
        let last_value = match sort {
            OrderSort::Updated => {
                let known = self.state.index.entry(order);
                let known = known.map_or(0, |entry| entry.updated_secs);
                (epoch.unix_micros.div_euclid(1_000_000) + known as i64) * 1_000
            }
            OrderSort::Date => epoch.unix_millis(self.state.orders[order as usize].created_at),
            OrderSort::Processed => match self.state.made(order) {
                Some(made) => made.processed_unix_micros.div_euclid(1_000),
                None => epoch.unix_millis(self.state.orders[order as usize].created_at),
            },
            OrderSort::Id => last_id as i64,
        };
        Cursor {
            last_value,
            last_id,
        }
    }

    /// Finds a page of orders in the index.
    pub(crate) fn find_orders(
        &self,
        search: &OrderSearch,
        page: &PageArguments,
        sort: OrderSort,
    ) -> OrderPage {
        let by_update = sort == OrderSort::Updated;
        // Only apps say when an order was processed; without theirs the orders stand as they were born.
        let by_processing = sort == OrderSort::Processed && !self.state.made_orders.is_empty();
        let first_second = self.state.shop.epoch.unix_micros.div_euclid(1_000_000);
        let cursor = |order: u32| self.order_cursor(sort, order);
        // Bounds in ascending terms: `after` and `before` change places when the list runs backwards.
        let (low, high) = if page.reverse {
            (page.before, page.after)
        } else {
            (page.after, page.before)
        };
        let ascending = page.reverse == page.from_end;
        let wanted = page.size + 1;
        let mut found: Vec<u32> = Vec::with_capacity(wanted.min(256));
        let mut consider = |order: u32| -> bool {
            let here = cursor(order);
            // Ids follow creation, so for those sorts the id alone decides where a cursor stands.
            let beyond = |bound: Cursor, above: bool| {
                let ordering = if by_update || by_processing {
                    here.cmp(&bound)
                } else {
                    here.last_id.cmp(&bound.last_id)
                };
                if above {
                    ordering.is_ge()
                } else {
                    ordering.is_le()
                }
            };
            if low.is_some_and(|bound| beyond(bound, false))
                || high.is_some_and(|bound| beyond(bound, true))
            {
                return true;
            }
            if let Some(entry) = self.state.index.entry(order)
                && search.holds(self, order, entry)
            {
                found.push(order);
            }
            found.len() < wanted
        };
        let number_of = |cursor: Cursor| {
            cursor
                .last_id
                .saturating_sub(ids::ORDER.number(0))
                .min(u64::from(u32::MAX)) as u32
        };
        if by_processing {
            let mut all: Vec<u32> = (0..self.state.index.len()).collect();
            all.sort_by_key(|order| cursor(*order));
            let walk: &mut dyn Iterator<Item = u32> = match ascending {
                true => &mut all.into_iter(),
                false => &mut all.into_iter().rev(),
            };
            for order in walk {
                if !consider(order) {
                    break;
                }
            }
        } else if by_update {
            let (least, greatest) = search.bounds(|predicate| match predicate {
                Predicate::Updated(asked) => Some(*asked),
                _ => None,
            });
            let relative =
                |unix: i64| u64::try_from(unix.saturating_sub(first_second)).unwrap_or(0);
            let cursor_key = |cursor: Cursor| {
                (
                    relative(cursor.last_value.div_euclid(1_000)),
                    number_of(cursor),
                )
            };
            if ascending {
                let from = low.map_or((0, 0), cursor_key).max((relative(least), 0));
                let end = if greatest == i64::MAX {
                    u64::MAX
                } else {
                    relative(greatest)
                };
                for (second, order) in self.state.index.ascending_from(from) {
                    if second > end || !consider(order) {
                        break;
                    }
                }
            } else {
                let top = if greatest == i64::MAX {
                    (u64::MAX, u32::MAX)
                } else {
                    (relative(greatest), u32::MAX)
                };
                let from = high.map_or((u64::MAX, u32::MAX), cursor_key).min(top);
                for (second, order) in self.state.index.descending_from(from) {
                    if (least != i64::MIN && second < relative(least)) || !consider(order) {
                        break;
                    }
                }
            }
        } else {
            let epoch = self.state.shop.epoch;
            let orders = &self.state.orders;
            let (least, greatest) = search.bounds(|predicate| match predicate {
                Predicate::Created(asked) => Some(*asked),
                Predicate::Processed(asked) if self.state.made_orders.is_empty() => Some(*asked),
                _ => None,
            });
            let known = self.state.index.len();
            let start =
                orders.partition_point(|order| epoch.unix_secs(order.created_at) < least) as u32;
            let end = orders.partition_point(|order| epoch.unix_secs(order.created_at) <= greatest)
                as u32;
            let start = start.max(low.map_or(0, number_of));
            let end = end
                .min(known)
                .min(high.map_or(u32::MAX, |bound| number_of(bound).saturating_add(1)));
            if ascending {
                for order in start..end {
                    if !consider(order) {
                        break;
                    }
                }
            } else {
                for order in (start..end).rev() {
                    if !consider(order) {
                        break;
                    }
                }
            }
        }
        let has_more = found.len() > page.size;
        found.truncate(page.size);
        let more = if page.from_end {
            found.reverse();
            (has_more, page.before.is_some())
        } else {
            (page.after.is_some(), has_more)
        };
        (found, more)
    }

    /// How many orders the index knows that hold, counting to one more than the limit.
    pub(crate) fn count_orders(&self, search: &OrderSearch, limit: usize) -> usize {
        let index = &self.state.index;
        (0..index.len())
            .filter(|order| {
                index
                    .entry(*order)
                    .is_some_and(|entry| search.holds(self, *order, entry))
            })
            .take(limit.saturating_add(1))
            .count()
    }

    /// Appends the number of orders found, at most the limit (10,000 unless given; docs/platforms/shopify.md 2.6).
    pub(crate) fn orders_count(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let search = OrderSearch::of(&self.search(field));
        let limit = match field.argument("limit", self.variables).as_deref() {
            None => 10_000,
            Some(limit) => limit
                .int()
                .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(0)),
        };
        let found = self.count_orders(&search, limit);
        let precision = if found > limit { "AT_LEAST" } else { "EXACT" };
        self.count(field, found.min(limit) as u64, precision, out)
    }
}
