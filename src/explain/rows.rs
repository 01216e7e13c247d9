//! Reads the rows of an answer by column name, whatever text form the engine gives them.
//!
//! Only for answers that are known to be small: all of it is held. A column that is not there or of
//! another type reads as null.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{
    DataType, Float64Type, Int32Type, Int64Type, SchemaRef, TimestampMicrosecondType,
};

use crate::engine::{Engine, Param};
use crate::error::{Error, Result};
use crate::signin::batch::RowReader;
use crate::signin::row::Row;
use crate::signin::schema::{RECORDS, RECORDS_SCHEMA};

/// The rows of one answer.
#[derive(Debug, Clone)]
pub(super) struct Rows(RecordBatch);

impl Rows {
    /// Runs a query to its end.
    pub(super) async fn of(engine: &Engine, sql: &str, params: &[(String, Param)]) -> Result<Self> {
        let mut answer = engine.sql(sql, params).await?;
        let schema = answer.schema();
        let mut batches = Vec::new();
        while let Some(batch) = answer.next().await {
            batches.push(batch?);
        }
        let batch = concat_batches(&schema, &batches);
        Ok(Self(
            batch.map_err(|e| Error::Internal(format!("rows: {e}")))?,
        ))
    }

    pub(super) fn len(&self) -> usize {
        self.0.num_rows()
    }

    fn column(&self, name: &str, i: usize) -> Option<&ArrayRef> {
        let column = self.0.column_by_name(name)?;
        (i < column.len() && !column.is_null(i)).then_some(column)
    }

    /// The text of a column; an empty one counts as none.
    pub(super) fn text(&self, name: &str, i: usize) -> Option<String> {
        text_of(self.column(name, i)?, i).filter(|text| !text.is_empty())
    }

    /// The whole number of a column.
    pub(super) fn int(&self, name: &str, i: usize) -> Option<i64> {
        let column = self.column(name, i)?;
        if let Some(numbers) = column.as_primitive_opt::<Int32Type>() {
            return Some(i64::from(numbers.value(i)));
        }
        column
            .as_primitive_opt::<Int64Type>()
            .map(|numbers| numbers.value(i))
    }

    /// The fraction of a column.
    pub(super) fn float(&self, name: &str, i: usize) -> Option<f64> {
        let numbers = self.column(name, i)?.as_primitive_opt::<Float64Type>();
        numbers.map(|numbers| numbers.value(i))
    }

    /// The truth value of a column.
    pub(super) fn flag(&self, name: &str, i: usize) -> Option<bool> {
        let flags = self.column(name, i)?.as_boolean_opt();
        flags.map(|flags| flags.value(i))
    }

    /// The time of a column, microseconds since 1970-01-01 UTC.
    pub(super) fn time(&self, name: &str, i: usize) -> Option<i64> {
        let times = self
            .column(name, i)?
            .as_primitive_opt::<TimestampMicrosecondType>();
        times.map(|times| times.value(i))
    }

    /// The texts of a list column; none where it is null.
    pub(super) fn texts(&self, name: &str, i: usize) -> Vec<String> {
        let list = self
            .column(name, i)
            .and_then(|column| column.as_list_opt::<i32>());
        let Some(items) = list.map(|list| list.value(i)) else {
            return Vec::new();
        };
        (0..items.len())
            .filter_map(|at| text_of(&items, at))
            .collect()
    }

    /// The rows of a query that selects [`record_columns`].
    pub(super) fn records(&self) -> Result<Vec<Row<'static>>> {
        let schema: &SchemaRef = &RECORDS_SCHEMA;
        let fail = |e| Error::Internal(format!("records: {e}"));
        let columns = self.0.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()).map_err(fail));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(fail)?;
        let reader = RowReader::new(&batch);
        Ok((0..batch.num_rows())
            .map(|i| reader.row(i).into_owned())
            .collect())
    }
}

/// All columns of `records` that the lake stores, in their order.
pub(super) fn record_columns() -> String {
    let names: Vec<&str> = RECORDS.iter().map(|column| column.name).collect();
    names.join(", ")
}

/// Values bound to `$p0`, `$p1`, …, and those names joined by commas.
pub(super) fn bound(values: impl IntoIterator<Item = Param>) -> (String, Vec<(String, Param)>) {
    let params: Vec<_> = values
        .into_iter()
        .enumerate()
        .map(|(at, value)| (format!("p{at}"), value))
        .collect();
    let names: Vec<String> = params.iter().map(|(name, _)| format!("${name}")).collect();
    (names.join(", "), params)
}

/// Texts bound like [`bound`].
pub(super) fn bound_texts<'a>(
    texts: impl IntoIterator<Item = &'a String>,
) -> (String, Vec<(String, Param)>) {
    bound(texts.into_iter().map(|text| Param::Text(text.clone())))
}

fn text_of(column: &ArrayRef, i: usize) -> Option<String> {
    if column.is_null(i) {
        return None;
    }
    let text = match column.data_type() {
        DataType::Utf8View => column.as_string_view().value(i),
        DataType::Utf8 => column.as_string::<i32>().value(i),
        DataType::LargeUtf8 => column.as_string::<i64>().value(i),
        _ => return None,
    };
    Some(text.to_owned())
}
