//! Location risk against planted journeys, exits and takeovers: who is told at which level.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use arrow::array::AsArray;
use authlake::engine::{Engine, Limits};
use authlake::generate::{Options, generate};
use authlake::ingest::{self, Progress, ingest};
use authlake::lake::Lake;
use authlake::signin::location::{AsnKind, Settings};
use authlake::signin::tables::Tables;

/// Seeds that the rule was not tuned on.
const SEEDS: [u64; 3] = [3_001, 3_002, 3_003];
const LEVELS: [&str; 4] = ["none", "low", "medium", "high"];
/// Movements of strangers. All others are honest people, services aside.
const STRANGERS: [&str; 4] = ["takeover", "takeover_near", "impossible_travel", "guess"];

/// What the provider lists of the generated world say: which networks rent out machines, and which
/// carry telephones. See `generate::network`.
fn settings() -> Settings {
    let mut settings = Settings::default();
    for country in 0..64 {
        let first = 64_512 + country * 10;
        let carriers = [first + 5, first + 6].map(|asn| (asn, AsnKind::Carrier));
        settings.asns.extend(carriers);
        settings.asns.insert(first + 7, AsnKind::Hosting);
    }
    let rented = 64_508..64_512;
    settings
        .asns
        .extend(rented.map(|asn| (asn, AsnKind::Hosting)));
    settings
}

/// Sign-ins of one movement.
#[derive(Default)]
struct Counts {
    levels: [u64; 4],
    /// The same of sign-ins in which a person sat there.
    interactive: [u64; 4],
    /// Users with such a sign-in, and those of whom one is at level high.
    users: BTreeSet<String>,
    found: BTreeSet<String>,
}

type Table = BTreeMap<String, Counts>;

/// Level and event type by sign-in.
fn levels(lake: &Lake) -> BTreeMap<String, (usize, bool)> {
    let sql = "SELECT arrow_cast(signin_id, 'Utf8'), arrow_cast(location_risk_level, 'Utf8'), \
               arrow_cast(event_type, 'Utf8') FROM signins";
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let batches = runtime.block_on(async {
        let engine = Engine::open(lake, Tables::built_in(), Limits::default());
        let engine = engine.await.expect("an engine");
        engine.collect(sql, &[]).await.expect("an answer")
    });
    let mut found = BTreeMap::new();
    for batch in &batches {
        let text = |c: usize, i: usize| batch.column(c).as_string::<i32>().value(i);
        for i in 0..batch.num_rows() {
            let level = LEVELS.iter().position(|level| *level == text(1, i));
            let interactive = text(2, i) == "interactiveUser";
            let told = (level.expect("a level"), interactive);
            found.insert(text(0, i).to_owned(), told);
        }
    }
    found
}

fn table(seed: u64) -> Table {
    let options = Options {
        records: 150_000,
        users: 1_000,
        days: 75,
        seed,
        policies: 1,
        movement: true,
        ..Options::default()
    };
    let (mut export, mut ledger) = (Vec::new(), Vec::new());
    generate(&options, &mut export, Some(&mut ledger), &mut |_, _| {}).expect("an export");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.json");
    fs::write(&path, export).expect("an export");
    let mut tables = Tables::clone(&Tables::built_in());
    tables.location = settings().into();
    let options = ingest::Options {
        inputs: vec![path.display().to_string()],
        lake: folder.path().join("lake"),
        tables: tables.into(),
        ..ingest::Options::default()
    };
    ingest(&options, &Progress::default()).expect("an ingest");
    let levels = levels(&Lake::open(&options.lake).expect("a lake"));
    let text = String::from_utf8(ledger).expect("text");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let place = |name: &str| header.iter().position(|h| *h == name).expect("a column");
    let [id, user, movement] = ["first_record_id", "user_id", "movement"].map(place);
    let mut table = Table::new();
    for cells in lines {
        let (level, interactive) = levels[cells[id]];
        let counts = table.entry(cells[movement].to_owned()).or_default();
        counts.levels[level] += 1;
        counts.interactive[level] += u64::from(interactive);
        counts.users.insert(cells[user].to_owned());
        if LEVELS[level] == "high" {
            counts.found.insert(cells[user].to_owned());
        }
    }
    table
}

fn shown(seed: u64, table: &Table) -> String {
    let mut text = format!(
        "seed {seed}\n{:<20}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}\n",
        "", "none", "low", "medium", "high", "users", "found"
    );
    for (movement, counts) in table {
        let [none, low, medium, high] = counts.levels;
        let (users, found) = (counts.users.len(), counts.found.len());
        text +=
            &format!("{movement:<20}{none:>8}{low:>8}{medium:>8}{high:>8}{users:>8}{found:>8}\n");
    }
    text
}

/// Honest sign-ins, and how many of them are at least medium and at level high.
fn honest(table: &Table, of: impl Fn(&Counts) -> [u64; 4]) -> (u64, u64, u64) {
    let honest = table.iter().filter(|(movement, _)| {
        movement.as_str() != "service" && !STRANGERS.contains(&movement.as_str())
    });
    honest.fold((0, 0, 0), |(all, medium, high), (_, counts)| {
        let levels = of(counts);
        let sum: u64 = levels.iter().sum();
        (all + sum, medium + levels[2] + levels[3], high + levels[3])
    })
}

#[test]
fn strangers_are_told_from_travellers() {
    let mut all = String::new();
    let mut wrong = Vec::new();
    let (mut stolen, mut stolen_found) = (0, 0);
    let (mut thefts, mut thefts_found) = (0, 0);
    let (mut travels, mut travels_found) = (0, 0);
    for seed in SEEDS {
        let table = table(seed);
        all += &shown(seed, &table);
        for (what, of) in [
            ("all", (|c| c.levels) as fn(&Counts) -> [u64; 4]),
            ("interactive", |c| c.interactive),
        ] {
            let (n, medium, high) = honest(&table, of);
            all += &format!("honest, {what}: {n}; medium or high {medium}, high {high}\n");
            if what == "all" && (high * 2_000 > n || medium * 200 > n) {
                wrong.push(format!(
                    "seed {seed}: {medium} and {high} of {n} honest sign-ins"
                ));
            }
        }
        let takeover = &table["takeover"];
        stolen += takeover.users.len();
        stolen_found += takeover.found.len();
        let travel = table["impossible_travel"].levels;
        travels += travel.iter().sum::<u64>();
        travels_found += travel[3];
        thefts += takeover.interactive.iter().sum::<u64>();
        thefts_found += takeover.interactive[3];
        all += "\n";
    }
    all += &format!(
        "at level high: {stolen_found} of {stolen} stolen accounts, {thefts_found} of {thefts} of their \
         interactive sign-ins, {travels_found} of {travels} impossible travels\n"
    );
    println!("{all}");
    // Silent sign-ins tell no place of their own.
    let few_thefts = stolen_found * 10 < stolen * 9 || thefts_found * 10 < thefts * 9;
    if few_thefts || travels_found * 100 < travels * 95 {
        wrong.push("too few strangers at level high".to_owned());
    }
    assert!(stolen >= 20 && travels >= 10, "too few are planted\n{all}");
    assert!(wrong.is_empty(), "{}\n{all}", wrong.join("\n"));
}
