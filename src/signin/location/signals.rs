//! The signals that one row carries, without a look at any other sign-in.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::place::{Country, is_private, line_of};
use super::score::{Reason, Score};
use super::settings::{AsnKind, Settings};
use crate::signin::distance;
use crate::signin::fold::{is_blank_id, is_joined};
use crate::signin::networks::{Network, parse_address};

/// Entra's risk detections that say that the address hides the place.
const ANONYMISING_EVENTS: &[&str] = &["anonymizedIPAddress", "riskyIPAddress", "nationStateIP"];

/// What every row can state of its place and device; `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowFacts<'a> {
    pub country: Option<&'a str>,
    pub ip: Option<&'a str>,
    /// Degrees. They give no points to a row alone: only a second place makes them speak.
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub is_managed: Option<bool>,
    pub is_compliant: Option<bool>,
    /// Entra's level: `low`, `medium` or `high`; other words say nothing.
    pub risk_level: Option<&'a str>,
}

/// What a sign-in states; `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SignInFacts<'a> {
    /// Microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    pub signin_id: &'a str,
    /// `interactiveUser`, `adfs`, `unknown` or another word of the records.
    pub event_type: &'a str,
    pub row: RowFacts<'a>,
    pub asn: Option<i64>,
    /// Entra's risk detections, old and new names.
    pub risk_events: &'a [&'a str],
    /// Whether Entra saw a named location that is marked as trusted.
    pub trusted_location: bool,
    pub succeeded: bool,
    pub password_correct: Option<bool>,
    /// Whether a method that resists phishing was passed in this sign-in.
    pub phishing_resistant_passed: bool,
    /// Id of a registered device; without one, devices that look alike are one.
    pub device_id: Option<&'a str>,
    pub operating_system: Option<&'a str>,
    pub browser: Option<&'a str>,
}

impl<'a> SignInFacts<'a> {
    /// What a user's sign-ins are put in order by, before a history may see them.
    pub fn order(&self) -> (i64, &'a str) {
        (self.time_us, self.signin_id)
    }

    /// Whether a person sat there. Other sign-ins carry the address at which the token was first
    /// issued, which says nothing of where the user is now.
    pub(super) fn is_interactive(&self) -> bool {
        is_joined(self.event_type)
    }

    /// What the device can be known by again: its id, and what system and browser it runs.
    pub(super) fn devices(&self) -> [Option<u64>; 2] {
        let id = self.device_id.filter(|id| !is_blank_id(id));
        let words = [self.operating_system, self.browser].map(|text| family(text.unwrap_or("")));
        let family = (words != ["", ""]).then(|| hash_of(&["family", words[0], words[1]]));
        [id.map(|id| hash_of(&["id", id, ""])), family]
    }

    /// Whether the right password came, or all that was asked for.
    pub(super) fn knew_password(&self) -> bool {
        self.succeeded || self.password_correct == Some(true)
    }
}

/// Where a sign-in came from, as far as its row is evidence.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub ip: Option<IpAddr>,
    pub country: Option<Country>,
    pub point: Option<distance::Place>,
    pub asn: Option<u32>,
    pub network: Option<Network>,
}

impl Place {
    /// The place of a row; of a private address only the address itself is known.
    pub(super) fn of(row: &RowFacts, asn: Option<i64>) -> Place {
        let ip = row.ip.and_then(parse_address);
        if ip.is_some_and(is_private) {
            return Place {
                ip,
                ..Place::default()
            };
        }
        let asn = asn.and_then(|asn| u32::try_from(asn).ok());
        Place {
            ip,
            country: row.country.and_then(Country::of),
            point: row
                .latitude
                .zip(row.longitude)
                .and_then(|(latitude, longitude)| distance::Place::new(latitude, longitude)),
            asn: asn.filter(|asn| *asn != 0),
            network: ip.and_then(line_of),
        }
    }
}

/// The score of a row that is looked at alone.
pub fn stateless(row: &RowFacts, settings: &Settings) -> Score {
    let place = Place::of(row, None);
    Score::of(row_reasons(row, &place, settings), settings)
}

/// The reasons that need no more than the columns of [`RowFacts`].
fn row_reasons(row: &RowFacts, place: &Place, settings: &Settings) -> Vec<Reason> {
    let own = place.ip.and_then(|ip| settings.network_of(ip));
    let listed =
        |list: &HashSet<Country>| place.country.is_some_and(|country| list.contains(&country));
    let given = [
        (Reason::OwnNetwork, own.is_some()),
        (Reason::RiskyCountry, listed(&settings.risky_countries)),
        (Reason::EgressCountry, listed(&settings.egress_countries)),
        (Reason::TrustedCountry, listed(&settings.trusted_countries)),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let reasons = given.map(|(reason, _)| reason);
    let reasons = reasons.chain(device_reason(row));
    reasons
        .chain(row.risk_level.and_then(entra_reason))
        .collect()
}

fn device_reason(row: &RowFacts) -> Option<Reason> {
    match (row.is_managed, row.is_compliant) {
        (Some(false), _) => Some(Reason::UnmanagedDevice),
        (_, Some(false)) => Some(Reason::NoncompliantDevice),
        (Some(true), Some(true)) => Some(Reason::CompliantDevice),
        _ => None,
    }
}

/// The reason that Entra's level is; other words are none.
pub(super) fn entra_reason(level: &str) -> Option<Reason> {
    if level == "none" {
        return None;
    }
    let words = [
        ("low", Reason::EntraRiskLow),
        ("medium", Reason::EntraRiskMedium),
        ("high", Reason::EntraRiskHigh),
    ];
    let found = words
        .into_iter()
        .find(|(word, _)| level.eq_ignore_ascii_case(word))?;
    Some(found.1)
}

/// The reasons of a sign-in that no other sign-in is needed for.
pub(super) fn own_reasons(facts: &SignInFacts, place: &Place, settings: &Settings) -> Vec<Reason> {
    let kind = place.asn.and_then(|asn| settings.asns.get(&asn));
    let stopped = facts.password_correct == Some(true) && !facts.succeeded;
    let anonymising = |event: &&str| {
        let mut known = ANONYMISING_EVENTS.iter();
        known.any(|word| word.eq_ignore_ascii_case(event))
    };
    let hides = facts.risk_events.iter().any(anonymising) || kind == Some(&AsnKind::Anonymiser);
    let given = [
        (Reason::Anonymiser, hides),
        (Reason::Hosting, kind == Some(&AsnKind::Hosting)),
        (Reason::PasswordThenStopped, stopped),
        (Reason::TrustedLocation, facts.trusted_location),
        (Reason::PhishingResistant, facts.phishing_resistant_passed),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let mut reasons = row_reasons(&facts.row, place, settings);
    reasons.extend(given.map(|(reason, _)| reason));
    reasons
}

/// The name of a system or browser without its version.
fn family(text: &str) -> &str {
    let end = text
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].trim()
}

fn hash_of(words: &[&str; 3]) -> u64 {
    FixedState::default().hash_one(words)
}
