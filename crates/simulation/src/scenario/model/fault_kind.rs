//! The kinds of faults: one table from which validation, documentation and the search for failures all read.

use serde::{Deserialize, Serialize};

/// Where faults come from.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultFamily {
    /// The way between the engine and a system.
    Network,
    /// What a platform does.
    Platform,
    /// Webhooks and queue messages.
    Signals,
    /// The shape of payloads.
    SchemaDrift,
    /// What people and other programs do.
    People,
    /// The process and the machine of the engine.
    Engine,
}

/// A value of a fault, by its key in the file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FaultValue {
    /// `operation` and `calls`.
    Calls,
    /// `direction`.
    Direction,
    /// `delay`.
    Delay,
    /// `status`.
    Status,
    /// `retry_after`.
    RetryAfter,
    /// `factor`.
    Factor,
    /// `field`.
    Field,
    /// `to`.
    To,
    /// `sku`.
    Sku,
    /// `location`.
    Location,
    /// `restocks`.
    Restocks,
    /// `restart_after`.
    RestartAfter,
    /// `point`.
    Point,
    /// `ahead` or `behind`.
    Offset,
}

/// Where a kind can strike.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FaultPlace {
    /// Channels and the warehouse.
    AnySystem,
    /// The warehouse alone.
    Warehouse,
    /// Channels.
    Channels,
    /// The engine: `channel` says nothing.
    Engine,
}

/// How often a kind can be told to strike: which of `probability`, `first` and `every` it takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FaultRate {
    /// Each thing that it could strike is looked at by itself, so that all three mean what they say.
    Each,
    /// As [`FaultRate::Each`] for webhooks. A queue's own signals are struck by the platform, which knows a share and counts
    /// nothing off.
    EachWebhook,
    /// The platform does it to a share of what it handles, and counts nothing off: `probability` alone.
    Share,
    /// Everything is different while it lasts.
    Always,
    /// It happens once, when the fault begins; or again and again, where one of the three says how often.
    OnceOrEach,
    /// It happens once, when the fault begins.
    Once,
}

impl FaultRate {
    /// How tables put it.
    pub const fn text(self) -> &'static str {
        match self {
            FaultRate::Each => "`probability`, `first`, `every`",
            FaultRate::EachWebhook => "`probability`, and but for queues `first`, `every`",
            FaultRate::Share => "`probability`",
            FaultRate::Always => "always",
            FaultRate::OnceOrEach => "once, or `probability`, `first`, `every`",
            FaultRate::Once => "once",
        }
    }

    /// Whether a fault of this rate can have `first` or `every`, at a platform with a queue or without.
    pub const fn counts(self, has_queue: bool) -> bool {
        match self {
            FaultRate::Each | FaultRate::OnceOrEach => true,
            FaultRate::EachWebhook => !has_queue,
            FaultRate::Share | FaultRate::Always | FaultRate::Once => false,
        }
    }

    /// Whether it can have `probability`.
    pub const fn is_drawn(self) -> bool {
        !matches!(self, FaultRate::Always | FaultRate::Once)
    }
}

/// What a kind is.
#[derive(Copy, Clone, Debug)]
pub struct FaultDescription {
    /// Its name in files.
    pub name: &'static str,
    /// Where it comes from.
    pub family: FaultFamily,
    /// Where it can strike.
    pub place: FaultPlace,
    /// How often it can be told to.
    pub rate: FaultRate,
    /// What goes wrong, in a sentence without its full stop.
    pub summary: &'static str,
    /// Values that it cannot do without.
    pub needs: &'static [FaultValue],
    /// Further values that it takes.
    pub takes: &'static [FaultValue],
    /// What is counted as eligible: calls, signals, writes, ...
    pub counts: &'static str,
}

