//! Sets the answers of one query over two periods side by side, with what changed.
//!
//! Rows are the same where their keys are: all columns but the numbers. Numbers that are codes are
//! keys. Days are counted from the begin of their period, so that the first is set beside the first.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, UInt64Array};
use arrow::compute::{cast, concat_batches, kernels::numeric::sub_wrapping, take};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, SortField};

use super::header::Header;
use crate::error::{Error, Result};

/// Two answers as one.
#[derive(Debug, Clone)]
pub struct Compared {
    pub rows: RecordBatch,
    /// Rows of each period that are not shown.
    pub left_out: [usize; 2],
}

/// The answer over a period beside that over an earlier one. First come the rows of the period, then
/// those that only the earlier one has, at most `rows_max` of each. `days` is how much later the
/// period begins.
pub fn compare(
    header: &Header,
    schema: SchemaRef,
    now: &[RecordBatch],
    before: &[RecordBatch],
    days: i32,
    rows_max: usize,
) -> Result<Compared> {
    let fail = |e: arrow::error::ArrowError| Error::Internal(format!("compare: {e}"));
    let now = concat_batches(&schema, now).map_err(fail)?;
    let before = concat_batches(&schema, before).map_err(fail)?;
    let is_key: Vec<bool> = schema.fields().iter().map(|f| is_key(header, f)).collect();
    let before = shifted(&before, days).map_err(fail)?;
    let pairs = matched(&now, &before, &is_key).map_err(fail)?;
    let (both, gone): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(now, _)| now.is_some());
    let left_out = [&both, &gone].map(|rows| rows.len().saturating_sub(rows_max));
    let shown = both.into_iter().take(rows_max);
    let shown = shown.chain(gone.into_iter().take(rows_max));
    let (at_now, at_before): (Vec<_>, Vec<_>) = shown.unzip();
    let (at_now, at_before) = (UInt64Array::from(at_now), UInt64Array::from(at_before));
    let mut columns: Vec<(Field, ArrayRef)> = Vec::new();
    for (place, field) in schema.fields().iter().enumerate() {
        let now = take(now.column(place), &at_now, None).map_err(fail)?;
        let before = take(before.column(place), &at_before, None).map_err(fail)?;
        let field = Field::new(field.name(), field.data_type().clone(), true);
        if is_key[place] {
            let key = arrow::compute::kernels::zip::zip(
                &arrow::compute::is_not_null(&at_now).map_err(fail)?,
                &now,
                &before,
            );
            columns.push((field, key.map_err(fail)?));
            continue;
        }
        let change = sub_wrapping(&now, &before).map_err(fail)?;
        let change = rounded(&change);
        let name = field.name();
        let named =
            |end: &str, kind: &DataType| Field::new(format!("{name}{end}"), kind.clone(), true);
        let (before_field, change_field) = (
            named("_before", before.data_type()),
            named("_change", change.data_type()),
        );
        columns.extend([(field, now), (before_field, before), (change_field, change)]);
    }
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(fail)?;
    Ok(Compared { rows, left_out })
}

/// Whether a column tells which row it is.
fn is_key(header: &Header, field: &Field) -> bool {
    let spec = header.columns.iter().find(|c| c.name == *field.name());
    let is_code = spec.is_some_and(|c| c.unit == "code" || c.unit == "key");
    is_code || !field.data_type().is_numeric()
}

/// Differences of ratios without the noise of binary fractions.
fn rounded(values: &ArrayRef) -> ArrayRef {
    use arrow::datatypes::Float64Type;
    match values.as_primitive_opt::<Float64Type>() {
        Some(floats) => {
            let round = |v: f64| (v * 1e4).round() / 1e4;
            Arc::new(floats.unary::<_, Float64Type>(round))
        }
        None => values.clone(),
    }
}

/// A batch whose dates lie so many days later.
fn shifted(batch: &RecordBatch, days: i32) -> Result<RecordBatch, arrow::error::ArrowError> {
    let columns = batch.columns().iter().map(|column| {
        let dates = column.as_primitive_opt::<Date32Type>();
        dates.map_or(column.clone(), |dates| {
            let later: Date32Array = dates.unary(|day| day.saturating_add(days));
            Arc::new(later)
        })
    });
    RecordBatch::try_new(batch.schema(), columns.collect())
}

