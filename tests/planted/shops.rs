//! Small hostile shops: everything in them is allowed to the platforms and to the network.

/// A shop, by what makes it hard.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Shop {
    /// Two platforms that can only overwrite. Buyers come where they were not expected, so that quotas move.
    Overwrite,
    /// What a platform that can only overwrite holds is taken back, and units of an earlier order come back on sale there while
    /// the fence lasts. Its buyers take them before the next raise overwrites them, and everything else is wanted too.
    Fenced,
    /// Writes get lost on their way, for an engine that never writes a count again of its own accord.
    Unanswered,
    /// The same two, sold out and filled again all the time, so that they are raised in the midst of the sale.
    Restocked,
    /// The same two right after their first raise, while units turn out to be damaged; a write may overtake another.
    Damaged,
    /// Two shops with compare-and-set and a lossy way to them.
    Compare,
    /// A platform that lets fewer calls through than it says.
    Throttled,
    /// Signals that are lost, and lists that are behind.
    Unheard,
    /// Somebody writes counts in the admin of a platform that tells nobody, when the last buyers have come: no write of the engine's
    /// own puts them right.
    Edited,
    /// Buyers are in the shops when the engine comes, and buy while it reads what is on display.
    Busy,
    /// Access tokens that live for ten minutes.
    ShortTokens,
    /// Deliveries that come in while buyers wait for them.
    Receipts,
    /// Parcels that come back and are sold again.
    Returns,
    /// A few units each, which all channels may show at once, under a rush.
    Lent,
    /// The stock system says ten times as much as there is.
    Miscounted,
    /// Orders come in a shape that nobody knows, for a while, and nothing tells of them again when that is over.
    Drifting,
    /// The engine's process dies now and then, and comes back with its journal.
    Crashing,
}

/// Losses of a few per cent on either way, and long delays short of them.
const LOSSY: &str = r#"[channel.network]
request = { p50 = "300ms", p99 = "30s" }
reply = { p50 = "300ms", p99 = "30s" }
delivery = { p50 = "300ms", p99 = "30s" }
patience = "10s"
"#;

const AMAZON: &str = r#"[[channel]]
name = "amazon"
platform = "amazon"
profile = "amazon-default"
"#;

/// Minutes instead of hours.
const QUICK_AMAZON: &str = r#"[channel.override.inventory]
write_to_live = { p50 = "15s", p99 = "100s", max = "2min" }
stuck_share = 0.02
[channel.override.orders]
list_lag = { p50 = "30s", p99 = "2min", max = "3min" }
pending = [{ share = 1.0, hold = { uniform = ["30s", "2min"] } }]
[channel.override.notifications]
delay = { p50 = "30s", p99 = "4min", max = "5min" }
"#;

/// A write takes minutes, and an older one may come after a newer one.
const SLOW_AMAZON: &str = r#"[channel.override.inventory]
write_to_live = { uniform = ["5s", "6min"] }
stale_writes_apply = true
[channel.override.orders]
list_lag = { p50 = "10s", p99 = "60s", max = "90s" }
list_excludes_last = "0s"
pending = [{ share = 1.0, hold = { uniform = ["30s", "2min"] } }]
"#;

const TIKTOK: &str = r#"[[channel]]
name = "tiktok"
platform = "tiktok_shop"
profile = "tiktok-default"
"#;

const LATE_TIKTOK: &str = r#"[channel.override.inventory]
propagation = { p50 = "2s", p99 = "20s", max = "30s" }
[channel.override.orders]
search_lag = { p50 = "10s", p99 = "60s", max = "90s" }
unpaid_share = 0.0
[channel.override.webhooks]
delay = { p50 = "20s", p99 = "90s", max = "120s" }
"#;

/// The list is eight minutes behind and a write takes three, and signals come at once.
const SLOW_TIKTOK: &str = r#"[channel.override.inventory]
propagation = { fixed = "3min" }
[channel.override.orders]
search_lag = { fixed = "8min" }
unpaid_share = 0.0
[channel.override.webhooks]
delay = { uniform = ["1s", "5s"] }
"#;

