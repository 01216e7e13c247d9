//! Counts every record id of a lake: once among the records of its tenant, once among the records
//! that sign-ins list.
//!
//! An id is 16 bytes here: a hash of it, one of its tenant, and where it stands. [`HELD_MAX`] of
//! them stay in memory (128 MiB); beyond, all go to 256 scratch files by hash, which are judged one
//! by one. Whatever looks wrong by its hash is read again and judged by its text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, ListArray};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use foldhash::fast::FixedState;

use super::super::journal::Manifest;
use super::super::layout::Day;
use super::super::read::batches;
use super::Lake;
use super::file::texts;
use crate::error::{Error, Result};
use crate::signin::schema::{RECORDS_SCHEMA, SIGNINS_SCHEMA};

/// Ids in memory.
const HELD_MAX: usize = 8 << 20;
const PARTS: usize = 256;
const ENTRY_BYTES: usize = 16;
/// Suspicious ids that are read again; more are not told.
const SUSPECTS_MAX: usize = 1_000;
/// Marks places in the lists of sign-ins.
const LISTED: u32 = 1 << 31;

/// An id's hash, its tenant's (0 without one), and its file with [`LISTED`].
type Entry = (u64, u32, u32);

/// Every id seen so far.
pub(super) struct Census<'a> {
    scratch: &'a Path,
    held: Vec<Entry>,
    held_max: usize,
    parts: Vec<File>,
    /// By place of a file: whether its records have no sign-ins yet.
    unfolded: Vec<bool>,
}

/// Where an id stands, by its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stand {
    tenant: Option<String>,
    file: usize,
    listed: bool,
}

fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

fn tenant_hash(tenant: Option<&str>) -> u32 {
    // Lowest bit set, so that no tenant looks like none.
    tenant.map_or(0, |tenant| hash(tenant) as u32 | 1)
}

impl<'a> Census<'a> {
    /// Nothing yet; what does not fit into memory goes to unnamed files in `scratch`.
    pub(super) fn new(scratch: &'a Path, manifest: &Manifest) -> Self {
        let unfolded: BTreeSet<Day> = manifest.unfolded().collect();
        let files = manifest.files.iter();
        let is_unfolded = files.map(|f| f.day.is_some_and(|day| unfolded.contains(&Day(day))));
        Self {
            unfolded: is_unfolded.collect(),
            scratch,
            held: Vec::new(),
            held_max: HELD_MAX,
            parts: Vec::new(),
        }
    }

    /// Notes the ids of records.
    pub(super) fn records(&mut self, batch: &RecordBatch, file: usize) -> Result<()> {
        let (ids, tenants) = (texts(batch, "id"), texts(batch, "tenant_id"));
        for (id, tenant) in ids.into_iter().zip(tenants) {
            let id = hash(id.unwrap_or_default());
            self.held.push((id, tenant_hash(tenant), file as u32));
        }
        self.make_room()
    }

    /// Notes the ids that sign-ins list.
    pub(super) fn lists(&mut self, batch: &RecordBatch, file: usize) -> Result<()> {
        let held = &mut self.held;
        each_listed(batch, |tenant, id| {
            held.push((hash(id), tenant_hash(tenant), file as u32 | LISTED));
        });
        self.make_room()
    }

    fn make_room(&mut self) -> Result<()> {
        if self.held.len() > self.held_max {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let fail = |e| Error::io("write scratch files in", self.scratch, e);
        while self.parts.len() < PARTS {
            let file = tempfile::tempfile_in(self.scratch).map_err(fail)?;
            self.parts.push(file);
        }
        let mut bytes: Vec<Vec<u8>> = vec![Vec::new(); PARTS];
        for (id, tenant, file) in self.held.drain(..) {
            let part = &mut bytes[(id >> 56) as usize];
            part.extend(id.to_le_bytes());
            part.extend(tenant.to_le_bytes());
            part.extend(file.to_le_bytes());
        }
        for (file, bytes) in self.parts.iter_mut().zip(bytes) {
            file.write_all(&bytes).map_err(fail)?;
        }
        Ok(())
    }

    /// What is wrong, by file.
    pub(super) fn faults(mut self, lake: &Lake) -> Result<Vec<(PathBuf, String)>> {
        let mut suspects = Suspects::default();
        if self.parts.is_empty() {
            suspects.judge(&mut self.held, &self.unfolded);
        } else {
            self.spill()?;
            for part in &mut self.parts {
                let fail = |e| Error::io("read scratch files in", self.scratch, e);
                part.rewind().map_err(fail)?;
                let mut bytes = Vec::new();
                part.read_to_end(&mut bytes).map_err(fail)?;
                let entries = bytes.as_chunks::<ENTRY_BYTES>().0;
                let mut entries: Vec<Entry> = entries.iter().map(read_entry).collect();
                suspects.judge(&mut entries, &self.unfolded);
            }
        }
        suspects.faults(lake, &self.unfolded)
    }
}

fn read_entry(bytes: &[u8; ENTRY_BYTES]) -> Entry {
    let number = u128::from_le_bytes(*bytes);
    (number as u64, (number >> 64) as u32, (number >> 96) as u32)
}

/// Ids that look wrong by their hash.
#[derive(Default)]
struct Suspects {
    ids: HashSet<u64>,
    files: BTreeSet<usize>,
    more: u64,
}

impl Suspects {
    fn judge(&mut self, entries: &mut [Entry], unfolded: &[bool]) {
        let waits = |file: u32| unfolded.get(file as usize).copied().unwrap_or(false);
        entries.sort_unstable();
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            // The rule: one record, one place in a list, one tenant.
            if let [record, listed] = group
                && record.1 == listed.1
                && record.2 & LISTED == 0
                && listed.2 & LISTED != 0
            {
                continue;
            }
            // Its sign-in is not made yet.
            if let [record] = group
                && waits(record.2)
            {
                continue;
            }
            if self.ids.len() == SUSPECTS_MAX {
                self.more += 1;
                continue;
            }
            self.ids.insert(group[0].0);
            let files = group.iter().map(|e| (e.2 & !LISTED) as usize);
            self.files.extend(files);
        }
    }

