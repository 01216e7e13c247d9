//! Decides the MFA outcome of one sign-in, and says which rule decided.
//!
//! In: the evidence of its records in order of time. Out: a [`Decision`]. The rules are those of
//! the README's table of outcomes; the last decisive step in time wins. What no rule decides is
//! `unknown`, never a failure.

use super::aadsts::{CodeTable, Kind};
use super::results::{Word, word_of};
use super::row::Step;

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
    /// Place of the record that decided.
    pub deciding: usize,
    pub mfa_outcome: &'static str,
    pub decided_by: &'static str,
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

/// Codes that ask a person for a second factor, or send them to another provider for one.
const CHALLENGES: [i32; 4] = [50074, 50076, 50078, 50158];
/// Codes that ask for registration of a method.
const REGISTRATIONS: [i32; 2] = [50072, 50079];
/// Codes of a wrong or locked password.
const PASSWORD_ATTEMPTS: [i32; 3] = [50126, 50053, 50056];
/// Codes that are only given once the password was right.
const PASSWORD_PROVEN: [i32; 20] = [
    0, 50055, 50072, 50074, 50076, 50078, 50079, 50105, 50131, 50133, 50140, 50158, 50173, 53000,
    53001, 53002, 53003, 53004, 500121, 530031,
];
/// Methods of a first factor, in lower case.
const FIRST_FACTORS: [&str; 3] = ["password", "previously satisfied", "first factor"];

/// One piece of decisive evidence.
struct Finding {
    at: i64,
    record: usize,
    word: Word,
    text: Option<String>,
    method: Option<String>,
    rule: &'static str,
    /// Whether `at` is a time of its own, not the record's.
    timed: bool,
}

