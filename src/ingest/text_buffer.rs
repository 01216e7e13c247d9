//! Buffers of text that are read into again and again.
//!
//! Memory that is touched for the first time costs as much as what is read into it, and to clear it
//! half as much: what a buffer held before is written over, and never seen.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use super::feed::CHUNK_BYTES;
use super::parallel::lock;

/// A text, with room behind it.
#[derive(Default)]
pub struct TextBuffer {
    /// The text, and behind it whatever was there before.
    bytes: Vec<u8>,
    held: usize,
}

impl TextBuffer {
    /// Room for `more` bytes behind the text.
    pub(super) fn room(&mut self, more: usize) -> &mut [u8] {
        let end = self.held + more;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.held..end]
    }

    /// Makes the next `more` bytes, which were written, part of the text.
    pub(super) fn grow(&mut self, more: usize) {
        self.held = (self.held + more).min(self.bytes.len());
    }

    /// Appends a text.
    pub(super) fn append(&mut self, text: &[u8]) {
        self.room(text.len()).copy_from_slice(text);
        self.grow(text.len());
    }

    /// Cuts the text off behind `bytes`.
    pub(super) fn truncate(&mut self, bytes: usize) {
        self.held = self.held.min(bytes);
    }
}

impl Deref for TextBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.held]
    }
}

impl From<Vec<u8>> for TextBuffer {
    fn from(bytes: Vec<u8>) -> Self {
        let held = bytes.len();
        Self { bytes, held }
    }
}

/// Buffers that wait to be used again.
#[derive(Clone, Default)]
pub struct Spare(Arc<Mutex<Vec<TextBuffer>>>);

/// Buffers that are kept, and the size above which one is not: a page of Graph has a thousand records.
const SPARE_MAX: usize = 8;
const SPARE_BYTES_MAX: usize = 8 * CHUNK_BYTES;

impl Spare {
    /// An empty buffer.
    pub(super) fn take(&self) -> TextBuffer {
        lock(&self.0).pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    pub(super) fn give(&self, mut buffer: TextBuffer) {
        let mut held = lock(&self.0);
        if held.len() < SPARE_MAX && buffer.bytes.capacity() <= SPARE_BYTES_MAX {
            buffer.truncate(0);
            held.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_before_is_never_seen() {
        let spare = Spare::default();
        let mut buffer = spare.take();
        buffer.append(b"a long text");
        spare.give(buffer);
        let mut buffer = spare.take();
        assert!(buffer.is_empty());
        buffer.room(8)[..2].copy_from_slice(b"of");
        buffer.grow(2);
        assert_eq!(&*buffer, b"of");
        buffer.append(b" two");
        assert_eq!(&*buffer, b"of two");
        buffer.truncate(3);
        buffer.truncate(9);
        assert_eq!(&*buffer, b"of ");
        buffer.room(1 << 20);
        assert_eq!(&*buffer, b"of ");
    }
}
