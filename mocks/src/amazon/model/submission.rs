//! What a submission to a listing says: patches and attributes, their validation, and what is to become of the SKU
//! (docs/platforms/amazon.md 5.1 and 5.4).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::core::integers::whole;

use super::inventory::{LeadTime, Submission};

/// The attribute that carries quantities.
pub(crate) const AVAILABILITY: &str = "fulfillment_availability";
const MERCHANT_CHANNEL: &str = "DEFAULT";
/// The largest quantity; assumed, as no public list tells one.
const MOST_UNITS: i64 = i32::MAX as i64;
/// Names of sets of requirements that a whole item can be held against.
pub(crate) const REQUIREMENTS: [&str; 3] =
    ["LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"];
/// Names of unknown attributes of one item that are told.
const MOST_UNKNOWN: usize = 50;

/// Parts of attributes that are taken for attributes by mistake.
const PARTS: [&str; 7] = [
    "availability",
    "quantity",
    "lead_time_to_ship_max_days",
    "restock_date",
    "price",
    "our_price",
    "marketplace_id",
];

/// Whether some product type may have an attribute of this name. Those of single product types are many hundreds and are
/// not known here; but all are in small letters with underscores between words, none is a part of another, and but for
/// the one that carries quantities none that sellers fill in speaks of fulfilment.
fn is_attribute(name: &str) -> bool {
    let is_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let is_misspelt = name.starts_with("fulfil") && name != AVAILABILITY;
    is_formed && !is_misspelt && !PARTS.contains(&name)
}

/// One patch.
#[derive(Deserialize)]
pub(crate) struct Patch<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    /// Which attribute it is about.
    #[serde(borrow)]
    pub(crate) path: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<Vec<Availability<'a>>>,
}

/// The attributes of a whole item, as far as they take effect, and the names that are none of attributes.
#[derive(Default)]
pub(crate) struct PutAttributes<'a> {
    fulfillment_availability: Option<Vec<Availability<'a>>>,
    /// Marketplaces that entries of other attributes name, with the name of the attribute.
    selected: Vec<(String, Cow<'a, str>)>,
    unknown: Vec<String>,
    count: usize,
}

/// What entries of an attribute that takes no effect here are looked at for.
#[derive(Deserialize)]
struct Selected<'a> {
    #[serde(borrow, default)]
    marketplace_id: Option<Cow<'a, str>>,
}

/// The marketplaces that entries of an attribute name.
fn selected_elsewhere<'a>(
    name: &str,
    value: &'a RawValue,
) -> impl Iterator<Item = (String, Cow<'a, str>)> {
    let entries: Vec<Selected<'a>> = crate::core::json::read_text(value.get()).unwrap_or_default();
    let ids = entries.into_iter().filter_map(|entry| entry.marketplace_id);
    ids.map(move |id| (name.to_owned(), id))
}

impl PutAttributes<'_> {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PutAttributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PutAttributes<'a>, D::Error> {
        struct Attributes;
        impl<'de> Visitor<'de> for Attributes {
            type Value = PutAttributes<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("attributes")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut members: A,
            ) -> Result<PutAttributes<'de>, A::Error> {
                let mut attributes = PutAttributes::default();
                while let Some(name) = members.next_key::<String>()? {
                    attributes.count += 1;
                    if name == AVAILABILITY {
                        attributes.fulfillment_availability = members.next_value()?;
                        continue;
                    }
                    let value: &RawValue = members.next_value()?;
                    if is_attribute(&name) {
                        attributes.selected.extend(selected_elsewhere(&name, value));
                    } else if attributes.unknown.len() < MOST_UNKNOWN {
                        attributes.unknown.push(name);
                    }
                }
                Ok(attributes)
            }
        }
        deserializer.deserialize_map(Attributes)
    }
}

