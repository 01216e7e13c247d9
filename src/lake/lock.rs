//! One writer at a time: a lock on a file of the journal, given back when the process ends.
//!
//! The file holds the number of the process that has the lock, for those who wait; the time of its
//! last change is since when. Both are hints: the lock itself is the operating system's.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use super::layout::{self, DAY_US, Day};
use crate::error::{Error, Result};

/// How often a writer tries to get the lock.
const PAUSE: Duration = Duration::from_millis(20);
/// After how long whoever waits is told for whom; a new holder has written its name by then.
const TELL_AFTER: Duration = Duration::from_millis(200);

/// Held while a lake is written to; given back when dropped.
#[derive(Debug)]
pub struct WriteLock(File);

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Best effort: who reads the file takes what it says as a hint.
        let _ = self.0.set_len(0);
    }
}

/// How a writer waits for another one.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// How long at most.
    pub limit: Duration,
    /// Told once who holds the lock, when the wait is more than a moment.
    pub told: &'a dyn Fn(&Holder),
    /// Set by whoever no longer wants to wait.
    pub stop: &'a AtomicBool,
}

/// Who writes to a lake, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holder {
    /// The number of the process.
    pub process: Option<u32>,
    /// Microseconds since 1970-01-01 UTC.
    pub since_us: Option<i64>,
}

impl Holder {
    fn of(root: &Path) -> Self {
        let path = path(root);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let modified = path.metadata().and_then(|m| m.modified()).ok();
        let since = modified.and_then(|m| m.duration_since(UNIX_EPOCH).ok());
        let process = text.trim().parse().ok();
        Self {
            process,
            since_us: process
                .and(since)
                .and_then(|s| i64::try_from(s.as_micros()).ok()),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            Some(process) => write!(f, "process {process}")?,
            None => f.write_str("another process")?,
        }
        f.write_str(" is writing to this lake")?;
        if let Some(at) = self.since_us {
            let seconds = at.rem_euclid(DAY_US) / 1_000_000;
            let (hour, minute) = (seconds / 3600, seconds / 60 % 60);
            let (day, second) = (Day::of(at).name(), seconds % 60);
            write!(f, " since {day} {hour:02}:{minute:02}:{second:02} UTC")?;
        }
        Ok(())
    }
}

fn path(root: &Path) -> PathBuf {
    layout::journal_dir(root).join("lock")
}

/// The lock of a lake, as soon as no one else has it.
pub(super) fn wait_for_lock(root: &Path, wait: Wait<'_>) -> Result<WriteLock> {
    let (mut waited, mut told) = (Duration::ZERO, false);
    loop {
        if let Some(lock) = try_lock(root)? {
            return Ok(lock);
        }
        if wait.stop.load(Ordering::Relaxed) {
            return Err(Error::Limit("stopped while waiting".to_owned()));
        }
        if waited >= wait.limit {
            let (holder, seconds) = (Holder::of(root), wait.limit.as_secs_f64());
            return Err(Error::lake(
                root,
                format!("{holder}; waited {seconds} s for it to end"),
            ));
        }
        if !told && waited >= TELL_AFTER {
            (wait.told)(&Holder::of(root));
            told = true;
        }
        let pause = PAUSE.min(wait.limit - waited);
        std::thread::sleep(pause);
        waited += pause;
    }
}

pub(super) fn try_lock(root: &Path) -> Result<Option<WriteLock>> {
    let path = path(root);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| Error::io("open", &path, e))?;
    match file.try_lock() {
        Ok(()) => {
            // A disk that is full must not keep anyone from the lock.
            let _ = file.set_len(0);
            let _ = (&file).write_all(std::process::id().to_string().as_bytes());
            Ok(Some(WriteLock(file)))
        }
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(e)) => Err(Error::io("lock", &path, e)),
    }
}
