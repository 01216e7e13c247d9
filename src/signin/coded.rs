//! Texts of `records` while they are in memory: each distinct text of a batch once, and a number a row.
//!
//! Most columns hold a few values again and again. Coded, a row is moved as numbers while rows are
//! sorted and joined, and a file is written by looking at each distinct text of a batch. Files never
//! hold this form: [`plain`] gives the one of the schema.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, StringArray, UInt32Array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat, interleave};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::columns::{is_null_column, null_column, take_rows};
use super::schema::{Kind, RECORDS, Record};
use super::texts::Texts;
use crate::error::{Error, Result};

/// Columns in which nearly every row has a text of its own.
const OWN_TEXTS: [Record; 7] = [
    Record::Id,
    Record::CorrelationId,
    Record::OriginalRequestId,
    Record::UniqueTokenIdentifier,
    Record::SessionId,
    Record::ClientSessionId,
    Record::Extra,
];

type Arrowed<T> = std::result::Result<T, ArrowError>;

/// The type of a column of texts that is coded.
fn coded_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Whether the texts of a column of `records` are coded.
pub(super) fn is_coded(place: usize) -> bool {
    let text = matches!(RECORDS[place].kind, Kind::Text | Kind::Json);
    text && OWN_TEXTS.iter().all(|own| *own as usize != place)
}

/// The schema of `records` in memory.
pub static CODED_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = RECORDS.iter().enumerate().map(|(place, column)| {
        let kind = match is_coded(place) {
            true => coded_type(),
            false => column.kind.data_type(),
        };
        Field::new(column.name, kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
});

/// Builds a coded column.
#[derive(Default)]
pub(super) struct CodedBuilder {
    texts: Texts,
    /// The number of each row's text, or [`NO_TEXT`].
    keys: Vec<i32>,
    /// Rows without a text.
    nulls: usize,
    /// The number of the text that was appended last.
    last: Option<u32>,
    /// Texts of the column before this one, and their bytes.
    had: (usize, usize),
}

const NO_TEXT: i32 = -1;

/// What a column reserves where the one before it had so much: an eighth more.
pub(super) fn with_spare(had: usize) -> usize {
    had + had / 8
}

impl CodedBuilder {
    /// Begins a column with room for `rows` rows.
    pub(super) fn begin(&mut self, rows: usize) {
        self.keys.reserve(rows);
        let (texts, bytes) = self.had;
        self.texts.reserve(with_spare(texts), with_spare(bytes));
    }

    pub(super) fn append_nulls(&mut self, count: usize) {
        self.nulls += count;
        self.keys.resize(self.keys.len() + count, NO_TEXT);
    }

    /// Appends a text; its number until the column is finished.
    #[inline]
    pub(super) fn append(&mut self, text: &str) -> u32 {
        let text = text.as_bytes();
        let same = self.last.filter(|last| self.texts.get(*last) == text);
        let number = same.unwrap_or_else(|| self.texts.number(text));
        self.last = Some(number);
        self.append_number(number);
        number
    }

    /// Appends a text by the number that it was given.
    #[inline]
    pub(super) fn append_number(&mut self, number: u32) {
        self.keys.push(number as i32);
    }

    /// The column; the builder is empty afterwards.
    pub(super) fn finish(&mut self) -> Arrowed<ArrayRef> {
        self.had = (self.texts.len(), self.texts.text_bytes());
        self.last = None;
        let nulls = std::mem::take(&mut self.nulls);
        coded(std::mem::take(&mut self.keys), nulls, &mut self.texts)
    }
}

/// A coded column of the numbers of texts, of which so many are [`NO_TEXT`].
fn coded(mut keys: Vec<i32>, nulls: usize, texts: &mut Texts) -> Arrowed<ArrayRef> {
    let nulls = (nulls > 0).then(|| {
        let valid = BooleanBuffer::collect_bool(keys.len(), |i| keys[i] != NO_TEXT);
        keys.iter_mut().for_each(|key| *key = (*key).max(0));
        NullBuffer::new(valid)
    });
    let (bytes, ends) = texts.take();
    let ends = ends.into_iter().map(i32::try_from);
    let offsets = std::iter::once(Ok(0)).chain(ends);
    let offsets: Vec<i32> = offsets
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| ArrowError::OffsetOverflowError(bytes.len()))?;
    let offsets = OffsetBuffer::new(offsets.into());
    let texts = StringArray::try_new(offsets, Buffer::from_vec(bytes), None)?;
    let keys = Int32Array::try_new(keys.into(), nulls)?;
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(texts))?))
}

