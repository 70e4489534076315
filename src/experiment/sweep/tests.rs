//! Sweeps: each cell once, and as it would be by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::engine::config::Strategy;
use crate::experiment::Contender;

const SCARCE: &str = r#"
version = 1
name = "scarce"
title = "Two shops, ten units"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "2min"
settle = "30min"
channel = [
    { name = "first", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
    { name = "second", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
]
warehouse = { profile = "warehouse-default", location = [{ code = "east", share = 1.0 }] }
catalogue = { skus = 2 }
stock = { units = 10 }
demand = { phase = [{ shape = "constant", lasts = "2min", rate = "1/s" }] }
strategies = ["mirror", "escrow"]
"#;

#[test]
fn a_grid_plays_each_cell_once_and_goes_on_where_it_was() {
    let experiment = Experiment::new(Scenario::parse("scarce", SCARCE).unwrap().scenario);
    let sweep = Sweep {
        experiment: &experiment,
        varied: ["strategy.mirror.buffer=0..8..4", "demand.scale=0.5,1"]
            .map(|it| Vary::parse(it).unwrap())
            .to_vec(),
        seeds: SeedSet::parse("1..3").unwrap(),
        thresholds: Vec::new(),
        shard: None,
        threads: 2,
    };
    sweep.check().unwrap();
    let places = sweep.places().unwrap();
    // Six combinations and two contenders; escrow does not know the mirror's buffer.
    assert_eq!((places.len(), sweep.cells().unwrap()), (12, 8));
    assert_eq!(places[0].settings.len(), 2);
    let played = |sweep: &Sweep, there: &[u64]| -> Vec<Cell> {
        let cells = Mutex::new(Vec::new());
        let keep = |cell: &Cell| {
            cells.lock().unwrap().push(cell.clone());
            Ok(())
        };
        let is_there = |number| there.contains(&number);
        sweep
            .run(&is_there, &keep, &|_| {}, &Cancellation::default())
            .unwrap();
        let mut cells = cells.into_inner().unwrap();
        cells.sort_by_key(|it: &Cell| it.number);
        cells
    };
    let whole = played(&sweep, &[]);
    assert_eq!(
        whole.iter().map(|it| it.number).collect::<Vec<_>>(),
        (0..8).collect::<Vec<_>>()
    );
    let rest = played(&sweep, &[0, 1, 4, 7]);
    assert_eq!(rest, [2, 3, 5, 6].map(|it| whole[it].clone()));
    let parts = [1, 2, 3].map(|index| {
        let shard = Some(Shard { index, count: 3 });
        played(
            &Sweep {
                shard,
                ..sweep.clone()
            },
            &[],
        )
    });
    let mut parts = parts.concat();
    parts.sort_by_key(|it| it.number);
    assert_eq!(parts, whole);
    // A cell is what its scenario comes to alone.
    let place = places.iter().find(|it| {
        it.contender == "mirror" && it.settings[0].value == "4" && it.settings[1].value == "1"
    });
    let cell = &whole[place.unwrap().cell as usize];
    let mut scenario = experiment.scenario.clone();
    scenario.strategy.mirror.buffer = crate::engine::config::Buffer::Units(4);
    let alone = Experiment {
        seeds: vec![1, 2, 3],
        contenders: vec![Strategy::Mirror.into()],
        ..Experiment::new(scenario)
    };
    let runs = alone.run().unwrap().runs;
    let units = runs
        .iter()
        .map(|it| it.figures().oversold_units as f64)
        .sum::<f64>();
    let mean = cell.summary.figures["oversold_units"].mean.unwrap();
    assert!((mean - units / 3.0).abs() < 1e-9, "{mean} {units}");
    // More buffer oversells less.
    let at = |buffer: &str| {
        let place = places.iter().find(|it| {
            it.contender == "mirror"
                && it.settings[0].value == buffer
                && it.settings[1].value == "1"
        });
        whole[place.unwrap().cell as usize].summary.figures["oversold_units"].mean
    };
    assert!(at("8") < at("0"), "{:?} {:?}", at("8"), at("0"));
}

/// A variant goes through the grid like its strategy, but for what its name sets; and what is not set by it comes from each cell.
#[test]
fn variants_are_varied_too() {
    let mut experiment = Experiment::new(Scenario::parse("scarce", SCARCE).unwrap().scenario);
    let variant = |name: &str, keys: &str| {
        let keys: toml::Table = toml::from_str(keys).unwrap();
        Contender::variant_over(name, Strategy::Mirror, keys, Default::default())
    };
    experiment.contenders = vec![
        Strategy::Mirror.into(),
        variant("mirror:sweep_every=0s", "sweep_every = \"0s\""),
        variant("mirror:buffer=4", "buffer = 4"),
    ];
    let sweep = Sweep {
        experiment: &experiment,
        varied: vec![Vary::parse("strategy.mirror.buffer=0,4").unwrap()],
        seeds: SeedSet::parse("1..3").unwrap(),
        thresholds: Vec::new(),
        shard: None,
        threads: 2,
    };
    assert_eq!(
        (sweep.places().unwrap().len(), sweep.cells().unwrap()),
        (6, 5)
    );
    let sold = Mutex::new(BTreeMap::new());
    let keep = |cell: &Cell| {
        let units = cell.summary.figures["oversold_units"].mean.unwrap();
        sold.lock().unwrap().insert(cell.number, units);
        Ok(())
    };
    sweep
        .run(&|_| false, &keep, &|_| {}, &Cancellation::default())
        .unwrap();
    let sold: Vec<f64> = sold.into_inner().unwrap().into_values().collect();
    // In this order: plain, unswept, buffer of four; plain and unswept with a buffer of four.
    assert!(sold[0] > sold[3], "{sold:?}");
    assert!(sold[1] > sold[4], "{sold:?}");
    assert!((sold[2] - sold[3]).abs() < 1e-9, "{sold:?}");
}
