//! Each floor knows only those below it.

use std::path::{Path, PathBuf};

/// Every floor with those above it.
const ABOVE: [(&str, &[&str]); 4] = [
    ("model", &["shop", "signals", "api", "machine"]),
    ("shop", &["signals", "api", "machine"]),
    ("signals", &["api", "machine"]),
    ("api", &["machine"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the package") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_floor_imports_from_one_above_it() {
    let amazon = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/amazon");
    for (floor, above) in ABOVE {
        let files = sources(&amazon.join(floor));
        assert!(files.len() > 2, "{floor} is empty");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source file");
            for name in above {
                for path in [format!("amazon::{name}"), format!("super::{name}::")] {
                    assert!(!text.contains(&path), "{} has {path}", file.display());
                }
            }
        }
    }
}
