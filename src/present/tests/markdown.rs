//! Checks that no text breaks out of a Markdown cell.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use super::{batch, nasty, people, text};
use crate::present::Format;

#[test]
fn a_table_for_a_page() {
    let expected = "\
| user | count |
| --- | ---: |
| alice@contoso.com | 12 |
|  | -3 |
| bob |  |
";
    assert_eq!(text(Format::Markdown, &people()), expected);
}

#[test]
fn nasty_text_stays_in_its_cell() {
    let out = text(Format::Markdown, &nasty());
    for row in [
        "| clear screen | \\\\x1b\\[2Jgone |\n",
        "| override | \\\\u{202e}fdp.exe |\n",
        "| formula | =cmd\\|' /C calc'!A0 |\n",
        "| lines | a\\\\r\\\\nb\\\\tc |\n",
        "| pipe | a\\|b\\\\\\`c\\`&lt;img src=x&gt; |\n",
        "| emoji | 🦀 ok |\n",
    ] {
        assert!(out.contains(row), "{row:?} is not in {out}");
    }
    assert_eq!(out.lines().count(), 11);
}

#[test]
fn links_images_and_emphasis_are_shown_as_written() {
    let texts = [
        "![x](http://evil/)",
        "a_b_c _d_",
        "**b** ~~s~~",
        "&lt;",
        "\\|",
    ];
    let column = Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let expected = "\
| t |
| --- |
| !\\[x](http://evil/) |
| a_b_c \\_d\\_ |
| \\*\\*b\\*\\* \\~\\~s\\~\\~ |
| &amp;lt; |
| \\\\\\| |
";
    assert_eq!(text(Format::Markdown, &batch([("t", column)])), expected);
}
