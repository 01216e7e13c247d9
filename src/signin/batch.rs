//! Builds Arrow batches of `records` from rows, and reads rows back from batches.
//!
//! The only meeting place of decoders and lake: a decoder ends in a [`RecordBuilder`], the lake
//! begins with its batches. A value that does not fit its column's type is a bug of the decoder
//! and is stored as null; decoders check ranges and say so in `extra`.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray, UInt16Array};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;

use super::coded::{CODED_SCHEMA, TEXTS_MAX, codes, join};
use super::column_builder::{ColumnBuilder, Values, append_steps};
use super::columns::is_null_column;
use super::row::{Cell, Row, Step};
use super::schema::{Kind, RECORDS, Record};
use crate::error::{Error, Result};

const DAY_US: i64 = 86_400_000_000;

/// Collects rows into one batch of `records`.
pub struct RecordBuilder {
    columns: Vec<ColumnBuilder>,
    /// Batches of as many rows as can be coded.
    full: Vec<Result<RecordBatch>>,
    /// Rows since then.
    rows: usize,
    /// The day of the first of these rows, and rows of other days.
    day: i64,
    others: usize,
    /// Whether the last row is of another day.
    ends_elsewhere: bool,
    /// For each hint the number of its text, and the batch in which it has that.
    hinted: Vec<(u32, u32)>,
    /// Batches begun.
    batch: u32,
}

impl RecordBuilder {
    /// A builder with room for `rows` rows.
    pub fn new(rows: usize) -> Self {
        Self {
            columns: (0..RECORDS.len())
                .map(|place| ColumnBuilder::new(place, rows))
                .collect(),
            full: Vec::new(),
            rows: 0,
            day: 0,
            others: 0,
            ends_elsewhere: false,
            hinted: Vec::new(),
            batch: 1,
        }
    }

    /// Rows appended so far.
    pub fn len(&self) -> usize {
        self.full.len() * TEXTS_MAX + self.rows
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all rows but the last happened on one day: what comes is likely to be of the next.
    pub fn turns(&self) -> bool {
        self.others == 1 && self.ends_elsewhere
    }

    /// Appends one row.
    #[inline(never)]
    pub fn append(&mut self, row: &Row<'_>) {
        if self.rows == TEXTS_MAX {
            let full = self.finish_rows();
            self.full.push(full);
        }
        for (column, cell, hint) in row.filled() {
            let values = self.columns[column as usize].values(self.rows);
            match (values, cell, hint.number()) {
                (Values::Coded(b), Cell::Text(text), Some(hint)) => {
                    if hint >= self.hinted.len() {
                        self.hinted.resize(hint + 1, (0, 0));
                    }
                    let (batch, number) = &mut self.hinted[hint];
                    if *batch == self.batch {
                        b.append_number(*number);
                    } else {
                        (*batch, *number) = (self.batch, b.append(text));
                    }
                }
                (values, cell, _) => values.append(cell),
            }
        }
        if !row.steps.is_empty() {
            let steps = &mut self.columns[Record::AuthenticationDetails as usize];
            if let Values::Steps(list) = steps.values(self.rows) {
                append_steps(list, &row.steps);
            }
        }
        let day = row.time(Record::CreatedAt).unwrap_or(0).div_euclid(DAY_US);
        if self.rows == 0 {
            (self.day, self.others) = (day, 0);
        }
        self.ends_elsewhere = day != self.day;
        self.others += usize::from(self.ends_elsewhere);
        self.rows += 1;
    }

    /// The batch, its texts coded where that can be; the builder is empty afterwards.
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let last = self.finish_rows();
        if self.full.is_empty() {
            return last;
        }
        let batches = self.full.drain(..).chain([last]);
        join(&CODED_SCHEMA, &batches.collect::<Result<Vec<_>>>()?)
    }

    fn finish_rows(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        self.batch = self.batch.wrapping_add(1);
        let arrays = self.columns.iter_mut().map(|c| c.finish(rows));
        arrays
            .collect::<Result<_, _>>()
            .and_then(|arrays| RecordBatch::try_new(CODED_SCHEMA.clone(), arrays))
            .map_err(|e| Error::Internal(format!("record batch: {e}")))
    }
}

