//! The journal: one JSON file per commit with every live file, its size and its hash.
//!
//! The newest number counts. A commit is its file's appearance under its final name; the last
//! `KEPT` commits stay for readers that opened them. Most entries say only how they differ from one
//! that says all (`base`): a lake that is fed for years is not written down anew every hour.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::day_facts::DayFacts;
use super::forget::Forgotten;
use super::layout::{self, Day, FORMAT_VERSION};
use super::steps;
use crate::error::{Error, Result};
use crate::signin::horizon::Horizon;

/// How many commits stay in the journal.
const KEPT: u64 = 8;
/// How many commits an entry that says all is good for.
const BASE_GOOD_FOR: u64 = 16;

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
    /// What the commit says beside its files and days.
    fn head(&self) -> Self {
        Self {
            format_version: self.format_version,
            number: self.number,
            ingest_id: self.ingest_id.clone(),
            files: Vec::new(),
            days: BTreeMap::new(),
            forgotten: self.forgotten.clone(),
        }
    }

    /// What the next commit begins with: the same files, in today's format.
    pub fn next(&self, ingest_id: &str) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            number: self.number + 1,
            ingest_id: ingest_id.to_owned(),
            ..self.clone()
        }
    }

    /// The live files of a table.
    pub fn table(&self, table: layout::Table) -> impl Iterator<Item = &DataFile> {
        self.files.iter().filter(move |f| f.table == table.name())
    }

    /// The live files of one day of a table.
    pub fn day(&self, table: layout::Table, day: Day) -> impl Iterator<Item = &DataFile> {
        self.table(table).filter(move |f| f.day == Some(day.0))
    }

    /// The days with records of which no sign-ins were made yet.
    pub fn unfolded(&self) -> impl Iterator<Item = Day> {
        let days = self.days.iter().filter(|(_, facts)| facts.unfolded);
        days.map(|(day, _)| Day(*day))
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

/// The id of a commit, which its files are named by: `act` is the first letter of what makes it, `seed`
/// tells it from commits of the same number in other lakes.
pub fn commit_id(act: char, number: u64, seed: &str) -> String {
    let hash = blake3::hash(format!("{number} {seed}").as_bytes()).to_hex();
    format!("{act}{number:06}-{}", &hash[..8])
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

/// What every entry says first.
#[derive(Deserialize)]
struct Head {
    /// The entry that this one differs from; `None` where it says all.
    base: Option<u64>,
    #[serde(default)]
    format_version: u32,
    change: Option<Changed>,
}

#[derive(Deserialize)]
struct Changed {
    format_version: u32,
}

/// How a commit differs from an earlier one.
#[derive(Serialize, Deserialize)]
struct Difference {
    base: u64,
    gone_files: Vec<PathBuf>,
    gone_days: Vec<i32>,
    /// New files and changed days only; all else is of the commit itself.
    change: Manifest,
}

impl Difference {
    fn between(base: &Manifest, manifest: &Manifest) -> Self {
        let before: HashMap<&Path, &DataFile> =
            base.files.iter().map(|f| (f.path.as_path(), f)).collect();
        let after: HashSet<&Path> = manifest.files.iter().map(|f| f.path.as_path()).collect();
        let is_new = |f: &&DataFile| before.get(f.path.as_path()).is_none_or(|old| **old != **f);
        let gone = base
            .files
            .iter()
            .filter(|f| !after.contains(f.path.as_path()));
        let days = manifest.days.iter();
        let changed = days.filter(|(day, facts)| base.days.get(day) != Some(facts));
        let gone_days = base.days.keys();
        let gone_days = gone_days.filter(|day| !manifest.days.contains_key(day));
        Self {
            base: base.number,
            gone_files: gone.map(|f| f.path.clone()).collect(),
            gone_days: gone_days.copied().collect(),
            change: Manifest {
                files: manifest.files.iter().filter(is_new).cloned().collect(),
                days: changed.map(|(day, facts)| (*day, facts.clone())).collect(),
                ..manifest.head()
            },
        }
    }

    fn apply(self, base: Manifest) -> Manifest {
        let gone: HashSet<PathBuf> = self.gone_files.into_iter().collect();
        let new: HashSet<&Path> = self.change.files.iter().map(|f| f.path.as_path()).collect();
        let mut files = base.files;
        files.retain(|f| !gone.contains(&f.path) && !new.contains(f.path.as_path()));
        files.extend(self.change.files.iter().cloned());
        files.sort_by(|a, b| Path::cmp(&a.path, &b.path));
        let mut days = base.days;
        days.retain(|day, _| !self.gone_days.contains(day));
        days.extend(self.change.days.clone());
        Manifest {
            files,
            days,
            ..self.change
        }
    }
}

fn parse<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text)
        .map_err(|e| Error::lake(path, format!("is not a journal entry: {e}")))
}

