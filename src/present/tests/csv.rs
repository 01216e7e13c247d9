//! Checks CSV: quoting, null against empty text, formulas.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};

use super::{NASTY, batch, nasty, people, show, text};
use crate::present::{Format, Options};

#[test]
fn null_is_empty_and_empty_text_is_quoted() {
    assert_eq!(
        text(Format::Csv, &people()),
        "user,count\nalice@contoso.com,12\n,-3\nbob,\n"
    );
    let one = Arc::new(StringArray::from(vec![Some(""), None, Some("x")])) as ArrayRef;
    let two = batch([("a", one.clone()), ("b", one.clone())]);
    assert_eq!(text(Format::Csv, &two), "a,b\n\"\",\"\"\n,\nx,x\n");
    assert_eq!(
        text(Format::Csv, &batch([("a", one)])),
        "a\n\"\"\n\"\"\nx\n",
        "no line is empty"
    );
}

#[test]
fn nasty_text_is_quoted_and_guarded() {
    let out = text(Format::Csv, &nasty());
    for line in [
        "override,\u{202e}fdp.exe\n",
        "formula,'=cmd|' /C calc'!A0\n",
        "quote,\"say \"\"hi\"\", ok\"\n",
        "lines,\"a\r\nb\tc\"\n",
        "wide,日本語\n",
    ] {
        assert!(out.contains(line), "{line:?} is not in {out:?}");
    }
}

#[test]
fn another_reader_gets_the_same_text() {
    let options = Options {
        spreadsheet_safe: false,
        ..Options::default()
    };
    let (out, shown) = show(Format::Csv, &options, &[nasty()]);
    assert_eq!(shown.rows_total, NASTY.len() as u64);
    let reader = arrow::csv::ReaderBuilder::new(nasty().schema()).with_header(true);
    let read: Vec<_> = reader
        .build(out.as_bytes())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(read, [nasty()]);
}

#[test]
fn formulas_get_an_apostrophe_and_numbers_never_do() {
    let guarded = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\t1",
        "\rx",
        "\n=1",
        "\u{feff}=1",
        "\x01-1",
        "＝1",
    ];
    let free = ["1-1", "a=b", "alice@contoso.com", "", " a", "'=1", "(-1)"];
    for (texts, expected) in [(&guarded[..], true), (&free[..], false)] {
        for text in texts {
            let column = Arc::new(StringArray::from(vec![*text])) as ArrayRef;
            let cells = batch([("a", column), ("n", Arc::new(Int64Array::from(vec![-1])))]);
            let out = super::text(Format::Csv, &cells);
            let cell = out.strip_prefix("a,n\n").unwrap().trim_start_matches('"');
            let with = format!("'{text}");
            assert_eq!(
                cell.starts_with(&with) && !text.is_empty(),
                expected,
                "{text:?} {out:?}"
            );
            assert!(out.ends_with(",-1\n"), "{out:?}");
        }
    }
    let column = Arc::new(StringArray::from(vec!["=1"])) as ArrayRef;
    let raw = Options {
        spreadsheet_safe: false,
        ..Options::default()
    };
    assert_eq!(
        show(Format::Csv, &raw, &[batch([("=a", column.clone())])]).0,
        "=a\n=1\n"
    );
    assert_eq!(text(Format::Csv, &batch([("=a", column)])), "'=a\n'=1\n");
}
