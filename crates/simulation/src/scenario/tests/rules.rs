//! Rules between the values of a scenario, each broken in one place.

use super::*;

#[test]
fn rules_between_values_are_kept() {
    let cases: &[(&str, &str, &str)] = &[
        ("units = 5", "units = 5\ncover = 1.5", "stock has both"),
        ("units = 5", "fba_units = 5", "stock has neither"),
        ("units = 5", "units = 5\nfba_units = 5", "no fba location"),
        ("units = 5", "units = 5\nhot_units = 5", "no hot SKUs"),
        (
            "skus = 10",
            "skus = 10\nhot_skus = 11",
            "11 hot SKUs out of 10",
        ),
        ("skus = 10", "", "catalogue is empty"),
        (
            "skus = 10",
            "skus = 10\nhot_share = 1.5",
            "`hot_share` is 1.5",
        ),
        (
            "name = \"market\"",
            "name = \"web\"",
            "the channel `web` is there twice",
        ),
        (
            "lasts = \"10min\"",
            "lasts = \"11min\"",
            "`duration` is 10min",
        ),
        (
            "[demand]",
            "[demand]\nunits = [0.5, 0.4]",
            "add to 0.9, not to 1",
        ),
        (
            "[demand]",
            "[demand]\nlines_mean = 0.5",
            "`lines_mean` is 0.5",
        ),
        (
            "rate = \"1/s\"",
            "rate = \"1/s\"\nhot = true",
            "no hot SKUs",
        ),
        (
            "rate = \"1/s\"",
            "rate = \"1/s\"\nshares = [1.0]",
            "1 shares for 2 channels",
        ),
        (
            "rate = \"1/s\"",
            "rate = \"99999999/s\"",
            "checkout attempts are expected",
        ),
        (
            "code = \"main\"",
            "code = \"fba\"\nchannels = [\"market\"]",
            "merchant's own",
        ),
        (
            "code = \"main\"",
            "code = \"main\"\nchannels = [\"markt\"]",
            "there is no channel `markt`",
        ),
        (
            "[catalogue]",
            "[[warehouse.location]]\ncode = \"fba\"\nshare = 0.0\nchannels = [\"web\"]\n[catalogue]",
            "`web` is no Amazon channel",
        ),
        (
            "share = 1.0",
            "share = 1.0\ncountry = \"UK\"",
            "`UK` is no country code",
        ),
        (
            "version = 1",
            "version = 2",
            "version 2 of the scenario format",
        ),
        ("2026-11-18T12:00:00Z", "2026-11-18", "no calendar instant"),
        (
            "2026-11-18T12:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-02 has 28 days, and no day 30",
        ),
        (
            "2026-11-18T12:00:00Z",
            "2026-11-18T12:00:00+02:00[Europe/Berlin]",
            "whose clocks are at +01:00 then",
        ),
        (
            "units = 5",
            "units = 2147483648",
            "`units` is 2147483648, which is too large",
        ),
        ("units = 5", "cover = 3000000", "a cover of 3000000"),
        (
            "skus = 10",
            "skus = 10000001",
            "10000001 SKUs are more than a run can hold",
        ),
        (
            "share = 0.4",
            "share = 0.4\npoll_orders_every = \"1us\"",
            "`poll_orders_every` is 1us, outside 100ms to 730d",
        ),
        (
            "share = 0.4",
            "share = 0.4\nnetwork.patience = \"never\"",
            "`patience` is never, outside",
        ),
        (
            "[stock]",
            "[strategy.trigger]\npoll_every = \"1us\"\n[stock]",
            "`poll_every` is 1us",
        ),
        (
            "[stock]",
            "[strategy.mirror]\nsweep_every = \"5ms\"\n[stock]",
            "`sweep_every` is 5ms",
        ),
        ("\"5min\"", "\"never\"", "`settle` is never"),
        (
            "rate = \"1/s\"",
            "rate = \"2000000/s\"",
            "`rate` is 2000000, outside 0 to 1000000",
        ),
        (
            "title = \"Good\"",
            "title = \"\\u001b[2JGood\"",
            "`title` holds a character that cannot be seen",
        ),
        (
            "[stock]",
            "[[happening]]\nkind = \"receive\"\nat = \"1min\"\nsku = 1\nlocation = \"main\"\nunits = 2147483643\n[stock]",
            "with these 2147483643 units one SKU has had 2147483648",
        ),
        (
            "[stock]",
            "[cancellations]\nshare = 1.5\n[stock]",
            "`share` is 1.5, outside 0 to 1",
        ),
        (
            "[stock]",
            "[replay]\n[stock]",
            "a replay takes its buyers from the order log",
        ),
        (
            "[stock]",
            "[strategy.mirror]\nwrite = \"delta\"\n[stock]",
            "`market` takes absolute counts only",
        ),
        (
            "[stock]",
            "[[happening]]\nkind = \"remove_units\"\nat = \"1min\"\nchannel = \"market\"\nsku = 1\nunits = 1\nby = \"edit\"\n[stock]",
            "an order on amazon cannot be edited",
        ),
        (
            "[stock]",
            "[removals]\nby_buyer = 1.5\n[stock]",
            "`by_buyer` is 1.5",
        ),
        (
            "share = 0.4",
            "share = 0.4\nopens_at = \"10min\"",
            "`opens_at` is 10min, and buyers come for 10min",
        ),
        (
            "share = 0.4",
            "share = 0.4\nopens_at = \"6min\"\ncloses_at = \"5min\"",
            "closes at 5min and opens at 6min",
        ),
        (
            "share = 0.6",
            "share = 0.6\nopens_at = \"0s\"",
            "`opens_at` is the very beginning",
        ),
        (
            "share = 0.6\n\n[[channel]]\nname = \"market\"\n",
            "share = 0.6\ncloses_at = \"4min\"\n\n[[channel]]\nopens_at = \"5min\"\nname = \"market\"\n",
            "at 4min every channel that buyers use is closed",
        ),
        (
            "share = 0.4\n",
            "share = 0.4\nopens_at = \"5min\"\n[[happening]]\nkind = \"checkout\"\nat = \"4min\"\nchannel = \"market\"\nsku = 1\nunits = 1\n",
            "a checkout at 4min on `market`, which is closed then",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"latency\"\n[stock]",
            "`latency` needs `delay`",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"reply_lost\"\nchannel = \"warehose\"\n[stock]",
            "there is no channel `warehose`",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"signal_lost\"\nchannel = \"warehouse\"\n[stock]",
            "the warehouse has no `signal_lost`",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"crash\"\nrestart_after = \"30s\"\nprobability = 0.1\nevery = 3\n[stock]",
            "`probability` and `every` both say how often",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"refused\"\nstatus = 200\n[stock]",
            "200 refuses nothing",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"limits_cut\"\nfactor = 0.00001\n[stock]",
            "0.00001 of a limit lets nothing in",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"request_lost\"\nfactor = 2.0\n[stock]",
            "`request_lost` takes no `factor`",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"refused\"\nstatus = 503\nchannel = \"market\"\noperation = \"inventorySetQuantities\"\n[stock]",
            "`market` serves no operation `inventorySetQuantities`",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"reset\"\noperation = \"getOrdres\"\n[stock]",
            "no system here serves an operation `getOrdres`",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"reset\"\noperation = \"getOrders\"\ncalls = \"write\"\n[stock]",
            "`getOrders` is no `write`, so that no call is struck",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"writes_stuck\"\nevery = 4\n[stock]",
            "`writes_stuck` strikes a share of what the platform handles and counts nothing off",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"signal_lost\"\nchannel = \"market\"\nfirst = 2\n[stock]",
            "`market` cannot have `signal_lost`: `signal_lost` strikes a share",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"limits_cut\"\nchannel = \"warehouse\"\nfactor = 0.1\nfirst = 2\n[stock]",
            "`limits_cut` changes how everything is done while it lasts",
        ),
        (
            "[stock]",
            "[[fault]]\nkind = \"foreign_writer\"\ndelay = { fixed = \"60s\" }\nprobability = 0.5\n[stock]",
            "`foreign_writer` changes how everything is done while it lasts",
        ),
        (
            "[stock]",
            "[[happening]]\nkind = \"receive\"\nat = \"1h\"\nsku = 11\nlocation = \"mian\"\nunits = 0\n[stock]",
            "when the run is over",
        ),
    ];
    for (good, bad, expected) in cases {
        let found = messages(good, bad);
        assert!(
            found.iter().any(|message| message.contains(expected)),
            "{bad}: {found:?}"
        );
    }
    let all = messages(cases[cases.len() - 1].0, cases[cases.len() - 1].1);
    assert_eq!(all.len(), 4, "time, units, SKU and location: {all:?}");
}

