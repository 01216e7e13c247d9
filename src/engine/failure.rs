//! Turns DataFusion's errors into messages that point at the place and suggest near names.

use datafusion::common::DataFusionError;
use datafusion::common::utils::datafusion_strsim::normalized_levenshtein;
use datafusion::prelude::SessionContext;

use crate::error::Error;

/// How alike two names must be to suggest one for the other, 0 to 1.
const ALIKE_MIN: f64 = 0.5;
/// More columns than this are not listed in a message.
const FIELDS_MAX: usize = 20;

/// The message of an error, with the line of the query it points at.
pub(super) fn of(sql: &str, error: DataFusionError) -> Error {
    of_named(sql, error, &[])
}

/// As [`of`], with the session's tables to suggest.
pub(super) fn of_session(sql: &str, error: DataFusionError, context: &SessionContext) -> Error {
    let schema = context
        .catalog("datafusion")
        .and_then(|c| c.schema("public"));
    let tables = schema.map(|s| s.table_names()).unwrap_or_default();
    of_named(sql, error, &tables)
}

fn of_named(sql: &str, error: DataFusionError, tables: &[String]) -> Error {
    let root = error.find_root();
    if let DataFusionError::ResourcesExhausted(text) = root {
        return Error::Limit(format!(
            "the query needs more memory than it may have: {text}"
        ));
    }
    let mut text = root.strip_backtrace();
    for prefix in [
        "Error during planning: ",
        "Schema error: ",
        "SQL error: ",
        "This feature is not implemented: ",
        "Invalid or Unsupported Configuration: ",
    ] {
        text = text.strip_prefix(prefix).map(str::to_owned).unwrap_or(text);
    }
    let text = text.replace("datafusion.public.", "");
    let mut message = clean_parser(&text);
    if let Some((first, fields)) = message.split_once("\nValid fields are") {
        let many = fields.matches(", ").count() > FIELDS_MAX;
        if first.contains("Did you mean") {
            message = first.to_owned();
        } else if many {
            message = format!("{first}\n`authlake schema TABLE` lists the columns");
        }
    }
    if let Some(near) = near_table(&text, tables) {
        message.push_str(&format!("\ndid you mean {near}?"));
    }
    let place = error
        .diagnostic()
        .and_then(|d| d.span.map(|s| (s.start.line, s.start.column)))
        .or_else(|| place_in(&text));
    if let Some(excerpt) = place.and_then(|place| excerpt(sql, place)) {
        message.push('\n');
        message.push_str(&excerpt);
    }
    Error::Query(message)
}

fn clean_parser(text: &str) -> String {
    let inner = text
        .strip_prefix("ParserError(\"")
        .and_then(|t| t.strip_suffix("\")"));
    inner.unwrap_or(text).replace("\\\"", "\"")
}

fn near_table(text: &str, tables: &[String]) -> Option<String> {
    let wanted = text.strip_prefix("table '")?.split('\'').next()?;
    nearest(wanted, tables.iter().map(String::as_str)).map(str::to_owned)
}

/// The name that is most like a wanted one in small letters, if any is alike.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = |name: &'a str| (normalized_levenshtein(&name.to_lowercase(), wanted), name);
    let names = names.into_iter().map(alike);
    let near = names.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (near.0 >= ALIKE_MIN).then_some(near.1)
}

/// The place in a message such as `… at Line: 1, Column: 8`.
fn place_in(text: &str) -> Option<(u64, u64)> {
    let (_, rest) = text.rsplit_once("Line: ")?;
    let (line, rest) = rest.split_once(", Column: ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((line.parse().ok()?, digits.parse().ok()?))
}

fn excerpt(sql: &str, (line, column): (u64, u64)) -> Option<String> {
    let text = sql
        .lines()
        .nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let column = usize::try_from(column)
        .ok()?
        .clamp(1, text.chars().count() + 1);
    let shown: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    Some(format!(
        "line {line}: {shown}\n{}^",
        " ".repeat(format!("line {line}: ").len() + column - 1)
    ))
}
