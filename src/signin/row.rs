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

/// One record: a cell per column of `records` (the steps apart).
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    cells: Vec<Cell<'a>>,
    pub steps: Vec<Step<'a>>,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Self {
            cells: vec![Cell::Null; RECORD_COLUMNS],
            steps: Vec::new(),
        }
    }
}

impl<'a> Row<'a> {
    /// The cell of a column.
    pub fn get(&self, column: Record) -> &Cell<'a> {
        &self.cells[column as usize]
    }

    /// Sets the cell of a column.
    pub fn set(&mut self, column: Record, cell: Cell<'a>) {
        self.cells[column as usize] = cell;
    }

    /// Sets the cell of a column only where it says nothing yet.
    pub fn set_if_null(&mut self, column: Record, cell: Cell<'a>) {
        let place = &mut self.cells[column as usize];
        if place.is_null() {
            *place = cell;
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

    /// All cells, in the order of the schema.
    pub fn cells(&self) -> &[Cell<'a>] {
        &self.cells
    }

    /// All cells, without the row.
    pub fn into_cells(self) -> Vec<Cell<'a>> {
        self.cells
    }

    /// All cells, to be changed in place.
    pub fn cells_mut(&mut self) -> &mut [Cell<'a>] {
        &mut self.cells
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Row<'static> {
        Row {
            cells: self.cells.into_iter().map(Cell::into_owned).collect(),
            steps: self.steps.into_iter().map(Step::into_owned).collect(),
        }
    }
}
