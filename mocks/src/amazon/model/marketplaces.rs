//! Amazon's marketplaces, with what is usual in each (docs/platforms/amazon.md 2.1).

/// What Amazon says of a marketplace, whoever sells there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its id.
    pub(crate) id: &'static str,
    /// The region whose endpoint serves it.
    pub(crate) region: Region,
    /// Its currency, by ISO 4217.
    pub(crate) currency: &'static str,
    /// Its usual language.
    pub(crate) language: &'static str,
    /// Where its buyers go.
    pub(crate) domain: &'static str,
}

/// A region, which has one endpoint.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    NorthAmerica,
    Europe,
    FarEast,
}

const fn row(
    id: &'static str,
    region: Region,
    currency: &'static str,
    language: &'static str,
    domain: &'static str,
) -> Known {
    Known {
        id,
        region,
        currency,
        language,
        domain,
    }
}

const ALL: [Known; 10] = {
    use Region::{Europe, FarEast, NorthAmerica};
    [
        row(
            "ATVPDKIKX0DER",
            NorthAmerica,
            "USD",
            "en_US",
            "www.amazon.com",
        ),
        row(
            "A2EUQ1WTGCTBG2",
            NorthAmerica,
            "CAD",
            "en_CA",
            "www.amazon.ca",
        ),
        row(
            "A1AM78C64UM0Y8",
            NorthAmerica,
            "MXN",
            "es_MX",
            "www.amazon.com.mx",
        ),
        row(
            "A2Q3Y263D00KWC",
            NorthAmerica,
            "BRL",
            "pt_BR",
            "www.amazon.com.br",
        ),
        row("A1F83G8C2ARO7P", Europe, "GBP", "en_GB", "www.amazon.co.uk"),
        row("A1PA6795UKMFR9", Europe, "EUR", "de_DE", "www.amazon.de"),
        row("A13V1IB3VIYZZH", Europe, "EUR", "fr_FR", "www.amazon.fr"),
        row("APJ6JRA9NG5V4", Europe, "EUR", "it_IT", "www.amazon.it"),
        row("A1RKKUPIHCS9HS", Europe, "EUR", "es_ES", "www.amazon.es"),
        row(
            "A1VC38T7YXB528",
            FarEast,
            "JPY",
            "ja_JP",
            "www.amazon.co.jp",
        ),
    ]
};

/// The marketplace of this id.
pub(crate) fn known(id: &str) -> Option<&'static Known> {
    ALL.iter().find(|it| it.id == id)
}
