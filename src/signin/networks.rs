//! Addresses and networks: reading them, what an address is for, and a tree that finds the network of one.
//!
//! An IPv4 address is the IPv6 address that maps it, so `::ffff:10.0.0.1` is `10.0.0.1` and a
//! network that holds `::ffff:0:0/96`, such as `::/0`, holds every IPv4 address. Zones, ports and
//! brackets are no part of an address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;

/// Bits before the IPv4 address in the IPv6 address that maps it.
const MAPPED_BITS: u8 = 96;

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error("'{0}' is not an IPv4 or IPv6 address")]
    Address(String),
    #[error("'/{0}' is not a prefix length, which is a number from 0 to {1}")]
    Prefix(String, u8),
    #[error("'{0}' has bits behind its prefix; the network is {1}")]
    HostBits(String, Network),
}

/// The address of a text; spaces around it do not count, a mapped IPv4 address is that address.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.trim().parse().ok()?;
    Some(address.to_canonical())
}

/// The 128 bits of an address, IPv4 as the IPv6 address that maps it.
fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The first `length` bits set.
const fn mask(length: u8) -> u128 {
    match length {
        0 => 0,
        length => u128::MAX << (128 - length),
    }
}

/// All addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    bits: u128,
    /// How many bits count, of 128 also for IPv4.
    length: u8,
}

impl Network {
    const ALL: Self = Self { bits: 0, length: 0 };

    /// The network of a text such as `10.0.0.0/8` or `2001:db8::/32`; an address alone is a network
    /// of one.
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let text = text.trim();
        let (before, prefix) = match text.split_once('/') {
            Some((before, prefix)) => (before, Some(prefix)),
            None => (text, None),
        };
        // The family as it is written says what the prefix counts.
        let address: IpAddr = before
            .parse()
            .map_err(|_| NetworkError::Address(text.into()))?;
        let (skipped, max) = match address {
            IpAddr::V4(_) => (MAPPED_BITS, 32),
            IpAddr::V6(_) => (0, 128),
        };
        let length = match prefix {
            None => max,
            Some(prefix) => prefix_length(prefix)
                .filter(|length| *length <= max)
                .ok_or_else(|| NetworkError::Prefix(prefix.into(), max))?,
        };
        let network = Self::first_bits(bits_of(address), skipped + length);
        if network.bits != bits_of(address) {
            return Err(NetworkError::HostBits(text.into(), network));
        }
        Ok(network)
    }

    /// The network of an address whose prefix has so many bits; `None` where an address of its family
    /// has fewer.
    pub fn around(address: IpAddr, prefix: u8) -> Option<Self> {
        let (skipped, max) = match address.to_canonical() {
            IpAddr::V4(_) => (MAPPED_BITS, 32),
            IpAddr::V6(_) => (0, 128),
        };
        (prefix <= max).then(|| Self::first_bits(bits_of(address), skipped + prefix))
    }

    fn first_bits(bits: u128, length: u8) -> Self {
        let bits = bits & mask(length);
        Self { bits, length }
    }

    /// Whether an address is one of the network's.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.has(bits_of(address))
    }

    fn has(&self, bits: u128) -> bool {
        bits & mask(self.length) == self.bits
    }

    /// Whether every address of the other network is one of this one's.
    pub fn covers(&self, other: &Self) -> bool {
        self.length <= other.length && self.has(other.bits)
    }

    /// The smallest network that covers both.
    fn common(&self, other: &Self) -> Self {
        let same = (self.bits ^ other.bits).leading_zeros();
        let same = u8::try_from(same).unwrap_or(128);
        Self::first_bits(self.bits, same.min(self.length).min(other.length))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Ipv6Addr::from_bits(self.bits);
        match (address.to_ipv4_mapped(), self.length) {
            (Some(address), MAPPED_BITS..) => write!(f, "{address}/{}", self.length - MAPPED_BITS),
            _ => write!(f, "{address}/{}", self.length),
        }
    }
}

/// A prefix length in decimal digits, without sign or leading zero.
fn prefix_length(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Of the internet, as far as its number says.
    Public,
    /// RFC 1918 and unique local addresses, and the site-local ones before them.
    Private,
    /// Between a carrier and its customers, 100.64.0.0/10.
    CarrierGrade,
    LinkLocal,
    Loopback,
    /// For documentation and measurements; made-up and anonymised exports hold them in place of public
    /// ones.
    Example,
    /// No sender can have it: multicast, unspecified or kept for later.
    Reserved,
}

