//! What a person is told when something is wrong, and the one place where it is laid out: the message, every problem with
//! its file and line underlined, and the way out.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::error::{Problem, ScenarioError, SourceFile};
use super::text::{printable_in_place, shown, wrapped};

/// Bytes of a line before the underlined text that are still shown; beyond them the place is named and no line shown.
const MOST_BEFORE: usize = 200;
/// Bytes of a line from the underlined text on that are shown.
const MOST_AFTER: usize = 200;
/// What stands before and after a message on its line.
const MARGIN: usize = 12;
/// Narrower terminals are treated as if they were so wide, columns.
const NARROWEST: usize = 40;
/// Most problems that are shown at once; the others are counted.
const MOST_PROBLEMS: usize = 20;

/// Where a diagnostic is written to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The terminal's columns; lines are not broken where there is no terminal.
    pub width: Option<usize>,
    /// Whether colours are wanted.
    pub colour: bool,
}

/// What a person is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// What it consists of, each with its place.
    pub problems: Vec<Problem>,
}

impl Diagnostic {
    /// A message alone.
    pub fn new(message: impl fmt::Display) -> Diagnostic {
        Diagnostic {
            message: message.to_string(),
            ..Diagnostic::default()
        }
    }

    /// The same with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with the problems it consists of.
    #[must_use]
    pub fn problems(mut self, problems: Vec<Problem>) -> Diagnostic {
        self.problems = problems;
        self
    }

    /// As text, with a line break at the end. Nothing in it can make a terminal do anything but show it.
    pub fn rendered(&self, page: Page) -> String {
        let renderer = if page.colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let renderer = renderer.decor_style(DecorStyle::Unicode);
        let renderer = match page.width {
            Some(width) => renderer.term_width(width.max(NARROWEST)),
            None => renderer,
        };
        let mut blocks = Vec::new();
        // A single problem that has no place says it all.
        if !matches!(self.problems.as_slice(), [only] if only.file.is_none()) {
            let whole = page.titled(&self.message, Vec::new(), self.help.as_deref());
            blocks.push(renderer.render(&[whole]));
        }
        for problem in self.problems.iter().take(MOST_PROBLEMS) {
            let place = problem.place().into_iter().collect();
            let group = page.titled(&problem.message, place, problem.help.as_deref());
            blocks.push(renderer.render(&[group]));
        }
        if let Some(more) = self.problems.len().checked_sub(MOST_PROBLEMS + 1) {
            let text = match more + 1 {
                1 => "and one more problem".to_string(),
                more => format!("and {more} more problems"),
            };
            blocks.push(text);
        }
        let mut text = String::new();
        for line in blocks.join("\n\n").lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

impl Page {
    /// A text from outside, fitted to the page.
    fn fitted(self, text: &str) -> String {
        let text = shown(text);
        match self.width {
            Some(width) => wrapped(&text, width.max(NARROWEST) - MARGIN, 0).join("\n"),
            None => text,
        }
    }

    fn titled(
        self,
        message: &str,
        elements: Vec<Element<'static>>,
        help: Option<&str>,
    ) -> Group<'static> {
        let title = Level::ERROR.primary_title(self.fitted(message));
        let help = help.map(|help| Element::from(Level::HELP.message(self.fitted(help))));
        title.elements(elements.into_iter().chain(help))
    }
}

impl Problem {
    /// Its place, with the line it is in and what is before and after it.
    fn place(&self) -> Option<Element<'static>> {
        let (file, span) = (self.file.as_ref()?, self.span.clone()?);
        Some(underlined(file, span, &self.label))
    }
}

