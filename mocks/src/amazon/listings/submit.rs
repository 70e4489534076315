//! Listing writes: PATCH and PUT, their validation, and the answer that comes long before anything is live (sheet
//! sections 5.1 and 5.4).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::core::Micros;

use super::super::catalogue::SkuIndex;
use super::super::errors::Reply;
use super::super::ids;
use super::super::inventory::{LeadTime, Submission};
use super::super::json;
use super::super::limits::ApplicationBucket;
use super::super::machine::{Amazon, Call};

/// The attribute that carries quantities.
const AVAILABILITY: &str = "fulfillment_availability";
/// Attributes that are not product data.
const NOT_PRODUCT_DATA: [&str; 2] = [AVAILABILITY, "purchasable_offer"];
/// The merchant's own channel.
const MERCHANT_CHANNEL: &str = "DEFAULT";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PatchRequest<'a> {
    #[serde(borrow)]
    product_type: Cow<'a, str>,
    #[serde(borrow)]
    patches: Vec<Patch<'a>>,
}

/// One patch.
#[derive(Deserialize)]
pub(in crate::amazon) struct Patch<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<Vec<Availability<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutRequest<'a> {
    #[serde(borrow)]
    product_type: Cow<'a, str>,
    #[serde(borrow)]
    attributes: PutAttributes<'a>,
}

