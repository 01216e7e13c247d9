//! Walks JSON objects in one pass: known keys go to their target, the rest is handed out raw.
//!
//! Built on sonic-rs: values that are kept as text are slices of the input, nothing is parsed
//! twice but nested lists.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use sonic_rs::LazyValue;

use super::target::{Sink, Target};

/// A key of an object, borrowed where it has no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The keys of one kind of object, in the order in which a serialiser writes them.
pub(super) type Table = &'static [(&'static str, Target)];

struct ObjectSeed<'s, 'de, S> {
    table: Table,
    /// Name of the object, for keys that are not in the table; empty at the top.
    path: &'static str,
    sink: &'s mut S,
    _text: std::marker::PhantomData<&'de ()>,
}

impl<'de, S: Sink<'de>> DeserializeSeed<'de> for ObjectSeed<'_, 'de, S> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink<'de>> Visitor<'de> for ObjectSeed<'_, 'de, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.odd(value.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.odd(value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.odd(value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.odd(value.to_string());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        // Log Analytics writes some objects as the text of one.
        if text.starts_with('{') && !self.path.is_empty() {
            let mut owning = Owning(self.sink);
            let inner = walk_at(text, self.table, self.path, &mut owning);
            if inner.is_ok() {
                return Ok(());
            }
        }
        if !text.is_empty() {
            self.odd(serde_json::to_string(text).unwrap_or_default());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element::<LazyValue<'de>>()? {
            elements.push(element.as_raw_cow().into_owned());
        }
        if !elements.is_empty() {
            self.odd(format!("[{}]", elements.join(",")));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut expected = 0;
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let place = place_of(self.table, expected, &key).or_else(|| {
                let folded = folded_place_of(self.table, expected, &key)?;
                self.sink.respelt();
                Some(folded)
            });
            match place {
                Some(place) => {
                    expected = place + 1;
                    match &self.table[place] {
                        (name, Target::Object(table)) => map.next_value_seed(ObjectSeed {
                            table,
                            path: name,
                            sink: self.sink,
                            _text: std::marker::PhantomData,
                        })?,
                        (name, target) => {
                            let value: LazyValue<'de> = map.next_value()?;
                            self.sink.known(target, name, value.as_raw_cow());
                        }
                    }
                }
                None => {
                    let value: LazyValue<'de> = map.next_value()?;
                    self.sink.unknown(self.path, &key, value.as_raw_cow());
                }
            }
        }
        Ok(())
    }
}

impl<'de, S: Sink<'de>> ObjectSeed<'_, 'de, S> {
    fn odd(self, raw: String) {
        self.sink.odd(self.path, raw);
    }
}

/// The place of a key: where the last one left off, or anywhere after or before it.
fn place_of(table: Table, expected: usize, key: &str) -> Option<usize> {
    let hit = |place: &usize| table[*place].0 == key;
    (expected..table.len())
        .find(hit)
        .or_else(|| (0..expected).find(hit))
}

/// The place of a key that is written in another case than the table's.
pub(super) fn folded_place_of(table: Table, expected: usize, key: &str) -> Option<usize> {
    let hit = |place: &usize| table[*place].0.eq_ignore_ascii_case(key);
    (expected..table.len())
        .find(hit)
        .or_else(|| (0..expected).find(hit))
}

/// Hands what a walk over a passing text finds to a sink that outlives it.
struct Owning<'s, 'de>(&'s mut dyn Sink<'de>);

impl<'x> Sink<'x> for Owning<'_, '_> {
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'x, str>) {
        self.0.known(target, key, Cow::Owned(raw.into_owned()));
    }

    fn unknown(&mut self, path: &str, key: &str, raw: Cow<'x, str>) {
        self.0.unknown(path, key, Cow::Owned(raw.into_owned()));
    }

    fn odd(&mut self, path: &'static str, raw: String) {
        self.0.odd(path, raw);
    }
}

/// Deepest nesting of a record; real ones reach 6.
const DEPTH_MAX: usize = 128;

/// Whether lists and objects nest deeper than [`DEPTH_MAX`], which the parser's own recursion
/// must not be asked to follow. Records with few brackets are not looked at twice.
fn is_too_deep(text: &str) -> bool {
    let bytes = text.as_bytes();
    if memchr::memchr2_iter(b'[', b'{', bytes)
        .nth(DEPTH_MAX)
        .is_none()
    {
        return false;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => {
                while let Some(stop) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    at += stop + 1;
                    if bytes[at - 1] == b'"' {
                        break;
                    }
                    at = (at + 1).min(bytes.len());
                }
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// Walks one JSON object; the error says what is wrong with the text.
pub(super) fn walk<'de, S: Sink<'de>>(
    text: &'de str,
    table: Table,
    sink: &mut S,
) -> Result<(), String> {
    walk_at(text, table, "", sink)
}

/// As [`walk`], for an object that stands at `path` in its record.
pub(super) fn walk_at<'de, S: Sink<'de>>(
    text: &'de str,
    table: Table,
    path: &'static str,
    sink: &mut S,
) -> Result<(), String> {
    if !text.trim_ascii_start().starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    if is_too_deep(text) {
        return Err(format!("lists and objects nest deeper than {DEPTH_MAX}"));
    }
    let mut deserializer = sonic_rs::Deserializer::from_str(text);
    let seed = ObjectSeed {
        table,
        path,
        sink,
        _text: std::marker::PhantomData,
    };
    seed.deserialize(&mut deserializer)
        .map_err(|e| reason(&e))?;
    deserializer.end().map_err(|e| reason(&e))
}

/// The first line of a sonic-rs error: what, without the excerpt of the input.
pub(super) fn reason(error: &sonic_rs::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or("invalid JSON");
    format!(
        "invalid JSON: {}",
        first.split(" at line ").next().unwrap_or(first)
    )
}

/// The elements of a JSON array, as raw text; `None` for anything but an array.
pub(super) fn elements(raw: &str) -> Option<Vec<Cow<'_, str>>> {
    if !raw.starts_with('[') {
        return None;
    }
    let values: Vec<LazyValue<'_>> = sonic_rs::from_str(raw).ok()?;
    Some(values.iter().map(LazyValue::as_raw_cow).collect())
}

/// The text of a JSON string, borrowed where it has no escapes; `None` for anything else.
pub(super) fn string(raw: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return sonic_rs::from_str::<String>(&raw).ok().map(Cow::Owned);
    }
    Some(match raw {
        Cow::Borrowed(text) => Cow::Borrowed(&text[1..text.len() - 1]),
        Cow::Owned(text) => Cow::Owned(text[1..text.len() - 1].to_owned()),
    })
}
