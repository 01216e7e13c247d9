//! Reads one input: a text, or an archive whose members are texts of their own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::feed::InputEnd;
use super::pieces::{self, Chunk, Known};
use super::tenant::tenant_of_path;
use super::{Options, Progress};
use crate::decode::decoder::FileFacts;
use crate::lake::forget::Guard;
use crate::source::archive::{Archive, Member};
use crate::source::discover::Input;
use crate::source::open::{Opened, Reader, open};

/// Hears what is read; `member` counts from 1 in archives and is 0 for the input itself.
pub(super) trait Hear {
    /// Takes a chunk of a text and says whether to go on.
    fn chunk(&self, member: usize, name: &Arc<str>, chunk: Chunk, facts: &FileFacts) -> bool;
    /// A text, or the input as a whole, has ended.
    fn end(&self, member: usize, name: &str, end: InputEnd);
    /// An archive was opened that holds so many files.
    fn archive(&self, name: &str, members: usize);
}

/// How an input is read.
pub(super) struct InputReader<'a> {
    pub options: &'a Options,
    pub progress: &'a Progress,
    pub ingest_id: &'a str,
    pub spool: &'a Path,
    /// Holds back what the lake was told to forget.
    pub guard: Option<&'a Guard>,
}

impl InputReader<'_> {
    /// Reads an input to its end.
    pub(super) fn read(&self, input: &Input, hear: &dyn Hear) {
        let name = input.name();
        let limits = self.options.reading.limits;
        let opened = open(input, self.progress.bytes_read.clone(), limits, self.spool);
        match opened {
            Ok(Opened::Text(reader)) => {
                let again = || match open(input, Arc::default(), limits, self.spool).ok()? {
                    Opened::Text(reader) => Some(reader),
                    Opened::Archive(_) => None,
                };
                let regular = input.is_regular();
                self.text(reader, &name, 0, regular.then_some(&again), hear);
            }
            Ok(Opened::Archive(archive)) => self.archive(&archive, &name, hear),
            Err(e) => hear.end(0, &name, InputEnd::refused(e.to_string())),
        }
    }

    fn archive(&self, archive: &Archive, name: &str, hear: &dyn Hear) {
        if archive.members.is_empty() {
            return hear.end(0, name, InputEnd::refused("is an archive without files"));
        }
        hear.archive(name, archive.members.len());
        for (place, member) in archive.members.iter().enumerate() {
            if self.progress.stop.load(Ordering::Relaxed) {
                return;
            }
            self.member(archive, member, place + 1, name, hear);
        }
    }

    fn member(&self, archive: &Archive, member: &Member, place: usize, of: &str, hear: &dyn Hear) {
        let name = format!("{of}!{}", member.name);
        match archive.member(member, self.progress.bytes_read.clone()) {
            Ok(reader) => {
                let again = || archive.member(member, Arc::default()).ok();
                self.text(reader, &name, place, Some(&again), hear);
            }
            Err(e) => hear.end(
                place,
                &name,
                InputEnd::refused(format!("cannot be read: {e}")),
            ),
        }
    }

    fn text(
        &self,
        reader: Reader,
        name: &str,
        place: usize,
        again: Option<&dyn Fn() -> Option<Reader>>,
        hear: &dyn Hear,
    ) {
        let shared: Arc<str> = Arc::from(name);
        let known = Known {
            name,
            tenant_id: tenant_of_path(name).or_else(|| self.options.tenant_id.clone()),
            ingest_id: self.ingest_id,
            given: &self.options.reading,
            again,
            spool: self.spool,
        };
        let end = pieces::read(reader, &known, &mut |chunk, facts| {
            let stopped = self.progress.stop.load(Ordering::Relaxed);
            !stopped && hear.chunk(place, &shared, chunk, facts)
        });
        hear.end(place, name, end);
    }
}
