//! The table of MFA result texts: what a step's or a status's words say of the outcome.
//!
//! Facts stand in `data/mfa_results.csv`. Matching ignores case; an exact text beats a tail, a
//! tail beats a prefix. A text that is not in the table is `None`, never guessed.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::table;

const COLUMNS: &[&str] = &["text", "match", "field", "outcome", "meaning"];

/// What a text says of a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Word {
    Passed,
    Denied,
    WrongCode,
    TimedOut,
    FraudReported,
    Blocked,
    Failed,
    Asked,
    RegistrationRequired,
    NotRequired,
    SatisfiedByClaim,
    /// Another request took its place; no attempt of its own.
    Superseded,
    /// A known text that says nothing of MFA.
    NoEvidence,
}

impl Word {
    fn parse(word: &str) -> Self {
        match word {
            "passed" => Self::Passed,
            "denied" => Self::Denied,
            "wrong_code" => Self::WrongCode,
            "timed_out" => Self::TimedOut,
            "fraud_reported" => Self::FraudReported,
            "blocked" => Self::Blocked,
            "failed" => Self::Failed,
            "asked" => Self::Asked,
            "registration_required" => Self::RegistrationRequired,
            "not_required" => Self::NotRequired,
            "superseded" => Self::Superseded,
            "satisfied_by_claim" => Self::SatisfiedByClaim,
            _ => Self::NoEvidence,
        }
    }
}

#[derive(Default)]
struct Results {
    exact: HashMap<String, Word>,
    tails: Vec<(String, Word)>,
    prefixes: Vec<(String, Word)>,
}

static RESULTS: LazyLock<Results> = LazyLock::new(|| {
    let text = include_str!("../../data/mfa_results.csv");
    let mut results = Results::default();
    for row in table::read("mfa_results.csv", text, COLUMNS).unwrap_or_default() {
        let [text, matching, field, outcome, _] = row.as_slice() else {
            continue;
        };
        if !matches!(field.as_str(), "details" | "call_result" | "auth_detail") {
            continue;
        }
        let (key, word) = (text.to_lowercase(), Word::parse(outcome));
        match matching.as_str() {
            "tail" => results.tails.push((key, word)),
            "prefix" => results.prefixes.push((key, word)),
            _ => drop(results.exact.insert(key, word)),
        }
    }
    results
        .tails
        .sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    results
        .prefixes
        .sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    results
});

/// What a result text says of a second factor; `None` where the text is not in the table.
pub fn word_of(text: &str) -> Option<Word> {
    let key = text.trim().to_lowercase();
    let results = &*RESULTS;
    if let Some(word) = results.exact.get(&key) {
        return Some(*word);
    }
    let tail = results
        .tails
        .iter()
        .find(|(t, _)| key.ends_with(t.as_str()));
    let prefix = || {
        results
            .prefixes
            .iter()
            .find(|(t, _)| key.starts_with(t.as_str()))
    };
    tail.or_else(prefix).map(|(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        assert_eq!(
            word_of("MFA Denied; user declined the authentication"),
            Some(Word::Denied)
        );
        assert_eq!(
            word_of("MFA denied; user did not respond to mobile app notification"),
            Some(Word::TimedOut)
        );
        assert_eq!(
            word_of("MFA denied; duplicate authentication attempt"),
            Some(Word::Superseded)
        );
        assert_eq!(word_of("User denied; something new"), Some(Word::Denied));
        assert_eq!(
            word_of("phone call: no phone input - timed out"),
            Some(Word::TimedOut)
        );
        assert_eq!(word_of("a text nobody knows"), None);
        assert_eq!(word_of("Correct password"), Some(Word::NoEvidence));
    }
}
