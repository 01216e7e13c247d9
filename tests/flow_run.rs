//! Runs one hand-made flow: ingests its pieces, looks at the lake, tells every difference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use authlake::engine::{Engine, Limits};
use authlake::lake::Lake;
use authlake::signin::tables::Tables;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::flow_file::{Flow, Piece};
use crate::flows::ingest_told;

/// A flow of more records than this comes several records an ingest.
const INGESTS_MAX: usize = 6;

/// The columns of `signins` that any flow names, and how they are asked for as text.
pub fn columns(flows: &[Flow]) -> BTreeMap<String, String> {
    let expected = flows.iter().flat_map(Flow::expected);
    let names = expected.flat_map(|row| row.into_iter().map(|(name, _)| name));
    let names = names.filter(|name| name != "signin");
    let column = |name: String| {
        let sql = match name.as_str() {
            "records" => "array_to_string(record_ids, ' | ')".to_owned(),
            "failed_policies" => "array_to_string(failed_policies, ' | ')".to_owned(),
            other => other.to_owned(),
        };
        let sql = format!("arrow_cast({sql}, 'Utf8') AS {name}");
        (name, sql)
    };
    names.map(column).collect()
}

pub type Found = BTreeMap<String, BTreeMap<String, Option<String>>>;

/// Sign-ins of a lake by id, each with the columns that flows name.
pub fn look(lake: &Path, columns: &BTreeMap<String, String>, runtime: &Runtime) -> Found {
    let lake = Lake::open(lake).expect("a lake");
    let select: Vec<&str> = columns.values().map(String::as_str).collect();
    let sql = format!(
        "SELECT arrow_cast(signin_id, 'Utf8') AS signin_id, {} FROM signins",
        select.join(", ")
    );
    let batches = runtime.block_on(async {
        let engine = Engine::open(&lake, Tables::built_in(), Limits::default());
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
pub fn differences(flow: &Flow, found: &Found, how: &str, wrong: &mut Vec<String>) {
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
pub fn ingest_flow(flow: &Flow, folder: &Path, steps: &[Vec<Piece>]) -> BTreeMap<String, u64> {
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
pub fn write(folder: &Path, pieces: &[Piece]) -> Vec<PathBuf> {
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
pub fn as_written(flow: &Flow) -> Vec<Vec<Piece>> {
    let mut steps: BTreeMap<u64, Vec<Piece>> = BTreeMap::new();
    for piece in [flow.records(), flow.texts(), flow.filler()].concat() {
        steps.entry(piece.ingest).or_default().push(piece);
    }
    steps.into_values().collect()
}

/// One record an ingest, the last first; flows of many records in as many ingests as may be.
pub fn backwards(flow: &Flow) -> Vec<Vec<Piece>> {
    let mut pieces = [flow.records(), flow.texts()].concat();
    pieces.reverse();
    let each = pieces.len().div_ceil(INGESTS_MAX).max(1);
    let mut steps: Vec<Vec<Piece>> = pieces.chunks(each).map(<[Piece]>::to_vec).collect();
    if !flow.filler().is_empty() {
        steps.push(flow.filler());
    }
    steps
}
