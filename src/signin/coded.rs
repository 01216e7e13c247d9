//! Texts of `records` while they are in memory: each distinct text of a batch once, and a number a row.
//!
//! Most columns hold a few values again and again. Coded, a row is moved as numbers while rows are
//! sorted and joined, and a file is written by looking at each distinct text of a batch. Files never
//! hold this form: [`plain`] gives the one of the schema.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, StringArray, UInt16Array, UInt32Array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::{cast, concat, interleave};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt16Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::batch::TextReader;
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

pub(super) type Arrowed<T> = std::result::Result<T, ArrowError>;

/// The type of a column of texts that is coded.
fn coded_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8))
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

/// The number of a row without a text.
pub(super) const NO_TEXT: u16 = u16::MAX;

/// Texts that a coded column can tell apart; one of so many rows always can be coded.
pub const TEXTS_MAX: usize = NO_TEXT as usize;

/// Numbers of rows that all have the first text; longer ones than this are made anew.
static ZEROS: LazyLock<ScalarBuffer<u16>> = LazyLock::new(|| vec![0; 1 << 16].into());

pub(super) fn zeros(rows: usize) -> ScalarBuffer<u16> {
    match rows <= ZEROS.len() {
        true => ZEROS.slice(0, rows),
        false => vec![0; rows].into(),
    }
}

/// A coded column of which every row has the one text that there is.
pub(super) fn alike(text: &StringArray, rows: usize) -> Arrowed<ArrayRef> {
    let keys = UInt16Array::new(zeros(rows), None);
    Ok(Arc::new(DictionaryArray::try_new(
        keys,
        Arc::new(text.clone()),
    )?))
}

/// Whether the numbers of a coded column are those that all columns of one text share.
pub(super) fn shares_keys(keys: &UInt16Array) -> bool {
    keys.values().inner().data_ptr() == ZEROS.inner().data_ptr()
}

/// A coded column of the numbers of texts, of which so many are [`NO_TEXT`].
pub(super) fn coded(mut keys: Vec<u16>, nulls: usize, texts: &mut Texts) -> Arrowed<ArrayRef> {
    let nulls = (nulls > 0).then(|| {
        let valid = BooleanBuffer::collect_bool(keys.len(), |i| keys[i] != NO_TEXT);
        keys.iter_mut()
            .filter(|key| **key == NO_TEXT)
            .for_each(|key| *key = 0);
        NullBuffer::new(valid)
    });
    with_texts(UInt16Array::try_new(keys.into(), nulls)?, texts)
}

pub(super) fn with_texts(keys: UInt16Array, texts: &mut Texts) -> Arrowed<ArrayRef> {
    let (bytes, ends) = texts.take();
    let ends = ends.into_iter().map(i32::try_from);
    let offsets = std::iter::once(Ok(0)).chain(ends);
    let offsets: Vec<i32> = offsets
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| ArrowError::OffsetOverflowError(bytes.len()))?;
    let offsets = OffsetBuffer::new(offsets.into());
    let texts = StringArray::try_new(offsets, Buffer::from_vec(bytes), None)?;
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(texts))?))
}

/// The number of a row's text, and all texts, of a coded column.
pub fn codes(column: &ArrayRef) -> Option<(&UInt16Array, &StringArray)> {
    let coded = column.as_dictionary_opt::<UInt16Type>()?;
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
        } else if let Some(flags) = flags(&arrays) {
            pick_flags(&flags, rows)
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
fn one_text<'a>(arrays: &[&'a ArrayRef]) -> Option<&'a StringArray> {
    let mut all = arrays.iter().map(|array| {
        let (keys, texts) = codes(array)?;
        (texts.len() == 1 && keys.null_count() == 0).then_some(texts)
    });
    let first = all.next()??;
    all.all(|text| text.is_some_and(|text| text.value(0) == first.value(0)))
        .then_some(first)
}

/// Columns of flags, where these are.
fn flags<'a>(arrays: &[&'a ArrayRef]) -> Option<Vec<&'a BooleanArray>> {
    arrays.iter().map(|array| array.as_boolean_opt()).collect()
}

/// One column of flags of several batches; arrow's `interleave` appends each row as an array of one.
fn pick_flags(arrays: &[&BooleanArray], rows: &[(usize, usize)]) -> ArrayRef {
    let of = |is: &dyn Fn(&BooleanArray, usize) -> bool| {
        BooleanBuffer::collect_bool(rows.len(), |i| is(arrays[rows[i].0], rows[i].1))
    };
    let any_null = arrays.iter().any(|array| array.null_count() > 0);
    let nulls = any_null.then(|| NullBuffer::new(of(&|array, row| array.is_valid(row))));
    Arc::new(BooleanArray::new(of(&|array, row| array.value(row)), nulls))
}

