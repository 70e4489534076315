//! Names the engine's sources: a snapshot of its state is read by the same build only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    let mut found = Vec::new();
    sources(Path::new("src"), &mut found)?;
    found.sort();
    // FNV-1a: the same on every machine.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for path in found {
        for byte in fs::read(path)? {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=ENGINE_SOURCES={version}-{hash:016x}");
    Ok(())
}
