//! `authlake query` as a user runs it: lists, own folders, periods, comparison, the feed, the check.

use std::fs;
use std::path::Path;

use crate::cli::{authlake, text, with_lake};

const OWN: &str = "-- title: Own\n-- question: How many sign-ins?\n-- row: all\n-- wrong: nothing\n\
    -- next: nothing\n-- tags: rate\n-- param: since time oldest | begin\n\
    -- param: until time newest | end\n-- column: failures bigint sign-ins | failed\n\
    SELECT count(*) FILTER (WHERE outcome = 'failure') AS failures\nFROM signins\n\
    WHERE started_at >= $since AND started_at < $until\n";

fn write(folder: &Path, name: &str, sql: &str) {
    let path = folder.join("mine").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, sql).expect("a file");
}

fn with<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--queries", "mine"]].concat()
}

fn ok(folder: &Path, args: &[&str]) -> (String, String) {
    let out = authlake(folder, args);
    assert_eq!(
        out.status.code(),
        Some(0),
        "{args:?}: {}",
        text(&out.stderr)
    );
    (text(&out.stdout), text(&out.stderr))
}

#[test]
fn lists_are_searched_and_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (list, _) = ok(folder.path(), &["query", "list", "spray"]);
    assert!(list.starts_with("locations/password_spray"), "{list}");
    let (json, _) = ok(folder.path(), &["query", "list", "--json", "mfa/by_day"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json[0]["name"], "mfa/by_day");
    assert_eq!(json[0]["params"][0]["default"], "30d");
    let (shown, _) = ok(folder.path(), &["query", "show", "health/spikes"]);
    for part in [
        "row    one hour",
        "wrong  needs three",
        "--param history=<time>",
        "SELECT",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let none = authlake(folder.path(), &["query", "list", "nonsense-word"]);
    assert_eq!(none.status.code(), Some(2));
}

#[test]
fn a_folder_of_ones_own() {
    let folder = with_lake();
    write(folder.path(), "team/own.sql", OWN);
    write(folder.path(), "mfa/by_day.sql", OWN);
    let (list, _) = ok(folder.path(), &with(&["query", "list"]));
    assert!(
        list.contains("\n\nteam/own") && list.contains("mfa/by_user"),
        "{list}"
    );
    let (own, _) = ok(folder.path(), &with(&["query", "run", "team/own"]));
    assert!(own.starts_with("failures\n"), "{own}");
    let (replaced, _) = ok(folder.path(), &with(&["query", "run", "mfa/by_day"]));
    assert_eq!(own, replaced);
    write(
        folder.path(),
        "team/own.sql",
        &OWN.replace("outcome =", "outcom ="),
    );
    let out = authlake(folder.path(), &with(&["query", "run", "team/own"]));
    let said = text(&out.stderr);
    assert!(
        said.contains("own.sql: ") && said.contains("line 10: "),
        "{said}"
    );
    write(
        folder.path(),
        "team/own.sql",
        &OWN.replace("-- row:", "-- rows:"),
    );
    let said = text(&authlake(folder.path(), &with(&["query", "list"])).stderr);
    assert!(said.contains("own.sql: line 3: unknown key rows"), "{said}");
}

#[test]
fn the_check_names_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "good.sql", OWN);
    ok(folder.path(), &["query", "check", "mine"]);
    ok(folder.path(), &["query", "check"]);
    write(
        folder.path(),
        "column.sql",
        &OWN.replace("outcome =", "outcom ="),
    );
    write(
        folder.path(),
        "unused.sql",
        &OWN.replace("started_at < $until", "true"),
    );
    write(folder.path(), "unbound.sql", &OWN.replace("$until", "$end"));
    write(
        folder.path(),
        "kind.sql",
        &OWN.replace("failures bigint", "failures int"),
    );
    write(
        folder.path(),
        "name.sql",
        &OWN.replace("AS failures", "AS failed"),
    );
    write(
        folder.path(),
        "prompt.sql",
        &OWN.replace("outcome = 'failure'", "final_error_code IN (500121, 50074)"),
    );
    write(
        folder.path(),
        "records.sql",
        &OWN.replace("signins\n", "records\n")
            .replace("outcome = 'failure'", "error_code = 500121")
            .replace("started_at", "created_at"),
    );
    write(
        folder.path(),
        "untimed.sql",
        &OWN.replace("WHERE started_at >= $since AND started_at < $until\n", ""),
    );
    write(
        folder.path(),
        "header.sql",
        &OWN.replace("-- row: all\n", "-- row\n"),
    );
    let out = authlake(folder.path(), &["query", "check", "mine"]);
    assert_eq!(out.status.code(), Some(1));
    insta::assert_snapshot!("query_check", text(&out.stdout).replace('\\', "/"));
}

