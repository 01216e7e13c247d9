//! Finds the records that an id belongs to, and says what was searched when there are none.
//!
//! One query per column, so that each is answered by that column's bloom filters: an `OR` over
//! several columns would read the whole lake. Ids are searched as given, in lower and in upper case.

use std::collections::BTreeSet;

use serde::Serialize;

use super::clock::optional_time;
use super::question::Asked;
use super::rows::{Rows, bound_texts};
use crate::engine::{Engine, Param};
use crate::error::Result;

/// Most records that one search takes; a client can put one correlation id on any number.
const HITS_MAX: usize = 1_000;
/// Tenants and rejects that are named.
const NAMED_MAX: usize = 5;

/// What an id was found as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundAs {
    RecordId,
    CorrelationId,
    OriginalRequestId,
    SessionId,
    TokenId,
}

impl FoundAs {
    fn column(self) -> &'static str {
        match self {
            Self::RecordId => "id",
            Self::CorrelationId => "correlation_id",
            Self::OriginalRequestId => "original_request_id",
            Self::SessionId => "session_id",
            Self::TokenId => "unique_token_identifier",
        }
    }

    /// How people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RecordId => "request id",
            Self::CorrelationId => "correlation id",
            Self::OriginalRequestId => "original request id",
            Self::SessionId => "session id",
            Self::TokenId => "token identifier",
        }
    }
}

/// A record that carries one of the ids.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) id: String,
    pub(super) tenant_id: Option<String>,
    /// Microseconds since 1970-01-01 UTC.
    pub(super) created_at: i64,
}

/// The records found, and by what.
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    pub(super) by: FoundAs,
    /// The ids that led there.
    pub(super) ids: Vec<String>,
    /// More records carry the id than were taken.
    pub(super) cut: bool,
}

