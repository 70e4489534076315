//! Signatures of requests (docs/platforms/tiktok_shop.md 1.4) and of deliveries (docs/platforms/tiktok_shop.md 6.2), both
//! HMAC-SHA256 in lowercase hexadecimal.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::query::Query;

/// Signs and verifies with one app's key and secret. The keyed state is made once.
#[derive(Clone)]
pub struct Signer {
    app_key: Box<[u8]>,
    app_secret: Box<[u8]>,
    keyed: Hmac<Sha256>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8]) -> [u8; 64] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    out
}

impl Signer {
    /// A signer for one app.
    pub fn new(app_key: &str, app_secret: &str) -> Signer {
        Signer {
            app_key: app_key.as_bytes().into(),
            app_secret: app_secret.as_bytes().into(),
            keyed: Hmac::new_from_slice(app_secret.as_bytes())
                .expect("HMAC takes keys of any length"),
        }
    }

    /// The `sign` parameter of a request. `query` is the text after `?`, with or without `sign`; `body` is empty for
    /// multipart uploads, whose body is outside the signature.
    pub fn request(&self, path: &str, query: &str, body: &[u8]) -> String {
        let digest = self.request_hex(path, &Query::parse(query), body);
        String::from_utf8_lossy(&digest).into_owned()
    }

    pub(crate) fn request_hex(&self, path: &str, query: &Query<'_>, body: &[u8]) -> [u8; 64] {
        let mut mac = self.keyed.clone();
        mac.update(&self.app_secret);
        mac.update(path.as_bytes());
        for (key, value) in query.pairs() {
            if key != "sign" && key != "access_token" {
                mac.update(key.as_bytes());
                mac.update(value.as_bytes());
            }
        }
        mac.update(body);
        mac.update(&self.app_secret);
        hex(&mac.finalize().into_bytes())
    }

    /// The `Authorization` header of a delivery with this body.
    pub fn delivery(&self, body: &[u8]) -> [u8; 64] {
        let mut mac = self.keyed.clone();
        mac.update(&self.app_key);
        mac.update(body);
        hex(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: &str = "app_key=6demo0key&timestamp=1767225600&shop_cipher=ROW_demoCipher01";

    fn ours() -> Signer {
        Signer::new("6demo0key", "0123456789abcdef")
    }

    #[test]
    fn official_request_vector() {
        let signer = Signer::new("29a39d", "e59af819cc");
        assert_eq!(
            signer.request(
                "/authorization/202309/shops",
                "app_key=29a39d&timestamp=1623812664&sign=whatever&access_token=outside",
                b""
            ),
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
        );
    }

    #[test]
    fn search_with_an_encoded_page_token_and_a_body() {
        let query = format!(
            "{COMMON}&page_size=20&page_token=aGk%2B%2Fw%3D%3D&sort_field=update_time&sort_order=ASC"
        );
        assert_eq!(
            ours().request(
                "/order/202309/orders/search",
                &query,
                br#"{"update_time_ge":1767222000,"update_time_lt":1767225600}"#
            ),
            "d3178af6594a9910b09478665db22fd7f0f23e2ff06d6205b2615813e3dfea22"
        );
    }

    #[test]
    fn inventory_update() {
        assert_eq!(
            ours().request(
                "/product/202309/products/1729000000000000000/inventory/update",
                COMMON,
                br#"{"skus":[{"id":"1729000000000000001","inventory":[{"warehouse_id":"7000000000000000001","quantity":5}]}]}"#
            ),
            "121ada9dab4e322a254e25242091fc9d73252d361bd75bffede54921efe68ce7"
        );
    }

    #[test]
    fn ids_joined_and_repeated() {
        let path = "/order/202507/orders";
        assert_eq!(
            ours().request(
                path,
                &format!("{COMMON}&ids=576460000000000001%2C576460000000000002"),
                b""
            ),
            "ecfbc9b23b1f1e9860de61d125a4d1085fc86417e156dee151d6472e11915dee"
        );
        assert_eq!(
            ours().request(
                path,
                &format!("{COMMON}&ids=576460000000000001&ids=576460000000000002"),
                b""
            ),
            "ef19f1ae5fc3508b3950564eb051d248a41e73461fdbac899850fef6d835d1cc"
        );
    }

    #[test]
    fn multipart_body_is_outside() {
        assert_eq!(
            ours().request(
                "/product/202309/images/upload",
                "app_key=6demo0key&timestamp=1767225600",
                b""
            ),
            "943aa98a53442b02033cffba07b8ed3d99c62088241113e1b71758063e231b16"
        );
    }

    #[test]
    fn delivery_vectors() {
        let official = Signer::new("abcdef", "123").delivery(
            br#"{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}"#,
        );
        assert_eq!(
            &official,
            b"5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"
        );
        let own = ours().delivery(
            br#"{"type":1,"tts_notification_id":"7400000000000000001","shop_id":"7490000000000000001","timestamp":1767225600,"data":{"order_id":"576460000000000001","order_status":"AWAITING_SHIPMENT","is_on_hold_order":false,"update_time":1767225599}}"#,
        );
        assert_eq!(
            &own,
            b"c8f9051709c90044147b51cdbb9787f802da69d0c2f6aaef3a6e1ba2bd749a63"
        );
    }
}
