//! Checks how a value of every Arrow type reads, as table text, CSV and JSON.

use std::sync::Arc;

use arrow::array::types::{Int8Type, Int32Type, IntervalMonthDayNanoType};
use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Date64Array,
    Decimal128Array, DictionaryArray, DurationMillisecondArray, FixedSizeBinaryArray,
    FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    IntervalMonthDayNanoArray, LargeBinaryArray, LargeStringArray, ListArray, MapBuilder,
    NullArray, RunArray, StringArray, StringBuilder, StringViewArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array,
    UInt64Array, new_null_array,
};
use arrow::datatypes::{DataType, Field};

use super::{batch, text};
use crate::present::Format;
use crate::present::column::Column;
use crate::present::instant::{Style, write_instant};
use crate::present::value::{push_json, push_text};

/// The first cell of the array for people, for programs, and in JSON; then the same for a null of its type.
#[track_caller]
fn check(array: impl Array + 'static, [human, machine, json]: [&str; 3]) {
    let array: ArrayRef = Arc::new(array);
    let render = |array: &ArrayRef, row| {
        let column = Column::new(array).unwrap();
        let (mut human, mut machine, mut json) = (String::new(), String::new(), String::new());
        push_text(&mut human, &column.value(row), Style::Human).unwrap();
        push_text(&mut machine, &column.value(row), Style::Machine).unwrap();
        push_json(&mut json, &column.value(row)).unwrap();
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        [human, machine, json]
    };
    assert_eq!(render(&array, 0), [human, machine, json]);
    // The same value behind a slice, and null.
    let null = new_null_array(array.data_type(), 2);
    assert_eq!(render(&null, 1), ["", "", "null"]);
    if !matches!(
        array.data_type(),
        DataType::Dictionary(..) | DataType::RunEndEncoded(..)
    ) {
        let joined = arrow::compute::concat(&[&null, &array]).unwrap();
        assert_eq!(render(&joined.slice(1, 2), 1), [human, machine, json]);
    }
}

/// The same text everywhere.
#[track_caller]
fn same(array: impl Array + 'static, text: &str) {
    check(array, [text; 3]);
}

/// The same text, quoted in JSON.
#[track_caller]
fn quoted(array: impl Array + 'static, text: &str) {
    check(array, [text, text, &format!("\"{text}\"")]);
}

/// For people with a space, for programs with `T` and `Z`.
#[track_caller]
fn instant(array: impl Array + 'static, [human, machine]: [&str; 2]) {
    check(array, [human, machine, &format!("\"{machine}\"")]);
}

#[test]
fn text_and_bytes() {
    quoted(StringArray::from(vec!["né"]), "né");
    quoted(LargeStringArray::from(vec!["né"]), "né");
    quoted(
        StringViewArray::from(vec!["longer than twelve bytes"]),
        "longer than twelve bytes",
    );
    quoted(BinaryArray::from(vec![&b"\x00\xff=1"[..]]), "00ff3d31");
    quoted(LargeBinaryArray::from(vec![&b"\x0a"[..]]), "0a");
    quoted(BinaryViewArray::from(vec![&b"\x0a"[..]]), "0a");
    quoted(
        FixedSizeBinaryArray::try_from_iter([[1u8, 2]].iter()).unwrap(),
        "0102",
    );
}

#[test]
fn numbers() {
    same(BooleanArray::from(vec![true]), "true");
    same(Int8Array::from(vec![-128]), "-128");
    same(Int16Array::from(vec![-32768]), "-32768");
    same(Int32Array::from(vec![50126]), "50126");
    same(Int64Array::from(vec![i64::MIN]), "-9223372036854775808");
    same(UInt8Array::from(vec![255]), "255");
    same(UInt16Array::from(vec![65535]), "65535");
    same(UInt32Array::from(vec![u32::MAX]), "4294967295");
    same(UInt64Array::from(vec![u64::MAX]), "18446744073709551615");
    same(Float32Array::from(vec![0.1]), "0.1");
    same(Float64Array::from(vec![0.1 + 0.2]), "0.30000000000000004");
    same(Float64Array::from(vec![3.0]), "3.0");
    same(Float64Array::from(vec![1e21]), "1e21");
    check(Float64Array::from(vec![f64::NAN]), ["NaN", "NaN", "null"]);
    check(
        Float32Array::from(vec![f32::INFINITY]),
        ["inf", "inf", "null"],
    );
    let decimal = |value, precision, scale| {
        Decimal128Array::from(vec![value])
            .with_precision_and_scale(precision, scale)
            .unwrap()
    };
    same(decimal(-5, 10, 2), "-0.05");
    same(
        decimal(i128::from(u64::MAX) * 1000, 38, 3),
        "18446744073709551615.000",
    );
    same(decimal(5, 10, -2), "500");
}

