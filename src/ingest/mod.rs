//! Ingest: exports in, one commit of the lake out. The only place that sees source, decode and lake.
//!
//! ```text
//! reader threads ─pieces─▶ decoder threads ─batches by day─▶ buffers (spill) ─▶ finish, day by day
//! ```
//! Queues are bounded, and what waits for its day beyond [`Options::memory_bytes`] goes to disk (see
//! `buffers`); a day that does not fit is cut into shards. Never: prints, asks the clock, ends the
//! process.

mod buffers;
mod chunk;
mod compact;
mod cut;
mod feed;
mod finish;
mod forget;
mod inputs;
mod parallel;
mod pieces;
mod progress;
mod publish;
mod reading;
mod rejected;
mod rescore;
mod run;
mod tenant;
mod text_buffer;
mod users;
mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use self::compact::compact;
pub use self::forget::forget;
pub use self::progress::Progress;
pub use self::rescore::{Rescored, rescore};
pub use self::users::{Imported, import_users};
pub use crate::decode::timestamp::DateOrder;
use crate::error::Result;
use crate::lake::receipts::{Receipt, Reject};
use crate::signin::tables::Tables;
pub use crate::source::unpack::Limits;

/// What to ingest, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files, folders, globs, or `-`.
    pub inputs: Vec<String>,
    pub lake: PathBuf,
    /// Tenant of records that name none.
    pub tenant_id: Option<String>,
    /// Decoder threads, and days finished at once.
    pub threads: usize,
    /// Bytes of decoded records that may be in memory at once; default 640 MiB. The process needs
    /// some 300 MiB beside them.
    pub memory_bytes: usize,
    /// How far data must reach beyond an unanswered challenge; microseconds, default 24 h.
    pub settle_us: i64,
    /// When the ingest began, microseconds since 1970-01-01 UTC.
    pub now_us: i64,
    /// Codes and result texts that records are judged by.
    pub tables: Arc<Tables>,
    /// Store nothing if anything is rejected; other log categories are no reject.
    pub strict: bool,
    /// Store records alone: the sign-ins of the days that they touch are made by the next ingest
    /// without this.
    pub only_records: bool,
    /// How long another writer of the lake is waited for; default 2 s.
    pub wait: Duration,
    pub reading: ReadOptions,
}

impl Default for Options {
    /// No inputs, lake `lake`, two threads, the built-in tables; the clock stands at 0.
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            lake: PathBuf::from("lake"),
            tenant_id: None,
            threads: 2,
            memory_bytes: MEMORY_BYTES,
            settle_us: SETTLE_US,
            now_us: 0,
            tables: Tables::built_in(),
            strict: false,
            only_records: false,
            wait: Duration::from_secs(2),
            reading: ReadOptions::default(),
        }
    }
}

/// How inputs are read whose text does not say all.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// Seconds east of UTC of times that are shown in a time zone of the viewer.
    pub source_timezone_s: Option<i64>,
    /// Which number of a date such as 3/4/2026 is the day; else each file's own dates decide.
    pub date_order: Option<DateOrder>,
    pub limits: Limits,
}

const MEMORY_BYTES: usize = 640 << 20;
const SETTLE_US: i64 = 24 * 3_600_000_000;

/// What an ingest took, and what it could not read.
#[derive(Debug)]
pub struct Done {
    pub receipt: Receipt,
    /// The first thousand; all of them are in table `rejects`.
    pub rejects: Vec<Reject>,
    /// Inputs that could not be opened or recognised, each with its reason.
    pub problems: Vec<String>,
}

/// Ingests exports into a lake as one commit.
pub fn ingest(options: &Options, progress: &Progress) -> Result<Done> {
    run::run(options, progress)
}

/// Reads exports as an ingest would and stores nothing: formats, rows, rejects, what is unknown.
///
/// The receipt's `stored`, `duplicates` and what follows from them are 0: copies are told apart
/// only where records meet. [`Options::lake`] is not looked at.
pub fn look(options: &Options, progress: &Progress) -> Result<Done> {
    run::look(options, progress)
}
