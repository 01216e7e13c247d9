//! Tells what is wrong with a saved query: its header, its parameters, and faults that make rates wrong.
//!
//! A prompt code such as 50074 says that a second factor was asked for: counted as a failure it
//! makes ordinary users look like victims. One sign-in writes several records, so a rate over
//! `records` counts some sign-ins more than once.

use arrow::datatypes::{DataType, Schema};

use super::header::ParamKind;
use super::saved::SavedQuery;
use super::tokens::{Kind, Token, tokens};
use crate::engine::{Engine, Param};
use crate::error::{Error, Result};
use crate::signin::aadsts::{CodeTable, Kind as CodeKind};

/// Columns and functions that hold a code.
const CODE_COLUMNS: [&str; 4] = ["error_code", "final_error_code", "resulttype", "code"];
/// What stands for records, several for one sign-in.
const RECORD_TABLES: [&str; 8] = [
    "records",
    "signinlogs",
    "aadnoninteractiveusersigninlogs",
    "aadserviceprincipalsigninlogs",
    "aadmanagedidentitysigninlogs",
    "adfssigninlogs",
    "aadfirstpartytofirstpartysigninlogs",
    "policy_results",
];

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    /// Line of the file, from 1.
    pub line: usize,
    pub text: String,
}

/// Plans a query without reading a row: the columns of its answer.
pub async fn plan(query: &SavedQuery, engine: &Engine) -> Result<Schema> {
    let params = query.header.params.iter().map(|spec| {
        let default = spec.default.as_deref();
        let value = match spec.kind {
            ParamKind::Text if spec.name == "timezone" => Param::Text("UTC".to_owned()),
            ParamKind::Text => Param::Text(default.unwrap_or("x").to_owned()),
            ParamKind::Int => Param::Int(default.and_then(|d| d.parse().ok()).unwrap_or(1)),
            ParamKind::Float => Param::Float(default.and_then(|d| d.parse().ok()).unwrap_or(1.0)),
            ParamKind::Bool => Param::Bool(true),
            ParamKind::Time => Param::Time(0),
        };
        (spec.name.clone(), value)
    });
    let params: Vec<_> = params.collect();
    Ok(engine
        .sql(&query.sql, &params)
        .await?
        .schema()
        .as_ref()
        .clone())
}

/// All faults of a query, by line; `answer` is what planning it gave.
pub fn lint(query: &SavedQuery, answer: &Result<Schema>, codes: &CodeTable) -> Vec<Finding> {
    let tokens = tokens(&query.sql);
    let mut found = unwritten(query);
    found.extend(params(query, &tokens));
    found.extend(prompts_as_failures(query, &tokens, codes));
    found.extend(rate_over_records(query, &tokens));
    match answer {
        Ok(schema) => found.extend(columns(query, schema)),
        // A parameter without a header line is already told, and better.
        Err(Error::Query(text)) if !text.contains("laceholder") => {
            found.push((line_in(text), text.clone()));
        }
        Err(Error::Query(text)) if found.is_empty() => found.push((1, text.clone())),
        Err(Error::Query(_)) => {}
        Err(error) => found.push((1, error.to_string())),
    }
    found.sort();
    found.dedup();
    let finding = |(line, text)| Finding {
        file: query.file.clone(),
        line,
        text,
    };
    found.into_iter().map(finding).collect()
}

/// The line that a message of the engine points at.
fn line_in(text: &str) -> usize {
    let place = text.lines().rev().find_map(|l| l.strip_prefix("line "));
    let line = place.and_then(|l| l.split_once(':')?.0.parse().ok());
    line.unwrap_or(1)
}

/// What the header leaves out.
fn unwritten(query: &SavedQuery) -> Vec<(usize, String)> {
    let h = &query.header;
    let keys = [
        ("row", h.row.is_empty()),
        ("wrong", h.wrong.is_empty()),
        ("next", h.next.is_empty()),
        ("tags", h.tags.is_empty()),
    ];
    let missing = keys.into_iter().filter(|(_, missing)| *missing);
    let told = missing.map(|(key, _)| (1, format!("the header has no `{key}`")));
    told.collect()
}

