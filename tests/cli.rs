//! The real binary: what it prints, where, and how it exits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn authlake(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authlake"))
        .args(args)
        .current_dir(folder)
        .env_remove("AUTHLAKE_LAKE")
        .env_remove("AUTHLAKE_CONFIG")
        .output()
        .expect("the binary")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a lake of the small export.
pub fn with_lake() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let export = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small_export");
    let out = authlake(folder.path(), &["ingest", &export.display().to_string()]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(out.stdout.is_empty());
    folder
}

#[test]
fn a_query_in_a_pipe_is_csv() {
    let folder = with_lake();
    let sql = "SELECT mfa_outcome, count(*) AS n FROM signins GROUP BY 1 ORDER BY 1";
    let out = authlake(folder.path(), &["sql", sql]);
    insta::assert_snapshot!(text(&out.stdout));
    assert_eq!(out.status.code(), Some(0));
}

#[test]
fn saved_queries() {
    let folder = with_lake();
    let list = authlake(folder.path(), &["query", "list"]);
    insta::assert_snapshot!("query_list", text(&list.stdout));
    let names = "mfa/by_app mfa/by_challenge mfa/by_country mfa/by_day mfa/by_method mfa/by_user \
                 user/signins user/correlation";
    for name in names.split_whitespace() {
        let mut args = vec!["query", "run", name, "--format", "table"];
        match name {
            "user/signins" => args.extend(["-p", "user=anna@contoso.example"]),
            "user/correlation" => args.extend(["-p", "id=ck"]),
            _ => {}
        }
        let out = authlake(folder.path(), &args);
        assert_eq!(out.status.code(), Some(0), "{name}: {}", text(&out.stderr));
        insta::assert_snapshot!(name.replace('/', "_"), text(&out.stdout));
    }
}

#[test]
fn errors_point_at_the_place() {
    let folder = with_lake();
    let cases = [
        "SELECT * FROM signin",
        "SELECT mfa_outcom FROM signins",
        "SELEC 1",
        "DROP TABLE signins",
        "SELECT adsts_kind(1)",
        "SET datafusion.execution.batch_size = 1",
        "COPY signins TO 'x.parquet'",
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|sql| {
            let out = authlake(folder.path(), &["sql", sql]);
            assert_eq!(out.status.code(), Some(1), "{sql}");
            text(&out.stderr)
        })
        .collect();
    insta::assert_snapshot!(said.join("---\n"));
}

#[test]
fn exit_codes() {
    let folder = with_lake();
    fs::write(
        folder.path().join("bad.json"),
        "{\"category\":\"SignInLogs\",\"properties\":{}}\n",
    )
    .expect("a file");
    let code = |args: &[&str]| authlake(folder.path(), args).status.code();
    assert_eq!(code(&["ingest", "bad.json", "--lake", "other"]), Some(3));
    assert_eq!(code(&["ingest", "nowhere"]), Some(2));
    assert_eq!(code(&["sql", "SELECT 1", "--lake", "nowhere"]), Some(1));
    assert_eq!(code(&["query", "run", "nothing"]), Some(2));
    assert_eq!(code(&["sql", "SELECT 1", "--format", "xlsx"]), Some(2));
    assert_eq!(code(&["frobnicate"]), Some(2));
}

#[test]
fn a_code_and_an_own_row_over_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = authlake(folder.path(), &["code", "AADSTS50074"]);
    insta::assert_snapshot!("code_50074", text(&out.stdout));
    let own = "[[codes]]\ncode = 50074\ntitle = \"Ours\"\n[[codes]]\ncode = 7\nkind = \"failure\"\ntitle = \"New\"\n";
    fs::write(folder.path().join("authlake.toml"), own).expect("a file");
    assert!(text(&authlake(folder.path(), &["code", "50074"]).stdout).contains("Ours"));
    assert!(text(&authlake(folder.path(), &["code", "7"]).stdout).contains("New"));
    fs::write(
        folder.path().join("authlake.toml"),
        "[[codes]]\ncode = 1\ncolour = 2\n",
    )
    .expect("a file");
    let out = authlake(folder.path(), &["code", "7"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        text(&out.stderr).contains("line 3"),
        "{}",
        text(&out.stderr)
    );
}

#[test]
fn a_raw_export_without_a_lake() {
    let folder = tempfile::tempdir().expect("a folder");
    let part =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small_export/part-1.json");
    let sql = "SELECT count(*) AS n FROM records";
    let out = authlake(
        folder.path(),
        &["sql", "--input", &part.display().to_string(), sql],
    );
    assert_eq!(text(&out.stdout), "n\n10\n");
    assert!(!folder.path().join("lake").exists());
}

#[test]
fn parquet_out_and_a_timeout() {
    let folder = with_lake();
    let args = [
        "sql",
        "SELECT * FROM signins",
        "--format",
        "parquet",
        "-o",
        "out.parquet",
    ];
    assert_eq!(authlake(folder.path(), &args).status.code(), Some(0));
    let file = std::fs::read(folder.path().join("out.parquet")).expect("a file");
    assert!(file.starts_with(b"PAR1"));
    let slow = "SELECT count(*) FROM records a, records b, records c, records d, records e, records f, records g WHERE a.id < b.id AND c.id < d.id AND e.id < f.id";
    let out = authlake(folder.path(), &["sql", slow, "--timeout", "0.2"]);
    assert!(
        text(&out.stderr).contains("longer than 0.2 s"),
        "{}",
        text(&out.stderr)
    );
}

#[test]
fn a_strict_ingest_stores_all_or_nothing_and_a_receipt_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = r#"{"category":"SignInLogs","tenantId":"t","properties":{"id":"a","createdDateTime":"2026-01-05T08:00:00Z"}}"#;
    let other = r#"{"category":"AuditLogs","properties":{"id":"x"}}"#;
    let bad = r#"{"category":"SignInLogs","properties":{}}"#;
    let write = |name: &str, lines: &[&str]| {
        fs::write(folder.path().join(name), lines.join("\n")).expect("a file");
    };
    write("mixed.json", &[good, bad]);
    write("clean.json", &[good, other]);
    let strict = authlake(folder.path(), &["ingest", "mixed.json", "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    let said = text(&strict.stderr);
    assert!(
        said.contains("nothing was stored") && said.contains("mixed.json: line 2"),
        "{said}"
    );
    let count = ["sql", "SELECT count(*) AS n FROM records"];
    assert_eq!(text(&authlake(folder.path(), &count).stdout), "n\n0\n");
    let args = [
        "ingest",
        "clean.json",
        "--strict",
        "--receipt",
        "receipt.json",
    ];
    assert_eq!(authlake(folder.path(), &args).status.code(), Some(0));
    let receipt = fs::read_to_string(folder.path().join("receipt.json")).expect("a receipt");
    let receipt: serde_json::Value = serde_json::from_str(&receipt).expect("JSON");
    let counts =
        ["rows_read", "stored", "rejected", "not_a_signin"].map(|key| receipt[key].as_u64());
    assert_eq!(counts, [Some(2), Some(1), Some(0), Some(1)]);
}
