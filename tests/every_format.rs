//! Every export format: the same tenant gives the sign-ins that the format can tell, and all formats
//! together give each record once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use authlake::generate::{
    Format, Layout, Options, PortalColumns, Truth, generate, generate_folder,
};
use authlake::lake::Lake;

use crate::days::count;
use crate::flows::{ingest_into, signins};
use crate::truth::{Expected, differences, expected_signins};

fn options(format: Format) -> Options {
    Options {
        records: 4_000,
        users: 150,
        days: 12,
        seed: 23,
        format,
        ..Options::default()
    }
}

/// Writes an export below `folder`; its path, its ledger and its truth.
fn export(options: &Options, folder: &Path, as_folder: bool) -> (PathBuf, Expected, Truth) {
    let path = folder.join(format!("{}-{as_folder}", options.format.name()));
    let mut ledger = Vec::new();
    let truth = if as_folder {
        generate_folder(options, &path, Some(&mut ledger), &mut |_, _| {})
    } else {
        let mut out = fs::File::create(&path).expect("a file");
        generate(options, &mut out, Some(&mut ledger), &mut |_, _| {})
    };
    (path, expected_signins(&ledger), truth.expect("an export"))
}

fn check(options: &Options, as_folder: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, wanted, truth) = export(options, folder.path(), as_folder);
    let lake = folder.path().join("lake");
    let done = ingest_into(&lake, &[path]);
    let name = format!("{} {as_folder}", options.format.name());
    let has_services = truth.by_event_type.contains_key("servicePrincipal");
    assert!(done.problems.is_empty(), "{name}: {:?}", done.problems);
    let r = &done.receipt;
    assert_eq!(r.rejected, 0, "{name}: {:?}", done.rejects.first());
    assert_eq!(
        r.rows_read,
        r.stored + r.duplicates + r.not_a_signin,
        "{name}"
    );
    assert_eq!(r.stored, truth.records, "{name}: {r:?}");
    assert_eq!(r.steps_waiting, 0, "{name}");
    // The service tables of Log Analytics have no column that names the Entra tenant.
    let services_untold = options.format.name().starts_with("log_analytics");
    assert_eq!(
        r.without_tenant > 0,
        services_untold && has_services,
        "{name}"
    );
    let wrong = differences(&signins(&lake), &wanted);
    assert!(
        wrong.is_empty(),
        "{name}: {} of {} wrong, first {:#?}",
        wrong.len(),
        wanted.len(),
        &wrong[..wrong.len().min(12)]
    );
}

#[test]
fn every_format_tells_what_it_can() {
    for format in Format::ALL {
        if format.layout() != Layout::Folder {
            check(&options(format), false);
        }
        if format.layout() != Layout::File {
            check(&options(format), true);
        }
    }
}

#[test]
fn every_generation_of_the_portal_csv() {
    for columns in [44, 55, 56, 57] {
        let portal_columns = PortalColumns::parse(columns).expect("a generation");
        let options = Options {
            portal_columns,
            ..options(Format::PortalCsv)
        };
        check(&options, true);
    }
}

#[test]
fn all_formats_together_give_each_record_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let mut wanted = Expected::new();
    let mut records = 0;
    let mut files = Vec::new();
    for format in Format::ALL {
        let as_folder = format.layout() != Layout::File;
        let (path, ledger, truth) = export(&options(format), folder.path(), as_folder);
        if format == Format::AzureMonitor {
            (wanted, records) = (ledger, truth.records);
        }
        files.push(path);
    }
    // The archive carries everything; the others add nothing to it, whenever they come.
    files.rotate_left(3);
    let (first, second) = files.split_at(7);
    ingest_into(&lake, first);
    let done = ingest_into(&lake, second);
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    let open = Lake::open(&lake).expect("a lake");
    assert_eq!(count(&open, "SELECT count(*) FROM records"), records as i64);
    assert_eq!(
        count(&open, "SELECT count(DISTINCT (tenant_id, id)) FROM records"),
        records as i64
    );
    let wrong = differences(&signins(&lake), &wanted);
    let kinds: BTreeSet<&str> = wrong
        .iter()
        .map(|w| &w[w.find(':').unwrap_or(0)..])
        .collect();
    assert!(wrong.is_empty(), "{} wrong: {kinds:#?}", wrong.len());
}
