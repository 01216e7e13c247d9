//! Reads and decodes all inputs on all threads, and adds up what they hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Progress;
use super::buffers::DayBuffers;
use super::chunk::{BATCH_ROWS, Gathered, decode_chunk, joined};
use super::feed::InputEnd;
use super::inputs::{Hear, InputReader};
use super::parallel::{join, lock};
use super::pieces::Chunk;
use super::rejected::Rejected;
use crate::decode::decoder::{Decoder, FileFacts};
use crate::error::{Error, Result};
use crate::lake::policies::PolicySets;
use crate::lake::receipts::{InputReceipt, Receipt};
use crate::signin::unknown::{Tally, Unknown};
use crate::source::discover::Input;

/// Chunks that wait for a decoder, per thread.
const CHUNKS_WAITING_MAX: usize = 2;
/// Text whose rows wait with a decoder at most, its last chunk aside.
const BATCH_TEXT_BYTES: usize = 32 << 20;
/// Bytes of a chunk from which on its rows are taken at once: a record in it is large.
const LARGE_CHUNK_BYTES: usize = 4 << 20;

/// An input by its place, and its member: 0 for the input itself, from 1 in archives.
type FileKey = (usize, usize);

struct Work {
    file: FileKey,
    name: Arc<str>,
    chunk: Chunk,
    facts: FileFacts,
}

/// What the decoders found, as it comes in.
pub(super) struct Totals {
    pub(super) receipt: Receipt,
    pub(super) rejects: Rejected,
    pub(super) buffers: DayBuffers,
    /// First and last event, microseconds since 1970-01-01 UTC.
    span: Option<(i64, i64)>,
    pub(super) policies: PolicySets,
    /// Receipts of all inputs and members of archives.
    files: BTreeMap<FileKey, InputReceipt>,
    unknown_keys: Tally,
    unknown_codes: Tally,
    unknown_texts: Tally,
    /// Inputs that could not be read at all, each with its reason.
    pub(super) problems: Vec<String>,
    failed: Option<Error>,
}

impl Totals {
    /// Nothing yet; rejects that do not fit into memory go to `work`.
    pub(super) fn new(
        receipt: Receipt,
        work: &Path,
        buffers: DayBuffers,
        policies: PolicySets,
        problems: Vec<String>,
    ) -> Self {
        Self {
            rejects: Rejected::new(work, &receipt.ingest_id),
            receipt,
            buffers,
            span: None,
            policies,
            files: BTreeMap::new(),
            unknown_keys: Tally::default(),
            unknown_codes: Tally::default(),
            unknown_texts: Tally::default(),
            problems,
            failed: None,
        }
    }

    /// Writes what was read into the receipt.
    pub(super) fn complete(&mut self) {
        let receipt = &mut self.receipt;
        receipt.inputs = std::mem::take(&mut self.files).into_values().collect();
        receipt.unknown_keys = std::mem::take(&mut self.unknown_keys).into_counts();
        receipt.unknown_codes = std::mem::take(&mut self.unknown_codes).into_counts();
        receipt.unknown_texts = std::mem::take(&mut self.unknown_texts).into_counts();
        receipt.rejects_by_reason = self.rejects.by_reason.clone().into_counts();
        receipt.rejects_not_kept = self.rejects.not_kept;
        if let Some((first, last)) = self.span {
            (receipt.first_event, receipt.last_event) = (Some(first), Some(last));
        }
    }

    fn add(&mut self, file: FileKey, gathered: Gathered) -> Result<()> {
        let receipt = &mut self.receipt;
        let rejected = gathered.rejects.len() as u64;
        receipt.rows_read += gathered.rows_read;
        receipt.rejected += rejected;
        receipt.forgotten += gathered.forgotten;
        receipt.without_tenant += gathered.without_tenant;
        receipt.ids_derived += gathered.ids_derived;
        let input = self.files.entry(file).or_default();
        input.rows_read += gathered.rows_read;
        input.rejected += rejected;
        for (key, rows) in gathered.unknown_keys {
            self.unknown_keys.add(&key, rows);
        }
        for (category, rows) in gathered.other_categories {
            receipt.not_a_signin += rows;
            *receipt.other_categories.entry(category).or_default() += rows;
        }
        self.unknown_codes.merge(gathered.unknown_codes);
        self.unknown_texts.merge(gathered.unknown_texts);
        self.rejects.add(gathered.rejects)?;
        for (key, list) in gathered.lists {
            self.policies.add(key, &list);
        }
        self.span = joined(self.span, gathered.span);
        for rows in gathered.days {
            self.buffers.put(rows);
        }
        Ok(())
    }
}

