//! Credentials from a file, instead of the documented ones.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::scenario::file::text_of;
use crate::scenario::model::Channel;
use crate::scenario::{Diagnostic, Problem, SourceFile};
use crate::stage::opening::Access;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct AccessFile {
    shopify: ShopifyTable,
    amazon: AmazonTable,
    tiktok_shop: TiktokShopTable,
    custom: CustomTable,
    warehouse: WarehouseTable,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ShopifyTable {
    shop: Option<Spanned<String>>,
    access_token: Option<Spanned<String>>,
    api_key: Option<Spanned<String>>,
    api_secret: Option<Spanned<String>>,
    authorization_code: Option<Spanned<String>>,
    scopes: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct AmazonTable {
    lwa_client_id: Option<Spanned<String>>,
    lwa_client_secret: Option<Spanned<String>>,
    refresh_token: Option<Spanned<String>>,
    seller_id: Option<Spanned<String>>,
    application_id: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct TiktokShopTable {
    app_key: Option<Spanned<String>>,
    app_secret: Option<Spanned<String>>,
    auth_code: Option<Spanned<String>>,
    access_token: Option<Spanned<String>>,
    refresh_token: Option<Spanned<String>>,
    shop_cipher: Option<Spanned<String>>,
    shop_id: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CustomTable {
    host: Option<Spanned<String>>,
    token: Option<Spanned<String>>,
    webhook_secret: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WarehouseTable {
    token: Option<Spanned<String>>,
}

/// Reads a file of credentials; what it leaves out keeps its documented value.
///
/// # Errors
/// When it cannot be read, or holds what is not known or nobody could sign in with; names the file and every line.
pub fn read(path: &Path) -> Result<Access, Diagnostic> {
    let shown = path.display();
    let text = text_of(path)
        .map_err(|error| Diagnostic::new(format!("{shown} cannot be read: {error}")))?;
    let file = SourceFile {
        name: shown.to_string(),
        text: Arc::from(text.as_str()),
    };
    parse(&file).map_err(|problems| {
        Diagnostic::new(format!("{shown} cannot be used"))
            .help("docs/serve.md has the tables and keys")
            .problems(problems)
    })
}

/// What a credential must be, beyond a text.
#[derive(Copy, Clone)]
enum Form {
    /// The address of a shop of Shopify's.
    ShopDomain,
    /// A host's name.
    Host,
    /// What is sent in headers, addresses and forms.
    Secret,
    /// A list, which may be empty.
    Scopes,
}

impl Form {
    /// Why a text is none, and what would be.
    fn fault(self, text: &str) -> Option<(&'static str, &'static str)> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        match self {
            Form::Secret | Form::Host | Form::ShopDomain if text.is_empty() => Some((
                "is empty",
                "leave the key out for the documented value, or give another one",
            )),
            Form::ShopDomain => {
                let is_one = text.strip_suffix(".myshopify.com").is_some_and(is_label);
                (!is_one).then_some((
                    "is no address of a shop",
                    "a name of small letters, digits and `-` before `.myshopify.com`, and nothing else",
                ))
            }
            Form::Host => {
                let is_one = text.len() <= 253 && text.split('.').all(is_label);
                (!is_one).then_some((
                    "is no host's name",
                    "small letters, digits and `-` between points; no scheme, port or path",
                ))
            }
            Form::Secret => (!text.bytes().all(|it| it.is_ascii_graphic())).then_some((
                "holds what cannot be sent in a header",
                "use letters, digits and signs of ASCII, without blanks",
            )),
            Form::Scopes => (!text.bytes().all(|it| it == b' ' || it.is_ascii_graphic()))
                .then_some((
                    "holds what is in no scope's name",
                    "names of scopes, with commas between them",
                )),
        }
    }
}

fn parse(file: &SourceFile) -> Result<Access, Vec<Problem>> {
    let tables: AccessFile = toml::from_str(&file.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Problem::at(file, span, error.message(), "here")]
    })?;
    let mut access = Access::default();
    let mut problems = Vec::new();
    let mut put = |key: &str, form: Form, place: &mut String, value: Option<Spanned<String>>| {
        let Some(value) = value else {
            return;
        };
        if let Some((fault, help)) = form.fault(value.get_ref()) {
            let message = format!("`{key}` {fault}");
            problems.push(Problem::at(file, value.span(), message, "here").help(help));
        }
        *place = value.into_inner();
    };
    let AccessFile {
        shopify,
        amazon,
        tiktok_shop,
        custom,
        warehouse,
    } = tables;
    /// What is given for a credential, under the name that the file has for it.
    macro_rules! put {
        ($form:ident $of:ident.$member:ident = $table:ident.$key:ident) => {
            put(
                stringify!($key),
                Form::$form,
                &mut access.$of.$member,
                $table.$key,
            )
        };
    }
    put!(ShopDomain shopify.shop_domain = shopify.shop);
    put!(Secret shopify.access_token = shopify.access_token);
    put!(Secret shopify.client_id = shopify.api_key);
    put!(Secret shopify.client_secret = shopify.api_secret);
    put!(Secret shopify.authorization_code = shopify.authorization_code);
    put!(Scopes shopify.scopes = shopify.scopes);
    put!(Secret amazon.client_id = amazon.lwa_client_id);
    put!(Secret amazon.client_secret = amazon.lwa_client_secret);
    put!(Secret amazon.refresh_token = amazon.refresh_token);
    put!(Secret amazon.seller_id = amazon.seller_id);
    put!(Secret amazon.application_id = amazon.application_id);
    put!(Secret tiktok_shop.app_key = tiktok_shop.app_key);
    put!(Secret tiktok_shop.app_secret = tiktok_shop.app_secret);
    put!(Secret tiktok_shop.auth_code = tiktok_shop.auth_code);
    put!(Secret tiktok_shop.access_token = tiktok_shop.access_token);
    put!(Secret tiktok_shop.refresh_token = tiktok_shop.refresh_token);
    put!(Secret tiktok_shop.shop_cipher = tiktok_shop.shop_cipher);
    if let Some(shop_id) = tiktok_shop.shop_id {
        access.tiktok_shop.shop_id = shop_id;
    }
    put!(Host custom.host = custom.host);
    put!(Secret custom.token = custom.token);
    put!(Secret custom.webhook_secret = custom.webhook_secret);
    put!(Secret warehouse.token = warehouse.token);
    match problems.is_empty() {
        true => Ok(access),
        false => Err(problems),
    }
}

/// The marketplace that an Amazon channel sells in; empty when its profile cannot be read.
pub fn marketplace_id(access: &Access, channel: &Channel) -> String {
    access
        .amazon_profile(channel)
        .map_or(String::new(), |profile| profile.marketplace.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Access, Vec<Problem>> {
        parse(&SourceFile {
            name: "keys.toml".to_string(),
            text: Arc::from(text),
        })
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let access = parsed("[amazon]\nseller_id = \"A2\"\n[warehouse]\ntoken = \"t\"").unwrap();
        assert_eq!(access.amazon.seller_id, "A2");
        assert_eq!(access.amazon.client_id, Access::default().amazon.client_id);
        assert_eq!(access.warehouse.token, "t");
        let problems = parsed("[shopify]\nsecret = \"x\"").unwrap_err();
        assert!(problems[0].message.contains("secret"), "{problems:?}");
        assert_eq!(problems[0].span, Some(10..16));
    }

    #[test]
    fn whatever_nobody_could_sign_in_with_is_told_at_once_and_where_it_stands() {
        let text = "[shopify]\nshop = \"https://tents.myshopify.com\"\naccess_token = \"\"\nscopes = \"\"\n\
                    [tiktok_shop]\napp_secret = \"two words\"\n[custom]\nhost = \"tents.example:81\"\n\
                    webhook_secret = \"geheim\u{df}\"\n[warehouse]\ntoken = \" \"";
        let problems = parsed(text).unwrap_err();
        let told: Vec<(&str, &str)> = problems
            .iter()
            .map(|it| (it.message.as_str(), &text[it.span.clone().unwrap()]))
            .collect();
        let unsendable = "holds what cannot be sent in a header";
        assert_eq!(
            told,
            [
                (
                    "`shop` is no address of a shop",
                    "\"https://tents.myshopify.com\""
                ),
                ("`access_token` is empty", "\"\""),
                (
                    format!("`app_secret` {unsendable}").as_str(),
                    "\"two words\""
                ),
                ("`host` is no host's name", "\"tents.example:81\""),
                (
                    format!("`webhook_secret` {unsendable}").as_str(),
                    "\"geheim\u{df}\""
                ),
                (format!("`token` {unsendable}").as_str(), "\" \""),
            ]
        );
    }

    #[test]
    fn shops_have_names_that_the_platform_gives() {
        for good in ["tents.myshopify.com", "9-tents.myshopify.com"] {
            assert_eq!(Form::ShopDomain.fault(good), None, "{good}");
        }
        for bad in [
            "tents",
            "tents.example",
            ".myshopify.com",
            "a.b.myshopify.com",
            "-tents.myshopify.com",
            "Tents.myshopify.com",
            "tents.myshopify.com/",
            "te nts.myshopify.com",
        ] {
            assert!(Form::ShopDomain.fault(bad).is_some(), "{bad}");
        }
    }
}
