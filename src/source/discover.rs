//! Turns the inputs a user named into a list of files, in order of path.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// One input to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    File { path: PathBuf, bytes: u64 },
    Stdin,
}

impl Input {
    /// How the input is named in messages and receipts.
    pub fn name(&self) -> String {
        match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::Stdin => "(standard input)".to_owned(),
        }
    }

    /// Bytes on disk, where known.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::File { bytes, .. } => *bytes,
            Self::Stdin => 0,
        }
    }
}

/// All files that the arguments name: files, folders (with all below them), globs, and `-`.
/// Hidden files and folders below a named folder are passed over.
pub fn discover(arguments: &[String]) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument == "-" {
            inputs.push(Input::Stdin);
            continue;
        }
        let path = Path::new(argument);
        if path.exists() {
            add(path, &mut inputs)?;
            continue;
        }
        let before = inputs.len();
        let matches = glob::glob(argument)
            .map_err(|e| Error::Usage(format!("{argument}: not a path and not a pattern: {e}")))?;
        for found in matches {
            let found = found
                .map_err(|e| Error::io("read", e.path(), std::io::Error::other(e.to_string())))?;
            add(&found, &mut inputs)?;
        }
        if inputs.len() == before {
            return Err(Error::Usage(format!("{argument}: no such file or folder")));
        }
    }
    inputs.sort_by_key(Input::name);
    inputs.dedup();
    Ok(inputs)
}

fn add(path: &Path, inputs: &mut Vec<Input>) -> Result<()> {
    let meta = fs::metadata(path).map_err(|e| Error::io("look at", path, e))?;
    if !meta.is_dir() {
        inputs.push(Input::File {
            path: path.to_path_buf(),
            bytes: meta.len(),
        });
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|e| Error::io("read the folder", path, e))?;
    let mut below: Vec<PathBuf> = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<_>>()
        .map_err(|e| Error::io("read the folder", path, e))?;
    below.sort();
    for entry in below {
        let hidden = entry
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if !hidden {
            add(&entry, inputs)?;
        }
    }
    Ok(())
}
