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
    let options = Options {
        records,
        users: 300,
        days: 12,
        seed,
        ..Options::default()
    };
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
    for (records, seed) in [(1_000, 1), (30_000, 2)] {
        let (export, wanted, truth) = generated(records, seed);
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

#[test]
fn every_signin_of_a_tenant_in_shuffled_pieces() {
    let (export, wanted, _) = generated(4_000, 5);
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let text = String::from_utf8(export).expect("text");
    let mut pieces = vec![String::new(); 5];
    for (i, line) in text.lines().enumerate() {
        pieces[(i / 40 + i * 7) % 5].push_str(&format!("{line}\n"));
    }
    for (i, piece) in pieces.iter().enumerate().rev() {
        let path: PathBuf = folder.path().join(format!("{i}.json"));
        fs::write(&path, piece).expect("a piece");
        ingest_into(&lake, &[path]);
    }
    let wrong = differences(&signins(&lake), &wanted);
    assert!(
        wrong.is_empty(),
        "{} wrong, first {:?}",
        wrong.len(),
        wrong.first()
    );
}
