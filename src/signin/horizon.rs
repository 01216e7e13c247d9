//! How far the data reaches: whether an unanswered challenge is abandoned or still pending.
//!
//! Kept per tenant and event type as the first and last event of each hour (UTC) and their number,
//! which is exact for the question asked and small enough for the journal. The numbers tell gaps.

use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

const HOUR_US: i64 = 3_600_000_000;

/// First and last event of one hour, in microseconds since 1970-01-01 UTC, and how many there are.
pub type Span = (i64, i64, u64);

/// The hours in which one tenant's records of one event type lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours(pub BTreeMap<i64, Span>);

impl Hours {
    /// Notes an event.
    pub fn add(&mut self, at: i64) {
        self.add_span(at.div_euclid(HOUR_US), (at, at, 1));
    }

    /// Notes an hour's first and last event, and how many it has.
    pub fn add_span(&mut self, hour: i64, (first, last, count): Span) {
        let span = self.0.entry(hour).or_insert((first, last, 0));
        *span = (span.0.min(first), span.1.max(last), span.2 + count);
    }

    /// Whether data reaches `settle_us` beyond `at`, with an event in the hour after it.
    fn settles(&self, at: i64, settle_us: i64) -> bool {
        let reaches = self
            .0
            .last_key_value()
            .is_some_and(|(_, s)| s.1 >= at + settle_us);
        let hour = at.div_euclid(HOUR_US);
        let same = self.0.get(&hour).is_some_and(|s| s.1 > at);
        let next = self.0.get(&(hour + 1)).is_some_and(|s| s.0 <= at + HOUR_US);
        reaches && (same || next)
    }
}

type Named<T> = HashMap<String, T, RandomState>;

/// The reach of all data, by tenant and event type.
#[derive(Debug, Clone, Default)]
pub struct Horizon {
    hours: Named<Named<Hours>>,
}

impl Horizon {
    /// Notes how far another one reaches: its last hours, of which it need not know the events.
    pub fn reach_as_far(&mut self, other: &Self) {
        for (tenant, event_type, hours) in other.iter() {
            if let Some((hour, (_, last, _))) = hours.0.last_key_value() {
                let known = self.hours_mut(tenant, event_type);
                known.add_span(*hour, (*last, *last, 0));
            }
        }
    }

    /// The hours of a tenant and event type, to be added to.
    pub fn hours_mut(&mut self, tenant: &str, event_type: &str) -> &mut Hours {
        let types = self.hours.entry_ref(tenant).or_default();
        types.entry_ref(event_type).or_default()
    }

    /// Everything noted, by tenant and event type.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Hours)> {
        self.hours.iter().flat_map(|(tenant, types)| {
            types
                .iter()
                .map(move |(t, h)| (tenant.as_str(), t.as_str(), h))
        })
    }

    /// The last event of a tenant and event type, microseconds since 1970-01-01 UTC.
    pub fn last(&self, tenant: &str, event_type: &str) -> Option<i64> {
        let hours = self.hours.get(tenant)?.get(event_type)?;
        hours.0.last_key_value().map(|(_, span)| span.1)
    }

    /// Whether a challenge at `at` without an answer is settled: nothing more can be expected.
    pub fn settles(&self, tenant: &str, event_type: &str, at: i64, settle_us: i64) -> bool {
        let hours = self
            .hours
            .get(tenant)
            .and_then(|types| types.get(event_type));
        hours.is_some_and(|h| h.settles(at, settle_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_keeps_it_pending() {
        let mut horizon = Horizon::default();
        horizon.hours_mut("t", "interactiveUser").add(30 * HOUR_US);
        assert!(!horizon.settles("t", "interactiveUser", 0, 24 * HOUR_US));
        horizon.hours_mut("t", "interactiveUser").add(HOUR_US);
        assert!(horizon.settles("t", "interactiveUser", 0, 24 * HOUR_US));
        assert!(!horizon.settles("t", "adfs", 0, 24 * HOUR_US));
        assert!(!horizon.settles("t", "interactiveUser", 29 * HOUR_US, 24 * HOUR_US));
    }
}
