//! Makes the sign-ins of one day from records; see `around` for the records they rest on.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::around::Around;
use super::hits::hours;
use super::shards::{Shard, Shards};
use super::users::{Chains, user_hashes};
use super::{Finish, shard_bytes};
use crate::error::Result;
use crate::ingest::parallel::lock;
use crate::lake::day_facts::DayFacts;
use crate::lake::days::Keys;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table};
use crate::signin::batch::TextReader;
use crate::signin::coded::{CODED_SCHEMA, join};
use crate::signin::fold::is_joined;
use crate::signin::horizon::Horizon;
use crate::signin::schema::Signin;
use crate::signin::summary::{Context, Summary, summarise};

/// Bytes that a record takes in memory while it is folded.
const ROW_BYTES_GUESS: usize = 1_024;
/// How long after its last record a sign-in may still be joined by another one.
const OPEN_US: i64 = 15 * 60_000_000;

/// What the folding of all days shares.
pub(super) struct Fold<'a> {
    pub(super) finish: &'a Finish<'a>,
    pub(super) around: Around<'a>,
    /// What is known of the days, and how far all data reaches.
    pub(super) days: &'a BTreeMap<i32, DayFacts>,
    pub(super) horizon: Horizon,
}

/// The sign-ins of a day, not yet scored: all of a user's in one part, each part sorted.
pub(super) struct Folded {
    pub(super) shards: Shards,
    pub(super) parts: Vec<Shard>,
    pub(super) pending: u64,
    pub(super) capped: u64,
    /// A chain of records runs through the whole day: the next day's sign-ins may differ too.
    pub(super) runs_through: bool,
}

impl Fold<'_> {
    /// Makes the sign-ins that began on a day.
    pub(super) fn day(&self, day: Day) -> Result<Folded> {
        let finish = self.finish;
        let (start, end) = (day.start(), day.plus(1).start());
        let beside = self.around.beside(day)?.into_iter().map(Ok);
        let bytes = self.around.rows(day) as usize * ROW_BYTES_GUESS;
        let prefix = format!("signins-{}", day.name());
        let shards = Shards::for_bytes(bytes, shard_bytes(finish.options), finish.work(), prefix);
        let rows = Box::new(beside.chain(self.around.records(day)?));
        let cut = shards.cut("fold", &CODED_SCHEMA, rows, &user_hashes)?;
        let reach = self.reach(day)?;
        let (mut pending, mut capped, mut runs_through) = (0, 0, false);
        let mut parts = Vec::with_capacity(cut.len());
        for (place, part) in cut.into_iter().enumerate() {
            let rows = join(&CODED_SCHEMA, &part.load()?)?;
            let mut chains = Chains::default();
            chains.add(&rows, &(start..end));
            runs_through |= !chains.unbroken(&(start..end)).is_empty();
            let summary = self.summarise(&rows, start..end, &reach)?;
            pending += summary.pending;
            capped += summary.capped;
            parts.push(shards.keep("made", place, summary.signins)?);
        }
        Ok(Folded {
            shards,
            parts,
            pending,
            capped,
            runs_through,
        })
    }

    /// Sign-ins that later data may settle or join.
    pub(super) fn unsettled(&self, batch: &RecordBatch) -> BooleanArray {
        let column = |column: Signin| batch.column(column as usize);
        let ends = column(Signin::EndedAt).as_primitive::<TimestampMicrosecondType>();
        let texts = |c: Signin| TextReader::of(column(c));
        let (types, tenants) = (texts(Signin::EventType), texts(Signin::TenantId));
        let outcomes = texts(Signin::MfaOutcome);
        let open = (0..batch.num_rows()).map(|i| {
            let event_type = types.at(i).unwrap_or("unknown");
            let young = || {
                let tenant = tenants.at(i).unwrap_or_default();
                let last = self.horizon.last(tenant, event_type);
                last.is_some_and(|last| ends.value(i) + OPEN_US > last)
            };
            outcomes.at(i) == Some("pending") || is_joined(event_type) && young()
        });
        open.map(Some).collect()
    }

    /// What settles challenges of a day: its hours, those of the next one, and the end of all data.
    fn reach(&self, day: Day) -> Result<Horizon> {
        let mut reach = Horizon::default();
        for near in [day, day.plus(1)] {
            match self.days.get(&near.0) {
                Some(facts) if !facts.closed => facts.add_to(&mut reach),
                Some(_) => {
                    let live = self.finish.lake.manifest().day(Table::Records, near);
                    let live: Vec<&DataFile> = live.collect();
                    hours(self.finish.lake, &live, &Keys::default(), &mut reach)?;
                }
                None => {}
            }
        }
        reach.reach_as_far(&self.horizon);
        Ok(reach)
    }

    fn summarise(
        &self,
        rows: &RecordBatch,
        days: Range<i64>,
        horizon: &Horizon,
    ) -> Result<Summary> {
        let failed_policies = |key: i64| lock(self.finish.policies).failed(key);
        let enforced = |key: i64| lock(self.finish.policies).enforced(key);
        let context = Context {
            tables: &self.finish.options.tables,
            horizon,
            settle_us: self.finish.options.settle_us,
            ingest_id: self.finish.ingest_id,
            failed_policies: &failed_policies,
            enforced: &enforced,
        };
        summarise(rows, days, &context)
    }
}
