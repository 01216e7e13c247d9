//! Merges the new rows of every day into the lake's, and stages the days that changed.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::place::Moves;
use super::shards::{Shard, Shards, Sorted};
use super::{Finish, Finished, ROW_BYTES_GUESS};
use crate::error::Result;
use crate::ingest::buffers::{DayBuffers, Waiting, id_hashes};
use crate::ingest::parallel::{in_parallel, lock, unlock};
use crate::lake::days::{Counts, ToMerge, live, merge_rows};
use crate::lake::journal::{DataFile, DayFacts};
use crate::lake::layout::{Day, Table};
use crate::lake::write::{Place, sort_order};
use crate::signin::batch::text_at;
use crate::signin::horizon::Horizon;
use crate::signin::schema::{RECORDS_SCHEMA, Record};

/// One finished day.
struct DayDone {
    files: Vec<DataFile>,
    /// Where records changed: the hours that have some.
    facts: Option<DayFacts>,
    counts: Counts,
}

/// Merges the new rows of every day.
pub(super) fn finish(finish: &Finish<'_>, buffers: DayBuffers, moves: &Moves) -> Result<Finished> {
    let days: BTreeSet<Day> = buffers.days().into_iter().chain(moves.days()).collect();
    let days: Vec<Day> = days.into_iter().collect();
    let total = &finish.progress.days_total;
    total.store(days.len() as u64 * 2, Ordering::Relaxed);
    let buffers = Mutex::new(buffers);
    let finished = Mutex::new(Finished::default());
    in_parallel(&days, finish.options.threads, &|day: Day| {
        finish.check_stop()?;
        let new = lock(&buffers).take(day);
        let done = finish_day(finish, day, &new, moves)?;
        drop(new);
        let mut finished = lock(&finished);
        finished.counts.add(done.counts);
        finished.files.extend(done.files);
        if let Some(facts) = done.facts {
            finished.facts.insert(day.0, facts);
        }
        finish.progress.days_done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })?;
    Ok(unlock(finished))
}

fn finish_day(finish: &Finish<'_>, day: Day, new: &Waiting, moves: &Moves) -> Result<DayDone> {
    let lake = finish.lake;
    let files = |table| lake.manifest().day(table, day).map(|f| f.rows).sum::<u64>();
    let held = (files(Table::Records) + files(Table::Waiting)) as usize;
    let bytes = new.bytes_in_all + held * ROW_BYTES_GUESS;
    let prefix = format!("records-{}", day.name());
    let shards = Shards::for_bytes(bytes, finish.shard_bytes(), finish.work(), prefix);
    let hashes = |batch: &RecordBatch| id_hashes(batch).collect::<Vec<u64>>();
    let live_shards = |table, name| {
        let staying = moves.staying(day, live(lake, table, day, &RECORDS_SCHEMA)?);
        let arriving = moves.arriving(day, table).cloned().map(Ok);
        let rows = Box::new(staying.chain(arriving));
        shards.cut(name, &RECORDS_SCHEMA, rows, &hashes)
    };
    let new_rows = moves.staying(day, new.rows()?);
    let new_shards = shards.cut("new", &RECORDS_SCHEMA, new_rows, &hashes)?;
    let waiting_shards = live_shards(Table::Waiting, "waiting")?;
    let live_shards = live_shards(Table::Records, "live")?;
    let mut out = Out {
        counts: Counts::default(),
        horizon: Horizon::default(),
        records: shards.sorted("merged", &RECORDS_SCHEMA),
        waiting: shards.sorted("parts", &RECORDS_SCHEMA),
    };
    let moved = moves.changes(day);
    let inputs = new_shards.into_iter().zip(waiting_shards).zip(live_shards);
    for ((new, waiting), live) in inputs {
        let rows = load(live, waiting, new)?;
        let merged = merge_rows(rows, finish.policies, finish.ingest_id)?;
        out.counts.add(merged.counts);
        // One shard alone says whether anything changed; of many, any may.
        if shards.count > 1 || moved || merged.counts.records_changed() {
            out.add_records(merged.records()?)?;
        }
        if shards.count > 1 || moved || merged.counts.parts_changed() {
            out.waiting.push(merged.waiting()?)?;
        }
    }
    out.stage(finish, day, moved)
}

fn load(live: Shard, waiting: Shard, new: Shard) -> Result<ToMerge> {
    Ok(ToMerge {
        live: live.load()?,
        waiting: waiting.load()?,
        new: new.load()?,
    })
}

/// What the shards of a day come to.
struct Out<'s> {
    counts: Counts,
    horizon: Horizon,
    records: Sorted<'s>,
    waiting: Sorted<'s>,
}

impl Out<'_> {
    fn add_records(&mut self, batch: RecordBatch) -> Result<()> {
        note_hours(&batch, &mut self.horizon);
        self.records.push(batch)
    }

    fn stage(self, finish: &Finish<'_>, day: Day, moved: bool) -> Result<DayDone> {
        let place = |table| Place {
            root: finish.lake.root(),
            table,
            day: Some(day),
            ingest_id: finish.ingest_id,
            part: 0,
        };
        let mut files = Vec::new();
        let dated = day != Day::UNKNOWN;
        let records_changed = dated && (moved || self.counts.records_changed());
        if records_changed {
            let rows = self.records.batches(sort_order(Table::Records))?;
            let table = place(Table::Records);
            files.push(table.stage(&RECORDS_SCHEMA, self.records.rows, rows)?);
        }
        let held = finish.lake.manifest().day(Table::Waiting, day).count() > 0;
        if self.counts.parts_changed() || (moved && held) {
            let rows = self.waiting.batches(sort_order(Table::Waiting))?;
            let table = place(Table::Waiting);
            files.push(table.stage(&RECORDS_SCHEMA, self.waiting.rows, rows)?);
        }
        Ok(DayDone {
            files,
            facts: records_changed.then(|| facts_of(&self.horizon)),
            counts: self.counts,
        })
    }
}

/// Notes the hours in which there are records, by tenant and event type.
fn note_hours(batch: &RecordBatch, horizon: &mut Horizon) {
    let column = batch.column(Record::CreatedAt as usize);
    let times = column.as_primitive::<TimestampMicrosecondType>().values();
    let (tenants, types) = (Record::TenantId as usize, Record::EventType as usize);
    for (i, at) in times.iter().enumerate() {
        let event_type = text_at(batch.column(types), i).unwrap_or("unknown");
        let tenant = text_at(batch.column(tenants), i).unwrap_or_default();
        horizon.add(tenant, event_type, *at);
    }
}

fn facts_of(horizon: &Horizon) -> DayFacts {
    let mut facts = DayFacts::default();
    for (tenant, event_type, hours) in horizon.iter() {
        let types = facts.hours.entry(tenant.to_owned()).or_default();
        types.insert(event_type.to_owned(), hours.0.clone());
    }
    facts
}
