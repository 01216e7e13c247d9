//! Decides what happens to people who move at fixed times: departures, arrivals, exits, strangers.
//!
//! Planted sign-ins make sure that the edges of every journey are seen; the ordinary ones, drawn
//! hour by hour, fill the time between. Strangers choose victims who are at home for days around.

use super::dice::Dice;
use super::instant::{DAY, HOUR, MINUTE, Ticks, weekday};
use super::life::{CALM, Leg, Life, Why};
use super::options::Span;
use super::place::PLACES;
use super::stranger::{Raid, raids};
use super::whereabouts::Want;

/// Nothing planted begins later than this before the end.
const TAIL: Ticks = 3 * HOUR;

/// One planted sign-in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) at: Ticks,
    pub(super) who: u32,
    pub(super) act: Act,
}

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// The person signs in.
    Person(Want),
    /// A new account registers a second factor.
    Register,
    /// Somebody else signs in.
    Stranger(Raid),
}

/// All events of an export in the order of time.
pub(super) fn plot(dice: &mut Dice, lives: &[Life], span: Span, planted: u64) -> Vec<Event> {
    let mut events = Vec::new();
    let all = lives.len();
    for (who, life) in lives.iter().enumerate() {
        // The first and the last are one person, who stays.
        if who == 0 || who + 1 == all || dice.below(all as u64) >= planted {
            continue;
        }
        let mut diary = Diary {
            dice: &mut *dice,
            who: who as u32,
            events: &mut events,
        };
        diary.join(life, span);
        for leg in &life.legs {
            diary.journey(life, leg);
        }
        diary.new_laptop(life);
        diary.exit(life, span);
        diary.late(life, span);
    }
    raids(dice, lives, span, planted, &mut events);
    events.retain(|event| {
        let life = &lives[event.who as usize];
        let there = matches!(event.act, Act::Stranger(_)) || life.at(event.at).is_some();
        there && event.at >= span.start && event.at < span.end - TAIL
    });
    events.sort_by_key(|event| (event.at, event.who));
    events
}

/// One person's events.
struct Diary<'a> {
    dice: &'a mut Dice,
    who: u32,
    events: &'a mut Vec<Event>,
}

impl Diary<'_> {
    fn put(&mut self, at: Ticks, act: Act) {
        let who = self.who;
        self.events.push(Event { at, who, act });
    }

    fn sign_in(&mut self, at: Ticks, want: Want) {
        self.put(at, Act::Person(want));
    }

    /// The given hours of a day, local time at a place.
    fn hours(&mut self, day: Ticks, place: u8, from: i64, to: i64) -> Ticks {
        let local = day.div_euclid(DAY) * DAY + self.dice.time(from * HOUR, to * HOUR);
        local - PLACES[usize::from(place)].ahead * MINUTE
    }

    fn join(&mut self, life: &Life, span: Span) {
        if life.joined > span.start {
            let at = self.hours(life.joined + DAY, life.home, 8, 11);
            self.put(at, Act::Register);
            let later = at + self.dice.time(HOUR, 5 * HOUR);
            self.sign_in(later, Want::Anything);
        }
    }

    /// The last sign-in at home, then those away, then the first at home again.
    fn journey(&mut self, life: &Life, leg: &Leg) {
        let before = leg.leaves - self.dice.time(20 * MINUTE, 3 * HOUR);
        if life.calm(before - HOUR, before) {
            self.sign_in(before, Want::Indoors);
        }
        let landed = leg.arrives + self.dice.time(15 * MINUTE, 2 * HOUR);
        self.sign_in(landed, Want::Phone);
        let until = leg.departs.min(leg.arrives + 14 * DAY);
        for day in 0..(until - leg.arrives) / DAY + 1 {
            let times = match leg.why {
                Why::Holiday => u64::from(self.dice.per_mille(400)),
                _ => self.dice.between(0, 2),
            };
            for _ in 0..times {
                let at = self.hours(leg.arrives + day * DAY, leg.place, 8, 21);
                if at > leg.arrives + 2 * HOUR && at < until - HOUR {
                    let indoors = self.dice.coin();
                    self.sign_in(at, [Want::Anything, Want::Indoors][usize::from(indoors)]);
                }
            }
        }
        if leg.why != Why::Move {
            let back = leg.back + self.dice.time(30 * MINUTE, 10 * HOUR);
            self.sign_in(back, Want::Indoors);
        }
    }

    fn new_laptop(&mut self, life: &Life) {
        let Some(from) = life.new_laptop else {
            return;
        };
        self.sign_in(from, Want::Unpacked);
        let again = from + self.dice.time(10 * MINUTE, 40 * MINUTE);
        self.sign_in(again, Want::Unpacked);
        for hours in [2, 24, 50] {
            let at = from + hours * HOUR + self.dice.time(0, 2 * HOUR);
            if life.calm(at, at + HOUR) {
                self.sign_in(at, Want::NewLaptop);
            }
        }
    }

    /// By the exit, minutes after and before a sign-in from home.
    fn exit(&mut self, life: &Life, span: Span) {
        let Some(exit) = life.exit else {
            return;
        };
        let times = if exit.daily { 3 } else { 1 };
        let from = exit.from.max(life.joined) + DAY;
        for _ in 0..times {
            let day = self.dice.time(from, span.end.max(from + DAY));
            let at = self.hours(day, life.home, 8, 18);
            if weekday(at) >= 5 || at < from || !life.calm(at - HOUR, at + HOUR) {
                continue;
            }
            let before = at - self.dice.time(3 * MINUTE, 15 * MINUTE);
            self.sign_in(before, Want::Indoors);
            self.sign_in(at, Want::Exit);
            if self.dice.coin() {
                let after = at + self.dice.time(4 * MINUTE, 25 * MINUTE);
                self.sign_in(after, Want::Indoors);
            }
        }
    }

    /// One late evening.
    fn late(&mut self, life: &Life, span: Span) {
        if !self.dice.per_mille(50) || span.end - span.start < CALM + 2 * DAY {
            return;
        }
        let day = self.dice.time(span.start + CALM, span.end);
        let at = self.hours(day, life.home, 23, 26);
        if life.calm(at - HOUR, at + HOUR) {
            self.sign_in(at, Want::Indoors);
        }
    }
}
