//! What the platform refuses, and how (docs/platforms/tiktok_shop.md 2). Clients tell the faults behind the overloaded
//! 36009004 apart by keywords of the message, so these keywords are part of the interface.

use std::borrow::Cow;

use crate::core::Refusal as Unseen;
use crate::tiktok_shop::model::json::{number, raw, string};
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
            code: INVALID,
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
            401 => ApiError::fixed(TOKEN_EXPIRED, status, TOKEN_EXPIRED_MESSAGE),
            403 => SCOPE,
            429 => ApiError::fixed(THROTTLED, status, THROTTLED_MESSAGE),
            404 => PATH,
            504 => UPSTREAM_TIMEOUT,
            500..=599 => ApiError::fixed(36_009_003, status, INTERNAL_MESSAGE),
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

/// Appends a row of a batch that failed its check to `data.errors`: a wrapper that says which row, in the members that
/// `row` writes, and in `extra_errors` why, after the members that `place` writes.
pub(crate) fn write_failed_row(
    out: &mut Vec<u8>,
    reason: Reason,
    row: impl FnOnce(&mut Vec<u8>),
    place: impl FnOnce(&mut Vec<u8>),
) {
    next_entry(out);
    raw(out, "{\"code\":");
    number(out, CHECK_FAILED.0);
    raw(out, ",\"message\":");
    string(out, CHECK_FAILED.1);
    raw(out, ",\"detail\":{");
    row(out);
    raw(out, ",\"extra_errors\":[{");
    place(out);
    raw(out, "\"code\":");
    number(out, reason.0);
    raw(out, ",\"message\":");
    string(out, reason.1);
    raw(out, "}]}}");
}

/// Ends `data`, and the list of errors if there is one.
pub(crate) fn end_entries(out: &mut Vec<u8>) {
    raw(out, if out.ends_with(b"{") { "}" } else { "]}" });
}

/// Gateway codes (docs/platforms/tiktok_shop.md 2.1). Statuses other than 404, 400 for a bad app key, 401 and 429 are
/// assumed there; the texts are those of its list.
pub(crate) const PATH: ApiError = ApiError::fixed(
    36_009_009,
    404,
    "Invalid path. The specified path does not match any available endpoint.",
);
pub(crate) const METHOD: ApiError = ApiError::fixed(
    36_009_010,
    405,
    "Invalid method. The HTTP method used is not supported by this endpoint.",
);
pub(crate) const VERSION: ApiError = ApiError::fixed(
    36_009_014,
    400,
    "Invalid API version. The 'version' value is invalid or unsupported.",
);
pub(crate) const APP_KEY: ApiError = ApiError::fixed(
    INVALID,
    400,
    "Invalid credentials. Invalid 'app_key' query parameter.",
);
pub(crate) const SIGN_MISSING: ApiError = ApiError::fixed(
    INVALID,
    400,
    "Missing credentials. The request does not include a required signature in the query.",
);
pub(crate) const SIGN: ApiError = ApiError::fixed(
    106_001,
    401,
    "Invalid credentials. The 'sign' query parameter is invalid.",
);
pub(crate) const TOKEN: ApiError = ApiError::fixed(
    INVALID,
    400,
    "Invalid credentials. The 'x-tts-access-token' header is invalid.",
);
pub(crate) const SCOPE: ApiError = ApiError::fixed(
    105_005,
    401,
    "Access denied. This app has not been granted any access scope required by this endpoint. Add a required scope to \
     the app, reauthorize it, and retry with a new access token.",
);
pub(crate) const TOKEN_OTHER_SHOP: ApiError = ApiError::fixed(
    101_000,
    401,
    "Invalid query or header. The 'shop_cipher' query parameter or 'x-tts-access-token' header is invalid.",
);
pub(crate) const CIPHER_MISSING: ApiError = ApiError::fixed(
    106_013,
    400,
    "Missing identifier. The 'shop_cipher' query parameter is required to identify the target shop.",
);
pub(crate) const CIPHER_UNEXPECTED: ApiError = ApiError::fixed(
    INVALID,
    400,
    "Unexpected identifier. The 'shop_cipher' query parameter is not required for this request.",
);
pub(crate) const SHOP_ID: ApiError = ApiError::fixed(
    INVALID,
    400,
    "Invalid identifier. The 'shop_id' query parameter is invalid.",
);
pub(crate) const SHOP_INACTIVE: ApiError = ApiError::fixed(36_009_043, 401, "The shop is inactive");
pub(crate) const CONTENT_TYPE: ApiError = ApiError::fixed(
    36_009_022,
    400,
    "Invalid request format. The request body format must be 'application/json' for structured data or \
     'multipart/form-data' for binary files.",
);
pub(crate) const UPSTREAM_TIMEOUT: ApiError = ApiError::fixed(
    36_009_007,
    504,
    "Request timeout. The request to the endpoint timed out.",
);
/// The code that stands for many faults.
pub(crate) const INVALID: u32 = 36_009_004;
pub(crate) const THROTTLED: u32 = 36_009_002;
pub(crate) const THROTTLED_MESSAGE: &str =
    "Too many requests. You've made too many requests in a short period of time.";
