//! Every export format: one small fixture each, read to the same sign-ins.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use authlake::engine::{Engine, Limits};
use authlake::ingest::{self, DateOrder, Done, Options, Progress, ReadOptions};
use authlake::lake::Lake;
use authlake::signin::tables::Tables;

/// What every fixture of a user's sign-ins holds: time, user, code, place.
const ADA: &str = "2026-03-15T08:02:05 ada@contoso.example 0 AU/Victoria/Melbourne";
const BAD: &str = "2026-03-15T09:10:00 ada@contoso.example 50126 AU/Victoria/Melbourne";

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    folder.join(name)
}

fn ingest_with(lake: &Path, files: &[PathBuf], reading: ReadOptions) -> Done {
    let options = Options {
        inputs: files.iter().map(|f| f.display().to_string()).collect(),
        lake: lake.to_path_buf(),
        now_us: 1_800_000_000_000_000,
        reading,
        ..Options::default()
    };
    let done = ingest::ingest(&options, &Progress::default()).expect("an ingest");
    let r = &done.receipt;
    assert_eq!(
        r.rows_read,
        r.stored + r.duplicates + r.rejected + r.not_a_signin,
        "{files:?}"
    );
    done
}

/// The texts of the first column of an answer; null is `-`.
pub fn column(lake: &Path, sql: &str) -> Vec<String> {
    let lake = Lake::open(lake).expect("a lake");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let batches = runtime.block_on(async {
        let engine = Engine::open(&lake, Tables::built_in(), Limits::default());
        let engine = engine.await.expect("an engine");
        engine.collect(sql, &[]).await.expect("an answer")
    });
    let mut texts = Vec::new();
    for batch in &batches {
        let array = batch.column(0).as_string::<i32>();
        texts.extend(array.iter().map(|t| t.unwrap_or("-").to_owned()));
    }
    texts
}

const SHOWN: &str = "SELECT arrow_cast(concat_ws(' ', \
     to_char(created_at, '%Y-%m-%dT%H:%M:%S'), user_principal_name, arrow_cast(error_code, 'Utf8'), \
     concat_ws('/', country, state, city)), 'Utf8') FROM records ORDER BY created_at, id";

struct Read {
    done: Done,
    rows: Vec<String>,
    folder: tempfile::TempDir,
}

impl Read {
    fn format(&self) -> &str {
        &self.done.receipt.inputs[0].format
    }

    fn ask(&self, sql: &str) -> Vec<String> {
        column(&self.folder.path().join("lake"), sql)
    }
}

fn read(path: &Path, reading: ReadOptions) -> Read {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let done = ingest_with(&lake, &[path.to_path_buf()], reading);
    let rows = if done.receipt.stored > 0 {
        column(&lake, SHOWN)
    } else {
        Vec::new()
    };
    Read { done, rows, folder }
}

fn read_text(name: &str, text: impl AsRef<[u8]>) -> Read {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    read(&path, ReadOptions::default())
}

