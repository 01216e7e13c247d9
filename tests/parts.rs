//! Steps that come without their record: they wait in the lake, and are joined whichever comes first.

use std::fs;
use std::path::{Path, PathBuf};

use authlake::lake::Lake;

use crate::days::count;
use crate::flows::{ingest_into, signins};

const RECORD_HEADER: &str = "Date (UTC),Request ID,Correlation ID,User ID,Username,Application,IP address,Location,\
    Status,Sign-in error code,Failure reason,Client app,Authentication requirement,Resource tenant ID,Home tenant ID";
const TENANT: &str = "0f5c0c55-9a52-4a3e-8e2b-3d2f6a7b1c11";

fn record(id: &str, at: &str) -> String {
    format!(
        "{at},{id},c-{id},u-1,ada@contoso.example,Portal,198.51.100.7,\"Bern, Bern, CH\",Success,,,Browser,\
         Multifactor authentication,{TENANT},{TENANT}"
    )
}

fn write(folder: &Path, name: &str, header: &str, rows: &[String]) -> PathBuf {
    let path = folder.join(name);
    let text = format!("{header}\r\n{}\r\n", rows.join("\r\n"));
    fs::write(&path, text).expect("a file");
    path
}

/// Both files in both orders, and together: waiting first, then joined, then nothing new.
fn check(details_header: &str, steps: &[String], at: &str) {
    for order in ["together", "record first", "steps first"] {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = folder.path().join("lake");
        let records = write(
            folder.path(),
            "InteractiveSignIns_2026-01-05_2026-01-06.csv",
            RECORD_HEADER,
            &[record("r1", at)],
        );
        let details = write(
            folder.path(),
            "InteractiveSignIns_AuthDetails_2026-01-05_2026-01-06.csv",
            details_header,
            steps,
        );
        let rows = steps.len() as u64;
        let ingest = |files: &[PathBuf]| ingest_into(&lake, files).receipt;
        let last = match order {
            "together" => ingest(&[records.clone(), details.clone()]),
            "record first" => {
                let first = ingest(std::slice::from_ref(&records));
                assert_eq!((first.stored, first.steps_waiting), (1, 0));
                ingest(std::slice::from_ref(&details))
            }
            _ => {
                let first = ingest(std::slice::from_ref(&details));
                assert_eq!((first.rows_read, first.stored), (0, 0));
                assert_eq!((first.steps_joined, first.steps_waiting), (0, rows));
                assert_eq!(signins(&lake).len(), 0);
                ingest(std::slice::from_ref(&records))
            }
        };
        let joined = if order == "steps first" { 0 } else { rows };
        assert_eq!(
            (last.steps_joined, last.steps_waiting),
            (joined, 0),
            "{order}"
        );
        let found = &signins(&lake)["r1"];
        assert_eq!(
            found,
            &(1, "success".to_owned(), "passed".to_owned()),
            "{order}"
        );
        let open = Lake::open(&lake).expect("a lake");
        let kept = count(&open, "SELECT count(*) FROM steps WHERE id = 'r1'");
        assert_eq!(kept, steps.len() as i64, "{order}");
        let again = ingest(&[records, details]);
        assert_eq!(
            (again.stored, again.completed, again.signin_days_changed),
            (0, 0, 0),
            "{order}"
        );
        assert_eq!(
            (again.steps_joined, again.steps_waiting),
            (rows, 0),
            "{order}"
        );
    }
}

#[test]
fn steps_with_a_date() {
    let header = "Date (UTC),Request ID,Authentication method,Authentication method detail,Succeeded,Result detail,Requirement";
    let steps = [
        "2026-01-05T08:00:00Z,r1,Password,Password in the cloud,true,Correct password,Primary authentication",
        "2026-01-05T08:00:09Z,r1,Mobile app notification,,true,MFA successfully completed,",
    ];
    check(header, &steps.map(str::to_owned), "2026-01-05T08:00:00Z");
}

#[test]
fn steps_on_the_other_side_of_a_midnight() {
    let header = "Date (UTC),Request ID,Authentication method,Authentication method detail,Succeeded,Result detail,Requirement";
    let steps = [
        "2026-01-05T23:59:50Z,r1,Password,Password in the cloud,true,Correct password,Primary authentication",
        "2026-01-06T00:00:09Z,r1,Mobile app notification,,true,MFA successfully completed,",
    ];
    check(header, &steps.map(str::to_owned), "2026-01-05T23:59:50Z");
}

#[test]
fn steps_without_a_date() {
    let header =
        "Request ID,Authentication method,Authentication method detail,Succeeded,Result detail";
    let steps = [
        "r1,Password,Password in the cloud,true,Correct password",
        "r1,Mobile app notification,,true,MFA successfully completed",
    ];
    check(header, &steps.map(str::to_owned), "2026-01-05T08:00:00Z");
}
