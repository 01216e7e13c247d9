//! The new rows of each day.
//!
//! Bounded by `bytes_max`: beyond it rows of the largest day go to disk, written by who added rows,
//! outside of any lock. Rows that all stay are used up day by day while days are merged. Where some go
//! to disk, or a day is larger than a merge takes at once, merging needs most of the memory, and the
//! rows have three tenths of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, BooleanArray};
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::waiting::{DayRows, Overflow, Waiting, Written};
use crate::error::Result;
use crate::lake::layout::Day;
use crate::signin::coded::pick;
use crate::signin::columns::filter_rows;
use crate::signin::schema::Record;

/// Parts of the room for rows, of which one at a time is taken out: small, since it stays in memory
/// until it is written.
const PARTS: usize = 16;

/// What rows may take beside the merging of large days.
const BESIDE: (usize, usize) = (3, 10);

/// What is most of a batch: two thirds.
const MOST: (usize, usize) = (2, 3);

/// First and last event of a batch, microseconds since 1970-01-01 UTC.
pub(super) fn span_of(batch: &RecordBatch) -> Option<(i64, i64)> {
    let times = batch
        .column(Record::CreatedAt as usize)
        .as_primitive::<TimestampMicrosecondType>();
    Some((min(times)?, max(times)?))
}

/// The rows of a batch by the day of their event; rows without a time are of [`Day::UNKNOWN`]. Of a day
/// that is most of the batch, texts are not gone through: its rows are a part of the batch where they
/// stand together, and what is left of it where some of other days stand between them.
pub(super) fn by_day(batch: &RecordBatch) -> Result<Vec<DayRows>> {
    let times = batch
        .column(Record::CreatedAt as usize)
        .as_primitive::<TimestampMicrosecondType>();
    let days = times.iter().map(|at| at.map_or(Day::UNKNOWN, Day::of));
    let days: Vec<Day> = days.collect();
    let mut places: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
    let mut begin = 0;
    for run in days.chunk_by(|a, b| a == b) {
        let end = begin + run.len();
        places.entry(run[0]).or_default().extend(begin..end);
        begin = end;
    }
    let parts = places.into_iter().map(|(day, rows)| {
        let ends = rows.first().zip(rows.last());
        let together = ends.is_some_and(|(first, last)| last - first + 1 == rows.len());
        let part = match rows.len() * MOST.1 >= batch.num_rows() * MOST.0 {
            true if together => batch.slice(rows[0], rows.len()),
            true => filter_rows(batch, &kept(&rows, batch.num_rows()))?,
            false => pick(batch, rows)?,
        };
        Ok(DayRows::new(day, part))
    });
    parts.collect()
}

/// Which of so many rows stand at these places.
fn kept(places: &[usize], rows: usize) -> BooleanArray {
    let mut kept = vec![false; rows];
    places.iter().for_each(|place| kept[*place] = true);
    kept.into()
}

/// The new rows of each day.
pub struct DayBuffers {
    folder: PathBuf,
    days: BTreeMap<Day, Waiting>,
    /// Bytes of all rows in memory, those included that are being written to disk.
    bytes: usize,
    bytes_max: usize,
    /// Bytes of a day beyond which it is a large one.
    day_bytes_max: usize,
    has_large_days: bool,
    runs: usize,
    keeps: bool,
}

impl DayBuffers {
    /// Buffers that spill to `folder` beyond `bytes_max`; a day of more than `day_bytes_max` is a large
    /// one.
    pub fn new(folder: &Path, bytes_max: usize, day_bytes_max: usize) -> Self {
        Self {
            folder: folder.to_path_buf(),
            days: BTreeMap::new(),
            bytes: 0,
            bytes_max,
            day_bytes_max,
            has_large_days: false,
            runs: 0,
            keeps: true,
        }
    }