fn shopify(name: &str, shares: &str) -> String {
    format!(
        "[[channel]]\nname = \"{name}\"\nplatform = \"shopify\"\nprofile = \"shopify-plus\"\n{shares}"
    )
}

/// What all of them have; `skus` with `units` each.
fn shop(
    minutes: u32,
    skus: u32,
    units: u32,
    rate: &str,
    more: &str,
    channels: &[String],
) -> String {
    format!(
        "version = 1\nname = \"hostile\"\ntitle = \"A small hostile shop\"\nstart = \"2026-11-18T12:00:00Z\"\n\
         opening = \"30min\"\nduration = \"{minutes}min\"\nsettle = \"12h\"\n\
         catalogue = {{ skus = {skus}, exponent = 0.3 }}\nstock = {{ units = {units} }}\n{more}\
         [warehouse]\nprofile = \"warehouse-default\"\n[[warehouse.location]]\ncode = \"main\"\nshare = 1.0\n\
         [[demand.phase]]\nshape = \"constant\"\nlasts = \"{minutes}min\"\nrate = \"{rate}\"\n{}",
        channels.concat()
    )
}

const CANCELLED: &str = "cancellations = { share = 0.3, delay = { exponential = \"4min\" } }\n";

/// Units of one SKU after the other are received or damaged, `times` times from `from_s` on.
fn scripted(kind: &str, from_s: u32, every_s: u32, times: u32, units: u32) -> String {
    let event = |number: u32| {
        format!(
            "[[happening]]\nkind = \"{kind}\"\nat = \"{}s\"\nsku = {}\nlocation = \"main\"\nunits = {units}\n",
            from_s + number * every_s,
            1 + number % 6
        )
    };
    (0..times).map(event).collect()
}

/// `times` buyers of so many units of the first SKU, one after the other.
fn checkouts(channel: &str, from_s: u32, every_s: u32, times: u32, units: u32) -> String {
    let event = |number: u32| {
        format!(
            "[[happening]]\nkind = \"checkout\"\nat = \"{}s\"\nchannel = \"{channel}\"\nsku = 1\nunits = {units}\n",
            from_s + number * every_s
        )
    };
    (0..times).map(event).collect()
}