impl Scope {
    /// What an address is for.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    /// Whether the address says nothing of a place: no host on the internet can have it. An address
    /// for examples stands for a public one, so it is not.
    pub fn is_private(self) -> bool {
        !matches!(self, Self::Public | Self::Example)
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Self::Private,
            [100, 64..=127, ..] => Self::CarrierGrade,
            [169, 254, ..] => Self::LinkLocal,
            [127, ..] => Self::Loopback,
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => {
                Self::Example
            }
            // Two of 192.0.0.0/24 are anycast addresses of the internet.
            [192, 0, 0, 9 | 10] => Self::Public,
            [0, ..] | [192, 0, 0, _] | [224..=255, ..] => Self::Reserved,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            // fc00::/7, fec0::/10, and 64:ff9b:1::/48 for local translation.
            [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Self::Private,
            [0x2001, 0xdb8, ..] | [0x2001, 2, 0, ..] | [0x3fff, 0..=0xfff, ..] => Self::Example,
            // What carries an IPv4 address is for what that one is for.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Self::of_v4(v4_of(high, low)),
            [0x2002, high, low, ..] => Self::of_v4(v4_of(high, low)),
            // All that is given out is in 2000::/3.
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Reserved,
        }
    }
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

/// A value per network; an address has the value of the smallest network that holds it.
///
/// A binary tree in which every node is a network below its parent's; nodes with one child and no
/// value are left out, so `n` networks make at most `2 n` nodes.
#[derive(Debug, Clone)]
pub struct NetworkTree<T> {
    /// The first is the root; it is nobody's child.
    nodes: Vec<Node<T>>,
    len: usize,
}

#[derive(Debug, Clone)]
struct Node<T> {
    network: Network,
    value: Option<T>,
    /// By the first bit behind the network's.
    children: [Option<NonZeroU32>; 2],
}

impl<T> Node<T> {
    fn new(network: Network, value: Option<T>) -> Self {
        let children = [None, None];
        Self {
            network,
            value,
            children,
        }
    }

    /// Which child holds these bits; the network must not be a single address.
    fn side(&self, bits: u128) -> usize {
        usize::from(bits >> (127 - self.network.length) & 1 == 1)
    }

    fn child(&self, bits: u128) -> Option<usize> {
        if self.network.length == 128 {
            return None;
        }
        let child = self.children.get(self.side(bits)).copied().flatten()?;
        usize::try_from(child.get()).ok()
    }
}

impl<T> Default for NetworkTree<T> {
    fn default() -> Self {
        let nodes = vec![Node::new(Network::ALL, None)];
        Self { nodes, len: 0 }
    }
}

impl<T> NetworkTree<T> {
    /// How many networks have a value.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Gives a network a value; the one that it had comes back.
    pub fn insert(&mut self, network: Network, value: T) -> Option<T> {
        let mut at = 0;
        while self.nodes[at].network != network {
            let child = self.nodes[at].child(network.bits);
            at = match child {
                Some(child) if self.nodes[child].network.covers(&network) => child,
                Some(child) => self.split(at, child, network),
                None => self.grow(at, network),
            };
        }
        let before = self.nodes[at].value.replace(value);
        self.len += usize::from(before.is_none());
        before
    }

    /// Puts a node between a node and its child: the smallest network that covers child and network.
    fn split(&mut self, parent: usize, child: usize, network: Network) -> usize {
        let below = self.nodes[child].network;
        let between = self.grow(parent, below.common(&network));
        self.link(between, below, child);
        between
    }

