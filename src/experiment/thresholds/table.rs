//! Every figure that can be asked for, with its unit and direction, and the friendlier names of some: the one table that
//! thresholds, comparisons and docs/thresholds.md share.

use super::figure::{Better, Figure, Reading, Unit, Whole};
use crate::measure::{Figures, Spread};
use Better::{Higher, Lower, Neither};
use Unit::{Calls, Count, Money, Orders, PerSecond, Seconds, Share, Units};

const OFFERED_UNITS: Whole = Whole {
    name: "offered_units",
    read: |it| it.offered_units,
};
const ACCEPTED_UNITS: Whole = Whole {
    name: "accepted_units",
    read: |it| it.accepted_units,
};
const ACCEPTED_ORDERS: Whole = Whole {
    name: "accepted_orders",
    read: |it| it.accepted_orders,
};

const fn figure(
    name: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
    reading: Reading,
) -> Figure {
    Figure {
        name,
        unit,
        better,
        whole: None,
        never: false,
        says,
        reading,
    }
}

const fn count(
    name: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
    read: fn(&Figures) -> u64,
) -> Figure {
    figure(name, unit, better, says, Reading::Count(read))
}

const fn maybe(
    name: &'static str,
    unit: Unit,
    better: Better,
    says: &'static str,
    read: fn(&Figures) -> Option<f64>,
) -> Figure {
    figure(name, unit, better, says, Reading::Maybe(read))
}

const fn money(
    name: &'static str,
    better: Better,
    says: &'static str,
    read: fn(&Figures) -> f64,
) -> Figure {
    figure(name, Money, better, says, Reading::Always(read))
}

const fn spread(name: &'static str, says: &'static str, read: fn(&Figures) -> Spread) -> Figure {
    figure(name, Seconds, Lower, says, Reading::Spread(read))
}

impl Figure {
    const fn of(self, whole: Whole) -> Figure {
        Figure {
            whole: Some(whole),
            ..self
        }
    }

    const fn or_never(self) -> Figure {
        Figure {
            never: true,
            ..self
        }
    }
}

