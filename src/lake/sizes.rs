//! Checks that the files of a commit are there and have their size: one look at each, on every open.

use super::Lake;
use super::journal::DataFile;
use crate::error::{Error, Result};

impl Lake {
    /// Every live file exists and has its size; costs one look at each.
    pub(super) fn check_sizes(&self) -> Result<()> {
        self.manifest.files.iter().try_for_each(|file| {
            let fault = self.size_fault(file);
            fault.map_or(Ok(()), |why| Err(Error::lake(self.find(&file.path), why)))
        })
    }

    /// Why a live file is not the one that the journal means, as far as its size tells.
    pub(super) fn size_fault(&self, file: &DataFile) -> Option<String> {
        match self.find(&file.path).metadata().map(|m| m.len()) {
            Ok(size) if size == file.bytes => None,
            Ok(size) => Some(format!("has {size} bytes, the journal says {}", file.bytes)),
            Err(e) => Some(format!("is missing: {e}")),
        }
    }
}
