//! What the same person did before and after a sign-in, and what that says about it.
//!
//! Familiar is only what the person succeeded with a day or more earlier: an attacker who knocks all
//! month, or got in this morning, must not look at home. "Never seen" needs a history of 10 sign-ins over 7 days; before that it is
//! unknown and says nothing.

use super::clock::{DAY_US, HOUR_US};
use super::line::{LINE_COLUMNS, WITH_A_PERSON, lines};
use super::load::{Loaded, SigninRow};
use super::rows::Rows;
use super::story::{Before, Line, Place, Signal};
use crate::engine::{Engine, Param};
use crate::error::Result;
use crate::signin::schema::Signin;

const HISTORY_US: i64 = 30 * DAY_US;
const HISTORY_DAYS_MIN: i64 = 7;
const HISTORY_SIGNINS_MIN: i64 = 10;
/// Sign-ins after this one that are told.
const LATER_MAX: usize = 3;
/// Prompts of one sign-in, and failed second factors of one day, that are worth a look.
const MANY: i64 = 3;
const MANY_PASSWORDS: i64 = 5;
/// Clients that cannot show a prompt, in lower case.
const LEGACY: [&str; 8] = [
    "imap",
    "pop",
    "smtp",
    "activesync",
    "mapi",
    "other clients",
    "exchange web services",
    "autodiscover",
];

/// Whose sign-ins are meant: the condition on `signins` and its values.
fn person(signin: &SigninRow) -> Option<(String, Vec<(String, Param)>)> {
    let (column, value) = match signin.text(Signin::UserPrincipalName) {
        Some(name) => ("user_principal_name", name),
        None => ("user_id", signin.text(Signin::UserId)?),
    };
    let mut params = vec![("person".to_owned(), Param::Text(value))];
    let tenant = match signin.text(Signin::TenantId) {
        Some(tenant) => {
            params.push(("tenant".to_owned(), Param::Text(tenant)));
            "tenant_id = $tenant"
        }
        None => "tenant_id IS NULL",
    };
    let condition = format!("{column} = $person AND {tenant} AND event_type IN ({WITH_A_PERSON})");
    Some((condition, params))
}

/// The 30 days before; `None` for what is no person.
pub(super) async fn before(engine: &Engine, loaded: &Loaded) -> Result<Option<Before>> {
    let signin = &loaded.signin;
    let Some((condition, mut params)) = person(signin) else {
        return Ok(None);
    };
    let start = signin.started_at();
    let text = |column| Param::Text(signin.word(column));
    params.extend([
        ("from".to_owned(), Param::Time(start - HISTORY_US)),
        ("day".to_owned(), Param::Time(start - DAY_US)),
        ("hour".to_owned(), Param::Time(start - HOUR_US)),
        ("start".to_owned(), Param::Time(start)),
        ("ip".to_owned(), text(Signin::IpAddress)),
        (
            "asn".to_owned(),
            Param::Int(signin.int(Signin::AutonomousSystemNumber).unwrap_or(-1)),
        ),
        ("country".to_owned(), text(Signin::Country)),
        ("device".to_owned(), text(Signin::DeviceId)),
    ]);
    let failed = "mfa_outcome IN ('denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed')";
    let sql = format!(
        "SELECT count(*) AS n, min(started_at) AS first, \
         count(*) FILTER (WHERE outcome = 'success') AS successes, \
         count(*) FILTER (WHERE outcome = 'success' AND started_at < $day AND ip_address = $ip) AS ip, \
         count(*) FILTER (WHERE outcome = 'success' AND started_at < $day AND autonomous_system_number = $asn) AS asn, \
         count(*) FILTER (WHERE outcome = 'success' AND started_at < $day AND country = $country) AS country, \
         count(*) FILTER (WHERE outcome = 'success' AND started_at < $day AND device_id = $device) AS device, \
         count(*) FILTER (WHERE {failed} AND started_at >= $day) AS failed_day, \
         count(*) FILTER (WHERE {failed} AND started_at >= $hour) AS failed_hour, \
         CAST(sum(mfa_prompts) FILTER (WHERE mfa_outcome <> 'passed' AND started_at >= $day) AS bigint) AS prompts, \
         CAST(sum(password_attempts) FILTER (WHERE started_at >= $day) AS bigint) AS passwords \
         FROM signins WHERE date >= CAST($from AS date) AND date <= CAST($start AS date) \
         AND started_at >= $from AND started_at < $start AND {condition}"
    );
    let rows = Rows::of(engine, &sql, &params).await?;
    let number = |name: &str| rows.int(name, 0).unwrap_or(0);
    let known = |column: Signin, name: &str| {
        if signin.text(column).is_some() {
            number(name)
        } else {
            0
        }
    };
    Ok(Some(Before {
        signins: number("n"),
        days: rows
            .time("first", 0)
            .map_or(0, |first| (start - first) / DAY_US),
        successes: number("successes"),
        from_address: known(Signin::IpAddress, "ip"),
        from_network: number("asn"),
        from_country: known(Signin::Country, "country"),
        with_device: known(Signin::DeviceId, "device"),
        failed_mfa_24h: number("failed_day"),
        prompts_24h: number("prompts"),
        failed_mfa_1h: number("failed_hour"),
        wrong_passwords_24h: number("passwords"),
    }))
}

