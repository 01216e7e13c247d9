//! Opens pages: `{"records":[…]}` of Event Hub and `{"value":[…]}` of Graph.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::facts::{FileFacts, Reading};
use super::opening::{Opening, Sight};
use super::raw::{elements_here, string};
use super::scan::Scanner;
use super::split::{Found, Splitter};

/// The keys of a list of records.
static LISTS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| ["\"records\"", "\"Records\"", "\"value\""].map(Finder::new));

/// Bytes in which the key of the list of a page stands, and those of white space between it and the
/// list.
const HEAD_BYTES: usize = 256;
const SPACE_BYTES: usize = 256;

/// The records of a page, where the piece is one.
pub(super) fn page_of(piece: &str) -> Option<Vec<&str>> {
    // A list opens soon behind its key.
    let near = &piece.as_bytes()[..piece.len().min(HEAD_BYTES + SPACE_BYTES)];
    memchr::memchr(b'[', near)?;
    let head = piece.get(..piece.len().min(HEAD_BYTES)).unwrap_or(piece);
    let wrapped = LISTS.iter().any(|k| k.find(head.as_bytes()).is_some());
    if !wrapped || piece.contains("\"createdDateTime\"") && !head_is_wrapper(head) {
        return None;
    }
    match lists_of(piece) {
        Some(records) => Some(records),
        // A damaged page still holds good records.
        None if head_is_wrapper(head) => Some(salvage(piece)),
        None => None,
    }
}

/// The elements of the lists of records of an object; `None` where it has none, or is no sound object.
fn lists_of(piece: &str) -> Option<Vec<&str>> {
    let mut scanner = Scanner::new(piece);
    let mut records: Option<Vec<&str>> = None;
    scanner.take(b'{').then_some(())?;
    loop {
        let key = string(Cow::Borrowed(scanner.string().ok()?.0))?;
        scanner.take(b':').then_some(())?;
        if is_list(&key) && scanner.peek() == Some(b'[') {
            let list = elements_here(&mut scanner)?;
            records.get_or_insert_default().extend(list);
        } else {
            scanner.value().ok()?;
        }
        if scanner.take(b'}') {
            return scanner.end().ok().and(records);
        }
        scanner.take(b',').then_some(())?;
    }
}

fn is_list(key: &str) -> bool {
    matches!(key, "records" | "Records" | "value")
}

/// The records of a page that is no valid JSON as a whole, and what is left between them.
fn salvage(piece: &str) -> Vec<&str> {
    let parts = parts(piece.as_bytes()).into_iter();
    let parts: Vec<&str> = parts.filter_map(|range| piece.get(range)).collect();
    match parts.is_empty() {
        true => vec![piece],
        false => parts,
    }
}

/// What a splitter finds in a piece, sound or not, and what is left behind it.
fn parts(piece: &[u8]) -> Vec<Range<usize>> {
    let (mut splitter, mut found) = (Splitter::default(), Vec::new());
    splitter.push(piece, &mut found);
    splitter.finish(piece, &mut found);
    let ranges = found.into_iter().map(|f| match f {
        Found::Record(range) | Found::Junk(range) | Found::Damaged(range) => range,
    });
    ranges.chain(splitter.rest(piece)).collect()
}

/// What can be read of a piece that is no valid UTF-8, part by part: a page is not lost for one of its
/// records.
pub fn parts_of(piece: &[u8], facts: &FileFacts) -> Vec<Range<usize>> {
    let head = String::from_utf8_lossy(&piece[..piece.len().min(HEAD_BYTES)]);
    let mut parts = match facts.reading {
        Reading::Json(_) if head_is_wrapper(&head) => parts(piece),
        _ => Vec::new(),
    };
    if parts.is_empty() {
        parts.push(0..piece.len());
    }
    parts
}

/// The records on a line that holds more than one, and what stands between them. Objects that do
/// not begin as the line does are inside of a record, which shows that it is a damaged one.
pub(super) fn joined(piece: &str) -> Option<Vec<&str>> {
    let opening = Opening::of(piece.as_bytes())?;
    let begins = |part: &str| opening.find(part.as_bytes(), 0) == Sight::Begins(0);
    let (mut splitter, mut found) = (Splitter::default(), Vec::new());
    splitter.push(piece.as_bytes(), &mut found);
    splitter.finish(piece.as_bytes(), &mut found);
    let rest = splitter.rest(piece.as_bytes()).map(Found::Junk);
    let (mut parts, mut whole) = (Vec::new(), 0);
    for found in found.into_iter().chain(rest) {
        match found {
            Found::Record(range) => {
                let part = piece
                    .get(range)
                    .filter(|p| begins(p) && p.len() < piece.len())?;
                whole += 1;
                parts.push(part);
            }
            Found::Junk(range) | Found::Damaged(range) => parts.push(piece.get(range)?),
        }
    }
    (whole > 0).then_some(parts)
}

/// Whether the first bytes open a page: its list or Graph's context comes first.
fn head_is_wrapper(head: &str) -> bool {
    let first = head.trim_start_matches(|c: char| c == '{' || c.is_whitespace());
    ["\"records\"", "\"Records\"", "\"value\"", "\"@odata"]
        .iter()
        .any(|k| first.starts_with(k))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_every_list_of_a_page_are_found() {
        let page = r#"{"value":[{"id":1}],"x":{"value":[{"id":9}]},"records":[{"id":2},{"id":3}]}"#;
        let told = [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":3}"#];
        assert_eq!(page_of(page), Some(told.to_vec()));
        assert_eq!(
            page_of(r#"{"value":1,"x":[{"id":9}]}"#).map(|p| p.len()),
            Some(1)
        );
        assert_eq!(page_of(r#"{"id":1,"x":[{"id":9}]}"#), None);
    }
}
