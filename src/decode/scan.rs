//! Scans JSON text: finds where keys and values begin and end, without parsing what they hold.
//!
//! In: text that is valid UTF-8. Out: slices of it. Checked are brackets and their nesting, control
//! characters in strings, literals and numbers; commas and colons of a list or object that nobody
//! looks into are not.

use super::blocks::sound_end;
use super::seek::{space_end, special, specials_of};

/// Deepest nesting of a value; real ones reach 6.
pub(super) const DEPTH_MAX: usize = 128;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The text ends too early.
    CutOff,
    /// This was expected at this byte.
    Expected(&'static str, usize),
    TooDeep,
}

impl Fault {
    /// The reason of a reject.
    pub(super) fn reason(self) -> String {
        match self {
            Self::CutOff => "invalid JSON: the text ends too early".to_owned(),
            Self::Expected(what, at) => format!("invalid JSON: no {what} at byte {at}"),
            Self::TooDeep => format!("lists and objects nest deeper than {DEPTH_MAX}"),
        }
    }
}

/// A string without escapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoted<'t> {
    text: &'t str,
    /// Where its quotes stand.
    begin: usize,
    quote: usize,
}

impl<'t> Quoted<'t> {
    /// A whole text that is one.
    pub(super) fn whole(raw: &'t str) -> Self {
        Self {
            text: raw,
            begin: 0,
            quote: raw.len() - 1,
        }
    }

    /// What it holds.
    #[inline(always)]
    pub(super) fn inner(self) -> &'t str {
        &self.text[self.begin + 1..self.quote]
    }

    /// The same with its quotes.
    pub(super) fn raw(self) -> &'t str {
        &self.text[self.begin..=self.quote]
    }
}

/// Goes through a text.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    /// A scanner at the beginning of a text.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte, behind white space; `None` at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        let byte = *bytes.get(self.at)?;
        if byte > b' ' {
            return Some(byte);
        }
        self.peek_behind_space()
    }

    /// The same where white space stands here: a single space as a rule.
    #[inline]
    fn peek_behind_space(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at..self.at + 2) {
            Some(&[b' ', next]) if next > b' ' => {
                self.at += 1;
                return Some(next);
            }
            _ => {}
        }
        self.at = space_end(bytes, self.at);
        bytes.get(self.at).copied()
    }

    /// Goes over the next byte if it is this one.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Goes over a byte that must be there.
    pub(super) fn expect(&mut self, byte: u8, name: &'static str) -> Result<(), Fault> {
        match self.take(byte) {
            true => Ok(()),
            false => Err(self.lacks(name)),
        }
    }

    /// What must be here is not.
    pub(super) fn lacks(&self, name: &'static str) -> Fault {
        if self.at < self.text.len() {
            Fault::Expected(name, self.at)
        } else {
            Fault::CutOff
        }
    }

    /// Goes over this text if it stands here.
    #[inline(always)]
    pub(super) fn take_text(&mut self, text: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..self.at + text.len());
        let found = rest.is_some_and(|rest| same(rest, text.as_bytes()));
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Where it is.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Goes back to a place where it was.
    pub(super) fn back_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The text from a place where it was up to here.
    pub(super) fn since(&self, place: usize) -> &'t str {
        &self.text[place..self.at]
    }

    /// The text between two places where it was.
    pub(super) fn between(&self, begin: usize, end: usize) -> &'t str {
        &self.text[begin..end]
    }

    /// Goes over bytes that were looked at.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The text from a place where it was up to the comma or closing bracket that stands here.
    pub(super) fn with_end(&self, place: usize) -> Option<&'t str> {
        let next = self.text.as_bytes().get(self.at);
        matches!(next, Some(b',' | b'}')).then(|| &self.text[place..=self.at])
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Nothing but white space may be left.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.lacks("end of the text")),
        }
    }

    /// The next string with its quotes, and whether it holds an escape.
    pub(super) fn string(&mut self) -> Result<(&'t str, bool), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.lacks("string"));
        }
        let start = self.at;
        let (end, escaped) = string_end(self.text.as_bytes(), start + 1)?;
        self.at = end;
        Ok((&self.text[start..end], escaped))
    }

    /// The next value if it is a string without escapes.
    #[inline(always)]
    pub(super) fn plain_string(&mut self) -> Option<Quoted<'t>> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let begin = self.at;
        let bytes = self.text.as_bytes();
        let mut at = begin + 1;
        while let Some(part) = bytes.get(at..).and_then(|b| b.first_chunk()) {
            let hits = specials_of(part);
            if hits == 0 {
                at += part.len();
                continue;
            }
            at += hits.trailing_zeros() as usize;
            return self.plain_to(begin, at);
        }
        let end = special(bytes, at)?;
        self.plain_to(begin, end)
    }

    /// The string from a place to its closing quote, if that is what stands at another.
    #[inline]
    fn plain_to(&mut self, begin: usize, quote: usize) -> Option<Quoted<'t>> {
        if self.text.as_bytes()[quote] != b'"' {
            return None;
        }
        self.at = quote + 1;
        Some(Quoted {
            text: self.text,
            begin,
            quote,
        })
    }

    /// The next value as it is written.
    pub(super) fn value(&mut self) -> Result<&'t str, Fault> {
        let bytes = self.text.as_bytes();
        let byte = self.peek().ok_or(Fault::CutOff)?;
        let start = self.at;
        self.at = match byte {
            b'"' => string_end(bytes, start + 1)?.0,
            b'{' | b'[' => match sound_end(bytes, start) {
                Some(end) => end,
                None => nested_end(bytes, start)?,
            },
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => number_end(bytes, start).ok_or_else(|| self.lacks("value"))?,
        };
        Ok(&self.text[start..self.at])
    }

    fn literal(&self, word: &'static str) -> Result<usize, Fault> {
        match self.rest().starts_with(word) {
            true => Ok(self.at + word.len()),
            false => Err(self.lacks("value")),
        }
    }
}

