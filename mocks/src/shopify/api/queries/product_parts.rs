//! What products and inventory items have that follows from their variants, or that apps wrote beside the catalogue
//! (docs/platforms/shopify.md 4.8).

use super::reader::{Reader, null, null_object};
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::{write_decimal, write_optional_text, write_text};
use crate::shopify::model::products::Seo;

impl Reader<'_> {
    /// Appends money of the shop's currency, which costs nothing.
    fn money(&self, field: &PlanField, cents: i64, out: &mut Vec<u8>) {
        self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Amount => write_decimal(cents, out),
                Field::CurrencyCode => write_text(&self.state.shop.currency, out),
                _ => self.unserved(part, out),
            }
            0
        });
    }

    /// Appends the least and the greatest price of a product's variants, of which there is one.
    pub(super) fn price_range(&self, field: &PlanField, cents: i64, out: &mut Vec<u8>) -> u64 {
        1 + self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::MaxVariantCompareAtPrice
                | Field::MaxVariantPrice
                | Field::MinVariantCompareAtPrice
                | Field::MinVariantPrice => self.money(part, cents, out),
                _ => self.unserved(part, out),
            }
            0
        })
    }

    /// Appends the same of what they are said to have cost before: null where none of them is said so (recorded).
    pub(super) fn compare_at_range(
        &self,
        field: &PlanField,
        cents: Option<i64>,
        out: &mut Vec<u8>,
    ) -> u64 {
        match cents {
            Some(cents) => self.price_range(field, cents, out),
            None => null_object(out),
        }
    }

    /// Appends what search engines are told of a product: null in it where nothing is (recorded).
    pub(super) fn seo(&self, field: &PlanField, seo: &Seo, out: &mut Vec<u8>) -> u64 {
        1 + self.object(field.selection(), out, |part, out| {
            match part.field {
                Field::Title => write_optional_text(seo.title.as_deref(), out),
                Field::Description => write_optional_text(seo.description.as_deref(), out),
                _ => self.unserved(part, out),
            }
            0
        })
    }

    /// Appends what one unit of a product costs to buy, or `null`.
    pub(super) fn unit_cost(&self, field: &PlanField, listing: u32, out: &mut Vec<u8>) {
        match self.state.details(listing).item.cost_cents {
            Some(cents) => self.money(field, cents, out),
            None => null(out),
        }
    }

    /// Appends what a product weighs.
    pub(super) fn measurement(&self, field: &PlanField, listing: u32, out: &mut Vec<u8>) -> u64 {
        let weight = &self.state.details(listing).item.weight;
        self.object(field.selection(), out, |part, out| {
            if part.field != Field::Weight {
                self.unserved(part, out);
                return 0;
            }
            self.object(part.selection(), out, |member, out| {
                match member.field {
                    Field::Unit => write_text(weight.unit.graphql(), out),
                    Field::Value => out.extend_from_slice(format!("{:?}", weight.value).as_bytes()),
                    _ => self.unserved(member, out),
                }
                0
            })
        })
    }
}

/// The words of a text with HTML tags, with a blank where several stand between them (assumed).
pub(super) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut is_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            _ if is_tag => {}
            letter => text.push(letter),
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A text of so many letters at most, the last three of which are dots where it is longer (assumed).
pub(super) fn truncated(text: &str, letters_max: Option<i64>) -> String {
    let letters_max = letters_max.and_then(|it| usize::try_from(it).ok());
    match letters_max.filter(|most| text.chars().count() > *most) {
        Some(most) => {
            let kept: String = text.chars().take(most.saturating_sub(3)).collect();
            kept + &"..."[..most.min(3)]
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{plain_text, truncated};

    #[test]
    fn a_text_is_cut_to_its_letters() {
        assert_eq!(truncated("a red bowl", Some(8)), "a red...");
        assert_eq!(truncated("a red bowl", Some(10)), "a red bowl");
        assert_eq!(truncated("a red bowl", None), "a red bowl");
    }

    #[test]
    fn a_text_without_tags_keeps_its_words() {
        assert_eq!(plain_text("<p>Big <b>red</b>\n bowl</p>"), "Big red bowl");
        assert_eq!(plain_text("no tags"), "no tags");
        assert_eq!(plain_text("<broken"), "");
    }
}