/// Parameters that only one of header and query knows, and a query without a bound of time.
fn params(query: &SavedQuery, tokens: &[Token]) -> Vec<(usize, String)> {
    let used: Vec<_> = tokens.iter().filter(|t| t.kind == Kind::Param).collect();
    let specs = &query.header.params;
    let unbound = used
        .iter()
        .filter(|t| query.header.param(&t.text).is_none());
    let unbound = unbound.map(|t| (t.line, format!("${} has no `param` in the header", t.text)));
    let unused = specs
        .iter()
        .filter(|p| !used.iter().any(|t| t.text == p.name));
    let unused = unused.map(|p| (p.line, format!("parameter {} is not used", p.name)));
    let mut found: Vec<_> = unbound.chain(unused).collect();
    let is_bound = |p: &&Token| {
        let spec = query.header.param(&p.text);
        spec.is_some_and(|s| s.kind == ParamKind::Time)
    };
    if !used.iter().any(is_bound) {
        let first = tokens.first().map_or(1, |t| t.line);
        let text = "no bound of time: compare started_at or created_at with $since and $until";
        found.push((first, text.to_owned()));
    }
    found
}

/// Codes that ask for a step, where what they are compared in is called a failure.
fn prompts_as_failures(
    query: &SavedQuery,
    tokens: &[Token],
    codes: &CodeTable,
) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !CODE_COLUMNS.contains(&token.text.as_str()) || !is_failure(query, tokens, at) {
            continue;
        }
        let rest = &tokens[at + 1..];
        if rest.first().is_some_and(|t| t.is("<>") || t.is("!="))
            && rest.get(1).is_some_and(|t| t.is("0"))
        {
            let text =
                "a code other than 0 counted as a failure: prompts are among them, see aadsts_kind";
            found.push((token.line, text.to_owned()));
        }
        let is_list = rest.first().is_some_and(|t| t.is("in") || t.is("="));
        let listed = rest.iter().skip(1);
        let listed =
            listed.take_while(|t| is_list && (t.kind == Kind::Number || t.is("(") || t.is(",")));
        for number in listed.filter(|t| t.kind == Kind::Number) {
            let code = number.text.parse().unwrap_or(0);
            if code != 0 && codes.kind(code) == CodeKind::Interrupt {
                let text = format!("{code} counted as a failure: it asks for a step");
                found.push((number.line, text));
            }
        }
    }
    found
}

/// Whether the item of a SELECT in which a token stands, or the whole query if it stands in a
/// condition, is named a failure.
fn is_failure(query: &SavedQuery, tokens: &[Token], at: usize) -> bool {
    let names_failure = |name: &str| name.contains("fail");
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            "as" if depth <= 0 => {
                let name = tokens.get(place + 1);
                // The name of a type in CAST(… AS type) is one level in.
                if name.is_some_and(|n| names_failure(&n.text)) {
                    return true;
                }
            }
            "," | "from" if depth <= 0 && !is_inside(tokens, at, place) => return false,
            "group" | "order" | "limit" if depth <= 0 => break,
            _ => {}
        }
    }
    let columns = query.header.columns.iter();
    let mut counts = columns.filter(|c| matches!(c.kind.as_str(), "bigint" | "int" | "double"));
    counts.any(|c| names_failure(&c.name))
}

/// Whether a place is still within parentheses that were open at an earlier one.
fn is_inside(tokens: &[Token], at: usize, place: usize) -> bool {
    let depth = |to: usize| {
        tokens[..to]
            .iter()
            .fold(0_i64, |depth, t| match t.text.as_str() {
                "(" => depth + 1,
                ")" => depth - 1,
                "select" => 0,
                _ => depth,
            })
    };
    depth(place) > 0 && depth(at) > 0
}

/// `count(*)` over records in a query that says it shows a rate.
fn rate_over_records(query: &SavedQuery, tokens: &[Token]) -> Vec<(usize, String)> {
    let over = tokens.windows(2).any(|pair| {
        (pair[0].is("from") || pair[0].is("join")) && RECORD_TABLES.iter().any(|t| pair[1].is(t))
    });
    if !query.header.is_rate() || !over {
        return Vec::new();
    }
    let counts = tokens.windows(4);
    let counts = counts.filter(|w| {
        w[0].is("count") && w[1].is("(") && (w[2].is("*") || w[2].kind == Kind::Number)
    });
    let text = "a rate counts sign-ins: one of them can write several records; use signins";
    counts.map(|w| (w[0].line, text.to_owned())).collect()
}

