//! Cuts the rows of a large day into shards that fit into memory, and joins sorted rows again.
//!
//! Rows that belong together (copies of a record, records of a user) share a hash and so a shard.
//! A day that fits is one shard and never leaves memory.

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::lake::sorted::{self, Batches, piece_rows};
use crate::lake::spill::{Run, RunWriter};
use crate::signin::coded::{pick, pick_rows};
use crate::signin::columns::slice_bytes_of;

/// Most shards of a day: each is an open file while the day is cut.
const SHARDS_MAX: usize = 256;
/// Rows that are cut together, and bytes of them: a row can be as large as its record.
const CUT_ROWS: usize = 16_384;
const CUT_BYTES: usize = 16 << 20;

/// Least and most bytes of a piece of a sorted run: a batch has a hundred columns, whatever its rows.
const PIECE_BYTES_MIN: usize = 256 << 10;
const PIECE_BYTES_MAX: usize = 4 << 20;

/// How a day is cut.
#[derive(Clone)]
pub(super) struct Shards {
    pub(super) count: usize,
    /// Bytes of rows that may be in memory at once.
    pub(super) bytes_max: usize,
    /// Where run files go, and what their names begin with.
    pub(super) folder: PathBuf,
    pub(super) prefix: String,
}

/// The rows of one shard.
pub(super) enum Shard {
    Held(Vec<RecordBatch>),
    OnDisk(Run),
}

impl Shard {
    /// The rows, in memory.
    pub(super) fn load(self) -> Result<Vec<RecordBatch>> {
        match self {
            Self::Held(batches) => Ok(batches),
            Self::OnDisk(run) => run.batches()?.collect(),
        }
    }
}

impl Shards {
    /// As many shards as it takes for `bytes` of rows to fit into `bytes_max` one by one.
    pub(super) fn for_bytes(
        bytes: usize,
        bytes_max: usize,
        folder: PathBuf,
        prefix: String,
    ) -> Self {
        let count = bytes.div_ceil(bytes_max.max(1)).clamp(1, SHARDS_MAX);
        Self {
            count,
            bytes_max,
            folder,
            prefix,
        }
    }

    /// Bytes of a piece of a sorted run, so that a merge of all runs holds little more than a shard;
    /// none where all rows are one shard.
    pub(super) fn piece_bytes(&self) -> Option<usize> {
        let bytes = (self.bytes_max / self.count).clamp(PIECE_BYTES_MIN, PIECE_BYTES_MAX);
        (self.count > 1).then_some(bytes)
    }

    /// Cuts rows by their hash.
    pub(super) fn cut(
        &self,
        name: &str,
        schema: &SchemaRef,
        rows: Batches<'_>,
        hashes: &dyn Fn(&RecordBatch) -> Vec<u64>,
    ) -> Result<Vec<Shard>> {
        if self.count == 1 {
            return Ok(vec![Shard::Held(rows.collect::<Result<_>>()?)]);
        }
        let mut cutter = self.cutter(name, schema)?;
        for batches in grouped(rows, CUT_ROWS, CUT_BYTES) {
            let batches = batches?;
            let rows = batches.iter().enumerate().flat_map(|(part, batch)| {
                let hashes = hashes(batch).into_iter().enumerate();
                hashes.map(move |(row, hash)| (hash, (part, row)))
            });
            cutter.cut(&batches, rows)?;
        }
        cutter.finish()
    }

    /// Begins to cut rows on disk.
    pub(super) fn cutter(&self, name: &str, schema: &SchemaRef) -> Result<Cutter> {
        let writers = (0..self.count).map(|i| RunWriter::brief(&self.path(name, i), schema));
        Ok(Cutter {
            writers: writers.collect::<Result<_>>()?,
        })
    }

    /// A place for the sorted rows of all parts of a day.
    pub(super) fn sorted(&self, name: &'static str) -> Sorted {
        Sorted {
            shards: self.clone(),
            name,
            parts: Vec::new(),
            rows: 0,
            held: 0,
        }
    }

    /// Keeps the rows of a shard: in memory if there is only one.
    pub(super) fn keep(&self, name: &str, shard: usize, batch: RecordBatch) -> Result<Shard> {
        let Some(piece_bytes) = self.piece_bytes() else {
            return Ok(Shard::Held(vec![batch]));
        };
        let mut run = RunWriter::brief(&self.path(name, shard), batch.schema_ref())?;
        for piece in pieces(&batch, piece_bytes) {
            run.write(&piece?)?;
        }
        Ok(Shard::OnDisk(run.finish()?))
    }

    fn path(&self, name: &str, shard: usize) -> PathBuf {
        self.folder
            .join(format!("{}-{name}-{shard}.run", self.prefix))
    }
}

