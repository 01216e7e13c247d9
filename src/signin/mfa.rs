//! Decides the MFA outcome of one sign-in, and says which rule decided.
//!
//! In: the evidence of its records in order of time. Out: a [`Decision`]. The rules are those of
//! the README's table of outcomes; the last decisive step in time wins. What no rule decides is
//! `unknown`, never a failure.

pub use super::findings::word_of_step;
use super::findings::{CHALLENGES, Facts, Finding, gather, is_decisive};
pub use super::outcome::is_first_factor;
use super::outcome::{PASSWORD_ATTEMPTS, decide_outcome, decide_password};
use super::results::Word;
use super::row::Step;
use super::tables::Tables;

/// What one record says. Empty text means unknown.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// Microseconds since 1970-01-01 UTC.
    pub created_at: i64,
    pub error_code: Option<i32>,
    pub additional_details: &'a str,
    pub failure_reason: &'a str,
    pub authentication_requirement: &'a str,
    pub mfa_auth_method: &'a str,
    pub steps: Vec<Step<'a>>,
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    pub outcome: &'static str,
    pub final_error_code: Option<i32>,
    /// Place of the record that the outcome rests on: its names for who, where and what stand.
    pub deciding: usize,
    pub mfa_outcome: &'static str,
    pub decided_by: &'static str,
    /// Place of the record that decided the MFA outcome, and the time of its evidence in
    /// microseconds since 1970-01-01 UTC.
    pub evidence: (usize, i64),
    pub failure_reason: Option<String>,
    pub skip_reason: Option<String>,
    pub method: Option<String>,
    pub required: Option<bool>,
    pub prompts: i32,
    pub challenge_code: Option<i32>,
    pub seconds_to_mfa: Option<f64>,
    pub password_correct: &'static str,
    pub password_attempts: i32,
}

/// Whether a person could have been asked for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Somebody sat there.
    Person,
    /// The request was silent, or a service's.
    Nobody,
    /// The export does not say: an unanswered person and a silent request look the same.
    Untold,
}

impl Asked {
    /// What an event type says.
    pub(super) fn of(event_type: &str) -> Self {
        match event_type {
            "interactiveUser" | "adfs" => Self::Person,
            "unknown" => Self::Untold,
            _ => Self::Nobody,
        }
    }
}

