//! `authlake query check`: faults of saved questions, each with file and line.

use authlake::engine::{Engine, Limits};
use authlake::lake::{Lake, layout};
use authlake::query::{Library, SavedQuery, lint, plan};
use authlake::signin::tables::Tables;
use authlake::{Error, Result};

use super::folder;
use crate::cli::args::QueryCheck;
use crate::cli::terminal::safe;
use crate::cli::{FAILED, OK, output};

pub async fn run(args: &QueryCheck) -> Result<u8> {
    let mut faults = Vec::new();
    let mut queries = Vec::new();
    match &args.dir {
        None => queries.extend(Library::with(Vec::new())?.all().iter().cloned()),
        Some(dir) => {
            for text in folder::read(dir)? {
                match SavedQuery::read(text) {
                    Ok(query) => queries.push(query),
                    Err(error) => faults.push(error.to_string()),
                }
            }
        }
    }
    // Columns are those of any lake: an empty one tells them.
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|e| Error::io("make a folder in", std::env::temp_dir(), e))?;
    let root = scratch.path().join("lake");
    layout::make_folders(&root)?;
    let tables = Tables::built_in();
    let codes = tables.codes.clone();
    let engine = Engine::open(&Lake::open(&root)?, tables, Limits::default()).await?;
    for query in &queries {
        let answer = plan(query, &engine).await;
        let found = lint(query, &answer, &codes);
        faults.extend(
            found
                .iter()
                .map(|f| format!("{}: line {}: {}", f.file, f.line, f.text)),
        );
    }
    for fault in &faults {
        output::text(&safe(fault))?;
    }
    let checked = queries.len();
    eprintln!("{checked} queries checked, {} faults", faults.len());
    Ok(if faults.is_empty() { OK } else { FAILED })
}
