//! Lists of policies that were met before, recognised by the bytes of their elements.
//!
//! A tenant applies the same few policies in one order, each with a handful of results. An object says
//! itself where it ends: where the bytes are those of a known one, it ends where the known one did.

use std::collections::HashMap;

use super::scan::{Fault, Scanner};

/// Elements remembered for one place of a list, and places.
const ELEMENTS_MAX: usize = 64;
const PLACES_MAX: usize = 256;
/// Bytes of elements, and lists of them, that are remembered; beyond it the memory starts anew.
const BYTES_MAX: usize = 4 << 20;
const LISTS_MAX: usize = 100_000;

/// Lists by the elements that they are made of.
#[derive(Default)]
pub(super) struct Lists {
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
    /// Goes over the list of policies that begins here.
    pub(super) fn list<'de>(&mut self, scanner: &mut Scanner<'de>) -> Result<List<'de>, Fault> {
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

    /// Remembers the key of a list of these elements.
    pub(super) fn learn(&mut self, elements: Box<[u32]>, key: i64) {
        self.keys.insert(elements, key);
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

    fn go<'t>(lists: &mut Lists, text: &'t str) -> (Result<List<'t>, Fault>, &'t str) {
        let mut scanner = Scanner::new(text);
        let list = lists.list(&mut scanner);
        (list, scanner.rest())
    }

    #[test]
    fn lists_of_known_elements_are_known() {
        let mut lists = Lists::default();
        let (a, b) = (r#"[{"x":"]"},{"y":[1]}]"#, r#"[ {"x":2} , {"y":[1]} ]"#);
        for (text, key) in [(a, 7), (b, 8)] {
            let (list, rest) = go(&mut lists, text);
            let Ok(List::New(told, Some(elements))) = list else {
                panic!("{text}: {list:?}");
            };
            assert_eq!((told, rest), (text, ""));
            lists.learn(elements, key);
        }
        let behind = format!("{a},1");
        assert_eq!(go(&mut lists, &behind), (Ok(List::Known(7)), ",1"));
        assert_eq!(go(&mut lists, b), (Ok(List::Known(8)), ""));
        // Known elements in another company are another list.
        let mixed = r#"[{"x":"]"} , {"y":[1]} ]"#;
        let (list, _) = go(&mut lists, mixed);
        assert!(matches!(list, Ok(List::New(text, Some(_))) if text == mixed));
        let longer = r#"[{"x":"]"},{"y":[1]},{}]"#;
        let (list, _) = go(&mut lists, longer);
        assert!(matches!(list, Ok(List::New(text, Some(_))) if text == longer));
    }

    #[test]
    fn other_lists_are_gone_over_as_values() {
        let mut lists = Lists::default();
        let many = format!("[{}]", vec!["{}"; PLACES_MAX + 1].join(","));
        for text in ["[]", "[1]", "[{},1]", "{}", "null", "\"[]\"", &many] {
            assert_eq!(go(&mut lists, text).0, Ok(List::New(text, None)), "{text}");
        }
        for text in ["[{]", "[{}", "[{} {}]", "[{},]"] {
            let plain = Scanner::new(text).value().map(|raw| List::New(raw, None));
            assert_eq!(go(&mut lists, text).0, plain, "{text}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut lists = Lists::default();
        for n in 0..300 {
            let text = format!(r#"[{{"n":"{n}{}"}}]"#, "x".repeat(50_000));
            assert!(matches!(go(&mut lists, &text).0, Ok(List::New(..))));
            assert!(lists.bytes <= BYTES_MAX + 60_000);
        }
    }
}
