//! Recognises an export format by the first bytes of its text.

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

/// How to cut a text, by its first bytes.
pub fn cut(head: &str) -> Cut {
    let first = head.trim_start_matches('\u{feff}').trim_start();
    match first.split_once('\n') {
        Some((line, _)) if first.starts_with('{') && line.trim_end().ends_with('}') => Cut::Lines,
        None if first.starts_with('{') && first.trim_end().ends_with('}') => Cut::Lines,
        _ => Cut::Document,
    }
}
