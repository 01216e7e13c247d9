//! Saved queries against answers written by hand, in lakes of every edge, and against planted truth.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use authlake::engine::{Engine, Limits, Param};
use authlake::generate::{self, generate};
use authlake::ingest;
use authlake::lake::Lake;
use authlake::present::{Format, Options, presenter};
use authlake::query::{Clock, Library, SavedQuery, bind, lint, plan};
use authlake::signin::tables::Tables;
use authlake::signin::zone::Zone;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::flows::ingest_into;
use crate::query_file::{self, Asked, QueryFile};

type Row = Map<String, Value>;

/// A lake that is asked.
struct Session {
    engine: Engine,
    clock: Clock,
    runtime: Runtime,
    library: Library,
}

impl Session {
    fn of(lake: &Path) -> Self {
        let lake = Lake::open(lake).expect("a lake");
        let runtime = Runtime::new().expect("a runtime");
        let engine = Engine::open(&lake, Tables::built_in(), Limits::default());
        let engine = runtime.block_on(engine).expect("an engine");
        let clock = Clock::of(&lake, Zone::parse("UTC").expect("a zone"));
        let library = Library::with(Vec::new()).expect("queries");
        Self {
            engine,
            clock,
            runtime,
            library,
        }
    }

    /// A lake of one export.
    fn of_export(folder: &Path, name: &str, text: &[u8]) -> Self {
        let path = folder.join(name);
        fs::write(&path, text).expect("an export");
        let lake = folder.join("lake");
        let done = ingest_into(&lake, &[path]);
        assert_eq!(done.receipt.rejected, 0, "{name}");
        Self::of(&lake)
    }

    /// A lake of a fixture's export and directory.
    fn of_file(folder: &Path, file: &QueryFile) -> Self {
        let session = Self::of_export(folder, "export.json", file.export.as_bytes());
        if file.directory.is_empty() {
            return session;
        }
        let users = folder.join("users.json");
        fs::write(&users, &file.directory).expect("a directory");
        let lake = folder.join("lake");
        let options = ingest::Options {
            inputs: vec![users.display().to_string()],
            lake: lake.clone(),
            now_us: 1,
            ..ingest::Options::default()
        };
        let done = ingest::import_users(&options, &ingest::Progress::default());
        assert_eq!(done.expect("an import").rejected, 0);
        Self::of(&lake)
    }

    fn ask(&self, query: &SavedQuery, given: &[(String, String)]) -> Vec<Row> {
        let mut clock = self.clock.clone();
        if let Some((_, zone)) = given.iter().find(|(name, _)| name == "timezone") {
            clock.zone = Zone::parse(zone).expect("a zone");
        }
        let params: Vec<(String, Param)> = bind(query, given, &clock).expect("values");
        let answer = self.engine.collect(&query.sql, &params);
        let batches = self.runtime.block_on(answer);
        let batches = batches.unwrap_or_else(|e| panic!("{}: {e}", query.name));
        let mut bytes = Vec::new();
        let Some(first) = batches.first() else {
            return Vec::new();
        };
        let mut lines = presenter(Format::Ndjson, Box::new(&mut bytes), &Options::default());
        lines.begin(&first.schema()).expect("columns");
        for batch in &batches {
            lines.batch(batch).expect("rows");
        }
        lines.end().expect("an end");
        drop(lines);
        let text = String::from_utf8(bytes).expect("text");
        let rows = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a row"));
        rows.collect()
    }
}

/// A cell as the fixtures write it.
fn cell(file: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            let own = text.strip_prefix(&format!("{file}."));
            own.unwrap_or(text).to_owned()
        }
        other => other.to_string(),
    }
}

fn is_same(found: &str, wanted: &str) -> bool {
    let numbers = (found.parse::<f64>(), wanted.parse::<f64>());
    match numbers {
        (Ok(found), Ok(wanted)) => (found - wanted).abs() < 1e-9,
        _ => found == wanted,
    }
}

