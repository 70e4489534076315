//! The shop, products and variants as GraphQL objects. Every listing is a product with one variant.

use super::product_parts::{plain_text, truncated};
use super::reader::Reader;
use super::reader::null;
use super::sorting::{SortBy, SortValue, sorted_by};
use crate::core::Micros;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_bool, write_cents, write_int, write_texts};
use crate::shopify::json::{write_optional_text, write_text};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::ids::{self, IdSpace};
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::products::{OPTION, OPTION_VALUE};

impl Reader<'_> {
    /// Appends the shop's fields.
    pub(crate) fn shop(&self, selection: &Selection, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let settings = &state.profile.shop;
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::SHOP.write_gid(0, out),
                Field::Name => write_text(&state.shop.name, out),
                Field::Email => {
                    out.extend_from_slice(b"\"owner@");
                    out.extend_from_slice(state.domain.as_bytes());
                    out.push(b'"');
                }
                Field::MyshopifyDomain => write_text(&state.domain, out),
                Field::Url => {
                    out.extend_from_slice(b"\"https://");
                    out.extend_from_slice(state.domain.as_bytes());
                    out.push(b'"');
                }
                Field::CurrencyCode => write_text(&state.shop.currency, out),
                Field::IanaTimezone => write_text(settings.time_zone.name(), out),
                Field::TimezoneOffset => {
                    let now = self.state.shop.epoch.unix_secs(self.now);
                    let offset = settings.time_zone.offset_text(now);
                    write_text(&offset.replace(':', ""), out);
                }
                Field::CreatedAt => self.time(Micros::ZERO, out),
                Field::Metafield => return self.metafield_of(field, Owner::Shop, out),
                Field::Metafields => return self.metafields_of(field, Owner::Shop, out),
                Field::Plan => {
                    return 1 + self.object(field.selection(), out, |part, out| {
                        match part.field {
                            Field::DisplayName | Field::PublicDisplayName => {
                                write_text(&settings.plan_name, out);
                            }
                            Field::PartnerDevelopment => write_bool(false, out),
                            Field::ShopifyPlus => write_bool(settings.is_plus, out),
                            _ => self.unserved(part, out),
                        }
                        0
                    });
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// The listing that a gid of this kind names.
    pub(crate) fn listing(&self, space: IdSpace, gid: &str) -> Option<u32> {
        self.state.find_listing(space, gid)
    }

    /// Appends a root connection over listings.
    pub(crate) fn listings(
        &self,
        field: &PlanField,
        space: IdSpace,
        out: &mut Vec<u8>,
        write: impl Fn(&Selection, u32, &mut Vec<u8>) -> u64,
    ) -> u64 {
        let cursor = |listing: u32| Self::id_cursor(space, u64::from(listing));
        let sort_key = field.text_argument("sortKey", self.variables);
        if sorted_by(field.field, sort_key.as_deref()) != SortBy::Id {
            let found = self.listings_found(field, space);
            let found = found.unwrap_or_else(|| self.state.listed().collect());
            let key = sort_key.as_deref().unwrap_or("");
            let value = |listing| self.listing_sort_value(listing, key);
            return self.connection_by_value(field, (space, &found), value, write, out);
        }
        match self.listings_found(field, space) {
            Some(found) => {
                self.connection(field, found.len(), |index| found[index], cursor, write, out)
            }
            None => {
                let len = self.state.shop.listings.len();
                self.connection(field, len, |index| index as u32, cursor, write, out)
            }
        }
    }

    /// What a product or a variant is sorted by.
    fn listing_sort_value(&self, listing: u32, sort_key: &str) -> SortValue {
        let state = self.state;
        let record = &state.shop.listings[listing as usize];
        let details = state.details(listing);
        let time = |at: Micros| SortValue::Number(state.shop.epoch.unix_millis(at));
        match sort_key {
            "CREATED_AT" => time(details.created_at),
            "UPDATED_AT" => time(details.changed_at),
            "PUBLISHED_AT" => details.published_at().map_or(SortValue::Number(0), time),
            "INVENTORY_TOTAL" => SortValue::Number(state.total_inventory(listing)),
            "INVENTORY_QUANTITY" | "INVENTORY_LEVELS_AVAILABLE" => {
                SortValue::Number(state.stock.shown_displayed(listing))
            }
            "POSITION" => SortValue::Number(1),
            "PRODUCT_TYPE" => SortValue::text(Some(&details.product_type)),
            "VENDOR" => SortValue::text(Some(state.vendor_of(listing))),
            "SKU" => SortValue::text(Some(&record.sku)),
            "INVENTORY_MANAGEMENT" => SortValue::text(details.is_tracked.then_some("shopify")),
            "INVENTORY_POLICY" => SortValue::text(Some(match details.continues_selling {
                true => "continue",
                false => "deny",
            })),
            // Of variants, whose own titles are all alike, too.
            _ => SortValue::text(Some(&record.title)),
        }
    }

    /// Appends how many listings the `query` argument finds, up to `limit`.
    pub(crate) fn listings_count(
        &self,
        field: &PlanField,
        space: IdSpace,
        out: &mut Vec<u8>,
    ) -> u64 {
        let found = self.listings_found(field, space);
        let all = found.map_or(self.state.shop.listings.len(), |found| found.len());
        self.count_up_to_limit(field, all as u64, out)
    }

    /// Appends a count that stops at the `limit` argument, by default at 10,000; `null` means no limit.
    pub(super) fn count_up_to_limit(&self, field: &PlanField, all: u64, out: &mut Vec<u8>) -> u64 {
        let limit = match field.argument("limit", self.variables) {
            None => COUNT_LIMIT,
            Some(given) => given.int().map_or(u64::MAX, |limit| limit.max(0) as u64),
        };
        if all > limit {
            self.count(field, limit, "AT_LEAST", out)
        } else {
            self.count(field, all, "EXACT", out)
        }
    }

    /// Appends a product's fields.
    pub(crate) fn product(&self, selection: &Selection, listing: u32, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let record = &state.shop.listings[listing as usize];
        let details = state.details(listing);
        let id = u64::from(listing);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::PRODUCT.write_gid(id, out),
                Field::LegacyResourceId => ids::PRODUCT.write_quoted(id, out),
                Field::Title => write_text(&record.title, out),
                Field::Handle => write_text(&state.handle_of(listing), out),
                Field::DescriptionHtml | Field::BodyHtml => {
                    write_text(&details.description_html, out);
                }
                Field::Status => write_text(details.status.graphql(), out),
                Field::ProductType => write_text(&details.product_type, out),
                Field::Vendor => write_text(state.vendor_of(listing), out),
                Field::Tags => write_texts(state.tags_of(Tagged::Product(listing)), out),
                Field::TotalInventory => write_int(state.total_inventory(listing), out),
                Field::TracksInventory => write_bool(details.is_tracked, out),
                Field::IsGiftCard => write_bool(details.is_gift_card, out),
                Field::TemplateSuffix => {
                    write_optional_text(details.template_suffix.as_deref(), out)
                }
                Field::Seo => return self.seo(field, &details.seo, out),
                Field::PriceRange | Field::PriceRangeV2 => {
                    return self.price_range(field, record.price_cents as i64, out);
                }
                Field::CompareAtPriceRange => {
                    return self.compare_at_range(field, details.compare_at_cents, out);
                }
                Field::TotalVariants => write_int(1, out),
                Field::HasOutOfStockVariants => {
                    let is_out = state.stock.shown_displayed(listing) <= 0;
                    write_bool(details.is_tracked && is_out, out);
                }
                Field::Description => {
                    let text = plain_text(&details.description_html);
                    let cut = field.int_argument("truncateAt", self.variables);
                    write_text(&truncated(&text, cut), out);
                }
                Field::GiftCardTemplateSuffix => {
                    write_optional_text(details.gift_card_template_suffix.as_deref(), out);
                }
                Field::CreatedAt => self.time(details.created_at, out),
                Field::UpdatedAt => self.time(details.changed_at, out),
                Field::PublishedAt => {
                    self.time(details.published_at().unwrap_or(Micros::MAX), out);
                }
                Field::HasOnlyDefaultVariant => write_bool(true, out),
                Field::Options => {
                    return self.list(field, [listing], out, |selection, listing, out| {
                        self.product_option(selection, listing, out)
                    });
                }
                Field::VariantsCount => return self.count(field, 1, "EXACT", out),
                Field::Metafield => return self.metafield_of(field, Owner::Product(listing), out),
                Field::Metafields => {
                    return self.metafields_of(field, Owner::Product(listing), out);
                }
                Field::Variants => {
                    return self.connection_by_id(
                        field,
                        (ids::VARIANT, &[listing]),
                        |selection, listing, out| self.variant(selection, listing, out),
                        out,
                    );
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of the option that a product has.
    pub(crate) fn product_option(
        &self,
        selection: &Selection,
        listing: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::PRODUCT_OPTION.write_gid(u64::from(listing), out),
                Field::Name => write_text(OPTION, out),
                Field::OptionValues => {
                    return self.list(field, [listing], out, |selection, listing, out| {
                        self.product_option_value(selection, listing, out)
                    });
                }
                Field::Position => write_int(1, out),
                Field::Values => write_texts(&[OPTION_VALUE], out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of the value that the option of a product has.
    pub(crate) fn product_option_value(
        &self,
        selection: &Selection,
        listing: u32,
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::PRODUCT_OPTION_VALUE.write_gid(u64::from(listing), out),
                Field::Name => write_text(OPTION_VALUE, out),
                Field::HasVariants => write_bool(true, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends a variant's fields.
    pub(crate) fn variant(&self, selection: &Selection, listing: u32, out: &mut Vec<u8>) -> u64 {
        let state = self.state;
        let record = &state.shop.listings[listing as usize];
        let details = state.details(listing);
        let id = u64::from(listing);
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::VARIANT.write_gid(id, out),
                Field::LegacyResourceId => ids::VARIANT.write_quoted(id, out),
                Field::Title => write_text(OPTION_VALUE, out),
                Field::DisplayName => {
                    write_text(&format!("{} - {OPTION_VALUE}", record.title), out);
                }
                Field::Sku => write_text(&record.sku, out),
                Field::Price => {
                    out.push(b'"');
                    write_cents(record.price_cents as i64, out);
                    out.push(b'"');
                }
                Field::Metafield => return self.metafield_of(field, Owner::Variant(listing), out),
                Field::Metafields => {
                    return self.metafields_of(field, Owner::Variant(listing), out);
                }
                Field::Barcode => write_optional_text(details.barcode.as_deref(), out),
                Field::CompareAtPrice => match details.compare_at_cents {
                    Some(cents) => {
                        out.push(b'"');
                        write_cents(cents, out);
                        out.push(b'"');
                    }
                    None => null(out),
                },
                Field::InventoryQuantity | Field::SellableOnlineQuantity => {
                    write_int(state.stock.shown_displayed(listing), out);
                }
                Field::InventoryPolicy => {
                    let policy = match details.continues_selling {
                        true => "CONTINUE",
                        false => "DENY",
                    };
                    write_text(policy, out);
                }
                Field::AvailableForSale => {
                    let is_left = state.stock.shown_displayed(listing) > 0;
                    let is_sold_on = details.continues_selling || !details.is_tracked;
                    write_bool(is_left || is_sold_on, out);
                }
                Field::Taxable => write_bool(details.is_taxable, out),
                Field::Position => write_int(1, out),
                Field::CreatedAt => self.time(details.created_at, out),
                Field::UpdatedAt => self.time(details.changed_at, out),
                Field::SelectedOptions => {
                    return self.list(field, [()], out, |selection, (), out| {
                        self.object(selection, out, |part, out| {
                            match part.field {
                                Field::Name => write_text(OPTION, out),
                                Field::Value => write_text(OPTION_VALUE, out),
                                _ => self.unserved(part, out),
                            }
                            0
                        })
                    });
                }
                Field::InventoryItem => {
                    return 1 + self.inventory_item(field.selection(), listing, out);
                }
                Field::Product => return 1 + self.product(field.selection(), listing, out),
                _ => self.unserved(field, out),
            }
            0
        })
    }
}

/// What a count stops at where nothing is said.
const COUNT_LIMIT: u64 = 10_000;
