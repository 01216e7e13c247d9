//! Stages a lake without what was forgotten; whoever asked commits it.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::What;
use super::plan::{Cut, Plan};
use super::remembered::Act;
use super::rows::Mentions;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::day_facts::DayFacts;
use crate::lake::journal::{DataFile, Manifest};
use crate::lake::layout::{Day, FORMAT_VERSION, Table};
use crate::lake::read::batches;
use crate::lake::sorted::Batches;
use crate::lake::write::{Place, schema_of};
use crate::signin::batch::text_at;
use crate::signin::schema::{Record, Signin};

const HOUR_US: i64 = 3_600_000_000;

/// Stages the lake without what the plan says; what the commit is to say.
pub fn rewrite(lake: &Lake, plan: &Plan, id: &str, now_us: i64) -> Result<Manifest> {
    let mut manifest = lake.manifest().clone();
    manifest.format_version = FORMAT_VERSION;
    manifest.number += 1;
    manifest.ingest_id = id.to_owned();
    manifest.files.clear();
    let mut part = 0;
    for (place, file) in lake.manifest().files.iter().enumerate() {
        match plan.changes.get(&place) {
            None => manifest.files.push(file.clone()),
            Some(0) => {}
            Some(_) => {
                let staged = stage(lake, plan, file, id, part)?;
                part += 1;
                manifest.files.push(staged);
            }
        }
    }
    facts(lake, plan, &mut manifest)?;
    remember(plan, &mut manifest, now_us)?;
    Ok(manifest)
}

/// A file without what goes, staged.
fn stage(lake: &Lake, plan: &Plan, file: &DataFile, id: &str, part: usize) -> Result<DataFile> {
    let path = lake.find(&file.path);
    let table = Table::named(&file.table)
        .ok_or_else(|| Error::lake(&path, "belongs to a table that is unknown"))?;
    let schema = schema_of(table);
    let place = Place {
        root: lake.root(),
        table,
        day: file.day.map(Day),
        ingest_id: id,
        part,
    };
    let rows: Batches<'_> = Box::new(batches(&path, schema)?.map(|batch| {
        let rest = plan.cut.apply(&batch?, table, &mut Mentions::new())?;
        Ok(rest.0)
    }));
    place.stage(schema, file.rows as usize, rows)
}

/// Days and waiting sign-ins as they are afterwards. How far the data of an hour reaches stays: it
/// does not depend on who is known.
fn facts(lake: &Lake, plan: &Plan, manifest: &mut Manifest) -> Result<()> {
    if let Cut::Before(day, _) = &plan.cut {
        manifest.days.retain(|d, _| Day(*d) >= *day);
        return Ok(());
    }
    for place in plan.changes.keys() {
        let file = &lake.manifest().files[*place];
        let (Some(table @ (Table::Records | Table::Signins)), Some(day)) =
            (Table::named(&file.table), file.day)
        else {
            continue;
        };
        let Some(facts) = manifest.days.get_mut(&day) else {
            continue;
        };
        for batch in batches(&lake.find(&file.path), schema_of(table))? {
            let batch = batch?;
            let (rest, gone) = plan.cut.apply(&batch, table, &mut Mentions::new())?;
            if gone > 0 && table == Table::Signins {
                let gone = pending(&batch) - pending(&rest);
                facts.pending = facts.pending.saturating_sub(gone);
            } else if gone > 0 {
                uncount(facts, &hours(&batch), &hours(&rest));
            }
        }
    }
    Ok(())
}

/// How many sign-ins still wait for an answer.
fn pending(batch: &RecordBatch) -> u64 {
    let outcomes = batch.column(Signin::MfaOutcome as usize);
    let rows = 0..batch.num_rows();
    rows.filter(|i| text_at(outcomes, *i) == Some("pending"))
        .count() as u64
}

/// Events by tenant, event type and hour since 1970-01-01.
type Hours = BTreeMap<(String, String, i64), u64>;

fn hours(batch: &RecordBatch) -> Hours {
    let mut found = Hours::new();
    let times = batch.column(Record::CreatedAt as usize);
    let times = times.as_primitive::<TimestampMicrosecondType>().values();
    for (i, at) in times.iter().enumerate() {
        let text = |column: Record| text_at(batch.column(column as usize), i);
        let tenant = text(Record::TenantId).unwrap_or_default().to_owned();
        let event_type = text(Record::EventType).unwrap_or("unknown").to_owned();
        *found
            .entry((tenant, event_type, at.div_euclid(HOUR_US)))
            .or_default() += 1;
    }
    found
}

/// Takes the events that went from those that are counted.
fn uncount(facts: &mut DayFacts, before: &Hours, after: &Hours) {
    for (key, count) in before {
        let gone = count - after.get(key).copied().unwrap_or(0);
        let (tenant, event_type, hour) = key;
        let types = facts.hours.get_mut(tenant);
        let hours = types.and_then(|types| types.get_mut(event_type));
        if let Some(span) = hours.and_then(|hours| hours.get_mut(hour)) {
            span.2 = span.2.saturating_sub(gone);
        }
    }
}

fn remember(plan: &Plan, manifest: &mut Manifest, now_us: i64) -> Result<()> {
    let what = match (&plan.what, &plan.cut) {
        (What::Before(day), _) => {
            manifest.forgotten.add_day(*day);
            format!("before {}", day.name())
        }
        (What::User(_), Cut::Person(someone)) => {
            let records = plan.counts.mentions.keys();
            let columns = records.filter_map(|c| c.strip_prefix("records."));
            let columns = columns.map(str::to_owned);
            manifest.forgotten.add_person(&someone.0, columns)?;
            "user".to_owned()
        }
        (What::User(_), Cut::Before(..)) => return Ok(()),
    };
    let commit = manifest.number;
    manifest.forgotten.acts.push(Act {
        at: now_us,
        commit,
        what,
        records: plan.counts.records,
        signins: plan.counts.signins,
    });
    Ok(())
}
