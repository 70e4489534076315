//! The commands that reports print to repeat runs: read again, they ask for the same.

use clap::Parser;

use super::*;
use crate::cli::simulate::{RunArguments, read};
use crate::experiment::Experiment;
use crate::experiment::replications::SeedSet;
use crate::experiment::thresholds::Threshold;

/// Numbers as they come, the same ones each time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// Some of these, each as likely as not, in their order.
    fn some<'a>(&mut self, all: &[&'a [&'a str]]) -> Vec<&'a str> {
        let chosen = all.iter().filter(|_| self.below(2) == 0);
        chosen.flat_map(|it| it.iter().copied()).collect()
    }

    fn one<'a>(&mut self, all: &[&'a [&'a str]]) -> &'a [&'a str] {
        all[self.below(all.len() as u64) as usize]
    }
}

fn parsed(arguments: &[String]) -> Arguments {
    let whole = std::iter::once("simulate").chain(arguments.iter().map(String::as_str));
    Arguments::try_parse_from(whole).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// The words of a command behind the program's name.
fn words(command: &str) -> Vec<String> {
    let words = shlex::split(command).unwrap_or_else(|| panic!("{command}"));
    assert_eq!(words[0], "simulate", "{command}");
    words[1..].to_vec()
}

fn asked(arguments: &RunArguments) -> (Experiment, Vec<Threshold>) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        program: "simulate",
        out: &mut out,
        err: &mut err,
        layout: Layout::PIPE,
        page: Page::default(),
        watched: false,
    };
    let asked = read(arguments, &mut streams);
    let asked = asked.unwrap_or_else(|failure| panic!("{failure:?}"));
    (asked.experiment, asked.thresholds)
}

fn shown(asked: &(Experiment, Vec<Threshold>)) -> String {
    format!("{:#?}", asked)
}

const THRESHOLDS: [&[&str]; 4] = [
    &["--threshold", "oversold_units{contender=escrow} == 0"],
    &["--threshold-warn", "staleness_s{channel=first}.p99 < 5min"],
    &["--threshold", "lost_sales.share < 1%"],
    &["--threshold", "orders_per_simulated_s > 0.5/s"],
];
const ENGINES: [&[&str]; 3] = [
    &[],
    &["--engine-command", "python3 'my engine.py' --fast"],
    &[
        "--engine-command",
        "node a.js",
        "--engine-command",
        "./b",
        "--engine-name",
        "one",
        "--engine-name",
        "two",
    ],
];
const OF_ENGINES: [&[&str]; 4] = [
    &["--engine-patience", "2min"],
    &["--engine-displays", "quota"],
    &["--engine-books", "own"],
    &["--promise", "no-oversell,converged"],
];
const STRATEGIES: [&[&str]; 3] = [
    &[],
    &["--strategies", "escrow,mirror"],
    &[
        "--strategies",
        "escrow,escrow:budget=0.01%,mirror:buffer=2:sweep_every=0s",
    ],
];

