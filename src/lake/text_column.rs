//! Encodes a column of texts of one row group: dictionary, pages, statistics, bloom filter.
//!
//! In: arrays of texts, plain or coded, one after another. Out: the bytes of a column chunk and its
//! description, as the Parquet writer takes them. The writer of the Parquet crate hashes every text of
//! every row and compares it with the least and the greatest one; here coded texts are met once a
//! batch, equal neighbours at once, and statistics look at distinct texts only.

use std::borrow::Cow;

use arrow::array::{Array, StringArray, UInt16Array};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::numbers;
use super::text_chunk::{Chunk, Told, Zstd};
use crate::signin::texts::Texts;

/// Bytes of a data page beyond which the next one begins.
const PAGE_BYTES: usize = 1 << 20;
/// Bytes of the dictionary beyond which texts are written as they are.
const DICTIONARY_BYTES_MAX: usize = 1 << 20;
/// Bytes before each text of a dictionary.
const LENGTH_BYTES: usize = size_of::<u32>();
/// The number of a row without text.
const NULL: u32 = u32::MAX;

/// Whether rows without nulls have all of so many texts, and these are in the order in which they come.
fn are_in_order(numbers: &[u16], texts: usize) -> bool {
    let mut met = 0;
    let ordered = numbers.iter().all(|number| {
        met += u16::from(*number == met);
        *number < met
    });
    ordered && met as usize == texts
}

fn nulls_of(rows: &[u32]) -> usize {
    // Counted in the width of the numbers, of which several are looked at in one step.
    let nulls: u32 = rows.iter().map(|place| u32::from(*place == NULL)).sum();
    nulls as usize
}

/// How a column is to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// zstd level.
    pub(super) level: i32,
    /// False positives of a bloom filter, where the column has one.
    pub(super) bloom: Option<f64>,
    /// Rows of a data page.
    pub(super) page_rows: usize,
    /// Whether each page is described apart.
    pub(super) page_index: bool,
    /// Whether nearly every row has a text of its own.
    pub(super) distinct: bool,
}

/// A column of texts of the row group that is being written.
pub(super) struct TextColumn {
    about: ColumnDescPtr,
    form: Form,
    texts: Texts,
    /// For each row the number of its text, or [`NULL`].
    rows: Vec<u32>,
}

impl TextColumn {
    /// An empty column.
    pub(super) fn new(about: ColumnDescPtr, form: Form) -> Self {
        Self {
            about,
            form,
            texts: Texts::default(),
            rows: Vec::new(),
        }
    }

    /// Appends rows.
    pub(super) fn push(&mut self, array: &StringArray) {
        self.rows.reserve(array.len());
        if !self.form.distinct {
            self.texts.know_all();
        }
        if array.null_count() == array.len() {
            self.rows.resize(self.rows.len() + array.len(), NULL);
            return;
        }
        if self.form.distinct && array.null_count() == 0 {
            let first = self.texts.len() as u32;
            self.append_all(array);
            self.rows.extend((0..array.len() as u32).map(|i| first + i));
            return;
        }
        let mut last: (u32, &[u8]) = (NULL, b"");
        for (i, ends) in array.value_offsets().windows(2).enumerate() {
            if array.is_null(i) {
                self.rows.push(NULL);
                continue;
            }
            let text = &array.value_data()[ends[0] as usize..ends[1] as usize];
            if self.form.distinct {
                self.rows.push(self.texts.append(text));
                continue;
            }
            if last.0 == NULL || last.1 != text {
                last = (self.texts.number(text), text);
            }
            self.rows.push(last.0);
        }
    }

    /// Appends rows by the numbers of their texts.
    pub(super) fn push_coded(&mut self, numbers: &UInt16Array, known: &StringArray) {
        // A batch holds each text once; most row groups are of one batch.
        let first = self.texts.is_empty();
        let absent = numbers.nulls().filter(|nulls| nulls.null_count() > 0);
        if first && absent.is_none() && are_in_order(numbers.values(), known.len()) {
            self.append_all(known);
            let rows = numbers.values().iter().map(|number| u32::from(*number));
            return self.rows.extend(rows);
        }
        self.texts.know_all();
        let mut places = vec![NULL; known.len()];
        let mut place_of = |number: u16| {
            let place = &mut places[number as usize];
            if *place == NULL {
                let text = known.value(number as usize).as_bytes();
                *place = match first {
                    true => self.texts.append(text),
                    false => self.texts.number(text),
                };
            }
            *place
        };
        match absent {
            None => {
                let rows = numbers.values().iter().map(|number| place_of(*number));
                self.rows.extend(rows);
            }
            Some(nulls) => {
                let begin = self.rows.len();
                self.rows.resize(begin + numbers.len(), NULL);
                let rows = &mut self.rows[begin..];
                for row in nulls.valid_indices() {
                    rows[row] = place_of(numbers.value(row));
                }
            }
        }
    }

    /// Appends texts as they stand in an array without nulls.
    fn append_all(&mut self, array: &StringArray) {
        let offsets = array.value_offsets();
        let (begin, end) = (offsets[0] as usize, offsets[array.len()] as usize);
        let ends = offsets[1..].iter().map(|end| *end as usize - begin);
        self.texts.append_all(&array.value_data()[begin..end], ends);
    }

    /// Bytes that it holds.
    pub(super) fn bytes(&self) -> usize {
        self.texts.held_bytes() + self.rows.capacity() * size_of::<u32>()
    }

