//! Ends an ingest: completes the receipt, stages what stands beside the days, and commits.

use std::collections::BTreeSet;
use std::path::Path;

use super::finish::Finished;
use super::rejected::Rejected;
use crate::error::{Error, Result};
use crate::lake::forget::Guard;
use crate::lake::journal::{DataFile, Manifest};
use crate::lake::layout::{FORMAT_VERSION, Table};
use crate::lake::policies::PolicySets;
use crate::lake::receipts::{GapReceipt, Receipt, Reject};
use crate::lake::{Lake, commit, write};
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
    let mut manifest = Manifest {
        format_version: FORMAT_VERSION,
        number: lake.manifest().number + 1,
        ingest_id: id.clone(),
        ..lake.manifest().clone()
    };
    manifest.days.extend(finished.facts);
    replace(&mut manifest.files, finished.files);
    if let Some(rows) = beside.policies.new_rows()? {
        manifest
            .files
            .push(write::stage(root, Table::PolicySets, None, &id, 0, &rows)?);
    }
    manifest
        .files
        .extend(beside.rejects.stage(lake, beside.guard)?);
    receipt.gaps = gaps_of(&manifest, receipt);
    receipt.signins = manifest.table(Table::Signins).map(|f| f.rows).sum();
    receipt.pending = manifest.days.values().map(|d| d.pending).sum();
    let row = receipt.row()?;
    let row = beside.guard.map_or(Ok(row.clone()), |g| g.receipt(&row))?;
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

/// New files of a day replace its old ones.
pub(super) fn replace(files: &mut Vec<DataFile>, new: Vec<DataFile>) {
    let touched: BTreeSet<(String, Option<i32>)> =
        new.iter().map(|f| (f.table.clone(), f.day)).collect();
    files.retain(|f| !touched.contains(&(f.table.clone(), f.day)));
    files.extend(new);
    files.sort_by(|a, b| Path::cmp(&a.path, &b.path));
}
