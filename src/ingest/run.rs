//! The course of an ingest, from the inputs to the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::chunk::{Gathered, decode_chunk};
use super::feed::InputEnd;
use super::finish::{self, Finished, lock};
use super::gather::DayBuffers;
use super::inputs::{Hear, InputReader};
use super::pieces::Chunk;
use super::{Done, Options, Progress};
use crate::decode::decoder::{Decoder, FileFacts};
use crate::error::{Error, Result};
use crate::lake::journal::{DataFile, Manifest};
use crate::lake::layout::{FORMAT_VERSION, Table, staging_dir};
use crate::lake::policies::PolicySets;
use crate::lake::receipts::{InputReceipt, Receipt, Reject, new_rejects};
use crate::lake::{Lake, commit, write};
use crate::source::discover::{Discovered, Input, discover};

/// Chunks that wait for a decoder, per thread.
const CHUNKS_WAITING_MAX: usize = 2;
/// Rows that a decoder's batch has room for; a chunk holds about 800 records.
const BATCH_ROWS: usize = 1024;
/// How long replaced files stay readable: one hour.
const GRACE_US: i64 = 3_600_000_000;
/// Rejects kept with their content; more are counted only.
const REJECTS_KEPT_MAX: usize = 100_000;

/// Keys without a column that are counted by name.
const UNKNOWN_KEYS_MAX: usize = 1_000;

/// Bytes of rejected text kept; beyond them a reject keeps its place and reason.
const REJECT_CONTENT_BYTES_MAX: usize = 64 << 20;

/// An input by its place, and its member: 0 for the input itself, from 1 in archives.
type FileKey = (usize, usize);

struct Work {
    file: FileKey,
    name: Arc<str>,
    chunk: Chunk,
    facts: FileFacts,
}

/// What the decoders found, as it comes in.
struct Totals {
    receipt: Receipt,
    rejects: Vec<Reject>,
    buffers: DayBuffers,
    policies: PolicySets,
    /// Receipts of all inputs and members of archives.
    files: BTreeMap<FileKey, InputReceipt>,
    unknown_keys: BTreeMap<String, u64>,
    ids_derived: u64,
}

pub(super) fn run(options: &Options, progress: &Progress) -> Result<Done> {
    let Discovered { inputs, problems } = discover(&options.inputs)?;
    let bytes = inputs.iter().map(Input::bytes).sum();
    progress.bytes_total.store(bytes, Ordering::Relaxed);
    let (lake, _lock) = Lake::open_for_writing(&options.lake)?;
    let ingest_id = ingest_id(lake.manifest().number + 1, options);
    let receipt = Receipt {
        ingest_id: ingest_id.clone(),
        started_at: options.now_us,
        files: inputs.len() as u64,
        ..Receipt::default()
    };
    let work = staging_dir(lake.root()).join("work");
    let totals = Mutex::new(Totals {
        receipt,
        rejects: Vec::new(),
        buffers: DayBuffers::new(&work, options.memory_bytes),
        policies: PolicySets::load(&lake)?,
        files: BTreeMap::new(),
        unknown_keys: BTreeMap::new(),
        ids_derived: 0,
    });
    let problems = Mutex::new(problems);
    let reader = InputReader {
        options,
        progress,
        ingest_id: &ingest_id,
        spool: &work,
    };
    read_all(&inputs, &reader, &totals, &problems)?;
    if progress.stop.load(Ordering::Relaxed) {
        return Err(Error::Limit(
            "stopped; the lake is as it was before".to_owned(),
        ));
    }
    let totals = totals
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let Totals {
        mut receipt,
        rejects,
        buffers,
        policies,
        files,
        unknown_keys,
        ids_derived,
    } = totals;
    receipt.inputs = files.into_values().collect();
    let policies = Mutex::new(policies);
    let finished = finish::records(&lake, buffers, &policies, &ingest_id, options, progress)?;
    let finished = finish::signins(&lake, finished, &policies, &ingest_id, options, progress)?;
    let policies = policies
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    publish(&lake, finished, &policies, &rejects, &mut receipt)?;
    // Old files that cannot be removed now are removed by a later ingest.
    let _ = commit::sweep(lake.root(), options.now_us, GRACE_US);
    Ok(Done {
        receipt,
        rejects,
        problems: std::mem::take(&mut *lock(&problems)),
        unknown_keys,
        ids_derived,
    })
}

