//! What apps write on products and their variants, beyond what the shop was opened with (docs/platforms/shopify.md 4.8).

use super::items::{ItemDetails, Weight, WeightUnit};
use super::state::State;
use crate::core::{ListingSeed, Micros};

/// The most letters of a title, a vendor, a type, a handle, a tag, a SKU and a bar code (docs/platforms/shopify.md 4.8).
pub(crate) const LETTERS_MAX: usize = 255;

/// The option that every product has, and its one value.
pub(crate) const OPTION: &str = "Title";
/// See [`OPTION`].
pub(crate) const OPTION_VALUE: &str = "Default Title";

/// Whether a product is for sale.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProductStatus {
    Active,
    Archived,
    Draft,
    Unlisted,
}

impl ProductStatus {
    const ALL: [(ProductStatus, &'static str, &'static str); 4] = [
        (ProductStatus::Active, "ACTIVE", "active"),
        (ProductStatus::Archived, "ARCHIVED", "archived"),
        (ProductStatus::Draft, "DRAFT", "draft"),
        (ProductStatus::Unlisted, "UNLISTED", "unlisted"),
    ];

    /// By its GraphQL name.
    pub(crate) fn named(name: &str) -> Option<ProductStatus> {
        let found = Self::ALL.iter().find(|(_, graphql, _)| *graphql == name);
        found.map(|(status, ..)| *status)
    }

    /// Its GraphQL name.
    pub(crate) fn graphql(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name in REST and in webhook payloads.
    pub(crate) fn rest(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    /// Whether buyers can buy it; what is unlisted is only not found by searching.
    pub(crate) fn is_for_sale(self) -> bool {
        matches!(self, ProductStatus::Active | ProductStatus::Unlisted)
    }
}

/// What search engines are told of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seo {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
}

/// What a product and its variant have that the catalogue has no member for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProductDetails {
    /// The handle; the SKU that the shop was opened with, in small letters, where there is none.
    pub(crate) handle: Option<String>,
    /// The description, with HTML tags.
    pub(crate) description_html: String,
    /// The vendor; the shop where there is none.
    pub(crate) vendor: Option<String>,
    pub(crate) product_type: String,
    pub(crate) status: ProductStatus,
    /// What the variant is said to have cost before, in cents.
    pub(crate) compare_at_cents: Option<i64>,
    pub(crate) barcode: Option<String>,
    /// Whether the variant is sold on when nothing is left of it.
    pub(crate) continues_selling: bool,
    /// Whether the variant's stock is counted; that of products which the shop was opened with always is.
    pub(crate) is_tracked: bool,
    /// Whether taxes are to be charged for the variant.
    pub(crate) is_taxable: bool,
    /// Whether the variant is a thing that is shipped.
    pub(crate) requires_shipping: bool,
    /// Of the variant's inventory item.
    pub(crate) item: ItemDetails,
    /// Whether it is a gift card, whose variants are neither taxed nor shipped unless an app says so. `productCreate` with
    /// `giftCard` makes one so (recorded).
    pub(crate) is_gift_card: bool,
    /// The suffix of the template that a gift card is shown by.
    pub(crate) gift_card_template_suffix: Option<String>,
    /// The suffix of the template that the product is shown by.
    pub(crate) template_suffix: Option<String>,
    pub(crate) seo: Seo,
    /// Whether it came with the shop, where it has been on the online store since; what apps make is published nowhere.
    pub(crate) came_with_the_shop: bool,
    pub(crate) created_at: Micros,
    /// When an app last changed the product or its variant.
    pub(crate) changed_at: Micros,
}

impl ProductDetails {
    /// When it came on sale; never where it is not, since it is then shown on no channel.
    pub(crate) fn published_at(&self) -> Option<Micros> {
        (self.came_with_the_shop && self.status.is_for_sale()).then_some(self.created_at)
    }

    /// A product that an app makes, before anything is written on it.
    pub(crate) fn made(now: Micros, handle: String) -> ProductDetails {
        ProductDetails {
            handle: Some(handle),
            is_tracked: false,
            came_with_the_shop: false,
            created_at: now,
            changed_at: now,
            ..UNCHANGED.clone()
        }
    }
}