    /// Reads the suspects again and judges them by their text.
    fn faults(self, lake: &Lake, unfolded: &[bool]) -> Result<Vec<(PathBuf, String)>> {
        let mut stands: BTreeMap<String, Vec<Stand>> = BTreeMap::new();
        for place in &self.files {
            self.read(lake, *place, &mut stands)?;
        }
        let path = |place: usize| lake.manifest().files[place].path.clone();
        // Rows of one id are copies where their days touch; further apart they are two records.
        let day = |place: usize| lake.manifest().files[place].day.unwrap_or(0);
        let near = |a: usize, b: usize| day(a).abs_diff(day(b)) <= 1;
        let mut found = Vec::new();
        for (id, stands) in stands {
            if let [
                Stand {
                    file,
                    listed: false,
                    ..
                },
            ] = stands.as_slice()
                && unfolded[*file]
            {
                continue;
            }
            for (file, what) in judge(&id, &stands, &path, &near) {
                found.push((path(file), what));
            }
        }
        if self.more > 0 {
            let what = format!("and {} more ids like these", self.more);
            found.push((PathBuf::from("records"), what));
        }
        Ok(found)
    }

    fn read(
        &self,
        lake: &Lake,
        place: usize,
        stands: &mut BTreeMap<String, Vec<Stand>>,
    ) -> Result<()> {
        let file = &lake.manifest().files[place];
        let mut note = |tenant: Option<&str>, id: &str, listed| {
            if self.ids.contains(&hash(id)) {
                stands.entry(id.to_owned()).or_default().push(Stand {
                    tenant: tenant.map(str::to_owned),
                    file: place,
                    listed,
                });
            }
        };
        let records = file.table == "records";
        let (schema, names): (&SchemaRef, _) = match records {
            true => (&RECORDS_SCHEMA, ["id", "tenant_id"]),
            false => (&SIGNINS_SCHEMA, ["record_ids", "tenant_id"]),
        };
        let fields = schema.fields().iter();
        let fields = fields.filter(|f| names.contains(&f.name().as_str()));
        let schema = Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()));
        for batch in batches(&lake.find(&file.path), &schema)? {
            let batch = batch?;
            if records {
                let (ids, tenants) = (texts(&batch, "id"), texts(&batch, "tenant_id"));
                let rows = ids.into_iter().zip(tenants);
                rows.for_each(|(id, tenant)| note(tenant, id.unwrap_or_default(), false));
            } else {
                each_listed(&batch, |tenant, id| note(tenant, id, true));
            }
        }
        Ok(())
    }
}

/// Every record id that the sign-ins of a batch list, with their tenant.
fn each_listed(batch: &RecordBatch, mut note: impl FnMut(Option<&str>, &str)) {
    let tenants = texts(batch, "tenant_id");
    let Some(lists) = batch.column_by_name("record_ids") else {
        return;
    };
    let lists: &ListArray = lists.as_list();
    let ids = lists.values().as_string::<i32>();
    let offsets = lists.value_offsets();
    for (row, tenant) in tenants.into_iter().enumerate() {
        if lists.is_null(row) {
            continue;
        }
        for i in offsets[row] as usize..offsets[row + 1] as usize {
            note(tenant, if ids.is_null(i) { "" } else { ids.value(i) });
        }
    }
}

