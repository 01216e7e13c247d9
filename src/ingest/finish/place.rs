//! Decides on which day a record is kept where its copies stand on two, or a part on none.
//!
//! Exports write one event with different precision, so copies of a record can lie on both sides
//! of a midnight: the copy with the finest time decides, and the others are moved to its day.
//! Parts (steps without their record) follow the record whatever their own time says.
//! Cost: the ids of the days that new rows touch and of their neighbours. Copies further apart
//! than a day are two records.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;

use crate::error::Result;
use crate::ingest::buffers::DayBuffers;
use crate::ingest::waiting::{DayRows, KEYS, id_hash, id_hashes};
use crate::lake::Lake;
use crate::lake::copies::same_record;
use crate::lake::days::live;
use crate::lake::layout::{Day, Table};
use crate::lake::sorted::Batches;
use crate::signin::batch::text_at;
use crate::signin::coded::pick;
use crate::signin::merge::time_order;
use crate::signin::schema::{RECORDS_SCHEMA, Record};

/// The column of the id alone.
pub(super) static ID: LazyLock<SchemaRef> = LazyLock::new(|| {
    let id = RECORDS_SCHEMA.field(Record::Id as usize).clone();
    Arc::new(Schema::new(vec![id]))
});

type Key = (String, Option<String>);

/// Which rows leave their day, and which rows of the lake come to a day.
#[derive(Default)]
pub(super) struct Moves {
    leaving: BTreeMap<Day, HashMap<Key, Day>>,
    /// Records and parts of the lake that come to a day, by table.
    arriving: BTreeMap<Day, Vec<(Table, RecordBatch)>>,
}

impl Moves {
    /// Days that lose or win rows of the lake.
    pub(super) fn days(&self) -> impl Iterator<Item = Day> {
        self.leaving.keys().chain(self.arriving.keys()).copied()
    }

    /// The records that leave a day.
    pub(super) fn leaving(&self, day: Day) -> impl Iterator<Item = (&str, Option<&str>)> {
        let keys = self.leaving.get(&day).into_iter().flatten();
        keys.map(|((id, tenant), _)| (id.as_str(), tenant.as_deref()))
    }

    /// Whether rows of the lake leave a day or come to it.
    pub(super) fn changes(&self, day: Day) -> bool {
        self.leaving.contains_key(&day) || self.arriving.contains_key(&day)
    }

    /// The rows that stay on a day.
    pub(super) fn staying<'a>(&'a self, day: Day, rows: Batches<'a>) -> Batches<'a> {
        let Some(leaving) = self.leaving.get(&day) else {
            return rows;
        };
        let hashes: HashSet<u64> = leaving.keys().map(|(id, _)| id_hash(id)).collect();
        Box::new(rows.map(move |batch| {
            let batch = batch?;
            let leaves = |(i, hash): (usize, u64)| {
                (hashes.contains(&hash) && leaving.contains_key(&key(&batch, i))).then_some(i)
            };
            let gone: Vec<usize> = id_hashes(&batch).enumerate().filter_map(leaves).collect();
            match gone.is_empty() {
                true => Ok(batch),
                false => pick(
                    &batch,
                    (0..batch.num_rows()).filter(|i| gone.binary_search(i).is_err()),
                ),
            }
        }))
    }

    /// The rows of the lake that come to a day.
    pub(super) fn arriving(&self, day: Day, table: Table) -> impl Iterator<Item = &RecordBatch> {
        let rows = self.arriving.get(&day).into_iter().flatten();
        rows.filter(move |(t, _)| *t == table).map(|(_, b)| b)
    }
}

fn key(batch: &RecordBatch, i: usize) -> Key {
    let text = |column: &str| {
        let column = batch.column_by_name(column)?;
        text_at(column, i).map(str::to_owned)
    };
    (text("id").unwrap_or_default(), text("tenant_id"))
}

/// Where one copy of a record stands.
struct Copy {
    key: Key,
    at: Option<i64>,
    part: bool,
    day: Day,
}

/// Finds the records that stand on two days, and moves their new copies to the one that is right.
pub(super) fn place(lake: &Lake, buffers: &mut DayBuffers) -> Result<Moves> {
    let suspects = suspects(lake, buffers)?;
    let mut copies = Vec::new();
    for (day, hashes) in &suspects {
        for batch in every_row(lake, buffers, *day)? {
            note_copies(&batch?, *day, hashes, &mut copies);
        }
    }
    let mut moves = Moves::default();
    for group in groups(&copies) {
        let whole = group.iter().map(|i| &copies[*i]).filter(|c| !c.part);
        let finest = whole.max_by(|a, b| match (a.at, b.at) {
            (Some(x), Some(y)) => time_order(x, y),
            (x, y) => x.cmp(&y),
        });
        let Some(home) = finest.map(|c| c.day) else {
            continue;
        };
        for copy in group.iter().map(|i| &copies[*i]) {
            if copy.day != home {
                let leaving = moves.leaving.entry(copy.day).or_default();
                leaving.insert(copy.key.clone(), home);
            }
        }
    }
    carry(lake, buffers, &mut moves)?;
    Ok(moves)
}