/// Decides one sign-in. `records` are in order of time and not empty; `interactive` says whether
/// a person could be asked; `settled` says whether data reaches far enough beyond a time.
pub fn decide(
    records: &[Evidence<'_>],
    interactive: bool,
    is_user: bool,
    codes: &CodeTable,
    settled: &dyn Fn(i64) -> bool,
) -> Decision {
    let mut decision = Decision::default();
    decide_outcome(records, codes, &mut decision);
    decide_password(records, &mut decision);
    let (findings, mut facts) = gather(records, codes);
    facts.is_user = is_user;
    decide_mfa(records, interactive, &findings, &facts, settled, &mut decision);
    decision.prompts = if interactive { facts.prompts } else { 0 };
    decision.challenge_code = facts.challenge.map(|(_, code)| code);
    decision.required = required(records, &decision);
    decision
}

#[derive(Default)]
struct Facts {
    challenge: Option<(i64, i32)>,
    prompts: i32,
    claim: Option<(usize, Option<String>)>,
    skipped: Option<(usize, String)>,
    unknown_text: Option<String>,
    /// Whether the last record still waits for an answer.
    pending_step: bool,
    is_user: bool,
}

fn decide_outcome(records: &[Evidence<'_>], codes: &CodeTable, decision: &mut Decision) {
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

fn decide_password(records: &[Evidence<'_>], decision: &mut Decision) {
    let mut correct = "unknown";
    for record in records {
        let Some(code) = record.error_code else {
            continue;
        };
        decision.password_attempts += i32::from(PASSWORD_ATTEMPTS.contains(&code));
        let password_steps = record.steps.iter().filter(|s| method_is(s, "password"));
        for step in password_steps {
            match step.result_detail.as_deref().map(str::to_lowercase).as_deref() {
                Some("correct password") => correct = "yes",
                Some("incorrect password") if correct != "yes" => correct = "no",
                _ => {}
            }
        }
        if code == 50126 && correct != "yes" {
            correct = "no";
        }
        let reached = record.steps.iter().any(|s| !is_first_factor(s));
        if code != 0 && PASSWORD_PROVEN.contains(&code) && (reached || code != 50173) {
            correct = "yes";
        }
        let used = record.steps.iter().any(|s| method_is(s, "password") && s.succeeded == Some(true));
        if code == 0 && used {
            correct = "yes";
        }
    }
    decision.password_correct = correct;
}

fn method_is(step: &Step<'_>, name: &str) -> bool {
    step.method.as_deref().is_some_and(|m| m.eq_ignore_ascii_case(name))
}

fn is_first_factor(step: &Step<'_>) -> bool {
    FIRST_FACTORS.iter().any(|name| method_is(step, name))
}

/// Walks all steps and status texts in order of time.
fn gather(records: &[Evidence<'_>], codes: &CodeTable) -> (Vec<Finding>, Facts) {
    let mut findings = Vec::new();
    let mut facts = Facts::default();
    for (place, record) in records.iter().enumerate() {
        facts.pending_step = false;
        for step in &record.steps {
            read_step(place, record, step, &mut findings, &mut facts);
        }
        read_status(place, record, codes, &mut findings, &mut facts);
    }
    findings.sort_by_key(|f| (f.at, f.record));
    (findings, facts)
}

fn read_step<'a>(
    place: usize,
    record: &Evidence<'a>,
    step: &Step<'a>,
    findings: &mut Vec<Finding>,
    facts: &mut Facts,
) {
    let text = step.result_detail.as_deref().unwrap_or_default();
    let word = if text.is_empty() { Some(Word::NoEvidence) } else { word_of(text) };
    let Some(word) = word else {
        facts.unknown_text.get_or_insert_with(|| text.to_owned());
        return;
    };
    if is_first_factor(step) {
        if word == Word::SatisfiedByClaim {
            facts.claim = Some((place, None));
        }
        return;
    }
    let at = step.step_at.unwrap_or(record.created_at);
    let asked_method = step.method.as_deref().is_some_and(|m| !m.is_empty());
    let word = match (word, step.succeeded) {
        (Word::Passed, Some(false)) if asked_method => Word::Failed,
        (Word::NoEvidence, Some(true)) if asked_method && text.is_empty() => Word::Passed,
        (word, _) => word,
    };
    let prompt = is_decisive(word) || (word == Word::Asked && asked_method);
    facts.prompts += i32::from(prompt);
    facts.pending_step |= word == Word::Asked;
    note(word, text, place, step.method.as_deref(), facts);
    if is_decisive(word) {
        findings.push(Finding {
            at: at.max(record.created_at.min(at)),
            record: place,
            word,
            text: Some(text.to_owned()),
            method: step.method.as_deref().map(str::to_owned),
            rule: "last decisive step",
            timed: step.step_at.is_some(),
        });
    }
}

fn note(word: Word, text: &str, place: usize, method: Option<&str>, facts: &mut Facts) {
    match word {
        Word::SatisfiedByClaim => facts.claim = Some((place, method.map(str::to_owned))),
        Word::NotRequired => facts.skipped = Some((place, text.to_owned())),
        _ => {}
    }
}

fn is_decisive(word: Word) -> bool {
    use Word::{Blocked, Denied, Failed, FraudReported, Passed, TimedOut, WrongCode};
    matches!(word, Passed | Denied | WrongCode | TimedOut | FraudReported | Blocked | Failed)
}

/// Reads the record's code and its additional details, after its steps.
fn read_status(
    place: usize,
    record: &Evidence<'_>,
    codes: &CodeTable,
    findings: &mut Vec<Finding>,
    facts: &mut Facts,
) {
    let text = record.additional_details;
    let word = if text.is_empty() { Some(Word::NoEvidence) } else { word_of(text) };
    let by_step = findings.iter().any(|f| f.record == place);
    let mut push = |word, text: Option<&str>, rule| {
        findings.push(Finding {
            at: record.created_at,
            record: place,
            word,
            text: text.map(str::to_owned),
            method: Some(record.mfa_auth_method.to_owned()).filter(|m| !m.is_empty()),
            rule,
            timed: true,
        });
    };
    match word {
        None => drop(facts.unknown_text.get_or_insert_with(|| text.to_owned())),
        Some(word) => {
            note(word, text, place, None, facts);
            if is_decisive(word) && !by_step {
                facts.prompts += 1;
                push(word, Some(text), "status text");
                return;
            }
        }
    }
    let Some(code) = record.error_code else {
        return;
    };
    let decisive = word.is_some_and(is_decisive) || by_step;
    match codes.mfa_stage(code) {
        "failed" | "service_error" | "external_error" if !decisive => {
            facts.prompts += i32::from(code == 500121);
            push(Word::Failed, None, "code of a failed second factor");
        }
        "denied" if !decisive => push(Word::Denied, None, "code of a declined second factor"),
        "throttled" if !decisive => push(Word::Blocked, None, "code of a throttled second factor"),
        _ => {}
    }
    if CHALLENGES.contains(&code) && facts.challenge.is_none() {
        facts.challenge = Some((record.created_at, code));
    }
    if CHALLENGES.contains(&code) && !decisive && !facts.pending_step {
        facts.prompts += 1;
    }
    let challenged = facts.challenge.is_some_and(|(at, _)| at <= record.created_at);
    let single = record.authentication_requirement == "singleFactorAuthentication";
    let registered = place > 0 && facts.challenge.is_none();
    let shown = by_step || facts.claim.as_ref().is_some_and(|(p, _)| *p == place);
    if code == 0 && !by_step && (challenged || (registered && facts.pending_step)) && !(single && !shown) {
        push(Word::Passed, None, "success after a challenge");
    }
}

fn decide_mfa(
    records: &[Evidence<'_>],
    interactive: bool,
    findings: &[Finding],
    facts: &Facts,
    settled: &dyn Fn(i64) -> bool,
    decision: &mut Decision,
) {
    let Some(last) = records.last() else {
        return;
    };
    let code = last.error_code.unwrap_or(-1);
    let asks = CHALLENGES.contains(&code) || REGISTRATIONS.contains(&code);
    if let Some(found) = findings.last() {
        decide_by(found, facts, decision);
        return;
    }
    let mut rule = |outcome, rule| {
        decision.mfa_outcome = outcome;
        decision.decided_by = rule;
    };
    if !facts.is_user {
        rule("not_required", "no person signs in");
    } else if asks && !interactive {
        rule("not_prompted", "silent request turned away");
    } else if REGISTRATIONS.contains(&code) {
        rule("registration_required", "registration asked, nothing after it");
    } else if interactive && (CHALLENGES.contains(&code) || (facts.pending_step && code != 0)) {
        if settled(last.created_at) {
            rule("abandoned", "challenge without an answer");
        } else {
            rule("pending", "challenge without an answer yet");
        }
    } else if facts.challenge.is_some() && code != 0 {
        rule("unknown", "challenge, then stopped by something else");
    } else if let Some((place, method)) = &facts.claim {
        let place = *place;
        decision.method = method.clone();
        let by_mfa = records[place].authentication_requirement != "singleFactorAuthentication"
            || word_of(records[place].additional_details) == Some(Word::SatisfiedByClaim);
        if by_mfa {
            decision.mfa_outcome = "satisfied_by_claim";
            decision.decided_by = "claim accepted";
        } else {
            decision.mfa_outcome = "not_required";
            decision.decided_by = "single factor";
        }
    } else if let Some((_, reason)) = &facts.skipped {
        decision.skip_reason = Some(reason.clone());
        decision.mfa_outcome = "not_required";
        decision.decided_by = "skipped";
    } else {
        decide_plain(last, facts, decision);
    }
}

fn decide_plain(last: &Evidence<'_>, facts: &Facts, decision: &mut Decision) {
    let (outcome, rule) = if facts.unknown_text.is_some() {
        ("unknown", "text not in the table")
    } else if last.error_code.is_some_and(|c| PASSWORD_ATTEMPTS.contains(&c)) {
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
    decision.mfa_outcome = match found.word {
        Word::Passed => "passed",
        Word::Denied => "denied",
        Word::WrongCode => "wrong_code",
        Word::TimedOut => "timed_out",
        Word::FraudReported => "fraud_reported",
        Word::Blocked => "blocked",
        _ => "failed",
    };
    decision.decided_by = found.rule;
    decision.deciding = found.record;
    decision.method = found.method.clone();
    if found.word != Word::Passed {
        decision.failure_reason = found.text.clone();
    }
    let asked_at = facts.challenge.map(|(at, _)| at).filter(|at| found.timed && *at < found.at);
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
