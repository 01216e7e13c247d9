//! Opens an input as a reader of uncompressed bytes; gzip is recognised by its first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::discover::Input;
use crate::error::{Error, Result};

const BUFFER_BYTES: usize = 1 << 20;

/// A reader of uncompressed bytes.
pub type Reader = Box<dyn Read + Send>;

/// Opens an input. `consumed` counts the bytes taken from disk, for progress.
pub fn open(input: &Input, consumed: Arc<AtomicU64>) -> Result<Reader> {
    let raw: Reader = match input {
        Input::File { path, .. } => {
            Box::new(File::open(path).map_err(|e| Error::io("open", path, e))?)
        }
        Input::Stdin => Box::new(io::stdin()),
    };
    let counted = Counting {
        inner: raw,
        consumed,
    };
    let mut buffered = BufReader::with_capacity(BUFFER_BYTES, counted);
    let head = buffered
        .fill_buf()
        .map_err(|e| Error::io("read", input.name(), e))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(MultiGzDecoder::new(buffered)));
    }
    Ok(Box::new(buffered))
}

struct Counting<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