fn ingest_id(number: u64, options: &Options) -> String {
    let seed = format!("{} {:?}", options.now_us, options.inputs);
    let hash = blake3::hash(seed.as_bytes()).to_hex();
    format!("i{number:06}-{}", &hash[..8])
}

/// Reads every input; what could not be read at all is added to `problems`.
fn read_all(
    inputs: &[Input],
    reader: &InputReader<'_>,
    totals: &Mutex<Totals>,
    problems: &Mutex<Vec<String>>,
) -> Result<()> {
    let threads = reader.options.threads.max(1);
    let (send, receive) = bounded::<Work>(threads * CHUNKS_WAITING_MAX);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(inputs.len()) {
            let send = send.clone();
            scope.spawn(|| {
                let send = send;
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(input) = inputs.get(place) else {
                        return;
                    };
                    let hear = Hearing {
                        place,
                        send: &send,
                        totals,
                        problems,
                    };
                    reader.read(input, &hear);
                }
            });
        }
        drop(send);
        for _ in 0..threads {
            let receive = receive.clone();
            let failed = &failed;
            scope.spawn(move || {
                if let Err(e) = decode_all(receive, reader.progress, totals) {
                    reader.progress.stop.store(true, Ordering::Relaxed);
                    lock(failed).get_or_insert(e);
                }
            });
        }
        // With the last decoder gone, readers must find the queue closed.
        drop(receive);
    });
    lock(&failed).take().map_or(Ok(()), Err)
}

/// Passes on what is read of one input.
struct Hearing<'a> {
    place: usize,
    send: &'a Sender<Work>,
    totals: &'a Mutex<Totals>,
    problems: &'a Mutex<Vec<String>>,
}

impl Hear for Hearing<'_> {
    fn chunk(&self, member: usize, name: &Arc<str>, chunk: Chunk, facts: &FileFacts) -> bool {
        let work = Work {
            file: (self.place, member),
            name: name.clone(),
            chunk,
            facts: facts.clone(),
        };
        self.send.send(work).is_ok()
    }

    fn archive(&self, name: &str, members: usize) {
        let mut totals = lock(self.totals);
        let file = totals.files.entry((self.place, 0)).or_default();
        file.path = name.to_owned();
        file.format = "zip".to_owned();
        file.because = format!("an archive of {members} files");
    }

    fn end(&self, member: usize, name: &str, end: InputEnd) {
        let mut totals = lock(self.totals);
        totals.receipt.bytes_read += end.bytes;
        let rejected = end.rejects.len() as u64;
        totals.receipt.rejected += rejected;
        totals.receipt.rows_read += rejected;
        let file = totals.files.entry((self.place, member)).or_default();
        file.path = name.to_owned();
        file.rejected += rejected;
        file.rows_read += rejected;
        if let Some((format, because)) = end.format {
            file.format = format.name.to_owned();
            file.because = because.to_owned();
        }
        if end.empty {
            file.because = "empty".to_owned();
        }
        if let Some(problem) = end.problem {
            file.because = problem.clone();
            lock(self.problems).push(format!("{name}: {problem}"));
        }
        keep_rejects(&mut totals.rejects, end.rejects);
    }
}

/// Keeps rejects within bounds: beyond [`REJECT_CONTENT_BYTES_MAX`] the place and reason only.
fn keep_rejects(kept: &mut Vec<Reject>, more: Vec<Reject>) {
    let room = REJECTS_KEPT_MAX.saturating_sub(kept.len());
    let mut bytes: usize = kept.iter().map(|r| r.content.len()).sum();
    kept.extend(more.into_iter().take(room).map(|mut reject| {
        bytes += reject.content.len();
        if bytes > REJECT_CONTENT_BYTES_MAX {
            bytes -= reject.content.len();
            reject.content = String::new();
        }
        reject
    }));
}

