//! What a tenant's closed days tell: its countries, and the addresses that many users share.
//!
//! Only sign-ins that succeeded count. A guesser who tries a thousand users from one address must
//! neither make that address an egress of theirs nor his country one of the tenant's.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::place::Country;
use super::settings::Settings;
use super::signals::{Place, SignInFacts};
use crate::signin::networks::Network;

/// Hashes that a [`Users`] keeps. Up to as many users are counted exactly, more to about 6 %.
const HASHES_MAX: usize = 256;
const US_A_DAY: i64 = 86_400_000_000;

/// The UTC day of a time, in days since 1970-01-01; the last one for times beyond all days.
pub(super) fn day_of(time_us: i64) -> i32 {
    i32::try_from(time_us.div_euclid(US_A_DAY)).unwrap_or(i32::MAX)
}

/// Whether a day lies in the baseline of another: before it, by at most `baseline_days`.
pub(super) fn in_baseline(day: i32, of: i32, settings: &Settings) -> bool {
    day < of && day >= of.saturating_sub(settings.baseline_days)
}

/// A set of users whose size is known well in little memory: it keeps the least hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Users(BTreeSet<u64>);

impl Users {
    fn add(&mut self, hash: u64) {
        let is_beyond = |last: &u64| self.0.len() >= HASHES_MAX && hash >= *last;
        if self.0.last().is_some_and(is_beyond) {
            return;
        }
        self.0.insert(hash);
        if self.0.len() > HASHES_MAX {
            self.0.pop_last();
        }
    }

    fn merge(&mut self, other: &Users) {
        other.0.iter().for_each(|hash| self.add(*hash));
    }

    /// The users: exact while all are kept, else by how densely the least hashes lie.
    fn count(&self) -> f64 {
        let kept = self.0.len();
        match self.0.last() {
            Some(last) if kept >= HASHES_MAX => {
                (kept as f64 - 1.0) * (u64::MAX as f64) / (*last as f64).max(1.0)
            }
            _ => kept as f64,
        }
    }
}

/// The facts of one UTC day of a tenant, or of a part of its sign-ins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantDay {
    countries: BTreeSet<Country>,
    users_by_network: HashMap<Network, Users, RandomState>,
    active_users: Users,
}

impl TenantDay {
    /// Takes in a sign-in of that day; `user` is whatever tells users apart.
    pub fn add(&mut self, user: &str, facts: &SignInFacts) {
        if !facts.succeeded || !facts.is_interactive() {
            return;
        }
        let place = Place::of(&facts.row, facts.asn);
        let hash = hash_of(user);
        self.active_users.add(hash);
        self.countries.extend(place.country);
        if let Some(network) = place.network {
            self.users_by_network.entry(network).or_default().add(hash);
        }
    }

    /// Ends the day: a network that only one user came from is shared by nobody, and is forgotten. Must
    /// come after the last part.
    pub fn close(&mut self) {
        self.users_by_network.retain(|_, users| users.0.len() > 1);
    }

    /// Takes in another part. Order, grouping and repetition of parts make no difference.
    pub fn merge(&mut self, other: &TenantDay) {
        self.countries.extend(&other.countries);
        self.active_users.merge(&other.active_users);
        for (network, users) in &other.users_by_network {
            self.users_by_network
                .entry(*network)
                .or_default()
                .merge(users);
        }
    }
}

/// The same hash on every machine and in every version: facts of days outlive the program.
fn hash_of(user: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(user.as_bytes()).as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// What is known of a tenant on the morning of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantFacts {
    /// `None` while the tenant's data is too young to tell what is new.
    countries: Option<BTreeSet<Country>>,
    /// `None` without a single closed day.
    shared: Option<HashSet<Network, RandomState>>,
}

impl TenantFacts {
    /// The facts for sign-ins of day `today`, of whatever days are at hand; those that are not
    /// closed by then, or older than the baseline, are left out. Days count from 1970-01-01 UTC.
    pub fn of<'a>(
        days: impl IntoIterator<Item = (i32, &'a TenantDay)>,
        today: i32,
        settings: &Settings,
    ) -> TenantFacts {
        let days = days.into_iter();
        let (mut all, mut first) = (TenantDay::default(), None::<i32>);
        for (day, facts) in days.filter(|(day, _)| in_baseline(*day, today, settings)) {
            first = Some(first.map_or(day, |first| first.min(day)));
            all.merge(facts);
        }
        let Some(first) = first else {
            return TenantFacts::default();
        };
        let share = all.active_users.count() * settings.shared_percent / 100.0;
        let needed = share.max(settings.shared_users.into());
        let networks = all.users_by_network.iter();
        let shared = networks.filter(|(_, users)| users.count() >= needed);
        let is_old = today.saturating_sub(first) >= settings.tenant_days;
        TenantFacts {
            countries: is_old.then_some(all.countries),
            shared: Some(shared.map(|(network, _)| *network).collect()),
        }
    }

    /// Whether no user of the tenant came from that country; `None` is unknown.
    pub(super) fn is_new(&self, country: Country) -> Option<bool> {
        Some(!self.countries.as_ref()?.contains(&country))
    }

    /// Whether many users of the tenant came from that network; `None` is unknown.
    pub(super) fn is_shared(&self, network: Network) -> Option<bool> {
        Some(self.shared.as_ref()?.contains(&network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(from: u32, to: u32) -> Users {
        let mut users = Users::default();
        (from..to).for_each(|n| users.add(hash_of(&n.to_string())));
        users
    }

    #[test]
    fn few_users_are_counted_exactly_and_many_well() {
        for n in [0, 1, 4, 5, 255] {
            assert_eq!(users(0, n).count(), f64::from(n));
        }
        for n in [256, 2_000, 50_000] {
            let off = users(0, n).count() / f64::from(n) - 1.0;
            assert!(off.abs() < 0.15, "{n}: {off}");
        }
    }

    #[test]
    fn sets_of_users_merge_in_any_order() {
        let (mut one, mut other) = (users(0, 700), users(500, 1_000));
        let copy = one.clone();
        one.merge(&other);
        other.merge(&copy);
        assert_eq!(one, other);
        assert_eq!(one, users(0, 1_000));
        one.merge(&copy);
        assert_eq!(one, other);
    }
}
