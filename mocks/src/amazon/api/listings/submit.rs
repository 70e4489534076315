//! Writes to one item: PATCH, PUT and DELETE, and the answer that comes long before anything is live
//! (docs/platforms/amazon.md 5.1 and 5.4).

use std::borrow::Cow;

use serde::Deserialize;

use super::{check_own_marketplaces, check_seller};
use crate::amazon::api::limits::ApplicationBucket;
use crate::amazon::api::reply::{Reply, UNPARSABLE};
use crate::amazon::api::{Api, Call};
use crate::amazon::model::submission::{
    AVAILABILITY, Effect, Issue, Patch, PutAttributes, REQUIREMENTS, attribute,
};
use crate::amazon::model::{ids, json};

/// Attributes that are not product data.
const NOT_PRODUCT_DATA: [&str; 2] = [AVAILABILITY, "purchasable_offer"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PatchRequest<'a> {
    #[serde(borrow)]
    product_type: Cow<'a, str>,
    #[serde(borrow)]
    patches: Vec<Patch<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutRequest<'a> {
    #[serde(borrow)]
    product_type: Cow<'a, str>,
    #[serde(borrow, default)]
    requirements: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: PutAttributes<'a>,
}

fn own_marketplace(api: &Api) -> &str {
    &api.shop.settings.profile.marketplace.id
}

/// `PATCH /listings/2021-08-01/items/{sellerId}/{sku}`.
pub(crate) fn patch(api: &mut Api, call: &Call<'_>) -> Result<Reply, Reply> {
    api.limits
        .take_application(call.now, call.operation, ApplicationBucket::Patch)?;
    let preview = check_submission(api, call, None)?;
    let request: PatchRequest<'_> =
        crate::core::json::read(call.body).map_err(|_| Reply::no_submission(UNPARSABLE))?;
    if request.patches.is_empty() || request.product_type.is_empty() {
        return Err(Reply::invalid_input(
            "productType and patches must not be empty.",
        ));
    }
    let product_data = request
        .patches
        .iter()
        .any(|patch| attribute(&patch.path).is_none_or(|name| !NOT_PRODUCT_DATA.contains(&name)));
    if product_data {
        api.limits
            .take_application(call.now, call.operation, ApplicationBucket::ProductData)?;
    }
    let mut issues = Vec::new();
    let mut effect = Effect::default();
    effect
        .patch(&request.patches, own_marketplace(api), &mut issues)
        .map_err(|wrong| Reply::no_submission(wrong.to_string()))?;
    Ok(conclude(api, call, preview, effect, issues))
}

/// `PUT /listings/2021-08-01/items/{sellerId}/{sku}`. The catalogue is fixed: a PUT replaces the quantity of a SKU
/// that exists and makes no new one.
pub(crate) fn put(api: &mut Api, call: &Call<'_>) -> Result<Reply, Reply> {
    api.limits
        .take_application(call.now, call.operation, ApplicationBucket::Put)?;
    let preview = check_submission(api, call, Some(1))?;
    api.limits
        .take_application(call.now, call.operation, ApplicationBucket::ProductData)?;
    let request: PutRequest<'_> =
        crate::core::json::read(call.body).map_err(|_| Reply::no_submission(UNPARSABLE))?;
    if request.product_type.is_empty() {
        return Err(Reply::invalid_input("productType must not be empty."));
    }
    if let Some(name) = request.requirements.as_deref()
        && !REQUIREMENTS.contains(&name)
    {
        return Err(Reply::no_submission(UNPARSABLE));
    }
    let mut issues = Vec::new();
    let mut effect = Effect::default();
    let marketplace = own_marketplace(api);
    effect.put(&request.attributes, true, marketplace, &mut issues);
    Ok(conclude(api, call, preview, effect, issues))
}

/// `DELETE /listings/2021-08-01/items/{sellerId}/{sku}`. The catalogue is fixed: the SKU stays, and cannot be bought.
pub(crate) fn delete(api: &mut Api, call: &Call<'_>) -> Result<Reply, Reply> {
    check_seller(&api.shop.settings, call)?;
    check_own_marketplaces(&api.shop.settings, call, Some(1))?;
    Ok(conclude(api, call, false, Effect::withdrawal(), Vec::new()))
}

/// Checks what both writes share, with the most marketplaces that the write takes; tells whether it is only a preview.
fn check_submission(
    api: &mut Api,
    call: &Call<'_>,
    most_marketplaces: Option<usize>,
) -> Result<bool, Reply> {
    check_seller(&api.shop.settings, call)?;
    check_own_marketplaces(&api.shop.settings, call, most_marketplaces)?;
    if let Some(unknown) = call
        .query
        .list("includedData")
        .find(|name| !matches!(*name, "identifiers" | "issues"))
    {
        return Err(Reply::invalid_input(format!(
            "Invalid includedData: {unknown}."
        )));
    }
    match call.query.get("mode") {
        None => Ok(false),
        Some("VALIDATION_PREVIEW") => {
            let bucket = ApplicationBucket::ValidationPreview;
            api.limits
                .take_application(call.now, call.operation, bucket)?;
            Ok(true)
        }
        Some(other) => Err(Reply::invalid_input(format!("Invalid mode: {other}."))),
    }
}

fn conclude(
    api: &mut Api,
    call: &Call<'_>,
    preview: bool,
    effect: Effect,
    mut issues: Vec<Issue>,
) -> Reply {
    let sku = api.shop.listed_sku(call.second, &effect, &mut issues);
    let status = match (issues.is_empty(), preview) {
        (false, _) => "INVALID",
        (true, true) => "VALID",
        (true, false) => "ACCEPTED",
    };
    if let (Some(sku), "ACCEPTED") = (sku, status) {
        api.shop.apply(call.now, call.sent_at, sku, &effect);
    }
    let mut out = Vec::with_capacity(256);
    json::raw(&mut out, r#"{"sku":"#);
    json::string(&mut out, call.second);
    json::raw(&mut out, r#","status":""#);
    json::raw(&mut out, status);
    json::raw(&mut out, r#"","submissionId":""#);
    let number = api.next_submission();
    ids::write_submission(&mut out, api.shop.settings.draws.ids, number);
    json::raw(&mut out, r#"","issues":["#);
    for (index, issue) in issues.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::raw(&mut out, r#"{"code":""#);
        json::raw(&mut out, issue.code);
        json::raw(&mut out, r#"","message":"#);
        json::string(&mut out, &issue.message);
        json::raw(&mut out, r#","severity":"ERROR","categories":["#);
        if let Some(category) = issue.category {
            json::string(&mut out, category);
        }
        out.push(b']');
        if let Some(attribute) = &issue.attribute {
            json::raw(&mut out, r#","attributeNames":["#);
            json::string(&mut out, attribute);
            out.push(b']');
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
        json::string(&mut out, &api.shop.settings.profile.marketplace.id);
        json::raw(&mut out, r#","asin":""#);
        api.shop.catalogue.write_asin(sku, &mut out);
        json::raw(&mut out, r#""}]"#);
    }
    out.push(b'}');
    Reply::ok(out)
}
