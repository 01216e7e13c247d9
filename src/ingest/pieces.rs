//! Reads one input and hands out chunks of whole records.
//!
//! Lines are cut at newlines, documents by [`Splitter`]. A record longer than
//! [`RECORD_BYTES_MAX`] is rejected and skipped; a stream that breaks off keeps what came before.

use std::io::Read;
use std::ops::Range;

use crate::decode::detect::{Cut, Format, cut, detect};
use crate::decode::split::{Found, Splitter};
use crate::lake::receipts::{REJECT_BYTES_MAX, Reject};

/// Longest record that is read.
pub const RECORD_BYTES_MAX: usize = 16 << 20;
const CHUNK_BYTES: usize = 4 << 20;
const HEAD_BYTES: usize = 64 << 10;

/// Text of one or more whole records.
pub struct Chunk {
    pub data: Vec<u8>,
    /// Byte offset of `data` in the uncompressed text.
    pub offset: u64,
    /// Line number of the first byte, from 1; 0 in documents.
    pub line: u64,
    /// The records of a document; empty where each line is one.
    pub records: Vec<Range<usize>>,
}

/// What reading an input found beside its chunks.
#[derive(Default)]
pub struct InputEnd {
    pub format: Option<(&'static Format, &'static str)>,
    pub bytes: u64,
    /// There was no text at all, which is no fault.
    pub empty: bool,
    pub rejects: Vec<Reject>,
    /// Why nothing could be read at all.
    pub problem: Option<String>,
}

/// A reject, with its content cut and hashed.
pub fn reject(
    file: &str,
    offset: u64,
    line: u64,
    reason: impl Into<String>,
    content: &[u8],
) -> Reject {
    let shown = &content[..content.len().min(REJECT_BYTES_MAX)];
    Reject {
        file: file.to_owned(),
        offset,
        line,
        reason: reason.into(),
        content: String::from_utf8_lossy(shown)
            .chars()
            .take(REJECT_BYTES_MAX / 4)
            .collect(),
        hash: blake3::hash(content).to_hex().to_string(),
    }
}

struct Feed<'a> {
    reader: &'a mut dyn Read,
    name: &'a str,
    /// Text read and not handed out; begins at `offset`.
    buffer: Vec<u8>,
    offset: u64,
    end: InputEnd,
    done: bool,
}

impl Feed<'_> {
    /// Reads up to `bytes` more; a broken stream ends the input with a reject.
    fn fill(&mut self, bytes: usize) {
        let from = self.buffer.len();
        self.buffer.resize(from + bytes, 0);
        let mut at = from;
        while at < self.buffer.len() {
            match self.reader.read(&mut self.buffer[at..]) {
                Ok(0) => {
                    self.done = true;
                    break;
                }
                Ok(n) => at += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.done = true;
                    let place = self.offset + at as u64;
                    let reason = format!("the stream breaks off: {e}");
                    let tag = format!("{}@{place}", self.name);
                    let mut broken = reject(self.name, place, 0, reason, tag.as_bytes());
                    broken.content = String::new();
                    self.end.rejects.push(broken);
                    break;
                }
            }
        }
        self.buffer.truncate(at);
        self.end.bytes += (at - from) as u64;
    }

    /// Reads on to the end of the first line, and a little beyond, where it is one long object:
    /// only then can lines be told from a document.
    fn fill_first_line(&mut self) {
        let ends = |buffer: &[u8]| memchr::memchr(b'\n', buffer).is_some();
        if !self.buffer.starts_with(b"{") || ends(&self.buffer) {
            return;
        }
        while !self.done && self.buffer.len() < RECORD_BYTES_MAX {
            let from = self.buffer.len();
            self.fill(CHUNK_BYTES);
            if ends(&self.buffer[from..]) {
                break;
            }
        }
        if !self.done {
            self.fill(HEAD_BYTES);
        }
    }

    fn take(&mut self, bytes: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(bytes);
        self.offset += bytes as u64;
        std::mem::replace(&mut self.buffer, rest)
    }
}

