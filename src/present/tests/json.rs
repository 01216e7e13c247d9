//! Checks JSON and NDJSON: validity, escapes that lose nothing, equal column names.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};

use super::{NASTY, batch, nasty, people, show, text};
use crate::present::{Format, Options};

#[test]
fn an_array_has_one_object_a_line() {
    let expected = r#"[
{"user":"alice@contoso.com","count":12},
{"user":null,"count":-3},
{"user":"bob","count":null}
]
"#;
    assert_eq!(text(Format::Json, &people()), expected);
    let (out, shown) = show(Format::Json, &Options::default(), &vec![people(); 3]);
    assert_eq!(
        serde_json::from_str::<Vec<serde_json::Value>>(&out)
            .unwrap()
            .len(),
        9
    );
    assert_eq!(shown.rows_shown, 9);
}

#[test]
fn lines_stand_alone() {
    let expected = "\
{\"user\":\"alice@contoso.com\",\"count\":12}
{\"user\":null,\"count\":-3}
{\"user\":\"bob\",\"count\":null}
";
    assert_eq!(text(Format::Ndjson, &people()), expected);
}

#[test]
fn nasty_text_is_escaped_and_comes_back_whole() {
    let out = text(Format::Ndjson, &nasty());
    assert!(
        !out.chars()
            .any(|c| c != '\n' && crate::present::plain::is_hidden(c))
    );
    for escape in [
        "\\u001b[2J",
        "\\u202efdp",
        "a\\r\\nb\\tc",
        "x\\udb40\\udc41\\u200by",
        "日本語",
    ] {
        assert!(out.contains(escape), "{escape}");
    }
    for (line, (name, text)) in out.lines().zip(NASTY) {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(read, serde_json::json!({"name": name, "text": text}));
    }
}

#[test]
fn numbers_are_exact_and_what_json_cannot_say_is_null() {
    let integers = Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX, 0])) as ArrayRef;
    let unsigned = Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1])) as ArrayRef;
    let floats = Arc::new(Float64Array::from(vec![f64::NAN, f64::NEG_INFINITY, 1e300])) as ArrayRef;
    let expected = "\
{\"i\":-9223372036854775808,\"u\":18446744073709551615,\"f\":null}
{\"i\":9223372036854775807,\"u\":0,\"f\":null}
{\"i\":0,\"u\":1,\"f\":1e300}
";
    assert_eq!(
        text(
            Format::Ndjson,
            &batch([("i", integers), ("u", unsigned), ("f", floats)])
        ),
        expected
    );
}

#[test]
fn equal_column_names_are_numbered() {
    let names = ["id", "id_2", "id", "id", "q\"\u{202e}"];
    let fields: Vec<Field> = names
        .iter()
        .map(|name| Field::new(*name, DataType::Int64, true))
        .collect();
    let columns = (0..5)
        .map(|n| Arc::new(Int64Array::from(vec![n])) as ArrayRef)
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let expected = "{\"id\":0,\"id_2\":1,\"id_3\":2,\"id_4\":3,\"q\\\"\\u202e\":4}\n";
    assert_eq!(text(Format::Ndjson, &batch), expected);
}
