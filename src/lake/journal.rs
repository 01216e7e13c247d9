//! The journal: one JSON file per commit with every live file, its size and its hash.
//!
//! The newest number counts. A commit is its file's appearance under its final name; the last
//! `KEPT` commits stay for readers that opened them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::forget::Forgotten;
use super::layout::{self, Day, FORMAT_VERSION};
use super::steps;
use crate::error::{Error, Result};
use crate::signin::horizon::{Horizon, Span};

/// How many commits stay in the journal.
const KEPT: u64 = 8;

/// One live data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Relative to the lake.
    pub path: PathBuf,
    pub table: String,
    /// Days since 1970-01-01, where the table is kept by day.
    pub day: Option<i32>,
    pub rows: u64,
    pub bytes: u64,
    /// BLAKE3, hexadecimal.
    pub hash: String,
}

/// What is kept of one day beside its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFacts {
    /// Sign-ins that still wait for an answer.
    pub pending: u64,
    /// First and last event and their number, by tenant, event type and hour since 1970-01-01.
    pub hours: BTreeMap<String, BTreeMap<String, BTreeMap<i64, Span>>>,
    /// When an ingest last wrote files of the day, microseconds since 1970-01-01 UTC, and the number
    /// of its commit; 0 in lakes of the time before it was kept.
    #[serde(default)]
    pub written_at: i64,
    #[serde(default)]
    pub written_by: u64,
}

impl DayFacts {
    /// The reach of the day.
    pub fn horizon(&self) -> Horizon {
        let mut horizon = Horizon::default();
        self.add_to(&mut horizon);
        horizon
    }

    fn add_to(&self, horizon: &mut Horizon) {
        for (tenant, types) in &self.hours {
            for (event_type, hours) in types {
                let known = horizon.hours_mut(tenant, event_type);
                for (hour, span) in hours {
                    known.add_span(*hour, *span);
                }
            }
        }
    }
}

/// The state of a lake after a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format_version: u32,
    /// Number of the commit, from 1.
    pub number: u64,
    pub ingest_id: String,
    pub files: Vec<DataFile>,
    /// By day since 1970-01-01.
    pub days: BTreeMap<i32, DayFacts>,
    /// What must not come back.
    #[serde(default, skip_serializing_if = "Forgotten::is_empty")]
    pub forgotten: Forgotten,
}

impl Manifest {
    /// The live files of a table.
    pub fn table(&self, table: layout::Table) -> impl Iterator<Item = &DataFile> {
        self.files.iter().filter(move |f| f.table == table.name())
    }

    /// The live files of one day of a table.
    pub fn day(&self, table: layout::Table, day: Day) -> impl Iterator<Item = &DataFile> {
        self.table(table).filter(move |f| f.day == Some(day.0))
    }

    /// The reach of all days.
    pub fn horizon(&self) -> Horizon {
        let mut horizon = Horizon::default();
        self.days
            .values()
            .for_each(|facts| facts.add_to(&mut horizon));
        horizon
    }
}

fn numbered(root: &Path, number: u64) -> PathBuf {
    layout::journal_dir(root).join(format!("{number:08}.json"))
}

/// The commit under way, if one was begun.
pub fn pending_path(root: &Path) -> PathBuf {
    layout::journal_dir(root).join("pending.json")
}

/// Where it stands that a commit's replaced files must go at once.
pub fn purge_path(root: &Path) -> PathBuf {
    layout::journal_dir(root).join("purge")
}

/// Notes, durably, that what commit `number` replaces must go at once.
pub fn begin_purge(root: &Path, number: u64) -> Result<()> {
    let path = purge_path(root);
    let write = || -> std::io::Result<()> {
        let mut options = fs::File::options();
        let options = options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = options.open(&path)?;
        file.write_all(number.to_string().as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| Error::io("write", &path, e))?;
    sync_dir(&layout::journal_dir(root))
}

/// Whether what the newest commit replaced must still go.
pub fn is_purging(root: &Path) -> Result<bool> {
    let begun = fs::read_to_string(purge_path(root)).ok();
    let number: Option<u64> = begun.and_then(|text| text.trim().parse().ok());
    Ok(number.is_some() && number == numbers(root)?.last().copied())
}

/// Removes every commit but the newest, then the note that this had to be done.
pub fn end_purge(root: &Path) -> Result<()> {
    let mut old = numbers(root)?;
    old.pop();
    let drafts = [
        layout::journal_dir(root).join("draft.json"),
        purge_path(root),
    ];
    for path in old.into_iter().map(|n| numbered(root, n)).chain(drafts) {
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &path, e));
            }
            _ => steps::reached(root),
        }
    }
    sync_dir(&layout::journal_dir(root))
}

fn numbers(root: &Path) -> Result<Vec<u64>> {
    let dir = layout::journal_dir(root);
    let entries = fs::read_dir(&dir).map_err(|e| Error::io("read the folder", &dir, e))?;
    let mut numbers: Vec<u64> = entries
        .filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_suffix(".json")?
                .parse()
                .ok()
        })
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The newest commit, if there is one.
pub fn newest(root: &Path) -> Result<Option<Manifest>> {
    match numbers(root)?.last() {
        Some(number) => read(&numbered(root, *number)).map(Some),
        None => Ok(None),
    }
}

/// Reads a manifest; a newer format is refused.
pub fn read(path: &Path) -> Result<Manifest> {
    let text = fs::read(path).map_err(|e| Error::io("read", path, e))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|e| Error::lake(path, format!("is not a journal entry: {e}")))?;
    if manifest.format_version > FORMAT_VERSION {
        let reason = format!(
            "has format version {}, this authlake reads up to {FORMAT_VERSION}; use a newer authlake",
            manifest.format_version
        );
        return Err(Error::lake(path, reason));
    }
    Ok(manifest)
}

/// Writes the manifest of a commit that is about to happen, durably.
pub fn write_pending(root: &Path, manifest: &Manifest) -> Result<()> {
    let text = serde_json::to_vec(manifest).map_err(|e| Error::Internal(e.to_string()))?;
    let draft = layout::journal_dir(root).join("draft.json");
    let write = || -> std::io::Result<()> {
        let mut options = fs::File::options();
        let mut file = options
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(&text)?;
        file.sync_all()?;
        steps::reached(root);
        fs::rename(&draft, pending_path(root))
    };
    write().map_err(|e| Error::io("write", &draft, e))?;
    sync_dir(&layout::journal_dir(root))
}

/// Makes the pending commit the newest one, and forgets the oldest.
pub fn publish(root: &Path, number: u64) -> Result<()> {
    let path = numbered(root, number);
    fs::rename(pending_path(root), &path).map_err(|e| Error::io("publish", &path, e))?;
    steps::reached(root);
    sync_dir(&layout::journal_dir(root))?;
    for old in numbers(root)?.into_iter().filter(|n| n + KEPT <= number) {
        let path = numbered(root, old);
        fs::remove_file(&path).map_err(|e| Error::io("remove", &path, e))?;
        steps::reached(root);
    }
    Ok(())
}

/// Makes a folder's entries durable.
pub fn sync_dir(dir: &Path) -> Result<()> {
    fs::File::open(dir)
        .and_then(|f| f.sync_all())
        .map_err(|e| Error::io("sync", dir, e))
}
