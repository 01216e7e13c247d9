//! Reads an Arrow array cell by cell, as the few kinds of value that presenters tell apart.
//!
//! In: one column of a batch, of any Arrow type. Out: a [`Value`] per row, borrowed from the array; the type is
//! looked at once per column, not per cell.
//! Limits: run-end encoded and union arrays are shown by Arrow's own formatter, as text.
//! Never: writes text (that is `value`), copies a string.

use std::ops::Range;

use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::array::{
    Array, AsArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, GenericBinaryArray,
    GenericListArray, GenericListViewArray, GenericStringArray, OffsetSizeTrait, StringViewArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions, ValueFormatter};

use crate::error::{Error, Result};

/// A value that Arrow cannot format reads `ERROR: …` in its cell; the rows around it are still wanted.
const ARROW_FORMAT: FormatOptions<'static> = FormatOptions::new().with_display_error(true);

const MILLISECONDS_PER_DAY: i64 = 86_400_000;

/// One cell.
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
    Signed(i64),
    Unsigned(u64),
    Float32(f32),
    Float64(f64),
    /// Days since 1970-01-01.
    Date(i64),
    Instant {
        ticks: i64,
        ticks_per_s: i64,
    },
    /// Decimals, as Arrow writes them.
    Number(ValueFormatter<'a>),
    /// Times of day, durations, intervals and what else only Arrow knows how to write.
    Other(ValueFormatter<'a>),
    List(&'a Column<'a>, Range<usize>),
    Struct(&'a [(String, Column<'a>)], usize),
    Map {
        keys: &'a Column<'a>,
        values: &'a Column<'a>,
        entries: Range<usize>,
    },
}

/// One column of a batch, ready to be read by row.
pub(super) struct Column<'a> {
    nulls: Option<NullBuffer>,
    reader: Reader<'a>,
}

type Read<'a, T> = Box<dyn Fn(usize) -> T + 'a>;

