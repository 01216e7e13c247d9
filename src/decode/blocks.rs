//! Finds where a sound list or object ends, sixty-four bytes at a time.
//!
//! Sound is what nothing speaks against: brackets match, texts are closed and hold no control
//! characters, outside of them stands nothing but numbers, literals, commas, colons and white space, and
//! in an object no list or object stands without a colon before it. Whatever is not found sound here is
//! gone through byte by byte by those who ask, who also say what is wrong with it; so is everything on
//! processors without AVX2.
//!
//! The way is that of simdjson: a bit for each byte and kind, and texts from the parity of quotes before
//! each (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019).

// Elsewhere nothing goes through blocks.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

/// Bytes that are looked at together.
const BLOCK: usize = 64;
/// Deepest nesting that is followed.
const DEPTH_MAX: u32 = 100;

/// The place behind the list or object that begins at `at`, where it is sound and ends in this text.
#[cfg(target_arch = "x86_64")]
pub(super) fn sound_end(text: &[u8], at: usize) -> Option<usize> {
    if !std::arch::is_x86_feature_detected!("avx2") {
        return None;
    }
    // SAFETY: the processor has AVX2.
    unsafe { avx2_end(text, at) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2_end(text: &[u8], at: usize) -> Option<usize> {
    end_by(text, at, |block| avx2_kinds(block))
}

/// The place behind the list or object that begins at `at`, where it is sound and ends in this text.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn sound_end(_text: &[u8], _at: usize) -> Option<usize> {
    None
}

/// For each kind of byte a bit where a block has one.
#[derive(Debug, PartialEq, Eq)]
struct Kinds {
    quotes: u64,
    escapes: u64,
    brackets: u64,
    controls: u64,
    /// What stands nowhere but in texts.
    others: u64,
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
fn avx2_kinds(block: &[u8; BLOCK]) -> Kinds {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8,
        _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    };
    // A byte may stand outside of texts where the sets of its two halves share a bit: line breaks and
    // tabs (1), space, quote and `+` to `.` (2), digits and colon (4), `E` (8), square brackets (16),
    // letters of literals (32 and 64), curly brackets (64).
    let lows = _mm256_setr_epi8(
        6, 36, 70, 68, 68, 108, 36, 4, 4, 5, 5, 82, 34, 83, 34, 0, 6, 36, 70, 68, 68, 108, 36, 4,
        4, 5, 5, 82, 34, 83, 34, 0,
    );
    let highs = _mm256_setr_epi8(
        1, 0, 2, 4, 8, 16, 32, 64, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 4, 8, 16, 32, 64, 0, 0, 0, 0,
        0, 0, 0, 0,
    );
    let half = _mm256_set1_epi8(0x0f);
    let bits = |hits: __m256i| u64::from(_mm256_movemask_epi8(hits) as u32);
    let of = |part: &[u8; 32]| {
        // SAFETY: thirty-two bytes are there to be read.
        let text = unsafe { _mm256_loadu_si256(part.as_ptr().cast()) };
        let is = |byte: u8| _mm256_cmpeq_epi8(text, _mm256_set1_epi8(byte as i8));
        let curly = _mm256_or_si256(text, _mm256_set1_epi8(0x20));
        let opens = _mm256_cmpeq_epi8(curly, _mm256_set1_epi8(b'{' as i8));
        let closes = _mm256_cmpeq_epi8(curly, _mm256_set1_epi8(b'}' as i8));
        let least = _mm256_min_epu8(text, _mm256_set1_epi8(b' ' as i8 - 1));
        let low = _mm256_shuffle_epi8(lows, _mm256_and_si256(text, half));
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(text), half);
        let shared = _mm256_and_si256(low, _mm256_shuffle_epi8(highs, high));
        [
            bits(is(b'"')),
            bits(is(b'\\')),
            bits(_mm256_or_si256(opens, closes)),
            bits(_mm256_cmpeq_epi8(text, least)),
            bits(_mm256_cmpeq_epi8(shared, _mm256_setzero_si256())),
        ]
    };
    let halves = block.as_chunks::<32>().0;
    let (first, second) = (of(&halves[0]), of(&halves[1]));
    let both = |kind: usize| first[kind] | second[kind] << 32;
    Kinds {
        quotes: both(0),
        escapes: both(1),
        brackets: both(2),
        controls: both(3),
        others: both(4),
    }
}

/// What is open at a place, and whether the place is in a text.
#[derive(Default)]
struct Open {
    /// A bit a level: whether it is an object.
    objects: u128,
    depth: u32,
    /// All bits where the block before ended in a text.
    in_text: u64,
    /// Whether the block before ended with an escape.
    escape: bool,
}

#[inline(always)]
fn end_by(text: &[u8], at: usize, kinds: impl Fn(&[u8; BLOCK]) -> Kinds) -> Option<usize> {
    let mut open = Open::default();
    let mut begin = at;
    loop {
        let rest = text.get(begin..).filter(|rest| !rest.is_empty())?;
        let mut short = [b' '; BLOCK];
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                short[..rest.len()].copy_from_slice(rest);
                &short
            }
        };
        let kinds = kinds(block);
        let texts = open.texts(&kinds);
        // A closing quote stands behind its text.
        let faults = kinds.others & !texts | kinds.controls & texts;
        let mut brackets = kinds.brackets & !texts;
        while brackets != 0 {
            let bit = brackets.trailing_zeros();
            brackets &= brackets - 1;
            let place = begin + bit as usize;
            if !open.bracket(text, at, place) {
                return None;
            }
            if open.depth == 0 {
                return (faults & ((1 << bit) - 1) == 0).then_some(place + 1);
            }
        }
        if faults != 0 {
            return None;
        }
        begin += BLOCK;
    }
}

