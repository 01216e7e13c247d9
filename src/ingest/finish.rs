//! Finishes an ingest day by day: merges records, makes sign-ins, and stages both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::array::{AsArray, BooleanArray};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::gather::DayBuffers;
use super::{Options, Progress};
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::days::{merge_day, read_records, read_signins, same_rows, sort};
use crate::lake::journal::{DataFile, DayFacts};
use crate::lake::layout::{Day, Table, staging_dir};
use crate::lake::policies::PolicySets;
use crate::lake::read::read_file;
use crate::lake::write::stage;
use crate::signin::batch::text_at;
use crate::signin::fold::{SPAN_MAX_US, is_joined};
use crate::signin::horizon::Horizon;
use crate::signin::schema::{RECORDS_SCHEMA, Record};
use crate::signin::summary::{Context, summarise};

const HOUR_US: i64 = 3_600_000_000;
/// How far before a day its sign-ins are folded, so that one begun before midnight is known.
const LOOK_BACK_US: i64 = 3 * HOUR_US;

/// A day whose sign-ins were made: its file where it changed, those pending, those capped.
type MadeDay = (Day, Option<DataFile>, u64, u64);

/// What finishing the days did.
#[derive(Default)]
pub struct Finished {
    /// New files by table and day; they replace the day's live files.
    pub files: Vec<DataFile>,
    pub facts: BTreeMap<i32, DayFacts>,
    pub stored: u64,
    pub duplicates: u64,
    pub completed: u64,
    pub capped: u64,
    pub signin_days_changed: u64,
}

/// Runs `work` over `items` on `threads` threads; the first error ends it.
fn in_parallel<T: Send + Sync + Copy>(
    items: &[T],
    threads: usize,
    work: &(dyn Fn(T) -> Result<()> + Sync),
) -> Result<()> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(e) = work(*item) {
                        next.store(items.len(), Ordering::Relaxed);
                        lock(&failed).get_or_insert(e);
                    }
                }
            });
        }
    });
    let failed = failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Merges the new records of every day into the lake's, and stages the days that changed.
