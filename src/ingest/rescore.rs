//! Judges the places of all sign-ins anew, as one commit.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::finish::{Finish, Finished, stopped, work_dir};
use super::publish::replace;
use super::run::GRACE_US;
use super::{Options, Progress};
use crate::error::Result;
use crate::lake::journal::commit_id;
use crate::lake::layout::Table;
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
    progress.on_lake(options, |lake| rescore_all(lake, options, progress))
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
        let mut manifest = lake.manifest().next(&ingest_id);
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
