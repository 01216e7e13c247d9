//! What the editor knows of the text: where a statement ends, and how a word could go on.

use std::collections::{BTreeMap, BTreeSet};

use authlake::engine::Vocabulary;
use authlake::query::Library;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::commands::{COMMANDS, Takes};

/// Words of SQL that are worth a completion.
const KEYWORDS: [&str; 41] = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FILTER",
    "FROM",
    "GROUP",
    "HAVING",
    "ILIKE",
    "INTERSECT",
    "INTERVAL",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NULL",
    "OFFSET",
    "ORDER",
    "OVER",
    "PARTITION",
    "SELECT",
    "SHOW",
    "THEN",
    "TIMESTAMP",
    "UNION",
    "UNNEST",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The words of a session.
pub(super) struct Words {
    /// Tables and views with their columns.
    tables: BTreeMap<String, BTreeSet<String>>,
    functions: Vec<String>,
    queries: Vec<String>,
}

impl Words {
    pub(super) fn of(vocabulary: &Vocabulary, library: &Library) -> Self {
        let tables = vocabulary.tables.iter().map(|(name, columns)| {
            let columns = columns.iter().map(|c| c.name.clone());
            (name.clone(), columns.collect())
        });
        Self {
            tables: tables.collect(),
            functions: vocabulary.functions.keys().cloned().collect(),
            queries: library.all().iter().map(|q| q.name.clone()).collect(),
        }
    }

    /// Where the word under the cursor begins, and what it could become.
    fn candidates(&self, line: &str, at: usize) -> (usize, Vec<String>) {
        let before = &line[..at];
        if let Some(command) = before.trim_start().strip_prefix('\\') {
            return self.of_command(command, at);
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let start = at - word.len();
        let earlier = &line[..start];
        let is_after = |keyword: &str| {
            let last = earlier.trim_end().rsplit(|c| !is_word(c)).next();
            earlier.ends_with(char::is_whitespace)
                && last.is_some_and(|last| last.eq_ignore_ascii_case(keyword))
        };
        let tables = self.tables.keys().cloned();
        if is_after("FROM") || is_after("JOIN") {
            return (start, continued(tables, word));
        }
        if word.is_empty() && !earlier.ends_with('.') {
            return (start, Vec::new());
        }
        let columns = self.columns_of(line);
        if earlier.ends_with('.') {
            return (start, continued(columns.into_iter(), word));
        }
        let upper = word.chars().any(char::is_uppercase);
        let keywords = KEYWORDS.iter().map(|word| match upper {
            true => (*word).to_owned(),
            false => word.to_lowercase(),
        });
        let functions = self.functions.iter().map(|name| format!("{name}("));
        let all = columns.into_iter().chain(tables).chain(functions);
        (start, continued(all.chain(keywords), word))
    }

    /// The columns of the tables that a statement names; of all as long as it names none.
    fn columns_of(&self, line: &str) -> BTreeSet<String> {
        let named: Vec<_> = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter_map(|word| self.tables.get(word))
            .collect();
        match named.is_empty() {
            true => self.tables.values().flatten().cloned().collect(),
            false => named.into_iter().flatten().cloned().collect(),
        }
    }

    fn of_command(&self, text: &str, at: usize) -> (usize, Vec<String>) {
        let Some((name, rest)) = text.split_once(char::is_whitespace) else {
            let names = COMMANDS.iter().map(|c| c.name.to_owned());
            return (at - text.len(), continued(names, text));
        };
        let word = rest.rsplit(char::is_whitespace).next().unwrap_or_default();
        let takes = COMMANDS.iter().find(|c| c.name == name).map(|c| c.takes);
        let words: Vec<String> = match takes {
            Some(Takes::Table) => self.tables.keys().cloned().collect(),
            Some(Takes::Function) => self.functions.clone(),
            Some(Takes::Query) => self.queries.clone(),
            Some(Takes::Format) => FORMATS.map(str::to_owned).to_vec(),
            Some(Takes::Nothing) | None => Vec::new(),
        };
        (at - word.len(), continued(words.into_iter(), word))
    }
}

/// Formats that make sense at a prompt.
pub(super) const FORMATS: [&str; 5] = ["table", "csv", "json", "ndjson", "markdown"];

/// The words that begin as this one does, whatever its case, each once.
fn continued(words: impl Iterator<Item = String>, word: &str) -> Vec<String> {
    let begins = |candidate: &String| {
        let head = candidate.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    let found: BTreeSet<String> = words.filter(begins).collect();
    found.into_iter().collect()
}

/// Whether a text ends where its last statement ends. Commands end with their line.
fn is_whole(text: &str) -> bool {
    let is_command = text.trim_start().starts_with('\\');
    is_command || text.trim().is_empty() || statements(text).1.is_empty()
}

/// The statements of a text, and what comes after the last. A statement ends with a semicolon that
/// stands in no text, name or comment; a rest of blanks and comments is none.
pub(super) fn statements(text: &str) -> (Vec<&str>, &str) {
    let (mut found, mut begin, mut said) = (Vec::new(), 0, false);
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match (c, rest.peek().map(|(_, next)| *next)) {
            ('\'' | '"', _) => {
                said = true;
                // A doubled quote closes one text and opens the next.
                rest.by_ref().any(|(_, next)| next == c);
            }
            ('-', Some('-')) => while rest.next_if(|(_, next)| *next != '\n').is_some() {},
            ('/', Some('*')) => {
                rest.next();
                let mut last = ' ';
                let closed = rest.by_ref().any(|(_, next)| {
                    let closes = last == '*' && next == '/';
                    last = next;
                    closes
                });
                said |= !closed;
            }
            (';', _) => {
                found.push(&text[begin..=at]);
                (begin, said) = (at + 1, false);
            }
            (c, _) => said |= !c.is_whitespace(),
        }
    }
    (found, if said { &text[begin..] } else { "" })
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, words) = self.candidates(line, pos);
        let pairs = words.into_iter().map(|word| Pair {
            display: word.clone(),
            replacement: word,
        });
        Ok((start, pairs.collect()))
    }
}

