//! Records alone, and their sign-ins later: the same lake in the end, and an honest one meanwhile.

use std::fs;
use std::path::Path;

use authlake::generate::{Options, generate};
use authlake::lake::Lake;

use crate::cli::{authlake, text};
use crate::kills::assert_sound;

fn run(folder: &Path, args: &[&str]) -> String {
    let out = authlake(folder, args);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    text(&out.stdout) + &text(&out.stderr)
}

fn signins(folder: &Path, lake: &str) -> String {
    let sql = "SELECT * EXCLUDE (ingest_id) FROM signins ORDER BY signin_id";
    run(folder, &["sql", sql, "--lake", lake, "--format", "ndjson"])
}

#[test]
fn sign_ins_that_are_made_later_are_those_of_one_ingest() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let options = Options {
        records: 5_000,
        users: 120,
        days: 12,
        seed: 8,
        ..Options::default()
    };
    let mut export = Vec::new();
    generate(&options, &mut export, None, &mut |_, _| {}).expect("an export");
    let export = String::from_utf8(export).expect("text");
    let lines: Vec<&str> = export.lines().collect();
    let part = |name: &str, from: usize, to: usize| {
        let text: String = lines[from..to].iter().map(|l| format!("{l}\n")).collect();
        fs::write(folder.join(name), text).expect("a file");
    };
    let third = lines.len() / 3;
    part("all.json", 0, lines.len());
    part("a.json", 0, third);
    part("b.json", third, 2 * third);
    part("c.json", 2 * third, lines.len());
    run(folder, &["ingest", "all.json", "--lake", "once"]);

    // The first part with sign-ins, the second without, the third with.
    run(folder, &["ingest", "a.json", "--lake", "parts"]);
    let before = signins(folder, "parts");
    let told = run(
        folder,
        &["ingest", "b.json", "--lake", "parts", "--only", "records"],
    );
    assert!(
        told.contains("days have records without sign-ins"),
        "{told}"
    );
    assert_eq!(signins(folder, "parts"), before);
    assert_sound(&folder.join("parts"));
    let unfolded = || {
        let lake = Lake::open(folder.join("parts")).expect("a lake");
        lake.manifest().unfolded().count()
    };
    assert!(unfolded() > 2);
    let told = run(folder, &["lake", "info", "--lake", "parts"]);
    assert!(told.contains("unfolded days"), "{told}");
    let told = run(folder, &["query", "run", "mfa/by_day", "--lake", "parts"]);
    assert!(
        told.contains("days have records without sign-ins"),
        "{told}"
    );
    run(folder, &["ingest", "c.json", "--lake", "parts"]);
    assert_eq!(unfolded(), 0);
    assert_sound(&folder.join("parts"));
    assert!(signins(folder, "parts") == signins(folder, "once"));

    // All records alone, then an ingest that brings nothing new.
    run(
        folder,
        &["ingest", "all.json", "--lake", "later", "--only", "records"],
    );
    assert_eq!(signins(folder, "later"), "");
    assert_sound(&folder.join("later"));
    run(folder, &["ingest", "a.json", "--lake", "later"]);
    assert_sound(&folder.join("later"));
    assert!(signins(folder, "later") == signins(folder, "once"));
}
