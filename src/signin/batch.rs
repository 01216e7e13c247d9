//! Builds Arrow batches of `records` from rows, and reads rows back from batches.
//!
//! The only meeting place of decoders and lake: a decoder ends in a [`RecordBuilder`], the lake
//! begins with its batches. A value that does not fit its column's type is a bug of the decoder
//! and is stored as null; decoders check ranges and say so in `extra`.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Float64Builder, Int32Array,
    Int32Builder, Int64Builder, ListBuilder, NullArray, StringArray, StringBuilder, StructBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::coded::{CODED_SCHEMA, CodedBuilder, codes, is_coded};
use super::columns::{is_null_column, null_column};
use super::row::{Cell, Row, Step};
use super::schema::{Kind, RECORDS, Record, step_fields};
use crate::error::{Error, Result};

/// Bytes reserved per row for each text column of the first batch; most texts are shorter, ids are 36.
const TEXT_BYTES_GUESS: usize = 16;
/// Later batches reserve what the one before them had, and for so many bytes one to spare.
const SPARE_OF: usize = 8;

enum Values {
    /// Not begun.
    None,
    Text(StringBuilder),
    Coded(CodedBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float64(Float64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Steps(Box<ListBuilder<StructBuilder>>),
}

impl Values {
    fn new(place: usize, rows: usize, text_bytes: usize) -> Self {
        match RECORDS[place].kind {
            _ if is_coded(place) => Self::Coded(CodedBuilder::new(rows)),
            Kind::Text | Kind::Json | Kind::TextList => {
                Self::Text(StringBuilder::with_capacity(rows, text_bytes))
            }
            Kind::Int32 => Self::Int32(Int32Builder::with_capacity(rows)),
            Kind::Int64 => Self::Int64(Int64Builder::with_capacity(rows)),
            Kind::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            Kind::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            Kind::Time => {
                Self::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"))
            }
            Kind::Steps => Self::Steps(Box::new(ListBuilder::new(StructBuilder::from_fields(
                step_fields(),
                rows,
            )))),
        }
    }

    fn append_nulls(&mut self, count: usize) {
        match self {
            Self::None => {}
            Self::Text(b) => b.append_nulls(count),
            Self::Coded(b) => b.append_nulls(count),
            Self::Int32(b) => b.append_nulls(count),
            Self::Int64(b) => b.append_nulls(count),
            Self::Float64(b) => b.append_nulls(count),
            Self::Bool(b) => b.append_nulls(count),
            Self::Time(b) => b.append_nulls(count),
            Self::Steps(b) => (0..count).for_each(|_| b.append_null()),
        }
    }

    fn append(&mut self, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Text(b), Cell::Text(text)) => b.append_value(text),
            (Self::Coded(b), Cell::Text(text)) => {
                b.append(text);
            }
            (Self::Int32(b), Cell::Int(v)) => b.append_option(i32::try_from(*v).ok()),
            (Self::Int64(b), Cell::Int(v)) => b.append_value(*v),
            (Self::Float64(b), Cell::Float(v)) => b.append_value(*v),
            (Self::Float64(b), Cell::Int(v)) => b.append_value(*v as f64),
            (Self::Bool(b), Cell::Bool(v)) => b.append_value(*v),
            (Self::Time(b), Cell::Time(v)) => b.append_value(*v),
            (values, _) => values.append_nulls(1),
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::None => Arc::new(NullArray::new(0)),
            Self::Text(b) => Arc::new(b.finish()),
            Self::Coded(b) => b.finish()?,
            Self::Int32(b) => Arc::new(b.finish()),
            Self::Int64(b) => Arc::new(b.finish()),
            Self::Float64(b) => Arc::new(b.finish()),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Steps(b) => Arc::new(b.finish()),
        })
    }
}

/// A column that costs nothing until it has a value, and nothing for nulls.
struct ColumnBuilder {
    place: usize,
    rows: usize,
    /// Bytes of texts to reserve.
    text_bytes: usize,
    values: Values,
    /// Rows that the values have; [`NOT_BEGUN`] before the first.
    held: usize,
}

const NOT_BEGUN: usize = usize::MAX;

impl ColumnBuilder {
    fn new(place: usize, rows: usize) -> Self {
        Self {
            place,
            rows,
            text_bytes: rows * TEXT_BYTES_GUESS,
            values: Values::None,
            held: NOT_BEGUN,
        }
    }

    /// The values, of `before` rows, to which one is about to be added.
    #[inline]
    fn values(&mut self, before: usize) -> &mut Values {
        if self.held != before {
            self.catch_up(before);
        }
        self.held = before + 1;
        &mut self.values
    }

    #[cold]
    fn catch_up(&mut self, before: usize) {
        if self.held == NOT_BEGUN {
            self.values = Values::new(self.place, self.rows, self.text_bytes);
            self.held = 0;
        }
        self.values.append_nulls(before - self.held);
    }

    fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let held = std::mem::replace(&mut self.held, NOT_BEGUN);
        match std::mem::replace(&mut self.values, Values::None) {
            Values::None => {
                let kind = CODED_SCHEMA.field(self.place).data_type();
                Ok(null_column(kind, rows))
            }
            mut values => {
                values.append_nulls(rows - held);
                if let Values::Text(texts) = &values {
                    let bytes = texts.values_slice().len();
                    self.text_bytes = bytes + bytes / SPARE_OF;
                }
                values.finish()
            }
        }
    }
}

/// Collects rows into one batch of `records`.
pub struct RecordBuilder {
    columns: Vec<ColumnBuilder>,
    rows: usize,
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
            rows: 0,
            hinted: Vec::new(),
            batch: 1,
        }
    }

    /// Rows appended so far.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Appends one row.
    pub fn append(&mut self, row: &Row<'_>) {
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
        self.rows += 1;
    }

    /// The batch, its texts coded; the builder is empty afterwards.
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        self.batch = self.batch.wrapping_add(1);
        let arrays = self.columns.iter_mut().map(|c| c.finish(rows));
        arrays
            .collect::<Result<_, _>>()
            .and_then(|arrays| RecordBatch::try_new(CODED_SCHEMA.clone(), arrays))
            .map_err(|e| Error::Internal(format!("record batch: {e}")))
    }
}

fn append_steps(list: &mut ListBuilder<StructBuilder>, steps: &[Step<'_>]) {
    for step in steps {
        let item = list.values();
        if let Some(b) = item.field_builder::<TimestampMicrosecondBuilder>(0) {
            b.append_option(step.step_at);
        }
        let texts = [
            (1, &step.method),
            (2, &step.method_detail),
            (4, &step.result_detail),
            (5, &step.requirement),
        ];
        for (place, text) in texts {
            if let Some(b) = item.field_builder::<StringBuilder>(place) {
                b.append_option(text.as_deref());
            }
        }
        if let Some(b) = item.field_builder::<BooleanBuilder>(3) {
            b.append_option(step.succeeded);
        }
        for (place, number) in [(6, step.status_sequence), (7, step.request_sequence)] {
            if let Some(b) = item.field_builder::<Int64Builder>(place) {
                b.append_option(number);
            }
        }
        item.append(true);
    }
    list.append(true);
}

/// Reads the texts of a column of a batch, plain or coded, row by row.
#[derive(Debug, Clone, Copy)]
pub enum TextReader<'a> {
    Plain(&'a StringArray),
    Coded(&'a Int32Array, &'a StringArray),
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
}
