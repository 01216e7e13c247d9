//! The Conditional Access policies that mattered, each with what it wanted and what came of it.
//!
//! The deciding record's list counts. What failed in an earlier record is what raised the challenge:
//! Entra writes `failure` there although it only asked.

use std::collections::BTreeSet;

use super::load::{Loaded, PolicyRow};
use super::story::Policy;
use crate::signin::row::Row;
use crate::signin::schema::{Record, Signin};

/// Policies worth telling, failures first, and how many did not apply.
pub(super) fn policies(loaded: &Loaded) -> (Vec<Policy>, usize) {
    let mut told = Vec::new();
    let mut not_applied = 0;
    let Some(deciding) = loaded.deciding() else {
        return (told, 0);
    };
    let id = deciding.text(Record::Id);
    let asking = match loaded.signin.word(Signin::EventType).as_str() {
        "nonInteractiveUser" => "so the request was turned away",
        _ => "so the user was asked",
    };
    let interrupted = loaded.signin.word(Signin::Outcome) == "interrupted";
    let ended = interrupted.then_some(asking);
    for row in list_of(loaded, deciding) {
        if !applied(&row.result) {
            not_applied += 1;
            continue;
        }
        told.push(policy(row, deciding, ended));
    }
    let names: BTreeSet<String> = told.iter().map(|p: &Policy| p.name.clone()).collect();
    let mut asked: Vec<Policy> = Vec::new();
    for record in loaded.records.iter().filter(|r| r.text(Record::Id) != id) {
        for row in list_of(loaded, record)
            .iter()
            .filter(|row| row.result == "failure")
        {
            let known = names.contains(&row.name) || asked.iter().any(|p| p.name == row.name);
            if !known {
                asked.push(policy(row, record, Some(asking)));
            }
        }
    }
    told.extend(asked);
    told.sort_by_key(|policy| rank(&policy.result));
    (told, not_applied)
}

fn list_of<'a>(loaded: &'a Loaded, record: &Row<'_>) -> &'a [PolicyRow] {
    let set = record.int(Record::PolicySetId);
    set.and_then(|set| loaded.policies.get(&set))
        .map_or(&[], Vec::as_slice)
}

fn applied(result: &str) -> bool {
    !matches!(
        result,
        "notApplied" | "notEnabled" | "reportOnlyNotApplied" | ""
    )
}

fn rank(result: &str) -> usize {
    let order = [
        "failure",
        "success",
        "reportOnlyFailure",
        "reportOnlyInterrupted",
    ];
    order
        .iter()
        .position(|word| *word == result)
        .unwrap_or(order.len())
}

/// `asking`: a failure only asked, and what followed.
fn policy(row: &PolicyRow, record: &Row<'_>, asking: Option<&str>) -> Policy {
    let controls: Vec<String> = row
        .grant_controls
        .iter()
        .chain(&row.session_controls)
        .cloned()
        .collect();
    let wanted = match controls.as_slice() {
        [] => "names no control".to_owned(),
        controls => format!("wants {}", controls.join(", ")),
    };
    let blocks = |control: &String| control.eq_ignore_ascii_case("block");
    let said = match (row.result.as_str(), asking) {
        ("failure", Some(then)) => format!("{wanted}: not met at that moment, {then}"),
        ("failure", None) if row.grant_controls.iter().any(blocks) => {
            "blocks the sign-in".to_owned()
        }
        ("failure", None) => format!("{wanted}: not met"),
        ("success", _) => format!("{wanted}: met"),
        ("reportOnlySuccess", _) => format!("report-only, {wanted}: would be met"),
        ("reportOnlyFailure", _) => format!("report-only, {wanted}: would not be met"),
        ("reportOnlyInterrupted", _) => format!("report-only, {wanted}: would ask the user"),
        (other, _) => format!("{wanted}: {other}"),
    };
    Policy {
        name: row.name.clone(),
        result: row.result.clone(),
        controls,
        said,
        record_id: record.text(Record::Id).unwrap_or_default().to_owned(),
    }
}
