//! A plot with two axes.

use super::Drawing;
use super::paths;
use super::scale::{Measure, Scale};
use super::svg::{Anchor, Shapes, width_of};

/// An axis before its size is known.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it measures, with its unit.
    pub title: String,
    /// How it is labelled.
    pub measure: Measure,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

/// A stretch of time that is shaded.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its beginning, in values of the horizontal axis.
    pub from: f64,
    /// Its end.
    pub until: f64,
    /// What it is; stands at its upper end where it fits.
    pub label: String,
}

/// Something drawn in a plot, in values of its axes. Classes name colours and strokes.
#[derive(Clone, Debug)]
pub enum Layer {
    /// A line that keeps each value until the next.
    Steps {
        /// Its class.
        class: String,
        /// By time.
        points: Vec<(f64, f64)>,
    },
    /// A line from point to point, broken where there is no value.
    Line {
        /// Its class.
        class: String,
        /// In order.
        points: Vec<(f64, Option<f64>)>,
    },
    /// The area between a step line and zero, where the line is below zero.
    BelowZero {
        /// Its class.
        class: String,
        /// By time.
        points: Vec<(f64, f64)>,
    },
    /// Bars side by side, each from one value to another.
    Columns {
        /// Its class.
        class: String,
        /// From, until, lower end, upper end.
        columns: Vec<(f64, f64, f64, f64)>,
    },
    /// Marks of one shape.
    Marks {
        /// Its class.
        class: String,
        /// Which shape.
        shape: usize,
        /// Half its width in pixels.
        size: f64,
        /// Places, and what a pointer reads there.
        points: Vec<(f64, f64, String)>,
    },
    /// Marks with their names beside them, moved so that none covers another.
    Named {
        /// Places, classes and names; the shape is by position.
        points: Vec<(f64, f64, String, String)>,
    },
}

/// The whole plot.
#[derive(Clone, Debug)]
pub struct Plot {
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// Height of the drawing in pixels.
    pub height: f64,
    /// Shaded stretches of the horizontal axis.
    pub windows: Vec<Window>,
    /// In the order of drawing.
    pub layers: Vec<Layer>,
}

const LINE_HEIGHT: f64 = 15.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 40.0;
const RIGHT: f64 = 12.0;

/// The plot at a size.
struct Placed {
    x: Scale,
    y: Scale,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Placed {
    fn x(&self, value: f64) -> f64 {
        self.left + self.x.at(value) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.at(value) * (self.bottom - self.top)
    }

    fn zero(&self) -> f64 {
        self.y(0.0)
    }
}

impl Drawing for Plot {
    fn draw(&self, width: f64) -> (f64, String) {
        let mut shapes = Shapes::default();
        let placed = self.placed(width);
        let (across, up) = self.most_ticks(width);
        let y_ticks = placed.y.ticks(up);
        self.draw_windows(&placed, &mut shapes);
        for tick in &y_ticks {
            let height = placed.bottom - tick.at * (placed.bottom - placed.top);
            shapes.line("grid", (placed.left, height), (placed.right, height));
            shapes.text(
                "tick",
                (placed.left - 8.0, height + 4.0),
                Anchor::End,
                &tick.text,
            );
        }
        let mut free_from = f64::MIN;
        for tick in placed.x.ticks(across) {
            let place = placed.left + tick.at * (placed.right - placed.left);
            shapes.line("axis", (place, placed.bottom), (place, placed.bottom + 4.0));
            let half = width_of(&tick.text) / 2.0;
            // A label that would touch its neighbour or leave the drawing is left out.
            if place - half > free_from && place + half < width + 2.0 {
                free_from = place + half + 6.0;
                shapes.text(
                    "tick",
                    (place, placed.bottom + 18.0),
                    Anchor::Middle,
                    &tick.text,
                );
            }
        }
        for layer in &self.layers {
            draw_layer(layer, &placed, &mut shapes);
        }
        let base = if placed.y.crosses_zero() {
            placed.zero()
        } else {
            placed.bottom
        };
        shapes.line(
            "axis",
            (placed.left, placed.bottom),
            (placed.right, placed.bottom),
        );
        if base != placed.bottom {
            shapes.line("zero", (placed.left, base), (placed.right, base));
        }
        shapes.text("axis-title", (0.0, 12.0), Anchor::Start, &self.y.title);
        shapes.text(
            "axis-title",
            (placed.right, self.height - 6.0),
            Anchor::End,
            &self.x.title,
        );
        (self.height, shapes.into_text())
    }

    fn inner(&self, width: f64) -> Option<[f64; 4]> {
        let placed = self.placed(width);
        Some([placed.left, placed.right, placed.top, placed.bottom])
    }
}

impl Plot {
    /// How many ticks there is room for, across and up.
    fn most_ticks(&self, width: f64) -> (usize, usize) {
        let room = |pixels: f64, each: f64| ((pixels / each) as usize).max(3);
        (room(width, 110.0), room(self.height, 46.0))
    }

