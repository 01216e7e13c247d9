//! The new rows of each day, in memory or in run files, and the hashes of their ids.
//!
//! Bounded by `bytes_max`: beyond it rows of the largest day go to disk, written by who added rows,
//! outside of any lock.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::hash::BuildHasher;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow::array::AsArray;
use arrow::compute::{max, min};
use arrow::datatypes::{Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use foldhash::fast::FixedState;

use crate::error::{Error, Result};
use crate::lake::layout::Day;
use crate::lake::sorted::Batches;
use crate::lake::spill::{Run, RunWriter};
use crate::signin::batch::text_at;
use crate::signin::coded::{CODED_SCHEMA, pick};
use crate::signin::columns::bytes_of;
use crate::signin::schema::{RECORDS_SCHEMA, Record};

/// The columns that name a record and say when it happened.
const KEY_COLUMNS: [Record; 4] = [
    Record::Id,
    Record::TenantId,
    Record::CreatedAt,
    Record::EventType,
];
/// The schema of what [`Waiting::keys`] gives.
pub(super) static KEYS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = KEY_COLUMNS.map(|c| RECORDS_SCHEMA.field(c as usize).clone());
    Arc::new(Schema::new(fields.to_vec()))
});

/// Parts of the room for rows, of which one at a time is taken out: small, since it stays in memory
/// until it is written.
const PARTS: usize = 16;

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
    held: Vec<DayRows>,
    spilled: Vec<Spilled>,
    /// Bytes of the rows in memory, and of all that came.
    bytes: usize,
    pub(super) bytes_in_all: usize,
}

impl Waiting {
    /// The rows, those on disk first.
    pub(super) fn rows(&self) -> Batches<'_> {
        self.rows_of(self.spilled.iter().map(|part| &part.rows))
    }

    /// The rows in memory, and those of the parts on disk in which some hash of an id is wanted.
    pub(super) fn rows_with(&self, wanted: &HashSet<u64>) -> Result<Batches<'_>> {
        let mut runs = Vec::new();
        for part in &self.spilled {
            if part.hashes()?.iter().any(|hash| wanted.contains(hash)) {
                runs.push(&part.rows);
            }
        }
        Ok(self.rows_of(runs.into_iter()))
    }

    /// What names the rows and says when they happened: at least the columns of [`KEYS`].
    pub(super) fn keys(&self) -> Batches<'_> {
        self.rows_of(self.spilled.iter().map(|part| &part.keys))
    }

    /// The rows of runs, each opened when it comes to it, and those in memory.
    fn rows_of<'a>(&'a self, runs: impl Iterator<Item = &'a Run> + Send + 'a) -> Batches<'a> {
        let spilled = runs.flat_map(|run| {
            let rows = run.batches();
            rows.unwrap_or_else(|e| Box::new(std::iter::once(Err(e))))
        });
        let held = self.held.iter().map(|rows| Ok(rows.batch.clone()));
        Box::new(spilled.chain(held))
    }

    /// The hashes of the ids of all rows.
    pub(super) fn hashes(&self) -> Result<Vec<u64>> {
        let held = self.held.iter().flat_map(|rows| &rows.hashes);
        let mut all: Vec<u64> = held.copied().collect();
        for part in &self.spilled {
            all.extend(part.hashes()?);
        }
        Ok(all)
    }
}

/// Rows of a day on disk.
struct Spilled {
    rows: Run,
    keys: Run,
    /// The file of the hashes of their ids.
    hashes: PathBuf,
}

impl Spilled {
    fn hashes(&self) -> Result<Vec<u64>> {
        let bytes = std::fs::read(&self.hashes).map_err(|e| Error::io("read", &self.hashes, e))?;
        let whole = bytes.as_chunks::<8>().0;
        Ok(whole.iter().map(|b| u64::from_le_bytes(*b)).collect())
    }
}

/// Rows of a day that left the buffers and are to be written to disk, which needs no lock.
pub(super) struct Overflow {
    day: Day,
    path: PathBuf,
    rows: Vec<DayRows>,
    bytes: usize,
}

/// What became of an [`Overflow`], to be told to the buffers.
pub(super) struct Written {
    day: Day,
    spilled: Spilled,
    bytes: usize,
}

impl Overflow {
    /// Writes the rows.
    pub(super) fn write(self) -> Result<Written> {
        let mut rows = RunWriter::create(&self.path, &CODED_SCHEMA)?;
        let mut keys = RunWriter::create(&self.path.with_extension("keys"), &KEYS)?;
        let mut bytes = Vec::new();
        for part in self.rows {
            keys.write(&keys_of(&part.batch)?)?;
            rows.write(&part.batch)?;
            bytes.extend(part.hashes.into_iter().flat_map(u64::to_le_bytes));
        }
        let hashes = self.path.with_extension("ids");
        let mut file = File::options();
        let file = file.create_new(true).write(true).mode(0o600).open(&hashes);
        file.and_then(|mut file| file.write_all(&bytes))
            .map_err(|e| Error::io("write", &hashes, e))?;
        Ok(Written {
            day: self.day,
            spilled: Spilled {
                rows: rows.finish()?,
                keys: keys.finish()?,
                hashes,
            },
            bytes: self.bytes,
        })
    }
}

fn keys_of(batch: &RecordBatch) -> Result<RecordBatch> {
    let keys = batch.project(&KEY_COLUMNS.map(|column| column as usize));
    keys.map_err(|e| Error::Internal(format!("keys: {e}")))
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
        let waiting = self.days.entry(rows.day).or_default();
        waiting.bytes += rows.bytes;
        waiting.bytes_in_all += rows.bytes;
        self.bytes += rows.bytes;
        waiting.held.push(rows);
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
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while bytes <= self.bytes_max / PARTS
            && let Some(last) = waiting.held.pop()
        {
            bytes += last.bytes;
            rows.push(last);
        }
        if rows.is_empty() {
            return None;
        }
        waiting.bytes -= bytes;
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
        waiting.spilled.push(written.spilled);
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
