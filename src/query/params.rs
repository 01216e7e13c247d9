//! Turns the texts a user gives for parameters into typed values.

use super::header::{ParamKind, ParamSpec};
use super::saved::SavedQuery;
use crate::engine::Param;
use crate::error::{Error, Result};

const DAY_US: i64 = 86_400_000_000;

/// The values of a query's parameters: what the user gave, else the defaults. `newest` is the
/// newest event of the lake in microseconds since 1970-01-01 UTC; spans such as `7d` count back
/// from it.
pub fn bind(
    query: &SavedQuery,
    given: &[(String, String)],
    newest: i64,
) -> Result<Vec<(String, Param)>> {
    for (name, _) in given {
        if !query.header.params.iter().any(|p| p.name == *name) {
            let known: Vec<_> = query
                .header
                .params
                .iter()
                .map(|p| p.name.as_str())
                .collect();
            let known = known.join(", ");
            return Err(Error::Usage(format!(
                "{} has no parameter {name}; it has: {known}",
                query.name
            )));
        }
    }
    let value = |spec: &ParamSpec| {
        let text = given
            .iter()
            .rfind(|(n, _)| *n == spec.name)
            .map(|(_, v)| v.as_str());
        let text = text.or(spec.default.as_deref()).ok_or_else(|| {
            Error::Usage(format!(
                "{} needs --param {}=…: {}",
                query.name, spec.name, spec.meaning
            ))
        })?;
        let value = typed(spec.kind, text, newest).ok_or_else(|| {
            let (name, kind) = (&spec.name, spec.kind.name());
            Error::Usage(format!("--param {name}={text}: not a value of type {kind}"))
        })?;
        Ok((spec.name.clone(), value))
    };
    query.header.params.iter().map(value).collect()
}

fn typed(kind: ParamKind, text: &str, newest: i64) -> Option<Param> {
    match kind {
        ParamKind::Text => Some(Param::Text(text.to_owned())),
        ParamKind::Int => text.parse().ok().map(Param::Int),
        ParamKind::Float => text.parse().ok().map(Param::Float),
        ParamKind::Bool => text.parse().ok().map(Param::Bool),
        ParamKind::Time => time(text, newest).map(Param::Time),
    }
}

/// `oldest`, `newest`, a span back from the newest record (`7d`, `12h`), a date or a UTC time.
fn time(text: &str, newest: i64) -> Option<i64> {
    match text {
        "oldest" => return Some(0),
        // One past the newest record, since periods end before their end.
        "newest" => return Some(newest + 1),
        _ => {}
    }
    let unit = match text.chars().last()? {
        'd' => Some(DAY_US),
        'h' => Some(DAY_US / 24),
        _ => None,
    };
    if let Some(unit) = unit {
        let count: i64 = text[..text.len() - 1].parse().ok()?;
        return newest.checked_sub(count.checked_mul(unit)?);
    }
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    let parsed = arrow::compute::kernels::cast_utils::string_to_timestamp_nanos(&whole).ok()?;
    Some(parsed.div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(time("2026-01-02", 0), Some(1_767_312_000_000_000));
        assert_eq!(time("1d", DAY_US), Some(0));
        assert_eq!(time("2026-01-02T00:00:01Z", 0), Some(1_767_312_001_000_000));
        assert_eq!(time("soon", 0), None);
    }
}
