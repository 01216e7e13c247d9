//! Days of a lake: shards, copies on both sides of a midnight, and readers during a commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use authlake::engine::{Engine, Limits};
use authlake::generate::{Options, generate};
use authlake::ingest::{self, Done, Progress, ingest};
use authlake::lake::Lake;
use authlake::lake::layout::Table;
use authlake::lake::read::read_file;
use authlake::lake::write::schema_of;
use authlake::signin::batch::text_at;
use authlake::signin::schema::{RECORDS_SCHEMA, Record};
use authlake::signin::tables::Tables;

use crate::flows::{ingest_into, signins};
use crate::truth::expected_signins;

fn record(id: &str, at: &str) -> String {
    format!(
        r#"{{"time":"2026-01-07T08:01:00Z","category":"SignInLogs","tenantId":"t","properties":{{"id":"{id}","createdDateTime":"{at}","userId":"u","status":{{"errorCode":0}}}}}}"#
    )
}

fn write(folder: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, lines.join("\n")).expect("a file");
    path
}

pub fn count(lake: &Lake, sql: &str) -> i64 {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let batches = runtime.block_on(async {
        let engine = Engine::open(lake, Tables::built_in(), Limits::default());
        let engine = engine.await.expect("an engine");
        engine.collect(sql, &[]).await.expect("an answer")
    });
    batches[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn with_memory(lake: &Path, file: &Path, memory_bytes: usize) -> Done {
    let options = ingest::Options {
        inputs: vec![file.display().to_string()],
        lake: lake.to_path_buf(),
        memory_bytes,
        // Long ago: what this ingest replaces is not old enough to be removed.
        now_us: 0,
        ..ingest::Options::default()
    };
    ingest(&options, &Progress::default()).expect("an ingest")
}

#[test]
fn a_day_that_does_not_fit_goes_through_shards() {
    let options = Options {
        records: 6_000,
        users: 120,
        days: 2,
        seed: 9,
        ..Options::default()
    };
    let (mut export, mut ledger) = (Vec::new(), Vec::new());
    let truth = generate(&options, &mut export, Some(&mut ledger), &mut |_, _| {});
    let truth = truth.expect("an export");
    let folder = tempfile::tempdir().expect("a folder");
    let text = String::from_utf8(export).expect("text");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (early, late) = lines.split_at(lines.len() / 3);
    let lake = folder.path().join("lake");
    // 2 MiB for two threads: every day is cut into many shards, in the first run and when the
    // second run merges into it.
    let second = with_memory(&lake, &write(folder.path(), "b.json", late), 2 << 20);
    let first = with_memory(&lake, &write(folder.path(), "a.json", early), 2 << 20);
    let stored = first.receipt.stored + second.receipt.stored;
    assert_eq!(stored, truth.records);
    let again = with_memory(&lake, &write(folder.path(), "b.json", late), 2 << 20);
    assert_eq!((again.receipt.stored, again.receipt.completed), (0, 0));
    assert_eq!(signins(&lake), expected_signins(&ledger));
    let open = Lake::open(&lake).expect("a lake");
    assert_eq!(
        count(&open, "SELECT count(DISTINCT (tenant_id, id)) FROM records"),
        truth.records as i64
    );
    for file in open.manifest().table(Table::Records) {
        let rows = read_file(&lake.join(&file.path), &RECORDS_SCHEMA).expect("a file");
        let text = |column: Record, i: usize| text_at(rows.column(column as usize), i);
        let keys = (0..rows.num_rows()).map(|i| {
            let user = text(Record::UserPrincipalName, i);
            (user, text(Record::ServicePrincipalId, i))
        });
        assert!(keys.is_sorted(), "{}", file.path.display());
    }
}

#[test]
fn less_memory_makes_the_same_lake() {
    let options = Options {
        records: 9_000,
        users: 150,
        days: 3,
        seed: 21,
        ..Options::default()
    };
    let mut export = Vec::new();
    generate(&options, &mut export, None, &mut |_, _| {}).expect("an export");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("export.json");
    fs::write(&file, export).expect("a file");
    // Room for all rows, for some, and for hardly any.
    let lakes = [512 << 20, 8 << 20, 1 << 20].map(|memory| {
        let lake = folder.path().join(format!("lake-{memory}"));
        let done = with_memory(&lake, &file, memory);
        assert_eq!(done.receipt.stored, 9_000);
        lake
    });
    let rows = |lake: &Path| {
        let open = Lake::open(lake).expect("a lake");
        let mut files = Vec::new();
        for table in [Table::Records, Table::Signins] {
            for file in open.manifest().table(table) {
                let rows = read_file(&lake.join(&file.path), schema_of(table));
                files.push((file.table.clone(), file.day, rows.expect("a file")));
            }
        }
        files.sort_by_key(|(table, day, _)| (table.clone(), *day));
        files
    };
    let whole = rows(&lakes[0]);
    for lake in &lakes[1..] {
        let fewer = rows(lake);
        assert_eq!(whole.len(), fewer.len());
        for ((table, day, a), (_, _, b)) in whole.iter().zip(fewer) {
            let schema = a.schema();
            for (i, field) in schema.fields().iter().enumerate() {
                if field.name() != "ingest_id" {
                    assert_eq!(a.column(i), b.column(i), "{table} {day:?} {}", field.name());
                }
            }
        }
    }
}

#[test]
fn copies_on_both_sides_of_a_midnight_are_one_record() {
    let fine = record("a", "2026-01-05T23:59:59.9876543Z");
    let coarse = record("a", "2026-01-06T00:00:00Z");
    let other = record("b", "2026-01-06T00:00:00Z");
    let orders: [&[&[&String]]; 4] = [
        &[&[&fine, &coarse, &other]],
        &[&[&fine], &[&coarse, &other]],
        &[&[&coarse, &other], &[&fine]],
        &[&[&coarse], &[&other], &[&fine], &[&coarse]],
    ];
    // With room for all rows, and for none.
    let memories = [ingest::Options::default().memory_bytes, 1];
    for (order, memory) in orders.iter().flat_map(|o| memories.map(|m| (o, m))) {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = folder.path().join("lake");
        let (mut stored, mut copies) = (0, 0);
        for (i, lines) in order.iter().enumerate() {
            let lines: Vec<String> = lines.iter().map(|l| (*l).clone()).collect();
            let file = write(folder.path(), &format!("{i}.json"), &lines);
            let r = with_memory(&lake, &file, memory).receipt;
            assert_eq!(r.rows_read, r.stored + r.duplicates);
            stored += r.stored;
            copies += r.duplicates;
        }
        let rows: usize = order.iter().map(|l| l.len()).sum();
        assert_eq!((stored, copies), (2, rows as u64 - 2));
        let lake = Lake::open(&lake).expect("a lake");
        let day = "SELECT count(*) FROM records WHERE date = '2026-01-05' AND id = 'a'";
        assert_eq!(count(&lake, day), 1);
        assert_eq!(count(&lake, "SELECT count(*) FROM records"), 2);
        assert_eq!(count(&lake, "SELECT count(*) FROM signins"), 2);
        let at = "SELECT CAST(created_at AS bigint) FROM records WHERE id = 'a'";
        assert_eq!(count(&lake, at) % 1_000_000, 987_654);
    }
}

#[test]
fn a_session_goes_on_reading_the_commit_it_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let at = "2026-01-05T08:00:00Z";
    ingest_into(&lake, &[write(folder.path(), "a.json", &[record("a", at)])]);
    let before = Lake::open(&lake).expect("a lake");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let engine = runtime
        .block_on(Engine::open(&before, Tables::built_in(), Limits::default()))
        .expect("an engine");
    let b = write(folder.path(), "b.json", &[record("b", at)]);
    with_memory(&lake, &b, 64 << 20);
    let rows = |engine: &Engine| {
        let batches = runtime.block_on(engine.collect("SELECT id FROM records", &[]));
        let batches = batches.expect("an answer");
        batches.iter().map(|b| b.num_rows()).sum::<usize>()
    };
    assert_eq!(rows(&engine), 1);
    assert_eq!(signins(&lake).len(), 2);
}

/// All files below a folder, relative to it.
fn files(root: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let pattern = root.join("**/*").display().to_string();
    let found = glob::glob(&pattern).expect("a pattern").flatten();
    found
        .filter(|p| p.is_file())
        .map(|p| (p.strip_prefix(root).expect("inside").to_path_buf(), p))
        .collect()
}

#[test]
fn a_commit_caught_in_the_middle_shows_the_commit_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (lake, ahead) = (folder.path().join("lake"), folder.path().join("ahead"));
    let at = "2026-01-05T08:00:00Z";
    let a = write(folder.path(), "a.json", &[record("a", at)]);
    ingest_into(&lake, std::slice::from_ref(&a));
    for (relative, path) in files(&lake) {
        let to = ahead.join(relative);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        fs::copy(path, to).expect("a copy");
    }
    let b = write(folder.path(), "b.json", &[record("b", at)]);
    ingest_into(&ahead, &[b]);
    // As a kill leaves it: the records are swapped, the sign-ins are not, the commit is begun.
    let day = "records/date=2026-01-05";
    let staging = lake.join(".staging");
    fs::create_dir_all(staging.join("records")).expect("a folder");
    fs::rename(lake.join(day), staging.join(day)).expect("a move");
    fs::rename(ahead.join(day), lake.join(day)).expect("a move");
    for rest in ["signins/date=2026-01-05", "ingests"] {
        fs::create_dir_all(staging.join(rest)).expect("a folder");
        for (relative, path) in files(&ahead.join(rest)) {
            fs::rename(path, staging.join(rest).join(relative)).expect("a move");
        }
    }
    let next = fs::read(ahead.join(".journal/00000002.json")).expect("an entry");
    fs::write(lake.join(".journal/pending.json"), next).expect("a file");
    let lock = fs::File::create(lake.join(".journal/lock")).expect("a lock file");
    lock.lock().expect("the lock of a running writer");
    assert_eq!(signins(&lake).len(), 1);
    let open = Lake::open(&lake).expect("a lake");
    assert_eq!(count(&open, "SELECT count(*) FROM records"), 1);
    drop(lock);
    assert_eq!(signins(&lake).len(), 2);
}

#[test]
fn a_waiting_challenge_is_settled_by_the_data_that_ends_the_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let challenge =
        record("asked", "2026-01-05T08:00:00Z").replace("\"errorCode\":0", "\"errorCode\":50074");
    let after =
        record("after", "2026-01-05T08:30:00Z").replace("\"userId\":\"u\"", "\"userId\":\"v\"");
    ingest_into(
        &lake,
        &[write(folder.path(), "a.json", &[challenge, after])],
    );
    let outcome = |lake: &Path| signins(lake)["asked"].2.clone();
    assert_eq!(outcome(&lake), "pending");
    // Far away in time, and the wait is over all the same.
    let late = record("late", "2026-01-20T08:00:00Z");
    let r = ingest_into(&lake, &[write(folder.path(), "b.json", &[late])]).receipt;
    assert_eq!(outcome(&lake), "abandoned");
    assert_eq!((r.signins_changed, r.pending), (2, 0));
    // Settled for good: nothing of that day is made again.
    let later = record("later", "2026-01-21T08:00:00Z");
    let r = ingest_into(&lake, &[write(folder.path(), "c.json", &[later])]).receipt;
    assert_eq!(r.signin_days_changed, 1);
}
