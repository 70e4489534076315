//! Parts of the input of `orderCreate`, read (docs/platforms/shopify.md 3.5).

use std::borrow::Cow;

use super::refunds::cents;
use crate::core::Epoch;
use crate::shopify::api::graphql::errors::FieldError;
use crate::shopify::json::Json;
use crate::shopify::model::made::{MadeLine, MadeShippingLine, MadeTaxLine, PostalAddress, Rate};
use crate::shopify::model::products::ProductDetails;
use crate::shopify::shop::making::NewLine;

/// The most units of a line, so that sums of money stay numbers.
pub(super) const QUANTITY_MAX: u32 = 1_000_000;
/// The most that a line, and each of an order's sums, comes to; no limit of the platform's is known (assumed).
pub(super) const CENTS_MAX: i64 = 1_000_000_000_000_000;

/// A sum of amounts, as far as an order holds it.
fn sum(cents: impl Iterator<Item = i64>) -> i64 {
    cents.fold(0, i64::saturating_add).clamp(0, CENTS_MAX)
}

/// What an order costs, in cents of the shop's currency.
pub(super) struct Totals {
    /// Its lines, less the discount.
    pub(super) subtotal_cents: i64,
    pub(super) tax_cents: i64,
    pub(super) discount_cents: i64,
    pub(super) shipping_cents: i64,
    pub(super) discount_code: Option<String>,
}

impl Totals {
    /// The sums of an order whose lines have been read.
    pub(super) fn of(input: &Json<'_>, lines: &[NewLine]) -> Totals {
        let each = lines
            .iter()
            .map(|line| line.price_cents * i64::from(line.quantity));
        let lines_cents = sum(each);
        let shipping_cents = sum(shipping_lines(input).iter().map(|line| line.price_cents));
        let own = input.get("taxLines").map_or(&[][..], Json::list);
        let of_order = own.iter().map(|row| tax(row, lines_cents).cents);
        let of_lines = lines
            .iter()
            .flat_map(|line| &line.made.tax_lines)
            .map(|tax| tax.cents);
        let discount = input.given("discountCode");
        let kind = |name: &str| discount.and_then(|it| it.given(name));
        let mut totals = Totals {
            subtotal_cents: lines_cents,
            tax_cents: sum(of_order.chain(of_lines)),
            discount_cents: 0,
            shipping_cents,
            discount_code: None,
        };
        let mut code = None;
        if let Some(fixed) = kind("itemFixedDiscountCode") {
            code = fixed.get("code");
            let off = fixed.given("amountSet").and_then(shop_cents);
            totals.discount_cents = off.unwrap_or(0).min(lines_cents);
        } else if let Some(percentage) = kind("itemPercentageDiscountCode") {
            code = percentage.get("code");
            let percent = match percentage.get("percentage") {
                Some(Json::Int(value)) => *value as f64,
                Some(Json::Float(value)) => *value,
                _ => 0.0,
            };
            let off = lines_cents as f64 * percent.clamp(0.0, 100.0) / 100.0;
            totals.discount_cents = (off + 0.5) as i64;
        } else if let Some(free) = kind("freeShippingDiscountCode") {
            code = free.get("code");
            totals.shipping_cents = 0;
        }
        totals.subtotal_cents -= totals.discount_cents;
        totals.discount_code = code.and_then(Json::text).map(str::to_owned);
        totals
    }

    /// What the buyer owes.
    pub(super) fn total_cents(&self, are_taxes_included: bool) -> i64 {
        let taxes = if are_taxes_included {
            0
        } else {
            self.tax_cents
        };
        self.subtotal_cents + self.shipping_cents + taxes
    }
}

/// The time that a member gives, in microseconds since 1970.
///
/// # Errors
/// A text that is no time (the words are assumed).
pub(super) fn time(input: &Json<'_>, name: &str) -> Result<Option<i64>, FieldError> {
    read_time(input.given(name).and_then(Json::text), name)
}

/// The time that a text of this name gives, if there is one, in microseconds since 1970.
///
/// # Errors
/// As of [`time`].
pub(super) fn read_time(given: Option<&str>, name: &str) -> Result<Option<i64>, FieldError> {
    let Some(given) = given else {
        return Ok(None);
    };
    Epoch::parse_unix_micros(given).map(Some).ok_or_else(|| {
        let message = format!("`{given}` of {name} is no time.");
        FieldError::new(message, "BAD_REQUEST")
    })
}

