//! Turns the texts a user gives for parameters into typed values.

use super::header::{ParamKind, ParamSpec};
use super::period::{Clock, Period};
use super::saved::SavedQuery;
use crate::engine::Param;
use crate::error::{Error, Result};
use crate::signin::zone::Zone;

/// The values of a query's parameters: what the user gave, else the defaults. Spans such as `7d`
/// count back from the newest event that the clock knows.
pub fn bind(
    query: &SavedQuery,
    given: &[(String, String)],
    clock: &Clock,
) -> Result<Vec<(String, Param)>> {
    for (name, _) in given {
        if query.header.param(name).is_none() {
            let known = query.header.params.iter().map(|p| p.name.as_str());
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Error::Usage(format!(
                "{} has no parameter {name}; it has: {known}",
                query.name
            )));
        }
    }
    let value = |spec: &ParamSpec| {
        let text = given.iter().rfind(|(n, _)| *n == spec.name);
        let text = text.map(|(_, v)| v.as_str()).or(spec.default.as_deref());
        let text = text.ok_or_else(|| {
            let (name, meaning) = (&spec.name, &spec.meaning);
            Error::Usage(format!("{} needs --param {name}=…: {meaning}", query.name))
        })?;
        let value = typed(spec, text, clock)?;
        Ok((spec.name.clone(), value))
    };
    let bound: Vec<_> = query
        .header
        .params
        .iter()
        .map(value)
        .collect::<Result<_>>()?;
    let said = |name: &str| given.iter().any(|(n, _)| n == name);
    if let Some(period) = period_of(&bound)
        && period.since >= period.until
        && said("since")
        && said("until")
    {
        return Err(Error::Usage(
            "the period is empty: since is not before until".to_owned(),
        ));
    }
    Ok(bound)
}

/// The period that bound values mean, where the query has one.
pub fn period_of(bound: &[(String, Param)]) -> Option<Period> {
    let time = |wanted: &str| {
        let mut found = bound.iter().filter(|(name, _)| name == wanted);
        match found.next() {
            Some((_, Param::Time(at))) => Some(*at),
            _ => None,
        }
    };
    let (since, until) = (time("since")?, time("until")?);
    Some(Period { since, until })
}

fn typed(spec: &ParamSpec, text: &str, clock: &Clock) -> Result<Param> {
    if spec.name == "timezone" {
        let zone = Zone::parse(text)?;
        return Ok(Param::Text(zone.name().to_owned()));
    }
    let value = match spec.kind {
        ParamKind::Text => Some(Param::Text(text.to_owned())),
        ParamKind::Int => text.parse().ok().map(Param::Int),
        ParamKind::Float => {
            let number = text.parse().ok().filter(|v: &f64| v.is_finite());
            number.map(Param::Float)
        }
        ParamKind::Bool => text.parse().ok().map(Param::Bool),
        ParamKind::Time => clock.time(text).map(Param::Time),
    };
    value.ok_or_else(|| {
        let (name, kind) = (&spec.name, spec.kind.name());
        Error::Usage(format!("--param {name}={text}: not a value of type {kind}"))
    })
}