/// A name of one platform or of the warehouse will do where a fault names no channel; it strikes where it is served.
#[test]
fn an_operation_must_be_served_by_a_system_that_its_fault_can_strike() {
    let said = |fault: &str| {
        let bad = format!("[[fault]]\n{fault}\n[stock]");
        let text = GOOD.replacen("[stock]", &bad, 1);
        Scenario::parse("good.toml", &text).map_err(|error| rendered(&error))
    };
    for fine in [
        "kind = \"reset\"\noperation = \"patchListingsItem\"",
        "kind = \"reset\"\noperation = \"inventorySetQuantities\"\nchannel = \"web\"",
        "kind = \"reset\"\noperation = \"access_token\"\ncalls = \"token\"",
        "kind = \"reset\"\noperation = \"createAllocations\"",
        "kind = \"reset\"\noperation = \"listStock\"\nchannel = \"warehouse\"\ncalls = \"read\"",
    ] {
        assert!(said(fine).is_ok(), "{fine}: {:?}", said(fine).err());
    }
    let near = said("kind = \"reset\"\nchannel = \"market\"\noperation = \"patchListingItem\"");
    let near = near.unwrap_err();
    assert!(near.contains("did you mean `patchListingsItem`?"), "{near}");
    assert!(near.contains("operation = \"patchListingItem\""), "{near}");
    // No version of the warehouse can be gone, so that its operations are of no use to this kind.
    let elsewhere = said("kind = \"version_sunset\"\noperation = \"createAllocations\"");
    let elsewhere = elsewhere.unwrap_err();
    assert!(elsewhere.contains("name a `channel`"), "{elsewhere}");
    let none = said("kind = \"reset\"\nchannel = \"warehouse\"\noperation = \"x\"").unwrap_err();
    assert!(
        none.contains("one of listChanges, createAllocations"),
        "{none}"
    );
}

