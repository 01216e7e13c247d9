//! Recognises the beginning of a text; it never panics, and gives the same answer twice.

use crate::decode::detect::{FORMATS, cut, delimiter_of, detect};

/// Looks at the bytes as the beginning of a text.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let found = detect(&text).map(|(format, _)| format.name);
    assert_eq!(found, detect(&text).map(|(format, _)| format.name));
    if let Some(name) = found {
        assert!(FORMATS.iter().any(|format| format.name == name));
        // White space before a text says nothing.
        let spaced = format!("\n {text}");
        if !text.starts_with('\u{feff}') {
            assert_eq!(detect(&spaced).map(|(format, _)| format.name), found);
        }
    }
    let line = text.lines().next().unwrap_or_default();
    assert!(b",;\t".contains(&delimiter_of(line)));
    cut(&text);
}
