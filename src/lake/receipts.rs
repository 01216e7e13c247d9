//! What an ingest took and what it could not read: rows of `ingests` and `rejects`.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};

use super::Lake;
use super::layout::Table;
use super::read::batches;
use crate::error::{Error, Result};

/// What one ingest took. Rows read = stored + duplicates + rejected + not a sign-in
/// + forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    pub ingest_id: String,
    /// Microseconds since 1970-01-01 UTC.
    pub started_at: i64,
    pub files: u64,
    /// Bytes of text after decompression.
    pub bytes_read: u64,
    pub rows_read: u64,
    pub stored: u64,
    /// Copies that were identical to, or completed, a record that is stored once.
    pub duplicates: u64,
    /// Records that a copy made more complete.
    pub completed: u64,
    pub rejected: u64,
    /// Rejects that were counted but are too many to be written to table `rejects`.
    pub rejects_not_kept: u64,
    pub not_a_signin: u64,
    /// Rows of people or times that the lake was told to forget.
    pub forgotten: u64,
    /// Records that no tenant could be found for.
    pub without_tenant: u64,
    /// Rows whose format has no ids: they cannot meet copies of other formats.
    pub ids_derived: u64,
    pub signins: u64,
    /// Days of `signins` that were written anew.
    pub signin_days_changed: u64,
    /// Sign-ins that are new or differ.
    pub signins_changed: u64,
    /// Sign-ins that are no more: a late record joined or split them.
    pub signins_gone: u64,
    /// Rows that hold one step of a record: those whose record is there, and those that wait.
    /// They are no records and not part of `rows_read`.
    pub steps_joined: u64,
    pub steps_waiting: u64,
    pub pending: u64,
    /// Days with records of which no sign-ins were made yet.
    pub unfolded_days: u64,
    /// Sign-ins begun only because an older one held 200 records or 60 minutes.
    pub capped: u64,
    /// First and last event that came, microseconds since 1970-01-01 UTC.
    pub first_event: Option<i64>,
    pub last_event: Option<i64>,
    /// Per file: path, format, rows.
    pub inputs: Vec<InputReceipt>,
    /// Other log categories, with their rows.
    pub other_categories: BTreeMap<String, u64>,
    /// Rejects by reason.
    pub rejects_by_reason: BTreeMap<String, u64>,
    /// Keys that have no column, with their rows; the values are in column `extra`.
    pub unknown_keys: BTreeMap<String, u64>,
    /// AADSTS codes that the table does not list, with the rows that carry them.
    pub unknown_codes: BTreeMap<String, u64>,
    /// MFA result texts that the table does not know, with how often they came.
    pub unknown_texts: BTreeMap<String, u64>,
    /// Hours between first and last event that hold no records although their neighbours do.
    pub gaps: Vec<GapReceipt>,
}

/// Hours of one tenant and event type without records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GapReceipt {
    pub tenant_id: String,
    pub event_type: String,
    /// First empty hour and the first one that is not, microseconds since 1970-01-01 UTC.
    pub from: i64,
    pub until: i64,
    /// Records that their neighbours make believe these hours held.
    pub expected: u64,
}

/// What was taken from one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputReceipt {
    pub path: String,
    pub format: String,
    /// Why the format was recognised so.
    pub because: String,
    pub rows_read: u64,
    pub rejected: u64,
}

/// One piece of an export that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub file: String,
    /// Byte offset in the uncompressed text.
    pub offset: u64,
    /// 1-based; 0 where the format has no lines.
    pub line: u64,
    pub reason: String,
    /// The piece itself, cut to [`REJECT_BYTES_MAX`].
    pub content: String,
    /// BLAKE3 of the whole piece, which keys it.
    pub hash: String,
}

/// How much of a rejected piece is kept.
pub const REJECT_BYTES_MAX: usize = 16 * 1024;

/// Columns of `rejects`.
pub static REJECTS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        text("reject_hash"),
        text("file"),
        Field::new("byte_offset", DataType::Int64, true),
        Field::new("line", DataType::Int64, true),
        text("reason"),
        text("content"),
        text("ingest_id"),
    ]))
});

static RECEIPT_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let receipt = Field::new("receipt", DataType::Utf8, true);
    Arc::new(Schema::new(vec![receipt]))
});

static HASH_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let hash = REJECTS_SCHEMA.field(0).clone();
    Arc::new(Schema::new(vec![hash]))
});

