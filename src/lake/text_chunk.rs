//! The pages of a column chunk of texts, compressed, with what is told of them.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

/// Bytes of a text that statistics tell.
const STATISTIC_BYTES: usize = 64;

/// A bound of texts, and whether it is one of them itself.
type Bound = (Vec<u8>, bool);

/// What is told of some rows.
#[derive(Clone, Copy, Default)]
pub(super) struct Told<'t> {
    pub(super) rows: usize,
    pub(super) nulls: usize,
    pub(super) least: Option<&'t [u8]>,
    pub(super) greatest: Option<&'t [u8]>,
}

impl Told<'_> {
    /// What is told of these rows and others.
    fn and(self, other: Self) -> Self {
        let least = self.least.into_iter().chain(other.least).min();
        let greatest = self.greatest.into_iter().chain(other.greatest).max();
        Self {
            rows: self.rows + other.rows,
            nulls: self.nulls + other.nulls,
            least,
            greatest,
        }
    }

    /// Bounds below and above, of at most 64 bytes where that can be.
    fn bounds(&self) -> Option<(Bound, Bound)> {
        let (least, greatest) = (self.least?, self.greatest?);
        let below = match least.len() <= STATISTIC_BYTES {
            true => (least.to_vec(), true),
            false => (cut(least).to_vec(), false),
        };
        let above = match greatest.len() <= STATISTIC_BYTES {
            true => (greatest.to_vec(), true),
            false => match next_after(cut(greatest)) {
                Some(bound) => (bound, false),
                None => (greatest.to_vec(), true),
            },
        };
        Some((below, above))
    }

    fn statistics(&self) -> Statistics {
        let (least, greatest) = self.bounds().unzip();
        let exact = |bound: &Option<Bound>| bound.as_ref().is_some_and(|(_, exact)| *exact);
        let exact = (exact(&least), exact(&greatest));
        let value = |bound: Option<Bound>| bound.map(|(bytes, _)| ByteArray::from(bytes));
        let nulls = Some(self.nulls as u64);
        let told = ValueStatistics::new(value(least), value(greatest), None, nulls, false);
        let told = told.with_min_is_exact(exact.0).with_max_is_exact(exact.1);
        Statistics::ByteArray(told)
    }
}

