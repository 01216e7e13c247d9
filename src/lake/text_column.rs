//! Encodes a column of texts of one row group: dictionary, pages, statistics, bloom filter.
//!
//! In: arrays of texts, plain or coded, one after another. Out: the bytes of a column chunk and its
//! description, as the Parquet writer takes them. The writer of the Parquet crate hashes every text of
//! every row and compares it with the least and the greatest one; here coded texts are met once a
//! batch, equal neighbours at once, and statistics look at distinct texts only.

use std::hash::{BuildHasher, Hasher};

use arrow::array::{Array, Int32Array, StringArray};
use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::Page;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescPtr;

use super::numbers;
use super::text_chunk::{Chunk, Told, Zstd};

/// Bytes of a data page beyond which the next one begins.
const PAGE_BYTES: usize = 1 << 20;
/// Bytes of the dictionary beyond which texts are written as they are.
const DICTIONARY_BYTES_MAX: usize = 1 << 20;
/// The place of a row without text.
const NULL: u32 = u32::MAX;

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
    /// For each row the place of its text, or [`NULL`].
    rows: Vec<u32>,
}

/// Distinct texts in the order in which they came, as a dictionary page holds them: each behind its
/// length in four bytes.
#[derive(Default)]
struct Texts {
    page: Vec<u8>,
    /// Where each text ends.
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: RandomState,
}

