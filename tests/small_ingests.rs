//! A lake that is fed bit by bit: few files, little written, nothing lost; and one of long ago.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use authlake::generate::{Options, generate};
use authlake::ingest::{self, Progress, compact, ingest};
use authlake::lake::Lake;
use authlake::lake::compact::{FILES_FEW, FILES_MAX};
use authlake::lake::receipts::Receipt;

use crate::days::count;
use crate::flows::signins;
use crate::forget::files;
use crate::kills::{assert_sound, halves, kill_at_many_instants, run, state};
use crate::truth::{differences, expected_signins};

const HOUR_US: i64 = 3_600_000_000;
const NOW_US: i64 = 1_800_000_000_000_000;

fn options(lake: &Path, now_us: i64, inputs: &[PathBuf]) -> ingest::Options {
    ingest::Options {
        inputs: inputs.iter().map(|f| f.display().to_string()).collect(),
        lake: lake.to_path_buf(),
        now_us,
        ..ingest::Options::default()
    }
}

fn feed(lake: &Path, now_us: i64, input: &Path) -> Receipt {
    let options = options(lake, now_us, &[input.to_path_buf()]);
    let done = ingest(&options, &Progress::default());
    done.expect("an ingest").receipt
}

/// A tenant's export cut into the hours in which its rows were delivered, and its truth.
fn hours(folder: &Path, days: u32) -> (Vec<PathBuf>, Vec<u8>, u64) {
    let options = Options {
        records: 1_500 * u64::from(days),
        users: 150,
        days,
        seed: 11,
        ..Options::default()
    };
    let (mut export, mut ledger) = (Vec::new(), Vec::new());
    let truth = generate(&options, &mut export, Some(&mut ledger), &mut |_, _| {});
    let records = truth.expect("an export").records;
    let mut hours: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8(export).expect("text").lines() {
        let (_, rest) = line.split_once("\"time\"").expect("a time");
        let (_, time) = rest.split_once('"').expect("a text");
        let hour = hours.entry(time[..13].to_owned()).or_default();
        hour.push_str(line);
        hour.push('\n');
    }
    let paths = hours.into_iter().map(|(hour, rows)| {
        let path = folder.join(format!("{hour}.json"));
        fs::write(&path, rows).expect("a file");
        path
    });
    (paths.collect(), ledger, records)
}

/// The live files of each folder of a lake.
fn folders(lake: &Path) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let lake = Lake::open(lake).expect("a lake");
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in &lake.manifest().files {
        let folder = file.path.parent().expect("a folder").to_path_buf();
        folders.entry(folder).or_default().push(file.path.clone());
    }
    folders
}

#[test]
fn hour_by_hour_a_lake_holds_what_was_planted_in_few_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hours, ledger, records) = hours(folder.path(), 4);
    let lake = folder.path().join("lake");
    let (mut seen, mut bytes) = (BTreeSet::new(), 0);
    for (i, hour) in hours.iter().enumerate() {
        feed(&lake, NOW_US + i as i64 * HOUR_US, hour);
        for (folder, files) in folders(&lake) {
            assert!(
                files.len() <= FILES_MAX + 1,
                "{}: {files:?}",
                folder.display()
            );
        }
        let open = Lake::open(&lake).expect("a lake");
        let data = |table: &str| table != "ingests";
        let files = open.manifest().files.iter().filter(|f| data(&f.table));
        let new = files.filter(|f| seen.insert(f.path.clone()));
        bytes += new.map(|f| f.bytes).sum::<u64>();
    }
    let wrong = differences(&signins(&lake), &expected_signins(&ledger));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let open = Lake::open(&lake).expect("a lake");
    let ids = "SELECT count(DISTINCT (tenant_id, id)) FROM records";
    assert_eq!(count(&open, ids), records as i64);
    assert_eq!(state(&lake)["records"], records);
    assert_sound(&lake);
    // A day that nothing came for in 48 hours is one file.
    let quiet = folders(&lake);
    let first = &quiet[Path::new("records/date=2026-01-05")];
    assert_eq!(first.len(), 1, "{first:?}");
    // One whose records have all come holds few, and one of sign-ins that wait.
    for table in ["records", "signins"] {
        let over = &quiet[&Path::new(table).join("date=2026-01-07")];
        assert!(over.len() <= FILES_FEW + 1, "{over:?}");
    }
    let again = feed(&lake, NOW_US + 200 * HOUR_US, &hours[40]);
    assert_eq!(
        (again.stored, again.signins_changed, again.signins_gone),
        (0, 0, 0)
    );
    let data = |mut all: BTreeMap<PathBuf, Vec<PathBuf>>| {
        all.remove(Path::new("ingests"));
        all
    };
    assert_eq!(data(folders(&lake)), data(quiet));
    let done = compact(&options(&lake, NOW_US, &[]), &Progress::default());
    let done = done.expect("a compaction");
    assert!(done.before > done.after && done.bytes_after < done.bytes_before);
    assert!(folders(&lake).values().all(|files| files.len() == 1));
    let wrong = differences(&signins(&lake), &expected_signins(&ledger));
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_sound(&lake);
    let open = Lake::open(&lake).expect("a lake");
    let held = open
        .manifest()
        .files
        .iter()
        .filter(|f| f.table != "ingests");
    let held: u64 = held.map(|f| f.bytes).sum();
    assert!(bytes < 6 * held, "{bytes} bytes written for {held}");
    let nothing = compact(&options(&lake, NOW_US, &[]), &Progress::default());
    assert_eq!(nothing.expect("a compaction").before, 0);
}

