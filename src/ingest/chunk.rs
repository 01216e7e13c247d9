//! Decodes one chunk of an export: its rows by day, and what became of each record.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;

use super::buffers::{by_day, span_of};
use super::feed::{MARK, reject};
use super::pieces::Chunk;
use super::waiting::DayRows;
use crate::decode::decoder::{Decoder, Fate, FileFacts};
use crate::decode::parts_of;
use crate::error::Result;
use crate::lake::forget::Guard;
use crate::lake::receipts::Reject;
use crate::signin::coded::plain;
use crate::signin::policy::Policy;
use crate::signin::tables::Tables;
use crate::signin::unknown::{Tally, Unknown};

/// Rows of a batch: it holds each text once, and the more rows it has the less its texts cost.
pub(super) const BATCH_ROWS: usize = 4_096;

/// Rows from which on a batch ends with their day: of one that goes on, these would be copied.
const DAY_ROWS: usize = BATCH_ROWS / 3;

/// What one chunk gave.
#[derive(Default)]
pub struct Gathered {
    pub rows_read: u64,
    pub other_categories: BTreeMap<String, u64>,
    pub rejects: Vec<Reject>,
    pub lists: Vec<(i64, Vec<Policy>)>,
    /// Rows as they were decoded, until they are in `days`.
    batches: Vec<RecordBatch>,
    pub days: Vec<DayRows>,
    /// First and last event, microseconds since 1970-01-01 UTC.
    pub span: Option<(i64, i64)>,
    /// Rows that were held back because the lake was told to forget their like.
    pub forgotten: u64,
    pub without_tenant: u64,
    pub unknown_codes: Tally,
    pub unknown_texts: Tally,
    /// Rows whose id was derived from their content.
    pub ids_derived: u64,
    /// Keys without a column, with their records; at most 1,000 names.
    pub unknown_keys: BTreeMap<String, u64>,
}

/// Decodes all records of a chunk. Rows that make no whole batch yet stay with the decoder.
pub fn decode_chunk(
    decoder: &mut Decoder,
    chunk: &Chunk,
    file: &str,
    facts: &FileFacts,
) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    let mut failed = Ok(());
    let before = (decoder.without_tenant, decoder.ids_derived);
    let mut broken = Vec::new();
    // Whether it is a text.
    let mut read = |bytes: &[u8], start: usize, line: u64| {
        let offset = chunk.offset + start as u64;
        let Ok(text) = simdutf8::basic::from_utf8(bytes) else {
            return false;
        };
        decoder.decode(text, facts, &mut |fate, record| {
            gathered.rows_read += 1;
            match fate {
                Fate::Stored => {}
                Fate::OtherCategory(category) => {
                    *gathered.other_categories.entry(category).or_default() += 1;
                }
                Fate::Rejected(reason) => {
                    gathered
                        .rejects
                        .push(reject(file, offset, line, reason, record.as_bytes()));
                }
            }
        });
        // A piece may be a page of many records.
        let full = decoder.rows() >= BATCH_ROWS;
        if (full || decoder.rows() >= DAY_ROWS && decoder.turns()) && failed.is_ok() {
            failed = decoder.take_batch().map(|b| gathered.batches.push(b));
        }
        true
    };
    each_piece(chunk, &mut |bytes, start, line| {
        if read(bytes, start, line) {
            return;
        }
        for range in parts_of(bytes, facts) {
            let (part, start) = (&bytes[range.clone()], start + range.start);
            if !read(part, start, line) {
                let offset = chunk.offset + start as u64;
                broken.push(reject(file, offset, line, "invalid UTF-8", part));
            }
        }
    });
    gathered.rows_read += broken.len() as u64;
    gathered.rejects.append(&mut broken);
    gathered.without_tenant = decoder.without_tenant - before.0;
    gathered.ids_derived = decoder.ids_derived - before.1;
    gathered.lists = decoder.take_lists();
    gathered.unknown_keys = decoder.take_unknown_keys();
    failed.map(|()| gathered)
}

/// Goes through what should be the records of a chunk: the bytes of each, where they begin, and its line.
fn each_piece(chunk: &Chunk, piece: &mut dyn FnMut(&[u8], usize, u64)) {
    let mut line = chunk.line;
    if chunk.records.is_empty() {
        for (start, raw) in lines(&chunk.data, &chunk.breaks) {
            let trimmed = bare(raw);
            if !trimmed.is_empty() {
                piece(trimmed, start, line);
            }
            line += 1;
        }
    } else {
        let mut breaks = chunk.breaks.iter().peekable();
        for range in &chunk.records {
            while breaks.next_if(|at| (**at as usize) < range.start).is_some() {
                // Documents are not told by lines.
                line += u64::from(chunk.line > 0);
            }
            piece(&chunk.data[range.clone()], range.start, line);
        }
    }
}

impl Gathered {
    /// Takes the rows that wait with the decoder too.
    pub fn take_rest(&mut self, decoder: &mut Decoder) -> Result<()> {
        if decoder.rows() > 0 {
            self.batches.push(decoder.take_batch()?);
        }
        Ok(())
    }

    /// Cuts the rows by day; `guard` holds back what the lake was told to forget. Whether there were
    /// any.
    pub fn cut_by_day(
        &mut self,
        tables: &Tables,
        unknown: &mut Unknown,
        guard: Option<&Guard>,
    ) -> Result<bool> {
        let batches = std::mem::take(&mut self.batches);
        let any = !batches.is_empty();
        for mut batch in batches {
            unknown.note(&batch, tables);
            if let Some(guard) = guard {
                let (kept, forgotten) = guard.records(&plain(&batch)?)?;
                batch = kept;
                self.forgotten += forgotten;
            }
            self.span = joined(self.span, span_of(&batch));
            self.days.extend(by_day(&batch)?);
        }
        self.unknown_codes = std::mem::take(&mut unknown.codes);
        self.unknown_texts = std::mem::take(&mut unknown.texts);
        Ok(any)
    }
}

/// The span of time that holds both.
pub(super) fn joined(one: Option<(i64, i64)>, two: Option<(i64, i64)>) -> Option<(i64, i64)> {
    let both = one.zip(two);
    both.map(|((f, l), (first, last))| (f.min(first), l.max(last)))
        .or(one)
        .or(two)
}

/// Lines without their break, and where they begin.
fn lines<'c>(data: &'c [u8], breaks: &'c [u32]) -> impl Iterator<Item = (usize, &'c [u8])> {
    let ends = breaks.iter().map(|at| *at as usize).chain([data.len()]);
    ends.scan(0, |start, end| {
        let line = (*start, data.get(*start..end)?);
        *start = end + 1;
        Some(line)
    })
}

/// A line without white space around it, nor the byte order mark of a file that was appended.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    line.strip_prefix(MARK).unwrap_or(line)
}
