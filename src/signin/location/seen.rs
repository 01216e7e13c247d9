//! What a user was seen with, each with the days on which it was, so that what is known on a day follows
//! from the sign-ins of its baseline alone.

use super::score::Level;
use super::settings::Settings;
use super::tenant::in_baseline;

/// Things of a kind that are kept of one user; beyond them the one not seen for longest is forgotten.
const KEPT_MAX: usize = 64;
/// Days at level high after which a thing is the user's all the same: there was time to act, and a
/// traveller is not to be told again and again.
const HIGH_DAYS: usize = 2;
/// A day that never was.
pub(super) const NEVER: i32 = i32::MIN;

/// Countries, networks, devices or blocks of addresses of one user's successful sign-ins.
///
/// What came with a sign-in of level none or low is known at once, of level medium from the next day
/// on, of level high once it was seen on two days before: a stranger must not make himself at home.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen<K>(Vec<Thing<K>>);

#[derive(Debug, Clone, PartialEq)]
struct Thing<K> {
    key: K,
    /// The last day at level none or low.
    low: i32,
    /// The last days at level medium and at level high, the newest first.
    medium: [i32; 2],
    high: [i32; HIGH_DAYS + 1],
}

impl<K> Default for Seen<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Eq> Seen<K> {
    /// Notes a success of a level on a day; days must not descend.
    pub(super) fn note(&mut self, key: K, day: i32, level: Level) {
        let place = self.0.iter().position(|thing| thing.key == key);
        let place = place.unwrap_or_else(|| {
            if self.0.len() >= KEPT_MAX {
                let ages = self.0.iter().enumerate();
                let oldest = ages.min_by_key(|(_, thing)| thing.last());
                let oldest = oldest.map_or(0, |(place, _)| place);
                self.0.remove(oldest);
            }
            self.0.push(Thing::new(key));
            self.0.len() - 1
        });
        let thing = &mut self.0[place];
        match level {
            Level::None | Level::Low => thing.low = day,
            Level::Medium => push(&mut thing.medium, day),
            Level::High => push(&mut thing.high, day),
        }
    }

    /// Whether nothing of the kind was ever seen with the user.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the thing is the user's on a day.
    pub(super) fn is_known(&self, key: K, today: i32, settings: &Settings) -> bool {
        let mut things = self.0.iter();
        let thing = things.find(|thing| thing.key == key);
        thing.is_some_and(|thing| thing.is_known(today, settings))
    }

    /// Drops what was last seen before the baseline of a day.
    pub(super) fn forget(&mut self, today: i32, settings: &Settings) {
        let is_kept = |day: i32| day >= today || in_baseline(day, today, settings);
        self.0.retain(|thing| is_kept(thing.last()));
    }
}

impl<K> Thing<K> {
    fn new(key: K) -> Self {
        Self {
            key,
            low: NEVER,
            medium: [NEVER; 2],
            high: [NEVER; HIGH_DAYS + 1],
        }
    }

    fn last(&self) -> i32 {
        self.low.max(self.medium[0]).max(self.high[0])
    }

    fn is_known(&self, today: i32, settings: &Settings) -> bool {
        let before = |day: &&i32| in_baseline(**day, today, settings);
        self.low == today
            || before(&&self.low)
            || self.medium.iter().any(|day| before(&day))
            || self.high.iter().filter(before).count() >= HIGH_DAYS
    }
}

/// Puts a day in front, once.
fn push<const N: usize>(days: &mut [i32; N], day: i32) {
    if days[0] != day {
        days.rotate_right(1);
        days[0] = day;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(noted: &[(i32, Level)], today: i32) -> bool {
        let mut seen = Seen::default();
        for (day, level) in noted {
            seen.note('x', *day, *level);
        }
        seen.is_known('x', today, &Settings::default())
    }

    #[test]
    fn the_riskier_the_later_it_is_known() {
        let (none, medium, high) = (Level::None, Level::Medium, Level::High);
        assert!(known(&[(5, none)], 5) && known(&[(5, Level::Low)], 5));
        assert!(!known(&[(5, medium)], 5) && known(&[(5, medium)], 6));
        assert!(known(&[(4, medium), (5, medium)], 5));
        assert!(!known(&[(5, high), (5, high)], 6));
        assert!(!known(&[(5, high), (6, high)], 6));
        assert!(known(&[(5, high), (6, high)], 7));
        assert!(known(&[(5, high), (6, high), (7, high)], 7));
    }

    #[test]
    fn only_the_baseline_counts() {
        let days = Settings::default().baseline_days;
        assert!(known(&[(5, Level::None)], 5 + days));
        assert!(!known(&[(5, Level::None)], 6 + days));
        let high = [(5, Level::High), (6, Level::High)];
        assert!(known(&high, 5 + days) && !known(&high, 6 + days));
    }

    #[test]
    fn things_stay_few_and_the_newest_stay() {
        let mut seen = Seen::default();
        for key in 0..200 {
            seen.note(key, key, Level::None);
        }
        assert_eq!(seen.0.len(), KEPT_MAX);
        let settings = Settings::default();
        assert!(seen.is_known(199, 199, &settings) && !seen.is_known(100, 101, &settings));
        seen.forget(1_000, &settings);
        assert!(seen.0.is_empty());
    }
}
