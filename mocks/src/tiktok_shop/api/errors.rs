//! What the platform refuses, and how (docs/platforms/tiktok_shop.md 2). Clients tell the faults behind the overloaded
//! 36009004 apart by keywords of the message, so these keywords are part of the interface.

use std::borrow::Cow;

use crate::core::Refusal as Unseen;
use crate::tiktok_shop::model::json::raw;
use crate::tiktok_shop::shop::access::NoToken;
use crate::tiktok_shop::shop::shipping::Refusal;

/// A refusal: the number in the body's `code`, the HTTP status and the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: u32,
    pub(crate) status: u16,
    pub(crate) message: Cow<'static, str>,
}

impl ApiError {
    const fn fixed(code: u32, status: u16, message: &'static str) -> ApiError {
        ApiError {
            code,
            status,
            message: Cow::Borrowed(message),
        }
    }

    /// 36009004: the request itself is wrong. `what` carries the keyword.
    pub(crate) fn invalid(what: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError {
            code: 36_009_004,
            status: 400,
            message: what.into(),
        }
    }

    /// A call that is refused without a look at it.
    pub(crate) fn refused(refusal: Unseen) -> ApiError {
        let Unseen::Status { status, .. } = refusal else {
            return VERSION;
        };
        let error = match status {
            401 => ApiError {
                code: TOKEN_EXPIRED,
                status,
                message: Cow::Borrowed("Expired credentials: refresh the access token"),
            },
            403 => SCOPE,
            429 => ApiError::fixed(THROTTLED, status, THROTTLED_MESSAGE),
            404 => PATH,
            504 => UPSTREAM_TIMEOUT,
            500..=599 => {
                ApiError::fixed(36_009_003, status, "Internal error, please try again later")
            }
            _ => ApiError::invalid("Invalid request"),
        };
        ApiError { status, ..error }
    }

    /// A business refusal: HTTP 200 with a code.
    pub(crate) const fn business(code: u32, message: &'static str) -> ApiError {
        ApiError::fixed(code, 200, message)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        match refusal {
            Refusal::NoSuchOrder => NOT_YOURS,
            Refusal::OnHold => ON_HOLD,
            Refusal::NotShippable => NOT_SHIPPABLE,
            Refusal::LineNotShippable => LINE_NOT_SHIPPABLE,
            Refusal::NotReturnable => NOT_RETURNABLE,
        }
    }
}

impl From<NoToken> for ApiError {
    fn from(reason: NoToken) -> ApiError {
        match reason {
            NoToken::AuthCode => AUTH_CODE,
            NoToken::NoAuthorization => NO_AUTHORIZATION,
            NoToken::RefreshExpired => REFRESH_EXPIRED,
        }
    }
}

/// Begins an entry of `data.errors`, and the list itself where `data` is still an empty object.
pub(crate) fn next_entry(out: &mut Vec<u8>) {
    raw(
        out,
        if out.ends_with(b"{") {
            "\"errors\":["
        } else {
            ","
        },
    );
}

/// Ends `data`, and the list of errors if there is one.
pub(crate) fn end_entries(out: &mut Vec<u8>) {
    raw(out, if out.ends_with(b"{") { "}" } else { "]}" });
}

/// Gateway codes (docs/platforms/tiktok_shop.md 2.1). Statuses other than 404, 400 for a bad app key, 401 and 429 are
/// assumed there.
pub(crate) const PATH: ApiError = ApiError::fixed(36_009_009, 404, "Invalid path");
pub(crate) const METHOD: ApiError = ApiError::fixed(36_009_010, 405, "Method is not supported");
pub(crate) const VERSION: ApiError = ApiError::fixed(36_009_014, 400, "Invalid API version");
pub(crate) const SIGN: ApiError = ApiError::fixed(106_001, 401, "The signature is wrong: sign");
pub(crate) const SCOPE: ApiError = ApiError::fixed(
    105_005,
    401,
    "Access denied: the app lacks the scope of this API",
);
pub(crate) const TOKEN_OTHER_SHOP: ApiError = ApiError::fixed(
    101_000,
    401,
    "The token does not match the shop of this shop_cipher",
);
pub(crate) const CIPHER_MISSING: ApiError =
    ApiError::fixed(106_013, 400, "Required parameter missing: shop_cipher");
pub(crate) const SHOP_INACTIVE: ApiError = ApiError::fixed(36_009_043, 401, "The shop is inactive");
pub(crate) const CONTENT_TYPE: ApiError =
    ApiError::fixed(36_009_022, 400, "Content-Type must be application/json");
pub(crate) const UPSTREAM_TIMEOUT: ApiError =
    ApiError::fixed(36_009_007, 504, "Upstream service timed out");
pub(crate) const THROTTLED: u32 = 36_009_002;
pub(crate) const THROTTLED_MESSAGE: &str = "Too many requests, please slow down";
pub(crate) const TOKEN_EXPIRED: u32 = 105_002;

