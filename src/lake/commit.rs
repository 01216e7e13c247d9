//! Commits: files are staged whole, then a journal entry is begun, then folders are swapped.
//!
//! Order: staged files are durable → `pending.json` is durable → each touched folder is swapped →
//! the pending entry gets its number. Before `pending.json` a kill leaves the lake as before;
//! after it the next open finishes the swaps, which can be repeated safely because a file's name
//! says which commit it belongs to. A folder that loses a file is staged whole: what stays is linked,
//! not copied. Where nothing replaced may stay, a note says so before all that, and goes when the
//! last of it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::journal::{self, Manifest};
use super::{layout, steps};
use crate::error::{Error, Result};

/// Makes a staged state the newest commit. The staging area holds the files that are new.
pub fn commit(root: &Path, manifest: &Manifest) -> Result<()> {
    begin(root, manifest, false)?;
    finish(root, manifest)
}

/// Makes what was staged durable, and a commit of it.
fn begin(root: &Path, manifest: &Manifest, whole: bool) -> Result<()> {
    let staging = layout::staging_dir(root);
    link_what_stays(root, manifest)?;
    for folder in staged_folders(&staging)? {
        for place in folder.ancestors() {
            journal::sync_dir(&staging.join(place))?;
        }
    }
    steps::reached(root);
    journal::write_pending(root, manifest, whole)?;
    steps::reached(root);
    Ok(())
}

/// Makes a staged state the newest commit and leaves nothing of those before it.
pub fn commit_for_good(root: &Path, manifest: &Manifest) -> Result<()> {
    journal::begin_purge(root, manifest.number)?;
    steps::reached(root);
    begin(root, manifest, true)?;
    finish(root, manifest)?;
    purge(root)
}

/// Removes whatever commits replaced, and the commits that name it.
fn purge(root: &Path) -> Result<()> {
    for dir in [layout::retired_dir(root), layout::staging_dir(root)] {
        clear(&dir)?;
        steps::reached(root);
    }
    journal::end_purge(root)
}

/// Finishes a commit that was begun, or clears what was staged for one that was not.
pub fn recover(root: &Path) -> Result<()> {
    let pending = journal::pending_path(root);
    if pending.exists() {
        let manifest = journal::read(&pending)?;
        finish(root, &manifest)?;
    }
    if journal::is_purging(root)? {
        purge(root)?;
    }
    // What is left of the note is of a commit that was never begun.
    let _ = fs::remove_file(journal::purge_path(root));
    clear(&layout::staging_dir(root))
}

/// Lets the files that stay be part of each folder that loses one, so that it is swapped as a whole.
fn link_what_stays(root: &Path, manifest: &Manifest) -> Result<()> {
    let staging = layout::staging_dir(root);
    let before = by_folder(&journal::newest(root)?.unwrap_or_default());
    for (folder, wanted) in by_folder(manifest) {
        let stays = before.get(&folder).is_none_or(|old| old.is_subset(&wanted));
        if stays {
            continue;
        }
        let (from, to) = (root.join(&folder), staging.join(&folder));
        layout::make_dir(&to)?;
        for name in wanted.difference(&file_names(&to)?) {
            let place = to.join(name);
            // Where the file system knows no links, a copy is as good.
            fs::hard_link(from.join(name), &place)
                .or_else(|_| fs::copy(from.join(name), &place).map(drop))
                .and_then(|()| fs::File::open(&place)?.sync_all())
                .map_err(|e| Error::io("link", &place, e))?;
        }
    }
    Ok(())
}

fn finish(root: &Path, manifest: &Manifest) -> Result<()> {
    let staging = layout::staging_dir(root);
    let before = journal::newest(root)?.unwrap_or_default();
    let (all_wanted, all_old) = (by_folder(manifest), by_folder(&before));
    let none = BTreeSet::new();
    for folder in staged_folders(&staging)? {
        let (from, to) = (staging.join(&folder), root.join(&folder));
        let wanted = all_wanted.get(&folder).unwrap_or(&none);
        // What neither commit names is not ours: it is left alone and never compared.
        let old = all_old.get(&folder).unwrap_or(&none);
        let mut live = file_names(&to)?;
        live.retain(|name| wanted.contains(name) || old.contains(name));
        let mut staged = file_names(&from)?;
        staged.retain(|name| wanted.contains(name));
        if live == *wanted {
            continue;
        }
        let added: Vec<&String> = wanted.difference(&live).collect();
        if live.is_subset(wanted) && added.iter().all(|name| staged.contains(*name)) {
            add_files(root, &from, &to, &added)?;
        } else if staged == *wanted {
            swap(&from, &to)?;
        } else {
            return Err(Error::lake(&from, "does not hold what the commit needs"));
        }
        steps::reached(root);
    }
    remove_folders(root, &all_old, &all_wanted)?;
    retire(root, manifest.number, &all_wanted)?;
    journal::publish(root, manifest.number)
}

