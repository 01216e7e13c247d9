//! What one user's earlier sign-ins say about the next one, in a state that stays small.
//!
//! Countries, networks and hours are learned from sign-ins that succeeded: a guesser teaches
//! nothing. All of it is forgotten by day, so that a score depends on the sign-ins of the baseline
//! only, and a rescore need not look farther back.

use std::collections::{BTreeMap, HashMap};

use super::place::Country;
use super::score::{Reason, Score};
use super::settings::{AsnKind, Settings};
use super::signals::{Place, SignInFacts, is_own_egress, own_reasons};
use super::tenant::{TenantFacts, day_of, in_baseline};
use crate::signin::distance;

/// Networks that are kept of one user; beyond them the one not seen for longest is forgotten.
const ASNS_MAX: usize = 256;
const US_A_MINUTE: f64 = 60e6;
const MINUTES_A_DAY: i64 = 1440;

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

/// Where the user was last seen for certain.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stay {
    time_us: i64,
    point: distance::Place,
    country: Option<Country>,
    asn: Option<u32>,
}

/// What is kept of one user's sign-ins. Days count from 1970-01-01 UTC.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserHistory {
    /// Successful sign-ins by day.
    signins: BTreeMap<i32, u32>,
    /// The last day of each.
    countries: HashMap<Country, i32>,
    asns: HashMap<u32, i32>,
    /// By local hour; `None`: never.
    hours: [Option<i32>; 24],
    last: Option<Stay>,
    /// The day of the newest sign-in: until it ends, nothing more is to be forgotten.
    today: Option<i32>,
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
        let place = Place::of(&facts.row, facts.asn);
        let mut reasons = own_reasons(facts, &place, settings);
        if !facts.is_interactive() {
            return Scored::alone(Score::of(reasons, settings));
        }
        self.forget(day_of(facts.time_us), settings);
        let own_egress = is_own_egress(&place, settings);
        let found_egress = place.network.and_then(|network| tenant.is_shared(network));
        let is_egress = own_egress == Some(true) || found_egress == Some(true);
        // Whoever comes through an egress sits somewhere else.
        let seat = place.point.filter(|_| !is_egress);
        let hour = local_hour(facts.time_us, seat, settings);

        let mut scored = Scored::alone(Score::of(Vec::new(), settings));
        scored.shared_egress = if is_egress { Some(true) } else { found_egress };
        if self.is_settled(day_of(facts.time_us), settings) {
            let is_new_country = |c| !self.countries.contains_key(&c);
            scored.new_country_for_user = place.country.map(is_new_country);
            let is_new_asn = |asn| !self.asns.contains_key(&asn);
            scored.new_asn_for_user = place.asn.map(is_new_asn);
            let is_unusual = hour.is_some_and(|hour| self.is_unusual(hour));
            reasons.extend(is_unusual.then_some(Reason::UnusualHour));
        }
        let new_for_tenant = place.country.and_then(|country| tenant.is_new(country));
        // The organisation's own network already takes its points off.
        let takes_off = found_egress == Some(true) && !reasons.contains(&Reason::OwnNetwork);
        let given = [
            (Reason::NewCountryForUser, scored.new_country_for_user),
            (Reason::NewCountryForTenant, new_for_tenant),
            (Reason::NewAsnForUser, scored.new_asn_for_user),
            (Reason::SharedEgress, Some(takes_off)),
        ];
        let given = given.into_iter().filter(|(_, is)| *is == Some(true));
        reasons.extend(given.map(|(reason, _)| reason));
        let stay = stay_of(facts, &place).filter(|_| !is_egress);
        if let (Some(from), Some(to)) = (self.last, stay) {
            let trip = Trip::of(&from, &to);
            reasons.extend(trip.reasons(&from, &to, settings));
            scored.km_from_previous = Some(trip.km);
            scored.minutes_from_previous = Some(trip.minutes);
        }
        self.learn(facts, &place, stay, hour);
        scored.score = Score::of(reasons, settings);
        scored
    }

    /// The day of the newest sign-in.
    pub fn last_day(&self) -> Option<i32> {
        self.today
    }

    /// Drops all that lies before the baseline of a day.
    fn forget(&mut self, today: i32, settings: &Settings) {
        if self.today.replace(today) == Some(today) {
            return;
        }
        let is_kept = |day: i32| day >= today || in_baseline(day, today, settings);
        self.signins.retain(|day, _| is_kept(*day));
        self.countries.retain(|_, day| is_kept(*day));
        self.asns.retain(|_, day| is_kept(*day));
        for hour in &mut self.hours {
            *hour = hour.filter(|day| is_kept(*day));
        }
        self.last = self.last.filter(|stay| is_kept(day_of(stay.time_us)));
    }

    /// Whether the history is long enough to call something new.
    fn is_settled(&self, today: i32, settings: &Settings) -> bool {
        let first = self.signins.keys().next();
        let is_old = first.is_some_and(|day| today.saturating_sub(*day) >= settings.user_days);
        let signins = self.signins.values();
        is_old && signins.fold(0_u32, |sum, n| sum.saturating_add(*n)) >= settings.user_signins
    }

    /// Whether the user worked neither in this local hour nor in the one before or after it.
    fn is_unusual(&self, hour: usize) -> bool {
        let around = [hour + 23, hour, hour + 1].map(|hour| self.hours[hour % 24]);
        self.hours.iter().any(Option::is_some) && around.iter().all(Option::is_none)
    }

    fn learn(
        &mut self,
        facts: &SignInFacts,
        place: &Place,
        stay: Option<Stay>,
        hour: Option<usize>,
    ) {
        if facts.knew_password() {
            self.last = stay.or(self.last);
        }
        if !facts.succeeded {
            return;
        }
        let today = day_of(facts.time_us);
        let count = self.signins.entry(today).or_default();
        *count = count.saturating_add(1);
        self.countries
            .extend(place.country.map(|country| (country, today)));
        self.asns.extend(place.asn.map(|asn| (asn, today)));
        if self.asns.len() > ASNS_MAX {
            let oldest = self.asns.iter().min_by_key(|(asn, day)| (**day, **asn));
            let oldest = oldest.map(|(asn, _)| *asn);
            oldest.and_then(|asn| self.asns.remove(&asn));
        }
        if let Some(hour) = hour {
            self.hours[hour % 24] = Some(today);
        }
    }
}

