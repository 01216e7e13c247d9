//! Makes the sign-ins of every day that may have changed, and stages those that did.
//!
//! A day's sign-ins rest on its own records, on those of the hour after it, and on as much of the
//! time before it as it takes to know which sign-ins were open at midnight: three hours, and more
//! only for users whose linked records run on without a pause.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::record_batch::RecordBatch;

use super::shards::Shards;
use super::users::{Chains, joined, times, user_hash, user_hashes};
use super::{Finish, Finished};
use crate::error::{Error, Result};
use crate::ingest::buffers::take;
use crate::ingest::parallel::{in_parallel, lock, unlock};
use crate::lake::days::live;
use crate::lake::journal::{DataFile, DayFacts, Manifest};
use crate::lake::layout::{Day, Table, staging_dir};
use crate::lake::read;
use crate::lake::sorted::{Batches, Changes, compare, sort};
use crate::lake::write::{Place, sort_order};
use crate::signin::columns::{concat_rows, null_column};
use crate::signin::fold::SPAN_MAX_US;
use crate::signin::horizon::Horizon;
use crate::signin::schema::{RECORDS_SCHEMA, SIGNINS_SCHEMA};
use crate::signin::summary::{Context, SUMMARY_SCHEMA, Summary, summarise};

const HOUR_US: i64 = 3_600_000_000;
/// How far before a day its sign-ins are folded, unless a chain of records reaches further.
const LOOK_BACK_US: i64 = 3 * HOUR_US;
/// Bytes that a record takes in memory while it is folded.
const ROW_BYTES_GUESS: usize = 1_024;

/// A day whose sign-ins were made.
struct Made {
    day: Day,
    /// Where they changed.
    file: Option<DataFile>,
    changes: Changes,
    pending: u64,
    capped: u64,
    /// A chain of records runs through the whole day: the next day's sign-ins may differ too.
    runs_through: bool,
}

/// What the folding of all days shares.
struct Fold<'a> {
    finish: &'a Finish<'a>,
    staged: BTreeMap<i32, &'a DataFile>,
    horizon: Horizon,
}

/// Makes the sign-ins of every day that may have changed.
pub(super) fn finish(finish: &Finish<'_>, mut finished: Finished) -> Result<Finished> {
    let lake = finish.lake;
    let mut known: Manifest = lake.manifest().clone();
    for (day, facts) in &finished.facts {
        known.days.insert(*day, facts.clone());
    }
    let records = |f: &&DataFile| f.table == Table::Records.name();
    let staged = finished.files.iter().filter(records);
    let fold = Fold {
        finish,
        staged: staged.filter_map(|f| Some((f.day?, f))).collect(),
        horizon: known.horizon(),
    };
    let mut done: BTreeMap<Day, Made> = BTreeMap::new();
    let settle_us = finish.options.settle_us;
    let mut next = days_to_fold(&known, lake.manifest(), &finished, settle_us);
    while !next.is_empty() {
        for made in fold.days(&next)? {
            done.insert(made.day, made);
        }
        let on = done.values().filter(|m| m.runs_through && m.changes.any());
        let on = on.map(|m| m.day.plus(1));
        let new = on.filter(|d| known.days.contains_key(&d.0) && !done.contains_key(d));
        next = new.collect();
    }
    drop(fold);
    for made in done.into_values() {
        let facts = known.days.get(&made.day.0).cloned().unwrap_or_default();
        let pending = made.pending;
        finished
            .facts
            .insert(made.day.0, DayFacts { pending, ..facts });
        finished.capped += made.capped;
        finished.signins_changed += made.changes.changed;
        finished.signins_gone += made.changes.gone;
        finished.signin_days_changed += u64::from(made.file.is_some());
        finished.files.extend(made.file);
    }
    Ok(finished)
}

/// Days whose sign-ins may differ: those that changed, their neighbours, and those of which a
/// challenge waits that the new end of the data can settle.
fn days_to_fold(
    known: &Manifest,
    before: &Manifest,
    finished: &Finished,
    settle_us: i64,
) -> Vec<Day> {
    let changed = finished.facts.keys();
    let mut days: BTreeSet<i32> = changed.flat_map(|d| [d - 1, *d, d + 1]).collect();
    let (reach, reached) = (known.horizon(), before.horizon());
    let settles = |day: i32, facts: &DayFacts| {
        let mut types = facts
            .hours
            .iter()
            .flat_map(|(tenant, types)| types.keys().map(move |event_type| (tenant, event_type)));
        // Beyond this the end of the data no longer matters; a gap behind a challenge is filled on
        // the day itself or the next one, which change then.
        let wanted = Day(day).plus(1).start() + settle_us;
        types.any(|(tenant, event_type)| {
            let last = reached.last(tenant, event_type);
            last < reach.last(tenant, event_type) && last.is_none_or(|last| last < wanted)
        })
    };
    let waiting = before.days.iter().filter(|(_, facts)| facts.pending > 0);
    days.extend(
        waiting
            .filter(|(day, facts)| settles(**day, facts))
            .map(|(day, _)| *day),
    );
    days.retain(|day| known.days.contains_key(day));
    days.into_iter().map(Day).collect()
}

