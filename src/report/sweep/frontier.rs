//! The picture of what a sweep trades: lost sales to the right, oversold units up, and the line that nothing lies below.

use std::fmt::Write;

use super::rows::{SweepDocument, SweepRow};
use crate::experiment::vary::words;
use crate::report::html::escaped;
use crate::report::number::decimal;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;

/// Colours that are told apart by people who see few (Okabe and Ito), one a contender.
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#808080",
];

/// An SVG image that needs nothing else.
pub fn frontier(document: &SweepDocument) -> String {
    let definition = &document.definition;
    let placed = |row: &SweepRow| row.lost_and_oversold();
    let points: Vec<(&SweepRow, (f64, f64))> = document
        .rows
        .iter()
        .filter_map(|row| Some((row, placed(row)?)))
        .collect();
    let most = |value: fn(&(f64, f64)) -> f64| {
        let largest = points.iter().map(|(_, at)| value(at)).fold(0.0, f64::max);
        if largest > 0.0 { largest * 1.05 } else { 1.0 }
    };
    let (most_lost, most_oversold) = (most(|at| at.0), most(|at| at.1));
    let x = |lost: f64| LEFT + lost / most_lost * (WIDTH - LEFT - RIGHT);
    let y = |oversold: f64| HEIGHT - BOTTOM - oversold / most_oversold * (HEIGHT - TOP - BOTTOM);
    let title = format!("{}: oversold units against lost sales", definition.scenario);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{}</title>\n<rect width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" fill=\"#fff\"/>\n<text x=\"{LEFT}\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(&title),
        escaped(&title)
    );
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    let _ = writeln!(
        out,
        "<path d=\"M{LEFT} {TOP}V{bottom}H{right}\" fill=\"none\" stroke=\"#666\"/>\n<text x=\"{}\" y=\"{}\" \
         text-anchor=\"middle\">lost sales, units a run</text>\n<text x=\"16\" y=\"{}\" text-anchor=\"middle\" \
         transform=\"rotate(-90 16 {})\">oversold units a run</text>",
        (LEFT + right) / 2.0,
        HEIGHT - 16.0,
        (TOP + bottom) / 2.0,
        (TOP + bottom) / 2.0
    );
    for part in [0.0, 0.5, 1.0] {
        let (lost, oversold) = (most_lost * part / 1.05, most_oversold * part / 1.05);
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n<text x=\"{}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            x(lost),
            bottom + 18.0,
            decimal(lost),
            LEFT - 8.0,
            y(oversold) + 4.0,
            decimal(oversold)
        );
    }
    let mut line: Vec<(f64, f64)> = points
        .iter()
        .filter(|(row, _)| row.on_frontier)
        .map(|(_, at)| *at)
        .collect();
    line.sort_by(|one, other| one.0.total_cmp(&other.0).then(other.1.total_cmp(&one.1)));
    line.dedup();
    if let Some(first) = line.first() {
        let mut path = format!("M{:.1} {:.1}", x(first.0), y(first.1));
        for (lost, oversold) in &line[1..] {
            let _ = write!(path, "H{:.1}V{:.1}", x(*lost), y(*oversold));
        }
        let _ = writeln!(
            out,
            "<path d=\"{path}\" fill=\"none\" stroke=\"#666\" stroke-dasharray=\"4 3\"/>"
        );
    }
    for (at, name) in definition.contenders.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        for (row, (lost, oversold)) in points.iter().filter(|(row, _)| row.contender == *name) {
            let label = format!(
                "{name}, {}: {} oversold, {} lost",
                words(&row.settings),
                decimal(*oversold),
                decimal(*lost)
            );
            let _ = writeln!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{}\" fill=\"{colour}\"><title>{}</title></circle>",
                x(*lost),
                y(*oversold),
                if row.on_frontier { 6 } else { 4 },
                escaped(&label)
            );
        }
        let height = TOP + 20.0 * at as f64;
        let _ = writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{height}\" r=\"5\" fill=\"{colour}\"/>\n<text x=\"{}\" y=\"{}\">{}</text>",
            right + 20.0,
            right + 32.0,
            height + 4.0,
            escaped(name)
        );
    }
    out.push_str("</svg>\n");
    out
}
