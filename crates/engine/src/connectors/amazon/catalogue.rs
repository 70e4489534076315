//! The SKU is a listing's id, so there is nothing to learn; one small search proves that the grant covers listings
//! (docs/platforms/amazon.md 2.2: a missing role shows as a refusal of this API only).

use super::AmazonConnector;
use super::wire::accepted;
use crate::connectors::Event;
use crate::machine::{Request, Response};

impl AmazonConnector {
    pub(super) fn catalogue_request(&self) -> Request {
        let mut target = self.listings_target(None);
        target.extend_from_slice(b"&pageSize=1");
        self.get(target)
    }

    pub(super) fn catalogue_read(&self, response: &Response, events: &mut Vec<Event>) {
        if accepted(response, events) {
            let listings = u32::try_from(self.skus.len()).unwrap_or(u32::MAX);
            events.push(Event::CatalogueRead {
                listings,
                next: None,
            });
        }
    }
}
