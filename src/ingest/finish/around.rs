//! The records that a day's sign-ins rest on: its own, those of the hour after it, and as much of
//! the time before it as it takes to know which sign-ins were open at midnight: three hours, and more
//! only for users whose linked records run on without a pause.
//!
//! A day is needed three times, for itself and for its neighbours. Of days that are small beside the
//! memory all rows are kept meanwhile, of larger ones those that their neighbours need.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arrow::record_batch::RecordBatch;

use super::Finished;
use super::users::{Chains, Owners, times};
use crate::error::{Error, Result};
use crate::ingest::Options;
use crate::ingest::parallel::lock;
use crate::lake::Lake;
use crate::lake::days::live;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table, staging_dir};
use crate::lake::read;
use crate::lake::sorted::Batches;
use crate::signin::coded::{CODED_SCHEMA, pick};
use crate::signin::columns::null_column;
use crate::signin::fold::SPAN_MAX_US;
use crate::signin::summary::SUMMARY_SCHEMA;

/// How far before a day its sign-ins are folded, unless a chain of records reaches further: three
/// hours.
const LOOK_BACK_US: i64 = 3 * 3_600_000_000;
/// What is kept of all days is no more than one of so many parts of the memory.
const KEPT_OF: usize = 4;
/// Bytes that a record takes in memory, its texts coded.
const ROW_BYTES_GUESS: usize = 640;
/// One of so many rows of a day is needed by its neighbours.
const EDGE_OF: usize = 6;
/// Days that are kept beside those that threads work on: the neighbours of both ends.
const NEIGHBOURS: usize = 2;

/// The records of a lake as a commit that is being made will leave them.
pub(super) struct Around<'a> {
    lake: &'a Lake,
    /// The files of days that change.
    files: BTreeMap<i32, Vec<PathBuf>>,
    rows: BTreeMap<i32, u64>,
    kept: Kept,
}

/// What is kept of a day, once it is read.
type KeptDay = Arc<Mutex<Option<Vec<RecordBatch>>>>;

/// Days of which rows stay in memory for a while.
struct Kept {
    days: Mutex<BTreeMap<i32, KeptDay>>,
    days_max: usize,
    /// Bytes that may be kept of a day.
    bytes_max: usize,
}

impl Kept {
    /// Whether so many rows may be kept of a day.
    fn fits(&self, rows: u64) -> bool {
        rows as usize * ROW_BYTES_GUESS <= self.bytes_max
    }

    /// What is kept of a day, or is by now; the oldest days make room for it.
    fn get(
        &self,
        day: Day,
        read: impl FnOnce() -> Result<Vec<RecordBatch>>,
    ) -> Result<Vec<RecordBatch>> {
        let place = {
            let mut days = lock(&self.days);
            let place = days.entry(day.0).or_default().clone();
            while days.len() > self.days_max {
                days.pop_first();
            }
            place
        };
        // Who comes while it is being read waits for it.
        let mut kept = lock(&place);
        match &*kept {
            Some(rows) => Ok(rows.clone()),
            None => Ok(kept.insert(read()?).clone()),
        }
    }
}

impl<'a> Around<'a> {
    /// The records of a lake with what was staged for it.
    pub(super) fn of(lake: &'a Lake, finished: &Finished, options: &Options) -> Self {
        let days_max = options.threads.max(1) + NEIGHBOURS;
        let mut around = Self {
            lake,
            files: BTreeMap::new(),
            rows: BTreeMap::new(),
            kept: Kept {
                days: Mutex::default(),
                days_max,
                bytes_max: options.memory_bytes / KEPT_OF / days_max,
            },
        };
        around.note(finished);
        around
    }

    /// Notes which files of `records` days will have, where that changes.
    fn note(&mut self, finished: &Finished) {
        let lake = self.lake;
        let records = |f: &&DataFile| f.table == Table::Records.name();
        let new = finished.files.iter().filter(records);
        let days = new.clone().filter_map(|f| f.day);
        let gone = lake.manifest().table(Table::Records);
        let gone = gone.filter(|f| finished.gone.contains(&f.path));
        let days: BTreeSet<i32> = days.chain(gone.filter_map(|f| f.day)).collect();
        for day in days {
            let live = lake.manifest().day(Table::Records, Day(day));
            let stays = live.filter(|f| !finished.gone.contains(&f.path));
            let stays: Vec<&DataFile> = stays.collect();
            let new: Vec<&DataFile> = new.clone().filter(|f| f.day == Some(day)).collect();
            let rows = stays.iter().chain(&new).map(|f| f.rows).sum();
            let staging = staging_dir(lake.root());
            let stays = stays.iter().map(|f| lake.find(&f.path));
            let files = stays.chain(new.iter().map(|f| staging.join(&f.path)));
            self.files.insert(day, files.collect());
            self.rows.insert(day, rows);
        }
    }

