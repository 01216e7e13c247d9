//! Peels gzip and zstd off a stream, as often as they are wound, and rewrites UTF-16 as UTF-8.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::bufread::MultiGzDecoder;

use super::open::Reader;
use super::unpack::{Limited, Limits};
use super::utf16::{Utf16Reader, order_of};

pub(super) const BUFFER_BYTES: usize = 1 << 20;
/// A gzip in a gzip is odd, more is a trap.
const LAYERS_MAX: usize = 4;

/// What the first bytes of a stream say.
pub(super) enum Peeled {
    /// UTF-8 text, as far as can be seen.
    Text(Reader),
    /// A zip archive, and whether something was wound around it.
    Archive(Reader, bool),
}

/// Peels a stream to its text. `packed` counts the bytes taken from its packed side.
pub(super) fn peel(raw: Reader, packed: &Arc<AtomicU64>, limits: Limits) -> io::Result<Peeled> {
    let mut raw = raw;
    for layer in 0..LAYERS_MAX {
        let (head, len) = first_bytes(&mut raw)?;
        let whole = io::Cursor::new(head).take(len as u64).chain(raw);
        let buffered = |whole| BufReader::with_capacity(BUFFER_BYTES, whole);
        let inner: Reader = match head[..len] {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(buffered(whole))),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                Box::new(zstd::stream::read::Decoder::with_buffer(buffered(whole))?)
            }
            [b'P', b'K', 3 | 5, 4 | 6] => {
                return Ok(Peeled::Archive(Box::new(buffered(whole)), layer > 0));
            }
            ref head => {
                return Ok(Peeled::Text(match order_of(head) {
                    Some(order) => Box::new(Utf16Reader::new(buffered(whole), order)),
                    // Whoever reads text asks for much at once.
                    None => Box::new(whole),
                }));
            }
        };
        raw = Box::new(Limited::new(inner, packed.clone(), limits));
    }
    Err(io::Error::other("it is packed more than four times over"))
}

/// The first four bytes of a stream, or fewer where there are no more; a pipe may give them one
/// by one. An error behind some bytes is left for whoever reads on.
fn first_bytes(reader: &mut Reader) -> io::Result<([u8; 4], usize)> {
    let (mut head, mut len) = ([0; 4], 0);
    while len < head.len() {
        match reader.read(&mut head[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if len == 0 => return Err(e),
            Err(_) => break,
        }
    }
    Ok((head, len))
}
