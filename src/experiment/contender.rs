//! Who runs: a strategy that is built in, or an engine of the user's own.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::foreign::{EngineAddress, EngineCommand};
use crate::engine::Engine;
use crate::engine::config::{EngineConfig, Strategy, StrategySettings};
use crate::measure::{Books, Promise, Subject};
use crate::scenario::Scenario;

/// Makes an engine for a run's configuration.
pub type BuildEngine = Arc<dyn Fn(EngineConfig) -> Box<dyn Engine> + Send + Sync>;

/// Where a contender's engine comes from.
#[derive(Clone)]
pub enum Source {
    /// It is built in: part of the run in virtual time, a process of its own in real time.
    BuiltIn(Strategy),
    /// A process that speaks the stepped protocol (virtual time).
    Command(EngineCommand),
    /// A program that runs already and is reached over HTTP (real time).
    Address(EngineAddress),
    /// Rust code of the user's (virtual time).
    Own(BuildEngine),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::BuiltIn(strategy) => f.debug_tuple("BuiltIn").field(strategy).finish(),
            Source::Command(command) => f.debug_tuple("Command").field(command).finish(),
            Source::Address(address) => f.debug_tuple("Address").field(address).finish(),
            Source::Own(_) => f.debug_tuple("Own").finish_non_exhaustive(),
        }
    }
}

/// One column of a report.
#[derive(Clone, Debug)]
pub struct Contender {
    subject: Subject,
    source: Source,
    /// Settings of a built-in strategy's own.
    settings: Option<Arc<OwnSettings>>,
}

/// What a variant of a strategy is set to otherwise than in the scenario.
#[derive(Debug)]
struct OwnSettings {
    /// Those of all strategies, in place of the scenario's where `over` says nothing.
    whole: StrategySettings,
    /// The keys alone that are set, as in a scenario's `[strategy.NAME]`, over whatever scenario is played.
    over: Option<(Strategy, toml::Table)>,
}

impl OwnSettings {
    fn over(&self, scenario: &StrategySettings) -> StrategySettings {
        let laid_over = || {
            let (strategy, keys) = self.over.as_ref()?;
            let mut all = toml::Table::try_from(scenario).ok()?;
            let own = all
                .entry(strategy.name())
                .or_insert_with(|| toml::Table::new().into());
            own.as_table_mut()?.extend(keys.clone());
            all.try_into().ok()
        };
        // What cannot be laid over was checked over the scenario that was named.
        laid_over().unwrap_or_else(|| self.whole.clone())
    }
}

impl From<Strategy> for Contender {
    fn from(strategy: Strategy) -> Contender {
        Contender {
            subject: strategy.into(),
            source: Source::BuiltIn(strategy),
            settings: None,
        }
    }
}

impl Contender {
    /// A built-in strategy under another name, with settings of its own in place of the scenario's.
    pub fn variant(name: &str, strategy: Strategy, settings: StrategySettings) -> Contender {
        Contender {
            subject: Subject::from(strategy).named(name),
            source: Source::BuiltIn(strategy),
            settings: Some(Arc::new(OwnSettings {
                whole: settings,
                over: None,
            })),
        }
    }

    /// The same with some keys of `[strategy.NAME]` alone, which are laid over the settings of each scenario that is played: of a
    /// sweep's cells and a search's shops as well. `settings` are those of all strategies with these keys, as they were checked.
    pub fn variant_over(
        name: &str,
        strategy: Strategy,
        keys: toml::Table,
        settings: StrategySettings,
    ) -> Contender {
        Contender {
            subject: Subject::from(strategy).named(name),
            source: Source::BuiltIn(strategy),
            settings: Some(Arc::new(OwnSettings {
                whole: settings,
                over: Some((strategy, keys)),
            })),
        }
    }

    /// The scenario that it plays: the given one, with its own settings if it has any.
    pub fn scenario<'a>(&self, scenario: &'a Scenario) -> Cow<'a, Scenario> {
        match &self.settings {
            None => Cow::Borrowed(scenario),
            Some(settings) => Cow::Owned(Scenario {
                strategy: settings.over(&scenario.strategy),
                ..scenario.clone()
            }),
        }
    }

    /// Whether its own settings speak of channels by their names.
    pub fn names_channels(&self) -> bool {
        self.settings.as_ref().is_some_and(|own| {
            let keys = own.over.as_ref();
            keys.is_none_or(|(_, keys)| keys.contains_key("buffer"))
                && own.whole.mirror.buffer.channels().next().is_some()
        })
    }

    /// An engine written in Rust: `build` makes one for each run. Its counts stand for the whole stock and it promises
    /// nothing, unless [`Contender::displaying_quotas`] and [`Contender::promising`] say otherwise.
    pub fn own<F>(name: &str, build: F) -> Contender
    where
        F: Fn(EngineConfig) -> Box<dyn Engine> + Send + Sync + 'static,
    {
        Contender::foreign(name, Source::Own(Arc::new(build)))
    }

    /// An engine in any language that speaks the stepped protocol; else like [`Contender::own`].
    pub fn command(name: &str, command: EngineCommand) -> Contender {
        Contender::foreign(name, Source::Command(command))
    }

    /// An engine that runs already; else like [`Contender::own`].
    pub fn address(name: &str, address: EngineAddress) -> Contender {
        Contender::foreign(name, Source::Address(address))
    }

    fn foreign(name: &str, source: Source) -> Contender {
        Contender {
            subject: Subject::foreign(name.to_string(), false, Vec::new()),
            source,
            settings: None,
        }
    }

    /// Says that displayed counts are quotas of each channel's own rather than the whole stock, which decides what makes
    /// them stale. A strategy's own meaning stays.
    #[must_use]
    pub fn displaying_quotas(self) -> Contender {
        let promises = self.subject.promised().to_vec();
        self.with_subject(|name, _| Subject::foreign(name, true, promises))
    }

    /// Says which guarantees it promises. A strategy's own promises stay.
    #[must_use]
    pub fn promising(self, promises: &[Promise]) -> Contender {
        self.with_subject(|name, quotas| Subject::foreign(name, quotas, promises.to_vec()))
    }

    /// Says where its orders go. A strategy's own stay.
    #[must_use]
    pub fn with_books(self, books: Books) -> Contender {
        Contender {
            subject: self.subject.with_books(books),
            source: self.source,
            settings: self.settings,
        }
    }

    fn with_subject(self, subject: impl FnOnce(String, bool) -> Subject) -> Contender {
        if self.strategy().is_some() {
            return self;
        }
        let quotas = !self.subject.displays_whole_stock();
        let books = self.subject.books();
        Contender {
            subject: subject(self.subject.name().to_string(), quotas).with_books(books),
            source: self.source,
            settings: self.settings,
        }
    }

    /// The name in reports.
    pub fn name(&self) -> &str {
        self.subject.name()
    }

    /// As figures and verdicts know it.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Where its engine comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The strategy that it is, if it is built in.
    pub fn strategy(&self) -> Option<Strategy> {
        match self.source {
            Source::BuiltIn(strategy) => Some(strategy),
            _ => None,
        }
    }

    /// How long a run takes beside the others', roughly: by the writes its engine makes for each order, and by whether
    /// each step goes to another process.
    pub(super) fn expense(&self) -> u8 {
        match self.source {
            Source::Command(_) | Source::Address(_) | Source::Own(_) => 4,
            Source::BuiltIn(strategy) => strategy.describe().relative_cost,
        }
    }
}
