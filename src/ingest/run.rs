//! The course of an ingest, from the inputs to the commit.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::buffers::DayBuffers;
use super::finish::{Finish, shard_bytes, stopped, work_dir};
use super::inputs::InputReader;
use super::parallel::unlock;
use super::publish::{Beside, publish, refused};
use super::reading::{Totals, read_all};
use super::{Done, Options, Progress};
use crate::error::{Error, Result};
use crate::lake::journal::commit_id;
use crate::lake::policies::PolicySets;
use crate::lake::receipts::Receipt;
use crate::lake::{Lake, commit};
use crate::source::discover::{Discovered, Input, discover};

/// How long replaced files stay readable: one hour.
pub(super) const GRACE_US: i64 = 3_600_000_000;

pub(super) fn run(options: &Options, progress: &Progress) -> Result<Done> {
    let discovered = inputs_of(options, progress)?;
    let (lake, _lock) = progress.open(&options.lake, options.wait)?;
    let done = run_on(&lake, discovered, options, progress);
    if done.is_err() {
        // Gives back the space of what was staged; else the next writer does.
        let _ = commit::recover(lake.root());
    }
    done
}

/// Ingests into a lake that no one else writes to.
fn run_on(
    lake: &Lake,
    discovered: Discovered,
    options: &Options,
    progress: &Progress,
) -> Result<Done> {
    let Discovered { inputs, problems } = discovered;
    let seed = format!("{} {:?}", options.now_us, options.inputs);
    let ingest_id = commit_id('i', lake.manifest().number + 1, &seed);
    let receipt = Receipt {
        ingest_id: ingest_id.clone(),
        started_at: options.now_us,
        files: inputs.len() as u64,
        ..Receipt::default()
    };
    let work = work_dir(lake);
    let policies = PolicySets::load(lake)?;
    let buffers = DayBuffers::new(&work, options.memory_bytes, shard_bytes(options));
    let totals = Totals::new(receipt, &work, buffers, policies, problems);
    let guard = lake.manifest().forgotten.guard()?;
    let reader = InputReader {
        options,
        progress,
        ingest_id: &ingest_id,
        spool: &work,
        guard: guard.as_ref(),
    };
    let totals = read(&inputs, &reader, totals)?;
    let mut receipt = totals.receipt;
    if options.strict && (receipt.rejected > 0 || !totals.problems.is_empty()) {
        let rejects = &totals.rejects.shown;
        return Err(refused(rejects, &totals.problems, receipt.rejected));
    }
    let policies = Mutex::new(totals.policies);
    let finish = Finish {
        lake,
        ingest_id: &ingest_id,
        options,
        progress,
        policies: &policies,
    };
    let finished = finish.run(totals.buffers)?;
    let beside = Beside {
        policies: &unlock(policies),
        rejects: &totals.rejects,
        guard: guard.as_ref(),
    };
    publish(lake, finished, &beside, &mut receipt)?;
    // Leftovers that cannot be removed now are removed by a later ingest.
    let _ = std::fs::remove_dir_all(work);
    let _ = commit::sweep(lake.root(), options.now_us, GRACE_US);
    Ok(Done {
        receipt,
        rejects: totals.rejects.shown,
        problems: totals.problems,
    })
}

/// Reads all inputs as an ingest would, and stores nothing.
pub(super) fn look(options: &Options, progress: &Progress) -> Result<Done> {
    let Discovered { inputs, problems } = inputs_of(options, progress)?;
    let receipt = Receipt {
        started_at: options.now_us,
        files: inputs.len() as u64,
        ..Receipt::default()
    };
    let work = tempfile::tempdir().map_err(|e| Error::io("create", Path::new("a folder"), e))?;
    let (buffers, policies) = (DayBuffers::none(), PolicySets::default());
    let totals = Totals::new(receipt, work.path(), buffers, policies, problems);
    let reader = InputReader {
        options,
        progress,
        ingest_id: "",
        spool: work.path(),
        guard: None,
    };
    let totals = read(&inputs, &reader, totals)?;
    Ok(Done {
        receipt: totals.receipt,
        rejects: totals.rejects.shown,
        problems: totals.problems,
    })
}

/// What there is to read, which the watcher is told.
pub(super) fn inputs_of(options: &Options, progress: &Progress) -> Result<Discovered> {
    let discovered = discover(&options.inputs)?;
    let bytes = discovered.inputs.iter().map(Input::bytes).sum();
    progress.bytes_total.store(bytes, Ordering::Relaxed);
    Ok(discovered)
}

/// Reads all inputs to their end.
fn read(inputs: &[Input], reader: &InputReader<'_>, totals: Totals) -> Result<Totals> {
    let totals = Mutex::new(totals);
    read_all(inputs, reader, &totals)?;
    if reader.progress.stop.load(Ordering::Relaxed) {
        return Err(stopped());
    }
    let mut totals = unlock(totals);
    totals.complete();
    Ok(totals)
}