fn decode_all(receive: Receiver<Work>, progress: &Progress, totals: &Mutex<Totals>) -> Result<()> {
    let mut decoder = Decoder::new(BATCH_ROWS);
    for work in receive {
        let Work {
            file,
            name,
            chunk,
            facts,
        } = work;
        let gathered = decode_chunk(&mut decoder, &chunk, &name, &facts)?;
        drop(chunk);
        progress
            .rows
            .fetch_add(gathered.rows_read, Ordering::Relaxed);
        add(file, gathered, &mut lock(totals))?;
    }
    Ok(())
}

fn add(file: FileKey, gathered: Gathered, totals: &mut Totals) -> Result<()> {
    let receipt = &mut totals.receipt;
    let rejected = gathered.rejects.len() as u64;
    receipt.rows_read += gathered.rows_read;
    receipt.rejected += rejected;
    receipt.without_tenant += gathered.without_tenant;
    totals.ids_derived += gathered.ids_derived;
    let input = totals.files.entry(file).or_default();
    input.rows_read += gathered.rows_read;
    input.rejected += rejected;
    for (key, rows) in gathered.unknown_keys {
        if let Some(count) = totals.unknown_keys.get_mut(&key) {
            *count += rows;
        } else if totals.unknown_keys.len() < UNKNOWN_KEYS_MAX {
            totals.unknown_keys.insert(key, rows);
        }
    }
    for (category, rows) in gathered.other_categories {
        receipt.not_a_signin += rows;
        *receipt.other_categories.entry(category).or_default() += rows;
    }
    keep_rejects(&mut totals.rejects, gathered.rejects);
    for (key, list) in gathered.lists {
        totals.policies.add(key, &list);
    }
    for (day, batch) in gathered.days {
        totals.buffers.add(day, batch)?;
    }
    Ok(())
}

/// Stages what stands beside the days, and commits.
fn publish(
    lake: &Lake,
    finished: Finished,
    policies: &PolicySets,
    rejects: &[Reject],
    receipt: &mut Receipt,
) -> Result<()> {
    let id = receipt.ingest_id.clone();
    let root = lake.root();
    receipt.stored = finished.stored;
    receipt.duplicates = finished.duplicates;
    receipt.completed = finished.completed;
    receipt.capped = finished.capped;
    receipt.signin_days_changed = finished.signin_days_changed;
    let mut manifest = Manifest {
        format_version: FORMAT_VERSION,
        number: lake.manifest().number + 1,
        ingest_id: id.clone(),
        ..lake.manifest().clone()
    };
    manifest.days.extend(finished.facts);
    let spans = || {
        manifest
            .days
            .values()
            .flat_map(|d| d.hours.values())
            .flat_map(|t| t.values())
    };
    let _ = spans;
    replace(&mut manifest.files, finished.files);
    if let Some(rows) = policies.new_rows()? {
        manifest
            .files
            .push(write::stage(root, Table::PolicySets, None, &id, 0, &rows)?);
    }
    if let Some(rows) = new_rejects(lake, rejects, &id)? {
        manifest
            .files
            .push(write::stage(root, Table::Rejects, None, &id, 0, &rows)?);
    }
    receipt.signins = manifest.table(Table::Signins).map(|f| f.rows).sum();
    receipt.pending = manifest.days.values().map(|d| d.pending).sum();
    let days = || manifest.table(Table::Records).filter_map(|f| f.day);
    receipt.first_event = days()
        .min()
        .map(|d| i64::from(d) * crate::lake::layout::DAY_US);
    receipt.last_event = days()
        .max()
        .map(|d| i64::from(d) * crate::lake::layout::DAY_US);
    manifest.files.push(write::stage(
        root,
        Table::Ingests,
        None,
        &id,
        0,
        &receipt.row()?,
    )?);
    commit::commit(root, &manifest)
}

/// New files of a day replace its old ones.
fn replace(files: &mut Vec<DataFile>, new: Vec<DataFile>) {
    let touched: BTreeSet<(String, Option<i32>)> =
        new.iter().map(|f| (f.table.clone(), f.day)).collect();
    files.retain(|f| !touched.contains(&(f.table.clone(), f.day)));
    files.extend(new);
    files.sort_by(|a, b| Path::cmp(&a.path, &b.path));
}
