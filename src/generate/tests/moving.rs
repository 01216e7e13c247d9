//! Tests what is planted for people who move in the text written: distances, times, addresses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use serde_json::Value;

use super::reading::read;
use super::{count, export};
use crate::generate::{Format, Layout, Options, PortalColumns, Truth, generate_folder};

/// Kinds of movement at a place where the person is.
const HONEST: [&str; 6] = [
    "home",
    "travel",
    "holiday_new_country",
    "new_device",
    "night_owl",
    "relocated",
];
/// Kinds of a person's own sign-ins wherever they seem to be.
const OWN: [&str; 8] = [
    "home",
    "travel",
    "holiday_new_country",
    "new_device",
    "night_owl",
    "relocated",
    "commute",
    "vpn",
];

/// One line of the truth with its first record, as it stands in the text.
struct Seen {
    movement: String,
    /// Seconds after 1970.
    at: f64,
    password_right: bool,
    interactive: bool,
    city: String,
    country: String,
    position: Option<(f64, f64)>,
    address: String,
    network: u64,
    device: String,
}

/// The sign-ins of each account in the order of time.
type People = BTreeMap<String, Vec<Seen>>;

fn options(seed: u64) -> Options {
    Options {
        records: 60_000,
        users: 600,
        days: 60,
        seed,
        policies: 0,
        movement: true,
        ..Options::default()
    }
}

fn seconds(time: &str) -> f64 {
    let number = |from: usize, to: usize| time[from..to].parse::<f64>().expect("a number");
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    // Days since March of year 0, by the usual rule.
    let (y, m) = if month < 3.0 {
        (year - 1.0, month + 12.0)
    } else {
        (year, month)
    };
    let leaps = (y / 4.0).floor() - (y / 100.0).floor() + (y / 400.0).floor();
    let days = 365.0 * y + leaps + ((153.0 * (m - 3.0) + 2.0) / 5.0).floor() + day - 719_469.0;
    let rest: f64 = time[17..].trim_end_matches('Z').parse().expect("seconds");
    days * 86_400.0 + number(11, 13) * 3_600.0 + number(14, 16) * 60.0 + rest
}

fn kilometres(one: (f64, f64), other: (f64, f64)) -> f64 {
    let vector = |(latitude, longitude): (f64, f64)| {
        let (north, east) = (latitude.to_radians(), longitude.to_radians());
        [
            north.cos() * east.cos(),
            north.cos() * east.sin(),
            north.sin(),
        ]
    };
    let (one, other) = (vector(one), vector(other));
    let dot: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
    6_371.0 * dot.clamp(-1.0, 1.0).acos()
}

/// An export of one of four seeds and its truth.
fn people(seed: u64) -> &'static (People, Truth) {
    static READ: [OnceLock<(People, Truth)>; 4] = [const { OnceLock::new() }; 4];
    READ[seed as usize - 1].get_or_init(|| read_people(seed))
}

/// Reads an export and its truth with nothing of the generator.
fn read_people(seed: u64) -> (People, Truth) {
    let (bytes, ledger, truth) = export(&options(seed));
    let mut records: HashMap<String, Value> = HashMap::new();
    for line in std::str::from_utf8(&bytes).expect("UTF-8").lines() {
        let mut record: Value = serde_json::from_str(line).expect("JSON");
        let properties = record["properties"].take();
        let id = properties["id"].as_str().expect("an id").to_string();
        records.insert(id, properties);
    }
    let mut people = People::new();
    let mut lines = ledger.lines();
    let header = lines.next().expect("a header");
    assert!(header.ends_with(",outcome,mfa_outcome,movement"));
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 9);
        let record = &records[cells[3]];
        assert_eq!(cells[2].is_empty(), cells[8] == "service");
        if !cells[2].is_empty() {
            let account = format!("{}/{}", cells[1], cells[2]);
            people
                .entry(account)
                .or_default()
                .push(seen(&cells, record));
        }
    }
    for signins in people.values_mut() {
        signins.sort_by(|a, b| a.at.total_cmp(&b.at));
    }
    (people, truth)
}

fn seen(cells: &[&str], record: &Value) -> Seen {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let place = &record["location"];
    let number = |key: &str| place["geoCoordinates"][key].as_f64();
    let position = number("latitude").zip(number("longitude"));
    let refused = ["50126", "50053"];
    let code = record["status"]["errorCode"].to_string();
    Seen {
        movement: cells[8].to_string(),
        at: seconds(cells[5]),
        password_right: !refused.contains(&code.as_str()),
        interactive: record["isInteractive"] == true && record["tokenIssuerType"] == "AzureAD",
        city: text(&place["city"]),
        country: text(&place["countryOrRegion"]),
        position: position.filter(|position| *position != (0.0, 0.0)),
        address: text(&record["ipAddress"]),
        network: record["autonomousSystemNumber"].as_u64().unwrap_or(0),
        device: text(&record["deviceDetail"]["deviceId"]),
    }
}

