//! What apps write on objects that are not theirs: tags, notes, purchase order numbers, contacts and addresses
//! (docs/platforms/shopify.md 3.4).

use super::made::PostalAddress;
use super::state::State;

/// What can have tags.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tagged {
    /// An order, by its position.
    Order(u32),
    /// A product, by its listing.
    Product(u32),
    /// A customer, by the position of the order.
    Customer(u32),
    /// A customer that an app made, by its position.
    OwnCustomer(u32),
}

/// What apps have changed of an order that came from a checkout; what is `None` is as the buyer left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OrderChanges {
    /// The e-mail address, which the customer keeps; or none any more.
    pub(crate) email: Option<Option<String>>,
    /// The telephone number; a buyer gives none.
    pub(crate) phone: Option<String>,
    pub(crate) shipping_address: Option<PostalAddress>,
    /// Keys and values; a buyer gives none.
    pub(crate) custom_attributes: Vec<(String, String)>,
}

/// What apps have written on an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OrderNotes {
    /// The note.
    pub(crate) note: Option<String>,
    /// The number of the buyer's purchase order.
    pub(crate) po_number: Option<String>,
    /// Of an order that came from a checkout.
    pub(crate) changes: OrderChanges,
}

impl State {
    /// What apps have changed of an order that came from a checkout.
    pub(crate) fn changes_of(&self, order: u32) -> Option<&OrderChanges> {
        self.order_notes.get(&order).map(|notes| &notes.changes)
    }
}

/// The tags that texts name: each text may name several between commas.
pub(crate) fn tags_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let named = texts.into_iter().flat_map(|text| text.split(','));
    let named = named.map(str::trim).filter(|tag| !tag.is_empty());
    with_tags(&[], &named.map(str::to_owned).collect::<Vec<_>>())
}

/// Tags with others added, in the platform's order, which does not tell capitals from small letters. A tag that differs
/// from a present one in that alone is not added.
pub(crate) fn with_tags(present: &[String], added: &[String]) -> Vec<String> {
    let mut tags = present.to_vec();
    for tag in added {
        let folded = tag.to_lowercase();
        if !tags.iter().any(|known| known.to_lowercase() == folded) {
            tags.push(tag.clone());
        }
    }
    tags.sort_by_key(|tag| tag.to_lowercase());
    tags
}

/// Tags without others, which must be written alike.
pub(crate) fn without_tags(present: &[String], removed: &[String]) -> Vec<String> {
    let kept = present.iter().filter(|tag| !removed.contains(tag));
    kept.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_split_at_commas_sorted_and_kept_once() {
        let tags = tags_of(["zebra, Apple ", "apple", " ,mango"]);
        assert_eq!(tags, ["Apple", "mango", "zebra"]);
        let more = with_tags(&tags, &["MANGO".to_owned(), "kiwi".to_owned()]);
        assert_eq!(more, ["Apple", "kiwi", "mango", "zebra"]);
        let fewer = without_tags(&more, &["apple".to_owned(), "kiwi".to_owned()]);
        assert_eq!(fewer, ["Apple", "mango", "zebra"]);
    }
}
