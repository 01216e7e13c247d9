//! Takes a person out of batches: their own rows go, their names in others' rows are taken out.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;

use super::names::{Names, Search};
use super::remembered::Guard;
use crate::error::{Error, Result};
use crate::lake::layout::{Day, Table};
use crate::signin::batch::text_at;
use crate::signin::columns::filter_rows;

/// How often names were taken out, by column.
pub(super) type Mentions = BTreeMap<String, u64>;

/// Columns that name another person or thing by key: they are never touched. What sorts a table is
/// among them, so that it stays sorted.
const KEYS: [&str; 12] = [
    "id",
    "signin_id",
    "record_ids",
    "tenant_id",
    "event_type",
    "user_id",
    "user_principal_name",
    "user_principal_name_raw",
    "user_display_name",
    "service_principal_id",
    "reject_hash",
    "ingest_id",
];
/// Columns that hold a name and nothing else.
const NAMES: [&str; 2] = ["sign_in_identifier", "alternate_sign_in_name"];

fn search(table: Table, column: &str) -> Option<Search> {
    if KEYS.contains(&column) {
        return None;
    }
    match (table, column) {
        (Table::Rejects | Table::Ingests, _) => Some(Search::Loose),
        _ if NAMES.contains(&column) => Some(Search::Whole),
        _ => Some(Search::Text),
    }
}

/// The texts of a column that a batch may lack.
fn texts<'b>(batch: &'b RecordBatch, column: &str) -> impl Fn(usize) -> &'b str {
    let column = batch.column_by_name(column);
    move |row| column.and_then(|c| text_at(c, row)).unwrap_or_default()
}

/// Which rows are those of an account.
fn of_account(batch: &RecordBatch, is: &dyn Fn(&str, &str) -> bool) -> Vec<bool> {
    let (id, user_name) = (texts(batch, "user_id"), texts(batch, "user_principal_name"));
    let mut last: Option<(&str, &str, bool)> = None;
    let rows = 0..batch.num_rows();
    rows.map(|row| {
        let account = (id(row), user_name(row));
        match last {
            Some((a, b, known)) if (a, b) == account => known,
            _ => {
                let known = is(account.0, account.1);
                last = Some((account.0, account.1, known));
                known
            }
        }
    })
    .collect()
}

/// A batch without the rows that go, and how many went.
fn without(batch: &RecordBatch, goes: &[bool]) -> Result<(RecordBatch, u64)> {
    let gone = goes.iter().filter(|gone| **gone).count() as u64;
    if gone == 0 {
        return Ok((batch.clone(), 0));
    }
    let keep: BooleanArray = goes.iter().map(|gone| Some(!gone)).collect();
    Ok((filter_rows(batch, &keep)?, gone))
}

/// A batch of a table without a person's rows and names; how many rows went is its first count.
pub(super) fn without_person(
    batch: &RecordBatch,
    table: Table,
    is: &dyn Fn(&str, &str) -> bool,
    names: &Names,
    mentions: &mut Mentions,
) -> Result<(RecordBatch, u64)> {
    let goes = match table {
        Table::Records | Table::Signins | Table::Waiting | Table::Users => of_account(batch, is),
        Table::Rejects => rejects_naming(batch, names),
        Table::PolicySets | Table::Ingests => vec![false; batch.num_rows()],
    };
    let (rest, gone) = without(batch, &goes)?;
    let columns = |column: &str| search(table, column);
    Ok((without_names(&rest, &columns, names, mentions)?, gone))
}

fn rejects_naming(batch: &RecordBatch, names: &Names) -> Vec<bool> {
    let content = texts(batch, "content");
    let names_somebody = |row: usize| {
        let content = content(row);
        names.may_stand_in(content.as_bytes()) && names.taken_out(content, Search::Loose).is_some()
    };
    (0..batch.num_rows()).map(names_somebody).collect()
}

/// The batch with the names taken out of the columns that are searched.
fn without_names(
    batch: &RecordBatch,
    search: &dyn Fn(&str) -> Option<Search>,
    names: &Names,
    mentions: &mut Mentions,
) -> Result<RecordBatch> {
    let schema = batch.schema();
    let mut columns = batch.columns().to_vec();
    for (column, field) in columns.iter_mut().zip(schema.fields()) {
        let Some(search) = search(field.name()) else {
            continue;
        };
        let mut count = 0;
        if let Some(cleaned) = cleaned(column, names, search, &mut count)? {
            *column = cleaned;
            *mentions.entry(field.name().clone()).or_default() += count;
        }
    }
    RecordBatch::try_new(schema, columns).map_err(|e| Error::Internal(format!("columns: {e}")))
}

/// A column without the names; `None` if there are none in it.
fn cleaned(
    column: &ArrayRef,
    names: &Names,
    search: Search,
    count: &mut u64,
) -> Result<Option<ArrayRef>> {
    let fail = |e| Error::Internal(format!("columns: {e}"));
    if column.null_count() == column.len() {
        return Ok(None);
    }
    match column.data_type() {
        DataType::Utf8 => Ok(cleaned_text(column.as_string(), names, search, count)),
        DataType::List(field) => {
            let list: &ListArray = column.as_list();
            let Some(values) = cleaned(list.values(), names, search, count)? else {
                return Ok(None);
            };
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            let list = ListArray::try_new(field.clone(), offsets, values, nulls).map_err(fail)?;
            Ok(Some(Arc::new(list)))
        }
        DataType::Struct(fields) => {
            let entry: &StructArray = column.as_struct();
            let mut columns = entry.columns().to_vec();
            let mut any = false;
            for column in &mut columns {
                if let Some(cleaned) = cleaned(column, names, search, count)? {
                    (*column, any) = (cleaned, true);
                }
            }
            let entry = StructArray::try_new(fields.clone(), columns, entry.nulls().cloned());
            let entry = entry.map_err(fail)?;
            Ok(any.then(|| Arc::new(entry) as ArrayRef))
        }
        _ => Ok(None),
    }
}

