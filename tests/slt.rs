//! Runs the sqllogictest files of `tests/slt` over a small lake made by the real ingest, and those
//! of `tests/slt/sample` over a lake of the shipped sample.

use std::path::{Path, PathBuf};

use arrow::util::display::{ArrayFormatter, FormatOptions};
use authlake::engine::{Engine, Limits};
use authlake::lake::Lake;
use authlake::signin::tables::Tables;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

struct Session(Engine);

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

#[async_trait::async_trait]
impl AsyncDB for Session {
    type Error = Failure;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failure> {
        let fail = |e: authlake::Error| Failure(e.to_string());
        let mut answer = self.0.sql(sql, &[]).await.map_err(fail)?;
        let types = vec![DefaultColumnType::Any; answer.schema().fields().len()];
        let options = FormatOptions::default().with_null("NULL");
        let mut rows = Vec::new();
        while let Some(batch) = answer.next().await {
            let batch = batch.map_err(fail)?;
            let columns: Vec<ArrayFormatter<'_>> = batch
                .columns()
                .iter()
                .map(|c| ArrayFormatter::try_new(c, &options).expect("a printable column"))
                .collect();
            for i in 0..batch.num_rows() {
                let row: Vec<String> = columns.iter().map(|c| c.value(i).to_string()).collect();
                let empty = |cell: &String| {
                    if cell.is_empty() {
                        "(empty)".into()
                    } else {
                        cell.clone()
                    }
                };
                rows.push(row.iter().map(empty).collect());
            }
        }
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the files of a folder over a lake of one input.
fn run_folder(name: &str, input: &str, least: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    crate::flows::ingest_into(&lake, &[root().join(input)]);
    let lake = Lake::open(&lake).expect("a lake");
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join(name))
        .expect("a folder of slt files")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "slt"))
        .collect();
    files.sort();
    assert!(files.len() >= least, "the slt files are gone");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for file in files {
            let mut runner = Runner::new(|| async {
                let engine = Engine::open(&lake, Tables::built_in(), Limits::default());
                engine
                    .await
                    .map(Session)
                    .map_err(|e| Failure(e.to_string()))
            });
            if let Err(e) = runner.run_file_async(&file).await {
                panic!("{}: {e}", file.display());
            }
        }
    });
}

#[test]
fn every_slt_file() {
    run_folder("tests/slt", "tests/fixtures/small_export", 6);
}

#[test]
fn every_slt_file_of_the_sample() {
    run_folder("tests/slt/sample", "data/sample.json.gz", 1);
}
