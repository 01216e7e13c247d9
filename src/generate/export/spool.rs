//! Keeps the pieces of an export on disk until its end, and gives them back newest hour first.
//!
//! Services that page backwards write the newest record first, and a page says whether another
//! follows; both are known only once everything is drawn. Memory holds one piece and one offset an
//! hour. The file has no name and is gone with the program.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::frames::Frames;
use crate::error::{Error, Result};

/// Bytes of part and length before each piece.
const HEAD_BYTES: usize = 5;
const BUFFER_BYTES: usize = 1 << 18;

/// Pieces waiting on disk.
pub(in crate::generate) struct Spool {
    file: BufWriter<File>,
    bytes: u64,
    /// Where each hour begins; its pieces stand newest first.
    hours: Vec<u64>,
    counts: Vec<u64>,
}

impl Spool {
    /// An empty file for the pieces of so many parts.
    pub(in crate::generate) fn new(parts: usize) -> Result<Self> {
        let file = tempfile::tempfile().map_err(|e| Error::io("make", NAME, e))?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            bytes: 0,
            hours: Vec::new(),
            counts: vec![0; parts],
        })
    }

    /// Begins the next hour.
    pub(in crate::generate) fn hour(&mut self) {
        self.hours.push(self.bytes);
    }

    /// Adds the pieces of a record, which is older than those added since the hour began.
    pub(in crate::generate) fn put(&mut self, frames: &Frames) -> Result<()> {
        for (part, text) in frames.iter() {
            let mut head = [part; HEAD_BYTES];
            head[1..].copy_from_slice(&(text.len() as u32).to_le_bytes());
            let written = self.file.write_all(&head);
            let written = written.and_then(|()| self.file.write_all(text));
            written.map_err(|e| Error::io("write", NAME, e))?;
            self.bytes += (HEAD_BYTES + text.len()) as u64;
            self.counts[usize::from(part)] += 1;
        }
        Ok(())
    }

    /// How many pieces each part has.
    pub(in crate::generate) fn counts(&self) -> Vec<u64> {
        self.counts.clone()
    }

    /// Gives every piece back, newest first.
    pub(in crate::generate) fn give(
        self,
        to: &mut dyn FnMut(u8, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let failed = |e| Error::io("read", NAME, e);
        let file = self.file.into_inner().map_err(|e| failed(e.into_error()))?;
        let mut file = BufReader::with_capacity(BUFFER_BYTES, file);
        let mut text = Vec::new();
        let mut end = self.bytes;
        for start in self.hours.into_iter().rev() {
            file.seek(SeekFrom::Start(start)).map_err(failed)?;
            let mut at = start;
            while at < end {
                let mut head = [0; HEAD_BYTES];
                file.read_exact(&mut head).map_err(failed)?;
                let [part, length @ ..] = head;
                text.resize(u32::from_le_bytes(length) as usize, 0);
                file.read_exact(&mut text).map_err(failed)?;
                at += (HEAD_BYTES + text.len()) as u64;
                to(part, &text)?;
            }
            end = start;
        }
        Ok(())
    }
}

/// What errors call the file.
const NAME: &str = "a temporary file";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_come_back_in_reverse_and_pieces_in_order() {
        let mut spool = Spool::new(2).expect("a file");
        for hour in [&["3", "2"][..], &[], &["5"]] {
            spool.hour();
            for text in hour {
                let mut frames = Frames::default();
                frames.bytes.extend_from_slice(text.as_bytes());
                frames.end(1);
                spool.put(&frames).expect("room on disk");
            }
        }
        assert_eq!(spool.counts(), [0, 3]);
        let mut seen = String::new();
        let mut see = |part, text: &[u8]| {
            assert_eq!(part, 1);
            seen.push_str(&String::from_utf8_lossy(text));
            Ok(())
        };
        spool.give(&mut see).expect("what was written");
        assert_eq!(seen, "532");
    }
}
