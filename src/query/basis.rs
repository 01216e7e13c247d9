//! What an answer rests on: its period, how many records and sign-ins lie in it, and what is missing.
//!
//! Whole days are counted from the journal; only the days that the period cuts are read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::period::{Clock, Period};
use crate::engine::{Engine, Param};
use crate::error::Result;
use crate::lake::Lake;
use crate::lake::layout::{Day, Table};
use crate::signin::gaps::gaps;

const HOUR_US: i64 = 3_600_000_000;

/// What an answer rests on. Times are microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    pub since: i64,
    pub until: i64,
    pub timezone: String,
    /// `None` where all tenants were asked.
    pub tenant: Option<String>,
    pub records: u64,
    pub signins: u64,
    /// Days (UTC) of the period with records of which no sign-ins were made yet.
    pub unfolded_days: u64,
    /// Hours of the period without records that their neighbours make suspicious.
    pub gaps: Vec<MissingHours>,
}

/// Hours in which records are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingHours {
    pub tenant_id: String,
    pub event_type: String,
    /// First empty hour, and the first one after it that is not.
    pub from: i64,
    pub until: i64,
    /// Records that its neighbours make believe it held.
    pub expected: u64,
}

impl Basis {
    /// Looks at a period of a lake.
    pub async fn of(
        lake: &Lake,
        engine: &Engine,
        clock: &Clock,
        period: Period,
        tenant: Option<&str>,
    ) -> Result<Self> {
        // Beyond the events of the lake lies nothing.
        let inside = Period {
            since: period.since.max(clock.oldest),
            until: period.until.min(clock.newest.saturating_add(1)),
        };
        let records = counted(lake, engine, Table::Records, inside, tenant).await?;
        let signins = counted(lake, engine, Table::Signins, inside, tenant).await?;
        Ok(Self {
            since: period.since,
            until: period.until,
            timezone: clock.zone.name().to_owned(),
            tenant: tenant.map(str::to_owned),
            records,
            signins,
            unfolded_days: unfolded(lake, inside),
            gaps: missing(lake, inside, tenant),
        })
    }
}

/// How many days of a period have records without sign-ins.
fn unfolded(lake: &Lake, period: Period) -> u64 {
    let meets = |day: &Day| day.start() < period.until && day.plus(1).start() > period.since;
    lake.manifest().unfolded().filter(meets).count() as u64
}

/// Rows of a table in a period.
async fn counted(
    lake: &Lake,
    engine: &Engine,
    table: Table,
    period: Period,
    tenant: Option<&str>,
) -> Result<u64> {
    if period.since >= period.until {
        return Ok(0);
    }
    let time = match table {
        Table::Signins => "started_at",
        _ => "created_at",
    };
    let name = table.name();
    let rows = |tenant: &str| {
        format!(
            "SELECT count(*) AS n FROM {name} \
             WHERE {time} >= $since AND {time} < $until{tenant}"
        )
    };
    if let Some(tenant) = tenant {
        let asked = ("tenant".to_owned(), Param::Text(tenant.to_owned()));
        return asked_for(
            engine,
            &rows(" AND tenant_id = $tenant"),
            period,
            vec![asked],
        )
        .await;
    }
    let (first, last) = (Day::of(period.since), Day::of(period.until - 1));
    let mut by_day: BTreeMap<i32, u64> = BTreeMap::new();
    for file in lake.manifest().table(table) {
        if let Some(day) = file.day {
            *by_day.entry(day).or_default() += file.rows;
        }
    }
    let mut count = 0;
    let mut cut = Vec::new();
    for (day, held) in by_day.range(first.0..=last.0) {
        let day = Day(*day);
        let (begin, end) = (day.start(), day.plus(1).start());
        match begin >= period.since && end <= period.until {
            true => count += held,
            false => cut.push(Period {
                since: begin.max(period.since),
                until: end.min(period.until),
            }),
        }
    }
    for part in cut {
        count += asked_for(engine, &rows(""), part, Vec::new()).await?;
    }
    Ok(count)
}

async fn asked_for(
    engine: &Engine,
    sql: &str,
    period: Period,
    mut params: Vec<(String, Param)>,
) -> Result<u64> {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    params.push(("since".to_owned(), Param::Time(period.since)));
    params.push(("until".to_owned(), Param::Time(period.until)));
    let batches = engine.collect(sql, &params).await?;
    let value = batches.first().and_then(|b| {
        let counts = b.column(0).as_primitive_opt::<Int64Type>()?;
        counts.iter().next().flatten()
    });
    Ok(value.unwrap_or(0).unsigned_abs())
}

/// Gaps that reach into a period, by tenant, event type and time.
fn missing(lake: &Lake, period: Period, tenant: Option<&str>) -> Vec<MissingHours> {
    let horizon = lake.manifest().horizon();
    let mut found = Vec::new();
    for (id, event_type, hours) in horizon.iter() {
        if tenant.is_some_and(|tenant| tenant != id) {
            continue;
        }
        let counts = hours.0.iter().map(|(hour, span)| (*hour, span.2)).collect();
        let gaps = gaps(&counts).into_iter().map(|gap| MissingHours {
            tenant_id: id.to_owned(),
            event_type: event_type.to_owned(),
            from: gap.from * HOUR_US,
            until: gap.until * HOUR_US,
            expected: gap.expected,
        });
        found.extend(gaps.filter(|g| g.until > period.since && g.from < period.until));
    }
    found.sort_by(|a, b| {
        (&a.tenant_id, &a.event_type, a.from).cmp(&(&b.tenant_id, &b.event_type, b.from))
    });
    found
}