/// The records of the most telling id that is in the lake: a record's own before one that a client
/// can choose.
pub(super) async fn find(engine: &Engine, asked: &Asked) -> Result<Option<Found>> {
    let own: Vec<String> = asked
        .request_ids
        .iter()
        .chain(&asked.ids)
        .cloned()
        .collect();
    let shared: Vec<String> = asked
        .correlation_ids
        .iter()
        .chain(&asked.ids)
        .cloned()
        .collect();
    let searches = [
        (FoundAs::RecordId, &own),
        (FoundAs::OriginalRequestId, &own),
        (FoundAs::CorrelationId, &shared),
        (FoundAs::SessionId, &asked.ids),
        (FoundAs::TokenId, &asked.ids),
        // Labels can be wrong: what is called a correlation id may be the request's, and reverse.
        (FoundAs::RecordId, &asked.correlation_ids),
        (FoundAs::CorrelationId, &asked.request_ids),
    ];
    for (by, ids) in searches {
        let found = search(engine, by, ids).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn search(engine: &Engine, by: FoundAs, ids: &[String]) -> Result<Option<Found>> {
    if ids.is_empty() {
        return Ok(None);
    }
    let spellings: BTreeSet<String> = ids.iter().flat_map(|id| spellings(by, id)).collect();
    let (names, params) = bound_texts(&spellings);
    let column = by.column();
    let sql = format!(
        "SELECT id, tenant_id, created_at, {column} AS carried FROM records \
         WHERE {column} IN ({names}) ORDER BY created_at, id LIMIT {}",
        HITS_MAX + 1
    );
    let rows = Rows::of(engine, &sql, &params).await?;
    let mut carried = BTreeSet::new();
    let mut hits = Vec::new();
    for i in 0..rows.len().min(HITS_MAX) {
        let (Some(id), Some(created_at)) = (rows.text("id", i), rows.time("created_at", i)) else {
            continue;
        };
        carried.extend(rows.text("carried", i));
        let tenant_id = rows.text("tenant_id", i);
        hits.push(Hit {
            id,
            tenant_id,
            created_at,
        });
    }
    let cut = rows.len() > HITS_MAX;
    let ids = carried.into_iter().collect();
    Ok((!hits.is_empty()).then_some(Found { hits, by, ids, cut }))
}

/// How exports may write an id. Token identifiers mean different things in different case.
fn spellings(by: FoundAs, id: &str) -> Vec<String> {
    match by {
        FoundAs::TokenId => vec![id.to_owned()],
        _ => vec![id.to_owned(), id.to_lowercase(), id.to_uppercase()],
    }
}

/// What the lake holds, for an answer that is not in it.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// First and last event, microseconds since 1970-01-01 UTC.
    #[serde(serialize_with = "optional_time")]
    pub first: Option<i64>,
    #[serde(serialize_with = "optional_time")]
    pub last: Option<i64>,
    /// Tenants with most sign-ins first, and those sign-ins.
    pub tenants: Vec<(Option<String>, i64)>,
    /// Gaps that receipts name around the time asked for, as text.
    pub gaps: Vec<String>,
    /// Rows that could not be read and hold one of the ids: file and reason.
    pub rejects: Vec<String>,
}

/// What the lake holds, and what it lacks around the question.
pub(super) async fn coverage(engine: &Engine, asked: &Asked) -> Result<Coverage> {
    let sql = "SELECT min(first_event) AS first, max(last_event) AS last FROM ingests";
    let reach = Rows::of(engine, sql, &[]).await?;
    let sql = "SELECT tenant_id, count(*) AS n FROM signins GROUP BY 1 ORDER BY 2 DESC, 1";
    let tenants = Rows::of(engine, sql, &[]).await?;
    let tenants = (0..tenants.len()).map(|i| {
        (
            tenants.text("tenant_id", i),
            tenants.int("n", i).unwrap_or(0),
        )
    });
    Ok(Coverage {
        first: reach.time("first", 0),
        last: reach.time("last", 0),
        tenants: tenants.take(NAMED_MAX).collect(),
        gaps: gaps(engine, asked.at).await?,
        rejects: rejects(engine, asked).await?,
    })
}

async fn gaps(engine: &Engine, at: Option<i64>) -> Result<Vec<String>> {
    let Some(at) = at else {
        return Ok(Vec::new());
    };
    let rows = Rows::of(
        engine,
        "SELECT receipt FROM ingests ORDER BY ingest_id",
        &[],
    )
    .await?;
    let mut told = BTreeSet::new();
    for text in (0..rows.len()).filter_map(|i| rows.text("receipt", i)) {
        let receipt: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        for gap in receipt["gaps"].as_array().into_iter().flatten() {
            let (Some(from), Some(until)) = (gap["from"].as_i64(), gap["until"].as_i64()) else {
                continue;
            };
            if (from..until).contains(&at) {
                let kind = gap["event_type"].as_str().unwrap_or_default();
                let (from, until) = (
                    super::clock::to_second(from),
                    super::clock::to_second(until),
                );
                told.insert(format!("no {kind} records from {from} to {until}"));
            }
        }
    }
    Ok(told.into_iter().collect())
}

async fn rejects(engine: &Engine, asked: &Asked) -> Result<Vec<String>> {
    let mut told = Vec::new();
    for id in asked
        .request_ids
        .iter()
        .chain(&asked.correlation_ids)
        .chain(&asked.ids)
    {
        let sql = format!(
            "SELECT file, line, reason FROM rejects WHERE strpos(lower(content), lower($id)) > 0 \
             ORDER BY file, line LIMIT {NAMED_MAX}"
        );
        let rows = Rows::of(engine, &sql, &[("id".to_owned(), Param::Text(id.clone()))]).await?;
        for i in 0..rows.len() {
            let line = rows.int("line", i).filter(|line| *line > 0);
            let line = line.map_or(String::new(), |line| format!(" line {line}"));
            let file = rows.text("file", i).unwrap_or_default();
            let reason = rows.text("reason", i).unwrap_or_default();
            told.push(format!("{file}{line}: {reason}"));
        }
    }
    Ok(told)
}
