//! Plans the sign-ins of strangers who have the right password, and those too far to be true.
//!
//! Each victim is at home for three days before and after, and has been with the company for two
//! weeks. A stranger's place is in no country that the victim ever signs in from, exits included; a
//! near one's is in the same country, in a city where neither victim nor carrier ever is.

use std::collections::HashSet;

use super::catalog::STRANGER;
use super::dice::Dice;
use super::instant::{DAY, HOUR, MINUTE, Ticks, weekday};
use super::life::{CALM, Life, distance};
use super::movement::{Movement, Shown};
use super::network::{self, HOSTING_ROLE, PROVIDERS, key, mix};
use super::options::Span;
use super::place::{HOSTING, OFFICES_ABROAD, PLACES, RESORTS, STRANGE};
use super::plan::{Device, Scene};
use super::plot::{Act, Event};
use super::scenario::Scenario;
use super::tenant::World;
use super::whereabouts::Want;

/// Fewer people have no such visits, nor has a shorter export.
const PEOPLE_MIN: u64 = 50;
const DAYS_MIN: Ticks = 24 * DAY;
/// One in so many people is a victim of each kind.
const PEOPLE_EACH: u64 = 100;
/// Kilometres of an impossible journey, and of a takeover, at least.
const IMPOSSIBLE_KM: i64 = 2_500;
const FAR_KM: i64 = 1_500;
/// How often a victim is looked for.
const TRIES: u32 = 400;

/// One sign-in of somebody else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raid {
    pub(super) movement: Movement,
    pub(super) entry: Entry,
    place: u8,
    role: u8,
    /// With a program and a telephone as the victim has.
    alike: bool,
}

/// How far a sign-in with the right password comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// The second factor is approved or stolen.
    Passed,
    /// A stolen token says that MFA was done.
    Claimed,
    /// No second factor is asked for.
    Open,
    /// A policy blocks it, before or after a second factor.
    Blocked,
    BlockedAfterMfa,
    /// The second factor fails, in one of these ways.
    Refused(Scenario),
    /// The prompt is left alone.
    LeftAlone,
    /// A token is renewed.
    Silent,
}

/// What strangers come to: each in turn.
const ENDS: [Entry; 8] = [
    Entry::Refused(Scenario::Denied),
    Entry::Passed,
    Entry::Blocked,
    Entry::Open,
    Entry::Claimed,
    Entry::LeftAlone,
    Entry::Refused(Scenario::WrongCode),
    Entry::BlockedAfterMfa,
];

/// Adds the visits of an export of so many people with events.
pub(super) fn raids(
    dice: &mut Dice,
    lives: &[Life],
    span: Span,
    planted: u64,
    events: &mut Vec<Event>,
) {
    if planted < PEOPLE_MIN || span.end - span.start < DAYS_MIN {
        return;
    }
    let mut plan = Plan {
        dice,
        lives,
        span,
        taken: HashSet::new(),
        events,
    };
    for turn in 0..(planted / PEOPLE_EACH).max(1) {
        plan.takeover(turn as usize, Movement::Takeover);
        plan.takeover(turn as usize, Movement::TakeoverNear);
        plan.impossible(turn as usize);
    }
}

struct Plan<'a> {
    dice: &'a mut Dice,
    lives: &'a [Life],
    span: Span,
    taken: HashSet<u32>,
    events: &'a mut Vec<Event>,
}