/// Of a product that no app has changed.
static UNCHANGED: ProductDetails = ProductDetails {
    handle: None,
    description_html: String::new(),
    vendor: None,
    product_type: String::new(),
    status: ProductStatus::Active,
    compare_at_cents: None,
    barcode: None,
    continues_selling: false,
    is_tracked: true,
    is_taxable: true,
    requires_shipping: true,
    item: ItemDetails {
        cost_cents: None,
        country: None,
        province: None,
        harmonized_system_code: None,
        weight: Weight {
            value: 0.0,
            unit: WeightUnit::Kilograms,
        },
    },
    is_gift_card: false,
    gift_card_template_suffix: None,
    template_suffix: None,
    seo: Seo {
        title: None,
        description: None,
    },
    came_with_the_shop: true,
    created_at: Micros::ZERO,
    changed_at: Micros::ZERO,
};

/// What is to be changed of a product and its variant; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProductChange {
    pub(crate) title: Option<String>,
    pub(crate) handle: Option<String>,
    pub(crate) description_html: Option<String>,
    pub(crate) vendor: Option<String>,
    pub(crate) product_type: Option<String>,
    pub(crate) status: Option<ProductStatus>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) sku: Option<String>,
    pub(crate) price_cents: Option<u64>,
    /// The new one, or none any more.
    pub(crate) compare_at_cents: Option<Option<i64>>,
    /// The new one, or none any more.
    pub(crate) barcode: Option<Option<String>>,
    pub(crate) continues_selling: Option<bool>,
    /// Only of what an app made.
    pub(crate) is_tracked: Option<bool>,
    pub(crate) is_taxable: Option<bool>,
    pub(crate) requires_shipping: Option<bool>,
    /// The whole of it, as it is to be.
    pub(crate) item: Option<ItemDetails>,
    /// Only of what is still to be made.
    pub(crate) is_gift_card: Option<bool>,
    /// The new one, or none any more.
    pub(crate) gift_card_template_suffix: Option<Option<String>>,
    /// The new one, or none any more.
    pub(crate) template_suffix: Option<Option<String>>,
    /// The whole of it, as it is to be.
    pub(crate) seo: Option<Seo>,
}

impl ProductChange {
    /// A change of a variant together with that of its product.
    pub(crate) fn of_product(self, product: ProductChange) -> ProductChange {
        ProductChange {
            sku: self.sku,
            price_cents: self.price_cents,
            compare_at_cents: self.compare_at_cents,
            barcode: self.barcode,
            continues_selling: self.continues_selling,
            is_tracked: self.is_tracked,
            is_taxable: self.is_taxable,
            requires_shipping: self.requires_shipping,
            item: self.item,
            ..product
        }
    }
}

/// The texts that an order's line takes over from its product and keeps when the product is changed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineTexts<'s> {
    pub(crate) sku: &'s str,
    pub(crate) title: &'s str,
    pub(crate) vendor: &'s str,
}

/// The texts of a product up to a change, for the lines that were there before it.
#[derive(Clone, Debug)]
pub(crate) struct FormerTexts {
    /// The first line that has later ones.
    before_line: u32,
    sku: String,
    title: String,
    vendor: String,
}

impl State {
    /// What apps have written on a product and its variant.
    pub(crate) fn details(&self, listing: u32) -> &ProductDetails {
        self.products.get(&listing).unwrap_or(&UNCHANGED)
    }

    /// How many units of a product there are to sell: none of what is not tracked, whatever its variant shows (recorded).
    pub(crate) fn total_inventory(&self, listing: u32) -> i64 {
        if !self.details(listing).is_tracked {
            return 0;
        }
        self.stock.shown_displayed(listing)
    }

    /// The details, to change them.
    pub(crate) fn details_mut(&mut self, listing: u32) -> &mut ProductDetails {
        let entry = self.products.entry(listing);
        entry.or_insert_with(|| UNCHANGED.clone())
    }

    /// Whether an app made a product.
    pub(crate) fn is_made(&self, listing: u32) -> bool {
        listing >= self.opened_listings
    }

