//! Walks JSON objects in one pass: known keys go to their target, the rest is handed out raw.
//!
//! Values that are kept as text are slices of the input; nothing is parsed twice but nested lists.

use std::borrow::Cow;

use super::habits::{Habits, Next, Object, VALUE_BYTES_MAX};
use super::raw::string;
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
    habits: Option<&mut Habits>,
) -> Result<(), Fault> {
    scanner.expect(b'{', "object")?;
    if scanner.take(b'}') {
        return Ok(());
    }
    let Some(habits) = habits else {
        return fields(scanner, table, path, sink);
    };
    let mut known = habits.begin(table, sink.kind());
    let whole = known_fields(scanner, (table, &mut known), path, sink, habits);
    habits.end(known);
    whole
}

/// Walks the fields of an object and its end.
fn fields<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    table: Table,
    path: &'static str,
    sink: &mut S,
) -> Result<(), Fault> {
    // One more than the place of the last known key.
    let mut after = 0;
    loop {
        match key(scanner, table, after, sink)? {
            Ok((place, _)) => {
                after = place + 1;
                value(scanner, &table[place], sink, None)?;
            }
            Err(key) => sink.unknown(path, &key, Cow::Borrowed(scanner.value()?)),
        }
        if ends(scanner)? {
            return Ok(());
        }
    }
}

/// As [`fields`], with what was learned of such objects.
fn known_fields<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    (table, known): (Table, &mut Object),
    path: &'static str,
    sink: &mut S,
    habits: &mut Habits,
) -> Result<(), Fault> {
    let mut after = 0;
    loop {
        scanner.peek();
        let (begin, last) = (scanner.place(), after);
        let (place, respelt) = match known.next(last, scanner) {
            Next::Known(stretch) => {
                stretch.again(table, scanner.since(begin), sink);
                after = stretch.after;
                if stretch.ends() {
                    break;
                }
                continue;
            }
            Next::Key(place) => (place, false),
            Next::Nothing => match key(scanner, table, after, sink)? {
                Ok((place, respelt)) => {
                    known.came(last, place);
                    (place, respelt)
                }
                Err(key) => {
                    sink.unknown(path, &key, Cow::Borrowed(scanner.value()?));
                    if ends(scanner)? {
                        break;
                    }
                    continue;
                }
            },
        };
        after = place + 1;
        let from = scanner.place();
        let again = known_value(scanner, (table, place), known, sink, habits)?;
        if again && !respelt && known.lacks(last) {
            remember(
                scanner,
                (begin, from),
                (known, last),
                (table, place),
                sink,
                habits,
            );
        }
        if ends(scanner)? {
            break;
        }
    }
    known.end_streak(scanner);
    Ok(())
}

/// Goes over the comma behind a field, or the end of its object; whether it is that.
#[inline]
fn ends(scanner: &mut Scanner<'_>) -> Result<bool, Fault> {
    if scanner.take(b',') {
        return Ok(false);
    }
    match scanner.take(b'}') {
        true => Ok(true),
        false => Err(scanner.lacks("comma or closing bracket")),
    }
}

/// Remembers the field that began at one place, and its value at another, where it can be had again.
#[cold]
fn remember<'de, S: Sink<'de>>(
    scanner: &Scanner<'de>,
    (begin, from): (usize, usize),
    (known, after): (&mut Object, usize),
    (table, place): (Table, usize),
    sink: &S,
    habits: &mut Habits,
) {
    let Some(text) = scanner.with_end(begin) else {
        return;
    };
    if habits.wants(known, after, text) {
        let raw = scanner.since(from).trim_ascii_start();
        let cells = sink.learned(table, place, raw);
        if cells.is_some() || !matches!(table[place].1, Target::Object(_)) {
            habits.met(known, after, Stretch::field(place, text, raw, cells));
        }
    }
}

/// Hands out the value of a known key, with what was learned; whether it can be remembered.
#[inline(always)]
fn known_value<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    (table, place): (Table, usize),
    known: &mut Object,
    sink: &mut S,
    habits: &mut Habits,
) -> Result<bool, Fault> {
    let (name, target) = &table[place];
    match target {
        Target::Object(_) | Target::Json(_) if matches!(scanner.peek(), Some(b'{' | b'[')) => {
            let begin = scanner.place();
            if let Some(met) = known.value(place, scanner) {
                met.again(table, scanner.since(begin), sink);
                return Ok(true);
            }
            let missed = known.lacks_value(place);
            value(scanner, &table[place], sink, Some(habits))?;
            let raw = scanner.since(begin);
            if missed && raw.len() <= VALUE_BYTES_MAX {
                let cells = sink.learned(table, place, raw);
                habits.met_value(known, place, raw, cells);
            }
            Ok(true)
        }
        Target::Policies => {
            sink.policies(habits.list(scanner)?, name);
            Ok(false)
        }
        _ => value(scanner, &table[place], sink, Some(habits)),
    }
}

/// Hands out the value of a known key; whether the same text would be handed out alike.
#[inline(always)]
fn value<'de, S: Sink<'de>>(
    scanner: &mut Scanner<'de>,
    (name, target): &(&'static str, Target),
    sink: &mut S,
    habits: Option<&mut Habits>,
) -> Result<bool, Fault> {
    if let Target::Object(inner) = target {
        field(scanner, inner, name, sink, habits)?;
        return Ok(true);
    }
    if let Some(string) = scanner.plain_string() {
        sink.plain_string(target, name, string);
        return Ok(true);
    }
    if let Some(inner) = sink.enters(target).filter(|_| opens(scanner)) {
        sink.entered();
        object(scanner, inner, "", sink, habits)?;
        sink.leaves();
        return Ok(false);
    }
    sink.known(target, name, Cow::Borrowed(scanner.value()?));
    Ok(true)
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
