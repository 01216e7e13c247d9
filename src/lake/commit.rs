//! Commits: files are staged whole, then a journal entry is begun, then folders are swapped.
//!
//! Order: staged files are durable → `pending.json` is durable → each touched folder is swapped →
//! the pending entry gets its number. Before `pending.json` a kill leaves the lake as before;
//! after it the next open finishes the swaps, which can be repeated safely because a file's name
//! says which commit it belongs to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::journal::{self, Manifest};
use super::layout;
use crate::error::{Error, Result};

/// Makes a staged state the newest commit. The staging area holds, for each folder that changes,
/// either the files that join it or all the files it shall hold.
pub fn commit(root: &Path, manifest: &Manifest) -> Result<()> {
    let staging = layout::staging_dir(root);
    for folder in staged_folders(&staging)? {
        for place in folder.ancestors() {
            journal::sync_dir(&staging.join(place))?;
        }
    }
    journal::write_pending(root, manifest)?;
    finish(root, manifest)
}

/// Finishes a commit that was begun, or clears what was staged for one that was not.
pub fn recover(root: &Path) -> Result<()> {
    let pending = journal::pending_path(root);
    if pending.exists() {
        let manifest = journal::read(&pending)?;
        finish(root, &manifest)?;
    }
    clear(&layout::staging_dir(root))
}

fn finish(root: &Path, manifest: &Manifest) -> Result<()> {
    let staging = layout::staging_dir(root);
    let before = journal::newest(root)?.unwrap_or_default();
    for folder in staged_folders(&staging)? {
        let (from, to) = (staging.join(&folder), root.join(&folder));
        let wanted = files_of(manifest, &folder);
        // What neither commit names is not ours: it is left alone and never compared.
        let old = files_of(&before, &folder);
        let mut live = file_names(&to)?;
        live.retain(|name| wanted.contains(name) || old.contains(name));
        let mut staged = file_names(&from)?;
        staged.retain(|name| wanted.contains(name));
        if live == wanted {
            continue;
        }
        let added: Vec<&String> = wanted.difference(&live).collect();
        if live.is_subset(&wanted) && added.iter().all(|name| staged.contains(*name)) {
            add_files(&from, &to, &added)?;
        } else if staged == wanted {
            swap(&from, &to)?;
        } else {
            return Err(Error::lake(&from, "does not hold what the commit needs"));
        }
    }
    retire(root, manifest.number)?;
    journal::publish(root, manifest.number)
}

fn files_of(manifest: &Manifest, folder: &Path) -> BTreeSet<String> {
    let inside = manifest
        .files
        .iter()
        .filter(|f| f.path.parent() == Some(folder));
    inside
        .filter_map(|f| Some(f.path.file_name()?.to_str()?.to_owned()))
        .collect()
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
fn add_files(from: &Path, to: &Path, names: &[&String]) -> Result<()> {
    layout::make_dir(to)?;
    for name in names {
        let place = to.join(name);
        fs::rename(from.join(name), &place).map_err(|e| Error::io("move in", &place, e))?;
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

/// Moves what the swaps replaced out of the way, outside every table's glob.
fn retire(root: &Path, number: u64) -> Result<()> {
    let staging = layout::staging_dir(root);
    let retired = layout::retired_dir(root).join(format!("{number:08}"));
    for folder in staged_folders(&staging)? {
        let to = retired.join(&folder);
        if to.exists() {
            continue;
        }
        if let Some(parent) = to.parent() {
            layout::make_dir(parent)?;
        }
        fs::rename(staging.join(&folder), &to).map_err(|e| Error::io("retire to", &to, e))?;
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
