//! `[location]` of `authlake.toml`: what an organisation says of its places, from the file to the score.

use std::fs;
use std::path::Path;

use crate::cli::{authlake, text, with_lake};

/// What a query prints, without the header.
fn ask(folder: &Path, sql: &str) -> String {
    let out = authlake(folder, &["sql", sql]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let shown = text(&out.stdout);
    shown.lines().skip(1).collect::<Vec<_>>().join("\n")
}

fn set(folder: &Path, settings: &str) {
    fs::write(folder.join("authlake.toml"), settings).expect("a file");
}

const OWN: &str = r#"
timezone = "Europe/Zurich"

[location]
trusted_countries = ["CH", "xk"]
risky_countries = ["KP"]
egress_countries = ["NL", "CH"]
baseline_days = 60
user_days = 9
user_signins = 11
tenant_days = 60
travel_km = 400
travel_kmh = 850.5
shared_users = 6
shared_percent = 1.5

[location.levels]
low = 10
medium = 20
high = 90

[location.signals]
risky_country = 55
hosting = 0

[[location.networks]]
name = "Zurich office"
use = "trusted"
cidrs = ["192.0.2.0/24", "2001:db8::/32"]

[[location.networks]]
name = "VPN"
use = "egress"
cidrs = ["192.0.2.128/25"]

[[location.asns]]
asn = 64500
kind = "carrier"

[[location.asns]]
asn = 16509
kind = "none"
"#;

#[test]
fn own_places_and_points_count() {
    let folder = with_lake();
    let at = folder.path();
    let reasons = |country: &str, ip: &str| {
        let row = format!("'{country}', '{ip}', NULL, NULL, NULL, NULL, 'high'");
        let sql = format!(
            "SELECT location_risk({row}), location_risk_level({row}), \
             array_to_string(location_risk_reasons({row}), '; ')"
        );
        ask(at, &sql)
    };
    assert_eq!(reasons("KP", "192.0.2.1"), "40,medium,entra_risk_high +40");
    set(at, OWN);
    assert_eq!(
        reasons("KP", "198.51.100.1"),
        "95,high,risky_country +55; entra_risk_high +40"
    );
    for office in ["192.0.2.1", "192.0.2.200", "2001:db8::1"] {
        assert_eq!(
            reasons("DE", office),
            "40,medium,entra_risk_high +40; own_network -40; limited_to_range +40"
        );
    }
    assert_eq!(
        reasons("CH", "198.51.100.1"),
        "40,medium,entra_risk_high +40; egress_country -30; trusted_country -15; limited_to_range +45"
    );
}

#[test]
fn every_setting_comes_where_it_counts() {
    let folder = with_lake();
    let at = folder.path();
    let all = "SELECT kind || ' ' || name || ' ' || value FROM location_settings ORDER BY 1";
    let before = ask(at, all);
    set(at, OWN);
    let after = ask(at, all);
    let only = |these: &str, those: &str| {
        let mut lines = these
            .lines()
            .filter(|line| !those.lines().any(|l| l == *line));
        lines.by_ref().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        only(&after, &before),
        [
            "asn 64500 carrier",
            "country CH egress",
            "country CH trusted",
            "country KP risky",
            "country NL egress",
            "country XK trusted",
            "hours timezone Europe/Zurich",
            "level high 90",
            "level low 10",
            "level medium 20",
            "limit baseline_days 60",
            "limit shared_percent 1.5",
            "limit shared_users 6",
            "limit tenant_days 60",
            "limit travel_km 400",
            "limit travel_kmh 850.5",
            "limit user_days 9",
            "limit user_signins 11",
            "network 192.0.2.0/24 trusted",
            "network 192.0.2.128/25 egress",
            "network 2001:db8::/32 trusted",
            "signal risky_country 55",
        ]
    );
    let gone = only(&before, &after);
    let taken_off = ["asn 16509 hosting", "signal hosting 15"];
    assert!(
        taken_off.iter().all(|line| gone.iter().any(|g| g == line)),
        "{gone:?}"
    );
    // An empty table changes nothing.
    set(at, "[location]\n");
    assert_eq!(ask(at, all), before);
}

/// Settings, the line of the mistake, and what is said of it.
const WRONG: &[(&str, u32, &str)] = &[
    (
        "trusted_countries = ['CH', 'Switzerland']",
        2,
        "no country \"Switzerland\": give the two letters",
    ),
    (
        "trusted_countries = [\n'CH',\n'UK']",
        4,
        "no country \"UK\"",
    ),
    ("risky_countries = ['??']", 2, "no country"),
    ("egress_countries = ['']", 2, "no country"),
    (
        "trusted_countries = ['ch']\nrisky_countries = ['KP', 'CH']",
        3,
        "CH is also one of trusted_countries",
    ),
    (
        "baseline_days = 0",
        2,
        "0 is out of range, it may be from 1 to 366",
    ),
    ("baseline_days = 1000000000000", 2, "out of range"),
    (
        "baseline_days = 5",
        2,
        "user_days 7 is more than baseline_days 5: nothing would ever be new",
    ),
    (
        "baseline_days = 20\nuser_days = 21",
        3,
        "user_days 21 is more than baseline_days 20",
    ),
    (
        "tenant_days = 31",
        2,
        "tenant_days 31 is more than baseline_days 30",
    ),
    ("user_signins = 0", 2, "out of range"),
    ("user_signins = 1.5", 2, "invalid type"),
    (
        "travel_km = -1",
        2,
        "-1 is out of range, it may be from 0 to 20038",
    ),
    ("travel_kmh = nan", 2, "out of range"),
    ("shared_users = -5", 2, "out of range"),
    (
        "shared_percent = 101",
        2,
        "101 is out of range, it may be from 0 to 100",
    ),
    ("radius = 1", 2, "radius"),
    (
        "[location.levels]\nlow = 40",
        3,
        "levels must rise, not low 40, medium 35, high 50",
    ),
    (
        "[location.levels]\nlow = 10\nmedium = 30\nhigh = 30",
        5,
        "levels must rise",
    ),
    (
        "[location.levels]\nhigh = 101",
        3,
        "101 is out of range, it may be from 1 to 100",
    ),
    (
        "[location.levels]\nsevere = 90",
        3,
        "no level \"severe\": there are low, medium and high",
    ),
    (
        "[location.signals]\nimposible_travel = 40",
        3,
        "no signal \"imposible_travel\": did you mean impossible_travel?",
    ),
    (
        "[location.signals]\nlimited_to_range = 4",
        3,
        "no signal \"limited_to_range\"",
    ),
    (
        "[location.signals]\nq = 4",
        3,
        "no signal \"q\": there are new_country_for_user, ",
    ),
    (
        "[location.signals]\nhosting = 101",
        3,
        "101 is out of range, it may be from -100 to 100",
    ),
    ("[location.signals]\nhosting = 'many'", 3, "invalid type"),
    (
        "[[location.networks]]\nname = 'a'\nuse = 'office'\ncidrs = []",
        4,
        "unknown word \"office\", it may be one of trusted, egress",
    ),
    (
        "[[location.networks]]\nname = 'a'\nuse = 'egress'\ncidrs = ['192.0.2.0/24',\n'10.1.2.3/8']",
        6,
        "the network is 10.0.0.0/8",
    ),
    (
        "[[location.networks]]\nname = 'a'\nuse = 'egress'\ncidrs = ['office']",
        5,
        "'office' is not an IPv4 or IPv6 address",
    ),
    (
        "[[location.networks]]\nname = 'a'\nuse = 'egress'\ncidrs = ['192.0.2.0/24']\n[[location.networks]]\nname = 'b'\nuse = 'trusted'\ncidrs = ['192.0.2.0/24']",
        9,
        "192.0.2.0/24 is already egress, as one of \"a\"",
    ),
    (
        "[[location.networks]]\nname = 'a'\nuse = 'egress'",
        2,
        "missing field `cidrs`",
    ),
    (
        "[[location.asns]]\nasn = 0\nkind = 'hosting'",
        3,
        "0 is out of range, it may be from 1 to 4294967295",
    ),
    (
        "[[location.asns]]\nasn = 4294967296\nkind = 'hosting'",
        3,
        "out of range",
    ),
    (
        "[[location.asns]]\nasn = 1\nkind = 'cloud'",
        4,
        "may be one of anonymiser, hosting, carrier, none",
    ),
    (
        "[[location.asns]]\nasn = 1\nkind = 'carrier'\n[[location.asns]]\nasn = 1\nkind = 'none'",
        6,
        "1 has another kind in a row before",
    ),
];

#[test]
fn what_cannot_be_used_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (settings, line, said) in WRONG {
        set(at, &format!("[location]\n{settings}\n"));
        let out = authlake(at, &["code", "50074"]);
        let told = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{settings}: {told}");
        assert!(told.contains("authlake.toml"), "{settings}: {told}");
        assert!(told.contains(&format!("line {line}")), "{settings}: {told}");
        assert!(told.contains(said), "{settings}: {told}");
    }
    set(at, "timezone = 'Nowhere'\n");
    let out = authlake(at, &["code", "50074"]);
    assert!(text(&out.stderr).contains("line 1: no time zone Nowhere"));
}

#[test]
fn what_is_said_twice_alike_is_no_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let network = "[[location.networks]]\nname = 'a'\nuse = 'egress'\ncidrs = ['192.0.2.0/24', '192.0.2.0/24']\n";
    let asn = "[[location.asns]]\nasn = 1\nkind = 'carrier'\n";
    let countries = "[location]\ntrusted_countries = ['CH', ' ch']\n";
    set(at, &format!("{countries}{network}{network}{asn}{asn}"));
    let out = authlake(at, &["code", "50074"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
}
