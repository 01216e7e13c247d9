//! Damaged exports: good records are kept, the rest is rejected with its place and reason.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use authlake::ingest::Done;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::flows::ingest_into;
use crate::formats::column;

/// A good record with this id.
fn record(id: &str) -> String {
    format!(
        r#"{{"time":"2026-01-05T08:01:00Z","category":"SignInLogs","tenantId":"t","properties":{{"id":"{id}","createdDateTime":"2026-01-05T08:00:00Z","userId":"u","status":{{"errorCode":0}}}}}}"#
    )
}

fn ingest_bytes(name: &str, bytes: &[u8]) -> Done {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    let done = ingest_into(&folder.path().join("lake"), &[path]);
    let r = &done.receipt;
    assert_eq!(
        r.rows_read,
        r.stored + r.duplicates + r.rejected + r.not_a_signin,
        "{name}"
    );
    done
}

fn counts(done: &Done) -> (u64, u64) {
    (done.receipt.stored, done.receipt.rejected)
}

#[test]
fn a_broken_line_between_good_ones() {
    let text = format!(
        "{}\n{{\"category\":\"SignInLogs\",\"properties\":{{\n{}\n",
        record("a"),
        record("b")
    );
    let done = ingest_bytes("broken.json", text.as_bytes());
    assert_eq!(counts(&done), (2, 1));
    let reject = &done.rejects[0];
    assert_eq!(
        (reject.line, reject.offset as usize),
        (2, record("a").len() + 1)
    );
}

#[test]
fn a_broken_first_line() {
    let cut = &record("a")[..80];
    let text = format!("{cut}\n{}\n{}\n", record("b"), record("c"));
    assert_eq!(counts(&ingest_bytes("first.json", text.as_bytes())), (2, 1));
}

#[test]
fn objects_without_newlines_and_mismatched_brackets() {
    let text = format!("{}{}", record("a"), record("b"));
    assert_eq!(
        counts(&ingest_bytes("joined.json", text.as_bytes())),
        (2, 0)
    );
    let inner = r#"{"id":"a","createdDateTime":"2026-01-05T08:00:00Z","status":{"errorCode":0}}"#;
    let text = format!(
        r#"[{inner},{{"createdDateTime":"x","id":"y"],{}]"#,
        inner.replace("\"a\"", "\"b\"")
    );
    assert_eq!(
        counts(&ingest_bytes("brackets.json", text.as_bytes())),
        (2, 1)
    );
}

#[test]
fn long_documents_across_buffers() {
    let pretty = |i: usize| {
        let pad = "p".repeat(i % 7919);
        format!(
            "{{\r\n  \"id\": \"r{i}\",\r\n  \"pad\": \"{pad}\",\r\n  \"createdDateTime\": \"2026-01-05T08:00:00Z\"\r\n}}"
        )
    };
    let objects: Vec<String> = (0..3000).map(pretty).collect();
    assert_eq!(
        counts(&ingest_bytes(
            "objects.json",
            objects.join("\r\n").as_bytes()
        )),
        (3000, 0)
    );
    let array = format!("[{}]", objects.join(","));
    assert_eq!(
        counts(&ingest_bytes("array.json", array.as_bytes())),
        (3000, 0)
    );
    let page = format!(
        "{{\"@odata.context\":\"x\",\"value\":[{}],\"next\":1}}",
        objects.join(",")
    );
    assert_eq!(
        counts(&ingest_bytes("page.json", page.as_bytes())),
        (3000, 0)
    );
    let junk = format!(
        "[{},\"{}\",{}]",
        objects[0],
        "x".repeat(20 << 20),
        objects[1..].join(",")
    );
    assert_eq!(
        ingest_bytes("junk.json", junk.as_bytes()).receipt.stored,
        3000
    );
}

#[test]
fn a_damaged_page_keeps_its_good_records() {
    let body = format!(
        r#"{{"records":[{},{{"bad":tru}},{}]}}"#,
        record("a"),
        record("b")
    );
    let text = format!("{}\n{body}\n", record("c"));
    assert_eq!(
        counts(&ingest_bytes("bodies.json", text.as_bytes())),
        (3, 1)
    );
    let text = format!("{{\"records\":[{}]}}\n{body}\n", record("c"));
    assert_eq!(counts(&ingest_bytes("hub.json", text.as_bytes())), (3, 1));
}

/// A portal record, bare of an envelope.
fn portal(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","createdDateTime":"2026-01-05T08:00:00Z","status":{{"errorCode":0}},"appliedConditionalAccessPolicies":[{{"id":"p","displayName":"x"}}]}}"#
    )
}

