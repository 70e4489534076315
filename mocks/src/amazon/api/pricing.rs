//! The Product Pricing API v0 (docs/platforms/amazon.md 5.8). Nobody else offers what the seller offers: all prices are his
//! listings', and the featured offer is his own, or the one that Amazon ships where that cannot be bought (`A`).

use super::Call;
use super::marketplaces::check_own_marketplace;
use super::query::Query;
use super::reply::Reply;
use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::json;
use crate::amazon::model::offers::Offers;
use crate::amazon::shop::Settings;
use crate::core::ListingIndex;

/// Items of one call.
const MOST_ITEMS: usize = 20;

const CONDITIONS: [&str; 5] = ["New", "Used", "Collectible", "Refurbished", "Club"];

/// What answers are written from.
#[derive(Copy, Clone)]
struct Prices<'a> {
    settings: &'a Settings,
    offers: Offers<'a>,
    /// Whether what is asked for can be here: all offers are of new items, for everybody.
    is_possible: bool,
}

/// An item as a call names it.
#[derive(Copy, Clone)]
enum Item<'q> {
    /// All offers of an ASIN.
    Asin(&'q str),
    /// The offer of a SKU.
    Sku(&'q str),
}

/// Reads what all calls have: the marketplace, a condition, and for whom the offers are.
///
/// # Errors
/// 400 for a marketplace in which the seller does not sell and for values that there are not, 403 for another region.
fn prices<'a>(
    settings: &'a Settings,
    offers: Offers<'a>,
    query: &Query<'_>,
    (customer, everybody, business): (&str, &str, &str),
    needs_condition: bool,
) -> Result<Prices<'a>, Reply> {
    let required =
        |name: &str| Reply::invalid_input(format!("{name} is required and was not given."));
    let marketplace = query.get("MarketplaceId");
    check_own_marketplace(
        settings,
        marketplace.ok_or_else(|| required("MarketplaceId"))?,
    )?;
    let condition = query.get("ItemCondition");
    if needs_condition && condition.is_none() {
        return Err(required("ItemCondition"));
    }
    let condition = condition.unwrap_or("New");
    let customer_type = query.get(customer).unwrap_or(everybody);
    for (name, value, is_known) in [
        ("ItemCondition", condition, CONDITIONS.contains(&condition)),
        (
            customer,
            customer_type,
            [everybody, business].contains(&customer_type),
        ),
    ] {
        if !is_known {
            return Err(Reply::invalid_input(format!("Invalid {name}: {value}.")));
        }
    }
    Ok(Prices {
        settings,
        offers,
        is_possible: condition == "New" && customer_type == everybody,
    })
}

