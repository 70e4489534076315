//! Credentials from a file, instead of the documented ones.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

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
    shop: Option<String>,
    access_token: Option<String>,
    api_key: Option<String>,
    api_secret: Option<String>,
    authorization_code: Option<String>,
    scopes: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct AmazonTable {
    lwa_client_id: Option<String>,
    lwa_client_secret: Option<String>,
    refresh_token: Option<String>,
    seller_id: Option<String>,
    application_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct TiktokShopTable {
    app_key: Option<String>,
    app_secret: Option<String>,
    auth_code: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    shop_cipher: Option<String>,
    shop_id: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CustomTable {
    host: Option<String>,
    token: Option<String>,
    webhook_secret: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WarehouseTable {
    token: Option<String>,
}

/// Reads a file of credentials; what it leaves out keeps its documented value.
///
/// # Errors
/// When it cannot be read, or holds what is not known; names the file and the line.
pub fn read(path: &Path) -> Result<Access, Diagnostic> {
    let shown = path.display();
    let text = text_of(path)
        .map_err(|error| Diagnostic::new(format!("{shown} cannot be read: {error}")))?;
    parse(&text).map_err(|error| {
        let file = SourceFile {
            name: shown.to_string(),
            text: Arc::from(text.as_str()),
        };
        let span = error.span().unwrap_or(0..0);
        let problem = Problem::at(&file, span, error.message(), "here");
        Diagnostic::new(format!("{shown} cannot be used"))
            .help("docs/serve.md has the tables and keys")
            .problems(vec![problem])
    })
}

fn parse(text: &str) -> Result<Access, toml::de::Error> {
    let file: AccessFile = toml::from_str(text)?;
    let mut access = Access::default();
    let put = |place: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *place = value;
        }
    };
    let AccessFile {
        shopify,
        amazon,
        tiktok_shop,
        custom,
        warehouse,
    } = file;
    put(&mut access.shopify.shop_domain, shopify.shop);
    put(&mut access.shopify.access_token, shopify.access_token);
    put(&mut access.shopify.client_id, shopify.api_key);
    put(&mut access.shopify.client_secret, shopify.api_secret);
    put(
        &mut access.shopify.authorization_code,
        shopify.authorization_code,
    );
    put(&mut access.shopify.scopes, shopify.scopes);
    put(&mut access.amazon.client_id, amazon.lwa_client_id);
    put(&mut access.amazon.client_secret, amazon.lwa_client_secret);
    put(&mut access.amazon.refresh_token, amazon.refresh_token);
    put(&mut access.amazon.seller_id, amazon.seller_id);
    put(&mut access.amazon.application_id, amazon.application_id);
    put(&mut access.tiktok_shop.app_key, tiktok_shop.app_key);
    put(&mut access.tiktok_shop.app_secret, tiktok_shop.app_secret);
    put(&mut access.tiktok_shop.auth_code, tiktok_shop.auth_code);
    put(
        &mut access.tiktok_shop.access_token,
        tiktok_shop.access_token,
    );
    put(
        &mut access.tiktok_shop.refresh_token,
        tiktok_shop.refresh_token,
    );
    put(&mut access.tiktok_shop.shop_cipher, tiktok_shop.shop_cipher);
    if let Some(shop_id) = tiktok_shop.shop_id {
        access.tiktok_shop.shop_id = shop_id;
    }
    put(&mut access.custom.host, custom.host);
    put(&mut access.custom.token, custom.token);
    put(&mut access.custom.webhook_secret, custom.webhook_secret);
    put(&mut access.warehouse.token, warehouse.token);
    Ok(access)
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

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let access = parse("[amazon]\nseller_id = \"A2\"\n[warehouse]\ntoken = \"t\"").unwrap();
        assert_eq!(access.amazon.seller_id, "A2");
        assert_eq!(access.amazon.client_id, Access::default().amazon.client_id);
        assert_eq!(access.warehouse.token, "t");
        let error = parse("[shopify]\nsecret = \"x\"").unwrap_err().to_string();
        assert!(
            error.contains("line 2") && error.contains("secret"),
            "{error}"
        );
    }
}
