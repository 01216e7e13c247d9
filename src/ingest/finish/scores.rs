//! Scores the sign-ins of one day after another, as each rests on those of the days before.
//!
//! A day whose sign-ins were made anew is scored; so is every later one that rests on a day that
//! changed, up to the length of the baseline: what a lake says never depends on the order in which it
//! was filled. Days that are only needed for what they teach are read for that.

use std::mem::take;

use super::changes::changes_of;
use super::fold::{Fold, Folded};
use super::shards::{Shards, Sorted};
use super::{Finish, shard_bytes};
use crate::error::Result;
use crate::lake::days::live;
use crate::lake::layout::{Day, Table};
use crate::lake::sorted::{Changes, sort};
use crate::lake::write::sort_order;
use crate::signin::coded::join;
use crate::signin::location::{LEARNED_SCHEMA, Scorer, user_hashes};
use crate::signin::schema::SIGNINS_SCHEMA;

/// Bytes that a sign-in takes in memory, and of it what teaches.
const ROW_BYTES_GUESS: usize = 1_024;
const LEARNED_BYTES_GUESS: usize = 256;

/// The way through the days, and what was learned on it.
pub(super) struct Walk<'a> {
    finish: &'a Finish<'a>,
    scorer: Scorer,
    /// Days in order that are not learned from yet.
    unseen: Vec<Day>,
    /// Up to here sign-ins rest on some that changed.
    changed_until: i32,
    /// The day into which the sign-ins of a changed one may reach.
    reached: Option<Day>,
}

/// The scored sign-ins of a day.
pub(super) struct Made {
    pub(super) sorted: Sorted,
    pub(super) changes: Changes,
    /// Sign-ins that wait for an answer, where they were folded.
    pub(super) pending: Option<u64>,
    pub(super) capped: u64,
}

impl<'a> Walk<'a> {
    /// A walk whose first day comes after the days `before`; with `rescore` none of it is passed over.
    pub(super) fn new(finish: &'a Finish<'a>, before: Vec<Day>, rescore: bool) -> Self {
        let settings = finish.options.tables.location.clone();
        Self {
            finish,
            scorer: Scorer::new(settings),
            unseen: before,
            changed_until: if rescore { i32::MAX } else { i32::MIN },
            reached: None,
        }
    }

    /// The next day of the lake; `None` if nothing of it can differ.
    pub(super) fn next(
        &mut self,
        day: Day,
        folded: Option<Folded>,
        fold: &Fold<'_>,
    ) -> Result<Option<Made>> {
        let mut folded = match folded {
            None if self.reached == Some(day) => Some(fold.day(day)?),
            folded => folded,
        };
        let is_folded = folded.is_some();
        if folded.is_none() && day.0 <= self.changed_until {
            folded = Some(self.stored(day)?);
        }
        let Some(mut folded) = folded else {
            self.unseen.push(day);
            return Ok(None);
        };
        self.catch_up(day)?;
        let sorted = self.score(day, &mut folded)?;
        let changes = changes_of(self.finish, day, &sorted)?;
        if changes.any() {
            let settings = &self.finish.options.tables.location;
            let until = day.0.saturating_add(settings.baseline_days);
            self.changed_until = self.changed_until.max(until);
        }
        let reaches = folded.runs_through && changes.any();
        self.reached = reaches.then(|| day.plus(1));
        Ok(Some(Made {
            sorted,
            changes,
            pending: is_folded.then_some(folded.pending),
            capped: folded.capped,
        }))
    }

    /// Learns from the days of a day's baseline that were not looked at.
    fn catch_up(&mut self, day: Day) -> Result<()> {
        let baseline = self.finish.options.tables.location.baseline_days;
        for unseen in take(&mut self.unseen) {
            if unseen.0 >= day.0.saturating_sub(baseline) {
                self.finish.check_stop()?;
                self.learn(unseen)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, day: Day) -> Result<()> {
        let shards = self.shards(day, LEARNED_BYTES_GUESS);
        let rows = live(self.finish.lake, Table::Signins, day, &LEARNED_SCHEMA)?;
        self.scorer.begin(day.0);
        for part in shards.cut("learned", &LEARNED_SCHEMA, rows, &user_hashes)? {
            let rows = join(&LEARNED_SCHEMA, &part.load()?)?;
            self.scorer.learn(&rows)?;
        }
        Ok(())
    }

    /// The sign-ins of a day as the lake holds them.
    fn stored(&self, day: Day) -> Result<Folded> {
        let shards = self.shards(day, ROW_BYTES_GUESS);
        let rows = live(self.finish.lake, Table::Signins, day, &SIGNINS_SCHEMA)?;
        let cut = shards.cut("stored", &SIGNINS_SCHEMA, rows, &user_hashes)?;
        let mut parts = Vec::with_capacity(cut.len());
        for (place, part) in cut.into_iter().enumerate() {
            let rows = join(&SIGNINS_SCHEMA, &part.load()?)?;
            let rows = sort(&rows, sort_order(Table::Signins))?;
            parts.push(shards.keep("made", place, rows)?);
        }
        Ok(Folded {
            shards,
            parts,
            pending: 0,
            capped: 0,
            runs_through: false,
        })
    }

    fn score(&mut self, day: Day, folded: &mut Folded) -> Result<Sorted> {
        self.scorer.begin(day.0);
        let mut sorted = folded.shards.sorted("scored");
        for part in take(&mut folded.parts) {
            let rows = join(&SIGNINS_SCHEMA, &part.load()?)?;
            sorted.push_batch(self.scorer.score(&rows)?)?;
        }
        Ok(sorted)
    }

    fn shards(&self, day: Day, row_bytes: usize) -> Shards {
        let finish = self.finish;
        let files = finish.lake.manifest().day(Table::Signins, day);
        let rows: u64 = files.map(|f| f.rows).sum();
        let bytes = rows as usize * row_bytes;
        let prefix = format!("scores-{}", day.name());
        Shards::for_bytes(bytes, shard_bytes(finish.options), finish.work(), prefix)
    }
}