#[test]
fn a_blob_that_grows_is_counted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hours, ledger, records) = hours(folder.path(), 1);
    let whole: Vec<u8> = hours
        .iter()
        .flat_map(|h| fs::read(h).expect("a file"))
        .collect();
    let (lake, blob) = (folder.path().join("lake"), folder.path().join("PT1H.json"));
    let mut stored = 0;
    // The last cut but one falls into a record: the writer had not finished it.
    for end in [
        whole.len() / 5,
        whole.len() / 3,
        whole.len() * 2 / 3,
        whole.len(),
    ] {
        fs::write(&blob, &whole[..end]).expect("a file");
        stored += feed(&lake, NOW_US, &blob).stored;
    }
    assert_eq!(stored, records);
    let wrong = differences(&signins(&lake), &expected_signins(&ledger));
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_sound(&lake);
}

#[test]
fn compactions_killed_at_many_instants() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = halves(folder.path());
    run(folder.path(), &["ingest", &first, "--lake", "base"]);
    run(folder.path(), &["ingest", &second, "--lake", "base"]);
    kill_at_many_instants("compact", folder.path(), &["lake", "compact"], &|_| {});
}

#[test]
fn settlings_killed_at_many_instants() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hours, ..) = hours(folder.path(), 4);
    let path = |p: &PathBuf| p.display().to_string();
    // The last day settles what waits on the day before it.
    let (early, late) = hours.split_at(hours.len() * 3 / 4);
    let args = |names: &[PathBuf], more: &[&str]| {
        let words = ["ingest"].iter().chain(more).map(|w| (*w).to_owned());
        words.chain(names.iter().map(path)).collect::<Vec<String>>()
    };
    let base = args(early, &["--lake", "base"]);
    run(
        folder.path(),
        &base.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let settle = args(late, &[]);
    let settle: Vec<&str> = settle.iter().map(String::as_str).collect();
    kill_at_many_instants("settle", folder.path(), &settle, &|_| {});
}

/// Unpacks a lake that an earlier version wrote.
pub fn unpacked(name: &str, to: &Path) -> PathBuf {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    for packed in files(&fixture) {
        let relative = packed
            .strip_prefix(&fixture)
            .expect("inside")
            .with_extension("");
        let mut bytes = Vec::new();
        let file = fs::File::open(&packed).expect("a file");
        let mut unpacker = flate2::read::GzDecoder::new(file);
        unpacker.read_to_end(&mut bytes).expect("its bytes");
        let place = to.join(relative);
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        fs::write(place, bytes).expect("a file");
    }
    to.join("lake")
}

#[test]
fn a_lake_of_format_version_1_as_it_was_first_written_opens_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = unpacked("lake_v1", folder.path());
    assert_sound(&lake);
    let outcomes = |lake: &Path| {
        let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
        for (_, outcome, mfa) in signins(lake).into_values() {
            *counts.entry((outcome, mfa)).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|((outcome, mfa), n)| format!("{outcome} {mfa} {n}"))
            .collect::<Vec<_>>()
    };
    let told = [
        "interrupted not_prompted 1",
        "success not_required 10",
        "success satisfied_by_claim 3",
    ];
    assert_eq!(outcomes(&lake), told);
    // The export it was made of: nothing changes.
    let before = folders(&lake);
    let again = feed(&lake, NOW_US, &folder.path().join("export.json"));
    assert_eq!(
        (again.stored, again.completed, again.signins_changed),
        (0, 0, 0)
    );
    let after = folders(&lake);
    for table in ["records", "signins", "policy_sets", "rejects"] {
        let of = |all: &BTreeMap<PathBuf, Vec<PathBuf>>| {
            let folders = all.iter().filter(|(f, _)| f.starts_with(table));
            folders.map(|(_, files)| files.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&before), of(&after), "{table}");
    }
    let (hours, ..) = hours(folder.path(), 1);
    feed(&lake, NOW_US, &hours[9]);
    assert_sound(&lake);
    let done = compact(&options(&lake, NOW_US, &[]), &Progress::default());
    assert!(done.expect("a compaction").before > 0);
    assert_sound(&lake);
}
