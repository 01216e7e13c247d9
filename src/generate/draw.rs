//! Decides what happens in each hour of an export: how much, of which kind, to whom.
//!
//! An hour's share of the records follows from how many people are awake where they live; which
//! scenarios they fill follows from the weights in `scenario`, and in the first half of the export
//! every scenario is planted at least once if the size allows.

use super::desk::Desk;
use super::instant::{DAY, HOUR, MINUTE, Ticks};
use super::place::PLACES;
use super::plan::Scene;
use super::scenario::{INTERACTIVE, Scenario};
use super::tenant::World;
use super::truth::Mfa;
use super::{act, attack, background, challenge, everyday, incidents, refusal, retold};

/// Out of a hundred records, how many belong to services and machines.
const SERVICE_PERCENT: u64 = 14;
/// An export with fewer records holds only sign-ins of one record.
const VARIED_MIN: u64 = 200;
/// Scenarios of several records need this much room and time before the end.
const ROOM_MIN: u64 = 12;
const TAIL: Ticks = 100 * MINUTE;
/// A challenge left alone earlier than this before the end is abandoned, 24 h of data follow it.
const SETTLED: Ticks = 26 * HOUR;
/// A challenge left alone later than this before the end is pending. None lies in between.
const UNSETTLED: Ticks = 20 * HOUR;
/// With fewer interactive records an hour, an abandoned challenge gets witnesses.
const CROWD_MIN: u64 = 60;
/// Minutes after an abandoned challenge at which others sign in, so that no gap excuses silence.
const WITNESSES: [i64; 7] = [8, 20, 32, 44, 56, 70, 90];

/// How the records are spread over the hours of an export.
pub(super) struct Schedule {
    /// Records of people to be drawn until the end of each hour, and of services.
    people: Vec<u64>,
    services: Vec<u64>,
    drawn_people: u64,
    drawn_services: u64,
    silent: u64,
    adfs: u64,
    deck: Deck,
    varied: bool,
    pending_planted: bool,
}

/// Scenarios that must each occur once, dealt at even distances.
struct Deck {
    left: Vec<Scenario>,
    stride: u64,
    drawn: u64,
}

impl Deck {
    fn new(interactive: u64) -> Self {
        let mut left: Vec<Scenario> = INTERACTIVE.iter().map(|(s, _)| *s).collect();
        // The last is dealt first: three weeks must follow it.
        left.retain(|s| *s != Scenario::CorrelationReusedWeeksLater);
        left.push(Scenario::CorrelationReusedWeeksLater);
        let stride = (interactive / (3 * left.len() as u64)).max(1);
        Self {
            left,
            stride,
            drawn: 0,
        }
    }

    fn deal(&mut self) -> Option<Scenario> {
        self.drawn += 1;
        if self.drawn.is_multiple_of(self.stride) {
            self.left.pop()
        } else {
            None
        }
    }
}

impl Schedule {
    /// Plants attacks and closing records, and spreads the rest over the hours.
    pub(super) fn new(desk: &mut Desk) -> Self {
        let varied = desk.room >= VARIED_MIN;
        attack::plant(desk);
        if desk.world.incidents {
            incidents::plant(desk);
        }
        if varied {
            close(desk);
        }
        let services = desk.room * SERVICE_PERCENT / 100;
        let people = desk.room - services;
        Self {
            people: spread(desk.world, people, true),
            services: spread(desk.world, services, false),
            drawn_people: 0,
            drawn_services: 0,
            silent: 0,
            adfs: 0,
            deck: Deck::new(people * 30 / 85),
            varied,
            pending_planted: false,
        }
    }

    /// Draws all that begins in one hour of the export.
    pub(super) fn draw(&mut self, desk: &mut Desk, hour: usize) {
        let (Some(people), Some(services)) = (self.people.get(hour), self.services.get(hour))
        else {
            return;
        };
        let (people, services) = (*people, *services);
        let start = desk.world.span.start + hour as Ticks * HOUR;
        let world = desk.world;
        let lives = world.lives.iter();
        for event in lives.flat_map(|lives| lives.events(start, start + HOUR)) {
            let before = desk.room;
            if before >= ROOM_MIN {
                act::play(self, desk, event, hour);
            }
            self.drawn_people += before - desk.room;
        }
        while self.drawn_people < people && desk.room > 0 {
            let at = desk.dice.time(start, start + HOUR);
            let before = desk.room;
            self.person(desk, at, hour);
            self.drawn_people += before - desk.room;
        }
        while self.drawn_services < services && desk.room > 0 {
            let at = desk.dice.time(start, start + HOUR);
            background::service(desk, at);
            self.drawn_services += 1;
        }
        if hour + 1 == self.people.len() {
            while desk.room > 0 {
                let at = desk.dice.time(start, start + HOUR);
                background::silent(desk, at, None);
            }
        }
    }

