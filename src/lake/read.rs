//! Reads files of the lake back into batches.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
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

/// The rows of a Parquet file batch by batch, with the columns of `schema`, texts coded where it says
/// so; only those are read.
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
    let metadata = ArrowReaderMetadata::load(&file, options.clone()).map_err(fail)?;
    let metadata = match coded(metadata.schema(), schema) {
        Some(coded) => {
            let options = options.with_schema(coded);
            ArrowReaderMetadata::try_new(metadata.metadata().clone(), options).map_err(fail)?
        }
        None => metadata,
    };
    let builder = Builder::new_with_metadata(file, metadata);
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

/// The schema of a file with those texts coded that are to be; none where it stays as it is.
fn coded(file: &SchemaRef, wanted: &Schema) -> Option<SchemaRef> {
    let mut any = false;
    let fields = file.fields().iter().map(|field| {
        let wanted = wanted.field_with_name(field.name()).ok();
        match wanted.map(Field::data_type) {
            Some(kind @ DataType::Dictionary(..)) => {
                any = true;
                Arc::new(field.as_ref().clone().with_data_type(kind.clone()))
            }
            _ => field.clone(),
        }
    });
    let fields: Vec<FieldRef> = fields.collect();
    any.then(|| Arc::new(Schema::new_with_metadata(fields, file.metadata().clone())))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::layout::{Day, Table, staging_dir};
    use crate::lake::write::stage;
    use crate::signin::batch::RecordBuilder;
    use crate::signin::coded::{CODED_SCHEMA, codes, plain};
    use crate::signin::row::Row;
    use crate::signin::schema::{RECORDS_SCHEMA, Record};

    #[test]
    fn texts_are_read_coded_as_they_were_written() {
        let mut builder = RecordBuilder::new(6_000);
        for n in 0..6_000 {
            let mut row = Row::default();
            row.set_text(Record::Id, format!("id {n}"));
            row.set_text(Record::City, ["Bern", "Basel", "Biel"][n % 3]);
            // Too many bytes for a dictionary in the file.
            row.set_text(
                Record::UserAgent,
                format!("{}{}", "agent ".repeat(99), n / 2),
            );
            if n % 7 == 0 {
                row.set_text(Record::Browser, "Edge");
            }
            builder.append(&row);
        }
        let batch = builder.finish().and_then(|batch| plain(&batch));
        let batch = batch.expect("a batch");
        let folder = tempfile::tempdir().expect("a folder");
        let day = Some(Day(20_000));
        let written = stage(folder.path(), Table::Records, day, "i1", 0, &batch).expect("a file");
        let path = staging_dir(folder.path()).join(&written.path);
        let read = |schema: &SchemaRef| -> Vec<RecordBatch> {
            let read = batches(&path, schema).expect("a reader");
            read.collect::<Result<_>>().expect("batches")
        };
        let (coded, uncoded) = (read(&CODED_SCHEMA), read(&RECORDS_SCHEMA));
        assert_eq!(coded.len(), uncoded.len());
        for (coded, uncoded) in coded.iter().zip(&uncoded) {
            for column in [Record::City, Record::UserAgent, Record::Browser] {
                assert!(codes(coded.column(column as usize)).is_some());
            }
            assert_eq!(&plain(coded).expect("texts"), uncoded);
        }
        let rows: usize = coded.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, 6_000);
    }
}
