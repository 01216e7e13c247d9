//! What the data of a sign-in does not say, so that silence is not read as an answer.

use super::build::is_set;
use super::clock::to_second;
use super::load::Loaded;
use crate::signin::aadsts::CodeTable;
use crate::signin::mfa::{is_failure, is_person};
use crate::signin::row::Row;
use crate::signin::schema::{Record, Signin};

/// Lines about what is missing, the most telling first.
pub(super) fn not_said(loaded: &Loaded, codes: &CodeTable) -> Vec<String> {
    let mut lines = Vec::new();
    let kind = loaded.signin.word(Signin::EventType);
    of_codes(loaded, codes, &mut lines);
    if is_person(&kind) {
        of_mfa(loaded, &kind, &mut lines);
        of_device(loaded, &mut lines);
    }
    of_place(loaded, &kind, &mut lines);
    of_records(loaded, &mut lines);
    lines
}

fn of_codes(loaded: &Loaded, codes: &CodeTable, lines: &mut Vec<String>) {
    let signin = &loaded.signin;
    let mut told: Vec<i32> = Vec::new();
    for code in [
        signin.code(Signin::FinalErrorCode),
        signin.code(Signin::ChallengeCode),
    ]
    .into_iter()
    .flatten()
    {
        if told.contains(&code) || code == 0 {
            continue;
        }
        told.push(code);
        match codes.get(code) {
            Some(row) if !row.not_said.is_empty() => {
                lines.push(format!("AADSTS{code}: {}", row.not_said));
            }
            Some(_) => {}
            None => lines.push(format!(
                "AADSTS{code} is in no table: whether it is a failure or a step on the way is unknown."
            )),
        }
    }
}

fn of_mfa(loaded: &Loaded, kind: &str, lines: &mut Vec<String>) {
    let signin = &loaded.signin;
    let outcome = signin.word(Signin::MfaOutcome);
    let person = !matches!(kind, "nonInteractiveUser");
    if person && loaded.records.iter().all(|row| row.steps.is_empty()) {
        lines.push(
            "The records carry no steps: methods and results of single steps are unknown."
                .to_owned(),
        );
    }
    if outcome == "passed" || is_failure(&outcome) {
        if signin.float(Signin::SecondsToMfa).is_none() {
            lines.push("How long the answer took is unknown: no challenge, or no time of its own, stands before it.".to_owned());
        }
        if signin.text(Signin::MfaMethod).is_none() {
            lines.push("Which method was used is unknown.".to_owned());
        }
    }
    if person && signin.word(Signin::PasswordCorrect) == "unknown" {
        lines.push("Whether a password was typed, and rightly, is unknown.".to_owned());
    }
    if kind == "unknown" {
        lines.push("The export does not name the type of event: a person and a background request look the same.".to_owned());
    }
    let lists = loaded
        .records
        .iter()
        .any(|row| row.int(Record::PolicySetId).is_some());
    if !lists && signin.word(Signin::ConditionalAccessStatus) != "notApplied" {
        lines.push("The records carry no list of Conditional Access policies: the exporting role may not read it, or the format leaves it out.".to_owned());
    }
}

fn of_device(loaded: &Loaded, lines: &mut Vec<String>) {
    let signin = &loaded.signin;
    if signin.text(Signin::DeviceId).is_none() {
        lines.push("No registered device was shown: system and browser are what the client says of itself.".to_owned());
    } else if signin.flag(Signin::IsManaged).is_none() && signin.flag(Signin::IsCompliant).is_none()
    {
        lines.push("Whether the device is managed or compliant is unknown.".to_owned());
    }
}

fn of_place(loaded: &Loaded, kind: &str, lines: &mut Vec<String>) {
    let signin = &loaded.signin;
    if signin.text(Signin::IpAddress).is_none() {
        lines.push("Where it came from is unknown: the records carry no address.".to_owned());
    } else if kind == "nonInteractiveUser" {
        lines.push("The address of a background request is where the token was first issued, not always where the app is now.".to_owned());
    } else if signin.text(Signin::Country).is_none() {
        lines.push("The address has no known place.".to_owned());
    }
}

fn of_records(loaded: &Loaded, lines: &mut Vec<String>) {
    if loaded
        .records
        .iter()
        .any(|row| is_set(row, Record::IdDerived))
    {
        lines.push("The export gave no id: this one is made from the row's content and not known to Microsoft.".to_owned());
    }
    for record in &loaded.records {
        lines.extend(earlier(record));
    }
    if loaded.signin.text(Signin::TenantId).is_none() {
        lines.push("The records do not name their tenant.".to_owned());
    }
}

/// What superseded states of a record said.
fn earlier(record: &Row<'_>) -> Option<String> {
    let states: serde_json::Value =
        serde_json::from_str(record.text(Record::EarlierStates)?).ok()?;
    let id = record.text(Record::Id).unwrap_or_default();
    let mut told = Vec::new();
    for state in states
        .as_array()?
        .iter()
        .filter(|state| state["leads"] != true)
    {
        let mut text = match state["error_code"].as_i64() {
            Some(code) => format!("code {code}"),
            None => "no code".to_owned(),
        };
        if let Some(details) = state["additional_details"].as_str() {
            text.push_str(&format!(", “{details}”"));
        }
        if let Some(at) = state["received_at"].as_i64() {
            text.push_str(&format!(", delivered {}", to_second(at)));
        }
        told.push(text);
    }
    let last = match told.as_slice() {
        [] => return None,
        told => told.join("; "),
    };
    Some(format!(
        "Record {id} was delivered in several states; an earlier one said: {last}. The leading one is told here."
    ))
}