    /// One sign-in of a person: silent 55, interactive 30, federation server 1 in all records.
    fn person(&mut self, desk: &mut Desk, at: Ticks, hour: usize) {
        let interactive = desk.interactive;
        if (interactive + 1) * 55 > (self.silent + 1) * 30 {
            self.silent += 1;
            background::silent(desk, at, None);
        } else if self.silent > (self.adfs + 1) * 180 {
            self.adfs += 1;
            background::adfs(desk, at);
        } else {
            let before = desk.room;
            self.interactive(desk, at, hour);
            desk.interactive += before - desk.room;
        }
    }

    fn interactive(&mut self, desk: &mut Desk, at: Ticks, hour: usize) {
        let end = desk.world.span.end;
        let scene = desk.scene(at);
        if !self.varied || desk.room < ROOM_MIN || at >= end - TAIL {
            return everyday::plain(desk, scene, at, Scenario::Plain);
        }
        if !self.pending_planted && at > end - UNSETTLED + HOUR {
            self.pending_planted = true;
            return challenge::left_alone(desk, scene, at, Mfa::Pending);
        }
        let scenario = self.deck.deal().unwrap_or_else(|| by_weight(desk));
        match scenario {
            Scenario::Abandoned => self.left_alone(desk, scene, at, hour),
            Scenario::CorrelationReusedWeeksLater if Self::fits_weeks(desk, &scene, at) => {
                retold::reused_weeks_later(desk, scene, at);
            }
            Scenario::CorrelationReusedWeeksLater => {
                everyday::plain(desk, scene, at, Scenario::Plain)
            }
            other => play(desk, scene, at, other),
        }
    }

    /// Whether three weeks later is within the export and finds the person at the same place.
    fn fits_weeks(desk: &Desk, scene: &Scene, at: Ticks) -> bool {
        let later = at + 21 * DAY + HOUR;
        later < desk.world.span.end
            && desk.world.stays(scene.who, at, later)
            && desk.world.stays(scene.who, at, later - HOUR)
    }

    /// Abandoned, pending or, where it would be neither beyond doubt, something plain.
    pub(super) fn left_alone(&self, desk: &mut Desk, scene: Scene, at: Ticks, hour: usize) {
        let end = desk.world.span.end;
        if at < end - SETTLED {
            challenge::left_alone(desk, scene, at, Mfa::Abandoned);
            if self.crowd(hour, scene.tenant) < CROWD_MIN {
                witnesses(desk, scene.tenant, at);
            }
        } else if at > end - UNSETTLED {
            challenge::left_alone(desk, scene, at, Mfa::Pending);
        } else {
            everyday::plain(desk, scene, at, Scenario::Plain);
        }
    }

    /// The fewest interactive records of a tenant to be expected in this hour and the two after.
    fn crowd(&self, hour: usize, tenant: u8) -> u64 {
        let within = |h: usize| {
            let before = h
                .checked_sub(1)
                .and_then(|b| self.people.get(b))
                .copied()
                .unwrap_or(0);
            self.people.get(h).map_or(0, |until| until - before)
        };
        let fewest = (hour..hour + 3).map(within).min().unwrap_or(0);
        let share = if tenant == 0 { 19 } else { 1 };
        fewest * 30 / 85 * share / 20
    }
}

fn by_weight(desk: &mut Desk) -> Scenario {
    let mut left = desk.dice.below(100_000) as u32;
    for (scenario, weight) in INTERACTIVE {
        if left < weight {
            return scenario;
        }
        left -= weight;
    }
    Scenario::Plain
}

