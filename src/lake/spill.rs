//! Runs of rows that wait on disk: Arrow IPC streams within LZ4, read back batch by batch.
//!
//! Where a day does not fit into memory, its rows go through runs. They live in the staging area,
//! which a recovery clears, and never become part of the lake. Coded texts stay coded, each distinct
//! one of a batch once; the stream is compressed as a whole, since a batch is hundreds of small
//! buffers. Brief runs, which are read as soon as they are written, are not compressed.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::layout;
use super::sorted::Batches;
use crate::error::{Error, Result};
use crate::signin::coded::{TEXTS_MAX, fit};

const BUFFER_BYTES: usize = 256 << 10;

/// A run being written.
pub struct RunWriter {
    path: PathBuf,
    schema: SchemaRef,
    writer: StreamWriter<Sink>,
}

enum Sink {
    Packed(Box<FrameEncoder<File>>),
    Brief(BufWriter<File>),
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Packed(sink) => sink.write(data),
            Self::Brief(sink) => sink.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Packed(sink) => sink.flush(),
            Self::Brief(sink) => sink.flush(),
        }
    }
}

/// A run that was written; its file goes when it is dropped.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    packed: bool,
}

impl RunWriter {
    /// Begins a new run file, readable by the owner only.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self> {
        Self::begin(path, schema, true)
    }

    /// Begins a new run file that is to be read at once, and then gone.
    pub fn brief(path: &Path, schema: &SchemaRef) -> Result<Self> {
        Self::begin(path, schema, false)
    }

    fn begin(path: &Path, schema: &SchemaRef, packed: bool) -> Result<Self> {
        if let Some(folder) = path.parent() {
            layout::make_dir(folder)?;
        }
        let mut options = File::options();
        let file = options.create_new(true).write(true).mode(0o600).open(path);
        let file = file.map_err(|e| Error::io("create", path, e))?;
        let sink = if packed {
            let info = FrameInfo::new()
                .block_size(BlockSize::Max256KB)
                .block_mode(BlockMode::Linked);
            Sink::Packed(Box::new(FrameEncoder::with_frame_info(info, file)))
        } else {
            Sink::Brief(BufWriter::with_capacity(BUFFER_BYTES, file))
        };
        let writer = StreamWriter::try_new(sink, schema).map_err(|e| Error::lake(path, e))?;
        Ok(Self {
            path: path.to_path_buf(),
            schema: schema.clone(),
            writer,
        })
    }

    /// Appends rows, their texts coded or not as the schema says.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for begin in (0..batch.num_rows()).step_by(TEXTS_MAX) {
            let rows = batch.slice(begin, TEXTS_MAX.min(batch.num_rows() - begin));
            let written = self.writer.write(&fit(&rows, &self.schema)?);
            written.map_err(|e| Error::lake(&self.path, e))?;
        }
        Ok(())
    }

    /// Ends the run.
    pub fn finish(self) -> Result<Run> {
        let Self { path, writer, .. } = self;
        let sink = writer.into_inner().map_err(|e| Error::lake(&path, e))?;
        let packed = match sink {
            Sink::Packed(sink) => sink
                .finish()
                .map(|_| true)
                .map_err(|e| Error::lake(&path, e)),
            Sink::Brief(mut sink) => {
                let flushed = sink.flush().map(|()| false);
                flushed.map_err(|e| Error::io("write", &path, e))
            }
        }?;
        Ok(Run { path, packed })
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

    /// The rows, as they were written.
    pub fn batches(&self) -> Result<Batches<'_>> {
        let file = File::open(&self.path).map_err(|e| Error::io("open", &self.path, e))?;
        let source: Box<dyn Read + Send> = match self.packed {
            true => Box::new(FrameDecoder::new(file)),
            false => Box::new(BufReader::with_capacity(BUFFER_BYTES, file)),
        };
        let reader = StreamReader::try_new(source, None);
        let reader = reader.map_err(|e| Error::lake(&self.path, e))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::batch::{RecordBuilder, text_at};
    use crate::signin::coded::{CODED_SCHEMA, codes, plain};
    use crate::signin::row::Row;
    use crate::signin::schema::{RECORDS_SCHEMA, Record};

    fn users(names: &[Option<&'static str>]) -> RecordBatch {
        let mut builder = RecordBuilder::new(names.len());
        for name in names {
            let mut row = Row::default();
            row.set_text(Record::Id, "an id");
            if let Some(name) = name {
                row.set_text(Record::UserPrincipalName, *name);
            }
            builder.append(&row);
        }
        builder.finish().expect("a batch")
    }

    #[test]
    fn rows_come_back_coded_or_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = [
            vec![Some("a"), None, Some("b"), Some("a")],
            vec![Some("c"), Some("")],
            vec![None, None],
        ];
        let coded: Vec<RecordBatch> = names.iter().map(|names| users(names)).collect();
        let plain: Vec<RecordBatch> = coded.iter().map(|b| plain(b).expect("texts")).collect();
        // As they are, and as the schema wants them.
        for (i, (batches, schema)) in [
            (&coded, &*CODED_SCHEMA),
            (&plain, &*CODED_SCHEMA),
            (&coded, &*RECORDS_SCHEMA),
            (&plain, &*RECORDS_SCHEMA),
        ]
        .into_iter()
        .enumerate()
        {
            let path = folder.path().join(format!("{i}.run"));
            let run = match i % 2 {
                0 => Run::of(&path, schema, batches).expect("a run"),
                _ => {
                    let mut run = RunWriter::brief(&path, schema).expect("a run");
                    batches.iter().for_each(|b| run.write(b).expect("rows"));
                    run.finish().expect("a run")
                }
            };
            let read = run.batches().expect("a run").collect::<Result<Vec<_>>>();
            let read = read.expect("batches");
            assert_eq!(read.len(), names.len());
            for (batch, names) in read.iter().zip(&names) {
                assert_eq!(batch.schema_ref().fields(), schema.fields());
                let column = batch.column(Record::UserPrincipalName as usize);
                let told: Vec<Option<&str>> =
                    (0..batch.num_rows()).map(|i| text_at(column, i)).collect();
                assert_eq!(&told, names);
                assert_eq!(codes(column).is_some(), i < 2);
            }
            drop(run);
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_damaged_run_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cut.run");
        let run = Run::of(&path, &CODED_SCHEMA, &[users(&[Some("a")])]).expect("a run");
        let file = File::options().write(true).open(&path).expect("a file");
        let half = file.metadata().expect("a length").len() / 2;
        file.set_len(half).expect("a shorter file");
        let read = run.batches().and_then(Iterator::collect::<Result<Vec<_>>>);
        let error = read.expect_err("an error").to_string();
        assert!(error.contains("cut.run"), "{error}");
    }
}
