//! Scalars that are more than any text: what the platform says of a value that is none of them, in a variable and in a
//! literal alike.
//!
//! The wordings are those that clients of the platform report in public: `Invalid global id` (inspireui/support 676,
//! Gomah/nuxt-shopify 466), `Invalid url '...', missing scheme` (Kyon147/laravel-shopify 408).

use crate::shopify::model::ids::Gid;

/// Why a text is no value of a scalar; `None` where it is one, or where the scalar takes any text.
pub(crate) fn refusal(scalar: &str, text: &str) -> Option<String> {
    match scalar {
        "ID" if Gid::parse(text).is_none() => Some(format!("Invalid global id '{text}'")),
        "URL" if !has_scheme(text) => Some(format!("Invalid url '{text}', missing scheme")),
        _ => None,
    }
}

/// Whether a text is a value of the scalar Decimal: a signed number, with or without an exponent (docs/platforms/shopify.md
/// 2.4).
pub(crate) fn is_decimal(text: &str) -> bool {
    let is_written_in_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    is_written_in_digits && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether a text begins with a scheme and a colon.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_gids_and_addresses_have_schemes() {
        for good in [
            "gid://shopify/Order/0",
            "gid://shopify/Job/8d0b7f22-1e41-4c5a-9f0e-6f3e6d0a1b2c",
            "gid://shopify/InventoryLevel/7?inventory_item_id=9",
        ] {
            assert_eq!(refusal("ID", good), None, "{good}");
        }
        for bad in [
            "",
            "42",
            "gid://shopify/Order",
            "gid://other/Order/1",
            "Order/1",
        ] {
            let message = format!("Invalid global id '{bad}'");
            assert_eq!(refusal("ID", bad), Some(message));
        }
        assert_eq!(refusal("URL", "https://shop.example/hook"), None);
        assert_eq!(refusal("URL", "ftp://shop.example"), None);
        let message = "Invalid url '/hook', missing scheme".to_owned();
        assert_eq!(refusal("URL", "/hook"), Some(message));
        assert_eq!(refusal("String", "anything"), None);
    }

    #[test]
    fn decimals_are_signed_numbers() {
        for good in ["0", "12.50", "-9", "+.5", "1e3"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in [
            "", "abc", "1,50", "12 EUR", " 1", "NaN", "inf", "-", "1.2.3", "1e999",
        ] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }
}
