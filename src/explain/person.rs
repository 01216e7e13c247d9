//! The last sign-ins of one person, and what they add up to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clock::optional_time;
use super::line::{LINE_COLUMNS, WITH_A_PERSON, lines};
use super::rows::Rows;
use super::story::Line;
use crate::engine::{Engine, Param};
use crate::error::Result;
use crate::signin::mfa::is_failure;

/// People that are named where a name is not that of one person.
const NAMED_MAX: usize = 10;
/// Places that are named in a summary.
const PLACES_MAX: usize = 5;
/// One person as the lake knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    pub user_principal_name: Option<String>,
    pub user_id: Option<String>,
    pub display_name: Option<String>,
}

/// What was found for a name.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    pub asked: String,
    /// `None`: the name is nobody's, or that of several people.
    pub found: Option<Named>,
    /// Who else could be meant.
    pub candidates: Vec<Named>,
    /// Newest first.
    pub signins: Vec<Line>,
    pub summary: Summary,
}

/// All sign-ins of a person in the lake, with somebody at the screen unless said otherwise.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    pub signins: i64,
    #[serde(serialize_with = "optional_time")]
    pub first: Option<i64>,
    #[serde(serialize_with = "optional_time")]
    pub last: Option<i64>,
    pub outcomes: BTreeMap<String, i64>,
    pub mfa_outcomes: BTreeMap<String, i64>,
    /// The MFA failure rate is `mfa_failed / (mfa_failed + mfa_passed)`.
    pub mfa_failed: i64,
    pub mfa_passed: i64,
    pub mfa_prompts: i64,
    pub wrong_passwords: i64,
    /// Methods of decided second factors, with how often each passed and failed.
    pub methods: Vec<(String, i64, i64)>,
    /// Country and city with their sign-ins and how many succeeded, most first.
    pub places: Vec<(String, i64, i64)>,
    /// Background requests, which nobody sees.
    pub silent: i64,
}

/// The last sign-ins of a person, at most `limit`; `name` is a user name in any case, a user id, or
/// a display name that only one person has. `silent` lists background requests too.
pub async fn person(engine: &Engine, name: &str, limit: usize, silent: bool) -> Result<Person> {
    let name = name.trim();
    let mut answer = Person {
        asked: name.to_owned(),
        found: None,
        candidates: Vec::new(),
        signins: Vec::new(),
        summary: Summary::default(),
    };
    let given = || Param::Text(name.to_owned());
    let searches = [
        "user_principal_name = lower($person)",
        "user_id IN ($person, lower($person))",
        "lower(user_display_name) = lower($person)",
    ];
    for condition in searches {
        let mut people = people(engine, condition, given()).await?;
        if condition.contains("display") && people.len() > 1 {
            answer.candidates = people;
            return Ok(answer);
        }
        if !people.is_empty() {
            answer.found = Some(people.swap_remove(0));
            break;
        }
    }
    let Some(found) = &answer.found else {
        let near = "strpos(user_principal_name, lower($person)) > 0 OR strpos(lower(user_display_name), lower($person)) > 0";
        answer.candidates = people(engine, near, given()).await?;
        return Ok(answer);
    };
    // Whoever is asked for by id may have had several names.
    let by_id = found
        .user_id
        .as_ref()
        .filter(|id| id.eq_ignore_ascii_case(name));
    let (condition, value) = match (by_id, &found.user_principal_name) {
        (Some(id), _) => ("user_id = $person", id.clone()),
        (None, Some(name)) => ("user_principal_name = $person", name.clone()),
        (None, None) => (
            "user_id = $person",
            found.user_id.clone().unwrap_or_default(),
        ),
    };
    let params = [("person".to_owned(), Param::Text(value))];
    let kinds = if silent {
        String::new()
    } else {
        format!("AND event_type IN ({WITH_A_PERSON})")
    };
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM signins WHERE {condition} {kinds} \
         ORDER BY started_at DESC, signin_id LIMIT {limit}"
    );
    answer.signins = lines(&Rows::of(engine, &sql, &params).await?);
    answer.summary = summary(engine, condition, &params).await?;
    Ok(answer)
}

