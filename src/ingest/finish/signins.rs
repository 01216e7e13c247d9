//! Makes the sign-ins of every day that may have changed, and stages those that did.
//!
//! See `around` for the records they rest on, and `changes` for what is staged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::around::Around;
use super::changes::{changes_of, stage_changes};
use super::files::Staged;
use super::hits::hours;
use super::shards::Shards;
use super::users::{Chains, user_hashes};
use super::{Finish, Finished};
use crate::error::Result;
use crate::ingest::parallel::{in_parallel, lock, unlock};
use crate::lake::compact::{FILES_FEW, FILES_MAX};
use crate::lake::day_facts::DayFacts;
use crate::lake::days::Keys;
use crate::lake::journal::{DataFile, Manifest};
use crate::lake::layout::{Day, Table};
use crate::lake::sorted::{Changes, sort};
use crate::lake::write::sort_order;
use crate::signin::batch::text_at;
use crate::signin::columns::concat_rows;
use crate::signin::fold::is_joined;
use crate::signin::horizon::Horizon;
use crate::signin::schema::{RECORDS_SCHEMA, SIGNINS_SCHEMA, Signin};
use crate::signin::summary::{Context, Summary, summarise};

/// Bytes that a record takes in memory while it is folded.
const ROW_BYTES_GUESS: usize = 1_024;
/// How long after its last record a sign-in may still be joined by another one.
const OPEN_US: i64 = 15 * 60_000_000;

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
    around: Around<'a>,
    /// What is known of the days, and how far all data reaches.
    days: &'a BTreeMap<i32, DayFacts>,
    horizon: Horizon,
}

/// Makes the sign-ins of every day that may have changed.
pub(super) fn finish(finish: &Finish<'_>, mut finished: Finished) -> Result<Finished> {
    let lake = finish.lake;
    let mut known: Manifest = lake.manifest().clone();
    for (day, facts) in &finished.facts {
        known.days.insert(*day, facts.clone());
    }
    let fold = Fold {
        finish,
        around: Around::of(lake, &finished),
        days: &known.days,
        horizon: known.horizon(),
    };
    let mut done: BTreeMap<Day, Made> = BTreeMap::new();
    let settle_us = finish.options.settle_us;
    let mut next = days_to_fold(&known, &fold.horizon, lake.manifest(), &finished, settle_us);
    while !next.is_empty() {
        for made in fold.days(&next)? {
            done.insert(made.day, made);
        }
        let on = done.values().filter(|m| m.runs_through && m.changes.any());
        let on = on.map(|m| m.day.plus(1));
        let new = on.filter(|d| known.days.contains_key(&d.0) && !done.contains_key(d));
        next = new.collect();
    }
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
    reach: &Horizon,
    before: &Manifest,
    finished: &Finished,
    settle_us: i64,
) -> Vec<Day> {
    let changed = finished.facts.keys();
    let mut days: BTreeSet<i32> = changed.flat_map(|d| [d - 1, *d, d + 1]).collect();
    let reached = before.horizon();
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

    fn day(&self, day: Day) -> Result<Made> {
        let finish = self.finish;
        let (start, end) = (day.start(), day.plus(1).start());
        let beside = self.around.beside(day)?.into_iter().map(Ok);
        let bytes = self.around.rows(day) as usize * ROW_BYTES_GUESS;
        let prefix = format!("signins-{}", day.name());
        let shards = Shards::for_bytes(bytes, finish.shard_bytes(), finish.work(), prefix);
        let rows = Box::new(beside.chain(self.around.records(day)?));
        let parts = shards.cut("fold", &RECORDS_SCHEMA, rows, &user_hashes)?;
        let mut sorted = shards.sorted("made", &SIGNINS_SCHEMA);
        let reach = self.reach(day)?;
        let (mut pending, mut capped, mut runs_through) = (0, 0, false);
        for part in parts {
            let rows = concat_rows(&RECORDS_SCHEMA, &part.load()?)?;
            let mut chains = Chains::default();
            chains.add(&rows, &(start..end));
            runs_through |= !chains.unbroken(&(start..end)).is_empty();
            let summary = self.summarise(&rows, start..end, &reach)?;
            pending += summary.pending;
            capped += summary.capped;
            sorted.push(sort(&summary.signins, sort_order(Table::Signins))?)?;
        }
        let changes = changes_of(finish, day, &sorted)?;
        let unsettled = |batch: &RecordBatch| self.unsettled(batch);
        let files_max = match self.around.changed(day) {
            true => FILES_MAX,
            false => FILES_FEW,
        };
        let staged = stage_changes(finish, day, &sorted, &changes, files_max, &unsettled)?;
        let homes = Vec::new();
        Ok(Made {
            day,
            staged,
            changes: Changes { homes, ..changes },
            pending,
            capped,
            runs_through,
        })
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

    /// What settles challenges of a day: its hours, those of the next one, and the end of all data.
    fn reach(&self, day: Day) -> Result<Horizon> {
        let mut reach = Horizon::default();
        for near in [day, day.plus(1)] {
            match self.days.get(&near.0) {
                Some(facts) if !facts.closed => facts.add_to(&mut reach),
                Some(_) => {
                    let live = self.finish.lake.manifest().day(Table::Records, near);
                    let live: Vec<&DataFile> = live.collect();
                    hours(self.finish.lake, &live, &Keys::default(), &mut reach)?;
                }
                None => {}
            }
        }
        reach.reach_as_far(&self.horizon);
        Ok(reach)
    }

    fn summarise(
        &self,
        rows: &RecordBatch,
        days: Range<i64>,
        horizon: &Horizon,
    ) -> Result<Summary> {
        let failed_policies = |key: i64| lock(self.finish.policies).failed(key);
        let enforced = |key: i64| lock(self.finish.policies).enforced(key);
        let context = Context {
            tables: &self.finish.options.tables,
            horizon,
            settle_us: self.finish.options.settle_us,
            ingest_id: self.finish.ingest_id,
            failed_policies: &failed_policies,
            enforced: &enforced,
        };
        summarise(rows, days, &context)
    }
}
