//! Reads files of the lake back into batches.

use std::fs::File;
use std::path::Path;

use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::{Error, Result};

/// Rows of a batch on reading.
const BATCH_ROWS: usize = 32_768;

/// All rows of a Parquet file, as one batch of the given schema.
pub fn read_file(path: &Path, schema: &SchemaRef) -> Result<RecordBatch> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|b| b.with_batch_size(BATCH_ROWS).build())
        .map_err(|e| Error::lake(path, e))?;
    let batches = reader
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|e| Error::lake(path, e))?;
    let batches: Vec<RecordBatch> = batches
        .into_iter()
        .map(|b| conform(path, &b, schema))
        .collect::<Result<_>>()?;
    concat_batches(schema, &batches).map_err(|e| Error::lake(path, e))
}

/// The batch with the columns of `schema`, by name; a column that an older file lacks is null.
fn conform(path: &Path, batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let arrays = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(array) => arrow::compute::cast(array, field.data_type())
                .map_err(|e| Error::lake(path, format!("column {}: {e}", field.name()))),
            None => Ok(arrow::array::new_null_array(
                field.data_type(),
                batch.num_rows(),
            )),
        })
        .collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(schema.clone(), arrays).map_err(|e| Error::lake(path, e))
}
