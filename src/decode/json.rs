//! Walks JSON objects in one pass: known keys go to their target, the rest is handed out raw.
//!
//! Values that are kept as text are slices of the input; nothing is parsed twice but nested lists.

use std::borrow::Cow;

use super::habits::{Habits, Kind, Next};
use super::known_lists::List;
use super::scan::{Fault, Scanner};
use super::stretch::Stretch;
use super::target::{Sink, Target, says_nothing};

/// The keys of one kind of object, in the order in which a serialiser writes them.
pub(super) type Table = &'static [(&'static str, Target)];

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
    whole_object(text, table, path, sink, None)
}

/// As [`walk`], with what was learned of the writer.
pub(super) fn walk_knowing<'de, S: Sink<'de>>(
    text: &'de str,
    table: Table,
    sink: &mut S,
    habits: &mut Habits,
) -> Result<(), String> {
    whole_object(text, table, "", sink, Some(habits))
}

/// Walks the objects of a list, each into a sink of its own; `None` for anything but a list of sound
/// objects.
pub(super) fn walk_each<'de, S: Sink<'de> + Default>(
    text: &'de str,
    table: Table,
    habits: &mut Habits,
) -> Option<Vec<S>> {
    let mut scanner = Scanner::new(text);
    let mut sinks = Vec::new();
    if !scanner.take(b'[') {
        return None;
    }
    while opens(&mut scanner) {
        let mut sink = S::default();
        object(&mut scanner, table, "", &mut sink, Some(habits)).ok()?;
        sinks.push(sink);
        if scanner.take(b']') {
            return scanner.end().ok().map(|()| sinks);
        }
        scanner.expect(b',', "comma").ok()?;
    }
    None
}

fn whole_object<'de, S: Sink<'de>>(
    text: &'de str,
    table: Table,
    path: &'static str,
    sink: &mut S,
    habits: Option<&mut Habits>,
) -> Result<(), String> {
    let mut scanner = Scanner::new(text);
    if !opens(&mut scanner) {
        return Err("not a JSON object".to_owned());
    }
    let whole = object(&mut scanner, table, path, sink, habits).and_then(|()| scanner.end());
    whole.map_err(Fault::reason)
}

/// Walks the object that begins here. Recursion goes no deeper than the tables do.
fn object<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    table: Table,
    path: &'static str,
    sink: &mut S,
    mut habits: Option<&mut Habits>,
) -> Result<(), Fault> {
    scanner.expect(b'{', "object")?;
    if scanner.take(b'}') {
        return Ok(());
    }
    let kind = habits.as_deref_mut().map(|habits| habits.kind(table));
    // One more than the place of the last known key.
    let mut after = 0;
    loop {
        scanner.peek();
        let (begin, last) = (scanner.place(), after);
        let likely = match (habits.as_deref_mut(), kind) {
            (Some(habits), Some(kind)) => habits.next(kind, last, scanner),
            _ => Next::Nothing,
        };
        let next = match likely {
            Next::Known(stretch) => {
                stretch.again(table, scanner.since(begin), sink);
                after = stretch.after;
                if stretch.ends() {
                    break;
                }
                continue;
            }
            Next::Key(place) => Ok((place, false)),
            Next::Nothing => key(scanner, table, after, sink)?,
        };
        match next {
            Ok((place, respelt)) => {
                after = place + 1;
                let knowing = habits.as_deref_mut().zip(kind);
                let simple = known(scanner, table, place, sink, knowing)?;
                if let (Some(habits), Some(kind)) = (habits.as_deref_mut(), kind) {
                    habits.came(kind, last, place);
                    if let (Some(raw), false) = (simple, respelt)
                        && let Some(text) = scanner.with_end(begin)
                        && habits.wants(kind, last, text)
                    {
                        remember(habits, (kind, last), (table, place), (text, raw), sink);
                    }
                }
            }
            Err(key) => {
                sink.unknown(path, &key, Cow::Borrowed(scanner.value()?));
            }
        }
        if scanner.take(b'}') {
            break;
        }
        scanner.expect(b',', "comma or closing bracket")?;
    }
    if let (Some(habits), Some(kind)) = (habits, kind) {
        habits.ends(kind, scanner);
    }
    Ok(())
}

/// Remembers a field, where it can be had again.
fn remember<'de, S: Sink<'de>>(
    habits: &mut Habits,
    (kind, after): (Kind, usize),
    (table, place): (Table, usize),
    (text, raw): (&str, &str),
    sink: &S,
) {
    let cells = sink.learned(table, place, raw);
    if cells.is_some() || !matches!(table[place].1, Target::Object(_)) {
        habits.met(kind, after, Stretch::field(place, text, raw, cells));
    }
}

