//! The picture of what a sweep trades: lost sales to the right, oversold units up, each with its interval, and the line that no mean
//! lies below; one for each demand, stock and catalogue, where those are varied.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rows::{SweepDocument, SweepRow};
use crate::experiment::vary::{Setting, words};
use crate::report::html::escaped;
use crate::report::number::decimal;
use crate::report::replications::estimate_text;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;
/// How far intervals may widen the axes, as a multiple of the largest mean; what reaches beyond has no cap there.
const MOST_BEYOND: f64 = 1.5;
/// How much further axes reach than the largest value.
const ROOM: f64 = 1.05;
/// Half the length of a cap at the end of an interval.
const CAP: f64 = 3.0;

/// From the first point of a line to what the line is called.
const LABEL_APART: f64 = 8.0;

/// Colours that are told apart by people who see few (Okabe and Ito), one a contender.
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#808080",
];

/// An interval as far as there is room for it.
struct Reach {
    low: f64,
    high: f64,
    is_whole: (bool, bool),
}

impl Reach {
    /// Of a mean; between none, since no fewer units can be lost or oversold, and the most that the axis shows.
    fn of(mean: f64, half_width: f64, most: f64) -> Reach {
        let (low, high) = (mean - half_width, mean + half_width);
        Reach {
            low: low.max(0.0),
            high: high.min(most),
            is_whole: (low >= 0.0, high <= most),
        }
    }

    /// The ends that are shown.
    fn caps(&self) -> impl Iterator<Item = f64> {
        let low = Some(self.low).filter(|_| self.is_whole.0);
        let high = Some(self.high).filter(|_| self.is_whole.1);
        low.into_iter().chain(high)
    }
}

/// A row and what it lost and oversold, units a run.
type Point<'a> = (&'a SweepRow, (f64, f64));

/// What the picture shows at most, units a run.
struct Axes {
    most_lost: f64,
    most_oversold: f64,
}

impl Axes {
    fn of(points: &[Point<'_>]) -> Axes {
        let most = |value: fn(&(f64, f64)) -> f64| {
            let largest = points.iter().map(|(_, at)| value(at)).fold(0.0, f64::max);
            let ends = points.iter();
            let ends = ends.map(|(row, at)| value(at) + value(&row.half_widths()));
            // Of few runs intervals are so wide that nothing else could be seen beside them.
            let end = ends.fold(0.0, f64::max).min(largest * MOST_BEYOND);
            if largest > 0.0 {
                end.max(largest) * ROOM
            } else {
                1.0
            }
        };
        Axes {
            most_lost: most(|at| at.0),
            most_oversold: most(|at| at.1),
        }
    }

    fn x(&self, lost: f64) -> f64 {
        LEFT + lost / self.most_lost * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, oversold: f64) -> f64 {
        HEIGHT - BOTTOM - oversold / self.most_oversold * (HEIGHT - TOP - BOTTOM)
    }

    /// The path of a point's intervals with their caps; nothing of a single run.
    fn whiskers(&self, (lost, oversold): (f64, f64), half_widths: (f64, f64)) -> String {
        let (half_lost, half_oversold) = half_widths;
        let mut path = String::new();
        if half_lost > 0.0 {
            let reach = Reach::of(lost, half_lost, self.most_lost);
            let (from, until) = (self.x(reach.low), self.x(reach.high));
            let height = self.y(oversold);
            let _ = write!(path, "M{from:.1} {height:.1}H{until:.1}");
            for end in reach.caps() {
                let (at, top) = (self.x(end), height - CAP);
                let _ = write!(path, "M{at:.1} {top:.1}v{}", 2.0 * CAP);
            }
        }
        if half_oversold > 0.0 {
            let reach = Reach::of(oversold, half_oversold, self.most_oversold);
            let (from, until) = (self.y(reach.low), self.y(reach.high));
            let place = self.x(lost);
            let _ = write!(path, "M{place:.1} {from:.1}V{until:.1}");
            for end in reach.caps() {
                let (left, at) = (place - CAP, self.y(end));
                let _ = write!(path, "M{left:.1} {at:.1}h{}", 2.0 * CAP);
            }
        }
        path
    }
}

/// The line that no mean of the same circumstances lies below, and which those are where there are others.
fn push_line(out: &mut String, axes: &Axes, circumstances: &[Setting], mut line: Vec<(f64, f64)>) {
    line.sort_by(|one, other| one.0.total_cmp(&other.0).then(other.1.total_cmp(&one.1)));
    line.dedup();
    let Some(&(lost, oversold)) = line.first() else {
        return;
    };
    let (left, top) = (axes.x(lost), axes.y(oversold));
    let mut path = format!("M{left:.1} {top:.1}");
    for (lost, oversold) in &line[1..] {
        let _ = write!(path, "H{:.1}V{:.1}", axes.x(*lost), axes.y(*oversold));
    }
    let _ = writeln!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#666\" stroke-dasharray=\"4 3\"/>"
    );
    if !circumstances.is_empty() {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" fill=\"#555\">{}</text>",
            left + LABEL_APART,
            top - LABEL_APART,
            escaped(&words(circumstances))
        );
    }
}