/// The number of a row's text, and all texts, of a coded column.
pub fn codes(column: &ArrayRef) -> Option<(&Int32Array, &StringArray)> {
    let coded = column.as_dictionary_opt::<Int32Type>()?;
    Some((coded.keys(), coded.values().as_string_opt()?))
}

/// A batch with its texts as the files hold them.
pub fn plain(batch: &RecordBatch) -> Result<RecordBatch> {
    if !has_codes(batch) {
        return Ok(batch.clone());
    }
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Dictionary(..) => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => field.clone(),
    });
    fit(batch, &Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// A batch with its texts coded or not as a schema of the same columns says.
pub fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(
        |(field, column)| match (field.data_type(), column.data_type()) {
            (wanted, held) if wanted == held => Ok(column.clone()),
            (wanted, _) if is_null_column(column) => Ok(null_column(wanted, column.len())),
            (DataType::Dictionary(..), DataType::Utf8) => {
                let rows: Vec<(usize, usize)> = (0..column.len()).map(|row| (0, row)).collect();
                pick_texts(&[column], &rows)
            }
            (wanted, _) => cast(column, wanted),
        },
    );
    let columns = columns.collect::<Arrowed<Vec<_>>>();
    columns
        .and_then(|columns| RecordBatch::try_new(schema.clone(), columns))
        .map_err(|e| Error::Internal(format!("texts: {e}")))
}

/// These rows of a batch, in this order; of coded texts only those that they have.
pub fn pick(batch: &RecordBatch, rows: impl IntoIterator<Item = usize>) -> Result<RecordBatch> {
    let rows = rows.into_iter();
    if !has_codes(batch) {
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
        return take_rows(batch, &UInt32Array::from(rows));
    }
    let rows: Vec<(usize, usize)> = rows.map(|row| (0, row)).collect();
    pick_rows(&[batch], &rows)
}

/// Whether texts of a batch are coded.
fn has_codes(batch: &RecordBatch) -> bool {
    batch.columns().iter().any(|column| codes(column).is_some())
}

/// Rows of several batches, each by its batch and place, as one batch; columns that are coded in any
/// of them are coded.
pub fn pick_rows(parts: &[&RecordBatch], rows: &[(usize, usize)]) -> Result<RecordBatch> {
    let fail = |e: ArrowError| Error::Internal(format!("rows: {e}"));
    let Some(first) = parts.first() else {
        return Err(Error::Internal("rows of nothing".to_owned()));
    };
    let schema = first.schema();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (place, field) in schema.fields().iter().enumerate() {
        let arrays: Vec<&ArrayRef> = parts.iter().map(|part| part.column(place)).collect();
        columns.push(if arrays.iter().all(|array| is_null_column(array)) {
            null_column(field.data_type(), rows.len())
        } else if arrays.iter().any(|array| codes(array).is_some()) {
            pick_texts(&arrays, rows).map_err(fail)?
        } else {
            let arrays: Vec<&dyn Array> = arrays.into_iter().map(Arc::as_ref).collect();
            interleave(&arrays, rows).map_err(fail)?
        });
    }
    typed(&schema, columns).map_err(fail)
}

/// The rows of batches one after another; of none, those of a schema.
pub fn join(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    let fail = |e: ArrowError| Error::Internal(format!("rows: {e}"));
    match batches {
        [] => return Ok(RecordBatch::new_empty(schema.clone())),
        [one] => return Ok(one.clone()),
        _ => {}
    }
    let rows = batches.iter().enumerate();
    let rows = rows.flat_map(|(part, batch)| (0..batch.num_rows()).map(move |row| (part, row)));
    let rows: Vec<(usize, usize)> = rows.collect();
    let columns = schema.fields().iter().enumerate().map(|(place, field)| {
        let arrays: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(place)).collect();
        if arrays.iter().all(|array| is_null_column(array)) {
            return Ok(null_column(field.data_type(), rows.len()));
        }
        if arrays.iter().any(|array| codes(array).is_some()) {
            return pick_texts(&arrays, &rows);
        }
        concat(&arrays.into_iter().map(Arc::as_ref).collect::<Vec<_>>())
    });
    let columns = columns.collect::<Arrowed<Vec<_>>>();
    columns
        .and_then(|columns| typed(schema, columns))
        .map_err(fail)
}

