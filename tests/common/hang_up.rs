//! Closing the terminal of a process.

/// Whether whoever started the tests has hang-ups ignored, as `nohup` does: then nothing here can show what they do.
pub fn hang_ups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let is_ignored = mask.is_some_and(|mask| mask & 1 == 1);
    if is_ignored {
        eprintln!("skipped: hang-ups are ignored here, as under nohup");
    }
    is_ignored
}