impl Validator for Words {
    fn validate(&self, text: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(text.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let columns = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Words {
            tables: BTreeMap::from([
                (
                    "signins".to_owned(),
                    columns(&["started_at", "mfa_outcome"]),
                ),
                ("records".to_owned(), columns(&["created_at", "id"])),
            ]),
            functions: vec!["mfa_result".to_owned(), "sum".to_owned()],
            queries: vec!["mfa/by_day".to_owned(), "mfa/by_app".to_owned()],
        }
    }

    fn of(line: &str) -> Vec<String> {
        words().candidates(line, line.len()).1
    }

    #[test]
    fn a_word_goes_on_as_what_can_stand_there() {
        assert_eq!(of("SELECT * FROM "), ["records", "signins"]);
        assert_eq!(of("SELECT * FROM si"), ["signins"]);
        assert_eq!(of("SELECT mfa"), ["mfa_outcome", "mfa_result("]);
        assert_eq!(of("select mfa_o"), ["mfa_outcome"]);
        assert_eq!(
            of("SELECT s."),
            ["created_at", "id", "mfa_outcome", "started_at"]
        );
        assert_eq!(
            of("SELECT 1 FROM signins s WHERE s."),
            ["mfa_outcome", "started_at"]
        );
        assert_eq!(of("SEL"), ["SELECT"]);
        assert_eq!(of("sel"), ["select"]);
        assert_eq!(of("SELECT "), [""; 0]);
        assert_eq!(of("SELECT 'é', cr"), ["created_at"]);
        // The columns are those of the table, though it comes after the cursor.
        let line = "SELECT  FROM records";
        assert_eq!(
            words().candidates("SELECT c FROM records", 8).1,
            ["case", "cast", "created_at"]
        );
        assert_eq!(words().candidates(line, 7).1, [""; 0]);
    }

    #[test]
    fn commands_and_what_they_take() {
        assert_eq!(of("\\d re"), ["records"]);
        assert_eq!(of("\\run mfa/by_d"), ["mfa/by_day"]);
        assert_eq!(
            of("\\run mfa/by_day --since 7d mfa/"),
            ["mfa/by_app", "mfa/by_day"]
        );
        assert!(of("\\").contains(&"timing".to_owned()));
        assert_eq!(of("\\format nd"), ["ndjson"]);
    }

    #[test]
    fn a_statement_ends_with_a_semicolon_outside_of_texts_and_comments() {
        for whole in [
            "SELECT 1;",
            "SELECT ';';  ",
            "SELECT 'it''s';",
            "\\d",
            "",
            "SELECT 1; -- done",
        ] {
            assert!(is_whole(whole), "{whole}");
        }
        assert_eq!(statements("SELECT 1; -- a;\nSELECT ';' ; ").0.len(), 2);
        for part in [
            "SELECT 1",
            "SELECT ';",
            "SELECT 1 -- ;",
            "SELECT /* ; */",
            "SELECT \";",
            "SELECT /* ;",
        ] {
            assert!(!is_whole(part), "{part}");
        }
    }
}
