//! Draws the lives of people who move: where each is at any time, with which lines and devices.
//!
//! A life is fixed before the first sign-in. Person 0 and its guest account never leave home, so
//! that somebody of either tenant is always there.

use super::dice::Dice;
use super::instant::{DAY, HOUR, MINUTE, Ticks};
use super::network::{CARRIER, PROVIDERS};
use super::options::{Options, Span};
use super::place::{OFFICES_ABROAD, PLACES, RESORTS};
use super::plot::{Event, plot};
use super::tenant::Person;

/// Nothing that happens once begins before so many days.
pub(super) const CALM: Ticks = 15 * DAY;
/// How long a new laptop counts as new.
pub(super) const NEW: Ticks = 14 * DAY;
/// Planted events need so many records a person.
const RECORDS_EACH: u64 = 40;
/// Where a company's exits can be: Frankfurt, Manchester, Dallas, Montréal, Osaka, Dublin.
const EXITS: [u8; 6] = [24, 26, 36, 39, 43, 47];
/// Where business trips go besides: the cities where people live, and three more.
const CITIES: u8 = 21;

/// Why somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Work,
    Holiday,
    /// For good.
    Move,
}

/// A time away; nobody signs in on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) leaves: Ticks,
    pub(super) arrives: Ticks,
    pub(super) departs: Ticks,
    pub(super) back: Ticks,
    pub(super) place: u8,
    pub(super) why: Why,
}

/// Use of a company's exit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit {
    pub(super) place: u8,
    pub(super) from: Ticks,
    pub(super) daily: bool,
}

/// What is fixed about one person.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) home: u8,
    pub(super) joined: Ticks,
    pub(super) left: Ticks,
    pub(super) legs: Vec<Leg>,
    /// Which provider the home has, and from when another.
    pub(super) provider: u8,
    pub(super) switches: Ticks,
    /// Which carrier the telephone has, and where it seems to be.
    pub(super) carrier: u8,
    pub(super) carrier_places: [u8; 2],
    /// Where the home's line seems to be.
    pub(super) provider_city: u8,
    /// Out of a thousand sign-ins at home, how many by IPv6.
    pub(super) six: u64,
    /// How long the provider leaves a home its prefix.
    pub(super) lease: Ticks,
    pub(super) exit: Option<Exit>,
    /// A computer at home besides, that nobody manages.
    pub(super) second: Option<u8>,
    pub(super) new_laptop: Option<Ticks>,
    pub(super) night: bool,
    pub(super) rare: bool,
}

/// Everybody's life, and what happens at fixed times.
pub(super) struct Lives {
    pub(super) lives: Vec<Life>,
    /// In the order of time.
    events: Vec<Event>,
}

impl Lives {
    /// Draws the lives of these people; some become guests of the other tenant.
    pub(super) fn new(options: &Options, span: Span, people: &mut [Person]) -> Self {
        let mut dice = Dice::new(options.seed, 3);
        let first = dice.index(EXITS.len());
        let second = (first + 1 + dice.index(EXITS.len() - 1)) % EXITS.len();
        let exits = [EXITS[first], EXITS[second]];
        let all = people.len();
        let mut lives: Vec<Life> = (0..all)
            .map(|who| {
                let steady = who == 0 || who + 1 == all;
                let person = &mut people[who];
                if !steady && dice.per_mille(30) {
                    person.home_tenant = 1 - person.tenant;
                    person.class = 3;
                }
                life(&mut dice, person, span, exits, steady)
            })
            .collect();
        lives[all - 1] = lives[0].clone();
        let planted = (options.records / RECORDS_EACH).min(all as u64);
        for (who, life) in lives.iter_mut().enumerate() {
            let steady = who == 0 || who + 1 == all;
            if !steady && dice.below(all as u64) < planted {
                happenings(&mut dice, life, &mut people[who], span);
            }
        }
        let events = plot(&mut dice, &lives, span, planted);
        Self { lives, events }
    }

    /// What happens in a time.
    pub(super) fn events(&self, from: Ticks, to: Ticks) -> &[Event] {
        let place = |at| self.events.partition_point(|event| event.at < at);
        &self.events[place(from)..place(to)]
    }
}

