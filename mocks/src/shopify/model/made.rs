//! What orders have that an app made, beyond those of the storefront (docs/platforms/shopify.md 3.5): texts and money of
//! their own, and payments one by one.

use super::span::NONE;
use crate::core::Micros;

/// An order that an app made.
#[derive(Clone, Debug, Default)]
pub(crate) struct MadeOrder {
    /// Its name, where the app gave one.
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) source_name: Option<String>,
    pub(crate) source_identifier: Option<String>,
    /// When it was processed, in microseconds since 1970.
    pub(crate) processed_unix_micros: i64,
    pub(crate) is_test: bool,
    pub(crate) are_taxes_included: bool,
    /// The currency of the shop's side.
    pub(crate) currency: String,
    /// The currency that the buyer saw.
    pub(crate) presentment_currency: String,
    /// What a hundred units of the shop's currency are in the buyer's: the one rate of the order, that of its lines.
    pub(crate) rate: Rate,
    pub(crate) shipping_address: Option<PostalAddress>,
    pub(crate) billing_address: Option<PostalAddress>,
    /// First and last name of its customer, where the app gave them.
    pub(crate) customer_names: (Option<String>, Option<String>),
    /// E-mail address and telephone number of its customer, who keeps them when those of the order change (recorded).
    pub(crate) customer_contacts: (Option<String>, Option<String>),
    /// Whether it has a customer: somebody whom an e-mail, a telephone number or a name stands for.
    pub(crate) has_customer: bool,
    pub(crate) subtotal_cents: i64,
    pub(crate) tax_cents: i64,
    pub(crate) discount_cents: i64,
    pub(crate) shipping_cents: i64,
    pub(crate) discount_code: Option<String>,
    pub(crate) shipping_lines: Vec<MadeShippingLine>,
    /// Keys and values.
    pub(crate) custom_attributes: Vec<(String, String)>,
    /// The financial state that the app gave; the next payment replaces it by that of the payments.
    pub(crate) given_status: Option<Financial>,
    /// Its payments, by position.
    pub(crate) payments: Vec<u32>,
}

/// How many of the buyer's units a number of the shop's are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) presentment: i64,
    pub(crate) shop: i64,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate {
            presentment: 1,
            shop: 1,
        }
    }
}

impl Rate {
    /// Cents of the shop's currency in the buyer's, rounded half up.
    pub(crate) fn presented(self, cents: i64) -> i64 {
        scaled(cents, self.presentment, self.shop)
    }

    /// Cents of the buyer's currency in the shop's, rounded half up.
    pub(crate) fn in_shop_currency(self, cents: i64) -> i64 {
        scaled(cents, self.shop, self.presentment)
    }
}

fn scaled(cents: i64, numerator: i64, denominator: i64) -> i64 {
    if numerator == denominator || denominator <= 0 {
        return cents;
    }
    let (product, denominator) = (
        i128::from(cents) * i128::from(numerator),
        i128::from(denominator),
    );
    let rounded = (2 * product + denominator).div_euclid(2 * denominator);
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

/// A postal address as an app gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PostalAddress {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) address1: Option<String>,
    pub(crate) address2: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) province_code: Option<String>,
    /// A country's code of two letters.
    pub(crate) country_code: Option<String>,
    pub(crate) zip: Option<String>,
    pub(crate) phone: Option<String>,
}

impl PostalAddress {
    /// First and last name with a blank between them.
    pub(crate) fn name(&self) -> Option<String> {
        joined(self.first_name.as_deref(), self.last_name.as_deref())
    }
}

/// Names with a blank between them; none where neither is there.
pub(crate) fn joined(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = first.into_iter().chain(last).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A way of shipping that an order pays for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MadeShippingLine {
    pub(crate) title: String,
    pub(crate) code: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) price_cents: i64,
}

/// What a line has that an app made, in place of what its listing says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MadeLine {
    pub(crate) title: String,
    pub(crate) sku: Option<String>,
    pub(crate) variant_title: Option<String>,
    pub(crate) vendor: Option<String>,
    pub(crate) requires_shipping: bool,
    pub(crate) is_taxable: bool,
    pub(crate) is_gift_card: bool,
    /// Names and values.
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) tax_lines: Vec<MadeTaxLine>,
}

/// A tax on a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MadeTaxLine {
    pub(crate) title: String,
    pub(crate) rate: f64,
    pub(crate) cents: i64,
}