/// All figures, in the order of [`Figures`]. Its one field that is no number, `displayed_counts`, is left out.
pub const FIGURES: &[Figure] = &[
    count(
        "offered_units",
        Units,
        Neither,
        "units that buyers asked for",
        |it| it.offered_units,
    ),
    count(
        "offered_orders",
        Orders,
        Neither,
        "attempts at a checkout",
        |it| it.offered_orders,
    ),
    count(
        "accepted_units",
        Units,
        Neither,
        "units sold, oversold ones included",
        |it| it.accepted_units,
    )
    .of(OFFERED_UNITS),
    count(
        "accepted_orders",
        Orders,
        Neither,
        "orders accepted",
        |it| it.accepted_orders,
    ),
    count(
        "oversold_units",
        Units,
        Lower,
        "units accepted when none was left",
        |it| it.oversold_units,
    )
    .of(ACCEPTED_UNITS),
    count(
        "oversold_orders",
        Orders,
        Lower,
        "orders with such a unit",
        |it| it.oversold_orders,
    )
    .of(ACCEPTED_ORDERS),
    maybe(
        "oversold_rate",
        Share,
        Lower,
        "oversold orders of accepted ones",
        |it| it.oversold_rate,
    ),
    maybe(
        "accepted_above_pool_units",
        Units,
        Neither,
        "units sold less those of one shared counter",
        |it| it.accepted_above_pool_units.map(|units| units as f64),
    ),
    maybe(
        "lost_against_pool_units",
        Units,
        Lower,
        "units of one shared counter less those sold that existed",
        |it| it.lost_against_pool_units.map(|units| units as f64),
    ),
    count(
        "unfillable_units",
        Units,
        Lower,
        "units sold for which there is nothing at the end",
        |it| it.unfillable_units,
    )
    .of(ACCEPTED_UNITS),
    count(
        "rejected_in_stock_units",
        Units,
        Lower,
        "units refused while there were enough",
        |it| it.rejected_in_stock_units,
    )
    .of(OFFERED_UNITS),
    count(
        "net_undersell_units",
        Units,
        Lower,
        "sales really lost to caution",
        |it| it.net_undersell_units,
    )
    .of(OFFERED_UNITS),
    maybe(
        "seller_cancel_rate",
        Share,
        Lower,
        "orders that the warehouse could not fill",
        |it| it.seller_cancel_rate,
    ),
    count(
        "cancelled_by_buyer",
        Orders,
        Neither,
        "orders cancelled by buyers",
        |it| it.cancelled_by_buyer,
    )
    .of(ACCEPTED_ORDERS),
    count(
        "cancelled_by_seller",
        Orders,
        Lower,
        "orders cancelled by the seller",
        |it| it.cancelled_by_seller,
    )
    .of(ACCEPTED_ORDERS),
    count(
        "cancelled_by_platform",
        Orders,
        Lower,
        "orders cancelled by the platform",
        |it| it.cancelled_by_platform,
    )
    .of(ACCEPTED_ORDERS),
    spread("staleness_s", "age of the counts that buyers saw", |it| {
        it.staleness_s
    }),
    spread(
        "propagation_s",
        "change elsewhere to the first count with it",
        |it| it.propagation_s,
    ),
    spread(
        "publish_wait_s",
        "knowing of a change to letting go of the write",
        |it| it.publish_wait_s,
    ),
    maybe(
        "count_too_high_units",
        Units,
        Lower,
        "mean units by which counts were too high",
        |it| it.count_too_high_units,
    ),
    maybe(
        "count_too_low_units",
        Units,
        Lower,
        "mean units by which they were too low",
        |it| it.count_too_low_units,
    ),
    maybe(
        "inconsistency_share",
        Share,
        Lower,
        "lines asked for whose count was wrong",
        |it| it.inconsistency_share,
    ),
    maybe(
        "convergence_s",
        Seconds,
        Lower,
        "last change from outside until all counts are right",
        |it| it.convergence_s,
    )
    .or_never(),
    maybe(
        "last_transfer_s",
        Seconds,
        Neither,
        "last change from outside until quotas rest",
        |it| it.last_transfer_s,
    ),
    spread(
        "ingestion_s",
        "acceptance until the merchant's system has the order",
        |it| it.ingestion_s,
    ),
    count(
        "lost_orders",
        Orders,
        Lower,
        "orders that never got there",
        |it| it.lost_orders,
    )
    .of(ACCEPTED_ORDERS),
    count(
        "duplicate_submissions",
        Orders,
        Lower,
        "orders handed over again",
        |it| it.duplicate_submissions,
    )
    .of(ACCEPTED_ORDERS),
    spread(
        "support_read_age_s",
        "age of the oldest order that support cannot see",
        |it| it.support_read_age_s,
    ),
    maybe(
        "support_read_shares.over_60s",
        Share,
        Lower,
        "support reads older than a minute",
        |it| it.support_read_shares.over_60s,
    ),
    maybe(
        "support_read_shares.over_15min",
        Share,
        Lower,
        "support reads older than 15 minutes",
        |it| it.support_read_shares.over_15min,
    ),
    maybe(
        "support_read_shares.over_1h",
        Share,
        Lower,
        "support reads older than an hour",
        |it| it.support_read_shares.over_1h,
    ),
    maybe(
        "wrong_warehouse_rate",
        Share,
        Lower,
        "lines reserved in the wrong place",
        |it| it.wrong_warehouse_rate,
    ),
    count(
        "split_shipments",
        Count,
        Lower,
        "parcels of orders beyond their first",
        |it| it.split_shipments,
    ),
    count(
        "removed_units",
        Units,
        Neither,
        "units taken out of orders before they left",
        |it| it.removed_units,
    ),
    count(
        "late_fulfillments",
        Count,
        Lower,
        "shipments confirmed after their time",
        |it| it.late_fulfillments,
    ),
    count(
        "unconfirmed_fulfillments",
        Orders,
        Lower,
        "shipped orders that the channel does not know of",
        |it| it.unconfirmed_fulfillments,
    )
    .of(ACCEPTED_ORDERS),
    count(
        "unshipped_orders",
        Orders,
        Lower,
        "orders that still wait to be shipped",
        |it| it.unshipped_orders,
    )
    .of(ACCEPTED_ORDERS),
    count(
        "shipped_beyond_order_units",
        Units,
        Lower,
        "units shipped beyond what was ordered",
        |it| it.shipped_beyond_order_units,
    )
    .of(ACCEPTED_UNITS),
    maybe(
        "calls_per_order",
        Calls,
        Lower,
        "calls to channels per accepted order",
        |it| it.calls_per_order,
    ),
    maybe(
        "calls_per_order_split.read",
        Calls,
        Neither,
        "reads among them",
        |it| it.calls_per_order_split.read,
    ),
    maybe(
        "calls_per_order_split.write",
        Calls,
        Neither,
        "writes among them",
        |it| it.calls_per_order_split.write,
    ),
    maybe(
        "calls_per_order_split.token",
        Calls,
        Neither,
        "calls for tokens among them",
        |it| it.calls_per_order_split.token,
    ),
    count("calls", Calls, Neither, "calls to channels", |it| it.calls),
    maybe(
        "throttled_share",
        Share,
        Lower,
        "calls refused by a limit",
        |it| it.throttled_share,
    ),
    maybe(
        "refused_share",
        Share,
        Lower,
        "calls refused for another reason",
        |it| it.refused_share,
    ),
    maybe(
        "useful_write_share",
        Share,
        Higher,
        "live writes that changed a count",
        |it| it.useful_write_share,
    ),
    figure(
        "orders_per_simulated_s",
        PerSecond,
        Neither,
        "accepted orders a second in which buyers came",
        Reading::Always(|it| it.orders_per_simulated_s),
    ),
    money("cost", Lower, "the scenario's `[money]` applied", |it| {
        it.cost
    }),
    money("cost_split.oversold", Neither, "oversold units", |it| {
        it.cost_split.oversold
    }),
    money(
        "cost_split.lost_sales",
        Neither,
        "sales lost to caution",
        |it| it.cost_split.lost_sales,
    ),
    money(
        "cost_split.wrong_warehouse",
        Neither,
        "shipments from the wrong warehouse",
        |it| it.cost_split.wrong_warehouse,
    ),
    money(
        "cost_split.splits",
        Neither,
        "parcels beyond the first",
        |it| it.cost_split.splits,
    ),
    money("cost_split.support", Neither, "support tickets", |it| {
        it.cost_split.support
    }),
];

/// Friendlier names, and the figures that they stand for. The rest of a path goes on behind either.
pub const ALIASES: &[(&str, &str)] = &[
    ("oversold", "oversold_units"),
    ("sold", "accepted_units"),
    ("lost_sales", "net_undersell_units"),
    ("refused_in_stock", "rejected_in_stock_units"),
    ("staleness", "staleness_s"),
    ("propagation", "propagation_s"),
    ("publish_wait", "publish_wait_s"),
    ("convergence", "convergence_s"),
    ("ingestion", "ingestion_s"),
    ("support_read_age", "support_read_age_s"),
    ("throttled", "throttled_share"),
];
