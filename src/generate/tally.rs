//! Counts records and sign-ins as they are posted, and turns the counts into the truth.

use std::collections::BTreeMap;

use super::carries::{Carries, Told, Types};
use super::format::Format;
use super::instant::{DAY, push_day};
use super::movement::Movement;
use super::place::PLACES;
use super::plan::{Kind, Plan};
use super::scenario::Scenario;
use super::sign_in::SignIn;
use super::tenant::World;
use super::truth::{FatigueFacts, IncidentFacts, Mfa, Outcome, Password, SprayFacts, Truth};

/// First line of the list of sign-ins.
const LEDGER_HEADER: &[u8] =
    b"scenario,tenant_id,user_id,first_record_id,record_count,started_at,outcome,mfa_outcome";

/// Names of event types, by [`event_type`]; the last where a format does not tell them.
const EVENT_TYPES: [&str; 6] = [
    "interactiveUser",
    "nonInteractiveUser",
    "servicePrincipal",
    "managedIdentity",
    "adfs",
    "unknown",
];

fn event_type(kind: Kind) -> usize {
    match kind {
        Kind::Interactive => 0,
        Kind::NonInteractive => 1,
        Kind::ServicePrincipal | Kind::FirstParty => 2,
        Kind::ManagedIdentity => 3,
        Kind::Adfs => 4,
    }
}

/// Whether a record of this kind names a person.
pub(super) fn names_person(kind: Kind) -> bool {
    matches!(kind, Kind::Interactive | Kind::NonInteractive | Kind::Adfs)
}

/// How much was written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) detail_rows: u64,
    pub(super) bytes: u64,
}

/// Running counts.
pub(super) struct Tally {
    /// What the format can tell.
    pub(super) carries: Carries,
    /// Distinct records that the export holds.
    pub(super) records: u64,
    pub(super) late_copies: u64,
    pub(super) completions: u64,
    pub(super) spray: Option<SprayFacts>,
    pub(super) fatigue: Option<FatigueFacts>,
    pub(super) incidents: Option<Vec<IncidentFacts>>,
    codes: BTreeMap<u32, u64>,
    days: Vec<u64>,
    places: Vec<u64>,
    nowhere: u64,
    events: [u64; EVENT_TYPES.len()],
    attempts: u64,
    seen: Vec<bool>,
    signins: u64,
    prompts: u64,
    outcomes: [u64; Outcome::NAMES.len()],
    mfa: [u64; Mfa::NAMES.len()],
    passwords: [u64; Password::NAMES.len()],
    scenarios: [u64; Scenario::NAMES.len()],
    movements: [u64; Movement::NAMES.len()],
    /// Whether people move, and which kinds each person has, a bit for each.
    moving: bool,
    moved: Vec<u16>,
    ledger: Option<Vec<u8>>,
}

impl Tally {
    /// Counts of nothing; `with_ledger` keeps a line for each sign-in until it is taken.
    pub(super) fn new(world: &World, carries: Carries, with_ledger: bool) -> Self {
        // A record counted by its arrival can fall on the day after the last.
        let days = (world.span.end - world.span.start) / DAY + 1;
        Self {
            carries,
            records: 0,
            late_copies: 0,
            completions: 0,
            spray: None,
            fatigue: None,
            incidents: None,
            codes: BTreeMap::new(),
            days: vec![0; days as usize],
            places: vec![0; PLACES.len()],
            nowhere: 0,
            events: [0; EVENT_TYPES.len()],
            attempts: 0,
            seen: vec![false; world.people.len()],
            signins: 0,
            prompts: 0,
            outcomes: [0; Outcome::NAMES.len()],
            mfa: [0; Mfa::NAMES.len()],
            passwords: [0; Password::NAMES.len()],
            scenarios: [0; Scenario::NAMES.len()],
            movements: [0; Movement::NAMES.len()],
            moving: world.lives.is_some(),
            moved: vec![0; world.people.len()],
            ledger: with_ledger.then(|| header(world.lives.is_some())),
        }
    }

    /// Counts one sign-in and its records, as a reader of the format sees them.
    pub(super) fn count(&mut self, signin: &SignIn, world: &World) {
        self.prompts += u64::from(signin.prompts);
        let carries = self.carries;
        for told in carries.told(signin) {
            for plan in told.records {
                self.count_record(plan, world);
            }
            self.signins += 1;
            self.outcomes[told.outcome as usize] += 1;
            self.mfa[told.mfa as usize] += 1;
            self.passwords[told.password as usize] += 1;
            self.scenarios[signin.scenario as usize] += 1;
            self.count_movement(&told.records[0]);
            if let Some(ledger) = &mut self.ledger {
                push_line(ledger, signin.scenario, &told, &carries, world);
            }
        }
    }

    fn count_movement(&mut self, first: &Plan) {
        let movement = first.scene.movement as usize;
        self.movements[movement] += 1;
        if names_person(first.kind) {
            self.moved[first.scene.who as usize] |= 1 << movement;
        }
    }

