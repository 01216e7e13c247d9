//! Decides which files a day of a table is to have, and stages those that are new.
//!
//! In: the live files, each as it is or without rows that changed, and rows that come. A file that
//! did not change stays unless there are too many; see `lake::compact`.

use std::path::PathBuf;

use arrow::array::BooleanArray;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::Finish;
use crate::error::Result;
use crate::lake::compact::surplus;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table};
use crate::lake::sorted::{Batches, merge};
use crate::lake::write::{Place, sort_order};
use crate::signin::columns::filter_rows;

/// Rows below which a file is not split: it would be mostly its own description.
const SPLIT_ROWS_MIN: u64 = 200;

/// Opens the sorted rows of a piece, from the beginning each time.
type Open<'a> = Box<dyn Fn() -> Result<Batches<'a>> + 'a>;
/// Says of each row of a batch whether it may still change.
pub(super) type Unsettled<'a> = &'a (dyn Fn(&RecordBatch) -> BooleanArray + Sync);

/// Sorted rows that are a file of the day, or are to be.
pub(super) struct Piece<'a> {
    pub(super) rows: u64,
    /// The live file that holds them as they are.
    live: Option<&'a DataFile>,
    /// The live file that they replace.
    replaces: Option<&'a DataFile>,
    open: Open<'a>,
}

impl<'a> Piece<'a> {
    /// A live file as it is.
    pub(super) fn unchanged(file: &'a DataFile, open: Open<'a>) -> Self {
        let (rows, live) = (file.rows, Some(file));
        Self {
            rows,
            live,
            replaces: None,
            open,
        }
    }

    /// What a live file becomes.
    pub(super) fn changed(file: &'a DataFile, rows: u64, open: Open<'a>) -> Self {
        Self {
            rows,
            live: None,
            replaces: Some(file),
            open,
        }
    }

    /// Rows that no live file holds.
    pub(super) fn fresh(rows: u64, open: Open<'a>) -> Self {
        Self {
            rows,
            live: None,
            replaces: None,
            open,
        }
    }
}

/// What becomes of the files of a day of a table.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) new: Vec<DataFile>,
    /// Live files that stay no longer.
    pub(super) gone: Vec<PathBuf>,
}

/// A day of a table that gets new files.
pub(super) struct Stage<'a> {
    pub(super) finish: &'a Finish<'a>,
    pub(super) table: Table,
    pub(super) day: Day,
    pub(super) schema: &'a SchemaRef,
    /// Files that the day may hold.
    pub(super) files_max: usize,
    /// Rows that may still change are kept in files of their own, so that the others are not written
    /// again and again.
    pub(super) unsettled: Option<Unsettled<'a>>,
}

impl Stage<'_> {
    /// Stages what changed, and joins files where there are too many.
    pub(super) fn pieces(&self, pieces: &[Piece<'_>]) -> Result<Staged> {
        let mut staged = Staged::default();
        for group in groups(pieces, self.files_max) {
            let group: Vec<&Piece<'_>> = group.into_iter().map(|place| &pieces[place]).collect();
            self.write(&group, &mut staged)?;
            let lives = group.iter().filter_map(|p| p.live);
            staged.gone.extend(lives.map(|f| f.path.clone()));
        }
        let replaced = pieces.iter().filter_map(|p| p.replaces);
        staged.gone.extend(replaced.map(|f| f.path.clone()));
        Ok(staged)
    }

    /// Writes pieces as one file, or as two where some rows may still change.
    fn write(&self, pieces: &[&Piece<'_>], staged: &mut Staged) -> Result<()> {
        let rows: u64 = pieces.iter().map(|p| p.rows).sum();
        let Some(unsettled) = self.unsettled.filter(|_| rows >= SPLIT_ROWS_MIN) else {
            return self.stage(rows, self.open(pieces)?, staged);
        };
        let mut open = 0;
        for batch in self.open(pieces)? {
            open += unsettled(&batch?).true_count() as u64;
        }
        for (count, wanted) in [(rows - open, false), (open, true)] {
            if count > 0 {
                let picked = self.open(pieces)?.map(|batch| {
                    let batch = batch?;
                    let mask = unsettled(&batch);
                    let mask = mask.iter().map(|open| Some(open == Some(wanted)));
                    filter_rows(&batch, &mask.collect::<BooleanArray>())
                });
                self.stage(count, Box::new(picked), staged)?;
            }
        }
        Ok(())
    }

    fn open<'p>(&self, pieces: &[&'p Piece<'_>]) -> Result<Batches<'p>> {
        let streams = pieces.iter().map(|p| (p.open)());
        let mut streams: Vec<Batches<'p>> = streams.collect::<Result<_>>()?;
        match streams.len() {
            1 => Ok(streams.swap_remove(0)),
            _ => merge(streams, sort_order(self.table)),
        }
    }

    fn stage(&self, rows: u64, batches: Batches<'_>, staged: &mut Staged) -> Result<()> {
        let place = Place {
            root: self.finish.lake.root(),
            table: self.table,
            day: Some(self.day),
            ingest_id: self.finish.ingest_id,
            part: staged.new.len(),
        };
        let file = place.stage(self.schema, rows as usize, batches)?;
        staged.new.push(file);
        Ok(())
    }
}

/// Places of the pieces that are to be written, each group as one. The rest of a file goes with rows
/// that come where these are as many: that costs no more than to write the two apart.
fn groups(pieces: &[Piece<'_>], files_max: usize) -> Vec<Vec<usize>> {
    let held: Vec<usize> = (0..pieces.len()).filter(|i| pieces[*i].rows > 0).collect();
    let rows: Vec<u64> = held.iter().map(|i| pieces[*i].rows).collect();
    let joined = surplus(&rows, files_max);
    let joined: Vec<usize> = joined.into_iter().map(|place| held[place]).collect();
    let fresh = |i: &usize| pieces[*i].live.is_none() && pieces[*i].replaces.is_none();
    let fresh_rows: u64 = held
        .iter()
        .filter(|i| fresh(i))
        .map(|i| pieces[*i].rows)
        .sum();
    let written = held
        .into_iter()
        .filter(|i| pieces[*i].live.is_none() && !joined.contains(i));
    let (together, alone): (Vec<usize>, Vec<usize>) =
        written.partition(|i| fresh(i) || pieces[*i].rows <= fresh_rows);
    let groups = [joined, together].into_iter();
    let groups = groups.chain(alone.into_iter().map(|i| vec![i]));
    groups.filter(|group| !group.is_empty()).collect()
}
