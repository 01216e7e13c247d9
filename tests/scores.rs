//! The location risk of sign-ins in a lake: the same in whatever order they came, and never touched by
//! later ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use authlake::engine::{Engine, Limits};
use authlake::generate::{Options, generate};
use authlake::ingest::{self, Progress, Rescored, forget, rescore};
use authlake::lake::Lake;
use authlake::lake::forget::What;
use authlake::lake::info::Info;
use authlake::signin::location::{SCORE_COLUMNS, Settings};
use authlake::signin::tables::Tables;
use proptest::prelude::*;

use crate::flows::ingest_into;
use crate::small_ingests::unpacked;

/// Every score column of every sign-in, by id.
type Scores = BTreeMap<String, Vec<String>>;

fn scores(lake: &Path) -> Scores {
    let lake = Lake::open(lake).expect("a lake");
    let columns: Vec<&str> = SCORE_COLUMNS.iter().map(|c| c.column().name).collect();
    let sql = format!(
        "SELECT arrow_cast(signin_id, 'Utf8'), {} FROM signins",
        columns.join(", ")
    );
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let batches = runtime.block_on(async {
        let engine = Engine::open(&lake, Tables::built_in(), Limits::default());
        let engine = engine.await.expect("an engine");
        engine.collect(&sql, &[]).await.expect("an answer")
    });
    let mut found = Scores::new();
    for batch in &batches {
        let options = FormatOptions::default().with_null("null");
        let cells = |column: usize| ArrayFormatter::try_new(batch.column(column), &options);
        let cells: Vec<_> = (1..batch.num_columns()).map(cells).collect();
        for row in 0..batch.num_rows() {
            let id = batch.column(0).as_string::<i32>().value(row).to_owned();
            let cell = |c: &Result<ArrayFormatter<'_>, _>| {
                let cells = c.as_ref().expect("a column");
                cells.value(row).to_string()
            };
            assert!(found.insert(id, cells.iter().map(cell).collect()).is_none());
        }
    }
    found
}

/// Lines of an export with people who travel, in the order of time, each with its time.
fn export(records: u64, days: u32, seed: u64) -> Vec<(String, String)> {
    let options = Options {
        records,
        users: 60,
        days,
        seed,
        policies: 1,
        movement: true,
        ..Options::default()
    };
    let mut bytes = Vec::new();
    generate(&options, &mut bytes, None, &mut |_, _| {}).expect("an export");
    let text = String::from_utf8(bytes).expect("text");
    let time = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record");
        let at = record["properties"]["createdDateTime"].as_str();
        at.expect("a time").to_owned()
    };
    let lines = text.lines().map(|line| (time(line), line.to_owned()));
    let mut lines: Vec<(String, String)> = lines.collect();
    lines.sort();
    lines
}

fn write<'a>(
    folder: &Path,
    name: &str,
    lines: impl Iterator<Item = &'a (String, String)>,
) -> PathBuf {
    let path = folder.join(name);
    let text: String = lines.map(|(_, line)| format!("{line}\n")).collect();
    fs::write(&path, text).expect("an export");
    path
}

fn options(lake: &Path) -> ingest::Options {
    ingest::Options {
        lake: lake.to_path_buf(),
        now_us: 1_800_000_000_000_000,
        ..ingest::Options::default()
    }
}

fn rescored(options: &ingest::Options) -> Rescored {
    rescore(options, &Progress::default()).expect("scores")
}

fn differences(found: &Scores, wanted: &Scores) -> Vec<String> {
    let wrong = wanted.iter().filter(|(id, w)| found.get(*id) != Some(*w));
    wrong
        .map(|(id, wanted)| format!("{id}: wanted {wanted:?}, found {:?}", found.get(id)))
        .collect()
}

/// Ingests pieces one by one, and holds the lake against one that was filled at once.
fn check_pieces(lines: &[(String, String)], piece_of: impl Fn(usize) -> usize, pieces: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    ingest_into(&whole, &[write(folder.path(), "all.json", lines.iter())]);
    let wanted = scores(&whole);
    let lake = folder.path().join("pieces");
    for piece in 0..pieces {
        let of = lines.iter().enumerate();
        let of = of
            .filter(|(i, _)| piece_of(*i) == piece)
            .map(|(_, line)| line);
        let path = write(folder.path(), &format!("{piece}.json"), of);
        ingest_into(&lake, &[path]);
    }
    let wrong = differences(&scores(&lake), &wanted);
    assert_eq!(wrong.len(), 0, "first: {:?}", wrong.first());
    assert_eq!(rescored(&options(&lake)).changed, 0);
    assert_eq!(rescored(&options(&whole)).changed, 0);
    let count = |level: &str| wanted.values().filter(|s| s[1] == level).count();
    assert!(count("none") > 0 && count("medium") + count("high") > 0);
}

