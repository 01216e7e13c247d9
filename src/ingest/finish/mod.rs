//! Finishes an ingest day by day: places records, merges them, makes sign-ins, and stages all.
//!
//! ```text
//! buffers ─▶ place (which day) ─▶ records (merge, sort, stage) ─▶ signins (fold, decide, score, stage)
//! ```
//! Of a day larger than its share of memory the records that stand alone are sorted part by part
//! (see `alone`), all else goes through shards on disk (see `shards`). Files of a day that do not
//! change stay as they are; see `hits` for records, `files` for both tables.

mod alone;
mod around;
mod changes;
mod files;
mod fold;
mod hits;
mod place;
mod records;
mod scores;
mod shards;
mod signins;
mod turns;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::buffers::DayBuffers;
use super::{Options, Progress};
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::day_facts::DayFacts;
use crate::lake::days::Counts;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, staging_dir};
use crate::lake::policies::PolicySets;

/// Bytes that a row of `records` takes in memory, for days whose rows are still on disk.
const ROW_BYTES_GUESS: usize = 2_048;
/// Copies of a shard's rows that merging, sorting and writing hold at once.
const COPIES_HELD: usize = 5;

/// What all days of an ingest share.
pub(super) struct Finish<'a> {
    pub(super) lake: &'a Lake,
    pub(super) ingest_id: &'a str,
    pub(super) options: &'a Options,
    pub(super) progress: &'a Progress,
    pub(super) policies: &'a Mutex<PolicySets>,
}

/// What finishing the days did.
#[derive(Default)]
pub(super) struct Finished {
    /// New files, by table and day.
    pub(super) files: Vec<DataFile>,
    /// Live files that stay no longer.
    pub(super) gone: BTreeSet<PathBuf>,
    pub(super) facts: BTreeMap<i32, DayFacts>,
    pub(super) counts: Counts,
    pub(super) capped: u64,
    pub(super) signin_days_changed: u64,
    /// Sign-ins that are new or differ, and those that are no more: joined, split, or moved.
    pub(super) signins_changed: u64,
    pub(super) signins_gone: u64,
}

impl Finished {
    fn stage(&mut self, staged: files::Staged) {
        self.files.extend(staged.new);
        self.gone.extend(staged.gone);
    }
}

impl Finish<'_> {
    /// Merges, folds and stages everything that an ingest brought.
    pub(super) fn run(&self, mut buffers: DayBuffers) -> Result<Finished> {
        let moves = place::place(self.lake, &mut buffers)?;
        let mut finished = records::finish(self, buffers, &moves)?;
        if self.options.only_records {
            let before = &self.lake.manifest().days;
            for (day, facts) in &mut finished.facts {
                // Their sign-ins stay as they are meanwhile.
                let old = before.get(day).cloned().unwrap_or_default();
                (facts.pending, facts.scored_with) = (old.pending, old.scored_with);
                facts.unfolded = true;
            }
            return Ok(finished);
        }
        self.add_unfolded(&mut finished);
        signins::finish(self, finished, false)
    }

    /// Lets the sign-ins be made of days whose records came before and alone.
    fn add_unfolded(&self, finished: &mut Finished) {
        let unfolded = self.lake.manifest().days.iter().filter(|(_, f)| f.unfolded);
        for (day, facts) in unfolded {
            let facts = DayFacts {
                unfolded: false,
                ..facts.clone()
            };
            finished.facts.entry(*day).or_insert(facts);
        }
    }

    /// Makes the sign-ins of a day and its neighbours again.
    pub(super) fn refold(&self, day: Day) -> Result<Finished> {
        let facts = self.lake.manifest().days.get(&day.0).cloned();
        let finished = Finished {
            facts: facts.map(|facts| (day.0, facts)).into_iter().collect(),
            ..Finished::default()
        };
        signins::finish(self, finished, false)
    }

    /// Scores all sign-ins anew.
    pub(super) fn rescore(&self) -> Result<Finished> {
        signins::finish(self, Finished::default(), true)
    }

    /// Where runs of large days lie meanwhile.
    fn work(&self) -> PathBuf {
        work_dir(self.lake)
    }

    fn check_stop(&self) -> Result<()> {
        if self.progress.stop.load(Ordering::Relaxed) {
            return Err(stopped());
        }
        Ok(())
    }
}

/// Bytes of rows that one worker may take into memory at once.
pub(super) fn shard_bytes(options: &Options) -> usize {
    options.memory_bytes / options.threads.max(1) / COPIES_HELD
}

/// The folder of an ingest's own temporary files.
pub(super) fn work_dir(lake: &Lake) -> PathBuf {
    staging_dir(lake.root()).join("work")
}

/// Why an ingest that was told to stop ends.
pub(super) fn stopped() -> Error {
    Error::Limit("stopped; the lake is as it was before".to_owned())
}
