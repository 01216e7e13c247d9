//! Reads a folder of queries: every `.sql` file in it and in its folders, whose path is its name.

use std::path::{Path, PathBuf};

use authlake::query::QueryText;
use authlake::{Error, Result};

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 8;

/// The texts of a folder, by name.
pub fn read(folder: &Path) -> Result<Vec<QueryText>> {
    let mut files = Vec::new();
    find(folder, DEPTH_MAX, &mut files)?;
    files.sort();
    let text = |file: &PathBuf| {
        let sql = std::fs::read_to_string(file).map_err(|e| Error::io("read", file, e))?;
        let inside = file.strip_prefix(folder).unwrap_or(file);
        let parts = inside.with_extension("");
        let parts: Vec<_> = parts.iter().map(|p| p.to_string_lossy()).collect();
        Ok(QueryText {
            name: parts.join("/"),
            file: file.display().to_string(),
            sql,
        })
    };
    let texts: Vec<QueryText> = files.iter().map(text).collect::<Result<_>>()?;
    match texts.is_empty() {
        true => {
            let folder = folder.display();
            Err(Error::Usage(format!("{folder} holds no .sql file")))
        }
        false => Ok(texts),
    }
}

fn find(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let fail = |e| Error::io("read", folder, e);
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() && depth > 0 {
            find(&path, depth - 1, files)?;
        } else if path.extension().is_some_and(|e| e == "sql") {
            files.push(path);
        }
    }
    Ok(())
}
