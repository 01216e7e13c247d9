//! Decodes one chunk of an export: its rows by day, and what became of each record.

use std::collections::BTreeMap;

use arrow::array::{AsArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::feed::reject;
use super::pieces::Chunk;
use crate::decode::decoder::{Decoder, Fate, FileFacts};
use crate::error::{Error, Result};
use crate::lake::layout::Day;
use crate::lake::receipts::Reject;
use crate::signin::policy::Policy;
use crate::signin::schema::Record;

/// What one chunk gave.
#[derive(Default)]
pub struct Gathered {
    pub rows_read: u64,
    pub other_categories: BTreeMap<String, u64>,
    pub rejects: Vec<Reject>,
    pub lists: Vec<(i64, Vec<Policy>)>,
    pub days: Vec<(Day, RecordBatch)>,
    pub without_tenant: u64,
    /// Rows whose id was derived from their content.
    pub ids_derived: u64,
    /// Keys without a column, with their records; at most 1,000 names.
    pub unknown_keys: BTreeMap<String, u64>,
}

/// Decodes all records of a chunk.
pub fn decode_chunk(
    decoder: &mut Decoder,
    chunk: &Chunk,
    file: &str,
    facts: &FileFacts,
) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    let before = (decoder.without_tenant, decoder.ids_derived);
    let mut line = chunk.line;
    let mut piece = |bytes: &[u8], start: usize, line: u64| {
        let offset = chunk.offset + start as u64;
        let Ok(text) = simdutf8::basic::from_utf8(bytes) else {
            gathered.rows_read += 1;
            gathered
                .rejects
                .push(reject(file, offset, line, "invalid UTF-8", bytes));
            return;
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
    };
    if chunk.records.is_empty() {
        let mut start = 0;
        for raw in chunk.data.split_inclusive(|b| *b == b'\n') {
            let trimmed = raw.trim_ascii();
            if !trimmed.is_empty() {
                piece(trimmed, start, line);
            }
            start += raw.len();
            line += 1;
        }
    } else {
        let mut counted = 0;
        for range in &chunk.records {
            if line > 0 {
                let between = &chunk.data[counted..range.start];
                line += memchr::memchr_iter(b'\n', between).count() as u64;
                counted = range.start;
            }
            piece(&chunk.data[range.clone()], range.start, line);
        }
    }
    gathered.without_tenant = decoder.without_tenant - before.0;
    gathered.ids_derived = decoder.ids_derived - before.1;
    gathered.lists = decoder.take_lists();
    gathered.unknown_keys = decoder.take_unknown_keys();
    if decoder.rows() > 0 {
        gathered.days = by_day(&decoder.take_batch()?)?;
    }
    Ok(gathered)
}

/// The rows of a batch by the day of their event; parts of records without a date stand under the
/// first day of the epoch.
fn by_day(batch: &RecordBatch) -> Result<Vec<(Day, RecordBatch)>> {
    let times = batch
        .column(Record::CreatedAt as usize)
        .as_primitive::<TimestampMicrosecondType>();
    let mut places: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
    for (i, at) in times.iter().enumerate() {
        let day = Day::of(at.unwrap_or_default());
        places.entry(day).or_default().push(i as u32);
    }
    if places.len() == 1 {
        return Ok(places.into_keys().map(|day| (day, batch.clone())).collect());
    }
    let taken = places.into_iter().map(|(day, rows)| {
        let rows = take_record_batch(batch, &UInt32Array::from(rows));
        rows.map(|rows| (day, rows))
            .map_err(|e| Error::Internal(format!("day: {e}")))
    });
    taken.collect()
}
