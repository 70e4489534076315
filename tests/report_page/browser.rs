//! A headless Chromium opens the page. What it needs is installed once into `target/report_page/`, from an exactly pinned
//! list; without Chromium or Node the test says that it is skipped, and fails where `CI` is `true`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const CHROMIUM: &str = "/usr/bin/chromium";

fn is_there(program: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    version.is_ok_and(|it| it.status.success())
}

/// The folder with the installed packages; none where something is missing.
fn installed() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        if let Some(missing) = [CHROMIUM, "node", "npm"]
            .into_iter()
            .find(|it| !is_there(it))
        {
            assert!(
                !std::env::var("CI").is_ok_and(|it| it == "true"),
                "the browser's tests need {missing}"
            );
            eprintln!("skipped: the browser's tests need {missing}");
            return None;
        }
        let built = Path::new(env!("CARGO_BIN_EXE_simulate"));
        let folder = built
            .ancestors()
            .nth(2)
            .expect("target/<profile>/simulate")
            .join("report_page");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report_page/browser");
        let read = |name: &str| std::fs::read_to_string(source.join(name)).unwrap();
        let pinned = format!("{}{}", read("package.json"), read("package-lock.json"));
        let stamp = folder.join("installed.txt");
        if !std::fs::read_to_string(&stamp).is_ok_and(|it| it == pinned) {
            // A half-finished installation is of no use.
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
            for name in ["package.json", "package-lock.json"] {
                std::fs::copy(source.join(name), folder.join(name)).unwrap();
            }
            let output = Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(&folder)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            std::fs::write(&stamp, pinned).unwrap();
        }
        // Node looks for packages beside a script.
        std::fs::copy(source.join("examine.mjs"), folder.join("examine.mjs")).unwrap();
        Some(folder)
    };
    FOUND.get_or_init(find).as_deref()
}

fn run(what: &str, page: impl AsRef<std::ffi::OsStr>) {
    let Some(folder) = installed() else { return };
    let output = Command::new("node")
        .arg("examine.mjs")
        .args([what, CHROMIUM])
        .arg(page)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.trim_end().ends_with("all is well"), "{said}{errors}");
}

/// No error, no request, playback, accessibility in light and dark, no overflow on a phone, and the page without script.
pub fn examines(page: &Path) {
    run("whole", page);
}

/// The same of a page with nothing to play.
pub fn examines_still(page: &Path) {
    run("still", page);
}

/// No error, no dialog and no request from a page whose names are hostile.
pub fn says_nothing(html: &str, place: &Path) {
    let page = place.join("hostile.html");
    std::fs::write(&page, html).unwrap();
    run("quiet", &page);
}

/// Counts are seen and follow what happens; accessibility in light and dark, no overflow on a phone, and no request beyond the
/// service's own port.
pub fn watches(url: &str) {
    run("live", url);
}