fn hash_of(hasher: &RandomState, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

impl Texts {
    fn get(&self, place: u32) -> &[u8] {
        text_in(&self.page, &self.ends, place)
    }

    fn place(&mut self, text: &[u8]) -> u32 {
        let Self {
            page,
            ends,
            table,
            hasher,
        } = self;
        let hash = hash_of(hasher, text);
        if let Some(place) = table.find(hash, |p| text_in(page, ends, *p) == text) {
            return *place;
        }
        let place = ends.len() as u32;
        page.extend_from_slice(&(text.len() as u32).to_le_bytes());
        page.extend_from_slice(text);
        ends.push(page.len() as u32);
        table.insert_unique(hash, place, |p| hash_of(hasher, text_in(page, ends, *p)));
        place
    }

    /// Appends a text without looking whether it is known.
    fn append(&mut self, text: &[u8]) -> u32 {
        self.page
            .extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.page.extend_from_slice(text);
        self.ends.push(self.page.len() as u32);
        self.ends.len() as u32 - 1
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// For each text its place among all in the order of bytes.
    fn ranks(&self) -> Vec<u32> {
        let mut sorted: Vec<u32> = (0..self.len() as u32).collect();
        sorted.sort_unstable_by(|a, b| self.get(*a).cmp(self.get(*b)));
        let mut ranks = vec![0; sorted.len()];
        for (rank, place) in sorted.iter().enumerate() {
            ranks[*place as usize] = rank as u32;
        }
        ranks
    }
}

fn text_in<'a>(page: &'a [u8], ends: &[u32], place: u32) -> &'a [u8] {
    let place = place as usize;
    let before = if place == 0 { 0 } else { ends[place - 1] };
    &page[before as usize + 4..ends[place] as usize]
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
    pub(super) fn push(&mut self, array: &StringArray) -> Result<()> {
        self.make_room(array)?;
        self.rows.reserve(array.len());
        if array.null_count() == array.len() {
            self.rows.resize(self.rows.len() + array.len(), NULL);
            return Ok(());
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
                last = (self.texts.place(text), text);
            }
            self.rows.push(last.0);
        }
        Ok(())
    }

    /// Appends rows by the numbers of their texts.
    pub(super) fn push_coded(&mut self, numbers: &Int32Array, known: &StringArray) -> Result<()> {
        self.make_room(known)?;
        let mut places = vec![NULL; known.len()];
        self.rows.reserve(numbers.len());
        for number in numbers {
            let place = number.map_or(NULL, |number| {
                let place = &mut places[number as usize];
                if *place == NULL {
                    *place = self.texts.place(known.value(number as usize).as_bytes());
                }
                *place
            });
            self.rows.push(place);
        }
        Ok(())
    }

    fn make_room(&self, array: &StringArray) -> Result<()> {
        let bytes = self.texts.page.len() + array.value_data().len() + 4 * array.len();
        match bytes > u32::MAX as usize {
            true => Err(ParquetError::General(
                "4 GiB of texts in a row group".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Bytes that it holds.
    pub(super) fn bytes(&self) -> usize {
        let texts = &self.texts;
        let table = texts.table.capacity() * 5 + texts.ends.capacity() * 4;
        texts.page.capacity() + table + self.rows.capacity() * 4
    }

    /// The column chunk, and its description.
    pub(super) fn finish(self, zstd: &mut Zstd) -> Result<(Bytes, ColumnCloseResult)> {
        let plain = self.rows.iter().filter(|p| **p != NULL).count();
        let repeated = self.texts.len() * 2 <= plain.max(2) && !self.form.distinct;
        let coded = repeated && self.texts.page.len() <= DICTIONARY_BYTES_MAX;
        let ranks = coded.then(|| self.texts.ranks());
        let ranks = ranks.as_deref();
        let zstd = zstd.at(self.form.level)?;
        let mut out = Chunk::new(zstd, self.about.clone());
        if coded {
            let page = Page::DictionaryPage {
                buf: self.texts.page.clone().into(),
                num_values: self.texts.len() as u32,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            out.write(page, None)?;
        }
        let optional = self.about.max_def_level() > 0;
        let mut at = 0;
        while at < self.rows.len() {
            let rows = &self.rows[at..self.page_end(at, coded)];
            let (encoding, body) = self.page(rows, optional, coded);
            let page = Page::DataPage {
                buf: body.into(),
                num_values: rows.len() as u32,
                encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            out.write(page, Some(self.told(rows, ranks)))?;
            at += rows.len();
        }
        let all = self.told(&self.rows, ranks);
        let bloom = self.form.bloom.map(|fpp| self.bloom(fpp)).transpose()?;
        out.close(all, bloom, self.form.page_index, coded, self.rows.len())
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
                self.texts.get(*place).len() + 4
            };
        }
        most
    }

    /// The body of a data page: which rows have a text, then the texts or their places.
    fn page(&self, rows: &[u32], optional: bool, coded: bool) -> (Encoding, Vec<u8>) {
        let mut out = Vec::new();
        if optional {
            let levels: Vec<u32> = rows.iter().map(|p| u32::from(*p != NULL)).collect();
            out.extend_from_slice(&[0; 4]);
            numbers::hybrid(&levels, 1, &mut out);
            let length = (out.len() - 4) as u32;
            out[..4].copy_from_slice(&length.to_le_bytes());
        }
        let held = rows.iter().copied().filter(|p| *p != NULL);
        if coded {
            let places: Vec<u32> = held.collect();
            let width = numbers::width_of(self.texts.len().saturating_sub(1) as u32);
            out.push(width as u8);
            numbers::hybrid(&places, width, &mut out);
            return (Encoding::RLE_DICTIONARY, out);
        }
        let texts: Vec<&[u8]> = held.map(|place| self.texts.get(place)).collect();
        if texts.is_empty() {
            return (Encoding::PLAIN, out);
        }
        let lengths: Vec<i32> = texts.iter().map(|text| text.len() as i32).collect();
        numbers::deltas(&lengths, &mut out);
        texts.iter().for_each(|text| out.extend_from_slice(text));
        (Encoding::DELTA_LENGTH_BYTE_ARRAY, out)
    }

    fn told(&self, rows: &[u32], ranks: Option<&[u32]>) -> Told<'_> {
        let held = || rows.iter().copied().filter(|p| *p != NULL);
        let (least, greatest) = match ranks {
            Some(ranks) => {
                let by_rank = |place: &u32| ranks[*place as usize];
                (held().min_by_key(by_rank), held().max_by_key(by_rank))
            }
            None => self.least_and_greatest(held()),
        };
        Told {
            rows: rows.len(),
            nulls: rows.len() - held().count(),
            least: least.map(|p| self.texts.get(p)),
            greatest: greatest.map(|p| self.texts.get(p)),
        }
    }

    /// The places of the least and the greatest text; most differ in their first bytes.
    fn least_and_greatest(&self, places: impl Iterator<Item = u32>) -> (Option<u32>, Option<u32>) {
        let key = |place: u32| {
            let text = self.texts.get(place);
            let mut first = [0; 8];
            let length = text.len().min(8);
            first[..length].copy_from_slice(&text[..length]);
            (u64::from_be_bytes(first), text, place)
        };
        let (mut least, mut greatest) = (None, None);
        for found in places.map(key) {
            let order = |known: &(u64, &[u8], u32)| {
                found.0.cmp(&known.0).then_with(|| found.1.cmp(known.1))
            };
            if least.as_ref().is_none_or(|known| order(known).is_lt()) {
                least = Some(found);
            }
            if greatest.as_ref().is_none_or(|known| order(known).is_gt()) {
                greatest = Some(found);
            }
        }
        (least.map(|l| l.2), greatest.map(|g| g.2))
    }

    fn bloom(&self, false_positives: f64) -> Result<Sbbf> {
        let mut filter = Sbbf::new_with_ndv_fpp(self.texts.len().max(1) as u64, false_positives)?;
        for place in 0..self.texts.len() as u32 {
            filter.insert(self.texts.get(place));
        }
        Ok(filter)
    }
}