/// Batches in groups of about so many rows or bytes, at least one in each.
pub(super) fn grouped(
    mut rows: Batches<'_>,
    rows_max: usize,
    bytes_max: usize,
) -> impl Iterator<Item = Result<Vec<RecordBatch>>> {
    std::iter::from_fn(move || {
        let (mut batches, mut held, mut bytes) = (Vec::new(), 0, 0);
        while (batches.is_empty() || held < rows_max && bytes < bytes_max)
            && let Some(batch) = rows.next()
        {
            let Ok(batch) = batch else {
                return Some(batch.map(|_| Vec::new()));
            };
            held += batch.num_rows();
            bytes += slice_bytes_of(&batch);
            batches.push(batch);
        }
        (!batches.is_empty()).then_some(Ok(batches))
    })
}

/// A batch in pieces of about so many bytes, each with its own texts.
fn pieces(batch: &RecordBatch, bytes: usize) -> impl Iterator<Item = Result<RecordBatch>> {
    let rows = piece_rows(&[batch], bytes);
    let begins = (0..batch.num_rows()).step_by(rows);
    begins.map(move |at| pick(batch, at..batch.num_rows().min(at + rows)))
}

/// Cuts rows into runs on disk, one for each shard.
pub(super) struct Cutter {
    writers: Vec<RunWriter>,
}

impl Cutter {
    /// Adds rows of batches: the hash of each, and its batch and place there.
    pub(super) fn cut(
        &mut self,
        batches: &[RecordBatch],
        rows: impl Iterator<Item = (u64, (usize, usize))>,
    ) -> Result<()> {
        let mut places = vec![Vec::new(); self.writers.len()];
        let count = places.len();
        for (hash, place) in rows {
            // The low bits pick buckets of hash maps; the high ones are free.
            places[(hash >> 32) as usize % count].push(place);
        }
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        for (writer, places) in self.writers.iter_mut().zip(places) {
            if !places.is_empty() {
                writer.write(&pick_rows(&batches, &places)?)?;
            }
        }
        Ok(())
    }

    /// The shards.
    pub(super) fn finish(self) -> Result<Vec<Shard>> {
        let shards = self.writers.into_iter();
        shards.map(|w| w.finish().map(Shard::OnDisk)).collect()
    }
}

/// Sorted rows of one part of a day after another, to be merged.
pub(super) struct Sorted {
    shards: Shards,
    name: &'static str,
    parts: Vec<Part>,
    pub(super) rows: usize,
    /// Bytes of the rows in memory.
    held: usize,
}

/// Sorted rows: the first in memory, those that it has no room for on disk.
#[derive(Default)]
struct Part {
    held: Vec<RecordBatch>,
    rest: Option<Run>,
}

impl Sorted {
    /// Adds the sorted rows of the next part.
    pub(super) fn push(
        &mut self,
        batches: impl Iterator<Item = Result<RecordBatch>>,
    ) -> Result<()> {
        let shards = &self.shards;
        let (mut part, mut writer) = (Part::default(), None);
        for batch in batches {
            let batch = batch?;
            self.rows += batch.num_rows();
            let bytes = slice_bytes_of(&batch);
            let fits = shards.count == 1 || self.held + bytes <= shards.bytes_max / 2;
            if fits && writer.is_none() {
                self.held += bytes;
                part.held.push(batch);
                continue;
            }
            let writer = match &mut writer {
                Some(writer) => writer,
                None => {
                    let path = shards.path(self.name, self.parts.len());
                    writer.insert(RunWriter::brief(&path, batch.schema_ref())?)
                }
            };
            writer.write(&batch)?;
        }
        part.rest = writer.map(RunWriter::finish).transpose()?;
        self.parts.push(part);
        Ok(())
    }

    /// Adds the sorted rows of the next part, which are one batch.
    pub(super) fn push_batch(&mut self, batch: RecordBatch) -> Result<()> {
        match self.shards.piece_bytes() {
            None => self.push(std::iter::once(Ok(batch))),
            Some(bytes) => self.push(pieces(&batch, bytes)),
        }
    }

    /// All rows, sorted; can be asked for more than once.
    pub(super) fn batches(&self, order: &[&str]) -> Result<Batches<'_>> {
        let mut streams = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let held = part.held.iter().cloned().map(Ok);
            let stream: Batches<'_> = match &part.rest {
                None => Box::new(held),
                Some(run) => Box::new(held.chain(run.batches()?)),
            };
            streams.push(stream);
        }
        match streams.len() {
            1 => Ok(streams.swap_remove(0)),
            _ => sorted::merge(streams, order),
        }
    }
}
