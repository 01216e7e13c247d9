//! Cuts CSV text into rows and rows into cells: quotes, doubled quotes, line breaks in quotes.
//!
//! A quote that is never closed costs its line, not the rest of the file: a closing quote must
//! stand before a delimiter or the end of the line, so that the damage shows early.

use std::borrow::Cow;
use std::ops::Range;

use super::seek::quote;

/// What the cutter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// A row without its line break, as a range of the buffer.
    Row(Range<usize>),
    /// A line whose quotes do not match.
    Broken(Range<usize>),
}

/// Where in a CSV text the cutter is. Feed it a growing buffer.
#[derive(Debug)]
pub struct RowCutter {
    at: usize,
    start: usize,
    quoted: bool,
    delimiter: u8,
}

impl RowCutter {
    /// A cutter at the beginning of a row.
    pub fn new(delimiter: u8) -> Self {
        Self {
            at: 0,
            start: 0,
            quoted: false,
            delimiter,
        }
    }

    /// Goes on through `buffer`; `ended` says that no more will come.
    pub fn push(&mut self, buffer: &[u8], ended: bool, found: &mut Vec<Cut>) {
        while self.at < buffer.len() {
            if self.quoted {
                let Some(place) = quote(buffer, self.at) else {
                    self.at = buffer.len();
                    break;
                };
                match buffer.get(place + 1) {
                    None if !ended => {
                        self.at = place;
                        return;
                    }
                    Some(b'"') => self.at = place + 2,
                    None | Some(b'\n' | b'\r') => self.unquote(place),
                    Some(next) if *next == self.delimiter => self.unquote(place),
                    // Without a line break to go on behind, the quote is taken as it stands.
                    Some(_) if !self.give_up(buffer, found) => self.at = place + 1,
                    Some(_) => {}
                }
                continue;
            }
            let Some(hit) = memchr::memchr2(b'"', b'\n', &buffer[self.at..]) else {
                self.at = buffer.len();
                break;
            };
            let place = self.at + hit;
            self.at = place + 1;
            if buffer[place] == b'\n' {
                self.end_row(buffer, place, found);
            } else {
                self.quoted = place == self.start || buffer[place - 1] == self.delimiter;
            }
        }
        if ended {
            self.finish(buffer, found);
        }
    }

    fn unquote(&mut self, place: usize) {
        self.quoted = false;
        self.at = place + 1;
    }

    fn end_row(&mut self, buffer: &[u8], end: usize, found: &mut Vec<Cut>) {
        let row = self.start..end;
        if !buffer[row.clone()].trim_ascii().is_empty() {
            let cr = usize::from(buffer[..end].ends_with(b"\r") && end > self.start);
            found.push(Cut::Row(self.start..end - cr));
        }
        self.start = end + 1;
    }

    /// Gives the first line of the open row up and goes on behind it; false where there is none.
    pub fn give_up(&mut self, buffer: &[u8], found: &mut Vec<Cut>) -> bool {
        let Some(line) = memchr::memchr(b'\n', &buffer[self.start..]) else {
            return false;
        };
        let end = self.start + line;
        found.push(Cut::Broken(self.start..end));
        self.start = end + 1;
        self.at = self.start;
        self.quoted = false;
        true
    }

    fn finish(&mut self, buffer: &[u8], found: &mut Vec<Cut>) {
        if self.quoted {
            if self.give_up(buffer, found) {
                return self.push(buffer, true, found);
            }
            found.push(Cut::Broken(self.start..buffer.len()));
        } else if self.start < buffer.len() {
            self.end_row(buffer, buffer.len(), found);
        }
        self.start = buffer.len();
    }

    /// Bytes at the buffer's start that are no longer needed; the caller drops them.
    pub fn consumed(&mut self) -> usize {
        let gone = self.start;
        self.at = self.at.saturating_sub(gone);
        self.start = 0;
        gone
    }
}

/// The cells of one row. A cell with doubled quotes is a copy, any other borrows.
pub(super) struct Cells<'a> {
    text: &'a str,
    at: Option<usize>,
    delimiter: u8,
}

/// Goes through the cells of a row.
pub(super) fn cells(row: &str, delimiter: u8) -> Cells<'_> {
    Cells {
        text: row,
        at: Some(0),
        delimiter,
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at?;
        let bytes = self.text.as_bytes();
        if bytes.get(start) == Some(&b'"')
            && let Some((cell, end)) = self.quoted(start + 1)
        {
            self.at = (end < bytes.len()).then_some(end + 1);
            return Some(cell);
        }
        let rest = &bytes[start..];
        let end = memchr::memchr(self.delimiter, rest).map_or(bytes.len(), |len| start + len);
        self.at = (end < bytes.len()).then_some(end + 1);
        Some(Cow::Borrowed(&self.text[start..end]))
    }
}

impl<'a> Cells<'a> {
    /// A quoted cell that begins at `from`, and the place of the delimiter behind it.
    fn quoted(&self, from: usize) -> Option<(Cow<'a, str>, usize)> {
        let bytes = self.text.as_bytes();
        // What is copied already, up to `copied`.
        let (mut at, mut copy, mut copied) = (from, String::new(), from);
        loop {
            let place = quote(bytes, at)?;
            match bytes.get(place + 1) {
                Some(b'"') => {
                    copy.push_str(&self.text[copied..=place]);
                    at = place + 2;
                    copied = at;
                }
                next if next.is_none_or(|b| *b == self.delimiter) => {
                    let last = &self.text[copied..place];
                    if copied == from {
                        return Some((Cow::Borrowed(last), place + 1));
                    }
                    copy.push_str(last);
                    return Some((Cow::Owned(copy), place + 1));
                }
                _ => at = place + 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, step: usize) -> Vec<String> {
        let mut cutter = RowCutter::new(b',');
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(step).collect();
        for (i, chunk) in chunks.iter().enumerate() {
            buffer.extend_from_slice(chunk);
            let mut found = Vec::new();
            cutter.push(&buffer, i + 1 == chunks.len(), &mut found);
            for cut in found {
                let (mark, range) = match cut {
                    Cut::Row(range) => ("", range),
                    Cut::Broken(range) => ("!", range),
                };
                out.push(format!("{mark}{}", String::from_utf8_lossy(&buffer[range])));
            }
            let gone = cutter.consumed();
            buffer.drain(..gone);
        }
        out
    }

    #[test]
    fn rows_and_cells() {
        let text = "a,\"b\nb\",c\r\n\r\nd,\"e\"\"e\",5\" disk\nlast,,";
        for step in [1, 3, 100] {
            assert_eq!(
                rows(text, step),
                ["a,\"b\nb\",c", "d,\"e\"\"e\",5\" disk", "last,,"]
            );
        }
        let cells: Vec<_> = cells("d,\"e\"\"e\",\"x, y\",5\" disk,", b',').collect();
        assert_eq!(cells, ["d", "e\"e", "x, y", "5\" disk", ""]);
    }

    #[test]
    fn an_unclosed_quote_costs_its_line() {
        for step in [1, 4, 100] {
            assert_eq!(
                rows("a,\"b\nc,\"d\"\ne,f\n", step),
                ["!a,\"b", "c,\"d\"", "e,f"],
                "{step}"
            );
            assert_eq!(rows("a,\"b\nc,d\n", step), ["!a,\"b", "c,d"], "{step}");
            assert_eq!(rows("a,\"b", step), ["!a,\"b"], "{step}");
        }
    }
}
