//! Makes untrusted text safe on a terminal by showing what is hidden in it as visible escapes.
//!
//! In: any text. Out: text of one line without control, direction-changing or invisible characters:
//! `\n`, `\t`, `\r`, `\x1b`, `\u{202e}`. A backslash stays as it is (`CONTOSO\alice` must read as written), so
//! the escapes are for eyes, not for decoding.
//! Never: cuts, measures or quotes.
//! Why more than the control characters: a right-to-left override makes `exe.fdp` read `pdf.exe`, zero-width
//! characters make two user names look the same, and tag characters carry text that only machines read.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every hidden character shown as a visible escape.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let Some(first) = first_hidden(text) else {
        return Cow::Borrowed(text);
    };
    let (clean, rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(clean);
    for c in rest.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// JSON text with every hidden character of its strings as `\\uXXXX`, so that it is safe to look at and means
/// the same. Line breaks, which stand only between values, stay.
#[must_use]
pub fn plain_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_hidden(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// Where the first hidden character stands; printable ASCII, most text by far, is passed over by the byte.
fn first_hidden(text: &str) -> Option<usize> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return None;
    }
    text.char_indices()
        .find(|(_, c)| is_hidden(*c))
        .map(|(at, _)| at)
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !is_hidden(c) => out.push(c),
        // Writing to a String cannot fail.
        c if u32::from(c) < 0x100 => _ = write!(out, "\\x{:02x}", u32::from(c)),
        c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Whether the character steers a terminal, changes the reading direction, or takes no visible place.
pub(super) fn is_hidden(c: char) -> bool {
    matches!(u32::from(c),
        // C0, DEL and C1 controls, ESC and NEL among them.
        0x00..=0x1f | 0x7f..=0x9f
        // Soft hyphen, grapheme joiner, Arabic letter mark (it changes direction), Hangul and Khmer fillers,
        // Mongolian selectors.
        | 0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
        // Zero-width characters and direction marks; line and paragraph separators, embeddings, overrides.
        | 0x200b..=0x200f | 0x2028..=0x202e
        // Word joiner, invisible operators, isolates, deprecated format characters; more Hangul fillers.
        | 0x2060..=0x206f | 0x3164 | 0xffa0
        // Byte order mark, interlinear annotations, shorthand and musical format controls.
        | 0xfeff | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
        // Tags and the supplement of variation selectors, both used to smuggle text.
        | 0xe0000..=0xe0fff)
}
