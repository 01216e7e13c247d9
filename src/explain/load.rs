//! Loads a sign-in with its records and policy results.

use std::collections::HashMap;

use super::clock::DAY_US;
use super::find::Hit;
use super::rows::{Rows, bound_texts, record_columns};
use crate::engine::{Engine, Param};
use crate::error::Result;
use crate::signin::row::Row;
use crate::signin::schema::{Record, Signin};

/// Ids of one condition; more are asked for in several queries.
const IDS_AT_ONCE: usize = 100;

/// One row of `signins`.
#[derive(Debug, Clone)]
pub(super) struct SigninRow {
    rows: std::sync::Arc<Rows>,
    at: usize,
}

impl SigninRow {
    pub(super) fn text(&self, column: Signin) -> Option<String> {
        self.rows.text(column.column().name, self.at)
    }

    /// A text, empty where there is none.
    pub(super) fn word(&self, column: Signin) -> String {
        self.text(column).unwrap_or_default()
    }

    pub(super) fn int(&self, column: Signin) -> Option<i64> {
        self.rows.int(column.column().name, self.at)
    }

    /// An AADSTS code.
    pub(super) fn code(&self, column: Signin) -> Option<i32> {
        self.int(column).and_then(|code| i32::try_from(code).ok())
    }

    pub(super) fn float(&self, column: Signin) -> Option<f64> {
        self.rows.float(column.column().name, self.at)
    }

    pub(super) fn flag(&self, column: Signin) -> Option<bool> {
        self.rows.flag(column.column().name, self.at)
    }

    pub(super) fn texts(&self, column: Signin) -> Vec<String> {
        self.rows.texts(column.column().name, self.at)
    }

    /// First record, microseconds since 1970-01-01 UTC.
    pub(super) fn started_at(&self) -> i64 {
        self.rows
            .time(Signin::StartedAt.column().name, self.at)
            .unwrap_or(0)
    }

    /// Last record, microseconds since 1970-01-01 UTC.
    pub(super) fn ended_at(&self) -> i64 {
        self.rows
            .time(Signin::EndedAt.column().name, self.at)
            .unwrap_or(0)
    }

    /// All rows of an answer that selects from `signins`.
    pub(super) fn all(rows: Rows) -> Vec<Self> {
        let rows = std::sync::Arc::new(rows);
        let row = |at| Self {
            rows: rows.clone(),
            at,
        };
        (0..rows.len()).map(row).collect()
    }
}

/// One entry of a record's policy list.
#[derive(Debug, Clone)]
pub(super) struct PolicyRow {
    pub(super) name: String,
    pub(super) result: String,
    pub(super) grant_controls: Vec<String>,
    pub(super) session_controls: Vec<String>,
}

/// A sign-in with all that belongs to it.
pub(super) struct Loaded {
    pub(super) signin: SigninRow,
    /// In order of time, as the sign-in lists them.
    pub(super) records: Vec<Row<'static>>,
    pub(super) policies: HashMap<i64, Vec<PolicyRow>>,
}

impl Loaded {
    /// The record that names who, where and what: the last one with the sign-in's final code.
    pub(super) fn deciding(&self) -> Option<&Row<'static>> {
        let code = self.signin.int(Signin::FinalErrorCode);
        let fits = |row: &&Row<'_>| row.int(Record::ErrorCode) == code;
        self.records.iter().rfind(fits).or(self.records.last())
    }
}

/// The sign-ins that hold the records, in order of time.
pub(super) async fn signins_of(engine: &Engine, hits: &[Hit]) -> Result<Vec<SigninRow>> {
    let mut found: Vec<SigninRow> = Vec::new();
    for part in hits.chunks(IDS_AT_ONCE) {
        let times = || part.iter().map(|hit| hit.created_at);
        let (names, mut params) = bound_texts(part.iter().map(|hit| &hit.id));
        // A sign-in lies in the day it began, which can be the day before its records'.
        let first = times().min().unwrap_or(0) - DAY_US;
        let last = times().max().unwrap_or(0);
        params.push(("first".to_owned(), Param::Time(first)));
        params.push(("last".to_owned(), Param::Time(last)));
        let sql = format!(
            "SELECT * FROM signins WHERE date >= CAST($first AS date) AND date <= CAST($last AS date) \
             AND array_has_any(record_ids, make_array({names})) ORDER BY started_at, signin_id"
        );
        for row in SigninRow::all(Rows::of(engine, &sql, &params).await?) {
            let ids = row.texts(Signin::RecordIds);
            let tenant = row.text(Signin::TenantId);
            let holds = part
                .iter()
                .any(|hit| hit.tenant_id == tenant && ids.contains(&hit.id));
            let known = |held: &SigninRow| {
                held.text(Signin::SigninId) == row.text(Signin::SigninId)
                    && held.text(Signin::TenantId) == tenant
            };
            if holds && !found.iter().any(known) {
                found.push(row);
            }
        }
    }
    found.sort_by_key(|row| (row.started_at(), row.text(Signin::SigninId)));
    Ok(found)
}

/// Loads what belongs to a sign-in.
pub(super) async fn load(engine: &Engine, signin: SigninRow) -> Result<Loaded> {
    let ids = signin.texts(Signin::RecordIds);
    let (names, mut params) = bound_texts(&ids);
    params.push(("first".to_owned(), Param::Time(signin.started_at())));
    params.push(("last".to_owned(), Param::Time(signin.ended_at())));
    let sql = format!(
        "SELECT {} FROM records WHERE date >= CAST($first AS date) AND date <= CAST($last AS date) \
         AND id IN ({names})",
        record_columns()
    );
    let mut records = Rows::of(engine, &sql, &params).await?.records()?;
    let tenant = signin.text(Signin::TenantId);
    records.retain(|row| row.text(Record::TenantId).map(str::to_owned) == tenant);
    records.sort_by_cached_key(|row| {
        let id = row.text(Record::Id).unwrap_or_default();
        ids.iter().position(|held| held == id)
    });
    let policies = policies_of(engine, &records).await?;
    Ok(Loaded {
        signin,
        records,
        policies,
    })
}

async fn policies_of(
    engine: &Engine,
    records: &[Row<'static>],
) -> Result<HashMap<i64, Vec<PolicyRow>>> {
    let mut sets: HashMap<i64, Vec<PolicyRow>> = HashMap::new();
    for set in records
        .iter()
        .filter_map(|row| row.int(Record::PolicySetId))
    {
        if sets.contains_key(&set) {
            continue;
        }
        let sql = "SELECT display_name, policy_id, result, enforced_grant_controls, \
                   enforced_session_controls FROM policy_sets \
                   WHERE policy_set_id = $set ORDER BY ordinal";
        let rows = Rows::of(engine, sql, &[("set".to_owned(), Param::Int(set))]).await?;
        let row = |i| PolicyRow {
            name: rows
                .text("display_name", i)
                .or(rows.text("policy_id", i))
                .unwrap_or_default(),
            result: rows.text("result", i).unwrap_or_default(),
            grant_controls: rows.texts("enforced_grant_controls", i),
            session_controls: rows.texts("enforced_session_controls", i),
        };
        sets.insert(set, (0..rows.len()).map(row).collect());
    }
    Ok(sets)
}
