//! Finds the names of forgotten people in text, known or remembered only as salted hashes, and takes
//! them out.
//!
//! A name is a sequence of words (`words`). In running text it must be distinctive: two words or more
//! with five letters, or one of sixteen; shorter ones are found only where they are all of a value.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::FixedState;
use memchr::memmem;

use super::words::{Word, plain, words};

/// What stands where a name was.
pub const GONE: &str = "[forgotten]";
const LETTERS_MIN: usize = 5;
const ONE_WORD_LETTERS_MIN: usize = 16;
/// Bytes between two words of a name.
const GAP_BYTES_MAX: usize = 12;

/// How strictly a text is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// The value itself is a name: only all of it counts.
    Whole,
    /// Running text: `mary.anna@contoso.com` does not name `anna@contoso.com`.
    Text,
    /// Paths and rejected text, of which too much may go but not too little.
    Loose,
}

/// A set of names to look for.
pub(super) struct Names {
    /// How many words the names have.
    lengths: BTreeSet<usize>,
    keys: Keys,
}

enum Keys {
    /// Names as [`plain`] writes them, and a word of each that is worth a look at the bytes first;
    /// `None` where a name has no such word.
    Known(HashSet<String>, Option<Vec<memmem::Finder<'static>>>),
    Hashed(Salted),
}

/// Names as hashes with a salt.
pub(super) struct Salted {
    pub(super) salt: [u8; 32],
    pub(super) hashes: HashSet<String>,
    /// A few bits of the first word of each name, so that most words need no slow hash.
    pub(super) firsts: HashSet<u16>,
}

/// A few bits of a word.
pub(super) fn first_bits(salt: &[u8; 32], word: &str) -> u16 {
    FixedState::with_seed(u64::from(salt[0]) << 8 | u64::from(salt[1])).hash_one(word) as u16
}

/// The salted hash of a name, hexadecimal: half a BLAKE3, enough to tell names apart.
pub(super) fn salted(salt: &[u8; 32], plain_name: &str) -> String {
    let hash = blake3::keyed_hash(salt, plain_name.as_bytes()).to_hex();
    hash[..32].to_owned()
}

/// Whether a name is told from other text by itself.
pub(super) fn is_distinctive(plain_name: &str) -> bool {
    let letters = plain_name.chars().filter(|c| *c != ' ').count();
    match plain_name.contains(' ') {
        true => letters >= LETTERS_MIN,
        false => letters >= ONE_WORD_LETTERS_MIN,
    }
}

impl Names {
    /// Names that are known; blank ones are left out.
    pub(super) fn known<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let plain: HashSet<String> = names.map(plain).filter(|n| !n.is_empty()).collect();
        let probe = |name: &String| {
            // Not the last two words, which are a domain that half of all names share.
            let count = name.split(' ').count();
            let words = name.split(' ').take(count.saturating_sub(2).max(1));
            let best = words.filter(|w| w.is_ascii()).max_by_key(|w| w.len());
            best.map(|word| memmem::Finder::new(word).into_owned())
        };
        let probes = plain.iter().map(probe).collect();
        Self {
            lengths: plain.iter().map(|n| n.split(' ').count()).collect(),
            keys: Keys::Known(plain, probes),
        }
    }

    /// Names that are remembered as hashes only.
    pub(super) fn hashed(lengths: BTreeSet<usize>, salted: Salted) -> Self {
        Self {
            lengths,
            keys: Keys::Hashed(salted),
        }
    }

    /// Whether bytes that hold many values can hold a name at all; may err on that side.
    pub(super) fn may_stand_in(&self, bytes: &[u8]) -> bool {
        match &self.keys {
            Keys::Known(_, Some(probes)) => {
                let lower = bytes.to_ascii_lowercase();
                probes.iter().any(|probe| probe.find(&lower).is_some())
            }
            Keys::Known(_, None) => true,
            Keys::Hashed(salted) => !salted.hashes.is_empty(),
        }
    }

    fn holds(&self, plain_name: &str) -> bool {
        match &self.keys {
            Keys::Known(names, _) => names.contains(plain_name),
            Keys::Hashed(s) => s.hashes.contains(&salted(&s.salt, plain_name)),
        }
    }

    fn may_begin(&self, word: &str) -> bool {
        match &self.keys {
            Keys::Known(..) => true,
            Keys::Hashed(s) => s.firsts.contains(&first_bits(&s.salt, word)),
        }
    }