    /// Whether a position is that of a product which is still to be made.
    pub(crate) fn is_new(&self, listing: u32) -> bool {
        listing as usize >= self.shop.listings.len()
    }

    /// A handle like this one that no product has: the first number behind it that makes it one, above those that it was
    /// given before.
    pub(crate) fn free_handle(&mut self, wanted: &str) -> String {
        let tried = self.handle_numbers.get(wanted).copied();
        let mut all = (tried.unwrap_or(0)..).map(|number| match number {
            0 => (number, wanted.to_owned()),
            number => {
                let behind = format!("-{number}");
                let room = LETTERS_MAX - behind.len();
                let cut: String = wanted.chars().take(room).collect();
                (number, cut + &behind)
            }
        });
        let free = all.find(|(_, handle)| self.find_handle(handle).is_none());
        let (number, handle) = free.unwrap_or_default();
        self.handle_numbers.insert(wanted.to_owned(), number + 1);
        handle
    }

    fn seed(&self, listing: u32) -> &ListingSeed {
        &self.shop.listings[listing as usize]
    }

    /// The handle of a product.
    pub(crate) fn handle_of(&self, listing: u32) -> String {
        let own = self.details(listing).handle.clone();
        own.unwrap_or_else(|| self.seed(listing).sku.to_ascii_lowercase())
    }

    /// The product of a handle.
    pub(crate) fn find_handle(&self, handle: &str) -> Option<u32> {
        let has_capitals = handle.bytes().any(|byte| byte.is_ascii_uppercase());
        self.listed()
            .find(|listing| match self.details(*listing).handle.as_deref() {
                Some(own) => own == handle,
                None => !has_capitals && self.seed(*listing).sku.eq_ignore_ascii_case(handle),
            })
    }

    /// The vendor of a product.
    pub(crate) fn vendor_of(&self, listing: u32) -> &str {
        let own = self.details(listing).vendor.as_deref();
        own.unwrap_or(&self.shop.name)
    }

    /// How many units buyers are offered: none of what is not for sale.
    pub(crate) fn on_sale(&self, listing: u32) -> i64 {
        match self.details(listing).status.is_for_sale() {
            true => self.stock.displayed[listing as usize],
            false => 0,
        }
    }

    /// The first location that stocks a product's item.
    pub(crate) fn first_stocking(&self, listing: u32) -> Option<u16> {
        let mut locations = 0..self.locations.len() as u16;
        locations.find(|at| self.stock.level(listing, *at).is_active)
    }

    /// Whether buyers can buy a product however few units are left.
    pub(crate) fn is_sold_on(&self, listing: u32) -> bool {
        let details = self.details(listing);
        details.continues_selling
            && details.status.is_for_sale()
            && (listing as usize) < self.shop.listings.len()
            && self.is_listed(listing)
            && self.first_stocking(listing).is_some()
    }

    /// What a line took over from its product when it was made; `None` where it is of none.
    pub(crate) fn texts_of_line(&self, line: u32) -> Option<LineTexts<'_>> {
        let listing = self.listing_of(line)?;
        let former = self.former_texts.get(&listing).into_iter().flatten();
        let mut former = former.skip_while(|it| it.before_line <= line);
        Some(match former.next() {
            Some(texts) => LineTexts {
                sku: &texts.sku,
                title: &texts.title,
                vendor: &texts.vendor,
            },
            None => LineTexts {
                sku: &self.seed(listing).sku,
                title: &self.seed(listing).title,
                vendor: self.vendor_of(listing),
            },
        })
    }

    /// Keeps the texts of a product for the lines that are there, before they are changed. There is at most one entry for
    /// each line that orders have.
    pub(crate) fn keep_texts(&mut self, listing: u32) {
        let before_line = self.lines.len() as u32;
        let kept = self.former_texts.get(&listing);
        let last = kept.and_then(|kept| kept.last());
        if last.map_or(0, |it| it.before_line) == before_line {
            return;
        }
        let seed = self.seed(listing);
        let texts = FormerTexts {
            before_line,
            sku: seed.sku.clone(),
            title: seed.title.clone(),
            vendor: self.vendor_of(listing).to_owned(),
        };
        self.former_texts.entry(listing).or_default().push(texts);
    }
}
