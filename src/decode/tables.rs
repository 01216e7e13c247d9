//! Cuts the answer of a query, `{"tables":[{"columns":[…],"rows":[[…],…]}]}`, into its rows.
//!
//! Columns must stand before the rows, as the service writes them. A damaged row costs itself: the
//! cut goes on where the next list begins behind a comma.

use std::ops::Range;

use super::json::walk;
use super::raw::elements;
use super::target::{Sink, Target, text};

/// What the cutter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// The list of columns of the rows that follow.
    Columns(Range<usize>),
    Row(Range<usize>),
    Damaged(Range<usize>),
    /// A value that stands where a row was expected and is no list.
    Junk(Range<usize>),
}

/// What the cutter is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    Columns,
    Row,
    Junk,
}

/// Where in a document the cutter is. Feed it a growing buffer.
#[derive(Debug, Default)]
pub struct TableCutter {
    at: usize,
    depth: u32,
    in_string: bool,
    escaped: bool,
    string_start: usize,
    last_string: Range<usize>,
    /// Where the list of columns or the row began, the depth around it, and what it is.
    start: Option<(usize, u32, Begun)>,
    /// Depth inside the list of rows, while in it.
    rows: Option<u32>,
}

impl TableCutter {
    /// Goes on through `buffer`; `ended` says that no more will come.
    pub fn push(&mut self, buffer: &[u8], ended: bool, found: &mut Vec<Cut>) {
        loop {
            self.scan(buffer, found);
            if !ended || self.start.is_none() || !self.give_up(buffer, found) {
                break;
            }
        }
        if ended && let Some((from, _, _)) = self.start.take() {
            found.push(Cut::Damaged(from..buffer.len()));
        }
    }

    fn scan(&mut self, buffer: &[u8], found: &mut Vec<Cut>) {
        while let Some(&byte) = buffer.get(self.at) {
            let place = self.at;
            self.at += 1;
            if self.in_string {
                self.string(buffer, byte, place);
                continue;
            }
            match byte {
                b'"' => {
                    self.stray(place);
                    self.in_string = true;
                    self.string_start = place + 1;
                }
                b'[' => self.open_list(buffer, place, found),
                b'{' => {
                    self.stray(place);
                    self.depth += 1;
                }
                b']' | b'}' => self.close(place, found),
                b',' => self.end_junk(place, found),
                b':' | b' ' | b'\t' | b'\r' | b'\n' => {}
                byte => {
                    self.stray(place);
                    let literal = byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
                    let word = byte.is_ascii_alphabetic() && !b"aeflnrstuE".contains(&byte);
                    if (!literal || word) && self.start.is_some() {
                        self.give_up(buffer, found);
                    }
                }
            }
        }
    }

    /// Gives the open row up and goes on at the next; false where none is in sight.
    pub fn give_up(&mut self, buffer: &[u8], found: &mut Vec<Cut>) -> bool {
        let (Some((from, depth, Begun::Row)), Some(_)) = (self.start, self.rows) else {
            return false;
        };
        let mut at = from + 1;
        while let Some(hit) = memchr::memchr(b']', &buffer[at..]) {
            let end = at + hit;
            let between = |b: &u8| b.is_ascii_whitespace();
            let mut next = end + 1;
            next += buffer[next..].iter().take_while(|b| between(b)).count();
            if buffer.get(next) == Some(&b',') {
                next += 1;
                next += buffer[next..].iter().take_while(|b| between(b)).count();
                if buffer.get(next) == Some(&b'[') {
                    found.push(Cut::Damaged(from..end + 1));
                    self.start = None;
                    self.depth = depth;
                    self.in_string = false;
                    self.escaped = false;
                    self.at = next;
                    return true;
                }
            }
            at = end + 1;
        }
        false
    }