/// Takes folders out of which no file stays; what is not ours in them is left alone.
fn remove_folders(root: &Path, before: &Folders, after: &Folders) -> Result<()> {
    for (folder, old) in before.iter().filter(|(f, _)| !after.contains_key(*f)) {
        let (from, to) = (root.join(folder), layout::staging_dir(root).join(folder));
        let live = file_names(&from)?;
        let moved = |from: &Path, to: &Path| {
            fs::rename(from, to).map_err(|e| Error::io("move out", from, e))
        };
        if live.is_subset(old) && from.exists() && !to.exists() {
            to.parent().map_or(Ok(()), layout::make_dir)?;
            moved(&from, &to)?;
        } else {
            layout::make_dir(&to)?;
            for name in live.intersection(old) {
                moved(&from.join(name), &to.join(name))?;
            }
        }
        if let Some(parent) = from.parent().filter(|p| p.exists()) {
            journal::sync_dir(parent)?;
        }
        steps::reached(root);
    }
    Ok(())
}

/// Names of files by the folder they lie in, relative to the lake.
type Folders = BTreeMap<PathBuf, BTreeSet<String>>;

fn by_folder(manifest: &Manifest) -> Folders {
    let mut folders = Folders::new();
    for file in &manifest.files {
        if let (Some(folder), Some(name)) = (file.path.parent(), file.path.file_name()) {
            let names = folders.entry(folder.to_path_buf()).or_default();
            names.insert(name.to_string_lossy().into_owned());
        }
    }
    folders
}

fn file_names(dir: &Path) -> Result<BTreeSet<String>> {
    if !dir.is_dir() {
        return Ok(BTreeSet::new());
    }
    let entries = fs::read_dir(dir).map_err(|e| Error::io("read the folder", dir, e))?;
    Ok(entries
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .collect())
}

/// Folders of the staging area that hold files, relative to it.
fn staged_folders(staging: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(relative) = open.pop() {
        let dir = staging.join(&relative);
        let entries = fs::read_dir(&dir).map_err(|e| Error::io("read the folder", &dir, e))?;
        let mut holds_files = false;
        for entry in entries.flatten() {
            if entry.path().is_dir() {
                open.push(relative.join(entry.file_name()));
            } else {
                holds_files = true;
            }
        }
        if holds_files && !relative.starts_with("work") && !relative.as_os_str().is_empty() {
            found.push(relative);
        }
    }
    found.sort();
    Ok(found)
}

/// Files that only join a folder appear one by one, each whole.
fn add_files(root: &Path, from: &Path, to: &Path, names: &[&String]) -> Result<()> {
    layout::make_dir(to)?;
    for name in names {
        let place = to.join(name);
        fs::rename(from.join(name), &place).map_err(|e| Error::io("move in", &place, e))?;
        steps::reached(root);
    }
    journal::sync_dir(to)?;
    to.parent().map_or(Ok(()), journal::sync_dir)
}

fn swap(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        layout::make_dir(parent)?;
    }
    let moved = if to.exists() {
        match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => swap_in_two(from, to),
            Err(e) => Err(std::io::Error::from(e)),
        }
    } else {
        fs::rename(from, to)
    };
    moved.map_err(|e| Error::io("swap in", to, e))?;
    to.parent().map_or(Ok(()), journal::sync_dir)
}

/// For file systems that cannot exchange two folders in one step.
fn swap_in_two(from: &Path, to: &Path) -> std::io::Result<()> {
    let aside = layout::aside_of(from);
    fs::rename(to, &aside)?;
    fs::rename(from, to)?;
    fs::rename(&aside, from)
}

/// Moves what the swaps replaced out of the way, outside every table's glob. Of files that stay only
/// a second link came out with their folder.
fn retire(root: &Path, number: u64, wanted: &Folders) -> Result<()> {
    let staging = layout::staging_dir(root);
    let retired = layout::retired_dir(root).join(format!("{number:08}"));
    for folder in staged_folders(&staging)? {
        for name in wanted.get(&folder).into_iter().flatten() {
            let place = staging.join(&folder).join(name);
            if let Err(e) = fs::remove_file(&place)
                && e.kind() != std::io::ErrorKind::NotFound
            {
                return Err(Error::io("remove", &place, e));
            }
        }
        let to = retired.join(&folder);
        if to.exists() {
            continue;
        }
        if let Some(parent) = to.parent() {
            layout::make_dir(parent)?;
        }
        fs::rename(staging.join(&folder), &to).map_err(|e| Error::io("retire to", &to, e))?;
        steps::reached(root);
    }
    Ok(())
}

/// Removes retired folders that are older than the grace period, both in microseconds.
pub fn sweep(root: &Path, now_us: i64, grace_us: i64) -> Result<()> {
    let dir = layout::retired_dir(root);
    let entries = fs::read_dir(&dir).map_err(|e| Error::io("read the folder", &dir, e))?;
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|m| m.modified()).ok();
        let since = modified.and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok());
        let retired_us = since.map_or(i64::MAX, |s| s.as_micros() as i64);
        if retired_us.saturating_add(grace_us) < now_us {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(|e| Error::io("remove", &path, e))?;
        }
    }
    Ok(())
}

