//! What is in a run directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything in a directory but how long it took.
fn files(place: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![place.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("timing.json") {
                let name = path.strip_prefix(place).unwrap().to_path_buf();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Fails unless both directories hold the same files with the same bytes.
pub fn assert_same_bytes(own: &Path, known: &Path) {
    let (own, known) = (files(own), files(known));
    assert_eq!(
        own.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>()
    );
    for needed in ["seeds.jsonl", "replications.json", "manifest.json"] {
        assert!(known.contains_key(Path::new(needed)), "{needed} is missing");
    }
    for (name, bytes) in &known {
        // Not printed: a file can have a megabyte.
        assert!(own[name] == *bytes, "{} differs", name.display());
    }
}