/// The first characters of a text.
fn cut(text: &[u8]) -> &[u8] {
    let mut end = STATISTIC_BYTES;
    while end > 0 && text[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &text[..end]
}

/// The least text that is greater than all that begin with this one; none after the last character.
fn next_after(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    for (at, last) in text.char_indices().rev() {
        let next = (last as u32 + 1..=0x10_ffff).find_map(char::from_u32);
        if let Some(next) = next {
            let mut bound = text[..at].to_owned();
            bound.push(next);
            return Some(bound.into_bytes());
        }
    }
    None
}

/// Compressors by level, made once: their memory costs more than a small page.
#[derive(Default)]
pub(super) struct Zstd(Vec<(i32, Compressor<'static>)>);

impl Zstd {
    pub(super) fn at(&mut self, level: i32) -> Result<&mut Compressor<'static>> {
        let place = match self.0.iter().position(|(known, _)| *known == level) {
            Some(place) => place,
            None => {
                self.0.push((level, Compressor::new(level)?));
                self.0.len() - 1
            }
        };
        Ok(&mut self.0[place].1)
    }
}

/// A column chunk being written.
pub(super) struct Chunk<'z, 't> {
    about: ColumnDescPtr,
    sink: TrackedWrite<Vec<u8>>,
    zstd: &'z mut Compressor<'static>,
    dictionary: Option<u64>,
    first: Option<u64>,
    uncompressed: usize,
    compressed: usize,
    /// What is told of all rows.
    all: Told<'t>,
    /// How many data pages there are of each encoding.
    pages: Vec<(Encoding, i32)>,
    index: ColumnIndexBuilder,
    offsets: OffsetIndexBuilder,
}

impl<'z, 't> Chunk<'z, 't> {
    /// An empty chunk.
    pub(super) fn new(zstd: &'z mut Compressor<'static>, about: ColumnDescPtr) -> Self {
        Self {
            about,
            sink: TrackedWrite::new(Vec::new()),
            zstd,
            dictionary: None,
            first: None,
            uncompressed: 0,
            compressed: 0,
            all: Told::default(),
            pages: Vec::new(),
            index: ColumnIndexBuilder::new(Type::BYTE_ARRAY),
            offsets: OffsetIndexBuilder::new(),
        }
    }

    /// Writes the dictionary of so many texts, before all pages.
    pub(super) fn dictionary(&mut self, body: &[u8], texts: usize) -> Result<()> {
        let page = Page::DictionaryPage {
            buf: self.zstd.compress(body)?.into(),
            num_values: texts as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.dictionary = Some(self.write(page, body.len())?.offset);
        Ok(())
    }

    /// Writes a data page of rows of which this is told.
    pub(super) fn page(&mut self, body: &[u8], encoding: Encoding, told: Told<'t>) -> Result<()> {
        let page = Page::DataPage {
            buf: self.zstd.compress(body)?.into(),
            num_values: told.rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let spec = self.write(page, body.len())?;
        match self.pages.iter_mut().find(|(known, _)| *known == encoding) {
            Some((_, count)) => *count += 1,
            None => self.pages.push((encoding, 1)),
        }
        self.first.get_or_insert(spec.offset);
        let ((least, _), (greatest, _)) = told.bounds().unwrap_or_default();
        let all_null = told.nulls == told.rows;
        self.index
            .append(all_null, least, greatest, told.nulls as i64);
        let size = i32::try_from(spec.compressed_size);
        let size = size.map_err(|e| ParquetError::General(e.to_string()))?;
        self.offsets
            .append_offset_and_size(spec.offset as i64, size);
        self.offsets.append_row_count(told.rows as i64);
        self.all = self.all.and(told);
        Ok(())
    }

    fn write(&mut self, page: Page, uncompressed: usize) -> Result<PageWriteSpec> {
        let mut writer = SerializedPageWriter::new(&mut self.sink);
        let spec = writer.write_page(CompressedPage::new(page, uncompressed))?;
        self.uncompressed += spec.uncompressed_size;
        self.compressed += spec.compressed_size;
        Ok(spec)
    }

    /// The bytes, and their description.
    pub(super) fn close(
        self,
        bloom_filter: Option<Sbbf>,
        page_index: bool,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let of = |page_type: PageType, encoding: Encoding, count: i32| PageEncodingStats {
            page_type,
            encoding,
            count,
        };
        let dictionary = self.dictionary;
        let dictionary = dictionary.map(|_| of(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1));
        let data = self.pages.iter();
        let data = data.map(|(encoding, count)| of(PageType::DATA_PAGE, *encoding, *count));
        let pages: Vec<PageEncodingStats> = dictionary.into_iter().chain(data).collect();
        let mut encodings = vec![Encoding::RLE];
        encodings.extend(pages.iter().map(|page| page.encoding));
        let metadata = ColumnChunkMetaData::builder(self.about)
            .set_compression(Compression::ZSTD(Default::default()))
            .set_encodings(encodings)
            .set_page_encoding_stats(pages)
            .set_total_compressed_size(self.compressed as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_num_values(self.all.rows as i64)
            .set_dictionary_page_offset(self.dictionary.map(|at| at as i64))
            .set_data_page_offset(self.first.unwrap_or_default() as i64)
            .set_statistics(self.all.statistics())
            .build()?;
        let index = page_index.then(|| self.index.build()).transpose()?;
        let offsets = page_index.then(|| self.offsets.build());
        let bytes = self.sink.into_inner()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.all.rows as u64,
            metadata,
            bloom_filter,
            column_index: index,
            offset_index: offsets,
        };
        Ok((bytes.into(), close))
    }
}
