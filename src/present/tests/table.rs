//! Checks the table: alignment, cutting, chunks and what it says about rows and columns left out.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::{batch, nasty, people, show, text};
use crate::present::layout::width;
use crate::present::{Format, Options, Shown};

fn narrow(width_max: usize) -> Options {
    Options {
        width_max: Some(width_max),
        ..Options::default()
    }
}

#[test]
fn columns_are_aligned_and_null_is_empty() {
    let expected = "\
user               count
─────────────────  ─────
alice@contoso.com     12
                      -3
bob
";
    assert_eq!(text(Format::Table, &people()), expected);
}

#[test]
fn nasty_text_stays_in_its_cell() {
    let expected = "\
name          text
────────────  ───────────────────
clear screen  \\x1b[2Jgone
override      \\u{202e}fdp.exe
formula       =cmd|' /C calc'!A0
quote         say \"hi\", ok
lines         a\\r\\nb\\tc
pipe          a|b\\`c`<img src=x>
emoji         🦀 ok
wide          日本語
tags          x\\u{e0041}\\u{200b}y
";
    assert_eq!(text(Format::Table, &nasty()), expected);
}

#[test]
fn headers_are_not_trusted_either() {
    let column = Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    assert!(text(Format::Table, &batch([("a\x1b[2J", column)])).starts_with("a\\x1b[2J\n"));
}

#[test]
fn long_cells_are_cut_to_the_terminal() {
    let expected = "\
user        count
──────────  ─────
alice@con…     12
               -3
bob
";
    let (out, shown) = show(Format::Table, &narrow(17), &[people()]);
    assert_eq!(out, expected);
    assert_eq!(
        shown,
        Shown {
            rows_shown: 3,
            rows_total: 3,
            columns_hidden: vec![]
        }
    );
    assert_eq!(shown.note(), None);
    for width_max in 1..40 {
        for batch in [people(), nasty()] {
            let (out, _) = show(Format::Table, &narrow(width_max), &[batch]);
            assert!(
                out.lines().all(|line| width(line) <= width_max),
                "{width_max}\n{out}"
            );
        }
    }
}

#[test]
fn columns_without_room_are_named() {
    let column = |name| {
        (
            name,
            Arc::new(StringArray::from(vec!["0123456789"])) as ArrayRef,
        )
    };
    let batch = batch([
        column("first"),
        column("second"),
        column("th\u{202e}ird"),
        column("fourth"),
    ]);
    let (out, shown) = show(Format::Table, &narrow(16), &[batch]);
    assert_eq!(out, "first    second\n───────  ───────\n012345…  012345…\n");
    assert_eq!(shown.columns_hidden, ["th\\u{202e}ird", "fourth"]);
    assert_eq!(
        shown.note().unwrap(),
        "2 columns do not fit and are hidden: th\\u{202e}ird, fourth"
    );
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let options = Options {
        rows_max: Some(4),
        ..Options::default()
    };
    let batches = vec![people(); 500];
    let (out, shown) = show(Format::Table, &options, &batches);
    assert_eq!(out.lines().count(), 6);
    assert_eq!((shown.rows_shown, shown.rows_total), (4, 1500));
    assert_eq!(shown.note().unwrap(), "4 of 1,500 rows shown");
    let (out, shown) = show(
        Format::Table,
        &Options {
            rows_max: Some(0),
            ..options
        },
        &batches,
    );
    assert_eq!(out, "user  count\n────  ─────\n");
    assert_eq!((shown.rows_shown, shown.rows_total), (0, 1500));
}

/// 1,000 short rows, then one that is longer than all before it.
fn late_long_row() -> [RecordBatch; 2] {
    let rows = |user: &str, count: i64, rows: usize| {
        let users = Arc::new(StringArray::from(vec![user; rows])) as ArrayRef;
        batch([
            ("user", users),
            ("count", Arc::new(Int64Array::from(vec![count; rows]))),
        ])
    };
    [
        rows("bob", 1, 1000),
        rows("alice@contoso.com", 1_234_567, 1),
    ]
}

#[test]
fn later_chunks_keep_the_widths_of_the_first() {
    let (out, shown) = show(Format::Table, &Options::default(), &late_long_row());
    assert_eq!(shown.rows_shown, 1001);
    assert!(out.starts_with("user  count\n────  ─────\nbob       1\n"));
    assert!(
        out.ends_with("bob       1\nalice@contoso.com  1234567\n"),
        "nothing is lost without a terminal"
    );
    let (out, _) = show(Format::Table, &narrow(40), &late_long_row());
    assert!(
        out.ends_with("bob       1\nali…  1234567\n"),
        "text is cut, numbers are not"
    );
}
