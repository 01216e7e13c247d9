//! Looks at every byte that a lake's journal names, and says what is not as it was written.
//!
//! Of each file: size, hash, rows, order, and that its rows belong to its day. Of all files: each
//! id once per tenant, each record in exactly one sign-in, each policy list there, nothing in a
//! table's folder that the journal does not name. Memory: one batch, and the ids as `census` says.
//! Never: writes to the lake.

mod census;
mod file;
mod strays;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::journal::{self, DataFile};
use super::{Lake, write};
use crate::error::{Error, Result};
use census::Census;
use strays::strays;

/// Faults that are kept; more are counted.
const FAULTS_MAX: usize = 10_000;

/// What a running check shows to whoever watches.
#[derive(Debug, Default)]
pub struct Watch {
    /// Bytes of all files, and of those that were looked at.
    pub bytes_total: AtomicU64,
    pub bytes_done: AtomicU64,
    /// Set by the watcher to stop.
    pub stop: AtomicBool,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Relative to the lake.
    pub file: PathBuf,
    pub what: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Number of the commit that was checked.
    pub commit: u64,
    pub files: u64,
    pub bytes: u64,
    pub rows: u64,
    /// The first ten thousand, by file.
    pub faults: Vec<Fault>,
    pub faults_not_kept: u64,
    /// A file could not be read, so ids and sign-ins were not compared across files.
    pub ids_not_compared: bool,
}

impl Verdict {
    fn add(&mut self, file: &Path, what: impl Into<String>) {
        if self.faults.len() == FAULTS_MAX {
            self.faults_not_kept += 1;
            return;
        }
        self.faults.push(Fault {
            file: file.to_path_buf(),
            what: what.into(),
        });
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks a lake that was opened unchecked; what does not fit into memory goes to `scratch`.
pub fn verify(lake: &Lake, scratch: &Path, watch: &Watch) -> Result<Verdict> {
    let manifest = lake.manifest();
    let bytes = manifest.files.iter().map(|f| f.bytes).sum();
    watch.bytes_total.store(bytes, Ordering::Relaxed);
    let mut verdict = Verdict {
        commit: manifest.number,
        ..Verdict::default()
    };
    let mut census = Census::new(scratch, manifest);
    let (mut wanted, mut held) = (BTreeSet::new(), BTreeSet::new());
    for (place, entry) in manifest.files.iter().enumerate() {
        if watch.stop.load(Ordering::Relaxed) {
            return Err(Error::Limit("stopped".to_owned()));
        }
        if let Some(why) = damage(lake, entry)? {
            verdict.add(&entry.path, why);
            verdict.ids_not_compared = true;
        } else {
            let seen = file::look(lake, entry, place, &mut census)?;
            seen.faults
                .into_iter()
                .for_each(|what| verdict.add(&entry.path, what));
            verdict.rows += seen.rows;
            wanted.extend(seen.lists_wanted.into_iter().map(|key| (key, place)));
            held.extend(seen.lists_held);
        }
        verdict.files += 1;
        verdict.bytes += entry.bytes;
        watch.bytes_done.fetch_add(entry.bytes, Ordering::Relaxed);
    }
    if !verdict.ids_not_compared {
        for (file, what) in census.faults(lake)? {
            verdict.add(&file, what);
        }
        for (key, place) in wanted.iter().filter(|(key, _)| !held.contains(key)) {
            let file = &manifest.files[*place].path;
            verdict.add(file, format!("names policy list {key}, which is not there"));
        }
    }
    for stray in strays(lake)? {
        let what = "is not in the journal, yet who reads the folder by a glob reads it";
        verdict.add(&stray, what);
    }
    verdict.faults.sort();
    Ok(verdict)
}

/// Why a file is not the one that the journal means.
fn damage(lake: &Lake, entry: &DataFile) -> Result<Option<String>> {
    let path = lake.find(&entry.path);
    if let Some(why) = lake.size_fault(entry) {
        let newest = journal::newest(lake.root())?.unwrap_or_default();
        if newest.number != lake.manifest().number && !path.exists() {
            let why = "was replaced by an ingest while it was looked for; check again";
            return Err(Error::lake(path, why));
        }
        return Ok(Some(why));
    }
    match write::hash_file(&path) {
        Ok(hash) if hash == entry.hash => Ok(None),
        Ok(_) => Ok(Some(
            "has other content than was written: its hash differs".to_owned(),
        )),
        Err(e) => Ok(Some(e.to_string())),
    }
}
