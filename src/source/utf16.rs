//! Rewrites UTF-16 as UTF-8 while it is read; PowerShell writes UTF-16 for `-Encoding Unicode`.
//!
//! Own code, because the crate that knows all encodings switches on a feature of a crate below
//! Arrow, for which all of it would be compiled a second time.

use std::io::{self, Read};

const BUFFER_BYTES: usize = 64 << 10;

/// The order of the two bytes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Whether a text is UTF-16: by its mark, or by the zero beside its first two characters, which
/// are ASCII in every export.
pub(super) fn order_of(head: &[u8]) -> Option<ByteOrder> {
    match head {
        [0xff, 0xfe, ..] => Some(ByteOrder::Little),
        [0xfe, 0xff, ..] => Some(ByteOrder::Big),
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some(ByteOrder::Little),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => Some(ByteOrder::Big),
        _ => None,
    }
}

/// Reads UTF-16 and gives UTF-8; half a pair becomes U+FFFD.
pub(super) struct Utf16Reader<R> {
    inner: R,
    order: ByteOrder,
    /// Bytes read and not decoded yet: half a unit, or the first half of a pair.
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Utf16Reader<R> {
    pub(super) fn new(inner: R, order: ByteOrder) -> Self {
        Self {
            inner,
            order,
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let kept = self.raw.len();
        self.raw.resize(kept + BUFFER_BYTES, 0);
        let read = self.inner.read(&mut self.raw[kept..]);
        self.raw.truncate(kept + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        let mut units: Vec<u16> = self.raw.chunks_exact(2).map(|b| self.unit(b)).collect();
        let pair_open = units.last().is_some_and(|u| (0xd800..0xdc00).contains(u));
        if pair_open && !self.ended {
            units.pop();
        }
        self.raw.drain(..units.len() * 2);
        if self.ended && !self.raw.is_empty() {
            self.raw.clear();
            units.push(0xfffd);
        }
        self.text.clear();
        self.given = 0;
        let mut bytes = [0; 4];
        for unit in char::decode_utf16(units) {
            let c = unit.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text
                .extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
        }
        Ok(())
    }

    fn unit(&self, bytes: &[u8]) -> u16 {
        let pair = [bytes[0], bytes[1]];
        match self.order {
            ByteOrder::Little => u16::from_le_bytes(pair),
            ByteOrder::Big => u16::from_be_bytes(pair),
        }
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let n = buffer.len().min(self.text.len() - self.given);
        buffer[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(1);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn text_survives_in_both_orders() {
        let text = "{\"n\":\"Zoë 🦀\"}";
        for (order, bytes) in [
            (ByteOrder::Little, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (ByteOrder::Big, u16::to_be_bytes),
        ] {
            let raw: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            assert_eq!(order_of(&raw), Some(order));
            let mut out = String::new();
            let mut reader = Utf16Reader::new(Drops(&raw), order);
            reader.read_to_string(&mut out).expect("text");
            assert_eq!(out, text);
        }
        let mut out = String::new();
        let cut = [b'a', 0, 0x00, 0xd8, b'b'];
        let mut reader = Utf16Reader::new(&cut[..], ByteOrder::Little);
        reader.read_to_string(&mut out).expect("text");
        assert_eq!(out, "a\u{fffd}\u{fffd}");
        assert_eq!(order_of(b"{\"a\"}"), None);
    }
}