pub(crate) const TOKEN_EXPIRED: u32 = 105_002;
pub(crate) const TOKEN_EXPIRED_MESSAGE: &str =
    "Expired credentials. The 'access_token' or 'x-tts-access-token' header has expired.";
const INTERNAL_MESSAGE: &str = "Internal error. Please try again. If the issue persists after multiple attempts, \
                                please contact platform support.";

/// Token calls fail with HTTP 200 (docs/platforms/tiktok_shop.md 1.2, 2.1).
pub(crate) const AUTH_CODE: ApiError = ApiError::business(36_004_004, "Invalid auth code.");
pub(crate) const REFRESH_EXPIRED: ApiError = ApiError::business(36_004_001, "rt has expired");
pub(crate) const NO_AUTHORIZATION: ApiError =
    ApiError::business(36_004_005, "can not find related auth record");

/// Orders and fulfillment (docs/platforms/tiktok_shop.md 2.2). The two codes of wrong states and the one of a foreign line
/// item are not in any public list and are assumed.
pub(crate) const NOT_YOURS: ApiError = ApiError::business(
    21_008_111,
    "The order or package does not belong to the current seller.",
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
/// Assumed, as what returns answer to the same mistakes: the order is the seller's own, so that it is not [`NOT_YOURS`].
pub(crate) const UNITS_NOT_CANCELLABLE: ApiError = ApiError::business(
    25_001_004,
    "The items are not the order's, or no longer to be cancelled, or not as many",
);

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
pub(crate) const MARK_SHIPPED_ELSEWHERE: ApiError = ApiError::business(
    21_011_006,
    "Orders of this market are shipped by package, not marked as shipped",
);
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
pub(crate) const PRODUCT: ApiError = ApiError::business(12_019_008, "Product id is invalid");
pub(crate) const PRODUCT_UNKNOWN: ApiError =
    ApiError::business(12_019_150, "The product ID does not exist.");
pub(crate) const TOO_MANY_PRODUCTS: ApiError = ApiError::business(
    12_019_120,
    "The number of provided product IDs exceeds the limit.",
);
pub(crate) const TOO_MANY_SKUS: ApiError =
    ApiError::business(12_019_015, "The number of SKU exceed the limit");
pub(crate) const TOO_MANY_SELLER_SKUS: ApiError = ApiError::business(
    12_019_027,
    "The maximum count of “seller_skus” in the search filter is 10.",
);
pub(crate) const TOO_MANY_SKU_IDS: ApiError =
    ApiError::business(12_019_087, "The number of SKU IDs exceeds the limit of 10");

/// A code of a row of a batch, and its text.
pub(crate) type Reason = (u32, &'static str);

/// What a row of a batch is refused with; the reason itself stands in its `extra_errors`
/// (docs/platforms/tiktok_shop.md 2.2, 5.3).
pub(crate) const CHECK_FAILED: Reason = (12_052_990, "Check failed");
/// Reasons for which one product is left out of a change of status.
pub(crate) const OTHER_SELLERS_PRODUCT: Reason =
    (12_052_048, "You can't edit other sellers' products");

/// Reasons for which one SKU of an inventory update is left out (docs/platforms/tiktok_shop.md 2.2).
pub(crate) const BAD_STOCK_COUNT: Reason = (12_019_024, "stock count is invalid");
pub(crate) const WAREHOUSES_INCOMPLETE: Reason = (
    12_019_028,
    "Multiple warehouses detected. Include all warehouse IDs and the corresponding details and try again.",
);
pub(crate) const SKU_ID_MISSING: Reason = (12_052_036, "The SKU ID is necessary");
/// Documented for edits of a product; that an update of its inventory answers so too is assumed.
pub(crate) const SKU_OF_OTHER_PRODUCT: Reason =
    (12_052_557, "The SKU ID does not belong to the product.");
pub(crate) const QUANTITY_RANGE: Reason = (
    12_052_055,
    "The SKU inventory quantity for the warehouse must be within allowed limits.",
);
pub(crate) const WAREHOUSE_UNKNOWN: Reason = (12_052_097, "The warehouse does not exist");
/// The products' internal error, as one SKU's reason: assumed, as no list says what a SKU fails with by no fault of the
/// caller.
pub(crate) const SKU_INTERNAL: Reason = (12_001_000, "product api internal error");
pub(crate) const DUPLICATE_SKU: Reason = (12_052_553, "Sku id duplicate");
pub(crate) const DUPLICATE_WAREHOUSE: Reason = (12_052_555, "The warehouse id is duplicate");
