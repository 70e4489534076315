//! Restricted data tokens (docs/platforms/amazon.md 2.2): personal data of Orders v0 is open to nobody without one, and
//! each opens only what it was issued for.

use std::borrow::Cow;

use serde::Deserialize;

use super::Call;
use super::query::decode;
use super::reply::{INVALID_BODY, Reply};
use super::tokens::{Grant, Tokens};
use crate::amazon::model::json;
use crate::amazon::shop::Settings;

/// What personal data the token of a call opens.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    /// Whether the call has a restricted data token at all.
    pub(crate) restricted: bool,
    /// `buyerInfo`.
    pub(crate) buyer: bool,
    /// `shippingAddress`.
    pub(crate) address: bool,
}

/// One resource that a restricted data token opens.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    method: String,
    /// Segments of the path, decoded; `None` stands for any.
    path: Vec<Option<String>>,
    access: Access,
}

/// Resources that a token may be asked for.
const MOST_RESOURCES: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RestrictedRequest<'a> {
    #[serde(borrow)]
    restricted_resources: Vec<RestrictedResource<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RestrictedResource<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow, default)]
    data_elements: Option<Vec<Cow<'a, str>>>,
}

/// An operation of which a token opens personal data.
struct Restricted {
    /// Its path, whose variable parts are empty. All are read by GET.
    path: &'static str,
    /// Whether personal data are only a part of what it answers, so that a token has to say which are wanted.
    needs_elements: bool,
}

const fn restricted(path: &'static str, needs_elements: bool) -> Restricted {
    Restricted {
        path,
        needs_elements,
    }
}

/// All such operations (docs/platforms/amazon.md 2.2). Those of APIs that are not served here are as much as out of the
/// application's reach.
const RESTRICTED: &[Restricted] = &[
    restricted("orders/v0/orders", true),
    restricted("orders/v0/orders/{}", true),
    restricted("orders/v0/orders/{}/address", false),
    restricted("orders/v0/orders/{}/buyerInfo", false),
    restricted("orders/v0/orders/{}/orderItems", true),
    restricted("orders/v0/orders/{}/orderItems/buyerInfo", false),
    restricted("reports/2021-06-30/documents/{}", false),
];

/// The operation at this path, if it has personal data.
fn restricted_at(method: &str, path: &str) -> Option<&'static Restricted> {
    RESTRICTED.iter().find(|operation| {
        let (mut known, mut asked) = (segments(operation.path), segments(path));
        method == "GET"
            && loop {
                match (known.next(), asked.next()) {
                    (None, None) => break true,
                    (Some("{}"), Some(part)) if !part.is_empty() => {}
                    (Some(known), Some(part)) if known == part => {}
                    _ => break false,
                }
            }
    })
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

impl Resource {
    fn read(resource: &RestrictedResource<'_>) -> Result<Resource, Reply> {
        let invalid = |what: &str, value: &str| {
            Reply::error(
                400,
                "InvalidRequest",
                "Request is missing or has invalid parameters",
                &format!("{what}: {value}."),
            )
        };
        if !matches!(resource.method.as_ref(), "GET" | "PUT" | "POST" | "DELETE") {
            return Err(invalid("method", &resource.method));
        }
        if !resource.path.starts_with('/') {
            return Err(invalid("path", &resource.path));
        }
        let operation = restricted_at(&resource.method, &resource.path).ok_or_else(|| {
            // amzn/selling-partner-api-models 1316.
            Reply::invalid_input("Application do not have access to some or all requested resource")
        })?;
        let elements = resource.data_elements.as_deref().unwrap_or_default();
        if operation.needs_elements && elements.is_empty() {
            return Err(invalid("dataElements", "required"));
        }
        let mut access = Access {
            restricted: true,
            ..Access::default()
        };
        for element in elements {
            match element.as_ref() {
                "buyerInfo" => access.buyer = true,
                "shippingAddress" => access.address = true,
                // There are no tax data here.
                "buyerTaxInformation" => {}
                unknown => return Err(invalid("dataElements", unknown)),
            }
        }
        let path = segments(&resource.path)
            .map(|part| {
                let variable = part.starts_with('{') && part.ends_with('}');
                (!variable).then(|| decode(part).into_owned())
            })
            .collect();
        Ok(Resource {
            method: resource.method.to_string(),
            path,
            access,
        })
    }

    fn opens(&self, call: &Call<'_>) -> bool {
        let asked: Vec<_> = segments(call.request.uri().path()).map(decode).collect();
        call.request.method() == self.method.as_str()
            && asked.len() == self.path.len()
            && asked
                .iter()
                .zip(&self.path)
                .all(|(asked, part)| part.as_ref().is_none_or(|part| part == asked))
    }
}

/// `POST /tokens/2021-03-01/restrictedDataToken`: up to 50 resources, each with the data elements wanted of it.
pub(crate) fn create_token(
    settings: &Settings,
    tokens: &mut Tokens,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let request: RestrictedRequest<'_> = Reply::body_of(call.body, INVALID_BODY)?;
    if request.restricted_resources.is_empty() {
        // The misspelling is Amazon's (amzn/selling-partner-api-docs 2288).
        return Err(Reply::invalid_input(
            "Empty target resource arguement found",
        ));
    }
    if request.restricted_resources.len() > MOST_RESOURCES {
        return Err(Reply::invalid_input(format!(
            "restrictedResources must hold at most {MOST_RESOURCES} resources."
        )));
    }
    let resources = request
        .restricted_resources
        .iter()
        .map(|resource| Resource::read(resource))
        .collect::<Result<Vec<_>, _>>()?;
    let lifetime = settings.profile.authorization.token_lifetime;
    let grant = Grant::Restricted(tokens.restrict(resources));
    let token = tokens.issue(call.by_client, lifetime, grant);
    let mut out = Vec::with_capacity(96);
    json::raw(&mut out, r#"{"restrictedDataToken":"#);
    json::string(&mut out, &token);
    json::raw(&mut out, r#","expiresIn":"#);
    json::number(&mut out, lifetime.whole_secs());
    out.push(b'}');
    Ok(Reply::ok(out))
}

/// What the n-th restricted data token opens of what a call asks for; `None` when it does not open the call at all.
pub(crate) fn access(tokens: &Tokens, call: &Call<'_>, number: u32) -> Option<Access> {
    let resources = tokens.restriction(number)?;
    let mut opening = resources.iter().filter(|resource| resource.opens(call));
    let mut access = opening.next()?.access;
    for more in opening {
        access.buyer |= more.access.buyer;
        access.address |= more.access.address;
    }
    Some(access)
}
