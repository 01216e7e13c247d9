//! What one user's earlier sign-ins say about the next one, in a state that stays small.
//!
//! Countries, networks, devices and hours are learned from sign-ins that succeeded: a guesser teaches
//! nothing, and a stranger who got in teaches late (see `seen`). All of it is forgotten by day, so that
//! a score depends on the sign-ins of the baseline and their levels only, and a rescore need not look
//! farther back.

use super::place::{Country, block_of};
use super::score::{Level, Reason, Score};
use super::seen::{NEVER, Seen};
use super::settings::{NetworkUse, Settings};
use super::signals::{Place, SignInFacts, own_reasons};
use super::stay::{Stay, Trip};
use super::tenant::{TenantFacts, day_of, in_baseline};
use crate::signin::networks::Network;

const US_AN_HOUR: i64 = 3_600_000_000;

/// A sign-in's score with what its user's history said; `None` is unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    pub score: Score,
    /// From the place of the sign-in before that knew the password.
    pub km_from_previous: Option<f64>,
    pub minutes_from_previous: Option<f64>,
    pub new_country_for_user: Option<bool>,
    pub new_asn_for_user: Option<bool>,
    pub shared_egress: Option<bool>,
}

impl Scored {
    fn alone(score: Score) -> Scored {
        Scored {
            score,
            km_from_previous: None,
            minutes_from_previous: None,
            new_country_for_user: None,
            new_asn_for_user: None,
            shared_egress: None,
        }
    }
}

/// What is kept of one user's sign-ins: some 400 bytes, 8 for each day, and up to 48 for each of at
/// most 64 countries, networks, devices and blocks of addresses.
/// Days count from 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct UserHistory {
    /// Successful sign-ins by day, ascending.
    signins: Vec<(i32, u32)>,
    countries: Seen<Country>,
    asns: Seen<u32>,
    devices: Seen<u64>,
    addresses: Seen<Network>,
    /// The last day of each hour of the organisation's clock.
    hours: [i32; 24],
    /// Where the user was last seen for certain, and where last through an address that many share.
    seat: Option<Stay>,
    shared: Option<Stay>,
    /// The day of the newest sign-in: until it ends, nothing more is to be forgotten.
    today: i32,
}

impl Default for UserHistory {
    fn default() -> Self {
        Self {
            signins: Vec::new(),
            countries: Seen::default(),
            asns: Seen::default(),
            devices: Seen::default(),
            addresses: Seen::default(),
            hours: [NEVER; 24],
            seat: None,
            shared: None,
            today: NEVER,
        }
    }
}

/// Where a sign-in came from, and how.
struct Whereabouts {
    place: Place,
    /// Through one of the organisation's own exits: whoever comes so sits somewhere else.
    own_egress: bool,
    /// Through an address that many users of the tenant share; `None` is unknown.
    found_egress: Option<bool>,
    hour: usize,
}

impl Whereabouts {
    fn of(
        facts: &SignInFacts,
        found_egress: impl FnOnce(&Place) -> Option<bool>,
        settings: &Settings,
    ) -> Whereabouts {
        let place = Place::of(&facts.row, facts.asn);
        let own = place.ip.and_then(|ip| settings.network_of(ip));
        let own_egress = own == Some(NetworkUse::Egress);
        // The organisation's own offices are shared by many, and people do sit there.
        let is_office = own == Some(NetworkUse::Trusted);
        let found_egress = found_egress(&place).map(|found| found && !is_office);
        let hour = hour_of(facts.time_us, settings);
        Whereabouts {
            place,
            own_egress,
            found_egress,
            hour,
        }
    }

    fn stay(&self, time_us: i64) -> Option<Stay> {
        let point = self.place.point.filter(|_| !self.own_egress)?;
        Some(Stay {
            time_us,
            point,
            country: self.place.country,
            asn: self.place.asn,
        })
    }
}