fn is(seen: &Seen, kinds: &[&str]) -> bool {
    kinds.contains(&seen.movement.as_str())
}

/// Interactive sign-ins of these kinds that tell where they come from.
fn placed<'a>(signins: &'a [Seen], kinds: &'a [&str]) -> impl Iterator<Item = &'a Seen> {
    let told = |seen: &&Seen| seen.interactive && seen.position.is_some() && !seen.city.is_empty();
    signins
        .iter()
        .filter(move |seen| is(seen, kinds))
        .filter(told)
}

/// Kilometres and hours from one sign-in to a later one.
fn way(from: &Seen, to: &Seen) -> (f64, f64) {
    let far = from
        .position
        .zip(to.position)
        .map(|(a, b)| kilometres(a, b));
    (far.expect("two places"), (to.at - from.at) / 3_600.0)
}

#[test]
fn where_people_are_they_can_have_flown_to() {
    for seed in [1, 2] {
        let (people, _) = people(seed);
        let (mut out, mut back) = (0, 0);
        for signins in people.values() {
            let honest: Vec<&Seen> = placed(signins, &HONEST).collect();
            for pair in honest.windows(2) {
                let (far, hours) = way(pair[0], pair[1]);
                if pair[0].city == pair[1].city {
                    continue;
                }
                // At 800 km/h, with two hours at airports.
                assert!(far <= 800.0 * (hours - 2.0), "{far} km in {hours} h");
                let home = |seen| is(seen, &["home", "night_owl", "new_device"]);
                out += u64::from(home(pair[0]) && !home(pair[1]));
                back += u64::from(!home(pair[0]) && home(pair[1]));
            }
        }
        assert!(out >= 60 && back >= 40, "{out} {back}");
    }
}

#[test]
fn impossible_journeys_cannot_have_been_flown() {
    let (people, truth) = people(3);
    let mut found = 0;
    for signins in people.values() {
        for far in signins.iter().filter(|s| is(s, &["impossible_travel"])) {
            assert!(far.password_right && far.interactive);
            let before = placed(signins, &HONEST).filter(|seen| seen.at < far.at);
            let (km, hours) = way(before.last().expect("a sign-in before"), far);
            assert!(km >= 2_490.0 && hours < 1.4, "{km} km in {hours} h");
            let exits = signins.iter().filter(|seen| is(seen, &["vpn", "commute"]));
            assert!(exits.into_iter().all(|seen| seen.network != far.network));
            found += 1;
        }
    }
    assert_eq!(found, 6);
    assert_eq!(
        truth.by_movement.as_ref().expect("kinds")["impossible_travel"],
        (6, 6)
    );
}

#[test]
fn exits_have_few_addresses_abroad_that_many_share() {
    let (people, _) = people(1);
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let (mut between, mut abroad) = (0, 0);
    for (who, signins) in people {
        let homes: BTreeSet<&str> = placed(signins, &["home"])
            .map(|seen| seen.country.as_str())
            .collect();
        for exit in signins.iter().filter(|seen| is(seen, &["vpn"])) {
            users.entry(&exit.address).or_default().insert(who);
            abroad += u64::from(!homes.contains(exit.country.as_str()));
            let near = |seen: &&Seen| (seen.at - exit.at).abs() < 1_800.0 && seen.at != exit.at;
            let home = placed(signins, &["home"]).filter(near).count();
            between += u64::from(home > 0);
        }
    }
    assert!((2..=4).contains(&users.len()), "{}", users.len());
    let shared = users.values().filter(|users| users.len() >= 15).count();
    assert_eq!(shared, users.len());
    let all: usize = people
        .values()
        .map(|list| list.iter().filter(|s| is(s, &["vpn"])).count())
        .sum();
    assert_eq!(abroad, all as u64);
    assert!(between >= 150, "{between}");
}

