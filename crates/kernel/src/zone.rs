//! Time zones with their daylight saving, from zone data that is compiled in: the same on every machine (law 3).

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::calendar::push_offset;

/// Transitions are listed from here (1970-01-01) ...
const LISTED_FROM: i64 = 0;
/// ... to here (2100-01-01). Before and after, the nearest listed offset holds.
const LISTED_UNTIL: i64 = 4_102_444_800;

/// A time zone: a name of the IANA database, or a fixed offset from UTC.
///
/// All its offsets are listed when it is made, so that a look-up is a binary search: every order of a shop that writes
/// local times needs several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    /// Unix seconds from which an offset holds, ascending, with the offset in seconds east of UTC. Never empty.
    offsets: Vec<(i64, i32)>,
}

impl Zone {
    /// The zone of an IANA name, such as `America/New_York`.
    ///
    /// # Errors
    /// Says which name is unknown and gives an example.
    pub fn named(name: &str) -> Result<Zone, String> {
        let zone = database().get(name).map_err(|_| {
            format!(
                "`{name}` is not a time zone of the IANA database; write one like \"America/New_York\" or \"UTC\""
            )
        })?;
        Ok(Zone {
            // The name as the database writes it, whatever the case it was asked for in.
            name: zone.iana_name().unwrap_or(name).to_string(),
            offsets: offsets(&zone),
        })
    }

    /// A zone that is always the same whole minutes east of UTC.
    pub fn fixed(offset_minutes: i32) -> Zone {
        Zone {
            name: offset_text(offset_minutes * 60),
            offsets: vec![(i64::MIN, offset_minutes * 60)],
        }
    }

    /// Whether its offset never changes by its nature: it was made by [`Zone::fixed`].
    pub fn is_fixed(&self) -> bool {
        self.name.starts_with(['+', '-'])
    }

    /// The IANA name, or `+HH:MM` for a fixed offset.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The offset at an instant as `±HH:MM`.
    pub fn offset_text(&self, unix_secs: i64) -> String {
        offset_text(self.offset_secs(unix_secs))
    }

    /// What clocks of the zone call their time at an instant, such as `PST`; `±HH:MM` for a fixed offset.
    pub fn abbreviation(&self, unix_secs: i64) -> String {
        let zone = database().get(&self.name).ok();
        let at = Timestamp::from_second(unix_secs).ok();
        let known = zone.zip(at).map(|(zone, at)| {
            let info = zone.to_offset_info(at);
            info.abbreviation().to_string()
        });
        known.unwrap_or_else(|| self.offset_text(unix_secs))
    }

    /// The offset without daylight saving as `±HH:MM`: the smaller one of the half years around an instant.
    pub fn standard_offset_text(&self, unix_secs: i64) -> String {
        const HALF_A_YEAR: i64 = 182 * 86_400;
        let around = [unix_secs, unix_secs + HALF_A_YEAR];
        offset_text(
            around
                .map(|at| self.offset_secs(at))
                .into_iter()
                .min()
                .unwrap_or(0),
        )
    }

    /// Unix seconds at which the offset changes, from one instant (left out) to another (counted in), ascending.
    pub fn changes(&self, after_unix_secs: i64, until_unix_secs: i64) -> impl Iterator<Item = i64> {
        let listed = self.offsets.iter().map(|(from, _)| *from);
        listed.filter(move |from| (after_unix_secs + 1..=until_unix_secs).contains(from))
    }

    /// The instant at which clocks of the zone show a local time, both in seconds since 1970 began there: where clocks are
    /// set back and show it twice, the first; where they are set on and never show it, as if they had not been.
    pub fn unix_secs_of_local(&self, local_secs: i64) -> i64 {
        const DAY: i64 = 86_400;
        let before = local_secs - i64::from(self.offset_secs(local_secs - DAY));
        let after = local_secs - i64::from(self.offset_secs(local_secs + DAY));
        let shows = |at: i64| at + i64::from(self.offset_secs(at)) == local_secs;
        if !shows(before) && shows(after) {
            after
        } else {
            before
        }
    }

    /// Seconds east of UTC at an instant, given in Unix seconds.
    #[inline]
    pub fn offset_secs(&self, unix_secs: i64) -> i32 {
        let begun = self.offsets.partition_point(|(from, _)| *from <= unix_secs);
        self.offsets[begun.max(1) - 1].1
    }
}

/// The zone data that is compiled in; what the machine has is never looked at.
pub(crate) fn database() -> TimeZoneDatabase {
    TimeZoneDatabase::bundled()
}

/// An offset in seconds as `±HH:MM`.
fn offset_text(offset_secs: i32) -> String {
    let mut text = Vec::with_capacity(6);
    push_offset(offset_secs, &mut text);
    String::from_utf8(text).expect("offsets are ASCII")
}

