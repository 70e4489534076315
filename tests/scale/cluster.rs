//! A Slurm of one node, in a directory of its own, on ports of its own, heard on this machine alone.

use std::fmt::Write as _;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How often it is looked whether something has come about.
const LOOK: Duration = Duration::from_millis(100);
/// Looks until a cluster that does not answer is given up: a minute.
const LOOKS_AT_START: u32 = 600;
/// Looks until jobs, or a daemon, are ended the hard way.
const LOOKS_AT_END: u32 = 100;

/// What the test needs; the daemons are not in everybody's PATH.
const PROGRAMS: [&str; 5] = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol"];

/// Why there is no cluster.
#[derive(Debug)]
pub enum NoCluster {
    /// Slurm is not installed: which programs are missing.
    NotInstalled(String),
    /// The daemons do not start on this machine: what they say.
    DoesNotStart(String),
}

/// Daemons that run until this is dropped.
pub struct Cluster {
    place: PathBuf,
    daemons: Vec<(&'static str, Child)>,
}

fn path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin:/sbin")
}

/// A command of Slurm's, free of what an outer Slurm or CI server has said of its own tasks.
fn plain(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", path()).stdin(Stdio::null());
    for (name, _) in std::env::vars() {
        let foreign = ["SLURM", "SBATCH_", "OVERSELL_SHARD_"];
        if foreign.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

fn word_of(program: &str, argument: &str) -> String {
    let output = plain(program).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

/// Two ports that nobody listens on.
fn free_ports() -> io::Result<(u16, u16)> {
    let first = TcpListener::bind("127.0.0.1:0")?;
    let second = TcpListener::bind("127.0.0.1:0")?;
    Ok((first.local_addr()?.port(), second.local_addr()?.port()))
}

impl Cluster {
    /// Starts one in an empty directory, and waits until its node is idle.
    ///
    /// # Errors
    /// When Slurm is not there, or cannot run here.
    pub fn start(place: &Path) -> Result<Cluster, NoCluster> {
        let path = path();
        let is_there =
            |program: &&str| std::env::split_paths(&path).any(|it| it.join(program).is_file());
        let missing: Vec<&str> = PROGRAMS.into_iter().filter(|it| !is_there(it)).collect();
        if !missing.is_empty() {
            return Err(NoCluster::NotInstalled(missing.join(", ")));
        }
        let mut cluster = Cluster {
            place: place.to_path_buf(),
            daemons: Vec::new(),
        };
        cluster.configure();
        cluster.daemons()?;
        for _ in 0..LOOKS_AT_START {
            cluster.all_live()?;
            let state = cluster.slurm("sinfo", &["-h", "-o", "%T"]);
            if String::from_utf8_lossy(&state.stdout).trim() == "idle" {
                return Ok(cluster);
            }
            sleep(LOOK);
        }
        Err(NoCluster::DoesNotStart(format!(
            "its node does not become idle within a minute\n{}",
            cluster.said()
        )))
    }

    fn file(&self, name: &str) -> String {
        self.place.join(name).display().to_string()
    }

    fn configure(&self) {
        for folder in ["state", "spool"] {
            std::fs::create_dir(self.place.join(folder)).unwrap();
        }
        let (controller, node) = free_ports().unwrap();
        let user = word_of("id", "-un");
        let host = word_of("uname", "-n");
        let host = host.split('.').next().unwrap_or("localhost");
        let (socket, state, spool) = (
            self.file("munge.socket"),
            self.file("state"),
            self.file("spool"),
        );
        let (controller_pid, node_pid) = (self.file("slurmctld.pid"), self.file("slurmd.pid"));
        // More processors than the machine may have, so that two tasks of two run at once anywhere.
        let text = format!(
            "ClusterName=oversell\n\
             SlurmctldHost={host}(127.0.0.1)\n\
             AuthType=auth/munge\n\
             AuthInfo=socket={socket}\n\
             CredType=cred/munge\n\
             SlurmUser={user}\n\
             SlurmdUser={user}\n\
             SlurmctldPort={controller}\n\
             SlurmdPort={node}\n\
             CommunicationParameters=NoInAddrAny,NoCtldInAddrAny\n\
             StateSaveLocation={state}\n\
             SlurmdSpoolDir={spool}\n\
             SlurmctldPidFile={controller_pid}\n\
             SlurmdPidFile={node_pid}\n\
             ProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\n\
             SelectType=select/cons_tres\n\
             SelectTypeParameters=CR_CPU\n\
             SchedulerType=sched/builtin\n\
             SchedulerParameters=sched_interval=1\n\
             SlurmdParameters=config_overrides\n\
             KillWait=2\n\
             MessageTimeout=60\n\
             ReturnToService=2\n\
             MpiDefault=none\n\
             SwitchType=switch/none\n\
             AccountingStorageType=accounting_storage/none\n\
             JobCompType=jobcomp/none\n\
             JobAcctGatherType=jobacct_gather/none\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN\n\
             PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
        );
        std::fs::write(self.place.join("slurm.conf"), text).unwrap();
        let key: String = std::iter::repeat_n("only for this test ", 60).collect();
        std::fs::write(self.place.join("munge.key"), key).unwrap();
        let mut modes = Command::new("chmod");
        modes.args([
            "755",
            &self.file("."),
            &self.file("state"),
            &self.file("spool"),
        ]);
        assert!(modes.status().unwrap().success());
        let mut mode = Command::new("chmod");
        assert!(
            mode.args(["400", &self.file("munge.key")])
                .status()
                .unwrap()
                .success()
        );
    }

    fn daemons(&mut self) -> Result<(), NoCluster> {
        let options = [
            ("key-file", "munge.key"),
            ("socket", "munge.socket"),
            ("pid-file", "munged.pid"),
            ("log-file", "munged.log"),
            ("seed-file", "munge.seed"),
        ];
        let mut arguments: Vec<String> = vec!["--foreground".into(), "--force".into()];
        arguments.extend(options.map(|(name, file)| format!("--{name}={}", self.file(file))));
        self.begin("munged", &arguments)?;
        for _ in 0..LOOKS_AT_START {
            self.all_live()?;
            if self.place.join("munge.socket").exists() {
                break;
            }
            sleep(LOOK);
        }
        let configuration = self.file("slurm.conf");
        for daemon in ["slurmctld", "slurmd"] {
            self.begin(daemon, &["-D".into(), "-f".into(), configuration.clone()])?;
        }
        Ok(())
    }

    /// Begins a daemon in the foreground. Should the tests be killed, the kernel ends it.
    fn begin(&mut self, daemon: &'static str, arguments: &[String]) -> Result<(), NoCluster> {
        let said = std::fs::File::create(self.place.join(format!("{daemon}.said"))).unwrap();
        let begun = plain("setpriv")
            .args(["--pdeathsig", "TERM", daemon])
            .args(arguments)
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn();
        let child = begun.map_err(|error| NoCluster::DoesNotStart(format!("{daemon}: {error}")))?;
        self.daemons.push((daemon, child));
        Ok(())
    }

    /// Whether no daemon has ended. One that does not like what we have configured is our mistake, and no reason to skip.
    fn all_live(&mut self) -> Result<(), NoCluster> {
        for at in 0..self.daemons.len() {
            let (daemon, child) = &mut self.daemons[at];
            let (daemon, ended) = (*daemon, child.try_wait().unwrap());
            if let Some(status) = ended {
                let said = self.said();
                for ours in [
                    "nrecognized",
                    "Parsing error",
                    "arse error",
                    "nable to process configuration",
                ] {
                    assert!(
                        !said.contains(ours),
                        "{daemon} does not take its configuration:\n{said}"
                    );
                }
                return Err(NoCluster::DoesNotStart(format!(
                    "{daemon} ended with {status}\n{said}"
                )));
            }
        }
        Ok(())
    }

    /// The last that each daemon said.
    pub fn said(&self) -> String {
        let mut all = String::new();
        for file in ["munged.said", "munged.log", "slurmctld.said", "slurmd.said"] {
            let text = std::fs::read_to_string(self.place.join(file)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            for line in &lines[lines.len().saturating_sub(12)..] {
                let _ = writeln!(all, "{file}: {line}");
            }
        }
        all
    }

    /// A command of Slurm's that speaks to this cluster.
    pub fn command(&self, program: &str) -> Command {
        let mut command = plain(program);
        command.env("SLURM_CONF", self.file("slurm.conf"));
        command
    }

    /// Runs a command of Slurm's.
    pub fn slurm(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(program).args(arguments).output().unwrap()
    }

    /// The tasks that are not over: number within the array, and why it waits. Nothing when the controller does not answer.
    pub fn tasks(&self) -> Option<Vec<(u32, String)>> {
        let listed = self.slurm("squeue", &["-h", "-r", "-o", "%K %r"]);
        if !listed.status.success() {
            return None;
        }
        let text = String::from_utf8(listed.stdout).unwrap();
        let rows = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let index = words.next()?.parse().ok()?;
            Some((index, words.next()?.to_string()))
        });
        Some(rows.collect())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.said());
        }
        let is_up = self.daemons.len() == 3;
        if is_up {
            // Tasks do not end with the daemon that has begun them.
            self.slurm(
                "scancel",
                &["--state=PENDING", "--state=RUNNING", "--partition=all"],
            );
            for _ in 0..LOOKS_AT_END {
                if self.tasks().is_some_and(|it| it.is_empty()) {
                    break;
                }
                sleep(LOOK);
            }
        }
        while let Some((_, mut child)) = self.daemons.pop() {
            let mut end = Command::new("kill");
            let _ = end.args(["-TERM", &child.id().to_string()]).status();
            for _ in 0..LOOKS_AT_END {
                if !matches!(child.try_wait(), Ok(None)) {
                    break;
                }
                sleep(LOOK);
            }
            // It is over already, or is now.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
