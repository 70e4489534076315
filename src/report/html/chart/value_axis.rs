//! The axis under rows that lie below each other, with its grid behind them.

use super::scale::{Measure, Scale};
use super::svg::{Anchor, Shapes, width_of};

/// Height of the labels and the title below the rows.
const HEIGHT: f64 = 44.0;
/// Room at the right end, where half a label stands out.
const RIGHT: f64 = 14.0;

/// An axis from left to right.
pub(super) struct ValueAxis {
    scale: Scale,
    most_ticks: usize,
    width: f64,
    left: f64,
    /// Where the rows end.
    bottom: f64,
}

impl ValueAxis {
    /// From the lowest to the highest value, in a drawing of a width, below rows that end at `bottom`.
    pub fn new(
        measure: Measure,
        (low, high): (f64, f64),
        (left, width): (f64, f64),
        bottom: f64,
    ) -> ValueAxis {
        let most_ticks = ((width / 110.0) as usize).max(3);
        ValueAxis {
            scale: Scale::new(measure, low, high, most_ticks),
            most_ticks,
            width,
            left,
            bottom,
        }
    }

    /// Where it ends.
    pub fn right(&self) -> f64 {
        self.width - RIGHT
    }

    /// Where a value lies.
    pub fn place(&self, value: f64) -> f64 {
        self.left + self.scale.at(value) * (self.right() - self.left)
    }

    /// The lines behind the rows, and what stands at their ends. A label that would touch its neighbour is left out.
    pub fn draw_grid(&self, shapes: &mut Shapes) {
        let mut free_from = f64::MIN;
        for tick in self.scale.ticks(self.most_ticks) {
            let x = self.left + tick.at * (self.right() - self.left);
            shapes.line("grid", (x, 0.0), (x, self.bottom + 4.0));
            let half = width_of(&tick.text) / 2.0;
            let at = x.clamp(half, self.width - half);
            if at - half > free_from {
                free_from = at + half + 6.0;
                shapes.text("tick", (at, self.bottom + 18.0), Anchor::Middle, &tick.text);
            }
        }
    }

    /// The axis itself and what it measures, over the rows; gives the height of the whole drawing.
    pub fn draw(&self, title: &str, shapes: &mut Shapes) -> f64 {
        let (right, bottom) = (self.right(), self.bottom);
        shapes.line("axis", (self.left, bottom), (right, bottom));
        let below = (right, bottom + HEIGHT - 8.0);
        shapes.text("axis-title", below, Anchor::End, title);
        bottom + HEIGHT
    }
}