enum Reader<'a> {
    Null,
    Boolean(&'a BooleanArray),
    Text(&'a dyn TextAt),
    Bytes(&'a dyn BytesAt),
    Signed(Read<'a, i64>),
    Unsigned(Read<'a, u64>),
    Float32(Read<'a, f32>),
    Float64(Read<'a, f64>),
    Date32(Read<'a, i64>),
    Date64(Read<'a, i64>),
    Instant(Read<'a, i64>, i64),
    Number(ArrayFormatter<'a>),
    Other(ArrayFormatter<'a>),
    List(Read<'a, Range<usize>>, Box<Column<'a>>),
    Struct(Vec<(String, Column<'a>)>),
    Map(Read<'a, Range<usize>>, Box<Column<'a>>, Box<Column<'a>>),
    Dictionary(Vec<usize>, Box<Column<'a>>),
}

/// The three layouts of text, behind one call.
trait TextAt {
    fn text_at(&self, row: usize) -> &str;
}

impl<O: OffsetSizeTrait> TextAt for GenericStringArray<O> {
    fn text_at(&self, row: usize) -> &str {
        self.value(row)
    }
}

impl TextAt for StringViewArray {
    fn text_at(&self, row: usize) -> &str {
        self.value(row)
    }
}

/// The four layouts of bytes, behind one call.
trait BytesAt {
    fn bytes_at(&self, row: usize) -> &[u8];
}

impl<O: OffsetSizeTrait> BytesAt for GenericBinaryArray<O> {
    fn bytes_at(&self, row: usize) -> &[u8] {
        self.value(row)
    }
}

impl BytesAt for BinaryViewArray {
    fn bytes_at(&self, row: usize) -> &[u8] {
        self.value(row)
    }
}

impl BytesAt for FixedSizeBinaryArray {
    fn bytes_at(&self, row: usize) -> &[u8] {
        self.value(row)
    }
}

/// Whether values of this type are numbers, which tables align to the right.
pub(super) fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_number(values),
        data_type => data_type.is_numeric(),
    }
}

impl<'a> Column<'a> {
    pub(super) fn new(array: &'a dyn Array) -> Result<Self> {
        let reader = match nested(array)? {
            Some(reader) => reader,
            None => scalar(array)?,
        };
        Ok(Self {
            nulls: array.logical_nulls(),
            reader,
        })
    }

    /// The cell of a row below the length of the array.
    pub(super) fn value(&self, row: usize) -> Value<'_> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Value::Null;
        }
        match &self.reader {
            Reader::Null => Value::Null,
            Reader::Boolean(array) => Value::Boolean(array.value(row)),
            Reader::Text(array) => Value::Text(array.text_at(row)),
            Reader::Bytes(array) => Value::Bytes(array.bytes_at(row)),
            Reader::Signed(read) => Value::Signed(read(row)),
            Reader::Unsigned(read) => Value::Unsigned(read(row)),
            Reader::Float32(read) => Value::Float32(read(row)),
            Reader::Float64(read) => Value::Float64(read(row)),
            Reader::Date32(read) => Value::Date(read(row)),
            Reader::Date64(read) => match read(row) {
                // Arrow allows a time of day here; it is shown rather than lost.
                ticks if ticks % MILLISECONDS_PER_DAY != 0 => Value::Instant {
                    ticks,
                    ticks_per_s: 1000,
                },
                ticks => Value::Date(ticks / MILLISECONDS_PER_DAY),
            },
            Reader::Instant(read, ticks_per_s) => Value::Instant {
                ticks: read(row),
                ticks_per_s: *ticks_per_s,
            },
            Reader::Number(formatter) => Value::Number(formatter.value(row)),
            Reader::Other(formatter) => Value::Other(formatter.value(row)),
            Reader::List(range, items) => Value::List(items, range(row)),
            Reader::Struct(fields) => Value::Struct(fields, row),
            Reader::Map(range, keys, values) => Value::Map {
                keys,
                values,
                entries: range(row),
            },
            Reader::Dictionary(keys, values) => values.value(keys[row]),
        }
    }
}

/// The reader of a type without children.
fn scalar(array: &dyn Array) -> Result<Reader<'_>> {
    Ok(match array.data_type() {
        DataType::Null => Reader::Null,
        DataType::Boolean => Reader::Boolean(array.as_boolean()),
        DataType::Utf8 => Reader::Text(array.as_string::<i32>()),
        DataType::LargeUtf8 => Reader::Text(array.as_string::<i64>()),
        DataType::Utf8View => Reader::Text(array.as_string_view()),
        DataType::Binary => Reader::Bytes(array.as_binary::<i32>()),
        DataType::LargeBinary => Reader::Bytes(array.as_binary::<i64>()),
        DataType::BinaryView => Reader::Bytes(array.as_binary_view()),
        DataType::FixedSizeBinary(_) => Reader::Bytes(array.as_fixed_size_binary()),
        DataType::Int8 => Reader::Signed(primitive::<Int8Type, _>(array)),
        DataType::Int16 => Reader::Signed(primitive::<Int16Type, _>(array)),
        DataType::Int32 => Reader::Signed(primitive::<Int32Type, _>(array)),
        DataType::Int64 => Reader::Signed(primitive::<Int64Type, _>(array)),
        DataType::UInt8 => Reader::Unsigned(primitive::<UInt8Type, _>(array)),
        DataType::UInt16 => Reader::Unsigned(primitive::<UInt16Type, _>(array)),
        DataType::UInt32 => Reader::Unsigned(primitive::<UInt32Type, _>(array)),
        DataType::UInt64 => Reader::Unsigned(primitive::<UInt64Type, _>(array)),
        DataType::Float16 => Reader::Float32(primitive::<Float16Type, _>(array)),
        DataType::Float32 => Reader::Float32(primitive::<Float32Type, _>(array)),
        DataType::Float64 => Reader::Float64(primitive::<Float64Type, _>(array)),
        DataType::Date32 => Reader::Date32(primitive::<Date32Type, _>(array)),
        DataType::Date64 => Reader::Date64(primitive::<Date64Type, _>(array)),
        DataType::Timestamp(unit, _) => instant(array, *unit),
        data_type if data_type.is_decimal() => Reader::Number(arrow_formatter(array)?),
        _ => Reader::Other(arrow_formatter(array)?),
    })
}

/// The reader of a type whose values are made of other columns, if it is one.
fn nested(array: &dyn Array) -> Result<Option<Reader<'_>>> {
    Ok(Some(match array.data_type() {
        DataType::List(_) => list(array.as_list::<i32>())?,
        DataType::LargeList(_) => list(array.as_list::<i64>())?,
        DataType::ListView(_) => list_view(array.as_list_view::<i32>())?,
        DataType::LargeListView(_) => list_view(array.as_list_view::<i64>())?,
        DataType::FixedSizeList(_, size) => {
            let array = array.as_fixed_size_list();
            let size = usize::try_from(*size).unwrap_or(0);
            let range = move |row: usize| row * size..(row + 1) * size;
            Reader::List(Box::new(range), Box::new(Column::new(array.values())?))
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let named = fields.iter().zip(columns);
            Reader::Struct(
                named
                    .map(|(field, column)| Ok((field.name().clone(), Column::new(column)?)))
                    .collect::<Result<Vec<_>>>()?,
            )
        }
        DataType::Map(..) => {
            let array = array.as_map();
            let range = |row| range(array.value_offsets(), row);
            let (keys, values) = (Column::new(array.keys())?, Column::new(array.values())?);
            Reader::Map(Box::new(range), Box::new(keys), Box::new(values))
        }
        DataType::Dictionary(..) => {
            let array = array.as_any_dictionary();
            // Arrow's key normalisation panics on a dictionary without values, where every row is null.
            if array.values().is_empty() {
                return Ok(Some(Reader::Null));
            }
            Reader::Dictionary(
                array.normalized_keys(),
                Box::new(Column::new(array.values())?),
            )
        }
        _ => return Ok(None),
    }))
}

fn arrow_formatter(array: &dyn Array) -> Result<ArrayFormatter<'_>> {
    ArrayFormatter::try_new(array, &ARROW_FORMAT).map_err(|error| {
        Error::Internal(format!(
            "cannot show a column of type {}: {error}",
            array.data_type()
        ))
    })
}

fn primitive<T: ArrowPrimitiveType, N>(array: &dyn Array) -> Read<'_, N>
where
    T::Native: Into<N>,
{
    let values = array.as_primitive::<T>().values();
    Box::new(move |row| values[row].into())
}

fn instant(array: &dyn Array, unit: TimeUnit) -> Reader<'_> {
    match unit {
        TimeUnit::Second => Reader::Instant(primitive::<TimestampSecondType, _>(array), 1),
        TimeUnit::Millisecond => {
            Reader::Instant(primitive::<TimestampMillisecondType, _>(array), 1_000)
        }
        TimeUnit::Microsecond => {
            Reader::Instant(primitive::<TimestampMicrosecondType, _>(array), 1_000_000)
        }
        TimeUnit::Nanosecond => Reader::Instant(
            primitive::<TimestampNanosecondType, _>(array),
            1_000_000_000,
        ),
    }
}

fn list<O: OffsetSizeTrait>(array: &GenericListArray<O>) -> Result<Reader<'_>> {
    let range = |row| range(array.value_offsets(), row);
    Ok(Reader::List(
        Box::new(range),
        Box::new(Column::new(array.values())?),
    ))
}

fn list_view<O: OffsetSizeTrait>(array: &GenericListViewArray<O>) -> Result<Reader<'_>> {
    let range = |row| {
        let start = array.value_offset(row).as_usize();
        start..start + array.value_size(row).as_usize()
    };
    Ok(Reader::List(
        Box::new(range),
        Box::new(Column::new(array.values())?),
    ))
}

fn range<O: OffsetSizeTrait>(offsets: &[O], row: usize) -> Range<usize> {
    offsets[row].as_usize()..offsets[row + 1].as_usize()
}
