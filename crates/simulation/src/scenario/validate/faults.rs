//! `[[fault]]`.

use channel_mocks::core::{CallKind, Called};

use super::{LONGEST, Rules};
use crate::scenario::error::{nearest, suggestion};
use crate::scenario::fault_overlay::{overlay, profile_of};
use crate::scenario::model::{Channel, Fault, FaultKind, FaultPlace, FaultValue};
use crate::scenario::profiles::{ProfileOwner, operations};

/// Most faults of a scenario.
const MOST_FAULTS: usize = 1_000;

/// The least part of a limit that `limits_cut` leaves. Of less a platform tells callers to wait for longer than any fault lasts, and a
/// fault has to heal with the last buyer.
const LEAST_PART_OF_LIMITS: f64 = 0.0001;

/// The name of the stock system among the places of faults.
const WAREHOUSE: &str = "warehouse";

impl Rules<'_, '_, '_> {
    pub(super) fn faults(&mut self) {
        let scenario = self.scenario;
        self.at_most("fault", "faults", scenario.faults.len(), MOST_FAULTS);
        for (index, fault) in scenario.faults.iter().enumerate() {
            let path = format!("fault.{index}");
            self.fault_place(fault, &path);
            self.fault_window(fault, &path);
            self.fault_rate(fault, &path);
            self.fault_values(fault, &path);
            self.fault_on_platforms(fault, &path);
            self.fault_operation(fault, &path);
        }
    }

    fn fault_place(&mut self, fault: &Fault, path: &str) {
        let described = fault.kind.describe();
        let path = format!("{path}.channel");
        let Some(name) = &fault.channel else { return };
        let channels = self.scenario.channels.iter();
        let mut places: Vec<&str> = channels.map(|channel| channel.name.as_str()).collect();
        match described.place {
            FaultPlace::Engine => {
                let message = format!("`{}` strikes the engine, not a place", described.name);
                self.breach(&path, message, "of no use here", "leave it out");
                return;
            }
            FaultPlace::Warehouse if name != WAREHOUSE => {
                let message = format!("`{}` strikes the warehouse alone", described.name);
                self.breach(&path, message, "no place for it", "leave it out");
                return;
            }
            FaultPlace::Channels if name == WAREHOUSE => {
                let message = format!("the warehouse has no `{}`", described.name);
                let help = format!("this kind strikes channels: {}", places.join(", "));
                self.breach(&path, message, "no channel", help);
                return;
            }
            FaultPlace::Channels => {}
            FaultPlace::AnySystem | FaultPlace::Warehouse => places.push(WAREHOUSE),
        }
        if !places.contains(&name.as_str()) {
            let message = format!("there is no channel `{name}`");
            self.breach(&path, message, "unknown", suggestion(name, &places));
        }
    }

    /// Whether the platform of the channel named, or of any channel where none is, can have the fault.
    fn fault_on_platforms(&mut self, fault: &Fault, path: &str) {
        if fault.kind.describe().place == FaultPlace::Engine {
            return;
        }
        let window = (fault.from, self.scenario.duration);
        let is_meant = |channel: &&Channel| {
            let name = fault.channel.as_ref();
            name.is_none_or(|name| *name == channel.name)
        };
        let mut refused = None;
        for channel in self.scenario.channels.iter().filter(is_meant) {
            let owner = ProfileOwner::Channel(channel.platform);
            let profile = profile_of(owner, &channel.profile, &channel.overrides);
            match overlay(fault, window, owner, &profile) {
                Ok(_) => return,
                Err(reason) => refused = Some((&channel.name, reason)),
            }
        }
        if let Some((channel, reason)) = refused {
            let kind = fault.kind.describe().name;
            self.breach(
                &format!("{path}.kind"),
                format!("`{channel}` cannot have `{kind}`: {reason}"),
                "not there",
                "docs/platforms.md tells what each platform can do wrong",
            );
        }
    }

    /// Whether a system that the fault can strike serves the operation that it names: otherwise it would never strike, and
    /// nobody would know why.
    fn fault_operation(&mut self, fault: &Fault, path: &str) {
        let described = fault.kind.describe();
        let Some(name) = &fault.operation else { return };
        if !described.takes.contains(&FaultValue::Calls) {
            return;
        }
        let named = fault.channel.as_deref();
        let is_meant = |place: &str| named.is_none_or(|named| named == place);
        let mut owners = Vec::new();
        for channel in self.scenario.channels.iter() {
            let owner = ProfileOwner::Channel(channel.platform);
            if is_meant(&channel.name) && !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        if described.place == FaultPlace::AnySystem && is_meant(WAREHOUSE) {
            owners.push(ProfileOwner::Warehouse);
        }
        let served: Vec<Called> = owners.iter().flat_map(|owner| operations(*owner)).collect();
        // A place that does not exist has been named already.
        if served.is_empty() {
            return;
        }
        let path = format!("{path}.operation");
        let kinds: Vec<CallKind> = served
            .iter()
            .filter(|called| called.operation == name)
            .map(|called| called.kind)
            .collect();
        if kinds.is_empty() {
            let message = match named {
                Some(place) => format!("`{place}` serves no operation `{name}`"),
                None => format!("no system here serves an operation `{name}`"),
            };
            let names: Vec<&str> = served.iter().map(|called| called.operation).collect();
            let is_near = nearest(name, names.iter().copied()).is_some();
            let help = match named {
                None if !is_near => "name a `channel` to be told what it serves".to_string(),
                _ => suggestion(name, &names),
            };
            self.breach(&path, message, "unknown", help);
            return;
        }
        let contradicted = fault.calls.filter(|calls| !kinds.contains(&calls.kind()));
        if let Some(calls) = contradicted {
            let message = format!(
                "`{name}` is no `{}`, so that no call is struck",
                calls.name()
            );
            self.breach(&path, message, "another kind of call", "leave `calls` out");
        }
    }

    fn fault_window(&mut self, fault: &Fault, path: &str) {
        let duration = self.scenario.duration;
        if fault.from >= duration {
            self.breach(
                &format!("{path}.from"),
                format!(
                    "this begins {} after the opening, when no buyer comes any more",
                    fault.from
                ),
                "too late",
                format!("`duration` is {duration}; faults heal when it is over"),
            );
        }
        if let Some(lasts) = fault.lasts {
            self.positive(&format!("{path}.for"), lasts);
        }
    }

    fn fault_rate(&mut self, fault: &Fault, path: &str) {
        let given: Vec<&str> = fault.rates().collect();
        if let [first, .., last] = given[..] {
            self.breach(
                &format!("{path}.{last}"),
                format!("`{first}` and `{last}` both say how often"),
                "the second one",
                "keep one of `probability`, `first` and `every`; without any it is each time",
            );
        }
        // What a queue refuses is the platform's to say.
        if let Some(refused) = fault.refused_rate(false) {
            self.breach(
                &format!("{path}.{}", refused.key),
                refused.message,
                "of no use here",
                refused.help,
            );
        }
        if let Some(share) = fault.probability
            && !(share > 0.0 && share <= 1.0)
        {
            self.breach(
                &format!("{path}.probability"),
                format!("`probability` is {share}"),
                "out of range",
                "write a number above 0 and up to 1",
            );
        }
        for (key, number) in [("first", fault.first), ("every", fault.every)] {
            if number == Some(0) {
                self.breach(
                    &format!("{path}.{key}"),
                    format!("with `{key} = 0` it never happens"),
                    "at least 1",
                    "leave the fault out, or give it a number",
                );
            }
        }
    }

    fn fault_values(&mut self, fault: &Fault, path: &str) {
        let described = fault.kind.describe();
        for value in FaultValue::ALL {
            let given = value.keys().iter().find(|key| fault.has(key));
            let needed = described.needs.contains(&value);
            match given {
                None if needed => self.breach(
                    &format!("{path}.kind"),
                    format!(
                        "`{}` needs `{}`",
                        described.name,
                        value.keys().join("` or `")
                    ),
                    "incomplete",
                    format!("{}: add it", described.summary),
                ),
                Some(key) if !needed && !described.takes.contains(&value) => self.breach(
                    &format!("{path}.{key}"),
                    format!("`{}` takes no `{key}`", described.name),
                    "of no use here",
                    "leave it out, or see docs/faults.md for what each kind takes",
                ),
                _ => {}
            }
        }
        if fault.ahead.is_some() && fault.behind.is_some() {
            self.breach(
                &format!("{path}.behind"),
                "a clock is ahead or behind, not both",
                "the second one",
                "keep one of them",
            );
        }
        if let Some(status) = fault.status
            && !(400..=599).contains(&status)
        {
            self.breach(
                &format!("{path}.status"),
                format!("{status} refuses nothing"),
                "no refusal",
                "write a status from 400 to 599, like 429 or 503",
            );
        }
        if let Some(factor) = fault.factor {
            let (least, most) = match fault.kind {
                FaultKind::LimitsCut => (LEAST_PART_OF_LIMITS, 1.0),
                _ => (0.0, 1e6),
            };
            let key = format!("{path}.factor");
            if fault.kind == FaultKind::LimitsCut && (0.0..least).contains(&factor) {
                self.breach(
                    &key,
                    format!("{factor} of a limit lets nothing in, and callers are told to wait until long after the fault is over"),
                    "no limit",
                    format!("write {least} or more; to refuse all calls, use `kind = \"refused\"` with `status = 429`"),
                );
            } else {
                self.within(&key, factor, least, most);
            }
        }
        if let Some(sku) = fault.sku
            && (sku == 0 || (sku > self.scenario.catalogue.skus && self.scenario.replay.is_none()))
        {
            self.breach(
                &format!("{path}.sku"),
                format!("there is no SKU {sku}"),
                "SKUs are counted by rank, from 1",
                format!("the catalogue has {}", self.scenario.catalogue.skus),
            );
        }
        if let (Some(sku), Some(name)) = (fault.sku, &fault.channel) {
            self.listed(&format!("{path}.sku"), name, sku);
        }
        let locations = self.scenario.warehouse.locations.iter();
        let codes: Vec<&str> = locations.map(|location| location.code.as_str()).collect();
        if let Some(code) = &fault.location
            && !codes.contains(&code.as_str())
        {
            let message = format!("there is no location `{code}`");
            let path = format!("{path}.location");
            self.breach(&path, message, "unknown", suggestion(code, &codes));
        }
        if let Some(away) = fault.restart_after {
            self.positive(&format!("{path}.restart_after"), away);
        }
        for (key, time) in [
            ("restart_after", fault.restart_after),
            ("ahead", fault.ahead),
            ("behind", fault.behind),
            ("retry_after", fault.retry_after),
        ] {
            if let Some(time) = time.filter(|time| *time > LONGEST) {
                let path = format!("{path}.{key}");
                self.lasts(&path, time, channel_mocks::core::Micros::ZERO, LONGEST);
            }
        }
    }
}

impl Fault {
    fn has(&self, key: &str) -> bool {
        match key {
            "operation" => self.operation.is_some(),
            "calls" => self.calls.is_some(),
            "direction" => self.direction.is_some(),
            "delay" => self.delay.is_some(),
            "status" => self.status.is_some(),
            "retry_after" => self.retry_after.is_some(),
            "factor" => self.factor.is_some(),
            "field" => self.field.is_some(),
            "to" => self.to.is_some(),
            "sku" => self.sku.is_some(),
            "location" => self.location.is_some(),
            "restocks" => self.restocks.is_some(),
            "restart_after" => self.restart_after.is_some(),
            "point" => self.point.is_some(),
            "ahead" => self.ahead.is_some(),
            "behind" => self.behind.is_some(),
            _ => false,
        }
    }
}
