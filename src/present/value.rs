//! Writes one cell as text or as JSON, the same way for every format.
//!
//! Text: numbers in full, floats in the fewest digits that read back the same, instants in UTC, bytes as
//! lower-case hexadecimal, lists, structs and maps as compact JSON, null as nothing. A timestamp without a time
//! zone is taken as UTC, as the SQL engine does.
//! JSON: integers and decimals as numbers, instants as RFC 3339 strings, NaN and infinities as null; control,
//! direction-changing and invisible characters as `\uXXXX`, so the file is safe to look at and loses nothing.
//! Never: makes text safe for a terminal, a spreadsheet or a page; each format does that for what it returns.

use std::fmt::{self, Display, Write};

use super::column::{Column, Value};
use super::instant::{Style, write_date, write_instant};
use super::plain::is_hidden;
use crate::error::{Error, Result};

/// Appends the cell as text.
pub(super) fn push_text(out: &mut String, value: &Value<'_>, style: Style) -> Result<()> {
    write_text(out, value, style).map_err(format_error)
}

/// Appends the cell as JSON.
pub(super) fn push_json(out: &mut String, value: &Value<'_>) -> Result<()> {
    write_json(out, value).map_err(format_error)
}

/// Appends a JSON string, quotes included.
pub(super) fn push_json_string(out: &mut String, text: &str) {
    out.push('"');
    let mut clean = 0;
    for (at, c) in text.char_indices() {
        if c != '"' && c != '\\' && !is_hidden(c) {
            continue;
        }
        out.push_str(&text[clean..at]);
        clean = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push_str(&text[clean..]);
    out.push('"');
}

fn format_error(_: fmt::Error) -> Error {
    Error::Internal("cannot write a value as text".to_owned())
}

fn write_text(out: &mut String, value: &Value<'_>, style: Style) -> fmt::Result {
    match value {
        Value::Null => Ok(()),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::Text(text) => out.write_str(text),
        Value::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
        Value::Signed(value) => write!(out, "{value}"),
        Value::Unsigned(value) => write!(out, "{value}"),
        // `{:?}` is the shortest form that reads back the same; it keeps `.0` and turns to exponents when long.
        Value::Float32(value) => write!(out, "{value:?}"),
        Value::Float64(value) => write!(out, "{value:?}"),
        Value::Date(day) => write_date(out, *day),
        Value::Instant { ticks, ticks_per_s } => write_instant(out, *ticks, *ticks_per_s, style),
        Value::Number(value) | Value::Other(value) => write!(out, "{value}"),
        Value::List(..) | Value::Struct(..) | Value::Map { .. } => write_json(out, value),
    }
}

fn write_json(out: &mut String, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Float32(value) if !value.is_finite() => out.write_str("null"),
        Value::Float64(value) if !value.is_finite() => out.write_str("null"),
        Value::Boolean(_)
        | Value::Signed(_)
        | Value::Unsigned(_)
        | Value::Float32(_)
        | Value::Float64(_) => write_text(out, value, Style::Machine),
        Value::Text(text) => {
            push_json_string(out, text);
            Ok(())
        }
        Value::Bytes(_) | Value::Date(_) | Value::Instant { .. } => {
            // None of these holds a character that JSON escapes.
            out.push('"');
            write_text(out, value, Style::Machine)?;
            out.push('"');
            Ok(())
        }
        Value::Number(number) => {
            write_json_number(out, number);
            Ok(())
        }
        Value::Other(other) => {
            push_json_string(out, &other.to_string());
            Ok(())
        }
        Value::List(items, range) => write_sequence(out, ['[', ']'], range.clone(), |out, at| {
            write_json(out, &items.value(at))
        }),
        Value::Struct(fields, row) => {
            write_sequence(out, ['{', '}'], fields.iter(), |out, (name, column)| {
                push_json_string(out, name);
                out.push(':');
                write_json(out, &column.value(*row))
            })
        }
        Value::Map {
            keys,
            values,
            entries,
        } => write_sequence(out, ['{', '}'], entries.clone(), |out, at| {
            push_json_string(out, &key_text(keys, at)?);
            out.push(':');
            write_json(out, &values.value(at))
        }),
    }
}

/// A decimal as a JSON number; Arrow writes no exponent, so anything else is its error text.
fn write_json_number(out: &mut String, number: &impl Display) {
    let text = number.to_string();
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.')
    {
        out.push_str(&text);
    } else {
        push_json_string(out, &text);
    }
}

/// JSON keys are strings, whatever the type of the map's keys.
fn key_text(keys: &Column<'_>, at: usize) -> std::result::Result<String, fmt::Error> {
    let mut key = String::new();
    write_text(&mut key, &keys.value(at), Style::Machine)?;
    Ok(key)
}

fn write_sequence<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T) -> fmt::Result,
) -> fmt::Result {
    out.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, item)?;
    }
    out.push(close);
    Ok(())
}
