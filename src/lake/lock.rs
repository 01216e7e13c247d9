//! One writer at a time: a lock on a file of the journal, given back when the process ends.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::layout;
use crate::error::{Error, Result};

/// How often a writer tries to get the lock, 20 ms apart: two seconds.
const TRIES: usize = 100;

/// Held while a lake is written to; given back when dropped.
#[derive(Debug)]
pub struct WriteLock(#[expect(dead_code, reason = "held for its drop")] File);

/// The lock of a lake; a writer that is about to end is waited for.
pub(super) fn wait_for_lock(root: &Path) -> Result<WriteLock> {
    for _ in 0..TRIES {
        if let Some(lock) = try_lock(root)? {
            return Ok(lock);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Err(Error::lake(root, "another process is writing to this lake"))
}

pub(super) fn try_lock(root: &Path) -> Result<Option<WriteLock>> {
    let path = layout::journal_dir(root).join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| Error::io("open", &path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(WriteLock(file))),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(e)) => Err(Error::io("lock", &path, e)),
    }
}