fn clear(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(|e| Error::io("clear", dir, e))?;
    }
    layout::make_dir(dir)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use arrow::array::{ArrayRef, StringArray};
    use arrow::record_batch::RecordBatch;

    use super::*;
    use crate::lake::Lake;
    use crate::lake::layout::{Day, Table};
    use crate::lake::write::{hash_file, stage};

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            let place = to.join(entry.file_name());
            match entry.path().is_dir() {
                true => copy(&entry.path(), &place),
                false => drop(fs::copy(entry.path(), place).expect("a copy")),
            }
        }
    }

    fn staged(root: &Path, table: Table, day: Option<i32>, id: &str) -> journal::DataFile {
        let text: ArrayRef = Arc::new(StringArray::from(vec![id.to_owned()]));
        let rows = RecordBatch::try_from_iter([("text", text)]).expect("rows");
        stage(root, table, day.map(Day), id, 0, &rows).expect("a file")
    }

    /// Hashes of all Parquet files below the tables, as a reader with a glob finds them.
    fn seen(root: &Path) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut open: Vec<PathBuf> = Table::ALL.iter().map(|t| root.join(t.name())).collect();
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
                match entry.path().is_dir() {
                    true => open.push(entry.path()),
                    false => {
                        let hash = hash_file(&entry.path()).expect("a file");
                        let relative = entry.path().strip_prefix(root).expect("inside").into();
                        found.insert(relative, hash);
                    }
                }
            }
        }
        found
    }

    fn named(manifest: &Manifest) -> BTreeMap<PathBuf, String> {
        let files = manifest.files.iter();
        files.map(|f| (f.path.clone(), f.hash.clone())).collect()
    }

    /// A lake with one commit, and a second one staged: a day is replaced, one goes, one comes, and
    /// a file joins others.
    fn staged_lake(root: &Path) -> (Manifest, Manifest) {
        layout::make_folders(root).expect("folders");
        let mut first = Manifest {
            number: 1,
            ..Manifest::default()
        };
        first.files = vec![
            staged(root, Table::Ingests, None, "a"),
            staged(root, Table::Records, Some(1), "a"),
            staged(root, Table::Records, Some(2), "a"),
        ];
        commit(root, &first).expect("a commit");
        let mut second = Manifest {
            number: 2,
            ..Manifest::default()
        };
        second.files = vec![
            first.files[0].clone(),
            staged(root, Table::Ingests, None, "b"),
            staged(root, Table::Records, Some(1), "b"),
            staged(root, Table::Signins, Some(3), "b"),
        ];
        (first, second)
    }

    fn killed_at_every_step(how: fn(&Path, &Manifest) -> Result<()>, for_good: bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("lake");
        let (first, second) = staged_lake(&root);
        let copies: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let (kept, into) = (copies.clone(), folder.path().to_path_buf());
        steps::watch(Some(Box::new(move |root| {
            let mut copies = kept.lock().expect("the list");
            let place = into.join(format!("step-{}", copies.len()));
            copy(root, &place);
            copies.push(place);
        })));
        how(&root, &second).expect("a commit");
        steps::watch(None);
        let copies = copies.lock().expect("the list");
        assert!(copies.len() >= 10, "{}", copies.len());
        let mut numbers = Vec::new();
        for place in copies.iter() {
            // A reader that may not write sees one commit or the other, whatever lies where.
            let number = journal::newest(place).expect("an entry").map(|m| m.number);
            let lake = Lake::open(place).expect("a lake");
            let manifest = lake.manifest();
            assert!(number == Some(1) || number == Some(2));
            assert!(
                *manifest == first || *manifest == second,
                "{}",
                place.display()
            );
            assert_eq!(seen(place), named(manifest), "{}", place.display());
            numbers.push(manifest.number);
            if for_good && manifest.number == 2 {
                assert!(seen_retired(place).is_empty(), "{}", place.display());
            }
            // Opened again, nothing more happens.
            recover(place).expect("a lake");
            assert_eq!(seen(place), named(manifest));
        }
        assert!(numbers.is_sorted() && numbers[0] == 1 && numbers[numbers.len() - 1] == 2);
    }

    fn seen_retired(root: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(layout::retired_dir(root)).expect("a folder");
        entries.flatten().map(|e| e.path()).collect()
    }

    #[test]
    fn a_kill_at_any_step_of_a_commit_leaves_before_or_after() {
        killed_at_every_step(commit, false);
    }

    #[test]
    fn a_kill_at_any_step_of_a_commit_for_good_leaves_nothing_of_before() {
        killed_at_every_step(commit_for_good, true);
    }
}