/// Whether two texts of one length are the same; most are too short to be worth a call.
#[inline]
fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() > 40 || left.len() < 8 {
        return left == right;
    }
    let (lefts, rights) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
    left.last_chunk::<8>() == right.last_chunk() && lefts.iter().zip(rights).all(|(l, r)| l == r)
}

/// Whether a text is one JSON value.
pub(super) fn is_value(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.value().is_ok() && scanner.end().is_ok()
}

/// The place behind the closing quote of a string that begins at `at`, and whether it holds an
/// escape. Control characters must be escaped.
fn string_end(bytes: &[u8], mut at: usize) -> Result<(usize, bool), Fault> {
    let mut escaped = false;
    loop {
        at = special(bytes, at).ok_or(Fault::CutOff)?;
        match bytes[at] {
            b'"' => return Ok((at + 1, escaped)),
            b'\\' => escaped = true,
            _ => return Err(Fault::Expected("escape of a control character", at)),
        }
        at += 2;
    }
}

/// The place behind the list or object that begins at `at`.
fn nested_end(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    // One bit a level: whether it is an object.
    let (mut kinds, mut depth) = (0_u128, 0);
    loop {
        let byte = *bytes.get(at).ok_or(Fault::CutOff)?;
        at += 1;
        match byte {
            b'"' => at = string_end(bytes, at)?.0,
            b' ' => at = space_end(bytes, at),
            b'[' | b'{' => {
                if depth == DEPTH_MAX {
                    return Err(Fault::TooDeep);
                }
                kinds = kinds << 1 | u128::from(byte == b'{');
                depth += 1;
            }
            b']' | b'}' => {
                if (kinds & 1 == 1) != (byte == b'}') {
                    return Err(Fault::Expected("matching bracket", at - 1));
                }
                kinds >>= 1;
                depth -= 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
            _ => {}
        }
    }
}

/// The place behind the number that begins at `at`.
fn number_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let digits = |at: usize| {
        bytes[at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let next = |at: usize| bytes.get(at).copied();
    at += usize::from(next(at) == Some(b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && next(at) == Some(b'0')) {
        return None;
    }
    at += whole;
    if next(at) == Some(b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(next(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(next(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_end() {
        let values = [
            r#""""#,
            r#""a longer text, over thirty-two bytes of it, with \" and \\""#,
            r#"[1,{"a":"]"},[]]"#,
            r#"{"b":[{}],"c":"\\"}"#,
            "-12.5e+3",
            "0",
            "true",
            "null",
        ];
        for value in values {
            for after in ["", ",1", " }", "]"] {
                let text = format!("  {value}{after}");
                let mut scanner = Scanner::new(&text);
                assert_eq!(scanner.value(), Ok(value), "{text}");
                assert_eq!(scanner.rest(), after);
            }
            assert!(is_value(value));
            assert!(!is_value(&format!("{value} {value}")), "{value}");
        }
    }

    #[test]
    fn no_values() {
        for text in [
            "",
            "\"a",
            "\"a\\",
            "\"a\\\"",
            "[1",
            "[1}",
            "{\"a\":[}]",
            "tru",
            "-",
            "01",
            "1.",
            "1e",
            "\"a\tb\"",
            "\"a text of over thirty-two bytes, then\n\"",
            "x",
            "'a'",
        ] {
            assert!(!is_value(text), "{text}");
        }
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(is_value(&nested(DEPTH_MAX)));
        let too_deep = nested(DEPTH_MAX + 1);
        assert_eq!(Scanner::new(&too_deep).value(), Err(Fault::TooDeep));
    }

    #[test]
    fn every_length_of_a_string() {
        for len in 0..100 {
            let text = format!("\"{}\"", "é".repeat(len));
            assert_eq!(Scanner::new(&text).string(), Ok((text.as_str(), false)));
            let text = format!("\"{}\\u00e9\"", "x".repeat(len));
            assert_eq!(Scanner::new(&text).string(), Ok((text.as_str(), true)));
        }
    }

    proptest::proptest! {
        #[test]
        fn a_sound_end_is_where_brackets_and_quotes_end(
            changes in proptest::collection::vec((0_usize..400, 0_usize..14), 0..5),
        ) {
            let text = r#"[{"a":"b\\\"}]\u00e9","c" : [1.5E+3,{"d":[null,true]} ]},{"é{{":"0123456789 0123456789 0123456789 0123456789"},[[]]]"#;
            let mut text = format!("{text} {text}").into_bytes();
            for (place, change) in changes {
                let place = place % text.len();
                text[place] = b"{}[]\",:\\x1\t \n"[change % 13];
            }
            for at in (0..text.len()).filter(|at| matches!(text[*at], b'{' | b'[')) {
                if let Some(end) = sound_end(&text, at) {
                    proptest::prop_assert_eq!(nested_end(&text, at), Ok(end));
                }
            }
        }
    }
}
