//! Recognises an export format by the first bytes of its text.

use super::split::{Found, Splitter};
use super::{azure_monitor, event_hub, graph_page, portal_json};

/// One export format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Stable name, stored as `source_format`.
    pub name: &'static str,
    pub title: &'static str,
    /// Why the head is of this format, if it is.
    pub recognise: fn(&str) -> Option<&'static str>,
}

/// All formats, in the order in which they are tried.
pub const FORMATS: &[Format] = &[
    azure_monitor::FORMAT,
    event_hub::FORMAT,
    graph_page::FORMAT,
    portal_json::FORMAT,
];

/// The format of a text by its first bytes, and why.
pub fn detect(head: &str) -> Option<(&'static Format, &'static str)> {
    let head = head.trim_start_matches('\u{feff}').trim_start();
    FORMATS.iter().find_map(|f| Some((f, (f.recognise)(head)?)))
}

/// How a text is cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// One JSON value a line.
    Lines,
    /// JSON over many lines or without any: pages, arrays, values one after another.
    Document,
}

/// How to cut a text, by its first bytes: lines where a line at the margin is exactly one object.
/// The first line decides unless it is damaged.
pub fn cut(head: &str) -> Cut {
    let first = head.trim_start_matches('\u{feff}').trim_start();
    let mut lines = first.lines();
    let whole = |line: &str| line.starts_with('{') && is_one_object(line.trim_end());
    let signs = ["\"createdDateTime\"", "\"category\"", "\"records\""];
    let record = |line: &str| whole(line) && signs.iter().any(|s| line.contains(s));
    let begins = lines.next().unwrap_or_default();
    if whole(begins) || (begins.len() > 2 && lines.any(record)) {
        Cut::Lines
    } else {
        Cut::Document
    }
}

fn is_one_object(line: &str) -> bool {
    let (mut splitter, mut found) = (Splitter::whole_objects(), Vec::new());
    splitter.push(line.as_bytes(), &mut found);
    matches!(found.as_slice(), [Found::Record(range)] if *range == (0..line.len()))
}
