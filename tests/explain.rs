//! Stories: what `authlake explain` tells of sign-ins, from ids, from pasted messages, of people.
//!
//! `tests/fixtures/explain` holds records written by hand; the shipped sample gives the breadth.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use authlake::engine::{Engine, Limits};
use authlake::explain::{Asked, Look, answer_text, explain};
use authlake::lake::Lake;
use authlake::signin::tables::Tables;

/// Ids of the fixture: record N, and the correlation ids of its flows.
fn guid(n: u64) -> String {
    format!("{n:08x}-aaaa-4bbb-8ccc-{:012x}", n << 8)
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn run(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_authlake"))
        .args(args)
        .current_dir(folder)
        .env_remove("AUTHLAKE_LAKE")
        .env_remove("AUTHLAKE_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary");
    // A run that does not read its input may be gone already.
    let _ = child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes());
    child.wait_with_output().expect("an end")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// One folder for all tests, with the lakes `story` and `sample`.
fn folder() -> &'static Path {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        for (lake, input) in [
            ("story", "tests/fixtures/explain"),
            ("sample", "data/sample.json.gz"),
            ("flows", "tests/fixtures/small_export"),
        ] {
            let input = repository(input).display().to_string();
            let out = run(folder.path(), &["ingest", &input, "--lake", lake], "");
            assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
        }
        folder
    });
    FOLDER.path()
}

/// Explains in a lake; the text, which must be whole and found.
fn told(lake: &str, args: &[&str]) -> String {
    let args = [&["explain", "--lake", lake], args].concat();
    let out = run(folder(), &args, "");
    assert_eq!(
        out.status.code(),
        Some(0),
        "{args:?}: {}",
        text(&out.stderr)
    );
    assert!(out.stderr.is_empty(), "{}", text(&out.stderr));
    text(&out.stdout)
}

/// Explains what stands on standard input; the text and the exit code.
fn pasted(lake: &str, input: &str) -> (String, i32) {
    let out = run(folder(), &["explain", "--lake", lake, "-"], input);
    assert!(out.stderr.is_empty(), "{}", text(&out.stderr));
    (text(&out.stdout), out.status.code().expect("a code"))
}

#[test]
fn stories() {
    for (name, record) in [
        ("not_assigned", 1),
        ("blocked_by_policy", 2),
        ("declined_then_passed_elsewhere", 3),
        ("nobody_answered", 7),
        ("silent", 8),
        ("code_in_no_table", 10),
        ("two_states", 11),
        ("device_code", 12),
        ("service", 13),
    ] {
        insta::assert_snapshot!(name, told("story", &[&guid(record)]));
    }
}

#[test]
fn stories_of_the_sample() {
    for (name, id) in [
        ("sample_denied", "03446219-4a64-46d6-8638-1fd31620ca00"),
        ("sample_pending", "56cc237b-4936-4c42-9fc0-b2c89149bc00"),
        ("sample_blocked", "b40c2a0c-7e8b-42ce-bfbe-b471d070a300"),
        (
            "sample_passed_after_a_bombing",
            "da5c61d5-ea16-4646-b4e1-9347e5650500",
        ),
    ] {
        insta::assert_snapshot!(name, told("sample", &[id]));
    }
}

/// Whatever the id is called, in whatever text and case: the same sign-in.
#[test]
fn every_way_to_ask() {
    let story = told("story", &[&guid(5)]);
    let first = guid(3);
    assert!(story.starts_with(&format!("Sign-in {first}\n")), "{story}");
    for args in [&[first.to_uppercase()][..], &[guid(4)], &[guid(3), guid(4)]] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(told("story", &args), story, "{args:?}");
    }
    let by_correlation = told("story", &[&guid(0xc50)]);
    assert_eq!(
        by_correlation,
        format!("Note: Found by correlation id {}.\n\n{story}", guid(0xc50))
    );
    assert_eq!(
        told("story", &["s-dora"]),
        format!("Note: Found by session id s-dora.\n\n{story}")
    );
    let (request, correlation) = (guid(4), guid(0xc50));
    for message in [
        format!(
            "AADSTS500121: Authentication failed during strong authentication request.\r\nTrace ID: {request}\r\n\
             Correlation ID: {correlation}\r\nTimestamp: 2026-03-02 09:00:30Z"
        ),
        format!(
            "Sorry, but we’re having trouble signing you in.\nError Code: 500121\nRequest Id: {request}\n\
             Correlation Id: {correlation}\nTimestamp: 2026-03-02T09:00:31Z\nApp name: Payroll\nApp id: {}\n\
             IP address: 198.51.100.20\nDevice identifier: Not available\nDevice state: Unregistered",
            guid(0xa00)
        ),
        format!(
            r#"{{"error":"invalid_grant","error_codes":[500121],"timestamp":"2026-03-02 09:00:30Z","trace_id":"{request}","correlation_id":"{correlation}"}}"#
        ),
        format!("x-ms-request-id: {request}\nclient-request-id: {correlation}\n"),
        // A client that calls the ids otherwise than Entra does.
        format!("correlation: {request}"),
    ] {
        assert_eq!(pasted("story", &message), (story.clone(), 0), "{message}");
    }
}

