//! Works on whole batches of `records`, in which most columns of most formats are null throughout.
//!
//! Such columns share one array of nulls instead of being built, copied and measured again and
//! again; a portal CSV fills 50 of some 120 columns.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array, new_null_array};
use arrow::compute::{filter, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

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

/// Bytes that the columns of a batch hold, those that are null throughout aside.
pub fn bytes_of(batch: &RecordBatch) -> usize {
    let held = batch.columns().iter().filter(|c| !is_null_column(c));
    held.map(|c| c.get_array_memory_size()).sum()
}

/// Bytes of a row of a batch, on average, whatever its buffers share with other batches.
pub fn row_bytes_of(batch: &RecordBatch) -> usize {
    slice_bytes_of(batch) / batch.num_rows().max(1)
}

/// Bytes of the rows of a batch, whatever its buffers share with other batches.
pub fn slice_bytes_of(batch: &RecordBatch) -> usize {
    let held = batch.columns().iter().filter(|c| !is_null_column(c));
    // What cannot be told is no more than all of it.
    let bytes = |c: &ArrayRef| {
        let told = c.to_data().get_slice_memory_size();
        told.unwrap_or_else(|_| c.get_array_memory_size())
    };
    held.map(bytes).sum()
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
        .map(|column| match is_null_column(column) {
            true => Ok(null_column(column.data_type(), rows)),
            false => work(column),
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
    each_column(batch, keep.true_count(), |column| filter(column, keep))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};

    use super::*;
    use crate::signin::coded::join;

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
}