async fn people(engine: &Engine, condition: &str, value: Param) -> Result<Vec<Named>> {
    let sql = format!(
        "SELECT user_principal_name AS upn, max(user_id) AS id, max(user_display_name) AS name, count(*) AS n \
         FROM signins WHERE ({condition}) AND (user_principal_name IS NOT NULL OR user_id IS NOT NULL) \
         GROUP BY user_principal_name ORDER BY n DESC, upn LIMIT {NAMED_MAX}"
    );
    let rows = Rows::of(engine, &sql, &[("person".to_owned(), value)]).await?;
    let named = |i| Named {
        user_principal_name: rows.text("upn", i),
        user_id: rows.text("id", i),
        display_name: rows.text("name", i),
    };
    Ok((0..rows.len()).map(named).collect())
}

async fn summary(engine: &Engine, condition: &str, params: &[(String, Param)]) -> Result<Summary> {
    let mut summary = Summary::default();
    let sql = format!(
        "SELECT event_type IN ({WITH_A_PERSON}) AS seen, outcome, mfa_outcome, mfa_method, count(*) AS n, \
         min(started_at) AS first, max(started_at) AS last, CAST(sum(mfa_prompts) AS bigint) AS prompts, \
         CAST(sum(password_attempts) AS bigint) AS passwords FROM signins WHERE {condition} GROUP BY 1, 2, 3, 4"
    );
    let rows = Rows::of(engine, &sql, params).await?;
    let mut methods: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for i in 0..rows.len() {
        let n = rows.int("n", i).unwrap_or(0);
        if rows.flag("seen", i) != Some(true) {
            summary.silent += n;
            continue;
        }
        summary.signins += n;
        summary.first = [summary.first, rows.time("first", i)]
            .into_iter()
            .flatten()
            .min();
        summary.last = [summary.last, rows.time("last", i)]
            .into_iter()
            .flatten()
            .max();
        summary.mfa_prompts += rows.int("prompts", i).unwrap_or(0);
        summary.wrong_passwords += rows.int("passwords", i).unwrap_or(0);
        let outcome = rows.text("mfa_outcome", i).unwrap_or_default();
        let failed = is_failure(&outcome);
        let passed = outcome == "passed";
        summary.mfa_failed += if failed { n } else { 0 };
        summary.mfa_passed += if passed { n } else { 0 };
        if let Some(method) = rows.text("mfa_method", i).filter(|_| failed || passed) {
            let counts = methods.entry(method).or_default();
            counts.0 += if passed { n } else { 0 };
            counts.1 += if failed { n } else { 0 };
        }
        *summary.mfa_outcomes.entry(outcome).or_default() += n;
        *summary
            .outcomes
            .entry(rows.text("outcome", i).unwrap_or_default())
            .or_default() += n;
    }
    summary.methods = methods
        .into_iter()
        .map(|(name, (passed, failed))| (name, passed, failed))
        .collect();
    summary.places = places(engine, condition, params).await?;
    Ok(summary)
}

async fn places(
    engine: &Engine,
    condition: &str,
    params: &[(String, Param)],
) -> Result<Vec<(String, i64, i64)>> {
    let sql = format!(
        "SELECT coalesce(country, 'unknown place') AS country, city, count(*) AS n, \
         count(*) FILTER (WHERE outcome = 'success') AS good FROM signins \
         WHERE {condition} AND event_type IN ({WITH_A_PERSON}) GROUP BY 1, 2 ORDER BY n DESC, 1, 2 LIMIT {PLACES_MAX}"
    );
    let rows = Rows::of(engine, &sql, params).await?;
    let place = |i| {
        let names = [rows.text("city", i), rows.text("country", i)];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(", ");
        (
            name,
            rows.int("n", i).unwrap_or(0),
            rows.int("good", i).unwrap_or(0),
        )
    };
    Ok((0..rows.len()).map(place).collect())
}
