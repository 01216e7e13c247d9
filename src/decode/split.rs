//! Cuts a stream of JSON documents into records, without parsing them.
//!
//! Arrays at the top, and the arrays `value` and `records` of an object at the top, are opened;
//! their elements are records. So is every other object at the top. Memory is one record.
//! A record that breaks the grammar or is never closed must not take the later ones with it: the
//! cut goes on at the next place that begins as records of this text begin.

use std::ops::Range;

use super::blocks::sound_end;
use super::opening::{Opening, Sight};
use super::seek::{quote_or_escape, space_end};

/// What a splitter finds in the text it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A record, as a range of the buffer.
    Record(Range<usize>),
    /// Text that is no record where one was expected.
    Junk(Range<usize>),
    /// A record that is never closed, up to where the next one begins.
    Damaged(Range<usize>),
}

/// Deepest nesting that is followed; deeper text is damage. Real records reach 6.
const DEPTH_MAX: u32 = 127;

/// Where in a document the splitter is. Feed it a growing buffer; it looks back only when a
/// record is damaged.
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
    /// Bit `n` says that what was opened at depth `n` is an object.
    objects: u128,
    /// Whether a colon was the last thing outside of texts and white space.
    after_colon: bool,
    /// How the records of this text begin.
    opening: Option<Opening>,
    /// A record broke; the next beginning is looked for.
    lost: bool,
    /// Every element is gone through byte by byte, as tests ask to compare the two ways.
    by_bytes: bool,
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
        if self.lost && !self.seek(buffer, found) {
            return;
        }
        while self.at < buffer.len() {
            let byte = buffer[self.at];
            let place = self.at;
            self.at += 1;
            if self.in_string {
                self.string(buffer, byte, place, found);
                continue;
            }
            let sound = match byte {
                b'"' => {
                    self.in_string = true;
                    self.string_start = place + 1;
                    self.after_colon = false;
                    self.stray(place);
                    true
                }
                b'{' if self.whole_element(buffer, place, found) => true,
                b'{' => self.open_object(place, found),
                b'[' => self.open_array(buffer, place),
                b'}' | b']' => self.close(buffer, byte, place, found),
                b':' => {
                    self.after_colon = true;
                    true
                }
                b',' => {
                    self.after_colon = false;
                    true
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at = space_end(buffer, self.at);
                    true
                }
                _ => {
                    self.after_colon = false;
                    self.stray(place);
                    self.depth == self.base || is_literal(byte)
                }
            };
            if !sound && self.lose(buffer, place) && !self.seek(buffer, found) {
                return;
            }
        }
    }

    /// Cuts an open record anew at the next beginning inside it. Whether there was one.
    pub fn resync(&mut self, buffer: &[u8], found: &mut Vec<Found>) -> bool {
        let open = self.start.is_some() && !self.lost;
        open && self.lose(buffer, self.at) && self.seek(buffer, found)
    }

    /// The text has ended: a record that is still open may have swallowed later ones.
    pub fn finish(&mut self, buffer: &[u8], found: &mut Vec<Found>) {
        while self.resync(buffer, found) {
            self.push(buffer, found);
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
        let keep = if self.depth == 1 && self.base == 0 && !self.lost {
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

    /// What is left of `buffer` at the end of the text: an unfinished record or junk.
    pub fn rest(&self, buffer: &[u8]) -> Option<Range<usize>> {
        let from = self.start.or(self.junk);
        let skipped = self.depth > self.base && !self.wrapper && !self.lost;
        let from = from.or(skipped.then_some(0));
        from.map(|from| from..buffer.len())
    }

    /// Whether the document ended inside an array or object.
    pub fn is_unfinished(&self) -> bool {
        self.depth > 0 || self.in_string
    }

    /// Forgets the record it began. The caller drops as many bytes of the buffer as it says.
    pub fn skip_record(&mut self) -> usize {
        self.start = None;
        self.junk = None;
        self.string_start = 0;
        self.last_string = 0..0;
        std::mem::take(&mut self.at)
    }

    /// Marks the record as damaged, which showed at `place`. False where nothing says how the next
    /// record would begin.
    fn lose(&mut self, buffer: &[u8], place: usize) -> bool {
        if self.closed {
            return false;
        }
        if self.opening.is_none() {
            let own = self.start.and_then(|start| buffer.get(start..));
            self.opening = own.and_then(Opening::of);
        }
        self.lost = self.opening.is_some();
        if self.lost {
            // What is missing can be before the place where it showed.
            match self.start {
                Some(start) => self.at = start + 1,
                None => self.at = *self.junk.get_or_insert(place),
            }
        }
        self.lost
    }

    /// Looks for the next beginning of a record and goes on there; false where none is in sight.
    fn seek(&mut self, buffer: &[u8], found: &mut Vec<Found>) -> bool {
        let Some(opening) = &self.opening else {
            return false;
        };
        match opening.find(buffer, self.at) {
            Sight::Begins(place) => {
                if let Some(start) = self.start.take().or(self.junk.take()) {
                    found.push(Found::Damaged(start..place));
                }
                self.at = place;
                self.depth = self.base;
                self.wrapper = self.base == 2;
                self.in_string = false;
                self.escaped = false;
                self.after_colon = false;
                self.lost = false;
                true
            }
            Sight::NotBefore(place) => {
                self.at = place.max(self.at);
                self.in_string = false;
                false
            }
        }
    }

    fn string(&mut self, buffer: &[u8], byte: u8, place: usize, found: &mut Vec<Found>) {
        if self.escaped {
            self.escaped = false;
            return;
        }
        match byte {
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                self.last_string = self.string_start..place;
                // An element that is the text of an object is a record too.
                let opens = self.string_start.wrapping_sub(1);
                let object = self.junk == Some(opens) && buffer.get(opens + 1) == Some(&b'{');
                if object && self.depth == self.base {
                    self.junk = None;
                    found.push(Found::Record(opens..place + 1));
                }
            }
            _ => {
                // Jump over plain text to the next quote or backslash.
                self.at = quote_or_escape(buffer, self.at).unwrap_or(buffer.len());
            }
        }
    }

    /// Whether what is open around this place is an object; `None` at the top and too deep down.
    fn in_object(&self) -> Option<bool> {
        let place = self.depth.checked_sub(1).filter(|p| *p < DEPTH_MAX)?;
        Some(self.objects >> place & 1 == 1)
    }

    /// Goes one level down; false where the grammar does not allow it here.
    fn descend(&mut self, object: bool) -> bool {
        let keyless = self.in_object() == Some(true) && !self.after_colon;
        let sound = self.depth < DEPTH_MAX && (!keyless || self.depth == self.base);
        if self.depth < DEPTH_MAX {
            let bit = 1 << self.depth;
            self.objects = if object {
                self.objects | bit
            } else {
                self.objects & !bit
            };
        }
        self.depth += 1;
        self.after_colon = false;
        sound
    }

    /// Goes over the element of a list that begins here, if nothing speaks against it: it comes to what
    /// going through it would. Whether it did.
    fn whole_element(&mut self, buffer: &[u8], place: usize, found: &mut Vec<Found>) -> bool {
        if self.by_bytes || self.base == 0 || self.depth != self.base {
            return false;
        }
        let Some(end) = sound_end(buffer, place) else {
            return false;
        };
        self.begin(place, found);
        self.start = None;
        self.record(buffer, place..end, found);
        self.after_colon = false;
        self.at = end;
        true
    }

    /// An element begins here. One that is still open lost its end to a mismatched bracket.
    fn begin(&mut self, place: usize, found: &mut Vec<Found>) {
        if let Some(junk) = self.junk.take().or(self.start.take()) {
            found.push(Found::Junk(junk..place));
        }
        self.start = Some(place);
    }

    /// A record was found.
    fn record(&mut self, buffer: &[u8], record: Range<usize>, found: &mut Vec<Found>) {
        if self.opening.is_none() && !self.closed {
            self.opening = Opening::of(&buffer[record.clone()]);
        }
        found.push(Found::Record(record));
    }

    fn open_object(&mut self, place: usize, found: &mut Vec<Found>) -> bool {
        if self.depth == 0 {
            self.last_string = self.at..self.at;
        }
        if self.depth == self.base && !(self.wrapper && self.depth == 1) {
            self.begin(place, found);
        }
        self.descend(true)
    }

    fn open_array(&mut self, buffer: &[u8], place: usize) -> bool {
        if !self.closed {
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
        }
        self.descend(false)
    }

    fn close(&mut self, buffer: &[u8], byte: u8, place: usize, found: &mut Vec<Found>) -> bool {
        self.after_colon = false;
        let fits = self.closed
            || self
                .in_object()
                .is_none_or(|object| object == (byte == b'}'));
        if self.depth == 0 || (!fits && self.depth == self.base) {
            self.stray(place);
            return true;
        }
        if self.depth == self.base
            && let Some(junk) = self.junk.take()
        {
            found.push(Found::Junk(junk..place));
        }
        self.depth -= 1;
        if byte == b'}' && self.depth == self.base && fits {
            if let Some(start) = self.start.take() {
                self.record(buffer, start..place + 1, found);
            }
        } else if self.depth < self.base {
            self.base = 0;
            self.last_string = self.at..self.at;
        }
        if self.depth == 0 {
            self.wrapper = false;
            self.base = 0;
        }
        fits
    }

    /// Text between records that is neither white space nor a comma.
    fn stray(&mut self, place: usize) {
        let inside = !self.wrapper || self.base == 2;
        if self.depth == self.base && self.start.is_none() && inside {
            self.junk.get_or_insert(place);
        }
    }
}

/// Bytes of numbers, `true`, `false` and `null`. Any other byte outside of texts is damage.
fn is_literal(byte: u8) -> bool {
    matches!(
        byte,
        b'0'..=b'9'
            | b'+'
            | b'-'
            | b'.'
            | b'E'
            | b'a'
            | b'e'
            | b'f'
            | b'l'
            | b'n'
            | b'r'
            | b's'
            | b't'
            | b'u'
    )
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
                    Found::Damaged(r) => {
                        out.push(format!("~{}", String::from_utf8_lossy(&buffer[r])));
                    }
                }
            }
            let gone = splitter.consumed();
            buffer.drain(..gone);
        }
        splitter.finish(&buffer, &mut Vec::new());
        if let Some(rest) = splitter.rest(&buffer) {
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
    /// Three records of a portal array; the middle one is what the test damages.
    fn around(middle: &str) -> Vec<String> {
        let record =
            |id: &str| format!(r#"{{"id":"{id}","createdDateTime":"t","p":[{{"id":"x"}}]}}"#);
        let found = records(&format!("[{},{middle},{}]", record("a"), record("c")));
        assert_eq!(found.first(), Some(&record("a")), "{middle}");
        assert_eq!(found.last(), Some(&record("c")), "{middle}");
        found[1..found.len() - 1].to_vec()
    }

    /// What is found in a text that comes in parts of this size, with its place in the whole.
    fn found_in_parts(text: &[u8], part: usize, by_bytes: bool) -> Vec<Found> {
        let mut splitter = Splitter {
            by_bytes,
            ..Splitter::default()
        };
        let (mut begin, mut told) = (0, Vec::new());
        for end in (0..text.len()).step_by(part).chain([text.len()]) {
            let mut found = Vec::new();
            splitter.push(&text[begin..end], &mut found);
            if end == text.len() {
                splitter.finish(&text[begin..], &mut found);
            }
            let moved = |range: Range<usize>| range.start + begin..range.end + begin;
            told.extend(found.into_iter().map(|found| match found {
                Found::Record(range) => Found::Record(moved(range)),
                Found::Junk(range) => Found::Junk(moved(range)),
                Found::Damaged(range) => Found::Damaged(moved(range)),
            }));
            begin += splitter.consumed();
        }
        told.extend(
            splitter
                .rest(&text[begin..])
                .map(|rest| Found::Junk(rest.start + begin..text.len())),
        );
        told
    }

    proptest::proptest! {
        #[test]
        fn whole_elements_are_those_that_are_found_byte_by_byte(
            page: bool,
            part in 1_usize..3_000,
            changes in proptest::collection::vec((0_usize..2_000, 0_usize..12), 0..4),
        ) {
            let record = |id: usize| format!(
                r#"{{"id":"{id}","createdDateTime":"t","agent":"a \"\\ }},{{ {}","p":[{{"id":"x","n":[1.5,null]}}], "s" : {{"errorCode":{id}}}}}"#,
                "é".repeat(id),
            );
            let list: Vec<String> = (0..12).map(record).collect();
            let list = format!("[{}]", list.join(",\n "));
            let text = if page { format!(r#"{{"@odata.context":"x","value":{list},"next":[1]}}"#) } else { list };
            let mut text = text.into_bytes();
            for (place, change) in changes {
                let place = place % text.len();
                match b"{}[]\",:\\x1".get(change) {
                    Some(byte) => text[place] = *byte,
                    None => {
                        text.drain(place..text.len().min(place + 40 * (change - 9)));
                    }
                }
            }
            let [whole, bytes] = [false, true].map(|by_bytes| found_in_parts(&text, part, by_bytes));
            proptest::prop_assert_eq!(whole, bytes);
        }
    }

    #[test]
    fn a_damaged_record_takes_no_other_with_it() {
        for middle in [
            r#"{"id":"b","createdDateTime":"t","p":[{"id":"x"}]"#,
            r#"{"id":"b","createdDateTime":"t","p":[{"id":"x"]}"#,
            r#"{"id":"b","createdDateTime":"t","p":[{"id":"x"}}"#,
            r#"{"id":"b","createdDateTime":"t","p":[{"id":"x","#,
            r#"{"id":"b","createdDateTime":"t,"p":[{"id":"x"}]}"#,
            r#"{"id":"b","createdDateTime":"t","p":[{"id":"x}]}"#,
            r#"{"id":"b","createdDateTime":"cut in the midd"#,
            r#"{"id":b","createdDateTime":"t"}"#,
        ] {
            let lost = around(middle);
            assert_eq!(lost.len(), 1, "{middle}: {lost:?}");
            assert!(lost[0].starts_with(&format!("~{middle}")), "{lost:?}");
        }
        // One bracket too many is junk between two good records.
        let whole = r#"{"id":"b","createdDateTime":"t"}"#;
        assert_eq!(around(&format!("{whole}}}")), [whole, "!},"]);
    }

    #[test]
    fn pretty_records_are_found_by_their_indentation() {
        let record = |id: &str| {
            format!(
                "  {{\r\n    \"id\": \"{id}\",\r\n    \"p\": [\r\n      {{\r\n        \"id\": \"x\"\r\n      }}\r\n    ]\r\n  }}"
            )
        };
        let broken = record("b");
        let broken = broken.trim_end_matches("\r\n  }");
        let page = format!(
            "{{\r\n  \"value\": [\r\n{},\r\n{broken},\r\n{}\r\n  ]\r\n}}",
            record("a"),
            record("c")
        );
        let found = records(&page);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[1].starts_with("~{") && found[2].contains("\"c\""),
            "{found:?}"
        );
    }
}
