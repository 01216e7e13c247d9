//! The table of AADSTS codes: kind, category, MFA stage, title, meaning and advice.
//!
//! The facts stand in `data/aadsts.csv`; an organisation's own rows override them. A code that is
//! not in the table is `unknown`, never a failure.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::embedded;
use crate::error::Result;

const COLUMNS: &[&str] = &[
    "code",
    "name",
    "kind",
    "category",
    "mfa_stage",
    "retryable",
    "who_can_fix",
    "expected",
    "basis",
    "title",
    "meaning",
    "not_said",
    "advice",
];

/// What a code is: success, a step that is being asked, or a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Interrupt,
    Failure,
    Success,
    Unknown,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Success, Self::Interrupt, Self::Failure, Self::Unknown];

    /// The word used in SQL and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupt",
            Self::Failure => "failure",
            Self::Success => "success",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of a word; anything else is `Unknown`.
    pub fn parse(word: &str) -> Self {
        match word {
            "interrupt" => Self::Interrupt,
            "failure" => Self::Failure,
            "success" => Self::Success,
            _ => Self::Unknown,
        }
    }
}

/// One code and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub code: i32,
    /// Microsoft's symbolic name; begins with `~` where none is published.
    pub name: String,
    pub kind: Kind,
    pub category: String,
    /// What the code says of a second factor; `none` where nothing.
    pub mfa_stage: String,
    /// A fresh attempt by the same user can succeed without an administrator.
    pub retryable: bool,
    pub who_can_fix: String,
    /// A normal part of the flow or of a token's life.
    pub expected: bool,
    /// `documented` or `judged`.
    pub basis: String,
    pub title: String,
    pub meaning: String,
    /// What the code does not say; may be empty.
    pub not_said: String,
    /// Steps, in order.
    pub advice: Vec<String>,
}

/// All known codes.
#[derive(Debug, Clone, Default)]
pub struct CodeTable {
    codes: HashMap<i32, Code>,
}

static BUILT_IN: LazyLock<Result<Arc<CodeTable>>> = LazyLock::new(|| {
    let rows = embedded::read("aadsts.csv", include_str!("../../data/aadsts.csv"), COLUMNS)?;
    let codes = rows.into_iter().filter_map(code_of).map(|c| (c.code, c));
    Ok(Arc::new(CodeTable {
        codes: codes.collect(),
    }))
});

fn code_of(row: Vec<String>) -> Option<Code> {
    let mut cells = row.into_iter();
    let mut next = || cells.next().unwrap_or_default();
    Some(Code {
        code: next().parse().ok()?,
        name: next(),
        kind: Kind::parse(&next()),
        category: next(),
        mfa_stage: next(),
        retryable: next() == "yes",
        who_can_fix: next(),
        expected: next() == "yes",
        basis: next(),
        title: next(),
        meaning: next(),
        not_said: next(),
        advice: next()
            .split(" | ")
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

impl CodeTable {
    /// The table that is built into the binary.
    pub fn built_in() -> Arc<Self> {
        match &*BUILT_IN {
            Ok(table) => table.clone(),
            Err(_) => Arc::default(),
        }
    }

    /// This table with an organisation's own rows put over it.
    pub fn with_rows(&self, rows: impl IntoIterator<Item = Code>) -> Self {
        let mut codes = self.codes.clone();
        codes.extend(rows.into_iter().map(|c| (c.code, c)));
        Self { codes }
    }

    /// A row for a code: what is listed already, else an empty row of unknown kind.
    pub fn row(&self, code: i32) -> Code {
        self.get(code).cloned().unwrap_or_else(|| Code {
            code,
            name: format!("~Own{code}"),
            kind: Kind::Unknown,
            category: "own".to_owned(),
            mfa_stage: "none".to_owned(),
            retryable: false,
            who_can_fix: "admin".to_owned(),
            expected: false,
            basis: "own".to_owned(),
            title: String::new(),
            meaning: String::new(),
            not_said: String::new(),
            advice: Vec::new(),
        })
    }

    /// What is known of a code.
    pub fn get(&self, code: i32) -> Option<&Code> {
        self.codes.get(&code)
    }

    /// The kind of a code; `Unknown` where it is not listed.
    pub fn kind(&self, code: i32) -> Kind {
        self.get(code).map_or(Kind::Unknown, |c| c.kind)
    }

    /// The MFA stage of a code; `none` where it is not listed.
    pub fn mfa_stage(&self, code: i32) -> &str {
        self.get(code).map_or("none", |c| &c.mfa_stage)
    }

    /// All codes in order.
    pub fn sorted(&self) -> Vec<&Code> {
        let mut codes: Vec<_> = self.codes.values().collect();
        codes.sort_unstable_by_key(|c| c.code);
        codes
    }

    /// How many codes are listed.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether no code is listed.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
}

/// The code that a text names: `50074`, `AADSTS50074`, `AADSTS50074: …`, with spaces around.
/// Anything else is no code.
pub fn parse_code(text: &str) -> Option<i32> {
    let text = text.trim();
    let (text, prefixed) = match text.get(..6) {
        Some(prefix) if prefix.eq_ignore_ascii_case("AADSTS") => (&text[6..], true),
        _ => (text, false),
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &text[digits..];
    let ends = rest.is_empty() || (prefixed && !rest.starts_with(|c: char| c.is_alphanumeric()));
    if digits == 0 || !ends {
        return None;
    }
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let table = CodeTable::built_in();
        assert_eq!(table.len(), 422);
        let count = |kind| table.sorted().iter().filter(|c| c.kind == kind).count();
        assert_eq!(
            (
                count(Kind::Success),
                count(Kind::Interrupt),
                count(Kind::Failure)
            ),
            (1, 48, 373)
        );
        assert!(
            table
                .sorted()
                .iter()
                .all(|c| !c.title.is_empty() && !c.advice.is_empty())
        );
    }

    #[test]
    fn codes_in_text() {
        assert_eq!(parse_code("50074"), Some(50074));
        assert_eq!(parse_code(" aadsts50074: Strong"), Some(50074));
        assert_eq!(parse_code("50074x"), None);
        assert_eq!(parse_code("99999999999"), None);
        assert_eq!(parse_code("é"), None);
    }
}