fn play(desk: &mut Desk, scene: Scene, at: Ticks, scenario: Scenario) {
    match scenario {
        Scenario::SatisfiedByClaim => everyday::satisfied_by_claim(desk, scene, at),
        Scenario::Skipped => everyday::skipped(desk, scene, at),
        Scenario::ChallengePassed => challenge::passed(desk, scene, at),
        Scenario::StaySignedIn => challenge::stay_signed_in(desk, scene, at),
        Scenario::Denied
        | Scenario::FraudReported
        | Scenario::TimedOut
        | Scenario::WrongCode
        | Scenario::MfaBlocked
        | Scenario::MfaFailed => refusal::refused_sign_in(desk, scene, at, scenario),
        Scenario::WrongCodeThenPassed | Scenario::TimedOutThenPassed => {
            refusal::refused_then_passed(desk, scene, at, scenario);
        }
        Scenario::DeniedThenPassedInOneRecord => {
            challenge::denied_then_passed_in_one_record(desk, scene, at);
        }
        Scenario::RegistrationLeft => challenge::registration(desk, scene, at, false),
        Scenario::RegistrationDone => challenge::registration(desk, scene, at, true),
        Scenario::WrongPasswordFolded => retold::wrong_password_folded(desk, scene, at),
        Scenario::WrongPasswordApart => retold::wrong_password_apart(desk, scene, at),
        Scenario::BlockedAfterMfa => challenge::blocked_after_mfa(desk, scene, at, scenario),
        Scenario::BlockedWithoutMfa => everyday::blocked_without_mfa(desk, scene, at),
        Scenario::StatesOfOneId => retold::states_of_one_id(desk, scene, at),
        Scenario::PoliciesSplitOneId => retold::policies_split_one_id(desk, scene, at),
        Scenario::PoliciesSplitTwoIds => retold::policies_split_two_ids(desk, scene, at),
        Scenario::CorrelationReusedAtOnce => retold::reused_at_once(desk, scene, at),
        Scenario::CorrelationReusedByAttacker => retold::reused_by_attacker(desk, scene, at),
        Scenario::LegacyMail => everyday::legacy_mail(desk, scene, at),
        Scenario::OtherInterrupt => everyday::other_interrupt(desk, scene, at),
        Scenario::LockedOut => everyday::locked_out(desk, scene, at),
        Scenario::SilentFollowUp => everyday::silent_follow_up(desk, scene, at),
        other => everyday::plain(desk, scene, at, other),
    }
}

/// Other people of the tenant who sign in soon after a challenge was left alone.
fn witnesses(desk: &mut Desk, tenant: u8, at: Ticks) {
    for minutes in WITNESSES {
        if desk.room == 0 {
            return;
        }
        let then = at + minutes * MINUTE + desk.dice.time(0, MINUTE);
        let scene = desk.world.scene(&mut desk.dice, then, Some(tenant), false);
        everyday::plain(desk, scene, then, Scenario::Witness);
    }
}

/// One record of each event type and tenant in the last half hour, so that all data reach the end.
fn close(desk: &mut Desk) {
    for tenant in [0, 1] {
        let end = desk.world.span.end;
        let at = desk.dice.time(end - 25 * MINUTE, end - 5 * MINUTE);
        let scene = desk.world.scene(&mut desk.dice, at, Some(tenant), false);
        everyday::plain(desk, scene, at, Scenario::Witness);
        background::silent(desk, at, Some(tenant));
    }
}

/// Running totals of `records` over the hours: as people are awake, or evenly.
fn spread(world: &World, records: u64, awake: bool) -> Vec<u64> {
    let hours = ((world.span.end - world.span.start) / HOUR) as usize;
    let mut sum: u128 = 0;
    let sums: Vec<u128> = (0..hours)
        .map(|hour| {
            let middle = world.span.start + hour as Ticks * HOUR + HOUR / 2;
            let busy = |(place, count): (&super::place::Place, &u64)| {
                (place.activity(middle) + 12) * count
            };
            sum += match awake {
                true => u128::from(PLACES.iter().zip(&world.residents).map(busy).sum::<u64>()),
                false => 1,
            };
            sum
        })
        .collect();
    let total = sum.max(1);
    sums.iter()
        .map(|until| (u128::from(records) * until / total) as u64)
        .collect()
}