/// Token calls fail with HTTP 200 (docs/platforms/tiktok_shop.md 1.2, 2.1).
pub(crate) const AUTH_CODE: ApiError = ApiError::business(36_004_004, "The auth code is invalid");
pub(crate) const REFRESH_EXPIRED: ApiError =
    ApiError::business(36_004_001, "The refresh token has expired");
pub(crate) const NO_AUTHORIZATION: ApiError =
    ApiError::business(36_004_005, "No authorization was found");

/// Orders and fulfillment (docs/platforms/tiktok_shop.md 2.2). The two codes of wrong states and the one of a foreign line
/// item are not in any public list and are assumed.
pub(crate) const NOT_YOURS: ApiError = ApiError::business(
    21_008_111,
    "The order or package does not belong to this seller",
);
pub(crate) const ON_HOLD: ApiError =
    ApiError::business(21_011_044, "The order is on hold and cannot be shipped yet");
pub(crate) const NOT_SHIPPABLE: ApiError = ApiError::business(
    21_011_001,
    "The status of the order does not allow shipping",
);
pub(crate) const LINE_NOT_SHIPPABLE: ApiError = ApiError::business(
    21_011_002,
    "An order line item is unknown or no longer to be shipped",
);
pub(crate) const PROVIDER: ApiError =
    ApiError::business(11_007_021, "The shipping provider is not allowed");
pub(crate) const NOT_CANCELLABLE: ApiError = ApiError::business(
    25_001_001,
    "The status of the order does not allow cancellation",
);
pub(crate) const PARTIAL_CANCEL: ApiError = ApiError::business(
    25_001_002,
    "Only whole orders can be cancelled in this shop",
);
pub(crate) const CANCELLATION_UNKNOWN: ApiError =
    ApiError::business(25_001_003, "There is no such pending cancellation");

pub(crate) const SHIPPING_INFO_FIXED: ApiError = ApiError::business(
    21_011_003,
    "The shipping information can no longer be changed, or not for the whole order",
);
pub(crate) const NO_LABEL: ApiError = ApiError::business(
    21_011_004,
    "The platform has made no label for this package",
);
pub(crate) const COMBINED_PACKAGE: ApiError =
    ApiError::business(21_011_005, "The orders cannot be combined into one package");
pub(crate) const RETURN_UNKNOWN: ApiError =
    ApiError::business(25_002_001, "There is no such return");
pub(crate) const RETURN_STATE: ApiError = ApiError::business(
    25_002_002,
    "The status of the return does not allow this decision",
);
pub(crate) const NOT_RETURNABLE: ApiError = ApiError::business(
    25_002_003,
    "The items have not been shipped or are being returned already",
);
pub(crate) const EXTERNAL_ORDER_TAKEN: (u32, &str) =
    (21_012_001, "The external order is known with another order");

/// Products and inventory (docs/platforms/tiktok_shop.md 2.2).
pub(crate) const PRODUCT: ApiError = ApiError::business(12_019_008, "The product id is invalid");
pub(crate) const TOO_MANY_SKUS: ApiError =
    ApiError::business(12_019_015, "Too many SKUs in one request");
pub(crate) const TOO_MANY_SELLER_SKUS: ApiError =
    ApiError::business(12_019_027, "At most 10 seller_skus are allowed");
pub(crate) const TOO_MANY_SKU_IDS: ApiError =
    ApiError::business(12_019_087, "At most 10 sku_ids are allowed");

/// Reasons for which one SKU of an inventory update is left out (docs/platforms/tiktok_shop.md 2.2).
pub(crate) const SKU_CHECK_FAILED: (u32, &str) = (12_052_990, "Check failed");
pub(crate) const BAD_STOCK_COUNT: (u32, &str) = (12_019_024, "The stock count is invalid");
pub(crate) const WAREHOUSES_INCOMPLETE: (u32, &str) = (
    12_019_028,
    "The shop has several warehouses; all of them must be listed",
);
pub(crate) const SKU_UNKNOWN: (u32, &str) = (12_052_036, "The SKU id does not exist");
pub(crate) const QUANTITY_RANGE: (u32, &str) =
    (12_052_055, "The quantity is outside the allowed range");
pub(crate) const WAREHOUSE_UNKNOWN: (u32, &str) = (12_052_097, "The warehouse does not exist");
/// The products' internal error, as one SKU's reason: assumed, as no list says what a SKU fails with by no fault of the
/// caller.
pub(crate) const SKU_INTERNAL: (u32, &str) = (12_001_000, "Internal error, please try again");
pub(crate) const DUPLICATE_SKU: (u32, &str) = (12_052_553, "The SKU is listed twice");
pub(crate) const DUPLICATE_WAREHOUSE: (u32, &str) = (12_052_555, "The warehouse is listed twice");
