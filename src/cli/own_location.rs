//! Turns `[location]` of the settings into the settings of the location rule.
//!
//! In: what was read from `authlake.toml`. Out: the built-in settings with the organisation's own
//! over them. Errors: the first value that cannot be used, with its line.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use authlake::Result;
use authlake::config::{Location, NetworkRow, Settings, Spanned};
use authlake::engine::nearest;
use authlake::signin::countries;
use authlake::signin::location::{self, AsnKind, Country, NamedNetwork, NetworkUse, Reason};
use authlake::signin::networks::Network;

use super::options::{one_of, own_zone};

const POINTS: RangeInclusive<i64> = -100..=100;
const LEVEL_POINTS: RangeInclusive<i64> = 1..=100;
/// A year: what lies farther back is no habit, and each ingest would have to look at it.
const DAYS: RangeInclusive<i64> = 1..=366;
const COUNT: RangeInclusive<i64> = 1..=1_000_000;
/// Half way round the world.
const KM: RangeInclusive<f64> = 0.0..=20_038.0;
const KMH: RangeInclusive<f64> = 1.0..=100_000.0;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
const ASNS: RangeInclusive<i64> = 1..=u32::MAX as i64;
/// `None` takes a built-in provider network off the list.
const KINDS: [Option<AsnKind>; 4] = [
    Some(AsnKind::Anonymiser),
    Some(AsnKind::Hosting),
    Some(AsnKind::Carrier),
    None,
];

/// The settings of the location rule.
pub(super) fn read(settings: &Settings) -> Result<location::Settings> {
    let own = &settings.config.location;
    let mut rule = location::Settings {
        zone: own_zone(settings)?,
        trusted_countries: countries_of(&own.trusted_countries, settings)?,
        risky_countries: countries_of(&own.risky_countries, settings)?,
        egress_countries: countries_of(&own.egress_countries, settings)?,
        ..location::Settings::default()
    };
    let doubtful = own.risky_countries.iter().find(|text| {
        Country::of(text.get_ref()).is_some_and(|country| rule.trusted_countries.contains(&country))
    });
    if let Some(text) = doubtful {
        let reason = format!("{} is also one of trusted_countries", text.get_ref());
        return Err(settings.wrong(text, &reason));
    }
    limits(own, &mut rule, settings)?;
    levels(own, &mut rule, settings)?;
    for (name, points) in &own.signals {
        let points = whole(points, POINTS, settings)?;
        rule.signals.insert(signal(name, settings)?, points);
    }
    for row in &own.networks {
        networks(row, &mut rule, settings)?;
    }
    asns(own, &mut rule, settings)?;
    Ok(rule)
}

fn countries_of(texts: &[Spanned<String>], settings: &Settings) -> Result<HashSet<Country>> {
    let read = |text: &Spanned<String>| {
        let word = text.get_ref();
        let code = Country::of(word).filter(|_| is_code(word));
        code.ok_or_else(|| {
            let rule = "give the two letters of ISO 3166-1, such as CH";
            settings.wrong(text, &format!("no country {word:?}: {rule}"))
        })
    };
    texts.iter().map(read).collect()
}

/// Whether it is the code of a country, or one that the standard leaves to its users, such as XK.
fn is_code(code: &str) -> bool {
    countries::find(code).is_some() || code.trim().starts_with(['x', 'X'])
}

/// A value that is in its range.
fn within<T: PartialOrd + std::fmt::Display + Copy>(
    value: &Spanned<T>,
    range: RangeInclusive<T>,
    settings: &Settings,
) -> Result<T> {
    let number = *value.get_ref();
    if range.contains(&number) {
        return Ok(number);
    }
    let (least, most) = (range.start(), range.end());
    let reason = format!("{number} is out of range, it may be from {least} to {most}");
    Err(settings.wrong(value, &reason))
}

fn whole<T: TryFrom<i64>>(
    value: &Spanned<i64>,
    range: RangeInclusive<i64>,
    settings: &Settings,
) -> Result<T> {
    let number = within(value, range, settings)?;
    T::try_from(number).map_err(|_| settings.wrong(value, "out of range"))
}