#[test]
fn strangers_come_from_where_the_victim_never_is() {
    for seed in [1, 2, 3] {
        let (people, truth) = people(seed);
        let (mut victims, mut near_victims, mut minutes) = (0, 0, 0);
        for signins in people.values() {
            let own = || signins.iter().filter(|seen| is(seen, &OWN));
            let cities: BTreeSet<&str> = own().map(|seen| seen.city.as_str()).collect();
            let countries: BTreeSet<&str> = own().map(|seen| seen.country.as_str()).collect();
            let networks: BTreeSet<u64> = own().map(|seen| seen.network).collect();
            let devices: BTreeSet<&str> = own().map(|seen| seen.device.as_str()).collect();
            let (mut far, mut near) = (None, false);
            for stranger in signins
                .iter()
                .filter(|s| is(s, &["takeover", "takeover_near"]))
            {
                assert!(stranger.password_right && stranger.position.is_some());
                assert!(!cities.contains(stranger.city.as_str()));
                assert!(!networks.contains(&stranger.network) || is(stranger, &["takeover_near"]));
                assert!(stranger.device.is_empty() && !devices.is_empty());
                let known = countries.contains(stranger.country.as_str());
                assert_eq!(known, is(stranger, &["takeover_near"]));
                near |= known;
                if !known && far.is_none() {
                    far = Some(stranger);
                }
            }
            near_victims += u64::from(near);
            let Some(first) = far else {
                continue;
            };
            victims += 1;
            let before = placed(signins, &HONEST).filter(|seen| seen.at < first.at);
            minutes += u64::from(before.last().is_some_and(|before| {
                let (km, hours) = way(before, first);
                hours < 0.7 && km > 1_400.0
            }));
        }
        // Six planted, the spray's and the fatigue attack's.
        assert_eq!(victims, 8);
        assert_eq!(near_victims, 6);
        assert!((3..=5).contains(&minutes), "{minutes}");
        let kinds = truth.by_movement.as_ref().expect("kinds");
        assert_eq!((kinds["takeover"].1, kinds["takeover_near"].1), (8, 6));
    }
}

#[test]
fn nothing_happens_once_in_the_first_fifteen_days() {
    let (people, _) = people(2);
    let first = seconds("2026-01-20T00:00:00Z");
    let once = [
        "travel",
        "holiday_new_country",
        "new_device",
        "relocated",
        "takeover",
        "takeover_near",
        "impossible_travel",
    ];
    for seen in people.values().flatten().filter(|seen| is(seen, &once)) {
        assert!(seen.at >= first, "{} at {}", seen.movement, seen.at);
    }
    let days = 15;
    let short = Options { days, ..options(2) };
    let kinds = export(&short).2.by_movement.expect("kinds");
    for kind in &once[..4] {
        assert_eq!(kinds[*kind], (0, 0), "{kind}");
    }
}

#[test]
fn addresses_tell_one_place_and_some_tell_none() {
    let (people, _) = people(1);
    let mut cities: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut positions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut networks: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    let mut shown = BTreeMap::new();
    for seen in people.values().flatten().filter(|seen| is(seen, &OWN)) {
        let told = match (&seen.country, &seen.city, seen.position) {
            (country, ..) if country.is_empty() => "nowhere",
            (_, city, _) if city.is_empty() => "country",
            (.., None) => "no position",
            (.., Some(_)) => "whole",
        };
        count(&mut shown, told);
        if let Some(position) = seen.position.filter(|_| told == "whole") {
            cities.entry(&seen.address).or_default().insert(&seen.city);
            let position = format!("{position:?}");
            positions.entry(&seen.city).or_default().insert(position);
            networks
                .entry(seen.network)
                .or_default()
                .insert(&seen.country);
        }
    }
    assert!(cities.values().all(|cities| cities.len() == 1));
    assert!(positions.values().all(|positions| positions.len() == 1));
    assert!(networks.values().all(|countries| countries.len() == 1));
    assert!(positions.len() > 40 && networks.len() > 60);
    let all: u64 = shown.values().sum();
    for told in ["nowhere", "country", "no position"] {
        let share = shown[told] as f64 / all as f64;
        assert!((0.003..0.05).contains(&share), "{told}: {share}");
    }
}

#[test]
fn shares_are_those_of_the_header() {
    let (people, truth) = people(4);
    let kinds = truth.by_movement.as_ref().expect("kinds");
    let mut recount: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for signins in people.values() {
        let mut own: BTreeMap<&str, u64> = BTreeMap::new();
        signins
            .iter()
            .for_each(|seen| count(&mut own, &seen.movement));
        for (kind, signins) in own {
            let counts = recount.entry(kind).or_default();
            *counts = (counts.0 + signins, counts.1 + 1);
        }
    }
    for (kind, counts) in recount {
        assert_eq!(kinds[kind], counts, "{kind}");
    }
    assert_eq!(kinds["service"].1, 0);
    assert_eq!(kinds.values().map(|k| k.0).sum::<u64>(), truth.signins);
    // Of 601 accounts, in two thirds of the 90 days that the shares are for.
    let within = |kind: &str, low, high| {
        let people = kinds[kind].1;
        assert!((low..=high).contains(&people), "{kind}: {people}");
    };
    within("home", 590, 601);
    within("vpn", 110, 190);
    within("commute", 50, 130);
    within("travel", 55, 140);
    within("holiday_new_country", 30, 100);
    within("new_device", 20, 70);
    within("night_owl", 60, 300);
    within("relocated", 2, 20);
    within("guess", 50, 500);
}

