//! Countries of buyers: two-letter codes, and the names that order logs use for them.
//!
//! The codes are a table of our own, because the crates that list them fit worse: `iso3166-static` also takes codes that
//! stand for no country, such as `ZZ`, `country-code` takes any two letters, `celes` adds six crates and five seconds of
//! building, `isocountry` a second `thiserror`.

use super::model::Scenario;

/// ISO 3166-1 alpha-2 codes, sorted.
#[rustfmt::skip]
const CODES: [&str; 249] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
    "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY",
    "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX",
    "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK",
    "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
    "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR",
    "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA",
    "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE",
    "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM",
    "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG",
    "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF",
    "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY",
    "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

/// English names in order logs, sorted, with their codes.
#[rustfmt::skip]
const NAMES: [(&str, &str); 55] = [
    ("Australia", "AU"), ("Austria", "AT"), ("Bahrain", "BH"), ("Belgium", "BE"), ("Brazil", "BR"),
    ("Bulgaria", "BG"), ("Canada", "CA"), ("Channel Islands", "JE"), ("China", "CN"), ("Croatia", "HR"),
    ("Cyprus", "CY"), ("Czech Republic", "CZ"), ("Czechia", "CZ"), ("Denmark", "DK"), ("EIRE", "IE"),
    ("Estonia", "EE"), ("Finland", "FI"), ("France", "FR"), ("Germany", "DE"), ("Greece", "GR"),
    ("Hong Kong", "HK"), ("Hungary", "HU"), ("Iceland", "IS"), ("India", "IN"), ("Ireland", "IE"), ("Israel", "IL"),
    ("Italy", "IT"), ("Japan", "JP"), ("Latvia", "LV"), ("Lebanon", "LB"), ("Lithuania", "LT"),
    ("Luxembourg", "LU"), ("Malta", "MT"), ("Mexico", "MX"), ("Netherlands", "NL"), ("New Zealand", "NZ"),
    ("Norway", "NO"), ("Poland", "PL"), ("Portugal", "PT"), ("RSA", "ZA"), ("Romania", "RO"),
    ("Saudi Arabia", "SA"), ("Singapore", "SG"), ("Slovakia", "SK"), ("Slovenia", "SI"), ("South Africa", "ZA"),
    ("South Korea", "KR"), ("Spain", "ES"), ("Sweden", "SE"), ("Switzerland", "CH"), ("Turkey", "TR"),
    ("USA", "US"), ("United Arab Emirates", "AE"), ("United Kingdom", "GB"), ("United States", "US"),
];

/// The code, when it is one of ISO 3166-1.
pub fn code(text: &str) -> Option<&'static str> {
    CODES.binary_search(&text).ok().map(|found| CODES[found])
}

/// The code of a country given by code or by name.
pub fn from_log(text: &str) -> Option<&'static str> {
    code(text).or_else(|| {
        let found = NAMES.binary_search_by(|(name, _)| (*name).cmp(text)).ok()?;
        Some(NAMES[found].1)
    })
}

/// Where a scenario's buyers live unless something else is known: the country of its first location.
pub fn of_scenario(scenario: &Scenario) -> &'static str {
    scenario
        .warehouse
        .locations
        .first()
        .and_then(|location| code(&location.country))
        .unwrap_or("US")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_sorted_and_agree() {
        assert!(CODES.is_sorted());
        assert!(NAMES.is_sorted());
        for (name, of) in NAMES {
            assert_eq!(code(of), Some(of), "{name}");
            assert_eq!(from_log(name), Some(of));
        }
        assert_eq!(from_log("GB"), Some("GB"));
        assert_eq!(from_log("Unspecified"), None);
    }
}
