//! The text of one input as it comes in, and what is wrong with it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;

use super::text_buffer::{Spare, TextBuffer};
use crate::decode::detect::Format;
use crate::lake::receipts::{REJECT_BYTES_MAX, Reject};
use crate::source::open::{Reader, spool_file};

/// Longest record that is read.
pub const RECORD_BYTES_MAX: usize = 16 << 20;
pub(super) const CHUNK_BYTES: usize = 1 << 20;
/// Bytes that are asked for at once.
const READ_BYTES: usize = 512 << 10;
pub(super) const HEAD_BYTES: usize = 64 << 10;
/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";
/// How the line begins that Windows PowerShell writes before the header of a CSV file.
const TYPE_LINE: &[u8] = b"#TYPE ";

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

impl InputEnd {
    /// The end of an input that cannot be read at all.
    pub(super) fn refused(problem: impl Into<String>) -> Self {
        Self {
            problem: Some(problem.into()),
            ..Self::default()
        }
    }
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

/// Text read and not handed out yet.
pub(super) struct Feed<'a> {
    reader: Reader,
    name: &'a str,
    pub(super) buffer: TextBuffer,
    /// Byte offset of the buffer in the unpacked text.
    pub(super) offset: u64,
    /// Line of the buffer's first byte, from 1.
    pub(super) line: u64,
    /// Where the buffer has line breaks.
    breaks: Vec<u32>,
    pub(super) end: InputEnd,
    pub(super) done: bool,
    /// Buffers of chunks that were decoded.
    pub(super) spare: Spare,
}

impl<'a> Feed<'a> {
    /// The text of an input, from its beginning.
    pub(super) fn new(reader: Reader, name: &'a str) -> Self {
        Self {
            reader,
            name,
            buffer: TextBuffer::default(),
            offset: 0,
            line: 1,
            breaks: Vec::new(),
            end: InputEnd::default(),
            done: false,
            spare: Spare::default(),
        }
    }

    /// Reads the beginning, without a byte order mark. A first line that is one long object is
    /// read to its end and a little beyond: only then can lines be told from a document.
    pub(super) fn begin(&mut self) {
        self.fill(HEAD_BYTES);
        if self.buffer.starts_with(MARK) {
            self.take(MARK.len());
        }
        if self.buffer.starts_with(TYPE_LINE)
            && let Some(end) = self.first_break()
        {
            self.take_lines(end + 1);
        }
        let long = [b'{', b'"'].iter().any(|b| self.buffer.first() == Some(b));
        if !long || !self.breaks.is_empty() {
            return;
        }
        while !self.done && self.buffer.len() < RECORD_BYTES_MAX && self.breaks.is_empty() {
            self.fill(CHUNK_BYTES);
        }
        if !self.done {
            self.fill(HEAD_BYTES);
        }
    }

    /// Reads up to `bytes` more; a broken stream ends the input with a reject.
    pub(super) fn fill(&mut self, bytes: usize) {
        let (from, mut read) = (self.buffer.len(), 0);
        while read < bytes {
            let room = self.buffer.room((bytes - read).min(READ_BYTES));
            match self.reader.read(room) {
                Ok(0) => {
                    self.done = true;
                    break;
                }
                Ok(more) => {
                    // Found while they are near.
                    let breaks = memchr::memchr_iter(b'\n', &room[..more]);
                    let before = from + read;
                    self.breaks.extend(breaks.map(|at| (before + at) as u32));
                    self.buffer.grow(more);
                    read += more;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.done = true;
                    self.broken(self.offset + (from + read) as u64, &e);
                    break;
                }
            }
        }
        self.end.bytes += read as u64;
    }

    fn broken(&mut self, place: u64, error: &std::io::Error) {
        let reason = format!("the stream breaks off: {error}");
        let tag = format!("{}@{place}", self.name);
        let mut broken = reject(self.name, place, 0, reason, tag.as_bytes());
        broken.content = String::new();
        self.end.rejects.push(broken);
    }

    /// Hands out the first `bytes` of the buffer.
    pub(super) fn take(&mut self, bytes: usize) -> TextBuffer {
        self.cut(bytes).0
    }

    /// As [`Self::take`], with the places of its line breaks, and counts these.
    pub(super) fn take_lines(&mut self, bytes: usize) -> (TextBuffer, Vec<u32>) {
        let (text, breaks) = self.cut(bytes);
        self.line += breaks.len() as u64;
        (text, breaks)
    }

    /// Where the first line ends.
    pub(super) fn first_break(&self) -> Option<usize> {
        self.breaks.first().map(|at| *at as usize)
    }

    /// Where the last whole line ends.
    pub(super) fn last_break(&self) -> Option<usize> {
        self.breaks.last().map(|at| *at as usize)
    }

    /// Where the first `bytes` of the buffer have line breaks.
    pub(super) fn breaks_before(&self, bytes: usize) -> &[u32] {
        let own = self.breaks.partition_point(|at| (*at as usize) < bytes);
        &self.breaks[..own]
    }

    /// The line of a place in the buffer.
    pub(super) fn line_at(&self, place: usize) -> u64 {
        self.line + self.breaks_before(place).len() as u64
    }

    fn cut(&mut self, bytes: usize) -> (TextBuffer, Vec<u32>) {
        let mut rest = self.spare.take();
        rest.append(&self.buffer[bytes..]);
        self.buffer.truncate(bytes);
        self.offset += bytes as u64;
        let own = self.breaks_before(bytes).len();
        let behind = self.breaks[own..].iter().map(|at| at - bytes as u32);
        let behind = behind.collect();
        self.breaks.truncate(own);
        let breaks = std::mem::replace(&mut self.breaks, behind);
        (std::mem::replace(&mut self.buffer, rest), breaks)
    }

    /// Rejects a stretch of the buffer.
    pub(super) fn reject(&mut self, range: std::ops::Range<usize>, line: u64, reason: &str) {
        let text = self.buffer[range.clone()].trim_ascii_end();
        let offset = self.offset + range.start as u64;
        self.end
            .rejects
            .push(reject(self.name, offset, line, reason, text));
    }

    /// Rejects the first `bytes` of the buffer as part of a record that is too long.
    pub(super) fn too_long(&mut self, line: u64, bytes: usize) {
        let reason = format!("a record longer than {} MiB", RECORD_BYTES_MAX >> 20);
        self.reject(0..bytes, line, &reason);
        self.take(bytes);
    }

    /// Writes all that is still to come to a file without name and goes on reading from there.
    /// The file can be read again by whoever rewinds it first.
    pub(super) fn spool(&mut self, folder: &Path) -> std::io::Result<File> {
        let mut file = spool_file(folder)?;
        let counted = self.end.bytes - self.buffer.len() as u64;
        let begin = self.offset;
        loop {
            file.write_all(&self.buffer)?;
            let all = self.buffer.len();
            self.take(all);
            if self.done {
                break;
            }
            self.fill(CHUNK_BYTES);
        }
        self.offset = begin;
        self.end.bytes = counted;
        self.done = false;
        self.reader = Box::new(file.try_clone()?);
        file.rewind()?;
        Ok(file)
    }
}