/// Reads a manifest; a newer format is refused.
pub fn read(path: &Path) -> Result<Manifest> {
    let text = fs::read(path).map_err(|e| Error::io("read", path, e))?;
    let head = parse::<Head>(path, &text)?;
    let version = head
        .change
        .map_or(head.format_version, |c| c.format_version);
    if version > FORMAT_VERSION {
        let reason = format!(
            "has format version {version}, this authlake reads up to {FORMAT_VERSION}; use a newer authlake"
        );
        return Err(Error::lake(path, reason));
    }
    let Some(number) = head.base else {
        return parse(path, &text);
    };
    let difference: Difference = parse(path, &text)?;
    let base = path.with_file_name(format!("{number:08}.json"));
    let text = fs::read(&base).map_err(|e| Error::io("read", &base, e))?;
    Ok(difference.apply(parse(&base, &text)?))
}

/// The entry that says all and is good for commit `number` to differ from.
fn base_for(root: &Path, number: u64) -> Result<Option<Manifest>> {
    for candidate in numbers(root)?.into_iter().rev() {
        if candidate + BASE_GOOD_FOR <= number {
            break;
        }
        let path = numbered(root, candidate);
        let text = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        if parse::<Head>(&path, &text)?.base.is_none() {
            return parse(&path, &text).map(Some);
        }
    }
    Ok(None)
}

/// Writes the manifest of a commit that is about to happen, durably; `whole` where no entry before
/// it may be needed any more.
pub fn write_pending(root: &Path, manifest: &Manifest, whole: bool) -> Result<()> {
    let base = match whole {
        true => None,
        false => base_for(root, manifest.number)?,
    };
    let text = match base.filter(|base| base.format_version == manifest.format_version) {
        Some(base) => serde_json::to_vec(&Difference::between(&base, manifest)),
        None => serde_json::to_vec(manifest),
    };
    let text = text.map_err(|e| Error::Internal(e.to_string()))?;
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

/// Makes the pending commit the newest one, and forgets the oldest that no one needs.
pub fn publish(root: &Path, number: u64) -> Result<()> {
    let path = numbered(root, number);
    fs::rename(pending_path(root), &path).map_err(|e| Error::io("publish", &path, e))?;
    steps::reached(root);
    sync_dir(&layout::journal_dir(root))?;
    let all = numbers(root)?;
    let Some(oldest) = all.iter().copied().find(|n| n + KEPT > number) else {
        return Ok(());
    };
    let path = numbered(root, oldest);
    let text = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
    let needed = parse::<Head>(&path, &text)?.base.unwrap_or(oldest);
    for old in all.into_iter().filter(|n| *n < needed) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, rows: u64) -> DataFile {
        DataFile {
            path: PathBuf::from(name),
            table: "records".to_owned(),
            day: Some(3),
            rows,
            bytes: rows,
            hash: String::new(),
        }
    }

    #[test]
    fn a_difference_gives_back_the_whole() {
        let facts = |pending| DayFacts {
            pending,
            ..DayFacts::default()
        };
        let base = Manifest {
            number: 4,
            files: vec![file("a", 1), file("b", 2), file("c", 3)],
            days: BTreeMap::from([(1, facts(1)), (2, facts(2)), (3, facts(3))]),
            ..Manifest::default()
        };
        let after = Manifest {
            number: 7,
            ingest_id: "i".to_owned(),
            files: vec![file("aa", 9), file("b", 5), file("c", 3)],
            days: BTreeMap::from([(1, facts(1)), (3, facts(9)), (4, facts(4))]),
            ..Manifest::default()
        };
        let difference = Difference::between(&base, &after);
        assert_eq!(difference.change.files.len(), 2);
        assert_eq!(difference.change.days.len(), 2);
        let text = serde_json::to_vec(&difference).expect("JSON");
        let read: Difference = serde_json::from_slice(&text).expect("an entry");
        assert_eq!(read.apply(base), after);
    }

    #[test]
    fn entries_that_are_needed_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        layout::make_folders(folder.path()).expect("folders");
        let mut files = Vec::new();
        for number in 1..=40 {
            files.push(file(&format!("{number:02}"), number));
            let manifest = Manifest {
                number,
                files: files.clone(),
                ..Manifest::default()
            };
            write_pending(folder.path(), &manifest, false).expect("an entry");
            publish(folder.path(), number).expect("a commit");
            assert_eq!(newest(folder.path()).expect("an entry"), Some(manifest));
            let kept = numbers(folder.path()).expect("numbers");
            assert!(kept.len() as u64 <= KEPT + BASE_GOOD_FOR, "{kept:?}");
            for kept in kept.into_iter().filter(|n| n + KEPT > number) {
                let old = read(&numbered(folder.path(), kept)).expect("an entry");
                assert_eq!(old.files.len() as u64, kept);
            }
        }
        let sizes = fs::read_dir(layout::journal_dir(folder.path())).expect("a folder");
        let sizes = sizes.flatten().map(|e| e.metadata().expect("a file").len());
        assert!(sizes.min() < Some(1_000));
    }
}