#[test]
fn one_unclosed_record_of_an_array_takes_no_other_with_it() {
    let good: Vec<String> = (0..200).map(|i| portal(&format!("r{i}"))).collect();
    let broken = portal("broken");
    let whole = |text: &str, at: usize| {
        let mut records = good.clone();
        records.insert(at, text.to_owned());
        format!("[{}]", records.join(","))
    };
    for at in [0, 7, 200] {
        for damaged in [
            broken.trim_end_matches('}'),
            &broken[..broken.len() - 1],
            &broken.replace("\"status\"", "status\""),
            &broken[..60],
        ] {
            let text = whole(damaged, at);
            let done = ingest_bytes("array.json", text.as_bytes());
            assert_eq!(counts(&done), (200, 1), "{at}: {damaged}");
            let place = text.find(damaged).expect("the damaged record") as u64;
            assert_eq!(done.rejects[0].offset, place, "{at}: {damaged}");
        }
    }
}

#[test]
fn an_endless_record_of_an_array_is_skipped() {
    let long = portal("long").replace("\"x\"", &format!("\"{}\"", "y".repeat(40 << 20)));
    let text = format!("[{},{long},{},{}]", portal("a"), portal("b"), portal("c"));
    let done = ingest_bytes("array.json", text.as_bytes());
    assert_eq!(done.receipt.stored, 3);
    assert!(done.rejects[0].reason.contains("longer than"));
}

#[test]
fn lines_stay_lines_whatever_the_first_is_like() {
    let long = record("a").replace("\"u\"", &format!("\"{}\"", "u".repeat(200 << 10)));
    let text = format!("{long}\n{}\n{{\"broken\n{}\n", record("b"), record("c"));
    let done = ingest_bytes("long-first.json", text.as_bytes());
    assert_eq!(counts(&done), (3, 1));
    assert_eq!(done.rejects[0].line, 3);
    let text = format!("{}\n{}\n{}\n", &long[..150 << 10], record("b"), record("c"));
    let done = ingest_bytes("cut-first.json", text.as_bytes());
    assert_eq!(counts(&done), (2, 1));
    assert_eq!(done.rejects[0].line, 1);
}

#[test]
fn surprising_shapes_end_in_extra() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shapes.json");
    let shapes = [
        r#""location":["US"],"deviceDetail":5,"status":0"#,
        r#""status":"50126","authenticationDetails":[{"k":1},{"k":2,"succeeded":"perhaps"}]"#,
        r#""status":[1],"location":true"#,
    ];
    let lines = shapes.iter().enumerate().map(|(i, shape)| {
        format!(
            r#"{{"category":"SignInLogs","tenantId":"t","properties":{{"id":"r{i}","createdDateTime":"2026-01-05T08:00:0{i}Z",{shape}}}}}"#
        )
    });
    fs::write(&path, lines.collect::<Vec<_>>().join("\n")).expect("a file");
    let lake = folder.path().join("lake");
    assert_eq!(counts(&ingest_into(&lake, &[path])), (3, 0));
    assert_eq!(
        column(
            &lake,
            "SELECT arrow_cast(extra, 'Utf8') FROM records ORDER BY id"
        ),
        [
            r#"{"deviceDetail":5,"location":["US"]}"#,
            r#"{"authenticationDetails[0].k":1,"authenticationDetails[1].k":2,"authenticationDetails[1].succeeded":"perhaps"}"#,
            r#"{"location":true,"status":[1]}"#,
        ]
    );
    assert_eq!(
        column(
            &lake,
            "SELECT arrow_cast(error_code, 'Utf8') FROM records ORDER BY id"
        ),
        ["0", "50126", "-"]
    );
}

#[test]
fn a_foreign_file_in_the_lake_does_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    for id in ["a", "b"] {
        let path = folder.path().join(format!("{id}.json"));
        fs::write(&path, record(id)).expect("a file");
        ingest_into(&lake, &[path]);
        fs::write(lake.join("ingests/.DS_Store"), "").expect("a file");
    }
    assert_eq!(crate::flows::signins(&lake).len(), 2);
}

#[test]
fn invalid_utf8() {
    let mut bytes = record("a").into_bytes();
    bytes.extend_from_slice(b"\n{\"category\":\"SignInLogs\",\"\xff\xfe\":1}\n");
    bytes.extend_from_slice(record("b").as_bytes());
    let done = ingest_bytes("latin.json", &bytes);
    assert_eq!(counts(&done), (2, 1));
    assert_eq!(done.rejects[0].reason, "invalid UTF-8");
}

#[test]
fn a_page_is_not_lost_for_a_record_of_invalid_utf8() {
    let page = format!(
        "{{\"records\":[{},{},{}]}}\n",
        record("a"),
        record("b").replace("SignInLogs", "?"),
        record("c")
    );
    let line = record("d");
    let mut bytes = format!("{line}\n{page}").into_bytes();
    let place = bytes.iter().position(|b| *b == b'?').expect("a place");
    bytes[place] = 0xff;
    let done = ingest_bytes("pages.json", &bytes);
    assert_eq!(counts(&done), (3, 1));
    let reject = &done.rejects[0];
    assert_eq!(reject.reason, "invalid UTF-8");
    let begin = line.len() + 1 + "{\"records\":[".len() + record("a").len() + 1;
    assert_eq!((reject.line, reject.offset), (2, begin as u64));
}

