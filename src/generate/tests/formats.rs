//! Tests every format with readers that are not ours: containers, keys, rows, ids.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::reading::{Read, cells, read, values};
use super::{count, export, options};
use crate::generate::{Format, Layout, Options, PortalColumns, Truth, generate, generate_folder};

const RECORDS: u64 = 6_000;
const SEED: u64 = 21;

fn of(format: Format) -> Options {
    Options {
        format,
        ..options(RECORDS, SEED)
    }
}

/// A folder export: its files by name, and the truth.
fn folder_export(options: &Options) -> (BTreeMap<String, String>, Truth) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export");
    let truth = generate_folder(options, &path, None, &mut |_, _| {}).expect("an export");
    let entries = fs::read_dir(&path).expect("a folder");
    let files = entries.map(|entry| {
        let entry = entry.expect("a file");
        let text = fs::read_to_string(entry.path()).expect("UTF-8");
        (entry.file_name().to_string_lossy().into_owned(), text)
    });
    (files.collect(), truth)
}

/// Ids of the archive of the same seed by category, of the tenant that comes first.
fn archive() -> BTreeMap<String, BTreeSet<String>> {
    let (bytes, ..) = export(&of(Format::AzureMonitor));
    let rows = values(std::str::from_utf8(&bytes).expect("UTF-8"));
    let mut tenants: BTreeMap<&str, u64> = BTreeMap::new();
    rows.iter()
        .for_each(|row| count(&mut tenants, row["tenantId"].as_str().expect("a tenant")));
    let first = tenants.into_iter().max_by_key(|(_, rows)| *rows);
    let first = first.expect("a tenant").0;
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["tenantId"] == first) {
        let category = row["category"].as_str().expect("a category").to_string();
        let id = row["properties"]["id"].as_str().expect("an id").to_string();
        ids.entry(category).or_default().insert(id);
    }
    ids
}

/// The ids of these categories.
fn wanted(archive: &BTreeMap<String, BTreeSet<String>>, categories: &[&str]) -> BTreeSet<String> {
    let sets = categories.iter().map(|category| &archive[*category]);
    sets.flatten().cloned().collect()
}

const PEOPLE: [&str; 2] = ["SignInLogs", "NonInteractiveUserSignInLogs"];
const BY_API: [&str; 4] = [
    "SignInLogs",
    "NonInteractiveUserSignInLogs",
    "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs",
];

fn categories(format: Format, folder: bool) -> &'static [&'static str] {
    match format {
        Format::GraphV1 => &PEOPLE[..1],
        Format::LogAnalyticsCsv | Format::LogAnalyticsTables if !folder => &PEOPLE[..1],
        Format::UnifiedAuditCsv | Format::UnifiedAuditJson | Format::UnifiedAuditSearch => &PEOPLE,
        _ => &BY_API,
    }
}

fn check(format: Format, folder: bool, rows: &[Read], truth: &Truth) {
    let name = format.name();
    assert_eq!(truth.format, format);
    assert_eq!(truth.rows, rows.len() as u64, "{name}");
    let ids: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    assert_eq!(truth.records, ids.len() as u64, "{name}");
    if format.repeats() {
        return;
    }
    assert_eq!(
        ids,
        wanted(&archive(), categories(format, folder)),
        "{name}"
    );
    let (mut codes, mut days) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        count(&mut codes, row.code);
        count(&mut days, row.day.clone());
    }
    assert_eq!(codes, truth.by_error_code, "{name}");
    assert_eq!(days, truth.by_day, "{name}");
}

#[test]
fn one_file_holds_what_the_truth_says_and_the_ids_of_the_archive() {
    for format in Format::ALL {
        if format.layout() == Layout::Folder {
            continue;
        }
        let (bytes, ledger, truth) = export(&of(format));
        assert_eq!(bytes.len() as u64, truth.bytes, "{}", format.name());
        let text = String::from_utf8(bytes).expect("UTF-8");
        check(format, false, &read(format, "", &text), &truth);
        assert_eq!(ledger.lines().count() as u64 - 1, truth.signins);
    }
}

