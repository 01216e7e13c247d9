//! Where the value of a key goes, and how its raw text becomes a cell.

use std::borrow::Cow;

use super::json::{Table, string};
use super::timestamp;
use crate::signin::row::Cell;
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
}

/// Receives what a walk finds.
pub(super) trait Sink<'de> {
    /// A value whose key is in the table.
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>);
    /// A value whose key is not; `path` is the object it stands in.
    fn unknown(&mut self, path: &str, key: &str, raw: Cow<'de, str>);
    /// A value that is no object where one stands as a rule, as raw JSON.
    fn odd(&mut self, path: &'static str, raw: String) {
        self.unknown("", path, Cow::Owned(raw));
    }
}

/// The cell of a raw value, or `Err` where the value does not fit the column.
pub(super) fn cell<'de>(
    target: &Target,
    raw: Cow<'de, str>,
) -> Result<(Record, Cell<'de>), Cow<'de, str>> {
    let column = match target {
        Target::Text(c)
        | Target::Lower(c)
        | Target::Json(c)
        | Target::Int(c)
        | Target::Float(c)
        | Target::Bool(c)
        | Target::Time(c) => *c,
        _ => return Err(raw),
    };
    if says_nothing(&raw) {
        return Ok((column, Cell::Null));
    }
    let cell = match target {
        Target::Json(_) => Some(Cell::Text(raw.clone())),
        Target::Text(_) => text(raw.clone()).map(Cell::Text),
        Target::Lower(_) => text(raw.clone()).map(|t| Cell::Text(lower(t))),
        Target::Int(_) => int(&raw).map(Cell::Int),
        Target::Float(_) => float(&raw).map(Cell::Float),
        Target::Bool(_) => boolean(&raw).map(Cell::Bool),
        Target::Time(_) => text(raw.clone())
            .and_then(|t| timestamp::parse(&t))
            .map(Cell::Time),
        _ => None,
    };
    cell.map(|cell| (column, cell)).ok_or(raw)
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
    if text.chars().any(char::is_uppercase) {
        Cow::Owned(text.to_lowercase())
    } else {
        text
    }
}

fn unquoted(raw: &str) -> &str {
    raw.trim_matches('"').trim()
}

pub(super) fn int(raw: &str) -> Option<i64> {
    let literal = unquoted(raw);
    literal.parse().ok().or_else(|| {
        let value: f64 = literal.parse().ok()?;
        (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
    })
}

fn float(raw: &str) -> Option<f64> {
    unquoted(raw).parse().ok().filter(|v: &f64| v.is_finite())
}

pub(super) fn boolean(raw: &str) -> Option<bool> {
    let word = unquoted(raw);
    if word.eq_ignore_ascii_case("true") {
        Some(true)
    } else if word.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
