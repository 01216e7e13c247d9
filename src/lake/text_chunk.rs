//! The pages of a column chunk of texts, compressed, with what is told of them.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriter};
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
pub(super) struct Told<'t> {
    pub(super) rows: usize,
    pub(super) nulls: usize,
    pub(super) least: Option<&'t [u8]>,
    pub(super) greatest: Option<&'t [u8]>,
}

impl Told<'_> {
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
pub(super) struct Chunk<'z> {
    about: ColumnDescPtr,
    sink: TrackedWrite<Vec<u8>>,
    zstd: &'z mut Compressor<'static>,
    dictionary: Option<u64>,
    first: Option<u64>,
    uncompressed: usize,
    compressed: usize,
    /// How many data pages there are of each encoding.
    pages: Vec<(Encoding, i32)>,
    index: ColumnIndexBuilder,
    offsets: OffsetIndexBuilder,
}

impl<'z> Chunk<'z> {
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
            pages: Vec::new(),
            index: ColumnIndexBuilder::new(Type::BYTE_ARRAY),
            offsets: OffsetIndexBuilder::new(),
        }
    }

    /// Compresses and appends a page; of a data page, what is told of its rows.
    pub(super) fn write(&mut self, page: Page, told: Option<Told<'_>>) -> Result<()> {
        let size = page.buffer().len();
        let packed: Bytes = self.zstd.compress(page.buffer())?.into();
        let page = match page {
            Page::DictionaryPage {
                num_values,
                encoding,
                is_sorted,
                ..
            } => Page::DictionaryPage {
                buf: packed,
                num_values,
                encoding,
                is_sorted,
            },
            Page::DataPage {
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
                ..
            } => {
                match self.pages.iter_mut().find(|(known, _)| *known == encoding) {
                    Some((_, count)) => *count += 1,
                    None => self.pages.push((encoding, 1)),
                }
                Page::DataPage {
                    buf: packed,
                    num_values,
                    encoding,
                    def_level_encoding,
                    rep_level_encoding,
                    statistics,
                }
            }
            page => page,
        };
        let mut writer = SerializedPageWriter::new(&mut self.sink);
        let spec = writer.write_page(CompressedPage::new(page, size))?;
        self.uncompressed += spec.uncompressed_size;
        self.compressed += spec.compressed_size;
        if spec.page_type == PageType::DICTIONARY_PAGE {
            self.dictionary = Some(spec.offset);
            return Ok(());
        }
        self.first.get_or_insert(spec.offset);
        if let Some(told) = told {
            let bounds = told.bounds();
            let ((least, _), (greatest, _)) = bounds.unwrap_or_default();
            let all_null = told.nulls == told.rows;
            self.index
                .append(all_null, least, greatest, told.nulls as i64);
            let size = i32::try_from(spec.compressed_size);
            let size = size.map_err(|e| ParquetError::General(e.to_string()))?;
            self.offsets
                .append_offset_and_size(spec.offset as i64, size);
            self.offsets.append_row_count(told.rows as i64);
        }
        Ok(())
    }

    /// The bytes, and their description.
    pub(super) fn close(
        self,
        told: Told<'_>,
        bloom_filter: Option<Sbbf>,
        page_index: bool,
        coded: bool,
        rows: usize,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let (least, greatest) = told.bounds().unzip();
        let value = |bound: &Option<Bound>| {
            let bound = bound.as_ref();
            bound.map(|(bytes, _)| ByteArray::from(bytes.clone()))
        };
        let exact = |bound: &Option<Bound>| bound.as_ref().is_some_and(|b| b.1);
        let statistics = ValueStatistics::new(
            value(&least),
            value(&greatest),
            None,
            Some(told.nulls as u64),
            false,
        )
        .with_min_is_exact(exact(&least))
        .with_max_is_exact(exact(&greatest));
        let data = self
            .pages
            .iter()
            .map(|(encoding, count)| PageEncodingStats {
                page_type: PageType::DATA_PAGE,
                encoding: *encoding,
                count: *count,
            });
        let dictionary = coded.then_some(PageEncodingStats {
            page_type: PageType::DICTIONARY_PAGE,
            encoding: Encoding::PLAIN,
            count: 1,
        });
        let pages: Vec<PageEncodingStats> = dictionary.into_iter().chain(data).collect();
        let mut encodings = vec![Encoding::RLE];
        encodings.extend(pages.iter().map(|page| page.encoding));
        let metadata = ColumnChunkMetaData::builder(self.about)
            .set_compression(Compression::ZSTD(Default::default()))
            .set_encodings(encodings)
            .set_page_encoding_stats(pages)
            .set_total_compressed_size(self.compressed as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_num_values(rows as i64)
            .set_dictionary_page_offset(self.dictionary.map(|at| at as i64))
            .set_data_page_offset(self.first.unwrap_or_default() as i64)
            .set_statistics(Statistics::ByteArray(statistics))
            .build()?;
        let index = page_index.then(|| self.index.build()).transpose()?;
        let offsets = page_index.then(|| self.offsets.build());
        let bytes = self.sink.into_inner()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter,
            column_index: index,
            offset_index: offsets,
        };
        Ok((bytes.into(), close))
    }
}