#[test]
fn periods_zones_tenants_and_comparison() {
    let folder = with_lake();
    let run = |args: &[&str]| {
        ok(
            folder.path(),
            &[&["query", "run", "mfa/by_day"], args].concat(),
        )
    };
    let (all, said) = run(&[]);
    assert!(
        said.contains("records") && said.contains("sign-ins; no hours missing"),
        "{said}"
    );
    let (none, said) = run(&["--since", "2025-01", "--until", "2025-02"]);
    assert_eq!(none.lines().count(), 1);
    assert!(said.contains("; 0 records, 0 sign-ins"), "{said}");
    assert_eq!(
        run(&["--tenant", "11111111-2222-4333-8444-555555555555"]).0,
        all
    );
    let (other, said) = run(&["--tenant", "nobody"]);
    assert_eq!(other.lines().count(), 1);
    assert!(said.contains("tenant nobody; 0 records"), "{said}");
    let (_, said) = run(&[
        "--timezone",
        "Europe/Berlin",
        "--since",
        "2026-01-05",
        "--until",
        "2026-01-06",
    ]);
    assert!(
        said.contains(
            "2026-01-04 23:00:00 UTC to 2026-01-05 23:00:00 UTC, days and hours of Europe/Berlin"
        ),
        "{said}"
    );
    let (page, _) = run(&["--format", "markdown"]);
    assert!(
        page.starts_with("### MFA failures by day\n\n")
            && page.contains("no hours missing\n\n| day |"),
        "{page}"
    );
    let (both, said) = run(&[
        "--since",
        "2026-01-06",
        "--until",
        "2026-01-07",
        "--compare",
        "previous",
    ]);
    insta::assert_snapshot!("query_compare", format!("{both}---\n{said}"));
    let refused = [
        &[
            "query",
            "run",
            "user/signins",
            "-p",
            "user=x",
            "--compare",
            "previous",
        ][..],
        &["query", "run", "mfa/by_day", "--compare", "lately"],
        &["query", "run", "mfa/by_day", "--since", "soon"],
        &["query", "run", "mfa/by_day", "--timezone", "Nowhere"],
        &[
            "query",
            "run",
            "mfa/by_day",
            "--since",
            "2026-02",
            "--until",
            "2026-01",
        ],
    ];
    for args in refused {
        assert_eq!(
            authlake(folder.path(), args).status.code(),
            Some(2),
            "{args:?}"
        );
    }
}

#[test]
fn a_feed_is_replaced_as_a_whole() {
    let folder = with_lake();
    let feed = ["query", "run", "mfa/", "--format", "parquet", "-o", "feed"];
    ok(folder.path(), &feed);
    let manifest = || -> serde_json::Value {
        let text = fs::read_to_string(folder.path().join("feed/manifest.json"));
        serde_json::from_str(&text.expect("a manifest")).expect("JSON")
    };
    let day = &manifest()["queries"]["mfa/by_day"];
    assert_eq!(day["file"], "mfa/by_day.parquet");
    assert!(
        day["basis"]["records"].as_u64().is_some_and(|n| n > 0),
        "{day}"
    );
    let file = fs::read(folder.path().join("feed/mfa/by_day.parquet")).expect("a file");
    assert!(file.starts_with(b"PAR1"));
    fs::write(folder.path().join("feed/left.txt"), "x").expect("a file");
    let user = ["query", "run", "user/", "--format", "csv", "-o", "feed"];
    let (_, said) = ok(folder.path(), &user);
    assert!(
        said.contains("user/signins: skipped, it needs --param user="),
        "{said}"
    );
    assert!(folder.path().join("feed/user/lockouts.csv").is_file());
    assert!(
        !folder.path().join("feed/mfa").exists() && !folder.path().join("feed/left.txt").exists()
    );
    let entries = fs::read_dir(folder.path()).expect("a folder");
    let hidden = entries
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0);
    fs::create_dir(folder.path().join("precious")).expect("a folder");
    fs::write(folder.path().join("precious/file"), "x").expect("a file");
    let out = authlake(folder.path(), &["query", "run", "mfa/", "-o", "precious"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(folder.path().join("precious/file").is_file());
}
