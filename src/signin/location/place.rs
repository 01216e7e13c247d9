//! Places and addresses as a sign-in states them, with all that is no evidence taken as unknown.

use std::net::{IpAddr, Ipv6Addr};

/// Mean radius of the earth, in km (IUGG).
const EARTH_KM: f64 = 6_371.008_8;

/// A country's two letters (ISO 3166-1), upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The country of a text in any case; unknown if it is not two letters, or the codes that
    /// tables of addresses write for "unknown".
    pub fn of(text: &str) -> Option<Country> {
        let code: [u8; 2] = text.trim().as_bytes().try_into().ok()?;
        let code = code.map(|letter| letter.to_ascii_uppercase());
        let is_unknown = matches!(&code, b"XX" | b"ZZ");
        (!is_unknown && code.iter().all(u8::is_ascii_uppercase)).then_some(Country(code))
    }
}

/// What counts as one place in the net: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpAddr);

impl Network {
    /// The network of a public address; private ones are the same in every house.
    pub fn of(ip: IpAddr) -> Option<Network> {
        let network = match ip.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask(128, 64))),
            v4 => v4,
        };
        (!is_private(ip)).then_some(Network(network))
    }
}

/// An address of a text; an IPv4 address written as IPv6 is an IPv4 address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.trim().parse().ok()?;
    Some(ip.to_canonical())
}

/// Whether an address says nothing about a place: private, shared by a carrier's customers
/// (100.64.0.0/10), of this host or this link, or not of one host.
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            let is_here = first == 0 || v4.is_loopback() || v4.is_link_local();
            v4.is_private() || is_shared || is_here || v4.is_multicast() || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            let is_here = v6.is_loopback() || v6.is_unspecified() || v6.is_unicast_link_local();
            v6.is_unique_local() || is_here || v6.is_multicast()
        }
    }
}

/// Ones for the first `prefix` of the last `bits` bits.
fn mask(bits: u32, prefix: u32) -> u128 {
    let free = bits.saturating_sub(prefix);
    let all = u128::MAX >> (128 - bits);
    all & u128::MAX.checked_shl(free).unwrap_or(0)
}

/// A block of addresses, such as `203.0.113.0/24` or `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    first: u128,
    /// Bits of an address: 32 or 128.
    bits: u32,
    mask: u128,
}

impl Cidr {
    /// The block of a text; an address without `/` is a block of one. `None` if it is neither.
    pub fn of(text: &str) -> Option<Cidr> {
        let (ip, prefix) = match text.trim().split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let (value, bits) = number(ip.parse().ok()?);
        let prefix = prefix.unwrap_or(bits);
        let mask = mask(bits, prefix);
        let first = value & mask;
        (prefix <= bits).then_some(Cidr { first, bits, mask })
    }

    /// Whether an address lies in the block; one of the other version never does.
    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        let (value, bits) = number(ip.to_canonical());
        bits == self.bits && value & self.mask == self.first
    }
}

fn number(ip: IpAddr) -> (u128, u32) {
    match ip {
        IpAddr::V4(v4) => (v4.to_bits().into(), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

/// A point on the earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub latitude: f64,
    pub longitude: f64,
}

impl Point {
    /// The point of two coordinates; unknown if one is missing, out of range, or both are 0.
    pub(super) fn of(latitude: Option<f64>, longitude: Option<f64>) -> Option<Point> {
        let (latitude, longitude) = (latitude?, longitude?);
        let in_range = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let is_zero = latitude == 0.0 && longitude == 0.0;
        (in_range && !is_zero).then_some(Point {
            latitude,
            longitude,
        })
    }
}

/// The distance of two points over the ground, in km (haversine on a sphere, at most 0.6 % off).
pub(super) fn km(from: Point, to: Point) -> f64 {
    let half_chord = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let cosines = from.latitude.to_radians().cos() * to.latitude.to_radians().cos();
    let along = half_chord(to.latitude - from.latitude);
    let across = half_chord(to.longitude - from.longitude);
    let square = (along + cosines * across).clamp(0.0, 1.0);
    2.0 * EARTH_KM * square.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: (f64, f64), to: (f64, f64)) -> f64 {
        let point = |(lat, lon)| Point::of(Some(lat), Some(lon)).expect("a place");
        km(point(from), point(to))
    }

    #[test]
    fn distances_over_dateline_poles_and_to_the_other_side() {
        assert!((between((0.1, 179.9), (0.1, -179.9)) - 22.24).abs() < 0.1);
        assert!((between((89.0, 0.0), (89.0, 180.0)) - 222.4).abs() < 0.1);
        assert!(between((90.0, 10.0), (90.0, -170.0)) < 0.001);
        assert!((between((45.0, 10.0), (-45.0, -170.0)) - 20_015.1).abs() < 0.1);
        assert!((between((47.37, 8.54), (40.71, -74.01)) - 6_326.0).abs() < 20.0);
    }

    #[test]
    fn points_that_are_no_place() {
        for (lat, lon) in [
            (0.0, 0.0),
            (-0.0, 0.0),
            (91.0, 5.0),
            (5.0, 181.0),
            (f64::NAN, 1.0),
        ] {
            assert_eq!(Point::of(Some(lat), Some(lon)), None, "{lat} {lon}");
        }
        assert_eq!(Point::of(None, Some(1.0)), None);
        assert!(Point::of(Some(0.0), Some(5.0)).is_some());
    }

    #[test]
    fn blocks_hold_their_addresses_only() {
        let holds = |block, ip| {
            Cidr::of(block)
                .expect("a block")
                .contains(address(ip).expect(ip))
        };
        assert!(holds("203.0.113.7/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1") && !holds("::/0", "1.2.3.4"));
        assert!(holds("192.0.2.1", "::ffff:192.0.2.1"));
        for bad in ["", "1.2.3.4/33", "::/129", "1.2.3/8", "a/b", "1.2.3.4/-1"] {
            assert_eq!(Cidr::of(bad), None, "{bad}");
        }
    }

    #[test]
    fn networks_are_addresses_or_the_half_of_an_ipv6_address() {
        let network = |ip| Network::of(address(ip).expect(ip));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        for private in ["10.1.2.3", "100.64.0.1", "fe80::1", "fd00::1", "127.0.0.1"] {
            assert_eq!(network(private), None, "{private}");
        }
    }

    #[test]
    fn countries_are_two_letters() {
        assert_eq!(Country::of("ch"), Country::of(" CH "));
        for bad in ["", "C", "CHE", "C1", "é", "XX", "zz", "??"] {
            assert_eq!(Country::of(bad), None, "{bad}");
        }
    }
}
