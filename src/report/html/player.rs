//! What the script plays: the worst SKU of each contender, thinned to what a hand can scrub through.

use serde::Serialize;

use super::picture::reach;
use crate::measure::series::{Frame, Playback};
use crate::report::json::Document;

/// Frames of one contender in the page.
const MOST_FRAMES: usize = 600;

/// One contender's.
#[derive(Serialize)]
struct Played<'a> {
    name: &'a str,
    position: usize,
    sku: u32,
    /// The shop's own code of it, where its orders were replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    channels: &'a [String],
    from_s: f64,
    until_s: f64,
    frames: Vec<&'a Frame>,
}

/// The data for the script, as JSON that may stand in HTML.
pub fn data(document: &Document, playbacks: &[(usize, Playback)]) -> String {
    let played = playbacks.iter().map(|(position, playback)| {
        let run = &document.strategies[*position];
        let (from_s, until_s) = reach(run);
        Played {
            name: &run.strategy,
            position: *position,
            sku: playback.sku,
            code: run
                .causes
                .iter()
                .flat_map(|it| &it.worst_skus)
                .find(|it| it.sku == playback.sku)
                .and_then(|it| it.example.sku_code.as_deref()),
            channels: &playback.channels,
            from_s,
            until_s,
            frames: thinned(&playback.frames, from_s, until_s),
        }
    });
    let played: Vec<Played> = played.collect();
    let text = serde_json::to_string(&played).unwrap_or_default();
    // Nothing in a name can end the element that holds it.
    text.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
}

/// The frames of a stretch of time, evenly as many as wanted; the last of each part, so that sums stay.
fn thinned(frames: &[Frame], from: f64, until: f64) -> Vec<&Frame> {
    let first = frames
        .partition_point(|it| it.at_s <= from)
        .saturating_sub(1);
    let last = frames.partition_point(|it| it.at_s <= until);
    let within = &frames[first.min(last)..last];
    let together = within.len().div_ceil(MOST_FRAMES).max(1);
    within
        .chunks(together)
        .filter_map(<[Frame]>::last)
        .collect()
}
