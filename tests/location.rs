//! Runs the hand-made cases of `tests/fixtures/location`, and properties of any history.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use authlake::signin::location::{
    Country, NamedNetwork, NetworkUse, Reason, RowFacts, Score, Scored, Settings, SignInFacts,
    TenantDay, TenantFacts, UserHistory, stateless,
};
use authlake::signin::networks::Network;
use authlake::signin::zone::Zone;
use proptest::prelude::*;

const US_A_MINUTE: i64 = 60_000_000;
/// Cases that must be there at least.
const CASES_MIN: usize = 80;
const PLACES: &[(&str, &str, f64, f64)] = &[
    ("zurich", "CH", 47.37, 8.54),
    ("geneva", "CH", 46.20, 6.14),
    ("paris", "FR", 48.86, 2.35),
    ("lagos", "NG", 6.45, 3.39),
    ("newyork", "US", 40.71, -74.01),
    ("losangeles", "US", 34.05, -118.24),
    ("tokyo", "JP", 35.68, 139.69),
    ("moscow", "RU", 55.76, 37.62),
    ("frankfurt", "DE", 50.11, 8.68),
    ("suva", "FJ", -18.14, 178.44),
    ("apia", "WS", -13.83, -171.76),
];

/// A sign-in as a case writes it.
#[derive(Debug, Clone, Default)]
struct SignIn {
    minute: i64,
    id: String,
    event_type: String,
    country: Option<String>,
    ip: Option<String>,
    at: (Option<f64>, Option<f64>),
    asn: Option<i64>,
    managed: Option<bool>,
    compliant: Option<bool>,
    risk: Option<String>,
    event: Option<&'static str>,
    trusted: bool,
    key: bool,
    device: Option<String>,
    system: Option<String>,
    failed: bool,
    stopped: bool,
}

impl SignIn {
    fn of(minute: i64, words: &[&'static str]) -> SignIn {
        let mut signin = SignIn {
            minute,
            id: "m".into(),
            event_type: "interactiveUser".into(),
            ..SignIn::default()
        };
        words.iter().for_each(|word| signin.take(word));
        signin
    }

    fn take(&mut self, word: &'static str) {
        if let Some((_, country, lat, lon)) = PLACES.iter().find(|place| place.0 == word) {
            self.country = Some((*country).into());
            self.at = (Some(*lat), Some(*lon));
            return;
        }
        match word.split_once('=').unwrap_or((word, "")) {
            ("country", text) => self.country = Some(text.into()),
            ("ip", text) => self.ip = Some(text.into()),
            ("asn", text) => self.asn = Some(text.parse().expect("an asn")),
            ("id", text) => self.id = text.into(),
            ("device", text) => self.device = Some(text.into()),
            ("system", text) => self.system = Some(text.into()),
            ("type", text) => self.event_type = text.into(),
            ("risk", text) => self.risk = Some(text.into()),
            ("event", text) => self.event = Some(text),
            ("at", text) => {
                let (lat, lon) = text.split_once(',').expect("two coordinates");
                self.at = (lat.parse().ok(), lon.parse().ok());
            }
            ("managed", _) => self.managed = Some(true),
            ("unmanaged", _) => self.managed = Some(false),
            ("compliant", _) => self.compliant = Some(true),
            ("noncompliant", _) => self.compliant = Some(false),
            ("trusted", _) => self.trusted = true,
            ("key", _) => self.key = true,
            ("failed", _) => self.failed = true,
            ("stopped", _) => self.stopped = true,
            _ => panic!("a word that means nothing: {word}"),
        }
    }

    fn row(&self) -> RowFacts<'_> {
        RowFacts {
            country: self.country.as_deref(),
            ip: self.ip.as_deref(),
            latitude: self.at.0,
            longitude: self.at.1,
            is_managed: self.managed,
            is_compliant: self.compliant,
            risk_level: self.risk.as_deref(),
        }
    }

    fn facts(&self) -> SignInFacts<'_> {
        let succeeded = !self.failed && !self.stopped;
        SignInFacts {
            time_us: self.minute * US_A_MINUTE,
            signin_id: &self.id,
            event_type: &self.event_type,
            row: self.row(),
            asn: self.asn,
            risk_events: self.event.as_slice(),
            trusted_location: self.trusted,
            succeeded,
            password_correct: match (self.failed, self.stopped) {
                (true, _) => Some(false),
                (_, true) => Some(true),
                _ => None,
            },
            phishing_resistant_passed: self.key,
            device_id: self.device.as_deref(),
            operating_system: self.system.as_deref(),
            browser: None,
        }
    }

    fn day(&self) -> i32 {
        self.minute.div_euclid(1440).try_into().expect("a day")
    }
}

