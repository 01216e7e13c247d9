//! What is the same for all records of one file, settled before the first is decoded.

use std::sync::Arc;

use super::binding::Binding;
use super::derived::DerivedIds;
use super::found::Found;
use super::habits::Habits;
use super::sign_in;
use super::timestamp::Clock;

/// What a reader of one JSON record gives.
pub(super) enum Read<'de> {
    SignIn(Box<Found<'de>>),
    /// A record of another log, by category.
    Other(String),
    /// The record was wrapped in another; this is its own text.
    Inner(String),
}

/// Reads one JSON record; the error says why it is none.
pub(super) type ReadJson = for<'de> fn(&'de str, Clock, &mut Habits) -> Result<Read<'de>, String>;

/// How the records of a file are read.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Each piece is a JSON value.
    Json(JsonReader),
    /// Each piece is a row of a CSV file with this header.
    Row(Arc<Binding>),
    /// Each piece is a JSON list whose places have these columns.
    List(Arc<Binding>),
}

/// The reader of one JSON format.
#[derive(Debug, Clone, Copy)]
pub struct JsonReader(pub(super) ReadJson);

impl Default for Reading {
    fn default() -> Self {
        Self::Json(JsonReader(sign_in::read))
    }
}

/// What is the same for all records of one file.
#[derive(Debug, Clone, Default)]
pub struct FileFacts {
    /// Tenant of records that name none.
    pub tenant_id: Option<String>,
    pub source_format: &'static str,
    pub ingest_id: String,
    /// Event type of records that name none, where the file's name tells it.
    pub event_type: Option<&'static str>,
    pub clock: Clock,
    pub reading: Reading,
    /// Gives ids to records without one; `None` where such a record is damaged.
    pub derived: Option<Arc<DerivedIds>>,
}
