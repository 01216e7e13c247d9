//! Gives the networks and addresses of tenants whose people move.
//!
//! An address tells one place and one network, as a geolocation table has it: each place has eight
//! blocks of 198.18.0.0/15 and of 2001:db8::/32, one for each of its networks; exits have addresses
//! of 192.0.2.0/24. A country's networks have numbers of their own from those for private use
//! (64512-65534), because there are too few for documentation.

use super::place::PLACES;
use super::text::Ip;

/// Networks of homes: 0, 1 and 2.
pub(super) const PROVIDERS: u64 = 3;
/// The network of hotels and of other short stays.
pub(super) const HOTEL: u8 = 3;
/// The network of offices.
pub(super) const OFFICE: u8 = 4;
/// The first of two networks of telephones.
pub(super) const CARRIER: u8 = 5;
/// The network of rented machines.
pub(super) const HOSTING_ROLE: u8 = 7;
/// The network of a company's exit.
pub(super) const EXIT: u8 = 9;

/// The number of a network of the country of a place.
pub(super) fn number(place: u8, role: u8) -> u32 {
    let country = PLACES[usize::from(place)].country;
    let first = PLACES.iter().position(|p| p.country == country);
    64_512 + first.unwrap_or(0) as u32 * 10 + u32::from(role)
}

/// An address of a network at a place; the same key gives the same address.
pub(super) fn v4(place: u8, role: u8, key: u64) -> Ip {
    let block = u16::from(place) * 8 + u16::from(role);
    let host = 1 + mix(key) % 254;
    Ip::V4([198, 18 + (block >> 8) as u8, block as u8, host as u8])
}

/// The same for IPv6; `prefix` decides the household, `interface` the machine in it.
pub(super) fn v6(place: u8, role: u8, prefix: u64, interface: u64) -> Ip {
    let group = |key: u64, shift: u32| (((mix(key) >> shift) & 0xffff) % 0xffff + 1) as u16;
    let block = ((u16::from(place) + 1) << 8) | (u16::from(role) + 1);
    Ip::V6([
        0x2001,
        0x0db8,
        block,
        group(prefix, 0),
        group(interface, 0),
        group(interface, 16),
        group(interface, 32),
        group(interface, 48),
    ])
}

/// One of the two addresses of the exit at a place.
pub(super) fn exit(place: u8, which: u8) -> Ip {
    Ip::V4([192, 0, 2, 100 + place * 2 + which % 2])
}

/// Scatters a key evenly over all numbers.
pub(super) fn mix(key: u64) -> u64 {
    let mut bits = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A key of a person and a number.
pub(super) fn key(who: u32, number: i64) -> u64 {
    mix(u64::from(who)) ^ number as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_address_tells_one_place_and_one_network() {
        let mut blocks = HashSet::new();
        for place in 0..PLACES.len() as u8 {
            for role in 0..8 {
                let Ip::V4([_, b, c, host]) = v4(place, role, 77) else {
                    panic!("not IPv4")
                };
                assert!((1..=254).contains(&host) && matches!(b, 18 | 19));
                assert!(blocks.insert((b, c)));
            }
        }
        assert_eq!(blocks.len(), 512);
    }

    #[test]
    fn a_country_has_networks_of_its_own() {
        let numbers = |place| (0..10).map(move |role| number(place, role));
        let berlin: Vec<u32> = numbers(1).collect();
        assert_eq!(numbers(0).collect::<Vec<_>>(), berlin);
        assert!(numbers(2).all(|number| !berlin.contains(&number)));
        assert!(numbers(63).all(|number| (64_512..65_535).contains(&number)));
    }
}
