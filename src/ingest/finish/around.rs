//! The records that a day's sign-ins rest on: its own, those of the hour after it, and as much of
//! the time before it as it takes to know which sign-ins were open at midnight: three hours, and more
//! only for users whose linked records run on without a pause.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::PathBuf;

use arrow::record_batch::RecordBatch;

use super::Finished;
use super::users::{Chains, joined, times, user_hash};
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::days::live;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table, staging_dir};
use crate::lake::read;
use crate::lake::sorted::Batches;
use crate::signin::coded::pick;
use crate::signin::columns::null_column;
use crate::signin::fold::SPAN_MAX_US;
use crate::signin::schema::RECORDS_SCHEMA;
use crate::signin::summary::SUMMARY_SCHEMA;

/// How far before a day its sign-ins are folded, unless a chain of records reaches further: three
/// hours.
const LOOK_BACK_US: i64 = 3 * 3_600_000_000;

/// The records of a lake as a commit that is being made will leave them.
pub(super) struct Around<'a> {
    lake: &'a Lake,
    /// The files of days that change.
    files: BTreeMap<i32, Vec<PathBuf>>,
    rows: BTreeMap<i32, u64>,
}

impl<'a> Around<'a> {
    /// The records of a lake with what was staged for it.
    pub(super) fn of(lake: &'a Lake, finished: &Finished) -> Self {
        let mut around = Self {
            lake,
            files: BTreeMap::new(),
            rows: BTreeMap::new(),
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

    /// The joined rows of a day with a time in `window`, of all users or of some.
    fn window(
        &self,
        day: Day,
        window: &Range<i64>,
        users: Option<&HashSet<u64>>,
    ) -> Result<Vec<RecordBatch>> {
        let mut found = Vec::new();
        for batch in self.records(day)? {
            let batch = batch?;
            let wanted = |i: &usize| {
                window.contains(&times(&batch)[*i])
                    && joined(&batch, *i)
                    && users.is_none_or(|users| users.contains(&user_hash(&batch, *i)))
            };
            let rows: Vec<usize> = (0..batch.num_rows()).filter(wanted).collect();
            if !rows.is_empty() {
                found.push(pick(&batch, rows)?);
            }
        }
        Ok(found)
    }

    /// The records before a day that its sign-ins rest on.
    fn before(&self, day: Day) -> Result<Vec<RecordBatch>> {
        let midnight = day.start();
        let mut from = midnight - LOOK_BACK_US;
        let mut found = self.window(day.plus(-1), &(from..midnight), None)?;
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
            let more = self.window(earlier, &(earlier.start()..from), Some(&users))?;
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
        found.extend(self.window(day.plus(1), &(end..end + SPAN_MAX_US), None)?);
        Ok(found)
    }
}

/// The batch with all columns of `records`; those it lacks are null.
fn widen(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = RECORDS_SCHEMA.fields().iter().map(|field| {
        let held = batch.column_by_name(field.name()).cloned();
        held.unwrap_or_else(|| null_column(field.data_type(), batch.num_rows()))
    });
    RecordBatch::try_new(RECORDS_SCHEMA.clone(), columns.collect())
        .map_err(|e| Error::Internal(format!("columns: {e}")))
}
