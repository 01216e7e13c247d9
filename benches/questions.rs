//! Times SQL over a lake in one session: the saved questions, or files of a folder.
//!
//! `cargo bench --bench questions -- LAKE [--since 90d] [--until TIME] [--rounds 5] [--threads 2]
//! [--sql DIR] [--explain] [--rows] [--keep MIB] [NAME|FOLDER/ …]` prints a line a question: its name, the
//! seconds of the first run and the median of the others, the rows; `--rows` prints them too. `--keep` says how
//! many MiB of decoded columns the session keeps; with 0 every question reads the files. Without a lake, as
//! `cargo test` calls it, every saved question runs once on a small generated one.

use std::path::{Path, PathBuf};
use std::time::Instant;

use authlake::engine::{Engine, Limits, Param};
use authlake::generate::{Options, generate};
use authlake::ingest::{self, Progress, ingest};
use authlake::lake::Lake;
use authlake::query::{Clock, Library, QueryText, SavedQuery, bind};
use authlake::signin::tables::Tables;
use authlake::signin::zone::Zone;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Default)]
struct Args {
    lake: Option<PathBuf>,
    given: Vec<(String, String)>,
    rounds: usize,
    rows: bool,
    keep: Option<usize>,
    threads: usize,
    sql: Option<PathBuf>,
    explain: bool,
    names: Vec<String>,
}

fn args() -> Args {
    let mut args = Args {
        rounds: 5,
        ..Args::default()
    };
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .unwrap_or_else(|| panic!("{word} takes a value"))
        };
        match word.as_str() {
            "--since" | "--until" => args.given.push((word[2..].to_owned(), value())),
            "-p" => {
                let text = value();
                let (name, value) = text.split_once('=').expect("name=value");
                args.given.push((name.to_owned(), value.to_owned()));
            }
            "--rounds" => args.rounds = value().parse().expect("a number"),
            "--keep" => args.keep = Some(value().parse().expect("a number")),
            "--threads" => args.threads = value().parse().expect("a number"),
            "--sql" => args.sql = Some(value().into()),
            "--explain" => args.explain = true,
            "--rows" => args.rows = true,
            _ if args.lake.is_none() => args.lake = Some(word.into()),
            _ => args.names.push(word),
        }
    }
    args
}

/// The files of a folder as questions without a header of their own.
fn files(folder: &Path) -> Vec<SavedQuery> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "sql"));
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().expect("a name").display().to_string();
        let sql = std::fs::read_to_string(path).expect("a question");
        let sql = format!("-- title: {name}\n-- question: {name}\n{sql}");
        let file = path.display().to_string();
        SavedQuery::read(QueryText { name, file, sql }).expect("a question")
    };
    paths.iter().map(read).collect()
}

/// A small lake in a folder.
fn small(folder: &Path) -> PathBuf {
    let options = Options {
        records: 3_000,
        users: 100,
        days: 10,
        ..Options::default()
    };
    let mut text = Vec::new();
    generate(&options, &mut text, None, &mut |_, _| {}).expect("an export");
    let export = folder.join("export.json");
    std::fs::write(&export, text).expect("a file");
    let options = ingest::Options {
        inputs: vec![export.display().to_string()],
        lake: folder.join("lake"),
        ..ingest::Options::default()
    };
    ingest(&options, &Progress::default()).expect("a lake");
    options.lake
}

fn main() {
    let mut args = args();
    let folder = tempfile::tempdir().expect("a folder");
    if args.lake.is_none() {
        args.lake = Some(small(folder.path()));
        args.rounds = 0;
    }
    let lake = Lake::open(args.lake.as_deref().expect("a lake")).expect("a lake");
    let clock = Clock::of(&lake, Zone::parse("UTC").expect("a zone"));
    let all = match &args.sql {
        Some(folder) => files(folder),
        None => Library::with(Vec::new()).expect("questions").all().to_vec(),
    };
    let limits = Limits {
        threads: args.threads,
        ..Limits::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("threads");
    let tables = Tables::built_in();
    let engine = runtime.block_on(async {
        match args.keep {
            Some(mib) => Engine::open_keeping(&lake, tables, limits, mib << 20).await,
            None => Engine::open(&lake, tables, limits).await,
        }
    });
    let engine = engine.expect("a session");
    let wanted = |query: &&SavedQuery| {
        let named = |name: &String| {
            query.name == *name || (name.ends_with('/') && query.name.starts_with(name))
        };
        args.names.is_empty() || args.names.iter().any(named)
    };
    for query in all.iter().filter(wanted) {
        let knows = |name: &str| query.header.param(name).is_some();
        let given = args.given.iter().filter(|(name, _)| knows(name)).cloned();
        let mut given: Vec<(String, String)> = given.collect();
        for param in &query.header.params {
            if param.default.is_none() && !given.iter().any(|(name, _)| *name == param.name) {
                given.push((param.name.clone(), "nobody@contoso.example".to_owned()));
            }
        }
        let params = bind(query, &given, &clock).expect("values");
        time(&runtime, &engine, query, &params, &args);
    }
}

fn time(
    runtime: &tokio::runtime::Runtime,
    engine: &Engine,
    query: &SavedQuery,
    params: &[(String, Param)],
    args: &Args,
) {
    let run = |sql: &str| {
        let began = Instant::now();
        let batches = runtime.block_on(engine.collect(sql, params));
        let batches = batches.unwrap_or_else(|e| panic!("{}: {e}", query.name));
        (began.elapsed().as_secs_f64(), batches)
    };
    let (first, batches) = run(&query.sql);
    let rows: usize = batches.iter().map(|b| b.num_rows()).sum();
    let mut again: Vec<f64> = (0..args.rounds).map(|_| run(&query.sql).0).collect();
    again.sort_by(f64::total_cmp);
    let median = again.get(again.len() / 2).copied().unwrap_or(first);
    println!("{:<36} {first:>9.4} {median:>9.4} {rows:>8}", query.name);
    if args.rows {
        let rows = arrow::util::pretty::pretty_format_batches(&batches);
        println!("{}", rows.expect("rows"));
    }
    if args.explain {
        let body = query.body();
        let (_, plan) = run(&format!(
            "EXPLAIN ANALYZE {}",
            body.trim_end().trim_end_matches(';')
        ));
        println!(
            "{}",
            arrow::util::pretty::pretty_format_batches(&plan).expect("a plan")
        );
    }
}