/// The shares of a phase count as well as the channels' own: a phase of the closed channel's buyers alone has nowhere to go.
#[test]
fn a_phase_of_a_closed_channels_buyers_is_refused() {
    let text = GOOD
        .replacen("share = 0.4", "share = 0.4\nopens_at = \"5min\"", 1)
        .replacen(
            "lasts = \"10min\"\n",
            "lasts = \"5min\"\nshares = [0.0, 1.0]\n",
            1,
        );
    let error = Scenario::parse("good.toml", &text).unwrap_err();
    let expected = "at 0s every channel that this phase's buyers use is closed";
    assert_eq!(error.problems.len(), 1, "{}", rendered(&error));
    assert_eq!(error.problems[0].message, expected);
    let later = text.replacen(
        "[[demand.phase]]",
        "[[demand.phase]]\nshape = \"constant\"\nlasts = \"5min\"\nrate = \"1/s\"\n[[demand.phase]]",
        1,
    );
    Scenario::parse("good.toml", &later).unwrap();
}

#[test]
fn overrides_are_checked_against_their_profile() {
    let with = |text: &str| {
        let bad = format!("share = 0.4\n{text}");
        messages("share = 0.4", &bad)
    };
    assert_eq!(
        with("override.inventory.write_to_liv = { fixed = \"1s\" }"),
        ["there is no key `write_to_liv` here"]
    );
    assert_eq!(
        with("override.inventory.write_to_live = \"1s\""),
        ["`write_to_live` must be a delay"]
    );
    assert_eq!(
        with("override.orders.ship_by = 2"),
        ["`ship_by` must be a duration with its unit, in quotes"]
    );
    assert_eq!(
        with("override.limits.get_orders.rate = \"5/s\""),
        ["`rate` must be a number"]
    );
    let fine = GOOD.replacen(
        "share = 0.4",
        "share = 0.4\noverride.inventory.write_to_live = { p50 = \"1s\", p99 = \"2s\" }",
        1,
    );
    Scenario::parse("good.toml", &fine).unwrap();
}

#[test]
fn a_known_limit_must_be_one_the_engine_keeps_and_hold_something() {
    let with = |limit: &str| format!("share = 0.4\nknown_limits = {{ {limit} }}");
    let unknown = broken(
        "share = 0.4",
        &with("patch_listing = { burst = 40, rate = 2 }"),
    );
    let text = rendered(&unknown);
    assert!(
        text.contains("engines keep no budget called `patch_listing`"),
        "{text}"
    );
    assert!(
        text.contains("did you mean `patch_listings_item`?"),
        "{text}"
    );
    let empty = messages(
        "share = 0.4",
        &with("patch_listings_item = { burst = 0, rate = 2 }"),
    );
    assert_eq!(empty, ["`burst` is 0; a limit needs more than zero"]);
}
