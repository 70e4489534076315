//! What the values of metafields may be, by the names of their types (docs/platforms/shopify.md 3.7).

use std::borrow::Cow;

use super::ids::Gid;
use crate::core::Epoch;
use crate::shopify::json::Json;

/// The types that there are, in the platform's own order.
pub(crate) const TYPES: &str = "antenna_gain, area, battery_charge_capacity, battery_energy_capacity, boolean, capacitance, color, concentration, data_storage_capacity, data_transfer_rate, date_time, date, dimension, display_density, distance, duration, electric_current, electrical_resistance, energy, float, frequency, id, illuminance, inductance, integer, json_string, json, language, link, list.antenna_gain, list.area, list.battery_charge_capacity, list.battery_energy_capacity, list.boolean, list.capacitance, list.color, list.concentration, list.data_storage_capacity, list.data_transfer_rate, list.date_time, list.date, list.dimension, list.display_density, list.distance, list.duration, list.electric_current, list.electrical_resistance, list.energy, list.frequency, list.illuminance, list.inductance, list.link, list.luminous_flux, list.mass_flow_rate, list.multi_line_text_field, list.number_decimal, list.number_integer, list.power, list.pressure, list.rating, list.resolution, list.rotational_speed, list.single_line_text_field, list.sound_level, list.speed, list.temperature, list.thermal_power, list.url, list.voltage, list.volume, list.volumetric_flow_rate, list.weight, luminous_flux, mass_flow_rate, money, multi_line_text_field, number_decimal, number_integer, power, pressure, rating, resolution, rich_text_field, rotational_speed, single_line_text_field, sound_level, speed, string, temperature, thermal_power, url, voltage, volume, volumetric_flow_rate, weight, company_reference, list.company_reference, customer_reference, list.customer_reference, product_reference, list.product_reference, collection_reference, list.collection_reference, variant_reference, list.variant_reference, file_reference, list.file_reference, product_taxonomy_value_reference, list.product_taxonomy_value_reference, metaobject_reference, list.metaobject_reference, mixed_reference, list.mixed_reference, page_reference, list.page_reference, article_reference, list.article_reference, order_reference, list.order_reference";

/// Whether there is such a type.
pub(crate) fn is_type(name: &str) -> bool {
    TYPES.split(", ").any(|known| known == name)
}

/// How a type's values are written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Line,
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Url,
    Color,
    Gid,
    Json,
}

fn form(kind: &str) -> Form {
    match kind {
        "single_line_text_field" | "id" | "language" | "string" => Form::Line,
        "multi_line_text_field" => Form::Text,
        "number_integer" | "integer" => Form::Integer,
        "number_decimal" | "float" => Form::Decimal,
        "boolean" => Form::Boolean,
        "date" => Form::Date,
        "date_time" => Form::DateTime,
        "url" => Form::Url,
        "color" => Form::Color,
        _ if kind.ends_with("_reference") => Form::Gid,
        // Measures, money, ratings and rich texts are objects.
        _ => Form::Json,
    }
}

/// The word for what a type's values are about.
pub(crate) fn category(kind: &str) -> &'static str {
    match kind.strip_prefix("list.").unwrap_or(kind) {
        "single_line_text_field" | "multi_line_text_field" | "rich_text_field" | "string" => "TEXT",
        "number_integer" | "number_decimal" | "integer" | "float" => "NUMBER",
        "boolean" => "TRUE_FALSE",
        "date" | "date_time" => "DATE_TIME",
        "url" | "link" => "URL",
        "color" => "COLOR",
        "json" | "json_string" => "JSON",
        "id" => "ID",
        "money" => "MONEY",
        "rating" => "RATING",
        "language" => "LANGUAGE",
        kind if kind.ends_with("_reference") => "REFERENCE",
        _ => "MEASUREMENT",
    }
}

/// Whether text is digits of a number, with one point at most.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    are_digits(whole) && are_digits(part)
}

/// Whether text is a day of the calendar, as `2026-02-28`.
fn is_date(text: &str) -> bool {
    text.len() == "2026-02-28".len() && Epoch::parse_unix_micros(text).is_some()
}

/// Whether text is a day and a time of it, to the second at least.
fn is_time(text: &str) -> bool {
    let (has_date, has_seconds) = (
        text.get(..10).is_some_and(is_date),
        text.get(16..17) == Some(":"),
    );
    has_date && has_seconds && Epoch::parse_unix_micros(text).is_some()
}

/// What is wrong with one value of a form.
fn form_problem(form: Form, value: &str) -> Option<&'static str> {
    let (is_fine, problem) = match form {
        Form::Text => (true, ""),
        Form::Line => (
            !value.contains(['\n', '\r']),
            "Value must be a single line text string.",
        ),
        Form::Integer => (value.parse::<i64>().is_ok(), "Value must be an integer."),
        Form::Decimal => (is_decimal(value), "Value must be a decimal."),
        Form::Boolean => (
            matches!(value, "true" | "false"),
            "Value must be true or false.",
        ),
        Form::Date => (is_date(value), "Value must be in YYYY-MM-DD format."),
        Form::DateTime => (
            is_time(value),
            "Value must be in “YYYY-MM-DDTHH:MM:SS” format. For example: 2022-06-01T15:30:00",
        ),
        Form::Url => (
            ["http:", "https:", "mailto:", "sms:", "tel:"]
                .iter()
                .any(|scheme| value.starts_with(scheme)),
            "Value must be one of the following URL schemes: http, https, mailto, sms, tel.",
        ),
        Form::Color => (
            value.len() == 7
                && value.starts_with('#')
                && value[1..].bytes().all(|it| it.is_ascii_hexdigit()),
            "Value must be a valid hex color.",
        ),
        Form::Gid => (
            Gid::parse(value).is_some(),
            "Value must be a valid global id.",
        ),
        Form::Json => (
            crate::core::json::read::<Json<'_>>(value.as_bytes()).is_ok(),
            "Value is invalid JSON.",
        ),
    };
    (!is_fine).then_some(problem)
}