#[test]
fn a_folder_holds_what_the_truth_says_and_the_ids_of_the_archive() {
    for format in Format::ALL {
        if format.layout() == Layout::File {
            continue;
        }
        let (files, truth) = folder_export(&of(format));
        let bytes = files.values().map(|text| text.len() as u64).sum::<u64>();
        assert_eq!(bytes, truth.bytes, "{}", format.name());
        let rows: Vec<Read> = files
            .iter()
            .filter(|(name, _)| !name.contains("AuthDetails"))
            .flat_map(|(name, text)| read(format, name, text))
            .collect();
        check(format, true, &rows, &truth);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_every_format() {
    for format in Format::ALL {
        let options = Options {
            records: 1_200,
            ..of(format)
        };
        if format.layout() == Layout::Folder {
            let (first, again) = (folder_export(&options), folder_export(&options));
            assert!(first == again, "{}", format.name());
        } else {
            assert!(export(&options) == export(&options), "{}", format.name());
        }
    }
}

#[test]
fn small_exports_are_whole_in_every_format() {
    for (records, seed) in [(1, 4), (3, 5), (40, 6)] {
        for format in Format::ALL {
            let options = Options {
                records,
                seed,
                ..of(format)
            };
            if format.layout() != Layout::File {
                let (files, truth) = folder_export(&options);
                let rows = files
                    .iter()
                    .filter(|(name, _)| !name.contains("AuthDetails"))
                    .map(|(name, text)| read(format, name, text).len() as u64);
                assert_eq!(rows.sum::<u64>(), truth.rows, "{}", format.name());
            }
            if format.layout() != Layout::Folder {
                let (bytes, _, truth) = export(&options);
                let text = String::from_utf8(bytes).expect("UTF-8");
                let rows = read(format, "", &text).len() as u64;
                assert_eq!(rows, truth.rows, "{} of {records}", format.name());
            }
        }
    }
}

#[test]
fn bodies_of_event_hub_fit_a_message() {
    let (bytes, _, truth) = export(&of(Format::EventHub));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut records = 0;
    for body in text.lines() {
        let value: Value = serde_json::from_str(body).expect("JSON");
        let list = value["records"].as_array().expect("records");
        assert!(body.len() <= 256 * 1_024 && (1..=100).contains(&list.len()));
        records += list.len() as u64;
    }
    let (_, _, archive) = export(&of(Format::AzureMonitor));
    assert_eq!(records, truth.rows);
    assert_eq!(truth.rows, archive.rows);
    assert_eq!(truth.by_mfa_outcome, archive.by_mfa_outcome);
}

#[test]
fn pages_of_graph_are_full_and_linked_and_newest_first() {
    for (format, version) in [(Format::Graph, "beta"), (Format::GraphV1, "v1.0")] {
        let (bytes, ..) = export(&of(format));
        let pages = values(std::str::from_utf8(&bytes).expect("UTF-8"));
        let (files, _) = folder_export(&of(format));
        assert_eq!(files.len(), pages.len());
        let context = format!("https://graph.microsoft.com/{version}/$metadata#auditLogs/signIns");
        let mut newest = "9".to_string();
        for (i, (page, file)) in pages.iter().zip(files.values()).enumerate() {
            assert_eq!(page, &values(file)[0]);
            assert_eq!(page["@odata.context"], context.as_str());
            let list = page["value"].as_array().expect("a list");
            let last = i + 1 == pages.len();
            assert_eq!(page.get("@odata.nextLink").is_none(), last);
            assert!(list.len() == 1_000 || last);
            for record in list {
                let created = record["createdDateTime"].as_str().expect("a time");
                assert!(created.len() == 20 && created <= newest.as_str());
                newest = created.to_string();
                let beta = [
                    "authenticationDetails",
                    "originalRequestId",
                    "sessionId",
                    "userType",
                ];
                for key in beta {
                    assert_eq!(record.get(key).is_some(), version == "beta", "{key}");
                }
                assert!(record["status"]["failureReason"].is_string());
            }
        }
    }
}

#[test]
fn headers_of_the_admin_centre_are_verbatim() {
    for (columns, generation) in [
        (44, PortalColumns::Of2023),
        (55, PortalColumns::Of2024),
        (56, PortalColumns::Of2025),
        (57, PortalColumns::Newest),
    ] {
        assert_eq!(PortalColumns::parse(columns).expect("known"), generation);
        let options = Options {
            records: 1_500,
            portal_columns: generation,
            ..of(Format::PortalCsv)
        };
        let (files, truth) = folder_export(&options);
        assert_eq!(files.len(), 6);
        let (mut rows, mut details) = (0, 0);
        for (name, text) in &files {
            let wide = match name {
                name if name.contains("AuthDetails") => 7,
                name if name.starts_with("App") || name.starts_with("MSI") => 22,
                _ => columns as usize,
            };
            let cells = cells(text, wide);
            let count = cells.len() as u64 - 1;
            match wide {
                7 => details += count,
                _ => rows += count,
            }
            let twice = cells[0]
                .iter()
                .filter(|cell| *cell == "Incoming token type");
            assert_eq!(twice.count(), if wide > 22 { 2 } else { 0 });
            let spaced = [
                "Application ID ",
                "Resource ID ",
                "Autonomous system  number",
            ];
            let found = spaced.map(|name| cells[0].iter().any(|cell| cell == name));
            assert_eq!(found, [wide > 7, wide > 7, wide > 22], "{name}");
            assert_eq!(text.starts_with('"'), columns == 55 && wide == 55);
        }
        assert_eq!((rows, details), (truth.rows, truth.detail_rows));
        assert!(details > 0);
    }
}

#[test]
fn log_analytics_has_objects_in_one_table_and_strings_in_the_others() {
    let (files, _) = folder_export(&of(Format::LogAnalyticsJson));
    for (name, text) in &files {
        let signin_logs = name == "am-SigninLogs.json";
        for row in values(text) {
            assert_eq!(
                format!("am-{}.json", row["Type"].as_str().expect("Type")),
                *name
            );
            assert_eq!(row["LocationDetails"].is_object(), signin_logs);
            assert_eq!(row.get("AADTenantId").is_some(), signin_logs);
            assert!(row["ResultType"].is_string());
            if let Some(steps) = row.get("AuthenticationDetails") {
                let steps = steps.as_str().expect("JSON in a string");
                assert!(serde_json::from_str::<Vec<Value>>(steps).is_ok());
            }
        }
    }
    let (bytes, ..) = export(&of(Format::LogAnalyticsCsv));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let rows = cells(&text, 76);
    let place = |name| rows[0].iter().position(|cell| cell == name);
    let created = place("CreatedDateTime [UTC]").expect("a column");
    let device = place("DeviceDetail").expect("a column");
    for row in &rows[1..] {
        assert!(row[created].contains(", ") && row[created].ends_with('M'));
        assert!(
            serde_json::from_str::<Value>(&row[device])
                .expect("JSON")
                .is_object()
        );
    }
}

#[test]
fn the_audit_log_names_values_and_numbers_results() {
    let (bytes, _, truth) = export(&of(Format::UnifiedAuditSearch));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let results: Vec<Value> = serde_json::from_str(text).expect("one array");
    let (mut with_port, mut failed) = (0, 0);
    for (i, result) in results.iter().enumerate() {
        assert_eq!(result["ResultIndex"], i as u64 + 1);
        assert_eq!(result["ResultCount"], truth.rows);
        let data = result["AuditData"].as_str().expect("a string");
        let data: Value = serde_json::from_str(data).expect("JSON in a string");
        assert_eq!(
            (&data["RecordType"], &data["Id"]),
            (&15.into(), &data["IntraSystemId"])
        );
        let success = data["ErrorNumber"] == "0";
        assert_eq!(data["Operation"] == "UserLoggedIn", success);
        assert!(data.get("LogonError").is_none() || !success);
        failed += u64::from(data.get("LogonError").is_some());
        assert!(data["ExtendedProperties"][0]["Name"].is_string());
        assert_eq!(data["CreationTime"].as_str().map(str::len), Some(19));
        let plain = data["ActorIpAddress"].as_str().expect("an address");
        let client = data["ClientIP"].as_str().expect("an address");
        assert!(client.trim_start_matches('[').starts_with(plain));
        with_port += u64::from(client != plain);
    }
    assert!(with_port > 0 && failed > 0);
}

#[test]
fn powershell_begins_with_a_mark_and_ends_lines_with_crlf() {
    for (format, key) in [
        (Format::PowerShell, "\"CreatedDateTime\":  \""),
        (Format::ExtractorSuite, "\"createdDateTime\":  \""),
    ] {
        let (bytes, ..) = export(&of(format));
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.starts_with('\u{feff}') && text.contains(key));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        let appended = text.contains("]\r\n[\r\n");
        assert_eq!(appended, format == Format::ExtractorSuite);
    }
}

#[test]
fn a_format_goes_only_where_it_can() {
    let portal = of(Format::PortalCsv);
    assert!(generate(&portal, &mut Vec::new(), None, &mut |_, _| {}).is_err());
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mine"), "kept").expect("a file");
    for format in [Format::PortalCsv, Format::EventHub] {
        let made = generate_folder(&of(format), folder.path(), None, &mut |_, _| {});
        assert!(made.is_err(), "{}", format.name());
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