fn offsets(zone: &TimeZone) -> Vec<(i64, i32)> {
    let first = Timestamp::from_second(LISTED_FROM).expect("1970 is in jiff's range");
    let mut offsets = vec![(i64::MIN, zone.to_offset(first).seconds())];
    for transition in zone.following(first) {
        let at = transition.timestamp().as_second();
        if at >= LISTED_UNTIL {
            break;
        }
        offsets.push((at, transition.offset().seconds()));
    }
    offsets
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(deserializer)?;
        Zone::named(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schemas")]
impl schemars::JsonSchema for Zone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeZone".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "a time zone of the IANA database, like \"America/New_York\"",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unix_secs(text: &str) -> i64 {
        crate::Epoch::parse_unix_micros(text).unwrap() / 1_000_000
    }

    /// 2026: from 2 o'clock local time on 8 March to 2 o'clock on 1 November (Energy Policy Act of 2005).
    #[test]
    fn new_york_follows_daylight_saving() {
        let zone = Zone::named("America/New_York").unwrap();
        for (instant, hours) in [
            ("2026-03-08T06:59:59Z", -5),
            ("2026-03-08T07:00:00Z", -4),
            ("2026-11-01T05:59:59Z", -4),
            ("2026-11-01T06:00:00Z", -5),
        ] {
            assert_eq!(
                zone.offset_secs(unix_secs(instant)),
                hours * 3_600,
                "{instant}"
            );
        }
    }

    #[test]
    fn a_time_has_the_name_of_its_season() {
        let pacific = Zone::named("America/Los_Angeles").unwrap();
        let named = |zone: &Zone, text| zone.abbreviation(unix_secs(text));
        assert_eq!(named(&pacific, "2026-01-15T12:00:00Z"), "PST");
        assert_eq!(named(&pacific, "2026-07-15T12:00:00Z"), "PDT");
        assert_eq!(
            named(&Zone::named("UTC").unwrap(), "2026-07-15T12:00:00Z"),
            "UTC"
        );
        assert_eq!(named(&Zone::fixed(90), "2026-07-15T12:00:00Z"), "+01:30");
    }

    #[test]
    fn local_times_are_instants() {
        let zone = Zone::named("America/New_York").unwrap();
        for (local, instant) in [
            ("2026-07-01T12:00:00Z", "2026-07-01T16:00:00Z"),
            ("2026-12-01T12:00:00Z", "2026-12-01T17:00:00Z"),
            // Shown twice, never shown, and the hours beside them.
            ("2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z"),
            ("2026-11-01T02:30:00Z", "2026-11-01T07:30:00Z"),
            ("2026-03-08T01:59:59Z", "2026-03-08T06:59:59Z"),
            ("2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z"),
            ("2026-03-08T03:00:00Z", "2026-03-08T07:00:00Z"),
        ] {
            let at = zone.unix_secs_of_local(unix_secs(local));
            assert_eq!(at, unix_secs(instant), "{local}");
        }
    }

    #[test]
    fn changes_are_those_of_a_span() {
        let zone = Zone::named("America/New_York").unwrap();
        let (spring, autumn) = (
            unix_secs("2026-03-08T07:00:00Z"),
            unix_secs("2026-11-01T06:00:00Z"),
        );
        let changes = |after, until| zone.changes(after, until).collect::<Vec<_>>();
        assert_eq!(changes(spring - 1, autumn), [spring, autumn]);
        assert!(changes(spring, autumn - 1).is_empty());
        assert_eq!(Zone::fixed(60).changes(0, autumn).count(), 0);
    }

    #[test]
    fn fixed_offsets_stay_and_have_names() {
        let zone = Zone::fixed(-210);
        assert_eq!(zone.name(), "-03:30");
        assert_eq!(zone.offset_secs(i64::MIN), -12_600);
        assert_eq!(zone.offset_secs(i64::MAX), -12_600);
        let new_york = Zone::named("America/New_York").unwrap();
        let june = unix_secs("2026-06-15T00:00:00Z");
        assert_eq!(new_york.offset_text(june), "-04:00");
        assert_eq!(new_york.standard_offset_text(june), "-05:00");
    }

    #[test]
    fn unknown_names_are_refused_with_an_example() {
        let refused = Zone::named("America/New_Amsterdam").unwrap_err();
        assert!(refused.contains("New_Amsterdam") && refused.contains("America/New_York"));
        assert_eq!(
            Zone::named("europe/berlin").unwrap().name(),
            "Europe/Berlin"
        );
    }

    proptest! {
        /// The list says what the database says, at any second of its span.
        #[test]
        fn listed_offsets_are_those_of_the_database(
            at in LISTED_FROM..LISTED_UNTIL,
            name in prop::sample::select(vec!["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
        ) {
            let zone = TimeZoneDatabase::bundled().get(name).unwrap();
            let expected = zone.to_offset(Timestamp::from_second(at).unwrap()).seconds();
            prop_assert_eq!(Zone::named(name).unwrap().offset_secs(at), expected);
        }
    }
}