/// One entry of the attribute. Entries of other attributes are read through the same type and their fields ignored.
#[derive(Deserialize)]
struct Availability<'a> {
    #[serde(borrow, default)]
    fulfillment_channel_code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    marketplace_id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "given")]
    quantity: Option<Whole>,
    #[serde(default, deserialize_with = "given")]
    lead_time_to_ship_max_days: Option<Whole>,
}

/// A whole number, or anything else: a wrong type is an issue of the submission, not a malformed request. Numbers beyond
/// its range are the nearest of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Whole(Option<i64>);

/// A member that is there. `null` is a value like another, and a wrong one: only what is left out is absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Whole>, D::Error> {
    Whole::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Whole, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Whole;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("any value")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Whole, E> {
                Ok(Whole(Some(value)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Whole, E> {
                Ok(Whole(Some(i64::try_from(value).unwrap_or(i64::MAX))))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Whole, E> {
                Ok(Whole(whole(value)))
            }
            fn visit_str<E>(self, _: &str) -> Result<Whole, E> {
                Ok(Whole(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Whole, E> {
                Ok(Whole(None))
            }
            fn visit_unit<E>(self) -> Result<Whole, E> {
                Ok(Whole(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Whole, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Whole(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Whole, A::Error> {
                while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Whole(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The attribute a patch is about; only whole top-level attributes can be patched.
pub(crate) fn attribute(path: &str) -> Option<&str> {
    path.strip_prefix("/attributes/")
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The code of an entry without a channel.
pub(crate) const NO_CHANNEL: &str = "99022";

/// What is wrong with a submission. The codes are ours where the documents give none.
pub(crate) struct Issue {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) category: Option<&'static str>,
    pub(crate) attribute: Option<Cow<'static, str>>,
}

impl Issue {
    fn missing(what: &str) -> Issue {
        Issue {
            code: "90220",
            message: format!("'{what}' is required but missing."),
            category: Some("MISSING_ATTRIBUTE"),
            attribute: Some(Cow::Borrowed(AVAILABILITY)),
        }
    }

    /// An entry that does not say of which channel it is (jlevers/selling-partner-api 493; the code is that of the same
    /// text in amzn/selling-partner-api-models 5219).
    fn no_channel() -> Issue {
        Issue {
            code: NO_CHANNEL,
            message: format!(
                "The field 'fulfillment_channel_code' for the attribute '{AVAILABILITY}' does not have enough values. The required minimum is '1' value(s)."
            ),
            ..Issue::missing("")
        }
    }

    /// A bad value of the attribute that carries quantities.
    pub(crate) fn invalid(message: String) -> Issue {
        Issue {
            code: "90244",
            message,
            category: Some("INVALID_ATTRIBUTE"),
            attribute: Some(Cow::Borrowed(AVAILABILITY)),
        }
    }

    /// An attribute that no product type has: most often a name in camel case or with a slip of the pen
    /// (jlevers/selling-partner-api 861, 675 and 514).
    fn unknown(attribute: &str) -> Issue {
        Issue {
            code: "90000900",
            message: "The attributes are invalid.".to_owned(),
            category: None,
            attribute: Some(Cow::Owned(attribute.to_owned())),
        }
    }

    /// An entry that is of another marketplace than the submission: the schema of a product type, which is one of a
    /// marketplace, has that one's id alone among the values of `marketplace_id`. Who leaves the selector out means it.
    fn of_other_marketplace(attribute: &str, id: &str) -> Issue {
        Issue {
            attribute: Some(Cow::Owned(attribute.to_owned())),
            ..Issue::invalid(format!("'{id}' is not a valid value of 'marketplace_id'."))
        }
    }

    /// An issue of no one attribute.
    pub(crate) fn other(code: &'static str, message: &str) -> Issue {
        Issue {
            code,
            message: message.to_owned(),
            category: Some("INVALID_ATTRIBUTE"),
            attribute: None,
        }
    }
}

/// Why a patch is none at all.
pub(crate) enum NoPatch<'p> {
    /// There is no such operation.
    Operation(&'p str),
    /// The n-th patch has no path to a whole attribute, or lacks the value: Amazon speaks of the path in both cases
    /// (amzn/selling-partner-api-docs 3005).
    Path(usize),
}

impl fmt::Display for NoPatch<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPatch::Operation(name) => write!(formatter, "Invalid op: {name}."),
            NoPatch::Path(index) => write!(
                formatter,
                "Invalid path provided in patch at index of {index}."
            ),
        }
    }
}

/// What becomes of the entry of the channel `DEFAULT`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum MerchantEntry {
    /// It is there, with this.
    Written(Submission),
    /// It is there no more.
    Deleted,
}

/// What a valid submission does to the entries of the attribute that carries quantities: one a channel, and each stays
/// until it is written or deleted itself.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// What becomes of the merchant's, if the submission is about it.
    pub(crate) merchant: Option<MerchantEntry>,
    /// Whether Amazon's is there from now on, if the submission is about it.
    pub(crate) amazon: Option<bool>,
    /// Which channel was written last and is not deleted again: the merchant's (true) or Amazon's.
    pub(crate) by_merchant: Option<bool>,
}

/// Checks that entries, of each of which the attribute and the marketplace are given, are of the marketplace of their
/// submission.
fn check_selected<'s>(
    selected: impl Iterator<Item = (&'s str, &'s str)>,
    marketplace: &str,
    issues: &mut Vec<Issue>,
) {
    let others = selected.filter(|(_, id)| *id != marketplace);
    issues.extend(others.map(|(name, id)| Issue::of_other_marketplace(name, id)));
}

impl Effect {
    /// Takes in patches that are about one marketplace, one after the other.
    ///
    /// # Errors
    /// The first patch that is none: of an operation that does not exist, with a path that leads to no whole attribute, or
    /// without the value that it needs.
    pub(crate) fn patch<'p>(
        &mut self,
        patches: &'p [Patch<'_>],
        marketplace: &str,
        issues: &mut Vec<Issue>,
    ) -> Result<(), NoPatch<'p>> {
        for (index, patch) in patches.iter().enumerate() {
            let name = attribute(&patch.path).ok_or(NoPatch::Path(index))?;
            if patch.value.is_none() && patch.op != "delete" {
                return Err(NoPatch::Path(index));
            }
            if !is_attribute(name) {
                issues.push(Issue::unknown(name));
                continue;
            }
            let entries = patch.value.iter().flatten();
            let ids = entries.filter_map(|entry| entry.marketplace_id.as_deref());
            check_selected(ids.map(|id| (name, id)), marketplace, issues);
            match (patch.op.as_ref(), patch.value.as_deref()) {
                ("add" | "replace" | "merge", Some(entries)) if name == AVAILABILITY => {
                    self.write(entries, patch.op == "merge", issues);
                }
                ("delete", Some(entries)) if name == AVAILABILITY && !entries.is_empty() => {
                    for entry in entries {
                        self.delete(entry, issues);
                    }
                }
                // Without a value it is the whole attribute that is deleted.
                ("delete", _) if name == AVAILABILITY => *self = Effect::withdrawal(),
                ("add" | "replace" | "merge" | "delete", _) => {}
                _ => return Err(NoPatch::Operation(&patch.op)),
            }
        }
        Ok(())
    }

    /// Takes in the attributes of a whole item in one marketplace. What it says of quantities stands alone: a channel that
    /// it does not name is deleted where `whole` says so, and stays otherwise.
    pub(crate) fn put(
        &mut self,
        attributes: &PutAttributes<'_>,
        whole: bool,
        marketplace: &str,
        issues: &mut Vec<Issue>,
    ) {
        issues.extend(attributes.unknown.iter().map(|name| Issue::unknown(name)));
        let selected = attributes.selected.iter();
        let selected = selected.map(|(name, id)| (name.as_str(), id.as_ref()));
        check_selected(selected, marketplace, issues);
        if let Some(entries) = &attributes.fulfillment_availability {
            let ids = entries.iter().filter_map(|it| it.marketplace_id.as_deref());
            check_selected(ids.map(|id| (AVAILABILITY, id)), marketplace, issues);
            self.write(entries, false, issues);
            if whole {
                self.merchant.get_or_insert(MerchantEntry::Deleted);
                self.amazon.get_or_insert(false);
            }
        }
    }

    /// Nothing can be bought any more.
    pub(crate) fn withdrawal() -> Effect {
        Effect {
            merchant: Some(MerchantEntry::Deleted),
            amazon: Some(false),
            by_merchant: None,
        }
    }

    /// Deletes the entry of the channel that `entry` names: the channel is what tells entries apart.
    fn delete(&mut self, entry: &Availability<'_>, issues: &mut Vec<Issue>) {
        let Some(by_merchant) = entry.by_merchant(issues) else {
            return;
        };
        if by_merchant {
            self.merchant = Some(MerchantEntry::Deleted);
        } else {
            self.amazon = Some(false);
        }
        if self.by_merchant == Some(by_merchant) {
            self.by_merchant = None;
        }
    }

    /// Takes in one writing of the attribute. `merging` leaves alone what is not given.
    fn write(&mut self, entries: &[Availability<'_>], merging: bool, issues: &mut Vec<Issue>) {
        if entries.is_empty() {
            issues.push(Issue::missing(AVAILABILITY));
        }
        for entry in entries {
            let quantity = entry.quantity(issues);
            let lead_time = entry.lead_time(merging, issues);
            let Some(by_merchant) = entry.by_merchant(issues) else {
                continue;
            };
            self.by_merchant = Some(by_merchant);
            if by_merchant {
                let before = match self.merchant {
                    Some(MerchantEntry::Written(before)) => before.quantity,
                    Some(MerchantEntry::Deleted) | None => None,
                };
                self.merchant = Some(MerchantEntry::Written(Submission {
                    quantity: quantity.or(before),
                    lead_time,
                }));
            } else {
                self.amazon = Some(true);
            }
        }
    }
}

impl Availability<'_> {
    fn quantity(&self, issues: &mut Vec<Issue>) -> Option<i64> {
        match self.quantity? {
            Whole(Some(units)) if (0..=MOST_UNITS).contains(&units) => Some(units),
            Whole(Some(units)) if units > MOST_UNITS => {
                issues.push(Issue::invalid(format!(
                    "'quantity' must not be greater than {MOST_UNITS}."
                )));
                None
            }
            Whole(_) => {
                issues.push(Issue::invalid(
                    "'quantity' must be a whole number of 0 or more.".to_owned(),
                ));
                None
            }
        }
    }

    fn lead_time(&self, merging: bool, issues: &mut Vec<Issue>) -> LeadTime {
        match self.lead_time_to_ship_max_days {
            None if merging => LeadTime::Keep,
            None => LeadTime::Set(None),
            Some(Whole(Some(days @ 0..=365))) => LeadTime::Set(Some(days as u16)),
            Some(_) => {
                issues.push(Issue::invalid(
                    "'lead_time_to_ship_max_days' must be a whole number from 0 to 365.".to_owned(),
                ));
                LeadTime::Keep
            }
        }
    }

    /// Whether the entry is of the merchant's channel or of Amazon's; nothing and an issue where it names neither.
    fn by_merchant(&self, issues: &mut Vec<Issue>) -> Option<bool> {
        match self.fulfillment_channel_code.as_deref() {
            Some(MERCHANT_CHANNEL) => Some(true),
            Some(channel) if channel.starts_with("AMAZON_") => Some(false),
            Some(channel) if !channel.is_empty() => {
                issues.push(Issue::invalid(format!(
                    "'{channel}' is not a valid value of 'fulfillment_channel_code'."
                )));
                None
            }
            _ => {
                issues.push(Issue::no_channel());
                None
            }
        }
    }
}