impl UserHistory {
    /// Scores the next sign-in of the user and learns from it. Sign-ins must come as
    /// [`SignInFacts::order`] puts them.
    pub fn score(
        &mut self,
        facts: &SignInFacts,
        tenant: &TenantFacts,
        settings: &Settings,
    ) -> Scored {
        let found = |place: &Place| tenant.is_shared(place.network?);
        let at = Whereabouts::of(facts, found, settings);
        self.forget(day_of(facts.time_us), settings);
        if !facts.is_interactive() {
            self.count(facts);
            let reasons = own_reasons(facts, &at.place, settings);
            return Scored::alone(Score::of(reasons, settings));
        }
        let scored = self.judge(facts, &at, tenant, settings);
        self.note(facts, &at, scored.score.level);
        scored
    }

    /// Learns from the next sign-in of the user, of which it is told with what level it was scored and
    /// whether its egress was shared; one that never was scored teaches like one of level none.
    pub fn learn(
        &mut self,
        facts: &SignInFacts,
        level: Option<Level>,
        shared_egress: Option<bool>,
        settings: &Settings,
    ) {
        self.forget(day_of(facts.time_us), settings);
        match facts.is_interactive() {
            true => {
                let found = |_: &Place| shared_egress;
                let at = Whereabouts::of(facts, found, settings);
                self.note(facts, &at, level.unwrap_or(Level::None));
            }
            false => self.count(facts),
        }
    }

    /// The day of the newest sign-in.
    pub fn last_day(&self) -> Option<i32> {
        (self.today != NEVER).then_some(self.today)
    }

    fn judge(
        &self,
        facts: &SignInFacts,
        at: &Whereabouts,
        tenant: &TenantFacts,
        settings: &Settings,
    ) -> Scored {
        let (place, today) = (&at.place, day_of(facts.time_us));
        let mut reasons = own_reasons(facts, place, settings);
        let mut scored = Scored::alone(Score::of(Vec::new(), settings));
        scored.shared_egress = if at.own_egress {
            Some(true)
        } else {
            at.found_egress
        };
        let (mut unusual, mut new_device) = (false, false);
        if self.is_settled(today, settings) {
            let is_new = |country| !self.countries.is_known(country, today, settings);
            scored.new_country_for_user = place.country.filter(|_| !at.own_egress).map(is_new);
            let is_new = |asn| !self.asns.is_known(asn, today, settings);
            scored.new_asn_for_user = place.asn.map(is_new);
            unusual = self.is_unusual(at.hour);
            // Exports without devices must not make the first one a new one.
            let mut keys = facts.devices().into_iter().flatten().peekable();
            new_device = !self.devices.is_empty()
                && keys.peek().is_some()
                && keys.all(|key| !self.devices.is_known(key, today, settings));
        }
        let new_for_tenant = place.country.and_then(|country| tenant.is_new(country));
        // The organisation's own network already takes its points off.
        let takes_off = at.found_egress == Some(true) && !reasons.contains(&Reason::OwnNetwork);
        let given = [
            (
                Reason::NewCountryForUser,
                scored.new_country_for_user == Some(true),
            ),
            (
                Reason::NewCountryForTenant,
                new_for_tenant == Some(true) && !at.own_egress,
            ),
            (Reason::NewAsnForUser, scored.new_asn_for_user == Some(true)),
            (Reason::NewDeviceForUser, new_device),
            (Reason::UnusualHour, unusual),
            (Reason::SharedEgress, takes_off),
        ];
        let given = given.into_iter().filter(|(_, is)| *is);
        reasons.extend(given.map(|(reason, _)| reason));
        let seat = at
            .stay(facts.time_us)
            .filter(|_| at.found_egress != Some(true));
        let last = self.last_stay(scored.new_country_for_user == Some(true));
        if let (Some(to), Some(from)) = (seat, last) {
            let trip = Trip::of(from, &to);
            scored.km_from_previous = Some(trip.km);
            scored.minutes_from_previous = Some(trip.minutes);
            let travel = trip.reasons(from, &to, settings);
            let block = place.ip.and_then(block_of);
            let is_known = block.is_some_and(|b| self.addresses.is_known(b, today, settings));
            let explains = is_known && !travel.is_empty();
            reasons.extend(travel);
            reasons.extend(explains.then_some(Reason::KnownAddress));
        }
        scored.score = Score::of(reasons, settings);
        scored
    }