fn limits(own: &Location, rule: &mut location::Settings, settings: &Settings) -> Result<()> {
    let days = |value: &Spanned<i64>| whole(value, DAYS, settings);
    let count = |value: &Spanned<i64>| whole(value, COUNT, settings);
    put(&own.baseline_days, &mut rule.baseline_days, days)?;
    put(&own.user_days, &mut rule.user_days, days)?;
    put(&own.tenant_days, &mut rule.tenant_days, days)?;
    put(&own.user_signins, &mut rule.user_signins, count)?;
    put(&own.shared_users, &mut rule.shared_users, count)?;
    let real = |range: RangeInclusive<f64>| {
        move |value: &Spanned<f64>| within(value, range.clone(), settings)
    };
    put(&own.travel_km, &mut rule.travel_km, real(KM))?;
    put(&own.travel_kmh, &mut rule.travel_kmh, real(KMH))?;
    put(&own.shared_percent, &mut rule.shared_percent, real(PERCENT))?;
    let baseline = rule.baseline_days;
    let waits = [
        ("user_days", rule.user_days, &own.user_days),
        ("tenant_days", rule.tenant_days, &own.tenant_days),
    ];
    for (name, days, value) in waits {
        let told = value.as_ref().or(own.baseline_days.as_ref());
        if let Some(told) = told.filter(|_| days > baseline) {
            let why = "nothing would ever be new";
            let reason = format!("{name} {days} is more than baseline_days {baseline}: {why}");
            return Err(settings.wrong(told, &reason));
        }
    }
    Ok(())
}

/// Puts a value where it belongs, if there is one.
fn put<V, T>(
    value: &Option<Spanned<V>>,
    place: &mut T,
    read: impl Fn(&Spanned<V>) -> Result<T>,
) -> Result<()> {
    if let Some(value) = value {
        *place = read(value)?;
    }
    Ok(())
}

fn levels(own: &Location, rule: &mut location::Settings, settings: &Settings) -> Result<()> {
    for (name, points) in &own.levels {
        let points = whole(points, LEVEL_POINTS, settings)?;
        match name.get_ref().as_str() {
            "low" => rule.low = points,
            "medium" => rule.medium = points,
            "high" => rule.high = points,
            other => {
                let reason = format!("no level {other:?}: there are low, medium and high");
                return Err(settings.wrong(name, &reason));
            }
        }
    }
    let (low, medium, high) = (rule.low, rule.medium, rule.high);
    let last = own.levels.keys().max_by_key(|name| name.span().start);
    match last.filter(|_| low >= medium || medium >= high) {
        None => Ok(()),
        Some(name) => {
            let reason = format!("levels must rise, not low {low}, medium {medium}, high {high}");
            Err(settings.wrong(name, &reason))
        }
    }
}

fn signal(name: &Spanned<String>, settings: &Settings) -> Result<Reason> {
    let known = Reason::ALL.iter().copied();
    let known: Vec<Reason> = known.filter(|reason| *reason != Reason::Limited).collect();
    let wanted = name.get_ref();
    if let Some(reason) = known.iter().find(|reason| reason.name() == wanted) {
        return Ok(*reason);
    }
    let names: Vec<&str> = known.into_iter().map(Reason::name).collect();
    let hint = match nearest(wanted, names.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", names.join(", ")),
    };
    Err(settings.wrong(name, &format!("no signal {wanted:?}: {hint}")))
}

fn networks(row: &NetworkRow, rule: &mut location::Settings, settings: &Settings) -> Result<()> {
    let used_as = one_of(&row.used_as, &NetworkUse::ALL, NetworkUse::name, settings)?;
    for text in &row.cidrs {
        let network = Network::parse(text.get_ref());
        let network = network.map_err(|e| settings.wrong(text, &e.to_string()))?;
        let name = row.name.clone();
        let before = rule
            .networks
            .insert(network, NamedNetwork { name, used_as });
        if let Some(before) = before.filter(|before| before.used_as != used_as) {
            let (name, word) = (before.name, before.used_as.name());
            let reason = format!("{network} is already {word}, as one of {name:?}");
            return Err(settings.wrong(text, &reason));
        }
    }
    Ok(())
}

fn asns(own: &Location, rule: &mut location::Settings, settings: &Settings) -> Result<()> {
    let mut told: HashMap<u32, Option<AsnKind>> = HashMap::new();
    for row in &own.asns {
        let asn = whole(&row.asn, ASNS, settings)?;
        let word = |kind: Option<AsnKind>| kind.map_or("none", AsnKind::name);
        let kind = one_of(&row.kind, &KINDS, word, settings)?;
        if told.insert(asn, kind).is_some_and(|before| before != kind) {
            let reason = format!("{asn} has another kind in a row before");
            return Err(settings.wrong(&row.asn, &reason));
        }
        match kind {
            Some(kind) => rule.asns.insert(asn, kind),
            None => rule.asns.remove(&asn),
        };
    }
    Ok(())
}