#[test]
fn every_fixture_is_recognised_and_says_the_same() {
    let both = [ADA, BAD].as_slice();
    let mut policy_lists = Vec::new();
    for (name, format, wanted) in [
        ("azure_monitor.json", "azure_monitor", both),
        ("event_hub.json", "event_hub", both),
        ("graph.json", "graph", both),
        ("portal_json.json", "portal_json", both),
        ("sof_elk.json", "graph", both),
        ("extractor_suite.json", "portal_json", both),
        ("powershell_json.json", "powershell_json", both),
        ("panther.json", "azure_monitor", both),
        ("json_strings.json", "wrapped", both),
        ("sekoia.json", "wrapped", &both[..1]),
        ("log_analytics.json", "log_analytics", both),
        ("log_analytics.csv", "log_analytics_csv", both),
        ("query_api.json", "query_api", both),
        (
            "InteractiveSignIns_2026-03-15_2026-03-16.csv",
            "portal_csv",
            both,
        ),
    ] {
        let read = read(&fixture(name), ReadOptions::default());
        assert_eq!(read.format(), format, "{name}");
        assert_eq!(
            read.done.receipt.rejected, 0,
            "{name}: {:?}",
            read.done.rejects
        );
        assert_eq!(read.rows, wanted, "{name}");
        let tenants = read.ask("SELECT DISTINCT arrow_cast(tenant_id, 'Utf8') FROM records");
        assert_eq!(tenants, ["aaaabbbb-0000-4444-8888-000000000001"], "{name}");
        let formats = read.ask("SELECT DISTINCT arrow_cast(source_format, 'Utf8') FROM records");
        let inner = if format == "wrapped" {
            "azure_monitor"
        } else {
            format
        };
        assert_eq!(formats, [inner], "{name}");
        let resource = read.ask("SELECT DISTINCT arrow_cast(resource_id, 'Utf8') FROM records");
        assert_eq!(resource, ["797f4846-ba00-4fd7-ba43-dac1f8f63013"], "{name}");
        let kinds = read.ask("SELECT DISTINCT arrow_cast(event_type, 'Utf8') FROM records");
        assert_eq!(kinds, ["interactiveUser"], "{name}");
        assert!(!read.done.receipt.inputs[0].because.is_empty(), "{name}");
        let unknown: Vec<&String> = read.done.receipt.unknown_keys.keys().collect();
        let panther = name == "panther.json";
        assert_eq!(
            unknown,
            if panther { vec!["p_log_type"] } else { vec![] },
            "{name}"
        );
        if format != "portal_csv" {
            let lists = "SELECT DISTINCT arrow_cast(policy_set_id, 'Utf8') FROM records";
            policy_lists.extend(read.ask(lists));
            let steps = "SELECT DISTINCT arrow_cast(authentication_details[1]['method'], 'Utf8') FROM records";
            assert_eq!(read.ask(steps), ["Password"], "{name}");
        }
    }
    // One content, one key, whatever the form.
    policy_lists.dedup();
    assert_eq!(policy_lists.len(), 1);
}

#[test]
fn every_format_has_a_fixture() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [fixture("")];
    let done = ingest_with(&folder.path().join("lake"), &files, ReadOptions::default());
    let seen: Vec<&str> = done.receipt.inputs.iter().map(|i| &*i.format).collect();
    for format in authlake::decode::detect::FORMATS {
        assert!(
            seen.contains(&format.name),
            "{} has no fixture",
            format.name
        );
    }
    assert!(done.problems.is_empty(), "{:?}", done.problems);
}

#[test]
fn merged_files_of_a_tool() {
    let text = fs::read_to_string(fixture("sof_elk.json")).expect("a fixture");
    let records: Vec<&str> = text.lines().collect();
    // The tool strips only the first and last bracket of appended pages.
    let merged = format!("[{}]\r\n[{},\r\n{}]", records[0], records[1], records[0]);
    let read = read_text("SignInLogs-Combined.json", merged);
    let r = &read.done.receipt;
    assert_eq!((r.stored, r.duplicates, r.rejected), (2, 1, 0));
    let nameless = records[0].replacen("\"id\"", "\"was\"", 1);
    let read = read_text("no-id.json", format!("{nameless}\n{nameless}\n"));
    let ids = read.ask("SELECT arrow_cast(id, 'Utf8') FROM records WHERE id_derived");
    assert_eq!(ids.len(), 2, "{:?}", read.done.rejects);
}

