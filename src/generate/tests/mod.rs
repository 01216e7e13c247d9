//! Tests whole exports from outside: a plain scan of the bytes must find what the truth says.

mod formats;
mod moving;
mod reading;
mod told;

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use super::{Day, Options, Truth, generate};

/// The export, the list of sign-ins and the truth.
fn export(options: &Options) -> (Vec<u8>, String, Truth) {
    let mut out = Vec::new();
    let mut ledger = Vec::new();
    let truth = generate(options, &mut out, Some(&mut ledger), &mut |_, _| {});
    let truth = truth.expect("writing to memory");
    (out, String::from_utf8(ledger).expect("text"), truth)
}

fn options(records: u64, seed: u64) -> Options {
    Options {
        records,
        users: 60,
        days: 4,
        seed,
        ..Options::default()
    }
}

/// The text between `before` and the next quote, comma or brace.
fn value<'a>(line: &'a str, before: &str) -> &'a str {
    let start = line.find(before).map_or(line.len(), |at| at + before.len());
    let rest = &line[start..];
    &rest[..rest.find(['"', ',', '}']).unwrap_or(rest.len())]
}

/// What a scan finds: the rows of each (tenant, id), last delivered last.
fn rows_by_id(export: &[u8]) -> BTreeMap<(String, String), Vec<String>> {
    let text = std::str::from_utf8(export).expect("UTF-8");
    let mut rows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let id = value(line, r#""properties": {"id":""#).to_string();
        let tenant = value(line, r#""tenantId": ""#).to_string();
        rows.entry((tenant, id)).or_default().push(line.to_string());
    }
    for copies in rows.values_mut() {
        copies.sort_by(|a, b| value(a, r#""time": ""#).cmp(value(b, r#""time": ""#)));
    }
    rows
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    *counts.entry(key).or_insert(0) += 1;
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let (first, ledger, truth) = export(&options(3_000, 7));
    let (again, ledger_again, truth_again) = export(&options(3_000, 7));
    assert!(first == again && ledger == ledger_again);
    assert_eq!(truth, truth_again);
    assert_eq!(truth.to_json(), truth_again.to_json());
    let (other, ..) = export(&options(3_000, 8));
    assert!(first != other);
}

#[test]
fn a_ledger_does_not_change_the_export() {
    let mut plain = Vec::new();
    let truth = generate(&options(2_000, 3), &mut plain, None, &mut |_, _| {}).expect("memory");
    let (with_ledger, _, also) = export(&options(2_000, 3));
    assert!(plain == with_ledger);
    assert_eq!(truth, also);
}

#[test]
fn a_recount_of_the_bytes_finds_the_truth() {
    let (bytes, _, truth) = export(&options(12_000, 11));
    let rows = rows_by_id(&bytes);
    assert_eq!(truth.bytes, bytes.len() as u64);
    assert_eq!(
        truth.rows,
        rows.values().map(|copies| copies.len() as u64).sum::<u64>()
    );
    assert_eq!(truth.records, 12_000);
    assert_eq!(truth.records, rows.len() as u64);
    assert_eq!(
        truth.rows - truth.records,
        truth.late_copies + truth.completions
    );
    let (mut codes, mut days, mut countries, mut categories) = (
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
    );
    let mut users = HashSet::new();
    let mut names = HashSet::new();
    for ((tenant, _), copies) in &rows {
        let line = copies.last().expect("a row");
        let code = value(line, r#""status":{"errorCode":"#);
        assert_eq!(code, value(line, r#""resultType": ""#));
        count(&mut codes, code.parse::<u32>().expect("a code"));
        count(
            &mut days,
            value(line, r#""createdDateTime":""#)[..10].to_string(),
        );
        count(
            &mut countries,
            value(line, r#""countryOrRegion":""#).to_string(),
        );
        count(&mut categories, value(line, r#""category": ""#));
        if line.contains(r#""userPrincipalName":""#) {
            users.insert((tenant, value(line, r#""userId":""#).to_string()));
            names.insert(value(line, r#""userPrincipalName":""#).to_lowercase());
        }
    }
    assert_eq!(truth.by_error_code, codes);
    assert_eq!(truth.by_day, days);
    assert_eq!(truth.by_country, countries);
    assert_eq!(
        truth.by_event_type["interactiveUser"],
        categories["SignInLogs"]
    );
    assert_eq!(
        truth.by_event_type["servicePrincipal"],
        categories["ServicePrincipalSignInLogs"]
            + categories["MicrosoftServicePrincipalSignInLogs"]
    );
    assert_eq!(truth.distinct_users, users.len() as u64);
    assert_eq!(truth.distinct_user_names, names.len() as u64);
    assert_eq!(truth.password_attempts, codes[&50_126] + codes[&50_053]);
}

#[test]
fn late_copies_repeat_their_properties() {
    let (bytes, _, truth) = export(&options(6_000, 5));
    let mut same = 0;
    let mut more = 0;
    for copies in rows_by_id(&bytes).values() {
        assert!(copies.len() <= 4);
        for copy in &copies[1..] {
            let properties =
                |line: &str| line[line.find(r#""properties""#).unwrap_or(0)..].to_string();
            if properties(copy) == properties(&copies[0]) {
                same += 1;
            } else {
                more += 1;
            }
        }
    }
    assert_eq!((same, more), (truth.late_copies, truth.completions));
}

/// The window of 20 s that a time falls in; within it any order is fine.
fn window(time: &str) -> String {
    let second: u32 = time[17..19].parse().expect("seconds");
    format!("{}:{}", &time[..16], second / 20)
}

#[test]
fn every_line_is_json_with_crlf_in_order_of_delivery() {
    let (bytes, ..) = export(&options(2_000, 1));
    let mut latest = String::new();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        assert!(line.ends_with(b"}}\r\n"));
        let record: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        let time = record["time"].as_str().expect("time").to_string();
        let created = record["properties"]["createdDateTime"]
            .as_str()
            .expect("created");
        assert!(created < record["time"].as_str().expect("time"));
        assert_eq!(
            record["correlationId"],
            record["properties"]["correlationId"]
        );
        assert!(window(&time) >= latest);
        latest = window(&time);
    }
}

#[test]
fn the_list_of_sign_ins_adds_up() {
    let (bytes, ledger, truth) = export(&options(12_000, 2));
    let rows = rows_by_id(&bytes);
    let mut records = 0;
    let mut outcomes = BTreeMap::new();
    let mut scenarios = BTreeMap::new();
    let mut lines = ledger.lines();
    assert_eq!(
        lines.next(),
        Some(
            "scenario,tenant_id,user_id,first_record_id,record_count,started_at,outcome,mfa_outcome"
        )
    );
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 8);
        assert!(rows.contains_key(&(cells[1].to_string(), cells[3].to_string())));
        records += cells[4].parse::<u64>().expect("a count");
        count(&mut scenarios, cells[0].to_string());
        count(&mut outcomes, cells[7].to_string());
    }
    assert_eq!(records, truth.records);
    assert_eq!(outcomes, truth.by_mfa_outcome);
    assert_eq!(scenarios, truth.by_scenario);
    assert_eq!(truth.signins, outcomes.values().sum::<u64>());
    assert_eq!(truth.signins, truth.by_outcome.values().sum::<u64>());
}

#[test]
fn a_month_holds_every_scenario_and_both_attacks() {
    let options = Options {
        records: 20_000,
        users: 200,
        ..Options::default()
    };
    let (_, _, truth) = export(&options);
    let all = super::scenario::Scenario::NAMES.len();
    assert_eq!(truth.by_scenario.len(), all - 4);
    assert_eq!(truth.incidents, None);
    let longer = Options {
        days: 35,
        incidents: true,
        ..options
    };
    let with_incidents = export(&longer).2;
    assert_eq!(with_incidents.by_scenario.len(), all);
    for facts in with_incidents.incidents.expect("four incidents") {
        assert_eq!(with_incidents.by_scenario[facts.name], facts.signins);
    }
    let spray = truth.spray.expect("a spray");
    assert!(spray.users >= 100 && spray.attempts >= spray.users);
    assert!(truth.fatigue.expect("an attack").prompts >= 20);
}

#[test]
fn small_and_odd_exports_reach_their_number_of_records() {
    for (records, users, days, policies) in [
        (1, 2, 1, 9),
        (9, 2, 2, 0),
        (250, 3, 30, 1),
        (1_600, 2, 1, 60),
    ] {
        let options = Options {
            records,
            users,
            days,
            seed: 4,
            start: Some(Day::parse("2024-02-28").expect("a day")),
            policies,
            ..Options::default()
        };
        let (bytes, _, truth) = export(&options);
        assert_eq!(truth.records, records);
        assert_eq!(rows_by_id(&bytes).len() as u64, records);
        assert!(truth.by_day.len() <= days as usize);
    }
}

#[test]
fn impossible_options_are_refused() {
    let base = Options::default();
    for wrong in [
        Options {
            records: 0,
            ..base.clone()
        },
        Options {
            users: 1,
            ..base.clone()
        },
        Options {
            days: 0,
            ..base.clone()
        },
        Options {
            policies: 301,
            ..base.clone()
        },
    ] {
        assert!(generate(&wrong, &mut std::io::sink(), None, &mut |_, _| {}).is_err());
    }
    assert!(Day::parse("2025-02-29").is_err());
    assert!(Day::parse("2024-02-29").is_ok());
    assert!(Day::parse("5 January").is_err());
}

#[test]
fn a_writer_that_fails_stops_the_export() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert!(generate(&options(500, 1), &mut Full, None, &mut |_, _| {}).is_err());
}
