//! Lists and objects that were met before as the value of one key, found by their first bytes.

use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::scan::Scanner;
use super::stretch::Stretch;

/// First bytes by which a value is found: so many to begin with, twice as many where too many values
/// begin alike, and at most so many.
const HEAD_BYTES: usize = 48;
const HEAD_BYTES_MAX: usize = 4 * HEAD_BYTES;
/// After so many looks it is decided whether values come again; where they do not, the next so many
/// are not looked at.
const TRIES: u32 = 2_048;
const REST: u32 = 16 * TRIES;
/// Values that begin alike and are remembered: each look compares them all.
const ALIKE_MAX: usize = 4;
/// Places for what came once: only what comes again is remembered.
const ONCE: usize = 4_096;
/// Of so many looks one must hit.
const ONE_OF: u32 = 8;

/// The values of one key.
pub(super) struct Values {
    head_bytes: usize,
    known: HashTable<(u64, Stretch)>,
    hasher: RandomState,
    tries: u32,
    hits: Cell<u32>,
    rest: u32,
    /// The hash of the value that was looked for last, not found, and came before.
    missing: Option<u64>,
    /// Hashes of values that came once, each in the place that it chooses.
    once: Vec<u64>,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            head_bytes: HEAD_BYTES,
            known: HashTable::new(),
            hasher: RandomState::default(),
            tries: 0,
            hits: Cell::new(0),
            rest: 0,
            missing: None,
            once: Vec::new(),
        }
    }
}

impl Values {
    /// Goes over the value that begins here, if it is known.
    #[inline]
    pub(super) fn find(&mut self, scanner: &mut Scanner<'_>) -> Option<&Stretch> {
        self.missing = None;
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        self.tries += 1;
        if self.tries > TRIES {
            self.judge();
        }
        let rest = scanner.rest().as_bytes();
        let hash = self.hash_of(rest)?;
        let is_it = |(known, value): &(u64, Stretch)| {
            *known == hash && rest.starts_with(value.text().as_bytes())
        };
        match self.known.find(hash, is_it) {
            Some((_, value)) => {
                self.hits.set(self.hits.get() + 1);
                scanner.skip(value.text().len());
                Some(value)
            }
            None => {
                if self.once.is_empty() {
                    self.once = vec![0; ONCE];
                }
                let place = &mut self.once[hash as usize % ONCE];
                self.missing = (*place == hash).then_some(hash);
                *place = hash;
                None
            }
        }
    }

    /// The hash of the first bytes of a value, or of all where it ends among them.
    fn hash_of(&self, rest: &[u8]) -> Option<u64> {
        let head = rest.get(..self.head_bytes)?;
        let close = if head.first() == Some(&b'[') {
            b']'
        } else {
            b'}'
        };
        let end = memchr::memchr(close, head).map_or(head.len(), |end| end + 1);
        let mut state = self.hasher.build_hasher();
        state.write(&head[..end]);
        Some(state.finish())
    }

    fn judge(&mut self) {
        if self.hits.get() < TRIES / ONE_OF {
            self.known.clear();
            self.rest = REST;
        }
        self.tries = 0;
        self.hits.set(0);
    }

    /// Whether the value that was looked for last is worth remembering.
    pub(super) fn wants(&self) -> bool {
        self.missing.is_some()
    }

    /// Remembers the value that was looked for last.
    pub(super) fn keep(&mut self, value: Stretch) {
        let Some(hash) = self.missing.take() else {
            return;
        };
        let alike = self.known.iter_hash(hash);
        if alike.filter(|(known, _)| *known == hash).count() == ALIKE_MAX {
            // Values of which many begin alike are told apart by more of them, or not at all.
            self.known.clear();
            match self.head_bytes < HEAD_BYTES_MAX {
                true => self.head_bytes *= 2,
                false => self.rest(),
            }
            return;
        }
        let entry = (hash, value);
        self.known.insert_unique(hash, entry, |(hash, _)| *hash);
    }

    /// The values of this key are not worth a look for a while.
    pub(super) fn rest(&mut self) {
        self.rest = REST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a value is found at the beginning of a text, and remembers it where that is wanted.
    fn look(values: &mut Values, text: &str, value: &str) -> bool {
        let mut scanner = Scanner::new(text);
        let found = values.find(&mut scanner).map(|v| v.text().to_owned());
        match &found {
            Some(found) => assert_eq!((found.as_str(), scanner.place()), (value, value.len())),
            None if values.wants() => values.keep(Stretch::value(value, Vec::new())),
            None => {}
        }
        found.is_some()
    }

    fn padded(value: &str) -> String {
        format!("{value},{}", "x".repeat(HEAD_BYTES_MAX))
    }

    #[test]
    fn what_came_twice_is_found() {
        let mut values = Values::default();
        for value in [
            "[]",
            r#"{"a":[1]}"#,
            &format!(r#"{{"b":"{}"}}"#, "y".repeat(99)),
        ] {
            let text = padded(value);
            let looks: Vec<bool> = (0..4).map(|_| look(&mut values, &text, value)).collect();
            assert_eq!(looks, [false, false, true, true], "{value}");
        }
        // Another that begins alike is another.
        let value = format!(r#"{{"b":"{}"}}"#, "y".repeat(100));
        assert!(!look(&mut values, &padded(&value), &value));
        // Too near the end of the text, nothing is looked for.
        assert!(!look(&mut values, "[]", "[]"));
    }

    #[test]
    fn many_that_begin_alike_are_told_apart_by_more() {
        let mut values = Values::default();
        let value = |n: usize| format!(r#"{{"a":"{}","n":"{n}"}}"#, "y".repeat(HEAD_BYTES));
        let mut found = 0;
        for n in 0..200 {
            let value = value(n % 10);
            found += usize::from(look(&mut values, &padded(&value), &value));
        }
        assert!(found > 150, "{found}");
        // Not even by that: they are left alone.
        let value = |n: usize| format!(r#"{{"a":"{}","n":"{n}"}}"#, "y".repeat(HEAD_BYTES_MAX));
        for n in 0..200 {
            let value = value(n % 10);
            look(&mut values, &padded(&value), &value);
        }
        assert!(values.known.len() <= ALIKE_MAX);
    }

    #[test]
    fn what_never_comes_again_is_given_up() {
        let mut values = Values::default();
        for n in 0..4 * TRIES {
            let value = format!(r#"{{"n":{}}}"#, n / 2);
            look(&mut values, &padded(&value), &value);
        }
        assert!(values.rest > 0 && values.known.len() <= TRIES as usize);
    }
}
