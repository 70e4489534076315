//! The picture of a run as a file of its own, for slides and wikis: what there was of the worst SKU of the foremost contender,
//! beside what each channel displayed, as on the page (docs/report.md). Colours are written out, because few programs but browsers
//! know a style sheet's variables.

use std::fmt::Write;

use super::RunFiles;
use super::html::{PageError, STYLE, WIDE, escaped, picture, width_of};

/// Around everything, pixels.
const MARGIN: f64 = 16.0;
/// From the top to the base of the title, pixels.
const TITLE: f64 = 26.0;
/// From the base of a line of text to the next, pixels.
const LINE: f64 = 20.0;
/// What a swatch takes with the space behind it, pixels.
const SWATCH: f64 = 36.0;

/// Why there is no such file.
#[derive(Debug, thiserror::Error)]
pub enum SvgError {
    /// A file of the run cannot be read.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Nothing went wrong with any SKU.
    #[error(
        "there is nothing to picture: no unit was oversold, and none refused while it was in stock"
    )]
    NoTrouble,
}

/// The picture of a run as an SVG file.
///
/// # Errors
/// When a file of the run cannot be read, or no SKU had any trouble.
pub fn svg(run: &RunFiles) -> Result<String, SvgError> {
    let figure = picture(run)?.ok_or(SvgError::NoTrouble)?;
    let (width, right) = (WIDE + 2.0 * MARGIN, MARGIN + WIDE);
    let mut base = TITLE + 2.0 * LINE;
    let mut left = MARGIN;
    let mut legend = String::new();
    for entry in &figure.legend {
        let needed = SWATCH + width_of(&entry.name) + LINE;
        if left > MARGIN && left + needed > right {
            (left, base) = (MARGIN, base + LINE);
        }
        let (name, top) = (escaped(&entry.name), base - 11.0);
        let _ = write!(
            legend,
            r#"<g transform="translate({left} {top})">{}<text x="{SWATCH}" y="11">{name}</text></g>"#,
            entry.swatch
        );
        left += needed;
    }
    let top = base + LINE / 2.0;
    let below = top + figure.wide_height + LINE;
    let (height, sentence_at) = (below + MARGIN, TITLE + LINE);
    let document = &run.document;
    let title = format!(
        "{}, seed {}, {}",
        document.scenario, document.seed, figure.title
    );
    let [title, sentence, source] =
        [&title, &figure.sentence, &figure.source].map(|it| escaped(it));
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"><title>{title}</title><style>{style}</style><rect class="ground" width="{width}" height="{height}"/><text class="name" x="{MARGIN}" y="{TITLE}">{title}</text><text x="{MARGIN}" y="{sentence_at}">{sentence}</text>{legend}<g transform="translate({MARGIN} {top})">{drawing}</g><text x="{MARGIN}" y="{below}">Numbers: {source} of the run.</text></svg>
"#,
        style = style(),
        drawing = figure.wide,
    ))
}

/// What the page's style says of drawings, with the light colours in place of their names.
fn style() -> String {
    let root = STYLE.split_once('}').map_or("", |(root, _)| root);
    let colours: Vec<(&str, &str)> = root
        .split([';', '{'])
        .filter_map(|it| it.trim().strip_prefix("--")?.split_once(':'))
        .map(|(name, value)| (name, value.trim()))
        .collect();
    let mut style = String::new();
    for rule in STYLE.lines().filter(|line| line.starts_with("svg ")) {
        style.push_str(rule);
    }
    for (name, value) in colours {
        style = style.replace(&format!("var(--{name})"), value);
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name without a colour would be drawn black, or not at all.
    #[test]
    fn every_colour_is_written_out() {
        let style = style();
        assert!(style.contains("svg .oversold"), "{style}");
        assert!(style.contains("#b3261e"), "{style}");
        assert!(!style.contains("var("), "{style}");
    }
}
