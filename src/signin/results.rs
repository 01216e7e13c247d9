//! The table of MFA result texts: what a step's or a status's words say of the outcome.
//!
//! The facts stand in `data/mfa_results.csv`; an organisation's own rows override them. Matching
//! ignores case; an exact text beats a tail, a tail beats a prefix, a longer one a shorter. A text
//! that is not in the table is `None`, never guessed.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::embedded;

const COLUMNS: &[&str] = &["text", "match", "field", "outcome", "meaning"];
/// Fields whose texts are judged as results; the others name methods, requirements and policies.
pub const JUDGED_FIELDS: [&str; 3] = ["details", "call_result", "auth_detail"];

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
    /// Every word, in the order of help.
    pub const ALL: [Self; 13] = [
        Self::Passed,
        Self::Denied,
        Self::WrongCode,
        Self::TimedOut,
        Self::FraudReported,
        Self::Blocked,
        Self::Failed,
        Self::Asked,
        Self::RegistrationRequired,
        Self::NotRequired,
        Self::SatisfiedByClaim,
        Self::Superseded,
        Self::NoEvidence,
    ];

    /// The word used in SQL, in the table and in `authlake.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Denied => "denied",
            Self::WrongCode => "wrong_code",
            Self::TimedOut => "timed_out",
            Self::FraudReported => "fraud_reported",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Asked => "asked",
            Self::RegistrationRequired => "registration_required",
            Self::NotRequired => "not_required",
            Self::SatisfiedByClaim => "satisfied_by_claim",
            Self::Superseded => "superseded",
            Self::NoEvidence => "none",
        }
    }

    /// The word of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.name() == name)
    }
}

/// How a row's text is compared with the text of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Match {
    /// It is the whole text.
    Exact,
    /// The text ends with it.
    Tail,
    /// The text begins with it.
    Prefix,
}

impl Match {
    /// Every way, the strongest first.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Tail, Self::Prefix];

    /// The name used in the table and in `authlake.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Tail => "tail",
            Self::Prefix => "prefix",
        }
    }

    /// The way of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// One text and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultText {
    /// As seen or documented, without spaces around.
    pub text: String,
    pub matching: Match,
    /// Where the text stands in a record, such as `details`.
    pub field: String,
    pub word: Word,
    pub meaning: String,
}

/// All known result texts.
#[derive(Debug, Clone, Default)]
pub struct ResultTable {
    rows: Vec<ResultText>,
    /// Each exact text as it is written and in lower case: the usual spelling is found as it comes.
    exact: HashMap<String, Word, foldhash::fast::RandomState>,
    /// Tails and prefixes in lower case, the longest first.
    tails: Vec<(String, Word)>,
    prefixes: Vec<(String, Word)>,
}

static BUILT_IN: LazyLock<Arc<ResultTable>> = LazyLock::new(|| {
    let text = include_str!("../../data/mfa_results.csv");
    let rows = embedded::read("mfa_results.csv", text, COLUMNS).unwrap_or_default();
    Arc::new(ResultTable::of(
        rows.into_iter().filter_map(row_of).collect(),
    ))
});

fn row_of(cells: Vec<String>) -> Option<ResultText> {
    let [text, matching, field, word, meaning] = <[String; 5]>::try_from(cells).ok()?;
    Some(ResultText {
        text,
        matching: Match::parse(&matching)?,
        field,
        word: Word::parse(&word)?,
        meaning,
    })
}

impl ResultTable {
    /// The table that is built into the binary.
    pub fn built_in() -> Arc<Self> {
        BUILT_IN.clone()
    }

    /// This table with an organisation's own rows: one replaces the judged row of the same text and
    /// way of matching, whatever its case.
    pub fn with_rows(&self, own: impl IntoIterator<Item = ResultText>) -> Self {
        let mut rows = self.rows.clone();
        for row in own {
            rows.retain(|held| {
                let same = held.matching == row.matching && lower(&held.text) == lower(&row.text);
                !(same && held.is_judged())
            });
            rows.push(row);
        }
        Self::of(rows)
    }

    fn of(rows: Vec<ResultText>) -> Self {
        let mut table = Self::default();
        for row in rows.iter().filter(|row| row.is_judged()) {
            let (key, word) = (lower(&row.text), row.word);
            match row.matching {
                Match::Tail => table.tails.push((key, word)),
                Match::Prefix => table.prefixes.push((key, word)),
                Match::Exact => {
                    table.exact.insert(row.text.clone(), word);
                    table.exact.insert(key, word);
                }
            }
        }
        table.tails.sort_by_key(|(text, _)| Reverse(text.len()));
        table.prefixes.sort_by_key(|(text, _)| Reverse(text.len()));
        table.rows = rows;
        table
    }

    /// What a result text says of a second factor; `None` where the text is not in the table.
    pub fn word_of(&self, text: &str) -> Option<Word> {
        let text = text.trim();
        if let Some(word) = self.exact.get(text) {
            return Some(*word);
        }
        let key = lower(text);
        if let Some(word) = self.exact.get(&key) {
            return Some(*word);
        }
        let tail = self.tails.iter().find(|(t, _)| key.ends_with(t.as_str()));
        let prefix = || {
            let begins = |(t, _): &&(String, Word)| key.starts_with(t.as_str());
            self.prefixes.iter().find(begins)
        };
        tail.or_else(prefix).map(|(_, word)| *word)
    }

    /// Every row, those of the organisation last.
    pub fn rows(&self) -> &[ResultText] {
        &self.rows
    }
}

impl ResultText {
    fn is_judged(&self) -> bool {
        JUDGED_FIELDS.contains(&self.field.as_str())
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word_of(text: &str) -> Option<Word> {
        ResultTable::built_in().word_of(text)
    }

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

    #[test]
    fn no_row_is_lost() {
        let text = include_str!("../../data/mfa_results.csv");
        let lines = text.lines().count() - 1;
        assert_eq!(ResultTable::built_in().rows().len(), lines);
    }

    #[test]
    fn own_rows_override_whatever_their_case() {
        let own = |text: &str, matching, word| ResultText {
            text: text.to_owned(),
            matching,
            field: "details".to_owned(),
            word,
            meaning: String::new(),
        };
        let table = ResultTable::built_in().with_rows([
            own("USER approved", Match::Exact, Word::Failed),
            own("by the help desk", Match::Tail, Word::Passed),
            own("Help desk", Match::Prefix, Word::Denied),
        ]);
        assert_eq!(table.word_of("User approved"), Some(Word::Failed));
        assert_eq!(
            table.word_of("Confirmed by the Help Desk"),
            Some(Word::Passed)
        );
        assert_eq!(table.word_of("help desk said no"), Some(Word::Denied));
        let kept = "MFA denied; user declined the authentication";
        assert_eq!(table.word_of(kept), Some(Word::Denied));
        // A text of another field, such as a status of Conditional Access, is no result text.
        assert_eq!(table.word_of("notApplied"), None);
    }
}
