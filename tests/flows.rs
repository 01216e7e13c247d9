//! Hand-made flows: each file of `tests/fixtures/flows` holds records and what a person expects of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int32Type;
use authlake::engine::{Engine, Limits};
use authlake::ingest::{Done, Options, Progress, ingest};
use authlake::lake::Lake;
use authlake::lake::write::hash_file;
use authlake::signin::aadsts::CodeTable;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::flow_file::{self, Flow, Piece};

/// A flow of more records than this comes several records an ingest.
const INGESTS_MAX: usize = 6;

/// Ingests files into a lake with defaults.
pub fn ingest_into(lake: &Path, files: &[PathBuf]) -> Done {
    ingest_told(lake, files, None)
}

/// Ingests files of which records that name no tenant belong to the one that is told.
fn ingest_told(lake: &Path, files: &[PathBuf], tenant_id: Option<String>) -> Done {
    let options = Options {
        inputs: files.iter().map(|f| f.display().to_string()).collect(),
        lake: lake.to_path_buf(),
        tenant_id,
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
        let engine = Engine::open(&lake, CodeTable::built_in(), Limits::default());
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

/// The columns of `signins` that any flow names, and how they are asked for as text.
fn columns(flows: &[Flow]) -> BTreeMap<String, String> {
    let expected = flows.iter().flat_map(Flow::expected);
    let names = expected.flat_map(|row| row.into_iter().map(|(name, _)| name));
    let column = |name: String| {
        let sql = match name.as_str() {
            "signin" => "signin_id".to_owned(),
            "records" => "array_to_string(record_ids, ' | ')".to_owned(),
            "failed_policies" => "array_to_string(failed_policies, ' | ')".to_owned(),
            other => other.to_owned(),
        };
        (name, format!("arrow_cast({sql}, 'Utf8')"))
    };
    names.map(column).collect()
}

type Found = BTreeMap<String, BTreeMap<String, Option<String>>>;

/// Sign-ins of a lake by id, each with the columns that flows name.
fn look(lake: &Path, columns: &BTreeMap<String, String>, runtime: &Runtime) -> Found {
    let lake = Lake::open(lake).expect("a lake");
    let select: Vec<&str> = columns.values().map(String::as_str).collect();
    let sql = format!(
        "SELECT arrow_cast(signin_id, 'Utf8'), {} FROM signins",
        select.join(", ")
    );
    let batches = runtime.block_on(async {
        let engine = Engine::open(&lake, CodeTable::built_in(), Limits::default());
        let engine = engine.await.expect("an engine");
        engine.collect(&sql, &[]).await.expect("an answer")
    });
    let mut found = Found::new();
    for batch in &batches {
        let cell = |c: usize, i: usize| {
            let column = batch.column(c).as_string::<i32>();
            column.is_valid(i).then(|| column.value(i).to_owned())
        };
        for i in 0..batch.num_rows() {
            let cells = columns.keys().enumerate();
            let row = cells.map(|(c, name)| (name.clone(), cell(c + 1, i)));
            found.insert(cell(0, i).expect("an id"), row.collect());
        }
    }
    found
}

/// Whether a cell is what a flow expects: `!x` is anything but x, `...x` ends with x.
fn is(flow: &Flow, name: &str, wanted: &Value, found: Option<&str>) -> bool {
    match wanted {
        Value::Null => found.is_none(),
        Value::Bool(wanted) => found == Some(wanted.to_string().as_str()),
        Value::Number(wanted) => {
            let found: Option<f64> = found.and_then(|found| found.parse().ok());
            let wanted = wanted.as_f64().expect("a number");
            found.is_some_and(|found| (found - wanted).abs() < 1e-6)
        }
        Value::Array(wanted) => {
            let wanted = wanted.iter().map(|w| w.as_str().expect("text"));
            let wanted: Vec<String> = match name {
                "records" => wanted.map(|id| flow.id(id)).collect(),
                _ => wanted.map(str::to_owned).collect(),
            };
            found.unwrap_or_default() == wanted.join(" | ")
        }
        Value::String(wanted) => match (wanted.strip_prefix('!'), wanted.strip_prefix("...")) {
            (Some(not), _) => found.is_some_and(|found| found != not),
            (_, Some(end)) => found.is_some_and(|found| found.ends_with(end)),
            _ => found == Some(wanted),
        },
        Value::Object(_) => panic!("{}: {name} cannot be an object", flow.name),
    }
}

/// Every difference between what a flow expects and what a lake holds of it.
fn differences(flow: &Flow, found: &Found, how: &str, wrong: &mut Vec<String>) {
    let mut expected = Vec::new();
    for row in flow.expected() {
        let id = row["signin"].as_str().expect("the id of a sign-in");
        expected.push(flow.id(id));
        let Some(cells) = found.get(&flow.id(id)) else {
            wrong.push(format!("{} {how}: no sign-in {id}", flow.name));
            continue;
        };
        for (name, wanted) in row.iter().filter(|(name, _)| *name != "signin") {
            let cell = cells[name].as_deref();
            if !is(flow, name, wanted, cell) {
                wrong.push(format!(
                    "{} {how}: {id}: {name} should be {wanted}, is {cell:?}",
                    flow.name
                ));
            }
        }
    }
    for id in found.keys() {
        let own = id.starts_with(&flow.id(""));
        if own && !flow.is_filler(id) && !expected.contains(id) {
            wrong.push(format!("{} {how}: nobody expects {id}", flow.name));
        }
    }
}

/// Ingests a flow into a new lake in steps; what the receipts say when they are added up.
fn ingest_flow(flow: &Flow, folder: &Path, steps: &[Vec<Piece>]) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (i, pieces) in steps.iter().enumerate() {
        let step = folder.join(format!("step-{i}"));
        let files = write(&step, pieces);
        let done = ingest_told(&folder.join("lake"), &files, flow.told_tenant());
        let receipt = serde_json::to_value(&done.receipt).expect("a receipt");
        for (name, value) in receipt.as_object().expect("an object") {
            if let Some(value) = value.as_u64() {
                *sums.entry(name.clone()).or_default() += value;
            }
        }
        let r = &done.receipt;
        assert_eq!(
            r.rows_read,
            r.stored + r.duplicates + r.rejected + r.not_a_signin,
            "{}",
            flow.name
        );
    }
    sums
}

/// Writes pieces to a folder: those without a name to one file, in their order.
fn write(folder: &Path, pieces: &[Piece]) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for piece in pieces {
        let name = piece.name.as_deref().unwrap_or("records.json");
        let text = files.entry(folder.join(name)).or_default();
        text.push_str(&piece.text);
        text.push('\n');
    }
    for (path, text) in &files {
        std::fs::write(path, text).expect("a file");
    }
    files.into_keys().collect()
}

