//! One record between decoder and batch: a cell per column of `records`, and its steps.
//!
//! Cells borrow from the export's text or from the batch where they can, so that neither decoding
//! nor merging copies a text.

use std::borrow::Cow;

use super::schema::{RECORD_COLUMNS, Record};

/// The value of one column of one record.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell<'a> {
    #[default]
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
}

impl Cell<'_> {
    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Int(v) => Cell::Int(v),
            Self::Float(v) => Cell::Float(v),
            Self::Bool(v) => Cell::Bool(v),
            Self::Time(v) => Cell::Time(v),
        }
    }

    /// Whether the column says nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// One entry of `authenticationDetails`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Step<'a> {
    /// Microseconds since 1970-01-01 UTC.
    pub step_at: Option<i64>,
    pub method: Option<Cow<'a, str>>,
    pub method_detail: Option<Cow<'a, str>>,
    pub succeeded: Option<bool>,
    pub result_detail: Option<Cow<'a, str>>,
    pub requirement: Option<Cow<'a, str>>,
    pub status_sequence: Option<i64>,
    pub request_sequence: Option<i64>,
}

impl Step<'_> {
    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Step<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|t| Cow::Owned(t.into_owned()));
        Step {
            step_at: self.step_at,
            method: own(self.method),
            method_detail: own(self.method_detail),
            succeeded: self.succeeded,
            result_detail: own(self.result_detail),
            requirement: own(self.requirement),
            status_sequence: self.status_sequence,
            request_sequence: self.request_sequence,
        }
    }
}

/// One record: a cell per column of `records` (the steps apart). Only what says something is kept.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The cells of the columns that were set, each with its column.
    cells: Vec<(Record, Cell<'a>)>,
    /// For each column one more than the place of its cell, 0 where it was never set.
    places: [u8; RECORD_COLUMNS],
    pub steps: Vec<Step<'a>>,
}

/// Cells that a row of most formats fills.
const CELLS_GUESS: usize = 72;

impl Default for Row<'_> {
    fn default() -> Self {
        Self {
            cells: Vec::with_capacity(CELLS_GUESS),
            places: [0; RECORD_COLUMNS],
            steps: Vec::new(),
        }
    }
}

impl PartialEq for Row<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same = |column: &Record| self.get(*column) == other.get(*column);
        Record::ALL.iter().all(same) && self.steps == other.steps
    }
}

impl<'a> Row<'a> {
    /// The cell of a column.
    pub fn get(&self, column: Record) -> &Cell<'a> {
        match self.places[column as usize] {
            0 => &Cell::Null,
            place => &self.cells[place as usize - 1].1,
        }
    }

    /// Sets the cell of a column.
    #[inline]
    pub fn set(&mut self, column: Record, cell: Cell<'a>) {
        let place = &mut self.places[column as usize];
        match *place {
            0 if cell.is_null() => {}
            0 => {
                self.cells.push((column, cell));
                *place = self.cells.len() as u8;
            }
            place => self.cells[place as usize - 1].1 = cell,
        }
    }

    /// Takes the cell of a column out of the row.
    pub fn take(&mut self, column: Record) -> Cell<'a> {
        match self.places[column as usize] {
            0 => Cell::Null,
            place => std::mem::take(&mut self.cells[place as usize - 1].1),
        }
    }

    /// Sets the cell of a column only where it says nothing yet.
    pub fn set_if_null(&mut self, column: Record, cell: Cell<'a>) {
        if self.get(column).is_null() {
            self.set(column, cell);
        }
    }

    /// Sets a text column.
    pub fn set_text(&mut self, column: Record, text: impl Into<Cow<'a, str>>) {
        self.set(column, Cell::Text(text.into()));
    }

    /// The text of a column, where it has one.
    pub fn text(&self, column: Record) -> Option<&str> {
        match self.get(column) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer of a column, where it has one.
    pub fn int(&self, column: Record) -> Option<i64> {
        match self.get(column) {
            Cell::Int(v) => Some(*v),
            _ => None,
        }
    }

    /// The time of a column in microseconds since 1970-01-01 UTC, where it has one.
    pub fn time(&self, column: Record) -> Option<i64> {
        match self.get(column) {
            Cell::Time(v) => Some(*v),
            _ => None,
        }
    }

    /// Whether this is only a part of a record: every whole record has an event type.
    pub fn is_part(&self) -> bool {
        self.get(Record::EventType).is_null()
    }

    /// The cells that say something, in no order.
    pub fn filled(&self) -> impl Iterator<Item = (Record, &Cell<'a>)> {
        let set = self.cells.iter().map(|(column, cell)| (*column, cell));
        set.filter(|(_, cell)| !cell.is_null())
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Row<'static> {
        let cells = self.cells.into_iter();
        Row {
            cells: cells.map(|(c, cell)| (c, cell.into_owned())).collect(),
            places: self.places,
            steps: self.steps.into_iter().map(Step::into_owned).collect(),
        }
    }
}

// A place and "none" fit into a byte.
const _: () = assert!(RECORD_COLUMNS < 255);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_what_was_set_last() {
        let mut row = Row::default();
        for round in 0..3 * RECORD_COLUMNS as i64 {
            for column in [Record::ErrorCode, Record::PolicySetId] {
                row.set(column, Cell::Int(round));
                assert_eq!(row.int(column), Some(round));
                row.set(column, Cell::Null);
                assert!(row.get(column).is_null());
            }
        }
        for (n, column) in Record::ALL.iter().copied().enumerate() {
            row.set(column, Cell::Int(n as i64));
        }
        let held: Vec<(usize, i64)> = row
            .filled()
            .filter_map(|(column, _)| Some((column as usize, row.int(column)?)))
            .collect();
        assert_eq!(held.len(), RECORD_COLUMNS);
        assert!(held.iter().all(|(column, n)| *column as i64 == *n));
        assert_eq!(row.take(Record::Id), Cell::Int(Record::Id as i64));
        assert!(row.get(Record::Id).is_null());
    }
}
