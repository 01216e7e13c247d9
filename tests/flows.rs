//! Hand-made flows: the files of `tests/fixtures/flows` hold the records, `flows.csv` what a person expects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use authlake::engine::{Engine, Limits};
use authlake::ingest::{Done, Options, Progress, ingest};
use authlake::lake::Lake;
use authlake::lake::write::hash_file;
use authlake::signin::tables::Tables;

/// Ingests files into a lake with defaults.
pub fn ingest_into(lake: &Path, files: &[PathBuf]) -> Done {
    let options = Options {
        inputs: files.iter().map(|f| f.display().to_string()).collect(),
        lake: lake.to_path_buf(),
        now_us: 1_800_000_000_000_000,
        ..Options::default()
    };
    ingest(&options, &Progress::default()).expect("an ingest")
}

/// Sign-ins of a lake: record count, outcome and MFA outcome by id.
pub fn signins(lake: &Path) -> BTreeMap<String, (i32, String, String)> {
    let lake = Lake::open(lake).expect("a lake");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let batches = runtime.block_on(async {
        let engine = Engine::open(&lake, Tables::built_in(), Limits::default());
        let engine = engine.await.expect("an engine");
        let sql = "SELECT arrow_cast(signin_id, 'Utf8'), record_count, arrow_cast(outcome, 'Utf8'), \
                   arrow_cast(mfa_outcome, 'Utf8') FROM signins";
        engine.collect(sql, &[]).await.expect("an answer")
    });
    let mut found = BTreeMap::new();
    for batch in &batches {
        let text = |c: usize, i: usize| batch.column(c).as_string::<i32>().value(i).to_owned();
        let counts = batch.column(1).as_primitive::<Int32Type>();
        for i in 0..batch.num_rows() {
            found.insert(text(0, i), (counts.value(i), text(2, i), text(3, i)));
        }
    }
    found
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn expected() -> Vec<(String, String, (i32, String, String))> {
    let text = std::fs::read_to_string(fixture("flows.csv")).expect("flows.csv");
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let count = cells[2].parse().expect("a count");
        (
            cells[0].to_owned(),
            cells[1].to_owned(),
            (count, cells[3].to_owned(), cells[4].to_owned()),
        )
    });
    rows.collect()
}

fn compare(lake: &Path) {
    let found = signins(lake);
    let mut wrong = Vec::new();
    for (flow, id, wanted) in expected() {
        if found.get(&id) != Some(&wanted) {
            wrong.push(format!(
                "{flow} ({id}): wanted {wanted:?}, found {:?}",
                found.get(&id)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        found.len(),
        expected().len(),
        "sign-ins that no flow expects"
    );
}

#[test]
fn every_flow_ends_as_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let done = ingest_into(&lake, &[fixture("flows")]);
    let r = &done.receipt;
    assert_eq!(
        r.rows_read,
        r.stored + r.duplicates + r.rejected + r.not_a_signin
    );
    assert_eq!((r.rejected, r.duplicates), (0, 3));
    compare(&lake);
}

#[test]
fn pieces_in_any_order_and_twice_give_the_same() {
    let parts = (1..=4).map(|n| fixture(&format!("flows/part-{n}.json")));
    let text: String = parts
        .map(|p| std::fs::read_to_string(p).expect("a part"))
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    for seed in [1_usize, 7, 11] {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = folder.path().join("lake");
        let mut pieces = vec![String::new(); 4];
        for (i, line) in lines.iter().enumerate() {
            pieces[(i * seed + i / 3) % 4].push_str(&format!("{line}\n"));
        }
        for round in 0..2 {
            for (i, piece) in pieces.iter().enumerate() {
                let path = folder.path().join(format!("{round}-{i}.json"));
                std::fs::write(&path, piece).expect("a piece");
                ingest_into(&lake, &[path]);
            }
        }
        compare(&lake);
    }
}

#[test]
fn ingesting_again_changes_no_byte_of_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    ingest_into(&lake, &[fixture("flows")]);
    let before = data_files(&lake);
    let again = ingest_into(&lake, &[fixture("flows")]);
    assert_eq!(again.receipt.stored, 0);
    assert_eq!(data_files(&lake), before);
}

/// Every file of the data tables with the hash of its bytes.
fn data_files(lake: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for table in ["records", "signins", "policy_sets", "rejects"] {
        let pattern = lake.join(table).join("**/*.parquet");
        for path in glob::glob(&pattern.display().to_string())
            .expect("a pattern")
            .flatten()
        {
            found.insert(path.clone(), hash_file(&path).expect("a file"));
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn the_real_samples_where_they_are_at_hand() {
    let samples =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/datadog-azure-blob");
    if !samples.is_dir() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let done = ingest_into(&folder.path().join("lake"), &[samples]);
    let r = &done.receipt;
    assert_eq!(
        (r.rows_read, r.stored, r.duplicates, r.rejected),
        (68, 67, 1, 0)
    );
}
