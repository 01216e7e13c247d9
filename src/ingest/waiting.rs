//! New rows of one day that wait to be merged: in memory, and in parts on disk.
//!
//! What names the rows stands apart on disk, so that placing them does not read all of them.

use std::collections::HashSet;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use foldhash::fast::FixedState;

use crate::error::{Error, Result};
use crate::lake::layout::Day;
use crate::lake::sorted::Batches;
use crate::lake::spill::{Run, RunWriter};
use crate::signin::batch::TextReader;
use crate::signin::coded::CODED_SCHEMA;
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

/// New rows of one day, with what the buffers keep of them.
pub struct DayRows {
    pub day: Day,
    pub batch: RecordBatch,
    /// Hashes of their ids.
    hashes: Vec<u64>,
    /// Bytes that they take in memory.
    pub(super) bytes: usize,
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

/// The hash of a record's id: the same in every run of this program.
pub(super) fn id_hash(id: &str) -> u64 {
    FixedState::default().hash_one(id)
}

/// The hashes of the ids of a batch whose columns hold one called `id`.
pub(super) fn id_hashes(batch: &RecordBatch) -> impl Iterator<Item = u64> {
    let ids = TextReader::named(batch, "id");
    (0..batch.num_rows()).map(move |i| id_hash(ids.at(i).unwrap_or_default()))
}

/// New rows of a day that wait to be merged.
#[derive(Default)]
pub(super) struct Waiting {
    held: Vec<DayRows>,
    spilled: Vec<Spilled>,
    /// Bytes of the rows in memory, and of all that came.
    pub(super) bytes: usize,
    pub(super) bytes_in_all: usize,
}

impl Waiting {
    /// Adds rows.
    pub(super) fn add(&mut self, rows: DayRows) {
        self.bytes += rows.bytes;
        self.bytes_in_all += rows.bytes;
        self.held.push(rows);
    }

    /// Takes rows out of memory, some more than `bytes` if there are as many; they are to be written
    /// and given to [`Self::written`].
    pub(super) fn take_out(&mut self, bytes: usize) -> (Vec<DayRows>, usize) {
        let (mut rows, mut taken) = (Vec::new(), 0);
        while taken <= bytes
            && let Some(last) = self.held.pop()
        {
            taken += last.bytes;
            rows.push(last);
        }
        self.bytes -= taken;
        (rows, taken)
    }

    /// Notes where rows are that were taken out.
    pub(super) fn written(&mut self, spilled: Spilled) {
        self.spilled.push(spilled);
    }

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
        let spilled = runs.flat_map(opened);
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

fn opened(run: &Run) -> Batches<'_> {
    let rows = run.batches();
    rows.unwrap_or_else(|e| Box::new(std::iter::once(Err(e))))
}

/// Rows of a day on disk.
pub(super) struct Spilled {
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
    pub(super) day: Day,
    /// The first file of those that are to be written.
    pub(super) path: PathBuf,
    pub(super) rows: Vec<DayRows>,
    pub(super) bytes: usize,
}

/// What became of an [`Overflow`], to be told to the buffers.
pub(super) struct Written {
    pub(super) day: Day,
    pub(super) spilled: Spilled,
    pub(super) bytes: usize,
}

impl Overflow {
    /// Writes the rows.
    pub(super) fn write(self) -> Result<Written> {
        let mut rows = RunWriter::create(&self.path, &CODED_SCHEMA)?;
        let mut keys = RunWriter::create(&self.path.with_extension("keys"), &KEYS)?;
        let mut bytes = Vec::new();
        for part in self.rows {
            rows.write(&part.batch)?;
            keys.write(&keys_of(&part.batch)?)?;
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
