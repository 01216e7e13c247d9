//! Looks for bytes in text, sixteen or eight at a time.

/// The place of the next quote, backslash or control character from `at` on.
#[inline]
pub(super) fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(part) = bytes.get(at..).and_then(|b| b.first_chunk()) {
        let hits = specials_of(part);
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize);
        }
        at += part.len();
    }
    let rest = bytes.get(at..)?;
    let hit = |b: &u8| matches!(b, b'"' | b'\\' | 0..b' ');
    rest.iter().position(hit).map(|place| at + place)
}

/// A bit for each byte that is a quote, a backslash or a control character.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn specials_of(part: &[u8; 16]) -> u32 {
    // SAFETY: every x86-64 processor has SSE2.
    unsafe { sse2_specials_of(part) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn sse2_specials_of(part: &[u8; 16]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    // SAFETY: sixteen bytes are there to be read.
    let text = unsafe { _mm_loadu_si128(part.as_ptr().cast()) };
    let quotes = _mm_cmpeq_epi8(text, _mm_set1_epi8(b'"' as i8));
    let escapes = _mm_cmpeq_epi8(text, _mm_set1_epi8(b'\\' as i8));
    let least = _mm_min_epu8(text, _mm_set1_epi8(b' ' as i8 - 1));
    let controls = _mm_cmpeq_epi8(text, least);
    let any = _mm_or_si128(_mm_or_si128(quotes, escapes), controls);
    _mm_movemask_epi8(any) as u32
}

/// A bit for each byte that is a quote, a backslash or a control character.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn specials_of(part: &[u8; 16]) -> u32 {
    let hit = |b: u8| u32::from(b == b'"' || b == b'\\' || b < b' ');
    (0..16).fold(0, |bits, at| bits | hit(part[at]) << at)
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte of `word` that equals `byte`; bits above the lowest one may be wrong.
fn matches_of(word: u64, byte: u8) -> u64 {
    let differs = word ^ (ONES * u64::from(byte));
    differs.wrapping_sub(ONES) & !differs & HIGHS
}

/// The first place from `at` on that is no white space. Scripts indent by dozens of spaces.
pub(super) fn space_end(bytes: &[u8], mut at: usize) -> usize {
    const SPACES: [u8; 8] = [b' '; 8];
    loop {
        while bytes.get(at..).and_then(|b| b.first_chunk()) == Some(&SPACES) {
            at += 8;
        }
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// The place of the next quote or backslash from `at` on.
pub(super) fn quote_or_escape(bytes: &[u8], at: usize) -> Option<usize> {
    let hits = |word| matches_of(word, b'"') | matches_of(word, b'\\');
    let far = |rest: &[u8]| memchr::memchr2(b'"', b'\\', rest);
    find(bytes, at, hits, far)
}

/// The place of the next quote from `at` on.
pub(super) fn quote(bytes: &[u8], at: usize) -> Option<usize> {
    let far = |rest: &[u8]| memchr::memchr(b'"', rest);
    find(bytes, at, |word| matches_of(word, b'"'), far)
}

/// Texts are short as a rule: their first bytes are looked at eight at a time before the search
/// for long ones is called.
#[inline]
fn find(
    bytes: &[u8],
    mut at: usize,
    hits: impl Fn(u64) -> u64,
    far: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    for _ in 0..4 {
        let Some(word) = bytes.get(at..).and_then(|b| b.first_chunk::<8>()) else {
            break;
        };
        let hits = hits(u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    far(bytes.get(at..)?).map(|place| at + place)
}
