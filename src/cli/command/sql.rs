//! `authlake sql`: one query, a file, a pipe, or the prompt.

use std::io::{IsTerminal, Read};

use authlake::engine::Engine;
use authlake::ingest::{Progress, ingest};
use authlake::lake::Lake;
use authlake::{Error, Result};

use crate::cli::args::Sql;
use crate::cli::{OK, REJECTS, options, output, prompt, receipt};

pub async fn run(args: Sql) -> Result<u8> {
    let tables = options::tables(&args.lake)?;
    let scratch;
    let mut exit = OK;
    let lake = if args.input.is_empty() {
        Lake::open(&args.lake.lake)?
    } else {
        scratch = tempfile::tempdir()
            .map_err(|e| Error::io("make a folder in", std::env::temp_dir(), e))?;
        let options = options::ingest(
            args.input.clone(),
            scratch.path().join("lake"),
            tables.clone(),
        );
        let done = ingest(&options, &Progress::default())?;
        if done.receipt.rejected > 0 || !done.problems.is_empty() {
            receipt::print(&done);
            exit = REJECTS;
        }
        Lake::open(scratch.path().join("lake"))?
    };
    let engine = Engine::open(&lake, tables, options::limits(&args.limits)?).await?;
    match text(&args)? {
        Some(sql) => {
            output::write(engine.sql(&sql, &[]).await?, &args.output).await?;
        }
        None => prompt::run(&engine, lake.root(), &args).await?,
    }
    Ok(exit)
}

fn text(args: &Sql) -> Result<Option<String>> {
    if let Some(sql) = &args.query {
        return Ok(Some(sql.clone()));
    }
    if let Some(path) = &args.file {
        let sql = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        return Ok(Some(sql));
    }
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut sql = String::new();
    stdin
        .read_to_string(&mut sql)
        .map_err(|e| Error::io("read", "(standard input)", e))?;
    Ok(Some(sql))
}
