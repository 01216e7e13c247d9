//! Which files of a day or of a table become one, and when.
//!
//! Small ingests add small files instead of writing a day again and again. A folder may hold
//! [`FILES_MAX`] of them; beyond that the smallest ones are joined, so that each row is written a few
//! times however many ingests come. A day for which no records come, while its sign-ins
//! are settled, holds [`FILES_FEW`], and one that is quiet becomes one file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;

use super::Lake;
use super::journal::{DataFile, Manifest};
use super::layout::{Day, Table};
use super::read;
use super::sorted::{self, Batches};
use super::write::{Place, schema_of, sort_order};
use crate::error::Result;

/// Files that a folder of the lake may hold before some of them are joined.
pub const FILES_MAX: usize = 12;
/// The same of a day for which no records come any more while its sign-ins are settled. Fewer would
/// have large files written again for the sake of small ones.
pub const FILES_FEW: usize = 4;
/// How long nothing has come for a day until its files become one: 48 hours.
const QUIET_US: i64 = 48 * 3_600_000_000;
/// The same told in commits, for lakes that are filled faster than by the hour.
const QUIET_COMMITS: u64 = 48;
/// Rows of a batch while files are joined: each file holds one.
const JOIN_ROWS: usize = 1_024;

/// Places of the files that are to be joined so that at most `max` are left, by their rows: the
/// smallest ones, and each larger one that is no larger than those before it together.
pub fn surplus(rows: &[u64], max: usize) -> Vec<usize> {
    if rows.len() <= max {
        return Vec::new();
    }
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| rows[*place]);
    // What is joined becomes one file, or two.
    let least = rows.len() - max + 2;
    let mut sum = 0;
    let grows = |(n, place): &(usize, &usize)| {
        let joins = *n < least || rows[**place] <= sum;
        sum += rows[**place];
        joins
    };
    let count = places.iter().enumerate().take_while(grows).count();
    places.truncate(count);
    places.sort_unstable();
    places
}

/// Days that have been left alone for long.
pub fn quiet_days(manifest: &Manifest, number: u64, now_us: i64) -> BTreeSet<Day> {
    let days = manifest.days.iter().filter(|(_, facts)| {
        let old = facts.written_at.saturating_add(QUIET_US) <= now_us;
        !facts.unfolded && (old || facts.written_by + QUIET_COMMITS <= number)
    });
    days.map(|(day, _)| Day(*day)).collect()
}

/// What joining files came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Joined {
    /// Files that were, and that are now in their place.
    pub before: u64,
    pub after: u64,
    /// Their bytes.
    pub bytes_before: u64,
    pub bytes_after: u64,
}

/// Stages files as one where a folder of the manifest holds several; `wanted` says of which tables
/// and days. `part` keeps the name apart from what the ingest else stages there.
pub fn join(
    lake: &Lake,
    manifest: &mut Manifest,
    (id, part): (&str, usize),
    wanted: &dyn Fn(Table, Option<Day>) -> bool,
) -> Result<Joined> {
    let mut folders: BTreeMap<(&str, Option<i32>), Vec<&DataFile>> = BTreeMap::new();
    for file in &manifest.files {
        let folder = (file.table.as_str(), file.day);
        folders.entry(folder).or_default().push(file);
    }
    let mut done = Joined::default();
    let (mut gone, mut new) = (BTreeSet::new(), Vec::new());
    for ((table, day), files) in folders {
        let (Some(table), day) = (Table::named(table), day.map(Day)) else {
            continue;
        };
        if files.len() > 1 && wanted(table, day) {
            let place = Place {
                root: lake.root(),
                table,
                day,
                ingest_id: id,
                part,
            };
            let file = stage(lake, place, &files)?;
            done.add(&files, &file);
            gone.extend(files.iter().map(|f| f.path.clone()));
            new.push(file);
        }
    }
    replace(manifest, &gone, new);
    Ok(done)
}

/// Joins files of a table that is not kept by day where it has no room for one more.
pub fn make_room(lake: &Lake, manifest: &mut Manifest, table: Table, id: &str) -> Result<()> {
    let place = Place {
        root: lake.root(),
        table,
        day: None,
        ingest_id: id,
        part: 1,
    };
    join_surplus(lake, manifest, place, FILES_MAX - 1)
}