/// Whatever is combined, what the printed command asks for is what was asked for, options of results, places and looks apart.
#[test]
fn a_printed_command_asks_for_what_was_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("of a shop's");
    std::fs::create_dir(&folder).unwrap();
    let scenario = scarce(&folder);
    let gate = format!("{SCARCE}\n[[threshold]]\ncheck = \"lost_orders == 0\"\n");
    std::fs::write(&scenario, gate).unwrap();
    let mut draws = Draws(0x2545_f491_4f6c_dd1d);
    for _ in 0..40 {
        let mut command = vec!["--scenario".to_string(), scenario.clone()];
        let engines = draws.one(&ENGINES);
        let mut more = draws.one(&STRATEGIES).to_vec();
        more.extend(engines);
        if !engines.is_empty() {
            more.extend(draws.some(&OF_ENGINES));
        }
        more.extend(draws.some(&THRESHOLDS));
        more.extend(draws.one(&[
            &[],
            &["--seed", "7"],
            &["--seeds", "3"],
            &["--seeds", "4,9..11", "--causes"],
        ]));
        more.extend(draws.some(&[&["--wide"], &["--out", "elsewhere"], &["--format", "csv"]]));
        command.extend(more.iter().map(|it| it.to_string()));
        let first = parsed(&command);
        let own = asked(&first.run);
        let again = match first.run.many_seeds.is_wanted() {
            false => own.0.rerun(first.run.first_seed()),
            true => {
                let seeds =
                    ["4,9..11", "1..3"][usize::from(!command.contains(&"--causes".to_string()))];
                let experiment = Experiment {
                    causes: command.contains(&"--causes".to_string()),
                    ..own.0.clone()
                };
                experiment.rerun_many(&SeedSet::parse(seeds).unwrap().to_string())
            }
        };
        let second = parsed(&words(&again));
        assert_eq!(
            shown(&asked(&second.run)),
            shown(&own),
            "{command:?}\n{again}"
        );
        for option in ["--causes", "--threshold", "--threshold-warn"] {
            let count = |words: &[String]| words.iter().filter(|it| *it == option).count();
            assert_eq!(count(&words(&again)), count(&command), "{again}");
        }
        assert_eq!(
            second.run.many_seeds.is_wanted(),
            first.run.many_seeds.is_wanted()
        );
    }
}

/// In real time too, where an engine is started and then reached.
#[test]
fn a_printed_command_of_real_time_asks_for_the_same() {
    let command = [
        "--scenario",
        "last-unit",
        "--wire",
        "--speed",
        "60",
        "--lag-limit",
        "20ms",
        "--engine",
        "builtin",
        "--engine",
        "http://127.0.0.1:8080/connect",
        "--strategies",
        "mirror",
        "--engine-command",
        "python3 'an engine.py' 8080",
        "--threshold",
        "oversold_units{contender=mirror} < 9",
    ];
    let command: Vec<String> = command.iter().map(|it| it.to_string()).collect();
    let own = asked(&parsed(&command).run);
    let again = own.0.rerun(1);
    let second = asked(&parsed(&words(&again)).run);
    assert_eq!(shown(&second), shown(&own), "{again}");
}

/// A sweep, a search for capacity and many seeds print their own command, and it gives the same bytes.
#[test]
fn printed_commands_of_studies_give_the_same_bytes() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a shop");
    std::fs::create_dir(&folder).unwrap();
    let scenario = scarce(&folder);
    let limit = [
        "--threshold",
        "oversold_units < 3",
        "--threshold-warn",
        "lost_orders == 0",
    ];
    for (name, options, file) in [
        (
            "sweep",
            &["sweep", "--vary", "demand.scale=0.5,1"][..],
            "sweep.json",
        ),
        (
            "capacity",
            &[
                "capacity",
                "--from",
                "0.25",
                "--most",
                "1",
                "--precision",
                "40%",
            ],
            "capacity.json",
        ),
        ("seeds", &["--causes"], "replications.json"),
    ] {
        let out = |turn: &str| {
            place
                .path()
                .join(format!("{name}-{turn}"))
                .display()
                .to_string()
        };
        let played = |words: &[String], turn: &str| {
            let out = out(turn);
            let words = words.iter().map(String::as_str).chain(["--out", &out]);
            let (exit, _, err) = command(&words.collect::<Vec<_>>());
            assert!(matches!(exit, Exit::Pass | Exit::GuaranteeFailed), "{err}");
            std::fs::read_to_string(place.path().join(format!("{name}-{turn}/{file}"))).unwrap()
        };
        let mut first: Vec<String> = options.iter().map(|it| it.to_string()).collect();
        let more = [
            "--scenario",
            &scenario,
            "--strategies",
            "mirror",
            "--seeds",
            "3,5",
        ];
        first.extend(more.iter().chain(&limit).map(|it| it.to_string()));
        let text = played(&first, "first");
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let again = document["rerun"].as_str().unwrap();
        assert!(again.contains("--threshold-warn"), "{again}");
        assert_eq!(played(&words(again), "again"), text, "{again}");
    }
}
