//! What a running ingest shows to whoever watches, and how it is told to stop.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::error::Result;
use crate::lake::{Holder, Lake, Wait, WriteLock};

/// What a running ingest shows to whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes on disk of all inputs; 0 until they are known.
    pub bytes_total: AtomicU64,
    /// Bytes taken from disk so far.
    pub bytes_read: Arc<AtomicU64>,
    pub rows: AtomicU64,
    /// Days to finish and days finished.
    pub days_total: AtomicU64,
    pub days_done: AtomicU64,
    /// The writer that is waited for, once that takes more than a moment.
    pub waits_for: OnceLock<Holder>,
    /// Set by the watcher to stop; the lake stays as it was.
    pub stop: AtomicBool,
}

impl Progress {
    /// Opens a lake for writing; whoever is waited for is noted here.
    pub(super) fn open(&self, root: &Path, limit: Duration) -> Result<(Lake, WriteLock)> {
        let told = |holder: &Holder| {
            self.waits_for.get_or_init(|| *holder);
        };
        let wait = Wait {
            limit,
            told: &told,
            stop: &self.stop,
        };
        Lake::open_for_writing(root, wait)
    }
}