    /// The text without the names; `None` if there is none in it.
    pub(super) fn taken_out(&self, text: &str, search: Search) -> Option<String> {
        let words = words(text);
        if search == Search::Whole {
            let all: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
            return self.holds(&all.join(" ")).then(|| GONE.to_owned());
        }
        let found = self.places(text, &words, search);
        if found.is_empty() {
            // A short name may still be all of the text.
            let one = words.len() == 1 && !is_distinctive(&words[0].text);
            return (one && self.holds(&words[0].text)).then(|| GONE.to_owned());
        }
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for place in found {
            out.push_str(&text[copied..place.start]);
            out.push_str(GONE);
            copied = place.end;
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    /// Where names stand, the longest first where several begin at one word.
    fn places(&self, text: &str, words: &[Word], search: Search) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let lengths = self.lengths.iter().rev();
            let hit = lengths
                .filter_map(|n| words.get(at..at + n))
                .find_map(|words| self.named(text, words))
                .filter(|place| search == Search::Loose || stands_alone(text, place));
            match hit {
                Some(place) => {
                    at += words[at..].partition_point(|w| w.start < place.end);
                    found.push(place);
                }
                None => at += 1,
            }
        }
        found
    }

    /// The bytes of a name that these words are.
    fn named(&self, text: &str, words: &[Word]) -> Option<Range<usize>> {
        let (first, rest) = words.split_first()?;
        let mut gaps = words.windows(2).map(|w| &text[w[0].end..w[1].start]);
        if !gaps.all(is_within_a_name) {
            return None;
        }
        let end = words.last()?.end;
        let written = [(first.text.as_str(), first.start)];
        // `\nAnna` in JSON text: the n is no letter of the name.
        let escape = first.escaped && first.text.starts_with(['b', 'f', 'n', 'r', 't']);
        let stripped = escape.then(|| (&first.text[1..], first.start + 1));
        for (begin, start) in written.into_iter().chain(stripped) {
            if !self.may_begin(begin) {
                continue;
            }
            let mut name = Cow::Borrowed(begin);
            for word in rest {
                name = Cow::Owned(format!("{name} {}", word.text));
            }
            if is_distinctive(&name) && self.holds(&name) {
                return Some(start..end);
            }
        }
        None
    }
}

/// Whether the words on both sides can be of one name: not of two strings of JSON or CSV.
fn is_within_a_name(gap: &str) -> bool {
    gap.len() <= GAP_BYTES_MAX && !gap.contains('\n') && !gap.replace("\\\"", "").contains('"')
}

/// Whether a mail address is not part of a longer one.
fn stands_alone(text: &str, place: &Range<usize>) -> bool {
    if !text[place.clone()].contains('@') {
        return true;
    }
    let joins = |outside: Option<char>, beyond: Option<char>, marks: &str| {
        outside.is_some_and(|c| marks.contains(c)) && beyond.is_some_and(char::is_alphanumeric)
    };
    let mut before = text[..place.start].chars().rev();
    let mut after = text[place.end..].chars();
    !joins(before.next(), before.next(), ".-_+'") && !joins(after.next(), after.next(), ".-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(names: &[&str]) -> Names {
        let salt = [7; 32];
        let plain: Vec<String> = names.iter().map(|n| plain(n)).collect();
        let salted = Salted {
            salt,
            hashes: plain.iter().map(|n| salted(&salt, n)).collect(),
            firsts: plain
                .iter()
                .filter_map(|n| Some(first_bits(&salt, n.split(' ').next()?)))
                .collect(),
        };
        Names::hashed(plain.iter().map(|n| n.split(' ').count()).collect(), salted)
    }

    #[test]
    fn known_and_remembered_names_are_found_alike() {
        let names = [
            "anna@contoso.com",
            "Anna Keller",
            "Admin",
            "00000000-0000-0000-0000-00000000000a",
        ];
        let cases = [
            ("to anna@contoso.com.", Some("to [forgotten].")),
            ("to mary.anna@contoso.com", None),
            ("to anna@contoso.com.au", None),
            (
                "{\"a\":\"ANNA KELLER's phone\"}",
                Some("{\"a\":\"[forgotten]'s phone\"}"),
            ),
            ("\\nAnna Keller", Some("\\n[forgotten]")),
            ("?u=anna%40contoso.com&x", Some("?u=[forgotten]&x")),
            (
                "anna_contoso.com#EXT#@x.example",
                Some("[forgotten]#EXT#@x.example"),
            ),
            (
                "id 00000000-0000-0000-0000-00000000000A",
                Some("id [forgotten]"),
            ),
            ("{\"anna\":\"keller\"}", None),
            ("the Admin role", None),
            ("admin", Some("[forgotten]")),
            ("Anna K", None),
            ("", None),
        ];
        for names in [Names::known(names.into_iter()), hashed(&names)] {
            for (text, wanted) in cases {
                let found = names.taken_out(text, Search::Text);
                assert_eq!(found.as_deref(), wanted, "{text}");
                assert!(
                    found.is_none() || names.may_stand_in(text.as_bytes()),
                    "{text}"
                );
            }
            let path = "out/mary_anna@contoso.com.csv";
            let loose = names.taken_out(path, Search::Loose);
            assert_eq!(loose.as_deref(), Some("out/mary_[forgotten].csv"));
            assert_eq!(names.taken_out("by Anna Keller", Search::Whole), None);
            assert!(names.taken_out("Anna Keller", Search::Whole).is_some());
        }
    }
}
