//! One day of the lake, or a shard of one: new records merged into the live ones.
//!
//! In: new rows, waiting parts, and the live records that may be copies of them, all of one day and
//! one shard by id. Out: the sorted rows that the lake lacks, the live ones that they replace, and
//! the parts that still wait for theirs. What did not change is left untouched to the byte.

use std::collections::HashSet;
use std::sync::Mutex;

use arrow::array::Array;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::Lake;
use super::copies::same_record;
use super::layout::{Day, Table};
use super::policies::PolicySets;
use super::read;
use super::sorted::{Batches, sort_rows};
use super::write::sort_order;
use crate::error::Result;
use crate::signin::batch::{RecordBuilder, RowReader, TextReader, text_at};
use crate::signin::merge::merge;
use crate::signin::row::Row;
use crate::signin::schema::Record;

/// Rows of one day and one shard that are to become one.
pub struct ToMerge {
    /// Records of the lake that stay in their files unless they change.
    pub live: Vec<RecordBatch>,
    /// Records of the lake that come from another day.
    pub moved: Vec<RecordBatch>,
    /// Parts that wait in the lake for their record.
    pub waiting: Vec<RecordBatch>,
    /// Rows that an ingest brought.
    pub new: Vec<RecordBatch>,
}

/// What merging did; the rows are taken out only where they are needed.
pub struct Merged {
    all: Parts,
    /// How many rows are of live records, the first of all.
    live: usize,
    fates: Vec<Fate>,
    records: RecordBatch,
    waiting: RecordBatch,
    pub counts: Counts,
}

/// Batches as one list of rows, without copying them.
struct Parts {
    batches: Vec<RecordBatch>,
    /// The batch of each row, and its place there.
    places: Vec<(usize, usize)>,
}

impl Parts {
    fn new(batches: Vec<RecordBatch>) -> Self {
        let rows = |(part, batch): (usize, &RecordBatch)| {
            (0..batch.num_rows()).map(move |row| (part, row))
        };
        let places = batches.iter().enumerate().flat_map(rows).collect();
        Self { batches, places }
    }

    fn text(&self, column: Record, i: usize) -> Option<&str> {
        let (part, row) = self.places[i];
        text_at(self.batches[part].column(column as usize), row)
    }

    fn is_part(&self, i: usize) -> bool {
        let (part, row) = self.places[i];
        self.batches[part]
            .column(Record::EventType as usize)
            .is_null(row)
    }

    fn readers(&self) -> Vec<RowReader<'_>> {
        self.batches.iter().map(RowReader::new).collect()
    }
}

impl Merged {
    /// Records that the lake is to hold beside those that stay, sorted: in pieces of about so many
    /// bytes, or at once.
    pub fn added(
        &self,
        piece_bytes: Option<usize>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + '_> {
        self.gather(Fate::Add, &self.records, piece_bytes)
    }

    /// Live records that stay no longer: they changed, and are among those that are added.
    pub fn replaced(&self) -> Keys {
        let gone = (0..self.live).filter(|i| self.fates[*i] == Fate::Drop);
        gone.map(|i| {
            let id = self.all.text(Record::Id, i).unwrap_or_default();
            key_of(id, self.all.text(Record::TenantId, i))
        })
        .collect()
    }

    /// Parts whose record is still to come, sorted: in pieces of about so many
    /// bytes, or at once.
    pub fn waiting(
        &self,
        piece_bytes: Option<usize>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + '_> {
        self.gather(Fate::Wait, &self.waiting, piece_bytes)
    }

    /// The rows of one fate and those that were rebuilt, sorted.
    fn gather<'m>(
        &'m self,
        wanted: Fate,
        rebuilt: &'m RecordBatch,
        piece_bytes: Option<usize>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch>> + 'm> {
        let own = self.all.places.iter().zip(&self.fates);
        let own = own.filter(|(_, fate)| **fate == wanted).map(|(at, _)| *at);
        let added = self.all.batches.len();
        let rows: Vec<(usize, usize)> = own
            .chain((0..rebuilt.num_rows()).map(|row| (added, row)))
            .collect();
        let parts: Vec<&RecordBatch> = self.all.batches.iter().chain([rebuilt]).collect();
        sort_rows(parts, rows, sort_order(Table::Records), piece_bytes)
    }
}

