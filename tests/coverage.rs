//! `docs/coverage.md` is what the emulators' own registries say; they drive the routers or are proved equal to them.

use std::fmt::Write as _;

use channel_mocks::core::{Coverage, Served};
use channel_mocks::{amazon, custom, shopify, tiktok_shop, warehouse};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/coverage.md");

/// How the last comparison ended (2026-11-30).
const SHOPIFY_COMPARED: &str = "Of 677 exchanges replayed, 445 mutations can be compared in their errors: 413 agree (92.8 %), and of the 117 \
    that the platform refused 100 (85.5 %); of 562 requested costs 550 agree (97.9 %).";

/// Where the recorded exchanges and the Shopify emulator differ, and why that stays.
const SHOPIFY_DIFFERENCES: [(&str, &str); 32] = [
    (
        "names and amounts in messages",
        "a message that names a location or an amount names this shop's",
    ),
    (
        "fulfillmentTrackingInfoUpdate costs 11",
        "older recordings; since mid 2026 it costs 51, the profile's `tracking_update_points`",
    ),
    (
        "one bulk query at a time",
        "recorded with a version before 2026-01, which is answered by the oldest version accessible, where five run; `serve --as-of` of that time answers as recorded",
    ),
    (
        "bulk mutations",
        "not served, so an operation that one began is not there",
    ),
    (
        "apiVersion of a subscription is not supported",
        "recorded while 2026-07 was a release candidate; it is out here, where the candidate is 2027-01",
    ),
    (
        "namespaces of the app and ARNs",
        "they carry the number of this app",
    ),
    (
        "a deletion that is recorded under two names",
        "the second finds nothing, and what was tried in between finds nothing to change",
    ),
    (
        "what a later step of the same recording changes",
        "some recordings keep cleaning up before the step that it cleans up after, so the replay meets the state before it",
    ),
    (
        "fulfillmentOrderClose and Open after steps of a fulfilment service",
        "no location is one here, so there is nothing to close and nothing closed to open",
    ),
    (
        "heldByApp denied",
        "the recorded app lacked the scope `read_apps`; the emulated one sees itself",
    ),
    (
        "objects of other areas by node and nodes",
        "companies, collections, media, operations on products and payments are not simulated: null, as for an unknown id",
    ),
    ("productResourceFeedback denied", "the field is not served"),
    (
        "prices of fields beyond the schema file, and of jsonValue",
        "by the shape of their types; the platform prices some of them by hand",
    ),
    (
        "actual costs",
        "the formula explains 87 % of those recorded; a better one is known and not served, since it would change what every run pays",
    ),
    (
        "prices of empty pages",
        "the whole of what was asked for is charged",
    ),
    (
        "locationActivate and locationDeactivate without a key",
        "recorded with a version before 2026-01 among exchanges of 2026-04: here they need one, and the steps after them meet the location as it was",
    ),
    (
        "metafields that the recording made unseen",
        "what no exchange of the recording wrote is not there",
    ),
    (
        "place of a definition among the pinned, digests",
        "the recorded shop had pinned others before; the digest is opaque and made in another way",
    ),
    (
        "options of products, and second variants",
        "not simulated: what would make them is refused, and said so",
    ),
    (
        "places and costs of texts recorded in another form",
        "the recorded answer fits another text than the one beside it",
    ),
    (
        "notes, tags, addresses and open payments of orders that were there before the recording",
        "the shop that is set up for the comparison has them from checkouts: paid, with an address, and not to be deleted",
    ),
    (
        "a step that is recorded twice with one answer, or is played before the step that it follows",
        "the same order is then changed already, or not yet",
    ),
    (
        "ids that nobody has, beside another error",
        "the comparison takes them for ids of orders of its own",
    ),
    (
        "steps of reverse deliveries, order edits and companies between the others",
        "not served, so what they would have changed is as it was",
    ),
    (
        "an order that is closed once all of it is paid and shipped",
        "a setting of the recorded shop; nobody closes orders here but the app",
    ),
    (
        "orders and fulfillment orders that were cancelled or closed before the recording begins",
        "the shop that is set up for the comparison has them open",
    ),
    (
        "tags of drafts and articles that the recording made, and of customers who were there before",
        "drafts and articles are not simulated, and customers of another shop are unknown here",
    ),
    (
        "addresses in orderUpdate",
        "checked, and kept of orders that apps made alone",
    ),
    (
        "numbers that the recording made up or lists",
        "the comparison takes some of the first for orders of its own; the second ascend there and here, and the same places have numbers here that ascend otherwise",
    ),
    (
        "fulfillment orders of which a recording does not tell the order",
        "the comparison cannot set them up, so they and what is shipped of them do not exist here",
    ),
    (
        "what is read or refused while a deletion is under way",
        "the shop that is set up for the comparison does jobs at once; with the delays of another profile it is refused as recorded",
    ),
    (
        "inventoryActivate with stock where the item is stocked already",
        "the shop that is set up for the comparison stocks every item everywhere",
    ),
];