/// What does not fit together is said: the wrong sign-in is worse than none.
#[test]
fn notes() {
    let missing = guid(0xfff);
    let note = |text: &str| {
        let (told, code) = pasted("story", text);
        assert_eq!(code, 0, "{told}");
        told.lines()
            .take_while(|line| !line.starts_with("Sign-in"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let said = [
        note(&format!(
            "Request Id: {missing}\nCorrelation Id: {}",
            guid(0xc50)
        )),
        note(&format!(
            "Request Id: {}\nCorrelation Id: {missing}",
            guid(1)
        )),
        note(&format!(
            "AADSTS53003 Trace ID: {} Timestamp: 2026-03-02 10:00:00Z",
            guid(1)
        )),
    ];
    insta::assert_snapshot!(said.join("\n---\n"));
}

#[test]
fn nothing_found() {
    let missing = guid(0xfff);
    let said: Vec<String> = [
        format!("AADSTS50105: … Trace ID: {missing} Correlation ID: {missing} Timestamp: 2026-04-01 08:00:00Z"),
        format!("Request Id: {missing}\nTimestamp: 2026-03-02T08:00:00Z"),
        format!("Request Id: {missing}\nTimestamp: 2025-03-02T08:00:00Z"),
        missing.clone(),
        "AADSTS9999991: new".to_owned(),
        "50105".to_owned(),
        "it does not work".to_owned(),
    ]
    .iter()
    .map(|message| {
        let (told, code) = pasted("story", message);
        assert_eq!(code, 1, "{told}");
        told
    })
    .collect();
    insta::assert_snapshot!(said.join("\n---\n"));
    let out = run(folder(), &["explain", "--lake", "story"], "");
    assert_eq!(out.status.code(), Some(2));
    let out = run(folder(), &["explain", "--lake", "nowhere", "x"], "");
    assert_eq!(out.status.code(), Some(1));
}

/// A raw export tells the same as a lake; what it could not read is said, also when asked for.
#[test]
fn a_raw_export() {
    let parts = ["part-1.json", "part-2.json"].map(|part| {
        repository(&format!("tests/fixtures/explain/{part}"))
            .display()
            .to_string()
    });
    let from = |id: &str, more: &[&str]| {
        let args = [
            &["explain", "--from", &parts[0], "--from", &parts[1], id],
            more,
        ]
        .concat();
        run(folder(), &args, "")
    };
    let out = from(&guid(7), &[]);
    assert_eq!(
        (out.status.code(), text(&out.stderr)),
        (Some(0), String::new())
    );
    assert_eq!(text(&out.stdout), told("story", &[&guid(7)]));
    let lost = guid(0xddd);
    let broken = folder().join("broken.json");
    let row = format!(
        r#"{{"category":"SignInLogs","tenantId":"t","properties":{{"id":"{lost}","status":{{"errorCode":0}}}}}}"#
    );
    std::fs::write(&broken, row + "\n").expect("a file");
    let broken = broken.display().to_string();
    let out = from(&lost, &["--from", &broken]);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        text(&out.stderr).starts_with("rejected: "),
        "{}",
        text(&out.stderr)
    );
    let said = text(&out.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        said.contains("A row that could not be read holds the id:") && said.contains("broken.json"),
        "{said}"
    );
    let out = from(&guid(7), &["--from", &broken]);
    assert_eq!(out.status.code(), Some(3));
}

/// Names, agents and texts of records never reach the terminal as they are, nor begin a line.
#[test]
fn hostile_text() {
    let story = told("story", &[&guid(9)]);
    insta::assert_snapshot!("hostile_text", story);
    let list = told("story", &["--user", "mallory@contoso.example"]);
    let json = told("story", &[&guid(9), "--format", "json"]);
    for shown in [&story, &list, &json] {
        let hidden =
            |c: &char| c.is_control() && *c != '\n' || "\u{202e}\u{200b}\u{2028}".contains(*c);
        assert_eq!(shown.chars().find(hidden), None, "{shown}");
    }
    assert!(
        !story.lines().any(|line| line.starts_with("> 12:00:01")),
        "{story}"
    );
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let story = &value["signins"][0];
    assert_eq!(story["who"]["name"], "Mallory\u{1b}[2J\nAdministrator");
    assert_eq!(
        story["device"]["user_agent"],
        "\u{1b}]0;owned\u{7}\r\nSet-Cookie: a\u{202e}gnp.exe\u{200b}"
    );
    let asked = pasted("story", "a\u{1b}[31mb");
    assert!(
        asked.0.contains("a\\x1b[31mb") && asked.1 == 1,
        "{}",
        asked.0
    );
}

#[test]
fn json() {
    let json = told("story", &[&guid(3), "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let story = &value["signins"][0];
    assert_eq!(story["started_at"], "2026-03-02T09:00:00Z");
    assert_eq!(story["mfa_outcome"], "passed");
    assert_eq!(story["mfa"]["seconds"], 69.0);
    let words: Vec<&str> = story["timeline"]
        .as_array()
        .expect("events")
        .iter()
        .map(|e| e["word"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        words,
        [
            "first factor",
            "asked",
            "denied",
            "failure",
            "passed",
            "success"
        ]
    );
    let decides: Vec<bool> = story["timeline"]
        .as_array()
        .expect("events")
        .iter()
        .map(|e| e["decides"] == true)
        .collect();
    assert_eq!(decides, [false, false, false, false, true, false]);
    assert_eq!(story["places"].as_array().expect("places").len(), 2);
    assert_eq!(value["found_as"], "record_id");
}

#[test]
fn people() {
    let list = told(
        "sample",
        &["--user", "USER000061@contoso.example", "--limit", "6"],
    );
    insta::assert_snapshot!("people", list);
    assert_eq!(
        told("sample", &["--user", " Aiko ueda", "--limit", "6"]),
        list
    );
    let silent = told(
        "sample",
        &[
            "--user",
            "user000061@contoso.example",
            "--silent",
            "--limit",
            "99",
        ],
    );
    assert_eq!(silent.matches("in the background;").count(), 14);
    let said = ["Carla Conti", "carla", "nobody"].map(|name| {
        let out = run(
            folder(),
            &["explain", "--lake", "story", "--user", name],
            "",
        );
        assert_eq!(out.status.code(), Some(1));
        text(&out.stdout)
    });
    insta::assert_snapshot!("people_who_could_be_meant", said.join("---\n"));
    let json = told(
        "story",
        &["--user", "dora@contoso.example", "--format", "json"],
    );
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["summary"]["mfa_passed"], 1);
    assert_eq!(value["signins"][0]["signin_id"], guid(3));
}

/// Every rule and outcome of the sample and the hand-made flows has its words, and the story agrees
/// with the lake: the rule, applied again, comes to the stored outcome and one event decides.
#[test]
fn every_outcome_is_told() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tables = Tables::built_in();
    let mut told = 0;
    for lake in ["sample", "flows", "story"] {
        let lake = Lake::open(folder().join(lake)).expect("a lake");
        runtime.block_on(async {
            let engine = Engine::open(&lake, tables.clone(), Limits::default()).await.expect("an engine");
            // One of each kind in the sample; in the small lakes every sign-in is of a kind of its own.
            let sql = "SELECT min(signin_id) FROM signins GROUP BY mfa_outcome, decided_by, outcome, event_type, \
                       final_error_code, mfa_failure_reason ORDER BY 1";
            for id in ids(&engine, sql).await {
                let asked = Asked::read([id.as_str()]);
                let answer = explain(&engine, &tables, asked, 1).await.expect("an answer");
                let story = &answer.signins[0];
                assert_eq!(story.signin_id, id);
                assert!(!story.ruling.because.starts_with("The rule is"), "{id}: {}", story.ruling.rule);
                assert!(story.ruling.confirmed, "{id}: {}", story.ruling.rule);
                assert_eq!(story.timeline.iter().filter(|event| event.decides).count(), 1, "{id}");
                let codes = story.timeline.iter().filter(|event| event.kind == authlake::explain::EventKind::Code);
                assert_eq!(codes.count(), story.ids.record_ids.len(), "{id}");
                let offsets: Vec<f64> = story.timeline.iter().filter_map(|event| event.offset_s).collect();
                assert!(offsets.is_sorted(), "{id}: {offsets:?}");
                assert!(!story.advice.administrator.is_empty(), "{id}");
                assert!(story.who.kind != "user" || !story.advice.user.is_empty(), "{id}");
                for width in [1, 60, 100] {
                    let text = answer_text(&answer, Look { width, colour: false });
                    let longest = text.lines().map(|line| line.chars().count()).max();
                    assert!(longest <= Some(width.max(60)), "{id}: {text}");
                }
                told += 1;
            }
        });
    }
    assert!(told > 50, "{told}");
}

async fn ids(engine: &Engine, sql: &str) -> Vec<String> {
    use arrow::array::AsArray;
    let batches = engine.collect(sql, &[]).await.expect("ids");
    let texts = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_string_view().iter().flatten());
    texts.map(str::to_owned).collect()
}
