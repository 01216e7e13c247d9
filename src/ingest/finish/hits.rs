//! Finds the live records of a day that new rows may be copies of, and takes them out of their files.
//!
//! Only ids are read of files that hold none; of the others, the pages with such rows.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use foldhash::fast::RandomState;

use super::place::ID;
use crate::error::Result;
use crate::ingest::waiting::{KEYS, id_hashes};
use crate::lake::Lake;
use crate::lake::days::{Keys, record_key};
use crate::lake::journal::DataFile;
use crate::lake::read;
use crate::lake::sorted::Batches;
use crate::signin::batch::TextReader;
use crate::signin::columns::filter_rows;
use crate::signin::horizon::{Horizon, Hours};
use crate::signin::schema::{RECORDS_SCHEMA, Record};

/// A live file, and the places of the rows whose id is among the wanted ones.
pub(super) struct Hits<'a> {
    pub(super) file: &'a DataFile,
    rows: Vec<Range<usize>>,
    /// The hashes of the ids of these rows.
    pub(super) hashes: Vec<u64>,
}

impl<'a> Hits<'a> {
    /// Looks for ids in a live file; `wanted` are their hashes, sorted.
    pub(super) fn look(lake: &Lake, file: &'a DataFile, wanted: &[u64]) -> Result<Self> {
        let (mut rows, mut hashes): (Vec<Range<usize>>, _) = (Vec::new(), Vec::new());
        let mut at = 0;
        if !wanted.is_empty() {
            for batch in read::batches(&lake.find(&file.path), &ID)? {
                for hash in id_hashes(&batch?) {
                    if wanted.binary_search(&hash).is_ok() {
                        hashes.push(hash);
                        match rows.last_mut() {
                            Some(last) if last.end == at => last.end += 1,
                            _ => rows.push(at..at + 1),
                        }
                    }
                    at += 1;
                }
            }
        }
        Ok(Self { file, rows, hashes })
    }

    /// How many rows were found.
    pub(super) fn count(&self) -> usize {
        self.rows.iter().map(Range::len).sum()
    }

    /// The rows that were found, with all columns.
    pub(super) fn batches(&self, lake: &Lake) -> Result<Batches<'static>> {
        match self.rows.is_empty() {
            true => Ok(Box::new(std::iter::empty())),
            false => read::picked(&lake.find(&self.file.path), &RECORDS_SCHEMA, &self.rows),
        }
    }

    /// How many of the rows are among these records.
    pub(super) fn among(&self, lake: &Lake, keys: &Keys) -> Result<u64> {
        let mut count = 0;
        if !keys.is_empty() && !self.rows.is_empty() {
            let path = lake.find(&self.file.path);
            for batch in read::picked(&path, &KEYS, &self.rows)? {
                let batch = batch?;
                let gone = |i: &usize| keys.contains(&record_key(&batch, *i));
                count += (0..batch.num_rows()).filter(gone).count() as u64;
            }
        }
        Ok(count)
    }
}

/// The rows of a batch that are not among these records.
pub(super) fn without(batch: &RecordBatch, keys: &Keys) -> Result<RecordBatch> {
    let stays = (0..batch.num_rows()).map(|i| Some(!keys.contains(&record_key(batch, i))));
    filter_rows(batch, &stays.collect::<BooleanArray>())
}

/// Notes the hours of the records of live files, those of `gone` aside.
pub(super) fn hours(
    lake: &Lake,
    files: &[&DataFile],
    gone: &Keys,
    horizon: &mut Horizon,
) -> Result<()> {
    for file in files {
        for batch in read::batches(&lake.find(&file.path), &KEYS)? {
            note_hours(&without(&batch?, gone)?, horizon);
        }
    }
    Ok(())
}

/// Notes the hours in which there are records, by tenant and event type.
pub(super) fn note_hours(batch: &RecordBatch, horizon: &mut Horizon) {
    let Some(times) = batch.column_by_name(Record::CreatedAt.column().name) else {
        return;
    };
    let times = times.as_primitive::<TimestampMicrosecondType>().values();
    let texts = |column: Record| TextReader::named(batch, column.column().name);
    let (tenants, types) = (texts(Record::TenantId), texts(Record::EventType));
    let mut known: HashMap<(&str, &str), Hours, RandomState> = HashMap::default();
    for (i, at) in times.iter().enumerate() {
        let tenant = tenants.at(i).unwrap_or_default();
        let event_type = types.at(i).unwrap_or("unknown");
        known.entry((tenant, event_type)).or_default().add(*at);
    }
    for ((tenant, event_type), hours) in known {
        let all = horizon.hours_mut(tenant, event_type);
        for (hour, span) in hours.0 {
            all.add_span(hour, span);
        }
    }
}
