//! Keys, their values, and scenarios with them.

use super::*;
use channel_mocks::core::Micros;

use crate::engine::config::Buffer;
use crate::scenario::model::{DemandPhase, Rate};

fn setting(key: &str, value: &str) -> Setting {
    Setting {
        key: key.to_string(),
        value: value.to_string(),
    }
}

#[test]
fn values_are_read_as_ranges_and_lists() {
    for (text, key, values) in [
        (
            "strategy.mirror.buffer=0..10..5",
            "strategy.mirror.buffer",
            vec!["0", "5", "10"],
        ),
        (
            "demand.scale = 0.1..0.3..0.1",
            "demand.scale",
            vec!["0.1", "0.2", "0.3"],
        ),
        ("settle=10s..35s..10s", "settle", vec!["10s", "20s", "30s"]),
        (
            "channel.web.profile=a, b",
            "channel.web.profile",
            vec!["a", "b"],
        ),
    ] {
        let vary = Vary::parse(text).unwrap();
        assert_eq!(
            (vary.key.as_str(), vary.values),
            (key, values.iter().map(|it| it.to_string()).collect())
        );
    }
    for (text, said) in [
        ("settle", "no values"),
        ("settle=", "no value"),
        ("settle=5..1..1", "no range"),
        ("settle=1..5", "no range"),
        ("settle=1s..5min..1s", "more than one unit"),
        ("settle=0..1..0.00001", "more than 10000"),
        ("settle=1,1", "twice"),
        ("demand.scale=1,2,1.0", "the value 1.0 twice, as 1 too"),
        ("settle=1min,60s", "the value 60s twice, as 1min too"),
        ("demand.phase.0.rate=60/min,1/s", "twice, as 60/min too"),
        ("set tle=1", "no key"),
        ("=1", "no key"),
    ] {
        let error = Vary::parse(text).unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn what_is_chosen_is_told_from_what_is_met() {
    for key in [
        "strategy.mirror.buffer",
        "channel.web.profile",
        "channel.web.override.limits.write.burst",
    ] {
        assert!(is_choice(key), "{key}");
    }
    for key in [
        "demand.scale",
        "demand.scale.web",
        "channels",
        "channel.web.share",
        "channel.web",
        "catalogue.skus",
        "stock.units",
    ] {
        assert!(!is_choice(key), "{key}");
    }
}

#[test]
fn a_setting_changes_its_key_and_nothing_else() {
    let scenario = Scenario::load("flash-sale-10min").unwrap().scenario;
    let settings = [
        setting("strategy.mirror.buffer", "7"),
        setting("settle", "90min"),
        setting(DEMAND_SCALE, "2.5"),
    ];
    let changed = applied(&scenario, &settings).unwrap();
    assert_eq!(changed.strategy.mirror.buffer, Buffer::Units(7));
    let mut again = changed.clone();
    again.strategy.mirror.buffer = scenario.strategy.mirror.buffer.clone();
    again.settle = scenario.settle;
    again.demand = scenario.demand.clone();
    assert_eq!(again.compact(), scenario.compact());
    let rates = |it: &Scenario| match &it.demand.phases[0] {
        DemandPhase::Constant { rate, .. } | DemandPhase::Day { mean: rate, .. } => rate.per_second,
        DemandPhase::Ramp { to, .. } => to.per_second,
        DemandPhase::Decay { peak, .. } => peak.per_second,
    };
    assert!((rates(&changed) / rates(&scenario) - 2.5).abs() < 1e-12);
}

/// One channel's buyers come more often, and those of the others as often as before, in phases with shares of their own
/// too.
#[test]
fn the_demand_of_one_channel_grows_alone() {
    let mut scenario = Scenario::load("flash-sale-10min").unwrap().scenario;
    scenario.demand.phases.truncate(1);
    let lasts = scenario.demand.phases[0].lasts_and_shares().0;
    let own = DemandPhase::Constant {
        lasts,
        rate: Rate { per_second: 6.0 },
        hot: false,
        shares: Some(vec![0.5, 0.25, 0.25]),
    };
    scenario.demand.phases.push(own);
    let name = scenario.channels[1].name.clone();
    let key = format!("{DEMAND_SCALE}.{name}");
    let changed = applied(&scenario, &[setting(&key, "3")]).unwrap();
    let rate = |it: &DemandPhase| match it {
        DemandPhase::Constant { rate, .. } | DemandPhase::Day { mean: rate, .. } => rate.per_second,
        DemandPhase::Ramp { to, .. } => to.per_second,
        DemandPhase::Decay { peak, .. } => peak.per_second,
    };
    let of = |it: &Scenario, phase: usize, channel: usize| {
        let phase = &it.demand.phases[phase];
        let shares = phase.lasts_and_shares().1.map(<[f64]>::to_vec);
        let share = shares.map_or(it.channels[channel].share, |own| own[channel]);
        rate(phase) * share
    };
    for phase in 0..2 {
        for (channel, factor) in [(0, 1.0), (1, 3.0), (2, 1.0)] {
            let (before, after) = (of(&scenario, phase, channel), of(&changed, phase, channel));
            assert!(
                before > 0.0 && (after / before - factor).abs() < 1e-9,
                "{phase} {channel}: {before} {after}"
            );
        }
    }
    let sum: f64 = changed.channels.iter().map(|it| it.share).sum();
    assert!((sum - 1.0).abs() < 1e-12);
}

/// Copies of channels bring buyers of their own, sell from where their original does, and leave the buyers of the others as
/// they were; fewer channels take theirs with them.
#[test]
fn channels_are_repeated_with_buyers_of_their_own() {
    let mut scenario = Scenario::load("flash-sale-10min").unwrap().scenario;
    let names: Vec<String> = scenario.channels.iter().map(|it| it.name.clone()).collect();
    scenario.warehouse.locations[0].channels = names[..2].to_vec();
    let lasts = scenario.demand.phases[0].lasts_and_shares().0;
    let own = DemandPhase::Constant {
        lasts,
        rate: Rate { per_second: 6.0 },
        hot: false,
        shares: Some(vec![0.5, 0.25, 0.25]),
    };
    scenario.demand.phases = vec![own.clone(), own];
    if let DemandPhase::Constant { shares, .. } = &mut scenario.demand.phases[1] {
        *shares = None;
    }
    let rates = |it: &Scenario| -> Vec<Vec<f64>> {
        let of = |phase: &DemandPhase| {
            let DemandPhase::Constant { rate, shares, .. } = phase else {
                panic!("{phase:?}");
            };
            let all = it.channels.iter().map(|it| it.share);
            let shares = shares.clone().unwrap_or(all.collect());
            shares.iter().map(|it| it * rate.per_second).collect()
        };
        it.demand.phases.iter().map(of).collect()
    };
    let before = rates(&scenario);
    for count in [1, 3, 5] {
        let changed = applied(&scenario, &[setting(CHANNELS, &count.to_string())]).unwrap();
        let named: Vec<&str> = changed.channels.iter().map(|it| it.name.as_str()).collect();
        let (fourth, fifth) = (format!("{}-2", names[0]), format!("{}-2", names[1]));
        let all = [&names[0], &names[1], &names[2], &fourth, &fifth];
        assert_eq!(named, all[..count]);
        for (own, before) in rates(&changed).iter().zip(&before) {
            for (at, rate) in own.iter().enumerate() {
                assert!((rate / before[at % 3] - 1.0).abs() < 1e-9, "{count} {at}");
            }
        }
        let places = &changed.warehouse.locations;
        let open = &places[0].channels;
        assert_eq!(open.len(), [1, 2, 4][count / 2], "{open:?}");
        // Amazon's own place comes and goes with Amazon.
        assert_eq!(places.iter().any(|it| it.code == "fba"), count > 1);
    }
    scenario.warehouse.locations[0].channels = vec![names[1].clone()];
    let error = applied(&scenario, &[setting(CHANNELS, "1")]).unwrap_err();
    assert!(
        error.to_string().contains("\"east\""),
        "the web shop alone sells nothing from there: {error}"
    );
    // What is said of a channel holds of its copies.
    let profile = setting(&format!("channel.{}.poll_orders_every", names[0]), "7min");
    let changed = applied(&scenario, &[setting(CHANNELS, "4"), profile]).unwrap();
    let polled = changed.channels[3].poll_orders_every;
    assert_eq!(polled, channel_mocks::core::Micros::from_secs(420));
    for (count, said) in [
        ("0", "1 to 1000"),
        ("1.5", "1 to 1000"),
        ("many", "1 to 1000"),
    ] {
        let error = applied(&scenario, &[setting(CHANNELS, count)]).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn what_happens_on_a_channel_happens_on_its_copies() {
    let text = "extends = \"last-unit\"\nname = \"copied\"\n\
        [strategy.mirror]\nbuffer = { web = 2, tiktok = 1 }\n\
        [[fault]]\nkind = \"signal_lost\"\nchannel = \"tiktok\"\nprobability = 0.5\n\
        [[fault]]\nkind = \"signal_lost\"\nchannel = \"web\"\nprobability = 0.25\n\
        [[fault]]\nkind = \"crash\"\nfrom = \"1s\"\nrestart_after = \"2s\"\n\
        [[happening]]\nkind = \"edit\"\nat = \"1s\"\nchannel = \"web\"\nsku = 1\nunits = 3\n\
        [[happening]]\nkind = \"receive\"\nat = \"1s\"\nsku = 1\nlocation = \"main\"\nunits = 3\n";
    let location = Scenario::load("last-unit").unwrap().scenario;
    let location = &location.warehouse.locations[0].code;
    let text = text.replace("\"main\"", &format!("{location:?}"));
    let scenario = Scenario::parse("copied.toml", &text).unwrap().scenario;
    let faults = |it: &Scenario| -> Vec<(Option<String>, Option<f64>)> {
        let faults = it.faults.iter();
        let faults = faults.map(|it| (it.channel.clone(), it.probability));
        faults.collect()
    };
    let edits = |it: &Scenario| -> Vec<Option<String>> {
        let events = it.happenings.iter();
        let added = events.filter(|it| it.at() == Micros::from_secs(1));
        added.map(|it| it.about().channel.cloned()).collect()
    };
    let on = |name: &str, part: f64| (Some(name.to_string()), Some(part));
    let (web, tiktok, crash) = (on("web", 0.25), on("tiktok", 0.5), (None, None));
    let copied = applied(&scenario, &[setting(CHANNELS, "4")]).unwrap();
    assert_eq!(
        faults(&copied),
        [tiktok, web.clone(), crash.clone(), on("web-2", 0.25)],
        "what was there keeps its place, and with it its draws"
    );
    let named = |name: &str| Some(name.to_string());
    assert_eq!(edits(&copied), [named("web"), None, named("web-2")]);
    let held_back = |it: &Scenario, name: &str| it.strategy.mirror.buffer.standing_units(name);
    let all = ["web", "amazon", "tiktok", "web-2"].map(|it| held_back(&copied, it));
    assert_eq!(all, [2, 0, 1, 2]);
    let alone = applied(&scenario, &[setting(CHANNELS, "1")]).unwrap();
    assert_eq!(faults(&alone), [web, crash]);
    assert_eq!(held_back(&alone, "web"), 2);
}

#[test]
fn a_key_that_changes_nothing_is_refused() {
    let scenario = Scenario::load("last-unit").unwrap().scenario;
    for key in ["name", "title", "strategies", "threshold.0.level"] {
        let error = applied(&scenario, &[setting(key, "x")]).unwrap_err();
        assert!(matches!(error, VaryError::Useless { .. }), "{key}: {error}");
    }
    let replay = Scenario::load("retail-replay").unwrap().scenario;
    let error = applied(&replay, &[setting("catalogue.skus", "9")]).unwrap_err();
    assert!(error.to_string().contains("replayed"), "{error}");
    let mirror = [Contender::from(Strategy::Mirror)];
    let check = |key: &str| Vary::check(key, &mirror);
    assert!(check("strategy.mirror.buffer").is_ok() && check(CHANNELS).is_ok());
    let error = check("strategy.escrow.budget").unwrap_err();
    assert!(matches!(error, VaryError::Useless { .. }), "{error}");
}

#[test]
fn a_key_that_leads_nowhere_is_told() {
    let scenario = Scenario::load("last-unit").unwrap().scenario;
    for (key, value, said) in [
        ("channel.ebay.share", "0.5", "web, amazon, tiktok"),
        ("settle.long", "5", "nothing below"),
        ("strategy.mirror.bufer", "5", "buffer"),
        (
            "strategy.mirror.buffer",
            "many",
            "strategy.mirror.buffer=many",
        ),
        (DEMAND_SCALE, "2", "no demand"),
        (DEMAND_SCALE, "0", "above 0"),
        ("demand.scale.web", "-1", "above 0"),
    ] {
        let error = applied(&scenario, &[setting(key, value)]).unwrap_err();
        let text = match &error {
            VaryError::Scenario { error: inner, .. } => format!("{error} {inner:?}"),
            VaryError::Key { .. } | VaryError::Useless { .. } => error.to_string(),
        };
        assert!(text.contains(said), "{key}: {text}");
    }
}