impl Fold<'_> {
    fn days(&self, days: &[Day]) -> Result<Vec<Made>> {
        let progress = self.finish.progress;
        let total = &progress.days_total;
        total.fetch_add(days.len() as u64, Ordering::Relaxed);
        let made: Mutex<Vec<Made>> = Mutex::default();
        in_parallel(days, self.finish.options.threads, &|day| {
            self.finish.check_stop()?;
            let one = self.day(day)?;
            lock(&made).push(one);
            progress.days_done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })?;
        Ok(unlock(made))
    }

    /// The records of a day as they will be, with the columns that sign-ins are made from.
    fn records(&self, day: Day) -> Result<Batches<'static>> {
        let rows = match self.staged.get(&day.0) {
            Some(file) => {
                let path = staging_dir(self.finish.lake.root()).join(&file.path);
                read::batches(&path, &SUMMARY_SCHEMA)?
            }
            None => live(self.finish.lake, Table::Records, day, &SUMMARY_SCHEMA)?,
        };
        // The rest of the columns is null: sign-ins are made from rows of `records`.
        Ok(Box::new(rows.map(|batch| widen(&batch?))))
    }

    fn rows(&self, day: Day) -> u64 {
        match self.staged.get(&day.0) {
            Some(file) => file.rows,
            None => {
                let files = self.finish.lake.manifest().day(Table::Records, day);
                files.map(|f| f.rows).sum()
            }
        }
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
            let wanted = |i: &u32| {
                let i = *i as usize;
                window.contains(&times(&batch)[i])
                    && joined(&batch, i)
                    && users.is_none_or(|users| users.contains(&user_hash(&batch, i)))
            };
            let rows: Vec<u32> = (0..batch.num_rows() as u32).filter(wanted).collect();
            if !rows.is_empty() {
                found.push(take(&batch, rows)?);
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

    fn day(&self, day: Day) -> Result<Made> {
        let finish = self.finish;
        let (start, end) = (day.start(), day.plus(1).start());
        let after = self.window(day.plus(1), &(end..end + SPAN_MAX_US), None)?;
        let around = self.before(day)?.into_iter().chain(after).map(Ok);
        let bytes = self.rows(day) as usize * ROW_BYTES_GUESS;
        let prefix = format!("signins-{}", day.name());
        let shards = Shards::for_bytes(bytes, finish.shard_bytes(), finish.work(), prefix);
        let rows = Box::new(around.chain(self.records(day)?));
        let parts = shards.cut("fold", &RECORDS_SCHEMA, rows, &user_hashes)?;
        let mut sorted = shards.sorted("made", &SIGNINS_SCHEMA);
        let (mut pending, mut capped, mut runs_through) = (0, 0, false);
        for part in parts {
            let rows = concat_rows(&RECORDS_SCHEMA, &part.load()?)?;
            let mut chains = Chains::default();
            chains.add(&rows, &(start..end));
            runs_through |= !chains.unbroken(&(start..end)).is_empty();
            let summary = self.summarise(&rows, start..end)?;
            pending += summary.pending;
            capped += summary.capped;
            sorted.push(sort(&summary.signins, sort_order(Table::Signins))?)?;
        }
        let order = sort_order(Table::Signins);
        let old = finish.lake.manifest().day(Table::Signins, day).count() > 0;
        let changes = if old {
            let old = live(finish.lake, Table::Signins, day, &SIGNINS_SCHEMA)?;
            compare(sorted.batches(order)?, old, order)?
        } else {
            let (changed, gone) = (sorted.rows as u64, 0);
            Changes { changed, gone }
        };
        let file = if changes.any() {
            let place = Place {
                root: finish.lake.root(),
                table: Table::Signins,
                day: Some(day),
                ingest_id: finish.ingest_id,
                part: 0,
            };
            Some(place.stage(&SIGNINS_SCHEMA, sorted.rows, sorted.batches(order)?)?)
        } else {
            None
        };
        Ok(Made {
            day,
            file,
            changes,
            pending,
            capped,
            runs_through,
        })
    }

    fn summarise(&self, rows: &RecordBatch, days: Range<i64>) -> Result<Summary> {
        let failed_policies = |key: i64| lock(self.finish.policies).failed(key);
        let enforced = |key: i64| lock(self.finish.policies).enforced(key);
        let context = Context {
            tables: &self.finish.options.tables,
            horizon: &self.horizon,
            settle_us: self.finish.options.settle_us,
            ingest_id: self.finish.ingest_id,
            failed_policies: &failed_policies,
            enforced: &enforced,
        };
        summarise(rows, days, &context)
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
