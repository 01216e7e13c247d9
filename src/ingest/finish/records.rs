//! Merges the new rows of every day into the lake's, and stages the files that change.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use arrow::record_batch::RecordBatch;

use super::alone::Repeated;
use super::files::{Piece, Stage, Staged};
use super::hits::{Hits, hours, note_hours, without};
use super::place::{ID, Moves};
use super::shards::{Shard, Shards, Sorted, grouped};
use super::{Finish, Finished, ROW_BYTES_GUESS, shard_bytes};
use crate::error::Result;
use crate::ingest::buffers::DayBuffers;
use crate::ingest::parallel::{in_parallel, lock, unlock};
use crate::ingest::waiting::{Waiting, id_hash, id_hashes};
use crate::lake::compact::{FILES_MAX, small_batches};
use crate::lake::day_facts::DayFacts;
use crate::lake::days::{Counts, Keys, ToMerge, key_of, live, merge_rows};
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table};
use crate::lake::sorted::{Batches, sort_rows};
use crate::lake::write::sort_order;
use crate::signin::coded::CODED_SCHEMA;
use crate::signin::horizon::Horizon;
use crate::signin::schema::RECORDS_SCHEMA;

/// One finished day.
struct DayDone {
    records: Staged,
    waiting: Staged,
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
        finished.stage(done.records);
        finished.stage(done.waiting);
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
    let hits = look(finish, day, new, moves)?;
    let parts = lake.manifest().day(Table::Waiting, day).map(|f| f.rows);
    let held = hits.iter().map(Hits::count).sum::<usize>() + parts.sum::<u64>() as usize;
    let bytes = new.bytes_in_all + held * ROW_BYTES_GUESS;
    let prefix = format!("records-{}", day.name());
    let shards = Shards::for_bytes(bytes, shard_bytes(finish.options), finish.work(), prefix);
    let mut out = Out {
        counts: Counts::default(),
        horizon: Horizon::default(),
        gone: moves
            .leaving(day)
            .map(|(id, tenant)| key_of(id, tenant))
            .collect(),
        added: shards.sorted("merged"),
        waiting: shards.sorted("parts"),
        shards: shards.clone(),
    };
    let moved = moves.changes(day);
    // One shard alone says whether anything changed; of many, any may.
    let large = shards.count > 1;
    let piece_bytes = shards.piece_bytes();
    for rows in to_merge(finish, day, new, moves, &hits, &mut out)? {
        let merged = merge_rows(rows.load()?, finish.policies, finish.ingest_id)?;
        out.counts.add(merged.counts);
        if large || moved || merged.counts.records_changed() {
            out.add_records(merged.added(piece_bytes)?)?;
            out.gone.extend(merged.replaced());
        }
        if large || moved || merged.counts.parts_changed() {
            out.waiting.push(merged.waiting(piece_bytes)?)?;
        }
    }
    out.stage(finish, day, &hits, moved)
}

/// The live records of a day that may be copies of what comes, or that leave.
fn look<'a>(finish: &Finish<'a>, day: Day, new: &Waiting, moves: &Moves) -> Result<Vec<Hits<'a>>> {
    let lake = finish.lake;
    let files: Vec<&DataFile> = lake.manifest().day(Table::Records, day).collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = new.hashes()?;
    for table in [Table::Records, Table::Waiting] {
        wanted.extend(moves.arriving(day, table).flat_map(id_hashes));
    }
    wanted.extend(moves.leaving(day).map(|(id, _)| id_hash(id)));
    wanted.sort_unstable();
    let hits = files
        .into_iter()
        .map(|file| Hits::look(lake, file, &wanted));
    hits.collect()
}

/// The rows of one shard of a day, by where they come from.
struct Rows {
    live: Shard,
    moved: Shard,
    waiting: Shard,
    new: Shard,
}

impl Rows {
    fn load(self) -> Result<ToMerge> {
        Ok(ToMerge {
            live: self.live.load()?,
            moved: self.moved.load()?,
            waiting: self.waiting.load()?,
            new: self.new.load()?,
        })
    }
}