/// The place of the first amount, in all of an order, that is below 0 or beyond what an order holds.
pub(super) fn wrong_amount(input: &Json<'_>) -> Option<Vec<Cow<'static, str>>> {
    let is_wrong = |side: &&str| {
        let amount = input.given(side).and_then(|money| money.get("amount"));
        amount.is_some_and(|amount| cents(amount).is_none())
    };
    if ["shopMoney", "presentmentMoney"].iter().any(is_wrong) {
        return Some(Vec::new());
    }
    let inside = |(step, value): (Cow<'static, str>, &Json<'_>)| {
        let mut place = wrong_amount(value)?;
        place.insert(0, step);
        Some(place)
    };
    match input {
        Json::Object(members) => {
            // A receipt is any value, and none of its members is money of the order.
            let mut members = members.iter().filter(|(name, _)| name != "receiptJson");
            members.find_map(|(name, value)| inside((name.to_string().into(), value)))
        }
        Json::List(elements) => {
            let mut elements = elements.iter().enumerate();
            elements.find_map(|(index, value)| inside((index.to_string().into(), value)))
        }
        _ => None,
    }
}

/// The shop's side of money.
pub(super) fn shop_cents(set: &Json<'_>) -> Option<i64> {
    set.get("shopMoney")?.get("amount").and_then(cents)
}

/// The one rate between the two currencies of an order: that of the first of its prices that has both. `None` where a
/// price is in another currency than the order says.
pub(super) fn rate(input: &Json<'_>, currency: &str, presentment: &str) -> Option<Rate> {
    let mut found = None;
    for row in input.get("lineItems").map_or(&[][..], Json::list) {
        let set = row.given("priceSet");
        let Some(shown) = set.and_then(|set| set.given("presentmentMoney")) else {
            continue;
        };
        let its = shown.get("currencyCode").and_then(Json::text);
        if its.is_some_and(|its| its != presentment) {
            return None;
        }
        let (shop, shown) = (
            set.and_then(shop_cents),
            shown.get("amount").and_then(cents),
        );
        if let (Some(shop), Some(presentment)) = (shop, shown)
            && shop > 0
            && presentment > 0
        {
            found = found.or(Some(Rate { presentment, shop }));
        }
    }
    if currency == presentment {
        return Some(Rate::default());
    }
    Some(found.unwrap_or_default())
}

/// What a line has beyond its price. What the row does not say of shipping and taxes its variant does (assumed).
pub(super) fn line(
    row: &Json<'_>,
    title: String,
    cents: i64,
    variant: Option<&ProductDetails>,
) -> MadeLine {
    let text = |name: &str| row.given(name).and_then(Json::text).map(str::to_owned);
    let flag = |name: &str| row.get(name).and_then(Json::bool);
    let taxes = row.get("taxLines").map_or(&[][..], Json::list);
    MadeLine {
        title,
        sku: text("sku"),
        variant_title: text("variantTitle"),
        vendor: text("vendor"),
        // A variant that is gone is shipped, a custom line is not.
        requires_shipping: flag("requiresShipping").unwrap_or_else(|| match variant {
            Some(variant) => variant.requires_shipping,
            None => row.given("variantId").is_some(),
        }),
        is_taxable: flag("taxable").unwrap_or(variant.is_none_or(|it| it.is_taxable)),
        is_gift_card: flag("giftCard").unwrap_or(variant.is_some_and(|it| it.is_gift_card)),
        properties: pairs(row.get("properties"), "name"),
        tax_lines: taxes.iter().map(|it| tax(it, cents)).collect(),
    }
}

/// A tax on so many cents: what it says, or by its rate.
fn tax(row: &Json<'_>, of_cents: i64) -> MadeTaxLine {
    let rate = match row.get("rate") {
        Some(Json::Text(text)) => text.parse().unwrap_or(0.0),
        Some(Json::Int(value)) => *value as f64,
        Some(Json::Float(value)) => *value,
        _ => 0.0,
    };
    let given = row.given("priceSet").and_then(shop_cents);
    MadeTaxLine {
        title: row
            .get("title")
            .and_then(Json::text)
            .unwrap_or("")
            .to_owned(),
        rate,
        cents: given
            .unwrap_or((of_cents as f64 * rate + 0.5) as i64)
            .clamp(0, CENTS_MAX),
    }
}

/// The ways of shipping that an order pays for.
pub(super) fn shipping_lines(input: &Json<'_>) -> Vec<MadeShippingLine> {
    let rows = input.get("shippingLines").map_or(&[][..], Json::list);
    let text = |row: &Json<'_>, name: &str| {
        let value = row.given(name).and_then(Json::text);
        value.map(str::to_owned)
    };
    rows.iter()
        .map(|row| MadeShippingLine {
            title: text(row, "title").unwrap_or_default(),
            code: text(row, "code"),
            source: text(row, "source"),
            price_cents: row.get("priceSet").and_then(shop_cents).unwrap_or(0),
        })
        .collect()
}

/// Names and values of a list of objects.
pub(super) fn pairs(list: Option<&Json<'_>>, name: &str) -> Vec<(String, String)> {
    let rows = list.map_or(&[][..], Json::list);
    let text = |row: &Json<'_>, name: &str| {
        let value = row.get(name).and_then(Json::text);
        value.unwrap_or("").to_owned()
    };
    rows.iter()
        .map(|row| (text(row, name), text(row, "value")))
        .collect()
}

/// A postal address. A country without a code is not kept.
pub(super) fn postal_address(given: &Json<'_>) -> PostalAddress {
    let text = |name: &str| given.given(name).and_then(Json::text).map(str::to_owned);
    let country = |name: &str| text(name).filter(|code| code.len() == 2);
    PostalAddress {
        first_name: text("firstName"),
        last_name: text("lastName"),
        company: text("company"),
        address1: text("address1"),
        address2: text("address2"),
        city: text("city"),
        province_code: text("provinceCode").or_else(|| text("province")),
        country_code: country("countryCode").or_else(|| country("country")),
        zip: text("zip"),
        phone: text("phone"),
    }
}
