//! Builds one column of `records` from cells: texts coded where they come again, nothing where there
//! is nothing.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder,
    ListArray, ListBuilder, NullArray, StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
    make_builder,
};
use arrow::error::ArrowError;

use super::coded::{CODED_SCHEMA, is_coded};
use super::coded_builder::{CodedBuilder, room_after};
use super::columns::null_column;
use super::row::{Cell, Step};
use super::schema::{Kind, RECORDS, step_fields};

/// Bytes reserved per row for each column of texts that are not coded, of the first batch: ids have 36.
const TEXT_BYTES_GUESS: usize = 40;

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
    fn new(place: usize, rows: usize, text_bytes: usize, steps: StepsRoom) -> Self {
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
            Kind::Steps => Self::Steps(Box::new(steps.list(rows))),
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

    #[inline(always)]
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
    /// Bytes of texts to reserve, and what steps take.
    text_bytes: usize,
    steps: StepsRoom,
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
            steps: StepsRoom::default(),
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
                values => *values = Values::new(self.place, self.rows, self.text_bytes, self.steps),
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
            self.text_bytes = room_after(self.text_bytes, texts.values_slice().len());
        }
        let array = self.values.finish()?;
        if let Some(list) = array.as_list_opt() {
            self.steps = self.steps.after(list);
        }
        // What remembers its last texts goes on; the others begin anew, with room for as many.
        if !matches!(self.values, Values::Coded(_)) {
            self.values = Values::None;
        }
        Ok(array)
    }
}

/// Places of the texts of a step among its fields.
const STEP_TEXTS: [usize; 4] = [1, 2, 4, 5];

/// Room for the steps of a batch: how many, and the bytes of their texts.
#[derive(Clone, Copy, Default)]
struct StepsRoom {
    steps: usize,
    text_bytes: [usize; STEP_TEXTS.len()],
}

impl StepsRoom {
    /// The room for the column after this one.
    fn after(mut self, list: &ListArray) -> Self {
        let items = list.values().as_struct();
        for (room, place) in self.text_bytes.iter_mut().zip(STEP_TEXTS) {
            let texts = items.column(place).as_string::<i32>();
            *room = room_after(*room, texts.value_data().len());
        }
        self.steps = room_after(self.steps, items.len());
        self
    }

    /// An empty list of steps with this room, and room for so many rows.
    fn list(self, rows: usize) -> ListBuilder<StructBuilder> {
        let fields = step_fields();
        let builders = fields.iter().enumerate().map(|(place, field)| {
            let text = STEP_TEXTS.iter().position(|text| *text == place);
            match text.map(|text| self.text_bytes[text]) {
                Some(bytes) => Box::new(StringBuilder::with_capacity(self.steps, bytes)),
                None => make_builder(field.data_type(), self.steps),
            }
        });
        let builders = builders.collect();
        ListBuilder::with_capacity(StructBuilder::new(fields, builders), rows)
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
            &step.method,
            &step.method_detail,
            &step.result_detail,
            &step.requirement,
        ];
        for (place, text) in STEP_TEXTS.into_iter().zip(texts) {
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
