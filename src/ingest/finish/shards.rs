//! Cuts the rows of a large day into shards that fit into memory, and joins sorted shards again.
//!
//! Rows that belong together (copies of a record, records of a user) share a hash and so a shard.
//! A day that fits is one shard and never leaves memory.

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::lake::sorted::{self, Batches};
use crate::lake::spill::{Run, RunWriter};
use crate::signin::coded::{pick, pick_rows};
use crate::signin::columns::bytes_of;

/// Most shards of a day: each is an open file while the day is cut.
const SHARDS_MAX: usize = 256;
/// Rows that are cut together, and bytes of them: a row can be as large as its record.
const CUT_ROWS: usize = 16_384;
const CUT_BYTES: usize = 16 << 20;
/// Rows of a sorted run that a merge holds at once.
const PIECE_ROWS: usize = 1_024;

/// How a day is cut.
#[derive(Clone)]
pub(super) struct Shards {
    pub(super) count: usize,
    /// Bytes of sorted rows that may stay in memory.
    held_max: usize,
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
            held_max: bytes_max / 2,
            folder,
            prefix,
        }
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
        let mut writers = (0..self.count)
            .map(|i| RunWriter::brief(&self.path(name, i), schema))
            .collect::<Result<Vec<_>>>()?;
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let (mut batches, mut held, mut bytes) = (Vec::new(), 0, 0);
            while held < CUT_ROWS
                && bytes < CUT_BYTES
                && let Some(batch) = rows.next().transpose()?
            {
                held += batch.num_rows();
                bytes += bytes_of(&batch);
                batches.push(batch);
            }
            let mut places = vec![Vec::new(); self.count];
            for (part, batch) in batches.iter().enumerate() {
                for (i, hash) in hashes(batch).into_iter().enumerate() {
                    // The low bits pick buckets of hash maps; the high ones are free.
                    let shard = (hash >> 32) as usize % self.count;
                    places[shard].push((part, i));
                }
            }
            let batches: Vec<&RecordBatch> = batches.iter().collect();
            for (writer, places) in writers.iter_mut().zip(places) {
                if !places.is_empty() {
                    writer.write(&pick_rows(&batches, &places)?)?;
                }
            }
        }
        let shards = writers.into_iter().map(|w| w.finish().map(Shard::OnDisk));
        shards.collect()
    }

    /// A place for the sorted rows of all shards.
    pub(super) fn sorted(&self, name: &'static str, schema: &SchemaRef) -> Sorted {
        Sorted {
            shards: self.clone(),
            name,
            schema: schema.clone(),
            parts: Vec::new(),
            rows: 0,
            held: 0,
        }
    }

    /// Keeps the rows of a shard: in memory if there is only one.
    pub(super) fn keep(
        &self,
        name: &str,
        shard: usize,
        schema: &SchemaRef,
        batch: RecordBatch,
    ) -> Result<Shard> {
        if self.count == 1 {
            return Ok(Shard::Held(vec![batch]));
        }
        let mut run = RunWriter::brief(&self.path(name, shard), schema)?;
        // In pieces of their own texts, so that a merge holds little of each run.
        for at in (0..batch.num_rows()).step_by(PIECE_ROWS) {
            let end = batch.num_rows().min(at + PIECE_ROWS);
            run.write(&pick(&batch, at..end)?)?;
        }
        Ok(Shard::OnDisk(run.finish()?))
    }

    fn path(&self, name: &str, shard: usize) -> PathBuf {
        self.folder
            .join(format!("{}-{name}-{shard}.run", self.prefix))
    }
}

/// Sorted rows of one shard after another, to be merged.
pub(super) struct Sorted {
    shards: Shards,
    name: &'static str,
    schema: SchemaRef,
    parts: Vec<Shard>,
    pub(super) rows: usize,
    /// Bytes of the rows in memory.
    held: usize,
}

impl Sorted {
    /// Adds the sorted rows of the next shard.
    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows += batch.num_rows();
        let bytes = bytes_of(&batch);
        if self.held + bytes <= self.shards.held_max {
            self.held += bytes;
            self.parts.push(Shard::Held(vec![batch]));
            return Ok(());
        }
        let (shards, place) = (&self.shards, self.parts.len());
        let part = shards.keep(self.name, place, &self.schema, batch)?;
        self.parts.push(part);
        Ok(())
    }

    /// All rows, sorted; can be asked for more than once.
    pub(super) fn batches(&self, order: &[&str]) -> Result<Batches<'_>> {
        let mut streams = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let stream: Batches<'_> = match part {
                Shard::Held(batches) => Box::new(batches.iter().cloned().map(Ok)),
                Shard::OnDisk(run) => run.batches()?,
            };
            streams.push(stream);
        }
        match streams.len() {
            1 => Ok(streams.swap_remove(0)),
            _ => sorted::merge(streams, order),
        }
    }
}