impl Plan<'_> {
    /// By night alone, or minutes after the victim signed in.
    fn takeover(&mut self, turn: usize, movement: Movement) {
        // Each end meets day and night, hosting and home lines.
        let by_day = (turn + turn / ENDS.len()).is_multiple_of(2);
        let (from, to) = if by_day { (9, 17) } else { (1, 5) };
        let hosting = (turn / 2 + turn / ENDS.len()).is_multiple_of(2);
        let near = movement == Movement::TakeoverNear;
        let places: Vec<u8> = match (near, hosting) {
            (true, _) => (0..OFFICES_ABROAD.end).collect(),
            (false, true) => HOSTING.into_iter().chain(STRANGE).collect(),
            (false, false) => STRANGE.chain(OFFICES_ABROAD).collect(),
        };
        let Some((who, at, place)) = self.victim(from, to, &places, |life, place| match near {
            true => near_by(life, place),
            false => !life.knows(place) && distance(life.home, place) >= FAR_KM,
        }) else {
            return;
        };
        let role = match hosting {
            true => HOSTING_ROLE,
            false => self.provider(who),
        };
        let raid = Raid {
            movement,
            entry: ENDS[turn % ENDS.len()],
            place,
            role,
            alike: false,
        };
        let mut at = at;
        if by_day {
            self.person(who, at);
            at += self.dice.time(3 * MINUTE, 40 * MINUTE);
        }
        self.come(who, at, raid);
    }

    /// A provider that the victim never has.
    fn provider(&mut self, who: u32) -> u8 {
        let life = &self.lives[who as usize];
        let had = if life.switches == Ticks::MAX { 1 } else { 2 };
        let other = self.dice.between(had, PROVIDERS - 1);
        ((u64::from(life.provider) + other) % PROVIDERS) as u8
    }

    /// What follows from how the first sign-in ends.
    fn come(&mut self, who: u32, at: Ticks, raid: Raid) {
        let mut at = at;
        match raid.entry {
            // Prompt after prompt until one is approved.
            Entry::Refused(Scenario::Denied) => {
                for _ in 0..self.dice.between(2, 7) {
                    let ends = [Scenario::Denied, Scenario::TimedOut];
                    let entry = Entry::Refused(self.dice.pick(&ends));
                    self.stranger(who, at, Raid { entry, ..raid });
                    at += self.dice.time(3 * MINUTE, 9 * MINUTE);
                }
                let entry = Entry::Passed;
                self.stranger(who, at, Raid { entry, ..raid });
            }
            Entry::Blocked | Entry::BlockedAfterMfa | Entry::Refused(_) | Entry::LeftAlone => {
                for _ in 0..self.dice.between(1, 3) {
                    self.stranger(who, at, raid);
                    at += self.dice.time(8 * MINUTE, 50 * MINUTE);
                }
                return;
            }
            _ => self.stranger(who, at, raid),
        }
        for _ in 0..self.dice.between(1, 4) {
            at += self.dice.time(5 * MINUTE, 9 * HOUR);
            let entry = self
                .dice
                .pick(&[Entry::Open, Entry::Claimed, Entry::Silent]);
            self.stranger(who, at, Raid { entry, ..raid });
        }
    }

    /// Somebody signs in at home, and soon after from the other side of the world.
    fn impossible(&mut self, turn: usize) {
        let places: Vec<u8> = (0..21).chain(OFFICES_ABROAD).chain(RESORTS).collect();
        let Some((who, at, place)) = self.victim(8, 21, &places, |life, place| {
            !life.knows(place) && distance(life.home, place) >= IMPOSSIBLE_KM
        }) else {
            return;
        };
        let ends = [
            Entry::Passed,
            Entry::Open,
            Entry::Claimed,
            Entry::Refused(Scenario::TimedOut),
            Entry::Blocked,
        ];
        self.person(who, at);
        let then = at + self.dice.time(6 * MINUTE, 80 * MINUTE);
        let raid = Raid {
            movement: Movement::ImpossibleTravel,
            entry: ends[turn % ends.len()],
            place,
            role: self.dice.below(PROVIDERS + 1) as u8,
            alike: self.dice.coin(),
        };
        self.stranger(who, then, raid);
    }

    /// Somebody who is at home around a time between these local hours of a working day, and a
    /// place that will do.
    fn victim(
        &mut self,
        from: i64,
        to: i64,
        places: &[u8],
        fits: impl Fn(&Life, u8) -> bool,
    ) -> Option<(u32, Ticks, u8)> {
        let length = self.span.end - self.span.start;
        let earliest = self.span.start + CALM.max(length / 4);
        for _ in 0..TRIES {
            // The first and the last are one person, who stays out of this.
            let who = self.dice.between(1, self.lives.len() as u64 - 2) as u32;
            let life = &self.lives[who as usize];
            let day = self.dice.time(earliest, self.span.end - 4 * DAY);
            let local = day / DAY * DAY + self.dice.time(from * HOUR, to * HOUR);
            let at = local - PLACES[usize::from(life.home)].ahead * MINUTE;
            let calm = life.calm(at - 3 * DAY, at + 3 * DAY) && life.joined + 14 * DAY < at;
            let place = self.dice.pick(places);
            let usable = calm && weekday(local) < 5 && !life.night && fits(life, place);
            if usable && self.taken.insert(who) {
                return Some((who, at, place));
            }
        }
        None
    }

    fn person(&mut self, who: u32, at: Ticks) {
        let act = Act::Person(Want::Indoors);
        self.events.push(Event { at, who, act });
    }

    fn stranger(&mut self, who: u32, at: Ticks, raid: Raid) {
        let act = Act::Stranger(raid);
        self.events.push(Event { at, who, act });
    }
}