impl Life {
    /// Where the person is, and on which leg; `None` on the way, before joining, after leaving.
    pub(super) fn at(&self, at: Ticks) -> Option<(u8, Option<&Leg>)> {
        if at < self.joined || at >= self.left {
            return None;
        }
        match self.leg(at) {
            None => Some((self.home, None)),
            Some(leg) if at >= leg.arrives && at < leg.departs => Some((leg.place, Some(leg))),
            Some(_) => None,
        }
    }

    fn leg(&self, at: Ticks) -> Option<&Leg> {
        self.legs
            .iter()
            .find(|leg| at >= leg.leaves && at < leg.back)
    }

    /// Whether the person is at the first home from one time to another.
    pub(super) fn calm(&self, from: Ticks, to: Ticks) -> bool {
        let away = |leg: &Leg| leg.leaves < to && leg.back > from;
        from >= self.joined && to < self.left && !self.legs.iter().any(away)
    }

    /// Which provider the home has at some time.
    pub(super) fn provider(&self, at: Ticks) -> u8 {
        if at < self.switches {
            self.provider
        } else {
            (self.provider + 1) % PROVIDERS as u8
        }
    }

    /// The places where the person's sign-ins come from at some time.
    pub(super) fn places(&self) -> impl Iterator<Item = u8> + '_ {
        let legs = self.legs.iter().map(|leg| leg.place);
        let exit = self.exit.map(|exit| exit.place);
        let lines = [self.home, self.provider_city];
        legs.chain(lines).chain(exit).chain(self.carrier_places)
    }

    /// Whether the person is ever in the country of a place.
    pub(super) fn knows(&self, place: u8) -> bool {
        let country = |place: u8| PLACES[usize::from(place)].country;
        self.places().any(|known| country(known) == country(place))
    }
}

/// Kilometres between two places.
pub(super) fn distance(one: u8, other: u8) -> i64 {
    PLACES[usize::from(one)].kilometres(&PLACES[usize::from(other)])
}

/// What is so from the first day.
fn life(dice: &mut Dice, person: &Person, span: Span, exits: [u8; 2], steady: bool) -> Life {
    let country = |place: u8| PLACES[usize::from(place)].country;
    let home = person.place;
    let room = (span.end - span.start - CALM).max(0);
    let later = |dice: &mut Dice| span.start + CALM + dice.time(0, room / 2);
    let turned = [exits[1], exits[0]];
    let exit = if dice.coin() { exits } else { turned }
        .into_iter()
        .find(|place| country(*place) != country(home));
    let uses_exit = dice.per_mille(250);
    let exit = exit.filter(|_| uses_exit).map(|place| Exit {
        place,
        daily: dice.coin(),
        from: if dice.per_mille(330) {
            later(dice)
        } else {
            span.start
        },
    });
    let elsewhere = dice.per_mille(150);
    let mislaid = dice.per_mille(30) && !steady;
    let six = [0, 0, 1_000, 500][dice.index(4)];
    let joins = dice.per_mille(80);
    let leaves = dice.per_mille(40);
    Life {
        home,
        joined: match joins && !steady {
            true => span.start + dice.time(0, (span.end - span.start) * 3 / 4),
            false => span.start,
        },
        left: match leaves && !joins && !steady {
            true => later(dice) + room / 4,
            false => Ticks::MAX,
        },
        legs: Vec::new(),
        provider: dice.below(PROVIDERS) as u8,
        switches: match dice.per_mille(50) {
            true => later(dice),
            false => Ticks::MAX,
        },
        carrier: CARRIER + dice.below(2) as u8,
        carrier_places: carrier_places(dice, home, elsewhere),
        provider_city: carrier_places(dice, home, mislaid)[0],
        six,
        lease: [1, 7, 30, 400][dice.index(4)] * DAY,
        exit,
        second: dice.per_mille(200).then(|| dice.below(6) as u8),
        new_laptop: None,
        night: dice.per_mille(30) && !steady,
        rare: dice.per_mille(100) && !steady,
    }
}

/// Where a carrier's addresses are registered: at home, or in one or two cities of the country.
fn carrier_places(dice: &mut Dice, home: u8, elsewhere: bool) -> [u8; 2] {
    let country = PLACES[usize::from(home)].country;
    let mut cities: Vec<u8> = (0..PLACES.len() as u8)
        .filter(|city| PLACES[usize::from(*city)].country == country && distance(home, *city) > 100)
        .collect();
    if !elsewhere || cities.is_empty() {
        return [home; 2];
    }
    cities.sort_by_key(|city| distance(home, *city));
    let city = cities[dice.index(cities.len().min(3))];
    match dice.below(3) {
        0 => [city; 2],
        1 => [city, home],
        _ => [city, cities[0]],
    }
}