    /// A new node below `parent`.
    fn grow(&mut self, parent: usize, network: Network) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node::new(network, None));
        self.link(parent, network, at);
        at
    }

    fn link(&mut self, parent: usize, network: Network, child: usize) {
        let parent = &mut self.nodes[parent];
        let side = parent.side(network.bits);
        parent.children[side] = u32::try_from(child).ok().and_then(NonZeroU32::new);
    }

    /// The smallest network that holds an address, and its value.
    pub fn get(&self, address: IpAddr) -> Option<(&Network, &T)> {
        let bits = bits_of(address);
        let mut found = None;
        let mut next = Some(0);
        while let Some(node) = next.and_then(|at| self.nodes.get(at)) {
            if !node.network.has(bits) {
                break;
            }
            found = node.value.as_ref().map(|v| (&node.network, v)).or(found);
            next = node.child(bits);
        }
        found
    }

    /// Every network that has a value, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Network, &T)> {
        let nodes = self.nodes.iter();
        nodes.filter_map(|node| Some((&node.network, node.value.as_ref()?)))
    }

    /// Whether any network holds an address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.get(address).is_some()
    }
}

impl<T> FromIterator<(Network, T)> for NetworkTree<T> {
    fn from_iter<I: IntoIterator<Item = (Network, T)>>(networks: I) -> Self {
        let mut tree = Self::default();
        for (network, value) in networks {
            tree.insert(network, value);
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> IpAddr {
        parse_address(text).expect(text)
    }

    fn network(text: &str) -> Network {
        Network::parse(text).expect(text)
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!(parse_address(" 192.0.2.1 "), Some(address("192.0.2.1")));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_eq!(address("::FFFF:C000:0201"), address("192.0.2.1"));
        for no in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "01.2.3.4",
            "1.2.3.4:443",
            "[::1]",
            "fe80::1%eth0",
            "1.2.3.4/8",
            ":::",
            "localhost",
            "１.2.3.4",
        ] {
            assert_eq!(parse_address(no), None, "{no}");
        }
    }

    #[test]
    fn networks_are_read_and_written() {
        for same in [
            "10.0.0.0/8",
            "0.0.0.0/0",
            "192.0.2.7/32",
            "2001:db8::/32",
            "::/0",
            "::1/128",
        ] {
            assert_eq!(network(same).to_string(), same);
        }
        assert_eq!(network("192.0.2.7").to_string(), "192.0.2.7/32");
        assert_eq!(network(" 2001:db8::1 ").to_string(), "2001:db8::1/128");
        assert_eq!(network("::ffff:10.0.0.0/104"), network("10.0.0.0/8"));
    }

    #[test]
    fn a_wrong_network_says_what_is_wrong() {
        let said = |text: &str| Network::parse(text).expect_err(text).to_string();
        assert_eq!(said("office"), "'office' is not an IPv4 or IPv6 address");
        assert_eq!(said("/8"), "'/8' is not an IPv4 or IPv6 address");
        assert_eq!(
            said("10.0.0.0/33"),
            "'/33' is not a prefix length, which is a number from 0 to 32"
        );
        for prefix in ["", "-1", "+8", "08", "8/8", "129", "255.0.0.0", "99999"] {
            let text = format!("2001:db8::/{prefix}");
            let wanted =
                format!("'/{prefix}' is not a prefix length, which is a number from 0 to 128");
            assert_eq!(said(&text), wanted);
        }
        assert_eq!(
            said("10.1.2.3/8"),
            "'10.1.2.3/8' has bits behind its prefix; the network is 10.0.0.0/8"
        );
    }

    #[test]
    fn a_network_holds_its_addresses() {
        let ten = network("10.0.0.0/8");
        for inside in ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"] {
            assert!(ten.contains(address(inside)), "{inside}");
        }
        for outside in ["9.255.255.255", "11.0.0.0", "::10.1.2.3", "a00::"] {
            assert!(!ten.contains(address(outside)), "{outside}");
        }
        assert!(network("::/0").contains(address("10.1.2.3")));
        assert!(!network("0.0.0.0/0").contains(address("2001:db8::1")));
        assert!(network("10.0.0.0/8").covers(&network("10.2.0.0/16")));
        assert!(!network("10.2.0.0/16").covers(&network("10.0.0.0/8")));
    }