#[test]
fn dates_and_instants() {
    quoted(Date32Array::from(vec![20_458]), "2026-01-05");
    quoted(Date32Array::from(vec![-1]), "1969-12-31");
    quoted(Date64Array::from(vec![20_458 * 86_400_000]), "2026-01-05");
    let seconds = 20_458 * 86_400 + 8 * 3600 + 12 * 60 + 33;
    let whole = ["2026-01-05 08:12:33", "2026-01-05T08:12:33Z"];
    instant(TimestampSecondArray::from(vec![seconds]), whole);
    instant(TimestampMillisecondArray::from(vec![seconds * 1000]), whole);
    instant(
        TimestampMicrosecondArray::from(vec![seconds * 1_000_000]).with_timezone("UTC"),
        whole,
    );
    instant(
        TimestampMicrosecondArray::from(vec![seconds * 1_000_000]).with_timezone("+02:00"),
        whole,
    );
    instant(
        TimestampMicrosecondArray::from(vec![seconds * 1_000_000 + 123_456]),
        ["2026-01-05 08:12:33.123456", "2026-01-05T08:12:33.123456Z"],
    );
    instant(
        TimestampNanosecondArray::from(vec![-999_999_990]),
        [
            "1969-12-31 23:59:59.00000001",
            "1969-12-31T23:59:59.00000001Z",
        ],
    );
    instant(
        Date64Array::from(vec![500]),
        ["1970-01-01 00:00:00.5", "1970-01-01T00:00:00.5Z"],
    );
}

#[test]
fn no_instant_is_too_far_away() {
    for ticks in [i64::MIN, i64::MAX] {
        for ticks_per_s in [1, 1_000, 1_000_000, 1_000_000_000] {
            let mut out = String::new();
            write_instant(&mut out, ticks, ticks_per_s, Style::Machine).unwrap();
            assert!(out.ends_with('Z'), "{out}");
        }
    }
    let mut out = String::new();
    write_instant(&mut out, -62_198_755_200, 1, Style::Human).unwrap();
    assert_eq!(out, "-0001-01-01 00:00:00");
}

#[test]
fn what_arrow_writes() {
    quoted(
        Time64MicrosecondArray::from(vec![29_553_123_456]),
        "08:12:33.123456",
    );
    quoted(DurationMillisecondArray::from(vec![90_500]), "PT90.5S");
    let interval = IntervalMonthDayNanoType::make_value(1, 2, 3_000_000_000);
    quoted(
        IntervalMonthDayNanoArray::from(vec![interval]),
        "1 mons 2 days 3.000000000 secs",
    );
    let runs =
        RunArray::<Int32Type>::try_new(&Int32Array::from(vec![2]), &StringArray::from(vec!["run"]))
            .unwrap();
    quoted(runs, "run");
}

#[test]
fn lists_structs_and_maps_are_compact_json() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None])]);
    same(lists, "[1,null]");
    let pair = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
        [Some(vec![Some(7), Some(8)])],
        2,
    );
    same(pair, "[7,8]");
    let fields = StructArray::from(vec![
        (
            Arc::new(Field::new("at", DataType::Date32, true)),
            Arc::new(Date32Array::from(vec![20_458])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("by \"x\"", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["\x1b\u{202e}"])) as ArrayRef,
        ),
    ]);
    same(fields, r#"{"at":"2026-01-05","by \"x\"":"\u001b\u202e"}"#);
    let mut map = MapBuilder::new(
        None,
        arrow::array::Int64Builder::new(),
        StringBuilder::new(),
    );
    map.keys().append_value(50126);
    map.values().append_value("invalid");
    map.keys().append_value(0);
    map.values().append_null();
    map.append(true).unwrap();
    same(map.finish(), r#"{"50126":"invalid","0":null}"#);
}

#[test]
fn dictionaries_are_seen_through() {
    quoted(
        ["a", "b"]
            .into_iter()
            .collect::<DictionaryArray<Int8Type>>(),
        "a",
    );
    let numbers = DictionaryArray::new(
        Int32Array::from(vec![1]),
        Arc::new(Int64Array::from(vec![5, 6])) as ArrayRef,
    );
    same(numbers.clone(), "6");
    let table = text(
        Format::Table,
        &batch([("number", Arc::new(numbers) as ArrayRef)]),
    );
    assert_eq!(table, "number\n──────\n     6\n");
    let guarded = ["=1"].into_iter().collect::<DictionaryArray<Int8Type>>();
    assert_eq!(
        text(Format::Csv, &batch([("t", Arc::new(guarded) as ArrayRef)])),
        "t\n'=1\n"
    );
}

#[test]
fn null_columns_have_no_value() {
    let batch = batch([
        ("a", Arc::new(NullArray::new(1)) as ArrayRef),
        ("b", new_null_array(&DataType::Utf8, 1)),
    ]);
    assert_eq!(text(Format::Csv, &batch), "a,b\n,\n");
    assert_eq!(text(Format::Ndjson, &batch), "{\"a\":null,\"b\":null}\n");
}