#[test]
fn seeds_differ_in_who_and_where_and_when() {
    let of = |seed| {
        let (people, _) = people(seed);
        let mut found = BTreeSet::new();
        for (who, signins) in people {
            let kinds = ["takeover", "takeover_near", "impossible_travel"];
            for stranger in signins.iter().filter(|seen| is(seen, &kinds)) {
                found.insert(who.clone());
                found.insert(stranger.at.to_string());
            }
        }
        found
    };
    let (one, other) = (of(1), of(2));
    assert!(one.len() > 40 && one.is_disjoint(&other));
    let places = |seed| -> BTreeSet<(&str, &str)> {
        let all = people(seed).0.values().flatten();
        let exits = all.filter(|seen| is(seen, &["vpn", "impossible_travel"]));
        exits
            .map(|seen| (seen.movement.as_str(), seen.city.as_str()))
            .collect()
    };
    assert_ne!(places(1), places(2));
}

#[test]
fn small_and_short_exports_of_movers_are_whole() {
    for (records, users, days) in [
        (1, 2, 1),
        (250, 3, 30),
        (1_600, 2, 1),
        (2_000, 60, 10),
        (2_500, 60, 24),
        (4_000, 90, 60),
    ] {
        let options = Options {
            records,
            users,
            days,
            ..options(5)
        };
        let (bytes, _, truth) = export(&options);
        assert_eq!(truth.records, records);
        assert_eq!(super::rows_by_id(&bytes).len() as u64, records);
        assert!(export(&options).0 == bytes);
    }
}

#[test]
fn every_format_holds_what_the_truth_says_of_movers() {
    for format in Format::ALL {
        if format.layout() == Layout::Folder {
            continue;
        }
        let options = Options {
            records: 4_000,
            users: 60,
            format,
            ..options(6)
        };
        let (bytes, ledger, truth) = export(&options);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let rows = read(format, "", &text);
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let found = (rows.len() as u64, ids.len() as u64);
        assert_eq!(found, (truth.rows, truth.records), "{}", format.name());
        let cells = |line: &str| line.split(',').count() == 9;
        assert!(ledger.lines().all(cells), "{}", format.name());
        assert_eq!(ledger.lines().count() as u64 - 1, truth.signins);
    }
}

/// A hash of an export, its list of sign-ins and its truth.
fn hash(options: &Options) -> String {
    let mut hasher = blake3::Hasher::new();
    let (bytes, ledger, truth) = match options.format {
        Format::PortalCsv => {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("export");
            let mut ledger = Vec::new();
            let truth = generate_folder(options, &path, Some(&mut ledger), &mut |_, _| {});
            let files = std::fs::read_dir(&path).expect("a folder");
            let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
            files.sort();
            let read = |path| std::fs::read(path).expect("a file");
            let bytes: Vec<u8> = files.into_iter().flat_map(read).collect();
            let ledger = String::from_utf8(ledger).expect("text");
            (bytes, ledger, truth.expect("an export"))
        }
        _ => export(options),
    };
    hasher.update(&bytes);
    hasher.update(ledger.as_bytes());
    hasher.update(truth.to_json().as_bytes());
    hasher.finalize().to_hex()[..16].to_string()
}

#[test]
fn exports_of_people_who_stay_keep_their_bytes() {
    let wanted = [
        "azure_monitor 214b4977e5b78d90",
        "event_hub 739b5b05e946a191",
        "graph c4906091bb29e6fd",
        "graph_v1 8d5786a00099be15",
        "portal_json 98b144816b58a75c",
        "portal_csv 787a6753a0e4ee6e",
        "log_analytics_csv 87bc57159d487aa5",
        "log_analytics_json 6a39642708039536",
        "log_analytics_tables 13599ccbd46055d5",
        "unified_audit_csv 6a9e631512a2f8c4",
        "unified_audit_json 71103761646e84b1",
        "unified_audit_search 8d9b348688f9174b",
        "powershell 1f1dc58a6d28c094",
        "extractor_suite 0f9221e9738d37ec",
        "sof_elk bf7e1c7123525700",
    ];
    let found = Format::ALL.map(|format| {
        let options = Options {
            records: 3_000,
            format,
            portal_columns: PortalColumns::Of2024,
            ..super::options(3_000, 21)
        };
        format!("{} {}", format.name(), hash(&options))
    });
    assert_eq!(found.to_vec(), wanted);
}