fn near_by(life: &Life, place: u8) -> bool {
    let country = |place: u8| PLACES[usize::from(place)].country;
    country(place) == country(life.home) && life.places().all(|known| known != place)
}

/// The scene of a stranger: one program for all visits to a victim, and one address, or one of a
/// provider's for each visit.
pub(super) fn scene(world: &World, dice: &mut Dice, who: u32, raid: &Raid) -> Scene {
    const BROWSERS: [u8; 6] = [STRANGER, STRANGER, 0, 1, 2, 5];
    let person = &world.people[who as usize];
    let own = key(who, raid.movement as i64);
    let changes = raid.role != HOSTING_ROLE && mix(own).is_multiple_of(2);
    let line = if changes { dice.below(1 << 40) } else { own };
    let ip = if raid.role != HOSTING_ROLE && mix(own).is_multiple_of(3) {
        network::v6(raid.place, raid.role, line, mix(line))
    } else {
        network::v4(raid.place, raid.role, line)
    };
    let (client, device) = match (raid.alike, person.phone) {
        (true, Some(phone)) => (phone, Device::Phone),
        (true, None) => (person.computer, Device::Unknown),
        (false, _) => (
            BROWSERS[(mix(own ^ 1) % BROWSERS.len() as u64) as usize],
            Device::Unknown,
        ),
    };
    Scene {
        tenant: person.tenant,
        who,
        app: world.app(dice),
        place: Some(raid.place),
        shown: Shown::Whole,
        movement: raid.movement,
        ip,
        network: network::number(raid.place, raid.role),
        client,
        device,
        trusted: false,
        session: dice.guid(),
        correlation: dice.guid(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::Options;
    use super::*;

    #[test]
    fn no_stranger_comes_from_where_one_of_many_victims_ever_is() {
        let options = Options {
            records: 1_200_000,
            users: 30_000,
            days: 90,
            policies: 0,
            movement: true,
            ..Options::default()
        };
        let world = World::new(&options, options.checked().expect("options"));
        let lives = world.lives.as_ref().expect("lives");
        let country = |place: u8| PLACES[usize::from(place)].country;
        let (mut far, mut near) = (HashSet::new(), HashSet::new());
        for event in lives.events(world.span.start, world.span.end) {
            let Act::Stranger(raid) = event.act else {
                continue;
            };
            let life = &lives.lives[event.who as usize];
            let mut known = vec![life.home, life.provider_city];
            known.extend(life.carrier_places);
            known.extend(life.legs.iter().map(|leg| leg.place));
            known.extend(life.exit.map(|exit| exit.place));
            if raid.movement == Movement::TakeoverNear {
                assert_eq!(country(raid.place), country(life.home));
                let providers = [world.span.start, world.span.end].map(|at| life.provider(at));
                assert!(!known.contains(&raid.place) && !providers.contains(&raid.role));
                near.insert(event.who);
            } else {
                let countries: Vec<&str> = known.into_iter().map(country).collect();
                assert!(!countries.contains(&country(raid.place)));
                far.insert(event.who);
            }
        }
        assert!(far.len() > 590 && near.len() > 290, "{far:?} {near:?}");
    }
}