/// What one record alone says of a second factor. It is the record's word, not the sign-in's: other
/// records of the sign-in can say otherwise, so a challenge is `pending`, never `abandoned`.
pub fn decide_alone(record: Evidence<'_>, event_type: &str, tables: &Tables) -> &'static str {
    decide(&[record], event_type, tables, &|_| false).mfa_outcome
}

/// Whether records of an event type are those of a person, not of a service.
pub fn is_person(event_type: &str) -> bool {
    !matches!(event_type, "servicePrincipal" | "managedIdentity")
}

/// Codes that ask for registration of a method.
const REGISTRATIONS: [i32; 2] = [50072, 50079];

/// Whether an MFA outcome is a failure of the MFA failure rate.
pub fn is_failure(mfa_outcome: &str) -> bool {
    let word = Word::parse(mfa_outcome);
    word.is_some_and(|word| is_decisive(word) && word != Word::Passed)
}

/// Decides one sign-in. `records` are in order of time, not empty and of one event type; `settled`
/// says whether data reaches far enough beyond a time.
pub fn decide(
    records: &[Evidence<'_>],
    event_type: &str,
    tables: &Tables,
    settled: &dyn Fn(i64) -> bool,
) -> Decision {
    let asked = Asked::of(event_type);
    let mut decision = Decision::default();
    decide_outcome(records, &tables.codes, &mut decision);
    decide_password(records, asked, &mut decision);
    let (findings, mut facts) = gather(records, tables);
    facts.is_user = is_person(event_type);
    decide_mfa(
        records,
        asked,
        &findings,
        &facts,
        tables,
        settled,
        &mut decision,
    );
    decision.prompts = if asked == Asked::Nobody {
        0
    } else {
        facts.prompts
    };
    decision.challenge_code = facts.challenge.map(|(_, code)| code);
    decision.required = required(records, &decision);
    decision
}

fn decide_mfa(
    records: &[Evidence<'_>],
    asked: Asked,
    findings: &[Finding],
    facts: &Facts,
    tables: &Tables,
    settled: &dyn Fn(i64) -> bool,
    decision: &mut Decision,
) {
    let Some(last) = records.last() else {
        return;
    };
    decision.evidence = (records.len() - 1, last.created_at);
    let code = last.error_code.unwrap_or(-1);
    let asks = CHALLENGES.contains(&code) || REGISTRATIONS.contains(&code);
    if let Some(found) = findings.last() {
        decide_by(found, facts, decision);
        return;
    }
    let outcome = decision.outcome;
    let mut rule = |outcome, rule| {
        decision.mfa_outcome = outcome;
        decision.decided_by = rule;
    };
    let registers = facts
        .registration
        .is_some_and(|place| place + 1 == records.len());
    let unfinished = matches!(outcome, "interrupted" | "unknown");
    if asks && asked == Asked::Nobody {
        rule("not_prompted", "silent request turned away");
    } else if !facts.is_user {
        rule("not_required", "no person signs in");
    } else if REGISTRATIONS.contains(&code) || registers {
        rule(
            "registration_required",
            "registration asked, nothing after it",
        );
    } else if asked != Asked::Nobody
        && (CHALLENGES.contains(&code) || (facts.pending_step && unfinished))
    {
        if asked == Asked::Untold {
            rule("unknown", "challenge, perhaps to a silent request");
        } else if settled(last.created_at) {
            rule("abandoned", "challenge without an answer");
        } else {
            rule("pending", "challenge without an answer yet");
        }
    } else if (facts.challenge.is_some() || facts.pending_step) && code != 0 {
        rule("unknown", "challenge, then stopped by something else");
    } else if let Some((place, method)) = &facts.claim {
        decision.evidence = (*place, records[*place].created_at);
        decision.method = method.clone();
        decide_claim(&records[*place], tables, decision);
    } else if let Some((place, reason)) = &facts.skipped {
        decision.evidence = (*place, records[*place].created_at);
        decision.skip_reason = Some(reason.clone());
        decision.mfa_outcome = "not_required";
        decision.decided_by = "skipped";
    } else {
        decide_plain(last, facts, decision);
    }
}

/// An earlier proof was accepted: of a second factor, unless one factor was all that was needed.
fn decide_claim(record: &Evidence<'_>, tables: &Tables, decision: &mut Decision) {
    let single = record.authentication_requirement == "singleFactorAuthentication";
    let word = tables.results.word_of(record.additional_details);
    let (outcome, rule) = match single && word != Some(Word::SatisfiedByClaim) {
        true => ("not_required", "single factor"),
        false => ("satisfied_by_claim", "claim accepted"),
    };
    decision.mfa_outcome = outcome;
    decision.decided_by = rule;
}

fn decide_plain(last: &Evidence<'_>, facts: &Facts, decision: &mut Decision) {
    let (outcome, rule) = if facts.unknown_text.is_some() {
        ("unknown", "text not in the table")
    } else if last
        .error_code
        .is_some_and(|c| PASSWORD_ATTEMPTS.contains(&c))
    {
        ("not_required", "stopped at the password")
    } else if last.authentication_requirement == "singleFactorAuthentication" {
        ("not_required", "single factor")
    } else {
        ("unknown", "the export does not say")
    };
    decision.mfa_outcome = outcome;
    decision.decided_by = rule;
}

fn decide_by(found: &Finding, facts: &Facts, decision: &mut Decision) {
    decision.mfa_outcome = found.word.name();
    decision.decided_by = found.rule;
    decision.evidence = (found.record, found.at);
    decision.method = found.method.clone();
    if found.word != Word::Passed {
        decision.failure_reason = found.text.clone();
    }
    let asked_at = facts
        .challenge
        .map(|(at, _)| at)
        .filter(|at| found.timed && *at < found.at);
    decision.seconds_to_mfa = asked_at.map(|at| (found.at - at) as f64 / 1e6);
}

fn required(records: &[Evidence<'_>], decision: &Decision) -> Option<bool> {
    let needs = |r: &Evidence<'_>| r.authentication_requirement == "multiFactorAuthentication";
    match decision.mfa_outcome {
        "unknown" if !records.iter().any(needs) => None,
        "not_required" => Some(records.iter().any(needs)),
        _ => Some(true),
    }
}
