//! Enough of HTML to look at our own pages: tags with their attributes, and the text between them.

/// An opening tag.
#[derive(Debug)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Names and values, the values as they are written.
    pub attributes: Vec<(String, String)>,
    /// Whether it stands in a drawing.
    pub is_in_svg: bool,
}

impl Tag {
    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A piece of a page.
enum Piece<'a> {
    Text(&'a str),
    Open(Tag),
    Close(String),
}

fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    let mut in_svg = false;
    while let Some(at) = rest.find('<') {
        pieces.push(Piece::Text(&rest[..at]));
        rest = &rest[at + 1..];
        let end = end_of_tag(rest);
        let inner = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            in_svg &= name != "svg";
            pieces.push(Piece::Close(name.to_string()));
        } else if !inner.starts_with('!') {
            let mut tag = tag_of(inner);
            in_svg |= tag.name == "svg";
            tag.is_in_svg = in_svg;
            let name = tag.name.clone();
            pieces.push(Piece::Open(tag));
            // What stands in these is no markup.
            if name == "script" || name == "style" {
                let close = format!("</{name}");
                let at = rest.find(&close).expect("it is closed");
                rest = &rest[at..];
            }
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Where a tag ends: the first `>` outside quotes.
fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    panic!("a tag has no end: {}", &text[..text.len().min(80)]);
}

fn tag_of(inner: &str) -> Tag {
    let inner = inner.trim_end_matches('/').trim_end();
    let (name, mut rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|letter: char| letter == '=' || letter.is_whitespace());
        let end = end.unwrap_or(rest.len());
        let own = rest[..end].to_string();
        rest = &rest[end..];
        let Some(value) = rest.strip_prefix("=\"") else {
            attributes.push((own, String::new()));
            continue;
        };
        let close = value.find('"').expect("a value is closed");
        attributes.push((own, value[..close].to_string()));
        rest = &value[close + 1..];
    }
    Tag {
        name: name.to_string(),
        attributes,
        is_in_svg: false,
    }
}

/// All opening tags.
pub fn tags(html: &str) -> Vec<Tag> {
    let tags = pieces(html).into_iter().filter_map(|piece| match piece {
        Piece::Open(tag) => Some(tag),
        _ => None,
    });
    tags.collect()
}

/// The text that people read, a line for each piece of it; that of drawings, scripts and styles left out.
pub fn text_of(html: &str) -> String {
    let mut lines = Vec::new();
    let mut hidden = 0;
    for piece in pieces(html) {
        match piece {
            Piece::Open(tag) if matches!(tag.name.as_str(), "svg" | "script" | "style") => {
                hidden += 1
            }
            Piece::Close(name) if matches!(name.as_str(), "svg" | "script" | "style") => {
                hidden -= 1
            }
            Piece::Text(text) if hidden == 0 => {
                let words: Vec<&str> = text.split_whitespace().collect();
                if !words.is_empty() {
                    lines.push(words.join(" "));
                }
            }
            _ => {}
        }
    }
    lines.join("\n")
}
