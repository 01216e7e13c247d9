//! The course of an ingest, from the inputs to the commit.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::buffers::DayBuffers;
use super::chunk::{Gathered, decode_chunk};
use super::finish::{Finish, stopped, work_dir};
use super::parallel::{join, lock, unlock};
use super::pieces::{self, Chunk, InputEnd};
use super::publish::{publish, refused};
use super::rejected::Rejected;
use super::tenant::{only_tenant, tenant_of_path};
use super::{Done, Options, Progress};
use crate::decode::decoder::{Decoder, FileFacts};
use crate::error::Result;
use crate::lake::policies::PolicySets;
use crate::lake::receipts::{InputReceipt, Receipt};
use crate::lake::{Lake, commit};
use crate::signin::aadsts::CodeTable;
use crate::signin::unknown::{Tally, Unknown};
use crate::source::discover::{Discovered, Input, discover};
use crate::source::open::open;

/// Chunks that wait for a decoder, per thread.
const CHUNKS_WAITING_MAX: usize = 2;
/// Rows that a decoder's batch has room for; a chunk holds about 800 records.
const BATCH_ROWS: usize = 1024;
/// How long replaced files stay readable: one hour.
const GRACE_US: i64 = 3_600_000_000;

struct Work {
    file: usize,
    chunk: Chunk,
    facts: FileFacts,
}

/// What the decoders found, as it comes in.
struct Totals {
    receipt: Receipt,
    rejects: Rejected,
    buffers: DayBuffers,
    policies: PolicySets,
    unknown_codes: Tally,
    unknown_texts: Tally,
}

pub(super) fn run(options: &Options, progress: &Progress) -> Result<Done> {
    let Discovered { inputs, problems } = discover(&options.inputs)?;
    let bytes = inputs.iter().map(Input::bytes).sum();
    progress.bytes_total.store(bytes, Ordering::Relaxed);
    let (lake, _lock) = Lake::open_for_writing(&options.lake)?;
    let ingest_id = ingest_id(lake.manifest().number + 1, options);
    let receipt = receipt_of(&inputs, &ingest_id, options);
    let work = work_dir(&lake);
    // The other half is for the merging, during which the buffers are used up.
    let buffers_max = options.memory_bytes / 2;
    let totals = Mutex::new(Totals {
        receipt,
        rejects: Rejected::new(&work, &ingest_id),
        buffers: DayBuffers::new(&work, buffers_max),
        policies: PolicySets::load(&lake)?,
        unknown_codes: Tally::default(),
        unknown_texts: Tally::default(),
    });
    let problems = Mutex::new(problems);
    read_all(&inputs, &ingest_id, options, progress, &totals, &problems)?;
    if progress.stop.load(Ordering::Relaxed) {
        return Err(stopped());
    }
    let Totals {
        mut receipt,
        rejects,
        buffers,
        policies,
        unknown_codes,
        unknown_texts,
    } = unlock(totals);
    receipt.unknown_codes = unknown_codes.into_counts();
    receipt.unknown_texts = unknown_texts.into_counts();
    receipt.rejects_by_reason = rejects.by_reason.clone().into_counts();
    if options.strict && (receipt.rejected > 0 || !lock(&problems).is_empty()) {
        return Err(refused(&rejects.shown, &lock(&problems), receipt.rejected));
    }
    if let Some((first, last)) = buffers.span {
        (receipt.first_event, receipt.last_event) = (Some(first), Some(last));
    }
    let policies = Mutex::new(policies);
    let finish = Finish {
        lake: &lake,
        ingest_id: &ingest_id,
        options,
        progress,
        policies: &policies,
    };
    let finished = finish.run(buffers)?;
    publish(&lake, finished, &unlock(policies), &rejects, &mut receipt)?;
    // Leftovers that cannot be removed now are removed by a later ingest.
    let _ = std::fs::remove_dir_all(work);
    let _ = commit::sweep(lake.root(), options.now_us, GRACE_US);
    Ok(Done {
        receipt,
        rejects: rejects.shown,
        problems: std::mem::take(&mut *lock(&problems)),
    })
}

fn receipt_of(inputs: &[Input], ingest_id: &str, options: &Options) -> Receipt {
    let inputs = inputs.iter().map(|input| InputReceipt {
        path: input.name(),
        ..InputReceipt::default()
    });
    Receipt {
        ingest_id: ingest_id.to_owned(),
        started_at: options.now_us,
        files: inputs.len() as u64,
        inputs: inputs.collect(),
        ..Receipt::default()
    }
}

fn ingest_id(number: u64, options: &Options) -> String {
    let seed = format!("{} {:?}", options.now_us, options.inputs);
    let hash = blake3::hash(seed.as_bytes()).to_hex();
    format!("i{number:06}-{}", &hash[..8])
}

