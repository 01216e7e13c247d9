//! Finds out what differs of a day's sign-ins, and stages the files that change.

use super::Finish;
use super::files::{Piece, Stage, Staged, Unsettled};
use super::shards::Sorted;
use crate::error::Result;
use crate::lake::compact::small_batches;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table};
use crate::lake::sorted::{Batches, Changes, compare};
use crate::lake::write::sort_order;
use crate::signin::columns::filter_rows;
use crate::signin::schema::SIGNINS_SCHEMA;

/// How the sign-ins of a day differ from those of the lake.
pub(super) fn changes_of(finish: &Finish<'_>, day: Day, made: &Sorted) -> Result<Changes> {
    let lake = finish.lake;
    let order = sort_order(Table::Signins);
    let mut files = lake.manifest().day(Table::Signins, day).peekable();
    if files.peek().is_none() {
        return Ok(Changes {
            changed: made.rows as u64,
            homes: vec![None; made.rows],
            ..Changes::default()
        });
    }
    let old = files.map(|file| small_batches(lake, file, &SIGNINS_SCHEMA));
    let old = old.collect::<Result<Vec<_>>>()?;
    compare(made.batches(order)?, old, order)
}

/// Stages what differs. A sign-in that changed stays in the file that it was in, unless the day may
/// not hold so many files.
pub(super) fn stage_changes(
    finish: &Finish<'_>,
    day: Day,
    made: &Sorted,
    changes: &Changes,
    files_max: usize,
    unsettled: Unsettled<'_>,
) -> Result<Staged> {
    if !changes.any() {
        return Ok(Staged::default());
    }
    let lake = finish.lake;
    let order = sort_order(Table::Signins);
    let of = |home: Option<usize>| {
        let homes = &changes.homes;
        move || picked(made.batches(order)?, homes, home)
    };
    let files: Vec<&DataFile> = lake.manifest().day(Table::Signins, day).collect();
    let mut pieces = Vec::new();
    for (place, file) in files.into_iter().enumerate() {
        pieces.push(if changes.touched[place] {
            let rows = changes.homes.iter().filter(|h| **h == Some(place as u16));
            Piece::changed(file, rows.count() as u64, Box::new(of(Some(place))))
        } else {
            let rows = move || small_batches(lake, file, &SIGNINS_SCHEMA);
            Piece::unchanged(file, Box::new(rows))
        });
    }
    let fresh = changes.homes.iter().filter(|h| h.is_none()).count();
    pieces.push(Piece::fresh(fresh as u64, Box::new(of(None))));
    let stage = Stage {
        finish,
        table: Table::Signins,
        day,
        schema: &SIGNINS_SCHEMA,
        files_max,
        unsettled: Some(unsettled),
    };
    stage.pieces(&pieces)
}

/// The rows of a stream whose home is this file, or that have none.
fn picked<'a>(
    rows: Batches<'a>,
    homes: &'a [Option<u16>],
    home: Option<usize>,
) -> Result<Batches<'a>> {
    let home = home.map(|place| place as u16);
    let mut at = 0;
    Ok(Box::new(rows.map(move |batch| {
        let batch = batch?;
        let of = &homes[at..at + batch.num_rows()];
        at += batch.num_rows();
        filter_rows(&batch, &of.iter().map(|h| Some(*h == home)).collect())
    })))
}
