//! Size and start of an engine's database with and without compaction, for docs/engine.md: a steady sale of 100 orders a
//! second with `escrow`, from placing to shipping. `SALE_SECONDS` (60) is how long it lasts.

#[expect(dead_code, reason = "it uses a part of what tests share")]
#[path = "../tests/common/mod.rs"]
mod common;

use common::kept::{kept, open};
use oversell::engine::config::Strategy;
use oversell::realtime::clock::calendar_unix_micros;

fn main() {
    let seconds = std::env::var("SALE_SECONDS").unwrap_or("60".to_string());
    let seconds: u64 = seconds.parse().expect("SALE_SECONDS is a number");
    let scenario = common::parsed(&format!(
        "extends = \"flash-sale\"\nname = \"long-sale\"\ntitle = \"Long\"\ndescription = \"Long\"\nduration = \"{seconds}s\"\n\
         [demand]\nphase = [{{ shape = \"constant\", lasts = \"{seconds}s\", rate = \"100/s\" }}]\n\
         [stock]\nunits = 100000\n"
    ));
    for compact_after in [i64::MAX, 20_000] {
        let place = tempfile::tempdir().expect("a place for the database");
        let path = place.path().join("engine.db");
        let (played, counts, config) = kept(
            &scenario,
            Strategy::Escrow,
            &path,
            compact_after,
            usize::MAX,
        );
        let begun = calendar_unix_micros();
        let found = open(&path, &config, compact_after);
        let start_ms = (calendar_unix_micros() - begun) as f64 / 1_000.0;
        let state = found.engine.snapshot().map_or(0, |state| state.len());
        drop(found);
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        println!(
            "{} orders, {} inputs: database {:.1} MB, start {start_ms:.0} ms ({} compactions, the longest {:.0} ms, state {:.2} MB)",
            played.total().accepted_orders,
            counts.inputs,
            bytes as f64 / 1e6,
            counts.compactions,
            counts.longest_compaction_ms,
            state as f64 / 1e6
        );
    }
}