/// Reads every input; what could not be read at all is added to `problems`.
fn read_all(
    inputs: &[Input],
    ingest_id: &str,
    options: &Options,
    progress: &Progress,
    totals: &Mutex<Totals>,
    problems: &Mutex<Vec<String>>,
) -> Result<()> {
    let threads = options.threads.max(1);
    let (send, receive) = bounded::<Work>(threads * CHUNKS_WAITING_MAX);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let next = &next;
    std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..threads.min(inputs.len()) {
            let send = send.clone();
            workers.push(scope.spawn(move || -> Result<()> {
                while let Some(place) = Some(next.fetch_add(1, Ordering::Relaxed))
                    && let Some(input) = inputs.get(place)
                {
                    let base = FileFacts {
                        ingest_id: ingest_id.to_owned(),
                        ..FileFacts::default()
                    };
                    let end = read_one(input, place, base, options, progress, &send);
                    note_end(place, input, end, totals, problems)?;
                }
                Ok(())
            }));
        }
        drop(send);
        for _ in 0..threads {
            let receive = receive.clone();
            workers.push(scope.spawn(move || {
                let stop = StopOnFailure(progress);
                decode_all(receive, inputs, &options.codes, progress, totals)?;
                stop.disarm();
                Ok(())
            }));
        }
        // With the last decoder gone, readers must find the queue closed.
        drop(receive);
        let ends: Vec<Result<()>> = workers.into_iter().map(join).collect();
        ends.into_iter().collect()
    })
}

/// Tells the readers to stop when a decoder fails or panics.
struct StopOnFailure<'a>(&'a Progress);

impl StopOnFailure<'_> {
    fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for StopOnFailure<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

fn read_one(
    input: &Input,
    file: usize,
    facts: FileFacts,
    options: &Options,
    progress: &Progress,
    send: &Sender<Work>,
) -> InputEnd {
    let mut reader = match open(input, progress.bytes_read.clone()) {
        Ok(reader) => reader,
        Err(e) => {
            return InputEnd {
                problem: Some(e.to_string()),
                ..InputEnd::default()
            };
        }
    };
    let name = input.name();
    let facts = std::cell::RefCell::new(facts);
    let path_tenant = tenant_of_path(&name).or_else(|| options.tenant_id.clone());
    pieces::read(
        &mut reader,
        &name,
        &mut |format| {
            let mut facts = facts.borrow_mut();
            facts.source_format = format.name;
            let lacks = matches!(format.name, "graph" | "portal_json");
            facts.tenant_id = path_tenant.clone();
            if facts.tenant_id.is_none() && lacks {
                facts.tenant_id = only_tenant(input);
            }
        },
        &mut |chunk| {
            let facts = facts.borrow().clone();
            let stopped = progress.stop.load(Ordering::Relaxed);
            !stopped && send.send(Work { file, chunk, facts }).is_ok()
        },
    )
}

fn note_end(
    place: usize,
    input: &Input,
    end: InputEnd,
    totals: &Mutex<Totals>,
    problems: &Mutex<Vec<String>>,
) -> Result<()> {
    let mut totals = lock(totals);
    totals.receipt.bytes_read += end.bytes;
    let rejected = end.rejects.len() as u64;
    totals.receipt.rejected += rejected;
    totals.receipt.rows_read += rejected;
    let file = &mut totals.receipt.inputs[place];
    file.rejected += rejected;
    file.rows_read += rejected;
    if let Some((format, because)) = end.format {
        file.format = format.name.to_owned();
        file.because = because.to_owned();
    }
    if end.empty {
        file.because = "empty".to_owned();
    }
    totals.rejects.add(end.rejects)?;
    if let Some(problem) = end.problem {
        totals.receipt.inputs[place].because = problem.clone();
        lock(problems).push(format!("{}: {problem}", input.name()));
    }
    Ok(())
}

fn decode_all(
    receive: Receiver<Work>,
    inputs: &[Input],
    codes: &CodeTable,
    progress: &Progress,
    totals: &Mutex<Totals>,
) -> Result<()> {
    let mut decoder = Decoder::new(BATCH_ROWS);
    let mut unknown = Unknown::default();
    for Work { file, chunk, facts } in receive {
        let gathered = decode_chunk(
            &mut decoder,
            &chunk,
            &inputs[file].name(),
            &facts,
            codes,
            &mut unknown,
        )?;
        drop(chunk);
        progress
            .rows
            .fetch_add(gathered.rows_read, Ordering::Relaxed);
        add(file, gathered, &mut lock(totals))?;
    }
    Ok(())
}

fn add(file: usize, gathered: Gathered, totals: &mut Totals) -> Result<()> {
    let receipt = &mut totals.receipt;
    let rejected = gathered.rejects.len() as u64;
    receipt.rows_read += gathered.rows_read;
    receipt.rejected += rejected;
    receipt.without_tenant += gathered.without_tenant;
    receipt.inputs[file].rows_read += gathered.rows_read;
    receipt.inputs[file].rejected += rejected;
    for (category, rows) in gathered.other_categories {
        receipt.not_a_signin += rows;
        *receipt.other_categories.entry(category).or_default() += rows;
    }
    totals.unknown_codes.merge(gathered.unknown_codes);
    totals.unknown_texts.merge(gathered.unknown_texts);
    totals.rejects.add(gathered.rejects)?;
    for (key, list) in gathered.lists {
        totals.policies.add(key, &list);
    }
    for (day, batch) in gathered.days {
        totals.buffers.add(day, batch)?;
    }
    Ok(())
}
