use super::*;
use crate::engine::config::Strategy;
use crate::measure::assumptions::Hypothesis;

fn mirror(seeds: u64) -> Fuzz {
    Fuzz {
        budget: Budget::Seeds(seeds),
        ..Fuzz::new(Strategy::Mirror.into())
    }
}

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work)
}

#[test]
fn what_is_found_depends_on_the_seeds_alone() {
    let found = [1, 3].map(|threads| {
        on_threads(threads, || {
            let fuzz = Fuzz {
                keep_going: true,
                shrink_runs: 0,
                ..mirror(12)
            };
            fuzz.run().unwrap()
        })
    });
    let [one, three] = &found;
    assert!(one.failed > 0 && one.seeds == 12, "{} failed", one.failed);
    assert_eq!(one.coverage, three.coverage);
    let failures = |found: &Fuzzed| -> Vec<(u64, Failure)> {
        let failures = found.failures.iter();
        failures.map(|it| (it.seed, it.failure.clone())).collect()
    };
    assert_eq!(failures(one), failures(three));
    // The search that stops tells of the first of them.
    let first = on_threads(2, || mirror(12).run().unwrap());
    assert_eq!(first.ended, Ended::Failed);
    assert_eq!(failures(&first), failures(one)[..1]);
    assert_eq!(first.seeds, first.failures[0].seed);
}

/// Shards of a search play every seed once, and find what the whole finds.
#[test]
fn shards_of_a_search_find_what_the_whole_finds() {
    let search = |shard| {
        let fuzz = Fuzz {
            keep_going: true,
            shrink_runs: 0,
            first_seed: 4,
            shard,
            ..mirror(11)
        };
        fuzz.run().unwrap()
    };
    let whole = search(None);
    let shards = [1, 2, 3].map(|index| search(Some(Shard { index, count: 3 })));
    assert_eq!(shards.each_ref().map(|it| it.seeds), [4, 4, 3]);
    let failed = |found: &Fuzzed| -> Vec<u64> { found.failures.iter().map(|it| it.seed).collect() };
    let mut together: Vec<u64> = shards.iter().flat_map(failed).collect();
    together.sort_unstable();
    assert!(!together.is_empty());
    assert_eq!(together, failed(&whole));
    assert!(failed(&shards[1]).iter().all(|seed| seed % 3 == 2));
}

#[test]
fn an_oversell_is_made_small_and_stays_what_it_was() {
    let found = mirror(40).run().unwrap();
    let failure = &found.failures[0];
    let shrunk = failure.shrunk.as_ref().unwrap();
    assert_eq!(
        shrunk.failure.kind,
        FailureKind::Guarantee("no_oversell".to_string())
    );
    let small = &shrunk.scenario;
    assert_eq!(small.catalogue.skus, 1);
    assert!(
        small.channels.len() <= 3 && small.faults.len() <= 3,
        "{}",
        small.compact()
    );
    assert!(small.happenings.len() <= 8, "{}", small.compact());
    // What was written down fails in the same way.
    let read = Scenario::parse("small.toml", &small.compact())
        .unwrap()
        .scenario;
    let contender = Contender::from(Strategy::Mirror);
    let player = Player {
        contender: &contender,
        fails_on: &found.fails_on,
        stop: &|| false,
    };
    let again = player.play(&read, failure.seed).unwrap();
    assert_eq!(again.failure, Some(shrunk.failure.clone()));
}

#[test]
fn a_search_that_is_given_up_tells_what_it_has() {
    let cancellation = Cancellation::default();
    cancellation.cancel();
    let found = mirror(500).run_watched(&|_| {}, &cancellation).unwrap();
    assert_eq!((found.ended, found.seeds), (Ended::Interrupted, 0));
}

#[test]
fn assumptions_that_no_scenario_breaks_are_refused() {
    let mut fuzz = mirror(1);
    fuzz.swarm.broken = Some(Hypothesis::H1);
    assert!(fuzz.check().unwrap_err().to_string().contains("H1"));
    fuzz.swarm.broken = Some(Hypothesis::H2);
    assert!(fuzz.check().is_ok());
}
