//! Tests what each format lets its reader know, scenario by scenario.

use std::collections::{BTreeMap, BTreeSet};

use super::{count, export};
use crate::generate::{Format, Options, generate_folder};

fn options(format: Format) -> Options {
    Options {
        records: 20_000,
        users: 200,
        seed: 9,
        format,
        ..Options::default()
    }
}

type Line = Vec<String>;

/// The lines of the ledger of a format.
fn ledger(format: Format) -> Vec<Line> {
    let ledger = if format == Format::PortalCsv {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Vec::new();
        let path = folder.path().join("export");
        generate_folder(&options(format), &path, Some(&mut ledger), &mut |_, _| {})
            .expect("an export");
        String::from_utf8(ledger).expect("text")
    } else {
        export(&options(format)).1
    };
    let cells = |line: &str| line.split(',').map(str::to_string).collect();
    ledger.lines().skip(1).map(cells).collect()
}

/// How often each MFA outcome is told of a scenario.
fn told<'a>(ledger: &'a [Line], scenario: &str) -> BTreeMap<&'a str, u64> {
    let mut outcomes = BTreeMap::new();
    let lines = ledger.iter().filter(|line| line[0] == scenario);
    lines.for_each(|line| count(&mut outcomes, line[7].as_str()));
    outcomes
}

fn only<'a>(outcomes: &BTreeMap<&'a str, u64>) -> Vec<&'a str> {
    outcomes.keys().copied().collect()
}

#[test]
fn version_one_knows_codes_and_notes() {
    let v1 = ledger(Format::GraphV1);
    for (scenario, wanted) in [
        ("plain", &["unknown"][..]),
        ("spray", &["not_required", "unknown"]),
        ("challenge_passed", &["passed"]),
        ("wrong_code_then_passed", &["passed"]),
        ("registration_done", &["passed", "unknown"]),
        ("registration_left", &["registration_required"]),
        ("abandoned", &["abandoned"]),
        ("pending", &["pending"]),
        ("blocked_after_mfa", &["unknown"]),
        ("denied_then_passed_in_one_record", &["passed"]),
        ("states_of_one_id", &["passed"]),
        ("skipped", &["not_required"]),
        ("denied", &["denied", "failed"]),
        ("satisfied_by_claim", &["satisfied_by_claim", "unknown"]),
        ("stay_signed_in", &["passed", "unknown"]),
    ] {
        assert_eq!(only(&told(&v1, scenario)), wanted, "{scenario}");
    }
    assert!(
        v1.iter()
            .all(|line| !line[0].starts_with("silent_") || line[0] == "silent_follow_up")
    );
}

#[test]
fn the_audit_log_knows_codes_alone() {
    let audit = ledger(Format::UnifiedAuditJson);
    for (scenario, wanted) in [
        ("plain", &["unknown"][..]),
        ("challenge_passed", &["passed"]),
        ("denied", &["failed"]),
        ("abandoned", &["unknown"]),
        ("pending", &["unknown"]),
        ("registration_done", &["unknown"]),
        ("registration_left", &["registration_required"]),
        ("silent_challenge", &["registration_required", "unknown"]),
        ("satisfied_by_claim", &["unknown"]),
        ("states_of_one_id", &["unknown"]),
        ("locked_out", &["not_required"]),
    ] {
        assert_eq!(only(&told(&audit, scenario)), wanted, "{scenario}");
    }
    let truth = export(&options(Format::UnifiedAuditJson)).2;
    assert_eq!(truth.by_event_type.keys().collect::<Vec<_>>(), ["unknown"]);
    assert_eq!(truth.by_country.keys().collect::<Vec<_>>(), [""]);
    assert_eq!(truth.mfa_prompts, None);
    assert_eq!(truth.spray.expect("a spray").asn, None);
}

#[test]
fn steps_tell_as_much_as_the_archive() {
    let archive = ledger(Format::AzureMonitor);
    for format in [Format::Graph, Format::PortalCsv, Format::LogAnalyticsJson] {
        let here = ledger(format);
        let ids: BTreeSet<&str> = here.iter().map(|line| line[3].as_str()).collect();
        let key = |line: &Line| (line[3].clone(), line[7].clone());
        let wanted = archive.iter().filter(|line| ids.contains(line[3].as_str()));
        let wanted: BTreeSet<_> = wanted.map(key).collect();
        let split = |line: &&Line| line[0] != "policies_split_two_ids";
        let found: BTreeSet<_> = here.iter().filter(split).map(key).collect();
        assert!(found.is_subset(&wanted), "{}", format.name());
        assert!(found.len() > 10_000);
    }
}

#[test]
fn halves_of_a_list_are_one_sign_in_only_by_their_first_request() {
    for (format, records) in [
        (Format::AzureMonitor, "2"),
        (Format::Graph, "2"),
        (Format::LogAnalyticsJson, "2"),
        (Format::PortalCsv, "1"),
        (Format::GraphV1, "1"),
        (Format::UnifiedAuditCsv, "1"),
    ] {
        let lines = ledger(format);
        let halves = lines
            .iter()
            .filter(|line| line[0] == "policies_split_two_ids");
        let counts: BTreeSet<&str> = halves.map(|line| line[4].as_str()).collect();
        assert_eq!(
            counts.into_iter().collect::<Vec<_>>(),
            [records],
            "{}",
            format.name()
        );
    }
}

#[test]
fn times_are_as_fine_as_the_format() {
    for (format, zeros) in [
        (Format::GraphV1, "000000Z"),
        (Format::UnifiedAuditCsv, "000000Z"),
        (Format::LogAnalyticsCsv, "000Z"),
    ] {
        let lines = ledger(format);
        assert!(lines.iter().all(|line| line[5].ends_with(zeros)));
    }
    let archive = ledger(Format::AzureMonitor);
    assert!(archive.iter().any(|line| !line[5].ends_with("000Z")));
}
