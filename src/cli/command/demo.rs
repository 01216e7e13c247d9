//! `authlake demo`: the main job on the shipped sample, in a lake that is gone afterwards.

use std::io::Write;

use authlake::engine::{Engine, Limits};
use authlake::ingest::ingest;
use authlake::lake::Lake;
use authlake::query::{Clock, Library, bind};
use authlake::signin::tables::Tables;
use authlake::signin::zone::Zone;
use authlake::{Error, Result};

use crate::cli::{OK, args, options, output, terminal};

/// A generated export: no real person, tenant or address.
const SAMPLE: &[u8] = include_bytes!("../../../data/sample.json.gz");
const QUESTIONS: [&str; 4] = [
    "mfa/by_day",
    "mfa/by_challenge",
    "mfa/by_method",
    "mfa/by_user",
];

pub fn run() -> Result<u8> {
    let folder =
        tempfile::tempdir().map_err(|e| Error::io("make a folder in", std::env::temp_dir(), e))?;
    let export = folder.path().join("sample.json.gz");
    std::fs::File::create(&export)
        .and_then(|mut f| f.write_all(SAMPLE))
        .map_err(|e| Error::io("write", &export, e))?;
    let lake = folder.path().join("lake");
    let tables = Tables::built_in();
    let input = export.display().to_string();
    let options = options::ingest(vec![input], lake.clone(), tables.clone());
    let done = terminal::watched(|progress| ingest(&options, progress))?;
    let r = &done.receipt;
    println!(
        "Read {} rows of a generated tenant: {} records, {} late copies, {} sign-ins.\n",
        r.rows_read, r.stored, r.duplicates, r.signins
    );
    super::block_on(async {
        let lake = Lake::open(&lake)?;
        let engine = Engine::open(&lake, tables, Limits::default()).await?;
        let clock = Clock::of(&lake, Zone::parse("UTC")?);
        let library = Library::with(Vec::new())?;
        for name in QUESTIONS {
            let query = library.find(name)?;
            println!("{}", query.header.question);
            let mut given = Vec::new();
            if query.header.params.iter().any(|p| p.name == "top") {
                given.push(("top".to_owned(), "5".to_owned()));
            }
            let params = bind(query, &given, &clock)?;
            let shown = args::Output {
                format: Some("table".to_owned()),
                output: None,
                rows: None,
                csv_raw: false,
            };
            output::write(engine.sql(&query.sql, &params).await?, &shown).await?;
            println!();
        }
        Ok(OK)
    })?;
    println!(
        "Go on with your own export:\n  authlake ingest EXPORT...            into ./lake\n  \
         authlake query list                  the saved questions\n  \
         authlake query run mfa/by_app        one of them\n  \
         authlake sql \"SELECT mfa_outcome, count(*) FROM signins GROUP BY 1\"\n  \
         authlake code 50074                  what a code says, and what it does not"
    );
    Ok(OK)
}
