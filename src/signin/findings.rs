//! Gathers what the records of a sign-in say of a second factor, in order of time.

use std::collections::HashSet;

use super::aadsts::Kind;
use super::mfa::Evidence;
use super::outcome::is_first_factor;
use super::results::{ResultTable, Word};
use super::row::Step;
use super::tables::Tables;

/// Codes that ask a person for a second factor, or send them to another provider for one.
pub(super) const CHALLENGES: [i32; 4] = [50074, 50076, 50078, 50158];

const SECOND_US: i64 = 1_000_000;

/// Codes that come after a second factor was passed, with the rule they prove it by: success, and
/// the questions whether to stay signed in and whether the app is the right one.
const COMPLETIONS: [(i32, &str); 3] = [
    (0, "success after a challenge"),
    (50140, "got past a challenge"),
    (50199, "got past a challenge"),
];

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
    let mut gathering = Gathering {
        tables,
        findings: Vec::new(),
        facts: Facts::default(),
        told: HashSet::new(),
        several: records.len() > 1,
    };
    for (place, record) in records.iter().enumerate() {
        gathering.read(place, record);
    }
    let Gathering {
        mut findings,
        facts,
        ..
    } = gathering;
    findings.sort_by_key(|f| (f.at, f.record));
    (findings, facts)
}

/// What is told again in a later record, as rows do that were split because of many policies: a
/// step with its second, as some rows leave the fraction out, or a code with its time.
#[derive(PartialEq, Eq, Hash)]
enum Told<'r> {
    Step(i64, &'r str, &'r str, Option<bool>),
    Code(i64, Option<i32>),
}

struct Gathering<'r> {
    tables: &'r Tables,
    findings: Vec<Finding>,
    facts: Facts,
    told: HashSet<Told<'r>>,
    /// Records can tell again what another told.
    several: bool,
}

impl<'r> Gathering<'r> {
    fn read(&mut self, place: usize, record: &'r Evidence<'_>) {
        self.facts.pending_step = false;
        let prompts = self.facts.prompts;
        let steps = self.in_order(record);
        let mut new = self.is_new(Told::Code(record.created_at, record.error_code));
        for (step, word) in steps {
            let text = step.result_detail.as_deref().unwrap_or_default();
            let method = step.method.as_deref().unwrap_or_default();
            let told = step
                .step_at
                .map(|at| Told::Step(at.div_euclid(SECOND_US), method, text, step.succeeded));
            let first = told.is_none_or(|told| self.is_new(told));
            new |= first;
            self.step(place, record, step, word, first);
        }
        let asked = self.facts.prompts > prompts;
        self.status(place, record, new && !asked, new);
        self.facts.asked_before |= self.facts.pending_step;
    }

    fn is_new(&mut self, told: Told<'r>) -> bool {
        !self.several || self.told.insert(told)
    }

    /// The steps of a record with their words, in the order in which they happened: by time, then
    /// by sequence. Exports may give all steps one time and no sequence: then those come last that
    /// agree with how the record ended.
    fn in_order(&self, record: &'r Evidence<'_>) -> Vec<(&'r Step<'r>, Option<Word>)> {
        let worded = record
            .steps
            .iter()
            .map(|step| (step, word_of_step(step, &self.tables.results)));
        let mut steps: Vec<_> = worded.collect();
        let ends = |word: Option<Word>| match (record.error_code, word) {
            (Some(0), word) => word == Some(Word::Passed),
            (Some(code), Some(word)) if self.tables.codes.kind(code) == Kind::Failure => {
                is_decisive(word) && word != Word::Passed
            }
            _ => false,
        };
        steps.sort_by_key(|(step, word)| {
            let at = step.step_at.unwrap_or(record.created_at);
            (at, step.request_sequence, step.status_sequence, ends(*word))
        });
        steps
    }

    /// Reads a step; `first` says that no record before told it.
    fn step(
        &mut self,
        place: usize,
        record: &Evidence<'_>,
        step: &Step<'_>,
        word: Option<Word>,
        first: bool,
    ) {
        let text = step.result_detail.as_deref().unwrap_or_default();
        let facts = &mut self.facts;
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
        let named = step.method.as_deref().is_some_and(|m| !m.is_empty());
        if is_decisive(word) && first {
            answered(facts);
        } else if word == Word::Asked && named && first {
            asked(facts);
        }
        facts.pending_step |= word == Word::Asked;
        note(word, text, place, step.method.as_deref(), facts);
        if is_decisive(word) {
            self.findings.push(Finding {
                at: step.step_at.unwrap_or(record.created_at),
                record: place,
                word,
                text: Some(text.to_owned()),
                method: step.method.as_deref().map(str::to_owned),
                rule: "last decisive step",
                timed: step.step_at.is_some(),
            });
        }
    }

