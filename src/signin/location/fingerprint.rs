//! The settings as a list, and a number that tells settings that can score differently apart.
//!
//! What cannot change a score is in neither: the names of networks, and signals that count nothing.

use super::score::Reason;
use super::settings::Settings;

/// Number of the rule itself, which changes whenever the same settings can score differently.
const RULE_VERSION: u32 = 1;

impl Settings {
    /// Everything that can change a score, as kind, name and value; the same order for the same
    /// settings. One row is the rule's own version.
    pub fn rows(&self) -> Vec<[String; 3]> {
        let countries = [
            (&self.trusted_countries, "trusted"),
            (&self.risky_countries, "risky"),
            (&self.egress_countries, "egress"),
        ];
        let countries = countries.into_iter().flat_map(|(list, word)| {
            let row = move |country: &super::Country| {
                ["country", &country.to_string(), word].map(str::to_owned)
            };
            list.iter().map(row)
        });
        let networks = self.networks.iter().map(|(network, named)| {
            ["network", &network.to_string(), named.used_as.name()].map(str::to_owned)
        });
        let asns = self.asns.iter();
        let asns =
            asns.map(|(asn, kind)| ["asn", &asn.to_string(), kind.name()].map(str::to_owned));
        let signals = self.signals.iter();
        let signals =
            signals.filter(|(reason, points)| **points != 0 && **reason != Reason::Limited);
        let signals = signals.map(|(reason, points)| {
            ["signal", reason.name(), &points.to_string()].map(str::to_owned)
        });
        let zone = self.zone.iter();
        let zone = zone.map(|zone| ["hours", "timezone", zone.name()].map(str::to_owned));
        let mut rows: Vec<_> = countries
            .chain(networks)
            .chain(asns)
            .chain(signals)
            .chain(zone)
            .collect();
        rows.extend(self.numbers());
        rows.push(["rule", "version", &RULE_VERSION.to_string()].map(str::to_owned));
        rows.sort();
        rows
    }

    fn numbers(&self) -> impl Iterator<Item = [String; 3]> {
        let levels = [
            ("low", self.low),
            ("medium", self.medium),
            ("high", self.high),
        ];
        let levels = levels.map(|(name, points)| ["level".into(), name.into(), points.to_string()]);
        let limits: [(&str, f64); 8] = [
            ("baseline_days", self.baseline_days.into()),
            ("user_days", self.user_days.into()),
            ("user_signins", self.user_signins.into()),
            ("tenant_days", self.tenant_days.into()),
            ("travel_km", self.travel_km),
            ("travel_kmh", self.travel_kmh),
            ("shared_users", self.shared_users.into()),
            ("shared_percent", self.shared_percent),
        ];
        let limits = limits.map(|(name, value)| ["limit".into(), name.into(), value.to_string()]);
        levels.into_iter().chain(limits)
    }

