//! Users of records, and those whose records run on without a pause that ends every sign-in.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Range;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use foldhash::fast::{FixedState, RandomState};

use crate::signin::batch::TextReader;
use crate::signin::fold::{SPAN_MAX_US, is_blank_id, is_joined, user_of};
use crate::signin::schema::Record;

/// Says whose the rows of a batch of `records` are.
pub(super) struct Owners<'a> {
    types: TextReader<'a>,
    ids: TextReader<'a>,
    tenants: TextReader<'a>,
    user_ids: TextReader<'a>,
    names: TextReader<'a>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        let texts = |column: Record| TextReader::of(batch.column(column as usize));
        Self {
            types: texts(Record::EventType),
            ids: texts(Record::Id),
            tenants: texts(Record::TenantId),
            user_ids: texts(Record::UserId),
            names: texts(Record::UserPrincipalName),
        }
    }

    /// Whether records of this row's event type are joined at all.
    pub(super) fn joined(&self, i: usize) -> bool {
        is_joined(self.types.at(i).unwrap_or("unknown"))
    }

    /// A hash of the tenant and user of a row; of its id where the row is never joined.
    pub(super) fn hash(&self, i: usize) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        let mut add = |texts: &TextReader<'_>| texts.at(i).unwrap_or_default().hash(&mut hasher);
        if !self.joined(i) {
            add(&self.ids);
            return hasher.finish();
        }
        add(&self.tenants);
        let [user_id, name] = [self.user_ids, self.names].map(|t| t.at(i).unwrap_or_default());
        user_of(user_id, name).hash(&mut hasher);
        hasher.finish()
    }
}

/// The time of a row, microseconds since 1970-01-01 UTC.
pub(super) fn times(batch: &RecordBatch) -> &[i64] {
    let column = batch.column(Record::CreatedAt as usize);
    column.as_primitive::<TimestampMicrosecondType>().values()
}

/// A hash of the tenant and user of each row: records of one sign-in share it.
pub(super) fn user_hashes(batch: &RecordBatch) -> Vec<u64> {
    let owners = Owners::of(batch);
    (0..batch.num_rows()).map(|i| owners.hash(i)).collect()
}

/// Times of the joined records of each user, with what links records to one another.
#[derive(Default)]
pub(super) struct Chains {
    /// Per user: time, original request id and correlation id as hashes; 0 where blank.
    users: HashMap<u64, Vec<(i64, u64, u64)>, RandomState>,
}

impl Chains {
    /// Notes the joined rows of a batch whose time lies in `window`.
    pub(super) fn add(&mut self, batch: &RecordBatch, window: &Range<i64>) {
        let link = |ids: &TextReader<'_>, i: usize| {
            let id = ids.at(i).unwrap_or_default();
            let known = !is_blank_id(id);
            // Lowest bit set, so that a hash is never 0.
            if known {
                FixedState::default().hash_one(id) | 1
            } else {
                0
            }
        };
        let owners = Owners::of(batch);
        let texts = |column: Record| TextReader::of(batch.column(column as usize));
        let requests = texts(Record::OriginalRequestId);
        let correlations = texts(Record::CorrelationId);
        for (i, at) in times(batch).iter().enumerate() {
            if window.contains(at) && owners.joined(i) {
                let request = link(&requests, i);
                let correlation = link(&correlations, i);
                let events = self.users.entry(owners.hash(i)).or_default();
                events.push((*at, request, correlation));
            }
        }
    }

    /// Users with a chain of linked records that begins within the first hour of `window` and
    /// makes no pause of an hour before its end: where such a chain is cut into sign-ins depends
    /// on what came before the window.
    pub(super) fn unbroken(&mut self, window: &Range<i64>) -> HashSet<u64> {
        let mut found = HashSet::new();
        for (user, events) in &mut self.users {
            events.sort_unstable();
            let reaches = |at: i64| at <= window.start + SPAN_MAX_US;
            let ends = |at: i64| at >= window.end - SPAN_MAX_US;
            // Cheap first: most users pause.
            let pauses =
                |e: &[(i64, u64, u64)]| e.windows(2).any(|w| w[1].0 - w[0].0 > SPAN_MAX_US);
            let spans = events.first().is_some_and(|e| reaches(e.0))
                && events.last().is_some_and(|e| ends(e.0))
                && !pauses(events);
            if spans && chain_spans(events, window) {
                found.insert(*user);
            }
        }
        found
    }
}

/// Whether one chain of linked events runs through the whole window without an hour's pause.
fn chain_spans(events: &[(i64, u64, u64)], window: &Range<i64>) -> bool {
    /// A chain so far: its last event, and whether it began in the window's first hour.
    #[derive(Clone, Copy)]
    struct Chain {
        last: i64,
        old: bool,
    }
    let mut links: HashMap<u64, usize, RandomState> = HashMap::default();
    let mut chains: Vec<Chain> = Vec::new();
    for (at, request, correlation) in events {
        let ids = [*request, correlation.rotate_left(1)];
        let ids = ids.into_iter().filter(|id| *id != 0);
        let joined: Vec<usize> = ids
            .clone()
            .filter_map(|id| links.get(&id).copied())
            .filter(|c| at - chains[*c].last <= SPAN_MAX_US)
            .collect();
        let old = joined.iter().any(|c| chains[*c].old) || *at <= window.start + SPAN_MAX_US;
        // Chains that this event links go on as one.
        let place = match joined.first() {
            Some(first) => *first,
            None => {
                chains.push(Chain { last: *at, old });
                chains.len() - 1
            }
        };
        for chain in joined.iter().copied().chain([place]) {
            chains[chain] = Chain { last: *at, old };
        }
        for id in ids {
            links.insert(id, place);
        }
    }
    let end = window.end - SPAN_MAX_US;
    chains.iter().any(|c| c.old && c.last >= end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn unbroken(events: &[(i64, u64, u64)]) -> bool {
        let mut chains = Chains::default();
        let events = events.iter().map(|(m, r, c)| (m * MINUTE, *r, *c));
        chains.users.insert(1, events.collect());
        !chains.unbroken(&(0..180 * MINUTE)).is_empty()
    }

    #[test]
    fn only_linked_records_without_a_pause_run_through() {
        let steady: Vec<_> = (0..18).map(|i| (i * 10, 0, 7)).collect();
        assert!(unbroken(&steady));
        let others: Vec<_> = (0..18).map(|i| (i * 10, 0, 7 + 2 * i as u64)).collect();
        assert!(!unbroken(&others));
        let paused: Vec<_> = steady
            .iter()
            .copied()
            .filter(|e| e.0 < 60 || e.0 > 120)
            .collect();
        assert!(!unbroken(&paused));
        let by_turns: Vec<_> = (0..18_u64)
            .map(|i| (i as i64 * 10, 1 + 2 * (i / 2), 1 + 2 * i.div_ceil(2)))
            .collect();
        assert!(unbroken(&by_turns));
    }
}
