//! Ids for records of formats that have none: a hash of the content, and the ordinal among equals.
//!
//! The ids of a file do not depend on the order in which its rows are decoded: equal rows get the
//! ordinals 0, 1, 2 … between them, whichever comes first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::signin::row::{Cell, Row};
use crate::signin::schema::Record;

/// Distinct rows of one file that are counted; about 24 bytes each.
const ROWS_MAX: usize = 8_000_000;

/// Columns that are no content: they differ between two ingests of one file.
const NOT_CONTENT: [Record; 6] = [
    Record::Id,
    Record::TenantId,
    Record::ReceivedAt,
    Record::SourceFormat,
    Record::IngestId,
    Record::IdDerived,
];

/// Counts the equal rows of one file.
#[derive(Debug, Default)]
pub struct DerivedIds {
    seen: Mutex<HashMap<u64, u32, foldhash::fast::RandomState>>,
}

impl DerivedIds {
    /// The id of a row; `None` where the file holds too many rows to tell equal ones apart.
    pub(super) fn id_of(&self, row: &Row<'_>) -> Option<String> {
        let hash = content_hash(row);
        let mut head = [0; 8];
        head.copy_from_slice(&hash.as_bytes()[..8]);
        let key = u64::from_le_bytes(head);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= ROWS_MAX && !seen.contains_key(&key) {
            return None;
        }
        let count = seen.entry(key).or_default();
        let id = format!("derived-{}-{count}", &hash.to_hex()[..32]);
        *count += 1;
        Some(id)
    }
}

fn content_hash(row: &Row<'_>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for column in Record::ALL {
        let cell = row.get(*column);
        if cell.is_null() || NOT_CONTENT.contains(column) {
            continue;
        }
        hasher.update(column.column().name.as_bytes());
        let mut put = |kind: u8, bytes: &[u8]| {
            hasher.update(&[kind]);
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        match cell {
            Cell::Null => {}
            Cell::Text(text) => put(b't', text.as_bytes()),
            Cell::Int(v) | Cell::Time(v) => put(b'i', &v.to_le_bytes()),
            Cell::Float(v) => put(b'f', &v.to_bits().to_le_bytes()),
            Cell::Bool(v) => put(b'b', &[u8::from(*v)]),
        }
    }
    for step in &row.steps {
        hasher.update(format!("{step:?}").as_bytes());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_are_numbered_and_the_ingest_is_no_content() {
        let ids = DerivedIds::default();
        let mut row = Row::default();
        row.set_text(Record::UserPrincipalName, "a@b.c");
        let first = ids.id_of(&row).expect("an id");
        row.set_text(Record::IngestId, "i2");
        let second = ids.id_of(&row).expect("an id");
        assert_eq!(first.trim_end_matches('0'), second.trim_end_matches('1'));
        row.set(Record::ErrorCode, Cell::Int(1));
        assert!(ids.id_of(&row).expect("an id").ends_with("-0"));
        assert_eq!(
            DerivedIds::default().id_of(&row),
            ids.id_of(&row)
                .map(|id| format!("{}0", id.trim_end_matches('1')))
        );
    }
}