    /// The plot at a width: the vertical axis stands where its longest label has room.
    fn placed(&self, width: f64) -> Placed {
        let (across, up) = self.most_ticks(width);
        let y = Scale::new(self.y.measure, self.y.low, self.y.high, up);
        let labels = y.ticks(up);
        let labels = labels.iter().map(|tick| width_of(&tick.text));
        Placed {
            left: labels.fold(0.0, f64::max) + 14.0,
            x: Scale::new(self.x.measure, self.x.low, self.x.high, across),
            y,
            right: width - RIGHT,
            top: TOP,
            bottom: self.height - BOTTOM,
        }
    }

    fn draw_windows(&self, placed: &Placed, shapes: &mut Shapes) {
        let mut rows: Vec<f64> = Vec::new();
        let shown: Vec<(f64, f64, &Window)> = self
            .windows
            .iter()
            .map(|window| (placed.x(window.from), placed.x(window.until), window))
            .filter(|(from, until, _)| until - from >= 0.05)
            .collect();
        for (from, until, window) in &shown {
            shapes.rectangle(
                "window",
                (*from, placed.top),
                (*until, placed.bottom),
                &window.label,
            );
        }
        // Above all of them, so that no window covers another's name.
        for (from, _, window) in shown {
            let length = width_of(&window.label);
            let start = (from + 4.0).min(placed.right - length - 4.0);
            if start < placed.left {
                continue;
            }
            let free = rows.iter().position(|end| start > *end + 8.0);
            let row = free.unwrap_or(rows.len());
            // Below the third row labels would cover the lines; the list under the chart has them.
            if row > 2 {
                continue;
            }
            match free {
                Some(row) => rows[row] = start + length,
                None => rows.push(start + length),
            }
            let height = placed.top + 12.0 + row as f64 * LINE_HEIGHT;
            shapes.text(
                "window-label",
                (start, height),
                Anchor::Start,
                &window.label,
            );
        }
    }
}

fn draw_layer(layer: &Layer, placed: &Placed, shapes: &mut Shapes) {
    match layer {
        Layer::Steps { class, points } => {
            let line: Vec<(f64, f64)> = points
                .iter()
                .map(|(x, y)| (placed.x(*x), placed.y(*y)))
                .collect();
            shapes.path(&format!("line {class}"), &paths::steps(&line));
        }
        Layer::Line { class, points } => {
            let line: Vec<(f64, Option<f64>)> = points
                .iter()
                .map(|(x, y)| (placed.x(*x), y.map(|y| placed.y(y))))
                .collect();
            shapes.path(&format!("line {class}"), &paths::straight(&line));
        }
        Layer::BelowZero { class, points } => {
            let line: Vec<(f64, f64)> = points
                .iter()
                .map(|(x, y)| (placed.x(*x), placed.y(y.min(0.0))))
                .collect();
            if let (Some(first), Some(last)) = (line.first(), line.last())
                && points.iter().any(|(_, y)| *y < 0.0)
            {
                let zero = placed.zero();
                let [from, until, zero] = [first.0, last.0, zero].map(super::svg::pixels);
                let upper = paths::steps(&line);
                shapes.path(class, &format!("{upper}H{until}V{zero}H{from}z"));
            }
        }
        Layer::Columns { class, columns } => {
            for (from, until, low, high) in columns {
                if high > low {
                    let (left, right) = (placed.x(*from), placed.x(*until));
                    let gap = if right - left > 3.0 { 0.5 } else { 0.0 };
                    shapes.rectangle(
                        class,
                        (left + gap, placed.y(*low)),
                        (right - gap, placed.y(*high)),
                        "",
                    );
                }
            }
        }
        Layer::Marks {
            class,
            shape,
            size,
            points,
        } => {
            let mut before = (f64::MIN, f64::MIN);
            for (x, y, title) in points {
                let at = (placed.x(*x), placed.y(*y));
                // Marks in the same place need be drawn once.
                if (at.0 - before.0).abs() + (at.1 - before.1).abs() >= 0.7 {
                    shapes.mark(class, *shape, at, *size, title);
                    before = at;
                }
            }
        }
        Layer::Named { points } => draw_named(points, placed, shapes),
    }
}

/// Names stand to the right of their marks, or to the left where there is no room; one that would cover another moves down,
/// or up at the lower end, and a thin line leads to its mark.
fn draw_named(points: &[(f64, f64, String, String)], placed: &Placed, shapes: &mut Shapes) {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|one, other| points[*other].1.total_cmp(&points[*one].1));
    for index in order {
        let (x, y, _, name) = &points[index];
        let at = (placed.x(*x), placed.y(*y));
        let length = width_of(name);
        let on_the_right = at.0 + 14.0 + length < placed.right + RIGHT;
        let from = if on_the_right {
            at.0 + 14.0
        } else {
            at.0 - 14.0 - length
        };
        let is_free = |height: f64| {
            taken.iter().all(|(start, end, other)| {
                from > *end + 4.0
                    || from + length < *start - 4.0
                    || (height - other).abs() >= LINE_HEIGHT
            })
        };
        let offsets = (0..2 * points.len() as i32).flat_map(|n| [f64::from(n), f64::from(-n)]);
        let height = offsets
            .map(|n| at.1 + 4.0 + n * LINE_HEIGHT)
            .find(|height| {
                *height < placed.bottom + 2.0 && *height > placed.top && is_free(*height)
            })
            .unwrap_or(at.1 + 4.0);
        taken.push((from, from + length, height));
        if (height - at.1 - 4.0).abs() > 1.0 {
            let end = if on_the_right {
                from - 3.0
            } else {
                from + length + 3.0
            };
            shapes.line("leader", at, (end, height - 4.0));
        }
        let anchor = if on_the_right {
            Anchor::Start
        } else {
            Anchor::End
        };
        let place = if on_the_right { from } else { from + length };
        shapes.text("name", (place, height), anchor, name);
    }
    for (shape, (x, y, class, name)) in points.iter().enumerate() {
        shapes.mark(class, shape, (placed.x(*x), placed.y(*y)), 5.5, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(measure: Measure, low: f64, high: f64) -> Axis {
        Axis {
            title: "units <of> it".to_string(),
            measure,
            low,
            high,
        }
    }

    fn texts(svg: &str, class: &str) -> Vec<(f64, f64, String)> {
        let begin = format!(r#"<text class="{class}" x=""#);
        let parts = svg.split(&begin).skip(1);
        parts
            .map(|part| {
                let numbers: Vec<&str> = part.split('"').collect();
                let text = part.split('>').nth(1).unwrap().trim_end_matches("</text");
                (
                    numbers[0].parse().unwrap(),
                    numbers[2].parse().unwrap(),
                    text.to_string(),
                )
            })
            .collect()
    }

    #[test]
    fn names_of_marks_in_one_place_do_not_cover_each_other() {
        let points = (0..4)
            .map(|n| {
                (
                    0.0,
                    600.0 - f64::from(n),
                    "c0".to_string(),
                    format!("contender-{n}"),
                )
            })
            .collect();
        let plot = Plot {
            x: axis(Measure::Count, 0.0, 1.0),
            y: axis(Measure::Count, 0.0, 610.0),
            height: 300.0,
            windows: Vec::new(),
            layers: vec![Layer::Named { points }],
        };
        for width in [super::super::NARROW, super::super::WIDE] {
            let (_, svg) = plot.draw(width);
            let mut heights: Vec<f64> = texts(&svg, "name").into_iter().map(|it| it.1).collect();
            heights.sort_by(f64::total_cmp);
            assert_eq!(heights.len(), 4);
            assert!(
                heights
                    .windows(2)
                    .all(|pair| pair[1] - pair[0] >= LINE_HEIGHT - 0.1),
                "{heights:?}"
            );
        }
    }

    #[test]
    fn labels_stay_in_the_drawing_and_apart_and_text_is_escaped() {
        let plot = Plot {
            x: axis(Measure::Moment, 1_800.0, 3_600.0),
            y: axis(Measure::Count, -40.0, 80.0),
            height: 240.0,
            windows: vec![
                Window {
                    from: 1_900.0,
                    until: 2_000.0,
                    label: "<script>".to_string()
                };
                5
            ],
            layers: vec![Layer::BelowZero {
                class: "short".to_string(),
                points: vec![
                    (1_800.0, 80.0),
                    (2_000.0, 0.0),
                    (2_100.0, -40.0),
                    (3_600.0, -40.0),
                ],
            }],
        };
        let (_, svg) = plot.draw(352.0);
        assert!(
            !svg.contains("<script>")
                && svg.contains("&lt;script&gt;")
                && svg.contains("units &lt;of&gt; it")
        );
        let across: Vec<(f64, f64, String)> = texts(&svg, "tick")
            .into_iter()
            .filter(|it| it.2.contains(':'))
            .collect();
        assert!(across.len() >= 3, "{across:?}");
        assert!(
            across
                .windows(2)
                .all(|pair| pair[1].0 - pair[0].0 > width_of(&pair[0].2)),
            "{across:?}"
        );
        assert!(across.iter().all(|it| it.0 + width_of(&it.2) / 2.0 < 356.0));
        assert_eq!(
            texts(&svg, "window-label").len(),
            3,
            "the rest would cover the lines"
        );
        assert!(svg.contains(r#"class="zero""#));
    }
}
