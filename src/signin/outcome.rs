//! Decides how a sign-in ended, and whether its password was right.

use super::aadsts::{CodeTable, Kind};
use super::mfa::{Asked, Decision, Evidence};
use super::row::Step;

/// Codes of a wrong or locked password.
pub(super) const PASSWORD_ATTEMPTS: [i32; 3] = [50126, 50053, 50056];
/// Codes that are only given once the password was right.
const PASSWORD_PROVEN: [i32; 20] = [
    0, 50055, 50072, 50074, 50076, 50078, 50079, 50105, 50131, 50133, 50140, 50158, 50173, 53000,
    53001, 53002, 53003, 53004, 500121, 530031,
];
/// Methods of a first factor, in lower case.
const FIRST_FACTORS: [&str; 3] = ["password", "previously satisfied", "first factor"];

pub(super) fn decide_outcome(records: &[Evidence<'_>], codes: &CodeTable, decision: &mut Decision) {
    let kind = |r: &Evidence<'_>| r.error_code.map_or(Kind::Unknown, |c| codes.kind(c));
    let last = |wanted: Kind| records.iter().rposition(|r| kind(r) == wanted);
    let end = records.len().saturating_sub(1);
    let (outcome, place) = match last(Kind::Success) {
        Some(place) => ("success", place),
        None => match records.last().map(kind) {
            Some(Kind::Interrupt) => ("interrupted", end),
            Some(Kind::Failure) => ("failure", end),
            _ => ("unknown", end),
        },
    };
    decision.outcome = outcome;
    decision.deciding = place;
    decision.final_error_code = records.get(place).and_then(|r| r.error_code);
}

/// Codes that prove a right password even where a silent request would look the same: such a one
/// never gets them.
const PASSWORD_PROVEN_ALWAYS: [i32; 2] = [50055, 500121];

/// Whether a record's code proves that the right password was typed. A silent request redeems a
/// token: its codes say nothing of a password unless a step does.
fn proves(record: &Evidence<'_>, code: i32, asked: Asked) -> bool {
    let typed = record.steps.iter().any(|s| method_is(s, "password"));
    match asked {
        Asked::Person => PASSWORD_PROVEN.contains(&code),
        Asked::Untold if !typed => PASSWORD_PROVEN_ALWAYS.contains(&code),
        Asked::Untold | Asked::Nobody => typed && PASSWORD_PROVEN.contains(&code),
    }
}

pub(super) fn decide_password(records: &[Evidence<'_>], asked: Asked, decision: &mut Decision) {
    let mut correct = "unknown";
    for record in records {
        let Some(code) = record.error_code else {
            continue;
        };
        decision.password_attempts += i32::from(PASSWORD_ATTEMPTS.contains(&code));
        let password_steps = record.steps.iter().filter(|s| method_is(s, "password"));
        for step in password_steps {
            match step
                .result_detail
                .as_deref()
                .map(str::to_lowercase)
                .as_deref()
            {
                Some("correct password") => correct = "yes",
                Some(text) if correct != "yes" && is_wrong_password(text) => correct = "no",
                _ => {}
            }
        }
        if code == 50126 && correct != "yes" {
            correct = "no";
        }
        let reached = record
            .steps
            .iter()
            .any(|s| !is_first_factor(s) && s.method.is_some());
        if code != 0 && (proves(record, code, asked) || reached) {
            correct = "yes";
        }
        let used = record
            .steps
            .iter()
            .any(|s| method_is(s, "password") && s.succeeded == Some(true));
        if code == 0 && used {
            correct = "yes";
        }
    }
    decision.password_correct = correct;
}

pub(super) fn method_is(step: &Step<'_>, name: &str) -> bool {
    step.method
        .as_deref()
        .is_some_and(|m| m.eq_ignore_ascii_case(name))
}

/// Whether a step is one of the first factor: a password, or one that was given earlier.
pub fn is_first_factor(step: &Step<'_>) -> bool {
    FIRST_FACTORS.iter().any(|name| method_is(step, name))
}

fn is_wrong_password(text: &str) -> bool {
    text == "incorrect password" || text.starts_with("invalid username or password")
}
