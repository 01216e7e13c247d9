//! One day of the lake: new records merged into it, and its sign-ins made anew.
//!
//! In: runs of new records of a day and the day's live files. Out: one sorted batch in which every
//! record stands once. A day in which nothing changed is left untouched to the byte.

use std::collections::HashMap;
use std::sync::Mutex;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::{
    SortColumn, SortOptions, concat_batches, filter_record_batch, lexsort_to_indices,
    take_record_batch,
};
use arrow::record_batch::RecordBatch;

use super::Lake;
use super::layout::{Day, Table};
use super::policies::PolicySets;
use super::read::read_file;
use super::write::sort_order;
use crate::error::{Error, Result};
use crate::signin::batch::{RecordBuilder, row_at, text_at};
use crate::signin::merge::merge;
use crate::signin::row::{Cell, Row};
use crate::signin::schema::{RECORDS_SCHEMA, Record, SIGNINS_SCHEMA};

/// What merging a day did.
pub struct MergedDay {
    /// The whole day, sorted; `None` where nothing changed.
    pub records: Option<RecordBatch>,
    /// Records that the lake did not hold.
    pub stored: u64,
    /// Rows that were copies of another.
    pub duplicates: u64,
    /// Stored records that a copy changed.
    pub completed: u64,
}

/// The live records of a day.
pub fn read_records(lake: &Lake, day: Day) -> Result<RecordBatch> {
    read_day(lake, Table::Records, day)
}

/// The live sign-ins of a day.
pub fn read_signins(lake: &Lake, day: Day) -> Result<RecordBatch> {
    read_day(lake, Table::Signins, day)
}

fn read_day(lake: &Lake, table: Table, day: Day) -> Result<RecordBatch> {
    let schema = if table == Table::Records {
        &*RECORDS_SCHEMA
    } else {
        &*SIGNINS_SCHEMA
    };
    let batches = lake
        .manifest()
        .day(table, day)
        .map(|file| read_file(&lake.root().join(&file.path), schema))
        .collect::<Result<Vec<_>>>()?;
    concat_batches(schema, &batches).map_err(|e| Error::Internal(format!("day: {e}")))
}

/// Merges runs of new records into a day's live records.
pub fn merge_day(
    live: RecordBatch,
    runs: &[RecordBatch],
    policies: &Mutex<PolicySets>,
    ingest_id: &str,
) -> Result<MergedDay> {
    let live_rows = live.num_rows();
    let mut all = vec![live];
    all.extend_from_slice(runs);
    let all =
        concat_batches(&RECORDS_SCHEMA, &all).map_err(|e| Error::Internal(format!("day: {e}")))?;
    let groups = copies(&all);
    let mut drop_row = vec![false; all.num_rows()];
    let mut merged_rows = RecordBuilder::new(groups.len());
    let new_rows = all.num_rows() - live_rows;
    let (mut duplicates, mut completed) = (0, 0);
    for group in groups {
        let mut merged = row_at(&all, group[0]).into_owned();
        let first = merged.clone();
        for i in &group[1..] {
            let copy = row_at(&all, *i).into_owned();
            merged = merge(merged, copy, &mut |a, b| lock(policies).unite(a, b));
        }
        duplicates += group.len() as u64 - 1;
        group[1..].iter().for_each(|i| drop_row[*i] = true);
        let was_live = group[0] < live_rows;
        if differs(&first, &merged) {
            completed += u64::from(was_live);
            drop_row[group[0]] = true;
            merged.set_text(Record::IngestId, ingest_id.to_owned());
            merged_rows.append(&merged);
        }
    }
    let stored = new_rows as u64 - duplicates;
    if stored == 0 && completed == 0 {
        return Ok(MergedDay {
            records: None,
            stored,
            duplicates,
            completed,
        });
    }
    let keep: BooleanArray = drop_row.iter().map(|drop| Some(!drop)).collect();
    let kept =
        filter_record_batch(&all, &keep).map_err(|e| Error::Internal(format!("day: {e}")))?;
    let day = concat_batches(&RECORDS_SCHEMA, &[kept, merged_rows.finish()?])
        .map_err(|e| Error::Internal(format!("day: {e}")))?;
    let records = Some(sort(&day, Table::Records)?);
    Ok(MergedDay {
        records,
        stored,
        duplicates,
        completed,
    })
}

fn lock(policies: &Mutex<PolicySets>) -> std::sync::MutexGuard<'_, PolicySets> {
    policies
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Whether merging changed anything but the ingest that wrote it.
fn differs(first: &Row<'_>, merged: &Row<'_>) -> bool {
    let skipped = Record::IngestId as usize;
    let cells = first.cells().iter().zip(merged.cells()).enumerate();
    let same = |(place, (a, b)): (usize, (&Cell<'_>, &Cell<'_>))| place == skipped || a == b;
    !cells.into_iter().all(same) || first.steps != merged.steps
}

/// Groups of rows that are one record, live rows first; rows that stand alone are left out.
/// A row without tenant meets a copy of its id only where exactly one tenant has that id.
fn copies(all: &RecordBatch) -> Vec<Vec<usize>> {
    let ids = all.column(Record::Id as usize);
    let tenants = all.column(Record::TenantId as usize);
    let mut by_id: HashMap<&str, usize, foldhash::fast::RandomState> = HashMap::default();
    let mut more: HashMap<&str, Vec<usize>> = HashMap::new();
    for i in 0..all.num_rows() {
        let id = text_at(ids, i).unwrap_or_default();
        match by_id.get(id) {
            None => drop(by_id.insert(id, i)),
            Some(first) => more.entry(id).or_insert_with(|| vec![*first]).push(i),
        }
    }
    let mut groups = Vec::new();
    for rows in more.into_values() {
        let mut by_tenant: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
        for i in rows {
            by_tenant.entry(text_at(tenants, i)).or_default().push(i);
        }
        if by_tenant.len() == 2
            && let Some(homeless) = by_tenant.remove(&None)
        {
            by_tenant
                .values_mut()
                .for_each(|rows| rows.extend(&homeless));
        }
        groups.extend(by_tenant.into_values().filter(|rows| rows.len() > 1));
    }
    groups.iter_mut().for_each(|rows| rows.sort_unstable());
    groups.sort_unstable();
    groups
}

/// The batch in its table's sort order.
pub fn sort(batch: &RecordBatch, table: Table) -> Result<RecordBatch> {
    let options = SortOptions {
        descending: false,
        nulls_first: true,
    };
    let columns: Vec<SortColumn> = sort_order(table)
        .iter()
        .filter_map(|name| batch.column_by_name(name))
        .map(|values| SortColumn {
            values: values.clone(),
            options: Some(options),
        })
        .collect();
    let order = lexsort_to_indices(&columns, None);
    let sorted = order.and_then(|order: UInt32Array| take_record_batch(batch, &order));
    sorted.map_err(|e| Error::Internal(format!("sort: {e}")))
}

/// Whether two batches hold the same rows, the column of the ingest aside.
pub fn same_rows(a: &RecordBatch, b: &RecordBatch) -> bool {
    let schema = a.schema();
    let same = |i: usize| {
        let (x, y): (&ArrayRef, &ArrayRef) = (a.column(i), b.column(i));
        schema.field(i).name() == "ingest_id" || x.to_data() == y.to_data()
    };
    a.num_rows() == b.num_rows() && (0..a.num_columns()).all(same)
}