#[derive(Default)]
struct Case {
    name: String,
    settings: Settings,
    days: BTreeMap<i32, TenantDay>,
    others: Vec<SignIn>,
    judged: Option<SignIn>,
    alone: bool,
    expect: Vec<&'static str>,
    facts: Vec<&'static str>,
}

fn days(text: &str) -> std::ops::RangeInclusive<i32> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    first.parse().expect("a day")..=last.parse().expect("a day")
}

fn minute(day: i32, time: &str) -> i64 {
    let (hour, minute) = time.split_once(':').expect("HH:MM");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    (i64::from(day) * 24 + number(hour)) * 60 + number(minute)
}

impl Case {
    fn line(&mut self, line: &'static str) {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["set", words @ ..] => words.iter().for_each(|word| self.set(word)),
            ["tenant", when, users, words @ ..] => {
                for day in days(when) {
                    let signin = SignIn::of(minute(day, "09:00"), words);
                    for user in 0..users.parse().expect("users") {
                        let name = format!("user{user}");
                        self.days
                            .entry(day)
                            .or_default()
                            .add(&name, &signin.facts());
                    }
                }
            }
            ["usual"] => self.line("past 1..12 09:00 zurich asn=3303 ip=192.0.2.10"),
            ["past", when, time, words @ ..] => {
                let signins = days(when).map(|day| SignIn::of(minute(day, time), words));
                self.others.extend(signins);
            }
            ["now", day, time, words @ ..] => {
                let day = day.parse().expect("a day");
                self.judged = Some(SignIn::of(minute(day, time), words));
            }
            ["row", words @ ..] => {
                self.alone = true;
                self.judged = Some(SignIn::of(0, words));
            }
            ["expect", words @ ..] => self.expect = words.to_vec(),
            ["facts", words @ ..] => self.facts = words.to_vec(),
            _ => panic!("{}: a line that means nothing: {line}", self.name),
        }
    }

    fn set(&mut self, word: &str) {
        let (key, text) = word.split_once('=').expect("KEY=VALUE");
        let settings = &mut self.settings;
        let mut network = |used_as| {
            let named = NamedNetwork {
                name: key.into(),
                used_as,
            };
            settings
                .networks
                .insert(Network::parse(text).expect("a network"), named);
        };
        let countries = || text.split(',').map(|c| Country::of(c).expect("a country"));
        match key {
            "office" => network(NetworkUse::Trusted),
            "vpn" => network(NetworkUse::Egress),
            "risky" => settings.risky_countries.extend(countries()),
            "trusted" => settings.trusted_countries.extend(countries()),
            "egress" => settings.egress_countries.extend(countries()),
            "zone" => settings.zone = Some(Zone::parse(text).expect("a zone")),
            _ => panic!("{}: a setting that means nothing: {word}", self.name),
        }
    }

    fn scored(&self) -> Scored {
        let judged = self.judged.as_ref().expect("`now` or `row`");
        let mut all: Vec<&SignIn> = self.others.iter().chain([judged]).collect();
        all.sort_by(|a, b| a.facts().order().cmp(&b.facts().order()));
        let mut history = UserHistory::default();
        let mut found = None;
        for signin in all {
            let days = self.days.iter().map(|(day, facts)| (*day, facts));
            let tenant = TenantFacts::of(days, signin.day(), &self.settings);
            let scored = history.score(&signin.facts(), &tenant, &self.settings);
            if std::ptr::eq(signin, judged) {
                found = Some(scored);
            }
        }
        found.expect("the judged sign-in")
    }

    /// What differs from what is expected.
    fn differences(&self) -> Vec<String> {
        let judged = self.judged.as_ref().expect("`now` or `row`");
        if self.alone {
            assert!(self.facts.is_empty(), "{}: a row has no facts", self.name);
            return self.score_differences(&stateless(&judged.row(), &self.settings));
        }
        let scored = self.scored();
        let mut found = self.score_differences(&scored.score);
        let wrong = self.facts.iter().filter(|fact| !fact_holds(fact, &scored));
        found.extend(wrong.map(|fact| format!("{fact}, but {scored:?}")));
        found
    }

    fn score_differences(&self, score: &Score) -> Vec<String> {
        let [points, level, reasons @ ..] = self.expect.as_slice() else {
            panic!("{}: expects nothing", self.name);
        };
        assert!(
            reasons.iter().all(|r| names_a_reason(r)),
            "{}: {reasons:?}",
            self.name
        );
        let said = score.reasons.iter();
        let said: BTreeSet<String> = said.map(|(r, n)| format!("{}{n:+}", r.name())).collect();
        let wanted: BTreeSet<String> = reasons.iter().map(|r| (*r).to_owned()).collect();
        let whole = (score.points.to_string(), score.level.name());
        let same = said == wanted && whole.0 == *points && whole.1 == *level;
        let difference = format!("wanted {:?}, got {whole:?} {said:?}", self.expect);
        (!same).then_some(difference).into_iter().collect()
    }
}

