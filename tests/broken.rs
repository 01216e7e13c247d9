//! Broken exports: the files of `tests/fixtures/broken`, and in `broken.csv` what a person expects of each.

use std::path::{Path, PathBuf};

use authlake::ingest::Done;
use authlake::lake::receipts::{Receipt, Reject};

use crate::flows::ingest_into;

/// Columns of the table that are counts: rows read, stored, duplicates, rejected, not a sign-in,
/// steps that wait.
const COUNTS: std::ops::Range<usize> = 2..8;

/// What is expected of one file; a text that is `-` says nothing.
struct Expected {
    file: String,
    format: String,
    counts: Vec<u64>,
    problem: String,
    /// Line and byte of the first reject.
    place: Option<(u64, u64)>,
    reason: String,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn expected() -> Vec<Expected> {
    let table = std::fs::read_to_string(fixtures().join("broken.csv")).expect("broken.csv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 13, "{line}");
        let number = |cell: &str| cell.parse().expect("a number");
        let place = (cells[9] != "-").then(|| (number(cells[9]), number(cells[10])));
        Expected {
            file: cells[0].to_owned(),
            format: cells[1].to_owned(),
            counts: cells[COUNTS].iter().map(|cell| number(cell)).collect(),
            problem: cells[8].to_owned(),
            place,
            reason: cells[11].to_owned(),
        }
    });
    rows.collect()
}

fn counts(receipt: &Receipt) -> Vec<u64> {
    let r = receipt;
    let held = r.stored + r.duplicates + r.rejected + r.not_a_signin;
    assert_eq!(r.rows_read, held, "the equation of {}", r.ingest_id);
    vec![
        r.rows_read,
        r.stored,
        r.duplicates,
        r.rejected,
        r.not_a_signin,
        r.steps_waiting,
    ]
}

/// The format of a text; that of an archive is the last one of its members.
fn format(receipt: &Receipt) -> &str {
    let texts = receipt.inputs.iter().filter(|i| i.format != "zip");
    let mut named = texts.map(|i| i.format.as_str()).filter(|f| !f.is_empty());
    named.next_back().unwrap_or("-")
}

/// How a file came out otherwise than expected, one line a difference.
fn differences(expected: &Expected, done: &Done) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, wanted: String, came: String| {
        if wanted != came {
            found.push(format!(
                "{}: {what}: wanted {wanted}, found {came}",
                expected.file
            ));
        }
    };
    let r = &done.receipt;
    differ("format", expected.format.clone(), format(r).to_owned());
    differ(
        "counts",
        format!("{:?}", expected.counts),
        format!("{:?}", counts(r)),
    );
    let problem = done.problems.join("; ");
    if expected.problem == "-" || !problem.contains(&expected.problem) {
        let wanted = expected.problem.trim_start_matches('-');
        differ("problem", wanted.to_owned(), problem);
    }
    let first: Option<&Reject> = done.rejects.iter().min_by_key(|r| r.offset);
    let place = first.map(|r| (r.line, r.offset));
    differ(
        "place",
        format!("{:?}", expected.place),
        format!("{place:?}"),
    );
    let reason = first.map_or("-", |r| r.reason.as_str());
    if expected.reason == "-" || !reason.contains(&expected.reason) {
        differ("reason", expected.reason.clone(), reason.to_owned());
    }
    found
}

#[test]
fn every_broken_file_is_told_as_expected() {
    let mut wrong = Vec::new();
    for one in expected() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = fixtures().join("broken").join(&one.file);
        let done = ingest_into(&folder.path().join("lake"), &[file]);
        wrong.extend(differences(&one, &done));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_broken_file_has_its_row() {
    let mut listed: Vec<String> = expected().into_iter().map(|one| one.file).collect();
    let entries = std::fs::read_dir(fixtures().join("broken")).expect("a folder");
    let names = entries.map(|e| e.expect("a file").file_name());
    let mut files: Vec<String> = names.map(|n| n.display().to_string()).collect();
    listed.sort();
    files.sort();
    assert_eq!(listed, files);
}

#[test]
fn all_broken_files_at_once_sum_up() {
    let expected = expected();
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let inputs = [fixtures().join("broken")];
    let done = ingest_into(&lake, &inputs);
    let sum = |place: usize| expected.iter().map(|one| one.counts[place]).sum::<u64>();
    let sums: Vec<u64> = (0..COUNTS.len()).map(sum).collect();
    assert_eq!(counts(&done.receipt), sums);
    let refused = expected.iter().filter(|one| one.problem != "-").count();
    assert_eq!(done.problems.len(), refused, "{:#?}", done.problems);
    let again = ingest_into(&lake, &inputs);
    assert_eq!((again.receipt.stored, again.receipt.completed), (0, 0));
    let kept = sums[1] + sums[2];
    assert_eq!(again.receipt.duplicates, kept);
}