/// What is wrong with a value of a type.
pub(crate) fn value_problem(kind: &str, value: &str) -> Option<Cow<'static, str>> {
    let Some(of) = kind.strip_prefix("list.") else {
        return form_problem(form(kind), value).map(Cow::Borrowed);
    };
    let Ok(Json::List(elements)) = crate::core::json::read::<Json<'_>>(value.as_bytes()) else {
        return Some(Cow::Borrowed("Value must be an array."));
    };
    let form = form(of);
    elements.iter().find_map(|element| match element {
        Json::Text(text) => form_problem(form, text).map(Cow::Borrowed),
        _ => None,
    })
}

/// What is wrong with a value by a rule of its definition.
pub(crate) fn rule_problem(kind: &str, value: &str, (rule, bound): (&str, &str)) -> Option<String> {
    let beyond = |is_more: bool| {
        let limit: f64 = bound.parse().ok()?;
        let size = match form(kind) {
            Form::Text | Form::Line | Form::Url => value.chars().count() as f64,
            Form::Integer | Form::Decimal => value.parse().ok()?,
            _ => return None,
        };
        Some(if is_more { size > limit } else { size < limit })
    };
    let of = match form(kind) {
        Form::Integer | Form::Decimal => "",
        _ => "length ",
    };
    match rule {
        "max" if beyond(true)? => Some(format!("Value has a maximum {of}of {bound}.")),
        "min" if beyond(false)? => Some(format!("Value has a minimum {of}of {bound}.")),
        "choices" => {
            let choices = crate::core::json::read::<Json<'_>>(bound.as_bytes()).ok()?;
            let mut listed = choices.list().iter();
            let is_one = listed.any(|choice| choice.text() == Some(value));
            (!is_one).then(|| format!("Value does not exist in provided choices: {bound}."))
        }
        _ => None,
    }
}

/// Whether rules ask for more than they allow: a `min` above the `max`, of numbers or of times.
pub(crate) fn are_bounds_crossed(rules: &[(String, String)]) -> bool {
    let bound = |name: &str| {
        let (_, bound) = rules.iter().find(|(rule, _)| rule == name)?;
        let time = || Epoch::parse_unix_micros(bound).map(|micros| micros as f64);
        bound.parse().ok().or_else(time)
    };
    matches!((bound("min"), bound("max")), (Some(min), Some(max)) if min > max)
}

/// Whether a type's value is shown in `jsonValue` as it stands, and not as a text.
pub(crate) fn is_bare(kind: &str) -> bool {
    kind.starts_with("list.") || matches!(form(kind), Form::Integer | Form::Boolean | Form::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_their_types_and_rules() {
        for (kind, good, bad) in [
            ("number_integer", "-40", "4.0"),
            ("number_decimal", "12.50", "1,5"),
            ("boolean", "true", "yes"),
            ("date", "2026-11-29", "29.11.2026"),
            ("date", "2028-02-29", "2026-02-30"),
            ("date", "2026-04-30", "2026-04-31"),
            ("date", "2026-12-31", "2026-12-31T08:00:00"),
            ("date_time", "2026-11-29T08:00:00Z", "2026-11-29"),
            ("date_time", "2026-11-29T23:59:59", "2026-11-29T24:00:00"),
            (
                "date_time",
                "2026-11-29 08:00:00.5+01:00",
                "2026-02-30T08:00:00",
            ),
            ("url", "https://shelf.example/7", "shelf.example"),
            ("color", "#00aaff", "blue"),
            ("single_line_text_field", "aisle 7", "aisle\n7"),
            ("money", "{\"amount\":\"1.0\"}", "{amount"),
            ("list.number_integer", "[1, 2]", "1, 2"),
            ("list.date", "[\"2026-02-01\"]", "[\"soon\"]"),
            ("product_reference", "gid://shopify/Product/7", "7"),
        ] {
            assert!(is_type(kind), "{kind}");
            assert_eq!(value_problem(kind, good), None, "{kind}");
            assert!(value_problem(kind, bad).is_some(), "{kind}");
        }
        let rule = |kind, value, rule| rule_problem(kind, value, rule);
        let too_long = rule("single_line_text_field", "abcdefghi", ("max", "8"));
        assert_eq!(
            too_long.as_deref(),
            Some("Value has a maximum length of 8.")
        );
        let too_low = rule("number_integer", "2", ("min", "3"));
        assert_eq!(too_low.as_deref(), Some("Value has a minimum of 3."));
        assert_eq!(rule("number_integer", "3", ("min", "3")), None);
        let crossed = |min: &str, max: &str| {
            are_bounds_crossed(&[
                ("max".to_owned(), max.to_owned()),
                ("min".to_owned(), min.to_owned()),
            ])
        };
        assert!(crossed("10", "9.5") && !crossed("9", "9"));
        assert!(crossed("2026-03-01", "2026-02-28") && !crossed("2026-02-28", "2026-03-01"));
        let choices = ("choices", "[\"red\",\"blue\"]");
        assert_eq!(rule("single_line_text_field", "red", choices), None);
        assert!(rule("single_line_text_field", "green", choices).is_some());
        assert!(!is_type("shelf"));
        assert_eq!(
            (category("list.date"), category("weight")),
            ("DATE_TIME", "MEASUREMENT")
        );
    }
}
