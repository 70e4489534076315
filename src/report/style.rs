//! Plain letters or coloured ones.

/// How to write.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Letters alone.
    Plain,
    /// With ANSI colours.
    Colour,
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
