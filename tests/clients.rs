//! Client SDKs that others wrote, unchanged apart from the address, against `simulate serve`: proof of the emulators by
//! software that knows the real platforms.
//!
//! The scripts are in `tests/clients/`; `docs/clients.md` tells how each SDK is pointed at the service. What they need is
//! installed once into `target/clients/`, from exactly pinned lists.

#[cfg(feature = "tls")]
mod front_door;
mod readers;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use serde_json::Value;

/// A flow takes seconds; a script that hangs is ended after so long.
const PATIENCE_S: &str = "240";
/// Bytes of each direction of a connection that are kept for the report of a failure.
const KEPT_BYTES: usize = 6_000;
/// Connections that are kept for the report of a failure.
const KEPT_CONNECTIONS: usize = 4;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder of installed SDKs, beside the build's other results.
fn installed() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_simulate"));
    let target = built.ancestors().nth(2).expect("target/<profile>/simulate");
    target.join("clients")
}

fn is_there(program: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    version.is_ok_and(|it| it.status.success())
}

fn must(command: &mut Command, what: &str) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{what}: {}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Installs by `install` into a folder unless its stamp holds the same pinned `content` already.
fn provision(folder: &Path, content: &str, install: impl FnOnce(&Path)) {
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|it| it == content) {
        return;
    }
    // A half-finished installation is of no use.
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    install(folder);
    std::fs::write(stamp, content).unwrap();
}

/// The Python interpreter with the pinned packages; none where Python is missing.
fn python() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        if !is_there("python3") {
            return None;
        }
        let pinned = here("tests/clients/python/requirements.txt");
        let folder = installed().join("python");
        provision(
            &folder,
            &std::fs::read_to_string(&pinned).unwrap(),
            |folder| {
                must(
                    Command::new("python3").args(["-m", "venv"]).arg(folder),
                    "python3 -m venv",
                );
                must(
                    Command::new(folder.join("bin/python"))
                        .args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"])
                        .arg(&pinned),
                    "pip install",
                );
            },
        );
        Some(folder.join("bin/python"))
    };
    FOUND.get_or_init(find).as_deref()
}

/// The folder where the pinned npm packages are; none where Node is missing.
fn node_modules() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        if !is_there("node") || !is_there("npm") {
            return None;
        }
        let folder = installed().join("js");
        let read =
            |name: &str| std::fs::read_to_string(here("tests/clients/js").join(name)).unwrap();
        let (package, lock) = (read("package.json"), read("package-lock.json"));
        provision(&folder, &format!("{package}{lock}"), |folder| {
            std::fs::write(folder.join("package.json"), &package).unwrap();
            std::fs::write(folder.join("package-lock.json"), &lock).unwrap();
            must(
                Command::new("npm")
                    .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                    .current_dir(folder),
                "npm ci",
            );
        });
        // Node looks for packages beside a script.
        for scripts in ["tests/clients/js", "tests/clients/front"] {
            for entry in std::fs::read_dir(here(scripts)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|it| it == "mjs") {
                    std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        Some(folder)
    };
    FOUND.get_or_init(find).as_deref()
}

/// What went over one connection: to the service, and back.
#[derive(Default)]
struct Exchange {
    system: String,
    sent: VecDeque<u8>,
    received: VecDeque<u8>,
}

/// The last connections of the SDK under test.
type Exchanges = Arc<Mutex<VecDeque<Arc<Mutex<Exchange>>>>>;

/// Copies bytes as they are, keeping the last ones.
fn copy(
    mut from: TcpStream,
    mut to: TcpStream,
    exchange: &Mutex<Exchange>,
    place: fn(&mut Exchange) -> &mut VecDeque<u8>,
) {
    let mut bytes = [0; 16 << 10];
    while let Ok(count) = from.read(&mut bytes) {
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            break;
        }
        let mut exchange = exchange.lock().unwrap();
        let kept = place(&mut exchange);
        kept.extend(&bytes[..count]);
        let over = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..over);
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Listens in front of a server, passing every byte on unaltered, so that a failure can show what was sent and received.
fn listen_in(system: &str, url: &str, exchanges: &Exchanges) -> String {
    let server: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (system, exchanges) = (system.to_string(), exchanges.clone());
    thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else {
                continue;
            };
            let exchange = Arc::new(Mutex::new(Exchange {
                system: system.clone(),
                ..Exchange::default()
            }));
            let mut all = exchanges.lock().unwrap();
            all.push_back(exchange.clone());
            if all.len() > KEPT_CONNECTIONS {
                all.pop_front();
            }
            drop(all);
            for stream in [&client, &server] {
                stream.set_nodelay(true).unwrap();
            }
            let (back_from, back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let back = exchange.clone();
            thread::spawn(move || copy(client, server, &exchange, |it| &mut it.sent));
            thread::spawn(move || copy(back_from, back_to, &back, |it| &mut it.received));
        }
    });
    format!("http://{address}")
}