impl Prices<'_> {
    /// The listing of an item and what can be bought of it.
    fn find(&self, item: Item<'_>) -> Option<(ListingIndex, Vec<SkuIndex>)> {
        let catalogue = self.offers.catalogue;
        let (listing, skus) = match item {
            Item::Asin(asin) => {
                let listing = self.offers.catalogue.find_asin(asin)?;
                let skus = vec![catalogue.own_sku(listing), catalogue.fba_sku(listing)];
                (listing, skus)
            }
            Item::Sku(sku) => {
                let sku = catalogue.find(sku)?;
                (catalogue.listing(sku), vec![sku])
            }
        };
        let is_offered = |sku: &SkuIndex| self.is_possible && self.offers.is_buyable(*sku);
        Some((listing, skus.into_iter().filter(is_offered).collect()))
    }

    /// Appends an amount, which is a number in this API.
    fn money(&self, out: &mut Vec<u8>, cents: u64) {
        json::raw(out, r#"{"CurrencyCode":"#);
        json::string(out, &self.settings.currency);
        json::raw(out, r#","Amount":"#);
        json::raw(out, &format!("{}.{:02}", cents / 100, cents % 100));
        out.push(b'}');
    }

    /// Appends the members of a price: nothing here costs more to be sent.
    fn price(&self, out: &mut Vec<u8>, sku: SkuIndex) {
        let cents = self.offers.catalogue.price_cents(sku);
        for (name, cents) in [
            (r#""LandedPrice":"#, cents),
            (r#","ListingPrice":"#, cents),
            (r#","Shipping":"#, 0),
        ] {
            json::raw(out, name);
            self.money(out, cents);
        }
    }

    fn channel(&self, sku: SkuIndex) -> &'static str {
        if self.offers.is_amazon_offer(sku) {
            "Amazon"
        } else {
            "Merchant"
        }
    }

    fn write_name(out: &mut Vec<u8>, item: Item<'_>, sku_name: &str) {
        let (name, value) = match item {
            Item::Asin(asin) => ("ASIN", asin),
            Item::Sku(sku) => (sku_name, sku),
        };
        json::string(out, name);
        out.push(b':');
        json::string(out, value);
    }

    /// Appends one item of a list of prices; `write` adds what the list is about.
    fn product(
        &self,
        out: &mut Vec<u8>,
        item: Item<'_>,
        write: impl FnOnce(&mut Vec<u8>, &[SkuIndex]),
    ) {
        let found = self.find(item);
        json::raw(out, r#"{"status":""#);
        let status = if found.is_some() {
            "Success"
        } else {
            "ClientError"
        };
        json::raw(out, status);
        json::raw(out, r#"","#);
        Self::write_name(out, item, "SellerSKU");
        if let Some((listing, skus)) = found {
            let marketplace = &self.settings.profile.marketplace.id;
            json::raw(
                out,
                r#","Product":{"Identifiers":{"MarketplaceASIN":{"MarketplaceId":"#,
            );
            json::string(out, marketplace);
            json::raw(out, r#","ASIN":""#);
            let own = self.offers.catalogue.own_sku(listing);
            self.offers.catalogue.write_asin(own, out);
            json::raw(out, r#""}"#);
            if let Item::Sku(sku) = item {
                json::raw(out, r#","SKUIdentifier":{"MarketplaceId":"#);
                json::string(out, marketplace);
                json::raw(out, r#","SellerId":"#);
                json::string(out, &self.settings.credentials.seller_id);
                json::raw(out, r#","SellerSKU":"#);
                json::string(out, sku);
                out.push(b'}');
            }
            out.push(b'}');
            write(out, &skus);
            out.push(b'}');
        }
        out.push(b'}');
    }

    fn own_offers(&self, out: &mut Vec<u8>, skus: &[SkuIndex]) {
        json::raw(out, r#","Offers":["#);
        let mut first = true;
        for &sku in skus {
            json::comma(out, &mut first);
            json::raw(out, r#"{"offerType":"B2C","BuyingPrice":{"#);
            self.price(out, sku);
            json::raw(out, r#"},"RegularPrice":"#);
            self.money(out, self.offers.catalogue.price_cents(sku));
            json::raw(out, r#","FulfillmentChannel":""#);
            json::raw(out, self.channel(sku));
            json::raw(
                out,
                r#"","ItemCondition":"New","ItemSubCondition":"New","SellerSKU":"#,
            );
            out.extend_from_slice(self.offers.catalogue.sku_json(sku));
            out.push(b'}');
        }
        out.push(b']');
    }

    fn competition(&self, out: &mut Vec<u8>, skus: &[SkuIndex]) {
        json::raw(out, r#","CompetitivePricing":{"CompetitivePrices":["#);
        if let Some(&featured) = skus.first() {
            json::raw(out, r#"{"CompetitivePriceId":"1","Price":{"#);
            self.price(out, featured);
            json::raw(
                out,
                r#"},"condition":"New","subcondition":"New","offerType":"B2C","belongsToRequester":true}"#,
            );
        }
        json::raw(out, r#"],"NumberOfOfferListings":["#);
        let counts = [("New", skus.len()), ("Any", skus.len())];
        let mut first = true;
        for (condition, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            json::comma(out, &mut first);
            json::raw(out, r#"{"Count":"#);
            json::number(out, count);
            json::raw(out, r#","condition":"#);
            json::string(out, condition);
            out.push(b'}');
        }
        json::raw(out, r#"]},"SalesRankings":[]"#);
    }

    /// The offers of one item.
    ///
    /// # Errors
    /// 400 for an item that there is not.
    fn offers(&self, item: Item<'_>, condition: &str) -> Result<Reply, Reply> {
        let (_, skus) = self.find(item).ok_or_else(|| {
            Reply::invalid_input(match item {
                Item::Asin(asin) => format!("Invalid ASIN: {asin}."),
                Item::Sku(sku) => format!("Invalid SellerSKU: {sku}."),
            })
        })?;
        let mut out = Vec::with_capacity(1_024);
        let marketplace = &self.settings.profile.marketplace.id;
        json::raw(&mut out, r#"{"payload":{"marketplaceId":"#);
        json::string(&mut out, marketplace);
        out.push(b',');
        Self::write_name(&mut out, item, "SKU");
        json::raw(&mut out, r#","ItemCondition":"#);
        json::string(&mut out, condition);
        json::raw(&mut out, r#","status":""#);
        let status = if skus.is_empty() {
            "NoBuyableOffers"
        } else {
            "Success"
        };
        json::raw(&mut out, status);
        json::raw(&mut out, r#"","Identifier":{"MarketplaceId":"#);
        json::string(&mut out, marketplace);
        out.push(b',');
        Self::write_name(&mut out, item, "SellerSKU");
        json::raw(&mut out, r#","ItemCondition":"#);
        json::string(&mut out, condition);
        json::raw(&mut out, r#"},"Summary":{"TotalOfferCount":"#);
        json::number(&mut out, skus.len());
        for (list, with_price) in [
            ("NumberOfOffers", false),
            ("BuyBoxEligibleOffers", false),
            ("LowestPrices", true),
        ] {
            out.push(b',');
            json::string(&mut out, list);
            json::raw(&mut out, ":[");
            let mut first = true;
            for &sku in &skus {
                json::comma(&mut out, &mut first);
                json::raw(&mut out, r#"{"condition":"new","fulfillmentChannel":""#);
                json::raw(&mut out, self.channel(sku));
                json::raw(&mut out, r#"","#);
                if with_price {
                    self.price(&mut out, sku);
                } else {
                    json::raw(&mut out, r#""OfferCount":1"#);
                }
                out.push(b'}');
            }
            out.push(b']');
        }
        json::raw(&mut out, r#","BuyBoxPrices":["#);
        if let Some(&featured) = skus.first() {
            json::raw(&mut out, r#"{"condition":"new","#);
            self.price(&mut out, featured);
            out.push(b'}');
        }
        json::raw(&mut out, r#"]},"Offers":["#);
        for (place, &sku) in skus.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            json::raw(
                &mut out,
                r#"{"MyOffer":true,"SubCondition":"new","SellerId":"#,
            );
            json::string(&mut out, &self.settings.credentials.seller_id);
            json::raw(
                &mut out,
                r#","ShippingTime":{"minimumHours":0,"maximumHours":0,"availabilityType":"NOW"},"ListingPrice":"#,
            );
            self.money(&mut out, self.offers.catalogue.price_cents(sku));
            json::raw(&mut out, r#","Shipping":"#);
            self.money(&mut out, 0);
            json::raw(&mut out, r#","IsFulfilledByAmazon":"#);
            json::boolean(&mut out, self.offers.is_amazon_offer(sku));
            json::raw(&mut out, r#","IsBuyBoxWinner":"#);
            json::boolean(&mut out, place == 0);
            json::raw(&mut out, r#","IsFeaturedMerchant":true}"#);
        }
        json::raw(&mut out, "]}}");
        Ok(Reply::ok(out))
    }
}

/// Reads the items of a list of prices.
fn items<'q>(query: &'q Query<'_>) -> Result<Vec<Item<'q>>, Reply> {
    let kind = query.get("ItemType").unwrap_or("");
    let (name, make): (&str, fn(&'q str) -> Item<'q>) = match kind {
        "Asin" => ("Asins", Item::Asin),
        "Sku" => ("Skus", Item::Sku),
        _ => {
            return Err(Reply::invalid_input(format!("Invalid ItemType: {kind}.")));
        }
    };
    let items: Vec<Item<'q>> = query.list(name).map(make).collect();
    if !(1..=MOST_ITEMS).contains(&items.len()) {
        return Err(Reply::invalid_input(format!(
            "{name} must hold 1 to {MOST_ITEMS} values."
        )));
    }
    Ok(items)
}

/// What the two lists of prices share: `write` adds what the list is about.
fn list<'a>(
    settings: &'a Settings,
    offers: Offers<'a>,
    call: &Call<'_>,
    customer: (&str, &str, &str),
    write: impl Fn(&Prices<'a>, &mut Vec<u8>, &[SkuIndex]),
) -> Result<Reply, Reply> {
    let prices = prices(settings, offers, call.query, customer, false)?;
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"payload":["#);
    let mut first = true;
    for item in items(call.query)? {
        json::comma(&mut out, &mut first);
        prices.product(&mut out, item, |out, skus| write(&prices, out, skus));
    }
    json::raw(&mut out, "]}");
    Ok(Reply::ok(out))
}

/// `GET /products/pricing/v0/price`.
pub(crate) fn get_pricing(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let customer = ("OfferType", "B2C", "B2B");
    list(settings, offers, call, customer, Prices::own_offers)
}

/// `GET /products/pricing/v0/competitivePrice`.
pub(crate) fn get_competitive(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let customer = ("CustomerType", "Consumer", "Business");
    list(settings, offers, call, customer, Prices::competition)
}

/// `GET /products/pricing/v0/items/{Asin}/offers` and `GET /products/pricing/v0/listings/{SellerSKU}/offers`.
pub(crate) fn get_offers(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
    by_asin: bool,
) -> Result<Reply, Reply> {
    let customer = ("CustomerType", "Consumer", "Business");
    let prices = prices(settings, offers, call.query, customer, true)?;
    let item = if by_asin {
        Item::Asin(call.first)
    } else {
        Item::Sku(call.first)
    };
    prices.offers(item, call.query.get("ItemCondition").unwrap_or("New"))
}
