//! Where the value of a key goes, and how its raw text becomes a cell.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::json::Table;
use super::known_lists::List;
use super::raw::string;
use super::scan::Quoted;
use super::stretch::Kept;
use super::timestamp::{self, Clock};
use crate::signin::row::{Cell, Hint};
use crate::signin::schema::Record;

/// Where a value goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Text(Record),
    /// Text in lower case.
    Lower(Record),
    Json(Record),
    Int(Record),
    Float(Record),
    Bool(Record),
    Time(Record),
    /// A time that is written alike whatever the file's culture.
    EnvelopeTime(Record),
    /// An address that may carry a port.
    Address(Record),
    /// A display text, or the enumeration value itself.
    Words(Record, Words),
    /// `City, State, CC`.
    Place,
    /// `Success`, `Failure` or `Interrupted`; or the error code itself.
    Status,
    /// One field of an authentication step that stands in a row of its own.
    StepField(StepField),
    /// The JSON text of a whole audit record.
    Audit,
    Object(Table),
    Steps,
    Policies,
    UserName,
    EventTypes,
    /// A field of the diagnostic envelope, by its place in `Envelope`.
    Envelope(Field),
    /// Says nothing that another column does not say.
    Ignore,
}

/// Display texts and the values that Graph writes for them; compared without case.
pub(super) type Words = &'static [(&'static str, &'static str)];

/// A field of an authentication step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepField {
    At,
    Method,
    MethodDetail,
    Succeeded,
    ResultDetail,
    Requirement,
    StatusSequence,
    RequestSequence,
}

/// A field of the diagnostic envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    ResultType,
    ResultDescription,
    CallerIpAddress,
    CorrelationId,
    Identity,
    Location,
    ResourceId,
    OperationName,
    OperationVersion,
    DurationMs,
    Level,
    Properties,
    /// The Log Analytics table.
    Table,
}

/// Receives what a walk finds.
pub(super) trait Sink<'de> {
    /// A value whose key is in the table.
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>);
    /// A known value that is a string without escapes.
    fn plain_string(&mut self, target: &Target, key: &'static str, string: Quoted<'de>) {
        self.known(target, key, Cow::Borrowed(string.raw()));
    }
    /// The policies of a record, which a memory of lists has gone over.
    fn policies(&mut self, list: List<'de>, key: &'static str) {
        if let List::New(raw, _) = list {
            self.known(&Target::Policies, key, Cow::Borrowed(raw));
        }
    }
    /// The cells that a value of a table's key sets, where it does nothing else and rests on nothing
    /// else.
    fn learned(&self, _: Table, _: usize, _raw: &str) -> Option<Vec<(Record, Kept)>> {
        None
    }
    /// A cell that was learned.
    fn again(&mut self, _: Record, _: Cell<'de>, _: Hint) {}
    /// A value whose key is not; `path` is the object it stands in.
    fn unknown(&mut self, path: &str, key: &str, raw: Cow<'de, str>);
    /// The table of a record that stands inside another, where its keys go to this sink too.
    fn enters(&self, _: &Target) -> Option<Table> {
        None
    }
    /// A small number for records that have the same fields as a rule.
    fn kind(&self) -> usize {
        0
    }
    /// The record inside begins.
    fn entered(&mut self) {}
    /// The record inside has ended.
    fn leaves(&mut self) {}
    /// A key was recognised only in another case than the table's.
    fn respelt(&mut self) {}
    /// A value that is no object where one stands as a rule, as raw JSON.
    fn odd(&mut self, path: &'static str, raw: String) {
        self.unknown("", path, Cow::Owned(raw));
    }
}

/// The cell of a raw JSON value that says something, or `Err` where the value does not fit the column.
pub(super) fn cell<'de>(
    target: &Target,
    raw: Cow<'de, str>,
    clock: Clock,
) -> Result<(Record, Cell<'de>), Cow<'de, str>> {
    let Some(column) = column_of(target) else {
        return Err(raw);
    };
    let cell = match target {
        // Lists and objects may be written as the text of one.
        Target::Json(_) => match nested(&raw) {
            Some(inner) if says_nothing(&inner) => Some(Cell::Null),
            Some(inner) => Some(Cell::Text(Cow::Owned(inner))),
            None => Some(Cell::Text(raw.clone())),
        },
        _ => text(raw.clone()).and_then(|text| plain_cell(target, text, clock)),
    };
    cell.map(|cell| (column, cell)).ok_or(raw)
}

/// The column that a target of one cell fills.
pub(super) fn column_of(target: &Target) -> Option<Record> {
    match target {
        Target::Text(c)
        | Target::Lower(c)
        | Target::Json(c)
        | Target::Int(c)
        | Target::Float(c)
        | Target::Bool(c)
        | Target::Time(c)
        | Target::EnvelopeTime(c)
        | Target::Address(c)
        | Target::Words(c, _) => Some(*c),
        _ => None,
    }
}

/// The cell of a text; `None` where it does not fit the column.
pub(super) fn plain_cell<'de>(
    target: &Target,
    text: Cow<'de, str>,
    clock: Clock,
) -> Option<Cell<'de>> {
    match target {
        Target::Text(_) | Target::Json(_) => Some(Cell::Text(text)),
        Target::Lower(_) => Some(Cell::Text(lower(text))),
        Target::Int(_) => int(&text).map(Cell::Int),
        Target::Float(_) => float(&text).map(Cell::Float),
        Target::Bool(_) => boolean(&text).map(Cell::Bool),
        Target::Time(_) => timestamp::parse_by(&text, clock).map(Cell::Time),
        Target::EnvelopeTime(_) => timestamp::parse(&text).map(Cell::Time),
        Target::Address(_) => Some(Cell::Text(without_port(text))),
        Target::Words(_, words) => Some(Cell::Text(wire(text, words))),
        _ => None,
    }
}