macro_rules! kinds {
    ($($variant:ident $name:literal $family:ident $place:ident $rate:ident $counts:literal needs [$($needs:ident)*] takes [$($takes:ident)*] $summary:literal)*) => {
        /// What goes wrong.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
        pub enum FaultKind {
            $(#[doc = concat!($summary, ".")] #[serde(rename = $name)] $variant,)*
        }

        impl FaultKind {
            /// All kinds, by family.
            pub const ALL: &'static [FaultKind] = &[$(FaultKind::$variant,)*];

            /// What it is.
            pub const fn describe(self) -> FaultDescription {
                match self {
                    $(FaultKind::$variant => FaultDescription {
                        name: $name,
                        family: FaultFamily::$family,
                        place: FaultPlace::$place,
                        rate: FaultRate::$rate,
                        summary: $summary,
                        needs: &[$(FaultValue::$needs,)*],
                        takes: &[$(FaultValue::$takes,)*],
                        counts: $counts,
                    },)*
                }
            }
        }
    };
}

kinds! {
    Latency "latency" Network AnySystem Each "calls" needs [Delay] takes [Calls Direction]
        "Requests or replies take longer on their way"
    RequestLost "request_lost" Network AnySystem Each "calls" needs [] takes [Calls]
        "A request never arrives, and nobody says so"
    ReplyLost "reply_lost" Network AnySystem Each "calls" needs [] takes [Calls]
        "A request takes effect and its reply never arrives"
    Reset "reset" Network AnySystem Each "calls" needs [] takes [Calls Direction]
        "The connection breaks, before the request has arrived or before the reply has"
    Partition "partition" Network AnySystem Each "calls and signals" needs [] takes [Direction]
        "Nothing gets through, both ways or one way"
    RequestDuplicated "request_duplicated" Network AnySystem Each "calls" needs [] takes [Calls Delay]
        "Something on the way sends a request a second time"

    Refused "refused" Platform AnySystem Each "calls" needs [Status] takes [Calls RetryAfter]
        "Calls are refused with a status and have no effect"
    Outage "outage" Platform AnySystem Each "calls and signals" needs [] takes [Status RetryAfter]
        "All calls are refused and signals wait until it is over, then come at once"
    LimitsCut "limits_cut" Platform AnySystem Always "calls" needs [Factor] takes []
        "Rate limits shrink to a part of what they were"
    TokenExpired "token_expired" Platform Channels Once "tokens" needs [] takes []
        "Access tokens end early, once, when the fault begins"
    SignInFails "sign_in_fails" Platform Channels Each "calls" needs [] takes [Status]
        "Tokens are neither issued nor refreshed"
    AccessRevoked "access_revoked" Platform Channels Once "calls" needs [] takes []
        "The app is no longer let in, until the merchant grants its access anew at the end"
    WritesLate "writes_late" Platform Channels Always "writes" needs [Delay] takes []
        "Quantities become live later than they do otherwise, in their order"
    WritesUnordered "writes_unordered" Platform Channels Always "writes" needs [Delay] takes []
        "Quantities become live late and an older one may overwrite a newer one"
    WritesStuck "writes_stuck" Platform Channels Share "writes" needs [] takes []
        "Quantities are accepted and never become live"
    ReadsStale "reads_stale" Platform Channels Always "reads" needs [Delay] takes []
        "Reads of quantities show what was so a while ago"
    FeedLate "feed_late" Platform Channels Always "orders" needs [Delay] takes []
        "Orders appear later in lists and searches"
    BatchFailsInPart "batch_fails_in_part" Platform Channels Share "rows" needs [] takes []
        "Rows of a batch of quantities fail while the others go through"
    OrdersHeld "orders_held" Platform Channels Share "orders" needs [Delay] takes []
        "Orders stay unpaid, pending or on hold"
    RestockOnCancel "restock_on_cancel" Platform Channels Always "cancellations" needs [Restocks] takes []
        "The platform puts units of cancelled orders back on sale by itself, or stops doing so"

    SignalLost "signal_lost" Signals Channels EachWebhook "signals" needs [] takes []
        "Signals never come"
    SignalLate "signal_late" Signals Channels Always "signals" needs [Delay] takes []
        "Signals come late, in their order"
    SignalDuplicated "signal_duplicated" Signals Channels EachWebhook "signals" needs [] takes [Delay]
        "Signals come a second time"
    SignalReordered "signal_reordered" Signals Channels EachWebhook "signals" needs [Delay] takes []
        "Signals overtake each other"
    SignalBurst "signal_burst" Signals Channels Always "signals" needs [] takes []
        "Signals are held back and all come when it is over"
    SubscriptionRemoved "subscription_removed" Signals Channels Once "subscriptions" needs [] takes []
        "The platform drops the subscriptions, once, when the fault begins"
    WrongSignature "wrong_signature" Signals Channels Each "signals" needs [] takes []
        "Signals carry a signature that does not fit"
    QueueRedelivery "queue_redelivery" Signals Channels Share "messages" needs [] takes []
        "The queue hands out messages again that were deleted"

    FieldAdded "field_added" SchemaDrift Channels Each "payloads" needs [] takes [Field]
        "Objects have a member that nobody knows"
    FieldRemoved "field_removed" SchemaDrift Channels Each "payloads" needs [Field] takes []
        "A member is left out"
    FieldNull "field_null" SchemaDrift Channels Each "payloads" needs [Field] takes []
        "A member is null"
    FieldRenamed "field_renamed" SchemaDrift Channels Each "payloads" needs [Field To] takes []
        "A member has another name"
    FieldMoved "field_moved" SchemaDrift Channels Each "payloads" needs [Field To] takes []
        "A member moves into an object of its own"
    NumberAsText "number_as_text" SchemaDrift Channels Each "payloads" needs [Field] takes []
        "A number comes as text, or a text of digits as a number"
    EnumValueAdded "enum_value_added" SchemaDrift Channels Each "payloads" needs [Field] takes [To]
        "A member has a value that nobody knows"
    WrappedInList "wrapped_in_list" SchemaDrift Channels Each "payloads" needs [Field] takes []
        "A member comes in a list"
    VersionSunset "version_sunset" SchemaDrift Channels Each "calls" needs [] takes [Calls]
        "The version of an operation is gone: first some calls are refused, in the second half of the window all"

    BadCount "bad_count" People AnySystem Once "counts" needs [Factor] takes [Sku Location]
        "A count is wrong by a factor, once, when the fault begins, and put right when it is over"
    ReceiptTwice "receipt_twice" People Warehouse Once "receipts" needs [] takes [Sku Location]
        "A receipt of units is posted twice, and the second one taken back when the fault is over"
    ForeignWriter "foreign_writer" People Channels Always "writes" needs [Delay] takes [Sku]
        "Another app writes quantities as it last knew them, again and again"
    SecondEngine "second_engine" People Engine Once "inputs" needs [] takes []
        "A second engine works beside the first with the same credentials"

    Crash "crash" Engine Engine Each "inputs" needs [RestartAfter] takes [Point]
        "The engine dies and comes back with nothing but its journal"
    SlowEngine "slow_engine" Engine Engine Each "inputs" needs [Delay] takes []
        "The engine needs time for every input"
    ClockSkew "clock_skew" Engine Engine Once "inputs" needs [Offset] takes []
        "The engine's clock is ahead or behind"
    ClockJump "clock_jump" Engine Engine OnceOrEach "inputs" needs [Offset] takes []
        "The engine's clock jumps ahead or back; jumps add up until it is put right at the end"
}

impl FaultKind {
    /// Whether it strikes the engine's own process and machine, rather than what is around it.
    pub const fn is_of_the_engine(self) -> bool {
        matches!(self.describe().place, FaultPlace::Engine)
    }
}

impl FaultFamily {
    /// All families, in the order of documents.
    pub const ALL: [FaultFamily; 6] = [
        FaultFamily::Network,
        FaultFamily::Platform,
        FaultFamily::Signals,
        FaultFamily::SchemaDrift,
        FaultFamily::People,
        FaultFamily::Engine,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            FaultFamily::Network => "network",
            FaultFamily::Platform => "platform",
            FaultFamily::Signals => "signals",
            FaultFamily::SchemaDrift => "schema drift",
            FaultFamily::People => "people",
            FaultFamily::Engine => "engine",
        }
    }
}