/// What is wrong with an id, each with the file that shows it.
fn judge(
    id: &str,
    stands: &[Stand],
    path: &dyn Fn(usize) -> PathBuf,
    near: &dyn Fn(usize, usize) -> bool,
) -> Vec<(usize, String)> {
    let mut tenants: BTreeMap<Option<&str>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for stand in stands {
        let (records, lists) = tenants.entry(stand.tenant.as_deref()).or_default();
        let places = if stand.listed { lists } else { records };
        places.push(stand.file);
    }
    let mut found = Vec::new();
    for (tenant, (records, lists)) in &tenants {
        let of = tenant.map_or("without tenant".to_owned(), |t| format!("of tenant {t}"));
        let copies = |i: usize| records[..i].iter().any(|other| near(*other, records[i]));
        match (records.as_slice(), lists.as_slice()) {
            ([file, others @ ..], _) if (1..records.len()).any(copies) => {
                let others = others.iter().map(|f| path(*f).display().to_string());
                let others: BTreeSet<String> = others.collect();
                let others: Vec<String> = others.into_iter().collect();
                let (times, others) = (records.len(), others.join(", "));
                let what = format!("record {id} {of} stands {times} times, in {others} too");
                found.push((*file, what));
            }
            (records, lists) if records.len() == lists.len() => {}
            ([file, ..], []) => found.push((*file, format!("record {id} {of} is in no sign-in"))),
            ([_, ..], [file, ..]) => {
                let what = format!("record {id} {of} is in {} sign-ins", lists.len());
                found.push((*file, what));
            }
            ([], [file, ..]) => {
                let what = format!("a sign-in lists record {id} {of}, which is not there");
                found.push((*file, what));
            }
            ([], []) => {}
        }
    }
    let homeless = tenants.get(&None).and_then(|(records, _)| records.first());
    let others = tenants.iter().filter(|(tenant, _)| tenant.is_some());
    let mut others = others.flat_map(|(_, (records, _))| records);
    if let (Some(file), 2) = (homeless, tenants.len())
        && others.any(|other| near(*other, *file))
    {
        let what = format!("record {id} without tenant is also there with the only tenant it has");
        found.push((*file, what));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    fn batch(ids: &[String]) -> RecordBatch {
        let ids: ArrayRef = Arc::new(StringArray::from_iter_values(ids));
        let tenants: ArrayRef = Arc::new(StringArray::from_iter_values(ids_of("t", ids.len())));
        RecordBatch::try_from_iter([("id", ids), ("tenant_id", tenants)]).expect("a batch")
    }

    fn ids_of(text: &str, count: usize) -> Vec<&str> {
        vec![text; count]
    }

    #[test]
    fn what_goes_to_disk_is_judged_alike() {
        let folder = tempfile::tempdir().expect("a folder");
        let ids: Vec<String> = (0..5_000).map(|i| format!("id-{i}")).collect();
        let mut counts = Vec::new();
        for held_max in [usize::MAX, 700] {
            let mut census = Census::new(folder.path(), &Manifest::default());
            census.held_max = held_max;
            for piece in ids.chunks(500) {
                census.records(&batch(piece), 0).expect("room");
            }
            census.records(&batch(&ids[40..43]), 1).expect("room");
            let mut suspects = Suspects::default();
            assert_eq!(census.parts.is_empty(), held_max == usize::MAX);
            if census.parts.is_empty() {
                suspects.judge(&mut census.held, &[]);
            } else {
                census.spill().expect("room");
                for part in &mut census.parts {
                    part.rewind().expect("a file");
                    let mut bytes = Vec::new();
                    part.read_to_end(&mut bytes).expect("a file");
                    let entries = bytes.as_chunks::<ENTRY_BYTES>().0;
                    let mut entries: Vec<Entry> = entries.iter().map(read_entry).collect();
                    suspects.judge(&mut entries, &[]);
                }
            }
            counts.push((suspects.ids.len() as u64 + suspects.more, suspects.files));
        }
        assert_eq!(counts[0].0, 5_000);
        assert_eq!(counts[0].0, counts[1].0);
    }

    #[test]
    fn judged_by_text() {
        let stand = |tenant: Option<&str>, file, listed| Stand {
            tenant: tenant.map(str::to_owned),
            file,
            listed,
        };
        let path = |place: usize| PathBuf::from(format!("f{place}"));
        let near = |a: usize, b: usize| a < 10 && b < 10;
        let said = |stands: &[Stand]| judge("a", stands, &path, &near);
        let good = [stand(Some("t"), 0, false), stand(Some("t"), 1, true)];
        assert_eq!(said(&good), []);
        assert!(said(&good[..1])[0].1.contains("in no sign-in"));
        assert!(said(&good[1..])[0].1.contains("not there"));
        let twice = [good.as_slice(), &[stand(Some("t"), 2, false)]].concat();
        assert!(said(&twice)[0].1.contains("2 times, in f2 too"));
        let far = [stand(Some("t"), 10, false), stand(Some("t"), 11, true)];
        assert_eq!(said(&[good.as_slice(), &far].concat()), []);
        let listed = [good.as_slice(), &[stand(Some("t"), 3, true)]].concat();
        assert!(said(&listed)[0].1.contains("in 2 sign-ins"));
        let homeless = [stand(None, 2, false), stand(None, 3, true)];
        let both = [good.as_slice(), &homeless].concat();
        assert!(said(&both)[0].1.contains("only tenant"));
        let other = [stand(Some("u"), 4, false), stand(Some("u"), 5, true)];
        assert_eq!(said(&[both.as_slice(), &other].concat()), []);
    }
}
