//! Distinct texts, numbered in the order in which they came.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Distinct texts by their number, one after another in memory.
#[derive(Default)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: RandomState,
    /// Texts that were appended before any was to be found; see [`Self::know_all`].
    unknown: u32,
}

fn text_in<'a>(bytes: &'a [u8], ends: &[usize], number: u32) -> &'a [u8] {
    let number = number as usize;
    let begin = if number == 0 { 0 } else { ends[number - 1] };
    &bytes[begin..ends[number]]
}

fn hash_of(hasher: &RandomState, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

impl Texts {
    /// The number of a text.
    pub fn number(&mut self, text: &[u8]) -> u32 {
        let hash = hash_of(&self.hasher, text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let known = self.table.find(hash, |n| text_in(bytes, ends, *n) == text);
        if let Some(number) = known {
            return *number;
        }
        let number = self.append(text);
        self.unknown -= 1;
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        let rehash = |n: &u32| hash_of(hasher, text_in(bytes, ends, *n));
        self.table.insert_unique(hash, number, rehash);
        number
    }

    /// Appends a text without looking whether it is known, and without making it known.
    pub fn append(&mut self, text: &[u8]) -> u32 {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.unknown += 1;
        self.ends.len() as u32 - 1
    }

    /// Appends texts that stand one after another, each up to its end, counted from the first one's
    /// beginning; none is made known.
    pub fn append_all(&mut self, texts: &[u8], ends: impl ExactSizeIterator<Item = usize>) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(texts);
        self.unknown += ends.len() as u32;
        self.ends.extend(ends.map(|end| begin + end));
    }

    /// Makes texts known that were appended, so that [`Self::number`] finds them.
    pub fn know_all(&mut self) {
        let appended = std::mem::take(&mut self.unknown);
        for number in self.ends.len() as u32 - appended..self.ends.len() as u32 {
            let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
            let hash = |n: &u32| hash_of(hasher, text_in(bytes, ends, *n));
            self.table.insert_unique(hash(&number), number, hash);
        }
    }

    /// The text of a number that was given out.
    pub fn get(&self, number: u32) -> &[u8] {
        text_in(&self.bytes, &self.ends, number)
    }

    /// The texts from one number up to another, as they stand one after another.
    pub fn between(&self, from: u32, to: u32) -> &[u8] {
        let begin = |number: u32| number.checked_sub(1).map_or(0, |n| self.ends[n as usize]);
        &self.bytes[begin(from)..begin(to)]
    }

    /// What orders a text among others by its bytes: the first of them, all of them, its number.
    /// Most texts differ in the first.
    pub fn key(&self, number: u32) -> (u64, &[u8], u32) {
        let text = self.get(number);
        let first = match text.first_chunk() {
            Some(first) => *first,
            None => {
                let mut first = [0; 8];
                first[..text.len()].copy_from_slice(text);
                first
            }
        };
        (u64::from_be_bytes(first), text, number)
    }

    /// For each text its place among all in the order of bytes.
    pub fn ranks(&self) -> Vec<u32> {
        let keys = (0..self.ends.len() as u32).map(|number| self.key(number));
        let mut sorted: Vec<(u64, &[u8], u32)> = keys.collect();
        sorted.sort_unstable();
        let mut ranks = vec![0; sorted.len()];
        for (rank, (.., number)) in (0..).zip(sorted) {
            ranks[number as usize] = rank;
        }
        ranks
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len() as u32).map(|number| self.get(number))
    }

    /// Bytes of all texts together.
    pub fn text_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that they take in memory.
    pub fn held_bytes(&self) -> usize {
        let numbers = self.table.capacity() * (size_of::<u32>() + 1);
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>() + numbers
    }

    /// Makes room for so many texts of so many bytes together.
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        self.ends.reserve(texts);
        self.bytes.reserve(bytes);
    }

    /// Takes the texts, and where each ends; nothing is known afterwards.
    pub fn take(&mut self) -> (Vec<u8>, Vec<usize>) {
        self.table.clear();
        self.unknown = 0;
        (
            std::mem::take(&mut self.bytes),
            std::mem::take(&mut self.ends),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut texts = Texts::default();
        let given: Vec<u32> = ["a", "", "b", "a", "", "ab"]
            .map(|text| texts.number(text.as_bytes()))
            .to_vec();
        assert_eq!(given, [0, 1, 2, 0, 1, 3]);
        assert_eq!(
            texts.iter().collect::<Vec<_>>(),
            [&b"a"[..], b"", b"b", b"ab"]
        );
        for n in 0..10_000_u32 {
            assert_eq!(texts.number(format!("text {n}").as_bytes()), n + 4);
        }
        assert_eq!(texts.number(b"text 77"), 81);
        let (bytes, ends) = texts.take();
        assert_eq!((ends.len(), Some(&bytes.len())), (10_004, ends.last()));
        assert_eq!((texts.number(b"b"), texts.len()), (0, 1));
    }

    #[test]
    fn appended_texts_are_found_once_they_are_made_known() {
        let mut texts = Texts::default();
        for text in ["a", "b", "c"] {
            texts.append(text.as_bytes());
        }
        texts.know_all();
        texts.know_all();
        let given = ["b", "d", "a", "d"].map(|text| texts.number(text.as_bytes()));
        assert_eq!(given, [1, 3, 0, 3]);
        texts.append_all(b"efgg", [1, 2, 4].into_iter());
        texts.know_all();
        let given = ["gg", "d", "e", "h"].map(|text| texts.number(text.as_bytes()));
        assert_eq!(given, [6, 3, 4, 7]);
    }
}