/// Records by the hash of their tenant and id.
pub type Keys = HashSet<[u8; 16]>;

/// What names the record in a row of a batch that has columns `id` and `tenant_id`.
pub fn record_key(batch: &RecordBatch, i: usize) -> [u8; 16] {
    let text = |column: &str| text_at(batch.column_by_name(column)?, i);
    key_of(text("id").unwrap_or_default(), text("tenant_id"))
}

/// What names a record.
pub fn key_of(id: &str, tenant: Option<&str>) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_bytes());
    if let Some(tenant) = tenant {
        // No text holds this byte.
        hasher.update(&[0xff]).update(tenant.as_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    key
}

/// What merging counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that the lake did not hold.
    pub stored: u64,
    /// Rows that were copies of another.
    pub duplicates: u64,
    /// Stored records that a copy or a part changed.
    pub completed: u64,
    /// New parts whose record is there.
    pub joined: u64,
    /// New parts whose record is not there yet.
    pub waiting: u64,
    /// Parts that began to wait, met their record after waiting, or changed while waiting.
    pub waiting_changed: u64,
}

impl Counts {
    /// Adds what another shard counted.
    pub fn add(&mut self, other: Self) {
        self.stored += other.stored;
        self.duplicates += other.duplicates;
        self.completed += other.completed;
        self.joined += other.joined;
        self.waiting += other.waiting;
        self.waiting_changed += other.waiting_changed;
    }

    /// Whether the day's records differ from those of the lake.
    pub fn records_changed(self) -> bool {
        self.stored + self.completed > 0
    }

    /// Whether the day's waiting parts differ from those of the lake.
    pub fn parts_changed(self) -> bool {
        self.waiting_changed > 0
    }
}

/// The live rows of a day, batch by batch, with the columns of `schema`.
pub fn live(lake: &Lake, table: Table, day: Day, schema: &SchemaRef) -> Result<Batches<'static>> {
    let streams = lake
        .manifest()
        .day(table, day)
        .map(|file| read::batches(&lake.find(&file.path), schema))
        .collect::<Result<Vec<_>>>()?;
    Ok(Box::new(streams.into_iter().flatten()))
}

/// Where a row comes from, in the order in which groups list them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Live,
    Moved,
    Waiting,
    New,
}

/// Merges new rows into live ones.
pub fn merge_rows(rows: ToMerge, policies: &Mutex<PolicySets>, ingest_id: &str) -> Result<Merged> {
    let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    let live = count(&rows.live);
    let moved = live + count(&rows.moved);
    let waiting = moved + count(&rows.waiting);
    let all = Parts::new([rows.live, rows.moved, rows.waiting, rows.new].concat());
    let from = |i: usize| match i {
        i if i < live => From::Live,
        i if i < moved => From::Moved,
        i if i < waiting => From::Waiting,
        _ => From::New,
    };
    let is_part = |i: usize| all.is_part(i);
    let mut counts = Counts::default();
    let mut fate = vec![Fate::Add; all.places.len()];
    for (i, fate) in fate.iter_mut().enumerate() {
        match (from(i), is_part(i)) {
            (From::New, false) => counts.stored += 1,
            (From::New, true) => {
                counts.waiting += 1;
                *fate = Fate::Wait;
            }
            (From::Waiting, _) => *fate = Fate::Wait,
            (From::Live, _) => *fate = Fate::Stay,
            (From::Moved, _) => {}
        }
    }
    let groups = copies(&all);
    let readers = all.readers();
    let row = |i: usize| {
        let (part, row) = all.places[i];
        readers[part].row(row)
    };
    let mut merged = Rebuilt {
        records: RecordBuilder::new(groups.len()),
        waiting: RecordBuilder::new(0),
    };
    for group in &groups {
        count_group(group, &from, &is_part, &mut counts);
        let whole = group.iter().any(|i| !is_part(*i));
        let united = merge_group(&row, group, policies);
        for i in group {
            fate[*i] = Fate::Drop;
        }
        let first = group.iter().find(|i| !is_part(**i) || !whole).copied();
        let first = first.unwrap_or(group[0]);
        if !differs(&row(first), &united) {
            fate[first] = match from(first) {
                _ if !whole => Fate::Wait,
                From::Live => Fate::Stay,
                _ => Fate::Add,
            };
            continue;
        }
        counts.completed += u64::from(matches!(from(first), From::Live | From::Moved));
        counts.waiting_changed += u64::from(!whole);
        merged.push(united, whole, ingest_id);
    }
    let begins_to_wait = |i: &usize| from(*i) == From::New && fate[*i] == Fate::Wait;
    counts.waiting_changed += (0..fate.len()).filter(begins_to_wait).count() as u64;
    Ok(Merged {
        records: merged.records.finish()?,
        waiting: merged.waiting.finish()?,
        all,
        live,
        fates: fate,
        counts,
    })
}