/// The hour of day at a place, 0 to 23: by the settings' time zone, else by longitude, which is up to
/// some two hours off. Unknown without either.
fn local_hour(time_us: i64, point: Option<distance::Place>, settings: &Settings) -> Option<usize> {
    let by_longitude = |point: distance::Place| (point.longitude() * 4.0).round() as i64;
    let minute = |time_us: i64| time_us.div_euclid(60_000_000);
    let minute = match &settings.zone {
        Some(zone) => minute(zone.local(time_us)),
        None => minute(time_us) + by_longitude(point?),
    };
    let minute = minute.rem_euclid(MINUTES_A_DAY);
    usize::try_from(minute / 60).ok()
}

fn stay_of(facts: &SignInFacts, place: &Place) -> Option<Stay> {
    Some(Stay {
        time_us: facts.time_us,
        point: place.point?,
        country: place.country,
        asn: place.asn,
    })
}

/// What lies between two stays.
struct Trip {
    km: f64,
    minutes: f64,
}

impl Trip {
    fn of(from: &Stay, to: &Stay) -> Trip {
        let elapsed_us = to.time_us.saturating_sub(from.time_us).max(0);
        Trip {
            km: from.point.distance_km(to.point),
            minutes: elapsed_us as f64 / US_A_MINUTE,
        }
    }

    /// Whether nobody travels like that, and what speaks against it having been a journey.
    fn reasons(&self, from: &Stay, to: &Stay, settings: &Settings) -> Vec<Reason> {
        let km_in_time = settings.travel_kmh * self.minutes / 60.0;
        if self.km < settings.travel_km || self.km <= km_in_time {
            return Vec::new();
        }
        let of_carrier = |stay: &Stay| {
            let kind = stay.asn.and_then(|asn| settings.asns.get(&asn));
            kind == Some(&AsnKind::Carrier)
        };
        let same_country = from.country.is_some() && from.country == to.country;
        let jumps = same_country && (of_carrier(from) || of_carrier(to));
        let carrier = jumps.then_some(Reason::CarrierJump);
        [Reason::ImpossibleTravel]
            .into_iter()
            .chain(carrier)
            .collect()
    }
}
