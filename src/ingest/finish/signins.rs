//! Makes the sign-ins of every day that may have changed, and stages those that did.
//!
//! A day's sign-ins rest on its own records, on those of the hour after it, and on as much of the
//! time before it as it takes to know which sign-ins were open at midnight: three hours, and more
//! only for users whose linked records run on without a pause.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::files::{Piece, Stage, Staged};
use super::shards::{Shards, Sorted};
use super::users::{Chains, joined, times, user_hash, user_hashes};
use super::{Finish, Finished};
use crate::error::{Error, Result};
use crate::ingest::buffers::take;
use crate::ingest::parallel::{in_parallel, lock, unlock};
use crate::lake::compact::small_batches;
use crate::lake::days::live;
use crate::lake::journal::{DataFile, DayFacts, Manifest};
use crate::lake::layout::{Day, Table, staging_dir};
use crate::lake::read;
use crate::lake::sorted::{Batches, Changes, compare, sort};
use crate::lake::write::sort_order;
use crate::signin::batch::text_at;
use crate::signin::columns::{concat_rows, filter_rows, null_column};
use crate::signin::fold::{SPAN_MAX_US, is_joined};
use crate::signin::horizon::Horizon;
use crate::signin::schema::{RECORDS_SCHEMA, SIGNINS_SCHEMA, Signin};
use crate::signin::summary::{Context, SUMMARY_SCHEMA, Summary, summarise};

const HOUR_US: i64 = 3_600_000_000;
/// How far before a day its sign-ins are folded, unless a chain of records reaches further.
const LOOK_BACK_US: i64 = 3 * HOUR_US;
/// Bytes that a record takes in memory while it is folded.
const ROW_BYTES_GUESS: usize = 1_024;

/// How long after its last record a sign-in may still be joined by another one.
const OPEN_US: i64 = HOUR_US / 4;

/// A day whose sign-ins were made.
struct Made {
    day: Day,
    staged: Staged,
    changes: Changes,
    pending: u64,
    capped: u64,
    /// A chain of records runs through the whole day: the next day's sign-ins may differ too.
    runs_through: bool,
}

/// What the folding of all days shares.
struct Fold<'a> {
    finish: &'a Finish<'a>,
    /// The files of `records` as they will be, by day, where they change.
    records: BTreeMap<i32, Vec<PathBuf>>,
    rows: BTreeMap<i32, u64>,
    horizon: Horizon,
}

/// Makes the sign-ins of every day that may have changed.
pub(super) fn finish(finish: &Finish<'_>, mut finished: Finished) -> Result<Finished> {
    let lake = finish.lake;
    let mut known: Manifest = lake.manifest().clone();
    for (day, facts) in &finished.facts {
        known.days.insert(*day, facts.clone());
    }
    let mut fold = Fold {
        finish,
        records: BTreeMap::new(),
        rows: BTreeMap::new(),
        horizon: known.horizon(),
    };
    fold.note(&finished);
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
        finished.signin_days_changed += u64::from(made.changes.any());
        finished.stage(made.staged);
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

    /// Notes which files of `records` days will have, where that changes.
    fn note(&mut self, finished: &Finished) {
        let lake = self.finish.lake;
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
            self.records.insert(day, files.collect());
            self.rows.insert(day, rows);
        }
    }

    /// The records of a day as they will be, with the columns that sign-ins are made from.
    fn records(&self, day: Day) -> Result<Batches<'static>> {
        let rows = match self.records.get(&day.0) {
            Some(files) => {
                let streams = files.iter().map(|f| read::batches(f, &SUMMARY_SCHEMA));
                let streams = streams.collect::<Result<Vec<_>>>()?;
                Box::new(streams.into_iter().flatten())
            }
            None => live(self.finish.lake, Table::Records, day, &SUMMARY_SCHEMA)?,
        };
        // The rest of the columns is null: sign-ins are made from rows of `records`.
        Ok(Box::new(rows.map(|batch| widen(&batch?))))
    }

    fn rows(&self, day: Day) -> u64 {
        self.rows.get(&day.0).copied().unwrap_or_else(|| {
            let files = self.finish.lake.manifest().day(Table::Records, day);
            files.map(|f| f.rows).sum()
        })
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
        let (staged, changes) = self.stage(day, &sorted)?;
        Ok(Made {
            day,
            staged,
            changes,
            pending,
            capped,
            runs_through,
        })
    }

    /// Stages what differs of a day's sign-ins. A changed one stays in the file that it was in.
    fn stage(&self, day: Day, made: &Sorted<'_>) -> Result<(Staged, Changes)> {
        let lake = self.finish.lake;
        let order = sort_order(Table::Signins);
        let files: Vec<&DataFile> = lake.manifest().day(Table::Signins, day).collect();
        let old = files
            .iter()
            .map(|file| small_batches(lake, file, &SIGNINS_SCHEMA));
        let old = old.collect::<Result<Vec<_>>>()?;
        let changes = compare(made.batches(order)?, old, order)?;
        if !changes.any() {
            return Ok((Staged::default(), changes));
        }
        let of = |home: Option<usize>| {
            let homes = &changes.homes;
            move || picked(made.batches(order)?, homes, home)
        };
        let mut pieces = Vec::new();
        for (place, file) in files.into_iter().enumerate() {
            pieces.push(if changes.touched[place] {
                let rows = changes.homes.iter().filter(|h| **h == Some(place as u16));
                Piece::changed(file, rows.count() as u64, Box::new(of(Some(place))))
            } else {
                let rows = move || small_batches(lake, file, &SIGNINS_SCHEMA);
                Piece::unchanged(file, Box::new(rows))
            });
        }
        let fresh = changes.homes.iter().filter(|h| h.is_none()).count();
        pieces.push(Piece::fresh(fresh as u64, Box::new(of(None))));
        let unsettled = |batch: &RecordBatch| self.unsettled(batch);
        let stage = Stage {
            finish: self.finish,
            table: Table::Signins,
            day,
            schema: &SIGNINS_SCHEMA,
            unsettled: Some(&unsettled),
        };
        let staged = stage.pieces(&pieces)?;
        drop(pieces);
        let homes = Vec::new();
        Ok((staged, Changes { homes, ..changes }))
    }

    /// Sign-ins that later data may settle or join.
    fn unsettled(&self, batch: &RecordBatch) -> BooleanArray {
        let column = |column: Signin| batch.column(column as usize);
        let ends = column(Signin::EndedAt).as_primitive::<TimestampMicrosecondType>();
        let open = (0..batch.num_rows()).map(|i| {
            let text = |c: Signin| text_at(column(c), i);
            let event_type = text(Signin::EventType).unwrap_or("unknown");
            let tenant = text(Signin::TenantId).unwrap_or_default();
            let last = self.horizon.last(tenant, event_type);
            let young = last.is_some_and(|last| ends.value(i) + OPEN_US > last);
            text(Signin::MfaOutcome) == Some("pending") || young && is_joined(event_type)
        });
        open.map(Some).collect()
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

/// The rows of a stream whose home is this file, or that have none.
fn picked<'a>(
    rows: Batches<'a>,
    homes: &'a [Option<u16>],
    home: Option<usize>,
) -> Result<Batches<'a>> {
    let home = home.map(|place| place as u16);
    let mut at = 0;
    Ok(Box::new(rows.map(move |batch| {
        let batch = batch?;
        let of = &homes[at..at + batch.num_rows()];
        at += batch.num_rows();
        filter_rows(&batch, &of.iter().map(|h| Some(*h == home)).collect())
    })))
}
