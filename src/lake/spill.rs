//! Runs of rows that wait on disk: Arrow IPC streams, compressed with LZ4, read back batch by batch.
//!
//! Where a day does not fit into memory, its rows go through runs. They live in the staging area,
//! which a recovery clears, and never become part of the lake.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow::record_batch::RecordBatch;

use super::layout;
use super::sorted::Batches;
use crate::error::{Error, Result};
use crate::signin::coded::plain;

const BUFFER_BYTES: usize = 256 << 10;

/// A run being written.
pub struct RunWriter {
    path: PathBuf,
    writer: StreamWriter<BufWriter<File>>,
    rows: usize,
}

/// A run that was written; its file goes when it is dropped.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    rows: usize,
}

impl RunWriter {
    /// Begins a new run file, readable by the owner only.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self> {
        if let Some(folder) = path.parent() {
            layout::make_dir(folder)?;
        }
        let mut options = File::options();
        let file = options.create_new(true).write(true).mode(0o600).open(path);
        let file = file.map_err(|e| Error::io("create", path, e))?;
        let buffered = BufWriter::with_capacity(BUFFER_BYTES, file);
        let writer = IpcWriteOptions::default()
            .try_with_compression(Some(CompressionType::LZ4_FRAME))
            .and_then(|options| StreamWriter::try_new_with_options(buffered, schema, options))
            .map_err(|e| Error::lake(path, e))?;
        Ok(Self {
            path: path.to_path_buf(),
            writer,
            rows: 0,
        })
    }

    /// Appends rows, their texts as the schema says.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows();
        let written = self.writer.write(&plain(batch)?);
        written.map_err(|e| Error::lake(&self.path, e))
    }

    /// Ends the run.
    pub fn finish(mut self) -> Result<Run> {
        let ended = self.writer.finish();
        ended.map_err(|e| Error::lake(&self.path, e))?;
        let Self { path, rows, .. } = self;
        Ok(Run { path, rows })
    }
}

impl Run {
    /// Writes rows as a run of their own.
    pub fn of(path: &Path, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Self> {
        let mut writer = RunWriter::create(path, schema)?;
        for batch in batches {
            writer.write(batch)?;
        }
        writer.finish()
    }

    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows, as they were written.
    pub fn batches(&self) -> Result<Batches<'_>> {
        let file = File::open(&self.path).map_err(|e| Error::io("open", &self.path, e))?;
        let buffered = BufReader::with_capacity(BUFFER_BYTES, file);
        let reader =
            StreamReader::try_new(buffered, None).map_err(|e| Error::lake(&self.path, e))?;
        Ok(Box::new(reader.map(|batch| {
            batch.map_err(|e| Error::lake(&self.path, e))
        })))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What cannot be removed now is cleared with the staging area.
        let _ = std::fs::remove_file(&self.path);
    }
}