/// The pieces by the ingest that the flow gives them, the filler with the first.
fn as_written(flow: &Flow) -> Vec<Vec<Piece>> {
    let mut steps: BTreeMap<u64, Vec<Piece>> = BTreeMap::new();
    for piece in [flow.records(), flow.texts(), flow.filler()].concat() {
        steps.entry(piece.ingest).or_default().push(piece);
    }
    steps.into_values().collect()
}

/// One record an ingest, the last first; flows of many records in as many ingests as may be.
fn backwards(flow: &Flow) -> Vec<Vec<Piece>> {
    let mut pieces = [flow.records(), flow.texts()].concat();
    pieces.reverse();
    let each = pieces.len().div_ceil(INGESTS_MAX).max(1);
    let mut steps: Vec<Vec<Piece>> = pieces.chunks(each).map(<[Piece]>::to_vec).collect();
    if !flow.filler().is_empty() {
        steps.push(flow.filler());
    }
    steps
}

/// Runs every flow in a lake of its own, on two threads; fails with all that is wrong.
fn each_alone(how: &str, steps: fn(&Flow) -> Vec<Vec<Piece>>, with_receipt: bool) {
    let flows = flow_file::all();
    assert!(flows.len() >= 150, "only {} flows", flows.len());
    let columns = columns(&flows);
    let run = |flows: &[Flow]| {
        let runtime = Runtime::new().expect("a runtime");
        let mut wrong = Vec::new();
        for flow in flows {
            let folder = tempfile::tempdir().expect("a folder");
            let sums = ingest_flow(flow, folder.path(), &steps(flow));
            let found = look(&folder.path().join("lake"), &columns, &runtime);
            differences(flow, &found, how, &mut wrong);
            for (name, wanted) in flow.receipt().iter().filter(|_| with_receipt) {
                let filler = match name.as_str() {
                    "rows_read" | "stored" | "signins" => flow.filler().len() as u64,
                    _ => 0,
                };
                let found = sums.get(name).map(|sum| sum - filler);
                if found != wanted.as_u64() {
                    wrong.push(format!(
                        "{} {how}: the receipt's {name} should be {wanted}, is {found:?}",
                        flow.name
                    ));
                }
            }
        }
        wrong
    };
    let halves = flows.split_at(flows.len() / 2);
    let mut wrong = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(halves.0));
        let wrong = run(halves.1);
        let mut all = other.join().expect("no panic");
        all.extend(wrong);
        all
    });
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Ingests what needs no told tenant from all flows into one lake, each step as it is given; the
/// rest flow by flow.
fn ingest_all(flows: &[Flow], folder: &Path, steps: &[Vec<Piece>]) {
    let lake = folder.join("lake");
    for (i, step) in steps.iter().enumerate() {
        ingest_into(&lake, &write(&folder.join(format!("all-{i}")), step));
    }
    for flow in flows {
        let texts = flow.texts();
        if !texts.is_empty() {
            let files = write(&folder.join(&flow.name), &texts);
            ingest_told(&lake, &files, flow.told_tenant());
        }
    }
}

/// Compares a lake of all flows; what is wrong with any of them fails the test.
fn compare_all(flows: &[Flow], lake: &Path, how: &str) {
    let runtime = Runtime::new().expect("a runtime");
    let found = look(lake, &columns(flows), &runtime);
    let mut wrong = Vec::new();
    for flow in flows {
        differences(flow, &found, how, &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn all_records(flows: &[Flow]) -> Vec<Piece> {
    let records = flows.iter().map(|f| [f.records(), f.filler()].concat());
    records.flatten().collect()
}

#[test]
fn every_flow_alone() {
    each_alone("alone", as_written, true);
}

#[test]
fn every_flow_backwards_a_record_at_a_time() {
    each_alone("backwards", backwards, false);
}

#[test]
fn all_flows_in_one_lake_and_again() {
    let flows = flow_file::all();
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let records = [all_records(&flows)];
    ingest_all(&flows, folder.path(), &records);
    compare_all(&flows, &lake, "together");
    let before = data_files(&lake);
    ingest_all(&flows, folder.path(), &records);
    assert_eq!(data_files(&lake), before, "the second ingest changed data");
}

#[test]
fn pieces_in_any_order_and_twice_give_the_same() {
    let flows = flow_file::all();
    for seed in [1_usize, 7] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut pieces = vec![Vec::new(); 4];
        for (i, record) in all_records(&flows).into_iter().enumerate() {
            pieces[(i * seed + i / 3) % 4].push(record);
        }
        pieces.extend(pieces.clone());
        ingest_all(&flows, folder.path(), &pieces);
        compare_all(&flows, &folder.path().join("lake"), "in pieces");
    }
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
