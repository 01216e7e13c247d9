//! The new rows of each day.
//!
//! Bounded by `bytes_max`: beyond it rows of the largest day go to disk, written by who added rows,
//! outside of any lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::waiting::{DayRows, Overflow, Waiting, Written};
use crate::error::Result;
use crate::lake::layout::Day;
use crate::signin::coded::pick;
use crate::signin::schema::Record;

/// Parts of the room for rows, of which one at a time is taken out: small, since it stays in memory
/// until it is written.
const PARTS: usize = 16;

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
    let mut places: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
    for (i, at) in times.iter().enumerate() {
        let day = at.map_or(Day::UNKNOWN, Day::of);
        places.entry(day).or_default().push(i);
    }
    if places.len() == 1 {
        let days = places.into_keys();
        return Ok(days.map(|day| DayRows::new(day, batch.clone())).collect());
    }
    let taken = places
        .into_iter()
        .map(|(day, rows)| Ok(DayRows::new(day, pick(batch, rows)?)));
    taken.collect()
}

/// The new rows of each day.
pub struct DayBuffers {
    folder: PathBuf,
    days: BTreeMap<Day, Waiting>,
    /// Bytes of all rows in memory, those included that are being written to disk.
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

    /// Adds rows of a day, and writes others to disk where they become too many.
    pub(super) fn add(&mut self, rows: DayRows) -> Result<()> {
        self.put(rows);
        while let Some(overflow) = self.overflow() {
            let written = overflow.write()?;
            self.written(written);
        }
        Ok(())
    }

    /// Adds rows of a day; what becomes too much is to be taken out by [`Self::overflow`].
    pub(super) fn put(&mut self, rows: DayRows) {
        if !self.keeps {
            return;
        }
        self.bytes += rows.bytes;
        self.days.entry(rows.day).or_default().add(rows);
    }

    /// Takes rows of the largest day out, where there are more bytes than there may be.
    pub(super) fn overflow(&mut self) -> Option<Overflow> {
        if self.bytes <= self.bytes_max {
            return None;
        }
        let (day, waiting) = self
            .days
            .iter_mut()
            .max_by_key(|(_, waiting)| waiting.bytes)?;
        let (rows, bytes) = waiting.take_out(self.bytes_max / PARTS);
        if rows.is_empty() {
            return None;
        }
        let path = self.folder.join(format!("day-{}.run", self.runs));
        self.runs += 1;
        Some(Overflow {
            day: *day,
            path,
            rows,
            bytes,
        })
    }

    /// Notes where rows are that were taken out.
    pub(super) fn written(&mut self, written: Written) {
        self.bytes -= written.bytes;
        let waiting = self.days.entry(written.day).or_default();
        waiting.written(written.spilled);
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
