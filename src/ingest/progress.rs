//! What a running ingest shows to whoever watches, and how it is told to stop.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::Options;
use crate::error::Result;
use crate::lake::{Holder, Lake, Wait, WriteLock, commit};

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
    /// Works on a lake that is there already, while no one else writes to it.
    pub(super) fn on_lake<T>(
        &self,
        options: &Options,
        work: impl FnOnce(&Lake) -> Result<T>,
    ) -> Result<T> {
        // Opening for writing would make a lake where there is none.
        Lake::open(&options.lake)?;
        let (lake, _lock) = self.open(&options.lake, options.wait)?;
        let done = work(&lake);
        if done.is_err() {
            // Gives back the space of what was staged; else the next writer does.
            let _ = commit::recover(lake.root());
        }
        done
    }

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