impl Shop {
    /// The scenario file.
    pub fn text(self) -> String {
        match self {
            Shop::Overwrite => shop(
                30,
                6,
                60,
                "40/min",
                "cancellations = { share = 0.5, delay = { exponential = \"3min\" } }\n",
                &[
                    format!(
                        "{AMAZON}share = 0.25\nexpected_share = 0.8\npoll_orders_every = \"60s\"\n{LOSSY}{QUICK_AMAZON}"
                    ),
                    format!(
                        "{TIKTOK}share = 0.75\nexpected_share = 0.2\npoll_orders_every = \"60s\"\n{LOSSY}{LATE_TIKTOK}"
                    ),
                ],
            ),
            Shop::Fenced => {
                let quick = format!("{TIKTOK}share = 0.5\n{LATE_TIKTOK}");
                shop(
                    40,
                    1,
                    60,
                    "0/min",
                    "opening_display = \"share\"\n",
                    &[
                        format!("{TIKTOK}share = 0.5\npoll_orders_every = \"60s\"\n{SLOW_TIKTOK}"),
                        quick.replace("\"tiktok\"", "\"quick\""),
                    ],
                ) + &checkouts("tiktok", 60, 30, 1, 4)
                    + &checkouts("quick", 300, 4, 30, 1)
                    + "[[happening]]\nkind = \"remove_units\"\nat = \"800s\"\nchannel = \"tiktok\"\nsku = 1\n\
                       units = 3\nby = \"refund\"\n"
                    + &checkouts("tiktok", 1_230, 30, 1, 3)
                    + &checkouts("tiktok", 1_300, 30, 36, 2)
                    + &checkouts("quick", 1_300, 30, 36, 2)
            }
            Shop::Unanswered => {
                shop(
                    10,
                    12,
                    100,
                    "30/min",
                    "",
                    &[
                        shopify("web", "share = 0.5\n"),
                        format!("{TIKTOK}share = 0.5\n{LATE_TIKTOK}"),
                    ],
                ) + "[strategy.mirror]\nsweep_every = \"0s\"\n\
                     [[fault]]\nkind = \"request_lost\"\ncalls = \"write\"\nprobability = 0.2\n"
            }
            Shop::Restocked => {
                shop(
                    30,
                    6,
                    4,
                    "40/min",
                    "",
                    &[
                        format!(
                            "{AMAZON}share = 0.4\npoll_orders_every = \"60s\"\n{LOSSY}{QUICK_AMAZON}"
                        ),
                        format!(
                            "{TIKTOK}share = 0.6\npoll_orders_every = \"60s\"\n{LOSSY}{LATE_TIKTOK}"
                        ),
                    ],
                ) + &scripted("receive", 60, 30, 54, 8)
            }
            Shop::Damaged => {
                shop(
                    15,
                    6,
                    40,
                    "60/min",
                    "",
                    &[
                        format!("{AMAZON}share = 0.5\npoll_orders_every = \"60s\"\n{SLOW_AMAZON}"),
                        format!("{TIKTOK}share = 0.5\npoll_orders_every = \"60s\"\n{LATE_TIKTOK}"),
                    ],
                )
                .replace("opening = \"30min\"", "opening = \"2min\"")
                    + &scripted("damage", 1, 10, 12, 1)
            }
            Shop::Compare => shop(
                30,
                12,
                12,
                "15/min",
                CANCELLED,
                &[
                    shopify(
                        "one",
                        &format!("share = 0.25\nexpected_share = 0.75\n{LOSSY}"),
                    ),
                    shopify(
                        "two",
                        &format!("share = 0.75\nexpected_share = 0.25\n{LOSSY}"),
                    ),
                ],
            ),
            Shop::Throttled => shop(
                30,
                60,
                6,
                "60/min",
                CANCELLED,
                &[
                    shopify("web", "share = 0.5\n"),
                    format!(
                        "{TIKTOK}share = 0.5\n[channel.override.limits]\nwrite = {{ rate_per_second = 0.2, burst = 1.0 }}\nretry_after_share = 1.0\n"
                    ),
                ],
            ),
            Shop::Unheard => shop(
                40,
                6,
                400,
                "40/min",
                "",
                &[
                    shopify(
                        "web",
                        "share = 0.4\npoll_orders_every = \"10min\"\n[channel.override.faults]\ndrop = 0.3\n",
                    ),
                    format!(
                        "{AMAZON}share = 0.3\npoll_orders_every = \"5min\"\n{QUICK_AMAZON}drop_share = 0.3\n"
                    ),
                    format!(
                        "{TIKTOK}share = 0.3\npoll_orders_every = \"2min\"\n{LATE_TIKTOK}drop_share = 0.3\n"
                    ),
                ],
            ),
            Shop::Edited => {
                let edit = |number: u32| {
                    format!(
                        "[[happening]]\nkind = \"edit\"\nat = \"{}s\"\nchannel = \"tiktok\"\nsku = {}\nunits = 90\n",
                        2_300 + 20 * number,
                        1 + number
                    )
                };
                shop(
                    40,
                    6,
                    60,
                    "2/min",
                    "",
                    &[
                        shopify("web", "share = 0.5\n"),
                        format!("{TIKTOK}share = 0.5\npoll_orders_every = \"60s\"\n{LATE_TIKTOK}"),
                    ],
                )
                // A listing that has sold is looked at within six hours, for the sake of units that got lost.
                .replace("settle = \"12h\"", "settle = \"2h\"")
                    + &(0..4).map(edit).collect::<String>()
            }
            Shop::Busy => shop(
                20,
                120,
                3,
                "120/min",
                "opening_display = \"share\"\n",
                &[
                    shopify("web", "share = 0.5\n"),
                    format!("{AMAZON}share = 0.5\npoll_orders_every = \"60s\"\n{QUICK_AMAZON}"),
                ],
            )
            .replace("opening = \"30min\"", "opening = \"1s\""),
            Shop::ShortTokens => shop(
                40,
                4,
                100,
                "10/min",
                "",
                &[
                    shopify("web", "share = 0.5\n"),
                    format!(
                        "{AMAZON}share = 0.5\n{QUICK_AMAZON}[channel.override.authorization]\ntoken_lifetime = \"10min\"\n"
                    ),
                ],
            ),
            Shop::Receipts => {
                shop(
                    20,
                    6,
                    2,
                    "20/min",
                    CANCELLED,
                    &[
                        shopify("web", "share = 0.4\n"),
                        format!("{AMAZON}share = 0.3\npoll_orders_every = \"60s\"\n{QUICK_AMAZON}"),
                        format!("{TIKTOK}share = 0.3\npoll_orders_every = \"60s\"\n{LATE_TIKTOK}"),
                    ],
                ) + &scripted("receive", 60, 45, 24, 3)
            }
            Shop::Lent => {
                shop(
                    30,
                    12,
                    3,
                    "15/min",
                    CANCELLED,
                    &[
                        shopify("web", &format!("share = 0.4\n{LOSSY}")),
                        format!(
                            "{AMAZON}share = 0.3\npoll_orders_every = \"60s\"\n{LOSSY}{QUICK_AMAZON}"
                        ),
                        format!(
                            "{TIKTOK}share = 0.3\npoll_orders_every = \"60s\"\n{LOSSY}{LATE_TIKTOK}"
                        ),
                    ],
                ) + "[strategy.escrow]\nloan_price = 0.5\n"
            }
            Shop::Miscounted => {
                shop(
                    40,
                    4,
                    60,
                    "20/min",
                    "",
                    &[
                        shopify("web", "share = 0.4\n"),
                        format!("{AMAZON}share = 0.3\npoll_orders_every = \"60s\"\n{QUICK_AMAZON}"),
                        format!("{TIKTOK}share = 0.3\npoll_orders_every = \"60s\"\n{LATE_TIKTOK}"),
                    ],
                ) + "[[fault]]\nkind = \"bad_count\"\nchannel = \"warehouse\"\nsku = 1\nlocation = \"main\"\n\
                     factor = 10.0\nfrom = \"5min\"\nfor = \"20min\"\n"
            }
            Shop::Drifting => {
                shop(
                    40,
                    6,
                    100,
                    "10/min",
                    "",
                    &[
                        shopify("web", "share = 0.5\n"),
                        format!("{TIKTOK}share = 0.5\npoll_orders_every = \"60s\"\n{LATE_TIKTOK}"),
                    ],
                ) + "[[fault]]\nkind = \"field_renamed\"\nchannel = \"web\"\nfield = \"quantity\"\n\
                     to = \"as_nobody_knows\"\nfrom = \"5min\"\nfor = \"15min\"\n"
            }
            Shop::Crashing => {
                shop(
                    40,
                    6,
                    100,
                    "20/min",
                    "",
                    &[
                        shopify("one", "share = 0.5\n"),
                        shopify("two", "share = 0.5\n"),
                    ],
                ) + "[[fault]]\nkind = \"crash\"\nprobability = 0.02\nrestart_after = \"20s\"\n"
            }
            Shop::Returns => shop(
                2_880,
                4,
                20,
                "10/h",
                "returns = { share = 0.5, delay = { uniform = [\"10h\", \"20h\"] }, restockable = 1.0 }\n",
                &[
                    shopify("web", "share = 0.6\n"),
                    shopify("app", "share = 0.4\n"),
                ],
            ),
        }
    }
}
