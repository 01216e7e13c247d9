//! Checks every format against literal batches, nasty text above all.

mod csv;
mod every_type;
mod json;
mod layout;
mod markdown;
mod plain;
mod table;

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::{FORMATS, Format, Options, Shown, presenter};
use crate::error::Error;

/// What an attacker may put into a user name or a user agent, with a name for each.
const NASTY: [(&str, &str); 9] = [
    ("clear screen", "\u{1b}[2Jgone"),
    ("override", "\u{202e}fdp.exe"),
    ("formula", "=cmd|' /C calc'!A0"),
    ("quote", "say \"hi\", ok"),
    ("lines", "a\r\nb\tc"),
    ("pipe", "a|b\\`c`<img src=x>"),
    ("emoji", "🦀 ok"),
    ("wide", "日本語"),
    ("tags", "x\u{e0041}\u{200b}y"),
];

fn nasty() -> RecordBatch {
    let names = StringArray::from_iter_values(NASTY.iter().map(|(name, _)| name));
    let texts = StringArray::from_iter_values(NASTY.iter().map(|(_, text)| text));
    batch([
        ("name", Arc::new(names) as ArrayRef),
        ("text", Arc::new(texts)),
    ])
}

/// Two columns, `user` and `count`, with a null in each.
fn people() -> RecordBatch {
    let users = StringArray::from(vec![Some("alice@contoso.com"), None, Some("bob")]);
    let counts = Int64Array::from(vec![Some(12), Some(-3), None]);
    batch([
        ("user", Arc::new(users) as ArrayRef),
        ("count", Arc::new(counts)),
    ])
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .unwrap()
}

/// The output and the account of one result with these batches.
fn show(format: Format, options: &Options, batches: &[RecordBatch]) -> (String, Shown) {
    let mut bytes = Vec::new();
    let mut presenter = presenter(format, Box::new(&mut bytes), options);
    presenter.begin(&batches[0].schema()).unwrap();
    for batch in batches {
        presenter.batch(batch).unwrap();
    }
    let shown = presenter.end().unwrap();
    drop(presenter);
    (String::from_utf8(bytes).unwrap(), shown)
}

fn text(format: Format, batch: &RecordBatch) -> String {
    show(format, &Options::default(), std::slice::from_ref(batch)).0
}

#[test]
fn formats_stand_in_the_order_of_the_enum_and_parse_by_name() {
    for (at, (name, format, _)) in FORMATS.into_iter().enumerate() {
        assert_eq!(format as usize, at);
        assert_eq!(format.name(), name);
        assert_eq!(Format::parse(&name.to_uppercase()), Some(format));
    }
    assert_eq!(
        Format::NAMES,
        ["table", "csv", "json", "ndjson", "markdown"]
    );
    assert_eq!(Format::parse("xml"), None);
    assert_eq!(format!("{:>6}|", Format::Csv), "   csv|");
}

#[test]
fn a_broken_pipe_keeps_its_kind() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for (_, format, _) in FORMATS {
        let mut presenter = presenter(format, Box::new(Closed), &Options::default());
        presenter.begin(&people().schema()).unwrap();
        presenter.batch(&people()).unwrap();
        match presenter.end() {
            Err(Error::Output(error)) => assert_eq!(error.kind(), io::ErrorKind::BrokenPipe),
            other => panic!("{format}: {other:?}"),
        }
    }
}

#[test]
fn a_batch_with_other_columns_is_refused() {
    for (_, format, _) in FORMATS {
        let mut presenter = presenter(format, Box::new(io::sink()), &Options::default());
        assert!(
            matches!(presenter.batch(&people()), Err(Error::Internal(_))),
            "{format}"
        );
    }
}

#[test]
fn no_columns_and_no_rows_are_results_too() {
    let none = people().slice(0, 0);
    let no_columns = people().project(&[]).unwrap();
    assert_eq!(text(Format::Table, &none), "user  count\n────  ─────\n");
    assert_eq!(text(Format::Csv, &none), "user,count\n");
    assert_eq!(text(Format::Json, &none), "[]\n");
    assert_eq!(text(Format::Ndjson, &none), "");
    assert_eq!(
        text(Format::Markdown, &none),
        "| user | count |\n| --- | ---: |\n"
    );
    for (_, format, _) in FORMATS {
        assert_eq!(
            show(
                format,
                &Options::default(),
                std::slice::from_ref(&no_columns)
            )
            .1
            .rows_total,
            3,
            "{format}"
        );
    }
    assert_eq!(text(Format::Ndjson, &no_columns), "{}\n{}\n{}\n");
}
