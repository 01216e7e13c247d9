//! Commands that look after a lake, and lakes that are not as they should be.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use authlake::lake::journal::{DataFile, Manifest};
use authlake::lake::layout::{Day, Table};
use authlake::lake::read::read_file;
use authlake::lake::{Lake, commit, write};
use authlake::signin::schema::RECORDS_SCHEMA;

use crate::cli::{authlake, text, with_lake};

/// Runs the binary; its exit code and what it said on both outputs.
fn said(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let out = authlake(folder, args);
    let both = format!("{}{}", text(&out.stdout), text(&out.stderr));
    (out.status.code(), both)
}

/// The first live file of a table: relative to the lake, and where it lies.
fn first_file(folder: &Path, table: Table) -> (String, PathBuf) {
    let lake = Lake::open(folder.join("lake")).expect("a lake");
    let file = lake.manifest().table(table).next().expect("a file");
    let relative = file.path.display().to_string();
    (relative.clone(), folder.join("lake").join(relative))
}

#[test]
fn info_tells_what_queries_tell() {
    let folder = with_lake();
    let (code, json) = said(folder.path(), &["lake", "info", "--format", "json"]);
    assert_eq!(code, Some(0), "{json}");
    let info: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let sql = "SELECT count(*) AS a, count(DISTINCT date) AS b, \
        (SELECT count(*) FROM signins) AS c, \
        (SELECT count(*) FROM signins WHERE mfa_outcome = 'pending') AS d, \
        CAST(min(created_at) AS bigint) AS e, CAST(max(created_at) AS bigint) AS f FROM records";
    let (_, csv) = said(folder.path(), &["sql", sql, "--format", "csv"]);
    let told = [
        "records",
        "days",
        "signins",
        "pending",
        "first_event",
        "last_event",
    ]
    .map(|key| info[key].to_string());
    assert_eq!(csv.lines().nth(1), Some(told.join(",").as_str()));
    let (_, csv) = said(
        folder.path(),
        &["sql", "SELECT tenant_id, count(*) FROM records GROUP BY 1"],
    );
    for line in csv.lines().skip(1) {
        let (tenant, count) = line.split_once(',').expect("two cells");
        assert_eq!(info["tenants"][tenant].to_string(), count);
    }
    let bytes: u64 = info["tables"]
        .as_object()
        .expect("tables")
        .values()
        .filter_map(|t| t["bytes"].as_u64())
        .sum();
    assert_eq!(info["bytes"].as_u64(), Some(bytes));
    assert_eq!(info["last_ingest"]["stored"], info["records"]);
    let (code, lines) = said(folder.path(), &["lake", "info"]);
    let records = format!("records            {}", info["records"]);
    assert!(code == Some(0) && lines.contains(&records), "{lines}");
}

#[test]
fn info_and_verify_leave_no_escape_sequence_on_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = r#"{"category":"SignInLogs","tenantId":"t\u001b[31mx","properties":{"id":"a","k\u001b[0m":1,"createdDateTime":"2026-01-05T08:00:00Z"}}"#;
    fs::write(folder.path().join("a.json"), record).expect("a file");
    assert_eq!(said(folder.path(), &["ingest", "a.json"]).0, Some(0));
    let (_, lines) = said(folder.path(), &["lake", "info"]);
    assert!(
        lines.contains("[31mx") && !lines.contains('\u{1b}'),
        "{lines:?}"
    );
}

#[test]
fn a_sound_lake_is_told_so() {
    let folder = with_lake();
    let (code, lines) = said(folder.path(), &["lake", "verify"]);
    assert!(
        code == Some(0) && lines.contains("all as it was written"),
        "{lines}"
    );
}

#[test]
fn a_flipped_bit_is_found_by_its_file() {
    let folder = with_lake();
    for table in [Table::Records, Table::Signins, Table::Ingests] {
        let (relative, path) = first_file(folder.path(), table);
        let good = fs::read(&path).expect("a file");
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        fs::write(&path, &bad).expect("a file");
        let (code, lines) = said(folder.path(), &["lake", "verify"]);
        let wanted = format!("{relative}: has other content");
        assert!(code == Some(1) && lines.contains(&wanted), "{lines}");
        assert_eq!(lines.matches(": has ").count(), 1, "{lines}");
        fs::write(&path, &good).expect("a file");
    }
    assert_eq!(said(folder.path(), &["lake", "verify"]).0, Some(0));
}

