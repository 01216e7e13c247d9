//! Finds files that readers with a glob read although no commit names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::journal;
use super::super::layout::Table;
use super::Lake;
use crate::error::Result;

/// Parquet files in the folders of the tables that the newest commit does not name; none while a
/// commit is under way.
pub(super) fn strays(lake: &Lake) -> Result<Vec<PathBuf>> {
    let root = lake.root();
    let newest = journal::newest(root)?.unwrap_or_default();
    let named: BTreeSet<&Path> = newest.files.iter().map(|f| f.path.as_path()).collect();
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = Table::ALL.iter().map(|t| PathBuf::from(t.name())).collect();
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(root.join(&folder)).into_iter().flatten();
        for entry in entries.flatten() {
            let relative = folder.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(relative);
            } else if relative.extension().is_some_and(|e| e == "parquet")
                && !named.contains(relative.as_path())
            {
                found.push(relative);
            }
        }
    }
    let after = journal::newest(root)?.unwrap_or_default();
    let quiet = after.number == newest.number && !journal::pending_path(root).exists();
    Ok(if quiet { found } else { Vec::new() })
}