/// Joins the records of days to [`FILES_FEW`] files; the ingest staged none of these days.
pub fn join_to_few(
    lake: &Lake,
    manifest: &mut Manifest,
    days: &BTreeSet<Day>,
    id: &str,
) -> Result<()> {
    for day in days {
        let place = Place {
            root: lake.root(),
            table: Table::Records,
            day: Some(*day),
            ingest_id: id,
            part: 0,
        };
        join_surplus(lake, manifest, place, FILES_FEW)?;
    }
    Ok(())
}

/// Stages files of a folder as one so that it holds at most `max`.
fn join_surplus(lake: &Lake, manifest: &mut Manifest, place: Place<'_>, max: usize) -> Result<()> {
    let held = manifest.table(place.table);
    let files: Vec<&DataFile> = held.filter(|f| f.day.map(Day) == place.day).collect();
    let rows: Vec<u64> = files.iter().map(|f| f.rows).collect();
    let joined = surplus(&rows, max);
    if joined.is_empty() {
        return Ok(());
    }
    let joined: Vec<&DataFile> = joined.into_iter().map(|place| files[place]).collect();
    let file = stage(lake, place, &joined)?;
    let gone = joined.iter().map(|f| f.path.clone()).collect();
    replace(manifest, &gone, vec![file]);
    Ok(())
}

impl Joined {
    fn add(&mut self, before: &[&DataFile], after: &DataFile) {
        self.before += before.len() as u64;
        self.after += 1;
        self.bytes_before += before.iter().map(|f| f.bytes).sum::<u64>();
        self.bytes_after += after.bytes;
    }
}

fn stage(lake: &Lake, place: Place<'_>, files: &[&DataFile]) -> Result<DataFile> {
    let schema = schema_of(place.table);
    let rows = files.iter().map(|f| f.rows).sum::<u64>() as usize;
    let streams = files.iter().map(|file| small_batches(lake, file, schema));
    let streams = streams.collect::<Result<Vec<_>>>()?;
    let batches = match sort_order(place.table) {
        [] => Box::new(streams.into_iter().flatten()),
        order => sorted::merge(streams, order)?,
    };
    place.stage(schema, rows, batches)
}

/// Takes files out of a manifest and adds others.
pub fn replace(manifest: &mut Manifest, gone: &BTreeSet<PathBuf>, new: Vec<DataFile>) {
    let files = &mut manifest.files;
    files.retain(|f| !gone.contains(&f.path));
    files.extend(new);
    files.sort_by(|a, b| Path::cmp(&a.path, &b.path));
}

/// The rows of a file in batches small enough for many files to be open at once.
pub fn small_batches(lake: &Lake, file: &DataFile, schema: &SchemaRef) -> Result<Batches<'static>> {
    read::batches_of(&lake.find(&file.path), schema, JOIN_ROWS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of a folder after so many ingests of one row each, and how often a row was written.
    fn fed(ingests: u64, max: usize) -> (Vec<u64>, f64) {
        let mut files: Vec<u64> = Vec::new();
        let mut written = 0;
        for _ in 0..ingests {
            files.push(1);
            written += 1;
            let joined = surplus(&files, max);
            if joined.is_empty() {
                continue;
            }
            // The new file is joined before it is written.
            written -= u64::from(joined.contains(&(files.len() - 1)));
            let rows: u64 = joined.iter().map(|place| files[*place]).sum();
            for place in joined.iter().rev() {
                files.remove(*place);
            }
            files.push(rows);
            written += rows;
        }
        (files, written as f64 / ingests as f64)
    }

    #[test]
    fn a_thousand_ingests_write_each_row_fewer_than_four_times() {
        let (files, times) = fed(1_000, FILES_MAX);
        assert!(files.len() <= FILES_MAX, "{files:?}");
        assert_eq!(files.iter().sum::<u64>(), 1_000);
        assert!(times < 4.0, "{times}");
        assert!(fed(10_000, FILES_MAX).1 < 5.5);
    }

    #[test]
    fn a_large_file_is_left_alone() {
        let mut rows = vec![1_000_000];
        rows.extend([10; FILES_MAX]);
        let joined = surplus(&rows, FILES_MAX);
        assert_eq!(joined, (1..=FILES_MAX).collect::<Vec<_>>());
        assert!(surplus(&rows[..FILES_MAX], FILES_MAX).is_empty());
    }
}
