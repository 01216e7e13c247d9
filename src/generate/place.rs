//! Lists the cities where people live, travel and attack from, with coordinates and local time.
//!
//! Addresses come from ranges that belong to nobody (192.0.2.0/24, 198.51.100.0/24,
//! 203.0.113.0/24, 198.18.0.0/15, 2001:db8::/32), network numbers from those reserved for
//! documentation (64496-64511 and 65536-65551). Local time is winter time all year.

use super::instant::{MINUTE, Ticks, hour_of_day, weekday};

/// A city as a record's `location` shows it.
pub(super) struct Place {
    pub(super) country: &'static str,
    pub(super) state: &'static str,
    pub(super) city: &'static str,
    pub(super) latitude: &'static str,
    pub(super) longitude: &'static str,
    /// Minutes that local time is ahead of UTC.
    pub(super) ahead: i64,
    /// Out of all people, how many live here; 0 for places only visited or attacked from.
    pub(super) weight: u32,
}

impl Place {
    /// The instant shifted so that its UTC fields read as local time.
    pub(super) fn local(&self, at: Ticks) -> Ticks {
        at + self.ahead * MINUTE
    }

    /// How busy people here are at an instant, 0 to 255.
    pub(super) fn activity(&self, at: Ticks) -> u64 {
        let local = self.local(at);
        let hour = BUSY[hour_of_day(local)];
        if weekday(local) >= 5 {
            hour / 7 + 1
        } else {
            hour
        }
    }

    /// Whether offices here are open.
    pub(super) fn office_hours(&self, at: Ticks) -> bool {
        let local = self.local(at);
        weekday(local) < 5 && (8..18).contains(&hour_of_day(local))
    }
}

/// How busy a working day is, by local hour, out of 255.
const BUSY: [u64; 24] = [
    5, 3, 2, 2, 4, 12, 45, 120, 225, 255, 245, 215, 165, 220, 240, 225, 190, 130, 75, 55, 45, 35,
    20, 10,
];

const fn place(
    country: &'static str,
    state: &'static str,
    city: &'static str,
    position: (&'static str, &'static str),
    ahead: i64,
    weight: u32,
) -> Place {
    Place {
        country,
        state,
        city,
        latitude: position.0,
        longitude: position.1,
        ahead,
        weight,
    }
}

/// Every place; people refer to it by index. The hosting sites stand at the end.
#[rustfmt::skip]
pub(super) static PLACES: [Place; 24] = [
    place("DE", "Bayern", "München", ("48.137428283691406", "11.575490951538086"), 60, 150),
    place("DE", "Berlin", "Berlin", ("52.519309997558594", "13.406089782714844"), 60, 110),
    place("GB", "England", "London", ("51.507221221923828", "-0.12750999629497528"), 0, 120),
    place("FR", "Paris", "Paris", ("48.856700897216797", "2.3508000373840332"), 60, 90),
    place("NL", "Utrecht", "Utrecht", ("52.090801239013672", "5.1222200393676758"), 60, 40),
    place("PL", "Mazowieckie", "Warszawa", ("52.229698181152344", "21.012199401855469"), 60, 50),
    place("ES", "Madrid", "Madrid", ("40.416698455810547", "-3.7035000324249268"), 60, 45),
    place("SE", "Stockholms Lan", "Stockholm", ("59.332500457763672", "18.064399719238281"), 60, 30),
    place("US", "New York", "New York", ("40.714298248291016", "-74.005996704101563"), -300, 110),
    place("US", "Illinois", "Chicago", ("41.883201599121094", "-87.632400512695313"), -360, 60),
    place("US", "California", "San Francisco", ("37.774898529052734", "-122.4194030761719"), -480, 60),
    place("CA", "Ontario", "Toronto", ("43.653999328613281", "-79.38079833984375"), -300, 30),
    place("BR", "Sao Paulo", "São Paulo", ("-23.5475", "-46.63610076904297"), -180, 25),
    place("IN", "Karnataka", "Bengaluru", ("12.971900939941406", "77.593696594238281"), 330, 70),
    place("JP", "Tokyo", "Tokyo", ("35.689498901367188", "139.69169616699219"), 540, 35),
    place("AU", "New South Wales", "Sydney", ("-33.867801666259766", "151.20730590820313"), 600, 25),
    place("ZA", "Gauteng", "Johannesburg", ("-26.202299118041992", "28.04360008239746"), 120, 15),
    place("CH", "Zurich", "Zürich", ("47.366699218750", "8.550000190734863"), 60, 25),
    place("AE", "Dubai", "Dubai", ("25.25820", "55.304698944091797"), 240, 0),
    place("PT", "Lisboa", "Lisboa", ("38.716701507568359", "-9.1332998275756836"), 0, 0),
    place("TH", "Krung Thep", "Bangkok", ("13.75", "100.51670074462891"), 420, 0),
    place("US", "Virginia", "Ashburn", ("39.043701171875", "-77.487503051757813"), -300, 0),
    place("SG", "", "Singapore", ("1.2896699905395508", "103.85006713867188"), 480, 0),
    place("NL", "Noord-Holland", "Amsterdam", ("52.378501892089844", "4.8999800682067871"), 60, 0),
];

/// Where holidays and business trips go.
pub(super) const DESTINATIONS: [u8; 8] = [18, 19, 20, 6, 8, 14, 2, 12];
/// Where services and attackers rent machines.
pub(super) const HOSTING: [u8; 3] = [21, 22, 23];
/// The network of the password spray.
pub(super) const SPRAY_NETWORK: u32 = 64_511;
/// The network of the MFA fatigue attack.
pub(super) const FATIGUE_NETWORK: u32 = 64_510;
/// The network of whoever reuses a victim's correlation id.
pub(super) const REUSE_NETWORK: u32 = 64_509;
/// The network of the services' machines.
pub(super) const HOSTING_NETWORK: u32 = 64_508;

/// The network of the homes of a place.
pub(super) fn home_network(place: u8) -> u32 {
    64_496 + u32::from(place) % 8
}

/// The network of the offices of a place.
pub(super) fn office_network(place: u8) -> u32 {
    64_504 + u32::from(place) % 4
}

/// The network of the telephones of a place.
pub(super) fn mobile_network(place: u8) -> u32 {
    65_536 + u32::from(place) % 16
}
