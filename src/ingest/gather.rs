//! Gathers the records of each day, on disk where memory runs short.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;

use crate::error::{Error, Result};
use crate::lake::layout::Day;
use crate::lake::read::read_file;
use crate::lake::write::write_file;
use crate::signin::schema::RECORDS_SCHEMA;

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
