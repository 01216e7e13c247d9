//! Knows how the records of a text begin, to find the next one behind a damaged one.
//!
//! A beginning is everything up to the first key, white space and all, and the name of the second
//! key: nested objects may share the first key, hardly ever both and the indentation.

use std::ops::Range;

use memchr::memmem::Finder;

/// How far a beginning is looked at, in bytes.
const LOOK_BYTES_MAX: usize = 4096;

/// How a record begins.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    /// From the brace to the first key's last quote.
    head: Finder<'static>,
    /// The second key, where the first value is no list or object.
    second: Option<Vec<u8>>,
}

/// What a look for a beginning gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// A record begins at this place.
    Begins(usize),
    /// None begins before this place; more text is needed to say more.
    NotBefore(usize),
}

impl Opening {
    /// How this record begins; `None` where it does not begin with a key.
    pub(super) fn of(record: &[u8]) -> Option<Self> {
        let head = first_key(record)?;
        let second = match second_key(record, head) {
            Second::Key(range) => Some(record[range].to_vec()),
            Second::None | Second::Cut => None,
        };
        Some(Self {
            head: Finder::new(&record[..head]).into_owned(),
            second,
        })
    }

    /// Looks for a beginning in `text`, from a place on.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Sight {
        let head = self.head.needle().len();
        let mut at = from.min(text.len());
        while let Some(hit) = self.head.find(&text[at..]) {
            let place = at + hit;
            let Some(second) = &self.second else {
                return Sight::Begins(place);
            };
            match second_key(&text[place..], head) {
                Second::Key(range) if text[place..][range.clone()] == **second => {
                    return Sight::Begins(place);
                }
                Second::Cut => return Sight::NotBefore(place),
                Second::Key(_) | Second::None => at = place + 1,
            }
        }
        Sight::NotBefore(text.len().saturating_sub(head - 1).max(at))
    }
}

enum Second {
    Key(Range<usize>),
    /// There is none, or it stands behind a list or object.
    None,
    /// The text ends before it can be told.
    Cut,
}

fn space(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The place behind the last quote of the first key.
fn first_key(record: &[u8]) -> Option<usize> {
    let key = space(record, 1);
    (record.first() == Some(&b'{') && record.get(key) == Some(&b'"')).then_some(())?;
    text_end(record, key + 1)
}

/// The place behind the closing quote of a text that begins at `at`.
fn text_end(text: &[u8], mut at: usize) -> Option<usize> {
    let text = &text[..text.len().min(LOOK_BYTES_MAX)];
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The second key of a record whose first key ends at `head`.
fn second_key(record: &[u8], head: usize) -> Second {
    let cut = if record.len() < LOOK_BYTES_MAX {
        Second::Cut
    } else {
        Second::None
    };
    let colon = space(record, head);
    let value = space(record, colon + 1);
    let end = match (record.get(colon), record.get(value)) {
        (Some(b':'), Some(b'"')) => match text_end(record, value + 1) {
            Some(end) => end,
            None => return cut,
        },
        (Some(b':'), Some(b'{' | b'[')) => return Second::None,
        (Some(b':'), Some(_)) => {
            let stop = |b: &u8| matches!(b, b',' | b'}') || b.is_ascii_whitespace();
            match record[value..].iter().position(stop) {
                Some(len) => value + len,
                None => return cut,
            }
        }
        (None | Some(b':'), _) => return cut,
        _ => return Second::None,
    };
    let comma = space(record, end);
    let key = space(record, comma + 1);
    match (record.get(comma), record.get(key)) {
        (Some(b','), Some(b'"')) => match text_end(record, key + 1) {
            Some(end) => Second::Key(key..end),
            None => cut,
        },
        (None, _) | (Some(b','), None) => cut,
        _ => Second::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_two_keys() {
        let opening = Opening::of(br#"{"id":"a\"b","createdDateTime":1}"#).expect("a beginning");
        let text = br#"{"id":"policy","displayName":1},{"id":null,"createdDateTime":2}"#;
        assert_eq!(opening.find(text, 0), Sight::Begins(32));
        assert_eq!(opening.find(&text[..50], 0), Sight::NotBefore(32));
        assert_eq!(opening.find(&text[..31], 0), Sight::NotBefore(27));
        assert!(Opening::of(b"{}").is_none());
        assert!(Opening::of(b"[1]").is_none());
    }
}
