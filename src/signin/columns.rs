//! Works on whole batches of `records`, in which most columns of most formats are null throughout.
//!
//! Such columns share one array of nulls instead of being built, copied and measured again and
//! again; a portal CSV fills 50 of some 120 columns.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::{FilterBuilder, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::coded::{alike, codes, shares_keys};
use crate::error::{Error, Result};

/// Rows of a shared array of nulls; longer ones are made anew.
const SHARED_ROWS: usize = 1 << 16;

static SHARED: LazyLock<Mutex<HashMap<DataType, ArrayRef>>> = LazyLock::new(Mutex::default);

/// A column of nulls.
pub fn null_column(kind: &DataType, rows: usize) -> ArrayRef {
    if rows > SHARED_ROWS {
        return new_null_array(kind, rows);
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let array = shared
        .entry(kind.clone())
        .or_insert_with(|| new_null_array(kind, SHARED_ROWS));
    array.slice(0, rows)
}

/// Whether a column says nothing in any row.
pub fn is_null_column(column: &ArrayRef) -> bool {
    column.null_count() == column.len()
}

/// Bytes that the columns of a batch hold; what all columns of nulls share, or all of one text, aside.
pub fn bytes_of(batch: &RecordBatch) -> usize {
    bytes_by(batch, |array| array.get_array_memory_size())
}

fn bytes_by(batch: &RecordBatch, bytes: impl Fn(&dyn Array) -> usize) -> usize {
    let held = batch.columns().iter().filter(|c| !is_null_column(c));
    held.map(|column| match codes(column) {
        Some((keys, texts)) if shares_keys(keys) => bytes(texts),
        _ => bytes(column.as_ref()),
    })
    .sum()
}

/// Bytes of a row of a batch, on average, whatever its buffers share with other batches.
pub fn row_bytes_of(batch: &RecordBatch) -> usize {
    slice_bytes_of(batch) / batch.num_rows().max(1)
}

/// Bytes of the rows of a batch, whatever its buffers share with other batches.
pub fn slice_bytes_of(batch: &RecordBatch) -> usize {
    // What cannot be told is no more than all of it.
    bytes_by(batch, |array| {
        let told = array.to_data().get_slice_memory_size();
        told.unwrap_or_else(|_| array.get_array_memory_size())
    })
}

fn each_column(
    batch: &RecordBatch,
    rows: usize,
    work: impl Fn(&ArrayRef) -> std::result::Result<ArrayRef, ArrowError>,
) -> Result<RecordBatch> {
    let fail = |e: ArrowError| Error::Internal(format!("columns: {e}"));
    let columns = batch
        .columns()
        .iter()
        .map(|column| match codes(column) {
            _ if is_null_column(column) => Ok(null_column(column.data_type(), rows)),
            Some((keys, texts)) if shares_keys(keys) => alike(texts, rows),
            _ => work(column),
        })
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(fail)?;
    RecordBatch::try_new(batch.schema(), columns).map_err(fail)
}

/// These rows of a batch, in this order.
pub fn take_rows(batch: &RecordBatch, rows: &UInt32Array) -> Result<RecordBatch> {
    each_column(batch, rows.len(), |column| take(column, rows, None))
}

/// The rows of a batch that are to be kept.
pub fn filter_rows(batch: &RecordBatch, keep: &BooleanArray) -> Result<RecordBatch> {
    let kept = FilterBuilder::new(keep).optimize().build();
    each_column(batch, kept.count(), |column| kept.filter(column))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};

    use super::*;
    use crate::signin::batch::RecordBuilder;
    use crate::signin::coded::join;
    use crate::signin::row::Row;
    use crate::signin::schema::Record;

    #[test]
    fn columns_of_nulls_stay_what_they_are() {
        let columns: [(&str, ArrayRef); 2] = [
            ("a", Arc::new(StringArray::from(vec![None::<&str>; 3]))),
            ("b", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true)));
        let batch = batch.expect("a batch");
        let taken = take_rows(&batch, &UInt32Array::from(vec![2, 0])).expect("rows");
        let joined = join(&batch.schema(), &[batch.clone(), taken]).expect("rows");
        let keep = BooleanArray::from(vec![false, false, true, true, false]);
        let kept = filter_rows(&joined, &keep).expect("rows");
        assert_eq!(kept.column(0).as_string::<i32>().null_count(), 2);
        let numbers = kept.column(1).as_primitive::<arrow::datatypes::Int64Type>();
        assert_eq!(numbers.values(), &[3, 3]);
    }

    #[test]
    fn what_columns_share_is_not_counted() {
        let mut builder = RecordBuilder::new(4_096);
        for i in 0..4_096 {
            let mut row = Row::default();
            row.set_text(Record::Country, if i % 2 == 0 { "DE" } else { "FR" });
            row.set_text(Record::TenantId, "a tenant");
            builder.append(&row);
        }
        let batch = builder.finish().expect("a batch");
        // Two bytes a row, and little beside them.
        assert!((8_192..10_000).contains(&bytes_of(&batch)));
        assert!((8_192..10_000).contains(&slice_bytes_of(&batch)));
    }
}