pub fn records(
    lake: &Lake,
    buffers: DayBuffers,
    policies: &Mutex<PolicySets>,
    ingest_id: &str,
    options: &Options,
    progress: &Progress,
) -> Result<Finished> {
    let days = buffers.days();
    progress
        .days_total
        .store(days.len() as u64 * 2, Ordering::Relaxed);
    let buffers = Mutex::new(buffers);
    let finished = Mutex::new(Finished::default());
    in_parallel(&days, options.threads, &|day: Day| {
        let runs = lock(&buffers).take(day);
        let runs = runs
            .into_iter()
            .map(|r| r.load())
            .collect::<Result<Vec<_>>>()?;
        let live = read_records(lake, day)?;
        let merged = merge_day(live, &runs, policies, ingest_id)?;
        drop(runs);
        let staged = match &merged.records {
            Some(batch) => {
                let file = stage(lake.root(), Table::Records, Some(day), ingest_id, 0, batch)?;
                Some((file, facts_of(batch)))
            }
            None => None,
        };
        let mut finished = lock(&finished);
        finished.stored += merged.stored;
        finished.duplicates += merged.duplicates;
        finished.completed += merged.completed;
        if let Some((file, facts)) = staged {
            finished.files.push(file);
            finished.facts.insert(day.0, facts);
        }
        progress.days_done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })?;
    Ok(finished
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn times(batch: &RecordBatch) -> &[i64] {
    let column = batch.column(Record::CreatedAt as usize);
    column.as_primitive::<TimestampMicrosecondType>().values()
}

/// The hours of a day in which joined event types have records.
fn facts_of(batch: &RecordBatch) -> DayFacts {
    let mut horizon = Horizon::default();
    let (tenants, types) = (Record::TenantId as usize, Record::EventType as usize);
    for (i, at) in times(batch).iter().enumerate() {
        let event_type = text_at(batch.column(types), i).unwrap_or("unknown");
        if is_joined(event_type) {
            horizon.add(
                text_at(batch.column(tenants), i).unwrap_or_default(),
                event_type,
                *at,
            );
        }
    }
    let mut facts = DayFacts::default();
    for (tenant, event_type, hours) in horizon.iter() {
        let types = facts.hours.entry(tenant.to_owned()).or_default();
        types.insert(event_type.to_owned(), hours.0.clone());
    }
    facts
}

/// Days whose sign-ins may differ: those that changed, their neighbours, and those that wait.
fn days_to_fold(lake: &Lake, finished: &Finished) -> Vec<Day> {
    let known: BTreeSet<i32> = lake
        .manifest()
        .days
        .keys()
        .chain(finished.facts.keys())
        .copied()
        .collect();
    let mut days: BTreeSet<i32> = finished
        .facts
        .keys()
        .flat_map(|d| [d - 1, *d, d + 1])
        .collect();
    let waiting = lake
        .manifest()
        .days
        .iter()
        .filter(|(_, facts)| facts.pending > 0);
    days.extend(waiting.map(|(day, _)| *day));
    days.intersection(&known).map(|d| Day(*d)).collect()
}

/// Makes the sign-ins of every day that may have changed, and stages those that did.
pub fn signins(
    lake: &Lake,
    finished: Finished,
    policies: &Mutex<PolicySets>,
    ingest_id: &str,
    options: &Options,
    progress: &Progress,
) -> Result<Finished> {
    let days = days_to_fold(lake, &finished);
    let mut known = lake.manifest().clone();
    for (day, facts) in &finished.facts {
        known.days.insert(*day, facts.clone());
    }
    let horizon = known.horizon();
    progress
        .days_total
        .fetch_add(days.len() as u64, Ordering::Relaxed);
    let staged: BTreeMap<i32, &DataFile> = finished
        .files
        .iter()
        .filter_map(|f| Some((f.day?, f)))
        .collect();
    let read = |day: Day| match staged.get(&day.0) {
        Some(file) => read_file(&staging_dir(lake.root()).join(&file.path), &RECORDS_SCHEMA),
        None => read_records(lake, day),
    };
    let failed_policies = |key: i64| lock(policies).failed(key);
    let made: Mutex<Vec<MadeDay>> = Mutex::default();
    in_parallel(&days, options.threads, &|day: Day| {
        let all = around(day, &read)?;
        let context = Context {
            codes: &options.codes,
            horizon: &horizon,
            settle_us: options.settle_us,
            ingest_id,
            failed_policies: &failed_policies,
        };
        let summary = summarise(&all, day.start()..day.plus(1).start(), &context)?;
        drop(all);
        let signins = sort(&summary.signins, Table::Signins)?;
        let file = if same_rows(&signins, &read_signins(lake, day)?) {
            None
        } else {
            Some(stage(
                lake.root(),
                Table::Signins,
                Some(day),
                ingest_id,
                0,
                &signins,
            )?)
        };
        lock(&made).push((day, file, summary.pending, summary.capped));
        progress.days_done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })?;
    drop(staged);
    let mut finished = finished;
    for (day, file, pending, capped) in lock(&made).drain(..) {
        let facts = known.days.get(&day.0).cloned().unwrap_or_default();
        finished.facts.insert(day.0, DayFacts { pending, ..facts });
        finished.capped += capped;
        finished.signin_days_changed += u64::from(file.is_some());
        finished.files.extend(file);
    }
    Ok(finished)
}

/// The records of a day, and those of its neighbours that a sign-in of the day can hold.
fn around(day: Day, read: &dyn Fn(Day) -> Result<RecordBatch>) -> Result<RecordBatch> {
    let before = window(&read(day.plus(-1))?, day.start() - LOOK_BACK_US, i64::MAX)?;
    let after = window(
        &read(day.plus(1))?,
        i64::MIN,
        day.plus(1).start() + SPAN_MAX_US,
    )?;
    concat_batches(&RECORDS_SCHEMA, &[before, read(day)?, after])
        .map_err(|e| Error::Internal(format!("fold: {e}")))
}

/// The rows of joined event types with a time in `from..to`.
fn window(batch: &RecordBatch, from: i64, to: i64) -> Result<RecordBatch> {
    let types = batch.column(Record::EventType as usize);
    let keep: BooleanArray = times(batch)
        .iter()
        .enumerate()
        .map(|(i, at)| {
            let joined = is_joined(text_at(types, i).unwrap_or("unknown"));
            Some(joined && (from..to).contains(at))
        })
        .collect();
    filter_record_batch(batch, &keep).map_err(|e| Error::Internal(format!("window: {e}")))
}