    /// The column chunk, and its description.
    pub(super) fn finish(self, zstd: &mut Zstd) -> Result<(Bytes, ColumnCloseResult)> {
        let held = self.rows.len() - nulls_of(&self.rows);
        let repeated = self.texts.len() * 2 <= held.max(2) && !self.form.distinct;
        let dictionary_bytes = self.texts.text_bytes() + self.texts.len() * LENGTH_BYTES;
        let coded = repeated && dictionary_bytes <= DICTIONARY_BYTES_MAX;
        let pages = coded && self.form.page_rows < self.rows.len();
        let ranks = pages.then(|| self.texts.ranks());
        let zstd = zstd.at(self.form.level)?;
        let mut out = Chunk::new(zstd, self.about.clone());
        if coded {
            out.dictionary(&self.dictionary(dictionary_bytes), self.texts.len())?;
        }
        let mut at = 0;
        while at < self.rows.len() {
            let rows = &self.rows[at..self.page_end(at, coded)];
            let nulls = nulls_of(rows);
            let (encoding, body) = self.page(rows, nulls, coded);
            out.page(&body, encoding, self.told(rows, nulls, ranks.as_deref()))?;
            at += rows.len();
        }
        let bloom = self.form.bloom.map(|fpp| self.bloom(fpp)).transpose()?;
        out.close(bloom, self.form.page_index)
    }

    /// The texts as a dictionary page holds them, each behind its length.
    fn dictionary(&self, bytes: usize) -> Vec<u8> {
        let mut page = Vec::with_capacity(bytes);
        for text in self.texts.iter() {
            page.extend_from_slice(&(text.len() as u32).to_le_bytes());
            page.extend_from_slice(text);
        }
        page
    }

    /// Where the page that begins at a row ends.
    fn page_end(&self, from: usize, coded: bool) -> usize {
        let most = (from + self.form.page_rows).min(self.rows.len());
        if coded {
            return most;
        }
        let mut bytes = 0;
        for (i, place) in self.rows[from..most].iter().enumerate() {
            if bytes > PAGE_BYTES {
                return from + i;
            }
            bytes += if *place == NULL {
                0
            } else {
                self.texts.get(*place).len()
            };
        }
        most
    }

    /// The body of a data page: which rows have a text, then the texts or their places.
    fn page(&self, rows: &[u32], nulls: usize, coded: bool) -> (Encoding, Vec<u8>) {
        let mut out = Vec::new();
        if self.about.max_def_level() > 0 {
            out.extend_from_slice(&[0; 4]);
            if nulls == 0 || nulls == rows.len() {
                numbers::run_of(u32::from(nulls == 0), rows.len(), 1, &mut out);
            } else {
                let levels: Vec<u32> = rows.iter().map(|p| u32::from(*p != NULL)).collect();
                numbers::hybrid(&levels, 1, &mut out);
            }
            let length = (out.len() - 4) as u32;
            out[..4].copy_from_slice(&length.to_le_bytes());
        }
        let held = match nulls {
            0 => Cow::Borrowed(rows),
            _ => {
                let mut held = Vec::with_capacity(rows.len() - nulls);
                held.extend(rows.iter().copied().filter(|place| *place != NULL));
                Cow::Owned(held)
            }
        };
        if coded {
            let width = numbers::width_of(self.texts.len().saturating_sub(1) as u32);
            out.push(width as u8);
            numbers::hybrid(&held, width, &mut out);
            return (Encoding::RLE_DICTIONARY, out);
        }
        let Some(first) = held.first().copied() else {
            return (Encoding::PLAIN, out);
        };
        let length = |place: &u32| self.texts.get(*place).len() as i32;
        numbers::deltas(&held.iter().map(length).collect::<Vec<_>>(), &mut out);
        if held.iter().copied().eq(first..first + held.len() as u32) {
            out.extend_from_slice(self.texts.between(first, first + held.len() as u32));
        } else {
            let texts = held.iter().map(|place| self.texts.get(*place));
            texts.for_each(|text| out.extend_from_slice(text));
        }
        (Encoding::DELTA_LENGTH_BYTE_ARRAY, out)
    }

    fn told(&self, rows: &[u32], nulls: usize, ranks: Option<&[u32]>) -> Told<'_> {
        let held = || rows.iter().copied().filter(|p| *p != NULL);
        let (least, greatest) = match ranks {
            // Every text stands in some row.
            _ if rows.len() == self.rows.len() => {
                self.least_and_greatest(0..self.texts.len() as u32)
            }
            Some(ranks) => {
                let by_rank = |place: &u32| ranks[*place as usize];
                (held().min_by_key(by_rank), held().max_by_key(by_rank))
            }
            None => self.least_and_greatest(held()),
        };
        Told {
            rows: rows.len(),
            nulls,
            least: least.map(|p| self.texts.get(p)),
            greatest: greatest.map(|p| self.texts.get(p)),
        }
    }

    /// The places of the least and the greatest text.
    fn least_and_greatest(&self, places: impl Iterator<Item = u32>) -> (Option<u32>, Option<u32>) {
        let mut keys = places.map(|place| self.texts.key(place));
        let Some(first) = keys.next() else {
            return (None, None);
        };
        let ends = keys.fold((first, first), |(least, greatest), key| {
            (least.min(key), greatest.max(key))
        });
        (Some(ends.0.2), Some(ends.1.2))
    }

    fn bloom(&self, false_positives: f64) -> Result<Sbbf> {
        let mut filter = Sbbf::new_with_ndv_fpp(self.texts.len().max(1) as u64, false_positives)?;
        self.texts.iter().for_each(|text| filter.insert(text));
        Ok(filter)
    }
}
