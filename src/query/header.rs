//! The header of a saved query: comment lines with title, question, parameters and columns.
//!
//! ```text
//! -- title: MFA failures by day
//! -- question: How often did a second factor fail, day by day?
//! -- param: top int 50 | how many rows at most
//! -- column: failures bigint sign-ins | numerator of the rate
//! ```

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    Text,
    Int,
    Float,
    Bool,
    /// A date, a time, or a span back from the newest record such as `7d`.
    Time,
}

impl ParamKind {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamSpec {
    pub name: String,
    pub kind: ParamKind,
    /// `None` where the caller must give a value.
    pub default: Option<String>,
    pub meaning: String,
}

/// One column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    pub name: String,
    pub kind: String,
    pub unit: String,
    pub meaning: String,
}

/// What a saved query says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    pub title: String,
    pub question: String,
    pub params: Vec<ParamSpec>,
    pub columns: Vec<ColumnSpec>,
}

/// Reads the header of a query; the error names the line.
pub(super) fn parse(sql: &str) -> Result<Header, String> {
    let mut header = Header::default();
    for (number, line) in sql.lines().enumerate() {
        let Some(comment) = line.strip_prefix("-- ") else {
            break;
        };
        let fail = |what: &str| format!("line {}: {what}", number + 1);
        let (key, value) = comment.split_once(": ").ok_or_else(|| fail("no key"))?;
        match key {
            "title" => header.title = value.to_owned(),
            "question" => header.question = value.to_owned(),
            "param" => header
                .params
                .push(param(value).ok_or_else(|| fail("param"))?),
            "column" => header
                .columns
                .push(column(value).ok_or_else(|| fail("column"))?),
            _ => return Err(fail("unknown key")),
        }
    }
    if header.title.is_empty() || header.question.is_empty() {
        return Err("title or question is missing".to_owned());
    }
    Ok(header)
}

fn param(text: &str) -> Option<ParamSpec> {
    let (spec, meaning) = text.split_once(" | ")?;
    let mut words = spec.splitn(3, ' ');
    let name = words.next()?.to_owned();
    let kind = match words.next()? {
        "text" => ParamKind::Text,
        "int" => ParamKind::Int,
        "float" => ParamKind::Float,
        "bool" => ParamKind::Bool,
        "time" => ParamKind::Time,
        _ => return None,
    };
    let default = words.next().filter(|d| *d != "required").map(str::to_owned);
    Some(ParamSpec {
        name,
        kind,
        default,
        meaning: meaning.to_owned(),
    })
}

fn column(text: &str) -> Option<ColumnSpec> {
    let (spec, meaning) = text.split_once(" | ")?;
    let mut words = spec.splitn(3, ' ');
    let mut next = || words.next().map(str::to_owned);
    let (name, kind) = (next()?, next()?);
    Some(ColumnSpec {
        name,
        kind,
        unit: next().unwrap_or_default(),
        meaning: meaning.to_owned(),
    })
}