fn cleaned_text(
    column: &StringArray,
    names: &Names,
    search: Search,
    count: &mut u64,
) -> Option<ArrayRef> {
    let offsets = column.value_offsets();
    let (first, last) = (offsets.first()?, offsets.last()?);
    let bytes = &column.value_data()[*first as usize..*last as usize];
    if !names.may_stand_in(bytes) {
        return None;
    }
    let before = *count;
    let mut last: Option<(&str, Option<String>)> = None;
    let cleaned: StringArray = column
        .iter()
        .map(|text| {
            let text = text?;
            if last.as_ref().is_none_or(|(known, _)| *known != text) {
                last = Some((text, names.taken_out(text, search)));
            }
            let out = last.as_ref().and_then(|(_, out)| out.clone());
            *count += u64::from(out.is_some());
            Some(out.unwrap_or_else(|| text.to_owned()))
        })
        .collect();
    (*count > before).then(|| Arc::new(cleaned) as ArrayRef)
}

/// The last day that a text names as `YYYY-MM-DD`.
fn last_day(text: &str) -> Option<Day> {
    let starts = 0..text.len().saturating_sub(9);
    let pieces = starts.filter_map(|at| text.get(at..at + 10));
    let dates = pieces.filter(|p| p.as_bytes()[4] == b'-' && p.as_bytes()[7] == b'-');
    dates.filter_map(Day::parse).max()
}

/// Which rejects are of a time before a day: by the last date of their text, else by `older`, which
/// knows their ingest.
pub(super) fn rejects_before(
    batch: &RecordBatch,
    day: Day,
    older: &dyn Fn(&str) -> bool,
) -> Result<(RecordBatch, u64)> {
    let (content, ingest) = (texts(batch, "content"), texts(batch, "ingest_id"));
    let goes: Vec<bool> = (0..batch.num_rows())
        .map(|row| match last_day(content(row)) {
            Some(last) => last < day,
            None => older(ingest(row)),
        })
        .collect();
    without(batch, &goes)
}

impl Guard {
    /// New rows of `records` without what was forgotten, and how many went.
    pub fn records(&self, batch: &RecordBatch) -> Result<(RecordBatch, u64)> {
        let mut goes = of_account(batch, &|id, name| self.is_forgotten(id, name));
        if let (Some(day), Some(times)) = (self.before(), batch.column_by_name("created_at")) {
            let times: &TimestampMicrosecondArray =
                times.as_primitive::<TimestampMicrosecondType>();
            let old = |row: usize| times.is_valid(row) && Day::of(times.value(row)) < day;
            for (row, goes) in goes.iter_mut().enumerate() {
                *goes |= old(row);
            }
        }
        let (rest, gone) = without(batch, &goes)?;
        let columns = |column: &str| match self.searches(column) {
            true => search(Table::Records, column),
            false => None,
        };
        let rest = without_names(&rest, &columns, &self.names, &mut Mentions::new())?;
        Ok((rest, gone))
    }

    /// New rows of `rejects` without those that name somebody or tell of a forgotten time.
    pub fn rejects(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let (rest, _) = without(batch, &rejects_naming(batch, &self.names))?;
        let (rest, _) = match self.before() {
            Some(day) => rejects_before(&rest, day, &|_| false)?,
            None => (rest, 0),
        };
        self.told(&rest, Table::Rejects)
    }

    /// Rows of a directory without the people who were forgotten and their names, and how many went.
    pub fn users(&self, batch: &RecordBatch) -> Result<(RecordBatch, u64)> {
        let goes = of_account(batch, &|id, name| self.is_forgotten(id, name));
        let (rest, gone) = without(batch, &goes)?;
        Ok((self.told(&rest, Table::Users)?, gone))
    }

    /// Rows that tell of an ingest, without names.
    pub fn receipt(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        self.told(batch, Table::Ingests)
    }

    fn told(&self, batch: &RecordBatch, table: Table) -> Result<RecordBatch> {
        let columns = |column: &str| search(table, column);
        without_names(batch, &columns, &self.names, &mut Mentions::new())
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Field;

    use super::*;
    use crate::lake::receipts::{INGESTS_SCHEMA, REJECTS_SCHEMA};
    use crate::signin::schema::{POLICY_SETS_SCHEMA, RECORDS_SCHEMA, SIGNINS_SCHEMA, USERS_SCHEMA};

    fn known(field: &Field) -> bool {
        match field.data_type() {
            DataType::List(item) => known(item),
            DataType::Struct(fields) => fields.iter().all(|f| known(f)),
            DataType::Utf8 | DataType::Boolean | DataType::Timestamp(..) => true,
            other => other.is_numeric(),
        }
    }

    #[test]
    fn every_text_column_of_every_table_can_be_searched() {
        for schema in [
            &RECORDS_SCHEMA,
            &SIGNINS_SCHEMA,
            &POLICY_SETS_SCHEMA,
            &REJECTS_SCHEMA,
            &INGESTS_SCHEMA,
            &USERS_SCHEMA,
        ] {
            assert!(schema.fields().iter().all(|f| known(f)));
        }
    }

    #[test]
    fn dates_in_text() {
        let text = "é 2026-01-05T08:00:00Z to 2026-02-01, not 2026-1-05 nor 12345-67-89x";
        assert_eq!(last_day(text), Day::parse("2026-02-01"));
        assert_eq!(last_day("2026-01-0"), None);
    }
}