/// Reads the texts of a column of a batch, plain or coded, row by row.
#[derive(Debug, Clone, Copy)]
pub enum TextReader<'a> {
    Plain(&'a StringArray),
    Coded(&'a UInt16Array, &'a StringArray),
    /// A column of anything else.
    Nothing,
}

impl<'a> TextReader<'a> {
    /// A reader of a column.
    pub fn of(column: &'a ArrayRef) -> Self {
        match column.as_string_opt::<i32>() {
            Some(array) => Self::Plain(array),
            None => codes(column).map_or(Self::Nothing, |(keys, texts)| Self::Coded(keys, texts)),
        }
    }

    /// A reader of a column of a batch by its name; of nothing where there is none.
    pub fn named(batch: &'a RecordBatch, column: &str) -> Self {
        batch.column_by_name(column).map_or(Self::Nothing, Self::of)
    }

    /// The text of row `i`, where it has one.
    #[inline]
    pub fn at(&self, i: usize) -> Option<&'a str> {
        match *self {
            Self::Plain(array) => array.is_valid(i).then(|| array.value(i)),
            Self::Coded(keys, texts) => keys
                .is_valid(i)
                .then(|| texts.value(keys.value(i) as usize)),
            Self::Nothing => None,
        }
    }
}

/// The text of a column of a batch, where row `i` has one.
pub fn text_at(column: &ArrayRef, i: usize) -> Option<&str> {
    TextReader::of(column).at(i)
}

/// The steps of row `i` of a column of lists of steps.
pub fn steps_at(column: &ArrayRef, i: usize) -> Vec<Step<'_>> {
    let Some(list) = column.as_list_opt::<i32>() else {
        return Vec::new();
    };
    if list.is_null(i) {
        return Vec::new();
    }
    let (from, to) = (list.value_offsets()[i], list.value_offsets()[i + 1]);
    let items = list.values().as_struct();
    let text = |place: usize, i: usize| text_at(items.column(place), i).map(Cow::Borrowed);
    let number = |place: usize, i: usize| {
        let array = items.column(place).as_primitive::<Int64Type>();
        (!array.is_null(i)).then(|| array.value(i))
    };
    let times = items.column(0).as_primitive::<TimestampMicrosecondType>();
    let flags: &BooleanArray = items.column(3).as_boolean();
    (from as usize..to as usize)
        .map(|i| Step {
            step_at: (!times.is_null(i)).then(|| times.value(i)),
            method: text(1, i),
            method_detail: text(2, i),
            succeeded: (!flags.is_null(i)).then(|| flags.value(i)),
            result_detail: text(4, i),
            requirement: text(5, i),
            status_sequence: number(6, i),
            request_sequence: number(7, i),
        })
        .collect()
}

/// Reads rows of a batch of `records`; columns that are null throughout are passed over.
pub struct RowReader<'a> {
    batch: &'a RecordBatch,
    filled: Vec<usize>,
}

impl<'a> RowReader<'a> {
    /// A reader of the rows of a batch.
    pub fn new(batch: &'a RecordBatch) -> Self {
        let filled = (0..RECORDS.len()).filter(|place| !is_null_column(batch.column(*place)));
        Self {
            batch,
            filled: filled.collect(),
        }
    }

    /// Row `i`, borrowing from the batch.
    pub fn row(&self, i: usize) -> Row<'a> {
        let mut row = Row::default();
        for place in self.filled.iter().copied() {
            let array = self.batch.column(place);
            if array.is_null(i) {
                continue;
            }
            let cell = match RECORDS[place].kind {
                Kind::Text | Kind::Json => {
                    text_at(array, i).map_or(Cell::Null, |text| Cell::Text(Cow::Borrowed(text)))
                }
                Kind::Int32 => Cell::Int(i64::from(array.as_primitive::<Int32Type>().value(i))),
                Kind::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(i)),
                Kind::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(i)),
                Kind::Bool => Cell::Bool(array.as_boolean().value(i)),
                Kind::Time => Cell::Time(array.as_primitive::<TimestampMicrosecondType>().value(i)),
                Kind::Steps | Kind::TextList => Cell::Null,
            };
            row.set(Record::ALL[place], cell);
        }
        let steps = self.batch.column(Record::AuthenticationDetails as usize);
        row.steps = steps_at(steps, i);
        row
    }
}