    #[test]
    fn the_network_around_an_address() {
        let around = |text, prefix| Network::around(address(text), prefix).map(|n| n.to_string());
        assert_eq!(
            around("203.0.113.77", 24).as_deref(),
            Some("203.0.113.0/24")
        );
        assert_eq!(around("203.0.113.77", 0).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(around("203.0.113.77", 33), None);
        assert_eq!(
            around("2001:db8:1:2::3", 48).as_deref(),
            Some("2001:db8:1::/48")
        );
        assert_eq!(around("2001:db8::1", 129), None);
    }

    #[test]
    fn what_addresses_are_for() {
        use Scope::*;
        let blocks: [(Scope, &[&str]); 7] = [
            (
                Private,
                &[
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "fc00::/7",
                    "fec0::/10",
                    "64:ff9b:1::/48",
                ],
            ),
            (CarrierGrade, &["100.64.0.0/10"]),
            (LinkLocal, &["169.254.0.0/16", "fe80::/10"]),
            (
                Loopback,
                &["127.0.0.0/8", "::1/128", "::ffff:127.0.0.0/104"],
            ),
            (
                Example,
                &[
                    "192.0.2.0/24",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "2001:db8::/32",
                    "3fff::/20",
                    "198.18.0.0/15",
                    "2001:2::/48",
                ],
            ),
            (
                Reserved,
                &[
                    "0.0.0.0/8",
                    "192.0.0.0/29",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    "ff00::/8",
                    "::/128",
                    "100::/64",
                ],
            ),
            (
                Public,
                &[
                    "192.0.0.9/32",
                    "1.1.1.1/32",
                    "2606:4700::/32",
                    "64:ff9b::808:808/128",
                    "2002:808:808::/48",
                ],
            ),
        ];
        for (scope, networks) in blocks {
            for text in networks {
                let network = network(text);
                let last = network.bits | !mask(network.length);
                for bits in [network.bits, last] {
                    let address = IpAddr::V6(Ipv6Addr::from_bits(bits)).to_canonical();
                    assert_eq!(Scope::of(address), scope, "{address} of {text}");
                }
            }
        }
        for public in [
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "169.253.255.255",
            "126.255.255.255",
            "128.0.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "192.0.1.0",
            "2001:4860::8888",
        ] {
            assert_eq!(Scope::of(address(public)), Public, "{public}");
        }
        assert_eq!(Scope::of(address("64:ff9b::a00:1")), Private);
        assert_eq!(Scope::of(address("2002:7f00:1::")), Loopback);
    }

    /// Addresses that share many first bits, so that networks nest.
    fn near() -> impl Strategy<Value = IpAddr> {
        let v4 =
            (0_u32..4, any::<u32>()).prop_map(|(near, low)| 0x0a00_0000 | near << 22 | low >> 10);
        let v4 = prop_oneof![v4, any::<u32>()].prop_map(|bits| IpAddr::V4(bits.into()));
        let v6 =
            (any::<u8>(), 0_u32..128).prop_map(|(low, turn)| u128::from(low).rotate_left(turn));
        let v6 = prop_oneof![v6, any::<u128>()].prop_map(|bits| IpAddr::V6(bits.into()));
        prop_oneof![v4, v6]
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_a_scan_finds(
            rows in prop::collection::vec((near(), 0_u8..=128), 0..60),
            others in prop::collection::vec(near(), 0..40),
        ) {
            let mut scanned: Vec<(Network, usize)> = Vec::new();
            let mut tree = NetworkTree::default();
            for (i, (address, length)) in rows.iter().enumerate() {
                let network = Network::first_bits(bits_of(*address), *length);
                let before = scanned.iter().position(|row| row.0 == network);
                let before = before.map(|at| scanned.remove(at).1);
                prop_assert_eq!(tree.insert(network, i), before);
                scanned.push((network, i));
            }
            prop_assert_eq!(tree.len(), scanned.len());
            prop_assert!(tree.nodes.len() <= 2 * scanned.len() + 1);
            let asked = rows.iter().map(|row| row.0).chain(others);
            for address in asked {
                let held = scanned.iter().filter(|row| row.0.contains(address));
                let found = held.max_by_key(|row| row.0.length).map(|row| (&row.0, &row.1));
                prop_assert_eq!(tree.get(address), found, "{}", address);
            }
        }

        #[test]
        fn a_written_network_is_read_back(address in near(), length in 0_u8..=128) {
            let network = Network::first_bits(bits_of(address), length);
            prop_assert_eq!(Network::parse(&network.to_string()), Ok(network));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[0-9a-f:./% ]{0,40}|.*") {
            let read = Network::parse(&text).is_ok();
            prop_assert!(!read || text.contains(['.', ':']));
        }
    }
}