/// What happens to a person within the export: journeys, a move, a new laptop.
fn happenings(dice: &mut Dice, life: &mut Life, person: &mut Person, span: Span) {
    let days = ((span.end - span.start) / DAY) as u64;
    let moves = dice.per_mille((20 * days / 90).min(60));
    let travels = dice.per_mille((300 * days / 90).min(600));
    let journeys = if travels { dice.between(1, 2) } else { 0 };
    let mut free = span.start.max(life.joined) + CALM;
    for _ in 0..journeys {
        let Some(leg) = journey(dice, life, free, span.end.min(life.left)) else {
            break;
        };
        free = leg.back + 3 * DAY;
        life.legs.push(leg);
    }
    if moves {
        life.legs.extend(relocation(dice, life, free, span.end));
    }
    let renewed = dice.per_mille((120 * days / 90).min(300));
    let latest = span.end - 4 * DAY;
    let earliest = span.start.max(life.joined) + CALM;
    if renewed && person.laptop.is_some() && latest > earliest && life.left == Ticks::MAX {
        let day = dice.time(earliest, latest) / DAY * DAY;
        let hours = dice.time(9 * HOUR, 15 * HOUR);
        let home = &PLACES[usize::from(life.home)];
        let at = day + hours - home.ahead * MINUTE;
        if life.calm(at - DAY, at + 2 * DAY) {
            life.new_laptop = Some(at);
            person.next_laptop = Some(dice.guid());
        }
    }
}

/// Time on the way: no less than the distance at 700 km/h and three hours at airports.
fn on_the_way(dice: &mut Dice, from: u8, to: u8) -> Ticks {
    distance(from, to) * HOUR / 700 + dice.time(3 * HOUR, 7 * HOUR)
}

fn journey(dice: &mut Dice, life: &Life, free: Ticks, end: Ticks) -> Option<Leg> {
    let why = if dice.per_mille(600) {
        Why::Work
    } else {
        Why::Holiday
    };
    let place = match why {
        Why::Holiday => resort(dice, life)?,
        _ => office(dice, life)?,
    };
    let stay = match why {
        Why::Holiday => dice.time(6 * DAY, 14 * DAY),
        _ => dice.time(2 * DAY, 6 * DAY),
    };
    let last = end - 5 * DAY;
    if last <= free {
        return None;
    }
    let day = dice.time(free, last) / DAY * DAY + DAY;
    let leaves =
        day + dice.time(6 * HOUR, 17 * HOUR) - PLACES[usize::from(life.home)].ahead * MINUTE;
    let arrives = leaves + on_the_way(dice, life.home, place);
    let departs = arrives + stay;
    Some(Leg {
        leaves,
        arrives,
        departs,
        back: departs + on_the_way(dice, place, life.home),
        place,
        why,
    })
}

/// A move for good to another city or country.
fn relocation(dice: &mut Dice, life: &Life, free: Ticks, end: Ticks) -> Option<Leg> {
    let last = end.min(life.left) - 10 * DAY;
    let place = office(dice, life)?;
    if last <= free {
        return None;
    }
    let leaves = dice.time(free, last);
    Some(Leg {
        leaves,
        arrives: leaves + on_the_way(dice, life.home, place) + dice.time(0, 4 * DAY),
        departs: Ticks::MAX,
        back: Ticks::MAX,
        place,
        why: Why::Move,
    })
}

/// A city to work in, rather near than far.
fn office(dice: &mut Dice, life: &Life) -> Option<u8> {
    let cities = (0..CITIES).chain(OFFICES_ABROAD);
    let far: Vec<u8> = cities
        .filter(|city| distance(life.home, *city) >= 250)
        .collect();
    let (one, other) = (dice.index(far.len()), dice.index(far.len()));
    let nearer = [one, other]
        .into_iter()
        .min_by_key(|i| distance(life.home, far[*i]))?;
    far.get(nearer).copied()
}

/// A resort in a country that is new to the person.
fn resort(dice: &mut Dice, life: &Life) -> Option<u8> {
    let resorts: Vec<u8> = RESORTS
        .chain([18, 19, 20])
        .filter(|place| !life.knows(*place))
        .collect();
    resorts.get(dice.index(resorts.len())).copied()
}
