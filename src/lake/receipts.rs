//! What an ingest took and what it could not read: rows of `ingests` and `rejects`.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use serde::Serialize;

use super::Lake;
use super::layout::Table;
use super::read::read_file;
use crate::error::{Error, Result};

/// What one ingest took. Rows read = stored + duplicates + rejected + not a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    pub not_a_signin: u64,
    pub without_tenant: u64,
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
    /// Sign-ins begun only because an older one held 200 records or 60 minutes.
    pub capped: u64,
    /// First and last event that came, microseconds since 1970-01-01 UTC.
    pub first_event: Option<i64>,
    pub last_event: Option<i64>,
    /// Per file: path, format, rows.
    pub inputs: Vec<InputReceipt>,
    /// Other log categories, with their rows.
    pub other_categories: std::collections::BTreeMap<String, u64>,
}

/// What was taken from one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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

/// The rejects that the lake does not hold yet, as rows of `rejects`.
pub fn new_rejects(
    lake: &Lake,
    rejects: &[Reject],
    ingest_id: &str,
) -> Result<Option<RecordBatch>> {
    let mut known: HashSet<String> = HashSet::new();
    for file in lake.manifest().table(Table::Rejects) {
        let batch = read_file(&lake.find(&file.path), &REJECTS_SCHEMA)?;
        let hashes = batch.column(0).as_string::<i32>();
        known.extend(hashes.iter().flatten().map(str::to_owned));
    }
    let new: Vec<&Reject> = rejects
        .iter()
        .filter(|r| known.insert(r.hash.clone()))
        .collect();
    if new.is_empty() {
        return Ok(None);
    }
    let text = |f: fn(&Reject) -> &str| -> ArrayRef {
        Arc::new(new.iter().map(|r| Some(f(r))).collect::<StringArray>())
    };
    let number = |f: fn(&Reject) -> u64| -> ArrayRef {
        Arc::new(
            new.iter()
                .map(|r| Some(f(r) as i64))
                .collect::<Int64Array>(),
        )
    };
    let ids: StringArray = new.iter().map(|_| Some(ingest_id)).collect();
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
        .map(Some)
        .map_err(|e| Error::Internal(format!("rejects: {e}")))
}
