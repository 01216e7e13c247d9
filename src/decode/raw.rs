//! JSON values that were cut out as text: their elements, the text that they hold, and back.

use std::borrow::Cow;

use super::scan::Scanner;

/// The elements of a JSON array, as raw text; `None` for anything but an array.
pub(super) fn elements(raw: &str) -> Option<Vec<&str>> {
    let mut scanner = Scanner::new(raw);
    let found = elements_here(&mut scanner)?;
    scanner.end().ok()?;
    Some(found)
}

/// The elements of the array that begins here, which it goes over; `None` for anything else.
pub(super) fn elements_here<'t>(scanner: &mut Scanner<'t>) -> Option<Vec<&'t str>> {
    let mut found = Vec::new();
    scanner.take(b'[').then_some(())?;
    if scanner.take(b']') {
        return Some(found);
    }
    loop {
        found.push(scanner.value().ok()?);
        if scanner.take(b']') {
            return Some(found);
        }
        scanner.expect(b',', "comma").ok()?;
    }
}

/// The text of a JSON string, borrowed where it has no escapes; `None` for anything else.
pub(super) fn string(raw: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_some() {
        return serde_json::from_str::<String>(&raw).ok().map(Cow::Owned);
    }
    Some(match raw {
        Cow::Borrowed(text) => Cow::Borrowed(&text[1..text.len() - 1]),
        Cow::Owned(text) => Cow::Owned(text[1..text.len() - 1].to_owned()),
    })
}

/// The JSON string of a text.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A raw value as it is; as text where its inside, which no one has looked at, is no JSON.
pub(super) fn strict(raw: &str) -> Cow<'_, str> {
    let simple = |b: u8| b >= b' ' && !matches!(b, b'\\' | b'[' | b'{');
    let valid =
        raw.bytes().all(simple) || serde_json::from_str::<serde::de::IgnoredAny>(raw).is_ok();
    match valid {
        true => Cow::Borrowed(raw),
        false => Cow::Owned(quoted(raw)),
    }
}
