//! Decodes chunks and gathers the records of each day, on disk where memory runs short.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::pieces::{Chunk, reject};
use crate::decode::decoder::{Decoder, Fate, FileFacts};
use crate::error::{Error, Result};
use crate::lake::layout::Day;
use crate::lake::read::read_file;
use crate::lake::receipts::Reject;
use crate::lake::write::write_file;
use crate::signin::policy::Policy;
use crate::signin::schema::{RECORDS_SCHEMA, Record};

/// What one chunk gave.
#[derive(Default)]
pub struct Gathered {
    pub rows_read: u64,
    pub other_categories: BTreeMap<String, u64>,
    pub rejects: Vec<Reject>,
    pub lists: Vec<(i64, Vec<Policy>)>,
    pub days: Vec<(Day, RecordBatch)>,
    pub without_tenant: u64,
}

/// Decodes all records of a chunk.
pub fn decode_chunk(
    decoder: &mut Decoder,
    chunk: &Chunk,
    file: &str,
    facts: &FileFacts,
) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    let before = decoder.without_tenant;
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
        for range in &chunk.records {
            piece(&chunk.data[range.clone()], range.start, 0);
        }
    }
    gathered.without_tenant = decoder.without_tenant - before;
    gathered.lists = decoder.take_lists();
    if decoder.rows() > 0 {
        gathered.days = by_day(&decoder.take_batch()?)?;
    }
    Ok(gathered)
}

/// The rows of a batch by the day of their event.
fn by_day(batch: &RecordBatch) -> Result<Vec<(Day, RecordBatch)>> {
    let times = batch
        .column(Record::CreatedAt as usize)
        .as_primitive::<TimestampMicrosecondType>();
    let mut places: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
    for (i, at) in times.values().iter().enumerate() {
        places.entry(Day::of(*at)).or_default().push(i as u32);
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

#[derive(Default)]
struct Waiting {
    batches: Vec<RecordBatch>,
    runs: Vec<PathBuf>,
}

/// The new records of each day, in memory or in run files.
pub struct DayBuffers {
    folder: PathBuf,
    days: BTreeMap<Day, Waiting>,
    bytes: usize,
    bytes_max: usize,
    runs: usize,
}

impl DayBuffers {
    /// Buffers that spill to `folder` beyond `bytes_max`.
    pub fn new(folder: &Path, bytes_max: usize) -> Self {
        Self {
            folder: folder.to_path_buf(),
            days: BTreeMap::new(),
            bytes: 0,
            bytes_max,
            runs: 0,
        }
    }

    /// Adds rows of a day.
    pub fn add(&mut self, day: Day, batch: RecordBatch) -> Result<()> {
        self.bytes += bytes_of(&batch);
        self.days.entry(day).or_default().batches.push(batch);
        if self.bytes > self.bytes_max {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn spill(&mut self) -> Result<()> {
        crate::lake::layout::make_dir(&self.folder)?;
        for waiting in self.days.values_mut().filter(|w| !w.batches.is_empty()) {
            let run = arrow::compute::concat_batches(&RECORDS_SCHEMA, &waiting.batches)
                .map_err(|e| Error::Internal(format!("run: {e}")))?;
            let path = self.folder.join(format!("run-{}.parquet", self.runs));
            write_file(&path, &run, &[])?;
            self.runs += 1;
            waiting.batches.clear();
            waiting.runs.push(path);
        }
        self.bytes = 0;
        Ok(())
    }

    /// The days that have new records.
    pub fn days(&self) -> Vec<Day> {
        self.days.keys().copied().collect()
    }

    /// Takes the new records of a day.
    pub fn take(&mut self, day: Day) -> Vec<PendingRun> {
        let waiting = self.days.remove(&day).unwrap_or_default();
        let files = waiting.runs.into_iter().map(PendingRun::File);
        files
            .chain(waiting.batches.into_iter().map(PendingRun::Batch))
            .collect()
    }
}

/// New records of a day that wait to be merged.
pub enum PendingRun {
    Batch(RecordBatch),
    File(PathBuf),
}

impl PendingRun {
    /// The rows, read back where they were spilled.
    pub fn load(self) -> Result<RecordBatch> {
        match self {
            Self::Batch(batch) => Ok(batch),
            Self::File(path) => {
                let batch = read_file(&path, &RECORDS_SCHEMA)?;
                std::fs::remove_file(&path).map_err(|e| Error::io("remove", &path, e))?;
                Ok(batch)
            }
        }
    }
}

fn bytes_of(batch: &RecordBatch) -> usize {
    batch.get_array_memory_size()
}