fn page() -> String {
    let mut page = String::from(
        "# What the emulators serve, operation by operation\n\n\
         Made from the emulators' own registries; a test compares. *Partial* says what is missing. What is *not served* belongs to \
         the platform and is answered as the platform answers an unknown path or field. Webhooks, profiles and switches are in \
         `docs/platforms.md`; which clients were run against it in `docs/clients.md`.\n\n\
         To make it anew after a change: `OVERSELL_WRITE=1 cargo test --test product coverage::`.\n",
    );
    let systems: [(&str, Vec<Served>); 5] = [
        ("Shopify", shopify::coverage()),
        ("Amazon", amazon::coverage()),
        ("TikTok Shop", tiktok_shop::coverage()),
        ("Custom channel", custom::coverage()),
        ("Warehouse", warehouse::coverage()),
    ];
    for (system, operations) in systems {
        let count = |wanted: fn(&Coverage) -> bool| {
            operations.iter().filter(|it| wanted(&it.coverage)).count()
        };
        let full = count(|it| matches!(it, Coverage::Full));
        let partial = count(|it| matches!(it, Coverage::Partial(_)));
        let none = count(|it| matches!(it, Coverage::Neutral | Coverage::NotServed));
        writeln!(
            page,
            "\n## {system}: {full} full, {partial} partial, {none} not served\n"
        )
        .unwrap();
        page.push_str("| operation | how it is called | coverage |\n|---|---|---|\n");
        for Served {
            name,
            path,
            coverage,
        } in operations
        {
            let coverage = match coverage {
                Coverage::Full => "full".to_string(),
                Coverage::Partial(what) => format!("partial: {what}"),
                Coverage::Neutral => {
                    "not served, but taken: nothing changes, and what is asked for is neutral"
                        .to_string()
                }
                Coverage::NotServed => "not served".to_string(),
            };
            let cell = |text: &str| text.replace('|', "\\|");
            writeln!(
                page,
                "| {} | {} | {} |",
                cell(name),
                code(&cell(path)),
                cell(&coverage)
            )
            .unwrap();
        }
        if system == "Shopify" {
            page.push_str(
                "\nRecorded exchanges are compared with the emulator outside this repository. ",
            );
            page.push_str(SHOPIFY_COMPARED);
            page.push_str(
                " These differences are known and stay:\n\n\
                 | recorded | why the emulator differs |\n|---|---|\n",
            );
            for (what, why) in SHOPIFY_DIFFERENCES {
                writeln!(page, "| {what} | {why} |").unwrap();
            }
        }
    }
    page
}

fn code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("`{text}`")
    }
}

#[test]
fn the_page_says_what_the_registries_say() {
    let page = page();
    if std::env::var_os("OVERSELL_WRITE").is_some() {
        std::fs::write(FILE, &page).unwrap();
    }
    let written = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        written == page,
        "docs/coverage.md is not what is served; OVERSELL_WRITE=1 cargo test --test product coverage:: makes it anew"
    );
}

#[test]
fn no_operation_is_listed_twice() {
    for operations in [
        shopify::coverage(),
        amazon::coverage(),
        tiktok_shop::coverage(),
        custom::coverage(),
        warehouse::coverage(),
    ] {
        let mut known: Vec<(&str, &str)> = operations.iter().map(|it| (it.name, it.path)).collect();
        let all = known.len();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), all);
    }
}