/// The attributes of a whole item, as far as they take effect.
#[derive(Deserialize)]
pub(in crate::amazon) struct PutAttributes<'a> {
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
fn attribute(path: &str) -> Option<&str> {
    path.strip_prefix("/attributes/")
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// What is wrong with a submission. The codes are ours where the documents give none.
pub(in crate::amazon) struct Issue {
    pub(in crate::amazon) code: &'static str,
    pub(in crate::amazon) message: String,
    category: &'static str,
    pub(in crate::amazon) attribute: Option<&'static str>,
}

impl Issue {
    fn missing(what: &str) -> Issue {
        Issue {
            code: "90220",
            message: format!("'{what}' is required but missing."),
            category: "MISSING_ATTRIBUTE",
            attribute: Some(AVAILABILITY),
        }
    }

    fn invalid(message: String) -> Issue {
        Issue {
            code: "90244",
            message,
            category: "INVALID_ATTRIBUTE",
            attribute: Some(AVAILABILITY),
        }
    }

    /// An issue of no one attribute.
    pub(in crate::amazon) fn other(code: &'static str, message: &str) -> Issue {
        Issue {
            code,
            message: message.to_owned(),
            category: "INVALID_ATTRIBUTE",
            attribute: None,
        }
    }
}

/// What a valid submission does.
#[derive(Default)]
pub(in crate::amazon) struct Effect {
    /// Which channel the SKU is to have from now on, if the submission says: the merchant's (true) or Amazon's.
    merchant: Option<bool>,
    submission: Option<Submission>,
}

impl Effect {
    /// Takes in patches.
    ///
    /// # Errors
    /// The first operation that does not exist.
    pub(in crate::amazon) fn patch<'p>(
        &mut self,
        patches: &'p [Patch<'_>],
        issues: &mut Vec<Issue>,
    ) -> Result<(), &'p str> {
        for patch in patches {
            let Some(name) = attribute(&patch.path) else {
                issues.push(Issue::other(
                    "4000001",
                    "Only whole attributes can be patched: /attributes/{name}.",
                ));
                continue;
            };
            let entries = patch.value.as_deref().unwrap_or(&[]);
            match patch.op.as_ref() {
                "add" | "replace" | "merge" if name == AVAILABILITY => {
                    self.write(entries, patch.op == "merge", issues);
                }
                // An offer whose quantity is deleted cannot be bought.
                "delete" if name == AVAILABILITY => *self = Effect::withdrawal(),
                "add" | "replace" | "merge" | "delete" => {}
                _ => return Err(&patch.op),
            }
        }
        Ok(())
    }

    /// Takes in the attributes of a whole item (`merging` leaves alone what is not given).
    pub(in crate::amazon) fn put(
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
    pub(in crate::amazon) fn withdrawal() -> Effect {
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

impl Amazon {
    /// `PATCH /listings/2021-08-01/items/{sellerId}/{sku}`.
    pub(in crate::amazon) fn patch_listings_item(
        &mut self,
        call: &Call<'_>,
    ) -> Result<Reply, Reply> {
        self.limits
            .take_application(call.now, call.operation, ApplicationBucket::Patch)?;
        let preview = self.check_submission(call)?;
        let request: PatchRequest<'_> = crate::core::json::read(call.body)
            .map_err(|error| Reply::invalid_input(format!("Invalid request body: {error}.")))?;
        if request.patches.is_empty() || request.product_type.is_empty() {
            return Err(Reply::invalid_input(
                "productType and patches must not be empty.",
            ));
        }
        let product_data = request.patches.iter().any(|patch| {
            attribute(&patch.path).is_none_or(|name| !NOT_PRODUCT_DATA.contains(&name))
        });
        if product_data {
            self.limits.take_application(
                call.now,
                call.operation,
                ApplicationBucket::ProductData,
            )?;
        }
        let mut issues = Vec::new();
        let mut effect = Effect::default();
        effect
            .patch(&request.patches, &mut issues)
            .map_err(|op| Reply::invalid_input(format!("Invalid op: {op}.")))?;
        Ok(self.conclude(call, preview, effect, issues))
    }

    /// `PUT /listings/2021-08-01/items/{sellerId}/{sku}`. The catalogue is fixed: a PUT replaces the quantity of a SKU
    /// that exists and makes no new one.
    pub(in crate::amazon) fn put_listings_item(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        self.limits
            .take_application(call.now, call.operation, ApplicationBucket::Put)?;
        let preview = self.check_submission(call)?;
        self.limits
            .take_application(call.now, call.operation, ApplicationBucket::ProductData)?;
        let request: PutRequest<'_> = crate::core::json::read(call.body)
            .map_err(|error| Reply::invalid_input(format!("Invalid request body: {error}.")))?;
        if request.product_type.is_empty() {
            return Err(Reply::invalid_input("productType must not be empty."));
        }
        let mut issues = Vec::new();
        let mut effect = Effect::default();
        effect.put(&request.attributes, false, &mut issues);
        Ok(self.conclude(call, preview, effect, issues))
    }

    /// `DELETE /listings/2021-08-01/items/{sellerId}/{sku}`. The catalogue is fixed: the SKU stays, and cannot be bought.
    pub(in crate::amazon) fn delete_listings_item(
        &mut self,
        call: &Call<'_>,
    ) -> Result<Reply, Reply> {
        self.check_seller(call)?;
        self.covers_marketplace(call.query.list("marketplaceIds"), true)?;
        Ok(self.conclude(call, false, Effect::withdrawal(), Vec::new()))
    }

    /// Checks what both writes share; tells whether it is only a preview.
    fn check_submission(&mut self, call: &Call<'_>) -> Result<bool, Reply> {
        self.check_seller(call)?;
        self.covers_marketplace(call.query.list("marketplaceIds"), true)?;
        match call.query.get("mode") {
            None => Ok(false),
            Some("VALIDATION_PREVIEW") => {
                let bucket = ApplicationBucket::ValidationPreview;
                self.limits
                    .take_application(call.now, call.operation, bucket)?;
                Ok(true)
            }
            Some(other) => Err(Reply::invalid_input(format!("Invalid mode: {other}."))),
        }
    }

    fn conclude(
        &mut self,
        call: &Call<'_>,
        preview: bool,
        effect: Effect,
        mut issues: Vec<Issue>,
    ) -> Reply {
        let sku = self.listed_sku(call.second, &effect, &mut issues);
        let status = match (issues.is_empty(), preview) {
            (false, _) => "INVALID",
            (true, true) => "VALID",
            (true, false) => "ACCEPTED",
        };
        if let Some(sku) = sku
            && status == "ACCEPTED"
        {
            self.apply(call.now, call.sent_at, sku, &effect);
        }
        let mut out = Vec::with_capacity(256);
        json::raw(&mut out, r#"{"sku":"#);
        json::string(&mut out, call.second);
        json::raw(&mut out, r#","status":""#);
        json::raw(&mut out, status);
        json::raw(&mut out, r#"","submissionId":""#);
        let number = self.next_submission();
        ids::write_submission(&mut out, self.draws.ids, number);
        json::raw(&mut out, r#"","issues":["#);
        for (index, issue) in issues.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            json::raw(&mut out, r#"{"code":""#);
            json::raw(&mut out, issue.code);
            json::raw(&mut out, r#"","message":"#);
            json::string(&mut out, &issue.message);
            json::raw(&mut out, r#","severity":"ERROR","categories":[""#);
            json::raw(&mut out, issue.category);
            json::raw(&mut out, r#""]"#);
            if let Some(attribute) = issue.attribute {
                json::raw(&mut out, r#","attributeNames":[""#);
                json::raw(&mut out, attribute);
                json::raw(&mut out, r#""]"#);
            }
            out.push(b'}');
        }
        out.push(b']');
        if let Some(sku) = sku
            && call
                .query
                .list("includedData")
                .any(|name| name == "identifiers")
        {
            json::raw(&mut out, r#","identifiers":[{"marketplaceId":"#);
            json::string(&mut out, &self.profile.marketplace.id);
            json::raw(&mut out, r#","asin":""#);
            self.catalogue.write_asin(sku, &mut out);
            json::raw(&mut out, r#""}]"#);
        }
        out.push(b'}');
        Reply::ok(out)
    }

    /// The SKU a submission is about; adds an issue when there is none, or when it cannot be what it is to become.
    pub(in crate::amazon) fn listed_sku(
        &self,
        name: &str,
        effect: &Effect,
        issues: &mut Vec<Issue>,
    ) -> Option<SkuIndex> {
        let sku = self.catalogue.find(name);
        match sku {
            None => issues.push(Issue::other("4000003", "The SKU does not exist.")),
            Some(sku) if effect.merchant == Some(false) && !self.catalogue.is_fba(sku) => {
                issues.push(Issue::invalid(
                    "The SKU is not set up to be fulfilled by Amazon.".to_owned(),
                ));
            }
            Some(_) => {}
        }
        sku
    }

    /// Lets a submission take effect: through PATCH, PUT and DELETE, and through feeds.
    pub(in crate::amazon) fn apply(
        &mut self,
        now: Micros,
        sent_at: Micros,
        sku: SkuIndex,
        effect: &Effect,
    ) {
        match effect.merchant {
            Some(true) => self.set_stranded(now, sku, true),
            Some(false) => {
                self.set_stranded(now, sku, false);
                let nothing = Submission {
                    quantity: Some(0),
                    lead_time: LeadTime::Set(None),
                };
                self.submit(now, sent_at, sku, nothing);
                return;
            }
            None => {}
        }
        if let Some(submission) = effect.submission {
            self.submit(now, sent_at, sku, submission);
        }
    }
}