impl FaultValue {
    /// The key or keys in files.
    pub const fn keys(self) -> &'static [&'static str] {
        match self {
            FaultValue::Calls => &["operation", "calls"],
            FaultValue::Direction => &["direction"],
            FaultValue::Delay => &["delay"],
            FaultValue::Status => &["status"],
            FaultValue::RetryAfter => &["retry_after"],
            FaultValue::Factor => &["factor"],
            FaultValue::Field => &["field"],
            FaultValue::To => &["to"],
            FaultValue::Sku => &["sku"],
            FaultValue::Location => &["location"],
            FaultValue::Restocks => &["restocks"],
            FaultValue::RestartAfter => &["restart_after"],
            FaultValue::Point => &["point"],
            FaultValue::Offset => &["ahead", "behind"],
        }
    }

    /// All values.
    pub const ALL: [FaultValue; 14] = [
        FaultValue::Calls,
        FaultValue::Direction,
        FaultValue::Delay,
        FaultValue::Status,
        FaultValue::RetryAfter,
        FaultValue::Factor,
        FaultValue::Field,
        FaultValue::To,
        FaultValue::Sku,
        FaultValue::Location,
        FaultValue::Restocks,
        FaultValue::RestartAfter,
        FaultValue::Point,
        FaultValue::Offset,
    ];
}
