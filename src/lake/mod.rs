//! The lake: a folder of Parquet that any tool reads, and a small journal that says what counts.
//!
//! ```text
//! LAKE/records/date=YYYY-MM-DD/<ingest>-N.parquet   one row per record, by day (UTC) of the event
//! LAKE/signins/date=YYYY-MM-DD/<ingest>-N.parquet   one row per sign-in, by day of its start
//! LAKE/policy_sets/<ingest>-0.parquet               one row per policy of a distinct list
//! LAKE/ingests/<ingest>-0.parquet                   one receipt per ingest
//! LAKE/rejects/<ingest>-0.parquet                   what could not be read, once per content
//! LAKE/waiting_steps/[date=YYYY-MM-DD/]…            steps that came without their record
//! LAKE/.journal/NNNNNNNN.json                       every live file with size and hash, or how that
//!                                                   differs from an earlier entry
//! LAKE/.staging/ LAKE/.retired/                     a commit under way; what commits replaced
//! ```
//! A day holds one file of a table, or a few while it is still fed. A file never changes after its
//! commit and its name is never used again. Killed at any instant, the next open finishes or undoes
//! the commit. Never: knows SQL or how an export looks.

pub mod commit;
pub mod compact;
pub mod copies;
pub mod day_facts;
pub mod days;
pub mod forget;
pub mod info;
pub mod journal;
pub mod layout;
mod lock;
mod numbers;
mod packed_keys;
pub mod policies;
pub mod read;
pub mod receipts;
mod row_group;
mod sizes;
pub mod sorted;
pub mod spill;
mod steps;
mod text_chunk;
mod text_column;
pub mod verify;
pub mod write;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use journal::Manifest;
pub use lock::{Holder, Wait, WriteLock};
use lock::{try_lock, wait_for_lock};

/// How often a reader looks again when a commit runs under its eyes.
const OPEN_TRIES: usize = 50;

/// An opened lake: what the newest commit says, checked against the folder.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
    manifest: Manifest,
}

impl Lake {
    /// Opens a lake for reading. An interrupted commit is finished or undone first, where the
    /// folder may be written.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        let root = root.as_ref();
        Self::prepare(root)?;
        // A commit may be published between the reading of the journal and the look at its files.
        for _ in 1..OPEN_TRIES {
            match Self::newest(root) {
                Ok(lake) => return Ok(lake),
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        }
        Self::newest(root)
    }

    /// Opens a lake whatever its files are like, for those who look for faults.
    pub fn open_unchecked(root: impl AsRef<Path>) -> Result<Self> {
        Self::prepare(root.as_ref())?;
        Self::newest_unchecked(root.as_ref())
    }

    /// Finishes or undoes what a killed process left, where the folder may be written.
    fn prepare(root: &Path) -> Result<()> {
        if !layout::journal_dir(root).is_dir() {
            return Err(Error::lake(
                root,
                "is not a lake; make one with `authlake ingest`",
            ));
        }
        let interrupted =
            journal::pending_path(root).exists() || journal::purge_path(root).exists();
        if interrupted && let Ok(Some(lock)) = try_lock(root) {
            // Where the folder may not be written the newest commit still opens: see `find`.
            let _ = commit::recover(root);
            drop(lock);
        }
        Ok(())
    }

    fn newest(root: &Path) -> Result<Self> {
        let lake = Self::newest_unchecked(root)?;
        lake.check_sizes()?;
        Ok(lake)
    }

    fn newest_unchecked(root: &Path) -> Result<Self> {
        Ok(Self {
            root: root.to_path_buf(),
            manifest: journal::newest(root)?.unwrap_or_default(),
        })
    }

    /// Opens a lake for writing, making it where there is none; no one else may write meanwhile.
    /// Another writer is waited for.
    pub fn open_for_writing(root: impl AsRef<Path>, wait: Wait<'_>) -> Result<(Self, WriteLock)> {
        let root = root.as_ref().to_path_buf();
        layout::make_folders(&root)?;
        let lock = wait_for_lock(&root, wait)?;
        commit::recover(&root)?;
        Ok((Self::newest(&root)?, lock))
    }

    /// The lake as a commit that is being made will leave it, with the files that stay.
    pub fn with_manifest(&self, manifest: Manifest) -> Self {
        let root = self.root.clone();
        Self { root, manifest }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the newest commit says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where a file of this commit lies now: in its folder, or where a later commit moved it to.
    /// Names are never used again, so whatever has the name is the file.
    pub fn find(&self, relative: &Path) -> PathBuf {
        let live = self.root.join(relative);
        if live.exists() {
            return live;
        }
        layout::replaced(&self.root, relative).unwrap_or(live)
    }
}