#[test]
fn all_formats_of_one_record_meet() {
    let names = [
        "azure_monitor.json",
        "graph.json",
        "portal_json.json",
        "extractor_suite.json",
        "powershell_json.json",
        "log_analytics.json",
        "log_analytics.csv",
        "query_api.json",
        "InteractiveSignIns_2026-03-15_2026-03-16.csv",
        "unified_audit.json",
        "unified_audit.csv",
        "unified_audit_search.json",
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    let files: Vec<PathBuf> = names.iter().map(|n| fixture(n)).collect();
    let done = ingest_with(&lake, &files, ReadOptions::default());
    assert_eq!(
        (done.receipt.stored, done.receipt.rejected),
        (2, 0),
        "{:?}",
        done.rejects
    );
    assert_eq!(column(&lake, SHOWN), [ADA, BAD]);
    // The wire values of Graph, whatever display text a copy had.
    let words = "SELECT arrow_cast(concat_ws(' ', user_type, authentication_requirement, \
         conditional_access_status, token_issuer_type, incoming_token_type), 'Utf8') \
         FROM records ORDER BY created_at";
    assert_eq!(
        column(&lake, words),
        [
            "member multiFactorAuthentication success AzureAD none",
            "member multiFactorAuthentication notApplied AzureAD none"
        ]
    );
    let policies = "SELECT DISTINCT arrow_cast(policy_set_id, 'Utf8') FROM records";
    assert_eq!(column(&lake, policies).len(), 1);
}

#[test]
fn unified_audit_log() {
    for (name, format, others) in [
        ("unified_audit.json", "unified_audit", 1),
        ("unified_audit.csv", "unified_audit_csv", 1),
        ("unified_audit_search.json", "unified_audit", 0),
    ] {
        let read = read(&fixture(name), ReadOptions::default());
        assert_eq!(read.format(), format, "{name}");
        assert_eq!(
            read.rows,
            [
                "2026-03-15T08:02:05 ada@contoso.example 0 ",
                "2026-03-15T09:10:00 ada@contoso.example 50126 "
            ],
            "{name}"
        );
        let r = &read.done.receipt;
        assert_eq!((r.rejected, r.not_a_signin), (0, others), "{name}");
        if others > 0 {
            assert_eq!(r.other_categories["SharePoint.FileAccessed"], 1);
        }
        let who = read.ask(
            "SELECT arrow_cast(concat_ws(' ', ip_address, user_id, event_type, tenant_id), 'Utf8') \
             FROM records LIMIT 1",
        );
        assert_eq!(
            who,
            [
                "203.0.113.7 11111111-2222-4333-8444-555555555555 unknown aaaabbbb-0000-4444-8888-000000000001"
            ],
            "{name}"
        );
    }
    let text = r#"{"CreationTime":"2026-01-01T00:00:00","Operation":"UserLoggedIn","RecordType":15,"Workload":"AzureActiveDirectory","IntraSystemId":"i","UserId":"a@b.c","ClientIP":"[2001:db8::1]:443"}"#;
    let read = read_text("v6.json", text);
    assert_eq!(
        read.ask("SELECT arrow_cast(ip_address, 'Utf8') FROM records"),
        ["2001:db8::1"]
    );
}

#[test]
fn flat_files_of_scripts() {
    let read = read(&fixture("graph_dotted.csv"), ReadOptions::default());
    assert_eq!(read.format(), "graph_csv");
    assert_eq!(read.rows.len(), 2, "{:?}", read.done.rejects);
    assert!(read.rows[1].starts_with("2026-03-15T09:10:00 ada@contoso.example 50126 AU"));
    let flat = self::read(&fixture("powershell_flat.csv"), ReadOptions::default());
    assert_eq!(flat.format(), "powershell_csv");
    // 3/15/2026 settles that the month comes first; two equal rows are two sign-ins.
    assert_eq!(
        flat.rows,
        [
            "2026-03-02T09:10:00 ada@contoso.example 50126 AU/Melbourne",
            "2026-03-02T09:10:00 ada@contoso.example 50126 AU/Melbourne",
            "2026-03-15T08:02:05 ada@contoso.example 0 AU/Melbourne"
        ]
    );
    assert_eq!(
        (flat.done.receipt.ids_derived, read.done.receipt.ids_derived),
        (3, 0)
    );
    let ids = flat.ask("SELECT arrow_cast(id, 'Utf8') FROM records WHERE id_derived ORDER BY id");
    assert_eq!(ids.len(), 3);
    let again = self::read(&fixture("powershell_flat.csv"), ReadOptions::default());
    let same = again.ask("SELECT arrow_cast(id, 'Utf8') FROM records ORDER BY id");
    assert_eq!(ids, same);
}

#[test]
fn headers_of_every_generation() {
    let samples = [
        "Date (UTC),Request ID,Correlation ID,User ID,User,Username,Location,Status,Sign-in error code,Incoming token type,Incoming token type",
        "\"Date (UTC)\",\"Request ID\",\"User agent\",\"Correlation ID\",\"User ID\",\"User\",\"Username\",\"Location\",\"Status\",\"Sign-in error code\",\"Autonomous system  number\"",
    ];
    let rows = [
        "2026-03-15T08:02:05Z,r1,c,u,Ada,ada@contoso.example,\"Melbourne, Victoria, AU\",Success,,primaryRefreshToken,Primary refresh token",
        "2026-03-15T08:02:05Z,r1,\"a \"\"b\"\"\nc\",c,u,Ada,ada@contoso.example,\"Melbourne, Victoria, AU\",Success,,64500",
    ];
    for (header, row) in samples.iter().zip(rows) {
        let read = read_text("x.csv", format!("{header}\r\n{row}\r\n"));
        assert_eq!(read.rows, [ADA], "{header}: {:?}", read.done.rejects);
        let empty = read_text("x.csv", format!("{header}\r\n"));
        assert_eq!(empty.format(), "portal_csv");
        assert_eq!(
            (empty.done.receipt.rows_read, empty.done.problems.len()),
            (0, 0)
        );
    }
    // A spreadsheet of another country: semicolons, its own dates without seconds.
    let text = "Date (UTC);Request ID;Username;Location;Status;Sign-in error code\r\n\
        15.03.2026 08:02;r1;ada@contoso.example;Melbourne, Victoria, AU;Success;\r\n";
    let read_semicolons = read_text("x.csv", text);
    assert_eq!(read_semicolons.rows, [ADA.replace("02:05", "02:00")]);
    let app = read(
        &fixture("ApplicationSignIns_2026-03-15_2026-03-16.csv"),
        ReadOptions::default(),
    );
    assert_eq!(app.rows, ["2026-03-15T10:00:00 0 AU"]);
    let kind = app.ask("SELECT arrow_cast(event_type, 'Utf8') FROM records");
    assert_eq!(kind, ["servicePrincipal"]);
}

#[test]
fn dates_are_settled_by_their_file() {
    let csv = |dates: &[&str]| {
        let rows = dates.iter().map(|d| format!("\"{d}\",a@b.c,0\n"));
        format!(
            "CreatedDateTime,UserPrincipalName,Status\n{}",
            rows.collect::<String>()
        )
    };
    let day = read_text("d.csv", csv(&["3/4/2026 10:00:00", "15/04/2026 10:00:00"]));
    assert!(
        day.rows[0].starts_with("2026-04-03T10:00:00"),
        "{:?}",
        day.rows
    );
    let open = csv(&["3/4/2026 10:00:00", "5/4/2026 10:00:00"]);
    let refused = read_text("open.csv", &open);
    assert_eq!(refused.done.receipt.rows_read, 0);
    assert!(
        refused.done.problems[0].contains("--date-order"),
        "{:?}",
        refused.done.problems
    );
    let torn = read_text(
        "torn.csv",
        csv(&["15/4/2026 10:00:00", "4/15/2026 10:00:00"]),
    );
    assert!(torn.done.problems[0].contains("--date-order"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("open.csv");
    fs::write(&path, &open).expect("a file");
    let given = ReadOptions {
        date_order: Some(DateOrder::DayFirst),
        source_timezone_s: Some(3600),
        ..ReadOptions::default()
    };
    assert!(read(&path, given).rows[0].starts_with("2026-04-03T09:00:00"));
}

#[test]
fn a_display_time_zone_must_be_given() {
    let text = "TimeGenerated [Local Time],CreatedDateTime [Local Time],Id,UserPrincipalName,ResultType,Type\n\
        \"3/15/2026, 9:00:00.000 AM\",\"3/15/2026, 8:02:05.123 AM\",r,a@b.c,0,SigninLogs\n";
    let refused = read_text("la.csv", text);
    assert!(
        refused.done.problems[0].contains("--source-timezone"),
        "{:?}",
        refused.done.problems
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("la.csv");
    fs::write(&path, text).expect("a file");
    let given = ReadOptions {
        source_timezone_s: Some(-5 * 3600),
        ..ReadOptions::default()
    };
    assert!(read(&path, given).rows[0].starts_with("2026-03-15T13:02:05"));
    // The option does not touch times that say UTC.
    let utc = read(&fixture("log_analytics.csv"), given);
    assert_eq!(utc.rows, [ADA, BAD]);
}

#[test]
fn damaged_csv_rows_cost_themselves() {
    let header = "Date (UTC),Request ID,User ID,Username,Status,Sign-in error code";
    let row = |id: &str| format!("2026-03-15T08:02:05Z,{id},u,a@b.c,Success,");
    let text = format!(
        "{header}\n{}\n2026-03-15T08:02:05Z,\"x,u,a@b.c,Success,\n{}\nshort,row\n{header}\n{}\n",
        row("r1"),
        row("r2"),
        row("r3")
    );
    let read = read_text("damaged.csv", text);
    let r = &read.done.receipt;
    assert_eq!((r.stored, r.rejected), (3, 2), "{:?}", read.done.rejects);
    let lines: Vec<u64> = read.done.rejects.iter().map(|r| r.line).collect();
    assert!(lines.contains(&3) && lines.contains(&5), "{lines:?}");
}

#[test]
fn records_of_another_format_are_read_as_what_they_are() {
    let lines = [
        "azure_monitor.json",
        "sof_elk.json",
        "unified_audit.json",
        "log_analytics.json",
        "json_strings.json",
    ];
    let text: String = lines
        .iter()
        .map(|n| {
            fs::read_to_string(fixture(n))
                .expect("a fixture")
                .replace("\r\n", "\n")
        })
        .collect();
    let read = read_text("mixed.json", text);
    let r = &read.done.receipt;
    assert_eq!(
        (r.rows_read, r.rejected, r.not_a_signin, r.stored),
        (11, 0, 1, 2)
    );
    assert_eq!(read.rows, [ADA, BAD]);
}

fn zipped(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        zip.start_file(*name, stored).expect("a member");
        zip.write_all(bytes).expect("a member");
    }
    zip.finish().expect("a zip").into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).expect("gzip");
    gzip.finish().expect("gzip")
}

#[test]
fn containers_and_encodings() {
    let text = fs::read_to_string(fixture("sof_elk.json")).expect("a fixture");
    let (first, second) = text.split_at(text.find('\n').expect("a line") + 1);
    let utf16 = |units: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let marked = if mark {
            format!("\u{feff}{text}")
        } else {
            text.clone()
        };
        marked.encode_utf16().flat_map(units).collect()
    };
    let members = [gzip(first.as_bytes()), second.as_bytes().to_vec()];
    let zip = zipped(&[
        ("a/one.json.gz", members[0].clone()),
        ("two.json", members[1].clone()),
        ("readme.txt", b"hello".to_vec()),
    ]);
    let zstd = zstd::encode_all(text.as_bytes(), 1).expect("zstd");
    for (name, bytes) in [
        (
            "two-members.gz",
            [gzip(first.as_bytes()), gzip(second.as_bytes())].concat(),
        ),
        ("x.zst", zstd),
        ("bom.json", format!("\u{feff}{text}").into_bytes()),
        ("le.json", utf16(u16::to_le_bytes, true)),
        ("be.json", utf16(u16::to_be_bytes, true)),
        ("le-bare.json", utf16(u16::to_le_bytes, false)),
        ("be-bare.json", utf16(u16::to_be_bytes, false)),
        ("le.json.gz", gzip(&utf16(u16::to_le_bytes, true))),
        ("x.zip", zip.clone()),
        ("x.zip.gz", gzip(&zip)),
    ] {
        let read = read_text(name, bytes);
        assert_eq!(read.rows, [ADA, BAD], "{name}: {:?}", read.done.problems);
        let of_zip = usize::from(name.contains("zip"));
        assert_eq!(read.done.problems.len(), of_zip, "{name}");
        if of_zip > 0 {
            let paths: Vec<&str> = read.done.receipt.inputs.iter().map(|i| &*i.path).collect();
            assert!(
                paths.iter().any(|p| p.ends_with("!a/one.json.gz")),
                "{paths:?}"
            );
            assert!(read.done.problems[0].contains("!readme.txt"));
        }
    }
}

#[test]
fn bombs_are_rejected_and_stop_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = folder.path().join("in");
    fs::create_dir(&inputs).expect("a folder");
    let text = fs::read_to_string(fixture("sof_elk.json")).expect("a fixture");
    let bomb = format!("{text}{}", " ".repeat(100 << 20));
    fs::write(inputs.join("bomb.json.gz"), gzip(bomb.as_bytes())).expect("a file");
    fs::write(inputs.join("good.json"), text.replace("00aa00", "00aa01")).expect("a file");
    let mut reading = ReadOptions::default();
    reading.limits.ratio_max = 100;
    let done = ingest_with(
        &folder.path().join("lake"),
        std::slice::from_ref(&inputs),
        reading,
    );
    assert!(
        done.rejects
            .iter()
            .any(|r| r.reason.contains("times its size")),
        "{:?}",
        done.rejects
    );
    assert_eq!(done.receipt.stored, 3);
    let mut reading = ReadOptions::default();
    reading.limits.unpacked_bytes_max = 1000;
    let done = ingest_with(&folder.path().join("lake2"), &[inputs], reading);
    assert!(
        done.rejects.iter().any(|r| r.reason.contains("1000 bytes")),
        "{:?}",
        done.rejects
    );
    assert!(done.receipt.stored >= 2);
}

