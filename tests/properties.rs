//! Properties of merge and fold over generated records.

use std::collections::BTreeSet;

use authlake::signin::aadsts::Kind;
use authlake::signin::fold::{Event, fold};
use authlake::signin::merge::merge;
use authlake::signin::row::{Cell, Row, Step};
use authlake::signin::schema::Record;
use proptest::prelude::*;

/// Copies of one record that differ in what copies differ in.
fn copy() -> impl Strategy<Value = Row<'static>> {
    let code = prop::sample::select(vec![0_i64, 50074, 500_121, 53003]);
    let details = prop::option::of(prop::sample::select(vec![
        "MFA denied",
        "MFA completed",
        "x",
    ]));
    let received = prop::option::of(0_i64..4);
    let steps = prop::collection::vec((0_i64..3, prop::bool::ANY), 0..3);
    let city = prop::option::of(prop::sample::select(vec!["Bern", "Basel"]));
    let risk = prop::option::of(prop::sample::select(vec!["none", "low", "high"]));
    let at = prop::sample::select(vec![5_000_000_i64, 5_123_000, 5_123_456]);
    let extra = prop::option::of(prop::sample::select(vec![
        r#"{"a":1}"#,
        r#"{"a":12,"b":{"c":[]}}"#,
        r#"{"b":"x"}"#,
    ]));
    // One in five is a part: an id, a time and steps.
    let part = prop::sample::select(vec![true, false, false, false, false]);
    (
        code,
        details,
        received,
        steps,
        city,
        risk,
        (at, extra, part),
    )
        .prop_map(
            |(code, details, received, steps, city, risk, (at, extra, part))| {
                let mut row = Row::default();
                row.set_text(Record::Id, "a");
                row.set(Record::CreatedAt, Cell::Time(at));
                if part {
                    let step = |(at, passed)| Step {
                        step_at: Some(at),
                        method: Some("Push".into()),
                        succeeded: Some(passed),
                        ..Step::default()
                    };
                    row.steps = steps.into_iter().map(step).collect();
                    return row;
                }
                row.set_text(Record::EventType, "unknown");
                if let Some(extra) = extra {
                    row.set_text(Record::Extra, extra);
                }
                row.set(Record::ErrorCode, Cell::Int(code));
                let mut text = |column, text: Option<&'static str>| {
                    if let Some(text) = text {
                        row.set_text(column, text);
                    }
                };
                text(Record::AdditionalDetails, details);
                text(Record::City, city);
                text(Record::RiskLevelAggregated, risk);
                if let Some(received) = received {
                    row.set(Record::ReceivedAt, Cell::Time(received));
                }
                let step = |(at, passed)| Step {
                    step_at: Some(at),
                    method: Some("Push".into()),
                    succeeded: Some(passed),
                    ..Step::default()
                };
                row.steps = steps.into_iter().map(step).collect();
                row
            },
        )
}

fn both(a: &Row<'static>, b: &Row<'static>) -> Row<'static> {
    merge(a.clone(), b.clone(), &mut |x, y| x.max(y))
}

/// What a merge says; the order of superseded states in the JSON text does not matter.
fn said(row: &Row<'static>) -> (Vec<String>, BTreeSet<String>) {
    let mut plain = row.clone();
    let kept = row.text(Record::EarlierStates).unwrap_or("[]").to_owned();
    plain.set(Record::EarlierStates, Cell::Null);
    let states: Vec<serde_json::Value> = serde_json::from_str(&kept).expect("states");
    let cells = Record::ALL.iter().map(|c| format!("{:?}", plain.get(*c)));
    let steps = plain.steps.iter().map(|s| format!("{s:?}"));
    (
        cells.chain(steps).collect(),
        states.iter().map(ToString::to_string).collect(),
    )
}

proptest! {
    #[test]
    fn merge_is_commutative(a in copy(), b in copy()) {
        prop_assert_eq!(said(&both(&a, &b)), said(&both(&b, &a)));
    }

    #[test]
    fn merge_is_associative(a in copy(), b in copy(), c in copy()) {
        prop_assert_eq!(said(&both(&both(&a, &b), &c)), said(&both(&a, &both(&b, &c))));
    }

    #[test]
    fn merge_is_idempotent(a in copy(), b in copy()) {
        let ab = both(&a, &b);
        prop_assert_eq!(said(&both(&ab, &ab)), said(&ab));
        prop_assert_eq!(said(&both(&ab, &a)), said(&ab));
    }

    #[test]
    fn every_record_is_in_one_signin_whatever_the_order(
        facts in prop::collection::vec((0_i64..100, 0_usize..3, 0_usize..4, 0_usize..4, 0_usize..3, 0_usize..3), 1..60),
        seed in 1_usize..50,
    ) {
        let ids: Vec<String> = (0..facts.len()).map(|i| format!("r{i:03}")).collect();
        let names = ["", "p", "q", "r"];
        let kinds = [Kind::Interrupt, Kind::Failure, Kind::Success];
        let event = |i: usize| {
            let (minute, user, correlation, request, address, kind) = facts[i];
            Event {
                id: &ids[i], tenant_id: "t", user: ["u", "v", "w"][user], event_type: "interactiveUser",
                created_at: minute * 60_000_000, kind: kinds[kind], original_request_id: names[request],
                correlation_id: names[correlation], session_id: "", device_id: "", ip_address: names[address],
                user_agent: "", asn: None,
            }
        };
        let groups = |order: &[usize]| -> BTreeSet<Vec<String>> {
            let events: Vec<Event<'_>> = order.iter().map(|i| event(*i)).collect();
            let folded = fold(&events);
            folded.groups.iter().map(|g| g.iter().map(|p| events[*p].id.to_owned()).collect()).collect()
        };
        let straight: Vec<usize> = (0..facts.len()).collect();
        let mut turned = straight.clone();
        turned.rotate_left(seed % facts.len());
        turned.reverse();
        let found = groups(&straight);
        prop_assert_eq!(&found, &groups(&turned));
        let mut all: Vec<&String> = found.iter().flatten().collect();
        all.sort();
        prop_assert_eq!(all, ids.iter().collect::<Vec<_>>());
    }
}
