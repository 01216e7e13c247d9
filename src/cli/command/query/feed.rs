//! `authlake query run FOLDER/ -o DIR`: one file a question and a manifest, for BI tools, replaced as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use authlake::query::{Basis, SavedQuery, period_of};
use authlake::{Error, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::Serialize;

use super::library;
use super::run::{Asked, in_file, told};
use crate::cli::args::{Output, QueryRun};
use crate::cli::{output, terminal};

/// The file that tells what a feed holds; a folder without it is not replaced.
const MANIFEST: &str = "manifest.json";

/// What a feed holds.
#[derive(Serialize)]
struct Manifest<'a> {
    version: &'static str,
    /// Number of the lake's commit.
    commit: u64,
    timezone: &'a str,
    /// By name.
    queries: BTreeMap<&'a str, Answered<'a>>,
    /// Questions that need a value for a parameter, with the reason.
    skipped: BTreeMap<&'a str, String>,
}

/// One file.
#[derive(Serialize)]
struct Answered<'a> {
    file: String,
    title: &'a str,
    question: &'a str,
    rows: u64,
    basis: Basis,
}

pub async fn run(args: &QueryRun) -> Result<()> {
    let usage = |text: &str| Error::Usage(text.to_owned());
    let Some(dir) = &args.output.output else {
        return Err(usage("a folder of questions needs -o DIR"));
    };
    if args.compare.is_some() {
        return Err(usage("--compare is for one question"));
    }
    refuse_other_folders(dir)?;
    let library = library(&args.queries)?;
    let queries = library.group(&args.name)?;
    let asked = Asked::of(args).await?;
    let parent = dir.parent().filter(|p| !p.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let scratch = tempfile::Builder::new()
        .prefix(".authlake-feed-")
        .tempdir_in(parent);
    let scratch = scratch.map_err(|e| Error::io("make a folder in", parent, e))?;
    let new = scratch.path().join("feed");
    fs::create_dir(&new).map_err(|e| Error::io("make", &new, e))?;
    let (answered, skipped) = answer_all(&queries, args, &asked, &new).await?;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION"),
        commit: asked.lake.manifest().number,
        timezone: asked.clock.zone.name(),
        queries: answered,
        skipped,
    };
    let text =
        serde_json::to_string_pretty(&manifest).map_err(|e| Error::Internal(e.to_string()))?;
    let path = new.join(MANIFEST);
    fs::write(&path, text + "\n").map_err(|e| Error::io("write", &path, e))?;
    replace(&new, dir)?;
    for (name, answer) in &manifest.queries {
        let line = format!("{name}: {} rows; {}", answer.rows, told(&answer.basis));
        eprintln!("{}", terminal::safe(&line));
    }
    for (name, reason) in &manifest.skipped {
        eprintln!("{}", terminal::safe(&format!("{name}: skipped, {reason}")));
    }
    Ok(())
}

type Answers<'a> = (BTreeMap<&'a str, Answered<'a>>, BTreeMap<&'a str, String>);

async fn answer_all<'a>(
    queries: &[&'a SavedQuery],
    args: &QueryRun,
    asked: &Asked,
    new: &Path,
) -> Result<Answers<'a>> {
    let format = args.output.format.as_deref().unwrap_or("parquet");
    let (mut answered, mut skipped) = (BTreeMap::new(), BTreeMap::new());
    // Most questions of a feed have the same period.
    let mut known: Vec<Basis> = Vec::new();
    for query in queries {
        let header = &query.header;
        let lacks = header.params.iter().find(|p| {
            let told = args
                .params
                .iter()
                .any(|t| t.split('=').next() == Some(&p.name));
            p.default.is_none() && !told
        });
        if let Some(param) = lacks {
            skipped.insert(
                query.name.as_str(),
                format!("it needs --param {}=…", param.name),
            );
            continue;
        }
        let bound = asked.bound(query, args, true)?;
        let file = format!("{}.{format}", query.name);
        let path = new.join(&file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| Error::io("make", folder, e))?;
        }
        let answer = asked.engine.sql(&query.sql, &bound).await;
        let into = Output {
            format: Some(format.to_owned()),
            output: Some(path),
            rows: None,
            csv_raw: args.output.csv_raw,
        };
        let answer = answer.map_err(|e| in_file(query, e))?;
        let rows = output::write(answer, &into)
            .await
            .map_err(|e| in_file(query, e))?;
        let period = period_of(&bound);
        let same = known.iter().find(|b| {
            let tenant = args.tenant.is_none() || b.tenant.is_some();
            tenant && period.is_some_and(|p| p.since == b.since && p.until == b.until)
        });
        let basis = match same {
            Some(basis) => basis.clone(),
            None => asked.basis(period, &bound).await?,
        };
        known.push(basis.clone());
        let (title, question) = (header.title.as_str(), header.question.as_str());
        let answer = Answered {
            file,
            title,
            question,
            rows,
            basis,
        };
        answered.insert(query.name.as_str(), answer);
    }
    Ok((answered, skipped))
}

/// Whatever is not an earlier feed is not thrown away.
fn refuse_other_folders(dir: &Path) -> Result<()> {
    let is_free = !dir.exists()
        || dir.join(MANIFEST).is_file()
        || fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    let text = format!("{} holds something that is no feed", dir.display());
    if is_free {
        Ok(())
    } else {
        Err(Error::Usage(text))
    }
}

/// Puts a folder in the place of another in one step; the other takes its place.
fn replace(new: &Path, dir: &Path) -> Result<()> {
    let moved = if dir.exists() {
        match renameat_with(CWD, new, CWD, dir, RenameFlags::EXCHANGE) {
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => swap_in_two(new, dir),
            exchanged => exchanged.map_err(std::io::Error::from),
        }
    } else {
        fs::rename(new, dir)
    };
    moved.map_err(|e| Error::io("swap in", dir, e))
}

/// For file systems that cannot exchange two folders in one step.
fn swap_in_two(new: &Path, dir: &Path) -> std::io::Result<()> {
    let aside: PathBuf = new.with_extension("old");
    fs::rename(dir, &aside)?;
    fs::rename(new, dir)
}
