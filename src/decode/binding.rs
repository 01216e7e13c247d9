//! Binds the columns of one file to targets, once, by their names and never by their places.

use std::borrow::Cow;

use super::csv::cells;
use super::found::Found;
use super::json::{Table, folded_place_of};
use super::raw::{elements, quoted};
use super::target::{Sink, Target};
use super::timestamp::Clock;
use crate::signin::schema::Record;

/// Where the column of this name goes: what it is called in `extra`, and its target. Names come
/// in lower case with single spaces; `again` says that an earlier column had the same name.
pub(super) type Resolve = fn(name: &str, again: bool) -> Option<(&'static str, Target)>;

/// How a format with a header is read.
#[derive(Debug, Clone, Copy)]
pub struct HeaderForm {
    pub(super) resolve: Resolve,
    /// Settles what only the whole row can tell.
    pub(super) finish: fn(&mut Found<'_>),
}

#[derive(Debug)]
struct Column {
    name: String,
    target: Option<(&'static str, Target)>,
}

/// The columns of one file.
#[derive(Debug)]
pub struct Binding {
    columns: Vec<Column>,
    pub delimiter: u8,
    /// The header as written.
    header: String,
    finish: fn(&mut Found<'_>),
    /// Headers say that times are UTC.
    pub names_utc: bool,
    /// The time zone that headers name, where it is not UTC.
    pub display_zone: Option<String>,
}

/// A column's name as it is compared: lower case, single spaces, without the display time zone.
pub(super) fn plain_name(name: &str) -> (String, Option<&str>) {
    let (bare, zone) = match name
        .trim_end()
        .strip_suffix(']')
        .and_then(|n| n.split_once(" ["))
    {
        Some((bare, zone)) => (bare, Some(zone)),
        None => (name, None),
    };
    let words: Vec<&str> = bare.split_whitespace().collect();
    (words.join(" ").to_lowercase(), zone)
}

/// The target of a key of a nested table, its objects joined by dots, whatever the case.
pub(super) fn dotted(table: Table, name: &str) -> Option<(&'static str, Target)> {
    let (head, rest) = match name.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (name, None),
    };
    let (key, target) = table.get(folded_place_of(table, 0, head)?)?;
    match (rest, target) {
        (None, target) => Some((key, *target)),
        (Some(rest), Target::Object(inner)) => dotted(inner, rest),
        _ => None,
    }
}

impl Binding {
    /// Binds the columns of a header line.
    pub fn new(header: &str, delimiter: u8, form: &HeaderForm) -> Self {
        let names: Vec<Cow<'_, str>> = cells(header, delimiter).collect();
        Self {
            header: header.to_owned(),
            ..Self::of(&names, delimiter, form)
        }
    }

    /// Binds columns by their names.
    pub fn of(names: &[Cow<'_, str>], delimiter: u8, form: &HeaderForm) -> Self {
        let mut seen: Vec<String> = Vec::new();
        let (mut display_zone, mut names_utc) = (None, false);
        let columns = names.iter().map(|name| {
            let (plain, zone) = plain_name(name);
            match zone {
                Some(zone) if zone.eq_ignore_ascii_case("utc") => names_utc = true,
                Some(zone) => display_zone = Some(zone.to_owned()),
                None => names_utc |= plain.ends_with("(utc)"),
            }
            let target = (form.resolve)(&plain, seen.contains(&plain));
            seen.push(plain);
            Column {
                name: name.trim().to_owned(),
                target,
            }
        });
        let columns = columns.collect();
        Self {
            columns,
            delimiter,
            header: String::new(),
            finish: form.finish,
            names_utc,
            display_zone,
        }
    }

    /// Whether a row is the header once more, as in files that were appended to one another.
    pub fn is_repeated(&self, row: &[u8]) -> bool {
        !self.header.is_empty() && row == self.header.as_bytes()
    }

    /// Reads one row of a CSV file.
    pub(super) fn row<'de>(&self, row: &'de str, clock: Clock) -> Result<Found<'de>, String> {
        let mut found = Found::new(clock);
        let mut count = 0;
        for cell in cells(row, self.delimiter) {
            let cell = unescaped(cell);
            let column = self.columns.get(count);
            // Columns beyond the header that hold nothing come from spreadsheets.
            count += usize::from(column.is_some() || !cell.is_empty());
            match column {
                _ if cell.is_empty() => {}
                Some(Column {
                    target: Some((key, target)),
                    ..
                }) => found.plain(target, key, cell),
                Some(column) => found.unknown("", &column.name, Cow::Owned(quoted(&cell))),
                None => {}
            }
        }
        self.whole(count)?;
        (self.finish)(&mut found);
        Ok(found)
    }

    /// Reads one row that is a JSON list.
    pub(super) fn list<'de>(&self, row: &'de str, clock: Clock) -> Result<Found<'de>, String> {
        let values = elements(row).ok_or("not a JSON list")?;
        let mut found = Found::new(clock);
        let count = values.len();
        for (column, raw) in self.columns.iter().zip(values) {
            let raw = Cow::Borrowed(raw);
            match &column.target {
                Some((key, target)) => found.known(target, key, raw),
                None => found.unknown("", &column.name, raw),
            }
        }
        self.whole(count)?;
        (self.finish)(&mut found);
        Ok(found)
    }

    /// Times, whatever column they are of, of a row: for the survey of a file.
    pub(super) fn each_cell<'a>(&self, row: &'a str, note: &mut dyn FnMut(&Target, Cow<'a, str>)) {
        for (column, cell) in self.columns.iter().zip(cells(row, self.delimiter)) {
            if let Some((_, target)) = &column.target {
                note(target, unescaped(cell));
            }
        }
    }

    /// As [`Self::each_cell`], for a row that is a JSON list.
    pub(super) fn each_value<'a>(&self, row: &'a str, note: &mut dyn FnMut(&Target, Cow<'a, str>)) {
        let values = elements(row).unwrap_or_default();
        for (column, value) in self.columns.iter().zip(values) {
            if let (Some((_, target)), Some(text)) =
                (&column.target, super::raw::string(Cow::Borrowed(value)))
            {
                note(target, text);
            }
        }
    }

    /// Whether a column with this target exists.
    pub fn fills(&self, column: Record) -> bool {
        let mut targets = self.columns.iter().filter_map(|c| c.target.as_ref());
        targets.any(|(_, target)| super::target::column_of(target) == Some(column))
    }

    fn whole(&self, cells: usize) -> Result<(), String> {
        let columns = self.columns.len();
        if cells == columns {
            return Ok(());
        }
        Err(format!(
            "{cells} cells where the header has {columns} columns"
        ))
    }
}

/// A cell without the `'` that keeps spreadsheets from reading it as a formula.
fn unescaped(cell: Cow<'_, str>) -> Cow<'_, str> {
    let marked = matches!(cell.as_bytes(), [b'\'', b'=' | b'+' | b'-' | b'@', ..]);
    let trimmed = |text: &str| -> (usize, usize) {
        let from = usize::from(marked);
        let start = text.len() - text[from..].trim_start().len();
        (start.max(from), text.trim_end().len().max(start))
    };
    match cell {
        Cow::Borrowed(text) => {
            let (from, to) = trimmed(text);
            Cow::Borrowed(&text[from..to])
        }
        Cow::Owned(mut text) => {
            let (from, to) = trimmed(&text);
            text.truncate(to);
            text.drain(..from);
            Cow::Owned(text)
        }
    }
}
