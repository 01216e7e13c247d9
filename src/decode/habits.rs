//! What a worker has learned of the writer whose records it reads: which key follows which, the values
//! that stay the same from record to record, and the policies that come again and again.
//!
//! A serialiser writes its keys in one order, many fields nearly always say the same, and a tenant
//! applies the same few policies in one order, each with a handful of results. What was met before is
//! read by comparing bytes. An object, and a field with the comma or bracket behind it, say themselves
//! where they end: where the bytes are those of a known one, it ends where the known one did.

use std::collections::HashMap;
use std::ops::Range;

use super::json::Table;
use super::scan::{Fault, Scanner};

/// Elements remembered for one place of a list, and places.
const ELEMENTS_MAX: usize = 64;
const PLACES_MAX: usize = 256;
/// Bytes of elements, and lists of them, that are remembered; beyond it the memory starts anew.
const BYTES_MAX: usize = 4 << 20;
const LISTS_MAX: usize = 100_000;

/// Longest field that is remembered.
const FIELD_BYTES_MAX: usize = 256;
/// After so many looks it is decided whether a field often is what it was; where it is not, the next
/// so many are not looked at.
const TRIES: u16 = 64;
const REST: u16 = 4_096;
/// Other values in a row after which the last one is remembered instead.
const MISSES: u8 = 2;

/// What was learned.
#[derive(Default)]
pub(super) struct Habits {
    objects: Vec<Object>,
    lists: Lists,
}

/// A kind of object, by the table of its keys.
struct Object {
    table: Table,
    /// Each key of the table as serialisers write it, with its colon; nothing behind the last.
    keys: Vec<Box<str>>,
    /// What follows the beginning, and each key.
    slots: Vec<Slot>,
}

/// What follows a key of an object, or its beginning.
#[derive(Default)]
struct Slot {
    /// The place of the key that came last.
    place: usize,
    field: Option<Field>,
    tries: u16,
    hits: u16,
    rest: u16,
    misses: u8,
}

/// A field as it was met: its key, its value, and the comma or bracket behind it.
struct Field {
    text: Box<str>,
    place: usize,
    /// Where its value stands in the text.
    value: Range<usize>,
    /// Whether the value is a string without escapes.
    plain: bool,
}

/// A kind of object whose fields are being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind(usize);

/// A field that was met before.
pub(super) struct Again<'de> {
    pub(super) place: usize,
    pub(super) raw: &'de str,
    pub(super) plain: bool,
    /// Whether the object ends behind it.
    pub(super) ends: bool,
}

/// What was gone over.
pub(super) enum Next<'de> {
    /// A whole field that was met before, and what ends it.
    Field(Again<'de>),
    /// The key at this place, with its colon.
    Key(usize),
    Nothing,
}

impl Habits {
    /// The kind of object whose keys a table lists.
    pub(super) fn kind(&mut self, table: Table) -> Kind {
        let known = self
            .objects
            .iter()
            .position(|o| std::ptr::eq(o.table, table));
        Kind(known.unwrap_or_else(|| {
            let keys = table.iter().map(|(name, _)| format!("\"{name}\":").into());
            let slots = (0..=table.len()).map(|place| Slot {
                place,
                ..Slot::default()
            });
            self.objects.push(Object {
                table,
                keys: keys.chain([Box::default()]).collect(),
                slots: slots.collect(),
            });
            self.objects.len() - 1
        }))
    }

    /// Goes over what is likely to follow; `after` is one more than the place of the last key.
    #[inline]
    pub(super) fn next<'de>(
        &mut self,
        kind: Kind,
        after: usize,
        scanner: &mut Scanner<'de>,
    ) -> Next<'de> {
        let object = &mut self.objects[kind.0];
        let slot = &mut object.slots[after];
        if slot.rest > 0 {
            slot.rest -= 1;
        } else {
            slot.tries += 1;
            if let Some(field) = &slot.field {
                let begin = scanner.place();
                if scanner.take_text(&field.text) {
                    slot.hits += 1;
                    slot.misses = 0;
                    return Next::Field(Again {
                        place: field.place,
                        raw: &scanner.since(begin)[field.value.clone()],
                        plain: field.plain,
                        ends: field.text.ends_with('}'),
                    });
                }
                slot.misses = slot.misses.saturating_add(1);
            }
            if slot.tries >= TRIES {
                slot.rest = if slot.hits < TRIES / 2 { REST } else { 0 };
                (slot.tries, slot.hits) = (0, 0);
            }
        }
        match object.keys.get(slot.place) {
            Some(key) if !key.is_empty() && scanner.take_text(key) => Next::Key(slot.place),
            _ => Next::Nothing,
        }
    }

    /// Remembers which key of the table followed.
    pub(super) fn came(&mut self, kind: Kind, after: usize, place: usize) {
        self.objects[kind.0].slots[after].place = place;
    }

    /// Whether the field that follows is worth remembering.
    #[inline]
    pub(super) fn wants(&self, kind: Kind, after: usize) -> bool {
        let slot = &self.objects[kind.0].slots[after];
        slot.rest == 0 && (slot.field.is_none() || slot.misses >= MISSES)
    }

    /// Remembers a field: its text with what ends it, and the end of its value.
    pub(super) fn met(&mut self, kind: Kind, after: usize, place: usize, text: &str, raw: &str) {
        if text.len() > FIELD_BYTES_MAX {
            return;
        }
        let end = text.len() - 1;
        let slot = &mut self.objects[kind.0].slots[after];
        slot.misses = 0;
        slot.field = Some(Field {
            text: text.into(),
            place,
            value: end - raw.len()..end,
            plain: raw.starts_with('"') && !raw.contains('\\'),
        });
    }

    /// Goes over the list of policies that begins here.
    pub(super) fn list<'de>(&mut self, scanner: &mut Scanner<'de>) -> Result<List<'de>, Fault> {
        self.lists.list(scanner)
    }

    /// Remembers the key of a list of these elements.
    pub(super) fn learn(&mut self, elements: Box<[u32]>, key: i64) {
        self.lists.keys.insert(elements, key);
    }
}

