//! What the journal keeps of one day beside its files: how far its data reaches, by the hour.
//!
//! Of a day that is still fed each hour has its first and last event. Of one that has been left alone
//! for long only the counts by hour stay, with the first and last event of all: see [`DayFacts::close`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::signin::horizon::{Horizon, Span};

const HOUR_US: i64 = 3_600_000_000;

/// First and last event and their number, by tenant, event type and hour since 1970-01-01.
pub type Hours = BTreeMap<String, BTreeMap<String, BTreeMap<i64, Span>>>;

/// What is kept of one day beside its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct DayFacts {
    /// Sign-ins that still wait for an answer.
    pub pending: u64,
    /// Exact, unless the day is closed: then each hour reaches from its beginning to its end, the
    /// first and the last one aside.
    pub hours: Hours,
    /// Only counts are kept of its hours.
    pub closed: bool,
    /// When an ingest last wrote files of the day, microseconds since 1970-01-01 UTC, and the number
    /// of its commit; 0 in lakes of the time before it was kept.
    pub written_at: i64,
    pub written_by: u64,
    /// Fingerprint of the settings that its sign-ins' places were judged by; 0: they were not.
    pub scored_with: u64,
    /// Records came of which no sign-ins were made yet.
    pub unfolded: bool,
}

impl DayFacts {
    /// Adds the reach of the day.
    pub fn add_to(&self, horizon: &mut Horizon) {
        for (tenant, types) in &self.hours {
            for (event_type, hours) in types {
                let known = horizon.hours_mut(tenant, event_type);
                for (hour, span) in hours {
                    known.add_span(*hour, *span);
                }
            }
        }
    }

    /// Keeps only counts of the hours. Nothing waits for an answer on the day; whoever needs the
    /// hours again reads its records.
    pub fn close(&mut self) {
        let written = Written::from(Self {
            closed: true,
            ..self.clone()
        });
        *self = written.into();
    }
}

/// The facts as the journal holds them.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    pending: u64,
    #[serde(default, skip_serializing_if = "Hours::is_empty")]
    hours: Hours,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    counts: BTreeMap<String, BTreeMap<String, Counts>>,
    #[serde(default)]
    written_at: i64,
    #[serde(default)]
    written_by: u64,
    #[serde(default)]
    scored_with: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unfolded: bool,
}

/// A closed day of one tenant and event type: first and last event, first hour, events of each hour
/// from it on.
type Counts = (i64, i64, i64, Vec<u64>);

impl From<DayFacts> for Written {
    fn from(facts: DayFacts) -> Self {
        let (hours, counts) = match facts.closed {
            true => (Hours::new(), each(&facts.hours, counted)),
            false => (facts.hours, BTreeMap::new()),
        };
        Self {
            pending: facts.pending,
            hours,
            counts,
            written_at: facts.written_at,
            written_by: facts.written_by,
            scored_with: facts.scored_with,
            unfolded: facts.unfolded,
        }
    }
}

impl From<Written> for DayFacts {
    fn from(written: Written) -> Self {
        let closed = !written.counts.is_empty();
        Self {
            pending: written.pending,
            hours: match closed {
                true => each(&written.counts, spread),
                false => written.hours,
            },
            closed,
            written_at: written.written_at,
            written_by: written.written_by,
            scored_with: written.scored_with,
            unfolded: written.unfolded,
        }
    }
}

fn each<T, U>(
    all: &BTreeMap<String, BTreeMap<String, T>>,
    change: fn(&T) -> U,
) -> BTreeMap<String, BTreeMap<String, U>> {
    let types = |types: &BTreeMap<String, T>| {
        let changed = types
            .iter()
            .map(|(name, value)| (name.clone(), change(value)));
        changed.collect()
    };
    all.iter()
        .map(|(tenant, of)| (tenant.clone(), types(of)))
        .collect()
}

fn counted(hours: &BTreeMap<i64, Span>) -> Counts {
    let from = hours.keys().next().copied().unwrap_or_default();
    let until = hours.keys().next_back().map_or(from, |last| last + 1);
    let first = hours.values().map(|s| s.0).min().unwrap_or_default();
    let last = hours.values().map(|s| s.1).max().unwrap_or_default();
    let counts = (from..until).map(|hour| hours.get(&hour).map_or(0, |s| s.2));
    (first, last, from, counts.collect())
}

fn spread((first, last, from, counts): &Counts) -> BTreeMap<i64, Span> {
    let hours = (*from..).zip(counts).filter(|(_, count)| **count > 0);
    hours
        .map(|(hour, count)| {
            let begin = (hour * HOUR_US).max(*first);
            let end = ((hour + 1) * HOUR_US - 1).min(*last);
            (hour, (begin, end, *count))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_day_keeps_its_counts_its_first_and_its_last_event() {
        let mut hours = BTreeMap::new();
        hours.insert(10, (10 * HOUR_US + 7, 10 * HOUR_US + 9, 2));
        hours.insert(12, (12 * HOUR_US + 5, 12 * HOUR_US + 6, 3));
        let types = BTreeMap::from([("interactiveUser".to_owned(), hours)]);
        let open = DayFacts {
            hours: BTreeMap::from([("t".to_owned(), types)]),
            written_by: 4,
            scored_with: 9,
            ..DayFacts::default()
        };
        let mut closed = open.clone();
        closed.close();
        let of = |facts: &DayFacts| facts.hours["t"]["interactiveUser"].clone();
        assert_eq!(of(&closed)[&10], (10 * HOUR_US + 7, 11 * HOUR_US - 1, 2));
        assert_eq!(of(&closed)[&12], (12 * HOUR_US, 12 * HOUR_US + 6, 3));
        assert_eq!(of(&closed).len(), 2);
        for facts in [open, closed] {
            let text = serde_json::to_string(&facts).expect("JSON");
            let read: DayFacts = serde_json::from_str(&text).expect("facts");
            assert_eq!(read, facts, "{text}");
        }
    }
}
