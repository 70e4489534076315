//! Many machines, as docs/scale.md has it: the Slurm script under a real Slurm, the Kubernetes manifest by Kubernetes' schema, and
//! what a pod runs by a shell.

mod cluster;
mod files;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::python::{self, must};
use cluster::{Cluster, NoCluster};
use files::assert_same_bytes;

const SIMULATE: &str = env!("CARGO_BIN_EXE_simulate");

/// Two shops that want more than there is.
const SHOP: &str = r#"
version = 1
name = "shop"
title = "Two shops, twenty units"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "3min"
settle = "30min"
channel = [
    { name = "first", platform = "tiktok_shop", profile = "tiktok-default", share = 0.6 },
    { name = "second", platform = "tiktok_shop", profile = "tiktok-default", share = 0.4 },
]
warehouse = { profile = "warehouse-default", location = [{ code = "east", share = 1.0 }] }
catalogue = { skus = 4 }
stock = { units = 20 }
demand = { phase = [{ shape = "constant", lasts = "3min", rate = "1/s" }] }
strategies = ["mirror", "escrow"]
"#;

/// Not a multiple of the shards, so that these differ in size.
const SEEDS: &str = "14";
const SHARDS: usize = 4;

/// Stands for `simulate` in a task, and notes each start. The first time the kernel ends task 1 by a signal among its rows, as
/// it does for want of memory, and task 2 never comes to anything.
const FATE: &str = r#"#!/usr/bin/env bash
echo "$SLURM_ARRAY_TASK_ID" >> "$STARTS"
case "$SLURM_ARRAY_TASK_ID.${SLURM_RESTART_COUNT:-0}" in
    1.0) ulimit -c 0; ulimit -f 20 ;;
    2.0) exec sleep 600 ;;
esac
exec "$REAL_SIMULATE" "$@"
"#;

/// Looks of a tenth of a second until an array must be over: five minutes.
const LOOKS: u32 = 3_000;
/// Looks at most that the controller may leave unanswered.
const MOST_UNANSWERED: u32 = 10;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Says so past the capture of a test's output, since nobody reads that of one that passes.
fn skipped(why: &str) {
    let mut err = std::io::stderr().lock();
    // Where even this cannot be said there is nobody to tell.
    let _ = writeln!(err, "\nskipped: tests/scale: {why}");
}

/// Plays all seeds in one piece, and puts shards together; both must pass.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shop.toml"), SHOP).unwrap();
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn whole_and_merged_are_the_same(&self, shards: &Path) {
        let whole = self.path("whole");
        let mut play = Command::new(SIMULATE);
        play.args(["--scenario", &self.text("shop.toml"), "--seeds", SEEDS]);
        must(play.arg("--out").arg(&whole));
        // By the shell's own pattern, as the documentation has it.
        let line = "\"$0\" merge \"$1\"/shard-* --out \"$2\"";
        let merged = self.path("merged");
        let mut merge = Command::new("bash");
        must(merge.args(["-c", line, SIMULATE]).arg(shards).arg(&merged));
        assert_same_bytes(&merged, &whole);
    }
}

/// How often each task was begun.
fn starts(place: &Place) -> [usize; SHARDS] {
    let text = fs::read_to_string(place.path("starts")).unwrap_or_default();
    std::array::from_fn(|task| {
        let task = task.to_string();
        text.lines().filter(|line| *line == task).count()
    })
}