fn underlined(file: &SourceFile, span: Range<usize>, label: &str) -> Element<'static> {
    let text = &*file.text;
    let name = shown(&file.name);
    let boundary = |at: usize| text.floor_char_boundary(at.min(text.len()));
    let start = boundary(span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let number = text[..line_start].matches('\n').count() + 1;
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let column = text[line_start..start].chars().count() + 1;
    if start - line_start > MOST_BEFORE {
        return Origin::path(name).line(number).char_column(column).into();
    }
    // The line before and the line after show where one is.
    let before = text[..line_start.saturating_sub(1)].rfind('\n');
    let before = match (line_start, before) {
        (0, _) => 0,
        (_, at) => at.map_or(0, |at| at + 1),
    };
    let before = if line_start - before > MOST_BEFORE {
        line_start
    } else {
        before
    };
    let cut = boundary(start + MOST_AFTER).min(line_end);
    let end = boundary(span.end).clamp(start, cut);
    let mut source = printable_in_place(&text[before..cut]);
    if cut < line_end {
        source.push_str(" ...");
    } else {
        let after = text[line_end..].lines().nth(1).unwrap_or_default();
        if !after.is_empty() && after.len() <= MOST_AFTER {
            source.push('\n');
            source.push_str(&printable_in_place(after));
        }
    }
    let first = number - text[before..line_start].matches('\n').count();
    let annotation = AnnotationKind::Primary
        .span(start - before..end - before)
        .label(shown(label));
    Snippet::source(source)
        .line_start(first)
        .path(name)
        .fold(false)
        .annotation(annotation)
        .into()
}

impl fmt::Display for Diagnostic {
    /// The whole of it, as it is written where there is no terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered(Page::default()))
    }
}

impl From<ScenarioError> for Diagnostic {
    fn from(error: ScenarioError) -> Diagnostic {
        Diagnostic::new(&error).problems(error.problems)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile {
            name: "shop\u{1b}[2J.toml".to_string(),
            text: Arc::from(text),
        }
    }

    fn problem(text: &str, wrong: &str) -> Problem {
        let start = text.find(wrong).unwrap();
        let span = start..start + wrong.len();
        Problem::at(&file(text), span, format!("`{wrong}` is wrong"), "this").help("mend it")
    }

    #[test]
    fn a_problem_shows_its_line_and_the_way_out_and_obeys_no_escape() {
        let text = "one = 1\ntwo = \"\u{1b}[31m\"\nthree = 3\n";
        let told = Diagnostic::new("no good").problems(vec![problem(text, "\"\u{1b}[31m\"")]);
        insta::assert_snapshot!(told.to_string());
        for colour in [false, true] {
            let page = Page {
                width: Some(60),
                colour,
            };
            let rendered = told.rendered(page);
            assert_eq!(rendered.contains("\u{1b}[0m"), colour);
            assert!(!rendered.contains("\u{1b}[2J") && !rendered.contains("\u{1b}[31m\""));
        }
    }

    #[test]
    fn a_megabyte_of_value_is_not_a_megabyte_of_message() {
        let value = "9".repeat(1_000_000);
        let text = format!("one = 1\nskus = {value}\nthree = 3\n");
        let told = Diagnostic::new("no good").problems(vec![problem(&text, &value)]);
        let rendered = told.to_string();
        assert!(rendered.len() < 4_000, "{}", rendered.len());
        assert!(rendered.contains("toml:2:8"), "{rendered}");
        let far = format!("name = \"{}\", skus = -1", "x".repeat(1_000_000));
        let told = Diagnostic::new("no good").problems(vec![problem(&far, "-1")]);
        let rendered = told.to_string();
        assert!(rendered.len() < 4_000, "{}", rendered.len());
        assert!(rendered.contains("toml:1:1000019"), "{rendered}");
    }

    #[test]
    fn lines_are_broken_for_a_terminal_alone() {
        let told = Diagnostic::new("word ".repeat(60).trim()).help("way ".repeat(60).trim());
        let width = |page: Page| {
            let rendered = told.rendered(page);
            let lines = rendered.lines().map(|line| line.chars().count());
            lines.max().unwrap_or(0)
        };
        assert!(width(Page::default()) > 300);
        for columns in [50, 80, 132] {
            let page = Page {
                width: Some(columns),
                colour: false,
            };
            assert!(width(page) <= columns, "{}", told.rendered(page));
        }
    }
}