/// A running `simulate serve`; ended when dropped.
struct Served {
    child: Child,
    /// What it printed, with the listening-in addresses in place of its own.
    described: Value,
    exchanges: Exchanges,
    _place: tempfile::TempDir,
}

impl Served {
    fn start() -> Served {
        let place = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_simulate"))
            .args(["serve", "--orders", "30", "--format", "json", "--out"])
            .arg(place.path().join("run"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let mut described: Value = serde_json::from_str(&line).unwrap();
        let exchanges = Exchanges::default();
        for system in ["shopify", "amazon", "sqs", "tiktok_shop"] {
            let url = &mut described[system]["url"];
            *url = listen_in(system, url.as_str().unwrap(), &exchanges).into();
        }
        Served {
            child,
            described,
            exchanges,
            _place: place,
        }
    }

    /// The last bytes of the last connections.
    fn last_exchanges(&self) -> String {
        let mut text = String::new();
        for exchange in self.exchanges.lock().unwrap().iter() {
            let mut exchange = exchange.lock().unwrap();
            let sent = String::from_utf8_lossy(exchange.sent.make_contiguous()).into_owned();
            let received =
                String::from_utf8_lossy(exchange.received.make_contiguous()).into_owned();
            text += &format!(
                "\n---- sent to {}\n{sent}\n---- received\n{received}\n",
                exchange.system
            );
        }
        text
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says that a script did not run, or fails where nothing may be skipped.
fn skip(script: &str, missing: &str) {
    assert!(
        !std::env::var("CI").is_ok_and(|it| it == "true"),
        "{script} needs {missing}"
    );
    eprintln!("skipped: {script} needs {missing}");
}

fn output(command: &mut Command, served: &Served) -> Output {
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(proxy).env_remove(proxy.to_lowercase());
    }
    command
        .env("OVERSELL_SERVE", served.described.to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_documentation_shows_the_lines_of_the_scripts() {
    let documented = std::fs::read_to_string(here("docs/clients.md")).unwrap();
    let mut scripts = 0;
    for folder in ["tests/clients/js", "tests/clients/python"] {
        for entry in std::fs::read_dir(here(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let Some((_, rest)) = text.split_once(" point-at-serve\n") else {
                continue;
            };
            let lines: Vec<&str> = rest
                .lines()
                .take_while(|line| !["# end", "// end"].contains(line))
                .collect();
            let block = format!("\n{}\n```\n", lines.join("\n").trim_matches('\n'));
            assert!(documented.contains(&block), "{}\n{block}", path.display());
            scripts += 1;
        }
    }
    assert_eq!(scripts, 12);
}

/// Runs a script against a service of its own.
fn run(script: &str) {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE_S);
    if script.ends_with(".py") {
        let Some(python) = python() else {
            return skip(script, "python3");
        };
        command
            .arg(python)
            .arg("-B")
            .arg(here("tests/clients/python").join(script));
    } else {
        let Some(folder) = node_modules() else {
            return skip(script, "node and npm");
        };
        command.arg("node").arg(folder.join(script));
    }
    let served = Served::start();
    let output = output(&mut command, &served);
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{script}\n{text}");
    assert!(
        output.status.success(),
        "{script} failed\n{text}{}",
        served.last_exchanges()
    );
}

macro_rules! clients {
    ($($name:ident: $script:literal;)*) => {
        $(
            #[test]
            fn $name() {
                run($script);
            }
        )*

        /// Every script is run by a test.
        #[test]
        fn no_script_is_forgotten() {
            let mut forgotten = Vec::new();
            for folder in ["tests/clients/js", "tests/clients/python"] {
                for entry in std::fs::read_dir(here(folder)).unwrap() {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    let is_script = (name.ends_with(".mjs") || name.ends_with(".py")) && !name.starts_with("harness");
                    if is_script && ![$($script),*].contains(&name.as_str()) {
                        forgotten.push(name);
                    }
                }
            }
            assert_eq!(forgotten, Vec::<String>::new());
        }
    };
}

clients! {
    shopify_api_js: "shopify_api.mjs";
    shopify_admin_api_client_js: "shopify_admin_api_client.mjs";
    shopify_api_node: "shopify_api_node.mjs";
    shopify_api_python: "shopify_api.py";
    amzn_sp_api_and_boto3_python: "amzn_sp_api_and_boto3.py";
    python_amazon_sp_api: "python_amazon_sp_api.py";
    amazon_sp_api_sdk_js: "amazon_sp_api_sdk.mjs";
    amazon_sp_api_js: "amazon_sp_api.mjs";
    tiktok_shop_api_python: "tiktok_shop_api_client.py";
    tiktok_shop_mcp_python: "tiktok_shop_mcp_client.py";
    tiktok_shop_sdk_js: "tiktok_shop_sdk.mjs";
    tiktok_shop_node_sdk: "tiktok_shop_node_sdk.mjs";
}