/// Lists by the elements that they are made of.
#[derive(Default)]
struct Lists {
    /// For each place of a list, the elements that were met there.
    places: Vec<Vec<Element>>,
    elements: u32,
    bytes: usize,
    keys: HashMap<Box<[u32]>, i64, foldhash::fast::RandomState>,
    path: Vec<u32>,
}

/// The text of an element with the bracket or comma before it.
struct Element {
    text: Box<str>,
    number: u32,
}

/// A list that was gone over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum List<'de> {
    /// Its key, as it was learned.
    Known(i64),
    /// Its text, and the elements it is made of where they can be learned.
    New(&'de str, Option<Box<[u32]>>),
}

impl Lists {
    fn list<'de>(&mut self, scanner: &mut Scanner<'de>) -> Result<List<'de>, Fault> {
        scanner.peek();
        let begin = scanner.place();
        if self.bytes > BYTES_MAX || self.keys.len() > LISTS_MAX {
            *self = Self::default();
        }
        if self.elements(scanner) {
            return Ok(match self.keys.get(self.path.as_slice()) {
                Some(key) => List::Known(*key),
                None => List::New(scanner.since(begin), Some(self.path.as_slice().into())),
            });
        }
        scanner.back_to(begin);
        Ok(List::New(scanner.value()?, None))
    }

    /// Goes over the elements of a list and its end; false where it holds anything but objects, or
    /// too many.
    fn elements(&mut self, scanner: &mut Scanner<'_>) -> bool {
        self.path.clear();
        loop {
            let place = self.path.len();
            if place == PLACES_MAX {
                return false;
            }
            if place == self.places.len() {
                self.places.push(Vec::new());
            }
            let known = &mut self.places[place];
            let number = match known.iter().position(|e| scanner.take_text(&e.text)) {
                Some(0) => known[0].number,
                Some(hit) => {
                    // What was met last comes first, by and by.
                    known.swap(hit, hit / 2);
                    known[hit / 2].number
                }
                None => {
                    let begin = scanner.place();
                    let open = if place == 0 { b'[' } else { b',' };
                    if known.len() == ELEMENTS_MAX || !scanner.take(open) {
                        return false;
                    }
                    if scanner.peek() != Some(b'{') || scanner.value().is_err() {
                        return false;
                    }
                    let text = scanner.since(begin);
                    let number = self.elements;
                    self.elements += 1;
                    self.bytes += text.len();
                    let text = text.into();
                    known.push(Element { text, number });
                    number
                }
            };
            self.path.push(number);
            if scanner.take(b']') {
                return true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go<'t>(habits: &mut Habits, text: &'t str) -> (Result<List<'t>, Fault>, &'t str) {
        let mut scanner = Scanner::new(text);
        let list = habits.list(&mut scanner);
        (list, scanner.rest())
    }

    #[test]
    fn lists_of_known_elements_are_known() {
        let mut habits = Habits::default();
        let (a, b) = (r#"[{"x":"]"},{"y":[1]}]"#, r#"[ {"x":2} , {"y":[1]} ]"#);
        for (text, key) in [(a, 7), (b, 8)] {
            let (list, rest) = go(&mut habits, text);
            let Ok(List::New(told, Some(elements))) = list else {
                panic!("{text}: {list:?}");
            };
            assert_eq!((told, rest), (text, ""));
            habits.learn(elements, key);
        }
        let behind = format!("{a},1");
        assert_eq!(go(&mut habits, &behind), (Ok(List::Known(7)), ",1"));
        assert_eq!(go(&mut habits, b), (Ok(List::Known(8)), ""));
        // Known elements in another company are another list.
        let mixed = r#"[{"x":"]"} , {"y":[1]} ]"#;
        let (list, _) = go(&mut habits, mixed);
        assert!(matches!(list, Ok(List::New(text, Some(_))) if text == mixed));
        let longer = r#"[{"x":"]"},{"y":[1]},{}]"#;
        let (list, _) = go(&mut habits, longer);
        assert!(matches!(list, Ok(List::New(text, Some(_))) if text == longer));
    }

    #[test]
    fn other_lists_are_gone_over_as_values() {
        let mut habits = Habits::default();
        let many = format!("[{}]", vec!["{}"; PLACES_MAX + 1].join(","));
        for text in ["[]", "[1]", "[{},1]", "{}", "null", "\"[]\"", &many] {
            assert_eq!(go(&mut habits, text).0, Ok(List::New(text, None)), "{text}");
        }
        for text in ["[{]", "[{}", "[{} {}]", "[{},]"] {
            let plain = Scanner::new(text).value().map(|raw| List::New(raw, None));
            assert_eq!(go(&mut habits, text).0, plain, "{text}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut habits = Habits::default();
        for n in 0..300 {
            let text = format!(r#"[{{"n":"{n}{}"}}]"#, "x".repeat(50_000));
            assert!(matches!(go(&mut habits, &text).0, Ok(List::New(..))));
            assert!(habits.lists.bytes <= BYTES_MAX + 60_000);
        }
    }
}