#[test]
fn the_order_of_ingests_makes_no_difference() {
    let lines = export(5_000, 80, 7);
    let n = lines.len();
    // Week by week, newest first; then by turns.
    check_pieces(&lines, |i| 6 - i * 7 / n, 7);
    check_pieces(&lines, |i| i % 3, 3);
    // A month that comes later than what lies around it.
    check_pieces(&lines, |i| usize::from((n / 3..n / 2).contains(&i)), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn pieces_in_any_order_equal_one_ingest(seed in 0_u64..1_000, cuts in 2_usize..5, turn in 1_usize..97) {
        let lines = export(1_500, 40, seed);
        let n = lines.len();
        check_pieces(&lines, |i| (i * turn / 7 + i * cuts / n) % cuts, cuts);
    }
}

#[test]
fn later_events_never_change_a_score() {
    let lines = export(3_000, 45, 11);
    let folder = tempfile::tempdir().expect("a folder");
    let (middle, _) = &lines[lines.len() / 2];
    let early = write(
        folder.path(),
        "early.json",
        lines.iter().filter(|(time, _)| time <= middle),
    );
    let late = write(
        folder.path(),
        "late.json",
        lines.iter().filter(|(time, _)| time > middle),
    );
    let lake = folder.path().join("lake");
    ingest_into(&lake, &[early]);
    let before = scores(&lake);
    ingest_into(&lake, &[late]);
    let after = scores(&lake);
    // A sign-in at the cut can be joined by later records and is another one then.
    let changed = differences(&after, &before).len();
    assert!(changed <= 2, "{changed} of {} changed", before.len());
    assert!(after.len() > before.len() + 500);
}

#[test]
fn other_settings_are_noticed_and_rescoring_renews_what_they_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    ingest_into(
        &lake,
        &[write(folder.path(), "a.json", export(1_500, 30, 3).iter())],
    );
    let stale = |settings: &Settings| {
        let info = Info::of(&Lake::open(&lake).expect("a lake"), settings.fingerprint());
        info.expect("counts").stale_days
    };
    let other = Settings {
        low: 5,
        ..Settings::default()
    };
    assert_eq!(stale(&Settings::default()), 0);
    assert!(stale(&other) >= 28);
    let before = scores(&lake);
    let mut tables = Tables::clone(&Tables::built_in());
    tables.location = other.clone().into();
    let with_other = ingest::Options {
        tables: tables.into(),
        ..options(&lake)
    };
    assert!(rescored(&with_other).changed > 0);
    assert_eq!((stale(&other), rescored(&with_other).changed), (0, 0));
    let low = |scores: &Scores| scores.values().filter(|s| s[1] == "low").count();
    assert!(low(&scores(&lake)) > low(&before));
    rescored(&options(&lake));
    assert_eq!(scores(&lake), before);
}

#[test]
fn a_lake_of_format_version_2_has_no_scores_until_it_is_rescored() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = unpacked("lake_v2", folder.path());
    let unscored = scores(&lake);
    assert!(
        unscored
            .values()
            .all(|s| s.iter().all(|cell| cell == "null"))
    );
    let rescored = rescored(&options(&lake));
    assert_eq!(rescored.changed, unscored.len() as u64);
    assert!(scores(&lake).values().all(|s| s[0] != "null"));
}

#[test]
fn what_is_forgotten_makes_the_days_after_it_stale() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let lines = export(1_500, 30, 3);
    ingest_into(&lake, &[write(folder.path(), "a.json", lines.iter())]);
    let stale = || {
        let open = Lake::open(&lake).expect("a lake");
        let info = Info::of(&open, Settings::default().fingerprint());
        info.expect("counts").stale_days
    };
    let (_, first) = &lines[0];
    let record: serde_json::Value = serde_json::from_str(first).expect("a record");
    let user = record["properties"]["userId"].as_str().expect("a user");
    let forgotten = forget(
        &options(&lake),
        &What::User(user.to_owned()),
        &Progress::default(),
    );
    assert!(forgotten.expect("an act").is_some());
    assert!(stale() > 20);
    rescored(&options(&lake));
    assert_eq!(stale(), 0);
}
