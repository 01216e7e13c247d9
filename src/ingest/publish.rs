//! Ends an ingest: completes the receipt, stages what stands beside the days, and commits.

use std::collections::BTreeSet;

use super::finish::Finished;
use super::rejected::Rejected;
use crate::error::{Error, Result};
use crate::lake::forget::Guard;
use crate::lake::journal::Manifest;
use crate::lake::layout::{Day, Table};
use crate::lake::policies::PolicySets;
use crate::lake::receipts::{GapReceipt, Receipt, Reject};
use crate::lake::{Lake, commit, compact, write};
use crate::signin::gaps::gaps;

/// Why a strict ingest stores nothing.
pub(super) fn refused(rejects: &[Reject], problems: &[String], rejected: u64) -> Error {
    let places = rejects.iter().take(5).map(|r| {
        let line = match r.line {
            0 => String::new(),
            line => format!("line {line}, "),
        };
        format!("\n{}: {line}byte {}: {}", r.file, r.offset, r.reason)
    });
    let places: String = places
        .chain(problems.iter().take(5).map(|p| format!("\n{p}")))
        .collect();
    Error::Refused(format!(
        "{rejected} rows and {} inputs could not be read; nothing was stored{places}",
        problems.len()
    ))
}

/// What a commit holds beside the days.
pub(super) struct Beside<'a> {
    pub(super) policies: &'a PolicySets,
    pub(super) rejects: &'a Rejected,
    /// Holds back what the lake was told to forget.
    pub(super) guard: Option<&'a Guard>,
}

/// Stages what stands beside the days, and commits.
pub(super) fn publish(
    lake: &Lake,
    finished: Finished,
    beside: &Beside<'_>,
    receipt: &mut Receipt,
) -> Result<()> {
    let id = receipt.ingest_id.clone();
    let root = lake.root();
    let counts = finished.counts;
    receipt.stored = counts.stored;
    receipt.duplicates = counts.duplicates;
    receipt.completed = counts.completed;
    receipt.steps_joined = counts.joined;
    receipt.steps_waiting = counts.waiting;
    receipt.rows_read -= counts.joined + counts.waiting;
    receipt.capped = finished.capped;
    receipt.signin_days_changed = finished.signin_days_changed;
    receipt.signins_changed = finished.signins_changed;
    receipt.signins_gone = finished.signins_gone;
    let mut manifest = lake.manifest().next(&id);
    let changed = !finished.files.is_empty();
    let settled = settled_days(&finished);
    replace(&mut manifest, finished, receipt.started_at);
    compact::join_to_few(lake, &mut manifest, &settled, &id)?;
    if changed {
        join_quiet_days(lake, &mut manifest, receipt.started_at)?;
    }
    if let Some(rows) = beside.policies.new_rows()? {
        compact::make_room(lake, &mut manifest, Table::PolicySets, &id)?;
        manifest
            .files
            .push(write::stage(root, Table::PolicySets, None, &id, 0, &rows)?);
    }
    if let Some(file) = beside.rejects.stage(lake, beside.guard)? {
        compact::make_room(lake, &mut manifest, Table::Rejects, &id)?;
        manifest.files.push(file);
    }
    receipt.gaps = gaps_of(&manifest, receipt);
    receipt.signins = manifest.table(Table::Signins).map(|f| f.rows).sum();
    receipt.pending = manifest.days.values().map(|d| d.pending).sum();
    receipt.unfolded_days = manifest.unfolded().count() as u64;
    let row = receipt.row()?;
    let row = beside.guard.map_or(Ok(row.clone()), |g| g.receipt(&row))?;
    compact::make_room(lake, &mut manifest, Table::Ingests, &id)?;
    let row = write::stage(root, Table::Ingests, None, &id, 0, &row)?;
    manifest.files.push(row);
    commit::commit(root, &manifest)
}

/// The gaps of the lake that lie within the time that this ingest brought.
fn gaps_of(manifest: &Manifest, receipt: &Receipt) -> Vec<GapReceipt> {
    const HOUR_US: i64 = 3_600_000_000;
    let (Some(first), Some(last)) = (receipt.first_event, receipt.last_event) else {
        return Vec::new();
    };
    let horizon = manifest.horizon();
    let mut found: Vec<GapReceipt> = Vec::new();
    for (tenant, event_type, hours) in horizon.iter() {
        let counts = hours.0.iter().map(|(hour, span)| (*hour, span.2)).collect();
        let inside = gaps(&counts)
            .into_iter()
            .filter(|g| g.until * HOUR_US > first && g.from * HOUR_US < last);
        found.extend(inside.map(|gap| GapReceipt {
            tenant_id: tenant.to_owned(),
            event_type: event_type.to_owned(),
            from: gap.from * HOUR_US,
            until: gap.until * HOUR_US,
            expected: gap.expected,
        }));
    }
    found.sort_by(|a, b| {
        (&a.tenant_id, &a.event_type, a.from).cmp(&(&b.tenant_id, &b.event_type, b.from))
    });
    found
}

/// Takes out the files that stay no longer, and adds the new ones. `now_us` is the time, in
/// microseconds since 1970-01-01 UTC.
pub(super) fn replace(manifest: &mut Manifest, finished: Finished, now_us: i64) {
    manifest.days.extend(finished.facts);
    for day in finished.files.iter().filter_map(|f| f.day) {
        if let Some(facts) = manifest.days.get_mut(&day) {
            (facts.written_at, facts.written_by) = (now_us, manifest.number);
        }
    }
    compact::replace(manifest, &finished.gone, finished.files);
}

/// Days of which sign-ins changed and no records.
fn settled_days(finished: &Finished) -> BTreeSet<Day> {
    let days = |table: Table| -> BTreeSet<Day> {
        let files = finished.files.iter().filter(|f| f.table == table.name());
        files.filter_map(|f| f.day.map(Day)).collect()
    };
    &days(Table::Signins) - &days(Table::Records)
}

/// Joins the files of days that have been left alone for long, and keeps less of them in the journal.
/// An ingest that changed nothing leaves them alone too.
fn join_quiet_days(lake: &Lake, manifest: &mut Manifest, now_us: i64) -> Result<()> {
    let days = compact::quiet_days(manifest, manifest.number, now_us);
    let quiet = |table, day: Option<Day>| {
        matches!(table, Table::Records | Table::Signins) && day.is_some_and(|d| days.contains(&d))
    };
    let id = manifest.ingest_id.clone();
    // No ingest wrote to these days now: any part will do.
    compact::join(lake, manifest, (&id, 0), &quiet)?;
    for day in &days {
        if let Some(facts) = manifest.days.get_mut(&day.0).filter(|f| f.pending == 0) {
            facts.close();
        }
    }
    Ok(())
}
