//! The header of a saved query: comment lines that say what is asked, with what, and what comes out.
//!
//! ```text
//! -- title: MFA failures by day
//! -- question: How often did a second factor fail, day by day?
//! -- row: one day in the time zone
//! -- wrong: days before the first export look quiet
//! -- next: run mfa/by_app for the day that stands out
//! -- tags: rate, workbook:Sign-ins
//! -- param: top int 50 | how many rows at most
//! -- column: failures bigint sign-ins | numerator of the rate
//! ```
//! `wrong` and `next` may stand several times.

use serde::Serialize;

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    Text,
    Int,
    Float,
    Bool,
    /// A date, a month, a time, or a span back from the newest record such as `7d`.
    Time,
}

impl ParamKind {
    const ALL: [Self; 5] = [Self::Text, Self::Int, Self::Float, Self::Bool, Self::Time];

    /// The word in the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Time => "time",
        }
    }
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParamSpec {
    pub name: String,
    pub kind: ParamKind,
    /// `None` where the caller must give a value.
    pub default: Option<String>,
    pub meaning: String,
    /// Line of the file, from 1.
    #[serde(skip)]
    pub line: usize,
}

/// One column of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnSpec {
    pub name: String,
    pub kind: String,
    pub unit: String,
    pub meaning: String,
    /// Line of the file, from 1.
    #[serde(skip)]
    pub line: usize,
}

/// What a saved query says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Header {
    pub title: String,
    pub question: String,
    /// What one row of the answer means.
    pub row: String,
    /// What makes the answer wrong.
    pub wrong: Vec<String>,
    /// What to do next.
    pub next: Vec<String>,
    /// `rate`, and the workbook tiles and rules that it answers.
    pub tags: Vec<String>,
    pub params: Vec<ParamSpec>,
    pub columns: Vec<ColumnSpec>,
}

impl Header {
    /// The parameter of a name.
    pub fn param(&self, name: &str) -> Option<&ParamSpec> {
        self.params.iter().find(|p| p.name == name)
    }

    /// Whether it shows a rate: only such answers of two periods can be compared.
    pub fn is_rate(&self) -> bool {
        self.tags.iter().any(|tag| tag == "rate")
    }
}

/// Reads the header of a query; the error names the line.
pub(super) fn parse(sql: &str) -> Result<Header, String> {
    let mut header = Header::default();
    for (line, text) in (1..).zip(sql.lines()) {
        let Some(comment) = text.strip_prefix("-- ") else {
            break;
        };
        let fail = |what: &str| format!("line {line}: {what}");
        let (key, value) = comment
            .split_once(": ")
            .ok_or_else(|| fail("a header line is `-- key: value`"))?;
        let value = value.trim();
        match key {
            "title" => header.title = value.to_owned(),
            "question" => header.question = value.to_owned(),
            "row" => header.row = value.to_owned(),
            "wrong" => header.wrong.push(value.to_owned()),
            "next" => header.next.push(value.to_owned()),
            "tags" => header.tags = value.split(',').map(|t| t.trim().to_owned()).collect(),
            "param" => header.params.push(param(value, line).ok_or_else(|| {
                fail("a parameter is `name text|int|float|bool|time default|required | meaning`")
            })?),
            "column" => header.columns.push(
                column(value, line)
                    .ok_or_else(|| fail("a column is `name type [unit] | meaning`"))?,
            ),
            key => return Err(fail(&format!("unknown key {key}"))),
        }
    }
    if header.title.is_empty() || header.question.is_empty() {
        return Err("line 1: title or question is missing".to_owned());
    }
    Ok(header)
}

fn param(text: &str, line: usize) -> Option<ParamSpec> {
    let (spec, meaning) = text.split_once(" | ")?;
    let mut words = spec.splitn(3, ' ');
    let name = words.next()?.to_owned();
    let word = words.next()?;
    let kind = ParamKind::ALL.into_iter().find(|k| k.name() == word)?;
    let default = words.next()?;
    let default = (default != "required").then(|| default.to_owned());
    Some(ParamSpec {
        name,
        kind,
        default,
        meaning: meaning.to_owned(),
        line,
    })
}

fn column(text: &str, line: usize) -> Option<ColumnSpec> {
    let (spec, meaning) = text.split_once(" | ")?;
    let mut words = spec.splitn(3, ' ');
    let mut next = || words.next().map(str::to_owned);
    let (name, kind) = (next()?, next()?);
    Some(ColumnSpec {
        name,
        kind,
        unit: next().unwrap_or_default(),
        meaning: meaning.to_owned(),
        line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named() {
        let of = |lines: &[&str]| parse(&lines.join("\n")).expect_err("an error");
        let (title, question) = ("-- title: t", "-- question: q");
        assert!(of(&[title]).starts_with("line 1"));
        assert!(of(&[title, question, "-- colour: x"]).starts_with("line 3: unknown key"));
        assert!(of(&[title, question, "-- param: a number 1 | x"]).starts_with("line 3"));
        assert!(of(&[title, "-- column: a", question]).starts_with("line 2"));
    }
}
