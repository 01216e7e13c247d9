//! What an organisation knows of itself, and how much each signal counts.
//!
//! The defaults and their reasons stand in `data/location_risk.csv` and `data/networks.csv`.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use super::place::Country;
use super::score::{Level, Reason};
use crate::signin::embedded;
use crate::signin::networks::NetworkTree;
use crate::signin::zone::Zone;

const RISK_COLUMNS: &[&str] = &["kind", "name", "value", "reason"];
const NETWORK_COLUMNS: &[&str] = &["asn", "kind", "name", "reason"];

/// How people come by one of the organisation's networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkUse {
    /// They sit there: an office.
    Trusted,
    /// Their traffic leaves there, wherever they sit: a VPN or a proxy.
    Egress,
}

impl NetworkUse {
    pub const ALL: [NetworkUse; 2] = [NetworkUse::Trusted, NetworkUse::Egress];

    /// The word in settings.
    pub fn name(self) -> &'static str {
        match self {
            NetworkUse::Trusted => "trusted",
            NetworkUse::Egress => "egress",
        }
    }
}

/// One of the organisation's networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNetwork {
    pub name: String,
    pub used_as: NetworkUse,
}

/// What a whole provider network (ASN) is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsnKind {
    Anonymiser,
    Hosting,
    /// A mobile network, whose addresses are often placed in the wrong city.
    Carrier,
}

impl AsnKind {
    pub const ALL: [AsnKind; 3] = [AsnKind::Anonymiser, AsnKind::Hosting, AsnKind::Carrier];

    /// The word in settings and in `data/networks.csv`.
    pub fn name(self) -> &'static str {
        match self {
            AsnKind::Anonymiser => "anonymiser",
            AsnKind::Hosting => "hosting",
            AsnKind::Carrier => "carrier",
        }
    }
}

/// Everything about the rule that an organisation can change.
#[derive(Debug, Clone)]
pub struct Settings {
    pub networks: NetworkTree<NamedNetwork>,
    pub trusted_countries: HashSet<Country>,
    pub risky_countries: HashSet<Country>,
    pub egress_countries: HashSet<Country>,
    pub asns: HashMap<u32, AsnKind>,
    /// Points of each signal; a signal that is not in it counts nothing.
    pub signals: HashMap<Reason, i32>,
    /// Least points of each level.
    pub low: u8,
    pub medium: u8,
    pub high: u8,
    /// UTC days before a sign-in's own that are looked at.
    pub baseline_days: i32,
    /// Days since the first sign-in of the user's baseline, and sign-ins in it, before something
    /// can be new.
    pub user_days: i32,
    pub user_signins: u32,
    /// Days since the first day of the tenant's baseline before a country can be new.
    pub tenant_days: i32,
    /// Travel is impossible from this distance on, in km, and above this speed, in km/h.
    pub travel_km: f64,
    pub travel_kmh: f64,
    /// An egress is shared from this many users on, and this share of the active users.
    pub shared_users: u32,
    pub shared_percent: f64,
    /// Of hours; `None`: UTC.
    pub zone: Option<Zone>,
}

static DEFAULT: LazyLock<Settings> = LazyLock::new(read_defaults);

impl Default for Settings {
    fn default() -> Settings {
        DEFAULT.clone()
    }
}

impl Settings {
    pub(super) fn points(&self, reason: Reason) -> i32 {
        self.signals.get(&reason).copied().unwrap_or(0)
    }

    pub(super) fn level(&self, points: u8) -> Level {
        match points {
            points if points >= self.high => Level::High,
            points if points >= self.medium => Level::Medium,
            points if points >= self.low => Level::Low,
            _ => Level::None,
        }
    }

    /// How the smallest of the organisation's networks that holds the address is used.
    pub(super) fn network_of(&self, ip: IpAddr) -> Option<NetworkUse> {
        let (_, named) = self.networks.get(ip)?;
        Some(named.used_as)
    }
}