    /// The same on every machine and in every version for settings that score alike; another where a
    /// score can differ.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        for row in self.rows() {
            hasher.update(row.join("\t").as_bytes());
            hasher.update(b"\n");
        }
        let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AsnKind, Country, NamedNetwork, NetworkUse};
    use super::*;
    use crate::signin::networks::{Network, NetworkTree};
    use crate::signin::zone::Zone;

    fn named(used_as: NetworkUse) -> NamedNetwork {
        let name = used_as.name().to_owned();
        NamedNetwork { name, used_as }
    }

    fn network(text: &str) -> Network {
        Network::parse(text).expect("a network")
    }

    fn one_network(text: &str, used_as: NetworkUse) -> NetworkTree<NamedNetwork> {
        [(network(text), named(used_as))].into_iter().collect()
    }

    fn country(text: &str) -> Country {
        Country::of(text).expect("a country")
    }

    fn empty() -> Settings {
        let mut settings = Settings::default();
        settings.asns.clear();
        settings.signals.clear();
        settings
    }

    /// The number is stored in lakes: if this fails, the way of counting has changed, and every lake
    /// would be scored anew.
    #[test]
    fn the_number_of_known_settings_stays() {
        let mut settings = empty();
        settings.signals.insert(Reason::ImpossibleTravel, 40);
        settings.asns.insert(64500, AsnKind::Hosting);
        settings.trusted_countries.insert(country("CH"));
        let rows = settings.rows();
        let rows: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
        assert_eq!(
            rows,
            [
                "asn 64500 hosting",
                "country CH trusted",
                "level high 50",
                "level low 15",
                "level medium 35",
                "limit baseline_days 30",
                "limit shared_percent 2",
                "limit shared_users 5",
                "limit tenant_days 14",
                "limit travel_km 500",
                "limit travel_kmh 900",
                "limit user_days 7",
                "limit user_signins 10",
                "rule version 1",
                "signal impossible_travel 40",
            ]
        );
        assert_eq!(settings.fingerprint(), KNOWN);
    }

    const KNOWN: u64 = 18_005_312_499_459_353_202;

    #[test]
    fn order_names_and_what_counts_nothing_make_no_difference() {
        let (mut one, mut other) = (Settings::default(), Settings::default());
        let networks = ["192.0.2.0/24", "192.0.2.128/25", "2001:db8::/32"];
        let countries = ["CH", "DE", "FR", "AT"];
        for text in networks {
            one.networks
                .insert(network(text), named(NetworkUse::Egress));
        }
        for text in networks.into_iter().rev() {
            let renamed = NamedNetwork {
                name: text.into(),
                used_as: NetworkUse::Egress,
            };
            other.networks.insert(network(text), renamed);
        }
        one.risky_countries.extend(countries.map(country));
        other
            .risky_countries
            .extend(countries.into_iter().rev().map(country));
        one.signals.insert(Reason::Hosting, 0);
        other.signals.remove(&Reason::Hosting);
        one.signals.insert(Reason::Limited, 3);
        assert_eq!(one.fingerprint(), other.fingerprint());
        assert_ne!(one.fingerprint(), Settings::default().fingerprint());
    }

    #[test]
    fn everything_that_changes_a_score_changes_the_number() {
        let changes: [fn(&mut Settings); 24] = [
            |_| {},
            |s| s.networks = one_network("192.0.2.0/24", NetworkUse::Trusted),
            |s| s.networks = one_network("192.0.2.0/24", NetworkUse::Egress),
            |s| s.networks = one_network("192.0.2.0/25", NetworkUse::Egress),
            |s| s.trusted_countries.extend([country("CH")]),
            |s| s.risky_countries.extend([country("CH")]),
            |s| s.egress_countries.extend([country("CH")]),
            |s| s.egress_countries.extend([country("DE")]),
            |s| s.asns.extend([(64500, AsnKind::Hosting)]),
            |s| s.asns.extend([(64500, AsnKind::Carrier)]),
            |s| s.asns.retain(|asn, _| *asn != 16509),
            |s| s.low += 1,
            |s| s.medium += 1,
            |s| s.high += 1,
            |s| s.baseline_days += 1,
            |s| s.user_days += 1,
            |s| s.user_signins += 1,
            |s| s.tenant_days += 1,
            |s| s.travel_km += 0.5,
            |s| s.travel_kmh += 0.5,
            |s| s.shared_users += 1,
            |s| s.shared_percent += 0.1,
            |s| s.zone = Zone::parse("Europe/Berlin").ok(),
            |s| s.zone = Zone::parse("UTC").ok(),
        ];
        let number = |change: &dyn Fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.fingerprint()
        };
        let mut numbers: Vec<u64> = changes.iter().map(|change| number(change)).collect();
        let signals = Reason::ALL
            .iter()
            .filter(|reason| **reason != Reason::Limited);
        numbers.extend(
            signals.map(|reason| {
                number(&|settings| *settings.signals.entry(*reason).or_default() += 1)
            }),
        );
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all);
    }
}
