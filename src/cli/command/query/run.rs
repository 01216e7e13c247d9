//! `authlake query run NAME`: one question, with what its answer rests on.

use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use authlake::engine::{Engine, Param};
use authlake::lake::Lake;
use authlake::present::{instant, plain};
use authlake::query::{Basis, Clock, Period, SavedQuery, bind, compare, period_of};
use authlake::signin::zone::Zone;
use authlake::{Error, Result};

use super::library;
use crate::cli::args::QueryRun;
use crate::cli::{options, output, terminal};

/// Gaps that are named.
const GAPS_SHOWN: usize = 5;

/// A lake with what a question needs.
pub struct Asked {
    pub lake: Lake,
    pub engine: Engine,
    pub clock: Clock,
    given: Vec<(String, String)>,
}

impl Asked {
    /// Opens the lake and reads what is given for parameters.
    pub async fn of(args: &QueryRun) -> Result<Self> {
        let given = args.params.iter().map(|text| {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| Error::Usage(format!("--param {text}: give it as name=value")))?;
            Ok((name.to_owned(), value.to_owned()))
        });
        let given: Vec<(String, String)> = given.collect::<Result<_>>()?;
        let timezone = given.iter().rfind(|(name, _)| name == "timezone");
        let timezone = args
            .timezone
            .clone()
            .or(timezone.map(|(_, zone)| zone.clone()));
        let timezone = match timezone {
            None => options::timezone(&args.lake)?,
            told => told,
        };
        let lake = Lake::open(&args.lake.lake)?;
        let zone = Zone::parse(timezone.as_deref().unwrap_or("UTC"))?;
        let clock = Clock::of(&lake, zone);
        let tables = options::tables(&args.lake)?;
        let engine = Engine::open(&lake, tables, options::limits(&args.limits)?).await?;
        Ok(Self {
            lake,
            engine,
            clock,
            given,
        })
    }

    /// The values of a query's parameters. What a flag says goes to the parameter of its name; a
    /// query of a group need not know all of them.
    pub fn bound(
        &self,
        query: &SavedQuery,
        args: &QueryRun,
        in_group: bool,
    ) -> Result<Vec<(String, Param)>> {
        let knows = |name: &str| query.header.param(name).is_some();
        let flags = [
            ("since", &args.since),
            ("until", &args.until),
            ("tenant", &args.tenant),
        ];
        let mut given = self.given.clone();
        if in_group {
            given.retain(|(name, _)| knows(name));
        }
        for (name, value) in flags {
            match value {
                Some(value) if knows(name) => given.push((name.to_owned(), value.clone())),
                Some(_) if !in_group => {
                    let query = &query.name;
                    return Err(Error::Usage(format!("{query} has no --{name}")));
                }
                _ => {}
            }
        }
        if knows("timezone") {
            given.push(("timezone".to_owned(), self.clock.zone.name().to_owned()));
        }
        bind(query, &given, &self.clock)
    }

    /// What answers of a period rest on; without one, of all that the lake holds.
    pub async fn basis(&self, period: Option<Period>, bound: &[(String, Param)]) -> Result<Basis> {
        let whole = Period {
            since: self.clock.oldest,
            until: self.clock.newest.saturating_add(1),
        };
        let period = period.unwrap_or(whole);
        Basis::of(
            &self.lake,
            &self.engine,
            &self.clock,
            period,
            tenant_of(bound),
        )
        .await
    }
}

/// The one tenant that is asked for.
fn tenant_of(bound: &[(String, Param)]) -> Option<&str> {
    bound.iter().find_map(|(name, value)| match value {
        Param::Text(id) if name == "tenant" && id != "all" => Some(id.as_str()),
        _ => None,
    })
}

/// An error of a query with the file it stands in.
pub fn in_file(query: &SavedQuery, error: Error) -> Error {
    match error {
        Error::Query(reason) => Error::Config {
            path: PathBuf::from(&query.file),
            reason,
        },
        other => other,
    }
}

pub async fn run(args: &QueryRun) -> Result<()> {
    let library = library(&args.queries)?;
    let query = library.find(&args.name)?;
    let asked = Asked::of(args).await?;
    let bound = asked.bound(query, args, false)?;
    let period = period_of(&bound);
    let mut notes = vec![told(&asked.basis(period, &bound).await?)];
    let rows = match &args.compare {
        None => {
            let answer = asked.engine.sql(&query.sql, &bound).await;
            output::Rows::from(answer.map_err(|e| in_file(query, e))?)
        }
        Some(with) => {
            let (rows, more) = compared(query, &asked, &bound, with).await?;
            notes.extend(more);
            output::Rows::from(rows)
        }
    };
    let mut above = String::new();
    if output::is_markdown(&args.output) {
        let lines = notes.iter().map(|note| format!("{}\n\n", escaped(note)));
        let lines = lines.collect::<String>();
        let (title, question) = (
            escaped(&query.header.title),
            escaped(&query.header.question),
        );
        above = format!("### {title}\n\n{question}\n\n{lines}");
    }
    output::write_below(&above, rows, &args.output).await?;
    for note in &notes {
        eprintln!("{}", terminal::safe(note));
    }
    Ok(())
}

