//! Joins the small files of a lake on request, as one commit.

use std::sync::atomic::Ordering;

use super::finish::stopped;
use super::run::GRACE_US;
use super::{Options, Progress};
use crate::error::Result;
use crate::lake::compact::{Joined, join};
use crate::lake::journal::commit_id;
use crate::lake::{Lake, commit};

/// Joins the files of every day and table that holds several. Of `options` the inputs and how they
/// are read do not matter.
pub fn compact(options: &Options, progress: &Progress) -> Result<Joined> {
    progress.on_lake(options, |lake| join_all(lake, options, progress))
}

fn join_all(lake: &Lake, options: &Options, progress: &Progress) -> Result<Joined> {
    let number = lake.manifest().number + 1;
    let id = commit_id('c', number, &options.now_us.to_string());
    let mut manifest = lake.manifest().next(&id);
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
