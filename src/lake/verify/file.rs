//! Looks through the rows of one file: their number, order and day, and the ids they hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use arrow::row::{OwnedRow, RowConverter, SortField};

use super::super::journal::DataFile;
use super::super::layout::{Day, Table};
use super::super::read::batches;
use super::super::receipts::{INGESTS_SCHEMA, REJECTS_SCHEMA};
use super::super::write::sort_order;
use super::Lake;
use super::census::Census;
use crate::error::{Error, Result};
use crate::signin::batch::text_at;
use crate::signin::schema::{POLICY_SETS_SCHEMA, RECORDS_SCHEMA, SIGNINS_SCHEMA, USERS_SCHEMA};

/// What the rows of a file show.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) rows: u64,
    pub(super) faults: Vec<String>,
    /// Keys of policy lists that its records name, and that it holds.
    pub(super) lists_wanted: BTreeSet<i64>,
    pub(super) lists_held: BTreeSet<i64>,
}

/// Columns that are looked at beside those of the sort order.
fn columns(table: Table) -> (&'static SchemaRef, &'static [&'static str]) {
    match table {
        Table::Records => (&RECORDS_SCHEMA, &["id", "tenant_id", "policy_set_id"]),
        Table::Waiting => (&RECORDS_SCHEMA, &["id"]),
        Table::Signins => (&SIGNINS_SCHEMA, &["record_ids", "tenant_id"]),
        Table::PolicySets => (&POLICY_SETS_SCHEMA, &[]),
        Table::Ingests => (&INGESTS_SCHEMA, &["ingest_id"]),
        Table::Rejects => (&REJECTS_SCHEMA, &["reject_hash"]),
        Table::Users => (&USERS_SCHEMA, &[]),
    }
}

/// Looks through a file whose bytes are those that were written.
pub(super) fn look(
    lake: &Lake,
    entry: &DataFile,
    place: usize,
    census: &mut Census<'_>,
) -> Result<Seen> {
    let mut seen = Seen::default();
    let Some(table) = Table::ALL.iter().find(|t| t.name() == entry.table) else {
        seen.faults.push(format!(
            "belongs to a table {} that is unknown",
            entry.table
        ));
        return Ok(seen);
    };
    let (schema, more) = columns(*table);
    let order = sort_order(*table);
    let wanted = |name: &str| order.contains(&name) || more.contains(&name);
    let fields = schema.fields().iter().filter(|f| wanted(f.name()));
    let schema: SchemaRef = Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()));
    let mut sorted = Sorted::default();
    let mut strangers = 0_u64;
    for batch in batches(&lake.find(&entry.path), &schema)? {
        let batch = batch?;
        seen.rows += batch.num_rows() as u64;
        sorted.look(&batch, order)?;
        match table {
            Table::Records => {
                strangers += not_of_day(&batch, "created_at", entry.day);
                census.records(&batch, place)?;
                seen.lists_wanted.extend(keys(&batch));
            }
            Table::Signins => {
                strangers += not_of_day(&batch, "started_at", entry.day);
                census.lists(&batch, place)?;
            }
            Table::PolicySets => seen.lists_held.extend(keys(&batch)),
            _ => {}
        }
    }
    if seen.rows != entry.rows {
        let (rows, wanted) = (seen.rows, entry.rows);
        seen.faults
            .push(format!("has {rows} rows, the journal says {wanted}"));
    }
    if let Some(row) = sorted.broken_at {
        seen.faults.push(format!(
            "is not sorted: row {row} comes before the one above it"
        ));
    }
    if strangers > 0 {
        seen.faults
            .push(format!("holds {strangers} rows of another day"));
    }
    Ok(seen)
}

/// The keys of policy lists in a batch.
fn keys(batch: &RecordBatch) -> Vec<i64> {
    let column = batch.column_by_name("policy_set_id");
    let keys = column.map(|c| c.as_primitive::<Int64Type>().iter().flatten());
    let mut keys: Vec<i64> = keys.into_iter().flatten().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// How many rows have a time that is not of the day.
fn not_of_day(batch: &RecordBatch, column: &str, day: Option<i32>) -> u64 {
    let (Some(times), Some(day)) = (batch.column_by_name(column), day) else {
        return 0;
    };
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let strange = |at: &Option<i64>| at.is_none_or(|at| Day::of(at).0 != day);
    times.iter().filter(strange).count() as u64
}

/// Whether rows come in a table's order, nulls first.
#[derive(Default)]
struct Sorted {
    converter: Option<RowConverter>,
    last: Option<OwnedRow>,
    rows: u64,
    /// The first row that comes too late, from 0.
    broken_at: Option<u64>,
}

impl Sorted {
    fn look(&mut self, batch: &RecordBatch, order: &[&str]) -> Result<()> {
        if order.is_empty() || self.broken_at.is_some() || batch.num_rows() == 0 {
            return Ok(());
        }
        let fail = |e| Error::Internal(format!("order: {e}"));
        let columns: Vec<ArrayRef> = order
            .iter()
            .filter_map(|name| batch.column_by_name(name).cloned())
            .collect();
        if self.converter.is_none() {
            let options = SortOptions {
                descending: false,
                nulls_first: true,
            };
            let fields = columns
                .iter()
                .map(|c| SortField::new_with_options(c.data_type().clone(), options));
            self.converter = Some(RowConverter::new(fields.collect()).map_err(fail)?);
        }
        let Some(converter) = &self.converter else {
            return Ok(());
        };
        let keys = converter.convert_columns(&columns).map_err(fail)?;
        let begins = self.last.as_ref().is_some_and(|l| l.row() > keys.row(0));
        let inside = (1..keys.num_rows()).find(|i| keys.row(i - 1) > keys.row(*i));
        let broken = if begins { Some(0) } else { inside };
        self.broken_at = broken.map(|i| self.rows + i as u64);
        self.rows += keys.num_rows() as u64;
        self.last = Some(keys.row(keys.num_rows() - 1).owned());
        Ok(())
    }
}

/// The texts of a batch's column, `None` where there is none.
pub(super) fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Vec<Option<&'b str>> {
    let column = batch.column_by_name(name);
    column.map_or_else(
        || vec![None; batch.num_rows()],
        |column| (0..column.len()).map(|i| text_at(column, i)).collect(),
    )
}
