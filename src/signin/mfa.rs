//! Decides the MFA outcome of one sign-in, and says which rule decided.
//!
//! In: the evidence of its records in order of time. Out: a [`Decision`]. The rules are those of
//! the README's table of outcomes; the last decisive step in time wins. What no rule decides is
//! `unknown`, never a failure.

use super::aadsts::CodeTable;
use super::outcome::{PASSWORD_ATTEMPTS, decide_outcome, decide_password, is_first_factor};
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
    /// Place of the record that the outcome rests on: its names for who, where and what stand.
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
    decide_mfa(
        records,
        interactive,
        &findings,
        &facts,
        settled,
        &mut decision,
    );
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
    /// Place of the last record that sent the user to register a method.
    registration: Option<usize>,
    /// A question was counted as a prompt and its answer has not been met yet.
    open_ask: bool,
    /// An earlier record of the sign-in waited for an answer.
    asked_before: bool,
    /// Whether the last record still waits for an answer.
    pending_step: bool,
    is_user: bool,
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
        facts.asked_before |= facts.pending_step;
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
    let word = if text.is_empty() {
        Some(Word::NoEvidence)
    } else {
        word_of(text)
    };
    let Some(word) = word else {
        if !is_first_factor(step) {
            facts.unknown_text.get_or_insert_with(|| text.to_owned());
        }
        return;
    };
    if is_first_factor(step) {
        note(word, text, place, None, facts);
        return;
    }
    let at = step.step_at.unwrap_or(record.created_at);
    let asked_method = step.method.as_deref().is_some_and(|m| !m.is_empty());
    let word = match (word, step.succeeded) {
        (Word::Passed, Some(false)) if asked_method => Word::Failed,
        (Word::NoEvidence, Some(true)) if asked_method && text.is_empty() => Word::Passed,
        (word, _) => word,
    };
    if is_decisive(word) {
        answered(facts);
    } else if word == Word::Asked && asked_method {
        asked(facts);
    }
    facts.pending_step |= word == Word::Asked;
    note(word, text, place, step.method.as_deref(), facts);
    if is_decisive(word) {
        findings.push(Finding {
            at,
            record: place,
            word,
            text: Some(text.to_owned()),
            method: step.method.as_deref().map(str::to_owned),
            rule: "last decisive step",
            timed: step.step_at.is_some(),
        });
    }
}

/// Counts a question, unless an earlier one is still open.
fn asked(facts: &mut Facts) {
    facts.prompts += i32::from(!facts.open_ask);
    facts.open_ask = true;
}

/// Counts an answer whose question was not met.
fn answered(facts: &mut Facts) {
    facts.prompts += i32::from(!std::mem::take(&mut facts.open_ask));
}

fn note(word: Word, text: &str, place: usize, method: Option<&str>, facts: &mut Facts) {
    match word {
        Word::SatisfiedByClaim => facts.claim = Some((place, method.map(str::to_owned))),
        Word::NotRequired => facts.skipped = Some((place, text.to_owned())),
        Word::RegistrationRequired => facts.registration = Some(place),
        _ => {}
    }
}

fn is_decisive(word: Word) -> bool {
    use Word::{Blocked, Denied, Failed, FraudReported, Passed, TimedOut, WrongCode};
    matches!(
        word,
        Passed | Denied | WrongCode | TimedOut | FraudReported | Blocked | Failed
    )
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
    let word = if text.is_empty() {
        Some(Word::NoEvidence)
    } else {
        word_of(text)
    };
    match word {
        None => drop(facts.unknown_text.get_or_insert_with(|| text.to_owned())),
        Some(word) => note(word, text, place, None, facts),
    }
    let by_step = findings.iter().any(|f| f.record == place);
    let challenge = record.error_code.filter(|c| CHALLENGES.contains(c));
    if let Some(code) = challenge {
        facts.challenge.get_or_insert((record.created_at, code));
    }
    let status = Finding {
        at: record.created_at,
        record: place,
        word: Word::NoEvidence,
        text: None,
        method: Some(record.mfa_auth_method.to_owned()).filter(|m| !m.is_empty()),
        rule: "",
        timed: true,
    };
    if let Some(word) = word.filter(|w| is_decisive(*w) && !by_step) {
        answered(facts);
        let text = Some(text.to_owned());
        findings.push(Finding {
            word,
            text,
            rule: "status text",
            ..status
        });
        return;
    }
    if by_step {
        return;
    }
    if challenge.is_some() && !facts.pending_step {
        asked(facts);
    }
    let Some(code) = record.error_code else {
        return;
    };
    let reason = Some(text.to_owned()).filter(|t| !t.is_empty());
    if let Some((word, rule)) = word_of_code(code, word, codes) {
        if code == 500121 {
            answered(facts);
        }
        let stage = codes.mfa_stage(code);
        let text = reason.or_else(|| (stage != "failed").then(|| stage.to_owned()));
        findings.push(Finding {
            word,
            text,
            rule,
            ..status
        });
        return;
    }
    let challenged = facts
        .challenge
        .is_some_and(|(at, _)| at <= record.created_at);
    let single = record.authentication_requirement == "singleFactorAuthentication";
    let shown = facts.claim.as_ref().is_some_and(|(p, _)| *p == place);
    if code == 0 && (challenged || facts.asked_before) && (!single || shown) {
        facts.open_ask = false;
        // The record's time is that of its first request; an answer before it ends is older.
        let at = findings.iter().map(|f| f.at).fold(status.at, i64::max);
        findings.push(Finding {
            at,
            word: Word::Passed,
            rule: "success after a challenge",
            ..status
        });
    }
}

/// What a code alone says of a second factor, where no text of the record does.
fn word_of_code(code: i32, text: Option<Word>, codes: &CodeTable) -> Option<(Word, &'static str)> {
    let says_otherwise = matches!(text, Some(Word::RegistrationRequired | Word::Superseded));
    match codes.mfa_stage(code) {
        _ if says_otherwise => None,
        "failed" | "service_error" | "external_error" | "method_mismatch" => {
            Some((Word::Failed, "code of a failed second factor"))
        }
        "denied" => Some((Word::Denied, "code of a declined second factor")),
        "throttled" => Some((Word::Blocked, "code of a throttled second factor")),
        _ => None,
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
    let outcome = decision.outcome;
    let mut rule = |outcome, rule| {
        decision.mfa_outcome = outcome;
        decision.decided_by = rule;
    };
    let registers = facts
        .registration
        .is_some_and(|place| place + 1 == records.len());
    let unfinished = matches!(outcome, "interrupted" | "unknown");
    if asks && !interactive {
        rule("not_prompted", "silent request turned away");
    } else if !facts.is_user {
        rule("not_required", "no person signs in");
    } else if REGISTRATIONS.contains(&code) || registers {
        rule(
            "registration_required",
            "registration asked, nothing after it",
        );
    } else if interactive && (CHALLENGES.contains(&code) || (facts.pending_step && unfinished)) {
        if settled(last.created_at) {
            rule("abandoned", "challenge without an answer");
        } else {
            rule("pending", "challenge without an answer yet");
        }
    } else if (facts.challenge.is_some() || facts.pending_step) && code != 0 {
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
