//! Takes those rows of a large day out that no other row has the id of: they need not be merged.
//!
//! They are nearly all. Each is a record that the lake lacks: it is sorted with those that came with
//! it, and neither cut into shards nor compared with anything.

use std::collections::HashSet;

use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use foldhash::fast::RandomState;

use crate::ingest::waiting::id_hashes;
use crate::lake::sorted::Place;
use crate::signin::schema::Record;

/// Hashes of the ids that more than one row of a day has.
pub(super) struct Repeated(HashSet<u64, RandomState>);

impl Repeated {
    /// Of the hashes of the ids of all rows, and of those that are there to be merged with.
    pub(super) fn of(mut new: Vec<u64>, others: impl Iterator<Item = u64>) -> Self {
        new.sort_unstable();
        let twice = new.windows(2).filter(|pair| pair[0] == pair[1]);
        Self(twice.map(|pair| pair[0]).chain(others).collect())
    }

    /// The rows of batches of `records` that stand alone, and all others with their hashes. A part of
    /// a record never stands alone: it has to wait for its record.
    pub(super) fn split(&self, batches: &[RecordBatch]) -> (Vec<Place>, Vec<(u64, Place)>) {
        let (mut alone, mut others) = (Vec::new(), Vec::new());
        for (part, batch) in batches.iter().enumerate() {
            let types = batch.column(Record::EventType as usize);
            for (row, hash) in id_hashes(batch).enumerate() {
                match types.is_null(row) || self.0.contains(&hash) {
                    true => others.push((hash, (part, row))),
                    false => alone.push((part, row)),
                }
            }
        }
        (alone, others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::waiting::id_hash;
    use crate::signin::batch::RecordBuilder;
    use crate::signin::row::Row;

    #[test]
    fn parts_and_ids_that_come_twice_do_not_stand_alone() {
        let mut builder = RecordBuilder::new(4);
        for (id, whole) in [
            ("a", true),
            ("b", true),
            ("a", true),
            ("c", false),
            ("d", true),
        ] {
            let mut row = Row::default();
            row.set_text(Record::Id, id);
            if whole {
                row.set_text(Record::EventType, "interactiveUser");
            }
            builder.append(&row);
        }
        let batches = [builder.finish().expect("a batch")];
        let hashes = id_hashes(&batches[0]).collect();
        let repeated = Repeated::of(hashes, std::iter::once(id_hash("d")));
        let (alone, others) = repeated.split(&batches);
        assert_eq!(alone, [(0, 1)]);
        let others: Vec<usize> = others.into_iter().map(|(_, (_, row))| row).collect();
        assert_eq!(others, [0, 2, 3, 4]);
    }
}