    /// Where the user was last. An egress that many share can be an office or stand far from all of
    /// them: it is a place for a journey into a new country, if it is in the country where the user
    /// was last seen without one.
    fn last_stay(&self, into_new_country: bool) -> Option<&Stay> {
        let seat = self.seat.as_ref()?;
        let is_near = |shared: &&Stay| shared.country.is_some() && shared.country == seat.country;
        let shared = self.shared.as_ref().filter(is_near);
        let shared = shared.filter(|shared| into_new_country && shared.time_us > seat.time_us);
        Some(shared.unwrap_or(seat))
    }

    /// Drops all that lies before the baseline of a day.
    fn forget(&mut self, today: i32, settings: &Settings) {
        if self.today == today {
            return;
        }
        self.today = today;
        let is_kept = |day: i32| day >= today || in_baseline(day, today, settings);
        self.signins.retain(|(day, _)| is_kept(*day));
        self.countries.forget(today, settings);
        self.asns.forget(today, settings);
        self.devices.forget(today, settings);
        self.addresses.forget(today, settings);
        for hour in self.hours.iter_mut().filter(|day| !is_kept(**day)) {
            *hour = NEVER;
        }
        for stay in [&mut self.seat, &mut self.shared] {
            stay.take_if(|stay| !is_kept(day_of(stay.time_us)));
        }
    }

    /// Whether the history is long enough to call something new.
    fn is_settled(&self, today: i32, settings: &Settings) -> bool {
        let first = self.signins.first();
        let is_old = first.is_some_and(|(day, _)| today.saturating_sub(*day) >= settings.user_days);
        let before = self.signins.iter().filter(|(day, _)| *day < today);
        let counts = before.map(|(_, count)| *count);
        is_old && counts.fold(0_u32, u32::saturating_add) >= settings.user_signins
    }

    /// Whether the user worked neither in this hour nor within two hours of it.
    fn is_unusual(&self, hour: usize) -> bool {
        let around = (hour + 22..=hour + 26).map(|hour| self.hours[hour % 24]);
        self.hours.iter().any(|day| *day != NEVER) && around.into_iter().all(|day| day == NEVER)
    }

    fn note(&mut self, facts: &SignInFacts, at: &Whereabouts, level: Level) {
        // Where a stranger may have been is no place of the user's.
        if facts.knew_password() && level < Level::High {
            let stay = at.stay(facts.time_us);
            match at.found_egress {
                Some(true) => self.shared = stay.or(self.shared.take()),
                _ => self.seat = stay.or(self.seat.take()),
            }
        }
        if !facts.succeeded {
            return;
        }
        self.count(facts);
        let today = day_of(facts.time_us);
        let country = at.place.country.filter(|_| !at.own_egress);
        country.inspect(|country| self.countries.note(*country, today, level));
        at.place
            .asn
            .inspect(|asn| self.asns.note(*asn, today, level));
        let block = at.place.ip.and_then(block_of);
        block.inspect(|block| self.addresses.note(*block, today, level));
        for key in facts.devices().into_iter().flatten() {
            self.devices.note(key, today, level);
        }
        if level < Level::Medium {
            self.hours[at.hour % 24] = today;
        }
    }

    /// Counts a success, which need not tell a place to show that the user is no newcomer.
    fn count(&mut self, facts: &SignInFacts) {
        if facts.succeeded {
            let today = day_of(facts.time_us);
            match self.signins.last_mut().filter(|(day, _)| *day == today) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => self.signins.push((today, 1)),
            }
        }
    }
}

/// The hour of day, 0 to 23, on the organisation's clock: that of the settings' time zone, else UTC.
/// Habits are told by one clock wherever the user is: whoever signs in by the user's night is awake
/// where the sign-in comes from.
fn hour_of(time_us: i64, settings: &Settings) -> usize {
    let zone = settings.zone.as_ref();
    let local_us = zone.map_or(time_us, |zone| zone.local(time_us));
    local_us.div_euclid(US_AN_HOUR).rem_euclid(24) as usize
}
