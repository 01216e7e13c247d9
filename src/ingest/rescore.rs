//! Judges the places of all sign-ins anew, as one commit.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::finish::{Finish, Finished, stopped, work_dir};
use super::publish::replace;
use super::run::GRACE_US;
use super::{Options, Progress};
use crate::error::Result;
use crate::lake::journal::{Manifest, commit_id};
use crate::lake::layout::{FORMAT_VERSION, Table};
use crate::lake::policies::PolicySets;
use crate::lake::{Lake, commit};

/// What judging anew did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rescored {
    pub signins: u64,
    /// Sign-ins whose location risk, or what it rests on, is another one now.
    pub changed: u64,
    /// Days that hold such a sign-in.
    pub days: u64,
}

/// Judges the places of all sign-ins anew, by the settings of `options`. Of these the inputs and how
/// they are read do not matter.
pub fn rescore(options: &Options, progress: &Progress) -> Result<Rescored> {
    // Opening for writing would make a lake where there is none.
    Lake::open(&options.lake)?;
    let (lake, _lock) = progress.open(&options.lake, options.wait)?;
    let rescored = rescore_all(&lake, options, progress);
    if rescored.is_err() {
        // Gives back the space of what was staged; else the next writer does.
        let _ = commit::recover(lake.root());
    }
    rescored
}

fn rescore_all(lake: &Lake, options: &Options, progress: &Progress) -> Result<Rescored> {
    let number = lake.manifest().number + 1;
    let ingest_id = commit_id('s', number, &options.now_us.to_string());
    let policies = Mutex::new(PolicySets::default());
    let finish = Finish {
        lake,
        ingest_id: &ingest_id,
        options,
        progress,
        policies: &policies,
    };
    let finished = finish.rescore()?;
    let rescored = rescored(lake, &finished);
    let differs = |(day, facts)| lake.manifest().days.get(day) != Some(facts);
    if finished.facts.iter().any(differs) {
        let mut manifest = Manifest {
            format_version: FORMAT_VERSION,
            number,
            ingest_id: ingest_id.clone(),
            ..lake.manifest().clone()
        };
        replace(&mut manifest, finished, options.now_us);
        if progress.stop.load(Ordering::Relaxed) {
            return Err(stopped());
        }
        commit::commit(lake.root(), &manifest)?;
    }
    // What cannot be removed now is removed by a later writer.
    let _ = std::fs::remove_dir_all(work_dir(lake));
    let _ = commit::sweep(lake.root(), options.now_us, GRACE_US);
    Ok(rescored)
}

fn rescored(lake: &Lake, finished: &Finished) -> Rescored {
    let files = lake.manifest().table(Table::Signins);
    Rescored {
        signins: files.map(|f| f.rows).sum(),
        changed: finished.signins_changed,
        days: finished.signin_days_changed,
    }
}
