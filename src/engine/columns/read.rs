//! Reads columns of a file, whole, and keeps them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, UInt32Array, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, FieldRef, Int32Type, Schema};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetFileReaderFactory;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::TryStreamExt;

use super::dictionary::Dictionary;
use super::store::ColumnStore;

/// Bytes at the end of a file that are read first.
const FOOTER_BYTES: usize = 32 << 10;

/// A column that a scan reads.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Its place in the table.
    pub(super) place: usize,
    /// As it is kept.
    pub(super) field: FieldRef,
    pub(super) how: How,
}

/// How a column is read.
#[derive(Debug, Clone)]
pub(super) enum How {
    /// As numbers of a dictionary.
    Coded(Arc<Dictionary>),
    Plain,
    /// The day of the file.
    Day,
}

/// One file of a scan.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: Arc<str>,
    pub(super) rows: usize,
    pub(super) part: PartitionedFile,
}

impl File {
    /// The day of the file as a column.
    pub(super) fn day(&self, rows: usize) -> Result<ArrayRef> {
        match self.part.partition_values.first() {
            Some(day) => day.to_array_of_size(rows),
            None => ScalarValue::Date32(None).to_array_of_size(rows),
        }
    }
}

/// Columns of a file, from memory as far as they are kept.
pub(super) async fn columns(
    store: &ColumnStore,
    file: &File,
    wanted: &[Wanted],
) -> Result<Vec<ArrayRef>> {
    let places: Vec<usize> = wanted.iter().map(|w| w.place).collect();
    let mut found = store.get(&file.path, &places);
    for (column, values) in wanted.iter().zip(&mut found) {
        if matches!(column.how, How::Day) {
            *values = Some(file.day(file.rows)?);
        }
    }
    let missing = wanted.iter().zip(&found).filter(|(_, kept)| kept.is_none());
    let missing: Vec<&Wanted> = missing.map(|(column, _)| column).collect();
    let mut read = read(store, file, &missing).await?.into_iter();
    let mut all = Vec::with_capacity(wanted.len());
    for values in found {
        all.extend(values.or_else(|| read.next()));
    }
    if all.len() != wanted.len() || all.iter().any(|values| values.len() != file.rows) {
        return exec_err!("{}: not {} rows in every column", file.path, file.rows);
    }
    Ok(all)
}

async fn read(store: &ColumnStore, file: &File, wanted: &[&Wanted]) -> Result<Vec<ArrayRef>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let metrics = ExecutionPlanMetricsSet::new();
    let factory = store.reader();
    let reader = factory.create_reader(0, file.part.clone(), Some(FOOTER_BYTES), &metrics)?;
    let mut reader: Box<dyn AsyncFileReader> = reader;
    let metadata = reader.get_metadata(None).await?;
    let stored = ArrowReaderMetadata::try_new(metadata.clone(), ArrowReaderOptions::new())?;
    let fields = stored.schema().fields().iter().map(|field| {
        let column = wanted
            .iter()
            .find(|column| column.field.name() == field.name());
        let kind = match (field.data_type(), column.map(|column| &column.how)) {
            (DataType::Utf8, Some(How::Coded(_))) => {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            }
            (DataType::Utf8, Some(_)) => DataType::Utf8View,
            (kind, _) => kind.clone(),
        };
        field.as_ref().clone().with_data_type(kind)
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let roots = wanted
        .iter()
        .filter_map(|column| schema.index_of(column.field.name()).ok());
    let roots: Vec<usize> = roots.collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    let described = ArrowReaderMetadata::try_new(metadata.clone(), options)?;
    let mask = ProjectionMask::roots(described.parquet_schema(), roots);
    // One batch a row group: a dictionary of texts is one for a row group.
    let rows = metadata.row_groups().iter().map(|group| group.num_rows());
    let rows = usize::try_from(rows.max().unwrap_or(0)).unwrap_or(0).max(1);
    let batches = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, described)
        .with_projection(mask)
        .with_batch_size(rows)
        .build()?;
    let batches: Vec<_> = batches.try_collect().await?;
    let mut all = Vec::with_capacity(wanted.len());
    for column in wanted {
        let parts = batches
            .iter()
            .filter_map(|b| b.column_by_name(column.field.name()));
        let parts = parts.map(|values| kept(column, values));
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let values = match parts.as_slice() {
            // A file of before the column was stored.
            [] => new_null_array(column.field.data_type(), file.rows),
            [one] => one.clone(),
            many => concat(&many.iter().map(|part| part.as_ref()).collect::<Vec<_>>())?,
        };
        store.keep(&file.path, column.place, &values);
        all.push(values);
    }
    Ok(all)
}

/// Values in the form in which they are kept.
fn kept(column: &Wanted, values: &ArrayRef) -> Result<ArrayRef> {
    let How::Coded(dictionary) = &column.how else {
        return Ok(match values.data_type() == column.field.data_type() {
            true => values.clone(),
            false => cast(values, column.field.data_type())?,
        });
    };
    if let Some(coded) = values.as_dictionary_opt::<Int32Type>()
        && let Some(texts) = coded.values().as_string_opt::<i32>()
        && texts.null_count() == 0
    {
        let numbers = dictionary.numbers(texts)?;
        // A row without a text has any key.
        let number = |key: i32| numbers.get(key as usize).copied().unwrap_or_default();
        return Ok(Arc::new(
            coded
                .keys()
                .unary::<_, arrow::datatypes::UInt32Type>(number),
        ));
    }
    let texts = cast(values, &DataType::Utf8)?;
    let texts: &StringArray = texts.as_string();
    let numbers = dictionary.numbers(texts)?;
    Ok(Arc::new(UInt32Array::new(
        numbers.into(),
        texts.nulls().cloned(),
    )))
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, Int32Array};
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn numbers_of_texts_however_they_are_stored() {
        let dictionary = Arc::new(Dictionary::new("a", &Arc::default()));
        let column = Wanted {
            place: 0,
            field: Arc::new(Field::new("a", DataType::UInt32, true)),
            how: How::Coded(dictionary.clone()),
        };
        let texts = vec![Some("b"), None, Some("a"), Some("b")];
        let plain: ArrayRef = Arc::new(StringArray::from(texts));
        let coded: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(
            Int32Array::from(vec![Some(1), None, Some(0), Some(1)]),
            Arc::new(StringArray::from(vec!["a", "b"])),
        ));
        let nulls: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(
            Int32Array::from(vec![1, 0, 2, 1]),
            Arc::new(StringArray::from(vec![None, Some("b"), Some("a")])),
        ));
        let told: Vec<ArrayRef> = [plain, coded, nulls]
            .iter()
            .map(|values| kept(&column, values).expect("numbers"))
            .collect();
        assert_eq!(told[0].null_count(), 1);
        assert_eq!(&told[0], &told[1]);
        assert_eq!(&told[0], &told[2]);
        assert_eq!(dictionary.texts().len(), 2);
    }
}
