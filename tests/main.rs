//! All tests of the product from outside, in one binary: it is linked once, and tests that wait for a process or a browser run beside
//! those that compute. `cargo test --test product theory::` runs those of one file.

// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod common;
#[path = "../examples/own_engine.rs"]
mod own_engine;

mod amazon_contract;
mod baselines;
mod budget;
mod causes;
mod clients;
mod command_line;
#[cfg(feature = "engine-process")]
mod compaction;
#[cfg(feature = "engine-process")]
mod conformance;
mod coverage;
mod crashes;
mod custom_channel;
mod determinism;
#[cfg(feature = "engine-process")]
mod engine_process;
mod exports;
#[cfg(feature = "engine-process")]
mod fault_times;
mod faults_page;
mod first_engine;
mod fuzz;
mod gates;
mod guarantees;
mod hosts;
mod http;
mod imports;
mod kits;
mod links;
mod orders;
mod planted;
mod replay;
mod report_page;
mod run_directory;
mod scale;
mod scenario_schema;
mod scenarios;
mod serve;
mod stepped;
mod theory;
#[cfg(feature = "engine-process")]
mod wire;
