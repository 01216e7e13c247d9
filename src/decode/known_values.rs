//! Lists and objects that were met before as the value of one key, found by their first bytes.

use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::scan::Scanner;
use super::stretch::Stretch;

/// First bytes by which a value is found; others than those of the same key follow too seldom.
const HEAD_BYTES: usize = 48;
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
#[derive(Default)]
pub(super) struct Values {
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
        let head = rest.get(..HEAD_BYTES)?;
        let end = memchr::memchr2(b'}', b']', head).map_or(HEAD_BYTES, |end| end + 1);
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

    /// Remembers the value that was looked for last, in place of another where many begin alike.
    pub(super) fn keep(&mut self, value: Stretch) {
        let Some(hash) = self.missing.take() else {
            return;
        };
        let alike = |(known, _): &(u64, Stretch)| *known == hash;
        let count = self.known.iter_hash(hash).filter(|entry| alike(entry));
        if count.count() >= ALIKE_MAX
            && let Ok(entry) = self.known.find_entry(hash, alike)
        {
            entry.remove();
        }
        let entry = (hash, value);
        self.known.insert_unique(hash, entry, |(hash, _)| *hash);
    }

    /// The values of this key are not worth a look for a while.
    pub(super) fn rest(&mut self) {
        self.rest = REST;
    }
}
