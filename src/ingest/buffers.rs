//! The new rows of each day, in memory or in run files, and the hashes of their ids.
//!
//! Bounded by `bytes_max`: beyond it the largest days go to disk until half is free.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, UInt32Array};
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use foldhash::fast::FixedState;

use crate::error::{Error, Result};
use crate::lake::layout::{Day, make_dir};
use crate::lake::sorted::Batches;
use crate::lake::spill::Run;
use crate::signin::batch::text_at;
use crate::signin::columns::{bytes_of, take_rows};
use crate::signin::schema::{RECORDS_SCHEMA, Record};

/// New rows of one day, with what the buffers keep of them.
pub struct DayRows {
    pub day: Day,
    pub batch: RecordBatch,
    /// Hashes of their ids.
    hashes: Vec<u64>,
    /// Bytes that they take in memory.
    bytes: usize,
}

impl DayRows {
    pub(super) fn new(day: Day, batch: RecordBatch) -> Self {
        Self {
            day,
            hashes: id_hashes(&batch).collect(),
            bytes: bytes_of(&batch),
            batch,
        }
    }
}

/// First and last event of a batch, microseconds since 1970-01-01 UTC.
pub(super) fn span_of(batch: &RecordBatch) -> Option<(i64, i64)> {
    let times = batch
        .column(Record::CreatedAt as usize)
        .as_primitive::<TimestampMicrosecondType>();
    Some((min(times)?, max(times)?))
}

/// The rows of a batch by the day of their event; rows without a time are of [`Day::UNKNOWN`].
pub(super) fn by_day(batch: &RecordBatch) -> Result<Vec<DayRows>> {
    let times = batch
        .column(Record::CreatedAt as usize)
        .as_primitive::<TimestampMicrosecondType>();
    let mut places: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
    for (i, at) in times.iter().enumerate() {
        let day = at.map_or(Day::UNKNOWN, Day::of);
        places.entry(day).or_default().push(i as u32);
    }
    if places.len() == 1 {
        let days = places.into_keys();
        return Ok(days.map(|day| DayRows::new(day, batch.clone())).collect());
    }
    let taken = places
        .into_iter()
        .map(|(day, rows)| Ok(DayRows::new(day, take(batch, rows)?)));
    taken.collect()
}

/// These rows of a batch.
pub(super) fn take(batch: &RecordBatch, rows: Vec<u32>) -> Result<RecordBatch> {
    take_rows(batch, &UInt32Array::from(rows))
}

/// The hash of a record's id: the same in every run of this program.
pub(super) fn id_hash(id: &str) -> u64 {
    FixedState::default().hash_one(id)
}

/// The hashes of the ids of a batch whose columns hold one called `id`.
pub(super) fn id_hashes(batch: &RecordBatch) -> impl Iterator<Item = u64> {
    let ids = batch.column_by_name("id").cloned();
    (0..batch.num_rows()).map(move |i| {
        let id = ids.as_ref().and_then(|ids| text_at(ids, i));
        id_hash(id.unwrap_or_default())
    })
}

/// New rows of a day that wait to be merged.
#[derive(Default)]
pub(super) struct Waiting {
    batches: Vec<RecordBatch>,
    runs: Vec<Run>,
    /// Bytes of the batches in memory, and of all rows that came.
    bytes: usize,
    pub(super) bytes_in_all: usize,
    hashes: Hashes,
}

impl Waiting {
    /// The rows, those on disk first.
    pub(super) fn rows(&self) -> Result<Batches<'_>> {
        let streams = self
            .runs
            .iter()
            .map(Run::batches)
            .collect::<Result<Vec<_>>>()?;
        let held = self.batches.iter().cloned().map(Ok);
        Ok(Box::new(streams.into_iter().flatten().chain(held)))
    }

    /// The hashes of the ids of all rows.
    pub(super) fn hashes(&self) -> Result<Vec<u64>> {
        self.hashes.all()
    }
}

/// Hashes of ids: in memory, and those of rows on disk in a file of their own.
#[derive(Default)]
struct Hashes {
    held: Vec<u64>,
    file: Option<PathBuf>,
}

impl Hashes {
    fn spill(&mut self, path: PathBuf) -> Result<()> {
        let mut options = File::options();
        let file = options.create(true).append(true).open(&path);
        let bytes: Vec<u8> = self.held.drain(..).flat_map(u64::to_le_bytes).collect();
        self.held.shrink_to_fit();
        file.and_then(|mut f| f.write_all(&bytes))
            .map_err(|e| Error::io("write", &path, e))?;
        self.file = Some(path);
        Ok(())
    }

    fn all(&self) -> Result<Vec<u64>> {
        let mut all = self.held.clone();
        if let Some(path) = &self.file {
            let mut bytes = Vec::new();
            File::open(path)
                .and_then(|mut f| f.read_to_end(&mut bytes))
                .map_err(|e| Error::io("read", path, e))?;
            let whole = bytes.as_chunks::<8>().0;
            all.extend(whole.iter().map(|b| u64::from_le_bytes(*b)));
        }
        Ok(all)
    }
}

/// The new rows of each day.
pub struct DayBuffers {
    folder: PathBuf,
    days: BTreeMap<Day, Waiting>,
    bytes: usize,
    bytes_max: usize,
    runs: usize,
    keeps: bool,
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
            keeps: true,
        }
    }

    /// Buffers that drop what they are given, for who only looks.
    pub fn none() -> Self {
        Self {
            keeps: false,
            ..Self::new(Path::new(""), 0)
        }
    }

    /// Adds rows of a day.
    pub fn add(&mut self, rows: DayRows) -> Result<()> {
        if !self.keeps {
            return Ok(());
        }
        let bytes = rows.bytes;
        let waiting = self.days.entry(rows.day).or_default();
        waiting.hashes.held.extend(rows.hashes);
        waiting.batches.push(rows.batch);
        waiting.bytes += bytes;
        waiting.bytes_in_all += bytes;
        self.bytes += bytes;
        if self.bytes > self.bytes_max {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn spill(&mut self) -> Result<()> {
        make_dir(&self.folder)?;
        let mut largest: Vec<(usize, Day)> = self.days.iter().map(|(d, w)| (w.bytes, *d)).collect();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        for (bytes, day) in largest {
            if self.bytes <= self.bytes_max / 2 {
                break;
            }
            let Some(waiting) = self.days.get_mut(&day) else {
                continue;
            };
            let path = self.folder.join(format!("day-{}.run", self.runs));
            let run = Run::of(&path, &RECORDS_SCHEMA, &waiting.batches)?;
            let hashes = self.folder.join(format!("day{}.ids", day.0));
            waiting.hashes.spill(hashes)?;
            self.runs += 1;
            waiting.batches.clear();
            waiting.bytes = 0;
            waiting.runs.push(run);
            self.bytes -= bytes;
        }
        Ok(())
    }

    /// The days that have new rows; [`Day::UNKNOWN`] is one.
    pub fn days(&self) -> Vec<Day> {
        self.days.keys().copied().collect()
    }

    /// The new rows of a day.
    pub(super) fn get(&self, day: Day) -> Option<&Waiting> {
        self.days.get(&day)
    }

    /// Takes the new rows of a day.
    pub(super) fn take(&mut self, day: Day) -> Waiting {
        let waiting = self.days.remove(&day).unwrap_or_default();
        self.bytes -= waiting.bytes;
        waiting
    }
}