/// Reads every input; what could not be read at all is added to the problems of `totals`.
pub(super) fn read_all(
    inputs: &[Input],
    reader: &InputReader<'_>,
    totals: &Mutex<Totals>,
) -> Result<()> {
    let threads = reader.options.threads.max(1);
    let (send, receive) = bounded::<Work>(threads * CHUNKS_WAITING_MAX);
    let next = &AtomicUsize::new(0);
    let ends: Result<()> = std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..threads.min(inputs.len()) {
            let send = send.clone();
            workers.push(scope.spawn(move || {
                while let place = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(input) = inputs.get(place)
                {
                    let hear = Hearing {
                        place,
                        send: &send,
                        totals,
                    };
                    reader.read(input, &hear);
                }
                Ok(())
            }));
        }
        drop(send);
        for _ in 0..threads {
            let receive = receive.clone();
            workers.push(scope.spawn(move || {
                let stop = StopOnFailure(reader.progress);
                decode_all(receive, reader, totals)?;
                stop.disarm();
                Ok(())
            }));
        }
        // With the last decoder gone, readers must find the queue closed.
        drop(receive);
        let ends: Vec<Result<()>> = workers.into_iter().map(join).collect();
        ends.into_iter().collect()
    });
    ends?;
    lock(totals).failed.take().map_or(Ok(()), Err)
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

/// Passes on what is read of one input.
struct Hearing<'a> {
    place: usize,
    send: &'a Sender<Work>,
    totals: &'a Mutex<Totals>,
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
        let totals = &mut *lock(self.totals);
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
            totals.problems.push(format!("{name}: {problem}"));
        }
        if let Err(e) = totals.rejects.add(end.rejects) {
            totals.failed.get_or_insert(e);
        }
    }
}

fn decode_all(
    receive: Receiver<Work>,
    reader: &InputReader<'_>,
    totals: &Mutex<Totals>,
) -> Result<()> {
    let mut decoder = Decoder::new(BATCH_ROWS);
    let mut unknown = Unknown::default();
    let (mut last, mut text_bytes) = (None, 0);
    let mut cut = |gathered: &mut Gathered| {
        let tables = &reader.options.tables;
        gathered.cut_by_day(tables, &mut unknown, reader.guard)
    };
    for work in receive {
        let mut gathered = decode_chunk(&mut decoder, &work.chunk, &work.name, &work.facts)?;
        let file = work.file;
        let chunk_bytes = work.chunk.data.len();
        text_bytes += chunk_bytes;
        drop(work);
        if text_bytes >= BATCH_TEXT_BYTES || chunk_bytes >= LARGE_CHUNK_BYTES {
            gathered.take_rest(&mut decoder)?;
        }
        if cut(&mut gathered)? {
            text_bytes = 0;
        }
        reader
            .progress
            .rows
            .fetch_add(gathered.rows_read, Ordering::Relaxed);
        add(totals, file, gathered)?;
        last = Some(file);
    }
    if let Some(file) = last {
        let mut gathered = Gathered::default();
        gathered.take_rest(&mut decoder)?;
        cut(&mut gathered)?;
        add(totals, file, gathered)?;
    }
    Ok(())
}

/// Adds what a decoder found; rows that memory has no room for are written to disk meanwhile, while
/// the other decoders go on.
fn add(totals: &Mutex<Totals>, file: FileKey, gathered: Gathered) -> Result<()> {
    lock(totals).add(file, gathered)?;
    loop {
        let Some(overflow) = lock(totals).buffers.overflow() else {
            return Ok(());
        };
        let written = overflow.write()?;
        lock(totals).buffers.written(written);
    }
}