    /// Buffers that drop what they are given, for who only looks.
    pub fn none() -> Self {
        Self {
            keeps: false,
            ..Self::new(Path::new(""), 0, 0)
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
        let day = self.days.entry(rows.day).or_default();
        day.add(rows);
        self.has_large_days |= day.bytes_in_all > self.day_bytes_max;
    }

    /// Takes rows of the largest day out, where there are more bytes than there may be.
    pub(super) fn overflow(&mut self) -> Option<Overflow> {
        let bytes_max = match self.runs > 0 || self.has_large_days {
            true => self.bytes_max / BESIDE.1 * BESIDE.0,
            false => self.bytes_max,
        };
        if self.bytes <= bytes_max {
            return None;
        }
        let (day, waiting) = self
            .days
            .iter_mut()
            .max_by_key(|(_, waiting)| waiting.bytes)?;
        let (rows, bytes) = waiting.take_out(bytes_max / PARTS);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::batch::{RecordBuilder, text_at};
    use crate::signin::coded::codes;
    use crate::signin::row::{Cell, Row};

    /// A batch of rows that stand on these days, each with its place as id.
    fn batch(days: &[i64]) -> RecordBatch {
        let mut builder = RecordBuilder::new(days.len());
        for (i, day) in days.iter().enumerate() {
            let mut row = Row::default();
            row.set_text(Record::Id, i.to_string());
            row.set_text(Record::City, format!("city {day}"));
            row.set(Record::CreatedAt, Cell::Time(day * 86_400_000_000 + 5));
            builder.append(&row);
        }
        builder.finish().expect("a batch")
    }

    #[test]
    fn every_row_comes_to_its_day() {
        for days in [
            &[3, 3, 3, 3][..],
            &[3, 3, 3, 3, 4],
            &[2, 3, 3, 3, 3, 2],
            &[3, 3, 4, 3, 3, 3],
            &[3, 4, 3, 4],
            &[5, 3, 3, 4, 4],
        ] {
            let mut found: Vec<(usize, i64)> = Vec::new();
            for part in by_day(&batch(days)).expect("days") {
                let rows = &part.batch;
                for i in 0..rows.num_rows() {
                    let text = |column: Record| text_at(rows.column(column as usize), i);
                    let id = text(Record::Id).expect("an id");
                    let day = i64::from(part.day.0);
                    assert_eq!(text(Record::City), Some(&*format!("city {day}")));
                    found.push((id.parse().expect("a place"), day));
                }
            }
            found.sort_unstable();
            let wanted: Vec<(usize, i64)> = days.iter().copied().enumerate().collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn what_is_most_of_a_batch_is_not_copied() {
        let whole = batch(&[1, 1, 1, 1, 2]);
        let parts = by_day(&whole).expect("days");
        let ids =
            |batch: &RecordBatch| batch.column(Record::Id as usize).to_data().buffers()[1].as_ptr();
        assert_eq!(ids(&parts[0].batch), ids(&whole));
        assert_eq!(parts[0].batch.num_rows(), 4);
        assert_ne!(ids(&parts[1].batch), ids(&whole));
        // Where it does not stand together, its texts are still not gone through.
        let whole = batch(&[1, 1, 2, 1, 1]);
        let parts = by_day(&whole).expect("days");
        assert_eq!((parts[0].day.0, parts[0].batch.num_rows()), (1, 4));
        let cities = |batch: &RecordBatch| {
            let (_, texts) = codes(batch.column(Record::City as usize)).expect("coded texts");
            texts.value_data().as_ptr()
        };
        assert_eq!(cities(&parts[0].batch), cities(&whole));
    }

    /// Bytes that buffers hold of rows of these days, and whether some went to disk.
    fn held(days: &[i64], bytes_max: usize, day_bytes_max: usize) -> (usize, bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut buffers = DayBuffers::new(folder.path(), bytes_max, day_bytes_max);
        for day in days {
            for rows in by_day(&batch(&[*day])).expect("days") {
                buffers.add(rows).expect("rows");
            }
        }
        let days = buffers.days().into_iter();
        let rows: usize = days
            .map(|d| buffers.get(d).map_or(0, |w| w.rows().count()))
            .sum();
        assert_eq!(rows, 100);
        (buffers.bytes, buffers.runs > 0)
    }

    #[test]
    fn rows_that_all_fit_may_take_all_of_the_memory() {
        let one = DayRows::new(Day(1), batch(&[1])).bytes;
        let many: Vec<i64> = (0..100).collect();
        assert_eq!(held(&many, 100 * one, 2 * one), (100 * one, false));
        // Where not all of them fit, merging needs its part.
        let (bytes, spilled) = held(&many, 90 * one, 2 * one);
        assert!(spilled && bytes <= 27 * one, "{bytes}");
        // A large day is not merged within memory.
        let (bytes, spilled) = held(&[1; 100], 100 * one, 50 * one);
        assert!(spilled && bytes <= 30 * one, "{bytes}");
    }
}