fn names_a_reason(word: &str) -> bool {
    let name = word.split(['+', '-']).next();
    Reason::ALL.iter().any(|reason| Some(reason.name()) == name)
}

fn fact_holds(fact: &str, scored: &Scored) -> bool {
    let (key, text) = fact.split_once('=').expect("KEY=VALUE");
    let near = |value: Option<f64>, share: f64| match text {
        "unknown" => value.is_none(),
        _ => {
            let wanted: f64 = text.parse().expect("a number");
            value.is_some_and(|value| (value - wanted).abs() <= wanted * share + 0.01)
        }
    };
    let word = |value: Option<bool>, words: [&'static str; 2]| {
        value.map_or("unknown", |is| words[usize::from(is)]) == text
    };
    match key {
        "km" => near(scored.km_from_previous, 0.01),
        "minutes" => near(scored.minutes_from_previous, 0.0),
        "country" => word(scored.new_country_for_user, ["known", "new"]),
        "asn" => word(scored.new_asn_for_user, ["known", "new"]),
        "egress" => word(scored.shared_egress, ["no", "yes"]),
        _ => panic!("a fact that means nothing: {fact}"),
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/location");
    let entries = std::fs::read_dir(folder).expect("tests/fixtures/location");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "txt"));
    paths.sort();
    let mut cases: Vec<Case> = Vec::new();
    for path in paths {
        let text: &'static str = std::fs::read_to_string(path).expect("cases").leak();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("case ") {
                cases.push(Case {
                    name: name.to_owned(),
                    ..Case::default()
                });
            } else if !line.is_empty() && !line.starts_with('#') {
                cases.last_mut().expect("a case").line(line);
            }
        }
    }
    cases
}

#[test]
fn hand_made_cases() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases of one name");
    assert!(cases.len() >= CASES_MIN, "{} cases", cases.len());
    let wrong = |case: &Case| {
        let differences = case.differences().into_iter();
        differences
            .map(|d| format!("{}: {d}", case.name))
            .collect::<Vec<_>>()
    };
    let wrong: Vec<String> = cases.iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Every reason is expected by some case.
#[test]
fn every_reason_has_a_case() {
    let cases = cases();
    let expected: Vec<&str> = cases.iter().flat_map(|case| case.expect.clone()).collect();
    for reason in Reason::ALL {
        let with_sign = |word: &&str| word.split(['+', '-']).next() == Some(reason.name());
        assert!(expected.iter().any(with_sign), "{}", reason.name());
    }
}

/// Any sign-in, in few places and many states.
fn any_signin() -> impl Strategy<Value = SignIn> {
    let words = prop::sample::select(PLACES.iter().map(|place| place.0).collect::<Vec<_>>());
    let more = prop::sample::subsequence(
        vec![
            "asn=3303",
            "asn=14061",
            "asn=39351",
            "asn=21928",
            "ip=192.0.2.10",
            "ip=10.0.0.1",
            "ip=203.0.113.9",
            "ip=2001:db8::1",
            "at=0,0",
            "unmanaged",
            "managed",
            "compliant",
            "noncompliant",
            "trusted",
            "key",
            "stopped",
            "failed",
            "type=nonInteractiveUser",
            "risk=low",
            "risk=high",
            "risk=hidden",
            "event=anonymizedIPAddress",
            "country=??",
        ],
        0..9,
    );
    let minute = prop_oneof![
        0_i64..60 * 1440,
        (0_i64..60 * 24).prop_map(|hour| hour * 60)
    ];
    (minute, "[a-c]{1,3}", words, more).prop_map(|(minute, id, place, more)| {
        let words: Vec<&str> = [place].into_iter().chain(more).collect();
        let signin = SignIn::of(minute, &words);
        SignIn { id, ..signin }
    })
}