/// One column of texts of several batches, some of them coded.
fn pick_texts(arrays: &[&ArrayRef], rows: &[(usize, usize)]) -> Arrowed<ArrayRef> {
    if let Some(text) = one_text(arrays) {
        return alike(text, rows.len());
    }
    let mut texts = Texts::default();
    let parts = arrays.iter().map(|array| Part::of(array));
    let mut parts: Vec<Part<'_>> = parts.collect();
    let keys = rows.iter().map(|(part, row)| match &mut parts[*part] {
        Part::Coded { nulls, .. } if nulls.is_some_and(|nulls| nulls.is_null(*row)) => NO_TEXT,
        Part::Coded {
            keys, known, told, ..
        } => {
            let number = keys[*row] as usize;
            if told[number] == NO_TEXT {
                told[number] = texts.number(known.value(number).as_bytes()) as u16;
            }
            told[number]
        }
        Part::Plain(array) if array.is_valid(*row) => {
            texts.number(array.value(*row).as_bytes()) as u16
        }
        Part::Plain(_) | Part::Nulls => NO_TEXT,
    });
    let keys: Vec<u16> = keys.collect();
    if texts.len() > TEXTS_MAX {
        return Ok(plain_texts(arrays, rows));
    }
    let nulls = keys.iter().filter(|key| **key == NO_TEXT).count();
    coded(keys, nulls, &mut texts)
}

/// A column of texts of one batch, of which rows are picked.
enum Part<'a> {
    Coded {
        keys: &'a [u16],
        nulls: Option<&'a NullBuffer>,
        known: &'a StringArray,
        /// For each of its texts the number in the outcome, or [`NO_TEXT`].
        told: Vec<u16>,
    },
    Plain(&'a StringArray),
    Nulls,
}

impl<'a> Part<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        match codes(array) {
            _ if is_null_column(array) => Self::Nulls,
            Some((keys, known)) => Self::Coded {
                keys: keys.values(),
                nulls: keys.nulls().filter(|nulls| nulls.null_count() > 0),
                known,
                told: vec![NO_TEXT; known.len()],
            },
            None => array.as_string_opt().map_or(Self::Nulls, Self::Plain),
        }
    }
}

/// One column of texts of several batches, none of them coded.
fn plain_texts(arrays: &[&ArrayRef], rows: &[(usize, usize)]) -> ArrayRef {
    let readers: Vec<TextReader<'_>> = arrays.iter().map(|array| TextReader::of(array)).collect();
    let texts = rows.iter().map(|(part, row)| readers[*part].at(*row));
    Arc::new(texts.collect::<StringArray>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::batch::text_at;
    use crate::signin::coded_builder::CodedBuilder;

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

    #[test]
    fn flags_are_picked_from_batches_with_and_without_nulls() {
        let batch = |flags: Vec<Option<bool>>| {
            let column: ArrayRef = Arc::new(BooleanArray::from(flags));
            RecordBatch::try_from_iter_with_nullable([("f", column, true)]).expect("a batch")
        };
        let parts = [
            batch(vec![Some(true), Some(false)]),
            batch(vec![None, Some(true)]),
            batch(vec![None, None]),
        ];
        let parts: Vec<&RecordBatch> = parts.iter().collect();
        let told = |rows: &[(usize, usize)]| -> Vec<Option<bool>> {
            let picked = pick_rows(&parts, rows).expect("rows");
            picked.column(0).as_boolean().iter().collect()
        };
        let rows = [(1, 1), (0, 1), (2, 0), (1, 0), (0, 0)];
        assert_eq!(
            told(&rows),
            [Some(true), Some(false), None, None, Some(true)]
        );
        assert_eq!(told(&[(0, 0)]), [Some(true)]);
    }

    #[test]
    fn more_texts_than_can_be_numbered_are_not_coded() {
        let names: Vec<String> = (0..2 * TEXTS_MAX as u32 / 3)
            .map(|n| n.to_string())
            .collect();
        let half = |names: &[String]| {
            let names: Vec<Option<&str>> = names.iter().map(|n| Some(n.as_str())).collect();
            let batch = RecordBatch::try_from_iter_with_nullable([("t", column(&names), true)]);
            batch.expect("a batch")
        };
        let other: Vec<String> = names.iter().map(|n| format!("other {n}")).collect();
        let parts = [half(&names), half(&other)];
        let all = join(&parts[0].schema(), &parts).expect("rows");
        assert!(codes(all.column(0)).is_none());
        let wanted = names.iter().chain(&other).map(|n| Some(n.as_str()));
        assert_eq!(texts(all.column(0)), wanted.collect::<Vec<_>>());
        let again = fit(&all.slice(names.len(), names.len()), &parts[1].schema()).expect("rows");
        assert_eq!(texts(again.column(0)), texts(parts[1].column(0)));
        assert!(codes(again.column(0)).is_some());
    }

    #[test]
    fn columns_of_one_text_share_their_numbers() {
        let alike = column(&[Some("a"); 3]);
        let differs = column(&[Some("a"), Some("a"), Some("b")]);
        let shares = |column: &ArrayRef| codes(column).is_some_and(|(keys, _)| shares_keys(keys));
        assert_eq!((shares(&alike), shares(&differs)), (true, false));
        assert_eq!(texts(&alike), [Some("a"); 3]);
        assert_eq!(texts(&differs), [Some("a"), Some("a"), Some("b")]);
        let none_at_first = column(&[None, Some("a")]);
        assert_eq!(texts(&none_at_first), [None, Some("a")]);
        let batch = |column| RecordBatch::try_from_iter_with_nullable([("t", column, true)]);
        let batch = batch(alike).expect("a batch");
        let picked = pick_rows(&[&batch, &batch], &[(1, 2), (0, 0)]).expect("rows");
        assert!(shares(picked.column(0)));
        assert_eq!(texts(picked.column(0)), [Some("a"); 2]);
    }
}
