//! What the platform refuses, and how (sheet 2). Clients tell the faults behind the overloaded 36009004 apart by
//! keywords of the message, so these keywords are part of the interface.

use std::borrow::Cow;

/// A refusal: the number in the body's `code`, the HTTP status and the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) code: u32,
    pub(super) status: u16,
    pub(super) message: Cow<'static, str>,
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
    pub(super) fn invalid(what: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError {
            code: 36_009_004,
            status: 400,
            message: what.into(),
        }
    }

    /// A business refusal: HTTP 200 with a code.
    pub(super) const fn business(code: u32, message: &'static str) -> ApiError {
        ApiError::fixed(code, 200, message)
    }
}

/// Gateway codes (sheet 2.1). Statuses other than 404, 400 for a bad app key, 401 and 429 are assumed there.
pub(super) const PATH: ApiError = ApiError::fixed(36_009_009, 404, "Invalid path");
pub(super) const METHOD: ApiError = ApiError::fixed(36_009_010, 405, "Method is not supported");
pub(super) const VERSION: ApiError = ApiError::fixed(36_009_014, 400, "Invalid API version");
pub(super) const SIGN: ApiError = ApiError::fixed(106_001, 401, "The signature is wrong: sign");
pub(super) const SCOPE: ApiError = ApiError::fixed(
    105_005,
    401,
    "Access denied: the app lacks the scope of this API",
);
pub(super) const TOKEN_OTHER_SHOP: ApiError = ApiError::fixed(
    101_000,
    401,
    "The token does not match the shop of this shop_cipher",
);
pub(super) const CIPHER_MISSING: ApiError =
    ApiError::fixed(106_013, 400, "Required parameter missing: shop_cipher");
pub(super) const SHOP_INACTIVE: ApiError = ApiError::fixed(36_009_043, 401, "The shop is inactive");
pub(super) const CONTENT_TYPE: ApiError =
    ApiError::fixed(36_009_022, 400, "Content-Type must be application/json");
pub(super) const UPSTREAM_TIMEOUT: ApiError =
    ApiError::fixed(36_009_007, 504, "Upstream service timed out");
pub(super) const THROTTLED: u32 = 36_009_002;
pub(super) const THROTTLED_MESSAGE: &str = "Too many requests, please slow down";
pub(super) const TOKEN_EXPIRED: u32 = 105_002;

/// Token calls fail with HTTP 200 (sheet 1.2, 2.1).
pub(super) const AUTH_CODE: ApiError = ApiError::business(36_004_004, "The auth code is invalid");
pub(super) const REFRESH_EXPIRED: ApiError =
    ApiError::business(36_004_001, "The refresh token has expired");
pub(super) const NO_AUTHORIZATION: ApiError =
    ApiError::business(36_004_005, "No authorization was found");

/// Orders and fulfillment (sheet 2.2). The two codes of wrong states and the one of a foreign line item are not in
/// any public list and are assumed.
pub(super) const NOT_YOURS: ApiError = ApiError::business(
    21_008_111,
    "The order or package does not belong to this seller",
);
pub(super) const ON_HOLD: ApiError =
    ApiError::business(21_011_044, "The order is on hold and cannot be shipped yet");
pub(super) const NOT_SHIPPABLE: ApiError = ApiError::business(
    21_011_001,
    "The status of the order does not allow shipping",
);
pub(super) const LINE_NOT_SHIPPABLE: ApiError = ApiError::business(
    21_011_002,
    "An order line item is unknown or no longer to be shipped",
);
pub(super) const PROVIDER: ApiError =
    ApiError::business(11_007_021, "The shipping provider is not allowed");
pub(super) const NOT_CANCELLABLE: ApiError = ApiError::business(
    25_001_001,
    "The status of the order does not allow cancellation",
);
pub(super) const PARTIAL_CANCEL: ApiError = ApiError::business(
    25_001_002,
    "Only whole orders can be cancelled in this shop",
);
pub(super) const CANCELLATION_UNKNOWN: ApiError =
    ApiError::business(25_001_003, "There is no such pending cancellation");

pub(super) const SHIPPING_INFO_FIXED: ApiError = ApiError::business(
    21_011_003,
    "The shipping information can no longer be changed, or not for the whole order",
);
pub(super) const NO_LABEL: ApiError = ApiError::business(
    21_011_004,
    "The platform has made no label for this package",
);
pub(super) const COMBINED_PACKAGE: ApiError =
    ApiError::business(21_011_005, "The orders cannot be combined into one package");
pub(super) const RETURN_UNKNOWN: ApiError =
    ApiError::business(25_002_001, "There is no such return");
pub(super) const RETURN_STATE: ApiError = ApiError::business(
    25_002_002,
    "The status of the return does not allow this decision",
);
pub(super) const NOT_RETURNABLE: ApiError = ApiError::business(
    25_002_003,
    "The items have not been shipped or are being returned already",
);
pub(super) const EXTERNAL_ORDER_TAKEN: (u32, &str) =
    (21_012_001, "The external order is known with another order");

/// Products and inventory (sheet 2.2).
pub(super) const PRODUCT: ApiError = ApiError::business(12_019_008, "The product id is invalid");
pub(super) const TOO_MANY_SKUS: ApiError =
    ApiError::business(12_019_015, "Too many SKUs in one request");
pub(super) const TOO_MANY_SELLER_SKUS: ApiError =
    ApiError::business(12_019_027, "At most 10 seller_skus are allowed");
pub(super) const TOO_MANY_SKU_IDS: ApiError =
    ApiError::business(12_019_087, "At most 10 sku_ids are allowed");

/// Reasons for which one SKU of an inventory update is left out (sheet 2.2).
pub(super) const SKU_CHECK_FAILED: (u32, &str) = (12_052_990, "Check failed");
pub(super) const BAD_STOCK_COUNT: (u32, &str) = (12_019_024, "The stock count is invalid");
pub(super) const WAREHOUSES_INCOMPLETE: (u32, &str) = (
    12_019_028,
    "The shop has several warehouses; all of them must be listed",
);
pub(super) const SKU_UNKNOWN: (u32, &str) = (12_052_036, "The SKU id does not exist");
pub(super) const QUANTITY_RANGE: (u32, &str) =
    (12_052_055, "The quantity is outside the allowed range");
pub(super) const WAREHOUSE_UNKNOWN: (u32, &str) = (12_052_097, "The warehouse does not exist");
pub(super) const DUPLICATE_SKU: (u32, &str) = (12_052_553, "The SKU is listed twice");
pub(super) const DUPLICATE_WAREHOUSE: (u32, &str) = (12_052_555, "The warehouse is listed twice");
