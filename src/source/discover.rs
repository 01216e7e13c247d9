//! Turns the inputs a user named into a list of files, in order of path.

use std::collections::HashSet;
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

    /// Whether it can be read twice: a pipe cannot.
    pub fn is_regular(&self) -> bool {
        match self {
            Self::File { path, .. } => path.metadata().is_ok_and(|m| m.is_file()),
            Self::Stdin => false,
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

/// What the arguments name.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The inputs, in order of name.
    pub inputs: Vec<Input>,
    /// What is there but cannot be read, each with its reason. It does not stop the others.
    pub problems: Vec<String>,
}

/// All files that the arguments name: files, folders (with all below them), globs, and `-`.
/// Hidden files and folders below a named folder are passed over; a folder is entered once.
pub fn discover(arguments: &[String]) -> Result<Discovered> {
    let mut walk = Walk::default();
    for argument in arguments {
        if argument == "-" {
            walk.found.inputs.push(Input::Stdin);
            continue;
        }
        let path = Path::new(argument);
        if path.symlink_metadata().is_ok() {
            walk.add(path, true);
            continue;
        }
        let matches = glob::glob(argument)
            .map_err(|e| Error::Usage(format!("{argument}: not a path and not a pattern: {e}")))?;
        let mut any = false;
        for found in matches {
            any = true;
            match found {
                Ok(path) => walk.add(&path, true),
                Err(e) => walk.problem("read", e.path(), e.error()),
            }
        }
        if !any {
            return Err(Error::Usage(format!("{argument}: no such file or folder")));
        }
    }
    let mut found = walk.found;
    found.inputs.sort_by_key(Input::name);
    found.inputs.dedup();
    Ok(found)
}

#[derive(Default)]
struct Walk {
    found: Discovered,
    /// Folders entered, as they really are: links can lead around in circles.
    entered: HashSet<PathBuf>,
}

impl Walk {
    fn problem(&mut self, action: &str, path: &Path, why: impl std::fmt::Display) {
        let text = format!("{}: cannot {action}: {why}", path.display());
        self.found.problems.push(text);
    }

    /// Adds a file, or all files below a folder. `named` by the user: then a pipe is read too.
    fn add(&mut self, path: &Path, named: bool) {
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(e) if path.is_symlink() => {
                return self.problem("follow the link", path, e);
            }
            Err(e) => return self.problem("look at it", path, e),
        };
        if meta.is_dir() {
            self.enter(path);
        } else if meta.is_file() || named {
            self.found.inputs.push(Input::File {
                path: path.to_path_buf(),
                bytes: meta.len(),
            });
        } else {
            self.problem("read it", path, "neither a file nor a folder");
        }
    }

    fn enter(&mut self, folder: &Path) {
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
        if !self.entered.insert(real) {
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => return self.problem("read the folder", folder, e),
        };
        let mut below = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => below.push(entry.path()),
                Err(e) => self.problem("read the folder", folder, e),
            }
        }
        below.sort();
        for path in below {
            let name = path.file_name().unwrap_or_default();
            if !name.as_encoded_bytes().starts_with(b".") {
                self.add(&path, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_read_is_said_and_stops_nothing() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("b")).expect("a folder");
        fs::write(root.join("b/good.json"), "{}").expect("a file");
        fs::write(root.join("b/.hidden"), "{}").expect("a file");
        symlink(root.join("gone"), root.join("a.json")).expect("a link");
        symlink(root, root.join("b/circle")).expect("a link");
        let found = discover(&[root.display().to_string()]).expect("inputs");
        assert_eq!(found.inputs.len(), 1, "{:?}", found.inputs);
        assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
        assert!(found.problems[0].contains("a.json"));
        let named = discover(&[root.join("a.json").display().to_string()]).expect("inputs");
        assert_eq!((named.inputs.len(), named.problems.len()), (0, 1));
        let missing = root.join("nothing").display().to_string();
        assert!(discover(&[missing]).is_err());
    }
}
