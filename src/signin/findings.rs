//! Gathers what the records of a sign-in say of a second factor, in order of time.

use super::mfa::Evidence;
use super::outcome::is_first_factor;
use super::results::Word;
use super::row::Step;
use super::tables::Tables;

/// Codes that ask a person for a second factor, or send them to another provider for one.
pub(super) const CHALLENGES: [i32; 4] = [50074, 50076, 50078, 50158];

/// One piece of decisive evidence.
pub(super) struct Finding {
    pub(super) at: i64,
    pub(super) record: usize,
    pub(super) word: Word,
    pub(super) text: Option<String>,
    pub(super) method: Option<String>,
    pub(super) rule: &'static str,
    /// Whether `at` is a time of its own, not the record's.
    pub(super) timed: bool,
}

#[derive(Default)]
pub(super) struct Facts {
    pub(super) challenge: Option<(i64, i32)>,
    pub(super) prompts: i32,
    pub(super) claim: Option<(usize, Option<String>)>,
    pub(super) skipped: Option<(usize, String)>,
    pub(super) unknown_text: Option<String>,
    /// Place of the last record that sent the user to register a method.
    pub(super) registration: Option<usize>,
    /// A question was counted as a prompt and its answer has not been met yet.
    pub(super) open_ask: bool,
    /// An earlier record of the sign-in waited for an answer.
    pub(super) asked_before: bool,
    /// Whether the last record still waits for an answer.
    pub(super) pending_step: bool,
    pub(super) is_user: bool,
}

/// Walks all steps and status texts in order of time.
pub(super) fn gather(records: &[Evidence<'_>], tables: &Tables) -> (Vec<Finding>, Facts) {
    let mut findings = Vec::new();
    let mut facts = Facts::default();
    for (place, record) in records.iter().enumerate() {
        facts.pending_step = false;
        for step in &record.steps {
            read_step(place, record, step, tables, &mut findings, &mut facts);
        }
        read_status(place, record, tables, &mut findings, &mut facts);
        facts.asked_before |= facts.pending_step;
    }
    findings.sort_by_key(|f| (f.at, f.record));
    (findings, facts)
}

fn read_step<'a>(
    place: usize,
    record: &Evidence<'a>,
    step: &Step<'a>,
    tables: &Tables,
    findings: &mut Vec<Finding>,
    facts: &mut Facts,
) {
    let text = step.result_detail.as_deref().unwrap_or_default();
    let word = if text.is_empty() {
        Some(Word::NoEvidence)
    } else {
        tables.results.word_of(text)
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
    tables: &Tables,
    findings: &mut Vec<Finding>,
    facts: &mut Facts,
) {
    let text = record.additional_details;
    let word = if text.is_empty() {
        Some(Word::NoEvidence)
    } else {
        tables.results.word_of(text)
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
    read_code(record, word, status, tables, findings, facts);
}

/// Reads a code whose record has no text that decides.
fn read_code(
    record: &Evidence<'_>,
    word: Option<Word>,
    status: Finding,
    tables: &Tables,
    findings: &mut Vec<Finding>,
    facts: &mut Facts,
) {
    let Some(code) = record.error_code else {
        return;
    };
    let reason = Some(record.additional_details.to_owned()).filter(|t| !t.is_empty());
    if let Some((word, rule)) = word_of_code(code, word, tables) {
        if code == 500121 {
            answered(facts);
        }
        let stage = tables.codes.mfa_stage(code);
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
    let shown = facts
        .claim
        .as_ref()
        .is_some_and(|(p, _)| *p == status.record);
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
fn word_of_code(code: i32, text: Option<Word>, tables: &Tables) -> Option<(Word, &'static str)> {
    let says_otherwise = matches!(text, Some(Word::RegistrationRequired | Word::Superseded));
    match tables.codes.mfa_stage(code) {
        _ if says_otherwise => None,
        "failed" | "service_error" | "external_error" | "method_mismatch" => {
            Some((Word::Failed, "code of a failed second factor"))
        }
        "denied" => Some((Word::Denied, "code of a declined second factor")),
        "throttled" => Some((Word::Blocked, "code of a throttled second factor")),
        _ => None,
    }
}
