//! Generated tenants: totals and every sign-in equal the planted truth.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use authlake::generate::{Options, Truth, generate};

use authlake::lake::Lake;

use crate::days::count;
use crate::flows::{ingest_into, signins};

/// Expected sign-ins: record count, outcome and MFA outcome by least record id.
pub type Expected = BTreeMap<String, (i32, String, String)>;

fn generated(records: u64, seed: u64) -> (Vec<u8>, Expected, Truth) {
    generated_by(options(records, seed))
}

fn options(records: u64, seed: u64) -> Options {
    // Lists of policies say nothing of the outcome and are most of the bytes.
    let policies = if records > 10_000 { 1 } else { 9 };
    Options {
        records,
        users: 300,
        days: 12,
        seed,
        policies,
        ..Options::default()
    }
}

fn generated_by(options: Options) -> (Vec<u8>, Expected, Truth) {
    let (mut export, mut signins) = (Vec::new(), Vec::new());
    let truth = generate(&options, &mut export, Some(&mut signins), &mut |_, _| {});
    (
        export,
        expected_signins(&signins),
        truth.expect("an export"),
    )
}

/// The planted sign-ins of a ledger, by least record id.
pub fn expected_signins(ledger: &[u8]) -> Expected {
    let text = std::str::from_utf8(ledger).expect("text");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let place = |name: &str| header.iter().position(|h| *h == name).expect("a column");
    let columns = ["first_record_id", "record_count", "outcome", "mfa_outcome"].map(place);
    let expected = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let [id, count, outcome, mfa] = columns.map(|c| cells[c].to_owned());
        (id, (count.parse().expect("a count"), outcome, mfa))
    });
    expected.collect()
}

pub fn differences(found: &Expected, wanted: &Expected) -> Vec<String> {
    let ids = wanted
        .keys()
        .chain(found.keys().filter(|id| !wanted.contains_key(*id)));
    let wrong = ids.filter(|id| found.get(*id) != wanted.get(*id));
    wrong
        .map(|id| {
            format!(
                "{id}: wanted {:?}, found {:?}",
                wanted.get(id),
                found.get(id)
            )
        })
        .collect()
}

#[test]
fn every_signin_of_a_tenant_in_one_run() {
    let moving = |days, seed| Options {
        days,
        movement: true,
        ..options(30_000, seed)
    };
    for options in [
        options(1_000, 1),
        options(100_000, 2),
        moving(12, 3),
        moving(60, 4),
    ] {
        let (export, wanted, truth) = generated_by(options);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("export.json");
        fs::write(&path, &export).expect("a file");
        let lake = folder.path().join("lake");
        let receipt = ingest_into(&lake, &[path]).receipt;
        let counts = (receipt.rows_read, receipt.stored, receipt.duplicates);
        assert_eq!(
            counts,
            (truth.rows, truth.records, truth.rows - truth.records)
        );
        let wrong = differences(&signins(&lake), &wanted);
        assert!(
            wrong.is_empty(),
            "{} wrong, first {:?}",
            wrong.len(),
            wrong.first()
        );
        let open = Lake::open(&lake).expect("a lake");
        let sums = [
            ("mfa_prompts", truth.mfa_prompts),
            ("password_attempts", Some(truth.password_attempts)),
        ];
        for (column, wanted) in sums {
            let sql = format!("SELECT CAST(sum({column}) AS bigint) FROM signins");
            let wanted = wanted.expect("the archive tells it");
            assert_eq!(count(&open, &sql), wanted as i64, "{column}");
        }
        for (answer, wanted) in &truth.by_password_correct {
            let sql = format!("SELECT count(*) FROM signins WHERE password_correct = '{answer}'");
            assert_eq!(
                count(&open, &sql),
                *wanted as i64,
                "password_correct {answer}"
            );
        }
    }
}

/// Ingests a tenant in pieces, the last piece first, and once more; `piece_of` gives the piece of a
/// line of so many.
fn in_pieces(records: u64, piece_of: impl Fn(usize, usize) -> usize) {
    const PIECES: usize = 5;
    let (export, wanted, truth) = generated(records, 5);
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let text = String::from_utf8(export).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let mut pieces = vec![String::new(); PIECES];
    for (i, line) in lines.iter().enumerate() {
        pieces[piece_of(i, lines.len()) % PIECES].push_str(&format!("{line}\n"));
    }
    let paths: Vec<PathBuf> = (0..PIECES)
        .map(|i| folder.path().join(format!("{i}.json")))
        .collect();
    for (path, piece) in paths.iter().zip(&pieces) {
        fs::write(path, piece).expect("a piece");
    }
    for round in 0..2 {
        let stored = paths.iter().rev().map(|path| {
            let receipt = ingest_into(&lake, std::slice::from_ref(path)).receipt;
            receipt.stored
        });
        let stored: u64 = stored.sum();
        assert_eq!(stored, if round == 0 { truth.records } else { 0 });
        let wrong = differences(&signins(&lake), &wanted);
        assert!(
            wrong.is_empty(),
            "round {round}: {} wrong, first {:?}",
            wrong.len(),
            wrong.first()
        );
    }
}

#[test]
fn every_signin_of_a_tenant_in_shuffled_pieces() {
    in_pieces(1_000, |i, _| i / 40 + i * 7);
    in_pieces(100_000, |i, _| i / 40 + i * 7);
}

#[test]
fn every_signin_of_a_tenant_newest_first() {
    in_pieces(1_000, |i, lines| i * 5 / lines);
    in_pieces(100_000, |i, lines| i * 5 / lines);
}
