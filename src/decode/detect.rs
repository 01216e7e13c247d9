//! Recognises an export format by the first bytes of its text, and says why.

use super::binding::{HeaderForm, plain_name};
use super::csv::cells;
use super::facts::JsonReader;
use super::split::{Found, Splitter};
use super::{
    auth_details_csv, azure_monitor, event_hub, graph_csv, graph_page, log_analytics,
    log_analytics_csv, portal_csv, portal_json, powershell_csv, powershell_json, query_api,
    unified_audit, unified_audit_csv, wrapped,
};

/// One export format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Stable name, stored as `source_format`.
    pub name: &'static str,
    pub title: &'static str,
    /// Why the head is of this format, if it is.
    pub recognise: fn(&Head<'_>) -> Option<&'static str>,
    pub form: Form,
    /// Its records may name no tenant of their own.
    pub lacks_tenant: bool,
    /// Its records may have no id.
    pub lacks_id: bool,
}

/// How the text of a format is built.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// JSON values: lines, arrays, pages, one after another.
    Json(JsonReader),
    /// Rows of cells below a header.
    Header(HeaderForm),
    /// Lists of values below a list of columns, in one JSON document.
    Tables(HeaderForm),
}

/// All formats, in the order in which they are tried: what says more comes first.
pub const FORMATS: &[Format] = &[
    event_hub::FORMAT,
    query_api::FORMAT,
    wrapped::FORMAT,
    azure_monitor::FORMAT,
    log_analytics::FORMAT,
    unified_audit::FORMAT,
    graph_page::FORMAT,
    portal_json::FORMAT,
    powershell_json::FORMAT,
    auth_details_csv::FORMAT,
    portal_csv::FORMAT,
    log_analytics_csv::FORMAT,
    unified_audit_csv::FORMAT,
    graph_csv::FORMAT,
    powershell_csv::FORMAT,
];

/// The first bytes of a text, as recognisers look at them.
#[derive(Debug)]
pub struct Head<'a> {
    text: &'a str,
    /// Names of the first line's cells, as they are compared; empty for JSON.
    names: Vec<String>,
}

impl<'a> Head<'a> {
    /// Looks at the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let json = text.starts_with(['{', '[']) || text.starts_with("\"{");
        let names = if json {
            Vec::new()
        } else {
            let line = text.lines().next().unwrap_or_default();
            let names = cells(line, delimiter_of(line));
            names.map(|name| plain_name(&name).0).collect()
        };
        Self { text, names }
    }

    /// The text from its first value on.
    pub fn value(&self) -> &'a str {
        self.text
    }

    /// The text from its first object on, which may be the first of an array.
    pub fn object(&self) -> Option<&'a str> {
        let inner = |c: char| c == '[' || c.is_whitespace();
        let text = self.text.trim_start_matches(inner);
        text.starts_with('{').then_some(text)
    }

    /// Whether the first line is a header with all these names.
    pub fn has(&self, names: &[&str]) -> bool {
        names
            .iter()
            .all(|name| self.names.iter().any(|own| own == name))
    }
}

/// The format of a text by its first bytes, and why.
pub fn detect(head: &str) -> Option<(&'static Format, &'static str)> {
    let head = Head::new(head);
    FORMATS
        .iter()
        .find_map(|f| Some((f, (f.recognise)(&head)?)))
}

/// The format that one JSON record plainly is of, and its reader.
pub(super) fn json_format_of(record: &str) -> Option<(&'static str, JsonReader)> {
    match detect(record)? {
        (
            Format {
                name,
                form: Form::Json(reader),
                ..
            },
            _,
        ) => Some((name, *reader)),
        _ => None,
    }
}

/// The delimiter that a header uses most: comma, semicolon or tab.
pub fn delimiter_of(line: &str) -> u8 {
    let count = |by: u8| memchr::memchr_iter(by, line.as_bytes()).count();
    let by_use = |by: &u8| (count(*by), *by == b',');
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(by_use)
        .unwrap_or(b',')
}

/// How a text of JSON is cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// One JSON value a line.
    Lines,
    /// JSON over many lines or without any: pages, arrays, values one after another.
    Document,
}

/// Keys of which each kind of record has one.
const SIGNS: [&str; 7] = [
    "\"createdDateTime\"",
    "\"CreatedDateTime\"",
    "\"category\"",
    "\"records\"",
    "\"TimeGenerated\"",
    "\"Operation\"",
    "\"AuditData\"",
];

/// How to cut a text, by its first bytes: lines where a line at the margin is exactly one object,
/// or the text of one. The first line decides unless it is damaged.
pub fn cut(head: &str) -> Cut {
    let first = head.trim_start_matches('\u{feff}').trim_start();
    let mut lines = first.lines();
    let whole = |line: &str| {
        let line = line.trim_end();
        line.starts_with('{') && is_one_object(line)
            || line.len() > 4 && line.starts_with("\"{") && line.ends_with("}\"")
    };
    let record = |line: &str| whole(line) && SIGNS.iter().any(|s| line.contains(s));
    let begins = lines.next().unwrap_or_default();
    // A list of records, one a line, goes on behind its first line.
    let opens = begins.trim_end().ends_with(['[', '{', ',']);
    if whole(begins) || (!opens && begins.len() > 2 && lines.any(record)) {
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