/// The value that Graph writes for a display text; any other text as it is.
fn wire<'de>(text: Cow<'de, str>, words: Words) -> Cow<'de, str> {
    let known = words
        .iter()
        .find(|(shown, _)| shown.eq_ignore_ascii_case(&text));
    known.map_or(text, |(_, wire)| Cow::Borrowed(wire))
}

/// The address of `1.2.3.4:8085` or `[v6]:port`.
fn without_port(text: Cow<'_, str>) -> Cow<'_, str> {
    let end = match text.strip_prefix('[') {
        Some(inner) => inner.find(']').map(|end| (1, end + 1)),
        None if text.matches(':').count() == 1 => text.find(':').map(|end| (0, end)),
        None => None,
    };
    match (end, text) {
        (None, text) => text,
        (Some((from, to)), Cow::Borrowed(text)) => Cow::Borrowed(&text[from..to]),
        (Some((from, to)), Cow::Owned(text)) => Cow::Owned(text[from..to].to_owned()),
    }
}

/// The list or object that a JSON string holds as text.
pub(super) fn nested(raw: &str) -> Option<String> {
    let inner = raw.strip_prefix('"')?.trim_ascii_start();
    inner.starts_with(['[', '{']).then_some(())?;
    let text = string(Cow::Borrowed(raw))?.into_owned();
    serde_json::from_str::<IgnoredAny>(&text).ok()?;
    Some(text)
}

/// Null, an empty text, or an empty list or object however it is spaced.
pub(super) fn says_nothing(raw: &str) -> bool {
    let blank = |inner: &[u8]| inner.iter().all(u8::is_ascii_whitespace);
    match raw.as_bytes() {
        b"null" | b"\"\"" => true,
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => blank(inner),
        _ => false,
    }
}

/// A string's text, or the literal of a number or boolean.
pub(super) fn text(raw: Cow<'_, str>) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' => string(raw),
        b'{' | b'[' => None,
        _ => Some(raw),
    }
}

/// Lower case, borrowed where it already is.
pub(super) fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    let small = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
    if !text.bytes().all(small) && text.chars().any(char::is_uppercase) {
        Cow::Owned(text.to_lowercase())
    } else {
        text
    }
}

fn unquoted(raw: &str) -> &str {
    raw.trim_matches('"').trim()
}

pub(super) fn int(raw: &str) -> Option<i64> {
    if raw.len() < 19 && raw.bytes().all(|b| b.is_ascii_digit()) && !raw.is_empty() {
        return Some(raw.bytes().fold(0, |n, b| n * 10 + i64::from(b - b'0')));
    }
    let literal = unquoted(raw);
    literal.parse().ok().or_else(|| {
        let value: f64 = literal.parse().ok()?;
        (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
    })
}

pub(super) fn float(raw: &str) -> Option<f64> {
    unquoted(raw).parse().ok().filter(|v: &f64| v.is_finite())
}

pub(super) fn boolean(raw: &str) -> Option<bool> {
    if matches!(raw, "true" | "false") {
        return Some(raw == "true");
    }
    let word = unquoted(raw);
    let is = |words: [&str; 2]| words.iter().any(|w| word.eq_ignore_ascii_case(w));
    if is(["true", "yes"]) {
        return Some(true);
    }
    is(["false", "no"]).then_some(false)
}