/// The next sign-ins of the same person, within a day.
pub(super) async fn later(engine: &Engine, loaded: &Loaded) -> Result<Vec<Line>> {
    let signin = &loaded.signin;
    let Some((condition, mut params)) = person(signin) else {
        return Ok(Vec::new());
    };
    let end = signin.ended_at();
    params.push(("end".to_owned(), Param::Time(end)));
    params.push(("until".to_owned(), Param::Time(end + DAY_US)));
    params.push(("id".to_owned(), Param::Text(signin.word(Signin::SigninId))));
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM signins WHERE date >= CAST($end AS date) AND date <= CAST($until AS date) \
         AND started_at >= $end AND started_at < $until AND signin_id <> $id AND {condition} \
         ORDER BY started_at, signin_id LIMIT {LATER_MAX}"
    );
    Ok(lines(&Rows::of(engine, &sql, &params).await?))
}

/// What speaks against and for the user, most telling first.
pub(super) fn signals(loaded: &Loaded, before: Option<&Before>, places: &[Place]) -> Vec<Signal> {
    let mut signals = Vec::new();
    against_in_signin(loaded, places, &mut signals);
    if let Some(before) = before {
        against_in_history(loaded, before, &mut signals);
    }
    for_user(loaded, before, places, &mut signals);
    signals
}

fn against_in_signin(loaded: &Loaded, places: &[Place], signals: &mut Vec<Signal>) {
    let signin = &loaded.signin;
    let mut against = |text: String| {
        signals.push(Signal {
            against: true,
            text,
        })
    };
    let prompts = signin.int(Signin::MfaPrompts).unwrap_or(0);
    if prompts >= MANY {
        against(format!("{prompts} prompts in this one sign-in"));
    }
    for (column, what) in [
        (Signin::RiskLevelDuringSignIn, "this sign-in"),
        (Signin::RiskLevelAggregated, "the user"),
    ] {
        let level = signin.word(column);
        if matches!(level.as_str(), "medium" | "high") {
            against(format!("Entra puts the risk of {what} at {level}"));
        }
    }
    let countries = distinct(places.iter().filter_map(|p| p.country.clone()));
    let networks = distinct(places.iter().filter_map(|p| p.asn));
    if countries.len() > 1 {
        against(format!(
            "the records of this one sign-in come from {}",
            countries.join(" and ")
        ));
    } else if networks.len() > 1 {
        let names: Vec<String> = networks.iter().map(|n| format!("AS{n}")).collect();
        against(format!(
            "the records of this one sign-in come from {}: a changed mobile network, or a relay",
            names.join(" and ")
        ));
    }
    let client = signin.word(Signin::ClientAppUsed).to_lowercase();
    if LEGACY.iter().any(|word| client.contains(word)) {
        against(format!(
            "the client ({client}) uses a protocol that cannot show a prompt"
        ));
    }
    let device_code = loaded.records.iter().any(|row| {
        use crate::signin::schema::Record;
        let is = |column, word: &str| {
            row.text(column)
                .is_some_and(|t| t.eq_ignore_ascii_case(word))
        };
        is(Record::AuthenticationProtocol, "deviceCode")
            || is(Record::OriginalTransferMethod, "deviceCodeFlow")
    });
    if device_code {
        against(
            "it uses the device code flow, which phishing uses too: ask who sent the code"
                .to_owned(),
        );
    }
}