/// Hands out the value of a known key; its text where it can be remembered.
fn known<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    table: Table,
    place: usize,
    sink: &mut S,
    mut knowing: Option<(&mut Habits, Kind)>,
) -> Result<Option<&'de str>, Fault> {
    let (name, target) = &table[place];
    let opening = scanner.peek();
    let begin = scanner.place();
    let mut missed = false;
    if let Some((habits, kind)) = &mut knowing
        && matches!(target, Target::Object(_) | Target::Json(_))
        && matches!(opening, Some(b'{' | b'['))
    {
        if let Some(value) = habits.value(*kind, place, scanner) {
            let raw = scanner.since(begin);
            value.again(table, raw, sink);
            return Ok(Some(raw));
        }
        missed = habits.wants_value(*kind, place);
    }
    let habits = knowing.as_mut().map(|(habits, _)| &mut **habits);
    match target {
        Target::Object(inner) => field(scanner, inner, name, sink, habits)?,
        Target::Policies => {
            let list = match habits {
                Some(habits) => habits.list(scanner)?,
                None => List::New(scanner.value()?, None),
            };
            sink.policies(list, name);
            return Ok(None);
        }
        target => match sink.enters(target).filter(|_| opening == Some(b'{')) {
            Some(inner) => {
                sink.entered();
                object(scanner, inner, "", sink, habits)?;
                sink.leaves();
                return Ok(None);
            }
            None => match scanner.plain_string() {
                Some(raw) => sink.plain_string(target, name, raw),
                None => {
                    let raw = scanner.value()?;
                    sink.known(target, name, Cow::Borrowed(raw));
                }
            },
        },
    }
    let raw = scanner.since(begin);
    if let Some((habits, kind)) = knowing.filter(|_| missed) {
        habits.met_value(kind, place, raw, sink.learned(table, place, raw));
    }
    Ok(Some(raw))
}

/// Whether an object begins here.
fn opens(scanner: &mut Scanner<'_>) -> bool {
    scanner.peek() == Some(b'{')
}

fn colon(scanner: &mut Scanner<'_>) -> Result<(), Fault> {
    scanner.expect(b':', "colon")
}

/// Goes over the next key and the colon behind it: its place in the table and whether it is written
/// in another case, else the key.
fn key<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    table: Table,
    expected: usize,
    sink: &mut S,
) -> Result<Result<(usize, bool), Cow<'de, str>>, Fault> {
    let (raw, escaped) = scanner.string()?;
    colon(scanner)?;
    let key = match escaped {
        false => Cow::Borrowed(&raw[1..raw.len() - 1]),
        true => string(Cow::Borrowed(raw)).ok_or_else(|| scanner.lacks("key"))?,
    };
    if let Some(place) = place_of(table, expected, &key) {
        return Ok(Ok((place, false)));
    }
    match folded_place_of(table, expected, &key) {
        Some(place) => {
            sink.respelt();
            Ok(Ok((place, true)))
        }
        None => Ok(Err(key)),
    }
}

/// A value that is an object as a rule.
fn field<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    table: Table,
    path: &'static str,
    sink: &mut S,
    habits: Option<&mut Habits>,
) -> Result<(), Fault> {
    if opens(scanner) {
        return object(scanner, table, path, sink, habits);
    }
    let raw = scanner.value()?;
    if raw.starts_with('"') {
        // Log Analytics writes some objects as the text of one.
        let text = string(Cow::Borrowed(raw)).unwrap_or_default();
        if text.starts_with('{') && walk_at(&text, table, path, &mut Owning(sink)).is_ok() {
            return Ok(());
        }
    }
    if !says_nothing(raw) {
        sink.odd(path, raw.to_owned());
    }
    Ok(())
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

/// The elements of a JSON array, as raw text; `None` for anything but an array.
pub(super) fn elements(raw: &str) -> Option<Vec<&str>> {
    let mut scanner = Scanner::new(raw);
    let mut found = Vec::new();
    if !scanner.take(b'[') {
        return None;
    }
    if !scanner.take(b']') {
        loop {
            found.push(scanner.value().ok()?);
            if scanner.take(b']') {
                break;
            }
            scanner.expect(b',', "comma").ok()?;
        }
    }
    scanner.end().ok()?;
    Some(found)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::schema::Record;

    const INNER: Table = &[("x", Target::Int(Record::ErrorCode))];
    const TABLE: Table = &[
        ("a", Target::Text(Record::City)),
        ("b", Target::Int(Record::ErrorCode)),
        ("o", Target::Object(INNER)),
        ("c", Target::Json(Record::Agent)),
    ];

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl<'de> Sink<'de> for Heard {
        fn known(&mut self, _: &Target, key: &'static str, raw: Cow<'de, str>) {
            self.0.push(format!("{key}={raw}"));
        }

        fn unknown(&mut self, path: &str, key: &str, raw: Cow<'de, str>) {
            self.0.push(format!("{path}?{key}={raw}"));
        }

        fn respelt(&mut self) {
            self.0.push("respelt".to_owned());
        }
    }

    #[test]
    fn what_was_learned_changes_nothing_that_is_heard() {
        let texts = [
            r#"{"a":"k","b":1,"o":{"x":2},"c":[1]}"#,
            r#"{"a":"k","b":12,"o":{"x":2},"c":[1]}"#,
            r#"{"a":"k","b":1}"#,
            r#"{"a":"k" ,"b": 1 ,"o":{"x":2 },"c":[1,2]}"#,
            r#"{"b":1,"a":"k\"","c":[1]}"#,
            r#"{"a":"k","n":null,"b":1,"A":"k"}"#,
            r#"{"o":{"x":2,"y":3},"a":"k"}"#,
            r#"{"o":{"x":25},"a":"","c":"}"}"#,
            r#"{"a":"k","b":1,}"#,
            r#"{"a":"k","b":1"#,
            r#"{"a":"k""b":1}"#,
            r#"{"o":null,"a":"k"}"#,
            "{}",
        ];
        let mut habits = Habits::default();
        for round in 0..400 {
            // The first text comes often enough to be learned, the others in any order.
            let text = texts[if round % 3 == 0 {
                round % texts.len()
            } else {
                0
            }];
            let (mut plain, mut knowing) = (Heard::default(), Heard::default());
            let told = walk(text, TABLE, &mut plain);
            let known = walk_knowing(text, TABLE, &mut knowing, &mut habits);
            assert_eq!((known, knowing.0), (told, plain.0), "{text}");
        }
    }
}
