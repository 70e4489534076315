//! Bars that lie, each of parts one after the other, with their names above them.

use super::Drawing;
use super::scale::Measure;
use super::svg::{Anchor, Shapes, width_of};
use super::value_axis::ValueAxis;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is of.
    pub name: String,
    /// What is said of it, at the right.
    pub note: String,
    /// Its parts in the order of the legend.
    pub parts: Vec<f64>,
}

/// Bars one below the other.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What they measure, with its unit.
    pub title: String,
    /// How the axis is labelled.
    pub measure: Measure,
    /// Classes of the parts.
    pub classes: Vec<String>,
    /// Names of the parts, for whoever points at one.
    pub names: Vec<String>,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

const ROW: f64 = 50.0;
const BAR: f64 = 22.0;

impl Drawing for Bars {
    fn draw(&self, width: f64) -> (f64, String) {
        let mut shapes = Shapes::default();
        let sums = self.bars.iter().map(|bar| bar.parts.iter().sum::<f64>());
        let longest = sums.fold(0.0, f64::max);
        let left = 2.0;
        let bottom = ROW * self.bars.len() as f64;
        let axis = ValueAxis::new(self.measure, (0.0, longest), (left, width), bottom);
        let right = axis.right();
        axis.draw_grid(&mut shapes);
        for (row, bar) in self.bars.iter().enumerate() {
            let top = ROW * row as f64;
            let name = fitted(&bar.name, width * 0.45);
            // What stands over the lines of the grid is drawn on the page's ground.
            shapes.rectangle("ground", (0.0, top + 2.0), (width, top + 20.0), "");
            shapes.text("name", (left, top + 15.0), Anchor::Start, &name);
            let note = fitted(&bar.note, width - width_of(&name) - 24.0);
            shapes.text("note", (right, top + 15.0), Anchor::End, &note);
            let mut sum = 0.0;
            for (part, value) in bar
                .parts
                .iter()
                .enumerate()
                .filter(|(_, value)| **value > 0.0)
            {
                let (from, until) = (axis.place(sum), axis.place(sum + value));
                sum += value;
                let class = self.classes.get(part).map_or("", String::as_str);
                let title = self.names.get(part).map_or("", String::as_str);
                shapes.rectangle(class, (from, top + 21.0), (until, top + 21.0 + BAR), title);
                if until - from > 16.0 {
                    let number = (part + 1).to_string();
                    let middle = ((from + until) / 2.0, top + 21.0 + BAR / 2.0 + 4.0);
                    shapes.text("in-bar", middle, Anchor::Middle, &number);
                }
            }
        }
        (axis.draw(&self.title, &mut shapes), shapes.into_text())
    }
}

/// The text, cut to a width with a mark.
fn fitted(text: &str, width: f64) -> String {
    cut(text, (width / width_of("m")).max(4.0) as usize)
}

/// The text, cut to so many letters with a mark.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}\u{2026}", kept.trim_end())
}