fn against_in_history(loaded: &Loaded, before: &Before, signals: &mut Vec<Signal>) {
    let signin = &loaded.signin;
    let mut against = |text: String| {
        signals.push(Signal {
            against: true,
            text,
        })
    };
    let passed = signin.word(Signin::MfaOutcome) == "passed";
    if passed && before.failed_mfa_1h >= 2 {
        against(format!(
            "it passed within an hour after {} sign-ins whose second factor failed",
            before.failed_mfa_1h
        ));
    } else if before.failed_mfa_24h >= MANY {
        against(format!(
            "{} sign-ins of this person failed at the second factor in the 24 hours before; prompts without a pass: {}",
            before.failed_mfa_24h, before.prompts_24h
        ));
    }
    let tries = before.wrong_passwords_24h + signin.int(Signin::PasswordAttempts).unwrap_or(0);
    if tries >= MANY_PASSWORDS {
        against(format!(
            "{tries} wrong or locked passwords up to it within 24 hours"
        ));
    }
    if before.signins < HISTORY_SIGNINS_MIN || before.days < HISTORY_DAYS_MIN {
        return;
    }
    let country = signin.text(Signin::Country);
    let network = signin.int(Signin::AutonomousSystemNumber);
    match (country, network) {
        (Some(country), _) if before.from_country == 0 => against(format!(
            "no successful sign-in of this person from {country} in the {} days up to the day before",
            before.days
        )),
        (_, Some(asn)) if before.from_network == 0 => against(format!(
            "no successful sign-in of this person from network AS{asn} in the {} days up to the day before",
            before.days
        )),
        _ => {}
    }
}

fn for_user(loaded: &Loaded, before: Option<&Before>, places: &[Place], signals: &mut Vec<Signal>) {
    let signin = &loaded.signin;
    let mut speaks = |text: String| {
        signals.push(Signal {
            against: false,
            text,
        })
    };
    let managed = signin.flag(Signin::IsManaged) == Some(true);
    let compliant = signin.flag(Signin::IsCompliant) == Some(true);
    if managed || compliant {
        let what = match (managed, compliant) {
            (true, true) => "managed and compliant",
            (true, false) => "managed",
            _ => "compliant",
        };
        speaks(format!(
            "the device proved to be one that the organisation knows: {what}"
        ));
    }
    if let Some(before) = before {
        let seen = [
            (before.with_device, "with this device"),
            (before.from_address, "from this address"),
        ];
        let mut seen: Vec<_> = seen.into_iter().filter(|(n, _)| *n > 0).collect();
        if before.from_address == 0 && before.from_country > 0 {
            seen.push((before.from_country, "from this country"));
        }
        for (n, how) in seen {
            let plural = if n == 1 { "" } else { "s" };
            speaks(format!(
                "{n} successful sign-in{plural} {how}, a day or more before"
            ));
        }
    }
    let networks = distinct(places.iter().flat_map(|p| p.networks.iter().cloned()));
    let trusted: Vec<String> = networks
        .into_iter()
        .filter(|n| n.ends_with("(trusted)"))
        .collect();
    if !trusted.is_empty() {
        speaks(format!(
            "the address belongs to the named network {}",
            trusted.join(", ")
        ));
    }
}

fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut held = Vec::new();
    for value in values {
        if !held.contains(&value) {
            held.push(value);
        }
    }
    held
}