/// Columns of `ingests`.
pub static INGESTS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        Field::new("ingest_id", DataType::Utf8, true),
        Field::new("started_at", time(), true),
        number("files"),
        number("bytes_read"),
        number("rows_read"),
        number("stored"),
        number("duplicates"),
        number("completed"),
        number("rejected"),
        number("not_a_signin"),
        number("forgotten"),
        number("signins"),
        number("pending"),
        Field::new("first_event", time(), true),
        Field::new("last_event", time(), true),
        Field::new("receipt", DataType::Utf8, true),
    ]))
});

impl Receipt {
    /// The receipt as a row of `ingests`.
    pub fn row(&self) -> Result<RecordBatch> {
        let text = |t: &str| -> ArrayRef { Arc::new(StringArray::from(vec![t])) };
        let number = |n: u64| -> ArrayRef { Arc::new(Int64Array::from(vec![n as i64])) };
        let time = |t: Option<i64>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from(vec![t]).with_timezone("UTC"))
        };
        let json = serde_json::to_string(self).map_err(|e| Error::Internal(e.to_string()))?;
        let columns = vec![
            text(&self.ingest_id),
            time(Some(self.started_at)),
            number(self.files),
            number(self.bytes_read),
            number(self.rows_read),
            number(self.stored),
            number(self.duplicates),
            number(self.completed),
            number(self.rejected),
            number(self.not_a_signin),
            number(self.forgotten),
            number(self.signins),
            number(self.pending),
            time(self.first_event),
            time(self.last_event),
            text(&json),
        ];
        RecordBatch::try_new(INGESTS_SCHEMA.clone(), columns)
            .map_err(|e| Error::Internal(format!("ingests: {e}")))
    }
}

/// The receipts of a lake, in the order in which its ingests began.
pub fn receipts(lake: &Lake) -> Result<Vec<Receipt>> {
    let mut found: Vec<Receipt> = Vec::new();
    for file in lake.manifest().table(Table::Ingests) {
        let path = lake.find(&file.path);
        for batch in batches(&path, &RECEIPT_SCHEMA)? {
            let batch = batch?;
            let texts = batch.column(0).as_string::<i32>();
            for text in texts.iter().flatten() {
                let receipt = serde_json::from_str(text)
                    .map_err(|e| Error::lake(&path, format!("holds no receipt: {e}")))?;
                found.push(receipt);
            }
        }
    }
    found.sort_by(|a, b| (a.started_at, &a.ingest_id).cmp(&(b.started_at, &b.ingest_id)));
    Ok(found)
}

/// The first half of a reject's hash: enough to tell rejects apart.
pub fn reject_key(hash: &str) -> u128 {
    hash.get(..32)
        .and_then(|half| u128::from_str_radix(half, 16).ok())
        .unwrap_or_default()
}

/// The keys of all rejects that a lake holds.
pub fn known_rejects(lake: &Lake) -> Result<HashSet<u128>> {
    let mut known = HashSet::new();
    for file in lake.manifest().table(Table::Rejects) {
        for batch in batches(&lake.find(&file.path), &HASH_SCHEMA)? {
            let batch = batch?;
            let hashes = batch.column(0).as_string::<i32>();
            known.extend(hashes.iter().flatten().map(reject_key));
        }
    }
    Ok(known)
}

/// The rows of `rejects` whose key is not known yet; it is afterwards.
pub fn without_known(rows: &RecordBatch, known: &mut HashSet<u128>) -> Result<RecordBatch> {
    let hashes = rows.column(0).as_string::<i32>();
    let keep: BooleanArray = hashes
        .iter()
        .map(|hash| Some(known.insert(reject_key(hash.unwrap_or_default()))))
        .collect();
    filter_record_batch(rows, &keep).map_err(|e| Error::Internal(format!("rejects: {e}")))
}

/// Rejects as rows of `rejects`.
pub fn reject_rows(rejects: &[Reject], ingest_id: &str) -> Result<RecordBatch> {
    let text = |f: fn(&Reject) -> &str| -> ArrayRef {
        Arc::new(rejects.iter().map(|r| Some(f(r))).collect::<StringArray>())
    };
    let number = |f: fn(&Reject) -> u64| -> ArrayRef {
        let numbers = rejects.iter().map(|r| Some(f(r) as i64));
        Arc::new(numbers.collect::<Int64Array>())
    };
    let ids: StringArray = rejects.iter().map(|_| Some(ingest_id)).collect();
    let columns = vec![
        text(|r| &r.hash),
        text(|r| &r.file),
        number(|r| r.offset),
        number(|r| r.line),
        text(|r| &r.reason),
        text(|r| &r.content),
        Arc::new(ids),
    ];
    RecordBatch::try_new(REJECTS_SCHEMA.clone(), columns)
        .map_err(|e| Error::Internal(format!("rejects: {e}")))
}
