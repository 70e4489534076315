//! What a submission to a listing says: patches and attributes, their validation, and what is to become of the SKU
//! (docs/platforms/amazon.md 5.1 and 5.4).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::inventory::{LeadTime, Submission};

/// The attribute that carries quantities.
pub(crate) const AVAILABILITY: &str = "fulfillment_availability";
const MERCHANT_CHANNEL: &str = "DEFAULT";

/// Attributes that product types share. Those of single product types are many hundreds, and are not known here.
const ATTRIBUTES: [&str; 40] = [
    AVAILABILITY,
    "purchasable_offer",
    "list_price",
    "skip_offer",
    "merchant_suggested_asin",
    "merchant_shipping_group",
    "merchant_release_date",
    "condition_type",
    "condition_note",
    "max_order_quantity",
    "gift_options",
    "product_tax_code",
    "supplier_declared_dg_hz_regulation",
    "supplier_declared_has_product_identifier_exemption",
    "externally_assigned_product_identifier",
    "item_name",
    "brand",
    "manufacturer",
    "product_description",
    "bullet_point",
    "generic_keyword",
    "item_type_keyword",
    "recommended_browse_nodes",
    "model_number",
    "model_name",
    "part_number",
    "color",
    "size",
    "style",
    "material",
    "number_of_items",
    "unit_count",
    "country_of_origin",
    "item_dimensions",
    "item_weight",
    "item_package_dimensions",
    "item_package_weight",
    "main_product_image_locator",
    "parentage_level",
    "child_parent_sku_relationship",
];

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

/// The attributes of a whole item, as far as they take effect.
#[derive(Deserialize)]
pub(crate) struct PutAttributes<'a> {
    #[serde(borrow, default)]
    fulfillment_availability: Option<Vec<Availability<'a>>>,
}

/// One entry of the attribute. Entries of other attributes are read through the same type and their fields ignored.
#[derive(Deserialize)]
struct Availability<'a> {
    #[serde(borrow, default)]
    fulfillment_channel_code: Option<Cow<'a, str>>,
    #[serde(default)]
    quantity: Option<Whole>,
    #[serde(default)]
    lead_time_to_ship_max_days: Option<Whole>,
}

/// A whole number, or anything else: a wrong type is an issue of the submission, not a malformed request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Whole(Option<i64>);

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
                Ok(Whole(i64::try_from(value).ok()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Whole, E> {
                Ok(Whole(None))
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

/// What a valid submission does.
#[derive(Default)]
pub(crate) struct Effect {
    /// Which channel the SKU is to have from now on, if the submission says: the merchant's (true) or Amazon's.
    pub(crate) merchant: Option<bool>,
    /// What it does to the merchant's quantity.
    pub(crate) submission: Option<Submission>,
}

impl Effect {
    /// Takes in patches.
    ///
    /// # Errors
    /// The first patch that is none: of an operation that does not exist, with a path that leads to no whole attribute, or
    /// without the value that it needs.
    pub(crate) fn patch<'p>(
        &mut self,
        patches: &'p [Patch<'_>],
        issues: &mut Vec<Issue>,
    ) -> Result<(), NoPatch<'p>> {
        for (index, patch) in patches.iter().enumerate() {
            let name = attribute(&patch.path).ok_or(NoPatch::Path(index))?;
            if patch.value.is_none() && patch.op != "delete" {
                return Err(NoPatch::Path(index));
            }
            if !ATTRIBUTES.contains(&name) {
                issues.push(Issue::unknown(name));
                continue;
            }
            let entries = patch.value.as_deref().unwrap_or(&[]);
            match patch.op.as_ref() {
                "add" | "replace" | "merge" if name == AVAILABILITY => {
                    self.write(entries, patch.op == "merge", issues);
                }
                // An offer whose quantity is deleted cannot be bought.
                "delete" if name == AVAILABILITY => *self = Effect::withdrawal(),
                "add" | "replace" | "merge" | "delete" => {}
                _ => return Err(NoPatch::Operation(&patch.op)),
            }
        }
        Ok(())
    }

    /// Takes in the attributes of a whole item (`merging` leaves alone what is not given).
    pub(crate) fn put(
        &mut self,
        attributes: &PutAttributes<'_>,
        merging: bool,
        issues: &mut Vec<Issue>,
    ) {
        if let Some(entries) = &attributes.fulfillment_availability {
            self.write(entries, merging, issues);
        }
    }

    /// Nothing can be bought any more.
    pub(crate) fn withdrawal() -> Effect {
        Effect {
            merchant: None,
            submission: Some(Submission {
                quantity: Some(0),
                lead_time: LeadTime::Set(None),
            }),
        }
    }

    /// Takes in one writing of the attribute. `merging` leaves alone what is not given.
    fn write(&mut self, entries: &[Availability<'_>], merging: bool, issues: &mut Vec<Issue>) {
        if entries.is_empty() {
            issues.push(Issue::missing(AVAILABILITY));
        }
        for entry in entries {
            let quantity = match entry.quantity {
                None => None,
                Some(Whole(Some(units))) if (0..=i64::from(i32::MAX)).contains(&units) => {
                    Some(units)
                }
                Some(_) => {
                    issues.push(Issue::invalid(
                        "'quantity' must be a whole number of 0 or more.".to_owned(),
                    ));
                    None
                }
            };
            let lead_time = match entry.lead_time_to_ship_max_days {
                None if merging => LeadTime::Keep,
                None => LeadTime::Set(None),
                Some(Whole(Some(days @ 0..=365))) => LeadTime::Set(Some(days as u16)),
                Some(_) => {
                    issues.push(Issue::invalid(
                        "'lead_time_to_ship_max_days' must be a whole number from 0 to 365."
                            .to_owned(),
                    ));
                    LeadTime::Keep
                }
            };
            match entry.fulfillment_channel_code.as_deref() {
                Some(MERCHANT_CHANNEL) => {
                    self.merchant = Some(true);
                    let before = self.submission.and_then(|before| before.quantity);
                    self.submission = Some(Submission {
                        quantity: quantity.or(before),
                        lead_time,
                    });
                }
                Some(channel) if channel.starts_with("AMAZON_") => self.merchant = Some(false),
                Some(channel) => issues.push(Issue::invalid(format!(
                    "'{channel}' is not a valid value of 'fulfillment_channel_code'."
                ))),
                None => issues.push(Issue::missing("fulfillment_channel_code")),
            }
        }
    }
}
