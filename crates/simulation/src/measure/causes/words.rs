//! A case in words: the chain of what led to it.

use channel_mocks::core::Micros;

use super::Tracer;
use super::case::{Case, Stages};
use super::delays::waits;
use super::listing::Source;
use super::model::{CauseLabel, Chain, Link, Step};
use crate::scenario::model::FaultKind;
use crate::world::ChannelIndex;
use crate::world::ledger::Mover;

/// Where the engine is, in chains.
const ENGINE: &str = "engine";

/// Where the stock is, in chains.
const WAREHOUSE: &str = "warehouse";

/// A wait in the engine's own queue that is shorter is not spoken of.
const SHORT_WAIT: Micros = Micros::from_secs(1);

impl Tracer {
    /// How a case came to be.
    pub(super) fn chain(&self, case: &Case) -> Chain {
        let (label, fault) = self.label(case);
        let fault = fault.and_then(|place| self.faults.get(usize::from(place)));
        let mut links = vec![self.displayed_link(case)];
        let mut happened = self.happened_link(case);
        if let (Some(link), Some(fault)) = (&mut happened, fault)
            && label != CauseLabel::Fault
        {
            let what = match fault.kind {
                FaultKind::SecondEngine => "; two engines were at work, and each has its own news",
                _ => "",
            };
            link.what.push_str(&format!("{what} ({})", fault.name));
        }
        links.extend(happened);
        self.news_links(case, &mut links);
        let channel = self.names[usize::from(case.channel.0)].clone();
        links.push(Link {
            at_s: case.at.as_secs_f64(),
            place: channel.clone(),
            step: Step::Oversold,
            what: format!(
                "sold {}{}: it showed {}, and {} could be sold",
                units(i64::from(case.units)),
                // A line of several units may have sold what there was with what there was not.
                match case.sellable > 0 {
                    true => " more than there was",
                    false => ", of which none was left",
                },
                case.displayed,
                case.sellable
            ),
        });
        links.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
        Chain {
            unit: case.unit,
            units: u64::from(case.units),
            at_s: case.at.as_secs_f64(),
            channel,
            sku: case.sku.0 + 1,
            sku_code: None,
            label,
            displayed: case.displayed,
            sellable: case.sellable,
            fault: fault.map(|fault| fault.name.clone()),
            delays: self.parts(case).seconds(),
            links,
        }
    }

    fn name(&self, channel: ChannelIndex) -> &str {
        &self.names[usize::from(channel.0)]
    }

    fn link(&self, at: Micros, place: &str, step: Step, what: String) -> Link {
        Link {
            at_s: at.as_secs_f64(),
            place: place.to_string(),
            step,
            what,
        }
    }

    fn displayed_link(&self, case: &Case) -> Link {
        let set = case.set_by;
        let place = self.name(case.channel);
        let what = match (set.is_seen, set.write) {
            (false, _) => "showed its opening count".to_string(),
            (true, Some(write)) => {
                let known = case.event.as_ref().map(|event| event.known_at);
                let known = known.filter(|at| *at <= write.sent_at && case.is_undone());
                let age = known.map(|at| {
                    format!(
                        ", {} after the engine had heard better",
                        time(write.sent_at.since(at))
                    )
                });
                format!(
                    "a write set it from {} to {} while {} could be sold; the engine sent it {} before{}",
                    set.from,
                    set.to,
                    set.sellable,
                    time(set.at.since(write.sent_at)),
                    age.unwrap_or_default()
                )
            }
            (true, None) => format!(
                "it went from {} to {} without a write, while {} could be sold",
                set.from, set.to, set.sellable
            ),
        };
        self.link(set.at, place, Step::Displayed, what)
    }

    fn happened_link(&self, case: &Case) -> Option<Link> {
        let here = self.name(case.channel);
        let lot = case.lot;
        let (place, what) = match (lot.source, &case.event) {
            (Source::Missed(_) | Source::Undone { .. }, Some(event)) => match event.by {
                Mover::Stock => (
                    WAREHOUSE,
                    format!("{} lost, which the count did not show", units(event.units)),
                ),
                _ => {
                    let of = event.by.channel().unwrap_or(case.channel);
                    let what = format!("sold {}", units(event.units));
                    let tail = match (lot.source, of == case.channel) {
                        (Source::Undone { .. }, true) => ", which a write put back on sale",
                        (Source::Undone { .. }, false) => {
                            ", which the count contained until a write replaced it"
                        }
                        _ => ", which the count did not show yet",
                    };
                    (self.name(of), format!("{what}{tail}"))
                }
            },
            (Source::BadRecord(_), Some(event)) => (
                WAREHOUSE,
                format!("records rose by {} that are not there", units(event.units)),
            ),
            (Source::Restock { channel, .. }, _) => (
                self.name(channel),
                format!(
                    "the platform put {} back on sale that are gone",
                    units(lot.units)
                ),
            ),
            (
                Source::Edit {
                    channel,
                    is_mistake,
                },
                _,
            ) => (
                self.name(channel),
                match is_mistake {
                    true => "somebody counted wrong, and set the count".to_string(),
                    false => "somebody else set the count".to_string(),
                },
            ),
            (Source::Books { channel }, _) => (
                self.name(channel),
                format!(
                    "the engine's own books were {} too high: nothing that it was told accounts for them",
                    units(lot.units)
                ),
            ),
            (Source::Lent { .. }, Some(event)) => (
                self.name(event.by.channel().unwrap_or(case.channel)),
                format!("sold {} of those that were lent", units(event.units)),
            ),
            (Source::Lent { .. }, None) => (
                here,
                format!(
                    "{} lent: shown beyond what there was, on a budget",
                    units(lot.units)
                ),
            ),
            (Source::Opening, _) => (
                here,
                format!("it opened with {} too many", units(lot.units)),
            ),
            (Source::PlatformsOwn, _) => (
                here,
                "sold from the platform's own warehouse, which had none left".to_string(),
            ),
            _ => return None,
        };
        let at = match (lot.source, &case.event) {
            // The unit was lent before it was sold elsewhere.
            (Source::Lent { .. }, Some(event)) => event.at,
            _ => lot.at,
        };
        Some(self.link(at, place, Step::Happened, what))
    }