/// Columns of the header that the answer does not have so.
fn columns(query: &SavedQuery, schema: &Schema) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let specs = &query.header.columns;
    for (spec, field) in specs.iter().zip(schema.fields()) {
        let kind = kind_of(field.data_type());
        if (spec.name.as_str(), spec.kind.as_str()) != (field.name().as_str(), kind.as_str()) {
            let (name, said, is) = (field.name(), &spec.kind, &spec.name);
            let text =
                format!("the answer has column {name} {kind} where the header has {is} {said}");
            found.push((spec.line, text));
        }
    }
    for spec in specs.iter().skip(schema.fields().len()) {
        let text = format!("column {} is not in the answer", spec.name);
        found.push((spec.line, text));
    }
    for field in schema.fields().iter().skip(specs.len()) {
        let text = format!("column {} of the answer is not in the header", field.name());
        found.push((specs.last().map_or(1, |c| c.line), text));
    }
    found
}

/// The word of a header for a type.
fn kind_of(kind: &DataType) -> String {
    let word = match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::Float64 => "double",
        DataType::Boolean => "boolean",
        DataType::Date32 => "date",
        DataType::Timestamp(_, Some(_)) => "timestamp",
        DataType::List(_) => "list",
        other => return other.to_string(),
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::QueryText;

    fn faults(header: &[&str], body: &str) -> Vec<(usize, String)> {
        let header = header.iter().map(|line| format!("-- {line}\n"));
        let sql = header.collect::<String>() + body;
        let (name, file) = ("q".to_owned(), "q.sql".to_owned());
        let query = SavedQuery::read(QueryText { name, file, sql }).expect("a query");
        let codes = CodeTable::built_in();
        let answer = Err(Error::Query("placeholder".to_owned()));
        let found = lint(&query, &answer, &codes).into_iter();
        let found = found.map(|f| (f.line, f.text));
        found
            .filter(|(_, t)| !t.contains("the header has no") && t != "placeholder")
            .collect()
    }

    const HEAD: [&str; 5] = [
        "title: t",
        "question: q",
        "tags: rate",
        "param: since time 7d | begin",
        "column: failures bigint | failures",
    ];

    #[test]
    fn prompts_counted_as_failures() {
        const NONE: [usize; 0] = [];
        let told = |body: &str| {
            let found = faults(
                &HEAD,
                &format!("{body}\nFROM signins WHERE started_at >= $since"),
            );
            found.into_iter().map(|(line, _)| line).collect::<Vec<_>>()
        };
        assert_eq!(
            told("SELECT count(*) FILTER (WHERE final_error_code IN (500121,\n50074)) AS failures"),
            [7]
        );
        assert_eq!(
            told("SELECT count(*) FILTER (WHERE final_error_code = 50076) AS failures"),
            [6]
        );
        assert_eq!(
            told("SELECT sum(CASE WHEN error_code <> 0 THEN 1 END) AS failed"),
            [6]
        );
        assert_eq!(
            told("SELECT count(*) FILTER (WHERE final_error_code = 500121) AS failures"),
            NONE
        );
        let prompts = "SELECT count(*) FILTER (WHERE final_error_code = 50074) AS prompts, count(*) FILTER (WHERE mfa_outcome = 'failed') AS failures";
        assert_eq!(told(prompts), NONE);
        let body = "SELECT count(*) AS failures FROM signins\nWHERE final_error_code IN (50074, 50126) AND started_at >= $since";
        assert_eq!(faults(&HEAD, body).len(), 1);
    }

    #[test]
    fn rates_over_records_params_and_time() {
        let body = "SELECT count(*) AS failures FROM records WHERE created_at >= $since";
        assert_eq!(faults(&HEAD, body)[0].0, 6);
        let body = "SELECT 1 AS failures FROM signins WHERE user_id = $who";
        let found = faults(&HEAD, body);
        let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 6, 6], "{found:?}");
    }
}
