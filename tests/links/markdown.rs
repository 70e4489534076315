//! What texts hold: comments that go on over lines, headings and their anchors, labels, cited sections.

use std::collections::BTreeSet;

/// Where a Markdown page can be entered.
#[derive(Default)]
pub struct Page {
    pub anchors: BTreeSet<String>,
    pub labels: BTreeSet<String>,
}

/// The text of a file as one string in which comments that go on over lines are whole, and the line of each byte.
pub struct Flow {
    pub text: String,
    pub lines: Vec<usize>,
}

pub fn flow(path: &str, text: &str) -> Flow {
    let marks: &[&str] = if path.ends_with(".rs") {
        &["//!", "///", "//"]
    } else {
        &["#"]
    };
    let markdown = path.ends_with(".md");
    let mut flow = Flow {
        text: String::new(),
        lines: Vec::new(),
    };
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let comment = marks
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .filter(|_| !markdown);
        let goes_on = comment.is_some()
            || (markdown && !line.is_empty() && !line.starts_with(['|', '#', '-']));
        flow.text.push(if goes_on { ' ' } else { '\n' });
        flow.text.push_str(comment.unwrap_or(line).trim());
        flow.lines.resize(flow.text.len(), number + 1);
    }
    flow
}

/// A heading's anchor by GitHub's rules, before duplicates are numbered.
fn slug(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading
        .chars()
        .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

/// The label at the beginning of a text, with its length.
fn label(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|it| it.is_ascii_digit())
            .count()
    };
    let mut end = usize::from(bytes.first()?.is_ascii_uppercase());
    let lettered = end == 1;
    end += digits(end);
    if lettered && end > 1 && bytes.get(end).is_some_and(u8::is_ascii_lowercase) {
        end += 1;
    }
    while end > 0 && bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    let next = text[end..].chars().next();
    let whole = !next.is_some_and(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '%' | '/'));
    (end > 0 && whole).then(|| &text[..end])
}

/// Reads where a page can be entered; what stands in fences is no heading.
pub fn page(text: &str) -> Page {
    let mut page = Page::default();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        if let Some(cell) = line.strip_prefix("| ") {
            let lettered = cell.starts_with(|it: char| it.is_ascii_uppercase());
            page.labels
                .extend(label(cell).filter(|_| lettered).map(str::to_owned));
        }
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with(' ') {
            let heading = heading.trim();
            page.labels.extend(label(heading).map(str::to_owned));
            let (slug, mut anchor, mut again) = (slug(heading), slug(heading), 0);
            while !page.anchors.insert(anchor.clone()) {
                again += 1;
                anchor = format!("{slug}-{again}");
            }
        }
    }
    page
}

/// The labels of the sections cited behind a page's name: `4.3 and 4.4`, `A5, H2`, `A6 F5`, `0 fact 12 and 6`.
pub fn sections(mut text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut joined = true;
    while let Some(label) = text.strip_prefix(' ').and_then(label) {
        // Without a comma or a word before it, a number belongs to the sentence.
        if !joined && !label.starts_with(|it: char| it.is_ascii_uppercase()) {
            break;
        }
        found.push(label);
        text = &text[1 + label.len()..];
        // Facts are items of a section's list.
        if let Some(fact) = text.strip_prefix(" fact ") {
            text = fact.trim_start_matches(|it: char| it.is_ascii_digit());
        }
        let next = [",", " and", " or", " to"]
            .iter()
            .find_map(|join| text.strip_prefix(join));
        joined = next.is_some();
        text = next.unwrap_or(text);
    }
    found
}