#[test]
fn a_slurm_array_with_a_killed_task_is_the_single_run() {
    let place = Place::new();
    fs::create_dir(place.path("slurm")).unwrap();
    let cluster = match Cluster::start(&place.path("slurm")) {
        Ok(cluster) => cluster,
        // .ci/run installs it.
        Err(NoCluster::NotInstalled(programs))
            if std::env::var("CI").is_ok_and(|it| it == "true") =>
        {
            panic!("Slurm is not installed: {programs}")
        }
        Err(NoCluster::NotInstalled(programs)) => {
            return skipped(&format!("Slurm is not installed: there is no {programs}"));
        }
        Err(NoCluster::DoesNotStart(why)) => {
            return skipped(&format!("Slurm does not start on this machine: {why}"));
        }
    };
    let fate = place.text("fate");
    fs::write(&fate, FATE).unwrap();
    must(Command::new("chmod").args(["755", &fate]));
    let out = place.path("out");
    let mut submit = cluster.command("sbatch");
    submit
        .args(["--parsable", "--array", &format!("0-{}", SHARDS - 1)])
        .args(["--chdir", &place.text(".")])
        .arg(here("docs/scale/oversell.slurm"))
        .arg(&out)
        .args(["--scenario", &place.text("shop.toml"), "--seeds", SEEDS])
        .env("SIMULATE", &fate)
        .env("REAL_SIMULATE", SIMULATE)
        .env("STARTS", place.path("starts"));
    let job = must(&mut submit).trim().to_string();

    let mut unanswered = 0;
    let mut taken_back = false;
    let mut hastened = BTreeSet::new();
    let mut over = false;
    for _ in 0..LOOKS {
        if !taken_back && starts(&place)[2] == 1 {
            must(
                cluster
                    .command("scontrol")
                    .args(["requeue", &format!("{job}_2")]),
            );
            taken_back = true;
        }
        sleep(Duration::from_millis(100));
        let Some(tasks) = cluster.tasks() else {
            unanswered += 1;
            assert!(unanswered < MOST_UNANSWERED, "{}", cluster.said());
            continue;
        };
        for (index, why) in &tasks {
            // Slurm lets a task that was put back wait for two minutes. Not at all would be too little: a node begins no
            // task in the second in which it has ended one of the same number.
            if why == "BeginTime" && hastened.insert(*index) {
                let task = format!("jobid={job}_{index}");
                must(
                    cluster
                        .command("scontrol")
                        .args(["update", &task, "StartTime=now+3"]),
                );
            }
        }
        over = tasks.is_empty();
        if over {
            break;
        }
    }
    let log = |task: usize| {
        let file = place.path(&format!("oversell-{job}_{task}.log"));
        fs::read_to_string(file).unwrap_or_default()
    };
    let logs: Vec<String> = (0..SHARDS).map(log).collect();
    assert!(
        over,
        "the array does not end: {:?}\n{logs:#?}",
        cluster.tasks()
    );
    assert_eq!(starts(&place), [1, 2, 2, 1], "{logs:#?}");
    for (task, log) in logs.iter().enumerate() {
        let seeds = if task < 2 { 4 } else { 3 };
        let said = format!(
            "shard {}/{SHARDS}: {seeds} of {SEEDS} seeds played",
            task + 1
        );
        assert_eq!(log.matches(&said).count(), 1, "{log}");
    }
    // Nothing is left of what was broken off but the place of the task that Slurm has ended itself.
    let names = fs::read_dir(&out).unwrap();
    let mut names: Vec<String> = names
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names
            .iter()
            .filter(|it| it.starts_with(".shard-2."))
            .count(),
        1,
        "{names:?}"
    );
    assert_eq!(names[1..], ["shard-0", "shard-1", "shard-2", "shard-3"]);
    place.whole_and_merged_are_the_same(&out);
}

#[test]
fn the_kubernetes_job_is_valid_and_its_pods_make_the_single_run() {
    let Some(python) = python::python("scale", "tests/scale/requirements.txt") else {
        return skipped("there is no python3");
    };
    let manifest = here("docs/scale/oversell-job.yaml");
    let validate = python.with_file_name("kubernetes-validate");
    must(Command::new(&validate).arg("--strict").arg(&manifest));
    let place = Place::new();
    let text = fs::read_to_string(&manifest).unwrap();
    let wrong = place.path("wrong.yaml");
    fs::write(
        &wrong,
        text.replacen("completionMode", "completionsMode", 1),
    )
    .unwrap();
    let refused = Command::new(&validate)
        .arg("--strict")
        .arg(&wrong)
        .output()
        .unwrap();
    assert!(!refused.status.success(), "the schema takes anything");

    let job = must(
        Command::new(&python)
            .arg(here("tests/scale/job.py"))
            .arg(&manifest),
    );
    let job: Value = serde_json::from_str(&job).unwrap();
    // Kubernetes does not tell a pod how many there are, so that the manifest says it twice.
    assert_eq!(
        job["env"]["JOB_COMPLETIONS"],
        job["completions"].to_string()
    );

    let out = place.path("out");
    fs::create_dir(&out).unwrap();
    let command: Vec<&str> = job["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    let folder = Path::new(SIMULATE).parent().unwrap().display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let pod = |index: usize| {
        let mut pod = Command::new(command[0]);
        pod.args(&command[1..])
            .env("PATH", &path)
            .env("RESULTS", &out)
            .env(
                "ARGUMENTS",
                format!("--scenario {} --seeds {SEEDS}", place.text("shop.toml")),
            )
            .env("JOB_COMPLETIONS", SHARDS.to_string())
            .env("JOB_COMPLETION_INDEX", index.to_string());
        for foreign in ["OVERSELL_SHARD_INDEX", "SLURM_ARRAY_TASK_ID"] {
            pod.env_remove(foreign);
        }
        must(&mut pod)
    };
    for index in 0..SHARDS {
        let said = pod(index);
        assert!(
            said.contains(&format!("shard {}/{SHARDS}: ", index + 1)),
            "{said}"
        );
    }
    // A pod that is begun again after it was complete computes nothing.
    assert_eq!(pod(1), "");
    place.whole_and_merged_are_the_same(&out);
}

/// Nobody would see that the page tells of an older measurement, or of other assumptions.
#[test]
fn the_table_of_a_million_seeds_is_the_one_that_its_script_makes() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("there is no python3");
    }
    must(
        Command::new("python3")
            .arg(here("docs/scale/table.py"))
            .arg("--check"),
    );
}
