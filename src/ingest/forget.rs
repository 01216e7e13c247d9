//! Forgets a person or a time: stages the lake without it, makes the sign-ins that a midnight cut,
//! and commits for good.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::finish::{Finish, stopped};
use super::publish::replace;
use super::{Options, Progress};
use crate::error::Result;
use crate::lake::forget::{Counts, Plan, What, plan, rewrite};
use crate::lake::journal::{Manifest, commit_id};
use crate::lake::layout::Table;
use crate::lake::policies::PolicySets;
use crate::lake::{Lake, commit};

/// Forgets as one commit; what it came to, or `None` if nobody is meant. Of `options` the inputs and
/// how they are read do not matter.
pub fn forget(options: &Options, what: &What, progress: &Progress) -> Result<Option<Counts>> {
    progress.on_lake(options, |lake| {
        let Some(plan) = plan(lake, what)? else {
            return Ok(None);
        };
        let manifest = stage(lake, &plan, options, progress)?;
        if progress.stop.load(Ordering::Relaxed) {
            return Err(stopped());
        }
        commit::commit_for_good(lake.root(), &manifest)?;
        Ok(Some(plan.counts))
    })
}

/// Marks the days whose location risk rests on sign-ins that are gone: those of the baseline after them.
fn mark_stale(before: &Manifest, after: &mut Manifest, baseline_days: i32) {
    // A file that is written anew has a name of its own.
    let kept: HashSet<&Path> = after.files.iter().map(|f| f.path.as_path()).collect();
    let changed = before.table(Table::Signins);
    let changed = changed.filter(|f| !kept.contains(f.path.as_path()));
    let changed: BTreeSet<i32> = changed.filter_map(|f| f.day).collect();
    for (day, facts) in &mut after.days {
        let baseline = day.saturating_sub(baseline_days)..*day;
        if changed.range(baseline).next().is_some() {
            facts.scored_with = 0;
        }
    }
}

fn stage(lake: &Lake, plan: &Plan, options: &Options, progress: &Progress) -> Result<Manifest> {
    let number = lake.manifest().number + 1;
    let id = commit_id('f', number, &options.now_us.to_string());
    let mut manifest = rewrite(lake, plan, &id, options.now_us)?;
    let baseline_days = options.tables.location.baseline_days;
    mark_stale(lake.manifest(), &mut manifest, baseline_days);
    if let What::Before(day) = plan.what {
        // A sign-in that began before midnight is gone, its records after midnight are not.
        let lake = lake.with_manifest(manifest.clone());
        let policies = Mutex::new(PolicySets::load(&lake)?);
        let finish = Finish {
            lake: &lake,
            ingest_id: &id,
            options,
            progress,
            policies: &policies,
        };
        let finished = finish.refold(day)?;
        replace(&mut manifest, finished, options.now_us);
    }
    Ok(manifest)
}
