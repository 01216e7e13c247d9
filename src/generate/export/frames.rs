//! Holds what one record becomes: a piece of text for one or more of the export's files.

/// Pieces of text, each for a part of the export: a file, or all records of one log.
#[derive(Default)]
pub(in crate::generate) struct Frames {
    /// The pieces one after another; append to it, then call [`Frames::end`].
    pub(in crate::generate) bytes: Vec<u8>,
    ends: Vec<(u8, usize)>,
}

impl Frames {
    /// Ends a piece and gives it to a part.
    pub(in crate::generate) fn end(&mut self, part: u8) {
        self.ends.push((part, self.bytes.len()));
    }

    /// Forgets the pieces and keeps the memory.
    pub(in crate::generate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// How many pieces there are.
    pub(in crate::generate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Part and text of each piece.
    pub(in crate::generate) fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        let pieces = self.ends.iter().zip(starts);
        pieces.map(|((part, end), start)| (*part, &self.bytes[start..*end]))
    }
}
