//! Where a user was, and whether anybody travels so fast from one place to another.

use super::place::Country;
use super::score::Reason;
use super::settings::{AsnKind, Settings};
use crate::signin::distance;

const US_A_MINUTE: f64 = 60e6;

/// A place and a time at which the user was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stay {
    pub(super) time_us: i64,
    pub(super) point: distance::Place,
    pub(super) country: Option<Country>,
    pub(super) asn: Option<u32>,
}

/// What lies between two stays.
pub(super) struct Trip {
    pub(super) km: f64,
    pub(super) minutes: f64,
}

impl Trip {
    pub(super) fn of(from: &Stay, to: &Stay) -> Trip {
        let elapsed_us = to.time_us.saturating_sub(from.time_us).max(0);
        Trip {
            km: from.point.distance_km(to.point),
            minutes: elapsed_us as f64 / US_A_MINUTE,
        }
    }

    /// Whether nobody travels like that, and what speaks against it having been a journey.
    pub(super) fn reasons(&self, from: &Stay, to: &Stay, settings: &Settings) -> Vec<Reason> {
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