    fn news_links(&self, case: &Case, links: &mut Vec<Link>) {
        let stages = case.stages();
        let sold = case.at;
        if let Some(event) = &case.event {
            let place = match event.by.channel() {
                Some(of) => self.name(of),
                None => WAREHOUSE,
            };
            if let Some((at, strike)) = event.lost() {
                let name = self.faults.get(usize::from(strike.fault));
                let name = name.map_or("a fault", |fault| &fault.name);
                let what = format!("told of it; the message never came ({name})");
                links.push(self.link(at, place, Step::Told, what));
            }
            if event.known_at > event.heard_at {
                let name = event
                    .strike()
                    .and_then(|it| self.faults.get(usize::from(it.fault)));
                let name = name.map_or("a fault", |fault| &fault.name);
                let what = format!("heard of it in a shape that it could not read ({name})");
                links.push(self.link(event.heard_at, ENGINE, Step::Received, what));
            }
            if event.known_at == Micros::MAX && event.heard_at < Micros::MAX {
                return self.write_links(case, &stages, links);
            }
            if event.known_at == Micros::MAX {
                let what = match case.fix {
                    Some(_) => "the engine had not been told".to_string(),
                    None => "the engine was never told".to_string(),
                };
                links.push(self.link(sold, ENGINE, Step::Received, what));
                return;
            }
            if let Some(left_at) = event.left_at() {
                let what = format!("told of it, {} after", time(left_at.since(event.at)));
                links.push(self.link(left_at, place, Step::Told, what));
            }
            let what = match event.left_at() {
                Some(left_at) => format!(
                    "heard of it, {} on the way{}",
                    time(event.known_at.since(left_at)),
                    late(event.known_at, sold)
                ),
                None => format!("knew of it{}", late(event.known_at, sold)),
            };
            links.push(self.link(event.known_at, ENGINE, Step::Received, what));
        }
        self.write_links(case, &stages, links);
    }

    fn write_links(&self, case: &Case, stages: &Stages, links: &mut Vec<Link>) {
        let (sold, place) = (case.at, self.name(case.channel));
        let calls = &self.calls[usize::from(case.channel.0)];
        let until = stages.sent_at.min(sold);
        if let Some(at) = calls.first_refused(stages.known_at, until) {
            let what = "a limit refused a write".to_string();
            links.push(self.link(at, place, Step::Refused, what));
        }
        let pace = self.pace(case, stages);
        let Some(write) = case.fix else {
            if let Some(pace) = pace {
                links.push(self.link(sold, ENGINE, Step::Sent, pace));
            }
            return;
        };
        // A write that was sent before the news came puts it right all the same.
        let after = match write.sent_at.since(stages.known_at) {
            Micros::ZERO => String::new(),
            waited => format!(", {} after", time(waited)),
        };
        let mut what = format!(
            "sent a write that puts it right{after}{}",
            late(write.sent_at, sold)
        );
        if let Some(pace) = pace {
            what.push_str(&format!("; {pace}"));
        }
        links.push(self.link(write.sent_at, ENGINE, Step::Sent, what));
        let what = format!(
            "received it, {} on the way{}",
            time(write.received_at.since(write.sent_at)),
            late(write.received_at, sold)
        );
        links.push(self.link(write.received_at, place, Step::Arrived, what));
        let after = match write.live_at.since(write.received_at) {
            Micros::ZERO => " at once".to_string(),
            waited => format!(", {} after", time(waited)),
        };
        let what = format!("it became live{after}{}", late(write.live_at, sold));
        links.push(self.link(write.live_at, place, Step::Live, what));
    }

    /// How fast the engine went meanwhile, and how fast it might have, where it waited for itself.
    fn pace(&self, case: &Case, stages: &Stages) -> Option<String> {
        let calls = &self.calls[usize::from(case.channel.0)];
        let (from, until) = (stages.known_at, stages.sent_at.min(case.at));
        let [_, paced, _] = waits(from, until, calls);
        if paced < SHORT_WAIT || calls.per_second <= 0.0 {
            return None;
        }
        let rate = calls.sent_within(from, until) as f64 / until.since(from).as_secs_f64();
        Some(format!(
            "meanwhile it sent {}/s of {}/s allowed, for {}",
            number(rate),
            number(calls.per_second),
            time(paced)
        ))
    }
}

fn late(at: Micros, sold_at: Micros) -> &'static str {
    if at > sold_at { ": too late" } else { "" }
}

fn units(units: i64) -> String {
    match units {
        1 => "1 unit".to_string(),
        more => format!("{more} units"),
    }
}

fn number(value: f64) -> String {
    if value >= 10.0 {
        format!("{value:.0}")
    } else {
        let text = format!("{value:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_string)
    }
}

/// A time in the unit that suits it.
fn time(time: Micros) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.001 {
        format!("{} us", time.0)
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 600.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}
