//! A killed writer leaves the lake as before or as after, and a full disk leaves it as it was.
//!
//! `AUTHLAKE_KILLS=200` asks for that many kills of each kind instead of 20; every kind prints a
//! line of the table in `benches/runs/` (`cargo test … -- kills --nocapture`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use authlake::generate::{Options, generate};
use authlake::lake::Lake;
use authlake::lake::layout::Table;
use authlake::lake::verify::{Watch, verify};

use crate::cli::text;

fn kills() -> u32 {
    let asked = std::env::var("AUTHLAKE_KILLS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(20)
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("a copy");
        }
    }
}

fn start(folder: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_authlake"))
        .args(args)
        .current_dir(folder)
        .env_remove("AUTHLAKE_LAKE")
        .env_remove("AUTHLAKE_CONFIG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary")
}

/// Runs the binary to its end, which must be good.
pub fn run(folder: &Path, args: &[&str]) {
    let out = start(folder, args).wait_with_output().expect("an end");
    assert!(out.status.success(), "{args:?}: {}", text(&out.stderr));
}

/// Rows and files of every table by the newest commit; a glob over the folders must find the same
/// files.
pub fn state(lake: &Path) -> BTreeMap<String, u64> {
    let open = Lake::open(lake).expect("a lake");
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for file in &open.manifest().files {
        *rows.entry(file.table.clone()).or_default() += file.rows;
        *rows.entry(format!("{} files", file.table)).or_default() += 1;
    }
    let named: BTreeSet<PathBuf> = open
        .manifest()
        .files
        .iter()
        .map(|f| f.path.clone())
        .collect();
    let mut found = BTreeSet::new();
    for table in Table::ALL {
        let pattern = lake.join(table.name()).join("**/*.parquet");
        let paths = glob::glob(&pattern.display().to_string()).expect("a pattern");
        let inside = |p: PathBuf| p.strip_prefix(lake).expect("inside").to_path_buf();
        found.extend(paths.flatten().map(inside));
    }
    assert_eq!(found, named);
    rows
}

/// Fails where `lake verify` would.
pub fn assert_sound(lake: &Path) {
    let open = Lake::open_unchecked(lake).expect("a lake");
    let verdict = verify(&open, &std::env::temp_dir(), &Watch::default()).expect("a verdict");
    assert!(verdict.is_sound(), "{:#?}", verdict.faults);
}

/// Two halves of a tenant's export; the days of both overlap.
pub fn halves(folder: &Path) -> (String, String) {
    let options = Options {
        records: 6_000,
        users: 120,
        days: 5,
        seed: 5,
        ..Options::default()
    };
    let mut export = Vec::new();
    generate(&options, &mut export, None, &mut |_, _| {}).expect("an export");
    let lines: Vec<String> = text(&export).lines().map(str::to_owned).collect();
    let turn = |rest: usize| {
        let lines = lines.iter().enumerate().filter(|(i, _)| i % 2 == rest);
        lines
            .map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    for (name, rest) in [("first.json", 0), ("second.json", 1)] {
        fs::write(folder.join(name), turn(rest)).expect("a file");
    }
    ("first.json".to_owned(), "second.json".to_owned())
}

/// Waits until a writer has staged its first table, or is at its end.
fn wait_for_staging(lake: &Path, child: &mut Child) {
    let staged = |table: &&Table| lake.join(".staging").join(table.name()).exists();
    while !Table::ALL.iter().any(|t| staged(&t)) && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Kills `args` at instants spread over its run, each time on a fresh copy of the lake `base`.
pub fn kill_at_many_instants(what: &str, folder: &Path, args: &[&str], done: &dyn Fn(&Path)) {
    let (base, lake) = (folder.join("base"), folder.join("lake"));
    let fresh = || {
        let _ = fs::remove_dir_all(&lake);
        copy(&base, &lake);
    };
    let before = state(&base);
    fresh();
    let began = Instant::now();
    run(folder, args);
    let takes = began.elapsed();
    let after = state(&lake);
    assert_ne!(before, after);
    let kills = kills();
    let (mut as_before, mut as_after, mut ended, mut begun) = (0, 0, 0, 0);
    for i in 0..kills {
        fresh();
        let mut child = start(folder, args);
        // A golden-ratio sequence: spread evenly however many there are.
        let part = (f64::from(i) * 0.618_033_988_75).fract();
        // A busy machine takes longer than the one run that was timed.
        let part = if i % 2 == 0 { part * 1.4 } else { part };
        // Every other kill falls where the new files are written and the commit is made.
        let part = if i % 2 == 0 {
            part
        } else {
            wait_for_staging(&lake, &mut child);
            part * 0.6
        };
        std::thread::sleep(takes.mul_f64(part));
        child.kill().expect("a kill");
        let out = child.wait_with_output().expect("an end");
        ended += u32::from(out.status.success());
        begun += u32::from(lake.join(".journal/pending.json").exists());
        let found = state(&lake);
        assert!(found == before || found == after, "{what}: {found:?}");
        if found == after {
            done(&lake);
        }
        as_before += u32::from(found == before);
        as_after += u32::from(found == after);
        assert_sound(&lake);
        if found == before {
            run(folder, args);
            assert_eq!(state(&lake), after, "{what}");
            assert_sound(&lake);
        }
    }
    println!(
        "| {what} | {kills} | {as_before} | {as_after} | {ended} | {begun} | {:.0} |",
        takes.as_secs_f64() * 1e3
    );
}

#[test]
fn ingests_killed_at_many_instants() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = halves(folder.path());
    run(folder.path(), &["ingest", &first, "--lake", "base"]);
    kill_at_many_instants("ingest", folder.path(), &["ingest", &second], &|_| {});
}

#[test]
fn a_full_disk_leaves_the_lake_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = halves(folder.path());
    run(folder.path(), &["ingest", &first]);
    let lake = folder.path().join("lake");
    let (before, binary) = (state(&lake), env!("CARGO_BIN_EXE_authlake"));
    let mut failed = 0;
    // In blocks of 1,024 bytes: from a limit that no file meets to one that all do.
    for blocks in [0, 1, 4, 16, 64, 128, 1_000_000] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {binary} ingest {second}");
        let out = Command::new("bash")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env_remove("AUTHLAKE_LAKE")
            .output()
            .expect("a shell");
        if out.status.success() {
            continue;
        }
        failed += 1;
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{blocks}: {said}");
        assert!(said.contains("lake/"), "{blocks}: {said}");
        assert_eq!(state(&lake), before, "{blocks}");
        assert_sound(&lake);
        // Whatever was staged is given back by the next writer at the latest.
        assert!(
            bytes(&lake.join(".staging")) == 0,
            "{blocks}: space is held"
        );
    }
    assert!(failed >= 3, "{failed}");
    assert!(state(&lake)["records"] > before["records"]);
}

fn bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).expect("a folder").flatten();
    let sizes = entries.map(|entry| match entry.path().is_dir() {
        true => bytes(&entry.path()),
        false => entry.metadata().expect("a file").len(),
    });
    sizes.sum()
}