#[test]
fn a_missing_or_cut_file_fails_every_command_by_name() {
    let folder = with_lake();
    let (relative, path) = first_file(folder.path(), Table::Records);
    let good = fs::read(&path).expect("a file");
    let commands: [&[&str]; 4] = [
        &["sql", "SELECT count(*) FROM records"],
        &["query", "run", "mfa/by_day"],
        &["lake", "info"],
        &["lake", "verify"],
    ];
    for (content, why) in [
        (Some(&good[..good.len() - 1]), "bytes, the journal says"),
        (None, "is missing"),
    ] {
        match content {
            Some(content) => fs::write(&path, content).expect("a file"),
            None => fs::remove_file(&path).expect("a file"),
        }
        for command in commands {
            let (code, lines) = said(folder.path(), command);
            assert_eq!(code, Some(1), "{command:?}: {lines}");
            assert!(
                lines.contains(&relative) && lines.contains(why),
                "{command:?}: {lines}"
            );
        }
    }
    fs::write(&path, &good).expect("a file");
    assert_eq!(said(folder.path(), &["lake", "verify"]).0, Some(0));
}

#[test]
fn a_file_that_no_commit_names_is_told() {
    let folder = with_lake();
    let (_, path) = first_file(folder.path(), Table::Records);
    let stray = path.with_file_name("copy.parquet");
    fs::copy(&path, &stray).expect("a copy");
    let (code, lines) = said(folder.path(), &["lake", "verify"]);
    assert!(
        code == Some(1) && lines.contains("copy.parquet: is not in the journal"),
        "{lines}"
    );
}

/// Commits a lake whose newest state is changed by hand.
fn tamper(folder: &Path, change: impl Fn(&Lake, &mut Manifest)) {
    let lake = Lake::open(folder.join("lake")).expect("a lake");
    let mut manifest = lake.manifest().clone();
    manifest.number += 1;
    change(&lake, &mut manifest);
    commit::commit(lake.root(), &manifest).expect("a commit");
}

/// The first file of records, with its rows.
fn first_rows(lake: &Lake) -> (&DataFile, RecordBatch) {
    let file = lake.manifest().table(Table::Records).next();
    let file = file.expect("a file");
    let rows = read_file(&lake.find(&file.path), &RECORDS_SCHEMA);
    (file, rows.expect("rows"))
}

#[test]
fn a_record_that_stands_twice_is_found_across_files() {
    let folder = with_lake();
    tamper(folder.path(), |lake, manifest| {
        let (file, rows) = first_rows(lake);
        let day = file.day.map(Day);
        let two = rows.slice(0, 2);
        let staged = write::stage(lake.root(), Table::Records, day, "x", 0, &two);
        manifest.files.push(staged.expect("a file"));
    });
    let (code, lines) = said(folder.path(), &["lake", "verify"]);
    assert_eq!(code, Some(1));
    assert_eq!(lines.matches("stands 2 times").count(), 2, "{lines}");
    assert!(lines.contains("/x-0.parquet too"), "{lines}");
}

#[test]
fn lost_sign_ins_wrong_counts_and_disorder_are_found() {
    let folder = with_lake();
    tamper(folder.path(), |lake, manifest| {
        let (file, rows) = first_rows(lake);
        let last = rows.num_rows() - 1;
        let turned = [rows.slice(last, 1), rows.slice(0, last)];
        let turned = arrow::compute::concat_batches(&RECORDS_SCHEMA, &turned).expect("rows");
        let day = file.day.map(Day);
        let staged = write::stage(lake.root(), Table::Records, day, "x", 0, &turned);
        let path = file.path.clone();
        manifest.files.retain(|f| f.path != path);
        manifest.files.push(staged.expect("a file"));
        for file in &mut manifest.files {
            file.rows += u64::from(file.table == "policy_sets");
        }
        let signins = manifest.files.iter().position(|f| f.table == "signins");
        manifest.files.remove(signins.expect("sign-ins"));
    });
    let (code, lines) = said(folder.path(), &["lake", "verify"]);
    assert_eq!(code, Some(1));
    for what in [
        "is not sorted",
        "is in no sign-in",
        "rows, the journal says",
    ] {
        assert!(lines.contains(what), "{what}: {lines}");
    }
}

