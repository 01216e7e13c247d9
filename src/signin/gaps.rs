//! Finds hours without records that their neighbours make suspicious: a blob that was not copied,
//! a page that was skipped.
//!
//! A night or a weekend is no gap. An empty hour is expected to hold as many records as the
//! quietest of the same hour a day and a week before and after it, weekends (UTC) apart from other
//! days. Where no other day tells, only gaps too short for a night are judged, by the quieter of
//! the hours on both sides. A run of empty hours is told when it is expected to hold
//! `EXPECTED_MIN` records or more, which by chance are missing less than once in ten million
//! times.

use std::collections::BTreeMap;

/// Records that a gap must be expected to hold.
const EXPECTED_MIN: u64 = 16;
/// Distances in hours at which the same hour of another day is looked at.
const SAME_HOUR: [i64; 4] = [-168, -24, 24, 168];
/// The farthest of [`SAME_HOUR`].
const WEEK: i64 = 168;
/// Hours of a gap that is judged without another day.
const SHORT_HOURS_MAX: i64 = 3;

/// Whether an hour lies on a Saturday or Sunday; 1970-01-01 was a Thursday.
fn is_weekend(hour: i64) -> bool {
    matches!((hour.div_euclid(24) + 4).rem_euclid(7), 0 | 6)
}

/// A run of hours without records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// First empty hour, and the first one after it that is not: hours since 1970-01-01 UTC.
    pub from: i64,
    pub until: i64,
    /// Records that its neighbours make believe it held.
    pub expected: u64,
}

/// The suspicious gaps between the first and last of these hours; records by hour since 1970-01-01
/// UTC.
pub fn gaps(hours: &BTreeMap<i64, u64>) -> Vec<Gap> {
    let mut found = Vec::new();
    let (Some((first, _)), Some((last, _))) = (hours.first_key_value(), hours.last_key_value())
    else {
        return found;
    };
    let known = hours.iter().zip(hours.iter().skip(1));
    for ((before, held_before), (after, held_after)) in known {
        let (from, until) = (before + 1, *after);
        if from >= until {
            continue;
        }
        let beside = *held_before.min(held_after);
        let expects = |hour: i64| {
            let others = SAME_HOUR.iter().map(|d| hour + d);
            let alike = others.filter(|h| is_weekend(*h) == is_weekend(hour));
            let inside = alike.filter(|h| h >= first && h <= last && !(from..until).contains(h));
            let counts: Vec<u64> = inside
                .map(|h| hours.get(&h).copied().unwrap_or(0))
                .collect();
            match counts.len() {
                0 => (until - from <= SHORT_HOURS_MAX).then_some(beside),
                1 => counts.into_iter().chain([beside]).min(),
                _ => counts.into_iter().min(),
            }
        };
        // In the midst of a long gap no hour has another day to be measured by.
        let near =
            (from..until.min(from + WEEK)).chain(from.max(until - WEEK).max(from + WEEK)..until);
        let expected = near.filter_map(expects).sum();
        if expected >= EXPECTED_MIN {
            found.push(Gap {
                from,
                until,
                expected,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four weeks: 30 records an hour by day, none by night or on weekends.
    fn office() -> BTreeMap<i64, u64> {
        let busy = |hour: &i64| (8..18).contains(&(hour % 24)) && !is_weekend(*hour);
        (0..28 * 24).filter(busy).map(|hour| (hour, 30)).collect()
    }

    #[test]
    fn nights_and_weekends_are_no_gaps() {
        assert_eq!(gaps(&office()), []);
        assert_eq!(gaps(&BTreeMap::new()), []);
    }

    #[test]
    fn a_missing_hour_and_a_missing_day_are_told() {
        let mut hours = office();
        let noon = 11 * 24 + 12;
        hours.remove(&noon);
        let gap = Gap {
            from: noon,
            until: noon + 1,
            expected: 30,
        };
        assert_eq!(gaps(&hours), [gap]);
        let mut hours = office();
        let day = 13 * 24;
        hours.retain(|hour, _| !(day..day + 24).contains(hour));
        let found = gaps(&hours);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].from, found[0].until), (day - 6, day + 32));
        assert_eq!(found[0].expected, 300);
    }

    #[test]
    fn a_single_week_or_day_is_not_taken_for_gaps() {
        let week: BTreeMap<i64, u64> = office().range(..7 * 24).map(|(h, c)| (*h, *c)).collect();
        assert_eq!(gaps(&week), []);
        let mut day: BTreeMap<i64, u64> = (8..18).map(|hour| (hour, 30)).collect();
        assert_eq!(gaps(&day), []);
        day.remove(&12);
        assert_eq!(gaps(&day).len(), 1);
    }

    #[test]
    fn a_gap_of_millennia_takes_no_time() {
        let mut hours = office();
        hours.insert(70_000_000, 30);
        for far in 0..2_000 {
            hours.insert(71_000_000 + far * 1_000_000, 1);
        }
        let found = gaps(&hours);
        assert_eq!((found.len(), found[0].until), (1, 70_000_000));
    }

    #[test]
    fn quiet_categories_are_left_alone() {
        let hours: BTreeMap<i64, u64> = (0..400).filter(|h| h % 5 != 0).map(|h| (h, 2)).collect();
        assert_eq!(gaps(&hours), []);
    }
}