    /// The records of a day as they will be, with the columns that sign-ins are made from.
    pub(super) fn records(&self, day: Day) -> Result<Batches<'static>> {
        if !self.kept.fits(self.rows(day)) {
            return self.read(day);
        }
        let rows = self.kept.get(day, || self.read(day)?.collect())?;
        Ok(Box::new(rows.into_iter().map(Ok)))
    }

    /// As [`Self::records`], of a day of which no more than what its neighbours need has to be there:
    /// the joined rows of its first hour and its last three.
    fn edges(&self, day: Day) -> Result<Batches<'static>> {
        let rows = self.rows(day);
        if self.kept.fits(rows) || !self.kept.fits(rows / EDGE_OF as u64) {
            return self.records(day);
        }
        let (first, last) = (
            day.start() + SPAN_MAX_US,
            day.plus(1).start() - LOOK_BACK_US,
        );
        let is_edge = |at: i64| at < first || at >= last;
        let rows = self
            .kept
            .get(day, || joined_rows(self.read(day)?, is_edge, None))?;
        Ok(Box::new(rows.into_iter().map(Ok)))
    }

    fn read(&self, day: Day) -> Result<Batches<'static>> {
        let rows = match self.files.get(&day.0) {
            Some(files) => {
                let streams = files.iter().map(|f| read::batches(f, &SUMMARY_SCHEMA));
                let streams = streams.collect::<Result<Vec<_>>>()?;
                Box::new(streams.into_iter().flatten())
            }
            None => live(self.lake, Table::Records, day, &SUMMARY_SCHEMA)?,
        };
        // The rest of the columns is null: sign-ins are made from rows of `records`.
        Ok(Box::new(rows.map(|batch| widen(&batch?))))
    }

    /// How many there will be on a day.
    pub(super) fn rows(&self, day: Day) -> u64 {
        self.rows.get(&day.0).copied().unwrap_or_else(|| {
            let files = self.lake.manifest().day(Table::Records, day);
            files.map(|f| f.rows).sum()
        })
    }

    /// Whether the records of a day change.
    pub(super) fn changed(&self, day: Day) -> bool {
        self.files.contains_key(&day.0)
    }

    /// The records before a day that its sign-ins rest on.
    fn before(&self, day: Day) -> Result<Vec<RecordBatch>> {
        let midnight = day.start();
        let mut from = midnight - LOOK_BACK_US;
        let is_late = |at: i64| (from..midnight).contains(&at);
        let mut found = joined_rows(self.edges(day.plus(-1))?, is_late, None)?;
        let mut chains = Chains::default();
        let note = |chains: &mut Chains, found: &[RecordBatch]| {
            found
                .iter()
                .for_each(|batch| chains.add(batch, &(i64::MIN..midnight)));
        };
        note(&mut chains, &found);
        let mut users = chains.unbroken(&(from..midnight));
        // A chain without a pause is followed to its beginning, day by day.
        let mut earlier = day.plus(-1);
        while !users.is_empty() && self.rows(earlier) > 0 {
            let is_before = |at: i64| (earlier.start()..from).contains(&at);
            let more = joined_rows(self.records(earlier)?, is_before, Some(&users))?;
            from = earlier.start();
            note(&mut chains, &more);
            found.extend(more);
            let still = chains.unbroken(&(from..midnight));
            users.retain(|user| still.contains(user));
            earlier = earlier.plus(-1);
        }
        Ok(found)
    }

    /// The records of other days that a day's sign-ins rest on.
    pub(super) fn beside(&self, day: Day) -> Result<Vec<RecordBatch>> {
        let end = day.plus(1).start();
        let mut found = self.before(day)?;
        let is_early = |at: i64| (end..end + SPAN_MAX_US).contains(&at);
        found.extend(joined_rows(self.edges(day.plus(1))?, is_early, None)?);
        Ok(found)
    }
}

/// The joined rows of some times, of all users or of some.
fn joined_rows(
    rows: Batches<'_>,
    is_wanted: impl Fn(i64) -> bool,
    users: Option<&HashSet<u64>>,
) -> Result<Vec<RecordBatch>> {
    let mut found = Vec::new();
    for batch in rows {
        let batch = batch?;
        let (times, owners) = (times(&batch), Owners::of(&batch));
        let wanted = |i: &usize| {
            is_wanted(times[*i])
                && owners.joined(*i)
                && users.is_none_or(|users| users.contains(&owners.hash(*i)))
        };
        let rows: Vec<usize> = (0..batch.num_rows()).filter(wanted).collect();
        if !rows.is_empty() {
            found.push(pick(&batch, rows)?);
        }
    }
    Ok(found)
}

/// The batch with all columns of `records`; those it lacks are null.
fn widen(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = CODED_SCHEMA.fields().iter().map(|field| {
        let held = batch.column_by_name(field.name()).cloned();
        held.unwrap_or_else(|| null_column(field.data_type(), batch.num_rows()))
    });
    RecordBatch::try_new(CODED_SCHEMA.clone(), columns.collect())
        .map_err(|e| Error::Internal(format!("columns: {e}")))
}