fn any_signins() -> impl Strategy<Value = Vec<SignIn>> {
    prop::collection::vec(any_signin(), 1..60).prop_map(|mut signins| {
        signins.sort_by(|a, b| a.facts().order().cmp(&b.facts().order()));
        signins
    })
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let words = [
        "risky=RU,NG",
        "trusted=CH",
        "egress=DE",
        "office=192.0.2.0/24",
        "vpn=203.0.113.0/24",
    ];
    prop::sample::subsequence(words.to_vec(), 0..=words.len()).prop_map(|words| {
        let mut case = Case::default();
        words.into_iter().for_each(|word| case.set(word));
        case.settings
    })
}

fn days_of(signins: &[SignIn]) -> BTreeMap<i32, TenantDay> {
    let mut days: BTreeMap<i32, TenantDay> = BTreeMap::new();
    for (signin, user) in signins
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g"].into_iter().cycle())
    {
        days.entry(signin.day())
            .or_default()
            .add(user, &signin.facts());
    }
    days
}

fn scores(signins: &[SignIn], days: &BTreeMap<i32, TenantDay>, settings: &Settings) -> Vec<Scored> {
    let mut history = UserHistory::default();
    let score = |signin: &SignIn| {
        let days = days.iter().map(|(day, facts)| (*day, facts));
        let tenant = TenantFacts::of(days, signin.day(), settings);
        history.score(&signin.facts(), &tenant, settings)
    };
    signins.iter().map(score).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn later_sign_ins_never_change_a_score(signins in any_signins(), settings in any_settings(), cut in 0..60_usize) {
        let cut = cut.min(signins.len());
        let all = scores(&signins, &days_of(&signins), &settings);
        let before = scores(&signins[..cut], &days_of(&signins[..cut]), &settings);
        // Facts of the tenant are those of closed days, so the cut within a day changes nothing.
        prop_assert_eq!(&all[..cut], &before[..]);
    }

    #[test]
    fn the_baseline_and_what_it_was_told_say_all(signins in any_signins(), settings in any_settings()) {
        let days = days_of(&signins);
        let all = scores(&signins, &days, &settings);
        let (last, before) = signins.split_last().expect("one");
        let mut history = UserHistory::default();
        for (signin, scored) in before.iter().zip(&all) {
            if signin.day() >= last.day() - settings.baseline_days {
                let level = Some(scored.score.level);
                history.learn(&signin.facts(), level, scored.shared_egress, &settings);
            }
        }
        let days = days.iter().map(|(day, facts)| (*day, facts));
        let tenant = TenantFacts::of(days, last.day(), &settings);
        let scored = history.score(&last.facts(), &tenant, &settings);
        prop_assert_eq!(all.last(), Some(&scored));
    }

    #[test]
    fn reasons_add_up_within_0_and_100(signins in any_signins(), settings in any_settings()) {
        let scored = scores(&signins, &days_of(&signins), &settings);
        let of_rows = signins.iter().map(|signin| stateless(&signin.row(), &settings));
        for score in scored.into_iter().map(|scored| scored.score).chain(of_rows) {
            prop_assert!(score.points <= 100);
            let sum: i32 = score.reasons.iter().map(|(_, points)| points).sum();
            prop_assert_eq!(sum, i32::from(score.points));
            let names: BTreeSet<_> = score.reasons.iter().map(|(reason, _)| reason).collect();
            prop_assert_eq!(names.len(), score.reasons.len());
        }
    }

    #[test]
    fn parts_of_a_day_merge_in_any_order(signins in any_signins(), cut in 0..60_usize) {
        let part = |signins: &[SignIn]| {
            let mut part = TenantDay::default();
            for signin in signins {
                part.add(&signin.id, &signin.facts());
            }
            part
        };
        let (head, tail) = signins.split_at(cut.min(signins.len()));
        let (head, tail, whole) = (part(head), part(tail), part(&signins));
        let merged = |one: &TenantDay, other: &TenantDay| {
            let mut one = one.clone();
            one.merge(other);
            one
        };
        prop_assert_eq!(&merged(&head, &tail), &whole);
        prop_assert_eq!(&merged(&tail, &head), &whole);
        prop_assert_eq!(&merged(&whole, &head), &whole);
    }
}
