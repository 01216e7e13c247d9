//! The part `[location]` of the settings, as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// What an organisation says of its places, and how much each signal of a place counts; what is
/// left out stays as it is built in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Location {
    /// Two letters each, as of ISO 3166-1.
    pub trusted_countries: Vec<Spanned<String>>,
    pub risky_countries: Vec<Spanned<String>>,
    pub egress_countries: Vec<Spanned<String>>,
    pub baseline_days: Option<Spanned<i64>>,
    pub user_days: Option<Spanned<i64>>,
    pub user_signins: Option<Spanned<i64>>,
    pub tenant_days: Option<Spanned<i64>>,
    pub travel_km: Option<Spanned<f64>>,
    pub travel_kmh: Option<Spanned<f64>>,
    pub shared_users: Option<Spanned<i64>>,
    pub shared_percent: Option<Spanned<f64>>,
    /// Least points by the name of the level.
    pub levels: BTreeMap<Spanned<String>, Spanned<i64>>,
    /// Points by the name of the signal.
    pub signals: BTreeMap<Spanned<String>, Spanned<i64>>,
    pub networks: Vec<NetworkRow>,
    pub asns: Vec<AsnRow>,
}

/// Networks of the organisation that go by one name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkRow {
    pub name: String,
    /// `trusted` or `egress`.
    #[serde(rename = "use")]
    pub used_as: Spanned<String>,
    pub cidrs: Vec<Spanned<String>>,
}

/// What a provider's network is known for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsnRow {
    pub asn: Spanned<i64>,
    /// `anonymiser`, `hosting`, `carrier`, or `none`.
    pub kind: Spanned<String>,
}
