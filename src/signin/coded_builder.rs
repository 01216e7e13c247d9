//! Builds a coded column text by text.

use arrow::array::{ArrayRef, UInt16Array};

use super::coded::{Arrowed, NO_TEXT, coded, with_texts, zeros};
use super::texts::Texts;

/// Builds a coded column.
#[derive(Default)]
pub(super) struct CodedBuilder {
    texts: Texts,
    /// Rows so far where all have the first text: no number is kept of them.
    alike: usize,
    /// The number of each row's text, or [`NO_TEXT`], once rows differ.
    keys: Vec<u16>,
    /// Rows without a text.
    nulls: usize,
    /// The number of the text that was appended last.
    last: Option<u32>,
    /// Rows to make room for.
    rows: usize,
    /// Texts to make room for, and their bytes.
    room: (usize, usize),
}

/// What a column reserves where the one before it reserved `room` and had `had`: somewhat more than
/// that, and not much less than before, since what outgrows its room takes twice as much.
pub(super) fn room_after(room: usize, had: usize) -> usize {
    (had + had / 16).max(room - room / 32)
}

impl CodedBuilder {
    /// Begins a column with room for `rows` rows.
    pub(super) fn begin(&mut self, rows: usize) {
        self.rows = rows;
        let (texts, bytes) = self.room;
        self.texts.reserve(texts, bytes);
    }

    pub(super) fn append_nulls(&mut self, count: usize) {
        if count > 0 {
            self.tell_apart();
            self.nulls += count;
            self.keys.resize(self.keys.len() + count, NO_TEXT);
        }
    }

    /// Appends a text; its number until the column is finished.
    #[inline]
    pub(super) fn append(&mut self, text: &str) -> u32 {
        let text = text.as_bytes();
        let same = self.last.filter(|last| self.texts.get(*last) == text);
        let number = same.unwrap_or_else(|| self.texts.number(text));
        self.last = Some(number);
        self.append_number(number);
        number
    }

    /// Appends a text by the number that it was given.
    #[inline]
    pub(super) fn append_number(&mut self, number: u32) {
        if self.keys.is_empty() {
            if number == 0 {
                self.alike += 1;
                return;
            }
            self.tell_apart();
        }
        self.keys.push(number as u16);
    }

    /// Keeps the number of each row from here on.
    #[cold]
    fn tell_apart(&mut self) {
        if self.keys.is_empty() {
            self.keys.reserve(self.rows.max(self.alike + 1));
            self.keys.resize(std::mem::take(&mut self.alike), 0);
        }
    }

    /// The column; the builder is empty afterwards.
    pub(super) fn finish(&mut self) -> Arrowed<ArrayRef> {
        let (texts, bytes) = self.room;
        self.room = (
            room_after(texts, self.texts.len()),
            room_after(bytes, self.texts.text_bytes()),
        );
        self.last = None;
        let alike = std::mem::take(&mut self.alike);
        if alike > 0 {
            return with_texts(UInt16Array::new(zeros(alike), None), &mut self.texts);
        }
        let nulls = std::mem::take(&mut self.nulls);
        coded(std::mem::take(&mut self.keys), nulls, &mut self.texts)
    }
}
