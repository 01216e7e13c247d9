//! Builds one column of `records` from cells: texts coded where they come again, nothing where there
//! is nothing.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, NullArray,
    StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow::error::ArrowError;

use super::coded::{CODED_SCHEMA, CodedBuilder, is_coded, with_spare};
use super::columns::null_column;
use super::row::{Cell, Step};
use super::schema::{Kind, RECORDS, step_fields};

/// Bytes reserved per row for each text column of the first batch; most texts are shorter, ids are 36.
const TEXT_BYTES_GUESS: usize = 16;

/// The values of a column, by their kind.
pub(super) enum Values {
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
            _ if is_coded(place) => {
                let mut builder = CodedBuilder::default();
                builder.begin(rows);
                Self::Coded(builder)
            }
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

    pub(super) fn append(&mut self, cell: &Cell<'_>) {
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
pub(super) struct ColumnBuilder {
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
    pub(super) fn new(place: usize, rows: usize) -> Self {
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
    pub(super) fn values(&mut self, before: usize) -> &mut Values {
        if self.held != before {
            self.catch_up(before);
        }
        self.held = before + 1;
        &mut self.values
    }

    #[cold]
    fn catch_up(&mut self, before: usize) {
        if self.held == NOT_BEGUN {
            match &mut self.values {
                Values::Coded(b) => b.begin(self.rows),
                values => *values = Values::new(self.place, self.rows, self.text_bytes),
            }
            self.held = 0;
        }
        self.values.append_nulls(before - self.held);
    }

    pub(super) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let held = std::mem::replace(&mut self.held, NOT_BEGUN);
        if held == NOT_BEGUN {
            let kind = CODED_SCHEMA.field(self.place).data_type();
            return Ok(null_column(kind, rows));
        }
        self.values.append_nulls(rows - held);
        if let Values::Text(texts) = &self.values {
            self.text_bytes = with_spare(texts.values_slice().len());
        }
        let array = self.values.finish();
        // What remembers its last texts goes on; the others begin anew, with room for as many.
        if !matches!(self.values, Values::Coded(_)) {
            self.values = Values::None;
        }
        array
    }
}

/// Appends the steps of one row.
pub(super) fn append_steps(list: &mut ListBuilder<StructBuilder>, steps: &[Step<'_>]) {
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