/// The hashes of ids that may stand on two days, by day.
fn suspects(lake: &Lake, buffers: &DayBuffers) -> Result<BTreeMap<Day, HashSet<u64>>> {
    let mut suspects: BTreeMap<Day, HashSet<u64>> = BTreeMap::new();
    let new: BTreeSet<Day> = buffers.days().into_iter().collect();
    let dated = new.iter().filter(|d| **d != Day::UNKNOWN);
    let pairs: BTreeSet<(Day, Day)> = dated
        .flat_map(|d| [(d.plus(-1), *d), (*d, d.plus(1))])
        .collect();
    let mut last: Option<(Day, Vec<u64>)> = None;
    for (a, b) in pairs {
        let first = match last.take() {
            Some((day, hashes)) if day == a => hashes,
            _ => hashes_of(lake, buffers, a)?,
        };
        let second = hashes_of(lake, buffers, b)?;
        let both: HashSet<u64> = common(&first, &second).collect();
        if !both.is_empty() {
            suspects.entry(a).or_default().extend(&both);
            suspects.entry(b).or_default().extend(&both);
        }
        last = Some((b, second));
    }
    dateless(lake, buffers, &new, &mut suspects)?;
    Ok(suspects)
}

/// Parts without a time: their record may stand on any day that has news, and parts that came now
/// may belong to any day of the lake.
fn dateless(
    lake: &Lake,
    buffers: &DayBuffers,
    new: &BTreeSet<Day>,
    suspects: &mut BTreeMap<Day, HashSet<u64>>,
) -> Result<()> {
    let parts = hashes_of(lake, buffers, Day::UNKNOWN)?;
    if parts.is_empty() {
        return Ok(());
    }
    let mut days = new.clone();
    if new.contains(&Day::UNKNOWN) {
        let live = lake.manifest().table(Table::Records);
        days.extend(live.filter_map(|f| f.day).map(Day));
    }
    days.remove(&Day::UNKNOWN);
    for day in days {
        let both: HashSet<u64> = common(&parts, &hashes_of(lake, buffers, day)?).collect();
        if !both.is_empty() {
            let unknown = suspects.entry(Day::UNKNOWN).or_default();
            unknown.extend(&both);
            suspects.entry(day).or_default().extend(&both);
        }
    }
    Ok(())
}

/// The sorted hashes of all ids of a day, new and live.
fn hashes_of(lake: &Lake, buffers: &DayBuffers, day: Day) -> Result<Vec<u64>> {
    let mut hashes = match buffers.get(day) {
        Some(waiting) => waiting.hashes()?,
        None => Vec::new(),
    };
    for table in [Table::Records, Table::Waiting] {
        for batch in live(lake, table, day, &ID)? {
            hashes.extend(id_hashes(&batch?));
        }
    }
    hashes.sort_unstable();
    Ok(hashes)
}

/// What two sorted lists have in common.
fn common<'a>(a: &'a [u64], b: &'a [u64]) -> impl Iterator<Item = u64> {
    let mut rest = b;
    a.iter().copied().filter(move |hash| {
        let skipped = rest.partition_point(|h| h < hash);
        rest = &rest[skipped..];
        rest.first() == Some(hash)
    })
}

/// Every row of a day, new and live, with the columns of [`KEYS`] at least.
fn every_row<'a>(lake: &Lake, buffers: &'a DayBuffers, day: Day) -> Result<Batches<'a>> {
    let mut streams: Vec<Batches<'a>> = Vec::new();
    if let Some(waiting) = buffers.get(day) {
        streams.push(waiting.keys());
    }
    for table in [Table::Records, Table::Waiting] {
        streams.push(live(lake, table, day, &KEYS)?);
    }
    Ok(Box::new(streams.into_iter().flatten()))
}

fn note_copies(batch: &RecordBatch, day: Day, wanted: &HashSet<u64>, copies: &mut Vec<Copy>) {
    let (Some(times), Some(types)) = (
        batch.column_by_name("created_at"),
        batch.column_by_name("event_type"),
    ) else {
        return;
    };
    let times = times.as_primitive::<TimestampMicrosecondType>();
    for (i, hash) in id_hashes(batch).enumerate() {
        if wanted.contains(&hash) {
            copies.push(Copy {
                key: key(batch, i),
                at: (!times.is_null(i)).then(|| times.value(i)),
                part: types.is_null(i),
                day,
            });
        }
    }
}

/// The places of copies that are one record.
fn groups(copies: &[Copy]) -> Vec<Vec<usize>> {
    same_record(
        copies
            .iter()
            .map(|c| (Some(c.key.0.as_str()), c.key.1.as_deref())),
    )
}

/// Moves new copies to the right day's buffer, and notes the live ones.
fn carry(lake: &Lake, buffers: &mut DayBuffers, moves: &mut Moves) -> Result<()> {
    let Moves { leaving, arriving } = moves;
    for (day, keys) in leaving.iter() {
        let hashes: HashSet<u64> = keys.keys().map(|(id, _)| id_hash(id)).collect();
        let mut new: Vec<(Day, RecordBatch)> = Vec::new();
        if let Some(waiting) = buffers.get(*day) {
            for batch in waiting.rows_with(&hashes)? {
                new.extend(picked(&batch?, keys, &hashes)?);
            }
        }
        for (home, rows) in new {
            buffers.add(DayRows::new(home, rows))?;
        }
        for table in [Table::Records, Table::Waiting] {
            for batch in live(lake, table, *day, &RECORDS_SCHEMA)? {
                for (home, rows) in picked(&batch?, keys, &hashes)? {
                    arriving.entry(home).or_default().push((table, rows));
                }
            }
        }
    }
    Ok(())
}

/// The rows of a batch that leave, by the day they go to.
fn picked(
    batch: &RecordBatch,
    keys: &HashMap<Key, Day>,
    hashes: &HashSet<u64>,
) -> Result<Vec<(Day, RecordBatch)>> {
    let mut rows: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
    for (i, hash) in id_hashes(batch).enumerate() {
        if hashes.contains(&hash)
            && let Some(home) = keys.get(&key(batch, i))
        {
            rows.entry(*home).or_default().push(i);
        }
    }
    let taken = rows
        .into_iter()
        .map(|(day, rows)| Ok((day, pick(batch, rows)?)));
    taken.collect()
}