#[test]
fn foreign_text_is_refused_with_its_beginning() {
    for text in [
        "column\tSigninLogs\n_BilledSize\treal\n",
        "## EntityType signIn base=graph.entity\n",
    ] {
        let read = read_text("x.txt", text);
        assert_eq!(read.done.receipt.rows_read, 0);
        let problem = &read.done.problems[0];
        assert!(problem.contains(&text[..10]), "{problem}");
    }
    assert!(read_text("empty.json", "[]").done.problems.is_empty());
}

#[test]
fn unknown_keys_are_counted() {
    let line = |i: usize| {
        format!(
            r#"{{"id":"r{i}","createdDateTime":"2026-01-05T08:00:00Z","userId":"u","brandNew":{i},"deviceDetail":{{"chip":"x"}}}}"#
        )
    };
    let read = read_text("new.json", format!("{}\n{}\n", line(1), line(2)));
    assert_eq!(read.done.receipt.unknown_keys["brandNew"], 2);
    assert_eq!(read.done.receipt.unknown_keys["deviceDetail.chip"], 2);
}

#[test]
fn every_sample_where_they_are_at_hand() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !samples.is_dir() {
        return;
    }
    for (name, rows, first) in [
        ("datadog-azure-blob/sign_in_logs.json", 5, None),
        (
            "datadog-azure-blob/non_interactive_user_sign_in_logs.json",
            14,
            None,
        ),
        (
            "datadog-azure-blob/service_principal_sign_in_logs.json",
            25,
            None,
        ),
        (
            "datadog-azure-blob/managed_identity_sign_in_logs.json",
            24,
            None,
        ),
        (
            "log-analytics-csv/signinlogs_query_data.csv",
            2,
            Some("2023-09-19T11:21:02 50140 VN"),
        ),
        (
            "ms-graph-docs/beta_signin-get_1.json",
            1,
            Some("2020-03-13T19:15:41 testaccount1@contoso.com 0 US"),
        ),
        ("ms-graph-docs/v1.0_signin-list_1.json", 1, None),
        (
            "portal-json/entra-docs_reference-sign-ins-log-schema.json",
            1,
            Some("2024-07-23T15:19:52 balas@microsoft.com 0 US/State/City"),
        ),
        (
            "sekoia-o365-ual/user_login_failed.json",
            1,
            Some("2022-10-14T13:48:03 user1 500121 "),
        ),
        (
            "sekoia-o365-ual/ad.json",
            1,
            Some("2020-09-29T08:59:26 user1 0 "),
        ),
        (
            "sekoia-o365-ual/test_appName_field.json",
            1,
            Some("2025-01-02T08:01:41 user1 0 "),
        ),
        (
            "portal-csv-headers/interactive_44cols_2023.header.csv",
            0,
            None,
        ),
        (
            "portal-csv-headers/interactive_noninteractive_55cols_2024-10_quoted.header.csv",
            0,
            None,
        ),
        (
            "portal-csv-headers/application_22cols_2025-12.header.csv",
            0,
            None,
        ),
        (
            "portal-csv-headers/flattened_powershell_15cols_SignInLogs.header.csv",
            0,
            None,
        ),
    ] {
        let read = read(&samples.join(name), ReadOptions::default());
        let r = &read.done.receipt;
        assert_eq!(
            (r.rows_read, r.rejected),
            (rows, 0),
            "{name}: {:?}",
            read.done
        );
        assert!(read.done.problems.is_empty(), "{name}");
        if let Some(first) = first {
            assert!(read.rows[0].starts_with(first), "{name}: {:?}", read.rows);
        }
    }
    for name in [
        "log-analytics-schemas/columns.tsv",
        "ms-graph-docs/csdl_signIn_v1.0-Prod_2026-08-20.txt",
    ] {
        let read = read(&samples.join(name), ReadOptions::default());
        assert_eq!(read.done.problems.len(), 1, "{name}");
    }
}