/// Reads an input to its end. `begin` hears the format before the first chunk; `send` takes the
/// chunks and says whether to go on.
pub fn read(
    reader: &mut dyn Read,
    name: &str,
    begin: &mut dyn FnMut(&'static Format),
    send: &mut dyn FnMut(Chunk) -> bool,
) -> InputEnd {
    let end = InputEnd::default();
    let mut feed = Feed {
        reader,
        name,
        buffer: Vec::new(),
        offset: 0,
        end,
        done: false,
    };
    feed.fill(HEAD_BYTES);
    if feed.buffer.starts_with(b"\xef\xbb\xbf") {
        feed.take(3);
    }
    feed.fill_first_line();
    let head = String::from_utf8_lossy(&feed.buffer).into_owned();
    if head.trim().is_empty() && feed.done {
        feed.end.empty = true;
        return feed.end;
    }
    let Some(format) = detect(&head) else {
        let rejected = !feed.end.rejects.is_empty();
        feed.end.problem = Some(if rejected {
            "cannot be read".to_owned()
        } else {
            "is not a sign-in export that authlake knows".to_owned()
        });
        return feed.end;
    };
    feed.end.format = Some(format);
    begin(format.0);
    match cut(&head) {
        Cut::Lines => lines(&mut feed, send),
        Cut::Document => document(&mut feed, send),
    }
    feed.end
}

fn lines(feed: &mut Feed<'_>, send: &mut dyn FnMut(Chunk) -> bool) {
    let mut line = 1;
    let mut skipping = false;
    loop {
        if !feed.done {
            feed.fill(CHUNK_BYTES);
        }
        if skipping {
            let Some(end) = memchr::memchr(b'\n', &feed.buffer) else {
                let all = feed.buffer.len();
                feed.take(all);
                if feed.done {
                    return;
                }
                continue;
            };
            feed.take(end + 1);
            skipping = false;
            line += 1;
        }
        let whole = match memchr::memrchr(b'\n', &feed.buffer) {
            _ if feed.done => feed.buffer.len(),
            Some(last) => last + 1,
            None if feed.buffer.len() > RECORD_BYTES_MAX => {
                let all = feed.buffer.len();
                too_long(feed, line, all);
                skipping = true;
                continue;
            }
            None => continue,
        };
        let offset = feed.offset;
        let data = feed.take(whole);
        let newlines = memchr::memchr_iter(b'\n', &data).count() as u64;
        let chunk = Chunk {
            data,
            offset,
            line,
            records: Vec::new(),
        };
        if (whole > 0 && !send(chunk)) || feed.done {
            return;
        }
        line += newlines;
    }
}

/// Rejects the first `bytes` of the buffer as part of a record that is too long.
fn too_long(feed: &mut Feed<'_>, line: u64, bytes: usize) {
    let limit = RECORD_BYTES_MAX >> 20;
    let offset = feed.offset;
    let text = feed.take(bytes);
    let reason = format!("a record longer than {limit} MiB");
    feed.end
        .rejects
        .push(reject(feed.name, offset, line, reason, &text));
}

fn document(feed: &mut Feed<'_>, send: &mut dyn FnMut(Chunk) -> bool) {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    loop {
        splitter.push(&feed.buffer, &mut found);
        if feed.done {
            splitter.finish(&feed.buffer, &mut found);
        }
        let records = sort_out(feed, &mut found);
        if feed.done {
            unfinished(feed, &splitter);
        }
        let gone = splitter.consumed();
        if gone == 0 && feed.buffer.len() > RECORD_BYTES_MAX && !feed.done {
            if !splitter.resync(&feed.buffer, &mut found) {
                let bytes = splitter.skip_record();
                too_long(feed, 0, bytes);
                feed.fill(CHUNK_BYTES);
            }
            continue;
        }
        let offset = feed.offset;
        let data = feed.take(gone);
        let chunk = Chunk {
            data,
            offset,
            line: 0,
            records,
        };
        if (!chunk.records.is_empty() && !send(chunk)) || feed.done {
            return;
        }
        feed.fill(CHUNK_BYTES);
    }
}

/// Rejects what is no record, and gives back the records.
fn sort_out(feed: &mut Feed<'_>, found: &mut Vec<Found>) -> Vec<Range<usize>> {
    let mut records = Vec::new();
    for piece in found.drain(..) {
        let (range, reason) = match piece {
            Found::Record(range) => {
                records.push(range);
                continue;
            }
            Found::Junk(range) => (range, "text between records"),
            Found::Damaged(range) => (
                range,
                "a damaged record: its brackets or quotes do not match",
            ),
        };
        let text = feed.buffer[range.clone()].trim_ascii_end();
        let offset = feed.offset + range.start as u64;
        let rejected = reject(feed.name, offset, 0, reason, text);
        feed.end.rejects.push(rejected);
    }
    records
}

/// Rejects a record or list that the end of the text cuts off.
fn unfinished(feed: &mut Feed<'_>, splitter: &Splitter) {
    let rest = splitter.rest(&feed.buffer);
    if rest.is_none() && !splitter.is_unfinished() {
        return;
    }
    let range = rest.unwrap_or(feed.buffer.len()..feed.buffer.len());
    let offset = feed.offset + range.start as u64;
    let reason = "the text ends inside a record or list";
    let rejected = reject(feed.name, offset, 0, reason, &feed.buffer[range]);
    feed.end.rejects.push(rejected);
}
