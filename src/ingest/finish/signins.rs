//! Makes the sign-ins of every day that may have changed, and stages those that did.
//!
//! ```text
//! fold (side by side) ─▶ scores (day after day) ─▶ changes ─▶ files (side by side)
//! ```

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::record_batch::RecordBatch;

use super::around::Around;
use super::changes::stage_changes;
use super::files::Staged;
use super::fold::Fold;
use super::scores::{Made, Walk};
use super::turns::Turns;
use super::{Finish, Finished};
use crate::error::Result;
use crate::ingest::parallel::{in_parallel, lock, unlock};
use crate::lake::compact::{FILES_FEW, FILES_MAX};
use crate::lake::day_facts::DayFacts;
use crate::lake::journal::Manifest;
use crate::lake::layout::Day;
use crate::signin::horizon::Horizon;

/// What became of a day's sign-ins.
struct Done {
    day: Day,
    staged: Staged,
    changed: u64,
    gone: u64,
    pending: Option<u64>,
    capped: u64,
}

/// Makes the sign-ins of every day that may have changed; `rescore`: scores all others anew too.
pub(super) fn finish(
    finish: &Finish<'_>,
    mut finished: Finished,
    rescore: bool,
) -> Result<Finished> {
    let lake = finish.lake;
    let mut known: Manifest = lake.manifest().clone();
    for (day, facts) in &finished.facts {
        known.days.insert(*day, facts.clone());
    }
    let fold = Fold {
        finish,
        around: Around::of(lake, &finished, finish.options),
        days: &known.days,
        horizon: known.horizon(),
    };
    let settle_us = finish.options.settle_us;
    let to_fold = days_to_fold(&known, &fold.horizon, lake.manifest(), &finished, settle_us);
    let all: BTreeSet<Day> = known.days.keys().map(|day| Day(*day)).collect();
    let done = days(&fold, &to_fold, &all, rescore)?;
    let scored_with = finish.options.tables.location.fingerprint();
    for done in done {
        let facts = known.days.get(&done.day.0).cloned().unwrap_or_default();
        let facts = DayFacts {
            pending: done.pending.unwrap_or(facts.pending),
            scored_with,
            ..facts
        };
        finished.facts.insert(done.day.0, facts);
        finished.capped += done.capped;
        finished.signins_changed += done.changed;
        finished.signins_gone += done.gone;
        finished.signin_days_changed += u64::from(done.changed + done.gone > 0);
        finished.stage(done.staged);
    }
    Ok(finished)
}

/// Makes, scores and stages; `all` are the days that the lake is to have.
fn days(
    fold: &Fold<'_>,
    to_fold: &BTreeSet<Day>,
    all: &BTreeSet<Day>,
    rescore: bool,
) -> Result<Vec<Done>> {
    let first = to_fold.first().copied();
    let first = if rescore { all.first().copied() } else { first };
    let Some(first) = first else {
        return Ok(Vec::new());
    };
    let finish = fold.finish;
    let before = all.range(..first).copied().collect();
    let turns = Turns::new(Walk::new(finish, before, rescore));
    let walked: Vec<(usize, Day)> = all.range(first..).copied().enumerate().collect();
    let progress = finish.progress;
    let total = if rescore { all.len() } else { to_fold.len() };
    progress
        .days_total
        .fetch_add(total as u64, Ordering::Relaxed);
    let done: Mutex<Vec<Done>> = Mutex::default();
    in_parallel(&walked, finish.options.threads, &|(at, day)| {
        let place = turns.place(at);
        finish.check_stop()?;
        let is_folded = to_fold.contains(&day);
        let folded = is_folded.then(|| fold.day(day)).transpose()?;
        if let Some(Some(made)) = place.take(|walk| walk.next(day, folded, fold))? {
            let one = stage(fold, day, made)?;
            lock(&done).push(one);
        }
        if is_folded || rescore {
            progress.days_done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    })?;
    let mut done = unlock(done);
    done.sort_by_key(|one| one.day);
    Ok(done)
}

fn stage(fold: &Fold<'_>, day: Day, made: Made) -> Result<Done> {
    let unsettled = |batch: &RecordBatch| fold.unsettled(batch);
    let files_max = match fold.around.changed(day) {
        true => FILES_MAX,
        false => FILES_FEW,
    };
    let (sorted, changes) = (&made.sorted, &made.changes);
    let staged = stage_changes(fold.finish, day, sorted, changes, files_max, &unsettled)?;
    Ok(Done {
        day,
        staged,
        changed: made.changes.changed,
        gone: made.changes.gone,
        pending: made.pending,
        capped: made.capped,
    })
}

/// Days whose sign-ins may differ: those that changed, their neighbours, and those of which a
/// challenge waits that the new end of the data can settle.
fn days_to_fold(
    known: &Manifest,
    reach: &Horizon,
    before: &Manifest,
    finished: &Finished,
    settle_us: i64,
) -> BTreeSet<Day> {
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