/// Row `i` of a batch of `records`, borrowing from the batch.
pub fn row_at(batch: &RecordBatch, i: usize) -> Row<'_> {
    RowReader::new(batch).row(i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::row::Hint;

    #[test]
    fn a_row_survives_the_batch() {
        let mut row = Row::default();
        row.set_text(Record::Id, "a");
        row.set(Record::CreatedAt, Cell::Time(5));
        row.set(Record::ErrorCode, Cell::Int(50074));
        row.set(Record::Latitude, Cell::Float(1.5));
        row.set(Record::IsManaged, Cell::Bool(true));
        row.steps.push(Step {
            step_at: Some(7),
            method: Some("Password".into()),
            succeeded: Some(true),
            ..Step::default()
        });
        let mut builder = RecordBuilder::new(2);
        builder.append(&row);
        builder.append(&Row::default());
        let batch = builder.finish().expect("a batch");
        assert_eq!(row_at(&batch, 0), row);
        assert_eq!(row_at(&batch, 1), Row::default());
    }

    #[test]
    fn hints_stand_for_their_text_in_every_batch() {
        let mut builder = RecordBuilder::new(4);
        let (us, de) = (Hint::new(1), Hint::new(2));
        for order in [["US", "DE"], ["DE", "US"]] {
            for country in order.into_iter().chain(order) {
                let hint = if country == "US" { us } else { de };
                let mut row = Row::default();
                row.set_hinted(Record::Country, Cell::Text(country.into()), hint);
                builder.append(&row);
            }
            let mut row = Row::default();
            row.set_text(Record::Country, "FR");
            builder.append(&row);
            let batch = builder.finish().expect("a batch");
            let column = batch.column(Record::Country as usize);
            let told: Vec<_> = (0..5).map(|i| text_at(column, i)).collect();
            let expected = [order[0], order[1], order[0], order[1], "FR"].map(Some);
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn more_rows_than_can_be_coded_come_back() {
        let rows = TEXTS_MAX + 100;
        let mut builder = RecordBuilder::new(16);
        for i in 0..rows {
            let mut row = Row::default();
            row.set_text(Record::Id, i.to_string());
            row.set_text(Record::City, format!("city {i}"));
            row.set_text(Record::Country, "DE");
            builder.append(&row);
        }
        assert_eq!(builder.len(), rows);
        let batch = builder.finish().expect("a batch");
        assert_eq!((batch.num_rows(), builder.len()), (rows, 0));
        for i in [0, 1, TEXTS_MAX - 1, TEXTS_MAX, rows - 1] {
            let text = |column: Record| text_at(batch.column(column as usize), i);
            assert_eq!(text(Record::Id), Some(i.to_string().as_str()));
            assert_eq!(text(Record::City), Some(format!("city {i}").as_str()));
            assert_eq!(text(Record::Country), Some("DE"));
        }
    }

    #[test]
    fn a_batch_turns_with_the_first_row_of_another_day() {
        let mut builder = RecordBuilder::new(8);
        let mut turns = |days: &[i64]| {
            let told = days.iter().map(|day| {
                let mut row = Row::default();
                row.set(Record::CreatedAt, Cell::Time(day * DAY_US + 5));
                builder.append(&row);
                builder.turns()
            });
            let told: Vec<bool> = told.collect();
            builder.finish().expect("a batch");
            told
        };
        assert_eq!(turns(&[3, 3, 4, 4]), [false, false, true, false]);
        assert_eq!(turns(&[4, 3, 4, 3]), [false, true, false, false]);
        assert_eq!(turns(&[-1, -1, 0]), [false, false, true]);
    }
}
