//! Reads files of the lake back into batches.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::PageIndexPolicy;

use super::sorted::Batches;
use crate::error::{Error, Result};

/// Rows of a batch on reading.
const BATCH_ROWS: usize = 8_192;

/// All rows of a Parquet file, as one batch of the given schema.
pub fn read_file(path: &Path, schema: &SchemaRef) -> Result<RecordBatch> {
    let batches = batches(path, schema)?.collect::<Result<Vec<_>>>()?;
    concat_batches(schema, &batches).map_err(|e| Error::lake(path, e))
}

/// The rows of a Parquet file batch by batch, with the columns of `schema`; only those are read.
pub fn batches(path: &Path, schema: &SchemaRef) -> Result<Batches<'static>> {
    batches_of(path, schema, BATCH_ROWS)
}

/// The same in batches of at most `rows` rows.
pub fn batches_of(path: &Path, schema: &SchemaRef, rows: usize) -> Result<Batches<'static>> {
    let policy = PageIndexPolicy::Skip;
    read(path, schema, policy, |builder| {
        builder.with_batch_size(rows)
    })
}

/// These rows of a Parquet file, as ascending ranges of their places; pages without any are skipped.
pub fn picked(path: &Path, schema: &SchemaRef, rows: &[Range<usize>]) -> Result<Batches<'static>> {
    read(path, schema, PageIndexPolicy::Optional, |builder| {
        let all = builder.metadata().file_metadata().num_rows() as usize;
        let selection = RowSelection::from_consecutive_ranges(rows.iter().cloned(), all);
        builder
            .with_batch_size(BATCH_ROWS)
            .with_row_selection(selection)
    })
}

type Builder = ParquetRecordBatchReaderBuilder<File>;

fn read(
    path: &Path,
    schema: &SchemaRef,
    policy: PageIndexPolicy,
    shape: impl FnOnce(Builder) -> Builder,
) -> Result<Batches<'static>> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let fail = |e| Error::lake(path, e);
    let options = ArrowReaderOptions::new().with_page_index_policy(policy);
    let builder = Builder::try_new_with_options(file, options).map_err(fail)?;
    let wanted = builder
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| schema.index_of(field.name()).is_ok())
        .map(|(place, _)| place);
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let reader = shape(builder.with_projection(mask)).build().map_err(fail)?;
    let (path, schema) = (path.to_path_buf(), schema.clone());
    Ok(Box::new(reader.map(move |batch| {
        let batch = batch.map_err(|e| Error::lake(&path, e))?;
        conform(&path, &batch, &schema)
    })))
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