/// Everything of a day that is to become one, shard by shard; of a large day the new rows that stand
/// alone are in `out` by then.
fn to_merge(
    finish: &Finish<'_>,
    day: Day,
    new: &Waiting,
    moves: &Moves,
    hits: &[Hits<'_>],
    out: &mut Out,
) -> Result<impl Iterator<Item = Rows> + use<>> {
    let lake = finish.lake;
    let shards = out.shards.clone();
    let hashes = |batch: &RecordBatch| id_hashes(batch).collect::<Vec<u64>>();
    let cut = |name, rows| shards.cut(name, &CODED_SCHEMA, rows, &hashes);
    let arriving = |table| moves.arriving(day, table).cloned().map(Ok);
    let found = hits.iter().map(|hits| hits.batches(lake));
    let found = found.collect::<Result<Vec<_>>>()?.into_iter().flatten();
    let live_rows = cut("live", moves.staying(day, Box::new(found)))?;
    let moved = cut("moved", Box::new(arriving(Table::Records)))?;
    let parts = moves.staying(day, live(lake, Table::Waiting, day, &RECORDS_SCHEMA)?);
    let parts = cut("waiting", Box::new(parts.chain(arriving(Table::Waiting))))?;
    let new = match shards.count {
        1 => cut("new", moves.staying(day, new.rows()))?,
        _ => {
            let repeated = repeated(finish, day, new, moves, hits)?;
            out.take_alone(&repeated, moves.staying(day, new.rows()))?
        }
    };
    let rows = live_rows.into_iter().zip(moved).zip(parts).zip(new);
    Ok(rows.map(|(((live, moved), waiting), new)| Rows {
        live,
        moved,
        waiting,
        new,
    }))
}

/// The hashes of the ids of a day that more than one row has, new or of the lake.
fn repeated(
    finish: &Finish<'_>,
    day: Day,
    new: &Waiting,
    moves: &Moves,
    hits: &[Hits<'_>],
) -> Result<Repeated> {
    let mut others: Vec<u64> = hits.iter().flat_map(|h| &h.hashes).copied().collect();
    for table in [Table::Records, Table::Waiting] {
        others.extend(moves.arriving(day, table).flat_map(id_hashes));
    }
    for batch in live(finish.lake, Table::Waiting, day, &ID)? {
        others.extend(id_hashes(&batch?));
    }
    Ok(Repeated::of(new.hashes()?, others.into_iter()))
}

/// What the rows of a day come to.
struct Out {
    shards: Shards,
    counts: Counts,
    /// The reach of the added records.
    horizon: Horizon,
    /// Live records that stay no longer.
    gone: Keys,
    added: Sorted,
    waiting: Sorted,
}

impl Out {
    /// Adds the new rows that stand alone; gives the others, cut into shards.
    fn take_alone(&mut self, repeated: &Repeated, rows: Batches<'_>) -> Result<Vec<Shard>> {
        let mut cutter = self.shards.cutter("new", &CODED_SCHEMA)?;
        for batches in grouped(rows, usize::MAX, self.shards.bytes_max) {
            let batches = batches?;
            let (alone, others) = repeated.split(&batches);
            cutter.cut(&batches, others.into_iter())?;
            self.counts.stored += alone.len() as u64;
            let order = sort_order(Table::Records);
            let piece_bytes = self.shards.piece_bytes();
            let batches = batches.iter().collect();
            self.add_records(sort_rows(batches, alone, order, piece_bytes)?)?;
        }
        cutter.finish()
    }

    /// Adds sorted records.
    fn add_records(&mut self, rows: impl Iterator<Item = Result<RecordBatch>>) -> Result<()> {
        let horizon = &mut self.horizon;
        self.added
            .push(rows.inspect(|rows| rows.iter().for_each(|rows| note_hours(rows, horizon))))
    }

    fn stage(
        mut self,
        finish: &Finish<'_>,
        day: Day,
        hits: &[Hits<'_>],
        moved: bool,
    ) -> Result<DayDone> {
        let dated = day != Day::UNKNOWN;
        let records_changed = dated && (moved || self.counts.records_changed());
        let mut records = Staged::default();
        if records_changed {
            records = self.stage_records(finish, day, hits)?;
            self.add_live_hours(finish, day)?;
        }
        let held: Vec<&DataFile> = finish.lake.manifest().day(Table::Waiting, day).collect();
        let mut waiting = Staged::default();
        if self.counts.parts_changed() || (moved && !held.is_empty()) {
            let order = sort_order(Table::Waiting);
            let parts = Piece::fresh(
                self.waiting.rows as u64,
                Box::new(|| self.waiting.batches(order)),
            );
            waiting = stage_of(finish, Table::Waiting, day).pieces(&[parts])?;
            waiting.gone.extend(held.iter().map(|f| f.path.clone()));
        }
        Ok(DayDone {
            records,
            waiting,
            facts: records_changed.then(|| facts_of(&self.horizon)),
            counts: self.counts,
        })
    }

    fn stage_records(&self, finish: &Finish<'_>, day: Day, hits: &[Hits<'_>]) -> Result<Staged> {
        let lake = finish.lake;
        let mut pieces = Vec::new();
        for hits in hits {
            let file = hits.file;
            let rows = move || small_batches(lake, file, &RECORDS_SCHEMA);
            let gone = hits.among(lake, &self.gone)?;
            pieces.push(if gone == 0 {
                Piece::unchanged(file, Box::new(rows))
            } else {
                let rest = move || {
                    let rows = rows()?.map(|batch| without(&batch?, &self.gone));
                    Ok(Box::new(rows) as _)
                };
                Piece::changed(file, file.rows - gone, Box::new(rest))
            });
        }
        let order = sort_order(Table::Records);
        let added = Box::new(|| self.added.batches(order));
        pieces.push(Piece::fresh(self.added.rows as u64, added));
        stage_of(finish, Table::Records, day).pieces(&pieces)
    }

    /// Adds the reach of the records that stay.
    fn add_live_hours(&mut self, finish: &Finish<'_>, day: Day) -> Result<()> {
        let manifest = finish.lake.manifest();
        let known = manifest.days.get(&day.0).filter(|facts| !facts.closed);
        if let Some(known) = known.filter(|_| self.gone.is_empty()) {
            known.add_to(&mut self.horizon);
            return Ok(());
        }
        let files: Vec<&DataFile> = manifest.day(Table::Records, day).collect();
        hours(finish.lake, &files, &self.gone, &mut self.horizon)
    }
}

fn stage_of<'a>(finish: &'a Finish<'a>, table: Table, day: Day) -> Stage<'a> {
    Stage {
        finish,
        table,
        day,
        schema: &RECORDS_SCHEMA,
        files_max: FILES_MAX,
        unsettled: None,
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
