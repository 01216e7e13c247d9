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

/// Says of a text that it is that of every cell of its column with the same hint, so that its number
/// need not be looked for again. Hints are given out by one decoder and heard by its builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hint(u32);

impl Hint {
    /// Says nothing.
    pub const NONE: Self = Self(0);
    /// Hints that are told apart; what is above says nothing.
    const MAX: u32 = 1 << 20;

    /// A hint by its number, from 1.
    pub fn new(number: u32) -> Self {
        Self(if number < Self::MAX { number } else { 0 })
    }

    /// Its number, where it says something.
    pub fn number(self) -> Option<usize> {
        (self != Self::NONE).then_some(self.0 as usize)
    }
}

/// A cell of a row.
#[derive(Debug, Clone)]
struct Filled<'a> {
    column: Record,
    hint: Hint,
    cell: Cell<'a>,
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
    /// The cells of the columns that were set.
    cells: Vec<Filled<'a>>,
    /// For each column one more than the place of its cell; 0 where it was never set, and
    /// [`SET_TO_NULL`] where it was to nothing.
    places: [u8; RECORD_COLUMNS],
    pub steps: Vec<Step<'a>>,
}

const SET_TO_NULL: u8 = u8::MAX;
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
            0 | SET_TO_NULL => &Cell::Null,
            place => &self.cells[place as usize - 1].cell,
        }
    }

    /// Sets the cell of a column.
    #[inline]
    pub fn set(&mut self, column: Record, cell: Cell<'a>) {
        self.set_hinted(column, cell, Hint::NONE);
    }

    /// Sets the cell of a column whose text is that of all with the same hint.
    #[inline(always)]
    pub fn set_hinted(&mut self, column: Record, cell: Cell<'a>, hint: Hint) {
        let filled = Filled { column, hint, cell };
        let place = &mut self.places[column as usize];
        if *place == 0 && !filled.cell.is_null() {
            self.cells.push(filled);
            *place = self.cells.len() as u8;
        } else {
            self.set_again(filled);
        }
    }

    /// Sets a cell to nothing, or in place of another.
    #[inline(never)]
    fn set_again(&mut self, filled: Filled<'a>) {
        let place = &mut self.places[filled.column as usize];
        match *place {
            0 | SET_TO_NULL if filled.cell.is_null() => *place = SET_TO_NULL,
            0 | SET_TO_NULL => {
                self.cells.push(filled);
                *place = self.cells.len() as u8;
            }
            place => self.cells[place as usize - 1] = filled,
        }
    }

    /// Takes the cell of a column out of the row.
    pub fn take(&mut self, column: Record) -> Cell<'a> {
        match self.places[column as usize] {
            0 | SET_TO_NULL => Cell::Null,
            place => std::mem::take(&mut self.cells[place as usize - 1].cell),
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

    /// The columns that were set, also to nothing.
    pub fn touched(&self) -> impl Iterator<Item = Record> {
        let columns = Record::ALL.iter().copied();
        columns.filter(|column| self.places[*column as usize] != 0)
    }

    /// The cells that say something, with their hints, in no order.
    pub fn filled(&self) -> impl Iterator<Item = (Record, &Cell<'a>, Hint)> {
        let says = self.cells.iter().filter(|filled| !filled.cell.is_null());
        says.map(|filled| (filled.column, &filled.cell, filled.hint))
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Row<'static> {
        let cells = self.cells.into_iter();
        Row {
            cells: cells
                .map(|filled| Filled {
                    column: filled.column,
                    hint: filled.hint,
                    cell: filled.cell.into_owned(),
                })
                .collect(),
            places: self.places,
            steps: self.steps.into_iter().map(Step::into_owned).collect(),
        }
    }
}

// A place and what says that there is none fit into a byte.
const _: () = assert!(RECORD_COLUMNS < SET_TO_NULL as usize);

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
            .filter_map(|(column, ..)| Some((column as usize, row.int(column)?)))
            .collect();
        assert_eq!(held.len(), RECORD_COLUMNS);
        assert!(held.iter().all(|(column, n)| *column as i64 == *n));
        assert_eq!(row.take(Record::Id), Cell::Int(Record::Id as i64));
        assert!(row.get(Record::Id).is_null());
    }
}
