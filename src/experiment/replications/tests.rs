//! Many seeds: the same whatever plays them.

use super::*;
use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::scenario::samples::SCARCE;

fn experiment() -> Experiment {
    Experiment::new(Scenario::parse("scarce", SCARCE).unwrap().scenario)
}

/// Rows, document and histograms as text.
fn played(replications: &Replications) -> (String, String, Vec<(String, String)>) {
    let mut lines = String::new();
    let mut keep = |rows: &[SeedRow]| {
        rows.iter().for_each(|row| lines.push_str(&row.line()));
        Ok(())
    };
    let played = replications
        .run(&mut keep, &|_| {}, &Cancellation::default())
        .unwrap();
    let document = replications.document(&played).to_json();
    let histograms = played.histograms.logs().collect();
    (lines, document, histograms)
}

/// The first lines that differ, rather than all of both texts.
fn assert_same(own: &str, known: &str) {
    for (number, (own, known)) in own.lines().zip(known.lines()).enumerate() {
        assert_eq!(own, known, "line {}", number + 1);
    }
    assert_eq!(own.lines().count(), known.lines().count());
}

#[test]
fn threads_and_shards_change_nothing() {
    let experiment = experiment();
    let whole = Replications::new(&experiment, SeedSet::parse("1..9").unwrap());
    let one = played(&Replications {
        threads: 1,
        ..whole.clone()
    });
    let two = played(&Replications {
        threads: 2,
        ..whole.clone()
    });
    assert_same(&two.0, &one.0);
    assert!(one == two, "documents and histograms");
    let shards: Vec<_> = (1..=4)
        .map(|index| {
            let shard = Some(Shard { index, count: 4 });
            played(&Replications {
                shard,
                ..whole.clone()
            })
        })
        .collect();
    let files = shards
        .iter()
        .map(|(lines, _, histograms)| merge::ShardFiles {
            place: "part".to_string(),
            lines: Box::new(lines.lines().map(|line| Ok(line.to_string()))),
            histograms: histograms
                .iter()
                .map(|(name, text)| {
                    let (contender, kind) = name.split_once('.').unwrap();
                    (contender.to_string(), kind.to_string(), text.clone())
                })
                .collect(),
        });
    let frame: ReplicationsDocument = serde_json::from_str(&one.1).unwrap();
    let mut lines = String::new();
    let mut keep = |line: &str| {
        lines.push_str(line);
        Ok(())
    };
    let (document, histograms) = merge::merge(&frame.frame, files.collect(), &mut keep).unwrap();
    assert_same(&lines, &one.0);
    assert_same(&document.to_json(), &one.1);
    for ((name, own), (known, text)) in histograms.logs().zip(&one.2) {
        assert_eq!(name, *known);
        assert_same(&own, text);
    }
    assert_eq!(histograms.logs().count(), one.2.len());
}

/// The figures of a seed among many are those of its own run, and the means those of the rows.
#[test]
fn a_row_is_its_seeds_run_and_a_mean_that_of_the_rows() {
    let experiment = experiment();
    let replications = Replications::new(&experiment, SeedSet::parse("4,7,11,12").unwrap());
    let mut oversold = vec![Vec::new(); 3];
    let mut rows_seen = Vec::new();
    let mut keep = |rows: &[SeedRow]| {
        for (place, row) in rows.iter().enumerate() {
            oversold[place].push(row.figures.oversold_units as f64);
        }
        rows_seen.extend_from_slice(rows);
        Ok(())
    };
    let played = replications.run(&mut keep, &|_| {}, &Cancellation::default());
    let played = played.unwrap();
    let document = replications.document(&played);
    let alone = Experiment {
        seeds: vec![7],
        ..experiment.clone()
    };
    let alone = alone.run().unwrap();
    for (run, row) in alone.runs.iter().zip(&rows_seen[3..6]) {
        assert_eq!(SeedRow::from(run), *row);
        assert!(row.figures.lost_against_pool_units.is_some());
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    for (summary, values) in document.summaries.iter().zip(&oversold) {
        let estimate = &summary.figures["oversold_units"];
        assert_eq!(estimate.runs, 4);
        assert!((estimate.mean.unwrap() - mean(values)).abs() < 1e-9);
        let held = summary
            .guarantees
            .iter()
            .find(|it| it.name == "no_oversell");
        let broken = values.iter().filter(|units| **units > 0.0).count() as u64;
        assert_eq!(
            held.map(|it| (it.broken, it.held)),
            Some((broken, 4 - broken))
        );
    }
    assert!(mean(&oversold[0]) > 0.0, "the mirror oversells here");
    let pairs: Vec<f64> = oversold[1]
        .iter()
        .zip(&oversold[0])
        .map(|(own, first)| own - first)
        .collect();
    let difference = &document.differences[0];
    assert_eq!(
        (difference.contender.as_str(), difference.against.as_str()),
        ("escrow", "mirror")
    );
    let estimate = &difference.figures["oversold_units"];
    assert!((estimate.mean.unwrap() - mean(&pairs)).abs() < 1e-9);
}

#[test]
fn seeds_are_played_until_the_interval_is_narrow_in_whole_batches() {
    let experiment = Experiment {
        contenders: vec![Strategy::Mirror.into()],
        ..experiment()
    };
    let until = |share: f64, threads: usize| {
        let replications = Replications {
            until: Some((share, vec!["accepted_units".to_string()])),
            threads,
            ..Replications::new(&experiment, SeedSet::parse("1..60").unwrap())
        };
        let mut rows = 0;
        let mut keep = |_: &[SeedRow]| {
            rows += 1;
            Ok(())
        };
        let played = replications.run(&mut keep, &|_| {}, &Cancellation::default());
        let played = played.unwrap();
        assert_eq!(rows, played.summary.seeds(), "no row of a seed too many");
        let document = replications.document(&played);
        let estimate = &document.summaries[0].figures["accepted_units"];
        let half = estimate.half_width.unwrap() / estimate.mean.unwrap();
        (document.runs, document.frame.until.unwrap().reached, half)
    };
    let (wide, reached, half) = until(0.2, 1);
    assert!(
        wide.is_multiple_of(BATCH) && reached && half <= 0.2,
        "{wide}: {half}"
    );
    assert_eq!(until(0.2, 2).0, wide);
    let (narrow, reached, half) = until(half / 1.7, 2);
    assert!(
        narrow > wide && narrow.is_multiple_of(BATCH) && reached,
        "{narrow}: {half}"
    );
    let (most, reached, _) = until(1e-6, 2);
    assert_eq!((most, reached), (60, false));
}