    /// Sign-ins of each kind of movement, and how many people have any.
    fn by_movement(&self) -> BTreeMap<String, (u64, u64)> {
        let kinds = Movement::NAMES.iter().enumerate().map(|(kind, name)| {
            let people = self.moved.iter().filter(|kinds| *kinds >> kind & 1 == 1);
            let counts = (self.movements[kind], people.count() as u64);
            ((*name).to_string(), counts)
        });
        kinds.collect()
    }

    fn count_record(&mut self, plan: &Plan, world: &World) {
        self.records += 1;
        *self.codes.entry(plan.code).or_insert(0) += 1;
        self.attempts += u64::from(matches!(plan.code, 50_126 | 50_053 | 50_056));
        let event = match self.carries.types {
            Types::Told => event_type(plan.kind),
            Types::Untold => EVENT_TYPES.len() - 1,
        };
        self.events[event] += 1;
        let told = plan.scene.told_place().is_some() && self.carries.place;
        match plan.scene.place.filter(|_| told) {
            Some(place) => self.places[usize::from(place)] += 1,
            None => self.nowhere += 1,
        }
        let day = (self.carries.time(plan) - world.span.start) / DAY;
        if let Some(count) = self.days.get_mut(day as usize) {
            *count += 1;
        }
        if names_person(plan.kind) {
            self.seen[plan.scene.who as usize] = true;
        }
    }

    /// The lines kept since the last call.
    pub(super) fn take_ledger(&mut self) -> Vec<u8> {
        self.ledger.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The truth of an export in `format`, of which so much was written.
    pub(super) fn into_truth(self, world: &World, format: Format, written: Written) -> Truth {
        let mut by_country: BTreeMap<String, u64> = BTreeMap::new();
        for (place, count) in PLACES.iter().zip(&self.places) {
            *by_country.entry(place.country.to_string()).or_insert(0) += count;
        }
        by_country.insert(String::new(), self.nowhere);
        by_country.retain(|_, count| *count > 0);
        let distinct_users = self.seen.iter().filter(|seen| **seen).count() as u64;
        // The guest is the last account and shares its name with the first.
        let both = self.seen.first() == Some(&true) && self.seen.last() == Some(&true);
        let by_movement = self.moving.then(|| self.by_movement());
        Truth {
            format,
            rows: written.rows,
            detail_rows: written.detail_rows,
            records: self.records,
            late_copies: self.late_copies,
            completions: self.completions,
            bytes: written.bytes,
            by_error_code: self.codes,
            by_day: self
                .days
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0)
                .map(|(day, count)| {
                    let mut name = Vec::new();
                    push_day(&mut name, world.span.start + day as i64 * DAY);
                    (String::from_utf8_lossy(&name).into_owned(), *count)
                })
                .collect(),
            by_country,
            by_event_type: named(&EVENT_TYPES, &self.events),
            password_attempts: self.attempts,
            distinct_users,
            distinct_user_names: distinct_users - u64::from(both),
            signins: self.signins,
            by_mfa_outcome: named(&Mfa::NAMES, &self.mfa),
            by_outcome: named(&Outcome::NAMES, &self.outcomes),
            by_password_correct: named(&Password::NAMES, &self.passwords),
            by_scenario: named(&Scenario::NAMES, &self.scenarios),
            mfa_prompts: self.carries.steps.then_some(self.prompts),
            spray: self.spray,
            fatigue: self.fatigue,
            incidents: self.incidents,
            by_movement,
        }
    }
}

fn header(moving: bool) -> Vec<u8> {
    let column: &[u8] = if moving { b",movement\n" } else { b"\n" };
    [LEDGER_HEADER, column].concat()
}

fn named(names: &[&str], counts: &[u64]) -> BTreeMap<String, u64> {
    names
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| ((*name).to_string(), *count))
        .collect()
}

/// One line of the list of sign-ins. The tenant is the planted one, named by the format or not.
fn push_line(out: &mut Vec<u8>, scenario: Scenario, told: &Told, carries: &Carries, world: &World) {
    let records = told.records;
    let first = records.iter().map(|r| r.id).min();
    let started = records.iter().map(|r| carries.time(r)).min();
    let (Some(first), Some(started)) = (first, started) else {
        return;
    };
    let scene = &records[0].scene;
    let user = if names_person(records[0].kind) {
        world.people[scene.who as usize].id.to_string()
    } else {
        String::new()
    };
    let line = format!(
        "{},{},{user},{first},{},{},{},{}",
        Scenario::NAMES[scenario as usize],
        world.tenants[usize::from(scene.tenant)].id,
        records.len(),
        carries.shown(started),
        Outcome::NAMES[told.outcome as usize],
        Mfa::NAMES[told.mfa as usize],
    );
    out.extend_from_slice(line.as_bytes());
    if world.lives.is_some() {
        out.push(b',');
        out.extend_from_slice(Movement::NAMES[scene.movement as usize].as_bytes());
    }
    out.push(b'\n');
}