fn read_defaults() -> Settings {
    let text = include_str!("../../../data/location_risk.csv");
    let rows = embedded::read("location_risk.csv", text, RISK_COLUMNS).unwrap_or_default();
    let values: HashMap<(&str, &str), i32> = rows.iter().filter_map(|row| value(row)).collect();
    let get = |kind, name| values.get(&(kind, name)).copied().unwrap_or(0);
    let level = |name| u8::try_from(get("level", name)).unwrap_or(u8::MAX);
    let count = |name| u32::try_from(get("limit", name)).unwrap_or(0);
    let points = |reason: &Reason| (*reason, get("signal", reason.name()));
    Settings {
        networks: NetworkTree::default(),
        trusted_countries: HashSet::new(),
        risky_countries: HashSet::new(),
        egress_countries: HashSet::new(),
        asns: read_asns(),
        signals: Reason::ALL.iter().map(points).collect(),
        low: level("low"),
        medium: level("medium"),
        high: level("high"),
        baseline_days: get("limit", "baseline_days"),
        user_days: get("limit", "user_days"),
        user_signins: count("user_signins"),
        tenant_days: get("limit", "tenant_days"),
        travel_km: get("limit", "travel_km").into(),
        travel_kmh: get("limit", "travel_kmh").into(),
        shared_users: count("shared_users"),
        shared_percent: get("limit", "shared_percent").into(),
        zone: None,
    }
}

fn value(row: &[String]) -> Option<((&str, &str), i32)> {
    let [kind, name, value, _] = row else {
        return None;
    };
    Some(((kind, name), value.parse().ok()?))
}

fn read_asns() -> HashMap<u32, AsnKind> {
    let text = include_str!("../../../data/networks.csv");
    let rows = embedded::read("networks.csv", text, NETWORK_COLUMNS).unwrap_or_default();
    let entry = |row: &Vec<String>| {
        let word = row.get(1)?;
        let kind = AsnKind::ALL.into_iter().find(|kind| kind.name() == word)?;
        Some((row.first()?.parse().ok()?, kind))
    };
    rows.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_whole() {
        let risk = include_str!("../../../data/location_risk.csv");
        let rows = embedded::read("location_risk.csv", risk, RISK_COLUMNS).expect("a table");
        let names = |kind: &str| -> Vec<&str> {
            let of_kind = rows.iter().filter(|row| row[0] == kind);
            of_kind.map(|row| row[1].as_str()).collect()
        };
        let signals: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        let (limited, rest) = signals.split_last().expect("reasons");
        assert_eq!((*limited, rest), ("limited_to_range", &names("signal")[..]));
        assert_eq!(names("level"), ["low", "medium", "high"]);
        assert_eq!(names("limit").len(), 8);
        assert!(
            rows.iter()
                .all(|row| value(row).is_some() && row[3].len() > 10)
        );

        let networks = include_str!("../../../data/networks.csv");
        let rows = embedded::read("networks.csv", networks, NETWORK_COLUMNS).expect("a table");
        assert_eq!(read_asns().len(), rows.len());
        assert!(
            rows.iter()
                .all(|row| !row[2].is_empty() && !row[3].is_empty())
        );
    }

    #[test]
    fn defaults_are_those_of_the_documents() {
        let s = Settings::default();
        assert_eq!((s.baseline_days, s.user_days, s.user_signins), (30, 7, 10));
        assert_eq!(
            (s.tenant_days, s.travel_km, s.travel_kmh),
            (14, 500.0, 900.0)
        );
        assert_eq!((s.shared_users, s.shared_percent), (5, 2.0));
        assert_eq!((s.low, s.medium, s.high), (15, 35, 50));
    }

    /// Only impossible travel and Entra's high level are more than low alone.
    #[test]
    fn one_weak_signal_alone_is_never_more_than_low() {
        let s = Settings::default();
        let strong = [Reason::ImpossibleTravel, Reason::EntraRiskHigh];
        for reason in Reason::ALL {
            let points = s.points(*reason).max(0).try_into().expect("small");
            let is_more = s.level(points) > Level::Low;
            assert_eq!(is_more, strong.contains(reason), "{}", reason.name());
        }
    }
}