/// The columns of a schema with the types of these arrays: texts coded or not.
pub(super) fn typed(schema: &Schema, columns: Vec<ArrayRef>) -> Arrowed<RecordBatch> {
    let fields = schema.fields().iter().zip(&columns);
    let fields = fields.map(
        |(field, column)| match field.data_type() == column.data_type() {
            true => field.clone(),
            false => Arc::new(
                field
                    .as_ref()
                    .clone()
                    .with_data_type(column.data_type().clone()),
            ),
        },
    );
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

/// The text that every row of some coded columns has.
fn one_text<'a>(arrays: &[&'a ArrayRef]) -> Option<&'a str> {
    let mut all = arrays.iter().map(|array| {
        let (keys, texts) = codes(array)?;
        (texts.len() == 1 && keys.null_count() == 0).then(|| texts.value(0))
    });
    let first = all.next()??;
    all.all(|text| text == Some(first)).then_some(first)
}

/// One column of texts of several batches, some of them coded.
fn pick_texts(arrays: &[&ArrayRef], rows: &[(usize, usize)]) -> Arrowed<ArrayRef> {
    let mut texts = Texts::default();
    if let Some(text) = one_text(arrays) {
        texts.append(text.as_bytes());
        return coded(vec![0; rows.len()], 0, &mut texts);
    }
    enum Part<'a> {
        /// Numbers of texts, the texts, and for each its number in the outcome or [`NO_TEXT`].
        Coded(&'a Int32Array, &'a StringArray, Vec<i32>),
        Plain(&'a StringArray),
        Nulls,
    }
    let parts = arrays.iter().map(|array| match codes(array) {
        _ if is_null_column(array) => Part::Nulls,
        Some((keys, texts)) => Part::Coded(keys, texts, vec![NO_TEXT; texts.len()]),
        None => array.as_string_opt().map_or(Part::Nulls, Part::Plain),
    });
    let mut parts: Vec<Part<'_>> = parts.collect();
    let mut keys = Vec::with_capacity(rows.len());
    for (part, row) in rows {
        let key = match &mut parts[*part] {
            Part::Coded(numbers, known, told) if numbers.is_valid(*row) => {
                let number = numbers.value(*row);
                let key = &mut told[number as usize];
                if *key == NO_TEXT {
                    *key = texts.number(known.value(number as usize).as_bytes()) as i32;
                }
                Some(*key)
            }
            Part::Plain(array) if array.is_valid(*row) => {
                Some(texts.number(array.value(*row).as_bytes()) as i32)
            }
            _ => None,
        };
        keys.push(key.unwrap_or(NO_TEXT));
    }
    let nulls = keys.iter().filter(|key| **key == NO_TEXT).count();
    coded(keys, nulls, &mut texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::batch::text_at;

    fn column(texts: &[Option<&str>]) -> ArrayRef {
        let mut builder = CodedBuilder::default();
        for text in texts {
            match text {
                Some(text) => {
                    builder.append(text);
                }
                None => builder.append_nulls(1),
            }
        }
        builder.finish().expect("a column")
    }

    fn texts(column: &ArrayRef) -> Vec<Option<&str>> {
        (0..column.len()).map(|i| text_at(column, i)).collect()
    }

    #[test]
    fn texts_come_back_once_each() {
        let rows = [Some("a"), None, Some("b"), Some("a"), Some(""), Some("")];
        let column = column(&rows);
        assert_eq!(texts(&column), rows);
        assert_eq!(codes(&column).map(|(_, texts)| texts.len()), Some(3));
        let batch = RecordBatch::try_from_iter_with_nullable([("t", column, true)]);
        let plain = plain(&batch.expect("a batch")).expect("texts");
        assert_eq!(plain.schema().field(0).data_type(), &DataType::Utf8);
        assert_eq!(texts(plain.column(0)), rows);
    }

    #[test]
    fn rows_are_picked_from_coded_and_plain_batches() {
        let batch = |column: ArrayRef| {
            RecordBatch::try_from_iter_with_nullable([("t", column, true)]).expect("a batch")
        };
        let coded = batch(column(&[Some("a"), Some("b"), None]));
        let other = batch(column(&[Some("b"), Some("c")]));
        let plain = batch(Arc::new(StringArray::from(vec![Some("c"), None])));
        let nulls = batch(column(&[None, None]));
        let parts = [&coded, &other, &plain, &nulls];
        let rows = [
            (1, 0),
            (2, 0),
            (0, 1),
            (0, 2),
            (2, 1),
            (3, 0),
            (1, 1),
            (0, 0),
        ];
        let picked = pick_rows(&parts, &rows).expect("rows");
        let told = [
            Some("b"),
            Some("c"),
            Some("b"),
            None,
            None,
            None,
            Some("c"),
            Some("a"),
        ];
        assert_eq!(texts(picked.column(0)), told);
        assert_eq!(
            codes(picked.column(0)).map(|(_, texts)| texts.len()),
            Some(3)
        );
    }
}