/// A payment of an order that an app made, or something about one.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    /// Its order.
    pub(crate) order: u32,
    pub(crate) kind: PaymentKind,
    /// Its state, as the schema's enum names it.
    pub(crate) status: &'static str,
    pub(crate) gateway: String,
    /// In the shop's currency.
    pub(crate) cents: i64,
    pub(crate) created_at: Micros,
    /// When it was processed, in microseconds since 1970.
    pub(crate) processed_unix_micros: i64,
    /// The payment that it is about, or [`NONE`].
    pub(crate) parent: u32,
    pub(crate) is_test: bool,
}

impl Payment {
    /// Whether it went through.
    pub(crate) fn succeeded(&self) -> bool {
        self.status == "SUCCESS"
    }

    /// The payment that it is about, if it is about one.
    pub(crate) fn parent(&self) -> Option<u32> {
        (self.parent != NONE).then_some(self.parent)
    }
}

/// What a payment is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum PaymentKind {
    Authorization,
    Sale,
    Capture,
    Void,
    /// Another kind, which moves no money here.
    Other(&'static str),
}

impl PaymentKind {
    /// By GraphQL's word.
    pub(crate) fn named(word: &str) -> PaymentKind {
        match word {
            "AUTHORIZATION" => PaymentKind::Authorization,
            "CAPTURE" => PaymentKind::Capture,
            "VOID" => PaymentKind::Void,
            "CHANGE" => PaymentKind::Other("CHANGE"),
            "EMV_AUTHORIZATION" => PaymentKind::Other("EMV_AUTHORIZATION"),
            "REFUND" => PaymentKind::Other("REFUND"),
            "SUGGESTED_REFUND" => PaymentKind::Other("SUGGESTED_REFUND"),
            _ => PaymentKind::Sale,
        }
    }

    /// GraphQL's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            PaymentKind::Authorization => "AUTHORIZATION",
            PaymentKind::Sale => "SALE",
            PaymentKind::Capture => "CAPTURE",
            PaymentKind::Void => "VOID",
            PaymentKind::Other(word) => word,
        }
    }

    /// Whether it brings money in when it goes through.
    pub(crate) fn brings_money(self) -> bool {
        matches!(self, PaymentKind::Sale | PaymentKind::Capture)
    }
}

/// A status of a payment as the schema's enum names it; an unknown one is `UNKNOWN`.
pub(crate) fn payment_status(word: &str) -> &'static str {
    const ALL: [&str; 5] = [
        "AWAITING_RESPONSE",
        "ERROR",
        "FAILURE",
        "PENDING",
        "SUCCESS",
    ];
    let found = ALL.into_iter().find(|known| *known == word);
    found.unwrap_or("UNKNOWN")
}

/// The financial state of an order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Financial {
    Paid,
    PartiallyRefunded,
    Refunded,
    Pending,
    Authorized,
    PartiallyPaid,
    Voided,
    Expired,
}

impl Financial {
    const ALL: [(Financial, &'static str, &'static str); 8] = [
        (Financial::Paid, "PAID", "paid"),
        (
            Financial::PartiallyRefunded,
            "PARTIALLY_REFUNDED",
            "partially_refunded",
        ),
        (Financial::Refunded, "REFUNDED", "refunded"),
        (Financial::Pending, "PENDING", "pending"),
        (Financial::Authorized, "AUTHORIZED", "authorized"),
        (Financial::PartiallyPaid, "PARTIALLY_PAID", "partially_paid"),
        (Financial::Voided, "VOIDED", "voided"),
        (Financial::Expired, "EXPIRED", "expired"),
    ];

    /// By GraphQL's word or the payloads' word.
    pub(crate) fn named(word: &str) -> Option<Financial> {
        let mut all = Self::ALL.iter();
        let found = all.find(|(_, graphql, rest)| *graphql == word || *rest == word);
        found.map(|(state, ..)| *state)
    }

    /// GraphQL's word and the payloads' word.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        let (_, graphql, rest) = Self::ALL[self as usize];
        (graphql, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_rate_of_an_order_goes_both_ways_and_rounds_half_up() {
        let rate = Rate {
            presentment: 800,
            shop: 1_200,
        };
        assert_eq!(rate.presented(150), 100);
        assert_eq!(rate.in_shop_currency(100), 150);
        assert_eq!(rate.presented(1), 1, "two thirds of a cent");
        assert_eq!(rate.presented(-150), -100);
        assert_eq!(Rate::default().presented(77), 77);
        let none = Rate {
            presentment: 5,
            shop: 0,
        };
        assert_eq!(none.presented(9), 9, "an order that costs nothing");
    }

    #[test]
    fn financial_states_have_both_words() {
        for (state, graphql, rest) in Financial::ALL {
            assert_eq!(state.words(), (graphql, rest));
            assert_eq!(Financial::named(graphql), Some(state));
            assert_eq!(Financial::named(rest), Some(state));
        }
        assert_eq!(Financial::named("any"), None);
    }
}
