//! Runs the sqllogictest files of `tests/slt` over a small lake made by the real ingest.

use std::path::{Path, PathBuf};

use arrow::util::display::{ArrayFormatter, FormatOptions};
use authlake::engine::{Engine, Limits};
use authlake::lake::Lake;
use authlake::signin::aadsts::CodeTable;
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

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

#[test]
fn every_slt_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    crate::flows::ingest_into(&lake, &[fixture("small_export")]);
    let lake = Lake::open(&lake).expect("a lake");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt"))
            .expect("tests/slt")
            .map(|entry| entry.expect("an entry").path())
            .collect();
    files.sort();
    assert!(files.len() >= 6, "the slt files are gone");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for file in files {
            let mut runner = Runner::new(|| async {
                let engine = Engine::open(&lake, CodeTable::built_in(), Limits::default());
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
