//! Buffers what presenters write, and turns a failing writer into the caller's error.
//!
//! Never: formats, retries, hides a broken pipe.

use std::io::{BufWriter, Write};

use crate::error::{Error, Result};

/// Bytes gathered before the writer is called.
const OUTPUT_BUFFER_BYTES: usize = 64 * 1024;

/// The buffered writer under a presenter.
pub(super) struct Sink<'a>(BufWriter<Box<dyn Write + Send + 'a>>);

impl<'a> Sink<'a> {
    pub(super) fn new(out: Box<dyn Write + Send + 'a>) -> Self {
        Self(BufWriter::with_capacity(OUTPUT_BUFFER_BYTES, out))
    }

    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        self.0.write_all(text.as_bytes()).map_err(Error::Output)
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.0.flush().map_err(Error::Output)
    }
}