    /// Reads the record's code and its additional details, after its steps. `asks` says that a
    /// challenge of this record was not counted yet, `new` that the record tells something new.
    fn status(&mut self, place: usize, record: &Evidence<'_>, asks: bool, new: bool) {
        let text = record.additional_details;
        let word = if text.is_empty() {
            Some(Word::NoEvidence)
        } else {
            self.tables.results.word_of(text)
        };
        let facts = &mut self.facts;
        match word {
            None => drop(facts.unknown_text.get_or_insert_with(|| text.to_owned())),
            Some(word) => note(word, text, place, None, facts),
        }
        let challenge = record.error_code.filter(|c| CHALLENGES.contains(c));
        if let Some(code) = challenge {
            facts.challenge.get_or_insert((record.created_at, code));
        }
        if self.findings.iter().any(|f| f.record == place) {
            return;
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
        if let Some(word) = word.filter(|w| is_decisive(*w)) {
            // A success can say once more that the second factor was passed.
            let passed = self.findings.last().map(|f| f.word);
            if new && (word, passed) != (Word::Passed, Some(Word::Passed)) {
                answered(facts);
            }
            self.findings.push(Finding {
                word,
                text: Some(text.to_owned()),
                rule: "status text",
                ..status
            });
            return;
        }
        if challenge.is_some() && asks {
            // A record that ends on a challenge asked anew, whatever is still open.
            facts.prompts += 1;
            facts.open_ask = true;
        }
        self.code(record, word, status, new);
    }

    /// Reads a code whose record has no text that decides.
    fn code(&mut self, record: &Evidence<'_>, word: Option<Word>, status: Finding, new: bool) {
        let Some(code) = record.error_code else {
            return;
        };
        let facts = &mut self.facts;
        let reason = Some(record.additional_details.to_owned()).filter(|t| !t.is_empty());
        if let Some((word, rule)) = word_of_code(code, word, self.tables) {
            if code == 500121 && new {
                answered(facts);
            }
            let stage = self.tables.codes.mfa_stage(code);
            let text = reason.or_else(|| (stage != "failed").then(|| stage.to_owned()));
            self.findings.push(Finding {
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
        let claim = facts.claim.as_ref();
        let shown = claim.is_some_and(|(place, _)| *place == status.record);
        let rule = COMPLETIONS.iter().find(|(own, _)| *own == code);
        if let Some((_, rule)) = rule
            && (challenged || facts.asked_before)
            && (!single || shown)
        {
            // A question that comes after all factors can stand before the record of the answer.
            facts.open_ask &= code != 0;
            // The record's time is that of its first request; an answer before it ends is older.
            let at = self.findings.iter().map(|f| f.at);
            let at = at.fold(status.at, i64::max);
            self.findings.push(Finding {
                at,
                word: Word::Passed,
                rule,
                ..status
            });
        }
    }
}

/// What a step's text says; `None` where it is in no table. The flag of a second factor goes
/// before its text, but a fraud that was reported stays one.
pub fn word_of_step(step: &Step<'_>, results: &ResultTable) -> Option<Word> {
    let text = step.result_detail.as_deref().unwrap_or_default();
    let word = if text.is_empty() {
        Word::NoEvidence
    } else {
        results.word_of(text)?
    };
    let named = step.method.as_deref().is_some_and(|m| !m.is_empty());
    if !named || is_first_factor(step) {
        return Some(word);
    }
    Some(match (word, step.succeeded) {
        (Word::Passed, Some(false)) => Word::Failed,
        (Word::NoEvidence, Some(true)) if text.is_empty() => Word::Passed,
        (word, Some(true)) if is_decisive(word) && word != Word::FraudReported => Word::Passed,
        (word, _) => word,
    })
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

pub(super) fn is_decisive(word: Word) -> bool {
    use Word::{Blocked, Denied, Failed, FraudReported, Passed, TimedOut, WrongCode};
    matches!(
        word,
        Passed | Denied | WrongCode | TimedOut | FraudReported | Blocked | Failed
    )
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