/// A line through places in their order; nothing of fewer than two places that differ.
fn path_through(places: impl Iterator<Item = (f64, f64)>) -> String {
    let mut places: Vec<String> = places.map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    places.dedup();
    match places.len() {
        0 | 1 => String::new(),
        _ => format!("M{}", places.join("L")),
    }
}

/// An SVG image that needs nothing else.
pub fn frontier(document: &SweepDocument) -> String {
    let definition = &document.definition;
    let placed = |row: &SweepRow| row.lost_and_oversold();
    let points: Vec<Point<'_>> = document
        .rows
        .iter()
        .filter_map(|row| Some((row, placed(row)?)))
        .collect();
    let axes = Axes::of(&points);
    let (x, y) = (|lost| axes.x(lost), |oversold| axes.y(oversold));
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
        let (lost, oversold) = (
            axes.most_lost * part / ROOM,
            axes.most_oversold * part / ROOM,
        );
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
    let keys = document.circumstances();
    if !keys.is_empty() {
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"41\" font-size=\"11\">a line for each {}: points of two lines are neither better nor worse than each \
             other</text>",
            escaped(&keys.join(" and "))
        );
    }
    let mut lines: BTreeMap<Vec<Setting>, Vec<(f64, f64)>> = BTreeMap::new();
    for (row, at) in points.iter().filter(|(row, _)| row.on_frontier) {
        lines.entry(row.circumstances()).or_default().push(*at);
    }
    for (circumstances, line) in lines {
        push_line(&mut out, &axes, &circumstances, line);
    }
    for (at, name) in definition.contenders.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let own = points.iter().filter(|(row, _)| row.contender == *name);
        let path = path_through(own.map(|(_, (lost, oversold))| (x(*lost), y(*oversold))));
        // Where several settings vary, one line through all of them would mean nothing.
        if definition.varied.len() == 1 && keys.is_empty() && !path.is_empty() {
            let _ = writeln!(
                out,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\"><title>{}</title></path>",
                escaped(&format!("{name}, as {} changes", definition.varied[0].key))
            );
        }
        for (row, (lost, oversold)) in points.iter().filter(|(row, _)| row.contender == *name) {
            let path = axes.whiskers((*lost, *oversold), row.half_widths());
            if !path.is_empty() {
                let _ = writeln!(
                    out,
                    "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-opacity=\"0.5\"/>"
                );
            }
            let figure = |path| {
                row.figure(path)
                    .map_or_else(String::new, |it| estimate_text(it, 1.0))
            };
            let label = format!(
                "{name}, {}: {} oversold, {} lost",
                words(&row.settings),
                figure("oversold_units"),
                figure("net_undersell_units")
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
