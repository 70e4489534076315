//! Text of an SVG image. Whatever is written as text is escaped here, once.

use std::fmt::Write;

/// Text that may stand between tags and in attributes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML knows no other control characters.
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// A coordinate in pixels, to a tenth.
pub fn pixels(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // No minus zero.
    format!("{}", tenths + 0.0)
}

/// Which side of its place a text stands on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// Shapes one after the other. Colours and strokes are classes of the page's style.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    out: String,
}

impl Shapes {
    /// The text so far.
    pub fn into_text(self) -> String {
        self.out
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(pixels);
        let _ = write!(
            self.out,
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        );
    }

    /// A rectangle from one corner to the other, with a title where one is given.
    pub fn rectangle(&mut self, class: &str, from: (f64, f64), to: (f64, f64), title: &str) {
        let [x, y] = [from.0.min(to.0), from.1.min(to.1)].map(pixels);
        let [width, height] = [(to.0 - from.0).abs(), (to.1 - from.1).abs()].map(pixels);
        let _ = write!(
            self.out,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}""#
        );
        self.close("rect", title);
    }

    /// A path of given commands.
    pub fn path(&mut self, class: &str, commands: &str) {
        if !commands.is_empty() {
            let _ = write!(self.out, r#"<path class="{class}" d="{commands}"/>"#);
        }
    }

    /// One of five marks that differ in shape: circle, square, triangle, diamond, cross.
    pub fn mark(&mut self, class: &str, shape: usize, at: (f64, f64), size: f64, title: &str) {
        let [x, y] = [at.0, at.1].map(pixels);
        let r = size;
        let commands = match shape % 5 {
            0 => {
                let _ = write!(
                    self.out,
                    r#"<circle class="{class}" cx="{x}" cy="{y}" r="{}""#,
                    pixels(r)
                );
                return self.close("circle", title);
            }
            1 => format!(
                "M{} {}h{}v{}h-{}z",
                pixels(at.0 - r),
                pixels(at.1 - r),
                2.0 * r,
                2.0 * r,
                2.0 * r
            ),
            2 => format!(
                "M{x} {}l{} {}h-{}z",
                pixels(at.1 - r),
                pixels(1.1 * r),
                2.0 * r,
                pixels(2.2 * r)
            ),
            3 => format!("M{x} {}l{r} {r}l-{r} {r}l-{r} -{r}z", pixels(at.1 - r)),
            _ => format!(
                "M{} {}l{} {}m0 -{}l-{} {}",
                pixels(at.0 - r),
                pixels(at.1 - r),
                2.0 * r,
                2.0 * r,
                2.0 * r,
                2.0 * r,
                2.0 * r
            ),
        };
        let _ = write!(self.out, r#"<path class="{class}" d="{commands}""#);
        self.close("path", title);
    }

    /// A text at a place.
    pub fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let [x, y] = [at.0, at.1].map(pixels);
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.out,
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{}</text>"#,
            escaped(text)
        );
    }

    fn close(&mut self, tag: &str, title: &str) {
        if title.is_empty() {
            self.out.push_str("/>");
        } else {
            let _ = write!(self.out, "><title>{}</title></{tag}>", escaped(title));
        }
    }
}

/// About how wide a text is at the page's size of labels, pixels.
pub fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * 6.7
}
