//! Plain letters or coloured ones, and how many stand in a line.

/// How to write.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Letters alone.
    Plain,
    /// With ANSI colours.
    Colour,
}

/// What results are laid out for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How to write.
    pub style: Style,
    /// The most columns of a line, as far as that can be had: names, paths and commands stay whole.
    pub columns: usize,
}

impl Layout {
    /// Where there is no terminal: the same bytes everywhere.
    pub const PIPE: Layout = Layout {
        style: Style::Plain,
        columns: 80,
    };

    /// The same with lines as long as they come; sentences keep to the page.
    #[must_use]
    pub fn unbounded(self) -> Layout {
        Layout {
            columns: usize::MAX,
            ..self
        }
    }

    /// Columns of sentences, which nobody reads across a whole wall.
    pub(super) fn text_columns(self) -> usize {
        self.columns.clamp(40, 100)
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Neutral,
    Good,
    Bad,
    Dim,
    Strong,
}

impl Style {
    pub(super) fn paint(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            _ if self == Style::Plain => return text.to_string(),
            Tone::Neutral => return text.to_string(),
            Tone::Good => "32",
            Tone::Bad => "31;1",
            Tone::Dim => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