    fn string(&mut self, buffer: &[u8], byte: u8, place: usize) {
        if self.escaped {
            self.escaped = false;
            return;
        }
        match byte {
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                self.last_string = self.string_start..place;
            }
            _ => {
                let rest = &buffer[self.at..];
                self.at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            }
        }
    }

    /// A value that is no list begins where a row should.
    fn stray(&mut self, place: usize) {
        if self.start.is_none() && self.rows == Some(self.depth) {
            self.start = Some((place, self.depth, Begun::Junk));
        }
    }

    /// Ends a value that is no list, at the comma or bracket behind it.
    fn end_junk(&mut self, place: usize, found: &mut Vec<Cut>) {
        if let Some((from, depth, Begun::Junk)) = self.start
            && depth == self.depth
        {
            self.start = None;
            found.push(Cut::Junk(from..place));
        }
    }

    fn open_list(&mut self, buffer: &[u8], place: usize, found: &mut Vec<Cut>) {
        self.end_junk(place, found);
        let key = buffer.get(self.last_string.clone()).unwrap_or_default();
        if self.start.is_none() {
            if self.rows == Some(self.depth) {
                self.start = Some((place, self.depth, Begun::Row));
            } else if self.rows.is_none() && key == b"columns" {
                self.start = Some((place, self.depth, Begun::Columns));
            } else if self.rows.is_none() && key == b"rows" {
                self.rows = Some(self.depth + 1);
            }
        }
        self.depth += 1;
    }

    fn close(&mut self, place: usize, found: &mut Vec<Cut>) {
        self.end_junk(place, found);
        self.depth = self.depth.saturating_sub(1);
        match self.start {
            Some((from, depth, begun)) if depth == self.depth => {
                self.start = None;
                self.last_string = 0..0;
                let range = from..place + 1;
                found.push(match begun {
                    Begun::Columns => Cut::Columns(range),
                    Begun::Row => Cut::Row(range),
                    Begun::Junk => Cut::Junk(range),
                });
            }
            None if self.rows.is_some_and(|rows| self.depth < rows) => {
                self.rows = None;
                self.last_string = 0..0;
            }
            _ => {}
        }
    }

    /// Whether the document ended before its end.
    pub fn is_unfinished(&self) -> bool {
        self.depth > 0 || self.in_string
    }

    /// Bytes at the buffer's start that are no longer needed; the caller drops them.
    pub fn consumed(&mut self) -> usize {
        let keep = match self.start {
            Some((from, _, _)) => from,
            None if self.in_string => self.string_start,
            None => self.last_string.start.min(self.at),
        };
        let keep = if self.last_string.is_empty() && self.start.is_none() && !self.in_string {
            self.at
        } else {
            keep
        };
        self.at -= keep;
        self.start = self
            .start
            .map(|(from, depth, begun)| (from - keep, depth, begun));
        self.string_start = self.string_start.saturating_sub(keep);
        let last = &self.last_string;
        self.last_string = last.start.saturating_sub(keep)..last.end.saturating_sub(keep);
        keep
    }

    /// Forgets the whole buffer, which the caller drops, and the row it began.
    pub fn skip(&mut self) -> usize {
        self.start = None;
        self.string_start = 0;
        self.last_string = 0..0;
        std::mem::take(&mut self.at)
    }
}

/// The names in a list of columns: `[{"name":"TenantId","type":"string"},…]`.
pub fn column_names(columns: &str) -> Option<Vec<String>> {
    let names = elements(columns)?.into_iter().map(|column| {
        let mut name = Name::default();
        walk(column, &[], &mut name).ok()?;
        name.0
    });
    names.collect()
}

#[derive(Default)]
struct Name(Option<String>);

impl<'de> Sink<'de> for Name {
    fn known(&mut self, _: &Target, _: &'static str, _: std::borrow::Cow<'de, str>) {}

    fn unknown(&mut self, _: &str, key: &str, raw: std::borrow::Cow<'de, str>) {
        if matches!(key, "name" | "Name" | "ColumnName") {
            self.0 = text(raw).map(std::borrow::Cow::into_owned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(text: &str, step: usize) -> Vec<String> {
        let mut cutter = TableCutter::default();
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(step).collect();
        for (i, chunk) in chunks.iter().enumerate() {
            buffer.extend_from_slice(chunk);
            let mut found = Vec::new();
            cutter.push(&buffer, i + 1 == chunks.len(), &mut found);
            for cut in found {
                let (mark, range) = match cut {
                    Cut::Columns(range) => ("#", range),
                    Cut::Row(range) => ("", range),
                    Cut::Damaged(range) => ("!", range),
                    Cut::Junk(range) => ("?", range),
                };
                out.push(format!("{mark}{}", String::from_utf8_lossy(&buffer[range])));
            }
            let gone = cutter.consumed();
            buffer.drain(..gone);
        }
        out
    }

    #[test]
    fn columns_and_rows() {
        let text = r#"{"tables":[{"name":"rows","columns":[{"name":"A","type":"string"}],
            "rows":[["a]",[1]],["b",null]]},{"name":"x","columns":[],"rows":[]}]}"#;
        for step in [1, 7, 1000] {
            assert_eq!(
                cuts(text, step),
                [
                    r##"#[{"name":"A","type":"string"}]"##,
                    r#"["a]",[1]]"#,
                    r#"["b",null]"#,
                    "#[]"
                ],
                "{step}"
            );
        }
        let names = column_names(r#"[{"name":"A","type":"string"},{"type":"x","name":"B"}]"#);
        assert_eq!(names, Some(vec!["A".to_owned(), "B".to_owned()]));
    }

    #[test]
    fn values_that_are_no_rows_are_told() {
        let text = r#"{"rows":[["a"],{"x":[1]},null, "b,]" ,["c"] 7 ["d"],true]}"#;
        for step in [1, 7, 1000] {
            assert_eq!(
                cuts(text, step),
                [
                    r#"["a"]"#,
                    r#"?{"x":[1]}"#,
                    "?null",
                    r#"?"b,]" "#,
                    r#"["c"]"#,
                    "?7 ",
                    r#"["d"]"#,
                    "?true"
                ],
                "{step}"
            );
        }
    }

    #[test]
    fn a_damaged_row_costs_itself() {
        let text = r#"{"tables":[{"columns":[],"rows":[["a","x],["b","y"],["c","z"]]}]}"#;
        for step in [1, 7, 1000] {
            assert_eq!(
                cuts(text, step),
                ["#[]", r#"!["a","x]"#, r#"["b","y"]"#, r#"["c","z"]"#],
                "{step}"
            );
        }
    }
}
