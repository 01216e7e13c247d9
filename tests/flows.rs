//! Hand-made flows: each file of `tests/fixtures/flows` holds records and what a person expects of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use authlake::engine::{Engine, Limits};
use authlake::ingest::{Done, Options, Progress, ingest};
use authlake::lake::Lake;
use authlake::lake::write::hash_file;
use authlake::signin::tables::Tables;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::flow_file::{self, Flow, Piece};
use crate::flow_run::{as_written, backwards, columns, differences, ingest_flow, look, write};

/// Ingests files into a lake with defaults.
pub fn ingest_into(lake: &Path, files: &[PathBuf]) -> Done {
    ingest_told(lake, files, None)
}

/// Ingests files of which records that name no tenant belong to the one that is told.
pub fn ingest_told(lake: &Path, files: &[PathBuf], tenant_id: Option<String>) -> Done {
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
    let before = data_files(&lake);
    ingest_all(&flows, folder.path(), &records);
    assert_eq!(data_files(&lake), before, "the second ingest changed data");
    compare_all(&flows, &lake, "together");
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
fn a_wrong_expectation_is_found() {
    let json = |expect: Value| {
        serde_json::json!({ "shows": "", "records": [{ "id": "a" }, { "id": "b", "user": "bea" }],
            "expect": expect })
    };
    let right = serde_json::json!([{ "signin": "a", "outcome": "success", "records": ["a"] },
        { "signin": "b", "mfa_prompts": 0, "mfa_skip_reason": null, "mfa_outcome": "!passed" }]);
    let wrong = serde_json::json!([{ "signin": "a", "outcome": "!success", "records": ["b"] },
        { "signin": "c" }, { "signin": "b", "mfa_prompts": 1, "mfa_skip_reason": "x" }]);
    let missing = serde_json::json!([{ "signin": "a", "outcome": "success" }]);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = Runtime::new().expect("a runtime");
    for (expect, count) in [(right, 0), (wrong, 5), (missing, 1)] {
        let flow = flow_file::of("made up", json(expect));
        ingest_flow(&flow, folder.path(), &as_written(&flow));
        let lake = folder.path().join("lake");
        let columns = columns(std::slice::from_ref(&flow));
        let mut differences_found = Vec::new();
        let found = look(&lake, &columns, &runtime);
        differences(&flow, &found, "", &mut differences_found);
        assert_eq!(differences_found.len(), count, "{differences_found:?}");
    }
}

/// Every text that decides an outcome stands in some flow, so that its outcome is expected there.
#[test]
fn every_deciding_word_is_in_a_flow() {
    let flows = flow_file::all();
    let texts: String = flows
        .iter()
        .flat_map(Flow::records)
        .map(|r| r.text)
        .collect();
    let texts = texts.to_lowercase();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("data/mfa_results.csv")).expect("the table");
    let mut missing = Vec::new();
    for line in table.lines().skip(1) {
        let quoted = line
            .strip_prefix('"')
            .and_then(|rest| rest.split_once("\","));
        let (text, rest) = quoted.or_else(|| line.split_once(',')).expect("a row");
        let outcome = rest.split(',').nth(2).expect("an outcome");
        let said = Value::from(text.to_lowercase()).to_string();
        let said = said.trim_start_matches('"');
        if !["none", "requirement"].contains(&outcome) && !texts.contains(said) {
            missing.push(format!("{text} ({outcome})"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Ingests one flow that a test makes up; its sign-ins by id, each with its record count, and what
/// the receipt says.
fn made_up(name: &str, record: &Value) -> (BTreeMap<String, i32>, BTreeMap<String, u64>) {
    let json = serde_json::json!({ "shows": name, "records": [record], "expect": [] });
    let flow = flow_file::of(name, json);
    let folder = tempfile::tempdir().expect("a folder");
    let sums = ingest_flow(&flow, folder.path(), &as_written(&flow));
    let found = signins(&folder.path().join("lake")).into_iter();
    (found.map(|(id, (count, ..))| (id, count)).collect(), sums)
}

#[test]
fn thousands_of_records_under_one_correlation_id_are_bounded() {
    let mut record = serde_json::json!({
        "id": "a", "code": 50058, "needs": "single", "repeat": { "times": 5_000, "every": 1 },
    });
    let (found, receipt) = made_up("one a second", &record);
    assert_eq!(receipt["stored"], 5_000);
    assert_eq!(found.len(), 25, "200 records a sign-in");
    assert!(found.values().all(|count| *count == 200), "{found:?}");
    assert_eq!(receipt["capped"], 24, "each but the first began at the cap");

    record["repeat"] = serde_json::json!({ "times": 3_000, "every": 0 });
    let (found, receipt) = made_up("all at once", &record);
    assert_eq!(found.len(), 15);
    assert!(found.values().all(|count| *count == 200), "{found:?}");
    assert_eq!(receipt["capped"], 14);

    for key in ["ip", "device", "agent"] {
        record[key] = Value::Null;
    }
    let (found, receipt) = made_up("nothing agrees", &record);
    assert_eq!(found.len(), 3_000, "a correlation id alone joins nothing");
    assert_eq!(receipt["capped"], 0);

    record["original"] = "x".into();
    let (found, receipt) = made_up("one original request", &record);
    assert_eq!(found.len(), 15);
    assert_eq!(receipt["capped"], 14);
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
