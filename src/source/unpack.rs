//! Limits of unpacking: a small file must not fill the disk or run for ever.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one packed input may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text of one packed file or one member of an archive; default 256 GiB.
    pub unpacked_bytes_max: u64,
    /// Bytes of text for one packed byte, looked at beyond 64 MiB; default 1,000. Sign-in logs
    /// shrink to a tenth or a fiftieth.
    pub ratio_max: u64,
    /// Members of one archive; default 100,000.
    pub members_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unpacked_bytes_max: 256 << 30,
            ratio_max: 1_000,
            members_max: 100_000,
        }
    }
}

/// Text that is too short to judge by its ratio.
const RATIO_BYTES_MIN: u64 = 64 << 20;

/// Ends a stream of unpacked bytes with an error where it passes a limit.
pub(super) struct Limited<R> {
    inner: R,
    packed: Arc<AtomicU64>,
    unpacked: u64,
    limits: Limits,
}

impl<R: Read> Limited<R> {
    /// `packed` counts the bytes that were taken from the packed side.
    pub(super) fn new(inner: R, packed: Arc<AtomicU64>, limits: Limits) -> Self {
        Self {
            inner,
            packed,
            unpacked: 0,
            limits,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.unpacked += n as u64;
        let Limits {
            unpacked_bytes_max,
            ratio_max,
            ..
        } = self.limits;
        if self.unpacked > unpacked_bytes_max {
            let why = format!("it unpacks to more than {unpacked_bytes_max} bytes, the limit");
            return Err(io::Error::other(why));
        }
        let packed = self.packed.load(Ordering::Relaxed).max(1);
        if self.unpacked > RATIO_BYTES_MIN && self.unpacked / packed > ratio_max {
            let why = format!("it unpacks to more than {ratio_max} times its size, the limit");
            return Err(io::Error::other(why));
        }
        Ok(n)
    }
}

/// Counts bytes on their way, for progress and for the ratio.
pub(super) struct Counting<R> {
    pub(super) inner: R,
    pub(super) counters: [Arc<AtomicU64>; 2],
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        for counter in &self.counters {
            counter.fetch_add(n as u64, Ordering::Relaxed);
        }
        Ok(n)
    }
}
