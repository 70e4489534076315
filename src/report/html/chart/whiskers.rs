//! Means with their intervals, one below the other: a mark at the mean, a thick line over its interval, a thin one from the
//! least to the greatest value of a run.

use super::Drawing;
use super::scale::Measure;
use super::svg::{Anchor, Shapes, width_of};
use super::value_axis::ValueAxis;

/// One mean.
#[derive(Clone, Debug)]
pub struct Whisker {
    /// What it is of.
    pub name: String,
    /// The same in numbers, at the right.
    pub note: String,
    /// Class of its colour.
    pub class: String,
    /// Shape of its mark.
    pub shape: usize,
    /// The mean.
    pub mean: f64,
    /// Half the width of its interval; 0 of a single run.
    pub half_width: f64,
    /// The least and the greatest value of a run.
    pub reach: (f64, f64),
}

impl Whisker {
    fn low(&self) -> f64 {
        (self.mean - self.half_width).min(self.reach.0)
    }

    fn high(&self) -> f64 {
        (self.mean + self.half_width).max(self.reach.1)
    }
}

/// Means one below the other, on one axis.
#[derive(Clone, Debug)]
pub struct Whiskers {
    /// What they measure, with its unit.
    pub title: String,
    /// How the axis is labelled.
    pub measure: Measure,
    /// From top to bottom.
    pub rows: Vec<Whisker>,
}

const ROW: f64 = 46.0;
const NAME: f64 = 15.0;
const LINE: f64 = 30.0;
const CAP: f64 = 5.0;
const MARK: f64 = 5.5;

impl Drawing for Whiskers {
    fn draw(&self, width: f64) -> (f64, String) {
        let mut shapes = Shapes::default();
        let low = self.rows.iter().map(Whisker::low).fold(0.0, f64::min);
        let high = self.rows.iter().map(Whisker::high).fold(0.0, f64::max);
        let bottom = ROW * self.rows.len() as f64;
        let axis = ValueAxis::new(self.measure, (low, high), (MARK + 2.0, width), bottom);
        let right = axis.right();
        let place = |value: f64| axis.place(value);
        axis.draw_grid(&mut shapes);
        if low < 0.0 {
            shapes.line("zero", (place(0.0), 0.0), (place(0.0), bottom + 4.0));
        }
        for (row, it) in self.rows.iter().enumerate() {
            let top = ROW * row as f64;
            let middle = top + LINE;
            let note_width = width_of(&it.note);
            let most_letters = ((width - note_width - 24.0) / width_of("m")).max(4.0) as usize;
            let name = super::bars::cut(&it.name, most_letters);
            // What stands over the lines of the grid is drawn on the page's ground.
            shapes.rectangle("ground", (0.0, top + 2.0), (width, top + 20.0), "");
            shapes.text("name", (0.0, top + NAME), Anchor::Start, &name);
            shapes.text("note", (right, top + NAME), Anchor::End, &it.note);
            shapes.line(
                "reach",
                (place(it.reach.0), middle),
                (place(it.reach.1), middle),
            );
            let (from, until) = (
                place(it.mean - it.half_width),
                place(it.mean + it.half_width),
            );
            shapes.line("interval", (from, middle), (until, middle));
            for end in [from, until] {
                shapes.line("interval", (end, middle - CAP), (end, middle + CAP));
            }
            let title = format!("{}: {}", it.name, it.note);
            shapes.mark(&it.class, it.shape, (place(it.mean), middle), MARK, &title);
        }
        (axis.draw(&self.title, &mut shapes), shapes.into_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends of all lines of a class, from the text of the image.
    fn lines(svg: &str, class: &str) -> Vec<(f64, f64)> {
        let begin = format!(r#"<line class="{class}" x1=""#);
        let parts = svg.split(&begin).skip(1);
        let number = |text: Option<&&str>| text.and_then(|it| it.parse().ok()).unwrap_or(f64::NAN);
        parts
            .map(|part| {
                let words: Vec<&str> = part.split('"').collect();
                (number(words.first()), number(words.get(4)))
            })
            .collect()
    }

    #[test]
    fn an_interval_lies_about_its_mean_and_within_the_drawing() {
        let row = |mean: f64, half_width: f64, reach: (f64, f64)| Whisker {
            name: "a <contender> whose name is rather long for a phone".to_string(),
            note: "12 ± 3".to_string(),
            class: "c0".to_string(),
            shape: 0,
            mean,
            half_width,
            reach,
        };
        let chart = Whiskers {
            title: "units".to_string(),
            measure: Measure::Count,
            rows: vec![
                row(12.0, 3.0, (4.0, 31.0)),
                row(-6.0, 8.0, (-9.0, 0.0)),
                row(5.0, 0.0, (5.0, 5.0)),
            ],
        };
        for width in [super::super::NARROW, super::super::WIDE] {
            let (height, svg) = chart.draw(width);
            assert!(height > 3.0 * ROW && svg.contains("&lt;contender"), "{svg}");
            let zero = lines(&svg, "zero");
            assert_eq!(zero.len(), 1);
            // A line over the interval, and a cap at each end.
            let intervals = lines(&svg, "interval");
            assert_eq!(intervals.len(), 9);
            assert!(zero[0].0 < intervals[0].0 && intervals[0].0 < intervals[0].1);
            assert!(intervals[3].0 < zero[0].0 && zero[0].0 < intervals[3].1);
            let reaches = lines(&svg, "reach");
            assert!(reaches[0].0 < intervals[0].0 && intervals[0].1 < reaches[0].1);
            for (from, until) in intervals.iter().chain(&reaches) {
                assert!(*from >= 0.0 && *until <= width, "{from} {until}");
            }
        }
    }
}