#[test]
fn a_truncated_gzip_keeps_what_came_before() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    for i in 0..1000 {
        writeln!(gzip, "{}", record(&format!("r{i}"))).expect("gzip");
    }
    let bytes = gzip.finish().expect("gzip");
    let done = ingest_bytes("cut.json.gz", &bytes[..bytes.len() / 2]);
    assert!(done.receipt.stored > 300, "{:?}", counts(&done));
    assert!(done.rejects.iter().any(|r| r.reason.contains("breaks off")));
}

#[test]
fn empty_and_foreign_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = folder.path().join("in");
    fs::create_dir(&inputs).expect("a folder");
    fs::write(inputs.join("empty.json"), "").expect("a file");
    fs::write(inputs.join("notes.txt"), "remember the milk").expect("a file");
    fs::write(inputs.join("good.json"), record("a")).expect("a file");
    let done = ingest_into(&folder.path().join("lake"), &[inputs]);
    assert_eq!(counts(&done), (1, 0));
    assert_eq!(done.problems.len(), 1);
    assert!(done.problems[0].contains("notes.txt"));
}

#[test]
fn numbers_out_of_range_and_strange_types_are_kept_as_extra() {
    let text = r#"{"category":"SignInLogs","tenantId":"t","properties":{"id":"a","createdDateTime":"2026-01-05T08:00:00Z","status":{"errorCode":99999999999},"processingTimeInMilliseconds":"soon"}}"#;
    let done = ingest_bytes("range.json", text.as_bytes());
    assert_eq!(counts(&done), (1, 0));
}

#[test]
fn nesting_bombs_do_not_overflow() {
    let bomb = "[".repeat(1_000_000);
    let line =
        format!(r#"{{"category":"SignInLogs","properties":{{"id":"x","deviceDetail":{bomb}}}}}"#);
    let text = format!("{}\n{line}\n{}\n", record("a"), record("b"));
    assert_eq!(counts(&ingest_bytes("bomb.json", text.as_bytes())), (2, 1));
    let whole = ingest_bytes("array.json", format!("[{},{bomb}", record("a")).as_bytes());
    assert_eq!(whole.receipt.stored, 1);
}

#[test]
fn other_categories_are_counted() {
    let other = r#"{"time":"2026-01-05T08:00:00Z","category":"AuditLogs","properties":{"id":"x"}}"#;
    let done = ingest_bytes(
        "mixed.json",
        format!("{}\n{other}\n", record("a")).as_bytes(),
    );
    assert_eq!((done.receipt.stored, done.receipt.not_a_signin), (1, 1));
    assert_eq!(done.receipt.other_categories["AuditLogs"], 1);
}

#[test]
fn an_endless_line_is_rejected() {
    let long = format!(
        "{{\"category\":\"SignInLogs\",\"x\":\"{}",
        "y".repeat(40 << 20)
    );
    let text = format!("{}\n{long}\"}}\n{}\n", record("a"), record("b"));
    let done = ingest_bytes("long.json", text.as_bytes());
    assert_eq!(counts(&done), (2, 1));
}

#[test]
fn pages_arrays_and_bodies() {
    let inner = r#"{"id":"a","createdDateTime":"2026-01-05T08:00:00Z","status":{"errorCode":0}}"#;
    let page = format!(r#"{{"@odata.context":"x#auditLogs/signIns","value":[{inner}]}}"#);
    assert_eq!(counts(&ingest_bytes("page.json", page.as_bytes())), (1, 0));
    assert_eq!(
        counts(&ingest_bytes(
            "array.json",
            format!("[\r\n{inner}\r\n]").as_bytes()
        )),
        (1, 0)
    );
    let body = format!(
        "{{\"records\":[{},{}]}}\n{{\"records\":[{}]}}",
        record("a"),
        record("b"),
        record("c")
    );
    assert_eq!(counts(&ingest_bytes("hub.json", body.as_bytes())), (3, 0));
    let cut = format!("[{inner},{}", &inner[..40]);
    assert_eq!(counts(&ingest_bytes("cut.json", cut.as_bytes())), (1, 1));
}

#[test]
fn killed_between_the_steps_of_a_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let path: PathBuf = folder.path().join("a.json");
    fs::write(&path, record("a")).expect("a file");
    ingest_into(&lake, &[path]);
    // Staged files without a begun commit are what a kill leaves: the next ingest clears them.
    let stray = lake.join(".staging/records/date=2026-01-05/stray.parquet");
    fs::create_dir_all(stray.parent().expect("a parent")).expect("a folder");
    fs::write(&stray, "half").expect("a file");
    assert_eq!(crate::flows::signins(&lake).len(), 1);
    let path: PathBuf = folder.path().join("b.json");
    fs::write(&path, record("b")).expect("a file");
    ingest_into(&lake, &[path]);
    assert!(!Path::new(&stray).exists());
    assert_eq!(crate::flows::signins(&lake).len(), 2);
}