#[test]
fn a_second_writer_waits_and_says_for_whom() {
    let folder = with_lake();
    let path = folder.path().join("lake/.journal/lock");
    let mut lock = fs::File::options()
        .write(true)
        .open(&path)
        .expect("a lock file");
    lock.lock().expect("the lock");
    write!(lock, "4711").expect("a lock file");
    fs::write(
        folder.path().join("a.json"),
        r#"{"category":"SignInLogs","tenantId":"t","properties":{"id":"late","createdDateTime":"2026-01-05T08:00:00Z"}}"#,
    )
    .expect("a file");
    let args = ["ingest", "a.json", "--wait", "0.3"];
    let (code, lines) = said(folder.path(), &args);
    assert_eq!(code, Some(1));
    assert!(
        lines.contains("process 4711 is writing to this lake since 20"),
        "{lines}"
    );
    assert!(lines.contains("waited 0.3 s"), "{lines}");
    // Readers are not held up.
    assert_eq!(said(folder.path(), &["sql", "SELECT 1"]).0, Some(0));
    let (code, lines) = std::thread::scope(|scope| {
        let second = scope.spawn(|| said(folder.path(), &["ingest", "a.json", "--wait", "60"]));
        std::thread::sleep(Duration::from_millis(1_500));
        drop(lock);
        second.join().expect("a run")
    });
    assert_eq!(code, Some(0), "{lines}");
    assert!(
        lines.contains("process 4711 is writing") && lines.contains("1 stored"),
        "{lines}"
    );
    assert_eq!(fs::read(&path).expect("a lock file"), b"");
    assert_eq!(
        said(folder.path(), &["ingest", "a.json", "--wait", "-1"]).0,
        Some(2)
    );
}

/// Everything below a folder for reading only, or writable again.
fn lock_down(dir: &Path, writable: bool) {
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        if entry.path().is_dir() {
            lock_down(&entry.path(), writable);
        } else {
            let mode = if writable { 0o755 } else { 0o555 };
            fs::set_permissions(entry.path(), PermissionsExt::from_mode(mode)).expect("a mode");
        }
    }
    let mode = if writable { 0o755 } else { 0o555 };
    fs::set_permissions(dir, PermissionsExt::from_mode(mode)).expect("a mode");
}

#[test]
fn a_lake_that_may_only_be_read_opens_even_if_a_commit_was_killed() {
    let folder = with_lake();
    let lake = folder.path().join("lake");
    // A commit that was begun, and has not moved anything yet.
    let newest = fs::read(lake.join(".journal/00000001.json")).expect("an entry");
    fs::write(lake.join(".journal/pending.json"), newest).expect("an entry");
    let binary = folder.path().join("authlake");
    fs::copy(env!("CARGO_BIN_EXE_authlake"), &binary).expect("a copy");
    lock_down(folder.path(), false);
    let run = |args: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(args).current_dir(folder.path());
        command
            .env_remove("AUTHLAKE_LAKE")
            .env_remove("AUTHLAKE_CONFIG");
        // Root may write anywhere: be nobody then.
        if fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
            command.uid(65_534);
        }
        command.output().expect("the binary")
    };
    let query = run(&["sql", "SELECT count(*) > 0 AS any FROM records"]);
    let verify = run(&["lake", "verify"]);
    let ingest = run(&["ingest", "authlake", "--wait", "0"]);
    lock_down(folder.path(), true);
    assert_eq!(
        text(&query.stdout),
        "any\ntrue\n",
        "{}",
        text(&query.stderr)
    );
    assert_eq!(verify.status.code(), Some(0), "{}", text(&verify.stderr));
    assert_eq!(ingest.status.code(), Some(1));
    assert!(
        text(&ingest.stderr).contains("lake"),
        "{}",
        text(&ingest.stderr)
    );
}

#[test]
fn a_wrong_configuration_is_told_by_file_and_line() {
    let folder = with_lake();
    let path = folder.path().join("lake/authlake.toml");
    fs::write(&path, "[[codes]]\ncode = 1\n\n[rsk]\nx = 1\n").expect("a file");
    let commands: [&[&str]; 3] = [
        &["sql", "SELECT 1"],
        &["query", "run", "mfa/by_day"],
        &["code", "50074"],
    ];
    for command in commands {
        let (code, lines) = said(folder.path(), command);
        assert_eq!(code, Some(1), "{command:?}");
        let told = ["authlake.toml", "line 4", "rsk"];
        assert!(
            told.iter().all(|t| lines.contains(t)),
            "{command:?}: {lines}"
        );
    }
}