type Pair = (Option<u64>, Option<u64>);

/// Rows of both batches by their keys, in the order of the first, then of the second.
fn matched(
    now: &RecordBatch,
    before: &RecordBatch,
    is_key: &[bool],
) -> Result<Vec<Pair>, arrow::error::ArrowError> {
    let keys = |batch: &RecordBatch| {
        let keys = batch.columns().iter().zip(is_key).filter(|(_, key)| **key);
        let keys = keys.map(|(column, _)| match column.data_type() {
            DataType::Utf8View => cast(column, &DataType::Utf8),
            _ => Ok(column.clone()),
        });
        keys.collect::<Result<Vec<_>, _>>()
    };
    let (now_keys, before_keys) = (keys(now)?, keys(before)?);
    if now_keys.is_empty() {
        // A single row each, or none.
        let rows = now.num_rows().max(before.num_rows()) as u64;
        let within = |row: u64, batch: &RecordBatch| (row < batch.num_rows() as u64).then_some(row);
        return Ok((0..rows)
            .map(|r| (within(r, now), within(r, before)))
            .collect());
    }
    let fields = now_keys
        .iter()
        .map(|k| SortField::new(k.data_type().clone()));
    let converter = RowConverter::new(fields.collect())?;
    let now_rows = converter.convert_columns(&now_keys)?;
    let before_rows = converter.convert_columns(&before_keys)?;
    let places = (0..)
        .zip(before_rows.iter())
        .map(|(place, row)| (row, place));
    let places: HashMap<_, u64> = places.collect();
    let mut used = vec![false; before.num_rows()];
    let mut pairs = Vec::new();
    for (place, row) in (0..).zip(now_rows.iter()) {
        let other = places.get(&row).copied();
        if let Some(other) = other {
            used[other as usize] = true;
        }
        pairs.push((Some(place), other));
    }
    let gone = (0..).zip(used).filter(|(_, used)| !used);
    pairs.extend(gone.map(|(place, _)| (None, Some(place))));
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, StringArray};

    fn batch(rows: &[(i32, &str, i64, Option<f64>)]) -> RecordBatch {
        let days: Date32Array = rows.iter().map(|r| Some(r.0)).collect();
        let apps: StringArray = rows.iter().map(|r| Some(r.1)).collect();
        let counts: Int64Array = rows.iter().map(|r| Some(r.2)).collect();
        let rates: Float64Array = rows.iter().map(|r| r.3).collect();
        let columns: [(&str, ArrayRef); 4] = [
            ("day", Arc::new(days)),
            ("app", Arc::new(apps)),
            ("failures", Arc::new(counts)),
            ("rate", Arc::new(rates)),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(n, a)| (n, a, true)))
            .expect("a batch")
    }

    #[test]
    fn days_are_set_beside_days_and_groups_beside_groups() {
        let now = batch(&[
            (30, "a", 5, Some(0.5)),
            (31, "a", 1, None),
            (31, "b", 2, Some(0.1)),
        ]);
        let before = batch(&[
            (20, "a", 3, Some(0.2)),
            (21, "a", 1, Some(1.0)),
            (22, "c", 9, None),
        ]);
        let (schema, header) = (now.schema(), Header::default());
        let told = compare(&header, schema, &[now], &[before], 10, 2).expect("an answer");
        assert_eq!(told.left_out, [1, 0]);
        let rows = &told.rows;
        let names: Vec<_> = rows
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        let wanted =
            "day app failures failures_before failures_change rate rate_before rate_change";
        assert_eq!(names.join(" "), wanted);
        let ints = |c: usize| {
            rows.column(c)
                .as_primitive::<arrow::datatypes::Int64Type>()
                .iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(ints(2), [Some(5), Some(1), None]);
        assert_eq!(ints(3), [Some(3), Some(1), Some(9)]);
        assert_eq!(ints(4), [Some(2), Some(0), None]);
        let change = rows
            .column(7)
            .as_primitive::<arrow::datatypes::Float64Type>();
        assert_eq!(change.iter().collect::<Vec<_>>(), [Some(0.3), None, None]);
        let days = rows.column(0).as_primitive::<Date32Type>();
        assert_eq!(days.values(), &[30, 31, 32]);
    }
}
