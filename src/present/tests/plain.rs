//! Checks what terminals are kept from seeing.

use std::borrow::Cow;

use crate::present::plain;

#[test]
fn clean_text_is_borrowed() {
    for text in [
        "",
        "alice@contoso.com",
        "CONTOSO\\alice",
        "日本語 🦀 Zoë ❤\u{fe0f}",
    ] {
        assert!(
            matches!(plain(text), Cow::Borrowed(same) if same == text),
            "{text}"
        );
    }
}

#[test]
fn hidden_characters_become_visible() {
    assert_eq!(plain("a\x1b[31m\0\x7f\u{9b}"), "a\\x1b[31m\\x00\\x7f\\x9b");
    assert_eq!(plain("a\nb\r\tc"), "a\\nb\\r\\tc");
    assert_eq!(plain("\u{202e}fdp.exe"), "\\u{202e}fdp.exe");
    assert_eq!(plain("é\u{200d}\u{e0041}"), "é\\u{200d}\\u{e0041}");
}

#[test]
fn every_class_named_in_the_threat_model_is_covered() {
    let ranges = [
        0x00..=0x1f,
        0x7f..=0x9f,
        0x200b..=0x200f,
        0x2028..=0x202e,
        0x2060..=0x2060,
        0x2066..=0x2069,
        0xfeff..=0xfeff,
        0xe0000..=0xe007f,
    ];
    for c in ranges.into_iter().flatten().filter_map(char::from_u32) {
        let text = c.to_string();
        let shown = plain(&text);
        assert!(
            shown.starts_with('\\') && shown.is_ascii(),
            "U+{:04X}",
            u32::from(c)
        );
    }
}