/// Text for a page of Markdown; no name from a log may start a link or a tag there.
fn escaped(text: &str) -> String {
    let mut page = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => page.push_str("&lt;"),
            '&' => page.push_str("&amp;"),
            '[' | '`' | '*' | '\\' | '|' => page.extend(['\\', c]),
            c => page.push(c),
        }
    }
    page
}

/// The answers of two periods side by side, and what is to be said of it.
async fn compared(
    query: &SavedQuery,
    asked: &Asked,
    bound: &[(String, Param)],
    with: &str,
) -> Result<(RecordBatch, Vec<String>)> {
    let Some(period) = period_of(bound).filter(|_| query.header.is_rate()) else {
        let name = &query.name;
        return Err(Error::Usage(format!(
            "{name} shows no rate over a period, there is nothing to compare"
        )));
    };
    let earlier = asked.clock.compared(period, with)?;
    let basis = asked.basis(Some(earlier), bound).await?;
    let mut rows_max = usize::MAX;
    // Every row of both periods: one beyond the top of one can be in that of the other.
    let unlimited = |values: &[(String, Param)]| {
        let values = values.iter().map(|(name, value)| match value {
            Param::Int(_) if name == "top" => (name.clone(), Param::Int(i64::from(i32::MAX))),
            _ => (name.clone(), value.clone()),
        });
        values.collect::<Vec<_>>()
    };
    if let Some((_, Param::Int(top))) = bound.iter().find(|(name, _)| name == "top") {
        rows_max = usize::try_from(*top).unwrap_or(0);
    }
    let now = unlimited(bound);
    let before = now.iter().map(|(name, value)| match name.as_str() {
        "since" => (name.clone(), Param::Time(earlier.since)),
        "until" => (name.clone(), Param::Time(earlier.until)),
        _ => (name.clone(), value.clone()),
    });
    let before: Vec<_> = before.collect();
    let fail = |e| in_file(query, e);
    let schema = asked
        .engine
        .sql(&query.sql, &now)
        .await
        .map_err(fail)?
        .schema();
    let now = asked.engine.collect(&query.sql, &now).await.map_err(fail)?;
    let before = asked
        .engine
        .collect(&query.sql, &before)
        .await
        .map_err(fail)?;
    let days = asked.clock.days_between(earlier, period);
    let both = compare(&query.header, schema, &now, &before, days, rows_max)?;
    let mut notes = vec![format!("_before: {}", told(&basis))];
    let [now_out, gone_out] = both.left_out;
    if now_out + gone_out > 0 {
        notes.push(format!(
            "left out: {now_out} more rows of the period, {gone_out} that only the earlier one has; see --param top"
        ));
    }
    Ok((both.rows, notes))
}

/// What an answer rests on, in one line.
pub fn told(basis: &Basis) -> String {
    let (since, until) = (instant(basis.since), instant(basis.until));
    let mut text = format!("period {since} to {until}");
    if basis.timezone != "UTC" {
        text.push_str(&format!(", days and hours of {}", basis.timezone));
    }
    if let Some(tenant) = &basis.tenant {
        text.push_str(&format!(", tenant {tenant}"));
    }
    let (records, signins) = (basis.records, basis.signins);
    text.push_str(&format!("; {records} records, {signins} sign-ins"));
    if basis.unfolded_days > 0 {
        let days = basis.unfolded_days;
        text.push_str(&format!("; {days} days have records without sign-ins"));
    }
    let gaps = basis.gaps.iter().take(GAPS_SHOWN).map(|gap| {
        let (from, until) = (instant(gap.from), instant(gap.until));
        let (kind, expected) = (&gap.event_type, gap.expected);
        format!("{kind} {from} to {until} (some {expected} records)")
    });
    let gaps: Vec<_> = gaps.collect();
    match gaps.len() {
        0 => text.push_str("; no hours missing"),
        _ => text.push_str(&format!("; hours missing: {}", gaps.join(", "))),
    }
    if basis.gaps.len() > GAPS_SHOWN {
        text.push_str(&format!(" and {} more", basis.gaps.len() - GAPS_SHOWN));
    }
    text
}
