//! What a section of the page is made of. The templates turn these into HTML and escape all their text; drawings alone are
//! HTML already.

use serde::Serialize;

use super::chart::Figure;

/// A part of the page with a heading.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Section {
    /// The element's id.
    pub id: &'static str,
    /// The name in the list of sections.
    pub short: &'static str,
    /// The heading.
    pub heading: String,
    /// What to see, in one sentence; empty where the blocks say it.
    pub sentence: String,
    /// One below the other.
    pub blocks: Vec<Block>,
}

impl Section {
    /// With nothing in it yet.
    pub fn new(id: &'static str, short: &'static str, heading: &str) -> Section {
        Section {
            id,
            short,
            heading: heading.to_string(),
            ..Section::default()
        }
    }

    /// One that has no data, and says so.
    pub fn without(id: &'static str, short: &'static str, heading: &str, why: &str) -> Section {
        let mut section = Section::new(id, short, heading);
        section.blocks.push(Block::text(why));
        section
    }
}

/// A piece of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Text {
        /// In words.
        text: String,
    },
    /// A heading within the section.
    Heading {
        /// In words.
        text: String,
    },
    /// A chart.
    Chart {
        /// The chart.
        figure: Box<Figure>,
    },
    /// Small charts beside each other.
    Charts {
        /// The charts.
        figures: Vec<Figure>,
    },
    /// A table.
    Table {
        /// The table.
        table: Table,
    },
    /// Something that happened step by step.
    Story {
        /// The story.
        story: Story,
    },
    /// Text as it is, folded.
    Code {
        /// What it is.
        heading: String,
        /// The text.
        text: String,
        /// Whether it is to be seen at once.
        is_open: bool,
    },
    /// Two texts as they are, beside each other where there is room.
    Beside {
        /// What each is, and the text.
        texts: [(String, String); 2],
    },
    /// A name and its text, one after the other.
    Pairs {
        /// Names and texts.
        pairs: Vec<(String, String)>,
    },
    /// The control that plays the run.
    Playback {
        /// Contenders it can show, the first at first.
        names: Vec<String>,
    },
}

impl Block {
    /// A paragraph.
    pub fn text(text: impl Into<String>) -> Block {
        Block::Text { text: text.into() }
    }

    /// A chart.
    pub fn chart(figure: Figure) -> Block {
        Block::Chart {
            figure: Box::new(figure),
        }
    }
}

/// What a cell's value asks for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// Attention: a promise was broken, or what nobody wants happened.
    Bad,
    /// It went wrong, as it does for anybody under these limits and delays.
    Fair,
    /// It went well.
    Good,
    /// There is nothing to say.
    Quiet,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// Its text.
    pub text: String,
    /// What stands below it, smaller.
    pub below: String,
    /// Its tone.
    pub tone: Tone,
}

impl Cell {
    /// A text alone.
    pub fn plain(text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            ..Cell::default()
        }
    }

    /// A text with a tone.
    pub fn toned(text: impl Into<String>, tone: Tone) -> Cell {
        Cell {
            tone,
            ..Cell::plain(text)
        }
    }
}

/// A table; the first cell of each row names it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Whether it is folded under its caption.
    pub is_folded: bool,
    /// Whether all columns but the first hold numbers, which stand at the right.
    pub is_numeric: bool,
    /// Names of the columns, that of the rows first.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<Cell>>,
}

/// How something came about.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Story {
    /// What came about.
    pub heading: String,
    /// The same in one sentence.
    pub sentence: String,
    /// Step by step.
    pub steps: Vec<StoryStep>,
    /// What is said at the end; may be empty.
    pub note: String,
}

/// One step.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StoryStep {
    /// When, as text.
    pub at: String,
    /// How long before or after the end that is, as text.
    pub apart: String,
    /// Where.
    pub place: String,
    /// What, in words.
    pub what: String,
    /// Whether it is the end of the story.
    pub is_end: bool,
}