/// What becomes of a row as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A live record that is as it was.
    Stay,
    Add,
    Wait,
    Drop,
}

struct Rebuilt {
    records: RecordBuilder,
    waiting: RecordBuilder,
}

impl Rebuilt {
    fn push(&mut self, mut row: Row<'_>, whole: bool, ingest_id: &str) {
        row.set_text(Record::IngestId, ingest_id.to_owned());
        if whole {
            self.records.append(&row);
        } else {
            self.waiting.append(&row);
        }
    }
}

/// Corrects the counts, in which every new row of a group stands as stored or waiting.
fn count_group(
    group: &[usize],
    from: &dyn Fn(usize) -> From,
    is_part: &dyn Fn(usize) -> bool,
    counts: &mut Counts,
) {
    let count = |wanted: From, part: bool| {
        let counted = group
            .iter()
            .filter(|i| from(**i) == wanted && is_part(**i) == part);
        counted.count() as u64
    };
    let live = count(From::Live, false) + count(From::Moved, false);
    let new = count(From::New, false);
    let copies = new - u64::from(live == 0 && new > 0);
    counts.stored -= copies;
    counts.duplicates += copies;
    if live + new > 0 {
        let parts = count(From::New, true);
        counts.waiting -= parts;
        counts.joined += parts;
        counts.waiting_changed += count(From::Waiting, true);
    }
}

/// The rows of a group as one.
fn merge_group<'a>(
    row: &dyn Fn(usize) -> Row<'a>,
    group: &[usize],
    policies: &Mutex<PolicySets>,
) -> Row<'a> {
    let mut merged = row(group[0]);
    for i in &group[1..] {
        let copy = row(*i);
        merged = merge(merged, copy, &mut |a, b| lock(policies).unite(a, b));
    }
    merged
}

fn lock(policies: &Mutex<PolicySets>) -> std::sync::MutexGuard<'_, PolicySets> {
    policies
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Whether merging changed anything but the ingest that wrote it.
fn differs(first: &Row<'_>, merged: &Row<'_>) -> bool {
    let same = |c: &Record| *c == Record::IngestId || first.get(*c) == merged.get(*c);
    !Record::ALL.iter().all(same) || first.steps != merged.steps
}

/// Groups of rows that are one record, in the order of the rows; rows that stand alone are left
/// out. A row without tenant meets a copy of its id only where exactly one tenant has that id.
fn copies(all: &Parts) -> Vec<Vec<usize>> {
    let readers = |column: Record| -> Vec<TextReader<'_>> {
        let columns = all.batches.iter().map(|b| b.column(column as usize));
        columns.map(TextReader::of).collect()
    };
    let (ids, tenants) = (readers(Record::Id), readers(Record::TenantId));
    let rows = all.places.iter();
    same_record(rows.map(|(part, row)| (ids[*part].at(*row), tenants[*part].at(*row))))
}