impl Open {
    /// The bytes of a block that stand in texts, each with the quote before it.
    #[inline(always)]
    fn texts(&mut self, kinds: &Kinds) -> u64 {
        let quotes = match kinds.escapes != 0 || self.escape {
            true => kinds.quotes & !self.escaped(kinds.escapes),
            false => kinds.quotes,
        };
        let mut texts = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            texts ^= texts << shift;
        }
        texts ^= self.in_text;
        self.in_text = ((texts as i64) >> 63) as u64;
        texts
    }

    /// The bytes of a block that stand behind an escape which is not escaped itself.
    fn escaped(&mut self, escapes: u64) -> u64 {
        let mut escaped = u64::from(self.escape);
        let mut rest = escapes & !escaped;
        self.escape = false;
        while rest != 0 {
            let bit = rest.trailing_zeros();
            let behind = 2_u64 << bit;
            self.escape = bit == u64::BITS - 1;
            escaped |= behind;
            rest &= rest - 1;
            rest &= !behind;
        }
        escaped
    }

    /// Opens or closes what the bracket at a place does; false where that is not sound.
    #[inline(always)]
    fn bracket(&mut self, text: &[u8], at: usize, place: usize) -> bool {
        let byte = text[place];
        let object = self.objects & 1 == 1;
        match byte {
            b'{' | b'[' => {
                let keyed = !(object && self.depth > 0) || follows_colon(&text[at..place]);
                self.objects = self.objects << 1 | u128::from(byte == b'{');
                self.depth += 1;
                keyed && self.depth <= DEPTH_MAX
            }
            _ => {
                self.objects >>= 1;
                self.depth -= 1;
                object == (byte == b'}')
            }
        }
    }
}

/// Whether the last byte of a text is a colon, white space aside.
#[inline(always)]
fn follows_colon(text: &[u8]) -> bool {
    text.last() == Some(&b':') || text.trim_ascii_end().last() == Some(&b':')
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The kinds of a block, byte by byte.
    fn kinds_of(block: &[u8; BLOCK]) -> Kinds {
        let bits = |is: &dyn Fn(u8) -> bool| {
            let hits = block.iter().enumerate().filter(|(_, b)| is(**b));
            hits.fold(0_u64, |bits, (at, _)| bits | 1 << at)
        };
        let outside = b"\t\n\r \"+,-.:E[]{}aeflnrstu0123456789";
        Kinds {
            quotes: bits(&|b| b == b'"'),
            escapes: bits(&|b| b == b'\\'),
            brackets: bits(&|b| b"[]{}".contains(&b)),
            controls: bits(&|b| b < b' '),
            others: bits(&|b| !outside.contains(&b)),
        }
    }

    fn has_avx2() -> bool {
        std::arch::is_x86_feature_detected!("avx2")
    }

    #[test]
    fn every_byte_is_of_its_kinds() {
        if !has_avx2() {
            return;
        }
        for byte in 0..=u8::MAX {
            for place in [0, 31, 32, 63] {
                let mut block = [b'x'; BLOCK];
                block[place] = byte;
                // SAFETY: the processor has AVX2.
                let told = unsafe { avx2_kinds(&block) };
                assert_eq!(told, kinds_of(&block), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn sound_values_end_where_they_end() {
        let long = format!(
            r#"{{"a":"{}","b" : [{{"c\"]}}":-1.5E+3}} ]}}"#,
            "x]".repeat(90)
        );
        for value in [
            "{}",
            "[]",
            r#"[1,{"a":"]"},[]]"#,
            r#"{"b" :[{}],"c":"\\"}"#,
            &long,
        ] {
            for spaces in 0..BLOCK {
                for after in ["", "]", ",?\\", "}x\u{1}"] {
                    let text = format!("{}{value}{after}", " ".repeat(spaces));
                    let end = has_avx2().then_some(spaces + value.len());
                    assert_eq!(sound_end(text.as_bytes(), spaces), end, "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_sound_has_no_end() {
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        for text in [
            "{",
            "[1}",
            r#"{"a":1,{"b":2}}"#,
            r#"{"a":[1,2}]"#,
            r#"{"a":"b}"#,
            r#"{"a":"b\"}"#,
            r#"{"a":b}"#,
            r#"{"a":'1'}"#,
            "{\"a\":\"\t\"}",
            r#"{\"a":1}"#,
            &deep,
        ] {
            assert_eq!(sound_end(text.as_bytes(), 0), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn escapes_are_told_from_escaped_ones(escapes in any::<u64>(), before in any::<bool>()) {
            let mut open = Open { escape: before, ..Open::default() };
            let told = open.escaped(escapes);
            let (mut escape, mut wanted) = (before, 0_u64);
            for bit in 0..u64::BITS {
                wanted |= u64::from(escape) << bit;
                escape = !escape && escapes >> bit & 1 == 1;
            }
            prop_assert_eq!((told, open.escape), (wanted, escape));
        }
    }
}
