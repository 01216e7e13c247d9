//! Cuts a stream of JSON documents into records, without parsing them.
//!
//! Arrays at the top, and the arrays `value` and `records` of an object at the top, are opened;
//! their elements are records. So is every other object at the top. Memory is one record.

use std::ops::Range;

/// What a splitter finds in the text it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A record, as a range of the buffer.
    Record(Range<usize>),
    /// Text that is no record where one was expected.
    Junk(Range<usize>),
}

/// Where in a document the splitter is. Feed it a growing buffer; it never looks back.
#[derive(Debug, Default)]
pub struct Splitter {
    at: usize,
    depth: u32,
    /// Depth at which elements begin: 0 at the top, 1 in an array, 2 in an array of an object.
    base: u32,
    in_string: bool,
    escaped: bool,
    start: Option<usize>,
    string_start: usize,
    last_string: Range<usize>,
    junk: Option<usize>,
    /// Inside an object that held an opened array; its other keys are no record.
    wrapper: bool,
    /// Arrays are never opened.
    closed: bool,
}

impl Splitter {
    /// A splitter that opens no arrays: every object at the top is one record.
    pub fn whole_objects() -> Self {
        Self {
            closed: true,
            ..Self::default()
        }
    }

    /// Goes on through `buffer`, which begins with what was kept of the last one.
    pub fn push(&mut self, buffer: &[u8], found: &mut Vec<Found>) {
        while self.at < buffer.len() {
            let byte = buffer[self.at];
            let place = self.at;
            self.at += 1;
            if self.in_string {
                self.string(buffer, byte, place);
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.string_start = place + 1;
                    self.stray(place);
                }
                b'{' => self.open_object(place, found),
                b'[' => self.open_array(buffer, place),
                b'}' | b']' => self.close(byte, place, found),
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
                _ => self.stray(place),
            }
        }
    }

    /// Bytes at the buffer's start that are no longer needed; the caller drops them.
    pub fn consumed(&mut self) -> usize {
        let keep = self.start.or(self.junk).unwrap_or(self.at);
        let keep = if self.in_string && self.depth == 1 {
            keep.min(self.string_start)
        } else {
            keep
        };
        let keep = if self.depth == 1 && self.base == 0 {
            keep.min(self.last_string.start)
        } else {
            keep
        };
        let keep = keep.min(self.at);
        self.at -= keep;
        self.start = self.start.map(|s| s - keep);
        self.junk = self.junk.map(|s| s - keep);
        self.string_start = self.string_start.saturating_sub(keep);
        let last = &self.last_string;
        self.last_string = last.start.saturating_sub(keep)..last.end.saturating_sub(keep);
        keep
    }

    /// What is left at the end of the text: an unfinished record or junk, as a range.
    pub fn rest(&self) -> Option<Range<usize>> {
        let from = self.start.or(self.junk);
        let from = from.or((self.depth > self.base && !self.wrapper).then_some(0));
        from.map(|from| from..self.at)
    }

    /// Whether the document ended inside an array or object.
    pub fn is_unfinished(&self) -> bool {
        self.depth > 0 || self.in_string
    }

    /// Forgets the whole buffer, which the caller drops, and the record it began.
    pub fn skip_record(&mut self) {
        self.start = None;
        self.junk = None;
        self.at = 0;
        self.string_start = 0;
        self.last_string = 0..0;
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
                // Jump over plain text to the next quote or backslash.
                let rest = &buffer[self.at..];
                self.at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            }
        }
    }

    fn open_object(&mut self, place: usize, found: &mut Vec<Found>) {
        if self.depth == 0 {
            self.last_string = self.at..self.at;
        }
        if self.depth == self.base && !(self.wrapper && self.depth == 1) {
            // An element that is still open here lost its end to a mismatched bracket.
            if let Some(junk) = self.junk.take().or(self.start.take()) {
                found.push(Found::Junk(junk..place));
            }
            self.start = Some(place);
        }
        self.depth += 1;
    }

    fn open_array(&mut self, buffer: &[u8], place: usize) {
        if self.closed {
            self.depth += 1;
            return;
        }
        if self.depth == 0 {
            self.base = 1;
        } else if self.depth == 1 && self.base == 0 {
            let key = buffer.get(self.last_string.clone()).unwrap_or_default();
            if matches!(key, b"value" | b"records" | b"Records") {
                self.base = 2;
                self.wrapper = true;
                self.start = None;
            }
        } else {
            self.stray(place);
        }
        self.depth += 1;
    }

    fn close(&mut self, byte: u8, place: usize, found: &mut Vec<Found>) {
        if self.depth == 0 {
            self.stray(place);
            return;
        }
        if self.depth == self.base
            && let Some(junk) = self.junk.take()
        {
            found.push(Found::Junk(junk..place));
        }
        self.depth -= 1;
        if byte == b'}' && self.depth == self.base {
            if let Some(start) = self.start.take() {
                found.push(Found::Record(start..place + 1));
            }
        } else if self.depth < self.base {
            self.base = 0;
            self.last_string = self.at..self.at;
        }
        if self.depth == 0 {
            self.wrapper = false;
            self.base = 0;
        }
    }

    /// Text between records that is neither white space nor a comma.
    fn stray(&mut self, place: usize) {
        let inside = !self.wrapper || self.base == 2;
        if self.depth == self.base && self.start.is_none() && inside {
            self.junk.get_or_insert(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<String> {
        let mut splitter = Splitter::default();
        let (mut buffer, mut out) = (Vec::new(), Vec::new());
        for byte in text.bytes() {
            buffer.push(byte);
            let mut found = Vec::new();
            splitter.push(&buffer, &mut found);
            for f in found {
                match f {
                    Found::Record(r) => out.push(String::from_utf8_lossy(&buffer[r]).into_owned()),
                    Found::Junk(r) => out.push(format!("!{}", String::from_utf8_lossy(&buffer[r]))),
                }
            }
            let gone = splitter.consumed();
            buffer.drain(..gone);
        }
        if let Some(rest) = splitter.rest() {
            out.push(format!("?{}", String::from_utf8_lossy(&buffer[rest])));
        }
        out
    }

    #[test]
    fn every_nesting() {
        assert_eq!(
            records(r#"[{"a":"}"},{"b":[1,{"c":2}]}]"#),
            [r#"{"a":"}"}"#, r#"{"b":[1,{"c":2}]}"#]
        );
        assert_eq!(records("{\"a\":1}\n{\"b\":2}"), ["{\"a\":1}", "{\"b\":2}"]);
        let page = r#"{"@odata.context":"x","value":[{"id":1},{"id":2}],"next":{"x":[1]}} {"records":[{"id":3}]}"#;
        assert_eq!(records(page), [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":3}"#]);
        assert_eq!(
            records("[{\"a\":1}][{\"b\":2}]"),
            ["{\"a\":1}", "{\"b\":2}"]
        );
        assert_eq!(records(r#"[{"a":1},{"b":"#), [r#"{"a":1}"#, r#"?{"b":"#]);
    }
}
