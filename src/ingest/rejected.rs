//! What an ingest could not read: the first few for whoever asked, all of it for table `rejects`.
//!
//! Memory is [`HELD_BYTES_MAX`] of text and 16 bytes a reject; the rest waits on disk. Beyond
//! [`KEPT_MAX`] rejects are counted only, and the receipt says so.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::lake::Lake;
use crate::lake::forget::Guard;
use crate::lake::journal::DataFile;
use crate::lake::layout::Table;
use crate::lake::receipts::{REJECTS_SCHEMA, Reject, known_rejects, reject_rows, without_known};
use crate::lake::spill::Run;
use crate::lake::write::Place;
use crate::signin::unknown::Tally;

/// Rejects that [`super::Done`] shows.
const SHOWN_MAX: usize = 1_000;
/// Rejects that are written; more are counted.
const KEPT_MAX: u64 = 2_000_000;
/// Rejected text in memory.
const HELD_BYTES_MAX: usize = 16 << 20;

/// The rejects of an ingest so far.
pub(super) struct Rejected {
    folder: PathBuf,
    ingest_id: String,
    pub(super) shown: Vec<Reject>,
    held: Vec<Reject>,
    held_bytes: usize,
    runs: Vec<Run>,
    kept: u64,
    /// Rejects beyond [`KEPT_MAX`].
    pub(super) not_kept: u64,
    pub(super) by_reason: Tally,
}

impl Rejected {
    /// None yet; `folder` is for those that do not fit into memory.
    pub(super) fn new(folder: &Path, ingest_id: &str) -> Self {
        Self {
            folder: folder.to_path_buf(),
            ingest_id: ingest_id.to_owned(),
            shown: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            runs: Vec::new(),
            kept: 0,
            not_kept: 0,
            by_reason: Tally::default(),
        }
    }

    /// Adds rejects.
    pub(super) fn add(&mut self, more: Vec<Reject>) -> Result<()> {
        for reject in more {
            self.by_reason.add(&reject.reason, 1);
            if self.shown.len() < SHOWN_MAX {
                self.shown.push(reject.clone());
            }
            if self.kept == KEPT_MAX {
                self.not_kept += 1;
                continue;
            }
            self.kept += 1;
            self.held_bytes += reject.content.len() + size_of::<Reject>();
            self.held.push(reject);
        }
        if self.held_bytes > HELD_BYTES_MAX {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let path = self.folder.join(format!("rejects-{}.run", self.runs.len()));
        let rows = reject_rows(&self.held, &self.ingest_id)?;
        self.runs.push(Run::of(&path, &REJECTS_SCHEMA, &[rows])?);
        self.held.clear();
        self.held_bytes = 0;
        Ok(())
    }

    /// Stages those that the lake does not hold yet, each once, without what it was told to forget.
    pub(super) fn stage(&self, lake: &Lake, guard: Option<&Guard>) -> Result<Option<DataFile>> {
        if self.kept == 0 {
            return Ok(None);
        }
        let kept = |rows: RecordBatch| guard.map_or(Ok(rows.clone()), |g| g.rejects(&rows));
        let mut known: HashSet<u128> = known_rejects(lake)?;
        let held = kept(reject_rows(&self.held, &self.ingest_id)?)?;
        if self.runs.is_empty() && without_known(&held, &mut known.clone())?.num_rows() == 0 {
            return Ok(None);
        }
        let place = Place {
            root: lake.root(),
            table: Table::Rejects,
            day: None,
            ingest_id: &self.ingest_id,
            part: 0,
        };
        let spilled = self
            .runs
            .iter()
            .map(Run::batches)
            .collect::<Result<Vec<_>>>()?;
        let spilled = spilled.into_iter().flatten().map(|rows| kept(rows?));
        let all = spilled.chain([Ok(held)]);
        let new = all.map(|rows| without_known(&rows?, &mut known));
        let file = place.stage(&REJECTS_SCHEMA, self.kept as usize, Box::new(new))?;
        Ok(Some(file))
    }
}
