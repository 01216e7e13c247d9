//! What a value leaves behind: the cells that it sets, where it does nothing else.

use super::found::Found;
use super::json::{Table, walk_at};
use super::stretch::Kept;
use super::timestamp::Clock;
use crate::signin::row::Row;
use crate::signin::schema::Record;

/// The cells that the value of a table's key sets, if it does nothing else.
pub(super) fn learned(
    table: Table,
    place: usize,
    raw: &str,
    clock: Clock,
) -> Option<Vec<(Record, Kept)>> {
    let before = format!("{{\"{}\":", table[place].0);
    let text = format!("{before}{raw}}}");
    let mut found = Found::new(clock);
    walk_at(&text, table, "", &mut found).ok()?;
    let row = found.only_row()?;
    let value = &text[before.len()..before.len() + raw.len()];
    if row.touched().any(|column| column == Record::TenantId) {
        // It rests on where the record inside ends.
        return None;
    }
    let cells = row.touched().map(|column| (column, row.get(column)));
    cells
        .map(|(column, cell)| Some((column, Kept::of(cell, value)?)))
        .collect()
}

impl<'de> Found<'de> {
    /// Its row, if there is nothing else.
    fn only_row(self) -> Option<Row<'de>> {
        let Self {
            row,
            steps: None,
            policies: None,
            known_policies: None,
            event_types: None,
            tenant: None,
            outer: None,
            left: false,
            kind: 0,
            envelope,
            extra,
            clock: _,
            by_category: None,
            format: None,
            status: None,
            step: None,
            audit: None,
            other: None,
            respelt: false,
            undecided: false,
            wraps: false,
        } = self
        else {
            return None;
        };
        let alone = envelope.is_empty() && extra.is_empty() && row.steps.is_empty();
        alone.then_some(row)
    }
}
