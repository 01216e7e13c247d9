//! Places and addresses as a sign-in states them, with all that is no evidence taken as unknown.

use std::fmt;
use std::net::IpAddr;

use crate::signin::networks::{Network, Scope};

/// A country's two letters (ISO 3166-1), upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The country of a text in any case; unknown if it is not two letters, or the codes that
    /// tables of addresses write for "unknown".
    pub fn of(text: &str) -> Option<Country> {
        let text = if text.len() == 2 { text } else { text.trim() };
        let code: [u8; 2] = text.as_bytes().try_into().ok()?;
        let code = code.map(|letter| letter.to_ascii_uppercase());
        let is_unknown = matches!(&code, b"XX" | b"ZZ");
        (!is_unknown && code.iter().all(u8::is_ascii_uppercase)).then_some(Country(code))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(f, "{first}{second}")
    }
}

/// What counts as one place in the net: an IPv4 address, or the /64 of an IPv6 address. Private
/// addresses are the same in every house.
pub(super) fn line_of(ip: IpAddr) -> Option<Network> {
    let prefix = if ip.to_canonical().is_ipv4() { 32 } else { 64 };
    let network = Network::around(ip.to_canonical(), prefix);
    network.filter(|_| !is_private(ip))
}

/// The neighbours of an address: an IPv4 /24, or an IPv6 /48, as sites get them.
pub(super) fn block_of(ip: IpAddr) -> Option<Network> {
    let prefix = if ip.to_canonical().is_ipv4() { 24 } else { 48 };
    let network = Network::around(ip.to_canonical(), prefix);
    network.filter(|_| !is_private(ip))
}

/// Whether an address says nothing about a place.
pub(super) fn is_private(ip: IpAddr) -> bool {
    Scope::of(ip).is_private()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::networks::parse_address;

    #[test]
    fn networks_are_addresses_or_the_half_of_an_ipv6_address() {
        let network = |ip| line_of(parse_address(ip).expect(ip));
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