/// Where an answer differs from what a person expects.
fn difference(file: &QueryFile, asked: &Asked, rows: &[Row]) -> Option<String> {
    let found: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let value = |name: &String| {
                row.get(name)
                    .unwrap_or_else(|| panic!("{}: no column {name}", asked.name))
            };
            asked
                .columns
                .iter()
                .map(|name| cell(&file.name, value(name)))
                .collect()
        })
        .collect();
    let same = found.len() == asked.rows.len()
        && found.iter().zip(&asked.rows).all(|(found, wanted)| {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| is_same(f, w))
        });
    let table = |rows: &[Vec<String>]| {
        rows.iter()
            .map(|r| r.join(" | "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    (!same).then(|| {
        let (file, name, params) = (&file.name, &asked.name, &asked.params);
        let columns = asked.columns.join(" | ");
        let (found, wanted) = (table(&found), table(&asked.rows));
        format!("{file}.txt: {name} {params:?}\n{columns}\nwanted\n{wanted}\nfound\n{found}\n")
    })
}

#[test]
fn answers_are_those_written_by_hand() {
    let mut differences = Vec::new();
    let mut asked_of = BTreeSet::new();
    for file in query_file::all() {
        let folder = tempfile::tempdir().expect("a folder");
        let session = Session::of_file(folder.path(), &file);
        for asked in &file.asked {
            let query = session.library.find(&asked.name).expect("a query");
            asked_of.insert(query.name.clone());
            let rows = session.ask(query, &asked.params);
            differences.extend(difference(&file, asked, &rows));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    let library = Library::with(Vec::new()).expect("queries");
    let unasked = library.all().iter().map(|q| &q.name);
    let unasked: Vec<_> = unasked.filter(|name| !asked_of.contains(*name)).collect();
    assert!(unasked.is_empty(), "without an answer: {unasked:?}");
}

/// Values for parameters that must be given.
fn required(query: &SavedQuery) -> Vec<(String, String)> {
    let params = query.header.params.iter().filter(|p| p.default.is_none());
    params.map(|p| (p.name.clone(), "ann".to_owned())).collect()
}

#[test]
fn every_query_answers_in_lakes_of_every_edge() {
    let line = |category: &str, properties: &str| {
        format!(
            "{{\"category\":\"{category}\",\"tenantId\":\"t\",\"properties\":{{\"id\":\"a\",\
             \"createdDateTime\":\"2026-01-05T08:00:00Z\"{properties}}}}}\n"
        )
    };
    let failed = ",\"userId\":\"u\",\"userPrincipalName\":\"ann@contoso.example\",\"status\":{\"errorCode\":50126}";
    let edges = [
        (
            "other.json",
            "{\"category\":\"AuditLogs\",\"properties\":{\"id\":\"x\"}}\n".to_owned(),
        ),
        ("bare.json", line("SignInLogs", "")),
        ("no_success.json", line("SignInLogs", failed)),
        (
            "service.json",
            line(
                "ServicePrincipalSignInLogs",
                ",\"servicePrincipalId\":\"s\",\"status\":{\"errorCode\":0}",
            ),
        ),
    ];
    let mut sessions: Vec<_> = edges
        .iter()
        .map(|(name, text)| {
            let folder = tempfile::tempdir().expect("a folder");
            (
                *name,
                Session::of_export(folder.path(), name, text.as_bytes()),
                folder,
            )
        })
        .collect();
    let formats = [
        "InteractiveSignIns_2026-03-15_2026-03-16.csv",
        "powershell_flat.csv",
        "unified_audit.csv",
    ];
    for format in formats {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = folder.path().join("lake");
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
        ingest_into(&lake, &[fixtures.join(format)]);
        sessions.push((format, Session::of(&lake), folder));
    }
    for (_, session, _) in &sessions {
        for query in session.library.all() {
            session.ask(query, &required(query));
        }
    }
    let count = |name: &str, session: &Session| {
        let query = session.library.find(name).expect("a query");
        session.ask(query, &[]).len()
    };
    let (_, empty, _) = &sessions[0];
    assert_eq!(count("mfa/by_day", empty), 0);
    let (_, service, _) = &sessions[3];
    assert_eq!(count("mfa/by_day", service), 0);
    assert_eq!(count("service_principals/by_principal", service), 1);
}

#[test]
fn planted_events_are_found_with_their_size() {
    let options = generate::Options {
        records: 60_000,
        users: 600,
        days: 42,
        seed: 3,
        policies: 1,
        ..generate::Options::default()
    };
    let mut export = Vec::new();
    let truth = generate(&options, &mut export, None, &mut |_, _| {}).expect("an export");
    let truth: Value = serde_json::from_str(&truth.to_json()).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let session = Session::of_export(folder.path(), "export.json", &export);
    let ask = |name: &str| {
        let query = session.library.find(name).expect("a query");
        session.ask(query, &[("since".to_owned(), "oldest".to_owned())])
    };
    let fatigue = ask("mfa/prompts_before_approval");
    assert_eq!(fatigue[0]["user_principal_name"], truth["fatigue"]["user"]);
    assert_eq!(fatigue[0]["prompts"], truth["fatigue"]["prompts"]);
    assert_eq!(fatigue[0]["first_at"], truth["fatigue"]["first_at"]);
    assert_eq!(fatigue[0]["last_at"], truth["fatigue"]["approved_at"]);
    assert_eq!(fatigue[0]["approved"], true);
    let spray = ask("locations/password_spray");
    let of_spray = spray
        .iter()
        .filter(|r| r["autonomous_system_number"] == truth["spray"]["asn"]);
    let of_spray: Vec<_> = of_spray.collect();
    let sum = |column: &str| {
        of_spray
            .iter()
            .filter_map(|r| r[column].as_i64())
            .sum::<i64>()
    };
    assert_eq!(Some(sum("attempts")), truth["spray"]["attempts"].as_i64());
    assert_eq!(sum("users_entered"), 1);
    let spikes = ask("health/spikes");
    assert_eq!(spikes.len(), 1, "{spikes:?}");
    assert_eq!(spikes[0]["top_user"], truth["fatigue"]["user"]);
    assert_eq!(spikes[0]["breadth"], "one user");
}

#[test]
fn planted_incidents_are_found_with_their_size() {
    let options = generate::Options {
        records: 40_000,
        users: 800,
        days: 42,
        seed: 11,
        policies: 4,
        incidents: true,
        ..generate::Options::default()
    };
    let (mut export, mut ledger) = (Vec::new(), Vec::new());
    let truth = generate(&options, &mut export, Some(&mut ledger), &mut |_, _| {});
    let truth: Value = serde_json::from_str(&truth.expect("an export").to_json()).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let session = Session::of_export(folder.path(), "export.json", &export);
    let ask = |name: &str| {
        let query = session.library.find(name).expect("a query");
        session.ask(query, &[("since".to_owned(), "oldest".to_owned())])
    };
    // What the generator drew beside the planted ones, by scenario, in some hours or days.
    let ledger = String::from_utf8(ledger).expect("text");
    let lines: Vec<Vec<&str>> = ledger.lines().map(|l| l.split(',').collect()).collect();
    let drawn = |scenarios: &[&str], begin: &str| {
        let of = |l: &&Vec<&str>| scenarios.contains(&l[0]) && l[5].starts_with(begin);
        lines.iter().filter(of).count() as i64
    };
    let planted = |name: &str| {
        let facts = &truth["incidents"][name];
        let from = facts["from"].as_str().expect("a time").to_owned();
        (from, facts["signins"].as_i64().expect("a count"))
    };
    let failed = [
        "spike",
        "denied",
        "fraud_reported",
        "timed_out",
        "wrong_code",
        "mfa_blocked",
        "mfa_failed",
        "fatigue",
    ];

    let (from, count) = planted("spike");
    let spikes = ask("health/spikes");
    let of_spike = |r: &&Row| r["hour"].as_str().expect("a time").starts_with(&from[..13]);
    let spike = spikes.iter().find(of_spike).expect("the spike");
    assert_eq!(spike["failures"], drawn(&failed, &from[..13]));
    assert!(count >= 40 && spike["breadth"] == "many users", "{spike:?}");
    // One more: the fatigue attack.
    assert_eq!(spikes.len(), 2, "{spikes:?}");

    let (from, count) = planted("broken_policy");
    let blocks = ask("conditional_access/new_blocks");
    assert_eq!(blocks.len(), 1, "{blocks:?}");
    assert_eq!(blocks[0]["day"], from[..10]);
    let blocked = ["broken_policy", "blocked_after_mfa", "blocked_without_mfa"];
    assert_eq!(blocks[0]["blocked"], drawn(&blocked, &from[..10]));
    assert!(blocks[0]["top_app_blocked"].as_i64() >= Some(count));
    assert_eq!(
        blocks[0]["top_app"],
        truth["incidents"]["broken_policy"]["app"]
    );

    let (from, count) = planted("outage");
    let outages = ask("health/outages");
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert_eq!(outages[0]["failures"], count);
    assert_eq!(outages[0]["users"], truth["incidents"]["outage"]["users"]);
    assert!(
        outages[0]["hour"]
            .as_str()
            .expect("a time")
            .starts_with(&from[..13])
    );

    let (from, count) = planted("sms_delay");
    let slow = ask("health/slow_methods");
    assert_eq!(slow.len(), 1, "{slow:?}");
    assert_eq!(
        (&slow[0]["day"], &slow[0]["mfa_method"]),
        (&from[..10].into(), &"Text message".into())
    );
    // Somebody who failed first can have been late as well.
    let again = [
        "wrong_code_then_passed",
        "timed_out_then_passed",
        "denied_then_passed_in_one_record",
    ];
    let more = slow[0]["slow"].as_i64().expect("a count") - count;
    assert!((0..=drawn(&again, &from[..10])).contains(&more), "{slow:?}");
}

#[test]
fn what_is_grouped_and_named_twice_is_computed_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "{\"category\":\"SignInLogs\",\"tenantId\":\"t\",\"properties\":{\"id\":\"a\",\"createdDateTime\":\"2026-01-05T08:00:00Z\"}}\n";
    let session = Session::of_export(folder.path(), "one.json", line.as_bytes());
    let times = |named: &str| {
        let sql = format!(
            "EXPLAIN WITH a AS ({named}) SELECT * FROM a x JOIN a y ON x.tenant_id = y.tenant_id"
        );
        let plan = session.runtime.block_on(session.engine.collect(&sql, &[]));
        let plan = arrow::util::pretty::pretty_format_batches(&plan.expect("a plan"));
        plan.expect("text")
            .to_string()
            .matches("SharedExec")
            .count()
    };
    assert_eq!(
        times("SELECT tenant_id, count(*) AS n FROM signins GROUP BY 1"),
        2
    );
    // Rows as they are stored: each place reads only what it needs of them.
    assert_eq!(times("SELECT * FROM signins"), 0);
}

#[test]
fn built_in_queries_have_no_faults() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = Session::of_export(
        folder.path(),
        "other.json",
        b"{\"category\":\"AuditLogs\",\"properties\":{\"id\":\"x\"}}\n",
    );
    let codes = Tables::built_in().codes.clone();
    for query in session.library.all() {
        let answer = session.runtime.block_on(plan(query, &session.engine));
        assert_eq!(lint(query, &answer, &codes), [], "{}", query.name);
    }
}
