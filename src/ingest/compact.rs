//! Joins the small files of a lake on request, as one commit.

use std::sync::atomic::Ordering;

use super::finish::stopped;
use super::run::GRACE_US;
use super::{Options, Progress};
use crate::error::Result;
use crate::lake::compact::{Joined, join};
use crate::lake::journal::commit_id;
use crate::lake::layout::FORMAT_VERSION;
use crate::lake::{Lake, commit};

/// Joins the files of every day and table that holds several. Of `options` the inputs and how they
/// are read do not matter.
pub fn compact(options: &Options, progress: &Progress) -> Result<Joined> {
    // Opening for writing would make a lake where there is none.
    Lake::open(&options.lake)?;
    let (lake, _lock) = progress.open(&options.lake, options.wait)?;
    let joined = join_all(&lake, options, progress);
    if joined.is_err() {
        // Gives back the space of what was staged; else the next writer does.
        let _ = commit::recover(lake.root());
    }
    joined
}

fn join_all(lake: &Lake, options: &Options, progress: &Progress) -> Result<Joined> {
    let mut manifest = lake.manifest().clone();
    manifest.format_version = FORMAT_VERSION;
    manifest.number += 1;
    let id = commit_id('c', manifest.number, &options.now_us.to_string());
    manifest.ingest_id = id.clone();
    let goes_on = |_, _| !progress.stop.load(Ordering::Relaxed);
    let joined = join(lake, &mut manifest, (&id, 0), &goes_on)?;
    if progress.stop.load(Ordering::Relaxed) {
        return Err(stopped());
    }
    if joined.before > 0 {
        commit::commit(lake.root(), &manifest)?;
    }
    // What cannot be removed now is removed by a later writer.
    let _ = commit::sweep(lake.root(), options.now_us, GRACE_US);
    Ok(joined)
}
