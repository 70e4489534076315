//! Charts of the HTML page as SVG: axes with ticks and units, step lines, bars, marks, shaded windows. A chart is drawn
//! twice, wide for screens and paper, and narrow for phones; the style shows one of them. Colours are classes `c0`, `c1`, ...;
//! beside them lines differ in their dashes, and marks in their shape.

mod bars;
mod paths;
mod plot;
mod scale;
pub mod svg;
mod value_axis;
mod whiskers;

pub use bars::{Bar, Bars};
pub use plot::{Axis, Layer, Plot, Window};
pub use scale::{Measure, moment};
pub use whiskers::{Whisker, Whiskers};

use serde::Serialize;

/// Width of the drawing on screens and paper, pixels.
pub const WIDE: f64 = 880.0;
/// Width of the drawing on phones, and of small ones beside each other.
pub const NARROW: f64 = 352.0;

/// What stands for what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegendEntry {
    /// In words.
    pub name: String,
    /// A small drawing of it.
    pub swatch: String,
}

impl LegendEntry {
    /// A line, as layers of steps and lines have it.
    pub fn line(class: &str, name: &str) -> LegendEntry {
        LegendEntry {
            name: name.to_string(),
            swatch: format!(r#"<path class="line {class}" d="M1 7H29"/>"#),
        }
    }

    /// A filled area.
    pub fn area(class: &str, name: &str) -> LegendEntry {
        LegendEntry {
            name: name.to_string(),
            swatch: format!(r#"<rect class="{class}" x="4" y="1" width="22" height="12"/>"#),
        }
    }

    /// A mark of a shape.
    pub fn mark(class: &str, shape: usize, name: &str) -> LegendEntry {
        let mut shapes = svg::Shapes::default();
        shapes.mark(class, shape, (15.0, 7.0), 5.0, "");
        LegendEntry {
            name: name.to_string(),
            swatch: shapes.into_text(),
        }
    }
}

/// A chart as the page has it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figure {
    /// The element's id, letters, digits and `-`.
    pub id: String,
    /// The position of the contender whose picture it is, and the SKU in it.
    pub contender: Option<(usize, u32)>,
    /// Its heading.
    pub title: String,
    /// What to see, in one sentence.
    pub sentence: String,
    /// What the axes measure, in words.
    pub units: String,
    /// The file of the run directory that its numbers are from.
    pub source: String,
    /// Whether it is a small one, beside others.
    pub is_small: bool,
    /// What stands for what.
    pub legend: Vec<LegendEntry>,
    /// The wide drawing; empty of small ones.
    pub wide: String,
    /// Its height, pixels.
    pub wide_height: f64,
    /// The narrow drawing.
    pub narrow: String,
    /// The numbers, where they are few: a row of headings, then rows.
    pub table: Vec<Vec<String>>,
}

/// Something that can be drawn at a width.
pub trait Drawing {
    /// The height at a width, and the shapes.
    fn draw(&self, width: f64) -> (f64, String);

    /// Where the axes begin and end at a width, in pixels, of plots: left, right, top, bottom.
    fn inner(&self, _width: f64) -> Option<[f64; 4]> {
        None
    }
}

impl Figure {
    /// Draws it, wide and narrow.
    pub fn drawn(mut self, drawing: &dyn Drawing) -> Figure {
        (_, self.narrow) = self.image(drawing, NARROW, "n");
        if !self.is_small {
            (self.wide_height, self.wide) = self.image(drawing, WIDE, "w");
        }
        self
    }

    /// Its height in pixels, and the image.
    fn image(&self, drawing: &dyn Drawing, width: f64, suffix: &str) -> (f64, String) {
        let (pixels_high, shapes) = drawing.draw(width);
        let id = &self.id;
        let inner = drawing.inner(width).map_or_else(String::new, |inner| {
            let [left, right, top, bottom] = inner.map(svg::pixels);
            format!(r#" data-left="{left}" data-right="{right}" data-top="{top}" data-bottom="{bottom}""#)
        });
        let [width, height] = [width, pixels_high].map(svg::pixels);
        let title = svg::escaped(&self.title);
        let description = svg::escaped(&format!("{} {}", self.sentence, self.units));
        let image = format!(
            r#"<svg role="img" aria-labelledby="{id}-{suffix}-title {id}-{suffix}-desc" viewBox="0 0 {width} {height}" width="{width}" height="{height}"{inner}><title id="{id}-{suffix}-title">{title}</title><desc id="{id}-{suffix}-desc">{description}</desc>{shapes}</svg>"#
        );
        (pixels_high, image)
    }
}
